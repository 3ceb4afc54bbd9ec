package group

import (
	"cmp"
	"slices"

	"kith/store/kp1"
)

// Matter is one line of the review queue behind table 4.5 of the protocol: something a removal has undone, or that
// waits, which people may want to settle. It is a value.
type Matter struct {
	Kind MatterKind
	Act  // what was done

	// Causes are the acts that brought this about, ascending by id: the removals that undid or overrule the act, those
	// that hit its signers, or what has changed since an act that waits. They may be none.
	Causes []Act

	Fence Fence   // of Waiting: what holds it
	Loss  Loss    // of Waiting behind the late fence: what its signers no longer have
	Who   kp1.MID // with a Loss: the signer it concerns
	More  int     // of Waiting: what else of the same device waits

	// Keep would bring back the person this is about, with the same signed join request, by an admin who has both in
	// view: nil where there is nobody to bring back or the person has to ask anew. Whether one admin is enough is for
	// Log.Check to say.
	Keep *Admit
}

// Act is what an op does, and who did it. An Approve is the act it approves, signed by both.
type Act struct {
	Op      kp1.ID
	Type    string    // of the act
	By      []kp1.MID // who signed it, the author first
	Member  kp1.MID   // whom it is about, zero for nobody
	Devices []kp1.DID // which devices it names or takes away
	Rank    uint8     // of Admit, SetRole and Elect: the rank it gives
	Time    uint64    // when it was done, as its author says: unix seconds

	device kp1.DID
	seq    uint64
}

// MatterKind says why something is in the review queue.
type MatterKind uint8

// The kinds of matter. The numbers stay.
const (
	// Undone is an act without effect: a removal that it did not know of hit who did it, or what it rests on.
	Undone MatterKind = 1
	// Overruled is an act that lets a person in or raises them, and a removal of that person that did not know of it.
	Overruled MatterKind = 2
	// Stands is a removal in effect by somebody who was removed meanwhile: another person can undo what it did.
	Stands MatterKind = 3
	// Waiting is an act behind a fence. An Ack that names it lets it stand; otherwise it stays where it is.
	Waiting MatterKind = 4
)

// Fence says what holds an op that waits.
type Fence uint8

// The fences of protocol 4.6. The numbers stay.
const (
	FenceBefore Fence = 1 // it builds on an op that waits
	FenceFork   Fence = 2 // (a): its device has signed another op in the same place
	FenceLate   Fence = 3 // (b): its signers could not do this now
)

// Loss says what the signers of an act behind the late fence no longer have.
type Loss uint8

// The losses. The numbers stay.
const (
	LossPlace  Loss = 1 // the signer is out
	LossDevice Loss = 2 // the signer's device is out, or waits for a Confirm
	LossRank   Loss = 3 // the signer's rank is lower now
	LossKeys   Loss = 4 // the signers stand, but the act needs more of them now, or others: the quorum or its target rose
)

// Review returns the review queue: what removals have undone or overrule, what removed people took away, and what
// waits. A matter is gone once an effective act on the same person, device or setting has it and all its causes in its
// past: then somebody who knew of both has decided. Matters are in order of kind, then of author, then as the author
// wrote them; replicas with the same ops admitted and waiting have the same. Of what waits of one device, the
// first has a line, that says how many more there are.
func (l *Log) Review() []Matter {
	var out []Matter
	v := l.cur
	v.void.minus(set{}, func(i int) bool {
		causes := v.blame(i)
		if l.reviewable(i) && !v.decided(i, causes) {
			m := Matter{Kind: Undone, Act: l.act(i), Causes: l.acts(causes)}
			if m.Type == TypeAdmit {
				m.Keep = l.keep(i)
			}
			out = append(out, m)
		}
		return true
	})
	for i, n := range l.nodes {
		switch {
		case n.err != nil || !v.effective(i):
		case n.strike != nil && n.strike.proof: // proves itself, whoever shows it
		case n.strike != nil:
			if causes := v.blame(i); len(causes) > 0 && !n.deed.signedBy(v.target(n.deed.body)) && !v.decided(i, causes) {
				out = append(out, Matter{Kind: Stands, Act: l.act(i), Causes: l.acts(causes), Keep: l.keep(i)})
			}
		default:
			if causes := v.overruled(i); len(causes) > 0 && !v.decided(i, causes) {
				out = append(out, Matter{Kind: Overruled, Act: l.act(i), Causes: l.acts(causes), Keep: l.keep(i)})
			}
		}
	}
	for _, i := range l.held {
		out = append(out, l.waiting(i))
	}
	slices.SortFunc(out, func(a, b Matter) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), a.By[0].Compare(b.By[0]), a.device.Compare(b.device),
			cmp.Compare(a.seq, b.seq), a.Op.Compare(b.Op))
	})
	return gather(out)
}

