package people_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/people"
	care "kith/store/care/people"
	"kith/store/group"
	"kith/store/kp1"
)

var elm = fake.GID(fake.ElmRow)

func TestListAsALeadSeesIt(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Carol()
	s := people.New(fake.Live(c), kp1.GID{}).State()
	if s.Title != "People in Elm Row" || s.Text != "8 people. Everyone here can see this list. Nobody is left out" || s.Invite != "Invite someone" {
		t.Errorf("head: %q, %q, %q", s.Title, s.Text, s.Invite)
	}
	var names []string
	for _, r := range s.Rows {
		names = append(names, r.Name+" ["+r.Checked.Text+"] "+r.Uses)
	}
	want := "Bev (you) [It is you] 1 computer; Joanne [Checked] 1 computer; Ade [Not checked yet] 1 computer; Errol [Checked] 1 computer; " +
		"Megan [Checked] 1 computer; Priya [Checked] 2, one is new; Sue [Not checked yet] 1 computer; Tom [Checked] 1 computer"
	if got := strings.Join(names, "; "); got != want {
		t.Errorf("rows:\n%s\nwant:\n%s", got, want)
	}
	for _, r := range s.Rows {
		if r.Name == "Errol" && (r.Heard.Text != "Thursday, 4 pm" || r.Heard.Icon != "asleep") {
			t.Errorf("Errol: %+v", r.Heard)
		}
	}
	if len(s.Requests) != 1 || s.Requests[0].Title != "Carol is asking to join" ||
		s.Requests[0].Text != "Your invitation says: Carol from the school run. Ring Carol and check six words before you say yes." {
		t.Errorf("requests: %+v", s.Requests)
	}
}

func TestWhoDoesNotLeadCannotInvite(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Carol()
	d := fake.Live(c)
	if s := people.New(d, elm).State(); s.Invite != "" || len(s.Requests) != 0 {
		t.Errorf("Ade may invite %q and sees %d requests", s.Invite, len(s.Requests))
	}
	if s := people.NewInvite(d, elm, drawn).State(); s.May || s.NotYou != "Only the people who lead this group can invite. Ask Bev and Joanne." {
		t.Errorf("invite page: %+v", s)
	}
}

func TestNobodyIsLetInWithoutSayingHow(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Carol()
	d := fake.Live(c)
	vm := people.NewRequest(d, elm, "r1")
	vm.Approve()
	s := vm.State()
	if s.Error != "Check the six words first, then tick how you did it." || s.Done || len(c.Calls()) != 0 {
		t.Errorf("without a tick: %+v", s)
	}
	vm.SetHow(present.VerifiedVoice)
	vm.Approve()
	if s = vm.State(); !s.Done {
		t.Errorf("after the tick: %+v", s.Problem)
	}
	if calls := c.Calls(); len(calls) != 1 || calls[0] != "Approve r1 voice" {
		t.Errorf("calls: %q", calls)
	}
	if got := people.New(d, elm).State().Text; !strings.HasPrefix(got, "9 people") {
		t.Errorf("list: %q", got)
	}
	if s = vm.State(); s.Gone.Heading != "This request is not here any more" {
		t.Errorf("afterwards: %+v", s.Gone)
	}
}

func TestSomeoneElseAlsoTriedIsSaid(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Carol()
	c.Change(func(w *present.World) { w.Groups[0].Requests[0].Others = 2 })
	if s := people.NewRequest(fake.Live(c), elm, "r1").State(); s.Warn != "Take care. 2 others also tried with this invitation." {
		t.Errorf("warn: %q", s.Warn)
	}
}

func TestInvite(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := people.NewInvite(fake.Live(c), elm, drawn)
	if got := vm.State().Seen.Text; got != "The computers of this group see each other’s internet address, as a phone shows its number." {
		t.Errorf("who invites reads %q", got)
	}
	vm.Make("  ")
	if s := vm.State(); s.NoteError != "Type who it is for." || s.Made != nil {
		t.Errorf("nobody named: %+v", s)
	}
	vm.SetDays("3")
	vm.Make("Carol")
	s := vm.State()
	if s.Made == nil || s.Made.Title != "The invitation for Carol is ready" ||
		s.Made.Text != "It lets one person ask to come in. You say yes or no. It works until Tuesday 24 November, 9.02 pm." {
		t.Fatalf("made: %+v", s.Made)
	}
	vm.Copied()
	if s = vm.State(); s.Made.Copied == "" || len(s.Open) != 1 || s.Open[0].Text != "Carol, works until Tuesday 24 November, 9.02 pm" {
		t.Errorf("open: %+v", s.Open)
	}
	vm.EndInvite(s.Open[0].ID)
	if s = vm.State(); s.Made != nil || len(s.Open) != 0 || !s.Asks {
		t.Errorf("taken back: %+v", s)
	}
}

