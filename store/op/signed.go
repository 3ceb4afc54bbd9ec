package op

import (
	"crypto/ed25519"
	"fmt"

	"kith/store/kp1"
)

// Signed is an op with its id, its bytes as they were received or made, and the device's signature.
type Signed struct {
	Op
	ID      kp1.ID // of OpBytes; the signature is not in it, so signing again makes no new op
	OpBytes []byte
	Sig     [64]byte
}

// sigSize is the encoded size of a signature.
const sigSize = 2 + ed25519.SignatureSize

// Sign encodes and signs o. V may be left 0 for 1. It returns an error wrapping kp1.ErrForm or kp1.ErrTooBig when o is
// no valid op, and ErrForged when dsk is not the key of o.Device. The result shares Auth, Deps, Body and Payload with o.
func Sign(o Op, dsk ed25519.PrivateKey) (Signed, error) {
	s, err := Form(o)
	if err != nil {
		return Signed{}, err
	}
	return s, s.Sign(dsk)
}

// Form is Sign without the signature, which is not in the id: an op may be known, and another follow it, before it is
// signed. Nobody believes it until Sign has signed it.
func Form(o Op) (Signed, error) {
	if o.V == 0 {
		o.V = 1
	}
	b, err := o.encode()
	if err != nil {
		return Signed{}, err
	}
	return Signed{Op: o, ID: kp1.Sum(b), OpBytes: b}, nil
}

// Sign fills in the signature. It returns ErrForged when dsk is not the key of s.Device.
func (s *Signed) Sign(dsk ed25519.PrivateKey) error {
	if len(dsk) != ed25519.PrivateKeySize || kp1.DeviceID(ed25519.PublicKey(dsk[32:])) != s.Device {
		return fmt.Errorf("signing as device %s: %w", s.Device.Short(), ErrForged)
	}
	s.Sig = s.head().Sign(dsk)
	return nil
}

func (s *Signed) head() kp1.Head {
	return kp1.Head{Group: s.Group, Device: s.Device, Chain: s.Chain(), Seq: s.Seq, Prev: s.Prev, Op: s.ID}
}

// Head returns the bytes that are signed, without the label. They and Sig may outlive the op itself.
func (s Signed) Head() []byte { return s.head().Encode() }

// Verify returns nil if the signature is by the device the op names and pub is that device's key, else ErrForged.
// pub must have passed kp1.CheckPublicKey where it first appeared.
func (s Signed) Verify(pub ed25519.PublicKey) error {
	if !s.head().Verify(pub, s.Sig) {
		return fmt.Errorf("op %s: %w", s.ID.Short(), ErrForged)
	}
	return nil
}

// Encode returns the array of op bytes and signature.
func (s Signed) Encode() []byte { return s.append(make([]byte, 0, s.size())) }

func (s *Signed) append(b []byte) []byte {
	b = kp1.AppendBytes(kp1.AppendArray(b, 2), s.OpBytes)
	return kp1.AppendBytes(b, s.Sig[:])
}

// size is an upper bound of the encoded size, at most 2 bytes too high.
func (s *Signed) size() int { return 1 + 3 + len(s.OpBytes) + sigSize }

// DecodeSigned reads what Encode returns. It checks form and limits and computes the id; the signature is checked by
// Verify, once the device's key is known. The result aliases b, which must not change afterwards.
func DecodeSigned(b []byte) (Signed, error) {
	r := kp1.NewReader(b)
	s, err := readSigned(r)
	if err != nil {
		return Signed{}, err
	}
	if err := r.Done(); err != nil {
		return Signed{}, fmt.Errorf("signed op: %w", err)
	}
	return s, nil
}

func readSigned(r *kp1.Reader) (Signed, error) {
	var s Signed
	if n := r.Array(2); r.Err() == nil && n != 2 {
		return Signed{}, malformed("signed op of %d parts", n)
	}
	s.OpBytes = r.Bytes()
	r.Fill(s.Sig[:])
	if err := r.Err(); err != nil {
		return Signed{}, fmt.Errorf("signed op: %w", err)
	}
	var err error
	if s.Op, err = decodeOp(s.OpBytes); err != nil {
		return Signed{}, err
	}
	s.ID = kp1.Sum(s.OpBytes)
	return s, nil
}
