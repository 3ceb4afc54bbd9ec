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

// vote is the page on which a group that nobody leads any more chooses somebody.
type vote struct {
	vm      *people.Vote
	nav     screen.Nav
	head    *kit.Head
	rows    *kit.Repeat[people.VoteRow]
	card    *kit.Panel
	chosen  *kit.IconLine
	busy    *kit.IconLine
	empty   *kit.Empty
	trouble *screen.Trouble
	page    *kit.Page
}

func newVote(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &vote{vm: people.NewVote(d, r.Group), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.rows = kit.NewRepeat(0, func(r people.VoteRow) string { return r.Member.String() }, p.row).Ruled()
	p.card = kit.CardTight(p.rows.Container)
	p.chosen = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.empty = kit.NewEmpty(func() {})
	p.page = kit.NewPage(p.head.Container, kit.Column(14, p.trouble, p.chosen, p.busy, p.card, p.empty))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *vote) row() (fyne.CanvasObject, func(people.VoteRow)) {
	var r people.VoteRow
	face, name, text := kit.NewAvatar(kit.Face{}, 44), kit.Strong(""), kit.Quiet("")
	yes := kit.NewButton(kit.Second, "", assets.IconTick, func() { p.vm.For(r.Member) }).Small()
	return kit.Inset(12, 0, 12, 0, kit.Between(14, 220, kit.Beside(16, face, kit.Column(0, name, text)), yes)), func(s people.VoteRow) {
		r = s
		face.Set(kit.Face(s.Face))
		name.SetText(s.Name)
		text.SetText(s.Text)
		yes.SetText(s.Yes)
	}
}

func (p *vote) render(s people.VoteState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.rows.Set(s.Rows)
	p.card.Hidden = len(s.Rows) == 0
	p.chosen.Set(s.Chosen.Icon, s.Chosen.Text)
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, "")
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
