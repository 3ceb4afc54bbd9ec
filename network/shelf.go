package network

import (
	"context"
	"crypto/ed25519"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"

	"kith/network/reconcile"
	"kith/network/wire"
)

// GroupID names a group. It never goes over the wire.
type GroupID [32]byte

// EnvelopeID is the sha2-256 of an envelope's bytes.
type EnvelopeID = reconcile.ID

// Group is what a node must know of a group: whom to talk to, and the keys by which they know one another.
type Group struct {
	ID     GroupID
	Hello  [][32]byte // the hello key of every epoch kept, newest first
	Direct bool       // its devices meet (reach = direct); otherwise only those that are Own do, and nothing says where we are
	Peers  []Peer     // the other devices
	Relays []Relay    // keepers through which they may meet who do not meet otherwise; each with an address
}

// meets reports whether a device of the group has any business with us other than through a mailbox.
func (g Group) meets(p Peer) bool { return g.Direct || p.Own }

// Peer is one other device of a group.
type Peer struct {
	ID    peer.ID
	Addrs []ma.Multiaddr // where it was last known, best first, without /p2p
	In    bool           // in the group as we know it; one that is out is answered "busy" and gets nothing
	Own   bool           // another computer of the person whose device this is
}

// Mark is a place in the order in which a shelf filed one group's envelopes: everything filed up to it. Zero is the start.
type Mark uint64

// Shelf is asked by the node for bytes and told what came. It is kept by the ledger. Every method may be called from
// several goroutines at once. Slices handed over are the receiver's to keep.
type Shelf interface {
	// Groups is the present list of groups. It is asked again after Changed.
	Groups() []Group
	// Set is the group's envelopes on disk, and the mark that covers exactly these. An unknown group is empty.
	Set(g GroupID) (reconcile.Set, Mark)
	// Get reads envelopes, in the order of the ids; one that is no longer there is nil.
	Get(ctx context.Context, g GroupID, ids []EnvelopeID) ([][]byte, error)
	// Accept checks of each envelope what can be checked of it alone, its signatures above all, and returns what files
	// them. So one batch is checked while the one before it is filed. Their ids are the hash of their bytes.
	Accept(g GroupID, from peer.ID, envs [][]byte) File
	// Lacks picks from ids those the shelf would take: not on disk, not erased, not refused for good.
	Lacks(g GroupID, ids []EnvelopeID) []EnvelopeID
	// Parts picks from ids those that are chunks of files, here or spoken of by what is here, in their order. They are large,
	// and fetched from everybody who has them at once, after all else.
	Parts(g GroupID, ids []EnvelopeID) []EnvelopeID
	// Gone picks from ids those that were taken away for good, each with the token that proves it to who only carries it,
	// where the shelf knows that.
	Gone(g GroupID, ids []EnvelopeID) []Gone
	// Release drops, of what a peer says is gone, what is only carried here, unread, and whose token is the right one.
	Release(g GroupID, gone []Gone)
	// Order sorts ids in place into the order in which to send them: rekeys and grants, then membership, then content,
	// such that a receiver seldom has to wait for an earlier one.
	Order(g GroupID, ids []EnvelopeID)
	// Held notes that peer's own word: it has these ids, and everything filed here up to the mark, on its disk.
	Held(g GroupID, p peer.ID, ids []EnvelopeID, upTo Mark)
	// Lost takes that word back: the peer says that these were taken away for good there.
	Lost(g GroupID, p peer.ID, ids []EnvelopeID)
	// Crowded notes that peer's own word: it has no room for these. Held says otherwise later.
	Crowded(g GroupID, p peer.ID, ids []EnvelopeID)
	// Since lists what that peer has not yet said it holds. known is false when it never said anything, or when
	// they are more than most.
	Since(g GroupID, p peer.ID, most int) (items []reconcile.Item, known bool)
	// Addrs keeps, sealed, where a peer was last met or said it can be met, best first, without /p2p.
	Addrs(p peer.ID, addrs []ma.Multiaddr)
}

// File files a batch and returns after the commit that holds it. It is called once or never. What is refused (damaged,
// forged, over a quota) is in neither list and is no error; nor is a full disk, which Filed speaks of. An error is the
// shelf's own and leaves the rest to be asked for again.
type File func(ctx context.Context) (Filed, error)

// Gone is an envelope that was taken away, and the token that deletes it; zero where that is not known.
type Gone = wire.Released

// Filed is what a shelf says of a batch after its commit.
type Filed struct {
	Held []EnvelopeID // on disk now, whether they were before or not
	New  []EnvelopeID // those of Held that were not there before; they are passed on to other members

	NoRoom []EnvelopeID // good, and not filed because there is no room for them: whoever sent them is told so
	Full   bool         // the disk is full: there is room for nothing
}

// Rendezvous keeps the mailboxes of open invites (docs/spec/mailbox.md). They hold 64 envelopes and 1 MiB, of the kinds
// drop, join request and welcome; the node checks all that before Put.
type Rendezvous interface {
	// Any reports whether a mailbox is open, so that strangers may connect.
	Any() bool
	// Has reports whether this mailbox is open.
	Has(mailbox ed25519.PublicKey) bool
	// List is the envelopes in it.
	List(mailbox ed25519.PublicKey) [][]byte
	// Put keeps one more and returns after the commit. Putting it twice is no error. ErrKind refuses an envelope that
	// strangers have no business to leave here.
	Put(ctx context.Context, mailbox ed25519.PublicKey, env []byte) error
}
