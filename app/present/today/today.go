// Package today turns everything that waits for a person into what the Today page says: what needs them, new messages,
// the next seven days, and who has what they wrote. It never touches Fyne, the disk or the network.
package today

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/present/message"
	"kith/assets"
	"kith/store/care/when"
)

// State is what the Today page shows.
type State struct {
	Title   string // "Good evening, Ade"
	Date    string
	Net     present.Line
	Loading string // the store is being opened; empty when it is
	Heading string // over what needs this person
	Count   int    // how many things need them
	Needs   []Need
	Nothing present.Empty // nothing needs them; or there is no group yet

	MessagesHeading string
	Messages        []Message
	NoMessages      string // said in their place

	WeekHeading string
	Week        []Day

	HasHeading string
	Has        []present.Line
}

// Need is one thing that needs this person.
type Need struct {
	Tile   present.Tile
	Title  string
	Text   string
	Button string
	To     present.Route
}

// Message is one thread with something new in it. It never holds words of a message.
type Message struct {
	Face  present.Face
	Title string
	Text  string
	Chip  present.Chip
	Open  string
	To    present.Route
}

// Day is one of the next seven days.
type Day struct {
	Head  string // "Tonight", "Sun 22"
	Today bool
	Pills []Pill
	Text  string // said when there is nothing
	To    present.Route
}

// Pill is one thing of a day.
type Pill struct {
	Tile present.Tile
	Text string
	To   present.Route
}

// VM keeps the Today page.
type VM struct{ *present.Model[State] }

// New returns the Today page.
func New(d *present.Desk) *VM {
	return &VM{present.NewModel(d, func(w present.World, now time.Time) State { return state(w, now, d.Zone()) })}
}

// fewMessages is how many threads with something new the page shows.
const fewMessages = 5

func state(w present.World, now time.Time, zone *time.Location) State {
	today := when.DateOf(now)
	s := State{
		Title: greeting(w, now), Date: present.Date(today, today), Net: present.NetLine(w.Net),
		MessagesHeading: present.Say("today.messages"), WeekHeading: present.Say("today.week"), HasHeading: present.Say("today.has"),
	}
	if w.Loading {
		s.Loading = present.Say("today.loading")
	}
	s.Needs = Needs(w, now)
	s.Count = len(s.Needs)
	s.Heading = present.Say("today.needs")
	if s.Count > 0 {
		s.Heading = present.Count("today.needs.count", s.Count)
	} else {
		s.Nothing = nothing(w)
	}
	for _, r := range message.Rows(w, now) {
		if r.Count > 0 && len(s.Messages) < fewMessages {
			s.Messages = append(s.Messages, Message{Face: r.Face, Title: r.Title, Text: r.Text, Chip: r.New, Open: present.Say("today.open"), To: r.To})
		}
	}
	if len(s.Messages) == 0 {
		s.NoMessages = present.Say("today.messages.none")
	}
	s.Week = week(w, today, now, zone)
	s.Has = whoHas(w, now)
	return s
}

func greeting(w present.World, now time.Time) string {
	switch h := now.Hour(); {
	case h < 12:
		return present.Say("today.morning", "Name", w.Name)
	case h < 18:
		return present.Say("today.afternoon", "Name", w.Name)
	}
	return present.Say("today.evening", "Name", w.Name)
}

// nothing says what to do when nothing waits: join, invite, or rest.
func nothing(w present.World) present.Empty {
	if len(w.Groups) == 0 {
		return present.Empty{
			Icon: assets.IconPeople, Heading: present.Say("today.empty"), Text: present.Say("today.empty.text"),
			Button: present.Say("today.empty.button"), Go: present.Route{Place: present.PlaceStart},
		}
	}
	for _, g := range w.Groups {
		if len(g.State.Members) == 1 && g.Admin() && g.Kind != present.Family {
			return present.Empty{
				Icon: assets.IconInvite, Heading: present.Say("today.alone", "Group", g.Title()), Text: present.Say("today.alone.text"),
				Button: present.Say("today.alone.button"), Go: present.Route{Place: present.PlacePeople, Page: present.PageInvite, Group: g.ID},
			}
		}
	}
	return present.Empty{Icon: assets.IconDone, Heading: present.Say("today.needs.none"), Text: present.Say("today.needs.none.text")}
}

