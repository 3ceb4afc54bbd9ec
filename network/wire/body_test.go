package wire

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"kith/network/reconcile"
)

func TestTags(t *testing.T) {
	tags := make([]Tag, 8)
	for i := range tags {
		tags[i][0] = byte(i)
	}
	nonce, got, err := ReadHello(HelloBody([32]byte{9}, tags))
	if err != nil || nonce != [32]byte{9} || !slices.Equal(got, tags) {
		t.Errorf("ReadHello = %x, %v, %v", nonce, got, err)
	}
	slices.Reverse(tags)
	if _, err := ReadTags(TagsBody(tags)); !errors.Is(err, ErrMalformed) {
		t.Errorf("ReadTags(falling) = %v, want %v", err, ErrMalformed)
	}
	for _, n := range []int{0, 1, 7, 9, 31, 33, 64} {
		if _, err := ReadTags(make([]byte, n*tagSize)); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadTags(%d tags) = %v, want %v", n, err, ErrMalformed)
		}
	}
}

func TestRange(t *testing.T) {
	one := reconcile.Bound{Item: reconcile.Item{Week: 2900, ID: reconcile.ID{1}}}
	for _, r := range []reconcile.Range{reconcile.All, {Lo: one, Hi: reconcile.Infinity}, {Hi: one}} {
		if got, err := ReadRange(RangeBody(r)); err != nil || got != r {
			t.Errorf("ReadRange(RangeBody(%v)) = %v, %v", r, got, err)
		}
	}
	for _, r := range []reconcile.Range{{Lo: one, Hi: one}, {Lo: reconcile.Infinity, Hi: one}} {
		if _, err := ReadRange(RangeBody(r)); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadRange(%v) = %v, want %v", r, err, ErrMalformed)
		}
	}
}

func TestStored(t *testing.T) {
	for _, refused := range [][]Refusal{nil, {{At: 0}}, {{At: 4, Why: NoRoom}}, {{At: 0}, {At: 1, Why: NoRoom}, {At: 4, Why: 255}}} {
		for _, why := range []bool{false, true} {
			n, got, err := ReadStored(StoredBody(5, refused, why), why)
			want := slices.Clone(refused)
			for i := range want {
				if !why {
					want[i].Why = Unsaid
				}
			}
			if err != nil || n != 5 || !slices.Equal(got, want) {
				t.Errorf("ReadStored(5, %v), reasons %v = %d, %v, %v", refused, why, n, got, err)
			}
		}
	}
	for name, b := range map[string][]byte{
		"none": {0}, "beyond": StoredBody(5, []Refusal{{At: 5}}, false), "two beyond": {2, 0, 1}, "more than all": {1, 0, 0},
		"too many": StoredBody(MaxStored+1, nil, false), "not shortest": {0x81, 0},
	} {
		if _, _, err := ReadStored(b, false); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadStored(%s) = %v, want %v", name, err, ErrMalformed)
		}
	}
	for name, b := range map[string][]byte{
		"none": {0}, "no reason": {2, 0}, "no second reason": {2, 0, 1, 0}, "beyond": StoredBody(5, []Refusal{{At: 5}}, true),
		"more than all": {1, 0, 1, 0, 1}, "too many": StoredBody(MaxStored+1, nil, true), "not shortest": {2, 0x80, 0, 1},
	} {
		if _, _, err := ReadStored(b, true); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadStored(%s), with reasons = %v, want %v", name, err, ErrMalformed)
		}
	}
}

// TestStoredFits: what a batch of the largest size can be refused for fits into one frame, and no more is read.
func TestStoredFits(t *testing.T) {
	var all []Refusal
	for at := range MaxRefused / 2 {
		all = append(all, Refusal{at, NoRoom})
	}
	for _, more := range []int{0, 1} {
		var wrote bytes.Buffer
		w := NewWriter(&wrote)
		body := StoredBody(MaxStored, append(all, make([]Refusal, more)...), true)
		if err := w.Write(Frame{Kind: Stored, Body: body}); (err == nil) != (more == 0) {
			t.Errorf("Write(%d refused) = %v", len(all)+more, err)
		}
	}
}

func TestIDs(t *testing.T) {
	ids := make([]reconcile.ID, MaxIDs)
	if got, err := ReadIDs(IDsBody(ids)); err != nil || len(got) != MaxIDs {
		t.Errorf("ReadIDs at the limit = %d, %v", len(got), err)
	}
	for _, n := range []int{0, 31, 33, (MaxIDs + 1) * idSize} {
		if _, err := ReadIDs(make([]byte, n)); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadIDs(%d bytes) = %v, want %v", n, err, ErrMalformed)
		}
	}
}

