package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// Stages of a link, as they stand on the disk.
const (
	LinkShown   uint8 = 1 // the code is there; nobody has taken it, or the one it was taken from was not reached
	LinkCompare uint8 = 2 // both sides know the words
	LinkWriting uint8 = 3 // both persons said that they are the same
	LinkDone    uint8 = 4
	LinkOver    uint8 = 5 // ended without success; Why says how
	LinkCarried uint8 = 6 // of a computer that came back: its wish is filed here
)

// States of a group in a link.
const (
	LinkAsked  uint8 = 0 // nothing is written yet
	LinkNamed  uint8 = 1 // the new device is named, and waits for another member's word
	LinkComing uint8 = 2 // it is in: its keys are on their way, or what was written before is
	LinkIn     uint8 = 3
	LinkOut    uint8 = 4 // left out
)

// How long a code may be taken, and how long what both persons have agreed to may take to be done.
const (
	LinkLife   = 15 * time.Minute
	linkFinish = 7 * 24 * time.Hour
)

// maxLinks is how many links one store keeps.
const maxLinks = 64

var (
	// ErrNoLink: no link of that id is here.
	ErrNoLink = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such link"}
	// ErrLinkOld: the code's time is over.
	ErrLinkOld = &kp1.Error{ECode: "E_LINK_OLD", Msg: "the linking code has expired"}
	// ErrLinkClosed: the computer that made the code knows it no more.
	ErrLinkClosed = &kp1.Error{ECode: "E_LINK_CLOSED", Msg: "the linking code is not open any more"}
	// ErrLinkTaken: another computer has taken the code.
	ErrLinkTaken = &kp1.Error{ECode: "E_LINK_TAKEN", Msg: "another computer has taken the code"}
	// ErrLinkDifferent: somebody said that the words are not the same.
	ErrLinkDifferent = &kp1.Error{ECode: "E_LINK_DIFFERENT", Msg: "the words are not the same"}
	// ErrLinkWords: the words were not compared yet, or there is nothing to compare.
	ErrLinkWords = &kp1.Error{ECode: "E_LINK_WORDS", Msg: "the words were not compared"}
	// ErrLinkNothing: there is nothing to link: no group to be in, or nothing to come back to.
	ErrLinkNothing = &kp1.Error{ECode: "E_LINK_NOTHING", Msg: "no group to link"}
	// ErrLinkStranger: nobody here is in a group of the computer that comes back.
	ErrLinkStranger = &kp1.Error{ECode: "E_LINK_STRANGER", Msg: "no group in common"}
	// ErrLinkAnswer: what the old computer answered is not what it had offered.
	ErrLinkAnswer = &kp1.Error{ECode: "E_LINK_ANSWER", Msg: "answer does not fit the offer"}
	// ErrLinkSelf: the code was made on this very computer.
	ErrLinkSelf = &kp1.Error{ECode: "E_LINK_SELF", Msg: "code of this very computer"}
	// ErrLinkMany: more links are under way than are kept.
	ErrLinkMany = &kp1.Error{ECode: "E_LINK_MANY", Msg: "too many links"}
)

// linkEnds names the ends of a link by their code.
var linkEnds = []*kp1.Error{
	ErrLinkOld, ErrLinkClosed, ErrLinkTaken, ErrLinkDifferent, ErrLinkNothing, ErrLinkStranger, ErrLinkAnswer, ErrLinkSelf,
	link.ErrSwapped, link.ErrNewer,
}

func linkEnd(code string) error {
	for _, e := range linkEnds {
		if e.ECode == code {
			return e
		}
	}
	return &kp1.Error{ECode: code, Msg: "left out"}
}

// linkRecord is one link on its way.
type linkRecord struct {
	New    bool      `cbor:"n"` // this computer made the code
	Kind   link.Kind `cbor:"k"`
	ByFile bool      `cbor:"bf"`
	Code   link.Code `cbor:"c"`
	Hash   []byte    `cbor:"h"` // of the Ask: whole where it is known, or empty
	At     uint64    `cbor:"t"`
	Until  uint64    `cbor:"x"`
	Stage  uint8     `cbor:"st"`
	Why    string    `cbor:"y"`  // code of the end
	Said   link.Said `cbor:"s"`  // by the person here
	Theirs link.Said `cbor:"th"` // by the person there
	Told   bool      `cbor:"to"` // the old computer: the new one knows how it ended

	Box   []byte   `cbor:"b"` // the new computer: its Secret
	Late  []byte   `cbor:"l"` // both, once it is known
	Peer  []byte   `cbor:"p"` // raw multihash of the new computer's PeerID
	From  []byte   `cbor:"f"` // of the old one's
	Addrs []string `cbor:"r"` // where the other one is

	Ask    []byte      `cbor:"q"` // the old computer: the Ask without what it carries
	Offer  []byte      `cbor:"o"` // encoded
	Sealed []byte      `cbor:"e"` // the old computer: and sealed, once and for all
	Fresh  bool        `cbor:"fr"`
	Groups []linkGroup `cbor:"g"`
	Only   []kp1.GID   `cbor:"w"`  // the old computer: the groups wanted; none means all
	Path   string      `cbor:"pt"` // the new computer, by file: where the answer is
	Filed  []byte      `cbor:"fc"` // by file: the code of the answer file
	Others bool        `cbor:"ot"` // the new computer: another one that knows the code came too
}

