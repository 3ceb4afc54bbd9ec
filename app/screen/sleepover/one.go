package sleepover

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/sleepover"
	"kith/app/screen"
	"kith/assets"
)

// one is the page of one sleepover.
type one struct {
	vm  *sleepover.PageVM
	nav screen.Nav

	head      *kit.Head
	moves     *kit.Repeat[sleepover.Move] // what is to be done next
	actions   *kit.Repeat[sleepover.Move] // what else can be done, in the head
	links     *kit.Repeat[sleepover.Move] // what is seldom done, at the end
	stages    *kit.StageBar
	conflicts *kit.Repeat[sleepover.Conflict]
	next      *kit.Banner
	offers    *kit.Repeat[sleepover.Offer]
	waiting   *kit.Text
	facts     *kit.Pairs
	factCard  *kit.Panel
	delivery  *kit.IconLine
	busy      *kit.IconLine
	hasH      *kit.Text
	has       *kit.Banner
	who       *kit.Rows
	historyH  *kit.Text
	history   *kit.Repeat[present.Line]
	historyP  *fyne.Container
	side      *kit.Repeat[sleepover.Note]
	ring      *kit.RingPanel
	aside     *fyne.Container
	trouble   *screen.Trouble
	page      *kit.Page
	first     *kit.Button // what the page begins with
}

func newOne(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &one{nav: nav, vm: sleepover.NewPage(d, r.Group, r.Object), head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.stages = kit.NewStageBar()
	name := func(m sleepover.Move) string { return m.Name }
	p.moves = kit.NewRepeatIn(kit.Flow(14), name, p.move)
	p.actions = kit.NewRepeatIn(kit.Flow(14), name, p.move)
	p.links = kit.NewRepeatIn(kit.Flow(14), name, p.move)
	p.head.SetActions(p.actions.Container)
	p.conflicts = kit.NewRepeat(10, func(c sleepover.Conflict) string { return c.Title }, func() (fyne.CanvasObject, func(sleepover.Conflict)) {
		b := kit.NewBanner(look.ToneAmber, assets.IconVersions, "", "")
		return b, func(c sleepover.Conflict) { b.Set(c.Title, c.Text) }
	})
	p.next = kit.NewBanner(look.ToneBlue, assets.IconGoing, "", "")
	p.offers = kit.NewRepeatIn(kit.Grid(2, 20, 300), func(o sleepover.Offer) string { return o.ID.String() }, p.offer)
	p.waiting = kit.Quiet("")
	p.facts = kit.NewPairs(190)
	p.factCard = kit.Card(p.facts.Container)
	p.delivery = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.hasH = kit.Section("")
	p.has = kit.NewBanner(look.ToneBlue, assets.IconGoing, "", "")
	p.who = kit.NewRows(func(string) {})
	p.historyH = kit.Section("")
	p.history = kit.NewRepeat(6, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		line := kit.NewIconLine("", 22, "", look.Body, look.Ink2)
		return line, func(l present.Line) { line.Set(l.Icon, l.Text) }
	})
	p.historyP = kit.Column(8, p.historyH, kit.Card(p.history.Container))
	p.side = kit.NewRepeat(14, func(n sleepover.Note) string { return n.Heading }, func() (fyne.CanvasObject, func(sleepover.Note)) {
		heading := kit.NewIconLine("", 24, "", look.Bold, look.Ink)
		text := kit.Body("")
		return kit.Card(kit.Column(4, heading, text)), func(n sleepover.Note) {
			heading.Set(n.Icon, n.Heading)
			text.SetText(n.Text)
		}
	})
	p.ring = kit.NewRingPanel()
	p.aside = kit.Column(14, p.ring, p.side.Container)
	main := kit.Column(14, p.conflicts.Container, p.next, p.has, p.moves.Container, p.busy, p.offers.Container, p.delivery,
		kit.Column(8, p.hasH, p.who), p.waiting, p.factCard, p.historyP, p.links.Container)
	p.page = kit.NewPage(p.head.Container, kit.Column(14, p.trouble, p.stages.Container, kit.TwoColumn(20, 372, main, p.aside)))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(func() {
		if p.first != nil {
			kit.Focus(p.first)
		}
	})
}

func (p *one) move() (fyne.CanvasObject, func(sleepover.Move)) {
	var m sleepover.Move
	b := kit.NewButton(kit.Second, "", "", func() {
		if m.To.IsZero() {
			p.vm.Do(m.Name)
			return
		}
		p.nav.Go(m.To)
	})
	return b, func(s sleepover.Move) {
		m = s
		kind := kit.Second
		switch s.Style {
		case sleepover.StyleMain:
			kind = kit.Main
			if p.first == nil {
				p.first = b
			}
		case sleepover.StyleDanger:
			kind = kit.Danger
		case sleepover.StyleLink:
			kind = kit.Link
		}
		b.SetKind(kind)
		b.SetIcon(s.Icon)
		b.SetText(s.Label)
	}
}

