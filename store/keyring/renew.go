package keyring

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/crypto/chacha20poly1305"

	"kith/store/kp1"
)

// ErrLater: the vault was given another passphrase since it was opened. The store can be written anew once it has been
// opened with that.
var ErrLater = &kp1.Error{ECode: "E_LATER", Msg: "vault was changed since it was opened"}

// Next returns a fresh key for a store that is written anew, of the next generation. Names stay what they are, so that
// records keep their places. It is of no use before Adopt and Become.
func (a *AtRest) Next() (*AtRest, error) {
	var dek [keySize]byte
	if _, err := io.ReadFull(a.rnd, dek[:]); err != nil {
		return nil, fmt.Errorf("store key: %w", err)
	}
	defer clear(dek[:])
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.gone {
		return nil, ErrLocked
	}
	next := newAtRest(dek, a.gen+1, a.rnd)
	next.name, next.pw = a.name, a.pw
	return next, nil
}

// Become makes a the key that next is: everybody who holds a seals and opens with it from then on. The old key is
// overwritten, and next is of no further use.
func (a *AtRest) Become(next *AtRest) {
	next.mu.Lock()
	defer next.mu.Unlock()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.gone {
		return
	}
	a.dek, a.name, a.gen = next.dek, next.name, next.gen
	clear(next.dek[:])
	clear(next.name[:])
	clear(next.pw[:])
	next.gone = true
}

// Names returns the key behind Name, to be kept in the store: a store that was written anew has that of its first
// generation. It is a secret.
func (a *AtRest) Names() [32]byte {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.name
}

// UseNames sets the key behind Name. It must come before anything is named.
func (a *AtRest) UseNames(key [32]byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.gone {
		a.name = key
	}
}

// Adopt puts next in the place of a in the vault, behind the same doors, and takes the old key away for good: the
// keychain gets another half, and the old vault is written over. When it returns nil the vault on disk is the new one; on
// an error ask Describe which it is, since the power may have gone on the way. It needs no passphrase. It returns ErrLater,
// ErrKeychain or the disk's own error.
func Adopt(home string, a, next *AtRest, o Options) error {
	v, err := readVault(home)
	if err != nil {
		return err
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	next.mu.RLock()
	defer next.mu.RUnlock()
	if a.gone || next.gone {
		return ErrLocked
	}
	var kc []byte
	if v.Item != nil {
		if kc, err = v.half(o.Keychain); err != nil {
			return err
		}
		defer clear(kc)
	}
	if v.Gen != a.gen || !v.opens(a, kc) {
		return ErrLater
	}
	fresh := vault{V: vaultVersion, Gen: next.gen, Salt: v.Salt}
	rnd := orSystem(o.Rand)
	var half []byte
	if v.Item != nil {
		half = make([]byte, keySize)
		defer clear(half)
		fresh.Item = new([16]byte)
		if _, err := io.ReadFull(rnd, half); err != nil {
			return fmt.Errorf("vault: %w", err)
		}
		if _, err := io.ReadFull(rnd, fresh.Item[:]); err != nil {
			return fmt.Errorf("vault: %w", err)
		}
		fresh.Check = halfCheck(half)
	}
	for _, w := range v.Wraps {
		if err := fresh.add(w.Halves, next.dek, half, a.passphraseHalf(), rnd); err != nil {
			return err
		}
	}
	if fresh.Item != nil {
		if err := putHalf(o.Keychain, fresh.itemName(), half); err != nil {
			return err
		}
	}
	erase := openToErase(filepath.Join(home, vaultName))
	placed, err := fresh.write(home)
	if err != nil {
		if !placed && fresh.Item != nil {
			dropHalf(o.Keychain, fresh.itemName())
		}
		erase(false)
		return err
	}
	erase(true)
	if v.Item != nil {
		moveMark(o.Keychain, v.markName(), fresh.markName())
		dropHalf(o.Keychain, v.itemName())
	}
	return nil
}

// opens says whether every wrap opens with what is here and holds a's key.
func (v vault) opens(a *AtRest, kc []byte) bool {
	for _, w := range v.Wraps {
		var k, pw []byte
		if w.Halves&halfKeychain != 0 {
			k = kc
		}
		if w.Halves&halfPassphrase != 0 {
			if pw = a.passphraseHalf(); pw == nil {
				return false
			}
		}
		box, err := chacha20poly1305.NewX(wrappingKey(k, pw))
		if err != nil {
			return false
		}
		dek, err := box.Open(nil, w.Nonce[:], w.Sealed[:], v.bound(w.Halves))
		same := err == nil && subtle.ConstantTimeCompare(dek, a.dek[:]) == 1
		clear(dek)
		if !same {
			return false
		}
	}
	return true
}

// passphraseHalf is what the passphrase adds to a wrapping key, nil where there is none.
func (a *AtRest) passphraseHalf() []byte {
	if a.pw == ([keySize]byte{}) {
		return nil
	}
	return a.pw[:]
}

// openToErase opens a file that is about to lose its name. What it returns writes zeros over it, as far as the disk lets
// it, and closes it. Windows does not let a file be replaced while it is open: there the name goes and no more.
func openToErase(path string) (end func(erase bool)) {
	if runtime.GOOS == "windows" {
		return func(bool) {}
	}
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() { // another file under this name is not ours to erase
		return func(bool) {}
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return func(bool) {}
	}
	return func(erase bool) {
		if st, err := f.Stat(); erase && err == nil {
			_, err = f.WriteAt(make([]byte, st.Size()), 0)
			_ = errors.Join(err, f.Sync())
		}
		_ = f.Close()
	}
}
