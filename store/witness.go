package store

import (
	"slices"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// ackEvery is how often, in seconds, a device says what it has heard of who belongs, when it has not written otherwise.
const ackEvery = 14 * daySeconds

// witnessDue says whether this device should say what it has heard (protocol.md 4.2): of a removal that nobody else has
// said they heard of, so that no old device can later pretend that it was never known; or of anything at all, after two
// weeks of silence. An Ack alone is no news, or they would answer one another for ever.
func (h *house) witnessDue() bool {
	if h.log.Unheard(h.self.Member) {
		return true
	}
	now, last := h.l.unix(), h.self.Since
	if id, seq := h.log.Last(h.self.Device); seq > 0 {
		o, _ := h.log.Op(id)
		last = o.Time
	}
	return (now >= last+ackEvery || last > now+daySeconds) && h.log.News(h.self.Device)
}

// witness says what this device has heard.
func (b *batch) witness() (bool, error) {
	if _, err := b.usable(kp1.CompAll); err != nil { // nothing to say it under: new keys come first
		return false, nil //nolint:nilerr // as said
	}
	if !b.h.witnessDue() { // new keys have said it
		return true, nil
	}
	s, err := b.authDraft(nil, group.NewAck())
	if err != nil {
		return false, err
	}
	return true, b.post(s)
}

// join signs Acks until one of them has every head in its past (protocol.md 4.2): one op names so many and no more.
func (b *batch) join() (acks []op.Signed, err error) {
	heads := b.h.log.HeadsOf(b.h.self.Device)
	if len(heads) <= kp1.MaxAuthRefs {
		return nil, nil
	}
	prev, seq := b.h.log.Last(b.h.self.Device)
	if seq == 0 {
		b.h.entryFirst(heads)
	}
	for len(heads) > 1 {
		n := min(len(heads), kp1.MaxAuthRefs)
		names := slices.Clone(heads[:n])
		slices.SortFunc(names, kp1.ID.Compare)
		s, err := b.signAuth(prev, seq, names, group.NewAck())
		if err != nil {
			return nil, err
		}
		acks, prev, seq = append(acks, s), s.ID, seq+1
		heads = append(slices.Clone(heads[n:]), s.ID)
		slices.SortFunc(heads, kp1.ID.Compare)
	}
	return acks, nil
}

// entryFirst puts a head in whose past this device is in before the others: its first op has to know of that.
func (h *house) entryFirst(heads []kp1.ID) {
	k := slices.IndexFunc(heads, func(id kp1.ID) bool {
		st, err := h.log.At([]kp1.ID{id})
		_, in := st.Device(h.self.Device)
		return err == nil && in
	})
	if k > 0 {
		heads[0], heads[k] = heads[k], heads[0]
	}
}

// fewHeads has the heads be few enough for one op to name. Where the keys have to change first, the Acks go with them.
func (b *batch) fewHeads() error {
	if len(b.h.log.HeadsOf(b.h.self.Device)) <= kp1.MaxAuthRefs {
		return nil
	}
	if _, ok := b.h.log.PickHeld(kp1.CompAll, b.h.holds(kp1.CompAll)); !ok {
		return b.rekey(nil)
	}
	acks, err := b.join()
	if err != nil {
		return err
	}
	return b.post(acks...)
}
