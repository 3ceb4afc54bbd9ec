package start_test

import (
	"errors"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/qr"
	"kith/app/screen"
	"kith/app/screen/start"
	"kith/app/uitest"
	"kith/store/kp1"
)

func open(t *testing.T, c *fake.Core, size fyne.Size, colours look.Colours, percent int) (*uitest.Page, *bool) {
	t.Helper()
	done := false
	p := uitest.Open(t, func() fyne.CanvasObject {
		s := start.New(fake.Live(c), screen.Nav{Go: func(present.Route) {}, Back: func() {}}, func(present.Route) { done = true })
		t.Cleanup(s.Leave)
		return s.Content()
	}, size, colours, percent)
	return p, &done
}

// begin walks by label alone to the page after the recovery sheet.
func begin(t *testing.T, p *uitest.Page, way string, shot func(string)) {
	t.Helper()
	p.Press(way)
	shot("name")
	p.Type("Your first name or a nickname*", "Maureen")
	p.Press("Next: your passphrase")
	shot("passphrase")
	p.Type("Your passphrase*", "river copper garden lamp")
	p.Type("Type it once more*", "river copper garden lamp")
	p.Press("Next: your recovery sheet")
	shot("sheet")
	p.Press("I have written all 12 words down")
}

func none(string) {}

func TestJoinByLabelAlone(t *testing.T) {
	c := fake.New(fake.Evening)
	p, done := open(t, c, uitest.Laptop, look.Light, 100)
	begin(t, p, "I have an invitation", none)
	p.Press("Next: your invitation")
	p.Press("Ask to be let in")
	if !p.Says("There is something to put right") || !p.Says("Put your invitation in the box.") {
		t.Errorf("an empty box:\n%s", p.Text())
	}
	p.Type("Your invitation*", "kith:join#abcdef")
	p.Press("Ask to be let in")
	if !p.Says("Your request is on its way") || !p.Has("1, harvest") {
		t.Fatalf("waiting:\n%s", p.Text())
	}
	c.SetJoin(c.World().Joins[0].ID, func(j *present.Join) { j.Stage, j.Inviter = present.JoinApproved, j.Words })
	p.Press("Open Tuesday Group")
	if !*done {
		t.Error("Open did not go on")
	}
}

func TestFoundAGroupByLabelAlone(t *testing.T) {
	c := fake.New(fake.Evening)
	p, done := open(t, c, uitest.Laptop, look.Light, 100)
	begin(t, p, "Start a group", none)
	p.Press("Next: your group")
	p.Type("What is the group called?*", "Tuesday Group")
	p.Press("A support group*")
	if p.Has("I have read this") {
		t.Errorf("who meets through a mailbox alone has addresses to read about\n%s", p.Text())
	}
	p.Press("They meet directly*")
	p.Press("I have read this")
	p.Press("Start the group")
	if !*done || len(c.World().Groups) != 1 || c.World().Groups[0].Kind != present.PeerGroup {
		t.Errorf("done %v, groups %+v\n%s", *done, c.World().Groups, p.Text())
	}
}

func TestAProblemKeepsWhatWasTyped(t *testing.T) {
	c := fake.New(fake.Evening)
	p, _ := open(t, c, uitest.Laptop, look.Light, 100)
	p.Press("Use it on my own for now")
	p.Type("Your first name or a nickname*", "Ade")
	p.Press("Next: your passphrase")
	p.Type("Your passphrase*", "river copper garden lamp")
	p.Type("Type it once more*", "river copper")
	p.Press("Next: your recovery sheet")
	if !p.Says("Type the same passphrase in both boxes.") || p.FieldText("Your passphrase*") != "river copper garden lamp" {
		t.Errorf("page:\n%s", p.Text())
	}
	p.Shot("start-error")
	p.AssertSound()
	p.Press("Back")
	if got := p.FieldText("Your first name or a nickname*"); got != "Ade" {
		t.Errorf("back: the name is %q", got)
	}
}

func TestADiskThatIsFullIsSaid(t *testing.T) {
	c := fake.New(fake.Evening)
	p, _ := open(t, c, uitest.Laptop, look.Light, 100)
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	p.Press("Use it on my own for now")
	p.Type("Your first name or a nickname*", "Ade")
	p.Press("Next: your passphrase")
	p.Type("Your passphrase*", "river copper garden lamp")
	p.Type("Type it once more*", "river copper garden lamp")
	p.Press("Next: your recovery sheet")
	if !p.Says("This computer has no room left.") {
		t.Errorf("page:\n%s", p.Text())
	}
}

