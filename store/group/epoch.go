package group

import (
	"iter"
	"slices"

	"kith/store/kp1"
)

// Epoch is what a Rekey made. The keys themselves are not here. Nobody changes what To points to.
type Epoch struct {
	ID      kp1.EID
	Op      kp1.ID  // the Rekey
	By      kp1.DID // who made it
	To      []kp1.DID
	Commits Commits
	Boxes   [32]byte
	Undone  bool // its Rekey has no effect (R1, R3, R5): nobody seals under it, but what was sealed stays readable
}

// Need is what one device that is in still has to be handed by a Grant.
type Need struct {
	Device kp1.DID
	Member kp1.MID
	HPKE   []byte
	Shares []Share
}

// epochBook remembers who made, gave and complained about epochs.
type epochBook struct {
	rekeys []int             // valid Rekeys, in order of arrival
	duds   []int             // those that are not valid: they and what stands beside them are sealed under keys of theirs
	byID   map[kp1.EID][]int // of both; more than one only where a device forked
	given  map[kp1.EID]map[kp1.DID]uint8
	claims map[kp1.EID][]claim
	handed map[keyring]holding
	acks   map[kp1.DID][]int // valid Acks of a device that complain
	bad    map[keyring][]int // and those that do of an epoch somebody made: a device can invent any number of others
	made   map[int]Epoch     // by Rekey
	counts map[kp1.DID]tally // of the epochs that are here
	here   int               // epochs whose Rekey is admitted
}

// tally is of how many epochs a device has Kauth, and Kcont of each compartment.
type tally struct {
	auth int
	cont [3]int
}

// move counts an epoch of which a device had the keys of one mask and has those of another.
func (t tally) move(was, is uint64) tally {
	step := func(mask uint64) int {
		switch {
		case was&mask == is&mask:
			return 0
		case is&mask != 0:
			return 1
		}
		return -1
	}
	t.auth += step(MaskAuth)
	for c := range t.cont {
		t.cont[c] += step(MaskContent(uint8(c))) //nolint:gosec // 0 to 2
	}
	return t
}

// claim is a Grant, effective or not, as far as it concerns one epoch.
type claim struct {
	by    kp1.DID
	to    []kp1.DID
	comps uint8 // bit c: some key of compartment c
}

// keyring is a device's keys of one epoch; handing is a valid op that handed some over.
type keyring struct {
	epoch  kp1.EID
	device kp1.DID
}

type handing struct {
	op   int
	mask uint64
}

// holding is all that was handed over of a keyring. What follows of it from the admitted ops is kept as they come: asked
// anew, who lacks keys would cost all epochs times all devices.
type holding struct {
	by   []handing
	mask uint64 // see holds
}

func newEpochBook() epochBook {
	return epochBook{
		byID: map[kp1.EID][]int{}, given: map[kp1.EID]map[kp1.DID]uint8{}, claims: map[kp1.EID][]claim{},
		handed: map[keyring]holding{}, acks: map[kp1.DID][]int{}, bad: map[keyring][]int{}, made: map[int]Epoch{}, counts: map[kp1.DID]tally{},
	}
}

// inPast reports whether the Rekey of an epoch is in a set.
func (b *epochBook) inPast(e kp1.EID, s set) bool { return slices.ContainsFunc(b.byID[e], s.has) }

// Compartments returns those a person of this rank reads and may write in, ascending.
func Compartments(rank uint8) []uint8 {
	var out []uint8
	for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
		if mayRead(rank, c) {
			out = append(out, c)
		}
	}
	return out
}

// keysOf returns the mask and the compartments of the box that a Rekey makes for a rank.
func keysOf(rank uint8) (mask uint64, comps uint8) {
	mask = MaskAuth
	for _, c := range Compartments(rank) {
		mask |= MaskKey(c) | MaskContent(c)
		comps |= 1 << c
	}
	return mask, comps
}

// compsOf returns the compartments of which a mask hands over some key. Kauth comes from compartment 0.
func compsOf(mask uint64) (comps uint8) {
	for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
		if mask&(MaskKey(c)|MaskContent(c)) != 0 || c == 0 && mask&MaskAuth != 0 {
			comps |= 1 << c
		}
	}
	return comps
}

