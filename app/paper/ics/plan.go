package ics

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Into is the calendar that a file is to be taken into, and who does so.
type Into struct {
	Calendar calendar.Calendar
	Me       kp1.MID
	Rank     uint8
	Names    []string // of people, as files leave with them
	Zones    when.Zones
}

// Does is what taking in a file does with one of its events.
type Does string

// What may become of an event of a file.
const (
	DoesAdd    Does = "add"
	DoesEdit   Does = "edit"
	DoesCancel Does = "cancel"
	DoesNone   Does = "none" // the calendar says so already
)

// Deed is what becomes of one event of a file: a single one, or a series with all its times.
type Deed struct {
	Does  Does
	Event Event
}

// Step is one act of taking in a file. The ids of events that are added by steps before it stand for those: As names them.
type Step struct {
	Act act.Act
	As  kp1.ID // of an add: what later steps call it
}

// On returns the act with the ids that the steps before it were given in truth.
func (s Step) On(ids map[kp1.ID]kp1.ID) act.Act {
	in := func(id kp1.ID) kp1.ID {
		if now, ok := ids[id]; ok && !id.IsZero() {
			return now
		}
		return id
	}
	switch a := s.Act.(type) {
	case calendar.Add:
		a.Follows = in(a.Follows)
		return a
	case calendar.Edit:
		a.Event = in(a.Event)
		return a
	case calendar.Cancel:
		a.Event = in(a.Event)
		return a
	}
	return s.Act
}

// Plan says what a file would do to the calendar, and the acts that do it, in order. Done in part and planned anew, what is
// left of it is done. What cannot be done is in the notes.
func (c Calendar) Plan(into Into, notes *present.FileNotes) (deeds []Deed, steps []Step) {
	p := &planner{Into: into, notes: notes, ids: map[calendar.FileName]kp1.ID{}, times: map[string][]Event{}, series: map[string]Event{}}
	for e := range into.Calendar.All() {
		name := nameOf(uidOf(e))
		if _, twice := p.ids[name]; e.Known && e.Words == act.Here && !twice {
			p.ids[name] = e.ID
		}
	}
	for _, e := range c.Events {
		if e = p.bare(e); e.Time.IsZero() {
			p.order, p.series[e.UID] = append(p.order, e.UID), e
		} else {
			p.times[e.UID] = append(p.times[e.UID], e)
		}
	}
	for _, uid := range slices.Clone(p.order) {
		p.whole(uid)
	}
	for _, e := range c.Events { // of series that are not in the file
		if ts := p.times[e.UID]; !e.Time.IsZero() && len(ts) > 0 {
			delete(p.times, e.UID)
			p.loose(ts)
		}
	}
	return p.deeds, p.steps
}

type planner struct {
	Into
	notes  *present.FileNotes
	ids    map[calendar.FileName]kp1.ID
	order  []string
	series map[string]Event   // those yet to come, by UID
	times  map[string][]Event // of series yet to come
	deeds  []Deed
	steps  []Step
}

// bare leaves out the addresses of houses.
func (p *planner) bare(e Event) Event {
	b := e.At(present.LevelFull, nil)
	if c := clean(e); b.Title != c.Title || b.Place != c.Place || b.Notes != c.Notes {
		p.notes.Add(e.Line, present.FilePlace, "")
	}
	return b
}

// try does an act in the calendar as planned so far, or says why not.
func (p *planner) try(a act.Act) error {
	e := act.Event{Meta: act.Meta{Author: p.Me, Rank: p.Rank}, Act: p.Calendar.Fill(p.Me, a)}
	if err := p.Calendar.Check(e); err != nil {
		return err
	}
	e.ID = kp1.Sum(binary.BigEndian.AppendUint64([]byte("kith/ics/step\x00"), uint64(len(p.steps))))
	p.Calendar = p.Calendar.Apply(e)
	s := Step{Act: a}
	if _, ok := a.(calendar.Add); ok {
		s.As = e.ID
	}
	p.steps = append(p.steps, s)
	return nil
}

// refused notes why an event of the file cannot be as it says.
func (p *planner) refused(e Event, err error) {
	why := present.FileRule
	if errors.Is(err, calendar.RuleNotAuthor) {
		why = present.FileNotYours
	}
	p.notes.Add(e.Line, why, e.Title)
}

func content(e Event) calendar.Content {
	c := calendar.Content{Title: e.Title, Place: e.Place, Notes: e.Notes, When: e.When}
	if !e.Repeat.IsZero() {
		c.Repeat = e.Repeat.String()
	}
	return c
}

