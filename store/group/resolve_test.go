package group

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// dice returns the chance of one random case of a test.
func dice(rt *rapid.T, test uint64) *rand.Rand {
	return rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), test))
}

// counts are what a random case has met, so that a test can say that its cases show something.
type counts struct{ ops, valid, void, held, freed int }

func (c *counts) add(d counts) {
	c.ops, c.valid, c.void = c.ops+d.ops, c.valid+d.valid, c.void+d.void
	c.held, c.freed = c.held+d.held, c.freed+d.freed
}

// TestT9 holds the resolver to a naive one written apart from it, and to itself under other orders of delivery.
func TestT9Convergence(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(t9Converges(rt, dice(rt, 9))) })
	t.Logf("%+v", met)
	if met.valid == 0 || met.void == 0 {
		t.Errorf("histories with %d valid and %d void ops show nothing", met.valid, met.void)
	}
}

func t9Converges(t tb, r *rand.Rand) (met counts) {
	w := history(t, r, 30+r.IntN(60))
	or := newOracle(w.ops)
	for _, o := range w.ops {
		n := w.all.nodes[w.all.index[o.ID]]
		if got, want := n.err == nil, or.valid(or.ops[o.ID]); got != want {
			t.Fatalf("%s seq %d: valid = %v (%v), oracle says %v", o.Type, o.Seq, got, n.err, want)
		}
		met.ops++
		if n.err == nil {
			met.valid++
		}
		if w.all.cur.void.has(w.all.index[o.ID]) {
			met.void++
		}
	}
	for k, s := range prefixes(w, r, 3) {
		got := summaryOf(w.all.stateOf(w.all.resolve(s)))
		means := or.resolve(w.idsOf(s))
		if want := means.summary(); got != want {
			t.Fatalf("prefix %d of %d ops:\n got %s\nwant %s", k, s.count(), got, want)
		}
		if err := means.ofThoseOut(w.all.resolve(s)); err != nil {
			t.Fatalf("prefix %d of %d ops: %v", k, s.count(), err)
		}
	}
	want, matters := w.all.State().Hash(), w.all.Review()
	for range 2 {
		other := logOf(t, true, reordered(w, r))
		if got := other.State().Hash(); got != want {
			t.Fatalf("another order gives %x, want %x", got, want)
		}
		if got := other.Review(); !reflect.DeepEqual(got, matters) {
			t.Fatalf("another order reviews %q, want %q", lines(other), lines(w.all))
		}
	}
	return met
}

// TestT9NeverIn: a Remove of somebody whose only Admit was undone counts for nothing, whichever of the two came first.
func TestT9NeverIn(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.everybody("ann", "bob")
	admit := w.must(bob, w.admit("cat", kp1.RankMember))
	out := w.must(ann, NewRemove(bob.who.id, nil, 4)) // without having heard of cat
	w.everybody("ann", "bob")
	again := w.write(ann, NewRemove(someone(t, "cat").id, nil, 5))
	first := w.ops[:len(w.ops)-3]
	for _, order := range [][]Op{{admit, out, again}, {out, admit, again}} {
		l := logOf(t, true, append(slices.Clone(first), order...))
		if err := l.Standing(again.ID); !is(err, ErrNotAllowed) {
			t.Errorf("Standing = %v, want ErrNotAllowed", err)
		}
	}
}

// TestT10 says that a removal, once in, holds until an Admit that knows of it, a demotion until somebody who knows of it
// raises again, and the loss of a device for ever: over causally closed prefixes.
func TestT10NoResurrection(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(t10NoResurrection(rt, dice(rt, 10))) })
	if met.void == 0 || met.held == 0 || met.freed == 0 {
		t.Errorf("%d removals, %d demotions, %d revocations: the histories show nothing", met.void, met.held, met.freed)
	}
}

