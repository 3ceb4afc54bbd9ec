package people

import (
	"kith/app/present"
	"kith/assets"
)

// notices lists what this person should look at, the gravest first. There are none on most days.
func notices(g present.Group, members []present.Member) (out []Notice) {
	to := func(page string) present.Route {
		return present.Route{Place: present.PlacePeople, Page: page, Group: g.ID}
	}
	if len(g.Splits) > 0 {
		out = append(out, Notice{
			Key: "sides", Icon: assets.IconVersions, Tone: present.ToneDanger, Title: present.Say("people.sides.title"),
			Text: present.Say("people.sides.banner"), Button: present.Say("people.review.open"), To: to(present.PageSides),
		})
	}
	switch {
	case g.Waits:
		out = append(out, Notice{
			Key: "waits", Icon: assets.IconWaiting, Tone: present.ToneAmber, Title: present.Say("people.here.waits"),
			Text: present.Say("people.here.waits.text"), Button: present.Say("people.here.waits.words"),
			To: present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: g.Me},
		})
	case g.OldCopy:
		p := present.ExplainCode("E_OLD_COPY")
		out = append(out, Notice{Key: "old", Icon: assets.IconWarning, Tone: present.ToneDanger, Title: p.What, Text: p.Safe + " " + p.Next})
	}
	if g.State.Headless {
		out = append(out, Notice{
			Key: "headless", Icon: assets.IconWarning, Tone: present.ToneAmber, Title: present.Say("people.vote.banner"),
			Text: present.Say("people.vote.banner.text"), Button: present.Say("people.vote.open"), To: to(present.PageVote),
		})
	}
	for _, m := range members {
		if !m.Me && waits(g, m) {
			out = append(out, Notice{
				Key: "computer " + m.ID.String(), Icon: assets.IconComputer, Tone: present.ToneBlue,
				Title: present.Say("people.waiting", "Name", m.Name), Text: present.Say("people.waiting.banner", "Name", m.Name),
				Button: present.Say("people.request.check"), To: present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: m.ID},
			})
		}
	}
	fresh, left := open(g)
	hidden := g.Hidden > 0 && g.Admin()
	if len(fresh)+len(left) > 0 || hidden {
		n := Notice{Key: "review", Icon: assets.IconVersions, Tone: present.ToneAmber, Button: present.Say("people.review.open"), To: to(present.PageReview)}
		switch {
		case len(fresh) > 0:
			n.Title, n.Text = present.Count("people.review.banner", len(fresh)), present.Say("people.review.banner.text")
		case hidden && !g.Opened(present.HiddenKey(g)):
			n.Title, n.Text = present.Count("people.review.hidden", g.Hidden), present.Say("people.review.hidden.text")
		default:
			n.Tone, n.Icon, n.Text = present.ToneStone, assets.IconDone, present.Say("people.review.quiet")
		}
		out = append(out, n)
	}
	for _, r := range g.Removals {
		d := g.Has(r.Op)
		if !d.Stored || d.Devices >= d.Of || g.Waits { // one that came back knows nothing of what the others hold
			continue
		}
		line := heard(g, r)
		name := g.NameOf(r.Member)
		until := present.Say("people.heard.until", "Name", name)
		if len(r.Devices) > 0 {
			until = present.Say("people.heard.until.computer")
		}
		n := Notice{Key: r.Op.String(), Icon: line.Icon, Tone: present.ToneStone, Text: line.Text + " " + until}
		switch {
		case r.Caught:
			n.Title = present.Say("people.act.caught", "Whose", present.Whose(name))
		case len(r.Devices) > 0:
			n.Title = present.Say("people.heard.computer", "Whose", present.Whose(name))
		default:
			n.Title = present.Say("people.heard.person", "Name", name)
		}
		out = append(out, n)
	}
	return out
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
