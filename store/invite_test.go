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
	"kith/store/op"
)

var asMember = invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}

// TestInviteRestarts restarts either side after every step of the happy path.
func TestInviteRestarts(t *testing.T) {
	ctx := context.Background()
	steps := 6
	for at := range steps {
		ada, bev := quickHome(t, "Ada"), quickHome(t, "Bev")
		g := ada.found("Ada")
		step := 0
		pause := func() {
			if step == at {
				ada.again()
				bev.again()
			}
			step++
		}
		inv, err := ada.Invite(ctx, g, asMember, testAddrs, "Elm Row")
		if err != nil {
			t.Fatal(err)
		}
		link, err := inv.Link(testAddrs)
		if err != nil {
			t.Fatal(err)
		}
		pause()
		j, err := bev.Join(ctx, link, "Bev", bev.peer)
		if err != nil {
			t.Fatal(err)
		}
		pub := public(j.Mailbox)
		pause()
		raw, err := bev.JoinMail(ctx, j.ID, ada.BoxList(pub))
		if err != nil || raw == nil {
			t.Fatalf("JoinMail = %d bytes, %v, want the request", len(raw), err)
		}
		pause()
		if err := ada.BoxPut(ctx, pub, raw); err != nil {
			t.Fatal(err)
		}
		post(t, ada, bev, j, pub)
		pause()
		answer(t, ada, bev, g, j, pub)
		pause()
		if _, err := bev.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
			t.Fatal(err)
		}
		pause()
		meet(t, ada, bev, g)
		bev.settle()
		meet(t, ada, bev, g)
		level(t, g, ada, bev)
		if got := bev.View().Joins[0]; got.Stage != JoinIn || got.Words != j.Words || got.Inviter == [6]string{} {
			t.Errorf("restart after step %d: stage %d, want in", at, got.Stage)
		}
		if name := bev.View().Group(g).Care; name.Err() != nil {
			t.Errorf("restart after step %d: %v", at, name.Err())
		}
	}
}

