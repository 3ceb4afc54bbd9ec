package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// stay is the page of whether Kith goes on when its window is closed, starts with the computer, and keeps messages for the
// others.
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

	boxLabel, boxText *kit.Text
	box               *kit.Choice
	boxMeans          *kit.Repeat[present.Line]
	boxBusy           *kit.IconLine
	boxAsk            *kit.Banner
	boxYes, boxNo     *kit.Button
	boxCard           *kit.Panel
	asked             bool // the question shows

	trouble *screen.Trouble
	page    *kit.Page
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
	p.boxLabel, p.boxText = kit.Section(""), kit.Body("")
	p.box = kit.NewChoiceColumn(kit.Tick, vm.Keep)
	p.boxMeans = lines()
	p.boxBusy = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.boxNo = kit.NewButton(kit.Second, "", "", func() { vm.KeepNoMore(false) }).Small()
	p.boxYes = kit.NewButton(kit.DangerOn, "", "", func() { vm.KeepNoMore(true) }).Small()
	p.boxAsk = kit.NewBanner(look.ToneAmber, assets.IconWarning, "", "", p.boxNo, p.boxYes)
	p.boxCard = kit.Card(kit.Column(12, p.boxLabel, p.boxText, p.box.Container, p.boxAsk, p.boxBusy, p.boxMeans.Container))
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(16, p.trouble,
		kit.Card(kit.Column(12, p.closeLabel, p.close.Container, p.means.Container, kit.Flow(14, p.goOn, p.stop))), p.boxCard, p.startCard)))
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
	p.renderBox(s)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.BoxAsk != "" && !p.asked { // nothing is taken away by a second Enter
		kit.Focus(p.boxNo)
	}
	p.asked = s.BoxAsk != ""
	if !s.Problem.None() {
		p.page.Top()
	}
}

func (p *stay) renderBox(s settings.StayState) {
	p.boxLabel.SetText(s.BoxLabel)
	p.boxText.SetText(s.BoxText)
	p.box.Set(screen.Options(s.Box))
	p.box.Hidden = len(s.Box) == 0
	p.boxMeans.Set(s.BoxMeans)
	p.boxBusy.Set(assets.IconWaiting, s.BoxBusy)
	p.boxYes.SetText(s.BoxYes)
	p.boxNo.SetText(s.BoxNo)
	p.boxAsk.Set(s.BoxAsk, s.BoxLost)
	p.boxCard.Hidden = s.BoxLabel == ""
}
