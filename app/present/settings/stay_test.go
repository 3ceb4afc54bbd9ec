package settings_test

import (
	"slices"
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/settings"
	"kith/store/kp1"
)

// boot is a system that starts programs, in memory.
type boot struct {
	on  bool
	err error
}

func (b *boot) On() bool { return b.on }

func (b *boot) Set(on bool) error {
	if b.err == nil {
		b.on = on
	}
	return b.err
}

// TestStay: nothing is chosen before somebody chooses, what it means is said, and each choice can be taken back.
func TestStay(t *testing.T) {
	c, b := fake.Family(fake.Evening), &boot{}
	vm := settings.NewStay(fake.Live(c), b, false)
	s := vm.State()
	if chosen(s.Close) != "" || chosen(s.Start) != "It does not" || len(s.Means) != 3 || s.Go != "" {
		t.Errorf("at first: %+v", s)
	}
	vm.SetClose("on")
	vm.SetStart("on")
	if s = vm.State(); chosen(s.Close) != "Kith goes on" || chosen(s.Start) != "It starts, and waits for your passphrase" || c.Look().Stay != present.StayOn || !b.on {
		t.Errorf("chosen: %+v", s)
	}
	vm.SetClose("off")
	vm.SetStart("off")
	if s = vm.State(); chosen(s.Close) != "Kith stops" || c.Look().Stay != present.StayOff || b.on {
		t.Errorf("taken back: %+v", s)
	}
	b.err = &kp1.Error{ECode: "E_STARTUP"}
	vm.SetStart("on")
	if s = vm.State(); s.Problem.What != "This computer did not take it that Kith starts with it." || chosen(s.Start) != "It does not" {
		t.Errorf("refused: %+v", s.Problem)
	}
	if s = settings.NewStay(fake.Live(c), nil, false).State(); len(s.Start) != 0 || s.StartMeans.Text == "" {
		t.Errorf("no such system: %+v", s)
	}
}

// TestClosingTheWindowAsks once; the answer is kept with how the window looks, so that it holds while locked.
func TestClosingTheWindowAsks(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := settings.NewStay(fake.Live(c), nil, true)
	if s := vm.State(); s.Go == "" || s.Stop == "" || len(s.Close) != 0 || len(s.Start) != 0 {
		t.Errorf("asked: %+v", s)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	if vm.Answer(true) || c.Look().Stay != present.StayAsk || vm.State().Problem.None() {
		t.Error("an answer that the disk does not take counts as given")
	}
	if !vm.Answer(true) || c.Look().Stay != present.StayOn {
		t.Errorf("answered: %+v", c.Look())
	}
}

// TestKeepMessages: a tick sets it up with no link to copy, what it takes is said, and unticking asks first.
func TestKeepMessages(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := settings.NewStay(fake.Live(c), nil, false)
	s := vm.State()
	if len(s.Box) != 1 || s.Box[0].Chosen || s.BoxAsk != "" || !strings.Contains(s.Box[0].Label, c.World().Groups[0].Title()) {
		t.Fatalf("at first: %+v", s.Box)
	}
	group := s.Box[0].Value
	vm.Keep(group)
	if s = vm.State(); !s.Box[0].Chosen || !slices.Equal(c.Calls(), []string{"KeepFor true"}) {
		t.Fatalf("ticked: %+v", s.Box)
	}
	for _, want := range []string{"It is on.", "at most 1 GB", "number 24117", "Kith asks whether"} {
		if !slices.ContainsFunc(s.BoxMeans, func(l present.Line) bool { return strings.Contains(l.Text, want) }) {
			t.Errorf("it does not say %q: %+v", want, s.BoxMeans)
		}
	}
	vm.Keep(group)
	if s = vm.State(); s.BoxAsk == "" || !s.Box[0].Chosen || len(c.Calls()) != 0 {
		t.Errorf("unticked, before the answer: %+v", s)
	}
	vm.KeepNoMore(false)
	if s = vm.State(); s.BoxAsk != "" || !s.Box[0].Chosen {
		t.Errorf("kept: %+v", s.Box)
	}
	vm.Keep(group)
	vm.KeepNoMore(true)
	if s = vm.State(); s.Box[0].Chosen || !slices.Equal(c.Calls(), []string{"KeepFor false"}) {
		t.Errorf("stopped: %+v", s.Box)
	}
	c.Fail(&kp1.Error{ECode: "E_LISTEN"})
	vm.Keep(group)
	if s = vm.State(); s.Problem.None() || s.Box[0].Chosen || s.BoxBusy != "" {
		t.Errorf("refused: %+v", s)
	}
}

// TestWhoDoesNotLeadKeepsNothing, and is told whom to ask.
func TestWhoDoesNotLeadKeepsNothing(t *testing.T) {
	s := settings.NewStay(fake.Live(fake.Family(fake.Evening)), nil, false).State()
	if len(s.Box) != 0 || len(s.BoxMeans) != 1 || s.BoxMeans[0].Text != "Elm Row: only the people who lead it can choose this. Ask Bev and Joanne." {
		t.Errorf("who does not lead: %+v", s)
	}
}