// linkGroup is one group of a link.
type linkGroup struct {
	Group  kp1.GID    `cbor:"g"`
	State  uint8      `cbor:"st"`
	Why    string     `cbor:"y"`
	Sign   []byte     `cbor:"sk"` // the new computer: its device's keys
	Open   []byte     `cbor:"hk"`
	Device kp1.DID    `cbor:"d"`  // the old computer: whom it has named
	Keys   []byte     `cbor:"ks"` // the old computer, by file: the device's keys, which only the new one opens
	HPKE   []byte     `cbor:"hp"` // the old computer: of that device
	PoP    []byte     `cbor:"pp"`
	Pub    []byte     `cbor:"dp"`
	Told   uint8      `cbor:"to"` // the old computer: the state the new one was told
	Heads  []kp1.Link `cbor:"hd"` // the new computer: the pin
}

// A Link is one link as the outside sees it.
type Link struct {
	ID     link.ID
	New    bool
	Back   bool
	ByFile bool
	Stage  uint8
	Code   link.Code
	Hash   [32]byte
	Words  []string // once both sides know them
	Same   bool     // the person here has said that they are the same
	Others bool     // another computer that knows the code came too
	Filed  bool     // by file: the answer was written, or read
	Name   string   // of the old computer's person, as it says
	Groups []LinkGroup
	From   []byte   // raw multihash of the old computer's PeerID, where this is the new one
	Addrs  []string // where the other computer is
	At     time.Time
	Until  time.Time
	Why    error
}

// LinkGroup is one group of a Link.
type LinkGroup struct {
	ID     kp1.GID
	Name   string // as the old computer says
	State  uint8
	Device kp1.DID // whom this side has named, or carried
	Why    error
}

func (r *linkRecord) id() link.ID { return r.Code.ID() }

// secret is the new computer's, while it is kept.
func (r *linkRecord) secret() (link.Secret, error) {
	box, err := op.ParseBoxKey(r.Box)
	if err != nil {
		return link.Secret{}, err
	}
	s := link.Secret{Kind: r.Kind, Peer: r.Peer, Box: box}
	copy(s.Late[:], r.Late)
	return s, nil
}

// ask is the new computer's opening, on either side.
func (r *linkRecord) ask() (link.Ask, error) {
	if !r.New {
		return link.DecodeAsk(r.Ask, r.Code)
	}
	s, err := r.secret()
	return s.Ask(nil), err
}

func (r *linkRecord) offer() (link.Offer, error) { return link.DecodeOffer(r.Offer) }

// group finds a group of the record to change.
func (r *linkRecord) group(g kp1.GID) *linkGroup {
	for i := range r.Groups {
		if r.Groups[i].Group == g {
			return &r.Groups[i]
		}
	}
	return nil
}

// over ends a link without success and forgets its secrets.
func (r *linkRecord) over(why error) {
	r.Stage, r.Why = LinkOver, codeOf(why)
	r.Box, r.Late = []byte{}, []byte{}
	for i := range r.Groups {
		r.Groups[i].Sign, r.Groups[i].Open = []byte{}, []byte{}
	}
}

// settled moves a link on once every group has come to an end.
func (r *linkRecord) settled() {
	if r.Stage != LinkWriting || len(r.Groups) == 0 {
		return
	}
	for _, g := range r.Groups {
		if g.State != LinkIn && g.State != LinkOut {
			return
		}
	}
	r.Stage = LinkDone
}

func (r *linkRecord) expired(now uint64) bool { return now >= r.Until }

// words are what both screens show; none before both sides know them.
func (r *linkRecord) words() []string {
	a, err := r.ask()
	switch {
	case err != nil || r.Stage != LinkCompare && r.Stage != LinkWriting || r.Kind == link.Back:
		return nil
	case r.ByFile && len(r.Filed) == len(link.Code{}):
		w := link.Code(r.Filed).Words()
		return w[:]
	case r.ByFile && !r.New:
		w := r.Code.Words()
		return w[:]
	case r.ByFile:
		return nil
	case len(r.Late) != 16 || len(r.Offer) == 0:
		return nil
	}
	w := link.Words(a, [16]byte(r.Late), r.Offer, r.From)
	return w[:]
}

