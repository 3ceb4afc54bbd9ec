package keyring

import (
	"encoding/binary"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"kith/store/kp1"
)

// The cost of one guess at a passphrase or a spoken code: RFC 9106, second recommended option; about 0.2 s.
const (
	argonTime    = 3
	argonMemory  = 64 << 10 // KiB
	argonThreads = 4
)

// maxPassphrase is the length of a passphrase in bytes, as typed.
const maxPassphrase = 1 << 10

// Least lengths of a passphrase in characters.
const (
	minWithKeychain = 4  // a guesser needs the keychain's 32 bytes as well
	minAlone        = 8  // of any kind
	minAloneDigits  = 14 // digits only: 46 bits, as the four generated words have 44
	minDifferent    = 4  // different characters, where it stands alone
)

var stretching sync.Mutex // one at a time: each takes 64 MiB

// idKey is Argon2id. Only the tests of this package put another in its place: one that remembers what it was asked.
var idKey = argon2.IDKey

// stretch runs Argon2id and gives its memory back to the system.
func stretch(secret, salt []byte) []byte {
	stretching.Lock()
	defer stretching.Unlock()
	key := idKey(secret, salt, argonTime, argonMemory, argonThreads, 32)
	debug.FreeOSMemory()
	return key
}

// tidy returns the bytes of a passphrase that are stretched: outer white space cut off, every space an ordinary one,
// Unicode in NFC, so that the same keys pressed on another system give the same bytes.
func tidy(passphrase string) ([]byte, error) {
	if len(passphrase) > maxPassphrase {
		return nil, fmt.Errorf("passphrase of %d bytes: %w", len(passphrase), kp1.ErrTooBig)
	}
	spaced := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Zs, r) {
			return ' '
		}
		return r
	}, passphrase)
	return []byte(norm.NFC.String(strings.TrimSpace(spaced))), nil
}

// TidyPassphrase returns a passphrase as it is stretched: see tidy.
func TidyPassphrase(passphrase string) (string, error) {
	b, err := tidy(passphrase)
	return string(b), err
}

// CheckPassphrase returns ErrWeak when a passphrase is too easy to guess. Alone says that it would protect the store
// without a keychain's half: then a PIN is refused, because six digits are two days of trying. It cannot tell a
// famous phrase from a good one. An empty passphrase is ErrWeak as well.
func CheckPassphrase(passphrase string, alone bool) error {
	b, err := tidy(passphrase)
	if err != nil {
		return err
	}
	n, digits, seen := 0, 0, map[rune]bool{}
	for _, r := range string(b) {
		n++
		if unicode.IsDigit(r) {
			digits++
		}
		seen[unicode.ToLower(r)] = true
	}
	switch {
	case n < minWithKeychain:
		return fmt.Errorf("%d characters: %w", n, ErrWeak)
	case !alone:
		return nil
	case n < minAlone:
		return fmt.Errorf("%d characters without a keychain: %w", n, ErrWeak)
	case digits == n && n < minAloneDigits:
		return fmt.Errorf("%d digits without a keychain: %w", n, ErrWeak)
	case len(seen) < minDifferent:
		return fmt.Errorf("%d different characters: %w", len(seen), ErrWeak)
	}
	return nil
}

// NewPassphrase draws four words, 44 bits, to be offered to somebody who would rather not think one up. Joined by
// single spaces they are the passphrase.
func NewPassphrase(rnd io.Reader) (words [4]string, err error) {
	var b [8]byte
	if _, err := io.ReadFull(orSystem(rnd), b[:]); err != nil {
		return words, fmt.Errorf("passphrase: %w", err)
	}
	for i := range words {
		words[i] = list[binary.BigEndian.Uint16(b[2*i:])&0x7ff]
	}
	return words, nil
}
