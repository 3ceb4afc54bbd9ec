package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// stay is the page of whether Kith goes on when its window is closed, and starts with the computer.
type stay struct {
	nav        screen.Nav
	head       *kit.Head
	closeLabel *kit.Text
	close      *kit.Choice
	means      *kit.Repeat[present.Line]
	goOn, stop *kit.Button
	startLabel *kit.Text
	start      *kit.Choice
	startMeans *kit.IconLine
	startCard  *kit.Panel
	trouble    *screen.Trouble
	page       *kit.Page
}

// closing is the Name of the route of who has just closed the window.
const closing = "close"

func newStay(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	asked := r.Name == closing
	vm := settings.NewStay(d, nav.Boot, asked)
	p := &stay{nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.closeLabel, p.startLabel = kit.Section(""), kit.Section("")
	p.close, p.start = kit.NewChoiceColumn(kit.Radio, vm.SetClose), kit.NewChoiceColumn(kit.Radio, vm.SetStart)
	p.means = lines()
	p.goOn = kit.NewButton(kit.Second, "", assets.IconForward, func() {
		if vm.Answer(true) {
			nav.Back()
			nav.Away()
		}
	})
	p.stop = kit.NewButton(kit.Second, "", assets.IconCross, func() {
		vm.Answer(false) // whoever wants to stop is not kept because a disk is full
		nav.Close()
	})
	p.startMeans = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.startCard = kit.Card(kit.Column(12, p.startLabel, p.start.Container, p.startMeans))
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(16, p.trouble,
		kit.Card(kit.Column(12, p.closeLabel, p.close.Container, p.means.Container, kit.Flow(14, p.goOn, p.stop))), p.startCard)))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *stay) render(s settings.StayState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.closeLabel.SetText(s.CloseLabel)
	p.closeLabel.Hidden = s.CloseLabel == ""
	p.close.Set(screen.Options(s.Close))
	p.close.Hidden = len(s.Close) == 0
	p.means.Set(s.Means)
	p.goOn.SetText(s.Go)
	p.stop.SetText(s.Stop)
	p.startLabel.SetText(s.StartLabel)
	p.start.Set(screen.Options(s.Start))
	p.start.Hidden = len(s.Start) == 0
	p.startMeans.Set(s.StartMeans.Icon, s.StartMeans.Text)
	p.startCard.Hidden = s.StartLabel == ""
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
