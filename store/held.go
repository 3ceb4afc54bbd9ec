package store

import (
	"encoding/binary"
	"fmt"
	"math/bits"

	"kith/store/kp1"
)

// notesMost is how many words of others are kept in memory alone. They go to the disk with what is filed next: one that is
// lost in a crash is asked for again, and costs no commit of its own.
const notesMost = 64

// heldChunk is how many log entries one stored record of a bitmap covers.
const heldChunk = 4096

// holdings says, for each other device, which entries of our log it has on its own disk by its own word: a STORED
// frame on its own channel, or a signed op of its own that could not have been written without (protocol.md 7.4).
// Nothing is ever assumed. A word lost in a crash is asked for again; what is shown is then too little, never too much.
type holdings struct {
	by    map[kp1.DID]*bitmap
	dirty map[heldKey]bool
}

type heldKey struct {
	device kp1.DID
	chunk  uint32
}

type bitmap struct{ words []uint64 }

func newHoldings() *holdings {
	return &holdings{by: map[kp1.DID]*bitmap{}, dirty: map[heldKey]bool{}}
}

// note marks entry n as held by d and says whether that is news.
func (h *holdings) note(d kp1.DID, n uint64) bool {
	b := h.by[d]
	if b == nil {
		b = &bitmap{}
		h.by[d] = b
	}
	if !b.set(n) {
		return false
	}
	h.dirty[heldKey{d, uint32(n / heldChunk)}] = true //nolint:gosec // a log of 2^44 entries does not fit a disk
	return true
}

// unnote takes the word of d for entry n back: it has lost it. It says whether that is news.
func (h *holdings) unnote(d kp1.DID, n uint64) bool {
	b := h.by[d]
	if b == nil || !b.has(n) {
		return false
	}
	b.words[n/64] &^= 1 << (n % 64)
	h.dirty[heldKey{d, uint32(n / heldChunk)}] = true //nolint:gosec // as in note
	return true
}

// noteUpTo marks every entry up to n as held by d and says whether that is news.
func (h *holdings) noteUpTo(d kp1.DID, n uint64) bool {
	news := false
	b := h.by[d]
	for i := uint64(1); i <= n; i++ {
		if b != nil && i%64 == 0 && i+63 <= n && i/64 < uint64(len(b.words)) && b.words[i/64] == ^uint64(0) {
			i += 63 // a full word
			continue
		}
		news = h.note(d, i) || news
		b = h.by[d]
	}
	return news
}

// lacks lists the entries up to last that d has not said it holds; known is false when d never said anything or when
// they are more than most.
func (h *holdings) lacks(d kp1.DID, last uint64, most int) (entries []uint64, known bool) {
	b := h.by[d]
	if b == nil || b.count()+most < int(last) { //nolint:gosec // entries of one disk
		return nil, false
	}
	for n := uint64(1); n <= last; n++ {
		if !b.has(n) {
			if entries = append(entries, n); len(entries) > most {
				return nil, false
			}
		}
	}
	return entries, true
}

func (h *holdings) has(d kp1.DID, n uint64) bool {
	b := h.by[d]
	return b != nil && b.has(n)
}

// heard counts a word of others that is in memory alone, about what they hold or that they were heard out; the lock is held.
func (l *Ledger) heard(h *house) error {
	if h.notes++; h.notes < notesMost {
		return nil
	}
	_, err := l.changeLocked(h.writeNotes)
	return err
}

// writeNotes puts what others have said on the disk.
func (h *house) writeNotes(t tx) error {
	if len(h.held.dirty) > 0 {
		s, err := h.shelf(t, shelfHeld, true)
		if err != nil {
			return err
		}
		h.touch()
		if err := h.held.save(s); err != nil {
			return err
		}
	}
	if h.newRound {
		s, err := h.shelf(t, shelfRounds, true)
		if err != nil {
			return err
		}
		h.touch()
		if err := s.putCBOR(keyRounds, h.rounds); err != nil {
			return err
		}
	}
	if h.newKnows {
		if err := h.saveTold(t); err != nil {
			return err
		}
	}
	h.notes, h.newRound = 0, false
	return nil
}

// save writes the changed chunks to s.
func (h *holdings) save(s shelf) error {
	for k := range h.dirty {
		of := binary.BigEndian.AppendUint32(k.device[:len(k.device):len(k.device)], k.chunk)
		if err := s.put(s.in.rest.Name(shelfHeld, of), append(of, h.by[k.device].chunk(k.chunk)...)); err != nil {
			return err
		}
	}
	clear(h.dirty)
	return nil
}

// load reads what save wrote, of a log of that many entries.
func (h *holdings) load(s shelf, last uint64) error {
	return s.each(nil, func(_, plain []byte) (bool, error) { return true, h.restore(plain, last) })
}

// restore reads one record.
func (h *holdings) restore(plain []byte, last uint64) error {
	var d kp1.DID
	const of = len(d) + 4
	if len(plain) < of || (len(plain)-of)%8 != 0 || len(plain)-of > heldChunk/8 {
		return fmt.Errorf("held record of %d bytes: %w", len(plain), ErrDamaged)
	}
	copy(d[:], plain)
	chunk := binary.BigEndian.Uint32(plain[len(d):])
	plain = plain[of:]
	if uint64(chunk) > last/heldChunk {
		return fmt.Errorf("held record beyond the log: %w", ErrDamaged)
	}
	b := h.by[d]
	if b == nil {
		b = &bitmap{}
		h.by[d] = b
	}
	first := int(chunk) * (heldChunk / 64)
	b.grow(first + len(plain)/8)
	for i := range len(plain) / 8 {
		b.words[first+i] = binary.BigEndian.Uint64(plain[i*8:])
	}
	return nil
}

func (b *bitmap) grow(words int) {
	if need := words - len(b.words); need > 0 {
		b.words = append(b.words, make([]uint64, need)...)
	}
}

func (b *bitmap) set(n uint64) bool {
	b.grow(int(n/64) + 1) //nolint:gosec // as above
	was := b.words[n/64]
	b.words[n/64] |= 1 << (n % 64)
	return was != b.words[n/64]
}

func (b *bitmap) has(n uint64) bool {
	return n/64 < uint64(len(b.words)) && b.words[n/64]&(1<<(n%64)) != 0
}

func (b *bitmap) count() int {
	sum := 0
	for _, w := range b.words {
		sum += bits.OnesCount64(w)
	}
	return sum
}

func (b *bitmap) chunk(c uint32) []byte {
	lo := int(c) * (heldChunk / 64)
	hi := min(lo+heldChunk/64, len(b.words))
	var out []byte
	for _, w := range b.words[min(lo, hi):hi] {
		out = binary.BigEndian.AppendUint64(out, w)
	}
	return out
}
