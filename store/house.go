package store

import (
	"cmp"
	"crypto/ed25519"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
)

// Shelves inside a group's shelf.
const (
	shelfSelf     = "self"     // what this computer is in the group
	shelfLog      = "log"      // entry number -> envelope: see entries
	shelfTail     = "tail"     // likewise, the newest
	shelfLarge    = "large"    // likewise, chunks of files
	shelfIDs      = "ids"      // envelope id and week -> entry number
	shelfOps      = "ops"      // op id -> where it lies
	shelfAuth     = "auth"     // number -> signed auth op, in the order of admission
	shelfKeys     = "keys"     // epoch id -> its keys
	shelfWait     = "wait"     // entry number -> what it waits for
	shelfLack     = "lack"     // payload id -> the op whose payload is not here yet
	shelfLate     = "late"     // entry numbers that spoke up after their turn; cleared by a checkpoint
	shelfHeld     = "held"     // name of device and chunk -> both, and which entries it holds
	shelfFold     = "fold"     // the checkpoint
	shelfInvites  = "invites"  // invite id -> invite, as its op said
	shelfRequests = "requests" // request id -> join request
	shelfHeard    = "heard"    // name of a device -> when and where it was last heard of
	shelfForks    = "forks"    // name of a chain -> the chain, and two of its ops that stand in one place
	shelfFew      = "few"      // id of an op that is for this person and few others -> what is kept of it
	shelfHints    = "hints"    // start of a payload's id -> keys that Grants have brought for it, until it is here
	shelfFence    = "fence"    // id of an auth op that waits until somebody vouches for it
	shelfShares   = "shares"   // name of a member -> who it is, and bytes of their content that are here
	shelfSticks   = "sticks"   // which parcels went out by memory stick, and which came
	shelfTickets  = "tickets"  // hash of a mailbox's member ticket, and who says so -> its admin ticket
	shelfBad      = "bad"      // entry and place of a refused op in an envelope with good ones
)

// self is what this computer is in one group; it lies sealed in the store and never leaves it.
type self struct {
	Group   kp1.GID    `cbor:"g"`
	Genesis kp1.Link   `cbor:"gn"` // the one Genesis believed in: our own, or the one the Welcome named
	Device  kp1.DID    `cbor:"d"`
	Member  kp1.MID    `cbor:"m"`
	Sign    []byte     `cbor:"sk"`           // seed of dsk
	Open    [][]byte   `cbor:"hk"`           // dhk, newest first
	Made    []uint64   `cbor:"ht,omitempty"` // when each was made, unix seconds by this computer's clock; none before the first is renewed
	Then    []uint64   `cbor:"ho,omitempty"` // and what time it was then by what the others claimed; likewise, 0 where nobody had
	By      []kp1.Link `cbor:"hb,omitempty"` // and which op told the others of it; likewise, zeros where its device came in with it
	Name    string     `cbor:"nm"`           // how this person wants to be called in the group
	Partial bool       `cbor:"pa"`           // admitted without the whole history (protocol.md 5.6.5)
	Since   uint64     `cbor:"at"`           // unix seconds of founding or joining, by this computer's clock; 0 where its box key was made elsewhere
	Root    []byte     `cbor:"rt,omitempty"` // seed of this person's root key, where their twelve words do not give it
}

// check says whether a record read from the disk can be used.
func (s self) check() error {
	if len(s.Sign) != ed25519.SeedSize || len(s.Open) == 0 || len(s.Root) != 0 && len(s.Root) != ed25519.SeedSize {
		return fmt.Errorf("group record: %w", ErrDamaged)
	}
	return nil
}

