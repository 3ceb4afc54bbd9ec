package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// far is the mailbox of an invite at a keeper, for a test: envelopes that somebody left.
type far struct{ envs [][]byte }

// visit brings what a home has for the mailbox of an invite there, and takes in what is there. It says whether the home
// takes the invite for over.
func (f *far) visit(h *home, g kp1.GID, iid kp1.IID) (over bool) {
	h.t.Helper()
	for _, r := range h.Rendezvous(g) {
		if r.Invite != iid {
			continue
		}
		for _, env := range r.Envelopes {
			f.leave(env)
		}
		if err := h.RendezvousMail(context.Background(), g, iid, f.envs); err != nil {
			h.t.Fatal(err)
		}
		return r.Over
	}
	h.t.Fatalf("%s keeps no mailbox of invite %s", h.Name(), iid.Short())
	return false
}

func (f *far) leave(env []byte) {
	for _, e := range f.envs {
		if bytes.Equal(e, env) {
			return
		}
	}
	f.envs = append(f.envs, env)
}

// joiner looks into the mailbox as one who asks to join.
func (f *far) joiner(h *home, j Join) error {
	h.t.Helper()
	for range 2 {
		raw, err := h.JoinMail(context.Background(), j.ID, f.envs)
		if err != nil {
			return err
		}
		if raw != nil {
			f.leave(raw)
		}
	}
	return nil
}

func (h *home) joinsOn(inv Invitation) Join {
	h.t.Helper()
	link, err := inv.Link(testAddrs)
	if err != nil {
		h.t.Fatal(err)
	}
	j, err := h.Join(context.Background(), link, h.Name(), h.peer)
	if err != nil {
		h.t.Fatal(err)
	}
	return j
}

// leaders are two who lead a group with a mailbox.
func leaders(t *testing.T) (kp1.GID, *home, *home) {
	t.Helper()
	g, homes := team(t, "Ada", "Pri")
	d, err := homes[0].AddMailbox(context.Background(), g, aMailbox(1))
	must(t, d, err, false)
	d, err = homes[0].SetRole(context.Background(), g, homes[1].me(g), kp1.RankAdmin)
	must(t, d, err, false)
	tend(t, g, homes)
	return g, homes[0], homes[1]
}

// TestT34AnotherAnswers: whoever leads may answer an invite that waits in the group's mailbox, and its maker need not be
// there. Each side begins anew after each step.
func TestT34AnotherAnswers(t *testing.T) {
	ctx := context.Background()
	g, ada, pri := leaders(t)
	bev, cat := quickHome(t, "Bev"), quickHome(t, "Cat")
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, []*home{ada, pri})
	var f far
	f.visit(ada, g, inv.ID)
	jb, jc := bev.joinsOn(inv), cat.joinsOn(inv)
	for h, j := range map[*home]Join{bev: jb, cat: jc} {
		if err := f.joiner(h, j); err != nil {
			t.Fatal(err)
		}
		h.again()
		if got := h.View().Joins[0]; got.Stage != JoinSent || got.Left.IsZero() {
			t.Errorf("%s: stage %d, left %v, want sent", h.Name(), got.Stage, got.Left)
		}
	}
	pri.again()
	f.visit(pri, g, inv.ID)
	pri.again()
	if pri.BoxesOpen() || pri.BoxHas(public(jb.Mailbox)) {
		t.Error("a computer answers strangers for an invite that another one made")
	}
	reqs := pri.View().Group(g).Requests
	if len(reqs) != 2 || reqs[0].Others != 1 {
		t.Fatalf("Pri sees %+v, want two requests on one invite", reqs)
	}
	answer(t, pri, bev, g, jb, nil)
	pri.again()
	f.visit(pri, g, inv.ID)

	if err := f.joiner(cat, jc); !errors.Is(err, invite.ErrUsed) {
		t.Errorf("the second on one invite: %v, want ErrUsed", err)
	}
	if err := f.joiner(bev, jb); err != nil {
		t.Fatal(err)
	}
	bev.again()
	v := bev.View().Group(g)
	if v.In || len(v.Mailboxes) != 1 || v.Mailboxes[0].Ticket != aMailbox(1).Ticket || v.Mailboxes[0].Admin != [32]byte{} {
		t.Fatalf("before the history has come Bev is in: %v, with mailboxes %+v", v.In, v.Mailboxes)
	}
	if got := bev.View().Joins[0].Keepers; len(got) != 1 || !bytes.Equal(got[0], aMailbox(1).Peer) {
		t.Errorf("keepers of the join = %x", got)
	}
	meet(t, pri, bev, g)
	bev.settle()
	meet(t, pri, bev, g)
	if got := bev.View().Joins[0]; got.Stage != JoinIn {
		t.Fatalf("Bev's stage = %d, want in", got.Stage)
	}
	if n := len(pri.View().Group(g).Requests); n != 1 { // Cat's, who tried the same link
		t.Errorf("%d requests left, want one", n)
	}

	// Ada was away all that time. She finds both requests in the mailbox, and hears then who was let in.
	f.visit(ada, g, inv.ID)
	levelAll(t, g, []*home{ada, pri, bev})
	for _, h := range []*home{ada, pri} {
		for _, r := range h.View().Group(g).Requests {
			if r.Words == jb.Words || !r.Used {
				t.Errorf("%s is asked about %s, used %v", h.Name(), r.Name, r.Used)
			}
		}
		if !f.visit(h, g, inv.ID) {
			t.Errorf("%s keeps the mailbox of an invite whose newcomer is here", h.Name())
		}
	}
}

