package store

import (
	"context"
	"errors"
	"slices"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// twoSides is a founder who signed two beginnings: in the one, Bev came, in the other Gus. Each has heard both.
func twoSides(t *testing.T) (g kp1.GID, bev, gus *home) {
	t.Helper()
	ada := quickHome(t, "Ada")
	g = ada.found("Ada")
	if err := ada.Close(); err != nil {
		t.Fatal(err)
	}
	other := ada.copied(t)
	t.Cleanup(func() { _ = other.Close() })
	ada.again()
	bev, gus = quickHome(t, "Bev"), quickHome(t, "Gus")
	joinVia(t, ada, bev, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	joinVia(t, other, gus, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	for _, h := range []*home{bev, gus} {
		h.do(g, thread.New{Title: "on this side"})
		h.give(g, h.utter(g, group.NewAck()))
	}
	meet(t, bev, gus, g)
	return g, bev, gus
}

// TestT14TwoSides: whoever stands on one of two sides is told of both, and writes nothing until they have asked the others;
// then they go on, over a restart, and what proves the fork is told meanwhile.
func TestT14TwoSides(t *testing.T) {
	ctx := context.Background()
	g, bev, gus := twoSides(t)
	for _, side := range []struct{ me, them *home }{{bev, gus}, {gus, bev}} {
		h := side.me
		told := h.Told(g).Splits
		if len(told) != 1 || !slices.Equal(told[0].Theirs, []kp1.MID{side.them.me(g)}) || !h.View().Group(g).Torn {
			t.Fatalf("%s: Splits = %+v, torn %v, want one with %s on the other side", h.Name(), told, h.View().Group(g).Torn, side.them.Name())
		}
		d := told[0].Device
		if _, err := h.Propose(ctx, g, Draft{Act: thread.New{Title: "what now?"}}); !errors.Is(err, ErrTwoSides) {
			t.Errorf("%s writes: %v, want ErrTwoSides", h.Name(), err)
		}
		grants := len(h.auths(g, group.TypeGrant))
		wrote, err := h.Tend(ctx, g)
		if err != nil || !wrote {
			t.Errorf("%s: Tend = %v, %v, want the fork told of", h.Name(), wrote, err)
		}
		if _, in := h.View().Group(g).State.Device(d); in {
			t.Errorf("%s: the device that said two things is in", h.Name())
		}
		if n := len(h.auths(g, group.TypeGrant)); n != grants {
			t.Errorf("%s hands keys over while two sides are open", h.Name())
		}
		if err := h.StandBy(ctx, g, kp1.DID{1}); !errors.Is(err, ErrNoMatter) {
			t.Errorf("StandBy where nothing is open = %v, want ErrNoMatter", err)
		}
		if err := h.StandBy(ctx, g, d); err != nil {
			t.Fatal(err)
		}
		h.again()
		if h.View().Group(g).Torn || len(h.Told(g).Splits) != 0 {
			t.Errorf("%s: the conflict is open after it was answered", h.Name())
		}
		h.do(g, thread.New{Title: "we go on"})
		h.clean()
	}
}

// TestT14OwnerOut: what the device of somebody signs who is out keeps nobody from writing.
func TestT14OwnerOut(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	d, err := ada.SetRole(ctx, g, cy.me(g), kp1.RankAdmin)
	must(t, d, err, false)
	tend(t, g, homes)
	if err := cy.Close(); err != nil {
		t.Fatal(err)
	}
	other := cy.copied(t)
	t.Cleanup(func() { _ = other.Close() })
	cy.again()
	d, err = cy.SetRole(ctx, g, bev.me(g), kp1.RankGuest) // one story, which everybody hears
	must(t, d, err, false)
	levelAll(t, g, homes)
	gus := quickHome(t, "Gus")
	joinVia(t, other, gus, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll}) // and another, with a helper
	gus.give(g, gus.utter(g, group.NewAck()))
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	must(t, d, err, d.Proposed)
	if _, in := ada.rankOf(g, cy.me(g)); in {
		t.Fatal("Cy is in still: the test shows nothing")
	}
	meet(t, gus, ada, g)
	if len(ada.Told(g).Splits) == 0 {
		t.Fatal("no conflict is seen: the test shows nothing")
	}
	if ada.View().Group(g).Torn {
		t.Error("a device of somebody who is out stops the group")
	}
	ada.do(g, thread.New{Title: "we go on"})
}
