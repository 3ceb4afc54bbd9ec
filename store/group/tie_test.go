package group

import (
	"bytes"
	"fmt"
	"testing"

	"kith/store/kp1"
)

// TestT9Ties: where two ops stand beside one another and only one can count, every device takes the same: of two certificates
// of a device and of two entries of a person the one in the op with the larger id, of two keys that a forked device published
// in one place likewise.
func TestT9Ties(t *testing.T) {
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprintf("first %v", first), func(t *testing.T) {
			order := func(a, b Op) (small, large Op) {
				if a.ID.Compare(b.ID) > 0 {
					return b, a
				}
				return a, b
			}
			later := func(w *world, small, large Op) *Log {
				t.Helper()
				last := []Op{small, large}
				if !first {
					last = []Op{large, small}
				}
				return logOf(t, true, append(w.ops[:len(w.ops)-2:len(w.ops)-2], last...))
			}

			w := three(t)
			dan := someone(t, "dan")
			third := dan.devs[2]
			var ops []Op
			hpke := map[kp1.ID][]byte{}
			for i := range 2 {
				key := hpkeKey(t, fmt.Sprintf("tie %d", i))
				c, err := NewCert(testGID, third.cert.Root, third.pub, key, third.peer, 0)
				if err != nil {
					t.Fatal(err)
				}
				o := w.must(dan.devs[i], AddDevice{SignCert(c, kp1.DID{}, dan.root, third.key)})
				ops, hpke[o.ID] = append(ops, o), key
			}
			small, large := order(ops[0], ops[1])
			if d, ok := later(w, small, large).State().Device(third.id); !ok || !bytes.Equal(d.HPKE, hpke[large.ID]) {
				t.Errorf("two certificates: in %v, with the keys of the other", ok)
			}

			w = three(t)
			a := w.must(w.dev("ann", 0), w.admit("eve", kp1.RankMember))
			b := w.must(w.dev("bob", 0), w.admit("eve", kp1.RankGuest))
			small, large = order(a, b)
			if m, ok := later(w, small, large).State().Member(someone(t, "eve").id); !ok || m.Entry != large.ID || m.Rank != kp1.RankGuest {
				t.Errorf("two entries: in %v with rank %d, by the other", ok, m.Rank)
			}

			w = three(t)
			a = w.draft(dan.devs[0], KeyUpdate{Peer: seed("one")})
			b = w.draft(dan.devs[0], KeyUpdate{Peer: seed("two")})
			if err := w.file(a); err != nil {
				t.Fatal(err)
			}
			if err := w.file(b); err != nil {
				t.Fatal(err)
			}
			small, large = order(a, b)
			want := seed("two")
			if large.ID == a.ID {
				want = seed("one")
			}
			if d, ok := later(w, small, large).State().Device(dan.devs[0].id); !ok || !bytes.Equal(d.Peer, want) {
				t.Errorf("two keys in one place: in %v, with the other", ok)
			}
		})
	}
}
