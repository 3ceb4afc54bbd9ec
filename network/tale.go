package network

import (
	"context"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Members who never met learn from one who met both where the other is: an address in a list that ends in /p2p/ID is
// that device's, all others are the teller's own (docs/spec/sync.md). Only what was learned at first hand is told, so
// that nothing goes round for ever; and only of devices that are in, to devices that are in. What is told is tried, and
// never written down as if that device had been heard: it may be wrong, and a wrong one costs a dial.

const (
	ownMost  = 8 // own addresses in a list
	taleMost = 3 // addresses of one other device
)

// tales is the list for a device of a group: where we are, and where we met the others.
func (n *Node) tales(g GroupID, to peer.ID) []ma.Multiaddr {
	own := n.link.Addrs()
	out := worthTelling(own)
	out = slices.Clone(out[:min(len(out), ownMost)])
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.roster.Load().groups[g].Peers {
		if !p.In || p.ID == to || p.ID == n.link.Self() {
			continue
		}
		id, err := ma.NewComponent("p2p", p.ID.String())
		if err != nil {
			continue
		}
		at := together(n.first[p.ID], p.Addrs)
		for _, a := range at[:min(len(at), taleMost)] {
			out = append(out, a.Encapsulate(id))
		}
	}
	return out
}

// retellAfter is how long news of where a device is gathers before the others are told of it all at once.
const retellAfter = 2 * time.Second

// retell tells everyone, a little later, where the others are now.
func (n *Node) retell() {
	n.mu.Lock()
	telling := n.telling
	n.telling = true
	n.mu.Unlock()
	if telling {
		return
	}
	n.start(func(ctx context.Context) {
		t := time.NewTimer(retellAfter)
		defer t.Stop()
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		n.mu.Lock()
		n.telling = false
		n.mu.Unlock()
		for g := range n.roster.Load().groups {
			n.each(g, nil, (*lane).tellAddrs)
		}
	})
}

// apart splits a list into the teller's own addresses and those of others.
func apart(list []ma.Multiaddr) (own []ma.Multiaddr, others map[peer.ID][]ma.Multiaddr) {
	others = map[peer.ID][]ma.Multiaddr{}
	for _, a := range list {
		at, id := peer.SplitAddr(a)
		switch {
		case id == "":
			own = append(own, a)
		case at != nil:
			others[id] = append(others[id], at)
		}
	}
	return own, others
}

// told takes in what a member says of the others of a group, and dials whom we have not met.
func (n *Node) told(g GroupID, others map[peer.ID][]ma.Multiaddr) {
	news := false
	of := n.roster.Load().groups[g]
	if !of.Direct {
		return
	}
	n.mu.Lock()
	for _, p := range of.Peers {
		at := others[p.ID]
		if !p.In || len(at) == 0 || p.ID == n.link.Self() || n.sessions[p.ID] != nil {
			continue
		}
		have := n.heard[p.ID]
		all := together(have, at[:min(len(at), taleMost)])
		if len(all) == len(have) {
			continue
		}
		n.heard[p.ID] = all
		n.due(p.ID)
		news = true
	}
	n.mu.Unlock()
	if news {
		ring(n.kick)
	}
}
