package group

import (
	"bytes"
	"slices"

	"kith/store/kp1"
)

// Drew lists the people whose word goes on the secrets that belong with a mailbox's ticket, the first before the others: who
// signed the ops that set it before any other did, and of a proposal who proposed it before who agreed.
func (l *Log) Drew(m Mailbox) (out []kp1.MID) {
	set := l.setting(m)
	for _, i := range set {
		if slices.ContainsFunc(set, func(o int) bool { return o != i && l.nodes[i].past.has(o) }) {
			continue
		}
		for _, s := range slices.Backward(l.nodes[i].deed.signers) {
			if !slices.Contains(out, s.member) {
				out = append(out, s.member)
			}
		}
	}
	return out
}

// setting lists the ops in effect that set a mailbox with its ticket, by their ids.
func (l *Log) setting(m Mailbox) (set []int) {
	for _, i := range l.policies {
		if boxes := l.policySet(i).Mailboxes; boxes != nil && l.cur.effective(i) && slices.ContainsFunc(*boxes, m.sameTicket) {
			set = append(set, i)
		}
	}
	slices.SortFunc(set, func(a, b int) int { return l.nodes[a].op.ID.Compare(l.nodes[b].op.ID) })
	return set
}

// Exposed reports whether somebody who is out may know the ticket of a mailbox: not every op that set it has all in its past
// that took somebody, or a device, out.
func (l *Log) Exposed(m Mailbox) bool {
	set := l.setting(m)
	missed := func(outs []int) bool {
		return slices.ContainsFunc(outs, func(r int) bool {
			return l.cur.effective(r) && slices.ContainsFunc(set, func(i int) bool { return !l.nodes[i].past.has(r) })
		})
	}
	for _, outs := range l.removes {
		if missed(outs) {
			return true
		}
	}
	for _, outs := range l.revokes {
		if missed(outs) {
			return true
		}
	}
	return false
}

func (m Mailbox) sameTicket(o Mailbox) bool {
	return bytes.Equal(m.Peer, o.Peer) && m.Ticket == o.Ticket
}

// Tickets are the member tickets that a keeper's mailboxes ever had in this group, the last that came here first, each once.
func (l *Log) Tickets(peer []byte) (out [][32]byte) {
	for _, i := range slices.Backward(l.policies) {
		boxes := l.policySet(i).Mailboxes
		if boxes == nil {
			continue
		}
		for _, m := range *boxes {
			if bytes.Equal(m.Peer, peer) && !slices.Contains(out, m.Ticket) {
				out = append(out, m.Ticket)
			}
		}
	}
	return out
}
