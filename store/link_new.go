package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// This file is the new computer's side of a link: the one that shows a code.

// ShowLink makes a code for this computer to be taken on another one, or returns the one that is open. peer is the raw
// multihash of its PeerID. back makes it one that came back from a backup and wants its wish carried: ErrLinkNothing
// where no group waits for that.
func (l *Ledger) ShowLink(_ context.Context, peer []byte, back bool) (Link, error) {
	kind := link.Second
	if back {
		kind = link.Back
	}
	s, err := link.NewSecret(l.opt.Rand, kind, peer)
	if err != nil {
		return Link{}, err
	}
	a := s.Ask(nil)
	r := newLinkRecord()
	hash := a.Hash()
	r.New, r.Kind, r.Code, r.Hash, r.Stage, r.At = true, kind, a.Code(), hash[:], LinkShown, l.unix()
	r.Until = r.At + uint64(LinkLife/time.Second)
	if back { // a friend may be away, and what the code opens only members can read
		r.Until = r.At + uint64(linkFinish/time.Second)
	}
	r.Box, r.Late, r.Peer = s.Box.Bytes(), s.Late[:], peer
	var out Link
	err = l.change(func(t tx) error {
		if back && len(l.wishes()) == 0 {
			return ErrLinkNothing
		}
		for _, have := range l.links {
			if have.New && have.Kind == kind && have.Stage == LinkShown && !have.expired(l.unix()) && bytes.Equal(have.Peer, peer) {
				out = have.out()
				return nil
			}
		}
		out = r.out()
		return l.addLink(t, r)
	})
	return out, err
}

// wishes are the ops with which this computer asks to be let in, by its root's word; the lock is held.
func (l *Ledger) wishes() map[kp1.GID]kp1.ID {
	out := map[kp1.GID]kp1.ID{}
	for g, h := range l.groups {
		if id, ok := h.wish(); ok {
			out[g] = id
		}
	}
	return out
}

// wish is the AddDevice by which this computer brings itself in, where that still waits.
func (h *house) wish() (kp1.ID, bool) {
	if !slices.ContainsFunc(h.state().Waiting, func(d group.Device) bool { return d.ID == h.self.Device }) {
		return kp1.ID{}, false
	}
	id, seq := h.log.Last(h.self.Device)
	return id, seq == 1
}

// LinkKeys are the keys of the codes that may be knocked with at this computer, and the PeerID each was made under.
func (l *Ledger) LinkKeys() [][32]byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out [][32]byte
	for _, r := range l.links {
		if l.answers(r) {
			out = append(out, r.Code.Key())
		}
	}
	return out
}

// answers says whether this computer still talks to who knows the code of r. A link that is done, or was ended here by a
// no, answers on: the other side may not have heard of it. The lock is held.
func (l *Ledger) answers(r *linkRecord) bool {
	return r.New && !r.ByFile && len(r.Box) > 0 && !r.expired(l.unix())
}

// LinkHear takes one turn of a computer that has proved to know the code of this key, and returns what to answer. from is
// the raw multihash of its PeerID, which the channel has proved. An error ends the talk and tells the other side nothing.
func (l *Ledger) LinkHear(_ context.Context, key [32]byte, from, raw []byte) ([]byte, error) {
	turn, err := link.DecodeTurn(raw)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	var id link.ID
	found := false
	for _, r := range l.links {
		if l.answers(r) && r.Code.Key() == key {
			id, found = r.id(), true
		}
	}
	l.mu.Unlock()
	if !found {
		return nil, ErrLinkClosed
	}
	switch turn.Step {
	case link.StepAsk:
		return l.hearAsk(id)
	case link.StepOffer:
		return l.hearOffer(id, from, turn.Body)
	case link.StepState:
		return l.hearState(id, from, link.Said(turn.Body[0]))
	}
	return l.hearAnswer(id, from, turn.Body)
}

func (l *Ledger) hearAsk(id link.ID) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.links[id]
	if r == nil {
		return nil, ErrLinkClosed
	}
	s, err := r.secret()
	if err != nil {
		return nil, err
	}
	var carry [][]byte
	if r.Kind == link.Back {
		for g, id := range l.wishes() {
			raw, err := l.envelopeOf(l.groups[g], id)
			if err != nil {
				return nil, err
			}
			carry = append(carry, raw)
		}
		slices.SortFunc(carry, bytes.Compare)
	}
	return s.Ask(carry).Encode()
}

