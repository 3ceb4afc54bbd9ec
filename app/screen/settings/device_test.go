package settings_test

import (
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/qr"
	"kith/app/screen"
	"kith/app/screen/settings"
	"kith/app/uitest"
)

func openDevice(t *testing.T, core *fake.Core, way string, l uitest.Look) *uitest.Stage {
	t.Helper()
	r := present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: way}
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
	s := openDevice(t, c, "", uitest.Looks[0])
	s.Press("Go on")
	if !says(s, "Type the eight words, or paste the code.") {
		t.Errorf("an empty box:\n%s", s.Text())
	}
	s.Type("The code, or its eight words", "river")
	s.Press("Go on")
	if !says(s, "That is not a linking code") {
		t.Errorf("one word:\n%s", s.Text())
	}
	s = openDevice(t, c, "", uitest.Looks[0])
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
	s := openDevice(t, c, "new", uitest.Looks[0])
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
	if got := s.Focused(); got != "" {
		t.Errorf("the focus is on %q: Enter once more would answer before anybody has looked", got)
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
	s := openDevice(t, c, "", uitest.Looks[0])
	s.Press("kith-link-2026-11-21-2000.kithlink*")
	s.Press("Yes, they are the same")
	s.Press("Save the file")
	if !says(s, "Take the answer to the new computer now.") || !says(s, "These words must be the same on both") || !says(s, one(c).Words[0]) {
		t.Errorf("after the answer:\n%s", s.Text())
	}
	for _, stage := range []string{present.LinkDone, present.LinkWaits} { // a stick is lost, or somebody lets the computer in
		c.SetLink(one(c).ID, func(l *present.Link) { l.Stage = stage })
		s.Sync()
		c.Calls()
		s.Press("Save the file")
		if calls := c.Calls(); len(calls) != 1 || !strings.HasPrefix(calls[0], "LinkFile") || !says(s, "Take the answer to the new computer now.") || !says(s, one(c).Words[0]) {
			t.Errorf("once more, %s: calls %q:\n%s", stage, calls, s.Text())
		}
	}
}

// TestNewerAnswerFile: while somebody has still to let the new computer in, it takes a newer answer of the other one.
func TestNewerAnswerFile(t *testing.T) {
	c := newHome()
	s := openDevice(t, c, "new", uitest.Looks[0])
	s.Press("Save the file")
	c.SetBackups(present.FoundFile{Path: "/media/ade/BLUE/kith-link-2026-11-21-2004.kithlink", At: fake.Evening()})
	c.SetLink(one(c).ID, func(l *present.Link) {
		l.Stage, l.Groups = present.LinkWaits, []present.LinkGroup{{Name: "Elm Row", State: present.LinkGroupWaits}}
	})
	s.Sync()
	s.Press("Look for it again")
	s.Press("kith-link-2026-11-21-2004.kithlink*")
	if !says(s, "Are these words the same on both computers?") {
		t.Errorf("a newer answer:\n%s", s.Text())
	}
}

