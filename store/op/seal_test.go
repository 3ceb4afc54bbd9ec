package op

import (
	"bytes"
	"crypto/cipher"
	"errors"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// sealed is one envelope of any kind that seals, and how to open it.
type sealed struct {
	e    Envelope
	open func(Envelope) ([]byte, error)
	data []byte
}

// aSealed draws one.
func aSealed() *rapid.Generator[sealed] {
	return rapid.Custom(func(t *rapid.T) sealed {
		rnd := chance(rapid.Uint64().Draw(t, "chance"))
		week := rapid.Uint64().Draw(t, "week")
		data := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "data")
		pk := [32]byte{rapid.Byte().Draw(t, "pk")}
		var s sealed
		var err error
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			signed, err := Sign(anOp().Draw(t, "op"), testKey)
			if err != nil {
				t.Fatal(err)
			}
			k := keyFor(signed.Op)
			s.data = kp1.AppendArray(nil, 1)
			s.data = signed.append(s.data)
			if s.e, err = SealOps(rnd, testGroup, k, KindOps, week, nil, []Signed{signed}); err != nil {
				t.Fatal(err)
			}
			s.open = func(e Envelope) ([]byte, error) {
				ops, _, err := OpenOps(testGroup, e, []Key{testKeys.AuthKey(testEID), k})
				if err != nil {
					return nil, err
				}
				return encodeBatch(ops)
			}
			return s
		case 1:
			s.e, err = SealPayload(rnd, testGroup, testEID, 1, week, pk, nil, data)
			s.open = func(e Envelope) ([]byte, error) { return OpenPayload(testGroup, e, 1, pk) }
		case 2:
			s.e, err = SealChunk(rnd, testGroup, testEID, 1, week, pk, 3, data)
			s.open = func(e Envelope) ([]byte, error) { return OpenChunk(testGroup, e, 1, pk, 3) }
		default:
			s.e, err = SealDrop(rnd, pk, kp1.IID{4}, week, data)
			s.open = func(e Envelope) ([]byte, error) { return OpenDrop(e, pk) }
		}
		if err != nil {
			t.Fatal(err)
		}
		s.data = data
		return s
	})
}

func TestT5SealOpenRoundTripAndAnyBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := aSealed().Draw(t, "sealed")
		e, err := DecodeEnvelope(s.e.Bytes)
		if err != nil || e.ID != s.e.ID {
			t.Fatalf("DecodeEnvelope = %v, %v", e.ID, err)
		}
		if again := e; again.finish() != nil || !bytes.Equal(again.Bytes, s.e.Bytes) {
			t.Fatalf("decoding and encoding again gives %x, want %x", again.Bytes, s.e.Bytes)
		}
		got, err := s.open(e)
		if err != nil || !bytes.Equal(got, s.data) {
			t.Fatalf("open = %x, %v, want %x", got, err, s.data)
		}
		for range 20 {
			bad := slices.Clone(s.e.Bytes)
			i := rapid.IntRange(0, 8*len(bad)-1).Draw(t, "bit")
			bad[i/8] ^= 1 << (i % 8)
			if e, err := DecodeEnvelope(bad); err == nil {
				if got, err := s.open(e); err == nil {
					t.Fatalf("with bit %d changed it opens as %x", i, got)
				}
			}
		}
	})
}

func TestT5EveryBitOfOneEnvelope(t *testing.T) {
	s := mustSign(t, aContent())
	k := keyFor(s.Op)
	e, err := SealOps(chance(1), testGroup, k, KindOps, 2968, nil, []Signed{s})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(e.Bytes) {
		bad := slices.Clone(e.Bytes)
		bad[i/8] ^= 1 << (i % 8)
		if e, err := DecodeEnvelope(bad); err == nil {
			if _, _, err := OpenOps(testGroup, e, []Key{k}); err == nil {
				t.Errorf("with bit %d changed it opens", i)
			}
		}
	}
}

// counted counts how often the cipher is made while f runs.
func counted(f func()) (n int) {
	before := newAEAD
	newAEAD = func(key []byte) (cipher.AEAD, error) { n++; return before(key) }
	defer func() { newAEAD = before }()
	f()
	return n
}

