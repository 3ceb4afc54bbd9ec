package store

import (
	"errors"
	"fmt"
	"slices"

	"kith/store/care"
	"kith/store/care/erase"
	"kith/store/group"
	"kith/store/invite"
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
	if err := b.early(s); err != nil {
		return outcome{}, err
	}
	if o, err := b.follows(s); err != nil || !o.done() {
		return o, err
	}
	if o, err := b.speaks(s); err != nil || !o.done() {
		return o, err
	}
	rival, err := b.rival(s)
	if err != nil {
		return outcome{}, err
	}
	ref := h.contentRef(s, b.finder())
	if !rival.IsZero() {
		ref.Leads = h.leads(s.ID, b.finder())
	}
	v := h.log.Content(ref)
	if v.Ruling == group.Wait { // it names ops that wait behind a fence, and is the word of its author for them
		h.log.Vouch(s.Device, s.Auth)
		h.sides.known = false
		if err := b.tendFences(); err != nil {
			return outcome{}, err
		}
		v = h.log.Content(ref)
	}
	switch v.Ruling {
	case group.Refused:
		return badOp(s, ErrNotAllowed), nil
	case group.Wait:
		return waitFor(waitOp, v.By[0][:]), nil
	case group.Hidden:
		h.hidden++
	}
	if err := b.noteFork(s, rival); err != nil {
		return outcome{}, err
	}
	b.wakeTied(h.pass(s))
	if err := b.noteSpoken(s, n); err != nil {
		return outcome{}, err
	}
	return outcome{}, b.event(s, v)
}

// speaks says whether the ops that one speaks of are here. A newcomer who was not given the history takes what follows a gap
// (see follows), and names it: with it their words would wait here too, for as long as its author likes. So of them it is
// enough that it is here and waits.
func (b *batch) speaks(s op.Signed) (outcome, error) {
	if b.h.self.Partial {
		return outcome{}, nil
	}
	for _, id := range s.Deps {
		if b.hasOp(id) {
			continue
		}
		if b.h.waits.has(id) {
			st, err := b.h.log.At(s.Auth)
			if err != nil {
				return outcome{}, err
			}
			_, by, _ := b.h.log.DeviceKey(s.Device)
			if m, in := st.Member(by); in && m.History != group.HistoryAll {
				continue
			}
		}
		return waitFor(waitRef, id[:]), nil
	}
	return outcome{}, nil
}

var errChain = &kp1.Error{ECode: "E_CHAIN", Msg: "does not follow the op it names"}

// follows says whether an op may follow the one before it on its chain. It follows the one it names and no other, so that
// the order of arrival decides nothing: of two in one place, which an honest device never writes, both are taken in. A
// newcomer who was not given the whole history cannot read what came before, and takes what there is (protocol.md 5.6.5).
// What the op before it had heard of who belongs decides nothing either: that op may have been taken away, and no more than
// its head is signed for all to keep.
func (b *batch) follows(s op.Signed) (outcome, error) {
	at := b.h.chains[chain{s.Device, s.Comp}]
	switch {
	case s.Seq == 1, s.Seq == at.seq+1 && s.Prev == at.id:
		return outcome{}, nil
	case !b.hasOp(s.Prev) && b.h.self.Partial:
		return outcome{}, nil
	case !b.hasOp(s.Prev), !b.h.self.Partial && !b.filedOp(s.Prev) && !b.h.tied[s.Prev]:
		return waitFor(waitOp, s.Prev[:]), nil
	}
	prev, err := b.fetch(s.Prev)
	if err != nil {
		return outcome{}, err
	}
	if prev.Device != s.Device || prev.Chain() != s.Chain() || prev.Seq+1 != s.Seq {
		return badOp(s, errChain), nil
	}
	return outcome{}, nil
}

// noteSpoken notes what an op proves by itself: its device has, on its own disk, the op and all that it speaks of.
func (b *batch) noteSpoken(s op.Signed, n uint64) error {
	if s.Device == b.h.self.Device {
		return nil
	}
	if b.brought == s.Device.String() { // who was told so on this very channel, though it may have waited since
		b.h.tellOf(chain{s.Device, s.Comp}, s.Seq)
	} else if _, _, member := b.h.log.DeviceKey(b.from); !member && !b.from.IsZero() {
		b.h.fetched[chain{s.Device, s.Comp}] = s.Seq
	}
	b.h.held.note(s.Device, n)
	for _, id := range s.Deps {
		w, ok, err := b.look(id)
		if err != nil {
			return err
		}
		if ok {
			b.h.held.note(s.Device, w.entry)
		}
	}
	return nil
}

