package fake

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/group"
	"kith/store/kp1"
)

// The made-up groups.
const (
	ElmRow       = "Elm Row"       // a constellation around Bev's home
	TuesdayGroup = "Tuesday Group" // a support group that Dot leads
)

// Zone is where the made-up families live.
func Zone() *time.Location {
	l, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic(err)
	}
	return l
}

// Evening is the moment at which the made-up families are shown: Saturday 21 November 2026, 9.02 pm.
func Evening() time.Time { return time.Date(2026, 11, 21, 21, 2, 0, 0, Zone()) }

// Family returns Elm Row and Tuesday Group as Ade sees them at that moment: two homes have offered Mia a bed, one event
// has two versions, three messages are new, and Errol's computer is off.
func Family(now func() time.Time) *Core {
	c := New(now)
	c.passphrase = "river copper garden lamp"
	c.mu.Lock()
	defer c.unlock()
	c.change(func(w *present.World) { w.Started = true })
	c.elmRow()
	return c
}

// As shows the same families as another person of Elm Row sees them.
func (c *Core) As(name string) *Core {
	c.Change(func(w *present.World) {
		w.Name = name
		g := find(w, GID(ElmRow))
		g.Me = MID(name)
		devices := append([]present.Device(nil), g.Devices...)
		for i, d := range devices {
			devices[i].Mine, devices[i].Here = d.Member == g.Me, d.Member == g.Me
		}
		g.Devices = devices
		w.Groups = []present.Group{*g}
	})
	return c
}

// at is a moment of the story, in days before today and a time of day.
func (c *Core) at(days, hour, minute int) time.Time {
	n := c.now().In(Zone())
	return time.Date(n.Year(), n.Month(), n.Day()+days, hour, minute, 0, 0, Zone())
}

