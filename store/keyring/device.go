package keyring

import (
	"crypto/ed25519"
	"crypto/hpke"
	"fmt"
	"io"
)

// NewDevice makes the two keys of a device in one group from 64 bytes of rnd (nil: the system's generator): dsk signs
// its ops, dhk opens what is boxed to it. Neither is ever part of a backup (protocol 3.7).
func NewDevice(rnd io.Reader) (dsk ed25519.PrivateKey, dhk hpke.PrivateKey, err error) {
	var seed [64]byte
	defer clear(seed[:])
	if _, err := io.ReadFull(orSystem(rnd), seed[:]); err != nil {
		return nil, nil, fmt.Errorf("device keys: %w", err)
	}
	if dhk, err = hpke.MLKEM768X25519().DeriveKeyPair(seed[32:]); err != nil {
		return nil, nil, fmt.Errorf("device keys: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed[:32]), dhk, nil
}

// NewTransport makes the key of an installation's PeerID from 32 bytes of rnd; nil means the system's generator.
func NewTransport(rnd io.Reader) (tk ed25519.PrivateKey, err error) {
	var seed [ed25519.SeedSize]byte
	defer clear(seed[:])
	if _, err := io.ReadFull(orSystem(rnd), seed[:]); err != nil {
		return nil, fmt.Errorf("transport key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed[:]), nil
}