// drawn says what was to be drawn in the place of drawing it.
var drawn = people.Drawings{
	Page: func(p present.InvitePaper) ([]byte, error) {
		return []byte(strings.Join(append([]string{p.From, p.Place, p.Link}, p.Words...), "|")), nil
	},
	Picture: func(link string) ([]byte, error) { return []byte("code of " + link), nil },
}

// TestAnInvitationToBeSaid: the eight words with the mailbox's name, for a day; they are on the page that is printed too.
func TestAnInvitationToBeSaid(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Boxes(elm, present.Mailbox{ID: "12D3oak", Name: "oakhouse.example", Reached: fake.Evening()})
	vm := people.NewInvite(fake.Live(c), elm, drawn)
	vm.SetWay("words")
	if s := vm.State(); !s.Days[0].Chosen || s.Days[0].Label != "1 day" {
		t.Errorf("words may be overheard, and work for %+v", s.Days)
	}
	vm.Make("Carol")
	m := vm.State().Made
	if m == nil || len(m.Words) != 8 || m.Place != "oakhouse.example" || m.Spoken != "harvest lamp ribbon orchard velvet copper window garden at oakhouse.example" {
		t.Fatalf("made: %+v", m)
	}
	if m.On.Text != "It waits in the mailbox oakhouse.example. You can turn this computer off." {
		t.Errorf("where it lies: %q", m.On.Text)
	}
	vm.SetPlace("/home/ade/Documents")
	vm.Save(false, "")
	vm.Save(true, "")
	made := vm.State().Made
	if made.Saved == "" {
		t.Errorf("saved: %+v", vm.State().Problem)
	}
	pdf, png := "", ""
	for _, call := range c.Calls() {
		if path, ok := strings.CutPrefix(call, "WriteFile "); ok && strings.HasSuffix(path, ".pdf") {
			pdf = string(c.File(path))
		} else if ok {
			png = string(c.File(path))
		}
		if strings.Contains(call, "Carol") && strings.HasPrefix(call, "WriteFile") {
			t.Errorf("the name of a file says for whom it is: %q", call)
		}
	}
	if !strings.HasPrefix(pdf, "From Bev. It lets one person ask to come in.|at oakhouse.example|kith:join#") || !strings.HasSuffix(pdf, "|garden") || !strings.HasPrefix(png, "code of kith:join#") {
		t.Errorf("page %q, picture %q", pdf, png)
	}
	vm.Save(false, "")
	if got := vm.State().Problem.What; got == "" {
		t.Error("a file of that name is there already, and nothing says so")
	}
	vm.SetPlace("other")
	vm.Save(false, " ")
	if got := vm.State().Made.SaveTo.Error; got == "" {
		t.Error("no folder was typed, and nothing says so")
	}
}

// TestHowFarAnInvitationHasCome: who made it is told where it lies, that somebody used it, and that it is over.
func TestHowFarAnInvitationHasCome(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	vm := people.NewInvite(d, elm, drawn)
	vm.Make("Carol")
	state := func() string { return vm.State().Open[0].State.Text }
	if got := state(); got != "Leave Kith open so that their computer can find yours." {
		t.Errorf("without a mailbox: %q", got)
	}
	c.Boxes(elm, present.Mailbox{ID: "12D3oak", Name: "oakhouse.example", Trouble: "E_RELAY_UNREACHABLE"})
	if got := state(); got != "It is not in the mailbox yet. Leave Kith open. It says here when it is there." || vm.State().Made.On.Text != got {
		t.Errorf("on its way there: %q, %q", got, vm.State().Made.On.Text)
	}
	change := func(f func(g *present.Group)) {
		c.Change(func(w *present.World) {
			w.Groups[0].Invites = slices.Clone(w.Groups[0].Invites)
			f(&w.Groups[0])
		})
	}
	change(func(g *present.Group) { g.Invites[0].Waits = true })
	if got := state(); got != "It waits in the mailbox oakhouse.example. You can turn this computer off." {
		t.Errorf("there: %q", got)
	}
	change(func(g *present.Group) {
		g.Requests = append(slices.Clone(g.Requests), present.Request{ID: "r9", Invite: g.Invites[0].ID, Name: "Carol", At: fake.Evening().Add(-5 * time.Minute)})
	})
	if o := vm.State().Open[0]; o.State.Text != "Carol used it and asked to come in 5 minutes ago. Check six words." || o.CheckTo.Name != "r9" {
		t.Errorf("used: %+v", o)
	}
	over := vm.State().Made
	if !over.Over.None() {
		t.Errorf("it is open: %+v", over.Over)
	}
	change(func(g *present.Group) { g.Invites, g.Requests = nil, nil })
	if m := vm.State().Made; m.Over.What != "It has let somebody in, or somebody who leads the group took it back." || m.Link != "" || m.Over.Safe == "" || m.Over.Next == "" {
		t.Errorf("over: %+v", m)
	}
	vm.Another()
	if s := vm.State(); !s.Asks || s.Made != nil {
		t.Errorf("another: %+v", s)
	}
}

