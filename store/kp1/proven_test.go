package kp1

import (
	"encoding/binary"
	"testing"
)

// TestProvenForgets: what is remembered is bounded, and what is asked for again and again stays.
func TestProvenForgets(t *testing.T) {
	var p Proven
	name := func(i int) ID { return Sum(binary.BigEndian.AppendUint64(nil, uint64(i))) }
	p.Add(name(0))
	for i := 1; i < 3*memoMost; i++ {
		if p.Has(name(i)) {
			t.Fatalf("%d was never added", i)
		}
		p.Add(name(i))
		if !p.Has(name(0)) || !p.Has(name(i)) {
			t.Fatalf("after %d: what is in use was forgotten", i)
		}
		if n := len(p.memo.now) + len(p.memo.old); n > memoMost {
			t.Fatalf("%d are remembered, %d may be", n, memoMost)
		}
	}
	if p.Has(name(1)) {
		t.Error("what nobody asked for is remembered for ever")
	}
}
