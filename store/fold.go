package store

import (
	"errors"
	"fmt"
	"slices"

	"kith/store/care"
	"kith/store/care/erase"
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
// twice as much as the one before: a join of n then costs n, and not its square. The first batch that is no longer
// part of it writes down what is left; whoever is killed before that folds half of the log at the next start.
func checkpointDue(came, folded uint64, filed int) bool {
	if filed < catchingUp {
		return came > checkpointEvery
	}
	return came > max(checkpointEvery, folded)
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
			if err := h.tieStubs(t); err != nil {
				return err
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
			return true, f.entry(f.log.sealed(number(k)))
		}); err != nil {
			return err
		}
	}
	if err := f.log.eachSealed(n, f.entry); err != nil {
		return err
	}
	err = f.flush()
	h.due = f.due
	return err
}

// foldChunk is how many entries are opened at once, on every core.
const foldChunk = 2_048

// folder replays admitted ops into a view, without checking again what was checked when they came.
type folder struct {
	h        *house
	ops, ids index
	gone     shelf
	log      entries
	entries  []entry
	events   []care.Event
	due      []dueAct
}

// dueAct is an act that has an effect beside what is shown, and has not had it: it was hidden when it came, and is so no more.
type dueAct struct {
	op.Signed
	act     erase.Act // nil for one that takes nothing away: see unheeded
	verdict group.Verdict
}

func (h *house) folder(t tx) (*folder, error) {
	f := &folder{h: h}
	var err error
	if f.ops, err = h.index(t, opTiers, false); err != nil {
		return nil, err
	}
	if f.log, err = h.openLog(t, false); err != nil {
		return nil, err
	}
	if f.gone, err = h.shelf(t, shelfGone, false); err != nil {
		return nil, err
	}
	f.ids, err = h.index(t, idTiers, false)
	return f, err
}

// entry queues one envelope.
func (f *folder) entry(e entry) error {
	f.entries = append(f.entries, e)
	if len(f.entries) < foldChunk {
		return nil
	}
	return f.flush()
}

// replayed is an op of an entry with all that does not depend on what was folded before it.
type replayed struct {
	op.Signed
	words []byte
	act   care.Act
	err   error // why the act cannot be read
}

// flush folds what is queued. Whether an op counts depends on those before it: that is asked of one after another.
func (f *folder) flush() error {
	opened, v := make([]prepared, len(f.entries)), f.h.vantage()
	if err := guardedEvery(len(opened), func(i int) error {
		opened[i] = v.reopen(f.entries[i])
		return opened[i].err
	}); err != nil {
		return err
	}
	near := map[kp1.ID]op.Envelope{} // a payload lies most often right before its op
	for _, p := range opened {
		if p.env.Kind == op.KindPayload {
			near[p.env.ID] = p.env
		}
	}
	ops := make([][]replayed, len(opened))
	if err := guardedEvery(len(opened), func(i int) (err error) {
		ops[i], err = f.replay(f.entries[i].n, opened[i].ops, near)
		return err
	}); err != nil {
		return err
	}
	for _, x := range slices.Concat(ops...) {
		f.op(x)
	}
	if len(f.events) > 0 {
		f.h.view = f.h.view.Apply(f.events...)
	}
	clear(f.entries)
	f.entries, f.events = f.entries[:0], f.events[:0]
	return nil
}

// guardedEvery calls do for 0 to n-1, on every core, and returns the first error by number. Each core reads pages of the
// file, and is guarded by itself: see guarded.
func guardedEvery(n int, do func(i int) error) error {
	errs := make([]error, n)
	onEveryCore(n, func(i int) { errs[i] = guarded(func() error { return do(i) }) })
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reopen takes apart what was filed before.
func (v vantage) reopen(e entry) (p prepared) {
	var plain []byte
	if e.sealed == nil {
		return p
	}
	if plain, p.err = e.from.open(be64(e.n), e.sealed); p.err != nil || len(plain) == 0 {
		return p
	}
	if p.env, p.err = decodeEntry(e.n, plain); p.err != nil || p.env.Kind != op.KindOps {
		return p
	}
	if keys, ok := v.openers(p.env.EID, p.env.Kind); ok {
		if p.openWith(v.id, keys, v.shared); p.err != nil {
			p.err = fmt.Errorf("entry %d: %w: %w", e.n, ErrDamaged, p.err)
		}
	}
	return p
}

// replay reads the ops of entry n that count as filed there. It changes nothing and may run beside others.
func (f *folder) replay(n uint64, ops []op.Signed, near map[kp1.ID]op.Envelope) (out []replayed, err error) {
	for at, s := range ops {
		if s.IsAuth() {
			continue
		}
		w, ok, err := lookOp(f.ops, s.ID)
		if err != nil {
			return nil, err
		}
		if !ok || w.entry != n || int(w.at) != at {
			continue // it waits still, was refused, or came first in another envelope
		}
		x := replayed{Signed: s}
		if s.Payload != nil {
			env, here, err := f.payload(s.Payload.ID, near)
			if err != nil {
				return nil, err
			}
			if here {
				x.words = f.h.openPayload(s, env)
			}
		}
		x.act, x.err = actOf(s, x.words)
		out = append(out, x)
	}
	return out, nil
}

func (f *folder) op(x replayed) {
	s := x.Signed
	v := f.h.log.Content(f.h.contentRef(s, f.finder()))
	f.h.pass(s)
	if v.Ruling != group.Accept {
		if v.Ruling == group.Hidden {
			f.h.hidden++
		}
		return
	}
	if f.h.unheeded(s) {
		f.due = append(f.due, dueAct{Signed: s, verdict: v})
	}
	if e, ok := f.h.event(s, v, x.words, x.act, x.err); ok {
		if x.words == nil && s.Payload != nil && f.gone.has(s.Payload.ID[:]) {
			e.Act = care.Erased(e.Act)
		}
		f.events = append(f.events, e)
	}
	if a, is := erasure(s); is {
		id, _ := a.What()
		switch st, ok := f.h.stubBy(id, s.ID); {
		case ok && st.gone && !st.void:
			f.events = append(f.events, f.h.remains(id, st, f.finder())...)
		case ok && !st.gone:
			f.due = append(f.due, dueAct{s, a, v})
		}
	}
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

// pass moves a chain's head past an op that was admitted, and past what was taken away after it. Of two in one place the
// first stays.
func (h *house) pass(s op.Signed) (tied []kp1.ID) {
	h.noteClock(s.Device, s.Time)
	h.follow(chain{s.Device, s.Comp}, head{s.Seq, s.ID, s.Auth})
	return h.climb(s)
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
