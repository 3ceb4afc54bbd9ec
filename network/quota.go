package network

import (
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

const (
	pushBurst = 2000     // envelopes a member may push at once, and in an hour
	pushBytes = 64 << 20 // bytes of the same
	roundsHad = 2000     // rounds a member may open at once, and in an hour: each hashes our whole set anew
	failMost  = 20       // failed hellos from one IP in an hour; then an hour of "busy"
	quotaMost = 4096     // peers or IPs remembered
	quotaHour = time.Hour
)

// quota counts what may not come without end: pushes and rounds of a member, failed hellos of an address.
type quota struct {
	now     func() time.Time
	mu      sync.Mutex
	members map[peer.ID]*bucket
	fails   map[string]*failures
}

type bucket struct {
	at                   time.Time
	count, bytes, rounds float64 // what may still come
}

type failures struct {
	n     int
	until time.Time // when the count starts again, or the silence ends
}

func newQuota(now func() time.Time) *quota {
	return &quota{now: now, members: map[peer.ID]*bucket{}, fails: map[string]*failures{}}
}

// of is what a member may still do now. q.mu is held.
func (q *quota) of(p peer.ID) *bucket {
	b, now := q.members[p], q.now()
	if b == nil {
		if len(q.members) >= quotaMost {
			clear(q.members)
		}
		b = &bucket{at: now, count: pushBurst, bytes: pushBytes, rounds: roundsHad}
		q.members[p] = b
	}
	hours := max(0, now.Sub(b.at).Hours())
	b.at = now
	b.count = min(pushBurst, b.count+pushBurst*hours)
	b.bytes = min(pushBytes, b.bytes+pushBytes*hours)
	b.rounds = min(roundsHad, b.rounds+roundsHad*hours)
	return b
}

// round reports whether the member may open one more round.
func (q *quota) round(p peer.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(p)
	if b.rounds < 1 {
		return false
	}
	b.rounds--
	return true
}

// push reports whether the member may push one more envelope. What is refused comes by ranges later.
func (q *quota) push(p peer.ID, n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(p)
	if b.count < 1 || b.bytes < float64(n) {
		return false
	}
	b.count, b.bytes = b.count-1, b.bytes-float64(n)
	return true
}

// silenced reports whether an address has failed too often.
func (q *quota) silenced(ip string) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	f := q.fails[ip]
	return f != nil && f.n >= failMost && q.now().Before(f.until)
}

// failed counts one failed hello or login.
func (q *quota) failed(ip string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	f, now := q.fails[ip], q.now()
	if f == nil || !now.Before(f.until) {
		if len(q.fails) >= quotaMost {
			clear(q.fails)
		}
		f = &failures{until: now.Add(quotaHour)}
		q.fails[ip] = f
	}
	if f.n++; f.n == failMost {
		f.until = now.Add(quotaHour)
	}
}
