package wire

import (
	"crypto/ed25519"
	"encoding/binary"
)

const (
	ticketSize = 32
	loginSize  = ed25519.PublicKeySize + 32 + ed25519.SignatureSize
	openSize   = ed25519.PublicKeySize + 8 + ticketSize
	deleteSize = 32 + 32
	pairSize   = 16 + 32 + 32
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

// OpenBody makes a rendezvous mailbox until Expiry (unix seconds, at most 30 days ahead); zero ends one.
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

// DeleteBody names a payload or a chunk, and shows the token behind its dt.
type DeleteBody struct{ ID, Token [32]byte }

// Encode is the frame's body.
func (d DeleteBody) Encode() []byte { return append(append([]byte(nil), d.ID[:]...), d.Token[:]...) }

// ReadDelete takes a Delete's body apart.
func ReadDelete(b []byte) (DeleteBody, error) {
	if len(b) != deleteSize {
		return DeleteBody{}, ErrMalformed
	}
	return DeleteBody{[32]byte(b[:32]), [32]byte(b[32:])}, nil
}

// PairBody names a pairing code without saying it, and proves that the visitor knows it.
type PairBody struct {
	Code  [16]byte
	Nonce [32]byte
	Proof [32]byte
}

// Encode is the frame's body.
func (p PairBody) Encode() []byte {
	return append(append(append([]byte(nil), p.Code[:]...), p.Nonce[:]...), p.Proof[:]...)
}

// ReadPair takes a Pair's body apart.
func ReadPair(b []byte) (PairBody, error) {
	if len(b) != pairSize {
		return PairBody{}, ErrMalformed
	}
	return PairBody{[16]byte(b[:16]), [32]byte(b[16:48]), [32]byte(b[48:])}, nil
}

// TicketsBody is the two tickets of a group.
type TicketsBody struct{ Member, Admin [ticketSize]byte }

// Encode is the frame's body.
func (t TicketsBody) Encode() []byte {
	return append(append([]byte(nil), t.Member[:]...), t.Admin[:]...)
}

// ReadTickets takes a Tickets' body apart.
func ReadTickets(b []byte) (TicketsBody, error) {
	if len(b) != 2*ticketSize {
		return TicketsBody{}, ErrMalformed
	}
	return TicketsBody{[32]byte(b[:32]), [32]byte(b[32:])}, nil
}

// Reason says why a mailbox refused, or a talk about a link. Numbers of the wire: never reused. A keeper's are those of
// network/mailbox as well.
type Reason uint8

// The reasons. ReasonClosed covers a mailbox that is not there, a key that does not fit and a ticket that is not known.
const (
	ReasonClosed Reason = 1
	ReasonFull   Reason = 2
	ReasonKind   Reason = 3
	ReasonDisk   Reason = 4
	ReasonTaken  Reason = 5 // of a linking code: another device was first; a keeper's 5 is network/mailbox's
)
