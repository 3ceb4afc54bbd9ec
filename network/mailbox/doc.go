// Package mailbox holds the shelf of a blind mailbox: what it takes, how much, for how long, and who may have something
// deleted (protocol sections 5.8, 7.5 and 7.6, docs/spec/mailbox.md). It is pure: it reads no clock, disk, network or
// randomness, opens nothing that is sealed, and never touches a name. Time and the place where the bytes lie are handed in.
package mailbox

import "strconv"

// Refusal says why a shelf did not do what a visitor asked. A refusal has changed nothing that a visitor could see; the
// transaction may go on. Any other error means that the transaction is to be rolled back. The numbers are those of the
// wire: never reused.
type Refusal uint8

// The refusals. 4 is the wire's "could not be stored" and is not the shelf's to say.
const (
	ErrClosed  Refusal = 1  // no such mailbox, not yours, or a ticket that is not known: one answer for all
	ErrFull    Refusal = 2  // no room of the kind that is asked for
	ErrKind    Refusal = 3  // not an envelope, or not of a kind this mailbox takes
	ErrDeleted Refusal = 5  // deleted here before, by somebody who could read it
	ErrBusy    Refusal = 6  // too much from one source; later
	ErrKept    Refusal = 7  // of a kind that nobody can have deleted
	ErrToken   Refusal = 8  // not the token behind the envelope's dt
	ErrAbsent  Refusal = 9  // nothing here by that id
	ErrExpiry  Refusal = 10 // a rendezvous mailbox that would end before now, or later than it may
	ErrTicket  Refusal = 11 // a ticket that is empty, given twice, or another tenant's
)

var sayings = map[Refusal]string{
	ErrClosed: "mailbox closed", ErrFull: "mailbox full", ErrKind: "not a kind of envelope for this mailbox",
	ErrDeleted: "envelope was deleted", ErrBusy: "too much from one source", ErrKept: "kind cannot be deleted",
	ErrToken: "wrong delete token", ErrAbsent: "no such envelope", ErrExpiry: "expiry out of bounds",
	ErrTicket: "ticket cannot be used",
}

// Error is for logs.
func (r Refusal) Error() string {
	if s, ok := sayings[r]; ok {
		return s
	}
	return "mailbox refusal " + strconv.Itoa(int(r))
}
