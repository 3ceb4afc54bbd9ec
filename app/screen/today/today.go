// Package today is the first page of the window: what needs this person, new messages, the next seven days, and who has
// what they wrote. It never touches the disk, the network or the clock.
package today

import (
	"strconv"

	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/today"
	"kith/app/screen"
	"kith/assets"
)

type page struct {
	vm  *today.VM
	nav screen.Nav
	to  map[string]present.Route // where each row's button leads
	s   today.State

	head     *kit.Head
	net      *kit.IconLine
	loading  *kit.IconLine
	needsH   *kit.Text
	needs    *kit.Rows
	nothing  *kit.Empty
	messageH *kit.Text
	messages *kit.Rows
	none     *kit.Panel
	noneText *kit.Text
	weekH    *kit.Text
	week     *kit.Repeat[today.Day]
	hasH     *kit.Text
	has      *kit.Repeat[present.Line]
	page     *kit.Page
}

// New opens the Today page.
func New(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &page{vm: today.New(d), nav: nav, to: map[string]present.Route{}}
	p.net = kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.Ink)
	p.head = kit.NewHead("", "", p.net)
	p.loading = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	open := func(key string) { nav.Go(p.to[key]) }
	p.needsH, p.messageH, p.weekH, p.hasH = kit.Section(""), kit.Section(""), kit.Section(""), kit.Section("")
	p.needs, p.messages = kit.NewRows(open), kit.NewRows(open)
	p.nothing = kit.NewEmpty(func() { nav.Go(p.s.Nothing.Go) })
	p.noneText = kit.Quiet("")
	p.none = kit.Card(p.noneText)
	p.week = kit.NewRepeat(0, func(d today.Day) string { return d.To.Day }, p.day)
	p.has = kit.NewRepeat(8, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		line := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return line, func(l present.Line) { line.Set(l.Icon, l.Text) }
	})
	main := kit.Column(22, p.loading,
		kit.Column(8, p.needsH, p.needs, p.nothing), kit.Column(8, p.messageH, p.messages, p.none))
	side := kit.Column(22,
		kit.Column(8, p.weekH, kit.NewPanel(look.Card, look.Line, 1, 14, 6, 8, p.week.Container)),
		kit.Column(8, p.hasH, kit.Card(p.has.Container)))
	p.page = kit.NewPage(p.head.Container, kit.TwoColumn(24, 436, main, side))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(p.focus)
}

// day is one row of the week: the day, then what is on it. The whole row opens the day.
func (p *page) day() (fyne.CanvasObject, func(today.Day)) {
	var to present.Route
	head := kit.Strong("")
	pills := kit.NewRepeat(6, func(l today.Pill) string { return l.Text + l.To.Object.String() }, func() (fyne.CanvasObject, func(today.Pill)) {
		line := kit.NewEventPill(kit.Pill{})
		return line, func(x today.Pill) { line.Set(kit.Pill{Icon: x.Tile.Icon, Tone: x.Tile.Tone, Text: x.Text}) }
	})
	none := kit.Quiet("")
	row := kit.NewPressRow(kit.Lead(78, 8, head, kit.Column(0, pills.Container, none)), func() { p.nav.Go(to) })
	return row, func(d today.Day) {
		to = d.To
		head.SetText(d.Head)
		ink := look.Ink
		if d.Today {
			ink = look.PrimaryInk
		}
		head.SetToken(ink)
		pills.Set(d.Pills)
		none.SetText(d.Text)
		said := d.Head
		for _, x := range d.Pills {
			said += ", " + x.Text
		}
		if d.Text != "" {
			said += ", " + d.Text
		}
		row.Set(said, d.Today)
	}
}

// focus puts the focus on the first thing that needs this person.
func (p *page) focus() {
	if len(p.s.Needs) > 0 {
		if row, ok := p.needs.Repeat.Get("need0").(*fyne.Container); ok {
			focusButton(row)
		}
	}
}

// focusButton gives the focus to the first button inside o.
func focusButton(o fyne.CanvasObject) {
	done := false
	kit.Walk(o, func(o fyne.CanvasObject) bool {
		if b, ok := o.(*kit.Button); ok && !done && b.Visible() {
			done = true
			kit.Focus(b)
		}
		return !done
	})
}

func (p *page) render(s today.State) {
	p.s = s
	clear(p.to)
	p.head.Set(s.Title, s.Date)
	p.net.Set(s.Net.Icon, s.Net.Text)
	p.loading.Set(assets.IconWaiting, s.Loading)
	p.needsH.SetText(s.Heading)
	var rows []kit.RowState
	for i, n := range s.Needs {
		key := "need" + strconv.Itoa(i)
		p.to[key] = n.To
		rows = append(rows, kit.RowState{
			Key: key, Icon: n.Tile.Icon, Tone: n.Tile.Tone, Title: n.Title, Line: n.Text,
			Button: n.Button, Lead: i == 0, Name: n.Button + ", " + n.Title,
		})
	}
	p.needs.Set(rows)
	p.nothing.Set(s.Nothing.Icon, s.Nothing.Heading, s.Nothing.Text, s.Nothing.Button)
	p.messageH.SetText(s.MessagesHeading)
	rows = nil
	for i, m := range s.Messages {
		key := "message" + strconv.Itoa(i)
		p.to[key] = m.To
		rows = append(rows, kit.RowState{
			Key: key, Face: kit.Face(m.Face), Title: m.Title, Line: m.Text, Chip: kit.Chip(m.Chip), Button: m.Open, Name: m.Open + ", " + m.Title,
		})
	}
	p.messages.Set(rows)
	p.noneText.SetText(s.NoMessages)
	p.none.Hidden = s.NoMessages == ""
	p.weekH.SetText(s.WeekHeading)
	p.week.Set(s.Week)
	p.hasH.SetText(s.HasHeading)
	p.has.Set(s.Has)
	p.page.Refresh()
}
