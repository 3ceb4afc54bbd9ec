package store

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// This file is the side of a link that takes a code: the computer that is in already.

// LinkCode is a code as it was typed or pasted.
type LinkCode struct {
	Text  string
	Addrs []string // where the new computer is, beside what the text says; each ends in /p2p/ID
	Only  []kp1.GID
}

// TakeLink takes the code of a new computer; LinkVisits says whom to talk to then. Taking it again goes on where the
// first left off. It returns link.ErrCode, the errors of keyring.ParseSpoken, ErrLinkOld, ErrLinkSelf and
// ErrLinkNothing.
func (l *Ledger) TakeLink(_ context.Context, c LinkCode) (Link, error) {
	r := newLinkRecord()
	r.Stage, r.At = LinkShown, l.unix()
	r.Until = r.At + uint64(LinkLife/time.Second)
	if strings.Contains(c.Text, "#") || len(strings.Fields(c.Text)) < 2 {
		t, err := link.ParseText(c.Text)
		if err != nil {
			return Link{}, err
		}
		if t.ExpiredAt(l.opt.Now()) {
			return Link{}, ErrLinkOld
		}
		r.Code, r.Hash, r.Kind, r.Addrs = t.Code(), t.Hash[:], t.Kind, t.Addrs
	} else {
		code, err := link.ParseWords(c.Text)
		if err != nil {
			return Link{}, err
		}
		r.Code = code
	}
	r.Addrs = append(r.Addrs, c.Addrs...)
	r.Only = append(r.Only, c.Only...)
	var out Link
	err := l.change(func(t tx) error {
		if have := l.links[r.id()]; have != nil {
			if have.New {
				return ErrLinkSelf
			}
			if have.Stage != LinkOver {
				next := have.clone()
				next.Addrs = r.Addrs
				out = next.out()
				return l.saveLink(t, next)
			}
			return linkEnd(have.Why) // a code is good for one try
		}
		if r.Kind == link.Second && len(l.mine(r.Only)) == 0 {
			return ErrLinkNothing
		}
		out = r.out()
		return l.addLink(t, r)
	})
	return out, err
}

// mine are the groups this computer is in and may write in, by id; only, unless empty, picks from them. The lock is held.
func (l *Ledger) mine(only []kp1.GID) []*house {
	var out []*house
	for _, h := range l.sorted() {
		if _, err := h.me(); err != nil || l.old.has(h.self.Device) || len(only) > 0 && !slices.Contains(only, h.id) {
			continue
		}
		out = append(out, h)
	}
	return out[:min(len(out), link.MaxGroups)]
}

// LinkVisit is a computer that this one has something to say to.
type LinkVisit struct {
	ID    link.ID
	Key   [32]byte // to knock with
	Addrs []string // each ends in /p2p/ID; none where the code came as words and nobody said where
	Busy  bool     // a person is waiting
}

// LinkVisits are the new computers to talk to now, the oldest first.
func (l *Ledger) LinkVisits() []LinkVisit {
	l.mu.Lock()
	defer l.mu.Unlock()
	var all []*linkRecord
	for _, r := range l.links {
		if !r.New && !r.ByFile && !r.expired(l.unix()) && l.wants(r) {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *linkRecord) int { return bytes.Compare(a.Code[:], b.Code[:]) })
	var out []LinkVisit
	for _, r := range all {
		out = append(out, LinkVisit{r.id(), r.Code.Key(), r.Addrs, r.Stage < LinkWriting})
	}
	return out
}

// wants says whether there is anything to tell the new computer of r, or to hear from it. The lock is held.
func (l *Ledger) wants(r *linkRecord) bool {
	switch r.Stage {
	case LinkShown, LinkCompare:
		return true
	case LinkOver:
		return r.Said == link.SaidDifferent && !r.Told && len(r.From) > 0
	case LinkWriting:
		for _, x := range r.Groups {
			if l.stateOf(x) != x.Told || x.State == LinkAsked {
				return true
			}
		}
	}
	return false
}

// stateOf is how a group of a link stands at the side that writes it: a device that waited may have been confirmed since.
func (l *Ledger) stateOf(x linkGroup) uint8 {
	h := l.groups[x.Group]
	if x.State != LinkNamed || h == nil {
		return x.State
	}
	if _, in := h.state().Device(x.Device); in {
		return LinkComing
	}
	return LinkNamed
}

