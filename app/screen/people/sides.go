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

// sides is the page that shows two versions of who belongs to a group.
type sides struct {
	nav   screen.Nav
	head  *kit.Head
	both  *kit.Repeat[people.Side]
	do    *points
	card  *kit.Panel
	stand *kit.Button
	text  *kit.Text
	fault *screen.Trouble
	empty *kit.Empty
	page  *kit.Page
}

func newSides(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := people.NewSides(d, r.Group)
	p := &sides{nav: nav, head: kit.NewHead("", "")}
	p.both = kit.NewRepeatIn(kit.Grid(2, 16, 360), func(s people.Side) string { return s.Heading }, p.side)
	p.do = newPoints(assets.IconForward, look.Ink)
	p.stand, p.text, p.fault = kit.NewButton(kit.Second, "", assets.IconTick, vm.StandBy), kit.Quiet(""), screen.NewTrouble()
	p.card = kit.Card(kit.Column(14, p.do, p.text, kit.Flow(0, p.stand), p.fault))
	p.empty = kit.NewEmpty(func() {})
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.both.Container, p.card, p.empty))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *sides) side() (fyne.CanvasObject, func(people.Side)) {
	heading, text, what := kit.Section(""), kit.Quiet(""), kit.Body("")
	folk := kit.NewRepeat(0, func(x people.SidePerson) string { return x.Member.String() }, func() (fyne.CanvasObject, func(people.SidePerson)) {
		face, name, chip := kit.NewAvatar(kit.Face{}, 44), kit.Strong(""), kit.NewStatusChip(kit.Chip{})
		return kit.Inset(8, 0, 8, 0, kit.Between(14, 120, kit.Beside(14, face, name), chip)), func(x people.SidePerson) {
			face.Set(kit.Face(x.Face))
			name.SetText(x.Name)
			chip.Set(kit.Chip(x.Chip))
		}
	}).Ruled()
	return kit.Card(kit.Column(8, heading, text, what, folk.Container)), func(s people.Side) {
		heading.SetText(s.Heading)
		text.SetText(s.Text)
		what.SetText(s.What)
		what.Hidden = s.What == ""
		folk.Set(s.People)
	}
}

func (p *sides) render(s people.SidesState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.both.Set(s.Sides)
	p.both.Hidden = len(s.Sides) == 0
	p.do.set(s.DoHeading, s.Do)
	p.card.Hidden = len(s.Do) == 0
	p.stand.SetText(s.Stand)
	p.text.SetText(s.StandText)
	p.fault.Set(s.Problem)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, "")
	p.page.Refresh()
}
