package present

import (
	"context"

	"kith/store/kp1"
)

// Hosting is what a Core can do about the mailbox on this very computer.
type Hosting interface {
	// KeepFor has this computer keep messages for a group whenever it is on, locked or not, or keep them no more: then what
	// waits here is taken away. Where somebody else has to agree first, it goes on until they have. E_NOT_ALLOWED,
	// E_LAST_MAILBOX, E_LISTEN, E_DISK.
	KeepFor(ctx context.Context, g kp1.GID, yes bool) (Deed, error)
}

// Hosted is the mailbox on this computer.
type Hosted struct {
	On      bool             // somebody wants it
	Up      bool             // it can be reached
	Port    int              // by which
	Bytes   int64            // on this disk
	Most    int64            // bytes that it may take for one group
	Trouble string           // code of why it is not up; empty while it is, or begins
	For     []kp1.GID        // the groups that it keeps messages for, and those that have yet to agree
	Waits   map[kp1.GID]bool // of For: somebody else has to agree first
}

// Keeps says whether messages are kept on this computer for a group.
func (h Hosted) Keeps(g kp1.GID) bool {
	for _, o := range h.For {
		if o == g {
			return true
		}
	}
	return false
}
