package store

import (
	"errors"
	"fmt"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
)

// Shelves inside a group's shelf.
const (
	shelfSelf     = "self"     // what this computer is in the group
	shelfLog      = "log"      // entry number -> envelope as received
	shelfIDs      = "ids"      // envelope id and week -> entry number
	shelfOps      = "ops"      // op id -> where it lies
	shelfAuth     = "auth"     // number -> signed auth op, in the order of admission
	shelfKeys     = "keys"     // epoch id -> its keys
	shelfWait     = "wait"     // entry number -> what it waits for
	shelfLack     = "lack"     // payload id -> the op whose payload is not here yet
	shelfLate     = "late"     // entry numbers that spoke up after their turn; cleared by a checkpoint
	shelfHeld     = "held"     // device and chunk -> which entries it holds
	shelfFold     = "fold"     // the checkpoint
	shelfInvites  = "invites"  // invite id -> invite, as its op said
	shelfRequests = "requests" // request id -> join request
	shelfHeard    = "heard"    // device -> when and where it was last heard of
)

// self is what this computer is in one group; it lies sealed in the store and never leaves it.
type self struct {
	Group   kp1.GID  `cbor:"g"`
	Genesis kp1.Link `cbor:"gn"` // the one Genesis believed in: our own, or the one the Welcome named
	Device  kp1.DID  `cbor:"d"`
	Member  kp1.MID  `cbor:"m"`
	Sign    []byte   `cbor:"sk"` // seed of dsk
	Open    [][]byte `cbor:"hk"` // dhk, newest first
	Name    string   `cbor:"nm"` // how this person wants to be called in the group
	Partial bool     `cbor:"pa"` // admitted without the whole history (protocol.md 5.6.5)
	Since   uint64   `cbor:"at"` // unix seconds of founding or joining, by this computer's clock
}

// house is what memory holds of one group. The Ledger's lock guards it.
type house struct {
	l    *Ledger
	id   kp1.GID
	name []byte // of its shelf: an HMAC of the id
	self self

	log    *group.Log
	authN  uint64 // auth ops filed
	judged uint64 // log.Changes when the view was folded
	ring   ring
	chains map[chain]head
	view   care.View
	hidden int // content ops that a removal hides

	held  *holdings
	waits *waits
	lack  map[kp1.ID]kp1.ID
	late  int

	next   uint64 // number of the next log entry; the first is 1
	folded uint64 // the checkpoint covers the entries up to this one

	invites  map[kp1.IID]*openInvite
	requests map[kp1.ID]*request
	devices  map[kp1.DID][]byte // every device ever named, and its PeerID
	used     map[kp1.IID]kp1.ID // invites on which somebody was let in, and the hash of the request
	heard    map[kp1.DID]heard

	// What the network is told, as long as nothing of it has changed.
	hello          [][32]byte
	peers          []Peer
	netAt, netRing int
	netHeard       bool
}

// A chain is one device's content ops in one compartment.
type chain struct {
	device kp1.DID
	comp   uint8
}

// head is where a chain stands. First is where it begins here: 1, or later for a newcomer without the whole history.
type head struct {
	place
	auth  []kp1.ID
	first place
	prev  kp1.ID // what the first op names as the one before it
}

type place struct {
	seq uint64
	id  kp1.ID
}

func (l *Ledger) newHouse(s self) *house {
	return &house{
		l: l, id: s.Group, name: l.rest.Name("group", s.Group[:]), self: s, log: group.NewLog(s.Group),
		ring: ring{}, chains: map[chain]head{}, held: newHoldings(), waits: newWaits(),
		lack: map[kp1.ID]kp1.ID{}, next: 1, invites: map[kp1.IID]*openInvite{},
		requests: map[kp1.ID]*request{}, used: map[kp1.IID]kp1.ID{}, devices: map[kp1.DID][]byte{}, heard: map[kp1.DID]heard{},
		netHeard: true,
	}
}

// shelf returns one of the group's shelves.
func (h *house) shelf(t tx, name string, make bool) (shelf, error) {
	groups, err := t.top(shelfGroups, make)
	if err != nil {
		return shelf{}, err
	}
	own, err := groups.under(h.name, make)
	if err != nil {
		return shelf{}, err
	}
	return own.under([]byte(name), make)
}

// build makes the group's shelf on the disk.
func (h *house) build(t tx) error {
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
	if err != nil || groups.b == nil {
		return err
	}
	return groups.b.ForEachBucket(func(name []byte) error { return l.loadGroup(t, groups, name) })
}

// loadGroup reads one group: its keys and auth ops whole, and of the content only what came after the checkpoint.
func (l *Ledger) loadGroup(t tx, groups shelf, name []byte) error {
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
		return fmt.Errorf("group record: %w: %w", ErrDamaged, err)
	}
	h := l.newHouse(s)
	if string(h.name) != string(name) {
		return fmt.Errorf("group record in the wrong place: %w", ErrDamaged)
	}
	l.groups[h.id] = h
	for _, step := range []func(tx) error{h.loadRing, h.loadAuth, h.loadLog, h.loadWaits, h.loadSmall, h.replay} {
		if err := step(t); err != nil {
			return fmt.Errorf("group %s: %w", h.id.Short(), err)
		}
	}
	return nil
}

// loadLog finds the number of the next entry.
func (h *house) loadLog(t tx) error {
	s, err := h.shelf(t, shelfLog, false)
	if err != nil || s.b == nil {
		return err
	}
	if k, _ := s.b.Cursor().Last(); k != nil {
		if len(k) != 8 {
			return fmt.Errorf("log entry: %w", ErrDamaged)
		}
		h.next = number(k) + 1
	}
	return nil
}

// loadAuth fills the membership graph. Signatures were checked when the ops came.
func (h *house) loadAuth(t tx) error {
	s, err := h.shelf(t, shelfAuth, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		signed, err := decodeSigned(plain)
		if err != nil {
			return false, err
		}
		if err := h.log.Add(authOp(signed)); err != nil && !errors.Is(err, group.ErrWaiting) {
			return false, fmt.Errorf("auth op %s: %w: %w", signed.ID.Short(), ErrDamaged, err)
		}
		h.authN = number(k)
		h.noteNamed(authOp(signed))
		return true, nil
	})
}

// loadSmall reads what other computers hold, which payloads are missing, and what was last heard of whom.
func (h *house) loadSmall(t tx) error {
	s, err := h.shelf(t, shelfHeld, false)
	if err != nil {
		return err
	}
	if err := h.held.load(s); err != nil {
		return err
	}
	if s, err = h.shelf(t, shelfLack, false); err != nil {
		return err
	}
	if err := s.each(nil, func(k, plain []byte) (bool, error) {
		if len(k) != 32 || len(plain) != 32 {
			return false, fmt.Errorf("payload record: %w", ErrDamaged)
		}
		h.lack[kp1.ID(k)] = kp1.ID(plain)
		return true, nil
	}); err != nil {
		return err
	}
	return h.loadHeard(t)
}

// state is who is in, now.
func (h *house) state() group.State { return h.log.State() }
