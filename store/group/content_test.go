package group

import (
	"testing"

	"kith/store/kp1"
)

// TestT26 is the table of late content.
func TestT26Content(t *testing.T) {
	id := func(n int) kp1.ID { return kp1.ID(seed("content %d", n)) }
	line := func(d *dev, seq int) CutEntry {
		return CutEntry{Device: d.id, Comp: 1, Seq: uint64(seq), ID: [32]byte(id(seq))}
	}
	for _, c := range []struct {
		name  string
		comp  uint8
		seq   int
		leads func(kp1.ID) bool
		play  func(w *world, ann, cat, dan *dev)
		want  Ruling
	}{
		{name: "no removal", comp: 1, seq: 9, want: Accept, play: func(*world, *dev, *dev, *dev) {}},
		{name: "before the cut", comp: 1, seq: 2, want: Accept, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
		}},
		{name: "at the cut", comp: 1, seq: 5, want: Accept, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
		}},
		{name: "after the cut", comp: 1, seq: 6, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
		}},
		{name: "forked at the cut", comp: 1, seq: 5, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			cut := line(dan, 5)
			cut.ID = [32]byte(seed("the other branch"))
			w.must(ann, NewRemove(dan.who.id, Cut{cut}, 0))
		}},
		{
			name: "forked before the cut", comp: 1, seq: 4, want: Hidden, leads: func(kp1.ID) bool { return false },
			play: func(w *world, ann, _, dan *dev) { w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0)) },
		},
		{
			name: "on the chain of the cut", comp: 1, seq: 4, want: Accept, leads: func(tip kp1.ID) bool { return tip == id(5) },
			play: func(w *world, ann, _, dan *dev) { w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0)) },
		},
		{name: "another compartment's cut", comp: 0, seq: 2, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
		}},
		{name: "empty cut by spite", comp: 1, seq: 1, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
		}},
		{name: "two removals, one cut covers", comp: 1, seq: 4, want: Hidden, play: func(w *world, ann, cat, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
			w.must(cat, NewRemove(dan.who.id, Cut{line(dan, 3)}, 0))
		}},
		{name: "two removals, both cover", comp: 1, seq: 3, want: Accept, play: func(w *world, ann, cat, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, Cut{line(dan, 5)}, 0))
			w.must(cat, NewRemove(dan.who.id, Cut{line(dan, 3)}, 0))
		}},
		{name: "let in late by name, over two removals", comp: 1, seq: 4, want: Accept, play: func(w *world, ann, cat, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
			w.must(cat, NewRemove(dan.who.id, nil, 0))
			w.must(ann, NewAdmitLate([]kp1.ID{id(4)}, nil))
		}},
		{name: "let in late by a later cut", comp: 1, seq: 4, want: Accept, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
			w.must(ann, NewAdmitLate(nil, Cut{line(dan, 5)}))
		}},
		{name: "let in late by an admin removed meanwhile", comp: 1, seq: 4, want: Hidden, play: func(w *world, ann, cat, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
			w.must(ann, NewAdmitLate([]kp1.ID{id(4)}, nil))
			w.second(cat, w.dev("bob", 0), NewRemove(ann.who.id, nil, 4))
		}},
		{name: "let in late by a member", comp: 1, seq: 4, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
			w.mustNot(w.dev("eve", 0), NewAdmitLate([]kp1.ID{id(4)}, nil), ErrNotAllowed)
		}},
		{name: "re-admitted, old content", comp: 1, seq: 4, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewRemove(dan.who.id, nil, 0))
			w.must(ann, w.admit("dan", kp1.RankMember))
		}},
		{name: "made a guest: the team's compartment", comp: 1, seq: 4, want: Hidden, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewSetRole(w.all.State(), dan.who.id, kp1.RankGuest, nil))
		}},
		{name: "made a guest: everybody's compartment", comp: 0, seq: 4, want: Accept, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, NewSetRole(w.all.State(), dan.who.id, kp1.RankGuest, nil))
		}},
		{name: "device revoked by its owner, cut covers", comp: 1, seq: 4, want: Accept, play: func(w *world, _, _, dan *dev) {
			w.must(w.dev("dan", 1), NewRevoke([]kp1.DID{dan.id}, Cut{line(dan, 4)}))
		}},
		{name: "device revoked by its owner, after", comp: 1, seq: 5, want: Hidden, play: func(w *world, _, _, dan *dev) {
			w.must(w.dev("dan", 1), NewRevoke([]kp1.DID{dan.id}, Cut{line(dan, 4)}))
		}},
		{name: "caught signing twice, cut covers", comp: 1, seq: 4, want: Accept, play: func(w *world, ann, _, dan *dev) {
			w.must(ann, evidence(dan, 1, 7, Cut{line(dan, 6)}))
		}},
		{name: "left", comp: 1, seq: 6, want: Hidden, play: func(w *world, _, _, dan *dev) {
			w.must(w.dev("dan", 1), NewLeave(dan.who.id, Cut{line(dan, 5)}))
		}},
		{name: "the admins' compartment", comp: 2, seq: 1, want: Refused, play: func(*world, *dev, *dev, *dev) {}},
		{name: "a reserved compartment", comp: 3, seq: 1, want: Refused, play: func(*world, *dev, *dev, *dev) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := three(t)
			w.must(w.dev("ann", 0), w.admit("eve", kp1.RankMember))
			w.everybody("ann", "bob", "cat", "dan", "eve")
			ann, cat, dan := w.dev("ann", 0), w.dev("cat", 0), w.dev("dan", 0)
			ref := ContentRef{Device: dan.id, Comp: c.comp, Seq: uint64(c.seq), ID: id(c.seq), Auth: w.heads(dan.id), Leads: c.leads}
			before := w.all.Changes()
			c.play(w, ann, cat, dan)
			got := w.all.Content(ref)
			if got.Ruling != c.want {
				t.Fatalf("Content = %+v, want ruling %d", got, c.want)
			}
			if got.Ruling != Refused && (got.Member != dan.who.id || got.Rank != kp1.RankMember) {
				t.Errorf("Content = %+v, want it to be dan's, a member's", got)
			}
			if got.Ruling == Hidden && (len(got.By) == 0 || w.all.Changes() == before) {
				t.Errorf("hidden by %v, Changes %d -> %d", got.By, before, w.all.Changes())
			}
			for i := range 3 { // the same on every replica
				k := uint64(i)
				other := logOf(t, true, shuffle(w.ops, func(n int) int { k = k*6364136223846793005 + 1; return int(k>>33) % n }))
				if again := other.Content(ref); again.Ruling != got.Ruling {
					t.Fatalf("another replica rules %d, want %d", again.Ruling, got.Ruling)
				}
			}
		})
	}
}

