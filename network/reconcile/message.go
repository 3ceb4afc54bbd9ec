package reconcile

import (
	"errors"
	"fmt"
)

// version is the first byte of every message: Negentropy version 1.
const version = 0x61

// mode says what follows a bound. Numbers of the wire: never reused.
type mode uint64

const (
	modeSkip        mode = 0 // nothing to say of this range
	modeFingerprint mode = 1 // 16 bytes
	modeIDs         mode = 2 // every id the sender holds in the range
	modeRest        mode = 3 // the ids the sender holds beyond the list it was sent
)

// MaxMessage is the most bytes of one message.
const MaxMessage = 64 << 10

// The errors of a message or a round that cannot go on.
var (
	ErrMalformed = errors.New("malformed reconciliation message")
	ErrIdle      = errors.New("reconciliation makes no progress")
	ErrTooMany   = errors.New("reconciliation asks for too much")
)

func malformed(what string) error { return fmt.Errorf("%w: %s", ErrMalformed, what) }

// appendVarint writes Negentropy's varint: base 128, most significant group first.
func appendVarint(b []byte, v uint64) []byte {
	var tmp [10]byte
	i := len(tmp) - 1
	tmp[i] = byte(v & 0x7f)
	for v >>= 7; v > 0; v >>= 7 {
		i--
		tmp[i] = byte(v&0x7f) | 0x80
	}
	return append(b, tmp[i:]...)
}

// reader takes a message apart. It allocates nothing.
type reader struct {
	b        []byte
	lastWeek uint64
}

func (r *reader) varint() (uint64, error) {
	var v uint64
	for i, c := range r.b {
		if i == 0 && c == 0x80 || i > 9 || v>>57 != 0 {
			return 0, malformed("varint")
		}
		v = v<<7 | uint64(c&0x7f)
		if c < 0x80 {
			r.b = r.b[i+1:]
			return v, nil
		}
	}
	return 0, malformed("short varint")
}

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.b)) {
		return nil, malformed("short")
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b, nil
}

func (r *reader) bound() (Bound, error) {
	w, err := r.varint()
	if err != nil {
		return Bound{}, err
	}
	n, err := r.varint()
	if err != nil {
		return Bound{}, err
	}
	if n > uint64(len(ID{})) || w == 0 && n > 0 {
		return Bound{}, malformed("bound")
	}
	prefix, err := r.take(n)
	if err != nil {
		return Bound{}, err
	}
	if w == 0 {
		return Infinity, nil
	}
	if w-1 > maxWeek-r.lastWeek {
		return Bound{}, malformed("week")
	}
	r.lastWeek += w - 1
	b := Bound{Item: Item{Week: r.lastWeek}}
	copy(b.ID[:], prefix)
	return b, nil
}

// between is the shortest bound that parts two neighbours: above a, not above b.
func between(a, b Item) Bound {
	if a.Week != b.Week {
		return Bound{Item: Item{Week: b.Week}}
	}
	n := 0
	for a.ID[n] == b.ID[n] {
		n++
	}
	cut := Bound{Item: Item{Week: b.Week}}
	copy(cut.ID[:], b.ID[:n+1])
	return cut
}

// turn builds the messages of one answer. Each message stands alone: it starts at the lowest bound again.
type turn struct {
	messages [][]byte
	cur      []byte
	lastWeek uint64
	at       Bound // how far cur speaks
	full     bool
}

// reserve is kept free in each message for one more fingerprint and the skip before it.
const reserve = 2*(10+1+32+1) + fingerprintSize

// maxTurn is the most messages of one turn.
const maxTurn = 16

func (t *turn) begin() {
	t.cur, t.lastWeek, t.at = append(make([]byte, 0, 512), version), 0, Bound{}
}

// fits makes room for n more bytes, in a new message if need be. It is false when the turn is full.
func (t *turn) fits(n int) bool {
	if t.cur == nil {
		t.begin()
	}
	if len(t.cur)+n+reserve <= MaxMessage {
		return true
	}
	if len(t.messages) == maxTurn-1 {
		return false
	}
	t.messages = append(t.messages, t.cur)
	t.begin()
	return true
}

func (t *turn) bound(b Bound) {
	t.at = b
	if b.Inf {
		t.cur = append(t.cur, 0, 0)
		return
	}
	n := len(b.ID)
	for n > 0 && b.ID[n-1] == 0 {
		n--
	}
	t.cur = appendVarint(t.cur, b.Week-t.lastWeek+1)
	t.lastWeek = b.Week
	t.cur = appendVarint(t.cur, uint64(n))
	t.cur = append(t.cur, b.ID[:n]...)
}

// say opens a range in the current message; the caller has asked fits and appends the payload.
func (t *turn) say(g Range, m mode) {
	if t.at.Compare(g.Lo) < 0 {
		t.bound(g.Lo)
		t.cur = append(t.cur, byte(modeSkip))
	}
	t.bound(g.Hi)
	t.cur = append(t.cur, byte(m))
}

func (t *turn) end() [][]byte {
	if t.cur == nil {
		t.begin()
	}
	return append(t.messages, t.cur)
}
