package group

import (
	"fmt"
	"slices"

	"kith/store/kp1"
)

// fits is what table 4.1 asks beyond who: that targets are where the action expects them, that keys are free and that
// signatures inside the body hold. Like all of valid it is judged in the op's own past, v.
func (l *Log) fits(v *view, n *node) error {
	switch b := n.deed.body.(type) {
	case Admit:
		return l.fitAdmit(v, n, b)
	case AddDevice:
		return l.fitAddDevice(v, n, b)
	case Confirm:
		if g, ok := v.gear[b.Device]; !ok || !g.waits && !g.in {
			return fmt.Errorf("device %s does not wait: %w", b.Device.Short(), ErrNotAllowed)
		}
	case KeyUpdate:
		return v.taken(n.op.Device, b.HPKE, b.Peer)
	case Remove:
		if !v.people[b.Member].was {
			return fmt.Errorf("member %s was never in: %w", b.Member.Short(), ErrNotAllowed)
		}
	case RevokeDevice:
		return v.fitRevoke(b)
	case SetRole:
		return v.fitRole(b)
	case Rekey:
		return l.fitRekey(v, n, b)
	case SetPolicy:
		if b.MinVersion != nil && *b.MinVersion < v.policy.MinVersion {
			return fmt.Errorf("minimum version %d below %d: %w", *b.MinVersion, v.policy.MinVersion, ErrNotAllowed)
		}
	case Evidence:
		return l.fitEvidence(v, b)
	case Vote:
		return v.fitHeadless(b.Member)
	case Elect:
		return l.fitElect(v, b)
	}
	return nil
}

func (l *Log) fitAdmit(v *view, n *node, b Admit) error {
	if v.people[b.Member].in {
		return fmt.Errorf("member %s is in: %w", b.Member.Short(), ErrNotAllowed)
	}
	in, active := 0, 0
	for _, p := range v.people {
		if p.in {
			in++
		}
	}
	for _, g := range v.gear {
		if g.in {
			active++
		}
	}
	if in >= kp1.MaxMembers || active+len(n.certs) > kp1.MaxDevices {
		return fmt.Errorf("%d members, %d devices: %w", in, active, ErrFull)
	}
	for k, c := range n.certs {
		if err := l.fitCert(v, c); err != nil {
			return err
		}
		if c.ByRoot() {
			continue
		}
		g := v.gear[c.By]
		if k := slices.IndexFunc(n.certs[:k], func(o Cert) bool { return o.Device() == c.By && o.ByRoot() }); k >= 0 {
			g = gear{member: b.Member, key: n.certs[k].Key}
		}
		if g.member != b.Member || g.gone {
			return fmt.Errorf("certificate signed by device %s: %w", c.By.Short(), ErrForged)
		}
		if err := c.VerifyBy(g.key); err != nil {
			return err
		}
	}
	if b.Since != nil && !l.epochs.inPast(*b.Since, v.set) {
		return fmt.Errorf("no epoch %s in the past: %w", b.Since.Short(), ErrNotAllowed)
	}
	return l.fitRequest(v, b)
}

// fitRequest refuses a join request used before its person left of their own will: leaving is final until they ask again.
func (l *Log) fitRequest(v *view, b Admit) error {
	for _, i := range l.ranks[b.Member] {
		if !v.set.has(i) || !l.usedRequest(i, b) {
			continue
		}
		for _, r := range l.removes[b.Member] {
			if v.set.has(r) && l.nodes[r].deed.signedBy(b.Member) && l.nodes[r].past.has(i) {
				return fmt.Errorf("join request from before the member left: %w", ErrSpent)
			}
		}
	}
	return nil
}

// usedRequest reports whether op i let the member in on the same join request.
func (l *Log) usedRequest(i int, b Admit) bool {
	switch a := l.nodes[i].deed.body.(type) {
	case Admit:
		return string(a.Core) == string(b.Core)
	case Genesis:
		return slices.ContainsFunc(a.Stewards, func(s SignedCore) bool { return string(s.Core) == string(b.Core) })
	}
	return false
}