// noteEpoch takes note of a new node, admitted or not. It is called before the node can change the current view.
func (l *Log) noteEpoch(i int) {
	n, b := l.nodes[i], &l.epochs
	switch body := n.body.(type) {
	case Rekey:
		if n.err != nil && EpochID(l.gid, n.op.Device, n.op.Seq, body.Commits) != body.Epoch { // it did not make that epoch
			return
		}
		commits, err := DecodeCommits(body.Commits)
		if err != nil {
			panic("group: " + err.Error()) // the body was checked when it was decoded
		}
		b.made[i] = Epoch{ID: body.Epoch, Op: n.op.ID, By: n.op.Device, To: body.To, Commits: commits, Boxes: body.Boxes}
		if b.byID[body.Epoch] == nil {
			l.noteMade(body.Epoch)
		}
		b.byID[body.Epoch] = append(b.byID[body.Epoch], i)
		v := l.resolve(n.past)
		if n.err != nil {
			b.duds = append(b.duds, i)
			for _, d := range body.To {
				mask, _ := keysOf(v.people[v.gear[d].member].rank)
				b.hand(body.Epoch, d, handing{i, mask})
			}
			return
		}
		b.rekeys = append(b.rekeys, i)
		if b.given[body.Epoch] == nil {
			b.given[body.Epoch] = map[kp1.DID]uint8{}
		}
		for _, d := range body.To {
			mask, comps := keysOf(v.people[v.gear[d].member].rank)
			b.given[body.Epoch][d] |= comps
			b.hand(body.Epoch, d, handing{i, mask})
		}
		_, all := keysOf(kp1.RankSteward)
		b.given[body.Epoch][n.op.Device] |= all // its maker knows what it made
		b.spread(body.Epoch)
	case Grant:
		for _, s := range body.Shares {
			c := claim{n.op.Device, body.To, compsOf(s.Mask)}
			b.claims[s.Epoch] = append(b.claims[s.Epoch], c)
			if b.reach(s.Epoch, c, true) {
				b.spread(s.Epoch)
			}
			if n.err != nil || !b.inPast(s.Epoch, n.past) { // nobody has keys of what they have not heard of
				continue
			}
			for _, d := range body.To {
				if slices.ContainsFunc(l.names[d], n.past.has) && !l.handedBefore(keyring{s.Epoch, d}, n, s.Mask) {
					b.hand(s.Epoch, d, handing{i, s.Mask})
				}
			}
		}
	case Ack:
		if n.err != nil {
			return
		}
		if len(body.Bad) > 0 {
			b.acks[n.op.Device] = append(b.acks[n.op.Device], i)
		}
		for _, e := range body.Bad {
			if k := (keyring{e, n.op.Device}); b.byID[e] != nil {
				b.bad[k] = append(b.bad[k], i)
			}
		}
	}
}

// noteMade takes up what devices have complained of an epoch of which nobody had heard.
func (l *Log) noteMade(e kp1.EID) {
	for d, acks := range l.epochs.acks {
		for _, a := range acks {
			if l.complains(a, e) {
				k := keyring{e, d}
				l.epochs.bad[k] = append(l.epochs.bad[k], a)
			}
		}
	}
}

// complains reports whether a valid Ack says of an epoch that its keys did not come.
func (l *Log) complains(a int, e kp1.EID) bool {
	_, found := slices.BinarySearchFunc(l.nodes[a].body.(Ack).Bad, e, kp1.EID.Compare)
	return found
}

// Complaints returns the Acks, in order of arrival, in which a device says that keys of an epoch did not come. The epoch may be one
// that nobody here has heard of.
func (l *Log) Complaints(d kp1.DID, e kp1.EID) (out []kp1.ID) {
	acks := l.epochs.bad[keyring{e, d}]
	if l.epochs.byID[e] == nil {
		acks = l.epochs.acks[d]
	}
	for _, a := range acks {
		if l.cur.set.has(a) && l.complains(a, e) {
			out = append(out, l.nodes[a].op.ID)
		}
	}
	return out
}

