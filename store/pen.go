package store

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"sync"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// A pen signs and seals what a batch writes, on whichever core is free, while the batch goes on to the next act: an op's
// id does not depend on its signature. What it wrote reaches the disk in the order in which it was begun, see flush.
type pen struct {
	work *sync.WaitGroup // the ledger's: waited for before its lock is let go, however the transaction ends
	done []*outgoing
}

// outgoing is an envelope of our own on its way to the disk.
type outgoing struct {
	n   uint64 // its entry
	ops []op.Signed
	env op.Envelope // complete once the work is done
	err error
}

// add queues an envelope that is sealed already.
func (p *pen) add(w *outgoing) { p.done = append(p.done, w) }

// start signs and seals w and queues it. What chance is needed is drawn here, so that the source is asked by one alone
// and in a fixed order.
func (p *pen) start(w *outgoing, h *house, key op.Key) error {
	var fresh [32]byte
	if _, err := io.ReadFull(h.l.opt.Rand, fresh[:]); err != nil {
		return err
	}
	dsk, group, week := h.signingKey(), h.id, h.l.week()
	signed := append([]op.Signed(nil), w.ops...)
	p.add(w)
	p.work.Go(func() {
		for i := range signed {
			if w.err = signed[i].Sign(dsk); w.err != nil {
				return
			}
		}
		w.env, w.err = op.SealOps(bytes.NewReader(fresh[:]), group, key, op.KindOps, week, nil, signed)
	})
	return nil
}

// sealOf names a key to write with.
type sealOf struct {
	epoch kp1.EID
	comp  uint8
}

// sealer is epoch.sealer, which derives each key once a batch. A key once proven never changes.
func (b *batch) sealer(e epoch, comp uint8) (op.Key, bool) {
	what := sealOf{e.id, comp}
	key, ok := b.seals[what]
	if !ok {
		if key, ok = e.sealer(comp); ok {
			b.seals[what] = key
		}
	}
	return key, ok
}

// number takes the next entry's number.
func (b *batch) number() uint64 {
	n := b.h.next
	b.h.touch()
	b.h.next++
	return n
}

// admitOwn takes in an op of our own by the same way as anyone's. Two things alone are not done: opening what is being
// sealed, and verifying the signature that is being made from the key in our hand. Neither could fail but by a fault of
// the machine, which every other computer, and Check here, would find.
func (b *batch) admitOwn(w *outgoing, e kp1.EID) error {
	p := prepared{ours: true, ops: w.ops, checked: make([]bool, len(w.ops)), bad: make([]error, len(w.ops))}
	p.env.Kind, p.env.EID = op.KindOps, e
	for i := range p.checked {
		p.checked[i] = true
	}
	o, err := b.use(&p, w.n)
	switch {
	case err != nil:
		return err
	case o.err != nil:
		return refusedOwn(o.err)
	case o.wait != 0: // the next one would stand in its place: see own
		return refusedOwn(group.ErrWaiting)
	}
	return nil
}

func refusedOwn(why error) error {
	return fmt.Errorf("own op refused: %w", cmp.Or(why, error(ErrForged)))
}

// flush files what the pen has written. Whatever reads the log comes after it.
func (b *batch) flush() error {
	if len(b.pen.done) == 0 {
		return nil
	}
	b.pen.work.Wait()
	done := b.pen.done
	b.pen.done = nil
	for _, w := range done {
		if w.err != nil {
			return w.err
		}
		if err := b.file(w.n, w.env); err != nil {
			return err
		}
	}
	clear(b.words)
	return nil
}
