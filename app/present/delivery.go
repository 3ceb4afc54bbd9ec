package present

import (
	"slices"
	"strings"
	"time"

	"kith/assets"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/kp1"
)

// fewPeople is how many names a delivery sentence says before it counts instead.
const fewPeople = 6

// Answered is d with the computers counted in on which the thing was answered: what they signed says that they have it,
// though they may never have told this one so. Only those count that d counts too.
func (g Group) Answered(d Delivery, by ...act.Meta) Delivery {
	on, has, not := slices.Clone(d.On), slices.Clone(d.Has), slices.Clone(d.HasNot)
	for _, m := range by {
		reads := m.Author == g.Me || slices.Contains(has, m.Author) || slices.Contains(not, m.Author)
		in := slices.ContainsFunc(g.Devices, func(x Device) bool { return x.ID == m.Device && x.Member == m.Author && !x.Here })
		if !reads || !in || slices.Contains(on, m.Device) {
			continue
		}
		on = append(on, m.Device)
		if i := slices.Index(not, m.Author); i >= 0 {
			not = slices.Delete(not, i, i+1)
			has = append(has, m.Author)
		}
	}
	d.Devices = min(d.Devices+len(on)-len(d.On), d.Of)
	d.On, d.Has, d.HasNot = on, has, not
	had := func(m kp1.MID) bool { return !slices.Contains(not, m) }
	d.Reached, d.NoRoomAt = slices.DeleteFunc(slices.Clone(d.Reached), had), slices.DeleteFunc(slices.Clone(d.NoRoomAt), had)
	return d
}

// DeliveryLine says who has a thing that was sent and, where the group shows it, who has opened it. It claims nothing else. name
// gives what a member is called.
func DeliveryLine(d Delivery, net Net, name func(kp1.MID) string) Line {
	l := hasLine(d, net, name)
	if d.Stored && d.Devices > 0 && len(d.Seen) > 0 {
		seen := Say("delivery.seen", "People", SomePeople(fewPeople, names(d.Seen, name)...))
		if d.Devices >= d.Of && len(d.Seen) == len(d.Has) { // who has opened it has it
			return Line{assets.IconDone, seen}
		}
		l.Text += " " + seen
	}
	return l
}

func hasLine(d Delivery, net Net, name func(kp1.MID) string) Line {
	switch {
	case !d.Stored:
		return Line{assets.IconWaiting, Say("delivery.saving")}
	case d.Of == 0:
		return Line{assets.IconComputer, Say("delivery.alone")}
	case d.Devices >= d.Of && len(d.Has) == 0: // all of them are this person's own
		return Line{assets.IconDone, Count("delivery.all.own", d.Of)}
	case d.Devices >= d.Of:
		return Line{assets.IconDone, has(names(d.Has, name))}
	case d.Devices > 0:
		some := Count("delivery.some", d.Of, "On", d.Devices)
		if len(d.HasNot) == 0 {
			return Line{assets.IconGoing, also(some, crowded(d, name))}
		}
		said := Say("delivery.notyet", "Some", some, "People", SomePeople(fewPeople, names(d.HasNot, name)...))
		if d.Mailbox {
			said += " " + Say("delivery.mailbox.rest")
		} else if d.NoRoom {
			said += " " + Say("delivery.noroom.rest")
		}
		return Line{assets.IconGoing, also(said, crowded(d, name))}
	case d.Mailbox && d.Box != "":
		return Line{assets.IconGoing, also(Say("delivery.mailbox.named", "Mailbox", d.Box), crowded(d, name))}
	case d.Mailbox:
		return Line{assets.IconGoing, also(Say("delivery.mailbox"), crowded(d, name))}
	case !net.On:
		return Line{assets.IconAsleep, Say("delivery.offline")}
	}
	going := slices.DeleteFunc(slices.Clone(d.Reached), func(m kp1.MID) bool { return slices.Contains(d.NoRoomAt, m) })
	switch full := crowded(d, name); {
	case len(going) > 0:
		key := words.Key("delivery.sending")
		if len(going) < len(d.HasNot) {
			key = "delivery.sending.some"
		}
		return Line{assets.IconGoing, also(Say(key, "People", SomePeople(fewPeople, names(going, name)...)), full)}
	case full != "":
		return Line{assets.IconFull, Say("delivery.crowded", "Crowded", full)}
	case d.NoRoom:
		return Line{assets.IconFull, Say("delivery.noroom")}
	case len(d.HasNot) == 0: // all of them are this person's own
		return Line{assets.IconComputer, Say("delivery.willsend.own")}
	case len(d.HasNot) == 1:
		return Line{assets.IconComputer, Say("delivery.willsend.one", "Whose", Whose(name(d.HasNot[0])))}
	}
	return Line{assets.IconComputer, Say("delivery.willsend.many")}
}

// crowded says whose computers have no room for a thing, empty where nobody has said so.
func crowded(d Delivery, name func(kp1.MID) string) string {
	var said string
	switch n := len(d.NoRoomAt); {
	case n == 1:
		said = Say("delivery.crowded.one", "Whose", Whose(name(d.NoRoomAt[0])))
	case n > 1:
		said = Say("delivery.crowded.many", "People", SomePeople(fewPeople, names(d.NoRoomAt, name)...))
	}
	if d.NoRoomOwn {
		return also(said, Say("delivery.crowded.own"))
	}
	return said
}

// also puts one sentence after another; either may be empty.
func also(a, b string) string { return strings.TrimSpace(a + " " + b) }

func has(people []string) string {
	switch n := len(people); {
	case n == 1:
		return Say("delivery.all.one", "People", people[0])
	case n > fewPeople:
		return Count("delivery.everyone", n)
	}
	return Say("delivery.all.many", "People", People(people...))
}

// NetLine says whether this computer can reach others at all.
func NetLine(n Net) Line {
	if !n.On {
		return Line{assets.IconAsleep, Say("delivery.netoff")}
	}
	return Line{assets.IconDone, Say("delivery.neton")}
}

// LastHeard says when a computer was last heard from, for a list.
func LastHeard(d Device, now time.Time) Line {
	switch {
	case d.Here:
		return Line{assets.IconDone, Say("delivery.device.here")}
	case d.Connected:
		return Line{assets.IconDone, PathWords(d)}
	case d.LastHeard.IsZero():
		return Line{assets.IconAsleep, Say("delivery.device.never")}
	case now.Sub(d.LastHeard) > offAfter:
		return Line{assets.IconAsleep, DayMoment(d.LastHeard, now)}
	}
	return Line{assets.IconDone, DayMoment(d.LastHeard, now)}
}

// PathWords says how a computer that can be reached is reached.
func PathWords(d Device) string {
	switch {
	case d.Path == PathNear:
		return Say("delivery.path.near")
	case d.Path == PathDirect:
		return Say("delivery.path.direct")
	case d.Path == PathRelayed && d.Via == "":
		return Say("delivery.path.relayed")
	case d.Path == PathRelayed:
		return Say("delivery.path.through", "Mailbox", d.Via)
	}
	return Say("delivery.device.on")
}

// offAfter is how long a computer may be silent before it is called off: a day, since families shut them down at night.
const offAfter = 24 * time.Hour

func names(ms []kp1.MID, name func(kp1.MID) string) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = name(m)
	}
	return out
}
