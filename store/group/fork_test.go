package group

import (
	"fmt"
	"slices"
	"testing"

	"kith/store/kp1"
)

// founderGone is a group of admins bob and cat and members dan and eve, which removed its founder ann; ann was alone for
// the first few ops. The founder's chain is its only device's.
func founderGone(t tb) (w *world, chain []Op) {
	w = found(t, PolicyFields{})
	ann, bob, cat := w.dev("ann", 0), w.dev("bob", 0), w.dev("cat", 0)
	w.must(ann, NewAck())
	w.must(ann, w.rekey(ann, "alone"))
	w.must(ann, w.admit("dan", kp1.RankMember))
	w.must(ann, w.admit("bob", kp1.RankAdmin))
	w.meet(ann, bob, w.dev("dan", 0))
	w.must(w.dev("dan", 0), NewAck())
	w.second(ann, bob, w.admit("cat", kp1.RankAdmin))
	w.everybody("ann", "bob", "cat", "dan")
	w.must(ann, NewAck())
	w.second(bob, cat, NewRemove(ann.who.id, nil, 3))
	w.must(cat, w.admit("eve", kp1.RankMember))
	w.everybody("bob", "cat", "dan", "eve")
	for _, n := range []string{"bob", "cat", "dan", "eve"} {
		w.must(w.dev(n, 0), NewAck())
	}
	w.everybody("bob", "cat", "dan", "eve")
	for _, o := range w.ops {
		if o.Device == ann.id {
			chain = append(chain, o)
		}
	}
	return w, chain
}

// forge is the branch that the founder's device, in other hands, makes of its chain from the op after at on: a helper
// made admin, and an op by the helper on top.
func forge(w *world, at Op, body Body, nonce uint64) []Op {
	ann, gus := w.dev("ann", 0), w.dev("gus", 0)
	one := Op{V: 1, Type: body.Type(), Device: ann.id, Seq: at.Seq + 1, Prev: at.ID, Auth: []kp1.ID{at.ID}, Body: mustEncode(w.t, body)}
	one.ID = opID(one, 1<<32+nonce)
	out := []Op{one}
	if a, ok := body.(Admit); ok && a.Member == gus.who.id {
		two := Op{V: 1, Type: TypeAck, Device: gus.id, Seq: 1, Auth: []kp1.ID{one.ID}, Body: []byte{0xa0}}
		two.ID = opID(two, 1<<33+nonce)
		out = append(out, two)
	}
	return out
}

// TestT13EverySeq forks the founder's chain at every seq after Genesis: a replica that holds the true chain keeps its
// state, whatever the branch says and whoever of those that came later vouches.
func TestT13EverySeq(t *testing.T) { t13EverySeq(t) }

func t13EverySeq(t tb) {
	w, chain := founderGone(t)
	l := logOf(t, false, w.ops)
	want, matters := l.State().Hash(), len(l.Review())
	last := slices.IndexFunc(w.ops, func(o Op) bool { return o.ID == chain[len(chain)-1].ID })
	early := logOf(t, false, w.ops[:last+1]) // the founder still stands there: only the fork holds the branch
	stood := early.State().Hash()
	forged := 0
	for k, at := range chain[:len(chain)-1] {
		view := w.all.resolve(w.all.closure(w.all.index[at.ID]))
		acts := []Body{
			w.admit("gus", kp1.RankAdmin), w.admit("gus", kp1.RankMember), NewRemove(someone(t, "bob").id, nil, 0),
			NewRemove(someone(t, "dan").id, nil, 0), NewSetRole(w.all.stateOf(view), someone(t, "dan").id, kp1.RankAdmin, nil),
			SetPolicy{PolicyFields: PolicyFields{Mailboxes: &[]Mailbox{}}},
		}
		for j, b := range acts {
			for _, o := range forge(w, at, b, uint64(100*k+j)) {
				err := add(l, o)
				if is(err, ErrStranger) {
					continue // it rests on an Admit that was not valid
				}
				forged++
				if !is(err, ErrWaiting) {
					t.Fatalf("fork at seq %d: Add(%s) = %v, want ErrWaiting", at.Seq+1, o.Type, err)
				}
				if err := add(early, o); !is(err, ErrWaiting) {
					t.Fatalf("fork at seq %d, the founder standing: Add(%s) = %v, want ErrWaiting", at.Seq+1, o.Type, err)
				}
				if at.Seq == 1 { // who came after the fork is no witness
					l.Vouch(w.dev("eve", 0).id, []kp1.ID{o.ID})
				}
			}
		}
	}
	if l.State().Hash() != want || early.State().Hash() != stood {
		t.Error("forged branches changed the state")
	}
	got := 0
	for _, m := range l.Review() {
		got += 1 + m.More
	}
	if got != matters+forged {
		t.Errorf("the review queue tells of %d matters, want the %d forged ops", got, forged)
	}
	if f := l.Forks(); len(f) == 0 || f[0].Device != w.dev("ann", 0).id {
		t.Errorf("Forks() = %v, want those of the founder's device", f)
	}
}

