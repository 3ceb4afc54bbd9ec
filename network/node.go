package network

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"time"

	ma "github.com/multiformats/go-multiaddr"
)

// Options are what a node may be told; only Key is required.
type Options struct {
	Key    ed25519.PrivateKey // the installation's transport key: its PeerID
	Listen []string           // multiaddrs to listen on; none means a random port of every interface, QUIC and TCP
	Log    *slog.Logger       // ids and counts; nil means silence
	Tell   func(Event)        // told what happened, from the node's goroutines; must not block; nil means nobody
	Now    func() time.Time   // nil means time.Now
	Every  time.Duration      // how often ranges are compared with a connected peer; 0 means 4 minutes, give or take a quarter
}

// Stats counts one bout of catching up, or a node's whole life.
type Stats struct {
	Peers             int    // devices met
	Sent, Received    int    // envelopes
	BytesIn, BytesOut uint64 // frames, before the channel's own encryption
	Rounds            int    // reconciliation messages sent
	Refused           int    // envelopes that were not filed
}

// Bout says with whom to catch up. The zero value means every group and every member.
type Bout struct {
	Group *GroupID       // only this one
	Peer  []ma.Multiaddr // only the device at these addresses, each ending in /p2p/ID
}

// Node is one device's end of every conversation. New builds it, Serve lives.
type Node struct{ o Options }

// New builds a node over libp2p. It does not listen before Serve. r may be nil when no invite is ever served.
func New(o Options, s Shelf, r Rendezvous) (*Node, error) { return nil, errNotBuilt }

// Serve listens, dials, answers and catches up until ctx ends, then closes everything and leaves no goroutine behind.
func (n *Node) Serve(ctx context.Context) error { return errNotBuilt }

// Push sends envelopes that are on our disk to every connected member of the group, at once.
func (n *Node) Push(g GroupID, envs ...[]byte) {}

// Changed says that groups, members, keys or open invites changed.
func (n *Node) Changed() {}

// Wake says that the computer woke or the network changed: every peer is dialled and compared with now.
func (n *Node) Wake() {}

// Addrs is where this node can be met, each ending in /p2p/ID; empty before Serve listens.
func (n *Node) Addrs() []ma.Multiaddr { return nil }

// Sync does one bout of catching up and returns when every peer it could meet is level or ctx ends. ErrNobody means
// that no peer was met.
func (n *Node) Sync(ctx context.Context, b Bout) (Stats, error) { return Stats{}, errNotBuilt }

// Stats is what the node has done since New.
func (n *Node) Stats() Stats { return Stats{} }

// Nearby announces and looks for members on the local network for d (0 means until told otherwise), or stops.
func (n *Node) Nearby(on bool, d time.Duration) {}

// Fetch reads the envelopes in a mailbox, as a stranger with a fresh identity. relay addresses end in /p2p/ID.
func Fetch(ctx context.Context, relay []ma.Multiaddr, mailbox ed25519.PrivateKey) ([][]byte, error) {
	return nil, errNotBuilt
}

// Post leaves one envelope in a mailbox, as a stranger with a fresh identity, and returns when the relay has stored it.
func Post(ctx context.Context, relay []ma.Multiaddr, mailbox ed25519.PrivateKey, env []byte) error {
	return errNotBuilt
}
