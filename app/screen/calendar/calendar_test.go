package calendar_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/calendar"
	"kith/app/uitest"
	care "kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

func open(t *testing.T, core *fake.Core, r present.Route) *uitest.Stage {
	t.Helper()
	l := uitest.Looks[0]
	return openAs(t, core, r, l.Size, l.Colours, l.Percent)
}

func openAs(t *testing.T, core *fake.Core, r present.Route, size fyne.Size, c look.Colours, percent int) *uitest.Stage {
	t.Helper()
	r.Place = present.PlaceCalendar
	return uitest.OpenScreen(t, core, func(d *present.Desk, n screen.Nav) screen.Screen { return calendar.Open(d, n, r) }, size, c, percent)
}

// find finds an event of the story by its title.
func find(core *fake.Core, title string) care.Event {
	g, _ := core.World().Find(fake.GID(fake.ElmRow))
	for _, i := range g.Happens(when.Date{Year: 2026, Month: 11, Day: 1}, when.Date{Year: 2026, Month: 12, Day: 31}, fake.Zone()) {
		if i.Event.Title == title {
			return i.Event
		}
	}
	return care.Event{}
}

func TestEveryPageIsSound(t *testing.T) {
	elm := fake.GID(fake.ElmRow)
	for _, page := range []struct {
		name  string
		route func(*fake.Core) present.Route
	}{
		{"month", func(*fake.Core) present.Route { return present.Route{Page: present.PageMonth} }},
		{"agenda", func(*fake.Core) present.Route { return present.Route{Page: "agenda"} }},
		{"day", func(*fake.Core) present.Route { return present.Route{Page: present.PageDay, Day: "2026-11-24"} }},
		{"picnic", func(c *fake.Core) present.Route {
			return present.Route{Page: present.PageOne, Group: elm, Object: find(c, "Picnic at the lake").ID}
		}},
		{"swimming", func(c *fake.Core) present.Route {
			return present.Route{Page: present.PageOne, Group: elm, Object: find(c, "Noor: swimming").ID}
		}},
		{"new", func(*fake.Core) present.Route { return present.Route{Page: present.PageNew, Day: "2026-11-27"} }},
		{"edit", func(c *fake.Core) present.Route {
			return present.Route{Page: present.PageEdit, Group: elm, Object: find(c, "Noor sees Mum").ID}
		}},
	} {
		for _, l := range uitest.Looks {
			t.Run(page.name+" "+l.Name, func(t *testing.T) {
				core := fake.Family(fake.Evening)
				s := openAs(t, core, page.route(core), l.Size, l.Colours, l.Percent)
				s.Shot("calendar-" + page.name + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}

func TestMonthAndAgendaShowTheSame(t *testing.T) {
	s := open(t, fake.Family(fake.Evening), present.Route{})
	if !s.Has("Tuesday 24 November, 2 things*") {
		t.Errorf("the month does not say what is on the 24th:\n%s", s.Text())
	}
	s.Press("Agenda")
	if got := s.Focused(); got != "Agenda" {
		t.Errorf("after the switch the focus is on %q, want the switch", got)
	}
	if !s.Has("11 am to 2 pm, Picnic at the lake") {
		t.Errorf("the agenda has no picnic:\n%s", s.Text())
	}
	s.Press("11 am to 2 pm, Picnic at the lake")
	if got := s.Last(); got.Page != present.PageOne || got.Object.IsZero() {
		t.Errorf("the picnic leads to %+v", got)
	}
	s.Press("December")
	if !s.Has("December 2026") || !s.Has("November") {
		t.Errorf("the next month is not December 2026:\n%s", s.Text())
	}
	s.Press("Add")
	if got := s.Last(); got.Page != present.PageNew {
		t.Errorf("Add leads to %+v", got)
	}
}

func TestMonthByKeyboardAlone(t *testing.T) {
	s := open(t, fake.Family(fake.Evening), present.Route{Page: present.PageMonth})
	s.Screen.(screen.Focuser).Focus()
	s.Key(fyne.KeyRight)
	s.Key(fyne.KeyReturn)
	if got := s.Last(); got.Page != present.PageDay || got.Day != "2026-11-22" {
		t.Errorf("Right and Enter from today lead to %+v, want the 22nd", got)
	}
	s.Key(fyne.KeyPageDown)
	if !s.Has("December 2026") {
		t.Error("Page Down is not the next month")
	}
}

func TestTwoVersionsAreChosenFrom(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core, present.Route{Page: "agenda"})
	if !s.Has("Two versions of Noor: swimming: choose one") && !s.Says("Two versions of Noor: swimming: choose one") {
		t.Fatalf("nothing says that there are two versions:\n%s", s.Text())
	}
	s.Press("Keep 4.30 pm")
	if got := len(find(core, "Noor: swimming").Versions); got != 1 {
		t.Errorf("after Keep there are %d versions", got)
	}
	s.Sync()
	if s.Has("Keep 5.15 pm") {
		t.Error("the choice is still on the page")
	}
}

func TestRSVP(t *testing.T) {
	core := fake.Family(fake.Evening)
	picnic := find(core, "Picnic at the lake").ID
	s := open(t, core, present.Route{Page: present.PageOne, Group: fake.GID(fake.ElmRow), Object: picnic})
	s.Press("Perhaps")
	g, _ := core.World().Find(fake.GID(fake.ElmRow))
	ev, _ := g.Event(picnic)
	if got := ev.Answer(g.Me); got != care.Maybe {
		t.Errorf("after Perhaps the answer is %v", got)
	}
	if !strings.Contains(s.Text(), "Perhaps") {
		t.Error("the page does not show the answer")
	}
}

func TestCancelAsksOnceMore(t *testing.T) {
	core := fake.Family(fake.Evening)
	mum := find(core, "Noor sees Mum").ID
	s := open(t, core, present.Route{Page: present.PageOne, Group: fake.GID(fake.ElmRow), Object: mum})
	s.Press("Cancel this event")
	if got := s.Focused(); got != "Keep it" {
		t.Errorf("the question has its focus on %q, want the side that changes nothing", got)
	}
	s.Press("Keep it")
	s.Press("Cancel this event")
	s.Press("Yes, cancel it")
	g, _ := core.World().Find(fake.GID(fake.ElmRow))
	if ev, _ := g.Event(mum); !ev.Cancelled {
		t.Error("the event is not cancelled")
	}
}

func TestAddAnEventByKeyboardAlone(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core, present.Route{Page: present.PageNew})
	s.Screen.(screen.Focuser).Focus()
	s.Press("Put it in the calendar")
	if got := s.Focused(); got != "Type what it is." {
		t.Errorf("with nothing typed the focus is on %q, want the first thing to put right\n%s", got, s.Text())
	}
	s.AssertUnclipped()
	s.Shot("calendar-form-errors")
	s.Key(fyne.KeyReturn)
	if got := s.Focused(); got != "What is it?" {
		t.Errorf("the line leads to %q", got)
	}
	s.Type("What is it?", "Swimming gala")
	s.Type("Which day?, Day", "28")
	s.Type("Which day?, Month", "nov")
	s.Type("Which day?, Year", "2026")
	s.Type("Starts at", "half past two")
	s.Press("Put it in the calendar")
	if got := s.FieldText("What is it?"); got != "Swimming gala" {
		t.Errorf("after an answer the field holds %q, want what was typed", got)
	}
	s.Replace("Starts at", "2.30 pm")
	s.Press("Put it in the calendar")
	if e := find(core, "Swimming gala"); e.ID == (kp1.ID{}) {
		t.Fatalf("the event is not in the calendar:\n%s", s.Text())
	}
	if got := s.Last(); got.Page != present.PageOne {
		t.Errorf("after saving the page leads to %+v, want the event", got)
	}
}
