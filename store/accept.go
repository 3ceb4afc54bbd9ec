package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

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

// Result says what became of a batch of envelopes.
type Result struct {
	Held    []kp1.ID // on disk now, whether they were before or not
	New     []kp1.ID // those that were not there before
	Refused int      // forged, damaged or over a quota
	NoRoom  []kp1.ID // those of the refused that are good, but that whoever wrote them has too much here already
}

// without takes from the result what was on the disk for a moment alone.
func (r *Result) without(ids []kp1.ID) {
	if len(ids) == 0 {
		return
	}
	here := len(r.Held)
	not := func(id kp1.ID) bool { return slices.Contains(ids, id) }
	r.Held, r.New = slices.DeleteFunc(r.Held, not), slices.DeleteFunc(r.New, not)
	r.Refused += here - len(r.Held)
}

// Prepared is envelopes of one group that were opened and whose signatures were checked as far as that could be done
// when they came. What could not is done by File.
type Prepared struct {
	group kp1.GID
	known bool // this computer was in the group then
	ready []prepared
}

// Prepare checks envelopes as they were received and changes nothing, so that one batch may be checked while the one
// before it is filed. The result refers to raws until it is filed.
func (l *Ledger) Prepare(g kp1.GID, raws [][]byte) Prepared {
	out := Prepared{group: g}
	l.mu.Lock()
	h := l.groups[g]
	if h == nil {
		l.mu.Unlock()
		return out
	}
	v := h.vantage()
	v.known = l.knownIn(h)
	l.mu.Unlock()
	out.known, out.ready = true, v.prepareAll(raws)
	return out
}

// Accept is Prepare and File in one.
func (l *Ledger) Accept(ctx context.Context, g kp1.GID, from kp1.DID, raws [][]byte) (Result, error) {
	return l.File(ctx, from, l.Prepare(g, raws))
}

