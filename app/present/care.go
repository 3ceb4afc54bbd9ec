package present

import (
	"slices"
	"time"

	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Person returns what member m is called.
func (g Group) Person(m kp1.MID) people.Person {
	p, _ := g.Care.People().Person(m)
	return p
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
