package wire

import (
	"encoding/binary"
	"slices"

	"kith/network/reconcile"
)

// Tag is one entry of a hello.
type Tag [tagSize]byte

// HelloBody is the initiator's half of a hello.
func HelloBody(nonce [32]byte, tags []Tag) []byte { return append(nonce[:], TagsBody(tags)...) }

// ReadHello takes a Hello's body apart.
func ReadHello(b []byte) (nonce [32]byte, tags []Tag, err error) {
	if len(b) < 32 {
		return nonce, nil, ErrMalformed
	}
	tags, err = ReadTags(b[32:])
	return [32]byte(b[:32]), tags, err
}

// TagsBody is an Answer's body.
func TagsBody(tags []Tag) []byte {
	b := make([]byte, 0, len(tags)*tagSize)
	for _, t := range tags {
		b = append(b, t[:]...)
	}
	return b
}

// ReadTags takes tags apart: 8, 16 or 32 of them, rising.
func ReadTags(b []byte) ([]Tag, error) {
	switch len(b) {
	case 8 * tagSize, 16 * tagSize, 32 * tagSize:
	default:
		return nil, ErrMalformed
	}
	tags := make([]Tag, 0, MaxTags)
	for t := range slices.Chunk(b, tagSize) {
		tags = append(tags, Tag(t))
	}
	if !slices.IsSortedFunc(tags, func(a, b Tag) int { return slices.Compare(a[:], b[:]) }) {
		return nil, ErrMalformed
	}
	return tags, nil
}

// Turn is what stands before a reconciliation message.
type Turn uint8

// The bits of a Turn.
const (
	Start Turn = 1 // opens a round
	More  Turn = 2 // the turn goes on
	Again Turn = 4 // not this round: exchange what was offered, then open another; the message is empty
	Level Turn = 8 // the opening is our fingerprint too; the message is empty
)

// ReconBody is a Recon's body.
func ReconBody(t Turn, msg []byte) []byte {
	return append(append(make([]byte, 0, 1+len(msg)), byte(t)), msg...)
}

// ReadRecon takes a Recon's body apart. The message is not copied.
func ReadRecon(b []byte) (Turn, []byte, error) {
	if len(b) < 2 || b[0] > byte(Start|More|Again|Level) {
		return 0, nil, ErrMalformed
	}
	return Turn(b[0]), b[1:], nil
}

// IDsBody is the body of an Offer or a Want.
func IDsBody(ids []reconcile.ID) []byte {
	b := make([]byte, 0, len(ids)*idSize)
	for _, id := range ids {
		b = append(b, id[:]...)
	}
	return b
}

// ReadIDs takes ids apart.
func ReadIDs(b []byte) ([]reconcile.ID, error) {
	if len(b) == 0 || len(b)%idSize != 0 || len(b) > MaxIDs*idSize {
		return nil, ErrMalformed
	}
	ids := make([]reconcile.ID, 0, len(b)/idSize)
	for id := range slices.Chunk(b, idSize) {
		ids = append(ids, reconcile.ID(id))
	}
	return ids, nil
}

// Released is one envelope of a Gone: its id, and the token that deletes it, zero where the sender does not know it.
type Released struct {
	ID    reconcile.ID
	Token [32]byte
}

// GoneBody is a Gone's body.
func GoneBody(all []Released) []byte {
	b := make([]byte, 0, len(all)*goneSize)
	for _, x := range all {
		b = append(append(b, x.ID[:]...), x.Token[:]...)
	}
	return b
}

// ReadGone takes a Gone's body apart.
func ReadGone(b []byte) ([]Released, error) {
	if len(b) == 0 || len(b)%goneSize != 0 || len(b) > MaxGone*goneSize {
		return nil, ErrMalformed
	}
	all := make([]Released, 0, len(b)/goneSize)
	for x := range slices.Chunk(b, goneSize) {
		all = append(all, Released{ID: reconcile.ID(x[:idSize]), Token: [32]byte(x[idSize:])})
	}
	return all, nil
}