// LinkTalk is one talk with the computer that showed a code: self and from are raw multihashes of this computer's PeerID
// and of the other's, which the channel has proved, addrs is where this one can be met, and say sends one turn and
// returns the answer. Everything is durable before it is said. What ends the link for good is written down and returned.
func (l *Ledger) LinkTalk(ctx context.Context, id link.ID, self, from []byte, addrs []string, say func([]byte) ([]byte, error)) error {
	t := talk{l: l, ctx: ctx, id: id, self: self, from: from, addrs: addrs, say: say}
	r, err := t.ask()
	if err != nil || r.Kind == link.Back || r.Stage == LinkCarried {
		return err
	}
	if r.Stage != LinkOver {
		if err := t.offer(); err != nil {
			return err
		}
	}
	if err := t.state(); err != nil {
		return err
	}
	return t.write()
}

type talk struct {
	l          *Ledger
	ctx        context.Context
	id         link.ID
	self, from []byte
	addrs      []string
	say        func([]byte) ([]byte, error)
}

func (t *talk) turn(s link.Step, body []byte) ([]byte, error) {
	return t.say(link.Turn{Step: s, Body: body}.Encode())
}

// change changes the link; the result is as it stands then.
func (t *talk) change(do func(tx, *linkRecord) error) (r *linkRecord, err error) {
	_, err = t.l.changeLink(t.id, func(x tx, now *linkRecord) error {
		r = now
		return do(x, now)
	})
	return r, err
}

// ask hears who the other computer is, and makes sure that it is the one that made the code.
func (t *talk) ask() (*linkRecord, error) {
	reply, err := t.turn(link.StepAsk, nil)
	if err != nil {
		return nil, err
	}
	var carry [][]byte
	r, err := t.change(func(_ tx, r *linkRecord) error {
		a, err := link.DecodeAsk(reply, r.Code)
		hash := a.Hash()
		switch {
		case errors.Is(err, link.ErrSwapped) || errors.Is(err, link.ErrNewer):
			return ends(r, err)
		case err != nil:
			return err
		case !bytes.Equal(a.Peer, t.from) || len(r.Hash) > 0 && !bytes.Equal(r.Hash, hash[:]):
			return ends(r, link.ErrSwapped)
		}
		carry, a.Carry = a.Carry, nil
		r.Kind, r.Hash, r.Peer, r.From = a.Kind, hash[:], a.Peer, t.self
		if r.Kind == link.Second && r.Stage == LinkShown && len(t.l.mine(r.Only)) == 0 {
			return ends(r, ErrLinkNothing)
		}
		r.Ask, err = a.Encode()
		return err
	})
	if err != nil || r.Kind != link.Back {
		return r, err
	}
	return t.carry(carry)
}

