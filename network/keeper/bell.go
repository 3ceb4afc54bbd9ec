package keeper

import (
	"sync"

	"kith/network/mailbox"
)

// The bounds of watching: what is beyond asks now and then, as it always may.
const (
	watchersMost = 512 // of all mailboxes
	watchersOf   = 128 // of one mailbox
)

// bells are rung when something new is put into a mailbox, for visitors who wait for it. They are in memory alone, and of a
// mailbox in which nobody is there is none.
type bells struct {
	mu       sync.Mutex
	all      map[mailbox.Key]*bell
	watching int
}

// bell is one mailbox's.
type bell struct {
	visits   int
	watching int
	rung     uint64        // how many envelopes have come since somebody was there
	next     chan struct{} // closed when it is rung again
}

// enter notes that a visitor is in a mailbox, until leave; rung is what has come until now.
func (b *bells) enter(k mailbox.Key) (rung uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[mailbox.Key]*bell{}
	}
	if b.all[k] == nil {
		b.all[k] = &bell{next: make(chan struct{})}
	}
	b.all[k].visits++
	return b.all[k].rung
}

func (b *bells) leave(k mailbox.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if x := b.all[k]; x.visits > 1 {
		x.visits--
		return
	}
	delete(b.all, k)
}

// ring tells everybody who watches a mailbox that n envelopes have come.
func (b *bells) ring(k mailbox.Key, n uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	x := b.all[k]
	x.rung += n
	close(x.next)
	x.next = make(chan struct{})
}

// rung is how many envelopes have come, and what is closed when another does.
func (b *bells) rung(k mailbox.Key) (uint64, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[k].rung, b.all[k].next
}

// watch takes a place among those who wait, until unwatch; false says that there is none.
func (b *bells) watch(k mailbox.Key) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watching >= watchersMost || b.all[k].watching >= watchersOf {
		return false
	}
	b.watching++
	b.all[k].watching++
	return true
}

func (b *bells) unwatch(k mailbox.Key) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watching--
	b.all[k].watching--
}
