package sim

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"testing/cryptotest"
	"time"

	"kith/network/mailbox"
	"kith/store"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// settled is a village in which nothing happens by itself: everyone is awake, and nothing is lost.
func settled(t *testing.T, c Climate) *Village {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	cryptotest.SetGlobalRandom(t, c.Seed)
	was, gc := runtime.GOMAXPROCS(1), debug.SetGCPercent(800)
	dir, err := os.MkdirTemp(testRoot, "village")
	if err != nil {
		t.Fatal(err)
	}
	c.Acts, c.Online = 4, 0.2
	v, err := Settle(dir, rest, c)
	if err != nil {
		t.Fatal(err)
	}
	v.fair = true
	t.Cleanup(func() {
		runtime.GOMAXPROCS(was)
		debug.SetGCPercent(gc)
		if err := v.Close(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(dir)
	})
	return v
}

// apart cuts these machines from all others.
func (v *Village) apart(ms ...*Machine) {
	v.cut = func(a, b *Machine) bool { return slices.Contains(ms, a) != slices.Contains(ms, b) }
}

// atRest lets everything heal and returns who is in.
func (v *Village) atRest(t *testing.T) []*Machine {
	t.Helper()
	in, err := v.quiet()
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func says(t *testing.T, v *Village, m *Machine, title string) kp1.ID {
	t.Helper()
	if _, err := v.propose(m, store.Draft{Act: thread.New{Title: title}}); err != nil {
		t.Fatalf("%v: %v", m, err)
	}
	return v.said[len(v.said)-1].id
}

func removes(t *testing.T, v *Village, by, whom *Machine) store.Deed {
	t.Helper()
	d, err := by.l.Remove(context.Background(), v.g, whom.view().Me, store.ReasonUnsaid)
	if err == nil && d.Later {
		d, err = by.l.SignNow(context.Background(), v.g, d.Op)
	}
	if err != nil {
		t.Fatalf("%v removes %v: %v", by, whom, err)
	}
	return d
}

// newest is the epoch of the newest envelope of ops that a machine wrote.
func (v *Village) newest(m *Machine) (e kp1.EID) {
	for _, s := range v.judge.seals {
		if s.by == m {
			if env, err := op.DecodeEnvelope(s.raw); err == nil {
				e = env.EID
			}
		}
	}
	return e
}

// newsOf is the newest Rekey that a machine has.
func newsOf(t *testing.T, m *Machine) (raw []byte) {
	t.Helper()
	var ids []kp1.ID
	for i := range m.set.Len() {
		ids = append(ids, kp1.ID(m.set.At(i).ID))
	}
	places, err := m.l.Places(m.v.g, ids)
	if err != nil {
		t.Fatal(err)
	}
	raws, err := m.l.Envelopes(context.Background(), m.v.g, ids)
	if err != nil {
		t.Fatal(err)
	}
	var at uint64
	for i, b := range raws {
		if h, err := mailbox.ReadHeader(b); err == nil && h.Kind == mailbox.KindRekey && places[i].N >= at {
			raw, at = b, places[i].N
		}
	}
	return raw
}

// TestT21ConcurrentRemovals: two who remove different people at the same time make two epochs; once they meet neither is
// used, one further epoch is, and everybody who is in can write.
func TestT21ConcurrentRemovals(t *testing.T) {
	v := settled(t, Climate{Seed: 21, People: 5, Machines: 1})
	a, b, x, y := v.machines[0], v.machines[1], v.machines[3], v.machines[4]
	v.apart(b)
	removes(t, v, a, x)
	removes(t, v, b, y)
	ea, eb := v.newest(a), v.newest(b)
	x.awake, y.awake, x.stolen, y.stolen = false, false, true, true
	in := v.atRest(t)
	if len(in) != 3 {
		t.Fatalf("%d are in, want 3", len(in))
	}
	if err := v.everyoneWrites(in); err != nil {
		t.Fatal(err)
	}
	used := map[kp1.EID]bool{}
	for _, m := range in {
		e := v.newest(m)
		if e == ea || e == eb {
			t.Errorf("%v writes under an epoch that one of the removed was given", m)
		}
		used[e] = true
	}
	if len(used) != 1 {
		t.Errorf("%d epochs are in use, want one", len(used))
	}
	if err := v.same(v.atRest(t)); err != nil {
		t.Error(err)
	}
}

// TestT22Removed: who was removed, with all the old keys and the run of the old mailbox, opens nothing that was sealed by
// who knew, learns from no envelope who did it, can neither take the news away nor keep it out; and an absent member finds
// the way by the mailbox after 60 days.
func TestT22Removed(t *testing.T) {
	v := settled(t, Climate{Seed: 22, People: 4, Machines: 1, Keepers: 1})
	a, absent, x := v.machines[0], v.machines[2], v.machines[3]
	k := v.keepers[0]
	k.shelf = mailbox.New(mailbox.Limits{Envelopes: 400, TenantEnvelopes: 2_000})
	old := x.view().Boxes[0]
	ticket := x.tickets(k)[0]
	absent.awake, x.awake = false, false
	if err := v.judge.spy(x); err != nil {
		t.Fatal(err)
	}
	x.stolen = true
	// The removed fills the old mailbox first, with junk that says it is news.
	full := false
	for i := range 2_000 {
		junk := slices.Clone(newsOf(t, a))
		junk[len(junk)-1-i%200] ^= byte(1 + i/200)
		who := mailbox.Visitor{Mailbox: k.box(old), Ticket: ticket, Source: string(rune('a' + i%60))}
		if err := k.shelf.Put(k.disk, v.now, who, junk); errors.Is(err, mailbox.ErrFull) {
			full = true
		}
		v.now = v.now.Add(time.Minute)
	}
	if !full {
		t.Fatal("the old mailbox was not filled: the test shows nothing")
	}
	removes(t, v, a, x)
	secret := says(t, v, a, "after the removal")
	rekey := newsOf(t, a)
	if err := a.post(); err != nil {
		t.Fatal(err)
	}
	h, err := mailbox.ReadHeader(rekey)
	if err != nil {
		t.Fatal(err)
	}
	if got := mailbox.Get(k.disk, k.box(old), h.ID); !bytes.Equal(got, rekey) {
		t.Error("the news of the removal did not get into the old mailbox")
	}
	for _, token := range [][32]byte{{}, {1}, old} {
		who := mailbox.Visitor{Mailbox: k.box(old), Ticket: ticket, Source: "x"}
		if err := k.shelf.Delete(k.disk, v.now, who, h.ID, token); !errors.Is(err, mailbox.ErrKept) {
			t.Errorf("Delete of the news = %v, want it kept", err)
		}
	}
	// Sixty days later, with nobody there but the keeper.
	v.now = v.now.Add(60 * 24 * time.Hour)
	v.cut = func(p, q *Machine) bool { return true }
	absent.awake = true
	for range 3 {
		if err := errors.Join(absent.fetch(), absent.tend()); err != nil {
			t.Fatal(err)
		}
	}
	if _, in := absent.view().State.Member(x.view().Me); in || !absent.l.HasOp(v.g, secret) {
		t.Errorf("after 60 days, by the mailbox: removed still in %v, what was said since %v", in, absent.l.HasOp(v.g, secret))
	}
	if err := v.judge.spied(); err != nil {
		t.Error(err)
	}
	if v.judge.err != nil || v.Tally.Spied == 0 {
		t.Errorf("%v, %d envelopes held against the removed", v.judge.err, v.Tally.Spied)
	}
}

// TestT22TwoYears: a device that comes back after two years and a hundred epochs is known when it dials, and hears all.
func TestT22TwoYears(t *testing.T) {
	v := settled(t, Climate{Seed: 23, People: 4, Machines: 1})
	a, absent, x := v.machines[0], v.machines[2], v.machines[3]
	absent.awake = false
	for range 24 {
		v.now = v.now.Add(31 * 24 * time.Hour)
		if err := errors.Join(v.level(a, v.machines[1], x), a.tend()); err != nil {
			t.Fatal(err)
		}
	}
	removes(t, v, a, x)
	secret := says(t, v, a, "two years on")
	absent.awake = true
	if absent.greets(a) && a.greets(absent) {
		t.Fatal("so few epochs passed that either would know the other: the test shows nothing")
	}
	for range 3 {
		if err := v.level(a, absent); err != nil {
			t.Fatal(err)
		}
	}
	if !absent.l.HasOp(v.g, secret) {
		t.Error("two years on the device has not caught up")
	}
}

// TestF14RemovedGoesOn: a member who is removed while cut off, and goes on, alone and with one who has not heard: nobody who
// heard shows a word of it, it reads nothing of what they write after, and all of them show the same.
func TestF14RemovedGoesOn(t *testing.T) {
	v := settled(t, Climate{Seed: 14, People: 4, Machines: 1})
	a, b, late, x := v.machines[0], v.machines[1], v.machines[2], v.machines[3]
	before := says(t, v, x, "before the removal, and heard of")
	if err := v.level(a, b, late, x); err != nil {
		t.Fatal(err)
	}
	v.apart(late, x)
	removes(t, v, a, x)
	secret := says(t, v, a, "under keys that were changed")
	alone := says(t, v, x, "as if nothing had happened")
	if err := v.level(late, x); err != nil {
		t.Fatal(err)
	}
	if late.view().Hidden != 0 || !late.l.HasOp(v.g, alone) {
		t.Fatal("who has not heard does not listen to the removed: the test shows nothing")
	}
	v.said = slices.DeleteFunc(v.said, func(s saying) bool { return s.by == x })
	in := v.atRest(t)
	if len(in) != 3 || slices.Contains(in, x) {
		t.Fatalf("%d are in, want the three others", len(in))
	}
	for _, m := range in {
		if _, shown := m.view().Care.Threads().Get(alone); shown || m.view().Hidden != 1 {
			t.Errorf("%v: what was written after the removal is shown: %v, %d hidden, want 1", m, shown, m.view().Hidden)
		}
		if _, shown := m.view().Care.Threads().Get(before); !shown {
			t.Errorf("%v: what was heard before the removal is gone", m)
		}
	}
	if err := v.same(in); err != nil {
		t.Error(err)
	}
	for _, s := range v.judge.seals {
		if _, opens := x.l.Opens(v.g, s.raw); opens && slices.Contains(s.out, x.view().Device) {
			t.Errorf("the removed opens what %v sealed after it heard", s.by)
		}
	}
	if x.l.HasOp(v.g, secret) {
		t.Error("the removed reads what was written after")
	}
}

// TestF15Clone: of a machine that was copied, keychain and all, and whose copies both wrote, everybody learns; the device
// is out, what both wrote stays readable, and its owner's other machine goes on.
func TestF15Clone(t *testing.T) {
	v := settled(t, Climate{Seed: 15, People: 3, Machines: 2})
	p := v.folk[2]
	m := p.machines[0]
	q := v.newMachine(p)
	if err := m.close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(m.image(q.home), m.open()); err != nil {
		t.Fatal(err)
	}
	q.peer, q.awake = m.peer, true
	if err := q.open(); err != nil {
		t.Fatal(err)
	}
	d := m.view().Device
	v.cut = func(a, b *Machine) bool { return true }
	one, two := says(t, v, m, "one"), says(t, v, q, "two")
	m.forked, q.forked = true, true
	in := v.atRest(t)
	if len(in) != 5 {
		t.Errorf("%d machines are in, want the five others", len(in))
	}
	for _, o := range in {
		if _, there := o.view().State.Device(d); there {
			t.Errorf("%v still counts the copied device", o)
		}
		if !o.l.HasOp(v.g, one) || !o.l.HasOp(v.g, two) {
			t.Errorf("%v has not got what both copies wrote", o)
		}
	}
	if !slices.Contains(in, p.machines[1]) {
		t.Error("the owner's other machine is out")
	}
	v.said = nil
	if err := v.same(in); err != nil {
		t.Error(err)
	}
}

// TestF15Restored: a machine whose disk was put back to yesterday writes nothing, with its keychain's mark or, without,
// once it meets what it wrote itself; a new one made from the backup goes on, and nobody is taken for a forger.
func TestF15Restored(t *testing.T) {
	for _, marked := range []bool{true, false} {
		v := settled(t, Climate{Seed: 16, People: 3, Machines: 2})
		p := v.folk[2]
		m := p.machines[0]
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
		yesterday, err := os.ReadFile(filepath.Join(m.home, "store"))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.open(); err != nil {
			t.Fatal(err)
		}
		said := says(t, v, m, "today")
		v.atRest(t)
		if err := m.close(); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(m.home, "store"), yesterday, 0o600); err != nil {
			t.Fatal(err)
		}
		if !marked {
			m.mark = nil
		}
		if err := m.open(); err != nil {
			t.Fatal(err)
		}
		if m.old != marked {
			t.Errorf("marked %v: seen at once as old: %v", marked, m.old)
		}
		v.atRest(t)
		_, err = m.l.Propose(context.Background(), v.g, store.Draft{Act: thread.New{Title: "again"}})
		if !errors.Is(err, store.ErrOldCopy) {
			t.Errorf("marked %v: the restored disk writes: %v", marked, err)
		}
		m.old = true
		if _, err := v.secondMachine(p); err != nil {
			t.Fatal(err)
		}
		in := v.atRest(t)
		for _, o := range in {
			if _, there := o.view().State.Device(m.view().Device); !there {
				t.Errorf("marked %v: %v took the restored machine for a forger", marked, o)
			}
			if !o.l.HasOp(v.g, said) {
				t.Errorf("marked %v: %v lost what was said", marked, o)
			}
		}
		if n := len(in); n != 6 {
			t.Errorf("marked %v: %d machines are in, want six", marked, n)
		}
	}
}

// TestJudgeSees: the judge finds what it is there to find.
func TestJudgeSees(t *testing.T) {
	v := settled(t, Climate{Seed: 1, People: 3, Machines: 1})
	m, x := v.machines[0], v.machines[2]
	says(t, v, m, "under the first keys")
	v.judge.sealedUnder(m, v.newest(m), kp1.CompAll, []kp1.DID{x.view().Device})
	if v.judge.err == nil {
		t.Error("C1: writing under keys that somebody has who is out went unseen")
	}
	v.judge.err = nil
	for sum := range v.judge.state {
		v.judge.state[sum] = meaning{}
	}
	v.judge.membership(m)
	if v.judge.err == nil {
		t.Error("G1: another state of the same ops went unseen")
	}
	v.judge.err = nil
	v.said = append(v.said, saying{id: kp1.Sum([]byte("lost")), by: m, device: m.view().Device})
	if v.same(v.core()) == nil {
		t.Error("an acknowledged op that nobody has went unseen")
	}
}

// TestJudgeSeesMembership: as TestJudgeSees, of what becomes of removals: each rule is shown something that breaks it.
func TestJudgeSeesMembership(t *testing.T) {
	v := settled(t, Climate{Seed: 2, People: 4, Machines: 1})
	m, x := v.machines[0], v.machines[3]
	v.apart(x)
	d := removes(t, v, m, x)
	removal, err := v.judge.learn(m, d.Op)
	if err != nil {
		t.Fatal(err)
	}
	beside := *removal // as if the removed had signed it, knowing as much
	beside.n, beside.author, beside.body = removal.n+1, x.view().Me, group.KeyUpdate{}
	in, gone := x.view().State, m.view().State
	body := func(b group.Body) *known { k := *removal; k.body = b; return &k }
	for _, c := range []struct {
		rule string
		show func()
		want bool
	}{
		{"G2", func() { v.judge.absorbed(m, removal, nil, gone) }, false},
		{"G2: the removed is in", func() { v.judge.absorbed(m, removal, nil, in) }, true},
		{"G2: a revoked computer is in", func() {
			v.judge.absorbed(m, body(group.NewRevoke([]kp1.DID{x.view().Device}, nil)), nil, in)
		}, true},
		{"G2: a caught one is in", func() { v.judge.absorbed(m, body(group.Evidence{Device: x.view().Device}), nil, in) }, true},
		{"G3", func() { v.judge.nothingMore(m, removal, []*known{removal}, nil) }, false},
		{"G3: an act of the removed counts", func() { v.judge.nothingMore(m, removal, []*known{&beside}, nil) }, true},
		{"F15", func() { v.judge.framed(m, removal) }, false},
		{"F15: somebody whom nobody copied", func() { v.judge.framed(m, body(group.Evidence{Device: m.view().Device})) }, true},
		{"G1: valid here", func() { v.judge.validity(m, removal, nil) }, false},
		{"G1: and not there", func() { v.judge.validity(m, removal, group.ErrQuorum) }, true},
	} {
		v.judge.err = nil
		if c.show(); (v.judge.err != nil) != c.want {
			t.Errorf("%s: %v, want blame %v", c.rule, v.judge.err, c.want)
		}
	}

	// T22: a spy who can read, and an envelope that tells who wrote it.
	v.judge.err = nil
	if err := v.judge.spy(x); err != nil {
		t.Fatal(err)
	}
	if err := v.judge.spied(); err != nil || v.judge.err != nil {
		t.Fatalf("%v, %v before there is anything to see", err, v.judge.err)
	}
	me := m.view().Me
	read := slices.IndexFunc(v.judge.seals, func(s sealed) bool { _, ok := x.l.Opens(v.g, s.raw); return ok })
	if read < 0 {
		t.Fatal("the removed opens nothing of before: the test shows nothing")
	}
	for _, s := range []sealed{
		{v.judge.seals[read].raw, m, kp1.DID{1}, kp1.MID{1}, []kp1.DID{x.view().Device}},
		{append([]byte("signed "), me[:]...), m, kp1.DID{1}, me, []kp1.DID{x.view().Device}},
	} {
		v.judge.err, v.judge.seals = nil, []sealed{s}
		if err := v.judge.spied(); err != nil || v.judge.err == nil {
			t.Errorf("T22: what the removed opens, or who wrote it, went unseen: %v", err)
		}
	}
}
