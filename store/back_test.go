package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/keyring"
	"kith/store/kp1"
)

// fromPaper is a home that somebody makes on a new computer from nothing but their twelve words.
func fromPaper(t testing.TB, name, computer string, rs keyring.Recovery) *home {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: filepath.Join(t.TempDir(), computer), rest: rest, opt: Options{Now: testNow}, peer: peerOf(computer)}
	if h.Ledger, err = CreateFrom(h.dir, rest, name, rs, h.opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// returns is b, from paper, on an invite of a: approved, moved in and level.
func returns(t testing.TB, a, b *home, g kp1.GID, terms invite.Terms) Approved {
	t.Helper()
	ctx := context.Background()
	j, pub := ask(t, a, b, g, terms)
	out, err := a.Approve(ctx, g, a.requestOf(g, j).ID, Approval{Verified: group.VerifiedVoice})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.JoinMail(ctx, j.ID, a.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	meet(t, a, b, g)
	b.settle()
	meet(t, a, b, g)
	return out
}

// requestOf finds the request with the words of j.
func (h *home) requestOf(g kp1.GID, j Join) Request {
	h.t.Helper()
	for _, r := range h.View().Group(g).Requests {
		if r.Words == j.Words {
			return r
		}
	}
	h.t.Fatalf("%s: no request with the words %v", h.Name(), j.Words)
	return Request{}
}

// T18: with nothing but twelve words on paper, and an invite, somebody whose only computer is lost is the same person
// again: same words, same rank, the past they could read before and no more. Until a member who leads has compared words
// with them they are nothing.
func TestT18BackFromPaper(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	cy := quickHome(t, "Cy")
	ada.talk(g, "Before Cy", "not for Cy")
	joinVia(t, ada, cy, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone})
	levelAll(t, g, []*home{ada, bev, cy})
	th := bev.talk(g, "Before", "Bev wrote this")
	levelAll(t, g, []*home{ada, bev, cy})
	for _, lost := range []*home{bev, cy} {
		me, old := lost.me(g), lost.deviceOf(g)
		again := fromPaper(t, lost.Name(), lost.Name()+"'s new computer", lost.Recovery())
		j, pub := ask(t, ada, again, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll}) // what the invite says is for newcomers
		r := ada.requestOf(g, j)
		if !r.In || !r.Known || !r.Back || r.Member != me {
			t.Fatalf("%s asks: %+v, want them known as %s", lost.Name(), r, me.Short())
		}
		words, err := ada.Words(g, me)
		if err != nil || words != j.Words {
			t.Errorf("%s reads %v, %v; they were %v", lost.Name(), j.Words, err, words)
		}
		if st := ada.View().Group(g).State; len(st.Waiting) > 0 || len(st.DevicesOf(me)) != 1 {
			t.Error("a request alone names a computer")
		}
		out, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice})
		if err != nil || !out.Back || out.Member != me {
			t.Fatalf("Approve = %+v, %v", out, err)
		}
		if again, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice}); err != nil || again.Member != me || !again.Back {
			t.Errorf("approving it once more = %+v, %v; want %+v", again, err, out)
		}
		ada.again()
		if _, err := again.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
			t.Fatal(err)
		}
		meet(t, ada, again, g)
		again.settle()
		meet(t, ada, again, g)
		if n := len(again.View().Joins); n != 1 || again.View().Joins[0].Stage != JoinIn {
			t.Fatalf("joins = %+v", again.View().Joins)
		}
		fresh := again.deviceOf(g)
		st := ada.View().Group(g).State
		if d, in := st.Device(fresh); !in || d.Member != me || fresh == old || again.me(g) != me {
			t.Errorf("%s came back as device %s of %s", lost.Name(), fresh.Short(), again.me(g).Short())
		}
		if m, _ := st.Member(me); m.Rank != kp1.RankMember {
			t.Errorf("%s came back with rank %d", lost.Name(), m.Rank)
		}
		if !again.says("Bev wrote this") || again.says("not for Cy") == (lost == cy) {
			t.Errorf("%s reads of before: %v, %v", lost.Name(), again.says("Bev wrote this"), again.says("not for Cy"))
		}
		again.do(g, thread.Post{Thread: th, Text: lost.Name() + " is back"})
		if _, err := again.Revoke(ctx, g, old); err != nil {
			t.Fatal(err)
		}
		tend(t, g, []*home{ada, bev, cy, again})
		if !ada.says(lost.Name() + " is back") {
			t.Error("what they write does not arrive")
		}
		if _, in := ada.View().Group(g).State.Device(old); in {
			t.Error("the lost computer is in still")
		}
		again.clean()
		again.again()
		ada.clean()
		if len(ada.boxes) != 0 || !ada.groups[g].invites[r.Invite].ended {
			t.Error("the invite is open still, though its person is here")
		}
	}
}