// handedBefore reports whether an op hands over nothing that its author does not know the device to have: whoever says so
// again for ever takes no more room.
func (l *Log) handedBefore(k keyring, n *node, mask uint64) bool {
	return slices.ContainsFunc(l.epochs.handed[k].by, func(h handing) bool {
		return mask&^h.mask == 0 && n.past.has(h.op) && !slices.ContainsFunc(l.epochs.bad[k], func(a int) bool {
			return n.past.has(a) && !l.nodes[h.op].past.has(a)
		})
	})
}

func (b *epochBook) hand(e kp1.EID, d kp1.DID, by handing) {
	k := keyring{e, d}
	h := b.handed[k]
	h.by = append(h.by, by)
	b.handed[k] = h
}

// admitEpoch keeps what devices hold up to date with an op that has just been admitted.
func (l *Log) admitEpoch(i int) {
	n, b := l.nodes[i], &l.epochs
	if _, made := b.made[i]; n.err != nil && !made || l.trial {
		return
	}
	switch body := n.body.(type) {
	case Rekey:
		if !slices.ContainsFunc(b.byID[body.Epoch], func(r int) bool { return r != i && l.cur.set.has(r) }) {
			b.here++
			b.granted(body.Epoch)
		}
		for _, d := range body.To {
			l.weigh(body.Epoch, d)
		}
	case Grant:
		for _, s := range body.Shares {
			for _, d := range body.To {
				l.weigh(s.Epoch, d)
			}
		}
	case Ack:
		for _, e := range body.Bad {
			l.weigh(e, n.op.Device)
		}
	}
}

// granted counts the devices that were handed keys of an epoch before its Rekey was admitted.
func (b *epochBook) granted(e kp1.EID) {
	counted := map[kp1.DID]bool{}
	for _, c := range b.claims[e] {
		for _, d := range c.to {
			if !counted[d] {
				b.counts[d] = b.counts[d].move(0, b.handed[keyring{e, d}].mask)
			}
			counted[d] = true
		}
	}
}

// weigh works out anew which keys of an epoch a device holds.
func (l *Log) weigh(e kp1.EID, d kp1.DID) {
	b, k := &l.epochs, keyring{e, d}
	h, was := b.handed[k], b.handed[k].mask
	if h.mask = l.holds(k); h.mask == was {
		return
	}
	b.handed[k] = h
	if b.inPast(e, l.cur.set) {
		b.counts[d] = b.counts[d].move(was, h.mask)
	}
}

// spread works out who was given keys of an epoch by Grants. A Grant counts, effective or not, if its author had itself
// been given keys of the epoch: what somebody without them claims to have handed over costs nobody a Rekey.
func (b *epochBook) spread(e kp1.EID) {
	given := b.given[e]
	if given == nil {
		return // no Rekey yet
	}
	for again := true; again; {
		again = false
		for _, c := range b.claims[e] {
			again = b.reach(e, c, false) || again
		}
	}
}

// reach gives what one claim hands over, and reports whether the others have to be asked again. Of a new claim they do
// only if somebody it reached has claimed something too: a newcomer's Grant speaks of every epoch there is.
func (b *epochBook) reach(e kp1.EID, c claim, fresh bool) (again bool) {
	given := b.given[e]
	if given == nil {
		return false // no Rekey yet
	}
	comps := c.comps & given[c.by]
	for _, d := range c.to {
		if given[d]|comps != given[d] {
			given[d] |= comps
			again = again || !fresh || slices.ContainsFunc(b.claims[e], func(o claim) bool { return o.by == d })
		}
	}
	return again
}

// Epochs returns every epoch whose valid Rekey is admitted, in the order they came.
func (l *Log) Epochs() []Epoch {
	var out []Epoch
	for _, i := range l.epochs.rekeys {
		if l.cur.set.has(i) {
			out = append(out, l.epochAt(i))
		}
	}
	return out
}

// Sealed returns Epochs and those whose admitted Rekey is not valid. Whoever is to know who belongs needs Kauth of every one:
// what such a Rekey follows stands in one envelope with it, and may well be valid.
func (l *Log) Sealed() []Epoch {
	out := l.Epochs()
	for _, i := range l.epochs.duds {
		if l.cur.set.has(i) {
			out = append(out, l.epochAt(i))
		}
	}
	return out
}

