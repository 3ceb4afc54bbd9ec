package mailbox

import (
	"fmt"
	"time"
)

// age is how old the shelf is in seconds of its own time, and whether that should be written down. The shelf's time
// goes on with the keeper's clock, but never back, and a jump counts for a day at most: a clock that is ten years fast
// for an hour must not empty the shelf, nor one that is ten years slow keep everything for ever.
func (s *Shelf) age(tx Tx, now time.Time) (age uint64, save bool, err error) {
	c, there, err := load[clockRecord](tx, []byte{atClock})
	if err != nil {
		return 0, false, err
	}
	wall := now.Unix()
	gone := wall - c.Wall
	if !there {
		gone = 0
	}
	if gone > 0 {
		c.Age += uint64(min(gone, stepMost))
	}
	return max(c.Age, s.last), !there || gone <= -stepLeast || gone >= stepLeast, nil
}

// tick is age, written down.
func (s *Shelf) tick(tx Tx, now time.Time) (uint64, error) {
	age, save, err := s.age(tx, now)
	if err != nil {
		return 0, err
	}
	s.last = age
	if !save {
		return age, nil
	}
	return age, tx.Set([]byte{atClock}, encode(clockRecord{Wall: now.Unix(), Age: age}))
}

// Sweep takes away what is due, most of it at a time and at least one whole rendezvous mailbox: rendezvous mailboxes at
// their end, and envelopes and the memory of deleted ones at the end of their TTL. Nothing goes before its time. It
// returns how many went; while that is most or more, there may be others. Call it now and then.
func (s *Shelf) Sweep(tx Tx, now time.Time, most int) (n int, err error) {
	age, err := s.tick(tx, now)
	if err != nil {
		return 0, err
	}
	for k, p := range s.paces {
		if p.idle(s.limits, age) {
			delete(s.paces, k)
		}
	}
	type due struct {
		k   Key
		box boxRecord
	}
	var boxes []due
	for key, value := range tx.Scan([]byte{atBox}) {
		box, err := decode[boxRecord](value)
		if err != nil {
			return 0, err
		}
		if len(key) != 1+len(Key{}) {
			return 0, fmt.Errorf("key of %d bytes: %w", len(key), ErrDamaged)
		}
		if box.Until == 0 && box.First <= age || box.Until > 0 && box.Until <= age {
			boxes = append(boxes, due{Key(key[1:]), box})
		}
	}
	for _, d := range boxes {
		if n >= most {
			break
		}
		if d.box.Until > 0 {
			n += int(d.box.Count)
			err = s.Clear(tx, d.k)
		} else {
			var went int
			went, err = s.sweepBox(tx, age, d.k, d.box, most-n)
			n += went
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// sweepBox takes at most most things out of a mailbox, and the mailbox away when nothing is left.
func (s *Shelf) sweepBox(tx Tx, age uint64, k Key, box boxRecord, most int) (int, error) {
	var doomed [][]byte
	var freed room
	next := ^uint64(0) // when the first of what stays is due
	full := false
	for e, err := range entries(tx, box.Number) {
		if err != nil {
			return 0, err
		}
		if due := e.Arrived + s.ttl(); due > age {
			next = min(next, due)
			continue
		}
		if full = freed.count == most; full {
			break
		}
		doomed = append(doomed, in(atItem, box.Number, e.id[:]...), placeKey(box.Number, e.Place))
		freed = freed.plus(room{1, int64(e.Size)})
	}
	kept := freed.count
	for key, value := range tx.Scan(in(atGone, box.Number)) {
		g, err := decode[goneRecord](value)
		if err != nil {
			return 0, err
		}
		if g.Until > age {
			next = min(next, g.Until)
			continue
		}
		if full = full || freed.count == most; full {
			break
		}
		doomed = append(doomed, append([]byte(nil), key...))
		freed.count++
	}
	for _, key := range doomed {
		if err := tx.Set(key, nil); err != nil {
			return 0, err
		}
	}
	if uint64(kept) > uint64(box.Count) || uint64(freed.count-kept) > uint64(box.Gone) || uint64(freed.bytes) > box.Bytes { //nolint:gosec // not negative
		return 0, fmt.Errorf("mailbox %x: %w", k[:4], ErrDamaged)
	}
	box.Count -= uint32(kept)              //nolint:gosec // at most what it was
	box.Gone -= uint32(freed.count - kept) //nolint:gosec // at most what it was
	box.Bytes -= uint64(freed.bytes)       //nolint:gosec // at most what it was
	if box.First = next; full {
		box.First = age
	}
	if err := s.count(tx, box.Tenant, room{-freed.count, -freed.bytes}, false); err != nil {
		return 0, err
	}
	if err := tx.Set(at(atBox, k[:]), encode(box)); err != nil || box.Count+box.Gone > 0 {
		return freed.count, err
	}
	return freed.count, s.Clear(tx, k)
}

// Clear takes a mailbox away with all that is in it: the keeper's own remedy where somebody has filled it.
func (s *Shelf) Clear(tx Tx, k Key) error {
	box, there, err := load[boxRecord](tx, at(atBox, k[:]))
	if err != nil || !there {
		return err
	}
	var keys [][]byte
	for _, what := range []byte{atItem, atBytes, atGone} {
		for key := range tx.Scan(in(what, box.Number)) {
			keys = append(keys, append([]byte(nil), key...))
		}
	}
	for _, key := range append(keys, at(atBox, k[:])) {
		if err := tx.Set(key, nil); err != nil {
			return err
		}
	}
	t, there, err := load[tenantRecord](tx, at(atTenant, box.Tenant[:]))
	if err != nil {
		return err
	}
	left, open := room{int(t.Count), int64(t.Bytes)}, &t.Rendezvous //nolint:gosec // bounded by limits
	if box.Until == 0 {
		left, open = left.minus(box.used()), &t.Mailboxes
	}
	if !there || *open == 0 || left.count < 0 || left.bytes < 0 {
		return fmt.Errorf("tenant %x: %w", box.Tenant[:4], ErrDamaged)
	}
	*open--
	t.Count, t.Bytes = uint32(left.count), uint64(left.bytes) //nolint:gosec // not negative
	return tx.Set(at(atTenant, box.Tenant[:]), encode(t))
}
