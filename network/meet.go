package network

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"kith/network/wire"
)

const (
	helloMost = 10 * time.Second // for one hello
	crossMost = 10 * time.Second // within which two sessions are taken to have crossed
)

var errUnmatched = errors.New("no group in common was found")

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

// adopt makes a session the one with its device. Of two that crossed, both sides keep the one that does not go through a
// keeper, or else the one whose opener's PeerID is smaller; otherwise the newer stands.
func (n *Node) adopt(s *session, r *roster) (*session, error) {
	if err := s.stream.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	s.shared = r.shared(s.peer)
	old, err := n.enter(s)
	if err != nil {
		return nil, err
	}
	if old != nil && old.path != s.path {
		n.tell(Rerouted{Peer: s.peer})
	}
	if old == nil {
		groups := make([]GroupID, len(s.lanes))
		for i, l := range s.lanes {
			groups[i] = l.group
		}
		n.tell(Connected{Peer: s.peer, Groups: groups})
	}
	return s, nil
}

// enter puts a session in its place, and returns the one that was there.
func (n *Node) enter(s *session) (old *session, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closing || !slices.Equal(n.roster.Load().shared(s.peer), s.shared) { // removed, say, since the hello
		return nil, errGone
	}
	old = n.sessions[s.peer]
	if old != nil {
		crossed := old.ours != s.ours && s.born.Sub(old.born) < crossMost
		was, is := old.path.Kind == PathRelayed, s.path.Kind == PathRelayed
		if crossed && (is && !was || is == was && s.ours != (n.link.Self() < s.peer)) {
			return nil, errReplaced
		}
		old.stop(errReplaced)
	}
	n.sessions[s.peer] = s
	return old, nil
}

// keep runs an adopted session to its end.
func (n *Node) keep(s *session) {
	if s.path.Kind == PathRelayed {
		n.mu.Lock()
		if c := n.callOf(s.peer); c.tried == nil {
			c.fails, c.next = 0, time.Now().Add(jittered(directAgain))
		}
		n.mu.Unlock()
		ring(n.kick)
		for _, c := range n.around.to(s.peer) { // the direct way may have been found while they said hello
			n.start(func(ctx context.Context) { n.straighten(ctx, c, s.peer) })
		}
	}
	err := s.live(n.ctx)
	n.o.Log.Debug("session ended", "peer", s.peer.String(), "why", err)
	n.mu.Lock()
	last := n.sessions[s.peer] == s
	if last {
		delete(n.sessions, s.peer)
		if c := n.callOf(s.peer); c.fails == 0 || s.path.Kind == PathRelayed {
			c.fails, c.next = 0, time.Now().Add(jittered(firstRetry/2))
		}
	}
	n.mu.Unlock()
	if last {
		n.tell(Disconnected{Peer: s.peer})
		ring(n.kick)
	}
}

// strangerStreams is how many devices we do not know may be saying hello at once; the rest of the room is for members.
const strangerStreams = 8

// stream handles one stream another device opened, and closes it.
func (n *Node) stream(p peer.ID, ip string, id protocol.ID, st Stream) {
	done, ok := n.begin(p, id)
	if !ok {
		st.Reset()
		return
	}
	defer done()
	defer st.Close()
	var err error
	switch id {
	case SyncProtocol, FirstSync:
		var s *session
		if s, err = n.respond(p, ip, st); s != nil {
			n.keep(s)
		}
	case RelayProtocol:
		err = n.relay(p, ip, st)
	case LinkProtocol:
		err = n.hearLink(p, ip, st)
	}
	if err != nil {
		n.o.Log.Debug("stream ended", "peer", p.String(), "why", err)
	}
}

// begin says whether there is room for a stream, and what to call at its end.
func (n *Node) begin(p peer.ID, id protocol.ID) (done func(), ok bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	stranger := id != RelayProtocol && !n.roster.Load().known(p)
	if n.closing || stranger && n.hellos >= strangerStreams {
		return nil, false
	}
	n.work.Add(1)
	if !stranger {
		return n.work.Done, true
	}
	n.hellos++
	return func() {
		n.mu.Lock()
		n.hellos--
		n.mu.Unlock()
		n.work.Done()
	}, true
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
