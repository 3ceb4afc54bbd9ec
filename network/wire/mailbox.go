package wire

import (
	"crypto/ed25519"
	"encoding/binary"
)

const (
	ticketSize = 32
	loginSize  = ed25519.PublicKeySize + 32 + ed25519.SignatureSize
	openSize   = ed25519.PublicKeySize + 8 + ticketSize
)

// LoginBody proves the mailbox key to the relay whose nonce was signed. nonce is the client's own, for the fingerprints
// of reconciliation. ticket is the operator's, or nil for a rendezvous mailbox.
type LoginBody struct {
	Mailbox ed25519.PublicKey
	Nonce   [32]byte
	Sig     [ed25519.SignatureSize]byte
	Ticket  []byte
}

// Encode is the frame's body.
func (l LoginBody) Encode() []byte {
	b := append([]byte(nil), l.Mailbox...)
	b = append(append(b, l.Nonce[:]...), l.Sig[:]...)
	return append(b, l.Ticket...)
}

// ReadLogin takes a Login's body apart.
func ReadLogin(b []byte) (LoginBody, error) {
	if len(b) != loginSize && len(b) != loginSize+ticketSize {
		return LoginBody{}, ErrMalformed
	}
	l := LoginBody{Mailbox: ed25519.PublicKey(b[:32:32]), Nonce: [32]byte(b[32:64]), Sig: [64]byte(b[64:loginSize])}
	if len(b) > loginSize {
		l.Ticket = b[loginSize:]
	}
	return l, nil
}

// OpenBody makes a rendezvous mailbox until Expiry (unix seconds, at most 30 days ahead).
type OpenBody struct {
	Mailbox ed25519.PublicKey
	Expiry  uint64
	Ticket  [ticketSize]byte
}

// Encode is the frame's body.
func (o OpenBody) Encode() []byte {
	b := binary.BigEndian.AppendUint64(append([]byte(nil), o.Mailbox...), o.Expiry)
	return append(b, o.Ticket[:]...)
}

// ReadOpen takes an Open's body apart.
func ReadOpen(b []byte) (OpenBody, error) {
	if len(b) != openSize {
		return OpenBody{}, ErrMalformed
	}
	return OpenBody{
		Mailbox: ed25519.PublicKey(b[:32:32]), Expiry: binary.BigEndian.Uint64(b[32:40]), Ticket: [ticketSize]byte(b[40:]),
	}, nil
}

// Reason says why a mailbox refused. Numbers of the wire: never reused.
type Reason uint8

// The reasons. ReasonClosed covers a mailbox that is not there, a key that does not fit and a ticket that is not known.
const (
	ReasonClosed Reason = 1
	ReasonFull   Reason = 2
	ReasonKind   Reason = 3
	ReasonDisk   Reason = 4
	ReasonTaken  Reason = 5 // of a linking code: another device was first
)
