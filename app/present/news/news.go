// Package news turns what came from others into the What's new list and the quiet notice about it, and says on every page
// when the people are made up. It never touches Fyne, the disk or the network.
package news

import (
	"context"
	"time"

	"kith/app/present"
	"kith/app/present/sleepover"
	"kith/assets"
	"kith/store/kp1"
)

// State is what the What's new page shows.
type State struct {
	Title, Text string
	Rows        []Row
	All         string // button: SeenAll; empty when everything is seen
	Empty       present.Empty
}

// Row is one thing that came.
type Row struct {
	Tile  present.Tile
	Title string
	Text  string
	Chip  present.Chip // "New"; zero when seen
	Open  string
	To    present.Route
}

// VM keeps the What's new page.
type VM struct{ *present.Model[State] }

// New returns the What's new page.
func New(d *present.Desk) *VM { return &VM{present.NewModel(d, state)} }

func state(w present.World, now time.Time) State {
	s := State{Title: present.Say("news.title"), Text: present.Say("news.text")}
	for _, n := range w.News {
		r, ok := row(w, n, now)
		if !ok {
			continue
		}
		if !n.Seen {
			s.All = present.Say("news.all")
			r.Chip = present.Chip{Icon: assets.IconToday, Text: present.Say("news.new"), Tone: present.ToneBlue}
		}
		s.Rows = append(s.Rows, r)
	}
	if len(s.Rows) == 0 {
		s.Empty = present.Empty{Icon: assets.IconToday, Heading: present.Say("news.empty"), Text: present.Say("news.empty.text")}
	}
	return s
}

func row(w present.World, n present.New, now time.Time) (Row, bool) {
	g, ok := w.Find(n.Group)
	if !ok {
		return Row{}, false
	}
	r := Row{Open: present.Say("news.open"), Text: present.Say("news.when", "Group", g.Title(), "When", present.Ago(n.At, now))}
	name := g.NameOf(n.By)
	switch n.Kind {
	case present.NewsMessage:
		r.Tile = present.Tile{Icon: assets.IconMessages, Tone: present.ToneBlue}
		r.Title = present.Say("news.message.group", "Name", name, "Group", g.Title())
		if t, ok := g.Threads().Get(n.Object); ok && t.Title != "" && !g.IsHidden(t.By.Author) {
			r.Title = present.Say("news.message", "Name", name, "Title", t.Title)
		}
		r.To = present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: g.ID, Object: n.Object}
	case present.NewsSleepover:
		r.Tile = present.Tile{Icon: assets.IconBed, Tone: present.TonePlum}
		r.Title = sleepoverTitle(g, n, name, now)
		r.To = present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: g.ID, Object: n.Object}
	case present.NewsEvent:
		r.Tile = present.Tile{Icon: assets.IconCalendar, Tone: present.TonePrimary}
		r.Title = eventTitle(g, n, name)
		r.To = present.Route{Place: present.PlaceCalendar, Page: present.PageOne, Group: g.ID, Object: n.Object}
	case present.NewsRequest:
		r.Tile = present.Tile{Icon: assets.IconInvite, Tone: present.ToneAmber}
		r.Title = present.Say("news.request.someone", "Group", g.Title())
		r.To = present.Route{Place: present.PlacePeople, Group: g.ID}
	case present.NewsMember:
		r.Tile = present.Tile{Icon: assets.IconPeople, Tone: present.ToneOK}
		r.Title = present.Say("news.member", "Name", name, "Group", g.Title())
		r.To = present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: n.By}
	default:
		return Row{}, false
	}
	return r, true
}

func sleepoverTitle(g present.Group, n present.New, name string, now time.Time) string {
	s, ok := g.Sleepover(n.Object)
	if ok && g.Sorted(s) {
		return present.Say("news.sleepover", "What", present.Say("sleepover.chip.sorted"), "Title", sleepover.TitleOf(s, now))
	}
	if ok {
		for _, m := range s.Moves {
			if what, _ := sleepover.MoveText(m.Act, name); m.ID == n.ID && what != "" {
				return present.Say("news.sleepover", "What", what, "Title", sleepover.TitleOf(s, now))
			}
		}
	}
	return present.Say("news.sleepover.other", "Name", name)
}

