package group

import (
	"slices"
	"testing"

	"kith/store/kp1"
)

// TestT13WordOfWhoIsOut: the word of somebody who is out lets nothing in, whenever they say to have given it.
func TestT13WordOfWhoIsOut(t *testing.T) {
	w := three(t)
	ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0)
	w.must(ann, w.admit("eve", kp1.RankMember))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	base := w.ops[:len(w.ops):len(w.ops)]
	spite := w.must(bob, NewRemove(someone(t, "eve").id, nil, 0))
	w.meet(bob, dan)
	word := w.must(dan, NewAck())
	from := len(w.ops)
	w.must(ann, NewRemove(dan.who.id, nil, 0)) // without having heard of either
	w.second(ann, cat, NewRemove(bob.who.id, nil, 0))
	l := logOf(t, false, slices.Concat(base, w.ops[from:], []Op{spite, word}))
	if got, want := in(l, "ann", "bob", "cat", "dan", "eve"), "ann 2, cat 2, eve 1"; got != want || len(l.Held()) != 2 {
		t.Errorf("%q with %d held, want %q with 2", got, len(l.Held()), want)
	}
}

// TestT12LateProof: who has been taken out proves nothing any more with the power they had, whatever member vouches for it.
func TestT12LateProof(t *testing.T) {
	w := three(t)
	ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0)
	w.must(ann, w.admit("eve", kp1.RankMember))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	base := w.ops[:len(w.ops):len(w.ops)]
	proof := w.must(bob, evidence(ann, kp1.ChainAuth, 2, nil))
	from := len(w.ops)
	w.second(w.dev("cat", 0), ann, NewRemove(bob.who.id, nil, 0)) // without having heard of it
	w.meet(ann, cat, dan)
	w.meet(bob, dan)
	word := w.must(dan, NewAck()) // who has heard of both
	l := logOf(t, false, slices.Concat(base, w.ops[from:len(w.ops)-1], []Op{proof, word}))
	if _, there := l.State().Device(ann.id); !there || len(l.Held()) != 2 {
		t.Errorf("ann's device is in: %v, %d held, want it in, and 2", there, len(l.Held()))
	}
}

// TestT13AskedAgain: what waits because its author may not do it now comes in as soon as they may, without anybody's word.
func TestT13AskedAgain(t *testing.T) {
	t.Run("raised again", func(t *testing.T) {
		w := three(t)
		ann, bob, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("dan", 0)
		w.second(ann, bob, NewSetRole(w.all.State(), dan.who.id, kp1.RankAdmin, nil))
		w.everybody("ann", "bob", "cat", "dan")
		base := w.ops[:len(w.ops):len(w.ops)]
		admit := w.must(dan, w.admit("eve", kp1.RankMember))
		from := len(w.ops)
		w.second(ann, bob, NewSetRole(w.all.State(), dan.who.id, kp1.RankMember, nil)) // without having heard of it
		lowered := len(w.ops)
		w.second(ann, bob, NewSetRole(w.all.State(), dan.who.id, kp1.RankAdmin, nil))
		waits(t, base, w.ops[from:lowered], admit, w.ops[lowered:])
	})
	t.Run("confirmed again", func(t *testing.T) {
		w := three(t)
		ann, bob, cat, third := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 2)
		w.must(third, AddDevice{third.cert})
		w.everybody("ann", "bob", "cat", "dan")
		base := w.ops[:len(w.ops):len(w.ops)]
		confirm := w.must(bob, Confirm{third.id})
		w.meet(bob, third)
		ack := w.must(third, NewAck())
		from := len(w.ops)
		w.second(ann, cat, NewRemove(bob.who.id, nil, 0)) // without having heard of either
		removed := len(w.ops)
		w.must(ann, Confirm{third.id})
		waits(t, append(base, confirm), w.ops[from:removed], ack, w.ops[removed:])
	})
}

// waits hears a history, what takes a right away, an op that waits for that, and what gives the right back.
func waits(t *testing.T, base, away []Op, late Op, back []Op) {
	t.Helper()
	l := logOf(t, false, slices.Concat(base, away))
	if err := add(l, late); !is(err, ErrWaiting) {
		t.Fatalf("Add(%s) = %v, want ErrWaiting", late.Type, err)
	}
	for _, o := range back {
		if err := add(l, o); err != nil {
			t.Fatalf("Add(%s) = %v", o.Type, err)
		}
	}
	if held := l.Held(); len(held) > 0 {
		t.Errorf("%d ops wait on", len(held))
	}
}

// TestT14Answered: a fork is answered by an Evidence of that place or an earlier one, and for an admin by one that has their
// power.
func TestT14Answered(t *testing.T) {
	for _, c := range []struct {
		by            string
		seq           func(at uint64) uint64
		member, admin int // forks left to answer for each
	}{
		{"dan", func(at uint64) uint64 { return at }, 0, 1},
		{"cat", func(at uint64) uint64 { return at }, 0, 0},
		{"cat", func(at uint64) uint64 { return at - 1 }, 0, 0},
		{"cat", func(at uint64) uint64 { return at + 1 }, 1, 1},
	} {
		w := three(t)
		bob := w.dev("bob", 0)
		one, two := w.draft(bob, NewAck()), w.draft(bob, NewAck())
		if err := w.file(one); err != nil {
			t.Fatal(err)
		}
		if err := w.file(two); err != nil {
			t.Fatal(err)
		}
		w.must(w.dev(c.by, 0), evidence(bob, kp1.ChainAuth, c.seq(one.Seq), nil))
		l := logOf(t, false, w.ops)
		if m, a := len(l.ForksFor(kp1.RankMember)), len(l.ForksFor(kp1.RankAdmin)); m != c.member || a != c.admin {
			t.Errorf("Evidence by %s of seq %d, forked at %d: %d and %d to answer, want %d and %d", c.by, c.seq(one.Seq), one.Seq, m, a, c.member, c.admin)
		}
	}
}

