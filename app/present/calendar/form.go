package calendar

import (
	"context"
	"strconv"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Fields of the form.
const (
	FieldTitle = "title"
	FieldFrom  = "from"
	FieldTo    = "to"
	FieldStart = "start"
	FieldEnd   = "end"
)

// Draft is what has been typed into the form. The screen sends it whole.
type Draft struct {
	Title, Place, Notes string
	Group, Kind         string // Values of the options
	AllDay              bool
	From, To            present.DateInput
	Start, End          string
}

// FormState is what the form shows.
type FormState struct {
	Title                 string
	Draft                 Draft // what the fields hold at first; later they hold what was typed
	What, WhatHint        string
	GroupLabel            string
	Groups                []present.Option // none when there is one group
	KindLabel             string
	Kinds                 []present.Option
	DateLabel, DateHint   string
	Day, Month, Year      string // labels of the three boxes
	AllDay                string
	StartLabel, StartHint string
	EndLabel              string
	ToLabel               string
	PlaceLabel, PlaceHint string
	NotesLabel            string
	Seen                  present.Line
	SaidBack              string // the date as it will stand; set by Say
	Heading               string // over the errors
	Errors                []present.FieldError
	Save, Cancel          string
	Busy                  bool
	Done                  bool
	Made                  present.Route // where the event is, once Done
	Problem               present.Problem
}

// Form keeps the form.
type Form struct {
	*present.Model[FormState]
	group kp1.GID
	event kp1.ID // zero: a new one
	draft Draft
	zone  string // of the event being changed; empty: this person's
	errs  []present.FieldError
	busy  bool
	done  bool
	made  kp1.ID
	err   error
}

// NewForm returns the form for a new event on day ("2026-11-27", or empty) in group g (or the first one).
func NewForm(d *present.Desk, g kp1.GID, day string) *Form {
	vm := &Form{group: g}
	if date, err := when.ParseDate(day); err == nil {
		vm.draft.From = present.InputOf(date)
	}
	if x, ok := d.World().Pick(g); ok {
		vm.group = x.ID
	}
	vm.draft.Kind = strconv.Itoa(int(calendar.Plain))
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// EditForm returns the form for changing event id of group g.
func EditForm(d *present.Desk, g kp1.GID, id kp1.ID) *Form {
	vm := NewForm(d, g, "")
	x, _ := d.World().Find(g)
	if ev, ok := x.Event(id); ok {
		vm.event, vm.zone = id, ev.When.Zone
		vm.draft = Draft{
			Title: ev.Title, Place: ev.Place, Notes: ev.Notes, Kind: strconv.Itoa(int(ev.Kind)), AllDay: ev.When.AllDay,
			From: present.InputOf(ev.When.From), Start: present.ClockText(ev.When.Start),
		}
		last := ev.When.To
		if ev.When.AllDay {
			last = last.Plus(-1)
		}
		if last != ev.When.From {
			vm.draft.To = present.InputOf(last)
		}
		if ev.When.End != ev.When.Start {
			vm.draft.End = present.ClockText(ev.When.End)
		}
	}
	return vm
}

func (vm *Form) make(w present.World, now time.Time) FormState {
	g, _ := w.Find(vm.group)
	s := FormState{
		Title: present.Say("calendar.form.new"), Draft: vm.draft,
		What: present.Say("calendar.form.what"), WhatHint: present.Say("calendar.form.what.hint"),
		GroupLabel: present.Say("calendar.form.group"), KindLabel: present.Say("calendar.form.kind"),
		DateLabel: present.Say("calendar.form.date"), DateHint: present.Say("typed.hint"),
		Day: present.Say("typed.day"), Month: present.Say("typed.month"), Year: present.Say("typed.year"),
		AllDay: present.Say("calendar.form.allday"), StartLabel: present.Say("calendar.form.start"), StartHint: present.Say("typed.time.hint"),
		EndLabel: present.Say("calendar.form.end"), ToLabel: present.Say("calendar.form.todate"),
		PlaceLabel: present.Say("calendar.form.place"), PlaceHint: present.Say("calendar.form.place.hint"),
		NotesLabel: present.Say("calendar.form.notes"),
		Save:       present.Say("calendar.form.save"), Cancel: present.Say("calendar.form.cancel"),
		Errors: vm.errs, Busy: vm.busy, Done: vm.done, Problem: present.Explain(vm.err),
		Made: present.Route{Place: present.PlaceCalendar, Page: present.PageOne, Group: vm.group, Object: vm.made},
	}
	s.Seen = present.Line{Icon: "eye", Text: present.Say("calendar.form.seen", "Group", g.Title())}
	if len(vm.errs) > 0 {
		s.Heading = present.Say("start.problem")
	}
	if vm.event.IsZero() {
		s.Groups = w.GroupOptions(vm.group)
	} else {
		s.Title, s.Save = present.Say("calendar.form.edit", "Title", vm.draft.Title), present.Say("calendar.form.change")
	}
	for _, k := range kinds {
		v := strconv.Itoa(int(k.kind))
		s.Kinds = append(s.Kinds, present.Option{Value: v, Label: present.Say(k.label), Chosen: v == vm.draft.Kind})
	}
	span, errs := vm.span(vm.draft, now)
	if len(errs) == 0 {
		s.SaidBack = SaidBack(span)
	}
	return s
}

// SaidBack says a span as it will stand: "Friday 27 November 2026, all day", "Friday 27 November 2026, 4.30 pm".
func SaidBack(s when.Span) string {
	from := present.FullDate(s.From)
	if s.AllDay {
		if n := s.From.Days(s.To); n > 1 {
			return present.Say("calendar.form.days", "When", present.Say("date.fromto", "From", from, "To", present.FullDate(s.To.Plus(-1))), "Days", present.Count("date.days", n))
		}
		return present.Say("calendar.form.saidback", "When", present.Say("time.at", "Day", from, "Time", present.Say("date.allday")))
	}
	return present.Say("calendar.form.saidback", "When", present.Say("time.at", "Day", from, "Time", present.ClockText(s.Start)))
}

// span reads the days and times of d.
func (vm *Form) span(d Draft, now time.Time) (when.Span, []present.FieldError) {
	var errs []present.FieldError
	wrong := func(field, say string) {
		if say != "" {
			errs = append(errs, present.FieldError{Field: field, Say: say})
		}
	}
	today := when.DateOf(now)
	s := when.Span{AllDay: d.AllDay}
	from, say := present.ReadDate(d.From, today)
	wrong(FieldFrom, say)
	if say == "" && from.Before(today) && vm.event.IsZero() {
		wrong(FieldFrom, present.Say("typed.date.past"))
	}
	last := from
	if !d.To.Empty() {
		last, say = present.ReadDate(d.To, today)
		if say == "" && last.Before(from) {
			say = present.Say("typed.date.order")
		}
		wrong(FieldTo, say)
	}
	s.From, s.To = from, last
	if d.AllDay {
		s.To = last.Plus(1)
		return s, errs
	}
	s.Zone = vm.zone
	if s.Zone == "" {
		s.Zone = vm.Desk().ZoneName()
	}
	s.Start, say = present.ReadClock(d.Start)
	if say == "" && !s.Start.Set {
		say = present.Say("typed.time.missing")
	}
	wrong(FieldStart, say)
	s.End, say = present.ReadClock(d.End)
	wrong(FieldEnd, say)
	if say == "" && !s.End.Set {
		s.End = s.Start
	}
	if len(errs) == 0 && s.From == s.To && s.End.Code() < s.Start.Code() {
		wrong(FieldEnd, present.Say("typed.time.order"))
	}
	return s, errs
}

// Typed notes what has been typed so far, so that the page can say the date back. It never says that anything is wrong.
func (vm *Form) Typed(d Draft) { vm.Change(func() { vm.draft = d; vm.pick(d) }) }

func (vm *Form) pick(d Draft) {
	if g, err := kp1.ParseGID(d.Group); err == nil && vm.event.IsZero() {
		vm.group = g
	}
}

// Save files the event, or says at the fields what to put right.
func (vm *Form) Save(d Draft) {
	d.Title, d.Place, d.Notes = act.Tidy(d.Title), act.Tidy(d.Place), act.Tidy(d.Notes)
	span, errs := vm.span(d, vm.Desk().Now())
	switch {
	case d.Title == "":
		errs = append([]present.FieldError{{Field: FieldTitle, Say: present.Say("calendar.form.what.missing")}}, errs...)
	case len(d.Title) > act.MaxTitle:
		errs = append([]present.FieldError{{Field: FieldTitle, Say: present.Say("calendar.form.what.long")}}, errs...)
	}
	going := false
	vm.Change(func() {
		going = vm.busy
		vm.draft, vm.errs, vm.err = d, errs, nil
		vm.pick(d)
		vm.busy = vm.busy || len(errs) == 0
	})
	if going || len(errs) > 0 {
		return
	}
	kind, _ := strconv.Atoi(strings.TrimSpace(d.Kind))
	content := calendar.Content{Title: d.Title, Place: d.Place, Notes: d.Notes, When: span}
	vm.Desk().Do(func(ctx context.Context) {
		var id kp1.ID
		var err error
		if vm.event.IsZero() {
			id, err = vm.Desk().Core.Propose(ctx, vm.group, calendar.Add{Content: content, Kind: calendar.Kind(kind)})
		} else {
			id = vm.event
			g, _ := vm.Desk().World().Find(vm.group)
			ev, _ := g.Event(id)
			content.Repeat = ev.Repeat // the form does not ask for it
			_, err = vm.Desk().Core.ProposeTo(ctx, vm.group, calendar.Edit{Event: vm.event, Content: content, Kind: calendar.Kind(kind)}, g.EventAudience(ev))
		}
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.done, vm.made = true, id
			}
		})
	})
}
