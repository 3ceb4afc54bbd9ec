package store

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"kith/store/kp1"
	"kith/store/op"
)

// prepared is an envelope taken apart as far as its bytes, and the keys of the moment, allow.
type prepared struct {
	ours    bool // written here, just now
	kept    bool // it was here before, in another envelope: it counts against nobody
	env     op.Envelope
	ops     []op.Signed
	key     op.Key  // with which it opened; none for what was written here, just now
	checked []bool  // the signature of each op was found good
	bad     []error // or bad
	err     error   // refused for ever, all of it
	skipped []byte  // the envelope, when nothing was done because it is here already
}

// vantage is what preparing needs of a house: values that may be read outside the lock.
type vantage struct {
	id     kp1.GID
	ring   ring
	keys   signers
	known  func([]kp1.ID) []bool // which envelopes are here already; nil when none is
	tried  *sync.Map             // opening -> []op.Key: what was derived of the ring
	shared *Shared
}

// opening is for which envelopes keys were derived.
type opening struct {
	epoch kp1.EID
	kind  op.Kind
}

func (h *house) vantage() vantage {
	return vantage{id: h.id, ring: h.ring, keys: h.keys, tried: &sync.Map{}, shared: h.l.opt.Shared}
}

// openers are the keys with which an envelope of this kind and epoch could open; ok is false when the epoch is unknown.
func (v vantage) openers(epoch kp1.EID, kind op.Kind) (keys []op.Key, ok bool) {
	e, ok := v.ring[epoch]
	if !ok {
		return nil, false
	}
	what := opening{epoch, kind}
	if keys, ok := v.tried.Load(what); ok {
		return keys.([]op.Key), true
	}
	keys = e.openers(kind)
	v.tried.Store(what, keys)
	return keys, true
}

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
	v.ripen(&p)
	return p
}

// ripen opens and checks what the keys of now allow.
func (v vantage) ripen(p *prepared) {
	if p.ops == nil {
		keys, ok := v.openers(p.env.EID, p.env.Kind)
		if !ok {
			return
		}
		p.openWith(v.id, keys, v.shared)
	}
	for i, s := range p.ops {
		if pub, known := v.keys[s.Device]; known {
			p.verify(i, pub, v.shared)
		}
	}
}

// ripe reports whether nothing is left to open and to check.
func (p *prepared) ripe() bool {
	if p.err != nil || p.skipped != nil || p.env.Kind == op.KindPayload || p.env.Kind == op.KindChunk {
		return true
	}
	for i := range p.ops {
		if !p.checked[i] && p.bad[i] == nil {
			return false
		}
	}
	return p.ops != nil
}

// ripenChunk is how many envelopes are looked at again at once when one of them could not be opened when it came.
const ripenChunk = 64

// ripenNext looks again, on every core, at the first of what is to be filed next: the keys of most of a newcomer's
// history came in the same batch, or in one that was filed while this one was prepared. It returns how many that were.
func (v vantage) ripenNext(next []prepared) int {
	next = next[:min(len(next), ripenChunk)]
	onEveryCore(len(next), func(i int) {
		if p := &next[i]; !p.ripe() {
			v.ripen(p)
		}
	})
	return len(next)
}

// open tries the keys of an epoch. Without a fitting key the ops stay nil.
func (p *prepared) open(g kp1.GID, e epoch) { p.openWith(g, e.openers(p.env.Kind), nil) }

func (p *prepared) openWith(g kp1.GID, keys []op.Key, shared *Shared) {
	ops, key, err := shared.openOps(g, p.env, keys)
	switch {
	case errors.Is(err, op.ErrNoKey):
	case err != nil:
		p.err = err
	default:
		p.key = key
		p.ops, p.checked, p.bad = ops, make([]bool, len(ops)), make([]error, len(ops))
	}
}

// verify checks the signature of one op, once. Each op of an envelope stands for itself: who sealed them together need
// not be the author of any, and a bad one must not take a good one with it on some computers and not on others.
func (p *prepared) verify(i int, pub ed25519.PublicKey, shared *Shared) {
	if p.checked[i] || p.bad[i] != nil {
		return
	}
	if err := shared.verify(p.ops[i], pub); err != nil {
		p.bad[i] = fmt.Errorf("%w: %w", ErrForged, err)
		return
	}
	p.checked[i] = true
}

// prepareAll prepares on every core, and passes over what is known to be here.
func (v vantage) prepareAll(raws [][]byte) []prepared {
	out := make([]prepared, len(raws))
	known := make([]bool, len(raws))
	if v.known != nil {
		ids := make([]kp1.ID, len(raws))
		onEveryCore(len(raws), func(i int) { ids[i] = kp1.Sum(raws[i]) })
		known = v.known(ids)
		for i, id := range ids {
			out[i] = prepared{env: op.Envelope{ID: id}, skipped: raws[i]}
		}
	}
	onEveryCore(len(raws), func(i int) {
		if !known[i] {
			out[i] = v.prepare(raws[i])
		}
	})
	return out
}

// onEveryCore calls do for 0 to n-1.
func onEveryCore(n int, do func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				do(i)
			}
		})
	}
	wg.Wait()
}