func (p *one) offer() (fyne.CanvasObject, func(sleepover.Offer)) {
	var to present.Route
	face, name, at := kit.NewAvatar(kit.Face{}, 52), kit.Section(""), kit.Quiet("")
	quote := kit.Body("")
	box := kit.QuoteBox(quote)
	chip := kit.NewStatusChip(kit.Chip{})
	choose := kit.NewButton(kit.Main, "", assets.IconTick, func() { p.nav.Go(to) }).Spread()
	card := kit.Card(kit.Column(14, kit.Beside(14, face, kit.Column(0, name, at)), kit.Flow(0, chip), box, choose))
	return card, func(o sleepover.Offer) {
		to = o.To
		face.Set(kit.Face(o.Face))
		name.SetText(o.Name)
		at.SetText(o.When)
		quote.SetText(o.Quote)
		chip.Set(kit.Chip(o.Chip))
		choose.SetText(o.Choose)
		if o.Choose != "" && p.first == nil {
			p.first = choose
		}
		card.Refresh()
	}
}

func (p *one) render(s sleepover.PageState) {
	p.first = nil
	p.head.SetBack(s.Back, func() { p.nav.Go(present.Route{Place: present.PlaceSleepovers}) })
	if s.Gone != "" {
		p.head.Set(s.Gone, "")
		p.stages.Set(nil)
		p.next.Set("", "")
		p.factCard.Hide()
		p.historyP.Hide()
		p.aside.Hide()
		p.hasH.SetText("")
		p.has.Set("", "")
		p.who.Set(nil)
		p.ring.Hide()
		p.page.Refresh()
		return
	}
	p.head.Set(s.Title, s.Text)
	p.stages.Container.Hidden = len(s.Stages) == 0
	var boxes []kit.Stage
	for _, st := range s.Stages {
		state := kit.StageLater
		switch {
		case st.Done:
			state = kit.StageDone
		case st.Now:
			state = kit.StageNow
		}
		boxes = append(boxes, kit.Stage{Words: st.Text, State: state})
	}
	p.stages.Set(boxes)
	p.conflicts.Set(s.Conflicts)
	tone := look.ToneBlue
	switch {
	case s.Ended:
		tone = look.ToneStone
	case s.Next.Icon == assets.IconDone || s.Next.Icon == assets.IconHome:
		tone = look.ToneOk
	}
	p.next.SetTone(tone, s.Next.Icon)
	p.next.Set(s.Next.Text, s.Asked)
	if s.Has != nil && len(s.Offers) == 0 { // who has the ask says more than that it is out
		p.next.Hide()
	}
	p.renderMoves(s.Moves)
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.offers.Set(s.Offers)
	p.waiting.SetText(s.Waiting)
	p.delivery.Set(s.Delivery.Icon, s.Delivery.Text)
	var pairs []kit.Pair
	for _, f := range s.Facts {
		pairs = append(pairs, kit.Pair{Name: f.Label, Value: f.Text})
	}
	p.facts.Set(pairs)
	p.renderWho(s)
	p.historyH.SetText(s.HistoryHeading)
	p.history.Set(s.History)
	p.historyP.Hidden = len(s.History) == 0
	p.side.Set(s.Side)
	p.ring.Hidden = s.Ring == nil
	if s.Ring != nil {
		p.ring.Set(s.Ring.Heading, numbers(s.Ring), s.Ring.Script, s.Ring.Words)
	}
	p.aside.Hidden = s.Ring == nil && len(s.Side) == 0
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	p.vm.Looked() // a move that came while the page is open is no news any more
}

func (p *one) renderWho(s sleepover.PageState) {
	if s.Has == nil {
		p.hasH.SetText("")
		p.has.Set("", "")
		p.who.Set(nil)
		return
	}
	p.hasH.SetText(s.Has.Heading)
	p.has.Set("", "")
	if len(s.Offers) == 0 {
		p.has.Set(s.Has.Title, s.Has.Text)
	}
	var rows []kit.RowState
	for _, r := range s.Has.Rows {
		rows = append(rows, kit.RowState{Key: r.Name, Face: kit.Face(r.Face), Title: r.Name, Line: r.Text, Chip: kit.Chip(r.Chip)})
	}
	p.who.Set(rows)
}

func (p *one) renderMoves(all []sleepover.Move) {
	var here, head, end []sleepover.Move
	for _, m := range all {
		switch {
		case m.Style == sleepover.StyleMain || m.Name == sleepover.MoveOnIt || m.Name == sleepover.MoveOffIt:
			here = append(here, m)
		case m.Style == sleepover.StyleLink:
			end = append(end, m)
		default:
			head = append(head, m)
		}
	}
	p.moves.Set(here)
	p.actions.Set(head)
	p.links.Set(end)
	p.head.SetActions(p.actions.Container)
	p.actions.Container.Hidden = len(head) == 0
}

func numbers(r *sleepover.Ring) []kit.Number {
	var out []kit.Number
	for _, n := range r.Numbers {
		out = append(out, kit.Number{Name: n.Name, Text: n.Text, Number: n.Number})
	}
	return out
}
