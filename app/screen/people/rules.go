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
	devices *rule
	reach   *rule
	keep    *rule
	seen    *rule
	waits   *kit.Banner
	trouble *screen.Trouble
	page    *kit.Page
}

func newRules(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := people.NewRules(d, r.Group)
	p := &rules{nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.devices, p.keep = newRule(assets.IconShield, vm.SetDevices, nil), newRule(assets.IconCalendar, vm.SetKeep, vm.KeepIt)
	p.reach = newRule(assets.IconComputer, vm.SetReach, vm.ReachIt)
	p.seen = newRule(assets.IconEye, vm.SetSeen, nil)
	p.waits = kit.NewBanner(look.ToneBlue, assets.IconWaiting, "", "")
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(14, p.trouble, p.waits, p.devices.Panel, p.reach.Panel, p.keep.Panel, p.seen.Panel)))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *rules) render(s people.RulesState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.devices.set(s.Devices)
	p.reach.set(s.Reach)
	p.keep.set(s.Keep)
	p.seen.set(s.Seen)
	p.waits.Set("", s.Waits)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}

// rule is one rule: what it is about, and the choices or what holds.
type rule struct {
	*kit.Panel
	icon    assets.Icon
	label   *kit.Text
	text    *kit.Text
	choices *kit.Choice
	holds   *kit.IconLine
	note    *kit.IconLine
	yes, no *kit.Button
}

// newRule makes one; answer says yes or no to what was chosen, where that is asked.
func newRule(icon assets.Icon, choose func(string), answer func(yes bool)) *rule {
	r := &rule{icon: icon, label: kit.Section(""), text: kit.Body(""), choices: kit.NewChoiceColumn(kit.Radio, choose)}
	r.holds = kit.NewIconLine("", 24, "", look.Bold, look.Ink)
	r.note = kit.NewIconLine(icon, 24, "", look.Body, look.Ink2)
	r.yes = kit.NewButton(kit.DangerOn, "", "", func() { answer(true) })
	r.no = kit.NewButton(kit.Second, "", "", func() { answer(false) })
	r.Panel = kit.Card(kit.Column(12, r.label, r.text, r.choices.Container, kit.Flow(14, r.no, r.yes), r.holds, r.note))
	return r
}

func (r *rule) set(s people.Rule) {
	r.label.SetText(s.Label)
	r.text.SetText(s.Text)
	r.choices.Set(screen.Options(s.Options))
	r.choices.Hidden = len(s.Options) == 0
	r.holds.Set(s.Holds.Icon, s.Holds.Text)
	r.note.Set(r.icon, s.Note)
	asked := r.yes.Visible()
	r.yes.SetText(s.Yes)
	r.no.SetText(s.No)
	if s.Yes != "" && !asked { // into view, or it would look done
		kit.Focus(r.no)
	}
}