func (r *linkRecord) out() Link {
	o := Link{
		ID: r.id(), New: r.New, Back: r.Kind == link.Back, ByFile: r.ByFile, Stage: r.Stage, Code: r.Code, Words: r.words(),
		Same: r.Said == link.SaidSame, Others: r.Others, Filed: len(r.Filed) > 0, Addrs: r.Addrs, At: time.Unix(int64(r.At), 0), Until: time.Unix(int64(r.Until), 0), //nolint:gosec // seconds
	}
	copy(o.Hash[:], r.Hash)
	if r.New {
		o.From = r.From
	}
	names := map[kp1.GID]string{}
	if offer, err := r.offer(); err == nil {
		o.Name = offer.Name
		for _, g := range offer.Groups {
			names[g.Group] = g.Name
			if len(r.Groups) == 0 {
				o.Groups = append(o.Groups, LinkGroup{ID: g.Group, Name: g.Name})
			}
		}
	}
	for _, g := range r.Groups {
		x := LinkGroup{ID: g.Group, Name: names[g.Group], State: g.State, Device: g.Device}
		if g.Why != "" {
			x.Why = linkEnd(g.Why)
		}
		o.Groups = append(o.Groups, x)
	}
	if r.Why != "" {
		o.Why = linkEnd(r.Why)
	}
	return o
}

// clone copies what a transaction may change.
func (r *linkRecord) clone() *linkRecord {
	c := *r
	c.Groups = slices.Clone(r.Groups)
	return &c
}

func newLinkRecord() *linkRecord {
	return &linkRecord{
		Hash: []byte{}, Box: []byte{}, Late: []byte{}, Peer: []byte{}, From: []byte{}, Addrs: []string{}, Ask: []byte{}, Offer: []byte{},
		Sealed: []byte{}, Groups: []linkGroup{}, Only: []kp1.GID{}, Filed: []byte{},
	}
}

func newLinkGroup(g kp1.GID) linkGroup {
	return linkGroup{Group: g, Sign: []byte{}, Open: []byte{}, Keys: []byte{}, HPKE: []byte{}, PoP: []byte{}, Pub: []byte{}, Heads: []kp1.Link{}}
}

func decodeLink(plain []byte) (*linkRecord, error) {
	var r linkRecord
	if err := kp1.Unmarshal(plain, &r); err != nil {
		return nil, err
	}
	if len(r.Groups) > link.MaxGroups || r.Stage == 0 || r.Stage > LinkCarried || r.Kind > link.Back || r.Said > link.SaidDifferent {
		return nil, kp1.ErrForm
	}
	for _, x := range r.Groups {
		if n := len(x.Sign); n != 0 && n != ed25519.SeedSize || n == 0 && r.New && x.State == LinkComing || x.State > LinkOut {
			return nil, kp1.ErrForm
		}
	}
	return &r, nil
}

func (l *Ledger) saveLink(t tx, r *linkRecord) error {
	s, err := t.top(shelfLinks, true)
	if err != nil {
		return err
	}
	l.staleTop = true
	id := r.id()
	l.links[id] = r
	return s.putCBOR(id[:], r)
}

func (l *Ledger) dropLink(t tx, id link.ID) error {
	l.staleTop = true
	delete(l.links, id)
	s, err := t.top(shelfLinks, true)
	if err != nil {
		return err
	}
	return s.delete(id[:])
}

func (l *Ledger) loadLinks(t tx) error {
	s, err := t.top(shelfLinks, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		r, err := decodeLink(plain)
		if err != nil {
			return false, fmt.Errorf("link record: %w: %w", ErrDamaged, err)
		}
		l.links[r.id()] = r
		for _, g := range r.Groups {
			if h := l.groups[g.Group]; h != nil && r.New && g.State == LinkComing {
				h.expectDevice(g.device(), g.Open)
			}
		}
		return true, nil
	})
}

// device is the new computer's own device in the group.
func (g linkGroup) device() kp1.DID { return kp1.DeviceID(public(ed25519.NewKeyFromSeed(g.Sign))) }

