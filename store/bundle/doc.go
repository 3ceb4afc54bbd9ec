// Package bundle is the outside of a file that goes by memory stick: for whom each of its parcels opens, and how the bytes
// in it are sealed. It never touches a disk, and knows nothing of what is carried.
package bundle

import "kith/store/kp1"

// A bundle begins with its name and version.
const (
	kin   = "kith bundle "
	magic = kin + "1\n"
)

// Sizes, in bytes, and counts.
const (
	keySize  = 32
	slotSize = 1_136 + keySize // a box of a key
	idSize   = 16

	plainSize = 64 << 10 // of a block: a length, data, zeros
	dataSize  = plainSize - 4
	blockSize = plainSize + 16

	leastSlots = 8
	maxSlots   = kp1.MaxDevices // of one parcel
	maxTried   = 1_024          // of one file: each is tried with every key of the reader
)

// The refusals of this package.
var (
	// ErrNot says that a file is no bundle.
	ErrNot = &kp1.Error{ECode: "E_NOT_BUNDLE", Msg: "not a bundle"}
	// ErrNewer says that a later version made the bundle.
	ErrNewer = &kp1.Error{ECode: "E_BUNDLE_NEWER", Msg: "bundle of a newer version"}
	// ErrDamaged says that a bundle was cut short or changed.
	ErrDamaged = &kp1.Error{ECode: "E_BUNDLE_DAMAGED", Msg: "bundle is damaged"}
)

// ID names one parcel. It is drawn by chance.
type ID [idSize]byte

// slotsFor is how many slots a parcel for so many devices has: the number says little about them.
func slotsFor(n int) int {
	for s := leastSlots; s < maxSlots; s *= 2 {
		if n <= s {
			return s
		}
	}
	return maxSlots
}

// mayHave reports whether slotsFor could have said n.
func mayHave(n int) bool { return n >= leastSlots && n <= maxSlots && slotsFor(n) == n }
