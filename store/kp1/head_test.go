package kp1

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func aHead() *rapid.Generator[Head] {
	return rapid.Custom(func(t *rapid.T) Head {
		h := Head{
			Group:  GID(Sum(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "group"))),
			Device: DID(Sum(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "device"))),
			Chain:  rapid.SampledFrom([]byte{0, 1, 2, 7, ChainAuth}).Draw(t, "chain"),
			Seq:    rapid.Uint64Range(1, 3).Draw(t, "seq"),
			Op:     Sum(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "op")),
		}
		if h.Seq > 1 {
			h.Prev = Sum(rapid.SliceOfN(rapid.Byte(), 0, 2).Draw(t, "prev"))
		}
		return h
	})
}

func TestHeadRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := aHead().Draw(t, "head")
		if got, err := ParseHead(h.Encode()); err != nil || got != h {
			t.Fatalf("ParseHead(Encode(%+v)) = %+v, %v", h, got, err)
		}
	})
}

func TestParseHeadRefuses(t *testing.T) {
	first := Head{Seq: 1, Chain: ChainAuth, Op: Sum(nil)}
	later := Head{Seq: 2, Prev: Sum(nil), Op: Sum([]byte("x"))}
	for name, b := range map[string][]byte{
		"nothing":                   nil,
		"cut short":                 first.Encode()[:128],
		"a byte more":               append(later.Encode(), 0),
		"seq 0":                     Head{Op: Sum(nil)}.Encode(),
		"seq 1 with a previous op":  Head{Seq: 1, Prev: Sum(nil)}.Encode(),
		"seq 2 without":             Head{Seq: 2}.Encode(),
		"chain that no reader has":  Head{Seq: 1, Chain: 8}.Encode(),
		"previous op of zero bytes": Head{Seq: 2, Prev: ID{1}}.append(nil)[:93],
	} {
		if h, err := ParseHead(b); !errors.Is(err, ErrForm) {
			t.Errorf("ParseHead(%s) = %+v, %v, want %v", name, h, err, ErrForm)
		}
	}
	for i := range 4 { // the length of a part changed, so that the parts lie
		b := later.Encode()
		b[i] ^= 1
		if _, err := ParseHead(b); !errors.Is(err, ErrForm) {
			t.Errorf("ParseHead with byte %d changed = %v, want %v", i, err, ErrForm)
		}
	}
}

func FuzzParseHead(f *testing.F) {
	f.Add(Head{Seq: 1, Chain: ChainAuth}.Encode())
	f.Add(Head{Seq: 2, Prev: Sum(nil)}.Encode())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := ParseHead(b); err == nil && !bytes.Equal(h.Encode(), b) {
			t.Fatalf("ParseHead(%x) = %+v, which encodes as %x", b, h, h.Encode())
		}
	})
}

// TestT4ChainFromHeads checks a chain of which nothing but heads and signatures is left.
func TestT4ChainFromHeads(t *testing.T) {
	dsk := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub := dsk.Public().(ed25519.PublicKey)
	var heads []Head
	var sigs [][64]byte
	prev := ID{}
	for seq := uint64(1); seq <= 5; seq++ {
		h := Head{Device: DeviceID(pub), Chain: 1, Seq: seq, Prev: prev, Op: Sum(BE64(seq))}
		heads, sigs, prev = append(heads, h), append(sigs, h.Sign(dsk)), h.Op
	}
	for i, h := range heads {
		if !h.Verify(pub, sigs[i]) || i > 0 && !h.Follows(heads[i-1]) {
			t.Errorf("head %d does not verify or follow", i)
		}
		if i > 1 && h.Follows(heads[i-2]) {
			t.Errorf("head %d follows %d", i, i-2)
		}
	}
	changed := heads[3]
	changed.Op[0] ^= 1
	if changed.Verify(pub, sigs[3]) || heads[4].Follows(changed) {
		t.Error("a changed op is still part of the chain")
	}
}

func TestT4EqualSeqInTwoChainsIsNoEvidence(t *testing.T) {
	h := Head{Chain: ChainAuth, Seq: 1, Op: Sum([]byte("a"))}
	for _, c := range []struct {
		name string
		o    Head
		want bool
	}{
		{"the same", h, false},
		{"another op", Head{Chain: ChainAuth, Seq: 1, Op: Sum([]byte("b"))}, true},
		{"another chain", Head{Chain: 0, Seq: 1, Op: Sum([]byte("b"))}, false},
		{"another seq", Head{Chain: ChainAuth, Seq: 2, Prev: h.Op, Op: Sum([]byte("b"))}, false},
		{"another device", Head{Device: DID{1}, Chain: ChainAuth, Seq: 1, Op: Sum([]byte("b"))}, false},
		{"another group", Head{Group: GID{1}, Chain: ChainAuth, Seq: 1, Op: Sum([]byte("b"))}, false},
	} {
		if got := h.Conflicts(c.o); got != c.want || c.o.Conflicts(h) != c.want {
			t.Errorf("Conflicts(%s) = %v, want %v", c.name, got, c.want)
		}
	}
}

