package group

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestT17 over random votes: an Elect is valid exactly with more than half of the votes it knows of, two different people
// win only where somebody voted for both, and every order of arrival gives the same admins.
func TestT17Elections(t *testing.T) {
	won, twice := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n := t17Election(rt, dice(rt, 17))
		won += min(n, 1)
		twice += n / 2
	})
	if won == 0 || twice == 0 {
		t.Errorf("%d elections won, %d by two: the cases show nothing", won, twice)
	}
}

// t17Election returns how many people were elected.
func t17Election(t tb, r *rand.Rand) int {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	names := cast[3 : 6+r.IntN(4)]
	for _, n := range names {
		w.must(ann, w.admit(n, kp1.RankMember))
	}
	w.must(ann, w.admit("ola", kp1.RankGuest))
	w.everybody(cast...)
	w.must(ann, NewRemove(bob.who.id, nil, 0))
	w.must(bob, NewRemove(ann.who.id, nil, 0))
	w.everybody(cast...)
	if !w.all.State().Headless {
		t.Fatal("two who removed each other do not leave the group headless")
	}
	votes := map[kp1.ID][2]kp1.MID{} // voter and candidate
	for range 6 * len(names) {
		d := w.dev(names[r.IntN(len(names))], 0)
		w.knew[d.id] = w.knew[d.id].union(w.knew[w.dev(names[r.IntN(len(names))], 0).id])
		candidate := someone(t, names[r.IntN(min(2, len(names)))]).id
		if r.IntN(3) > 0 {
			if o := w.write(d, Vote{candidate}); w.all.Standing(o.ID) == nil {
				votes[o.ID] = [2]kp1.MID{d.who.id, candidate}
			}
			continue
		}
		mine := map[kp1.MID]bool{}
		headless := w.all.stateOf(w.all.resolve(w.knew[d.id])).Headless
		for id, v := range votes {
			if v[1] == candidate && w.knew[d.id].has(w.all.index[id]) {
				mine[v[0]] = true
			}
		}
		o := w.write(d, Elect{candidate})
		want := headless && 2*len(mine) > len(names)
		if got := w.all.nodes[w.all.index[o.ID]].err == nil; got != want {
			t.Fatalf("Elect with %d votes of %d, headless %v: valid %v", len(mine), len(names), headless, got)
		}
	}
	st := w.all.State()
	elected := map[kp1.MID]bool{}
	for _, m := range st.Members {
		if m.Rank == kp1.RankAdmin {
			elected[m.ID] = true
		}
	}
	if len(elected) > 1 {
		both := map[kp1.MID]map[kp1.MID]bool{}
		double := false
		for _, v := range votes {
			if both[v[0]] == nil {
				both[v[0]] = map[kp1.MID]bool{}
			}
			both[v[0]][v[1]] = elected[v[1]]
			double = double || len(both[v[0]]) > 1
		}
		if !double {
			t.Fatalf("%d were elected and nobody voted twice", len(elected))
		}
	}
	for range 2 {
		if other := logOf(t, true, reordered(w, r)); other.State().Hash() != st.Hash() {
			t.Fatal("replicas differ")
		}
	}
	return len(elected)
}

// TestT19 over random admissions by an admin who is removed meanwhile: all whom only that admin's word let in are out,
// with their devices and what they did, and each comes back by the one Admit that the review queue offers.
func TestT19Cascades(t *testing.T) {
	undone := 0
	rapid.Check(t, func(rt *rapid.T) { undone += t19Random(rt, dice(rt, 19)) })
	if undone == 0 {
		t.Error("nobody was undone: the cases show nothing")
	}
}

func t19Random(t tb, r *rand.Rand) (undone int) {
	w := three(t)
	bob := w.dev("bob", 0)
	var theirs []*who // let in by bob alone
	knows := []*dev{bob}
	for _, n := range cast[5:9] {
		p := someone(t, n)
		by := w.dev("ann", 0)
		if r.IntN(2) == 0 {
			by = bob
			theirs = append(theirs, p)
		}
		w.must(by, w.admit(n, kp1.RankMember, p.devs[1].cert))
		w.meet(by, p.devs[0], p.devs[1])
		knows = append(knows, p.devs[0])
	}
	for range r.IntN(8) { // they act, and rest on one another
		d := knows[1+r.IntN(len(knows)-1)]
		w.knew[d.id] = w.knew[d.id].union(w.knew[knows[r.IntN(len(knows))].id])
		switch r.IntN(3) {
		case 0:
			w.write(d, AddDevice{d.who.devs[2].cert})
		case 1:
			w.write(d, w.rekey(d, "k"))
		default:
			w.write(d, KeyUpdate{Peer: seed("p %d", w.n)})
		}
	}
	w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
	for _, p := range theirs {
		if _, ok := w.all.State().Member(p.id); ok {
			t.Fatalf("%s is in on the word of bob alone", p.name)
		}
		for _, o := range w.ops {
			if _, m, ok := w.all.DeviceKey(o.Device); ok && m == p.id && w.all.Standing(o.ID) == nil {
				t.Fatalf("%s by %s has effect", o.Type, p.name)
			}
		}
		undone++
	}
	w.everybody(cast...)
	for range theirs {
		var keep []Admit
		for _, m := range w.all.Review() {
			if m.Kind == Undone && m.Keep != nil {
				keep = append(keep, *m.Keep)
			}
		}
		if len(keep) == 0 {
			t.Fatalf("the queue does not offer to keep all: %s", lines(w.all))
		}
		w.must(w.dev("ann", 0), keep[0])
	}
	for _, p := range theirs {
		if _, ok := w.all.State().Member(p.id); !ok {
			t.Fatalf("%s was kept and is out", p.name)
		}
		if got := len(w.all.State().DevicesOf(p.id)); got != 2 {
			t.Fatalf("%s has %d devices, want the two that were named", p.name, got)
		}
	}
	for _, m := range w.all.Review() {
		if m.Keep != nil {
			t.Fatalf("all were kept, and the queue says %s", lines(w.all))
		}
	}
	return undone
}

