package store

import (
	"context"
	"errors"
	"fmt"

	"kith/store/kp1"
)

// duty is one thing that falls to a device while nobody is typing.
type duty struct {
	name string
	due  func(*house) bool
	do   func(*batch) (wrote bool, err error)
	mute bool // it signs nothing, and is done by who is not in yet as well: a newcomer's history waits its turn
	ends bool // it is done while two sides of a conflict are open, and by who has not caught up: it vouches for nothing new
}

// duties are all of them, in the order in which they are done: who cheated is out before new keys are made.
var duties = []duty{
	{"tell of forks", func(h *house) bool { return len(h.forked()) > 0 }, (*batch).accuse, false, true},
	{"new keys", func(h *house) bool { return h.mayTend() && h.rekeyDue() }, (*batch).rekeyIfDue, false, false},
	{"missing keys", func(h *house) bool { return len(h.promised()) > 0 || len(h.missed()) > 0 }, (*batch).complain, false, false},
	{"hand keys over", func(h *house) bool { return h.mayTend() && len(h.log.Missing()) > 0 }, (*batch).share, false, false},
	{"hand words over", func(h *house) bool { return h.mayTend() && len(h.owes()) > 0 }, (*batch).handKeys, false, false},
	{"renew box key", (*house).renewDue, (*batch).renew, false, false},
	{"witness", (*house).witnessDue, (*batch).witness, false, false},
	receiving,
	{"election", func(h *house) bool { _, ok := h.elected(); return ok }, (*batch).elect, false, true},
	ticketing,
	{"invites", (*house).invitesDue, (*batch).tendInvites, false, true},
	{"turns", (*house).turnDue, (*batch).takeTurns, true, true},
}

// ticketing is also done with a removal: see shut.
var ticketing = duty{"tickets", (*house).ticketsDue, (*batch).tendTickets, false, false}

// receiving is the one that is also done where a computer is on for a moment alone: see GiveReceipts.
var receiving = duty{"receipts", (*house).receiptsDue, (*batch).giveReceipts, false, false}

// Tend does what falls to any member's device when nobody is typing (protocol.md 4.2, 4.6, 4.8, 5.2 to 5.4, 7.6): it tells of
// a device that signed two ops in one place, makes new keys when every epoch has been given to somebody who is out, nobody
// has the key of it, or it has been used for long enough, says which keys it was promised and did not get, hands keys to
// devices that lack them, renews its own box key, says that it heard of removals and what it holds, counts the votes of a group that nobody leads, ends invites that are worth nothing any
// more, takes up what had to wait for its turn, and signs what waited until this computer had caught up. Each in a transaction of its own, so that one which fails holds up no
// other. It says whether it wrote anything, and returns what went wrong. Callers wait a random while first, so that one
// device does it for all.
func (l *Ledger) Tend(ctx context.Context, g kp1.GID) (wrote bool, err error) {
	for _, d := range duties {
		did, bad := l.tendOne(g, d)
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", d.name, bad))
		}
		wrote = wrote || did
	}
	did, bad := l.SignDue(ctx, g)
	return wrote || did, errors.Join(err, bad)
}

func (l *Ledger) tendOne(g kp1.GID, d duty) (wrote bool, err error) {
	l.mu.Lock()
	due := l.dueIn(g, d)
	l.mu.Unlock()
	if !due {
		return false, nil
	}
	err = l.change(func(t tx) error {
		if wrote = false; !l.dueIn(g, d) {
			return nil
		}
		b, err := l.groups[g].batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		b.unasked = true
		if wrote, err = d.do(b); err != nil {
			return err
		}
		return b.finish()
	})
	if errors.Is(err, ErrNoEpoch) { // nothing to do it under: new keys come first, and have their own turn
		return false, nil
	}
	return wrote && err == nil, err
}

// dueIn says whether a duty is due in a group; the lock is held.
func (l *Ledger) dueIn(g kp1.GID, d duty) bool {
	h := l.groups[g]
	if h == nil {
		return false
	}
	_, err := h.me()
	return (d.mute || err == nil && len(h.absent) == 0 && (d.ends || !h.torn() && !h.behind())) && d.due(h)
}
