package calendar

import (
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

// Event is one event in the calendar. It is a value; its slices are shared and must not be written to.
type Event struct {
	ID    kp1.ID
	Known bool     // the Add is here
	By    act.Meta // who added it
	Content
	Kind        Kind
	Words       act.Words
	Cancelled   bool
	CancelledBy act.Meta
	// Changes to the same event are merged, each thing it says by itself. Only where edits made apart from one another say
	// different things of what it is, when or where is there more than one version: one for each, that in force first.
	Versions     []Version
	ChangedApart []act.Meta // of a cancelled event: the edits made apart from the cancelling, by id. It may be restored
	RSVP         []Reply    // one for each person who answered, sorted by person
	NotApplied   []act.Void
	Heads        []kp1.ID // the newest edits, merged or not: what an Edit, a Cancel or an RSVP names as its base
	Cancels      []kp1.ID // the cancels that no edit has taken back: what an Edit that restores names too
}

// Edited reports whether the event says something else than when it was added.
func (e Event) Edited() bool { return len(e.Versions) > 0 && e.Versions[0].ID != e.ID }

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
	Key        string // names the instance within its event: its own date, "2026-11-27"
	Event      Event
	From, To   when.Date // the days it touches in the asker's zone, To being the day after the last
	Start, End time.Time // in the asker's zone; midnights for whole days
	AllDay     bool
	Moved      bool // its wall time does not exist that day, and the clock change moved it

	ZoneUnknown bool // this computer does not know its zone: its times are shown as if they were in the asker's
}
