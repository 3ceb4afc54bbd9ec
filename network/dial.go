package network

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	dialMost   = 15 * time.Second // for one attempt to reach a device
	firstRetry = 2 * time.Second
	lastRetry  = 5 * time.Minute
	callsMost  = 8 // attempts at once
)

// atOnce is as good as no wait. A timer of nothing at all fires on the goroutine that waits for it, and two of those at the
// same time are too much for the race detector inside testing/synctest: it crashes.
const atOnce = time.Nanosecond

// call is our side of reaching one device.
type call struct {
	next  time.Time // not before
	fails int
	tried chan struct{} // closed when the attempt under way has ended; nil when none is
	stop  func()        // ends it
	err   error         // of the last attempt
}

// tend dials who is due and compares ranges now and then, until ctx ends.
func (n *Node) tend(ctx context.Context) {
	sweep := time.NewTimer(jittered(n.o.Every))
	defer sweep.Stop()
	timer := time.NewTimer(atOnce)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.kick:
		case <-timer.C:
		case <-sweep.C:
			n.sweep()
			sweep.Reset(jittered(n.o.Every))
		}
		if next, ok := n.dialDue(); ok {
			timer.Reset(max(atOnce, time.Until(next)))
		}
	}
}

// jittered is d, give or take a quarter.
func jittered(d time.Duration) time.Duration {
	return d*3/4 + rand.N(d/2+1)
}

// sweep begins a round in every lane of the sessions we opened; the others' openers do the rest.
func (n *Node) sweep() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.sessions {
		if s.ours {
			s.post(func() {
				for _, l := range s.lanes {
					l.begin()
				}
			})
		}
	}
}

// Wake says that the computer woke or the network changed: every device is dialled and compared with now.
func (n *Node) Wake() {
	n.mu.Lock()
	for p := range n.calls {
		n.due(p)
	}
	n.mu.Unlock()
	n.sweep()
	n.near.changed()
	n.around.wake()
	ring(n.kick)
}

// tryAll has every device that is not connected tried now.
func (n *Node) tryAll() {
	n.mu.Lock()
	for p := range n.calls {
		if n.sessions[p] == nil {
			n.due(p)
		}
	}
	n.mu.Unlock()
	ring(n.kick)
}

// tryDirect looks now for the direct way to every device that is met through a keeper.
func (n *Node) tryDirect() {
	n.mu.Lock()
	for p, s := range n.sessions {
		if s.path.Kind == PathRelayed {
			n.due(p)
		}
	}
	n.mu.Unlock()
	ring(n.kick)
}

// due makes a device's next attempt due. n.mu is held.
func (n *Node) due(p peer.ID) {
	if c := n.calls[p]; c != nil {
		c.next, c.fails = time.Time{}, 0
	}
}

// dialDue begins the attempts that are due, and says when to look again.
func (n *Node) dialDue() (next time.Time, any bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	r, now := n.roster.Load(), time.Now()
	under := 0
	for _, c := range n.calls {
		if c.tried != nil {
			under++
		}
	}
	for p, st := range r.peers {
		met := n.sessions[p]
		if len(st.in) == 0 || met != nil && met.path.Kind != PathRelayed {
			continue
		}
		c := n.callOf(p)
		switch {
		case c.tried != nil || len(n.ways(p, st)) == 0 && len(n.around.to(p)) == 0:
		case now.Before(c.next):
			if !any || c.next.Before(next) {
				next, any = c.next, true
			}
		case under < callsMost:
			under++
			n.try(p, c)
		default: // somebody's attempt ends soon, and rings
		}
	}
	return next, any
}

func (n *Node) callOf(p peer.ID) *call {
	c := n.calls[p]
	if c == nil {
		c = &call{}
		n.calls[p] = c
	}
	return c
}

// ways is the addresses at which a device may be met. n.mu is held.
func (n *Node) ways(p peer.ID, st *standing) []ma.Multiaddr {
	return together(n.heard[p], st.addrs)
}