// TestT26Heads rules by what a content op says it knew.
func TestT26Heads(t *testing.T) {
	w := three(t)
	dan := w.dev("dan", 0)
	old := w.heads(dan.id)
	w.must(w.dev("ann", 0), NewAck())
	w.everybody("ann", "dan")
	now := w.heads(dan.id)
	ref := ContentRef{Device: dan.id, Comp: 1, Seq: 2, ID: kp1.ID{1}, Auth: now}
	if got := w.all.Content(ref).Ruling; got != Accept {
		t.Errorf("knowing of all: %d, want Accept", got)
	}
	ref.Auth = old
	if got := w.all.Content(ref).Ruling; got != Accept {
		t.Errorf("knowing less than all: %d, want Accept", got)
	}
	ref.Auth = []kp1.ID{{7}}
	if got := w.all.Content(ref); got.Ruling != Wait || len(got.By) != 1 {
		t.Errorf("naming what is not here: %+v, want Wait for it", got)
	}
	ref.Auth = nil
	if got := w.all.Content(ref).Ruling; got != Refused {
		t.Errorf("naming nothing: %d, want Refused", got)
	}
	w.must(w.dev("ann", 0), NewRemove(dan.who.id, nil, 0))
	w.everybody("ann", "dan")
	ref.Auth = w.heads(dan.id)
	if got := w.all.Content(ref).Ruling; got != Refused {
		t.Errorf("written after the own removal: %d, want Refused", got)
	}
	w.must(w.dev("ann", 0), w.admit("dan", kp1.RankGuest))
	w.everybody("ann", "dan")
	ref.Auth, ref.Comp = w.heads(dan.id), 0
	if got := w.all.Content(ref); got.Ruling != Accept || got.Rank != kp1.RankGuest {
		t.Errorf("written after coming back as a guest: %+v, want Accept", got)
	}
	ref.Comp = 1
	if got := w.all.Content(ref).Ruling; got != Refused {
		t.Errorf("a guest in the team's compartment: %d, want Refused", got)
	}
}
