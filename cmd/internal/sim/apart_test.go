package sim

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// grantsEach is how many Grants may be written for each machine that lacks keys when two halves meet: those who hold the
// keys draw lots for who goes first, and some draw alike.
const grantsEach = 3

// TestT25EverybodyReads: halves that lived apart with keys of their own - one removed a member, the keys of the other were
// too old - and each with a new machine that was not there when the other made its keys. Once they meet, everybody who is
// in reads all that is said now, and all that either half said: after few rounds, and by few Grants.
func TestT25EverybodyReads(t *testing.T) {
	c := Climate{Seed: *seed, People: 6, Machines: 1}
	if *all {
		c.People, c.Machines = 12, 2
	}
	for range *runs {
		t.Run(fmt.Sprint(c.Seed), func(t *testing.T) { everybodyReads(t, c) })
		c.Seed++
	}
}

func everybodyReads(t *testing.T, c Climate) {
	v := settled(t, c)
	of := func(m *Machine) bool { return m.owner.n%3 == 0 } // the founder's half; two others who lead are in the other
	v.cut = func(a, b *Machine) bool { return of(a) != of(b) }
	gone := v.folk[c.People-1] // in the other half, which does not hear of it
	one, err := v.secondMachine(v.folk[3])
	if err != nil {
		t.Fatal(err)
	}
	two, err := v.secondMachine(v.folk[4])
	if err != nil {
		t.Fatal(err)
	}
	var halves [2][]*Machine
	for _, m := range v.machines {
		if of(m) {
			halves[0] = append(halves[0], m)
		} else {
			halves[1] = append(halves[1], m)
		}
	}
	live := func() {
		t.Helper()
		for range 3 {
			for _, half := range halves {
				if err := v.level(half...); err != nil {
					t.Fatal(err)
				}
				for _, m := range half {
					m.tendSoon()
					if err := m.chores(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := v.until(v.now.Add(2 * time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
	}
	live()
	for _, m := range []*Machine{one, two} {
		if !m.view().In {
			t.Fatalf("%v is not in", m)
		}
	}
	old, from := v.newest(halves[0][0]), len(v.judge.seals)
	v.now = v.now.Add(33 * 24 * time.Hour)
	rekeys := v.Tally.Rekeys
	removes(t, v, halves[0][0], gone.machines[0])
	live()
	for _, m := range v.machines {
		says(t, v, m, "to who is here")
	}
	live()
	a, b := v.newest(one), v.newest(two)
	if a == b || a == old || b == old || v.Tally.Rekeys-rekeys < 2 {
		t.Fatalf("%d new epochs: the halves write under the same keys", v.Tally.Rekeys-rekeys)
	}
	mine := func(m *Machine) bool { return m.owner == gone }
	v.said = slices.DeleteFunc(v.said, func(s saying) bool { return mine(s.by) })

	grants := v.Tally.Grants
	in := v.atRest(t)
	rounds := v.Tally.Rounds
	if err := v.everyoneWrites(in); err != nil {
		t.Fatal(err)
	}
	in = v.atRest(t)
	wrote := v.Tally.Grants - grants
	t.Logf("%d machines, %d rounds, %d Grants, %d Rekeys", len(in), rounds, wrote, v.Tally.Rekeys-rekeys)
	if len(in) != len(v.machines)-len(gone.machines) || slices.ContainsFunc(in, mine) {
		t.Errorf("%d of %d machines are in", len(in), len(v.machines))
	}
	if rounds > 6 || wrote < 2 || wrote > grantsEach*2 {
		t.Errorf("at rest after %d rounds and %d Grants", rounds, wrote)
	}
	read := 0
	for _, m := range in {
		for _, s := range v.judge.seals[from:] {
			if mine(s.by) {
				continue
			}
			if _, opens := m.l.Opens(v.g, s.raw); !opens {
				t.Errorf("%v cannot open what %v wrote", m, s.by)
			}
			read++
		}
	}
	if read < len(in)*2*len(in) {
		t.Errorf("%d envelopes were opened: that shows little", read)
	}
	if err := v.same(in); err != nil {
		t.Error(err)
	}
}
