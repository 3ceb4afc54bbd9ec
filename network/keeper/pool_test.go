package keeper

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network"
	"kith/network/mailbox"
	"kith/network/reconcile"
	"kith/network/wire"
)

// Many who compare at once wait for one another, and all of them are served, though there is memory for two of them alone, and
// though one of their group begins comparisons and does not go on.
func TestT39ComparisonsWaitTheirTurn(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	all := letters("x", 50)
	put(t, k.enter(1, member), all...)
	put(t, k.enter(2, member), all...)
	k.pool = newPool(4 * itemMemory * len(all)) // two for each group
	idle := k.stream(2, member)
	w := wire.NewWriter(idle)
	round := reconcile.Begin(setOf(all[:1]...), [32]byte{})
	want(t, "begin", w.Write(wire.Frame{Kind: wire.Recon, Body: wire.ReconBody(wire.Start, round.Open())}), nil)
	want(t, "begin", w.Flush(), nil)
	r := wire.NewReader(idle)
	r.Allow(wire.Recon)
	_, err := r.Next() // the keeper waits for an answer, with the round in its memory
	want(t, "an answer", err, nil)
	var poll sync.WaitGroup
	for range 24 {
		b := k.enter(1, member)
		poll.Go(func() {
			for range 4 {
				if c, err := b.Compare(setOf(all...)); err != nil || !c.Level() {
					t.Errorf("Compare = %v, level %v", err, c.Level())
				}
			}
		})
	}
	poll.Wait()
	idle.Reset()
}

// The host's limits leave room for what one visit needs for the largest mailbox there may be, and for a pool that is used up beside
// the visits of a hundred and fifty.
func TestT8MemoryOfVisits(t *testing.T) {
	rm, err := resources()
	want(t, "resources", err, nil)
	defer rm.Close()
	visit := func(name string) scope {
		t.Helper()
		s, err := rm.OpenStream(peer.ID(name), p2pnet.DirInbound)
		want(t, "OpenStream", err, nil)
		want(t, "SetProtocol", s.SetProtocol(network.RelayProtocol), nil)
		t.Cleanup(s.Done)
		return scope{s}
	}
	for i := range 150 {
		want(t, fmt.Sprint("visit ", i), visit(fmt.Sprint("v", i)).reserve(streamMemory), nil)
	}
	const largest = 100_000 * itemMemory // as mailbox.Limits has it
	for i := range poolMemory / largest {
		s := visit(fmt.Sprint("largest", i))
		want(t, fmt.Sprint("a comparison of the largest mailbox, ", i), errors.Join(s.reserve(streamMemory), s.reserve(largest)), nil)
	}
	if err := visit("one more").reserve(memoryOf + 1); err == nil {
		t.Error("more than the limit of one visitor")
	}
}

// Who comes first is served first; who waits for what their own group has taken holds nobody else up; one group never has
// more than half; and who gives up leaves no hole.
func TestPoolTakesTurns(t *testing.T) {
	ada, bev := mailbox.Tenant{1}, mailbox.Tenant{2}
	p := newPool(100)
	took := func(of mailbox.Tenant, n, want int) {
		t.Helper()
		if got, err := p.take(t.Context(), of, n); err != nil || got != want {
			t.Fatalf("take = %d, %v, want %d", got, err, want)
		}
	}
	took(ada, 30, 30)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.take(over, ada, 30); err != mailbox.ErrBusy {
		t.Errorf("more than half for one group: %v", err)
	}
	took(bev, 90, 50) // as much as one may have
	done := make(chan int, 1)
	go func() { n, _ := p.take(t.Context(), ada, 30); done <- n }() // there are 20 left, and ada has 30 of 50
	for waiting(p) == 0 {
		<-time.After(time.Millisecond) // until it waits
	}
	p.give(ada, 30)
	if n := <-done; n != 30 {
		t.Errorf("took %d of what was given back", n)
	}
	took(mailbox.Tenant{3}, 20, 20)
	p.give(bev, 50)
	p.give(mailbox.Tenant{3}, 20)
	p.give(ada, 30)
	if p.left != 100 || len(p.of) != 0 || len(p.turns) != 0 {
		t.Errorf("when all was given back: %+v", p)
	}
}

func waiting(p *pool) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.turns)
}
