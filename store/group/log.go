package group

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"iter"
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

	cur     *view        // of the admitted ops
	heads   map[int]bool // of the admitted ops
	memo    memo         // views of other pasts
	first   map[link]int // the op first admitted at each place of an auth chain
	twins   []int        // those admitted after it
	unheard []int        // admitted removals that no third member is known to have heard of
	queue                // what waits behind a fence

	off     off    // for tests alone
	trial   bool   // a copy that ends with its answer
	state   *State // of cur, nil until asked for
	changes uint64
	read    Decoder

	subjects
	epochs epochBook
}

// link is a place in a device's auth chain: what follows prev, or the start of it when prev is zero.
type link struct {
	device kp1.DID
	prev   kp1.ID
}

// NewLog returns an empty log of group g.
func NewLog(g kp1.GID) *Log {
	l := &Log{gid: g, index: map[kp1.ID]int{}, heads: map[int]bool{}, first: map[link]int{}, queue: newQueue(), read: DecodeBody}
	l.subjects = subjects{
		ranks: map[kp1.MID][]int{}, removes: map[kp1.MID][]int{}, lowers: map[kp1.MID][]int{},
		names: map[kp1.DID][]int{}, confirms: map[kp1.DID][]int{}, updates: map[kp1.DID][]int{},
		revokes: map[kp1.DID][]int{}, votes: map[kp1.MID][]int{}, approves: map[kp1.ID][]int{},
	}
	l.epochs = newEpochBook()
	l.cur = newView(l)
	return l
}

// ReadWith has the log read bodies with read, which answers as DecodeBody does: perhaps by what it remembers.
func (l *Log) ReadWith(read Decoder) { l.read = read }

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

// ByArrival compares ops that are here by when they came; each came after its past.
func (l *Log) ByArrival(a, b kp1.ID) int { return cmp.Compare(l.index[a], l.index[b]) }

// Op returns an op that is here. The caller must not change what its slices point to.
func (l *Log) Op(id kp1.ID) (Op, bool) {
	i, ok := l.index[id]
	if !ok {
		return Op{}, false
	}
	return l.nodes[i].op, true
}

// Body returns the body of an op that is here, decoded; nil where this build does not know its type or version, and for
// an op that is not here. The caller must not change what its slices point to.
func (l *Log) Body(id kp1.ID) Body {
	if i, ok := l.index[id]; ok {
		return l.nodes[i].body
	}
	return nil
}

// Proposed returns what a Propose that is here proposes, decoded; nil for every other op. The caller must not change what
// its slices point to.
func (l *Log) Proposed(id kp1.ID) Body {
	if i, ok := l.index[id]; ok {
		return l.nodes[i].proposes
	}
	return nil
}

// Certs returns the certificates in an op that is here: see CertsIn. The caller must not change what it points to.
func (l *Log) Certs(id kp1.ID) []Cert {
	if i, ok := l.index[id]; ok {
		return l.nodes[i].certs
	}
	return nil
}

// Heads returns the admitted ops that no admitted op has in its past, ascending: what a new op names as its auth heads.
func (l *Log) Heads() []kp1.ID {
	out := make([]kp1.ID, 0, len(l.heads))
	for h := range l.heads {
		out = append(out, l.nodes[h].op.ID)
	}
	slices.SortFunc(out, kp1.ID.Compare)
	return out
}

