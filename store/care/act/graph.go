package act

import (
	"fmt"
	"slices"

	"kith/store/kp1"
)

// Graph is the events of one object with what each had seen, for noun packages to judge. Events stand in an order in
// which causes come before what they caused. Build it with NewGraph. Not to be written to afterwards.
type Graph struct {
	Events []Event
	index  map[kp1.ID]int
	past   []bits // of event i, itself excluded
	whole  []bool // everything in the past of event i is here
	heads  []int
}

type bits []uint64

func (b bits) has(i int) bool { return b[i/64]>>(i%64)&1 == 1 }
func (b bits) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bits) or(o bits) {
	for i, w := range o {
		b[i] |= w
	}
}

// NewGraph orders events by what they name as seen, then by claimed time, then by id. seen returns what one event names
// of the same object; what is not among the events counts as missing. It takes O(n²/64) and keeps es as it is.
func NewGraph(es []Event, seen func(Event) []kp1.ID) *Graph {
	words := (len(es) + 63) / 64
	room := make(bits, (len(es)+1)*words)
	cut := func() (b bits) { b, room = room[:words:words], room[words:]; return b }
	g := &Graph{index: make(map[kp1.ID]int, len(es)), past: make([]bits, len(es)), whole: make([]bool, len(es))}
	var names [][]kp1.ID
	g.Events, names = order(es, seen, g.index)
	clear(g.index)
	anyone := cut() // what any whole event has seen
	for i := range g.Events {
		g.past[i], g.whole[i] = cut(), true
		for _, id := range names[i] {
			j, ok := g.index[id]
			if !ok {
				g.whole[i] = false
				continue
			}
			g.past[i].set(j)
			g.past[i].or(g.past[j])
			g.whole[i] = g.whole[i] && g.whole[j]
		}
		g.index[g.Events[i].ID] = i
		if g.whole[i] {
			anyone.or(g.past[i])
		}
	}
	for i := range g.Events {
		if g.whole[i] && !anyone.has(i) {
			g.heads = append(g.heads, i)
		}
	}
	return g
}

// order sorts causes before what they caused; what stands free of one another is sorted by Older. Events that name one
// another in a ring, which no honest hash allows, come last. Beside the events it returns what each names, once. index is
// an empty map to work with.
func order(es []Event, seen func(Event) []kp1.ID, index map[kp1.ID]int) ([]Event, [][]kp1.ID) {
	byAge := make([]int, len(es))
	for i := range byAge {
		byAge[i] = i
	}
	slices.SortFunc(byAge, func(i, j int) int { return older(&es[i].Meta, &es[j].Meta) })
	for at, i := range byAge {
		index[es[i].ID] = at
	}
	named := make([][]kp1.ID, len(es))
	w := newWaits(len(es))
	for at, i := range byAge {
		named[at] = distinct(seen(es[i]))
		for _, id := range named[at] {
			if j, ok := index[id]; ok {
				w.wait(at, j)
			}
		}
	}
	events, names := make([]Event, len(es)), make([][]kp1.ID, len(es))
	for to, at := range w.order() {
		events[to], names[to] = es[byAge[at]], named[at]
	}
	return events, names
}

// distinct returns ids without doubles: themselves when they ascend, as they mostly do.
func distinct(ids []kp1.ID) []kp1.ID {
	for i := 1; i < len(ids); i++ {
		if ids[i-1].Compare(ids[i]) >= 0 {
			return SortIDs(ids)
		}
	}
	return ids
}

// waits says which of n things come after which.
type waits struct {
	left  []int // for how many each waits
	first []int // the first link of those that wait for it, or -1
	links []link
}

type link struct{ who, next int }

func newWaits(n int) *waits {
	w := &waits{left: make([]int, n), first: make([]int, n), links: make([]link, 0, 2*n)}
	for i := range w.first {
		w.first[i] = -1
	}
	return w
}

// wait says that i comes after j.
func (w *waits) wait(i, j int) {
	w.left[i]++
	w.links = append(w.links, link{i, w.first[j]})
	w.first[j] = len(w.links) - 1
}

// order lists all, the smallest first of those that wait for nothing any more, and last what waits in a ring.
func (w *waits) order() []int {
	ready := make(heap, 0, len(w.left))
	for i, n := range w.left {
		if n == 0 {
			ready.push(i)
		}
	}
	out := make([]int, 0, len(w.left))
	for len(ready) > 0 {
		i := ready.pop()
		out = append(out, i)
		for at := w.first[i]; at >= 0; at = w.links[at].next {
			who := w.links[at].who
			if w.left[who]--; w.left[who] == 0 {
				ready.push(who)
			}
		}
	}
	for i, n := range w.left {
		if n > 0 {
			out = append(out, i)
		}
	}
	return out
}

