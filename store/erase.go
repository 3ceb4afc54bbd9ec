package store

import (
	"errors"
	"fmt"
	"slices"

	"kith/store/care"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// Shelves inside a group's shelf for what was taken away.
const (
	shelfStubs = "stubs" // an op that was taken away, and the act that did it -> what stays of the op
	shelfGone  = "gone"  // id of an envelope that is not taken in again -> why
	shelfTwice = "twice" // op id and entry number: the op's bytes stand there as well
)

// Why an envelope is gone. The numbers stand in files, before the id of the op that it was for.
const (
	goneErased  = 1 // its words, or an op in it, were taken away
	goneSpent   = 2 // its words were replaced by others
	goneExpired = 3 // its words were kept for as long as the group wanted
)

// keyErased is when something was first taken away since the file was last written anew.
var keyErased = []byte("erased")

// goneFor returns for which op an envelope is gone, zero when it is not.
func goneFor(gone shelf, env kp1.ID) (kp1.ID, error) {
	plain, err := gone.get(env[:])
	if err != nil || plain == nil {
		return kp1.ID{}, err
	}
	if len(plain) != 1+len(env) && len(plain) != goneChunk || plain[0] < goneErased || plain[0] > goneExpired {
		return kp1.ID{}, fmt.Errorf("record of what is gone: %w", ErrDamaged)
	}
	return kp1.ID(plain[1 : 1+len(env)]), nil
}

// without takes from an envelope that has come what was taken away already. What is left of it is taken in, in an envelope
// of its own. done says that there was something.
func (b *batch) without(p *prepared) (done bool, err error) {
	if p.env.Kind != op.KindOps || p.ours || len(b.h.stubs) == 0 {
		return false, nil
	}
	ops, key, err := b.h.openOps(p)
	if err != nil {
		return false, nil //nolint:nilerr // it waits for its key, or is refused in its own right
	}
	for _, s := range ops {
		if err := b.doubt(s); err != nil {
			return false, err
		}
	}
	rest := b.left(ops)
	if len(rest) == len(ops) {
		return false, nil
	}
	if err := b.gone.put(p.env.ID[:], goneRecord(goneErased, firstGone(ops, rest))); err != nil {
		return false, err
	}
	b.h.touch()
	if err := b.noteErased(p.env.EID, key.Chain); err != nil {
		return false, err
	}
	return true, b.reseat(0, p.env, key, rest)
}

// openOps opens an envelope of content ops and says with which key.
func (h *house) openOps(p *prepared) ([]op.Signed, op.Key, error) {
	return op.OpenOps(h.id, p.env, h.ring[p.env.EID].openers(p.env.Kind))
}

// left are the ops that were not taken away.
func (b *batch) left(ops []op.Signed) []op.Signed {
	return slices.DeleteFunc(slices.Clone(ops), func(s op.Signed) bool { return !s.IsAuth() && b.h.gone(s.ID) })
}

// firstGone is the first of ops that is not in rest.
func firstGone(ops, rest []op.Signed) kp1.ID {
	for i, s := range ops {
		if i >= len(rest) || rest[i].ID != s.ID {
			return s.ID
		}
	}
	return kp1.ID{}
}

func goneRecord(why byte, id kp1.ID) []byte { return append([]byte{why}, id[:]...) }

// doubt compares an op that has come with what was said of it when it was taken away. An act that lied has no effect, and
// what it was about is taken in like anything else.
func (b *batch) doubt(s op.Signed) error {
	for _, st := range b.h.stubs[s.ID] {
		if st.void || st.fits(s) {
			continue
		}
		x, err := b.fetch(st.by)
		if err != nil {
			if errors.Is(err, ErrNoOp) {
				continue // its act waits still
			}
			return err
		}
		st.void = true
		if err := b.putStub(s.ID, st, x.Type, x.Body); err != nil {
			return err
		}
		b.refold = true
	}
	return nil
}

// remove takes off the disk what this batch took away: the ops' bytes, their words, and the keys to them. What else stood
// in one envelope with them is sealed anew, the same on every computer.
func (b *batch) remove() error {
	if len(b.erasing) == 0 {
		return nil
	}
	if err := b.flush(); err != nil {
		return err
	}
	b.h.touch()
	ids := b.erasing
	b.erasing = nil
	entries := map[uint64]bool{}
	if err := b.waitingWith(entries); err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id kp1.ID) bool { return !b.h.gone(id) }) // it came after all, and is something else
	payloads := map[kp1.ID]kp1.ID{}                                             // -> its op
	var hollow []kp1.ID                                                         // words of ops that are not here
	for _, id := range ids {
		w, here, err := lookOp(b.ops, id)
		if err != nil {
			return err
		}
		again, err := b.copies(id, entries)
		if err != nil {
			return err
		}
		if !here { // refused, or not here yet; its words may be
			for _, s := range b.h.stubs[id] {
				hollow = append(hollow, s.was.Payload)
			}
			continue
		}
		if !w.payload.IsZero() {
			payloads[w.payload] = id
		}
		if _, lies, err := b.log.get(w.entry); err != nil {
			return err
		} else if !lies {
			continue // it went with another one that stood in the same envelope
		}
		s, err := b.fetch(id)
		if err != nil {
			return err
		}
		entries[w.entry] = true
		if err := b.dropFile(s, goneErased); err != nil {
			return err
		}
		b.relieveOp(s)
		b.relieve(copies, again*bytesOf(s))
	}
	owned, err := b.owners()
	if err != nil {
		return err
	}
	for _, id := range ids {
		delete(b.met, id)
		if err := b.ops.delete(id[:]); err != nil {
			return err
		}
		if err := b.dropNamed(id); err != nil {
			return err
		}
	}
	for _, n := range sortedNumbers(entries) {
		if err := b.strip(n); err != nil {
			return err
		}
	}
	for pid, id := range payloads {
		if owned[number(pid[:])]--; owned[number(pid[:])] > 0 {
			continue // another op names the same words
		}
		if err := b.dropWords(pid, id, goneErased); err != nil {
			return err
		}
	}
	if err := errors.Join(b.dropHollow(hollow), b.markErased()); err != nil {
		return err
	}
	return b.rouse()
}

