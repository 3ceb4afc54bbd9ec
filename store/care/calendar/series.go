package calendar

import (
	"slices"
	"time"

	"kith/store/care/page"
	"kith/store/care/when"
	"kith/store/kp1"
)

// endless is the step of the index by date that a series without an end reaches.
const endless = 1 << 32

// repeat makes a series ready, and finds out how far it reaches.
func (o *object) repeat() {
	s, err := o.view.Content.series()
	if o.view.Repeat == "" || err != nil {
		return
	}
	o.series, o.last = s, endless
	last, ok := s.Ends()
	if !ok {
		return
	}
	last = last.Plus(o.view.When.From.Days(o.view.When.To))
	for _, t := range o.view.Times {
		if t.Moved && last.Before(t.When.To) {
			last = t.When.To
		}
	}
	o.last = uint64(max(last.Number()+1, 0) / stepDays) //nolint:gosec // not negative
}

// mark is the place of a series in the index of those.
func (o *object) mark() page.Key { return page.Key{Hi: o.last, Lo: o.day, ID: o.id} }

// has reports whether the event is a series with the time k, in some zone.
func (o *object) has(k when.Key) bool {
	if o.series == nil {
		return false
	}
	_, ok := o.series.Find(k, nil)
	return ok
}

// happens refuses a series that has no time at all.
func happens(c Content) error {
	if c.Repeat == "" {
		return nil
	}
	if s, err := c.series(); err != nil || len(s.After(c.When.From, 1, nil)) == 0 {
		return RuleRepeat
	}
	return nil
}

// remember returns zones that look up each name once.
func remember(zones when.Zones) when.Zones {
	known := map[string]*time.Location{}
	return func(name string) (*time.Location, error) {
		if loc, ok := known[name]; ok {
			return loc, nil
		}
		loc, err := zones(name)
		if err == nil {
			known[name] = loc
		}
		return loc, err
	}
}

// zone is that in which a series is reckoned: its own, or loc where this computer does not know it; none for whole days.
func (o *object) zone(loc *time.Location, zones when.Zones) *time.Location {
	if o.view.When.AllDay {
		return nil
	}
	own, err := zones(o.view.When.Zone)
	if err != nil {
		return loc
	}
	return own
}

// at returns the instance at one time of the series.
func (o *object) at(k when.Key, loc *time.Location, zones when.Zones) Instance {
	i := instance(o.view.on(k), loc, zones)
	i.Key, i.At = k.String(), k
	return i
}

// between returns the times of a series that touch the days from the day from to the day before to, as those days run in
// loc: what single times were moved to included, and what they were moved from not.
func (o *object) between(from, to when.Date, loc *time.Location, zones when.Zones) (out []Instance) {
	zone := o.zone(loc, zones)
	take := func(k when.Key) {
		if i := o.at(k, loc, zones); i.From.Before(to) && from.Before(i.To) {
			out = append(out, i)
		}
	}
	for occasion := range o.series.Between(from.Plus(-2), to.Plus(2), zone) {
		if t, ok := o.view.Time(occasion.Key); !ok || !t.Moved {
			take(occasion.Key)
		}
	}
	for _, t := range o.view.Times {
		if !t.Moved || len(out) >= when.MaxOccasions {
			continue
		}
		if _, ok := o.series.Find(t.Key, zone); ok {
			take(t.Key)
		}
	}
	return out
}

// Instance returns one time of a series, or with no key an event that happens once; ok is false when there is none such.
func (c Calendar) Instance(id kp1.ID, k when.Key, loc *time.Location, zones when.Zones) (i Instance, ok bool) {
	o, ok := c.object(id)
	if !ok || !o.dated() || k.IsZero() != (o.series == nil) {
		return Instance{}, false
	}
	if k.IsZero() {
		return instance(*o.view, loc, zones), true
	}
	if _, ok = o.series.Find(k, o.zone(loc, zones)); !ok {
		return Instance{}, false
	}
	return o.at(k, loc, zones), true
}

