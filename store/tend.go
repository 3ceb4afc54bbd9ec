package store

import (
	"cmp"
	"encoding/binary"
	"slices"

	"kith/store/group"
	"kith/store/kp1"
)

// How long keys are used (protocol.md 5.3), in seconds.
const (
	daySeconds   = 24 * 60 * 60
	rekeyEvery   = 30 * daySeconds
	rekeyJitter  = 2 * daySeconds // after which of the admins' devices the first takes its turn
	rekeyEntries = 2_000          // or so many envelopes
	wantSeconds  = 60             // how long a key that nobody could hand over is waited for
	lostEvery    = daySeconds     // how often this device says that it waits for keys nobody has told of
	lostMost     = 64             // and of how many epochs at a time: anybody can invent one
)

// mayTend says whether this device is one that may write keys.
func (h *house) mayTend() bool {
	m, err := h.me()
	return err == nil && m.Rank >= kp1.RankMember
}

// rekeyDue says whether the keys have to change: by the graph, because nobody has the ones in use, or by their age.
func (h *house) rekeyDue() bool { return h.keyTurn() && (h.log.NeedRekey() || h.wanting()) || h.worn() }

func (b *batch) rekeyIfDue() (bool, error) {
	if !b.h.mayTend() || !b.h.rekeyDue() {
		return false, nil
	}
	return true, b.rekey(nil)
}

// wanting says whether this device has for a while held no key under which it might write in some space, although the
// graph knows of one: whoever made it handed out what does not fit, or nothing.
func (h *house) wanting() bool {
	m, err := h.me()
	if err != nil || !h.log.NeedRekeyHeld(m.Rank, func(e kp1.EID, c uint8) bool { return h.holds(c)(e) }) {
		h.wantedAt = 0
		return false
	}
	now := h.l.unix()
	if h.wantedAt == 0 || h.wantedAt > now {
		h.wantedAt = now
	}
	return now-h.wantedAt >= wantSeconds
}

// holds says of an epoch whether its key of a compartment is here and is the one that was signed.
func (h *house) holds(comp uint8) func(kp1.EID) bool {
	return func(id kp1.EID) bool {
		e := h.ring[id]
		return e.proven && e.key[comp] != nil
	}
}

// worn says whether the keys in use are so old, or so much was sealed under them, that an admin makes new ones. Each
// admin's device takes its own moment of two days, so that the first does it for all.
func (h *house) worn() bool {
	m, err := h.me()
	if err != nil || m.Rank < kp1.RankAdmin {
		return false
	}
	id, ok := h.log.PickHeld(kp1.CompAll, h.holds(kp1.CompAll))
	if !ok {
		return false
	}
	made, ok := h.log.Epoch(id)
	if !ok {
		return false
	}
	o, _ := h.log.Op(made.Op)
	now := h.l.unix()
	age := now - min(o.Time, now)
	turn := h.turn(id)
	if o.Time > now+daySeconds { // its maker's clock, or the maker, is wrong: do not wait for that date
		age = rekeyEvery + turn
	}
	return (age >= rekeyEvery+turn || age >= turn && h.sealedSince(made.Op) >= rekeyEntries) && !h.madeLately()
}

// madeLately says whether this device has made keys not long ago by its own clock, and not many envelopes ago. Of two
// admins whose clocks differ by months each finds the keys of the other too old, or from the future, and would answer
// them with new ones for ever.
func (h *house) madeLately() bool {
	for made := range h.log.Newest() {
		if made.By != h.self.Device {
			continue
		}
		o, _ := h.log.Op(made.Op)
		now := h.l.unix()
		return o.Time <= now && now-o.Time < rekeyEvery && h.sealedSince(o.ID) < rekeyEntries
	}
	return false
}

// turn is this device's moment, in seconds, of the two days in which somebody makes new keys after those of an epoch.
func (h *house) turn(id kp1.EID) uint64 {
	sum := kp1.Sum(append(id[:], h.self.Device[:]...))
	return binary.BigEndian.Uint64(sum[:]) % rekeyJitter
}

