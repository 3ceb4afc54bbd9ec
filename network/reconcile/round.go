package reconcile

import "slices"

const (
	buckets   = 16      // parts into which a differing range is cut
	listMost  = 24      // own items up to which a range is listed, not cut
	restMost  = 128     // ids up to which what the other side lacks is listed, not cut
	idleMost  = 32      // turns without progress before a round is given up
	needMost  = 1 << 18 // ids asked for in one round, and ranges kept
	twiceMost = 4       // own items that may come again with the ranges around them
	namesEach = 8       // ids a list beside a range must name for each item of ours in it, to be taken in
)

// Round is one comparison of two snapshots. Both sides Begin one with the same nonce; one of them opens; then each
// answers the other's turn until Done. What to fetch is told by Wants. Not safe for concurrent use.
type Round struct {
	set   Set
	nonce [32]byte
	sums  sums
	out   turn

	need   map[ID]int32 // which list it stood in last
	lists  []Range
	ranges []Range // wanted whole, because we hold nothing there
	equal  []Range
	level  Ranges   // equal, joined when it was last asked for
	joined int      // of how many
	common []uint64 // a bit for each item of ours that stood in a list of theirs

	open, largest         int // own items in ranges this turn leaves open, and in the largest of them
	bestOpen, bestLargest int
	idle                  int
	came                  int // messages of the turn that is being answered
	done, whole           bool
}

// Begin takes the snapshot. It costs one hash for each item.
func Begin(s Set, nonce [32]byte) *Round { return begin(s, nonce, nil) }

// Again is Begin under the same nonce for what the set has become meanwhile: what did not change is not hashed anew. It
// may be asked of any round that will not be used any more, or is done.
func (r *Round) Again(s Set) *Round { return begin(s, r.nonce, r) }

func begin(s Set, nonce [32]byte, before *Round) *Round {
	return &Round{
		set: s, nonce: nonce, sums: sumsOf(s, nonce, before),
		need:     map[ID]int32{},
		bestOpen: s.n + 1, bestLargest: s.n + 1,
	}
}

// Open is the first message of a round: one fingerprint of everything.
func (r *Round) Open() []byte {
	r.sayFingerprint(All, 0, r.set.n)
	return r.flush()[0]
}

// Done reports whether the round is over on this side.
func (r *Round) Done() bool { return r.done }

// Level reports, to the side that answered an opening, whether both hold exactly the same.
func (r *Round) Level() bool { return r.whole }

// Wants is what this side lacks, when the round is done: single ids, sorted, and whole ranges in which it holds nothing.
// Where a turn was full, what it left open was compared anew with other bounds: a few ids that had been listed before may
// lie in a range as well.
func (r *Round) Wants() ([]ID, []Range) { return r.wants(0) }

// Sweep is Wants for who wants what it lacks in the order in which it was written: ranges with no more than a few items
// of ours between them are one, which the other side can sort as a whole. Those few come twice.
func (r *Round) Sweep() ([]ID, []Range) { return r.wants(twiceMost) }

func (r *Round) wants(twice int) ([]ID, []Range) {
	ranges := r.merged(twice)
	ids := make([]ID, 0, len(r.need))
	for id, list := range r.need {
		if !ranges.cover(r.lists[list]) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, ID.Compare)
	return ids, ranges
}

// Theirs reports whether the round has shown that the other side holds this item of ours.
func (r *Round) Theirs(it Item) bool {
	if i := r.set.below(Bound{Item: it}); i < r.set.n && r.common != nil && r.common[i/64]>>(i%64)&1 == 1 && r.set.At(i) == it {
		return true
	}
	if r.joined != len(r.equal) {
		r.level, r.joined = Joined(r.equal), len(r.equal)
	}
	return r.level.Holds(it)
}