// house is what memory holds of one group. The Ledger's lock guards it.
type house struct {
	l    *Ledger
	id   kp1.GID
	name []byte // of its shelf: an HMAC of the id
	self self

	log     *group.Log
	fenced  map[kp1.ID]bool // auth ops that wait behind a fence, as the disk has it
	authN   uint64          // auth ops filed
	rulings uint64          // admitted auth ops that can change what is shown of others
	judged  uint64          // rulings when the view was folded
	keys    signers
	ring    ring
	opened  uint64             // changes of keys and ring: what did not open before may open now
	signer  ed25519.PrivateKey // made from self.Sign when it is first used
	signs   kp1.DID            // whose it is
	also    []identity         // devices asked for anew, not in yet
	doors   doors              // made of both when it is first used
	chains  map[chain]head
	view    care.View
	hidden  int // content ops that a removal hides

	held   *holdings
	waits  *waits
	shares map[kp1.MID]uint64 // bytes of each member's content that are here
	lack   map[kp1.ID][]kp1.ID
	absent map[kp1.ID]bool // envelopes that were damaged here and are not back
	late   int

	restoring bool // what comes lies in a backup: nobody sends it, and it all counts as history

	next   uint64 // number of the next log entry; the first is 1
	folded uint64 // the checkpoint covers the entries up to this one
	anew   bool   // the next checkpoint trusts nothing of the last one
	reread bool   // what waits for keys was looked at once more since the group was read: see unread

	invites  map[kp1.IID]*openInvite
	tickets  map[ticketKey][32]byte // admin tickets of mailboxes
	over     map[kp1.IID]bool       // invites whose end came before they did
	requests map[kp1.ID]*request
	devices  map[kp1.DID][]byte  // every device ever named, and its PeerID
	used     map[kp1.IID]kp1.ID  // invites on which somebody was let in, and the hash of the request
	cameBy   map[kp1.IID]kp1.DID // and the device with which they asked
	heard    map[kp1.DID]heard

	fewBook
	receipts
	stubs    map[kp1.ID][]stub   // what was taken away, and what stays of it
	stubAt   map[berth]kp1.ID    // the first of them in each place of a chain
	tied     map[kp1.ID]bool     // those of them that never came, and whose chain is here down to its beginning
	air      map[kp1.ID][]kp1.ID // the others of them, by the op that they say they follow
	cited    map[kp1.ID]bool     // auth heads that are not admitted, and that ops which were taken away are said to have named
	hollow   map[kp1.ID][]kp1.ID // words that an act says went with these ops
	owned    map[uint64]int      // see owners; nil until it is asked for
	clocks   map[kp1.DID]uint64  // the latest time that each device has claimed since the store was opened
	swept    uint64              // up to which entry Sweep has come
	released map[kp1.ID]uint64   // words that were dropped at the word of another, and until when they are not asked for
	due      []dueAct            // acts that the last fold found to have an effect that they have not had
	scrub    bool                // the checkpoint on the disk holds words that were taken away

	proposals []group.Op // the newest, spent ones included
	open      []Proposal // those that wait, as of openAt ops of the graph
	openAt    int
	told      told
	sides     sides
	rounds    rounds
	newRound  bool // rounds is not on the disk yet
	notes     int  // words of others that are not: see heard
	sticks    sticks
	heardOut  bool // what is being signed does not wait for others to be heard out
	pendings  map[kp1.ID]pendingRecord
	stands    map[kp1.DID]bool // devices whose other version this person has looked at, and does not believe

	forks      map[chain][2]kp1.ID // chains in which two ops stand in one place, and the first such two
	tree       tree                // of forked chains: which op is on the way to which
	accused    map[kp1.DID]uint64  // when this device last told of another that signed two in one place
	gaps       map[chain]edge      // chains that were looked through down to a gap
	sought     map[kp1.ID]bool     // ops that were missing where a forked chain was looked through
	sifted     bool                // every op was judged since sought was empty
	lostAt     uint64              // when this device last said that it waits for keys of an epoch nobody has told of
	wantedAt   uint64              // since when no key is here under which to write; 0 while there is one
	unknown    map[kp1.EID]uint64  // epochs that something waits for and nobody has told of, and since when
	complained map[kp1.EID]bool    // epochs whose keys this device has said it did not get

	// What the network is told, as long as nothing of it has changed.
	hello, boxes   [][32]byte
	meetings       map[kp1.EID]meeting
	peers          []Peer
	netAt, netRing int
	netHeard       bool
}

// A chain is one device's content ops in one compartment.
type chain struct {
	device kp1.DID
	comp   uint8
}

// head is the op with the highest number of a chain.
type head struct {
	seq  uint64
	id   kp1.ID
	auth []kp1.ID
}

// signers are the signing keys of every device ever named. A change makes a new map.
type signers map[kp1.DID]ed25519.PublicKey

// touch says that the transaction under way has changed what memory holds of the group.
func (h *house) touch() { h.l.stale[h.id] = true }

