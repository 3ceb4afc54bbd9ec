package people_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/people"
	"kith/app/uitest"
	"kith/store/kp1"
)

func open(t *testing.T, core *fake.Core, r present.Route) *uitest.Stage {
	t.Helper()
	l := uitest.Looks[0]
	return openAs(t, core, r, l.Size, l.Colours, l.Percent)
}

func openAs(t *testing.T, core *fake.Core, r present.Route, size fyne.Size, c look.Colours, percent int) *uitest.Stage {
	t.Helper()
	r.Place, r.Group = present.PlacePeople, fake.GID(fake.ElmRow)
	return uitest.OpenScreen(t, core, func(d *present.Desk, n screen.Nav) screen.Screen { return people.Open(d, n, r) }, size, c, percent)
}

// bev is the family as Bev sees it, who leads it, while Carol asks to join.
func bev() *fake.Core {
	core := fake.Family(fake.Evening).As("Bev")
	core.Carol()
	return core
}

func TestEveryPageIsSound(t *testing.T) {
	for _, page := range []struct {
		name  string
		route present.Route
	}{
		{"list", present.Route{}},
		{"asks", present.Route{}},
		{"invite", present.Route{Page: present.PageInvite}},
		{"invite lapsed", present.Route{Page: present.PageInvite}},
		{"invite made", present.Route{Page: present.PageInvite}},
		{"invite over", present.Route{Page: present.PageInvite}},
		{"mailbox none", present.Route{Page: present.PageMailbox}},
		{"mailboxes", present.Route{Page: present.PageMailbox}},
		{"mailbox offline", present.Route{Page: present.PageMailbox}},
		{"mailbox drop", present.Route{Page: present.PageMailbox}},
		{"repair", present.Route{Page: present.PageRepair, Name: "12D3elm"}},
		{"repair end", present.Route{Page: present.PageRepair, Name: "12D3elm"}},
		{"back", present.Route{Page: present.PageBack}},
		{"back made", present.Route{Page: present.PageBack}},
		{"request", present.Route{Page: present.PageRequest, Name: "r1"}},
		{"request back", present.Route{Page: present.PageRequest, Name: "r1"}},
		{"request in", present.Route{Page: present.PageRequest, Name: "r1"}},
		{"request known", present.Route{Page: present.PageRequest, Name: "r1"}},
		{"request former", present.Route{Page: present.PageRequest, Name: "r1"}},
		{"gone", present.Route{Page: present.PageRequest, Name: "nobody"}},
		{"person", present.Route{Page: present.PageOne, Member: fake.MID("Sue")}},
		{"me", present.Route{Page: present.PageOne, Member: fake.MID("Bev")}},
		{"remove", present.Route{Page: present.PageRemove, Member: fake.MID("Errol")}},
		{"role", present.Route{Page: present.PageRole, Member: fake.MID("Errol")}},
		{"leave", present.Route{Page: present.PageLeave}},
		{"home", present.Route{Page: present.PageHome}},
		{"notices", present.Route{}},
		{"waiting", present.Route{Page: present.PageOne, Member: fake.MID("Sue")}},
		{"computers", present.Route{Page: present.PageOne, Member: fake.MID("Priya")}},
		{"lost", present.Route{Page: present.PageLost, Member: fake.MID("Priya"), Name: kp1.DID(fake.MID("Priya 2")).String()}},
		{"lost out", present.Route{Page: present.PageLost, Member: fake.MID("Priya"), Name: kp1.DID(fake.MID("Priya 2")).String()}},
		{"lost nowhere", present.Route{Page: present.PageLost, Member: fake.MID("Priya"), Name: "nothing"}},
		{"review", present.Route{Page: present.PageReview}},
		{"review empty", present.Route{Page: present.PageReview}},
		{"vote", present.Route{Page: present.PageVote}},
		{"vote over", present.Route{Page: present.PageVote}},
		{"sides", present.Route{Page: present.PageSides}},
		{"sides empty", present.Route{Page: present.PageSides}},
		{"rules", present.Route{Page: present.PageRules}},
	} {
		for _, l := range uitest.Looks {
			if (l.Colours == look.Dark || l.Colours == look.Strong) && page.name != "list" && page.name != "notices" && os.Getenv("KITH_SHOTS") == "" {
				continue // the same words in the same places
			}
			t.Run(page.name+" "+l.Name, func(t *testing.T) {
				c := bev()
				if page.name == "asks" {
					c.Asks(present.Ask{ID: kp1.ID{1}, By: fake.MID("Joanne"), Member: fake.MID("Sue"), What: present.AskLead})
					c.Asks(present.Ask{ID: kp1.ID{2}, By: fake.MID("Bev"), Member: fake.MID("Tom"), What: present.AskRemove, Mine: true})
					c.Asks(present.Ask{ID: kp1.ID{3}, By: fake.MID("Bev"), Member: fake.MID("Tom"), What: present.AskRemove, Mine: true, Later: true})
				}
				stage(c, page.name)
				s := openAs(t, c, page.route, l.Size, l.Colours, l.Percent)
				switch page.name {
				case "mailbox drop":
					s.Press("Stop using it, Mailbox oak*")
				case "repair end":
					for _, a := range []string{"Yes", "Yes", "No", "No"} {
						s.Press(a)
					}
				case "lost out":
					s.Press("Take it out")
				case "invite made", "invite over":
					s.Press("I say it on the phone, too")
					s.Type("Who is it for?", "Bartholomew-Alexander from the school run")
					s.Press("Make the invitation")
					if page.name == "invite over" {
						c.Change(func(w *present.World) { w.Groups[0].Invites = nil })
						s.Sync()
					}
				case "back made":
					s.Press("Make the link")
				case "request former":
					s.Press("They were here before*")
					s.Press("Priya")
				}
				s.Shot("people-" + page.name + "-" + l.Name)
				s.AssertSound()
			})
		}
	}
}

