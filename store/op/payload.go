package op

import (
	"crypto/sha256"
	"fmt"
	"io"

	"kith/store/kp1"
)

// SealPayload seals data as the payload of an op of compartment comp, under pk, a fresh random key of the op's own.
// boxes are those of SealBoxes with kp1.LabelAudience, or nil. The op then names the envelope's id, the length and,
// without boxes, pk. Data above kp1.MaxPayload is kp1.ErrTooBig: cut it with SealChunk.
func SealPayload(rnd io.Reader, g kp1.GID, eid kp1.EID, comp uint8, week uint64, pk [32]byte, boxes [][]byte, data []byte) (Envelope, error) {
	return sealPayload(rnd, g, Envelope{V: 1, Kind: KindPayload, EID: eid, Week: week, Boxes: boxes}, comp, pk, 0, data)
}

// SealChunk seals the i-th chunk, from 1, of a payload that is too large for one envelope. Its Blob is the payload.
func SealChunk(rnd io.Reader, g kp1.GID, eid kp1.EID, comp uint8, week uint64, pk [32]byte, i int, data []byte) (Envelope, error) {
	if i < 1 || i > kp1.MaxChunks {
		return Envelope{}, tooBig("chunk %d", i)
	}
	return sealPayload(rnd, g, Envelope{V: 1, Kind: KindChunk, EID: eid, Week: week}, comp, pk, i, data)
}

func sealPayload(rnd io.Reader, g kp1.GID, e Envelope, comp uint8, pk [32]byte, i int, data []byte) (Envelope, error) {
	if len(data) > kp1.MaxPayload {
		return Envelope{}, tooBig("payload of %d bytes", len(data))
	}
	if comp > kp1.CompAdmin {
		return Envelope{}, malformed("compartment %d", comp)
	}
	token := DeleteToken(pk, i)
	e.DelHash = sha256.Sum256(token[:])
	s := sealing{label: kp1.LabelPayload, group: g, chain: comp}
	if err := s.seal(rnd, &e, pk, kp1.X32(pk[:], kp1.LabelHedge), data); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

// OpenPayload opens an envelope of kind 4 with the key its op holds or a box gave. ErrNoKey says that pk is not its
// key. The result is the caller's own.
func OpenPayload(g kp1.GID, e Envelope, comp uint8, pk [32]byte) ([]byte, error) {
	return openPayload(g, e, KindPayload, comp, pk, 0)
}

// Fits reports whether an envelope of kind 4 or 5 is as large as one that holds n bytes: nobody can put more into it than
// an op says.
func (e *Envelope) Fits(n uint64) bool {
	return n <= kp1.MaxPayload && len(e.Cipher) == Bucket(lengthSize+int(n))+tagSize //nolint:gosec // bounded just there
}

// OpenChunk opens the i-th chunk, from 1, of a payload.
func OpenChunk(g kp1.GID, e Envelope, comp uint8, pk [32]byte, i int) ([]byte, error) {
	if i < 1 || i > kp1.MaxChunks {
		return nil, tooBig("chunk %d", i)
	}
	return openPayload(g, e, KindChunk, comp, pk, i)
}

func openPayload(g kp1.GID, e Envelope, kind Kind, comp uint8, pk [32]byte, i int) ([]byte, error) {
	if e.Kind != kind {
		return nil, malformed("kind %d is not %d", e.Kind, kind)
	}
	s := sealing{label: kp1.LabelPayload, group: g, chain: comp}
	data, err := s.open(&e, &pk)
	if err != nil {
		return nil, fmt.Errorf("envelope %s: %w", e.ID.Short(), err)
	}
	// Whoever reads a payload must be able to have it deleted.
	if token := DeleteToken(pk, i); e.DelHash != sha256.Sum256(token[:]) {
		return nil, malformed("envelope %s: hash of another token", e.ID.Short())
	}
	return data, nil
}

// DeleteToken returns what makes a relay delete the payload (i = 0) or its i-th chunk: only its readers can make it.
func DeleteToken(pk [32]byte, i int) (token [32]byte) {
	copy(token[:], kp1.X(pk[:], kp1.Label(kp1.LabelDel, kp1.BE64(uint64(i))), 32))
	return token
}

// Blob is the payload of an op whose data is larger than kp1.MaxPayload: the size of the whole and its chunks in order.
// Every chunk but the last is kp1.MaxPayload bytes.
type Blob struct {
	Size   uint64
	Chunks []kp1.ID
}

type blobForm struct {
	V      uint64     `cbor:"v"`
	Size   uint64     `cbor:"n"`
	Chunks []kp1.Link `cbor:"ch"`
}

// Encode returns the blob's canonical bytes, or an error when size and number of chunks do not fit.
func (b Blob) Encode() ([]byte, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	return kp1.Marshal(blobForm{V: 1, Size: b.Size, Chunks: kp1.Links(b.Chunks)})
}

// DecodeBlob reads what Encode returns.
func DecodeBlob(b []byte) (Blob, error) {
	if len(b) > 64+kp1.LinkSize*kp1.MaxChunks {
		return Blob{}, tooBig("blob of %d bytes", len(b))
	}
	var f blobForm
	if err := kp1.UnmarshalClosed(b, &f); err != nil {
		return Blob{}, fmt.Errorf("blob: %w", err)
	}
	out := Blob{Size: f.Size, Chunks: kp1.IDs(f.Chunks)}
	if f.V != 1 {
		return Blob{}, malformed("blob of version %d", f.V)
	}
	if err := out.check(); err != nil {
		return Blob{}, err
	}
	return out, nil
}

func (b Blob) check() error {
	if len(b.Chunks) > kp1.MaxChunks || b.Size > kp1.MaxChunks*kp1.MaxPayload {
		return tooBig("blob of %d bytes in %d chunks", b.Size, len(b.Chunks))
	}
	if len(b.Chunks) == 0 || (b.Size+kp1.MaxPayload-1)/kp1.MaxPayload != uint64(len(b.Chunks)) {
		return malformed("blob of %d bytes in %d chunks", b.Size, len(b.Chunks))
	}
	return nil
}