// carry files the wish of a computer that came back in every group that it is for, unchanged. It has no effect before
// somebody confirms it.
func (t *talk) carry(raws [][]byte) (*linkRecord, error) {
	for _, raw := range raws {
		env, err := op.DecodeEnvelope(raw)
		if err != nil {
			return nil, err
		}
		t.l.mu.Lock()
		var to kp1.GID
		for g, h := range t.l.groups {
			if _, ours := h.ring[env.EID]; ours {
				to = g
			}
		}
		t.l.mu.Unlock()
		if to.IsZero() {
			continue
		}
		if _, err := t.l.Accept(t.ctx, to, kp1.DID{}, [][]byte{raw}); err != nil {
			return nil, err
		}
	}
	var met []linkGroup
	r, err := t.change(func(_ tx, r *linkRecord) error {
		for _, h := range t.l.sorted() {
			for _, d := range h.state().Waiting {
				if bytes.Equal(d.Peer, t.from) {
					x := newLinkGroup(h.id)
					x.State, x.Device = LinkNamed, d.ID
					met = append(met, x)
				}
			}
		}
		if len(met) == 0 {
			return ends(r, ErrLinkStranger)
		}
		r.Groups, r.Stage = met, LinkCarried
		return nil
	})
	if err != nil {
		return r, err
	}
	for _, x := range met {
		if err := t.l.Heard(x.Group, x.Device, dialable(r.Addrs)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// dialable takes the PeerID off addresses, as they are kept with a device.
func dialable(addrs []string) []string {
	var out []string
	for _, a := range addrs {
		if i := strings.LastIndex(a, "/p2p/"); i >= 0 {
			out = append(out, a[:i])
		}
	}
	return out
}

// offer tells who this is and what the link is about, the same every time, and hears what was held back until then.
func (t *talk) offer() error {
	r, err := t.change(func(_ tx, r *linkRecord) error {
		if len(r.Offer) > 0 {
			return nil
		}
		a, err := r.ask()
		if err != nil {
			return err
		}
		if r.Offer, err = t.l.makeOffer(r, t.self, t.addrs); err != nil {
			return err
		}
		r.Sealed, err = link.SealOffer(a, r.Offer)
		return err
	})
	if err != nil {
		return err
	}
	reply, err := t.turn(link.StepOffer, r.Sealed)
	if err != nil {
		return err
	}
	late, err := link.DecodeLate(reply)
	if err != nil {
		return err
	}
	_, err = t.change(func(_ tx, r *linkRecord) error {
		a, err := r.ask()
		if err != nil {
			return err
		}
		if !a.Fits(late) {
			return ends(r, link.ErrSwapped)
		}
		if r.Late = late[:]; r.Stage == LinkShown {
			r.Stage = LinkCompare
		}
		return nil
	})
	return err
}

// makeOffer is what this computer tells. The lock is held.
func (l *Ledger) makeOffer(r *linkRecord, self []byte, addrs []string) ([]byte, error) {
	o := link.Offer{Peer: self, Name: trimmed(l.who.Name), Addrs: addrs[:min(len(addrs), 6)]}
	for _, h := range l.mine(r.Only) {
		m, err := h.me()
		if err != nil {
			return nil, err
		}
		o.Groups = append(o.Groups, link.OfferGroup{
			Group: h.id, Genesis: h.self.Genesis, Root: [32]byte(m.Root), Device: [32]byte(public(h.signingKey())),
			Name: trimmed(h.view.People().Group().Name),
		})
	}
	return o.Encode()
}

// trimmed is a name as the other computer takes it.
func trimmed(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, kp1.Normal(s))
	for len(s) > link.MaxName {
		cut := []rune(s)
		s = string(cut[:len(cut)-1])
	}
	return s
}

// state tells what the person here has said of the words, and hears the other.
func (t *talk) state() error {
	t.l.mu.Lock()
	r := t.l.links[t.id]
	t.l.mu.Unlock()
	if r == nil {
		return ErrNoLink
	}
	reply, err := t.turn(link.StepState, []byte{byte(r.Said)})
	if err != nil {
		return err
	}
	s, err := link.DecodeState(reply)
	if err != nil {
		return err
	}
	said := r.Said
	_, err = t.change(func(_ tx, r *linkRecord) error {
		if r.Stage == LinkOver {
			r.Told = said == link.SaidDifferent
			return nil
		}
		if r.Theirs = s.Said; s.Said == link.SaidDifferent {
			r.Told = true
			return ends(r, ErrLinkDifferent)
		}
		if s.Devices == nil || len(r.Groups) > 0 {
			return nil
		}
		return t.l.noteDevices(r, *s.Devices)
	})
	return err
}

// noteDevices keeps what the new computer says its keys are.
func (l *Ledger) noteDevices(r *linkRecord, d link.Devices) error {
	o, err := r.offer()
	if err != nil {
		return err
	}
	r.Fresh = d.Fresh
	for _, g := range o.Groups {
		x := newLinkGroup(g.Group)
		i := slices.IndexFunc(d.List, func(y link.Device) bool { return y.Group == g.Group })
		if i < 0 { // it is in already
			x.State, x.Told = LinkIn, LinkIn
		} else {
			y := d.List[i]
			x.Pub, x.HPKE, x.PoP = y.Key[:], y.HPKE, y.PoP[:]
			x.Device = kp1.DeviceID(y.Key[:])
		}
		r.Groups = append(r.Groups, x)
	}
	return nil
}

// write names the new computer in each group once both persons have said that the words are the same, and hands over
// what it needs to come in.
func (t *talk) write() error {
	r, err := t.change(func(_ tx, r *linkRecord) error {
		if r.Stage == LinkCompare && r.Said == link.SaidSame && r.Theirs == link.SaidSame && len(r.Groups) > 0 {
			r.Stage = LinkWriting
			r.settled()
		}
		return nil
	})
	if err != nil || r.Stage != LinkWriting {
		return err
	}
	for _, g := range r.Groups {
		if err := t.l.publish(t.id, g.Group); err != nil {
			return err
		}
		if err := t.answer(g.Group); err != nil {
			return err
		}
	}
	return nil
}

// answer tells the new computer how one group stands, unless it knows.
func (t *talk) answer(g kp1.GID) error {
	t.l.mu.Lock()
	r := t.l.links[t.id]
	var box []byte
	var err error
	state := LinkAsked
	if r != nil && r.group(g) != nil {
		x := r.group(g)
		if state = t.l.stateOf(*x); state != x.Told {
			box, err = t.l.answerFor(r, *x)
		}
	}
	t.l.mu.Unlock()
	if err != nil || box == nil {
		return err
	}
	if _, err := t.turn(link.StepAnswer, box); err != nil {
		return err
	}
	_, err = t.change(func(_ tx, r *linkRecord) error {
		x := r.group(g)
		if x == nil {
			return nil
		}
		x.Told = state
		if state == LinkComing {
			x.State, x.Told = LinkIn, LinkIn
		}
		r.settled()
		return nil
	})
	if err == nil && state == LinkComing {
		err = t.l.heardAt(t.id, g)
	}
	return err
}

// heardAt notes where the new computer is, so that it is dialled as the member it is now.
func (l *Ledger) heardAt(id link.ID, g kp1.GID) error {
	l.mu.Lock()
	r := l.links[id]
	l.mu.Unlock()
	if r == nil || r.group(g) == nil {
		return nil
	}
	return l.Heard(g, r.group(g).Device, dialable(r.Addrs))
}

// answerFor seals how one group stands, for the new computer alone. The lock is held.
func (l *Ledger) answerFor(r *linkRecord, x linkGroup) ([]byte, error) {
	a, err := r.ask()
	if err != nil {
		return nil, err
	}
	h := l.groups[x.Group]
	if h == nil {
		return nil, ErrNoGroup
	}
	w := link.Answer{
		Group: h.id, Genesis: kp1.ID(h.self.Genesis), Member: h.self.Member, Name: trimmed(h.self.Name), Partial: h.self.Partial,
		Why: x.Why, Keys: x.Keys,
	}
	if x.State == LinkOut {
		return w.Seal(a)
	}
	if r.Fresh {
		w.Recovery = bytes.Clone(l.who.Recovery)
	}
	if root := l.rootKey(h.id); !r.Fresh || len(h.self.Root) > 0 {
		w.Root = root.Seed()
	}
	if w.Waits = l.stateOf(x) == LinkNamed; !w.Waits {
		heads := h.log.Heads()
		slices.SortFunc(heads, kp1.ID.Compare)
		w.Heads = heads[:min(len(heads), kp1.MaxAuthRefs)]
		if w.Envelopes, err = l.grantsTo(h, x.Device); err != nil {
			return nil, err
		}
		w.Places = h.places(x.Device)
	}
	return w.Seal(a)
}

// places are where the devices that are in were last met, but for one: the new computer meets them without this one then.
func (h *house) places(but kp1.DID) (out []link.Place) {
	size := 0
	for _, d := range h.state().Devices {
		p := link.Place{Device: d.ID, Addrs: h.heard[d.ID].Addrs}
		p.Addrs = p.Addrs[:min(len(p.Addrs), 3)]
		for _, a := range p.Addrs {
			size += len(a)
		}
		if size > link.PlaceBytes {
			break
		}
		if d.ID != but && len(p.Addrs) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// What an answer may carry.
const (
	maxAnswerCarried = 8
	maxAnswerBytes   = 240 << 10
)

// grantsTo are the envelopes with which a device begins: the op that names it, and the Grants and Rekeys with boxes for
// it, the newest first to be left out. The lock is held.
func (l *Ledger) grantsTo(h *house, d kp1.DID) (raws [][]byte, err error) {
	err = l.view(func(t tx) error {
		auth, err := h.shelf(t, shelfAuth, false)
		if err != nil {
			return err
		}
		var ids []kp1.ID
		if err := auth.each(nil, func(_, plain []byte) (bool, error) {
			s, err := decodeSigned(plain)
			if err != nil {
				return false, err
			}
			if concerns(s, d) {
				ids = append(ids, s.ID)
			}
			return true, nil
		}); err != nil {
			return err
		}
		ops, err := h.shelf(t, shelfOps, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		seen, size := map[uint64]bool{}, 0
		for _, id := range ids {
			w, ok, err := lookOp(ops, id)
			if err != nil {
				return err
			}
			if !ok || seen[w.entry] {
				continue
			}
			seen[w.entry] = true
			env, err := log.must(w.entry)
			if err != nil {
				return err
			}
			if size += len(env.Bytes); len(raws) >= maxAnswerCarried || size > maxAnswerBytes {
				break
			}
			raws = append(raws, bytes.Clone(env.Bytes))
		}
		return nil
	})
	return raws, err
}

// concerns says whether an op names a device or holds a box for it.
func concerns(s op.Signed, d kp1.DID) bool {
	switch s.Type {
	case group.TypeAddDevice, group.TypeRekey, group.TypeGrant:
	default:
		return false
	}
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return false
	}
	switch x := body.(type) {
	case group.AddDevice:
		return x.Cert.Device() == d
	case group.Rekey:
		return slices.Contains(x.To, d)
	case group.Grant:
		return slices.Contains(x.To, d)
	}
	return false
}

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

// LinkAt notes where the computer is that shows a code which came as words alone.
func (l *Ledger) LinkAt(id link.ID, addrs []string) error {
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		r.Addrs = append([]string{}, addrs...)
		return nil
	})
	return err
}

// LinkEnded notes that a talk found the code closed or taken.
func (l *Ledger) LinkEnded(id link.ID, why error) error {
	_, err := l.changeLink(id, func(_ tx, r *linkRecord) error {
		if r.Stage == LinkShown || r.Stage == LinkCompare {
			r.over(why)
		}
		return nil
	})
	return err
}