// envelopeOf is the envelope that an op lies in; the lock is held.
func (l *Ledger) envelopeOf(h *house, id kp1.ID) (raw []byte, err error) {
	err = l.view(func(t tx) error {
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		w, ok, err := lookOp(ops, id)
		if err != nil || !ok {
			return errors.Join(err, ErrNoOp)
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		env, err := log.must(w.entry)
		raw = env.Bytes
		return err
	})
	return raw, err
}

// hearOffer fixes what the old computer says, the first time, and tells what was held back until then. Whoever comes
// later with another offer is too late, also if it is the right one: then the words differ, or do not come at all.
func (l *Ledger) hearOffer(id link.ID, from, box []byte) ([]byte, error) {
	l.mu.Lock()
	r := l.links[id]
	l.mu.Unlock()
	if r == nil || r.Kind != link.Second {
		return nil, ErrLinkClosed
	}
	s, err := r.secret()
	if err != nil {
		return nil, err
	}
	o, plain, err := s.OpenOffer(box, from)
	if err != nil {
		return nil, err
	}
	_, err = l.changeLink(id, func(_ tx, r *linkRecord) error {
		switch {
		case len(r.Offer) == 0 && r.Stage == LinkShown:
			r.Offer, r.From, r.Stage = plain, bytes.Clone(from), LinkCompare
			r.Addrs = o.Addrs
		case !bytes.Equal(r.Offer, plain) || !bytes.Equal(r.From, from):
			r.Others = true
			return &keptError{ErrLinkTaken}
		}
		return nil
	})
	return s.Late[:], err
}

func (l *Ledger) hearState(id link.ID, from []byte, said link.Said) ([]byte, error) {
	var state link.State
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		if !bytes.Equal(r.From, from) || len(r.Offer) == 0 {
			return ErrLinkClosed
		}
		r.Theirs = said
		if r.Stage == LinkOver { // the person here has said no; from now on there is nothing more to say
			r.Box, state.Said = []byte{}, link.SaidDifferent
			return nil
		}
		if said == link.SaidDifferent && r.Stage == LinkCompare {
			r.over(ErrLinkDifferent)
			state.Said = link.SaidDifferent
			return nil
		}
		state.Said = r.Said
		if r.Said != link.SaidSame {
			return nil
		}
		if r.Stage == LinkCompare && said == link.SaidSame {
			r.Stage = LinkWriting
			r.settled()
		}
		d, err := l.devicesOf(r)
		state.Devices = &d
		return err
	})
	if err != nil {
		return nil, err
	}
	return state.Encode()
}

// makeDevices makes this computer's keys for the groups of an offer in which it is not in yet. The lock is held.
func (l *Ledger) makeDevices(r *linkRecord) error {
	o, err := r.offer()
	if err != nil {
		return err
	}
	r.Fresh, r.Groups = l.fresh(), []linkGroup{}
	for _, g := range o.Groups {
		x := newLinkGroup(g.Group)
		if h := l.groups[g.Group]; h != nil && h.inAs(kp1.MemberID(g.Root[:])) {
			x.State = LinkIn
			r.Groups = append(r.Groups, x)
			continue
		}
		dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
		if err != nil {
			return err
		}
		if x.Open, err = dhk.Bytes(); err != nil {
			return err
		}
		x.Sign = dsk.Seed()
		r.Groups = append(r.Groups, x)
	}
	return nil
}

// inAs says whether this computer is in as that member, and may write.
func (h *house) inAs(m kp1.MID) bool {
	_, err := h.me()
	return err == nil && h.self.Member == m && !h.l.old.has(h.self.Device)
}

