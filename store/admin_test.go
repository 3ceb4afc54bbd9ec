package store

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// me is who a home is in a group.
func (h *home) me(g kp1.GID) kp1.MID { return h.View().Group(g).Me }

// rankOf is what h believes somebody's rank to be; ok is false for who is out.
func (h *home) rankOf(g kp1.GID, m kp1.MID) (rank uint8, ok bool) {
	x, ok := h.View().Group(g).State.Member(m)
	return x.Rank, ok
}

// tend has everybody do what falls to them, and meets again.
func tend(t *testing.T, g kp1.GID, homes []*home) {
	t.Helper()
	levelAll(t, g, homes)
	for _, h := range homes {
		if _, err := h.Tend(context.Background(), g); err != nil {
			t.Fatal(err)
		}
	}
	levelAll(t, g, homes)
}

// must is a deed that succeeds, and whether it is a proposal as wanted.
func must(t *testing.T, d Deed, err error, proposed bool) kp1.ID {
	t.Helper()
	if err != nil || d.Proposed != proposed {
		t.Fatalf("deed = %+v, %v, want proposed %v", d, err, proposed)
	}
	return d.Op
}

// threeAdmins is a group of Ada, Bev and Cy, all admins, and Dot, a member.
func threeAdmins(t *testing.T) (kp1.GID, []*home) {
	t.Helper()
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy", "Dot")
	ada, bev, cy := homes[0], homes[1], homes[2]
	d, err := ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false) // the only admin there is
	tend(t, g, homes)
	d, err = ada.SetRole(ctx, g, cy.me(g), kp1.RankAdmin)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	if r, _ := ada.rankOf(g, cy.me(g)); r != kp1.RankMember {
		t.Fatalf("a proposal alone made Cy %d", r)
	}
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	tend(t, g, homes)
	for _, h := range homes {
		if r, _ := h.rankOf(g, cy.me(g)); r != kp1.RankAdmin {
			t.Fatalf("%s holds Cy for %d after two admins said so", h.Name(), r)
		}
	}
	return g, homes
}

// TestTwoAdminsForAnAdmin: what concerns an admin waits for a second one; both see it wait, and it is done once.
func TestTwoAdminsForAnAdmin(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	for _, q := range []struct {
		h    *home
		want int
		mine bool
	}{{ada, 1, true}, {bev, 1, false}, {dot, 0, false}} {
		open := q.h.View().Group(g).Asks
		if len(open) != q.want || q.want == 1 && (open[0].ID != p || open[0].Mine != q.mine || open[0].By != ada.me(g)) {
			t.Errorf("%s sees %+v wait, want %d", q.h.Name(), open, q.want)
		}
	}
	if _, err := ada.Consent(ctx, g, p); !errors.Is(err, group.ErrQuorum) {
		t.Errorf("consent to one's own proposal = %v, want ErrQuorum", err)
	}
	if _, err := dot.Consent(ctx, g, p); err == nil {
		t.Error("a member's consent was taken")
	}
	bev.again()
	if n := len(bev.View().Group(g).Asks); n != 1 {
		t.Errorf("after a restart %d proposals wait, want 1", n)
	}
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	secret := bev.do(g, thread.New{Title: "without Cy"})
	tend(t, g, homes)
	for _, h := range []*home{ada, bev, dot} {
		if _, in := h.rankOf(g, cy.me(g)); in {
			t.Errorf("%s still counts Cy", h.Name())
		}
		if n := len(h.View().Group(g).Asks); n != 0 {
			t.Errorf("%s sees %d proposals wait, want none", h.Name(), n)
		}
		mustThread(t, h, g, secret)
	}
	if _, ok := cy.View().Group(g).Care.Threads().Get(secret); ok {
		t.Error("Cy reads what was written after the removal")
	}
	if _, err := bev.Consent(ctx, g, p); err == nil {
		t.Error("a proposal was consented to twice")
	}
}

