package peer_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/keeper"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// box is a mailbox that runs until it is ended.
type box struct {
	*keeper.Keeper
	t    *testing.T
	stop context.CancelFunc
	done chan error
}

func keep(t *testing.T, home string, o keeper.Options) *box {
	t.Helper()
	if o.Listen == nil {
		o.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	}
	k, err := keeper.New(home, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	b := &box{k, t, stop, make(chan error, 1)}
	go func() { b.done <- k.Serve(ctx) }()
	<-k.Up()
	t.Cleanup(b.end)
	return b
}

func (b *box) end() {
	if b.stop == nil {
		return
	}
	b.stop()
	b.stop = nil
	if err := <-b.done; err != nil {
		b.t.Errorf("keeper: Serve = %v", err)
	}
}

func (b *box) link(t *testing.T) string {
	t.Helper()
	c := network.NewPairCode()
	if err := b.Offer(t.Context(), c, nil); err != nil {
		t.Fatal(err)
	}
	return b.PairLink(c).Encode()
}

// laptop is a home that is on and off.
type laptop struct {
	*one
	end func()
}

func on(t *testing.T, name, home string) *laptop {
	t.Helper()
	p := peer.New(home, peer.Options{Again: quick, Linger: func() time.Duration { return 10 * time.Millisecond }})
	err := p.Unlock(t.Context(), "plum kettle orbit sand")
	if present.Code(err) == "E_NO_HOME" {
		_, err = p.Start(t.Context(), present.Start{Name: name, Passphrase: "plum kettle orbit sand"})
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	up, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- p.Serve(ctx, verb.Serving{Listen: []string{"/ip4/127.0.0.1/tcp/0"}}, func([]string) { close(up) })
	}()
	over := false
	l := &laptop{one: &one{p, t}}
	l.end = func() {
		if over {
			return
		}
		over = true
		stop()
		if err := errors.Join(<-ended, p.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	t.Cleanup(l.end)
	<-up
	return l
}

// joins lets a laptop into a group of another's, while both are on.
func (o *one) letIn(t *testing.T, g kp1.GID, p *one, name string) {
	t.Helper()
	ctx := t.Context()
	inv, err := o.Invite(ctx, g, present.InviteAsk{Rank: 1, History: "all"})
	if err != nil {
		t.Fatal(err)
	}
	j, err := p.Join(ctx, inv.Link, name)
	if err != nil {
		t.Fatal(err)
	}
	w := o.until("a request", func(w present.World) bool {
		return len(w.Groups[0].Requests) == 1 && w.Groups[0].Requests[0].Words == j.Words
	})
	if err := o.Approve(ctx, g, w.Groups[0].Requests[0].ID, present.VerifiedVoice); err != nil {
		t.Fatal(err)
	}
	p.until("being in", func(w present.World) bool { return len(w.Joins) == 1 && w.Joins[0].Stage == present.JoinApproved })
}

func (o *one) write(t *testing.T, g kp1.GID, title string) kp1.ID {
	t.Helper()
	id, err := o.Propose(t.Context(), g, thread.New{Title: title})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (o *one) mailed(g kp1.GID, id kp1.ID) {
	o.t.Helper()
	o.until("in the mailbox", func(w present.World) bool { return w.Groups[0].Delivery(id).Mailbox })
}

func (o *one) reads(id kp1.ID) {
	o.t.Helper()
	o.until("what the other wrote", func(w present.World) bool {
		if len(w.Groups) == 0 {
			return false
		}
		_, ok := w.Groups[0].Threads().Get(id)
		return ok
	})
}

// Two laptops that are never on together are one group: what one writes the other reads, in both directions, and also when
// the keys have changed in between.
func TestNeverOnTogether(t *testing.T) {
	dir := t.TempDir()
	adaAt, sueAt, catAt := filepath.Join(dir, "ada"), filepath.Join(dir, "sue"), filepath.Join(dir, "cat")
	k := keep(t, filepath.Join(dir, "keeper"), keeper.Options{})
	ada, sue, cat := on(t, "Ada", adaAt), on(t, "Sue", sueAt), on(t, "Cat", catAt)
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	ada.letIn(t, g, sue.one, "Sue")
	ada.letIn(t, g, cat.one, "Cat")
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	for _, l := range []*laptop{sue, cat} {
		l.until("knows the mailbox", func(present.World) bool { return len(l.Mailboxes(g)) == 1 })
	}
	sue.end()
	cat.end()

	first := ada.write(t, g, "from Ada")
	ada.mailed(g, first)
	if d := ada.World().Groups[0].Delivery(first); d.Devices != 0 {
		t.Errorf("on %d computers, and none is on", d.Devices)
	}
	ada.end()
	sue = on(t, "Sue", sueAt)
	sue.reads(first)
	second := sue.write(t, g, "from Sue")
	sue.mailed(g, second)
	sue.end()

	ada = on(t, "Ada", adaAt)
	ada.reads(second)
	// Cat is removed while everybody else is away: the keys change, and the mailbox moves.
	w := ada.World()
	me := w.Groups[0].Me
	for _, m := range w.Groups[0].State.Members {
		if m.ID != me && w.Groups[0].NameOf(m.ID) == "Cat" {
			if _, err := ada.Expel(ctx, g, m.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	third := ada.write(t, g, "after Cat")
	ada.mailed(g, third)
	ada.end()

	sue = on(t, "Sue", sueAt)
	sue.reads(third)
	if n := len(sue.World().Groups[0].State.Members); n != 2 {
		t.Errorf("Sue counts %d members, want 2", n)
	}
	sue.end()
	cat = on(t, "Cat", catAt)
	if reached, of := len(cat.Mailboxes(g)), 1; reached != of {
		t.Fatalf("Cat knows %d mailboxes", reached)
	}
	cat.until("a visit", func(present.World) bool { return !cat.Mailboxes(g)[0].Reached.IsZero() })
	if _, ok := cat.World().Groups[0].Threads().Get(third); ok {
		t.Error("who was removed reads on")
	}
	cat.reads(first)
}