// try begins one attempt. n.mu is held.
func (n *Node) try(p peer.ID, c *call) {
	var addrs []ma.Multiaddr
	if st := n.roster.Load().peers[p]; st != nil {
		addrs = n.ways(p, st)
	}
	ctx, stop := context.WithCancel(n.ctx)
	c.tried, c.stop = make(chan struct{}), stop
	relayed := n.sessions[p] != nil // what is looked for is the direct way
	n.work.Add(1)
	go func() {
		defer n.work.Done()
		defer stop()
		s, err := n.reach(ctx, p, addrs, relayed)
		n.mu.Lock()
		close(c.tried)
		c.tried, c.err = nil, err
		switch {
		case relayed && s == nil: // it is met all the same: the longer that lasts, the less likely is another way
			c.next = time.Now().Add(jittered(min(directLast, directAgain<<min(c.fails, 10))))
			c.fails++
		case err == nil:
			c.fails, c.next = 0, time.Time{}
		default:
			c.next = time.Now().Add(retry(c.fails, err))
			c.fails++
		}
		n.mu.Unlock()
		ring(n.kick)
		if s != nil {
			n.keep(s)
		}
	}()
}

func retry(fails int, err error) time.Duration {
	if errors.Is(err, ErrBusy) {
		return jittered(lastRetry)
	}
	return jittered(min(lastRetry, firstRetry<<min(fails, 10)))
}

// reach meets a device and says hello as initiator: directly, and where that does not work through a keeper of the group's. If only
// the direct way is asked for, the two try to punch a hole instead; where they get through, straighten does the rest, and no
// session is returned, nor is it where another is there already.
func (n *Node) reach(ctx context.Context, p peer.ID, addrs []ma.Multiaddr, directly bool) (*session, error) {
	around := n.around.to(p)
	most := dialMost
	if len(around) > 0 {
		most = directMost
	}
	err := errNoWay
	if len(addrs) > 0 {
		var s *session
		if s, err = n.reachThere(ctx, p, addrs, most); err == nil || errors.Is(err, ErrBusy) {
			return s, err
		}
	}
	for _, c := range around {
		var s *session
		var e error
		switch {
		case directly && c.straight(p):
			n.start(func(ctx context.Context) { n.straighten(ctx, c, p) })
		case directly:
			e = c.punch(p)
		default:
			s, e = n.reachAround(ctx, c, p)
		}
		if e == nil {
			return s, nil
		}
		err = errors.Join(err, e)
	}
	return nil, err
}

var errNoWay = errors.New("nobody has said where that device is")

// reachThere is the direct way.
func (n *Node) reachThere(ctx context.Context, p peer.ID, addrs []ma.Multiaddr, most time.Duration) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if err := n.link.Dial(ctx, p, addrs); err != nil {
		return nil, err
	}
	st, err := n.link.Open(ctx, p, SyncProtocol, FirstSync)
	if err != nil {
		return nil, err
	}
	s, err := n.initiate(p, st)
	if err != nil {
		st.Reset()
	}
	return s, err
}

// reachAround is the way through a keeper.
func (n *Node) reachAround(ctx context.Context, c *circuit, p peer.ID) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, dialMost)
	defer cancel()
	st, err := c.open(ctx, p)
	if err != nil {
		return nil, err
	}
	s, err := n.initiate(p, st)
	if err != nil {
		st.Reset()
	}
	return s, err
}

// straighten moves a conversation that goes through a keeper to the direct way that was found for it. The side that began
// it does so.
func (n *Node) straighten(ctx context.Context, c *circuit, p peer.ID) {
	n.mu.Lock()
	s := n.sessions[p]
	n.mu.Unlock()
	if s == nil || !s.ours || s.path.Kind != PathRelayed || !c.straight(p) {
		return
	}
	if s, err := n.reachAround(ctx, c, p); err == nil {
		n.keep(s)
	}
}
