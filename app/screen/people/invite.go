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

type invite struct {
	vm  *people.Invite
	nav screen.Nav
	s   people.InviteState

	head                   *kit.Head
	notYou                 *kit.Banner
	note                   *kit.Field
	rankL, historyL, daysL *kit.Text
	ranks, histories, days *kit.Choice
	make                   *kit.Button
	seen, busy             *kit.IconLine
	form                   *fyne.Container

	made        *fyne.Container
	madeBanner  *kit.Banner
	link        *kit.Text
	copy        *kit.Button
	copied, on  *kit.IconLine
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
	p := &invite{vm: people.NewInvite(d, r.Group), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.notYou = kit.NewBanner(look.ToneBlue, assets.IconPeople, "", "")
	p.note = kit.NewField("", "").Narrow(420)
	p.rankL, p.historyL, p.daysL = kit.Section(""), kit.Section(""), kit.Section("")
	p.ranks = kit.NewChoice(kit.Radio, p.vm.SetRank)
	p.histories = kit.NewChoice(kit.Radio, p.vm.SetHistory)
	p.days = kit.NewChoice(kit.Radio, p.vm.SetDays)
	send := func() { p.vm.Make(p.note.Text()) }
	p.note.OnEnter(send)
	p.make = kit.NewButton(kit.Main, "", assets.IconInvite, send)
	p.seen = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.form = kit.Column(22, p.note,
		kit.Column(10, p.rankL, p.ranks.Container), kit.Column(10, p.historyL, p.histories.Container),
		kit.Column(10, p.daysL, p.days.Container), p.seen, kit.Flow(14, p.make), p.busy)

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
	p.openHeading = kit.Section("")
	p.open = kit.NewRepeat(0, func(o people.Open) string { return o.ID }, p.row).Ruled()
	p.openCard = kit.CardTight(p.open.Container)
	p.lapsedHead, p.lapsedText = kit.Section(""), kit.Body("")
	p.lapsed = kit.NewRepeat(0, func(l people.Lapse) string { return l.ID }, p.over).Ruled()
	p.lapsedCard = kit.CardTight(p.lapsed.Container)
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble, p.notYou, p.made, p.form, p.openHeading, p.openCard,
		kit.Column(4, p.lapsedHead, p.lapsedText), p.lapsedCard))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(p.note.Focus)
}

func (p *invite) row() (fyne.CanvasObject, func(people.Open)) {
	var o people.Open
	text := kit.Body("")
	again := kit.NewButton(kit.Second, "", assets.IconPage, func() { p.nav.Copy(o.Link) }).Small()
	end := kit.NewButton(kit.Danger, "", assets.IconCross, func() { p.vm.EndInvite(o.ID) }).Small()
	return kit.Inset(12, 0, 12, 0, kit.Between(14, 220, text, kit.Flow(14, again, end))), func(s people.Open) {
		o = s
		text.SetText(s.Text)
		again.SetText(s.Copy)
		again.SetName(s.Copy + ", " + s.Text)
		end.SetText(s.End)
		end.SetName(s.End + ", " + s.Text)
	}
}

// over is the row of an invitation that ended with somebody who led.
func (p *invite) over() (fyne.CanvasObject, func(people.Lapse)) {
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
	fresh := s.Made != nil && (p.s.Made == nil || p.s.Made.Link != s.Made.Link)
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.notYou.Set("", s.NotYou)
	p.form.Hidden = !s.May
	p.note.SetLabel(s.NoteLabel, s.NoteHint)
	p.note.SetProblem(s.NoteError)
	p.rankL.SetText(s.RankLabel)
	p.ranks.Set(screen.Options(s.Ranks))
	p.historyL.SetText(s.HistoryLabel)
	p.histories.Set(screen.Options(s.Histories))
	p.daysL.SetText(s.DaysLabel)
	p.days.Set(screen.Options(s.Days))
	p.seen.Set(s.Seen.Icon, s.Seen.Text)
	p.make.SetText(s.Make)
	p.make.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.made.Hidden = s.Made == nil
	if m := s.Made; m != nil {
		p.madeBanner.Set(m.Title, m.Text)
		p.link.SetText(m.Link)
		p.copy.SetText(m.Copy)
		p.copied.Set(assets.IconDone, m.Copied)
		p.on.Set(m.On.Icon, m.On.Text)
		p.make.SetKind(kit.Second) // one main button a page: now it is Copy
	} else {
		p.make.SetKind(kit.Main)
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
	if fresh {
		p.note.SetText("")
		p.page.Top()
		kit.Focus(p.copy)
	}
}
