package peer_test

import (
	"testing"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestT30OverTheNetwork: what one person withdraws goes from the other's computer, both write their stores anew while they
// are connected, and life goes on.
func TestT30OverTheNetwork(t *testing.T) {
	ada, sue := serve(t, "Ada"), serve(t, "Sue")
	ctx := t.Context()
	g := ada.elmRow(t)
	ada.letIn(t, g, sue, "Sue")
	say := func(o *one, a care.Act) kp1.ID {
		t.Helper()
		id, err := o.Propose(ctx, g, a)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	item := func(w present.World, talk, post kp1.ID) (it thread.Item, ok bool) {
		if x, in := w.Find(g); in {
			if th, in := x.Threads().Get(talk); in {
				return th.Find(post)
			}
		}
		return it, false
	}
	talk := say(ada, thread.New{Title: "picnic"})
	post := say(ada, thread.Post{Thread: talk, Text: "a slip of the tongue"})
	sue.until("the post", func(w present.World) bool {
		it, ok := item(w, talk, post)
		return ok && it.Words == act.Here
	})
	say(ada, erase.Delete{Target: post})
	sue.until("that it was taken away", func(w present.World) bool {
		it, ok := item(w, talk, post)
		return ok && it.Words == act.Taken
	})
	for _, o := range []*one{ada, sue} {
		if done, err := o.EraseNow(ctx); err != nil || !done {
			t.Errorf("EraseNow = %v, %v", done, err)
		}
		if done, err := o.EraseNow(ctx); err != nil || done {
			t.Errorf("EraseNow a second time = %v, %v", done, err)
		}
	}
	next := say(sue, thread.Post{Thread: talk, Text: "never mind"})
	ada.until("the answer", func(w present.World) bool {
		it, ok := item(w, talk, next)
		return ok && it.Words == act.Here
	})
	for _, o := range []*one{ada, sue} {
		if c, err := o.Check(ctx); err != nil || len(c.Bad) > 0 {
			t.Errorf("Check = %+v, %v", c, err)
		}
		if err := o.Lock(ctx, present.LockedAsked); err != nil {
			t.Fatal(err)
		}
		if err := o.Unlock(ctx, "plum kettle orbit sand"); err != nil {
			t.Fatal(err)
		}
		if it, ok := item(o.World(), talk, post); !ok || it.Words != act.Taken {
			t.Errorf("after a restart: %+v", it)
		}
	}
}
