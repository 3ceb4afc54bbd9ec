package group

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// place is a point of a device's chain, from which an attacker may fork it.
type place struct {
	knew set
	tip  kp1.ID
	seq  uint64
}

// TestT12 says what one identity of admin rank, past or present, can do with all its devices, from every view it ever
// had, forking its chains, with a helper it has let in and people it invents, and nobody else vouching, among three admins
// or beside a steward: it never changes who leads, and an ex-admin never gains entry, rank or keys (G4, G5).
func TestT12OneIdentity(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(t12OneIdentity(rt, dice(rt, 12))) })
	t.Logf("%+v", met)
	if met.held == 0 || met.valid == 0 {
		t.Errorf("%d ops held, %d admitted: the attacks show nothing", met.held, met.valid)
	}
}

// t12OneIdentity counts the attacker's ops that wait as held, and those that are admitted and valid as valid.
func t12OneIdentity(t tb, r *rand.Rand) (met counts) {
	steward, standing := r.IntN(2) == 0, r.IntN(2) == 0
	w := found(t, PolicyFields{})
	ann, idle := w.dev("ann", 0), w.dev("ann", 1)
	places := map[*dev][]place{}
	mark := func(d *dev) { places[d] = append(places[d], place{w.knew[d.id], w.tip[d.id], w.seq[d.id]}) }
	w.must(ann, AddDevice{idle.cert})
	w.must(ann, w.rekey(ann, "alone"))
	w.must(ann, w.admit("bob", kp1.RankMember, w.dev("bob", 1).cert))
	w.must(ann, w.admit("dan", kp1.RankMember))
	w.must(ann, w.admit("gus", kp1.RankMember)) // a helper from the time alone
	w.meet(ann, idle, w.dev("gus", 0))
	mark(ann)
	mark(idle)
	mark(w.dev("gus", 0))
	if steward {
		w.must(ann, w.admit("sue", kp1.RankSteward))
		w.meet(ann, w.dev("sue", 0))
	}
	chief := ann
	if steward {
		chief = w.dev("sue", 0)
	}
	w.must(chief, SetRole{Member: someone(t, "bob").id, Rank: kp1.RankAdmin})
	w.meet(chief, ann, w.dev("bob", 0))
	mark(ann)
	if steward {
		w.must(chief, w.admit("cat", kp1.RankAdmin))
	} else {
		w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin))
	}
	w.must(ann, w.admit("hal", kp1.RankMember)) // a helper, for all to see
	w.everybody(cast...)
	mark(ann)
	mark(w.dev("hal", 0))
	if !standing {
		if steward {
			w.must(chief, NewRemove(ann.who.id, nil, 4))
		} else {
			w.second(w.dev("bob", 0), w.dev("cat", 0), NewRemove(ann.who.id, nil, 4))
		}
		w.meet(chief, w.dev("bob", 0), w.dev("cat", 0), w.dev("hal", 0))
		mark(w.dev("hal", 0))
		w.must(w.dev("bob", 0), w.rekey(w.dev("bob", 0), "without ann"))
	}
	honest := logOf(t, false, w.ops)
	before, keys := honest.State(), honest.picks()

	g := &gossip{w, r, nil}
	attackers := []*dev{ann, idle, idle, w.dev("hal", 0), w.dev("gus", 0), w.dev("eve", 0), w.dev("ann", 2)}
	for range 25 {
		d := attackers[r.IntN(len(attackers))]
		if p := places[d]; len(p) > 0 && r.IntN(3) == 0 {
			at := p[r.IntN(len(p))]
			w.knew[d.id], w.tip[d.id], w.seq[d.id] = at.knew, at.tip, at.seq
		}
		switch r.IntN(4) {
		case 0: // hears of what the others do, and of all that is here
			w.knew[d.id] = w.knew[d.id].union(w.knew[attackers[r.IntN(len(attackers))].id])
		case 1:
			w.knew[d.id] = w.knew[d.id].union(w.knew[w.dev("hal", 0).id])
		}
		if w.knew[d.id].count() == 0 {
			continue
		}
		st, err := w.all.At(w.heads(d.id))
		if err != nil {
			t.Fatal(err)
		}
		b := g.body(d, st)
		if e, ok := b.(Evidence); b == nil || ok && e.Device != ann.id && e.Device != idle.id {
			continue // a proof is not for them to make
		}
		if rm, ok := b.(Remove); ok && rm.Member == d.who.id {
			continue // leaving is everybody's right
		}
		o := g.draft(d, b)
		if err := g.file(o); err != nil {
			if is(err, ErrStranger) {
				continue
			}
			t.Fatalf("Add(%s) = %v", o.Type, err)
		}
		if o.Type == TypePropose {
			g.props = append(g.props, o)
		}
		mark(d)
		switch err := add(honest, o); {
		case is(err, ErrWaiting):
			met.held++
		case err == nil && honest.Standing(o.ID) == nil:
			met.valid++
		case err != nil:
			t.Fatalf("Add(%s) = %v", o.Type, err)
		}
	}

	if alone := places[idle][0]; r.IntN(2) == 0 { // and the plainest of all: from the time alone, with a helper's word
		w.knew[idle.id], w.tip[idle.id], w.seq[idle.id] = alone.knew, alone.tip, alone.seq
		bob := someone(t, "bob").id
		act := []Body{w.admit("eve", kp1.RankAdmin), NewRemove(bob, nil, 0), SetRole{Member: bob, Rank: kp1.RankGuest, Cut: &Cut{}}}
		o := w.write(idle, act[r.IntN(len(act))])
		_ = add(honest, o)
		honest.Vouch(attackers[3+r.IntN(2)].id, []kp1.ID{o.ID})
	}

	after := honest.State()
	name := map[bool]string{true: "an admin who stands", false: "an ex-admin"}[standing]
	for _, m := range before.Members {
		now, ok := after.Member(m.ID)
		if m.ID != ann.who.id && m.Rank >= kp1.RankAdmin && (!ok || now.Rank != m.Rank) {
			t.Fatalf("%s changed who leads: %s is in %v with rank %d\n%s", name, m.ID.Short(), ok, now.Rank, lines(honest))
		}
	}
	for _, m := range after.Members {
		was, ok := before.Member(m.ID)
		if m.Rank >= kp1.RankAdmin && (!ok || was.Rank != m.Rank) {
			t.Fatalf("%s made %s one who leads\n%s", name, m.ID.Short(), lines(honest))
		}
		if !standing && (!ok || m.Rank > was.Rank) {
			t.Fatalf("%s let in or raised %s\n%s", name, m.ID.Short(), lines(honest))
		}
	}
	for _, d := range before.Devices {
		if m, _ := before.Member(d.Member); m.Rank >= kp1.RankAdmin && d.Member != ann.who.id {
			if _, ok := after.Device(d.ID); !ok {
				t.Fatalf("%s took a device of one who leads\n%s", name, lines(honest))
			}
		}
	}
	if before.Policy.DeviceAdd != after.Policy.DeviceAdd || before.Policy.MinVersion != after.Policy.MinVersion {
		t.Fatalf("%s changed the policy", name)
	}
	if standing {
		return met
	}
	for _, d := range after.Devices {
		if _, ok := before.Device(d.ID); !ok && d.Member != someone(t, "hal").id && d.Member != someone(t, "gus").id {
			t.Fatalf("%s brought in a device of %s", name, d.Member.Short())
		}
	}
	for c, e := range keys {
		now, ok := honest.Pick(uint8(c)) //nolint:gosec // three compartments
		if !ok || now == e {
			continue // the helper may make an epoch, or hand one over and so make it unusable
		}
		if ep, _ := honest.Epoch(now); ep.By == ann.id || ep.By == idle.id {
			t.Fatalf("%s has others seal under its keys", name)
		}
		if given := honest.epochs.given[now]; given[ann.id]|given[idle.id]|given[w.dev("eve", 0).id] != 0 {
			t.Fatalf("%s was given the keys that others seal under", name)
		}
	}
	return met
}
