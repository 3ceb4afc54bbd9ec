package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"io"

	"kith/store/blob"
	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Draft is one act to be outgoing, and for whom.
type Draft struct {
	Act  care.Act
	Comp uint8 // who may read it; not used when the act speaks of something that has its readers already

	// For are the people who alone may read its words, and this person, who need not be in it; nil for everyone who may read
	// Comp, and an empty list is an error. Everyone there sees that something was said, and to whom. It is never taken from
	// what the act speaks of, but for other words for a post.
	For []kp1.MID

	Data []byte // what is in the file of a thread.File, whose size and chunks are filled in; nil for all other acts
}

var (
	// ErrNotIn: this person is not in the group any more, or not yet.
	ErrNotIn = &kp1.Error{ECode: "E_OUT", Msg: "not in the group"}
	// ErrNoEpoch: there is no key to write under; the group must be heard from first.
	ErrNoEpoch = &kp1.Error{ECode: "E_NO_EPOCH", Msg: "no usable key yet"}
)

// Propose checks, seals and files acts of this person, all in one durable transaction, and returns their ids. It is
// what Accept does, with seal in it: our own op is believed for the same reasons as anyone's. When it returns an error
// nothing was filed.
func (l *Ledger) Propose(_ context.Context, g kp1.GID, drafts ...Draft) ([]kp1.ID, error) {
	var ids []kp1.ID
	err := l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		me, err := h.me()
		if err != nil {
			return err
		}
		if l.old.has(h.self.Device) {
			return ErrOldCopy
		}
		ids = ids[:0]
		if h.view.Err() != nil { // a page of the checkpoint is not as it was written: what it showed is in the ops
			h.touch()
			h.anew = true
			if err := h.foldAll(t); err != nil {
				return err
			}
		}
		for i, asked := range drafts {
			for j, d := range b.withVersions(asked) {
				if i+j > 0 {
					b.settle() // each act is checked against a view that has the one before
				}
				id, err := b.proposeOne(me, d)
				if err != nil {
					return err
				}
				if j == 0 {
					ids = append(ids, id)
				}
			}
		}
		return b.finish()
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// proposeOne checks, seals and files one act.
func (b *batch) proposeOne(me group.Member, d Draft) (kp1.ID, error) {
	comp := -1
	if a, ok := d.Act.(erase.Act); ok {
		full, c, err := b.complete(a, me)
		if err != nil {
			return kp1.ID{}, err
		}
		d.Act, comp = full, int(c)
	}
	if f, ok := d.Act.(thread.File); ok {
		return b.giveFile(me, f, d)
	}
	d.Act = care.Fill(b.h.view, me.ID, d.Act)
	if err := care.Check(b.h.view, me.ID, me.Rank, d.Act); err != nil {
		return kp1.ID{}, err
	}
	typ, body, words, err := care.Encode(d.Act)
	if err != nil {
		return kp1.ID{}, err
	}
	if comp >= 0 { // an act that takes another away stands where that one stood
		return b.write(typ, uint8(comp), nil, nil, body, words)
	}
	if d, err = b.asBefore(d); err != nil {
		return kp1.ID{}, err
	}
	return b.say(typ, d, body, words)
}

// giveFile is proposeOne for a file: it is cut and sealed under the key of the op that will speak of it, or named by the chunks
// that are there of it.
func (b *batch) giveFile(me group.Member, f thread.File, d Draft) (kp1.ID, error) {
	d.Act = care.Fill(b.h.view, me.ID, f)
	comp := b.readers(d)
	people, err := b.people(d, comp)
	if err != nil {
		return kp1.ID{}, err
	}
	e, err := b.writable(comp)
	if err != nil {
		return kp1.ID{}, err
	}
	x := detached{}
	f, _ = d.Act.(thread.File)
	f.File.Size = uint64(len(d.Data))
	if people == nil {
		f.File.Chunks, x.key, err = b.sameFile(comp, e.id, d.Data)
	}
	if err == nil && f.File.Chunks == nil {
		f.File.Chunks, err = b.cutFile(&x, comp, e.id, d.Data)
	}
	if err != nil {
		return kp1.ID{}, err
	}
	if err := care.Check(b.h.view, me.ID, me.Rank, f); err != nil {
		return kp1.ID{}, err
	}
	typ, body, words, err := care.Encode(f)
	if err != nil {
		return kp1.ID{}, err
	}
	x.words = words
	return b.writeWith(typ, comp, people, f.Refs(), body, x)
}

// cutFile cuts and seals a file under a new key.
func (b *batch) cutFile(x *detached, comp uint8, e kp1.EID, data []byte) ([]kp1.ID, error) {
	if _, err := io.ReadFull(b.h.l.opt.Rand, x.key[:]); err != nil {
		return nil, err
	}
	return blob.Cut(bytes.NewReader(data), int64(len(data)), blob.Sealing{
		Rand: b.h.l.opt.Rand, Group: b.h.id, Epoch: e, Comp: comp, Week: b.h.l.week(), Key: x.key,
	}, func(env op.Envelope) error { x.chunks = append(x.chunks, env); return nil })
}

// asBefore gives other words to those who could read the first: of people named, to those who may read it still.
func (b *batch) asBefore(d Draft) (Draft, error) {
	e, ok := d.Act.(thread.Edit)
	if !ok || d.For != nil {
		return d, nil
	}
	s, err := b.fetch(e.Post)
	if err != nil {
		return d, err
	}
	people, few := audience(s)
	if !few {
		return d, nil
	}
	d.For = []kp1.MID{} // not nil, which would be everyone
	for _, p := range people {
		if b.mayName(p, s.Comp) {
			d.For = append(d.For, p)
		}
	}
	return d, nil
}

// me is this person as a member.
func (h *house) me() (group.Member, error) {
	st := h.state()
	m, ok := st.Member(h.self.Member)
	if !ok {
		return group.Member{}, ErrNotIn
	}
	if _, ok := st.Device(h.self.Device); !ok {
		return group.Member{}, ErrNotIn
	}
	return m, nil
}

// readers finds the compartment for a draft: that of what it speaks of, since an answer goes to those who could read
// the question, or the one asked for when it begins something new.
func (b *batch) readers(d Draft) uint8 {
	comp, found := uint8(0), false
	for _, id := range d.Act.Refs() {
		if w, ok, err := b.look(id); err == nil && ok && w.comp != kp1.ChainAuth {
			comp, found = max(comp, w.comp), true
		}
	}
	if found {
		return comp
	}
	return d.Comp
}

// settle folds what was queued, so that the next act sees it.
func (b *batch) settle() {
	if len(b.events) > 0 {
		b.h.touch()
		b.noteReworded()
		b.h.view = b.h.view.Apply(b.events...)
		b.events = nil
	}
}

// say writes a draft whose act is encoded, for the people it is for.
func (b *batch) say(typ string, d Draft, body, words []byte) (kp1.ID, error) {
	comp := b.readers(d)
	people, err := b.people(d, comp)
	if err != nil {
		return kp1.ID{}, err
	}
	return b.write(typ, comp, people, d.Act.Refs(), body, words)
}

// write signs and seals one content op of our own, with its words in an envelope apart, and takes both in. people are
// those who alone may open the words, nil for all.
func (b *batch) write(typ string, comp uint8, people []kp1.MID, deps []kp1.ID, body, words []byte) (kp1.ID, error) {
	x := detached{words: words}
	if words != nil {
		if _, err := io.ReadFull(b.h.l.opt.Rand, x.key[:]); err != nil {
			return kp1.ID{}, err
		}
	}
	return b.writeWith(typ, comp, people, deps, body, x)
}

// detached is what is sealed apart from an op, under a key of its own.
type detached struct {
	words  []byte // nil: there is nothing
	key    [32]byte
	chunks []op.Envelope // of the file that the words speak of
}

// writable is the epoch under which the next op of a compartment is written.
func (b *batch) writable(comp uint8) (epoch, error) {
	if err := b.fewHeads(); err != nil {
		return epoch{}, err
	}
	return b.usable(comp)
}

func (b *batch) writeWith(typ string, comp uint8, people []kp1.MID, deps []kp1.ID, body []byte, x detached) (kp1.ID, error) {
	h := b.h
	e, err := b.writable(comp)
	if err != nil {
		return kp1.ID{}, err
	}
	key, ok := b.sealer(e, comp)
	if !ok {
		return kp1.ID{}, ErrNoEpoch
	}
	at := h.chains[chain{h.self.Device, comp}]
	o := op.Op{
		Type: typ, Group: h.id, Device: h.self.Device, Comp: comp, Seq: at.seq + 1, Prev: at.id,
		Time: h.l.unix(), Auth: h.log.HeadsOf(h.self.Device), Deps: deps, Body: body,
	}
	if x.words != nil {
		if err := b.detach(&o, e.id, people, x); err != nil {
			return kp1.ID{}, err
		}
	}
	s, err := h.form(o)
	if err != nil {
		return kp1.ID{}, err
	}
	w := &outgoing{n: b.number(), ops: []op.Signed{s}}
	if err := b.pen.start(w, h, key); err != nil {
		return kp1.ID{}, err
	}
	if err := b.admitOwn(w, e.id); err != nil {
		return kp1.ID{}, err
	}
	for _, env := range x.chunks { // after the op: whoever takes them in that order knows what they are
		b.pen.add(&outgoing{n: b.number(), env: env})
	}
	return s.ID, nil
}

// detach seals the words of an op apart, for the people named or for whoever opens the op.
func (b *batch) detach(o *op.Op, e kp1.EID, people []kp1.MID, x detached) (err error) {
	h, pk, words := b.h, x.key, x.words
	said, boxes := spoken{words: words}, [][]byte(nil)
	o.Payload = &op.PayloadRef{Len: uint64(len(words)), Key: &pk}
	if people != nil {
		o.Payload.Key, said.epoch, said.key = nil, e, &pk
		if o.Body, err = op.ForPeople(o.Body, people, op.AudienceMark(pk, h.id, o.Device, people)); err != nil {
			return err
		}
		if boxes, err = b.box(e, o.Comp, people, pk); err != nil {
			return err
		}
	}
	env, err := op.SealPayload(h.l.opt.Rand, h.id, e, o.Comp, h.l.week(), pk, boxes, words)
	if err != nil {
		return err
	}
	o.Payload.ID = env.ID
	b.pen.add(&outgoing{n: b.number(), env: env})
	b.words[env.ID] = said
	return nil
}

// own takes in a whole envelope of our own making: see admitOwn for what is not done again. An op that would have to wait is
// refused, whatever it waits for: the next one would stand in its place, and this device would be taken for one that cheats.
func (b *batch) own(env op.Envelope, ops ...op.Signed) error {
	if err := b.flush(); err != nil {
		return err
	}
	p := prepared{env: env, ours: true, ops: ops, checked: make([]bool, len(ops)), bad: make([]error, len(ops))}
	for i := range ops {
		p.checked[i] = true
	}
	held, _, err := b.take(p)
	switch {
	case err != nil:
		return err
	case !held:
		return refusedOwn(b.last)
	}
	for _, s := range ops {
		if s.IsAuth() && !b.h.log.Admitted(s.ID) || !s.IsAuth() && !b.filedOp(s.ID) {
			return refusedOwn(group.ErrWaiting)
		}
	}
	return nil
}

// sign signs an op with this device's key in the group, after giving it its nonce.
func (h *house) sign(o op.Op) (op.Signed, error) {
	s, err := h.form(o)
	if err != nil {
		return op.Signed{}, err
	}
	return s, s.Sign(h.signingKey())
}

// form gives an op its nonce and its id.
func (h *house) form(o op.Op) (op.Signed, error) {
	if h.l.old.has(o.Device) {
		return op.Signed{}, ErrOldCopy
	}
	if len(h.absent) > 0 {
		return op.Signed{}, ErrRepairing
	}
	switch {
	case !h.ends(o) && h.torn():
		return op.Signed{}, ErrTwoSides
	case !h.heardOut && !h.signsBehind(o) && h.behind():
		return op.Signed{}, ErrBehind
	}
	if _, err := io.ReadFull(h.l.opt.Rand, o.Nonce[:]); err != nil {
		return op.Signed{}, err
	}
	return op.Form(o)
}

// signingKey is this device's key in the group.
func (h *house) signingKey() ed25519.PrivateKey {
	if h.signer == nil || h.signs != h.self.Device {
		h.signer, h.signs = ed25519.NewKeyFromSeed(h.self.Sign), h.self.Device
	}
	return h.signer
}

// unix is the time this computer claims.
func (l *Ledger) unix() uint64 { return uint64(max(0, l.opt.Now().Unix())) } //nolint:gosec // not negative

// usable returns an epoch to write a compartment's content under. When every epoch has been handed to somebody who may
// no longer read, it makes a new one first (protocol.md 5.3).
func (b *batch) usable(comp uint8) (epoch, error) {
	e, ok := b.held(comp)
	if !ok && b.mayRekey() {
		if err := b.rekey(nil); err != nil {
			return epoch{}, err
		}
		e, ok = b.held(comp)
	}
	if !ok {
		return epoch{}, ErrNoEpoch
	}
	return e, nil
}

// held is the epoch that a compartment is written under now, if there is one.
func (b *batch) held(comp uint8) (epoch, bool) {
	id, ok := b.h.log.PickHeld(comp, b.h.holds(comp))
	return b.h.ring[id], ok
}

// mayRekey says whether a new epoch is wanted, and made here and now.
func (b *batch) mayRekey() bool {
	return b.h.mayTend() && (!b.unasked || b.h.keyTurn()) && (b.h.log.NeedRekey() || b.h.wanting())
}
