package kit_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/uitest"
	"kith/assets"
)

func TestWordsWrapAndAreAsHighAsTheyNeed(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("The bus leaves at ten past four from the stop by the library. ", 4))
	for _, percent := range look.Scales() {
		w := kit.Body(long)
		p := open(t, look.Light, percent, w)
		p.AssertUnclipped()
		wide, narrow := w.HeightFor(2000), w.HeightFor(300)
		if narrow <= wide {
			t.Errorf("%d %%: %.0f px high in a narrow place, %.0f in a wide one", percent, narrow, wide)
		}
		if got := w.HeightFor(10); got < w.HeightFor(300) {
			t.Errorf("%d %%: hardly any room asks for %.0f px, less than 300 px of room does", percent, got)
		}
	}
}

func TestWordWithoutSpacesIsBroken(t *testing.T) {
	w := kit.Body("kith:join#" + strings.Repeat("abcdefgh", 60))
	p := open(t, look.Light, 200, w)
	p.AssertUnclipped()
	if w.HeightFor(844) < 3*40 {
		t.Errorf("a link of 490 letters takes %.0f px, want several lines", w.HeightFor(844))
	}
}

func TestLettersOfOurFamilies(t *testing.T) {
	for _, s := range []string{"Siân ŵ ŷ Llŷr", "Zoë Łukasz Ștefan", "İpek Ümit", "£14.20 – “yes”…"} {
		open(t, look.Light, 100, kit.Body(s)).AssertUnclipped()
	}
}

func TestOneLineIsCutWithAnEllipsis(t *testing.T) {
	w := kit.NewLine("Grandparents, aunts and everyone else", look.Body, look.Ink)
	p := uitest.Open(t, func() fyne.CanvasObject { return kit.NewScroll(kit.Inset(0, 0, 0, 0, w)) }, fyne.NewSize(150, 60), look.Light, 100)
	_ = p
	if !w.Cut() {
		t.Error("a line with too little room is not cut")
	}
}

// state is one thing of a list.
type state struct{ key, words string }

func TestRepeatKeepsAWidgetAsLongAsItsKey(t *testing.T) {
	built := 0
	r := kit.NewRepeat(8, func(s state) string { return s.key }, func() (fyne.CanvasObject, func(state)) {
		built++
		f := kit.NewField("", "")
		return f, func(s state) { f.SetLabel(s.words, "") }
	})
	p := open(t, look.Light, 100, r.Container)
	r.Set([]state{{"a", "First"}, {"b", "Second"}})
	p.Win.Content().Refresh()
	p.Type("Second", "typed")
	r.Set([]state{{"c", "Third"}, {"b", "Second, renamed"}, {"a", "First"}})
	p.Win.Content().Refresh()
	if built != 3 {
		t.Errorf("%d widgets were built for three keys", built)
	}
	if got := p.Focused(); got != "Second, renamed" {
		t.Errorf("after the list changed the focus is on %q", got)
	}
	if got := p.FieldText("Second, renamed"); got != "typed" {
		t.Errorf("after the list changed the field holds %q", got)
	}
	r.Set([]state{{"a", "First"}, {"a", "Twice"}})
	if len(r.Objects) != 1 {
		t.Errorf("two states of one key show %d widgets, want one", len(r.Objects))
	}
	if r.Get("b") != nil || r.Get("a") == nil {
		t.Error("a widget stayed after its key went, or went with its key there")
	}
}

func TestTwoColumnsBecomeOneWhereItIsNarrow(t *testing.T) {
	for _, c := range []struct {
		width   float32
		percent int
		one     bool
	}{{1100, 100, false}, {1100, 125, false}, {1100, 150, true}, {700, 100, true}} {
		main, side := kit.Body("Main"), kit.Body("Side")
		uitest.Open(t, func() fyne.CanvasObject { return kit.NewScroll(kit.TwoColumn(20, 372, main, side)) }, fyne.NewSize(c.width, 300), look.Light, c.percent)
		if got := side.Position().Y > 0; got != c.one {
			t.Errorf("%.0f px at %d %%: side under main %v, want %v", c.width, c.percent, got, c.one)
		}
	}
}

