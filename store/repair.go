package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"kith/store/kp1"
	"kith/store/op"
)

// Shelves of a group that is repaired.
const (
	shelfLost = "lost" // envelope id -> nothing: it was on this disk, and is to come back from others
	shelfHalf = "half" // is there while a repair is under way
)

// ErrRepairing: envelopes of the group were damaged on this disk and are not back from the others. Ops of this very
// computer may be among them, and what it wrote now could stand in their place.
var ErrRepairing = &kp1.Error{ECode: "E_REPAIRING", Msg: "what was damaged is not back yet"}

// Repaired is what Repair could do for one group.
type Repaired struct {
	Group kp1.GID
	Kept  int   // envelopes that were sound
	Lost  int   // envelopes that are to come back from others; until then nothing is written in the group
	Old   bool  // nobody can say what else is lost: this computer is to be linked anew before it writes
	Err   error // the group could not be repaired, and is as it was
}

// Repair builds every group anew in which Check finds something, from those of its records that are sound: they are
// taken in as if others had sent them. What was damaged is put aside in the file and kept. Of an envelope that is gone
// only the name is known; it is asked for like any other that is not here. It returns what it did group by group.
// ErrDamaged means that the file itself makes no sense: see SetAside and Restore.
func (l *Ledger) Repair(ctx context.Context) ([]Repaired, error) {
	r, err := l.Check(ctx)
	if err != nil {
		return nil, err
	}
	bad := map[kp1.GID]bool{}
	for _, f := range r.Bad {
		if f.Where == "pages" {
			return nil, f.Err
		}
		bad[f.Group] = true
	}
	var out []Repaired
	for _, g := range slices.SortedFunc(maps.Keys(bad), kp1.GID.Compare) {
		if g.IsZero() {
			continue
		}
		one, err := l.repair(ctx, g)
		if err != nil {
			return out, err
		}
		out = append(out, one)
	}
	for _, b := range l.View().Broken {
		if b.Group.IsZero() {
			out = append(out, Repaired{Err: b.Err})
		}
	}
	return out, nil
}

// salvage is what is sound of a group's records.
type salvage struct {
	self     self
	ring     []epoch
	admitted []op.Signed // ops of the membership graph that had passed the fences
	keys     []op.Entry
	numbers  []uint64
	lost     []kp1.ID
	exact    bool // every envelope that ever was here is sound or in lost
	small    map[string][][2][]byte
}

func (l *Ledger) repair(ctx context.Context, g kp1.GID) (out Repaired, err error) {
	out.Group = g
	name := l.rest.Name("group", g[:])
	var s salvage
	err = l.change(func(t tx) error {
		var err error
		s, err = l.beginRepair(t, g, name)
		return err
	})
	if errors.Is(err, ErrDamaged) {
		out.Err = err
		return out, nil
	}
	if err != nil {
		return out, err
	}
	h := l.newHouse(s.self)
	for len(s.numbers) > 0 && err == nil {
		n := min(len(s.numbers), restoreEnvelopes)
		if err = ctx.Err(); err == nil {
			err = l.change(func(t tx) error { return h.refile(t, s, s.numbers[:n]) })
		}
		s.numbers, out.Kept = s.numbers[n:], out.Kept+n
	}
	if err == nil {
		err = l.change(func(t tx) error { return h.endRepair(t, s) })
	}
	if err != nil { // what was built so far is begun again the next time
		l.mu.Lock()
		defer l.mu.Unlock()
		return out, errors.Join(err, l.reload(g))
	}
	out.Lost, out.Old = len(s.lost), !s.exact
	return out, nil
}

// beginRepair puts the group's records aside, reads what is sound among them, and begins an empty group in their place.
func (l *Ledger) beginRepair(t tx, g kp1.GID, name []byte) (s salvage, err error) {
	groups, err := t.top(shelfGroups, true)
	if err != nil {
		return s, err
	}
	aside, err := t.top(shelfAside, true)
	if err != nil {
		return s, err
	}
	own := groups.b.Bucket(name)
	if own == nil {
		return s, fmt.Errorf("group %s: nothing is left: %w", g.Short(), ErrDamaged)
	}
	from := own
	if own.Bucket([]byte(shelfHalf)) != nil { // a repair that did not end: what it began with lies aside
		from = aside.b.Bucket(name)
	}
	if from == nil {
		return s, fmt.Errorf("group %s: nothing is left: %w", g.Short(), ErrDamaged)
	}
	if err := guarded(func() (err error) { s, err = l.salvage(t, from, name); return err }); err != nil {
		return s, err
	}
	if s.self.Group != g {
		return s, fmt.Errorf("group record in the wrong place: %w", ErrDamaged)
	}
	l.stale[g] = true
	if from == own {
		if aside.b.Bucket(name) != nil {
			if err := aside.b.DeleteBucket(name); err != nil {
				return s, err
			}
		}
		err = groups.b.MoveBucket(name, aside.b)
	} else {
		err = groups.b.DeleteBucket(name)
	}
	if err != nil {
		return s, err
	}
	t.note()
	delete(l.groups, g)
	delete(l.broken, string(name))
	h := l.newHouse(s.self)
	if err := h.saveSelf(t); err != nil {
		return s, err
	}
	_, err = h.shelf(t, shelfHalf, true)
	return s, err
}