// Answer takes one message of the other side's turn; more says that the turn goes on. After the last it returns our
// turn: 1 to 16 messages, to be sent unless the round is done and nothing came that needs an answer (nil).
func (r *Round) Answer(msg []byte, more bool) ([][]byte, error) {
	if r.done || len(msg) > MaxMessage || len(msg) == 0 || msg[0] != version {
		return nil, malformed("message")
	}
	if r.came++; r.came > maxTurn {
		return nil, malformed("turn")
	}
	in := reader{b: msg[1:]}
	empty := len(in.b) == 0
	if empty && !more && r.out.cur == nil { // the other side has nothing left to say
		r.done = true
		return nil, nil
	}
	lo, at := Bound{}, 0
	for len(in.b) > 0 {
		hi, err := in.bound()
		if err != nil {
			return nil, err
		}
		if hi.Compare(lo) <= 0 {
			return nil, malformed("bounds do not rise")
		}
		end := r.set.below(hi)
		if err := r.weigh(&in, Range{lo, hi}, at, end); err != nil {
			return nil, err
		}
		lo, at = hi, end
	}
	if more {
		return nil, nil
	}
	r.came = 0
	if r.stuck() {
		return nil, ErrIdle
	}
	return r.flush(), nil
}

// weigh answers one range; [at, end) are our items in it.
func (r *Round) weigh(in *reader, g Range, at, end int) error {
	m, err := in.varint()
	if err != nil {
		return err
	}
	switch mode(m) {
	case modeSkip:
		return nil
	case modeFingerprint:
		b, err := in.take(fingerprintSize)
		if err != nil {
			return err
		}
		return r.compare(fingerprint(b), g, at, end)
	case modeIDs, modeRest:
		n, err := in.varint()
		if err != nil {
			return err
		}
		if n > MaxMessage/uint64(len(ID{})) {
			return malformed("list")
		}
		ids, err := in.take(n * uint64(len(ID{})))
		if err != nil {
			return err
		}
		return r.list(ids, g, at, end, mode(m) == modeIDs)
	}
	return malformed("mode")
}

func (r *Round) compare(theirs fingerprint, g Range, at, end int) error {
	switch {
	case r.named() >= needMost:
		return ErrTooMany
	case theirs == r.fingerprint(at, end):
		r.equal = append(r.equal, g)
		r.whole = g == All
	case at == end:
		r.ranges = append(r.ranges, g)
	case theirs == r.fingerprint(0, 0): // they hold nothing here: our fingerprint lets them ask for the range
		r.sayFingerprint(g, at, end)
	case end-at <= listMost:
		r.sayList(g, modeIDs, r.ids(at, end))
	default:
		r.cut(g, at, end)
	}
	return nil
}

// named is how many ranges the other side has made us keep.
func (r *Round) named() int { return len(r.equal) + len(r.ranges) + len(r.lists) }

// list takes in what the other side holds in a range and, when it is their whole list, tells them the rest.
func (r *Round) list(list []byte, g Range, at, end int, whole bool) error {
	theirs := make([]ID, 0, len(list)/len(ID{}))
	for b := range slices.Chunk(list, len(ID{})) {
		theirs = append(theirs, ID(b))
	}
	if !slices.IsSortedFunc(theirs, ID.Compare) { // of one week it is, unless they make it hard
		slices.SortFunc(theirs, ID.Compare)
	}
	theirs = slices.Compact(theirs)
	both := make([]bool, len(theirs))
	if r.common == nil {
		r.common = make([]uint64, (r.set.n+63)/64)
	}
	var rest []ID
	i := at
	r.set.each(at, end, func(it Item) bool {
		if k, ok := slices.BinarySearchFunc(theirs, it.ID, ID.Compare); ok {
			both[k] = true
			r.common[i/64] |= 1 << (i % 64)
		} else if whole && len(rest) <= restMost {
			rest = append(rest, it.ID)
		}
		i++
		return true
	})
	if slices.Contains(both, false) {
		if r.named() >= needMost {
			return ErrTooMany
		}
		r.lists = append(r.lists, g)
	}
	for k, id := range theirs {
		if both[k] {
			continue
		}
		if len(r.need) >= needMost {
			if _, there := r.need[id]; !there {
				return ErrTooMany
			}
		}
		r.need[id] = int32(len(r.lists) - 1) //nolint:gosec // needMost at most
	}
	switch {
	case !whole || len(rest) == 0:
	case len(rest) <= restMost:
		r.sayList(g, modeRest, rest)
	default:
		r.cut(g, at, end)
	}
	return nil
}

func (r *Round) ids(at, end int) []ID {
	ids := make([]ID, 0, end-at)
	r.set.each(at, end, func(it Item) bool { ids = append(ids, it.ID); return true })
	return ids
}

