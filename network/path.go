package network

import (
	p2pnet "github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// PathKind is a way on which a device is reached.
type PathKind uint8

// The ways, best first.
const (
	PathNear    PathKind = 1 // in the same house or network: at a private address
	PathDirect  PathKind = 2 // straight through the internet
	PathRelayed PathKind = 3 // through the keeper of a mailbox, which passes on what it cannot read
)

// Path is how a device is reached.
type Path struct {
	Kind   PathKind
	Keeper peer.ID // of PathRelayed
}

// pathOf is the path that a conversation takes.
func pathOf(st Stream) Path {
	switch s := st.(type) {
	case *carried:
		return s.path
	case p2pnet.Stream:
		return pathAt(s.Conn().RemoteMultiaddr())
	}
	return Path{Kind: PathDirect}
}

func pathAt(a ma.Multiaddr) Path {
	ip, err := manet.ToIP(a)
	if err == nil && (ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast()) {
		return Path{Kind: PathNear}
	}
	return Path{Kind: PathDirect}
}

// Paths is how each device is reached that there is a session with.
func (n *Node) Paths() map[peer.ID]Path {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make(map[peer.ID]Path, len(n.sessions))
	for p, s := range n.sessions {
		all[p] = s.path
	}
	return all
}
