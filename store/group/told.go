package group

import (
	"cmp"
	"slices"

	"kith/store/kp1"
)

// What is told to people about who belongs, beside the State and the review queue. All of it is values, and replicas
// with the same ops admitted and waiting tell the same.

// Shut returns who and what was taken out: every removal in effect, of people and of devices, in the order in which they
// came here. Who left by themselves is not in it.
func (l *Log) Shut() []Act {
	var out []Act
	l.cur.set.minus(set{}, func(i int) bool {
		n := l.nodes[i]
		if n.err != nil || n.strike == nil {
			return true
		}
		switch b := n.deed.body.(type) {
		case Remove:
			if !n.deed.signedBy(b.Member) {
				out = append(out, l.act(i))
			}
		case RevokeDevice, Evidence:
			out = append(out, l.act(i))
		}
		return true
	})
	return out
}

// ActsOf returns what a device did about who belongs and what they may do, as far as it has effect, in its own order:
// whom it let in or took out, whose rank it changed, which devices it named, which settings it made. An Approve is the
// act it approves.
func (l *Log) ActsOf(d kp1.DID) []Act {
	var out []Act
	l.cur.set.minus(set{}, func(i int) bool {
		n := l.nodes[i]
		if n.op.Device != d || n.err != nil || !l.cur.effective(i) || n.deed.body == nil {
			return true
		}
		switch n.deed.body.(type) {
		case Admit, AddDevice, Confirm, Remove, RevokeDevice, SetRole, SetPolicy, AdmitLate, Elect:
			out = append(out, l.act(i))
		}
		return true
	})
	slices.SortFunc(out, func(a, b Act) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

// Candidate is a member whom others want as admin of a headless group.
type Candidate struct {
	Member kp1.MID
	By     []kp1.MID // who voted for them and is in, ascending
}

// Ballot returns how a headless group votes: the candidates, ascending, and how many members there are, guests not
// counted. More than half of those have to want the same one (protocol 4.7). Of a group that somebody leads it is empty.
func (l *Log) Ballot() (all []Candidate, of int) {
	v := l.cur
	if v.leaders() > 0 {
		return nil, 0
	}
	counts := func(m kp1.MID) bool { p := v.people[m]; return p.in && p.rank >= kp1.RankMember }
	for m := range v.people {
		if counts(m) {
			of++
		}
	}
	for m, votes := range l.votes {
		c := Candidate{Member: m}
		for _, i := range votes {
			if by := l.nodes[i].deed.signers[0].member; v.effective(i) && counts(by) && !slices.Contains(c.By, by) {
				c.By = append(c.By, by)
			}
		}
		if len(c.By) > 0 && counts(m) {
			slices.SortFunc(c.By, kp1.MID.Compare)
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b Candidate) int { return a.Member.Compare(b.Member) })
	return all, of
}

// VoteOf returns a vote in effect of one member for another.
func (l *Log) VoteOf(by, whom kp1.MID) (kp1.ID, bool) {
	for _, i := range l.votes[whom] {
		if l.cur.effective(i) && l.nodes[i].err == nil && l.nodes[i].deed.signedBy(by) {
			return l.nodes[i].op.ID, true
		}
	}
	return kp1.ID{}, false
}

// Split is a conflict that no rule settles: a device has signed two ops in one place of its auth chain, this replica
// believes the first, and others have built on the second, which waits here. They see another group under the same id
// (the residual of protocol 4.6), and only people can say who is right.
type Split struct {
	Device        kp1.DID
	Member        kp1.MID // whose device it is
	First, Second kp1.ID  // what this replica believes, and what waits
	Ours, Theirs  []kp1.MID
}

// Splits returns the conflicts that this replica sees, by device: who has built on the one version, and who on the
// other. Whose device it is stands on neither side. A fork on which nobody else has built is no conflict.
func (l *Log) Splits() []Split {
	var out []Split
	for _, h := range l.held {
		n := l.nodes[h]
		first, ok := l.first[link{n.op.Device, n.op.Prev}]
		if _, rests := l.rests(h); !ok || rests || l.cur.gear[n.op.Device].member.IsZero() {
			continue
		}
		s := Split{Device: n.op.Device, Member: l.cur.gear[n.op.Device].member, First: l.nodes[first].op.ID, Second: n.op.ID}
		if !slices.ContainsFunc(l.vouched[h], func(by signer) bool { return by.member != s.Member }) {
			continue // one device alone can sign thousands of these
		}
		for i, o := range l.nodes {
			by := o.deed.signers
			if len(by) == 0 || by[0].member == s.Member {
				continue
			}
			switch admitted := l.cur.set.has(i); {
			case admitted && o.past.has(first):
				s.Ours = append(s.Ours, by[0].member)
			case !admitted && o.past.has(h):
				s.Theirs = append(s.Theirs, by[0].member)
			}
		}
		for _, by := range l.vouched[h] {
			if by.member != s.Member {
				s.Theirs = append(s.Theirs, by.member)
			}
		}
		s.Ours, s.Theirs = sortIDs(s.Ours, kp1.MID.Compare), sortIDs(s.Theirs, kp1.MID.Compare)
		if len(s.Theirs) > 0 {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b Split) int {
		return cmp.Or(a.Device.Compare(b.Device), a.Second.Compare(b.Second))
	})
	return out
}
