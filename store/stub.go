package store

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/erase"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// A stub is what stays of an op that somebody says was taken away: its signed head, by which its chain can be followed
// without it, and what it was without its words. docs/spec/erase.md has the rules.
type stub struct {
	by   kp1.ID // the act that says so
	comp uint8
	led  bool // it is a redact, which only who leads may do
	was  erase.Was
	gone bool // the act was admitted and allowed: the op itself is not taken in any more
	void bool // the op is here and is not what the act says that it was: the act has no effect
}

// stubRecord is a stub on the disk.
type stubRecord struct {
	Comp uint8  `cbor:"c"`
	Type string `cbor:"t"` // of the act
	Body []byte `cbor:"b"` // and its body, which says what was
	Gone bool   `cbor:"g"`
	Void bool   `cbor:"v"`
}

// signed is the op as far as it is still known. Its bytes, its key and its nonce are not.
func (s stub) signed(g kp1.GID, id kp1.ID) op.Signed {
	return op.Signed{
		Op: op.Op{
			V: 1, Type: s.was.Type, Group: g, Device: s.was.Device, Comp: s.comp, Seq: s.was.Seq, Prev: s.was.Prev,
			Time: s.was.Time, Auth: s.was.Auth, Body: s.was.Body, Payload: &op.PayloadRef{ID: s.was.Payload, Len: s.was.Len},
		},
		ID: id, Sig: s.was.Sig,
	}
}

// fits says whether an op is what was said of it. A body that had no room in the act was left out.
func (s stub) fits(x op.Signed) bool {
	w := s.was
	return w.Device == x.Device && s.comp == x.Comp && w.Seq == x.Seq && w.Prev == x.Prev && slices.Equal(w.Auth, x.Auth) &&
		w.Time == x.Time && w.Type == x.Type && (len(w.Body) == 0 || bytes.Equal(w.Body, x.Body)) &&
		x.Payload != nil && x.Payload.ID == w.Payload && x.Payload.Len == w.Len
}

// erasure decodes an op that takes another away.
func erasure(s op.Signed) (erase.Act, bool) {
	a, known, err := erase.Decode(s.Type, s.Body, nil)
	if !known || err != nil || s.V > 1 {
		return nil, false
	}
	x, ok := a.(erase.Act)
	return x, ok
}

// leads says whether an act is one that only who leads may do.
func leads(a erase.Act) bool {
	_, redact := a.(erase.Redact)
	return redact
}

// proven says whether the head in an act is signed by the device it names, which is of this group.
func (h *house) proven(s op.Signed, a erase.Act) (stub, bool) {
	id, was := a.What()
	st := stub{by: s.ID, comp: s.Comp, led: leads(a), was: was}
	pub, _, known := h.log.DeviceKey(was.Device)
	return st, known && st.signed(h.id, id).Verify(pub) == nil
}

// gone says whether an op was taken away for good.
func (h *house) gone(id kp1.ID) bool {
	return slices.ContainsFunc(h.stubs[id], func(s stub) bool { return s.gone && !s.void })
}

// stubBy is what one act says of an op.
func (h *house) stubBy(id, by kp1.ID) (stub, bool) {
	i := slices.IndexFunc(h.stubs[id], func(s stub) bool { return s.by == by })
	if i < 0 {
		return stub{}, false
	}
	return h.stubs[id][i], true
}

// noteStub keeps a stub in memory, and moves its chain past it. It returns the heads whose place is known by that.
func (h *house) noteStub(id kp1.ID, s stub) []kp1.ID {
	all := slices.Clone(h.stubs[id])
	var was stub
	if i := slices.IndexFunc(all, func(x stub) bool { return x.by == s.by }); i >= 0 {
		was, all[i] = all[i], s
	} else {
		all = append(all, s)
	}
	h.stubs[id] = all
	if at := (berth{chain{s.was.Device, s.comp}, s.was.Seq}); h.stubAt[at].IsZero() {
		h.stubAt[at] = id
	}
	if p := s.was.Payload; s.gone && !was.gone {
		h.hollow[p] = append(slices.Clone(h.hollow[p]), id)
		for _, head := range s.was.Auth {
			if !h.log.Admitted(head) {
				h.cited[head] = true
			}
		}
	}
	return h.passStub(id, s)
}

