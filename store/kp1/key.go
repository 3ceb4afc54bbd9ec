package kp1

import (
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

// The field and the curve constant of edwards25519.
var (
	fieldP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	curveD = edwardsD()
	half   = new(big.Int).Rsh(fieldP, 1) // (p-1)/2
)

// edwardsD returns -121665/121666 mod p.
func edwardsD() *big.Int {
	d := new(big.Int).ModInverse(big.NewInt(121666), fieldP)
	d.Mul(d, big.NewInt(-121665))
	return d.Mod(d, fieldP)
}

// CheckPublicKey refuses an Ed25519 public key that is not 32 bytes, not canonically encoded, not on the curve, or of
// small order, with ErrWeakKey. It stands where a key first appears (a certificate, a join request): after it, two
// implementations of RFC 8032 without cofactor never disagree about a signature. Keys are public, so it may take a
// time that depends on them.
func CheckPublicKey(pub ed25519.PublicKey) error {
	if len(pub) != ed25519.PublicKeySize {
		return fmt.Errorf("ed25519 key of %d bytes: %w", len(pub), ErrWeakKey)
	}
	le := slices.Clone(pub)
	le[31] &= 0x7f
	slices.Reverse(le)
	y := new(big.Int).SetBytes(le)
	if y.Cmp(fieldP) >= 0 {
		return fmt.Errorf("ed25519 key not canonical: %w", ErrWeakKey)
	}
	// x² = u/v with u = y²-1, v = dy²+1. u/v is a square exactly when u·v is.
	one := big.NewInt(1)
	yy := new(big.Int).Mul(y, y)
	yy.Mod(yy, fieldP)
	u := new(big.Int).Sub(yy, one)
	v := new(big.Int).Mul(curveD, yy)
	v.Mod(v.Add(v, one), fieldP)
	// y = ±1 (orders 1 and 2), y = 0 (order 4), and order 8: the points whose double has y = 0, where x² = -y².
	minusYY := new(big.Int).Neg(yy)
	minusYY.Mul(minusYY, v)
	minusYY.Mod(minusYY.Sub(minusYY, u), fieldP)
	u.Mod(u, fieldP)
	if u.Sign() == 0 || y.Sign() == 0 || minusYY.Sign() == 0 {
		return fmt.Errorf("ed25519 key of small order: %w", ErrWeakKey)
	}
	uv := u.Mul(u, v)
	if uv.Exp(uv.Mod(uv, fieldP), half, fieldP).Cmp(one) != 0 {
		return fmt.Errorf("ed25519 key not on the curve: %w", ErrWeakKey)
	}
	return nil
}
