// Package people is the People place: who is here, inviting, letting somebody in by six words, one person, the homes, and
// leaving. It never touches the disk, the network or the clock.
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

// Open opens the page of the People place that r names.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	switch r.Page {
	case present.PageInvite:
		return newInvite(d, nav, r)
	case present.PageBack:
		return newBack(d, nav, r)
	case present.PageRequest:
		return newRequest(d, nav, r)
	case present.PageOne:
		return newPerson(d, nav, r)
	case present.PageRemove:
		return newConfirm(people.NewRemove(d, r.Group, r.Member), nav)
	case present.PageRole:
		return newConfirm(people.NewRole(d, r.Group, r.Member), nav)
	case present.PageLeave:
		return newConfirm(people.NewLeave(d, r.Group), nav)
	case present.PageHome:
		return newHome(d, nav, r)
	case present.PageLost:
		return newLost(d, nav, r)
	case present.PageReview:
		return newReview(d, nav, r)
	case present.PageVote:
		return newVote(d, nav, r)
	case present.PageSides:
		return newSides(d, nav, r)
	case present.PageMailbox:
		return newBoxes(d, nav, r)
	case present.PageRepair:
		return newRepair(d, nav, r)
	case present.PageRules:
		return newRules(d, nav, r)
	}
	return newList(d, nav, r)
}

type list struct {
	vm  *people.VM
	nav screen.Nav
	s   people.State

	head            *kit.Head
	invite, another *kit.Button
	groups          *kit.Choice
	requests        *kit.Repeat[people.Request]
	asks            *kit.Repeat[people.Ask]
	notices         *kit.Repeat[people.Notice]
	boxes           *kit.Button
	meet            *kit.IconLine
	rules, carry    *kit.Button
	back            *kit.Button
	asked           *kit.Repeat[people.Asked]
	table           *kit.Table
	empty, noHomes  *kit.Empty
	homesTitle      *kit.Text
	homes           *kit.Repeat[people.Home]
	homesCard       *kit.Panel
	homeButton      *kit.Button
	trouble         *screen.Trouble
	page            *kit.Page
}

