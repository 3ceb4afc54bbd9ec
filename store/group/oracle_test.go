package group

import (
	"fmt"
	"slices"

	"kith/store/kp1"
)

// oracle is protocol 4.1 and 4.3 read aloud: maps and recursion, no bit sets, nothing grown step by step. It shares with the
// resolver what reads bodies, the certificates and heads in them, and their signatures, and no rule. It does not know the
// limit of devices, which no history comes near. It is slow and meant to be.
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
			x.body, _ = decodeOnce(o.Type, o.Body)
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
				if b.Device == y.with[i] && h.chain == kp1.ChainAuth && y.seqs[i] >= h.seq && !mine && strong {
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
			if !y.past[x.ID] || !m.effect[x.ID] || m.outlived(x, y, member) {
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

// outlived: by y's own past the member was taken out after x, or beside it.
func (m *meaning) outlived(x, y *oracleOp, member kp1.MID) bool {
	for _, r := range m.set {
		if b, ok := r.does.(Remove); ok && b.Member == member && y.past[r.ID] && !x.past[r.ID] {
			return true
		}
	}
	return false
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

// ofThoseOut compares what no State says and rules go by: of who is out the rank last held, who ever led, and of every device
// ever named whose it is, and whether it is out for ever.
func (m *meaning) ofThoseOut(v *view) error {
	for id, p := range v.people {
		rank, was := m.last[id]
		if in, ok := m.ranks[id]; ok {
			rank, was = in, true
		}
		if p.was != was || was && p.rank != rank || p.led != m.led[id] {
			return fmt.Errorf("member %s: %+v, want rank %d, was %v, led %v", id.Short(), p, rank, was, m.led[id])
		}
	}
	for d, s := range m.state {
		if g := v.gear[d]; g.member != m.owner[d] || g.gone != (s == "gone") {
			return fmt.Errorf("device %s: %s's, gone %v, want %s's, %s", d.Short(), g.member.Short(), g.gone, m.owner[d].Short(), s)
		}
	}
	return nil
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
