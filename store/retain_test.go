package store

import (
	"context"
	"testing"
	"time"

	"kith/store/care/act"
	"kith/store/care/people"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// sweepAll is what a peer does once a day.
func (h *home) sweepAll(g kp1.GID) (all int) {
	h.t.Helper()
	for more := true; more; {
		var n int
		var err error
		if n, more, err = h.Sweep(context.Background(), g); err != nil {
			h.t.Fatal(err)
		}
		all += n
	}
	return all
}

// TestT30Retention: words are dropped after as many days as the group keeps them, by what the others say the time is; a
// clock that is three days or ten years wrong drops nothing.
func TestT30Retention(t *testing.T) {
	g, homes := team(t, "ada", "bob", "cy")
	ada, bob, cy := homes[0], homes[1], homes[2]
	start := testNow()
	clock := func(h *home, at time.Time) { h.Ledger.opt.Now = func() time.Time { return at } }
	days := func(n int) time.Time { return start.AddDate(0, 0, n) }
	ada.do(g, people.Profile{Name: "Ada"})
	talk := ada.talk(g, "picnic", "old words")
	levelAll(t, g, homes)
	clock(ada, days(400))
	if n := ada.sweepAll(g); n != 0 {
		t.Errorf("a group that keeps everything dropped %d", n)
	}
	clock(ada, start)
	keep := []group.Retention{{Comp: kp1.CompAll, Days: 30}, {Comp: kp1.CompTeam, Days: 30}}
	if _, err := ada.SetPolicy(context.Background(), g, group.PolicyFields{Retention: &keep}); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	for _, wrong := range []int{3, 40, 3650} {
		clock(ada, days(wrong))
		if n := ada.sweepAll(g); n != 0 {
			t.Errorf("a clock %d days ahead dropped %d", wrong, n)
		}
	}
	// One of the others is ten years ahead as well; the third is not.
	clock(bob, days(3650))
	bob.do(g, thread.Post{Thread: talk, Text: "from a wrong clock"})
	levelAll(t, g, homes)
	if n := ada.sweepAll(g); n != 0 {
		t.Errorf("two wrong clocks of three dropped %d", n)
	}
	// The days pass for everybody.
	clock(bob, days(40))
	clock(cy, days(40))
	clock(ada, days(40))
	cy.do(g, thread.Post{Thread: talk, Text: "new words"})
	bob.do(g, people.Profile{Name: "Bob"})
	levelAll(t, g, homes)
	was, _, _ := ada.Items(g)
	if n := ada.sweepAll(g); n != 1 {
		t.Errorf("dropped %d, want the old post's words alone: the title and names are in use", n)
	}
	if now, _, _ := ada.Items(g); len(was)-len(now) != 1 {
		t.Errorf("%d envelopes went", len(was)-len(now))
	}
	if n := ada.sweepAll(g); n != 0 {
		t.Errorf("dropped %d a second time", n)
	}
	levelAll(t, g, homes) // the others have them still, and Ada does not take them again
	see := func(h *home) (words []act.Words) {
		th, _ := h.View().Group(g).Care.Threads().Get(talk)
		if th.Title != "picnic" {
			t.Errorf("%s: title %q", h.Name(), th.Title)
		}
		for it := range th.Items(0, th.Len()) {
			words = append(words, it.Words)
		}
		return words
	}
	for range 2 {
		if w := see(ada); len(w) != 3 || w[0] != act.Taken || w[1] != act.Here && w[2] != act.Here {
			t.Errorf("what is shown: %v", w)
		}
		ada.clean()
		ada.again()
	}
	if !ada.Erased().Equal(days(40)) {
		t.Errorf("the file is not to be written anew: %v", ada.Erased())
	}
	if bob.sweepAll(g)+cy.sweepAll(g) != 0 {
		t.Error("dropped by the word of one other alone")
	}
	clock(ada, days(40))
	ada.do(g, people.Profile{Name: "Ada again"})
	levelAll(t, g, homes)
	if bob.sweepAll(g) != 1 || cy.sweepAll(g) != 1 {
		t.Error("the others do not drop what Ada has")
	}
	sameView(t, g, homes...)
}

// TestRetentionAlone: a person alone has nobody to say what time it is, and keeps everything.
func TestRetentionAlone(t *testing.T) {
	h := quickHome(t, "ada")
	g := h.found("ada")
	h.talk(g, "picnic", "old words")
	keep := []group.Retention{{Comp: kp1.CompAll, Days: 1}, {Comp: kp1.CompTeam, Days: 1}}
	if _, err := h.SetPolicy(context.Background(), g, group.PolicyFields{Retention: &keep}); err != nil {
		t.Fatal(err)
	}
	h.Ledger.opt.Now = func() time.Time { return testNow().AddDate(10, 0, 0) }
	h.talk(g, "ten years later", "new words")
	if n := h.sweepAll(g); n != 0 {
		t.Errorf("dropped %d", n)
	}
}
