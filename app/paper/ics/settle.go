package ics

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care/when"
)

// made is an event on its way: what was read, and what of it is not in an Event.
type made struct {
	Event
	raw  *raw
	zone zone
	gone bool
}

// settle makes events of what was read, now that every zone of the file is known.
func (rd *reader) settle() []Event {
	all := make([]*made, len(rd.raws))
	series := map[string]*made{} // by UID
	for i, r := range rd.raws {
		if !r.time.set() {
			all[i] = rd.make(r, nil)
		}
		rd.meet(all[i], series)
	}
	changed := map[string]*made{} // by UID and time
	for i, r := range rd.raws {
		if r.time.set() {
			all[i] = rd.make(r, series[r.uid])
			rd.meet(all[i], changed)
		}
	}
	all = slices.DeleteFunc(all, func(m *made) bool { return m == nil || m.gone })
	rd.onward(all)
	var out []Event
	uids := map[string]bool{}
	for _, m := range all {
		if !m.gone {
			out = append(out, m.Event)
			uids[m.UID] = true
		}
	}
	for i := range out {
		if !uids[out[i].Follows] || out[i].Follows == out[i].UID {
			out[i].Follows = ""
		}
	}
	return out
}

// meet keeps one of each name. Of two that differ the one with the higher sequence stays; where that does not say which,
// both do, and the later takes a name of its own.
func (rd *reader) meet(m *made, known map[string]*made) {
	if m == nil {
		return
	}
	key := m.UID + "\x00" + m.Time.String()
	if m.Time.IsZero() {
		key = m.UID
	}
	o, twice := known[key]
	switch {
	case !twice:
		known[key] = m
		return
	case m.Sequence != o.Sequence && m.Sequence < o.Sequence, m.same(o.Event):
		m.gone = true
	case m.Sequence != o.Sequence || !m.Time.IsZero():
		o.gone = true
		known[key] = m
	default:
		m.UID = UID([]byte(strings.Join([]string{"twice", m.UID, m.When.From.String(), m.When.Start.String(), m.Title}, "\x00")))
		if o, known := known[m.UID]; known {
			m.gone = m.same(o.Event)
		}
		known[m.UID] = m
	}
	rd.notes.Add(m.raw.line, present.FileTwice, "UID")
}

// same reports whether two events say the same.
func (e Event) same(o Event) bool {
	return e.UID == o.UID && e.Sequence == o.Sequence && e.Kind == o.Kind && e.Title == o.Title && e.Place == o.Place &&
		e.Notes == o.Notes && e.When == o.When && e.Repeat.String() == o.Repeat.String() && slices.Equal(e.Extra, o.Extra) &&
		slices.Equal(e.Except, o.Except) && e.Time == o.Time && e.Follows == o.Follows && e.Cancelled == o.Cancelled
}

// make makes one event. It returns nil for one that has no day. of is the series it is one time of.
func (rd *reader) make(r *raw, of *made) *made {
	m := &made{raw: r, Event: Event{
		UID: r.uid, Sequence: r.sequence, Kind: Kind(r.category), Title: r.title, Place: r.place, Notes: r.notes,
		Follows: r.related, Cancelled: r.cancelled || rd.void, Line: r.line,
	}}
	start := r.start
	if !start.set() {
		start = r.time
	}
	if !start.set() {
		rd.notes.Add(r.line, present.FileNoDate, r.title)
		return nil
	}
	s, ok := moment(start.value)
	if !ok {
		rd.notes.Add(start.line, present.FileBadDate, start.value)
		return nil
	}
	if m.zone = rd.zone(s, start); r.allDay && s.at == when.At(0, 0) {
		s.at = when.Clock{}
	}
	if m.When, ok = rd.span(m, s, of); !ok {
		rd.notes.Add(start.line, present.FileBadDate, start.value)
		return nil
	}
	if m.Title == "" && of != nil {
		m.Title = of.Title
	}
	if m.Title == "" {
		rd.notes.Add(r.line, present.FileNoTitle, "")
		m.Title = present.Say("file.untitled")
	}
	if m.UID == "" {
		rd.notes.Add(r.line, present.FileNoUID, m.Title)
		m.UID = UID([]byte(strings.Join([]string{"none", m.When.From.String(), m.When.Start.String(), m.Title}, "\x00")))
	}
	if r.time.set() {
		if of == nil {
			of = m
		}
		if m.Time, ok = rd.key(r.time, of, true); !ok {
			return nil
		}
	}
	if !r.time.set() || r.onward {
		rd.repeat(m)
	}
	return m
}

