package store

import (
	"slices"

	"kith/store/group"
	"kith/store/keyring"
)

// How long a device's own box keys are used (protocol.md 5.4), in seconds.
const (
	renewEvery = 30 * daySeconds
	renewKeep  = 45 * daySeconds // how long the one before it is kept
)

// boxKeyAt is when a box key of this device was made, the newest being the first.
func (h *house) boxKeyAt(i int) uint64 {
	if i < len(h.self.Made) {
		return h.self.Made[i]
	}
	return h.self.Since
}

// keptKeys is how many of the box keys, from the newest on, are still needed: each one's follower is younger than
// renewKeep.
func (h *house) keptKeys() int {
	n := 1
	for n < len(h.self.Open) && h.l.unix() < h.boxKeyAt(n-1)+renewKeep {
		n++
	}
	return n
}

// renewDue says whether this device's box key is due for another, or an old one to be forgotten.
func (h *house) renewDue() bool { return h.boxKeyOld() || h.forgetDue() }

// boxKeyOld says whether the newest box key is. One from the future was made while this computer's clock was wrong: it is
// not waited for.
func (h *house) boxKeyOld() bool {
	made, now := h.boxKeyAt(0), h.l.unix()
	return now >= made+renewEvery || made > now+daySeconds
}

// forgetDue says whether a box key may go: nothing here waits that it might open. No time is long enough to let go of one
// while something waits, since it is this computer's clock that counts it, and a clock may once be years ahead.
func (h *house) forgetDue() bool { return h.keptKeys() < len(h.self.Open) && h.waits.count() == 0 }

// renew forgets box keys that were followed long enough ago, and gives this device a fresh one when the newest is old
// (protocol.md 5.3). Whoever copied an old one reads nothing that is boxed after this.
func (b *batch) renew() (wrote bool, err error) {
	h := b.h
	if h.forgetDue() {
		n := h.keptKeys()
		h.touch()
		h.self.Open, h.self.Made = slices.Clone(h.self.Open[:n]), slices.Clone(h.self.Made[:min(n, len(h.self.Made))])
		h.doors = doors{}
		if err := h.saveSelf(b.t); err != nil {
			return false, err
		}
	}
	if !h.boxKeyOld() {
		return false, nil
	}
	_, dhk, err := keyring.NewDevice(h.l.opt.Rand)
	if err != nil {
		return false, err
	}
	open, err := dhk.Bytes()
	if err != nil {
		return false, err
	}
	s, err := b.authDraft(nil, group.KeyUpdate{HPKE: dhk.PublicKey().Bytes()})
	if err != nil {
		return false, err
	}
	h.touch()
	if len(h.self.Made) == 0 {
		h.self.Made = []uint64{h.self.Since}
	}
	h.self.Open = slices.Insert(slices.Clone(h.self.Open), 0, open)
	h.self.Made = slices.Insert(slices.Clone(h.self.Made), 0, h.l.unix())
	if err := h.saveSelf(b.t); err != nil {
		return false, err
	}
	return true, b.post(s)
}
