package group

import (
	"testing"

	"kith/store/kp1"
)

// The tests here hold clauses of table 4.1 that no other test missed when they were taken out by hand, one at a time.

// TestT16StewardOnOneself: whom a removal is about is not one of the stewards who sign it, whoever proposed it.
func TestT16StewardOnOneself(t *testing.T) {
	w := found(t, PolicyFields{}, "sue", "tom")
	w.everybody("ann", "sue", "tom")
	act := NewRemove(someone(t, "sue").id, nil, 0)
	prop, err := NewPropose(act)
	if err != nil {
		t.Fatal(err)
	}
	p := w.must(w.dev("sue", 0), prop)
	w.everybody("ann", "sue", "tom")
	w.mustNot(w.dev("tom", 0), NewApprove(p.ID, act, nil), ErrQuorum)
	w.must(w.dev("tom", 0), act)
}

// TestT16StewardGone: once the last steward is out, a quorum makes the next one.
func TestT16StewardGone(t *testing.T) {
	w := found(t, PolicyFields{}, "sue")
	w.everybody("ann", "sue")
	w.must(w.dev("sue", 0), w.admit("bob", kp1.RankAdmin))
	w.everybody("ann", "sue", "bob")
	w.must(w.dev("sue", 0), NewLeave(someone(t, "sue").id, nil))
	w.everybody("ann", "sue", "bob")
	w.second(w.dev("ann", 0), w.dev("bob", 0), w.admit("dan", kp1.RankSteward))
	if got, want := in(w.all, "ann", "sue", "bob", "dan"), "ann 2, bob 2, dan 3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestT16UndoneProposal: a proposal that a removal has undone stays undone when its author is let in again.
func TestT16UndoneProposal(t *testing.T) {
	w := three(t)
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	act := w.admit("eve", kp1.RankAdmin)
	prop, err := NewPropose(act)
	if err != nil {
		t.Fatal(err)
	}
	p := w.must(bob, prop)
	w.second(ann, cat, NewRemove(bob.who.id, nil, 0)) // without having heard of it
	w.second(ann, cat, w.admit("bob", kp1.RankAdmin))
	w.everybody("ann", "bob", "cat")
	w.mustNot(ann, NewApprove(p.ID, act, nil), ErrNotAllowed)
}

// TestT16SpentSince: what happened to the person, the device or the setting since a proposal was made uses it up, whoever did it.
func TestT16SpentSince(t *testing.T) {
	one, direct := uint8(1), ReachDirect
	dan := someone(t, "dan")
	for name, c := range map[string]struct {
		act   func(w *world) Body
		since func(w *world)
	}{
		"another rank": {
			func(w *world) Body { return NewSetRole(w.all.State(), dan.id, kp1.RankAdmin, nil) },
			func(w *world) { w.must(w.dev("ann", 0), NewSetRole(w.all.State(), dan.id, kp1.RankGuest, nil)) },
		},
		"the same device": {
			func(w *world) Body { return NewRevoke([]kp1.DID{w.dev("cat", 1).id}, nil) },
			func(w *world) { w.must(w.dev("cat", 0), NewRevoke([]kp1.DID{w.dev("cat", 1).id}, nil)) },
		},
		"the same setting": {
			func(*world) Body { return SetPolicy{PolicyFields: PolicyFields{DeviceAdd: &one, Reach: &direct}} },
			func(w *world) {
				w.second(w.dev("ann", 0), w.dev("cat", 0), SetPolicy{PolicyFields: PolicyFields{Reach: &one}})
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := three(t)
			act := c.act(w)
			prop, err := NewPropose(act)
			if err != nil {
				t.Fatal(err)
			}
			p := w.must(w.dev("bob", 0), prop)
			w.everybody("ann", "bob", "cat", "dan")
			c.since(w)
			w.everybody("ann", "bob", "cat", "dan")
			w.mustNot(w.dev("ann", 0), NewApprove(p.ID, act, nil), ErrSpent)
		})
	}
}

// TestT16ApprovedAndUndone: an approval uses a proposal up also where a removal has undone it. An act that was undone does not.
func TestT16ApprovedAndUndone(t *testing.T) {
	for _, approved := range []bool{true, false} {
		w := three(t)
		ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), someone(t, "dan")
		w.must(ann, w.admit("eve", kp1.RankGuest))
		w.everybody("ann", "bob", "cat", "dan")
		act := NewSetRole(w.all.State(), someone(t, "eve").id, kp1.RankAdmin, nil)
		prop, err := NewPropose(act)
		if err != nil {
			t.Fatal(err)
		}
		p := w.must(ann, prop)
		w.everybody("ann", "bob", "cat", "dan")
		if approved {
			w.must(bob, NewApprove(p.ID, act, nil))
		} else {
			w.must(bob, NewSetRole(w.all.State(), someone(t, "eve").id, kp1.RankMember, nil))
		}
		w.second(ann, cat, NewRemove(bob.who.id, nil, 0)) // without having heard of that
		w.everybody("ann", "bob", "cat", "dan")
		if got, want := in(w.all, "ann", "bob", "cat", "eve"), "ann 2, cat 2, eve 0"; got != want {
			t.Fatalf("%q, want %q: nothing was undone for %s", got, want, dan.name)
		}
		if approved {
			w.mustNot(cat, NewApprove(p.ID, act, nil), ErrSpent)
		} else {
			w.must(cat, NewApprove(p.ID, act, nil))
		}
	}
}

