// Package keyring holds the secrets of one person on one computer: the vault that opens the store, the key over every
// stored value, the recovery secret and the keys made from it, and the words people write down or read aloud.
// It touches two files of the home (the vault and its successor) and, when asked to, the system's keychain. It never
// touches the network, knows no op and no group, and draws chance only from the reader it was handed.
package keyring

import (
	"crypto/rand"
	"io"

	"kith/store/kp1"
)

// The refusals of this package. Each has a sentence of its own in app/present.
var (
	// ErrNoVault: the home holds no vault, so nobody has started here yet.
	ErrNoVault = &kp1.Error{ECode: "E_NO_HOME", Msg: "no vault in this home"}
	// ErrVaultExists: the home holds a vault already; nothing was touched.
	ErrVaultExists = &kp1.Error{ECode: "E_HOME_EXISTS", Msg: "this home holds a vault already"}
	// ErrPassphrase: the passphrase is not the one the vault was made with, or none was given and one is needed.
	ErrPassphrase = &kp1.Error{ECode: "E_PASSPHRASE", Msg: "wrong passphrase"}
	// ErrKeychain: the half of the key that the system keeps cannot be had: no keychain, locked, or no answer in time.
	ErrKeychain = &kp1.Error{ECode: "E_KEYCHAIN", Msg: "keychain half not available"}
	// ErrKeychainLost: the keychain answers, but it does not hold this vault's half. It always comes with ErrKeychain.
	ErrKeychainLost = &kp1.Error{ECode: "E_KEYCHAIN_LOST", Msg: "keychain does not hold this vault's half"}
	// ErrVaultDamaged: the vault is cut short or changed. Nothing was written.
	ErrVaultDamaged = &kp1.Error{ECode: "E_STORE_DAMAGED", Msg: "vault is damaged"}
	// ErrVaultNewer: a newer version wrote the vault.
	ErrVaultNewer = &kp1.Error{ECode: "E_STORE_NEWER", Msg: "vault was written by a newer version"}
	// ErrWeak: the passphrase could be guessed by trying, where nothing else protects the store.
	ErrWeak = &kp1.Error{ECode: "E_WEAK_PASSPHRASE", Msg: "passphrase too easy to guess"}
	// ErrLocked: the keys were forgotten.
	ErrLocked = &kp1.Error{ECode: "E_LOCKED", Msg: "locked"}
	// ErrSealed: a stored value does not open: it was changed, or moved here from another place.
	ErrSealed = &kp1.Error{ECode: "E_STORE_DAMAGED", Msg: "stored value does not open"}
	// ErrWordCount: not as many words as there should be.
	ErrWordCount = &kp1.Error{ECode: "E_WORD_COUNT", Msg: "wrong number of words"}
	// ErrWordsCheck: every word is in the list, and yet they do not belong together: one was misheard or two swapped.
	ErrWordsCheck = &kp1.Error{ECode: "E_WORDS_CHECK", Msg: "the words do not belong together"}
)

// orSystem returns rnd, or the system's generator where rnd is nil.
func orSystem(rnd io.Reader) io.Reader {
	if rnd == nil {
		return rand.Reader
	}
	return rnd
}
