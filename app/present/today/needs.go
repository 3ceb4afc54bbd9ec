package today

import (
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/present/people"
	pages "kith/app/present/sleepover"
	"kith/assets"
	"kith/store/care/act"
	events "kith/store/care/calendar"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

// answerWithin is for how many days ahead an event without an answer is asked about.
const answerWithin = 7

// Needs lists what needs this person, the most pressing first: sleepovers, people at the door, then the calendar.
func Needs(w present.World, now time.Time) []Need {
	var sleeps, doors, dates []Need
	for _, g := range w.Groups {
		for _, s := range g.OpenSleepovers() {
			if s.Known && s.Words == act.Here && g.MyRank() > kp1.RankGuest {
				if n, ok := ofSleepover(g, s, now); ok {
					sleeps = append(sleeps, n)
				}
			}
		}
		for _, r := range g.Requests {
			if g.Admin() || r.Back {
				doors = append(doors, ofRequest(g, r))
			}
		}
		for _, n := range people.Pressing(g, now) {
			doors = append(doors, ofNotice(w, g, n))
		}
		doors = append(doors, ofHomes(g)...)
		dates = append(dates, ofEvents(g, now)...)
	}
	if name, ok := w.Arriving(); ok {
		doors = append(doors, ofArriving(name))
	}
	for _, j := range w.Joins {
		if n, ok := ofJoin(w, j); ok {
			doors = append(doors, n)
		}
	}
	return append(append(sleeps, doors...), dates...)
}

func ofSleepover(g present.Group, s sleepover.Sleepover, now time.Time) (Need, bool) {
	today := when.DateOf(now)
	asker, host := g.Kin(g.Me, s.Asked.Author), !s.Host.IsZero() && g.Kin(g.Me, s.Host)
	night, child := night(s.Terms.From, today), s.Terms.Child
	n := Need{
		Tile: present.Tile{Icon: assets.IconBed, Tone: present.TonePlum}, Button: present.Say("today.look"),
		To: present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: g.ID, Object: s.ID},
	}
	if s.Kind == sleepover.Tonight {
		n.Tile = present.Tile{Icon: assets.IconMoon, Tone: present.ToneTonight}
	}
	for _, c := range s.Conflicts {
		for _, m := range c.People {
			if g.Kin(g.Me, m) {
				n.Tile = present.Tile{Icon: assets.IconVersions, Tone: present.ToneAmber}
				n.Title, n.Text = present.Say("today.need.conflict", "Child", child), pages.ConflictText(g, c)
				return n, true
			}
		}
	}
	switch {
	case s.State == sleepover.Offered && asker:
		var homes []string
		for _, b := range s.Standing() {
			homes = append(homes, g.NameOf(b.By.Author))
		}
		n.Title = present.Count("today.need.offers", len(homes), "Child", child, "Night", night)
		n.Text = present.Count("today.need.offers.text", len(homes), "People", present.People(homes...))
		if len(homes) == 2 {
			n.Title = present.Say("today.need.offers.two", "Child", child, "Night", night)
			n.Text = present.Say("today.need.offers.both", "People", present.People(homes...))
		}
		n.Button = present.Say("today.choose")
	case s.State <= sleepover.Offered && !asker && !offered(g, s):
		n.Title = present.Say("today.need.help", "Child", child, "Night", night)
		n.Text = present.Say("today.need.help.text", "Name", g.NameOf(s.Asked.Author))
	case s.State == sleepover.Chosen && host:
		n.Title = present.Say("today.need.chosen", "Name", g.NameOf(s.Asked.Author), "Child", child)
		n.Text, n.Button = present.Say("today.need.chosen.text", "Night", present.Night(s.Terms.From, today)), present.Say("today.answer")
	case s.State == sleepover.Agreed && s.Changed && (asker && s.AskerToSay || host && s.HostToSay):
		n.Title = present.Say("today.need.anew", "Child", child)
		n.Text, n.Button = present.Say("today.need.anew.text", "Night", present.Night(s.Terms.From, today)), present.Say("today.answer")
	case s.State == sleepover.Agreed && host && !today.Before(s.Terms.From):
		n.Title, n.Text = present.Say("today.need.arrive", "Child", child, "Night", night), present.Say("today.need.arrive.text", "Child", child)
		n.Button = present.Say("today.open")
	case s.State == sleepover.ArrivedThere && asker && !today.Before(s.Terms.To):
		n.Title, n.Text = present.Say("today.need.home", "Child", child), present.Say("today.need.home.text", "Child", child)
		n.Button = present.Say("today.open")
	case s.State == sleepover.HomeAgain && asker:
		n.Title, n.Text = present.Say("today.need.close", "Child", child), present.Say("today.need.close.text")
		n.Button = present.Say("today.open")
	default:
		return Need{}, false
	}
	return n, true
}

// night says a night inside a sentence: "tonight", "tomorrow", "on Friday".
func night(d, today when.Date) string {
	switch n := today.Days(d); {
	case n == 0 || n == 1:
		return strings.ToLower(present.Night(d, today))
	case n > 1 && n < 7:
		return present.Say("date.on", "Day", present.Weekday(d))
	}
	return present.Say("date.on", "Day", present.Date(d, today))
}

func offered(g present.Group, s sleepover.Sleepover) bool {
	for _, b := range s.Standing() {
		if g.Kin(g.Me, b.By.Author) {
			return true
		}
	}
	return false
}

