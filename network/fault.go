// Package network holds a Node: who is met, how they know one another, and how sealed envelopes travel between devices.
// It never opens an envelope, and never touches the ledger, the disk or the screen.
package network

import "github.com/libp2p/go-libp2p/core/peer"

// Error is a fault a person may meet. Code is its stable name, which app/present turns into a sentence.
type Error struct{ ECode, Msg string }

// Error is the message for a log.
func (e *Error) Error() string { return e.Msg }

// Code is the stable name of the fault.
func (e *Error) Code() string { return e.ECode }

// The faults a caller may act on; match them with errors.Is.
var (
	ErrNobody    = &Error{"E_NOBODY", "no member's device could be reached"}
	ErrRelay     = &Error{"E_RELAY_UNREACHABLE", "the mailbox could not be reached"}
	ErrBusy      = &Error{"E_BUSY", "the other device is busy"}
	ErrFull      = &Error{"E_MAILBOX_FULL", "the mailbox is full"}
	ErrClosed    = &Error{"E_MAILBOX_CLOSED", "the mailbox is not open, or the key does not fit"}
	ErrKind      = &Error{"E_MAILBOX_KIND", "the mailbox does not take such an envelope"}
	ErrAddress   = &Error{"E_ADDRESS", "an address does not name the device it leads to"}
	ErrWrongPeer = &Error{"E_WRONG_PEER", "another device answered at that address"}
	ErrListen    = &Error{"E_LISTEN", "no address to listen on"}
)

// WrongPeer is ErrWrongPeer where it is known which device answered in the place of the one that was meant: whoever gave
// the address compares the two. Nothing was said to it beyond the handshake that proved it.
type WrongPeer struct{ Want, Got peer.ID }

// Error names both, for a log and for whoever has to compare them.
func (e *WrongPeer) Error() string {
	return ErrWrongPeer.Msg + ": expected " + e.Want.String() + ", found " + e.Got.String()
}

// Code is the stable name of the fault.
func (e *WrongPeer) Code() string { return ErrWrongPeer.ECode }

// Is lets errors.Is find ErrWrongPeer.
func (e *WrongPeer) Is(target error) bool { return target == ErrWrongPeer }