func (l *Ledger) newHouse(s self) *house {
	return &house{
		l: l, id: s.Group, name: l.rest.Name("group", s.Group[:]), self: s, log: l.opt.Shared.newLog(s.Group),
		ring: ring{}, keys: signers{}, chains: map[chain]head{}, held: newHoldings(), waits: newWaits(), shares: map[kp1.MID]uint64{}, fenced: map[kp1.ID]bool{},
		lack: map[kp1.ID][]kp1.ID{}, absent: map[kp1.ID]bool{}, next: 1, invites: map[kp1.IID]*openInvite{}, tickets: map[ticketKey][32]byte{}, over: map[kp1.IID]bool{},
		requests: map[kp1.ID]*request{}, used: map[kp1.IID]kp1.ID{}, cameBy: map[kp1.IID]kp1.DID{}, devices: map[kp1.DID][]byte{}, forks: map[chain][2]kp1.ID{}, tree: newTree(), accused: map[kp1.DID]uint64{}, gaps: map[chain]edge{}, sought: map[kp1.ID]bool{}, unknown: map[kp1.EID]uint64{}, complained: map[kp1.EID]bool{}, heard: map[kp1.DID]heard{},
		netHeard: true, stands: map[kp1.DID]bool{}, pendings: map[kp1.ID]pendingRecord{}, meetings: map[kp1.EID]meeting{}, fewBook: newFewBook(), receipts: newReceipts(), stubs: map[kp1.ID][]stub{}, stubAt: map[berth]kp1.ID{}, tied: map[kp1.ID]bool{}, air: map[kp1.ID][]kp1.ID{}, cited: map[kp1.ID]bool{}, hollow: map[kp1.ID][]kp1.ID{}, released: map[kp1.ID]uint64{}, clocks: map[kp1.DID]uint64{},
	}
}

// shelf returns one of the group's shelves.
func (h *house) shelf(t tx, name string, make bool) (shelf, error) {
	within, err := h.around(t, make)
	if err != nil {
		return shelf{}, err
	}
	return within.under([]byte(name), make)
}

// around returns the shelf that those of the group are in.
func (h *house) around(t tx, make bool) (shelf, error) {
	groups, err := t.top(shelfGroups, make)
	if err != nil {
		return shelf{}, err
	}
	return groups.under(h.name, make)
}

// build makes the group's shelf on the disk.
func (h *house) build(t tx) error {
	groups, err := t.top(shelfGroups, true)
	if err != nil {
		return err
	}
	if err := h.putAside(t, groups); err != nil {
		return err
	}
	if err := t.list(func(names [][]byte) [][]byte { return append(names, h.name) }); err != nil {
		return err
	}
	return h.saveSelf(t)
}

// saveSelf keeps what this computer is in the group.
func (h *house) saveSelf(t tx) error {
	s, err := h.shelf(t, shelfSelf, true)
	if err != nil {
		return err
	}
	return s.putCBOR([]byte("self"), h.self)
}

// loadGroups reads every group of the file.
func (l *Ledger) loadGroups(t tx) error {
	if err := l.who.check(); err != nil {
		return err
	}
	groups, err := t.top(shelfGroups, false)
	if err != nil {
		return err
	}
	names, err := t.listed()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := l.loadOne(t, groups, name); err != nil {
			return err
		}
	}
	return nil
}

// loadGroup reads one group: its keys and auth ops whole, and of the content only what came after the checkpoint. What
// it finds out of the group before it comes upon damage is left in b.
func (l *Ledger) loadGroup(t tx, groups shelf, name []byte, b *Broken) error {
	own, err := groups.under(name, false)
	if err != nil {
		return err
	}
	at, err := own.under([]byte(shelfSelf), false)
	if err != nil {
		return err
	}
	var s self
	if ok, err := at.getCBOR([]byte("self"), &s); err != nil || !ok {
		return fmt.Errorf("group record: %w", cmp.Or(err, error(ErrDamaged)))
	}
	if err := s.check(); err != nil {
		return err
	}
	h := l.newHouse(s)
	if string(h.name) != string(name) {
		return fmt.Errorf("group record in the wrong place: %w", ErrDamaged)
	}
	b.Group = h.id
	if own.b.Bucket([]byte(shelfHalf)) != nil {
		return fmt.Errorf("group %s: a repair did not end: %w", h.id.Short(), ErrDamaged)
	}
	l.groups[h.id] = h
	for _, step := range []func(tx) error{h.loadRing, h.loadAuth, h.loadLog, h.loadWaits, h.loadForks, h.loadSmall, h.loadShares, h.loadLost, h.loadStubs, h.loadNamed, h.vouchAgain, h.loadInvites, h.loadTickets, h.replay} {
		if err := step(t); err != nil {
			b.Name = h.called(t)
			return fmt.Errorf("group %s: %w", h.id.Short(), err)
		}
	}
	return nil
}

// loadLog finds the number of the next entry.
func (h *house) loadLog(t tx) error {
	log, err := h.openLog(t, false)
	if err != nil {
		return err
	}
	n, err := log.last()
	h.next = n + 1
	return err
}

