package store

import (
	"context"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// fourAdmins is threeAdmins with Dot as one more.
func fourAdmins(t *testing.T) (kp1.GID, []*home) {
	t.Helper()
	ctx := context.Background()
	g, homes := threeAdmins(t)
	d, err := homes[0].SetRole(ctx, g, homes[3].me(g), kp1.RankAdmin)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	did(t)(homes[1].Consent(ctx, g, p))
	tend(t, g, homes)
	return g, homes
}

// TestT16TwoConsentsAtOnce: Bev and Cy consent to the first steward, neither having heard of the other. All end with one steward,
// nothing waits, and everybody reads what everybody writes.
func TestT16TwoConsentsAtOnce(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := ada.SetRole(ctx, g, dot.me(g), kp1.RankSteward)
	p := must(t, d, err, true)
	levelAll(t, g, homes)
	did(t)(bev.Consent(ctx, g, p))
	did(t)(cy.Consent(ctx, g, p))
	one, two := bev.do(g, thread.New{Title: "where Bev agreed"}), cy.do(g, thread.New{Title: "where Cy agreed"})
	for range 3 {
		tend(t, g, homes)
	}
	three := dot.do(g, thread.New{Title: "by the steward"})
	levelAll(t, g, homes)
	for _, h := range homes {
		h.again()
		if r, _ := h.rankOf(g, dot.me(g)); r != kp1.RankSteward {
			t.Errorf("%s holds Dot for %d", h.Name(), r)
		}
		if v := h.View().Group(g); v.State.Hash() != ada.View().Group(g).State.Hash() || v.Waiting > 0 || len(h.Fenced(g)) > 0 {
			t.Errorf("%s differs, or holds something back: %d wait, %d behind a fence", h.Name(), v.Waiting, len(h.Fenced(g)))
		}
		for _, id := range []kp1.ID{one, two, three} {
			if !h.HasOp(g, id) {
				t.Errorf("%s has not got op %s", h.Name(), id.Short())
			}
		}
		h.clean()
	}
}

// TestT16RemovedAndRaised: Ada and Bev take Eve out while Cy and Dot, who have not heard of it, make her the steward. Cy's side
// is told what waits and that nobody who is there can let it in, both sides write on, and when Eve steps down all are one group.
func TestT16RemovedAndRaised(t *testing.T) {
	ctx := context.Background()
	eve := quickHome(t, "Eve")
	g, homes := fourAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	joinVia(t, ada, eve, g, asMember)
	homes = append(homes, eve)
	tend(t, g, homes)
	left, right := homes[:2], homes[2:]
	did(t)(ada.Remove(ctx, g, eve.me(g), ReasonUnsaid)) // a member yet: one admin is enough
	d, err := cy.SetRole(ctx, g, eve.me(g), kp1.RankSteward)
	p := must(t, d, err, true)
	levelAll(t, g, right)
	did(t)(dot.Consent(ctx, g, p))
	tend(t, g, left)
	tend(t, g, right)
	for range 3 {
		tend(t, g, homes)
	}
	if _, in := ada.rankOf(g, eve.me(g)); in {
		t.Fatal("Ada counts Eve, whom she has taken out")
	}
	if r, in := cy.rankOf(g, eve.me(g)); !in || r != kp1.RankSteward {
		t.Fatalf("Cy holds Eve for %d, %v", r, in)
	}
	told := false
	for _, m := range cy.Told(g).Matters {
		told = told || m.Kind == group.Waiting && m.Type == group.TypeRemove && m.Member == eve.me(g) && m.Loss == group.LossKeys
	}
	if !told {
		t.Errorf("Cy is not told of the removal that waits: %+v", cy.Told(g).Matters)
	}
	for _, h := range homes[:4] {
		h.do(g, thread.New{Title: "goes on at " + h.Name()})
	}
	did(t)(eve.SetRole(ctx, g, eve.me(g), kp1.RankAdmin))
	for range 3 {
		tend(t, g, homes)
	}
	last := bev.do(g, thread.New{Title: "as before"})
	for range 2 {
		tend(t, g, homes[:4])
	}
	for _, h := range homes[:4] {
		v := h.View().Group(g)
		if _, in := h.rankOf(g, eve.me(g)); in || v.State.Hash() != ada.View().Group(g).State.Hash() {
			t.Errorf("%s counts Eve (%v) or differs from Ada", h.Name(), in)
		}
		if v.Waiting > 0 || !h.HasOp(g, last) {
			t.Errorf("%s: %d wait; has Bev's last words: %v", h.Name(), v.Waiting, h.HasOp(g, last))
		}
		h.clean()
	}
	for _, h := range homes[:4] { // nobody is stuck
		h.do(g, thread.New{Title: "under the keys of all, from " + h.Name()})
	}
	back, err := dot.SetRole(ctx, g, cy.me(g), kp1.RankMember)
	q := must(t, back, err, true)
	levelAll(t, g, homes[:4])
	did(t)(ada.Consent(ctx, g, q))
	levelAll(t, g, homes[:4])
	if r, _ := bev.rankOf(g, cy.me(g)); r != kp1.RankMember {
		t.Errorf("what two of both sides decide has no effect: Bev holds Cy for %d", r)
	}
}

// TestBackBesideOwnPast: who linked a computer beside their removal and is let in again does not build on that: the others hold it
// until somebody who leads has spoken, and would hold all that the person does from then on, and make new keys again and again.
func TestBackBesideOwnPast(t *testing.T) {
	ctx := context.Background()
	now := testNow()
	g, homes := clocked(t, &now, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	secondDevice(t, bev, g, "Bev's laptop") // nobody has heard of it
	d, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid)
	must(t, d, err, false)
	quiet(t, g, []*home{ada, cy})
	joinVia(t, ada, bev, g, asMember)
	quiet(t, g, homes)
	was := ada.epochs(g)
	phone := secondDevice(t, bev, g, "Bev's new one")
	words := bev.do(g, thread.New{Title: "here I am again"})
	quiet(t, g, append(homes, phone))
	for _, h := range []*home{ada, cy} {
		if _, in := h.groups[g].state().Device(phone.View().Group(g).Device); !in {
			t.Errorf("%s: Bev's new computer is not in", h.Name())
		}
		mustThread(t, h, g, words)
	}
	if n := ada.epochs(g) - was; n > 2 {
		t.Errorf("%d new epochs, want two at most", n)
	}
	if len(ada.groups[g].log.Held()) == 0 {
		t.Error("what Bev did beside her removal waits for nobody: the test shows nothing")
	}
}
