// Package keeper holds a mailbox that always runs: the one file of its shelf, the protocol its visitors speak, the host it
// is reached by, and what its keeper is told (docs/spec/mailbox.md). It never opens an envelope, and never knows a group, a
// person or a device: only keys, tickets and sealed bytes.
package keeper

// Error is a fault a keeper may meet. Code is its stable name.
type Error struct{ ECode, Msg string }

// Error is the message for a log.
func (e *Error) Error() string { return e.Msg }

// Code is the stable name of the fault.
func (e *Error) Code() string { return e.ECode }

// The faults that are told by name.
var (
	ErrInUse   = &Error{"E_IN_USE", "the mailbox's file is in use by another program"}
	ErrDamaged = &Error{"E_STORE_DAMAGED", "the mailbox's file is damaged"}
	ErrNewer   = &Error{"E_STORE_NEWER", "the mailbox's file was written by a newer version"}
	ErrExists  = &Error{"E_FILE_EXISTS", "a file of that name is there already"}
	ErrNoGroup = &Error{"E_NOT_FOUND", "no paired group has that number"}
	ErrClosed  = &Error{"E_CLOSED", "the mailbox is closing"}
)
