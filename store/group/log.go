package group

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"kith/store/kp1"
)

// Log is the append-only set of auth ops of one group and what they mean. It grows by Add and answers from memory; two
// logs with the same admitted ops give the same State, whatever the order they came in. It is not safe for concurrent
// use; the values it returns are.
type Log struct {
	gid   kp1.GID
	nodes []*node // in the order of arrival, so that every op stands after its past
	index map[kp1.ID]int

	cur   *view // of the admitted ops
	heads []int // of the admitted ops, ascending by local number
	held  []int // ops that wait behind a fence, ascending
	memo  memo  // views of other pasts

	first   map[link]int     // the op first admitted at each place of an auth chain
	vouched map[int][]signer // who has named an op that waits in the past of one of theirs
	open    bool             // no fences: what the resolver alone would say
	state   *State           // of cur, nil until asked for
	changes uint64

	subjects
	epochs epochBook
}

// link is a place in a device's auth chain: what follows prev, or the start of it when prev is zero.
type link struct {
	device kp1.DID
	prev   kp1.ID
}

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

// node is one op in the log with what is fixed about it for ever.
type node struct {
	op    Op
	body  Body // nil for an unknown type or version
	past  set
	deed  deed
	certs []Cert // of the devices it names
	err   error  // why it is not valid (R1); nil when it is

	need   uint8   // the rank its signers needed
	inert  bool    // an AddDevice that waits for a Confirm
	strike *strike // exactly when it is removal-like
}

// deed is what an op does and who stands behind it. An Approve is the op it approves, signed by both.
type deed struct {
	body    Body
	cut     Cut
	signers []signer // the author first
}

// signer is one who stands behind a deed.
type signer struct {
	member kp1.MID
	device kp1.DID
	seq    uint64 // of the op this device wrote
	rank   uint8  // in the past of the deed
}

// strike is a removal-like op as R3, R4 and cuts need it.
type strike struct {
	power uint8 // the highest rank whose concurrent acts it undoes
	lost  uint8 // for a lowered role: the rank that is left; otherwise 0
	lower bool  // a lowered role, and no removal
	chain byte  // for Evidence
	seq   uint64
	proof bool // Evidence
}

// signedBy reports whether m stands behind the deed.
func (d deed) signedBy(m kp1.MID) bool {
	return slices.ContainsFunc(d.signers, func(s signer) bool { return s.member == m })
}

// NewLog returns an empty log of group g.
func NewLog(g kp1.GID) *Log {
	l := &Log{gid: g, index: map[kp1.ID]int{}, first: map[link]int{}, vouched: map[int][]signer{}}
	l.subjects = subjects{
		ranks: map[kp1.MID][]int{}, removes: map[kp1.MID][]int{}, lowers: map[kp1.MID][]int{},
		names: map[kp1.DID][]int{}, confirms: map[kp1.DID][]int{}, updates: map[kp1.DID][]int{},
		revokes: map[kp1.DID][]int{}, votes: map[kp1.MID][]int{}, approves: map[kp1.ID][]int{},
	}
	l.epochs = newEpochBook()
	l.cur = newView(l)
	return l
}

// Group returns the id of the log's group.
func (l *Log) Group() kp1.GID { return l.gid }

// Len returns how many ops are admitted; those that wait are not counted.
func (l *Log) Len() int { return len(l.nodes) - len(l.held) }

// Has reports whether the op is here, admitted or waiting.
func (l *Log) Has(id kp1.ID) bool { _, ok := l.index[id]; return ok }

// Admitted reports whether the op is here and does not wait.
func (l *Log) Admitted(id kp1.ID) bool {
	i, ok := l.index[id]
	return ok && l.cur.set.has(i)
}

// Op returns an op that is here. The caller must not change what its slices point to.
func (l *Log) Op(id kp1.ID) (Op, bool) {
	i, ok := l.index[id]
	if !ok {
		return Op{}, false
	}
	return l.nodes[i].op, true
}

// Heads returns the admitted ops that no admitted op has in its past, ascending: what a new op names as its auth heads.
func (l *Log) Heads() []kp1.ID {
	out := make([]kp1.ID, len(l.heads))
	for i, h := range l.heads {
		out[i] = l.nodes[h].op.ID
	}
	slices.SortFunc(out, kp1.ID.Compare)
	return out
}

// Changes returns a number that rises whenever the answer of Content for an op already judged may have changed.
func (l *Log) Changes() uint64 { return l.changes }

// Last returns the newest admitted op of a device's auth chain: where its next op continues.
func (l *Log) Last(d kp1.DID) (id kp1.ID, seq uint64) {
	for {
		i, ok := l.first[link{d, id}]
		if !ok {
			return id, seq
		}
		id, seq = l.nodes[i].op.ID, seq+1
	}
}

