package group

import (
	"bytes"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// oracle is protocol 4.1 and 4.3 read aloud: maps and recursion, no bit sets, nothing grown step by step, nothing shared
// with the resolver but the bodies' decoders. It is slow and meant to be.
type oracle struct {
	ops   map[kp1.ID]*oracleOp
	names []kp1.ID // in some order that respects pasts
}

type ids map[kp1.ID]bool

type oracleOp struct {
	Op
	body Body
	past ids

	judged bool
	ok     bool
	does   Body      // of an Approve the approved action
	by     []kp1.MID // signers
	with   []kp1.DID // their devices
	seqs   []uint64  // of the ops these devices wrote
	rank   []uint8   // ranks of signers in the past
	need   uint8     // rank needed
	power  uint8     // of a removal
	takes  bool      // removal-like
	waits  bool      // AddDevice that needs a Confirm
	certs  []Cert    // devices named
	gives  func(kp1.MID) uint8
	lowers bool
}

func newOracle(ops []Op) *oracle {
	or := &oracle{ops: map[kp1.ID]*oracleOp{}}
	for _, o := range ops {
		x := &oracleOp{Op: o, past: ids{}}
		if o.V == 1 {
			x.body, _ = DecodeBody(o.Type, o.Body)
		}
		or.ops[o.ID] = x
		or.names = append(or.names, o.ID)
	}
	for _, id := range or.names {
		x := or.ops[id]
		todo := slices.Clone(x.Auth)
		if x.Seq > 1 {
			todo = append(todo, x.Prev)
		}
		for len(todo) > 0 {
			p := todo[0]
			todo = todo[1:]
			if x.past[p] {
				continue
			}
			x.past[p] = true
			todo = append(todo, or.ops[p].Auth...)
			if or.ops[p].Seq > 1 {
				todo = append(todo, or.ops[p].Prev)
			}
		}
	}
	slices.SortStableFunc(or.names, func(a, b kp1.ID) int { return len(or.ops[a].past) - len(or.ops[b].past) })
	return or
}

// meaning is what a set of ops amounts to.
type meaning struct {
	or     *oracle
	set    []*oracleOp // valid ones, pasts first
	effect ids
	ranks  map[kp1.MID]uint8 // of who is in
	last   map[kp1.MID]uint8 // the rank last held of who is not
	led    map[kp1.MID]bool
	owner  map[kp1.DID]kp1.MID
	state  map[kp1.DID]string // in, waits, out, gone
	keys   map[kp1.DID][3][]byte
	policy Policy
}

func (or *oracle) concurrent(a, b *oracleOp) bool { return a != b && !a.past[b.ID] && !b.past[a.ID] }

func certOwner(x *oracleOp, d kp1.DID) (kp1.MID, bool) {
	for _, c := range x.certs {
		if c.Device() == d {
			return c.Member, true
		}
	}
	return kp1.MID{}, false
}

func (x *oracleOp) isEntryOf(m kp1.MID) bool {
	switch b := x.does.(type) {
	case Genesis:
		return x.gives(m) > 0
	case Admit:
		return b.Member == m
	}
	return false
}

func (x *oracleOp) removes(m kp1.MID) bool {
	r, ok := x.does.(Remove)
	return ok && r.Member == m
}

func (x *oracleOp) revokes(d kp1.DID) bool {
	switch b := x.does.(type) {
	case RevokeDevice:
		return slices.Contains(b.Devices, d)
	case Evidence:
		return b.Device == d
	}
	return false
}

func (or *oracle) resolve(in ids) *meaning {
	m := &meaning{
		or: or, effect: ids{}, ranks: map[kp1.MID]uint8{}, last: map[kp1.MID]uint8{}, led: map[kp1.MID]bool{},
		owner: map[kp1.DID]kp1.MID{}, state: map[kp1.DID]string{}, keys: map[kp1.DID][3][]byte{},
	}
	for _, id := range or.names {
		if in[id] && or.valid(or.ops[id]) {
			m.set = append(m.set, or.ops[id])
		}
	}
	for _, x := range m.set {
		_, genesis := x.does.(Genesis)
		if x.takes || genesis || !m.r3(x) && !m.r5(x) {
			m.effect[x.ID] = true
		}
	}
	m.r4r6()
	m.devices()
	m.r7()
	return m
}

func (m *meaning) r3(y *oracleOp) bool {
	for _, r := range m.set {
		if !r.takes || !m.or.concurrent(r, y) {
			continue
		}
		for i, member := range y.by {
			strong := r.power >= y.rank[i]
			mine := slices.Contains(r.by, member)
			switch b := r.does.(type) {
			case Remove:
				if b.Member == member && !mine && strong {
					return true
				}
			case SetRole:
				if b.Member == member && !mine && strong && y.need > b.Rank {
					return true
				}
			case RevokeDevice:
				if slices.Contains(b.Devices, y.with[i]) && !mine && strong {
					return true
				}
			case Evidence:
				h, _ := parseHead(b.Head1)
				if b.Device == y.with[i] && h.chain == kp1.ChainAuth && y.seqs[i] >= h.seq {
					return true
				}
			}
		}
	}
	return false
}

func (m *meaning) r5(y *oracleOp) bool {
	for i, member := range y.by {
		entry, named := false, false
		for _, x := range m.set {
			if !y.past[x.ID] || !m.effect[x.ID] {
				continue
			}
			entry = entry || x.isEntryOf(member)
			o, ok := certOwner(x, y.with[i])
			named = named || ok && o == member
		}
		if b, ok := y.body.(AddDevice); ok && y.Seq == 1 && b.Cert.ByRoot() && b.Cert.Device() == y.Device {
			named = true
		}
		if !entry || !named {
			return true
		}
	}
	return false
}

// sinceRemovals says whether x has every valid Remove of the member in its past.
func (m *meaning) sinceRemovals(x *oracleOp, member kp1.MID) bool {
	for _, r := range m.set {
		if r.removes(member) && !x.past[r.ID] {
			return false
		}
	}
	return true
}

func (m *meaning) r4r6() {
	all := map[kp1.MID]bool{}
	for _, x := range m.set {
		switch b := x.does.(type) {
		case Genesis, Admit:
			for _, c := range x.certs {
				all[c.Member] = true
			}
		case SetRole:
			all[b.Member] = true
		}
	}
	for member := range all {
		var now, ever []*oracleOp
		in := false
		for _, x := range m.set {
			if !m.effect[x.ID] || x.gives == nil || x.gives(member) == 0 {
				continue
			}
			ever = append(ever, x)
			m.led[member] = m.led[member] || x.gives(member)-1 >= kp1.RankAdmin
			if m.sinceRemovals(x, member) {
				now = append(now, x)
				in = in || x.isEntryOf(member)
			}
		}
		if in {
			m.ranks[member] = lowestLatest(now, member)
		} else if len(ever) > 0 {
			m.last[member] = lowestLatest(ever, member)
		}
	}
}

func lowestLatest(xs []*oracleOp, member kp1.MID) uint8 {
	rank := uint8(99)
	for _, x := range xs {
		latest := true
		for _, y := range xs {
			latest = latest && !y.past[x.ID]
		}
		if latest {
			rank = min(rank, x.gives(member)-1)
		}
	}
	return rank
}

func (m *meaning) devices() {
	owners := map[kp1.DID]map[kp1.MID]bool{}
	for _, x := range m.set {
		if !m.effect[x.ID] {
			continue
		}
		for _, c := range x.certs {
			if owners[c.Device()] == nil {
				owners[c.Device()] = map[kp1.MID]bool{}
			}
			owners[c.Device()][c.Member] = true
		}
	}
	for d, own := range owners {
		m.state[d] = "out"
		var member kp1.MID
		for o := range own {
			if member.IsZero() || o.Compare(member) < 0 {
				member = o
			}
		}
		m.owner[d] = member
		var naming []*oracleOp
		named, awake, gone := false, false, false
		for _, x := range m.set {
			gone = gone || x.revokes(d)
			if _, ok := certOwner(x, d); !ok || !m.effect[x.ID] {
				continue
			}
			naming = append(naming, x)
			if !m.sinceRemovals(x, member) {
				continue
			}
			named = true
			confirmed := !x.waits
			for _, c := range m.set {
				b, ok := c.does.(Confirm)
				confirmed = confirmed || ok && b.Device == d && m.effect[c.ID] && c.past[x.ID]
			}
			awake = awake || confirmed
		}
		_, in := m.ranks[member]
		switch {
		case gone:
			m.state[d] = "gone"
		case in && named && len(own) == 1 && awake:
			m.state[d] = "in"
		case in && named && len(own) == 1:
			m.state[d] = "waits"
		}
		m.keys[d] = m.keysOf(d, naming)
	}
}

func (m *meaning) keysOf(d kp1.DID, naming []*oracleOp) (k [3][]byte) {
	var best *oracleOp
	for _, x := range naming {
		latest := true
		for _, y := range naming {
			latest = latest && !y.past[x.ID]
		}
		if latest && (best == nil || x.ID.Compare(best.ID) > 0) {
			best = x
		}
	}
	for _, c := range best.certs {
		if c.Device() == d {
			k = [3][]byte{c.Key, c.HPKE, c.Peer}
		}
	}
	type update struct {
		x *oracleOp
		u KeyUpdate
	}
	var us []update
	for _, x := range m.set {
		if u, ok := x.does.(KeyUpdate); ok && x.Device == d && m.effect[x.ID] {
			us = append(us, update{x, u})
		}
	}
	slices.SortFunc(us, func(a, b update) int {
		if a.x.Seq != b.x.Seq {
			return int(a.x.Seq) - int(b.x.Seq)
		}
		return a.x.ID.Compare(b.x.ID)
	})
	for _, u := range us {
		if u.u.HPKE != nil {
			k[1] = u.u.HPKE
		}
		if u.u.Peer != nil {
			k[2] = u.u.Peer
		}
	}
	return k
}

func (m *meaning) r7() {
	m.policy = Policy{MinVersion: 1}
	for _, f := range []string{"da", "re", "rt", "eh", "mv", "mb"} {
		var xs []*oracleOp
		for _, x := range m.set {
			if p, ok := policyOf(x.does); ok && m.effect[x.ID] && p.sets(f) {
				xs = append(xs, x)
			}
		}
		first := true
		for _, x := range xs {
			latest := true
			for _, y := range xs {
				latest = latest && !y.past[x.ID]
			}
			if !latest {
				continue
			}
			p, _ := policyOf(x.does)
			if first {
				p.fill(f, &m.policy)
			} else {
				p.restrict(f, &m.policy)
			}
			first = false
		}
	}
}

func policyOf(b Body) (PolicyFields, bool) {
	switch b := b.(type) {
	case Genesis:
		return b.Policy, true
	case SetPolicy:
		return b.PolicyFields, true
	}
	return PolicyFields{}, false
}

func (or *oracle) valid(x *oracleOp) bool {
	if x.judged {
		return x.ok
	}
	x.judged = true
	x.does = x.body
	if x.body == nil {
		return false
	}
	x.by, x.with, x.seqs, x.rank = []kp1.MID{{}}, []kp1.DID{x.Device}, []uint64{x.Seq}, []uint8{0}
	switch b := x.body.(type) {
	case Genesis:
		x.certs = certsOf(b)
		x.by[0], x.rank[0] = b.Cert.Member, kp1.RankAdmin
		x.gives = func(m kp1.MID) uint8 {
			for i, c := range x.certs {
				if c.Member == m && i == 0 {
					return kp1.RankAdmin + 1
				} else if c.Member == m {
					return kp1.RankSteward + 1
				}
			}
			return 0
		}
		x.ok = true
		return true
	}
	past := or.resolve(x.past)
	x.ok = or.judge(x, past)
	return x.ok
}

// judge is table 4.1.
func (or *oracle) judge(x *oracleOp, p *meaning) bool {
	// who wrote it
	found := false
	for _, id := range or.names {
		if o := or.ops[id]; x.past[id] && or.valid(o) {
			if m, ok := certOwner(o, x.Device); ok && (!found || m.Compare(x.by[0]) < 0) {
				x.by[0], found = m, true
			}
		}
	}
	self := false
	if b, ok := x.body.(AddDevice); ok && x.Seq == 1 && b.Cert.ByRoot() && b.Cert.Device() == x.Device {
		self = true
		if !found {
			x.by[0] = b.Cert.Member
		}
	}
	var cut *Cut
	hasCut := false
	switch b := x.does.(type) {
	case Remove:
		cut, hasCut = &b.Cut, true
	case RevokeDevice:
		cut, hasCut = &b.Cut, true
	case SetRole:
		cut, hasCut = b.Cut, b.Cut != nil
	}
	if a, ok := x.body.(Approve); ok {
		prop := or.ops[kp1.ID(a.Proposal)]
		if prop == nil || !p.effect[prop.ID] {
			return false
		}
		b, ok := prop.body.(Propose)
		if !ok || prop.by[0] == x.by[0] {
			return false
		}
		x.does, _ = DecodeBody(b.Action.Type, b.Action.Body)
		switch d := x.does.(type) {
		case Remove, RevokeDevice:
			hasCut = true
		case SetRole:
			hasCut = d.Cut != nil
		}
		cut = a.Cut
		if hasCut != (a.Cut != nil) || or.spent(x, prop, p) {
			return false
		}
		x.by, x.with = append(x.by, prop.by[0]), append(x.with, prop.Device)
		x.seqs, x.rank = append(x.seqs, prop.Seq), append(x.rank, 0)
	}
	_ = cut
	for i, m := range x.by {
		r, in := p.ranks[m]
		if !in || p.state[x.with[i]] != "in" && !(self && i == 0 && p.state[x.with[i]] != "gone") {
			return false
		}
		x.rank[i] = r
	}
	rankOf := func(m kp1.MID) uint8 {
		if r, in := p.ranks[m]; in {
			return r
		}
		return p.last[m]
	}
	leaders, stewards, members := 0, 0, 0
	for _, r := range p.ranks {
		if r >= 2 {
			leaders++
		}
		if r == 3 {
			stewards++
		}
		if r >= 1 {
			members++
		}
	}
	all := func(need uint8, not kp1.MID) bool {
		x.need = need
		for i := range x.by {
			if x.rank[i] < need || x.by[i] == not {
				return false
			}
		}
		return true
	}
	quorum := func(target kp1.MID) bool {
		n := 0
		for m, r := range p.ranks {
			if r >= 2 && m != target {
				n++
			}
		}
		if !all(2, target) {
			return false
		}
		if len(x.by) >= max(1, min(2, n)) {
			return true
		}
		if slices.Contains(x.rank, 3) {
			x.need = 3
			return true
		}
		return false
	}
	against := func(target kp1.MID) bool {
		switch rankOf(target) {
		case 3:
			return all(3, target)
		case 2:
			return quorum(target)
		}
		return all(2, kp1.MID{})
	}
	steward := func(target kp1.MID) bool {
		if stewards > 0 {
			return all(3, target)
		}
		return quorum(target)
	}
	last := func(m kp1.MID) bool { r, in := p.ranks[m]; return in && r >= 2 && leaders == 1 }
	strong := func(target kp1.MID) {
		x.takes, x.power = true, rankOf(target)
		if slices.Contains(x.rank, 3) {
			x.power = 3
		}
	}
	me := x.by[0]
	switch b := x.does.(type) {
	case Admit:
		x.certs = certsOf(b)
		x.gives = func(m kp1.MID) uint8 {
			if m == b.Member {
				return b.Rank + 1
			}
			return 0
		}
		if _, in := p.ranks[b.Member]; in || len(p.ranks) >= 64 || !or.certsFit(x, p, b.Member, true) || !or.requestFits(x, p, b) {
			return false
		}
		if b.Since != nil && !slices.ContainsFunc(p.set, func(o *oracleOp) bool {
			r, ok := o.body.(Rekey)
			return ok && r.Epoch == *b.Since
		}) {
			return false
		}
		switch b.Rank {
		case 3:
			return steward(b.Member)
		case 2:
			return quorum(b.Member)
		}
		return all(2, kp1.MID{})
	case AddDevice:
		x.certs = []Cert{b.Cert}
		if b.Cert.Member != me || !or.certsFit(x, p, me, false) {
			return false
		}
		others := false
		for m, r := range p.ranks {
			others = others || m != me && r >= 1
		}
		x.waits = self || others && (p.policy.DeviceAdd == 1 || x.rank[0] >= 2)
		return true
	case Confirm:
		owner, known := p.owner[b.Device]
		if !known || owner == me || p.state[b.Device] != "in" && p.state[b.Device] != "waits" {
			return false
		}
		other := leaders > 0
		if r := p.ranks[owner]; r >= 2 {
			other = leaders > 1
		}
		if p.led[owner] && other {
			return all(2, kp1.MID{})
		}
		return all(1, kp1.MID{})
	case KeyUpdate:
		return !or.inUse(p, x.Device, b.HPKE, b.Peer)
	case Remove:
		strong(b.Member)
		if me == b.Member && len(x.by) == 1 {
			return !last(me)
		}
		_, was := p.last[b.Member]
		if _, in := p.ranks[b.Member]; !in && !was {
			return false
		}
		return against(b.Member)
	case RevokeDevice:
		owner, known := p.owner[b.Devices[0]]
		for _, d := range b.Devices {
			o, ok := p.owner[d]
			known = known && ok && o == owner
		}
		if !known {
			return false
		}
		strong(owner)
		if me == owner && len(x.by) == 1 {
			return !slices.Contains(b.Devices, x.Device)
		}
		return against(owner)
	case SetRole:
		old, in := p.ranks[b.Member]
		if !in || b.Rank < 2 && last(b.Member) {
			return false
		}
		x.gives = func(m kp1.MID) uint8 {
			if m == b.Member {
				return b.Rank + 1
			}
			return 0
		}
		if b.Rank < old {
			strong(b.Member)
			x.lowers = true
		}
		if loses := b.Rank < old && b.Rank < 2; loses != (b.Cut != nil) {
			return false
		}
		switch max(old, b.Rank) {
		case 3:
			if old == 3 && me == b.Member && len(x.by) == 1 {
				x.need = 3
				return true
			}
			return steward(b.Member)
		case 2:
			return quorum(b.Member)
		}
		return all(2, kp1.MID{})
	case Propose, Grant:
		return all(1, kp1.MID{})
	case Rekey:
		for _, d := range b.To {
			if p.state[d] != "in" {
				return false
			}
		}
		return all(1, kp1.MID{}) && EpochID(testGID, x.Device, x.Seq, b.Commits) == b.Epoch
	case AdmitLate:
		return all(2, kp1.MID{})
	case SetPolicy:
		if b.MinVersion != nil && *b.MinVersion < p.policy.MinVersion {
			return false
		}
		if b.Mailboxes != nil && b.DeviceAdd == nil && b.Reach == nil && b.Retention == nil && b.EditHistory == nil && b.MinVersion == nil {
			return all(2, kp1.MID{})
		}
		return quorum(kp1.MID{})
	case Evidence:
		k, known := p.keys[b.Device]
		x.takes = true
		return known && b.verify(k[0]) == nil
	case Vote:
		return all(1, kp1.MID{}) && leaders == 0 && p.ranks[b.Member] >= 1
	case Elect:
		x.gives = func(m kp1.MID) uint8 {
			if m == b.Member {
				return kp1.RankAdmin + 1
			}
			return 0
		}
		voters := map[kp1.MID]bool{}
		for _, o := range p.set {
			if vote, ok := o.body.(Vote); ok && p.effect[o.ID] && vote.Member == b.Member && p.ranks[o.by[0]] >= 1 {
				voters[o.by[0]] = true
			}
		}
		return all(1, kp1.MID{}) && leaders == 0 && p.ranks[b.Member] >= 1 && 2*len(voters) > members
	case Ack:
		return true
	}
	return false
}

func (or *oracle) inUse(p *meaning, d kp1.DID, hpke, peer []byte) bool {
	for o, s := range p.state {
		if o != d && (s == "in" || s == "waits") {
			if hpke != nil && bytes.Equal(p.keys[o][1], hpke) || peer != nil && bytes.Equal(p.keys[o][2], peer) {
				return true
			}
		}
	}
	return false
}

func (or *oracle) certsFit(x *oracleOp, p *meaning, m kp1.MID, inAdmit bool) bool {
	for _, c := range x.certs {
		if o, ok := p.owner[c.Device()]; c.Group != testGID || ok && o != m || or.inUse(p, c.Device(), c.HPKE, c.Peer) {
			return false
		}
		if c.ByRoot() {
			continue
		}
		key := p.keys[c.By][0]
		good := p.owner[c.By] == m && (p.state[c.By] == "in" || inAdmit && p.state[c.By] != "gone")
		if inAdmit && x.certs[0].Device() == c.By {
			key, good = x.certs[0].Key, true
		}
		if !good || c.VerifyBy(key) != nil {
			return false
		}
	}
	return true
}

func (or *oracle) requestFits(x *oracleOp, p *meaning, b Admit) bool {
	for _, o := range p.set {
		same := false
		switch a := o.does.(type) {
		case Admit:
			same = bytes.Equal(a.Core, b.Core)
		case Genesis:
			for _, s := range a.Stewards {
				same = same || bytes.Equal(s.Core, b.Core)
			}
		}
		for _, r := range p.set {
			if same && r.removes(b.Member) && slices.Contains(r.by, b.Member) && r.past[o.ID] {
				return false
			}
		}
	}
	return true
}

func (or *oracle) spent(x, prop *oracleOp, p *meaning) bool {
	for _, o := range p.set {
		if a, ok := o.body.(Approve); ok && kp1.ID(a.Proposal) == prop.ID {
			return true
		}
		if prop.past[o.ID] || !p.effect[o.ID] {
			continue
		}
		switch b := x.does.(type) {
		case Admit:
			if o.speaksOf(b.Member) {
				return true
			}
		case Remove:
			if o.speaksOf(b.Member) {
				return true
			}
		case SetRole:
			if o.speaksOf(b.Member) {
				return true
			}
		case RevokeDevice:
			if slices.ContainsFunc(b.Devices, o.revokes) {
				return true
			}
		case SetPolicy:
			q, ok := policyOf(o.does)
			for _, f := range []string{"da", "re", "rt", "eh", "mv", "mb"} {
				if ok && q.sets(f) && b.sets(f) {
					return true
				}
			}
		}
	}
	return false
}

func (x *oracleOp) speaksOf(m kp1.MID) bool {
	return x.removes(m) || x.gives != nil && x.gives(m) > 0
}

// summary is everything the oracle concludes, in words that summaryOf can be compared with.
func (m *meaning) summary() string {
	var lines []string
	for id, r := range m.ranks {
		lines = append(lines, fmt.Sprintf("member %s %d", id.Short(), r))
	}
	for d, s := range m.state {
		if s == "in" || s == "waits" {
			k := m.keys[d]
			lines = append(lines, fmt.Sprintf("device %s %s of %s %x %x", d.Short(), s, m.owner[d].Short(), k[1][:8], k[2][:8]))
		}
	}
	b, err := kp1.Marshal(m.policy)
	if err != nil {
		panic(err)
	}
	lines = append(lines, fmt.Sprintf("policy %x", b))
	slices.Sort(lines)
	return fmt.Sprint(lines)
}

func summaryOf(s State) string {
	var lines []string
	for _, m := range s.Members {
		lines = append(lines, fmt.Sprintf("member %s %d", m.ID.Short(), m.Rank))
	}
	for k, ds := range [][]Device{s.Devices, s.Waiting} {
		for _, d := range ds {
			lines = append(lines, fmt.Sprintf("device %s %s of %s %x %x", d.ID.Short(), []string{"in", "waits"}[k],
				d.Member.Short(), d.HPKE[:8], d.Peer[:8]))
		}
	}
	b, err := kp1.Marshal(s.Policy)
	if err != nil {
		panic(err)
	}
	lines = append(lines, fmt.Sprintf("policy %x", b))
	slices.Sort(lines)
	return fmt.Sprint(lines)
}
