package store

import (
	"bytes"
	"errors"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// This file is how the new computer is named in a group and gets its keys.

// publish names the new computer in one group, on this device's own chain, and grants it what its person may hold. A group
// in which that cannot be is left out, with the reason; the others go on.
func (l *Ledger) publish(id link.ID, g kp1.GID) error {
	_, err := l.changeLink(id, func(t tx, r *linkRecord) error {
		x := r.group(g)
		if x == nil || x.State != LinkAsked {
			return nil
		}
		a, err := r.ask()
		if err != nil {
			return err
		}
		return l.publishIn(t, x, a)
	})
	var refused *publishError
	if !errors.As(err, &refused) {
		return err
	}
	_, err = l.changeLink(id, func(_ tx, r *linkRecord) error {
		if x := r.group(g); x != nil && x.State == LinkAsked {
			x.State, x.Why = LinkOut, codeOf(refused.error)
		}
		return nil
	})
	return err
}

// publishError is why a group does not let the new computer in; the transaction that found out is taken back.
type publishError struct{ error }

func (l *Ledger) publishIn(t tx, x *linkGroup, a link.Ask) error {
	h := l.groups[x.Group]
	if h == nil {
		return &publishError{ErrNoGroup}
	}
	me, err := h.me()
	if err != nil {
		return &publishError{err}
	}
	b, err := h.batch(t, kp1.DID{})
	if err != nil {
		return err
	}
	cert, err := group.NewCert(h.id, me.Root, x.Pub, x.HPKE, a.Peer, 0)
	if err == nil && len(x.PoP) == 64 {
		cert, err = group.SignFor(cert, h.self.Device, h.signingKey(), [64]byte(x.PoP))
	}
	if err != nil || len(x.PoP) != 64 {
		return &publishError{errors.Join(err, ErrLinkAnswer)}
	}
	if err := b.makeRoom(a.Peer); err != nil {
		return err
	}
	s, err := b.authDraft(nil, group.AddDevice{Cert: cert})
	if err != nil {
		return &publishError{err}
	}
	if err := b.post(s); err != nil {
		return &publishError{err}
	}
	x.State = LinkNamed
	if _, in := h.state().Device(x.Device); in {
		x.State = LinkComing
		if _, err := b.shareWith(x.Device); err != nil {
			return err
		}
	}
	return b.finish()
}

// makeRoom revokes devices of this person's own that stand for the very computer that is about to be linked: what an
// earlier link has left, or a computer whose store is an old copy. Two devices cannot have one PeerID.
func (b *batch) makeRoom(peer []byte) error {
	h := b.h
	st := h.state()
	var stale []kp1.DID
	for _, d := range slices.Concat(st.Devices, st.Waiting) {
		if bytes.Equal(d.Peer, peer) && d.Member == h.self.Member && d.ID != h.self.Device {
			stale = append(stale, d.ID)
		}
	}
	if len(stale) == 0 {
		return nil
	}
	cut := group.Cut{}
	for _, d := range stale {
		cut = append(cut, h.cutOf(d)...)
	}
	slices.SortFunc(stale, kp1.DID.Compare)
	if _, err := b.deed(group.NewRevoke(stale, group.NewCut(cut...))); err != nil {
		return &publishError{err}
	}
	return nil
}

// shareWith hands a device that has just come in the keys its member may hold.
func (b *batch) shareWith(d kp1.DID) (op.Envelope, error) {
	h := b.h
	for _, n := range h.log.Missing() {
		if entries := h.owed(n.Shares); n.Device == d && len(entries) > 0 {
			return b.handTo(group.Device{ID: n.Device, Member: n.Member, HPKE: n.HPKE}, h.owes()[d], entries)
		}
	}
	return op.Envelope{}, nil
}

// LinkShare hands the devices of links that were confirmed meanwhile their keys, without the wait after which anybody
// would.
func (l *Ledger) LinkShare() error {
	type due struct {
		id link.ID
		g  kp1.GID
	}
	var all []due
	l.mu.Lock()
	for id, r := range l.links {
		for _, x := range r.Groups {
			if !r.New && x.State == LinkNamed && l.stateOf(x) == LinkComing {
				all = append(all, due{id, x.Group})
			}
		}
	}
	l.mu.Unlock()
	var err error
	for _, x := range all {
		_, e := l.changeLink(x.id, func(t tx, r *linkRecord) error {
			g, h := r.group(x.g), l.groups[x.g]
			if g == nil || h == nil || !h.mayTend() {
				return nil
			}
			if g.State = LinkComing; r.Stage == LinkCarried { // it is dialled as the member's device that it is now
				g.State = LinkIn
			}
			b, err := h.batch(t, kp1.DID{})
			if err != nil {
				return err
			}
			if _, err := b.shareWith(g.Device); err != nil {
				return err
			}
			return b.finish()
		})
		err = errors.Join(err, e)
	}
	return err
}
