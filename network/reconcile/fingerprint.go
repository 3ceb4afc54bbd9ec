package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// labelFingerprint keeps fingerprints apart from every other hash of the protocol.
const labelFingerprint = "kp1/fp"

// fingerprintSize is the bytes of a fingerprint on the wire.
const fingerprintSize = 16

type fingerprint [fingerprintSize]byte

// sum is a number modulo 2^256, least significant word first.
type sum [4]uint64

func (a sum) plus(b sum) (c sum) {
	var carry uint64
	for i := range c {
		c[i], carry = bits.Add64(a[i], b[i], carry)
	}
	return c
}

func (a sum) minus(b sum) (c sum) {
	var borrow uint64
	for i := range c {
		c[i], borrow = bits.Sub64(a[i], b[i], borrow)
	}
	return c
}

// keyed is the number that stands for an id in one session. Nobody knows it before both sides have drawn the nonce,
// so sets that collide cannot be prepared.
func keyed(nonce [32]byte, id ID) (s sum) {
	var in [64]byte
	copy(in[:32], nonce[:])
	copy(in[32:], id[:])
	h := sha256.Sum256(in[:])
	for i := range s {
		s[i] = binary.LittleEndian.Uint64(h[8*i:])
	}
	return s
}

// prefixSums holds at i the sum of the first i items, so that any range costs one subtraction. before, which may be nil, is
// a round of the same nonce, whose set may share chunks with this one.
func prefixSums(s Set, nonce [32]byte, before *Round) []sum {
	was := map[*Item]int{} // the chunks of before, by where they lie: a chunk never changes
	if before != nil {
		for i, c := range before.set.chunks {
			was[&c[0]] = i
		}
	}
	sums := make([]sum, 1, s.n+1)
	var total sum
	for _, c := range s.chunks {
		if k, ok := was[&c[0]]; ok && len(before.set.chunks[k]) == len(c) {
			from := before.set.starts[k]
			for i := range c {
				sums = append(sums, total.plus(before.sums[from+i+1].minus(before.sums[from])))
			}
			total = sums[len(sums)-1]
			continue
		}
		for i := range c {
			total = total.plus(keyed(nonce, c[i].ID))
			sums = append(sums, total)
		}
	}
	return sums
}

func (r *Round) fingerprint(lo, hi int) fingerprint {
	s := r.sums[hi].minus(r.sums[lo])
	in := make([]byte, 0, len(labelFingerprint)+32+32+8)
	in = append(in, labelFingerprint...)
	in = append(in, r.nonce[:]...)
	for _, w := range s {
		in = binary.LittleEndian.AppendUint64(in, w)
	}
	in = binary.BigEndian.AppendUint64(in, uint64(hi-lo))
	h := sha256.Sum256(in)
	return fingerprint(h[:fingerprintSize])
}