// zone returns the zone of a time, which may be UTC or none at all.
func (rd *reader) zone(s stamp, d dated) zone {
	switch {
	case !s.at.Set:
		return zone{}
	case s.utc:
		return rd.zones.known["UTC"]
	}
	return rd.zones.of(strings.TrimSpace(d.tzid), d.line)
}

// span works out from when to when an event goes. It is not ok when the calendar has no such days.
func (rd *reader) span(m *made, s stamp, of *made) (when.Span, bool) {
	var span when.Span
	if s.at.Set {
		span = rd.timed(m, s, of)
	} else {
		span = rd.days(m, s, of)
	}
	if span.From.Valid() && span.To.Valid() && span.From.Days(span.To) > when.MaxDays {
		rd.notes.Add(m.raw.line, present.FileTooLong, m.Title)
		span.To, span.End = span.From.Plus(when.MaxDays), span.Start
	}
	return span, span.Valid() == nil
}

// days is span for whole days.
func (rd *reader) days(m *made, s stamp, of *made) when.Span {
	span := when.Span{AllDay: true, From: s.day, To: s.day.Plus(1)}
	switch r := m.raw; {
	case r.end.set():
		e, ok := moment(r.end.value)
		if !ok {
			rd.notes.Add(r.end.line, present.FileBadDate, r.end.value)
			return span
		}
		if e.at.Set && e.at != when.At(0, 0) {
			e.day = e.day.Plus(1)
		}
		if e.day.Before(s.day) {
			rd.notes.Add(r.end.line, present.FileEndFirst, m.Title)
		}
		span.To = e.day
	case r.length.set():
		l, ok := duration(r.length.value)
		if !ok {
			rd.notes.Add(r.length.line, present.FileBadDate, r.length.value)
			return span
		}
		span.To = s.day.Plus(l.whole())
	case of != nil && of.When.AllDay && !r.start.set():
		span.To = s.day.Plus(of.When.From.Days(of.When.To))
	}
	if !s.day.Before(span.To) {
		span.To = s.day.Plus(1)
	}
	return span
}

// whole returns the days of a length, a part of a day counting as one.
func (l length) whole() int {
	const day = 24 * time.Hour
	return l.days + int((l.exact+day-1)/day)
}

// timed is span for times.
func (rd *reader) timed(m *made, s stamp, of *made) when.Span {
	if s.second != 0 {
		rd.notes.Add(m.raw.line, present.FileSeconds, "")
	}
	z := m.zone
	span := when.Span{From: s.day, Start: s.at, To: s.day, End: s.at, Zone: z.name}
	begin := when.On(s.day, s.at, z.loc).Time
	end := begin
	switch r := m.raw; {
	case r.end.set():
		e, ok := moment(r.end.value)
		if !ok || !e.at.Set {
			rd.notes.Add(r.end.line, present.FileBadDate, r.end.value)
			return span
		}
		from := rd.zone(e, r.end)
		if from.name == z.name {
			span.To, span.End = e.day, e.at
		}
		end = when.On(e.day, e.at, from.loc).Time
	case r.length.set():
		l, ok := duration(r.length.value)
		if !ok {
			rd.notes.Add(r.length.line, present.FileBadDate, r.length.value)
			return span
		}
		day := s.day.Plus(l.days)
		if l.exact == 0 {
			span.To = day
		}
		end = when.On(day, s.at, z.loc).Add(l.exact)
	case of != nil && !of.When.AllDay && !r.start.set():
		end = begin.Add(lasts(of.When, of.zone))
	}
	if end.Before(begin) {
		rd.notes.Add(m.raw.line, present.FileEndFirst, m.Title)
		span.To, span.End = span.From, span.Start
		return span
	}
	if span.To == span.From && span.End == span.Start && end.After(begin) { // it has another zone, or hours that pass
		var exact bool
		span.To, span.End, exact = wall(end, z)
		if !exact && !m.raw.rule.set() && end.Sub(begin) < when.MaxDays*24*time.Hour {
			return rd.world(m, begin, end)
		}
	}
	if span.From == span.To && span.Valid() != nil { // the walls went back while it lasted
		if !m.raw.rule.set() {
			return rd.world(m, begin, end)
		}
		span.To, span.End = span.From, span.Start
	}
	return span
}

// world puts an event in UTC: the clocks went back while it lasted, and the walls cannot tell its end.
func (rd *reader) world(m *made, begin, end time.Time) when.Span {
	m.zone = rd.zones.known["UTC"]
	s := when.Span{Zone: m.zone.name}
	s.From, s.Start, _ = wall(begin, m.zone)
	s.To, s.End, _ = wall(end, m.zone)
	return s
}