// TestInviteRefused: each way in which an invite ends has its own word.
func TestInviteRefused(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	newAda := func(t *testing.T) (*home, kp1.GID) {
		now = testNow()
		ada := homeWith(t, "Ada", Options{Now: func() time.Time { return now }})
		return ada, ada.found("Ada")
	}
	t.Run("expired before the join", func(t *testing.T) {
		ada, g := newAda(t)
		inv, _ := ada.Invite(ctx, g, asMember, testAddrs, "")
		link, _ := inv.Link(testAddrs)
		bev := homeWith(t, "Bev", Options{Now: func() time.Time { return testNow().Add(8 * 24 * time.Hour) }})
		if _, err := bev.Join(ctx, link, "Bev", bev.peer); !errors.Is(err, invite.ErrExpired) {
			t.Errorf("Join = %v, want ErrExpired", err)
		}
	})
	t.Run("expired before the answer", func(t *testing.T) {
		ada, g := newAda(t)
		bev := quickHome(t, "Bev")
		_, pub := ask(t, ada, bev, g, asMember)
		id := ada.View().Group(g).Requests[0].ID
		now = now.Add(8 * 24 * time.Hour)
		if _, err := ada.Approve(ctx, g, id, Approval{Verified: group.VerifiedVoice}); !errors.Is(err, invite.ErrExpired) {
			t.Errorf("Approve = %v, want ErrExpired", err)
		}
		if ada.BoxHas(pub) {
			t.Error("mailbox still open")
		}
	})
	t.Run("ended", func(t *testing.T) {
		ada, g := newAda(t)
		bev := quickHome(t, "Bev")
		j, pub := ask(t, ada, bev, g, asMember)
		if err := ada.EndInvite(ctx, g, j.ID); err != nil {
			t.Fatal(err)
		}
		ada.again()
		req := ada.View().Group(g).Requests
		if len(req) != 1 || !req[0].Ended {
			t.Errorf("requests = %+v, want one marked as ended", req)
		}
		if _, err := ada.Approve(ctx, g, req[0].ID, Approval{Verified: group.VerifiedVoice}); !errors.Is(err, invite.ErrEnded) {
			t.Errorf("Approve = %v, want ErrEnded", err)
		}
		if err := ada.BoxPut(ctx, pub, bev.joins[j.ID].Sealed); !errors.Is(err, invite.ErrEnded) {
			t.Errorf("BoxPut = %v, want ErrEnded", err)
		}
		if err := bev.JoinEnded(j.ID, invite.ErrEnded); err != nil {
			t.Fatal(err)
		}
		bev.again()
		if got := bev.View().Joins[0]; got.Stage != JoinOver || !errors.Is(got.Why, invite.ErrEnded) {
			t.Errorf("join = %d %v, want over, ended", got.Stage, got.Why)
		}
	})
	t.Run("declined", func(t *testing.T) {
		ada, g := newAda(t)
		bev := quickHome(t, "Bev")
		j, pub := ask(t, ada, bev, g, asMember)
		if err := ada.Decline(ctx, g, ada.View().Group(g).Requests[0].ID); err != nil {
			t.Fatal(err)
		}
		if n := len(ada.View().Group(g).Requests); n != 0 || ada.BoxHas(pub) || !ada.invites(g)[j.ID].ended {
			t.Errorf("%d requests, mailbox %v, want none and the invite ended", n, ada.BoxHas(pub))
		}
		ada.again()
		if !ada.BoxesOpen() {
			t.Error("strangers are not answered, so Bev never hears that the mailbox is closed")
		}
		now = now.Add(8 * 24 * time.Hour)
		if ada.BoxesOpen() {
			t.Error("strangers are answered after the invite has run out")
		}
		now = now.Add(-8 * 24 * time.Hour)
		ada.clean()
	})
	t.Run("used twice", func(t *testing.T) {
		ada, g := newAda(t)
		bev, cat := quickHome(t, "Bev"), quickHome(t, "Cat")
		inv, err := ada.Invite(ctx, g, asMember, testAddrs, "")
		if err != nil {
			t.Fatal(err)
		}
		jb, pub := askOn(t, ada, bev, inv)
		jc, _ := askOn(t, ada, cat, inv)
		reqs := ada.View().Group(g).Requests
		if len(reqs) != 2 || reqs[0].Others != 1 || reqs[1].Others != 1 {
			t.Fatalf("requests = %+v, want two that know of one another", reqs)
		}
		answer(t, ada, bev, g, jb, pub)
		ada.again()
		for _, r := range ada.View().Group(g).Requests {
			if _, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedInPerson}); !errors.Is(err, invite.ErrUsed) || !r.Used {
				t.Errorf("Approve of the second = %v, used %v, want ErrUsed", err, r.Used)
			}
		}
		_, err = cat.JoinMail(ctx, jc.ID, ada.BoxList(pub))
		if !errors.Is(err, invite.ErrUsed) {
			t.Errorf("second joiner: JoinMail = %v, want ErrUsed", err)
		}
		if err := cat.JoinEnded(jc.ID, err); err != nil {
			t.Fatal(err)
		}
		if got := cat.View().Joins[0]; got.Stage != JoinOver || !errors.Is(got.Why, invite.ErrUsed) {
			t.Errorf("join = %d %v, want over, used", got.Stage, got.Why)
		}
		dan := quickHome(t, "Dan") // and one who comes when all is over
		link, _ := inv.Link(testAddrs)
		jd, err := dan.Join(ctx, link, "Dan", dan.peer)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := dan.JoinMail(ctx, jd.ID, ada.BoxList(pub)); !errors.Is(err, invite.ErrUsed) {
			t.Errorf("third joiner: JoinMail = %v, want ErrUsed", err)
		}
		if _, err := bev.JoinMail(ctx, jb.ID, ada.BoxList(pub)); err != nil {
			t.Fatal(err)
		}
		meet(t, ada, bev, g)
		bev.settle()
		if got := bev.View().Joins[0]; got.Stage != JoinIn {
			t.Errorf("first joiner's stage = %d, want in", got.Stage)
		}
	})
	t.Run("drop tampered with", func(t *testing.T) {
		ada, g := newAda(t)
		other, _ := ada.Invite(ctx, g, asMember, testAddrs, "")
		inv, _ := ada.Invite(ctx, g, asMember, testAddrs, "")
		link, _ := inv.Link(testAddrs)
		bev := quickHome(t, "Bev")
		j, err := bev.Join(ctx, link, "Bev", bev.peer)
		if err != nil {
			t.Fatal(err)
		}
		wrong := ada.BoxList(public(other.Secret.Keys().Mailbox))
		if _, err := bev.JoinMail(ctx, j.ID, wrong); !errors.Is(err, invite.ErrTampered) {
			t.Errorf("JoinMail = %v, want ErrTampered", err)
		}
		if got := bev.View().Joins[0]; got.Stage != JoinLooking {
			t.Errorf("stage = %d: a request was made on a false drop", got.Stage)
		}
		if raw, err := bev.JoinMail(ctx, j.ID, slices.Concat(wrong, ada.BoxList(public(j.Mailbox)))); err != nil || raw == nil {
			t.Errorf("the true drop beside a false one: %d bytes, %v, want the request", len(raw), err)
		}
	})
	t.Run("link tampered with", func(t *testing.T) {
		ada, g := newAda(t)
		inv, _ := ada.Invite(ctx, g, asMember, testAddrs, "")
		link, _ := inv.Link(testAddrs)
		bev := quickHome(t, "Bev")
		for _, n := range []int{len(link) / 2, len(link) - 1} {
			b := []byte(link)
			if b[n]++; b[n] == 0x7f {
				b[n] = 'a'
			}
			if _, err := bev.Join(ctx, string(b), "Bev", bev.peer); !errors.Is(err, invite.ErrLinkDamaged) {
				t.Errorf("letter %d changed: Join = %v, want ErrLinkDamaged", n, err)
			}
		}
		if _, err := bev.Join(ctx, link[:len(link)-4], "Bev", bev.peer); !errors.Is(err, invite.ErrLinkDamaged) {
			t.Errorf("cut: Join = %v, want ErrLinkDamaged", err)
		}
	})
	t.Run("cancelled by the joiner", func(t *testing.T) {
		ada, g := newAda(t)
		bev := quickHome(t, "Bev")
		j, pub := ask(t, ada, bev, g, asMember)
		answer(t, ada, bev, g, j, pub)
		if err := bev.CancelJoin(j.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := bev.JoinMail(ctx, j.ID, ada.BoxList(pub)); !errors.Is(err, ErrNoRequest) {
			t.Errorf("JoinMail = %v, want ErrNoRequest", err)
		}
		if n := len(bev.View().Groups); n != 0 {
			t.Errorf("%d groups after a cancelled join", n)
		}
	})
	t.Run("by a member", func(t *testing.T) {
		g, homes := team(t, "Ada", "Bev")
		if _, err := homes[1].Invite(ctx, g, asMember, testAddrs, ""); !errors.Is(err, group.ErrNotAllowed) {
			t.Errorf("Invite by a member = %v, want ErrNotAllowed", err)
		}
	})
}

