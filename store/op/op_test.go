package op

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

func TestT2SignedRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anOp().Draw(t, "op")
		s, err := Sign(o, testKey)
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecodeSigned(s.Encode())
		if err != nil {
			t.Fatalf("DecodeSigned(Encode(%+v)) = %v", o, err)
		}
		if len(o.Auth) == 0 {
			o.Auth = nil
		}
		if len(o.Deps) == 0 {
			o.Deps = nil
		}
		if !reflect.DeepEqual(got.Op, o) || got.ID != s.ID || !bytes.Equal(got.Encode(), s.Encode()) {
			t.Fatalf("DecodeSigned(Encode(%+v)) = %+v", o, got.Op)
		}
		if err := got.Verify(testPub); err != nil {
			t.Fatal(err)
		}
		again, err := got.encode()
		if err != nil || !bytes.Equal(again, s.OpBytes) || kp1.Check(again) != nil {
			t.Fatalf("decoding and encoding again gives %x, want %x (%v)", again, s.OpBytes, err)
		}
	})
}

// opMap returns an op as a generic map, to be spoiled.
func opMap(t *testing.T, o Op) map[string]any {
	t.Helper()
	m := map[string]any{}
	b, err := o.encode()
	if err != nil {
		t.Fatal(err)
	}
	r := kp1.NewReader(b)
	for range r.Map() {
		m[string(r.Text())] = raw(r.Skip())
	}
	return m
}

// raw is a piece of CBOR that is written as it is.
type raw []byte

func (r raw) MarshalCBOR() ([]byte, error) { return r, nil }

func TestT2OpRefuses(t *testing.T) {
	auth, content, first := anAuth("auth/ack"), aContent(), aContent()
	first.Seq, first.Prev = 1, kp1.ID{}
	link := kp1.Link{1}
	for _, c := range []struct {
		name  string
		of    Op
		key   string
		value any // nil removes the key
		want  error
	}{
		{"nothing changed", content, "v", 1, nil},
		{"unknown key", content, "z", 1, kp1.ErrForm},
		{"unknown key in version 2", content, "v", raw{2}, nil},
		{"version 0", content, "v", 0, kp1.ErrForm},
		{"no version", content, "v", nil, kp1.ErrForm},
		{"no type", content, "t", nil, kp1.ErrForm},
		{"empty type", content, "t", "", kp1.ErrForm},
		{"type in capitals", content, "t", "Thread", kp1.ErrForm},
		{"type with a dot", content, "t", "a.b", kp1.ErrForm},
		{"type as bytes", content, "t", []byte("thread"), kp1.ErrForm},
		{"no group", content, "g", nil, kp1.ErrForm},
		{"short group", content, "g", make([]byte, 31), kp1.ErrForm},
		{"no device", content, "d", nil, kp1.ErrForm},
		{"long device", content, "d", make([]byte, 33), kp1.ErrForm},
		{"no compartment", content, "c", nil, kp1.ErrForm},
		{"reserved compartment", content, "c", 3, kp1.ErrForm},
		{"compartment 256", content, "c", 256, kp1.ErrForm},
		{"compartment in an auth op", auth, "c", 1, kp1.ErrForm},
		{"no seq", content, "s", nil, kp1.ErrForm},
		{"seq 0", first, "s", 0, kp1.ErrForm},
		{"seq 1 with a previous op", first, "p", link, kp1.ErrForm},
		{"seq 2 without", content, "p", nil, kp1.ErrForm},
		{"previous op of zeros", content, "p", kp1.Link{}, kp1.ErrForm},
		{"no auth heads", content, "a", nil, kp1.ErrForm},
		{"empty auth heads", content, "a", []any{}, nil},
		{"auth heads out of order", content, "a", []any{kp1.Link{2}, kp1.Link{1}}, kp1.ErrForm},
		{"auth head twice", content, "a", []any{link, link}, kp1.ErrForm},
		{"auth head as bytes", content, "a", []any{make([]byte, 32)}, kp1.ErrForm},
		{"empty deps", content, "k", []any{}, kp1.ErrForm},
		{"no deps", content, "k", nil, nil},
		{"deps out of order", content, "k", []any{kp1.Link{2}, kp1.Link{1}}, kp1.ErrForm},
		{"deps in an auth op", auth, "k", []any{link}, kp1.ErrForm},
		{"no nonce", content, "n", nil, kp1.ErrForm},
		{"nonce of 15 bytes", content, "n", make([]byte, 15), kp1.ErrForm},
		{"no body", content, "b", nil, kp1.ErrForm},
		{"empty body", content, "b", []byte{}, kp1.ErrForm},
		{"body as a map", content, "b", map[string]int{}, kp1.ErrForm},
		{"body holds an array", content, "b", []byte{0x80}, kp1.ErrForm},
		{"body not canonical", content, "b", []byte{0xb8, 0x00}, kp1.ErrForm},
		{"body with more behind", content, "b", []byte{0xa0, 0xa0}, kp1.ErrForm},
		{"body with null", content, "b", []byte{0xa1, 0x61, 'x', 0xf6}, kp1.ErrForm},
		{"no time", content, "ts", nil, kp1.ErrForm},
		{"payload without its id", content, "pe", nil, kp1.ErrForm},
		{"payload without its length", content, "pl", nil, kp1.ErrForm},
		{"payload without its key, and for nobody", content, "pk", nil, kp1.ErrForm},
		{"payload for a named audience", named(audienceBody(2)), "ts", 1, nil},
		{"audience of nobody", named(audienceBody(2)), "b", audienceBody(0), kp1.ErrForm},
		{"audience out of order", named(audienceBody(2)), "b", []byte("\xa1\x62au\x82\x58\x20" + strings.Repeat("b", 32) + "\x58\x20" + strings.Repeat("a", 32)), kp1.ErrForm},
		{"audience with one person twice", named(audienceBody(2)), "b", []byte("\xa1\x62au\x82\x58\x20" + strings.Repeat("b", 32) + "\x58\x20" + strings.Repeat("b", 32)), kp1.ErrForm},
		{"audience with a short id", named(audienceBody(2)), "b", []byte("\xa1\x62au\x81\x41b"), kp1.ErrForm},
		{"audience as text", named(audienceBody(2)), "b", []byte("\xa1\x62au\x61b"), kp1.ErrForm},
		{"payload key of 31 bytes", content, "pk", make([]byte, 31), kp1.ErrForm},
		{"payload in an auth op", auth, "pe", link, kp1.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := opMap(t, c.of)
			if m[c.key] = c.value; c.value == nil {
				delete(m, c.key)
			}
			if c.name == "unknown key in version 2" {
				m["zz"] = map[string]any{"a": 1}
			}
			b, err := kp1.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decodeOp(b); !errors.Is(err, c.want) {
				t.Errorf("decodeOp(%v) = %v, want %v", slices.Sorted(maps.Keys(m)), err, c.want)
			}
		})
	}
}