func eventTitle(g present.Group, n present.New, name string) string {
	ev, ok := g.Event(n.Object)
	title := ev.Title
	if !ok || title == "" {
		title = present.Say("calendar.away")
	}
	switch {
	case n.ID == n.Object:
		return present.Say("news.event.added", "Name", name, "Title", title)
	case ev.CancelledBy.ID == n.ID:
		return present.Say("news.event.cancelled", "Name", name, "Title", title)
	}
	for _, r := range ev.RSVP {
		if r.At.ID == n.ID {
			return present.Say("news.event.answered", "Name", name, "Title", title)
		}
	}
	return present.Say("news.event.changed", "Name", name, "Title", title)
}

// SeenAll notes everything as seen.
func (vm *VM) SeenAll() {
	byGroup := map[kp1.GID][]kp1.ID{}
	for _, n := range vm.Desk().World().News {
		if !n.Seen {
			byGroup[n.Group] = append(byGroup[n.Group], n.ID)
		}
	}
	vm.Desk().Do(func(ctx context.Context) {
		for g, ids := range byGroup {
			vm.Desk().Core.Seen(ctx, g, ids...)
		}
	})
}

// BarState is what stands above every page: that people are made up, and that something new came. Its words tell
// nothing to somebody who looks over a shoulder.
type BarState struct {
	Demo      string // empty: the people are real
	Leave     string // button: Leave
	Leaving   string // being put away
	Notice    string // empty: nothing new since it was last put aside
	See, Hide string // buttons: to SeeTo; Hide

	DemoShort, LeaveShort, NoticeShort, SeeShort, HideShort string // the same, where there is little room

	SeeTo   present.Route
	Neutral string // for the notice of the system: no name, no group
	Trouble present.Problem
	Problem present.Problem
}

// Bar keeps the banners above every page.
type Bar struct {
	*present.Model[BarState]
	hidden  time.Time // news up to here was put aside
	leaving bool
	err     error
}

// NewBar returns the banners; what is there already is no news.
func NewBar(d *present.Desk) *Bar {
	vm := &Bar{hidden: d.Now()}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Bar) make(w present.World, _ time.Time) BarState {
	s := BarState{Problem: present.Explain(vm.err), Trouble: present.Explain(w.Trouble), Neutral: present.Say("news.notice")}
	if s.Trouble.None() && len(w.Broken) > 0 {
		s.Trouble = w.Broken[0].Problem()
	}
	if w.Demo {
		s.Demo, s.Leave = present.Say("demo.banner"), present.Say("demo.leave")
		s.DemoShort, s.LeaveShort = present.Say("demo.banner.short"), present.Say("demo.leave.short")
		if vm.leaving {
			s.Leaving = present.Say("demo.leaving")
		}
	}
	n := 0
	for _, x := range w.News {
		if !x.Seen && x.At.After(vm.hidden) {
			n++
		}
	}
	if n > 0 {
		s.Notice = present.Count("news.notice.count", n)
		s.See, s.Hide = present.Say("news.notice.see"), present.Say("news.notice.hide")
		s.NoticeShort, s.SeeShort = present.Count("news.notice.count.short", n), present.Say("news.notice.see.short")
		s.HideShort = present.Say("news.notice.hide.short")
		s.SeeTo = present.Route{Place: present.PlaceNews}
	}
	return s
}

// Hide puts the notice aside until something newer comes.
func (vm *Bar) Hide() {
	now := vm.Desk().Now()
	for _, n := range vm.Desk().World().News {
		if n.At.After(now) { // another computer's clock is ahead
			now = n.At
		}
	}
	vm.Change(func() { vm.hidden = now })
}

// Leave leaves the made-up families.
func (vm *Bar) Leave() {
	going := false
	vm.Change(func() { going, vm.leaving, vm.err = vm.leaving, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.LeaveDemo(ctx)
		vm.Change(func() { vm.leaving, vm.err = false, err })
	})
}
