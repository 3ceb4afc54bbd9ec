package op

import (
	"fmt"

	"kith/store/kp1"
)

// asItIs begins the short form of an envelope that is kept as it is; any other begins with its kind.
const asItIs = 0

// short reports whether an envelope of the kind has a short form: those that make up nearly all of a history.
func (k Kind) short() bool { return k == KindOps || k == KindPayload || k == KindChunk }

// Short returns an envelope in as few bytes as give it back, for a disk: of a kind without boxes what every such
// envelope has in common is left out. e must be whole, as DecodeEnvelope and the Seal functions return it.
func (e *Envelope) Short() []byte {
	if !e.Kind.short() || len(e.Boxes) > 0 {
		return append(append(make([]byte, 0, 1+len(e.Bytes)), asItIs), e.Bytes...)
	}
	b := append(make([]byte, 0, len(e.Bytes)+16), byte(e.Kind))
	b = append(append(append(b, e.EID[:]...), e.Commit[:]...), e.Salt[:]...)
	if e.Kind.hasDelete() {
		b = append(b, e.DelHash[:]...)
	}
	return append(kp1.AppendUint(b, e.Week), e.Cipher...)
}

// DecodeShort gives back the envelope of which Short made b, its bytes and id included. It checks what DecodeEnvelope
// checks. The result may alias b, which must not change afterwards.
func DecodeShort(b []byte) (Envelope, error) {
	switch {
	case len(b) == 0:
		return Envelope{}, malformed("short envelope of no bytes")
	case len(b) > 1+kp1.MaxEnvelope:
		return Envelope{}, tooBig("short envelope of %d bytes", len(b))
	case b[0] == asItIs:
		e, err := DecodeEnvelope(b[1:])
		if err == nil && e.Kind.short() && len(e.Boxes) == 0 {
			return Envelope{}, malformed("envelope that is shorter")
		}
		return e, err
	}
	e := Envelope{V: 1, Kind: Kind(b[0])}
	if !e.Kind.short() {
		return Envelope{}, malformed("short envelope of kind %d", e.Kind)
	}
	b = b[1:]
	fixed := [][]byte{e.EID[:], e.Commit[:], e.Salt[:]}
	if e.Kind.hasDelete() {
		fixed = append(fixed, e.DelHash[:])
	}
	for _, to := range fixed {
		if len(b) < len(to) {
			return Envelope{}, malformed("short envelope cut short")
		}
		b = b[copy(to, b):]
	}
	r := kp1.NewReader(b)
	e.Week = r.Uint()
	if err := r.Err(); err != nil {
		return Envelope{}, fmt.Errorf("short envelope: %w", err)
	}
	e.Cipher = r.Rest()
	if err := e.finish(); err != nil {
		return Envelope{}, err
	}
	return e, nil
}