// stage has happen what a page is about.
func stage(c *fake.Core, page string) {
	switch page {
	case "notices":
		c.Quarrel()
		c.Split()
		c.Removed("Errol", "Megan", "Sue")
		c.WaitingComputer("Sue")
	case "waiting":
		c.WaitingComputer("Sue")
	case "computers", "lost", "lost out":
		c.Misused()
	case "review":
		c.Quarrel()
	case "vote":
		c.Headless()
	case "sides":
		c.Split()
	case "mailboxes", "mailbox offline", "mailbox drop", "repair", "repair end":
		g, at := fake.GID(fake.ElmRow), fake.Evening()
		c.Boxes(g, present.Mailbox{ID: "12D3oak", Name: "oakhouse.example", Reached: at},
			present.Mailbox{ID: "12D3elm", Name: "mailbox.elm-row-and-all-its-neighbours.example", Reached: at.Add(-50 * time.Hour), Trouble: "E_RELAY_UNREACHABLE", Lost: 2},
			present.Mailbox{ID: "12D3ash", Reached: at, Trouble: "E_MAILBOX_FULL"}, present.Mailbox{ID: "12D3yew", Name: "yew.example", Trouble: "E_MAILBOX_CLOSED"}, present.Mailbox{ID: "12D3here", Here: true, Reached: at})
		c.Change(func(w *present.World) {
			w.Groups[0].Kind, w.Groups[0].Direct = present.PeerGroup, page == "mailboxes"
			w.Net.On = page != "mailbox offline"
		})
	case "invite made", "invite over":
		c.Boxes(fake.GID(fake.ElmRow), present.Mailbox{ID: "12D3oak", Name: "mailbox.oakhouse-support-group.example", Reached: fake.Evening()})
	case "invite lapsed":
		c.Lapsed("Carol from the school run")
		c.Lapsed("Sam")
	case "request back":
		c.Returning("Errol", true)
	case "request in":
		c.Returning("Errol", false)
	case "request known":
		c.Returning("Errol", true)
		c.Gone("Errol")
	}
}