// loadAuth fills the membership graph. Signatures were checked when the ops came, and the fences were asked: what had
// passed them passes again, whatever has happened since.
func (h *house) loadAuth(t tx) error {
	fence, err := h.shelf(t, shelfFence, false)
	if err != nil {
		return err
	}
	if err := fence.each(nil, func(k, _ []byte) (bool, error) {
		if len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("fence record: %w", ErrDamaged)
		}
		h.fenced[kp1.ID(k)] = true
		return true, nil
	}); err != nil {
		return err
	}
	s, err := h.shelf(t, shelfAuth, false)
	if err != nil {
		return err
	}
	var behind []group.Op
	if err := s.each(nil, func(k, plain []byte) (bool, error) {
		signed, err := decodeSigned(plain)
		if err != nil || len(k) != 8 {
			return false, fmt.Errorf("auth op: %w", cmp.Or(err, error(ErrDamaged)))
		}
		h.authN = number(k)
		o := authOp(signed)
		if h.fenced[o.ID] {
			behind = append(behind, o)
			return true, nil
		}
		if err := h.log.Restore(o); err != nil {
			return false, fmt.Errorf("auth op %s: %w: %w", o.ID.Short(), ErrDamaged, err)
		}
		h.noteAdmitted(o)
		return true, nil
	}); err != nil {
		return err
	}
	for _, o := range behind {
		err := h.log.Add(o)
		if err == nil {
			h.noteAdmitted(o)
		} else if !errors.Is(err, group.ErrWaiting) {
			return fmt.Errorf("auth op %s: %w: %w", o.ID.Short(), ErrDamaged, err)
		}
	}
	return nil
}

// vouchAgain repeats what content that waits, or was taken away, said for ops behind a fence: the graph remembers it only while it is open.
func (h *house) vouchAgain(t tx) error {
	if len(h.log.Held()) == 0 {
		return nil
	}
	h.vouchGone()
	log, err := h.openLog(t, false)
	if err != nil {
		return err
	}
	for _, n := range slices.Sorted(maps.Keys(h.waits.by)) {
		x := h.waits.by[n]
		if x.Why != waitOp || !h.fenced[kp1.ID(x.For)] {
			continue
		}
		env, err := log.must(n)
		if err != nil {
			return err
		}
		p := h.vantage().prepare(env.Bytes)
		for i, s := range p.ops {
			if !s.IsAuth() && p.checked[i] {
				h.log.Vouch(s.Device, s.Auth)
			}
		}
	}
	return nil
}

// noteAdmitted remembers what the rest of the ledger needs of an op that the graph has let in.
func (h *house) noteAdmitted(o group.Op) {
	if err := h.log.Standing(o.ID); rules(o.Type) && (err == nil || errors.Is(err, group.ErrUndone)) {
		h.rulings++
	}
	h.noteClock(o.Device, o.Time)
	h.noteNamed(o)
	h.noteProposal(o)
	h.noteComplaint(o)
	h.noteHanded(o)
	h.noteAccused(o)
}

// rules says whether an op of this type can change what is shown of ops that were judged before it: removals of every
// sort, and what answers them.
func rules(typ string) bool {
	switch typ {
	case group.TypeGenesis, group.TypeAdmit, group.TypeAddDevice, group.TypeConfirm, group.TypeKeyUpdate, group.TypeRekey,
		group.TypeGrant, group.TypePolicy, group.TypePropose, group.TypeVote, group.TypeAck:
		return false
	}
	return true
}

// loadSmall reads what other computers hold, which payloads are missing, and what was last heard of whom.
func (h *house) loadSmall(t tx) error {
	s, err := h.shelf(t, shelfHeld, false)
	if err != nil {
		return err
	}
	if err := h.held.load(s, h.next-1); err != nil {
		return err
	}
	if s, err = h.shelf(t, shelfLack, false); err != nil {
		return err
	}
	if err := s.each(nil, func(k, plain []byte) (bool, error) {
		if len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("payload record: %w", ErrDamaged)
		}
		owners, err := decodeOwners(plain)
		if err != nil {
			return false, err
		}
		h.lack[kp1.ID(k)] = owners
		return true, nil
	}); err != nil {
		return err
	}
	return errors.Join(h.loadStands(t), h.loadRounds(t), h.loadSticks(t), h.loadPending(t), h.loadHeard(t), h.loadReceipts(t))
}

// state is who is in, now.
func (h *house) state() group.State { return h.log.State() }
