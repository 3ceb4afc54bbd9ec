package when

import (
	"fmt"
	"iter"
	"sync/atomic"
	"time"
)

// MaxOccasions is how many times of one series are given at once: ten years of every day, and twice that.
const MaxOccasions = 8_192

// Series is a span that comes again by a rule. It is made ready once and asked often: what happens in one month of a
// series of ten years is found without looking at the years before it. A Series is not changed once made, and may be
// shared.
type Series struct {
	span  Span
	days  int // from the day it begins to the day it ends
	plan  *plan
	ended atomic.Pointer[ended] // of a series with a number of times, in the zone last asked
}

// ended is where a number of times ends in one zone.
type ended struct {
	loc  *time.Location
	plan *plan
}

// Occasion is one time of a series. Its span has the zone of the series.
type Occasion struct {
	Key   Key
	Span  Span
	Start time.Time // when it begins, in the zone that was asked; zero for whole days and without a zone
}

// Key names one time of a series: by the day, and by the time of day too where several may lie in one day. It is the
// time that the rule gives, whatever has been made of it since.
type Key struct {
	Day Date
	At  Clock
}

// String returns "2026-11-27" or "2026-11-27T16:00".
func (k Key) String() string {
	if !k.At.Set {
		return k.Day.String()
	}
	return k.Day.String() + "T" + k.At.String()
}

// ParseKey reads what String returns. It returns ErrDate for anything else.
func ParseKey(s string) (k Key, err error) {
	day := s
	if len(s) > 11 && s[10] == 'T' {
		if k.At, err = ParseClock(s[11:]); err != nil {
			return Key{}, err
		}
		day = s[:10]
	}
	k.Day, err = ParseDate(day)
	if err != nil {
		return Key{}, err
	}
	return k, nil
}

// IsZero reports whether k names no time.
func (k Key) IsZero() bool { return k == Key{} }

// Valid reports whether k could name a time of some series.
func (k Key) Valid() bool { return k.Day.Valid() && k.At.Valid() }

// Before reports whether k comes before o.
func (k Key) Before(o Key) bool {
	if k.Day != o.Day {
		return k.Day.Before(o.Day)
	}
	return k.At.Code() < o.At.Code()
}

// NewSeries returns the span first repeated by r. It returns ErrDate or ErrZone when the span does not hold together, and
// ErrRule when the rule cannot repeat it: whole days do not come again each hour.
func NewSeries(first Span, r Rule) (*Series, error) {
	if err := first.Valid(); err != nil {
		return nil, err
	}
	if r.Freq < Secondly || r.Freq > Yearly || r.Interval < 1 || r.Interval > MaxInterval || first.AllDay && r.Freq < Daily {
		return nil, fmt.Errorf("%s of %s: %w", r, first.From, ErrRule)
	}
	at := tick(first.From.Number())*daySeconds + tick(first.Start.Hour*3600+first.Start.Minute*60)
	return &Series{span: first, days: first.From.Days(first.To), plan: newPlan(r, at, first.AllDay)}, nil
}

// First returns the span that is repeated.
func (s *Series) First() Span { return s.span }

// Rule returns the rule that repeats it.
func (s *Series) Rule() Rule { return s.plan.r }

// sub reports whether several times may lie in one day.
func (s *Series) sub() bool {
	c := &s.plan.clocks
	return s.plan.r.Freq < Daily || len(c[0])*len(c[1])*len(c[2]) > 1
}

// moment is a time on the wall with the instant that a zone makes of it.
type moment struct {
	tick
	world tick           // in UTC
	loc   *time.Location // nil when no zone was asked
}

func (s *Series) occasion(m moment) Occasion {
	t := m.tick
	d := dateOfNumber(int(t / daySeconds))
	o := Occasion{Key: Key{Day: d}, Span: s.span}
	if m.loc != nil {
		o.Start = world(m.world).In(m.loc)
	}
	o.Span.From, o.Span.To = d, d
	if s.days > 0 {
		o.Span.To = dateOfNumber(int(t/daySeconds) + s.days)
	}
	if s.span.AllDay {
		return o
	}
	sec := int(t % daySeconds)
	o.Span.Start = At(sec/3600, sec/60%60)
	if s.sub() {
		o.Key.At = o.Span.Start
	}
	if o.Span.Start != s.span.Start {
		o.Span = moved(o.Span, s.span)
	}
	return o
}

