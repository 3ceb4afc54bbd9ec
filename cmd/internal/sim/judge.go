package sim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"kith/store"
	"kith/store/group"
	"kith/store/kp1"
	"kith/store/op"
)

// judge sees everything, and holds each machine to what Kith promises (protocol 4.4, 5.3, 7.4).
type judge struct {
	v     *Village
	err   error
	due   map[*Machine]bool
	ops   map[kp1.ID]*known
	log   *group.Log         // every op anybody admitted, without fences: what was so in the past of one is so for all
	state map[string]meaning // G1: of a set of ops -> what it means
	given map[*Machine]*givings
	seals []sealed
	out   map[*Machine][]kp1.DID // whom each knew to be out when it last filed anything
	spies []*spy
}

// meaning is what a set of ops came to where the judge saw it first.
type meaning struct {
	hash [32]byte
	void string // the key of the ops without effect
}

// known is an auth op, taken apart.
type known struct {
	group.Op
	n      int
	ruled  string     // whether it is valid, as the first machine had it
	body   group.Body // for an Approve what it approves
	second kp1.DID    // who proposed that
	past   bits
	author kp1.MID
	alone  bool         // twoKeys has looked at it
	then   *group.State // what its author knew, once it was asked for
}

type bits []uint64

func (b bits) has(i int) bool { return i/64 < len(b) && b[i/64]>>(i%64)&1 == 1 }

func (b bits) with(i int) bits {
	for len(b) <= i/64 {
		b = append(b, 0)
	}
	b[i/64] |= 1 << (i % 64)
	return b
}

func (b bits) or(o bits) bits {
	for i, x := range o {
		if i == len(b) {
			b = append(b, 0)
		}
		b[i] |= x
	}
	return b
}

// key is the set as the key of a map. What is kept of sets ends with a word that is not zero.
func (b bits) key() string {
	out := make([]byte, 0, 8*len(b))
	for _, x := range b {
		out = binary.LittleEndian.AppendUint64(out, x)
	}
	return string(out)
}

func newJudge(v *Village) *judge {
	return &judge{
		v: v, due: map[*Machine]bool{}, ops: map[kp1.ID]*known{}, state: map[string]meaning{}, given: map[*Machine]*givings{}, out: map[*Machine][]kp1.DID{},
	}
}

func (j *judge) blame(m *Machine, rule, format string, args ...any) {
	if j.err == nil {
		j.err = fmt.Errorf("%s: %v: %s", rule, m, fmt.Sprintf(format, args...))
	}
}

// soon has a machine's membership judged a moment after it changed, once for all that changed in it.
func (j *judge) soon(m *Machine) {
	if j.due[m] {
		return
	}
	j.due[m] = true
	j.v.after(time.Second, func() error {
		delete(j.due, m)
		if m.l != nil {
			j.membership(m)
		}
		return nil
	})
}

// learn takes an op apart that the judge has not seen. What it rests on was seen before.
func (j *judge) learn(m *Machine, id kp1.ID) (*known, error) {
	if k := j.ops[id]; k != nil {
		return k, nil
	}
	o, ok := m.l.AuthOp(j.v.g, id)
	if !ok {
		return nil, fmt.Errorf("op %s: not there", id.Short())
	}
	if j.log == nil {
		j.log = group.NewLog(j.v.g)
	}
	k := &known{Op: o, n: len(j.ops)}
	for _, id := range append(slices.Clone(o.Auth), o.Prev) {
		if b := j.ops[id]; b != nil {
			k.past = k.past.or(b.past).with(b.n)
		}
	}
	if err := j.log.Restore(o); err != nil {
		return nil, fmt.Errorf("op %s: %w", o.ID.Short(), err)
	}
	var err error
	if k.body, err = group.DecodeBody(o.Type, o.Body); err != nil {
		k.body = nil // of a type or form that nobody here knows
	}
	if a, ok := k.body.(group.Approve); ok {
		k.body = nil
		if p := j.ops[kp1.ID(a.Proposal)]; p != nil {
			k.second = p.Device
			if of, ok := p.body.(group.Propose); ok {
				if k.body, err = group.DecodeBody(of.Action.Type, of.Action.Body); err != nil {
					return nil, err
				}
			}
		}
	}
	_, k.author, _ = j.log.DeviceKey(o.Device)
	j.ops[o.ID] = k
	return k, nil
}

// knew is who was in as far as the author of an op knew.
func (j *judge) knew(k *known) (group.State, error) {
	if k.then == nil {
		st, err := j.log.At(append(slices.Clone(k.Auth), last(k.Prev)...))
		if err != nil {
			return group.State{}, err
		}
		k.then = &st
	}
	return *k.then, nil
}

