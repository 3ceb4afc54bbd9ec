package keeper

import (
	"context"
	"sync"
	"time"

	"kith/network/mailbox"
)

const (
	poolMemory = memoryMost / 2   // for comparisons and ranges, of all visits
	turnMost   = 20 * time.Second // for which a visit waits for its part of that: less than a visitor waits for an answer
)

// pool is memory that visits take in turn: where there is none for the moment a visit waits for it, and does not fail. One
// tenant's visits have half of it at most, so that nobody is kept waiting by one group alone.
type pool struct {
	mu    sync.Mutex
	most  int
	left  int
	of    map[mailbox.Tenant]int
	turns []*turn // who waits, in the order in which they came
}

// turn is one who waits.
type turn struct {
	of  mailbox.Tenant
	n   int
	has chan struct{} // closed when it is theirs
}

func newPool(most int) *pool { return &pool{most: most, left: most, of: map[mailbox.Tenant]int{}} }

// take waits until n is there, and returns how much was taken: half of all where n is more than that, since what one visit may
// take is bounded elsewhere. It returns mailbox.ErrBusy when ctx ended first.
func (p *pool) take(ctx context.Context, of mailbox.Tenant, n int) (int, error) {
	t := &turn{of, min(n, p.most/2), make(chan struct{})}
	p.mu.Lock()
	p.turns = append(p.turns, t)
	p.grant()
	p.mu.Unlock()
	select {
	case <-t.has:
		return t.n, nil
	case <-ctx.Done():
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-t.has: // at the last moment
		return t.n, nil
	default:
	}
	for i, o := range p.turns {
		if o == t {
			p.turns = append(p.turns[:i], p.turns[i+1:]...)
			break
		}
	}
	p.grant()
	return 0, mailbox.ErrBusy
}

// give gives back what was taken.
func (p *pool) give(of mailbox.Tenant, n int) {
	if n == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left += n
	if p.of[of] -= n; p.of[of] == 0 {
		delete(p.of, of)
	}
	p.grant()
}

// grant lets in who comes next, in order. Who is held back by what their own group has taken holds nobody else back.
func (p *pool) grant() {
	var wait []*turn
	for i, t := range p.turns {
		if t.n > p.left {
			wait = append(wait, p.turns[i:]...)
			break
		}
		if p.of[t.of]+t.n > p.most/2 {
			wait = append(wait, t)
			continue
		}
		p.left -= t.n
		if t.n > 0 {
			p.of[t.of] += t.n
		}
		close(t.has)
	}
	p.turns = wait
}
