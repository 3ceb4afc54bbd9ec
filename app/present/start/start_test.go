package start_test

import (
	"slices"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/start"
	"kith/store/kp1"
)

// begun walks to the page after the recovery sheet.
func begun(t *testing.T, c *fake.Core, way string) *start.VM {
	t.Helper()
	vm := start.New(fake.Live(c))
	vm.Choose(way)
	vm.Next(start.Draft{Name: "Maureen"})
	p := vm.State().Passphrase.Suggested
	vm.Next(start.Draft{Name: "Maureen", Passphrase: p, Again: p})
	if s := vm.State(); s.Page != start.Sheet || len(s.Sheet.Words) != 12 {
		t.Fatalf("after the passphrase: page %s, %+v", s.Page, s.Problem)
	}
	vm.Next(start.Draft{Name: "Maureen", Written: true})
	return vm
}

func TestWelcome(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := start.New(fake.Live(c))
	s := vm.State()
	if s.Page != start.Welcome || len(s.Welcome.Choices) != 3 || !s.Welcome.Choices[0].Main || s.Welcome.Demo != "Look around with a made-up constellation" {
		t.Errorf("welcome: %+v", s.Welcome)
	}
	vm.SetText("150")
	vm.SetTheme(present.ThemeStrong)
	if l := c.Look(); l.Text != 150 || l.Theme != present.ThemeStrong {
		t.Errorf("look: %+v", l)
	}
	if s = vm.State(); !s.Welcome.Text[2].Chosen || !s.Welcome.Themes[2].Chosen {
		t.Error("the chosen size and colours are not shown as chosen")
	}
	vm.SetText("9000")
	if c.Look().Text != 150 {
		t.Error("a size that is not offered was taken")
	}
}

func TestJoinWithAnInvitation(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayInvited)
	s := vm.State()
	if s.Page != start.Code || s.StepText != "Step 4 of 5: Your invitation" || s.Back != "" || s.Draft.GroupName != "Maureen" {
		t.Errorf("invitation page: %+v", s)
	}
	vm.Next(start.Draft{Code: "nonsense", GroupName: "Maureen"})
	if s = vm.State(); s.Problem.What != "This invitation is not complete." || s.Draft.Code != "nonsense" {
		t.Errorf("nonsense: %+v", s.Problem)
	}
	vm.Mended(start.FieldCode)
	if s = vm.State(); !s.Problem.None() {
		t.Errorf("after the invitation was changed it still says %+v", s.Problem)
	}
	vm.Next(start.Draft{Code: " kith:join#abc\n def ", GroupName: "Maureen"})
	s = vm.State()
	if s.Page != start.Wait || s.Wait.Words[0] != "harvest" || s.Text != "Kith is looking for Dot’s computer or mailbox. It goes on trying, today and tomorrow." {
		t.Fatalf("waiting: %+v", s)
	}
	id := s.Wait.Join
	for stage, want := range map[string][2]string{
		present.JoinSent:     {"Your request has been left", "Your request left 8.34 pm. Waiting for Dot."},
		present.JoinWaiting:  {"There is a yes", "You are let in. Kith is fetching the group, and goes on trying, today and tomorrow."},
		present.JoinRefused:  {"Your request has ended", "Your request was not accepted, or the invitation ran out."},
		present.JoinApproved: {"You are in", "Now check that it is really Dot. Read these six words to each other."},
	} {
		c.SetJoin(id, func(j *present.Join) {
			j.Left = fake.Evening().Add(-28 * time.Minute)
			j.Stage, j.Inviter = stage, [6]string{"river", "butter", "meadow", "window", "garden", "pencil"}
			if stage == present.JoinRefused {
				j.Err = &kp1.Error{ECode: "E_INVITE_CLOSED"}
			}
		})
		s = vm.State()
		if s.Title != want[0] || s.Text != want[1] {
			t.Errorf("%s: %q, %q", stage, s.Title, s.Text)
		}
		if in := stage == present.JoinApproved; (s.Wait.Open != "") != in || (len(s.Wait.TheirWords) == 6) != in {
			t.Errorf("%s: open %q, their words %q", stage, s.Wait.Open, s.Wait.TheirWords)
		}
		if ended := stage == present.JoinRefused; (s.Wait.Again != "") != ended || (len(s.Wait.Words) == 0) != ended {
			t.Errorf("%s: again %q", stage, s.Wait.Again)
		}
	}
	c.SetJoin(id, func(j *present.Join) {
		j.Stage, j.Err = present.JoinExpired, &kp1.Error{ECode: "E_INVITE_USED"}
	})
	if s := vm.State(); s.Text != "This invitation has already been used." || len(s.Wait.Over) != 2 || len(s.Wait.Stages) != 0 ||
		s.Wait.Over[0].Text != "Nothing is lost. One invitation lets one person in." || s.Wait.Over[1].Text != "Ask the person who invited you for a new one." {
		t.Errorf("used: %q, %+v", s.Text, s.Wait)
	}
	vm.Again()
	if s = vm.State(); s.Page != start.Code || s.Draft.Code != "" {
		t.Errorf("again: %s, %q", s.Page, s.Draft.Code)
	}
	if j := c.World().Joins[0]; j.Stage != present.JoinCancelled {
		t.Errorf("the request that has ended is kept as %s", j.Stage)
	}
}

