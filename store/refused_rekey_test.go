package store

import (
	"context"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// TestGuestRevokes: a guest takes a lost computer out and makes no keys, which would not count; somebody who may makes them.
// The simulator found it: who came between had no key of the guest's, and knew nothing of what followed.
func TestGuestRevokes(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada := homes[0]
	gus := quickHome(t, "Gus")
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	lost := secondDevice(t, gus, g, "lost")
	homes = append(homes, gus)
	quiet(t, g, append(homes, lost))
	was := ada.epochs(g)
	d, err := gus.Revoke(context.Background(), g, lost.View().Group(g).Device)
	revoked := must(t, d, err, false)
	for o, err := range gus.groups[g].log.Standings() {
		if o.Device == gus.View().Group(g).Device && err != nil {
			t.Errorf("%s signed %s, which does not count: %v", gus.Name(), o.Type, err)
		}
	}
	quiet(t, g, homes)
	for _, h := range homes {
		if err := h.groups[g].log.Standing(revoked); err != nil {
			t.Errorf("%s: the revocation: %v", h.Name(), err)
		}
	}
	made := slices.Collect(ada.groups[g].log.Newest())[0]
	if n := ada.epochs(g) - was; n != 1 || slices.Contains(made.To, lost.View().Group(g).Device) {
		t.Errorf("%d new epochs, the newest %+v: want one, that the lost computer is not given", n, made)
	}
	words := ada.say(g, kp1.CompAll, thread.New{Title: "after"})
	levelAll(t, g, homes)
	mustThread(t, gus, g, words)
}

// TestT23RefusedRekeyIsOpened: a removal in one envelope with keys that do not count, boxed for one person alone, comes to
// everybody all the same: who has the keys hands over as much as opens the envelope.
func TestT23RefusedRekeyIsOpened(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dan")
	ada, bev, cy, dan := homes[0], homes[1], homes[2], homes[3]
	raw := ada.falseRekey(g, trick{
		out: cy.me(g), named: func(ids []kp1.DID) []kp1.DID { return append(ids, kp1.DID{9}) },
		box: func(d group.Device, s []op.Slot) []op.Slot {
			if d.Member == bev.me(g) {
				return nil
			}
			return s
		},
	})
	dan.give(g, raw)
	homes = []*home{dan, bev}
	for range 3 { // bev notes what she waits for, says so a minute later, and is answered
		quiet(t, g, homes)
		now = now.Add(2 * wantSeconds * time.Second)
	}
	for _, h := range append(homes, ada) {
		if _, in := h.rankOf(g, cy.me(g)); in {
			t.Errorf("%s: Cy is in", h.Name())
		}
	}
	homes = []*home{ada, bev, dan}
	quiet(t, g, homes)
	late, _ := lateHome(t, ada, g, "Eve", asMember)
	late.give(g, ada.all(g)...)
	late.settle()
	homes = append(homes, late)
	quiet(t, g, homes)
	level(t, g, homes...)
	settled(t, g, homes)
}
