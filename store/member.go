package store

import (
	"context"
	"crypto/ed25519"
	"io"
	"slices"

	"kith/store/care"
	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
	"kith/store/op"
)

// Founding is what a new group needs.
type Founding struct {
	Name string  // how the founder is called in it
	Peer []byte  // raw multihash of this computer's PeerID
	Acts []Draft // written at once: the group's name and kind, the founder's profile

	Mailbox bool // members' computers meet through a mailbox alone, from the first day
}

// Found founds a group with this person as its first admin (protocol.md 3.1, 4.1) and returns its id.
func (l *Ledger) Found(_ context.Context, f Founding) (kp1.GID, error) {
	var salt [32]byte
	if _, err := io.ReadFull(l.opt.Rand, salt[:]); err != nil {
		return kp1.GID{}, err
	}
	dsk, dhk, err := keyring.NewDevice(l.opt.Rand)
	if err != nil {
		return kp1.GID{}, err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return kp1.GID{}, err
	}
	pub := dsk.Public().(ed25519.PublicKey)
	g := kp1.GroupID(salt, pub)
	root := keyring.RootKey(l.Recovery(), g)
	cert, err := group.NewCert(g, root.Public().(ed25519.PublicKey), pub, dhk.PublicKey().Bytes(), f.Peer, 0)
	if err != nil {
		return kp1.GID{}, err
	}
	first := group.Genesis{Salt: salt, Cert: group.SignCert(cert, kp1.DID{}, root, dsk), Stewards: []group.SignedCore{}}
	if f.Mailbox {
		reach := group.ReachMailbox
		first.Policy.Reach = &reach
	}
	body, err := first.Encode()
	if err != nil {
		return kp1.GID{}, err
	}
	h := l.newHouse(self{
		Group: g, Device: kp1.DeviceID(pub), Member: cert.Member, Sign: dsk.Seed(), Open: [][]byte{open}, Name: f.Name, Since: l.unix(),
	})
	genesis, err := h.sign(op.Op{Type: group.TypeGenesis, Group: g, Device: h.self.Device, Seq: 1, Time: l.unix(), Auth: []kp1.ID{}, Body: body})
	if err != nil {
		return kp1.GID{}, err
	}
	h.self.Genesis = kp1.Link(genesis.ID)
	return g, l.change(func(t tx) error {
		h.touch()
		l.groups[g] = h
		if err := h.build(t); err != nil {
			return err
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.rekey([]op.Signed{genesis}); err != nil {
			return err
		}
		for _, d := range f.Acts {
			if err := b.draft(d); err != nil {
				return err
			}
		}
		return b.finish()
	})
}

// draft writes one act without asking care's rules, which the caller has.
func (b *batch) draft(d Draft) error {
	typ, body, words, err := care.Encode(d.Act)
	if err != nil {
		return err
	}
	_, err = b.say(typ, d, body, words)
	b.settle()
	return err
}

// authDraft signs an auth op of our own that follows the given ones, which may not be filed yet.
func (b *batch) authDraft(before []op.Signed, body group.Body) (op.Signed, error) {
	if n := len(before); n > 0 {
		last := before[n-1]
		return b.signAuth(last.ID, last.Seq, []kp1.ID{last.ID}, body)
	}
	if err := b.fewHeads(); err != nil {
		return op.Signed{}, err
	}
	return b.authOver(b.h.log.HeadsOf(b.h.self.Device), body)
}

// authOver signs an auth op of our own that names these heads, and checks that it would be valid.
func (b *batch) authOver(heads []kp1.ID, body group.Body) (op.Signed, error) {
	prev, seq := b.h.log.Last(b.h.self.Device)
	s, err := b.signAuth(prev, seq, heads, body)
	if err != nil {
		return op.Signed{}, err
	}
	return s, b.h.log.Check(authOp(s))
}

func (b *batch) signAuth(prev kp1.ID, seq uint64, heads []kp1.ID, body group.Body) (op.Signed, error) {
	raw, err := body.Encode()
	if err != nil {
		return op.Signed{}, err
	}
	h := b.h
	return h.sign(op.Op{
		Type: body.Type(), Group: h.id, Device: h.self.Device, Seq: seq + 1, Prev: prev, Time: h.l.unix(), Auth: heads, Body: raw,
	})
}

// rekey makes a new epoch for everyone who is in once the ops in front of it have had their effect, and files them
// together in one envelope sealed under the new keys: who was removed sees an opaque blob (protocol.md 5.2).
func (b *batch) rekey(front []op.Signed) (err error) {
	h := b.h
	if len(front) == 0 {
		if front, err = b.join(); err != nil {
			return err
		}
	}
	if b.unasked && (h.keyTurn() || len(front) > 0) {
		h.l.pace(h.id).keys.left--
	}
	var keys [comps][32]byte
	for c := range keys {
		if _, err := io.ReadFull(h.l.opt.Rand, keys[c][:]); err != nil {
			return err
		}
	}
	_, seq := h.log.Last(h.self.Device)
	seq += uint64(len(front)) + 1
	cm := op.CommitTable(keys)
	eid := op.EpochID(h.id, h.self.Device, seq, cm)
	st, err := b.stateAfter(front)
	if err != nil {
		return err
	}
	if !h.mayKeyIn(st) {
		return ErrNoEpoch
	}
	var to []op.BoxTo
	var ids []kp1.DID
	for _, d := range st.Devices {
		m, ok := st.Member(d.Member)
		if !ok {
			continue
		}
		var slots []op.Slot
		for _, c := range group.Compartments(m.Rank) {
			slots = append(slots, op.Slot{Comp: c, Key: keys[c]})
		}
		plain, err := op.EncodeLockbox(slots)
		if err != nil {
			return err
		}
		to = append(to, op.BoxTo{Device: d.ID, Public: d.HPKE, Plain: plain})
		ids = append(ids, d.ID)
	}
	boxes, err := h.l.opt.Shared.sealBoxes(kp1.LabelLockbox, h.id, eid, to)
	if err != nil {
		return err
	}
	slices.SortFunc(ids, kp1.DID.Compare)
	last, err := b.authDraft(front, group.Rekey{Epoch: eid, Commits: cm, From: h.log.From(), To: ids, Boxes: op.BoxesHash(boxes)})
	if err != nil {
		return err
	}
	key := op.EpochKeys(keys[0]).AuthKey(eid)
	env, err := op.SealOps(h.l.opt.Rand, h.id, key, op.KindRekey, h.l.week(), boxes, append(slices.Clone(front), last))
	if err != nil {
		return err
	}
	return b.own(env, append(slices.Clone(front), last)...)
}

// stateAfter is who is in once the ops have had their effect. The log itself is not changed.
func (b *batch) stateAfter(front []op.Signed) (group.State, error) {
	if len(front) == 0 {
		return b.h.state(), nil
	}
	ops := make([]group.Op, len(front))
	for i, s := range front {
		ops[i] = authOp(s)
	}
	return b.h.log.After(ops...)
}

// grant hands a device keys, in one envelope together with the ops in front (protocol.md 5.2). names are those of the
// payload keys among them, ascending.
func (b *batch) grant(front []op.Signed, d group.Device, pick func(now kp1.EID) []op.Entry, names ...[op.HandedSize]byte) (op.Envelope, error) {
	h := b.h
	e, err := b.usable(kp1.CompAll)
	if err != nil {
		return op.Envelope{}, err
	}
	entries := portion(pick(e.id))
	if len(entries) == 0 {
		return op.Envelope{}, ErrNoEpoch
	}
	plain, err := op.EncodeGrants(entries)
	if err != nil {
		return op.Envelope{}, err
	}
	boxes, err := h.l.opt.Shared.sealBoxes(kp1.LabelLockbox, h.id, e.id, []op.BoxTo{{Device: d.ID, Public: d.HPKE, Plain: plain[0]}})
	if err != nil {
		return op.Envelope{}, err
	}
	s, err := b.authDraft(front, group.Grant{Shares: shares(entries), To: []kp1.DID{d.ID}, Boxes: op.BoxesHash(boxes), Handed: names})
	if err != nil {
		return op.Envelope{}, err
	}
	key, ok := e.sealer(kp1.ChainAuth)
	if !ok {
		return op.Envelope{}, ErrNoEpoch
	}
	env, err := op.SealOps(h.l.opt.Rand, h.id, key, op.KindGrant, h.l.week(), boxes, append(slices.Clone(front), s))
	if err != nil {
		return op.Envelope{}, err
	}
	return env, b.own(env, append(slices.Clone(front), s)...)
}

// portion is as many of these keys as go into one Grant. Kauth comes last: whoever lacks that of any epoch is handed more
// by the next who tends the group (protocol.md 5.3), so that no number of epochs keeps anybody from being let in.
func portion(entries []op.Entry) []op.Entry {
	if len(entries) <= maxHandKeys {
		return entries
	}
	last := func(e op.Entry) int {
		switch {
		case e.Tag == op.TagAuth:
			return 2
		case e.Tag >= op.TagContent:
			return 1
		}
		return 0
	}
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, func(x, y op.Entry) int { return last(x) - last(y) })
	return entries[:maxHandKeys]
}