// TestEveryEndOfARequest says what happened, what is safe and what to do next, each in words of its own.
func TestEveryEndOfARequest(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayInvited)
	vm.Next(start.Draft{Code: "kith:join#abc", GroupName: "Maureen"})
	id, said := vm.State().Wait.Join, map[string]bool{}
	for _, code := range []string{"E_INVITE_EXPIRED", "E_INVITE_ENDED", "E_INVITE_USED", "E_INVITE_CLOSED", "E_LINK_TAMPERED"} {
		c.SetJoin(id, func(j *present.Join) { j.Stage, j.Err = present.JoinExpired, &kp1.Error{ECode: code} })
		s := vm.State()
		if said[s.Text] || len(s.Wait.Over) != 2 || s.Wait.Again == "" || s.Wait.Meanwhile != "" {
			t.Errorf("%s: %q, %+v", code, s.Text, s.Wait)
		}
		said[s.Text] = true
	}
}

// TestStagesOfARequest: what is done, what goes on now, and what is still to come.
func TestStagesOfARequest(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayInvited)
	vm.Next(start.Draft{Code: "kith:join#abc", GroupName: "Maureen"})
	id := vm.State().Wait.Join
	for stage, want := range map[string]string{
		present.JoinLooking:  "+You asked >Leave it for them -Jan or Priya says yes -You are in ",
		present.JoinSent:     "+You asked +Left 7.02 pm >Waiting for Jan or Priya -You are in ",
		present.JoinWaiting:  "+You asked +Left 7.02 pm +They said yes >You are in ",
		present.JoinApproved: "+You asked +Left 7.02 pm +Jan or Priya says yes +You are in ",
	} {
		c.SetJoin(id, func(j *present.Join) {
			j.Stage, j.Waiting = stage, "Jan or Priya"
			if j.Left = (time.Time{}); stage != present.JoinLooking {
				j.Left = fake.Evening().Add(-2 * time.Hour)
			}
		})
		got := ""
		for _, x := range vm.State().Wait.Stages {
			switch {
			case x.Done:
				got += "+"
			case x.Now:
				got += ">"
			default:
				got += "-"
			}
			got += x.Text + " "
		}
		if got != want {
			t.Errorf("%s: %q, want %q", stage, got, want)
		}
	}
}

// TestJoinByWords: words keep their spaces, and without a place it is said what is missing.
func TestJoinByWords(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayInvited)
	words := "harvest lamp ribbon orchard\nvelvet copper window garden"
	vm.Next(start.Draft{Code: words, GroupName: "Maureen"})
	if s := vm.State(); s.Page != start.Code || s.Problem.Next != "Ask the person who invited you, and type it after the words: at, and then the place." {
		t.Errorf("no place: %s, %+v", s.Page, s.Problem)
	}
	vm.Next(start.Draft{Code: words + "\nat oakhouse.example", GroupName: "Maureen"})
	if s := vm.State(); s.Page != start.Wait {
		t.Errorf("words and place: %s, %+v", s.Page, s.Problem)
	}
}