// devicesOf are the public halves of this computer's keys, with the proof that it has the others.
func (l *Ledger) devicesOf(r *linkRecord) (link.Devices, error) {
	o, err := r.offer()
	if err != nil {
		return link.Devices{}, err
	}
	d := link.Devices{Fresh: r.Fresh}
	for _, x := range r.Groups {
		g, ok := o.Group(x.Group)
		if len(x.Sign) == 0 || !ok {
			continue
		}
		dsk := ed25519.NewKeyFromSeed(x.Sign)
		dhk, err := op.ParseBoxKey(x.Open)
		if err != nil {
			return link.Devices{}, err
		}
		cert, err := group.NewCert(g.Group, g.Root[:], public(dsk), dhk.Public(), r.Peer, 0)
		if err != nil {
			return link.Devices{}, err
		}
		d.List = append(d.List, link.Device{Group: g.Group, Key: [32]byte(public(dsk)), HPKE: dhk.Public(), PoP: cert.Prove(dsk)})
	}
	return d, nil
}

func (l *Ledger) hearAnswer(id link.ID, from, box []byte) ([]byte, error) {
	_, err := l.changeLink(id, func(t tx, r *linkRecord) error {
		if !bytes.Equal(r.From, from) || r.Said != link.SaidSame || r.Theirs != link.SaidSame || r.Stage == LinkOver {
			return ErrLinkClosed
		}
		s, err := r.secret()
		if err != nil {
			return err
		}
		a, err := s.OpenAnswer(box)
		if err != nil {
			return err
		}
		return l.takeAnswer(t, r, a)
	})
	return []byte{}, err
}

// takeAnswer begins to move in: what the answer carries is filed and waits for the history that leads to it. It may come
// more than once.
func (l *Ledger) takeAnswer(t tx, r *linkRecord, a link.Answer) error {
	o, err := r.offer()
	if err != nil {
		return err
	}
	g, ok := o.Group(a.Group)
	x := r.group(a.Group)
	switch {
	case !ok || x == nil || kp1.ID(g.Genesis) != a.Genesis || kp1.MemberID(g.Root[:]) != a.Member:
		return ErrLinkAnswer
	case x.State == LinkComing || x.State == LinkIn || x.State == LinkOut:
		return nil // once is enough
	case a.Why != "":
		x.State, x.Why = LinkOut, a.Why
		r.settled()
		return nil
	}
	root, err := l.takeRoot(t, r, a)
	if err != nil {
		return err
	}
	if a.Waits {
		x.State = LinkNamed
		return nil
	}
	if len(x.Sign) == 0 {
		return ErrLinkAnswer
	}
	if err := l.enter(t, x, a, root); err != nil {
		return err
	}
	x.State, x.Heads = LinkComing, kp1.Links(a.Heads)
	return nil
}

// takeRoot makes sure that this computer is the same person in the group, and returns the root's seed where the twelve
// words do not give it. A home that belonged to nobody's groups becomes this person's own.
func (l *Ledger) takeRoot(t tx, r *linkRecord, a link.Answer) ([]byte, error) {
	if len(a.Recovery) > 0 && !bytes.Equal(a.Recovery, l.who.Recovery) {
		if !r.Fresh || !l.freshBut(r) {
			return nil, ErrLinkAnswer
		}
		if err := l.setRecovery(t, a.Recovery); err != nil {
			return nil, err
		}
	}
	root := keyring.RootKey(l.who.recovery(), a.Group)
	if kp1.MemberID(public(root)) == a.Member {
		return nil, nil
	}
	if len(a.Root) != ed25519.SeedSize || kp1.MemberID(public(ed25519.NewKeyFromSeed(a.Root))) != a.Member {
		return nil, ErrLinkAnswer
	}
	return a.Root, nil
}

// freshBut is fresh, but for the groups that this very link has brought.
func (l *Ledger) freshBut(r *linkRecord) bool {
	for g := range l.groups {
		if x := r.group(g); x == nil || x.State != LinkComing && x.State != LinkIn {
			return false
		}
	}
	return len(l.joins) == 0 && len(l.broken) == 0
}

