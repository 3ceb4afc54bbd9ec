package calendar

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// DayState is what the page of one day shows.
type DayState struct {
	Back, Title string
	Day         Day
	Add         string
	AddTo       present.Route
}

// DayVM keeps the page of one day.
type DayVM struct{ *present.Model[DayState] }

// NewDay returns the page of day d, "2026-11-27".
func NewDay(desk *present.Desk, d string) *DayVM {
	date, err := when.ParseDate(d)
	if err != nil {
		date = when.DateOf(desk.Now())
	}
	return &DayVM{present.NewModel(desk, func(w present.World, now time.Time) DayState {
		today := when.DateOf(now)
		all := Entries(w, date, date.Plus(1), desk.Zone(), now)
		return DayState{
			Back: present.Say("calendar.day.back"), Title: present.Date(date, today), Day: dayOf(On(all, date), date, today),
			Add: present.Say("calendar.add.long"), AddTo: present.Route{Place: present.PlaceCalendar, Page: present.PageNew, Day: date.String()},
		}
	})}
}

// EventState is what the page of one event shows.
type EventState struct {
	Back     string
	Gone     string // said instead of everything else
	Title    string
	When     string
	Tile     present.Tile
	Kind     string
	Place    string // with its label; empty when not said
	Notes    string
	Lines    []present.Line // who added and changed it, who can see it, delivery
	Conflict *Conflict      // two versions: Keep

	RSVPLabel string
	RSVP      []present.Option // Answer; empty for a cancelled event
	WhoLabel  string
	Who       []Answers

	Edit      string // button, to EditTo; empty when this person may not
	EditTo    present.Route
	Cancel    string // danger button: AskCancel
	Asking    bool   // the confirm part is open
	AskTitle  string
	AskText   string
	Yes, No   string // Cancel, KeepIt
	Cancelled present.Line
	Problem   present.Problem
}

// Answers is one group of people who said the same.
type Answers struct {
	Label  string
	People string
}

// EventVM keeps the page of one event.
type EventVM struct {
	*present.Model[EventState]
	group  kp1.GID
	id     kp1.ID
	asking bool
	err    error
}

// NewEvent returns the page of event id of group g.
func NewEvent(d *present.Desk, g kp1.GID, id kp1.ID) *EventVM {
	vm := &EventVM{group: g, id: id}
	vm.Model = present.NewModel(d, vm.make)
	d.Do(func(ctx context.Context) { d.Core.Seen(ctx, g, id) })
	return vm
}

func (vm *EventVM) make(w present.World, now time.Time) EventState {
	s := EventState{Back: present.Say("calendar.day.back"), Problem: present.Explain(vm.err)}
	g, _ := w.Find(vm.group)
	ev, ok := g.Event(vm.id)
	if !ok || !ev.Known {
		s.Gone = present.Say("calendar.event.gone")
		return s
	}
	s.Title, s.Tile, s.When = titleOf(ev), tileOf(ev.Kind), WhenText(ev.When, now)
	for _, k := range kinds {
		if k.kind == ev.Kind {
			s.Kind = present.Say(k.label)
		}
	}
	s.Place, s.Notes = ev.Place, ev.Notes
	newest := ev.ID
	by := present.Say("calendar.event.added", "Name", g.NameOf(ev.By.Author), "When", ago(ev.By, now))
	if ev.By.Author == g.Me {
		by = present.Say("calendar.event.added.you", "When", ago(ev.By, now))
	}
	s.Lines = append(s.Lines, present.Line{Icon: assets.IconPencil, Text: by})
	if ev.Edited() {
		v := ev.Versions[0]
		newest = v.ID
		by = present.Say("calendar.event.changed", "Name", g.NameOf(v.By.Author), "When", ago(v.By, now))
		if v.By.Author == g.Me {
			by = present.Say("calendar.event.changed.you", "When", ago(v.By, now))
		}
		s.Lines = append(s.Lines, present.Line{Icon: assets.IconPencil, Text: by})
	}
	s.Lines = append(s.Lines, present.Line{Icon: assets.IconEye, Text: present.Say("calendar.event.seen", "Group", g.Title())})
	if ev.By.Author == g.Me || ev.Edited() && ev.Versions[0].By.Author == g.Me {
		s.Lines = append(s.Lines, present.DeliveryLine(g.Has(newest), w.Net, g.NameOf))
	}
	if c, ok := ConflictOf(g, ev, now); ok {
		s.Conflict = &c
	}
	s.WhoLabel, s.Who = present.Say("calendar.event.who"), answers(g, ev)
	if ev.Cancelled {
		s.Cancelled = present.Line{Icon: assets.IconCross, Text: present.Say("calendar.cancelled.by", "Name", g.NameOf(ev.CancelledBy.Author))}
		if ev.CancelledBy.Author == g.Me {
			s.Cancelled.Text = present.Say("calendar.cancelled.you")
		}
		return s
	}
	mine := ev.Answer(g.Me)
	s.RSVPLabel = present.Say("calendar.event.rsvp")
	s.RSVP = []present.Option{
		{Value: calendar.Yes.String(), Label: present.Say("calendar.event.yes"), Chosen: mine == calendar.Yes},
		{Value: calendar.No.String(), Label: present.Say("calendar.event.no"), Chosen: mine == calendar.No},
		{Value: calendar.Maybe.String(), Label: present.Say("calendar.event.maybe"), Chosen: mine == calendar.Maybe},
	}
	if ev.By.Author == g.Me || g.Admin() {
		s.Edit = present.Say("calendar.event.edit")
		s.EditTo = present.Route{Place: present.PlaceCalendar, Page: present.PageEdit, Group: g.ID, Object: ev.ID}
		s.Cancel, s.Asking = present.Say("calendar.event.cancel"), vm.asking
		s.AskTitle = present.Say("calendar.event.cancel.title", "Title", s.Title)
		s.AskText = present.Say("calendar.event.cancel.text", "Group", g.Title())
		s.Yes, s.No = present.Say("calendar.event.cancel.yes"), present.Say("calendar.event.cancel.no")
	}
	return s
}

