package group

import (
	"testing"

	"kith/store/kp1"
)

// The tests here hold single clauses of R2 to R6, each by the smallest history that needs it.

// TestR2 says that what takes away holds, whatever becomes of who did it.
func TestR2RemovalsStand(t *testing.T) { r2RemovalsStand(t) }

func r2RemovalsStand(t tb) {
	w := three(t)
	w.must(w.dev("ann", 0), w.admit("eve", kp1.RankMember))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	lowered := w.must(w.dev("bob", 0), NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankGuest, nil))
	removed := w.must(w.dev("bob", 0), NewRemove(someone(t, "eve").id, nil, 0))
	w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
	for _, o := range []Op{lowered, removed} {
		if err := w.all.Standing(o.ID); err != nil {
			t.Errorf("Standing(%s by one who was removed) = %v, want nil", o.Type, err)
		}
	}
	if got, want := in(w.all, "ann", "bob", "cat", "dan", "eve"), "ann 2, cat 2, dan 0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestR3Power: who removes a member from an old view does not undo what that member did as an admin meanwhile.
func TestR3Power(t *testing.T) { r3Power(t) }

func r3Power(t tb) {
	w := three(t)
	ann, bob, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("dan", 0)
	w.second(ann, bob, NewSetRole(w.all.State(), dan.who.id, kp1.RankAdmin, nil))
	w.meet(ann, dan)
	w.must(dan, w.admit("eve", kp1.RankMember))
	w.must(w.dev("cat", 0), NewRemove(dan.who.id, nil, 0)) // has not heard of dan's promotion
	if got, want := in(w.all, "ann", "bob", "cat", "dan", "eve"), "ann 2, bob 2, cat 2, eve 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestR3OwnRevocation: the thief of an idle device puts the main device out, but undoes nothing it did. A revocation by
// admins does.
func TestR3OwnRevocation(t *testing.T) { r3OwnRevocation(t) }

func r3OwnRevocation(t tb) {
	for _, own := range []bool{true, false} {
		w := three(t)
		bob := w.dev("bob", 0)
		w.must(bob, w.admit("eve", kp1.RankMember))
		revoke := NewRevoke([]kp1.DID{bob.id}, nil)
		want := "ann 2, bob 2, cat 2"
		if own {
			w.must(w.dev("bob", 1), revoke)
			want += ", eve 1"
		} else {
			w.second(w.dev("ann", 0), w.dev("cat", 0), revoke)
		}
		if got := in(w.all, "ann", "bob", "cat", "eve"); got != want {
			t.Errorf("own %v: %q, want %q", own, got, want)
		}
		if _, ok := w.all.State().Device(bob.id); ok {
			t.Errorf("own %v: the revoked device is in", own)
		}
	}
}

// TestR3Evidence: an Evidence undoes what a caught device wrote on its auth chain from that seq on, and nothing before,
// if another member of no lower rank signed it. Whoever signed it, the device is out.
func TestR3Evidence(t *testing.T) { r3Evidence(t) }

func r3Evidence(t tb) {
	for _, c := range []struct {
		by    string
		chain byte
		want  string
	}{
		{"cat", kp1.ChainAuth, "bob 2, eve 1"},
		{"dan", kp1.ChainAuth, "bob 2, eve 1, fay 1"}, // a member has no power over what an admin did
		{"bob", kp1.ChainAuth, "bob 2, eve 1, fay 1"}, // TestT12SelfProof
		{"cat", 1, "bob 2, eve 1, fay 1"},
	} {
		w := three(t)
		bob := w.dev("bob", 0)
		w.must(bob, w.admit("eve", kp1.RankMember))
		w.must(bob, w.admit("fay", kp1.RankMember))
		proof := w.must(w.dev(c.by, 1), evidence(bob, c.chain, w.seq[bob.id], nil))
		if got := in(w.all, "bob", "eve", "fay"); got != c.want {
			t.Errorf("Evidence by %s on chain %d: %q, want %q", c.by, c.chain, got, c.want)
		}
		if _, ok := w.all.State().Device(bob.id); ok {
			t.Error("a caught device is in")
		}
		if err := w.all.Standing(proof.ID); err != nil {
			t.Errorf("Standing(Evidence) = %v", err)
		}
	}
}

// TestT12SelfProof: an admin forks an early place of its own chain on purpose, and proves it from a device or by a helper
// that claims to know nothing since. It loses the device, and the group keeps all that the device has done.
func TestT12SelfProof(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, idle, gus := w.dev("ann", 0), w.dev("ann", 1), w.dev("gus", 0)
	w.must(ann, AddDevice{idle.cert})
	w.must(ann, w.admit("gus", kp1.RankMember))
	w.meet(ann, idle, gus) // who hear nothing more
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.meet(ann, w.dev("bob", 0))
	w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin))
	w.must(ann, w.admit("dan", kp1.RankMember))
	honest := logOf(t, false, w.ops)
	want := in(honest, "ann", "bob", "cat", "dan", "gus")
	for _, d := range []*dev{idle, gus} {
		if err := add(honest, w.must(d, evidence(ann, kp1.ChainAuth, 2, nil))); err != nil {
			t.Fatalf("Add(Evidence by %s) = %v", d.who.name, err)
		}
	}
	if got := in(honest, "ann", "bob", "cat", "dan", "gus"); got != want {
		t.Errorf("after the proofs: %q, want %q", got, want)
	}
	if _, ok := honest.State().Device(ann.id); ok {
		t.Error("a caught device is in")
	}
}

