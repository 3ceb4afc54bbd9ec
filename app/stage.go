package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/shell"
	"kith/assets"
)

// stage is the whole of the window: the rail at the left, a strip above the page, the page. It never asks for more room
// than a small screen has, so that no page widens the window.
type stage struct {
	*fyne.Container
	rail  *kit.Rail
	strip *fyne.Container
	page  fyne.CanvasObject
}

func newStage() *stage {
	s := &stage{}
	s.Container = container.New(stageLayout{s})
	return s
}

func (s *stage) set(rail *kit.Rail, strip *fyne.Container, page fyne.CanvasObject) {
	s.rail, s.strip, s.page = rail, strip, page
	s.Objects = s.Objects[:0]
	if rail != nil {
		s.Objects = append(s.Objects, rail)
	}
	if strip != nil {
		s.Objects = append(s.Objects, strip)
	}
	s.Objects = append(s.Objects, page)
	s.Container.Refresh()
}

type stageLayout struct{ *stage }

// Layout is the container's.
func (s stageLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	var x, y float32
	if s.rail != nil {
		x = s.rail.Width()
		s.rail.Move(fyne.Position{})
		s.rail.Resize(fyne.NewSize(x, size.Height))
	}
	if s.strip != nil && s.strip.Visible() {
		y = kit.HeightFor(s.strip, size.Width-x)
		s.strip.Move(fyne.NewPos(x, 0))
		s.strip.Resize(fyne.NewSize(size.Width-x, y))
	}
	if s.page != nil {
		s.page.Move(fyne.NewPos(x, y))
		s.page.Resize(fyne.NewSize(size.Width-x, size.Height-y))
	}
}

// MinSize is the least window: a small laptop at its worst.
func (s stageLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 480) }

// rail is the kit's rail with the places of a State.
type rail struct {
	*kit.Rail
	shell   *Shell
	tonight *kit.TonightButton
	hide    *kit.HideButton
	items   map[present.Place]*kit.RailItem
}

// order is all the rail can hold; a place that a person has no use for is hidden.
var order = []struct {
	place present.Place
	icon  assets.Icon
}{
	{present.PlaceToday, assets.IconToday},
	{present.PlaceCalendar, assets.IconCalendar},
	{present.PlaceSleepovers, assets.IconBed},
	{present.PlaceMessages, assets.IconMessages},
	{present.PlacePeople, assets.IconPeople},
	{present.PlaceSettings, assets.IconSettings},
	{present.PlaceHelp, assets.IconHelp},
}

func newRail(s *Shell) *rail {
	r := &rail{shell: s, items: map[present.Place]*kit.RailItem{}}
	r.hide = kit.NewHideButton("", "", s.hideNow)
	r.tonight = kit.NewTonightButton("", func() { s.Go(present.Route{Place: present.PlaceTonight}) })
	var items []*kit.RailItem
	for _, o := range order {
		place := o.place
		i := kit.NewRailItem(o.icon, "", func() { s.Go(present.Route{Place: place}) })
		r.items[place] = i
		items = append(items, i)
	}
	r.Rail = kit.NewRail(r.hide, r.tonight, items)
	return r
}

func (r *rail) render(s shell.State, at present.Route) {
	r.tonight.Set(s.Tonight, at.Place == present.PlaceTonight)
	r.tonight.Hidden = s.Tonight == ""
	seen := map[present.Place]bool{}
	for _, p := range s.Places {
		seen[p.Place] = true
		r.items[p.Place].Set(p.Label, p.Said, p.Count, at.Place == p.Place)
	}
	for place, i := range r.items {
		i.Hidden = !seen[place]
	}
	line := s.HideLine
	switch r.shell.shift.count {
	case 1:
		line = s.HideOne
	case 2:
		line = s.HideTwo
	}
	r.hide.Set(s.Hide, line)
	r.hide.SetCount(r.shell.shift.count, line)
	if r.shell.o.Returns {
		r.SetReturn(s.HideReturn)
	}
	r.SetWho(s.Who)
	r.Rail.Refresh()
}

// loading is the page while the store is being opened.
func loading(s shell.State) fyne.CanvasObject {
	return kit.NewPage(kit.NewHead(s.Loading, s.LoadingText).Container,
		kit.NewIconLine(assets.IconWaiting, 24, s.LoadingText, look.Body, look.Ink))
}