// vouchGone repeats what ops said, before their author took them away, for ops that wait behind a fence. The act says which
// heads they named, and is signed by the same member: so their word counts also where they never came. What somebody else
// says of them, in a redact, is nobody's word but that somebody's own.
func (h *house) vouchGone() {
	if len(h.cited) == 0 || len(h.log.Held()) == 0 {
		return
	}
	for _, all := range h.stubs {
		for _, s := range all {
			if s.gone && !s.led && slices.ContainsFunc(s.was.Auth, func(head kp1.ID) bool { return h.cited[head] }) {
				h.log.Vouch(s.was.Device, s.was.Auth)
				h.sides.known = false
			}
		}
	}
}

// passStub moves a chain past an op of which no more is known than its head. What its author had heard of who belongs is not
// signed there: whoever took it away may lie about that, and what follows it is not judged by it. A head may also lie about
// where it stands. So the chain goes no further than what is here: a head that follows none of it stays in the air until the op
// below it comes. Only this device's own heads are believed as they are (what it has signed it never signs again), and
// where the history is partial, so that a chain may begin with what was taken away, those in the word of one who leads. Others
// need none of that there: what its author writes next needs no place for what it follows. It returns what is tied by that.
func (h *house) passStub(id kp1.ID, s stub) []kp1.ID {
	if s.void {
		return nil
	}
	c, to := chain{s.was.Device, s.comp}, head{seq: s.was.Seq, id: id}
	at := h.chains[c]
	if s.gone && at.id == id { // nor where it was here before
		h.chains[c] = to
	}
	switch {
	case h.tied[id] || h.self.Partial && s.led || s.was.Device == h.self.Device || s.was.Seq == 1 || at.id == s.was.Prev && at.seq+1 == s.was.Seq,
		h.tied[s.was.Prev] && h.stubs[s.was.Prev][0].under(s):
		return h.tie(id, s)
	case !slices.Contains(h.air[s.was.Prev], id):
		h.air[s.was.Prev] = append(slices.Clone(h.air[s.was.Prev]), id)
	}
	return nil
}

// under says whether a head stands one place below another in one chain.
func (s stub) under(o stub) bool {
	return s.was.Device == o.was.Device && s.comp == o.comp && s.was.Seq+1 == o.was.Seq
}

// tie moves a chain past a head whose place is known, and past those that follow it.
func (h *house) tie(id kp1.ID, s stub) []kp1.ID {
	h.tied[id] = true
	h.follow(chain{s.was.Device, s.comp}, head{seq: s.was.Seq, id: id})
	return append([]kp1.ID{id}, h.climb(s.signed(h.id, id))...)
}

// climb ties the heads in the air that follow an op, now that its own place is known.
func (h *house) climb(below op.Signed) (tied []kp1.ID) {
	above := h.air[below.ID]
	for _, id := range above {
		if s := h.stubs[id][0]; s.was.Device == below.Device && s.comp == below.Comp && s.was.Seq == below.Seq+1 && !h.tied[id] {
			tied = append(tied, h.tie(id, s)...)
		}
	}
	if len(above) > 0 {
		delete(h.air, below.ID)
	}
	return tied
}

// passStubs moves chains past what was taken away from them: what this device has signed it never signs again.
func (h *house) passStubs() {
	h.tied, h.air = map[kp1.ID]bool{}, map[kp1.ID][]kp1.ID{}
	for id, all := range h.stubs {
		for _, s := range all {
			h.passStub(id, s)
		}
	}
}

// tieStubs is passStubs beside ops that were passed before.
func (h *house) tieStubs(t tx) error {
	h.passStubs()
	f, err := h.folder(t)
	if err != nil {
		return err
	}
	for _, id := range slices.Collect(maps.Keys(h.air)) {
		if !f.ops.has(id[:]) {
			continue
		}
		s, err := f.finder()(id)
		if err != nil {
			return err
		}
		h.climb(s)
	}
	return nil
}

