// Package calendar is the Calendar place: a month as days one under another or as a grid, one day, one event, and the form
// that adds or changes one. It never touches the disk, the network or the clock.
package calendar

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/present/shell"
	"kith/app/screen"
	"kith/assets"
	"kith/store/kp1"
)

// Open opens the page of the Calendar place that r names. Where there is room for a month it begins as one.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	switch r.Page {
	case present.PageDay:
		return newDay(d, nav, r)
	case present.PageOne:
		return newEvent(d, nav, r)
	case present.PageNew:
		return newForm(calendar.NewForm(d, r.Group, r.Day), nav)
	case present.PageEdit:
		return newForm(calendar.EditForm(d, r.Group, r.Object), nav)
	}
	view := calendar.ViewAgenda
	if r.Page == present.PageMonth || r.Page == "" && look.Scale() < 150 && nav.Wide {
		view = calendar.ViewMonth
	}
	return newCalendar(d, nav, view)
}

type page struct {
	vm  *calendar.VM
	nav screen.Nav
	s   calendar.State

	agenda, month *top
	conflicts     *kit.Repeat[calendar.Conflict]
	earlier       *kit.Button
	days          *kit.Agenda
	routes        map[string]present.Route // of the agenda's rows
	empty         *kit.Empty
	trouble       *screen.Trouble
	agendaPage    *kit.Page

	grid      *kit.MonthView
	legend    *fyne.Container
	kinds     *kit.Repeat[calendar.Kind]
	legendOf  *kit.Text
	settle    *kit.Banner // on the month: that there is something to choose
	monthPage *kit.Page
	view      string
}

// top is the head of either view. Each has its own, since a thing can stand in one place only.
type top struct {
	head                 *kit.Head
	before, today, after *kit.Button
	views                *kit.Segments
	add                  *kit.Button
}

func (p *page) top() *top {
	t := &top{head: kit.NewHead("", "")}
	t.before = kit.NewButton(kit.Second, "", assets.IconBack, p.vm.Before)
	t.today = kit.NewButton(kit.Second, "", "", p.vm.ShowToday)
	t.after = kit.NewButton(kit.Second, "", assets.IconForward, p.vm.After).IconAfter()
	t.views = kit.NewSegments(p.show)
	t.add = kit.NewButton(kit.Main, "", assets.IconPlus, func() { p.nav.Go(p.s.AddTo) })
	t.head.SetActions(kit.Flow(8, t.before, t.today, t.after), t.views, t.add)
	return t
}

func (t *top) set(s calendar.State) {
	t.head.Set(s.Title, "")
	t.before.SetText(s.Before)
	t.today.SetText(s.Today)
	t.after.SetText(s.After)
	t.views.Set(screen.Options(s.Views))
	t.add.SetText(s.Add)
}

func newCalendar(d *present.Desk, nav screen.Nav, view string) screen.Screen {
	p := &page{vm: calendar.New(d, view), nav: nav, trouble: screen.NewTrouble()}
	p.agenda, p.month = p.top(), p.top()
	p.conflicts = kit.NewRepeat(14, func(c calendar.Conflict) string { return c.Event.String() }, func() (fyne.CanvasObject, func(calendar.Conflict)) {
		c := newConflict(func(c calendar.Conflict, version kp1.ID) { p.vm.Keep(c.Group, c.Event, version) })
		return c.Panel, c.set
	})
	p.earlier = kit.NewButton(kit.Link, "", assets.IconBack, p.vm.ShowEarlier)
	p.days = kit.NewAgenda(func(key string) {
		if r, ok := p.routes[key]; ok {
			nav.Go(r)
		}
	})
	p.empty = kit.NewEmpty(func() { nav.Go(p.s.Empty.Go) }).Second()
	p.agendaPage = kit.NewPage(p.agenda.head.Container,
		kit.Column(14, p.trouble, p.conflicts.Container, kit.Flow(0, p.earlier), p.days.Container, p.empty))

	p.grid = kit.NewMonthView(p.openDay, func(by int) {
		if by < 0 {
			p.vm.Before()
		} else {
			p.vm.After()
		}
	})
	p.kinds = kit.NewRepeatIn(kit.Flow(20), func(k calendar.Kind) string { return k.Line.Text }, func() (fyne.CanvasObject, func(calendar.Kind)) {
		in := kit.Flow(0)
		return in, func(k calendar.Kind) {
			in.Objects = []fyne.CanvasObject{kit.NewIconLine(k.Line.Icon, 20, k.Line.Text, look.Small, look.ToneOf(k.Tone).Inked)}
			in.Refresh()
		}
	})
	p.legendOf = kit.NewText("", look.SmallBold, look.Ink)
	p.legend = kit.Flow(20, p.legendOf, p.kinds.Container)
	p.settle = kit.NewBanner(look.ToneAmber, assets.IconVersions, "", "")
	p.monthPage = kit.NewPage(p.month.head.Container, kit.Fill(12, p.settle, p.grid, p.legend))
	return screen.New(kit.Stack(p.agendaPage, p.monthPage), p.vm.Subscribe(p.render)).WithFocus(func() {
		if p.view == calendar.ViewMonth {
			kit.Focus(p.grid)
		}
	})
}

// show changes the view and keeps the focus on the same switch, which stands on the other page then.
func (p *page) show(view string) {
	p.vm.Show(view)
	t := p.agenda
	if p.view == calendar.ViewMonth {
		t = p.month
	}
	t.views.Focus(view)
}

