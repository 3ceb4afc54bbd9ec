package mailbox

import (
	"crypto/ed25519"
	"encoding/binary"
)

// labelRelay keeps the signature of a login apart from every other.
const labelRelay = "kp1/sig/relay"

// Login is what a visitor signs with a mailbox's private key: which relay, for whom, this once.
type Login struct {
	Relay, Visitor []byte // PeerIDs, as raw multihashes
	Nonce          [32]byte
	Mailbox        Key
}

// Message returns the bytes that are signed.
func (l Login) Message() []byte {
	b := append([]byte(labelRelay), 0)
	for _, part := range [][]byte{l.Relay, l.Visitor, l.Nonce[:], l.Mailbox[:]} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part))) //nolint:gosec // short
		b = append(b, part...)
	}
	return b
}

// Proves reports whether the signature shows that the visitor holds the mailbox's private key.
func (l Login) Proves(sig []byte) bool {
	return len(sig) == ed25519.SignatureSize && ed25519.Verify(l.Mailbox[:], l.Message(), sig)
}
