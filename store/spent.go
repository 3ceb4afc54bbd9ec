package store

import (
	"maps"
	"slices"

	"kith/store/kp1"
	"kith/store/op"
)

// The content keys of an epoch open every recorded copy of what was sealed under it, taken away or not. They are kept for
// as long as anything that is kept was sealed under them, and go with the last of it (protocol.md 5.9).

// spentAfter is how long, in seconds, an epoch has to have been followed by another before its keys may go: for so long
// its mailbox is asked for what was left there, and for so long box keys are kept that open the box in which they came.
const spentAfter = 90 * daySeconds

// noteErased remembers that something that was sealed under a content key was taken away.
func (b *batch) noteErased(id kp1.EID, chain byte) error {
	e, ok := b.h.ring[id]
	if !ok || int(chain) >= comps || e.erased[chain] {
		return nil
	}
	e.erased[chain] = true
	return b.h.setEpochs(b.t, e)
}

// taken says what of the keys e that came in a box is taken, beside those that are here. What was let go does not come
// back out of an old box. It does when something waits for it, and somebody who holds it hands it over anew.
func (b *batch) taken(in op.Kind, have, e epoch) (was, news epoch) {
	wanted := in == op.KindGrant && len(b.h.waits.on(waitKey, e.id[:])) > 0
	for c := range comps {
		switch {
		case !have.spent[c]:
		case wanted && (e.key[c] != nil || e.cont[c] != nil):
			have.spent[c], have.erased[c] = false, true
		default:
			e.key[c], e.cont[c] = nil, nil
		}
	}
	return have, e
}

// letGo drops the content keys under which nothing is sealed that is kept, of epochs of which something was taken away
// and that nobody writes under any more. It says how many.
func (b *batch) letGo(now uint64) (n int, err error) {
	if !b.h.levelled() { // more of it may be on its way
		return 0, nil
	}
	idle := map[kp1.EID][comps]bool{}
	for id, e := range b.h.ring {
		var may [comps]bool
		for c := range uint8(comps) {
			may[c] = e.erased[c] && e.reads(c) && b.h.left(id, c, now)
		}
		if may != ([comps]bool{}) {
			idle[id] = may
		}
	}
	if len(idle) == 0 {
		return 0, nil
	}
	if err := b.log.each(0, func(n uint64, plain []byte) (bool, error) {
		env, err := decodeEntry(n, plain)
		if err != nil {
			return false, err
		}
		may, asked := idle[env.EID]
		if !asked || env.Kind != op.KindOps {
			return true, nil
		}
		_, key, err := b.h.openOps(&prepared{env: env})
		switch {
		case err != nil: // it waits, and nobody can say for which key
			may = [comps]bool{}
		case int(key.Chain) < comps:
			may[key.Chain] = false
		}
		if idle[env.EID] = may; may == ([comps]bool{}) {
			delete(idle, env.EID)
		}
		return len(idle) > 0, nil
	}); err != nil {
		return 0, err
	}
	var gone []epoch
	for _, id := range slices.SortedFunc(maps.Keys(idle), kp1.EID.Compare) {
		e := b.h.ring[id]
		for c, may := range idle[id] {
			if may {
				e = e.without(uint8(c)) //nolint:gosec // three compartments
				n++
			}
		}
		gone = append(gone, e)
	}
	if n == 0 {
		return 0, nil
	}
	if err := b.h.setEpochs(b.t, gone...); err != nil {
		return 0, err
	}
	return n, b.markErased()
}

// left says whether an epoch was left by everybody who is in, long enough ago: what each of their devices last said in a
// compartment was said in the knowledge of one that follows it.
func (h *house) left(id kp1.EID, comp uint8, now uint64) bool {
	var later []kp1.ID
	for _, e := range h.log.Followers(id) {
		if o, ok := h.log.Op(e.Op); ok && now >= spentAfter && o.Time <= now-spentAfter {
			later = append(later, e.Op)
		}
	}
	if len(later) == 0 {
		return false
	}
	for _, d := range h.state().Devices {
		if d.ID == h.self.Device {
			continue
		}
		heads := h.chains[chain{d.ID, comp}].auth
		if len(heads) == 0 {
			last, seq := h.log.Last(d.ID)
			if seq == 0 {
				return false
			}
			heads = []kp1.ID{last}
		}
		if !slices.ContainsFunc(later, func(op kp1.ID) bool {
			knew, err := h.log.Covers(heads, []kp1.ID{op})
			return err == nil && knew
		}) {
			return false
		}
	}
	return true
}

// without is the epoch without its content key of a compartment. How its people meet and who belongs stay readable.
func (e epoch) without(comp uint8) epoch {
	if comp == kp1.CompAll {
		e.auth, e.hello = e.authKey(), e.helloKey()
	}
	e.key[comp], e.cont[comp] = nil, nil
	e.erased[comp], e.spent[comp] = false, true
	return e
}