func lasts(s when.Span, z zone) time.Duration {
	return max(0, when.On(s.To, s.End, z.loc).Sub(when.On(s.From, s.Start, z.loc).Time))
}

// often reports whether several times of a rule may lie in one day.
func often(e Event) bool {
	r := e.Repeat
	return !r.IsZero() && !e.When.AllDay && (r.Freq < when.Daily || len(r.ByHour) > 1 || len(r.ByMinute) > 1 || len(r.BySecond) > 1)
}

// key reads one time of a series, in the form in which calendars name it: the day alone where that is enough. A named
// time is one of those that there are; else it is one more.
func (rd *reader) key(d dated, of *made, named bool) (k when.Key, ok bool) {
	value, _, _ := strings.Cut(d.value, "/") // of a PERIOD, where it begins
	s, ok := moment(value)
	if !ok {
		rd.notes.Add(d.line, present.FileBadDate, d.value)
		return when.Key{}, false
	}
	if of.When.AllDay {
		return when.Key{Day: s.day}, true
	}
	k = when.Key{Day: s.day, At: of.When.Start}
	if s.at.Set {
		k.Day, k.At, _ = s.in(rd.zone(s, d), of.zone)
	}
	if !often(of.Event) && (k.At == of.When.Start || named && !slices.Contains(of.Extra, k)) {
		k.At = when.Clock{}
	}
	if !k.Valid() {
		rd.notes.Add(d.line, present.FileBadDate, d.value)
	}
	return k, k.Valid()
}

// repeat reads how an event comes again.
func (rd *reader) repeat(m *made) {
	r := m.raw
	if r.rule.set() {
		rule, err := when.ParseRule(strings.TrimSpace(r.rule.value))
		if err == nil {
			rule.Until = ending(rule, m)
			var s *when.Series
			if len(rule.String()) > when.MaxRule-16 { // room for its end in any form
				err = when.ErrRule
			} else if s, err = when.NewSeries(m.When, rule); err == nil {
				m.Repeat = rule
				if s.Doubt() != when.NoDoubt {
					rd.notes.Add(r.rule.line, present.FileRuleElse, r.rule.value)
				}
			}
		}
		if err != nil {
			rd.notes.Add(r.rule.line, present.FileRule, r.rule.value)
		}
	}
	m.Extra = rd.keys(r.extra, m, false)
	if m.Repeat.IsZero() && len(m.Extra) == 0 {
		return // nothing to take a time from
	}
	m.Except = rd.keys(r.except, m, true)
}

func (rd *reader) keys(ds []dated, m *made, named bool) (ks []when.Key) {
	for _, d := range ds {
		if k, ok := rd.key(d, m, named); ok {
			ks = append(ks, k)
		}
	}
	slices.SortFunc(ks, compare)
	return slices.Compact(ks)
}

func compare(a, b when.Key) int {
	return cmp.Or(a.Day.Compare(b.Day), cmp.Compare(a.At.Code(), b.At.Code()))
}

// ending returns the end of a rule in the form in which Kith keeps it: the last day on which it may begin, wherever that
// says the same; else a time in UTC.
func ending(r when.Rule, m *made) when.Until {
	u := r.Until
	if u.Form == when.NoUntil {
		return u
	}
	if m.When.AllDay {
		return when.Until{Form: when.UntilDay, Day: u.Day}
	}
	clock := when.At(u.Second/3600, u.Second/60%60)
	plain := !often(Event{Repeat: r}) && len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) == 0
	switch {
	case u.Form == when.UntilDay && plain:
		u.Day = within(u.Day)
		return u
	case u.Form == when.UntilDay:
		u.Second = 24*3600 - 1
		clock = when.At(23, 59)
		fallthrough
	case u.Form == when.UntilWall && !plain:
		t := when.On(u.Day, clock, m.zone.loc).UTC()
		return when.Until{Form: when.UntilWorld, Day: when.DateOf(t), Second: t.Hour()*3600 + t.Minute()*60 + u.Second%60}
	case u.Form == when.UntilWorld && !plain:
		return u
	case u.Form == when.UntilWorld:
		u.Day, clock, _ = wall(time.Date(u.Day.Year, time.Month(u.Day.Month), u.Day.Day, clock.Hour, clock.Minute, 0, 0, time.UTC), m.zone)
	}
	if clock.Code() < m.When.Start.Code() {
		u.Day = u.Day.Plus(-1)
	}
	return when.Until{Form: when.UntilDay, Day: within(u.Day)}
}

