package group

import (
	"bytes"
	"slices"

	"kith/store/kp1"
)

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
		x.does, _ = decodeOnce(b.Action.Type, b.Action.Body)
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
		if slices.Equal(settings(b.PolicyFields), []string{"mb"}) {
			return all(2, kp1.MID{})
		}
		return quorum(kp1.MID{})
	case Evidence:
		k, known := p.keys[b.Device]
		x.takes, x.power = true, x.rank[0]
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
			both := slices.ContainsFunc(settings(b.PolicyFields), func(f string) bool { return slices.Contains(settings(q), f) })
			if ok && both {
				return true
			}
		}
	}
	return false
}

// settings names the fields that an op sets.
func settings(p PolicyFields) (out []string) {
	for f, set := range map[string]bool{
		"da": p.DeviceAdd != nil, "re": p.Reach != nil, "rt": p.Retention != nil, "eh": p.EditHistory != nil,
		"sn": p.Seen != nil, "mv": p.MinVersion != nil, "mb": p.Mailboxes != nil,
	} {
		if set {
			out = append(out, f)
		}
	}
	return out
}

func (x *oracleOp) speaksOf(m kp1.MID) bool {
	return x.removes(m) || x.gives != nil && x.gives(m) > 0
}
