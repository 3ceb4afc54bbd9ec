package today_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/today"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

func TestTodayOfAnEvening(t *testing.T) {
	s := today.New(fake.Live(fake.Family(fake.Evening))).State()
	if s.Title != "Good evening, Ade" || s.Date != "Saturday 21 November" || s.Heading != "Needs you, 2 things" {
		t.Errorf("head: %q, %q, %q", s.Title, s.Date, s.Heading)
	}
	if len(s.Needs) != 2 {
		t.Fatalf("needs: %+v", s.Needs)
	}
	if n := s.Needs[0]; n.Title != "Two homes can have Mia on Friday" || n.Text != "Bev and Sue have both offered. You choose." || n.Button != "Choose" {
		t.Errorf("first need: %+v", n)
	}
	if n := s.Needs[1]; n.Title != "Two versions of Noor: swimming" || n.Button != "Compare" {
		t.Errorf("second need: %+v", n)
	}
	if len(s.Messages) != 1 || s.Messages[0].Title != "Picnic on Sunday" || s.Messages[0].Chip.Text != "3 new" || s.Messages[0].Text != "Priya, 6.10 pm" {
		t.Errorf("messages: %+v", s.Messages)
	}
	for i, head := range []string{"Tonight", "Sun 22", "Mon 23", "Tue 24", "Wed 25", "Thu 26", "Fri 27"} {
		if s.Week[i].Head != head {
			t.Errorf("day %d is called %q, want %q", i, s.Week[i].Head, head)
		}
	}
	if s.Week[2].Text != "Nothing planned" || s.Week[0].Pills[0].Text != "Tom is home late, 9.30 pm" {
		t.Errorf("week: %+v", s.Week)
	}
	want := []string{
		"Bev, Joanne, Megan, Priya, Sue and Tom have it all.",
		"Errol’s computer has been off since Thursday. 2 things from you will arrive when it is on.",
	}
	if len(s.Has) != 2 || s.Has[0].Text != want[0] || s.Has[1].Text != want[1] {
		t.Errorf("who has it: %+v", s.Has)
	}
}

// TestMessageWordsStayInMessages: somebody may be beside this person.
// TestHasItAllIsForReaders: who may read none of it, or has no computer, is said to have nothing.
func TestHasItAllIsForReaders(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Change(func(w *present.World) {
		was := w.Groups[0].Delivery
		w.Groups[0].Delivery = func(id kp1.ID) present.Delivery {
			d := was(id)
			not := func(m kp1.MID) bool { return m == fake.MID("Tom") }
			d.Has, d.HasNot = slices.DeleteFunc(slices.Clone(d.Has), not), slices.DeleteFunc(slices.Clone(d.HasNot), not)
			return d
		}
	})
	for _, l := range today.New(fake.Live(c)).State().Has {
		if strings.Contains(l.Text, "Tom") {
			t.Errorf("of Tom, for whom nothing was: %q", l.Text)
		}
	}
}

func TestMessageWordsStayInMessages(t *testing.T) {
	s := today.New(fake.Live(fake.Family(fake.Evening))).State()
	for _, m := range s.Messages {
		if strings.Contains(m.Title+m.Text, "sandwiches") || strings.Contains(m.Title+m.Text, "Two for you") {
			t.Errorf("Today shows what was written: %+v", m)
		}
	}
}