func (c *Core) elmRow() {
	today := when.DateOf(c.now().In(Zone()))
	real := c.now
	defer func() { c.now = real }()
	told := func(t time.Time) { c.now = func() time.Time { return t } }

	told(c.at(-60, 10, 0))
	g := c.found(present.Constellation, ElmRow, "Ade",
		member{"Bev", "Hub carer", kp1.RankAdmin}, member{"Joanne", "Liaison worker", kp1.RankAdmin},
		member{"Ade", "Carer", kp1.RankMember}, member{"Tom", "Carer, with Ade", kp1.RankMember}, member{"Sue", "Carer", kp1.RankMember},
		member{"Priya", "Carer", kp1.RankMember}, member{"Errol", "Carer", kp1.RankMember}, member{"Megan", "Carer", kp1.RankMember})
	by := func(name string, a act.Act) kp1.ID {
		id, err := c.act(*find(&c.world, g), MID(name), a, present.Audience{})
		if err != nil {
			panic(name + " " + a.Type() + ": " + err.Error())
		}
		c.seen[id] = true
		return id
	}
	home := by("Ade", people.Household{Beds: 1})
	by("Ade", people.Welcome{Household: home, Person: MID("Tom")})
	by("Tom", people.LiveHere{Household: home})
	for name, beds := range map[string]uint{"Bev": 2, "Sue": 1, "Priya": 2, "Megan": 1} {
		by(name, people.Household{Beds: beds})
	}
	for _, name := range []string{"Bev", "Joanne", "Tom", "Priya", "Errol", "Megan"} {
		c.checked[MID(name)] = true
	}

	// An earlier sleepover, all done.
	told(c.at(-20, 18, 0))
	past := by("Ade", sleepover.Ask{Kind: sleepover.Planned, Beds: 1, Terms: sleepover.Terms{
		Child: "Noor", From: today.Plus(-15), To: today.Plus(-13), Arrive: when.At(17, 0), Why: sleepover.Breather,
	}})
	offer := by("Sue", sleepover.Offer{Ask: past})
	by("Ade", sleepover.Choose{Ask: past, Offer: offer})
	by("Sue", sleepover.Agree{Ask: past})
	told(c.at(-15, 17, 10))
	by("Sue", sleepover.Arrived{Ask: past})
	told(c.at(-13, 12, 0))
	by("Ade", sleepover.Home{Ask: past})
	by("Ade", sleepover.Close{Ask: past})

	// The calendar.
	told(c.at(-8, 9, 0))
	timed := func(days int, from, to when.Clock) when.Span {
		d := today.Plus(days)
		return when.Span{From: d, To: d, Start: from, End: to, Zone: "Europe/London"}
	}
	add := func(name, title, place string, kind calendar.Kind, s when.Span) kp1.ID {
		return by(name, calendar.Add{Content: calendar.Content{Title: title, Place: place, When: s}, Kind: kind})
	}
	picnic := add("Bev", "Picnic at the lake", "The car park by the lake", calendar.Together, timed(1, when.At(11, 0), when.At(14, 0)))
	by("Ade", calendar.RSVP{Event: picnic, Answer: calendar.Yes})
	by("Sue", calendar.RSVP{Event: picnic, Answer: calendar.Yes})
	by("Priya", calendar.RSVP{Event: picnic, Answer: calendar.Maybe})
	add("Tom", "Tom is home late", "", calendar.Plain, timed(0, when.At(21, 30), when.At(21, 30)))
	add("Ade", "Noor sees Mum", "The usual place", calendar.FamilyTime, timed(4, when.At(16, 15), when.At(17, 45)))
	add("Ade", "Noor sees Mum", "The usual place", calendar.FamilyTime, timed(-3, when.At(16, 15), when.At(17, 45)))
	add("Ade", "Noor sees Mum", "The usual place", calendar.FamilyTime, timed(-10, when.At(16, 15), when.At(17, 45)))
	add("Tom", "Mia: flu jab", "", calendar.Health, timed(3, when.At(17, 40), when.At(17, 55)))
	add("Bev", "Row supper", "Bev’s", calendar.Meeting, timed(13, when.At(18, 0), when.At(20, 0)))
	add("Bev", "Row supper", "Bev’s", calendar.Meeting, timed(-8, when.At(18, 0), when.At(20, 0)))
	add("Ade", "School photos", "", calendar.School, timed(-11, when.At(9, 0), when.At(9, 30)))
	add("Priya", "Inset day", "", calendar.School, when.Span{AllDay: true, From: today.Plus(6), To: today.Plus(7)})
	swim := add("Ade", "Noor: swimming", "City pool", calendar.Plain, timed(3, when.At(16, 0), when.At(17, 0)))
	edit := func(clock when.Clock) calendar.Edit {
		return calendar.Edit{
			Event: swim, Base: []kp1.ID{swim},
			Content: calendar.Content{Title: "Noor: swimming", Place: "City pool", When: timed(3, clock, when.At(18, 0))},
		}
	}
	apart := func(name string, at time.Time, a act.Act) {
		e := c.event(*find(&c.world, g), MID(name), at, a)
		c.seen[e.ID] = true
		c.change(func(w *present.World) { x := find(w, g); x.Care = x.Care.Apply(e) })
	}
	apart("Ade", c.at(0, 0, 0).Add(-15*time.Hour-50*time.Minute), edit(when.At(16, 30)))
	apart("Bev", c.at(0, 0, 0).Add(-14*time.Hour-35*time.Minute), edit(when.At(17, 15)))

	// Mia, on Friday: two homes have offered.
	c.now = real
	told(c.at(-2, 18, 40))
	mia := by("Ade", sleepover.Ask{Kind: sleepover.Planned, Beds: 1, Terms: sleepover.Terms{
		Child: "Mia", From: today.Plus(6), To: today.Plus(7), Arrive: when.At(17, 0), Leave: when.At(12, 0), Why: sleepover.Celebration,
		Collect: "We bring her, or whoever can fetch her from school",
	}})
	c.now = real
	told(c.at(-2, 19, 10))
	bev := by("Bev", sleepover.Offer{Ask: mia, Condition: "We are making pizza, so Friday suits us well. I can collect her from school."})
	c.now = real
	told(c.at(-2, 19, 25))
	sue := by("Sue", sleepover.Offer{Ask: mia, Condition: "She would be very welcome. The dog will be here. I cannot collect."})

	// Messages.
	c.now = real
	told(c.at(0, 8, 15))
	shoes := by("Sue", thread.New{Title: "School shoes to give away"})
	by("Sue", thread.Post{Thread: shoes, Text: "Two pairs, size 12 and 13. Hardly worn."})
	c.now = real
	told(c.at(0, 17, 2))
	row := by("Bev", thread.New{Title: "Picnic on Sunday"})
	by("Bev", thread.Post{Thread: row, Text: "I bring plates and two blankets. Who has a football?"})
	c.now = real
	told(c.at(0, 17, 40))
	mine := by("Ade", thread.Post{Thread: row, Text: "We have one, and the little goal. Noor is already packing it."})
	fresh := func(name, text string, hour, minute int) kp1.ID {
		c.now = real
		told(c.at(0, hour, minute))
		id := by(name, thread.Post{Thread: row, Text: text})
		c.seen[id] = false
		return id
	}
	p1 := fresh("Priya", "I make sandwiches for everyone. No nuts, I promise.", 18, 2)
	fresh("Tom", "I come straight from work, so keep one for me.", 18, 6)
	p3 := fresh("Priya", "Two for you, then.", 18, 10)

	c.now = real
	for _, id := range []kp1.ID{mia, mine} {
		c.deliver(g, id, "Errol")
	}
	c.change(func(w *present.World) {
		w.Name = "Ade"
		x := find(w, g)
		devices := append([]present.Device(nil), x.Devices...)
		for i := range devices {
			d := &devices[i]
			d.LastHeard, d.Connected = c.now(), false
			switch d.Member {
			case MID("Ade"), MID("Bev"):
				d.Connected = true
			case MID("Joanne"):
				d.LastHeard = c.at(0, 17, 15)
			case MID("Errol"):
				d.LastHeard = c.at(-2, 16, 0)
			case MID("Megan"):
				d.LastHeard = c.at(0, 8, 0)
			default:
				d.LastHeard = c.at(0, 20, 5)
			}
		}
		x.Devices = append(devices, present.Device{
			ID: kp1.DID(MID("Priya 2")), Member: MID("Priya"), New: true, LastHeard: c.at(0, 19, 30),
		})
		w.News = []present.New{
			{ID: p3, Group: g, Kind: present.NewsMessage, By: MID("Priya"), Object: row, At: c.at(0, 18, 10)},
			{ID: p1, Group: g, Kind: present.NewsMessage, By: MID("Priya"), Object: row, At: c.at(0, 18, 2)},
			{ID: sue, Group: g, Kind: present.NewsSleepover, By: MID("Sue"), Object: mia, At: c.at(-2, 19, 25), Seen: true},
			{ID: bev, Group: g, Kind: present.NewsSleepover, By: MID("Bev"), Object: mia, At: c.at(-2, 19, 10), Seen: true},
			{ID: picnic, Group: g, Kind: present.NewsEvent, By: MID("Bev"), Object: picnic, At: c.at(-8, 9, 0), Seen: true},
		}
	})
}

