package group

import (
	"slices"

	"kith/store/kp1"
)

// noteHeard keeps the list of removals that no third member has heard of: op i is one, or shows that its author had
// heard of some.
func (l *Log) noteHeard(i int) {
	n := l.nodes[i]
	l.unheard = slices.DeleteFunc(l.unheard, func(r int) bool {
		return n.past.has(r) && !l.nodes[r].deed.signedBy(n.deed.signers[0].member)
	})
	if n.err == nil && n.strike != nil {
		l.unheard = append(l.unheard, i)
	}
}

// Unheard reports whether a removal is here that m did not sign, and of which nobody but those who signed it has yet
// written that they heard: m should say so (protocol 4.2).
func (l *Log) Unheard(m kp1.MID) bool {
	return slices.ContainsFunc(l.unheard, func(r int) bool { return !l.nodes[r].deed.signedBy(m) })
}

// News reports whether anything but Acks is admitted that is not in the past of a device's newest op.
func (l *Log) News(d kp1.DID) bool {
	id, seq := l.Last(d)
	var seen set
	if seq > 0 {
		seen = l.closure(l.index[id])
	}
	news := false
	l.cur.set.minus(seen, func(i int) bool {
		_, ack := l.nodes[i].deed.body.(Ack)
		news = !ack
		return !news
	})
	return news
}