// TestT18AskedAnew: who left, asked anew and was taken out may be let in again by that newer request.
func TestT18AskedAnew(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), someone(t, "dan")
	admit := func(s SignedCore) Admit {
		a, err := NewAdmit(testGID, s, Terms{Rank: kp1.RankMember, History: HistoryAll, Verified: 1})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	newer := dan.request(t, kp1.IID(seed("another invite")), dan.devs[0].cert, 1)
	w.must(dan.devs[0], NewLeave(dan.id, nil))
	w.everybody("ann", "dan")
	w.mustNot(ann, admit(dan.core), ErrSpent)
	w.must(ann, admit(newer))
	w.must(ann, NewRemove(dan.id, nil, 0))
	w.must(ann, admit(newer))
}

// TestT18ByWhichDevice: a certificate counts by a device of the member that is in, or was named beside it, and by no other.
func TestT18ByWhichDevice(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), someone(t, "dan")
	by := SignCert(dan.devs[2].cert, dan.devs[1].id, dan.devs[1].key, dan.devs[2].key)
	w.must(dan.devs[0], NewRevoke([]kp1.DID{dan.devs[1].id}, nil))
	w.mustNot(dan.devs[0], AddDevice{by}, ErrForged)
	w.everybody("ann", "dan")
	w.must(ann, NewRemove(dan.id, nil, 0))
	w.mustNot(ann, w.admit("dan", kp1.RankMember, by), ErrForged)
	w.must(ann, w.admit("dan", kp1.RankMember))
}

// TestT18RootAlone: a device with nothing but the root's word waits also where there is nobody who could confirm it.
func TestT18RootAlone(t *testing.T) {
	w := found(t, PolicyFields{})
	third := w.dev("ann", 2)
	w.knew[third.id] = w.knew[w.dev("ann", 0).id]
	w.must(third, AddDevice{third.cert})
	if _, ok := w.all.State().Device(third.id); ok || len(w.all.State().Waiting) != 1 {
		t.Errorf("in: %v, %d wait, want it to wait", ok, len(w.all.State().Waiting))
	}
}

// TestT18WhoLed: of somebody who led once it takes an admin to confirm a device, also when they lead no more.
func TestT18WhoLed(t *testing.T) {
	w := three(t)
	ann, bob, dan := w.dev("ann", 0), w.dev("bob", 0), someone(t, "dan")
	w.must(ann, w.admit("eve", kp1.RankMember))
	w.second(ann, bob, NewSetRole(w.all.State(), dan.id, kp1.RankAdmin, nil))
	w.second(ann, bob, NewSetRole(w.all.State(), dan.id, kp1.RankMember, nil))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	third := dan.devs[2]
	w.must(third, AddDevice{third.cert}) // by the root
	w.everybody("ann", "bob", "cat", "dan", "eve")
	w.mustNot(w.dev("eve", 0), Confirm{third.id}, ErrNotAllowed)
	w.everybody("ann", "bob", "cat", "dan", "eve")
	w.must(ann, Confirm{third.id})
}

// TestT18WaitingKeys: the keys of a device that waits for its Confirm are taken.
func TestT18WaitingKeys(t *testing.T) {
	w := three(t)
	third := w.dev("dan", 2)
	w.must(third, AddDevice{third.cert})
	w.everybody("ann", "dan")
	w.mustNot(w.dev("ann", 0), KeyUpdate{Peer: third.peer}, ErrTaken)
	w.mustNot(w.dev("ann", 0), KeyUpdate{HPKE: third.hpke}, ErrTaken)
}

// TestR3Lowered: a lowered rank undoes what was done beside it with the rank that is lost, nothing that the rank left is enough
// for, and nothing where it was its owner's own wish.
func TestR3Lowered(t *testing.T) {
	w := three(t)
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	w.second(ann, bob, NewSetRole(w.all.State(), cat.who.id, kp1.RankMember, nil))
	admit := w.must(cat, w.admit("eve", kp1.RankMember)) // without having heard of it, as the next
	keys := w.must(w.dev("cat", 1), w.rekey(w.dev("cat", 1), "beside it"))
	if err := w.all.Standing(admit.ID); !is(err, ErrUndone) {
		t.Errorf("Standing(Admit) = %v, want ErrUndone", err)
	}
	if err := w.all.Standing(keys.ID); err != nil {
		t.Errorf("Standing(Rekey) = %v, want nil", err)
	}

	w = found(t, PolicyFields{}, "sue")
	sue := someone(t, "sue")
	w.meet(w.dev("ann", 0), sue.devs[0])
	w.must(sue.devs[0], AddDevice{sue.devs[1].cert})
	w.everybody("ann", "sue")
	w.must(w.dev("ann", 0), Confirm{sue.devs[1].id})
	w.everybody("ann", "sue")
	w.must(sue.devs[0], NewSetRole(w.all.State(), sue.id, kp1.RankAdmin, nil))
	w.must(sue.devs[1], w.admit("tom", kp1.RankSteward)) // without having heard of it
	if got, want := in(w.all, "ann", "sue", "tom"), "ann 2, sue 2, tom 3"; got != want {
		t.Errorf("who stepped down: %q, want %q", got, want)
	}
}

