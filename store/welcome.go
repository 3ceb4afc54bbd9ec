package store

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
	"kith/store/op"
)

// welcomed opens a welcome, when it is ours, and begins to move in: what the welcome carries is filed and waits for the
// history that leads to it. A welcome is believed only once that history is checked (see Settle). Until then a group
// that is here already stays as it is: a false link must cost nobody their own.
func (l *Ledger) welcomed(iid kp1.IID, j *join, e op.Envelope) (bool, error) {
	dhk, err := op.ParseBoxKey(j.Open)
	if err != nil {
		return false, err
	}
	o, q, err := j.offer()
	if err != nil {
		return false, err
	}
	w, err := o.OpenWelcome(q, dhk, e)
	if errors.Is(err, op.ErrNoKey) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	raw, err := w.Encode()
	if err != nil {
		return false, err
	}
	in := *j
	if w.Spare { // this person is in: another of the two devices that asked was named
		if len(j.Spare) == 0 {
			return false, invite.ErrWelcome
		}
		in.Sign, in.Open = j.Spare, j.Lid
	}
	s := self{
		Group: j.link.Group, Genesis: kp1.Link(w.Genesis), Device: in.device(), Member: q.Core().Member(), Sign: in.Sign,
		Open: [][]byte{in.Open}, Name: j.Name, Since: l.unix(), Partial: !w.Spare || w.Partial, // until an Admit says that it is not
	}
	err = l.change(func(t tx) error {
		now := l.joins[iid]
		if now == nil || now.Stage >= JoinApproved {
			return ErrNoRequest // cancelled meanwhile
		}
		next := *now
		next.Sign, next.Open, next.Spare, next.Lid = in.Sign, in.Open, nil, nil
		next.Stage, next.Welcome, next.Why = JoinApproved, raw, ""
		if err := next.read(); err != nil {
			return err
		}
		h := l.groups[s.Group]
		switch {
		case h == nil:
			h = l.newHouse(s)
			h.touch()
			l.groups[s.Group] = h
			if err := h.build(t); err != nil {
				return err
			}
		case h.self.Genesis != s.Genesis:
			return invite.ErrWelcome
		default:
			h.touch()
			h.expect(&next)
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, raw := range w.Envelopes {
			if _, _, err := b.take(h.vantage().prepare(raw)); err != nil {
				return err
			}
			if h.self.Device == s.Device && h.self.Partial && h.givenAll(raw) {
				h.self.Partial = false
				if err := h.build(t); err != nil {
					return err
				}
			}
		}
		if err := l.saveJoin(t, &next); err != nil {
			return err
		}
		b.keys = true
		return b.finish()
	})
	return err == nil, err
}

// givenAll says whether an envelope holds an Admit of this person with the whole history. It is believed only as far as
// to wait for every op; whether the Admit counts is judged with its past.
func (h *house) givenAll(raw []byte) bool {
	for _, s := range h.vantage().prepare(raw).ops {
		body, err := group.DecodeBody(s.Type, s.Body)
		if err != nil {
			continue
		}
		if a, ok := body.(group.Admit); ok && a.Member == h.self.Member && a.History == group.HistoryAll {
			return true
		}
	}
	return false
}

// forget takes a group off the disk that was never more than a promise.
func (h *house) forget(t tx) error {
	groups, err := t.top(shelfGroups, true)
	if err != nil {
		return err
	}
	h.touch()
	t.note()
	delete(h.l.groups, h.id)
	if err := groups.b.DeleteBucket(h.name); err != nil {
		return err
	}
	return t.list(func(names [][]byte) [][]byte {
		return slices.DeleteFunc(names, func(n []byte) bool { return bytes.Equal(n, h.name) })
	})
}

// Settle finishes what can be finished without anyone: joins whose history has come are checked against what the
// invite promised (protocol.md 8.4, step 6), and this person's name is said in the group by the draft that profile
// makes. It says whether anything changed.
func (l *Ledger) Settle(_ context.Context, profile func(name string) Draft) (changed bool, err error) {
	type arrival struct {
		iid     kp1.IID
		inviter ed25519.PublicKey
		why     error
	}
	var ready []arrival
	l.mu.Lock()
	for iid, j := range l.joins {
		h := l.groups[j.link.Group]
		if j.Stage != JoinApproved || h == nil {
			continue
		}
		inviter, err := h.verify(j)
		var lack *group.MissingError
		if !errors.As(err, &lack) {
			ready = append(ready, arrival{iid, inviter, err})
		}
	}
	l.mu.Unlock()
	if changed, err = l.settleLinks(); err != nil {
		return changed, err
	}
	for _, a := range ready {
		changed = true
		if a.why != nil {
			l.opt.Log.Warn("welcome does not hold", "why", codeOf(a.why))
			err = errors.Join(err, l.moveOut(a.iid))
			continue
		}
		err = errors.Join(err, l.moveIn(a.iid, a.inviter, profile))
	}
	return changed, err
}

// verify checks the group that has come against what the invite promised.
func (h *house) verify(j *join) (ed25519.PublicKey, error) {
	o, q, err := j.offer()
	if err != nil {
		return nil, err
	}
	w, err := invite.DecodeWelcome(j.Welcome)
	if err != nil {
		return nil, err
	}
	return w.Verify(h.log, o, q)
}

// moveOut ends a join whose welcome does not hold, and forgets the group that was begun for it alone.
func (l *Ledger) moveOut(iid kp1.IID) error {
	return l.change(func(t tx) error {
		j := l.joins[iid]
		if j == nil {
			return ErrNoRequest
		}
		if h := l.groups[j.link.Group]; h != nil {
			d := j.device()
			h.touch()
			h.also = slices.DeleteFunc(slices.Clone(h.also), func(i identity) bool { return i.device == d })
			if h.self.Device == d {
				if err := h.forget(t); err != nil {
					return err
				}
			}
		}
		next := *j
		next.Stage, next.Why = JoinOver, invite.ErrWelcome.ECode
		return l.saveJoin(t, &next)
	})
}

// moveIn ends a join well: the inviter's words are there to compare back, and this person is introduced. Somebody who
// comes back keeps what is here, and goes on as the new device.
func (l *Ledger) moveIn(iid kp1.IID, inviter ed25519.PublicKey, profile func(name string) Draft) error {
	l.mu.Lock()
	j := l.joins[iid]
	l.mu.Unlock()
	if j == nil {
		return ErrNoRequest
	}
	g := j.link.Group
	words := wordsOf(g, inviter)
	return l.change(func(t tx) error {
		j, h := l.joins[iid], l.groups[g]
		switch {
		case j == nil || h == nil:
			return ErrNoRequest
		case j.Stage == JoinIn: // somebody else has settled it meanwhile
			return nil
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if err := b.settleAs(j); err != nil {
			return err
		}
		if _, err := h.me(); err == nil { // else let in, and out again since
			if err := b.draft(profile(j.Name)); err != nil {
				return err
			}
		}
		next := *j
		next.Stage, next.Inviter = JoinIn, words[:]
		if err := l.saveJoin(t, &next); err != nil {
			return err
		}
		return b.finish()
	})
}

// settleAs takes the history that a checked welcome pins past the fences, and makes this computer the device of the join.
func (b *batch) settleAs(j *join) error {
	w, err := invite.DecodeWelcome(j.Welcome)
	if err != nil {
		return fmt.Errorf("join record: %w: %w", ErrDamaged, err)
	}
	return b.settleInto(w.Heads, identity{j.device(), [][]byte{j.Open}}, j.Sign, j.Name)
}

// settleInto takes a pinned history past the fences, and makes this computer a device that it has in it.
func (b *batch) settleInto(heads []kp1.ID, who identity, sign []byte, name string) error {
	h := b.h
	h.touch()
	if err := h.log.Pin(heads); err != nil {
		return err
	}
	if err := b.tendFences(); err != nil {
		return err
	}
	was := h.self
	if d := who.device; d != h.self.Device {
		h.self.Device, h.self.Sign, h.self.Name = d, sign, name
		for _, open := range slices.Backward(who.open) {
			h.setBoxKey(open, kp1.ID{})
		}
		h.netHeard = true
		h.also = slices.DeleteFunc(slices.Clone(h.also), func(i identity) bool { return i.device == d })
	}
	if m, err := h.me(); err == nil {
		h.self.Partial = m.History != group.HistoryAll
	}
	if h.self.Partial && !was.Partial { // what waits for words of the time away need not
		for n := range h.waits.by {
			b.woken = append(b.woken, n)
		}
		slices.Sort(b.woken)
	}
	if err := h.build(b.t); err != nil {
		return err
	}
	return b.rouse()
}
