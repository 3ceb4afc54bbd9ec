package store

import (
	"context"
	"crypto/ed25519"
	"fmt"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// Bounds of one rendezvous mailbox (protocol.md 7.5).
const (
	maxBoxEnvelopes = 64
	maxBoxBytes     = 1 << 20
)

// ErrBoxFull: the mailbox holds as much as it may.
var ErrBoxFull = &kp1.Error{ECode: "E_MAILBOX_FULL", Msg: "mailbox is full"}

// box is the rendezvous mailbox of one open invite, served by this computer.
type box struct {
	Key       []byte   `cbor:"k"` // the mailbox's public key
	Group     kp1.GID  `cbor:"g"`
	Invite    kp1.IID  `cbor:"i"`
	Expires   uint64   `cbor:"x"`
	Envelopes [][]byte `cbor:"e"`
}

func boxName(pub ed25519.PublicKey) kp1.ID { return kp1.Sum(pub) }

func (l *Ledger) saveBox(t tx, b *box) error {
	s, err := t.top(shelfBoxes, true)
	if err != nil {
		return err
	}
	return s.putCBOR(l.rest.Name("box", b.Key), b)
}

func (l *Ledger) loadBoxes(t tx) error {
	s, err := t.top(shelfBoxes, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		b, err := decodeBox(plain)
		if err != nil {
			return false, fmt.Errorf("mailbox record: %w: %w", ErrDamaged, err)
		}
		l.boxes[boxName(b.Key)] = b
		return true, nil
	})
}

func decodeBox(plain []byte) (*box, error) {
	var b box
	if err := kp1.Unmarshal(plain, &b); err != nil {
		return nil, err
	}
	if len(b.Key) != ed25519.PublicKeySize || len(b.Envelopes) > maxBoxEnvelopes+maxCarriedHere {
		return nil, kp1.ErrForm
	}
	return &b, nil
}

// maxCarriedHere is how many welcomes of our own may lie in a mailbox that strangers have filled.
const maxCarriedHere = 64

// openBox opens the mailbox of an invite with its drop in it, and forgets those whose time is over.
func (l *Ledger) openBox(t tx, g kp1.GID, i invite.Invite, drop op.Envelope) error {
	if err := l.sweepBoxes(t); err != nil {
		return err
	}
	pub := i.Secret.Keys().Mailbox.Public().(ed25519.PublicKey)
	b := &box{Key: pub, Group: g, Invite: i.ID, Expires: i.Expires, Envelopes: [][]byte{drop.Bytes}}
	l.staleTop = true
	l.boxes[boxName(pub)] = b
	return l.saveBox(t, b)
}

// sweepBoxes forgets the mailboxes that nobody may use any more: their invites ran out, and with them what lies in them.
func (l *Ledger) sweepBoxes(t tx) error {
	now := l.unix()
	for _, b := range l.boxes {
		if b.Expires > now {
			continue
		}
		if err := l.dropBox(t, b.Key); err != nil {
			return err
		}
	}
	return nil
}

// closeBox forgets a mailbox.
func (l *Ledger) closeBox(t tx, key ed25519.PrivateKey) error {
	return l.dropBox(t, key.Public().(ed25519.PublicKey))
}

func (l *Ledger) dropBox(t tx, pub ed25519.PublicKey) error {
	l.staleTop = true
	delete(l.boxes, boxName(pub))
	s, err := t.top(shelfBoxes, true)
	if err != nil {
		return err
	}
	return s.delete(l.rest.Name("box", pub))
}

// postOwn leaves an envelope of our own in a mailbox of ours.
func (l *Ledger) postOwn(t tx, key ed25519.PrivateKey, env []byte) error {
	b := l.boxes[boxName(key.Public().(ed25519.PublicKey))]
	if b == nil {
		return fmt.Errorf("mailbox of the invite: %w", invite.ErrEnded)
	}
	l.staleTop = true
	b.Envelopes = append(b.Envelopes, env)
	return l.saveBox(t, b)
}

// boxAt returns an open mailbox; the lock is held.
func (l *Ledger) boxAt(pub ed25519.PublicKey) *box {
	b := l.boxes[boxName(pub)]
	if b == nil || !equalKey(b.Key, pub) || b.Expires <= l.unix() {
		return nil
	}
	return b
}

// BoxesOpen says whether this computer answers strangers now: a mailbox is open here, or was closed before its time with
// a request in it, and whoever left that is to hear that it is closed.
func (l *Ledger) BoxesOpen() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.unix()
	for _, b := range l.boxes {
		if b.Expires > now && l.facesStrangers(b.Group) {
			return true
		}
	}
	for g, h := range l.groups {
		if !l.facesStrangers(g) {
			continue
		}
		for _, r := range h.requests {
			i := h.invites[r.Core().Invite]
			if i == nil || i.Expires <= now {
				continue
			}
			if _, used := h.used[i.ID]; used || i.ended {
				return true
			}
		}
	}
	return false
}

// facesStrangers says whether this computer may answer strangers for a group: where members meet through a mailbox alone, who is
// invited comes there too. The lock is held.
func (l *Ledger) facesStrangers(g kp1.GID) bool {
	h := l.groups[g]
	return h == nil || h.state().Policy.Reach == group.ReachDirect
}

// BoxHas says whether the mailbox with this key is open here.
func (l *Ledger) BoxHas(pub ed25519.PublicKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.boxAt(pub)
	return b != nil && l.facesStrangers(b.Group)
}

// BoxList returns what lies in a mailbox.
func (l *Ledger) BoxList(pub ed25519.PublicKey) [][]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.boxAt(pub)
	if b == nil {
		return nil
	}
	return append([][]byte{}, b.Envelopes...)
}

// BoxPut leaves an envelope in a mailbox, durably, and files the request in it for the admin to see.
func (l *Ledger) BoxPut(_ context.Context, pub ed25519.PublicKey, raw []byte) error {
	env, err := op.DecodeEnvelope(raw)
	if err != nil {
		return err
	}
	if env.Kind != op.KindDrop && env.Kind != op.KindJoinRequest && env.Kind != op.KindWelcome {
		return fmt.Errorf("kind %d in a mailbox of an invite: %w", env.Kind, ErrForged)
	}
	l.mu.Lock()
	b := l.boxAt(pub)
	l.mu.Unlock()
	if b == nil {
		return invite.ErrEnded
	}
	return l.change(func(t tx) error {
		b := l.boxAt(pub)
		if b == nil {
			return invite.ErrEnded
		}
		size := len(raw)
		for _, e := range b.Envelopes {
			if kp1.Sum(e) == env.ID {
				return nil // once is enough
			}
			size += len(e)
		}
		if len(b.Envelopes) >= maxBoxEnvelopes || size > maxBoxBytes {
			return ErrBoxFull
		}
		next := *b
		next.Envelopes = append(append([][]byte{}, b.Envelopes...), raw)
		if err := l.saveBox(t, &next); err != nil {
			return err
		}
		l.staleTop = true
		l.boxes[boxName(pub)] = &next
		h := l.groups[b.Group]
		if env.Kind != op.KindJoinRequest || h == nil {
			return nil
		}
		return l.fileRequest(t, h, b.Invite, env)
	})
}
