package store

import (
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// openers returns the box keys of this device in the group, newest first.
func (s self) openers() ([]op.BoxKey, error) {
	var out []op.BoxKey
	for _, seed := range s.Open {
		k, err := op.ParseBoxKey(seed)
		if err != nil {
			return nil, err
		}
		out = append(out, k)
	}
	return out, nil
}

// unbox tries every box of a Rekey or Grant with every key of this device. What it finds is believed for opening only:
// sealing under it waits for the signed commitments (protocol.md 5.2).
func (b *batch) unbox(env op.Envelope) error {
	keys, err := b.h.self.openers()
	if err != nil {
		return err
	}
	for _, k := range keys {
		plain, err := op.OpenBoxes(kp1.LabelLockbox, b.h.id, env.EID, b.h.self.Device, k, env.Boxes)
		if err == nil {
			return b.keep(env, plain)
		}
	}
	return nil
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
	for id, e := range found {
		merged, news := b.h.ring[id].merge(e)
		if !news {
			continue
		}
		if err := b.h.setEpoch(b.t, merged); err != nil {
			return err
		}
		b.keys = true
		b.wake(waitKey, id[:])
	}
	return nil
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
