package store

import (
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// identity is a device that this computer is in the group: the one it writes as, or one that was asked for anew and is
// not in yet.
type identity struct {
	device kp1.DID
	open   [][]byte // its box keys, newest first
}

// identities are all devices whose boxes open here.
func (h *house) identities() []identity {
	return append([]identity{{h.self.Device, h.self.Open}}, h.also...)
}

// maxShut is of how many envelopes it is remembered that no box of theirs opens here.
const maxShut = 4_096

// doors are the box keys of this computer, ready for use, and the envelopes that none of them opens: one that waits for
// its keys is taken up again and again.
type doors struct {
	by   kp1.ID // of which identities
	keys []door
	shut map[kp1.ID]bool
}

// door is one box key of a device.
type door struct {
	device kp1.DID
	key    op.BoxKey
}

// doorsNow are those of the identities of now.
func (h *house) doorsNow() (*doors, error) {
	all := h.identities()
	var b []byte
	for _, who := range all {
		b = append(b, who.device[:]...)
		for _, seed := range who.open {
			b = kp1.AppendLP(b, seed)
		}
	}
	by := kp1.Sum(b)
	if h.doors.by == by {
		return &h.doors, nil
	}
	fresh := doors{by: by, shut: map[kp1.ID]bool{}}
	for _, who := range all {
		for _, seed := range who.open {
			k, err := op.ParseBoxKey(seed)
			if err != nil {
				return nil, fmt.Errorf("box key: %w: %w", ErrDamaged, err)
			}
			fresh.keys = append(fresh.keys, door{who.device, k})
		}
	}
	h.doors = fresh
	return &h.doors, nil
}

// triedBoxes says whether every box of an envelope was tried with the keys of now, and none opened.
func (h *house) triedBoxes(id kp1.ID) bool {
	d, err := h.doorsNow()
	return err == nil && d.shut[id]
}

// unbox tries every box of a Rekey or Grant with every key of this computer. What it finds is believed for opening only:
// sealing under it waits for the signed commitments (protocol.md 5.2).
func (b *batch) unbox(env op.Envelope) error {
	d, err := b.h.doorsNow()
	if err != nil || d.shut[env.ID] {
		return err
	}
	for _, k := range d.keys {
		if plain, err := b.h.l.opt.Shared.openBoxes(b.h.id, env, k); err == nil {
			return b.keep(env, plain)
		}
	}
	if len(d.shut) >= maxShut {
		clear(d.shut)
	}
	d.shut[env.ID] = true
	return nil
}

// takeBox opens the box of a Rekey or Grant that this computer could read without it: it may hold keys of other epochs.
func (b *batch) takeBox(s op.Signed, env op.Envelope) error {
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return nil //nolint:nilerr // refused in its own right
	}
	var to []kp1.DID
	news := false
	switch x := body.(type) {
	case group.Rekey:
		to, news = x.To, b.h.ring[x.Epoch].key[kp1.CompAll] == nil
	case group.Grant:
		to, news = x.To, slices.ContainsFunc(x.Shares, b.h.lacks)
	}
	if !news || !slices.ContainsFunc(b.h.identities(), func(i identity) bool { return slices.Contains(to, i.device) }) {
		return nil
	}
	return b.unbox(env)
}

// lacks says whether a share holds a key that is not here.
func (h *house) lacks(s group.Share) bool {
	e := h.ring[s.Epoch]
	for c := range uint8(comps) {
		if s.Mask&group.MaskKey(c) != 0 && e.key[c] == nil || s.Mask&group.MaskContent(c) != 0 && !e.reads(c) {
			return true
		}
	}
	return s.Mask&group.MaskAuth != 0 && e.key[kp1.CompAll] == nil && e.auth == nil
}

// keep files the keys that stood in a box. A box that makes no sense holds no key; its sender is found out later, when
// somebody misses the key.
func (b *batch) keep(env op.Envelope, plain []byte) error {
	found := map[kp1.EID]epoch{}
	if env.Kind == op.KindRekey {
		slots, err := op.DecodeLockbox(plain)
		if err != nil {
			return nil //nolint:nilerr // see above
		}
		e := epoch{id: env.EID}
		for _, s := range slots {
			if int(s.Comp) < comps {
				e.key[s.Comp] = &s.Key
			}
		}
		found[e.id] = e
	} else {
		entries, err := op.DecodeGrant(plain)
		if err != nil {
			return nil //nolint:nilerr // see above
		}
		for _, x := range entries {
			id := kp1.EID(x.Ref)
			e := found[id]
			e.id = id
			switch kind, c := tagParts(x.Tag); {
			case kind == op.TagAuth:
				e.auth = &x.Key
			case kind == op.TagKey && int(c) < comps:
				e.key[c] = &x.Key
			case kind == op.TagContent && int(c) < comps:
				e.cont[c] = &x.Key
			default:
				continue
			}
			found[id] = e
		}
	}
	var fresh []epoch
	for id, e := range found {
		have := b.h.ring[id]
		if b.misfit(have) {
			have = epoch{id: id}
		}
		have, e = b.taken(env.Kind, have, e)
		if merged, news := have.merge(e); news {
			fresh = append(fresh, b.proved(merged))
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	b.keys = true
	if err := b.h.setEpochs(b.t, fresh...); err != nil {
		return err
	}
	for _, e := range fresh {
		b.wake(waitKey, e.id[:])
	}
	return nil
}

// maxMisfit is how many of the entries that wait for an epoch are looked through for its Rekey.
const maxMisfit = 64

// misfit says whether keys that came in a box are wrong: the Rekey that made them is here and they do not open it. They
// give way to those of another box.
func (b *batch) misfit(e epoch) bool {
	if e.proven || b.h.log.HasEpoch(e.id) || e.authKey() == nil {
		return false
	}
	waiting := b.h.waits.on(waitKey, e.id[:])
	for _, n := range waiting[:min(len(waiting), maxMisfit)] {
		if env, err := b.log.must(n); err == nil && env.Kind == op.KindRekey && env.EID == e.id {
			return true
		}
	}
	return false
}

// tagParts splits the tag of a Grant's entry into what it is and its compartment.
func tagParts(t op.Tag) (kind op.Tag, comp uint8) { return t & 0xf0, uint8(t & 0x0f) }

// shares says, for the record, which keys a list of entries hands over.
func shares(entries []op.Entry) []group.Share {
	masks := map[kp1.EID]uint64{}
	for _, x := range entries {
		id := kp1.EID(x.Ref)
		switch kind, c := tagParts(x.Tag); kind {
		case op.TagAuth:
			masks[id] |= group.MaskAuth
		case op.TagKey:
			masks[id] |= group.MaskKey(c)
		case op.TagContent:
			masks[id] |= group.MaskContent(c)
		}
	}
	out := make([]group.Share, 0, len(masks))
	for id, mask := range masks {
		out = append(out, group.Share{Epoch: id, Mask: mask})
	}
	slices.SortFunc(out, func(a, b group.Share) int { return a.Epoch.Compare(b.Epoch) })
	return out
}
