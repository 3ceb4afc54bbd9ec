package group

import (
	"crypto/ed25519"
	"testing"

	"kith/store/kp1"
)

// hear adds ops to a fenced log and returns what Add said of the last.
func hear(l *Log, ops ...Op) error {
	var err error
	for _, o := range ops {
		err = add(l, o)
	}
	return err
}

// TestT13FounderForks: an ex-founder forks its own chain from the time it was alone. Whoever held the true chain first
// is not moved, until one who was there vouches.
func TestT13FounderForks(t *testing.T) { t13FounderForks(t) }

func t13FounderForks(t tb) {
	w := found(t, PolicyFields{})
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.meet(ann, bob)
	w.must(bob, w.admit("cat", kp1.RankMember))
	w.everybody("ann", "bob", "cat")
	w.must(bob, NewRemove(ann.who.id, nil, 3))
	w.everybody("bob", "cat")
	w.must(w.dev("cat", 0), NewAck())
	l := logOf(t, false, w.ops)
	if l.Len() != len(w.ops) {
		t.Fatalf("%d of %d honest ops admitted, %d wait", l.Len(), len(w.ops), len(l.Held()))
	}
	want := l.State().Hash()

	forged := Op{
		V: 1, Type: TypeAdmit, Device: ann.id, Seq: 2, Prev: w.ops[0].ID, Auth: []kp1.ID{w.ops[0].ID},
		Body: mustEncode(t, w.admit("eve", kp1.RankAdmin)),
	}
	forged.ID = opID(forged, 1000)
	if err := add(l, forged); !is(err, ErrWaiting) {
		t.Fatalf("Add(forged Admit) = %v, want ErrWaiting", err)
	}
	stooge := Op{
		V: 1, Type: TypeRemove, Device: w.dev("eve", 0).id, Seq: 1, Auth: []kp1.ID{forged.ID},
		Body: mustEncode(t, NewRemove(bob.who.id, nil, 0)),
	}
	stooge.ID = opID(stooge, 1001)
	if err := add(l, stooge); !is(err, ErrWaiting) {
		t.Fatalf("Add(the stooge's Remove) = %v, want ErrWaiting", err)
	}
	if got := l.State().Hash(); got != want {
		t.Error("a forged branch changed the state")
	}
	if f := l.ForksFor(kp1.RankAdmin); len(f) != 1 || f[0].Device != ann.id {
		t.Errorf("Forks() = %v, want ann's device", f)
	}
	if got := l.Standing(forged.ID); !is(got, ErrWaiting) {
		t.Errorf("Standing(forged) = %v, want ErrWaiting", got)
	}
	// even an accomplice who is in now was not there before the fork: Genesis has nobody but ann
	catOp := w.draft(w.dev("cat", 0), NewAck())
	catOp.Auth = sortIDs([]kp1.ID{catOp.Auth[0], forged.ID}, kp1.ID.Compare)
	catOp.ID = opID(catOp, 1002)
	if err := add(l, catOp); !is(err, ErrWaiting) {
		t.Errorf("Add(an Ack that names the forgery) = %v, want ErrWaiting", err)
	}
	if got := l.State().Hash(); got != want {
		t.Error("an accomplice who came later moved the state")
	}
}

// TestT14LiveEquivocation: a device shows two people different ops in one place. Both name them, so both are admitted
// everywhere, in either order; Evidence expels the device.
func TestT14LiveEquivocation(t *testing.T) { t14LiveEquivocation(t) }

