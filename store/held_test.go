package store

import (
	"context"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// has says whether a home knows that another has an op.
func (h *home) has(o *home, g kp1.GID, id kp1.ID) bool { return h.Delivery(g, id).Devices == 1 }

// TestWordsOfOthersWait: what another computer says it has counts at once and costs no commit of its own. It goes to the
// disk with what is filed next, when many more have come, and when the program ends; a power cut leaves too little, never
// too much, and what is asked for again comes to the same.
func TestWordsOfOthersWait(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	word := func() kp1.ID {
		id := ada.do(g, thread.New{Title: "who has this?"})
		raws, err := ada.Envelopes(ctx, g, bev.Lacks(g, ada.idsOf(g)))
		if err != nil {
			t.Fatal(err)
		}
		res := bev.from(ada, g, raws...)
		commits := ada.writes()
		if err := ada.Held(g, bev.deviceOf(g), res.Held, 0); err != nil {
			t.Fatal(err)
		}
		if !ada.has(bev, g, id) || ada.writes() != commits {
			t.Fatalf("known %v, and %d writes, want true and none", ada.has(bev, g, id), ada.writes()-commits)
		}
		return id
	}
	one := word()
	cut := ada.copied(t)
	if cut.has(bev, g, one) {
		t.Error("a word is on the disk although it was never written")
	}
	if err := cut.Held(g, bev.deviceOf(g), cut.idsOf(g), 0); err != nil || !cut.has(bev, g, one) {
		t.Errorf("said again: known %v, %v", cut.has(bev, g, one), err)
	}
	ada.do(g, thread.New{Title: "what is filed next"})
	if !ada.copied(t).has(bev, g, one) {
		t.Error("what was filed next did not take the word along")
	}
	two := word()
	ada.again()
	if !ada.has(bev, g, two) {
		t.Error("the program ended, and a word is gone")
	}
	three := word()
	for range notesMost - 1 { // comparisons that find nothing
		now = now.Add(2 * noteEvery * time.Second)
		if err := ada.Level(g, bev.deviceOf(g)); err != nil {
			t.Fatal(err)
		}
	}
	cut = ada.copied(t)
	if !cut.has(bev, g, three) {
		t.Errorf("%d words later the first is not on the disk", notesMost)
	}
	if at, want := cut.groups[g].rounds.with(bev.deviceOf(g)), uint64(now.Unix()); at != want { //nolint:gosec // after 1970
		t.Errorf("the last comparison was at %d, want %d", at, want)
	}
	cut.clean()
	ada.clean()
}
