package group

import (
	"testing"

	"kith/store/kp1"
)

// secondHand is an Approve of what somebody else has proposed, as its author files it.
func (w *world) secondHand(d *dev, p Op, action Body) Op {
	w.t.Helper()
	return w.must(d, NewApprove(p.ID, action, nil))
}

// TestT16TwoConsentsAtOnce: two people consent to the first steward, neither with the other's consent. Each has the steward
// already when the other's comes, and both take it in: else each holds back how the other came to have one, with all that
// was said in the knowledge of that, and the only word that could let it in is that of whom it is about.
func TestT16TwoConsentsAtOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(w *world) Body
		want string
	}{
		{"of who is in", func(w *world) Body { return NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankSteward, nil) }, "ann 2, bob 2, cat 2, dan 3"},
		{"of who is let in", func(w *world) Body { return w.admit("eve", kp1.RankSteward) }, "ann 2, bob 2, cat 2, dan 1, eve 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := three(t)
			ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
			act := c.act(w)
			prop, err := NewPropose(act)
			if err != nil {
				t.Fatal(err)
			}
			p := w.must(ann, prop)
			w.everybody("ann", "bob", "cat", "dan")
			before := len(w.ops)
			first := w.secondHand(bob, p, act)
			keys := w.must(bob, w.rekey(bob, "with a steward")) // rests on the consent
			other := w.secondHand(cat, p, act)
			more := w.must(cat, NewAck())
			left := logOf(t, false, append(w.ops[:before:before], first, keys, other, more))
			right := logOf(t, false, append(w.ops[:before:before], other, more, first, keys))
			for name, l := range map[string]*Log{"who heard bob first": left, "who heard cat first": right} {
				if held := l.Held(); len(held) > 0 {
					t.Errorf("%s holds %d ops back", name, len(held))
				}
				if got := in(l, "ann", "bob", "cat", "dan", "eve"); got != c.want {
					t.Errorf("%s: %q, want %q", name, got, c.want)
				}
				if e, ok := l.Pick(kp1.CompTeam); !ok || e != keys.epoch(t) {
					t.Errorf("%s writes under %v, %v", name, e, ok)
				}
			}
			if left.State().Hash() != right.State().Hash() {
				t.Error("the two sides differ")
			}
		})
	}
}