// enter files what an answer carries.
func (l *Ledger) enter(t tx, x *linkGroup, a link.Answer, root []byte) error {
	s := self{
		Group: a.Group, Genesis: kp1.Link(a.Genesis), Device: x.device(), Member: a.Member, Sign: x.Sign, Open: [][]byte{x.Open},
		Name: a.Name, Since: l.unix(), Partial: a.Partial, Root: root,
	}
	if len(a.Keys) > 0 { // they were made elsewhere: this computer makes a fresh box key as soon as it can
		s.Since = 0
	}
	h := l.groups[a.Group]
	switch {
	case h == nil:
		h = l.newHouse(s)
		h.touch()
		l.groups[a.Group] = h
		if err := h.build(t); err != nil {
			return err
		}
	case h.self.Genesis != s.Genesis:
		return ErrLinkAnswer
	default:
		h.touch()
		h.expectDevice(s.Device, x.Open)
	}
	b, err := h.batch(t, kp1.DID{})
	if err != nil {
		return err
	}
	for _, raw := range a.Envelopes {
		if _, _, err := b.take(h.vantage().prepare(raw)); err != nil {
			return err
		}
	}
	b.keys = true
	if err := h.notePlaces(t, a.Places); err != nil {
		return err
	}
	return b.finish()
}

// notePlaces keeps where others were met by the old computer; this one has not heard of any of them yet.
func (h *house) notePlaces(t tx, places []link.Place) error {
	s, err := h.shelf(t, shelfHeard, true)
	if err != nil {
		return err
	}
	for _, p := range places {
		if _, known := h.heard[p.Device]; known || len(p.Addrs) == 0 {
			continue
		}
		at := heard{Device: p.Device, Addrs: p.Addrs}
		h.heard[p.Device], h.netHeard = at, true
		if err := s.putCBOR(h.l.rest.Name(shelfHeard, p.Device[:]), at); err != nil {
			return err
		}
	}
	return nil
}

// settleLinks ends the links whose history has come: it holds what the answer had promised, and this computer goes on as
// the device that the link has made of it.
func (l *Ledger) settleLinks() (changed bool, err error) {
	type arrival struct {
		id  link.ID
		g   kp1.GID
		why error
	}
	var ready []arrival
	l.mu.Lock()
	for id, r := range l.links {
		for _, x := range r.Groups {
			h := l.groups[x.Group]
			if !r.New || x.State != LinkComing || h == nil {
				continue
			}
			why := h.arrived(x)
			var lack *group.MissingError
			if !errors.As(why, &lack) {
				ready = append(ready, arrival{id, x.Group, why})
			}
		}
	}
	l.mu.Unlock()
	for _, a := range ready {
		changed = true
		_, e := l.changeLink(a.id, func(t tx, r *linkRecord) error {
			x, h := r.group(a.g), l.groups[a.g]
			if x == nil || h == nil || x.State != LinkComing {
				return nil
			}
			defer r.settled()
			if a.why != nil {
				l.opt.Log.Warn("answer of a link does not hold", "why", codeOf(a.why))
				x.State, x.Why = LinkOut, ErrLinkAnswer.ECode
				return h.unexpect(t, x.device())
			}
			b, err := h.batch(t, kp1.DID{})
			if err != nil {
				return err
			}
			if err := b.settleInto(kp1.IDs(x.Heads), identity{x.device(), [][]byte{x.Open}}, x.Sign, h.self.Name); err != nil {
				return err
			}
			x.State = LinkIn
			x.Sign, x.Open = []byte{}, []byte{} // they are the group's own now
			return b.finish()
		})
		err = errors.Join(err, e)
	}
	return changed, err
}

// arrived says whether the history that an answer pins is here and has this computer in it; a *group.MissingError says
// that it is still coming.
func (h *house) arrived(x linkGroup) error {
	at, err := h.log.At(kp1.IDs(x.Heads))
	if err != nil {
		return err
	}
	d, in := at.Device(x.device())
	if !in || d.Member != h.self.Member {
		return fmt.Errorf("device %s: %w", x.device().Short(), ErrLinkAnswer)
	}
	return nil
}

// expectDevice has boxes for a device opened that this computer is about to be.
func (h *house) expectDevice(d kp1.DID, open []byte) {
	if d == h.self.Device || slices.ContainsFunc(h.also, func(i identity) bool { return i.device == d }) {
		return
	}
	h.also = append(h.also, identity{d, [][]byte{open}})
}

// unexpect undoes what expecting a device began: a group that was made for it alone is forgotten.
func (h *house) unexpect(t tx, d kp1.DID) error {
	h.touch()
	h.also = slices.DeleteFunc(slices.Clone(h.also), func(i identity) bool { return i.device == d })
	if h.self.Device == d {
		return h.forget(t)
	}
	return nil
}
