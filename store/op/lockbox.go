package op

import (
	"kith/store/kp1"
)

// Sizes of a lockbox's plaintext, in bytes.
const (
	slotSize    = 1 + 32
	slots       = 8
	LockboxSize = slots * slotSize // 264
)

// Tags of slots that hold no key of a compartment.
const (
	slotAudience = 0xfe // the payload key of a named audience
	slotUnused   = 0xff
)

// Slot is one key in a lockbox: the key K of an epoch and compartment.
type Slot struct {
	Comp uint8
	Key  [32]byte
}

// EncodeLockbox returns the 264 bytes that a Rekey's box holds for a device that may read these compartments. Slots
// must ascend strictly.
func EncodeLockbox(keys []Slot) ([]byte, error) {
	if len(keys) == 0 || len(keys) > slots {
		return nil, tooBig("%d slots", len(keys))
	}
	b := emptyLockbox()
	for i, s := range keys {
		if s.Comp >= kp1.MaxCompartments || i > 0 && keys[i-1].Comp >= s.Comp {
			return nil, malformed("slot %d of compartment %d", i, s.Comp)
		}
		b[i*slotSize] = s.Comp
		copy(b[i*slotSize+1:], s.Key[:])
	}
	return b, nil
}

// DecodeLockbox reads what EncodeLockbox returns. Slots out of order, a gap between them, or an unused slot that is not
// zero are kp1.ErrForm.
func DecodeLockbox(b []byte) ([]Slot, error) {
	if len(b) != LockboxSize {
		return nil, malformed("lockbox of %d bytes", len(b))
	}
	out := make([]Slot, 0, slots)
	for ; len(b) > 0 && b[0] != slotUnused; b = b[slotSize:] {
		if b[0] >= kp1.MaxCompartments || len(out) > 0 && out[len(out)-1].Comp >= b[0] {
			return nil, malformed("slot of compartment %d", b[0])
		}
		out = append(out, Slot{Comp: b[0], Key: [32]byte(b[1:slotSize])})
	}
	if len(out) == 0 || !unused(b) {
		return nil, malformed("lockbox slots")
	}
	return out, nil
}

// EncodeAudience returns the 264 bytes that the box of a named audience holds.
func EncodeAudience(pk [32]byte) []byte {
	b := emptyLockbox()
	b[0] = slotAudience
	copy(b[1:], pk[:])
	return b
}

// DecodeAudience reads what EncodeAudience returns.
func DecodeAudience(b []byte) (pk [32]byte, err error) {
	if len(b) != LockboxSize || b[0] != slotAudience || !unused(b[slotSize:]) {
		return pk, malformed("audience box of %d bytes", len(b))
	}
	return [32]byte(b[1:slotSize]), nil
}

func emptyLockbox() []byte {
	b := make([]byte, LockboxSize)
	for i := range slots {
		b[i*slotSize] = slotUnused
	}
	return b
}

// unused reports whether b is nothing but unused slots.
func unused(b []byte) bool {
	for i, c := range b {
		if i%slotSize == 0 && c != slotUnused || i%slotSize != 0 && c != 0 {
			return false
		}
	}
	return true
}