func TestSizeAndColoursAreChosenOnTheFirstPage(t *testing.T) {
	c := fake.New(fake.Evening)
	p, _ := open(t, c, uitest.Laptop, look.Light, 100)
	p.Press("Larger")
	p.Press("Strong contrast")
	if l := c.Look(); l.Text != 150 || l.Theme != present.ThemeStrong {
		t.Errorf("look: %+v", l)
	}
}

func TestTheDemoIsOnePressAway(t *testing.T) {
	c := fake.New(fake.Evening)
	p, done := open(t, c, uitest.Laptop, look.Light, 100)
	p.Press("Look around with a made-up constellation")
	if !c.World().Demo || !*done {
		t.Errorf("demo %v, done %v", c.World().Demo, *done)
	}
}

func TestEveryStepIsSound(t *testing.T) {
	for _, x := range []struct {
		name    string
		size    fyne.Size
		colours look.Colours
		percent int
	}{
		{"start-light", uitest.Laptop, look.Light, 100},
		{"start-strong", uitest.Laptop, look.Strong, 100},
		{"start-dark", uitest.Laptop, look.Dark, 100},
		{"start-200", uitest.Laptop, look.Light, 200},
		{"start-small", uitest.Small, look.Light, 100},
		{"start-small-200", uitest.Small, look.Light, 200},
	} {
		t.Run(x.name, func(t *testing.T) {
			for _, way := range []string{"I have an invitation", "Start a group"} {
				c := fake.New(fake.Evening)
				p, _ := open(t, c, x.size, x.colours, x.percent)
				sound := func(step string) {
					t.Helper()
					p.Shot(x.name + "-" + step)
					p.AssertSound()
				}
				sound("welcome")
				begin(t, p, way, sound)
				if way == "Start a group" {
					p.Press("Next: your group")
					sound("group")
					p.Press("A support group*")
					sound("support-group")
					continue
				}
				p.Press("Next: your invitation")
				sound("invitation")
				p.Type("Your invitation*", "kith:join#"+strings.Repeat("abcdefgh", 30))
				p.Press("Ask to be let in")
				c.SetJoin(c.World().Joins[0].ID, func(j *present.Join) {
					j.Stage, j.Waiting, j.Left = present.JoinSent, "Bartholomew-Alexander or Priya", fake.Evening().Add(-2*time.Hour)
				})
				sound("waiting")
				c.SetJoin(c.World().Joins[0].ID, func(j *present.Join) { j.Stage, j.Err = present.JoinExpired, &kp1.Error{ECode: "E_LINK_TAMPERED"} })
				sound("ended")
				c.SetJoin(c.World().Joins[0].ID, func(j *present.Join) { j.Stage, j.Inviter = present.JoinApproved, j.Words })
				sound("approved")
			}
		})
	}
}

// TestBringBackByLabelAlone: the newest backup is chosen by itself; what is wrong with words or file is said on their page,
// and in the end the page says what to do next.
func TestBringBackByLabelAlone(t *testing.T) {
	c := fake.New(fake.Evening)
	p, done := open(t, c, uitest.Laptop, look.Light, 100)
	p.Press("Bring my things back*")
	p.Press("I have a backup file")
	p.Press("Next: your passphrase")
	if !p.Says("Type where the backup file is.") || !p.Says("Type your 12 words, or the passphrase of the backup.") {
		t.Errorf("nothing typed:\n%s", p.Text())
	}
	p.Press("Back")
	p.Press("Back")
	c.SetBackups(
		present.FoundFile{Path: "/media/ade/BLUE/kith-backup-2026-11-20-1800.kith", At: fake.Evening().AddDate(0, 0, -1)},
		present.FoundFile{Path: "/home/ade/Documents/old.kith", At: fake.Evening().AddDate(0, -2, 0)},
	)
	p.Press("Bring my things back*")
	p.Press("I have a backup file")
	p.Type("Your 12 words, or*", "harvest lamp ribbon orchard velvet copper window garden pencil river butter meadow")
	p.Press("Next: your passphrase")
	p.Type("Your passphrase*", "river copper garden lamp")
	p.Type("Type it once more*", "river copper garden lamp")
	c.Fail(&kp1.Error{ECode: "E_BACKUP_WORDS", Msg: "x"})
	p.Press("Bring my things back")
	if !strings.Contains(p.Text(), "These twelve words do not open this backup.") || !p.Has("Your 12 words, or*") {
		t.Errorf("wrong words:\n%s", p.Text())
	}
	p.Press("Next: your passphrase")
	p.Press("Bring my things back")
	if calls := c.Calls(); calls[len(calls)-1] != "Restore /media/ade/BLUE/kith-backup-2026-11-20-1800.kith" {
		t.Errorf("calls %q", calls)
	}
	if !p.Says("Welcome back, Ade") || !strings.Contains(p.Text(), "Elm Row: this computer waits until somebody lets it in.") {
		t.Errorf("brought back:\n%s", p.Text())
	}
	p.Press("Open Kith")
	if !*done {
		t.Error("Open did not go on")
	}
}

