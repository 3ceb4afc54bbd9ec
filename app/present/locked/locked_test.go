package locked_test

import (
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/locked"
)

func TestLockedSaysWhyAndShowsNothing(t *testing.T) {
	for why, want := range map[string]string{
		present.LockedHide: "because you asked for it.", present.LockedIdle: "because nobody was using it.", present.LockedAsked: "because you asked for it.",
	} {
		c := fake.Family(fake.Evening)
		if err := c.Lock(t.Context(), why); err != nil {
			t.Fatal(err)
		}
		s := locked.New(fake.Live(c)).State()
		if !strings.HasPrefix(s.Text, "Everything is safe on this computer.") || !strings.HasSuffix(s.Text, want) || !strings.Contains(s.Text, "9.02 pm") {
			t.Errorf("%s: %q", why, s.Text)
		}
		if s.Numbers.Rows[0].Number != "999" || s.Watch.Text != "Nobody watches over Kith. It cannot ring for you." {
			t.Errorf("numbers: %+v", s.Numbers.Rows[0])
		}
	}
}

// TestLockedSinceYesterday: a day that is over stands in the sentence as any other word of it does.
func TestLockedSinceYesterday(t *testing.T) {
	c := fake.Family(fake.Evening)
	for why, want := range map[string]string{
		present.LockedHide: "It was hidden yesterday, 9.02 pm,", present.LockedIdle: "It was locked yesterday, 9.02 pm,", present.LockedAsked: "It was locked yesterday, 9.02 pm,",
	} {
		c.Change(func(w *present.World) {
			w.Locked, w.LockedBy, w.LockedAt = true, why, fake.Evening().AddDate(0, 0, -1)
		})
		if s := locked.New(fake.Live(c)).State(); !strings.Contains(s.Text, want) {
			t.Errorf("%s: %q", why, s.Text)
		}
	}
}

func TestUnlock(t *testing.T) {
	c := fake.Family(fake.Evening)
	if err := c.Lock(t.Context(), present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	vm := locked.New(fake.Live(c))
	vm.Unlock("")
	if s := vm.State(); s.Empty != "Type your passphrase." {
		t.Errorf("empty: %+v", s)
	}
	vm.Unlock("wrong")
	if s := vm.State(); s.Problem.What != "Those words do not open Kith." || s.Tries != 1 {
		t.Errorf("wrong: %+v", s)
	}
	vm.Unlock("river copper garden lamp")
	if s := vm.State(); !s.Problem.None() || c.World().Locked {
		t.Errorf("right: %+v", s.Problem)
	}
	vm.Forgotten(true)
	if s := vm.State(); !s.ForgottenOpen || len(s.ForgottenText) == 0 || s.Wipe == "" {
		t.Errorf("what to do about a forgotten passphrase: %+v", s)
	}
	vm.Wiping(true)
	if s := vm.State(); !s.WipeOpen || s.ForgottenOpen {
		t.Errorf("what takes everything off: %+v", s)
	}
	vm.Wiping(false)
	if s := vm.State(); s.WipeOpen || !s.ForgottenOpen {
		t.Errorf("what keeps everything: %+v", s)
	}
}