// Lacks returns the ops that o names and that are not here.
func (l *Log) Lacks(o Op) []kp1.ID {
	var out []kp1.ID
	for _, id := range o.Auth {
		if !l.Has(id) {
			out = append(out, id)
		}
	}
	if o.Seq > 1 && !l.Has(o.Prev) && !slices.Contains(out, o.Prev) {
		out = append(out, o.Prev)
	}
	return out
}

// DeviceKey returns the signing key of a device and whose device it is, by any valid op here that names it, in or out.
func (l *Log) DeviceKey(d kp1.DID) (ed25519.PublicKey, kp1.MID, bool) {
	for _, i := range l.names[d] {
		for _, c := range l.nodes[i].certs {
			if c.Device() == d {
				return c.Key, c.Member, true
			}
		}
	}
	return nil, kp1.MID{}, false
}

// CertsIn returns the certificates in a Genesis, Admit or AddDevice, checked in themselves; a device's first op is
// verified with them. It returns nil for other ops and for bodies that are refused.
func CertsIn(o Op) []Cert {
	if o.V != Version {
		return nil
	}
	body, err := DecodeBody(o.Type, o.Body)
	if err != nil {
		return nil
	}
	return certsOf(body)
}

func certsOf(b Body) []Cert {
	switch b := b.(type) {
	case Genesis:
		certs := []Cert{b.Cert}
		for _, s := range b.Stewards {
			if c, err := s.Open(b.Cert.Group); err == nil {
				certs = append(certs, c.Cert)
			}
		}
		return certs
	case Admit:
		certs, err := b.certs()
		if err != nil {
			return nil
		}
		return certs
	case AddDevice:
		return []Cert{b.Cert}
	}
	return nil
}

// Add files one auth op; filing it again is no error. It returns
//
//   - nil when the op is admitted, also when it has no effect because it is not valid: Standing tells;
//   - ErrWaiting when it is kept behind a fence (see Held);
//   - *MissingError when its past is not here: add that first;
//   - ErrMalformed, ErrStranger, ErrChain, ErrForged or an error of the form when it is refused for ever.
//
// The caller has checked the id and the signature against DeviceKey or CertsIn.
func (l *Log) Add(o Op) error {
	if i, ok := l.index[o.ID]; ok {
		if !l.cur.set.has(i) {
			return ErrWaiting
		}
		return nil
	}
	n, err := l.judge(o)
	if err != nil {
		return fmt.Errorf("auth op %s: %w", o.ID.Short(), err)
	}
	i := len(l.nodes)
	l.nodes = append(l.nodes, n)
	l.index[o.ID] = i
	l.note(i)
	l.gate(i)
	if !l.cur.set.has(i) {
		return ErrWaiting
	}
	return nil
}

// Check says whether an op would be valid if it were added now, without adding it: what a person is told before
// anything is signed. The op's id may be zero.
func (l *Log) Check(o Op) error {
	n, err := l.judge(o)
	if err != nil {
		return err
	}
	return n.err
}

// judge builds the node of an op. Its error is for ops that are not filed.
func (l *Log) judge(o Op) (*node, error) {
	if err := l.shape(o); err != nil {
		return nil, err
	}
	if missing := l.Lacks(o); len(missing) > 0 {
		return nil, &MissingError{missing}
	}
	n := &node{op: o}
	for _, id := range o.Auth {
		n.past = n.past.union(l.closure(l.index[id]))
	}
	if o.Seq > 1 {
		p := l.index[o.Prev]
		if prev := l.nodes[p].op; prev.Device != o.Device || prev.Seq+1 != o.Seq {
			return nil, fmt.Errorf("seq %d after %d: %w", o.Seq, prev.Seq, ErrChain)
		}
		n.past = n.past.union(l.closure(p))
	}
	if o.V == Version {
		body, err := DecodeBody(o.Type, o.Body)
		if err != nil && !errors.Is(err, ErrUnknownType) {
			return nil, err
		}
		n.body = body
		n.certs = certsOf(body)
	}
	if err := l.author(n); err != nil {
		return nil, err
	}
	n.err = l.valid(n)
	return n, nil
}