// T18: paper alone opens nothing. Who finds it can ask, under the same six words; without a yes the op in the request has
// no effect, and put into the group by somebody who has it, it is named and inert.
func TestT18FoundPaper(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	bev.talk(g, "Before", "secret")
	levelAll(t, g, homes)
	thief := fromPaper(t, "Bev", "thief", bev.Recovery())
	j, _ := ask(t, ada, thief, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	r := ada.requestOf(g, j)
	q := ada.groups[g].requests[r.ID]
	if err := ada.change(func(tx tx) error { // as a friend of the thief's who is in could
		b, err := ada.groups[g].batch(tx, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.post(q.Back); err != nil {
			return err
		}
		return b.finish()
	}); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	for _, h := range homes {
		if !h.waitsIn(g, q.Spare()) {
			t.Errorf("%s does not see the computer wait", h.Name())
		}
	}
	tend(t, g, homes)
	_, err := thief.Accept(ctx, g, kp1.DID{}, ada.all(g))
	wantErr(t, "what somebody hands over", err, ErrNoGroup)
	if err := ada.Decline(ctx, g, r.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Revoke(ctx, g, q.Spare()); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	if ada.waitsIn(g, q.Spare()) {
		t.Error("the computer waits still after it was taken out")
	}
}

// T18: who was taken out comes back by the same paper as a newcomer with the same words; who leads keeps leading; and
// nobody lets a second computer of their own in by their own word.
func TestT18BackFromPaperOtherwise(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, dot := homes[0], homes[1], homes[3]
	for _, d := range []*home{bev, dot} {
		levelAll(t, g, homes)
		if d == dot {
			if _, err := ada.Remove(ctx, g, dot.me(g), ReasonUnsaid); err != nil {
				t.Fatal(err)
			}
		}
		again := fromPaper(t, d.Name(), d.Name()+" anew", d.Recovery())
		out := returns(t, ada, again, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
		if out.Member != d.me(g) || out.Back != (d == bev) {
			t.Errorf("%s = %+v", d.Name(), out)
		}
		homes = append(homes, again)
		want := kp1.RankMember
		if d == bev {
			want = kp1.RankAdmin
		}
		if rank, in := ada.rankOf(g, d.me(g)); !in || rank != want {
			t.Errorf("%s came back with rank %d, %v", d.Name(), rank, in)
		}
	}
	mine := fromPaper(t, "Ada", "Ada's other", ada.Recovery())
	j, _ := ask(t, ada, mine, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	r := ada.requestOf(g, j)
	if r.Back || !r.In {
		t.Errorf("one's own computer asks: %+v", r)
	}
	_, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice})
	wantErr(t, "one's own computer", err, ErrAlreadyIn)
}

// TestReadmissionByVoucher: somebody who has lost even the words comes back as somebody new, whom a member vouches for; who
// they were goes in the same step, and is named by who they are (protocol 3.5).
func TestReadmissionByVoucher(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	th := bev.talk(g, "Before", "by Bev as she was")
	levelAll(t, g, homes)
	old := bev.me(g)
	oldWords, err := ada.Words(g, old)
	if err != nil {
		t.Fatal(err)
	}
	anew := quickHome(t, "Bev anew")
	j, pub := ask(t, ada, anew, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	r := ada.requestOf(g, j)
	if r.Known || r.In || r.Words == oldWords {
		t.Fatalf("request of somebody new: %+v", r)
	}
	for name, a := range map[string]Approval{
		"a stranger": {Formerly: kp1.MID{9}}, "the admin": {Formerly: ada.me(g)}, "the same words": {Formerly: r.Member},
	} {
		a.Verified = group.VerifiedVoice
		if _, err := ada.Approve(ctx, g, r.ID, a); err == nil {
			t.Errorf("formerly %s: no error", name)
		}
	}
	if _, err := ada.Approve(ctx, g, r.ID, Approval{Formerly: old}); !errors.Is(err, group.ErrNotAllowed) {
		t.Errorf("vouching without having made sure = %v", err)
	}
	if len(ada.View().Group(g).State.Members) != 3 {
		t.Fatal("what was refused has changed who is in")
	}
	out, err := ada.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedInPerson, Formerly: old})
	if err != nil || out.Member == old || out.Back || out.Former.Proposed || out.Former.Op.IsZero() {
		t.Fatalf("Approve = %+v, %v", out, err)
	}
	if _, err := anew.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	meet(t, ada, anew, g)
	anew.settle()
	homes = []*home{ada, cy, anew}
	tend(t, g, homes)
	for _, h := range homes {
		st := h.View().Group(g).State
		m, in := st.Member(out.Member)
		if _, was := st.Member(old); !in || was || m.Formerly != old || m.Verified != group.VerifiedInPerson {
			t.Errorf("%s: %+v, in %v; who they were in %v", h.Name(), m, in, was)
		}
		if !h.says("by Bev as she was") {
			t.Errorf("%s does not show what was written before", h.Name())
		}
	}
	anew.do(g, thread.Post{Thread: th, Text: "not for the lost one"})
	levelAll(t, g, homes)
	meet(t, ada, bev, g)
	if bev.says("not for the lost one") {
		t.Error("the lost computer reads on")
	}
	level(t, g, ada, cy, anew)
}

// TestReadmissionOfWhoLed: of somebody who led, the rank goes with a second person's yes, and comes back no other way.
func TestReadmissionOfWhoLed(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy := homes[0], homes[1], homes[2]
	anew := quickHome(t, "Cy anew")
	j, _ := ask(t, ada, anew, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	out, err := ada.Approve(ctx, g, ada.requestOf(g, j).ID, Approval{Verified: group.VerifiedVoice, Formerly: cy.me(g)})
	if err != nil || !out.Former.Proposed {
		t.Fatalf("Approve = %+v, %v, want a proposal", out, err)
	}
	levelAll(t, g, homes)
	if _, in := ada.rankOf(g, cy.me(g)); !in {
		t.Error("one person alone took out somebody who leads")
	}
	d, err := bev.Consent(ctx, g, out.Former.Op)
	must(t, d, err, false)
	levelAll(t, g, homes[:2])
	if _, in := ada.rankOf(g, cy.me(g)); in {
		t.Error("after two have said so they are in still")
	}
	if rank, in := ada.rankOf(g, out.Member); !in || rank != kp1.RankMember {
		t.Errorf("who was vouched for has rank %d, %v", rank, in)
	}
}

// T18: who leads alone, and has nothing but twelve words left, is in still: nobody can elect another in their place, take
// them out, or invite anybody. Any member makes them a way back, on which nobody new comes in, and they lead on.
func TestT18WhoLeadsAloneFromPaper(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	bev.talk(g, "Before", "Bev wrote this")
	levelAll(t, g, homes)
	me, old := ada.me(g), ada.deviceOf(g)
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	now = now.Add(24 * time.Hour)
	meet(t, bev, cy, g)
	if bev.View().Group(g).State.Headless {
		t.Error("the group is headless, though who leads is in")
	}
	_, err := bev.Vote(ctx, g, bev.me(g))
	wantErr(t, "a vote", err, group.ErrNotAllowed)
	_, err = bev.Remove(ctx, g, me, ReasonUnsaid)
	wantErr(t, "a removal", err, group.ErrNotAllowed)
	_, err = bev.Invite(ctx, g, termsOfMember(), testAddrs, "Elm Row")
	wantErr(t, "an invite", err, group.ErrNotAllowed)

	way, err := bev.WayBack(ctx, g, testAddrs, "Elm Row")
	if err != nil {
		t.Fatal(err)
	}
	again, zoe := fromPaper(t, "Ada", "Ada's new computer", ada.Recovery()), quickHome(t, "Zoe")
	again.opt.Now = func() time.Time { return now }
	again.Ledger.opt.Now = again.opt.Now
	j, pub := askOn(t, bev, again, way)
	jz, _ := askOn(t, bev, zoe, way)
	bev.again()
	if n := len(bev.View().Group(g).Invites); n != 1 {
		t.Errorf("%d invites are shown to who made one", n)
	}
	_, err = bev.Approve(ctx, g, bev.requestOf(g, jz).ID, Approval{Verified: group.VerifiedVoice})
	wantErr(t, "somebody new on a way back", err, group.ErrNotAllowed)
	r := bev.requestOf(g, j)
	if out, err := bev.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice}); err != nil || !out.Back || out.Member != me {
		t.Fatalf("Approve = %+v, %v", out, err)
	}
	if _, err := again.JoinMail(ctx, j.ID, bev.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	meet(t, bev, again, g)
	again.settle()
	words, err := bev.Words(g, bev.me(g))
	if err != nil {
		t.Fatal(err)
	}
	if x := again.View().Joins; len(x) != 1 || x[0].Stage != JoinIn || x[0].Inviter != words {
		t.Fatalf("joins = %+v, want in by Bev, whose words are %v", x, words)
	}
	homes = []*home{bev, cy, again}
	for range 4 { // what nobody else could hand over, the keys for who leads, is made anew
		now = now.Add(2 * time.Minute)
		tend(t, g, homes)
	}
	if rank, in := cy.rankOf(g, me); !in || rank != kp1.RankAdmin || again.me(g) != me || !again.says("Bev wrote this") {
		t.Errorf("back with rank %d, in %v", rank, in)
	}
	if _, err := again.Revoke(ctx, g, old); err != nil {
		t.Fatal(err)
	}
	yve := quickHome(t, "Yve")
	joinVia(t, again, yve, g, asMember)
	homes = append(homes, yve)
	tend(t, g, homes)
	if _, in := cy.View().Group(g).State.Device(old); in || len(cy.View().Group(g).State.Members) != 4 {
		t.Error("who came back does not lead")
	}
	if len(bev.boxes) != 0 || !bev.groups[g].invites[r.Invite].ended || len(bev.View().Group(g).Invites) != 0 {
		t.Error("the way back is open still, though its person is here")
	}
	for _, h := range homes {
		h.clean()
	}
}

// A guest makes nobody a way back, one that ended lets nobody in, and a member's is no use to who is in beside another who
// leads and led: who leads confirms them.
func TestWayBackRefused(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, dot := homes[0], homes[1], homes[3]
	levelAll(t, g, homes)
	gus := quickHome(t, "Gus")
	joinVia(t, ada, gus, g, invite.Terms{Rank: kp1.RankGuest, History: group.HistoryAll})
	_, err := gus.WayBack(ctx, g, testAddrs, "")
	wantErr(t, "a guest's way back", err, group.ErrNotAllowed)
	levelAll(t, g, append(homes, gus))
	way, err := dot.WayBack(ctx, g, testAddrs, "")
	if err != nil {
		t.Fatal(err)
	}
	again := fromPaper(t, "Bev", "Bev anew", bev.Recovery())
	j, _ := askOn(t, dot, again, way)
	r := dot.requestOf(g, j)
	_, err = dot.Approve(ctx, g, r.ID, Approval{Verified: group.VerifiedVoice})
	wantErr(t, "a member's yes to who leads beside others", err, group.ErrNotAllowed)
	if st := dot.View().Group(g).State; len(st.Waiting) > 0 {
		t.Error("what was refused has named a computer")
	}
	if _, err := ada.Reissue(ctx, g, way.ID, testAddrs, ""); !errors.Is(err, invite.ErrUnknown) {
		t.Errorf("another's computer knows of it: %v", err)
	}
	if err := dot.EndInvite(ctx, g, way.ID); err != nil {
		t.Fatal(err)
	}
	if dot.again(); len(dot.View().Group(g).Invites) != 0 || len(dot.boxes) != 0 {
		t.Error("an ended way back is open")
	}
	_, err = dot.Reissue(ctx, g, way.ID, testAddrs, "")
	wantErr(t, "anew", err, invite.ErrUnknown)
}