// TestAnInvitationThatHasRunOut says so, and offers nothing of it any more.
func TestAnInvitationThatHasRunOut(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := people.NewInvite(fake.Live(c), elm, drawn)
	vm.Make("Carol")
	c.Change(func(w *present.World) {
		w.Groups[0].Invites = slices.Clone(w.Groups[0].Invites)
		w.Groups[0].Invites[0].Expires = fake.Evening()
	})
	s := vm.State()
	if s.Made.Over.What != "This invitation has run out." || s.Made.Link != "" || s.Made.Over.Next != "If they still need one, make a new invitation." {
		t.Errorf("made: %+v", s.Made)
	}
	if s.Open[0].State.Text != "Nobody can use it any more. Make a new one if they still need it." {
		t.Errorf("open: %+v", s.Open[0])
	}
}

func TestAPersonsPage(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	vm := people.NewPerson(d, elm, fake.MID("Sue"))
	s := vm.State()
	if s.Name != "Sue" || len(s.Words) != 6 || s.Ticked || s.Remove != "Remove Sue" {
		t.Errorf("Sue: %+v", s)
	}
	vm.SetChecked(true)
	if s = vm.State(); !s.Ticked || s.Chip.Text != "Checked" {
		t.Errorf("compared: %+v", s.Chip)
	}
	if s.Hidden || s.Hide != "Hide what Sue writes" || !strings.Contains(s.HideText, "on this computer only") {
		t.Errorf("hiding: %q, %q", s.Hide, s.HideText)
	}
	vm.SetHidden(true)
	if s = vm.State(); !s.Hidden || s.Hide != "Show what Sue writes again" || !strings.Contains(s.HideText, "Sleepovers and the calendar still show") {
		t.Errorf("hidden: %q, %q", s.Hide, s.HideText)
	}
	if s = people.NewPerson(d, elm, fake.MID("Joanne")).State(); s.Remove != "Remove Joanne" || s.To.Page != present.PageRemove {
		t.Errorf("one who leads: %q to %+v, want a page that asks again", s.Remove, s.To)
	}
	me := people.NewPerson(d, elm, fake.MID("Bev"))
	if s = me.State(); s.Mine == nil || s.Mine.Name != "Bev" || s.Tick != "" || s.Hide != "" || s.To.Page != present.PageLeave {
		t.Errorf("own page: %+v", s)
	}
	me.SaveName(" ", "")
	if s = me.State(); s.Mine.Error == "" {
		t.Error("an empty name was saved")
	}
	me.SaveName("Beverley", "Hub carer")
	if s = me.State(); s.Name != "Beverley (you)" || s.Mine.Saved != "Saved." {
		t.Errorf("renamed: %q, %+v", s.Name, s.Mine)
	}
	if s = people.NewPerson(d, elm, kp1.MID{1}).State(); s.Gone.Heading == "" {
		t.Error("a person who is not there has a page")
	}
}