func TestMailboxBodies(t *testing.T) {
	pub := ed25519.PublicKey(bytes.Repeat([]byte{3}, 32))
	for _, ticket := range [][]byte{nil, bytes.Repeat([]byte{4}, 32)} {
		l := LoginBody{Mailbox: pub, Nonce: [32]byte{1}, Sig: [64]byte{2}, Ticket: ticket}
		got, err := ReadLogin(l.Encode())
		if err != nil || !got.Mailbox.Equal(pub) || got.Nonce != l.Nonce || got.Sig != l.Sig || !bytes.Equal(got.Ticket, ticket) {
			t.Errorf("ReadLogin = %v, %v", got, err)
		}
		if _, err := ReadLogin(append(l.Encode(), 0)); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadLogin(one more byte) = %v, want %v", err, ErrMalformed)
		}
	}
	o := OpenBody{Mailbox: pub, Expiry: 1_800_000_000, Ticket: [32]byte{5}}
	if got, err := ReadOpen(o.Encode()); err != nil || !got.Mailbox.Equal(pub) || got.Expiry != o.Expiry || got.Ticket != o.Ticket {
		t.Errorf("ReadOpen = %v, %v", got, err)
	}
	if _, err := ReadOpen(o.Encode()[1:]); !errors.Is(err, ErrMalformed) {
		t.Errorf("ReadOpen(short) = %v, want %v", err, ErrMalformed)
	}
	d := DeleteBody{ID: [32]byte{1}, Token: [32]byte{2}}
	if got, err := ReadDelete(d.Encode()); err != nil || got != d {
		t.Errorf("ReadDelete = %v, %v", got, err)
	}
	p := PairBody{Code: [16]byte{1}, Nonce: [32]byte{2}, Proof: [32]byte{3}}
	if got, err := ReadPair(p.Encode()); err != nil || got != p {
		t.Errorf("ReadPair = %v, %v", got, err)
	}
	k := TicketsBody{Member: [32]byte{1}, Admin: [32]byte{2}}
	if got, err := ReadTickets(k.Encode()); err != nil || got != k {
		t.Errorf("ReadTickets = %v, %v", got, err)
	}
	for what, read := range map[string]func([]byte) error{
		"ReadDelete":  func(b []byte) error { _, err := ReadDelete(b); return err },
		"ReadPair":    func(b []byte) error { _, err := ReadPair(b); return err },
		"ReadTickets": func(b []byte) error { _, err := ReadTickets(b); return err },
	} {
		for _, n := range []int{0, 63, 65, 79, 81} {
			if err := read(make([]byte, n)); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s(%d bytes) = %v, want %v", what, n, err, ErrMalformed)
			}
		}
	}
}

// TestGoneLimit: as many as a frame may name, and one more.
func TestGoneLimit(t *testing.T) {
	all := make([]Released, MaxGone)
	for i := range all {
		all[i] = Released{ID: reconcile.ID{byte(i), byte(i >> 8)}, Token: [32]byte{1, byte(i)}}
	}
	got, err := ReadGone(GoneBody(all))
	if err != nil || !slices.Equal(got, all) {
		t.Errorf("ReadGone(%d) = %d, %v", len(all), len(got), err)
	}
	for name, b := range map[string][]byte{
		"none": {}, "one more": GoneBody(append(all, Released{})), "a byte less": GoneBody(all)[1:], "half of one": make([]byte, idSize),
	} {
		if _, err := ReadGone(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("ReadGone(%s) = %v, want %v", name, err, ErrMalformed)
		}
	}
}