// entries are the keys a device of that rank and history may have: Kauth of every epoch, so that it can check who
// belongs; K of the one in use, which tells all that was ever sealed under it; Kcont of earlier ones by its history.
func (h *house) entries(now kp1.EID, rank, history uint8, since *kp1.EID) []op.Entry {
	var out []op.Entry
	epochs := h.log.Sealed()
	open := history == group.HistoryAll
	var picks [comps]kp1.EID
	for c := range picks {
		picks[c], _ = h.log.Pick(uint8(c)) //nolint:gosec // three compartments
	}
	for _, made := range epochs {
		e, ok := h.ring[made.ID]
		if !ok || !e.proven {
			continue
		}
		if since != nil && made.ID == *since {
			open = true
		}
		if k := e.authKey(); k != nil {
			out = append(out, op.Entry{Tag: op.TagAuth, Ref: made.ID, Key: *k})
		}
		for _, c := range group.Compartments(rank) {
			switch {
			case (made.ID == now || made.ID == picks[c]) && e.key[c] != nil:
				out = append(out, op.Entry{Tag: op.TagKey + op.Tag(c), Ref: made.ID, Key: *e.key[c]})
			case open:
				if k := e.contentKey(c); k != nil {
					out = append(out, op.Entry{Tag: op.TagContent + op.Tag(c), Ref: made.ID, Key: *k})
				}
			}
		}
	}
	return out
}