// membership holds what a machine takes for who belongs to G1, G2, G3 and G5. What G2 and G3 ask follows from the set of
// ops, from which of them have their effect and from the state: where all three were seen before they are not asked again.
func (j *judge) membership(m *Machine) {
	all := m.l.Membership(j.v.g)
	if len(all) == 0 {
		return
	}
	j.v.Tally.Judged++
	st := m.view().State
	var set, void bits
	ops := make([]*known, len(all))
	for i, r := range all {
		k, err := j.learn(m, r.ID)
		if err != nil {
			j.blame(m, "judge", "%v", err)
			return
		}
		ops[i], set = k, set.with(k.n)
		if r.Err != nil {
			void = void.with(k.n)
		} else {
			j.twoKeys(m, k)
		}
		j.validity(m, k, r.Err)
	}
	now := meaning{st.Hash(), void.key()}
	if was, ok := j.state[set.key()]; ok {
		if was != now {
			j.blame(m, "G1", "the same %d ops give another state", len(all))
		}
		return
	}
	j.state[set.key()] = now
	var removals, entries, effective []*known
	for _, k := range ops {
		if void.has(k.n) {
			continue
		}
		effective = append(effective, k)
		switch k.body.(type) {
		case group.Remove, group.RevokeDevice, group.Evidence:
			removals = append(removals, k)
			j.framed(m, k)
		case group.Admit, group.Genesis:
			entries = append(entries, k)
		}
	}
	for _, r := range removals {
		j.absorbed(m, r, entries, st)
		j.nothingMore(m, r, effective, entries)
	}
}

// validity: what is valid is so for everybody, since it follows from an op's past alone.
func (j *judge) validity(m *Machine, k *known, err error) {
	what := "valid"
	if err != nil && !errors.Is(err, group.ErrUndone) {
		what = "not valid"
	}
	if k.ruled != "" && k.ruled != what {
		j.blame(m, "G1", "op %s (%s) is %s here and was %s elsewhere: %v", k.ID.Short(), k.Type, what, k.ruled, err)
	}
	k.ruled = what
}

// absorbed is G2: whoever was removed is in only by an Admit that knew of it, and a revoked device never again.
func (j *judge) absorbed(m *Machine, r *known, entries []*known, st group.State) {
	switch b := r.body.(type) {
	case group.Remove:
		if _, in := st.Member(b.Member); in && !slices.ContainsFunc(entries, func(e *known) bool { return e.past.has(r.n) && names(e, b.Member) }) {
			j.blame(m, "G2", "%s is in although removed by %s", b.Member.Short(), r.ID.Short())
		}
	case group.RevokeDevice:
		for _, d := range b.Devices {
			if _, in := st.Device(d); in {
				j.blame(m, "G2", "device %s is in although revoked", d.Short())
			}
		}
	case group.Evidence:
		if _, in := st.Device(b.Device); in {
			j.blame(m, "G2", "device %s is in although it forked", b.Device.Short())
		}
	}
}

// framed: only who was copied, or is in other hands, is ever proven to have signed two things in one place (F15).
func (j *judge) framed(m *Machine, k *known) {
	b, ok := k.body.(group.Evidence)
	if !ok {
		return
	}
	for _, q := range j.v.machines {
		if q.device == b.Device && q.honest() && !q.forked && !q.old {
			j.blame(m, "F15", "%v, whom nobody copied, is told of as one who signed two things in one place", q)
		}
	}
}

func names(e *known, m kp1.MID) bool {
	switch b := e.body.(type) {
	case group.Admit:
		return b.Member == m
	case group.Genesis:
		return e.author == m
	}
	return false
}

// nothingMore is G3: nothing else by the removed, unless somebody let them in again who knew.
func (j *judge) nothingMore(m *Machine, r *known, effective, entries []*known) {
	b, ok := r.body.(group.Remove)
	if !ok || r.author == b.Member {
		return
	}
	before, err := j.knew(r)
	if err != nil {
		j.blame(m, "judge", "%v", err)
		return
	}
	target, _ := before.Member(b.Member)
	power := target.Rank
	for _, by := range []kp1.MID{r.author, j.memberOf(r.second)} {
		if s, ok := before.Member(by); ok && s.Rank == kp1.RankSteward {
			power = kp1.RankSteward
		}
	}
	for _, y := range effective {
		if y.author != b.Member || r.past.has(y.n) || y == r || absorbing(y) {
			continue
		}
		if y.past.has(r.n) {
			if !slices.ContainsFunc(entries, func(e *known) bool { return e.past.has(r.n) && (y.past.has(e.n) || e == y) && names(e, b.Member) }) {
				j.blame(m, "G3", "op %s (%s) after the removal of its author counts", y.ID.Short(), y.Type)
			}
			continue
		}
		then, err := j.knew(y)
		if err != nil {
			j.blame(m, "judge", "%v", err)
			return
		}
		if was, _ := then.Member(b.Member); power >= was.Rank {
			j.blame(m, "G3", "op %s (%s) beside the removal of its author counts", y.ID.Short(), y.Type)
		}
	}
}