// RangeBody is a WantRange's body: two bounds, each 0 for infinity or week+1 and the id in full.
func RangeBody(r reconcile.Range) []byte { return appendBound(appendBound(nil, r.Lo), r.Hi) }

func appendBound(b []byte, at reconcile.Bound) []byte {
	if at.Inf {
		return append(b, 0)
	}
	return append(binary.AppendUvarint(b, at.Week+1), at.ID[:]...)
}

// ReadRange takes a range apart; it is not empty.
func ReadRange(b []byte) (r reconcile.Range, err error) {
	if r.Lo, b, err = readBound(b); err != nil {
		return r, err
	}
	if r.Hi, b, err = readBound(b); err != nil {
		return r, err
	}
	if len(b) > 0 || r.Lo.Compare(r.Hi) >= 0 {
		return r, ErrMalformed
	}
	return r, nil
}

func readBound(b []byte) (reconcile.Bound, []byte, error) {
	w, b, err := readUvarint(b)
	if err != nil || w == 0 {
		return reconcile.Infinity, b, err
	}
	if len(b) < idSize {
		return reconcile.Bound{}, nil, ErrMalformed
	}
	at := reconcile.Bound{Item: reconcile.Item{Week: w - 1, ID: reconcile.ID(b[:idSize])}}
	return at, b[idSize:], nil
}

// readUvarint takes the shortest form only.
func readUvarint(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 || n > 1 && b[n-1] == 0 {
		return 0, nil, ErrMalformed
	}
	return v, b[n:], nil
}

// MaxStored is the most envelopes one Stored can speak of.
const MaxStored = 1 << 16

// Why says why an envelope was refused. Numbers of the wire: never reused. One that is not known is read as Unsaid.
type Why uint8

// The reasons.
const (
	Unsaid Why = 0
	NoRoom Why = 1 // it is good, and whoever refused it has no room for it
)

// A Refusal is one refused place of a Stored.
type Refusal struct {
	At  int // from 0, in the order in which they were sent
	Why Why
}

// StoredBody says of the next n envelopes, in the order they were sent, that they are on disk, but for those at the
// refused places (rising). It gives back their credit. Who speaks the first protocol is not told why.
func StoredBody(n int, refused []Refusal, why bool) []byte {
	b := binary.AppendUvarint(nil, uint64(n))
	last := -1
	for _, r := range refused {
		b = binary.AppendUvarint(b, uint64(r.At-last-1))
		last = r.At
		if why {
			b = append(b, byte(r.Why))
		}
	}
	return b
}

// ReadStored takes a Stored's body apart.
func ReadStored(b []byte, why bool) (n int, refused []Refusal, err error) {
	v, b, err := readUvarint(b)
	if err != nil || v == 0 || v > MaxStored {
		return 0, nil, ErrMalformed
	}
	for at := uint64(0); len(b) > 0; at++ {
		var skip uint64
		if skip, b, err = readUvarint(b); err != nil || skip >= v-at || why && len(b) == 0 {
			return 0, nil, ErrMalformed
		}
		at += skip
		r := Refusal{At: int(at)}
		if why {
			r.Why, b = Why(b[0]), b[1:]
		}
		refused = append(refused, r)
	}
	return int(v), refused, nil
}

// EchoBody is an Echo's body.
func EchoBody(parcels [][parcelSize]byte) []byte {
	b := make([]byte, 0, len(parcels)*parcelSize)
	for _, p := range parcels {
		b = append(b, p[:]...)
	}
	return b
}

// ReadEcho takes an Echo's body apart.
func ReadEcho(b []byte) ([][parcelSize]byte, error) {
	if len(b) == 0 || len(b)%parcelSize != 0 || len(b) > MaxEcho*parcelSize {
		return nil, ErrMalformed
	}
	all := make([][parcelSize]byte, 0, len(b)/parcelSize)
	for p := range slices.Chunk(b, parcelSize) {
		all = append(all, [parcelSize]byte(p))
	}
	return all, nil
}