// gather leaves one line of what waits of each device, and one more of keys, votes and the like, which are not for people:
// nobody reads a thousand lines. What waits rests on what the same device wrote before it, so the first says it for all;
// where the device has signed twice in one place, the first of those.
func gather(all []Matter) []Matter {
	type line struct {
		device kp1.DID
		quiet  bool
	}
	forks := map[kp1.DID]bool{}
	for _, m := range all {
		forks[m.device] = forks[m.device] || m.Fence == FenceFork
	}
	of := func(m Matter) line { return line{m.device, !forks[m.device] && !m.ForPeople()} }
	waits, first := map[line]int{}, map[line]kp1.ID{}
	for _, m := range all {
		if m.Kind != Waiting {
			continue
		}
		at := of(m)
		if waits[at]++; first[at].IsZero() && (m.Fence == FenceFork || !forks[m.device]) {
			first[at] = m.Op
		}
	}
	out := all[:0]
	for _, m := range all {
		if at := of(m); m.Kind != Waiting {
			out = append(out, m)
		} else if first[at] == m.Op {
			m.More = waits[at] - 1
			out = append(out, m)
		}
	}
	return out
}

// ForPeople reports whether a person can settle the matter. Keys, votes and the like follow what they rest on.
func (m Matter) ForPeople() bool {
	if m.Kind != Waiting || m.Fence == FenceFork {
		return true
	}
	switch m.Type {
	case TypeAdmit, TypeAddDevice, TypeConfirm, TypeRemove, TypeRevokeDevice, TypeSetRole, TypePolicy, TypeAdmitLate, TypeElect:
		return true
	}
	return false
}

// act describes what an op does.
func (l *Log) act(i int) Act {
	n := l.nodes[i]
	a := Act{Op: n.op.ID, Type: n.op.Type, Time: n.op.Time, device: n.op.Device, seq: n.op.Seq}
	for _, s := range n.deed.signers {
		a.By = append(a.By, s.member)
	}
	for _, c := range n.certs {
		a.Devices = append(a.Devices, c.Device())
	}
	if n.deed.body == nil {
		return a
	}
	a.Type = n.deed.body.Type()
	switch b := n.deed.body.(type) {
	case Genesis:
		a.Member, a.Rank = b.Cert.Member, kp1.RankAdmin
	case Admit:
		a.Member, a.Rank = b.Member, b.Rank
	case AddDevice:
		a.Member = b.Cert.Member
	case Confirm:
		a.Devices = []kp1.DID{b.Device}
	case Remove:
		a.Member = b.Member
	case RevokeDevice:
		a.Devices = b.Devices
	case SetRole:
		a.Member, a.Rank = b.Member, b.Rank
	case Evidence:
		a.Devices = []kp1.DID{b.Device}
	case Vote:
		a.Member = b.Member
	case Elect:
		a.Member, a.Rank = b.Member, kp1.RankAdmin
	}
	if a.Member.IsZero() && len(a.Devices) > 0 {
		a.Member = l.cur.gear[a.Devices[0]].member
	}
	a.Devices = sortIDs(a.Devices, kp1.DID.Compare)
	return a
}

func (l *Log) acts(ops []int) []Act {
	var out []Act
	for _, i := range ops {
		out = append(out, l.act(i))
	}
	slices.SortFunc(out, func(a, b Act) int { return a.Op.Compare(b.Op) })
	return out
}

// reviewable reports whether an undone op is one that a person would want to see: not a key, a vote or an Ack, and not
// about who is in again or a device that is.
func (l *Log) reviewable(i int) bool {
	switch b := l.nodes[i].deed.body.(type) {
	case Admit:
		return !l.cur.people[b.Member].in
	case AddDevice:
		return l.cur.people[b.Cert.Member].in && !l.cur.gear[b.Cert.Device()].in
	case Confirm:
		return l.cur.gear[b.Device].waits
	case SetRole, Elect, SetPolicy, AdmitLate:
		return true
	}
	return false
}