// whole takes in an event with all that the file says of its times, after the one that it follows.
func (p *planner) whole(uid string) {
	e, ok := p.series[uid]
	if !ok {
		return
	}
	ts := p.times[uid]
	delete(p.series, uid)
	delete(p.times, uid)
	p.whole(e.Follows)
	var more []Event
	if e.Repeat.IsZero() && slices.Contains(e.Except, when.Key{Day: e.When.From}) {
		more, e.Cancelled = p.extra(e, &ts), true
	} else {
		more = p.extra(e, &ts)
	}
	e.Extra = nil
	ts = p.one(e, ts)
	p.loose(append(more, ts...))
}

// extra makes events of their own of the times besides those of the rule, as the file changed them.
func (p *planner) extra(e Event, ts *[]Event) (out []Event) {
	gives := func(when.Key) bool { return false }
	if s, err := when.NewSeries(e.When, e.Repeat); err == nil && !e.Repeat.IsZero() {
		gives = func(k when.Key) bool { _, ok := s.Find(k, nil); return ok }
	}
	for _, k := range e.Extra {
		if slices.Contains(e.Except, k) || gives(k) {
			continue
		}
		one := e
		if i := slices.IndexFunc(*ts, func(t Event) bool { return t.Time == k }); i >= 0 {
			one = (*ts)[i]
			*ts = slices.Delete(slices.Clone(*ts), i, i+1)
		} else {
			one.When = e.When.On(k)
		}
		one.UID, one.Time = e.UID, k
		out = append(out, one)
	}
	return out
}

// loose makes single events of times that belong to no series of the file: those of one that is in the calendar alone
// are taken to be about that.
func (p *planner) loose(ts []Event) {
	for _, t := range ts {
		if id, ok := p.ids[nameOf(t.UID)]; ok {
			if _, there := p.Calendar.Instance(id, t.Time, time.UTC, p.Zones); there {
				p.inGroup(id, t)
				continue
			}
		}
		k := t.Time
		t.UID, t.Time, t.Follows = hex.EncodeToString(nameBytes("time\x00"+t.UID+"\x00"+k.String())), when.Key{}, ""
		t.Repeat, t.Extra, t.Except = when.Rule{}, nil, nil
		p.one(t, nil)
	}
}

func nameBytes(s string) []byte {
	name := nameOf(UID([]byte(s)))
	return name[:]
}

// inGroup takes in one time of a series that the file does not have and the calendar has.
func (p *planner) inGroup(id kp1.ID, t Event) {
	from := len(p.steps)
	if t.Cancelled {
		p.off(id, t.Time, t)
	} else {
		p.time(id, t)
	}
	p.done(DoesEdit, t, from)
}

// done notes a deed. Where there was no step, there was nothing to do.
func (p *planner) done(d Does, e Event, from int) {
	if len(p.steps) == from {
		d = DoesNone
	}
	p.deeds = append(p.deeds, Deed{d, e})
}

// one takes in one event, and returns those of its times that it does not have.
func (p *planner) one(e Event, ts []Event) (loose []Event) {
	id, there := p.ids[nameOf(e.UID)]
	if !there {
		return p.add(e, ts)
	}
	from, was := len(p.steps), p.Calendar
	v, _ := p.Calendar.Get(id)
	does := DoesEdit
	switch {
	case e.Cancelled && v.Cancelled:
	case e.Cancelled:
		does = DoesCancel
		if err := p.try(calendar.Cancel{Event: id}); err != nil {
			p.refused(e, err)
		}
	default:
		if !p.edit(v, e) {
			break
		}
		loose = p.allTimes(id, e, ts)
	}
	if len(p.steps) > from && ownUID(e.UID) && e.Sequence < int(v.Sequence) {
		p.steps, p.Calendar = p.steps[:from], was
		p.notes.Add(e.Line, present.FileOlder, e.Title)
	}
	p.count(from, e.Sequence-int(v.Sequence))
	p.done(does, e, from)
	return loose
}

// count has the steps since from count for as many changes as the file says, where those are more.
func (p *planner) count(from, n int) {
	n -= len(p.steps) - from
	for i := from; i < len(p.steps) && n > 0; i++ {
		if a, ok := p.steps[i].Act.(calendar.Edit); ok {
			a.Sequence = uint32(n) //nolint:gosec // positive, and SEQUENCE has 31 bits
			p.steps[i].Act = a
			return
		}
	}
}