// On returns the span as it is at the time k of a series of which s is the first.
func (s Span) On(k Key) Span {
	o := s
	o.From, o.To = k.Day, k.Day.Plus(s.From.Days(s.To))
	if k.At.Set && !s.AllDay && k.At != s.Start {
		o.Start = k.At
		o = moved(o, s)
	}
	return o
}

// moved sets the end of a span that begins at another time of day than first, as long after its start as first's is.
func moved(o, first Span) Span {
	long := first.From.Days(first.To)*24*60 + int(first.End.Code()) - int(first.Start.Code())
	end := int(o.Start.Code()) - 1 + long
	o.To, o.End = o.From.Plus(end/(24*60)), At(end/60%24, end%60)
	return o
}

// ticks returns the first and the last tick at which what k names can begin.
func (s *Series) ticks(k Key) (from, to tick) {
	from = tick(k.Day.Number()) * daySeconds
	if !k.At.Set {
		return from, from + daySeconds - 1
	}
	from += tick(k.At.Hour*3600 + k.At.Minute*60)
	return from, from + 59
}

// Between yields in order the times that touch the days from the day from to the day before to, as the calendar on the
// wall of the series has them, and at most MaxOccasions. loc is the zone of the series. Times which it does not have,
// because the clocks leap over them, are left out and do not count towards a number of times; without a zone (nil) every
// time is there. For whole days no zone is asked.
func (s *Series) Between(from, to Date, loc *time.Location) iter.Seq[Occasion] {
	return func(yield func(Occasion) bool) {
		n, last := 0, tick(-1)
		start, end := tick(from.Number()-s.days-1)*daySeconds, tick(to.Number())*daySeconds-1
		s.each(start, end, loc, func(m moment) bool {
			if m.tick/60 == last {
				return true // our clocks have no seconds
			}
			last = m.tick / 60
			o := s.occasion(m)
			if !o.touches(from) {
				return true
			}
			n++
			return yield(o) && n < MaxOccasions
		})
	}
}

// touches reports whether o reaches to the day d or beyond.
func (o Occasion) touches(d Date) bool {
	s := o.Span
	if s.AllDay || s.End == At(0, 0) && s.From != s.To {
		return d.Before(s.To)
	}
	return !s.To.Before(d)
}

// After yields in order the first times that begin on the day from or later, at most n.
func (s *Series) After(from Date, n int, loc *time.Location) (out []Occasion) {
	last := tick(-1)
	s.each(tick(from.Number())*daySeconds, lastTick, loc, func(m moment) bool {
		if m.tick/60 != last && len(out) < n {
			out = append(out, s.occasion(m))
		}
		last = m.tick / 60
		return len(out) < n
	})
	return out
}

// Find returns the time that k names.
func (s *Series) Find(k Key, loc *time.Location) (o Occasion, ok bool) {
	if !k.Valid() || k.At.Set != s.sub() {
		return Occasion{}, false
	}
	from, to := s.ticks(k)
	s.each(from, to, loc, func(m moment) bool {
		o, ok = s.occasion(m), true
		return false
	})
	return o, ok
}

// Ends returns the last day on which a time of the series can begin, in any zone; ok is false when there is none, or when
// a count depends on how many times the clocks leap over.
func (s *Series) Ends() (d Date, ok bool) {
	p := s.plan
	if p.last >= lastTick || p.r.Count > 0 && !s.span.AllDay || p.last < 0 {
		return Date{}, false
	}
	return dateOfNumber(int(p.last / daySeconds)), true
}

// Begins returns the day of the first time, in any zone. For a series that never happens it is that of its span.
func (s *Series) Begins() Date {
	d := s.span.From
	s.plan.each(s.plan.first, lastTick, func(t tick) bool {
		d = dateOfNumber(int(t / daySeconds))
		return false
	})
	return d
}

// Split parts a series in two where the time k begins: the first rule ends before it, the second begins with it. ok is
// false when k names no time of the series, or its first, for then nothing comes before.
func (s *Series) Split(k Key, loc *time.Location) (before, after Rule, ok bool) {
	if _, ok = s.Find(k, loc); !ok {
		return Rule{}, Rule{}, false
	}
	at, _ := s.ticks(k)
	n, r := 0, s.plan.r
	s.each(s.plan.first, at-1, loc, func(moment) bool {
		n++
		return r.Count > 0 // without a number it is enough to know that there is one
	})
	if n == 0 || r.Count > 0 && n >= r.Count {
		return Rule{}, Rule{}, false
	}
	before, after = r.To(k.Day.Plus(-1)), r
	if s.sub() {
		e := at - 1
		before.Until = Until{UntilWall, dateOfNumber(int(e / daySeconds)), int(e % daySeconds)}
	}
	if r.Count > 0 {
		after.Count = r.Count - n
	}
	return before, after, true
}