// TestLinkByPicture: the code is read out of a picture that was saved, chosen or named; one without a code is said to be
// that, and nothing is taken.
func TestLinkByPicture(t *testing.T) {
	const code = "kith:device#pGFjSmhhcnZlc3QtbGFtcC1yaWJib24"
	dir := t.TempDir()
	good, empty := filepath.Join(dir, "screen.png"), filepath.Join(dir, "empty.png")
	m, err := qr.Draw(code, 400)
	if err != nil {
		t.Fatal(err)
	}
	for path, m := range map[string]image.Image{good: m, empty: image.NewGray(image.Rect(0, 0, 100, 100))} {
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	c := fake.Family(fake.Evening)
	c.SetBackups(present.FoundFile{Path: good, At: fake.Evening()})
	s := openDevice(t, c, "", uitest.Looks[0])
	s.Press("Use this picture")
	if !says(s, "Choose a picture, or type where it is.") {
		t.Errorf("no picture:\n%s", s.Text())
	}
	for path, say := range map[string]string{
		empty: "There is no square code in that picture", filepath.Join(dir, "none.png"): "There is no file of that name", dir: "That is not a picture",
	} {
		s.Replace("Or type where the picture is", path)
		s.Press("Use this picture")
		if !says(s, say) || len(c.World().Links) != 0 {
			t.Errorf("%s:\n%s", filepath.Base(path), s.Text())
		}
	}
	s.Press("screen.png*")
	if !says(s, "Are these words the same on both computers?") {
		t.Errorf("a picture of the code:\n%s", s.Text())
	}
	if calls := c.Calls(); calls[len(calls)-1] != "TakeLink" {
		t.Errorf("calls %q", calls)
	}
}

// TestCarryAFriendBack: a code of a computer that came back is carried, and says what to do next; one of a new computer is
// refused here, where it would be let in as one's own.
func TestCarryAFriendBack(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := openDevice(t, c, "friend", uitest.Looks[0])
	s.Type("The code, or its eight words", "kith:device#abc")
	s.Press("Go on")
	if s.Has("Yes, they are the same") || !says(s, "This code is of a new computer.") {
		t.Errorf("a new computer of somebody:\n%s", s.Text())
	}
	s.Press("Begin again")
	if len(c.World().Links) != 0 || !s.Has("Go on") {
		t.Errorf("it was not given up: %+v", c.World().Links)
	}
	s.Type("The code, or its eight words", "kith:device#abc")
	s.Press("Go on")
	c.SetLink(one(c).ID, func(l *present.Link) { l.Back, l.Stage, l.Words = true, present.LinkCarried, nil })
	s.Sync()
	if !says(s, "The others will hear of it") || !says(s, "ring your friend") {
		t.Errorf("carried:\n%s", s.Text())
	}
}

// TestComeBackByCode: a computer that came back shows its code until it is let in.
func TestComeBackByCode(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Waits()
	s := openDevice(t, c, "back", uitest.Looks[0])
	if !says(s, "kith:device#") || !says(s, "Elm Row: this computer waits until somebody lets it in.") || s.Has("Save the file") {
		t.Errorf("waiting:\n%s", s.Text())
	}
	if calls := c.Calls(); calls[len(calls)-1] != "ShowLink true" {
		t.Errorf("calls %q", calls)
	}
	c.Change(func(w *present.World) { w.Groups[0].Waits = false })
	s.Sync()
	if !says(s, "This computer is in everywhere") || says(s, "kith:device#") {
		t.Errorf("in:\n%s", s.Text())
	}
}

func TestLinkingIsSound(t *testing.T) {
	for _, page := range []struct {
		name string
		way  string
		do   func(c *fake.Core, s *uitest.Stage)
	}{
		{"old", "", nil},
		{"new", "new", nil},
		{"back", "back", nil},
		{"friend", "friend", func(_ *fake.Core, s *uitest.Stage) { s.Press("Use this picture") }},
		{"carried", "friend", func(c *fake.Core, s *uitest.Stage) {
			s.Type("The code, or its eight words", "kith:device#abc")
			s.Press("Go on")
			c.SetLink(one(c).ID, func(l *present.Link) { l.Back, l.Stage, l.Words = true, present.LinkCarried, nil })
			s.Sync()
		}},
		{"new by file", "new", func(_ *fake.Core, s *uitest.Stage) { s.Press("Save the file") }},
		{"compare", "", func(_ *fake.Core, s *uitest.Stage) {
			s.Type("The code, or its eight words", "kith:device#abc")
			s.Press("Go on")
		}},
		{"done", "new", func(c *fake.Core, s *uitest.Stage) {
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
				switch page.way {
				case "new":
					c = newHome()
				case "back":
					c.Waits()
				}
				c.SetBackups(present.FoundFile{Path: "/home/ade/Downloads/IMG_20261121_2101.jpg", At: fake.Evening()})
				s := openDevice(t, c, page.way, l)
				if page.do != nil {
					page.do(c, s)
				}
				s.Shot("link-" + strings.ReplaceAll(page.name, " ", "-") + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}
