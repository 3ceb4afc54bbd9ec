package verb

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/store/care/calendar"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
)

// sleepovers lists every sleepover of a group: those that are not over first, then by the day they begin.
func sleepovers(g present.Group) []sleepover.Sleepover {
	all := g.Care.Sleepovers().Open()
	for s := range g.Care.Sleepovers().All() {
		if s.State.Over() {
			all = append(all, s)
		}
	}
	return all
}

// threads lists every thread of a group, the one with the newest post first.
func threads(g present.Group) []thread.Thread { return g.Care.Threads().All() }

// events lists every event of a group.
func events(g present.Group) []calendar.Event { return slices.Collect(g.Care.Calendar().All()) }

// agenda lists what is on from one day to the day before another, sorted, as seen in a zone.
func agenda(g present.Group, from, to when.Date, zone *time.Location) []calendar.Instance {
	return g.Care.Calendar().Between(from, to, zone, time.LoadLocation)
}
