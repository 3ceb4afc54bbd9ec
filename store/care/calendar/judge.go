package calendar

import (
	"slices"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/care/when"
	"kith/store/kp1"
)

// object is one event of the calendar: its acts, and the view of them.
type object struct {
	id     kp1.ID
	day    uint64      // on which it begins, as a number of days; 0 when that is not known
	events []act.Event // sorted by id
	view   *Event
	series *when.Series // what comes again; nil when the event happens once
	last   uint64       // of a series the last step of the index by date that it may reach
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
	at            []when.Key // of what time of a series each act speaks; none for all
	adds, cancels []int      // those that applied, in order
	restores      []int      // edits that take back the cancels they have seen
}

func newObject(id kp1.ID, es []act.Event) *object {
	b := judge(act.NewGraph(es, seenOf))
	o := &object{id: id, events: es, view: b.show(id)}
	if o.dated() {
		o.day = uint64(max(o.view.When.From.Number(), 0)) //nolint:gosec // not negative
		o.repeat()
	}
	return o
}

func judge(g *act.Graph) *board {
	b := &board{g: g, rules: make([]error, g.Len()), at: make([]when.Key, g.Len())}
	for i := range b.rules {
		b.at[i] = atOf(g.Events[i].Act)
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
	return !slices.ContainsFunc(b.restores, func(r int) bool { return b.at[r] == b.at[c] && saw(r) && b.g.Saw(r, c) })
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
	if slices.ContainsFunc(b.cancels, func(c int) bool { return b.blocks(c, i) && saw(c) && b.stands(c, saw) }) {
		return RuleCancelled
	}
	return nil
}

// blocks reports whether the cancel c, while it stands, is in the way of act i: when it is of all or of the same time, and i
// does not take it back.
func (b *board) blocks(c, i int) bool {
	if b.at[c] == b.at[i] {
		return !restores(b.g.Events[i].Act)
	}
	return b.at[c].IsZero()
}

// is reports whether act i is a T and applied.
func is[T act.Act](b *board, i int) bool {
	_, ok := b.g.Events[i].Act.(T)
	return ok && b.rules[i] == nil
}

func (b *board) show(id kp1.ID) *Event {
	v := &Event{ID: id}
	ofAll := b.made(when.Key{})
	heads := b.latest(ofAll)
	for _, i := range b.front() {
		v.Heads = append(v.Heads, b.g.Events[i].ID)
	}
	for i, e := range b.g.Events {
		if is[Add](b, i) {
			v.Known, v.By = true, e.Meta
			a := e.Act.(Add) //nolint:forcetypeassert // is it
			v.Follows, v.File = a.Follows, a.File
		}
		if b.rules[i] == nil {
			v.Sequence = counted(v.Sequence, e.Act)
		}
		if rule, ok := b.rules[i].(*act.Rule); ok {
			v.NotApplied = append(v.NotApplied, act.Void{Meta: e.Meta, Type: e.Act.Type(), Rule: rule})
		}
	}
	standing := b.standing(when.Key{})
	for _, c := range standing {
		v.Cancels = append(v.Cancels, b.g.Events[c].ID)
	}
	v.Heads, v.Cancels = act.SortIDs(v.Heads), act.SortIDs(v.Cancels)
	v.CancelledBy, v.Cancelled = b.first(standing)
	v.ChangedApart = b.changedApart(standing, when.Key{})
	if len(heads) == 0 {
		return v
	}
	merged := b.merge(ofAll, nil, when.Key{})
	v.Versions = b.versions(heads, merged, said{})
	first := v.Versions[0]
	v.Content, v.Kind, v.Words = first.Content, first.Kind, first.Words
	v.RSVP = b.replies(when.Key{}, heads)
	for _, k := range b.keys() {
		v.Times = append(v.Times, b.time(k, merged, *v, heads))
	}
	return v
}

// MaxSequence is where the count of changes ends.
const MaxSequence = 1<<31 - 1

// counted adds what an act counts for.
func counted(n uint32, a act.Act) uint32 {
	more := uint64(0)
	switch a := a.(type) {
	case Add:
		more = uint64(a.Sequence)
	case Edit:
		more = 1 + uint64(a.Sequence)
	case Cancel:
		more = 1
	}
	return uint32(min(uint64(n)+more, MaxSequence)) //nolint:gosec // not above MaxSequence
}

// keys lists the times of a series of which anything that applied speaks, sorted.
func (b *board) keys() (out []when.Key) {
	for i, k := range b.at {
		if !k.IsZero() && b.rules[i] == nil {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, compareKeys)
	return slices.Compact(out)
}

// made lists the adds and edits that applied and speak of one time, or of all.
func (b *board) made(k when.Key) (out []int) {
	for i := range b.g.Events {
		if b.at[i] == k && (is[Add](b, i) || is[Edit](b, i)) {
			out = append(out, i)
		}
	}
	return out
}

// front lists the newest changes of all and of single times: what the next act names. Cancels of all are not among them,
// because what is cancelled is only restored, and a restore names them besides.
func (b *board) front() []int {
	return b.g.Latest(func(i int) bool {
		return is[Add](b, i) || is[Edit](b, i) || is[Cancel](b, i) && !b.at[i].IsZero()
	})
}

// latest returns those of is that no other of them has seen, the greatest id first.
func (b *board) latest(is []int) (out []int) {
	for n, i := range is {
		if !slices.ContainsFunc(is[n+1:], func(j int) bool { return b.g.Saw(j, i) }) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(i, j int) int { return b.g.Events[j].ID.Compare(b.g.Events[i].ID) })
	return out
}

// standing lists the cancels of one time, or of all, that nobody has taken back.
func (b *board) standing(k when.Key) (out []int) {
	for _, c := range b.cancels {
		if b.at[c] == k && b.stands(c, anyone) {
			out = append(out, c)
		}
	}
	return out
}

// first returns who cancelled first.
func (b *board) first(cancels []int) (m act.Meta, ok bool) {
	for n, c := range cancels {
		if e := b.g.Events[c].Meta; n == 0 || act.Older(e, m) < 0 {
			m, ok = e, true
		}
	}
	return m, ok
}

// time shows one time of a series of which v is the view so far, and heads the newest changes.
func (b *board) time(k when.Key, under *registers, v Event, heads []int) Time {
	t := Time{Key: k, Content: v.on(k).Content, Kind: v.Kind, Words: v.Words}
	cancels := b.standing(k)
	t.CancelledBy, t.Cancelled = b.first(cancels)
	t.ChangedApart = b.changedApart(cancels, k)
	made := b.made(k)
	own := b.latest(made)
	t.RSVP = b.replies(k, append(slices.Clone(heads), own...))
	if len(own) == 0 {
		return t
	}
	merged := b.merge(made, under, k)
	t.Versions, t.Edited, t.Moved = b.versions(own, merged, said{t.Content, t.Kind}), true, len(merged.made[fieldTime]) > 0
	first := t.Versions[0]
	if t.Kind, t.Words = first.Kind, first.Words; t.Words != act.Here {
		first.When, t.Moved = t.When, false
	}
	t.Content = first.Content
	return t
}

// changedApart returns who changed the event, or one time of it, without having seen that it was cancelled, and without
// being seen by whoever cancelled it.
func (b *board) changedApart(cancels []int, k when.Key) (out []act.Meta) {
	if len(cancels) == 0 {
		return nil
	}
	for i := range b.g.Events {
		if is[Edit](b, i) && (k.IsZero() || b.at[i] == k) && !slices.ContainsFunc(cancels, func(c int) bool { return !b.g.Apart(i, c) }) {
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

// replies returns each person's newest answer to one time, or to all; of two given apart from one another, the one with the
// greater id. heads are the newest adds and edits.
func (b *board) replies(k when.Key, heads []int) (out []Reply) {
	for m, is := range b.answers(k) {
		newest := b.latest(is)[0]
		e := b.g.Events[newest]
		if a := e.Act.(RSVP).Answer; a != None {
			before := slices.ContainsFunc(heads, func(h int) bool { return !b.g.Saw(newest, h) })
			out = append(out, Reply{m, a, e.Meta, before})
		}
	}
	slices.SortFunc(out, func(x, y Reply) int { return x.Person.Compare(y.Person) })
	return out
}

func (b *board) answers(k when.Key) map[kp1.MID][]int {
	out := map[kp1.MID][]int{}
	for i, e := range b.g.Events {
		if b.at[i] == k && is[RSVP](b, i) {
			out[e.Author] = append(out[e.Author], i)
		}
	}
	return out
}
