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

// sums holds of each chunk of a set the sum of its first i items at i, and of all chunks before it. Those of a chunk are
// never changed: a later round of the same nonce shares them.
type sums struct {
	chunks [][]sum
	before []sum
}

// sumsOf adds up. before, which may be nil, is a round of the same nonce, whose set may share chunks with this one.
func sumsOf(s Set, nonce [32]byte, before *Round) sums {
	was := map[*Item]int{} // the chunks of before, by where they lie: a chunk never changes
	if before != nil {
		for i, c := range before.set.chunks {
			was[&c[0]] = i
		}
	}
	out := sums{make([][]sum, len(s.chunks)), make([]sum, len(s.chunks)+1)}
	for i, c := range s.chunks {
		if k, ok := was[&c[0]]; ok && len(before.set.chunks[k]) == len(c) {
			out.chunks[i] = before.sums.chunks[k]
		} else {
			of := make([]sum, len(c)+1)
			for j := range c {
				of[j+1] = of[j].plus(keyed(nonce, c[j].ID))
			}
			out.chunks[i] = of
		}
		out.before[i+1] = out.before[i].plus(out.chunks[i][len(c)])
	}
	return out
}

// upTo is the sum of the first i items.
func (r *Round) upTo(i int) sum {
	if i == r.set.n {
		return r.sums.before[len(r.sums.chunks)]
	}
	c := r.set.chunkAt(i)
	return r.sums.before[c].plus(r.sums.chunks[c][i-r.set.starts[c]])
}

func (r *Round) fingerprint(lo, hi int) fingerprint {
	s := r.upTo(hi).minus(r.upTo(lo))
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
