package op

import (
	"bytes"
	"fmt"

	"kith/store/kp1"
)

// Envelope is what is stored, sent and forwarded, unchanged: a header that everyone may read and sealed bytes.
type Envelope struct {
	V       uint64
	Kind    Kind
	EID     kp1.EID  // epoch; the invite's id in kinds 6 to 8
	Week    uint64   // weeks since 1970 by the sealer's clock: a sort key that nobody believes
	Salt    [32]byte // not in kinds 7 and 8
	Commit  [32]byte // not in kinds 7 and 8
	Boxes   [][]byte // kinds 2, 3, and 4 for a named audience; strictly ascending
	DelHash [32]byte // kinds 4 and 5: SHA-256 of the token that deletes it at a relay
	Cipher  []byte
	ID      kp1.ID // of Bytes
	Bytes   []byte // as received or made
}

// IID returns the invite's id of an envelope of kind 6, 7 or 8.
func (e *Envelope) IID() kp1.IID { return kp1.IID(e.EID) }

// Week returns the number of the week that holds a time in unix milliseconds.
func Week(unixMilli int64) uint64 { return uint64(max(unixMilli, 0)) / (7 * 24 * 3600 * 1000) }

// header returns the envelope without s, m, y and l: the additional data of the seal.
func (e *Envelope) header() []byte {
	n := 4
	if e.Kind.hasDelete() {
		n++
	}
	b := kp1.AppendMap(make([]byte, 0, 80), n)
	b = kp1.AppendBytes(append(b, "\x61e"...), e.EID[:])
	b = kp1.AppendUint(append(b, "\x61n"...), uint64(e.Kind))
	b = kp1.AppendUint(append(b, "\x61v"...), e.V)
	b = kp1.AppendUint(append(b, "\x61w"...), e.Week)
	if e.Kind.hasDelete() {
		b = kp1.AppendBytes(append(b, "\x62dt"...), e.DelHash[:])
	}
	return b
}

// finish encodes the envelope, once all else is filled in: keys e l m n s v w y dt.
func (e *Envelope) finish() error {
	size := 160 + len(e.Cipher)
	for _, x := range e.Boxes {
		size += 5 + len(x)
	}
	n, sealed := 5, !e.Kind.isBox()
	if sealed {
		n += 2
	}
	if len(e.Boxes) > 0 {
		n++
	}
	if e.Kind.hasDelete() {
		n++
	}
	b := kp1.AppendMap(make([]byte, 0, size), n)
	b = kp1.AppendBytes(append(b, "\x61e"...), e.EID[:])
	if len(e.Boxes) > 0 {
		b = kp1.AppendArray(append(b, "\x61l"...), len(e.Boxes))
		for _, x := range e.Boxes {
			b = kp1.AppendBytes(b, x)
		}
	}
	if sealed {
		b = kp1.AppendBytes(append(b, "\x61m"...), e.Commit[:])
	}
	b = kp1.AppendUint(append(b, "\x61n"...), uint64(e.Kind))
	if sealed {
		b = kp1.AppendBytes(append(b, "\x61s"...), e.Salt[:])
	}
	b = kp1.AppendUint(append(b, "\x61v"...), e.V)
	b = kp1.AppendUint(append(b, "\x61w"...), e.Week)
	b = kp1.AppendBytes(append(b, "\x61y"...), e.Cipher)
	if e.Kind.hasDelete() {
		b = kp1.AppendBytes(append(b, "\x62dt"...), e.DelHash[:])
	}
	if len(b) > kp1.MaxEnvelope {
		return tooBig("envelope of %d bytes", len(b))
	}
	if err := e.check(); err != nil {
		return err
	}
	e.Bytes, e.ID = b, kp1.Sum(b)
	return nil
}

// The keys of an envelope, in the order they must have.
const envelopeKeys = "elmnsvwy"

