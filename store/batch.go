package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"kith/store/care"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// number reads the key of a log entry.
func number(k []byte) uint64 { return binary.BigEndian.Uint64(k) }

// batch is the filing of some envelopes in one transaction.
type batch struct {
	h       *house
	t       tx
	source  string
	from    kp1.DID
	brought string // by whom what is being used was, perhaps earlier

	log                                            entries
	ids, ops                                       index
	auth, wait, lack, late, bad, fence, few, hints shelf
	stubs, gone, twice, files, parts               shelf

	pen   pen
	words map[kp1.ID]spoken // the payloads that the pen holds
	seals map[sealOf]op.Key // keys to write with, derived once
	met   map[kp1.ID]where  // ops that were looked up, or came, in this batch

	ours     bool        // what comes was on this very disk
	taking   []op.Signed // of the envelope that is being taken in
	events   []care.Event
	filed    []Item
	raw      [][]byte
	chunks   []kp1.ID // of filed: not in raw
	first    uint64
	told     []kp1.ID // ops that took effect
	woken    []uint64
	lost     []Item        // envelopes that were taken off the disk
	erasing  []kp1.ID      // ops that are to be
	hollow   []kp1.ID      // words that came, and that an act says were taken away
	forgone  []kp1.ID      // words that waited, and were dropped
	reworded []thread.Edit // edits that came
	members  bool
	keys     bool
	scrub    bool      // words were taken off the disk
	refold   bool      // what was folded so far is to be judged anew
	spared   bool      // it is not, though a removal came: the fold is to be written down with it
	cheated  bool      // a key did not match its commitment
	unasked  bool      // nobody is typing: what it does can wait
	charged  []kp1.MID // whose shares changed
	last     error     // why the newest envelope was refused
}

// batch opens the group's shelves for writing.
func (h *house) batch(t tx, from kp1.DID) (*batch, error) {
	within, err := h.around(t, true)
	if err != nil {
		return nil, err
	}
	b := &batch{h: h, t: t, from: from, source: from.String(), first: h.next, pen: pen{work: &h.l.pens}, words: map[kp1.ID]spoken{}, seals: map[sealOf]op.Key{}, met: map[kp1.ID]where{}}
	for _, s := range []struct {
		to   *shelf
		name string
	}{
		{&b.auth, shelfAuth},
		{&b.wait, shelfWait},
		{&b.lack, shelfLack},
		{&b.late, shelfLate},
		{&b.bad, shelfBad},
		{&b.fence, shelfFence},
		{&b.few, shelfFew},
		{&b.hints, shelfHints},
		{&b.stubs, shelfStubs},
		{&b.gone, shelfGone},
		{&b.twice, shelfTwice},
		{&b.files, shelfFiles},
		{&b.parts, shelfParts},
	} {
		if *s.to, err = within.under([]byte(s.name), true); err != nil {
			return nil, err
		}
	}
	b.auth.b.FillPercent = 0.95 // they only ever come at the end
	if b.ids, err = h.index(t, idTiers, true); err != nil {
		return nil, err
	}
	if b.ops, err = h.index(t, opTiers, true); err != nil {
		return nil, err
	}
	b.log, err = h.openLog(t, true)
	return b, err
}

// idKey is where an envelope's number lies: its id, then its week, so that a scan of the keys alone gives the set.
func idKey(id kp1.ID, week uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, len(id)+8), id[:]...), week)
}

// find looks an envelope up by its id alone.
func (b *batch) find(id kp1.ID) (n uint64, ok bool, err error) { return findIn(b.ids, id) }

func findIn(ids index, id kp1.ID) (n uint64, ok bool, err error) {
	from, k, sealed := ids.sealed(id)
	if len(k) != len(id)+8 {
		return 0, false, nil
	}
	plain, err := from.open(k, sealed)
	if err != nil {
		return 0, false, fmt.Errorf("envelope %s: %w", id.Short(), err)
	}
	if len(plain) != 8 {
		return 0, false, fmt.Errorf("envelope %s: %w", id.Short(), ErrDamaged)
	}
	return number(plain), true, nil
}

// file puts an envelope on the disk, under the next number. A number is given once and for all: what other computers
// are said to hold is counted by it.
func (b *batch) file(n uint64, env op.Envelope) error {
	b.h.next = max(b.h.next, n+1)
	if err := b.log.add(n, env); err != nil {
		return err
	}
	if err := b.ids.add(idKey(env.ID, env.Week), be64(n)); err != nil {
		return err
	}
	if env.Kind == op.KindChunk {
		b.chunks = append(b.chunks, env.ID)
	} else {
		b.raw = append(b.raw, env.Bytes)
	}
	b.filed = append(b.filed, Item{Week: env.Week, ID: env.ID})
	b.noteHeld(n)
	return nil
}

// noteHeld notes that the sender has the entry.
func (b *batch) noteHeld(n uint64) {
	if !b.from.IsZero() {
		b.h.held.note(b.from, n)
	}
}