func TestLettingSomebodyInWhoWasHere(t *testing.T) {
	c := bev()
	errol := fake.MID("Errol")
	s := openAs(t, c, present.Route{Page: present.PageRequest, Name: "r1"}, uitest.Laptop, look.Light, 100)
	s.Press("They were here before*")
	s.Press("Errol")
	if !strings.Contains(s.Text(), "Errol as they were is taken out") {
		t.Errorf("what it does is not said:\n%s", s.Text())
	}
	s.Press("By voice*")
	s.Press("Let Carol in")
	if calls := c.Calls(); calls[len(calls)-1] != "Approve r1 voice "+errol.Short() {
		t.Errorf("calls %q", calls)
	}
	c = bev()
	c.Returning("Errol", true)
	s = openAs(t, c, present.Route{Page: present.PageRequest, Name: "r1"}, uitest.Laptop, look.Light, 100)
	if !s.Says("Is Errol back on a new computer?") || s.Has("They were here before*") {
		t.Errorf("somebody who is in:\n%s", s.Text())
	}
	s.Press("In person*")
	s.Press("Let Errol’s computer in")
	if calls := c.Calls(); calls[len(calls)-1] != "Approve r1 person" {
		t.Errorf("calls %q", calls)
	}
}

func TestListLeadsToEachPage(t *testing.T) {
	s := open(t, bev(), present.Route{})
	for _, c := range []struct {
		press string
		page  string
	}{{"Check words", present.PageRequest}, {"Invite someone", present.PageInvite}, {"Open, Sue", present.PageOne}, {"Change my home", present.PageHome}} {
		s.Press(c.press)
		if got := s.Last().Page; got != c.page {
			t.Errorf("%s leads to %q, want %q", c.press, got, c.page)
		}
	}
	if got := s.Last(); got.Place != present.PlacePeople {
		t.Errorf("the home is at %+v", got)
	}
}

func TestWhoDoesNotLeadCannotInvite(t *testing.T) {
	s := open(t, fake.Family(fake.Evening), present.Route{})
	if s.Has("Invite someone") || s.Has("Check words") {
		t.Error("Ade, who does not lead, is offered to invite")
	}
	s = open(t, fake.Family(fake.Evening), present.Route{Page: present.PageInvite})
	if s.Has("Make the invitation") {
		t.Error("Ade, who does not lead, can make an invitation")
	}
}

func TestLettingSomebodyIn(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageRequest, Name: "r1"})
	for _, w := range []string{"1, harvest", "2, lamp", "6, copper"} {
		if !s.Has(w) {
			t.Errorf("the six words have no %q:\n%s", w, s.Text())
		}
	}
	core.Calls()
	s.Press("Let Carol in")
	if got := core.Calls(); len(got) != 0 {
		t.Errorf("without saying how it was checked, %q was asked", got)
	}
	if !s.Says("Check the six words first, then tick how you did it.") {
		t.Errorf("nothing says what to put right:\n%s", s.Text())
	}
	s.AssertUnclipped()
	s.Press("By voice*")
	s.Press("Let Carol in")
	if got := strings.Join(core.Calls(), ";"); !strings.Contains(got, "Approve") || !strings.Contains(got, present.VerifiedVoice) {
		t.Errorf("asked %q, want Carol let in by voice", got)
	}
	if got := s.Last(); got.Place != present.PlacePeople || got.Page != "" {
		t.Errorf("after the answer the page leads to %+v, want the list", got)
	}
}

func TestSayingNo(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageRequest, Name: "r1"})
	core.Calls()
	s.Press("Say no")
	if got := strings.Join(core.Calls(), ";"); !strings.Contains(got, "Decline") {
		t.Errorf("asked %q, want Decline", got)
	}
}

// TestAnybodyMakesAWayBack: who does not lead makes a way back, copies it, and is shown the request of who comes by it, and
// no other.
func TestAnybodyMakesAWayBack(t *testing.T) {
	core := fake.Family(fake.Evening)
	s := open(t, core, present.Route{})
	s.Press("Somebody lost every computer")
	if got := s.Last(); got.Page != present.PageBack {
		t.Errorf("the link leads to %+v", got)
	}
	s = open(t, core, present.Route{Page: present.PageBack})
	core.Calls()
	s.Press("Make the link")
	if got := strings.Join(core.Calls(), ";"); !strings.Contains(got, "WayBack") {
		t.Errorf("asked %q, want a way back", got)
	}
	if got := s.Focused(); got != "Copy the link" {
		t.Errorf("after making it the focus is on %q, want Copy", got)
	}
	s.Press("Copy the link")
	if !strings.HasPrefix(s.Copied, "kith:join#") || !s.Says("Copied. Now put it in a message to them.") {
		t.Errorf("copied %q, or it is not said", s.Copied)
	}
	core.Carol()
	if open(t, core, present.Route{}).Has("Check words") {
		t.Error("Ade, who does not lead, is shown who asks to join")
	}
	core.Returning("Errol", true)
	if !open(t, core, present.Route{}).Has("Check words") {
		t.Error("Ade, who made it, is not shown who comes back")
	}
}