// epoch is the one that an op makes.
func (o Op) epoch(t tb) kp1.EID {
	t.Helper()
	b, err := DecodeBody(o.Type, o.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b.(Rekey).Epoch
}

// TestT12StewardOnceMore: what was taken in so is no key to anything. From the time when ann led alone, her idle device makes a
// steward of who is one by now, a second of somebody else, or one of a steward who has stepped down since: all of that waits.
func TestT12StewardOnceMore(t *testing.T) {
	for _, c := range []struct {
		name string
		who  string
		down bool
	}{{"of who is one", "bob", false}, {"of somebody else", "dan", false}, {"of who was one", "bob", true}} {
		t.Run(c.name, func(t *testing.T) {
			w := found(t, PolicyFields{})
			ann, idle, bob, cat := w.dev("ann", 0), w.dev("ann", 1), w.dev("bob", 0), w.dev("cat", 0)
			w.must(ann, AddDevice{idle.cert})
			w.must(ann, w.admit("bob", kp1.RankMember))
			w.must(ann, w.admit("dan", kp1.RankMember))
			w.meet(ann, idle)
			w.must(ann, w.admit("cat", kp1.RankAdmin))
			w.meet(ann, bob, cat)
			w.second(ann, cat, NewSetRole(w.all.State(), bob.who.id, kp1.RankSteward, nil))
			w.meet(ann, bob, cat)
			if c.down {
				w.must(bob, NewSetRole(w.all.State(), bob.who.id, kp1.RankAdmin, nil))
			}
			honest := logOf(t, false, w.ops)
			want := honest.State().Hash()
			forged := w.must(idle, SetRole{Member: someone(t, c.who).id, Rank: kp1.RankSteward})
			if err := add(honest, forged); !is(err, ErrWaiting) || honest.State().Hash() != want {
				t.Errorf("Add = %v, want ErrWaiting", err)
			}
		})
	}
}

// TestT16RemovedAndRaised: two admins take somebody out, and two others, who have not heard of it, make a steward of the same
// person. Here a group means to part: a steward goes by a steward's hand alone, or two admins with an idle device each could take
// out any steward from the time before. Both sides hear that something waits and why, both write on, and the rank of that
// person settles it: once they step down, the removal enters everywhere, and an admin may let them in anew.
func TestT16RemovedAndRaised(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob, cat, dan, eve := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0), w.dev("eve", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.everybody("ann", "bob")
	for _, n := range []string{"cat", "dan", "eve"} {
		w.second(ann, bob, w.admit(n, kp1.RankAdmin))
	}
	w.everybody("ann", "bob", "cat", "dan", "eve")
	before := len(w.ops)
	removal := w.second(ann, bob, NewRemove(eve.who.id, nil, 5))
	keys := w.must(ann, w.rekey(ann, "without eve"))
	out := w.ops[before:len(w.ops):len(w.ops)]
	mid := len(w.ops)
	w.second(cat, dan, NewSetRole(mustAt(t, w, cat), eve.who.id, kp1.RankSteward, nil))
	w.meet(cat, dan, eve)
	w.must(eve, NewAck())
	raised := w.ops[mid:len(w.ops):len(w.ops)]

	one := logOf(t, false, append(append(w.ops[:before:before], out...), raised...))
	two := logOf(t, false, append(append(w.ops[:before:before], raised...), out...))
	if got := in(one, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, bob 2, cat 2, dan 2" {
		t.Errorf("who heard of the removal first: %q", got)
	}
	if got := in(two, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, bob 2, cat 2, dan 2, eve 3" {
		t.Errorf("who heard of the raising first: %q", got)
	}
	// It is told: what waits, whose key it lacks, and about whom.
	told := false
	for _, m := range two.Review() {
		told = told || m.Kind == Waiting && m.Op == removal.ID && m.Fence == FenceLate && m.Loss == LossKeys && m.Member == eve.who.id
	}
	if !told {
		t.Errorf("nobody on that side is told of the removal that waits: %+v", two.Review())
	}
	// No admin's word alters it.
	for _, d := range []*dev{cat, dan} {
		two.Vouch(d.id, []kp1.ID{removal.ID})
	}
	if two.Admitted(removal.ID) {
		t.Error("two admins took out a steward")
	}
	// The way out.
	down := w.must(eve, NewSetRole(mustAt(t, w, eve), eve.who.id, kp1.RankAdmin, nil))
	for name, l := range map[string]*Log{"one": one, "two": two} {
		if err := add(l, down); err != nil && !is(err, ErrWaiting) {
			t.Fatal(err)
		}
		l.Vouch(ann.id, []kp1.ID{down.ID}) // said in words as well: somebody on the side that took her out hears that she stepped down
		if held := l.Held(); len(held) > 0 {
			t.Errorf("%s: %d ops wait: %+v", name, len(held), l.Review())
		}
		if e, ok := l.Pick(kp1.CompTeam); !ok || e != keys.epoch(t) {
			t.Errorf("%s has no key of all to write under: %v, %v", name, e, ok)
		}
	}
	if one.State().Hash() != two.State().Hash() {
		t.Errorf("the sides differ: %q and %q", in(one, "ann", "bob", "cat", "dan", "eve"), in(two, "ann", "bob", "cat", "dan", "eve"))
	}
	w.everybody("ann", "bob", "cat", "dan", "eve")
	back := w.second(ann, cat, w.admit("eve", kp1.RankAdmin))
	for name, l := range map[string]*Log{"one": one, "two": two} {
		for _, o := range w.ops {
			if err := add(l, o); err != nil {
				t.Fatal(err)
			}
		}
		if got := in(l, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, bob 2, cat 2, dan 2, eve 2" || l.Standing(back.ID) != nil {
			t.Errorf("%s after the way back: %q, %v", name, got, l.Standing(back.ID))
		}
	}
}

// mustAt is the group as a device sees it.
func mustAt(t tb, w *world, d *dev) State {
	t.Helper()
	st, err := w.all.At(w.heads(d.id))
	if err != nil {
		t.Fatal(err)
	}
	return st
}
