package mailbox

import (
	"bytes"
	"crypto/sha256"
	"math"
	"math/bits"

	"kith/network/reconcile"
)

// Kind says what an envelope holds, as far as its header tells (protocol 6.1).
type Kind uint8

// The kinds of envelope. The numbers are part of the format.
const (
	KindOps     Kind = 1
	KindRekey   Kind = 2
	KindGrant   Kind = 3
	KindPayload Kind = 4
	KindChunk   Kind = 5
	KindDrop    Kind = 6
	KindRequest Kind = 7
	KindWelcome Kind = 8
)

// control reports whether an envelope of the kind brings members the news of who belongs.
func (k Kind) control() bool { return k == KindRekey || k == KindGrant }

// deletable reports whether who can read an envelope of the kind may have it deleted.
func (k Kind) deletable() bool { return k == KindPayload || k == KindChunk }

// rendezvous reports whether the kind belongs to a rendezvous mailbox, and to no other.
func (k Kind) rendezvous() bool { return k >= KindDrop && k <= KindWelcome }

// sealed reports whether the kind has a salt and a commitment; the others are one box.
func (k Kind) sealed() bool { return k != KindRequest && k != KindWelcome }

// Header is what a mailbox reads of an envelope. All else in it is sealed.
type Header struct {
	reconcile.Item // the sort key and the id: SHA-256 of the bytes
	Kind           Kind
	Delete         [32]byte // kinds 4 and 5: SHA-256 of the token that has it deleted
}

// Sizes of sealed bytes (docs/spec/op.md, sections 3, 4 and 6).
const (
	tagSize  = 16
	boxExtra = 1120 + tagSize // bytes of a box beside what is in it
	lockbox  = 264 + boxExtra
	maxOps   = 81_920  // the largest bucket of a list of ops
	maxData  = 196_608 // the largest bucket of a payload
)

// bucket reports whether n is a size to which data is padded.
func bucket(n int) bool {
	if n < 256 {
		return false
	}
	p := 1 << bits.Len(uint(n-1)) //nolint:gosec // at least 256
	return n == p || p > 4096 && n%(p/8) == 0
}

// ReadHeader reads the header of an envelope and refuses, with ErrKind, what no reader of envelopes would take: another
// form, a version or a kind that is not known, sizes that cannot be. It keeps no reference to b and takes no memory.
func ReadHeader(b []byte) (Header, error) {
	if len(b) > MaxEnvelope {
		return Header{}, ErrKind
	}
	r := reader{b: b}
	var h Header
	var seen, version uint64
	sealed, boxes := 0, boxes{}
	for last, n := -1, r.head(5, 9); n > 0 && !r.bad; n-- {
		key := r.bytes(3, 2)
		at := bytes.IndexByte([]byte("elmnsvwy"), first(key))
		if string(key) == "dt" {
			at = 8
		} else if len(key) != 1 {
			at = -1
		}
		if at <= last {
			return Header{}, ErrKind
		}
		last = at
		seen |= 1 << at
		switch at {
		case 0:
			r.exactly(16)
		case 1:
			boxes = r.boxes()
		case 2, 4:
			r.exactly(32)
		case 3:
			h.Kind = Kind(r.head(0, math.MaxUint8)) //nolint:gosec // bounded
		case 5:
			version = r.head(0, math.MaxUint64)
		case 6:
			h.Week = r.head(0, math.MaxUint64-1) // one more cannot be reconciled
		case 7:
			sealed = len(r.bytes(2, MaxEnvelope))
		default:
			copy(h.Delete[:], r.exactly(32))
		}
	}
	if r.bad || len(r.b) > 0 || version != 1 || seen != h.Kind.keys()|seen&(1<<1) || !h.fits(sealed, boxes) {
		return Header{}, ErrKind
	}
	h.ID = sha256.Sum256(b)
	return h, nil
}

// keys are those an envelope of the kind has, boxes apart, as bits by their place.
func (k Kind) keys() uint64 {
	keys := uint64(1<<0 | 1<<3 | 1<<5 | 1<<6 | 1<<7)
	if k.sealed() {
		keys |= 1<<2 | 1<<4
	}
	if k.deletable() {
		keys |= 1 << 8
	}
	return keys
}

// fits reports whether the sealed bytes and the boxes have sizes that the kind can have.
func (h Header) fits(sealed int, b boxes) bool {
	most, extra := maxData, tagSize
	switch {
	case h.Kind < KindOps || h.Kind > KindWelcome:
		return false
	case h.Kind <= KindGrant:
		most = maxOps
	case !h.Kind.sealed():
		most, extra = MaxEnvelope, boxExtra
	}
	if n := sealed - extra; n > most || !bucket(n) {
		return false
	}
	switch h.Kind {
	case KindRekey:
		return b.n > 0 && b.size == lockbox
	case KindGrant:
		return b.n > 0 && bucket(b.size-boxExtra)
	case KindPayload:
		return !b.there || b.n > 0 && b.n <= audienceBoxes && b.size == lockbox
	}
	return !b.there
}

// boxes is how many boxes of which size stand in an envelope.
type boxes struct {
	there   bool
	n, size int
}

// reader takes canonical CBOR apart: numbers, byte strings, texts, and the heads of arrays and maps.
type reader struct {
	b   []byte
	bad bool
}

// head reads the head of an item of a major type whose number is at most most, in its shortest form.
func (r *reader) head(major byte, most uint64) (n uint64) {
	if r.bad = r.bad || len(r.b) == 0 || r.b[0]>>5 != major; r.bad {
		return 0
	}
	low, size := r.b[0]&0x1f, 0
	switch {
	case low < 24:
		n = uint64(low)
	case low > 27:
		r.bad = true
		return 0
	default:
		size = 1 << (low - 24)
		if r.bad = len(r.b) <= size; r.bad {
			return 0
		}
		for _, c := range r.b[1 : 1+size] {
			n = n<<8 | uint64(c)
		}
		least := [9]uint64{1: 24, 2: 1 << 8, 4: 1 << 16, 8: 1 << 32}[size]
		r.bad = n < least
	}
	if r.bad = r.bad || n > most; r.bad {
		return 0
	}
	r.b = r.b[1+size:]
	return n
}

// bytes reads a string of a major type, of at most most bytes. The result aliases what is read.
func (r *reader) bytes(major byte, most int) []byte {
	n := r.head(major, uint64(most)) //nolint:gosec // a limit
	if r.bad = r.bad || n > uint64(len(r.b)); r.bad {
		return nil
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) exactly(n int) []byte {
	out := r.bytes(2, n)
	r.bad = r.bad || len(out) != n
	return out
}

// boxes reads the list of boxes: of one size, ascending, a multiple of eight.
func (r *reader) boxes() boxes {
	out := boxes{there: true, n: int(r.head(4, maxBoxes))} //nolint:gosec // bounded
	var before []byte
	for i := range out.n {
		b := r.bytes(2, MaxEnvelope)
		if i > 0 && (len(b) != len(before) || bytes.Compare(before, b) >= 0) {
			r.bad = true
		}
		if r.bad {
			return boxes{}
		}
		before = b
	}
	out.size = len(before)
	r.bad = r.bad || out.n == 0 || out.n%8 != 0
	return out
}

func first(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}