// blame returns the removals that undo an op, or would if it were not a removal itself: those that hit a signer, and
// those to blame for what it rests on.
func (v *view) blame(i int) []int {
	var out []int
	seen := map[int]bool{}
	var walk func(j int)
	walk = func(j int) {
		if seen[j] {
			return
		}
		seen[j] = true
		for _, s := range v.log.nodes[j].deed.signers {
			for r := range v.blows(j, s) {
				out = append(out, r)
			}
			if !v.unrooted(j, s) {
				continue
			}
			for _, x := range slices.Concat(v.log.ranks[s.member], v.log.names[s.device]) {
				if v.log.nodes[j].past.has(x) && v.void.has(x) {
					walk(x)
				}
			}
		}
	}
	walk(i)
	slices.Sort(out)
	return slices.Compact(out)
}

// overruled returns the removals of the person whom an effective op lets in or raises, that neither knew of it nor it of
// them.
func (v *view) overruled(i int) []int {
	m, ok := v.raises(i)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.log.removes[m]), func(r int) bool {
		return !v.set.has(r) || !v.log.concurrent(r, i) || v.log.nodes[r].deed.signedBy(m)
	})
}

// raises returns whom an op lets in or gives a higher rank.
func (v *view) raises(i int) (kp1.MID, bool) {
	switch b := v.log.nodes[i].deed.body.(type) {
	case Admit:
		return b.Member, true
	case SetRole:
		return b.Member, true // one that lowers is a strike
	case Elect:
		return b.Member, true
	}
	return kp1.MID{}, false
}

// decided reports whether an effective op on the same subject has op i and all of these in its past.
func (v *view) decided(i int, causes []int) bool {
	l := v.log
	return slices.ContainsFunc(l.about(i), func(k int) bool {
		past := l.nodes[k].past
		return v.effective(k) && past.has(i) && !slices.ContainsFunc(causes, func(c int) bool { return !past.has(c) })
	})
}

// about returns the valid ops on the subject of op i.
func (l *Log) about(i int) []int {
	switch b := l.nodes[i].deed.body.(type) {
	case Admit, Remove, SetRole, Elect:
		m := l.cur.target(b)
		if e, ok := b.(Elect); ok {
			m = e.Member
		}
		return slices.Concat(l.ranks[m], l.removes[m])
	case AddDevice:
		return slices.Concat(l.names[b.Cert.Device()], l.revokes[b.Cert.Device()])
	case Confirm:
		return slices.Concat(l.confirms[b.Device], l.revokes[b.Device])
	case RevokeDevice:
		m := l.cur.gear[b.Devices[0]].member // a revoked device is never back: another takes its place
		return slices.Concat(l.ranks[m], l.removes[m])
	case SetPolicy:
		return slices.DeleteFunc(slices.Clone(l.policies), func(k int) bool {
			return !slices.ContainsFunc(policyFields, func(f string) bool { return b.sets(f) && l.policySet(k).sets(f) })
		})
	case AdmitLate:
		return l.late
	}
	return nil
}

// waiting says why an op waits.
func (l *Log) waiting(i int) Matter {
	n, v := l.nodes[i], l.cur
	m := Matter{Kind: Waiting, Act: l.act(i)}
	if _, rests := l.rests(i); rests {
		m.Fence = FenceBefore
		m.Causes = l.acts(slices.DeleteFunc(slices.Clone(n.refs), v.set.has))
		return m
	}
	if !l.oneChain(i) {
		m.Fence = FenceFork
		m.Causes = l.acts([]int{l.first[link{n.op.Device, n.op.Prev}]})
		return m
	}
	m.Fence = FenceLate
	var causes []int
	m.Loss, m.Who, causes = l.loss(n)
	m.Causes = l.acts(causes)
	return m
}