func TestFocusIsScrolledIntoView(t *testing.T) {
	var things []fyne.CanvasObject
	for i := range 30 {
		things = append(things, kit.NewButton(kit.Second, fmt.Sprintf("Button %d", i+1), "", nil))
	}
	p := open(t, look.Light, 100, things...)
	if p.Find("Button 30").InView {
		t.Fatal("thirty buttons fit the window: the test proves nothing")
	}
	for range 30 {
		p.Tab()
		at := p.Find(p.Focused())
		if !at.InView {
			t.Fatalf("%s has the focus and is out of view at %.0f", at.Label, at.Pos.Y)
		}
	}
	p.Tab()
	if got := p.Focused(); got != "Button 1" || !p.Find(got).InView {
		t.Errorf("after the last comes %q, in view %v", got, p.Find(got).InView)
	}
}

// TestTheWheelTurnsOverABox: a page goes on under a mouse that rests on a box of one line.
func TestTheWheelTurnsOverABox(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(label, hint string) *kit.Field
	}{{"words", kit.NewField}, {"passphrase", kit.NewPassword}} {
		t.Run(c.name, func(t *testing.T) {
			var things []fyne.CanvasObject
			for i := range 30 {
				things = append(things, c.make(fmt.Sprintf("Field %d", i+1), ""))
			}
			p := open(t, look.Light, 200, things...)
			at := p.Find("Field 2")
			test.Scroll(p.Win.Canvas(), at.Pos.Add(fyne.NewPos(at.Size.Width/2, at.Size.Height/2)), 0, -40)
			if got := p.Find("Field 2").Pos.Y; got >= at.Pos.Y {
				t.Errorf("Scroll over a box: it is at %.0f still, want it higher", got)
			}
		})
	}
}