func TestRemoveAndLeave(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	vm := people.NewRemove(d, elm, fake.MID("Errol"))
	if s := vm.State(); s.Title != "Remove Errol from Elm Row?" || !strings.Contains(strings.Join(s.DoesNot, " "), "It does not call back what Errol has already seen.") {
		t.Errorf("confirm: %+v", s)
	}
	c.Fail(&kp1.Error{ECode: "E_LAST_ADMIN"})
	vm.Do()
	if s := vm.State(); s.Done || s.Problem.What != "You are the only one who leads this group." {
		t.Errorf("refused: %+v", s)
	}
	vm.Do()
	g, _ := c.World().Find(elm)
	if s := vm.State(); !s.Done || g.In(fake.MID("Errol")) {
		t.Errorf("removed: %+v", s)
	}
	leave := people.NewLeave(d, elm)
	leave.Do()
	if len(c.World().Groups) != 0 || !leave.State().Done || !slices.Contains(c.Calls(), "Leave") {
		t.Error("did not leave")
	}
}

// TestLastOneLeaves: who alone leads the others is told to hand that on first, and who is alone ends the group.
func TestLastOneLeaves(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	if _, err := c.SetRank(t.Context(), elm, fake.MID("Joanne"), kp1.RankMember); err != nil {
		t.Fatal(err)
	}
	d := fake.Live(c)
	if s := people.NewLeave(d, elm).State(); s.Title != "You cannot leave Elm Row yet" || s.Yes != "" || s.No == "" {
		t.Errorf("who alone leads: %+v", s)
	}
	g, _ := c.World().Find(elm)
	for _, m := range g.State.Members {
		if m.ID != g.Me {
			if err := c.Remove(t.Context(), elm, m.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s := people.NewPerson(d, elm, g.Me).State(); s.Remove != "End the group" {
		t.Errorf("the way there: %q", s.Remove)
	}
	end := people.NewLeave(d, elm)
	if s := end.State(); s.Title != "End Elm Row?" || s.Yes != "End the group" || strings.Contains(s.Text, "other computers") {
		t.Errorf("who is alone: %+v", s)
	}
	c.Calls()
	end.Do()
	if !slices.Equal(c.Calls(), []string{"End"}) || len(c.World().Groups) != 0 || !end.State().Done {
		t.Errorf("did not end it: %+v", end.State())
	}
}

// TestGuestBecomesMember: who leads makes a guest a member, and alone.
func TestGuestBecomesMember(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	if _, err := c.SetRank(t.Context(), elm, fake.MID("Tom"), kp1.RankGuest); err != nil {
		t.Fatal(err)
	}
	d := fake.Live(c)
	if s := people.NewPerson(d, elm, fake.MID("Tom")).State(); s.Lead != "Make Tom a member" || s.LeadTo.Page != present.PageRole {
		t.Errorf("Tom's page: %q to %+v", s.Lead, s.LeadTo)
	}
	vm := people.NewRole(d, elm, fake.MID("Tom"))
	if s := vm.State(); s.Title != "Shall Tom be a member of Elm Row?" || s.Danger || strings.Contains(s.Text, "has to agree") {
		t.Errorf("the question: %+v", s)
	}
	vm.Do()
	g, _ := c.World().Find(elm)
	if m, _ := g.State.Member(fake.MID("Tom")); m.Rank != kp1.RankMember {
		t.Errorf("Tom has rank %d", m.Rank)
	}
}

func TestHome(t *testing.T) {
	c := fake.Family(fake.Evening).As("Sue")
	d := fake.Live(c)
	vm := people.NewHome(d, elm)
	vm.Save(people.HomeDraft{Beds: "many"})
	if s := vm.State(); s.BedsError != "Type a number from 0 to 20." || s.Beds != "many" {
		t.Errorf("beds: %+v", s)
	}
	vm.Save(people.HomeDraft{Name: "The Elms", Beds: "2", With: []string{fake.MID("Errol").String()}})
	if s := vm.State(); !s.Done {
		t.Fatalf("not saved: %+v", s.Problem)
	}
	row := func(who string) (people.State, people.Home) {
		s := people.New(fake.Live(c.As(who)), elm).State()
		for _, h := range s.Homes {
			if strings.Contains(h.Text, "2 beds to spare") && (h.Mine || h.Name == "The Elms") {
				return s, h
			}
		}
		return s, people.Home{}
	}
	if _, h := row("Sue"); h.Name != "Your home" || h.Text != "You. 2 beds to spare. Errol has not said so yet." {
		t.Errorf("Sue's home: %+v", h)
	}
	s, _ := row("Errol")
	if len(s.Invited) != 1 || s.Invited[0].Text != "Sue says you live at The Elms." {
		t.Fatalf("Errol is asked: %+v", s.Invited)
	}
	people.New(fake.Live(c.As("Errol")), elm).LiveHere(s.Invited[0].Home)
	if g, _ := c.World().Find(elm); !g.Kin(fake.MID("Sue"), fake.MID("Errol")) {
		t.Error("both said so, and they do not live together")
	}
}

func TestEmptyPagesTeach(t *testing.T) {
	c := fake.New(fake.Evening)
	if s := people.New(fake.Live(c), kp1.GID{}).State(); s.Empty.Heading != "No group yet" || s.Empty.Go.Place != present.PlaceStart {
		t.Errorf("no group: %+v", s.Empty)
	}
	if _, err := c.Found(t.Context(), present.Found{Kind: care.Constellation.String(), Name: "Elm Row", MyName: "Bev"}); err != nil {
		t.Fatal(err)
	}
	if s := people.New(fake.Live(c), kp1.GID{}).State(); s.Empty.Heading != "Nobody else is here yet" || s.Empty.Button != "Invite someone" || s.NoHomes.Heading == "" {
		t.Errorf("alone: %+v", s.Empty)
	}
}

// TestLeadNeedsAnother: where somebody else leads as well, the page says that they have to agree, and the list shows what
// waits; who asked cannot agree to it.
func TestLeadNeedsAnother(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	if s := people.NewPerson(d, elm, fake.MID("Sue")).State(); s.Lead != "Let Sue help to lead" || s.Remove != "Remove Sue" {
		t.Errorf("Sue's page: %q, %q", s.Lead, s.Remove)
	}
	if s := people.NewPerson(d, elm, fake.MID("Joanne")).State(); s.Lead != "Joanne no longer leads" || s.Remove != "Remove Joanne" {
		t.Errorf("Joanne's page: %q, %q", s.Lead, s.Remove)
	}
	const other = "Somebody else who leads has to agree"
	for _, q := range []struct {
		name   string
		vm     *people.Confirm
		danger bool
		second bool
	}{
		{"Sue leads", people.NewRole(d, elm, fake.MID("Sue")), false, true},         // Joanne has to agree
		{"Joanne follows", people.NewRole(d, elm, fake.MID("Joanne")), true, false}, // there are only these two
		{"Sue goes", people.NewRemove(d, elm, fake.MID("Sue")), true, false},
		{"Joanne goes", people.NewRemove(d, elm, fake.MID("Joanne")), true, false},
	} {
		if s := q.vm.State(); s.Danger != q.danger || strings.Contains(s.Text, other) != q.second {
			t.Errorf("%s: %+v", q.name, s)
		}
	}
	if s := people.NewPerson(fake.Live(fake.Family(fake.Evening)), elm, fake.MID("Sue")).State(); s.Lead != "" || s.Remove != "" {
		t.Errorf("who does not lead may: %q, %q", s.Lead, s.Remove)
	}

	list := people.New(d, elm)
	c.Asks(present.Ask{ID: kp1.ID{1}, By: fake.MID("Joanne"), Member: fake.MID("Sue"), What: present.AskLead})
	c.Asks(present.Ask{ID: kp1.ID{2}, By: fake.MID("Bev"), Member: fake.MID("Tom"), What: present.AskRemove, Mine: true})
	s := list.State()
	if len(s.Asks) != 2 || s.Asks[0].Title != "Joanne asks that Sue helps to lead the group" || s.Asks[0].Yes != "I agree" ||
		s.Asks[1].Title != "You ask that Tom leaves the group" || s.Asks[1].Yes != "" {
		t.Fatalf("what waits: %+v", s.Asks)
	}
	list.Agree(s.Asks[0].ID)
	if s := list.State(); len(s.Asks) != 1 || s.Problem.What != "" {
		t.Errorf("after agreeing: %+v, %+v", s.Asks, s.Problem)
	}
	for _, what := range []string{present.AskRemove, present.AskLead, present.AskFollow, present.AskAdmit, present.AskRevoke, present.AskRules, present.AskOther} {
		for _, mine := range []bool{false, true} {
			c.Asks(present.Ask{ID: kp1.ID{3}, By: fake.MID("Joanne"), Member: fake.MID("Sue"), What: what, Mine: mine})
		}
	}
	for _, a := range list.State().Asks {
		if a.Title == "" || strings.HasPrefix(a.Title, "people.ask") {
			t.Errorf("no words for %+v", a)
		}
	}
}

// TestWhoCameBack: somebody who lost even the words is shown as one person, under the name of today; who is in is never
// taken for somebody else, nor anybody whom two claim to be.
func TestWhoCameBack(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	old, now, other := kp1.MID{1}, fake.MID("Sue"), fake.MID("Tom")
	formerly := func(m, was kp1.MID) {
		c.Change(func(w *present.World) {
			all := slices.Clone(w.Groups[0].State.Members)
			all[slices.IndexFunc(all, func(x group.Member) bool { return x.ID == m })].Formerly = was
			w.Groups[0].State.Members = all
		})
	}
	elmRow := func() present.Group { return c.World().Groups[0] }
	if elmRow().Now(old) != old || elmRow().NameOf(old) != "Someone new" {
		t.Error("somebody nobody knows")
	}
	c.Change(func(w *present.World) { w.Groups[0].Asked = map[kp1.MID]string{old: "Bernice", now: "Nobody"} })
	if elmRow().NameOf(old) != "Bernice" || elmRow().NameOf(now) != "Sue" {
		t.Errorf("who asked to join is called %q, and who has said a name %q", elmRow().NameOf(old), elmRow().NameOf(now))
	}
	formerly(now, old)
	if elmRow().Now(old) != now || elmRow().NameOf(old) != "Sue" || elmRow().FaceOf(old) != elmRow().FaceOf(now) || elmRow().NameOrYou(old) == "You" {
		t.Errorf("who Sue was is called %q", elmRow().NameOf(old))
	}
	if elmRow().Now(now) != now || elmRow().Now(kp1.MID{}) != (kp1.MID{}) {
		t.Error("who is in is somebody else")
	}
	formerly(other, old)
	if elmRow().Now(old) != old {
		t.Error("two people are the same one")
	}
	formerly(other, now)
	if elmRow().Now(now) != now {
		t.Error("somebody who is in is taken for another")
	}
}

// TestRequestOfSomebodyKnown: the page says what the group knows of who asks, and whom the answer lets in.
func TestRequestOfSomebodyKnown(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Carol()
	d := fake.Live(c)
	vm := people.NewRequest(d, elm, "r1")
	if s := vm.State(); s.Known.Text != "" || s.Once == "" || len(s.Former) != 0 {
		t.Errorf("somebody new: %+v", s)
	}
	vm.Before()
	vm.SetFormer(fake.MID("Joanne").String())
	if s := vm.State(); !strings.HasPrefix(s.FormerText, "Joanne helps to lead.") || s.Once != "" {
		t.Errorf("somebody who led: %+v", s)
	}
	vm.SetFormer("nobody")
	if s := vm.State(); s.FormerText != "" || !s.Former[0].Chosen {
		t.Errorf("nobody after all: %+v", s.Former)
	}
	c.Returning("Errol", true)
	if s := vm.State(); s.Yes != "Let Errol’s computer in" || !strings.Contains(s.Ring, "found the paper") || s.Former != nil {
		t.Errorf("somebody who is in: %+v", s)
	}
	c.Returning("Errol", false)
	if s := vm.State(); s.Yes != "" || !strings.Contains(s.Known.Text, "Add another computer") {
		t.Errorf("a computer that is in: %+v", s)
	}
	c.Gone("Errol")
	if s := vm.State(); s.Yes != "Let Errol in" || !strings.Contains(s.Known.Text, "the same person") {
		t.Errorf("somebody who was here: %+v", s)
	}
}

// TestInvitationsThatEnded: those that ended with somebody who led are offered to be made anew, and are open then.
func TestInvitationsThatEnded(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := people.NewInvite(fake.Live(c), elm, drawn)
	if s := vm.State(); len(s.Lapsed) != 0 || s.LapsedHeading != "" {
		t.Errorf("none has ended: %+v", s.Lapsed)
	}
	c.Lapsed("Carol")
	s := vm.State()
	if len(s.Lapsed) != 1 || !strings.HasPrefix(s.Lapsed[0].Text, "Carol, would have worked until ") {
		t.Fatalf("ended: %+v", s.Lapsed)
	}
	vm.Reissue(s.Lapsed[0].ID)
	if s = vm.State(); s.Made == nil || len(s.Lapsed) != 0 || len(s.Open) != 1 || !strings.HasPrefix(s.Made.Link, "kith:join#") {
		t.Errorf("made anew: %+v, open %+v", s.Made, s.Open)
	}
}
