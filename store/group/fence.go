package group

import (
	"slices"

	"kith/store/kp1"
)

// The fences of protocol 4.6 are the only part of the log that looks at what was heard first. They decide what is
// admitted; what the admitted ops then mean is the resolver's alone.

// gate admits the newest op if no fence holds it, and then whatever it lets through.
func (l *Log) gate(i int) {
	l.vouch(l.nodes[i].past, l.nodes[i].deed.signers[0])
	l.held = append(l.held, i)
	l.release()
}

// release admits, in order, every op that no fence holds any longer.
func (l *Log) release() {
	for again := true; again; {
		again = false
		for _, h := range slices.Clone(l.held) {
			if l.passes(h) {
				l.letIn(h)
				again = len(l.held) > 0
			}
		}
	}
}

func (l *Log) letIn(h int) {
	l.held = slices.DeleteFunc(l.held, func(o int) bool { return o == h })
	delete(l.vouched, h)
	l.admit(h)
}

// vouch remembers that a signer has named ops that wait.
func (l *Log) vouch(past set, by signer) {
	for _, h := range l.held {
		if past.has(h) && !slices.ContainsFunc(l.vouched[h], func(s signer) bool { return s.device == by.device }) {
			l.vouched[h] = append(l.vouched[h], by)
		}
	}
}

// passes reports whether an op may enter now.
func (l *Log) passes(i int) bool {
	n := l.nodes[i]
	if !n.past.in(l.cur.set) {
		return false
	}
	if l.open {
		return true
	}
	return l.oneChain(i) && (l.stillAllowed(n) || l.vouchedFor(i))
}

// oneChain is fence (a): a second branch of a device's auth chain enters only with a witness.
func (l *Log) oneChain(i int) bool {
	n := l.nodes[i]
	f, ok := l.first[link{n.op.Device, n.op.Prev}]
	if !ok {
		return true
	}
	var before set // what both branches could have known
	if n.op.Seq > 1 {
		before = l.nodes[l.index[n.op.Prev]].past
	} else {
		before = n.past.intersect(l.nodes[f].past)
	}
	v := l.resolve(before)
	return slices.ContainsFunc(l.vouched[i], func(s signer) bool {
		return s.member != n.deed.signers[0].member && v.people[s.member].in
	})
}

// stillAllowed is fence (b): whether the op's signers could do this in the current state. Of an op that was not valid
// in its own past, and so has no effect, only the standing of its device is asked.
func (l *Log) stillAllowed(n *node) bool {
	if _, ok := n.body.(Genesis); ok {
		return true
	}
	if n.err != nil {
		s := n.deed.signers[0]
		return l.cur.people[s.member].in && l.cur.gear[s.device].in
	}
	_, err := l.cur.allows(n.deed, true)
	return err == nil
}

// vouchedFor reports whether a member who did not sign an op, by a device that is in now, has named it.
func (l *Log) vouchedFor(i int) bool {
	return slices.ContainsFunc(l.vouched[i], func(s signer) bool {
		return l.cur.gear[s.device].in && !l.nodes[i].deed.signedBy(s.member)
	})
}

// Held returns the ops that wait behind a fence, in the order they came.
func (l *Log) Held() []kp1.ID {
	out := make([]kp1.ID, len(l.held))
	for k, h := range l.held {
		out[k] = l.nodes[h].op.ID
	}
	return out
}

// Vouch tells the log that a content op, signed by this device, named these auth heads. Heads that are not here are
// ignored.
func (l *Log) Vouch(d kp1.DID, heads []kp1.ID) {
	if len(l.held) == 0 {
		return
	}
	g, ok := l.cur.gear[d]
	if !ok {
		return
	}
	var s set
	for _, id := range heads {
		if i, ok := l.index[id]; ok {
			s = s.union(l.closure(i))
		}
	}
	l.vouch(s, signer{member: g.member, device: d})
	l.release()
}

// Pin admits these ops and their pasts without asking the fences: the heads that a Welcome names. It returns a
// *MissingError when one is not here.
func (l *Log) Pin(heads []kp1.ID) error {
	s, err := l.closureOf(heads)
	if err != nil {
		return err
	}
	for _, h := range slices.Clone(l.held) {
		if s.has(h) {
			l.letIn(h)
		}
	}
	l.release()
	return nil
}

// Restore is Add for an op that this replica had admitted before it was last closed: the fences are not asked again.
// Ops are restored in the order they were first added; those that Held had named come after them, through Add.
func (l *Log) Restore(o Op) error {
	was := l.open
	l.open = true
	defer func() { l.open = was }()
	return l.Add(o)
}

// Fork is two ops at one place of a device's auth chain: what Evidence is made of.
type Fork struct {
	Device        kp1.DID
	First, Second kp1.ID
}

// Forks returns the pairs of ops that show a device has signed two in one place, and that no Evidence here has answered.
func (l *Log) Forks() []Fork {
	var out []Fork
	for i, n := range l.nodes {
		f, ok := l.first[link{n.op.Device, n.op.Prev}]
		if ok && f != i && !l.cur.gear[n.op.Device].gone {
			out = append(out, Fork{n.op.Device, l.nodes[f].op.ID, n.op.ID})
		}
	}
	return out
}
