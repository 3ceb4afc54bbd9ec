package people

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

// slowLeast is by how much this computer's clock has to disagree with two others before it is said (protocol 6.2).
const slowLeast = 15 * time.Minute

// said says a moment whole, since even the year may be wrong.
func said(t time.Time) string {
	return present.Say("people.clock.at", "Day", present.FullDate(when.DateOf(t)), "Time", present.Time(t))
}

// Pressing lists what somebody has to do about who belongs to a group, the gravest first. Today shows it too.
func Pressing(g present.Group, now time.Time) []Notice {
	out := slices.DeleteFunc(pressing(g, g.Members(now), now), func(n Notice) bool {
		return n.Key == keyVote && slices.ContainsFunc(g.Ballot, func(c present.Candidate) bool { return slices.Contains(c.By, g.Me) })
	})
	for _, a := range g.Asks {
		if x := ask(g, a); x.Yes != "" {
			out = append(out, Notice{
				Key: a.ID.String(), Icon: assets.IconWaiting, Tone: present.ToneBlue, Title: x.Title, Text: x.Text,
				Button: present.Say("people.review.open"), To: present.Route{Place: present.PlacePeople, Group: g.ID},
			})
		}
	}
	return out
}

const keyVote = "headless" // of the notice that nobody leads

// pressing is Pressing without what waits for a second person: People has that beside it.
func pressing(g present.Group, members []present.Member, now time.Time) (out []Notice) {
	to := func(page string) present.Route {
		return present.Route{Place: present.PlacePeople, Page: page, Group: g.ID}
	}
	if len(g.Splits) > 0 {
		out = append(out, Notice{
			Key: "sides", Icon: assets.IconVersions, Tone: present.ToneDanger, Title: present.Say("people.sides.title"),
			Text: present.Say("people.sides.banner"), Button: present.Say("people.review.open"), To: to(present.PageSides),
		})
	}
	out = append(out, boxNotices(g, now)...)
	if slow := g.Latest.Sub(now); slow >= slowLeast {
		out = append(out, Notice{
			Key: "clock", Icon: assets.IconWarning, Tone: present.ToneAmber, Title: present.Say("people.clock"),
			Text: present.Say("people.clock.text", "Here", said(now), "There", said(g.Latest.In(now.Location()))),
		})
	}
	switch {
	case g.Waits:
		out = append(out, Notice{
			Key: "waits", Icon: assets.IconWaiting, Tone: present.ToneAmber, Title: present.Say("people.here.waits"),
			Text: present.Say("people.here.waits.text"), Button: present.Say("people.here.waits.words"),
			To: present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: g.Me},
		}, Notice{
			Key: "carry", Icon: assets.IconComputer, Tone: present.ToneStone, Title: present.Say("people.here.carry"),
			Text: present.Say("people.here.carry.text"), Button: present.Say("people.here.carry.button"),
			To: present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: "back"},
		})
	case g.Behind:
		p := present.ExplainCode("E_BEHIND")
		out = append(out, Notice{Key: "behind", Icon: assets.IconWaiting, Tone: present.ToneAmber, Title: p.What, Text: p.Safe + " " + p.Next})
	case g.OldCopy:
		p := present.ExplainCode("E_OLD_COPY")
		out = append(out, Notice{
			Key: "old", Icon: assets.IconWarning, Tone: present.ToneDanger, Title: p.What, Text: p.Safe + " " + p.Next,
			To: present.Route{Place: present.PlacePeople, Group: g.ID},
		})
	}
	if g.State.Headless {
		out = append(out, Notice{
			Key: keyVote, Icon: assets.IconWarning, Tone: present.ToneAmber, Title: present.Say("people.vote.banner"),
			Text: present.Say("people.vote.banner.text"), Button: present.Say("people.vote.open"), To: to(present.PageVote),
		})
	}
	for _, m := range members {
		if mayConfirm(g, m) && waits(g, m) {
			out = append(out, Notice{
				Key: "computer " + m.ID.String(), Icon: assets.IconComputer, Tone: present.ToneBlue,
				Title: present.Say("people.waiting", "Name", m.Name), Text: present.Say("people.waiting.banner", "Name", m.Name),
				Button: present.Say("people.request.check"), To: present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: m.ID},
			})
		}
	}
	review := Notice{Key: "review", Icon: assets.IconVersions, Tone: present.ToneAmber, Button: present.Say("people.review.open"), To: to(present.PageReview)}
	switch fresh, _ := open(g); {
	case len(fresh) > 0:
		review.Title, review.Text = present.Count("people.review.banner", len(fresh)), present.Say("people.review.banner.text")
		out = append(out, review)
	case hides(g) && !g.Opened(present.HiddenKey(g)):
		review.Title, review.Text = present.Count("people.review.hidden", g.Hidden), present.Say("people.review.hidden.text")
		out = append(out, review)
	}
	return out
}