// TestUnheard: a removal is unheard of until somebody has it in their past who did not sign it.
func TestUnheard(t *testing.T) {
	w := three(t)
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	w.must(ann, NewRemove(someone(t, "dan").id, nil, 0))
	w.must(ann, NewAck())
	if !w.all.Unheard(bob.who.id) || w.all.Unheard(ann.who.id) {
		t.Error("who removed somebody counts as one who heard of it")
	}
	w.meet(ann, cat)
	w.must(cat, NewAck())
	if w.all.Unheard(bob.who.id) {
		t.Error("what cat has heard of is unheard of")
	}
}

// TestT20Given: keys are not used where somebody who may not read any more was given them: not after a lowered rank, nor by who
// made them, nor once a removal has undone the Rekey, though all it names are in.
func TestT20Given(t *testing.T) {
	usable := func(w *world, e kp1.EID) (out []bool) {
		for c := range uint8(3) {
			out = append(out, w.all.Usable(e, c))
		}
		return out
	}
	w := three(t)
	ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0)
	r := w.rekey(ann, "by ann")
	w.must(ann, r)
	w.must(ann, NewSetRole(w.all.State(), dan.who.id, kp1.RankGuest, nil))
	if got, want := usable(w, r.Epoch), []bool{true, false, true}; !slices.Equal(got, want) {
		t.Errorf("after a member became a guest: usable %v, want %v", got, want)
	}

	w = three(t)
	r = w.rekey(dan, "by dan")
	w.must(dan, r)
	w.meet(ann, dan)
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	if got := usable(w, r.Epoch); slices.Contains(got, true) {
		t.Errorf("after its maker was taken out: usable %v", got)
	}

	w = three(t)
	r = w.rekey(bob, "by bob")
	w.must(bob, r)
	w.second(ann, cat, NewRemove(bob.who.id, nil, 0)) // without having heard of it
	w.second(ann, cat, w.admit("bob", kp1.RankAdmin, w.dev("bob", 1).cert))
	if e, ok := w.all.Pick(kp1.CompAll); ok && e == r.Epoch {
		t.Error("the keys of a Rekey that was undone are taken")
	}
}

// TestT18ConfirmedBefore: a word for a device does not count for a later time that it is linked.
func TestT18ConfirmedBefore(t *testing.T) {
	one := DeviceAddConfirm
	w := found(t, PolicyFields{DeviceAdd: &one})
	ann, dan, third := w.dev("ann", 0), w.dev("dan", 0), w.dev("dan", 2)
	w.must(ann, w.admit("dan", kp1.RankMember))
	w.meet(ann, dan)
	w.must(dan, AddDevice{third.cert})
	w.meet(ann, dan)
	w.must(ann, Confirm{third.id})
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	w.must(ann, w.admit("dan", kp1.RankMember))
	w.meet(ann, dan)
	w.must(dan, AddDevice{third.cert})
	if _, in := w.all.State().Device(third.id); in {
		t.Error("in by the word from before the removal")
	}
}

// TestT18AmongGuests: an admin's device waits for nobody where only guests are in, who could not confirm it.
func TestT18AmongGuests(t *testing.T) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	w.must(ann, w.admit("ola", kp1.RankGuest))
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	if _, in := w.all.State().Device(w.dev("ann", 1).id); !in {
		t.Error("waits for a guest's word")
	}
}

// TestSparesLate: a removal that undoes an AdmitLate spares nobody, though it is about somebody else.
func TestSparesLate(t *testing.T) {
	w := three(t)
	ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0)
	at := CutEntry{Device: dan.id, Comp: kp1.CompAll, Seq: 3, ID: [32]byte(seed("c"))}
	content := ContentRef{Device: dan.id, Seq: 3, ID: kp1.ID(at.ID), Auth: w.heads(dan.id)}
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	w.everybody("ann", "bob", "cat")
	w.must(bob, NewAdmitLate(nil, Cut{at}))
	if got := w.all.Content(content).Ruling; got != Accept {
		t.Fatalf("let in late: %d", got)
	}
	out := w.second(ann, cat, NewRemove(bob.who.id, nil, 0)) // without having heard of it
	if got := w.all.Content(content).Ruling; got != Hidden || w.all.Spares(out.ID, []CutEntry{at}) {
		t.Errorf("ruling %d, want hidden, and the removal to say so", got)
	}
}

// TestHeadsOfRevoked: what a former computer of the same person did in good order is named like all else.
func TestHeadsOfRevoked(t *testing.T) {
	w := three(t)
	dan, other := w.dev("dan", 0), w.dev("dan", 1)
	w.must(other, NewAck())
	w.must(dan, NewRevoke([]kp1.DID{other.id}, nil)) // without having heard of it
	if got, want := w.all.HeadsOf(dan.id), w.all.Heads(); len(want) != 2 || !slices.Equal(got, want) {
		t.Errorf("HeadsOf = %v, want %v", got, want)
	}
}
