// Package calendar turns what groups have arranged into what the Calendar pages say: the agenda, the month, one event, and
// the form that adds or changes one. It never touches Fyne, the disk or the network.
package calendar

import (
	"cmp"
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// An Entry is one thing of one day or several, as lists show it.
type Entry struct {
	Group     kp1.GID
	Object    kp1.ID
	Sleepover bool
	From, To  when.Date // the days it touches, To being the day after the last
	Time      string    // "11 am to 2 pm", "From 5 pm", "All day", "Not settled"
	Title     string
	Text      string // the quiet line; may be empty
	Short     string // the title for a narrow place: "Mia, 2 offers"
	Tile      present.Tile
	Chip      present.Chip // zero: none
	Go        present.Route

	start time.Time // for sorting
	all   bool      // whole days come first
}

// Timed reports whether the entry has a time of its own, and is not for whole days.
func (e Entry) Timed() bool { return !e.all }

// Entries lists what touches the days from from to before to, in all groups, sorted as they are read.
func Entries(w present.World, from, to when.Date, zone *time.Location, now time.Time) []Entry {
	var all []Entry
	for _, g := range w.Groups {
		for _, i := range g.Happens(from, to, zone) {
			all = append(all, ofEvent(g, i, now))
		}
		for _, s := range g.Stays(from.Plus(-1), to) { // the last day of a stay has no night
			if s.Known && s.Words == act.Here && !gone(s.State) && s.Terms.From.Before(to) && from.Before(s.Terms.To.Plus(1)) {
				all = append(all, ofSleepover(g, s, zone))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		return cmp.Or(a.From.Compare(b.From), first(a.all, b.all), a.start.Compare(b.start), cmp.Compare(a.Title, b.Title), a.Object.Compare(b.Object))
	})
	return all
}

// gone reports the ends that a calendar does not show: nobody sleeps anywhere.
func gone(s sleepover.State) bool { return s == sleepover.Withdrawn || s == sleepover.NotNeededAnyMore }

func first(a, b bool) int {
	switch {
	case a && !b:
		return -1
	case b && !a:
		return 1
	}
	return 0
}

// On lists the entries of all that touch day d.
func On(all []Entry, d when.Date) []Entry {
	var out []Entry
	for _, e := range all {
		if !d.Before(e.From) && d.Before(e.To) {
			out = append(out, e)
		}
	}
	return out
}

func ofEvent(g present.Group, i calendar.Instance, now time.Time) Entry {
	ev := i.Event
	e := Entry{
		Group: g.ID, Object: ev.ID, From: i.From, To: i.To, start: i.Start, all: i.AllDay,
		Title: titleOf(ev), Tile: tileOf(ev.Kind),
		Go: present.Route{Place: present.PlaceCalendar, Page: present.PageOne, Group: g.ID, Object: ev.ID},
	}
	e.Short = e.Title
	e.Time = timeOf(i)
	e.Text = g.Title()
	if ev.Place != "" {
		e.Text = ev.Place + ". " + e.Text
	}
	if i.Moved {
		e.Text = present.Say("calendar.clock") + ". " + e.Text
	}
	switch {
	case ev.Cancelled:
		e.Chip = present.Chip{Icon: assets.IconCross, Text: present.Say("calendar.cancelled"), Tone: present.ToneStone}
		e.Tile.Tone = present.ToneStone
	case len(ev.Versions) > 1:
		e.Chip = present.Chip{Icon: assets.IconVersions, Text: present.Say("calendar.versions.chip"), Tone: present.ToneAmber}
		e.Tile = present.Tile{Icon: assets.IconVersions, Tone: present.ToneAmber}
		e.Time = present.Say("calendar.versions.unsettled")
		e.Text = present.Say("calendar.or", "First", WhenText(ev.Versions[0].When, now), "Last", WhenText(ev.Versions[1].When, now))
	default:
		e.Chip = answerChip(ev.Answer(g.Me))
	}
	return e
}

func titleOf(ev calendar.Event) string {
	switch {
	case ev.Words == act.Taken:
		return present.Say("calendar.taken")
	case ev.Words == act.Others:
		return present.Say("words.others")
	case ev.Words == act.Away || ev.Title == "":
		return present.Say("calendar.away")
	}
	return ev.Title
}

func answerChip(a calendar.Answer) present.Chip {
	switch a {
	case calendar.Yes:
		return present.Chip{Icon: assets.IconDone, Text: present.Say("calendar.going"), Tone: present.ToneOK}
	case calendar.No:
		return present.Chip{Icon: assets.IconCross, Text: present.Say("calendar.notgoing"), Tone: present.ToneStone}
	case calendar.Maybe:
		return present.Chip{Icon: assets.IconWaiting, Text: present.Say("calendar.maybe"), Tone: present.ToneAmber}
	}
	return present.Chip{}
}

func timeOf(i calendar.Instance) string {
	switch {
	case i.AllDay:
		return present.Say("date.allday")
	case i.End.Equal(i.Start):
		return present.Time(i.Start)
	case when.DateOf(i.Start) == when.DateOf(i.End):
		return present.Times(i.Start, i.End)
	}
	return present.Say("time.from", "From", present.Time(i.Start))
}

var kinds = []struct {
	kind  calendar.Kind
	icon  assets.Icon
	tone  string
	label words.Key
}{
	{calendar.Plain, assets.IconCup, present.ToneStone, "calendar.kind.other"},
	{calendar.Together, assets.IconPeople, present.ToneBlue, "calendar.kind.together"},
	{calendar.Meeting, assets.IconPeople, present.ToneBlue, "calendar.kind.meeting"},
	{calendar.School, assets.IconBook, present.TonePrimary, "calendar.kind.school"},
	{calendar.Health, assets.IconBook, present.TonePrimary, "calendar.kind.health"},
	{calendar.FamilyTime, assets.IconHeart, present.ToneOK, "calendar.kind.familytime"},
	{calendar.Away, assets.IconCar, present.ToneStone, "calendar.kind.away"},
	{calendar.Birthday, assets.IconToday, present.ToneStone, "calendar.kind.birthday"},
}

func tileOf(k calendar.Kind) present.Tile {
	for _, x := range kinds {
		if x.kind == k {
			return present.Tile{Icon: x.icon, Tone: x.tone}
		}
	}
	return present.Tile{Icon: assets.IconCup, Tone: present.ToneStone}
}

func ofSleepover(g present.Group, s sleepover.Sleepover, zone *time.Location) Entry {
	e := Entry{
		Group: g.ID, Object: s.ID, Sleepover: true, From: s.Terms.From, To: s.Terms.To.Plus(1),
		Title: present.Say("calendar.sleepover", "Child", s.Terms.Child), Time: present.Say("date.allday"), all: !s.Terms.Arrive.Set,
		Tile: present.Tile{Icon: assets.IconBed, Tone: present.TonePlum},
		Go:   present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: g.ID, Object: s.ID},
	}
	e.start = when.Midnight(s.Terms.From, zone)
	if s.Terms.Arrive.Set {
		e.start = when.On(s.Terms.From, s.Terms.Arrive, zone).Time
		e.Time = present.Say("time.from", "From", present.ClockText(s.Terms.Arrive))
	} else {
		e.Time = present.Nights(s.Terms.Nights())
	}
	e.Text = sleepText(g, s)
	e.Short = s.Terms.Child + ": " + e.Text
	if s.State >= sleepover.Chosen && !s.Host.IsZero() && g.Party(s) {
		e.Short = present.Say("calendar.sleepover.at", "Child", s.Terms.Child, "Home", g.HomeOfName(s.Host))
	}
	return e
}

func sleepText(g present.Group, s sleepover.Sleepover) string {
	if g.Sorted(s) {
		return present.Say("sleepover.chip.sorted")
	}
	switch s.State {
	case sleepover.Asked:
		return present.Say("calendar.sleepover.asked")
	case sleepover.Offered:
		return present.Count("calendar.sleepover.offers", len(s.Standing()))
	case sleepover.Chosen:
		return present.Say("calendar.sleepover.chosen", "Name", g.NameOf(s.Host))
	case sleepover.Agreed:
		return present.Say("calendar.sleepover.agreed", "Name", g.NameOf(s.Host))
	case sleepover.ArrivedThere:
		return present.Say("calendar.sleepover.there", "Child", s.Terms.Child)
	}
	return present.Say("calendar.sleepover.home")
}

// WhenText says when something is, in one line: "Tuesday 24 November, 4.30 pm to 6 pm", "Saturday 21 November, all day".
func WhenText(s when.Span, now time.Time) string {
	today := when.DateOf(now)
	from := present.Date(s.From, today)
	if s.AllDay {
		if last := s.To.Plus(-1); s.From.Before(last) {
			return present.Say("date.fromto", "From", from, "To", present.Date(last, today))
		}
		return present.Say("time.at", "Day", from, "Time", present.Say("date.allday"))
	}
	at := present.ClockText(s.Start)
	switch {
	case s.From != s.To:
		return present.Say("date.fromto", "From", present.Say("time.at", "Day", from, "Time", at),
			"To", present.Say("time.at", "Day", present.Date(s.To, today), "Time", present.ClockText(s.End)))
	case s.End != s.Start:
		at = present.Clocks(s.Start, s.End)
	}
	return present.Say("time.at", "Day", from, "Time", at)
}
