package store

import (
	"errors"
	"fmt"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

const (
	// checkpointEvery is how many entries may come before the fold is written down again.
	checkpointEvery = 4096
	// catchingUp is how many envelopes in one batch are part of a history rather than of what is being said.
	catchingUp = 256
)

// checkpointDue says whether the fold is to be written down, since came entries are not in the checkpoint, folded are, and
// the batch filed so many. A checkpoint may cost as much as all that is folded, so while a history comes in, each covers
// half as much again as the one before: a join of n then costs n, and not its square. The first batch that is no longer
// part of it writes down what is left; whoever is killed before that folds a third of the log at the next start.
func checkpointDue(came, folded uint64, filed int) bool {
	if filed < catchingUp {
		return came > checkpointEvery
	}
	return came > max(checkpointEvery, folded/2)
}

// checkpoint is the root of a written fold. It is worth nothing without the ops and is made anew when it is missing,
// old or wrong (architecture.md, decision 1).
type checkpoint struct {
	Entry   uint64      `cbor:"n"` // the fold covers the entries up to this one
	View    []byte      `cbor:"v"` // the root of the care model's own checkpoint
	Rulings uint64      `cbor:"r"` // the auth ops by which its ops were judged: see rules
	Hidden  uint64      `cbor:"h"`
	Chains  []chainMark `cbor:"c"`
}

// chainMark is the head of a chain in a checkpoint.
type chainMark struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	Comp   uint8
	Seq    uint64
	ID     [32]byte
	Auth   []kp1.Link
}

var rootKey = []byte("root")

// checkpoint writes the fold down: new sections, then the root, and away with what no longer counts.
func (h *house) checkpoint(t tx) error {
	if h.view.Err() != nil { // it must not stand in the place of a sound one
		h.anew = true
		if err := h.foldAll(t); err != nil {
			return err
		}
	}
	if h.next-1 == h.folded && h.late == 0 && !h.anew && !h.scrub {
		return nil
	}
	s, err := h.shelf(t, shelfFold, true)
	if err != nil {
		return err
	}
	names := map[kp1.ID]bool{}
	root, err := h.view.Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
		names[name] = true
		if !h.anew && s.b.Get(name[:]) != nil {
			return nil
		}
		plain, err := bytes()
		if err != nil {
			return err
		}
		return s.put(name[:], plain)
	})
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	ck := checkpoint{Entry: h.next - 1, View: root, Rulings: h.rulings, Hidden: uint64(h.hidden), Chains: []chainMark{}} //nolint:gosec // a count
	for c, at := range h.chains {
		ck.Chains = append(ck.Chains, chainMark{Device: c.device, Comp: c.comp, Seq: at.seq, ID: at.id, Auth: kp1.Links(at.auth)})
	}
	if err := s.putCBOR(rootKey, ck); err != nil {
		return err
	}
	if err := s.sweep(func(k []byte) bool { return len(k) == 32 && !names[kp1.ID(k)] }); err != nil {
		return err
	}
	late, err := h.shelf(t, shelfLate, true)
	if err != nil {
		return err
	}
	if err := late.sweep(func([]byte) bool { return true }); err != nil {
		return err
	}
	h.touch()
	h.folded, h.late, h.anew, h.scrub = ck.Entry, 0, false, false
	return nil
}

// sweep deletes the records whose key is to go.
func (s shelf) sweep(goes func(k []byte) bool) error {
	var keys [][]byte
	c := s.b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if v != nil && goes(k) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := s.delete(k); err != nil {
			return err
		}
	}
	return nil
}

func decodeCheckpoint(plain []byte) (checkpoint, error) {
	var ck checkpoint
	if err := kp1.Unmarshal(plain, &ck); err != nil {
		return checkpoint{}, fmt.Errorf("checkpoint: %w: %w", ErrDamaged, err)
	}
	return ck, nil
}

// replay brings the view up to date when a store is opened: the checkpoint, then what came after it. A checkpoint that
// is missing or wrong costs time and nothing else.
func (h *house) replay(t tx) error {
	s, err := h.shelf(t, shelfFold, false)
	if err != nil {
		return err
	}
	plain, err := s.get(rootKey)
	if plain == nil && err == nil {
		return h.foldAll(t)
	}
	ck, bad := decodeCheckpoint(plain)
	if err == nil && bad == nil && ck.Rulings == h.rulings && ck.Entry < h.next {
		v, bad := care.Open(ck.View, h.section)
		if bad == nil {
			h.view, h.folded, h.hidden, h.judged = v, ck.Entry, int(ck.Hidden), h.rulings //nolint:gosec // a count
			for _, m := range ck.Chains {
				h.chains[chain{m.Device, m.Comp}] = head{m.Seq, m.ID, kp1.IDs(m.Auth)}
			}
			return h.foldFrom(t, ck.Entry+1)
		}
	}
	h.l.opt.Log.Info("checkpoint not used", "group", h.id.Short())
	h.anew = err != nil || bad != nil
	return h.foldAll(t)
}

// section reads one part of a written fold.
func (h *house) section(name kp1.ID) (plain []byte, err error) {
	err = h.l.view(func(t tx) error {
		s, err := h.shelf(t, shelfFold, false)
		if err != nil {
			return err
		}
		if plain, err = s.get(name[:]); err == nil && plain == nil {
			err = ErrDamaged
		}
		return err
	})
	return plain, err
}

// foldAll makes the view anew from every op on the disk.
func (h *house) foldAll(t tx) error {
	h.view, h.chains, h.hidden, h.folded = care.View{}, map[chain]head{}, 0, 0
	h.judged, h.sifted = h.rulings, true
	h.passStubs()
	return h.foldFrom(t, 1)
}