func sortedNumbers(m map[uint64]bool) []uint64 {
	out := make([]uint64, 0, len(m))
	for n := range m {
		out = append(out, n)
	}
	slices.Sort(out)
	return out
}

// copies finds the other entries in which an op stands, forgets that it does, and says how many.
func (b *batch) copies(id kp1.ID, entries map[uint64]bool) (n uint64, err error) {
	if b.twice.b == nil {
		return 0, nil
	}
	var keys [][]byte
	if err := b.twice.each(id[:], func(k, _ []byte) (bool, error) {
		if len(k) != len(id)+8 || kp1.ID(k[:len(id)]) != id {
			return false, nil
		}
		entries[number(k[len(id):])] = true
		keys = append(keys, slices.Clone(k))
		return true, nil
	}); err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := b.twice.delete(k); err != nil {
			return 0, err
		}
	}
	return uint64(len(keys)), nil
}

// noteAgain remembers that an op stands in an entry beside the one in which it was taken in.
func (b *batch) noteAgain(s op.Signed, n uint64) error {
	k := append(slices.Clone(s.ID[:]), be64(n)...)
	if b.twice.has(k) {
		return nil
	}
	b.charge(copies, bytesOf(s))
	return b.twice.put(k, nil)
}

// standsAgain remembers it of an op that is here already.
func (b *batch) standsAgain(s op.Signed, n uint64, i int) error {
	if s.IsAuth() {
		return nil
	}
	w, ok, err := b.look(s.ID)
	if err != nil || !ok || w.entry == n && int(w.at) == i {
		return err
	}
	return b.noteAgain(s, n)
}

// waitingWith finds, among the entries that wait for something, those with an op in them that was taken away.
func (b *batch) waitingWith(entries map[uint64]bool) error {
	for n, x := range b.h.waits.by {
		if x.Why != waitOp && x.Why != waitRef {
			continue
		}
		env, err := b.log.must(n)
		if err != nil {
			return err
		}
		if env.Kind != op.KindOps {
			continue
		}
		ops, _, err := b.h.openOps(&prepared{env: env})
		if err != nil {
			continue // found out when it is taken up
		}
		for _, s := range ops {
			if err := b.doubt(s); err != nil {
				return err
			}
		}
		if len(b.left(ops)) < len(ops) {
			entries[n] = true
		}
	}
	return nil
}