// Newest yields what Epochs returns, the newest first.
func (l *Log) Newest() iter.Seq[Epoch] {
	return func(yield func(Epoch) bool) {
		for _, i := range slices.Backward(l.epochs.rekeys) {
			if l.cur.set.has(i) && !yield(l.epochAt(i)) {
				return
			}
		}
	}
}

// Epoch returns one epoch, if its Rekey is admitted: what is sealed under it may be read.
func (l *Log) Epoch(e kp1.EID) (Epoch, bool) {
	i, ok := l.rekeyOf(e)
	if !ok {
		return Epoch{}, false
	}
	return l.epochAt(i), true
}

// HasEpoch reports whether Epoch would return one, without taking it apart.
func (l *Log) HasEpoch(e kp1.EID) bool {
	_, ok := l.rekeyOf(e)
	return ok
}

// MadeFor returns what the Rekey of an epoch has signed for, if an op that names these auth heads may be read under it: the
// Rekey is admitted, or waits behind a fence and is in the op's past, so that the op waits with it or is the word that lets
// it in.
func (l *Log) MadeFor(e kp1.EID, heads []kp1.ID) (Commits, bool) {
	if i, ok := l.rekeyOf(e); ok {
		return l.epochs.made[i].Commits, true
	}
	made := l.epochs.byID[e]
	if len(made) == 0 {
		return Commits{}, false
	}
	past, err := l.closureOf(heads)
	if err != nil || !slices.ContainsFunc(made, past.has) {
		return Commits{}, false
	}
	return l.epochs.made[made[0]].Commits, true // an epoch's id binds them
}

func (l *Log) rekeyOf(e kp1.EID) (node int, ok bool) {
	for _, i := range l.epochs.byID[e] {
		if l.cur.set.has(i) {
			if node, ok = i, true; l.nodes[i].err == nil {
				break
			}
		}
	}
	return node, ok
}

func (l *Log) epochAt(i int) Epoch {
	e := l.epochs.made[i]
	e.Undone = l.nodes[i].err != nil || l.cur.void.has(i)
	return e
}

// Promised yields the admitted epochs whose Rekey names a device, in the order they came, and the compartments whose keys
// it said it boxed for the device, ascending.
func (l *Log) Promised(d kp1.DID) iter.Seq2[kp1.EID, []uint8] {
	return func(yield func(kp1.EID, []uint8) bool) {
		for _, i := range l.epochs.rekeys {
			e := l.epochs.made[i].ID
			by := l.epochs.handed[keyring{e, d}].by
			k := slices.IndexFunc(by, func(h handing) bool { return h.op == i })
			if k < 0 || !l.cur.set.has(i) {
				continue
			}
			var comps []uint8
			for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
				if by[k].mask&MaskKey(c) != 0 {
					comps = append(comps, c)
				}
			}
			if !yield(e, comps) {
				return
			}
		}
	}
}

// Usable reports whether one may seal in a compartment under an epoch (protocol 5.3): its Rekey is in effect, and
// nobody who was given a key of it for that compartment has lost the right to read there. Whether the keys match their
// commitments is known to who holds them.
func (l *Log) Usable(e kp1.EID, comp uint8) bool {
	return comp <= kp1.CompAdmin && slices.ContainsFunc(l.epochs.byID[e], func(i int) bool {
		return l.nodes[i].err == nil && l.cur.effective(i)
	}) && (l.off.usable || l.safe(e, comp))
}

// safe is the last clause of usable.
func (l *Log) safe(e kp1.EID, comp uint8) bool {
	for d, comps := range l.epochs.given[e] {
		g := l.cur.gear[d]
		if comps>>comp&1 == 1 && !(g.in && mayRead(l.cur.people[g.member].rank, comp)) && !l.maker(e, d, comp) {
			return false
		}
	}
	return true
}

// maker reports whether d knows keys of the epoch in this compartment for no other reason than having made them, while
// it is still in: a member who re-keys makes the admins' key as well.
func (l *Log) maker(e kp1.EID, d kp1.DID, comp uint8) bool {
	if !l.cur.gear[d].in {
		return false
	}
	for _, h := range l.epochs.handed[keyring{e, d}].by {
		if compsOf(h.mask)>>comp&1 == 1 {
			return false
		}
	}
	return slices.ContainsFunc(l.epochs.byID[e], func(i int) bool { return l.nodes[i].op.Device == d })
}

