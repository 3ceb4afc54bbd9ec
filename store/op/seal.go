package op

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"kith/store/kp1"
)

// tagSize is what the AEAD adds to a plaintext.
const tagSize = chacha20poly1305.Overhead

// newAEAD makes the cipher of one sealing. Tests count its calls.
var newAEAD = chacha20poly1305.New

var errNoRandomness = errors.New("op: sealing needs a source of randomness")

// sealing is what binds sealed bytes to their place: nothing opens with another label, group or chain, or under
// another header.
type sealing struct {
	label string
	group kp1.GID
	chain byte
}

// derive returns the one-time key and its commitment.
func (s sealing) derive(key, salt *[32]byte, eid kp1.EID, aadHash [32]byte) (okm []byte) {
	info := make([]byte, 0, 128)
	info = append(info, s.label...)
	info = kp1.AppendLP(info, s.group[:])
	info = kp1.AppendLP(info, eid[:])
	info = append(info, 0, 0, 0, 1, s.chain)
	info = kp1.AppendLP(info, aadHash[:])
	return kp1.HKDF(salt[:], key[:], info, 64)
}

// hedgedSalt makes the salt from fresh randomness and from all that is sealed, so that a generator which repeats
// itself gives another salt for another plaintext or header.
func hedgedSalt(rnd io.Reader, hedge *[32]byte, aadHash [32]byte, pt []byte) (salt [32]byte, err error) {
	if rnd == nil {
		return salt, errNoRandomness
	}
	var fresh [32]byte
	if _, err := io.ReadFull(rnd, fresh[:]); err != nil {
		return salt, fmt.Errorf("op: randomness: %w", err)
	}
	ptHash := sha256.Sum256(pt)
	mac := hmac.New(sha256.New, hedge[:])
	mac.Write(kp1.LP([]byte(kp1.LabelSalt), fresh[:], aadHash[:], ptHash[:]))
	mac.Sum(salt[:0])
	return salt, nil
}

// seal fills Salt, Commit and Cipher of e, whose header must be complete, and encodes it.
func (s sealing) seal(rnd io.Reader, e *Envelope, key, hedge [32]byte, data []byte) error {
	pt := pad(data, Bucket(lengthSize+len(data)))
	var err error
	aad := e.header()
	if e.Salt, e.Commit, e.Cipher, err = s.sealPadded(rnd, e.EID, &key, &hedge, aad, pt); err != nil {
		return err
	}
	return e.finish()
}

// sealPadded seals pt in place: its bytes are the ciphertext's afterwards.
func (s sealing) sealPadded(rnd io.Reader, eid kp1.EID, key, hedge *[32]byte, aad, pt []byte) (salt, commit [32]byte, ct []byte, err error) {
	aadHash := sha256.Sum256(aad)
	if salt, err = hedgedSalt(rnd, hedge, aadHash, pt); err != nil {
		return salt, commit, nil, err
	}
	okm := s.derive(key, &salt, eid, aadHash)
	aead, err := newAEAD(okm[:32])
	if err != nil {
		return salt, commit, nil, fmt.Errorf("op: cipher: %w", err)
	}
	copy(commit[:], okm[32:])
	var nonce [chacha20poly1305.NonceSize]byte // used once: the key is made for this one sealing
	return salt, commit, aead.Seal(pt[:0], nonce[:], pt, aad), nil
}

// open returns the data sealed in e. A key that does not fit is ErrNoKey, told apart before the cipher is touched;
// a key that fits bytes that were changed is ErrTampered.
func (s sealing) open(e *Envelope, key *[32]byte) ([]byte, error) {
	aad := e.header()
	return s.openHeader(e, key, aad, sha256.Sum256(aad))
}

func (s sealing) openHeader(e *Envelope, key *[32]byte, aad []byte, aadHash [32]byte) ([]byte, error) {
	okm := s.derive(key, &e.Salt, e.EID, aadHash)
	if subtle.ConstantTimeCompare(okm[32:], e.Commit[:]) != 1 {
		return nil, ErrNoKey
	}
	aead, err := newAEAD(okm[:32])
	if err != nil {
		return nil, fmt.Errorf("op: cipher: %w", err)
	}
	var nonce [chacha20poly1305.NonceSize]byte
	pt, err := aead.Open(nil, nonce[:], e.Cipher, aad)
	if err != nil {
		return nil, ErrTampered
	}
	return Unpad(pt)
}
