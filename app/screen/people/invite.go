package people

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/paper"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

type invite struct {
	vm  *people.Invite
	nav screen.Nav
	s   people.InviteState

	head                         *kit.Head
	notYou                       *kit.Banner
	note                         *kit.Field
	rankL, historyL, wayL, daysL *kit.Text
	ranks, histories, ways, days *kit.Choice
	make                         *kit.Button
	seen, busy                   *kit.IconLine
	form                         *fyne.Container

	made                  *fyne.Container
	madeBanner, over      *kit.Banner
	on                    *kit.IconLine
	sayHead, sayText      *kit.Text
	words                 *kit.Words
	placeLabel, place     *kit.Text
	copyWords             *kit.Button
	sayCard               *kit.Panel
	sendHead, link        *kit.Text
	copy                  *kit.Button
	copied                *kit.IconLine
	sendCard              *kit.Panel
	showHead, showText    *kit.Text
	code                  *screen.Code
	saveTo                *screen.Place
	savePage, savePicture *kit.Button
	saved                 *kit.IconLine
	showCard              *kit.Panel
	another               *kit.Button

	openHeading *kit.Text
	open        *kit.Repeat[people.Open]
	openCard    *kit.Panel
	lapsedHead  *kit.Text
	lapsedText  *kit.Text
	lapsed      *kit.Repeat[people.Lapse]
	lapsedCard  *kit.Panel
	trouble     *screen.Trouble
	page        *kit.Page
}

func newInvite(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &invite{vm: people.NewInvite(d, r.Group, people.Drawings{Page: paper.Invitation, Picture: paper.Code}), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.notYou = kit.NewBanner(look.ToneBlue, assets.IconPeople, "", "")
	p.note = kit.NewField("", "").Narrow(420)
	p.rankL, p.historyL, p.wayL, p.daysL = kit.Section(""), kit.Section(""), kit.Section(""), kit.Section("")
	p.ranks = kit.NewChoice(kit.Radio, p.vm.SetRank)
	p.histories = kit.NewChoice(kit.Radio, p.vm.SetHistory)
	p.ways = kit.NewChoice(kit.Radio, p.vm.SetWay)
	p.days = kit.NewChoice(kit.Radio, p.vm.SetDays)
	send := func() {
		p.vm.Make(p.note.Text())
		if p.vm.State().NoteError != "" { // the button is far below what is to be put right
			p.page.Top()
			p.note.Focus()
		}
	}
	p.note.OnEnter(send)
	p.make = kit.NewButton(kit.Main, "", assets.IconInvite, send)
	p.seen = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.form = kit.Column(22, p.note, kit.Column(10, p.wayL, p.ways.Container),
		kit.Column(10, p.rankL, p.ranks.Container), kit.Column(10, p.historyL, p.histories.Container),
		kit.Column(10, p.daysL, p.days.Container), p.seen, kit.Flow(14, p.make), p.busy)

	p.made = p.ready()
	p.openHeading = kit.Section("")
	p.open = kit.NewRepeat(0, func(o people.Open) string { return o.ID }, p.row).Ruled()
	p.openCard = kit.CardTight(p.open.Container)
	p.lapsedHead, p.lapsedText = kit.Section(""), kit.Body("")
	p.lapsed = kit.NewRepeat(0, func(l people.Lapse) string { return l.ID }, p.lapse).Ruled()
	p.lapsedCard = kit.CardTight(p.lapsed.Container)
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble, p.notYou, p.made, p.form, p.openHeading, p.openCard,
		kit.Column(4, p.lapsedHead, p.lapsedText), p.lapsedCard))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(func() {
		if p.s.Asks {
			p.note.Focus()
		}
	})
}

// ready builds the invitation that is to be handed over: to be said, sent, shown or printed.
func (p *invite) ready() *fyne.Container {
	p.madeBanner = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.over = kit.NewBanner(look.ToneAmber, assets.IconWarning, "", "")
	p.on = kit.NewIconLine("", 24, "", look.Bold, look.Ink)
	p.sayHead, p.sayText, p.words = kit.Section(""), kit.Body(""), kit.NewWords(4)
	p.placeLabel, p.place = kit.Quiet(""), kit.Section("")
	p.copyWords = kit.NewButton(kit.Second, "", assets.IconPage, func() {
		if p.s.Made != nil {
			p.nav.Copy(p.s.Made.Spoken)
			p.vm.Copied()
		}
	})
	p.sayCard = kit.Card(kit.Column(12, p.sayHead, p.sayText, p.words.Container, kit.Flow(10, p.placeLabel, p.place), kit.Flow(14, p.copyWords)))
	p.sendHead, p.link = kit.Section(""), kit.Body("")
	p.copy = kit.NewButton(kit.Main, "", assets.IconPage, func() {
		if p.s.Made != nil {
			p.nav.Copy(p.s.Made.Link)
			p.vm.Copied()
		}
	})
	p.copied = kit.NewIconLine(assets.IconDone, 24, "", look.Bold, look.OkInk)
	p.sendCard = kit.Card(kit.Column(12, p.sendHead, kit.ReadOutBox(p.link), kit.Flow(14, p.copy)))
	p.showHead, p.showText, p.code = kit.Section(""), kit.Body(""), screen.NewCode()
	p.saveTo = screen.NewPlace(p.vm.SetPlace)
	p.savePage = kit.NewButton(kit.Second, "", assets.IconPrint, func() { p.vm.Save(false, p.saveTo.Other.Text()) })
	p.savePicture = kit.NewButton(kit.Second, "", assets.IconSave, func() { p.vm.Save(true, p.saveTo.Other.Text()) })
	p.saved = kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.Ink)
	p.showCard = kit.Card(kit.Column(12, p.showHead, p.showText, p.code, p.saved, kit.Flow(14, p.savePage, p.savePicture), p.saveTo))
	p.another = kit.NewButton(kit.Second, "", assets.IconInvite, p.vm.Another)
	return kit.Column(16, p.madeBanner, p.over, p.on, p.copied,
		kit.TwoColumn(20, 420, kit.Column(16, p.sayCard, p.sendCard), p.showCard), kit.Flow(0, p.another))
}