// TestT23KeysForWhoIsOut: a Rekey that names a device of somebody who was taken out, or of nobody, is not valid.
func TestT23KeysForWhoIsOut(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	for _, d := range []*dev{dan, w.dev("fay", 0)} {
		r := w.rekey(ann, "for "+d.who.name)
		r.To = sortIDs(append(r.To, d.id), kp1.DID.Compare)
		w.mustNot(ann, r, ErrOut)
	}
}

// TestT17LateLeave: who left while somebody else still led is out, also where it is heard only after nobody else leads.
func TestT17LateLeave(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), someone(t, "bob")
	w.must(ann, w.admit("bob", kp1.RankAdmin, bob.devs[1].cert))
	w.everybody("ann", "bob")
	base := w.ops[:len(w.ops):len(w.ops)]
	removed := w.must(bob.devs[0], NewRemove(ann.who.id, nil, 0))
	left := w.must(bob.devs[1], NewLeave(bob.id, nil)) // without having heard of it
	l := logOf(t, false, append(base, removed))
	if err := add(l, left); err != nil {
		t.Errorf("Add(Leave) = %v, want nil", err)
	}
	if !l.State().Headless {
		t.Errorf("%q is in, want nobody", in(l, "ann", "bob"))
	}
}

// headless is a group of these members that ann and bob led until each removed the other. Before she heard of that, ann did
// more.
func headless(t tb, more func(w *world, ann *dev), members ...string) *world {
	t.Helper()
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	for _, n := range members {
		w.must(ann, w.admit(n, kp1.RankMember, w.dev(n, 1).cert))
	}
	w.everybody(append(members, "ann", "bob")...)
	w.must(bob, NewRemove(ann.who.id, nil, 0))
	w.must(ann, NewRemove(bob.who.id, nil, 0))
	w.everybody(append(members, "bob")...)
	for _, n := range members {
		w.meet(w.dev(n, 0), w.dev(n, 1), bob)
	}
	heard := w.knew[ann.id]
	for _, n := range members {
		for i := range 2 {
			w.knew[w.dev(n, i).id] = w.knew[bob.id].union(heard)
		}
	}
	if more != nil {
		more(w, ann)
	}
	return w
}

// TestT17WhoseVotes: a vote counts while its author is a member, once, and unless a removal has undone it.
func TestT17WhoseVotes(t *testing.T) {
	cat := someone(t, "cat").id
	t.Run("of who has left", func(t *testing.T) {
		w := headless(t, nil, "cat", "dan", "eve", "fay", "gus")
		w.must(w.dev("dan", 0), Vote{cat})
		w.must(w.dev("eve", 0), Vote{cat})
		w.everybody("cat", "dan", "eve", "fay", "gus")
		w.must(w.dev("dan", 0), NewLeave(someone(t, "dan").id, nil))
		w.everybody("cat", "dan", "eve", "fay", "gus")
		w.must(w.dev("fay", 0), Vote{cat}) // two of the four who are left, and one of who has left
		w.everybody("cat", "dan", "eve", "fay", "gus")
		w.mustNot(w.dev("fay", 0), Elect{cat}, ErrQuorum)
	})
	t.Run("twice", func(t *testing.T) {
		w := headless(t, nil, "cat", "dan", "eve", "fay")
		w.must(w.dev("dan", 0), Vote{cat})
		w.must(w.dev("dan", 1), Vote{cat})
		w.must(w.dev("eve", 0), Vote{cat})
		w.everybody("cat", "dan", "eve", "fay")
		w.mustNot(w.dev("eve", 0), Elect{cat}, ErrQuorum)
	})
	t.Run("undone", func(t *testing.T) {
		w := headless(t, func(w *world, ann *dev) { w.must(ann, NewRevoke([]kp1.DID{w.dev("dan", 0).id}, nil)) }, "cat", "dan", "eve")
		w.must(w.dev("dan", 0), Vote{cat})
		w.must(w.dev("eve", 0), Vote{cat})
		w.everybody("ann", "cat", "dan", "eve")
		if got, want := in(w.all, "cat", "dan", "eve"), "cat 1, dan 1, eve 1"; got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		w.mustNot(w.dev("eve", 0), Elect{cat}, ErrQuorum)
		w.must(w.dev("dan", 1), Vote{cat})
		w.everybody("cat", "dan", "eve")
		w.must(w.dev("eve", 0), Elect{cat})
	})
}
