package verb

import (
	"context"
	"encoding/json"
	"iter"
	"time"

	"kith/app/present"
	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
)

// A Peer is one home as the verbs need it; cmd/internal/peer implements it, and the window's own core has most of it.
// Every method may be called from any goroutine. Errors that a person may meet have a Code, which says how kithctl exits.
//
// What a call has done is in the World as soon as the call has returned.
type Peer interface {
	Person
	Membership
	Belonging
	Keeper
	Carrier
	Linking
	present.Carrying
	present.Filing
	Eraser

	// World is everything this home knows now. In a home without a person Started is false; before Unlock Locked is true.
	World() present.World

	// Propose checks, seals and files one act, durable when it returns. A rule of store/care that says no is E_RULE_...
	Propose(ctx context.Context, g kp1.GID, a care.Act) (kp1.ID, error)
	// ProposeTo is Propose of words for an audience. E_AUDIENCE, E_AUDIENCE_SIZE, E_AUDIENCE_ACT.
	ProposeTo(ctx context.Context, g kp1.GID, a care.Act, to present.Audience) (kp1.ID, error)
	// ProposeAll is ProposeTo of many acts, each for its own audience: all of them, durable when it returns, or none.
	ProposeAll(ctx context.Context, g kp1.GID, acts []care.Act, to []present.Audience) ([]kp1.ID, error)

	// Check reads every byte of the store and proves ids, signatures and the fold. What is bad is listed, not returned as
	// an error; an error means that the check itself could not go on. An empty home has no ops and nothing bad.
	Check(ctx context.Context) (Checked, error)
	// Repair builds damaged groups anew from what is sound, and fetches the rest from others from then on.
	Repair(ctx context.Context) ([]Repaired, error)

	// Close ends what the peer runs, writes its checkpoint and lets the store go.
	Close() error
}

// Person is the life of the one person of a home.
type Person interface {
	// Start makes a person in an empty home and opens it. The twelve words are given once. E_HOME_EXISTS when there is one;
	// E_WORD, E_WORDS_CHECK and E_WORD_COUNT for words of somebody's own that are none.
	Start(ctx context.Context, s present.Start) (words [12]string, err error)
	// NeedsPassphrase reports whether Unlock wants one: false where the system keychain alone opens this home.
	NeedsPassphrase() (bool, error)
	// Unlock opens the home. E_PASSPHRASE, E_KEYCHAIN, E_STORE_DAMAGED, E_STORE_NEWER.
	Unlock(ctx context.Context, passphrase string) error
	// Lock closes the store and forgets every key; why is one of the present.Locked words.
	Lock(ctx context.Context, why string) error
	// Panic locks at once and takes the keychain's half away. Where only the keychain opens the home that is a wipe: it is
	// E_PANIC_WIPES without wipe, and the home is locked all the same. E_KEYCHAIN_KEPT.
	Panic(ctx context.Context, wipe bool) (wiped bool, err error)
	// Wipe takes all of this person away from this computer. E_WIPE_LEFT: a file is there still, and nothing opens it.
	Wipe(ctx context.Context) error
	// Self says where this computer is on the network. It opens no connection.
	Self() Self
}

// Membership founds groups and lets people in and out of them.
type Membership interface {
	Found(ctx context.Context, f present.Found) (kp1.GID, error)
	Invite(ctx context.Context, g kp1.GID, ask present.InviteAsk) (present.Invite, error)
	// Reissue makes a new invite in the place of one that ended before its time. E_INVITE_...
	Reissue(ctx context.Context, g kp1.GID, id string) (present.Invite, error)
	// Join files a request and goes on trying for as long as the peer serves; it returns when the request is on this disk.
	Join(ctx context.Context, link, name string) (present.Join, error)
	Approve(ctx context.Context, g kp1.GID, request string, a present.Approval) (present.Approved, error)
	Decline(ctx context.Context, g kp1.GID, request string) error
	// Part is the window's Leave; it says which op it filed.
	Part(ctx context.Context, g kp1.GID) (kp1.ID, error)
	// End takes a group that nobody else is in off this computer, for good. E_NOT_ALONE.
	End(ctx context.Context, g kp1.GID) error
}

