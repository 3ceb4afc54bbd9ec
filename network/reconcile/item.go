// Package reconcile holds range-based set reconciliation: two peers find out which envelopes the other lacks by comparing
// fingerprints of ever smaller ranges (docs/spec/sync.md). It reads no clock, disk, network or randomness.
package reconcile

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"math"
	"slices"
)

// ID names one envelope: the sha2-256 digest inside its CIDv1.
type ID [32]byte

// String is the id in lower-case hex.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Compare orders ids bytewise.
func (id ID) Compare(o ID) int { return bytes.Compare(id[:], o[:]) }

// Item is one envelope as reconciliation sees it: a sort key and nothing else.
type Item struct {
	Week uint64 // whole weeks since 1970 by the sealer's clock; a sort key, believed by nobody
	ID   ID
}

// Compare orders items by week, then id.
func (i Item) Compare(o Item) int {
	if c := cmp.Compare(i.Week, o.Week); c != 0 {
		return c
	}
	return i.ID.Compare(o.ID)
}

// less is Compare < 0, for who asks very often.
func (i *Item) less(o *Item) bool {
	if i.Week != o.Week {
		return i.Week < o.Week
	}
	return bytes.Compare(i.ID[:], o.ID[:]) < 0
}

// Bound is a place between items: every item less than it is below. Its id may be a prefix padded with zeros.
type Bound struct {
	Item
	Inf bool // above every item; Item is then zero
}

// Infinity is above every item.
var Infinity = Bound{Inf: true}

// maxWeek is the largest week that can be written; an envelope that claims a later one is not carried.
const maxWeek = math.MaxUint64 - 1

// Compare orders bounds; infinity is the largest.
func (b Bound) Compare(o Bound) int {
	switch {
	case b.Inf && o.Inf:
		return 0
	case b.Inf:
		return 1
	case o.Inf:
		return -1
	}
	return b.Item.Compare(o.Item)
}

// Above reports whether the item lies below the bound.
func (b Bound) Above(i Item) bool { return b.Inf || i.Compare(b.Item) < 0 }

// Range is the items from Lo (included) to Hi (left out).
type Range struct{ Lo, Hi Bound }

// All is the range of every item.
var All = Range{Hi: Infinity}

// Holds reports whether the item lies in the range.
func (r Range) Holds(i Item) bool { return !r.Lo.Above(i) && r.Hi.Above(i) }

// Ranges are ranges that rise and do not touch. Whether one of them holds something costs the logarithm of how many they
// are: the other side may have named a quarter of a million.
type Ranges []Range

// Joined returns what these ranges hold together.
func Joined(all []Range) Ranges {
	var out Ranges
	for _, g := range slices.SortedFunc(slices.Values(all), func(a, b Range) int { return a.Lo.Compare(b.Lo) }) {
		if n := len(out); n > 0 && out[n-1].Hi.Compare(g.Lo) >= 0 {
			if g.Hi.Compare(out[n-1].Hi) > 0 {
				out[n-1].Hi = g.Hi
			}
			continue
		}
		out = append(out, g)
	}
	return out
}

// Holds reports whether the item lies in one of the ranges.
func (r Ranges) Holds(i Item) bool {
	g, ok := r.from(Bound{Item: i})
	return ok && g.Hi.Above(i)
}

// cover reports whether all of a range lies in one of the ranges.
func (r Ranges) cover(g Range) bool {
	wide, ok := r.from(g.Lo)
	return ok && g.Hi.Compare(wide.Hi) <= 0
}

// from returns the last range that begins at a bound or below.
func (r Ranges) from(lo Bound) (Range, bool) {
	at, exact := slices.BinarySearchFunc(r, lo, func(g Range, b Bound) int { return g.Lo.Compare(b) })
	switch {
	case exact:
		return r[at], true
	case at > 0:
		return r[at-1], true
	}
	return Range{}, false
}
