package calendar

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/screen"
	"kith/assets"
	"kith/store/kp1"
)

type day struct {
	nav    screen.Nav
	s      calendar.DayState
	head   *kit.Head
	add    *kit.Button
	days   *kit.Agenda
	routes map[string]present.Route
	page   *kit.Page
}

func newDay(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &day{nav: nav}
	p.add = kit.NewButton(kit.Main, "", assets.IconPlus, func() { nav.Go(p.s.AddTo) })
	p.head = kit.NewHead("", "", p.add)
	p.days = kit.NewAgenda(func(key string) {
		if r, ok := p.routes[key]; ok && r.Page != present.PageDay {
			nav.Go(r)
		}
	})
	p.page = kit.NewPage(p.head.Container, p.days.Container)
	return screen.New(p.page, calendar.NewDay(d, r.Day).Subscribe(p.render))
}

func (p *day) render(s calendar.DayState) {
	p.s = s
	p.head.Set(s.Title, s.Day.Near)
	p.head.SetBack(s.Back, p.nav.Back)
	p.add.SetText(s.Add)
	days, routes := agendaOf([]calendar.Day{s.Day})
	p.routes = routes
	p.days.Set(days)
	p.page.Refresh()
}

type event struct {
	vm  *calendar.EventVM
	nav screen.Nav
	s   calendar.EventState

	head      *kit.Head
	edit      *kit.Button
	gone      *kit.Empty
	cancelled *kit.Banner
	conflict  *conflict
	tile      *kit.Tile
	when      *kit.Text
	kind      *kit.Text
	place     *kit.IconLine
	notes     *kit.Text
	lines     *kit.Repeat[present.Line]
	rsvpLabel *kit.Text
	rsvp      *kit.Choice
	rsvpCard  *kit.Panel
	whoLabel  *kit.Text
	who       *kit.Pairs
	cancel    *kit.Button
	ask       *kit.Banner
	yes, no   *kit.Button
	trouble   *screen.Trouble
	part      *fyne.Container
	page      *kit.Page
}

func newEvent(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &event{vm: calendar.NewEvent(d, r.Group, r.Object), nav: nav, trouble: screen.NewTrouble()}
	p.edit = kit.NewButton(kit.Second, "", assets.IconPencil, func() { nav.Go(p.s.EditTo) })
	p.head = kit.NewHead("", "", p.edit)
	p.gone = kit.NewEmpty(nav.Back)
	p.cancelled = kit.NewBanner(look.ToneDanger, assets.IconCross, "", "")
	p.conflict = newConflict(func(_ calendar.Conflict, version kp1.ID) { p.vm.Keep(version) })
	p.tile = kit.NewTile("", look.ToneStone)
	p.when, p.kind = kit.Section(""), kit.Quiet("")
	p.place = kit.NewIconLine(assets.IconMap, 24, "", look.Body, look.Ink)
	p.notes = kit.Body("")
	p.lines = kit.NewRepeat(8, func(l present.Line) string { return string(l.Icon) + l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		line := kit.DeliveryLine("", "")
		return line, func(l present.Line) { line.Set(l.Icon, l.Text) }
	})
	p.rsvpLabel = kit.Section("")
	p.rsvp = kit.NewChoice(kit.Radio, p.vm.Answer)
	p.rsvpCard = kit.Card(kit.Column(12, p.rsvpLabel, p.rsvp.Container))
	p.whoLabel = kit.Section("")
	p.who = kit.NewPairs(130)
	p.cancel = kit.NewButton(kit.Danger, "", assets.IconCross, func() {
		p.vm.AskCancel()
		p.page.Top()
		kit.Focus(p.no)
	})
	p.yes = kit.NewButton(kit.DangerOn, "", "", p.vm.Cancel)
	p.no = kit.NewButton(kit.Second, "", "", p.vm.KeepIt)
	p.ask = kit.NewBanner(look.ToneDanger, assets.IconWarning, "", "", p.no, p.yes)
	main := kit.Column(16, p.conflict,
		kit.Card(kit.Column(12, kit.Beside(16, p.tile, kit.Column(0, p.when, p.kind)), p.place, p.notes)),
		p.rsvpCard, kit.Flow(0, p.cancel))
	side := kit.Column(16, kit.Card(kit.Column(12, p.whoLabel, p.who.Container)), kit.Card(p.lines.Container))
	p.part = kit.TwoColumn(24, 400, main, side)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.ask, p.cancelled, p.gone, p.part))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *event) render(s calendar.EventState) {
	p.s = s
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.edit.SetText(s.Edit)
	p.gone.Set(assets.IconCalendar, s.Gone, "", "")
	p.part.Hidden = s.Gone != ""
	p.cancelled.Set("", s.Cancelled.Text)
	p.conflict.Hidden = s.Conflict == nil
	if s.Conflict != nil {
		p.conflict.set(*s.Conflict)
	}
	p.tile.Set(s.Tile.Icon, look.ToneOf(s.Tile.Tone))
	p.when.SetText(s.When)
	p.kind.SetText(s.Kind)
	p.place.Set(assets.IconMap, s.Place)
	p.notes.SetText(s.Notes)
	p.lines.Set(s.Lines)
	p.rsvpLabel.SetText(s.RSVPLabel)
	p.rsvp.Set(screen.Options(s.RSVP))
	p.rsvpCard.Hidden = len(s.RSVP) == 0
	p.whoLabel.SetText(s.WhoLabel)
	who := make([]kit.Pair, len(s.Who))
	for i, w := range s.Who {
		who[i] = kit.Pair{Name: w.Label, Value: w.People}
	}
	p.who.Set(who)
	p.cancel.SetText(s.Cancel)
	p.cancel.Hidden = s.Cancel == "" || s.Asking
	if s.Asking {
		p.ask.Set(s.AskTitle, s.AskText)
	} else {
		p.ask.Set("", "")
	}
	p.yes.SetText(s.Yes)
	p.no.SetText(s.No)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
