package keyring

import (
	"crypto/ed25519"
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"io"
	"sync"

	"kith/store/kp1"
)

// Recovery is the recovery secret of a person (RS of protocol 3.1): 16 random bytes that they write down as twelve
// words. Their root key in every group is made from it.
type Recovery [16]byte

// NewRecovery draws a secret from rnd; nil means the system's generator.
func NewRecovery(rnd io.Reader) (r Recovery, err error) {
	if _, err := io.ReadFull(orSystem(rnd), r[:]); err != nil {
		return Recovery{}, fmt.Errorf("recovery secret: %w", err)
	}
	return r, nil
}

// Words returns the twelve words: 128 bits and the first four of their SHA-256, as BIP39 has it.
func (r Recovery) Words() (words [12]string) {
	sum := sha256.Sum256(r[:])
	spell(words[:], append(r[:len(r):len(r)], sum[0]))
	return words
}

// ParseRecovery reads twelve words back. Case, spacing, numbering and accents do not matter, and the first four
// letters of a word suffice. It returns a *WordError, ErrWordCount or ErrWordsCheck.
func ParseRecovery(text string) (r Recovery, err error) {
	words, err := read(text, 12)
	if err != nil {
		return r, err
	}
	raw := bits(words)
	copy(r[:], raw)
	if sum := sha256.Sum256(r[:]); sum[0]>>4 != raw[16]>>4 {
		return Recovery{}, ErrWordsCheck
	}
	return r, nil
}

// String keeps the secret out of logs.
func (r Recovery) String() string { return "recovery secret" }

// GoString keeps the secret out of logs.
func (r Recovery) GoString() string { return "recovery secret" }

// RootKey returns the person's root key in a group. It certifies devices and join requests and signs nothing else.
func RootKey(r Recovery, g kp1.GID) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(kp1.X(r.prk(), kp1.Label(kp1.LabelRoot, g[:]), ed25519.SeedSize))
}

// BackupIdentity returns the person's backup key as age reads it ("AGE-SECRET-KEY-PQ-1..."). It opens every backup
// they ever made: show it to nobody.
func BackupIdentity(r Recovery) string {
	return bech32("AGE-SECRET-KEY-PQ-", kp1.X(r.prk(), kp1.Label(kp1.LabelBackup), 32))
}

func (r Recovery) prk() []byte { return kp1.Extract([]byte(kp1.LabelRecovery), r[:]) }

// wordsRounds makes one try at a look-alike root cost 2^17 hash steps (protocol 3.6).
const wordsRounds = 100_000

// VerificationWords returns the six words by which people check, over a telephone, that a root key in a group is the
// one they mean (protocol 3.6). It takes about 0.1 s the first time that it is asked for a root; answers are kept.
func VerificationWords(g kp1.GID, root ed25519.PublicKey) [6]string {
	return spelt.of(kp1.Sum(kp1.LP(g[:], root)), func() (words [6]string) {
		spell(words[:], verificationBits(g, root))
		return words
	})
}

// spelt are the words of the roots that were asked for of late: a list of people shows those of all.
var spelt wordBook

// wordBook remembers what was worked out before. It may be used from any goroutine.
type wordBook struct {
	mu    sync.Mutex
	words map[kp1.ID][6]string
}

// maxWordBook is for how many roots words are kept: those of a full group, and some who knock.
const maxWordBook = 2 * kp1.MaxMembers

// of returns the words that are kept under a name, or works them out. Two who ask at once may both work them out.
func (b *wordBook) of(name kp1.ID, make func() [6]string) [6]string {
	b.mu.Lock()
	words, ok := b.words[name]
	b.mu.Unlock()
	if ok {
		return words
	}
	words = make()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.words == nil || len(b.words) >= maxWordBook {
		b.words = map[kp1.ID][6]string{}
	}
	b.words[name] = words
	return words
}

// verificationBits returns 72 bits, of which the words show the first 66.
func verificationBits(g kp1.GID, root ed25519.PublicKey) []byte {
	password := kp1.LP([]byte(kp1.LabelWords), g[:], root)
	raw, err := pbkdf2.Key(sha512.New, string(password), []byte(kp1.LabelWords), wordsRounds, 9)
	if err != nil {
		panic("keyring: " + err.Error()) // only for a length that no hash can give, or a FIPS mode we do not run in
	}
	return raw
}

// Spoken is an invite's secret as it is said over the telephone: 80 bits (protocol 8.3).
type Spoken [10]byte

// NewSpoken draws a secret from rnd; nil means the system's generator.
func NewSpoken(rnd io.Reader) (s Spoken, err error) {
	if _, err := io.ReadFull(orSystem(rnd), s[:]); err != nil {
		return Spoken{}, fmt.Errorf("spoken code: %w", err)
	}
	return s, nil
}

// Words returns the eight words: the secret, then one byte that catches a misheard word.
func (s Spoken) Words() (words [8]string) {
	spell(words[:], append(s[:len(s):len(s)], s.check()))
	return words
}

// ParseSpoken reads eight words back, as forgiving as ParseRecovery and with the same errors.
func ParseSpoken(text string) (s Spoken, err error) {
	words, err := read(text, 8)
	if err != nil {
		return s, err
	}
	raw := bits(words)
	copy(s[:], raw)
	if s.check() != raw[10] {
		return Spoken{}, ErrWordsCheck
	}
	return s, nil
}

// Secret returns the invite secret the words stand for. It takes about 0.2 s and 64 MiB, so that words overheard in
// part cannot be completed by trying.
func (s Spoken) Secret() (secret [16]byte) {
	copy(secret[:], stretch(s[:], []byte(kp1.LabelSpokenSalt)))
	return secret
}

// String keeps the secret out of logs.
func (s Spoken) String() string { return "spoken code" }

// GoString keeps the secret out of logs.
func (s Spoken) GoString() string { return "spoken code" }

func (s Spoken) check() byte { return kp1.L(kp1.LabelSpokenCheck, s[:])[0] }
