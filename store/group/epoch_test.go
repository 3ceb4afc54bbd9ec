package group

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

func shareOf(shares []Share, e kp1.EID) uint64 {
	for _, s := range shares {
		if s.Epoch == e {
			return s.Mask
		}
	}
	return 0
}

// TestT23 refuses Rekeys that are not what they claim to be.
func TestT23MaliciousRekey(t *testing.T) { t23MaliciousRekey(t) }

func t23MaliciousRekey(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, w.admit("gus", kp1.RankGuest))
	w.everybody("ann", "dan", "gus")
	w.must(ann, NewRevoke([]kp1.DID{w.dev("dan", 1).id}, nil))
	w.everybody("ann", "dan", "gus")
	w.mustNot(w.dev("gus", 0), w.rekey(w.dev("gus", 0), "guest"), ErrNotAllowed)
	w.mustNot(w.dev("gus", 0), NewGrant([]Share{{Epoch: kp1.EID{1}, Mask: MaskAuth}}, []kp1.DID{ann.id}), ErrNotAllowed)
	other := w.rekey(ann, "claimed by another")
	w.mustNot(dan, other, ErrForged)
	changed := w.rekey(dan, "another K for compartment 1")
	changed.Commits = commits("changed")
	w.mustNot(dan, changed, ErrForged)
	extra := w.rekey(dan, "extra")
	extra.To = sortIDs(append(extra.To, w.dev("dan", 1).id), kp1.DID.Compare)
	w.mustNot(dan, extra, ErrOut)
	for name, cm := range map[string][]byte{
		"none": {0x80}, "bytes": {0x40}, "cut short": commits("x")[:40],
	} {
		r := w.rekey(dan, "x")
		r.Commits = cm
		if _, err := r.Encode(); err == nil {
			t.Errorf("commitments %s are accepted", name)
		}
	}
	if n := len(w.all.Epochs()); n != 0 {
		t.Errorf("%d epochs from Rekeys that are all refused", n)
	}
}

// TestT23Complaints answers every complaint about a box with a Grant, and never asks for a Rekey.
func TestT23Complaints(t *testing.T) { t23Complaints(t) }

func t23Complaints(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	r := w.rekey(ann, "one")
	w.must(ann, r)
	w.everybody("ann", "dan")
	if got := w.all.Missing(); len(got) != 0 {
		t.Fatalf("Missing() = %v after a Rekey to all, want none", got)
	}
	for i := range 20 {
		w.must(dan, NewAck(r.Epoch))
		need := w.all.Missing()
		if len(need) != 1 || need[0].Device != dan.id || shareOf(need[0].Shares, r.Epoch)&(MaskAuth|MaskKey(0)|MaskKey(1)) == 0 {
			t.Fatalf("complaint %d: Missing() = %v, want dan's device", i, need)
		}
		if shareOf(need[0].Shares, r.Epoch)&MaskKey(2) != 0 {
			t.Fatal("a member is owed the admins' key")
		}
		if w.all.NeedRekey() {
			t.Fatal("a complaint asks for a Rekey")
		}
		w.everybody("ann", "dan")
		w.must(ann, NewGrant(need[0].Shares, []kp1.DID{dan.id}))
		if got := w.all.Missing(); len(got) != 0 {
			t.Fatalf("Missing() = %v after the Grant, want none", got)
		}
		w.everybody("ann", "dan")
	}
}