// foldFrom folds the entries from n on, and those that spoke up late.
func (h *house) foldFrom(t tx, n uint64) error {
	f, err := h.folder(t)
	if err != nil {
		return err
	}
	if n > 1 {
		late, err := h.shelf(t, shelfLate, false)
		if err != nil {
			return err
		}
		if err := late.each(nil, func(k, _ []byte) (bool, error) {
			h.late++
			if number(k) >= n {
				return true, nil
			}
			plain, err := f.log.plain(number(k))
			if err != nil || len(plain) == 0 {
				return err == nil, err
			}
			return true, f.entry(number(k), plain)
		}); err != nil {
			return err
		}
	}
	if err := f.log.each(n, func(n uint64, plain []byte) (bool, error) { return true, f.entry(n, plain) }); err != nil {
		return err
	}
	return f.flush()
}

// foldChunk is how many entries are opened at once, on every core.
const foldChunk = 2_048

// folder replays admitted ops into a view, without checking again what was checked when they came.
type folder struct {
	h              *house
	ops, ids, gone shelf
	log            entries
	numbers        []uint64
	entries        [][]byte
	events         []care.Event
}

func (h *house) folder(t tx) (*folder, error) {
	f := &folder{h: h}
	var err error
	if f.ops, err = h.shelf(t, shelfOps, false); err != nil {
		return nil, err
	}
	if f.log, err = h.openLog(t, false); err != nil {
		return nil, err
	}
	if f.gone, err = h.shelf(t, shelfGone, false); err != nil {
		return nil, err
	}
	f.ids, err = h.shelf(t, shelfIDs, false)
	return f, err
}

// entry queues one envelope.
func (f *folder) entry(n uint64, plain []byte) error {
	f.numbers, f.entries = append(f.numbers, n), append(f.entries, plain)
	if len(f.entries) < foldChunk {
		return nil
	}
	return f.flush()
}

// flush folds what is queued.
func (f *folder) flush() error {
	opened := make([]prepared, len(f.entries))
	v := f.h.vantage()
	onEveryCore(len(f.entries), func(i int) { opened[i] = v.reopen(f.numbers[i], f.entries[i]) })
	words := map[kp1.ID]op.Envelope{} // a payload lies most often right before its op
	for _, p := range opened {
		if p.env.Kind == op.KindPayload {
			words[p.env.ID] = p.env
		}
	}
	for i, p := range opened {
		if p.err != nil {
			return p.err
		}
		for at, s := range p.ops {
			if s.IsAuth() {
				continue
			}
			w, ok, err := lookOp(f.ops, s.ID)
			if err != nil {
				return err
			}
			if !ok || w.entry != f.numbers[i] || int(w.at) != at {
				continue // it waits still, was refused, or came first in another envelope
			}
			if err := f.op(s, words); err != nil {
				return err
			}
		}
	}
	if len(f.events) > 0 {
		f.h.view = f.h.view.Apply(f.events...)
	}
	f.numbers, f.entries, f.events = f.numbers[:0], f.entries[:0], f.events[:0]
	return nil
}

// reopen takes apart what was filed before.
func (v vantage) reopen(n uint64, plain []byte) (p prepared) {
	if p.env, p.err = decodeEntry(n, plain); p.err != nil || p.env.Kind != op.KindOps {
		return p
	}
	if keys, ok := v.openers(p.env.EID, p.env.Kind); ok {
		if p.openWith(v.id, keys); p.err != nil {
			p.err = fmt.Errorf("entry %d: %w: %w", n, ErrDamaged, p.err)
		}
	}
	return p
}

func (f *folder) op(s op.Signed, words map[kp1.ID]op.Envelope) error {
	v := f.h.log.Content(f.h.contentRef(s, nil, f.finder()))
	f.h.pass(s)
	if v.Ruling != group.Accept {
		if v.Ruling == group.Hidden {
			f.h.hidden++
		}
		return nil
	}
	var plain []byte
	if s.Payload != nil {
		env, here, err := f.payload(s.Payload.ID, words)
		if err != nil {
			return err
		}
		if here {
			plain = f.h.openPayload(s, env)
		}
	}
	if e, ok := f.h.read(s, v, plain); ok {
		if plain == nil && s.Payload != nil && f.gone.has(s.Payload.ID[:]) {
			e.Act = care.Erased(e.Act)
		}
		f.events = append(f.events, e)
	}
	if a, is := erasure(s); is {
		id, _ := a.What()
		if st, ok := f.h.stubBy(id, s.ID); ok && st.gone && !st.void {
			f.events = append(f.events, f.h.remains(id, st, f.finder())...)
		}
	}
	return nil
}

func (f *folder) payload(id kp1.ID, near map[kp1.ID]op.Envelope) (op.Envelope, bool, error) {
	if env, ok := near[id]; ok {
		return env, true, nil
	}
	n, here, err := findIn(f.ids, id)
	if err != nil || !here {
		return op.Envelope{}, false, err
	}
	env, err := f.log.must(n)
	return env, err == nil, err
}

// pass moves a chain's head past an op that was admitted. Of two in one place the first stays.
func (h *house) pass(s op.Signed) {
	h.noteClock(s.Device, s.Time)
	h.follow(chain{s.Device, s.Comp}, head{s.Seq, s.ID, s.Auth})
}

// follow moves a chain's head on. Of what was known by its head alone, more is known once it is here.
func (h *house) follow(c chain, to head) {
	if at := h.chains[c]; to.seq > at.seq || to.id == at.id && len(to.auth) > 0 {
		h.chains[c] = to
	}
}

// decodeSigned reads an op that was filed by us.
func decodeSigned(plain []byte) (op.Signed, error) {
	s, err := op.DecodeSigned(plain)
	if err != nil {
		return op.Signed{}, errors.Join(ErrDamaged, err)
	}
	return s, nil
}