// TestAboutOneself: who leads and does to themselves what somebody else has to do is told that, not that only who leads may.
func TestAboutOneself(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, cy, dot := homes[0], homes[2], homes[3]
	told := func(what string, want error) func(Deed, error) {
		return func(_ Deed, err error) {
			t.Helper()
			var c interface{ Code() string }
			if !errors.As(err, &c) || codeOf(want) != c.Code() {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
	}
	told("stepping down", ErrOneself)(ada.SetRole(ctx, g, ada.me(g), kp1.RankMember))
	told("removing oneself", ErrOneself)(ada.Remove(ctx, g, ada.me(g), ReasonUnsaid))
	told("this very computer", ErrThisDevice)(ada.Revoke(ctx, g, ada.View().Group(g).Device))
	told("an election under who leads", ErrLed)(dot.Vote(ctx, g, dot.me(g)))
	told("a member who wants to lead", group.ErrNotAllowed)(dot.SetRole(ctx, g, dot.me(g), kp1.RankAdmin))
	d, err := ada.SetRole(ctx, g, cy.me(g), kp1.RankMember)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	told("the second word about oneself", ErrOneself)(cy.Consent(ctx, g, p))

	eve := quickHome(t, "Eve")
	own := eve.found("Eve")
	told("removing oneself alone", ErrAlone)(eve.Remove(ctx, own, eve.me(own), ReasonUnsaid))
	g, homes = team(t, "Fay", "Gus")
	fay := homes[0]
	told("removing oneself as the last who leads", group.ErrLastAdmin)(fay.Remove(ctx, g, fay.me(g), ReasonUnsaid))
	told("stepping down as the last who leads", group.ErrLastAdmin)(fay.SetRole(ctx, g, fay.me(g), kp1.RankMember))
}

// TestLowerRankReadsLess: a member made guest goes on in the space for all, and no longer reads the team's.
func TestLowerRankReadsLess(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev := homes[0], homes[1]
	d, err := ada.SetRole(ctx, g, bev.me(g), kp1.RankGuest)
	must(t, d, err, false)
	tend(t, g, homes)
	team, err := ada.Propose(ctx, g, Draft{Act: thread.New{Title: "for the team"}, Comp: kp1.CompTeam})
	if err != nil {
		t.Fatal(err)
	}
	all, err := ada.Propose(ctx, g, Draft{Act: thread.New{Title: "for all"}, Comp: kp1.CompAll})
	if err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	if _, ok := bev.View().Group(g).Care.Threads().Get(team[0]); ok {
		t.Error("a guest reads what is for the team")
	}
	mustThread(t, homes[2], g, team[0])
	mustThread(t, bev, g, all[0])
}

// TestHeadlessElects: a group whose admins removed one another gets one again by the votes of more than half.
func TestHeadlessElects(t *testing.T) {
	ctx := context.Background()
	g, rest := headless(t, Options{Now: testNow})
	cy, dot, eve := rest[0], rest[1], rest[2]
	_, err := cy.SetRole(ctx, g, cy.me(g), kp1.RankAdmin)
	wantErr(t, "a member who makes themselves admin", err, ErrHeadless)
	_, err = cy.Invite(ctx, g, asMember, testAddrs, "")
	wantErr(t, "an invite where nobody leads", err, ErrHeadless)
	if !errors.Is(err, group.ErrNotAllowed) {
		t.Errorf("%v is not %v", err, group.ErrNotAllowed)
	}
	d, err := cy.Vote(ctx, g, dot.me(g))
	must(t, d, err, false)
	tend(t, g, rest)
	if r, _ := eve.rankOf(g, dot.me(g)); r != kp1.RankMember {
		t.Fatalf("one vote of three made Dot %d", r)
	}
	d, err = eve.Vote(ctx, g, dot.me(g))
	must(t, d, err, false)
	tend(t, g, rest)
	for _, h := range rest {
		if r, _ := h.rankOf(g, dot.me(g)); r != kp1.RankAdmin {
			t.Errorf("%s holds Dot for %d after two of three votes", h.Name(), r)
		}
	}
	d, err = dot.Remove(ctx, g, eve.me(g), ReasonUnsaid)
	must(t, d, err, false)
}

// TestDeedsBeforeTheKeys: somebody has left, and no new key is there yet. What this computer signs next makes one, and
// counts: it is no second branch of its own chain.
func TestDeedsBeforeTheKeys(t *testing.T) {
	ctx, confirm := context.Background(), group.DeviceAddConfirm
	for name, deed := range map[string]func(ada *home, g kp1.GID, cy kp1.MID) (Deed, error){
		"a newcomer": func(ada *home, g kp1.GID, _ kp1.MID) (Deed, error) {
			joinVia(t, ada, quickHome(t, "Dot"), g, asMember)
			return Deed{}, nil
		},
		"a role": func(ada *home, g kp1.GID, cy kp1.MID) (Deed, error) { return ada.SetRole(ctx, g, cy, kp1.RankAdmin) },
		"a rule": func(ada *home, g kp1.GID, _ kp1.MID) (Deed, error) {
			return ada.SetPolicy(ctx, g, group.PolicyFields{DeviceAdd: &confirm})
		},
	} {
		g, homes := team(t, "Ada", "Bev", "Cy")
		ada, bev, cy := homes[0], homes[1], homes[2]
		if _, err := bev.Leave(ctx, g); err != nil {
			t.Fatal(err)
		}
		meet(t, bev, ada, g)
		if !ada.groups[g].log.NeedRekey() {
			t.Fatalf("%s: there is a new key already", name)
		}
		d, err := deed(ada, g, cy.me(g))
		must(t, d, err, false)
		if ada.groups[g].log.NeedRekey() {
			t.Errorf("%s: made no new key", name)
		}
	}
}

// headless is a group of Cy, Dot and Eve whom nobody leads: their two admins have taken each other out.
func headless(t *testing.T, o Options) (kp1.GID, []*home) {
	t.Helper()
	ctx := context.Background()
	var homes []*home
	for _, n := range []string{"Ada", "Bev", "Cy", "Dot", "Eve"} {
		homes = append(homes, homeWith(t, n, o))
	}
	g := homes[0].found("Ada")
	for _, h := range homes[1:] {
		joinVia(t, homes[0], h, g, asMember)
	}
	levelAll(t, g, homes)
	ada, bev, rest := homes[0], homes[1], homes[2:]
	did(t)(ada.SetRole(ctx, g, bev.me(g), kp1.RankAdmin))
	tend(t, g, homes)
	did(t)(ada.Remove(ctx, g, bev.me(g), ReasonUnsaid))
	did(t)(bev.Remove(ctx, g, ada.me(g), ReasonUnsaid))
	meet(t, ada, rest[0], g) // each removal is heard first by somebody, who says so by writing after it
	meet(t, bev, rest[1], g)
	rest[0].do(g, thread.New{Title: "what now"})
	rest[1].do(g, thread.New{Title: "who leads"})
	tend(t, g, rest)
	for _, h := range rest {
		if !h.View().Group(g).State.Headless {
			t.Fatalf("%s does not see that nobody leads", h.Name())
		}
	}
	return g, rest
}

// TestT17VotesCross: of three, two want the same one, and neither has heard of the other's vote when they say so: the first
// who holds both says that they are enough.
func TestT17VotesCross(t *testing.T) {
	ctx := context.Background()
	g, rest := headless(t, Options{Now: testNow})
	cy, dot, eve := rest[0], rest[1], rest[2]
	did(t)(cy.Vote(ctx, g, dot.me(g)))
	did(t)(eve.Vote(ctx, g, dot.me(g)))
	tend(t, g, rest)
	for _, h := range rest {
		if r, _ := h.rankOf(g, dot.me(g)); r != kp1.RankAdmin {
			t.Errorf("%s holds Dot for %d after two of three votes", h.Name(), r)
		}
		if _, ok := h.groups[g].elected(); ok {
			t.Errorf("%s elects once more", h.Name())
		}
	}
}

// TestT17SaidAgain: who votes for the same person again signs nothing; a vote for another is a vote of its own.
func TestT17SaidAgain(t *testing.T) {
	ctx := context.Background()
	g, rest := headless(t, Options{Now: testNow})
	cy, dot, eve := rest[0], rest[1], rest[2]
	d, err := cy.Vote(ctx, g, dot.me(g))
	first := must(t, d, err, false)
	_, was := cy.groups[g].log.Last(cy.deviceOf(g))
	for range 3 {
		d, err := cy.Vote(ctx, g, dot.me(g))
		if again := must(t, d, err, false); again != first {
			t.Errorf("the same vote again is %s, want the first, %s", again.Short(), first.Short())
		}
		cy.again()
	}
	if _, seq := cy.groups[g].log.Last(cy.deviceOf(g)); seq != was {
		t.Errorf("%d ops signed by votes that say nothing new", seq-was)
	}
	d, err = cy.Vote(ctx, g, eve.me(g))
	must(t, d, err, false)
	tend(t, g, rest)
	did(t)(dot.Vote(ctx, g, eve.me(g)))
	tend(t, g, rest)
	for _, h := range rest {
		if r, _ := h.rankOf(g, eve.me(g)); r != kp1.RankAdmin {
			t.Errorf("%s holds Eve for %d after two of three votes", h.Name(), r)
		}
	}
}

// TestT17VoteWaits: the vote of a computer that was away waits until it has heard the others out, and counts then.
func TestT17VoteWaits(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, rest := headless(t, Options{Now: func() time.Time { return now }})
	cy, dot, eve := rest[0], rest[1], rest[2]
	did(t)(cy.Vote(ctx, g, dot.me(g)))
	now = now.Add(8 * 24 * time.Hour)
	d, err := eve.Vote(ctx, g, dot.me(g))
	if err != nil || !d.Later || len(eve.View().Group(g).Pending) != 1 {
		t.Fatalf("Vote = %+v, %v, and %d wait", d, err, len(eve.View().Group(g).Pending))
	}
	for _, h := range []*home{cy, dot} {
		meet(t, eve, h, g)
		if err := eve.Level(g, h.deviceOf(g)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		eve.tendOnce(g)
	}
	if r, _ := eve.rankOf(g, dot.me(g)); r != kp1.RankAdmin || len(eve.View().Group(g).Pending) != 0 {
		t.Errorf("Dot has rank %d, and %d wait", r, len(eve.View().Group(g).Pending))
	}
}

// TestLetStand: a removal by somebody removed meanwhile waits where that was heard first, until an admin vouches for it.
func TestLetStand(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := cy.Remove(ctx, g, dot.me(g), ReasonUnsaid) // nobody hears of it yet
	late := must(t, d, err, false)
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	meet(t, ada, bev, g)
	meet(t, cy, ada, g)
	if _, in := ada.rankOf(g, dot.me(g)); !in {
		t.Fatal("a removal by who is out was believed")
	}
	if _, err := ada.LetStand(ctx, g, p); !errors.Is(err, ErrNotHeld) {
		t.Errorf("LetStand of what does not wait = %v, want ErrNotHeld", err)
	}
	ada.again()
	d, err = ada.LetStand(ctx, g, late)
	must(t, d, err, false)
	meet(t, ada, bev, g)
	for _, h := range []*home{ada, bev} {
		h.again() // what was let stand is restored before the word that let it
		if _, in := h.rankOf(g, dot.me(g)); in {
			t.Errorf("%s still counts Dot although it was let stand", h.Name())
		}
		h.clean()
	}
	d, err = ada.Remove(ctx, g, bev.me(g), ReasonUnsaid) // what is worked out for new keys passes the same fences
	if err != nil {
		t.Errorf("Remove after LetStand = %+v, %v", d, err)
	}
}

// lateRemoval is threeAdmins in which Cy has removed Dot, and was removed by the two others before anybody heard of that: it
// waits at Ada's. More are members beside them.
func lateRemoval(t *testing.T, more ...*home) (g kp1.GID, homes []*home, late kp1.ID) {
	t.Helper()
	ctx := context.Background()
	g, homes = threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	for _, h := range more {
		joinVia(t, ada, h, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
		tend(t, g, append(homes, h))
	}
	d, err := cy.Remove(ctx, g, dot.me(g), ReasonUnsaid)
	late = must(t, d, err, false)
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	levelAll(t, g, append([]*home{bev, ada, dot}, more...))
	meet(t, cy, ada, g)
	return g, homes, late
}

// TestLetStandChangesKeys: whom a removal takes out that is let stand reads not even the word that let it.
func TestLetStandChangesKeys(t *testing.T) {
	g, homes, late := lateRemoval(t)
	ada, bev, dot := homes[0], homes[1], homes[3]
	ada.do(g, thread.New{Title: "Dot may read this"})
	before := ada.all(g)
	if _, ok := dot.Opens(g, before[len(before)-1]); !ok {
		t.Fatal("Dot cannot read what came before: the test shows nothing")
	}
	d, err := ada.LetStand(context.Background(), g, late)
	must(t, d, err, false)
	news := ada.all(g)[len(before):]
	if len(news) == 0 {
		t.Fatal("nothing was filed")
	}
	for i, raw := range news {
		if _, ok := dot.Opens(g, raw); ok {
			t.Errorf("envelope %d of %d, written with the word, opens for whom it takes out", i+1, len(news))
		}
	}
	meet(t, ada, bev, g)
	if _, in := bev.rankOf(g, dot.me(g)); in {
		t.Error("Bev counts Dot although it was let stand")
	}
	said := bev.do(g, thread.New{Title: "under the new keys"})
	meet(t, ada, bev, g)
	if !ada.HasOp(g, said) {
		t.Error("Ada does not read what Bev writes after it")
	}
	ada.clean()
}

// TestLetStandNeedsMore: where one person's word is not enough for what waits, it is refused, and the device can go on: an op
// that names what waits would wait with it, and the next would stand in its place.
func TestLetStandNeedsMore(t *testing.T) {
	ctx := context.Background()
	eve := quickHome(t, "Eve")
	g, homes, late := lateRemoval(t, eve)
	ada, bev, dot := homes[0], homes[1], homes[3]
	d, err := ada.SetRole(ctx, g, dot.me(g), kp1.RankAdmin) // whoever removes Dot now needs two
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	tend(t, g, []*home{ada, bev, eve})
	filed := len(eve.all(g))
	if _, err := eve.LetStand(ctx, g, late); !errors.Is(err, group.ErrQuorum) {
		t.Fatalf("LetStand by a member of what needs an admin = %v, want ErrQuorum", err)
	}
	if n := len(eve.all(g)); n != filed {
		t.Errorf("%d envelopes were filed with a word that is not enough", n-filed)
	}
	said := eve.do(g, thread.New{Title: "goes on"})
	d, err = ada.LetStand(ctx, g, late)
	must(t, d, err, false)
	tend(t, g, []*home{ada, bev, eve})
	if _, in := bev.rankOf(g, dot.me(g)); in || !bev.HasOp(g, said) {
		t.Errorf("Dot in %v after an admin let it stand; Eve's words are here: %v", in, bev.HasOp(g, said))
	}
	if _, in := bev.View().Group(g).State.Device(eve.deviceOf(g)); !in {
		t.Error("Eve's computer was taken for a forger's")
	}
}

// TestOwnOpNeverWaits: an op that this computer has signed and that would have to wait is not filed, however it came about,
// since the next one would stand in its place and prove that an honest device cheats (F15).
func TestOwnOpNeverWaits(t *testing.T) {
	ctx := context.Background()
	eve := quickHome(t, "Eve")
	g, homes, late := lateRemoval(t, eve)
	ada, bev, dot := homes[0], homes[1], homes[3]
	d, err := ada.SetRole(ctx, g, dot.me(g), kp1.RankAdmin)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	tend(t, g, []*home{ada, bev, eve})
	filed := len(eve.all(g))
	_, err = eve.act(g, func(b *batch) (Deed, error) { // as a fault in what is looked at before would have it
		heads := append(b.h.log.Heads(), late)
		slices.SortFunc(heads, kp1.ID.Compare)
		s, err := b.authOver(heads, group.NewAck())
		if err != nil {
			return Deed{}, err
		}
		e, err := b.usable(kp1.CompAll)
		if err != nil {
			return Deed{}, err
		}
		key, _ := e.sealer(kp1.ChainAuth)
		env, err := op.SealOps(b.h.l.opt.Rand, g, key, op.KindOps, b.h.l.week(), nil, []op.Signed{s})
		if err != nil {
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.own(env, s)
	})
	if !errors.Is(err, group.ErrWaiting) || len(eve.all(g)) != filed {
		t.Errorf("an own op that waits: %v, and %d envelopes were filed, want ErrWaiting and none", err, len(eve.all(g))-filed)
	}
	eve.newKeys(g, 1) // signs its next
	eve.again()
	eve.newKeys(g, 1)
	tend(t, g, []*home{ada, bev, eve})
	for _, h := range []*home{ada, bev} {
		if n := len(h.groups[g].forks) + len(h.groups[g].forked()); n > 0 {
			t.Errorf("%s holds %d proofs against honest devices", h.Name(), n)
		}
		if _, in := h.View().Group(g).State.Device(eve.deviceOf(g)); !in {
			t.Errorf("%s takes Eve's computer for a forger's", h.Name())
		}
	}
	eve.clean()
}

// TestPolicyNeedsTwo: one admin of three cannot change what holds; two can.
func TestPolicyNeedsTwo(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev := homes[0], homes[1]
	confirm := group.DeviceAddConfirm
	d, err := ada.SetPolicy(ctx, g, group.PolicyFields{DeviceAdd: &confirm})
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	d, err = bev.Consent(ctx, g, p)
	must(t, d, err, false)
	levelAll(t, g, homes)
	for _, h := range homes {
		if h.View().Group(g).State.Policy.DeviceAdd != confirm {
			t.Errorf("%s does not hold the new policy", h.Name())
		}
	}
}