func TestT2LaterVersionIsKeptAsItIs(t *testing.T) {
	m := opMap(t, aContent())
	m["v"], m["zz"] = 7, "new"
	b, err := kp1.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	head := kp1.Head{Group: testGroup, Device: testDID, Chain: 1, Seq: 2, Prev: aContent().Prev, Op: kp1.Sum(b)}
	sig := head.Sign(testKey)
	in := kp1.AppendBytes(kp1.AppendBytes(kp1.AppendArray(nil, 2), b), sig[:])
	s, err := DecodeSigned(in)
	if err != nil || s.V != 7 || !bytes.Equal(s.Encode(), in) {
		t.Fatalf("DecodeSigned = version %d, %v; encoded %x", s.V, err, s.Encode())
	}
	if err := s.Verify(testPub); err != nil {
		t.Errorf("Verify = %v", err)
	}
}

func TestSignRefuses(t *testing.T) {
	other := ed25519.NewKeyFromSeed(make([]byte, 32))
	if _, err := Sign(aContent(), other); !errors.Is(err, ErrForged) {
		t.Errorf("Sign with another device's key = %v, want %v", err, ErrForged)
	}
	if _, err := Sign(aContent(), nil); !errors.Is(err, ErrForged) {
		t.Errorf("Sign without a key = %v, want %v", err, ErrForged)
	}
	o := aContent()
	o.V = 0
	if s, err := Sign(o, testKey); err != nil || s.V != 1 {
		t.Errorf("Sign of version 0 = version %d, %v, want 1", s.V, err)
	}
}