// TestR3Knowing: who was removed and came back acts again, by what their own past says.
func TestR3Knowing(t *testing.T) { r3Knowing(t) }

func r3Knowing(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	w.must(ann, w.admit("dan", kp1.RankMember))
	w.everybody("ann", "dan")
	w.must(dan, AddDevice{w.dev("dan", 2).cert})
	if _, ok := w.all.State().Device(w.dev("dan", 2).id); !ok {
		t.Error("what a re-admitted member does has no effect")
	}
}

// TestR6 takes the lowest of concurrent ranks, in either order, and the newest of those that know one another.
func TestR6LowestRank(t *testing.T) { r6LowestRank(t) }

func r6LowestRank(t tb) {
	for _, first := range []bool{true, false} {
		w := three(t)
		dan := someone(t, "dan").id
		st := w.all.State()
		raise := func() { w.second(w.dev("ann", 0), w.dev("bob", 0), NewSetRole(st, dan, kp1.RankAdmin, nil)) }
		lower := func() { w.must(w.dev("cat", 0), NewSetRole(st, dan, kp1.RankGuest, nil)) }
		if first {
			raise()
			lower()
		} else {
			lower()
			raise()
		}
		if got := in(w.all, "dan"); got != "dan 0" {
			t.Errorf("raised first %v: %q, want \"dan 0\"", first, got)
		}
		w.everybody("ann", "bob", "cat")
		w.must(w.dev("ann", 0), NewSetRole(w.all.State(), dan, kp1.RankMember, nil))
		if got := in(w.all, "dan"); got != "dan 1" {
			t.Errorf("settled: %q, want \"dan 1\"", got)
		}
	}
}

// TestChainMonotone: an author never claims to know less than at its own last op.
func TestChainMonotone(t *testing.T) { chainMonotone(t) }

func chainMonotone(t tb) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	w.must(ann, w.admit("eve", kp1.RankMember))
	again := w.raw(ann, TypeAdmit, mustEncode(t, w.admit("eve", kp1.RankGuest)), []kp1.ID{w.ops[0].ID})
	if err := w.file(again); err != nil {
		t.Fatal(err)
	}
	if err := w.all.Standing(again.ID); !is(err, ErrNotAllowed) {
		t.Errorf("Standing(an Admit that forgets the one before it) = %v, want ErrNotAllowed", err)
	}
	if h := w.all.Heads(); len(h) != 1 || h[0] != again.ID {
		t.Errorf("Heads() = %v, want the last op alone", h)
	}
}

// TestConfirmPolicy: the policy can ask for a Confirm from everybody, and a founder alone needs none.
func TestConfirmPolicy(t *testing.T) { confirmPolicy(t) }

func confirmPolicy(t tb) {
	one := DeviceAddConfirm
	w := found(t, PolicyFields{DeviceAdd: &one})
	ann := w.dev("ann", 0)
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	w.must(ann, w.admit("bob", kp1.RankMember))
	w.meet(ann, w.dev("bob", 0))
	w.must(w.dev("bob", 0), AddDevice{w.dev("bob", 1).cert})
	if _, ok := w.all.State().Device(w.dev("ann", 1).id); !ok {
		t.Error("the second device of a founder who is alone waits for nobody")
	}
	if _, ok := w.all.State().Device(w.dev("bob", 1).id); ok {
		t.Error("a member's device is in without a Confirm, though the policy asks for one")
	}
	w.meet(ann, w.dev("bob", 0))
	w.must(ann, Confirm{w.dev("bob", 1).id})
	if _, ok := w.all.State().Device(w.dev("bob", 1).id); !ok {
		t.Error("a confirmed device is not in")
	}
}

// TestT10Demotion: a re-admission that knows of a removal, but not of a demotion beside it, does not undo the demotion.
func TestT10DemotionHolds(t *testing.T) { t10DemotionHolds(t) }

func t10DemotionHolds(t tb) {
	w := three(t)
	ann, cat, dan := w.dev("ann", 0), w.dev("cat", 0), someone(t, "dan").id
	w.must(cat, NewSetRole(w.all.State(), dan, kp1.RankGuest, nil))
	w.must(ann, NewRemove(dan, nil, 0))
	w.must(ann, w.admit("dan", kp1.RankMember)) // has not heard of cat's demotion
	if got := in(w.all, "dan"); got != "dan 0" {
		t.Errorf("%q, want \"dan 0\": a demotion holds until somebody who knows of it raises again", got)
	}
	w.everybody("ann", "bob", "cat")
	w.must(ann, NewSetRole(w.all.State(), dan, kp1.RankMember, nil))
	if got := in(w.all, "dan"); got != "dan 1" {
		t.Errorf("settled: %q, want \"dan 1\"", got)
	}
	if got := lines(w.all); got != "" {
		t.Errorf("settled: Review() = %q, want nothing", got)
	}
}
