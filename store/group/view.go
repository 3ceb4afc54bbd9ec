package group

import (
	"iter"
	"maps"
	"slices"

	"kith/store/kp1"
)

// view is Resolve(S) of protocol 4.3: what a causally closed set of ops means. R1 is node.err, R3 and R5 are void, R2 is
// that a strike is never void, and R4, R6 and R7 are people, gear and policy. Everything in it follows from set alone,
// so a view grown op by op equals one built in a single go; TestT9 holds them together.
type view struct {
	log    *Log
	set    set
	void   set // valid ops without effect
	people map[kp1.MID]person
	gear   map[kp1.DID]gear
	policy Policy
}

// person is a member as a view sees one.
type person struct {
	in   bool
	rank uint8 // of who is out: the rank last held, so that removing again asks for no less
	led  bool  // is or was of admin rank
	was  bool  // is or was in
}

// gear is a device as a view sees one.
type gear struct {
	member kp1.MID
	in     bool
	waits  bool // for a Confirm
	gone   bool // revoked or caught, for ever
	key    []byte
	hpke   []byte
	peer   []byte
}

func newView(l *Log) *view {
	return &view{log: l, people: map[kp1.MID]person{}, gear: map[kp1.DID]gear{}, policy: defaultPolicy()}
}

// clone returns a view that may grow apart.
func (v *view) clone() *view {
	w := *v
	w.people, w.gear = maps.Clone(v.people), maps.Clone(v.gear)
	return &w
}

// add takes one more op in, whose past is in and which nothing that is in has in its past.
func (v *view) add(i int) {
	n := v.log.nodes[i]
	others := v.set
	v.set = v.set.with(i)
	switch {
	case n.err != nil:
	case v.undone(i):
		v.void = v.void.with(i)
	case n.strike == nil:
		v.touch(i)
	default:
		var changed []int
		others.minus(n.past, func(j int) bool { // ascending, so what an op rests on is settled before it
			if !v.void.has(j) && v.undone(j) { // a removal only ever takes away
				v.void = v.void.with(j)
				changed = append(changed, j)
			}
			return true
		})
		v.touch(append(changed, i)...)
	}
}

// undone is R3 and R5 for one op of the set.
func (v *view) undone(j int) bool {
	n := v.log.nodes[j]
	if n.err != nil || n.strike != nil && !v.log.off.r2 {
		return false
	}
	if _, ok := n.body.(Genesis); ok {
		return false
	}
	return slices.ContainsFunc(n.deed.signers, func(s signer) bool {
		return v.struck(j, s) && !v.log.off.r3 || v.unrooted(j, s) && !v.log.off.r5
	})
}

// concurrent reports whether neither op is in the other's past.
func (l *Log) concurrent(i, j int) bool {
	return i != j && !l.nodes[i].past.has(j) && !l.nodes[j].past.has(i)
}

// struck is R3 for one signer: whether a removal that j did not know of hits j.
func (v *view) struck(j int, s signer) bool {
	for range v.blows(j, s) {
		return true
	}
	return false
}

// blows yields the removals that hit j, for one signer.
func (v *view) blows(j int, s signer) iter.Seq[int] {
	l := v.log
	need := l.nodes[j].need
	hits := func(r int, of func(k *strike, own bool) bool) bool {
		return v.effective(r) && l.concurrent(r, j) && of(l.nodes[r].strike, l.nodes[r].deed.signedBy(s.member))
	}
	over := func(k *strike) bool { return k.power >= s.rank || l.off.power }
	return func(yield func(int) bool) {
		for _, r := range l.removes[s.member] {
			if hits(r, func(k *strike, own bool) bool { return !own && over(k) }) && !yield(r) {
				return
			}
		}
		for _, r := range l.lowers[s.member] {
			if hits(r, func(k *strike, own bool) bool { return !own && over(k) && need > k.lost }) && !yield(r) {
				return
			}
		}
		for _, r := range l.revokes[s.device] {
			if hits(r, func(k *strike, own bool) bool {
				return !own && over(k) && (!k.proof || k.chain == kp1.ChainAuth && s.seq >= k.seq)
			}) && !yield(r) {
				return
			}
		}
	}
}

