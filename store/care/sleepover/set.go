package sleepover

import (
	"fmt"
	"iter"
	"slices"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/care/when"
	"kith/store/kp1"
)

// object is one sleepover: its events, and the view of them.
type object struct {
	id     kp1.ID
	events []act.Event // sorted by id
	needs  bool        // judged without an act of a household that a move names
	view   *Sleepover
	known  map[kp1.ID]verdict // of moves about which nothing can change; not stored
}

// PageKey is the id: the object stays where it is, whatever becomes of it.
func (o *object) PageKey() page.Key { return page.Key{ID: o.id} }

func newObject(id kp1.ID, es []act.Event, kin Kin, known map[kp1.ID]verdict) *object {
	b := judge(act.NewGraph(es, seenOf), kin, known)
	return &object{id, es, b.needs, b.show(id), b.final}
}

// Sleepovers is every sleepover of a group. It is an immutable value; the zero value has none.
type Sleepovers struct {
	all    page.Book[*object]
	open   page.Book[page.Mark] // those not over
	needs  page.Book[page.Mark] // those judged without an act of a household
	nights page.Book[page.Mark] // by stayDays days
}

// stayDays is the width of one step of the index by date.
const stayDays = 8

// Len returns the number of sleepovers. O(1).
func (s Sleepovers) Len() int { return s.all.Len() }

// Get returns one sleepover. O(log n), reading at most one page.
func (s Sleepovers) Get(id kp1.ID) (Sleepover, bool) {
	o, ok := s.all.Get(page.Key{ID: id})
	if !ok {
		return Sleepover{}, false
	}
	return *o.view, true
}

// All yields every sleepover, sorted by id, reading every page.
func (s Sleepovers) All() iter.Seq[Sleepover] {
	return func(yield func(Sleepover) bool) {
		for o := range s.all.All() {
			if !yield(*o.view) {
				return
			}
		}
	}
}

// Open returns the sleepovers that are not over, the earliest first. Its cost is theirs, not that of those gone by.
func (s Sleepovers) Open() []Sleepover {
	return s.marked(s.open.All(), func(Sleepover) bool { return true })
}

// Between returns the sleepovers that have a night from the day from to the day before to, the earliest first, whatever
// their state. Its cost is that of the days it touches, to eight: one page for each sleepover, at most.
func (s Sleepovers) Between(from, to when.Date) []Sleepover {
	if !from.Before(to) {
		return nil
	}
	first, last := from.Number()/stayDays, to.Number()/stayDays
	marks := s.nights.Between(page.Key{Hi: uint64(max(first, 0))}, page.Key{Hi: uint64(max(last, 0)) + 1})
	return s.marked(marks, func(v Sleepover) bool { return v.Terms.From.Before(to) && from.Before(v.Terms.To) })
}

func (s Sleepovers) marked(marks iter.Seq[page.Mark], keep func(Sleepover) bool) (out []Sleepover) {
	met := map[kp1.ID]bool{}
	for m := range marks {
		if v, ok := s.Get(m.ID); ok && !met[m.ID] && keep(v) {
			out = append(out, v)
		}
		met[m.ID] = true
	}
	slices.SortFunc(out, func(a, b Sleepover) int {
		if c := a.Terms.From.Compare(b.Terms.From); c != 0 {
			return c
		}
		return act.Older(a.Asked, b.Asked)
	})
	return out
}

// AskOf returns the sleepover that a move speaks of: for an Ask, its own id.
func AskOf(e act.Event) (id kp1.ID, ok bool) {
	switch a := e.Act.(type) {
	case Ask:
		return e.ID, true
	case Offer:
		return a.Ask, true
	case Choose:
		return a.Ask, true
	case Agree:
		return a.Ask, true
	case Change:
		return a.Ask, true
	case Cannot:
		return a.Ask, true
	case Withdraw:
		return a.Ask, true
	case NotNeeded:
		return a.Ask, true
	case Arrived:
		return a.Ask, true
	case Home:
		return a.Ask, true
	case Close:
		return a.Ask, true
	case OnIt:
		return a.Ask, true
	}
	return kp1.ID{}, false
}

// Apply adds events in any order; those of other packages and those known already change nothing. Of each sleepover
// that the batch touches the new moves are judged, each in O(its moves), and what they come to is worked out once.
func (s Sleepovers) Apply(kin Kin, es ...act.Event) Sleepovers {
	byAsk := map[kp1.ID][]act.Event{}
	for _, e := range es {
		if id, ok := AskOf(e); ok {
			byAsk[id] = append(byAsk[id], e)
		}
	}
	if len(byAsk) == 0 {
		return s
	}
	ed := s.edit()
	for id, more := range byAsk {
		have := &object{}
		if o, ok := ed.all.Get(page.Key{ID: id}); ok {
			have = o
		}
		if now, changed := act.Insert(have.events, more...); changed {
			known := have.known
			if !act.Holds(now, have.events) {
				known = nil // one of those judged gave way to an earlier one of its device
			}
			ed.put(newObject(id, now, kin, known))
		}
	}
	return ed.done()
}