// TestT34BothAnswer: two who lead, and do not know of one another, say yes to the same request. It is one member.
func TestT34BothAnswer(t *testing.T) {
	ctx := context.Background()
	g, ada, pri := leaders(t)
	bev := quickHome(t, "Bev")
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, []*home{ada, pri})
	var f far
	f.visit(ada, g, inv.ID)
	j := bev.joinsOn(inv)
	if err := f.joiner(bev, j); err != nil {
		t.Fatal(err)
	}
	for _, h := range []*home{ada, pri} {
		f.visit(h, g, inv.ID)
		answer(t, h, bev, g, j, nil)
	}
	f.visit(pri, g, inv.ID)
	f.visit(ada, g, inv.ID)
	if err := f.joiner(bev, j); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, []*home{ada, pri})
	meet(t, pri, bev, g)
	bev.settle()
	levelAll(t, g, []*home{ada, pri, bev})
	level(t, g, ada, pri, bev)
	if got := bev.View().Joins[0]; got.Stage != JoinIn || len(ada.View().Group(g).State.Members) != 3 {
		t.Errorf("stage %d, %d members, want in, as one of three", got.Stage, len(ada.View().Group(g).State.Members))
	}
}

// TestRendezvousEnds: an invite that was taken back, has run out, or is of a group that this person does not lead is kept in
// no mailbox.
func TestRendezvousEnds(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	ada, bev := homeWith(t, "Ada", Options{Now: func() time.Time { return now }}), quickHome(t, "Bev")
	g := ada.found("Ada")
	joinVia(t, ada, bev, g, asMember)
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	meet(t, ada, bev, g)
	if got := bev.Rendezvous(g); len(got) != 0 {
		t.Errorf("a member keeps %d mailboxes of invites", len(got))
	}
	if err := ada.EndInvite(ctx, g, inv.ID); err != nil {
		t.Fatal(err)
	}
	ada.again()
	ended := false
	for _, r := range ada.Rendezvous(g) {
		ended = ended || r.Invite == inv.ID && r.Over && len(r.Envelopes) == 0
	}
	if !ended {
		t.Errorf("Rendezvous = %+v, want the ended one as over", ada.Rendezvous(g))
	}
	now = now.Add(8 * 24 * time.Hour)
	if got := ada.Rendezvous(g); len(got) != 0 {
		t.Errorf("%d mailboxes of invites that ran out", len(got))
	}
}

