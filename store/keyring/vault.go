package keyring

import (
	"bytes"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"golang.org/x/crypto/chacha20poly1305"

	"kith/store/kp1"
)

// The two files in a home. The successor is written first and then renamed; one left behind is never read.
const (
	vaultName     = "vault"
	successorName = "vault.new"
)

const (
	vaultVersion = 1
	maxVault     = 64 << 10 // bytes, of any version
	sumSize      = 32
	keySize      = 32
)

// halves says which halves of the key make up a wrapping key.
type halves uint8

const (
	halfKeychain   halves = 1
	halfPassphrase halves = 2
	bothHalves     halves = 3
)

// vault is the file, version 1: canonical CBOR, then its checksum. docs/spec/vault.md has every byte.
type vault struct {
	V     uint64    `cbor:"v"`
	Gen   uint64    `cbor:"g"`            // store generation, from 1
	Salt  *[16]byte `cbor:"sa,omitempty"` // of the passphrase, where there is one
	Item  *[16]byte `cbor:"ki,omitempty"` // the keychain item's name, where there is one
	Check *[16]byte `cbor:"kh,omitempty"` // X of the keychain's half
	Wraps []wrap    `cbor:"w"`            // the DEK under each wrapping key, by halves ascending
}

// wrap is the DEK sealed under one wrapping key.
type wrap struct {
	_      struct{} `cbor:",toarray"`
	Halves halves
	Nonce  [chacha20poly1305.NonceSizeX]byte
	Sealed [keySize + chacha20poly1305.Overhead]byte
}

// Options say what protects the store. The zero value is a passphrase-less vault without keychain, which Create
// refuses.
type Options struct {
	Passphrase      string    // for Create alone; "" for none
	Keychain        Keychain  // nil: leave it alone; see SystemKeychain
	PassphraseAlone bool      // with a keychain: let the passphrase open the store without it as well
	Rand            io.Reader // nil: the system's; otherwise safe for several goroutines
}

// Door says what a home's vault asks of whoever would open it.
type Door struct {
	Passphrase      bool // a passphrase is needed
	Keychain        bool // the keychain's half is needed
	PassphraseAlone bool // the passphrase would open it without the keychain, though it has a half
	Generation      uint64
}

// Exists reports whether the home holds a vault, good or damaged.
func Exists(home string) bool {
	_, err := os.Lstat(filepath.Join(home, vaultName))
	return err == nil
}

// Describe reads what the vault asks for, without secrets. Its errors are ErrNoVault, ErrVaultDamaged and
// ErrVaultNewer, or the disk's own.
func Describe(home string) (Door, error) {
	v, err := readVault(home)
	if err != nil {
		return Door{}, err
	}
	d := Door{Passphrase: v.Salt != nil, Keychain: v.Item != nil, Generation: v.Gen}
	if _, ok := v.wrap(halfPassphrase); ok && d.Keychain {
		d.Keychain, d.PassphraseAlone = false, true
	}
	return d, nil
}

// Create makes the home's folder and a vault with a fresh key in it, on disk when it returns. It returns
// ErrVaultExists, ErrWeak or ErrKeychain, or the disk's own error; then there is no vault.
func Create(home string, o Options) (*AtRest, error) {
	if Exists(home) {
		return nil, ErrVaultExists
	}
	var dek [keySize]byte
	if _, err := io.ReadFull(orSystem(o.Rand), dek[:]); err != nil {
		return nil, fmt.Errorf("store key: %w", err)
	}
	defer clear(dek[:])
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	if err := syncFolder(filepath.Dir(home)); err != nil {
		return nil, fmt.Errorf("home: %w", err)
	}
	a := newAtRest(dek, 1, orSystem(o.Rand))
	var err error
	if a.pw, err = o.install(home, 1, dek, o.Passphrase); err != nil {
		return nil, err
	}
	return a, nil
}