// Again judges anew what was judged without an act of a household that was not here. Call it when one has come.
func (s Sleepovers) Again(kin Kin) Sleepovers {
	if s.needs.Len() == 0 {
		return s
	}
	ed := s.edit()
	for m := range s.needs.All() {
		if o, ok := ed.all.Get(m.Key); ok {
			ed.put(newObject(o.id, o.events, kin, o.known))
		}
	}
	return ed.done()
}

type editor struct {
	all                 *page.Editor[*object]
	open, needs, nights *page.Editor[page.Mark]
}

func (s Sleepovers) edit() editor {
	return editor{s.all.Edit(), s.open.Edit(), s.needs.Edit(), s.nights.Edit()}
}

func (ed editor) done() Sleepovers {
	return Sleepovers{ed.all.Book(), ed.open.Book(), ed.needs.Book(), ed.nights.Book()}
}

func (ed editor) put(o *object) {
	if old, ok := ed.all.Get(o.PageKey()); ok {
		for _, k := range old.steps() {
			ed.nights.Delete(k)
		}
	}
	ed.all.Put(o)
	mark(ed.open, o.PageKey(), !o.view.State.Over())
	mark(ed.needs, o.PageKey(), o.needs)
	for _, k := range o.steps() {
		ed.nights.Put(page.Mark{Key: k})
	}
}

func mark(ed *page.Editor[page.Mark], k page.Key, on bool) {
	if !on {
		ed.Delete(k)
		return
	}
	ed.Put(page.Mark{Key: k})
}

// steps returns the keys of the index by date.
func (o *object) steps() (out []page.Key) {
	t := o.view.Terms
	if !o.view.Known || t.From.IsZero() {
		return nil
	}
	for n := t.From.Number() / stayDays; n <= t.To.Number()/stayDays; n++ {
		out = append(out, page.Key{Hi: uint64(n), ID: o.id})
	}
	return out
}

// Fill completes a move with what its author has seen: me, together with whom me lives, and the newest acts of their
// households. It leaves alone what is there already.
func (s Sleepovers) Fill(me kp1.MID, kin []kp1.MID, home []kp1.ID, a act.Act) act.Act {
	id, ok := AskOf(act.Event{Act: a})
	if !ok {
		return a
	}
	v, _ := s.Get(id)
	fill := func(seen *Seen) {
		if seen.Base == nil {
			seen.Base = v.Heads
		}
		if seen.Home == nil {
			seen.Home = home
		}
	}
	or := func(id, other kp1.ID) kp1.ID {
		if id.IsZero() {
			return other
		}
		return id
	}
	switch a := a.(type) {
	case Ask:
		fill(&a.Seen)
		return a
	case Offer:
		fill(&a.Seen)
		return a
	case Choose:
		fill(&a.Seen)
		a.Sheet = or(a.Sheet, v.Sheet)
		return a
	case Agree:
		fill(&a.Seen)
		a.Choice, a.Sheet = or(a.Choice, v.Choice), or(a.Sheet, v.Sheet)
		return a
	case Change:
		fill(&a.Seen)
		return a
	case Cannot:
		fill(&a.Seen)
		a.Offer = or(a.Offer, v.offerOf(me, kin))
		return a
	case Withdraw:
		fill(&a.Seen)
		return a
	case NotNeeded:
		fill(&a.Seen)
		return a
	case Arrived:
		fill(&a.Seen)
		a.Agreement = or(a.Agreement, v.Agreed)
		return a
	case Home:
		fill(&a.Seen)
		return a
	case Close:
		fill(&a.Seen)
		return a
	case OnIt:
		fill(&a.Seen)
		return a
	}
	return a
}

// offerOf returns me's standing offer, or else one of me's household.
func (s Sleepover) offerOf(me kp1.MID, kin []kp1.MID) kp1.ID {
	for _, m := range append([]kp1.MID{me}, kin...) {
		for _, b := range s.Standing() {
			if b.By.Author == m {
				return b.ID
			}
		}
	}
	return kp1.ID{}
}

// checkID stands in for the id of a move that is not made yet.
var checkID = kp1.Sum([]byte("a move that is not made yet"))

// Check says whether e may be done now: nil, or a rule. Of e's Meta it reads Author and Rank.
func (s Sleepovers) Check(kin Kin, e act.Event) error {
	e.ID = checkID
	var events []act.Event
	var known map[kp1.ID]verdict
	if id, _ := AskOf(e); id != checkID {
		o, ok := s.all.Get(page.Key{ID: id})
		if !ok || !o.view.Known {
			return fmt.Errorf("ask %s: %w", id.Short(), act.RuleUnknown)
		}
		events, known = o.events, o.known
	}
	var seen []kp1.ID
	for i, g := 0, act.NewGraph(events, seenOf); i < g.Len(); i++ {
		if g.Whole(i) {
			seen = append(seen, g.Events[i].ID)
		}
	}
	b := judge(act.NewGraph(append(slices.Clone(events), e), func(m act.Event) []kp1.ID {
		if m.ID == checkID {
			return seen
		}
		return seenOf(m)
	}), kin, known)
	i, _ := b.g.Find(checkID)
	switch {
	case b.rules[i] != nil:
		return b.rules[i]
	case act.WordsOf(e.Act) != act.Here:
		return act.RuleWordless
	}
	return e.Act.Valid()
}
