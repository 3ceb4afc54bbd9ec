package group

import (
	"fmt"
	"slices"
	"testing"

	"kith/store/kp1"
)

// three founds a group with admins ann, bob and cat and member dan, who all know all. There is no steward.
func three(t tb) *world {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin, w.dev("bob", 1).cert))
	w.meet(ann, bob)
	w.second(ann, bob, w.admit("cat", kp1.RankAdmin, w.dev("cat", 1).cert))
	w.must(ann, w.admit("dan", kp1.RankMember, w.dev("dan", 1).cert))
	w.everybody("ann", "bob", "cat", "dan")
	return w
}

// TestT15 plays the rows of table 4.5.
func TestT15Rows(t *testing.T) {
	for _, row := range rows15 {
		t.Run(row.name, func(t *testing.T) { row.check(t) })
	}
}

func t15Rows(t tb) {
	for _, row := range rows15 {
		row.check(t)
	}
}

type row15 struct {
	name string
	play func(w *world)
	want string
}

func (row row15) check(t tb) {
	t.Helper()
	w := three(t)
	row.play(w)
	if got := in(w.all, "ann", "bob", "cat", "dan", "eve", "fay"); got != row.want {
		t.Errorf("%s: in the group: %q, want %q", row.name, got, row.want)
	}
}

