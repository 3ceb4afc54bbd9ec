package shell_test

import (
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/shell"
)

func open(t *testing.T, core *fake.Core) (*shell.VM, *present.Desk) {
	t.Helper()
	d, _ := fake.Desk(core)
	return shell.New(d), d
}

func TestWholeWindow(t *testing.T) {
	for _, c := range []struct {
		name  string
		world present.World
		want  shell.Whole
	}{
		{"nobody lives here", present.World{}, shell.Start},
		{"being opened", present.World{Started: true, Loading: true}, shell.Loading},
		{"locked", present.World{Started: true, Locked: true, Loading: true}, shell.Locked},
		{"open", present.World{Started: true, Name: "Ade"}, shell.Open},
		{"looking around", present.World{Started: true, Demo: true}, shell.Open},
	} {
		t.Run(c.name, func(t *testing.T) {
			core := fake.New(fake.Evening)
			core.Change(func(w *present.World) { *w = c.world })
			vm, _ := open(t, core)
			s := vm.State()
			if s.Whole != c.want {
				t.Errorf("the window belongs to %q, want %q", s.Whole, c.want)
			}
			if s.Title != "Kith" {
				t.Errorf("the window is called %q, and must say nothing else", s.Title)
			}
			if s.Whole == shell.Locked && (len(s.Places) > 0 || s.Who != "" || s.Notice != "") {
				t.Errorf("a locked window says %v, %q, %q", s.Places, s.Who, s.Notice)
			}
		})
	}
}

func TestRailOfAFamily(t *testing.T) {
	vm, _ := open(t, fake.Family(fake.Evening))
	s := vm.State()
	want := []struct {
		place present.Place
		said  string
	}{
		{present.PlaceToday, "Today, 2 wait for you"},
		{present.PlaceCalendar, "Calendar"},
		{present.PlaceSleepovers, "Sleepovers"},
		{present.PlaceMessages, "Messages, 3 new"},
		{present.PlacePeople, "People"},
		{present.PlaceSettings, "Settings"},
		{present.PlaceHelp, "Help"},
	}
	if len(s.Places) != len(want) {
		t.Fatalf("the rail has %d places, want %d", len(s.Places), len(want))
	}
	for i, p := range s.Places {
		if p.Place != want[i].place || p.Said != want[i].said || p.Number != i+1 {
			t.Errorf("place %d is %s %q, want %s %q", p.Number, p.Place, p.Said, want[i].place, want[i].said)
		}
	}
	if s.Tonight == "" || s.Who != "You are Ade." {
		t.Errorf("the rail says %q and %q", s.Tonight, s.Who)
	}
}

func TestWhoArrangesNoSleepoversSeesNone(t *testing.T) {
	core := fake.New(fake.Evening)
	core.Change(func(w *present.World) {
		w.Started, w.Name = true, "Maureen"
		w.Groups = []present.Group{{Kind: present.PeerGroup, Name: "Tuesday Group"}}
	})
	vm, _ := open(t, core)
	s := vm.State()
	if s.Tonight != "" {
		t.Errorf("a support group has %q on its rail", s.Tonight)
	}
	for _, p := range s.Places {
		if p.Place == present.PlaceSleepovers {
			t.Error("a support group has Sleepovers on its rail")
		}
	}
}

func TestRequestsAreCountedForThoseWhoLead(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	core.Carol()
	vm, _ := open(t, core)
	for _, p := range vm.State().Places {
		if p.Place == present.PlacePeople && p.Said != "People, 1 waits for you" {
			t.Errorf("with Carol at the door People is read out as %q", p.Said)
		}
	}
}

func TestNoticeIsNeutral(t *testing.T) {
	vm, _ := open(t, fake.Family(fake.Evening))
	s := vm.State()
	if s.NewCount != 2 || s.Notice != "Something new came." {
		t.Errorf("notice %q for %d things, want a neutral one for 2", s.Notice, s.NewCount)
	}
}

func TestBiggerAndSmallerStopAtTheEnds(t *testing.T) {
	core := fake.Family(fake.Evening)
	vm, _ := open(t, core)
	for _, want := range []int{125, 150, 200, 200} {
		vm.Bigger()
		if got := core.Look().Text; got != want {
			t.Errorf("Bigger gives %d %%, want %d", got, want)
		}
	}
	for _, want := range []int{150, 125, 100, 100} {
		vm.Smaller()
		if got := core.Look().Text; got != want {
			t.Errorf("Smaller gives %d %%, want %d", got, want)
		}
	}
	vm.SetTheme(present.ThemeStrong)
	if got := core.Look(); got.Theme != present.ThemeStrong || got.Text != 100 {
		t.Errorf("the look is %+v", got)
	}
}

func TestHidingAndLockingSayWhy(t *testing.T) {
	for _, c := range []struct {
		do  func(*shell.VM)
		why string
	}{{(*shell.VM).Hide, present.LockedHide}, {(*shell.VM).Lock, present.LockedAsked}} {
		core := fake.Family(fake.Evening)
		vm, _ := open(t, core)
		c.do(vm)
		if w := core.World(); !w.Locked || w.LockedBy != c.why {
			t.Errorf("locked %v because of %q, want %q", w.Locked, w.LockedBy, c.why)
		}
	}
}

func TestDatesBeginOnMonday(t *testing.T) {
	w := shell.Dates()
	if len(w.Months) != 12 || w.Months[0] != "January" || len(w.Weekdays) != 7 || w.Weekdays[0] != "Mon" || w.Names[6] != "Sunday" {
		t.Errorf("Dates() = %+v", w)
	}
}
