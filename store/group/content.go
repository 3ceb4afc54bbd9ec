package group

import (
	"slices"

	"kith/store/kp1"
)

// ContentRef is what the log needs to know of a content op.
type ContentRef struct {
	Device kp1.DID
	Comp   uint8
	Seq    uint64
	ID     kp1.ID
	Auth   []kp1.ID // its auth heads

	// Leads reports whether this op is on the chain that ends in tip, by prev. It is asked only for ops before a cut;
	// nil says that the device has one chain in this compartment, so that seq decides.
	Leads func(tip kp1.ID) bool
}

// Ruling is what becomes of a content op.
type Ruling uint8

// The rulings of protocol 5.6. The numbers stay.
const (
	Accept  Ruling = 1 // shown
	Hidden  Ruling = 2 // kept but not shown: a removal does not cover it
	Refused Ruling = 3 // never: its author could not write this in its own past
	Wait    Ruling = 4 // its auth heads are not here, or wait behind a fence
)

// Verdict is a ruling and whose op it is, by the op's own past.
type Verdict struct {
	Ruling Ruling
	Member kp1.MID
	Rank   uint8
	By     []kp1.ID // for Hidden: the removals that do it; for Wait: the auth ops
}

// Content rules on a content op (protocol 5.6). The ruling is a function of the admitted auth ops and the op; it may
// change when Changes does, except that Refused stays. What the op before it had heard is not asked: that op may be taken
// away before everybody has it, and its heads go with it.
func (l *Log) Content(c ContentRef) Verdict {
	var waits []kp1.ID
	for _, id := range c.Auth {
		if !l.Admitted(id) {
			waits = append(waits, id)
		}
	}
	if len(waits) > 0 {
		return Verdict{Ruling: Wait, By: waits}
	}
	past, _ := l.closureOf(c.Auth)
	if len(c.Auth) == 0 || len(c.Auth) > kp1.MaxAuthRefs || rising("", c.Auth, kp1.ID.Compare) != nil {
		return Verdict{Ruling: Refused}
	}
	v := l.resolve(past)
	g := v.gear[c.Device]
	p := v.people[g.member]
	out := Verdict{Ruling: Refused, Member: g.member, Rank: p.rank}
	if !g.in || !mayRead(p.rank, c.Comp) || c.Seq == 0 || c.Seq > kp1.MaxContentSeq {
		return out
	}
	for _, r := range l.against(g.member, c.Device) {
		n := l.nodes[r]
		if past.has(r) || n.strike.lower && mayRead(n.strike.lost, c.Comp) || c.covered(n.deed.cut) {
			continue
		}
		out.By = append(out.By, n.op.ID)
	}
	out.Ruling = Accept
	if len(out.By) > 0 && !l.admittedLate(c) {
		out.Ruling = Hidden
		slices.SortFunc(out.By, kp1.ID.Compare)
		return out
	}
	out.By = nil
	return out
}

// against returns the admitted removal-like ops that concern a member or a device of theirs.
func (l *Log) against(m kp1.MID, d kp1.DID) []int {
	return slices.DeleteFunc(slices.Concat(l.removes[m], l.lowers[m], l.revokes[d]), func(i int) bool {
		return !l.cur.effective(i)
	})
}

// covered reports whether a cut leaves the op standing: it is at or before the cut, on the chain that ends there.
func (c ContentRef) covered(cut Cut) bool {
	for _, e := range cut {
		if e.Device != c.Device || e.Comp != c.Comp || c.Seq > e.Seq {
			continue
		}
		if c.Seq == e.Seq {
			return c.ID == kp1.ID(e.ID)
		}
		return c.Leads == nil || c.Leads(kp1.ID(e.ID))
	}
	return false
}

// admittedLate reports whether an effective AdmitLate names the op, or has a cut that covers it.
func (l *Log) admittedLate(c ContentRef) bool {
	return slices.ContainsFunc(l.late, func(i int) bool {
		b, ok := l.nodes[i].body.(AdmitLate)
		return ok && l.cur.effective(i) && (slices.Contains(b.Ops, kp1.Link(c.ID)) || c.covered(b.Cut))
	})
}

// Covers reports whether the auth heads a, with their pasts, hold all that b does. Unknown heads are a *MissingError.
func (l *Log) Covers(a, b []kp1.ID) (bool, error) {
	sa, err := l.closureOf(a)
	if err != nil {
		return false, err
	}
	sb, err := l.closureOf(b)
	return err == nil && sb.in(sa), err
}