func TestT6OpensForNoOtherTuple(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := Sign(aContent(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		k := keyFor(s.Op)
		e, err := SealOps(chance(rapid.Uint64().Draw(t, "chance")), testGroup, k, KindOps, 5, nil, []Signed{s})
		if err != nil {
			t.Fatal(err)
		}
		group, other, changed := testGroup, k, e
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0:
			other.Key[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 1:
			group[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		case 2:
			changed.EID[rapid.IntRange(0, 15).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			other.EID = changed.EID
		case 3:
			other.Chain = rapid.SampledFrom([]byte{0, 2, 3, kp1.ChainAuth}).Draw(t, "chain")
		case 4:
			changed.Week++
		case 5:
			changed.Salt[rapid.IntRange(0, 31).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		default:
			changed.Kind, other.Chain = KindRekey, kp1.ChainAuth
		}
		n := counted(func() {
			if _, _, err := OpenOps(group, changed, []Key{other}); !errors.Is(err, ErrNoKey) {
				t.Fatalf("OpenOps = %v, want %v", err, ErrNoKey)
			}
		})
		if n != 0 {
			t.Fatalf("the cipher was made %d times before the commitment failed", n)
		}
		if n := counted(func() { _, _, err = OpenOps(testGroup, e, []Key{other, k}) }); other != k && (err != nil || n != 1) {
			t.Fatalf("OpenOps with the right key among others = %v, cipher made %d times", err, n)
		}
	})
}

func TestT6NoKindForAnother(t *testing.T) {
	pk := [32]byte{3}
	payload, err := SealPayload(chance(1), testGroup, testEID, 0, 1, pk, nil, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	chunk, err := SealChunk(chance(1), testGroup, testEID, 0, 1, pk, 1, []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPayload(testGroup, chunk, 0, pk); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenPayload(chunk) = %v", err)
	}
	if _, err := OpenChunk(testGroup, payload, 0, pk, 1); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenChunk(payload) = %v", err)
	}
	if _, err := OpenChunk(testGroup, chunk, 0, pk, 2); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenChunk(first, 2) = %v, want %v", err, kp1.ErrForm)
	}
	if _, err := OpenPayload(testGroup, payload, 1, pk); !errors.Is(err, ErrNoKey) {
		t.Errorf("OpenPayload in another compartment = %v, want %v", err, ErrNoKey)
	}
	if _, err := OpenDrop(payload, pk); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenDrop(payload) = %v", err)
	}
	if _, _, err := OpenOps(testGroup, payload, []Key{{EID: testEID, Key: pk}}); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenOps(payload) = %v", err)
	}
	if DeleteToken(pk, 0) == DeleteToken(pk, 1) || DeleteToken(pk, 0) == DeleteToken([32]byte{4}, 0) {
		t.Error("two tokens are equal")
	}
}

func TestT7BrokenRandomness(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rnd := constant(rapid.Byte().Draw(t, "byte"))
		pk := [32]byte{1}
		seal := func(week uint64, data []byte) Envelope {
			e, err := SealPayload(rnd, testGroup, testEID, 1, week, pk, nil, data)
			if err != nil {
				t.Fatal(err)
			}
			return e
		}
		data := rapid.SliceOfN(rapid.Byte(), 0, 40)
		weekA, weekB := rapid.Uint64Range(0, 2).Draw(t, "week"), rapid.Uint64Range(0, 2).Draw(t, "other week")
		dataA, dataB := data.Draw(t, "data"), data.Draw(t, "other data")
		if rapid.Bool().Draw(t, "same data") {
			dataB = dataA
		}
		a, b := seal(weekA, dataA), seal(weekB, dataB)
		if equal := weekA == weekB && bytes.Equal(dataA, dataB); equal {
			if !bytes.Equal(a.Bytes, b.Bytes) {
				t.Fatal("the same header and data give two envelopes")
			}
		} else if a.Salt == b.Salt || a.Commit == b.Commit {
			t.Fatal("two headers or plaintexts share a salt or key")
		}
	})
}

func TestSealNeedsRandomness(t *testing.T) {
	for name, rnd := range map[string]io.Reader{"none": nil, "too little": bytes.NewReader(make([]byte, 31))} {
		if _, err := SealDrop(rnd, [32]byte{}, kp1.IID{}, 0, nil); err == nil {
			t.Errorf("SealDrop with %s = nil, want an error", name)
		}
	}
}

// TestPaddingIsChecked seals plaintexts whose padding is wrong under the right key.
func TestPaddingIsChecked(t *testing.T) {
	pk := [32]byte{1}
	for name, pt := range map[string][]byte{
		"padding not zero":          append(pad([]byte("x"), 255), 1),
		"length too large":          append([]byte{0, 0, 0, 253}, make([]byte, 252)...),
		"length of 2^32-1":          append([]byte{255, 255, 255, 255}, make([]byte, 252)...),
		"bucket larger than needed": pad([]byte("x"), 512),
		"a byte more than a bucket": pad([]byte("x"), 257),
	} {
		token := DeleteToken(pk, 0)
		e := Envelope{V: 1, Kind: KindPayload, EID: testEID, DelHash: kp1.Sum(token[:])}
		s := sealing{label: kp1.LabelPayload, group: testGroup}
		hedge := kp1.X32(pk[:], kp1.LabelHedge)
		var err error
		if e.Salt, e.Commit, e.Cipher, err = s.sealPadded(chance(1), testEID, &pk, &hedge, e.header(), pt); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenPayload(testGroup, e, 0, pk); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("OpenPayload with %s = %v, want %v", name, err, kp1.ErrForm)
		}
	}
}

func FuzzUnpad(f *testing.F) {
	f.Add(Pad([]byte("hello")))
	f.Add(Pad(make([]byte, 300)))
	f.Add(pad(nil, 512))
	f.Fuzz(func(t *testing.T, b []byte) {
		if data, err := Unpad(b); err == nil && !bytes.Equal(Pad(data), b) {
			t.Fatalf("Unpad(%x) = %x, which pads otherwise", b, data)
		}
	})
}
