package act

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// node is an act that names others and has words in some state.
type node struct {
	base []kp1.ID
	Worded
}

func (node) Type() string       { return "test/node" }
func (n node) Refs() []kp1.ID   { return n.base }
func (node) Parts() (any, any)  { return map[string]any{}, nil }
func (node) Valid() error       { return nil }
func (n node) Bare(w Words) Act { n.State = w; return n }
func seenOf(e Event) []kp1.ID   { return e.Act.Refs() }
func id(n byte) kp1.ID          { return kp1.ID{31: n} }
func event(n byte, base ...byte) Event {
	var ids []kp1.ID
	for _, b := range base {
		ids = append(ids, id(b))
	}
	return Event{Meta{ID: id(n), Time: uint64(n)}, node{base: ids}}
}

func TestGraph(t *testing.T) {
	// 1 <- 2, 1 <- 3, {2,3} <- 4, 9 waits for 8, which is not here; 10 builds on 9.
	es := []Event{event(1), event(2, 1), event(3, 1), event(4, 2, 3), event(9, 4, 8), event(10, 9)}
	g := NewGraph(es, seenOf)
	at := func(n byte) int { i, _ := g.Find(id(n)); return i }
	if !g.Saw(at(4), at(1)) || g.Saw(at(1), at(4)) || g.Saw(at(2), at(3)) || g.Saw(at(4), at(4)) {
		t.Errorf("Saw is wrong")
	}
	if !g.Apart(at(2), at(3)) || g.Apart(at(2), at(4)) || g.Apart(at(2), at(2)) {
		t.Errorf("Apart is wrong")
	}
	for n, want := range map[byte]bool{1: true, 4: true, 9: false, 10: false} {
		if got := g.Whole(at(n)); got != want {
			t.Errorf("Whole(%d) = %v, want %v", n, got, want)
		}
	}
	if got := g.Heads(); !slices.Equal(got, []kp1.ID{id(4)}) {
		t.Errorf("Heads = %v, want 4 alone: what waits is no head", got)
	}
	if past, ok := g.PastOf([]kp1.ID{id(2)}); !ok || !slices.Equal(past, []int{at(1), at(2)}) {
		t.Errorf("PastOf(2) = %v, %v", past, ok)
	}
	if _, ok := g.PastOf([]kp1.ID{id(10)}); ok {
		t.Errorf("PastOf(10) is whole, want not: 8 is missing")
	}
	if _, ok := g.PastOf([]kp1.ID{id(77)}); ok {
		t.Errorf("PastOf(77) is whole, want not")
	}
	if got := g.Latest(func(i int) bool { return i == at(2) || i == at(3) }); !slices.Equal(got, []int{at(3), at(2)}) {
		t.Errorf("Latest(2, 3) = %v, want both, the greater id first", got)
	}
}

func TestHeadsAtTheLimit(t *testing.T) {
	var es []Event
	for n := range byte(MaxBase + 1) {
		es = append(es, event(n+1))
	}
	if got := NewGraph(es, seenOf).Heads(); len(got) != MaxBase || got[MaxBase-1] != id(MaxBase+1) {
		t.Errorf("%d heads, want the %d greatest ids", len(got), MaxBase)
	}
	if got := NewGraph(es[:MaxBase], seenOf).Heads(); len(got) != MaxBase {
		t.Errorf("%d heads, want %d", len(got), MaxBase)
	}
}

// TestRing: no honest hash lets events name one another in a ring, and bytes that claim it must not hang us.
func TestRing(t *testing.T) {
	g := NewGraph([]Event{event(1, 2), event(2, 1), event(3, 3), event(4)}, seenOf)
	for n, want := range map[byte]bool{1: false, 2: false, 3: false, 4: true} {
		i, _ := g.Find(id(n))
		if got := g.Whole(i); got != want {
			t.Errorf("Whole(%d) = %v, want %v", n, got, want)
		}
	}
}

// TestGraphOrder: causes stand before what they caused, and the order does not depend on the order of arrival.
func TestGraphOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 3))
		var es []Event
		for n := byte(1); n < 40; n++ {
			e := event(n)
			e.Time = r.Uint64N(5)
			var base []kp1.ID
			for range r.IntN(3) {
				base = append(base, id(1+byte(r.IntN(int(n)))))
			}
			e.Act = node{base: slices.DeleteFunc(base, func(b kp1.ID) bool { return b == e.ID })}
			es = append(es, e)
		}
		g := NewGraph(es, seenOf)
		for i, e := range g.Events {
			for _, b := range e.Act.Refs() {
				if j, ok := g.Find(b); !ok || j >= i || !g.Saw(i, j) {
					rt.Fatalf("event at %d names one at %d", i, j)
				}
			}
		}
		r.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
		if !slices.EqualFunc(g.Events, NewGraph(es, seenOf).Events, func(a, b Event) bool { return a.ID == b.ID }) {
			rt.Fatalf("another order of arrival, another order")
		}
	})
}

func TestInsert(t *testing.T) {
	in := func(n byte, w Words) Event {
		e := event(n)
		e.Act = node{Worded: Worded{w}}
		return e
	}
	have := []Event{in(2, Here), in(4, Away)}
	got, changed := Insert(have, in(3, Here), in(1, Here), in(3, Taken), in(4, Here), in(2, Away), in(3, Away))
	want := []Event{in(1, Here), in(2, Here), in(3, Taken), in(4, Here)}
	same := func(a, b Event) bool { return a.ID == b.ID && WordsOf(a.Act) == WordsOf(b.Act) }
	if !changed || !slices.EqualFunc(got, want, same) {
		t.Errorf("Insert = %v, want %v", got, want)
	}
	if WordsOf(have[1].Act) != Away || len(have) != 2 {
		t.Errorf("Insert wrote to what it was given")
	}
	if _, changed := Insert(got, in(3, Here), in(1, Away)); changed {
		t.Errorf("Insert of what is known says that something changed")
	}
}

func TestIDs(t *testing.T) {
	links := kp1.Links([]kp1.ID{id(1), id(2), id(3)})
	for _, c := range []struct {
		name string
		in   []kp1.Link
		want error
	}{
		{"at the limit", links, nil},
		{"over the limit", append(slices.Clone(links), kp1.Link(id(4))), RuleTooMany},
		{"twice", []kp1.Link{links[0], links[0]}, RuleForm},
		{"out of order", []kp1.Link{links[1], links[0]}, RuleForm},
	} {
		if _, err := IDs(c.in, 3); err != c.want && (err == nil || err.Error() != c.want.Error()) {
			t.Errorf("IDs(%s) = %v, want %v", c.name, err, c.want)
		}
	}
	if got := Refs([]kp1.ID{id(2), {}, id(1)}, []kp1.ID{id(2)}); !slices.Equal(got, []kp1.ID{id(1), id(2)}) {
		t.Errorf("Refs = %v, want 1 and 2", got)
	}
}
