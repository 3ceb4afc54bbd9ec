package settings_test

import (
	"strings"
	"testing"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/settings"
	"kith/store/kp1"
)

func chosen(all []present.Option) string {
	for _, o := range all {
		if o.Chosen {
			return o.Label
		}
	}
	return ""
}

func TestChoices(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := settings.New(fake.Live(c))
	s := vm.State()
	if chosen(s.Text) != "Usual" || chosen(s.Themes) != "Light" || chosen(s.LockAfter) != "5 minutes" || chosen(s.Nearby) != "Do not look" {
		t.Errorf("at first: %q, %q, %q, %q", chosen(s.Text), chosen(s.Themes), chosen(s.LockAfter), chosen(s.Nearby))
	}
	vm.SetText("200")
	vm.SetTheme(present.ThemeDark)
	vm.SetLockAfter("10")
	vm.SetNearby("on")
	s = vm.State()
	if chosen(s.Text) != "Largest" || chosen(s.Themes) != "Dark" || chosen(s.LockAfter) != "10 minutes" || chosen(s.Nearby) != "Look for them" {
		t.Errorf("chosen: %q, %q, %q, %q", chosen(s.Text), chosen(s.Themes), chosen(s.LockAfter), chosen(s.Nearby))
	}
	if s.NearbyState.Text != "Looking for computers near you." {
		t.Errorf("nearby: %q", s.NearbyState.Text)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.SetLockAfter("2")
	if s = vm.State(); s.Problem.What != "This computer has no room left." || chosen(s.LockAfter) != "10 minutes" {
		t.Errorf("disk full: %+v", s.Problem)
	}
	vm.LockNow()
	if !c.World().Locked {
		t.Error("not locked")
	}
}

func TestChangePassphrase(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := settings.New(fake.Live(c))
	for _, x := range []struct{ old, fresh, again, field, say string }{
		{"", "new words here", "new words here", settings.FieldOld, "Type your passphrase as it is now."},
		{"x", "", "", settings.FieldNew, "Use four words, or at least 8 letters."},
		{"x", "new words here", "new words", settings.FieldAgain, "Type the same new passphrase in both boxes."},
	} {
		vm.ChangePassphrase(x.old, x.fresh, x.again)
		if got := present.ErrorFor(vm.State().Passphrase.Errors, x.field); got != x.say {
			t.Errorf("%q %q %q: %q, want %q", x.old, x.fresh, x.again, got, x.say)
		}
	}
	vm.ChangePassphrase("wrong", "new words here", "new words here")
	if s := vm.State().Passphrase; s.Problem.What != "Those words do not open Kith." || s.Changed != 0 {
		t.Errorf("wrong: %+v", s)
	}
	vm.ChangePassphrase("river copper garden lamp", "new words here", "new words here")
	if s := vm.State().Passphrase; s.Done != "Your passphrase is changed. Use the new one from now on." || s.Changed != 1 {
		t.Errorf("changed: %+v", s)
	}
}

// TestBackupUnderAPassphrase: it is asked for twice, put right at its field, and said to be kept.
func TestBackupUnderAPassphrase(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := settings.NewBackup(fake.Live(c))
	c.Calls()
	if s := vm.State(); s.Pass.Label != "" || !s.Opens[0].Chosen {
		t.Errorf("at first the words open it: %+v", s.Opens)
	}
	vm.SetPlace("other")
	vm.SetOpens("own")
	vm.Save("/tmp", " ", "")
	if s := vm.State(); s.Pass.Error == "" || s.Busy != "" {
		t.Errorf("no passphrase: %+v", s.Pass)
	}
	vm.Save("/tmp", "plum kettle orbit", "plum kettle")
	if s := vm.State(); s.Again.Error == "" || len(c.Calls()) != 0 {
		t.Errorf("two that differ: %+v", s.Again)
	}
	vm.Save("/tmp", "plum kettle orbit", "plum kettle orbit")
	if calls := c.Calls(); len(calls) != 1 || !strings.HasSuffix(calls[0], " under plum kettle orbit") {
		t.Errorf("calls %q", calls)
	}
	if s := vm.State(); !strings.Contains(s.DoneText, "Write its passphrase down.") {
		t.Errorf("done: %q", s.DoneText)
	}
	vm.SetOpens("words")
	vm.Save("/tmp/again", "plum kettle orbit", "")
	if calls := c.Calls(); len(calls) != 1 || strings.Contains(calls[0], "under") {
		t.Errorf("for the words: %q", calls)
	}
}
