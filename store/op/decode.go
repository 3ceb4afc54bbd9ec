package op

import (
	"fmt"

	"kith/store/kp1"
)

// Which keys of an op were there. The bits never leave decodeOp.
const (
	seenA  = 0x0001
	seenB  = 0x0002
	seenC  = 0x0004
	seenD  = 0x0008
	seenG  = 0x0010
	seenK  = 0x0020
	seenN  = 0x0040
	seenP  = 0x0080
	seenS  = 0x0100
	seenT  = 0x0200
	seenV  = 0x0400
	seenTS = 0x0800
	seenPE = 0x1000
	seenPK = 0x2000
	seenPL = 0x4000

	seenUnknown = 0x8000
	seenAll     = seenA | seenB | seenC | seenD | seenG | seenN | seenS | seenT | seenV | seenTS
)

// decodeOp reads the bytes of one op and refuses all that Op.check and the canonical form refuse. An unknown key is
// refused in version 1 and passed over in later ones. The result's Body aliases b.
func decodeOp(b []byte) (Op, error) {
	if len(b) > kp1.MaxAuthOp {
		return Op{}, tooBig("op of %d bytes", len(b))
	}
	if err := kp1.Check(b); err != nil {
		return Op{}, fmt.Errorf("op: %w", err)
	}
	var (
		o    Op
		ref  PayloadRef
		key  [32]byte
		seen int
	)
	r := kp1.NewReader(b)
	for range r.Map() {
		seen |= o.decodeField(r, &ref, &key)
	}
	if err := r.Done(); err != nil {
		return Op{}, fmt.Errorf("op: %w", err)
	}
	const payload, boxed = seenPE | seenPL | seenPK, seenPE | seenPL
	switch p := seen & payload; {
	case seen&seenAll != seenAll:
		return Op{}, malformed("op without a key it must have")
	case seen&seenUnknown != 0 && o.V == 1:
		return Op{}, malformed("op with an unknown key")
	case seen&seenP != 0 && o.Prev.IsZero(), seen&seenK != 0 && len(o.Deps) == 0:
		return Op{}, malformed("op with an empty reference")
	case p == payload:
		ref.Key = &key
		fallthrough
	case p == boxed:
		o.Payload = &ref
	case p != 0:
		return Op{}, malformed("op with half a payload")
	}
	if err := o.check(); err != nil {
		return Op{}, fmt.Errorf("op: %w", err)
	}
	if len(b) > o.maxBytes() {
		return Op{}, tooBig("op of %d bytes", len(b))
	}
	return o, nil
}

// decodeField reads one key and its value and returns the key's bit.
func (o *Op) decodeField(r *kp1.Reader, ref *PayloadRef, key *[32]byte) int {
	switch string(r.Text()) {
	case "a":
		o.Auth = r.Links(kp1.MaxAuthRefs)
		return seenA
	case "b":
		o.Body = r.Bytes()
		return seenB
	case "c":
		c := r.Uint()
		if c >= kp1.MaxCompartments {
			r.Fail(malformed("compartment %d", c))
		}
		o.Comp = uint8(c)
		return seenC
	case "d":
		r.Fill(o.Device[:])
		return seenD
	case "g":
		r.Fill(o.Group[:])
		return seenG
	case "k":
		o.Deps = r.Links(kp1.MaxContentRefs)
		return seenK
	case "n":
		r.Fill(o.Nonce[:])
		return seenN
	case "p":
		o.Prev = r.Link()
		return seenP
	case "s":
		o.Seq = r.Uint()
		return seenS
	case "t":
		o.Type = typeName(r.Text())
		return seenT
	case "v":
		o.V = r.Uint()
		return seenV
	case "ts":
		o.Time = r.Uint()
		return seenTS
	case "pe":
		ref.ID = r.Link()
		return seenPE
	case "pk":
		r.Fill(key[:])
		return seenPK
	case "pl":
		ref.Len = r.Uint()
		return seenPL
	}
	r.Skip()
	return seenUnknown
}

// typeName copies a type name, but not one that is too long to be one.
func typeName(b []byte) string {
	if len(b) > kp1.MaxTypeName {
		return ""
	}
	return string(b)
}