// otherSignature makes a second valid signature of msg, with the nonce of another seed, as a dishonest device can.
func otherSignature(key ed25519.PrivateKey, msg []byte, nonceSeed byte) (sig [64]byte) {
	scalar := func(seed []byte) *big.Int {
		h := sha512.Sum512(seed)
		h[0] &= 248
		h[31] = h[31]&127 | 64
		return littleEndian(h[:32])
	}
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	seed := bytes.Repeat([]byte{nonceSeed}, 32)
	copy(sig[:32], ed25519.NewKeyFromSeed(seed)[32:]) // R is the public key of the nonce
	k := sha512.Sum512(slices.Concat(sig[:32], key[32:], msg))
	s := new(big.Int).Mul(littleEndian(k[:]), scalar(key[:32]))
	s.Mod(s.Add(s, scalar(seed)), order)
	s.FillBytes(sig[32:])
	slices.Reverse(sig[32:])
	return sig
}

func littleEndian(b []byte) *big.Int {
	b = slices.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func TestT4TwoSignaturesOneHead(t *testing.T) {
	dsk := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub := dsk.Public().(ed25519.PublicKey)
	h := Head{Device: DeviceID(pub), Seq: 1, Op: Sum(nil)}
	a, b := h.Sign(dsk), otherSignature(dsk, SignMessage(LabelSigOp, h.Encode()), 9)
	if a == b || !h.Verify(pub, a) || !h.Verify(pub, b) {
		t.Errorf("two different signatures of one head should both verify: %v %v", h.Verify(pub, a), h.Verify(pub, b))
	}
}

func TestF13Wycheproof(t *testing.T) {
	raw, err := os.ReadFile("testdata/wycheproof-ed25519.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Tests []struct {
			ID                            int
			Comment, PK, Msg, Sig, Result string
		}
	}
	if err := json.Unmarshal(raw, &all); err != nil || len(all.Tests) != 151 {
		t.Fatalf("%d tests, %v", len(all.Tests), err)
	}
	for _, c := range all.Tests {
		pub, sig := unhex(c.PK), unhex(c.Sig)
		got := CheckPublicKey(pub) == nil && ed25519.Verify(pub, unhex(c.Msg), sig)
		if want := c.Result == "valid"; got != want {
			t.Errorf("case %d (%s): verifies %v, want %v", c.ID, c.Comment, got, want)
		}
	}
}

func TestT1RFC8032(t *testing.T) {
	for _, c := range []struct{ seed, pub, msg, sig string }{
		{
			"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
		},
		{
			"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
		},
	} {
		key := ed25519.NewKeyFromSeed(unhex(c.seed))
		if got := hex.EncodeToString(key[32:]); got != c.pub {
			t.Errorf("public key of %s = %s, want %s", c.seed, got, c.pub)
		}
		if got := hex.EncodeToString(ed25519.Sign(key, unhex(c.msg))); got != c.sig {
			t.Errorf("signature of %q = %s, want %s", c.msg, got, c.sig)
		}
	}
}

func TestF13EveryBitOfHeadKeyAndSignature(t *testing.T) {
	dsk := ed25519.NewKeyFromSeed(make([]byte, 32))
	pub := dsk.Public().(ed25519.PublicKey)
	other := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32))
	h := Head{Device: DeviceID(pub), Chain: 2, Seq: 2, Prev: Sum([]byte("p")), Op: Sum(nil)}
	sig := h.Sign(dsk)
	for i := range 8 * len(sig) {
		bad := sig
		bad[i/8] ^= 1 << (i % 8)
		if h.Verify(pub, bad) {
			t.Errorf("verifies with bit %d of the signature changed", i)
		}
	}
	for i := range 8 * len(pub) {
		bad := slices.Clone(pub)
		bad[i/8] ^= 1 << (i % 8)
		if h.Verify(bad, sig) {
			t.Errorf("verifies with bit %d of the key changed", i)
		}
	}
	b := h.Encode()
	for i := range 8 * len(b) {
		bad := slices.Clone(b)
		bad[i/8] ^= 1 << (i % 8)
		if o, err := ParseHead(bad); err == nil && o.Verify(pub, sig) {
			t.Errorf("verifies with bit %d of the head changed", i)
		}
	}
	if h.Verify(other.Public().(ed25519.PublicKey), h.Sign(other)) {
		t.Error("the right signature of another device verifies")
	}
	if n := testing.AllocsPerRun(20, func() { h.Verify(pub, sig) }); n > 0 {
		t.Errorf("Verify makes %v allocations, want none", n)
	}
}