// each yields in order what begins from the one tick to the other and is on the clocks of loc.
func (s *Series) each(from, to tick, loc *time.Location, yield func(moment) bool) {
	p := s.plan
	if s.span.AllDay || loc == nil {
		if p.r.Until.Form == UntilWorld {
			to = min(to, p.until)
		}
		p.each(from, to, func(t tick) bool { return yield(moment{tick: t}) })
		return
	}
	w := wall{loc: loc}
	if p.r.Count > 0 && to > p.last {
		p = s.counted(loc)
	}
	p.each(from, to, func(t tick) bool {
		at, ok := w.at(t)
		if p.r.Until.Form == UntilWorld && ok && at > p.until {
			return false
		}
		return !ok || yield(moment{t, at, loc})
	})
}

// counted returns the plan with the end that a number of times has in loc. It is reckoned once for a zone.
func (s *Series) counted(loc *time.Location) *plan {
	if e := s.ended.Load(); e != nil && e.loc == loc {
		return e.plan
	}
	p := s.plan
	if end := s.lengthened(loc); end != p.last {
		longer := *p
		longer.last = end
		p = &longer
	}
	s.ended.Store(&ended{loc, p})
	return p
}

// lengthened returns the end of a series with a number of times, put off by as many as the clocks of loc leap over.
func (s *Series) lengthened(loc *time.Location) tick {
	free := *s.plan
	free.last = lastTick
	if u := free.r.Until; u.Form != NoUntil { // both an end and a number: whichever is first
		bound := free
		bound.r.Count = 0
		bound.setEnd()
		free.last = bound.last
	}
	end := s.plan.last
	for from := s.plan.first; from <= end; {
		lost := free.lost(from, end, loc)
		from = end + 1
		if lost == 0 {
			break
		}
		free.each(from, free.last, func(t tick) bool {
			lost--
			end = t
			return lost > 0
		})
		if lost > 0 {
			return free.last
		}
	}
	return end
}

// lost counts the times from the one tick to the other that the clocks of loc leap over.
func (p *plan) lost(from, to tick, loc *time.Location) (n int) {
	t := world(from - worldGap).In(loc)
	for {
		_, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) { // the standard library, on the last day of a leap year after 2037
			t = t.Add(24 * time.Hour)
			continue
		}
		if end.IsZero() || end.Unix() > to+worldGap-fromUnix {
			return n
		}
		_, before := end.Add(-time.Second).Zone()
		_, after := end.Zone()
		leap := end.Unix() + fromUnix + int64(before)
		p.each(max(from, leap), min(to, leap+int64(after-before)-1), func(tick) bool { n++; return true })
		t = end
	}
}

// fromUnix is how many seconds lie from the first of 1900 to the first of 1970.
const fromUnix = 25_567 * daySeconds

// world returns a tick as if the wall was in UTC.
func world(t tick) time.Time { return time.Unix(t-fromUnix, 0).UTC() }

// wall finds out what a zone makes of the times on its walls, remembering the stretch between two changes of the clocks.
type wall struct {
	loc      *time.Location
	from, to tick // in which every time is there once
	offset   int64
	ready    bool
}

// at returns the instant, in ticks of UTC, at which the wall shows t: the first, where it comes twice. ok is false when
// it does not come at all.
func (w *wall) at(t tick) (at tick, ok bool) {
	if w.ready && t >= w.from && t <= w.to {
		return t - w.offset, true
	}
	m := onWall(world(t), w.loc)
	if m.Moved {
		return 0, false
	}
	start, end := m.ZoneBounds()
	_, offset := m.Zone()
	w.ready, w.offset, w.from, w.to = true, int64(offset), 0, lastTick
	if !start.IsZero() {
		w.from = start.Unix() + fromUnix + w.offset + worldGap
	}
	if !end.IsZero() {
		w.to = end.Unix() + fromUnix + w.offset - worldGap
	}
	return m.Unix() + fromUnix, true
}
