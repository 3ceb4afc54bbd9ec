package store

import (
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// ask writes the AddDevice with which this computer brings itself in by its root's word. It has no effect before another
// member confirms it (protocol 3.4). Where the person is out, or no key is here to seal it with, it takes an invite.
func (r *restorer) ask(b *batch) (bool, error) {
	h := b.h
	root, dsk := r.root(*r.now), h.signingKey()
	cert, err := group.NewCert(h.id, public(root), public(dsk), r.dhk.PublicKey().Bytes(), r.peer, 0)
	if err != nil {
		return false, err
	}
	body, err := group.AddDevice{Cert: group.SignCert(cert, kp1.DID{}, root, dsk)}.Encode()
	if err != nil {
		return false, err
	}
	heads := h.log.Heads()
	s, err := h.sign(op.Op{
		Type: group.TypeAddDevice, Group: h.id, Device: h.self.Device, Seq: 1, Time: h.l.unix(), Auth: heads[:min(len(heads), kp1.MaxAuthRefs)], Body: body,
	})
	if err != nil {
		return false, err
	}
	if err := h.log.Check(authOp(s)); err != nil {
		return false, nil //nolint:nilerr // the person is out, or the group has no room
	}
	key, ok := h.newestSealer()
	if !ok {
		return false, nil
	}
	env, err := op.SealOps(h.l.opt.Rand, h.id, key, op.KindOps, h.l.week(), nil, []op.Signed{s})
	if err != nil {
		return false, err
	}
	return true, b.own(env, s)
}

// newestSealer is a key under which an auth op can be sealed so that as many as possible open it.
func (h *house) newestSealer() (op.Key, bool) {
	if id, ok := h.log.PickHeld(kp1.CompAll, h.holds(kp1.CompAll)); ok {
		return h.ring[id].sealer(kp1.ChainAuth)
	}
	made := h.log.Epochs()
	for i := len(made) - 1; i >= 0; i-- {
		if e := h.ring[made[i].ID]; e.proven {
			if key, ok := e.sealer(kp1.ChainAuth); ok {
				return key, true
			}
		}
	}
	return op.Key{}, false
}
