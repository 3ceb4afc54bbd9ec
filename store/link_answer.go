package store

import (
	"bytes"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/link"
	"kith/store/op"
)

// This file is what the new computer is told of each group once it is named there.

// answer tells the new computer how one group stands, unless it knows.
func (t *talk) answer(g kp1.GID) error {
	t.l.mu.Lock()
	r := t.l.links[t.id]
	var box []byte
	var err error
	state := LinkAsked
	if r != nil && r.group(g) != nil {
		x := r.group(g)
		if state = t.l.stateOf(*x); state != x.Told {
			box, err = t.l.answerFor(r, *x)
		}
	}
	t.l.mu.Unlock()
	if err != nil || box == nil {
		return err
	}
	if _, err := t.turn(link.StepAnswer, box); err != nil {
		return err
	}
	_, err = t.change(func(_ tx, r *linkRecord) error {
		x := r.group(g)
		if x == nil {
			return nil
		}
		x.Told = state
		if state == LinkComing {
			x.State, x.Told = LinkIn, LinkIn
		}
		r.settled()
		return nil
	})
	if err == nil && state == LinkComing {
		err = t.l.heardAt(t.id, g)
	}
	return err
}

// heardAt notes where the new computer is, so that it is dialled as the member it is now.
func (l *Ledger) heardAt(id link.ID, g kp1.GID) error {
	l.mu.Lock()
	r := l.links[id]
	l.mu.Unlock()
	if r == nil || r.group(g) == nil {
		return nil
	}
	return l.Heard(g, r.group(g).Device, dialable(r.Addrs))
}

// answerFor seals how one group stands, for the new computer alone. The lock is held.
func (l *Ledger) answerFor(r *linkRecord, x linkGroup) ([]byte, error) {
	a, err := r.ask()
	if err != nil {
		return nil, err
	}
	h := l.groups[x.Group]
	if h == nil {
		return nil, ErrNoGroup
	}
	w := link.Answer{
		Group: h.id, Genesis: kp1.ID(h.self.Genesis), Member: h.self.Member, Name: trimmed(h.self.Name), Partial: h.self.Partial,
		Why: x.Why, Keys: x.Keys,
	}
	if x.State == LinkOut {
		return w.Seal(a)
	}
	if r.Fresh {
		w.Recovery = bytes.Clone(l.who.Recovery)
	}
	if root := l.rootKey(h.id); !r.Fresh || len(h.self.Root) > 0 {
		w.Root = root.Seed()
	}
	if w.Waits = l.stateOf(x) == LinkNamed; !w.Waits {
		heads := h.log.Heads()
		slices.SortFunc(heads, kp1.ID.Compare)
		w.Heads = heads[:min(len(heads), kp1.MaxAuthRefs)]
		if w.Envelopes, err = l.grantsTo(h, x.Device); err != nil {
			return nil, err
		}
		w.Places = h.places(x.Device)
	}
	return w.Seal(a)
}

// places are where the devices that are in were last met, but for one: the new computer meets them without this one then.
func (h *house) places(but kp1.DID) (out []link.Place) {
	size := 0
	for _, d := range h.state().Devices {
		p := link.Place{Device: d.ID, Addrs: h.heard[d.ID].Addrs}
		p.Addrs = p.Addrs[:min(len(p.Addrs), 3)]
		for _, a := range p.Addrs {
			size += len(a)
		}
		if size > link.PlaceBytes {
			break
		}
		if d.ID != but && len(p.Addrs) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// What an answer may carry.
const (
	maxAnswerCarried = 8
	maxAnswerBytes   = 240 << 10
)

// grantsTo are the envelopes with which a device begins: the op that names it, and the Grants and Rekeys with boxes for
// it, the newest first to be left out. The lock is held.
func (l *Ledger) grantsTo(h *house, d kp1.DID) (raws [][]byte, err error) {
	err = l.view(func(t tx) error {
		auth, err := h.shelf(t, shelfAuth, false)
		if err != nil {
			return err
		}
		var ids []kp1.ID
		if err := auth.each(nil, func(_, plain []byte) (bool, error) {
			s, err := decodeSigned(plain)
			if err != nil {
				return false, err
			}
			if concerns(s, d) {
				ids = append(ids, s.ID)
			}
			return true, nil
		}); err != nil {
			return err
		}
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		log, err := h.openLog(t, false)
		if err != nil {
			return err
		}
		seen, size := map[uint64]bool{}, 0
		for _, id := range ids {
			w, ok, err := lookOp(ops, id)
			if err != nil {
				return err
			}
			if !ok || seen[w.entry] {
				continue
			}
			seen[w.entry] = true
			env, err := log.must(w.entry)
			if err != nil {
				return err
			}
			if size += len(env.Bytes); len(raws) >= maxAnswerCarried || size > maxAnswerBytes {
				break
			}
			raws = append(raws, bytes.Clone(env.Bytes))
		}
		return nil
	})
	return raws, err
}

// concerns says whether an op names a device or holds a box for it.
func concerns(s op.Signed, d kp1.DID) bool {
	switch s.Type {
	case group.TypeAddDevice, group.TypeRekey, group.TypeGrant:
	default:
		return false
	}
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return false
	}
	switch x := body.(type) {
	case group.AddDevice:
		return x.Cert.Device() == d
	case group.Rekey:
		return slices.Contains(x.To, d)
	case group.Grant:
		return slices.Contains(x.To, d)
	}
	return false
}