// fitCert checks a certificate against the group: that it is the group's, and that its device and keys are nobody else's.
func (l *Log) fitCert(v *view, c Cert) error {
	if c.Group != l.gid {
		return fmt.Errorf("certificate of another group: %w", ErrForged)
	}
	if g, ok := v.gear[c.Device()]; ok && !g.member.IsZero() && g.member != c.Member {
		return fmt.Errorf("device %s is another member's: %w", c.Device().Short(), ErrTaken)
	}
	return v.taken(c.Device(), c.HPKE, c.Peer)
}

func (l *Log) fitAddDevice(v *view, n *node, b AddDevice) error {
	author := n.deed.signers[0]
	if b.Cert.Member != author.member {
		return fmt.Errorf("certificate of another member: %w", ErrNotAllowed)
	}
	if err := l.fitCert(v, b.Cert); err != nil {
		return err
	}
	if !b.Cert.ByRoot() {
		g := v.gear[b.Cert.By]
		if g.member != author.member || !g.in {
			return fmt.Errorf("certificate signed by device %s: %w", b.Cert.By.Short(), ErrForged)
		}
		if err := b.Cert.VerifyBy(g.key); err != nil {
			return err
		}
	}
	active, others := 0, false
	for _, g := range v.gear {
		if g.in {
			active++
		}
	}
	if active >= kp1.MaxDevices {
		return fmt.Errorf("%d devices: %w", active, ErrFull)
	}
	for m, p := range v.people {
		others = others || m != author.member && p.in && p.rank >= kp1.RankMember
	}
	// A device its person links waits where the policy or an admin's rank says so, but only while there is somebody
	// who could confirm it. A device that comes with nothing but the root's word always waits.
	confirm := v.policy.DeviceAdd == DeviceAddConfirm || v.people[author.member].rank >= kp1.RankAdmin
	n.inert = selfAdded(n.op, b) || confirm && others
	return nil
}

func (v *view) fitRevoke(b RevokeDevice) error {
	owner := v.gear[b.Devices[0]].member
	for _, d := range b.Devices {
		if g, ok := v.gear[d]; !ok || g.member.IsZero() || g.member != owner {
			return fmt.Errorf("device %s: not known, or of another member: %w", d.Short(), ErrNotAllowed)
		}
	}
	return nil
}

func (v *view) fitRole(b SetRole) error {
	p := v.people[b.Member]
	if !p.in {
		return fmt.Errorf("member %s is out: %w", b.Member.Short(), ErrNotAllowed)
	}
	loses := false
	for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
		loses = loses || mayRead(p.rank, c) && !mayRead(b.Rank, c)
	}
	if loses != (b.Cut != nil) {
		return fmt.Errorf("a cut belongs to a lost right: %w", ErrMalformed)
	}
	return nil
}

func (l *Log) fitRekey(v *view, n *node, b Rekey) error {
	if !l.off.commit && EpochID(l.gid, n.op.Device, n.op.Seq, b.Commits) != b.Epoch {
		return fmt.Errorf("epoch %s does not follow from its Rekey: %w", b.Epoch.Short(), ErrForged)
	}
	for _, d := range b.To {
		if !v.gear[d].in {
			return fmt.Errorf("keys for device %s: %w", d.Short(), ErrOut)
		}
	}
	return nil
}

func (l *Log) fitEvidence(v *view, b Evidence) error {
	g, ok := v.gear[b.Device]
	if !ok || g.key == nil {
		return fmt.Errorf("device %s not known: %w", b.Device.Short(), ErrNotAllowed)
	}
	if h, err := parseHead(b.Head1); err != nil || h.group != l.gid {
		return fmt.Errorf("evidence from another group: %w", ErrForged)
	}
	return b.verify(g.key)
}