func t14LiveEquivocation(t tb) {
	w := three(t)
	dan := w.dev("dan", 0)
	base := w.ops
	one := w.draft(dan, KeyUpdate{Peer: seed("one")})
	two := w.draft(dan, KeyUpdate{Peer: seed("two")})
	ack := func(name string, sees Op) Op {
		d := w.dev(name, 0)
		o := w.draft(d, NewAck())
		o.Auth = sortIDs(append(o.Auth[:0:0], sees.ID), kp1.ID.Compare)
		o.ID = opID(o, 2000+uint64(len(name))+sees.Seq)
		return o
	}
	a, b := ack("ann", one), ack("bob", two)
	left, right := logOf(t, false, base), logOf(t, false, base)
	if err := hear(left, one, a); err != nil {
		t.Fatal(err)
	}
	if err := hear(right, two, b); err != nil {
		t.Fatal(err)
	}
	if err := add(left, two); !is(err, ErrWaiting) {
		t.Fatalf("second branch without witness: %v, want ErrWaiting", err)
	}
	if err := hear(left, b); err != nil {
		t.Fatalf("with a witness: %v, held %d", err, len(left.Held()))
	}
	_ = hear(right, one, a)
	if left.Len() != right.Len() || left.State().Hash() != right.State().Hash() {
		t.Fatalf("replicas differ: %d and %d ops", left.Len(), right.Len())
	}
	if len(left.ForksFor(kp1.RankAdmin)) != 1 {
		t.Fatalf("Forks() = %v, want one", left.ForksFor(kp1.RankAdmin))
	}
	head := func(o Op) []byte { return headOf(dan, kp1.ChainAuth, o.Seq, o.Prev[:], o.ID[:]) }
	e := Evidence{Device: dan.id, Head1: head(one), Head2: head(two), Cut: Cut{}}
	if string(e.Head1) > string(e.Head2) {
		e.Head1, e.Head2 = e.Head2, e.Head1
	}
	e.Sig1 = [64]byte(ed25519.Sign(dan.key, kp1.SignMessage(kp1.LabelSigOp, e.Head1)))
	e.Sig2 = [64]byte(ed25519.Sign(dan.key, kp1.SignMessage(kp1.LabelSigOp, e.Head2)))
	cat := w.dev("cat", 0)
	o := w.raw(cat, TypeEvidence, mustEncode(t, e), w.heads(cat.id))
	for _, l := range []*Log{left, right} {
		if err := add(l, o); err != nil {
			t.Fatal(err)
		}
		if _, in := l.State().Device(dan.id); in || len(l.ForksFor(kp1.RankAdmin)) != 0 {
			t.Errorf("after Evidence: device in %v, Forks() = %v", in, l.ForksFor(kp1.RankAdmin))
		}
	}
	if left.State().Hash() != right.State().Hash() {
		t.Error("replicas differ after Evidence")
	}
}