// sealedSince is how many envelopes came after an op.
func (h *house) sealedSince(id kp1.ID) (n uint64) {
	_ = h.l.view(func(t tx) error { // what cannot be read is found by who needs it
		ops, err := h.index(t, opTiers, false)
		if err != nil {
			return err
		}
		w, ok, err := lookOp(ops, id)
		if ok {
			n = h.next - 1 - min(w.entry, h.next-1)
		}
		return err
	})
	return n
}

// promised are the epochs whose keys this device was named for and has not got, or that something here waits for and
// nothing tells of, and of which it has not said so yet.
func (h *house) promised() []kp1.EID {
	m, err := h.me()
	if err != nil {
		return nil
	}
	out, now := h.lost(), group.Compartments(m.Rank)
	for e, then := range h.log.Promised(h.self.Device) { // what was promised went by the rank of then
		if !h.complained[e] && !h.readsAll(e, now) && !h.readsAll(e, then) {
			out = append(out, e)
		}
	}
	return out
}

// readsAll says whether the keys here open all of these compartments under an epoch.
func (h *house) readsAll(id kp1.EID, comps []uint8) bool {
	e := h.ring[id]
	return e.proven && !slices.ContainsFunc(comps, func(c uint8) bool {
		return !e.reads(c) && (!e.spent[c] || len(h.waits.on(waitKey, id[:])) > 0)
	})
}

// lost are the epochs that something here has waited for long enough, and whose Rekey cannot be read: its box was empty
// or held something else.
func (h *house) lost() (out []kp1.EID) {
	now := h.l.unix()
	if h.lostAt <= now && now-h.lostAt < lostEvery {
		return nil
	}
	waited := map[kp1.EID]bool{}
	for _, x := range h.waits.by {
		if x.Why == waitKey && !h.log.HasEpoch(x.Epoch) && !h.complained[x.Epoch] {
			waited[x.Epoch] = true
		}
	}
	for id := range h.unknown {
		if !waited[id] {
			delete(h.unknown, id)
		}
	}
	for id := range waited {
		switch since, ok := h.unknown[id]; {
		case !ok:
			h.unknown[id] = now
		case now >= since+wantSeconds:
			out = append(out, id)
		}
	}
	slices.SortFunc(out, func(x, y kp1.EID) int { return cmp.Or(cmp.Compare(h.unknown[x], h.unknown[y]), x.Compare(y)) })
	return out[:min(len(out), lostMost)]
}

// noteComplaint remembers what this device has said it did not get.
func (h *house) noteComplaint(o group.Op) {
	if o.Type != group.TypeAck || o.Device != h.self.Device {
		return
	}
	if body, ok := h.log.Body(o.ID).(group.Ack); ok {
		for _, id := range body.Bad {
			h.complained[id] = true
			if !h.log.HasEpoch(id) {
				h.lostAt = o.Time
			}
		}
	}
}

// complain says which keys this device was promised and did not get, so that somebody who holds them hands them over.
func (b *batch) complain() (bool, error) {
	bad := append(b.h.promised(), b.h.missed()...)
	if len(bad) == 0 {
		return false, nil
	}
	slices.SortFunc(bad, kp1.EID.Compare)
	bad = slices.Compact(bad)
	bad = bad[:min(len(bad), kp1.MaxComplaints)]
	if _, err := b.usable(kp1.CompAll); err != nil { // nothing to say it under: new keys come first
		return false, nil //nolint:nilerr // as said
	}
	s, err := b.authDraft(nil, group.NewAck(bad...))
	if err != nil {
		return false, err
	}
	return true, b.post(s)
}

// share hands keys to devices that lack them.
func (b *batch) share() (wrote bool, err error) {
	h := b.h
	if !h.mayTend() {
		return false, nil
	}
	for _, n := range h.log.Missing() {
		entries := h.owed(n.Shares)
		if n.Device == h.self.Device || len(entries) == 0 {
			continue
		}
		d := group.Device{ID: n.Device, Member: n.Member, HPKE: n.HPKE}
		if _, err := b.handTo(d, h.owes()[d.ID], entries); err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
}