// within keeps a day clear of the ends of the calendar, so that every zone has it.
func within(d when.Date) when.Date {
	first, last := when.Date{Year: when.MinYear, Month: 1, Day: 3}, when.Date{Year: when.MaxYear, Month: 12, Day: 29}
	if d.Before(first) {
		return first
	}
	if last.Before(d) {
		return last
	}
	return d
}

// onward makes series of their own of changes to "this and later", which other programs read in as many ways as there are.
func (rd *reader) onward(all []*made) {
	series := map[string]*made{}
	var changes []*made
	for _, m := range all {
		if m.Time.IsZero() {
			series[m.UID] = m
		} else if m.raw.onward {
			changes = append(changes, m)
		}
	}
	slices.SortStableFunc(changes, func(a, b *made) int { return cmp.Or(strings.Compare(a.UID, b.UID), compare(a.Time, b.Time)) })
	for _, c := range changes {
		of := series[c.UID]
		if of == nil || of.Repeat.IsZero() {
			c.single()
			continue
		}
		s, err := when.NewSeries(of.When, of.Repeat)
		if err != nil {
			c.single()
			continue
		}
		if _, there := s.Find(c.Time, of.zone.loc); !there {
			c.single()
			continue
		}
		before, after, ok := s.Split(c.Time, of.zone.loc)
		switch {
		case !ok && c.Cancelled:
			of.Cancelled, c.gone = true, true
			continue
		case !ok: // nothing comes before it: all of the series is changed
			after, of.gone = of.Repeat, true
			rd.part(c, of, of.UID, after, all)
			c.Follows = of.Follows
		default:
			rd.part(c, of, UID([]byte("later\x00"+of.UID+"\x00"+c.Time.String())), after, all)
			c.Follows, c.gone = of.UID, c.Cancelled
			of.Repeat = before
			of.Repeat.Until = ending(before, of)
		}
		series[c.UID] = c
	}
}

// single makes of a change to later times one of this time alone.
func (m *made) single() { m.Repeat, m.Extra, m.Except = when.Rule{}, nil, nil }

// part makes of the change c the series called uid that goes on where of ends, and moves to it what was said of later times.
func (rd *reader) part(c, of *made, uid string, after when.Rule, all []*made) {
	at := c.Time
	by := at.Day.Days(c.When.From)
	c.UID, c.Time = uid, when.Key{}
	if c.Repeat.IsZero() {
		c.Repeat = shifted(after, by)
		if s, err := when.NewSeries(c.When, c.Repeat); err != nil {
			c.Repeat = when.Rule{}
			rd.notes.Add(c.raw.line, present.FileRule, after.String())
		} else if s.Doubt() != when.NoDoubt {
			rd.notes.Add(c.raw.line, present.FileRuleElse, after.String())
		}
	}
	later := func(ks []when.Key) (stay, go_ []when.Key) {
		for _, k := range ks {
			if k.Before(at) {
				stay = append(stay, k)
			} else {
				k.Day = k.Day.Plus(by)
				go_ = append(go_, k)
			}
		}
		return stay, go_
	}
	var except, extra []when.Key
	of.Except, except = later(of.Except)
	of.Extra, extra = later(of.Extra)
	c.Except, c.Extra = merge(c.Except, except), merge(c.Extra, extra)
	for _, m := range all {
		if m != c && m.UID == of.UID && !m.Time.IsZero() && !m.Time.Before(at) {
			m.UID = c.UID
			if !m.raw.onward {
				m.Time.Day = m.Time.Day.Plus(by)
			}
		}
	}
}

func merge(a, b []when.Key) []when.Key {
	a = append(a, b...)
	slices.SortFunc(a, compare)
	return slices.Compact(a)
}

// shifted moves a rule by so many days, as far as that has a meaning: days of the week move round, its end moves.
func shifted(r when.Rule, by int) when.Rule {
	if by == 0 {
		return r
	}
	if r.Until.Form == when.UntilDay {
		r.Until.Day = r.Until.Day.Plus(by)
	}
	if r.Freq != when.Weekly {
		return r
	}
	days := make([]time.Weekday, len(r.ByDay))
	for i, d := range r.ByDay {
		days[i] = time.Weekday((int(d.Weekday) + by%7 + 7) % 7)
	}
	r.ByDay = when.EveryWeeks(r.Interval, days...).ByDay
	return r
}