// TestT23InventedEpochs: complaints about epochs that nobody made cost no more than their own bytes, and one about an epoch
// that is made known later counts, whatever came first.
func TestT23InventedEpochs(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	var invented []kp1.EID
	for i := range 3 * kp1.MaxComplaints {
		invented = append(invented, kp1.EID{0xee, byte(i >> 8), byte(i)})
	}
	for some := range slices.Chunk(invented, kp1.MaxComplaints) {
		w.must(dan, NewAck(some...))
	}
	if n := len(w.all.epochs.bad) + len(w.all.epochs.handed); n > len(w.all.epochs.byID)*len(w.all.State().Devices) {
		t.Errorf("%d complaints about invented epochs are kept one by one", n)
	}
	if got := w.all.Complaints(dan.id, invented[0]); len(got) != 1 {
		t.Errorf("Complaints(an invented epoch) = %v, want the Ack", got)
	}
	r := w.rekey(ann, "one")
	said := w.must(dan, NewAck(r.Epoch))
	made := w.must(ann, r) // ann has not heard of it
	need := w.all.Missing()
	if len(need) != 1 || need[0].Device != dan.id {
		t.Fatalf("Missing() = %v, want dan's device", need)
	}
	first := slices.DeleteFunc(slices.Clone(w.ops), func(o Op) bool { return o.ID == said.ID })
	other := logOf(t, false, append(first, said))
	for name, l := range map[string]*Log{"the complaint first": w.all, "the keys first": other} {
		if got := l.Missing(); !reflect.DeepEqual(got, need) {
			t.Errorf("%s: Missing() = %v, want %v", name, got, need)
		}
		if got := l.Complaints(dan.id, r.Epoch); len(got) != 1 || got[0] != said.ID {
			t.Errorf("%s: Complaints() = %v, want %v", name, got, said.ID)
		}
		if !l.Admitted(made.ID) {
			t.Errorf("%s: the keys wait", name)
		}
	}
}

// TestT24Raised: who was a guest for a while is owed what the others wrote meanwhile, though new keys came before anybody
// handed it over.
func TestT24Raised(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, NewSetRole(w.all.State(), dan.who.id, kp1.RankGuest, nil))
	while := w.rekey(ann, "while dan is a guest")
	w.must(ann, while)
	if need := w.all.Missing(); len(need) != 0 {
		t.Fatalf("Missing() = %v while dan is a guest, want none", need)
	}
	w.must(ann, NewSetRole(w.all.State(), dan.who.id, kp1.RankMember, nil))
	w.must(ann, w.rekey(ann, "after"))
	need := w.all.Missing()
	if len(need) == 0 {
		t.Fatal("Missing() is empty, want the computers of dan")
	}
	for _, n := range need {
		if n.Member != dan.who.id || shareOf(n.Shares, while.Epoch) != MaskContent(1) {
			t.Errorf("%v is owed %v, want only dan's to be owed the team's content", n.Device, n.Shares)
		}
		w.must(ann, NewGrant(n.Shares, []kp1.DID{n.Device}))
	}
	if need := w.all.Missing(); len(need) != 0 {
		t.Fatalf("Missing() = %v after the Grant, want none", need)
	}
}

// TestT24 says what newcomers are owed, by history, and that a guest is never owed the others' compartments.
func TestT24Newcomers(t *testing.T) { t24Newcomers(t) }

