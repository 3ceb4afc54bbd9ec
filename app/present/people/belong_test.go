package people_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/people"
	"kith/store/group"
	"kith/store/kp1"
)

// TestWhoLetsItStand: what waits for the word of a steward says whose, and offers it to nobody else; where the only steward is
// whom it is about, it says what brings it about.
func TestWhoLetsItStand(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	bev, sue, joanne := fake.MID("Bev"), fake.MID("Sue"), fake.MID("Joanne")
	for _, x := range []struct {
		name, typ string
		rank      uint8 // of the act
		stewards  []kp1.MID
		want      string
		keep      bool
	}{
		{"more keys", group.TypeRemove, 0, nil, "One more person who leads must agree now.", true},
		{"a second first steward", group.TypeSetRole, kp1.RankSteward, []kp1.MID{joanne}, "Only a steward can let it stand now: Joanne.", false},
		{"and this is the steward", group.TypeSetRole, kp1.RankSteward, []kp1.MID{bev}, "Only a steward can let it stand now: You.", true},
		{"the same one twice", group.TypeSetRole, kp1.RankSteward, []kp1.MID{sue}, "One more person who leads must agree now.", true},
		{"a steward removed", group.TypeRemove, 0, []kp1.MID{sue, joanne}, "Only a steward can let it stand now: Joanne.", false},
		{"the only steward removed", group.TypeRemove, 0, []kp1.MID{sue}, "It counts once Sue steps down.", false},
		{"the only steward lowered", group.TypeSetRole, kp1.RankMember, []kp1.MID{sue}, "It counts once Sue steps down.", false},
	} {
		g := c.World().Groups[0]
		g.State.Members = slices.Clone(g.State.Members)
		for i, m := range g.State.Members {
			if slices.Contains(x.stewards, m.ID) {
				g.State.Members[i].Rank = kp1.RankSteward
			}
		}
		m := group.Matter{Kind: group.Waiting, Fence: group.FenceLate, Loss: group.LossKeys, Act: group.Act{Type: x.typ, By: []kp1.MID{bev}, Member: sue, Rank: x.rank}}
		if it := people.Matter(g, m, fake.Evening()); !strings.HasPrefix(it.Text, x.want) && !strings.Contains(it.Text, " "+x.want) || (it.Keep != "") != x.keep {
			t.Errorf("%s: %q, Keep %q", x.name, it.Text, it.Keep)
		}
	}
}

// TestHowManyHaveNotHeard: one computer has not, two have not, and of two computers there is one other.
func TestHowManyHaveNotHeard(t *testing.T) {
	g := fake.Family(fake.Evening).As("Bev").World().Groups[0]
	for _, x := range []struct {
		have, of int
		want     string
	}{
		{0, 1, "The only other computer has not heard of it yet."},
		{2, 3, "1 of 3 computers has not heard of it yet."},
		{1, 3, "2 of 3 computers have not heard of it yet."},
		{3, 3, "All computers have heard of it."},
	} {
		g.Delivery = func(kp1.ID) present.Delivery { return present.Delivery{Stored: true, Devices: x.have, Of: x.of} }
		if _, who := people.Removed(g, present.Removal{Member: fake.MID("Sue")}); !strings.HasPrefix(who.Text, x.want) {
			t.Errorf("%d of %d: %q, want %q", x.have, x.of, who.Text, x.want)
		}
	}
}

