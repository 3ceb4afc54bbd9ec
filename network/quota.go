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
	namedHad  = 1 << 22  // envelopes a member may name, to ask for or to offer, at once and in an hour: each is looked up
	goneHad   = 20000    // envelopes a member may say are gone, at once and in an hour; the rest is passed over
	junkHad   = 2000     // envelopes a member may send at once, and in an hour, that are refused; then little is asked of it
	quotaMost = 4096     // peers or IPs remembered
	shunMost  = 1 << 16  // refused envelopes remembered
	quotaHour = time.Hour

	firstShun = 3 * time.Minute // before an envelope that was refused is asked of the same device again; then twice that
)

// quota counts what may not come without end: pushes and rounds of a member, failed hellos of an address.
type quota struct {
	now     func() time.Time
	mu      sync.Mutex
	members map[peer.ID]*bucket
	fails   map[string]*failures
	shuns   map[offer]shun
	until   time.Time // nothing is asked for before: the disk was full
}

// offer is an envelope as one device has it: another may have it at a better time, or its bytes in a better cause.
type offer struct {
	peer peer.ID
	id   EnvelopeID
}

// shun is how often an envelope was refused, and until when it is not asked for.
type shun struct {
	n     int
	until time.Time
}

type bucket struct {
	at                                      time.Time
	count, bytes, rounds, junk, gone, named float64 // what may still come
}

type failures struct {
	n     int
	until time.Time // when the count starts again, or the silence ends
}

func newQuota(now func() time.Time) *quota {
	return &quota{now: now, members: map[peer.ID]*bucket{}, fails: map[string]*failures{}, shuns: map[offer]shun{}}
}

// of is what a member may still do now. q.mu is held.
func (q *quota) of(p peer.ID) *bucket {
	b, now := q.members[p], q.now()
	if b == nil {
		if len(q.members) >= quotaMost {
			clear(q.members)
		}
		b = &bucket{at: now, count: pushBurst, bytes: pushBytes, rounds: roundsHad, junk: junkHad, gone: goneHad, named: namedHad}
		q.members[p] = b
	}
	hours := max(0, now.Sub(b.at).Hours())
	b.at = now
	b.count = min(pushBurst, b.count+pushBurst*hours)
	b.bytes = min(pushBytes, b.bytes+pushBytes*hours)
	b.rounds = min(roundsHad, b.rounds+roundsHad*hours)
	b.junk = min(junkHad, b.junk+junkHad*hours)
	b.gone = min(goneHad, b.gone+goneHad*hours)
	b.named = min(namedHad, b.named+namedHad*hours)
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

// names reports whether the member may name n more envelopes.
func (q *quota) names(p peer.ID, n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(p)
	if b.named < float64(n) {
		return false
	}
	b.named -= float64(n)
	return true
}

// gone reports whether the member may say of n more envelopes that they are gone.
func (q *quota) gone(p peer.ID, n int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(p)
	if b.gone < float64(n) {
		return false
	}
	b.gone -= float64(n)
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

// refused counts an envelope of a device that was not filed: it is not asked for again for a while, each time for longer.
func (q *quota) refused(p peer.ID, id EnvelopeID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	b := q.of(p)
	b.junk = max(0, b.junk-1)
	if len(q.shuns) >= shunMost {
		clear(q.shuns)
	}
	s := q.shuns[offer{p, id}]
	s.until = q.now().Add(min(quotaHour, firstShun<<min(s.n, 8)))
	s.n++
	q.shuns[offer{p, id}] = s
}

// crowded has an envelope for which there was no room not asked for again for a while. Whoever sent it is not to blame.
func (q *quota) crowded(p peer.ID, id EnvelopeID) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.shuns) >= shunMost {
		clear(q.shuns)
	}
	q.shuns[offer{p, id}] = shun{until: q.now().Add(firstShun)}
}

// full has nothing asked for for a while: there is no room for anything.
func (q *quota) full() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.until = q.now().Add(firstShun)
}

// room reports whether there may be room for what is asked for.
func (q *quota) room() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.now().Before(q.until)
}

// wanted leaves out what the device was refused of late.
func (q *quota) wanted(p peer.ID, ids []EnvelopeID) []EnvelopeID {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.shuns) == 0 {
		return ids
	}
	now := q.now()
	return without(ids, func(id EnvelopeID) bool { return now.Before(q.shuns[offer{p, id}].until) })
}

// trusted reports whether a device may be asked for as much as it says it has.
func (q *quota) trusted(p peer.ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.of(p).junk >= 1
}