// fitHeadless asks that nobody leads and that the candidate is one who could (protocol 4.7).
func (v *view) fitHeadless(candidate kp1.MID) error {
	if v.leaders() > 0 {
		return fmt.Errorf("the group has an admin: %w", ErrNotAllowed)
	}
	if p := v.people[candidate]; !p.in || p.rank < kp1.RankMember {
		return fmt.Errorf("candidate %s: %w", candidate.Short(), ErrNotAllowed)
	}
	return nil
}

func (l *Log) fitElect(v *view, b Elect) error {
	if err := v.fitHeadless(b.Member); err != nil {
		return err
	}
	members, votes := 0, map[kp1.MID]bool{}
	for _, i := range l.votes[b.Member] {
		if v.effective(i) {
			votes[l.nodes[i].deed.signers[0].member] = true
		}
	}
	yes := 0
	for m, p := range v.people {
		if p.in && p.rank >= kp1.RankMember {
			members++
			if votes[m] {
				yes++
			}
		}
	}
	if 2*yes <= members {
		return fmt.Errorf("%d of %d votes: %w", yes, members, ErrQuorum)
	}
	return nil
}

// openApproval turns the deed of an Approve into the one it approves, signed by both.
func (l *Log) openApproval(v *view, n *node, a Approve) error {
	p, ok := l.index[kp1.ID(a.Proposal)]
	if !ok || !v.effective(p) || l.nodes[p].err != nil {
		return fmt.Errorf("proposal %s: %w", kp1.ID(a.Proposal).Short(), ErrNotAllowed)
	}
	body := l.nodes[p].proposes
	if body == nil {
		return fmt.Errorf("%s is no proposal: %w", kp1.ID(a.Proposal).Short(), ErrNotAllowed)
	}
	author, proposer := n.deed.signers[0], l.nodes[p].deed.signers[0]
	if author.member == proposer.member {
		return fmt.Errorf("approved by who proposed it: %w", ErrQuorum)
	}
	hasCut := cutOf(body) != nil
	if hasCut != (a.Cut != nil) {
		return fmt.Errorf("cut of the proposal and of its approval: %w", ErrMalformed)
	}
	if !l.off.spent && l.spent(v, p, body) {
		return fmt.Errorf("proposal %s: %w", kp1.ID(a.Proposal).Short(), ErrSpent)
	}
	n.deed = deed{body: body, cut: a.Cut.of(), signers: []signer{author, proposer}}
	return nil
}

// spent reports whether v holds, outside the proposal's past, another approval of it or an effective op on its subject.
// What a device may do about itself (a KeyUpdate, a certificate) is no op on the subject: a device could otherwise put
// off its own revocation for ever.
func (l *Log) spent(v *view, p int, body Body) bool {
	since := func(i int) bool { return v.effective(i) && !l.nodes[p].past.has(i) }
	if slices.ContainsFunc(l.approves[l.nodes[p].op.ID], v.set.has) {
		return true
	}
	member := func(m kp1.MID) bool {
		return slices.ContainsFunc(l.ranks[m], since) || slices.ContainsFunc(l.removes[m], since)
	}
	switch b := body.(type) {
	case Admit:
		return member(b.Member)
	case Remove:
		return member(b.Member)
	case SetRole:
		return member(b.Member)
	case RevokeDevice:
		return slices.ContainsFunc(b.Devices, func(d kp1.DID) bool { return slices.ContainsFunc(l.revokes[d], since) })
	case SetPolicy:
		return slices.ContainsFunc(l.policies, func(i int) bool {
			return since(i) && slices.ContainsFunc(policyFields, func(f string) bool {
				return b.sets(f) && l.policySet(i).sets(f)
			})
		})
	}
	return false
}

// cutOf returns the cut of a body, nil when bodies of its kind, or this one, have none.
func cutOf(b Body) Cut {
	var c Cut
	switch b := b.(type) {
	case Remove:
		c = b.Cut
	case RevokeDevice:
		c = b.Cut
	case Evidence:
		c = b.Cut
	case SetRole:
		if b.Cut == nil {
			return nil
		}
		c = *b.Cut
	default:
		return nil
	}
	if c == nil {
		c = Cut{}
	}
	return c
}
