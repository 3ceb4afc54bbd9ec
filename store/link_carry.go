package store

import (
	"bytes"
	"strings"

	"kith/store/kp1"
	"kith/store/op"
)

// This file is how a member's computer carries the wish of one that came back.

// carry files the wish of a computer that came back in every group that it is for, unchanged. It has no effect before
// somebody confirms it.
func (t *talk) carry(raws [][]byte) (*linkRecord, error) {
	for _, raw := range raws {
		env, err := op.DecodeEnvelope(raw)
		if err != nil {
			return nil, err
		}
		t.l.mu.Lock()
		var to kp1.GID
		for g, h := range t.l.groups {
			if _, ours := h.ring[env.EID]; ours {
				to = g
			}
		}
		t.l.mu.Unlock()
		if to.IsZero() {
			continue
		}
		if _, err := t.l.Accept(t.ctx, to, kp1.DID{}, [][]byte{raw}); err != nil {
			return nil, err
		}
	}
	var met []linkGroup
	r, err := t.change(func(_ tx, r *linkRecord) error {
		for _, h := range t.l.sorted() {
			for _, d := range h.state().Waiting {
				if bytes.Equal(d.Peer, t.from) {
					x := newLinkGroup(h.id)
					x.State, x.Device = LinkNamed, d.ID
					met = append(met, x)
				}
			}
		}
		if len(met) == 0 {
			return ends(r, ErrLinkStranger)
		}
		r.Groups, r.Stage = met, LinkCarried
		return nil
	})
	if err != nil {
		return r, err
	}
	for _, x := range met {
		if err := t.l.Heard(x.Group, x.Device, dialable(r.Addrs)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// dialable takes the PeerID off addresses, as they are kept with a device.
func dialable(addrs []string) []string {
	var out []string
	for _, a := range addrs {
		if i := strings.LastIndex(a, "/p2p/"); i >= 0 {
			out = append(out, a[:i])
		}
	}
	return out
}