func TestCancelAJoin(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayInvited)
	vm.Next(start.Draft{Code: "kith:join#abc", GroupName: "Maureen"})
	vm.Cancel()
	if s := vm.State(); s.Title != "You stopped this request" || s.Wait.Cancel != "" {
		t.Errorf("cancelled: %+v", s)
	}
}

func TestStartAGroupOnlyAfterReadingAboutAddresses(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayGroup)
	if s := vm.State(); s.Page != start.Found || !s.Found.Kinds[0].Chosen {
		t.Fatalf("group page: %+v", s)
	}
	d := start.Draft{Kind: present.PeerGroup, Reach: present.ReachDirect, Group: "Tuesday Group", GroupName: "Dot"}
	vm.Next(d)
	if s := vm.State(); s.Found.Reach.Error != "Read how it works, then tick the box." || len(c.World().Groups) != 0 {
		t.Errorf("not read: %+v", s.Errors)
	}
	d.ReadReach = true
	vm.Next(d)
	w := c.World()
	if s := vm.State(); s.Page != start.Done || len(w.Groups) != 1 || w.Groups[0].Title() != "Tuesday Group" {
		t.Errorf("founded: page %s, groups %d", s.Page, len(w.Groups))
	}
	if got := w.Groups[0].Person(fake.MID("Dot")).Title; got != "Group lead" {
		t.Errorf("title %q", got)
	}
}

// TestASupportGroupMeetsThroughAMailbox: that is chosen unless somebody says otherwise, shown before the group is started,
// and leads on to where the mailbox is added. Other kinds are not asked.
func TestASupportGroupMeetsThroughAMailbox(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayGroup)
	if s := vm.State(); len(s.Found.Ways) != 0 || s.Found.Reach.Label == "" {
		t.Errorf("a constellation: %+v", s.Found)
	}
	vm.SetKind(present.PeerGroup)
	s := vm.State()
	if len(s.Found.Ways) != 2 || !s.Found.Ways[0].Chosen || s.Found.Ways[0].Value != present.ReachMailbox || s.Found.Reach.Label != "" {
		t.Errorf("a support group: %+v", s.Found)
	}
	vm.SetReach(present.ReachDirect)
	if s = vm.State(); !s.Found.Ways[1].Chosen || s.Found.Reach.Label == "" {
		t.Errorf("an explicit choice: %+v", s.Found)
	}
	vm.SetReach(present.ReachMailbox)
	vm.Next(start.Draft{Kind: present.PeerGroup, Reach: present.ReachMailbox, Group: "Tuesday Group", GroupName: "Dot"})
	s, w := vm.State(), c.World()
	if s.Page != start.Done || len(w.Groups) != 1 || w.Groups[0].Direct {
		t.Fatalf("founded: page %s, %+v", s.Page, s.Errors)
	}
	if s.Then.Page != present.PageMailbox || s.Then.Group != w.Groups[0].ID {
		t.Errorf("it goes on to %+v", s.Then)
	}
}

func TestOnMyOwn(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := begun(t, c, start.WayOwn)
	w := c.World()
	if s := vm.State(); s.Page != start.Done || len(w.Groups) != 1 || w.Groups[0].Kind != present.Family {
		t.Errorf("on my own: page %s, %d groups", s.Page, len(w.Groups))
	}
}

func TestWhatIsToBePutRight(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := start.New(fake.Live(c))
	vm.Choose(start.WayOwn)
	vm.Next(start.Draft{Name: "  "})
	if s := vm.State(); s.Page != start.Name || s.Name.Error != "Type a first name or a nickname." || s.Heading != "There is something to put right" {
		t.Errorf("no name: %+v", s)
	}
	vm.Next(start.Draft{Name: "Ade"})
	for _, x := range []struct{ pass, again, want, wantAgain string }{
		{"", "", "Type your passphrase.", ""},
		{"abc", "abc", "Use four words, or at least 8 letters.", ""},
		{"river copper garden lamp", "river copper", "", "Type the same passphrase in both boxes."},
	} {
		vm.Next(start.Draft{Name: "Ade", Passphrase: x.pass, Again: x.again})
		s := vm.State()
		if s.Page != start.Passphrase || s.Passphrase.Field.Error != x.want || s.Passphrase.Again.Error != x.wantAgain {
			t.Errorf("passphrase %q: %q, %q", x.pass, s.Passphrase.Field.Error, s.Passphrase.Again.Error)
		}
	}
	if slices.Contains(c.Calls(), "Start Ade") {
		t.Error("the person was made with a bad passphrase")
	}
	vm.Back(start.Draft{Name: "Ade", Passphrase: "river"})
	if s := vm.State(); s.Page != start.Name || s.Draft.Passphrase != "river" {
		t.Errorf("back: %s, draft %+v", s.Page, s.Draft)
	}
}