// event turns an op into an event and queues it for the fold, if it is to be shown.
func (b *batch) event(s op.Signed, v group.Verdict) error {
	var words []byte
	if err := b.enter(s); err != nil {
		return err
	}
	if s.Payload != nil { // also of one that is hidden: a removal may be answered by "let it stand"
		var err error
		if words, err = b.claim(s); err != nil {
			return err
		}
		if err := b.claimParts(s, words); err != nil {
			return err
		}
	}
	if v.Ruling != group.Accept {
		return nil
	}
	if ok, err := b.heed(s); ok || err != nil {
		return err
	}
	if a, ok := erasure(s); ok {
		if err := b.takeBack(s, a, v); err != nil {
			return err
		}
	}
	if e, ok := b.h.read(s, v, words); ok {
		if words == nil && s.Payload != nil && b.gone.has(s.Payload.ID[:]) {
			e.Act = care.Erased(e.Act)
		}
		b.events = append(b.events, e)
	}
	return nil
}

// readAct reads what an op says. Only the tests of this package put another in its place: that of an earlier version.
var readAct = care.Decode

// heed takes in what an op says to computers, and says whether it was such an op.
func (b *batch) heed(s op.Signed) (bool, error) {
	for _, take := range []func(op.Signed) (bool, error){b.invitation, b.ticket, b.receipt} {
		if ok, err := take(s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// unheeded says of an op that is accepted whether heed would have it change something.
func (h *house) unheeded(s op.Signed) bool {
	switch s.Type {
	case invite.TypeInvite:
		i, err := invite.Decode(s.Body)
		return err == nil && s.Comp == kp1.CompAdmin && h.invites[i.ID] == nil
	case invite.TypeEnd:
		id, err := invite.DecodeEnd(s.Body)
		i := h.invites[id]
		return err == nil && s.Comp == kp1.CompAdmin && (i == nil && !h.over[id] || i != nil && !i.ended)
	case typeTicket:
		w, err := decodeTicket(s.Body)
		_, by, _ := h.log.DeviceKey(s.Device)
		_, known := h.tickets[ticketKey{w.Member, by}]
		return err == nil && s.Comp == kp1.CompAdmin && !known
	case typeReceipt:
		return s.Seq > h.statements[chain{s.Device, s.Comp}].Seq
	}
	return false
}

// actOf reads the act of an op. One of a later version may mean something else by the same words: it is kept, and not read.
func actOf(s op.Signed, words []byte) (care.Act, error) {
	if s.V > 1 {
		return nil, care.ErrUnknownType
	}
	return readAct(s.Type, s.Body, words)
}

// read decodes an op's act. An act this build does not know, or that breaks its own form, is kept and not shown.
func (h *house) read(s op.Signed, v group.Verdict, words []byte) (care.Event, bool) {
	a, err := actOf(s, words)
	return h.event(s, v, words, a, err)
}

// event is what an op says, once its act was read.
func (h *house) event(s op.Signed, v group.Verdict, words []byte, a care.Act, err error) (care.Event, bool) {
	if err != nil {
		if !errors.Is(err, care.ErrUnknownType) {
			h.l.opt.Log.Info("act not understood", "op", s.ID.Short(), "why", codeOf(err))
		}
		return care.Event{}, false
	}
	if x, is := a.(erase.Act); is {
		id, _ := x.What()
		if st, ok := h.stubBy(id, s.ID); !ok || !st.gone || st.void {
			return care.Event{}, false // not theirs to take away
		}
	}
	people, only := audience(s)
	if n, mine := h.named[s.ID]; only && words == nil && (!mine || n.void) {
		a = care.ForOthers(a)
	}
	return care.Event{
		Meta: care.Meta{ID: s.ID, Author: v.Member, Device: s.Device, Rank: v.Rank, Comp: s.Comp, Time: s.Time, Seq: s.Seq, For: people},
		Act:  a,
	}, true
}

// claim finds and opens the payload of an op; nil when it is not here yet. It is then noted as missed.
func (b *batch) claim(s op.Signed) ([]byte, error) {
	id := s.Payload.ID
	if w, ok := b.words[id]; ok {
		return w.words, nil
	}
	at, ok, err := b.find(id)
	if err != nil {
		return nil, err
	}
	if !ok {
		of, err := goneFor(b.gone, id)
		if err != nil || of == s.ID {
			return nil, err
		}
		if !of.IsZero() { // another op named the same words, and was taken away
			if err := b.gone.delete(id[:]); err != nil {
				return nil, err
			}
		}
		return nil, b.missed(s)
	}
	env, err := b.log.must(at)
	if err != nil {
		return nil, err
	}
	_, waited := b.h.waits.take(at)
	if waited {
		if err := b.wait.delete(be64(at)); err != nil {
			return nil, err
		}
		if b.settled(s, env) != nil { // it came first, and is not what this op says
			return nil, errors.Join(b.turnAway(at, env), b.missed(s))
		}
	}
	if err := b.learn(s, env); err != nil {
		return nil, err
	}
	return b.h.openPayload(s, env), nil
}

// missed notes that the payload of an op is not here.
func (b *batch) missed(s op.Signed) error {
	id := s.Payload.ID
	b.h.lack[id] = append(slices.Clone(b.h.lack[id]), s.ID)
	return b.lack.put(id[:], joined(b.h.lack[id]))
}

// joined is a list of ids as it is stored.
func joined(ids []kp1.ID) []byte {
	var b []byte
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

// decodeOwners reads what joined wrote.
func decodeOwners(plain []byte) ([]kp1.ID, error) {
	if len(plain) == 0 || len(plain)%len(kp1.ID{}) != 0 {
		return nil, fmt.Errorf("payload record of %d bytes: %w", len(plain), ErrDamaged)
	}
	var ids []kp1.ID
	for c := range slices.Chunk(plain, len(kp1.ID{})) {
		ids = append(ids, kp1.ID(c))
	}
	return ids, nil
}

// usePayload files a payload: for the ops that are here already, or until one comes.
func (b *batch) usePayload(env op.Envelope) (outcome, error) {
	owners := b.h.lack[env.ID]
	if len(owners) == 0 {
		return waitFor(waitPayload, env.ID[:]), nil
	}
	var ops []op.Signed
	bad := error(ErrForged)
	for _, id := range owners {
		s, err := b.fetch(id)
		if err != nil {
			return outcome{}, err
		}
		if bad = b.settled(s, env); bad == nil {
			ops = append(ops, s)
		}
	}
	if len(ops) == 0 {
		return refuse(bad), nil
	}
	delete(b.h.lack, env.ID)
	if err := b.lack.delete(env.ID[:]); err != nil {
		return outcome{}, err
	}
	for _, s := range ops {
		if err := b.tell(s, env); err != nil {
			return outcome{}, err
		}
	}
	return outcome{some: true}, nil
}

// fetch finds one op that was admitted: in the envelope that is being taken in, which is not on the disk yet, among those
// of our own that the pen still holds, or on the disk.
func (b *batch) fetch(id kp1.ID) (op.Signed, error) {
	for _, s := range b.taking {
		if s.ID == id {
			return s, nil
		}
	}
	for _, w := range b.pen.done {
		for _, s := range w.ops {
			if s.ID == id {
				return s, nil
			}
		}
	}
	return b.h.fetch(b.ops, &b.log, id)
}

// fetch reads one op from the disk.
func (h *house) fetch(ops index, log *entries, id kp1.ID) (op.Signed, error) {
	w, ok, err := lookOp(ops, id)
	if err != nil {
		return op.Signed{}, err
	}
	if all := h.stubs[id]; !ok && len(all) > 0 {
		return all[0].signed(h.id, id), nil
	}
	if !ok {
		return op.Signed{}, fmt.Errorf("op %s: %w", id.Short(), ErrNoOp)
	}
	p := prepared{}
	if all := h.stubs[id]; len(all) > 0 { // taken away, it may have gone already with what stood beside it
		if _, lies, err := log.get(w.entry); err == nil && !lies {
			return all[0].signed(h.id, id), nil
		}
	}
	if p.env, err = log.must(w.entry); err != nil {
		return op.Signed{}, err
	}
	p.open(h.id, h.ring[p.env.EID])
	if p.err != nil || int(w.at) >= len(p.ops) || p.ops[w.at].ID != id {
		return op.Signed{}, fmt.Errorf("op %s: %w", id.Short(), ErrDamaged)
	}
	return p.ops[w.at], nil
}