// loss says what the signers of an act no longer have, and by which ops that the act did not know of.
func (l *Log) loss(n *node) (Loss, kp1.MID, []int) {
	v := l.cur
	news := func(ops ...[]int) []int {
		return slices.DeleteFunc(slices.Concat(ops...), func(i int) bool {
			return !v.set.has(i) || n.past.has(i) || l.nodes[i].strike == nil && v.void.has(i)
		})
	}
	for _, s := range n.deed.signers {
		switch {
		case !v.people[s.member].in:
			causes := news(l.removes[s.member])
			for _, x := range l.ranks[s.member] { // or what let the signer in is undone
				if v.void.has(x) {
					causes = append(causes, v.blame(x)...)
				}
			}
			slices.Sort(causes)
			return LossPlace, s.member, slices.Compact(causes)
		case !v.gear[s.device].in:
			return LossDevice, s.member, news(l.revokes[s.device], l.removes[s.member])
		}
	}
	for _, s := range n.deed.signers {
		if v.people[s.member].rank < min(s.rank, n.need) {
			return LossRank, s.member, news(l.lowers[s.member], l.ranks[s.member])
		}
	}
	var grown []int
	for m, p := range v.people {
		if p.in && p.rank >= kp1.RankAdmin {
			grown = append(grown, news(l.ranks[m])...)
		}
	}
	slices.Sort(grown)
	return LossKeys, n.deed.signers[0].member, slices.Compact(grown)
}

// keep returns an Admit that would bring back whom op i is about, or nil. It names the devices that op i named, or, of a
// removal, those the person had; a device that is revoked is left out.
func (l *Log) keep(i int) *Admit {
	var from []int
	var m kp1.MID
	switch b := l.nodes[i].deed.body.(type) {
	case Admit:
		m, from = b.Member, []int{i}
	case SetRole:
		m = b.Member
	case Remove:
		m = b.Member
	case Elect:
		m = b.Member
	default:
		return nil
	}
	v := l.cur
	p := v.people[m]
	if p.in || m.IsZero() {
		return nil
	}
	if from == nil {
		for _, x := range l.ranks[m] {
			if v.effective(x) && l.entry(x) {
				from = append(from, x)
			}
		}
		from = l.latest(from)
	}
	slices.SortFunc(from, func(a, b int) int { return l.nodes[b].op.ID.Compare(l.nodes[a].op.ID) })
	for _, x := range from {
		if a, ok := l.again(x, m); ok {
			if _, undone := l.nodes[i].deed.body.(Admit); !undone {
				a.Rank = p.rank
			}
			return &a
		}
	}
	return nil
}

// again makes an Admit of member m out of op x, which let m in.
func (l *Log) again(x int, m kp1.MID) (Admit, bool) {
	v := l.cur
	var a Admit
	switch b := l.nodes[x].deed.body.(type) {
	case Admit:
		a = b
	case Genesis:
		k := slices.IndexFunc(b.Stewards, func(s SignedCore) bool {
			c, err := s.Open(l.gid)
			return err == nil && c.Member() == m
		})
		if k < 0 {
			return Admit{}, false // the founder has asked nobody
		}
		a = Admit{
			Member: m, Core: b.Stewards[k].Core, CoreSig: b.Stewards[k].Sig, Rank: kp1.RankSteward, History: HistoryAll,
			Verified: VerifiedInPerson,
		}
	}
	certs, err := a.certs()
	if err != nil {
		return Admit{}, false
	}
	named := map[kp1.DID]bool{certs[0].Device(): true}
	further := certs[1:]
	for d, g := range v.gear {
		if g.member == m && !g.gone && !v.void.has(x) {
			further = append(further, v.lastCert(d)...)
		}
	}
	a.Devices = nil
	alive := !v.gear[certs[0].Device()].gone
	for _, c := range further {
		if d := c.Device(); !named[d] && !v.gear[d].gone {
			named[d], alive = true, true
			a.Devices = append(a.Devices, c)
		}
	}
	if a.Devices, err = sortEncoded(a.Devices); err != nil || !alive {
		return Admit{}, false
	}
	a.opened = append([]Cert{certs[0]}, a.Devices...)
	if l.fitAdmit(v, &node{certs: a.opened}, a) != nil {
		return Admit{}, false
	}
	return a, true
}

// lastCert returns the newest certificate of a device that needed no Confirm, or has one; of concurrent ones that of the
// op with the larger id.
func (v *view) lastCert(d kp1.DID) (out []Cert) {
	l := v.log
	names := l.latest(slices.DeleteFunc(slices.Clone(l.names[d]), func(i int) bool {
		return !v.effective(i) || l.nodes[i].inert && !slices.ContainsFunc(l.confirms[d], v.effective)
	}))
	slices.SortFunc(names, func(a, b int) int { return l.nodes[a].op.ID.Compare(l.nodes[b].op.ID) })
	for _, i := range names {
		for _, c := range l.nodes[i].certs {
			if c.Device() == d {
				out = []Cert{c}
			}
		}
	}
	return out
}
