package store

import (
	"bytes"
	"fmt"
	"slices"

	"kith/store/kp1"
	"kith/store/op"
)

// A receipt is the content op by which a device that was not met says what it holds, and what its person has opened
// (protocol.md 7.4; docs/spec/sync.md, section 12). It names places in chains, not ops, so that it is small, and the newest
// one replaces what an older one of that device said of the same chain.

// typeReceipt is its type.
const typeReceipt = "receipt"

const (
	receiptChains = 16       // chains in one receipt
	receiptNot    = 8        // ops of one chain that are not whole; of a chain with more nothing is said yet
	receiptNots   = 20       // of all its chains
	receiptSeen   = 24       // ops that were opened, in one receipt
	receiptShort  = 10 * 60  // seconds, in which a device writes
	receiptPair   = 2        // so many of them at most: one for what came, one for what was opened
	receiptDaily  = 8        // and in a day
	directFor     = 15 * 60  // seconds after a comparison for which a device is told things directly
	seenKept      = 1_024    // ops that a device says its person opened, of each compartment: the oldest go first
	openedMost    = 256      // ops that this person opened and nobody was told of yet: likewise
	lackMost      = 256      // payloads that may be missing: with more of them the history is still coming
	walkMost      = 512      // ops of a chain that are read to see what is new in it
	placedMost    = 4_096    // ops whose places are remembered
	maxStatement  = 64 << 10 // bytes of what is kept of one device's receipts of one compartment
)

// brief is the beginning of an op's id. Two ops of one beginning could be made by one author alone, to no end of theirs.
type brief [16]byte

func briefOf(id kp1.ID) brief { return brief(id[:16]) }

func (b brief) compare(o brief) int { return bytes.Compare(b[:], o[:]) }

// holding is what a device says of one chain: it has everything from one op to another on its disk, each with its words
// and the whole of its file, but for those in Not.
type holding struct {
	_        struct{} `cbor:",toarray"`
	Device   kp1.DID
	From, To uint64
	Head     kp1.ID // the op at To: of what was not written yet nobody can speak
	Not      []brief
}

// receipt is the body of the op.
type receipt struct {
	Holds []holding `cbor:"h,omitempty"` // by device, ascending
	Seen  []brief   `cbor:"s,omitempty"` // ascending
}

// decodeReceipt reads the body of a receipt.
func decodeReceipt(body []byte) (r receipt, err error) {
	if len(body) > kp1.MaxContentBody {
		return r, fmt.Errorf("%s of %d bytes: %w", typeReceipt, len(body), kp1.ErrTooBig)
	}
	if err := kp1.Unmarshal(body, &r); err != nil {
		return receipt{}, fmt.Errorf("%s: %w", typeReceipt, err)
	}
	if err := r.check(); err != nil {
		return receipt{}, fmt.Errorf("%s: %w", typeReceipt, err)
	}
	return r, nil
}

func (r receipt) check() error {
	if len(r.Holds) > receiptChains || len(r.Seen) > receiptSeen {
		return kp1.ErrTooBig
	}
	if len(r.Holds)+len(r.Seen) == 0 || !rising(r.Seen, brief.compare) || !rising(r.Holds, func(x, y holding) int { return x.Device.Compare(y.Device) }) {
		return kp1.ErrForm
	}
	nots := 0
	for _, x := range r.Holds {
		if x.From == 0 || x.From > x.To || x.To > kp1.MaxContentSeq || x.Head.IsZero() || !rising(x.Not, brief.compare) {
			return kp1.ErrForm
		}
		if nots += len(x.Not); len(x.Not) > receiptNot || nots > receiptNots {
			return kp1.ErrTooBig
		}
	}
	return nil
}

// rising says whether values ascend, none twice.
func rising[T any](all []T, compare func(T, T) int) bool {
	for i := 1; i < len(all); i++ {
		if compare(all[i-1], all[i]) >= 0 {
			return false
		}
	}
	return true
}

// statement is what a device's receipts of one compartment come to.
type statement struct {
	Device kp1.DID   `cbor:"d"`
	Comp   uint8     `cbor:"c"`
	Seq    uint64    `cbor:"n"` // of the newest of them
	At     []uint64  `cbor:"t"` // what time the newest say that it was, oldest first
	Holds  []holding `cbor:"h"` // by device, ascending
	Seen   []brief   `cbor:"s"` // oldest first
}

// of is what it says of a device's chain.
func (s statement) of(d kp1.DID) (holding, bool) {
	i, ok := slices.BinarySearchFunc(s.Holds, d, func(x holding, d kp1.DID) int { return x.Device.Compare(d) })
	if !ok {
		return holding{}, false
	}
	return s.Holds[i], true
}

// with is s after one receipt more: what is newer is said in the place of what was said before.
func (s statement) with(o op.Signed, r receipt, known func(kp1.DID) bool) statement {
	out := statement{Device: o.Device, Comp: o.Comp, Seq: o.Seq, At: append(slices.Clone(s.At), o.Time), Holds: slices.Clone(s.Holds), Seen: slices.Clone(s.Seen)}
	out.At = out.At[max(0, len(out.At)-receiptDaily):]
	for _, x := range r.Holds {
		if !known(x.Device) {
			continue
		}
		i, ok := slices.BinarySearchFunc(out.Holds, x.Device, func(x holding, d kp1.DID) int { return x.Device.Compare(d) })
		if ok {
			out.Holds[i] = x
		} else {
			out.Holds = slices.Insert(out.Holds, i, x)
		}
	}
	for _, b := range r.Seen {
		if !slices.Contains(out.Seen, b) {
			out.Seen = append(out.Seen, b)
		}
	}
	out.Seen = out.Seen[max(0, len(out.Seen)-seenKept):]
	return out
}

// may says whether one more receipt may be written now: two within ten minutes and eight in a day. Those that were written
// by a clock that was ahead of this one do not count.
func (s statement) may(now uint64) bool {
	short, day := 0, 0
	for _, at := range s.At {
		switch {
		case at > now:
		case now-at < receiptShort:
			short, day = short+1, day+1
		case now-at < daySeconds:
			day++
		}
	}
	return short < receiptPair && day < receiptDaily
}
