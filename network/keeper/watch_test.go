package keeper

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"kith/network"
	"kith/network/mailbox"
	"kith/network/nettest"
	"kith/network/reconcile"
	"kith/network/wire"
)

// watching is a visit that compares what it has with the mailbox and then waits for news.
func (r *running) watching(k byte, ticket [32]byte, have ...[]byte) (b *network.Box, told chan error) {
	r.t.Helper()
	b = r.enter(k, ticket)
	if _, err := b.Compare(setOf(have...)); err != nil {
		r.t.Fatal(err)
	}
	told = make(chan error, 1)
	go func() { told <- b.Watch(ctx(r.t)) }()
	return b, told
}

// watched waits until so many wait for news.
func (r *running) watched(n int) {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; <-time.After(time.Millisecond) { // the visit's own goroutine: there is no event
		r.bells.mu.Lock()
		now := r.bells.watching
		r.bells.mu.Unlock()
		if now == n {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%d wait for news, want %d", now, n)
		}
	}
}

// Who waits is told at once that something is there, and not of what they knew: what they put themselves, what was there
// when they compared, and what is put a second time.
func TestWatchersAreToldAtOnce(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	all := letters("x", 4)
	put(t, k.enter(1, member), all[0])
	b := k.enter(1, member)
	put(t, b, all[1])
	if _, err := b.Compare(setOf(all[1])); err != nil {
		t.Fatal(err)
	}
	put(t, b, all[2])
	told := make(chan error, 1)
	go func() { told <- b.Watch(ctx(t)) }()
	_, other := k.watching(2, member)
	k.watched(2)
	at := mailbox.Key(key(1).Public().(ed25519.PublicKey))
	before, _ := k.bells.rung(at)
	put(t, k.enter(1, admin), all[:3]...) // again
	put(t, k.enter(3, member), all[3])    // elsewhere
	if after, _ := k.bells.rung(at); after != before {
		t.Errorf("the bell was rung %d times for what was there", after-before)
	}
	k.watched(2)
	put(t, k.enter(1, admin), all[3])
	want(t, "Watch", <-told, nil)
	k.watched(1)

	// What came between the comparison and the watch is told of as well.
	put(t, k.enter(1, member), letters("y", 1)...)
	want(t, "Watch after something came", b.Watch(ctx(t)), nil)
	if got := collect(t, b, all...); len(got) != 1 {
		t.Errorf("%d envelopes after the news, want 1", len(got))
	}
	select {
	case err := <-other:
		t.Errorf("who waits at another mailbox was told: %v", err)
	default:
	}
}

// An invite's mailbox may be watched by whoever has its key, and tells of a request.
func TestWatchRendezvous(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	want(t, "Open", k.enter(7, member).Open(time.Now().Add(time.Hour)), nil)
	_, told := k.watching(7, [32]byte{})
	k.watched(1)
	want(t, "Put", put(t, k.enter(7, [32]byte{}), nettest.Letter(7, "a request", 2968))[0], nil)
	want(t, "Watch", <-told, nil)
}

// Who waits says nothing meanwhile, and may leave.
func TestWatchersAreQuiet(t *testing.T) {
	k := run(t, t.TempDir(), Options{})
	k.paired()
	st := k.stream(1, member)
	w := wire.NewWriter(st)
	want(t, "Watch", errors.Join(w.Write(wire.Frame{Kind: wire.Watch}), w.Flush()), nil)
	k.watched(1)
	want(t, "Lack", errors.Join(w.Write(wire.Frame{Kind: wire.Lack}), w.Flush()), nil)
	k.watched(0)
	if _, err := st.Read(make([]byte, 1)); err == nil {
		t.Error("a visit goes on in which somebody spoke who waits for news")
	}

	b := k.enter(1, member)
	leave, left := context.WithCancel(ctx(t))
	told := make(chan error, 1)
	go func() { told <- b.Watch(leave) }()
	k.watched(1)
	left()
	if err := <-told; err == nil {
		t.Error("Watch = nil for who left")
	}
	k.watched(0)
}

// Places to wait are counted: of one mailbox, and of all.
func TestT8WatchersAtTheLimit(t *testing.T) {
	b := &bells{}
	for m := range byte(watchersMost / watchersOf) {
		k := mailbox.Key{m}
		for i := range watchersOf {
			b.enter(k)
			if !b.watch(k) {
				t.Fatalf("no place for watcher %d of mailbox %d", i, m)
			}
		}
		b.enter(k)
		if b.watch(k) {
			t.Fatalf("%d watch one mailbox", watchersOf+1)
		}
	}
	b.enter(mailbox.Key{99})
	if b.watch(mailbox.Key{99}) {
		t.Errorf("%d watch", watchersMost+1)
	}
	b.unwatch(mailbox.Key{0})
	if !b.watch(mailbox.Key{99}) {
		t.Error("no place where one has left")
	}
	for range watchersOf + 1 {
		b.leave(mailbox.Key{0})
	}
	if b.all[mailbox.Key{0}] != nil {
		t.Error("the bell of a mailbox hangs on in which nobody is")
	}

	k := run(t, t.TempDir(), Options{})
	k.paired()
	k.bells.mu.Lock()
	k.bells.watching = watchersMost
	k.bells.mu.Unlock()
	box := k.enter(1, member)
	want(t, "Watch where there is no place", box.Watch(ctx(t)), mailbox.ErrBusy)
	if _, err := box.Compare(reconcile.Set{}); err != nil {
		t.Errorf("Compare after that = %v", err)
	}
}