// TestT8RendezvousMail: what lies at a keeper is taken in up to what a mailbox holds here, and junk among it does no harm.
func TestT8RendezvousMail(t *testing.T) {
	ctx := context.Background()
	g, ada, _ := leaders(t)
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	key := inv.Secret.Keys()
	var junk [][]byte
	for i := range maxBoxEnvelopes + 1 {
		e, err := op.SealDrop(rand.Reader, key.Wrap, key.ID, 1, fmt.Append(nil, "junk ", i))
		if err != nil {
			t.Fatal(err)
		}
		junk = append(junk, e.Bytes, []byte{byte(i)}, ada.all(g)[0])
	}
	if err := ada.RendezvousMail(ctx, g, inv.ID, junk); err != nil {
		t.Fatal(err)
	}
	ada.again()
	if n := len(ada.BoxList(public(key.Mailbox))); n != maxBoxEnvelopes {
		t.Errorf("%d envelopes in a mailbox for %d", n, maxBoxEnvelopes)
	}
	bev := quickHome(t, "Bev")
	j := bev.joinsOn(inv)
	f := far{ada.BoxList(public(key.Mailbox))}
	if err := f.joiner(bev, j); err != nil {
		t.Fatal(err)
	}
	if err := ada.RendezvousMail(ctx, g, inv.ID, f.envs); err != nil {
		t.Fatal(err)
	}
	answer(t, ada, bev, g, j, nil) // a request is heard though nothing more fits here, and its answer is kept
	if err := (&far{ada.BoxList(public(key.Mailbox))}).joiner(bev, j); err != nil || bev.View().Joins[0].Stage != JoinApproved {
		t.Errorf("after the answer: %v, stage %d", err, bev.View().Joins[0].Stage)
	}
	if err := ada.RendezvousMail(ctx, g, kp1.IID{1}, f.envs); err != nil {
		t.Errorf("RendezvousMail of an invite that nobody made = %v", err)
	}
	if _, err := ada.Approve(ctx, g, kp1.ID{1}, Approval{Verified: group.VerifiedVoice}); !errors.Is(err, ErrNoRequest) {
		t.Errorf("Approve of nothing = %v", err)
	}
}

// TestJoinShutMayOpen: that its mailbox is shut ends no join for good, and is taken back when it is open again.
func TestJoinShutMayOpen(t *testing.T) {
	ctx := context.Background()
	ada, bev := quickHome(t, "Ada"), quickHome(t, "Bev")
	g := ada.found("Ada")
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	j := bev.joinsOn(inv)
	for _, why := range []error{invite.ErrEnded, invite.ErrEnded, invite.ErrClosed, errors.New("the network is down"), nil} {
		if err := bev.JoinShut(j.ID, why); err != nil {
			t.Fatal(err)
		}
		bev.again()
		got := bev.View().Joins[0]
		if want := why; got.Stage != JoinLooking || codeOf(want) != "E_REFUSED" && !errors.Is(got.Why, want) {
			t.Errorf("after %v: stage %d, why %v", why, got.Stage, got.Why)
		}
	}
	if got := bev.View().Joins[0]; got.Why != nil {
		t.Errorf("open again: why %v", got.Why)
	}
	post(t, ada, bev, j, public(j.Mailbox))
	answer(t, ada, bev, g, j, nil)
	if err := bev.JoinShut(j.ID, invite.ErrClosed); err != nil {
		t.Fatal(err)
	}
	if _, err := bev.JoinMail(ctx, j.ID, ada.BoxList(public(j.Mailbox))); err != nil {
		t.Fatal(err)
	}
	if got := bev.View().Joins[0]; got.Stage != JoinApproved || got.Why != nil {
		t.Errorf("after the answer: stage %d, why %v", got.Stage, got.Why)
	}
}