// Pick returns the epoch to seal under in a compartment: of the usable ones that are causally maximal the lowest id. If
// there is none, a Rekey comes first.
func (l *Log) Pick(comp uint8) (kp1.EID, bool) { return l.PickHeld(comp, nil) }

// PickHeld is Pick among the epochs for which held says true: those whose keys this replica has and has checked.
func (l *Log) PickHeld(comp uint8, held func(kp1.EID) bool) (best kp1.EID, ok bool) {
	var top []int
	for k := len(l.epochs.rekeys) - 1; k >= 0; k-- {
		i := l.epochs.rekeys[k]
		if !l.cur.effective(i) || slices.ContainsFunc(top, func(t int) bool { return l.nodes[t].past.has(i) }) {
			continue
		}
		e := l.nodes[i].body.(Rekey).Epoch
		if !l.Usable(e, comp) || held != nil && !held(e) {
			continue
		}
		top = append(top, i)
	}
	for _, i := range l.latest(sorted(top)) {
		if e := l.nodes[i].body.(Rekey).Epoch; !ok || e.Compare(best) < 0 {
			best, ok = e, true
		}
	}
	return best, ok
}

func sorted(xs []int) []int {
	slices.Sort(xs)
	return xs
}

// NeedRekey reports whether some compartment has no usable epoch.
func (l *Log) NeedRekey() bool {
	for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
		if _, ok := l.Pick(c); !ok {
			return true
		}
	}
	return false
}

// NeedRekeyHeld reports whether somebody of this rank has to make an epoch before anything can be written: some
// compartment has no usable epoch, or one this rank reads has none whose key held says is here. Who lacks a key asks
// for it first (an Ack that names the epoch) and asks this after a minute of being online without an answer: an epoch
// whose keys nobody hands over must not keep everybody from writing (protocol 5.2).
func (l *Log) NeedRekeyHeld(rank uint8, held func(e kp1.EID, comp uint8) bool) bool {
	if l.NeedRekey() {
		return true
	}
	return slices.ContainsFunc(Compartments(rank), func(c uint8) bool {
		_, ok := l.PickHeld(c, func(e kp1.EID) bool { return held(e, c) })
		return !ok
	})
}

// From returns the admitted epochs that no other follows, ascending: what a new Rekey names as known.
func (l *Log) From() []kp1.EID {
	var in []int
	for _, i := range l.epochs.rekeys {
		if l.cur.set.has(i) {
			in = append(in, i)
		}
	}
	out := []kp1.EID{}
	for _, i := range l.latest(in) {
		out = append(out, l.nodes[i].body.(Rekey).Epoch)
	}
	slices.SortFunc(out, kp1.EID.Compare)
	return slices.Compact(out)
}

// Followers returns the epochs in effect whose maker knew of e: who knows of one of them has no cause to seal under e.
func (l *Log) Followers(e kp1.EID) []Epoch {
	at, ok := l.rekeyOf(e)
	if !ok {
		return nil
	}
	var out []Epoch
	for _, i := range l.epochs.rekeys {
		if l.cur.effective(i) && l.nodes[i].past.has(at) {
			out = append(out, l.epochAt(i))
		}
	}
	return out
}

// Missing returns the devices that are in but lack the key of a picked epoch in a compartment they may read, Kauth of any
// epoch, or Kcont of one their history allows, each with all it may be handed. Devices ascend, and so do the shares. A Grant answers.
func (l *Log) Missing() []Need {
	var out []Need
	picks := l.picks()
	for d, g := range l.cur.gear {
		if g.in && l.urgent(d, g, picks) {
			out = append(out, Need{Device: d, Member: g.member, HPKE: g.hpke, Shares: l.due(d, g, picks)})
		}
	}
	slices.SortFunc(out, func(a, b Need) int { return a.Device.Compare(b.Device) })
	return out
}

// Due returns all that a device may be handed and does not have: Kauth of every epoch, the keys of the picked epochs,
// and Kcont of older ones as its member's history allows. It is empty for a device that is not in.
func (l *Log) Due(d kp1.DID) []Share {
	g := l.cur.gear[d]
	if !g.in {
		return nil
	}
	return l.due(d, g, l.picks())
}