// shape checks what an op says of itself.
func (l *Log) shape(o Op) error {
	switch {
	case !IsAuth(o.Type) || len(o.Type) > kp1.MaxTypeName || o.V == 0:
		return fmt.Errorf("type %.40q version %d: %w", o.Type, o.V, ErrMalformed)
	case o.Seq == 0 || o.Seq > kp1.MaxAuthSeq:
		return fmt.Errorf("seq %d: %w", o.Seq, kp1.ErrTooBig)
	case (o.Seq == 1) != o.Prev.IsZero():
		return fmt.Errorf("seq %d: %w", o.Seq, ErrChain)
	case len(o.Auth) > kp1.MaxAuthRefs:
		return fmt.Errorf("%d auth heads: %w", len(o.Auth), kp1.ErrTooBig)
	case len(o.Body) > kp1.MaxAuthOp:
		return fmt.Errorf("body of %d bytes: %w", len(o.Body), kp1.ErrTooBig)
	case (o.Type == TypeGenesis) != (len(o.Auth) == 0):
		return fmt.Errorf("%s with %d auth heads: %w", o.Type, len(o.Auth), ErrMalformed)
	case o.Type == TypeGenesis && (o.Seq != 1 || o.V != Version):
		return fmt.Errorf("genesis at seq %d, version %d: %w", o.Seq, o.V, ErrMalformed)
	}
	return rising("auth heads", o.Auth, kp1.ID.Compare)
}

// closure returns an op and its past.
func (l *Log) closure(i int) set { return l.nodes[i].past.with(i) }

// closureOf returns the ops named and their pasts.
func (l *Log) closureOf(heads []kp1.ID) (set, error) {
	var s set
	var missing []kp1.ID
	for _, id := range heads {
		if i, ok := l.index[id]; ok {
			s = s.union(l.closure(i))
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		return set{}, &MissingError{missing}
	}
	return s, nil
}

// author finds whose op it is, by its own past: for ever the same.
func (l *Log) author(n *node) error {
	s := signer{device: n.op.Device, seq: n.op.Seq}
	switch b := n.body.(type) {
	case Genesis:
		if b.Cert.Group != l.gid || b.Cert.Device() != n.op.Device {
			return fmt.Errorf("genesis of another group or device: %w", ErrForged)
		}
		s.member = b.Cert.Member
	default:
		named := false
		for _, i := range l.names[n.op.Device] {
			if n.past.has(i) {
				// A device that two people claim is nobody's (see view.device); which of them is named here is only fixed.
				if m := l.owner(i, n.op.Device); !named || m.Compare(s.member) < 0 {
					s.member, named = m, true
				}
			}
		}
		if add, ok := n.body.(AddDevice); !named && ok && selfAdded(n.op, add) {
			s.member, named = add.Cert.Member, true
		}
		if !named {
			return fmt.Errorf("device %s: %w", n.op.Device.Short(), ErrStranger)
		}
	}
	n.deed = deed{body: n.body, signers: []signer{s}}
	return nil
}

// owner returns whose device d is, by op i that names it.
func (l *Log) owner(i int, d kp1.DID) kp1.MID {
	for _, c := range l.nodes[i].certs {
		if c.Device() == d {
			return c.Member
		}
	}
	return kp1.MID{}
}

// selfAdded reports whether a device brings itself in, with its root's word.
func selfAdded(o Op, b AddDevice) bool {
	return o.Seq == 1 && b.Cert.ByRoot() && b.Cert.Device() == o.Device
}

// note files a valid op under its subjects.
func (l *Log) note(i int) {
	n := l.nodes[i]
	l.noteEpoch(i)
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

// admit takes an op, whose past is admitted, into the set that State is made of.
func (l *Log) admit(i int) {
	n := l.nodes[i]
	l.heads = slices.DeleteFunc(l.heads, func(h int) bool { return n.past.has(h) })
	l.heads = append(l.heads, i)
	slices.Sort(l.heads)
	at := link{n.op.Device, n.op.Prev}
	if _, ok := l.first[at]; !ok {
		l.first[at] = i
	}
	l.memo.keep(l, i)
	l.cur.add(i)
	l.state = nil
	if _, late := n.deed.body.(AdmitLate); n.err == nil && (late || n.strike != nil) || len(n.certs) > 0 {
		l.changes++
	}
}

// Standing says what an admitted op counts for: nil when it has its effect, ErrUndone when a removal took it away, and
// otherwise why it is not valid. For an op that waits it is ErrWaiting, and for one that is not here a *MissingError.
func (l *Log) Standing(id kp1.ID) error {
	i, ok := l.index[id]
	switch {
	case !ok:
		return &MissingError{[]kp1.ID{id}}
	case !l.cur.set.has(i):
		return ErrWaiting
	case l.nodes[i].err != nil:
		return l.nodes[i].err
	case l.cur.void.has(i):
		return ErrUndone
	}
	return nil
}

// key makes a set's words a map key.
func (s set) key() string {
	b := binary.AppendUvarint(nil, uint64(s.full))
	for _, w := range s.rest {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}
