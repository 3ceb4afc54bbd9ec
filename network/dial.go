package network

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/wire"
)

const (
	dialMost   = 15 * time.Second // for one attempt to reach a device
	helloMost  = 10 * time.Second // for one hello
	firstRetry = 2 * time.Second
	lastRetry  = 5 * time.Minute
	callsMost  = 8                // attempts at once
	crossMost  = 10 * time.Second // within which two sessions are taken to have crossed
)

var errUnmatched = errors.New("no group in common was found")

// call is our side of reaching one device.
type call struct {
	next  time.Time // not before
	fails int
	tried chan struct{} // closed when the attempt under way has ended; nil when none is
	err   error         // of the last attempt
}

// tend dials who is due and compares ranges now and then, until ctx ends.
func (n *Node) tend(ctx context.Context) {
	sweep := time.NewTimer(jittered(n.o.Every))
	defer sweep.Stop()
	timer := time.NewTimer(0)
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
			timer.Reset(max(0, time.Until(next)))
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
	r, now := n.roster.Load(), time.Now()
	n.mu.Lock()
	defer n.mu.Unlock()
	under := 0
	for _, c := range n.calls {
		if c.tried != nil {
			under++
		}
	}
	for p, st := range r.peers {
		if len(st.in) == 0 || n.sessions[p] != nil {
			continue
		}
		c := n.callOf(p)
		switch {
		case c.tried != nil || len(n.ways(p, st)) == 0:
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
	c.tried = make(chan struct{})
	n.work.Add(1)
	go func() {
		defer n.work.Done()
		s, err := n.reach(n.ctx, p, addrs)
		n.mu.Lock()
		close(c.tried)
		c.tried, c.err = nil, err
		if err == nil {
			c.fails, c.next = 0, time.Time{}
		} else {
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

// reach connects and says hello as initiator. A session is returned to be kept, unless another is there already.
func (n *Node) reach(ctx context.Context, p peer.ID, addrs []ma.Multiaddr) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, dialMost)
	defer cancel()
	if err := n.link.Dial(ctx, p, addrs); err != nil {
		return nil, err
	}
	st, err := n.link.Open(ctx, p, SyncProtocol)
	if err != nil {
		return nil, err
	}
	s, err := n.initiate(p, st)
	if err != nil {
		st.Reset()
	}
	return s, err
}

// initiate says hello over a stream we opened.
func (n *Node) initiate(p peer.ID, st Stream) (*session, error) {
	if err := st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return nil, err
	}
	r, w := wire.NewReader(st), wire.NewWriter(st)
	r.Allow(wire.Nonce)
	f, err := r.Next()
	if err != nil {
		return nil, err
	}
	m := meeting{initiator: n.link.Self(), responder: p, nI: randomNonce(), nR: [32]byte(f.Body)}
	ros := n.roster.Load()
	tags, sent := m.ask(ros.list(ros.shared(p)))
	if err := w.Write(wire.Frame{Kind: wire.Hello, Body: wire.HelloBody(m.nI, tags)}); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	r.Allow(wire.Answer, wire.Busy)
	if f, err = r.Next(); err != nil {
		return nil, err
	}
	if f.Kind == wire.Busy {
		return nil, ErrBusy
	}
	answer, err := wire.ReadTags(f.Body)
	if err != nil {
		return nil, err
	}
	found := m.confirm(sent, answer)
	if len(found) == 0 {
		return nil, errUnmatched
	}
	return n.adopt(newSession(n, p, true, st, r, w, m, found), ros)
}

// respond answers a hello over a stream the other side opened. A device that is out, and an address that failed too
// often, get one and the same answer.
func (n *Node) respond(p peer.ID, ip string, st Stream) (*session, error) {
	if err := st.SetDeadline(time.Now().Add(helloMost)); err != nil {
		return nil, err
	}
	r, w := wire.NewReader(st), wire.NewWriter(st)
	m := meeting{initiator: p, responder: n.link.Self(), nR: randomNonce()}
	if err := w.Write(wire.Frame{Kind: wire.Nonce, Body: m.nR[:]}); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	r.Allow(wire.Hello)
	f, err := r.Next()
	if err != nil {
		return nil, err
	}
	nI, tags, err := wire.ReadHello(f.Body)
	if err != nil {
		return nil, err
	}
	m.nI = nI
	ros := n.roster.Load()
	found := m.find(tags, ros.list(ros.shared(p)))
	reply := wire.Frame{Kind: wire.Answer, Body: wire.TagsBody(m.answer(found, len(tags)))}
	if len(found) == 0 {
		if n.quota.silenced(ip) || len(m.find(tags, ros.list(ros.left(p)))) > 0 {
			reply = wire.Frame{Kind: wire.Busy}
		}
		n.quota.failed(ip)
	}
	if err := w.Write(reply); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	if len(found) == 0 {
		if reply.Kind == wire.Answer && len(ros.shared(p)) > 0 {
			n.callBack(p)
		}
		return nil, errUnmatched
	}
	return n.adopt(newSession(n, p, false, st, r, w, m, found), ros)
}

// callBack says hello ourselves, once a connection, to a member whose tags we did not know: its epochs may be too new
// for us, ours not for it.
func (n *Node) callBack(p peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.callOf(p); !n.redialed[p] && c.tried == nil && !n.closing {
		n.redialed[p] = true
		n.try(p, c)
	}
}

// adopt makes a session the one with its device. Of two that crossed, both sides keep the one whose opener's PeerID is
// smaller; otherwise the newer stands.
func (n *Node) adopt(s *session, r *roster) (*session, error) {
	if err := s.stream.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	s.shared = r.shared(s.peer)
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closing {
		return nil, errGone
	}
	old := n.sessions[s.peer]
	if old != nil {
		crossed := old.ours != s.ours && s.born.Sub(old.born) < crossMost
		if crossed && s.ours != (n.link.Self() < s.peer) {
			return nil, errReplaced
		}
		old.stop(errReplaced)
	}
	n.sessions[s.peer] = s
	if old == nil {
		groups := make([]GroupID, len(s.lanes))
		for i, l := range s.lanes {
			groups[i] = l.group
		}
		n.tell(Connected{Peer: s.peer, Groups: groups})
	}
	return s, nil
}

// keep runs an adopted session to its end.
func (n *Node) keep(s *session) {
	err := s.live(n.ctx)
	n.o.Log.Debug("session ended", "peer", s.peer.String(), "why", err)
	n.mu.Lock()
	last := n.sessions[s.peer] == s
	if last {
		delete(n.sessions, s.peer)
		if c := n.callOf(s.peer); c.next.IsZero() {
			c.next = time.Now().Add(jittered(firstRetry / 2))
		}
	}
	n.mu.Unlock()
	if last {
		n.tell(Disconnected{Peer: s.peer})
		ring(n.kick)
	}
}

// stream handles one stream another device opened, and closes it.
func (n *Node) stream(p peer.ID, ip string, id protocol.ID, st Stream) {
	n.mu.Lock()
	if n.closing {
		n.mu.Unlock()
		st.Reset()
		return
	}
	n.work.Add(1)
	n.mu.Unlock()
	defer n.work.Done()
	defer st.Close()
	var err error
	switch id {
	case SyncProtocol:
		var s *session
		if s, err = n.respond(p, ip, st); s != nil {
			n.keep(s)
		}
	case RelayProtocol:
		err = n.relay(p, ip, st)
	}
	if err != nil {
		n.o.Log.Debug("stream ended", "peer", p.String(), "why", err)
	}
}

// strangerMost is how long a device we do not know may stay connected while an invite is open.
const strangerMost = time.Minute

func (n *Node) connected(p peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.closing && !n.roster.Load().known(p) && n.strangers[p] == nil {
		n.strangers[p] = time.AfterFunc(strangerMost, func() {
			if !n.roster.Load().known(p) {
				n.link.Drop(p)
			}
		})
	}
}

func (n *Node) disconnected(p peer.ID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.redialed, p)
	if t := n.strangers[p]; t != nil {
		t.Stop()
		delete(n.strangers, p)
	}
}
