package network

import (
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
)

// Event is something a node did or met: one of the structs below.
type Event interface{ event() }

// Listening says where the node can be met; it comes again when that changes.
type Listening struct{ Addrs []ma.Multiaddr }

// Connected says that a member's device passed the hello. Groups are those it shares with us.
type Connected struct {
	Peer   peer.ID
	Groups []GroupID
}

// Rerouted says that a device is reached another way than before; see Node.Paths.
type Rerouted struct{ Peer peer.ID }

// Disconnected says that no session with that device is left.
type Disconnected struct{ Peer peer.ID }

// Received says that envelopes from a device are on our disk; New of them were not there before.
type Received struct {
	Group     GroupID
	Peer      peer.ID
	Held, New int
}

// Stored says that a device has told us these envelopes are on its disk.
type Stored struct {
	Group GroupID
	Peer  peer.ID
	IDs   []EnvelopeID
}

// Level says that a device and we hold exactly the same envelopes of a group.
type Level struct {
	Group GroupID
	Peer  peer.ID
}

// Posted says that an envelope came into the mailbox of an open invite.
type Posted struct {
	Mailbox [32]byte
	ID      EnvelopeID
}

func (Listening) event()    {}
func (Connected) event()    {}
func (Rerouted) event()     {}
func (Disconnected) event() {}
func (Received) event()     {}
func (Stored) event()       {}
func (Level) event()        {}
func (Posted) event()       {}