// DecodeEnvelope reads one envelope and checks its form, its kind, and that every size is one that the kind can have.
// It needs no key and proves nothing about who sealed it. The result aliases b, which must not change afterwards.
func DecodeEnvelope(b []byte) (Envelope, error) {
	e := Envelope{Bytes: b}
	if len(b) > kp1.MaxEnvelope {
		return Envelope{}, tooBig("envelope of %d bytes", len(b))
	}
	r := kp1.NewReader(b)
	seen, last := uint(0), -1
	for range r.Map() {
		key := r.Text()
		if r.Err() != nil {
			break
		}
		at := 8 // of "dt"
		if string(key) != "dt" {
			if at = bytes.IndexByte([]byte(envelopeKeys), first(key)); at < 0 || len(key) != 1 {
				return Envelope{}, unknownKey(b)
			}
		}
		if at <= last {
			r.Fail(malformed("keys not in order"))
			break
		}
		last = at
		seen |= 1 << at
		e.decodeField(r, at)
	}
	if err := r.Done(); err != nil {
		return Envelope{}, fmt.Errorf("envelope: %w", err)
	}
	if e.V != 1 && e.V != 0 {
		return Envelope{}, fmt.Errorf("envelope of version %d: %w", e.V, ErrNewer)
	}
	if e.V == 0 || !e.Kind.Valid() || seen != e.keys() {
		return Envelope{}, malformed("envelope of version %d and kind %d", e.V, e.Kind)
	}
	if err := e.check(); err != nil {
		return Envelope{}, err
	}
	e.ID = kp1.Sum(b)
	return e, nil
}

// unknownKey tells a canonical envelope of a later version from a bad one.
func unknownKey(b []byte) error {
	var later struct {
		V uint64 `cbor:"v"`
	}
	if kp1.Unmarshal(b, &later) == nil && later.V > 1 {
		return fmt.Errorf("envelope of version %d: %w", later.V, ErrNewer)
	}
	return malformed("envelope with an unknown key")
}

func first(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// decodeField reads the value of the key at this place in envelopeKeys.
func (e *Envelope) decodeField(r *kp1.Reader, at int) {
	switch at {
	case 0:
		r.Fill(e.EID[:])
	case 1:
		n := r.Array(kp1.MaxBoxes)
		if r.Err() != nil {
			return
		}
		e.Boxes = make([][]byte, n)
		for i := range e.Boxes {
			e.Boxes[i] = r.Bytes()
		}
	case 2:
		r.Fill(e.Commit[:])
	case 3:
		k := r.Uint()
		if k > 255 {
			k = 0
		}
		e.Kind = Kind(k)
	case 4:
		r.Fill(e.Salt[:])
	case 5:
		e.V = r.Uint()
	case 6:
		e.Week = r.Uint()
	case 7:
		e.Cipher = r.Bytes()
	default:
		r.Fill(e.DelHash[:])
	}
}

// keys returns which keys an envelope like this one has, as bits by place.
func (e *Envelope) keys() uint {
	keys := uint(1<<0 | 1<<3 | 1<<5 | 1<<6 | 1<<7)
	if e.Boxes != nil {
		keys |= 1 << 1
	}
	if !e.Kind.isBox() {
		keys |= 1<<2 | 1<<4
	}
	if e.Kind.hasDelete() {
		keys |= 1 << 8
	}
	return keys
}

// check refuses sizes that an envelope of this kind cannot have.
func (e *Envelope) check() error {
	most := Bucket(lengthSize + kp1.MaxPayload)
	if e.Kind.holdsOps() {
		most = maxBatch
	}
	n := len(e.Cipher) - tagSize
	if e.Kind.isBox() {
		n -= encSize
		most = kp1.MaxEnvelope
	}
	switch {
	case n > most:
		return tooBig("sealed %d bytes", n)
	case n < 256 || Bucket(n) != n:
		return malformed("sealed size %d is no bucket", n)
	}
	return checkBoxes(e.Kind, e.Boxes)
}

// maxBatch is the largest bucket of a list of ops.
var maxBatch = Bucket(lengthSize + 2 + kp1.MaxOpsBytes)