func t24Newcomers(t tb) {
	w := found(t, PolicyFields{})
	ann := w.dev("ann", 0)
	one := w.rekey(ann, "one")
	w.must(ann, one)
	two := w.rekey(ann, "two")
	w.must(ann, two)
	three := w.rekey(ann, "three")
	w.must(ann, three)
	for _, c := range []struct {
		name     string
		rank     uint8
		history  uint8
		one, two uint64
	}{
		{"eve", kp1.RankMember, HistoryNone, MaskAuth, MaskAuth},
		{"fay", kp1.RankMember, HistorySince, MaskAuth, MaskAuth | MaskContent(0) | MaskContent(1)},
		{"gus", kp1.RankMember, HistoryAll, MaskAuth | MaskContent(0) | MaskContent(1), MaskAuth | MaskContent(0) | MaskContent(1)},
		{"hal", kp1.RankGuest, HistoryAll, MaskAuth | MaskContent(0), MaskAuth | MaskContent(0)},
	} {
		terms := Terms{Rank: c.rank, History: c.history}
		if c.history == HistorySince {
			terms.Since = &two.Epoch
		}
		a, err := NewAdmit(testGID, someone(t, c.name).core, terms)
		if err != nil {
			t.Fatal(err)
		}
		w.must(ann, a)
		due := w.all.Due(w.dev(c.name, 0).id)
		if got := shareOf(due, one.Epoch); got != c.one {
			t.Errorf("%s is owed %#x of the first epoch, want %#x", c.name, got, c.one)
		}
		if got := shareOf(due, two.Epoch); got != c.two {
			t.Errorf("%s is owed %#x of the second epoch, want %#x", c.name, got, c.two)
		}
		newest := MaskAuth | MaskKey(0)
		if c.rank > kp1.RankGuest {
			newest |= MaskKey(1)
		}
		if got := shareOf(due, three.Epoch); got != newest {
			t.Errorf("%s is owed %#x of the newest epoch, want %#x", c.name, got, newest)
		}
	}
	unknown := kp1.EID{9}
	a, err := NewAdmit(testGID, someone(t, "ida").core, Terms{Rank: 1, History: HistorySince, Since: &unknown})
	if err != nil {
		t.Fatal(err)
	}
	w.mustNot(ann, a, ErrNotAllowed)

	// given by a Grant counts as given
	w.must(ann, NewGrant(w.all.Due(w.dev("eve", 0).id), []kp1.DID{w.dev("eve", 0).id}))
	w.must(ann, NewRemove(someone(t, "fay").id, nil, 0)) // was never given anything
	if w.all.NeedRekey() {
		t.Error("NeedRekey() after the removal of one who never held a key")
	}
	w.must(ann, NewRemove(someone(t, "eve").id, nil, 0))
	if _, ok := w.all.Pick(0); ok {
		t.Error("Pick(0) names an epoch that a removed newcomer was given")
	}
	if e, ok := w.all.Pick(2); !ok || e != three.Epoch {
		t.Error("Pick(2) does not name the newest epoch, whose admins' key eve never had")
	}
}

// TestT21 removes two people at the same time: neither new epoch is used, and one more settles it.
func TestT21ConcurrentRemovals(t *testing.T) { t21ConcurrentRemovals(t) }

func t21ConcurrentRemovals(t tb) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	for _, n := range []string{"cat", "dan", "eve"} {
		w.must(ann, w.admit(n, kp1.RankMember))
	}
	w.must(ann, w.rekey(ann, "zero"))
	w.everybody("ann", "bob", "cat", "dan", "eve")
	w.must(ann, NewRemove(someone(t, "cat").id, nil, 0))
	w.must(bob, NewRemove(someone(t, "dan").id, nil, 0))
	a, b := w.rekey(ann, "ann"), w.rekey(bob, "bob")
	w.must(ann, a)
	w.must(bob, b)
	w.everybody("ann", "bob", "eve")
	for c := range uint8(2) {
		if w.all.Usable(a.Epoch, c) || w.all.Usable(b.Epoch, c) {
			t.Fatalf("an epoch that includes one of the removed is usable in compartment %d", c)
		}
	}
	eve := w.dev("eve", 0)
	x, y := w.rekey(eve, "eve"), w.rekey(ann, "ann again")
	w.must(eve, x)
	w.must(ann, y)
	lowest := x.Epoch
	if y.Epoch.Compare(lowest) < 0 {
		lowest = y.Epoch
	}
	for i := range 4 {
		k := uint64(i)
		l := logOf(t, true, shuffle(w.ops, func(n int) int { k = k*6364136223846793005 + 1; return int(k>>33) % n }))
		if e, ok := l.Pick(0); !ok || e != lowest {
			t.Fatalf("Pick(0) = %v, %v, want the lower id %v", e.Short(), ok, lowest.Short())
		}
		// eve, a member, made the admins' key of her epoch as well: everyone makes do with it while she is in
		if l.NeedRekey() {
			t.Fatal("NeedRekey() = true after two fresh epochs")
		}
	}
	w.everybody("ann", "bob", "eve")
	if got := w.all.From(); len(got) != 2 {
		t.Errorf("From() = %v, want the two newest", got)
	}
}