// stripped is without for an entry that waited until now.
func (b *batch) stripped(n uint64, p *prepared) (bool, error) {
	if p.env.Kind != op.KindOps || len(b.h.stubs) == 0 || len(p.ops) == 0 {
		return false, nil
	}
	for _, s := range p.ops {
		if err := b.doubt(s); err != nil {
			return false, err
		}
	}
	if len(b.left(p.ops)) == len(p.ops) {
		return false, nil
	}
	return true, b.strip(n)
}

// strip takes from an entry what was taken away. Its number stays taken.
func (b *batch) strip(n uint64) error {
	env, here, err := b.log.get(n)
	if err != nil || !here {
		return err
	}
	ops, key, err := b.h.openOps(&prepared{env: env})
	if err != nil {
		return fmt.Errorf("entry %d: %w: %w", n, ErrDamaged, err)
	}
	rest := b.left(ops)
	if len(rest) == len(ops) {
		return nil
	}
	if err := b.unfile(n, env, goneErased, firstGone(ops, rest)); err != nil {
		return err
	}
	if err := b.goesEarly(n, ops, rest); err != nil {
		return err
	}
	if err := b.noteErased(env.EID, key.Chain); err != nil {
		return err
	}
	return b.reseat(n, env, key, rest)
}

// goesEarly takes back what was counted for ops of an entry whose turn in remove has not come yet, and that go with the
// others: by then there is nothing left to count them by.
func (b *batch) goesEarly(n uint64, ops, rest []op.Signed) error {
	for _, s := range ops {
		if slices.ContainsFunc(rest, func(r op.Signed) bool { return r.ID == s.ID }) {
			continue
		}
		w, here, err := lookOp(b.ops, s.ID)
		if err != nil {
			return err
		}
		if here && w.entry == n {
			if err := b.dropFile(s, goneErased); err != nil {
				return err
			}
			b.relieveOp(s)
		}
		again := append(slices.Clone(s.ID[:]), be64(n)...)
		if b.twice.b == nil || !b.twice.has(again) {
			continue
		}
		b.relieve(copies, bytesOf(s))
		if err := b.twice.delete(again); err != nil {
			return err
		}
	}
	return nil
}

// unfile takes an envelope off the disk for good.
func (b *batch) unfile(n uint64, env op.Envelope, why byte, id kp1.ID) error {
	b.h.touch()
	if _, waited := b.h.waits.take(n); waited {
		if err := b.wait.delete(be64(n)); err != nil {
			return err
		}
	}
	if err := b.drop(n, env); err != nil {
		return err
	}
	b.unsay(env)
	return b.gone.put(env.ID[:], goneRecord(why, id))
}

// reseat seals what is left of the envelope of an entry, or of one that was never filed (0), and takes it in.
func (b *batch) reseat(n uint64, env op.Envelope, key op.Key, rest []op.Signed) error {
	if len(rest) == 0 {
		return nil
	}
	whole, err := op.Rest(b.h.id, env, key, rest)
	if err != nil {
		return fmt.Errorf("what is left of an envelope: %w", err)
	}
	at, here, err := b.find(whole.ID)
	if err != nil {
		return err
	}
	if !here {
		at = b.h.next
	}
	for i, s := range rest {
		w, known, err := lookOp(b.ops, s.ID)
		if err != nil {
			return err
		}
		if !known || n == 0 || w.entry != n {
			continue
		}
		w.entry, w.at = at, uint8(i) //nolint:gosec // at most 64 ops in an envelope
		b.met[s.ID] = w
		if err := b.ops.replace(s.ID[:], w.encode()); err != nil {
			return err
		}
	}
	if here {
		return nil
	}
	p := b.h.vantage().prepare(whole.Bytes)
	p.kept = n > 0
	held, _, err := b.take(p)
	if err == nil && !held {
		b.h.l.opt.Log.Info("what was left of an envelope is not taken in", "group", b.h.id.Short(), "why", codeOf(b.last))
	}
	return err
}