func TestTodaySaysWhatToDoWhenNothingWaits(t *testing.T) {
	c := fake.New(fake.Evening)
	d := fake.Live(c)
	vm := today.New(d)
	if s := vm.State(); s.Nothing.Heading != "You are on your own here for now" || s.Nothing.Go.Place != present.PlaceStart {
		t.Errorf("without a group: %+v", s.Nothing)
	}
	if _, err := c.Found(t.Context(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Bev"}); err != nil {
		t.Fatal(err)
	}
	if s := vm.State(); s.Nothing.Heading != "Nobody else is in Elm Row yet" || s.Nothing.Go.Page != present.PageInvite {
		t.Errorf("alone: %+v", s.Nothing)
	}
	if got := vm.State().Has[0].Text; got != "You have not sent anything yet." {
		t.Errorf("nothing sent: %q", got)
	}
}

func TestEachSideIsAskedForWhatIsTheirs(t *testing.T) {
	c := fake.Family(fake.Evening)
	g := fake.GID(fake.ElmRow)
	need := func(who string) string {
		var titles []string
		for _, n := range today.New(fake.Live(c.As(who))).State().Needs {
			if n.To.Place == present.PlaceSleepovers {
				titles = append(titles, n.Title)
			}
		}
		return strings.Join(titles, "; ")
	}
	mia := c.Mia()
	if got := need("Megan"); got != "Mia needs a bed on Friday" {
		t.Errorf("Megan, who could help: %q", got)
	}
	if got := need("Bev"); got != "" {
		t.Errorf("Bev, who has offered: %q", got)
	}
	if got := need("Tom"); got != "Two homes can have Mia on Friday" {
		t.Errorf("Tom, of the same home: %q", got)
	}
	c.By(g, "Ade", sleepover.Choose{Ask: mia.ID, Offer: mia.Standing()[0].ID})
	if got := need("Bev"); got != "Ade chose you for Mia" {
		t.Errorf("Bev, chosen: %q", got)
	}
	if got := need("Megan"); got != "" {
		t.Errorf("Megan, when it is sorted: %q", got)
	}
	c.By(g, "Bev", sleepover.Agree{Ask: mia.ID})
	terms := mia.Terms
	terms.Collect = "You fetch her"
	c.By(g, "Tom", sleepover.Change{Ask: mia.ID, Terms: terms, Beds: 1})
	if got := need("Bev"); got != "Mia’s sleepover has changed" {
		t.Errorf("Bev, after a change: %q", got)
	}
}

func TestRequestsAndJoins(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Carol()
	find := func(titles string) bool {
		for _, n := range today.New(fake.Live(c)).State().Needs {
			if n.Title == titles {
				return true
			}
		}
		return false
	}
	if find("Carol is asking to join Elm Row") {
		t.Error("a request is shown to somebody who does not lead the group")
	}
	c.As("Bev")
	if !find("Carol is asking to join Elm Row") {
		t.Error("Bev does not see Carol's request")
	}
	j, err := c.Join(t.Context(), "kith:join#x", "Bev")
	if err != nil {
		t.Fatal(err)
	}
	oak, err := c.Found(t.Context(), present.Found{Kind: present.Family, Name: "Oak", MyName: "Bev"})
	if err != nil {
		t.Fatal(err)
	}
	for stage, text := range map[string]string{
		present.JoinLooking: "Kith is looking for the other computer, and goes on trying.", present.JoinSent: "It has been left. They must say yes.",
		present.JoinWaiting:  "There is a yes. Kith is fetching the group.",
		present.JoinApproved: "You are in. Compare six words.", present.JoinExpired: "It has ended. See why.", present.JoinCancelled: "",
	} {
		c.SetJoin(j.ID, func(j *present.Join) { j.Stage, j.GID = stage, oak })
		got := ""
		for _, n := range today.New(fake.Live(c)).State().Needs {
			if n.To.Name == j.ID {
				got = n.Text
			}
		}
		if got != text {
			t.Errorf("%s: %q, want %q", stage, got, text)
		}
	}
	needs := func(g kp1.GID) bool {
		c.SetJoin(j.ID, func(j *present.Join) { j.Stage, j.GID = present.JoinApproved, g })
		return slices.ContainsFunc(today.New(fake.Live(c)).State().Needs, func(n today.Need) bool { return n.To.Name == j.ID })
	}
	if elm := fake.GID(fake.ElmRow); needs(elm) {
		t.Error("somebody who has compared words in the group is asked to do it still")
	}
	if needs(kp1.GID{9}) {
		t.Error("somebody is asked to compare words in a group that they have left")
	}
}

func TestGreetingFollowsTheClock(t *testing.T) {
	for hour, want := range map[int]string{7: "Good morning, Ade", 13: "Good afternoon, Ade", 19: "Good evening, Ade"} {
		at := time.Date(2026, 11, 21, hour, 0, 0, 0, fake.Zone())
		if got := today.New(fake.Live(fake.Family(func() time.Time { return at }))).State().Title; got != want {
			t.Errorf("at %d: %q, want %q", hour, got, want)
		}
	}
}

// TestWhoBelongsNeedsSomebody: what has to be done about who belongs stands on Today, for who can do it, until it is done.
func TestWhoBelongsNeedsSomebody(t *testing.T) {
	elm := fake.GID(fake.ElmRow)
	c := fake.Family(fake.Evening).As("Bev")
	to := func(who, page string) bool {
		return slices.ContainsFunc(today.New(fake.Live(c.As(who))).State().Needs, func(n today.Need) bool {
			return n.To.Place == present.PlacePeople && n.To.Page == page && n.Title != ""
		})
	}
	c.WaitingComputer("Sue")
	if !to("Ade", present.PageOne) {
		t.Error("Ade may let Sue's computer in, and is not told of it")
	}
	c.Quarrel()
	if !to("Bev", present.PageReview) {
		t.Error("Bev is not told that there is something to settle")
	}
	c.Asks(present.Ask{ID: kp1.ID{1}, By: fake.MID("Bev"), Member: fake.MID("Tom"), What: present.AskRemove, Mine: true})
	if to("Bev", "") {
		t.Error("who asked is told that their own question waits")
	}
	c.Asks(present.Ask{ID: kp1.ID{2}, By: fake.MID("Joanne"), Member: fake.MID("Sue"), What: present.AskLead})
	if !to("Bev", "") {
		t.Error("who has to agree is not told of it")
	}
	c.Headless()
	if !to("Ade", present.PageVote) {
		t.Error("nobody is told that nobody leads")
	}
	c.As("Ade")
	if _, err := c.Vote(t.Context(), elm, fake.MID("Sue")); err != nil {
		t.Fatal(err)
	}
	if to("Ade", present.PageVote) {
		t.Error("who has voted is asked still")
	}
}
