package store

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// Finding is one thing that is not as it was written.
type Finding struct {
	Group kp1.GID
	Where string // which record, without words
	Err   error
}

// Report is what Check found. A store without findings is proven byte by byte.
type Report struct {
	Ops       int // signed ops whose id, signature and place were proven
	Envelopes int
	Bad       []Finding
}

// Check reads every byte of the store and proves it: pages, seals, ids, signatures, the membership graph, and that the
// fold of all ops is the fold that is shown. It changes nothing. A damaged record is a finding, not an error.
func (l *Ledger) Check(ctx context.Context) (Report, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var r Report
	err := l.view(func(t tx) error {
		if err := walkPages(filepath.Join(l.home, fileName), true); err != nil {
			r.Bad = append(r.Bad, Finding{Where: "pages", Err: err})
			return nil // bbolt cannot be let loose on them
		}
		for err := range t.Check() {
			r.Bad = append(r.Bad, Finding{Where: "pages", Err: fmt.Errorf("%w: %w", ErrDamaged, err)})
		}
		if err := l.checkTop(t, &r); err != nil {
			return err
		}
		if err := l.checkBroken(t, &r); err != nil {
			return err
		}
		for _, h := range l.sorted() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := h.check(t, &r); err != nil {
				return err
			}
		}
		return nil
	})
	return r, err
}

// checkTop opens every record that belongs to no group.
func (l *Ledger) checkTop(t tx, r *Report) error {
	for _, name := range []string{shelfMeta, shelfJoins, shelfBoxes, shelfLinks, shelfLocal} {
		s, err := t.top(name, false)
		if err != nil {
			return err
		}
		s.findBad(kp1.GID{}, r)
	}
	names, err := t.listed()
	if err != nil {
		return nil //nolint:nilerr // found just now
	}
	groups, err := t.top(shelfGroups, false)
	if err != nil || groups.b == nil {
		return err
	}
	return groups.b.ForEachBucket(func(name []byte) error {
		if !slices.ContainsFunc(names, func(n []byte) bool { return bytes.Equal(n, name) }) {
			r.Bad = append(r.Bad, Finding{Where: fmt.Sprintf("groups record %x", name[:min(len(name), 4)]), Err: fmt.Errorf("not in the list of groups: %w", ErrDamaged)})
		}
		return nil
	})
}

// findBad opens every record of a shelf.
func (s shelf) findBad(g kp1.GID, r *Report) {
	if s.b == nil {
		return
	}
	c := s.b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if v == nil {
			continue
		}
		if _, err := s.open(k, v); err != nil {
			shelf := s.name[bytes.LastIndexByte(s.name, '/')+1:]
			r.Bad = append(r.Bad, Finding{Group: g, Where: fmt.Sprintf("%s record %x", shelf, k[:min(len(k), 4)]), Err: err})
		}
	}
}

// checker proves one group anew, from its bytes alone.
type checker struct {
	h    *house
	r    *Report
	log  *group.Log
	f    *folder
	seen map[uint64]kp1.ID // entry -> its envelope
	at   map[kp1.ID]where  // op -> where it was found first
	shut map[uint64]bool   // entries with a Rekey that was taken in, and whose keys then proved false
}

// groupShelves are all shelves of one group.
var groupShelves = []string{
	shelfSelf, shelfLog, shelfTail, shelfIDs, shelfIDs1, shelfIDs2, shelfOps, shelfOps1, shelfOps2, shelfAuth, shelfKeys, shelfWait, shelfLack, shelfLate, shelfHeld, shelfFold,
	shelfInvites, shelfRequests, shelfTickets, shelfHeard, shelfFence, shelfForks, shelfBad, shelfStands, shelfRounds, shelfSticks, shelfPending, shelfReceipts,
	shelfFew, shelfHints, shelfShares, shelfLost, shelfStubs, shelfGone, shelfTwice, shelfLarge, shelfFiles, shelfParts,
}