// TestGrantByOneWithoutKeys: claims by somebody who never had an epoch's keys cost nobody a Rekey.
func TestGrantByOneWithoutKeys(t *testing.T) { grantByOneWithoutKeys(t) }

func grantByOneWithoutKeys(t tb) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, NewRemove(dan.who.id, nil, 0))
	e := w.rekey(ann, "after dan")
	w.must(ann, e)
	share := []Share{{Epoch: e.Epoch, Mask: MaskAuth | MaskKey(0)}}
	w.must(dan, NewGrant(share, []kp1.DID{dan.id})) // beside the removal
	if !w.all.Usable(e.Epoch, 0) {
		t.Error("a removed member's claim makes an epoch unusable")
	}
	w.must(w.dev("cat", 0), NewGrant(share, []kp1.DID{dan.id})) // has not heard of the epoch: no claim either
	w.everybody("ann", "bob", "cat")
	bob := w.dev("bob", 0)
	need := w.all.Missing()
	if len(need) != 0 {
		t.Fatalf("Missing() = %v, want none", need)
	}
	w.must(bob, NewGrant(share, []kp1.DID{dan.id})) // bob has the keys: now dan has
	if w.all.Usable(e.Epoch, 0) {
		t.Error("an epoch stays usable though its keys were handed to one who is out")
	}
}

// TestGrantsTakeRoom: what a member claims to hand over takes no room where there is nothing to hand over or nobody to hand
// it to, and where it was said before. One op has room for a hundred thousand such claims.
func TestGrantsTakeRoom(t *testing.T) {
	w := three(t)
	cat, r := w.dev("cat", 0), rand.New(rand.NewPCG(1, 2))
	w.must(w.dev("ann", 0), w.rekey(w.dev("ann", 0), "one"))
	w.everybody("ann", "bob", "cat")
	invented := func(n int) (out []Share) {
		for range n {
			out = append(out, Share{Epoch: kp1.EID(seed("epoch %d", r.Uint64())), Mask: MaskAuth})
		}
		return out
	}
	strangers := func(n int) (out []kp1.DID) {
		for range n {
			out = append(out, kp1.DID(seed("device %d", r.Uint64())))
		}
		return out
	}
	room := func() (n int) {
		for _, h := range w.all.epochs.handed {
			n += 1 + len(h.by)
		}
		return n
	}
	var real []Share
	for _, e := range w.all.Epochs() {
		real = append(real, Share{Epoch: e.ID, Mask: MaskAuth | MaskKey(0)})
	}
	devices := []kp1.DID{w.dev("ann", 0).id, w.dev("bob", 0).id, cat.id}
	was := room()
	w.must(cat, NewGrant(invented(300), devices))
	w.must(cat, NewGrant(real, strangers(200)))
	w.must(cat, NewGrant(invented(500), strangers(200)))
	for range 3 {
		w.must(cat, NewGrant(real, devices))
	}
	if now := room(); now != was {
		t.Errorf("claims about nothing take room for %d, want %d", now, was)
	}
	w.must(w.dev("bob", 0), NewAck(real[0].Epoch)) // but what was complained of is handed over again
	w.everybody("ann", "bob", "cat")
	w.must(cat, NewGrant(real, devices))
	if now := room(); now != was+1 {
		t.Errorf("after a complaint there is room for %d, want %d", now, was+1)
	}
}

// TestT20 is C1 over random histories: what Pick names, nobody who is out was given.
func TestT20PickedEpochs(t *testing.T) {
	var met counts
	rapid.Check(t, func(rt *rapid.T) { met.add(t20Picked(rt, dice(rt, 20))) })
	t.Logf("%d picked, %d refused", met.valid, met.void)
	if met.valid == 0 || met.void == 0 {
		t.Errorf("%d picked, %d refused: the histories show nothing", met.valid, met.void)
	}
}