func week(w present.World, today when.Date, now time.Time, zone *time.Location) []Day {
	all := calendar.Entries(w, today, today.Plus(7), zone, now)
	var out []Day
	for i := range 7 {
		d := today.Plus(i)
		day := Day{Head: present.ShortDate(d), Today: i == 0, To: present.Route{Place: present.PlaceCalendar, Page: present.PageDay, Day: d.String()}}
		if day.Today {
			day.Head = present.Say("date.today")
			if now.Hour() >= 17 {
				day.Head = present.Say("date.tonight")
			}
		}
		for _, e := range calendar.On(all, d) {
			p := Pill{Tile: e.Tile, Text: e.Short, To: e.Go}
			if !e.Sleepover && e.From == d && e.Timed() {
				p.Text = present.Say("today.pill", "Title", e.Title, "Time", e.Time)
			}
			day.Pills = append(day.Pills, p)
		}
		if len(day.Pills) == 0 {
			day.Text = present.Say("today.nothing")
		}
		out = append(out, day)
	}
	return out
}

// recent is how far back whoHas looks, and most how many things it asks about.
const (
	recent = 14 // days
	most   = 200
)

// whoHas says who has what this person wrote of late, a line for each person who has not.
func whoHas(w present.World, now time.Time) []present.Line {
	type waiter struct {
		name string
		n    int
		off  bool
		on   bool // reached now
		last time.Time
	}
	var have, order []string
	waits := map[string]*waiter{}
	sent := 0
	for _, g := range w.Groups {
		members := g.Members(now)
		ids := g.Mine(now.AddDate(0, 0, -recent), most)
		sent += len(ids)
		missing, got := map[string]int{}, map[string]int{}
		for _, id := range ids {
			d := g.Has(id)
			for _, m := range d.HasNot {
				missing[m.String()]++
			}
			for _, m := range d.Has {
				got[m.String()]++
			}
		}
		for _, m := range members {
			n := missing[m.ID.String()]
			switch {
			case m.Me || n == 0 && got[m.ID.String()] == 0: // nothing of it was for them, or they have no computer
			case n == 0:
				if !slices.Contains(have, m.Name) {
					have = append(have, m.Name)
				}
			default:
				x := waits[m.Name]
				if x == nil {
					x = &waiter{name: m.Name}
					waits[m.Name], order = x, append(order, m.Name)
				}
				x.n += n
				x.off, x.on, x.last = m.Off(now), m.Reached, m.LastSeen
			}
		}
	}
	have = slices.DeleteFunc(have, func(n string) bool { return waits[n] != nil })
	if sent == 0 || len(have)+len(order) == 0 {
		return []present.Line{{Icon: assets.IconEye, Text: present.Say("today.has.nothing")}}
	}
	var out []present.Line
	switch {
	case len(have) == 1:
		out = append(out, present.Line{Icon: assets.IconDone, Text: present.Say("delivery.hasitall.one", "People", have[0])})
	case len(have) > 1:
		out = append(out, present.Line{Icon: assets.IconDone, Text: present.Say("delivery.hasitall.many", "People", present.SomePeople(8, have...))})
	}
	for _, name := range order {
		x := waits[name]
		var line present.Line
		switch {
		case x.on:
			line = present.Line{Icon: assets.IconGoing, Text: present.Count("delivery.onway", x.n, "Name", name)}
		case x.off && !x.last.IsZero():
			line = present.Line{Icon: assets.IconAsleep, Text: present.Count("delivery.offsince", x.n, "Whose", present.Whose(name), "Since", present.Since(x.last, now))}
		default:
			line = present.Line{Icon: assets.IconWaiting, Text: present.Count("delivery.waits", x.n, "Name", name, "Whose", present.Whose(name))}
		}
		out = append(out, line)
	}
	return out
}
