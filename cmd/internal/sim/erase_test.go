package sim

import (
	"testing"
	"time"
)

// TestT30Village: people take back what they wrote, in a village with partitions, losses and removals. Everybody comes to
// show the same, nobody who knows of it has the words, and nobody is told that somebody has what was never there.
func TestT30Village(t *testing.T) {
	v := live(t, Climate{
		Seed: *seed, People: 4, Machines: 2, Days: 1, Acts: 24, Online: 0.5, Lossy: 0.05, Twice: 0.05, Shuffle: 10 * time.Second,
		Keepers: 1, Strife: 12 * time.Hour, Weather: true, Erases: true,
	})
	if v.Tally.Erased < 5 {
		t.Errorf("%d posts were taken back: the run shows little", v.Tally.Erased)
	}
}
