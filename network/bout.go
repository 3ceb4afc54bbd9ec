package network

import (
	"context"
	"errors"
	"slices"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	"golang.org/x/sync/errgroup"
)

// Bout says with whom to catch up. The zero value means every group and every member.
type Bout struct {
	Group *GroupID       // only this one
	Peer  []ma.Multiaddr // only the devices at these addresses, each ending in /p2p/ID
}

// boutTries is how often one bout begins again with a device whose session broke.
const boutTries = 3

// Sync does one bout of catching up: it returns when every device it could meet is level with us, or ctx ends. Serve
// must run. ErrNobody means that no device was met, ErrAddress that an address names no device, ErrWrongPeer that it
// names one that is in none of our groups, or, as a *WrongPeer, that another device answered there.
func (n *Node) Sync(ctx context.Context, b Bout) (Stats, error) {
	select {
	case <-n.up:
	case <-ctx.Done():
		return Stats{}, ctx.Err()
	}
	targets, err := n.targets(b)
	if err != nil {
		return Stats{}, err
	}
	before := n.Stats()
	met := make([]bool, len(targets))
	var g errgroup.Group
	g.SetLimit(callsMost)
	for i, p := range targets {
		g.Go(func() error {
			met[i] = n.catchUp(ctx, p, b.Group)
			return nil
		})
	}
	_ = g.Wait() // no part of it gives an error: what each met is in met
	after := n.Stats()
	st := Stats{
		Sent: after.Sent - before.Sent, Received: after.Received - before.Received,
		BytesIn: after.BytesIn - before.BytesIn, BytesOut: after.BytesOut - before.BytesOut,
		Rounds: after.Rounds - before.Rounds, Asks: after.Asks - before.Asks, Refused: after.Refused - before.Refused,
	}
	for _, ok := range met {
		if ok {
			st.Peers++
		}
	}
	if st.Peers == 0 {
		if len(b.Peer) > 0 {
			if err := n.mistaken(targets); err != nil {
				return st, err
			}
		}
		return st, ErrNobody
	}
	return st, nil
}

// mistaken says which of these devices another answered for when it was last dialled; nil when none did.
func (n *Node) mistaken(ps []peer.ID) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range ps {
		var other *WrongPeer
		if c := n.calls[p]; c != nil && errors.As(c.err, &other) {
			return other
		}
	}
	return nil
}

// targets is whom a bout is with.
func (n *Node) targets(b Bout) ([]peer.ID, error) {
	r := n.roster.Load()
	if len(b.Peer) == 0 {
		var all []peer.ID
		for p, st := range r.peers {
			if len(st.in) > 0 && (b.Group == nil || r.serves(*b.Group, p)) {
				all = append(all, p)
			}
		}
		return all, nil
	}
	infos, err := peer.AddrInfosFromP2pAddrs(b.Peer...)
	if err != nil {
		return nil, ErrAddress
	}
	var some []peer.ID
	for _, info := range infos {
		if len(r.shared(info.ID)) == 0 {
			return nil, ErrWrongPeer
		}
		n.mu.Lock()
		n.heard[info.ID] = together(info.Addrs, n.heard[info.ID])
		n.mu.Unlock()
		some = append(some, info.ID)
	}
	return some, nil
}

// catchUp reports whether the device was met and stayed until it was level with us, or had done what it could.
func (n *Node) catchUp(ctx context.Context, p peer.ID, only *GroupID) bool {
	for range boutTries {
		s := n.sessionWith(ctx, p)
		if s == nil {
			return false
		}
		for _, l := range s.lanes {
			if only == nil || l.group == *only {
				s.level(ctx, l)
			}
		}
		select {
		case <-s.ended:
		default:
			return true
		}
	}
	return false
}

// sessionWith is the session there is, or one that an attempt now brings.
func (n *Node) sessionWith(ctx context.Context, p peer.ID) *session {
	n.mu.Lock()
	s := n.sessions[p]
	if s != nil || n.closing {
		n.mu.Unlock()
		return s
	}
	c := n.callOf(p)
	if c.tried == nil {
		n.try(p, c)
	}
	tried := c.tried
	n.mu.Unlock()
	select {
	case <-tried:
	case <-ctx.Done():
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.sessions[p]
}

// level waits until the lane has done what it can to be level.
func (s *session) level(ctx context.Context, l *lane) {
	begun := make(chan (<-chan struct{}), 1)
	s.post(func() { begun <- l.wait() })
	var done <-chan struct{}
	select {
	case done = <-begun:
	case <-s.ended:
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-s.ended:
	case <-ctx.Done():
	}
}

// Connected is the devices there is a session with, in no order.
func (n *Node) Connected() []peer.ID {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []peer.ID
	for p := range n.sessions {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}
