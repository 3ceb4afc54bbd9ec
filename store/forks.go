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
	return func(id kp1.ID) (op.Signed, error) { return b.h.fetch(b.ops, &b.log, id) }
}

func (f *folder) finder() finder {
	return func(id kp1.ID) (op.Signed, error) { return f.h.fetch(f.ops, &f.log, id) }
}

// contentRef is what the membership graph needs to know of an op; before are the auth heads of the one before it on its
// chain, if that is here.
func (h *house) contentRef(s op.Signed, before []kp1.ID, find finder) group.ContentRef {
	ref := group.ContentRef{Device: s.Device, Comp: s.Comp, Seq: s.Seq, ID: s.ID, Auth: s.Auth, PrevAuth: before}
	if _, forked := h.forks[chain{s.Device, s.Comp}]; forked {
		ref.Leads = func(tip kp1.ID) bool { return h.path(tip, find)[s.ID] }
	}
	return ref
}

// path is every op of a forked chain from its beginning to a tip. It is walked once for each tip that a removal names;
// while something of it is missing it is not kept.
func (h *house) path(tip kp1.ID, find finder) map[kp1.ID]bool {
	if p, ok := h.paths[tip]; ok {
		return p
	}
	out := map[kp1.ID]bool{}
	for id := tip; ; {
		s, err := find(id)
		if err != nil {
			return out
		}
		out[id] = true
		if s.Seq == 1 {
			break
		}
		id = s.Prev
	}
	h.paths[tip] = out
	return out
}

// noteFork remembers that s stands where another op of the chain that ends in head does.
func (b *batch) noteFork(s op.Signed, head kp1.ID) error {
	c := chain{s.Device, s.Comp}
	b.refold = true // what was judged of this chain so far went by its numbers alone
	if _, known := b.h.forks[c]; known {
		return nil
	}
	b.h.l.opt.Log.Warn("two ops in one place of a chain", "device", s.Device.Short(), "op", s.ID.Short())
	find := b.finder()
	for id := head; ; {
		o, err := find(id)
		if err != nil {
			return err
		}
		if o.Seq == s.Seq {
			pair := [2]kp1.ID{o.ID, s.ID}
			b.h.touch()
			b.h.forks[c] = pair
			shelf, err := b.h.shelf(b.t, shelfForks, true)
			if err != nil {
				return err
			}
			return shelf.put(append(slices.Clone(c.device[:]), c.comp), slices.Concat(pair[0][:], pair[1][:]))
		}
		id = o.Prev
	}
}

// loadForks reads which chains are forked.
func (h *house) loadForks(t tx) error {
	s, err := h.shelf(t, shelfForks, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		c, pair, err := decodeFork(k, plain)
		if err == nil {
			h.forks[c] = pair
		}
		return err == nil, err
	})
}

func decodeFork(k, plain []byte) (c chain, pair [2]kp1.ID, err error) {
	if len(k) != len(c.device)+1 || len(plain) != 2*len(pair[0]) {
		return c, pair, fmt.Errorf("fork record of %d and %d bytes: %w", len(k), len(plain), ErrDamaged)
	}
	copy(c.device[:], k)
	c.comp = k[len(k)-1]
	copy(pair[0][:], plain)
	copy(pair[1][:], plain[len(pair[0]):])
	return c, pair, nil
}

// forked lists the pairs of ops that prove that a device which is in has signed two in one place: of auth chains those
// that nobody has told of, or nobody whose word weighs as much as this person's, and content chains.
func (h *house) forked() (out []group.Fork) {
	me, err := h.me()
	if err != nil {
		return nil
	}
	for _, f := range h.log.ForksFor(me.Rank) {
		if f.Device != h.self.Device {
			out = append(out, f)
		}
	}
	st := h.state()
	for c, pair := range h.forks {
		if _, in := st.Device(c.device); in && c.device != h.self.Device {
			out = append(out, group.Fork{Device: c.device, First: pair[0], Second: pair[1]})
		}
	}
	slices.SortFunc(out, func(x, y group.Fork) int { return x.Device.Compare(y.Device) })
	return out
}

// accuse tells everybody of devices that signed two ops in one place; they are out by that.
func (b *batch) accuse() (wrote bool, err error) {
	for _, f := range b.h.forked() {
		if _, in := b.h.state().Device(f.Device); !in && wrote {
			continue // two chains of one device
		}
		body, ok, err := b.evidence(f)
		if err != nil {
			return wrote, err
		}
		if !ok {
			continue
		}
		s, err := b.authDraft(nil, body)
		if err != nil {
			return wrote, err
		}
		if b.h.mayTend() {
			err = b.enact(s, body)
		} else {
			err = b.post(s) // a guest may tell, and somebody else makes the keys
		}
		if err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
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
