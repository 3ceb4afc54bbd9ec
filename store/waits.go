package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"kith/store/kp1"
)

// Why an entry waits. The numbers stand in files.
const (
	waitOp      uint8 = 1 // for an op that is not here
	waitKey     uint8 = 2 // for the keys of its epoch
	waitPayload uint8 = 3 // a payload for the op that owns it
	waitTurn    uint8 = 4 // for the turn of its author's device, which writes more than it may
	waitBox     uint8 = 5 // for its boxes to be tried, of which its source sends more than it may
	waitRef     uint8 = 6 // for an op it speaks of, to be here or at least to wait here
)

// waiting is what is kept of one entry that cannot be used yet.
type waiting struct {
	Why   uint8   `cbor:"w"`
	For   []byte  `cbor:"f"` // op id, epoch id, the payload's own id, device id or the hash of the source
	Epoch kp1.EID `cbor:"e"` // the envelope's
	Size  uint64  `cbor:"n"` // bytes of the envelope
	From  string  `cbor:"s"` // the device it came from

	Ops []kp1.Link `cbor:"o,omitempty"` // those of its ops that wait, of a chain or for what they speak of
}

// Limits of what is kept for others. An envelope of an epoch of this group that this person has not all the keys of is
// most likely not for their eyes: words of the team at a guest's, or what was written before they came. It is kept,
// since members pass on what they cannot read, and it must not crowd out what truly waits.
const (
	maxApart      = 100_000   // envelopes of one group
	maxApartBytes = 256 << 20 // bytes of those
)

// A parked entry is waiting, and apart when it is most likely not for this person.
type parked struct {
	waiting
	apart bool
}

// tally counts what one source has waiting here.
type tally struct {
	n     int
	bytes uint64
}

// waits holds the entries of one group that cannot be used yet, by what they wait for. Together they stay within the
// limits of protocol.md 2, shared equally between their sources: what does not fit is dropped and asked for again.
type waits struct {
	by    map[uint64]parked
	index map[waitKeyed]map[uint64]bool
	share map[string]tally // those that are not apart, by source
	apart map[string]tally
	ops   map[kp1.ID]int // those that wait, and in how many entries
}

// waitKeyed is a reason and what is waited for.
type waitKeyed struct {
	why uint8
	id  string
}

func newWaits() *waits {
	return &waits{by: map[uint64]parked{}, index: map[waitKeyed]map[uint64]bool{}, share: map[string]tally{}, apart: map[string]tally{}, ops: map[kp1.ID]int{}}
}

// room says whether one more entry of that size fits from that source.
func (w *waits) room(from string, size int, apart bool) bool {
	if apart {
		return fits(w.apart, from, size, maxApart, maxApartBytes)
	}
	return fits(w.share, from, size, kp1.MaxWaiting, kp1.MaxWaitingBytes)
}

func fits(shares map[string]tally, from string, size, most int, mostBytes uint64) bool {
	sources := len(shares)
	if _, known := shares[from]; !known {
		sources++
	}
	sum := tally{}
	for _, t := range shares {
		sum.n, sum.bytes = sum.n+t.n, sum.bytes+t.bytes
	}
	own, add := shares[from], uint64(size) //nolint:gosec // a length
	return sum.n < most && sum.bytes+add <= mostBytes &&
		own.n < most/sources && own.bytes+add <= mostBytes/uint64(sources) //nolint:gosec // a count
}

// count is how many wait, without those apart.
func (w *waits) count() (n int) {
	for _, t := range w.share {
		n += t.n
	}
	return n
}

func (w *waits) tally(x parked, by int) {
	shares := w.share
	if x.apart {
		shares = w.apart
	}
	t := shares[x.From]
	if by > 0 {
		t.n, t.bytes = t.n+1, t.bytes+x.Size
	} else {
		t.n, t.bytes = t.n-1, t.bytes-x.Size
	}
	if shares[x.From] = t; t.n == 0 {
		delete(shares, x.From)
	}
}

func (w *waits) add(n uint64, x waiting, apart bool) {
	w.by[n] = parked{x, apart}
	k := waitKeyed{x.Why, string(x.For)}
	if w.index[k] == nil {
		w.index[k] = map[uint64]bool{}
	}
	w.index[k][n] = true
	w.tally(w.by[n], 1)
	for _, id := range x.Ops {
		w.ops[kp1.ID(id)]++
	}
}

// has says whether an op is here and waits.
func (w *waits) has(id kp1.ID) bool { return w.ops[id] > 0 }

// take removes the entry and returns it.
func (w *waits) take(n uint64) (waiting, bool) {
	x, ok := w.by[n]
	if !ok {
		return waiting{}, false
	}
	delete(w.by, n)
	k := waitKeyed{x.Why, string(x.For)}
	if delete(w.index[k], n); len(w.index[k]) == 0 {
		delete(w.index, k)
	}
	w.tally(x, -1)
	for _, id := range x.Ops {
		if w.ops[kp1.ID(id)]--; w.ops[kp1.ID(id)] == 0 {
			delete(w.ops, kp1.ID(id))
		}
	}
	return x.waiting, true
}

// on returns the entries that wait for this, in order.
func (w *waits) on(why uint8, id []byte) []uint64 {
	return slices.Sorted(maps.Keys(w.index[waitKeyed{why, string(id)}]))
}

// part counts the entries of an epoch apart, now that it is known to be one of this group.
func (w *waits) part(apart func(waiting) bool, e kp1.EID) {
	for n, x := range w.by {
		if x.Epoch == e && x.apart != apart(x.waiting) {
			w.tally(x, -1)
			x.apart = !x.apart
			w.by[n] = x
			w.tally(x, 1)
		}
	}
}

// apart says whether an entry is most likely not for this person: it belongs to an epoch of this group, of which this
// computer has not the keys of every compartment.
func (h *house) apart(x waiting) bool {
	if x.Why != waitKey && x.Why != waitPayload {
		return false
	}
	if !h.log.HasEpoch(x.Epoch) {
		return false
	}
	for c := range uint8(comps) {
		if !h.ring[x.Epoch].reads(c) {
			return true
		}
	}
	return false
}

func decodeWaiting(plain []byte) (waiting, error) {
	var x waiting
	if err := kp1.Unmarshal(plain, &x); err != nil {
		return waiting{}, fmt.Errorf("waiting entry: %w: %w", ErrDamaged, err)
	}
	size := len(kp1.ID{})
	if x.Why == waitKey {
		size = len(kp1.EID{})
	}
	if x.Why < waitOp || x.Why > waitRef || len(x.For) != size || x.Size > kp1.MaxEnvelope || len(x.Ops) > kp1.MaxOps {
		return waiting{}, fmt.Errorf("waiting entry: %w", ErrDamaged)
	}
	return x, nil
}

func (h *house) loadWaits(t tx) error {
	s, err := h.shelf(t, shelfWait, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		x, err := decodeWaiting(plain)
		if err != nil || len(k) != 8 {
			return false, errors.Join(ErrDamaged, err)
		}
		h.waits.add(number(k), x, h.apart(x))
		return true, nil
	})
}
