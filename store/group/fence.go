package group

import (
	"errors"
	"maps"
	"slices"

	"kith/store/kp1"
)

// The fences of protocol 4.6 are the only part of the log that looks at what was heard first. They decide what is
// admitted; what the admitted ops then mean is the resolver's alone.

// queue is what waits. An op either rests on another that waits, or a fence holds it; it is asked again only when that
// may have changed.
type queue struct {
	held    []int            // all that waits, ascending
	behind  map[int][]int    // by an op that waits: those that rest on it
	fenced  map[int]bool     // those whose past is admitted
	vouched map[int][]signer // who has named an op that waits in the past of one of theirs
	spoken  map[kp1.DID]set  // what a device's ops have named, as far as it was asked
	open    bool             // no fences: what the resolver alone would say
}

func newQueue() queue {
	return queue{
		behind: map[int][]int{}, fenced: map[int]bool{}, vouched: map[int][]signer{}, spoken: map[kp1.DID]set{},
	}
}

// gate admits the newest op if no fence holds it, and then whatever it lets through. An op that is restored passes if
// its past is here.
func (l *Log) gate(i int, restore bool) {
	again := l.vouch(l.nodes[i].past, l.nodes[i].deed.signers[0])
	_, rests := l.rests(i)
	if restore && !rests || l.passes(i) {
		again = append(again, l.letIn(i)...)
	} else {
		l.held = append(l.held, i)
	}
	l.release(again, false)
}

// release asks the fences again for these of the ops that wait, and for all that each one let in may change. entered
// says that some of what waited was let in already.
func (l *Log) release(ask []int, entered bool) {
	for len(ask) > 0 {
		slices.Sort(ask) // pasts first
		round := slices.Compact(ask)
		ask = nil
		for _, h := range round {
			if !l.cur.set.has(h) && l.passes(h) {
				entered = true
				ask = append(ask, l.letIn(h)...)
			}
		}
	}
	if entered {
		l.held = slices.DeleteFunc(l.held, l.cur.set.has)
	}
}

// letIn admits an op and returns which others to ask again.
func (l *Log) letIn(h int) (again []int) {
	again = l.behind[h]
	delete(l.behind, h)
	delete(l.fenced, h)
	delete(l.vouched, h)
	l.admit(h)
	if l.nodes[h].stirs() {
		again = slices.AppendSeq(slices.Clip(again), maps.Keys(l.fenced))
	}
	return again
}

// stirs reports whether an op may change who may do what.
func (n *node) stirs() bool {
	switch n.deed.body.(type) {
	case SetRole, Confirm, Elect:
		return n.err == nil
	}
	return n.err == nil && (len(n.certs) > 0 || n.strike != nil)
}

// vouch remembers that a signer has named ops that wait, and returns those.
func (l *Log) vouch(past set, by signer) (named []int) {
	if len(l.held) == 0 {
		return nil
	}
	past.minus(l.spoken[by.device], func(h int) bool {
		if !l.cur.set.has(h) {
			l.vouched[h] = append(l.vouched[h], by)
			named = append(named, h)
		}
		return true
	})
	l.spoken[by.device] = l.spoken[by.device].union(past)
	return named
}

// rests returns an op that waits on which op i rests.
func (l *Log) rests(i int) (on int, waits bool) {
	for _, r := range l.nodes[i].refs {
		if !l.cur.set.has(r) {
			return r, true
		}
	}
	return 0, false
}

// passes reports whether an op may enter now; if not, it is filed by what it waits for.
func (l *Log) passes(i int) bool {
	if on, waits := l.rests(i); waits {
		if !slices.Contains(l.behind[on], i) {
			l.behind[on] = append(l.behind[on], i)
		}
		return false
	}
	if l.open || l.oneChain(i) && (l.stillAllowed(l.nodes[i]) || l.vouchedFor(i)) {
		return true
	}
	l.fenced[i] = true
	return false
}