// Belonging changes who belongs to a group and what they may do there. Where two people are needed a Deed is a proposal
// first. E_NOT_ALLOWED, E_ONESELF, E_QUORUM, E_LAST_ADMIN, E_SPENT.
type Belonging interface {
	// Expel is the window's Remove; it says what became of it.
	Expel(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error)
	SetRank(ctx context.Context, g kp1.GID, m kp1.MID, rank uint8) (present.Deed, error)
	SetPolicy(ctx context.Context, g kp1.GID, f group.PolicyFields) (present.Deed, error)
	Revoke(ctx context.Context, g kp1.GID, devices ...kp1.DID) (present.Deed, error)
	Confirm(ctx context.Context, g kp1.GID, d kp1.DID) (present.Deed, error)
	Vote(ctx context.Context, g kp1.GID, m kp1.MID) (present.Deed, error)
	// Proposals are those that wait: for this person's consent or, if they are Mine, for somebody else's.
	Proposals(g kp1.GID) []Proposal
	Consent(ctx context.Context, g kp1.GID, proposal kp1.ID) (present.Deed, error)
	// SignNow signs what waits until this computer has caught up, and Forget drops it: an Ask that is Later.
	SignNow(ctx context.Context, g kp1.GID, id kp1.ID) (present.Deed, error)
	Forget(ctx context.Context, g kp1.GID, id kp1.ID) error
	// StandBy says that the version of who belongs stands that is here, whatever else device d has said.
	StandBy(ctx context.Context, g kp1.GID, d kp1.DID) error
	// Keep settles a matter of the review queue; LetStand vouches for one that waits, also one the queue does not show.
	Keep(ctx context.Context, g kp1.GID, matter kp1.ID) (present.Deed, error)
	LetStand(ctx context.Context, g kp1.GID, op kp1.ID) (present.Deed, error)
	// Late is what removals hide, by person, and AdmitLate shows some of it after all.
	Late(ctx context.Context, g kp1.GID) ([]present.Late, error)
	AdmitLate(ctx context.Context, g kp1.GID, ops []kp1.ID) (present.Deed, error)
	// Seen notes that these were looked at: matters under their key are not asked about again. Whoever wrote what was looked at
	// is told so where the group shows it.
	Seen(ctx context.Context, g kp1.GID, ids ...kp1.ID)
	// SetHidden hides the messages of m on this computer alone, or shows them again.
	SetHidden(ctx context.Context, g kp1.GID, m kp1.MID, yes bool) error
	// PairMailbox has a group use a keeper's mailboxes: text is the keeper's link, or words that are good at the address at.
	PairMailbox(ctx context.Context, g kp1.GID, text, at string) error
	// Mailboxes lists those of a group, and DropMailbox has it use one no more.
	Mailboxes(g kp1.GID) []Mailbox
	DropMailbox(ctx context.Context, g kp1.GID, keeper string) (present.Deed, error)
	// KeepFor has this computer keep messages for a group whenever it is on, or no more.
	KeepFor(ctx context.Context, g kp1.GID, yes bool) (present.Deed, error)
	// Words are the six words of a member, to be compared by voice.
	Words(ctx context.Context, g kp1.GID, m kp1.MID) ([6]string, error)
}

// Mailbox is a keeper's mailboxes as this computer found them since its home was opened.
type Mailbox struct {
	Peer    string // its libp2p id
	Addrs   []string
	Reached time.Time // of the last visit that came to its end; zero: none did
	Trouble string    // code of what went wrong since
	Lost    int       // envelopes that it said it has, and had no more
	Hidden  int       // envelopes that it was given, or says it has, and does not give out
	NoFiles bool      // it has no room for files
}

// Proposal is an act that needs a second person and has not found one yet.
type Proposal struct {
	ID     kp1.ID
	By     kp1.MID
	At     time.Time
	Action group.Body
	Mine   bool
}

// Carrier is the peer's part on the network. Nothing of it runs until it is asked for.
type Carrier interface {
	// Serve is a peer on the network until ctx ends, and then nil. listening is called once, before the first connection,
	// with the addresses other computers can dial. Locking does not end it: it serves on once the home is open again.
	Serve(ctx context.Context, o Serving, listening func(addrs []string)) error
	// Sync is one bout of catching up. It serves for as long as it takes if nothing serves yet.
	Sync(ctx context.Context, o Syncing) (Synced, error)
	// Events yields what happens from now on, until ctx ends. A slow reader misses some rather than slowing the peer.
	Events(ctx context.Context) iter.Seq[Event]
}

