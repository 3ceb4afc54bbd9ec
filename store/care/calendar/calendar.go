package calendar

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Calendar is every event of a group. It is an immutable value; the zero value has none.
type Calendar struct {
	all    page.Book[*object]   // by the day they begin, so that a week lies together
	homes  page.Book[home]      // by id: where each lies in all
	days   page.Book[page.Mark] // by stepDays days, Lo naming the day under which the event lies in all
	series page.Book[page.Mark] // what comes again, by the last step that it may reach, Lo as in days
}

// stepDays is the width of one step of the index by date.
const stepDays = 8

// Len returns the number of events. O(1).
func (c Calendar) Len() int { return c.all.Len() }

// Get returns one event. O(log n), reading at most two pages.
func (c Calendar) Get(id kp1.ID) (Event, bool) {
	o, ok := c.object(id)
	if !ok {
		return Event{}, false
	}
	return *o.view, true
}

func (c Calendar) object(id kp1.ID) (*object, bool) {
	h, ok := c.homes.Get(page.Key{ID: id})
	if !ok {
		return nil, false
	}
	return c.all.Get(page.Key{Hi: h.day, ID: id})
}

// All yields every event, sorted by the day it begins, then by id, reading every page. Those whose day is not known come
// first.
func (c Calendar) All() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for o := range c.all.All() {
			if !yield(*o.view) {
				return
			}
		}
	}
}

// Between returns what happens from the day from to the day before to, as those days run in loc, in order: by day,
// whole days first, then by time, then by id. Cancelled events are among them, marked. Its cost is that of the
// days it touches, to eight: the pages in which what begins then lies, and one more for each longer event that reaches
// in and for each series that is not over before. A series gives at most when.MaxOccasions. An event in a zone that zones does not know is shown as if its times were in loc.
func (c Calendar) Between(from, to when.Date, loc *time.Location, zones when.Zones) (out []Instance) {
	if !from.Before(to) {
		return nil
	}
	first, last := max(from.Number()/stepDays, 0), max(to.Number()/stepDays, 0)
	met := map[kp1.ID]bool{}
	for m := range c.days.Between(page.Key{Hi: uint64(first)}, page.Key{Hi: uint64(last) + 1}) {
		if o, ok := c.all.Get(page.Key{Hi: m.Lo, ID: m.ID}); ok && !met[m.ID] {
			if i := instance(*o.view, loc, zones); i.From.Before(to) && from.Before(i.To) {
				out = append(out, i)
			}
		}
		met[m.ID] = true
	}
	known := remember(zones)
	for m := range c.series.Between(page.Key{Hi: uint64(first)}, page.Key{Hi: endless + 1}) {
		if o, ok := c.all.Get(page.Key{Hi: m.Lo, ID: m.ID}); ok {
			out = append(out, o.between(from, to, loc, known)...)
		}
	}
	slices.SortFunc(out, func(a, b Instance) int {
		whole := map[bool]int{true: 0, false: 1}
		return cmp.Or(a.From.Compare(b.From), cmp.Compare(whole[a.AllDay], whole[b.AllDay]), a.Start.Compare(b.Start),
			a.Event.ID.Compare(b.Event.ID))
	})
	return out
}

func instance(e Event, loc *time.Location, zones when.Zones) Instance {
	i := Instance{Key: e.When.From.String(), Event: e, AllDay: e.When.AllDay}
	start, end, err := e.When.In(loc, zones)
	if err != nil {
		i.ZoneUnknown = true
		start, end, _ = e.When.In(loc, func(string) (*time.Location, error) { return loc, nil })
	}
	i.Start, i.End, i.Moved = start.Time, end.Time, start.Moved || end.Moved
	i.From, i.To = when.DateOf(i.Start), when.DateOf(i.End)
	if i.AllDay {
		i.From, i.To = e.When.From, e.When.To
		return i
	}
	if i.To == i.From || i.End.After(when.Midnight(i.To, loc)) {
		i.To = i.To.Plus(1)
	}
	return i
}

// Days parts what Between found by day, from the day from to the day before to: an event of three days stands in three.
func Days(is []Instance, from, to when.Date) map[when.Date][]Instance {
	out := map[when.Date][]Instance{}
	for _, i := range is {
		d, end := i.From, i.To
		if d.Before(from) {
			d = from
		}
		if to.Before(end) {
			end = to
		}
		for ; d.Before(end); d = d.Plus(1) {
			out[d] = append(out[d], i)
		}
	}
	return out
}

// EventOf returns the event that an act speaks of: for an Add, its own id.
func EventOf(e act.Event) (id kp1.ID, ok bool) {
	switch a := e.Act.(type) {
	case Add:
		return e.ID, true
	case Edit:
		return a.Event, true
	case Cancel:
		return a.Event, true
	case RSVP:
		return a.Event, true
	}
	return kp1.ID{}, false
}