// hides reports whether a removal hides something that this person may show.
func hides(g present.Group) bool { return g.Hidden > 0 && g.Admin() }

// mayConfirm reports whether this person may let in a computer of m: any member, but for one who leads somebody else who
// leads, if there is one.
func mayConfirm(g present.Group, m present.Member) bool {
	others := slices.ContainsFunc(g.State.Members, func(x group.Member) bool { return x.ID != m.ID && x.Rank >= kp1.RankAdmin })
	return !m.Me && !g.Waits && g.MyRank() >= kp1.RankMember && (m.Rank < kp1.RankAdmin || g.Admin() || !others)
}

// notices lists what this person should know, the gravest first. There is nothing on most days.
func notices(g present.Group, members []present.Member, now time.Time) []Notice {
	out := pressing(g, members, now)
	if fresh, left := open(g); len(fresh) == 0 && (hides(g) && g.Opened(present.HiddenKey(g)) || len(left) > 0 && !hides(g)) {
		out = append(out, Notice{
			Key: "left", Icon: assets.IconDone, Tone: present.ToneStone, Text: present.Say("people.review.quiet"),
			Button: present.Say("people.review.open"), To: present.Route{Place: present.PlacePeople, Page: present.PageReview, Group: g.ID},
		})
	}
	for _, r := range g.Removals {
		d := g.Has(r.Op)
		if !d.Stored || d.Devices >= d.Of || g.Waits { // one that came back knows nothing of what the others hold
			continue
		}
		title, line := Removed(g, r)
		out = append(out, Notice{Key: r.Op.String(), Icon: line.Icon, Tone: present.ToneStone, Title: title, Text: line.Text})
	}
	return out
}

// Removed says who or what was taken out of a group, and which computers have not heard of it.
func Removed(g present.Group, r present.Removal) (title string, who present.Line) {
	name := g.NameOf(r.Member)
	until := present.Say("people.heard.until", "Name", name)
	switch {
	case r.Caught:
		title, until = present.Say("people.act.caught", "Whose", present.Whose(name)), present.Say("people.heard.until.computer")
	case len(r.Devices) > 0:
		title, until = present.Say("people.heard.computer", "Whose", present.Whose(name)), present.Say("people.heard.until.computer")
	default:
		title = present.Say("people.heard.person", "Name", name)
	}
	who = heard(g, r)
	if d := g.Has(r.Op); d.Devices < d.Of {
		who.Text += " " + until
	}
	return title, who
}

// waits reports whether a computer of m waits for another member's word.
func waits(g present.Group, m present.Member) bool {
	for _, d := range g.State.Waiting {
		if d.Member == m.ID {
			return true
		}
	}
	return false
}

// awayLong is how long a mailbox is not reached before somebody is asked to look: computers are moved, and lines go down.
const awayLong = 24 * time.Hour

// boxNotices is what somebody has to do about the group's mailboxes.
func boxNotices(g present.Group, now time.Time) (out []Notice) {
	n := Notice{
		Key: "mailbox", Icon: assets.IconWarning, Tone: present.ToneAmber, Text: present.Say("mailboxes.notice.text"),
		Button: present.Say("people.review.open"), To: present.Route{Place: present.PlacePeople, Page: present.PageMailbox, Group: g.ID},
	}
	if !g.Direct && len(g.Boxes) == 0 && g.Admin() {
		n.Title, n.Text = present.Say("mailboxes.notice.none"), present.Say("mailboxes.notice.none.text")
		return []Notice{n}
	}
	for _, b := range g.Boxes {
		switch h := b.Health(present.Net{On: true}); {
		case h == present.BoxClosed:
			n.Title = present.Say("mailboxes.notice.closed")
		case h == present.BoxAway && !b.Reached.IsZero() && now.Sub(b.Reached) > awayLong:
			n.Title = present.Say("mailboxes.notice.away")
		case h == present.BoxHides:
			n.Title, n.Text = present.Say("mailboxes.notice.hides"), present.Say("mailboxes.notice.hides.text")
		default:
			continue
		}
		return []Notice{n}
	}
	return nil
}