// TestReview: every matter says what happened, why it does not count, and what the two buttons do; what was left is kept
// below, and asked about no more.
func TestReview(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	if s := people.NewReview(d, elm).State(); s.Empty.Heading != "Nothing to settle" || len(s.Items) != 0 {
		t.Errorf("a quiet queue: %+v", s)
	}
	c.Quarrel()
	vm := people.NewReview(d, elm)
	s := vm.State()
	var got []string
	for _, i := range s.Items {
		got = append(got, i.Title+" | "+i.Text+" | "+i.Keep+" | "+i.Leave)
	}
	want := []string{
		"Someone new let Someone new in. | It does not count. You removed Someone new. So Someone new is not in the group. | Let Someone new in again | Someone new stays out",
		"Someone new had Sue help to lead. | It does not count. You removed Someone new. To have Sue back, send a new invitation. | Do it again | Leave it undone",
		"Joanne let Someone new in. | It does not count. You removed Someone new. Neither knew of the other. So Someone new is out. | Let Someone new in again | Someone new stays out",
		"Someone new removed Someone new. | Someone new has been removed since. This still counts, so Someone new is out. To have Someone new back, send a new invitation. |  | Someone new stays out",
		"Someone new removed Errol. | It came after Someone new was removed. It may be old and true, or made up since. It does not count yet. | Let it stand | Do not let it stand",
		"Someone new wrote 3 things that nobody sees | They were written after Someone new was removed, or came too late. | Show them to everyone | Leave them hidden",
	}
	want[1] = strings.Replace(want[1], " To have Sue back, send a new invitation.", "", 1)
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("item %d:\n got %q\nwant %q", i, got[min(i, len(got)-1)], want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d items, want %d: keys that wait are for nobody", len(got), len(want))
	}
	list := people.New(d, elm)
	if n := list.State().Notices; len(n) != 1 || n[0].Title != "5 things to settle" || n[0].To.Page != present.PageReview {
		t.Errorf("notices %+v", n)
	}
	for range 4 {
		vm.Leave(vm.State().Items[0].Key)
	}
	vm.Keep(vm.State().Items[0].Key)
	if s = vm.State(); len(s.Items) != 1 || len(s.Left) != 4 || s.Left[0].Leave != "" || s.Left[0].Keep == "" {
		t.Fatalf("after four were left and one was kept: %d and %d", len(s.Items), len(s.Left))
	}
	if n := list.State().Notices; len(n) != 1 || n[0].Title != "3 things came too late" {
		t.Errorf("notices %+v", n)
	}
	vm.Leave(s.Items[0].Key)
	if s = vm.State(); len(s.Items) != 0 || s.Empty.Heading != "Nothing to settle" {
		t.Errorf("all is settled: %+v", s.Items)
	}
	if n := list.State().Notices; len(n) != 1 || n[0].Title != "" || n[0].Tone != present.ToneStone {
		t.Errorf("notices %+v", n)
	}
	vm.Keep(vm.State().Left[len(vm.State().Left)-1].Key)
	if n := len(vm.State().Left); n != 4 {
		t.Errorf("%d are left after the late ones are shown, want 4", n)
	}
	if s := people.New(fake.Live(c.As("Ade")), elm).State(); len(s.Notices) != 0 && s.Notices[0].Key == "review" && len(s.Invite) != 0 {
		t.Error("who does not lead is asked")
	}
}

// TestLostComputer: the page lists what was done with it, and after it is out who has not heard.
func TestLostComputer(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	id := c.Misused()
	d := fake.Live(c)
	p := people.NewPerson(d, elm, fake.MID("Priya")).State()
	var old people.Computer
	for _, x := range p.Computers {
		if x.Old != "" {
			old = x
		}
	}
	if old.Lost != "Take it out" || old.To.Page != present.PageLost {
		t.Fatalf("a computer that is silent for 100 days: %+v", p.Computers)
	}
	vm := people.NewLost(d, old.To)
	s := vm.State()
	if len(s.Done) != 2 || s.Done[1].Text != "Priya let Sue in." || s.Done[1].Undo != "Open Sue" || !strings.HasPrefix(s.DoneText, "It wrote 14 things.") {
		t.Errorf("what was done with it: %q %+v", s.DoneText, s.Done)
	}
	vm.Do()
	s = vm.State()
	if s.Out != "That computer is out" || s.Yes != "" || !strings.HasPrefix(s.Heard.Text, "7 of 7 computers have not heard of it yet. Not yet: ") {
		t.Errorf("after it is out: %q %q %q", s.Out, s.Yes, s.Heard.Text)
	}
	for of, want := range map[int]string{1: "The only other computer has not heard of it yet.", 3: "1 of 3 computers has not heard of it yet."} {
		c.Change(func(w *present.World) {
			w.Groups[0].Delivery = func(kp1.ID) present.Delivery { return present.Delivery{Stored: true, Devices: of - 1, Of: of} }
		})
		if s := people.NewLost(d, old.To).State(); s.Heard.Text != want {
			t.Errorf("one of %d has not heard: %q", of, s.Heard.Text)
		}
	}
	if r := c.World().Groups[0].Removals; len(r) != 1 || r[0].Devices[0] != id {
		t.Errorf("removals %+v", r)
	}
	if s := people.NewLost(d, present.Route{Group: elm, Member: fake.MID("Priya"), Name: kp1.DID{1}.String()}).State(); s.Gone.Heading == "" {
		t.Error("a computer that nobody knows can be taken out")
	}
	own := people.NewPerson(d, elm, fake.MID("Bev")).State()
	if own.Computers[0].Lost != "" {
		t.Error("this very computer can be taken out")
	}
	if p := people.NewPerson(fake.Live(c.As("Ade")), elm, fake.MID("Priya")).State(); p.Computers[0].Lost != "" {
		t.Error("who does not lead can take out a computer of somebody else")
	}
}

