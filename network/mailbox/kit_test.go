package mailbox

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"
	"time"
)

// start is when every test begins.
var start = time.Unix(1_795_000_000, 0)

// made is an envelope made for a test: sealed bytes of nothing.
type made struct {
	kind   Kind
	week   uint64
	seed   string
	sealed int // bytes before the tag, or in the box; 0 for 256
	boxes  int
	size   int // of a box; 0 for that of a lockbox
}

// token is what deletes the envelope of a seed.
func token(seed string) [32]byte { return sha256.Sum256([]byte("token " + seed)) }

func text(b []byte, s string) []byte   { return append(head(b, 3, uint64(len(s))), s...) }
func data(b []byte, d []byte) []byte   { return append(head(b, 2, uint64(len(d))), d...) }
func number(b []byte, n uint64) []byte { return head(b, 0, n) }

func head(b []byte, major byte, n uint64) []byte {
	switch major <<= 5; {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	case n < 1<<32:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(b, major|27), n)
}

func (m made) bytes() []byte {
	if m.sealed == 0 {
		m.sealed = 256
	}
	sum := sha256.Sum256([]byte(m.seed))
	n, extra := uint64(5), tagSize
	if m.boxes > 0 {
		n++
	}
	if m.kind.sealed() {
		n += 2
	} else {
		extra = boxExtra
	}
	if m.kind.deletable() {
		n++
	}
	b := data(text(head(nil, 5, n), "e"), sum[:16])
	if m.boxes > 0 {
		if m.size == 0 {
			m.size = lockbox
		}
		b = head(text(b, "l"), 4, uint64(m.boxes))
		for i := range m.boxes {
			box := make([]byte, m.size)
			binary.BigEndian.PutUint16(box, uint16(i))
			b = data(b, box)
		}
	}
	if m.kind.sealed() {
		b = data(text(b, "m"), sum[:])
	}
	b = number(text(b, "n"), uint64(m.kind))
	if m.kind.sealed() {
		b = data(text(b, "s"), sum[:])
	}
	b = number(text(b, "v"), 1)
	b = number(text(b, "w"), m.week)
	y := make([]byte, m.sealed+extra)
	copy(y, m.seed)
	b = data(text(b, "y"), y)
	if m.kind.deletable() {
		t := token(m.seed)
		t = sha256.Sum256(t[:])
		b = data(text(b, "dt"), t[:])
	}
	return b
}

// letter is a made envelope with the boxes its kind needs.
func letter(kind Kind, seed string) []byte {
	m := made{kind: kind, week: 2968, seed: seed}
	if kind.control() {
		m.boxes = 8
	}
	if kind == KindGrant {
		m.size = 512 + boxExtra
	}
	return m.bytes()
}

func idOf(env []byte) [32]byte { return sha256.Sum256(env) }

func key(i int) Key       { return Key(sha256.Sum256([]byte{'k', byte(i)})) }
func ticket(i int) Ticket { return Ticket(sha256.Sum256([]byte{'t', byte(i)})) }

var ours, theirs = Tenant{1}, Tenant{2}

// paired is a shelf with a tenant whose tickets are 1 (member) and 2 (admin), and another with 3 and 4.
func paired(t testing.TB, l Limits) (*Shelf, *Memory) {
	t.Helper()
	s, m := New(l), &Memory{}
	for i, tenant := range []Tenant{ours, theirs} {
		if err := s.Pair(m, tenant, ticket(2*i+1), ticket(2*i+2)); err != nil {
			t.Fatal(err)
		}
	}
	return s, m
}

func member(k int, source string) Visitor { return Visitor{key(k), ticket(1), source} }
func admin(k int, source string) Visitor  { return Visitor{key(k), ticket(2), source} }
func stranger(k int) Visitor              { return Visitor{Mailbox: key(k), Source: "far"} }

func want(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// vectors reads one file of docs/spec/vectors.
func vectors(t testing.TB, file string) []vector {
	t.Helper()
	b, err := os.ReadFile("../../docs/spec/vectors/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var f struct{ Vectors []vector }
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Vectors) == 0 {
		t.Fatalf("%s holds no vectors", file)
	}
	return f.Vectors
}

type vector struct {
	Name   string
	In     map[string]any
	Expect map[string]any
}

func unhex(t testing.TB, in map[string]any, name string) []byte {
	t.Helper()
	s, _ := in[name].(string)
	b, err := hex.DecodeString(s)
	if err != nil || len(b) == 0 {
		t.Fatalf("%s = %q: %v", name, s, err)
	}
	return b
}
