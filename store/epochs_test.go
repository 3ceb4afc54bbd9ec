package store

import (
	"context"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// newKeys makes new keys for no reason, n times.
func (h *home) newKeys(g kp1.GID, n int) {
	h.t.Helper()
	if err := h.change(func(t tx) error {
		b, err := h.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for range n {
			if err := b.rekey(nil); err != nil {
				return err
			}
		}
		return b.finish()
	}); err != nil {
		h.t.Fatal(err)
	}
}

// TestManyEpochs: no number of epochs keeps anybody from being let in, with all of the history. The keys come in several
// Grants. Found by the simulator: beyond 270 epochs a Grant was larger than an envelope may be.
func TestManyEpochs(t *testing.T) {
	now := testNow()
	clock := Options{Now: func() time.Time { return now }}
	ada, eve := homeWith(t, "Ada", clock), homeWith(t, "Eve", clock)
	g := ada.found("Ada")
	ada.talk(g, "before", "one")
	const epochs = 280
	ada.newKeys(g, epochs)
	ada.talk(g, "after", "two")
	j, pub := ask(t, ada, eve, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	answer(t, ada, eve, g, j, pub)
	if _, err := eve.JoinMail(context.Background(), j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	grants := 0
	for range 5 {
		now = now.Add(2 * time.Minute)
		meet(t, ada, eve, g)
		if _, err := eve.Tend(context.Background(), g); err != nil {
			t.Fatal(err)
		}
		eve.settle()
		if wrote, err := ada.Tend(context.Background(), g); err != nil {
			t.Fatal(err)
		} else if wrote {
			grants++
		}
	}
	if grants == 0 {
		t.Error("one Grant held all keys: the test shows nothing")
	}
	if !eve.View().Group(g).In {
		t.Fatal("Eve is not in")
	}
	level(t, g, ada, eve)
}

// TestNewKeysHaveTheirTurn: while somebody hands every new key to a device that is out, nobody answers each time with
// new keys unasked; who writes gets them at once. Found by the simulator, where two camps could not agree on who is in
// and made 240 Rekeys in four hours.
func TestNewKeysHaveTheirTurn(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	clock := Options{Now: func() time.Time { return now }}
	ada, bev, cy := homeWith(t, "Ada", clock), homeWith(t, "Bev", clock), homeWith(t, "Cy", clock)
	g := ada.found("Ada")
	for _, h := range []*home{bev, cy} {
		joinVia(t, ada, h, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	}
	levelAll(t, g, []*home{ada, bev, cy})
	out := group.Device{ID: bev.groups[g].self.Device, Member: bev.me(g)}
	for _, d := range ada.View().Group(g).State.Devices {
		if d.ID == out.ID {
			out.HPKE = d.HPKE
		}
	}
	if _, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid); err != nil {
		t.Fatal(err)
	}
	spoil := func() {
		meet(t, ada, cy, g)
		if err := cy.change(func(t tx) error {
			b, err := cy.groups[g].batch(t, kp1.DID{})
			if err != nil {
				return err
			}
			if _, err := b.grant(nil, out, func(e kp1.EID) []op.Entry {
				return []op.Entry{{Tag: op.TagKey, Ref: e, Key: *b.h.ring[e].key[0]}}
			}); err != nil {
				return err
			}
			return b.finish()
		}); err != nil {
			t.Fatal(err)
		}
		meet(t, ada, cy, g)
	}
	made := func() int { return len(ada.groups[g].log.Epochs()) }
	before := made()
	const hours = 1
	for range hours * 60 {
		if !ada.groups[g].log.NeedRekey() {
			spoil()
		}
		now = now.Add(time.Minute)
		if _, err := ada.Tend(ctx, g); err != nil {
			t.Fatal(err)
		}
	}
	if n, most := made()-before, keyTurns*(hours+1); n < 2 || n > most {
		t.Errorf("%d new keys in %d hours, want some, and at most %d", n, hours, most)
	}
	if !ada.groups[g].log.NeedRekey() {
		spoil()
	}
	before = made()
	if _, err := ada.Propose(ctx, g, Draft{Act: thread.New{Title: "here"}}); err != nil {
		t.Fatal(err)
	}
	if made() == before {
		t.Error("no new keys for who writes")
	}
	ada.clean()
}
