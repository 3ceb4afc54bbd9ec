package group

import (
	"bytes"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// valid decides R1 for a new node: whether table 4.1, judged in the op's own past, lets its signers do this. It fills
// in what later rules need. It depends on the past alone, so it is decided once.
func (l *Log) valid(n *node) error {
	if n.body == nil {
		return fmt.Errorf("%.40q version %d: %w", n.op.Type, n.op.V, ErrUnknownType)
	}
	if _, ok := n.body.(Genesis); ok {
		n.deed.signers[0].rank = kp1.RankAdmin
		return nil
	}
	v := l.resolve(n.past)
	n.deed.cut = cutOf(n.body)
	if a, ok := n.body.(Approve); ok {
		if err := l.openApproval(v, n, a); err != nil {
			return err
		}
	}
	if b, ok := n.deed.body.(Admit); ok {
		n.certs = certsOf(b)
	}
	for k, s := range n.deed.signers {
		n.deed.signers[k].rank = v.people[s.member].rank
	}
	var err error
	if n.need, err = v.allows(n.deed, false); err != nil {
		return err
	}
	if err := l.fits(v, n); err != nil {
		return err
	}
	n.strike = v.strikeOf(n.deed)
	return nil
}

// allows is the column "who" of table 4.1: standing, rank and quorum, judged in v. It returns the rank the signers
// needed. With late set it answers for the late fence, which does not ask whether a target is in or out.
func (v *view) allows(d deed, late bool) (need uint8, err error) {
	for k, s := range d.signers {
		g := v.gear[s.device]
		add, self := d.body.(AddDevice)
		self = self && k == 0 && s.seq == 1 && add.Cert.ByRoot() && add.Cert.Device() == s.device
		if !v.people[s.member].in || g.gone || !g.in && !self {
			return 0, fmt.Errorf("device %s: %w", s.device.Short(), ErrOut)
		}
	}
	author := d.signers[0]
	switch b := d.body.(type) {
	case Admit:
		if late && v.people[b.Member].in { // beside the Admit that let them in it would set the lower rank of the two
			return v.mayRank(d.signers, SetRole{Member: b.Member, Rank: b.Rank}, late)
		}
		switch b.Rank {
		case kp1.RankSteward:
			return v.stewardly(d.signers, b.Member)
		case kp1.RankAdmin:
			return v.quorum(d.signers, b.Member)
		}
		return v.rank(d.signers, kp1.RankAdmin)
	case Remove:
		if author.member == b.Member && len(d.signers) == 1 {
			if !late && v.lastLeader(b.Member) {
				return 0, ErrLastAdmin
			}
			return kp1.RankGuest, nil
		}
		return v.over(d.signers, b.Member)
	case RevokeDevice:
		owner := v.gear[b.Devices[0]].member
		if author.member == owner && len(d.signers) == 1 {
			if slices.Contains(b.Devices, author.device) {
				return 0, fmt.Errorf("its own device: %w", ErrNotAllowed)
			}
			return kp1.RankGuest, nil
		}
		return v.over(d.signers, owner)
	case SetRole:
		return v.mayRank(d.signers, b, late)
	case Confirm:
		owner := v.gear[b.Device].member
		if author.member == owner {
			return 0, fmt.Errorf("another member has to confirm: %w", ErrNotAllowed)
		}
		if v.people[owner].led && v.otherLeader(owner) {
			return v.rank(d.signers, kp1.RankAdmin)
		}
		return v.rank(d.signers, kp1.RankMember)
	case AdmitLate:
		return v.rank(d.signers, kp1.RankAdmin)
	case SetPolicy:
		if b.mailboxesAlone() {
			return v.rank(d.signers, kp1.RankAdmin)
		}
		return v.quorum(d.signers, kp1.MID{})
	case Rekey, Grant, Propose, Vote, Elect:
		return v.rank(d.signers, kp1.RankMember)
	case Evidence:
		if late { // its author's rank says what it undoes
			return v.rank(d.signers, author.rank)
		}
		return kp1.RankGuest, nil
	case AddDevice, KeyUpdate, Ack:
		return kp1.RankGuest, nil
	}
	return 0, ErrUnknownType
}

// rank asks every signer for a rank.
func (v *view) rank(signers []signer, need uint8) (uint8, error) {
	for _, s := range signers {
		if v.people[s.member].rank < need {
			return 0, fmt.Errorf("member %s has rank %d, not %d: %w", s.member.Short(), v.people[s.member].rank, need,
				ErrNotAllowed)
		}
	}
	return need, nil
}

// over is what Remove and RevokeDevice of another person need.
func (v *view) over(signers []signer, target kp1.MID) (uint8, error) {
	switch v.people[target].rank {
	case kp1.RankSteward:
		return v.steward(signers, target)
	case kp1.RankAdmin:
		return v.quorum(signers, target)
	}
	return v.rank(signers, kp1.RankAdmin)
}

// mayRank is what SetRole needs. Of a late one that gives somebody the rank of steward who has it, nothing is asked but what made
// the first: two consented at the same time, and who would have to let the second in is whom it is about.
func (v *view) mayRank(signers []signer, b SetRole, late bool) (uint8, error) {
	old := v.people[b.Member].rank
	if b.Rank < kp1.RankAdmin && v.lastLeader(b.Member) {
		return 0, ErrLastAdmin
	}
	switch max(old, b.Rank) {
	case kp1.RankSteward:
		if old == kp1.RankSteward && len(signers) == 1 && signers[0].member == b.Member {
			return kp1.RankSteward, nil // a steward steps down
		}
		if late && old == b.Rank && v.people[b.Member].in {
			return v.quorum(signers, b.Member)
		}
		return v.stewardly(signers, b.Member)
	case kp1.RankAdmin:
		return v.quorum(signers, b.Member)
	}
	return v.rank(signers, kp1.RankAdmin)
}

// steward asks every signer for the rank of steward, the target not counted.
func (v *view) steward(signers []signer, target kp1.MID) (uint8, error) {
	for _, s := range signers {
		if s.member == target || v.people[s.member].rank < kp1.RankSteward {
			return 0, fmt.Errorf("needs a steward: %w", ErrQuorum)
		}
	}
	return kp1.RankSteward, nil
}

// stewardly asks for a steward, or for a quorum while the group has none.
func (v *view) stewardly(signers []signer, target kp1.MID) (uint8, error) {
	for _, p := range v.people {
		if p.in && p.rank == kp1.RankSteward {
			return v.steward(signers, target)
		}
	}
	return v.quorum(signers, target)
}

// quorum is the arithmetic under table 4.1: of N people of rank admin or steward other than the target,
// max(1, min(2, N)) different ones sign, or one steward.
func (v *view) quorum(signers []signer, target kp1.MID) (uint8, error) {
	n := 0
	for m, p := range v.people {
		if p.in && p.rank >= kp1.RankAdmin && m != target {
			n++
		}
	}
	needed := max(1, min(2, n))
	have := map[kp1.MID]bool{}
	steward := false
	for _, s := range signers {
		r := v.people[s.member].rank
		if s.member == target || r < kp1.RankAdmin {
			return 0, fmt.Errorf("member %s cannot sign for this: %w", s.member.Short(), ErrNotAllowed)
		}
		have[s.member] = true
		steward = steward || r == kp1.RankSteward
	}
	switch {
	case len(have) >= needed:
		return kp1.RankAdmin, nil
	case steward:
		return kp1.RankSteward, nil
	}
	return 0, fmt.Errorf("%d of %d signed: %w", len(have), needed, ErrQuorum)
}

// leaders counts the people of rank admin or steward who are in.
func (v *view) leaders() (n int) {
	for _, p := range v.people {
		if p.in && p.rank >= kp1.RankAdmin {
			n++
		}
	}
	return n
}

// lastLeader reports whether m is the only one of admin rank or above.
func (v *view) lastLeader(m kp1.MID) bool {
	p := v.people[m]
	return p.in && p.rank >= kp1.RankAdmin && v.leaders() == 1
}

// otherLeader reports whether somebody else is of admin rank or above.
func (v *view) otherLeader(m kp1.MID) bool {
	for o, p := range v.people {
		if o != m && p.in && p.rank >= kp1.RankAdmin {
			return true
		}
	}
	return false
}

// strikeOf returns what a deed takes away, or nil if it is not removal-like in v, its past.
func (v *view) strikeOf(d deed) *strike {
	k := &strike{}
	var target kp1.MID
	switch b := d.body.(type) {
	case Remove:
		target = b.Member
	case RevokeDevice:
		target = v.gear[b.Devices[0]].member
	case SetRole:
		if b.Rank >= v.people[b.Member].rank {
			return nil
		}
		target, k.lost, k.lower = b.Member, b.Rank, true
	case Evidence:
		h, err := parseHead(b.Head1)
		if err != nil {
			return nil // check has read it before
		}
		k.proof, k.chain, k.seq = true, h.chain, h.seq
		k.power = v.people[d.signers[0].member].rank // as a removal by the same hand would have
		return k
	default:
		return nil
	}
	k.power = v.people[target].rank
	for _, s := range d.signers {
		if v.people[s.member].rank == kp1.RankSteward {
			k.power = kp1.RankSteward
		}
	}
	return k
}

// taken reports whether another device that is in, or waits for its Confirm, uses one of these keys.
func (v *view) taken(d kp1.DID, hpke, peer []byte) error {
	for o, g := range v.gear {
		if o == d || !g.in && !g.waits {
			continue
		}
		if hpke != nil && bytes.Equal(g.hpke, hpke) || peer != nil && bytes.Equal(g.peer, peer) {
			return fmt.Errorf("device %s has it: %w", o.Short(), ErrTaken)
		}
	}
	return nil
}