func (h *house) check(t tx, r *Report) error {
	for _, name := range groupShelves {
		s, err := h.shelf(t, name, false)
		if err != nil {
			return err
		}
		s.findBad(h.id, r)
	}
	f, err := h.folder(t)
	if err != nil {
		return err
	}
	c := &checker{h: h, r: r, log: group.NewLog(h.id), f: f, seen: map[uint64]kp1.ID{}, at: map[kp1.ID]where{}, shut: map[uint64]bool{}}
	if err := c.auth(t); err != nil {
		return err
	}
	if err := c.envelopes(t); err != nil {
		return err
	}
	c.index()
	c.stubs()
	if err := c.files(t); err != nil {
		return err
	}
	if err := c.few(); err != nil {
		return err
	}
	return c.fold(t)
}

func (c *checker) bad(where string, err error) {
	c.r.Bad = append(c.r.Bad, Finding{Group: c.h.id, Where: where, Err: err})
}

// auth builds the membership graph again, signatures included, and compares who is in.
func (c *checker) auth(t tx) error {
	s, err := c.h.shelf(t, shelfAuth, false)
	if err != nil || s.b == nil {
		return err
	}
	h := &house{log: c.log}
	proven := func(where string, signed op.Signed) bool {
		pub, ok := h.signerOf(authOp(signed))
		if !ok || c.h.l.opt.Shared.verify(signed, pub) != nil {
			c.bad(where, ErrForged)
			return false
		}
		return true
	}
	var behind []op.Signed
	cur := s.b.Cursor()
	for k, v := cur.First(); k != nil; k, v = cur.Next() {
		plain, err := s.open(k, v)
		if err != nil {
			continue // found before
		}
		where := fmt.Sprintf("membership op %d", number(k))
		signed, err := decodeSigned(plain)
		if err != nil {
			c.bad(where, err)
			continue
		}
		if c.h.fenced[signed.ID] {
			behind = append(behind, signed) // its device may be named by another of these alone
			continue
		}
		if proven(where, signed) {
			_ = c.log.Restore(authOp(signed)) // what it says shows in the comparison below
		}
	}
	for _, signed := range behind {
		if proven("membership op "+signed.ID.Short(), signed) {
			_ = c.log.Add(authOp(signed))
		}
	}
	if c.log.State().Hash() != c.h.state().Hash() {
		c.bad("membership", fmt.Errorf("who is in: %w", ErrDamaged))
	}
	return nil
}

// envelopes proves every entry: its id, its place in the index, and the signatures inside.
func (c *checker) envelopes(t tx) error {
	bad, err := c.h.shelf(t, shelfBad, false)
	if err != nil {
		return err
	}
	for _, s := range c.f.log.shelves() {
		if s.b == nil {
			continue
		}
		cur := s.b.Cursor()
		for k, v := cur.First(); k != nil; k, v = cur.Next() {
			if plain, err := s.open(k, v); err == nil && len(k) == 8 { // else it was found before
				c.entry(number(k), plain, bad)
			}
		}
	}
	return nil
}

// entry proves one entry. One without an envelope was refused after it was filed.
func (c *checker) entry(n uint64, plain []byte, bad shelf) {
	if len(plain) == 0 {
		return
	}
	name := fmt.Sprintf("entry %d", n)
	env, err := decodeEntry(n, plain)
	if err != nil {
		c.bad(name, err)
		return
	}
	if _, twice := c.seen[n]; twice {
		c.bad(name, fmt.Errorf("twice: %w", ErrDamaged))
	}
	c.r.Envelopes++
	c.seen[n] = env.ID
	if at, ok, err := findIn(c.f.ids, env.ID); err != nil || !ok || at != n {
		c.bad(name, fmt.Errorf("not in the index: %w", ErrDamaged))
	}
	_, waits := c.h.waits.by[n]
	if env.Kind == op.KindPayload || env.Kind == op.KindChunk {
		return
	}
	p := prepared{env: env}
	p.open(c.h.id, c.h.ring[env.EID])
	switch {
	case p.ops != nil || waits:
	case env.Kind == op.KindRekey && c.log.HasEpoch(env.EID):
		c.shut[n] = true // its ops lie in the membership graph, which was proven
	default:
		c.bad(name, fmt.Errorf("does not open: %w", ErrDamaged))
	}
	for i, s := range p.ops {
		c.op(s, where{entry: n, at: uint8(i)}, waits || bad.has(badKey(n, i))) //nolint:gosec // at most 64 ops
	}
}