func (p *invite) row() (fyne.CanvasObject, func(people.Open)) {
	var o people.Open
	text, state := kit.Strong(""), kit.NewIconLine("", 22, "", look.Body, look.Ink2)
	check := kit.NewButton(kit.Second, "", assets.IconShield, func() { p.nav.Go(o.CheckTo) }).Small()
	show := kit.NewButton(kit.Second, "", assets.IconEye, func() { p.vm.Show(o.ID) }).Small()
	end := kit.NewButton(kit.Danger, "", assets.IconCross, func() { p.vm.EndInvite(o.ID) }).Small()
	return kit.Inset(12, 0, 12, 0, kit.Between(14, 220, kit.Column(4, text, state), kit.Flow(14, check, show, end))), func(s people.Open) {
		o = s
		text.SetText(s.Text)
		state.Set(s.State.Icon, s.State.Text)
		for b, words := range map[*kit.Button]string{check: s.Check, show: s.Show, end: s.End} {
			b.SetText(words)
			b.SetName(words + ", " + s.Text)
			b.Hidden = words == ""
		}
	}
}

// lapse is the row of an invitation that ended with somebody who led.
func (p *invite) lapse() (fyne.CanvasObject, func(people.Lapse)) {
	id, text := "", kit.Body("")
	again := kit.NewButton(kit.Second, "", assets.IconInvite, func() { p.vm.Reissue(id) }).Small()
	return kit.Inset(12, 0, 12, 0, kit.Between(14, 220, text, again)), func(l people.Lapse) {
		id = l.ID
		text.SetText(l.Text)
		again.SetText(l.Again)
		again.SetName(l.Again + ", " + l.Text)
	}
}

func (p *invite) render(s people.InviteState) {
	fresh := s.Made != nil && (p.s.Made == nil || p.s.Made.Link != s.Made.Link || p.s.Made.Title != s.Made.Title)
	asks := s.Asks && !p.s.Asks && p.s.Title != ""
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.notYou.Set("", s.NotYou)
	p.form.Hidden = !s.May || !s.Asks
	p.note.SetLabel(s.NoteLabel, s.NoteHint)
	p.note.SetProblem(s.NoteError)
	p.rankL.SetText(s.RankLabel)
	p.ranks.Set(screen.Options(s.Ranks))
	p.historyL.SetText(s.HistoryLabel)
	p.histories.Set(screen.Options(s.Histories))
	p.wayL.SetText(s.WayLabel)
	p.ways.Set(screen.Options(s.Ways))
	p.daysL.SetText(s.DaysLabel)
	p.days.Set(screen.Options(s.Days))
	p.seen.Set(s.Seen.Icon, s.Seen.Text)
	p.make.SetText(s.Make)
	p.make.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.made.Hidden = s.Made == nil
	if s.Made != nil {
		p.handOver(*s.Made)
	}
	p.openHeading.SetText(s.OpenHeading)
	p.openHeading.Hidden = len(s.Open) == 0
	p.open.Set(s.Open)
	p.openCard.Hidden = len(s.Open) == 0
	p.lapsedHead.SetText(s.LapsedHeading)
	p.lapsedText.SetText(s.LapsedText)
	p.lapsedHead.Hidden, p.lapsedText.Hidden, p.lapsedCard.Hidden = len(s.Lapsed) == 0, len(s.Lapsed) == 0, len(s.Lapsed) == 0
	p.lapsed.Set(s.Lapsed)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	switch {
	case fresh:
		p.note.SetText("")
		kit.Unfocus(p.page)
		switch {
		case p.sayCard.Visible():
			kit.Focus(p.copyWords)
		case p.sendCard.Visible():
			kit.Focus(p.copy)
		}
		p.page.Top()
	case asks:
		p.page.Top()
		p.note.Focus()
	}
}

// handOver shows an invitation that is ready, or says that it is over.
func (p *invite) handOver(m people.Made) {
	over := !m.Over.None()
	p.madeBanner.Set(m.Title, m.Text)
	p.madeBanner.Hidden = over
	p.over.Set(m.Title, m.Over.Text())
	p.over.Hidden = !over
	p.on.Set(m.On.Icon, m.On.Text)
	p.sayHead.SetText(m.SayHeading)
	p.sayText.SetText(m.SayText)
	p.words.Set(m.Words...)
	p.placeLabel.SetText(m.PlaceLabel)
	p.place.SetText(m.Place)
	p.placeLabel.Hidden, p.place.Hidden = m.Place == "", m.Place == ""
	p.copyWords.SetText(m.CopyWords)
	p.sayCard.Hidden = len(m.Words) == 0
	p.sendHead.SetText(m.SendHeading)
	p.link.SetText(m.Link)
	p.copy.SetText(m.Copy)
	p.copied.Set(assets.IconDone, m.Copied)
	p.sendCard.Hidden = over
	p.showHead.SetText(m.ShowHeading)
	p.showText.SetText(m.ShowText)
	p.code.Set(m.Link)
	p.saveTo.Set(m.SaveTo)
	p.savePage.SetText(m.SavePage)
	p.savePicture.SetText(m.SavePicture)
	p.saved.Set(assets.IconDone, m.Saved)
	p.showCard.Hidden = over
	p.another.SetText(m.Another)
	p.another.SetKind(kit.Second)
	if over {
		p.another.SetKind(kit.Main)
	}
}
