package calendar

import (
	"slices"
	"time"

	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Reply is one person's answer.
type Reply struct {
	Person kp1.MID
	Answer Answer
	At     act.Meta
	Before bool // given before the event was last changed
}

// Version is one version of an event.
type Version struct {
	ID kp1.ID // the Add or Edit; of changes that go together the one with the greatest id
	By act.Meta
	Content
	Kind  Kind
	Words act.Words
}

// Time is one time of a series of which somebody said something by itself: that it is other than the series says, that
// it is off, or whether they come. It is a value; its slices are shared and must not be written to.
type Time struct {
	Key     when.Key
	Content // what the series says of that time, and in place of it what was said of the time itself
	Kind    Kind
	Words   act.Words
	// Edited says that somebody said something else of it than the series does, and Moved of when it is.
	Edited, Moved bool
	Cancelled     bool
	CancelledBy   act.Meta
	Versions      []Version // as those of an event, of what was said of the time itself; none where nothing was
	ChangedApart  []act.Meta
	RSVP          []Reply // of this time alone
}

// Event is one event in the calendar, or one series. It is a value; its slices are shared and must not be written to.
type Event struct {
	ID    kp1.ID
	Known bool     // the Add is here
	By    act.Meta // who added it
	Content
	Follows     kp1.ID   // the series that it goes on with
	File        FileName // what calendar files call it, where it came from one
	Sequence    uint32   // how often it was changed or called off, all of it or one time: what files count
	Kind        Kind
	Words       act.Words
	Cancelled   bool
	CancelledBy act.Meta
	// Changes to the same event are merged, each thing it says by itself. Only where edits made apart from one another say
	// different things of what it is, when or where is there more than one version: one for each, that in force first.
	Versions     []Version
	ChangedApart []act.Meta // of a cancelled event: the edits made apart from the cancelling, by id. It may be restored
	RSVP         []Reply    // one for each person who answered, sorted by person; to a series as a whole
	Times        []Time     // of a series: the times of which something was said by itself, sorted. Some it may not have any more
	NotApplied   []act.Void
	Heads        []kp1.ID // the newest changes, merged or not: what an Edit, a Cancel or an RSVP names as its base
	Cancels      []kp1.ID // the cancels that no edit has taken back: what an Edit that restores names too
}

// Edited reports whether the event says something else than when it was added.
func (e Event) Edited() bool { return len(e.Versions) > 0 && e.Versions[0].ID != e.ID }

// Repeats reports whether the event is a series.
func (e Event) Repeats() bool { return e.Repeat != "" }

// Time returns what was said of one time of a series by itself.
func (e Event) Time(k when.Key) (Time, bool) {
	i, ok := slices.BinarySearchFunc(e.Times, k, func(t Time, k when.Key) int { return compareKeys(t.Key, k) })
	if !ok {
		return Time{}, false
	}
	return e.Times[i], true
}

func compareKeys(a, b when.Key) int {
	switch {
	case a.Before(b):
		return -1
	case b.Before(a):
		return 1
	}
	return 0
}

// on returns the event as it is at one time of the series: an event of its own, to which people answered what they
// answered to that time, or else to the series.
func (e Event) on(k when.Key) Event {
	o, said := e.Time(k)
	if !said {
		e.When, e.Repeat, e.Times = e.When.On(k), "", nil
		e.Versions = onTime(e.Versions, k)
		return e
	}
	e.Content, e.Kind, e.Words, e.Times = o.Content, o.Kind, o.Words, nil
	if e.Versions = onTime(e.Versions, k); o.Edited {
		e.Versions = o.Versions
	}
	if !e.Cancelled {
		e.Cancelled, e.CancelledBy, e.ChangedApart = o.Cancelled, o.CancelledBy, o.ChangedApart
	}
	all := e.RSVP
	e.RSVP = slices.Clone(o.RSVP)
	for _, r := range all {
		if !slices.ContainsFunc(o.RSVP, func(x Reply) bool { return x.Person == r.Person }) {
			e.RSVP = append(e.RSVP, r)
		}
	}
	slices.SortFunc(e.RSVP, func(x, y Reply) int { return x.Person.Compare(y.Person) })
	return e
}

// onTime returns versions of a series as they are at one of its times.
func onTime(vs []Version, k when.Key) []Version {
	out := slices.Clone(vs)
	for i := range out {
		out[i].Content = out[i].on(k)
	}
	return out
}

// on returns what a series says of one of its times.
func (c Content) on(k when.Key) Content {
	c.When, c.Repeat = c.When.On(k), ""
	return c
}

// Answer returns what a person answered.
func (e Event) Answer(m kp1.MID) Answer {
	for _, r := range e.RSVP {
		if r.Person == m {
			return r.Answer
		}
	}
	return None
}

// Instance is one time at which an event happens.
type Instance struct {
	Key        string    // names the instance within its event: its own date, "2026-11-27"
	At         when.Key  // names it within its series; none when the event happens once
	Event      Event     // of a series: as it is at this time
	From, To   when.Date // the days it touches in the asker's zone, To being the day after the last
	Start, End time.Time // in the asker's zone; midnights for whole days
	AllDay     bool
	Moved      bool // its wall time does not exist that day, and the clock change moved it

	ZoneUnknown bool // this computer does not know its zone: its times are shown as if they were in the asker's
}