// TestWaitingComputer: it is let in only once somebody says how the words were compared.
func TestWaitingComputer(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.WaitingComputer("Sue")
	d := fake.Live(c)
	if n := people.New(d, elm).State().Notices; len(n) != 1 || n[0].Title != "Sue has a computer that waits" {
		t.Errorf("notices %+v", n)
	}
	vm := people.NewPerson(d, elm, fake.MID("Sue"))
	vm.Confirm(fake.Waiter)
	if s := vm.State(); s.WaitingError == "" || len(s.Waiting) != 1 {
		t.Errorf("let in unseen: %+v", s.Waiting)
	}
	vm.SetHow(present.VerifiedVoice)
	vm.Confirm(fake.Waiter)
	if s := vm.State(); len(s.Waiting) != 0 || len(s.Computers) != 2 || !s.Ticked {
		t.Errorf("after it was let in: %+v", s)
	}
}

// TestVote: a strict majority elects, and the page says how many are missing.
func TestVote(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Headless()
	d := fake.Live(c)
	if n := people.New(d, elm).State().Notices; len(n) != 1 || n[0].Title != "Nobody leads this group any more" || n[0].To.Page != present.PageVote {
		t.Errorf("notices %+v", n)
	}
	vm := people.NewVote(d, elm)
	row := func() people.VoteRow {
		for _, r := range vm.State().Rows {
			if r.Member == fake.MID("Sue") {
				return r
			}
		}
		return people.VoteRow{}
	}
	if s := vm.State(); s.Text != "Nobody leads this group any more. Who gets 5 of 8 votes leads it at once." || row().Text != "For it: Tom and Priya. 3 more are needed." {
		t.Errorf("%q, %q", s.Text, row().Text)
	}
	vm.For(fake.MID("Sue"))
	if r := row(); r.Text != "For it: Tom, Priya and You. 2 more are needed." || r.Yes != "" {
		t.Errorf("after my vote: %+v", r)
	}
	c.Change(func(w *present.World) { w.Groups[0].Ballot[0].By = append(w.Groups[0].Ballot[0].By, fake.MID("Bev")) })
	c.Change(func(w *present.World) { w.Groups[0].Me = fake.MID("Megan") })
	vm.For(fake.MID("Sue"))
	if s := vm.State(); s.Empty.Text != "Sue leads it." {
		t.Errorf("after five votes: %+v", s)
	}
}

