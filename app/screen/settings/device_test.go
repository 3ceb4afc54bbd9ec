package settings_test

import (
	"os"
	"strings"
	"testing"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/settings"
	"kith/app/uitest"
)

func openDevice(t *testing.T, core *fake.Core, fresh bool, l uitest.Look) *uitest.Stage {
	t.Helper()
	r := present.Route{Place: present.PlaceSettings, Page: present.PageDevice}
	if fresh {
		r.Name = "new"
	}
	return uitest.OpenScreen(t, core, func(d *present.Desk, n screen.Nav) screen.Screen { return settings.Open(d, n, r) }, l.Size, l.Colours, l.Percent)
}

// one is the link that a page is about.
func one(c *fake.Core) present.Link { return c.World().Links[len(c.World().Links)-1] }

func says(s *uitest.Stage, words string) bool { return strings.Contains(s.Text(), words) }

// newHome is somebody who has just begun on a second computer.
func newHome() *fake.Core {
	c := fake.New(fake.Evening)
	c.Change(func(w *present.World) { w.Started, w.Name = true, "Ade" })
	return c
}

// TestAddAnotherComputer: the computer that is used already takes the code, compares the words, and says what came of it.
func TestAddAnotherComputer(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openDevice(t, c, false, uitest.Looks[0])
	s.Press("Go on")
	if !says(s, "Type the eight words, or paste the code.") {
		t.Errorf("an empty box:\n%s", s.Text())
	}
	s.Type("The code, or its eight words", "river")
	s.Press("Go on")
	if !says(s, "That is not a linking code") {
		t.Errorf("one word:\n%s", s.Text())
	}
	s = openDevice(t, c, false, uitest.Looks[0])
	s.Type("The code, or its eight words", "kith:device#abc")
	s.Press("Go on")
	if !says(s, "Are these words the same on both computers?") || !s.Has("4, butter") {
		t.Fatalf("comparing:\n%s", s.Text())
	}
	c.SetLink(one(c).ID, func(l *present.Link) { l.Others = true })
	s.Sync()
	if !says(s, "Another computer came with this code too.") {
		t.Errorf("nothing said of another computer:\n%s", s.Text())
	}
	s.Press("Yes, they are the same")
	if !says(s, "Now say yes on the other computer too.") {
		t.Errorf("one yes:\n%s", s.Text())
	}
	c.SetLink(one(c).ID, func(l *present.Link) {
		l.Stage, l.Groups = present.LinkWaits, []present.LinkGroup{{Name: "Elm Row", State: present.LinkGroupWaits}, {Name: "Tuesday Group", State: present.LinkGroupIn}}
	})
	s.Sync()
	for _, words := range []string{"Your two computers know each other", "Elm Row: somebody else must let the new computer in.", "Tuesday Group: all is there."} {
		if !says(s, words) {
			t.Errorf("it does not say %q:\n%s", words, s.Text())
		}
	}
}

// TestSecondComputer: the new one shows words, code and picture at once, and leads into Kith when all is there.
func TestSecondComputer(t *testing.T) {
	c := newHome()
	s := openDevice(t, c, true, uitest.Looks[0])
	if !s.Has("8, garden") || !says(s, "kith:device#") {
		t.Fatalf("no code:\n%s", s.Text())
	}
	s.Press("Copy the code")
	if s.Copied != one(c).Code {
		t.Errorf("copied %q", s.Copied)
	}
	s.Press("Save the file")
	if !one(c).ByFile || !says(s, "bring its answer back here") {
		t.Errorf("by file:\n%s", s.Text())
	}
	c.SetLink(one(c).ID, func(l *present.Link) {
		l.Stage, l.Words, l.Name, l.ByFile = present.LinkCompare, []string{"river", "meadow", "pencil", "butter"}, "Ade", false
	})
	s.Sync()
	if !says(s, "The other computer says that it belongs to Ade.") {
		t.Errorf("comparing:\n%s", s.Text())
	}
	s.Press("No, they are not")
	if !says(s, "One of you said that the words are not the same.") || !s.Has("Begin again") {
		t.Errorf("not the same:\n%s", s.Text())
	}
	s.Press("Begin again")
	c.SetLink(one(c).ID, func(l *present.Link) {
		l.Stage, l.Groups = present.LinkDone, []present.LinkGroup{{Name: "Elm Row", State: present.LinkGroupIn}}
	})
	s.Sync()
	s.Press("Open Kith")
	if s.Last().Place != present.PlaceToday {
		t.Errorf("Open leads to %+v", s.Last())
	}
}

// TestLinkByFile: two computers that never meet are linked by carrying files.
func TestLinkByFile(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.SetBackups(present.FoundFile{Path: "/media/ade/BLUE/kith-link-2026-11-21-2000.kithlink", At: fake.Evening()})
	s := openDevice(t, c, false, uitest.Looks[0])
	s.Press("kith-link-2026-11-21-2000.kithlink*")
	s.Press("Yes, they are the same")
	s.Press("Save the file")
	if !says(s, "Take the answer to the new computer now.") {
		t.Errorf("after the answer:\n%s", s.Text())
	}
}

func TestLinkingIsSound(t *testing.T) {
	for _, page := range []struct {
		name  string
		fresh bool
		do    func(c *fake.Core, s *uitest.Stage)
	}{
		{"old", false, nil},
		{"new", true, nil},
		{"new by file", true, func(_ *fake.Core, s *uitest.Stage) { s.Press("Save the file") }},
		{"compare", false, func(_ *fake.Core, s *uitest.Stage) {
			s.Type("The code, or its eight words", "kith:device#abc")
			s.Press("Go on")
		}},
		{"done", true, func(c *fake.Core, s *uitest.Stage) {
			c.SetLink(one(c).ID, func(l *present.Link) {
				l.Stage, l.Groups = present.LinkWaits, []present.LinkGroup{{Name: "Elm Row", State: present.LinkGroupWaits}, {Name: "Tuesday Group", State: present.LinkGroupComing}}
			})
			s.Sync()
		}},
	} {
		for _, l := range uitest.Looks {
			if (l.Colours == look.Dark || l.Colours == look.Strong) && os.Getenv("KITH_SHOTS") == "" {
				continue // the same words in the same places
			}
			t.Run(page.name+" "+l.Name, func(t *testing.T) {
				c := fake.Family(fake.Evening)
				if page.fresh {
					c = newHome()
				}
				s := openDevice(t, c, page.fresh, l)
				if page.do != nil {
					page.do(c, s)
				}
				s.Shot("link-" + strings.ReplaceAll(page.name, " ", "-") + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}
