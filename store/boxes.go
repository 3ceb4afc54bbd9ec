package store

import (
	"crypto/hpke"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// openers returns the HPKE private keys of this device in the group, newest first.
func (s self) openers() ([]hpke.PrivateKey, error) {
	var out []hpke.PrivateKey
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
	for _, box := range env.Boxes {
		for _, k := range keys {
			plain, err := op.OpenLockbox(k, b.h.id, env.EID, b.h.self.Device, box)
			if err != nil {
				continue
			}
			return b.keep(env, plain)
		}
	}
	return nil
}

// keep files the keys that stood in a box.
func (b *batch) keep(env op.Envelope, plain []byte) error {
	found := map[kp1.EID]epoch{}
	switch env.Kind {
	case op.KindRekey:
		slots, err := op.ParseSlots(plain)
		if err != nil {
			return nil //nolint:nilerr // a box that makes no sense is no key; its sender is found out by the commitments
		}
		e := epoch{id: env.EID}
		for _, s := range slots {
			if int(s.Comp) < comps {
				k := s.Key
				e.key[s.Comp] = &k
			}
		}
		found[e.id] = e
	case op.KindGrant:
		entries, err := op.ParseGrantEntries(plain)
		if err != nil {
			return nil //nolint:nilerr // as above
		}
		for _, x := range entries {
			id := kp1.EID(x.Ref)
			e := found[id]
			e.id = id
			k := x.Key
			switch c := x.Tag & 0x0f; {
			case x.Tag == op.TagAuth:
				e.auth = &k
			case x.Tag&0xf0 == op.TagKey && int(c) < comps:
				e.key[c] = &k
			case x.Tag&0xf0 == op.TagContent && int(c) < comps:
				e.cont[c] = &k
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

// shares says, for the record, which keys a set of entries hands over.
func shares(entries []op.GrantEntry) []group.Share {
	masks := map[kp1.EID]uint64{}
	var order []kp1.EID
	for _, x := range entries {
		id := kp1.EID(x.Ref)
		if _, ok := masks[id]; !ok {
			order = append(order, id)
		}
		c := x.Tag & 0x0f
		switch {
		case x.Tag == op.TagAuth:
			masks[id] |= group.MaskAuth
		case x.Tag&0xf0 == op.TagKey:
			masks[id] |= group.MaskKey(c)
		case x.Tag&0xf0 == op.TagContent:
			masks[id] |= group.MaskContent(c)
		}
	}
	out := make([]group.Share, 0, len(order))
	for _, id := range order {
		out = append(out, group.Share{Epoch: id, Mask: masks[id]})
	}
	return out
}
