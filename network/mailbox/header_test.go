package mailbox

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"testing"

	"github.com/fxamacker/cbor/v2"
)

func TestLoginVector(t *testing.T) {
	n := 0
	for _, v := range vectors(t, "mailbox.json") {
		if v.Name != "login" {
			continue
		}
		n++
		l := Login{unhex(t, v.In, "relay"), unhex(t, v.In, "visitor"), [32]byte(unhex(t, v.In, "nonce")), Key(unhex(t, v.In, "mailbox"))}
		if got := hex.EncodeToString(l.Message()); got != v.Expect["message"] {
			t.Errorf("Message() = %s, want %s", got, v.Expect["message"])
		}
	}
	if n == 0 {
		t.Error("no login vector")
	}
}

// A login holds for one mailbox, relay, visitor and nonce, and for nothing else.
func TestLoginProves(t *testing.T) {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))
	good := Login{[]byte("relay"), []byte("visitor"), [32]byte{5}, Key(private.Public().(ed25519.PublicKey))}
	sig := ed25519.Sign(private, good.Message())
	if !good.Proves(sig) {
		t.Fatal("Proves() = false for the right signature")
	}
	for name, l := range map[string]Login{
		"another relay":     {[]byte("relax"), good.Visitor, good.Nonce, good.Mailbox},
		"another visitor":   {good.Relay, []byte("visitar"), good.Nonce, good.Mailbox},
		"another nonce":     {good.Relay, good.Visitor, [32]byte{6}, good.Mailbox},
		"another mailbox":   {good.Relay, good.Visitor, good.Nonce, key(1)},
		"a part moved over": {[]byte("relayv"), []byte("isitor"), good.Nonce, good.Mailbox},
	} {
		if l.Proves(sig) {
			t.Errorf("%s: Proves() = true", name)
		}
	}
	for _, n := range []int{0, 63, 65} {
		if good.Proves(make([]byte, n)) {
			t.Errorf("Proves(%d bytes) = true", n)
		}
	}
}

// The envelopes of the vectors were made by another program.
func TestHeaderOfVectors(t *testing.T) {
	for file, kind := range map[string]Kind{"drop.json": KindDrop, "request.json": KindRequest, "welcome.json": KindWelcome} {
		n := 0
		for _, v := range vectors(t, file) {
			in := v.In
			if in["envelope"] == nil {
				in = v.Expect
			}
			if in["envelope"] == nil {
				continue
			}
			n++
			env := unhex(t, in, "envelope")
			h, err := ReadHeader(env)
			if err != nil || h.Kind != kind || h.ID != sha256.Sum256(env) {
				t.Errorf("%s, %s: ReadHeader() = %v, %v, want kind %d", file, v.Name, h, err, kind)
			}
		}
		if n == 0 {
			t.Errorf("%s holds no envelope", file)
		}
	}
}

// The token of a payload is the one whose hash stands in its header.
func TestTokenVectors(t *testing.T) {
	n := 0
	for _, v := range vectors(t, "payload.json") {
		if v.Expect["token"] == nil {
			continue
		}
		n++
		sum := sha256.Sum256(unhex(t, v.Expect, "token"))
		var aad struct {
			Delete []byte `cbor:"dt"`
		}
		if err := cbor.Unmarshal(unhex(t, v.Expect, "aad"), &aad); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(sum[:], aad.Delete) {
			t.Errorf("%s: hash of the token is %x, dt is %x", v.Name, sum, aad.Delete)
		}
	}
	if n == 0 {
		t.Error("no token in the vectors")
	}
}

