package store

import (
	"context"
	"testing"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestT18BackWhileKeysAreDue: somebody who comes back from paper is let in while new keys are due: those are made first,
// and not in one envelope with an op that another device signed.
func TestT18BackWhileKeysAreDue(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	gus := quickHome(t, "Gus")
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	lost := secondDevice(t, gus, g, "lost")
	homes = append(homes, gus)
	quiet(t, g, append(homes, lost))
	again := fromPaper(t, "Bev", "Bev's new computer", bev.Recovery())
	j, pub := ask(t, ada, again, g, asMember)
	if _, err := gus.Revoke(ctx, g, lost.deviceOf(g)); err != nil {
		t.Fatal(err)
	}
	was := ada.epochs(g)
	ada.give(g, gus.all(g)...)
	if !ada.groups[g].log.NeedRekey() {
		t.Fatal("no new keys are due: the test shows nothing")
	}
	if _, err := ada.Approve(ctx, g, ada.requestOf(g, j).ID, Approval{Verified: group.VerifiedVoice}); err != nil {
		t.Fatal(err)
	}
	if n := ada.epochs(g) - was; n != 1 {
		t.Errorf("%d new epochs, want one", n)
	}
	if _, err := again.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	homes = append(homes, again)
	quiet(t, g, homes)
	settled(t, g, homes)
	level(t, g, homes...)
	if d, in := gus.View().Group(g).State.Device(again.deviceOf(g)); !in || d.Member != bev.me(g) {
		t.Error("who came back is not in everywhere")
	}
}