func stubKey(id, by kp1.ID) []byte { return slices.Concat(id[:], by[:]) }

func (b *batch) putStub(id kp1.ID, s stub, typ string, body []byte) error {
	b.h.touch()
	b.wakeTied(b.h.noteStub(id, s))
	if !b.h.tied[id] && b.filedOp(s.was.Prev) {
		below, err := b.fetch(s.was.Prev)
		if err != nil {
			return err
		}
		b.wakeTied(b.h.climb(below))
	}
	return b.stubs.putCBOR(stubKey(id, s.by), stubRecord{Comp: s.comp, Type: typ, Body: body, Gone: s.gone, Void: s.void})
}

// wakeTied takes up what waits for ops whose place is known now.
func (b *batch) wakeTied(ids []kp1.ID) {
	for _, id := range ids {
		b.wake(waitOp, id[:])
	}
}

func decodeStub(k, plain []byte) (id kp1.ID, s stub, err error) {
	var r stubRecord
	if err := kp1.Unmarshal(plain, &r); err != nil {
		return id, stub{}, fmt.Errorf("stub: %w: %w", ErrDamaged, err)
	}
	a, ok := erasure(op.Signed{Op: op.Op{Type: r.Type, Body: r.Body}})
	if !ok || len(k) != 2*len(id) {
		return id, stub{}, fmt.Errorf("stub: %w", ErrDamaged)
	}
	id, was := a.What()
	if !bytes.Equal(k[:len(id)], id[:]) {
		return id, stub{}, fmt.Errorf("stub of another op: %w", ErrDamaged)
	}
	return id, stub{by: kp1.ID(k[len(id):]), comp: r.Comp, led: leads(a), was: was, gone: r.Gone, void: r.Void}, nil
}

func (h *house) loadStubs(t tx) error {
	s, err := h.shelf(t, shelfStubs, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		id, st, err := decodeStub(k, plain)
		if err == nil {
			h.noteStub(id, st)
		}
		return err == nil, err
	})
}

// early takes the head out of an act whose own place in its chain is not reached yet: that chain may lead through the very
// op that was taken away. The head proves itself; it has no other effect than to let chains be followed.
func (b *batch) early(s op.Signed) error {
	a, ok := erasure(s)
	if !ok {
		return nil
	}
	id, _ := a.What()
	if _, known := b.h.stubBy(id, s.ID); known {
		return nil
	}
	st, ok := b.h.proven(s, a)
	if !ok {
		return nil
	}
	it := st.signed(b.h.id, id)
	rival, err := b.rival(it)
	if err != nil {
		return err
	}
	if err := b.putStub(id, st, s.Type, s.Body); err != nil {
		return err
	}
	b.wake(waitOp, id[:])
	if rival.IsZero() {
		return nil
	}
	return b.noteFork(it, rival)
}

// takeBack gives an admitted act its effect, when whoever did it may: whose the op was is told by its device.
func (b *batch) takeBack(s op.Signed, a erase.Act, v group.Verdict) error {
	id, was := a.What()
	_, owner, known := b.h.log.DeviceKey(was.Device)
	if !known || erase.May(a, v.Member, v.Rank, owner) != nil {
		return nil
	}
	st, proven := b.h.stubBy(id, s.ID)
	if !proven { // its head is not that device's: see early
		return nil
	}
	st.by, st.comp, st.led, st.was, st.gone = s.ID, s.Comp, leads(a), was, true
	x, err := b.fetch(id)
	switch {
	case err == nil && len(x.OpBytes) > 0:
		st.void = !st.fits(x)
	case err != nil && !errors.Is(err, ErrNoOp):
		return err
	}
	if err := b.putStub(id, st, s.Type, s.Body); err != nil {
		return err
	}
	b.h.vouchGone()
	if err := b.tendFences(); err != nil || st.void {
		return err
	}
	// They do not come back. In which envelope an op lay is the word of whoever took it away, and what was lost here may be
	// this device's own: not everybody's word is enough to write on without it.
	if was.Device == b.h.self.Device || v.Rank >= kp1.RankAdmin {
		for _, env := range []kp1.ID{was.Payload, was.In} {
			if err := b.back(env); err != nil {
				return err
			}
		}
	}
	b.erasing = append(b.erasing, id)
	b.wake(waitOp, id[:])
	b.events = append(b.events, b.h.remains(id, st, b.finder())...)
	return nil
}