func TestReadHeader(t *testing.T) {
	for _, c := range []struct {
		name string
		m    made
		ok   bool
	}{
		{"ops", made{kind: KindOps}, true},
		{"ops with boxes", made{kind: KindOps, boxes: 8}, false},
		{"ops, largest", made{kind: KindOps, sealed: maxOps}, true},
		{"ops, a bucket above the largest", made{kind: KindOps, sealed: 98_304}, false},
		{"rekey", made{kind: KindRekey, boxes: 8}, true},
		{"rekey without boxes", made{kind: KindRekey}, false},
		{"rekey, 200 boxes", made{kind: KindRekey, boxes: 200}, true},
		{"rekey, 208 boxes", made{kind: KindRekey, boxes: 208}, false},
		{"rekey, 7 boxes", made{kind: KindRekey, boxes: 7}, false},
		{"rekey, boxes a byte short", made{kind: KindRekey, boxes: 8, size: lockbox - 1}, false},
		{"grant", made{kind: KindGrant, boxes: 8, size: 512 + boxExtra}, true},
		{"grant, boxes of no bucket", made{kind: KindGrant, boxes: 8, size: 513 + boxExtra}, false},
		{"payload", made{kind: KindPayload}, true},
		{"payload for 64", made{kind: KindPayload, boxes: 64}, true},
		{"payload for 72", made{kind: KindPayload, boxes: 72}, false},
		{"payload, largest", made{kind: KindPayload, sealed: maxData}, true},
		{"payload, a bucket above the largest", made{kind: KindPayload, sealed: 229_376}, false},
		{"payload, no bucket", made{kind: KindPayload, sealed: 257}, false},
		{"payload, below the least bucket", made{kind: KindPayload, sealed: 255}, false},
		{"chunk", made{kind: KindChunk}, true},
		{"chunk with boxes", made{kind: KindChunk, boxes: 8}, false},
		{"drop", made{kind: KindDrop}, true},
		{"request", made{kind: KindRequest, sealed: 4096}, true},
		{"welcome", made{kind: KindWelcome, sealed: 5120}, true},
		{"welcome, above 320 KiB", made{kind: KindWelcome, sealed: 327_680}, false},
		{"kind 0", made{kind: 0}, false},
		{"kind 9", made{kind: 9}, false},
		{"last week", made{kind: KindOps, week: math.MaxUint64 - 1}, true},
		{"a week above the last", made{kind: KindOps, week: math.MaxUint64}, false},
	} {
		h, err := ReadHeader(c.m.bytes())
		if (err == nil) != c.ok {
			t.Errorf("%s: ReadHeader() = %v, want ok %v", c.name, err, c.ok)
		}
		if err == nil && (h.Kind != c.m.kind || h.Week != c.m.week) {
			t.Errorf("%s: ReadHeader() = %v", c.name, h)
		}
		if c.ok && c.m.kind.deletable() {
			sum := token("")
			if h.Delete != sha256.Sum256(sum[:]) {
				t.Errorf("%s: dt = %x", c.name, h.Delete)
			}
		}
	}
}

// Every spoiled byte before the sealed ones is either refused or another envelope of the same form.
func TestReadHeaderSpoiled(t *testing.T) {
	good, boxed := letter(KindPayload, "x"), letter(KindRekey, "x")
	swapped, twice := bytes.Clone(boxed), bytes.Clone(boxed)
	second := bytes.Index(boxed, []byte{0x59, lockbox >> 8, lockbox & 0xff, 0, 1}) + 4
	swapped[second], twice[second] = 9, 0
	for name, b := range map[string][]byte{
		"nothing":         {},
		"a byte too many": append(bytes.Clone(good), 0),
		"a byte short":    good[:len(good)-1],
		"longer kind":     bytes.Replace(good, []byte("an\x04"), []byte("an\x18\x04"), 1),
		"version 2":       bytes.Replace(good, []byte("av\x01"), []byte("av\x02"), 1),
		"version twice":   bytes.Replace(good, []byte("av\x01aw"), []byte("av\x01av"), 1),
		"keys swapped":    bytes.Replace(good, []byte("av\x01aw\x19\x0b\x98"), []byte("aw\x19\x0b\x98av\x01"), 1),
		"unknown key":     bytes.Replace(good, []byte("av\x01"), []byte("au\x01"), 1),
		"boxes swapped":   swapped,
		"a box twice":     twice,
		"not a map":       append([]byte{0x80}, good[1:]...),
		"map left open":   append([]byte{0xbf}, good[1:]...),
		"320 KiB and one": make([]byte, MaxEnvelope+1),
	} {
		if bytes.Equal(b, good) || bytes.Equal(b, boxed) {
			t.Errorf("%s: nothing was spoiled", name)
		}
		if _, err := ReadHeader(b); err != ErrKind {
			t.Errorf("%s: ReadHeader() = %v, want %v", name, err, ErrKind)
		}
	}
	if n := testing.AllocsPerRun(10, func() { _, _ = ReadHeader(good) }); n != 0 {
		t.Errorf("ReadHeader() takes memory %v times", n)
	}
}

