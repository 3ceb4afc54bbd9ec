package store

import "testing"

// TestCheckpointDue: what is said is folded down every 4,096 entries; a history, however long, costs what it is long.
func TestCheckpointDue(t *testing.T) {
	for _, c := range []struct {
		came, folded uint64
		filed        int
		due          bool
	}{
		{checkpointEvery, 1_000_000, 1, false},
		{checkpointEvery + 1, 1_000_000, 1, true},
		{checkpointEvery + 1, 1_000_000, catchingUp - 1, true},
		{checkpointEvery + 1, 1_000_000, catchingUp, false},
		{1_000_000, 1_000_000, catchingUp, false},
		{1_000_001, 1_000_000, catchingUp, true},
		{checkpointEvery, 0, catchingUp, false},
		{checkpointEvery + 1, 0, catchingUp, true},
	} {
		if got := checkpointDue(c.came, c.folded, c.filed); got != c.due {
			t.Errorf("checkpointDue(%d, %d, %d) = %v", c.came, c.folded, c.filed, got)
		}
	}
	const batch = 500
	for _, n := range []uint64{10_000, 100_000, 1_000_000} {
		written, folded := uint64(0), uint64(0)
		for next := uint64(batch); next <= n; next += batch {
			if checkpointDue(next-folded, folded, batch) {
				folded = next
				written += folded
			}
		}
		if written > 2*n {
			t.Errorf("a history of %d has %d entries folded down, want at most twice its length", n, written)
		}
	}
}
