package calendar

import (
	"slices"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// object is one event of the calendar: its acts, and the view of them.
type object struct {
	id     kp1.ID
	day    uint64      // on which it begins, as a number of days; 0 when that is not known
	events []act.Event // sorted by id
	view   *Event
}

// PageKey is the day and the id, so that what happens in one week lies together.
func (o *object) PageKey() page.Key { return page.Key{Hi: o.day, ID: o.id} }

// dated reports whether it is known when the event is.
func (o *object) dated() bool { return o.view.Known && !o.view.When.From.IsZero() }

// home says where an event lies among all.
type home struct {
	id  kp1.ID
	day uint64
}

// PageKey is the id.
func (h home) PageKey() page.Key { return page.Key{ID: h.id} }

func seenOf(e act.Event) []kp1.ID { return e.Act.Refs() }

// board is one event being judged. Nothing in it depends on the order of arrival.
type board struct {
	g             *act.Graph
	rules         []error
	adds, cancels []int // those that applied, in order
	restores      []int // edits that take back the cancels they have seen
}

func newObject(id kp1.ID, es []act.Event) *object {
	b := judge(act.NewGraph(es, seenOf))
	o := &object{id: id, events: es, view: b.show(id)}
	if o.dated() {
		o.day = uint64(max(o.view.When.From.Number(), 0)) //nolint:gosec // not negative
	}
	return o
}

func judge(g *act.Graph) *board {
	b := &board{g: g, rules: make([]error, g.Len())}
	for i := range b.rules {
		b.rules[i] = b.allows(i)
		switch {
		case is[Add](b, i):
			b.adds = append(b.adds, i)
		case is[Cancel](b, i):
			b.cancels = append(b.cancels, i)
		case restores(g.Events[i].Act) && b.rules[i] == nil:
			b.restores = append(b.restores, i)
		}
	}
	return b
}

func restores(a act.Act) bool {
	e, ok := a.(Edit)
	return ok && e.Restore
}

// stands reports whether no restore that saw knows of has seen the cancel c.
func (b *board) stands(c int, saw func(int) bool) bool {
	return !slices.ContainsFunc(b.restores, func(r int) bool { return saw(r) && b.g.Saw(r, c) })
}

// allows says whether act i was allowed by what its author had seen.
func (b *board) allows(i int) error {
	if !b.g.Whole(i) {
		return act.RuleWaits
	}
	e, saw := b.g.Events[i], func(j int) bool { return b.g.Saw(i, j) } // few are asked for, however many answers there are
	if _, ok := e.Act.(Add); ok {
		return nil
	}
	added := slices.IndexFunc(b.adds, saw)
	if added < 0 {
		return act.RuleUnknown
	}
	if _, ok := e.Act.(RSVP); !ok && e.Author != b.g.Events[b.adds[added]].Author && e.Rank < kp1.RankAdmin {
		return RuleNotAuthor
	}
	if !restores(e.Act) && slices.ContainsFunc(b.cancels, func(c int) bool { return saw(c) && b.stands(c, saw) }) {
		return RuleCancelled
	}
	return nil
}

// is reports whether act i is a T and applied.
func is[T act.Act](b *board, i int) bool {
	_, ok := b.g.Events[i].Act.(T)
	return ok && b.rules[i] == nil
}

func (b *board) show(id kp1.ID) *Event {
	v := &Event{ID: id}
	heads := b.g.Latest(func(i int) bool { return is[Add](b, i) || is[Edit](b, i) })
	for _, i := range heads {
		v.Heads = append(v.Heads, b.g.Events[i].ID)
	}
	var standing []int
	for i, e := range b.g.Events {
		switch {
		case is[Add](b, i):
			v.Known, v.By = true, e.Meta
		case is[Cancel](b, i) && b.stands(i, func(int) bool { return true }):
			standing = append(standing, i)
			v.Cancels = append(v.Cancels, e.ID)
			if !v.Cancelled || act.Older(e.Meta, v.CancelledBy) < 0 {
				v.Cancelled, v.CancelledBy = true, e.Meta
			}
		}
		if rule, ok := b.rules[i].(*act.Rule); ok {
			v.NotApplied = append(v.NotApplied, act.Void{Meta: e.Meta, Type: e.Act.Type(), Rule: rule})
		}
	}
	v.Heads, v.Cancels = act.SortIDs(v.Heads), act.SortIDs(v.Cancels)
	v.ChangedApart = b.changedApart(standing)
	if len(heads) == 0 {
		return v
	}
	v.Versions = b.versions(heads)
	first := v.Versions[0]
	v.Content, v.Kind, v.Words = first.Content, first.Kind, first.Words
	v.RSVP = b.replies(heads)
	return v
}

// changedApart returns who changed the event without having seen that it was cancelled, and without being seen by
// whoever cancelled it.
func (b *board) changedApart(cancels []int) (out []act.Meta) {
	if len(cancels) == 0 {
		return nil
	}
	for i := range b.g.Events {
		if is[Edit](b, i) && !slices.ContainsFunc(cancels, func(c int) bool { return !b.g.Apart(i, c) }) {
			out = append(out, b.g.Events[i].Meta)
		}
	}
	slices.SortFunc(out, func(x, y act.Meta) int { return x.ID.Compare(y.ID) })
	return out
}

func (b *board) version(i int) Version {
	e := b.g.Events[i]
	switch a := e.Act.(type) {
	case Add:
		return Version{e.ID, e.Meta, a.Content, a.Kind, a.State}
	case Edit:
		return Version{e.ID, e.Meta, a.Content, a.Kind, a.State}
	}
	return Version{}
}

// replies returns each person's newest answer; of two given apart from one another, the one with the greater id. heads
// are the newest adds and edits.
func (b *board) replies(heads []int) (out []Reply) {
	for m, is := range b.answers() {
		newest := b.newest(is)[0]
		e := b.g.Events[newest]
		if a := e.Act.(RSVP).Answer; a != None {
			before := slices.ContainsFunc(heads, func(h int) bool { return !b.g.Saw(newest, h) })
			out = append(out, Reply{m, a, e.Meta, before})
		}
	}
	slices.SortFunc(out, func(x, y Reply) int { return x.Person.Compare(y.Person) })
	return out
}

func (b *board) answers() map[kp1.MID][]int {
	out := map[kp1.MID][]int{}
	for i, e := range b.g.Events {
		if is[RSVP](b, i) {
			out[e.Author] = append(out[e.Author], i)
		}
	}
	return out
}

// newest returns those of is that no other of them has seen, the greatest id first.
func (b *board) newest(is []int) []int {
	return b.g.Latest(func(i int) bool {
		_, found := slices.BinarySearch(is, i)
		return found
	})
}