// TestT8Bodies: what else counts what is in it, at the limit and one beyond.
func TestT8Bodies(t *testing.T) {
	read := map[string]func([]byte) error{
		"tags":   func(b []byte) error { _, err := ReadTags(b); return err },
		"hello":  func(b []byte) error { _, _, err := ReadHello(b); return err },
		"echo":   func(b []byte) error { _, err := ReadEcho(b); return err },
		"stored": func(b []byte) error { _, _, err := ReadStored(b, false); return err },
		"recon":  func(b []byte) error { _, _, err := ReadRecon(b); return err },
		"open":   func(b []byte) error { _, err := ReadOpen(b); return err },
		"login":  func(b []byte) error { _, err := ReadLogin(b); return err },
		"range":  func(b []byte) error { _, err := ReadRange(b); return err },
	}
	far := append(binary.AppendUvarint(nil, math.MaxUint64), make([]byte, idSize)...)
	for _, c := range []struct {
		what string
		b    []byte
		good bool
	}{
		{"tags", make([]byte, MaxTags*tagSize), true},
		{"tags", make([]byte, 2*MaxTags*tagSize), false},
		{"hello", make([]byte, 32+MaxTags*tagSize), true},
		{"hello", make([]byte, 31), false},
		{"echo", make([]byte, MaxEcho*parcelSize), true},
		{"echo", make([]byte, (MaxEcho+1)*parcelSize), false},
		{"echo", make([]byte, parcelSize+1), false},
		{"echo", nil, false},
		{"stored", StoredBody(MaxStored, []Refusal{{At: MaxStored - 1}}, false), true},
		{"stored", StoredBody(MaxStored, []Refusal{{At: MaxStored}}, false), false},
		{"stored", StoredBody(MaxStored+1, nil, false), false},
		{"recon", ReconBody(Start|More|Again|Level, []byte{1}), true},
		{"recon", ReconBody(16, []byte{1}), false},
		{"recon", ReconBody(Start, nil), false},
		{"open", make([]byte, openSize), true},
		{"open", make([]byte, openSize+1), false},
		{"login", make([]byte, loginSize+ticketSize), true},
		{"login", make([]byte, loginSize-1), false},
		{"range", append([]byte{1}, append(make([]byte, idSize), far...)...), true},
		{"range", append([]byte{1}, append(make([]byte, idSize), far[:len(far)-1]...)...), false},
		{"range", append(RangeBody(reconcile.All), 0), false},
	} {
		if err := read[c.what](c.b); (err == nil) != c.good || !c.good && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s of %d bytes: %v, want it taken: %v", c.what, len(c.b), err, c.good)
		}
	}
}

func FuzzBodies(f *testing.F) {
	f.Add(RangeBody(reconcile.All))
	f.Add(StoredBody(5, []Refusal{{At: 0}, {At: 3}}, false))
	f.Add(StoredBody(5, []Refusal{{At: 0}, {3, NoRoom}}, true))
	f.Add(make([]byte, 8*tagSize))
	f.Add(make([]byte, 32+8*tagSize))
	f.Add(make([]byte, loginSize))
	f.Add(make([]byte, openSize))
	f.Add(make([]byte, deleteSize))
	f.Add(make([]byte, pairSize))
	f.Add(GoneBody([]Released{{ID: reconcile.ID{1}, Token: [32]byte{2}}, {ID: reconcile.ID{3}}}))
	f.Add(ReconBody(Start, []byte{0x61}))
	f.Add(make([]byte, 2*parcelSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		same := func(what string, err error, again func() []byte) {
			if err == nil && !bytes.Equal(again(), b) {
				t.Fatalf("%s: %x is written again as %x", what, b, again())
			}
		}
		n, tags, err := ReadHello(b)
		same("hello", err, func() []byte { return HelloBody(n, tags) })
		ids, err := ReadIDs(b)
		same("ids", err, func() []byte { return IDsBody(ids) })
		r, err := ReadRange(b)
		same("range", err, func() []byte { return RangeBody(r) })
		gone, err := ReadGone(b)
		same("gone", err, func() []byte { return GoneBody(gone) })
		for _, why := range []bool{false, true} {
			c, refused, err := ReadStored(b, why)
			same("stored", err, func() []byte { return StoredBody(c, refused, why) })
		}
		l, err := ReadLogin(b)
		same("login", err, func() []byte { return l.Encode() })
		o, err := ReadOpen(b)
		same("open", err, func() []byte { return o.Encode() })
		d, err := ReadDelete(b)
		same("delete", err, func() []byte { return d.Encode() })
		p, err := ReadPair(b)
		same("pair", err, func() []byte { return p.Encode() })
		k, err := ReadTickets(b)
		same("tickets", err, func() []byte { return k.Encode() })
		parcels, err := ReadEcho(b)
		same("echo", err, func() []byte { return EchoBody(parcels) })
		turn, msg, err := ReadRecon(b)
		same("recon", err, func() []byte { return ReconBody(turn, msg) })
	})
}
