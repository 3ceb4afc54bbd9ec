package group

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"kith/store/kp1"
)

func manyNames(n int) [][16]byte {
	var out [][16]byte
	for i := range n {
		var name [16]byte
		binary.BigEndian.PutUint32(name[:], uint32(i+1))
		out = append(out, name)
	}
	return out
}

// TestT8HandedNames: a Grant says of up to 1,024 payload keys that it hands them over, in order; one without them is
// what it was before there were any.
func TestT8HandedNames(t *testing.T) {
	plain := Grant{Shares: []Share{{Epoch: kp1.EID{1}, Mask: MaskAuth}}, To: []kp1.DID{{1}}}
	twice := append(manyNames(1), manyNames(1)...)
	down := manyNames(2)
	slices.Reverse(down)
	for _, c := range []struct {
		name  string
		names [][16]byte
		want  error
	}{
		{"absent", nil, nil},
		{"one", manyNames(1), nil},
		{"the limit", manyNames(kp1.MaxGrantEntries), nil},
		{"one more", manyNames(kp1.MaxGrantEntries + 1), ErrMalformed},
		{"one twice", twice, ErrMalformed},
		{"out of order", down, ErrMalformed},
	} {
		g := plain
		g.Handed = c.names
		raw, err := g.Encode()
		if !errors.Is(err, c.want) {
			t.Errorf("Encode(%s) = %v, want %v", c.name, err, c.want)
		}
		if err != nil {
			continue
		}
		back, err := DecodeBody(TypeGrant, raw)
		if err != nil || !slices.Equal(back.(Grant).Handed, c.names) {
			t.Errorf("DecodeBody(%s) = %v", c.name, err)
		}
	}
	raw, err := plain.Encode()
	if err != nil {
		t.Fatal(err)
	}
	none := kp1.AppendArray(kp1.AppendText(nil, "ph"), 0)
	at := bytes.Index(raw, kp1.AppendText(nil, "to"))
	raw = slices.Concat([]byte{raw[0] + 1}, raw[1:at], none, raw[at:])
	if _, err := DecodeBody(TypeGrant, raw); !errors.Is(err, ErrMalformed) {
		t.Errorf("DecodeBody(an empty list of names) = %v, want %v", err, ErrMalformed)
	}
}

// TestMayOpen follows what devices may open: by history, by rank, and not when they are out.
func TestMayOpen(t *testing.T) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	one := w.rekey(ann, "one")
	w.must(ann, one)
	two := w.rekey(ann, "two")
	w.must(ann, two)
	for _, c := range []struct {
		name          string
		rank, history uint8
		one, two      uint8 // compartments
	}{
		{"eve", kp1.RankMember, HistoryNone, 0, 2},
		{"gus", kp1.RankMember, HistoryAll, 2, 2},
		{"hal", kp1.RankGuest, HistoryAll, 1, 1},
	} {
		d := w.dev(c.name, 0)
		check := func(when string, e kp1.EID, upTo uint8) {
			t.Helper()
			for comp := range uint8(3) {
				if got := w.all.MayOpen(d.id, e, comp); got != (comp < upTo) {
					t.Errorf("%s, %s: MayOpen(compartment %d) = %v", c.name, when, comp, got)
				}
			}
		}
		check("a stranger", two.Epoch, 0)
		a := w.admit(c.name, c.rank)
		a.History = c.history
		w.must(ann, a)
		check("the earlier epoch", one.Epoch, c.one)
		check("the epoch in use", two.Epoch, c.two)
		check("no epoch of the group", kp1.EID{9}, 0)
		w.must(ann, NewRemove(someone(t, c.name).id, nil, 0))
		check("out", two.Epoch, 0)
	}
}
