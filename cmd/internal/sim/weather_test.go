package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kith/network/reconcile"
	"kith/store"
	"kith/store/kp1"
)

// TestT28Clocks: with clocks from 1970 to 2200 on every machine, and jumping, nothing is hidden or lost and all end with
// the same (F6).
func TestT28Clocks(t *testing.T) {
	v := live(t, Climate{Seed: *seed, People: 4, Machines: 2, Days: 4, Acts: 4, Online: 0.3, Clocks: true})
	if v.Tally.Acts < 20 {
		t.Errorf("%d acts show little", v.Tally.Acts)
	}
}

// TestF10Losses: three in ten batches are lost, others come up to five times more, and late by as long as a hundred others
// take.
func TestF10Losses(t *testing.T) {
	c := Climate{Seed: *seed, People: 4, Machines: 2, Days: 3, Acts: 6, Online: 0.5, Lossy: 0.3, Twice: 0.8, Shuffle: 20 * time.Minute}
	for range *runs {
		t.Run(fmt.Sprint(c.Seed), func(t *testing.T) {
			if v := live(t, c); v.Tally.Lost < 20 {
				t.Errorf("%d losses show little", v.Tally.Lost)
			}
		})
		c.Seed++
	}
}

// TestF10Permutations: six envelopes - words, who belongs, and keys - end in the same, whatever their order.
func TestF10Permutations(t *testing.T) {
	v := settled(t, Climate{Seed: 10, People: 4, Machines: 1})
	a, b, late, x := v.machines[0], v.machines[1], v.machines[2], v.machines[3]
	if err := late.close(); err != nil {
		t.Fatal(err)
	}
	had := a.set
	says(t, v, a, "one")
	if err := v.level(a, b); err != nil {
		t.Fatal(err)
	}
	removes(t, v, a, x)
	says(t, v, a, "under new keys")
	if err := v.level(a, b); err != nil {
		t.Fatal(err)
	}
	says(t, v, b, "three")
	if err := v.level(a, b); err != nil {
		t.Fatal(err)
	}
	var raws [][]byte
	for i := range a.set.Len() {
		if it := a.set.At(i); !had.Has(it) {
			raw, err := a.l.Envelopes(context.Background(), v.g, []kp1.ID{kp1.ID(it.ID)})
			if err != nil {
				t.Fatal(err)
			}
			raws = append(raws, raw...)
		}
	}
	if len(raws) < 6 {
		t.Fatalf("%d envelopes, want six", len(raws))
	}
	first, rest := raws[:6], raws[6:]
	want, err := a.l.Fingerprint(v.g)
	if err != nil {
		t.Fatal(err)
	}
	step := 24 // of 720 orders, thirty
	if *all {
		step = 1
	}
	n := 0
	permute(first, func(order [][]byte) {
		if n++; n%step != 0 || t.Failed() {
			return
		}
		if got, err := v.takes(late, slices.Concat(order, rest)); err != nil || got != want {
			t.Errorf("order %d: %s, %v, want %s", n, got.Short(), err, want.Short())
		}
	})
	if n != 720 {
		t.Errorf("%d orders, want 720", n)
	}
}

// takes gives a copy of a machine these envelopes one by one and returns what it shows then.
func (v *Village) takes(m *Machine, raws [][]byte) (kp1.ID, error) {
	home := filepath.Join(v.dir, "order")
	if err := m.image(home); err != nil {
		return kp1.ID{}, err
	}
	l, err := store.Open(home, v.rest, store.Options{Now: m.clock})
	if err != nil {
		return kp1.ID{}, err
	}
	for _, raw := range raws {
		if _, err := l.Accept(context.Background(), v.g, kp1.DID{}, [][]byte{raw}); err != nil {
			return kp1.ID{}, err
		}
	}
	got, err := l.Fingerprint(v.g)
	return got, errors.Join(err, l.Close(), os.RemoveAll(home))
}

// permute calls do with every order of xs.
func permute(xs [][]byte, do func([][]byte)) {
	var walk func(k int)
	walk = func(k int) {
		if k == len(xs) {
			do(xs)
			return
		}
		for i := k; i < len(xs); i++ {
			xs[k], xs[i] = xs[i], xs[k]
			walk(k + 1)
			xs[k], xs[i] = xs[i], xs[k]
		}
	}
	walk(0)
}

// TestF7Partitions: after half an hour in halves, with one alone, in a ring, in a ring that is cut twice, and after a
// hundred flaps, everybody has all that anybody had as soon as news can go round, and the same after few rounds and with
// few Grants (T25).
func TestF7Partitions(t *testing.T) {
	c := Climate{Seed: *seed, People: 4, Machines: 2}
	if *all {
		c.People, c.Machines = 10, 5
	}
	for range *runs {
		t.Run(fmt.Sprint(c.Seed), func(t *testing.T) { partitions(t, c) })
		c.Seed++
	}
}

