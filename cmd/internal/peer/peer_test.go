package peer_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

var _ verb.Peer = (*peer.Peer)(nil)

// one is a peer that serves on loopback for as long as the test runs.
type one struct {
	*peer.Peer
	t    *testing.T
	home string
}

const testPassphrase = "plum kettle orbit sand"

func quick(tries int) time.Duration { return 50 * time.Millisecond }

func serve(t *testing.T, name string) *one {
	t.Helper()
	return serveAt(t, name, filepath.Join(t.TempDir(), name))
}

func serveAt(t *testing.T, name, home string) *one {
	t.Helper()
	return serveBy(t, present.Start{Name: name}, home, time.Now)
}

// serveBy is serveAt by a clock.
func serveBy(t *testing.T, who present.Start, home string, now func() time.Time) *one {
	t.Helper()
	name := who.Name
	who.Passphrase = testPassphrase
	p := peer.New(home, peer.Options{Now: now, Again: quick, Linger: func() time.Duration { return 10 * time.Millisecond }, Ask: -1})
	if _, err := p.Start(t.Context(), who); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- p.Serve(ctx, verb.Serving{Listen: []string{"/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0"}}, func([]string) { close(up) })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("%s: Serve = %v", name, err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("%s: Close = %v", name, err)
		}
	})
	select {
	case <-up:
	case err := <-ended:
		t.Fatalf("%s: Serve = %v", name, err)
	case <-time.After(10 * time.Second):
		t.Fatal("not listening")
	}
	return &one{p, t, home}
}

// until waits for a World.
func (o *one) until(what string, ok func(present.World) bool) present.World {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for w := range o.Worlds(ctx) {
		if ok(w) {
			return w
		}
	}
	o.t.Fatalf("never: %s; last %+v", what, o.World().Joins)
	return present.World{}
}

// TestDeclinedJoinerIsToldNoMoreThanIsKnown: a no reaches the joiner as a mailbox that was closed, and is said as that.
func TestDeclinedJoinerIsToldNoMoreThanIsKnown(t *testing.T) {
	ada, sue := serve(t, "Ada"), serve(t, "Sue")
	ctx := t.Context()
	g := ada.elmRow(t)
	inv, err := ada.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sue.Join(ctx, inv.Link, "Sue"); err != nil {
		t.Fatal(err)
	}
	w := ada.until("a request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
	sue.until("that it arrived", func(w present.World) bool { return w.Joins[0].Stage == present.JoinSent })
	if err := ada.Decline(ctx, g, w.Groups[0].Requests[0].ID); err != nil {
		t.Fatal(err)
	}
	w = sue.until("the end of it", func(w present.World) bool { return w.Joins[0].Err != nil })
	if j := w.Joins[0]; j.Stage != present.JoinRefused || present.Code(j.Err) != "E_INVITE_CLOSED" {
		t.Errorf("join = %s, %v, want refused with E_INVITE_CLOSED", j.Stage, j.Err)
	}
}

// elmRow founds a group.
func (o *one) elmRow(t *testing.T) kp1.GID {
	t.Helper()
	g, err := o.Found(t.Context(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestTwoPeersJoinAndAgree(t *testing.T) {
	ada, sue := serve(t, "Ada"), serve(t, "Sue")
	ctx := t.Context()
	g := ada.elmRow(t)
	inv, err := ada.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all", Note: "for Sue"})
	if err != nil {
		t.Fatal(err)
	}
	j, err := sue.Join(ctx, inv.Link, "Sue")
	if err != nil {
		t.Fatal(err)
	}
	w := ada.until("a request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
	r := w.Groups[0].Requests[0]
	if r.Name != "Sue" || r.Words != j.Words {
		t.Fatalf("request = %+v, want Sue with %v", r, j.Words)
	}
	if _, err := ada.Approve(ctx, g, r.ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
		t.Fatal(err)
	}
	ada.until("a member whose words were compared", func(w present.World) bool {
		x := w.Groups[0]
		return slices.ContainsFunc(x.State.Members, func(m group.Member) bool { return m.ID != x.Me && x.Checked(m.ID) })
	})
	w = sue.until("in the group", func(w present.World) bool {
		return len(w.Joins) == 1 && w.Joins[0].Stage == present.JoinApproved && len(w.Groups) == 1 && w.Groups[0].Name == "Elm Row"
	})
	words, err := ada.Words(ctx, g, ada.World().Groups[0].Me)
	if err != nil || words != w.Joins[0].Inviter {
		t.Errorf("inviter's words = %v, %v, want %v", w.Joins[0].Inviter, err, words)
	}
	ask, err := ada.Propose(ctx, g, sleepover.Ask{Terms: sleepover.Terms{
		Child: "Mia", From: when.Date{Year: 2026, Month: 11, Day: 27}, To: when.Date{Year: 2026, Month: 11, Day: 28},
	}, Beds: 1, Kind: sleepover.Planned})
	if err != nil {
		t.Fatal(err)
	}
	sue.until("the ask", func(w present.World) bool { _, ok := w.Groups[0].Sleepover(ask); return ok })
	ada.until("Sue's computer has it", func(w present.World) bool { d := w.Groups[0].Delivery(ask); return d.Devices == 1 && d.Of == 1 })
	offer, err := sue.Propose(ctx, g, sleepover.Offer{Ask: ask})
	if err != nil {
		t.Fatal(err)
	}
	ada.until("the offer", func(w present.World) bool { s, _ := w.Groups[0].Sleepover(ask); return len(s.Offers) == 1 })
	if _, err := ada.Propose(ctx, g, sleepover.Choose{Ask: ask, Offer: offer}); err != nil {
		t.Fatal(err)
	}
	sue.until("chosen", func(w present.World) bool { s, _ := w.Groups[0].Sleepover(ask); return s.State.String() == "chosen" })
	if _, err := sue.Propose(ctx, g, sleepover.Agree{Ask: ask}); err != nil {
		t.Fatal(err)
	}
	ada.until("agreed", func(w present.World) bool { s, _ := w.Groups[0].Sleepover(ask); return s.State.String() == "agreed" })
	// A group that was left is shown no more: its pages would offer what cannot be done.
	if err := sue.Leave(ctx, g); err != nil {
		t.Fatal(err)
	}
	if w := sue.World(); len(w.Groups) != 0 || len(w.News) != 0 {
		t.Errorf("after leaving: %d groups, %d news", len(w.Groups), len(w.News))
	}
	ada.until("that Sue has left", func(w present.World) bool { return len(w.Groups[0].State.Members) == 1 })
}
