package care

import (
	"time"

	"kith/store/care/calendar"
	"kith/store/care/erase"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
)

// Until says how long the words of an event are in use beside its own time: of a sleepover or an event in the calendar
// until it is over, of a title until the last post. A series is over after its last time, and one
// that goes on is not. ever is for words that never grow old: what the group and its people
// are called, who lives together, and why something was taken away.
func (v View) Until(e Event) (at time.Time, ever bool) {
	switch a := e.Act.(type) {
	case people.About, people.Profile, people.Household, people.Furnish, erase.Act:
		return time.Time{}, true
	case thread.New:
		th, ok := v.threads.Get(e.ID)
		if !ok {
			return time.Time{}, false
		}
		last, _ := th.Last()
		return time.Unix(int64(last.At.Second), 0), false //nolint:gosec // 40 bits
	case calendar.Edit:
		if !a.At.IsZero() {
			return end(a.When.To), false
		}
		last, goesOn := v.calendar.Ends(a.Event)
		if last.Before(a.When.To) {
			last = a.When.To
		}
		return end(last), goesOn
	}
	if id, ok := calendar.EventOf(e); ok {
		last, goesOn := v.calendar.Ends(id)
		return end(last), goesOn
	}
	if id, ok := sleepover.AskOf(e); ok {
		s, _ := v.sleepovers.Get(id)
		return end(s.Terms.To), false
	}
	return time.Time{}, false
}

// end is the end of a day wherever it ends last.
func end(d when.Date) time.Time {
	if d.IsZero() {
		return time.Time{}
	}
	return when.Midnight(d, time.UTC).Add(36 * time.Hour)
}
