package store

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// TestF6Clocks: five people whose clocks are right, an hour and ten years slow and fast, and jump, in zones that change too,
// answer one another, and one who leads gives out ranks. Everybody shows all of it, each answer after what it answers, nothing is
// hidden or waits, and all come to the same, over a restart.
func TestF6Clocks(t *testing.T) {
	const hour, years = time.Hour, 10 * 365 * 24 * time.Hour
	now := testNow()
	var homes []*home
	off := map[string]time.Duration{}
	zone := time.UTC
	for _, name := range []string{"Ada", "Bev", "Cy", "Dot", "Eve"} {
		homes = append(homes, homeWith(t, name, Options{Now: func() time.Time { return now.Add(off[name]).In(zone) }}))
	}
	ada, bev := homes[0], homes[1]
	g := ada.found("Ada")
	for _, h := range homes[1:] {
		joinVia(t, ada, h, g, asMember)
	}
	levelAll(t, g, homes)
	talk := ada.talk(g, "what time is it")
	levelAll(t, g, homes)
	var want []kp1.ID
	rank := kp1.RankMember
	for round, offs := range [][5]time.Duration{
		{0, -years, -hour, hour, years},
		{years, 0, -years, -hour, hour}, // they jump
		{-years, years, 0, 72 * hour, -hour},
		{hour, -hour, years, -years, 0},
	} {
		for i, h := range homes {
			off[h.Name()] = offs[i]
		}
		zone = time.FixedZone("elsewhere", (round*5-7)*3600)
		now = now.Add(hour)
		for i := range homes { // each answers the one before
			h := homes[(i*2+round)%len(homes)]
			post := thread.Post{Thread: talk, Text: fmt.Sprint(round, i)}
			if len(want) > 0 {
				post.ReplyTo = want[len(want)-1]
			}
			if th, ok := h.View().Group(g).Care.Threads().Get(talk); ok {
				post = th.Fill(post)
			}
			want = append(want, h.do(g, post))
			levelAll(t, g, homes)
		}
		rank ^= kp1.RankMember ^ kp1.RankAdmin
		d, err := ada.SetRole(context.Background(), g, bev.me(g), rank)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for range 3 { // what waits until others were heard is signed then
			tend(t, g, homes)
			if _, err := ada.SignDue(context.Background(), g); err != nil {
				t.Fatal(err)
			}
		}
		if got, _ := homes[2].rankOf(g, bev.me(g)); got != rank {
			t.Errorf("round %d: Bev has rank %d for Cy, want %d (later %v)", round, got, rank, d.Later)
		}
	}
	for range 2 {
		for _, h := range homes {
			x := h.View().Group(g)
			th := mustThread(t, h, g, talk)
			var got []kp1.ID
			for it := range th.Items(0, th.Len()) {
				got = append(got, it.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s shows %d of %d in another order than they were said", h.Name(), len(got), len(want))
			}
			if x.Hidden > 0 || x.Waiting > 0 || !x.In {
				t.Errorf("%s: %d hidden, %d wait, in %v", h.Name(), x.Hidden, x.Waiting, x.In)
			}
			if x.State.Hash() != ada.View().Group(g).State.Hash() {
				t.Errorf("%s counts others in than Ada", h.Name())
			}
		}
		for _, h := range homes {
			h.again()
		}
	}
	level(t, g, homes...)
	if n := len(ada.auths(g, group.TypeEvidence)); n > 0 {
		t.Errorf("%d are told of as forgers", n)
	}
}

// TestF6SlowClock: what two other people's computers claim says that this one's clock is slow, until the store is closed; what
// one claims says nothing.
func TestF6SlowClock(t *testing.T) {
	now := testNow()
	back, far := 72*time.Hour, 10*365*24*time.Hour
	off := map[string]time.Duration{}
	var homes []*home
	for _, name := range []string{"Ada", "Bev", "Cy"} {
		homes = append(homes, homeWith(t, name, Options{Now: func() time.Time { return now.Add(off[name]) }}))
	}
	ada, bev, cy := homes[0], homes[1], homes[2]
	g := ada.found("Ada")
	joinVia(t, ada, bev, g, asMember)
	if at := ada.View().Group(g).Latest; !at.IsZero() {
		t.Errorf("Latest = %v by one other", at)
	}
	joinVia(t, ada, cy, g, asMember)
	now = now.Add(time.Hour)
	off["Bev"] = far
	bev.talk(g, "from far ahead")
	cy.talk(g, "from now")
	levelAll(t, g, homes)
	off["Ada"] = -back
	if at := ada.View().Group(g).Latest; !at.Equal(now) || at.Sub(ada.opt.Now()) != back {
		t.Errorf("Latest = %v, want %v, which is %v later than here", at, now, back)
	}
	off["Cy"] = -far
	cy.talk(g, "from the past")
	levelAll(t, g, homes)
	if at := ada.View().Group(g).Latest; !at.Equal(now) {
		t.Errorf("Latest = %v once the same people claim less, want %v", at, now)
	}
	ada.again()
	if at := ada.View().Group(g).Latest; !at.IsZero() {
		t.Errorf("Latest = %v after a start, want nothing before somebody speaks", at)
	}
}
