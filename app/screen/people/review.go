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

// review is the page on which people settle what a removal undid, and what waits.
type review struct {
	vm       *people.Review
	nav      screen.Nav
	head     *kit.Head
	items    *kit.Repeat[people.ReviewItem]
	leftHead *kit.Text
	left     *kit.Repeat[people.ReviewItem]
	empty    *kit.Empty
	busy     *kit.IconLine
	trouble  *screen.Trouble
	page     *kit.Page
}

func newReview(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &review{vm: people.NewReview(d, r.Group), nav: nav, head: kit.NewHead("", ""), leftHead: kit.Section(""), trouble: screen.NewTrouble()}
	key := func(i people.ReviewItem) string { return i.Key }
	p.items = kit.NewRepeat(14, key, p.item)
	p.left = kit.NewRepeat(14, key, p.item)
	p.empty = kit.NewEmpty(func() {})
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.page = kit.NewPage(p.head.Container, kit.Column(14, p.trouble, p.busy, p.items.Container, p.empty, p.leftHead, p.left.Container))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *review) item() (fyne.CanvasObject, func(people.ReviewItem)) {
	var it people.ReviewItem
	title, text, when := kit.Section(""), kit.Body(""), kit.Hint("")
	keep := kit.NewButton(kit.Second, "", assets.IconTick, func() { p.vm.Keep(it.Key) })
	leave := kit.NewButton(kit.Second, "", "", func() { p.vm.Leave(it.Key) })
	return kit.Card(kit.Column(8, title, when, text, kit.Inset(6, 0, 0, 0, kit.Flow(14, keep, leave)))), func(s people.ReviewItem) {
		it = s
		title.SetText(s.Title)
		text.SetText(s.Text)
		when.SetText(s.When)
		when.Hidden = s.When == ""
		keep.SetText(s.Keep)
		keep.SetName(s.Keep + ", " + s.Title)
		leave.SetText(s.Leave)
		leave.SetName(s.Leave + ", " + s.Title)
	}
}

func (p *review) render(s people.ReviewState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.items.Set(s.Items)
	p.items.Hidden = len(s.Items) == 0
	p.leftHead.SetText(s.LeftHeading)
	p.leftHead.Hidden = s.LeftHeading == ""
	p.left.Set(s.Left)
	p.left.Hidden = len(s.Left) == 0
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
