// Package sleepover is the Sleepovers and Tonight places: the list, one sleepover with its stages and offers, the form
// that asks or changes, and the pages that ask once more. It never touches the disk, the network or the clock.
package sleepover

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/present"
	"kith/app/present/sleepover"
	"kith/app/screen"
	"kith/assets"
)

// Open opens the page of Sleepovers or Tonight that r names.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	if r.Place == present.PlaceTonight {
		return newAsk(sleepover.NewTonight(d), d, nav)
	}
	switch r.Page {
	case present.PageNew:
		return newAsk(sleepover.NewAsk(d), d, nav)
	case present.PageChange:
		return newAsk(sleepover.NewChange(d, r.Group, r.Object), d, nav)
	case present.PageOne:
		return newOne(d, nav, r)
	case present.PageChoose:
		return newConfirm(sleepover.NewChoose(d, r.Group, r.Object, r.Part), nav)
	case present.PageOffer:
		return newConfirm(sleepover.NewOffer(d, r.Group, r.Object), nav)
	case present.PageConfirm:
		return newConfirm(sleepover.NewConfirm(d, r.Group, r.Object, r.Part, r.Name), nav)
	}
	return newList(d, nav)
}

type list struct {
	nav      screen.Nav
	s        sleepover.State
	to       map[string]present.Route
	head     *kit.Head
	ask      *kit.Button
	sections *kit.Repeat[sleepover.Section]
	empty    *kit.Empty
	page     *kit.Page
}

func newList(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &list{nav: nav, to: map[string]present.Route{}}
	p.ask = kit.NewButton(kit.Main, "", assets.IconPlus, func() { nav.Go(p.s.AskTo) })
	p.head = kit.NewHead("", "", p.ask)
	p.sections = kit.NewRepeat(20, func(s sleepover.Section) string { return s.Heading }, func() (fyne.CanvasObject, func(sleepover.Section)) {
		heading := kit.Section("")
		rows := kit.NewRows(func(key string) { nav.Go(p.to[key]) })
		return kit.Column(8, heading, rows), func(s sleepover.Section) {
			heading.SetText(s.Heading)
			var states []kit.RowState
			for _, r := range s.Rows {
				key := r.ID.String()
				p.to[key] = r.To
				states = append(states, kit.RowState{
					Key: key, Icon: r.Tile.Icon, Tone: r.Tile.Tone, Title: r.Title, Line: r.Text, Chip: kit.Chip(r.Chip),
					Button: r.Open, Name: r.Open + ", " + r.Title,
				})
			}
			rows.Set(states)
		}
	})
	p.empty = kit.NewEmpty(func() { nav.Go(p.s.Empty.Go) })
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.sections.Container, p.empty))
	return screen.New(p.page, sleepover.New(d).Subscribe(p.render))
}

func (p *list) render(s sleepover.State) {
	p.s = s
	p.head.Set(s.Title, "")
	p.ask.SetText(s.Ask)
	if s.Empty.Heading != "" { // one main button a page: the empty state's
		p.ask.SetText("")
	}
	p.sections.Set(s.Sections)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, s.Empty.Button)
	p.page.Refresh()
}