// TestABoxStaysUnderTheMouse: a box half out of view must not move before the mouse is let go.
func TestABoxStaysUnderTheMouse(t *testing.T) {
	var things []fyne.CanvasObject
	for i := range 30 {
		things = append(things, kit.NewField(fmt.Sprintf("Field %d", i+1), ""))
	}
	p := open(t, look.Light, 100, things...)
	var low kit.Thing
	for _, x := range p.Things() {
		if _, ok := x.Object.(desktop.Mouseable); ok && x.Pos.Y+x.Size.Height > p.Win.Canvas().Size().Height {
			low = x
			break
		}
	}
	box, ok := low.Object.(desktop.Mouseable)
	if !ok {
		t.Fatal("thirty fields fit the window: the test proves nothing")
	}
	at := func() float32 { return p.Find(low.Label).Pos.Y }
	before := at()
	box.MouseDown(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	if got := at(); got != before || p.Focused() != low.Label {
		t.Errorf("under the mouse %s went from %v to %v, and the focus is at %q", low.Label, before, got, p.Focused())
	}
	box.MouseUp(&desktop.MouseEvent{Button: desktop.MouseButtonPrimary})
	if got := at(); got >= before || p.Focused() != low.Label {
		t.Errorf("after the mouse %s is at %v, not in view, or lost the focus to %q", low.Label, got, p.Focused())
	}
}

// wrapped is a part that embeds a container, as many screens make them.
type wrapped struct {
	*fyne.Container
	other int
}

func TestPartsMayBeHandedInWithTheirStruct(t *testing.T) {
	w := &wrapped{Container: kit.Column(4, kit.Body("Inside")), other: 1}
	p := open(t, look.Light, 100, w, kit.Card(w.Container))
	if !p.Has("Inside") {
		t.Error("a struct round a container shows nothing")
	}
}

func TestTableSaysEverythingInNarrowPlacesToo(t *testing.T) {
	for _, width := range []float32{1100, 600} {
		tab := kit.NewTable([]float32{150, 180, 194, 142, 190}, func(string) {})
		tab.Set([]string{"Name", "Here as", "Words checked?", "Uses", "Last heard"}, []kit.TableRow{
			{Key: "sue", Face: kit.Face{Letter: "S"}, Button: "Open", Name: "Open, Sue", Cells: []kit.Cell{
				{Text: "Sue", Bold: true}, {Text: "Carer"}, {Chip: kit.Chip{Icon: assets.IconWaiting, Text: "Not checked yet", Tone: "amber"}}, {Text: "1 computer"}, {Icon: assets.IconDone, Text: "Today, 8.05 pm"},
			}},
		})
		p := uitest.Open(t, func() fyne.CanvasObject { return kit.NewPage(nil, tab) }, fyne.NewSize(width, 300), look.Light, 100)
		p.AssertSound()
		for _, s := range []string{"Sue", "Carer", "Not checked yet", "1 computer", "Today, 8.05 pm"} {
			if !p.Says(s) && !p.Has(s) {
				t.Errorf("%.0f px: the row does not say %q", width, s)
			}
		}
		if got := p.Says("Last heard"); got != (width > 1000) {
			t.Errorf("%.0f px: the head shows %v", width, got)
		}
	}
}

func TestMessagesAreSoundAtEverySize(t *testing.T) {
	for _, percent := range look.Scales() {
		own, other := kit.NewChatBubble(nil), kit.NewChatBubble(nil)
		own.Set(kit.Bubble{
			Own: true, Name: "Maureen", Time: "8.52 pm", Text: "Better than I feared. He asked his mum about the dog and they both laughed.",
			Delivery: kit.Line{Icon: assets.IconDone, Text: "11 of 13 people have it. Not yet: Rhys, Carol"},
		})
		other.Set(kit.Bubble{Face: kit.Face{Letter: "D"}, Name: "Dot", Time: "8.40 pm", Text: "How did Wednesday go?", Note: "Written 6 weeks ago, arrived today.", More: "More"})
		p := open(t, look.Light, percent, own, other)
		p.AssertSound()
		if own.Position().X != other.Position().X {
			t.Error("the two messages are not in one column")
		}
	}
}

func TestAgendaOpensWhatIsPressed(t *testing.T) {
	opened := ""
	a := kit.NewAgenda(func(key string) { opened = key })
	day := func(n int, rows ...kit.AgendaRow) kit.AgendaDay {
		return kit.AgendaDay{Key: fmt.Sprint(n), Day: fmt.Sprintf("Sat %d", n), Distance: "Today", Today: n == 21, Rows: rows}
	}
	row := kit.AgendaRow{Key: "picnic", Time: "11 am to 2 pm", Icon: assets.IconPeople, Tone: "blue", Title: "Picnic", Line: "At the lake"}
	a.Set([]kit.AgendaDay{day(21), day(22, row)})
	p := open(t, look.Dark, 150, a.Container)
	p.AssertSound()
	p.Tab()
	p.Key(fyne.KeySpace)
	if opened != "picnic" {
		t.Errorf("Space on the only row opened %q", opened)
	}
	row.Title = "Picnic, moved"
	a.Set([]kit.AgendaDay{day(22, row)})
	p.Win.Content().Refresh()
	if got := p.Focused(); got != "11 am to 2 pm, Picnic, moved" {
		t.Errorf("after the list changed the focus is on %q", got)
	}
}

func TestEmptyPlaceTeaches(t *testing.T) {
	pressed := false
	e := kit.NewEmpty(func() { pressed = true })
	e.Set(assets.IconBed, "No sleepovers yet", "When you ask for one, or offer one, it shows here.", "Ask for a sleepover")
	p := open(t, look.Strong, 125, e.Panel)
	p.AssertSound()
	p.Press("Ask for a sleepover")
	if !pressed {
		t.Error("the button does nothing")
	}
	e.Set("", "", "", "")
	if e.Visible() {
		t.Error("an empty place with nothing to say is shown")
	}
}

func TestConfirmPage(t *testing.T) {
	yes, no := 0, 0
	c := kit.NewConfirmPage(true, func() { yes++ }, func() { no++ })
	p := uitest.Open(t, func() fyne.CanvasObject { return c.Page }, fyne.NewSize(900, 500), look.Light, 100)
	c.Set("End it?", []string{"It cannot be taken back.", "The others see it."}, "Yes, end it", "Keep it")
	p.AssertSound()
	if got := p.Tab(); got != "Keep it" {
		t.Errorf("the first stop is %q, want the side that changes nothing", got)
	}
	p.Press("Yes, end it")
	p.Press("Keep it")
	if yes != 1 || no != 1 {
		t.Errorf("yes %d times, no %d times", yes, no)
	}
}

// TestTheFootKeepsItsButtonsInOneLine: at 200 % a bar of two lines would take the page's room.
func TestTheFootKeepsItsButtonsInOneLine(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(look.New(look.Light, 200))
	f := kit.NewFoot(kit.NewButton(kit.Second, "Cancel", assets.IconCross, nil), "Mia, tonight from 9.30 pm until Sunday",
		kit.NewButton(kit.Main, "Next: check and send", assets.IconForward, nil))
	if got, most := f.HeightFor(748), float32(110); got > most {
		t.Errorf("the foot bar is %v high, want at most %v", got, most)
	}
}