func newList(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &list{vm: people.New(d, r.Group), nav: nav, trouble: screen.NewTrouble()}
	p.invite = kit.NewButton(kit.Main, "", assets.IconInvite, func() { nav.Go(p.s.InviteTo) })
	p.another = kit.NewButton(kit.Second, "", assets.IconPlus, func() { nav.Go(p.s.AnotherTo) })
	p.head = kit.NewHead("", "", p.another, p.invite)
	p.groups = kit.NewChoice(kit.Radio, p.vm.Pick)
	p.requests = kit.NewRepeat(14, func(r people.Request) string { return r.ID }, p.request)
	p.asks = kit.NewRepeat(14, func(a people.Ask) string { return a.ID.String() + a.Yes }, p.ask)
	p.notices = kit.NewRepeat(14, func(n people.Notice) string { return n.Key }, p.notice)
	p.rules = kit.NewButton(kit.Link, "", "", func() { nav.Go(p.s.RulesTo) })
	p.carry = kit.NewButton(kit.Link, "", "", func() { nav.Go(p.s.CarryTo) })
	p.boxes = kit.NewButton(kit.Link, "", "", func() { nav.Go(p.s.BoxesTo) })
	p.meet = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.back = kit.NewButton(kit.Link, "", "", func() { nav.Go(p.s.BackTo) })
	p.asked = kit.NewRepeat(14, func(a people.Asked) string { return a.Home.String() }, p.welcome)
	p.table = kit.NewTable([]float32{150, 156, 184, 132, 190}, p.open)
	p.empty = kit.NewEmpty(func() { nav.Go(p.s.Empty.Go) }).Second()
	p.noHomes = kit.NewEmpty(func() { nav.Go(p.s.NoHomes.Go) }).Second()
	p.homesTitle = kit.Section("")
	p.homeButton = kit.NewButton(kit.Second, "", assets.IconHome, func() { nav.Go(p.s.HomeTo) }).Small()
	p.homes = kit.NewRepeat(0, func(h people.Home) string { return h.ID.String() }, func() (fyne.CanvasObject, func(people.Home)) {
		tile, name, text := kit.NewTile(assets.IconHome, look.TonePrimary), kit.Strong(""), kit.Quiet("")
		return kit.Inset(12, 0, 12, 0, kit.Beside(16, tile, kit.Column(0, name, text))), func(h people.Home) {
			name.SetText(h.Name)
			text.SetText(h.Text)
		}
	}).Ruled()
	p.homesCard = kit.CardTight(p.homes.Container)
	p.page = kit.NewPage(p.head.Container, kit.Column(14, p.trouble, p.groups.Container, p.notices.Container, p.requests.Container, p.asks.Container, p.asked.Container,
		p.table, p.meet, p.empty, kit.Flow(24, p.boxes, p.rules, p.carry, p.back), kit.Between(14, 240, p.homesTitle, p.homeButton), p.homesCard, p.noHomes))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

// request is the banner of somebody who asks to join.
func (p *list) request() (fyne.CanvasObject, func(people.Request)) {
	var r people.Request
	no := kit.NewButton(kit.Second, "", "", func() { p.vm.Decline(r.ID) }).Small()
	check := kit.NewButton(kit.Main, "", "", func() { p.nav.Go(r.To) }).Small()
	b := kit.NewBanner(look.ToneBlue, assets.IconInvite, "", "", no, check)
	warn := kit.NewBanner(look.ToneDanger, assets.IconWarning, "", "")
	return kit.Column(8, b, warn), func(s people.Request) {
		r = s
		no.SetText(s.No)
		no.SetName(s.No + ", " + s.Title)
		check.SetText(s.Check)
		b.Set(s.Title, s.Text)
		warn.Set("", s.Warn)
	}
}

// ask is the banner of what waits for a second person.
func (p *list) ask() (fyne.CanvasObject, func(people.Ask)) {
	var a people.Ask
	yes := kit.NewButton(kit.Second, "", assets.IconTick, func() { p.vm.Agree(a.ID) }).Small()
	no := kit.NewButton(kit.Second, "", "", func() { p.vm.Forget(a.ID) }).Small()
	b := kit.NewBanner(look.ToneBlue, assets.IconWaiting, "", "", no, yes)
	return b, func(s people.Ask) {
		a = s
		yes.SetText(s.Yes)
		yes.SetName(s.Yes + ", " + s.Title)
		yes.Hidden = s.Yes == ""
		no.SetText(s.No)
		no.SetName(s.No + ", " + s.Title)
		no.Hidden = s.No == ""
		b.Set(s.Title, s.Text)
	}
}

// welcome is the banner of a home that says this person lives there.
func (p *list) notice() (fyne.CanvasObject, func(people.Notice)) {
	var n people.Notice
	open := kit.NewButton(kit.Second, "", "", func() { p.nav.Go(n.To) }).Small()
	b := kit.NewBanner(look.ToneBlue, assets.IconWarning, "", "", open)
	return b, func(s people.Notice) {
		n = s
		open.SetText(s.Button)
		open.SetName(s.Button + ", " + s.Title)
		open.Hidden = s.Button == ""
		b.SetTone(look.ToneOf(s.Tone), s.Icon)
		b.Set(s.Title, s.Text)
	}
}

func (p *list) welcome() (fyne.CanvasObject, func(people.Asked)) {
	var a people.Asked
	yes := kit.NewButton(kit.Main, "", assets.IconTick, func() { p.vm.LiveHere(a.Home) }).Small()
	b := kit.NewBanner(look.ToneBlue, assets.IconHome, "", "", yes)
	return b, func(s people.Asked) {
		a = s
		yes.SetText(s.Button)
		b.Set("", s.Text)
	}
}

func (p *list) open(key string) {
	for _, r := range p.s.Rows {
		if r.Member.String() == key {
			p.nav.Go(r.To)
			return
		}
	}
}

func (p *list) render(s people.State) {
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.invite.SetText(s.Invite)
	p.another.SetText(s.Another)
	p.groups.Set(screen.Options(s.Groups))
	p.groups.Hidden = len(s.Groups) == 0
	p.requests.Set(s.Requests)
	p.requests.Hidden = len(s.Requests) == 0
	p.asks.Set(s.Asks)
	p.asks.Hidden = len(s.Asks) == 0
	p.notices.Set(s.Notices)
	p.notices.Hidden = len(s.Notices) == 0
	p.rules.SetText(s.Rules)
	p.boxes.SetText(s.Boxes)
	p.meet.Set(s.Meet.Icon, s.Meet.Text)
	p.carry.SetText(s.Carry)
	p.back.SetText(s.Back)
	p.back.Hidden = s.Back == ""
	p.asked.Set(s.Invited)
	p.asked.Hidden = len(s.Invited) == 0
	rows := make([]kit.TableRow, len(s.Rows))
	for i, r := range s.Rows {
		rows[i] = kit.TableRow{Key: r.Member.String(), Face: kit.Face(r.Face), Button: r.Open, Name: r.Open + ", " + r.Name, Cells: []kit.Cell{
			{Text: r.Name, Bold: true}, {Text: r.As}, {Chip: kit.Chip(r.Checked)}, {Text: r.Uses}, {Icon: r.Heard.Icon, Text: r.Heard.Text},
		}}
	}
	p.table.Set([]string{s.Head.Name, s.Head.As, s.Head.Checked, s.Head.Uses, s.Head.Heard}, rows)
	p.table.Hidden = len(rows) == 0
	p.another.Hidden = s.Empty.Button == s.Another // said in the middle of the page
	p.empty.SetMain(s.Invite == "")
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, s.Empty.Button)
	p.homesTitle.SetText(s.HomesTitle)
	p.homeButton.SetText(s.HomeButton)
	p.homeButton.Hidden = len(s.Homes) == 0
	homes := make([]people.Home, len(s.Homes))
	copy(homes, s.Homes)
	p.homes.Set(homes)
	p.homesCard.Hidden = len(homes) == 0
	p.noHomes.Set(s.NoHomes.Icon, s.NoHomes.Heading, s.NoHomes.Text, s.NoHomes.Button)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	p.vm.Looked()
}

