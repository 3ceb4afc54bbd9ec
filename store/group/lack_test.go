package group

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestMissingAsKept: what is kept of who holds which keys, op by op, is what all ops together say, in every order of
// arrival and behind fences.
func TestMissingAsKept(t *testing.T) {
	held, lacking := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		r := dice(rt, 25)
		w := history(t, r, 20+r.IntN(30))
		ops, l := reordered(w, r), NewLog(w.all.gid)
		for i, o := range ops {
			_ = l.Add(o)
			if i%20 != 0 && i < len(ops)-1 {
				continue
			}
			held += len(l.held)
			for k, h := range l.epochs.handed {
				if want := l.holds(k); h.mask != want {
					t.Fatalf("after %d ops: device %s holds %x of epoch %s, want %x", i, k.device.Short(), h.mask, k.epoch.Short(), want)
				}
			}
			got, want := l.Missing(), l.lacking()
			if lacking += len(want); !reflect.DeepEqual(got, want) {
				t.Fatalf("after %d ops: Missing = %+v, want %+v", i, got, want)
			}
		}
	})
	if held == 0 || lacking == 0 {
		t.Errorf("%d held, %d lack keys: the histories show nothing", held, lacking)
	}
}

// lacking is Missing, worked out from all epochs and devices.
func (l *Log) lacking() (out []Need) {
	for d, g := range l.cur.gear {
		rank := l.cur.people[g.member].rank
		if g.in && slices.ContainsFunc(l.Epochs(), func(e Epoch) bool {
			want := MaskAuth
			for _, c := range Compartments(rank) {
				if p, ok := l.Pick(c); ok && p == e.ID {
					want |= MaskKey(c)
				}
			}
			return want&^l.holds(keyring{e.ID, d}) != 0
		}) {
			out = append(out, Need{Device: d, Member: g.member, HPKE: g.hpke, Shares: l.Due(d)})
		}
	}
	slices.SortFunc(out, func(a, b Need) int { return a.Device.Compare(b.Device) })
	return out
}

// TestPromised: a device was promised the compartments of its rank by the Rekeys that name it, and by no others.
func TestPromised(t *testing.T) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.rekey(ann, "before"))
	w.must(ann, w.admit("bob", kp1.RankMember))
	two := w.must(ann, w.rekey(ann, "with bob")).ID
	w.must(ann, SetRole{Member: bob.who.id, Rank: kp1.RankAdmin})
	three := w.must(ann, w.rekey(ann, "bob leads")).ID
	got := map[kp1.EID][]uint8{}
	for e, comps := range w.all.Promised(bob.id) {
		got[e] = comps
	}
	epoch := func(id kp1.ID) kp1.EID { return w.all.Body(id).(Rekey).Epoch }
	want := map[kp1.EID][]uint8{epoch(two): Compartments(kp1.RankMember), epoch(three): Compartments(kp1.RankAdmin)}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("Promised = %v, want %v", got, want)
	}
}