func (p *page) openDay(key string) {
	for _, c := range p.s.Month.Cells {
		if c.Date.String() == key {
			p.nav.Go(c.To)
			return
		}
	}
}

func (p *page) render(s calendar.State) {
	p.s = s
	p.agenda.set(s)
	p.month.set(s)
	for _, o := range s.Views {
		if o.Chosen {
			p.view = o.Value
		}
	}
	p.trouble.Set(s.Problem)
	p.conflicts.Set(s.Conflicts)
	p.conflicts.Hidden = len(s.Conflicts) == 0
	p.earlier.SetText(s.Earlier)
	days, routes := agendaOf(s.Days)
	p.routes = routes
	p.days.Set(days)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, s.Empty.Button)
	p.grid.Set(monthOf(s.Month))
	p.legendOf.SetText(s.LegendTitle)
	p.kinds.Set(s.Legend)
	heading, text := "", ""
	if len(s.Conflicts) > 0 {
		heading, text = s.Conflicts[0].Title, s.Conflicts[0].Text
		for _, o := range s.Views {
			if o.Value == calendar.ViewAgenda {
				p.settle.SetButtons(kit.NewButton(kit.Second, o.Label, assets.IconList, func() { p.show(calendar.ViewAgenda) }).Small())
			}
		}
	}
	p.settle.Set(heading, text)
	p.agendaPage.Hidden, p.monthPage.Hidden = p.view == calendar.ViewMonth, p.view != calendar.ViewMonth
	if p.view == calendar.ViewMonth {
		p.monthPage.Refresh()
	} else {
		p.agendaPage.Refresh()
	}
}

// agendaOf turns days into the kit's, and says where each row leads.
func agendaOf(in []calendar.Day) ([]kit.AgendaDay, map[string]present.Route) {
	routes := map[string]present.Route{}
	days := make([]kit.AgendaDay, len(in))
	for i, d := range in {
		a := kit.AgendaDay{Key: d.Date.String(), Day: d.Head, Distance: d.Near, Today: d.Today}
		for _, e := range d.Entries {
			key := a.Key + e.Object.String()
			routes[key] = e.Go
			a.Rows = append(a.Rows, kit.AgendaRow{Key: key, Time: e.Time, Icon: e.Tile.Icon, Tone: e.Tile.Tone, Title: e.Title, Line: e.Text, Chip: kit.Chip(e.Chip)})
		}
		if len(d.Entries) == 0 {
			key := a.Key + "nothing"
			routes[key] = d.To
			a.Rows = append(a.Rows, kit.AgendaRow{Key: key, Time: d.Nothing})
		}
		days[i] = a
	}
	return days, routes
}

// monthOf turns a month into the kit's.
func monthOf(in calendar.Month) kit.Month {
	m := kit.Month{Weekdays: in.Weekdays, Short: shell.Dates().Weekdays}
	for i, c := range in.Cells {
		m.Days = append(m.Days, kit.Day{Key: c.Date.String(), Number: c.Label, Name: c.Spoken, Other: c.Out, Today: c.Tag})
		if c.Today || m.Cursor == 0 && !c.Out && c.Date.Day == 1 {
			m.Cursor = i
		}
	}
	for _, b := range in.Bars {
		m.Pills = append(m.Pills, kit.Pill{First: b.Week*7 + b.First, Last: b.Week*7 + b.Last, Icon: b.Tile.Icon, Text: b.Text, Tone: b.Tile.Tone, Continues: !b.Begins})
	}
	for n := 1; n <= 12; n++ {
		m.More = append(m.More, calendar.MoreText(n, 0))
	}
	return m
}

// conflict is the card of one event of two versions: two equal sides, each with its button.
type conflict struct {
	*kit.Panel
	c           calendar.Conflict
	title, text *kit.Text
	until       *kit.Text
	sides       *kit.Repeat[calendar.Side]
}

func newConflict(keep func(calendar.Conflict, kp1.ID)) *conflict {
	c := &conflict{title: kit.Section(""), text: kit.Body(""), until: kit.NewText("", look.Small, look.AmberInk)}
	c.sides = kit.NewRepeatIn(kit.Grid(2, 16, 300), func(s calendar.Side) string { return s.Version.String() }, func() (fyne.CanvasObject, func(calendar.Side)) {
		var side calendar.Side
		face := kit.NewAvatar(kit.Face{}, 44)
		title, text := kit.Strong(""), kit.Hint("")
		button := kit.NewButton(kit.Main, "", "", func() { keep(c.c, side.Version) }).Small()
		card := kit.NewPanel(look.Card, look.Edge, 2, 12, 14, 16, kit.Beside(16, face, kit.Between(12, 150, kit.Column(0, title, text), button)))
		return card, func(s calendar.Side) {
			side = s
			face.Set(kit.Face(s.Face))
			title.SetText(s.Title)
			text.SetText(s.Text)
			button.SetText(s.Keep)
			card.Refresh()
		}
	})
	c.Panel = kit.NewPanel(look.AmberSoft, look.Amber, 2, 14, 16, 18, kit.Column(14,
		kit.BesideTop(14, kit.NewIcon(assets.IconVersions, 28, look.Amber), kit.Column(0, c.title, c.text)), c.sides.Container, c.until))
	return c
}

func (c *conflict) set(s calendar.Conflict) {
	c.c = s
	c.title.SetText(s.Title)
	c.text.SetText(s.Text)
	c.until.SetText(s.Until)
	c.sides.Set(s.Sides)
	c.Panel.Refresh()
}
