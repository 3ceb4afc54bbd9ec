package present

import (
	"context"
	"time"

	"kith/assets"
	"kith/store/kp1"
)

// Posting is what a Core can do about the mailboxes of a group.
type Posting interface {
	// PairMailbox has a group use a keeper's mailboxes: by the link that its keeper gave, or by eight words and the place
	// that was said with them. E_NOT_ALLOWED, E_PAIR_LINK, E_PAIR_SPENT, E_WORD, E_PLACE_OFF.
	PairMailbox(ctx context.Context, g kp1.GID, text, at string) error
	// DropMailbox has a group use a mailbox no more, by its Mailbox.ID. E_LAST_MAILBOX, E_NOT_FOUND.
	DropMailbox(ctx context.Context, g kp1.GID, id string) (Deed, error)
	// VisitMailboxes looks into all mailboxes now, and returns when each was tried; how that went the World says.
	VisitMailboxes(ctx context.Context) error
}

// BoxName is what a group's mailbox is called where it has one alone and that has a name; empty otherwise.
func (g Group) BoxName() string {
	if len(g.Boxes) != 1 {
		return ""
	}
	return g.Boxes[0].Name
}

// Title is what a mailbox is called in a heading.
func (m Mailbox) Title() string {
	switch {
	case m.Here:
		return Say("mailboxes.here")
	case m.Name == "":
		return Say("mailboxes.unnamed")
	}
	return Say("mailboxes.named", "Mailbox", m.Name)
}

// How a mailbox is.
const (
	BoxWell    = "well"    // reached at the last visit
	BoxNew     = "new"     // not tried yet
	BoxFull    = "full"    // takes nothing more
	BoxBusy    = "busy"    // asks to be left alone for a moment
	BoxClosed  = "closed"  // does not know the group
	BoxRefuses = "refuses" // does not take something
	BoxHides   = "hides"   // does not give out what it should have
	BoxNoFiles = "nofiles" // has room for words alone
	BoxAway    = "away"    // cannot be reached
	BoxOffline = "offline" // nothing can: this computer is not on the internet
)

// Health says how a mailbox is, as far as this computer knows.
func (m Mailbox) Health(n Net) string {
	switch {
	case m.Trouble == "" && m.Reached.IsZero() && !n.On, m.Trouble == "E_RELAY_UNREACHABLE" && !n.On:
		return BoxOffline
	case m.Trouble == "" && m.Reached.IsZero():
		return BoxNew
	}
	switch m.Trouble {
	case "":
		switch {
		case m.Hidden > 0:
			return BoxHides
		case m.NoFiles:
			return BoxNoFiles
		}
		return BoxWell
	case "E_MAILBOX_FULL":
		return BoxFull
	case "E_BUSY":
		return BoxBusy
	case "E_MAILBOX_CLOSED":
		return BoxClosed
	case "E_MAILBOX_KIND":
		return BoxRefuses
	}
	return BoxAway
}

// BoxSaid is what is said of a mailbox: a word, and what happened, what is safe, what to do next.
type BoxSaid struct {
	Chip    Chip
	Reached string // when it was last reached; empty where Problem says so
	Problem Problem
}

// Said says how a mailbox is.
func (m Mailbox) Said(n Net, now time.Time) BoxSaid {
	s := BoxSaid{Reached: Say("mailboxes.never")}
	if !m.Reached.IsZero() {
		s.Reached = Say("mailboxes.reached", "When", Ago(m.Reached, now))
	}
	switch m.Health(n) {
	case BoxWell:
		s.Chip = Chip{assets.IconDone, Say("mailboxes.well"), ToneOK}
	case BoxNew:
		s.Chip = Chip{assets.IconWaiting, Say("mailboxes.new"), ToneAmber}
		s.Problem = Problem{What: Say("mailboxes.new.text")}
	case BoxFull:
		s.Chip = Chip{assets.IconFull, Say("mailboxes.full"), ToneAmber}
		s.Problem = Problem{Say("mailboxes.full.what"), Say("mailboxes.full.safe"), Say("mailboxes.full.next")}
	case BoxBusy:
		s.Chip = Chip{assets.IconWaiting, Say("mailboxes.busy"), ToneAmber}
		s.Problem = Problem{Say("mailboxes.busy.what"), Say("mailboxes.safe"), Say("mailboxes.again")}
	case BoxClosed:
		s.Chip = Chip{assets.IconLock, Say("mailboxes.closed"), ToneDanger}
		s.Problem = Problem{Say("mailboxes.closed.what"), Say("mailboxes.closed.safe"), Say("mailboxes.closed.next")}
	case BoxRefuses:
		s.Chip = Chip{assets.IconWarning, Say("mailboxes.refuses"), ToneAmber}
		s.Problem = Problem{Say("mailboxes.refuses.what"), Say("mailboxes.safe"), Say("mailboxes.refuses.next")}
	case BoxHides:
		s.Chip = Chip{assets.IconWarning, Say("mailboxes.hides"), ToneAmber}
		s.Problem = Problem{Count("mailboxes.hides.what", m.Hidden), Say("mailboxes.hides.safe"), Say("mailboxes.hides.next")}
	case BoxNoFiles:
		s.Chip = Chip{assets.IconFull, Say("mailboxes.nofiles"), ToneAmber}
		s.Problem = Problem{Say("mailboxes.nofiles.what"), Say("mailboxes.nofiles.safe"), Say("mailboxes.nofiles.next")}
	case BoxOffline:
		s.Chip = Chip{assets.IconAsleep, Say("mailboxes.offline"), ToneStone}
		s.Problem = Problem{Say("mailboxes.offline.what"), Say("mailboxes.safe"), Say("mailboxes.offline.next")}
	default:
		s.Chip = Chip{assets.IconAsleep, Say("mailboxes.away"), ToneAmber}
		s.Problem = Problem{Say("mailboxes.away.what"), Say("mailboxes.safe"), Say("mailboxes.away.next")}
		if !m.Reached.IsZero() {
			s.Problem.What, s.Reached = Say("mailboxes.away.since", "When", Within(m.Reached, now)), ""
		}
	}
	return s
}

// MeetLine says how the computers of a group meet, where that is through mailboxes alone; the zero Line otherwise.
func (g Group) MeetLine() Line {
	switch {
	case g.Direct:
		return Line{}
	case len(g.Boxes) == 0:
		return Line{assets.IconWarning, Say("mailboxes.meet.none")}
	case g.BoxName() != "":
		return Line{assets.IconEye, Say("mailboxes.meet.named", "Mailbox", g.BoxName())}
	}
	return Line{assets.IconEye, Say("mailboxes.meet")}
}

// UsualReach is how the computers of a group meet unless its founder says otherwise: where people come as strangers,
// nobody sees where the others are.
func UsualReach(kind string) string {
	if kind == PeerGroup {
		return ReachMailbox
	}
	return ReachDirect
}
