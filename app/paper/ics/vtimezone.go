package ics

import (
	"fmt"
	"slices"
	"time"

	"kith/store/care/when"
)

// A VTIMEZONE says when the clocks of a zone change, for readers that do not know its name. It is kept short: two lines of
// rule for a zone that changes as it did last year, since one big program gives up on long ones.

// Years that a VTIMEZONE speaks of at most, and how many a zone without a rule is listed for.
const (
	firstZoneYear = 1970
	lastZoneYear  = 2037
	listedYears   = 12
)

// years returns the first and the last year in which events in that zone lie.
func years(es []Event, zone string) (out [2]int) {
	out = [2]int{lastZoneYear, firstZoneYear}
	for _, e := range es {
		if e.When.Zone != zone {
			continue
		}
		last := e.When.To.Year
		switch u := e.Repeat.Until; {
		case u.Form != when.NoUntil:
			last = max(last, u.Day.Year)
		case !e.Repeat.IsZero():
			last = lastZoneYear
		}
		for _, k := range e.Extra {
			last = max(last, k.Day.Year)
		}
		out = [2]int{min(out[0], e.When.From.Year), max(out[1], last)}
	}
	return [2]int{min(max(out[0], firstZoneYear), lastZoneYear), min(max(out[1], firstZoneYear), lastZoneYear)}
}

// leap is one change of the clocks.
type leap struct {
	wall     time.Time // what they showed when it came, as if in UTC
	from, to int       // seconds east of UTC
	name     string
	summer   bool
}

// leaps lists the changes of one year.
func leaps(loc *time.Location, year int) (out []leap) {
	t := time.Date(year, 1, 1, 0, 0, 0, 0, loc)
	for {
		_, end := t.ZoneBounds()
		if end.IsZero() || end.In(loc).Year() > year {
			return out
		}
		_, from := end.Add(-time.Second).In(loc).Zone()
		name, to := end.In(loc).Zone()
		if from != to {
			out = append(out, leap{end.UTC().Add(time.Duration(from) * time.Second), from, to, name, end.In(loc).IsDST()})
		}
		t = end.In(loc)
	}
}

// byday says which weekday of its month a change is on, counted from the front or from the end.
func (l leap) byday(fromEnd bool) string {
	nth := (l.wall.Day()-1)/7 + 1
	if fromEnd {
		last := time.Date(l.wall.Year(), l.wall.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
		nth = -((last-l.wall.Day())/7 + 1)
	}
	return fmt.Sprintf("%d%s", nth, [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}[l.wall.Weekday()])
}

// ruled returns the rule that both changes follow, or nothing.
func (l leap) ruled(o leap) string {
	if l.wall.Month() != o.wall.Month() || l.from != o.from || l.to != o.to || l.name != o.name ||
		l.wall.Format(time.TimeOnly) != o.wall.Format(time.TimeOnly) {
		return ""
	}
	for _, fromEnd := range []bool{true, false} {
		if day := l.byday(fromEnd); day == o.byday(fromEnd) {
			return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%s", l.wall.Month(), day)
		}
	}
	return ""
}

// zone writes the VTIMEZONE of one zone, good for those years.
func (w *writer) zone(name string, loc *time.Location, ys [2]int) {
	w.Raw("BEGIN", "VTIMEZONE")
	w.Raw("TZID", name)
	w.Raw("X-LIC-LOCATION", name)
	first, last := ys[0]-1, ys[1]+1
	rules, since := rule(loc, first, last)
	if len(rules) == 0 {
		last = min(last, first+listedYears)
	}
	single := 0
	for y := first; y <= last && y < since; y++ {
		for _, l := range leaps(loc, y) {
			w.change(l, "")
			single++
		}
	}
	for i, l := range leaps(loc, since) {
		if len(rules) > 0 {
			w.change(l, rules[i])
		}
	}
	if single == 0 && len(rules) == 0 { // its clocks do not change
		t := time.Date(first, 1, 1, 0, 0, 0, 0, loc)
		name, offset := t.Zone()
		w.change(leap{time.Date(first, 1, 1, 0, 0, 0, 0, time.UTC), offset, offset, name, false}, "")
	}
	w.Raw("END", "VTIMEZONE")
}

// rule finds the rules by which the clocks change, and the first year from which on they hold until the last. Without
// rules it is the year after the last.
func rule(loc *time.Location, first, last int) (rules []string, since int) {
	end := leaps(loc, last)
	if len(end) != 2 {
		return nil, last + 1
	}
	// A weekday may be the last of its month and the fourth of it; which is meant, other years tell.
	all := map[int][]leap{}
	for y := first; y <= last; y++ {
		all[y] = leaps(loc, y)
	}
	for since = first; since < last; since++ {
		if rules = follow(all, end, since, last); len(rules) > 0 {
			return rules, since
		}
	}
	return nil, last + 1
}

func follow(all map[int][]leap, end []leap, since, last int) []string {
	rules := make([]string, 2)
	for i := range rules {
		var fits []string
		for y := since; y <= last; y++ {
			if len(all[y]) != 2 || all[y][i].ruled(end[i]) == "" {
				return nil
			}
			both := all[y][i].ruledBy()
			if y == since {
				fits = both
			}
			fits = slices.DeleteFunc(fits, func(f string) bool { return !slices.Contains(both, f) })
		}
		if len(fits) == 0 {
			return nil
		}
		rules[i] = fits[0]
	}
	return rules
}

// ruledBy returns the rules that a change could follow: so many weeks from the end of the month, or from its beginning.
func (l leap) ruledBy() []string {
	head := fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=", l.wall.Month())
	return []string{head + l.byday(true), head + l.byday(false)}
}

// change writes a STANDARD or a DAYLIGHT.
func (w *writer) change(l leap, rule string) {
	kind := "STANDARD"
	if l.summer {
		kind = "DAYLIGHT"
	}
	w.Raw("BEGIN", kind)
	w.Raw("DTSTART", l.wall.Format("20060102T150405"))
	if rule != "" {
		w.Raw("RRULE", rule)
	}
	w.Raw("TZOFFSETFROM", east(l.from))
	w.Raw("TZOFFSETTO", east(l.to))
	w.Raw("TZNAME", l.name)
	w.Raw("END", kind)
}

// east writes an offset: "+0100".
func east(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	s := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		s += fmt.Sprintf("%02d", seconds%60)
	}
	return s
}