// File files what was prepared and returns after the commit that holds it; filing one envelope twice is no error. from
// is the device that sent them, if known: its own word that it has them. An error is ErrNoGroup or the disk's; what was
// refused is not an error but in no list.
func (l *Ledger) File(_ context.Context, from kp1.DID, ready Prepared) (Result, error) {
	var res Result
	err := l.change(func(t tx) error {
		h := l.groups[ready.group]
		if h == nil || !ready.known {
			return ErrNoGroup
		}
		b, err := h.batch(t, from)
		if err != nil {
			return err
		}
		if !from.IsZero() {
			h.met(false)
		}
		res = Result{}
		looked, by := 0, h.opened // up to where was looked again, and with which keys
		for i, p := range ready.ready {
			if !p.ripe() && (i >= looked || by != h.opened) {
				looked, by = i+h.vantage().ripenNext(ready.ready[i:]), h.opened
				p = ready.ready[i]
			}
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
				if errors.Is(b.last, errNoRoom) {
					res.NoRoom = append(res.NoRoom, p.env.ID)
				}
				l.opt.Log.Info("envelope refused", "group", ready.group.Short(), "why", codeOf(b.last))
			}
		}
		if err := b.finish(); err != nil {
			return err
		}
		res.without(b.forgone)
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// knownIn says of an envelope whether it is on the disk, so that nobody checks the signatures of what is here already.
// It may be asked from many goroutines; a wrong no costs time alone.
func (l *Ledger) knownIn(h *house) func([]kp1.ID) []bool {
	return func(ids []kp1.ID) []bool {
		out := make([]bool, len(ids))
		_ = l.view(func(t tx) error {
			index, err := h.index(t, idTiers, false)
			if err != nil {
				return err
			}
			for i, id := range ids {
				_, k, _ := index.sealed(id)
				out[i] = len(k) == len(id)+8
			}
			return nil
		})
		return out
	}
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
	some bool   // of an envelope: at least one of its ops is here

	aside []kp1.Link // of an envelope: the content ops in it that wait
}

func refuse(err error) outcome                { return outcome{err: err} }
func waitFor(why uint8, id []byte) outcome    { return outcome{wait: why, on: slices.Clone(id)} }
func (o outcome) done() bool                  { return o.wait == 0 && o.err == nil }
func missing(err *group.MissingError) outcome { return waitFor(waitOp, err.IDs[0][:]) }
func badOp(s op.Signed, err error) outcome    { return refuse(fmt.Errorf("op %s: %w", s.ID.Short(), err)) }

// take files one envelope. held says that it is on the disk, fresh that it was not before.
func (b *batch) take(p prepared) (held, fresh bool, err error) {
	if b.last = p.err; p.err != nil {
		return false, false, nil
	}
	if n, ok, err := b.find(p.env.ID); err != nil || ok {
		if ok {
			b.noteHeld(n)
		}
		return ok, false, err
	}
	if p.skipped != nil { // it was here a moment ago
		if p = b.h.vantage().prepare(p.skipped); p.err != nil {
			b.last = p.err
			return false, false, nil
		}
	}
	if b.h.l.elsewhere(p.env.EID, b.h) {
		b.last = fmt.Errorf("envelope of another group: %w", ErrForged)
		return false, false, nil
	}
	if b.gone.has(p.env.ID[:]) {
		return true, false, b.back(p.env.ID) // it was taken away: whoever offers it need not do so again
	}
	if b.partGone(p.env) {
		return true, false, b.back(p.env.ID)
	}
	if done, err := b.without(&p); done || err != nil {
		return done, false, errors.Join(err, b.back(p.env.ID))
	}
	p.ours = p.ours || b.ours || b.h.absent[p.env.ID]
	brings := b.loadOf(&p)
	live := b.h.caughtUp() || b.h.live(brings.written)
	if !b.h.room(brings, live, false) {
		b.last = b.h.tooMuch(brings)
		return false, false, nil
	}
	b.h.touch()
	n := b.h.next
	b.brought = b.source
	before := b.h.log.HasEpoch(p.env.EID)
	o, err := b.use(&p, n)
	if err != nil {
		return false, false, err
	}
	x := waiting{Why: o.wait, For: o.on, Epoch: p.env.EID}
	if o.wait != 0 && !o.some && !b.ours && !b.h.waits.room(b.source, len(p.env.Bytes), b.h.apart(x)) {
		o = refuse(errQuota)
	}
	if o.err != nil {
		b.last = o.err
		return false, false, nil
	}
	if err := errors.Join(b.file(n, p.env), b.back(p.env.ID)); err != nil {
		return false, false, err
	}
	b.h.room(brings, live, true)
	if o.wait != 0 {
		if err := b.park(n, p, o); err != nil {
			return false, false, err
		}
		b.nowMade(p.env, o, before)
	}
	return true, true, b.rouse()
}

var (
	errQuota  = &kp1.Error{ECode: "E_QUOTA", Msg: "more than one source may bring at a time"}
	errNoRoom = fmt.Errorf("more of one member than may lie here: %w", errQuota)
)

// elsewhere says whether an epoch is known to belong to another group of this computer. Its id is a hash over the group.
func (l *Ledger) elsewhere(e kp1.EID, than *house) bool {
	if _, ours := than.ring[e]; ours {
		return false
	}
	for _, h := range l.groups {
		if _, theirs := h.ring[e]; theirs && h != than {
			return true
		}
	}
	return false
}

// use opens an envelope as far as that is possible now, and takes in every op that can be. It is called again when what
// the others wait for has come. It is refused only when not one op of it is good.
func (b *batch) use(p *prepared, n uint64) (outcome, error) {
	if p.err != nil {
		return refuse(p.err), nil
	}
	switch p.env.Kind {
	case op.KindPayload:
		return b.usePayload(p.env)
	case op.KindChunk:
		return b.usePart(p)
	}
	if p.ops == nil {
		o, err := b.unlock(p)
		if err != nil || !o.done() {
			return o, err
		}
	}
	b.taking = p.ops
	defer func() { b.taking = nil }()
	var sum, last outcome
	var bad []int
	for i := range p.ops {
		o, err := b.admit(p, i, n)
		switch {
		case err != nil:
			return o, err
		case o.err != nil:
			bad, last = append(bad, i), o
		case o.wait == 0:
			sum.some = true
		default:
			if sum.wait == 0 {
				sum.wait, sum.on = o.wait, o.on
			}
			if s := p.ops[i]; !s.IsAuth() && (o.wait == waitOp || o.wait == waitRef) {
				sum.aside = append(sum.aside, kp1.Link(s.ID))
			}
		}
	}
	switch {
	case sum.wait != 0:
		return sum, nil
	case !sum.some:
		return last, nil
	}
	for _, i := range bad {
		b.h.l.opt.Log.Info("op refused", "op", p.ops[i].ID.Short(), "why", codeOf(last.err))
		if err := b.bad.put(badKey(n, i), nil); err != nil {
			return outcome{}, err
		}
		if s := p.ops[i]; !s.IsAuth() {
			if err := b.noteAgain(s, n); err != nil {
				return outcome{}, err
			}
		}
	}
	return sum, nil
}

// badKey names a refused op in an envelope that holds good ones as well.
func badKey(n uint64, i int) []byte { return append(be64(n), byte(i)) } //nolint:gosec // at most 64 ops in an envelope
