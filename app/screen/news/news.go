// Package news is the What's new list, and the banners above every page: that people are made up, and a neutral word when
// something came. It never touches the disk, the network or the clock.
package news

import (
	"strconv"

	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/news"
	"kith/app/screen"
	"kith/assets"
)

type page struct {
	vm    *news.VM
	to    map[string]present.Route
	head  *kit.Head
	all   *kit.Button
	rows  *kit.Rows
	empty *kit.Empty
	page  *kit.Page
}

// New opens the What's new page.
func New(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &page{vm: news.New(d), to: map[string]present.Route{}}
	p.all = kit.NewButton(kit.Second, "", assets.IconTick, p.vm.SeenAll)
	p.head = kit.NewHead("", "", p.all)
	p.rows = kit.NewRows(func(key string) { nav.Go(p.to[key]) })
	p.empty = kit.NewEmpty(nil)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.rows, p.empty))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *page) render(s news.State) {
	clear(p.to)
	p.head.Set(s.Title, s.Text)
	p.all.SetText(s.All)
	var rows []kit.RowState
	for i, r := range s.Rows {
		key := strconv.Itoa(i)
		p.to[key] = r.To
		rows = append(rows, kit.RowState{
			Key: key, Icon: r.Tile.Icon, Tone: r.Tile.Tone, Title: r.Title, Line: r.Text, Chip: kit.Chip(r.Chip),
			Button: r.Open, Name: r.Open + ", " + r.Title + ", " + r.Text,
		})
	}
	p.rows.Set(rows)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, "")
	p.page.Refresh()
}

// Bar is what stands above every page: that the people are made up, and the notice. It takes no room when there is
// nothing to say.
type Bar struct {
	*fyne.Container
	vm          *news.Bar
	nav         screen.Nav
	to          present.Route
	demo        *kit.Strip
	leave       *kit.StripLink
	notice      *kit.Strip
	see, hide   *kit.StripLink
	trouble     *screen.Trouble
	changed     func()
	unsubscribe func()
}

// NewBar makes the bar; changed is called when it has grown or shrunk, and may be nil.
func NewBar(d *present.Desk, nav screen.Nav, changed func()) *Bar {
	b := &Bar{vm: news.NewBar(d), nav: nav, changed: changed, trouble: screen.NewTrouble()}
	b.leave = kit.NewStripLink(b.vm.Leave)
	b.demo = kit.NewStrip(look.ToneAmber, assets.IconWarning, b.leave)
	b.see = kit.NewStripLink(func() { nav.Go(b.to) })
	b.hide = kit.NewStripLink(b.vm.Hide)
	b.notice = kit.NewStrip(look.ToneBlue, assets.IconToday, b.see, b.hide)
	b.Container = kit.Inset(8, 28, 0, 28, kit.Column(8, kit.Strips(10, b.demo, b.notice), b.trouble))
	b.unsubscribe = b.vm.Subscribe(b.render)
	return b
}

// Leave ends what the bar follows.
func (b *Bar) Leave() { b.unsubscribe() }

func (b *Bar) render(s news.BarState) {
	b.to = s.SeeTo
	b.leave.Set(s.Leave, s.LeaveShort)
	b.leave.SetEnabled(s.Leaving == "")
	b.see.Set(s.See, s.SeeShort)
	b.hide.Set(s.Hide, s.HideShort)
	b.notice.Set(s.Notice, s.NoticeShort)
	if s.Leaving != "" {
		b.demo.Set(s.Leaving, s.Leaving)
	} else {
		b.demo.Set(s.Demo, s.DemoShort)
	}
	wrong := s.Problem // of what was just asked for
	if wrong.None() {
		wrong = s.Trouble
	}
	b.trouble.Set(wrong)
	b.Container.Hidden = s.Demo == "" && s.Notice == "" && wrong.None()
	b.Container.Refresh()
	if b.changed != nil {
		b.changed()
	}
}
