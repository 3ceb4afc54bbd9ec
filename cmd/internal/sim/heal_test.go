package sim

import (
	"context"
	"slices"
	"testing"
	"time"

	"kith/store"
	"kith/store/kp1"
)

// ranks has somebody give another person a rank, and signs it at once.
func ranks(t *testing.T, v *Village, by, whom *Machine, rank uint8) store.Deed {
	t.Helper()
	d, err := by.l.SetRole(context.Background(), v.g, whom.view().Me, rank)
	if err == nil && d.Later {
		d, err = by.l.SignNow(context.Background(), v.g, d.Op)
	}
	if err != nil {
		t.Fatalf("%v gives %v rank %d: %v", by, whom, rank, err)
	}
	return d
}

// beside is a village in which c, who leads, does something about x while a and another take c out; late heard c first, and a holds
// back what c did.
func beside(t *testing.T, seed uint64, act func(v *Village, c, x *Machine) store.Deed) (v *Village, a, c, late *Machine, id kp1.ID) {
	t.Helper()
	v = settled(t, Climate{Seed: seed, People: 6, Machines: 1})
	var lead, rest []*Machine
	for _, m := range v.machines {
		if me, _ := m.view().State.Member(m.view().Me); me.Rank >= kp1.RankAdmin {
			lead = append(lead, m)
		} else {
			rest = append(rest, m)
		}
	}
	if len(lead) < 3 || len(rest) < 2 {
		t.Fatalf("%d lead, %d do not", len(lead), len(rest))
	}
	a, c = lead[0], lead[2]
	late, x := rest[0], rest[1]
	id = act(v, c, x).Op
	if err := v.level(c, late); err != nil {
		t.Fatal(err)
	}
	p := removes(t, v, a, c)
	if !p.Proposed {
		t.Fatal("one who leads removes another alone")
	}
	if err := v.level(a, lead[1]); err != nil {
		t.Fatal(err)
	}
	d, err := lead[1].l.Consent(context.Background(), v.g, p.Op)
	if err == nil && d.Later {
		_, err = lead[1].l.SignNow(context.Background(), v.g, d.Op)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := v.level(a, lead[1]); err != nil {
		t.Fatal(err)
	}
	if err := v.level(c, a); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(a.l.Fenced(v.g), id) {
		t.Fatalf("%v does not hold back what %v did", a, c)
	}
	return v, a, c, late, id
}

// TestTapHearsThoseItCounts: people let stand what a machine has let in that they count as in, whether that machine is among the
// most that count one another or not; what nobody has let in but who is out, they leave.
func TestTapHearsThoseItCounts(t *testing.T) {
	v, a, c, late, id := beside(t, 204, func(v *Village, c, x *Machine) store.Deed { return removes(t, v, c, x) })
	late.awake = false // unheard, there is only c, who is out
	if err := v.tap([]*Machine{a, c}); err != nil {
		t.Fatal(err)
	}
	if a.l.Admitted(v.g, id) {
		t.Errorf("%v lets stand what only %v has let in, who is out", a, c)
	}
	late.awake = true
	if !late.l.Admitted(v.g, id) {
		t.Fatal("the other has not let it in: the test shows nothing")
	}
	if err := v.tap([]*Machine{a}); err != nil {
		t.Fatal(err)
	}
	if !a.l.Admitted(v.g, id) {
		t.Errorf("%v goes on holding back what %v has let in, whom it counts", a, late)
	}
}

// TestApartWithTheSamePeople: machines are apart where one holds back what the other has let in and no word is enough, also while
// they see the same people in; where a word is enough, they are not.
func TestApartWithTheSamePeople(t *testing.T) {
	v, a, _, late, id := beside(t, 305, func(v *Village, c, x *Machine) store.Deed { return ranks(t, v, c, x, kp1.RankAdmin) }) // a proposal
	if err := v.meet(a, late); err != nil {                                                                                     // who is late hears of the removal, and says nothing yet
		t.Fatal(err)
	}
	if a.view().State.Hash() != late.view().State.Hash() || !late.l.Admitted(v.g, id) || a.l.Admitted(v.g, id) {
		t.Fatal("they see other people in, or hold nothing back: the test shows nothing")
	}
	if all := v.together([]*Machine{a, late}); len(all) != 2 {
		t.Error("apart over what a word settles")
	}
	v.short[id] = true
	for _, two := range [][]*Machine{{a, late}, {late, a}} {
		if left := v.together(two); len(left) != 1 || left[0] != two[0] {
			t.Errorf("together are %v, want %v alone", left, two[0])
		}
	}
}

// TestTurnsAreWaitedFor: what one device writes about who belongs beyond a hundred ops an hour waits for its turn where it comes, so
// that machines differ until an hour has passed; the village lets it pass, and then all are alike.
func TestTurnsAreWaitedFor(t *testing.T) {
	v := settled(t, Climate{Seed: 341, People: 4, Machines: 1})
	a, x := v.machines[0], v.machines[3]
	if err := v.until(v.now.Add(3 * time.Hour)); err != nil { // what comes now is news, not history
		t.Fatal(err)
	}
	in := v.atRest(t)
	for range 60 { // each guest costs new keys as well
		ranks(t, v, a, x, kp1.RankGuest)
		ranks(t, v, a, x, kp1.RankMember)
	}
	if err := v.level(in...); err != nil {
		t.Fatal(err)
	}
	if v.showAlike(in, false) == nil {
		t.Fatal("all are alike at once: the test shows nothing")
	}
	then := v.now
	in, err := v.turns(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.showAlike(in, false); err != nil {
		t.Errorf("%v later: %v", v.now.Sub(then), err)
	}
	if v.now.Sub(then) < time.Hour {
		t.Errorf("no hour has passed")
	}
}