// owners counts the ops that name each payload, by the beginning of its id. It is made when it is first asked for.
func (b *batch) owners() (map[uint64]int, error) {
	if b.h.owned != nil {
		return b.h.owned, nil
	}
	owned := map[uint64]int{}
	if err := b.ops.each(func(_, plain []byte) (bool, error) {
		w, err := decodeWhere(plain)
		if err == nil && !w.payload.IsZero() {
			owned[number(w.payload[:])]++
		}
		return true, err
	}); err != nil {
		return nil, err
	}
	b.h.owned = owned
	return owned, nil
}

// dropWords takes the words of an op off the disk for good, here or not.
func (b *batch) dropWords(payload, id kp1.ID, why byte) error {
	b.h.touch()
	if _, missed := b.h.lack[payload]; missed {
		delete(b.h.lack, payload)
		if err := b.lack.delete(payload[:]); err != nil {
			return err
		}
	}
	if err := b.hints.delete(refOf(payload)); err != nil {
		return err
	}
	delete(b.h.opens, payload)
	if x, kept := b.h.named[id]; kept { // the op stays, without its key
		x.key, x.epoch = nil, kp1.EID{}
		if err := b.setNamed(id, x); err != nil {
			return err
		}
	}
	n, here, err := b.find(payload)
	if err != nil {
		return err
	}
	if !here {
		return b.gone.put(payload[:], goneRecord(why, id))
	}
	env, err := b.log.must(n)
	if err != nil || env.Kind != op.KindPayload { // an op may name whatever it likes
		return err
	}
	if s, err := b.fetch(id); err == nil {
		if m, counts := b.counted(s); counts {
			b.relieve(m, boxesOf(env))
		}
	}
	return b.unfile(n, env, why, id)
}

// dropNamed forgets what was kept of an op for few people.
func (b *batch) dropNamed(id kp1.ID) error {
	if _, kept := b.h.named[id]; !kept {
		return nil
	}
	b.h.touch()
	delete(b.h.named, id)
	b.h.namedN++
	return b.few.delete(id[:])
}

// markErased notes that the file holds, in pages that are free, what was taken away: it is to be written anew.
func (b *batch) markErased() error {
	b.scrub = true
	return b.h.l.markErased(b.t)
}

func (l *Ledger) markErased(t tx) error {
	meta, err := t.top(shelfMeta, true)
	if err != nil || meta.has(keyErased) {
		return err
	}
	return meta.put(keyErased, be64(max(1, l.unix())))
}

// versions are the edits of the post that an op is.
func versions(v care.View, s op.Signed) []kp1.ID {
	a, known, err := thread.Decode(s.Type, s.Body, nil)
	p, ok := a.(thread.Post)
	if !known || err != nil || !ok {
		return nil
	}
	th, ok := v.Threads().Get(p.Thread)
	if !ok {
		return nil
	}
	it, _ := th.Find(s.ID)
	return it.Versions
}

// noteReworded remembers the edits among what is about to be shown.
func (b *batch) noteReworded() {
	for _, e := range b.events {
		if x, ok := e.Act.(thread.Edit); ok {
			b.reworded = append(b.reworded, x)
		}
	}
}

// dropReplaced takes away the words that edits of this batch have replaced, unless the group keeps them (policy eh).
func (b *batch) dropReplaced() error {
	for _, e := range b.reworded {
		for _, id := range b.h.view.Threads().Replaced(e, b.h.state().Policy.EditHistory > 0) {
			w, here, err := lookOp(b.ops, id)
			if err != nil {
				return err
			}
			if !here || w.payload.IsZero() || b.gone.has(w.payload[:]) {
				continue
			}
			owned, err := b.owners()
			if err != nil {
				return err
			}
			if owned[number(w.payload[:])] > 1 {
				continue
			}
			s, err := b.fetch(id)
			if err != nil {
				return err
			}
			b.relieveWords(s)
			if err := b.dropWords(w.payload, id, goneSpent); err != nil {
				return err
			}
			if err := b.markErased(); err != nil {
				return err
			}
		}
	}
	b.reworded = nil
	return nil
}