// heap gives the smallest number first.
type heap []int

func (h *heap) push(v int) {
	*h = append(*h, v)
	s := *h
	for i := len(s) - 1; i > 0 && s[(i-1)/2] > s[i]; i = (i - 1) / 2 {
		s[(i-1)/2], s[i] = s[i], s[(i-1)/2]
	}
}

func (h *heap) pop() int {
	s := *h
	top, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	for i := 0; ; {
		kid := 2*i + 1
		if kid >= len(s) {
			break
		}
		if kid+1 < len(s) && s[kid+1] < s[kid] {
			kid++
		}
		if s[i] <= s[kid] {
			break
		}
		s[i], s[kid] = s[kid], s[i]
		i = kid
	}
	*h = s
	return top
}

// Len returns the number of events.
func (g *Graph) Len() int { return len(g.Events) }

// Find returns the place of an event in Events.
func (g *Graph) Find(id kp1.ID) (int, bool) {
	i, ok := g.index[id]
	return i, ok
}

// Saw reports whether event i had seen event j.
func (g *Graph) Saw(i, j int) bool { return g.past[i].has(j) }

// Apart reports whether neither of two different events had seen the other.
func (g *Graph) Apart(i, j int) bool { return i != j && !g.Saw(i, j) && !g.Saw(j, i) }

// Whole reports whether everything event i builds on is here.
func (g *Graph) Whole(i int) bool { return g.whole[i] }

// Past lists what event i had seen, in order.
func (g *Graph) Past(i int) []int {
	var out []int
	for j := range i {
		if g.past[i].has(j) {
			out = append(out, j)
		}
	}
	return out
}

// PastOf lists what somebody who names ids had seen, those included, in order. ok is false when something is missing.
func (g *Graph) PastOf(ids []kp1.ID) (past []int, ok bool) {
	all, ok := make(bits, (len(g.Events)+63)/64), true
	for _, id := range ids {
		i, here := g.index[id]
		if !here {
			ok = false
			continue
		}
		ok = ok && g.whole[i]
		all.set(i)
		all.or(g.past[i])
	}
	for i := range g.Events {
		if all.has(i) {
			past = append(past, i)
		}
	}
	return past, ok
}

// All lists every event, in order.
func (g *Graph) All() []int {
	out := make([]int, len(g.Events))
	for i := range out {
		out[i] = i
	}
	return out
}

// Heads lists the events that no other has seen: what a next act names as its base, at most MaxBase, the greatest ids
// when there are more. Sorted. What waits for something is left out, so that one act that waits does not make all later
// ones wait.
func (g *Graph) Heads() []kp1.ID {
	out := make([]kp1.ID, len(g.heads))
	for i, h := range g.heads {
		out[i] = g.Events[h].ID
	}
	out = SortIDs(out)
	return out[max(0, len(out)-MaxBase):]
}

// Latest returns the newest of the events for which ok holds: seen by no other such event. When several stand apart from
// one another they are all returned, the greatest id first, and the first is the one in force.
func (g *Graph) Latest(ok func(i int) bool) []int {
	var out []int
	for i := range g.Events {
		if !ok(i) {
			continue
		}
		out = slices.DeleteFunc(out, func(j int) bool { return g.Saw(i, j) })
		out = append(out, i)
	}
	slices.SortFunc(out, func(i, j int) int { return g.Events[j].ID.Compare(g.Events[i].ID) })
	return out
}

// ToRecords returns events for a checkpoint.
func ToRecords(es []Event) ([]Record, error) {
	out := make([]Record, len(es))
	for i, e := range es {
		r, err := ToRecord(e)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// FromRecords reads events back. They must be sorted by id, none twice.
func FromRecords(rs []Record, dec Decoder) ([]Event, error) {
	out := make([]Event, len(rs))
	for i, r := range rs {
		e, err := r.Event(dec)
		if err != nil {
			return nil, err
		}
		if i > 0 && out[i-1].ID.Compare(e.ID) >= 0 {
			return nil, fmt.Errorf("events out of order: %w", kp1.ErrForm)
		}
		out[i] = e
	}
	return out, nil
}
