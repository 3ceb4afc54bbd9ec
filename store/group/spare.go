package group

import (
	"slices"

	"kith/store/kp1"
)

// Spares reports whether an op that has just been admitted leaves every ruling of Content as it was, for all content up to
// these chain heads. No chain may be forked. When in doubt it says no.
func (l *Log) Spares(id kp1.ID, heads []CutEntry) bool {
	i, ok := l.index[id]
	if !ok {
		return false
	}
	n := l.nodes[i]
	if _, late := n.deed.body.(AdmitLate); late {
		return n.err != nil
	}
	if n.err != nil || n.strike == nil {
		return true // rulings ask for removals, what answers them, and an op's own past
	}
	if len(l.late) > 0 { // it may undo one of those
		return false
	}
	return !slices.ContainsFunc(heads, func(h CutEntry) bool {
		if !l.strikes(n, h.Device) || n.strike.lower && mayRead(n.strike.lost, h.Comp) {
			return false
		}
		return !ContentRef{Device: h.Device, Comp: h.Comp, Seq: h.Seq, ID: kp1.ID(h.ID)}.covered(n.deed.cut)
	})
}

// Repeats reports whether an op that has just been admitted tells again of a device that cheated, with nothing that was not
// in force before: somebody whom its author had heard told of the device with as much weight, left standing no more of what
// it wrote, and nobody has let it in since. Whoever holds the proof can say so again for ever, each time in other words.
func (l *Log) Repeats(id kp1.ID) bool {
	i, ok := l.index[id]
	if !ok {
		return false
	}
	n := l.nodes[i]
	body, is := n.deed.body.(Evidence)
	if !is || n.err != nil || n.strike == nil {
		return false
	}
	since := func(r int) bool {
		return slices.ContainsFunc(l.names[body.Device], func(k int) bool { return l.nodes[k].past.has(r) })
	}
	return slices.ContainsFunc(l.revokes[body.Device], func(r int) bool {
		if r == i || !n.past.has(r) || !l.cur.effective(r) || since(r) {
			return false
		}
		k := l.nodes[r].strike
		auth := n.strike.chain != kp1.ChainAuth || !k.proof || k.chain == kp1.ChainAuth && k.seq <= n.strike.seq
		own := slices.ContainsFunc(l.names[body.Device], func(x int) bool { return l.nodes[r].deed.signedBy(l.owner(x, body.Device)) })
		return auth && !own && k.power >= n.strike.power &&
			!slices.ContainsFunc(l.nodes[r].deed.cut, func(e CutEntry) bool {
				return e.Device == body.Device && !slices.Contains(n.deed.cut, e)
			})
	})
}

// strikes reports whether a removal speaks of a device or of somebody who was ever said to own it.
func (l *Log) strikes(n *node, d kp1.DID) bool {
	owns := func(m kp1.MID) bool {
		return slices.ContainsFunc(l.names[d], func(i int) bool { return l.owner(i, d) == m })
	}
	switch b := n.deed.body.(type) {
	case Remove:
		return owns(b.Member)
	case SetRole:
		return owns(b.Member)
	case RevokeDevice:
		return slices.Contains(b.Devices, d)
	case Evidence:
		return b.Device == d
	}
	return true
}