// park notes what an entry waits for.
func (b *batch) park(n uint64, p prepared, o outcome) error {
	x := waiting{Why: o.wait, For: o.on, Epoch: p.env.EID, Size: uint64(len(p.env.Bytes)), From: b.source, Ops: o.aside}
	if p.ours {
		x.From = ownSource
	}
	if x.Why == waitPayload && len(b.h.hollow[p.env.ID]) > 0 {
		b.hollow = append(b.hollow, p.env.ID)
	}
	return b.parkAs(n, x)
}

func (b *batch) parkAs(n uint64, x waiting) error {
	b.h.waits.add(n, x, b.h.apart(x))
	for _, id := range x.Ops {
		b.wake(waitRef, id[:])
	}
	return b.wait.putCBOR(be64(n), x)
}

// wake queues the entries that wait for this. An op that comes is waited for by what follows it and by what speaks of it.
func (b *batch) wake(why uint8, id []byte) {
	b.woken = append(b.woken, b.h.waits.on(why, id)...)
	if why == waitOp {
		b.woken = append(b.woken, b.h.waits.on(waitRef, id)...)
	}
}

// ownSource stands for the device an entry came from where it was written here.
const ownSource = "own"

// maxRouse is how many waiting entries are taken up at once.
const maxRouse = 1_024

// rouse tries the entries that were woken, and those that these wake.
func (b *batch) rouse() error {
	for len(b.woken) > 0 {
		n := min(len(b.woken), maxRouse)
		entries := b.woken[:n]
		b.woken = b.woken[n:]
		if err := b.retry(entries); err != nil {
			return err
		}
	}
	return nil
}

