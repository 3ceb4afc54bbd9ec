package group

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestT21NoDeadlock: whatever was removed at the same time, and whoever was handed keys that do not fit, everybody who
// is in can write after at most one Rekey of their own, and no more are made than there are devices.
func TestT21NoDeadlock(t *testing.T) {
	rekeys, starved := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 21))
		names := []string{"ann", "bob", "cat", "dan", "eve", "fay"}
		w := found(t, PolicyFields{})
		ann, bob := w.dev("ann", 0), w.dev("bob", 0)
		w.must(ann, w.admit("bob", kp1.RankAdmin))
		for _, n := range names[2:] {
			w.must(ann, w.admit(n, kp1.RankMember))
		}
		w.everybody(names...)
		held := map[kp1.DID]map[kp1.EID]bool{}
		for _, n := range names {
			held[w.dev(n, 0).id] = map[kp1.EID]bool{}
		}
		rekey := func(d *dev) {
			e := w.rekey(d, "k")
			w.must(d, e)
			for _, to := range e.To {
				held[to][e.Epoch] = to == d.id || r.IntN(3) > 0 // else the box does not hold what was promised
			}
		}
		rekey(ann)
		w.everybody(names...)
		w.must(ann, NewRemove(someone(t, "cat").id, nil, 0))
		w.must(bob, NewRemove(someone(t, "dan").id, nil, 0))
		rekey(ann)
		rekey(bob)
		w.everybody(names...)
		made := 0
		for _, k := range r.Perm(len(names)) {
			d := w.dev(names[k], 0)
			m, ok := w.all.State().Member(d.who.id)
			if !ok {
				continue
			}
			w.everybody(names...)
			holds := func(e kp1.EID, _ uint8) bool { return held[d.id][e] }
			writes := func() bool {
				for _, c := range Compartments(m.Rank) {
					if _, ok := w.all.PickHeld(c, func(e kp1.EID) bool { return held[d.id][e] }); !ok {
						return false
					}
				}
				return true
			}
			if !writes() {
				if !w.all.NeedRekey() {
					starved++
				}
				if !w.all.NeedRekeyHeld(m.Rank, holds) {
					rt.Fatalf("%s can write under no epoch and is not to make one", names[k])
				}
				rekey(d)
				made++
			}
			if !writes() || w.all.NeedRekeyHeld(m.Rank, holds) {
				rt.Fatalf("%s cannot write after a Rekey of their own", names[k])
			}
		}
		if made == 0 || made > len(names) {
			rt.Fatalf("%d Rekeys on meeting", made)
		}
		rekeys += made
	})
	if rekeys == 0 || starved == 0 {
		t.Errorf("%d Rekeys, %d for want of a key: the cases show nothing", rekeys, starved)
	}
}
