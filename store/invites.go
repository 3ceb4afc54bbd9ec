package store

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// openInvite is an invite of the group as its admins know it.
type openInvite struct {
	invite.Invite
	ended bool
	by    kp1.DID     // the device that made it; zero for a way back
	back  bool        // a way back: see WayBack
	shown *Invitation // as its makers see it, once it was asked for: making the link takes a while

	mailbox ed25519.PrivateKey // of its rendezvous mailbox, once it was asked for
}

// inviteRecord is that on the disk.
type inviteRecord struct {
	Body  []byte `cbor:"b"`
	Ended bool   `cbor:"e"`
	By    []byte `cbor:"d,omitempty"` // the device that made it
	Back  bool   `cbor:"w,omitempty"` // a way back
}

// invitation takes the content ops in that admins write about invites; it says whether s was one.
func (b *batch) invitation(s op.Signed) (bool, error) {
	switch s.Type {
	case invite.TypeInvite:
		i, err := invite.Decode(s.Body)
		if err != nil || s.Comp != kp1.CompAdmin || b.h.invites[i.ID] != nil {
			return true, nil //nolint:nilerr // kept, not used: an invite that makes no sense invites nobody
		}
		return true, b.setInvite(i.ID, inviteRecord{Body: s.Body, Ended: b.h.over[i.ID], By: s.Device[:]})
	case invite.TypeEnd:
		id, err := invite.DecodeEnd(s.Body)
		if err != nil || s.Comp != kp1.CompAdmin {
			return true, nil //nolint:nilerr // as above
		}
		r := inviteRecord{Body: []byte{}, Ended: true} // the end may come before the beginning
		if have := b.h.invites[id]; have != nil {
			if r.Body, err = have.Encode(); err != nil {
				return true, err
			}
			r.By = have.by[:]
		}
		return true, b.setInvite(id, r)
	}
	return false, nil
}

// setInvite keeps what is known of an invite.
func (b *batch) setInvite(id kp1.IID, r inviteRecord) error {
	s, err := b.h.shelf(b.t, shelfInvites, true)
	if err != nil {
		return err
	}
	if err := b.h.putInvite(id, r); err != nil {
		return err
	}
	if i := b.h.invites[id]; i != nil && i.ended {
		if err := b.h.l.closeBox(b.t, i.Secret.Keys().Mailbox); err != nil {
			return err
		}
	}
	return s.putCBOR(id[:], r)
}

// putInvite keeps a record in memory.
func (h *house) putInvite(id kp1.IID, r inviteRecord) error {
	if len(r.Body) == 0 {
		h.over[id] = true
		return nil
	}
	i, err := invite.Decode(r.Body)
	if err != nil {
		return err
	}
	if len(r.By) != 0 && len(r.By) != len(kp1.DID{}) {
		return kp1.ErrForm
	}
	o := &openInvite{Invite: i, ended: r.Ended, back: r.Back}
	copy(o.by[:], r.By)
	h.invites[id] = o
	return nil
}

func decodeInviteRecord(plain []byte) (r inviteRecord, err error) {
	err = kp1.Unmarshal(plain, &r)
	return r, err
}

// loadInvites reads the open invites and the requests of a group.
func (h *house) loadInvites(t tx) error {
	s, err := h.shelf(t, shelfInvites, false)
	if err != nil {
		return err
	}
	if err := s.each(nil, func(k, plain []byte) (bool, error) {
		r, err := decodeInviteRecord(plain)
		if err == nil && len(k) != len(kp1.IID{}) {
			err = kp1.ErrForm
		}
		if err == nil {
			err = h.putInvite(kp1.IID(k), r)
		}
		if err != nil {
			return false, fmt.Errorf("invite: %w: %w", ErrDamaged, err)
		}
		return true, nil
	}); err != nil {
		return err
	}
	if s, err = h.shelf(t, shelfRequests, false); err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		r, err := decodeRequestRecord(plain)
		if err != nil {
			return false, fmt.Errorf("request: %w: %w", ErrDamaged, err)
		}
		i := h.invites[r.Invite]
		if i == nil {
			return true, nil
		}
		env, err := op.DecodeEnvelope(r.Sealed)
		if err != nil {
			return false, fmt.Errorf("request: %w: %w", ErrDamaged, err)
		}
		q, err := i.OpenRequest(h.id, env)
		if err != nil {
			return false, fmt.Errorf("request: %w: %w", ErrDamaged, err)
		}
		h.requests[q.ID()] = &request{Request: q, at: r.At, words: [6]string(r.Words), closed: r.Closed, back: r.Back}
		if r.Back {
			h.noteBack(r.Invite, q)
		}
		return true, nil
	})
}

// Invitation is an invite as its makers see it.
type Invitation struct {
	ID      kp1.IID
	Rank    uint8
	Note    string
	Expires time.Time
	Secret  invite.Secret
	Words   []string // to be said, eight; nil where the invite was made without
	link    invite.Link
}

// Link returns the text to hand over, with the addresses at which this computer can be met now.
func (i Invitation) Link(addrs []string) (string, error) {
	l := i.link
	l.Addrs = addrs
	return l.Encode()
}