// urgent reports whether a device lacks Kauth of any epoch, the key of a picked one in a compartment it may read, or Kcont
// of one that its person's history allows: somebody who was a guest for a while gets nothing of that while by new keys.
func (l *Log) urgent(d kp1.DID, g gear, picks [3]kp1.EID) bool {
	has, comps := l.epochs.counts[d], Compartments(l.cur.people[g.member].rank)
	if has.auth < l.epochs.here || slices.ContainsFunc(comps, func(c uint8) bool {
		return !picks[c].IsZero() && l.epochs.handed[keyring{picks[c], d}].mask&MaskKey(c) == 0
	}) {
		return true
	}
	if !slices.ContainsFunc(comps, func(c uint8) bool { return has.cont[c] < l.epochs.here }) {
		return false
	}
	return len(l.due(d, g, picks)) > 0
}

func (l *Log) picks() (out [3]kp1.EID) {
	for c := range out {
		out[c], _ = l.Pick(uint8(c))
	}
	return out
}

func (l *Log) due(d kp1.DID, g gear, picks [3]kp1.EID) (due []Share) {
	rank, reads := l.cur.people[g.member].rank, l.reader(l.entries(g.member))
	for e := range l.epochs.byID {
		made, here := l.rekeyOf(e)
		if !here {
			continue
		}
		has, want := l.epochs.handed[keyring{e, d}].mask, MaskAuth
		for _, c := range Compartments(rank) {
			switch {
			case l.nodes[made].err != nil: // no words are under it
			case picks[c] == e:
				want |= MaskKey(c)
			case reads(made):
				want |= MaskContent(c)
			}
		}
		if lack := want &^ has; lack != 0 {
			due = append(due, Share{Epoch: e, Mask: lack})
		}
	}
	slices.SortFunc(due, func(a, b Share) int { return a.Epoch.Compare(b.Epoch) })
	return due
}

// holds returns the keys of an epoch a device was validly handed, with all that follows from them, unless it has
// complained since.
func (l *Log) holds(k keyring) (mask uint64) {
	for _, h := range l.epochs.handed[k].by {
		if !l.cur.set.has(h.op) || slices.ContainsFunc(l.epochs.bad[k], func(a int) bool {
			return l.cur.set.has(a) && !l.nodes[h.op].past.has(a)
		}) {
			continue
		}
		mask |= h.mask
	}
	for c := kp1.CompAll; c <= kp1.CompAdmin; c++ {
		if mask&MaskKey(c) != 0 {
			mask |= MaskContent(c)
		}
	}
	if mask&MaskKey(0) != 0 {
		mask |= MaskAuth
	}
	return mask
}

// entries returns the ops that let a member in as it stands now.
func (l *Log) entries(m kp1.MID) []int {
	var out []int
	for _, i := range l.ranks[m] {
		if l.cur.effective(i) && l.entry(i) && l.cur.since(i, m) {
			out = append(out, i)
		}
	}
	return l.latest(out)
}

// reader returns whether one of the entries lets its member read what was sealed under the epoch of a Rekey. What an
// entry allows is worked out once for all of them.
func (l *Log) reader(entries []int) func(r int) bool {
	newest := map[int]map[int]bool{} // by entry without history: the epochs that were newest when the person came
	for _, i := range entries {
		if a, ok := l.nodes[i].deed.body.(Admit); ok && a.History == HistoryNone {
			past, tops := l.nodes[i].past, map[int]bool{}
			for _, r := range l.latest(slices.DeleteFunc(slices.Clone(l.epochs.rekeys), func(r int) bool { return !past.has(r) })) {
				tops[r] = true
			}
			newest[i] = tops
		}
	}
	return func(r int) bool {
		return slices.ContainsFunc(entries, func(i int) bool {
			a, ok := l.nodes[i].deed.body.(Admit)
			switch {
			case !ok || a.History == HistoryAll || !l.nodes[i].past.has(r):
				return true
			case a.History == HistorySince:
				return slices.ContainsFunc(l.epochs.byID[*a.Since], func(s int) bool { return !l.nodes[s].past.has(r) })
			}
			return newest[i][r]
		})
	}
}
