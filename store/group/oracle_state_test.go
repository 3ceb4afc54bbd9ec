package group

import (
	"maps"
	"slices"

	"kith/store/kp1"
)

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
			if m.sinceRemovals(x, member) || x.lowers {
				now = append(now, x)
			}
			if m.sinceRemovals(x, member) {
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

// r7 takes each field from the newest that set it: of several the one that lets others do least.
func (m *meaning) r7() {
	newest := func(set func(PolicyFields) bool) (out []PolicyFields) {
		var xs []*oracleOp
		for _, x := range m.set {
			if p, ok := policyOf(x.does); ok && m.effect[x.ID] && set(p) {
				xs = append(xs, x)
			}
		}
		for _, x := range xs {
			if !slices.ContainsFunc(xs, func(y *oracleOp) bool { return y.past[x.ID] }) {
				p, _ := policyOf(x.does)
				out = append(out, p)
			}
		}
		return out
	}
	number := func(unsaid uint8, high bool, of func(PolicyFields) *uint8) uint8 {
		var all []uint8
		for _, p := range newest(func(p PolicyFields) bool { return of(p) != nil }) {
			all = append(all, *of(p))
		}
		switch {
		case len(all) == 0:
			return unsaid
		case high:
			return slices.Max(all)
		}
		return slices.Min(all)
	}
	m.policy = Policy{
		DeviceAdd:   number(DeviceAddNotify, true, func(p PolicyFields) *uint8 { return p.DeviceAdd }),
		Reach:       number(ReachDirect, true, func(p PolicyFields) *uint8 { return p.Reach }),
		EditHistory: number(0, false, func(p PolicyFields) *uint8 { return p.EditHistory }),
		Seen:        number(SeenKept, false, func(p PolicyFields) *uint8 { return p.Seen }),
		MinVersion:  1,
	}
	for _, p := range newest(func(p PolicyFields) bool { return p.MinVersion != nil }) {
		m.policy.MinVersion = max(m.policy.MinVersion, *p.MinVersion) // it never falls
	}
	days := map[uint8]uint64{}
	for _, p := range newest(func(p PolicyFields) bool { return p.Retention != nil }) {
		for _, r := range *p.Retention {
			if d, ok := days[r.Comp]; !ok || r.Days < d {
				days[r.Comp] = r.Days
			}
		}
	}
	for c := range uint8(3) {
		if d, ok := days[c]; ok {
			m.policy.Retention = append(m.policy.Retention, Retention{Comp: c, Days: d})
		}
	}
	boxes := map[string]Mailbox{}
	for _, p := range newest(func(p PolicyFields) bool { return p.Mailboxes != nil }) {
		for _, b := range *p.Mailboxes {
			code, err := kp1.Marshal(b)
			if err != nil {
				panic(err)
			}
			boxes[string(code)] = b
		}
	}
	for _, code := range slices.Sorted(maps.Keys(boxes)) {
		m.policy.Mailboxes = append(m.policy.Mailboxes, boxes[code])
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