// cut says a fingerprint for each of 16 parts of a range.
func (r *Round) cut(g Range, at, end int) {
	n, lo := end-at, g.Lo
	parts := min(buckets, n)
	for i := range parts {
		from, to := at+n*i/parts, at+n*(i+1)/parts
		hi := g.Hi
		if i < parts-1 {
			hi = between(r.set.At(to-1), r.set.At(to))
		}
		r.sayFingerprint(Range{lo, hi}, from, to)
		lo = hi
	}
}

func (r *Round) sayFingerprint(g Range, at, end int) {
	if !r.room(g, reserve) {
		return
	}
	f := r.fingerprint(at, end)
	r.out.say(g, modeFingerprint)
	r.out.cur = append(r.out.cur, f[:]...)
	r.leaveOpen(end - at)
}

func (r *Round) sayList(g Range, m mode, ids []ID) {
	if !r.room(g, reserve+3+len(ids)*len(ID{})) {
		return
	}
	r.out.say(g, m)
	r.out.cur = appendVarint(r.out.cur, uint64(len(ids)))
	for _, id := range ids {
		r.out.cur = append(r.out.cur, id[:]...)
	}
	if m == modeIDs {
		r.leaveOpen(len(ids))
	}
}

// room makes room in the turn, or closes the turn with one fingerprint of all that is still unsaid.
func (r *Round) room(g Range, n int) bool {
	if r.out.full {
		return false
	}
	if r.out.fits(n) {
		return true
	}
	at := r.set.below(g.Lo)
	f := r.fingerprint(at, r.set.n)
	r.out.say(Range{g.Lo, Infinity}, modeFingerprint)
	r.out.cur = append(r.out.cur, f[:]...)
	r.leaveOpen(r.set.n - at)
	r.out.full = true
	return false
}

func (r *Round) leaveOpen(n int) { r.open, r.largest = r.open+n, max(r.largest, n) }

// stuck counts turns in which neither the open ranges together nor the largest of them got smaller.
func (r *Round) stuck() bool {
	if r.open < r.bestOpen || r.open == r.bestOpen && r.largest < r.bestLargest {
		r.bestOpen, r.bestLargest, r.idle = r.open, r.largest, 0
	} else {
		r.idle++
	}
	r.open, r.largest = 0, 0
	return r.idle >= idleMost
}

// flush ends our turn. A turn that says nothing ends the round.
func (r *Round) flush() [][]byte {
	messages := r.out.end()
	r.done = len(messages) == 1 && len(messages[0]) == 1
	r.out = turn{}
	return messages
}

// merged joins wanted ranges that touch or overlap. As long as no more than twice items of ours lie in all of them, it closes
// gaps, and takes in long lists beside a range: an item of ours in the first or the last part of everything has a range on one side only.
func (r *Round) merged(twice int) Ranges {
	var out Ranges
	for _, g := range r.beside(Joined(r.ranges), &twice) {
		if n := len(out); n > 0 && twice > 0 {
			last := &out[n-1]
			if ours := r.ours(Range{last.Hi, g.Lo}); ours <= twice {
				twice -= ours
				last.Hi = g.Hi
				continue
			}
		}
		out = append(out, g)
	}
	return out
}

// beside widens ranges by the lists that touch them and name many times what we hold there.
func (r *Round) beside(ranges Ranges, twice *int) Ranges {
	if *twice == 0 || len(ranges) == 0 {
		return ranges
	}
	ends, starts := make(map[Bound]bool, len(ranges)), make(map[Bound]bool, len(ranges))
	for _, g := range ranges {
		starts[g.Lo], ends[g.Hi] = true, true
	}
	names := make([]int, len(r.lists))
	for _, list := range r.need {
		names[list]++
	}
	wide := slices.Clone(ranges)
	for i, g := range r.lists {
		if ours := r.ours(g); ours <= min(*twice, names[i]/namesEach) && (ends[g.Lo] || starts[g.Hi]) && !ranges.cover(g) {
			*twice -= ours
			wide = append(wide, g)
		}
	}
	return Joined(wide)
}

// ours is how many items of ours lie in a range.
func (r *Round) ours(g Range) int { return r.set.below(g.Hi) - r.set.below(g.Lo) }
