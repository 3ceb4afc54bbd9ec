package group

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestT9Arrival is G1 with the fences on. The first devices of nine people are replicas, and each hears the ops of a
// random history in an order of its own, so that fences hold different ones back. Then honest people do what the protocol
// asks of them: they name what they have admitted (the vouch) and one of them, a steward whom nobody removes, names what
// waits (the tap). In the end all who count one another in have admitted the same ops; and on the way, whatever a replica
// has admitted means what the naive resolver says.
func TestT9Arrival(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(t9Arrival(rt, dice(rt, 99))) })
	t.Logf("%+v", met)
	if met.held == 0 || met.freed == 0 || met.valid == 0 {
		t.Errorf("%d ops held, %d replicas that had to be settled, %d equal in the end: the cases show nothing",
			met.held, met.freed, met.valid)
	}
}

// replica is what one device has heard.
type replica struct {
	d   *dev
	log *Log
}

// in reports whether the device of q is in at p.
func (p replica) in(q replica) bool { _, ok := p.log.State().Device(q.d.id); return ok }

// t9Arrival counts the ops held, as freed the replicas that differed before anybody acted, and as valid those that are
// equal to the steward's in the end.
func t9Arrival(t tb, r *rand.Rand) (met counts) {
	w := history(t, r, 10+r.IntN(30), "sue")
	spared := func(o Op) bool { // the steward does nothing, and nothing is done to the steward
		n := w.all.nodes[w.all.index[o.ID]]
		sue := someone(t, "sue")
		return o.Device != sue.devs[0].id && (n.strike == nil || !n.strike.proof && w.all.cur.target(n.deed.body) != sue.id)
	}
	var base, ops []Op
	gone := map[kp1.ID]bool{}
	for k, o := range w.ops {
		rests := gone[o.Prev] || slices.ContainsFunc(o.Auth, func(a kp1.ID) bool { return gone[a] })
		switch {
		case k < w.settled:
			base = append(base, o)
		case rests || !spared(o):
			gone[o.ID] = true
		default:
			ops = append(ops, o)
		}
	}
	var all []replica
	for _, n := range cast[:9] {
		l := logOf(t, false, base)
		for _, o := range shuffleAfter(base, ops, r.IntN) {
			_ = add(l, o)
		}
		met.held += len(l.Held())
		all = append(all, replica{w.dev(n, 0), l})
	}
	all[r.IntN(len(all))].meansWhatItHolds(t)
	sue := all[1]
	for _, p := range all {
		if !slices.Equal(p.log.Heads(), sue.log.Heads()) {
			met.freed++
		}
	}
	acks := uint64(0)
	say := func(p replica, tap bool) (Op, bool) {
		if !p.in(p) {
			return Op{}, false // who knows to be out says nothing
		}
		prev, seq := p.log.Last(p.d.id)
		o := Op{V: 1, Type: TypeAck, Device: p.d.id, Seq: seq + 1, Prev: prev, Auth: p.log.Heads(), Body: []byte{0xa0}}
		if tap && len(p.log.held) > 0 {
			// all that waits, by its newest ops
			o.Auth = append(o.Auth, p.log.tops(p.log.held)...)
		}
		if len(o.Auth) > kp1.MaxAuthRefs {
			o.Auth = o.Auth[len(o.Auth)-kp1.MaxAuthRefs:] // the rest another time
		}
		o.Auth = sortIDs(o.Auth, kp1.ID.Compare)
		acks++
		o.ID = opID(o, 1<<40+acks)
		return o, true
	}
	equal := func() bool {
		for _, p := range all {
			if p.in(p) && sue.in(p) && !slices.Equal(p.log.Held(), nil) {
				return false
			}
		}
		return len(sue.log.held) == 0
	}
	for round := 0; round < 40 && (round < 2 || !equal()); round++ {
		var said []Op
		for _, p := range all {
			if o, ok := say(p, round > 0 && p.d == sue.d); ok {
				said = append(said, o)
				_ = add(p.log, o)
			}
		}
		for _, p := range all {
			for _, o := range said {
				_ = add(p.log, o)
			}
		}
	}
	for _, p := range all {
		if !p.in(sue) {
			t.Fatalf("%s does not count the steward in", p.d.who.name)
		}
		if !p.in(p) || !sue.in(p) {
			continue
		}
		met.valid++
		if got, want := p.log.Heads(), sue.log.Heads(); !slices.Equal(got, want) {
			t.Fatalf("%s has %d ops, %d waiting (%s); the steward has %d, %d waiting (%s)", p.d.who.name,
				p.log.Len(), len(p.log.held), lines(p.log), sue.log.Len(), len(sue.log.held), lines(sue.log))
		}
		if got, want := p.log.State().Hash(), sue.log.State().Hash(); got != want {
			t.Fatalf("%s and the steward have the same ops and states %x and %x", p.d.who.name, got, want)
		}
	}
	sue.meansWhatItHolds(t)
	return met
}

// tops returns those of these ops that no other of them has in its past.
func (l *Log) tops(ops []int) []kp1.ID {
	var out []kp1.ID
	for _, i := range l.latest(ops) {
		out = append(out, l.nodes[i].op.ID)
	}
	return out
}

// meansWhatItHolds compares a replica with the naive resolver on what it has admitted.
func (p replica) meansWhatItHolds(t tb) {
	t.Helper()
	var ops []Op
	set := ids{}
	for i, n := range p.log.nodes {
		if p.log.cur.set.has(i) {
			ops = append(ops, n.op)
			set[n.op.ID] = true
		}
	}
	if got, want := summaryOf(p.log.State()), newOracle(ops).resolve(set).summary(); got != want {
		t.Fatalf("%s with %d ops:\n got %s\nwant %s", p.d.who.name, len(ops), got, want)
	}
}

// shuffleAfter is shuffle for ops that rest on others heard before.
func shuffleAfter(before, ops []Op, next func(int) int) []Op {
	out := shuffle(slices.Concat(before, ops), func(n int) int {
		if n > len(ops) {
			return 0
		}
		return next(n)
	})
	return out[len(before):]
}
