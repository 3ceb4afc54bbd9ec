package store

import (
	"slices"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
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

// keptKeys is how many of the box keys, from the newest on, are still needed. One may go when its follower is renewKeep
// old and nothing here waits that it might open. Anybody in the group can send what waits for ever, and who gets at an old
// key opens every old box: so while something waits it goes after twice the time, when most of the others are known to know
// the newer one. The time is counted by what the others claim as well, then and now, since this computer's clock may have
// been years off at either moment; and what is known of the others no clock moves.
func (h *house) keptKeys() int {
	n, waits := 1, h.waits.count() > 0
	for n < len(h.self.Open) {
		made := h.boxKeyAt(n - 1)
		if h.l.unix() >= made+renewKeep && (!waits || h.groupNow() >= max(made, h.claimedAt(n-1))+2*renewKeep && h.mostKnowKey(n-1)) {
			break
		}
		n++
	}
	return n
}

// claimedAt is what time it was, by what the others claimed, when a box key of this device was made; 0: nobody had.
func (h *house) claimedAt(i int) uint64 {
	if i < len(h.self.Then) {
		return h.self.Then[i]
	}
	return 0
}

// mostKnowKey says whether more than half of the other people have written something in the knowledge of a box key: what
// they write after it is boxed to that, or to a newer one.
func (h *house) mostKnowKey(i int) bool {
	if i >= len(h.self.By) || kp1.ID(h.self.By[i]).IsZero() {
		return true // the others learned of it with this device
	}
	told := []kp1.ID{kp1.ID(h.self.By[i])}
	all, know := map[kp1.MID]bool{}, map[kp1.MID]bool{}
	for _, d := range h.state().Devices {
		if d.Member == h.self.Member {
			continue
		}
		all[d.Member] = true
		var heads []kp1.ID
		if last, seq := h.log.Last(d.ID); seq > 0 {
			heads = append(heads, last)
		}
		for c := range uint8(comps) {
			heads = append(heads, h.chains[chain{d.ID, c}].auth...)
		}
		if knew, err := h.log.Covers(heads, told); err == nil && knew {
			know[d.Member] = true
		}
	}
	return 2*len(know) > len(all) || len(all) == 0
}

// setBoxKey begins to use a box key of this device, of which an op tells the others, and keeps those before it. The op is
// zero where the one that lets the device in tells of it.
func (h *house) setBoxKey(open []byte, by kp1.ID) {
	h.touch()
	had := len(h.self.Open)
	if len(h.self.Made) == 0 && had > 0 {
		h.self.Made = []uint64{h.self.Since}
	}
	then := append(slices.Clone(h.self.Then), make([]uint64, max(0, had-len(h.self.Then)))...)
	told := append(slices.Clone(h.self.By), make([]kp1.Link, max(0, had-len(h.self.By)))...)
	h.self.Open = slices.Insert(slices.Clone(h.self.Open), 0, open)
	h.self.Made = slices.Insert(slices.Clone(h.self.Made), 0, h.l.unix())
	h.self.Then, h.self.By = slices.Insert(then, 0, h.claimed()), slices.Insert(told, 0, kp1.Link(by))
}

// renewDue says whether this device's box key is due for another, or an old one to be forgotten.
func (h *house) renewDue() bool { return h.boxKeyOld() || h.forgetDue() }

// boxKeyOld says whether the newest box key is. One from the future was made while this computer's clock was wrong: it is
// not waited for.
func (h *house) boxKeyOld() bool {
	made, now := h.boxKeyAt(0), h.l.unix()
	return now >= made+renewEvery || made > now+daySeconds
}

// forgetDue says whether a box key may go.
func (h *house) forgetDue() bool { return h.keptKeys() < len(h.self.Open) }

// renew forgets box keys that were followed long enough ago, and gives this device a fresh one when the newest is old
// (protocol.md 5.3). Whoever copied an old one reads nothing that is boxed after this.
func (b *batch) renew() (wrote bool, err error) {
	h := b.h
	if h.forgetDue() {
		n := h.keptKeys()
		h.touch()
		h.self.Open, h.self.Made = slices.Clone(h.self.Open[:n]), slices.Clone(h.self.Made[:min(n, len(h.self.Made))])
		h.self.Then, h.self.By = slices.Clone(h.self.Then[:min(n, len(h.self.Then))]), slices.Clone(h.self.By[:min(n, len(h.self.By))])
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
	h.setBoxKey(open, s.ID)
	if err := h.saveSelf(b.t); err != nil {
		return false, err
	}
	return true, b.post(s)
}
