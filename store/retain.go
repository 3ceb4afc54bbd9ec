package store

import (
	"context"
	"slices"
	"time"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// sweepMost is how many envelopes one step of Sweep opens: nobody else writes meanwhile.
const sweepMost = 512

// Sweep drops the words that a group keeps for so many days and no longer (protocol 5.9, policy rt), as far as it comes in
// one step; more says that it is to be called again. What the group and its people are called stays, and so does what is
// not over yet. What was dropped is shown as taken away. Content keys that nothing needs any more go as well, and words that
// wait for an op which does not come.
func (l *Ledger) Sweep(_ context.Context, g kp1.GID) (dropped int, more bool, err error) {
	err = l.change(func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		dropped, more = 0, false
		keep := h.state().Policy.Retention
		now := h.groupNow()
		if now == 0 || h.view.Err() != nil {
			return nil
		}
		b, err := h.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		if len(keep) > 0 {
			if dropped, more, err = b.sweep(keep, now); err != nil {
				return err
			}
		}
		keys, waited := 0, 0
		if !more {
			if waited, err = b.sweepWaiting(now); err != nil {
				return err
			}
			if keys, err = b.letGo(now); err != nil {
				return err
			}
		}
		if dropped+keys+waited == 0 {
			return nil
		}
		h.scrub = h.scrub || dropped > 0
		return b.finish()
	})
	return dropped, more, err
}

// groupNow is what time it is at least, in unix seconds: no later than this computer's clock, and no later than what the
// others have claimed of late. Of several others the second is believed, so that neither a wrong clock here nor a wrong
// one elsewhere lets words grow old before their time. It is 0 where nobody else has said anything: a person alone has no
// witness, and keeps everything.
func (h *house) groupNow() uint64 { return min(h.claimed(), h.l.unix()) }

// claimed is what the others have claimed of late, without this computer's clock: of several the second; 0 where nobody has.
func (h *house) claimed() uint64 {
	switch all := h.claims(); len(all) {
	case 0:
		return 0
	case 1:
		return all[0]
	default:
		return all[len(all)-2]
	}
}

// latestMost is the last moment of the year 9999: nobody's clock is believed beyond.
const latestMost = 253_402_300_799

// latest is what time it is at least by what two other people have claimed since the store was opened; zero where no two have.
// One alone may be wrong.
func (h *house) latest() time.Time {
	all := h.claims()
	if len(all) < 2 {
		return time.Time{}
	}
	return time.Unix(int64(min(all[len(all)-2], latestMost)), 0) //nolint:gosec // some centuries
}

// claims is the latest that each other member in the group has claimed, the earliest first.
func (h *house) claims() (all []uint64) {
	newest := map[kp1.MID]uint64{}
	st := h.state()
	for d, at := range h.clocks {
		_, m, known := h.log.DeviceKey(d)
		if _, in := st.Member(m); known && in && m != h.self.Member {
			newest[m] = max(newest[m], at)
		}
	}
	for _, at := range newest {
		all = append(all, at)
	}
	slices.Sort(all)
	return all
}

// noteClock remembers what time a device claims that it is.
func (h *house) noteClock(d kp1.DID, at uint64) { h.clocks[d] = max(h.clocks[d], at) }

// sweep looks at the next entries.
func (b *batch) sweep(keep []group.Retention, now uint64) (dropped int, more bool, err error) {
	h := b.h
	days := map[uint8]uint64{}
	longest := uint64(0)
	for _, r := range keep {
		days[r.Comp] = r.Days
		if now > r.Days*daySeconds {
			longest = max(longest, now-r.Days*daySeconds)
		}
	}
	type old struct {
		s op.Signed
		v group.Verdict
	}
	var found []old
	opened, last := 0, uint64(0)
	if err := b.log.each(h.swept+1, func(n uint64, plain []byte) (bool, error) {
		env, err := decodeEntry(n, plain)
		if err != nil {
			return false, err
		}
		last = n
		if env.Kind != op.KindOps || env.Week*weekSeconds > longest && env.Week <= h.l.week()+1 {
			return true, nil // not that old, by the clock of who sealed it
		}
		ops, _, err := h.openOps(&prepared{env: env})
		if err != nil {
			return true, nil //nolint:nilerr // not for this person, or of the membership graph
		}
		for _, s := range ops {
			most, kept := days[s.Comp]
			if s.IsAuth() || s.Payload == nil || !kept || now < most*daySeconds || !b.filedOp(s.ID) || b.gone.has(s.Payload.ID[:]) {
				continue
			}
			v := h.log.Content(h.contentRef(s, b.finder()))
			if h.grownOld(s, v, now-most*daySeconds) {
				found = append(found, old{s, v})
			}
		}
		opened++
		return opened < sweepMost, nil
	}); err != nil {
		return 0, false, err
	}
	h.swept = last
	if more = opened >= sweepMost; !more {
		h.swept = 0
	}
	if len(found) == 0 {
		return 0, more, nil
	}
	owned, err := b.owners()
	if err != nil {
		return 0, false, err
	}
	for _, x := range found {
		if owned[number(x.s.Payload.ID[:])] > 1 {
			continue // another op names the same words
		}
		if err := b.dropFile(x.s, goneExpired); err != nil {
			return 0, false, err
		}
		b.relieveWords(x.s)
		if err := b.dropWords(x.s.Payload.ID, x.s.ID, goneExpired); err != nil {
			return 0, false, err
		}
		dropped++
		if e, ok := h.read(x.s, x.v, nil); ok && x.v.Ruling == group.Accept {
			e.Act = care.Erased(e.Act)
			b.events = append(b.events, e)
		}
	}
	return dropped, more, b.markErased()
}

// weekSeconds is a week.
const weekSeconds = 7 * daySeconds

// grownOld says whether the words of an op have been kept for long enough, by when they were last in use.
func (h *house) grownOld(s op.Signed, v group.Verdict, before uint64) bool {
	if s.Time >= before {
		return false
	}
	e, ok := h.read(s, v, nil)
	if !ok {
		return false // an invitation, or of a later version
	}
	until, ever := h.view.Until(e)
	return !ever && (until.IsZero() || until.Unix() < 0 || uint64(until.Unix()) < before) //nolint:gosec // not negative
}
