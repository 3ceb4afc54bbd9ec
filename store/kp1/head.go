package kp1

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
)

// Head is what a device signs of an op: enough to check a chain, or to prove that a device wrote two ops of one seq,
// without showing any content.
type Head struct {
	Group  GID
	Device DID
	Chain  byte   // ChainAuth, or a compartment
	Seq    uint64 // from 1
	Prev   ID     // zero iff Seq is 1
	Op     ID     // digest of the op's bytes
}

// headSize is the encoded size without and with a previous op.
const (
	headSizeFirst = 4 + 32 + 4 + 32 + 4 + 1 + 4 + 8 + 4 + 4 + 32
	headSize      = headSizeFirst + 32
)

// Encode returns LP(gid, did, [chain], be64(seq), prev or nothing, op).
func (h Head) Encode() []byte { return h.append(make([]byte, 0, headSize)) }

func (h Head) append(b []byte) []byte {
	b = AppendLP(b, h.Group[:])
	b = AppendLP(b, h.Device[:])
	b = append(b, 0, 0, 0, 1, h.Chain)
	b = append(b, 0, 0, 0, 8)
	b = binary.BigEndian.AppendUint64(b, h.Seq)
	if h.Prev.IsZero() {
		b = append(b, 0, 0, 0, 0)
	} else {
		b = AppendLP(b, h.Prev[:])
	}
	return AppendLP(b, h.Op[:])
}

// ParseHead reads what Encode returns. It refuses with ErrForm a seq of 0, a previous op at seq 1 and its absence
// later, and a chain that is no compartment.
func ParseHead(b []byte) (Head, error) {
	var h Head
	if len(b) != headSize && len(b) != headSizeFirst {
		return h, fmt.Errorf("head of %d bytes: %w", len(b), ErrForm)
	}
	copy(h.Group[:], b[4:])
	copy(h.Device[:], b[40:])
	h.Chain = b[76]
	h.Seq = binary.BigEndian.Uint64(b[81:])
	if len(b) == headSize {
		copy(h.Prev[:], b[93:])
	}
	copy(h.Op[:], b[len(b)-32:])
	if string(h.Encode()) != string(b) || !h.Valid() {
		return Head{}, fmt.Errorf("head: %w", ErrForm)
	}
	return h, nil
}

// Valid reports whether seq, previous op and chain fit together.
func (h Head) Valid() bool {
	return h.Seq > 0 && (h.Seq == 1) == h.Prev.IsZero() && (h.Chain == ChainAuth || h.Chain < MaxCompartments)
}

// Sign returns the device's signature of the head.
func (h Head) Sign(dsk ed25519.PrivateKey) (sig [64]byte) {
	copy(sig[:], ed25519.Sign(dsk, h.message(make([]byte, 0, signedHeadSize))))
	return sig
}

// Verify reports whether sig is the signature of the head by the device it names, whose key is pub. It allocates
// nothing and returns false for a key that is not that device's.
func (h Head) Verify(pub ed25519.PublicKey, sig [64]byte) bool {
	if len(pub) != ed25519.PublicKeySize || DeviceID(pub) != h.Device {
		return false
	}
	var room [signedHeadSize]byte
	return ed25519.Verify(pub, h.message(room[:0]), sig[:])
}

const signedHeadSize = len(LabelSigOp) + 1 + headSize

func (h Head) message(b []byte) []byte {
	return h.append(append(append(b, LabelSigOp...), 0))
}

// Follows reports whether h is the next op after prev on the same chain of the same device.
func (h Head) Follows(prev Head) bool {
	return h.Group == prev.Group && h.Device == prev.Device && h.Chain == prev.Chain &&
		h.Seq == prev.Seq+1 && h.Prev == prev.Op
}

// Conflicts reports whether h and o prove that one device wrote two different ops of one seq on one chain.
func (h Head) Conflicts(o Head) bool {
	return h.Group == o.Group && h.Device == o.Device && h.Chain == o.Chain && h.Seq == o.Seq &&
		(h.Prev != o.Prev || h.Op != o.Op)
}