func TestInvitationIsMadeAndCopied(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageInvite})
	s.Press("Make the invitation")
	if !s.Has("Type who it is for.") {
		t.Errorf("an invitation for nobody: nothing says what to put right\n%s", s.Text())
	}
	for range 2 { // pressing once more leads there once more
		s.Win.Canvas().Focus(s.Find("Make the invitation").Object.(fyne.Focusable)) // as Tab does, and what has it is in view
		s.Press("Make the invitation")
		if at := s.Find("Type who it is for.").Pos.Y; at < 0 || at > s.Win.Canvas().Size().Height || s.Focused() != "Who is it for?" {
			t.Errorf("what to put right is at %.0f, and the focus on %q", at, s.Focused())
		}
	}
	s.Type("Who is it for?", "Dot")
	s.Press("A guest")
	s.Press("3 days")
	s.Press("Make the invitation")
	if got := s.Focused(); got != "Copy the invitation" {
		t.Errorf("after making it the focus is on %q, want Copy\n%s", got, s.Text())
	}
	s.Press("Copy the invitation")
	if !strings.HasPrefix(s.Copied, "kith:join#") {
		t.Errorf("copied %q, want the link", s.Copied)
	}
	if !s.Says("Copied. Now put it in a message to them.") {
		t.Error("nothing says that it was copied")
	}
	s.AssertUnclipped()
	s.Shot("people-invite-made")
	s.Sync()
	s.Press("Make another invitation")
	if !s.Has("Who is it for?") || s.Has("Copy the invitation") {
		t.Errorf("after Make another:\n%s", s.Text())
	}
	s.Press("Show it*")
	if !s.Has("Copy the invitation") {
		t.Errorf("an open invitation is not shown again:\n%s", s.Text())
	}
	s.Press("Take it back*")
	s.Sync()
	if g, _ := core.World().Find(fake.GID(fake.ElmRow)); len(g.Invites) != 0 {
		t.Errorf("%d invitations are open after it was taken back", len(g.Invites))
	}
}

func TestComparingWordsWithSomebody(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageOne, Member: fake.MID("Sue")})
	core.Calls()
	s.Press("We compared them, and they are the same")
	if got := strings.Join(core.Calls(), ";"); !strings.Contains(got, "SetChecked") {
		t.Errorf("asked %q, want SetChecked", got)
	}
	s.Press("Remove Sue")
	if got := s.Last(); got.Page != present.PageRemove || got.Member != fake.MID("Sue") {
		t.Errorf("Remove leads to %+v, want to the question", got)
	}
}

func TestHidingWhatSomebodyWrites(t *testing.T) {
	for _, l := range []struct {
		name    string
		percent int
	}{{"person-hidden-100", 100}, {"person-hidden-200", 200}} {
		core := bev()
		s := openAs(t, core, present.Route{Page: present.PageOne, Member: fake.MID("Sue")}, uitest.Laptop, look.Light, l.percent)
		s.Press("Hide what Sue writes")
		if g, _ := core.World().Find(fake.GID(fake.ElmRow)); !g.IsHidden(fake.MID("Sue")) {
			t.Error("one press does not hide what Sue writes")
		}
		s.Sync()
		if !s.Says("You do not see their messages on this computer. Nobody was told. Sleepovers and the calendar still show what they say, for the children’s safety.") {
			t.Errorf("page:\n%s", s.Text())
		}
		s.Shot(l.name)
		s.AssertSound()
		s.Press("Show what Sue writes again")
		if g, _ := core.World().Find(fake.GID(fake.ElmRow)); g.IsHidden(fake.MID("Sue")) {
			t.Error("one press does not show it again")
		}
	}
}

