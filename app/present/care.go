package present

import (
	"slices"
	"time"

	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Person returns what member m is called. Somebody who came back as a new member is called what they are called now.
func (g Group) Person(m kp1.MID) people.Person {
	if p, ok := g.Care.People().Person(g.Now(m)); ok {
		return p
	}
	p, _ := g.Care.People().Person(m)
	return p
}

// Now returns who m is today: m itself, or the one member whom somebody who leads let in as the same person, after they
// had lost their computers and their words. Who is in is never taken for anybody else.
func (g Group) Now(m kp1.MID) kp1.MID {
	now := m
	for _, x := range g.State.Members {
		switch {
		case x.ID == m:
			return m
		case x.Formerly != m || m.IsZero():
		case now != m:
			return m // two say so
		default:
			now = x.ID
		}
	}
	return now
}

// Homes lists the households of the group.
func (g Group) Homes() []people.Home { return g.Care.People().Households() }

// Happens lists what the calendar holds from from to before to, in zone, sorted.
func (g Group) Happens(from, to when.Date, zone *time.Location) []calendar.Instance {
	return g.Care.Calendar().Between(from, to, zone, time.LoadLocation)
}

// Event returns one event of the calendar.
func (g Group) Event(id kp1.ID) (calendar.Event, bool) { return g.Care.Calendar().Get(id) }

// Sleepovers lists every sleepover, those of long ago too.
func (g Group) Sleepovers() []sleepover.Sleepover { return slices.Collect(g.Care.Sleepovers().All()) }

// Stays lists the sleepovers with a night from from to before to. Its cost is that of those months.
func (g Group) Stays(from, to when.Date) []sleepover.Sleepover {
	return g.Care.Sleepovers().Between(from, to)
}

// OpenSleepovers lists the sleepovers that are not over.
func (g Group) OpenSleepovers() []sleepover.Sleepover { return g.Care.Sleepovers().Open() }

// Sleepover returns one sleepover.
func (g Group) Sleepover(id kp1.ID) (sleepover.Sleepover, bool) { return g.Care.Sleepovers().Get(id) }

// Threads returns all threads.
func (g Group) Threads() thread.Threads { return g.Care.Threads() }

// Mine lists the newest things this person filed since a moment, at most n: their moves in open sleepovers, events of the
// coming months, and messages.
func (g Group) Mine(since time.Time, n int) []kp1.ID {
	from := uint64(max(0, since.Unix()))
	var out []kp1.ID
	add := func(m act.Meta) {
		if m.Author == g.Me && m.Time >= from && len(out) < n {
			out = append(out, m.ID)
		}
	}
	for _, s := range g.OpenSleepovers() {
		for _, m := range s.Moves {
			add(m.Meta)
		}
	}
	day := when.DateOf(since)
	for _, i := range g.Happens(day, day.Plus(ahead), time.UTC) {
		add(i.Event.By)
		for _, v := range i.Event.Versions {
			if v.ID != i.Event.ID {
				add(v.By)
			}
		}
	}
	for _, t := range g.Threads().All() {
		for _, it := range t.Newest(lately) {
			add(it.Meta)
		}
	}
	return out
}

// How far Mine looks: days of the calendar, and messages of each thread.
const (
	ahead  = 90
	lately = 50
)