// TestT13LateFence: what was allowed once and is not any more waits, until a third member vouches for it.
func TestT13LateFence(t *testing.T) {
	for _, c := range lateFence {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
}

func t13LateFence(t tb) {
	for _, c := range lateFence {
		c.check(t)
	}
}

// lateAdmit is a replica that has heard of the removal of bob, and an Admit that bob wrote beside it.
func lateAdmit(t tb) (w *world, l *Log, late Op) {
	w = three(t)
	bob := w.dev("bob", 0)
	late = w.must(bob, w.admit("eve", kp1.RankMember)) // valid in its past
	removal := w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
	l = newLog(t)
	for _, o := range w.ops {
		if o.ID != late.ID {
			if err := add(l, o); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !l.Admitted(removal.ID) {
		t.Fatal("the removal is not admitted")
	}
	return w, l, late
}

var lateFence = []struct {
	name  string
	check func(tb)
}{
	{"waits, vouched by an auth op", func(t tb) {
		w, l, late := lateAdmit(t)
		if err := add(l, late); !is(err, ErrWaiting) {
			t.Fatalf("Add = %v, want ErrWaiting", err)
		}
		w.everybody("bob", "dan")
		vouch := w.must(w.dev("dan", 0), NewAck())
		if err := add(l, vouch); err != nil {
			t.Fatalf("the voucher: %v", err)
		}
		if !l.Admitted(late.ID) || len(l.Held()) != 0 {
			t.Error("a vouched op still waits")
		}
		if l.State().Hash() != w.all.State().Hash() {
			t.Error("the state differs from that of a replica without the fence")
		}
	}},
	{"vouched by content", func(t tb) {
		w, l, late := lateAdmit(t)
		_ = add(l, late)
		l.Vouch(w.dev("bob", 0).id, []kp1.ID{late.ID}) // who signed it does not count, and is out
		if l.Admitted(late.ID) {
			t.Fatal("the author vouched for itself")
		}
		l.Vouch(w.dev("dan", 0).id, []kp1.ID{late.ID})
		if !l.Admitted(late.ID) {
			t.Error("a vouched op still waits")
		}
	}},
	{"heard first", func(t tb) {
		w, _, _ := lateAdmit(t)
		l := logOf(t, false, w.ops)
		if l.Len() != len(w.ops) {
			t.Errorf("%d of %d admitted", l.Len(), len(w.ops))
		}
	}},
	{"pinned and restored", func(t tb) {
		w, l, late := lateAdmit(t)
		_ = add(l, late)
		if err := l.Pin([]kp1.ID{late.ID}); err != nil || !l.Admitted(late.ID) {
			t.Errorf("Pin = %v, admitted %v", err, l.Admitted(late.ID))
		}
		if err := l.Pin([]kp1.ID{{3}}); err == nil {
			t.Error("Pin of an unknown head is accepted")
		}
		again := newLog(t)
		for _, o := range append(w.ops[:len(w.ops):len(w.ops)], late) {
			if err := again.Restore(o); err != nil {
				t.Fatal(err)
			}
		}
		if again.State().Hash() != l.State().Hash() {
			t.Error("a restored log differs")
		}
	}},
}

// TestT13IdleSecondDevice: the founder's idle second device acts in the time when the founder was the only admin.
func TestT13IdleSecondDevice(t *testing.T) { t13IdleSecondDevice(t) }

func t13IdleSecondDevice(t tb) {
	w := found(t, PolicyFields{})
	ann, idle := w.dev("ann", 0), w.dev("ann", 1)
	w.must(ann, AddDevice{idle.cert})
	w.meet(ann, idle) // it hears nothing more
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.meet(ann, w.dev("bob", 0))
	w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin))
	honest := logOf(t, false, w.ops)
	want := in(honest, "ann", "bob", "cat")
	promote := w.must(idle, w.admit("eve", kp1.RankAdmin)) // alone, as it could then
	if err := add(honest, promote); !is(err, ErrWaiting) {
		t.Errorf("Add(a stranger made admin) = %v, want ErrWaiting", err)
	}
	if got := in(honest, "ann", "bob", "cat", "eve"); got != want {
		t.Errorf("in the group: %q, want %q", got, want)
	}
	honest.Vouch(ann.id, []kp1.ID{promote.ID})
	if honest.Admitted(promote.ID) {
		t.Error("a device vouched for another of the same member")
	}
	honest.Vouch(w.dev("cat", 0).id, []kp1.ID{promote.ID})
	if !honest.Admitted(promote.ID) {
		t.Error("another member's word does not count")
	}
}

// TestAddRefuses says which ops are not filed at all.
func TestAddRefuses(t *testing.T) { addRefuses(t) }

func addRefuses(t tb) {
	w := three(t)
	ann := w.dev("ann", 0)
	good := w.draft(ann, NewAck())
	var missing *MissingError
	for _, c := range []struct {
		name   string
		change func(*Op)
		want   error
	}{
		{"a stranger's", func(o *Op) { o.Device, o.Seq, o.Prev = w.dev("eve", 0).id, 1, kp1.ID{} }, ErrStranger},
		{"seq ahead of its prev", func(o *Op) { o.Seq++ }, ErrChain},
		{"another device's prev", func(o *Op) { o.Prev = w.tip[w.dev("bob", 0).id] }, ErrChain},
		{"no prev", func(o *Op) { o.Prev = kp1.ID{} }, ErrChain},
		{"no heads", func(o *Op) { o.Auth = nil }, ErrMalformed},
		{"heads twice", func(o *Op) { o.Auth = append(o.Auth, o.Auth...) }, ErrMalformed},
		{"a content op", func(o *Op) { o.Type = "thread/post" }, ErrMalformed},
		{"version 0", func(o *Op) { o.V = 0 }, ErrMalformed},
		{"a body with bytes behind it", func(o *Op) { o.Body = []byte{0xa0, 0} }, kp1.ErrForm},
		{"another Genesis", func(o *Op) { o.Type = TypeGenesis }, ErrMalformed},
	} {
		o := good
		o.Auth = append(o.Auth[:0:0], o.Auth...)
		c.change(&o)
		o.ID = opID(o, 77)
		if err := add(w.all, o); !is(err, c.want) || w.all.Has(o.ID) {
			t.Errorf("%s: Add = %v, filed %v, want %v", c.name, err, w.all.Has(o.ID), c.want)
		}
	}
	if err := w.all.Check(good); err != nil || w.all.Has(good.ID) {
		t.Errorf("Check = %v, filed %v, want nil and not filed", err, w.all.Has(good.ID))
	}
	unknown := good
	unknown.Auth = []kp1.ID{{1}}
	if err := add(w.all, unknown); !asMissing(err, &missing) || len(missing.IDs) != 1 {
		t.Errorf("Add(op on an unknown head) = %v, want a MissingError", err)
	}
	if err := add(w.all, good); err != nil {
		t.Fatal(err)
	}
	if err := add(w.all, good); err != nil {
		t.Errorf("Add twice = %v, want nil", err)
	}
	id, seq := w.all.Last(ann.id)
	if id != good.ID || seq != good.Seq {
		t.Errorf("Last = %s %d, want the op just added", id.Short(), seq)
	}
}

// TestT8Crowded: one place in a chain has room for second versions without end. As many wait as an honest device could
// write; of what would wait beside them is told, and of nothing else.
func TestT8Crowded(t *testing.T) {
	w := three(t)
	ann, bob := w.dev("ann", 0), w.dev("bob", 0)
	from := w.draft(bob, Ack{})
	w.must(bob, Ack{})
	w.everybody("ann", "bob", "cat", "dan")
	l := logOf(t, false, w.ops)
	n := uint64(0)
	twin := func(of Op) Op {
		n++
		of.ID = opID(of, 1<<32+n)
		return of
	}
	var last Op
	for i := range kp1.MaxAuthSeq {
		last = twin(from)
		if l.Crowded(last) {
			t.Fatalf("crowded by %d", i)
		}
		if err := add(l, last); !is(err, ErrWaiting) {
			t.Fatal(err)
		}
	}
	on := twin(Op{V: 1, Type: TypeAck, Device: bob.id, Seq: last.Seq + 1, Prev: last.ID, Auth: []kp1.ID{last.ID}, Body: last.Body})
	next := w.draft(bob, Ack{})
	for what, c := range map[string]struct {
		op   Op
		want bool
	}{
		"one more version":             {twin(from), true},
		"what is built on one":         {on, true},
		"one that is here":             {last, false},
		"the next op":                  {next, false},
		"one that rests on what waits": {twin(Op{V: 1, Type: TypeAck, Device: bob.id, Seq: next.Seq, Prev: next.Prev, Auth: sortIDs(append([]kp1.ID{last.ID}, next.Auth...), kp1.ID.Compare), Body: next.Body}), true},
		"another device's":             {w.draft(ann, Ack{}), false},
	} {
		if got := l.Crowded(c.op); got != c.want {
			t.Errorf("%s: crowded %v, want %v", what, got, c.want)
		}
	}
	if err := add(l, next); err != nil {
		t.Errorf("the next op = %v", err)
	}
}
