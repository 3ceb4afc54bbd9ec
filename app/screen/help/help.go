// Package help is the Help page: numbers to ring, who can help, and how Kith works. It works while locked and before the
// start. It never touches the disk, the network or the clock.
package help

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/help"
	"kith/app/screen"
	"kith/assets"
)

type page struct {
	head          *kit.Head
	numbers       *Numbers
	watch, record *kit.IconLine
	leadsHead     *kit.Text
	leads         *kit.Repeat[string]
	howHead       *kit.Text
	how           *kit.Repeat[help.Topic]
	leadsPart     *fyne.Container
	page          *kit.Page
}

// New opens the Help page. Before the start, where there is no rail, back leads back; inside it is empty.
func New(d *present.Desk, nav screen.Nav, back string) screen.Screen {
	p := &page{
		head: kit.NewHead("", ""), numbers: NewNumbers(kit.Section("")),
		watch:     kit.NewIconLine(assets.IconWarning, 24, "", look.Bold, look.Ink),
		record:    kit.NewIconLine(assets.IconPage, 24, "", look.Body, look.Ink),
		leadsHead: kit.Section(""), howHead: kit.Section(""),
	}
	p.head.SetBack(back, nav.Back)
	p.leads = kit.NewRepeat(8, func(s string) string { return s }, func() (fyne.CanvasObject, func(string)) {
		t := kit.Body("")
		return t, t.SetText
	})
	p.how = kit.NewRepeat(14, func(t help.Topic) string { return t.Title }, func() (fyne.CanvasObject, func(help.Topic)) {
		title, text := kit.Strong(""), kit.Body("")
		return kit.Column(2, title, text), func(t help.Topic) {
			title.SetText(t.Title)
			text.SetText(t.Text)
		}
	})
	p.leadsPart = kit.Column(0, kit.Card(kit.Column(8, p.leadsHead, p.leads.Container)))
	side := kit.Column(16, p.leadsPart, kit.Card(kit.Column(12, p.howHead, p.how.Container)))
	main := kit.Column(14, p.numbers.Container, p.watch, p.record)
	p.page = kit.NewPage(p.head.Container, kit.TwoColumn(24, 436, main, side))
	vm := help.New(d)
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *page) render(s help.State) {
	p.head.Set(s.Title, s.Intro)
	n := s.Numbers
	if n.Intro == s.Intro { // said once
		n.Intro = ""
	}
	p.numbers.Set(n)
	p.watch.Set(s.Watch.Icon, s.Watch.Text)
	p.record.Set(s.Record.Icon, s.Record.Text)
	p.leadsHead.SetText(s.LeadsHeading)
	p.leads.Set(s.Leads)
	p.leadsPart.Hidden = len(s.Leads) == 0
	p.howHead.SetText(s.HowHeading)
	p.how.Set(s.How)
	p.page.Refresh()
}