// HeadsOf returns what a device names as its auth heads: Heads without what other computers of its member, which are out, have
// signed and a removal has undone. A replica that heard of the removal first holds that behind the late fence, and would
// hold whatever is built on it: somebody who was let in again could do nothing before a person has spoken. What others have
// built on counts as known to them, and stays.
func (l *Log) HeadsOf(d kp1.DID) []kp1.ID {
	_, m, _ := l.DeviceKey(d)
	past := func(i int) bool {
		o := l.nodes[i].op.Device
		if o == d || !l.cur.void.has(i) || l.cur.gear[o].in {
			return false
		}
		_, who, ok := l.DeviceKey(o)
		return ok && who == m
	}
	var kept, todo []int
	for h := range l.heads {
		todo = append(todo, h)
	}
	seen, left := map[int]bool{}, false
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		switch {
		case seen[i]:
		case past(i):
			todo, left = append(todo, l.nodes[i].refs...), true
		default:
			kept = append(kept, i)
		}
		seen[i] = true
	}
	if !left {
		return l.Heads()
	}
	out := []kp1.ID{}
	for _, i := range l.latest(sorted(kept)) {
		out = append(out, l.nodes[i].op.ID)
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

// Was says whether somebody is or was in.
func (l *Log) Was(m kp1.MID) bool { return l.cur.people[m].was }

// Dethroned says whether somebody led once and does not now.
func (l *Log) Dethroned() bool {
	for _, p := range l.cur.people {
		if p.led && (!p.in || p.rank < kp1.RankAdmin) {
			return true
		}
	}
	return false
}

// Add files one auth op; filing it again is no error. It returns
//
//   - nil when the op is admitted, also when it has no effect because it is not valid: Standing tells;
//   - ErrWaiting when it is kept behind a fence (see Held);
//   - *MissingError when its past is not here: add that first;
//   - ErrMalformed, ErrStranger, ErrChain, ErrForged or an error of the form when it is refused for ever.
//
// The caller has checked the id and the signature against DeviceKey or CertsIn.
func (l *Log) Add(o Op) error { return l.add(o, l.read, false) }

// Restore is Add for an op that this replica had admitted before it was last closed: the fences are not asked again.
// Ops are restored in the order they were first added; those that Held had named come after them, through Add.
func (l *Log) Restore(o Op) error { return l.add(o, l.read, true) }

// Decoder reads bodies as DecodeBody does.
type Decoder func(typ string, b []byte) (Body, error)

func (l *Log) add(o Op, read Decoder, restore bool) error {
	i, ok := l.index[o.ID]
	if !ok {
		n, err := l.judge(o, read)
		if err != nil {
			return fmt.Errorf("auth op %s: %w", o.ID.Short(), err)
		}
		i = len(l.nodes)
		l.nodes = append(l.nodes, n)
		l.index[o.ID] = i
		l.note(i)
		l.gate(i, restore)
	}
	if !l.cur.set.has(i) {
		return ErrWaiting
	}
	return nil
}

// Check says whether an op would be valid if it were added now, without adding it: what a person is told before
// anything is signed. The op's id may be zero.
func (l *Log) Check(o Op) error {
	n, err := l.judge(o, l.read)
	if err != nil {
		return err
	}
	return n.err
}

// admit takes an op, whose past is admitted, into the set that State is made of.
func (l *Log) admit(i int) {
	n := l.nodes[i]
	for _, r := range n.refs { // what else is in the past has a follower already
		delete(l.heads, r)
	}
	l.heads[i] = true
	at := link{n.op.Device, n.op.Prev}
	if _, ok := l.first[at]; ok {
		l.twins = append(l.twins, i)
	} else {
		l.first[at] = i
	}
	l.memo.keep(l, i)
	l.cur.add(i)
	l.noteHeard(i)
	l.admitEpoch(i)
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
	}
	return l.standing(i)
}

// Standings yields the admitted ops, each after its past, and what each counts for: see Standing. The caller must not
// change what their slices point to.
func (l *Log) Standings() iter.Seq2[Op, error] {
	return func(yield func(Op, error) bool) {
		for i, n := range l.nodes {
			if l.cur.set.has(i) && !yield(n.op, l.standing(i)) {
				return
			}
		}
	}
}

// standing is that of an op that is admitted.
func (l *Log) standing(i int) error {
	switch {
	case l.nodes[i].err != nil:
		return l.nodes[i].err
	case l.cur.void.has(i):
		return ErrUndone
	}
	return nil
}