// TestBackFromPaperByLabelAlone: twelve words, a name and a passphrase lead to the invitation; wrong words are put right on
// their own page, and nothing typed is lost.
func TestBackFromPaperByLabelAlone(t *testing.T) {
	const twelve = "harvest lamp ribbon orchard velvet copper window garden pencil river butter meadow"
	for _, l := range uitest.Looks {
		if l.Colours != look.Light {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			c := fake.New(fake.Evening)
			p, _ := open(t, c, uitest.Low, l.Colours, l.Percent)
			p.Press("Bring my things back*")
			p.Press("I have my 12 words, and no backup")
			p.Type("Your 12 words*", "harvest lamp")
			p.Press("Next: your name")
			if !p.Says("Type all 12 words.") {
				t.Errorf("two words:\n%s", p.Text())
			}
			p.Shot("paper-wrong-" + l.Name)
			p.AssertSound()
			p.Replace("Your 12 words*", twelve)
			p.Press("Next: your name")
			p.Type("Your first name or a nickname*", "Maureen")
			p.Press("Next: your passphrase")
			p.Type("Your passphrase*", "river copper garden lamp")
			p.Type("Type it once more*", "river copper garden lamp")
			c.Fail(&kp1.Error{ECode: "E_WORDS_CHECK", Msg: "x"})
			p.Press("Next: your invitation")
			if p.FieldText("Your 12 words*") != twelve {
				t.Errorf("words that do not belong together:\n%s", p.Text())
			}
			p.Shot("paper-check-" + l.Name)
			p.AssertSound()
			p.Press("Next: your name")
			p.Press("Next: your passphrase")
			p.Press("Next: your invitation")
			if !p.Has("Your invitation*") || p.FieldText("What shall we call you in this group?") != "Maureen" {
				t.Errorf("the page of the invitation:\n%s", p.Text())
			}
			if calls := c.Calls(); calls[len(calls)-1] != "Start Maureen with words" {
				t.Errorf("calls %q", calls)
			}
		})
	}
}

func TestBringingBackIsSound(t *testing.T) {
	for _, l := range uitest.Looks {
		if l.Colours != look.Light {
			continue
		}
		t.Run(l.Name, func(t *testing.T) {
			c := fake.New(fake.Evening)
			c.SetBackups(present.FoundFile{Path: "/media/ade/BLUE/kith-backup-2026-11-20-1800.kith", At: fake.Evening().AddDate(0, 0, -1)})
			size := l.Size
			if l.Name != "small" {
				size = uitest.Low
			}
			p, _ := open(t, c, size, l.Colours, l.Percent)
			shot := func(name string) {
				p.Shot("bring-" + name + "-" + l.Name)
				p.AssertSound()
			}
			p.Press("Bring my things back*")
			shot("return")
			p.Press("I have a backup file")
			shot("file")
			p.Press("Another file")
			p.Press("Next: your passphrase")
			shot("wrong")
			p.Press("Yesterday*")
			p.Type("Your 12 words, or*", "harvest lamp ribbon orchard velvet copper window garden pencil river butter meadow")
			p.Press("Next: your passphrase")
			p.Type("Your passphrase*", "river copper garden lamp")
			p.Type("Type it once more*", "river copper garden lamp")
			p.Press("Bring my things back")
			shot("brought")
		})
	}
}

// TestJoinByAPicture: the square code of an invitation, from a picture file to the request.
func TestJoinByAPicture(t *testing.T) {
	const link = "kith:join#abcdef"
	img, err := qr.Draw(link, 400)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "Bartholomew-Alexander’s invitation to all of us.png")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
	for _, percent := range []int{100, 200} {
		c := fake.New(fake.Evening)
		c.SetBackups(present.FoundFile{Path: path})
		p, _ := open(t, c, uitest.Laptop, look.Light, percent)
		begin(t, p, "I have an invitation", none)
		p.Press("Next: your invitation")
		p.Press(filepath.Base(path))
		if p.FieldText("Your invitation") != link || !p.Says("The invitation is in the box") {
			t.Fatalf("read:\n%s", p.Text())
		}
		p.Shot(fmt.Sprint("start-picture-", percent))
		p.AssertSound()
		p.Press("Ask to be let in")
		if !p.Says("Your request is on its way") {
			t.Errorf("asked:\n%s", p.Text())
		}
	}
}
