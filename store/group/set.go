package group

import (
	"encoding/binary"
	"math/bits"
)

// set is a set of local op numbers. Nearly every past is "all up to some op, and a few more", so the leading words that
// are all ones are only counted. A set is a value: no method changes one, and copies share their words.
type set struct {
	full int      // this many leading words are all ones
	rest []uint64 // the words after them; the last is not zero, the first not all ones
}

const wordBits = 64

func (s set) has(i int) bool {
	w := i / wordBits
	if w < s.full {
		return true
	}
	w -= s.full
	return w < len(s.rest) && s.rest[w]>>(i%wordBits)&1 == 1
}

// word returns word w.
func (s set) word(w int) uint64 {
	if w < s.full {
		return ^uint64(0)
	}
	if w -= s.full; w < len(s.rest) {
		return s.rest[w]
	}
	return 0
}

// words is how many words are not certainly zero.
func (s set) words() int { return s.full + len(s.rest) }

// with returns s and i.
func (s set) with(i int) set {
	if s.has(i) {
		return s
	}
	n := max(s.words(), i/wordBits+1) - s.full
	rest := make([]uint64, n)
	copy(rest, s.rest)
	rest[i/wordBits-s.full] |= 1 << (i % wordBits)
	return set{s.full, rest}.trim()
}

// trim gives a set built by its caller the one form that equal relies on.
func (s set) trim() set {
	for len(s.rest) > 0 && s.rest[0] == ^uint64(0) {
		s.full, s.rest = s.full+1, s.rest[1:]
	}
	for len(s.rest) > 0 && s.rest[len(s.rest)-1] == 0 {
		s.rest = s.rest[:len(s.rest)-1]
	}
	return s
}

// union returns what is in either.
func (s set) union(t set) set {
	if s.full < t.full || s.full == t.full && len(s.rest) < len(t.rest) {
		s, t = t, s
	}
	if t.in(s) {
		return s
	}
	rest := make([]uint64, max(s.words(), t.words())-s.full)
	for w := range rest {
		rest[w] = s.word(s.full+w) | t.word(s.full+w)
	}
	return set{s.full, rest}.trim()
}

// intersect returns what is in both.
func (s set) intersect(t set) set {
	full := min(s.full, t.full)
	rest := make([]uint64, max(0, min(s.words(), t.words())-full))
	for w := range rest {
		rest[w] = s.word(full+w) & t.word(full+w)
	}
	return set{full, rest}.trim()
}

// in reports whether all of s is in t.
func (s set) in(t set) bool {
	for w := t.full; w < s.words(); w++ {
		if s.word(w)&^t.word(w) != 0 {
			return false
		}
	}
	return true
}

func (s set) equal(t set) bool { return s.full == t.full && s.in(t) && t.in(s) }

// minus calls yield with every member of s that is not in t, ascending, until it returns false.
func (s set) minus(t set, yield func(int) bool) {
	for w := min(s.full, t.full); w < s.words(); w++ {
		for x := s.word(w) &^ t.word(w); x != 0; x &= x - 1 {
			if !yield(w*wordBits + bits.TrailingZeros64(x)) {
				return
			}
		}
	}
}

// count returns how many members s has.
func (s set) count() int {
	n := s.full * wordBits
	for _, w := range s.rest {
		n += bits.OnesCount64(w)
	}
	return n
}

// key makes a set's words a map key.
func (s set) key() string {
	b := binary.AppendUvarint(nil, uint64(s.full))
	for _, w := range s.rest {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(b)
}