// unrooted is R5 for one signer: whether nothing effective in j's past let the signer and the device in, since the last
// time that the signer was taken out in that past.
func (v *view) unrooted(j int, s signer) bool {
	l, n := v.log, v.log.nodes[j]
	effective := func(i int) bool {
		return n.past.has(i) && !v.void.has(i) && !slices.ContainsFunc(l.removes[s.member], func(r int) bool {
			return n.past.has(r) && !l.nodes[i].past.has(r)
		})
	}
	if !slices.ContainsFunc(l.ranks[s.member], func(i int) bool { return effective(i) && l.entry(i) }) {
		return true
	}
	if b, ok := n.body.(AddDevice); ok && selfAdded(n.op, b) {
		return false
	}
	return !slices.ContainsFunc(l.names[s.device], func(i int) bool {
		return effective(i) && l.owner(i, s.device) == s.member
	})
}

// entry reports whether an op lets a member in.
func (l *Log) entry(i int) bool {
	switch l.nodes[i].deed.body.(type) {
	case Genesis, Admit:
		return true
	}
	return false
}

// effective reports whether a valid op of the set has its effect.
func (v *view) effective(i int) bool { return v.set.has(i) && !v.void.has(i) }

// touch works out anew what the given ops speak of.
func (v *view) touch(ops ...int) {
	people, gear, policy := map[kp1.MID]bool{}, map[kp1.DID]bool{}, false
	for _, i := range ops {
		n := v.log.nodes[i]
		for _, c := range n.certs {
			people[c.Member], gear[c.Device()] = true, true
		}
		switch b := n.deed.body.(type) {
		case Genesis, SetPolicy:
			policy = true
		case Admit:
			people[b.Member] = true
		case Remove:
			people[b.Member] = true
		case SetRole:
			people[b.Member] = true
		case Elect:
			people[b.Member] = true
		case Confirm:
			gear[b.Device] = true
		case KeyUpdate:
			gear[n.op.Device] = true
		case RevokeDevice:
			for _, d := range b.Devices {
				gear[d] = true
			}
		case Evidence:
			gear[b.Device] = true
		}
	}
	for m := range people {
		was := v.people[m]
		now := v.member(m)
		v.people[m] = now
		if was.in != now.in {
			for d, g := range v.gear {
				if g.member == m {
					gear[d] = true
				}
			}
		}
	}
	for d := range gear {
		v.gear[d] = v.device(d)
	}
	if policy {
		v.policy = v.policies()
	}
}

// since reports whether op i has every valid Remove of m in its past: only then does it still let m in.
func (v *view) since(i int, m kp1.MID) bool {
	l := v.log
	return !slices.ContainsFunc(l.removes[m], func(r int) bool {
		return v.effective(r) && !l.nodes[i].past.has(r) && (!l.off.r4 || l.nodes[r].past.has(i))
	})
}

// member is R4 and R6.
func (v *view) member(m kp1.MID) (p person) {
	var standing, all []int // effective ops that give m a rank: demotions and those since every removal, and all
	for _, i := range v.log.ranks[m] {
		if !v.effective(i) {
			continue
		}
		all, p.was = append(all, i), true
		p.led = p.led || v.log.rankGiven(i, m) >= kp1.RankAdmin
		since := v.since(i, m)
		if since || v.log.nodes[i].strike != nil { // a demotion holds until somebody who knew of it raises again
			standing = append(standing, i)
		}
		p.in = p.in || since && v.log.entry(i)
	}
	if !p.in {
		standing = all
	}
	p.rank = kp1.RankSteward
	for _, i := range v.log.latest(standing) {
		p.rank = min(p.rank, v.log.rankGiven(i, m))
	}
	if len(standing) == 0 {
		p.rank = kp1.RankGuest
	}
	return p
}

