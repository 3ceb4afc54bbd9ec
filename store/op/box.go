package op

import (
	"bytes"
	"crypto/hpke"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"kith/store/kp1"
)

// The one suite of HPKE: X-Wing, HKDF-SHA256, ChaCha20-Poly1305; single-shot base mode, no additional data.
var (
	boxKEM  = hpke.MLKEM768X25519()
	boxKDF  = hpke.HKDFSHA256()
	boxAEAD = hpke.ChaCha20Poly1305()
)

// Sizes of boxes, in bytes.
const (
	BoxKeySize = 1216 // public key
	encSize    = 1120 // encapsulated key, at the start of every box
	boxExtra   = encSize + tagSize
	lockboxBox = LockboxSize + boxExtra // 1,400
)

// BoxKey is a private key that opens boxes: a device's, or that of an invite. It is a secret.
type BoxKey struct{ key hpke.PrivateKey }

// NewBoxKey makes a key from the system's own randomness, as crypto/hpke does.
func NewBoxKey() (BoxKey, error) {
	k, err := boxKEM.GenerateKey()
	if err != nil {
		return BoxKey{}, fmt.Errorf("op: box key: %w", err)
	}
	return BoxKey{k}, nil
}

// ParseBoxKey reads the 32 bytes of BoxKey.Bytes.
func ParseBoxKey(b []byte) (BoxKey, error) {
	k, err := boxKEM.NewPrivateKey(b)
	if err != nil {
		return BoxKey{}, malformed("box key of %d bytes", len(b))
	}
	return BoxKey{k}, nil
}

// DeriveBoxKey makes the key that DeriveKeyPair of RFC 9180 gives for ikm.
func DeriveBoxKey(ikm []byte) (BoxKey, error) {
	k, err := boxKEM.DeriveKeyPair(ikm)
	if err != nil {
		return BoxKey{}, fmt.Errorf("op: box key: %w", err)
	}
	return BoxKey{k}, nil
}

// Bytes returns the 32 secret bytes, or nil for the zero key.
func (k BoxKey) Bytes() []byte {
	if k.key == nil {
		return nil
	}
	b, err := k.key.Bytes()
	if err != nil {
		return nil
	}
	return b
}

// Public returns the 1,216 bytes of the public key, or nil for the zero key.
func (k BoxKey) Public() []byte {
	if k.key == nil {
		return nil
	}
	return k.key.PublicKey().Bytes()
}

// CheckBoxPublicKey refuses bytes that are no public key of a box.
func CheckBoxPublicKey(pub []byte) error {
	if _, err := boxKEM.NewPublicKey(pub); err != nil {
		return malformed("box key of %d bytes", len(pub))
	}
	return nil
}

// SealBox seals plain so that only the holder of pub's private key opens it, with the same info.
func SealBox(pub, info, plain []byte) ([]byte, error) {
	p, err := boxKEM.NewPublicKey(pub)
	if err != nil {
		return nil, malformed("box key of %d bytes", len(pub))
	}
	b, err := hpke.Seal(p, boxKDF, boxAEAD, info, plain)
	if err != nil {
		return nil, fmt.Errorf("op: box: %w", err)
	}
	return b, nil
}

// OpenBox opens what SealBox made, or returns ErrNoKey: a wrong key, another info and changed bytes look alike.
func OpenBox(k BoxKey, info, box []byte) ([]byte, error) {
	if k.key == nil || len(box) < boxExtra {
		return nil, ErrNoKey
	}
	plain, err := hpke.Open(k.key, boxKDF, boxAEAD, info, box)
	if err != nil {
		return nil, ErrNoKey
	}
	return plain, nil
}

// BoxTo is one device that shall receive a box.
type BoxTo struct {
	Device kp1.DID
	Public []byte // its box key
	Plain  []byte // what it receives; equally long for all devices of one envelope
}

// BoxInfo returns the info that binds a box to its use, group, epoch and device. label is kp1.LabelLockbox or
// kp1.LabelAudience.
func BoxInfo(label string, g kp1.GID, eid kp1.EID, d kp1.DID) []byte {
	return kp1.Label(label, kp1.LP(g[:], eid[:], d[:]))
}

// SealBoxes makes the boxes of one envelope: one for each device, and as many to nobody as make their number a multiple
// of 8, in an order that says nothing. More than 200 devices, or 64 for an audience, are kp1.ErrTooBig.
func SealBoxes(label string, g kp1.GID, eid kp1.EID, to []BoxTo) ([][]byte, error) {
	boxes, err := sealBoxes(runtime.GOMAXPROCS(0), label, g, eid, to)
	slices.SortFunc(boxes, bytes.Compare)
	return boxes, err
}