// TestSides: both versions show who stands there, strangers too; nothing can be chosen but to say that the others were asked.
func TestSides(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	d := fake.Live(c)
	if s := people.NewSides(d, elm).State(); s.Empty.Heading == "" {
		t.Errorf("no conflict: %+v", s)
	}
	c.Split()
	s := people.NewSides(d, elm).State()
	var got []string
	for _, side := range s.Sides {
		line := side.Heading + " (" + side.What + ")"
		for _, p := range side.People {
			line += " " + p.Name + "/" + p.Chip.Text
		}
		got = append(got, line)
	}
	want := []string{
		"Your version (Joanne removed Errol.) Bev (you)/It is you Ade/Not checked yet Tom/Checked",
		"The other version (Joanne let Someone new in.) Sue/Not checked yet Someone new/Nobody you know",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("sides:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestSidesStandBy: who has asked the others says so, and the conflict is over on this computer.
func TestSidesStandBy(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Split()
	vm := people.NewSides(fake.Live(c), elm)
	if vm.State().Stand == "" {
		t.Fatal("nothing to press once the others were asked")
	}
	vm.StandBy()
	if s := vm.State(); s.Empty.Heading == "" || s.Problem.What != "" {
		t.Errorf("after it: %+v", s)
	}
	vm.StandBy() // nothing is open any more
}

// TestLater: what waits until this computer has caught up says so, can be signed at once or dropped, and says why it was not done.
func TestLater(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := people.New(fake.Live(c), elm)
	for i, a := range []present.Ask{
		{What: present.AskRemove, Member: fake.MID("Tom")},
		{What: present.AskLead, Member: fake.MID("Sue")},
		{What: present.AskFollow, Member: fake.MID("Joanne")},
		{What: present.AskRevoke, Devices: []kp1.DID{{1}}},
		{What: present.AskRules},
		{What: present.AskRemove, Member: fake.MID("Errol"), Why: &kp1.Error{ECode: "E_NOT_FOUND"}},
	} {
		a.ID, a.Mine, a.Later = kp1.ID{byte(i + 1)}, true, true
		c.Asks(a)
	}
	s := vm.State().Asks
	var got []string
	for _, a := range s {
		got = append(got, a.Title+" / "+a.Yes+" / "+a.No)
	}
	want := []string{
		"Tom is to leave the group / Sign it now / Drop it", "Sue is to help lead the group / Sign it now / Drop it",
		"Joanne is no longer to lead the group / Sign it now / Drop it", "A computer is to be taken out / Sign it now / Drop it",
		"Something about this group is to change / Sign it now / Drop it",
		"Errol is to leave the group /  / Drop it",
	}
	if !slices.Equal(got, want) {
		t.Fatalf("what waits:\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	vm.Agree(s[0].ID)
	vm.Forget(s[1].ID)
	if s := vm.State(); len(s.Asks) != 4 || s.Problem.What != "" {
		t.Errorf("one signed and one dropped: %+v", s)
	}
}

// TestBehind: a computer that was away for long says what it cannot do.
func TestBehind(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	c.Change(func(w *present.World) { w.Groups[0].Behind = true })
	vm := people.New(fake.Live(c), elm)
	if n := vm.State().Notices; len(n) == 0 || n[0].Title != "This computer has not heard from the group for over a week." {
		t.Errorf("notices = %+v", n)
	}
}

// TestSlowClock: a clock that two others disagree with by a quarter of an hour is told of, here and on Today, with both times.
func TestSlowClock(t *testing.T) {
	evening := fake.Evening()
	for ahead, want := range map[time.Duration]bool{15*time.Minute - time.Second: false, 15 * time.Minute: true, 10 * 365 * 24 * time.Hour: true} {
		c := fake.Family(fake.Evening).As("Bev")
		c.Change(func(w *present.World) { w.Groups[0].Latest = evening.Add(ahead) })
		n := people.New(fake.Live(c), elm).State().Notices
		at := slices.IndexFunc(n, func(x people.Notice) bool { return x.Title == "This computer’s clock seems to be wrong" })
		if (at >= 0) != want {
			t.Errorf("%v behind: told %v, want %v", ahead, at >= 0, want)
		}
		if year := strconv.Itoa(evening.Add(ahead).Year()); at >= 0 && (!strings.Contains(n[at].Text, year) || !strings.Contains(n[at].Text, present.Time(evening))) {
			t.Errorf("%v behind: %q", ahead, n[at].Text)
		}
		all := people.Pressing(c.World().Groups[0], evening)
		if slices.ContainsFunc(all, func(x people.Notice) bool { return x.Key == "clock" }) != want {
			t.Errorf("%v behind: Today is told %v", ahead, !want)
		}
	}
}

// TestRules: who leads chooses, others read what holds; a proposal says that it waits.
func TestRules(t *testing.T) {
	c := fake.Family(fake.Evening).As("Bev")
	vm := people.NewRules(fake.Live(c), elm)
	if s := vm.State(); len(s.Devices.Options) != 2 || !s.Devices.Options[0].Chosen || s.Devices.Holds.Text != "" {
		t.Errorf("rules: %+v", s)
	}
	vm.SetDevices(people.RuleAsked)
	if s := vm.State(); !s.Devices.Options[1].Chosen {
		t.Errorf("after: %+v", s.Devices)
	}
	if s := vm.State(); len(s.Keep.Options) != 4 || !s.Keep.Options[0].Chosen || s.Keep.Options[0].Label != "For good" {
		t.Errorf("how long words are kept: %+v", s.Keep)
	}
	vm.SetKeep("30")
	if s := vm.State(); s.Keep.Yes == "" || !s.Keep.Options[3].Chosen {
		t.Errorf("chosen: %+v", s.Keep)
	}
	vm.KeepIt(false)
	if g, _ := c.World().Find(elm); g.KeepDays() != 0 || vm.State().Keep.Yes != "" {
		t.Errorf("words are kept for %d days, and nobody said yes", g.KeepDays())
	}
	vm.SetKeep("90")
	vm.KeepIt(true)
	if s := vm.State(); s.Keep.Yes != "" || !s.Keep.Options[2].Chosen || s.Keep.Options[2].Label != "For 90 days" {
		t.Errorf("after: %+v", s.Keep)
	}
	if s := vm.State(); len(s.Reach.Options) != 2 || !s.Reach.Options[0].Chosen || s.Reach.Note == "" {
		t.Errorf("how computers meet, without a mailbox: %+v", s.Reach)
	}
	vm.SetReach(present.ReachMailbox)
	if s := vm.State(); s.Reach.Yes == "" || !s.Reach.Options[1].Chosen {
		t.Errorf("chosen: %+v", s.Reach)
	}
	if g, _ := c.World().Find(elm); g.State.Policy.Reach != group.ReachDirect {
		t.Error("computers meet through the mailbox, and nobody said yes")
	}
	vm.ReachIt(true)
	if s := vm.State(); s.Reach.Yes != "" || !s.Reach.Options[1].Chosen {
		t.Errorf("after: %+v", s.Reach)
	}
	s := people.NewRules(fake.Live(c.As("Ade")), elm).State()
	if len(s.Reach.Options) != 0 || s.Reach.Holds.Text != "Only through the mailbox" {
		t.Errorf("who does not lead: %+v", s.Reach)
	}
	if len(s.Devices.Options)+len(s.Keep.Options) != 0 || s.Devices.Holds.Text != "Somebody else must let it in" || s.Keep.Holds.Text != "For 90 days" {
		t.Errorf("who does not lead: %+v", s)
	}
}
