package keyring

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"

	"kith/store/kp1"
)

// SealOverhead is how many bytes a sealed value is longer than the plain one: a nonce of 24 and a tag of 16.
const SealOverhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// AtRest is the key over every stored value. It is safe for use by several goroutines at once; after Forget it only
// answers ErrLocked. Values are sealed with XChaCha20-Poly1305 under a random nonce and bound to bucket, key and
// store generation (protocol 3.7), so that a value moved elsewhere, or kept from an older store, does not open.
type AtRest struct {
	mu   sync.RWMutex // held for reading while a key is in use, so that Forget never pulls it away half way
	dek  [32]byte
	name [32]byte
	pw   [32]byte // what the passphrase adds to a wrapping key; zeros where there is none: see Adopt
	gone bool
	gen  uint64
	rnd  io.Reader
}

func newAtRest(dek [32]byte, gen uint64, rnd io.Reader) *AtRest {
	return &AtRest{dek: dek, name: kp1.X32(dek[:], kp1.LabelAtRestName), gen: gen, rnd: rnd}
}

// Generation is the number of the store file these keys belong to. It starts at 1 and rises when the store is
// written anew under a new key.
func (a *AtRest) Generation() uint64 {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.gen
}

// Seal returns the sealed form of plain in a new slice. The bucket is the whole path of names; one that holds raw ids
// must hold them at fixed places, so that no two pairs of bucket and key read the same.
func (a *AtRest) Seal(bucket, key, plain []byte) ([]byte, error) {
	return a.AppendSeal(make([]byte, 0, len(plain)+SealOverhead), bucket, key, plain)
}

// AppendSeal appends the sealed form of plain to dst, which must not overlap plain. It keeps no reference.
func (a *AtRest) AppendSeal(dst, bucket, key, plain []byte) ([]byte, error) {
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	if _, err := io.ReadFull(a.rnd, r.nonce[:]); err != nil {
		return nil, fmt.Errorf("nonce: %w", err)
	}
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.gone {
		return nil, ErrLocked
	}
	box, err := a.box(r)
	if err != nil {
		return nil, err
	}
	dst = append(dst, r.nonce[:]...)
	return box.Seal(dst, r.short[:], plain, r.aad(bucket, key, a.gen)), nil
}

// Open returns what Seal was given for the same bucket and key, in a new slice. It returns ErrSealed when the value
// was changed or belongs elsewhere.
func (a *AtRest) Open(bucket, key, sealed []byte) ([]byte, error) {
	return a.AppendOpen(make([]byte, 0, max(len(sealed)-SealOverhead, 0)), bucket, key, sealed)
}

// AppendOpen appends the plain value to dst, which must not overlap sealed. On an error dst's spare room is undefined
// and nothing is appended. It keeps no reference.
func (a *AtRest) AppendOpen(dst, bucket, key, sealed []byte) ([]byte, error) {
	if len(sealed) < SealOverhead {
		return nil, fmt.Errorf("%d bytes: %w", len(sealed), ErrSealed)
	}
	r := rooms.Get().(*room)
	defer rooms.Put(r)
	copy(r.nonce[:], sealed)
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.gone {
		return nil, ErrLocked
	}
	box, err := a.box(r)
	if err != nil {
		return nil, err
	}
	plain, err := box.Open(dst, r.short[:], sealed[len(r.nonce):], r.aad(bucket, key, a.gen))
	if err != nil {
		return nil, ErrSealed
	}
	return plain, nil
}

// Name returns 32 bytes that stand for x as a key in a bucket, where x itself would say something (a name, a date).
// The same label and x give the same bytes for as long as the store keeps its generation. After Forget it is nil.
func (a *AtRest) Name(label string, x []byte) []byte {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.gone {
		return nil
	}
	m := hmac.New(sha256.New, a.name[:])
	m.Write(kp1.LP([]byte(label), x))
	return m.Sum(nil)
}

// Forget waits for calls under way, then overwrites the keys. Go may have left copies elsewhere in memory (protocol
// 3.7); none is reachable from here. It may be called twice.
func (a *AtRest) Forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.dek[:])
	clear(a.name[:])
	clear(a.pw[:])
	a.gone = true
}

// String keeps keys out of logs.
func (a *AtRest) String() string { return "at-rest key" }

// GoString keeps keys out of logs.
func (a *AtRest) GoString() string { return "at-rest key" }

// box returns the cipher of one nonce. This is XChaCha20-Poly1305 as chacha20poly1305.NewX has it (a test compares
// them), written out so that the only lasting copy of the key is the one that Forget overwrites.
func (a *AtRest) box(r *room) (cipher.AEAD, error) {
	sub, err := chacha20.HChaCha20(a.dek[:], r.nonce[:16])
	if err != nil {
		return nil, err
	}
	copy(r.short[4:], r.nonce[16:])
	return chacha20poly1305.New(sub)
}

// A room is the scratch space of one call; its bytes are public (nonces and additional data).
type room struct {
	nonce [chacha20poly1305.NonceSizeX]byte
	short [chacha20poly1305.NonceSize]byte // four zero bytes, then the nonce's last eight
	data  []byte
}

var rooms = sync.Pool{New: func() any { return &room{data: make([]byte, 0, 128)} }}

// aad returns bucket, a zero byte, key and the generation as eight bytes.
func (r *room) aad(bucket, key []byte, gen uint64) []byte {
	r.data = append(append(append(r.data[:0], bucket...), 0), key...)
	r.data = binary.BigEndian.AppendUint64(r.data, gen)
	return r.data
}