func ofRequest(g present.Group, r present.Request) Need {
	return Need{
		Tile: present.Tile{Icon: assets.IconInvite, Tone: present.ToneBlue}, Button: present.Say("today.check"),
		Title: present.Say("today.need.request", "Name", r.Name, "Group", g.Title()),
		Text:  present.Say("today.need.request.text", "Name", r.Name),
		To:    present.Route{Place: present.PlacePeople, Page: present.PageRequest, Group: g.ID, Name: r.ID},
	}
}

func ofHomes(g present.Group) []Need {
	var out []Need
	for _, h := range g.Homes() {
		for _, m := range h.Welcomed {
			if m != g.Me || len(h.Adults) == 0 {
				continue
			}
			var names []string
			for _, a := range h.Adults {
				names = append(names, g.NameOf(a))
			}
			out = append(out, Need{
				Tile: present.Tile{Icon: assets.IconHome, Tone: present.ToneBlue}, Button: present.Say("today.answer"),
				Title: present.Say("today.need.home.welcome", "People", present.People(names...), "Home", g.HomeName(h)),
				Text:  present.Say("today.need.home.welcome.text"), To: present.Route{Place: present.PlacePeople, Group: g.ID},
			})
		}
	}
	return out
}

// ofNotice is something to do about who belongs. Who is in several groups is told in which.
func ofNotice(w present.World, g present.Group, n people.Notice) Need {
	need := Need{Tile: present.Tile{Icon: n.Icon, Tone: n.Tone}, Title: n.Title, Text: n.Text, Button: present.Say("today.look"), To: n.To}
	if len(w.Groups) > 1 {
		need.Title = present.Say("today.need.in", "Group", g.Title(), "What", n.Title)
	}
	return need
}

// ofArriving is the way of this computer into the group of that name, which its person is in already.
func ofArriving(name string) Need {
	if name == "" {
		name = present.Say("group.unnamed")
	}
	return Need{
		Tile: present.Tile{Icon: assets.IconWaiting, Tone: present.ToneAmber}, Button: present.Say("today.see"),
		Title: present.Say("today.need.arriving", "Group", name), Text: present.Say("today.need.arriving.text"),
		To: present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: "new"},
	}
}

func ofJoin(w present.World, j present.Join) (Need, bool) {
	n := Need{
		Tile: present.Tile{Icon: assets.IconWaiting, Tone: present.ToneAmber}, Button: present.Say("today.see"),
		Title: present.Say("today.need.join.unnamed"),
		To:    present.Route{Place: present.PlaceStart, Page: present.PageWaiting, Name: j.ID},
	}
	if j.Group != "" {
		n.Title = present.Say("today.need.join", "Group", j.Group)
	}
	switch j.Stage {
	case present.JoinCancelled:
		return Need{}, false
	case present.JoinApproved:
		g, in := w.Find(j.GID)
		if !in || compared(g) {
			return Need{}, false // left again, or done
		}
		n.Text, n.Tile = present.Say("today.need.join.approved"), present.Tile{Icon: assets.IconShield, Tone: present.ToneOK}
	case present.JoinRefused, present.JoinExpired:
		n.Text = present.Say("today.need.join.ended")
	case present.JoinSent:
		n.Text = present.Say("today.need.join.sent")
	case present.JoinWaiting:
		n.Text = present.Say("today.need.join.waiting")
	default:
		n.Text = present.Say("today.need.join.looking")
	}
	return n, true
}

// compared reports whether this person has compared six words with anybody of the group.
func compared(g present.Group) bool {
	return slices.ContainsFunc(g.State.Members, func(m group.Member) bool { return m.ID != g.Me && g.Checked != nil && g.Checked(m.ID) })
}

func ofEvents(g present.Group, now time.Time) []Need {
	today := when.DateOf(now)
	var out []Need
	for _, i := range g.Happens(today, today.Plus(answerWithin), now.Location()) {
		ev := i.Event
		if !ev.Known || ev.Cancelled || ev.Words != act.Here {
			continue
		}
		n := Need{
			Tile: present.Tile{Icon: assets.IconPeople, Tone: present.ToneBlue}, Button: present.Say("today.answer"),
			To: present.Route{Place: present.PlaceCalendar, Page: present.PageOne, Group: g.ID, Object: ev.ID},
		}
		switch c, two := calendar.ConflictOf(g, ev, now); {
		case two:
			var who []string
			for _, v := range ev.Versions {
				who = append(who, g.NameOrYou(v.By.Author))
			}
			n.Tile = present.Tile{Icon: assets.IconVersions, Tone: present.ToneAmber}
			n.Title, n.Text = present.Say("today.need.versions", "Title", ev.Title), present.Say("today.need.versions.text", "People", present.People(who...))
			n.Button = present.Say("today.compare")
			_ = c
		case ev.By.Author != g.Me && ev.Answer(g.Me) == events.None && together(ev.Kind):
			n.Title, n.Text = present.Say("today.need.rsvp", "Title", ev.Title), calendar.WhenText(ev.When, now)
		default:
			continue
		}
		out = append(out, n)
	}
	return out
}

// together reports the kinds of event that ask who comes.
func together(k events.Kind) bool { return k == events.Together || k == events.Meeting }
