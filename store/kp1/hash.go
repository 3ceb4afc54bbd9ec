package kp1

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
)

// LP joins parts, each after its length as four bytes big-endian, so that no two lists of parts give the same bytes.
func LP(parts ...[]byte) []byte {
	n := 0
	for _, p := range parts {
		n += 4 + len(p)
	}
	out := make([]byte, 0, n)
	for _, p := range parts {
		out = AppendLP(out, p)
	}
	return out
}

// AppendLP appends one part in the form of LP.
func AppendLP(dst, part []byte) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(part)))
	return append(dst, part...)
}

// BE64 returns v as eight bytes big-endian.
func BE64(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }

// L is the labelled hash: SHA-256 of label, a zero byte and x.
func L(label string, x []byte) [32]byte {
	var room [256]byte
	b := append(append(append(room[:0], label...), 0), x...)
	return sha256.Sum256(b)
}

// X is HKDF-Expand with SHA-256: n bytes from a key and an info that begins with a label.
// It panics if n is not in 1..8,160, which is a fault of the caller and never of a peer.
func X(key, info []byte, n int) []byte {
	out, err := hkdf.Expand(sha256.New, key, string(info), n)
	if err != nil {
		panic("kp1: " + err.Error())
	}
	return out
}

// X32 is X for a bare label and 32 bytes, by far its most common use.
func X32(key []byte, label string) (out [32]byte) {
	copy(out[:], X(key, []byte(label), 32))
	return out
}

// Extract is HKDF-Extract with SHA-256.
func Extract(salt, ikm []byte) []byte {
	out, err := hkdf.Extract(sha256.New, ikm, salt)
	if err != nil {
		panic("kp1: " + err.Error())
	}
	return out
}

// HKDF is extract, then expand. It panics as X does.
func HKDF(salt, ikm, info []byte, n int) []byte { return X(Extract(salt, ikm), info, n) }

// Label returns the label followed by the rest, as infos of KDFs and HPKE are made.
func Label(label string, rest ...[]byte) []byte {
	out := []byte(label)
	for _, r := range rest {
		out = append(out, r...)
	}
	return out
}

// SignMessage returns what is signed for msg: label, a zero byte, msg. Nothing is ever signed in another form.
func SignMessage(label string, msg []byte) []byte {
	out := make([]byte, 0, len(label)+1+len(msg))
	out = append(out, label...)
	out = append(out, 0)
	return append(out, msg...)
}