// restoreAuth puts the sound part of the membership graph back: also where its envelopes are gone the others' ops are
// judged by it. What stood behind a fence comes with its envelope.
func (b *batch) restoreAuth(ops []op.Signed) error {
	for _, s := range ops {
		o := authOp(s)
		if b.h.log.Has(s.ID) || b.h.log.Restore(o) != nil {
			continue
		}
		b.h.noteAdmitted(o)
		b.h.authN++
		if err := b.auth.put(be64(b.h.authN), s.Encode()); err != nil {
			return err
		}
	}
	return nil
}

// salvage reads a group's bucket, wherever it lies now, and passes over what does not open.
func (l *Ledger) salvage(t tx, from *bbolt.Bucket, name []byte) (s salvage, err error) {
	at := func(shelfName string) shelf {
		path := slices.Concat([]byte(shelfGroups), []byte("/"), name, []byte("/"), sealName([]byte(shelfName)))
		return shelf{b: from.Bucket([]byte(shelfName)), name: path, in: t}
	}
	if ok, err := at(shelfSelf).getCBOR([]byte("self"), &s.self); err != nil || !ok {
		return s, errors.Join(fmt.Errorf("group record: %w", ErrDamaged), err)
	}
	if err := s.self.check(); err != nil {
		return s, err
	}
	at(shelfKeys).sound(func(_, plain []byte) {
		if e, err := decodeEpoch(plain); err == nil {
			e.proven = false // its Rekey says
			s.ring = append(s.ring, e)
		}
	})
	fenced := map[string]bool{}
	at(shelfFence).sound(func(k, _ []byte) { fenced[string(k)] = true })
	at(shelfAuth).sound(func(_, plain []byte) {
		if signed, err := decodeSigned(plain); err == nil && !fenced[string(signed.ID[:])] {
			s.admitted = append(s.admitted, signed)
		}
	})
	at(shelfFew).sound(func(_, plain []byte) {
		if n, err := decodeNamed(plain); err == nil && n.key != nil {
			s.keys = append(s.keys, op.Entry{Tag: op.TagPayload, Ref: kp1.EID(refOf(n.payload)), Key: *n.key})
		}
	})
	s.entries(at)
	s.small = map[string][][2][]byte{}
	for _, shelfName := range []string{shelfInvites, shelfTickets, shelfRequests, shelfHeard, shelfStands, shelfRounds, shelfSticks, shelfPending, shelfReceipts, shelfHints, shelfShares, shelfStubs, shelfGone} {
		at(shelfName).sound(func(k, plain []byte) {
			s.small[shelfName] = append(s.small[shelfName], [2][]byte{bytes.Clone(k), bytes.Clone(plain)})
		})
	}
	at(shelfParts).sound(func(k, plain []byte) {
		if len(k) == partKey { // a chunk that had not come: nothing else tells of it
			s.small[shelfParts] = append(s.small[shelfParts], [2][]byte{bytes.Clone(k), bytes.Clone(plain)})
		}
	})
	return s, nil
}

// entries finds the envelopes that are sound, and by the index those that are not. The numbers run from 1 without a gap:
// one that neither has means that nobody can say what is lost.
func (s *salvage) entries(at func(string) shelf) {
	known := map[uint64]bool{} // sound, or refused after it was filed
	var last uint64
	for _, shelfName := range []string{shelfLog, shelfTail, shelfLarge} {
		at(shelfName).sound(func(k, plain []byte) {
			n, err := entryNumber(k)
			if err != nil {
				return
			}
			if len(plain) > 0 {
				if _, err := decodeEntry(n, plain); err != nil {
					return
				}
				s.numbers = append(s.numbers, n)
			}
			known[n], last = true, max(last, n)
		})
	}
	for _, tier := range idTiers {
		at(tier).sound(func(k, plain []byte) {
			if len(k) != 40 || len(plain) != 8 {
				return
			}
			if n := number(plain); !known[n] {
				s.lost = append(s.lost, kp1.ID(k[:32]))
				known[n], last = true, max(last, n)
			}
		})
	}
	for _, tier := range opTiers {
		at(tier).sound(func(_, plain []byte) {
			if w, err := decodeWhere(plain); err == nil {
				last = max(last, w.entry)
			}
		})
	}
	s.exact = uint64(len(known)) == last
	slices.Sort(s.numbers)
}

