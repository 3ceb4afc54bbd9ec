package store

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"

	"kith/store/care"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// checkpointEvery is how many entries may come before the fold is written down again.
const checkpointEvery = 4096

// checkpoint is the root of a written fold. It is worth nothing without the ops and is made anew when it is missing,
// old or wrong (architecture.md, decision 1).
type checkpoint struct {
	Entry  uint64      `cbor:"n"` // the fold covers the entries up to this one
	View   []byte      `cbor:"v"` // the root of the care model's own checkpoint
	Auth   uint64      `cbor:"a"` // auth ops known when it was made
	Hidden uint64      `cbor:"h"`
	Chains []chainMark `cbor:"c"`
}

// chainMark is a chain in a checkpoint.
type chainMark struct {
	_      struct{} `cbor:",toarray"`
	Device kp1.DID
	Comp   uint8
	Seq    uint64
	ID     [32]byte
	First  uint64
	Start  [32]byte
	Prev   [32]byte
	Auth   []kp1.Link
}

var rootKey = []byte("root")

// checkpoint writes the fold down: new sections, then the root, and away with what no longer counts.
func (h *house) checkpoint(t tx) error {
	if h.next-1 == h.folded && h.late == 0 {
		return nil
	}
	s, err := h.shelf(t, shelfFold, true)
	if err != nil {
		return err
	}
	names := map[kp1.ID]bool{}
	root, err := h.view.Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
		names[name] = true
		if s.b.Get(name[:]) != nil {
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
	ck := checkpoint{Entry: h.next - 1, View: root, Auth: h.authN, Hidden: uint64(h.hidden), Chains: []chainMark{}} //nolint:gosec // a count
	for c, at := range h.chains {
		ck.Chains = append(ck.Chains, chainMark{Device: c.device, Comp: c.comp, Seq: at.seq, ID: at.id,
			First: at.first.seq, Start: at.first.id, Prev: at.prev, Auth: kp1.Links(at.auth)})
	}
	if err := s.putCBOR(rootKey, ck); err != nil {
		return err
	}
	if err := sweep(s.b, func(k []byte) bool { return len(k) == 32 && !names[kp1.ID(k)] }); err != nil {
		return err
	}
	late, err := h.shelf(t, shelfLate, true)
	if err != nil {
		return err
	}
	if err := sweep(late.b, func([]byte) bool { return true }); err != nil {
		return err
	}
	h.folded, h.late = ck.Entry, 0
	return nil
}

// sweep deletes the records whose key is to go.
func sweep(b *bbolt.Bucket, goes func(k []byte) bool) error {
	var keys [][]byte
	c := b.Cursor()
	for k, v := c.First(); k != nil; k, v = c.Next() {
		if v != nil && goes(k) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// replay brings the view up to date when a store is opened: the checkpoint, then what came after it. A checkpoint that
// is missing or wrong costs time and nothing else.
func (h *house) replay(t tx) error {
	h.judged = h.log.Changes()
	s, err := h.shelf(t, shelfFold, false)
	if err != nil {
		return err
	}
	var ck checkpoint
	ok, err := s.getCBOR(rootKey, &ck)
	if err == nil && ok && ck.Auth == h.authN {
		if v, err := care.Open(ck.View, h.section); err == nil {
			h.view, h.folded, h.hidden = v, ck.Entry, int(ck.Hidden) //nolint:gosec // a count
			for _, m := range ck.Chains {
				h.chains[chain{m.Device, m.Comp}] = head{place: place{m.Seq, m.ID}, first: place{m.First, m.Start}, prev: m.Prev, auth: kp1.IDs(m.Auth)}
			}
			return h.foldFrom(t, ck.Entry+1)
		}
	}
	if ok || err != nil {
		h.l.opt.Log.Info("checkpoint not used", "group", h.id.Short())
	}
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
	h.judged = h.log.Changes()
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
			raw, err := f.log.get(k)
			if err != nil {
				return false, err
			}
			return true, f.entry(raw)
		}); err != nil {
			return err
		}
	}
	if err := f.log.each(be64(n), func(_, raw []byte) (bool, error) { return true, f.entry(raw) }); err != nil {
		return err
	}
	f.flush()
	return nil
}

// folder replays admitted ops into a view, without checking again what was checked when they came.
type folder struct {
	h             *house
	ops, log, ids shelf
	events        []care.Event
}

func (h *house) folder(t tx) (*folder, error) {
	f := &folder{h: h}
	var err error
	if f.ops, err = h.shelf(t, shelfOps, false); err != nil {
		return nil, err
	}
	if f.log, err = h.shelf(t, shelfLog, false); err != nil {
		return nil, err
	}
	f.ids, err = h.shelf(t, shelfIDs, false)
	return f, err
}

// entry folds the content ops of one envelope.
func (f *folder) entry(raw []byte) error {
	env, err := op.DecodeEnvelope(raw)
	if err != nil {
		return fmt.Errorf("entry: %w: %w", ErrDamaged, err)
	}
	if env.Kind != op.KindOps {
		return nil
	}
	p := prepared{env: env}
	p.open(f.h.id, f.h.ring[env.EID])
	if p.err != nil {
		return fmt.Errorf("envelope %s: %w: %w", env.ID.Short(), ErrDamaged, p.err)
	}
	for _, s := range p.ops {
		if s.IsAuth() {
			continue
		}
		w, ok, err := lookOp(f.ops, s.ID)
		if err != nil {
			return err
		}
		if !ok {
			break // the rest of this envelope waits still
		}
		if err := f.op(s, w); err != nil {
			return err
		}
	}
	return nil
}

func (f *folder) op(s op.Signed, w where) error {
	v := f.h.log.Content(contentRef(s, f.h.chains[chain{s.Device, s.Comp}]))
	f.h.pass(s)
	if v.Ruling != group.Accept {
		if v.Ruling == group.Hidden {
			f.h.hidden++
		}
		return nil
	}
	var words []byte
	if s.Payload != nil {
		n, here, err := findIn(f.ids, s.Payload.ID)
		if err != nil {
			return err
		}
		if here {
			raw, err := f.log.get(be64(n))
			if err != nil {
				return err
			}
			words = openPayload(s, raw)
		}
	}
	if e, ok := f.h.read(s, v, words); ok {
		f.events = append(f.events, e)
	}
	if len(f.events) >= checkpointEvery {
		f.flush()
	}
	return nil
}

func (f *folder) flush() {
	if len(f.events) > 0 {
		f.h.view = f.h.view.Apply(f.events...)
	}
	f.events = f.events[:0]
}

// pass moves a chain's head past an op that was admitted before.
func (h *house) pass(s op.Signed) {
	c := chain{s.Device, s.Comp}
	at := h.chains[c]
	here := place{s.Seq, s.ID}
	if at.seq == 0 {
		at.first, at.prev = here, s.Prev
	}
	if s.Seq > at.seq {
		at.place, at.auth = here, s.Auth
	}
	if s.Seq < at.first.seq {
		at.first, at.prev = here, s.Prev
	}
	h.chains[c] = at
}

// decodeSigned reads an op that was filed by us.
func decodeSigned(plain []byte) (op.Signed, error) {
	s, err := op.DecodeSigned(plain)
	if err != nil {
		return op.Signed{}, errors.Join(ErrDamaged, err)
	}
	return s, nil
}