// TestT13StaleReplica: a replica that left before the fork, or at it, hears the forgery first. Once it meets the others
// again, the founder's device is out everywhere and the helper nowhere. Forked in a time when the founder was alone with
// people who had not come before that op, the replica sees another group (the residual of 4.6), and can tell.
func TestT13StaleReplica(t *testing.T) {
	for _, cut := range []int{4, 5, 6} { // how much of the founder's chain it has: dan is in since the fourth op
		t.Run(fmt.Sprint(cut), func(t *testing.T) {
			w, chain := founderGone(t)
			honest := logOf(t, false, w.ops)
			want := in(honest, "ann", "bob", "cat", "dan", "eve")
			stale := NewLog(testGID) // dan's
			for _, o := range w.ops {
				if o.Device == w.dev("ann", 0).id && o.Seq <= uint64(cut) {
					_ = add(stale, o)
				}
			}
			forged := forge(w, chain[cut-1], w.admit("gus", kp1.RankAdmin), 1)
			for _, o := range forged {
				_ = add(stale, o)
			}
			if cut < 5 && in(stale, "gus") != "gus 2" { // nobody else is admin there: it cannot know better
				t.Fatalf("the stale replica has %q, want to be deceived", in(stale, "ann", "gus"))
			}
			for _, o := range w.ops { // they meet; the branch reaches the others as well
				_ = add(stale, o)
			}
			for _, o := range forged {
				_ = add(honest, o)
			}
			if got := in(honest, "ann", "bob", "cat", "dan", "eve"); got != want || in(honest, "gus") != "" {
				t.Fatalf("the others: %q and %q, want %q and no helper", got, in(honest, "gus"), want)
			}
			if cut == 4 {
				if f := stale.Forks(); len(f) != 1 || f[0].First != forged[0].ID {
					t.Errorf("Forks() = %v, want the conflict", f)
				}
				return
			}
			bob := w.dev("bob", 0) // an admin answers the fork, and lets the branch stand: it counts for nothing any more
			o := w.raw(bob, TypeEvidence, mustEncode(t, evidence(w.dev("ann", 0), kp1.ChainAuth, uint64(cut+1), nil)), honest.Heads())
			if err := add(honest, o); err != nil {
				t.Fatalf("Add(Evidence) = %v", err)
			}
			word := Op{V: 1, Type: TypeAck, Device: bob.id, Seq: o.Seq + 1, Prev: o.ID, Body: []byte{0xa0}}
			word.Auth = sortIDs([]kp1.ID{o.ID, forged[len(forged)-1].ID}, kp1.ID.Compare)
			word.ID = opID(word, 1<<50)
			_ = add(honest, word)
			for _, o := range []Op{o, word} {
				_ = add(stale, o)
			}
			for _, n := range []string{"bob", "cat", "dan"} { // and everybody says what they have
				for _, l := range []*Log{honest, stale} {
					l.Vouch(w.dev(n, 0).id, honest.Heads())
				}
			}
			if got := in(stale, "ann", "bob", "cat", "dan", "eve"); got != want || in(stale, "gus") != "" {
				t.Errorf("the stale replica: %q and %q, want %q and no helper\n%s", got, in(stale, "gus"), want, lines(stale))
			}
			if _, ok := stale.State().Device(w.dev("ann", 0).id); ok {
				t.Error("the founder's device is in at the stale replica")
			}
		})
	}
}

// TestT13Joiner: who comes by a Welcome is pinned to its heads, and meets the forgery after them.
func TestT13Joiner(t *testing.T) {
	w, chain := founderGone(t)
	joiner := NewLog(testGID)
	for _, o := range w.ops {
		_ = add(joiner, o)
	}
	honest := logOf(t, false, w.ops)
	if err := joiner.Pin(honest.Heads()); err != nil {
		t.Fatal(err)
	}
	for k := range chain[:len(chain)-1] {
		for _, o := range forge(w, chain[k], w.admit("gus", kp1.RankAdmin), uint64(k)) {
			_ = add(joiner, o)
		}
	}
	if got, want := joiner.State().Hash(), honest.State().Hash(); got != want {
		t.Errorf("the joiner has state %x, want %x", got, want)
	}
}

