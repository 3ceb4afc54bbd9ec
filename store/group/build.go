package group

import (
	"slices"

	"kith/store/kp1"
)

// The functions below make bodies whose lists are in order. They decide nothing about rights: Log.Check does, on the
// whole op.

// NewGenesis founds a group. The salt and the device of the certificate give the group its id.
func NewGenesis(salt [32]byte, founder Cert, policy PolicyFields, stewards []SignedCore) (Genesis, error) {
	st, err := sortEncoded(stewards)
	if err != nil {
		return Genesis{}, err
	}
	g := Genesis{Salt: salt, Cert: founder, Policy: policy, Stewards: st}
	return g, g.check()
}

// Terms are what an Admit says beside the join request.
type Terms struct {
	Rank     uint8
	History  uint8
	Since    *kp1.EID // with HistorySince
	Verified uint8
	Formerly *kp1.MID
	Devices  []Cert // further devices, on a re-admission
}

// NewAdmit lets in who signed the join request.
func NewAdmit(g kp1.GID, request SignedCore, t Terms) (Admit, error) {
	core, err := request.Open(g)
	if err != nil {
		return Admit{}, err
	}
	dv, err := sortEncoded(t.Devices)
	if err != nil {
		return Admit{}, err
	}
	a := Admit{
		Member: core.Member(), Core: request.Core, CoreSig: request.Sig, Devices: dv, Rank: t.Rank,
		History: t.History, Since: t.Since, Verified: t.Verified, Formerly: t.Formerly,
	}
	if a.opened, err = a.certs(); err != nil {
		return Admit{}, err
	}
	return a, a.check()
}

// NewRemove takes a member out; cut says what of theirs stays.
func NewRemove(m kp1.MID, cut Cut, reason uint8) Remove {
	return Remove{Member: m, Cut: NewCut(cut...), Reason: reason}
}

// NewLeave is the Remove that a member writes of themselves.
func NewLeave(m kp1.MID, cut Cut) Remove { return NewRemove(m, cut, 1) }

// NewRevoke takes devices of one member out for ever.
func NewRevoke(devices []kp1.DID, cut Cut) RevokeDevice {
	return RevokeDevice{Devices: sortIDs(devices, kp1.DID.Compare), Cut: NewCut(cut...)}
}

// NewSetRole gives a member another rank. The cut is used only if the member loses a right to write by it.
func NewSetRole(s State, m kp1.MID, rank uint8, cut Cut) SetRole {
	out := SetRole{Member: m, Rank: rank}
	if now, ok := s.Member(m); ok && len(Compartments(rank)) < len(Compartments(now.Rank)) {
		c := NewCut(cut...)
		out.Cut = &c
	}
	return out
}

// NewPropose asks for a second signature on an Admit, Remove, RevokeDevice, SetRole or SetPolicy.
func NewPropose(action Body) (Propose, error) {
	b, err := action.Encode()
	if err != nil {
		return Propose{}, err
	}
	p := Propose{Action: Action{Type: action.Type(), Body: b}}
	return p, p.check()
}

// NewApprove is that signature. The cut is fresh, and used only if the proposed action has one.
func NewApprove(proposal kp1.ID, action Body, cut Cut) Approve {
	out := Approve{Proposal: kp1.Link(proposal)}
	if cutOf(action) != nil {
		c := NewCut(cut...)
		out.Cut = &c
	}
	return out
}

// NewRekey makes the body of a Rekey by device d at this seq of its auth chain, for every device that is in now. The
// caller fills in Boxes, the hash over the boxes it has sealed for the devices of To.
func (l *Log) NewRekey(d kp1.DID, seq uint64, cm []byte) Rekey {
	to := []kp1.DID{}
	for id, g := range l.cur.gear {
		if g.in {
			to = append(to, id)
		}
	}
	return Rekey{Epoch: EpochID(l.gid, d, seq, cm), Commits: cm, From: l.From(), To: sortIDs(to, kp1.DID.Compare)}
}

// NewGrant hands the same keys to several devices; the caller fills in Boxes.
func NewGrant(shares []Share, to []kp1.DID) Grant {
	masks := map[kp1.EID]uint64{}
	for _, s := range shares {
		masks[s.Epoch] |= s.Mask
	}
	out := Grant{To: sortIDs(to, kp1.DID.Compare)}
	for e, mask := range masks {
		out.Shares = append(out.Shares, Share{Epoch: e, Mask: mask})
	}
	slices.SortFunc(out.Shares, func(a, b Share) int { return a.Epoch.Compare(b.Epoch) })
	return out
}

// NewAdmitLate accepts content that cuts hide: the ops named, and all up to the cut.
func NewAdmitLate(ops []kp1.ID, cut Cut) AdmitLate {
	return AdmitLate{Ops: kp1.Links(sortIDs(ops, kp1.ID.Compare)), Cut: NewCut(cut...)}
}

// NewAck says what has been seen, and which epochs' boxes failed.
func NewAck(bad ...kp1.EID) Ack {
	if len(bad) == 0 {
		return Ack{}
	}
	return Ack{Bad: sortIDs(bad, kp1.EID.Compare)}
}

// NewMailboxes sets a group's mailboxes, in the order that the form wants.
func NewMailboxes(all []Mailbox) (PolicyFields, error) {
	sorted, err := sortEncoded(all)
	if err != nil {
		return PolicyFields{}, err
	}
	p := PolicyFields{Mailboxes: &sorted}
	return p, p.check()
}

// NewCut sorts the lines of a cut. It is never nil.
func NewCut(lines ...CutEntry) Cut {
	out, err := sortEncoded(lines)
	if err != nil {
		panic("group: " + err.Error()) // ids and numbers always encode
	}
	return out
}

// sortIDs returns the ids ascending and each once. It is never nil.
func sortIDs[T comparable](ids []T, compare func(T, T) int) []T {
	out := append([]T{}, ids...)
	slices.SortFunc(out, compare)
	return slices.Compact(out)
}