// Mia returns the sleepover of the story that two homes have offered.
func (c *Core) Mia() sleepover.Sleepover {
	g, _ := c.World().Find(GID(ElmRow))
	for _, s := range g.OpenSleepovers() {
		if s.Terms.Child == "Mia" {
			return s
		}
	}
	panic("fake: Mia has no sleepover")
}

// Picnic returns the thread of the story that has new messages.
func (c *Core) Picnic() kp1.ID {
	g, _ := c.World().Find(GID(ElmRow))
	for _, t := range g.Threads().All() {
		if t.Title == "Picnic on Sunday" {
			return t.ID
		}
	}
	panic("fake: no picnic")
}

// Carol asks to join Elm Row; show it to somebody who leads it.
func (c *Core) Carol() {
	c.Change(func(w *present.World) {
		g := find(w, GID(ElmRow))
		g.Requests = append(g.Requests[:len(g.Requests):len(g.Requests)], present.Request{
			ID: "r1", Name: "Carol", Note: "Carol from the school run", At: c.now().Add(-20 * time.Minute),
			Words: [6]string{"harvest", "lamp", "ribbon", "orchard", "velvet", "copper"},
		})
	})
}

// Returning has Carol's request be one with the twelve words of somebody who is in: of a new computer that can be let in,
// or not.
func (c *Core) Returning(name string, back bool) {
	c.Change(func(w *present.World) {
		g := find(w, GID(ElmRow))
		for i := range g.Requests {
			r := &g.Requests[i]
			r.Name, r.Member, r.Known, r.In, r.Back = name, MID(name), true, true, back
		}
	})
}

// Gone takes somebody out, whose request says so.
func (c *Core) Gone(name string) {
	c.Change(func(w *present.World) {
		g := find(w, GID(ElmRow))
		g.State.Members = slices.DeleteFunc(slices.Clone(g.State.Members), func(m group.Member) bool { return m.ID == MID(name) })
		for i := range g.Requests {
			g.Requests[i].In, g.Requests[i].Back = false, false
		}
	})
}

// Lapsed has an invitation for somebody have ended with a person who led.
func (c *Core) Lapsed(note string) {
	c.Change(func(w *present.World) {
		g := find(w, GID(ElmRow))
		g.Lapsed = append(slices.Clone(g.Lapsed), present.Invite{ID: "i-" + note, Note: note, Rank: kp1.RankMember, Expires: c.now().Add(72 * time.Hour)})
	})
}