// Next returns the first times of an event that end after the day from begins, in order, at most n; of an event that
// happens once that one.
func (c Calendar) Next(id kp1.ID, from when.Date, n int, loc *time.Location, zones when.Zones) (out []Instance) {
	o, ok := c.object(id)
	if !ok || !o.dated() {
		return nil
	}
	known := remember(zones)
	if o.series == nil {
		if i := instance(*o.view, loc, known); from.Before(i.To) {
			return []Instance{i}
		}
		return nil
	}
	zone := o.zone(loc, known)
	back := -2 - o.view.When.From.Days(o.view.When.To)
	for _, occasion := range o.series.After(from.Plus(back), n+3-back, zone) {
		if t, ok := o.view.Time(occasion.Key); !ok || !t.Moved {
			out = append(out, o.at(occasion.Key, loc, known))
		}
	}
	for _, t := range o.view.Times {
		if _, ok := o.series.Find(t.Key, zone); t.Moved && ok {
			out = append(out, o.at(t.Key, loc, known))
		}
	}
	out = slices.DeleteFunc(out, func(i Instance) bool { return !from.Before(i.To) })
	slices.SortFunc(out, func(a, b Instance) int { return a.Start.Compare(b.Start) })
	return out[:min(n, len(out))]
}

// Loose returns the times of which somebody said something by itself, and which the event does not have any more since it
// was changed as a whole. What people answered to them stays there to be read.
func (c Calendar) Loose(id kp1.ID) (out []Time) {
	o, ok := c.object(id)
	if !ok {
		return nil
	}
	for _, t := range o.view.Times {
		if !o.has(t.Key) {
			out = append(out, t)
		}
	}
	return out
}

// Ends returns the day after the last on which an event is, and whether it goes on without an end. A series that was
// cancelled has ended when it was.
func (c Calendar) Ends(id kp1.ID) (day when.Date, goesOn bool) {
	o, ok := c.object(id)
	switch {
	case !ok:
		return when.Date{}, false
	case o.series == nil:
		return o.view.When.To, false
	case o.view.Cancelled:
		at := when.DateOf(time.Unix(int64(o.view.CancelledBy.Time), 0).UTC()) //nolint:gosec // 40 bits
		return at.Plus(1), false
	case o.last == endless:
		if last, ok := o.lastCounted(); ok {
			return last, false
		}
		return when.Date{}, true
	}
	return when.Date{Year: when.MinYear, Month: 1, Day: 1}.Plus(int(o.last+1) * stepDays), false //nolint:gosec // a day number
}

// lastCounted returns when a series with a number of times is over at the latest: a year after it would be on clocks that
// leap over nothing.
func (o *object) lastCounted() (d when.Date, ok bool) {
	r := o.series.Rule()
	if r.Count == 0 || r.Count > when.MaxOccasions {
		return d, false
	}
	all := o.series.After(o.view.When.From, r.Count, nil)
	if len(all) == 0 {
		return d, false
	}
	return all[len(all)-1].Span.To.Plus(when.MaxDays), true
}

// Split parts a series in two at one of its times: first says that the series ends before it, and then is a series that
// goes on from there. What is to change from then on is to be written into then before it is proposed. ok is false when
// there is no such time, or nothing before it.
func (c Calendar) Split(id kp1.ID, k when.Key, zones when.Zones) (first Edit, then Add, ok bool) {
	o, known := c.object(id)
	if !known || o.series == nil {
		return first, then, false
	}
	before, after, ok := o.series.Split(k, o.zone(time.UTC, zones))
	if !ok {
		return first, then, false
	}
	v := o.view
	first = Edit{Event: id, Content: v.Content, Kind: v.Kind}
	first.Repeat = before.String()
	then = Add{Content: v.Content, Kind: v.Kind, Follows: id}
	then.When, then.Repeat = v.When.On(k), after.String()
	return first, then, true
}
