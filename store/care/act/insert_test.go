package act

import (
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// voiced is the n-th act of a device; salt tells two in one place of a chain apart.
func voiced(device, comp byte, seq uint64, salt byte) Event {
	name := append([]byte{device, comp, salt}, binary.BigEndian.AppendUint64(nil, seq)...)
	return Event{Meta{ID: kp1.Sum(name), Device: kp1.DID{device}, Comp: comp, Seq: seq}, node{}}
}

func ids(es []Event) (out []kp1.ID) {
	for _, e := range es {
		out = append(out, e.ID)
	}
	return out
}

// TestT8ActsOnOneThing: at the limit all count, and of one more the first.
func TestT8ActsOnOneThing(t *testing.T) {
	var es []Event
	for seq := range uint64(MaxActs) {
		es = append(es, voiced(1, 0, 2*seq+2, 0))
	}
	full, changed := Insert(nil, slices.Clone(es)...)
	if !changed || len(full) != MaxActs {
		t.Fatalf("%d acts kept of %d", len(full), MaxActs)
	}
	if now, changed := Insert(full, voiced(1, 0, 2*MaxActs+2, 0)); changed || len(now) != MaxActs {
		t.Errorf("one more changes it: %d acts, %v", len(now), changed)
	}
	earlier := voiced(1, 0, 1, 0)
	now, changed := Insert(full, earlier)
	if !changed || len(now) != MaxActs || !slices.Contains(ids(now), earlier.ID) || slices.Contains(ids(now), es[MaxActs-1].ID) {
		t.Errorf("an earlier one does not take the place of the last: %d acts, %v", len(now), changed)
	}
	if Holds(now, full) || !Holds(full, full[3:9]) {
		t.Error("Holds is wrong")
	}
	for name, other := range map[string]Event{"another device's": voiced(2, 0, 9_999, 0), "for other readers": voiced(1, 1, 9_999, 0)} {
		if now, changed := Insert(full, other); !changed || len(now) != MaxActs+1 {
			t.Errorf("one %s: %d acts, %v", name, len(now), changed)
		}
	}
}

// TestInsertAnyOrder: which acts of a flood count does not depend on how they came.
func TestInsertAnyOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var es []Event
		for range rapid.IntRange(MaxActs, MaxActs+300).Draw(rt, "n") {
			es = append(es, voiced(byte(rapid.IntRange(1, 20).Draw(rt, "device")/20), 0, uint64(len(es)/2), byte(len(es)%2)))
		}
		want, _ := Insert(nil, slices.Clone(es)...)
		var got []Event
		order := rapid.Permutation(es).Draw(rt, "order")
		for len(order) > 0 {
			n := rapid.IntRange(1, len(order)).Draw(rt, "batch")
			got, _ = Insert(got, slices.Clone(order[:n])...)
			order = order[n:]
		}
		if !slices.Equal(ids(got), ids(want)) {
			rt.Fatalf("%d acts kept in one order and %d in another, or not the same", len(want), len(got))
		}
	})
}
