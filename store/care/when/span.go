package when

import (
	"fmt"
	"time"
)

// Zones finds a time zone by its IANA name ("Europe/London"). time.LoadLocation is one.
type Zones func(name string) (*time.Location, error)

// MaxDays is how long one span may last.
const MaxDays = 366

// MaxZone is the limit of a zone's name in bytes.
const MaxZone = 64

// Span is when something is: whole days, or from one wall time to another in one zone.
// Whole days are half-open, as in every calendar file: To is the day after the last day, and the clocks are not said.
// A timed span may end when it starts, when nobody said how long it is.
type Span struct {
	AllDay     bool
	From, To   Date
	Start, End Clock
	Zone       string // IANA name; empty for whole days
}

// Valid reports whether the span holds together, without looking into any zone. It returns ErrDate or ErrZone.
func (s Span) Valid() error {
	days := 0
	if s.From.Valid() && s.To.Valid() {
		days = s.From.Days(s.To)
	}
	switch {
	case !s.From.Valid() || !s.To.Valid() || days < 0 || days > MaxDays || !s.Start.Valid() || !s.End.Valid():
		return fmt.Errorf("span %s to %s: %w", s.From, s.To, ErrDate)
	case s.AllDay && (s.Start.Set || s.End.Set || s.Zone != "" || days == 0):
		return fmt.Errorf("whole days %s to %s: %w", s.From, s.To, ErrDate)
	case s.AllDay:
		return nil
	case !s.Start.Set || !s.End.Set || days == 0 && s.End.Code() < s.Start.Code():
		return fmt.Errorf("times %s to %s: %w", s.Start, s.End, ErrDate)
	case !zoneName(s.Zone):
		return fmt.Errorf("zone %.70q: %w", s.Zone, ErrZone)
	}
	return nil
}

// zoneName allows the names of the zone database and nothing that could be a path elsewhere.
func zoneName(s string) bool {
	if s == "" || len(s) > MaxZone || s[0] == '/' || s == "Local" {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_', c == '-', c == '+', c == '/':
		default:
			return false
		}
	}
	return true
}

// Moment is an instant with the word of whether the clock change moved it.
type Moment struct {
	time.Time
	Moved bool // the wall time does not exist that day: the clocks jump over it, and this is as much later
}

// On returns the instant at which a clock on the wall in loc shows c on d. A wall time that comes twice (the clocks go
// back) means the first. One that does not come at all (they go forward) is moved on by what was left out: half past
// one becomes half past two.
func On(d Date, c Clock, loc *time.Location) Moment {
	return onWall(time.Date(d.Year, time.Month(d.Month), d.Day, c.Hour, c.Minute, 0, 0, time.UTC), loc)
}

// onWall is On for what a wall in UTC shows at the instant wall.
func onWall(wall time.Time, loc *time.Location) Moment {
	_, before := wall.Add(-24 * time.Hour).In(loc).Zone()
	_, after := wall.Add(24 * time.Hour).In(loc).Zone()
	first := wall.Add(-time.Duration(before) * time.Second).In(loc)
	if before == after {
		return Moment{first, false} // no change of the clocks is near
	}
	second := wall.Add(-time.Duration(after) * time.Second).In(loc)
	shows := func(t time.Time) bool {
		_, offset := t.Zone()
		return t.Unix()+int64(offset) == wall.Unix()
	}
	switch {
	case shows(first) && shows(second):
		if second.Before(first) {
			return Moment{second, false}
		}
		return Moment{first, false}
	case shows(first):
		return Moment{first, false}
	case shows(second):
		return Moment{second, false}
	}
	return Moment{first, true} // reckoned by the old clock: later on the new one
}

// Midnight returns the first instant of d in loc. Where the clocks jump over midnight it is the jump.
func Midnight(d Date, loc *time.Location) time.Time { return On(d, At(0, 0), loc).Time }

// In returns the first and the last instant of the span as seen in loc: whole days are days in loc, times are times in
// their own zone, shown in loc. It returns ErrZone when zones does not know the name.
func (s Span) In(loc *time.Location, zones Zones) (start, end Moment, err error) {
	if s.AllDay {
		return Moment{Time: Midnight(s.From, loc)}, Moment{Time: Midnight(s.To, loc)}, nil
	}
	zone, err := zones(s.Zone)
	if err != nil {
		return Moment{}, Moment{}, fmt.Errorf("zone %.70q: %w", s.Zone, ErrZone)
	}
	start, end = On(s.From, s.Start, zone), On(s.To, s.End, zone)
	if end.Before(start.Time) {
		end.Time = start.Time
	}
	start.Time, end.Time = start.Time.In(loc), end.Time.In(loc)
	return start, end, nil
}

// Nights lists the nights of a stay that arrives on from and leaves on to: each night has the date of its evening. A
// night is a date, so that a change of the clocks neither adds nor loses one.
func Nights(from, to Date) []Date {
	var out []Date
	for d := from; d.Before(to) && len(out) < MaxDays; d = d.Plus(1) {
		out = append(out, d)
	}
	return out
}