func answers(g present.Group, ev calendar.Event) []Answers {
	by := map[calendar.Answer][]string{}
	said := map[kp1.MID]bool{}
	for _, r := range ev.RSVP {
		if r.Answer == calendar.None || !g.In(r.Person) {
			continue
		}
		said[r.Person] = true
		name := g.NameOrYou(r.Person)
		if r.Before {
			name = present.Say("calendar.event.who.before", "Name", name)
		}
		by[r.Answer] = append(by[r.Answer], name)
	}
	var silent []string
	for _, m := range g.State.Members {
		if !said[m.ID] {
			silent = append(silent, g.NameOrYou(m.ID))
		}
	}
	var out []Answers
	add := func(label string, people []string) {
		if len(people) > 0 {
			out = append(out, Answers{label, present.People(people...)})
		}
	}
	add(present.Say("calendar.event.who.yes"), by[calendar.Yes])
	add(present.Say("calendar.event.who.maybe"), by[calendar.Maybe])
	add(present.Say("calendar.event.who.no"), by[calendar.No])
	add(present.Say("calendar.event.who.none"), silent)
	return out
}

// Answer says whether this person comes: "yes", "no" or "maybe". The same answer again takes it back.
func (vm *EventVM) Answer(value string) {
	g, _ := vm.Desk().World().Find(vm.group)
	ev, _ := g.Event(vm.id)
	answer := calendar.None
	for _, a := range []calendar.Answer{calendar.Yes, calendar.No, calendar.Maybe} {
		if a.String() == value && ev.Answer(g.Me) != a {
			answer = a
		}
	}
	vm.propose(calendar.RSVP{Event: vm.id, Answer: answer})
}

// AskCancel opens the question whether to cancel the event, KeepIt closes it.
func (vm *EventVM) AskCancel() { vm.Change(func() { vm.asking = true }) }

// KeepIt closes the question.
func (vm *EventVM) KeepIt() { vm.Change(func() { vm.asking = false }) }

// Cancel cancels the event.
func (vm *EventVM) Cancel() {
	vm.Change(func() { vm.asking = false })
	vm.propose(calendar.Cancel{Event: vm.id})
}

// Keep settles the event on one of its versions.
func (vm *EventVM) Keep(version kp1.ID) {
	vm.Desk().Do(func(ctx context.Context) {
		err := keep(ctx, vm.Desk(), vm.group, vm.id, version)
		vm.Change(func() { vm.err = err })
	})
}

func (vm *EventVM) propose(a present.Act) {
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, a)
		vm.Change(func() { vm.err = err })
	})
}