// changeLink changes one link durably. What do returns takes back what it has changed, but for a keptError.
func (l *Ledger) changeLink(id link.ID, do func(t tx, r *linkRecord) error) (Link, error) {
	var out Link
	var kept error
	err := l.change(func(t tx) error {
		old := l.links[id]
		if old == nil {
			return ErrNoLink
		}
		r := old.clone()
		err := do(t, r)
		var k *keptError
		if err != nil && !errors.As(err, &k) {
			return err
		}
		if k != nil {
			kept = k.error
		}
		out = r.out()
		return l.saveLink(t, r)
	})
	if err != nil {
		return Link{}, err
	}
	return out, kept
}

// keptError is what went wrong with a link and is written down with it.
type keptError struct{ error }

// ends ends a link without success and keeps why.
func ends(r *linkRecord, why error) error {
	r.over(why)
	return &keptError{why}
}

// CancelLink forgets a link. A device that it has named stays named: it is taken out by revoking it.
func (l *Ledger) CancelLink(id link.ID) error {
	return l.change(func(t tx) error {
		if l.links[id] == nil {
			return ErrNoLink
		}
		return l.dropLink(t, id)
	})
}

// SameWords says whether the words on both screens are the same. A no ends the link, and its code is spent.
func (l *Ledger) SameWords(ctx context.Context, id link.ID, same bool) (Link, error) {
	out, err := l.changeLink(id, func(t tx, r *linkRecord) error {
		if same && r.Said == link.SaidSame && (r.Stage == LinkCompare || r.Stage == LinkWriting) {
			return nil // once is enough
		}
		if r.Stage != LinkCompare || len(r.words()) == 0 {
			return ErrLinkWords
		}
		if !same {
			r.Said = link.SaidDifferent
			box, late := r.Box, r.Late
			if r.over(ErrLinkDifferent); r.New && len(r.From) > 0 && !r.ByFile {
				r.Box, r.Late = box, late // until the other side was told
			}
			return nil
		}
		if r.expired(l.unix()) {
			return ends(r, ErrLinkOld)
		}
		r.Said, r.Until = link.SaidSame, l.unix()+uint64(linkFinish/time.Second)
		switch {
		case r.ByFile && r.New:
			return l.takeFiled(t, r)
		case r.ByFile:
			return l.makeFiled(r)
		case r.New:
			return l.makeDevices(r)
		}
		return nil
	})
	if err != nil || !out.ByFile || !same {
		return out, err
	}
	if out.New {
		return out, l.fill(ctx, id)
	}
	return out, l.publishAll(id)
}

// publishAll is publish for every group of a link by file.
func (l *Ledger) publishAll(id link.ID) error {
	l.mu.Lock()
	r := l.links[id]
	l.mu.Unlock()
	if r == nil {
		return ErrNoLink
	}
	for _, g := range r.Groups {
		if err := l.publish(id, g.Group); err != nil {
			return err
		}
	}
	return nil
}

// sweepLinks forgets links whose time is over: those that ended, and codes that nobody took.
func (l *Ledger) sweepLinks(t tx) error {
	now := l.unix()
	for id, r := range l.links {
		late := r.expired(now) && (r.Stage == LinkDone || r.Stage == LinkOver || r.Stage == LinkCarried || r.Stage == LinkShown)
		if late || now >= r.Until+uint64(linkFinish/time.Second) {
			if err := l.dropLink(t, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// addLink keeps a new link.
func (l *Ledger) addLink(t tx, r *linkRecord) error {
	if err := l.sweepLinks(t); err != nil {
		return err
	}
	if len(l.links) >= maxLinks {
		return ErrLinkMany
	}
	return l.saveLink(t, r)
}

// rootKey is this person's root key in a group: made from the twelve words, or handed over with that group alone.
// The lock is held.
func (l *Ledger) rootKey(g kp1.GID) ed25519.PrivateKey {
	if h := l.groups[g]; h != nil && len(h.self.Root) == ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(h.self.Root)
	}
	return keyring.RootKey(l.who.recovery(), g)
}

// RootKey is this person's root key in a group.
func (l *Ledger) RootKey(g kp1.GID) ed25519.PrivateKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rootKey(g)
}

// fresh says whether this home belongs to nobody's groups yet, so that its twelve words may be replaced. The lock is held.
func (l *Ledger) fresh() bool { return len(l.groups) == 0 && len(l.joins) == 0 && len(l.broken) == 0 }

// setRecovery makes the twelve words of this home others.
func (l *Ledger) setRecovery(t tx, rs []byte) error {
	meta, err := t.top(shelfMeta, true)
	if err != nil {
		return err
	}
	next := l.who
	next.Recovery = bytes.Clone(rs)
	if err := meta.putCBOR([]byte("person"), next); err != nil {
		return err
	}
	l.staleTop = true
	l.who.Recovery = next.Recovery
	return nil
}
