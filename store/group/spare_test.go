package group

import (
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestSpares: an op of which Spares says that it changes no ruling changes none.
func TestSpares(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(spares(rt, dice(rt, 5))) })
	t.Logf("%+v", met)
	if met.valid == 0 || met.void == 0 {
		t.Errorf("%d removals were spared, %d changed something: the cases show nothing", met.valid, met.void)
	}
}

// spares counts the removals that were spared as valid, and those that changed a ruling as void.
func spares(t tb, r *rand.Rand) (met counts) {
	w := history(t, r, 15+r.IntN(25))
	l := newLog(t)
	l.open = true
	for _, o := range w.ops[:w.settled] {
		_ = add(l, o)
	}
	type place struct {
		d *dev
		c uint8
	}
	said, heads := map[place][]ContentRef{}, map[place]CutEntry{}
	rulings := func() (out []Ruling) {
		for _, n := range cast {
			for k := range 3 {
				for c := range uint8(3) {
					for _, ref := range said[place{w.dev(n, k), c}] {
						out = append(out, l.Content(ref).Ruling)
					}
				}
			}
		}
		return out
	}
	for _, o := range w.ops[w.settled:] {
		for range 3 { // somebody writes
			p := place{w.dev(cast[r.IntN(8)], r.IntN(2)), uint8(r.IntN(3))}
			ref := ContentRef{Device: p.d.id, Comp: p.c, Seq: uint64(len(said[p]) + 1), ID: kp1.ID(seed("c")), Auth: l.Heads()}
			if len(ref.Auth) <= kp1.MaxAuthRefs && l.Content(ref).Ruling == Accept {
				said[p] = append(said[p], ref)
				heads[p] = CutEntry{Device: p.d.id, Comp: p.c, Seq: ref.Seq, ID: [32]byte(ref.ID)}
			}
		}
		before := rulings()
		_ = add(l, o)
		var all []CutEntry
		for _, h := range heads {
			all = append(all, h)
		}
		spared := l.Spares(o.ID, all)
		changed := false
		for k, now := range rulings() {
			changed = changed || now != before[k]
		}
		n := l.nodes[l.index[o.ID]]
		switch removal := n.err == nil && n.strike != nil; {
		case spared && changed:
			t.Fatalf("%s was spared and changed a ruling", o.Type)
		case spared && removal:
			met.valid++
		case changed && removal:
			met.void++
		}
	}
	return met
}
