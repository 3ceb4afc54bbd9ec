package kp1

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestT3WeakKeysAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"identity":              "0100000000000000000000000000000000000000000000000000000000000000",
		"order 2":               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"order 4":               "0000000000000000000000000000000000000000000000000000000000000000",
		"order 4, negative":     "0000000000000000000000000000000000000000000000000000000000000080",
		"order 8":               "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"order 8, negative":     "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"order 8, other":        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"order 8, other, neg.":  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
		"identity, negative 0":  "0100000000000000000000000000000000000000000000000000000000000080",
		"order 2, negative 0":   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"y = p":                 "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"y = p, negative":       "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"y = p + 1":             "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"y = p + 3, on a curve": "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"y = 2^255 - 1":         "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"y = 2, off the curve":  "0200000000000000000000000000000000000000000000000000000000000000",
		"31 bytes":              "01000000000000000000000000000000000000000000000000000000000000",
		"33 bytes":              "010000000000000000000000000000000000000000000000000000000000000000",
		"nothing":               "",
	} {
		pub, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckPublicKey(pub); !errors.Is(err, ErrWeakKey) {
			t.Errorf("CheckPublicKey(%s) = %v, want %v", name, err, ErrWeakKey)
		}
	}
}

func TestGoodKeysAreAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
		pub := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if err := CheckPublicKey(pub); err != nil {
			t.Fatalf("CheckPublicKey(%x) = %v, want nil", pub, err)
		}
		// The check says "on the curve" exactly where the equation has a solution for x.
		other := slices.Clone(pub)
		other[0] ^= byte(rapid.IntRange(1, 255).Draw(t, "change"))
		if got, want := CheckPublicKey(other) == nil, onCurve(other); got != want {
			t.Fatalf("CheckPublicKey(%x) = nil is %v, the equation says %v", other, got, want)
		}
	})
}

// onCurve solves the curve equation by a square root, another way than CheckPublicKey goes. Drawn keys are never of
// small order nor above p.
func onCurve(pub []byte) bool {
	le := slices.Clone(pub)
	le[31] &= 0x7f
	slices.Reverse(le)
	y := new(big.Int).SetBytes(le)
	p := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	d, _ := new(big.Int).SetString("37095705934669439343138083508754565189542113879843219016388785533085940283555", 10)
	yy := new(big.Int).Mul(y, y)
	v := new(big.Int).Add(new(big.Int).Mul(d, yy), big.NewInt(1))
	xx := new(big.Int).Mul(yy.Sub(yy, big.NewInt(1)), new(big.Int).ModInverse(v, p))
	return new(big.Int).ModSqrt(xx.Mod(xx, p), p) != nil
}

func BenchmarkCheckPublicKey(b *testing.B) {
	pub := ed25519.NewKeyFromSeed(make([]byte, 32)).Public().(ed25519.PublicKey)
	b.ReportAllocs()
	for b.Loop() {
		if CheckPublicKey(pub) != nil {
			b.Fatal("refused")
		}
	}
}
