package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

func (h *home) openInvites(g kp1.GID) int { return len(h.View().Group(g).Invites) }

// TestInvitesEndWithAnAdmin: when an admin is taken out every open invite ends with it, for everybody and at once, and one
// made anew on the same terms holds no longer than the old one would have.
func TestInvitesEndWithAnAdmin(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy := homes[0], homes[1], homes[2]
	terms := invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll, Note: "for Eve", For: 48 * time.Hour}
	own, err := ada.Invite(ctx, g, terms, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cy.Invite(ctx, g, asMember, testAddrs, ""); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	before := bev.openInvites(g)
	if before != 2 {
		t.Fatalf("%d open invites, want 2", before)
	}
	if _, err := ada.Reissue(ctx, g, own.ID, testAddrs, ""); !errors.Is(err, group.ErrNotAllowed) {
		t.Errorf("Reissue of an open invite = %v", err)
	}
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	if n := bev.openInvites(g); n != before {
		t.Errorf("a proposal ends invites: %d open", n)
	}
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	if len(d.Ended) != 2 || bev.openInvites(g) != 0 {
		t.Errorf("ended %d, %d open, want 2 and 0", len(d.Ended), bev.openInvites(g))
	}
	meet(t, ada, bev, g)
	if n := ada.openInvites(g); n != 0 || ada.BoxHas(own.box()) {
		t.Errorf("%d open for Ada, her mailbox open: %v", n, ada.BoxHas(own.box()))
	}
	ada.again()
	lapsed := func(h *home) (notes []string) {
		for _, i := range h.View().Group(g).Lapsed {
			notes = append(notes, i.Note)
		}
		return notes
	}
	if a, b := lapsed(ada), lapsed(bev); len(a) != 2 || len(b) != 2 || !slices.Contains(a, "for Eve") || len(lapsed(homes[3])) != 0 {
		t.Errorf("Ada can make anew %q, Bev %q, want both invites; Dot, who does not lead, %q", a, b, lapsed(homes[3]))
	}
	again, err := ada.Reissue(ctx, g, own.ID, testAddrs, "")
	if err != nil || again.Rank != terms.Rank || again.Note != terms.Note || again.Expires.After(own.Expires) || again.ID == own.ID {
		t.Errorf("Reissue = %+v, %v, want the terms of %+v", again, err, own)
	}
	if a := lapsed(ada); len(a) != 1 || a[0] == "for Eve" {
		t.Errorf("after one was made anew: %q", a)
	}
	if _, err := ada.Reissue(ctx, g, kp1.IID{9}, testAddrs, ""); !errors.Is(err, invite.ErrUnknown) {
		t.Errorf("Reissue of none = %v", err)
	}
}

// box is the key of the invite's mailbox.
func (i Invitation) box() []byte { return public(i.Secret.Keys().Mailbox) }

// TestInvitesOfWhoMayNot: an invite whose maker lost the rank by what another did meanwhile ends when somebody notices,
// and others' stay open.
func TestInvitesOfWhoMayNot(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy := homes[0], homes[1], homes[2]
	if _, err := bev.Invite(ctx, g, asMember, testAddrs, ""); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	d, err := ada.SetRole(ctx, g, cy.me(g), kp1.RankMember)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	if _, err := cy.Invite(ctx, g, asMember, testAddrs, ""); err != nil { // nobody hears of it yet
		t.Fatal(err)
	}
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	if len(d.Ended) != 1 {
		t.Errorf("ended %d", len(d.Ended))
	}
	mine, err := bev.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	meet(t, bev, cy, g)
	meet(t, ada, bev, g)
	tend(t, g, homes)
	for _, h := range []*home{ada, bev} {
		v := h.View().Group(g).Invites
		if len(v) != 1 || v[0].ID != mine.ID {
			t.Errorf("%s: %d open, want Bev's new one", h.Name(), len(v))
		}
	}
}

// TestUsedBoxCloses: the mailbox of an invite stays until who came by it has taken the answer out, and no longer; that of
// one whose time is over goes without another being opened.
func TestUsedBoxCloses(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	ada := homeWith(t, "Ada", Options{Now: func() time.Time { return now }})
	bev := homeWith(t, "Bev", Options{Now: func() time.Time { return now }})
	g := ada.found("Ada")
	j, pub := ask(t, ada, bev, g, asMember)
	unused, err := ada.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	answer(t, ada, bev, g, j, pub)
	if ada.tendOnce(g); !ada.BoxHas(pub) {
		t.Fatal("the mailbox closes before the answer was taken out of it")
	}
	if _, err := bev.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	meet(t, ada, bev, g)
	bev.settle()
	meet(t, ada, bev, g)
	if ada.tendOnce(g); ada.BoxHas(pub) || !ada.BoxHas(unused.box()) {
		t.Errorf("after she came: her mailbox open %v, another %v", ada.BoxHas(pub), ada.BoxHas(unused.box()))
	}
	now = now.Add(8 * 24 * time.Hour)
	ada.tendOnce(g)
	ada.again()
	if n := len(ada.boxes); n != 0 {
		t.Errorf("%d mailboxes are kept after their time", n)
	}
}