// t10NoResurrection counts removals as void, demotions as held, and devices taken as freed.
func t10NoResurrection(t tb, r *rand.Rand) (met counts) {
	w := history(t, r, 20+r.IntN(40))
	for _, s := range prefixes(w, r, 5) {
		v := w.all.resolve(s)
		st := w.all.stateOf(v)
		s.minus(set{}, func(i int) bool {
			n := w.all.nodes[i]
			if n.err != nil || n.strike == nil {
				return true
			}
			switch b := n.deed.body.(type) {
			case Remove:
				met.void++
				m, back := st.Member(b.Member)
				if back && !w.all.nodes[w.all.index[m.Entry]].past.has(i) {
					t.Fatalf("member %s is in on an Admit that does not know of a removal", b.Member.Short())
				}
			case SetRole:
				met.held++
				m, back := st.Member(b.Member)
				if back && m.Rank > b.Rank && !slices.ContainsFunc(w.all.ranks[b.Member], func(g int) bool {
					return v.effective(g) && w.all.nodes[g].past.has(i) && w.all.rankGiven(g, b.Member) > b.Rank
				}) {
					t.Fatalf("member %s has rank %d after a demotion to %d, and nobody who knew of it raised them",
						b.Member.Short(), m.Rank, b.Rank)
				}
			case RevokeDevice, Evidence:
				for _, d := range w.all.act(i).Devices {
					met.freed++
					if _, back := st.Device(d); back {
						t.Fatalf("device %s is in though taken", d.Short())
					}
				}
			}
			return true
		})
	}
	return met
}

// TestT19 voids an Admit, sees all that rests on it go, and brings it back with one op.
func TestT19Cascade(t *testing.T) { t19Cascade(t) }

func t19Cascade(t tb) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.everybody("ann", "bob")
	w.must(bob, w.admit("cat", kp1.RankMember, w.dev("cat", 1).cert))
	w.everybody("bob", "cat")
	w.must(w.dev("cat", 0), AddDevice{w.dev("cat", 2).cert})
	rekey := w.must(w.dev("cat", 1), w.rekey(w.dev("cat", 1), "cat"))
	if got, want := in(w.all, "ann", "bob", "cat"), "ann 2, bob 2, cat 1"; got != want {
		t.Fatalf("before: %q, want %q", got, want)
	}
	w.must(ann, NewRemove(bob.who.id, nil, 4)) // without having heard of cat
	if got, want := in(w.all, "ann", "bob", "cat"), "ann 2"; got != want {
		t.Fatalf("after the removal: %q, want %q", got, want)
	}
	if err := w.all.Standing(rekey.ID); !is(err, ErrUndone) {
		t.Errorf("Standing(cat's Rekey) = %v, want ErrUndone", err)
	}
	if len(w.all.State().Devices) != 1 {
		t.Errorf("%d devices, want ann's alone", len(w.all.State().Devices))
	}
	w.everybody("ann", "bob", "cat")
	w.must(ann, w.admit("cat", kp1.RankMember, w.dev("cat", 1).cert))
	if got, want := in(w.all, "ann", "cat"), "ann 2, cat 1"; got != want {
		t.Errorf("after keeping cat: %q, want %q", got, want)
	}
	if got := len(w.all.State().DevicesOf(someone(t, "cat").id)); got != 2 {
		t.Errorf("cat has %d devices, want the two that were named anew", got)
	}
}

// TestT19OldEntry: an act under a re-admission rests on that, and not on the entry from before the removal: once the
// re-admission is undone the act is too, and letting the person in once more does not bring it back (G3).
func TestT19OldEntry(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.must(ann, w.admit("cat", kp1.RankMember))
	w.everybody("ann", "bob", "cat")
	w.must(ann, NewRemove(cat.who.id, nil, 4))
	w.everybody("ann", "bob", "cat")
	w.must(bob, w.admit("cat", kp1.RankMember, w.dev("cat", 1).cert))
	w.everybody("bob", "cat")
	more := w.must(cat, AddDevice{w.dev("cat", 2).cert})
	rekey := w.must(cat, w.rekey(cat, "cat"))
	if got, want := in(w.all, "cat"), "cat 1"; got != want {
		t.Fatalf("let in again: %q, want %q", got, want)
	}
	w.must(ann, NewRemove(bob.who.id, nil, 4)) // without having heard that bob let cat in
	w.everybody("ann", "bob", "cat")
	for _, o := range []Op{more, rekey} {
		if err := w.all.Standing(o.ID); !is(err, ErrUndone) {
			t.Errorf("Standing(%s) = %v, want ErrUndone", o.Type, err)
		}
	}
	w.must(ann, w.admit("cat", kp1.RankMember, w.dev("cat", 1).cert))
	if _, back := w.all.State().Device(w.dev("cat", 2).id); back || in(w.all, "cat") != "cat 1" {
		t.Errorf("%q, and the device that was named meanwhile is in: %v", in(w.all, "cat"), back)
	}
}
