package group

import "kith/store/kp1"

// subjects finds the valid ops that speak of somebody, by local number.
type subjects struct {
	ranks    map[kp1.MID][]int // Genesis, Admit, SetRole, Elect
	removes  map[kp1.MID][]int // Remove
	lowers   map[kp1.MID][]int // SetRole to a lower rank
	names    map[kp1.DID][]int // Genesis, Admit, AddDevice
	confirms map[kp1.DID][]int
	updates  map[kp1.DID][]int // KeyUpdate
	revokes  map[kp1.DID][]int // RevokeDevice, Evidence
	policies []int             // Genesis, Policy
	late     []int             // AdmitLate
	votes    map[kp1.MID][]int // by candidate
	approves map[kp1.ID][]int  // by proposal
}

// note files a valid op under its subjects.
func (l *Log) note(i int) {
	n := l.nodes[i]
	if !l.trial {
		l.noteEpoch(i)
	}
	if n.err != nil {
		return
	}
	for _, c := range n.certs {
		l.names[c.Device()] = append(l.names[c.Device()], i)
	}
	if a, ok := n.body.(Approve); ok {
		l.approves[kp1.ID(a.Proposal)] = append(l.approves[kp1.ID(a.Proposal)], i)
	}
	switch b := n.deed.body.(type) {
	case Genesis:
		l.policies = append(l.policies, i)
		for _, c := range n.certs {
			l.ranks[c.Member] = append(l.ranks[c.Member], i)
		}
	case Admit:
		l.ranks[b.Member] = append(l.ranks[b.Member], i)
	case SetRole:
		l.ranks[b.Member] = append(l.ranks[b.Member], i)
		if n.strike != nil {
			l.lowers[b.Member] = append(l.lowers[b.Member], i)
		}
	case Elect:
		l.ranks[b.Member] = append(l.ranks[b.Member], i)
	case Remove:
		l.removes[b.Member] = append(l.removes[b.Member], i)
	case RevokeDevice:
		for _, d := range b.Devices {
			l.revokes[d] = append(l.revokes[d], i)
		}
	case Evidence:
		l.revokes[b.Device] = append(l.revokes[b.Device], i)
	case Confirm:
		l.confirms[b.Device] = append(l.confirms[b.Device], i)
	case KeyUpdate:
		l.updates[n.op.Device] = append(l.updates[n.op.Device], i)
	case SetPolicy:
		l.policies = append(l.policies, i)
	case AdmitLate:
		l.late = append(l.late, i)
	case Vote:
		l.votes[b.Member] = append(l.votes[b.Member], i)
	}
}
