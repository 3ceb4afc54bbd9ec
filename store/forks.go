package store

import (
	"bytes"
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// A device that signs two ops in one place of a chain has been copied, restored or stolen, or cheats. Both ops are kept,
// because the order of arrival decides nothing; the pair is told of, and by that the device is out (protocol.md 4.6).

// finder finds an op that is here, or returns ErrNoOp.
type finder func(kp1.ID) (op.Signed, error)

func (b *batch) finder() finder {
	return b.fetch
}

func (f *folder) finder() finder {
	return func(id kp1.ID) (op.Signed, error) { return f.h.fetch(f.ops, &f.log, id) }
}

// contentRef is what the membership graph needs to know of an op.
func (h *house) contentRef(s op.Signed, find finder) group.ContentRef {
	ref := group.ContentRef{Device: s.Device, Comp: s.Comp, Seq: s.Seq, ID: s.ID, Auth: s.Auth}
	if _, forked := h.forks[chain{s.Device, s.Comp}]; forked {
		ref.Leads = h.leads(s.ID, find)
	}
	return ref
}

// leads says of a forked chain whether an op is on the way to a tip.
func (h *house) leads(id kp1.ID, find finder) func(tip kp1.ID) bool {
	return func(tip kp1.ID) bool { return h.onTheWay(id, tip, find) }
}

// tree is where the ops of forked chains stand, as far as somebody asked: each op once, however many tips are named.
type tree struct {
	at    map[kp1.ID]knot
	twigs []knot // where each twig grows from, on another; the zero knot at the beginning of a chain
}

// knot is a place on a twig.
type knot struct {
	twig int // from 1
	seq  uint64
}

func newTree() tree { return tree{at: map[kp1.ID]knot{}, twigs: []knot{{}}} }

// leads says whether the op at one place is on the way to another.
func (t *tree) leads(from, to knot) bool {
	for to.twig != 0 && to.twig != from.twig {
		to = t.twigs[to.twig]
	}
	return to.twig == from.twig && to.twig != 0 && from.seq <= to.seq
}

// grow adds a way, the newest first, that begins beside what is known or at the beginning of a chain.
func (t *tree) grow(way []op.Signed, from knot) {
	t.twigs = append(t.twigs, from)
	for _, s := range way {
		t.at[s.ID] = knot{len(t.twigs) - 1, s.Seq}
	}
}

// onTheWay walks a forked chain back from a tip, as far as that was not done before. While something of it is missing
// nothing is kept, and what is missing is remembered.
func (h *house) onTheWay(id, tip kp1.ID, find finder) bool {
	var way []op.Signed
	from := knot{}
	for at := tip; ; {
		k, known := h.tree.at[at]
		if known {
			from = k
			break
		}
		s, err := find(at)
		if err != nil {
			h.sought[at] = true
			return slices.ContainsFunc(way, func(s op.Signed) bool { return s.ID == id })
		}
		way = append(way, s)
		if s.Seq == 1 {
			break
		}
		at = s.Prev
	}
	if len(way) > 0 {
		h.tree.grow(way, from)
	}
	k, known := h.tree.at[id]
	return known && h.tree.leads(k, h.tree.at[tip])
}

// berth is one place of a chain.
type berth struct {
	of  chain
	seq uint64
}

// edge is the lowest op that is here without a gap below the head of a chain, and the one before it, which is not.
type edge struct {
	seq  uint64
	prev kp1.ID
}

// rival finds the op that stands in the same place of a chain as s, or a head in that place that an act brought. s is not here yet,
// or its head alone has just come; zero when there is none. What lies below a gap is not looked at: who was let in again with more of
// the history than before gets it piece by piece.
func (b *batch) rival(s op.Signed) (kp1.ID, error) {
	c := chain{s.Device, s.Comp}
	at := b.h.chains[c]
	if _, known := b.h.forks[c]; known { // one pair is enough
		return kp1.ID{}, nil
	}
	if id := b.h.stubAt[berth{c, s.Seq}]; !id.IsZero() && id != s.ID { // the chain may not lead there yet
		return id, nil
	}
	if s.Seq > at.seq {
		return kp1.ID{}, nil
	}
	id := at.id
	gap, below := b.h.gaps[c]
	if below = below && s.Seq < gap.seq; below {
		id = gap.prev
	}
	if below && !b.hasOp(id) {
		return kp1.ID{}, nil
	}
	o, lacks, err := b.walk(id, s.Seq)
	if err != nil {
		return kp1.ID{}, err
	}
	if lacks {
		b.h.touch()
		b.h.gaps[c] = edge{o.Seq, o.Prev}
		return kp1.ID{}, nil
	}
	return other(o, s), nil
}

// other is the id of o, and zero where it is s (an act that takes it away came before it, and its head with that) or stands
// elsewhere: below a gap, where a head may have lied about what it follows.
func other(o, s op.Signed) kp1.ID {
	if o.ID == s.ID || o.Seq != s.Seq || o.Device != s.Device || o.Chain() != s.Chain() {
		return kp1.ID{}
	}
	return o.ID
}

// walk follows a chain down to a place, or to the op above a gap. A head that an act brought says where it stands and what it
// follows; where that stands elsewhere the head is a lie, and nothing is below it.
func (b *batch) walk(id kp1.ID, seq uint64) (o op.Signed, gap bool, err error) {
	find := b.finder()
	if o, err = find(id); err != nil {
		return o, false, err
	}
	for o.Seq > seq {
		if !b.hasOp(o.Prev) {
			return o, true, nil
		}
		below, err := find(o.Prev)
		if err != nil {
			return o, false, err
		}
		if below.Device != o.Device || below.Chain() != o.Chain() || below.Seq+1 != o.Seq {
			return o, true, nil
		}
		o = below
	}
	return o, false, nil
}

// noteFork remembers that s, which is being taken in, stands where its rival does, if it has one.
func (b *batch) noteFork(s op.Signed, rival kp1.ID) error {
	c := chain{s.Device, s.Comp}
	if rival.IsZero() {
		if _, forked := b.h.forks[c]; forked && (!b.h.sifted || b.h.sought[s.ID]) {
			b.refold = true // a removal's cut names this very op, or one that follows it
		}
		return nil
	}
	b.refold = true // what was judged of this chain so far went by its numbers alone
	b.h.l.opt.Log.Warn("two ops in one place of a chain", "device", s.Device.Short(), "op", s.ID.Short())
	pair := [2]kp1.ID{rival, s.ID}
	b.h.touch()
	b.h.forks[c] = pair
	shelf, err := b.h.shelf(b.t, shelfForks, true)
	if err != nil {
		return err
	}
	of := append(slices.Clone(c.device[:]), c.comp)
	return shelf.put(b.h.l.rest.Name(shelfForks, of), slices.Concat(of, pair[0][:], pair[1][:]))
}

// loadForks reads which chains are forked.
func (h *house) loadForks(t tx) error {
	s, err := h.shelf(t, shelfForks, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(_, plain []byte) (bool, error) {
		c, pair, err := decodeFork(plain)
		if err == nil {
			h.forks[c] = pair
		}
		return err == nil, err
	})
}

func decodeFork(plain []byte) (c chain, pair [2]kp1.ID, err error) {
	const of = len(c.device) + 1
	if len(plain) != of+2*len(pair[0]) {
		return c, pair, fmt.Errorf("fork record of %d bytes: %w", len(plain), ErrDamaged)
	}
	copy(c.device[:], plain)
	c.comp = plain[of-1]
	copy(pair[0][:], plain[of:])
	copy(pair[1][:], plain[of+len(pair[0]):])
	return c, pair, nil
}

// forked lists the pairs of ops that prove that a device which is in has signed two in one place: of auth chains those
// that nobody has told of, or nobody whose word weighs as much as this person's, and content chains.
func (h *house) forked() (out []group.Fork) {
	me, err := h.me()
	if err != nil {
		return nil
	}
	st, now := h.state(), h.l.unix()
	for _, f := range h.log.ForksFor(me.Rank) {
		_, in := st.Device(f.Device)
		// Of a device that is out, more of these could be made without end.
		if at, told := h.accused[f.Device]; f.Device != h.self.Device && (in || !told || at > now || now-at >= accuseEvery) {
			out = append(out, f)
		}
	}
	for c, pair := range h.forks {
		if _, in := st.Device(c.device); in && c.device != h.self.Device {
			out = append(out, group.Fork{Device: c.device, First: pair[0], Second: pair[1]})
		}
	}
	slices.SortFunc(out, func(x, y group.Fork) int { return x.Device.Compare(y.Device) })
	return out
}

// accuseEvery is how often, in seconds, this device tells of one that is out already.
const accuseEvery = daySeconds

// noteAccused remembers when this device told of another.
func (h *house) noteAccused(o group.Op) {
	if o.Type != group.TypeEvidence || o.Device != h.self.Device {
		return
	}
	if body, ok := h.log.Body(o.ID).(group.Evidence); ok {
		h.accused[body.Device] = o.Time
	}
}

// accuseMost is how many devices are told of at once.
const accuseMost = 16

// accuse tells everybody of devices that signed two ops in one place; they are out by that. New keys are made once, and in
// the same envelope, for those who are left when all of them are out: none of the devices here is handed anything more.
func (b *batch) accuse() (wrote bool, err error) {
	var front []op.Signed
	told, shuts := map[kp1.DID]bool{}, false
	for _, f := range b.h.forked() {
		if told[f.Device] || len(front) == accuseMost {
			continue // two chains of one device; or the next time
		}
		body, ok, err := b.evidence(f)
		if err != nil {
			return false, err
		}
		if !ok {
			continue
		}
		s, err := b.authDraft(nil, body)
		if err == nil && len(front) > 0 {
			s, err = b.authDraft(front, body)
		}
		if err != nil {
			return false, err
		}
		_, in := b.h.state().Device(f.Device)
		front, told[f.Device], shuts = append(front, s), true, shuts || in
	}
	switch {
	case len(front) == 0:
		return false, nil
	case shuts && b.h.mayTend():
		return true, b.rekey(front)
	}
	return true, b.post(front...) // a guest may tell, and somebody else makes the keys; who is out has none
}

// evidence is what proves a fork: the signed heads of both ops.
func (b *batch) evidence(f group.Fork) (e group.Evidence, ok bool, err error) {
	var found []op.Signed
	if one, err := b.finder()(f.First); err == nil && !one.IsAuth() {
		two, err := b.finder()(f.Second)
		if err != nil {
			return group.Evidence{}, false, err
		}
		found = []op.Signed{one, two}
	} else if found, err = b.authOps(f.First, f.Second); err != nil || len(found) < 2 {
		return group.Evidence{}, false, err
	}
	slices.SortFunc(found, func(x, y op.Signed) int { return bytes.Compare(x.Head(), y.Head()) })
	return group.Evidence{
		Device: f.Device, Head1: found[0].Head(), Sig1: found[0].Sig, Head2: found[1].Head(), Sig2: found[1].Sig,
		Cut: group.NewCut(b.h.cutOf(f.Device)...),
	}, true, nil
}

// authOps finds auth ops, those that wait behind a fence included.
func (b *batch) authOps(ids ...kp1.ID) (found []op.Signed, err error) {
	err = b.auth.each(nil, func(_, plain []byte) (bool, error) {
		s, err := decodeSigned(plain)
		if err != nil {
			return false, err
		}
		if slices.Contains(ids, s.ID) {
			found = append(found, s)
		}
		return len(found) < len(ids), nil
	})
	return found, err
}