// oneChain is fence (a): a second branch of a device's auth chain enters only with a witness.
func (l *Log) oneChain(i int) bool {
	n := l.nodes[i]
	f, ok := l.first[link{n.op.Device, n.op.Prev}]
	if !ok || l.off.fork {
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
	if _, ok := n.body.(Genesis); ok || l.off.late {
		return true
	}
	if n.err != nil {
		s := n.deed.signers[0]
		return l.cur.people[s.member].in && l.cur.gear[s.device].in
	}
	_, err := l.cur.allows(n.deed, true)
	return err == nil
}

// vouchedFor reports whether the word of members who did not sign an op, by devices that are in now, lets it in.
func (l *Log) vouchedFor(i int) bool {
	n := l.nodes[i]
	var by []signer
	for _, s := range l.vouched[i] {
		if l.cur.gear[s.device].in && !n.deed.signedBy(s.member) {
			by = append(by, s)
		}
	}
	return len(by) > 0 && (l.off.keys || l.cur.backed(n, by))
}

// backed reports whether these words are enough for an act that its signers could not do now. If it is they who have
// lost something, any word is. If the act would need more now even from signers who stood as they did then, because the
// quorum has grown or the target has risen, then those who vouch are the keys that are missing (protocol 4.6, G5): with
// them, or without the signers, it has to be allowed.
func (v *view) backed(n *node, by []signer) bool {
	if n.err != nil {
		return true // it has no effect
	}
	then := v.restored(n.deed.signers)
	if _, ok := n.deed.body.(Evidence); ok {
		then = v // who proves something needs no rank for it, but has lost the power to undo with it
	}
	if _, err := then.allows(n.deed, true); err == nil {
		return true
	}
	target := then.target(n.deed.body)
	for _, rank := range []uint8{kp1.RankAdmin, kp1.RankSteward} {
		d := deed{body: n.deed.body}
		for _, s := range slices.Concat(n.deed.signers, by) {
			if s.member != target && then.people[s.member].rank >= rank {
				d.signers = append(d.signers, s)
			}
		}
		if len(d.signers) == 0 {
			continue
		}
		if _, err := then.allows(d, true); err == nil {
			return true
		}
	}
	return false
}

// restored returns v with these signers in, each with the rank they signed with.
func (v *view) restored(signers []signer) *view {
	w := v.clone()
	for _, s := range signers {
		p := w.people[s.member]
		p.in, p.rank = true, s.rank
		w.people[s.member] = p
		w.gear[s.device] = gear{member: s.member, in: true}
	}
	return w
}

// target returns whom an act is about, as far as table 4.1 asks who may do it; zero for nobody.
func (v *view) target(b Body) kp1.MID {
	switch b := b.(type) {
	case Admit:
		return b.Member
	case Remove:
		return b.Member
	case SetRole:
		return b.Member
	case RevokeDevice:
		return v.gear[b.Devices[0]].member
	case Confirm:
		return v.gear[b.Device].member
	case Evidence:
		return v.gear[b.Device].member
	}
	return kp1.MID{}
}

// Crowded reports whether an op that is not here would wait behind a fence, and as many of its device wait there already as
// an honest device could ever write. A place in a chain has room for any number of second versions, each with any date.
func (l *Log) Crowded(o Op) bool {
	if len(l.held) < kp1.MaxAuthSeq || l.Has(o.ID) {
		return false
	}
	n := 0
	for _, h := range l.held {
		if l.nodes[h].op.Device == o.Device {
			n++
		}
	}
	if n < kp1.MaxAuthSeq {
		return false
	}
	_, twin := l.first[link{o.Device, o.Prev}]
	prev, here := l.index[o.Prev]
	return twin || here && !l.cur.set.has(prev) || errors.Is(l.copied().Add(o), ErrWaiting)
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
	g := l.cur.gear[d]
	if g.member.IsZero() { // nobody's: all that names it was undone
		return
	}
	var s set
	for _, id := range heads {
		if i, ok := l.index[id]; ok {
			s = s.union(l.closure(i))
		}
	}
	l.release(l.vouch(s, signer{member: g.member, device: d}), false)
}

// Pin admits these ops and their pasts without asking the fences: the heads that a Welcome names. It returns a
// *MissingError when one is not here.
func (l *Log) Pin(heads []kp1.ID) error {
	s, err := l.closureOf(heads)
	if err != nil {
		return err
	}
	var again []int
	for _, h := range l.held {
		if s.has(h) {
			again = append(again, h)
			again = append(again, l.letIn(h)...)
		}
	}
	l.release(again, len(again) > 0)
	return nil
}

// Fork is two ops at one place of a device's auth chain: what Evidence is made of.
type Fork struct {
	Device        kp1.DID
	First, Second kp1.ID
	Out           bool // the device is out already
}

// Forks returns the pairs of ops that show a device has signed two in one place, and that no Evidence here has answered.
func (l *Log) Forks() []Fork { return l.ForksFor(kp1.RankGuest) }

// ForksFor returns the forks that an Evidence by somebody of this rank would still answer better than those that are
// here: what it undoes of a device's acts depends on the rank of who signs it, so an admin answers once more what a
// member has answered before.
func (l *Log) ForksFor(rank uint8) []Fork {
	var out []Fork
	for _, i := range sorted(slices.Concat(l.twins, l.held)) {
		n := l.nodes[i]
		f, ok := l.first[link{n.op.Device, n.op.Prev}]
		if !ok || slices.ContainsFunc(l.revokes[n.op.Device], func(r int) bool {
			k := l.nodes[r].strike
			return l.cur.effective(r) && (!k.proof || k.chain == kp1.ChainAuth && k.seq <= n.op.Seq && k.power >= rank)
		}) {
			continue
		}
		out = append(out, Fork{n.op.Device, l.nodes[f].op.ID, n.op.ID, l.cur.gear[n.op.Device].gone})
	}
	return out
}
