package peer_test

import (
	"errors"
	"maps"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/store"
	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/keyring"
	"kith/store/kp1"
)

// envelopes are the ids of what lies on a computer of one group. Its store is locked for a moment.
func (o *one) envelopes(t *testing.T, g kp1.GID) map[kp1.ID]bool {
	t.Helper()
	if err := o.Lock(t.Context(), present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	rest, err := keyring.Unlock(o.home, testPassphrase, keyring.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l, err := store.Open(o.home, rest, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	items, _, err := l.Items(g)
	if err := errors.Join(err, l.Close(), o.Unlock(t.Context(), testPassphrase)); err != nil {
		t.Fatal(err)
	}
	all := map[kp1.ID]bool{}
	for _, i := range items {
		all[i.ID] = true
	}
	return all
}

// TestT30OverTheNetwork: what one person withdraws goes from the other's computer, and its words from that of a guest who
// carries them and can read neither them nor the act. Both write their stores anew while they are connected, and life goes
// on.
func TestT30OverTheNetwork(t *testing.T) {
	ada, sue, gus := serve(t, "Ada"), serve(t, "Sue"), serve(t, "Gus")
	ctx := t.Context()
	g := ada.elmRow(t)
	ada.letIn(t, g, sue, "Sue")
	ada.letInAs(t, g, gus, "Gus", kp1.RankGuest)
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
	// settled is what the guest has once nobody lacks anything.
	settled := func() map[kp1.ID]bool {
		t.Helper()
		if _, err := gus.Sync(ctx, verb.Syncing{}); err != nil {
			t.Fatal(err)
		}
		return gus.envelopes(t, g)
	}
	ask := say(ada, sleepover.Ask{Terms: sleepover.Terms{
		Child: "Mia", From: when.Date{Year: 2026, Month: 11, Day: 27}, To: when.Date{Year: 2026, Month: 11, Day: 28},
	}, Beds: 1, Kind: sleepover.Planned})
	talk := say(ada, thread.New{Title: "picnic"})
	post := say(ada, thread.Post{Thread: talk, Text: "a slip of the tongue"})
	sue.until("the post", func(w present.World) bool {
		it, ok := item(w, talk, post)
		return ok && it.Words == act.Here
	})
	lost := settled()
	say(ada, erase.Delete{Target: post})
	say(ada, erase.Delete{Target: ask})
	sue.until("that it was taken away", func(w present.World) bool {
		it, ok := item(w, talk, post)
		return ok && it.Words == act.Taken
	})
	now := settled()
	if maps.DeleteFunc(lost, func(id kp1.ID, _ bool) bool { return now[id] }); len(lost) != 3 {
		t.Errorf("the guest has lost %d envelopes, want the post's, its words', and of the ask the words': nobody can prove that its own is gone", len(lost))
	}
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
		if err := o.Unlock(ctx, testPassphrase); err != nil {
			t.Fatal(err)
		}
		if it, ok := item(o.World(), talk, post); !ok || it.Words != act.Taken {
			t.Errorf("after a restart: %+v", it)
		}
	}
}
