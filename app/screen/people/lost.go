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

// lost is the page on which a computer is taken out.
type lost struct {
	nav     screen.Nav
	s       people.LostState
	head    *kit.Head
	text    *kit.Text
	does    *points
	doesNot *points
	yes, no *kit.Button
	ask     *kit.Panel

	out      *kit.Banner
	heard    *kit.IconLine
	doneHead *kit.Text
	doneText *kit.Text
	done     *kit.Repeat[people.Deed]
	doneCard *kit.Panel
	busy     *kit.IconLine
	part     *fyne.Container
	gone     *kit.Empty
	trouble  *screen.Trouble
	page     *kit.Page
}

func newLost(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := people.NewLost(d, r)
	p := &lost{nav: nav, head: kit.NewHead("", ""), text: kit.Body(""), trouble: screen.NewTrouble()}
	p.does, p.doesNot = newPoints(assets.IconTick, look.Ink), newPoints(assets.IconCross, look.Ink)
	p.yes = kit.NewButton(kit.DangerOn, "", assets.IconCross, vm.Do)
	p.no = kit.NewButton(kit.Second, "", "", nav.Back)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.ask = kit.Card(kit.Column(16, p.text, p.does, kit.NewRule(), p.doesNot, kit.Flow(14, p.no, p.yes), p.busy))
	p.heard = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.out = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.doneHead, p.doneText = kit.Section(""), kit.Body("")
	p.done = kit.NewRepeat(0, func(d people.Deed) string { return d.Key }, p.deed).Ruled()
	p.doneCard = kit.Card(kit.Column(10, p.doneHead, p.doneText, p.done.Container))
	p.part = kit.TwoColumn(24, 400, kit.Column(16, p.out, p.heard, p.ask), p.doneCard)
	p.gone = kit.NewEmpty(func() { nav.Go(p.s.Gone.Go) })
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.part, p.gone))
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(func() {
		if p.no.Visible() && p.ask.Visible() {
			kit.Focus(p.no)
		}
	})
}

func (p *lost) deed() (fyne.CanvasObject, func(people.Deed)) {
	var d people.Deed
	text, when := kit.Strong(""), kit.Hint("")
	undo := kit.NewButton(kit.Second, "", "", func() { p.nav.Go(d.To) }).Small()
	return kit.Inset(10, 0, 10, 0, kit.Column(6, text, when, kit.Flow(0, undo))), func(s people.Deed) {
		d = s
		text.SetText(s.Text)
		when.SetText(s.When)
		undo.SetText(s.Undo)
		undo.SetName(s.Undo + ", " + s.Text)
	}
}

func (p *lost) render(s people.LostState) {
	p.s = s
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.text.SetText(s.Text)
	p.does.set(s.DoesHeading, s.Does)
	p.doesNot.set(s.DoesNotHeading, s.DoesNot)
	p.yes.SetText(s.Yes)
	p.yes.SetEnabled(s.Busy == "")
	p.no.SetText(s.No)
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.ask.Hidden = s.Yes == ""
	p.out.Set(s.Out, s.OutText)
	p.heard.Set(s.Heard.Icon, s.Heard.Text)
	p.doneHead.SetText(s.DoneHeading)
	p.doneText.SetText(s.DoneText)
	p.done.Set(s.Done)
	p.doneCard.Hidden = s.DoneHeading == ""
	away := s.Gone.Heading != ""
	p.part.Hidden = away
	p.gone.Set(s.Gone.Icon, s.Gone.Heading, s.Gone.Text, s.Gone.Button)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
