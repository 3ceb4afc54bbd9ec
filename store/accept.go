package store

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

var (
	// ErrNoGroup: this computer is not in that group.
	ErrNoGroup = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such group"}
	// ErrNoMember: nobody of that id is in the group.
	ErrNoMember = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such member"}
	// ErrNoOp: no op of that id is here.
	ErrNoOp = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "no such op"}
	// ErrNotAllowed: the author could not write this when it was written.
	ErrNotAllowed = &kp1.Error{ECode: "E_NOT_ALLOWED", Msg: "not allowed"}
	// ErrForged: a signature is not its author's, or an op is not what its envelope may hold.
	ErrForged = &kp1.Error{ECode: "E_FORGED", Msg: "forged"}
)

// prepared is an envelope taken apart as far as its bytes, and the keys of the moment, allow.
type prepared struct {
	env     op.Envelope
	ops     []op.Signed
	checked []bool // the signature of each op was found good
	err     error  // refused for ever
}

// vantage is what preparing needs of a house: values that may be read outside the lock.
type vantage struct {
	id    kp1.GID
	ring  ring
	state group.State
}

func (h *house) vantage() vantage { return vantage{id: h.id, ring: h.ring, state: h.state()} }

// prepare decodes, opens and checks signatures; it changes nothing and may run beside others.
func (v vantage) prepare(raw []byte) (p prepared) {
	if p.env, p.err = op.DecodeEnvelope(raw); p.err != nil {
		return p
	}
	switch p.env.Kind {
	case op.KindPayload, op.KindChunk:
		return p
	case op.KindOps, op.KindRekey, op.KindGrant:
	default:
		p.err = fmt.Errorf("envelope kind %d in a group: %w", p.env.Kind, ErrForged)
		return p
	}
	e, ok := v.ring[p.env.EID]
	if !ok {
		return p
	}
	p.open(v.id, e)
	p.verify(func(d kp1.DID) (ed25519.PublicKey, bool) {
		dev, ok := v.state.Device(d)
		return dev.Key, ok
	})
	return p
}

// open tries the keys of an epoch. Without a fitting key the ops stay nil.
func (p *prepared) open(g kp1.GID, e epoch) {
	ops, _, err := op.OpenOps(g, p.env, e.openers(p.env.Kind))
	switch {
	case errors.Is(err, op.ErrNoKey):
	case err != nil:
		p.err = err
	default:
		p.ops, p.checked = ops, make([]bool, len(ops))
	}
}

// verify checks the signatures of those whose key is known; one bad signature condemns the envelope.
func (p *prepared) verify(key func(kp1.DID) (ed25519.PublicKey, bool)) {
	for i, s := range p.ops {
		pub, ok := key(s.Device)
		if !ok || p.err != nil {
			continue
		}
		if err := s.Verify(pub); err != nil {
			p.err = fmt.Errorf("op %s: %w: %w", s.ID.Short(), ErrForged, err)
			return
		}
		p.checked[i] = true
	}
}

// prepareAll prepares on every core.
func (v vantage) prepareAll(raws [][]byte) []prepared {
	out := make([]prepared, len(raws))
	workers := min(runtime.GOMAXPROCS(0), len(raws))
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < len(raws); i += workers {
				out[i] = v.prepare(raws[i])
			}
		})
	}
	wg.Wait()
	return out
}

// Result says what became of a batch of envelopes.
type Result struct {
	Held    []kp1.ID // on disk now, whether they were before or not
	New     []kp1.ID // those that were not there before
	Refused int      // forged, damaged or over a quota
}

