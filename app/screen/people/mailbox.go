package people

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

// boxes is the page of a group's mailboxes.
type boxes struct {
	vm  *people.Boxes
	nav screen.Nav
	s   people.BoxesState

	asked *kit.Button // what takes the focus once it is drawn: nothing is dropped by a second Enter

	head             *kit.Head
	groups           *kit.Choice
	meet             *kit.IconLine
	swap             *kit.Banner
	swapYes, swapNo  *kit.Button
	waits            *kit.Banner
	all              *kit.Repeat[people.Box]
	none             *kit.Empty
	try              *kit.Button
	trying           *kit.IconLine
	notYou           *kit.IconLine
	addHead, addText *kit.Text
	code, at         *kit.Field
	add              *kit.Button
	adding           *kit.IconLine
	added            *kit.Banner
	addCard          *kit.Panel
	trouble          *screen.Trouble
	page             *kit.Page
}

func newBoxes(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &boxes{vm: people.NewBoxes(d, r.Group), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.groups = kit.NewChoice(kit.Radio, p.vm.Pick)
	p.meet = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.swapYes = kit.NewButton(kit.Second, "", assets.IconForward, func() {
		if p.s.Switch != nil {
			nav.Go(p.s.Switch.To)
		}
	}).IconAfter().Small()
	p.swapNo = kit.NewButton(kit.Second, "", "", p.vm.Stay).Small()
	p.swap = kit.NewBanner(look.ToneBlue, assets.IconEye, "", "", p.swapNo, p.swapYes)
	p.waits = kit.NewBanner(look.ToneBlue, assets.IconWaiting, "", "")
	p.added = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.all = kit.NewRepeat(14, func(b people.Box) string { return b.ID }, p.box)
	p.none = kit.NewEmpty(nil).Second()
	p.try = kit.NewButton(kit.Second, "", assets.IconVersions, p.vm.Try)
	p.trying = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.notYou = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.addHead, p.addText = kit.Section(""), kit.Body("")
	p.code, p.at = kit.NewTextArea("", "", 3), kit.NewField("", "")
	add := func() { p.vm.Add(p.code.Text(), p.at.Text()) }
	p.code.OnSend(add)
	p.at.OnEnter(add)
	p.add = kit.NewButton(kit.Main, "", assets.IconPlus, add)
	p.adding = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.addCard = kit.Card(kit.Column(14, p.addHead, p.addText, p.code, p.at, p.adding, kit.Flow(0, p.add)))
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.groups.Container, p.added, p.meet, p.waits, p.swap,
		kit.TwoColumn(24, 440, kit.Column(14, p.all.Container, p.none, kit.Flow(14, p.try), p.trying, p.notYou), p.addCard)))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

// box is the card of one mailbox.
func (p *boxes) box() (fyne.CanvasObject, func(people.Box)) {
	var b people.Box
	title, chip, reached := kit.Section(""), kit.NewStatusChip(kit.Chip{}), kit.Quiet("")
	said, lost := textLines(), kit.NewIconLine(assets.IconVersions, 24, "", look.Body, look.Ink)
	repair := kit.NewButton(kit.Second, "", assets.IconHelp, func() { p.nav.Go(b.RepairTo) }).Small()
	drop := kit.NewButton(kit.Danger, "", assets.IconCross, func() { p.vm.Drop(b.ID) }).Small()
	ask := kit.Strong("")
	yes := kit.NewButton(kit.DangerOn, "", "", func() { p.vm.DropIt(true) }).Small()
	no := kit.NewButton(kit.Second, "", "", func() { p.vm.DropIt(false) }).Small()
	return kit.Card(kit.Column(10, title, kit.Flow(14, chip), reached, said.Container, lost, kit.Flow(14, repair, drop), ask, kit.Flow(14, no, yes))), func(s people.Box) {
		asked := b.Ask == "" && s.Ask != ""
		b = s
		title.SetText(s.Title)
		chip.Set(kit.Chip(s.Chip))
		reached.SetText(s.Reached)
		reached.Hidden = s.Reached == ""
		said.Set(s.Lines)
		said.Container.Hidden = len(s.Lines) == 0
		lost.Set(assets.IconVersions, s.Lost)
		for b, words := range map[*kit.Button]string{repair: s.Repair, drop: s.Drop, yes: s.Yes, no: s.No} {
			b.SetText(words)
			b.SetName(words + ", " + s.Title)
			b.Hidden = words == ""
		}
		ask.SetText(s.Ask)
		ask.Hidden = s.Ask == ""
		if asked {
			p.asked = no
		}
	}
}

// textLines is a list of lines, each with its icon.
func textLines() *kit.Repeat[present.Line] {
	return kit.NewRepeat(8, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		l := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return l, func(s present.Line) { l.Set(s.Icon, s.Text) }
	})
}

func (p *boxes) render(s people.BoxesState) {
	added := s.Added != "" && p.s.Added == ""
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.groups.Set(screen.Options(s.Groups))
	p.groups.Hidden = len(s.Groups) == 0
	p.meet.Set(s.Meet.Icon, s.Meet.Text)
	if p.swap.Hidden = s.Switch == nil; s.Switch != nil {
		p.swapYes.SetText(s.Switch.Yes)
		p.swapNo.SetText(s.Switch.No)
		p.swap.Set(s.Switch.Title, s.Switch.Text)
	}
	p.waits.Set("", s.Waits)
	p.all.Set(s.Boxes)
	p.all.Container.Hidden = len(s.Boxes) == 0
	p.none.Set(assets.IconMessages, s.None, s.NoneText, "")
	p.try.SetText(s.Try)
	p.try.Hidden = s.Try == ""
	p.try.SetEnabled(s.Trying == "")
	p.trying.Set(assets.IconWaiting, s.Trying)
	p.notYou.Set(assets.IconPeople, s.NotYou)
	p.addHead.SetText(s.AddHeading)
	p.addText.SetText(s.AddText)
	p.code.SetLabel(s.Code.Label, s.Code.Hint)
	p.code.SetProblem(s.Code.Error)
	p.at.SetLabel(s.At.Label, s.At.Hint)
	p.at.SetProblem(s.At.Error)
	p.add.SetText(s.Add)
	p.add.SetEnabled(s.Adding == "")
	p.adding.Set(assets.IconWaiting, s.Adding)
	p.added.Set("", s.Added)
	p.addCard.Hidden = s.Add == ""
	p.trouble.Set(s.Problem)
	if added {
		p.code.SetText("")
		p.at.SetText("")
	}
	p.page.Refresh()
	if p.asked != nil {
		kit.Focus(p.asked)
		p.asked = nil
	}
	if added || !s.Problem.None() {
		p.page.Top()
	}
}
