package store

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"kith/store/group"
	"kith/store/keyring"
	"kith/store/kp1"
)

// How long keys are used (protocol.md 5.3), in seconds.
const (
	daySeconds   = 24 * 60 * 60
	rekeyEvery   = 30 * daySeconds
	rekeyJitter  = 2 * daySeconds  // after which of the admins' devices the first takes its turn
	rekeyEntries = 2_000           // or so many envelopes
	renewEvery   = 30 * daySeconds // of this device's own box key
	renewKeep    = 45 * daySeconds // how long the one before it is kept
	wantSeconds  = 60              // how long a key that nobody could hand over is waited for
	complainMost = 1_024           // epochs named in one Ack; an op has room for some more
	lostEvery    = daySeconds      // how often this device says that it waits for keys nobody has told of
	lostMost     = 64              // and of how many epochs at a time: anybody can invent one
)

// Tend does what falls to any member's device when nobody is typing (protocol.md 4.6, 5.2, 5.3): it tells of a device that
// signed two ops in one place, makes new keys when every epoch has been given to somebody who is out, nobody has the key
// of it, or it has been used for long enough, says which keys it was promised and did not get, hands keys to devices that
// lack them, and renews its own box key. It says whether it wrote anything. Callers wait a random while first, so that
// one device does it for all.
func (l *Ledger) Tend(_ context.Context, g kp1.GID) (wrote bool, err error) {
	l.mu.Lock()
	h := l.groups[g]
	idle := h == nil || !h.due()
	l.mu.Unlock()
	if idle {
		return false, nil
	}
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if wrote = false; h == nil || !h.due() {
			return nil
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, do := range []func() (bool, error){b.accuse, b.rekeyIfDue, b.complain, b.share, b.handKeys, b.renew} {
			did, err := do()
			if err != nil {
				return err
			}
			wrote = wrote || did
		}
		return b.finish()
	})
	return wrote, err
}

// due says whether there is anything to tend.
func (h *house) due() bool {
	if _, err := h.me(); err != nil {
		return false
	}
	return h.renewDue() || len(h.promised()) > 0 || len(h.missed()) > 0 || len(h.forked()) > 0 ||
		h.mayTend() && (h.rekeyDue() || len(h.log.Missing()) > 0 || len(h.owes()) > 0)
}

// mayTend says whether this device is one that may write keys.
func (h *house) mayTend() bool {
	m, err := h.me()
	return err == nil && m.Rank >= kp1.RankMember
}

// rekeyDue says whether the keys have to change: by the graph, because nobody has the ones in use, or by their age.
func (h *house) rekeyDue() bool { return h.log.NeedRekey() || h.wanting() || h.worn() }

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
	epochs := h.log.Epochs()
	for i := len(epochs) - 1; i >= 0; i-- {
		if epochs[i].By != h.self.Device {
			continue
		}
		o, _ := h.log.Op(epochs[i].Op)
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
		ops, err := h.shelf(t, shelfOps, false)
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
	out := h.lost()
	for _, e := range h.log.Epochs() {
		if h.complained[e.ID] || !slices.Contains(e.To, h.self.Device) || h.readsAll(e.ID, m.Rank) {
			continue
		}
		// What was promised went by the rank of then.
		if then, err := h.log.At([]kp1.ID{e.Op}); err == nil {
			if was, ok := then.Member(h.self.Member); ok && !h.readsAll(e.ID, was.Rank) {
				out = append(out, e.ID)
			}
		}
	}
	return out
}

// readsAll says whether the keys here open all that a rank may read under an epoch.
func (h *house) readsAll(id kp1.EID, rank uint8) bool {
	e := h.ring[id]
	return e.proven && !slices.ContainsFunc(group.Compartments(rank), func(c uint8) bool { return !e.reads(c) })
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
	if body, err := group.DecodeBody(o.Type, o.Body); err == nil {
		for _, id := range body.(group.Ack).Bad {
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
	bad = bad[:min(len(bad), complainMost)]
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
		if err := b.handTo(d, h.owes()[d.ID], entries); err != nil {
			return wrote, err
		}
		wrote = true
	}
	return wrote, nil
}

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
func (h *house) renewDue() bool {
	return h.l.unix() >= h.boxKeyAt(0)+renewEvery || h.forgetDue()
}

// forgetDue says whether a box key may go: nothing here waits that it might open.
func (h *house) forgetDue() bool { return h.keptKeys() < len(h.self.Open) && h.waits.count() == 0 }

// renew forgets box keys that were followed long enough ago, and gives this device a fresh one when the newest is old
// (protocol.md 5.3). Whoever copied an old one reads nothing that is boxed after this.
func (b *batch) renew() (wrote bool, err error) {
	h := b.h
	if h.forgetDue() {
		n := h.keptKeys()
		h.touch()
		h.self.Open, h.self.Made = slices.Clone(h.self.Open[:n]), slices.Clone(h.self.Made[:min(n, len(h.self.Made))])
		if err := h.saveSelf(b.t); err != nil {
			return false, err
		}
	}
	if h.l.unix() < h.boxKeyAt(0)+renewEvery {
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