// owed are the entries for what the membership graph says a device may be handed and has not got, as far as we hold it.
func (h *house) owed(due []group.Share) []op.Entry {
	var out []op.Entry
	for _, s := range due {
		e, ok := h.ring[s.Epoch]
		if !ok || !e.proven {
			continue
		}
		if k := e.authKey(); k != nil && s.Mask&group.MaskAuth != 0 {
			out = append(out, op.Entry{Tag: op.TagAuth, Ref: s.Epoch, Key: *k})
		}
		for c := range uint8(comps) {
			if k := e.key[c]; k != nil && s.Mask&group.MaskKey(c) != 0 {
				out = append(out, op.Entry{Tag: op.TagKey + op.Tag(c), Ref: s.Epoch, Key: *k})
			}
			if k := e.contentKey(c); k != nil && s.Mask&group.MaskContent(c) != 0 {
				out = append(out, op.Entry{Tag: op.TagContent + op.Tag(c), Ref: s.Epoch, Key: *k})
			}
		}
	}
	return out
}

// cut is the last content op held of each of a member's devices: what came before stays, what comes after waits.
func (h *house) cut(m kp1.MID) group.Cut {
	cut := group.Cut{}
	for c, at := range h.chains {
		if _, who, ok := h.log.DeviceKey(c.device); ok && who == m {
			cut = append(cut, group.CutEntry{Device: c.device, Comp: c.comp, Seq: at.seq, ID: at.id})
		}
	}
	return cut
}

// Reasons of a removal, for people to read (protocol.md 6.3).
const (
	ReasonUnsaid uint8 = 0
	ReasonLeft   uint8 = 1
)

// Leave takes this person out. The last admin cannot: that would leave nobody to let people in. Nor can somebody who is
// alone: that is End.
func (l *Ledger) Leave(_ context.Context, g kp1.GID) (kp1.ID, error) {
	d, err := l.act(g, func(b *batch) (Deed, error) {
		if b.h.alone() {
			return Deed{}, ErrAlone
		}
		s, err := b.authDraft(nil, group.NewLeave(b.h.self.Member, b.h.cut(b.h.self.Member)))
		if err != nil {
			return Deed{}, err
		}
		return Deed{Op: s.ID}, b.post(s)
	})
	return d.Op, err
}
