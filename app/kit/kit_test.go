package kit_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/uitest"
	"kith/assets"
)

// gallery is one of each part, in words of the design's own pictures.
func gallery() fyne.CanvasObject {
	items := []*kit.RailItem{}
	for i, n := range []struct {
		icon  assets.Icon
		words string
		count int
	}{{assets.IconToday, "Today", 3}, {assets.IconCalendar, "Calendar", 0}, {assets.IconBed, "Sleepovers", 0}, {assets.IconMessages, "Messages", 4}, {assets.IconPeople, "People", 0}, {assets.IconSettings, "Settings", 0}, {assets.IconHelp, "Help", 0}} {
		r := kit.NewRailItem(n.icon, n.words, nil)
		r.Set(n.words, "", n.count, i == 0)
		items = append(items, r)
	}
	rail := kit.NewRail(kit.NewHideButton("Hide now", "or Shift 3 times", nil), kit.NewTonightButton("Tonight", nil), items)
	rail.SetWho("You are Ade.")

	rows := kit.NewRows(func(string) {})
	rows.Set([]kit.RowState{
		{Key: "1", Icon: assets.IconBed, Tone: "plum", Title: "Two homes can have Mia on Friday", Line: "Bev and Sue have both offered. You choose.", Button: "Choose", Lead: true},
		{Key: "2", Icon: assets.IconVersions, Tone: "amber", Title: "Two versions of Noor’s swimming", Line: "You and Tom both changed the time.", Button: "Compare"},
		{Key: "3", Face: kit.Face{Letter: "P", Shape: 2, Fill: 4}, Title: "Picnic on Sunday", Line: "Priya and Tom wrote, 6.10 pm", Chip: kit.Chip{Icon: assets.IconMessages, Text: "3 new", Tone: "blue"}, Button: "Open"},
	})
	choice := kit.NewChoice(kit.Radio, func(string) {})
	choice.Set([]kit.Option{{Value: "a", Label: "Usual", Chosen: true}, {Value: "b", Label: "Large"}, {Value: "c", Label: "Larger"}})
	ticks := kit.NewChoice(kit.Tick, func(string) {})
	ticks.Set([]kit.Option{{Value: "a", Label: "Shirts", Chosen: true}, {Value: "b", Label: "Socks", Hint: "If you like"}})
	field := kit.NewField("What shall we call you?", "A first name or a nickname")
	field.SetText("Maureen")
	wrong := kit.NewField("Name of the group", "Only its people see it")
	wrong.SetProblem("Give the group a name.")
	seg := kit.NewSegments(func(string) {})
	seg.Set([]kit.Option{{Value: "a", Label: "Agenda"}, {Value: "m", Label: "Month", Chosen: true}})
	words := kit.NewWords(3)
	words.Set("harvest", "lamp", "ribbon", "orchard", "velvet", "copper")
	stage := kit.NewStageBar()
	stage.Set([]kit.Stage{{"Asked", kit.StageDone}, {"2 offers: you choose", kit.StageNow}, {"Agreed", kit.StageLater}, {"Arrived", kit.StageLater}, {"Home again", kit.StageLater}})
	ring := kit.NewRingPanel()
	ring.Set("Ring now", []kit.Number{{Name: "Bev", Text: "Home phone", Number: "01632 960 114"}, {Name: "Emergency", Number: "999"}}, "You can read this out", "“It is Ade. I need a bed for Mia tonight.”")
	own := kit.NewChatBubble(nil)
	own.Set(kit.Bubble{Own: true, Name: "Maureen", Time: "8.52 pm", Text: "Better than I feared. He asked his mum about the dog and they both laughed. Then he was wide awake until eleven.", Delivery: kit.Line{Icon: assets.IconDone, Text: "11 of 13 people have it. Not yet: Rhys, Carol"}})
	other := kit.NewChatBubble(nil)
	other.Set(kit.Bubble{Face: kit.Face{Letter: "D", Shape: 2, Fill: 1}, Name: "Dot", Time: "8.40 pm", Text: "How did Wednesday go, Maureen?", More: "More"})

	main := kit.Column(14, rows.Panel,
		kit.NewBanner(look.ToneBlue, assets.IconInvite, "Carol is asking to join", "Ring Carol and check six words before you say yes.",
			kit.NewButton(kit.Second, "Not her", "", nil).Small(), kit.NewButton(kit.Main, "Check words", "", nil).Small()),
		kit.Flow(10, kit.NewStatusChip(kit.Chip{assets.IconDone, "Has it", "ok"}), kit.NewStatusChip(kit.Chip{assets.IconWaiting, "Not yet", "amber"}), kit.NewStatusChip(kit.Chip{assets.IconAsleep, "Computer off", "stone"})),
		stage.Container, kit.Flow(14, kit.NewButton(kit.Main, "Invite someone", assets.IconInvite, nil), kit.NewButton(kit.Second, "Print", assets.IconPrint, nil), kit.NewButton(kit.Danger, "Not needed now", assets.IconCross, nil), kit.NewButton(kit.Link, "Talk it over first", assets.IconMessages, nil)),
		choice.Container, ticks.Container, seg.Panel, field, wrong, other, own)
	side := kit.Column(14, ring.Panel, kit.Card(kit.Column(10, kit.Section("Your six words"), words.Container)),
		kit.NewEventPill(kit.Pill{Icon: assets.IconBed, Text: "Mia at Sue’s", Tone: "plum"}),
		kit.NewBigChoice(assets.IconMessages, "I have an invitation", "Somebody sent you a file or some words", true, nil),
		kit.NewBigChoice(assets.IconPeople, "Start a group", "You invite the people", false, nil))
	page := kit.NewPage(kit.NewHead("Good evening, Ade", "Saturday 21 November").Container, kit.TwoColumn(24, 436, main, side))
	return container.New(&beside{rail}, rail, page)
}

type beside struct{ rail *kit.Rail }

func (b *beside) Layout(o []fyne.CanvasObject, s fyne.Size) {
	w := b.rail.Width()
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(w, s.Height))
	o[1].Move(fyne.NewPos(w, 0))
	o[1].Resize(fyne.NewSize(s.Width-w, s.Height))
}
func (b *beside) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(600, 400) }

func TestGallery(t *testing.T) {
	for _, c := range []struct {
		name    string
		colours look.Colours
		percent int
		size    fyne.Size
	}{
		{"light", look.Light, 100, fyne.NewSize(1366, 1250)},
		{"dark", look.Dark, 100, fyne.NewSize(1366, 1250)},
		{"strong", look.Strong, 100, fyne.NewSize(1366, 1250)},
		{"large", look.Light, 200, fyne.NewSize(1366, 732)},
		{"small", look.Light, 125, uitest.Small},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := uitest.Open(t, gallery, c.size, c.colours, c.percent)
			p.AssertSound()
			p.Win.Canvas().Focus(p.Find("Choose").Object.(fyne.Focusable))
			p.Shot("kit-" + c.name)
		})
	}
}
