package store

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// sealed makes an envelope of auth ops, as any member can.
func (h *home) sealed(g kp1.GID, ops ...op.Signed) []byte {
	h.t.Helper()
	x := h.groups[g]
	id, ok := x.log.Pick(kp1.CompAll)
	if !ok {
		h.t.Fatal("no epoch")
	}
	key, ok := x.ring[id].sealer(kp1.ChainAuth)
	if !ok {
		h.t.Fatal("no key")
	}
	env, err := op.SealOps(rand.Reader, g, key, op.KindOps, h.week(), nil, ops)
	if err != nil {
		h.t.Fatal(err)
	}
	return env.Bytes
}

// utter writes an auth op of h's device without asking whether it is allowed, and returns its envelope.
func (h *home) utter(g kp1.GID, body group.Body) (raw []byte) {
	h.t.Helper()
	err := h.change(func(t tx) error {
		x := h.groups[g]
		b, err := x.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		prev, seq := x.log.Last(x.self.Device)
		s, err := b.signAuth(prev, seq, x.log.Heads(), body)
		if err != nil {
			return err
		}
		if err := b.post(s); err != nil {
			return err
		}
		raw = b.raw[len(b.raw)-1]
		return b.finish()
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return raw
}

// TestForkThatWaits: the second of two ops in one place, which waits for something that never comes, keeps nobody from
// their duties.
func TestForkThatWaits(t *testing.T) {
	g, homes := team(t, "Ada", "Sue")
	ada, sue := homes[0], homes[1]
	sue.talk(g, "talk", "one")
	levelAll(t, g, homes)
	second := sue.next(g, sue.head(g, kp1.CompTeam).seq, kp1.ID{9}, thread.Post{Thread: kp1.ID{7}, Text: "never"})
	ada.give(g, sue.forge(g, kp1.CompTeam, second))
	for range 2 {
		ada.tendOnce(g)
		ada.again()
	}
}

// TestKeysNobodyHereHas: who lacks a key that this computer has not is not handed the others again and again.
func TestKeysNobodyHereHas(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	d, err := ada.SetRole(context.Background(), g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	meet(t, ada, cy, g)
	meet(t, bev, cy, g) // or she would say that she has what came of Bev
	for range 3 {
		if cy.tendOnce(g) {
			t.Error("Cy, a member, hands the new admin what she has")
		}
	}
	if !ada.tendOnce(g) {
		t.Error("Ada, who holds the admins' key, does not hand it over")
	}
}

// TestClocksApart: two admins, one of whose clocks is a year fast, do not answer each other's keys with new ones for ever.
func TestClocksApart(t *testing.T) {
	now := testNow()
	later := now
	ada := homeWith(t, "Ada", Options{Now: func() time.Time { return now }})
	bev := homeWith(t, "Bev", Options{Now: func() time.Time { return later }})
	g := ada.found("Ada")
	joinVia(t, ada, bev, g, asMember)
	d, err := ada.SetRole(context.Background(), g, bev.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	levelAll(t, g, []*home{ada, bev})
	later = now.Add(400 * 24 * time.Hour)
	was := ada.epochs(g)
	for range 10 {
		tend(t, g, []*home{ada, bev})
	}
	if n := ada.epochs(g) - was; n > 2 {
		t.Errorf("%d new epochs in ten meetings, want one of each at most", n)
	}
}

// TestInventedEpochs: envelopes of epochs that nobody ever made cost one Ack a day, and never too large a one.
func TestInventedEpochs(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	junk := func(n int) (out [][]byte) {
		for range n {
			k := op.Key{Chain: kp1.CompTeam}
			_, _ = rand.Read(k.EID[:])
			_, _ = rand.Read(k.Key[:])
			at := bev.head(g, kp1.CompTeam)
			env, err := op.SealOps(rand.Reader, g, k, op.KindOps, bev.week(), nil, []op.Signed{bev.next(g, at.seq+1, at.id, thread.New{Title: "x"})})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, env.Bytes)
		}
		return out
	}
	n := 0
	for range 5 {
		ada.give(g, junk(1)...)
		ada.tendOnce(g)
		now = now.Add(61 * time.Second)
		if ada.tendOnce(g) {
			n++
		}
		ada.again()
	}
	if n != 1 {
		t.Errorf("%d acks in five minutes, want 1", n)
	}
	ada.give(g, junk(2_000)...)
	ada.tendOnce(g)
	now = now.Add(25 * time.Hour)
	if ada.tendOnce(g); len(ada.groups[g].complained) > 2*lostMost {
		t.Errorf("%d epochs named", len(ada.groups[g].complained))
	}
}

// TestProposalsPushedOut: a member who proposes without end hides nobody else's proposal.
func TestProposalsPushedOut(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	must(t, d, err, true)
	meet(t, ada, bev, g)
	meet(t, ada, dot, g)
	for range maxProposals {
		p, err := group.NewPropose(group.NewRemove(ada.me(g), group.Cut{}, 0))
		if err != nil {
			t.Fatal(err)
		}
		bev.give(g, dot.utter(g, p))
	}
	if n := len(bev.View().Group(g).Asks); n != 1 {
		t.Errorf("Bev is asked for %d consents, want 1", n)
	}
}

// TestBackWithMore: who comes back, and may read more of the past than before, takes in what lies below what is here.
func TestBackWithMore(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada")
	ada := homes[0]
	seen := map[string]bool{}
	for _, r := range ada.all(g) {
		seen[string(r)] = true
	}
	ada.talk(g, "early", "one", "two")
	early := map[string]bool{}
	for _, r := range ada.all(g) {
		if !seen[string(r)] {
			early[string(r)] = true
		}
	}
	but := func() (out [][]byte) {
		for _, r := range ada.all(g) {
			if !early[string(r)] {
				out = append(out, r)
			}
		}
		return out
	}
	cy, _ := lateHome(t, ada, g, "Cy", invite.Terms{Rank: kp1.RankMember, History: group.HistoryNone})
	ada.talk(g, "later", "three")
	cy.give(g, but()...)
	cy.settle()
	ada.give(g, cy.all(g)...)
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	must(t, d, err, false)
	cy.give(g, but()...)
	j, pub := ask(t, ada, cy, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	answer(t, ada, cy, g, j, pub)
	if _, err := cy.JoinMail(ctx, j.ID, ada.BoxList(pub)); err != nil {
		t.Fatal(err)
	}
	cy.give(g, but()...)
	cy.settle()
	if cy.groups[g].self.Partial {
		t.Fatal("Cy was not given the whole history")
	}
	for r := range early {
		cy.give(g, []byte(r))
	}
	if n := len(cy.groups[g].forks); n > 0 {
		t.Errorf("%d chains are said to be forked", n)
	}
	ada.give(g, cy.all(g)...)
	level(t, g, ada, cy)
}

// TestForksWithoutEnd: a device that is out, and shows one more fork after the other, costs neither new keys nor an op
// each.
func TestForksWithoutEnd(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	for range 6 {
		ada.give(g, bev.utter(g, group.NewAck()))
	}
	x := bev.groups[g]
	last, seq := x.log.Last(x.self.Device)
	var forks [][]byte
	for ; seq > 1; seq-- {
		was, _ := x.log.Op(last)
		s, err := x.sign(op.Op{
			Type: was.Type, Group: g, Device: x.self.Device, Seq: seq, Prev: was.Prev, Time: bev.unix(), Auth: was.Auth, Body: was.Body,
		})
		if err != nil {
			t.Fatal(err)
		}
		forks = append(forks, bev.sealed(g, s))
		last = was.Prev
	}
	ada.give(g, forks[0])
	if !ada.tendOnce(g) {
		t.Fatal("the first fork is not told of")
	}
	epochs, ops := ada.epochs(g), ada.groups[g].log.Len()
	for _, f := range forks[1:] {
		ada.give(g, f)
		ada.tendOnce(g)
		ada.again()
	}
	if n, m := ada.epochs(g)-epochs, ada.groups[g].log.Len()-ops; n > 0 || m > 0 {
		t.Errorf("%d forks of a device that is out cost %d epochs and %d ops", len(forks)-1, n, m)
	}
	now = now.Add(25 * time.Hour)
	ada.tendOnce(g)
	if n := ada.epochs(g) - epochs; n > 0 {
		t.Errorf("what undoes the rest cost %d epochs", n)
	}
}

// TestInvalidRulings: removals by somebody who may remove nobody do not have everything judged anew.
func TestInvalidRulings(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	was := ada.groups[g].rulings
	for range 3 {
		ada.give(g, bev.utter(g, group.NewRemove(ada.me(g), group.Cut{}, ReasonUnsaid)))
	}
	if n := ada.groups[g].rulings - was; n > 0 {
		t.Errorf("%d ops without effect count as rulings", n)
	}
	view := ada.groups[g].folded
	ada.again()
	if ada.groups[g].rulings != was || ada.groups[g].folded < view {
		t.Error("a restart counts them")
	}
}

// TestEvidenceToldAgain: who holds the proof that a device cheated can tell of it again for ever; what says nothing that was
// not in force costs nobody a fold, and what hides more still does.
func TestEvidenceToldAgain(t *testing.T) {
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy", "Dot")
	ada, cy, dot := homes[0], homes[2], homes[3]
	talk := dot.talk(g, "picnic", "one", "two")
	levelAll(t, g, homes)
	at := dot.head(g, kp1.CompTeam)
	for _, x := range []string{"this", "that"} {
		ada.from(dot, g, dot.forge(g, kp1.CompTeam, dot.next(g, at.seq+1, at.id, thread.New{Title: x})))
	}
	tend(t, g, homes[:3])
	told := ada.auths(g, group.TypeEvidence)
	if len(told) == 0 {
		t.Fatal("nobody tells of the fork")
	}
	body, err := group.DecodeBody(told[0].Type, told[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	known := body.(group.Evidence)
	const mark = 1 << 20 // a fold counts anew
	folded := func(e group.Evidence) bool {
		t.Helper()
		raw := cy.utter(g, e)
		was := ada.groups[g].hidden
		ada.groups[g].hidden = mark
		if res := ada.from(cy, g, raw); res.Refused > 0 || len(res.New) != 1 {
			t.Fatalf("the evidence is not taken in: %+v", res)
		}
		spared := ada.groups[g].hidden >= mark
		if spared {
			ada.groups[g].hidden -= mark - was
		}
		return !spared
	}
	n := len(ada.auths(g, group.TypeEvidence))
	for range 3 {
		if folded(known) {
			t.Error("evidence that was told before is folded anew")
		}
	}
	less := known // its cut leaves nothing standing
	less.Cut = group.NewCut()
	if !folded(less) {
		t.Error("evidence that hides more is passed over")
	}
	if it, ok := ada.View().Group(g).Care.Threads().Get(talk); ok && it.Len() > 0 {
		t.Error("what the cut leaves out is shown")
	}
	if folded(known) || folded(less) {
		t.Error("and again")
	}
	if m := len(ada.auths(g, group.TypeEvidence)); m != n+6 {
		t.Errorf("%d of %d are kept: what is in a past must not be missing", m-n, 6)
	}
	ada.clean()
	levelAll(t, g, homes[:3])
	sameView(t, g, homes[:3]...)
}