// Self is where this computer is.
type Self struct {
	Device string   // this computer's own label; ids in groups differ by group
	Peer   string   // its libp2p id
	Addrs  []string // full addresses ending in /p2p/..., empty while it does not serve
}

// Serving says how to serve.
type Serving struct {
	Listen []string // addresses to listen on; empty: any free port of every interface, TCP and QUIC
	Nearby bool     // look for computers in the same house
}

// Syncing says how to catch up.
type Syncing struct {
	For  time.Duration // at most this long; 0: 30 s
	Peer string        // one more address to dial, ending in /p2p/...; empty: the known ones
}

// Synced is what one bout of catching up did.
type Synced struct {
	Sent     int `json:"sent"`     // envelopes that others now say they hold
	Received int `json:"received"` // envelopes filed here
	Peers    int `json:"peers"`    // computers of members that were reached

	Mailboxes int `json:"mailboxes,omitempty"` // mailboxes that were visited
}

// Checked is what a check of the store found.
type Checked struct {
	Ops int   `json:"ops"`
	Bad []Bad `json:"bad"` // never null in JSON

	Repaired []Repaired `json:"repaired,omitempty"` // with --repair; Bad is then what is bad still
}

// Bad is one thing that is not what was written.
type Bad struct {
	Code  string `json:"code"`            // E_...
	Group string `json:"group,omitempty"` // hex, where it is known
	ID    string `json:"id,omitempty"`    // of the envelope or op, where it is known
	Where string `json:"where"`           // the part of the store: a bucket and a key, or a page
}

// Repaired is what could be done for one damaged group.
type Repaired struct {
	Group string `json:"group,omitempty"` // hex, where it is known
	Kept  int    `json:"kept"`            // envelopes that were whole
	Lost  int    `json:"lost"`            // envelopes that have to come back from others before this computer writes again
	Old   bool   `json:"old"`             // more is gone than can be named: this computer writes no more in the group
	Code  string `json:"code,omitempty"`  // why it could not be repaired
}

// An Event is one line of serve and watch: ids and counts, never a name or a word that somebody typed.
type Event struct {
	What    string // one of the Event words
	Group   kp1.GID
	Peer    string // libp2p id of the other computer
	Request string
	IDs     []kp1.ID // envelopes (received, stored) or ops (applied)
	N       int
	Addrs   []string // listening only
}

// What an Event tells.
const (
	EventListening = "listening" // written by serve itself, always first
	EventConnected = "connected" // to a member's computer
	EventReceived  = "received"  // envelopes came and are on this disk
	EventApplied   = "applied"   // ops are in the View
	EventStored    = "stored"    // another computer says that it holds envelopes of ours
	EventRequest   = "request"   // somebody asks to join
	EventJoined    = "joined"    // a request of this person's own was approved
	EventLocked    = "locked"

	EventCollected   = "collected"    // envelopes from a mailbox are on this disk
	EventMailed      = "mailed"       // a mailbox has envelopes on its disk that it had not
	EventMailboxLost = "mailbox-lost" // a mailbox has no more what it said it has
	EventUnlocked    = "unlocked"
)

// MarshalJSON leaves out what an event does not have.
func (e Event) MarshalJSON() ([]byte, error) {
	out := struct {
		Event   string   `json:"event"`
		Addrs   []string `json:"addrs,omitempty"`
		Group   string   `json:"group,omitempty"`
		Peer    string   `json:"peer,omitempty"`
		Request string   `json:"request,omitempty"`
		IDs     []string `json:"ids,omitempty"`
		N       int      `json:"n,omitempty"`
	}{Event: e.What, Addrs: e.Addrs, Peer: e.Peer, Request: e.Request, N: e.N}
	if !e.Group.IsZero() {
		out.Group = e.Group.String()
	}
	for _, id := range e.IDs {
		out.IDs = append(out.IDs, id.String())
	}
	return json.Marshal(out)
}
