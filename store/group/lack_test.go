package group

import (
	"fmt"
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
					rt.Fatalf("after %d ops: device %s holds %x of epoch %s, want %x", i, k.device.Short(), h.mask, k.epoch.Short(), want)
				}
			}
			got, want := l.Missing(), l.lacking()
			if lacking += len(want); !reflect.DeepEqual(got, want) {
				rt.Fatalf("after %d ops: %s", i, apartNeeds(got, want))
			}
		}
	})
	if held == 0 || lacking == 0 {
		t.Errorf("%d held, %d lack keys: the histories show nothing", held, lacking)
	}
}

// lacking is Missing, worked out from all epochs, devices and what was handed over.
func (l *Log) lacking() (out []Need) {
	for d, g := range l.cur.gear {
		rank, reads := l.cur.people[g.member].rank, l.reader(l.entries(g.member))
		if g.in && slices.ContainsFunc(l.Sealed(), func(e Epoch) bool {
			want, at := MaskAuth, l.epochs.byID[e.ID]
			valid := slices.IndexFunc(at, func(i int) bool { return l.cur.set.has(i) && l.nodes[i].err == nil })
			for _, c := range Compartments(rank) {
				if p, ok := l.Pick(c); ok && p == e.ID {
					want |= MaskKey(c)
				}
				if valid >= 0 && reads(at[valid]) {
					want |= MaskContent(c)
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

// apartNeeds says in what two lists of who lacks keys differ.
func apartNeeds(got, want []Need) string {
	line := func(ns []Need) (out []string) {
		for _, n := range ns {
			s := n.Device.Short()
			for _, sh := range n.Shares {
				s += fmt.Sprintf(" %s:%x", sh.Epoch.Short(), sh.Mask)
			}
			out = append(out, s)
		}
		return out
	}
	return fmt.Sprintf("Missing = %q, want %q", line(got), line(want))
}
