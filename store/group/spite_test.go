package group

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// spites are the groups in which one of rank admin or member is removed or demoted, and then acts from what they knew.
var spites = []struct {
	name     string
	steward  bool
	admins   int  // ann is the first
	demoted  bool // instead of removed
	rank     uint8
	lastPair bool // G4 (ii): the two were the only admins, and there was no steward
}{
	{name: "a steward", steward: true, admins: 2, rank: kp1.RankAdmin},
	{name: "a steward, a demotion", steward: true, admins: 2, rank: kp1.RankAdmin, demoted: true},
	{name: "three admins", admins: 3, rank: kp1.RankAdmin},
	{name: "three admins, a demotion", admins: 3, rank: kp1.RankAdmin, demoted: true},
	{name: "two admins, no steward", admins: 2, rank: kp1.RankAdmin, lastPair: true},
	{name: "a member", admins: 2, rank: kp1.RankMember},
}

// TestT11 says what back-dated acts of somebody who was removed or demoted can do: with everybody vouching for them no
// more than G4 lists, and nothing at all where the removal was heard first and nobody vouches (G3, G4).
func TestT11NothingByTheRemoved(t *testing.T) {
	taken := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		r := dice(rt, 11)
		k := r.IntN(len(spites))
		taken[spites[k].name] += t11Spite(rt, r, k)
	})
	t.Logf("%v", taken)
	total := 0
	for _, n := range taken {
		total += n
	}
	if total == 0 {
		t.Error("no spite took anything, so the bounds were not tried")
	}
}

func t11Random(t tb, r *rand.Rand) { t11Spite(t, r, r.IntN(len(spites))) }

