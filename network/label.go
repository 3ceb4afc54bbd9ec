package network

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
)

// The labels of the protocol that this room uses (docs/spec/sync.md). The full list is in the op room's alphabet.
const (
	labelHelloI  = "kp1/hello/I"   // the initiator's tags
	labelHelloR  = "kp1/hello/R"   // the responder's tags
	labelAddrs   = "kp1/addrs"     // the key that seals a list of addresses
	labelNear    = "kp1/near"      // the tags on the local network
	labelRelay   = "kp1/sig/relay" // a mailbox login
	labelKnock   = "kp1/knock"     // the proof of knowing a linking code
	labelPair    = "kp1/pair"      // pairing with a keeper: its code's id and key, and the proofs
	labelCircuit = "kp1/circuit"   // the key by which a device is known to a keeper of circuits
	labelFP      = "kp1/fp"        // a session's nonce
)

// lp joins parts, each after its length in 4 bytes, so that no two lists of parts give the same bytes.
func lp(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...)
	}
	return b
}

func mac(key [32]byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key[:])
	h.Write(lp(parts...))
	return h.Sum(nil)
}

// expand derives a key of 32 bytes.
func expand(key [32]byte, parts ...[]byte) []byte {
	k, err := hkdf.Expand(sha256.New, key[:], string(lp(parts...)), 32)
	if err != nil {
		panic(err) // only a length no hash can give is an error
	}
	return k
}

// SessionNonce keys the fingerprints of one session. Both sides drew a half of it.
func SessionNonce(i, r [32]byte) [32]byte {
	return sha256.Sum256(lp([]byte(labelFP), i[:], r[:]))
}