// t20Picked counts what is picked as valid, and as void where nothing is.
func t20Picked(t tb, r *rand.Rand) (met counts) {
	w := history(t, r, 10+r.IntN(30))
	st := w.all.State()
	for c := range uint8(3) {
		e, ok := w.all.Pick(c)
		if !ok {
			met.void++
			continue
		}
		met.valid++
		ep, _ := w.all.Epoch(e)
		for _, d := range ep.To {
			then, err := w.all.At([]kp1.ID{ep.Op})
			if err != nil {
				t.Fatal(err)
			}
			dev, ok := then.Device(d)
			if !ok {
				t.Fatalf("device %s was given keys while out", d.Short())
			}
			m, _ := then.Member(dev.Member)
			if !mayRead(m.Rank, c) {
				continue
			}
			now, in := st.Device(d)
			who, _ := st.Member(now.Member)
			if !in || !mayRead(who.Rank, c) {
				t.Fatalf("picked for compartment %d an epoch that device %s holds, which may not read there", c, d.Short())
			}
		}
	}
	for _, n := range w.all.Missing() {
		if _, in := st.Device(n.Device); !in {
			t.Fatalf("keys are owed to device %s, which is out", n.Device.Short())
		}
	}
	return met
}

// TestT23RefusedRekey: an op stands in one envelope with the Rekey that follows it. Where that is not valid, whoever lacks its
// keys is still owed what opens the envelope, and nobody seals under them.
func TestT23RefusedRekey(t *testing.T) {
	w := three(t)
	ann, dan := w.dev("ann", 0), w.dev("dan", 0)
	w.must(ann, w.rekey(ann, "one"))
	w.must(ann, w.admit("gus", kp1.RankGuest))
	gus := w.dev("gus", 0)
	w.everybody("ann", "dan", "gus")
	for _, n := range w.all.Missing() {
		w.must(ann, NewGrant(n.Shares, []kp1.DID{n.Device}))
	}
	w.everybody("ann", "dan", "gus")
	bad := w.rekey(gus, "by a guest")
	bad.To = slices.DeleteFunc(bad.To, func(d kp1.DID) bool { return d == dan.id })
	w.mustNot(gus, bad, ErrNotAllowed)
	owed := func() []Need {
		return slices.DeleteFunc(w.all.Missing(), func(n Need) bool { return shareOf(n.Shares, bad.Epoch) == 0 })
	}
	if got := owed(); len(got) != 1 || got[0].Device != dan.id || shareOf(got[0].Shares, bad.Epoch) != MaskAuth {
		t.Fatalf("Missing() = %v, want Kauth of the refused epoch for dan's device alone", got)
	}
	if e, ok := w.all.Epoch(bad.Epoch); !ok || !e.Undone {
		t.Errorf("Epoch() = %v, %v, want one that is undone", e, ok)
	}
	for c := range uint8(3) {
		if e, _ := w.all.Pick(c); e == bad.Epoch || w.all.Usable(bad.Epoch, c) {
			t.Errorf("the refused epoch is picked in compartment %d", c)
		}
	}
	if slices.ContainsFunc(w.all.Epochs(), func(e Epoch) bool { return e.ID == bad.Epoch }) || slices.Contains(w.all.From(), bad.Epoch) {
		t.Error("the refused epoch is one of the group")
	}
	w.everybody("ann", "dan", "gus")
	w.must(ann, NewGrant(owed()[0].Shares, []kp1.DID{dan.id}))
	if got := owed(); len(got) != 0 {
		t.Errorf("Missing() = %v after the Grant, want none", got)
	}
	w.everybody("ann", "dan", "gus")
	w.must(gus, NewAck(bad.Epoch))
	if got := owed(); len(got) != 1 || got[0].Device != gus.id {
		t.Errorf("Missing() = %v after a complaint, want its author's device", got)
	}
	other := w.rekey(ann, "claimed by a guest")
	w.mustNot(gus, other, ErrNotAllowed)
	if _, ok := w.all.Epoch(other.Epoch); ok {
		t.Error("a Rekey made an epoch that does not follow from it")
	}
}