// op proves one op. One that may be missing waits still, or was refused.
func (c *checker) op(s op.Signed, at where, mayMiss bool) {
	w, ok, err := lookOp(c.f.ops, s.ID)
	if err != nil || !ok {
		if !mayMiss || err != nil {
			c.bad("op "+s.ID.Short(), fmt.Errorf("not in the index: %w", ErrDamaged))
		}
		return
	}
	if pub, _, known := c.log.DeviceKey(s.Device); !known || c.h.l.opt.Shared.verify(s, pub) != nil {
		if !mayMiss { // a good op under a bad signature is refused, and may be here under its own
			c.bad("op "+s.ID.Short(), ErrForged)
		}
		return
	}
	if w.entry == at.entry && w.at == at.at {
		c.at[s.ID] = w
		c.r.Ops++
		c.named(s)
	}
}

func (s shelf) has(key []byte) bool { return s.b != nil && s.b.Get(key) != nil }

// index looks for names of envelopes and ops that are not there.
func (c *checker) index() {
	c.names(c.f.ids.tiers[:], func(k, plain []byte) bool {
		return len(k) == 40 && len(plain) == 8 && c.seen[number(plain)] == kp1.ID(k[:32])
	})
	c.names(c.f.ops.tiers[:], func(k, plain []byte) bool {
		w, err := decodeWhere(plain)
		return err == nil && len(k) == 32 && (c.at[kp1.ID(k)] == w || c.shut[w.entry] && c.log.Has(kp1.ID(k)))
	})
}

func (c *checker) names(in []shelf, good func(k, plain []byte) bool) {
	met := map[string]bool{}
	for _, s := range in {
		if s.b == nil {
			continue
		}
		cur := s.b.Cursor()
		for k, v := cur.First(); k != nil; k, v = cur.Next() {
			at := fmt.Sprintf("index %x", k[:min(len(k), 4)])
			if plain, err := s.open(k, v); err == nil && !good(k, plain) {
				c.bad(at, fmt.Errorf("names nothing: %w", ErrDamaged))
			}
			if met[string(k)] {
				c.bad(at, fmt.Errorf("stands there twice: %w", ErrDamaged))
			}
			met[string(k)] = true
		}
	}
}

// fold folds every op anew and compares with what is shown.
func (c *checker) fold(t tx) error {
	fresh := &house{
		l: c.h.l, id: c.h.id, name: c.h.name, self: c.h.self, log: c.log, ring: c.h.ring, keys: c.h.keys, chains: map[chain]head{}, air: map[kp1.ID][]kp1.ID{}, tied: map[kp1.ID]bool{},
		fewBook: c.h.fewBook, stubs: c.h.stubs, clocks: map[kp1.DID]uint64{}, forks: c.h.forks, tree: newTree(),
	}
	fresh.passStubs()
	if err := fresh.foldFrom(t, 1); err != nil {
		c.bad("fold", err)
		return nil
	}
	was, err := nameOf(c.h.view)
	if err != nil {
		return err
	}
	now, err := nameOf(fresh.view)
	if err != nil {
		return err
	}
	if was != now {
		c.bad("fold", fmt.Errorf("what is shown is not what the ops say: %w", ErrDamaged))
	}
	return nil
}

// nameOf is the hash of everything in a view: equal views have equal names.
func nameOf(v care.View) (kp1.ID, error) {
	root, err := v.Save(func(kp1.ID, func() ([]byte, error)) error { return nil })
	return kp1.Sum(root), err
}

// Fingerprint is a hash of all that is shown of a group: who is in and what is agreed. Two computers that hold the
// same ops have the same one.
func (l *Ledger) Fingerprint(g kp1.GID) (kp1.ID, error) {
	view := l.View().Group(g)
	name, err := nameOf(view.Care)
	if err != nil {
		return kp1.ID{}, err
	}
	state := view.State.Hash()
	return kp1.Sum(append(state[:], name[:]...)), nil
}