// Apply adds events in any order; those of other packages and those known already change nothing. Each event of the
// calendar that the batch touches is judged once, from its own acts.
func (c Calendar) Apply(es ...act.Event) Calendar {
	byEvent := map[kp1.ID][]act.Event{}
	for _, e := range es {
		if id, ok := EventOf(e); ok {
			byEvent[id] = append(byEvent[id], e)
		}
	}
	if len(byEvent) == 0 {
		return c
	}
	ed := editor{c.all.Edit(), c.homes.Edit(), c.days.Edit(), c.series.Edit()}
	for id, more := range byEvent {
		var have []act.Event
		old, ok := c.object(id)
		if ok {
			have = old.events
		}
		now, changed := act.Insert(have, more...)
		if !changed {
			continue
		}
		ed.replace(old, newObject(id, now))
	}
	return Calendar{ed.all.Book(), ed.homes.Book(), ed.days.Book(), ed.series.Book()}
}

// editor changes the books together.
type editor struct {
	all    *page.Editor[*object]
	homes  *page.Editor[home]
	days   *page.Editor[page.Mark]
	series *page.Editor[page.Mark]
}

// replace puts an event in the place of what was known of it, which is nil when that was nothing.
func (ed editor) replace(old, o *object) {
	if old == nil || old.day != o.day {
		if old != nil {
			ed.all.Delete(old.PageKey())
		}
		ed.homes.Put(home{o.id, o.day})
	}
	ed.all.Put(o)
	if old != nil && old.day == o.day && old.last == o.last && old.view.Known == o.view.Known && old.view.When == o.view.When {
		return
	}
	if old != nil {
		for _, k := range old.steps() {
			ed.days.Delete(k)
		}
		ed.series.Delete(old.mark())
	}
	for _, k := range o.steps() {
		ed.days.Put(page.Mark{Key: k})
	}
	if o.series != nil {
		ed.series.Put(page.Mark{Key: o.mark()})
	}
}

// steps returns the keys of the index by date, with a day to spare on either side for the zones.
func (o *object) steps() (out []page.Key) {
	if !o.dated() || o.series != nil {
		return nil
	}
	s := o.view.When
	for n := max(s.From.Number()-1, 0) / stepDays; n <= (s.To.Number()+1)/stepDays; n++ {
		out = append(out, page.Key{Hi: uint64(n), Lo: o.day, ID: o.id})
	}
	return out
}

// Fill completes an act with what me has seen. It leaves alone what is there already.
func (c Calendar) Fill(me kp1.MID, a act.Act) act.Act {
	id, _ := EventOf(act.Event{Act: a})
	o, ok := c.object(id)
	if !ok {
		return a
	}
	switch a := a.(type) {
	case Edit:
		if a.Base == nil && a.Restore {
			cancels := o.view.Cancels
			if !a.At.IsZero() {
				cancels = o.cancelsOf(a.At)
			}
			a.Base = act.SortIDs(limited(append(slices.Clone(o.view.Heads), limited(cancels)...)))
		}
		if a.Base == nil {
			a.Base = limited(o.view.Heads)
		}
		return a
	case Cancel:
		if a.Base == nil {
			a.Base = limited(o.view.Heads)
		}
		return a
	case RSVP:
		if a.Base == nil {
			a.Base = o.seenBy(me, a.At)
		}
		return a
	}
	return a
}

func limited(ids []kp1.ID) []kp1.ID { return ids[max(0, len(ids)-act.MaxBase):] }

// cancelsOf returns the cancels of one time of a series that stand.
func (o *object) cancelsOf(k when.Key) (out []kp1.ID) {
	b := judge(act.NewGraph(o.events, seenOf))
	for _, c := range b.standing(k) {
		out = append(out, b.g.Events[c].ID)
	}
	return act.SortIDs(out)
}

// seenBy returns what an answer of me names: their own newest answers and the versions.
func (o *object) seenBy(me kp1.MID, k when.Key) []kp1.ID {
	b := judge(act.NewGraph(o.events, seenOf))
	ids := slices.Clone(o.view.Heads)
	for _, i := range b.latest(b.answers(k)[me]) {
		ids = append(ids, b.g.Events[i].ID)
	}
	return act.SortIDs(limited(ids))
}

// Check says whether e may be done now: nil, or a rule. Of e's Meta it reads Author and Rank.
func (c Calendar) Check(e act.Event) error {
	if err := e.Act.Valid(); err != nil {
		return err
	}
	id, _ := EventOf(e)
	at := atOf(e.Act)
	if a, ok := e.Act.(Add); ok {
		return happens(a.Content)
	}
	o, ok := c.object(id)
	if !ok || !o.view.Known {
		return fmt.Errorf("event %s: %w", id.Short(), act.RuleUnknown)
	}
	v := o.view
	time, _ := v.Time(at)
	switch {
	case v.Cancelled && (!at.IsZero() || !restores(e.Act)), time.Cancelled && !restores(e.Act):
		return RuleCancelled
	case !at.IsZero() && !o.has(at):
		return RuleTime
	}
	if a, ok := e.Act.(Edit); ok && at.IsZero() {
		if err := happens(a.Content); err != nil {
			return err
		}
	}
	if _, ok := e.Act.(RSVP); !ok && e.Author != v.By.Author && e.Rank < kp1.RankAdmin {
		return RuleNotAuthor
	}
	return nil
}