var rows15 = []row15{
	{"one removes, another brings back at the same time", func(w *world) {
		w.must(w.dev("ann", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.everybody("ann", "bob", "cat")
		w.must(w.dev("cat", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.must(w.dev("bob", 0), w.admit("dan", kp1.RankMember))
	}, "ann 2, bob 2, cat 2"},
	{"re-admitted knowing both removals", func(w *world) {
		w.must(w.dev("ann", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.must(w.dev("cat", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.everybody("ann", "bob", "cat")
		w.must(w.dev("bob", 0), w.admit("dan", kp1.RankMember))
	}, "ann 2, bob 2, cat 2, dan 1"},
	{"an admin admits families while being removed", func(w *world) {
		w.must(w.dev("bob", 0), w.admit("eve", kp1.RankMember))
		w.must(w.dev("bob", 0), w.admit("fay", kp1.RankMember))
		w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(w.t, "bob").id, nil, 3))
	}, "ann 2, cat 2, dan 1"},
	{"a removed admin's removal of another still holds", func(w *world) {
		w.must(w.dev("bob", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(w.t, "bob").id, nil, 3))
	}, "ann 2, cat 2"},
	{"two pairs of admins... one removed by two, the removers' member stays", func(w *world) {
		w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(w.t, "bob").id, nil, 3))
		w.everybody("ann", "cat", "dan")
		w.must(w.dev("ann", 0), w.admit("eve", kp1.RankMember))
	}, "ann 2, cat 2, dan 1, eve 1"},
	{"a member comes back with the same request", func(w *world) {
		w.must(w.dev("ann", 0), NewRemove(someone(w.t, "dan").id, nil, 0))
		w.must(w.dev("ann", 0), w.admit("dan", kp1.RankGuest))
	}, "ann 2, bob 2, cat 2, dan 0"},
	{"who left has to ask again", func(w *world) {
		w.must(w.dev("dan", 0), NewLeave(someone(w.t, "dan").id, nil))
		w.everybody("ann", "dan")
		w.mustNot(w.dev("ann", 0), w.admit("dan", kp1.RankMember), ErrSpent)
		fresh, err := NewAdmit(testGID, someone(w.t, "dan").request(w.t, kp1.IID{5}, w.dev("dan", 0).cert, 1), Terms{Rank: 1})
		if err != nil {
			w.t.Fatal(err)
		}
		w.must(w.dev("ann", 0), fresh)
	}, "ann 2, bob 2, cat 2, dan 1"},
	{"a Leave voids nothing, the Remove after it does", func(w *world) {
		w.must(w.dev("bob", 1), w.admit("eve", kp1.RankMember))
		w.must(w.dev("bob", 0), NewLeave(someone(w.t, "bob").id, nil))
	}, "ann 2, cat 2, dan 1, eve 1"},
	{"a demoted admin's concurrent admission is void, their acts as a member are not", func(w *world) {
		w.must(w.dev("bob", 0), w.admit("eve", kp1.RankMember))
		w.must(w.dev("bob", 1), KeyUpdate{Peer: seed("new peer")})
		w.second(w.dev("ann", 0), w.dev("cat", 0), SetRole{Member: someone(w.t, "bob").id, Rank: 1, Cut: &Cut{}})
		w.everybody("ann", "bob")
		if d, ok := w.all.State().ByPeer(seed("new peer")); !ok || d.ID != w.dev("bob", 1).id {
			w.t.Error("the KeyUpdate of a demoted admin has no effect")
		}
	}, "ann 2, bob 1, cat 2, dan 1"},
}

// TestT15MutualRemoval lets the only two admins remove each other: the group is headless until it elects.
func TestT15MutualRemoval(t *testing.T) { t15MutualRemoval(t) }

func t15MutualRemoval(t tb) {
	w := found(t, PolicyFields{})
	ann, bob, cat, dan := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	for _, n := range []string{"cat", "dan", "eve"} {
		w.must(ann, w.admit(n, kp1.RankMember))
	}
	w.everybody("ann", "bob", "cat", "dan", "eve")
	w.mustNot(cat, Vote{cat.who.id}, ErrNotAllowed) // there are admins
	w.must(ann, NewRemove(bob.who.id, nil, 4))
	w.must(bob, NewRemove(ann.who.id, nil, 4))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	if got, want := in(w.all, "ann", "bob", "cat", "dan", "eve"), "cat 1, dan 1, eve 1"; got != want {
		t.Fatalf("after both: %q, want %q", got, want)
	}
	if !w.all.State().Headless {
		t.Fatal("Headless = false with no admin in")
	}
	w.must(cat, w.rekey(cat, "headless"))
	w.must(cat, Vote{cat.who.id})
	w.mustNot(cat, Elect{cat.who.id}, ErrQuorum) // 1 of 3
	w.must(dan, Vote{cat.who.id})
	w.must(dan, Vote{dan.who.id}) // dan votes twice
	w.must(w.dev("eve", 0), Vote{dan.who.id})
	w.meet(cat, dan)
	w.must(cat, Elect{cat.who.id})
	w.meet(w.dev("eve", 0), dan)
	w.must(w.dev("eve", 0), Elect{cat.who.id})
	if got, want := in(w.all, "cat", "dan", "eve"), "cat 2, dan 1, eve 1"; got != want {
		t.Fatalf("after the election: %q, want %q", got, want)
	}
	if w.all.State().Headless {
		t.Error("Headless = true with an elected admin")
	}
}

// TestT17DoubleVotes lets double voters elect two: both become admins on every replica, whatever the order.
func TestT17DoubleVotes(t *testing.T) { t17DoubleVotes(t) }

func t17DoubleVotes(t tb) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	names := []string{"cat", "dan", "eve"}
	for _, n := range names {
		w.must(ann, w.admit(n, kp1.RankMember))
	}
	w.must(ann, w.admit("gus", kp1.RankGuest))
	w.everybody("ann", "bob", "cat", "dan", "eve", "gus")
	w.must(ann, NewRemove(bob.who.id, nil, 0))
	w.must(bob, NewRemove(ann.who.id, nil, 0))
	w.everybody("ann", "bob", "cat", "dan", "eve", "gus")
	w.mustNot(w.dev("gus", 0), Vote{w.dev("cat", 0).who.id}, ErrNotAllowed)
	w.mustNot(w.dev("cat", 0), Vote{w.dev("gus", 0).who.id}, ErrNotAllowed)
	for _, n := range names {
		w.must(w.dev(n, 0), Vote{someone(t, "cat").id})
		w.must(w.dev(n, 0), Vote{someone(t, "dan").id})
	}
	w.everybody(names...)
	w.must(w.dev("cat", 0), Elect{someone(t, "cat").id})
	w.must(w.dev("dan", 0), Elect{someone(t, "dan").id})
	if got, want := in(w.all, names...), "cat 2, dan 2, eve 1"; got != want {
		t.Fatalf("elected: %q, want %q", got, want)
	}
	for i := range 5 {
		k := uint64(i)
		other := logOf(t, true, shuffle(w.ops, func(n int) int { k = k*6364136223846793005 + 1442695040888963407; return int(k>>33) % n }))
		if other.State().Hash() != w.all.State().Hash() {
			t.Fatal("replicas differ")
		}
	}
}

// TestT16 is the arithmetic of the quorum: who alone, who by two, may take out or make whom.
func TestT16Quorum(t *testing.T) {
	for _, admins := range []int{1, 2, 3, 5} {
		for _, stewards := range []int{0, 1, 2} {
			t.Run(fmt.Sprintf("%d admins, %d stewards", admins, stewards), func(t *testing.T) {
				v := newView(newLog(t))
				id := func(rank uint8, i int) kp1.MID { return kp1.MID{rank, byte(i + 1)} }
				for i := range admins {
					v.people[id(2, i)] = person{in: true, rank: 2}
				}
				for i := range stewards {
					v.people[id(3, i)] = person{in: true, rank: 3}
				}
				v.people[id(1, 0)] = person{in: true, rank: 1}
				for m := range v.people {
					for i := range 2 {
						v.gear[kp1.DID{m[0], m[1], byte(i + 1)}] = gear{member: m, in: true}
					}
				}
				may := func(b Body, signers ...kp1.MID) bool {
					d := deed{body: b}
					for i, m := range signers {
						d.signers = append(d.signers, signer{member: m, device: kp1.DID{m[0], m[1], byte(i + 1)}, seq: 2})
					}
					_, err := v.allows(d, false)
					return err == nil
				}
				check := func(what string, got, want bool) {
					t.Helper()
					if got != want {
						t.Errorf("%s: %v, want %v", what, got, want)
					}
				}
				a0, s0, m0 := id(2, 0), id(3, 0), id(1, 0)
				removeMember := Remove{Member: m0}
				check("an admin removes a member", may(removeMember, a0), true)
				check("a member removes a member", may(removeMember, id(1, 0), id(1, 0)), false)
				makeAdmin := SetRole{Member: m0, Rank: 2}
				others := admins + stewards // m0 is not counted
				check("an admin makes an admin alone", may(makeAdmin, a0), others == 1)
				check("two devices of one admin", may(makeAdmin, a0, a0), others == 1)
				if admins > 1 {
					check("two admins make an admin", may(makeAdmin, a0, id(2, 1)), true)
					removeAdmin := Remove{Member: id(2, 1)}
					check("an admin removes an admin alone", may(removeAdmin, a0), others-1 == 1)
					check("the target is not counted", may(removeAdmin, a0, id(2, 1)), false)
					check("two devices of one admin remove another", may(removeAdmin, a0, a0), others-1 == 1)
					check("an admin lowers an admin alone", may(SetRole{Member: id(2, 1), Rank: 1, Cut: &Cut{}}, a0), others-1 == 1)
					check("an admin revokes another's device alone", may(RevokeDevice{Devices: []kp1.DID{{2, 2, 1}}}, a0), others-1 == 1)
				}
				if admins > 2 {
					check("two admins remove a third", may(Remove{Member: id(2, 2)}, a0, id(2, 1)), true)
					check("two admins lower a third", may(SetRole{Member: id(2, 2), Rank: 0, Cut: &Cut{}}, a0, id(2, 1)), true)
					check("two admins revoke a third's device", may(RevokeDevice{Devices: []kp1.DID{{2, 3, 1}}}, a0, id(2, 1)), true)
				}
				if admins > 1 && stewards > 0 {
					check("two admins remove a steward", may(Remove{Member: s0}, a0, id(2, 1)), false)
					check("two admins lower a steward", may(SetRole{Member: s0, Rank: 2}, a0, id(2, 1)), false)
					check("two admins make a second steward", may(SetRole{Member: m0, Rank: 3}, a0, id(2, 1)), false)
				} else if admins > 1 {
					check("two admins make the first steward", may(SetRole{Member: m0, Rank: 3}, a0, id(2, 1)), true)
				}
				makeSteward := SetRole{Member: m0, Rank: 3}
				check("an admin makes a steward alone", may(makeSteward, a0), stewards == 0 && others == 1)
				if stewards > 0 {
					check("a steward makes an admin alone", may(makeAdmin, s0), true)
					check("a steward removes an admin alone", may(Remove{Member: a0}, s0), true)
					check("a steward makes a steward", may(makeSteward, s0), true)
					check("an admin removes a steward", may(Remove{Member: s0}, a0), false)
					check("an admin revokes a steward's device", may(RevokeDevice{Devices: []kp1.DID{{3, 1, 1}}}, a0), false)
					check("a steward steps down", may(SetRole{Member: s0, Rank: 2}, s0), true)
				}
				if stewards > 1 {
					check("a steward removes a steward", may(Remove{Member: id(3, 1)}, s0), true)
				}
				check("an admin leaves", may(Remove{Member: a0}, a0), others > 1)
				reach := ReachMailbox
				check("an admin sets the reach alone", may(SetPolicy{PolicyFields: PolicyFields{Reach: &reach}}, a0), others == 1)
				check("an admin sets mailboxes", may(SetPolicy{PolicyFields: PolicyFields{Mailboxes: &[]Mailbox{}}}, a0), true)
				check("mailboxes with a field of later versions", may(SetPolicy{PolicyFields{Mailboxes: &[]Mailbox{}}, true}, a0), others == 1)
			})
		}
	}
}

// TestT16SpentProposal says that a consent is used once, and not after its subject has changed.
func TestT16SpentProposal(t *testing.T) { t16SpentProposal(t) }

func t16SpentProposal(t tb) {
	w := three(t)
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	raise := NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankAdmin, nil)
	prop, err := NewPropose(raise)
	if err != nil {
		t.Fatal(err)
	}
	p := w.must(ann, prop)
	w.everybody("ann", "bob", "cat")
	w.mustNot(w.dev("ann", 0), NewApprove(p.ID, raise, nil), ErrQuorum) // by who proposed it
	w.must(bob, NewApprove(p.ID, raise, nil))
	w.everybody("ann", "bob", "cat")
	w.second(ann, bob, NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankMember, nil))
	w.everybody("ann", "bob", "cat")
	w.mustNot(cat, NewApprove(p.ID, raise, nil), ErrSpent) // years later
	if got, want := in(w.all, "dan"), "dan 1"; got != want {
		t.Fatalf("%q, want %q", got, want)
	}
	p = w.must(ann, prop)
	w.everybody("ann", "bob", "cat")
	w.must(cat, NewRemove(someone(t, "dan").id, nil, 0))
	w.everybody("ann", "bob", "cat")
	w.mustNot(bob, NewApprove(p.ID, raise, nil), ErrSpent) // overtaken
}

// TestT16ProposerRemoved: an approval beside the removal of its proposer is void, unless it takes something away.
func TestT16ProposerRemoved(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(w *world) Body
		want string
	}{
		{"raise", func(w *world) Body { return NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankAdmin, nil) }, "ann 2, cat 2, dan 1, eve 2"},
		{"remove", func(w *world) Body { return NewRemove(someone(t, "dan").id, nil, 0) }, "ann 2, cat 2, eve 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := three(t)
			w.second(w.dev("ann", 0), w.dev("bob", 0), w.admit("eve", kp1.RankAdmin))
			w.everybody("ann", "bob", "cat", "dan", "eve")
			action := c.make(w)
			prop, err := NewPropose(action)
			if err != nil {
				t.Fatal(err)
			}
			p := w.must(w.dev("bob", 0), prop)
			w.meet(w.dev("bob", 0), w.dev("eve", 0))
			w.must(w.dev("eve", 0), NewApprove(p.ID, action, nil))
			w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
			if got := in(w.all, "ann", "bob", "cat", "dan", "eve"); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestT17LastAdmin: the last one of admin rank can neither leave nor step down.
func TestT17LastAdmin(t *testing.T) { t17LastAdmin(t) }

func t17LastAdmin(t tb) {
	w := found(t, PolicyFields{}, "sue")
	ann, sue := w.dev("ann", 0), w.dev("sue", 0)
	w.meet(ann, sue)
	w.must(ann, NewLeave(ann.who.id, nil))
	w.meet(ann, sue)
	w.mustNot(sue, NewLeave(sue.who.id, nil), ErrLastAdmin)
	w.mustNot(sue, SetRole{Member: sue.who.id, Rank: 1, Cut: &Cut{}}, ErrLastAdmin)
	w.must(sue, SetRole{Member: sue.who.id, Rank: 2})
	if got, want := in(w.all, "ann", "sue"), "sue 2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestT18 is the life of devices.
func TestT18Devices(t *testing.T) { t18Devices(t) }

func t18Devices(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	state := func(d *dev) string {
		if _, ok := w.all.State().Device(d.id); ok {
			return "in"
		}
		if slices.ContainsFunc(w.all.State().Waiting, func(o Device) bool { return o.ID == d.id }) {
			return "waits"
		}
		return "out"
	}
	want := func(d *dev, s string) {
		t.Helper()
		if got := state(d); got != s {
			t.Fatalf("device of %s: %s, want %s", d.who.name, got, s)
		}
	}
	// linked by a member: in at once; by an admin: waits for another's word
	byDevice := SignCert(w.dev("dan", 2).cert, dan.id, dan.key, w.dev("dan", 2).key)
	w.must(dan, AddDevice{byDevice})
	want(w.dev("dan", 2), "in")
	w.everybody("ann", "dan")
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	want(w.dev("ann", 1), "waits")
	w.everybody("ann", "bob", "cat", "dan")
	w.mustNot(w.dev("ann", 1), NewAck(), ErrOut)
	w.mustNot(ann, Confirm{w.dev("ann", 1).id}, ErrNotAllowed) // by oneself
	w.everybody("ann", "bob", "cat", "dan")
	w.mustNot(dan, Confirm{w.dev("ann", 1).id}, ErrNotAllowed) // an admin has to
	w.must(w.dev("bob", 0), Confirm{w.dev("ann", 1).id})
	want(w.dev("ann", 1), "in")
	w.everybody("ann", "bob", "cat", "dan")

	// revoked: never again, not even by a re-admission that names it
	w.must(dan, NewRevoke([]kp1.DID{w.dev("dan", 1).id}, nil))
	want(w.dev("dan", 1), "out")
	w.mustNot(dan, NewRevoke([]kp1.DID{dan.id}, nil), ErrNotAllowed) // not the one that signs
	w.mustNot(w.dev("dan", 1), NewAck(), nil)
	w.meet(ann, dan)
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	w.must(ann, w.admit("dan", kp1.RankMember, w.dev("dan", 1).cert))
	want(dan, "in")
	want(w.dev("dan", 1), "out")
	want(w.dev("dan", 2), "out") // not named

	// root-added: its op needs nobody's device, and it is inert
	w = three(t)
	third := w.dev("dan", 2)
	w.knew[third.id] = w.knew[w.dev("cat", 0).id]
	w.must(third, AddDevice{third.cert})
	want(third, "waits")
	w.mustNot(third, NewAck(), ErrOut)
	w.everybody("ann", "bob", "cat", "dan")
	w.must(w.dev("cat", 0), Confirm{third.id})
	want(third, "in")
}

// TestT18Taken: keys of another device are refused in the op's past, and stand when claimed at the same time.
func TestT18Taken(t *testing.T) { t18Taken(t) }

func t18Taken(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.mustNot(dan, KeyUpdate{Peer: ann.peer}, ErrTaken)
	w.mustNot(dan, KeyUpdate{HPKE: ann.hpke}, ErrTaken)
	eve := someone(t, "eve")
	cert := func(key *dev, hpke, peer []byte) SignedCore {
		c, err := NewCert(testGID, eve.devs[0].cert.Root, key.pub, hpke, peer, 0)
		if err != nil {
			t.Fatal(err)
		}
		return eve.request(t, kp1.IID{}, SignCert(c, kp1.DID{}, eve.root, key.key), 3)
	}
	for name, r := range map[string]SignedCore{
		"dp":  cert(ann, eve.devs[0].hpke, eve.devs[0].peer),
		"hp":  cert(eve.devs[0], ann.hpke, eve.devs[0].peer),
		"pid": cert(eve.devs[0], eve.devs[0].hpke, ann.peer),
	} {
		a, err := NewAdmit(testGID, r, Terms{Rank: 1})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w.mustNot(ann, a, ErrTaken)
	}
	w.must(ann, KeyUpdate{Peer: seed("same")})
	w.must(w.dev("bob", 0), KeyUpdate{Peer: seed("same")})
	n := 0
	for _, d := range w.all.State().Devices {
		if string(d.Peer) == string(seed("same")) {
			n++
		}
	}
	if n != 2 {
		t.Errorf("%d devices with a PeerID claimed by two at once, want 2", n)
	}
}

// TestT18TwoOwners: a device that lets two people claim it is nobody's.
func TestT18TwoOwners(t *testing.T) { t18TwoOwners(t) }

func t18TwoOwners(t tb) {
	w := three(t)
	cat, dan := someone(t, "cat"), someone(t, "dan")
	shared := dan.devs[2]
	c, err := NewCert(testGID, cat.devs[0].cert.Root, shared.pub, shared.hpke, shared.peer, 0)
	if err != nil {
		t.Fatal(err)
	}
	w.must(dan.devs[0], AddDevice{shared.cert})
	w.must(w.dev("bob", 0), NewAck())
	forCat := SignCert(c, kp1.DID{}, cat.root, shared.key)
	w.must(cat.devs[0], AddDevice{forCat})
	if _, ok := w.all.State().Device(shared.id); ok {
		t.Error("a device of two owners is in")
	}
	w.everybody("ann", "bob", "cat", "dan")
	w.mustNot(shared, NewAck(), ErrOut)
}

// TestT29 keeps ops of later versions without effect, until a quorum asks for them: then this build only reads.
func TestT29UnknownTypes(t *testing.T) { t29UnknownTypes(t) }

func t29UnknownTypes(t tb) {
	w := three(t)
	ann := w.dev("ann", 0)
	later := w.raw(ann, "auth/later", []byte{0xa1, 0x61, 0x78, 0x01}, w.heads(ann.id))
	if err := w.file(later); err != nil {
		t.Fatalf("Add(auth/later) = %v, want it filed", err)
	}
	if err := w.all.Standing(later.ID); !is(err, ErrUnknownType) {
		t.Errorf("Standing(auth/later) = %v, want ErrUnknownType", err)
	}
	v2 := w.draft(ann, NewRemove(someone(t, "dan").id, nil, 0))
	v2.V = 2
	if err := w.file(v2); err != nil {
		t.Fatalf("Add(a Remove of version 2) = %v, want it filed", err)
	}
	if got, want := in(w.all, "dan"), "dan 1"; got != want {
		t.Errorf("after a Remove of version 2: %q, want %q", got, want)
	}
	got, ok := w.all.Op(later.ID)
	if !ok || string(got.Body) != string(later.Body) {
		t.Errorf("Op(auth/later) = %v, want it as it came", got)
	}
	w.must(ann, NewAck()) // the chain goes on, and seq counts
	if w.all.State().ReadOnly {
		t.Error("ReadOnly = true by one person's op")
	}
	two, one := uint64(2), uint64(1)
	w.everybody("ann", "bob")
	w.second(ann, w.dev("bob", 0), SetPolicy{PolicyFields: PolicyFields{MinVersion: &two}})
	if !w.all.State().ReadOnly {
		t.Error("ReadOnly = false though the policy asks for version 2")
	}
	w.everybody("ann", "bob")
	prop, err := NewPropose(SetPolicy{PolicyFields: PolicyFields{MinVersion: &one}})
	if err != nil {
		t.Fatal(err)
	}
	p := w.must(ann, prop)
	w.everybody("ann", "bob")
	w.mustNot(w.dev("bob", 0), NewApprove(p.ID, SetPolicy{}, nil), ErrNotAllowed)
}

// TestR7 merges concurrent policies to the most restrictive of each field.
func TestR7Policy(t *testing.T) { r7Policy(t) }

func r7Policy(t tb) {
	w := three(t)
	one, zero, lower, higher := uint8(1), uint8(0), uint64(2), uint64(3)
	rtA, rtB := []Retention{{Comp: 0, Days: 90}, {Comp: 1, Days: 10}}, []Retention{{Comp: 0, Days: 30}, {Comp: 2, Days: 5}}
	mbA, mbB := []Mailbox{{Peer: seed("a")}}, []Mailbox{{Peer: seed("b")}}
	a := SetPolicy{PolicyFields: PolicyFields{DeviceAdd: &one, Reach: &zero, EditHistory: &one, Seen: &one, Retention: &rtA, MinVersion: &higher, Mailboxes: &mbA}}
	b := SetPolicy{PolicyFields: PolicyFields{DeviceAdd: &zero, Reach: &one, EditHistory: &zero, Seen: &zero, Retention: &rtB, MinVersion: &lower, Mailboxes: &mbB}}
	pa, err := NewPropose(a)
	if err != nil {
		t.Fatal(err)
	}
	pb, err := NewPropose(b)
	if err != nil {
		t.Fatal(err)
	}
	oa, ob := w.must(w.dev("ann", 0), pa), w.must(w.dev("ann", 0), pb)
	w.everybody("ann", "bob", "cat")
	w.must(w.dev("bob", 0), NewApprove(oa.ID, a, nil))
	w.must(w.dev("cat", 0), NewApprove(ob.ID, b, nil))
	p := w.all.State().Policy
	if p.DeviceAdd != 1 || p.Reach != 1 || p.EditHistory != 0 || p.Seen != 0 || p.MinVersion != 3 || len(p.Mailboxes) != 2 {
		t.Errorf("policy %+v, want da 1, re 1, eh 0, sn 0, mv 3, two mailboxes", p)
	}
	if got, want := fmt.Sprint(p.Retention), "[{{} 0 30} {{} 1 10} {{} 2 5}]"; got != want {
		t.Errorf("retention %s, want %s", got, want)
	}
}
