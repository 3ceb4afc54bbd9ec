package store

import (
	"encoding/hex"
	"fmt"

	"kith/store/kp1"
)

// Why an entry waits. The numbers stand in files.
const (
	waitOp      uint8 = 1 // for an op that is not here
	waitKey     uint8 = 2 // for the keys of its epoch
	waitPayload uint8 = 3 // a payload for the op that owns it
)

// waiting is what is kept of one entry that cannot be used yet.
type waiting struct {
	Why  uint8  `cbor:"w"`
	For  []byte `cbor:"f"` // op id, epoch id or the payload's own id
	Size uint64 `cbor:"n"` // bytes of the envelope
	From string `cbor:"s"` // the source it came from
}

// waits holds the entries of one group that cannot be used yet, by what they wait for. Together they stay within the
// limits of protocol.md 2, shared equally between their sources: what does not fit is dropped and asked for again.
type waits struct {
	by    map[uint64]waiting
	index map[string][]uint64
	bytes uint64
	share map[string]int
}

func newWaits() *waits {
	return &waits{by: map[uint64]waiting{}, index: map[string][]uint64{}, share: map[string]int{}}
}

func waitIndex(why uint8, id []byte) string { return string(rune('0'+why)) + hex.EncodeToString(id) }

// room says whether one more entry of that size fits from that source.
func (w *waits) room(from string, size int) bool {
	sources := len(w.share)
	if w.share[from] == 0 {
		sources++
	}
	return w.bytes+uint64(size) <= kp1.MaxWaitingBytes && w.share[from] < kp1.MaxWaiting/sources //nolint:gosec // a length
}

func (w *waits) add(n uint64, x waiting) {
	w.by[n] = x
	i := waitIndex(x.Why, x.For)
	w.index[i] = append(w.index[i], n)
	w.bytes += x.Size
	w.share[x.From]++
}

// take removes the entry and returns it.
func (w *waits) take(n uint64) (waiting, bool) {
	x, ok := w.by[n]
	if !ok {
		return waiting{}, false
	}
	delete(w.by, n)
	i := waitIndex(x.Why, x.For)
	left := w.index[i][:0:0]
	for _, m := range w.index[i] {
		if m != n {
			left = append(left, m)
		}
	}
	if w.index[i] = left; len(left) == 0 {
		delete(w.index, i)
	}
	w.bytes -= x.Size
	if w.share[x.From]--; w.share[x.From] == 0 {
		delete(w.share, x.From)
	}
	return x, true
}

// on returns the entries that wait for this.
func (w *waits) on(why uint8, id []byte) []uint64 { return w.index[waitIndex(why, id)] }

func (h *house) loadWaits(t tx) error {
	s, err := h.shelf(t, shelfWait, false)
	if err != nil {
		return err
	}
	return s.each(nil, func(k, plain []byte) (bool, error) {
		var x waiting
		if err := kp1.Unmarshal(plain, &x); err != nil || len(k) != 8 {
			return false, fmt.Errorf("waiting entry: %w", ErrDamaged)
		}
		h.waits.add(number(k), x)
		return true, nil
	})
}
