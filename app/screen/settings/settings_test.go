package settings_test

import (
	"strings"
	"testing"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/help"
	"kith/app/screen/locked"
	"kith/app/screen/settings"
	"kith/app/uitest"
)

func open(t *testing.T, core *fake.Core) *uitest.Stage {
	t.Helper()
	l := uitest.Looks[0]
	return uitest.OpenScreen(t, core, settings.New, l.Size, l.Colours, l.Percent)
}

// TestPlainPagesAreSound tries the three pages that belong to no group.
func TestPlainPagesAreSound(t *testing.T) {
	for _, page := range []struct {
		name  string
		build func(*present.Desk, screen.Nav) screen.Screen
		core  func() *fake.Core
	}{
		{"settings", settings.New, func() *fake.Core { return fake.Family(fake.Evening) }},
		{"help", func(d *present.Desk, n screen.Nav) screen.Screen { return help.New(d, n, "") }, func() *fake.Core { return fake.Family(fake.Evening) }},
		{"help at the start", func(d *present.Desk, n screen.Nav) screen.Screen { return help.New(d, n, "Back") }, func() *fake.Core { return fake.New(fake.Evening) }},
		{"locked", locked.New, lockedHome},
	} {
		for _, l := range uitest.Looks {
			t.Run(page.name+" "+l.Name, func(t *testing.T) {
				s := uitest.OpenScreen(t, page.core(), page.build, l.Size, l.Colours, l.Percent)
				s.Shot("plain-" + strings.ReplaceAll(page.name, " ", "-") + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}

func lockedHome() *fake.Core {
	core := fake.Family(fake.Evening)
	core.Change(func(w *present.World) { w.Locked, w.LockedBy, w.LockedAt = true, present.LockedHide, fake.Evening() })
	return core
}

func TestNumbersAreThereWhileLocked(t *testing.T) {
	l := uitest.Looks[0]
	s := uitest.OpenScreen(t, lockedHome(), locked.New, l.Size, l.Colours, l.Percent)
	for _, number := range []string{"999", "0800 1111", "116 123", "111", "0808 2000 247"} {
		if !s.Says(number) {
			t.Errorf("the locked page has no %s", number)
		}
	}
	for _, name := range []string{"Ade", "Elm Row", "Mia", "Bev"} {
		if strings.Contains(s.Text(), name) {
			t.Errorf("the locked page says %q", name)
		}
	}
	s.Screen.(screen.Focuser).Focus()
	if got := s.Focused(); got != "Your passphrase" {
		t.Errorf("the locked page begins on %q, want the field", got)
	}
}

func TestWrongPassphraseEmptiesTheFieldAndSaysSo(t *testing.T) {
	l := uitest.Looks[0]
	s := uitest.OpenScreen(t, lockedHome(), locked.New, l.Size, l.Colours, l.Percent)
	s.Press("Open")
	if !s.Has("Type your passphrase.") {
		t.Error("with nothing typed nothing says so")
	}
	s.Type("Your passphrase", "not this one")
	s.Press("Open")
	if got := s.FieldText("Your passphrase"); got != "" {
		t.Errorf("after a wrong passphrase the field holds %q", got)
	}
	if got := s.Focused(); got != "Your passphrase" {
		t.Errorf("after a wrong passphrase the focus is on %q, want the field", got)
	}
	p := present.ExplainCode("E_PASSPHRASE")
	if !s.Has(p.Text()) {
		t.Errorf("nothing says %q:\n%s", p.Text(), s.Text())
	}
	s.Press("I have forgotten it")
	if !s.Has("If you have forgotten your passphrase") || s.Has("Open") {
		t.Errorf("what to do about a forgotten passphrase is not shown:\n%s", s.Text())
	}
	s.AssertSound()
	s.Press("Try again")
	s.Press("Close Kith")
	if !s.Closed {
		t.Error("Close Kith closes nothing")
	}
}

// TestEmptiedWhileLocked: who has forgotten the passphrase can take everything off and begin anew, and is asked for a word
// first. The page is sound on every kind of screen.
func TestEmptiedWhileLocked(t *testing.T) {
	for _, l := range uitest.Looks {
		t.Run(l.Name, func(t *testing.T) {
			core := lockedHome()
			s := uitest.OpenScreen(t, core, locked.New, l.Size, l.Colours, l.Percent)
			s.Press("I have forgotten it")
			s.Shot("locked-forgotten-" + l.Name)
			s.AssertSound()
			s.Press("Take everything off this computer")
			if got := s.Focused(); got != "Keep everything" {
				t.Errorf("the focus is on %q, want what keeps everything", got)
			}
			s.Shot("locked-wipe-" + l.Name)
			s.AssertSound()
			s.Press("Keep everything")
			if !s.Has("Try again") {
				t.Errorf("kept, the page shows\n%s", s.Text())
			}
			s.Press("Take everything off this computer")
			core.Calls()
			s.Press("Take everything off")
			if calls := core.Calls(); len(calls) != 0 || !s.Has("Type “everything” first.") {
				t.Errorf("with nothing typed it asked for %q and shows\n%s", calls, s.Text())
			}
			s.Type("To be sure, type “everything” here", "everything")
			s.Press("Take everything off")
			if calls := core.Calls(); len(calls) != 1 || calls[0] != "Wipe" {
				t.Errorf("it asked for %q, want Wipe", calls)
			}
		})
	}
}

func TestLockAfterIsKept(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core)
	s.Press("10 minutes")
	if got := core.Setting(present.SettingLockAfter); got != "10" {
		t.Errorf("lock after is kept as %q, want 10", got)
	}
	s.Press("Lock now")
	if got := core.World(); !got.Locked || got.LockedBy != present.LockedAsked {
		t.Errorf("Lock now gives locked %v because of %q", got.Locked, got.LockedBy)
	}
}

func TestPassphraseIsChanged(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core)
	s.Press("Change passphrase")
	if !s.Has("Type your passphrase as it is now.") {
		t.Error("with nothing typed nothing says so")
	}
	s.AssertUnclipped()
	s.Type("Your passphrase now", "river copper garden lamp")
	s.Type("Your new passphrase", "meadow pencil orchard window")
	s.Type("Your new passphrase once more", "meadow pencil orchard windows")
	s.Press("Change passphrase")
	if !s.Has("Type the same new passphrase in both boxes.") {
		t.Errorf("two different passphrases are taken:\n%s", s.Text())
	}
	if got := s.FieldText("Your passphrase now"); got != "river copper garden lamp" {
		t.Errorf("a problem emptied the first field: %q", got)
	}
	s.Replace("Your new passphrase once more", "meadow pencil orchard window")
	s.Press("Change passphrase")
	if !s.Says("Your passphrase is changed. Use the new one from now on.") {
		t.Errorf("nothing says that it is changed:\n%s", s.Text())
	}
	if got := s.FieldText("Your new passphrase"); got != "" {
		t.Errorf("after the change the field holds %q", got)
	}
}

func TestNearbyIsOffUntilAsked(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core)
	if !s.Says("Not looking.") {
		t.Error("nearby is on by itself")
	}
	s.Press("Look for them")
	s.Sync()
	if !core.World().Net.Nearby || !s.Says("Looking for computers near you.") {
		t.Errorf("after asking, nearby is %v", core.World().Net.Nearby)
	}
}

func TestLookIsKept(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core)
	s.Press("Large")
	s.Press("Dark")
	if got := core.Look(); got.Text != 125 || got.Theme != string(look.Dark) {
		t.Errorf("the look is kept as %+v, want 125 %% dark", got)
	}
}
