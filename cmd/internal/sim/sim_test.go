package sim

import (
	"flag"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

var (
	full = flag.Uint64("sim.seed", 0, "the one seed to run; 0: a few by chance")
	long = flag.Bool("sim.long", false, "the long form of make soak: 6 people, 5 days; the month is lived by the light village")
)

func TestWorldHoldsItsPromises(t *testing.T) {
	seeds := []uint64{1, 2, rand.Uint64()} //nolint:gosec // printed below
	if *full != 0 {
		seeds = []uint64{*full}
	}
	for _, s := range seeds {
		plan := Plan{Seed: s, People: 4, Days: 2, Acts: 6, Awake: 0.5, Remove: true, Delay: 20 * time.Millisecond}
		if *long {
			plan.People, plan.Days, plan.Awake = 6, 5, 0.2
		}
		t.Run(plan.String(), func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				w, err := New(dir, plan)
				if err != nil {
					t.Fatalf("%v: %v", plan, err)
				}
				if err := w.Run(); err != nil {
					t.Errorf("%v: %v", plan, err)
				}
				t.Logf("%d acts were written", len(w.said))
			})
		})
	}
}
