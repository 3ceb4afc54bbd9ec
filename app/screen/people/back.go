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

type back struct {
	vm  *people.Back
	nav screen.Nav
	s   people.BackState

	head       *kit.Head
	steps      *points
	make       *kit.Button
	busy       *kit.IconLine
	madeBanner *kit.Banner
	link       *kit.Text
	copy       *kit.Button
	copied, on *kit.IconLine
	made       *fyne.Container
	trouble    *screen.Trouble
	page       *kit.Page
}

func newBack(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &back{vm: people.NewBack(d, r.Group), nav: nav, head: kit.NewHead("", ""), steps: newPoints(assets.IconForward, look.Ink), trouble: screen.NewTrouble()}
	p.make = kit.NewButton(kit.Main, "", assets.IconComputer, p.vm.Make)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.madeBanner = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.link = kit.Body("")
	p.copy = kit.NewButton(kit.Main, "", assets.IconPage, func() {
		if p.s.Made != nil {
			nav.Copy(p.s.Made.Link)
			p.vm.Copied()
		}
	})
	p.copied = kit.NewIconLine(assets.IconDone, 24, "", look.Bold, look.OkInk)
	p.on = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.made = kit.Column(12, p.madeBanner, kit.ReadOutBox(p.link), kit.Flow(14, p.copy, p.copied), p.on)
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble, p.made, p.steps.Container, kit.Flow(14, p.make), p.busy))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(func() { kit.Focus(p.make) })
}

func (p *back) render(s people.BackState) {
	fresh := s.Made != nil && (p.s.Made == nil || p.s.Made.Link != s.Made.Link)
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.steps.set(s.Then, s.Steps)
	p.make.SetText(s.Make)
	p.make.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.made.Hidden = s.Made == nil
	p.make.SetKind(kit.Main)
	if m := s.Made; m != nil {
		p.madeBanner.Set(m.Title, m.Text)
		p.link.SetText(m.Link)
		p.copy.SetText(m.Copy)
		p.copied.Set(assets.IconDone, m.Copied)
		p.on.Set(m.On.Icon, m.On.Text)
		p.make.SetKind(kit.Second) // one main button a page: now it is Copy
	}
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if fresh {
		p.page.Top()
		kit.Focus(p.copy)
	}
}