func partitions(t *testing.T, c Climate) {
	v := settled(t, c)
	n, flap := len(v.machines), 0
	halves := func(a, b *Machine) bool { return (a.n < n/2) != (b.n < n/2) }
	ring := func(a, b *Machine) bool { d := (a.n - b.n + n) % n; return d != 1 && d != n-1 }
	for _, s := range []struct {
		name      string
		cut, then func(a, b *Machine) bool
		across    int // how many links lie between the farthest, then
	}{
		{"halves", halves, nil, 1},
		{"one alone", func(a, b *Machine) bool { return a.n == 1 || b.n == 1 }, nil, 1},
		{"ring", ring, nil, 1},
		{"cut ring", func(a, b *Machine) bool { return ring(a, b) || halves(a, b) }, ring, n / 2},
		{"flaps", func(a, b *Machine) bool { return (a.n+b.n+flap)%3 == 0 }, nil, 1},
	} {
		v.cut = s.cut
		for i, m := range v.machines {
			if i%3 == 0 {
				says(t, v, m, s.name)
			}
		}
		if s.name == "flaps" {
			for flap = range 100 {
				if flap%10 == 0 {
					says(t, v, v.machines[flap*3%n], "in between")
				}
				if a, b := v.machines[flap%n], v.machines[(flap*7+1)%n]; a != b {
					if err := v.meet(a, b); err != nil {
						t.Fatal(err)
					}
				}
				if err := v.until(v.now.Add(18 * time.Second)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if s.name == "one alone" { // who is alone hears of it last
			if _, err := v.machines[0].l.SetRole(context.Background(), v.g, v.folk[c.People-1].mid(), kp1.RankAdmin); err != nil {
				t.Fatal(err)
			}
		}
		if err := v.until(v.now.Add(30 * time.Minute)); err != nil {
			t.Fatal(err)
		}
		if lack := v.lacking(v.union()); lack == 0 && s.name != "ring" && s.name != "flaps" { // in those two news finds ways round
			t.Errorf("%s: nobody lacked anything: the test shows nothing", s.name)
		}
		if lack := v.mend(t, s.then, s.across); lack != 0 {
			t.Errorf("%s: %d machines lack what others had when the links came back", s.name, lack)
		}
		grants := v.Tally.Grants
		in := v.atRest(t)
		if len(in) != n || v.Tally.Rounds > 6 || v.Tally.Grants-grants > 2*n {
			t.Errorf("%s: %d of %d are in after %d rounds and %d Grants", s.name, len(in), n, v.Tally.Rounds, v.Tally.Grants-grants)
		}
		if err := v.alike(in, s.name == "flaps"); err != nil { // the last
			t.Errorf("%s: %v", s.name, err)
		}
	}
}

// roundTrip is that of a link on which something is pushed.
const roundTrip = 40 * time.Millisecond

// mend lets links come back: those who reach one another again compare, in any order, and what is new is passed on. It
// returns how many lack something that anybody had before, after two round trips for every link of the longest way and
// five seconds.
func (v *Village) mend(t *testing.T, cut func(a, b *Machine) bool, across int) int {
	t.Helper()
	had := v.union()
	var back [][2]*Machine
	was := v.cut
	v.cut = cut
	for i, a := range v.machines {
		for _, b := range v.machines[i+1:] {
			if v.linked(a, b) && was(a, b) {
				back = append(back, [2]*Machine{a, b})
			}
		}
	}
	v.rnd.Shuffle(len(back), func(i, j int) { back[i], back[j] = back[j], back[i] })
	for _, p := range back {
		if err := v.meet(p[0], p[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.until(v.now.Add(2*roundTrip*time.Duration(across) + 5*time.Second)); err != nil {
		t.Fatal(err)
	}
	return v.lacking(had)
}

// union is what any machine has.
func (v *Village) union() map[reconcile.Item]bool {
	all := map[reconcile.Item]bool{}
	for _, m := range v.machines {
		for i := range m.set.Len() {
			all[m.set.At(i)] = true
		}
	}
	return all
}

// lacking is how many machines have not all of these.
func (v *Village) lacking(all map[reconcile.Item]bool) (n int) {
	for _, m := range v.machines {
		for it := range all {
			if !m.set.Has(it) {
				n++
				break
			}
		}
	}
	return n
}

// TestCompareFindsAll: a comparison tells each side what it lacks, and nothing else.
func TestCompareFindsAll(t *testing.T) {
	dice := newDice(3)
	for n := range 40 {
		var a, b []reconcile.Item
		for i := range 30 * n {
			it := reconcile.Item{Week: uint64(i % 3), ID: reconcile.ID(kp1.Sum([]byte(fmt.Sprint(n, i))))} //nolint:gosec // small
			if dice.IntN(10) > 0 {
				a = append(a, it)
			}
			if dice.IntN(10) > 0 {
				b = append(b, it)
			}
		}
		sa, sb := reconcile.NewSet(a), reconcile.NewSet(b)
		ra, rb := reconcile.Begin(sa, [32]byte{}), reconcile.Begin(sb, [32]byte{})
		if err := compare(ra, rb); err != nil {
			t.Fatal(err)
		}
		for _, side := range []struct {
			lack []kp1.ID
			have reconcile.Set
			of   []reconcile.Item
		}{{wanted(ra, sb), sa, b}, {wanted(rb, sa), sb, a}} {
			want := map[kp1.ID]bool{}
			for _, it := range side.of {
				if !side.have.Has(it) {
					want[kp1.ID(it.ID)] = true
				}
			}
			for _, id := range side.lack {
				delete(want, id)
			}
			if len(want) != 0 {
				t.Errorf("%d items were not found", len(want))
			}
		}
	}
}
