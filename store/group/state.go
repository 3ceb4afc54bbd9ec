package group

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"kith/store/kp1"
)

// State is who is in a group and what holds there: a value that nobody changes. The same admitted ops give the same
// State.
type State struct {
	Group    kp1.GID
	Members  []Member // who is in, ascending by id
	Devices  []Device // of them, ascending by id
	Waiting  []Device // named, but waiting for another member's Confirm, ascending by id
	Policy   Policy
	Headless bool // nobody of rank admin or steward is in: no admissions until an election
	ReadOnly bool // the policy asks for a newer version than this build: nothing may be written
}

// Member is a person who is in.
type Member struct {
	ID       kp1.MID
	Rank     uint8
	Root     ed25519.PublicKey
	Entry    kp1.ID  // the Genesis or Admit they stand on
	History  uint8   // what of the past they may read; founders all
	Verified uint8   // how they were verified; founders in person
	Formerly kp1.MID // zero: nobody
}

// Device is a device of a member.
type Device struct {
	ID     kp1.DID
	Member kp1.MID
	HPKE   []byte // newest X-Wing public key
	Peer   []byte // newest PeerID, raw multihash
	Key    ed25519.PublicKey
}

// State returns the state of the admitted ops.
func (l *Log) State() State {
	if l.state == nil {
		s := l.stateOf(l.cur)
		l.state = &s
	}
	return *l.state
}

// At returns the state of these ops and their pasts: what the author of an op that names them knew. It returns a
// *MissingError when one is not here.
func (l *Log) At(heads []kp1.ID) (State, error) {
	s, err := l.closureOf(heads)
	if err != nil {
		return State{}, err
	}
	return l.stateOf(l.resolve(s)), nil
}

func (l *Log) stateOf(v *view) State {
	s := State{Group: l.gid, Policy: v.policy, Headless: v.leaders() == 0, ReadOnly: v.policy.MinVersion > Version}
	for m, p := range v.people {
		if p.in {
			s.Members = append(s.Members, l.memberOf(v, m, p))
		}
	}
	for d, g := range v.gear {
		dev := Device{ID: d, Member: g.member, HPKE: g.hpke, Peer: g.peer, Key: g.key}
		switch {
		case g.in:
			s.Devices = append(s.Devices, dev)
		case g.waits:
			s.Waiting = append(s.Waiting, dev)
		}
	}
	slices.SortFunc(s.Members, func(a, b Member) int { return a.ID.Compare(b.ID) })
	slices.SortFunc(s.Devices, func(a, b Device) int { return a.ID.Compare(b.ID) })
	slices.SortFunc(s.Waiting, func(a, b Device) int { return a.ID.Compare(b.ID) })
	return s
}

func (l *Log) memberOf(v *view, m kp1.MID, p person) Member {
	out := Member{ID: m, Rank: p.rank, History: HistoryAll, Verified: VerifiedInPerson}
	var entry *node
	for _, i := range l.ranks[m] {
		n := l.nodes[i]
		if !v.effective(i) || !l.entry(i) || !v.since(i, m) || entry != nil && entry.op.ID.Compare(n.op.ID) > 0 {
			continue
		}
		entry = n // of concurrent ones the larger id
		for _, c := range n.certs {
			if c.Member == m {
				out.Root = c.Root
			}
		}
	}
	if entry == nil {
		return out
	}
	out.Entry = entry.op.ID
	if a, ok := entry.deed.body.(Admit); ok {
		out.History, out.Verified = a.History, a.Verified
		if a.Formerly != nil {
			out.Formerly = *a.Formerly
		}
	}
	return out
}

// Member finds a member who is in.
func (s State) Member(m kp1.MID) (Member, bool) {
	i, ok := slices.BinarySearchFunc(s.Members, m, func(a Member, id kp1.MID) int { return a.ID.Compare(id) })
	if !ok {
		return Member{}, false
	}
	return s.Members[i], true
}

// Device finds a device that is in.
func (s State) Device(d kp1.DID) (Device, bool) {
	i, ok := slices.BinarySearchFunc(s.Devices, d, func(a Device, id kp1.DID) int { return a.ID.Compare(id) })
	if !ok {
		return Device{}, false
	}
	return s.Devices[i], true
}

// DevicesOf returns the devices of a member that are in.
func (s State) DevicesOf(m kp1.MID) []Device {
	return slices.DeleteFunc(slices.Clone(s.Devices), func(d Device) bool { return d.Member != m })
}

// ByPeer finds the device that is in with this PeerID (raw multihash).
func (s State) ByPeer(peer []byte) (Device, bool) {
	i := slices.IndexFunc(s.Devices, func(d Device) bool { return bytes.Equal(d.Peer, peer) })
	if i < 0 {
		return Device{}, false
	}
	return s.Devices[i], true
}

// Leaders counts the members of rank admin or steward.
func (s State) Leaders() (n int) {
	for _, m := range s.Members {
		if m.Rank >= kp1.RankAdmin {
			n++
		}
	}
	return n
}

// Hash is SHA-256 of the state's canonical encoding (protocol 6.4); replicas with the same admitted ops have the same.
// The policy map always holds all six fields.
func (s State) Hash() [32]byte {
	type member struct {
		_    struct{} `cbor:",toarray"`
		ID   kp1.MID
		Rank uint8
	}
	type device struct {
		_      struct{} `cbor:",toarray"`
		ID     kp1.DID
		Member kp1.MID
		HPKE   []byte
		Peer   []byte
	}
	var x struct {
		Members []member `cbor:"m"`
		Devices []device `cbor:"d"`
		Policy  Policy   `cbor:"p"`
	}
	for _, m := range s.Members {
		x.Members = append(x.Members, member{ID: m.ID, Rank: m.Rank})
	}
	for _, d := range s.Devices {
		x.Devices = append(x.Devices, device{ID: d.ID, Member: d.Member, HPKE: d.HPKE, Peer: d.Peer})
	}
	x.Policy = s.Policy
	b, err := kp1.Marshal(x)
	if err != nil {
		panic("group: " + err.Error()) // ids, keys and checked text always encode
	}
	return sha256.Sum256(b)
}
