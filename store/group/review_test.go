package group

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith/store/kp1"
)

// lines says what is in a review queue, as "undone admit of eve by bob (remove by ann+cat) keep 1".
func lines(l *Log) string {
	name := func(m kp1.MID) string {
		for _, n := range cast {
			if p, ok := persons[n]; ok && p.id == m {
				return n
			}
		}
		return "?"
	}
	by := func(a Act) string {
		var out []string
		for _, m := range a.By {
			out = append(out, name(m))
		}
		return strings.Join(out, "+")
	}
	var out []string
	for _, m := range l.Review() {
		s := []string{"", "undone", "overruled", "stands", "waits"}[m.Kind] + " " + strings.TrimPrefix(m.Type, typePrefix)
		if !m.Member.IsZero() {
			s += " of " + name(m.Member)
		}
		s += " by " + by(m.Act)
		var causes []string
		for _, c := range m.Causes {
			causes = append(causes, strings.TrimPrefix(c.Type, typePrefix)+" by "+by(c))
		}
		slices.Sort(causes)
		if len(causes) > 0 {
			s += " (" + strings.Join(causes, ", ") + ")"
		}
		if m.Kind == Waiting {
			s += fmt.Sprintf(" fence %d", m.Fence)
		}
		if m.Loss > 0 {
			s += fmt.Sprintf(" loss %d of %s", m.Loss, name(m.Who))
		}
		if m.Keep != nil {
			s += fmt.Sprintf(" keep %d", m.Keep.Rank)
		}
		out = append(out, s)
	}
	return strings.Join(out, "; ")
}

