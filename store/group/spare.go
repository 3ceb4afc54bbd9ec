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
