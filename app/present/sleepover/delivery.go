package sleepover

import (
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/numbers"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Ring is the panel that says: ring now.
type Ring struct {
	Heading string
	Numbers []Number
	Script  string // heading of Words
	Words   string // to be read out
}

// Number is one number of the panel.
type Number struct{ Name, Text, Number string }

// Who says who has the ask, a row for each person.
type Who struct {
	Heading string
	Title   string // of the banner: how many homes have it
	Text    string
	Rows    []HasRow
}

// HasRow is one person.
type HasRow struct {
	Face present.Face
	Name string
	Text string
	Chip present.Chip
}

// hasAsk says who has the ask. Whoever has made a move in it has read it, by whatever way it came to them.
func hasAsk(g present.Group, s sleepover.Sleepover) present.Delivery {
	var moved []act.Meta
	for _, m := range s.Moves {
		moved = append(moved, m.Meta)
	}
	return g.Answered(g.Has(s.ID), moved...)
}

// who says who has the ask, person by person, and claims nothing else.
func who(g present.Group, s sleepover.Sleepover, net present.Net, now time.Time) *Who {
	d := hasAsk(g, s)
	has := map[kp1.MID]bool{}
	for _, m := range d.Has {
		has[m] = true
	}
	out := &Who{Heading: present.Say("sleepover.has.title"), Text: present.Say("sleepover.has.trying")}
	seen := map[kp1.MID]bool{}
	for _, m := range d.Seen {
		seen[m] = true
	}
	homes := map[string]bool{}
	for _, m := range g.Members(now) {
		if m.Me {
			continue
		}
		row := HasRow{Face: m.Face, Name: m.Name}
		switch {
		case has[m.ID]:
			homes[g.HomeOfName(m.ID)] = true
			row.Text = present.Say("sleepover.has.yes", "Whose", present.Whose(m.Name))
			row.Chip = present.Chip{Icon: assets.IconDone, Text: present.Say("sleepover.has.yes.chip"), Tone: present.ToneBlue}
			if seen[m.ID] {
				row.Text = present.Say("delivery.seen", "People", m.Name)
				row.Chip.Icon, row.Chip.Text = assets.IconEye, present.Say("sleepover.has.seen.chip")
			}
		case m.Off(now):
			row.Text = present.Say("sleepover.has.never")
			if !m.LastSeen.IsZero() {
				row.Text = present.Say("sleepover.has.off", "When", present.Since(m.LastSeen, now))
			}
			row.Chip = present.Chip{Icon: assets.IconAsleep, Text: present.Say("sleepover.has.off.chip"), Tone: present.ToneStone}
		default:
			row.Text = notYet(m, d.Mailbox, net, now)
			row.Chip = present.Chip{Icon: assets.IconWaiting, Text: present.Say("sleepover.has.not.chip"), Tone: present.ToneAmber}
		}
		out.Rows = append(out.Rows, row)
	}
	switch answered := len(s.Standing()); {
	case len(out.Rows) == 0:
		out.Title, out.Text = present.Say("sleepover.has.none"), present.Say("sleepover.has.alone")
	case answered > 0:
		out.Title = present.Count("sleepover.has.answered", answered)
	case len(homes) == 0:
		out.Title = present.Say("sleepover.has.none")
	default:
		out.Title = present.Count("sleepover.has.some", len(homes))
	}
	return out
}

// notYet says what is tried to bring the ask to a person who does not have it.
func notYet(m present.Member, left bool, net present.Net, now time.Time) string {
	switch {
	case m.Reached:
		return present.Say("sleepover.has.sending")
	case left:
		return present.Say("sleepover.has.left", "Whose", present.Whose(m.Name))
	case !net.On:
		return present.Say("sleepover.has.offline")
	case m.LastSeen.IsZero():
		return present.Say("sleepover.has.not")
	}
	return present.Say("sleepover.has.not.heard", "When", present.Ago(m.LastSeen, now))
}

// ring is the panel of who to ring. It needs nothing but what is on this computer.
func ring(g present.Group, s sleepover.Sleepover, now time.Time) *Ring {
	r := RingNow()
	if s.Words == act.Here {
		r.Script = present.Say("sleepover.ring.script")
		r.Words = present.Say("sleepover.ring.words", "Name", g.NameOf(g.Me), "Child", s.Terms.Child, "When", spoken(s.Terms, when.DateOf(now)))
	}
	return r
}

// RingNow is the panel before there is an ask: it needs no home, no group and no network.
func RingNow() *Ring {
	r := &Ring{Heading: present.Say("sleepover.ring")}
	for _, n := range numbers.All() {
		if n.Number == "999" || n.Number == "111" {
			r.Numbers = append(r.Numbers, Number{n.Name, n.For, n.Number})
		}
	}
	return r
}

// spoken says when, as one says it on the phone: "tonight from 9.30 pm until Sunday".
func spoken(t sleepover.Terms, today when.Date) string {
	from := lower(present.Night(t.From, today))
	if t.Arrive.Set {
		from += " " + lower(present.Say("time.from", "From", present.ClockText(t.Arrive)))
	}
	to := present.Weekday(t.To)
	if t.From.Days(t.To) > 6 {
		to = present.Date(t.To, today)
	}
	return present.Say("date.fromuntil", "From", from, "To", to)
}

// lower puts Tonight, Tomorrow and From into the middle of a sentence; weekdays keep their capital.
func lower(s string) string {
	for _, k := range []words.Key{"date.tonight", "date.tomorrow", "date.today"} {
		if s == present.Say(k) {
			return uncapital(s)
		}
	}
	if head := present.Say("time.from", "From", ""); len(s) > len(head) && s[:len(head)] == head {
		return uncapital(s)
	}
	return s
}

func uncapital(s string) string { return string(s[0]|0x20) + s[1:] }

// delivery says who has this person's newest move.
func delivery(g present.Group, s sleepover.Sleepover, net present.Net) present.Line {
	for i := len(s.Moves) - 1; i >= 0; i-- {
		if m := s.Moves[i]; m.Author == g.Me {
			d := g.Has(m.ID)
			if m.ID == s.ID {
				d = hasAsk(g, s)
			}
			return present.DeliveryLine(d, net, g.NameOf)
		}
	}
	return present.Line{}
}