func TestRemovingAsksOnceMoreAndBeginsOnTheSafeSide(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageRemove, Member: fake.MID("Errol")})
	s.Screen.(screen.Focuser).Focus()
	if got := s.Focused(); got != "Keep Errol" {
		t.Errorf("the question has its focus on %q, want the side that changes nothing", got)
	}
	s.Key(fyne.KeyReturn)
	if s.Backs != 1 {
		t.Error("Keep Errol does not go back")
	}
	core.Calls()
	s.Press("Remove Errol")
	if got := strings.Join(core.Calls(), ";"); !strings.Contains(got, "Remove") {
		t.Errorf("asked %q, want Remove", got)
	}
}

func TestHomeKeepsWhatIsTypedWhenTheWorldChanges(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageHome})
	s.Replace("How many beds can you spare?", "3")
	s.Press("Sue")
	core.Change(func(w *present.World) { w.Net.Peers++ })
	s.Sync()
	if got := s.FieldText("How many beds can you spare?"); got != "3" {
		t.Errorf("after a newer World the field holds %q, want what was typed", got)
	}
}

// TestWhoJoinedIsNoNewsOnceTheListWasSeen, and neither is who asks to: the notice would stay for ever.
func TestWhoJoinedIsNoNewsOnceTheListWasSeen(t *testing.T) {
	c := bev()
	c.Change(func(w *present.World) {
		for i, kind := range []string{present.NewsMember, present.NewsRequest} {
			w.News = append(w.News, present.New{ID: kp1.ID{7, byte(i)}, Group: fake.GID(fake.ElmRow), Kind: kind})
		}
	})
	open(t, c, present.Route{})
	for _, n := range c.World().News {
		if (n.Kind == present.NewsMember || n.Kind == present.NewsRequest) && !n.Seen {
			t.Errorf("%s is still new after the list was seen", n.Kind)
		}
	}
}

// TestAddingAMailboxByKeyboard: the field, the button, and what is wrong said at the field.
func TestAddingAMailboxByKeyboard(t *testing.T) {
	core := bev()
	s := open(t, core, present.Route{Page: present.PageMailbox})
	s.Press("Add this mailbox")
	if !s.Has("Put the link or the eight words in the box.") {
		t.Errorf("nothing was typed, and nothing says so\n%s", s.Text())
	}
	s.Type("The link, or the eight words", "harvest lamp ribbon orchard velvet copper window garden")
	s.Type("The place, if you have eight words", "oakhouse.example")
	s.Key(fyne.KeyReturn)
	s.Sync()
	if !s.Has("Mailbox oakhouse.example") || s.FieldText("The link, or the eight words") != "" {
		t.Errorf("after adding it:\n%s", s.Text())
	}
	s.Press("Try it now")
	if !s.Says("All is well") {
		t.Errorf("after trying it:\n%s", s.Text())
	}
	s.Press("Stop using it*")
	if got := s.Focused(); !strings.HasPrefix(got, "Keep it") {
		t.Errorf("before it is dropped the focus is on %q, want Keep it", got)
	}
	s.Press("Yes, stop using it*")
	s.Sync()
	if s.Has("Mailbox oakhouse.example") {
		t.Errorf("it is there still:\n%s", s.Text())
	}
}

// What became of a mailbox that was just added is seen at once, however large the words are and however far down the button was.
func TestAddedMailboxIsSeen(t *testing.T) {
	s := openAs(t, bev(), present.Route{Page: present.PageMailbox}, uitest.Low, look.Light, 200)
	s.Type("The link, or the eight words", "kith:mailbox#abc")
	s.Press("Add this mailbox")
	for _, th := range s.Things() {
		if strings.HasPrefix(th.Label, "The mailbox is in use") {
			if y := th.Pos.Y + th.Size.Height; !th.InView || y > uitest.Low.Height {
				t.Errorf("%q ends at %v, in view: %v", th.Label, y, th.InView)
			}
			return
		}
	}
	t.Errorf("nothing is said of it:\n%s", s.Text())
}
