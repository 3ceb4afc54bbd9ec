package group

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// TestAfter: what a log would say with one op more is what it says with it, and asking changes nothing.
func TestAfter(t *testing.T) {
	asked := 0
	rapid.Check(t, func(rt *rapid.T) { asked += after(rt, dice(rt, 4)) })
	if asked == 0 {
		t.Error("nothing had an effect: the cases show nothing")
	}
}

func after(t tb, r *rand.Rand) (asked int) {
	w := history(t, r, 10+r.IntN(20), "sue")
	l := newLog(t)
	for k, o := range w.ops {
		if k < w.settled {
			_ = add(l, o)
			continue
		}
		before, held, review := l.State(), l.Held(), l.Review()
		st, err := l.After(o)
		if again := l.State(); again.Hash() != before.Hash() || l.Has(o.ID) || !slices.Equal(l.Held(), held) || !reflect.DeepEqual(l.Review(), review) {
			t.Fatalf("After(%s) changed the log", o.Type)
		}
		said := add(l, o)
		switch {
		case err == nil && (said != nil || l.Standing(o.ID) != nil):
			t.Fatalf("After(%s) = nil, Add = %v, Standing = %v", o.Type, said, l.Standing(o.ID))
		case err != nil && said == nil && l.Standing(o.ID) == nil:
			t.Fatalf("After(%s) = %v, and it has an effect", o.Type, err)
		case err == nil:
			asked++
			if got, want := st.Hash(), l.State().Hash(); got != want {
				t.Fatalf("After(%s) gives %x, want %x", o.Type, got, want)
			}
		}
	}
	return asked
}

// TestAfterOfTwo: the ops follow one another, and the log goes on as if it had not been asked.
func TestAfterOfTwo(t *testing.T) {
	w := three(t)
	ann := w.dev("ann", 0)
	l := logOf(t, false, w.ops)
	out := w.draft(ann, NewRemove(someone(t, "dan").id, nil, 0))
	back := Op{V: 1, Type: TypeAdmit, Device: ann.id, Seq: out.Seq + 1, Prev: out.ID, Auth: []kp1.ID{out.ID}, Body: mustEncode(t, w.admit("dan", kp1.RankGuest))}
	back.ID = opID(back, 5)
	st, err := l.After(out, back)
	if m, in := st.Member(someone(t, "dan").id); err != nil || !in || m.Rank != kp1.RankGuest {
		t.Errorf("After(Remove, Admit) = %+v, %v, %v, want dan in as guest", m, in, err)
	}
	if _, err := l.After(back); err == nil {
		t.Error("After(an op whose past is not here) = nil")
	}
	if _, err := l.After(w.draft(w.dev("dan", 0), NewRemove(ann.who.id, nil, 0))); !is(err, ErrNotAllowed) && !is(err, ErrQuorum) {
		t.Errorf("After(what dan may not do) = %v", err)
	}
	if err := add(l, out); err != nil {
		t.Fatal(err)
	}
	if _, in := l.State().Member(someone(t, "dan").id); in {
		t.Error("dan is in after the removal")
	}
}