// TestT15Review plays the rows of table 4.5 and reads the queue, on a replica that hears the ops in the order given by
// hear; then lets somebody who has all in view decide, and wants the matter gone.
func TestT15Review(t *testing.T) {
	for _, c := range []struct {
		name   string
		play   func(w *world) (late []Op) // what the replica hears last
		want   string
		decide func(w *world, l *Log) // nil: nothing to do
		after  string
	}{
		{
			name: "one removes, another brings back at the same time",
			play: func(w *world) []Op {
				w.must(w.dev("ann", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.everybody("ann", "bob", "cat")
				w.must(w.dev("cat", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.must(w.dev("bob", 0), w.admit("dan", kp1.RankMember))
				return nil
			},
			want:   "overruled admit of dan by bob (remove by cat) keep 1",
			decide: keepAll("ann"),
		},
		{
			name: "an admin admits families while being removed",
			play: func(w *world) []Op {
				w.must(w.dev("bob", 0), w.admit("eve", kp1.RankMember, w.dev("eve", 1).cert))
				w.everybody("bob", "eve")
				w.must(w.dev("eve", 1), AddDevice{w.dev("eve", 2).cert})
				w.must(w.dev("eve", 0), NewAck())
				w.must(w.dev("bob", 0), w.admit("fay", kp1.RankGuest))
				w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
				return nil
			},
			want: "undone admit of eve by bob (remove by cat+ann) keep 1; undone admit of fay by bob (remove by cat+ann) keep 0",
			decide: func(w *world, l *Log) {
				for _, m := range l.Review() {
					if m.Member == someone(t, "eve").id && len(m.Keep.Devices) != 1 {
						t.Errorf("keeping eve names %d further devices, want the one of the first Admit", len(m.Keep.Devices))
					}
				}
				keepAll("ann")(w, l)
			},
			after: "undone add-device of eve by eve (remove by cat+ann)", // she can link it again
		},
		{
			name: "a removed admin's removal stands",
			play: func(w *world) []Op {
				w.must(w.dev("bob", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
				return nil
			},
			want:   "stands remove of dan by bob (remove by cat+ann) keep 1",
			decide: keepAll("cat"),
		},
		{
			name: "two remove each other",
			play: func(w *world) []Op {
				w.second(w.dev("ann", 0), w.dev("bob", 0), NewSetRole(w.all.State(), someone(t, "cat").id, kp1.RankMember, nil))
				w.must(w.dev("ann", 0), NewRemove(someone(t, "bob").id, nil, 4))
				w.must(w.dev("bob", 0), NewRemove(someone(t, "ann").id, nil, 4))
				return nil
			},
			want:   "waits remove of ann by bob (remove by ann) fence 3 loss 1 of bob",
			decide: func(w *world, l *Log) { letStand(w, l, "dan") },
			after:  "stands remove of bob by ann (remove by bob) keep 2; stands remove of ann by bob (remove by ann)", // she founded it
		},
		{
			name: "the removal comes late: let it stand",
			play: func(w *world) []Op {
				o := w.must(w.dev("bob", 0), NewRemove(someone(t, "dan").id, nil, 0))
				on := w.must(w.dev("bob", 0), NewAck())
				w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
				return []Op{o, on}
			},
			want: "waits remove of dan by bob (remove by cat+ann) fence 3 loss 1 of bob; waits ack by bob (remove by bob) fence 1",
			decide: func(w *world, l *Log) {
				letStand(w, l, "ann")
				if got := in(l, "ann", "bob", "cat", "dan"); got != "ann 2, cat 2" {
					t.Errorf("let stand: %q, want dan and bob out", got)
				}
			},
			after: "stands remove of dan by bob (remove by cat+ann) keep 1",
		},
		{
			name: "a removal crosses a promotion that was heard first",
			play: func(w *world) []Op {
				o := w.must(w.dev("cat", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.second(w.dev("ann", 0), w.dev("bob", 0), NewSetRole(w.all.State(), someone(t, "dan").id, kp1.RankAdmin, nil))
				return []Op{o}
			},
			want: "waits remove of dan by cat (set-role by bob+ann) fence 3 loss 4 of cat",
			decide: func(w *world, l *Log) {
				letStand(w, l, "bob")
				if got := in(l, "ann", "bob", "cat", "dan"); got != "ann 2, bob 2, cat 2" {
					t.Errorf("let stand: %q, want dan out", got)
				}
			},
			after: "overruled set-role of dan by bob+ann (remove by cat) keep 2",
		},
		{
			name: "a removal crosses a promotion that is heard after it",
			play: func(w *world) []Op {
				st := w.all.State()
				w.must(w.dev("cat", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.second(w.dev("ann", 0), w.dev("bob", 0), NewSetRole(st, someone(t, "dan").id, kp1.RankAdmin, nil))
				return nil
			},
			want: "overruled set-role of dan by bob+ann (remove by cat) keep 2",
			decide: func(w *world, l *Log) { // a fresh removal settles it as well
				w.everybody("ann", "bob", "cat", "dan")
				decideBy(w, l, w.dev("ann", 0), NewAck())
				w.second(w.dev("ann", 0), w.dev("bob", 0), NewRemove(someone(t, "dan").id, nil, 0))
				for _, o := range w.ops {
					_ = add(l, o)
				}
			},
		},
		{
			name: "a demoted admin's policy and promotion are undone",
			play: func(w *world) []Op {
				w.must(w.dev("bob", 0), SetPolicy{PolicyFields: PolicyFields{Mailboxes: &[]Mailbox{{Peer: seed("m")}}}})
				w.second(w.dev("ann", 0), w.dev("cat", 0), SetRole{Member: someone(t, "bob").id, Rank: 1, Cut: &Cut{}})
				return nil
			},
			want: "undone policy by bob (set-role by cat+ann)",
			decide: func(w *world, l *Log) {
				w.everybody("ann", "bob", "cat", "dan")
				decideBy(w, l, w.dev("cat", 0), SetPolicy{PolicyFields: PolicyFields{Mailboxes: &[]Mailbox{{Peer: seed("m")}}}})
			},
		},
		{
			name: "who left is not kept by the old request",
			play: func(w *world) []Op {
				w.must(w.dev("dan", 0), NewLeave(someone(t, "dan").id, nil))
				w.must(w.dev("bob", 0), NewRemove(someone(t, "dan").id, nil, 0))
				w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
				return nil
			},
			want: "stands remove of dan by bob (remove by cat+ann)",
		},
		{
			name: "a device that signed twice, and a key nobody asks about",
			play: func(w *world) []Op {
				dan := w.dev("dan", 0)
				fork := w.raw(dan, TypeAck, mustEncode(t, NewAck()), w.heads(dan.id))
				w.must(dan, KeyUpdate{Peer: seed("p")})
				w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
				return []Op{fork}
			},
			want: "waits ack by dan (key-update by dan) fence 2",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := three(t)
			late := c.play(w)
			l := newLog(t)
			for _, o := range w.ops {
				if !slices.ContainsFunc(late, func(x Op) bool { return x.ID == o.ID }) {
					_ = add(l, o)
				}
			}
			for _, o := range late {
				_ = add(l, o)
			}
			if got := lines(l); got != c.want {
				t.Fatalf("Review() =\n %q, want\n %q", got, c.want)
			}
			if c.decide == nil {
				return
			}
			c.decide(w, l)
			if got := lines(l); got != c.after {
				t.Errorf("after a decision: Review() =\n %q, want\n %q", got, c.after)
			}
		})
	}
}

// decideBy writes an op in the world and lets the replica hear it.
func decideBy(w *world, l *Log, d *dev, b Body) {
	w.t.Helper()
	if err := add(l, w.must(d, b)); err != nil {
		w.t.Fatalf("Add(%s) = %v", b.Type(), err)
	}
}

// keepAll lets an admin who knows all bring back everybody whom the queue would.
func keepAll(admin string) func(*world, *Log) {
	return func(w *world, l *Log) {
		w.t.Helper()
		w.everybody(cast...)
		for _, m := range l.Review() {
			if m.Keep != nil {
				decideBy(w, l, w.dev(admin, 0), *m.Keep)
				if got, ok := l.State().Member(m.Member); !ok || got.Rank != m.Keep.Rank {
					w.t.Errorf("kept %s: in %v with rank %d, want rank %d", m.Member.Short(), ok, got.Rank, m.Keep.Rank)
				}
			}
		}
	}
}

// letStand lets somebody who knows all that the replica does write an Ack that names what waits.
func letStand(w *world, l *Log, who string) {
	w.t.Helper()
	d := w.dev(who, 0)
	var s set
	for _, o := range w.ops {
		if l.Admitted(o.ID) {
			s = s.union(w.all.closure(w.all.index[o.ID]))
		}
	}
	for _, id := range l.Held() {
		s = s.union(w.all.closure(w.all.index[id]))
	}
	w.knew[d.id] = s
	decideBy(w, l, d, NewAck())
	if len(l.Held()) > 0 {
		w.t.Errorf("%d still wait after a word for them", len(l.Held()))
	}
}

// TestReviewSameEverywhere: replicas that have the same ops admitted and waiting have the same queue.
func TestReviewSameEverywhere(t *testing.T) {
	w := three(t)
	w.must(w.dev("bob", 0), w.admit("eve", kp1.RankMember, w.dev("eve", 1).cert))
	w.must(w.dev("bob", 0), w.admit("fay", kp1.RankMember))
	w.must(w.dev("bob", 1), NewRemove(someone(t, "dan").id, nil, 0))
	w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(someone(t, "bob").id, nil, 3))
	w.must(w.dev("ann", 0), NewRemove(someone(t, "dan").id, nil, 0))
	w.meet(w.dev("ann", 0), w.dev("cat", 0))
	w.must(w.dev("cat", 0), w.admit("dan", kp1.RankGuest))
	want := w.all.Review()
	if len(want) < 3 {
		t.Fatalf("Review() = %q, want more", lines(w.all))
	}
	for i := range 5 {
		k := uint64(i)
		l := logOf(t, true, shuffle(w.ops, func(n int) int { k = k*6364136223846793005 + 1442695040888963407; return int(k>>33) % n }))
		if got := l.Review(); !reflect.DeepEqual(got, want) {
			t.Errorf("another order: %q, want %q", lines(l), lines(w.all))
		}
	}
}

// TestForkStormIsOneLine: a device that signs one op after the other in the same place, and builds on each, has one line of
// the queue, that says how many they are.
func TestForkStormIsOneLine(t *testing.T) {
	w := three(t)
	bob := w.dev("bob", 0)
	old, seq, tip := w.knew[bob.id].union(set{}), w.seq[bob.id], w.tip[bob.id]
	w.must(bob, w.admit("hal", kp1.RankMember))
	w.everybody("ann", "cat")
	w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
	l := logOf(t, false, w.ops)
	was := len(l.Review())
	n := 0
	for i, name := range []string{"eve", "fay", "gus"} {
		w.knew[bob.id], w.seq[bob.id], w.tip[bob.id] = old.union(set{}), seq, tip
		for j := range 5 {
			o := w.must(bob, w.admit(name+fmt.Sprint(j), kp1.RankMember))
			if err := add(l, o); !is(err, ErrWaiting) {
				t.Fatalf("fork %d.%d: Add = %v, want ErrWaiting", i, j, err)
			}
			n++
		}
	}
	got := slices.DeleteFunc(l.Review(), func(m Matter) bool { return m.Kind != Waiting })
	if len(got) != 1 || got[0].More != n-1 || got[0].Fence != FenceFork || len(l.Review()) > was+1 {
		t.Fatalf("%d ops that wait have %d lines", n, len(got))
	}
}

// TestLateStormIsOneLine: what somebody who is out did beside their removal, one act after the other, is one line of each of
// their devices, that says how many they are; keys and the like do not stand before it.
func TestLateStormIsOneLine(t *testing.T) {
	w := three(t)
	bob := w.dev("bob", 0)
	known := len(w.ops)
	w.must(bob, NewAck())
	var acts []Op
	for j := range 5 {
		acts = append(acts, w.must(bob, w.admit(fmt.Sprint("eve", j), kp1.RankMember)))
		w.must(bob, w.rekey(bob, "beside"))
	}
	storm := w.ops[known:len(w.ops):len(w.ops)]
	removal := w.second(w.dev("ann", 0), w.dev("cat", 0), NewRemove(bob.who.id, nil, 3))
	l := logOf(t, false, slices.DeleteFunc(slices.Clone(w.ops), func(o Op) bool {
		return slices.ContainsFunc(storm, func(s Op) bool { return s.ID == o.ID })
	}))
	was := len(l.Review())
	for _, o := range storm {
		if err := add(l, o); !is(err, ErrWaiting) {
			t.Fatalf("Add(%s beside %s) = %v, want ErrWaiting", o.Type, removal.Type, err)
		}
	}
	all := l.Review()
	if len(all) != was+2 {
		t.Fatalf("%d lines for %d ops that wait, want one and one of keys", len(all)-was, len(storm))
	}
	for _, m := range all {
		want := len(storm) - len(acts) - 1
		if m.ForPeople() {
			want = len(acts) - 1
		}
		if m.Kind == Waiting && (m.More != want || m.ForPeople() && m.Op != acts[0].ID) {
			t.Errorf("a line of %s with %d more, want %d", m.Type, m.More, want)
		}
	}
}
