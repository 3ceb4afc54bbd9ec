package present

import (
	"slices"
	"time"

	"kith/assets"
	"kith/assets/words"
	"kith/store/kp1"
)

// fewPeople is how many names a delivery sentence says before it counts instead.
const fewPeople = 6

// Answered is d with those counted in who have answered the thing: they have it, though their computers may never have
// told this one so.
func (d Delivery) Answered(by ...kp1.MID) Delivery {
	has, not := slices.Clone(d.Has), slices.Clone(d.HasNot)
	for _, m := range by {
		if i := slices.Index(not, m); i >= 0 {
			not = slices.Delete(not, i, i+1)
			has = append(has, m)
			d.Devices = min(d.Devices+1, d.Of)
		}
	}
	d.Has, d.HasNot = has, not
	d.Reached = slices.DeleteFunc(slices.Clone(d.Reached), func(m kp1.MID) bool { return !slices.Contains(not, m) })
	return d
}

// DeliveryLine says who has a thing that was sent, and claims nothing else. name gives what a member is called.
func DeliveryLine(d Delivery, net Net, name func(kp1.MID) string) Line {
	switch {
	case !d.Stored:
		return Line{assets.IconWaiting, Say("delivery.saving")}
	case d.Of == 0:
		return Line{assets.IconComputer, Say("delivery.alone")}
	case d.Devices >= d.Of:
		return Line{assets.IconDone, has(names(d.Has, name))}
	case d.Devices > 0:
		some := Count("delivery.some", d.Of, "On", d.Devices)
		if len(d.HasNot) == 0 {
			return Line{assets.IconGoing, some}
		}
		said := Say("delivery.notyet", "Some", some, "People", SomePeople(fewPeople, names(d.HasNot, name)...))
		if d.Mailbox {
			said += " " + Say("delivery.mailbox.rest")
		}
		return Line{assets.IconGoing, said}
	case d.Mailbox && d.Box != "":
		return Line{assets.IconGoing, Say("delivery.mailbox.named", "Mailbox", d.Box)}
	case d.Mailbox:
		return Line{assets.IconGoing, Say("delivery.mailbox")}
	case !net.On:
		return Line{assets.IconAsleep, Say("delivery.offline")}
	case len(d.Reached) > 0:
		key := words.Key("delivery.sending")
		if len(d.Reached) < len(d.HasNot) {
			key = "delivery.sending.some"
		}
		return Line{assets.IconGoing, Say(key, "People", SomePeople(fewPeople, names(d.Reached, name)...))}
	case len(d.HasNot) == 0: // all of them are this person's own
		return Line{assets.IconComputer, Say("delivery.willsend.own")}
	case len(d.HasNot) == 1:
		return Line{assets.IconComputer, Say("delivery.willsend.one", "Whose", Whose(name(d.HasNot[0])))}
	}
	return Line{assets.IconComputer, Say("delivery.willsend.many")}
}

func has(people []string) string {
	switch n := len(people); {
	case n == 1:
		return Say("delivery.all.one", "People", people[0])
	case n > fewPeople || n == 0:
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
