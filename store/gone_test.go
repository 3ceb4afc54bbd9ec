package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// carrying is a group with a guest, who carries what the team writes and cannot read it.
func carrying(t *testing.T) (g kp1.GID, ada, bob, gus *home, talk kp1.ID) {
	t.Helper()
	g, homes := team(t, "ada", "bob")
	ada, bob = homes[0], homes[1]
	gus = quickHome(t, "gus")
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	talk = ada.talk(g, "picnic")
	levelAll(t, g, []*home{ada, bob, gus})
	return g, ada, bob, gus, talk
}

// idsOf are the envelopes here.
func (h *home) idsOf(g kp1.GID) (ids []kp1.ID) {
	h.t.Helper()
	items, _, err := h.Items(g)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, it := range items {
		ids = append(ids, it.ID)
	}
	slices.SortFunc(ids, kp1.ID.Compare)
	return ids
}

func (h *home) release(g kp1.GID, gone ...Gone) int {
	h.t.Helper()
	n, err := h.Release(context.Background(), g, gone)
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestT30CarrierHears: a guest, who cannot read what is taken away nor the act that does it, drops the words at the word
// of who could read them, and takes them from nobody for a day.
func TestT30CarrierHears(t *testing.T) {
	g, ada, bob, gus, talk := carrying(t)
	all := []*home{ada, bob, gus}
	before := bob.idsOf(g)
	post := bob.do(g, thread.Post{Thread: talk, Text: "a secret slip"})
	levelAll(t, g, all)
	var mine []kp1.ID
	for _, id := range bob.idsOf(g) {
		if !slices.Contains(before, id) {
			mine = append(mine, id)
		}
	}
	raws := bob.all(g)
	if gone := ada.Gone(g, mine); len(gone) != 0 {
		t.Fatalf("%d of what nobody took away are said to be gone", len(gone))
	}
	bob.do(g, erase.Delete{Target: post})
	levelAll(t, g, all)
	var lost []Item
	gus.Ledger.opt.Filed = func(f Filed) { lost = append(lost, f.Lost...) }
	for _, h := range []*home{ada, bob} {
		gone := h.Gone(g, gus.idsOf(g))
		if len(gone) != 2 || !slices.Contains(mine, gone[0].ID) || !slices.Contains(mine, gone[1].ID) {
			t.Fatalf("%s says that %d are gone, want the op's and its words'", h.Name(), len(gone))
		}
		proved := 0
		for _, x := range gone {
			if x.Token != [32]byte{} {
				proved++
			}
		}
		if proved != 1 {
			t.Errorf("%s proves %d, want the words", h.Name(), proved)
		}
	}
	gone := ada.Gone(g, mine)
	was := gus.View().Group(g)
	if n := gus.release(g, gone...); n != 1 || len(lost) != 1 {
		t.Errorf("the guest drops %d, and tells of %d", n, len(lost))
	}
	if gus.release(g, gone...) != 0 {
		t.Error("and drops it again")
	}
	if got := gus.View().Group(g); got.Waiting != was.Waiting {
		t.Errorf("%d wait, %d before", got.Waiting, was.Waiting)
	}
	gus.clean()
	words := lost[0].ID
	if len(gus.Lacks(g, []kp1.ID{words})) != 0 {
		t.Error("the guest would ask for the words again at once")
	}
	gus.Ledger.opt.Now = func() time.Time { return testNow().Add(25 * time.Hour) }
	if len(gus.Lacks(g, []kp1.ID{words})) != 1 {
		t.Error("the guest takes a word for ever")
	}
	gus.again()
	gus.clean()
	gus.give(g, raws...) // from who has not heard
	if gus.release(g, gone...) != 1 {
		t.Error("what came again is not dropped again")
	}
	// Made a member, the guest shows what the others do.
	if _, err := ada.SetRole(context.Background(), g, gus.me(g), kp1.RankMember); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		tend(t, g, all)
	}
	gus.wantGone(g, talk, post, bob.me(g))
	sameView(t, g, all...)
}

// TestCarrierKeepsWhatIsNotProved: what lives is dropped by nobody: not at a wrong token, not at the token of other words,
// not where an op is, and not by who can read it.
func TestCarrierKeepsWhatIsNotProved(t *testing.T) {
	g, ada, bob, gus, talk := carrying(t)
	all := []*home{ada, bob, gus}
	post := bob.do(g, thread.Post{Thread: talk, Text: "it lives"})
	other := bob.do(g, thread.Post{Thread: talk, Text: "so does this"})
	levelAll(t, g, all)
	payload := func(id kp1.ID) (env kp1.ID, token [32]byte) {
		if err := bob.view(func(t tx) error {
			f, err := bob.groups[g].folder(t)
			if err != nil {
				return err
			}
			s, err := bob.groups[g].fetch(f.ops, &f.log, id)
			env, token = s.Payload.ID, op.DeleteToken(*s.Payload.Key, 0)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return env, token
	}
	words, token := payload(post)
	_, theirs := payload(other)
	before := gus.idsOf(g)
	for name, x := range map[string]Gone{
		"no token":          {ID: words},
		"wrong token":       {ID: words, Token: [32]byte{1}},
		"another's token":   {ID: words, Token: theirs},
		"what is not there": {ID: kp1.ID{1}, Token: token},
	} {
		if n := gus.release(g, x); n != 0 {
			t.Errorf("%s: %d dropped", name, n)
		}
	}
	for _, id := range before { // an op's envelope has no token, and words have their own
		if id == words {
			continue
		}
		if n := gus.release(g, Gone{ID: id, Token: token}); n != 0 {
			t.Errorf("envelope %s dropped", id.Short())
		}
	}
	for _, h := range []*home{ada, bob} {
		if n := h.release(g, Gone{ID: words, Token: token}); n != 0 {
			t.Errorf("%s, who reads it, drops it", h.Name())
		}
	}
	if n := gus.release(g, Gone{ID: words, Token: token}); n != 1 {
		t.Errorf("with the right token %d are dropped", n)
	}
	// It was a lie: the words come back from those who have them.
	gus.again()
	levelAll(t, g, all)
	if !slices.Equal(gus.idsOf(g), before) {
		t.Error("what lives does not come back")
	}
	if it, _, _ := bob.postOf(g, talk, post); it.Text != "it lives" {
		t.Errorf("the post: %+v", it)
	}
}