// Invite makes an invite, opens its mailbox on this computer and leaves the drop in it (protocol.md 8.4, step 1). addrs
// are where this computer can be met; hint is what the joiner is shown as the group's name.
func (l *Ledger) Invite(_ context.Context, g kp1.GID, terms invite.Terms, addrs []string, hint string) (Invitation, error) {
	i, err := invite.New(l.opt.Rand, l.opt.Now(), terms)
	if err != nil {
		return Invitation{}, err
	}
	body, err := i.Encode()
	if err != nil {
		return Invitation{}, err
	}
	var out Invitation
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if err := h.mayInvite(); err != nil {
			return err
		}
		me, err := h.me()
		if err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if _, err := b.write(invite.TypeInvite, kp1.CompAdmin, nil, nil, body, nil); err != nil {
			return err
		}
		if out, err = b.offer(i, me, addrs, hint); err != nil {
			return err
		}
		return b.finish()
	})
	return out, err
}

// offer opens the mailbox of an invite on this computer, with the drop in it.
func (b *batch) offer(i invite.Invite, me group.Member, addrs []string, hint string) (Invitation, error) {
	h, l := b.h, b.h.l
	drop, err := i.SealDrop(l.opt.Rand, l.week(), h.id, me.Root, addrs, hint, h.log.Heads())
	if err != nil {
		return Invitation{}, err
	}
	if err := l.openBox(b.t, h.id, i, drop); err != nil {
		return Invitation{}, err
	}
	return h.invitation(&openInvite{Invite: i}, me.Root), nil
}

// WayBack makes an invite for somebody who is in this group and has lost every computer, but has their twelve words. It lets
// nobody else in: nothing but a request that carries the root's own word can be approved on it. So any member may make
// one, as any member may confirm a computer that came back (protocol.md 3.4); who leads alone comes back by no other way.
// No op speaks of it: this computer alone knows it and answers on it.
func (l *Ledger) WayBack(_ context.Context, g kp1.GID, addrs []string, hint string) (out Invitation, err error) {
	i, err := invite.New(l.opt.Rand, l.opt.Now(), invite.Terms{Rank: kp1.RankGuest, History: group.HistoryNone})
	if err != nil {
		return Invitation{}, err
	}
	body, err := i.Encode()
	if err != nil {
		return Invitation{}, err
	}
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if err := h.mayAnswer(true); err != nil {
			return err
		}
		me, err := h.me()
		if err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		h.touch()
		if err := b.setInvite(i.ID, inviteRecord{Body: body, Back: true}); err != nil {
			return err
		}
		if out, err = b.offer(i, me, addrs, hint); err != nil {
			return err
		}
		return b.finish()
	})
	return out, err
}

// ErrNoChange says that the keys of a group have not changed since a day.
var ErrNoChange = &kp1.Error{ECode: "E_NO_CHANGE", Msg: "no epoch has begun since"}

// HistoryFrom is what an invite says for somebody who is to read what was written from a moment on: the terms' History
// and Since. Keys begin before the words under them, so it starts with the first epoch that began then or later, by its
// author's clock, and never shows more than was asked for. A group that is younger is shown whole. It returns
// ErrNoChange where no epoch has begun since.
func (l *Ledger) HistoryFrom(g kp1.GID, from time.Time) (history uint8, since kp1.EID, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.groups[g]
	if h == nil {
		return 0, since, ErrNoGroup
	}
	at := uint64(max(0, from.Unix())) //nolint:gosec // not negative
	for i, e := range h.log.Epochs() {
		if x, ok := h.log.Op(e.Op); e.Undone || !ok || x.Time < at {
			continue
		}
		if i == 0 {
			return group.HistoryAll, since, nil
		}
		return group.HistorySince, e.ID, nil
	}
	return 0, since, ErrNoChange
}

func (h *house) invitation(i *openInvite, root ed25519.PublicKey) Invitation {
	if i.shown == nil {
		i.shown = &Invitation{
			ID: i.ID, Rank: i.Rank, Note: i.Note, Expires: time.Unix(int64(i.Expires), 0), //nolint:gosec // seconds
			Secret: i.Secret, link: i.Link(h.id, root, nil),
		}
		if words, ok := i.Words(); ok {
			i.shown.Words = words[:]
		}
	}
	return *i.shown
}

// EndInvite ends an invite: nobody is let in on it any more.
func (l *Ledger) EndInvite(_ context.Context, g kp1.GID, id kp1.IID) error {
	return l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		if h.invites[id] == nil {
			return invite.ErrUnknown
		}
		if err := h.mayAnswer(h.invites[id].back); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.endInvite(id); err != nil {
			return err
		}
		return b.finish()
	})
}

// mayInvite says whether this person may let others in.
func (h *house) mayInvite() error {
	me, err := h.me()
	if err == nil && me.Rank < kp1.RankAdmin {
		err = h.unled(group.ErrNotAllowed)
	}
	return err
}

// mayAnswer says whether this person may let in who asks on an invite, or on a way back.
func (h *house) mayAnswer(back bool) error {
	if !back {
		return h.mayInvite()
	}
	me, err := h.me()
	if err == nil && me.Rank < kp1.RankMember {
		err = group.ErrNotAllowed
	}
	return err
}

func (b *batch) endInvite(id kp1.IID) error {
	i := b.h.invites[id]
	if i.ended {
		return nil
	}
	if i.back { // nobody else knows of it
		body, err := i.Encode()
		if err != nil {
			return err
		}
		b.h.touch()
		return b.setInvite(id, inviteRecord{Body: body, Ended: true, Back: true})
	}
	body, err := invite.EncodeEnd(id)
	if err != nil {
		return err
	}
	_, err = b.write(invite.TypeEnd, kp1.CompAdmin, nil, nil, body, nil)
	return err
}