func last(id kp1.ID) []kp1.ID {
	if id.IsZero() {
		return nil
	}
	return []kp1.ID{id}
}

func (j *judge) memberOf(d kp1.DID) kp1.MID {
	_, m, _ := j.log.DeviceKey(d)
	return m
}

// absorbing says whether an op is one that stands whoever removed its author. Any change of a rank is taken for one that
// lowers it: what it gives is judged by twoKeys.
func absorbing(k *known) bool {
	switch k.body.(type) {
	case group.Remove, group.RevokeDevice, group.Evidence, group.SetRole, group.Genesis:
		return true
	}
	return false
}

// twoKeys is G5: with three who lead, or a steward, nobody alone changes who leads.
func (j *judge) twoKeys(m *Machine, k *known) {
	if k.alone { // it follows from its past alone
		return
	}
	k.alone = true
	var about kp1.MID
	var to uint8
	switch b := k.body.(type) {
	case group.SetRole:
		about, to = b.Member, b.Rank
	case group.Remove:
		about = b.Member
	case group.Admit:
		about, to = b.Member, b.Rank
	default:
		return
	}
	if about == k.author {
		return
	}
	st, err := j.knew(k)
	if err != nil {
		j.blame(m, "judge", "%v", err)
		return
	}
	was, _ := st.Member(about)
	if was.Rank < kp1.RankAdmin && to < kp1.RankAdmin {
		return
	}
	others, steward := 0, false
	for _, x := range st.Members {
		if x.Rank >= kp1.RankAdmin && x.ID != about {
			others++
			steward = steward || x.Rank == kp1.RankSteward && (x.ID == k.author || x.ID == j.memberOf(k.second))
		}
	}
	second := j.memberOf(k.second)
	if others >= 2 && !steward && (second.IsZero() || second == k.author) {
		j.blame(m, "G5", "%s changed who leads alone by %s", k.author.Short(), k.Type)
	}
}

// outs are the devices that this machine knows to be out.
func (m *Machine) outs() (out []kp1.DID) {
	g := m.view()
	for _, p := range g.Peers {
		if _, in := g.State.Device(p.Device); !in && !slices.ContainsFunc(g.State.Waiting, func(d group.Device) bool { return d.ID == p.Device }) {
			out = append(out, p.Device)
		}
	}
	return out
}

// sealed is what an informed machine wrote.
type sealed struct {
	raw    []byte
	by     *Machine
	device kp1.DID
	member kp1.MID
	out    []kp1.DID // devices that it knew to be out
}

// givings is who was given which keys, as far as one machine can know from the ops it holds. It is counted apart from
// what the store counts.
type givings struct {
	seen   bits
	to     map[kp1.EID]map[kp1.DID]uint8 // compartments, a bit each
	claims map[kp1.EID][]claim
}

// claim is what one says that they handed to another. It counts if they were given it themselves.
type claim struct {
	by, to kp1.DID
	comps  uint8
}

// give counts compartments of an epoch as given to a device, and so what that device says it has handed on.
func (g *givings) give(e kp1.EID, d kp1.DID, comps uint8) {
	if g.to[e] == nil {
		g.to[e] = map[kp1.DID]uint8{}
	}
	if g.to[e][d]|comps == g.to[e][d] {
		return
	}
	g.to[e][d] |= comps
	for _, c := range g.claims[e] {
		if c.by == d {
			g.give(e, c.to, c.comps&g.to[e][d])
		}
	}
}

// givenTo counts who was given keys, by every Rekey and Grant a machine holds, in effect or not.
func (j *judge) givenTo(m *Machine) *givings {
	g := j.given[m]
	if g == nil {
		g = &givings{to: map[kp1.EID]map[kp1.DID]uint8{}, claims: map[kp1.EID][]claim{}}
		j.given[m] = g
	}
	for _, r := range m.l.Membership(j.v.g) {
		k, err := j.learn(m, r.ID)
		if err != nil {
			j.blame(m, "judge", "%v", err)
			return g
		}
		if g.seen.has(k.n) {
			continue
		}
		g.seen = g.seen.with(k.n)
		switch b := k.body.(type) {
		case group.Rekey:
			g.give(b.Epoch, k.Device, 7)
			st, err := j.knew(k)
			if err != nil {
				j.blame(m, "judge", "%v", err)
				return g
			}
			for _, d := range b.To {
				dev, _ := st.Device(d)
				who, _ := st.Member(dev.Member)
				for _, c := range group.Compartments(who.Rank) {
					g.give(b.Epoch, d, 1<<c)
				}
			}
		case group.Grant:
			for _, s := range b.Shares {
				comps := uint8(s.Mask|s.Mask>>9|s.Mask>>8&1) & 7 //nolint:gosec // three bits; Kauth is of compartment 0
				for _, d := range b.To {
					g.claims[s.Epoch] = append(g.claims[s.Epoch], claim{k.Device, d, comps})
					g.give(s.Epoch, d, comps&g.to[s.Epoch][k.Device])
				}
			}
		}
	}
	return g
}