// remains is the event of an op that was taken away: what it was, without its words.
func (h *house) remains(id kp1.ID, st stub, find finder) []care.Event {
	s := st.signed(h.id, id)
	v := h.log.Content(h.contentRef(s, find))
	if v.Ruling != group.Accept || len(s.Body) == 0 {
		return nil
	}
	a, err := actOf(s, nil)
	if err != nil {
		return nil // of a later version, or its body had no room
	}
	people, _ := s.Audience()
	return []care.Event{{
		Meta: care.Meta{ID: id, Author: v.Member, Device: s.Device, Rank: v.Rank, Comp: s.Comp, Time: s.Time, Seq: s.Seq, For: people},
		Act:  act.Bare(a, act.Taken),
	}}
}

// complete fills in what stays of the op that a person takes away, and says which space the act belongs to.
func (b *batch) complete(a erase.Act, me group.Member) (care.Act, uint8, error) {
	id, _ := a.What()
	if b.h.gone(id) {
		return nil, 0, fmt.Errorf("op %s: %w", id.Short(), erase.RuleGone)
	}
	s, err := b.fetch(id)
	if err == nil && len(s.OpBytes) == 0 {
		err = fmt.Errorf("op %s: %w", id.Short(), ErrNoOp)
	}
	if err != nil {
		return nil, 0, err
	}
	if s.IsAuth() || s.Payload == nil {
		return nil, 0, fmt.Errorf("op %s: %w", id.Short(), erase.RuleStays)
	}
	if _, err := actOf(s, nil); err != nil {
		return nil, 0, fmt.Errorf("op %s: %w", id.Short(), erase.RuleStays)
	}
	if _, is := erasure(s); is {
		return nil, 0, fmt.Errorf("op %s: %w", id.Short(), erase.RuleStays)
	}
	_, owner, _ := b.h.log.DeviceKey(s.Device)
	if err := erase.May(a, me.ID, me.Rank, owner); err != nil {
		return nil, 0, err
	}
	was := erase.Was{
		Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Type: s.Type, Body: s.Body,
		Payload: s.Payload.ID, Len: s.Payload.Len, Sig: s.Sig,
	}
	if was.In, err = b.standsIn(id); err != nil {
		return nil, 0, err
	}
	if pk := b.h.payloadKey(s); pk != nil {
		was.Token = op.DeleteToken(*pk, 0)
	}
	full := a.With(was)
	if _, _, _, err := care.Encode(full); errors.Is(err, kp1.ErrTooBig) {
		was.Body = nil
		full = a.With(was)
	}
	return full, s.Comp, nil
}

// standsIn is the envelope in which an op was taken in.
func (b *batch) standsIn(id kp1.ID) (kp1.ID, error) {
	if err := b.flush(); err != nil {
		return kp1.ID{}, err
	}
	w, here, err := lookOp(b.ops, id)
	if err != nil || !here {
		return kp1.ID{}, err
	}
	env, err := b.log.must(w.entry)
	return env.ID, err
}

// withVersions adds the versions of a post to what is taken away with it: no edit outlives its post.
func (b *batch) withVersions(d Draft) []Draft {
	a, ok := d.Act.(erase.Act)
	if !ok {
		return []Draft{d}
	}
	all := []Draft{d}
	id, _ := a.What()
	s, err := b.fetch(id)
	if err != nil {
		return all
	}
	for _, v := range versions(b.h.view, s) {
		if b.h.gone(v) {
			continue
		}
		x := d
		switch a := a.(type) {
		case erase.Delete:
			x.Act = erase.Delete{Target: v}
		case erase.Redact:
			x.Act = erase.Redact{Target: v, Reason: a.Reason}
		}
		all = append(all, x)
	}
	return all
}
