package present

import (
	"testing"
	"time"
)

// TestEveryStateOfAMailbox: each has a word and, but for the good one, what happened, what is safe and what is next.
func TestEveryStateOfAMailbox(t *testing.T) {
	now := time.Date(2026, 11, 21, 21, 2, 0, 0, london(t))
	on, off, at := Net{On: true}, Net{}, now.Add(-5*time.Minute)
	for _, c := range []struct {
		name    string
		m       Mailbox
		net     Net
		health  string
		chip    string
		reached string
		what    string
	}{
		{"reached", Mailbox{Reached: at}, on, BoxWell, "All is well", "Reached 5 minutes ago.", ""},
		{"not tried yet", Mailbox{}, on, BoxNew, "Not tried yet", "Not reached since Kith was opened.", "Kith looks into it in a moment."},
		{"no internet, not tried", Mailbox{}, off, BoxOffline, "No internet", "Not reached since Kith was opened.", "This computer is not on the internet."},
		{"no internet", Mailbox{Reached: at, Trouble: "E_RELAY_UNREACHABLE"}, off, BoxOffline, "No internet", "Reached 5 minutes ago.", "This computer is not on the internet."},
		{"away", Mailbox{Trouble: "E_RELAY_UNREACHABLE"}, on, BoxAway, "Not reached", "Not reached since Kith was opened.", "This mailbox cannot be reached."},
		{"away since", Mailbox{Reached: at, Trouble: "E_RELAY_UNREACHABLE"}, on, BoxAway, "Not reached", "", "This mailbox has not been reached since 8.57 pm."},
		{"something nobody thought of", Mailbox{Reached: at, Trouble: "E_ODD"}, on, BoxAway, "Not reached", "", "This mailbox has not been reached since 8.57 pm."},
		{"full", Mailbox{Reached: at, Trouble: "E_MAILBOX_FULL"}, on, BoxFull, "Full", "Reached 5 minutes ago.", "This mailbox is full. It takes nothing more for now."},
		{"busy", Mailbox{Reached: at, Trouble: "E_BUSY"}, on, BoxBusy, "Busy", "Reached 5 minutes ago.", "This mailbox had too much to do just now."},
		{"closed", Mailbox{Reached: at, Trouble: "E_MAILBOX_CLOSED"}, on, BoxClosed, "Closed to us", "Reached 5 minutes ago.", "This mailbox does not know your group any more."},
		{"hides", Mailbox{Reached: at, Hidden: 2, NoFiles: true}, on, BoxHides, "Keeps things back", "Reached 5 minutes ago.", "This mailbox does not give out 2 things that it should have."},
		{"words only", Mailbox{Reached: at, NoFiles: true}, on, BoxNoFiles, "No room for files", "Reached 5 minutes ago.", "This mailbox is half full. The rest of its room is kept for words."},
		{"refuses", Mailbox{Reached: at, Trouble: "E_MAILBOX_KIND"}, on, BoxRefuses, "Refuses some", "Reached 5 minutes ago.", "This mailbox did not take something that was left there."},
	} {
		s := c.m.Said(c.net, now)
		if got := c.m.Health(c.net); got != c.health || s.Chip.Text != c.chip || s.Reached != c.reached || s.Problem.What != c.what {
			t.Errorf("%s: %s, %+v", c.name, got, s)
		}
		if whole := s.Problem.Safe != "" && s.Problem.Next != ""; whole != (c.health != BoxWell && c.health != BoxNew) {
			t.Errorf("%s: %+v", c.name, s.Problem)
		}
	}
}

// TestHowAGroupMeets is said only where nobody sees where the others are.
func TestHowAGroupMeets(t *testing.T) {
	oak, none := []Mailbox{{Name: "oakhouse.example"}}, []Mailbox(nil)
	for _, c := range []struct {
		g    Group
		want string
	}{
		{Group{Direct: true, Boxes: oak}, ""},
		{Group{Boxes: none}, "This group meets only through a mailbox, and has none yet. Nothing comes or goes before it has one."},
		{Group{Boxes: oak}, "Through the mailbox oakhouse.example. Only who looks after it sees where you are on the internet."},
		{Group{Boxes: append(oak, Mailbox{})}, "Everything here goes through the mailboxes. Only who looks after one sees where you are on the internet."},
	} {
		if got := c.g.MeetLine().Text; got != c.want {
			t.Errorf("MeetLine(%+v) = %q, want %q", c.g.Boxes, got, c.want)
		}
	}
}