// sound calls do for every record that opens.
func (s shelf) sound(do func(key, plain []byte)) {
	if s.b == nil {
		return
	}
	_ = guarded(func() error {
		c := s.b.Cursor()
		for k, v := c.First(); k != nil; k, v = c.Next() {
			if v == nil {
				continue
			}
			if plain, err := s.open(k, v); err == nil {
				do(k, plain)
			}
		}
		return nil
	})
}

// refile takes entries in that lie aside.
func (h *house) refile(t tx, s salvage, numbers []uint64) error {
	aside, err := t.top(shelfAside, false)
	if err != nil {
		return err
	}
	from := aside.b.Bucket(h.name)
	if from == nil {
		return fmt.Errorf("group %s: nothing is left: %w", h.id.Short(), ErrDamaged)
	}
	path := func(name string) []byte {
		return slices.Concat([]byte(shelfGroups), []byte("/"), h.name, []byte("/"), []byte(name))
	}
	log := entries{
		pages: shelf{b: from.Bucket([]byte(shelfLog)), name: path(shelfLog), in: t},
		tail:  shelf{b: from.Bucket([]byte(shelfTail)), name: path(shelfTail), in: t},
		large: shelf{b: from.Bucket([]byte(shelfLarge)), name: path(shelfLarge), in: t},
	}
	raws := make([][]byte, len(numbers))
	for i, n := range numbers {
		env, err := log.must(n)
		if err != nil {
			return err
		}
		raws[i] = env.Bytes
	}
	var lost []epoch
	for _, e := range s.ring {
		if _, ok := h.ring[e.id]; !ok {
			lost = append(lost, e)
		}
	}
	if err := h.setEpochs(t, lost...); err != nil {
		return err
	}
	b, err := h.batch(t, kp1.DID{})
	if err != nil {
		return err
	}
	b.ours = true
	if err := b.restoreAuth(s.admitted); err != nil {
		return err
	}
	for _, p := range h.vantage().prepareAll(raws) {
		if _, _, err := b.take(p); err != nil {
			return err
		}
	}
	err = b.finish()
	h.l.after = nil // nobody else has to hear of it
	return err
}

// endRepair lets in again what had passed the fences, and puts the group in its place.
func (h *house) endRepair(t tx, s salvage) error {
	b, err := h.batch(t, kp1.DID{})
	if err != nil {
		return err
	}
	b.ours = true
	h.touch()
	var here []kp1.ID
	for _, o := range s.admitted {
		if h.log.Has(o.ID) {
			here = append(here, o.ID)
		}
	}
	if err := h.log.Pin(here); err != nil {
		return err
	}
	if err := b.tendFences(); err != nil {
		return err
	}
	if err := b.hint(s.keys); err != nil {
		return err
	}
	if err := b.rouse(); err != nil {
		return err
	}
	if err := b.finish(); err != nil {
		return err
	}
	for name, records := range s.small {
		to, err := h.shelf(t, name, true)
		if err != nil {
			return err
		}
		for _, r := range records {
			if to.has(r[0]) {
				continue
			}
			if err := to.put(r[0], r[1]); err != nil {
				return err
			}
		}
	}
	lost, err := h.shelf(t, shelfLost, true)
	if err != nil {
		return err
	}
	for _, id := range s.lost {
		if err := lost.put(id[:], nil); err != nil {
			return err
		}
	}
	if !s.exact {
		if err := h.l.retire(t, h.self.Device); err != nil {
			return err
		}
	}
	groups, err := t.top(shelfGroups, true)
	if err != nil {
		return err
	}
	if err := groups.b.Bucket(h.name).DeleteBucket([]byte(shelfHalf)); err != nil {
		return err
	}
	return h.l.loadOne(t, groups, h.name)
}

// loadLost reads which envelopes are to come back.
func (h *house) loadLost(t tx) error {
	s, err := h.shelf(t, shelfLost, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, _ []byte) (bool, error) {
		if len(k) != len(kp1.ID{}) {
			return false, fmt.Errorf("record of what is lost: %w", ErrDamaged)
		}
		h.absent[kp1.ID(k)] = true
		return true, nil
	})
}

// back notes that an envelope that was lost is here again.
func (b *batch) back(id kp1.ID) error {
	if !b.h.absent[id] {
		return nil
	}
	s, err := b.h.shelf(b.t, shelfLost, true)
	if err != nil {
		return err
	}
	delete(b.h.absent, id)
	return s.delete(id[:])
}
