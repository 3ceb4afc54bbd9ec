package peer_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/cmd/internal/verb"
	"kith/network"
	"kith/network/keeper"
	"kith/network/nettest"
	"kith/store/care/thread"
	"kith/store/keyring"
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

// words are a code to be said, and where.
func (b *box) words(t *testing.T) (words, at string) {
	t.Helper()
	s, err := keyring.NewSpoken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Offer(t.Context(), s.Secret(), nil); err != nil {
		t.Fatal(err)
	}
	all := s.Words()
	at, _, _ = strings.Cut(b.Addrs()[0].String(), "/p2p/")
	return strings.Join(all[:], " "), at
}

// laptop is a home that is on and off.
type laptop struct {
	*one
	end func()
}

// chains are the keychains of laptops, by home: opened without a passphrase, a home opens in no time.
var chains sync.Map

func on(t *testing.T, name, home string) *laptop { return onLater(t, name, home, 0) }

// onLater is on, so long after today.
func onLater(t *testing.T, name, home string, later time.Duration) *laptop {
	t.Helper()
	chain, _ := chains.LoadOrStore(home, &keychain{})
	p := peer.New(home, peer.Options{
		Keychain: chain.(*keychain), Again: quick, Linger: func() time.Duration { return 10 * time.Millisecond }, Ask: -1, Now: func() time.Time { return time.Now().Add(later) },
	})
	err := p.Unlock(t.Context(), "")
	if present.Code(err) == "E_PASSPHRASE" { // it was begun with one
		err = p.Unlock(t.Context(), testPassphrase)
	}
	if present.Code(err) == "E_NO_HOME" {
		_, err = p.Start(t.Context(), present.Start{Name: name, Keychain: true})
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
	l := &laptop{one: &one{p, t, home}}
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

// letIn lets a laptop into a group of another's, while both are on.
func (o *one) letIn(t *testing.T, g kp1.GID, p *one, name string) {
	t.Helper()
	o.letInAs(t, g, p, name, kp1.RankMember)
}

func (o *one) letInAs(t *testing.T, g kp1.GID, p *one, name string, rank uint8) {
	t.Helper()
	ctx := t.Context()
	inv, err := o.Invite(ctx, g, present.InviteAsk{Rank: rank, History: "all"})
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
	if _, err := o.Approve(ctx, g, w.Groups[0].Requests[0].ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
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
// the keys have changed in between, two months ago.
func TestT22NeverOnTogether(t *testing.T) {
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
	words, at := k.words(t)
	if err := sue.PairMailbox(ctx, g, words, at); present.Code(err) != "E_NOT_ALLOWED" {
		t.Errorf("PairMailbox by somebody who does not lead = %v", err)
	}
	wrong := strings.Replace(words, strings.Fields(words)[2], "zoo", 1)
	if err := ada.PairMailbox(ctx, g, wrong, at); err == nil {
		t.Error("paired by words one of which is wrong")
	}
	if err := ada.PairMailbox(ctx, g, words, at); err != nil {
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
	if err := ada.VisitMailboxes(ctx); err != nil { // the visit that left it may have begun before Cat was out
		t.Fatal(err)
	}
	ada.end()

	sue = onLater(t, "Sue", sueAt, 60*24*time.Hour) // she had no news of it for two months
	sue.reads(third)
	if n := len(sue.World().Groups[0].State.Members); n != 2 {
		t.Errorf("Sue counts %d members, want 2", n)
	}
	sue.end()
	cat = on(t, "Cat", catAt)
	if reached, of := len(cat.Mailboxes(g)), 1; reached != of {
		t.Fatalf("Cat knows %d mailboxes", reached)
	}
	cat.until("a visit", func(present.World) bool { // one that leaves a receipt there is refused
		m := cat.Mailboxes(g)[0]
		return !m.Reached.IsZero() || m.Trouble == network.ErrClosed.Code()
	})
	if _, ok := cat.World().Groups[0].Threads().Get(third); ok {
		t.Error("who was removed reads on")
	}
	cat.reads(first)

	// What Cat knows opens the old mailbox for reading, and nothing more: her ticket was replaced with her removal.
	l, _ := cat.Inside()
	v := l.View().Group(g)
	c, err := network.Call(ctx, k.Addrs())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Enter(ctx, ed25519.NewKeyFromSeed(make([]byte, 32)), v.Mailboxes[0].Ticket); !errors.Is(err, network.ErrClosed) {
		t.Errorf("who was removed begins a mailbox: %v", err)
	}
	b, err := c.Enter(ctx, ed25519.NewKeyFromSeed(v.Boxes[0][:]), v.Mailboxes[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Leave()
	junk := [][]byte{nettest.Letter(1, "junk", 1)}
	if err := b.Put(junk, func(_ int, err error) error { return err }); !errors.Is(err, network.ErrClosed) {
		t.Errorf("who was removed puts into the old mailbox: %v", err)
	}
}

// A mailbox whose disk is full, and one that is not there, take nothing and cost nothing: what was written is here, goes
// directly to whoever is on, and is left in the mailbox once that works again.
func TestF8MailboxLost(t *testing.T) {
	dir := t.TempDir()
	keeperAt := filepath.Join(dir, "keeper")
	k := keep(t, keeperAt, keeper.Options{MaxSize: 256 << 10})
	ada, sue := on(t, "Ada", filepath.Join(dir, "ada")), on(t, "Sue", filepath.Join(dir, "sue"))
	ctx := t.Context()
	g, err := ada.Found(ctx, present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"})
	if err != nil {
		t.Fatal(err)
	}
	ada.letIn(t, g, sue.one, "Sue")
	if err := ada.PairMailbox(ctx, g, k.link(t), ""); err != nil {
		t.Fatal(err)
	}
	var last kp1.ID
	for i := range 24 {
		th := ada.write(t, g, fmt.Sprint("long ", i))
		if last, err = ada.Propose(ctx, g, thread.Post{Thread: th, Text: strings.Repeat("not much room ", 400)}); err != nil {
			t.Fatal(err)
		}
	}
	ada.until("that the mailbox is full", func(present.World) bool { return ada.Mailboxes(g)[0].Trouble == "E_BUSY" })
	ada.until("that Sue has it all the same", func(w present.World) bool { return w.Groups[0].Delivery(last).Devices == 1 })
	at, _, _ := strings.Cut(k.Addrs()[0].String(), "/p2p/")
	k.end()
	if _, err := ada.Sync(ctx, verb.Syncing{}); err != nil {
		t.Fatal(err)
	}
	if got := ada.Mailboxes(g)[0].Trouble; got != "E_RELAY_UNREACHABLE" {
		t.Errorf("trouble of a mailbox that is off = %q", got)
	}
	keep(t, keeperAt, keeper.Options{Listen: []string{at}})
	if s, err := ada.Sync(ctx, verb.Syncing{}); err != nil || s.Mailboxes != 1 {
		t.Fatalf("Sync = %+v, %v, want a mailbox reached", s, err)
	}
	ada.mailed(g, last)
	if m := ada.Mailboxes(g)[0]; m.Trouble != "" || m.Lost != 0 {
		t.Errorf("with room again: %+v", m)
	}
	if _, err := sue.Sync(ctx, verb.Syncing{}); err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*laptop{"Ada": ada, "Sue": sue} { // who has had it all directly has nothing of it twice
		w := l.until("all", func(w present.World) bool { return w.Groups[0].Threads().Len() >= 24 })
		if n := w.Groups[0].Threads().Len(); n != 24 {
			t.Errorf("%s has %d threads, want 24", name, n)
		}
	}
}