// TestT13Dormant: the founder's idle second device, in other hands, acts from the time when the founder was alone.
func TestT13Dormant(t *testing.T) {
	for _, c := range []struct {
		name string
		act  func(w *world) Body
		want error
		gone string // whose first device is out
	}{
		{"promotes", func(w *world) Body { return SetRole{Member: someone(t, "dan").id, Rank: kp1.RankAdmin} }, ErrWaiting, ""},
		{"removes who leads since", func(*world) Body { return NewRemove(someone(t, "bob").id, nil, 0) }, ErrWaiting, ""},
		{"removes a member, as an admin may", func(*world) Body { return NewRemove(someone(t, "dan").id, nil, 0) }, nil, "dan"},
		{"revokes the founder's main device", func(w *world) Body { return NewRevoke([]kp1.DID{w.dev("ann", 0).id}, nil) }, nil, "ann"},
		{"names a steward", func(w *world) Body { return w.admit("gus", kp1.RankSteward) }, ErrWaiting, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := found(t, PolicyFields{})
			ann, idle := w.dev("ann", 0), w.dev("ann", 1)
			w.must(ann, AddDevice{idle.cert})
			w.must(ann, w.admit("bob", kp1.RankMember))
			w.must(ann, w.admit("dan", kp1.RankMember))
			w.meet(ann, idle) // its tip is older than the promotion
			w.must(ann, SetRole{Member: someone(t, "bob").id, Rank: kp1.RankAdmin})
			w.meet(ann, w.dev("bob", 0))
			w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin))
			w.must(ann, w.admit("eve", kp1.RankMember))
			l := logOf(t, false, w.ops)
			before := l.State()
			if err := add(l, w.must(idle, c.act(w))); !is(err, c.want) {
				t.Fatalf("Add = %v, want %v", err, c.want)
			}
			for _, m := range before.Members {
				now, ok := l.State().Member(m.ID)
				if c.gone == "dan" && m.ID == someone(t, "dan").id {
					continue
				}
				if !ok || now.Rank != m.Rank {
					t.Errorf("%s is in %v with rank %d, want rank %d: nothing the main device did is undone", m.ID.Short(), ok, now.Rank, m.Rank)
				}
			}
			if _, ok := l.State().Device(w.dev("bob", 0).id); !ok {
				t.Error("a device of another admin is out")
			}
			if _, ok := l.State().Device(ann.id); ok == (c.gone == "ann") {
				t.Errorf("the founder's main device is in: %v", ok)
			}
		})
	}
}

// TestT13SpiteRepeated: an ex-admin drops a back-dated removal of dan, and another after each re-admission. Unheard it
// changes nothing; with an accomplice among the members each costs one op to mend, and never more.
func TestT13SpiteRepeated(t *testing.T) {
	for _, accomplice := range []bool{false, true} {
		w := three(t)
		bob, dan := w.dev("bob", 0), someone(t, "dan")
		w.must(w.dev("ann", 0), w.admit("eve", kp1.RankMember))
		w.everybody("ann", "cat", "dan", "eve")
		old := w.knew[bob.id]
		w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
		l := logOf(t, false, w.ops)
		for round := range 5 {
			w.knew[bob.id] = w.knew[bob.id].union(old)
			spite := w.must(bob, NewRemove(dan.id, nil, 0))
			if err := add(l, spite); !is(err, ErrWaiting) {
				t.Fatalf("round %d: Add = %v, want ErrWaiting", round, err)
			}
			if !accomplice {
				if got := in(l, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, cat 2, dan 1, eve 1" {
					t.Fatalf("round %d: %q", round, got)
				}
				continue
			}
			l.Vouch(w.dev("eve", 0).id, []kp1.ID{spite.ID})
			if got := in(l, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, cat 2, eve 1" {
				t.Fatalf("round %d, vouched: %q", round, got)
			}
			k := slices.IndexFunc(l.Review(), func(m Matter) bool { return m.Kind == Stands && m.Op == spite.ID && m.Keep != nil })
			if k < 0 {
				t.Fatalf("round %d: the queue does not offer to undo it: %s", round, lines(l))
			}
			keep := *l.Review()[k].Keep
			w.meet(w.dev("ann", 0), w.dev("cat", 0), bob)
			if err := add(l, w.must(w.dev("ann", 0), keep)); err != nil {
				t.Fatal(err)
			}
			if got := in(l, "ann", "bob", "cat", "dan", "eve"); got != "ann 2, cat 2, dan 1, eve 1" {
				t.Fatalf("round %d, mended: %q", round, got)
			}
			w.knew[bob.id] = w.all.closure(w.all.index[spite.ID]) // it forgets what it has seen
		}
	}
}