func TestT4IDIsIndependentOfTheSignature(t *testing.T) {
	s := mustSign(t, aContent())
	again := s
	again.Sig[0] ^= 1
	got, err := DecodeSigned(again.Encode())
	if err != nil || got.ID != s.ID {
		t.Errorf("the same op with another signature is %v, want %v (%v)", got.ID, s.ID, err)
	}
	k := keyFor(s.Op)
	one, err := SealOps(chance(1), testGroup, k, KindOps, 1, nil, []Signed{s})
	if err != nil {
		t.Fatal(err)
	}
	two, err := SealOps(chance(2), testGroup, k, KindOps, 1, nil, []Signed{s})
	if err != nil {
		t.Fatal(err)
	}
	a, _, errA := OpenOps(testGroup, one, []Key{k})
	b, _, errB := OpenOps(testGroup, two, []Key{k})
	if errA != nil || errB != nil || one.ID == two.ID || a[0].ID != b[0].ID {
		t.Errorf("one op in two envelopes: %v, %v; envelopes differ %v", errA, errB, one.ID != two.ID)
	}
	if err := checkBatch([]Signed{s, got}, testGroup, KindOps, 1); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("one op twice in one envelope = %v, want %v", err, kp1.ErrForm)
	}
}

func TestT3OpSignatureHoldsForNothingElse(t *testing.T) {
	s := mustSign(t, aContent())
	for _, l := range kp1.Labels() {
		if got := ed25519.Verify(testPub, kp1.SignMessage(l, s.Head()), s.Sig[:]); got != (l == kp1.LabelSigOp) {
			t.Errorf("op signature verifies under %s: %v", l, got)
		}
	}
	if ed25519.Verify(testPub, s.Head(), s.Sig[:]) || ed25519.Verify(testPub, s.OpBytes, s.Sig[:]) {
		t.Error("op signature verifies without its label")
	}
}

func TestF13EveryBitOfAnOp(t *testing.T) {
	in := mustSign(t, aContent()).Encode()
	for i := range 8 * len(in) {
		bad := slices.Clone(in)
		bad[i/8] ^= 1 << (i % 8)
		if s, err := DecodeSigned(bad); err == nil && s.Verify(testPub) == nil {
			t.Errorf("an op with bit %d changed is accepted", i)
		}
	}
}

func TestF13OneBadIn1024(t *testing.T) {
	good := mustSign(t, aContent())
	refused := 0
	for i := range 1024 {
		s := good
		if i == 700 {
			s.Sig[40] ^= 4
		}
		if err := s.Verify(testPub); (err != nil) != (i == 700) || err != nil && !errors.Is(err, ErrForged) {
			t.Errorf("Verify of op %d = %v", i, err)
		} else if err != nil {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d refused, want 1", refused)
	}
	other := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	if err := good.Verify(other); !errors.Is(err, ErrForged) {
		t.Errorf("Verify with another member's key = %v, want %v", err, ErrForged)
	}
}

// named is a content op whose payload is for a named audience.
func named(body []byte) Op {
	o := aContent()
	o.Body, o.Payload = body, &PayloadRef{ID: kp1.ID{8}, Len: 5}
	return o
}

func TestAudience(t *testing.T) {
	for name, c := range map[string]struct {
		op   Op
		want int
	}{"everyone": {aContent(), 0}, "no payload": {anAuth("auth/ack"), 0}, "three": {named(audienceBody(3)), 3}} {
		if got, err := c.op.Audience(); err != nil || len(got) != c.want {
			t.Errorf("%s: Audience = %d people, %v, want %d", name, len(got), err, c.want)
		}
	}
}

func FuzzDecodeSigned(f *testing.F) {
	f.Add(mustSign(f, aContent()).Encode())
	f.Add(mustSign(f, anAuth("auth/ack")).Encode())
	f.Add([]byte{0x82, 0x40, 0x40})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSigned(b)
		if err != nil {
			return
		}
		if !bytes.Equal(s.Encode(), b) || kp1.Check(b) != nil {
			t.Fatalf("DecodeSigned(%x) encodes as %x", b, s.Encode())
		}
		if again, err := s.encode(); s.V == 1 && (err != nil || !bytes.Equal(again, s.OpBytes)) {
			t.Fatalf("op %x encodes as %x, %v", s.OpBytes, again, err)
		}
	})
}
