package group

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestT9 holds the resolver to a naive one written apart from it, and to itself under other orders of delivery.
func TestT9Convergence(t *testing.T) {
	valid, void, all := 0, 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 9))
		w := history(rt, r, rapid.IntRange(30, 90).Draw(rt, "steps"))
		or := newOracle(w.ops)
		for _, o := range w.ops {
			n := w.all.nodes[w.all.index[o.ID]]
			if got, want := n.err == nil, or.valid(or.ops[o.ID]); got != want {
				rt.Fatalf("%s seq %d: valid = %v (%v), oracle says %v", o.Type, o.Seq, got, n.err, want)
			}
			all++
			if n.err == nil {
				valid++
			}
			if w.all.cur.void.has(w.all.index[o.ID]) {
				void++
			}
		}
		for k, s := range prefixes(w, r, 3) {
			got := summaryOf(w.all.stateOf(w.all.resolve(s)))
			if want := or.resolve(w.idsOf(s)).summary(); got != want {
				rt.Fatalf("prefix %d of %d ops:\n got %s\nwant %s", k, s.count(), got, want)
			}
		}
		want := w.all.State().Hash()
		for range 2 {
			other := logOf(rt, true, reordered(w, r))
			if got := other.State().Hash(); got != want {
				rt.Fatalf("another order gives %x, want %x", got, want)
			}
		}
	})
	t.Logf("%d ops, %d valid, %d void", all, valid, void)
	if valid == 0 || void == 0 {
		t.Errorf("histories with %d valid and %d void ops show nothing", valid, void)
	}
}

// TestT10 says that a removal, once in, holds until an Admit that knows of it.
func TestT10NoResurrection(t *testing.T) {
	removals := 0
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 10))
		w := history(rt, r, rapid.IntRange(20, 60).Draw(rt, "steps"))
		for _, s := range prefixes(w, r, 5) {
			st := w.all.stateOf(w.all.resolve(s))
			s.minus(set{}, func(i int) bool {
				n := w.all.nodes[i]
				rm, ok := n.deed.body.(Remove)
				if n.err != nil || !ok {
					return true
				}
				removals++
				m, back := st.Member(rm.Member)
				if back && !w.all.nodes[w.all.index[m.Entry]].past.has(i) {
					rt.Fatalf("member %s is in on an Admit that does not know of a removal", rm.Member.Short())
				}
				return true
			})
			for _, d := range st.Devices {
				for _, i := range w.all.revokes[d.ID] {
					if s.has(i) {
						rt.Fatalf("device %s is in though revoked", d.ID.Short())
					}
				}
			}
		}
	})
	if removals == 0 {
		t.Error("no valid removal in any history")
	}
}

// TestT11 says that nothing a removed member writes beside the removal counts, but for removals (G3, G4).
func TestT11NothingByTheRemoved(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 11))
		w := found(rt, PolicyFields{}, "sue")
		ann := w.dev("ann", 0)
		w.must(ann, AddDevice{w.dev("ann", 1).cert})
		w.meet(ann, w.dev("sue", 0))
		for _, n := range cast[2:8] {
			w.must(w.dev("sue", 0), w.admit(n, kp1.RankMember+uint8(r.IntN(2)), w.dev(n, 1).cert))
		}
		w.everybody(cast...)
		gone := someone(t, cast[2+r.IntN(3)])
		old := w.knew[gone.devs[0].id]
		w.must(w.dev("sue", 0), NewRemove(gone.id, nil, 3))
		before := w.all.State()
		g := &gossip{w, r, nil}
		for range 12 {
			d := gone.devs[r.IntN(2)]
			w.knew[d.id] = w.knew[d.id].union(old)
			st, err := w.all.At(w.heads(d.id))
			if err != nil {
				rt.Fatal(err)
			}
			if b := g.body(d, st); b != nil {
				g.write(d, b)
			}
		}
		after := w.all.State()
		for _, m := range after.Members {
			was, ok := before.Member(m.ID)
			if !ok || m.Rank > was.Rank {
				rt.Fatalf("the removed brought in or raised %s", m.ID.Short())
			}
		}
		for _, m := range before.Members {
			now, ok := after.Member(m.ID)
			if m.Rank == kp1.RankSteward && (!ok || now.Rank != m.Rank) {
				rt.Fatal("the removed touched a steward")
			}
		}
		for _, d := range after.Devices {
			if _, ok := before.Device(d.ID); !ok {
				rt.Fatalf("the removed brought in device %s", d.ID.Short())
			}
		}
		if before.Policy.DeviceAdd != after.Policy.DeviceAdd || len(after.Policy.Mailboxes) != len(before.Policy.Mailboxes) {
			rt.Fatal("the removed changed the policy")
		}
	})
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