// wrote holds what a machine has just sealed to C1 (T20): under no key that was given to a device it knows to be out.
func (j *judge) wrote(m *Machine, raws [][]byte) {
	if j.err != nil {
		return
	}
	before, out := j.out[m], m.outs()
	j.out[m] = out
	for _, raw := range raws {
		env, err := op.DecodeEnvelope(raw)
		if err != nil {
			j.blame(m, "C1", "its own envelope: %v", err)
			return
		}
		j.v.Tally.Sealed++
		switch env.Kind {
		case op.KindRekey:
			j.v.Tally.Rekeys++
		case op.KindGrant:
			j.v.Tally.Grants++
		case op.KindOps:
		default:
			continue // a payload's key is its op's
		}
		chain, ok := m.l.Opens(j.v.g, raw)
		if !ok {
			continue // a join that is under way
		}
		if chain == kp1.ChainAuth {
			chain = kp1.CompAll
		} else {
			m.comp = chain
		}
		knew := out                   // for a Rekey, which is sealed under what it makes
		if env.Kind != op.KindRekey { // what an op says is not known before it is said
			knew = slices.DeleteFunc(slices.Clone(before), func(d kp1.DID) bool { return !slices.Contains(out, d) })
		}
		j.sealedUnder(m, env.EID, chain, knew)
		j.seals = append(j.seals, sealed{raw, m, m.view().Device, m.view().Me, knew})
	}
}

// sealedUnder is C1 for one envelope.
func (j *judge) sealedUnder(m *Machine, e kp1.EID, comp uint8, out []kp1.DID) {
	to := j.givenTo(m).to[e]
	for _, d := range out {
		if to[d]>>comp&1 == 1 {
			j.blame(m, "C1", "sealed under epoch %s, which device %s was given, who is out", e.Short(), d.Short())
		}
	}
}

// spy is a copy of a machine in other hands that takes everything in and looks what opens.
type spy struct {
	home string
	of   *Machine
	d    kp1.DID
}

// spiesMost is how many are looked after in one run.
const spiesMost = 6

// spy copies a machine that has just come into other hands.
func (j *judge) spy(m *Machine) error {
	if len(j.spies) == spiesMost {
		return nil
	}
	if slices.ContainsFunc(m.l.View().Joins, func(x store.Join) bool { return x.Stage < store.JoinIn }) {
		return nil // its owner asks to come back: it may be let in as another device, and reads by that
	}
	s := &spy{home: filepath.Join(j.v.dir, fmt.Sprintf("spy%d", len(j.spies))), of: m, d: m.view().Device}
	if err := m.close(); err != nil {
		return err
	}
	if err := errors.Join(m.image(s.home), m.open()); err != nil {
		return err
	}
	j.spies = append(j.spies, s)
	return nil
}

// spied is T22 at the end of a run: with all its old state, and with all that ever lay at a keeper's, a device that was
// thrown out opens nothing that was sealed by who knew, and finds no name of who wrote it in the bytes.
func (j *judge) spied() error {
	for _, s := range j.spies {
		l, err := store.Open(s.home, j.v.rest, store.Options{Now: s.of.clock, Shared: j.v.shared})
		if err != nil {
			return err
		}
		err = j.spiedBy(l, s)
		if err = errors.Join(err, l.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (j *judge) spiedBy(l *store.Ledger, s *spy) error {
	for _, k := range j.v.keepers {
		for batch := range slices.Chunk(k.dump, batchMost) {
			if _, err := l.Accept(context.Background(), j.v.g, kp1.DID{}, batch); err != nil {
				return err
			}
		}
	}
	n := 0
	for _, x := range j.seals {
		if !slices.Contains(x.out, s.d) {
			continue
		}
		n++
		if _, ok := l.Opens(j.v.g, x.raw); ok {
			j.blame(x.by, "T22", "device %s opens what was sealed by who knew it to be out", s.d.Short())
		}
		if bytes.Contains(x.raw, x.device[:]) || bytes.Contains(x.raw, x.member[:]) {
			j.blame(x.by, "T22", "an envelope shows who wrote it")
		}
	}
	j.v.Tally.Spied += n
	return nil
}