// t11Spite plays one case and returns how many people the spite, vouched for, took out or lowered.
func t11Spite(t tb, r *rand.Rand, k int) (taken int) {
	c := spites[k]
	var stewards []string
	if c.steward {
		stewards = []string{"sue"}
	}
	w := found(t, PolicyFields{}, stewards...)
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, AddDevice{w.dev("ann", 1).cert})
	w.meet(ann, w.dev("sue", 0))
	chief := ann // who needs nobody's consent
	if c.steward {
		chief = w.dev("sue", 0)
	}
	w.must(chief, w.admit("bob", kp1.RankAdmin, w.dev("bob", 1).cert))
	w.meet(chief, ann, bob)
	if c.admins == 3 {
		w.second(ann, bob, w.admit("cat", kp1.RankAdmin, w.dev("cat", 1).cert))
	}
	for i, n := range cast[4:8] {
		w.must(ann, w.admit(n, kp1.RankMember-uint8(i/3), w.dev(n, 1).cert))
	}
	w.must(ann, w.rekey(ann, "one"))
	w.everybody(cast...)

	gone := someone(t, "bob")
	if c.rank == kp1.RankMember {
		gone = someone(t, "dan")
	}
	old := w.knew[gone.devs[0].id]
	claimed := w.all.stateOf(w.all.resolve(old))
	var action Body = NewRemove(gone.id, nil, 3)
	if c.demoted {
		action = SetRole{Member: gone.id, Rank: kp1.RankMember, Cut: &Cut{}}
	}
	switch {
	case c.steward:
		w.must(chief, action)
	case c.admins == 3 && c.rank == kp1.RankAdmin:
		w.second(ann, w.dev("cat", 0), action)
	default:
		w.must(ann, action)
	}
	w.must(chief, w.rekey(chief, "two"))
	honest := logOf(t, false, w.ops)
	before, effects, picks := w.all.State(), w.effects(), honest.picks()

	g := &gossip{w, r, nil}
	for range 12 {
		d := gone.devs[r.IntN(2)]
		w.knew[d.id] = w.knew[d.id].union(old)
		st, err := w.all.At(w.heads(d.id))
		if err != nil {
			t.Fatal(err)
		}
		b := g.body(d, st)
		if e, ok := b.(Evidence); ok && !slices.ContainsFunc(gone.devs, func(o *dev) bool { return o.id == e.Device }) {
			continue // a proof is not for them to make
		}
		if b == nil {
			continue
		}
		o := g.draft(d, b)
		if err := g.file(o); err != nil {
			if is(err, ErrStranger) {
				continue
			}
			t.Fatalf("Add(%s) = %v", o.Type, err)
		}
		_ = add(honest, o)
		if !c.demoted && honest.Admitted(o.ID) {
			t.Fatalf("%s: %s is admitted though its author is out", c.name, o.Type)
		}
	}

	// behind the fence
	if !c.demoted && (honest.State().Hash() != before.Hash() || honest.picks() != picks) {
		t.Fatalf("%s: what nobody vouched for changed the state", c.name)
	}
	if c.demoted {
		for _, m := range before.Members {
			if now, ok := honest.State().Member(m.ID); m.ID != gone.id && (!ok || now.Rank != m.Rank) {
				t.Fatalf("%s: what nobody vouched for touched %s", c.name, m.ID.Short())
			}
		}
		if len(honest.State().Members) > len(before.Members) {
			t.Fatalf("%s: what nobody vouched for let somebody in", c.name)
		}
	}

	// vouched for
	after := w.all.State()
	lost := map[kp1.MID]bool{gone.id: true}
	for _, m := range before.Members {
		now, ok := after.Member(m.ID)
		if ok && now.Rank == m.Rank || m.ID == gone.id {
			continue
		}
		lost[m.ID] = true
		taken++
		was, known := claimed.Member(m.ID)
		switch {
		case !known || ok && now.Rank > m.Rank:
			t.Fatalf("%s: touched %s, whom the view claimed does not know, or raised them", c.name, m.ID.Short())
		case was.Rank >= kp1.RankAdmin && !(c.lastPair && was.Rank == kp1.RankAdmin):
			t.Fatalf("%s: touched %s, of rank %d in the view claimed", c.name, m.ID.Short(), was.Rank)
		}
	}
	for _, m := range after.Members {
		if _, ok := before.Member(m.ID); !ok {
			t.Fatalf("%s: brought in %s", c.name, m.ID.Short())
		}
	}
	for _, d := range after.Devices {
		if _, ok := before.Device(d.ID); !ok && d.Member != gone.id {
			t.Fatalf("%s: brought in a device of %s", c.name, d.Member.Short())
		}
	}
	for _, d := range before.Devices {
		if _, ok := after.Device(d.ID); ok || lost[d.Member] {
			continue
		}
		was, known := claimed.Member(d.Member)
		if !known || was.Rank >= kp1.RankAdmin && !(c.lastPair && was.Rank == kp1.RankAdmin) {
			t.Fatalf("%s: took a device of %s, of rank %d in the view claimed", c.name, d.Member.Short(), was.Rank)
		}
	}
	if before.Policy.DeviceAdd != after.Policy.DeviceAdd || len(after.Policy.Mailboxes) != len(before.Policy.Mailboxes) {
		t.Fatalf("%s: changed the policy", c.name)
	}
	for comp, e := range w.all.picks() {
		if ep, ok := w.all.Epoch(e); ok && !c.demoted && slices.ContainsFunc(gone.devs, func(d *dev) bool { return d.id == ep.By }) {
			t.Fatalf("%s: writers use an epoch of theirs in compartment %d", c.name, comp)
		}
	}
	for i := range effects { // what was done with a rank they had no power over
		if w.all.cur.effective(i) {
			continue
		}
		for _, s := range w.all.nodes[i].deed.signers {
			was, known := claimed.Member(s.member)
			if s.member != gone.id && (!known || s.rank > max(was.Rank, kp1.RankMember) || was.Rank >= kp1.RankAdmin && !c.lastPair) {
				t.Fatalf("%s: undid %s by somebody of rank %d", c.name, w.all.nodes[i].op.Type, s.rank)
			}
		}
	}
	return taken
}

// effects returns which valid ops have their effect.
func (w *world) effects() map[int]bool {
	out := map[int]bool{}
	for i, n := range w.all.nodes {
		if n.err == nil && w.all.cur.effective(i) {
			out[i] = true
		}
	}
	return out
}
