package network

import (
	"context"
	"crypto/ed25519"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
)

// The protocols spoken. A new number is a new protocol beside the old.
const (
	SyncProtocol  protocol.ID = "/kp1/sync/2"
	RelayProtocol protocol.ID = "/kp1/relay/1"
	LinkProtocol  protocol.ID = "/kp1/link/1"

	CircuitProtocol protocol.ID = "/kp1/circuit/2"

	FirstSync    protocol.ID = "/kp1/sync/1" // as SyncProtocol, but that nobody says why they refuse something, and windows are small
	FirstCircuit protocol.ID = "/kp1/circuit/1"
)

// Stream is one conversation with another device. A network.Stream of libp2p is one as it is.
type Stream interface {
	io.ReadWriter
	SetDeadline(time.Time) error
	CloseWrite() error
	Close() error
	Reset() error
	Protocol() protocol.ID // what is spoken on it, as both sides have agreed
}

// Link carries streams between devices: libp2p in the program, memory in tests. The PeerIDs it reports are proved.
type Link interface {
	// Self is our PeerID.
	Self() peer.ID
	// Start calls the handlers from goroutines of its own until Close. It does not listen yet.
	Start(h Handlers) error
	// Listen has others able to connect to us, or not: then nothing answers at our addresses. What is connected stays so.
	Listen(on bool) error
	// Addrs is where we listen, without /p2p.
	Addrs() []ma.Multiaddr
	// Dial connects unless connected. It may succeed although the other side refuses a moment later.
	Dial(ctx context.Context, p peer.ID, addrs []ma.Multiaddr) error
	// Open begins a stream over the connection there is, of the first of these protocols that the other side speaks.
	Open(ctx context.Context, p peer.ID, ids ...protocol.ID) (Stream, error)
	// Dialled is the addresses at which we reached a peer; none if it dialled us.
	Dialled(p peer.ID) []ma.Multiaddr
	// Peers is who is connected.
	Peers() []peer.ID
	// Drop closes every connection to a peer.
	Drop(p peer.ID)
	// Close ends everything and waits for it.
	Close() error
}

// Handlers is what a link asks and tells its node.
type Handlers struct {
	Admit  func(p peer.ID) bool                                 // may this device stay connected
	Known  func(p peer.ID) bool                                 // is it a device of a group of ours
	Stream func(p peer.ID, ip string, id protocol.ID, s Stream) // the other side began a stream; ends with its handler
	Up     func(p peer.ID)                                      // first connection to a peer
	Down   func(p peer.ID)                                      // last one gone
	Moved  func()                                               // our addresses changed
}

// PeerID is the libp2p name of a transport key.
func PeerID(pub ed25519.PublicKey) (peer.ID, error) {
	k, err := crypto.UnmarshalEd25519PublicKey(pub)
	if err != nil {
		return "", err
	}
	return peer.IDFromPublicKey(k)
}