// add takes in an event that is not in the calendar.
func (p *planner) add(e Event, ts []Event) (loose []Event) {
	from := len(p.steps)
	a := calendar.Add{Content: content(e), Kind: e.Kind.Calendar(), File: nameOf(e.UID), Follows: p.ids[nameOf(e.Follows)]}
	if e.Follows == "" {
		a.Follows = kp1.ID{}
	}
	err := p.try(a)
	if err != nil && a.Repeat != "" { // it never happens, or not like that: once, then
		p.notes.Add(e.Line, present.FileRule, a.Repeat)
		a.Repeat = ""
		err = p.try(a)
	}
	if err != nil {
		p.refused(e, err)
		return nil
	}
	id := p.steps[from].As
	p.ids[nameOf(e.UID)] = id
	on := e
	on.Cancelled = false
	if e.Cancelled { // what the file says of times goes with the series
		for i := range ts {
			ts[i].Cancelled = false
		}
	}
	loose = p.allTimes(id, on, ts)
	if e.Cancelled {
		for i := range loose {
			loose[i].Cancelled = true
		}
		if err := p.try(calendar.Cancel{Event: id}); err != nil {
			p.refused(e, err)
		}
	}
	if n := e.Sequence - (len(p.steps) - from - 1); n > 0 {
		a.Sequence = uint32(n) //nolint:gosec // positive, and SEQUENCE has 31 bits
		p.steps[from].Act = a
	}
	p.done(DoesAdd, e, from)
	return loose
}

// edit makes the event v as the file says. It reports whether it may.
func (p *planner) edit(v calendar.Event, e Event) bool {
	m, _ := p.meant(telling(v.Content, v.Kind), e)
	c, k := content(m), m.Kind.Calendar()
	if c == v.Content && k == v.Kind && !v.Cancelled {
		return true
	}
	err := p.try(calendar.Edit{Event: v.ID, Content: c, Kind: k, Restore: v.Cancelled})
	if err != nil {
		p.refused(e, err)
	}
	return err == nil
}

// meant returns what a file means by e of what the calendar tells as ours, and whether its words are the same. A file that
// tells less says nothing of what it leaves out.
func (p *planner) meant(ours, e Event) (m Event, same bool) {
	for l := present.LevelFull; l >= present.LevelBusy; l-- {
		o := ours.At(l, p.Names)
		if o.Title == e.Title && o.Place == e.Place && o.Notes == e.Notes && o.Kind.Calendar() == e.Kind.Calendar() {
			e.Title, e.Place, e.Notes, e.Kind = ours.Title, ours.Place, ours.Notes, ours.Kind
			return e, true
		}
	}
	o := ours.At(present.LevelFull, nil)
	if o.Title == e.Title {
		e.Title = ours.Title
	}
	if o.Place == e.Place {
		e.Place = ours.Place
	}
	if o.Notes == e.Notes {
		e.Notes = ours.Notes
	}
	return e, false
}

// allTimes makes the times of a series as the file says: off, other, or as the series again. It returns those that the
// series does not have.
func (p *planner) allTimes(id kp1.ID, e Event, ts []Event) (loose []Event) {
	named := map[when.Key]bool{}
	for _, k := range e.Except {
		named[k] = true
		p.off(id, k, e)
	}
	for _, t := range ts {
		if _, there := p.Calendar.Instance(id, t.Time, time.UTC, p.Zones); !there {
			loose = append(loose, t)
			continue
		}
		if named[t.Time] { // it is off, whatever else is said of it
			continue
		}
		named[t.Time] = true
		if t.Cancelled {
			p.off(id, t.Time, t)
		} else {
			p.time(id, t)
		}
	}
	v, _ := p.Calendar.Get(id)
	for _, t := range v.Times {
		if c := timeOf(v.Content, t.Key); !named[t.Key] && (t.Cancelled || t.Content != c || t.Kind != v.Kind) {
			if _, there := p.Calendar.Instance(id, t.Key, time.UTC, p.Zones); there {
				p.must(e, calendar.Edit{Event: id, At: t.Key, Content: c, Kind: v.Kind, Restore: t.Cancelled})
			}
		}
	}
	return loose
}

func (p *planner) must(e Event, a act.Act) {
	if err := p.try(a); err != nil {
		p.refused(e, err)
	}
}

// off calls one time of a series off, where there is such a time and it is on.
func (p *planner) off(id kp1.ID, k when.Key, e Event) {
	if i, there := p.Calendar.Instance(id, k, time.UTC, p.Zones); there && !i.Event.Cancelled {
		p.must(e, calendar.Cancel{Event: id, At: k})
	}
}

// time makes one time of a series as the file says.
func (p *planner) time(id kp1.ID, t Event) {
	i, _ := p.Calendar.Instance(id, t.Time, time.UTC, p.Zones)
	m, same := p.meant(telling(i.Event.Content, i.Event.Kind), t)
	if v, _ := p.Calendar.Get(id); !same && m.Kind.Calendar() == calendar.Plain { // many programs name the kind once
		m.Kind = KindOf(v.Kind)
	}
	m.Repeat = when.Rule{}
	if c, k := content(m), m.Kind.Calendar(); c != i.Event.Content || k != i.Event.Kind || i.Event.Cancelled {
		p.must(t, calendar.Edit{Event: id, At: t.Time, Content: c, Kind: k, Restore: i.Event.Cancelled})
	}
}