func TestTheSheetIsTickedAndForgotten(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := start.New(fake.Live(c))
	vm.Choose(start.WayGroup)
	vm.Next(start.Draft{Name: "Ade"})
	vm.Next(start.Draft{Name: "Ade", Passphrase: "river copper garden", Again: "river copper garden"})
	vm.Next(start.Draft{Name: "Ade"})
	if s := vm.State(); s.Page != start.Sheet || s.Sheet.Tick.Error != "Write the 12 words down, then tick the box." || s.Draft.Passphrase != "" {
		t.Errorf("not ticked: %s, %q", s.Page, s.Sheet.Tick.Error)
	}
	vm.Next(start.Draft{Name: "Ade", Written: true})
	if s := vm.State(); len(s.Sheet.Words) != 0 {
		t.Error("the words stay after the page was left")
	}
}

func TestDemoFromTheWelcomePage(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := start.New(fake.Live(c))
	vm.Demo()
	if s := vm.State(); s.Page != start.Done || !c.World().Demo {
		t.Errorf("demo: %s", s.Page)
	}
}

func TestFromInside(t *testing.T) {
	c := fake.Family(fake.Evening)
	s := start.Inside(fake.Live(c), start.Code, "").State()
	if s.Page != start.Code || s.StepText != "" || s.Draft.GroupName != "Ade" || s.Back == "" {
		t.Errorf("inside: %+v", s)
	}
}

// TestInvitationFromAPicture: the code goes into the box with the name left as it was, and nobody is asked by that. A picture
// without one says so; what is typed over it is not said to come from the picture.
func TestInvitationFromAPicture(t *testing.T) {
	const link = "kith:join#abcdef"
	c := fake.Family(fake.Evening)
	c.SetBackups(present.FoundFile{Path: "/home/ade/Pictures/code.png"}, present.FoundFile{Path: "/home/ade/Pictures/list.pdf"})
	vm := start.Inside(fake.Live(c), start.Code, "").WithPictures(func(path string) (string, error) {
		if path != "/home/ade/Pictures/code.png" {
			return "", &kp1.Error{ECode: "E_NO_QR", Msg: "no code"}
		}
		return link + "\n", nil
	})
	s := vm.State()
	if p := s.Code.Picture; len(p.Pictures) != 1 || p.Pictures[0].Label != "code.png" || p.Taken != "" {
		t.Fatalf("at first: %+v", p)
	}
	c.Calls()
	vm.UsePicture(" ", s.Draft)
	if s = vm.State(); s.Code.Picture.Path.Error != "Choose a picture, or type where it is." {
		t.Errorf("none named: %+v", s.Code.Picture)
	}
	vm.UsePicture("/home/ade/other.png", s.Draft)
	if s = vm.State(); s.Problem.What != "There is no square code in that picture, or it is blurred." || s.Code.Taken != 0 || s.Busy != "" {
		t.Errorf("no code in it: %+v", s.Problem)
	}
	d := s.Draft
	d.GroupName = "Adeline"
	vm.UsePicture(s.Code.Picture.Pictures[0].Value, d)
	if s = vm.State(); s.Draft.Code != link || s.Draft.GroupName != "Adeline" || s.Code.Taken != 1 || s.Code.Picture.Taken == "" || !s.Problem.None() || len(c.Calls()) != 0 {
		t.Errorf("read: %+v", s.Draft)
	}
	vm.Typed(link)
	vm.Typed(link + "x")
	if s = vm.State(); s.Code.Picture.Taken != "" {
		t.Errorf("typed over: %+v", s.Code.Picture)
	}
	if p := start.Inside(fake.Live(c), start.Code, "").State().Code.Picture; p.Heading != "" {
		t.Errorf("where no picture can be read: %+v", p)
	}
}
