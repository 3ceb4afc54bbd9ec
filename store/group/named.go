package group

import "kith/store/kp1"

// MayOpen reports whether a device is one that may have the key by which content of a compartment opens that was sealed
// under an epoch: it is in, its person reads there, and the epoch is in use or within that person's history.
func (l *Log) MayOpen(d kp1.DID, e kp1.EID, comp uint8) bool {
	g := l.cur.gear[d]
	r, ok := l.rekeyOf(e)
	if !ok || !g.in || !mayRead(l.cur.people[g.member].rank, comp) {
		return false
	}
	if pick, ok := l.Pick(comp); ok && pick == e {
		return true
	}
	return l.epochs.handed[keyring{e, d}].mask&MaskContent(comp) != 0 || l.reader(l.entries(g.member))(r)
}
