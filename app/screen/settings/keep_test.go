package settings_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/settings"
	"kith/app/uitest"
	"kith/store/kp1"
)

func openPage(t *testing.T, core *fake.Core, page string, l uitest.Look) *uitest.Stage {
	t.Helper()
	r := present.Route{Place: present.PlaceSettings, Page: page}
	return uitest.OpenScreen(t, core, func(d *present.Desk, n screen.Nav) screen.Screen { return settings.Open(d, n, r) }, l.Size, l.Colours, l.Percent)
}

// TestKeepingPagesAreSound tries the pages behind Settings, before and after something was pressed.
func TestKeepingPagesAreSound(t *testing.T) {
	for _, page := range []struct {
		name, page string
		do         func(s *uitest.Stage)
	}{
		{"backup", present.PageBackup, nil},
		{"backup own", present.PageBackup, func(s *uitest.Stage) { s.Press("A passphrase of its own"); s.Press("Save the backup") }},
		{"backup saved", present.PageBackup, func(s *uitest.Stage) { s.Press("Save the backup") }},
		{"backup elsewhere", present.PageBackup, func(s *uitest.Stage) { s.Press("Another place"); s.Press("Save the backup") }},
		{"carry", present.PageCarry, nil},
		{"carry saved", present.PageCarry, func(s *uitest.Stage) { s.Press("Save the file"); s.Press("Read what is on it") }},
		{"sheet", present.PageSheet, nil},
		{"sheet made", present.PageSheet, func(s *uitest.Stage) {
			s.Type("Your passphrase", "river copper garden lamp")
			s.Press("Make the page")
		}},
		{"stay", present.PageStay, nil},
		{"stay on", present.PageStay, func(s *uitest.Stage) { s.Press("Kith goes on*") }},
		{"stay kept", present.PageStay, func(s *uitest.Stage) { s.Press("This computer stays on: *") }},
		{"stay asks", present.PageStay, func(s *uitest.Stage) {
			s.Press("This computer stays on: *")
			s.Press("This computer stays on: *")
		}},
		{"danger", present.PageDanger, nil},
		{"danger wipes", present.PageDanger, func(s *uitest.Stage) { s.Press("Take everything off") }},
	} {
		for _, l := range uitest.Looks {
			if (l.Colours == look.Dark || l.Colours == look.Strong) && os.Getenv("KITH_SHOTS") == "" {
				continue // the same words in the same places
			}
			t.Run(page.name+" "+l.Name, func(t *testing.T) {
				c := fake.Family(fake.Evening)
				if page.name == "stay kept" || page.name == "stay asks" { // it takes somebody who leads
					c.As("Bev")
				}
				c.SetWipes(page.name == "danger wipes")
				s := openPage(t, c, page.page, l)
				if page.do != nil {
					page.do(s)
				}
				s.Shot("keep-" + strings.ReplaceAll(page.name, " ", "-") + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}

func TestSettingsLeadToWhatKeepsThings(t *testing.T) {
	s := open(t, fake.Family(fake.Evening))
	for press, page := range map[string]string{"Save a backup": present.PageBackup, "Print your recovery sheet": present.PageSheet, "Carry by memory stick": present.PageCarry, "In danger": present.PageDanger, "The computer that stays on": present.PageStay} {
		s.Press(press)
		if got := s.Last(); got.Place != present.PlaceSettings || got.Page != page {
			t.Errorf("%s leads to %+v, want %s", press, got, page)
		}
	}
	if !strings.Contains(s.Text(), "No backup was made yet.") {
		t.Error("it does not say that there is no backup")
	}
}

// TestBackupGoesToTheStick: a stick is chosen by itself, the page says where the file is, and Settings when it was made.
func TestBackupGoesToTheStick(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openPage(t, c, present.PageBackup, uitest.Looks[0])
	s.Press("Save the backup")
	const file = "/media/ade/BLUE/kith-backup-2026-11-21-2102.kith"
	if c.File(file) == nil || !strings.Contains(s.Text(), "The backup is saved") || !strings.Contains(s.Text(), file) {
		t.Errorf("no file, or nothing said of it:\n%s", s.Text())
	}
	s.Press("Save the backup")
	if !strings.Contains(s.Text(), "There is already a file of that name.") {
		t.Errorf("a second file of the same name:\n%s", s.Text())
	}
	if s := open(t, c); !strings.Contains(s.Text(), "The last one: today, 9.02 pm.") {
		t.Errorf("Settings do not know of it:\n%s", s.Text())
	}
	s.Press("Another place")
	s.Press("Save the backup")
	if !strings.Contains(s.Text(), "Type the folder, or choose one of the places.") {
		t.Errorf("nowhere was taken for a folder:\n%s", s.Text())
	}
	s.Type("Which folder?", "/tmp/x")
	s.Press("Save the backup")
	if c.File("/tmp/x/kith-backup-2026-11-21-2102.kith") == nil {
		t.Error("it did not go where it was typed")
	}
}

// TestSheetAsksForThePassphrase: nothing is shown or written without it, and the file can be deleted once it is printed.
func TestSheetAsksForThePassphrase(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openPage(t, c, present.PageSheet, uitest.Looks[0])
	s.Press("Make the page")
	s.Type("Your passphrase", "wrong")
	s.Press("Make the page")
	if !strings.Contains(s.Text(), "Those words do not open Kith.") || strings.Contains(s.Text(), "harvest") {
		t.Errorf("with a wrong passphrase:\n%s", s.Text())
	}
	s.Type("Your passphrase", "river copper garden lamp")
	s.Press("Make the page")
	const file = "/media/ade/BLUE/kith-page-2026-11-21-2102.pdf"
	if pdf := c.File(file); !bytes.HasPrefix(pdf, []byte("%PDF-")) || !strings.Contains(s.Text(), "harvest") || !strings.Contains(s.Text(), "meadow") {
		t.Errorf("no page of %d bytes, or no words:\n%s", len(pdf), s.Text())
	}
	s.Press("Delete the file")
	if c.File(file) != nil || !strings.Contains(s.Text(), "The file is deleted.") {
		t.Errorf("it is there still:\n%s", s.Text())
	}
}

// TestDanger: the page says first whether a panic lock is a wipe; a wipe wants a word typed.
func TestDanger(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openPage(t, c, present.PageDanger, uitest.Looks[0])
	if strings.Contains(s.Text(), "You have no passphrase") {
		t.Error("it says that there is no passphrase")
	}
	s.Press("Take everything off")
	s.Type("To be sure, type “everything” here", "all")
	s.Press("Take everything off")
	if !strings.Contains(s.Text(), "Type “everything” first.") || !c.World().Started {
		t.Errorf("wiped without the word:\n%s", s.Text())
	}
	s.Press("Lock for good now")
	if !c.World().Locked {
		t.Error("not locked")
	}

	c = fake.Family(fake.Evening)
	c.SetWipes(true)
	s = openPage(t, c, present.PageDanger, uitest.Looks[0])
	if !strings.Contains(s.Text(), "You have no passphrase on this computer.") {
		t.Errorf("it does not say that this is a wipe:\n%s", s.Text())
	}
	if s.Find("Lock, and take everything away").Enabled {
		t.Error("it can be pressed without the tick")
	}
	s.Press("I know that everything goes*")
	s.Press("Lock, and take everything away")
	if c.World().Started {
		t.Error("it is all there still")
	}

	c = fake.Family(fake.Evening)
	s = openPage(t, c, present.PageDanger, uitest.Looks[0])
	s.Type("To be sure, type “everything” here", " Everything ")
	s.Press("Take everything off")
	if c.World().Started || !slices.Contains(c.Calls(), "Wipe") {
		t.Error("it is all there still")
	}
}

// TestStickOutAndIn: two buttons, what is saved and what came said in words, and trouble where it happens.
func TestStickOutAndIn(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openPage(t, c, present.PageCarry, uitest.Looks[0])
	s.Press("Save the file")
	const file = "/media/ade/BLUE/kith-2026-11-21-2102.kithstick"
	if c.File(file) == nil || !strings.Contains(s.Text(), "It is "+file) {
		t.Errorf("no file, or nothing said of it:\n%s", s.Text())
	}
	s.Press("Save the file")
	if !strings.Contains(s.Text(), "There is already a file of that name.") || strings.Contains(s.Text(), "It is "+file) {
		t.Errorf("a second file of the same name:\n%s", s.Text())
	}
	if !strings.Contains(s.Text(), "No such file was found") {
		t.Errorf("nothing lies there, and it is not said:\n%s", s.Text())
	}
	s.Press("Read what is on it")
	if !strings.Contains(s.Text(), "Type where the file is.") {
		t.Errorf("no file was taken for one:\n%s", s.Text())
	}
	c.SetBackups(present.FoundFile{Path: "/media/ade/BLUE/kith-2026-11-21-2000.kithstick", At: fake.Evening()})
	for _, x := range []struct {
		b    present.Brought
		says []string
	}{
		{present.Brought{}, []string{"There was nothing new on it."}},
		{present.Brought{Envelopes: 9, New: 1}, []string{"One new thing came."}},
		{present.Brought{New: 7, Refused: 2, Requests: 1}, []string{"7 new things came.", "2 things were not taken.", "One person asks to join."}},
		{present.Brought{Answer: true}, []string{"Your request is ready."}},
		{present.Brought{Welcome: true}, []string{"You were let in."}},
	} {
		c.Stick(x.b)
		s := openPage(t, c, present.PageCarry, uitest.Looks[0])
		s.Press("Read what is on it")
		for _, want := range x.says {
			if !strings.Contains(s.Text(), want) {
				t.Errorf("%+v does not say %q:\n%s", x.b, want, s.Text())
			}
		}
	}
	if !slices.Contains(c.Calls(), "BundleIn /media/ade/BLUE/kith-2026-11-21-2000.kithstick") {
		t.Errorf("it was not the file that lies there: %q", c.Calls())
	}
	c.Fail(&kp1.Error{ECode: "E_BUNDLE_OTHER"})
	s = openPage(t, c, present.PageCarry, uitest.Looks[0])
	s.Press("Read what is on it")
	if !strings.Contains(s.Text(), "Nothing in that file is for this computer.") {
		t.Errorf("somebody else's file:\n%s", s.Text())
	}
}