// rankGiven is the rank that op i, which speaks of m, gives m.
func (l *Log) rankGiven(i int, m kp1.MID) uint8 {
	switch b := l.nodes[i].deed.body.(type) {
	case Genesis:
		if b.Cert.Member == m {
			return kp1.RankAdmin
		}
		return kp1.RankSteward
	case Admit:
		return b.Rank
	case SetRole:
		return b.Rank
	case Elect:
		return kp1.RankAdmin
	}
	return kp1.RankGuest
}

// latest returns those of ops that none of the others has in its past. ops ascend.
func (l *Log) latest(ops []int) []int {
	var out []int
	for k := len(ops) - 1; k >= 0; k-- {
		if !slices.ContainsFunc(out, func(o int) bool { return l.nodes[o].past.has(ops[k]) }) {
			out = append(out, ops[k])
		}
	}
	return out
}

// device is R4 for a device, with the newest keys it has published.
func (v *view) device(d kp1.DID) (g gear) {
	l := v.log
	var names []int
	owners := map[kp1.MID]bool{}
	for _, i := range l.names[d] {
		if !v.effective(i) {
			continue
		}
		m := l.owner(i, d)
		if len(owners) == 0 || m.Compare(g.member) < 0 {
			g.member = m
		}
		owners[m] = true
		names = append(names, i)
	}
	if len(names) == 0 {
		return g
	}
	g.gone = slices.ContainsFunc(l.revokes[d], v.effective)
	awake := false
	for _, i := range names {
		if !v.since(i, g.member) {
			continue
		}
		g.waits = true
		awake = awake || !l.nodes[i].inert || slices.ContainsFunc(l.confirms[d], func(c int) bool {
			return v.effective(c) && l.nodes[c].past.has(i)
		})
	}
	member := v.people[g.member].in && len(owners) == 1 && !g.gone
	g.in = member && awake
	g.waits = member && g.waits && !awake
	v.keys(d, names, &g)
	return g
}

// keys gives a device the keys of its newest certificate, then those of its newest KeyUpdate (later seq).
func (v *view) keys(d kp1.DID, names []int, g *gear) {
	l := v.log
	latest := l.latest(names)
	slices.SortFunc(latest, func(a, b int) int { return l.nodes[a].op.ID.Compare(l.nodes[b].op.ID) })
	for _, i := range latest { // the larger id last, and so for good
		for _, c := range l.nodes[i].certs {
			if c.Device() == d {
				g.key, g.hpke, g.peer = c.Key, c.HPKE, c.Peer
			}
		}
	}
	var hpke, peer *node
	newer := func(a, b *node) bool {
		return b == nil || a.op.Seq > b.op.Seq || a.op.Seq == b.op.Seq && a.op.ID.Compare(b.op.ID) > 0
	}
	for _, i := range l.updates[d] {
		n := l.nodes[i]
		if !v.effective(i) {
			continue
		}
		u := n.body.(KeyUpdate)
		if u.HPKE != nil && newer(n, hpke) {
			hpke, g.hpke = n, u.HPKE
		}
		if u.Peer != nil && newer(n, peer) {
			peer, g.peer = n, u.Peer
		}
	}
}

// policies is R7, field by field.
func (v *view) policies() Policy {
	p := defaultPolicy()
	for _, field := range policyFields {
		var ops []int
		for _, i := range v.log.policies {
			if v.effective(i) && v.log.policySet(i).sets(field) {
				ops = append(ops, i)
			}
		}
		for k, i := range v.log.latest(ops) {
			if f := v.log.policySet(i); k == 0 {
				f.fill(field, &p)
			} else {
				f.restrict(field, &p)
			}
		}
	}
	return p
}

// policySet returns the fields that a Genesis or Policy sets. Genesis stands in every past, so what it leaves unsaid has
// the default until an op sets it.
func (l *Log) policySet(i int) PolicyFields {
	switch b := l.nodes[i].deed.body.(type) {
	case Genesis:
		return b.Policy
	case SetPolicy:
		return b.PolicyFields
	}
	return PolicyFields{}
}