// TestT26 over random histories: the ruling on a content op is that of 5.6 read aloud, and the same on every replica that
// has admitted the same.
func TestT26Rulings(t *testing.T) {
	var met [5]int
	rapid.Check(t, func(rt *rapid.T) {
		for k, n := range t26Rulings(rt, dice(rt, 26)) {
			met[k] += n
		}
	})
	t.Logf("%v", met)
	if met[Accept] == 0 || met[Hidden] == 0 || met[Refused] == 0 {
		t.Errorf("rulings %v: the cases show too little", met)
	}
}

func t26Rulings(t tb, r *rand.Rand) (met [5]int) {
	w := history(t, r, 20+r.IntN(30))
	or := newOracle(w.ops)
	all := ids{}
	for _, o := range w.ops {
		all[o.ID] = true
	}
	now := or.resolve(all)
	other := logOf(t, true, reordered(w, r))
	for range 20 {
		d := w.dev(cast[r.IntN(8)], r.IntN(2))
		seq := 1 + r.IntN(9)
		c := ContentRef{Device: d.id, Comp: uint8(r.IntN(3)), Seq: uint64(seq), ID: kp1.ID(seed("c")), Auth: w.heads(d.id)}
		if r.IntN(4) == 0 {
			c.Auth = w.heads(w.dev(cast[r.IntN(8)], 0).id)
		}
		if len(c.Auth) == 0 || len(c.Auth) > kp1.MaxAuthRefs {
			continue
		}
		got := w.all.Content(c)
		met[got.Ruling]++
		if want := or.rules(now, c); got.Ruling != want {
			t.Fatalf("Content(%s, compartment %d, seq %d) = %+v, read aloud it is %d", d.who.name, c.Comp, c.Seq, got, want)
		}
		if again := other.Content(c); !reflect.DeepEqual(again, got) {
			t.Fatalf("another replica rules %+v, want %+v", again, got)
		}
	}
	return met
}

// rules is protocol 5.6, 1 to 3, for an op on the only chain of its device. Who has the rank of a compartment's number reads it.
func (or *oracle) rules(now *meaning, c ContentRef) Ruling {
	past := ids{}
	for _, a := range c.Auth {
		past[a] = true
		for p := range or.ops[a].past {
			past[p] = true
		}
	}
	then := or.resolve(past)
	m := then.owner[c.Device]
	if then.state[c.Device] != "in" || then.ranks[m] < c.Comp {
		return Refused
	}
	covered := func(cut Cut) bool {
		for _, e := range cut {
			if e.Device == c.Device && e.Comp == c.Comp {
				return c.Seq < e.Seq || c.Seq == e.Seq && c.ID == kp1.ID(e.ID)
			}
		}
		return false
	}
	hidden, late := false, false
	for _, x := range now.set {
		if l, ok := x.does.(AdmitLate); ok && now.effect[x.ID] {
			late = late || covered(l.Cut)
		}
		if past[x.ID] || !x.takes {
			continue
		}
		var cut Cut
		switch b := x.does.(type) {
		case Remove:
			cut = b.Cut
			if b.Member != m {
				continue
			}
		case SetRole:
			if b.Member != m || b.Rank >= c.Comp {
				continue
			}
			cut = b.Cut.of()
		case RevokeDevice:
			cut = b.Cut
		case Evidence:
			cut = b.Cut
		}
		switch x.does.(type) {
		case RevokeDevice, Evidence:
			if !x.revokes(c.Device) {
				continue
			}
		}
		if a, ok := x.body.(Approve); ok {
			cut = a.Cut.of() // its own
		}
		hidden = hidden || !covered(cut)
	}
	if hidden && !late {
		return Hidden
	}
	return Accept
}