func (h *home) invites(g kp1.GID) map[kp1.IID]*openInvite { return h.groups[g].invites }

// TestEndBeforeInvite: an end that arrives first is no less an end.
func TestEndBeforeInvite(t *testing.T) {
	ctx := context.Background()
	ada := quickHome(t, "Ada")
	g := ada.found("Ada")
	inv, err := ada.Invite(ctx, g, asMember, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	h := ada.groups[g]
	id := inv.ID
	body, err := h.invites[id].Encode()
	if err != nil {
		t.Fatal(err)
	}
	end, err := invite.EncodeEnd(id)
	if err != nil {
		t.Fatal(err)
	}
	delete(h.invites, id)
	if err := ada.change(func(t tx) error {
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, s := range []op.Signed{
			{Op: op.Op{Type: invite.TypeEnd, Comp: kp1.CompAdmin, Body: end}},
			{Op: op.Op{Type: invite.TypeInvite, Comp: kp1.CompAdmin, Body: body}},
		} {
			if _, err := b.invitation(s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after a restart"} {
		if i := ada.invites(g)[id]; i == nil || !i.ended {
			t.Errorf("%s: invite = %+v, want it ended", when, i)
		}
		ada.again()
	}
}

// TestExpiredBoxesGo: a mailbox whose invite ran out is off the disk when the next is opened, and no other goes with it.
func TestExpiredBoxesGo(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	ada := homeWith(t, "Ada", Options{Now: func() time.Time { return now }})
	g := ada.found("Ada")
	for _, after := range []time.Duration{0, 4 * 24 * time.Hour, 4 * 24 * time.Hour} { // the first is 8 days old at the end
		now = now.Add(after)
		if _, err := ada.Invite(ctx, g, asMember, testAddrs, ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, when := range []string{"at once", "after a restart"} {
		if n := len(ada.boxes); n != 2 {
			t.Errorf("%s: %d mailboxes, want the two that are open", when, n)
		}
		ada.again()
	}
}

// TestFalseWelcome: somebody who knows a group's id and little more cannot take it from a member by a link of their own.
func TestFalseWelcome(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	th := bev.talk(g, "mine", "not sent yet")
	// Eve was a member once: she holds the group's keys and makes an invite as if she were an admin.
	eve := quickHome(t, "Eve")
	joinVia(t, ada, eve, g, asMember)
	inv, err := invite.New(eve.opt.orDefault().Rand, testNow(), asMember)
	if err != nil {
		t.Fatal(err)
	}
	root, _ := eve.View().Group(g).State.Member(eve.View().Group(g).Me)
	link, err := inv.Link(g, root.Root, testAddrs).Encode()
	if err != nil {
		t.Fatal(err)
	}
	drop, err := inv.SealDrop(eve.opt.orDefault().Rand, 1, g, root.Root, testAddrs, "Elm Row", nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := bev.Join(ctx, link, "Bev", bev.peer)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := bev.JoinMail(ctx, j.ID, [][]byte{drop.Bytes})
	if err != nil {
		t.Fatal(err)
	}
	env, err := op.DecodeEnvelope(raw)
	if err != nil {
		t.Fatal(err)
	}
	q, err := inv.OpenRequest(g, env)
	if err != nil {
		t.Fatal(err)
	}
	w := invite.Welcome{Group: g, Genesis: kp1.ID(bev.groups[g].self.Genesis), Heads: bev.groups[g].log.Heads(), Mailboxes: []group.Mailbox{}, Envelopes: eve.all(g)[:1]}
	sealed, err := w.Seal(q, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bev.JoinMail(ctx, j.ID, [][]byte{drop.Bytes, raw, sealed.Bytes}); err != nil {
		t.Fatal(err)
	}
	bev.settle()
	bev.again()
	for _, got := range bev.View().Joins {
		if got.ID == j.ID && got.Stage == JoinIn {
			t.Error("a false welcome was believed")
		}
	}
	if !bev.View().Group(g).In {
		t.Fatal("a member was talked out of the group")
	}
	if it := mustThread(t, bev, g, th); it.Title != "mine" {
		t.Errorf("title %q: what was not sent yet is lost", it.Title)
	}
	bev.talk(g, "still here")
	levelAll(t, g, []*home{ada, bev, eve})
	level(t, g, ada, bev, eve)
}

// TestCalledAsTheyAsked: who was let in is called as they asked, on the computers that have heard the request, also after a
// restart, and until their own word has come.
func TestCalledAsTheyAsked(t *testing.T) {
	ada := quickHome(t, "Ada")
	g := ada.found("Ada")
	bev := quickHome(t, "Bev")
	j, pub := ask(t, ada, bev, g, asMember)
	called := func() map[kp1.MID]string { return ada.View().Group(g).Asked }
	if got := called(); len(got) != 0 {
		t.Errorf("before anybody was let in: %v", got)
	}
	answer(t, ada, bev, g, j, pub)
	ada.again()
	if _, err := bev.JoinMail(context.Background(), j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	me := bev.me(g)
	if got := called(); len(got) != 1 || got[me] != "Bev" {
		t.Errorf("let in: %v", got)
	}
	meet(t, ada, bev, g)
	bev.settle()
	meet(t, ada, bev, g)
	if p, _ := ada.View().Group(g).Care.People().Person(me); p.Name == "" {
		t.Fatal("Bev has not said who she is")
	}
	if got := called(); len(got) != 0 {
		t.Errorf("once she has said it herself: %v", got)
	}
}