// retry takes waiting entries up again, in order; signatures are checked on every core.
func (b *batch) retry(entries []uint64) error {
	if err := b.flush(); err != nil {
		return err
	}
	var taken []waiting
	var numbers []uint64
	var raws [][]byte
	for _, n := range entries {
		x, ok := b.h.waits.take(n)
		if !ok {
			continue
		}
		if err := b.wait.delete(be64(n)); err != nil {
			return err
		}
		env, err := b.log.must(n)
		if err != nil {
			return err
		}
		taken, numbers, raws = append(taken, x), append(numbers, n), append(raws, env.Bytes)
	}
	for i, p := range b.h.vantage().prepareAll(raws) {
		n, x := numbers[i], taken[i]
		p.ours, b.brought = p.err == nil && x.From == ownSource, x.From
		if done, err := b.stripped(n, &p); done || err != nil {
			if err != nil {
				return err
			}
			continue
		}
		if b.beyond(&p, n) {
			if err := b.turnAway(n, p.env); err != nil {
				return err
			}
			continue
		}
		before := b.h.log.HasEpoch(p.env.EID)
		o, err := b.use(&p, n)
		switch {
		case err != nil:
			return err
		case o.wait != 0:
			x.Why, x.For, x.Ops = o.wait, o.on, o.aside
			err = b.parkAs(n, x)
			b.nowMade(p.env, o, before)
		case o.err != nil:
			if err := b.turnAway(n, p.env); err != nil {
				return err
			}
			continue
		}
		if err == nil && (o.wait == 0 || o.some) {
			err = b.noteLate(n)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteLate marks an entry that took effect after later ones, so that a fold from the checkpoint finds it.
func (b *batch) noteLate(n uint64) error {
	if n > b.h.folded { // it is folded anyway
		return nil
	}
	b.h.late++
	return b.late.put(be64(n), nil)
}

// drop takes a refused entry off the disk again. Its number stays taken by an empty record: see file.
func (b *batch) drop(n uint64, env op.Envelope) error {
	b.lost = append(b.lost, Item{Week: env.Week, ID: env.ID})
	if err := b.log.empty(n); err != nil {
		return err
	}
	return b.ids.delete(idKey(env.ID, env.Week))
}

// turnAway is drop for what was filed before it could be judged, and is not kept. Nobody is told that it is here, also when
// it came in this very batch.
func (b *batch) turnAway(n uint64, env op.Envelope) error {
	b.forgone = append(b.forgone, env.ID)
	b.unsay(env)
	return b.drop(n, env)
}

// unsay leaves an envelope out of what this batch tells of.
func (b *batch) unsay(env op.Envelope) {
	b.filed = slices.DeleteFunc(b.filed, func(i Item) bool { return i.ID == env.ID })
	b.raw = slices.DeleteFunc(b.raw, func(raw []byte) bool { return bytes.Equal(raw, env.Bytes) })
	b.chunks = slices.DeleteFunc(b.chunks, func(id kp1.ID) bool { return id == env.ID })
}

// where an op lies: its entry, its place in it, its chain and its payload, if it has one.
type where struct {
	entry   uint64
	at      uint8
	comp    uint8
	payload kp1.ID
}

func (w where) encode() []byte {
	b := append(be64(w.entry), w.at, w.comp)
	if !w.payload.IsZero() {
		b = append(b, w.payload[:]...)
	}
	return b
}

func decodeWhere(b []byte) (w where, err error) {
	if len(b) != 10 && len(b) != 42 {
		return where{}, fmt.Errorf("op record of %d bytes: %w", len(b), ErrDamaged)
	}
	w.entry, w.at, w.comp = number(b), b[8], b[9]
	copy(w.payload[:], b[10:])
	return w, nil
}

// hasOp says whether an op is here, or what stays of it.
func (b *batch) hasOp(id kp1.ID) bool { return b.filedOp(id) || len(b.h.stubs[id]) > 0 }

// filedOp says whether the op itself is.
func (b *batch) filedOp(id kp1.ID) bool {
	_, ok := b.met[id]
	return ok || b.ops.has(id[:])
}

// look is lookOp, which remembers what it found: acts of one batch mostly speak of the same few things.
func (b *batch) look(id kp1.ID) (w where, ok bool, err error) {
	if w, ok = b.met[id]; ok {
		return w, true, nil
	}
	if w, ok, err = lookOp(b.ops, id); ok {
		b.met[id] = w
	}
	return w, ok, err
}

// lookOp finds an op; ok says whether it is here.
func lookOp(ops index, id kp1.ID) (w where, ok bool, err error) {
	plain, err := ops.get(id[:])
	if err != nil || plain == nil {
		return where{}, false, err
	}
	w, err = decodeWhere(plain)
	return w, err == nil, err
}

func (b *batch) indexOp(s op.Signed, n uint64, i int) error {
	w := where{entry: n, at: uint8(i), comp: s.Comp} //nolint:gosec // at most 64 ops in an envelope
	if s.IsAuth() {
		w.comp = kp1.ChainAuth
	}
	if s.Payload != nil {
		w.payload = s.Payload.ID
		if b.h.owned != nil {
			b.h.owned[number(w.payload[:])]++
		}
	}
	b.met[s.ID] = w
	return b.ops.add(s.ID[:], w.encode())
}

// foldAnew folds every op again. An act that was hidden and is let stand takes away what it is about only now, and one that is for
// computers and not for people is heeded only now.
func (b *batch) foldAnew() error {
	if err := b.h.foldAll(b.t); err != nil || len(b.h.due) == 0 {
		return err
	}
	for _, d := range b.h.due {
		if d.act == nil {
			if _, err := b.heed(d.Signed); err != nil {
				return err
			}
			continue
		}
		if err := b.takeBack(d.Signed, d.act, d.verdict); err != nil {
			return err
		}
	}
	if len(b.erasing) == 0 { // none of them was allowed, or true
		return nil
	}
	if err := b.rouse(); err != nil { // what waited for what is gone
		return err
	}
	for len(b.erasing) > 0 {
		if err := b.remove(); err != nil {
			return err
		}
	}
	return b.h.foldAll(b.t)
}

// finish ends a batch: keys are proven, events folded, and what happened is told once the transaction is durable.
func (b *batch) finish() error {
	if err := b.flush(); err != nil {
		return err
	}
	if err := b.rouse(); err != nil {
		return err
	}
	for len(b.erasing) > 0 {
		if err := b.remove(); err != nil {
			return err
		}
	}
	if err := b.dropHollow(b.hollow); err != nil { // their op may have come just after them
		return err
	}
	b.hollow = nil
	h := b.h
	if b.cheated {
		if err := b.reclaim(); err != nil {
			return err
		}
	}
	b.noteReworded()
	switch {
	case h.rulings != h.judged || b.refold || h.view.Err() != nil:
		h.anew = h.anew || h.view.Err() != nil
		if err := b.foldAnew(); err != nil {
			return err
		}
		if err := h.checkpoint(b.t); err != nil { // so that this is not done again at every start
			return err
		}
	default:
		b.settle()
	}
	if err := b.dropReplaced(); err != nil {
		return err
	}
	if h.scrub = h.scrub || b.scrub; h.scrub {
		if err := h.checkpoint(b.t); err != nil {
			return err
		}
	}
	if err := b.saveShares(); err != nil {
		return err
	}
	if len(h.held.dirty) > 0 || h.newRound {
		if h.notes, h.l.heeded = h.notes+1, true; b.t.writes() || h.notes >= notesMost {
			if err := h.writeNotes(b.t); err != nil {
				return err
			}
		}
	}
	if b.spared || checkpointDue(h.next-h.folded, h.folded, len(b.filed)) {
		if err := h.checkpoint(b.t); err != nil {
			return err
		}
	}
	if len(b.filed) > 0 {
		if err := errors.Join(b.ids.settle(h.l.opt.tierMost), b.ops.settle(h.l.opt.tierMost)); err != nil {
			return err
		}
	}
	if len(b.filed)+len(b.lost) > 0 || b.members || b.keys {
		h.l.after = append(h.l.after, Filed{
			Group: h.id, Envelopes: b.filed, Raw: b.raw, Chunks: b.chunks, First: b.first, Last: h.next - 1, From: b.from, Events: b.told, Members: b.members || b.keys, Lost: b.lost,
		})
	}
	return nil
}
