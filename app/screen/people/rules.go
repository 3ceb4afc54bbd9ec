package people

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

// rules is the page of what holds in a group.
type rules struct {
	nav     screen.Nav
	head    *kit.Head
	label   *kit.Text
	text    *kit.Text
	devices *kit.Choice
	holds   *kit.IconLine
	note    *kit.IconLine
	waits   *kit.Banner
	trouble *screen.Trouble
	page    *kit.Page
}

func newRules(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := people.NewRules(d, r.Group)
	p := &rules{nav: nav, head: kit.NewHead("", ""), label: kit.Section(""), text: kit.Body(""), trouble: screen.NewTrouble()}
	p.devices = kit.NewChoiceColumn(kit.Radio, vm.SetDevices)
	p.holds = kit.NewIconLine("", 24, "", look.Bold, look.Ink)
	p.note = kit.NewIconLine(assets.IconShield, 24, "", look.Body, look.Ink2)
	p.waits = kit.NewBanner(look.ToneBlue, assets.IconWaiting, "", "")
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(14, p.trouble, p.waits,
		kit.Card(kit.Column(12, p.label, p.text, p.devices.Container, p.holds, p.note)))))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *rules) render(s people.RulesState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.label.SetText(s.Label)
	p.text.SetText(s.Text)
	p.devices.Set(screen.Options(s.Devices))
	p.devices.Hidden = len(s.Devices) == 0
	p.holds.Set(s.Holds.Icon, s.Holds.Text)
	p.note.Set(assets.IconShield, s.Note)
	p.waits.Set("", s.Waits)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
