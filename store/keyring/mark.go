package keyring

import (
	"encoding/hex"
	"errors"
	"fmt"
)

// markName is the name of the keychain's second item, "" where there is none: how far the store had been written.
func (v vault) markName() string {
	if v.Item == nil {
		return ""
	}
	return "mark " + hex.EncodeToString(v.Item[:])
}

// KeepMark lays a mark of the store beside this vault's half in the keychain, in place of the last. Where the keychain
// holds no half it does nothing: a mark beside the store would be put back together with it (protocol 3.7).
func KeepMark(home string, mark [32]byte, o Options) error {
	v, err := readVault(home)
	if err != nil || v.Item == nil || o.Keychain == nil {
		return err
	}
	if err := putHalf(o.Keychain, v.markName(), mark[:]); err != nil {
		return fmt.Errorf("mark: %w", err)
	}
	return nil
}

// LastMark returns the mark that was last kept. ok is false where there is none, or none can be had: ErrKeychain.
func LastMark(home string, o Options) (mark [32]byte, ok bool, err error) {
	v, err := readVault(home)
	if err != nil || v.Item == nil || o.Keychain == nil {
		return mark, false, err
	}
	b, err := getHalf(o.Keychain, v.markName())
	switch {
	case errors.Is(err, ErrNoItem):
		return mark, false, nil
	case err != nil:
		return mark, false, fmt.Errorf("mark: %w", err)
	case len(b) != len(mark):
		return mark, false, fmt.Errorf("mark of %d bytes: %w", len(b), ErrKeychain)
	}
	return [32]byte(b), true, nil
}

// moveMark carries the mark over to a new vault's name, as far as the keychain lets it: one that is lost is made anew.
func moveMark(k Keychain, from, to string) {
	if k == nil || from == "" {
		return
	}
	b, err := getHalf(k, from)
	if err != nil {
		return
	}
	if to != "" {
		_ = putHalf(k, to, b)
	}
	dropHalf(k, from)
}
