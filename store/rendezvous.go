package store

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"
	"time"

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

// box is the rendezvous mailbox of one open invite: served by this computer, which made the invite, or what it has to leave
// in the one at a keeper.
type box struct {
	Key       []byte   `cbor:"k"` // the mailbox's public key
	Group     kp1.GID  `cbor:"g"`
	Invite    kp1.IID  `cbor:"i"`
	Expires   uint64   `cbor:"x"`
	Envelopes [][]byte `cbor:"e"`
	Away      bool     `cbor:"a,omitempty"` // another computer made the invite: nothing is served here
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

// postOwn leaves an envelope of our own in the mailbox of an invite: here, where it was made on this computer, and at the
// group's keepers.
func (h *house) postOwn(t tx, i invite.Invite, env []byte) error {
	l, pub := h.l, i.Secret.Keys().Mailbox.Public().(ed25519.PublicKey)
	b := &box{Key: pub, Group: h.id, Invite: i.ID, Expires: i.Expires, Away: true}
	switch have := l.boxes[boxName(pub)]; {
	case have != nil:
		c := *have
		b = &c
	case len(h.state().Policy.Mailboxes) == 0:
		return fmt.Errorf("mailbox of the invite: %w", invite.ErrEnded)
	}
	b.Envelopes = append(slices.Clone(b.Envelopes), env)
	l.staleTop = true
	l.boxes[boxName(pub)] = b
	return l.saveBox(t, b)
}

// boxAt returns an open mailbox; the lock is held.
func (l *Ledger) boxAt(pub ed25519.PublicKey) *box {
	b := l.boxes[boxName(pub)]
	if b == nil || b.Away || !equalKey(b.Key, pub) || b.Expires <= l.unix() {
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
		if b.Expires > now && !b.Away && l.facesStrangers(b.Group) {
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

// Rendezvous is the mailbox of one invite at the group's keepers, as this computer keeps it.
type Rendezvous struct {
	Invite    kp1.IID
	Key       ed25519.PrivateKey
	Expires   time.Time
	Over      bool     // nobody is let in on the invite any more: the mailbox goes
	Envelopes [][]byte // what this computer has left, or has to leave, there
}

// Rendezvous lists the mailboxes of invites whose time is not over: those of a group that this person may answer, by invite.
func (l *Ledger) Rendezvous(g kp1.GID) (out []Rendezvous) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return nil
	}
	now := l.unix()
	for _, id := range slices.SortedFunc(maps.Keys(h.invites), kp1.IID.Compare) {
		i := h.invites[id]
		if i.Expires <= now || h.mayAnswer(i.back) != nil {
			continue
		}
		if i.mailbox == nil {
			i.mailbox = i.Secret.Keys().Mailbox
		}
		r := Rendezvous{Invite: id, Key: i.mailbox, Expires: time.Unix(int64(i.Expires), 0), Over: i.ended} //nolint:gosec // seconds
		if d, used := h.cameBy[id]; used && h.spoke(d) {
			r.Over = true // they are here, and have taken the answer out
		}
		if b := l.boxes[boxName(public(r.Key))]; b != nil && !r.Over {
			r.Envelopes = slices.Clone(b.Envelopes)
		}
		out = append(out, r)
	}
	return out
}

// RendezvousMail takes in what lies in the mailbox of an invite at a keeper: requests are shown to this person, and where
// this computer made the invite, who comes here directly finds it all.
func (l *Ledger) RendezvousMail(_ context.Context, g kp1.GID, iid kp1.IID, raws [][]byte) error {
	var envs []op.Envelope
	for _, raw := range raws {
		e, err := op.DecodeEnvelope(raw)
		if err == nil && (e.Kind == op.KindDrop || e.Kind == op.KindJoinRequest || e.Kind == op.KindWelcome) {
			envs = append(envs, e)
		}
	}
	if len(envs) == 0 {
		return nil
	}
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil || h.invites[iid] == nil || h.mayAnswer(h.invites[iid].back) != nil {
			return nil
		}
		if err := l.copyInto(t, h.invites[iid].Invite, envs); err != nil {
			return err
		}
		for _, e := range envs {
			if e.Kind != op.KindJoinRequest {
				continue
			}
			if err := l.fileRequest(t, h, iid, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// copyInto adds to a mailbox that is served here what lies in that of the same invite at a keeper, as far as there is room.
func (l *Ledger) copyInto(t tx, i invite.Invite, envs []op.Envelope) error {
	b := l.boxAt(public(i.Secret.Keys().Mailbox))
	if b == nil {
		return nil
	}
	next, size, there := *b, 0, map[kp1.ID]bool{}
	for _, raw := range b.Envelopes {
		size += len(raw)
		there[kp1.Sum(raw)] = true
	}
	for _, e := range envs {
		if there[e.ID] || len(next.Envelopes) >= maxBoxEnvelopes || size+len(e.Bytes) > maxBoxBytes {
			continue
		}
		next.Envelopes = append(slices.Clip(next.Envelopes), e.Bytes)
		size, there[e.ID] = size+len(e.Bytes), true
	}
	if len(next.Envelopes) == len(b.Envelopes) {
		return nil
	}
	l.staleTop = true
	l.boxes[boxName(b.Key)] = &next
	return l.saveBox(t, &next)
}