// FuzzReadHeader holds the reader to the CBOR library: what it takes is canonical, and says what the library says.
func FuzzReadHeader(f *testing.F) {
	for k := KindOps; k <= KindWelcome; k++ {
		f.Add(letter(k, "seed"))
	}
	f.Add(made{kind: KindPayload, boxes: 8}.bytes())
	for _, file := range []string{"drop.json", "request.json"} {
		for _, v := range vectors(f, file) {
			if v.In["envelope"] != nil {
				f.Add(unhex(f, v.In, "envelope"))
			}
		}
	}
	canonical, err := cbor.EncOptions{Sort: cbor.SortLengthFirst}.EncMode()
	if err != nil {
		f.Fatal(err)
	}
	strict, err := cbor.DecOptions{DupMapKey: cbor.DupMapKeyEnforcedAPF, IndefLength: cbor.IndefLengthForbidden, MaxMapPairs: 16}.DecMode()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := ReadHeader(b)
		if err != nil {
			return
		}
		var m map[string]any
		if err := strict.Unmarshal(b, &m); err != nil {
			t.Fatalf("taken, but not CBOR: %v", err)
		}
		again, err := canonical.Marshal(m)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("taken, but not canonical: %x, %v", again, err)
		}
		if m["n"] != uint64(h.Kind) || m["w"] != h.Week || m["v"] != uint64(1) {
			t.Fatalf("header %v of %v", h, m)
		}
		if dt, _ := m["dt"].([]byte); h.Kind.deletable() != (len(dt) == 32) || len(dt) == 32 && h.Delete != [32]byte(dt) {
			t.Fatalf("header %v of %v", h, m)
		}
	})
}

// FuzzRecords: whatever lies in the file is read as it was written, or is damage.
func FuzzRecords(f *testing.F) {
	f.Add(encode(clockRecord{-1, 2}))
	f.Add(encode(tenantRecord{Count: 3}))
	f.Add(encode(ticketRecord{Role: asAdmin}))
	f.Add(encode(boxRecord{Until: 7}))
	f.Add(encode(itemRecord{Week: 1, Size: 2, Kind: KindOps}))
	f.Add(encode(goneRecord{9})) // and a numberRecord, which looks the same
	f.Add(encode(oldBoxRecord{Count: 4}))
	f.Add(encode(oldItemRecord{Size: 5}))
	f.Add([]byte{recordVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		n := roundTrip[clockRecord](t, b) + roundTrip[tenantRecord](t, b) + roundTrip[ticketRecord](t, b) +
			roundTrip[boxRecord](t, b) + roundTrip[itemRecord](t, b) + roundTrip[goneRecord](t, b) +
			roundTrip[oldBoxRecord](t, b) + roundTrip[oldItemRecord](t, b)
		if n > 1 {
			t.Errorf("%x reads as %d kinds of record", b, n)
		}
	})
}

func roundTrip[R any](t *testing.T, b []byte) int {
	r, err := decode[R](b)
	if err != nil {
		want(t, "decode", err, ErrDamaged)
		return 0
	}
	if again := encode(r); !bytes.Equal(again, b) {
		t.Errorf("%T: %x is written again as %x", r, b, again)
	}
	return 1
}
