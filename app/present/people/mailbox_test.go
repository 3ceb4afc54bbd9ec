package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/people"
	"kith/store/kp1"
)

// oak is a mailbox that is well.
var oak = present.Mailbox{ID: "12D3oak", Name: "oakhouse.example", Reached: fake.Evening().Add(-time.Minute)}

// TestAddingAMailbox: by a link in whatever pieces it came, or by words and their place in either box.
func TestAddingAMailbox(t *testing.T) {
	const words = "harvest lamp ribbon orchard velvet copper window garden"
	for _, c := range []struct{ name, typed, at, call, code, place string }{
		{"nothing", "  ", "", "", "Put the link or the eight words in the box.", ""},
		{"words alone", words, " ", "", "", "Type the place that was said with the words."},
		{"words and place", words, " oakhouse.example ", "PairMailbox " + words + " oakhouse.example", "", ""},
		{"words at place", words + " at\noakhouse.example", "", "PairMailbox " + words + " oakhouse.example", "", ""},
		{"a link in lines", " kith:mailbox#abc\n def", "left over", "PairMailbox kith:mailbox#abcdef ", "", ""},
	} {
		core := fake.Family(fake.Evening).As("Bev")
		vm := people.NewBoxes(fake.Live(core), elm)
		if s := vm.State(); s.None != "This group has no mailbox" || s.Try != "" || s.NotYou != "" {
			t.Fatalf("before: %+v", s)
		}
		const own = "If nobody does, a computer of yours that is always on can be one."
		if s := vm.State(); !strings.Contains(s.AddText, own) {
			t.Errorf("with no mailbox the page says %q, want what else can be done", s.AddText)
		}
		vm.Add(c.typed, c.at)
		s := vm.State()
		if got := strings.Join(core.Calls(), ";"); got != c.call || s.Code.Error != c.code || s.At.Error != c.place {
			t.Errorf("%s: asked %q, says %q and %q", c.name, got, s.Code.Error, s.At.Error)
		}
		if done := c.call != ""; done != (s.Added != "") || done != (len(s.Boxes) == 1) || done == strings.Contains(s.AddText, own) {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}

// TestALinkThatIsNone says what happened, and keeps the page as it is.
func TestALinkThatIsNone(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	vm := people.NewBoxes(fake.Live(core), elm)
	vm.Add("kith:join#abc", "")
	if s := vm.State(); s.Problem.What != "That is not the link of a mailbox, or a part of it is missing." || s.Added != "" || s.Adding != "" {
		t.Errorf("a wrong link: %+v", s)
	}
}

// TestDroppingAMailbox asks first.
func TestDroppingAMailbox(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	core.Boxes(elm, oak)
	vm := people.NewBoxes(fake.Live(core), elm)
	vm.DropIt(true)
	if len(core.Calls()) != 0 {
		t.Error("dropped before anybody was asked")
	}
	vm.Drop(oak.ID)
	if b := vm.State().Boxes[0]; b.Ask == "" || b.Yes == "" || b.No == "" || b.Drop != "" {
		t.Errorf("asked: %+v", b)
	}
	vm.DropIt(false)
	if b := vm.State().Boxes[0]; b.Ask != "" || len(core.Calls()) != 0 {
		t.Errorf("kept: %+v", b)
	}
	vm.Drop(oak.ID)
	vm.DropIt(true)
	if s := vm.State(); len(s.Boxes) != 0 || !slices.Equal(core.Calls(), []string{"DropMailbox 12D3oak"}) {
		t.Errorf("dropped: %+v", s.Boxes)
	}
	core.Boxes(elm, oak)
	core.Fail(&kp1.Error{ECode: "E_LAST_MAILBOX"})
	vm.Drop(oak.ID)
	vm.DropIt(true)
	if s := vm.State(); len(s.Boxes) != 1 || s.Problem.What != "This group meets only through this mailbox. Without it nobody would hear from anybody." {
		t.Errorf("the last one: %+v", s.Problem)
	}
}

// TestWhoDoesNotLeadSeesTheMailboxes, and is told whom to ask.
func TestWhoDoesNotLeadSeesTheMailboxes(t *testing.T) {
	core := fake.Family(fake.Evening)
	core.Boxes(elm, oak)
	s := people.NewBoxes(fake.Live(core), elm).State()
	if len(s.Boxes) != 1 || s.Boxes[0].Drop != "" || s.Add != "" || s.Try == "" ||
		s.NotYou != "Only the people who lead this group can add a mailbox or stop using one. Ask Bev and Joanne." {
		t.Errorf("Ade sees %+v", s)
	}
}

// TestASupportGroupIsAskedHowItMeets: once, and only where it has a mailbox and meets directly; nothing changes by itself.
func TestASupportGroupIsAskedHowItMeets(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(core)
	vm := people.NewBoxes(d, elm)
	kind := func(k string) { core.Change(func(w *present.World) { w.Groups[0].Kind = k }) }
	kind(present.PeerGroup)
	if vm.State().Switch != nil {
		t.Error("there is no mailbox to meet through, and it is asked")
	}
	core.Boxes(elm, oak)
	s := vm.State().Switch
	if s == nil || s.To.Page != present.PageRules {
		t.Fatalf("not asked: %+v", s)
	}
	kind(present.Constellation)
	if vm.State().Switch != nil {
		t.Error("a constellation is asked")
	}
	kind(present.PeerGroup)
	vm.Stay()
	if g, _ := d.World().Find(elm); vm.State().Switch != nil || !g.Direct {
		t.Error("asked again after it was left as it is")
	}
}

// TestRepairQuestions walks every way through the questions: each ends with something to do, and none goes round.
func TestRepairQuestions(t *testing.T) {
	away := present.Mailbox{ID: "12D3oak", Name: "oakhouse.example", Trouble: "E_RELAY_UNREACHABLE"}
	for _, c := range []struct {
		answers  string
		question string
		advice   string
		add      bool
	}{
		{"", "Is the computer of oakhouse.example on?", "", false},
		{"no", "", "Ask whoever looks after it to turn it on. What you wrote goes there by itself then.", false},
		{"unknown", "Is the computer of oakhouse.example on?", "Ring whoever looks after it, and ask them. Then answer here.", false},
		{"unknown no", "", "Ask whoever looks after it to turn it on. What you wrote goes there by itself then.", false},
		{"yes", "Does the mailbox run on it?", "", false},
		{"yes no", "", "Ask whoever looks after it to start the mailbox. If it says what is wrong, do that first.", false},
		{"yes yes", "Has that computer moved, or has it another internet line now?", "", false},
		{"yes yes yes", "", "Then it can be found in another place. Ask for a new link, and add it. What waits there is not lost.", true},
		{"yes yes no", "Can someone else in the group reach it?", "", false},
		{"yes yes no unknown", "Can someone else in the group reach it?", "Ring someone in the group, and ask them to look. Then answer here.", false},
		{"yes yes no yes", "", "Then this computer’s internet does not let it through. Try another line, such as a phone’s.", true},
		{"yes yes no no", "", "Then nobody can get in from outside. Whoever looks after it must let it through at their router. Or add a second mailbox.", true},
	} {
		core := fake.Family(fake.Evening).As("Bev")
		core.Boxes(elm, away)
		vm := people.NewRepair(fake.Live(core), elm, away.ID)
		for _, a := range strings.Fields(c.answers) {
			vm.Answer(a)
		}
		s := vm.State()
		advice := ""
		if len(s.Advice) > 0 {
			advice = s.Advice[0].Text
		}
		if s.Question != c.question || advice != c.advice || (s.Add != "") != c.add || s.Try == "" || s.Done != "" {
			t.Errorf("%q: %+v", c.answers, s)
		}
		vm.Begin()
		if got := vm.State(); got.Question != "Is the computer of oakhouse.example on?" || len(got.Said) != 0 {
			t.Errorf("%q, begun again: %+v", c.answers, got)
		}
	}
}

// TestRepairOfWhatNeedsNoQuestion: what the mailbox itself has said is not asked about, and one that is reached is done.
func TestRepairOfWhatNeedsNoQuestion(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	vm := people.NewRepair(fake.Live(core), elm, oak.ID)
	if s := vm.State(); s.Done != "This group does not use that mailbox" {
		t.Errorf("no such mailbox: %+v", s)
	}
	for code, want := range map[string]string{
		"E_MAILBOX_CLOSED": "This mailbox does not know your group any more.", "E_MAILBOX_FULL": "This mailbox is full. It takes nothing more for now.",
	} {
		b := oak
		b.Trouble = code
		core.Boxes(elm, b)
		if s := vm.State(); s.Question != "" || len(s.Advice) != 3 || s.Advice[0].Text != want {
			t.Errorf("%s: %+v", code, s)
		}
	}
	b := oak
	b.Trouble = "E_RELAY_UNREACHABLE"
	core.Boxes(elm, b)
	core.Change(func(w *present.World) { w.Net.On = false })
	if s := vm.State(); s.Question != "" || s.Advice[0].Text != "This computer is not on the internet." {
		t.Errorf("offline: %+v", s)
	}
	core.Boxes(elm, present.Mailbox{ID: oak.ID, Name: oak.Name})
	core.Change(func(w *present.World) { w.Net.On = true })
	vm.Try()
	if s := vm.State(); s.Done != "The mailbox is reached again" || s.Try != "" {
		t.Errorf("reached: %+v", s)
	}
}

// TestNoticesOfMailboxes: what somebody has to do about one stands on the People page, and a short break does not.
func TestNoticesOfMailboxes(t *testing.T) {
	core := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(core)
	titles := func() (out []string) {
		for _, n := range people.New(d, elm).State().Notices {
			if n.Key == "mailbox" {
				out = append(out, n.Title)
			}
		}
		return out
	}
	long, short := fake.Evening().Add(-25*time.Hour), fake.Evening().Add(-23*time.Hour)
	for _, c := range []struct {
		name string
		box  present.Mailbox
		want string
	}{
		{"well", oak, ""},
		{"closed", present.Mailbox{Reached: short, Trouble: "E_MAILBOX_CLOSED"}, "The mailbox does not know this group any more"},
		{"away for a day", present.Mailbox{Reached: long, Trouble: "E_RELAY_UNREACHABLE"}, "The mailbox has not been reached for a day"},
		{"away for less", present.Mailbox{Reached: short, Trouble: "E_RELAY_UNREACHABLE"}, ""},
		{"full", present.Mailbox{Reached: long, Trouble: "E_MAILBOX_FULL"}, ""},
	} {
		core.Boxes(elm, c.box)
		if got := strings.Join(titles(), "; "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	core.Boxes(elm)
	core.Change(func(w *present.World) { w.Groups[0].Direct = false })
	if got := titles(); len(got) != 1 || got[0] != "This group needs a mailbox before anyone can join" {
		t.Errorf("none, and no other way: %q", got)
	}
}