// SealBoxesInOrder is SealBoxes on one core, so that a source of randomness that repeats itself is asked in one order. It
// tells each of whose every box is, by the place in to, or -1 of one that is nobody's.
func SealBoxesInOrder(label string, g kp1.GID, eid kp1.EID, to []BoxTo, each func(whose int, box []byte)) ([][]byte, error) {
	boxes, err := sealBoxes(1, label, g, eid, to)
	for i, b := range boxes {
		if i >= len(to) {
			i = -1
		}
		each(i, b)
	}
	slices.SortFunc(boxes, bytes.Compare)
	return boxes, err
}

// sealBoxes seals a box for each of to, in their order, and as many for nobody as it takes.
func sealBoxes(cores int, label string, g kp1.GID, eid kp1.EID, to []BoxTo) ([][]byte, error) {
	limit := kp1.MaxBoxes
	if label == kp1.LabelAudience {
		limit = kp1.MaxAudienceBoxes
	}
	if len(to) > limit {
		return nil, tooBig("%d boxes", len(to))
	}
	if len(to) == 0 {
		return nil, malformed("no boxes")
	}
	size := len(to[0].Plain)
	for _, t := range to {
		if len(t.Plain) != size {
			return nil, malformed("boxes of several sizes")
		}
	}
	boxes := make([][]byte, (len(to)+kp1.BoxMultiple-1)/kp1.BoxMultiple*kp1.BoxMultiple)
	if err := onCores(cores, len(boxes), func(i int) (err error) {
		if i < len(to) {
			if boxes[i], err = SealBox(to[i].Public, BoxInfo(label, g, eid, to[i].Device), to[i].Plain); err != nil {
				return fmt.Errorf("device %s: %w", to[i].Device.Short(), err)
			}
			return nil
		}
		nobody, err := NewBoxKey()
		if err != nil {
			return err
		}
		boxes[i], err = SealBox(nobody.Public(), BoxInfo(label, g, eid, kp1.DID{}), make([]byte, size))
		return err
	}); err != nil {
		return nil, err
	}
	return boxes, nil
}

// onCores calls do for 0 to n-1 and returns the first error it meets.
func onCores(cores, n int, do func(i int) error) error {
	var wg sync.WaitGroup
	workers := min(cores, n)
	errs := make([]error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				errs[w] = do(i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// OpenBoxes tries all boxes, since nothing says whose they are, and returns what is in the first that opens for this
// device, and which that is, or ErrNoKey.
func OpenBoxes(label string, g kp1.GID, eid kp1.EID, d kp1.DID, k BoxKey, boxes [][]byte) (plain []byte, at int, err error) {
	info := BoxInfo(label, g, eid, d)
	plains := make([][]byte, len(boxes))
	var first atomic.Int64 // of those that open
	first.Store(int64(len(boxes)))
	_ = onCores(runtime.GOMAXPROCS(0), len(boxes), func(i int) error {
		if int64(i) > first.Load() {
			return ErrNoKey // so that this core stops
		}
		plain, err := OpenBox(k, info, boxes[i])
		if err != nil {
			return nil //nolint:nilerr // somebody else's
		}
		plains[i] = plain
		for now := first.Load(); int64(i) < now && !first.CompareAndSwap(now, int64(i)); now = first.Load() {
		}
		return nil
	})
	if i := int(first.Load()); i < len(boxes) {
		return plains[i], i, nil
	}
	return nil, 0, ErrNoKey
}

// checkBoxes refuses boxes that an envelope of this kind cannot have: too many, not a multiple of 8, out of order, or
// of a wrong size.
func checkBoxes(kind Kind, boxes [][]byte) error {
	may, must := kind.hasBoxes()
	switch {
	case boxes == nil && !must:
		return nil
	case !may || len(boxes) == 0 || len(boxes)%kp1.BoxMultiple != 0:
		return malformed("kind %d with %d boxes", kind, len(boxes))
	case len(boxes) > kp1.MaxBoxes || kind == KindPayload && len(boxes) > kp1.MaxAudienceBoxes:
		return tooBig("%d boxes", len(boxes))
	}
	size := lockboxBox
	if kind == KindGrant {
		size = len(boxes[0])
		if n := size - boxExtra; n < 256 || Bucket(n) != n {
			return malformed("boxes of %d bytes", size)
		}
	}
	for i, b := range boxes {
		if len(b) != size || i > 0 && bytes.Compare(boxes[i-1], b) >= 0 {
			return malformed("box %d out of size or order", i)
		}
	}
	return nil
}
