package ics

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/when"
)

// Output is how a file is written.
type Output struct {
	Level present.Level
	Names []string  // of people, for the level of initials
	Made  time.Time // when it is written
}

// Write returns the file of c. It tells of each event what its At tells, and no more. Nothing in it is of a person's own
// making but that: no e-mail address, no reminder, no computer's name. It returns when.ErrZone for an event in a zone
// that find does not know, and when.ErrDate or when.ErrRule for one that does not hold together.
func Write(c Calendar, o Output, find when.Zones) ([]byte, error) {
	if !o.Level.Valid() {
		return nil, fmt.Errorf("level %d: no such level", o.Level)
	}
	w := &writer{zones: map[string]*time.Location{}, series: map[string]Event{}, made: o.Made.UTC().Format("20060102T150405Z")}
	for _, e := range c.Events {
		if err := w.check(e, find); err != nil {
			return nil, fmt.Errorf("event %.40q: %w", e.UID, err)
		}
		if e.Time.IsZero() {
			w.series[e.UID] = e
		}
	}
	w.Raw("BEGIN", "VCALENDAR")
	w.Raw("VERSION", "2.0")
	w.Raw("PRODID", "-//Kith//Kith//EN")
	w.Raw("CALSCALE", "GREGORIAN")
	w.Raw("METHOD", "PUBLISH")
	if o.Level == present.LevelFull {
		name, _ := line.Clean(c.Name, false, maxUID)
		w.Text("X-WR-CALNAME", name)
	}
	w.Text("X-WR-CALDESC", present.Say("file.made", "Level", o.Level.Said(), "Date", present.FullDate(when.DateOf(o.Made))))
	for _, name := range w.names(c.Events) {
		w.zone(name, w.zones[name], years(c.Events, name))
	}
	for _, e := range c.Events {
		of, ok := w.series[e.UID]
		if !ok {
			of = e
		}
		w.event(e.At(o.Level, o.Names), of)
	}
	w.Raw("END", "VCALENDAR")
	return []byte(w.String()), nil
}

type writer struct {
	line.Writer
	zones  map[string]*time.Location
	series map[string]Event // by UID, before anything was left out of it
	made   string
}

// check refuses an event that could not be read again.
func (w *writer) check(e Event, find when.Zones) error {
	if err := e.When.Valid(); err != nil {
		return err
	}
	if e.UID == "" {
		return fmt.Errorf("no uid: %w", when.ErrDate)
	}
	for _, k := range append(slices.Clone(e.Extra), e.Except...) {
		if !k.Valid() {
			return fmt.Errorf("time %s: %w", k, when.ErrDate)
		}
	}
	if !e.Time.IsZero() && !e.Time.Valid() {
		return fmt.Errorf("time %s: %w", e.Time, when.ErrDate)
	}
	if !e.Repeat.IsZero() {
		if _, err := when.NewSeries(e.When, e.Repeat); err != nil {
			return err
		}
	}
	if z := e.When.Zone; !e.When.AllDay && w.zones[z] == nil {
		loc, err := find(z)
		if err != nil {
			return fmt.Errorf("zone %.70q: %w", z, when.ErrZone)
		}
		w.zones[z] = loc
	}
	return nil
}

// names returns the zones that need a VTIMEZONE, in the order in which they are met.
func (w *writer) names(es []Event) (names []string) {
	for _, e := range es {
		if z := e.When.Zone; z != "" && z != "UTC" && !slices.Contains(names, z) {
			names = append(names, z)
		}
	}
	return names
}

func (w *writer) event(e, of Event) {
	w.Raw("BEGIN", "VEVENT")
	w.Raw("UID", line.Escape(e.UID))
	w.Raw("DTSTAMP", w.made)
	w.Raw("SEQUENCE", strconv.Itoa(e.Sequence))
	w.when("DTSTART", e.When, when.Key{Day: e.When.From, At: e.When.Start})
	if e.When.AllDay || e.When.From != e.When.To || e.When.Start != e.When.End {
		w.when("DTEND", e.When, when.Key{Day: e.When.To, At: e.When.End})
	}
	if !e.Time.IsZero() {
		w.when("RECURRENCE-ID", of.When, e.Time)
	}
	if !e.Repeat.IsZero() {
		w.Raw("RRULE", w.rule(e).String())
	}
	for _, k := range e.Extra { // one a line: some readers take no more
		w.when("RDATE", e.When, k)
	}
	for _, k := range e.Except {
		w.when("EXDATE", e.When, k)
	}
	w.Text("RELATED-TO", e.Follows)
	w.Text("SUMMARY", e.Title)
	w.Text("LOCATION", e.Place)
	w.Text("DESCRIPTION", e.Notes)
	w.Text("CATEGORIES", string(e.Kind))
	if e.Cancelled {
		w.Raw("STATUS", "CANCELLED")
	}
	w.Raw("END", "VEVENT")
}

// when writes one time of what has the span s.
func (w *writer) when(name string, s when.Span, k when.Key) {
	day := fmt.Sprintf("%04d%02d%02d", k.Day.Year, k.Day.Month, k.Day.Day)
	if s.AllDay {
		w.Raw(name+";VALUE=DATE", day)
		return
	}
	if !k.At.Set {
		k.At = s.Start
	}
	value := fmt.Sprintf("%sT%02d%02d00", day, k.At.Hour, k.At.Minute)
	if s.Zone == "UTC" {
		w.Raw(name, value+"Z")
		return
	}
	w.Raw(name+";TZID="+line.Quote(s.Zone), value)
}

// rule returns the rule with its end as every reader wants it: a day for whole days, else a time in UTC.
func (w *writer) rule(e Event) when.Rule {
	r := e.Repeat
	if e.When.AllDay || r.Until.Form != when.UntilDay && r.Until.Form != when.UntilWall {
		return r
	}
	if r.Until.Form == when.UntilDay {
		r.Until.Second = 24*60*60 - 1
	}
	s := r.Until.Second
	t := when.On(r.Until.Day, when.At(s/3600, s/60%60), w.zones[e.When.Zone]).UTC()
	r.Until = when.Until{Form: when.UntilWorld, Day: when.DateOf(t), Second: t.Hour()*3600 + t.Minute()*60 + s%60}
	return r
}