// Accept files envelopes as they were received and returns after the commit that holds them; filing one twice is no
// error. from is the device that sent them, if known: its own word that it has them. It keeps no reference to raws.
// An error is the disk's; what was refused is not an error but in no list.
func (l *Ledger) Accept(_ context.Context, g kp1.GID, from kp1.DID, raws [][]byte) (Result, error) {
	l.mu.Lock()
	h := l.groups[g]
	if h == nil {
		l.mu.Unlock()
		return Result{}, ErrNoGroup
	}
	v := h.vantage()
	l.mu.Unlock()
	ready := v.prepareAll(raws)
	var res Result
	err := l.change([]kp1.GID{g}, func(t tx) error {
		h := l.groups[g]
		if h == nil {
			return ErrNoGroup
		}
		b, err := h.batch(t, from)
		if err != nil {
			return err
		}
		res = Result{}
		for _, p := range ready {
			held, fresh, err := b.take(p)
			if err != nil {
				return err
			}
			switch {
			case fresh:
				res.New = append(res.New, p.env.ID)
				fallthrough
			case held:
				res.Held = append(res.Held, p.env.ID)
			default:
				res.Refused++
				l.opt.Log.Info("envelope refused", "group", g.Short(), "why", codeOf(p.err))
			}
		}
		return b.finish()
	})
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

func codeOf(err error) string {
	var c interface{ Code() string }
	if errors.As(err, &c) {
		return c.Code()
	}
	return "E_REFUSED"
}

// outcome is what became of one envelope or op.
type outcome struct {
	wait uint8  // one of the reasons, or 0
	on   []byte // what it waits for
	err  error  // refused
}

func refuse(err error) outcome                { return outcome{err: err} }
func waitFor(why uint8, id []byte) outcome    { return outcome{wait: why, on: slices.Clone(id)} }
func (o outcome) done() bool                  { return o.wait == 0 && o.err == nil }
func missing(err *group.MissingError) outcome { return waitFor(waitOp, err.IDs[0][:]) }
func badOp(s op.Signed, err error) outcome    { return refuse(fmt.Errorf("op %s: %w", s.ID.Short(), err)) }

// take files one envelope. held says that it is on the disk, fresh that it was not before.
func (b *batch) take(p prepared) (held, fresh bool, err error) {
	if p.err != nil {
		return false, false, nil
	}
	if n, ok, err := b.find(p.env.ID); err != nil || ok {
		if ok {
			b.noteHeld(n)
		}
		return ok, false, err
	}
	n := b.h.next
	b.h.next++ // numbers of refused entries are not used again within this batch
	o, err := b.use(&p, n)
	if err != nil {
		return false, false, err
	}
	if o.wait != 0 && !b.h.waits.room(b.source, len(p.env.Bytes)) {
		o = refuse(errQuota)
	}
	if o.err != nil && !b.used[n] {
		b.last = o.err
		b.h.l.opt.Log.Debug("envelope refused", "why", o.err)
		return false, false, nil
	}
	if err := b.file(n, p.env); err != nil {
		return false, false, err
	}
	if o.wait != 0 {
		if err := b.park(n, p.env, o); err != nil {
			return false, false, err
		}
	}
	return true, true, b.rouse()
}

var errQuota = &kp1.Error{ECode: "E_QUOTA", Msg: "too much waits already"}

// use opens an envelope as far as that is possible now. It is called again when what it waited for has come.
func (b *batch) use(p *prepared, n uint64) (outcome, error) {
	switch p.env.Kind {
	case op.KindPayload, op.KindChunk:
		return b.usePayload(p.env, n)
	}
	if p.ops == nil {
		o, err := b.unlock(p)
		if err != nil || !o.done() {
			return o, err
		}
	}
	for i, s := range p.ops {
		o, err := b.admit(s, p, i, n)
		if err != nil || !o.done() {
			return o, err
		}
	}
	return outcome{}, nil
}

// unlock finds the keys of an envelope that did not open: in the ring, which may have grown, or in its own boxes.
func (b *batch) unlock(p *prepared) (outcome, error) {
	if e, ok := b.h.ring[p.env.EID]; ok {
		p.open(b.h.id, e)
	}
	if p.ops == nil && p.err == nil && len(p.env.Boxes) > 0 {
		if err := b.unbox(p.env); err != nil {
			return outcome{}, err
		}
		if e, ok := b.h.ring[p.env.EID]; ok {
			p.open(b.h.id, e)
		}
	}
	switch {
	case p.err != nil:
		return refuse(p.err), nil
	case p.ops == nil:
		return waitFor(waitKey, p.env.EID[:]), nil
	}
	return outcome{}, nil
}

// admit takes one op in: signature, chain, dependencies, right, and then its effect.
func (b *batch) admit(s op.Signed, p *prepared, i int, n uint64) (outcome, error) {
	if s.Group != b.h.id {
		return badOp(s, ErrForged), nil
	}
	if ok, err := b.hasOp(s.ID); err != nil || ok {
		return outcome{}, err
	}
	var o outcome
	var err error
	if s.IsAuth() {
		o, err = b.admitAuth(s, p, p.checked[i])
	} else {
		o, err = b.admitContent(s, p.checked[i], n)
	}
	if err != nil || !o.done() {
		return o, err
	}
	b.used[n] = true
	b.told = append(b.told, s.ID)
	if err := b.indexOp(s, n, i); err != nil {
		return outcome{}, err
	}
	b.wake(waitOp, s.ID[:])
	return outcome{}, nil
}

// admitAuth checks an op of the membership graph and adds it.
func (b *batch) admitAuth(s op.Signed, p *prepared, checked bool) (outcome, error) {
	h := b.h
	a := authOp(s)
	if s.Type == group.TypeGenesis && s.ID != kp1.ID(h.self.Genesis) {
		return badOp(s, ErrForged), nil // another beginning is another group
	}
	if !checked {
		pub, known := h.signerOf(a)
		if !known {
			if lost := h.lostAuth(a); !lost.IsZero() {
				return waitFor(waitOp, lost[:]), nil
			}
			return badOp(s, ErrForged), nil
		}
		if err := s.Verify(pub); err != nil {
			return badOp(s, fmt.Errorf("%w: %w", ErrForged, err)), nil
		}
	}
	if o := checkBoxes(s, p.env); !o.done() {
		return o, nil
	}
	var lack *group.MissingError
	switch err := h.log.Add(a); {
	case errors.As(err, &lack):
		return missing(lack), nil
	case errors.Is(err, group.ErrWaiting): // behind a fence: kept, without effect, until somebody vouches
	case err != nil:
		return badOp(s, err), nil
	}
	h.authN++
	h.noteNamed(a)
	b.members = true
	if err := b.auth.put(be64(h.authN), s.Encode()); err != nil {
		return outcome{}, err
	}
	if s.Type == group.TypeRekey { // what follows in this very batch may be sealed under its keys
		return outcome{}, h.proveAll(b.t)
	}
	return outcome{}, nil
}

// signerOf finds the key of an auth op's device: in the graph, or, for its first op, in what the op itself brings.
func (h *house) signerOf(a group.Op) (ed25519.PublicKey, bool) {
	if pub, _, ok := h.log.DeviceKey(a.Device); ok {
		return pub, true
	}
	for _, c := range group.CertsIn(a) {
		if c.Device() == a.Device {
			return c.Key, true
		}
	}
	return nil, false
}

// lostAuth returns an op that a names and that is not here, or none.
func (h *house) lostAuth(a group.Op) kp1.ID {
	for _, id := range append(slices.Clone(a.Auth), a.Prev) {
		if !id.IsZero() && !h.log.Has(id) {
			return id
		}
	}
	return kp1.ID{}
}

// checkBoxes compares the boxes of a Rekey or Grant with what its op signed: nobody can swap them on the way.
func checkBoxes(s op.Signed, env op.Envelope) outcome {
	if s.Type != group.TypeRekey && s.Type != group.TypeGrant {
		return outcome{}
	}
	body, err := group.DecodeBody(s.Type, s.Body)
	if err != nil {
		return badOp(s, err)
	}
	sum := kp1.BoxesHash(env.Boxes)
	switch x := body.(type) {
	case group.Rekey:
		made := kp1.EpochID(s.Group, s.Device, s.Seq, x.Commits)
		if env.Kind != op.KindRekey || x.Boxes != sum || x.Epoch != made || env.EID != made {
			return badOp(s, ErrForged)
		}
	case group.Grant:
		if env.Kind != op.KindGrant || x.Boxes != sum {
			return badOp(s, ErrForged)
		}
	}
	return outcome{}
}

// authOp is the membership graph's view of an op.
func authOp(s op.Signed) group.Op {
	return group.Op{ID: s.ID, V: s.V, Type: s.Type, Device: s.Device, Seq: s.Seq, Prev: s.Prev, Auth: s.Auth, Time: s.Time, Body: s.Body}
}
