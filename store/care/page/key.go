// Package page keeps a sorted collection in pages, so that a change copies one page and not the collection, and so that
// a stored collection opens without reading its pages. It never touches clock, disk, network or randomness; where pages
// lie is the caller's business.
//
// The same entries give the same pages, byte for byte, whatever order they came in: up to MaxEntries entries are one
// page; more are parted at the first bit in which their keys differ, and so on downwards. No balancing, so no history.
package page

import (
	"cmp"
	"encoding/binary"
	"math/bits"

	"kith/store/kp1"
)

// MaxEntries is how many entries one page holds.
const MaxEntries = 128

// Key orders entries: by Hi, then Lo, then ID.
type Key struct {
	Hi, Lo uint64
	ID     kp1.ID
}

// Compare orders keys.
func (k Key) Compare(o Key) int {
	return cmp.Or(cmp.Compare(k.Hi, o.Hi), cmp.Compare(k.Lo, o.Lo), k.ID.Compare(o.ID))
}

// keyBits is the length of a key in bits.
const keyBits = 64 + 64 + 256

// bit returns bit i of the key, the first being the most significant.
func (k Key) bit(i int) int {
	switch {
	case i < 64:
		return int(k.Hi >> (63 - i) & 1)
	case i < 128:
		return int(k.Lo >> (127 - i) & 1)
	}
	i -= 128
	return int(k.ID[i/8] >> (7 - i%8) & 1)
}

// firstDiff returns the first bit in which two keys differ; keyBits when they are equal.
func firstDiff(a, b Key) int {
	if x := a.Hi ^ b.Hi; x != 0 {
		return bits.LeadingZeros64(x)
	}
	if x := a.Lo ^ b.Lo; x != 0 {
		return 64 + bits.LeadingZeros64(x)
	}
	for i := 0; i < len(a.ID); i += 8 {
		if x := binary.BigEndian.Uint64(a.ID[i:]) ^ binary.BigEndian.Uint64(b.ID[i:]); x != 0 {
			return 128 + 8*i + bits.LeadingZeros64(x)
		}
	}
	return keyBits
}

// Entry is what a Book holds. Its key never changes.
type Entry interface{ PageKey() Key }

// Mark is an entry that is nothing but its key, for indexes.
type Mark struct{ Key }

// PageKey returns the key itself.
func (m Mark) PageKey() Key { return m.Key }
