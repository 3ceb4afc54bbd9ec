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

type request struct {
	vm  *people.RequestVM
	nav screen.Nav
	s   people.RequestState

	head        *kit.Head
	ring, ask   *kit.IconLine
	words       *kit.Words
	warn        *kit.Banner
	howLabel    *kit.Text
	how         *kit.Choice
	wrong       *kit.IconLine
	see, logged *kit.IconLine
	known       *kit.IconLine
	knownCard   *kit.Panel
	once        *kit.Button
	formerLabel *kit.Text
	former      *kit.Choice
	formerText  *kit.IconLine
	formerCard  *kit.Panel
	yes, no     *kit.Button
	busy        *kit.IconLine
	part        *fyne.Container
	foot        *kit.Foot
	gone        *kit.Empty
	trouble     *screen.Trouble
	page        *kit.Page
	left        bool
}

func newRequest(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &request{vm: people.NewRequest(d, r.Group, r.Name), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.ring = kit.NewIconLine(assets.IconPhone, 24, "", look.Body, look.Ink)
	p.ask = kit.NewIconLine(assets.IconShield, 24, "", look.Body, look.Ink)
	p.words = kit.NewWords(3)
	p.warn = kit.NewBanner(look.ToneDanger, assets.IconWarning, "", "")
	p.howLabel = kit.Section("")
	p.how = kit.NewChoiceColumn(kit.Radio, p.vm.SetHow)
	p.wrong = kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	p.see = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.logged = kit.NewIconLine(assets.IconPage, 24, "", look.Body, look.Ink2)
	p.known = kit.NewIconLine(assets.IconComputer, 24, "", look.Bold, look.Ink)
	p.knownCard = kit.Card(p.known)
	p.once = kit.NewButton(kit.Link, "", "", p.vm.Before)
	p.formerLabel = kit.Section("")
	p.former = kit.NewChoiceColumn(kit.Radio, p.vm.SetFormer)
	p.formerText = kit.NewIconLine(assets.IconShield, 24, "", look.Body, look.Ink)
	p.formerCard = kit.Card(kit.Column(12, p.formerLabel, p.former.Container, p.formerText))
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.yes = kit.NewButton(kit.Main, "", assets.IconTick, p.vm.Approve)
	p.no = kit.NewButton(kit.Danger, "", assets.IconCross, p.vm.Decline)
	p.part = kit.TwoColumn(24, 400,
		kit.Column(16, p.warn, p.knownCard, kit.Card(kit.Column(14, p.ring, p.ask, p.words.Container))),
		kit.Column(16, kit.Card(kit.Column(12, p.howLabel, p.wrong, p.how.Container)), kit.Card(kit.Column(10, p.see, p.logged)), kit.Flow(0, p.once), p.formerCard, p.busy))
	p.gone = kit.NewEmpty(func() { nav.Go(p.s.Gone.Go) })
	p.foot = kit.NewFoot(p.no, "", p.yes)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.part, p.gone))
	p.page.SetFoot(p.foot)
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *request) render(s people.RequestState) {
	wrongNow := s.Error != "" && p.s.Error == ""
	p.s = s
	p.head.Set(s.Title, s.Asked)
	p.head.SetBack(s.Back, p.nav.Back)
	p.ring.Set(assets.IconPhone, s.Ring)
	p.ask.Set(assets.IconShield, s.Ask)
	p.words.Set(s.Words...)
	p.warn.Set("", s.Warn)
	p.howLabel.SetText(s.HowLabel)
	p.how.Set(screen.Options(s.How))
	p.wrong.Set(assets.IconWarning, s.Error)
	p.see.Set(assets.IconEye, s.See)
	p.logged.Set(assets.IconPage, s.Logged)
	p.known.Set(s.Known.Icon, s.Known.Text)
	p.knownCard.Hidden = s.Known.Text == ""
	p.once.SetText(s.Once)
	p.formerLabel.SetText(s.FormerLabel)
	p.former.Set(screen.Options(s.Former))
	p.formerText.Set(assets.IconShield, s.FormerText)
	p.formerCard.Hidden = len(s.Former) == 0
	p.yes.SetText(s.Yes)
	p.no.SetText(s.No)
	p.yes.SetEnabled(s.Busy == "")
	p.no.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.gone.Set(s.Gone.Icon, s.Gone.Heading, s.Gone.Text, s.Gone.Button)
	away := s.Gone.Heading != ""
	p.part.Hidden, p.foot.Hidden = away, away
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if wrongNow {
		p.how.Focus()
	}
	if s.Done && !p.left {
		p.left = true
		p.nav.Go(present.Route{Place: present.PlacePeople})
	}
}