type confirm struct {
	nav     screen.Nav
	head    *kit.Head
	text    *kit.Text
	does    *points
	doesNot *points
	yes, no *kit.Button
	mild    *kit.Button // in the place of yes where nothing is taken away
	trouble *screen.Trouble
	page    *kit.Page
	gone    bool
}

func newConfirm(vm *people.Confirm, nav screen.Nav) screen.Screen {
	p := &confirm{nav: nav, head: kit.NewHead("", ""), text: kit.Body(""), trouble: screen.NewTrouble()}
	p.does, p.doesNot = newPoints(assets.IconTick, look.Ink), newPoints(assets.IconCross, look.Ink)
	p.yes = kit.NewButton(kit.DangerOn, "", "", vm.Do)
	p.mild = kit.NewButton(kit.Main, "", "", vm.Do)
	p.no = kit.NewButton(kit.Second, "", "", nav.Back)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, kit.Card(kit.Column(18, p.text, p.does, p.doesNot, kit.Flow(14, p.no, p.yes, p.mild)))))
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(func() { kit.Focus(p.no) })
}

func (p *confirm) render(s people.ConfirmState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.text.SetText(s.Text)
	p.text.Hidden = s.Text == ""
	p.does.set(s.DoesHeading, s.Does)
	p.doesNot.set(s.DoesNotHeading, s.DoesNot)
	p.yes.SetText(s.Yes)
	p.mild.SetText(s.Yes)
	p.yes.Hidden, p.mild.Hidden = !s.Danger || s.Yes == "", s.Danger || s.Yes == ""
	p.no.SetText(s.No)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.Done && !p.gone {
		p.gone = true
		p.nav.Done(present.Route{Place: present.PlacePeople})
	}
}
