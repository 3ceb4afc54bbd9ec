package group

import (
	"testing"

	"kith/store/kp1"
)

// TestT12SecondKey: an idle device from the time when its person was the only admin cannot change the admins on the
// word of somebody that person has let in alone, whether the person still stands or not. What their group could have
// undone then, it now needs a second admin for; an admin's word is that second key.
func TestT12SecondKey(t *testing.T) { t12SecondKey(t) }

func t12SecondKey(t tb) {
	for _, c := range []struct {
		name string
		act  func(w *world) Body
		want string // with an admin's word
	}{
		{"admits an admin", func(w *world) Body { return w.admit("eve", kp1.RankAdmin) }, "ann 2, bob 2, cat 2, dan 2, eve 2, hal 1"},
		{"removes who became an admin since", func(*world) Body { return NewRemove(someone(t, "bob").id, nil, 0) }, "ann 2, cat 2, dan 2, hal 1"},
		{"lowers who became an admin since", func(w *world) Body {
			return SetRole{Member: someone(t, "bob").id, Rank: kp1.RankGuest, Cut: &Cut{}}
		}, "ann 2, bob 0, cat 2, dan 2, hal 1"},
		{"admits once more, as a guest, who became an admin since", func(w *world) Body { return w.admit("cat", kp1.RankGuest) }, "ann 2, bob 2, cat 0, dan 2, hal 1"},
		{"revokes an admin's device", func(w *world) Body {
			return NewRevoke([]kp1.DID{someone(t, "bob").devs[0].id}, nil)
		}, "ann 2, bob 2, cat 2, dan 2, hal 1"},
	} {
		for _, standing := range []bool{true, false} {
			w := found(t, PolicyFields{})
			ann, idle := w.dev("ann", 0), w.dev("ann", 1)
			w.must(ann, AddDevice{idle.cert})
			w.must(ann, w.admit("bob", kp1.RankMember))
			w.meet(ann, idle) // hears nothing more
			before := w.all.State()
			w.must(ann, SetRole{Member: someone(t, "bob").id, Rank: kp1.RankAdmin})
			w.meet(ann, w.dev("bob", 0))
			w.second(ann, w.dev("bob", 0), w.admit("cat", kp1.RankAdmin))
			w.second(ann, w.dev("bob", 0), w.admit("dan", kp1.RankAdmin))
			w.must(ann, w.admit("hal", kp1.RankMember)) // the helper, let in for all to see
			w.meet(ann, w.dev("bob", 0), w.dev("cat", 0), w.dev("dan", 0), w.dev("hal", 0))
			if !standing {
				w.second(w.dev("bob", 0), w.dev("cat", 0), NewRemove(ann.who.id, nil, 4))
			}
			honest := logOf(t, false, w.ops)
			want := honest.State().Hash()
			if l := before.Leaders(); l != 1 {
				t.Fatalf("%d leaders in the view claimed, want ann alone", l)
			}
			forged := w.must(idle, c.act(w))
			if err := add(honest, forged); !is(err, ErrWaiting) {
				t.Errorf("%s, standing %v: Add = %v, want ErrWaiting", c.name, standing, err)
			}
			honest.Vouch(w.dev("hal", 0).id, []kp1.ID{forged.ID})
			if honest.Admitted(forged.ID) || honest.State().Hash() != want {
				t.Errorf("%s, standing %v: the helper's word lets it in", c.name, standing)
			}
			honest.Vouch(w.dev("dan", 0).id, []kp1.ID{forged.ID})
			if !honest.Admitted(forged.ID) {
				t.Errorf("%s, standing %v: an admin's word does not let it in", c.name, standing)
			}
			if got := in(honest, "ann", "bob", "cat", "dan", "eve", "hal"); standing && got != c.want {
				t.Errorf("%s, on an admin's word: %q, want %q", c.name, got, c.want)
			}
		}
	}
}
