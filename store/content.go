package store

import (
	"errors"
	"fmt"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// admitContent checks one content op against its chain, what it speaks of, and the right of its author.
func (b *batch) admitContent(s op.Signed, checked bool, n uint64) (outcome, error) {
	h := b.h
	for _, id := range s.Auth {
		if !h.log.Has(id) {
			return waitFor(waitOp, id[:]), nil
		}
	}
	if !checked {
		pub, _, ok := h.log.DeviceKey(s.Device)
		if !ok {
			return badOp(s, ErrForged), nil
		}
		if err := s.Verify(pub); err != nil {
			return badOp(s, fmt.Errorf("%w: %w", ErrForged, err)), nil
		}
	}
	c := chain{s.Device, s.Comp}
	next, o := h.extend(h.chains[c], s)
	if !o.done() {
		return o, nil
	}
	if !h.self.Partial {
		for _, id := range s.Deps {
			if ok, err := b.hasOp(id); err != nil || !ok {
				return waitFor(waitOp, id[:]), err
			}
		}
	}
	v := h.log.Content(contentRef(s, h.chains[c]))
	switch v.Ruling {
	case group.Refused:
		return badOp(s, ErrNotAllowed), nil
	case group.Wait:
		return waitFor(waitOp, v.By[0][:]), nil
	case group.Hidden:
		h.hidden++
	}
	h.chains[c] = next
	if err := b.noteSpoken(s); err != nil {
		return outcome{}, err
	}
	if v.Ruling != group.Accept {
		return outcome{}, nil
	}
	return outcome{}, b.event(s, v, n)
}

// contentRef is what the membership graph needs to know of an op that follows at on its chain.
func contentRef(s op.Signed, at head) group.ContentRef {
	c := group.ContentRef{Device: s.Device, Comp: s.Comp, Seq: s.Seq, ID: s.ID, Auth: s.Auth}
	if at.seq != 0 && at.seq < s.Seq {
		c.PrevAuth = at.auth
	}
	return c
}

// extend continues a chain by one op. A newcomer who was not given the whole history begins each chain where it can
// first read, and takes earlier ops in as they come (protocol.md 5.6.5).
func (h *house) extend(at head, s op.Signed) (head, outcome) {
	here := place{s.Seq, s.ID}
	switch {
	case at.seq == 0 && (s.Seq == 1 || h.self.Partial):
		return head{place: here, auth: s.Auth, first: here, prev: s.Prev}, outcome{}
	case s.Seq == at.seq+1 && s.Prev == at.id:
		at.place, at.auth = here, s.Auth
		return at, outcome{}
	case h.self.Partial && s.Seq+1 == at.first.seq && s.ID == at.prev:
		at.first, at.prev = here, s.Prev
		return at, outcome{}
	case s.Seq > at.seq+1:
		return at, waitFor(waitOp, s.Prev[:])
	case h.self.Partial && s.Seq < at.first.seq:
		return at, waitFor(waitOp, at.prev[:]) // between it and the chain others are still missing
	}
	return at, badOp(s, errFork)
}

var errFork = &kp1.Error{ECode: "E_FORK", Msg: "a second op in one place of a chain"}

// noteSpoken notes what an op proves by itself: its device has, on its own disk, all that the op speaks of.
func (b *batch) noteSpoken(s op.Signed) error {
	if s.Device == b.h.self.Device {
		return nil
	}
	for _, id := range s.Deps {
		w, ok, err := lookOp(b.ops, id)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		b.h.held.note(s.Device, w.entry)
	}
	return nil
}

// event turns an accepted op into an event and queues it for the fold.
func (b *batch) event(s op.Signed, v group.Verdict, n uint64) error {
	var words []byte
	if s.Payload != nil {
		var err error
		if words, err = b.claim(s, n); err != nil {
			return err
		}
	}
	if ok, err := b.invitation(s); ok || err != nil {
		return err
	}
	if e, ok := b.h.read(s, v, words); ok {
		b.events = append(b.events, e)
	}
	return nil
}

// read decodes an op's act. An act this build does not know, or that breaks its own form, is kept and not shown.
func (h *house) read(s op.Signed, v group.Verdict, words []byte) (care.Event, bool) {
	a, err := care.Decode(s.Type, s.Body, words)
	if err != nil {
		if !errors.Is(err, care.ErrUnknownType) {
			h.l.opt.Log.Info("act not understood", "op", s.ID.Short(), "why", codeOf(err))
		}
		return care.Event{}, false
	}
	return care.Event{
		Meta: care.Meta{ID: s.ID, Author: v.Member, Device: s.Device, Rank: v.Rank, Comp: s.Comp, Time: s.Time},
		Act:  a,
	}, true
}

// claim finds and opens the payload of an op; nil when it is not here yet. It is then noted as missed.
func (b *batch) claim(s op.Signed, n uint64) ([]byte, error) {
	id := s.Payload.ID
	at, ok, err := b.find(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		b.h.lack[id] = s.ID
		return nil, b.lack.put(id[:], s.ID[:])
	}
	if _, waited := b.h.waits.take(at); waited {
		if err := b.wait.delete(be64(at)); err != nil {
			return nil, err
		}
	}
	raw, err := b.log.get(be64(at))
	if err != nil {
		return nil, err
	}
	return openPayload(s, raw), nil
}

// openPayload returns the words of an op, or nil when the payload is not what its author sealed.
func openPayload(s op.Signed, raw []byte) []byte {
	if s.Payload == nil || s.Payload.Key == nil {
		return nil // boxed to named people: the keys for those come with the next part
	}
	env, err := op.DecodeEnvelope(raw)
	if err != nil {
		return nil
	}
	words, err := op.OpenPayload(s.Group, env, s.Comp, *s.Payload.Key)
	if err != nil || uint64(len(words)) != s.Payload.Len {
		return nil
	}
	return words
}

// usePayload files a payload: for an op that is here already, or until its op comes.
func (b *batch) usePayload(env op.Envelope, n uint64) (outcome, error) {
	owner, ok := b.h.lack[env.ID]
	if !ok {
		return waitFor(waitPayload, env.ID[:]), nil
	}
	delete(b.h.lack, env.ID)
	if err := b.lack.delete(env.ID[:]); err != nil {
		return outcome{}, err
	}
	s, err := b.h.fetch(b.t, b.ops, b.log, owner)
	if err != nil {
		return outcome{}, err
	}
	v := b.h.log.Content(contentRef(s, head{}))
	if v.Ruling == group.Accept {
		if e, ok := b.h.read(s, v, openPayload(s, env.Bytes)); ok {
			b.events = append(b.events, e)
		}
	}
	w, _, err := lookOp(b.ops, owner)
	if err != nil {
		return outcome{}, err
	}
	return outcome{}, b.noteLate(w.entry)
}

// fetch reads one op from the disk.
func (h *house) fetch(t tx, ops, log shelf, id kp1.ID) (op.Signed, error) {
	w, ok, err := lookOp(ops, id)
	if err != nil {
		return op.Signed{}, err
	}
	if !ok {
		return op.Signed{}, fmt.Errorf("op %s: %w", id.Short(), ErrNoOp)
	}
	raw, err := log.get(be64(w.entry))
	if err != nil {
		return op.Signed{}, err
	}
	p := prepared{}
	if p.env, err = op.DecodeEnvelope(raw); err != nil {
		return op.Signed{}, fmt.Errorf("entry %d: %w: %w", w.entry, ErrDamaged, err)
	}
	p.open(h.id, h.ring[p.env.EID])
	if p.err != nil || int(w.at) >= len(p.ops) || p.ops[w.at].ID != id {
		return op.Signed{}, fmt.Errorf("op %s: %w", id.Short(), ErrDamaged)
	}
	return p.ops[w.at], nil
}