// Unlock opens the vault and returns the key over the store. It takes about 0.2 s where there is a passphrase, and up
// to five seconds more where the keychain does not answer. Its errors are ErrNoVault, ErrVaultDamaged, ErrVaultNewer,
// ErrPassphrase and ErrKeychain (with ErrKeychainLost where that is so), or the disk's own.
func Unlock(home, passphrase string, o Options) (*AtRest, error) {
	v, dek, pw, err := o.unwrap(home, passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(dek[:])
	a := newAtRest(dek, v.Gen, orSystem(o.Rand))
	a.pw = pw
	return a, nil
}

// ChangePassphrase replaces what protects the store by a new passphrase ("": none) and o. The key over the store stays
// the same, and so do AtRests in use. Until the new vault is on disk the old one stands with all it needs, so a crash
// at any point leaves one that opens. A copy of the old vault made elsewhere still opens with the old passphrase, if
// it also has the old keychain half. It returns the errors of Unlock and of Create.
func ChangePassphrase(home, old, passphrase string, o Options) error {
	v, dek, _, err := o.unwrap(home, old)
	if err != nil {
		return err
	}
	defer clear(dek[:])
	if _, err := o.install(home, v.Gen, dek, passphrase); err != nil {
		return err
	}
	if next, err := readVault(home); err == nil {
		moveMark(o.Keychain, v.markName(), next.markName())
	}
	dropHalf(o.Keychain, v.itemName())
	return nil
}

// Wipe takes away what opens the store, for good: first the keychain's half, then the vault. What else lies in the
// home is ciphertext without a key from then on. A home without a vault is no error; a damaged vault is deleted too.
func Wipe(home string, o Options) error {
	if v, err := readVault(home); err == nil {
		dropHalf(o.Keychain, v.itemName())
		dropHalf(o.Keychain, v.markName())
	}
	for _, name := range []string{successorName, vaultName} {
		if err := os.Remove(filepath.Join(home, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("vault: %w", err)
		}
	}
	if err := syncFolder(home); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("vault: %w", err)
	}
	return nil
}

// install writes a vault for dek. The keychain's half has a new name each time, so that the old one is still there if
// anything here goes wrong. It returns what the passphrase adds to the wrapping keys.
func (o Options) install(home string, gen uint64, dek [keySize]byte, passphrase string) (half [keySize]byte, err error) {
	text, err := tidy(passphrase)
	if err != nil {
		return half, err
	}
	alone := o.Keychain == nil || o.PassphraseAlone && len(text) > 0
	if alone || len(text) > 0 {
		if err := CheckPassphrase(passphrase, alone); err != nil {
			return half, err
		}
	}
	v := vault{V: vaultVersion, Gen: gen}
	var pw, kc []byte
	rnd := orSystem(o.Rand)
	if len(text) > 0 {
		v.Salt = new([16]byte)
		if _, err := io.ReadFull(rnd, v.Salt[:]); err != nil {
			return half, fmt.Errorf("vault: %w", err)
		}
		pw = stretch(text, v.Salt[:])
		half = [keySize]byte(pw)
		defer clear(pw)
	}
	if o.Keychain != nil {
		kc = make([]byte, keySize)
		defer clear(kc)
		v.Item = new([16]byte)
		if _, err := io.ReadFull(rnd, kc); err != nil {
			return half, fmt.Errorf("vault: %w", err)
		}
		if _, err := io.ReadFull(rnd, v.Item[:]); err != nil {
			return half, fmt.Errorf("vault: %w", err)
		}
		v.Check = halfCheck(kc)
	}
	for _, h := range o.doors(len(pw) > 0) {
		if err := v.add(h, dek, kc, pw, rnd); err != nil {
			return half, err
		}
	}
	if o.Keychain != nil {
		if err := putHalf(o.Keychain, v.itemName(), kc); err != nil {
			return half, err
		}
	}
	placed, err := v.write(home)
	if err != nil && !placed {
		dropHalf(o.Keychain, v.itemName())
	}
	return half, err
}

// doors lists the wraps to be made, ascending.
func (o Options) doors(passphrase bool) []halves {
	switch {
	case o.Keychain == nil:
		return []halves{halfPassphrase}
	case !passphrase:
		return []halves{halfKeychain}
	case o.PassphraseAlone:
		return []halves{halfPassphrase, bothHalves}
	}
	return []halves{bothHalves}
}

// unwrap reads the vault and opens the wrap that asks for least: the passphrase alone, where that is enough.
func (o Options) unwrap(home, passphrase string) (v vault, dek, half [keySize]byte, err error) {
	if v, err = readVault(home); err != nil {
		return v, dek, half, err
	}
	w, ok := v.wrap(halfPassphrase)
	if !ok {
		w = v.Wraps[0]
	}
	var kc, pw []byte
	if w.Halves&halfPassphrase != 0 {
		text, err := tidy(passphrase)
		if err != nil || len(text) == 0 {
			return v, dek, half, fmt.Errorf("%d bytes given: %w", len(passphrase), ErrPassphrase)
		}
		if w.Halves&halfKeychain != 0 {
			if kc, err = v.half(o.Keychain); err != nil {
				return v, dek, half, err
			}
		}
		pw = stretch(text, v.Salt[:])
	} else if kc, err = v.half(o.Keychain); err != nil {
		return v, dek, half, err
	}
	copy(half[:], pw)
	defer clear(kc)
	defer clear(pw)
	box, err := chacha20poly1305.NewX(wrappingKey(kc, pw))
	if err != nil {
		return v, dek, half, err
	}
	if _, err := box.Open(dek[:0], w.Nonce[:], w.Sealed[:], v.bound(w.Halves)); err != nil {
		if len(pw) == 0 {
			return v, dek, half, fmt.Errorf("wrap does not open: %w", ErrVaultDamaged)
		}
		return v, dek, half, ErrPassphrase
	}
	return v, dek, half, nil
}

// half fetches the keychain's half and makes sure that it is this vault's.
func (v vault) half(k Keychain) ([]byte, error) {
	kc, err := getHalf(k, v.itemName())
	if err != nil {
		return nil, err
	}
	if len(kc) != keySize || subtle.ConstantTimeCompare(halfCheck(kc)[:], v.Check[:]) != 1 {
		return nil, fmt.Errorf("%w: %w: another half under its name", ErrKeychainLost, ErrKeychain)
	}
	return kc, nil
}

// halfCheck says which half a vault needs, and nothing else about it.
func halfCheck(kc []byte) *[16]byte {
	return (*[16]byte)(kp1.X(kc, []byte(kp1.LabelVaultHalf), 16))
}

// wrappingKey is the KEK of protocol 3.7; a half that is not used is empty.
func wrappingKey(kc, pw []byte) []byte {
	return kp1.HKDF([]byte(kp1.LabelAtRest), kp1.LP(kc, pw), nil, keySize)
}

// add wraps dek under the halves h.
func (v *vault) add(h halves, dek [keySize]byte, kc, pw []byte, rnd io.Reader) error {
	if h&halfKeychain == 0 {
		kc = nil
	}
	if h&halfPassphrase == 0 {
		pw = nil
	}
	w := wrap{Halves: h}
	if _, err := io.ReadFull(rnd, w.Nonce[:]); err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	box, err := chacha20poly1305.NewX(wrappingKey(kc, pw))
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	box.Seal(w.Sealed[:0], w.Nonce[:], dek[:], v.bound(h))
	v.Wraps = append(v.Wraps, w)
	return nil
}

// bound is what a wrap is bound to: everything in the vault but the wraps, and its own halves.
func (v vault) bound(h halves) []byte {
	v.Wraps = nil
	b, err := kp1.Marshal(v)
	if err != nil {
		panic("keyring: " + err.Error()) // a struct of byte strings and numbers always encodes
	}
	return kp1.Label(kp1.LabelVault, []byte{0}, b, []byte{byte(h)})
}

// wrap returns the wrap made of exactly these halves.
func (v vault) wrap(h halves) (wrap, bool) {
	for _, w := range v.Wraps {
		if w.Halves == h {
			return w, true
		}
	}
	return wrap{}, false
}

// itemName is the name of the keychain's item, "" where there is none.
func (v vault) itemName() string {
	if v.Item == nil {
		return ""
	}
	return "store " + hex.EncodeToString(v.Item[:])
}

// encode returns the file's bytes.
func (v vault) encode() ([]byte, error) {
	b, err := kp1.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	sum := kp1.L(kp1.LabelVault, b)
	return append(b, sum[:]...), nil
}

// decodeVault reads a file's bytes. A checksum that fits and a larger number in v are a newer version; all else that
// is not exactly what encode writes is damage.
func decodeVault(b []byte) (vault, error) {
	var v vault
	if len(b) > maxVault || len(b) < sumSize {
		return v, fmt.Errorf("%d bytes: %w", len(b), ErrVaultDamaged)
	}
	body, sum := b[:len(b)-sumSize], b[len(b)-sumSize:]
	if want := kp1.L(kp1.LabelVault, body); !bytes.Equal(sum, want[:]) {
		return v, fmt.Errorf("checksum: %w", ErrVaultDamaged)
	}
	var version struct {
		V uint64 `cbor:"v"`
	}
	if err := kp1.Unmarshal(body, &version); err != nil {
		return v, fmt.Errorf("%w: %w", ErrVaultDamaged, err)
	}
	if version.V > vaultVersion {
		return v, fmt.Errorf("version %d: %w", version.V, ErrVaultNewer)
	}
	if err := kp1.UnmarshalClosed(body, &v); err != nil {
		return v, fmt.Errorf("%w: %w", ErrVaultDamaged, err)
	}
	if again, err := kp1.Marshal(v); err != nil || !bytes.Equal(again, body) || !v.whole() {
		return v, fmt.Errorf("shape: %w", ErrVaultDamaged)
	}
	return v, nil
}

// whole reports whether the wraps are one of the four lists that doors makes, with the fields they need.
func (v vault) whole() bool {
	var have halves
	var set [4]bool
	for i, w := range v.Wraps {
		if w.Halves < halfKeychain || w.Halves > bothHalves || i > 0 && w.Halves <= v.Wraps[i-1].Halves {
			return false
		}
		have |= w.Halves
		set[w.Halves] = true
	}
	return v.V == vaultVersion && v.Gen > 0 && have != 0 &&
		(v.Salt != nil) == (have&halfPassphrase != 0) &&
		(v.Item != nil) == (have&halfKeychain != 0) && (v.Check != nil) == (v.Item != nil) &&
		(!set[halfKeychain] || len(v.Wraps) == 1)
}

func readVault(home string) (vault, error) {
	f, err := os.OpenFile(filepath.Join(home, vaultName), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return vault{}, ErrNoVault
	}
	if err != nil {
		return vault{}, fmt.Errorf("vault: %w", err)
	}
	defer func() { _ = f.Close() }()
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		return vault{}, errors.Join(fmt.Errorf("vault is no file: %w", ErrVaultDamaged), err)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxVault+1))
	if err != nil {
		return vault{}, fmt.Errorf("vault: %w", err)
	}
	return decodeVault(b)
}

// write puts the vault on disk under another name, syncs it, gives it its own name and syncs the folder. Placed says
// that it has its name, so that after a power cut it may be this vault or the one before that is found.
func (v vault) write(home string) (placed bool, err error) {
	b, err := v.encode()
	if err != nil {
		return false, err
	}
	next := filepath.Join(home, successorName)
	if err := writeSynced(next, b); err != nil {
		return false, fmt.Errorf("vault: %w", err)
	}
	if err := os.Rename(next, filepath.Join(home, vaultName)); err != nil {
		return false, fmt.Errorf("vault: %w", err)
	}
	if err := syncFolder(home); err != nil {
		return true, fmt.Errorf("vault: %w", err)
	}
	return true, nil
}

// writeSynced makes a file anew. What lay there goes and is not written through: it may be a name for another file.
func writeSynced(path string, b []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// syncFolder makes a rename durable. Windows has no such call and keeps its own journal.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
