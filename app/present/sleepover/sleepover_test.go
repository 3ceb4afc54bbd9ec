package sleepover_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	pages "kith/app/present/sleepover"
	"kith/store/care/act"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

var elm = fake.GID(fake.ElmRow)

func page(c *fake.Core, who string) pages.PageState {
	return pages.NewPage(fake.Live(c.As(who)), elm, c.Mia().ID).State()
}

func names(s pages.PageState) string {
	var all []string
	for _, m := range s.Moves {
		all = append(all, m.Name)
	}
	return strings.Join(all, " ")
}

func stage(s pages.PageState) string {
	for _, st := range s.Stages {
		if st.Now {
			return st.Text
		}
	}
	return ""
}

// TestTheWholeStory walks one sleepover from the offers to its end, and looks at it from three homes after each step.
func TestTheWholeStory(t *testing.T) {
	c := fake.Family(fake.Evening)
	mia := c.Mia()
	bev := mia.Standing()[0]
	for _, step := range []struct {
		name, by                string
		do                      act.Act
		stage, asker, host, oth string // the moves each may make
		next                    string // what the asker is told
	}{
		{
			"offered", "", nil, "2 offers: you choose", "change not-needed withdraw", "on-it cannot", "offer on-it",
			"Bev and Sue have offered. You choose.",
		},
		{
			"chosen", "Ade",
			sleepover.Choose{Ask: mia.ID, Offer: bev.ID},
			"Bev to say yes", "change not-needed withdraw", "agree change cannot", "offer on-it",
			"You chose Bev. Bev is asked to say yes.",
		},
		{
			"agreed", "Bev",
			sleepover.Agree{Ask: mia.ID},
			"Not there yet", "change not-needed withdraw", "arrived change cannot", "",
			"Agreed. Mia stays with Bev.",
		},
		{
			"arrived", "Bev",
			sleepover.Arrived{Ask: mia.ID},
			"There now", "home change", "change", "",
			"Mia is with Bev. Press the button when Mia is home again.",
		},
		{"home", "Ade", sleepover.Home{Ask: mia.ID}, "", "close", "", "", "Mia is home again. Press All done when nothing is left to do."},
		{"closed", "Ade", sleepover.Close{Ask: mia.ID}, "", "", "", "", "All done. Thank you both."},
	} {
		if step.do != nil {
			c.By(elm, step.by, step.do)
		}
		asker := pages.NewPage(fake.Live(c.As("Ade")), elm, mia.ID).State()
		if got := names(asker); got != step.asker {
			t.Errorf("%s: Ade may %q, want %q", step.name, got, step.asker)
		}
		if got := stage(asker); got != step.stage {
			t.Errorf("%s: stage %q, want %q", step.name, got, step.stage)
		}
		if asker.Next.Text != step.next {
			t.Errorf("%s: next %q, want %q", step.name, asker.Next.Text, step.next)
		}
		where := slices.IndexFunc(asker.Side, func(n pages.Note) bool { return n.Heading == "Where" })
		if (where >= 0) != (step.name == "agreed") || where >= 0 && asker.Side[where].Text != "No address is kept in Kith. Ask Bev for it on the phone." {
			t.Errorf("%s: Ade is told %+v of the place", step.name, asker.Side)
		}
		if got := names(pages.NewPage(fake.Live(c.As("Bev")), elm, mia.ID).State()); got != step.host {
			t.Errorf("%s: Bev may %q, want %q", step.name, got, step.host)
		}
		if got := names(pages.NewPage(fake.Live(c.As("Megan")), elm, mia.ID).State()); got != step.oth {
			t.Errorf("%s: Megan may %q, want %q", step.name, got, step.oth)
		}
	}
}

// TestMovesAreThoseThatTheRulesAllow: a button that is shown is never refused.
func TestMovesAreThoseThatTheRulesAllow(t *testing.T) {
	steps := []func(c *fake.Core){
		func(c *fake.Core) {},
		func(c *fake.Core) {
			c.By(elm, "Ade", sleepover.Choose{Ask: c.Mia().ID, Offer: c.Mia().Standing()[0].ID})
		},
		func(c *fake.Core) { c.By(elm, "Bev", sleepover.Agree{Ask: c.Mia().ID}) },
		func(c *fake.Core) {
			terms := c.Mia().Terms
			terms.Note = "She brings her rabbit"
			c.By(elm, "Ade", sleepover.Change{Ask: c.Mia().ID, Terms: terms, Beds: 1})
		},
		func(c *fake.Core) { c.By(elm, "Bev", sleepover.Agree{Ask: c.Mia().ID}) },
		func(c *fake.Core) { c.By(elm, "Bev", sleepover.Arrived{Ask: c.Mia().ID}) },
		func(c *fake.Core) { c.By(elm, "Ade", sleepover.Home{Ask: c.Mia().ID}) },
	}
	for n := range steps {
		for _, who := range []string{"Ade", "Tom", "Bev", "Sue", "Megan"} {
			for _, m := range func() []pages.Move { c := at(steps, n); return page(c, who).Moves }() {
				c := at(steps, n)
				id := c.Mia().ID
				d := fake.Live(c.As(who))
				var problem present.Problem
				switch m.Name {
				case pages.MoveOffer:
					vm := pages.NewOffer(d, elm, id)
					vm.Do("Yes")
					problem = vm.State().Problem
				case pages.MoveChange:
					vm := pages.NewChange(d, elm, id)
					vm.Next(vm.State().Draft)
					vm.Send()
					problem = vm.State().Problem
				case pages.MoveCannot, pages.MoveNotNeeded, pages.MoveWithdraw:
					vm := pages.NewConfirm(d, elm, id, m.To.Part, m.Name)
					vm.Do("")
					problem = vm.State().Problem
				default:
					vm := pages.NewPage(d, elm, id)
					vm.Do(m.Name)
					problem = vm.State().Problem
				}
				if !problem.None() {
					t.Errorf("step %d: %s presses %q: %s", n, who, m.Label, problem.What)
				}
			}
		}
	}
}

func at(steps []func(*fake.Core), n int) *fake.Core {
	c := fake.Family(fake.Evening)
	for _, do := range steps[:n+1] {
		do(c)
	}
	return c
}

func TestWhatTheOthersSee(t *testing.T) {
	c := fake.Family(fake.Evening)
	mia := c.Mia()
	c.By(elm, "Ade", sleepover.Choose{Ask: mia.ID, Offer: mia.Standing()[0].ID})
	s := page(c, "Megan")
	if s.Next.Text != "Sorted, thank you." || len(s.Offers) != 0 || len(s.History) != 0 {
		t.Errorf("Megan sees %q, %d offers and %+v", s.Next.Text, len(s.Offers), s.History)
	}
	for _, st := range s.Stages {
		if strings.Contains(st.Text+st.Spoken, "Bev") {
			t.Errorf("Megan reads in the stages: %q", st.Text)
		}
	}
	sue := page(c, "Sue")
	if len(sue.Offers) != 1 || sue.Offers[0].Name != "Sue’s home" {
		t.Errorf("Sue sees offers %+v, want her own alone", sue.Offers)
	}
}

func TestOffersSayWhoWhenAndOnWhatCondition(t *testing.T) {
	s := page(fake.Family(fake.Evening), "Ade")
	if len(s.Offers) != 2 {
		t.Fatalf("offers: %+v", s.Offers)
	}
	o := s.Offers[0]
	if o.Name != "Bev’s home" || o.When != "Offered Thursday, 7.10 pm" || o.Choose != "Choose Bev" ||
		o.Quote != "“We are making pizza, so Friday suits us well. I can collect her from school.”" {
		t.Errorf("offer: %+v", o)
	}
	if s.Title != "Mia, Friday 27 November" || s.Text != "From 5 pm, 1 night. Home on Saturday, by 12 noon." {
		t.Errorf("head: %q, %q", s.Title, s.Text)
	}
	if s.Has.Title != "2 homes have answered." {
		t.Errorf("who has it: %q", s.Has.Title)
	}
	want := map[string]string{"Bev": "Has it", "Errol": "Computer off"}
	for _, r := range s.Has.Rows {
		if w, ok := want[r.Name]; ok && r.Chip.Text != w {
			t.Errorf("%s: %q, want %q", r.Name, r.Chip.Text, w)
		}
		if r.Name == "Errol" && r.Text != "Off since Thursday. Please ring." {
			t.Errorf("Errol: %q", r.Text)
		}
	}
}

// TestWhoHasAnsweredHasTheAsk: an offer may come by another's computer, and then nobody may be told that its home is off.
func TestWhoHasAnsweredHasTheAsk(t *testing.T) {
	c := fake.Family(fake.Evening)
	mia := c.Mia()
	c.Change(func(w *present.World) {
		w.Groups[0].Delivery = func(kp1.ID) present.Delivery {
			var not []kp1.MID
			for _, m := range w.Groups[0].State.Members {
				if m.ID != w.Groups[0].Me {
					not = append(not, m.ID)
				}
			}
			return present.Delivery{Stored: true, Of: len(not), HasNot: not}
		}
	})
	s := pages.NewPage(fake.Live(c), elm, mia.ID).State()
	has := map[string]string{}
	for _, r := range s.Has.Rows {
		has[r.Name] = r.Chip.Text
	}
	if has["Bev"] != "Has it" || has["Sue"] != "Has it" || has["Megan"] == "Has it" {
		t.Errorf("who has the ask: %v", has)
	}
	if want := "On 2 of "; !strings.HasPrefix(s.Delivery.Text, want) || strings.Contains(s.Delivery.Text, "Sue") {
		t.Errorf("delivery %q, want %q and not Sue", s.Delivery.Text, want)
	}
}

func TestChooseAsksOnceMore(t *testing.T) {
	c := fake.Family(fake.Evening)
	mia := c.Mia()
	vm := pages.NewChoose(fake.Live(c), elm, mia.ID, mia.Standing()[1].ID)
	s := vm.State()
	if s.Title != "Choose Sue for Mia?" || s.Yes != "Choose Sue" || s.Facts[1].Text != "Friday 27 November. From 5 pm, 1 night. Home on Saturday, by 12 noon." {
		t.Errorf("confirm: %+v", s)
	}
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Do("")
	if s = vm.State(); s.Done || s.Problem.What != "This computer has no room left." {
		t.Errorf("when the disk is full: %+v", s)
	}
	vm.Do("")
	if s = vm.State(); !s.Done || c.Mia().Host != fake.MID("Sue") {
		t.Errorf("after: done %v, host %v", s.Done, c.Mia().Host)
	}
}

func TestTwoChoicesAreShownWithWhoToRing(t *testing.T) {
	c := fake.Family(fake.Evening)
	mia := c.Mia()
	base := sleepover.Seen{Base: mia.Heads}
	tom := base
	g, _ := c.World().Find(elm)
	tom.Home = g.Care.People().Seen(fake.MID("Tom"), sleepover.MaxHome)
	c.Event(elm, "Ade", fake.Evening(), sleepover.Choose{Ask: mia.ID, Offer: mia.Standing()[0].ID, Sheet: mia.Sheet, Seen: base})
	c.Event(elm, "Tom", fake.Evening(), sleepover.Choose{Ask: mia.ID, Offer: mia.Standing()[1].ID, Sheet: mia.Sheet, Seen: tom})
	s := page(c, "Ade")
	if len(s.Conflicts) != 1 || s.Conflicts[0].Title != "Two homes were chosen at the same time" {
		t.Fatalf("conflicts: %+v (state %s)", s.Conflicts, c.Mia().State)
	}
	for _, name := range []string{"Ade", "Bev", "Sue", "ring one another", "Nothing is lost."} {
		if !strings.Contains(s.Conflicts[0].Text, name) {
			t.Errorf("%q does not say %q", s.Conflicts[0].Text, name)
		}
	}
	if got := page(c, "Megan").Conflicts; len(got) != 0 {
		t.Errorf("Megan, whom it does not touch, sees %+v", got)
	}
}

func TestEndings(t *testing.T) {
	for _, x := range []struct {
		do            act.Act
		chip, me, oth string
	}{
		{sleepover.NotNeeded{}, "Not needed now", "You said: not needed now. Everyone was told.", "Ade said: not needed now. Nothing is needed."},
		{sleepover.Withdraw{}, "Taken back", "You took this back. Everyone was told.", "Ade took this back. Nothing is needed."},
	} {
		c := fake.Family(fake.Evening)
		id := c.Mia().ID
		switch a := x.do.(type) {
		case sleepover.NotNeeded:
			a.Ask = id
			c.By(elm, "Ade", a)
		case sleepover.Withdraw:
			a.Ask = id
			c.By(elm, "Ade", a)
		}
		for who, want := range map[string]string{"Ade": x.me, "Megan": x.oth} {
			s := pages.NewPage(fake.Live(c.As(who)), elm, id).State()
			if s.Next.Text != want || len(s.Stages) != 0 || len(s.Moves) != 0 {
				t.Errorf("%s sees %q, %d stages, %d moves", who, s.Next.Text, len(s.Stages), len(s.Moves))
			}
		}
	}
}

func TestList(t *testing.T) {
	c := fake.Family(fake.Evening)
	heads := func(who string) string {
		var all []string
		for _, s := range pages.New(fake.Live(c.As(who))).State().Sections {
			for _, r := range s.Rows {
				all = append(all, s.Heading+": "+r.Title+" ["+r.Chip.Text+"]")
			}
		}
		return strings.Join(all, "\n")
	}
	if got, want := heads("Ade"), "You asked: Mia, Friday 27 November [2 offers]\nOver: Noor, Friday 6 November [All done]"; got != want {
		t.Errorf("Ade sees:\n%s\nwant:\n%s", got, want)
	}
	if got, want := heads("Bev"), "You could help: Mia, Friday 27 November [You offered]\nOver: Noor, Friday 6 November [All done]"; got != want {
		t.Errorf("Bev sees:\n%s\nwant:\n%s", got, want)
	}
	if s := pages.New(fake.Live(fake.New(fake.Evening))).State(); s.Empty.Heading == "" || s.Ask != "" {
		t.Errorf("without a group: %+v", s.Empty)
	}
}

func TestTonightTakesThreePresses(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	vm := pages.NewTonight(d)
	s := vm.State()
	if s.Title != "A bed for tonight" || s.StepText != "Step 1 of 2: Who and when" || s.Said != "Mia, tonight from 9.02 pm until Sunday" {
		t.Errorf("step 1: %q, %q, %q", s.Title, s.StepText, s.Said)
	}
	if len(s.Ring.Numbers) == 0 || s.Ring.Numbers[0].Number != "999" {
		t.Errorf("ring panel: %+v", s.Ring)
	}
	vm.Next(s.Draft)
	s = vm.State()
	if s.Step != 2 || s.Facts[1].Text != "Saturday 21 November 2026. From 9.02 pm, 1 night. Home on Sunday, by 10 am." || s.Next != "Ask now" {
		t.Errorf("step 2: %+v", s.Facts)
	}
	vm.Send()
	s = vm.State()
	if !s.Done {
		t.Fatalf("not sent: %+v", s.Problem)
	}
	g, _ := c.World().Find(elm)
	x, _ := g.Sleepover(s.To.Object)
	if x.Kind != sleepover.Tonight || x.Terms.Child != "Mia" || x.Terms.Nights() != 1 {
		t.Errorf("filed: %+v", x.Terms)
	}
	p := pages.NewPage(d, elm, x.ID).State()
	if p.Title != "A bed for Mia tonight" || p.Has.Title != "Nobody else has your ask yet." || p.Delivery.Text != "Saved on this computer. On its way to Bev now. The others get it when their computers are on." {
		t.Errorf("sent page: %q, %q, %q", p.Title, p.Has.Title, p.Delivery.Text)
	}
	if want := "“It is Ade. I need a bed for Mia, tonight from 9.02 pm until Sunday. Can you help?”"; p.Ring.Words != want {
		t.Errorf("to read out: %q, want %q", p.Ring.Words, want)
	}
	c.Deliver(elm, x.ID, "Sue", "Errol", "Priya", "Megan", "Joanne", "Tom")
	if p = pages.NewPage(d, elm, x.ID).State(); p.Has.Title != "One home has your ask. Nobody has answered yet." {
		t.Errorf("once Bev has it: %q", p.Has.Title)
	}
}

// TestTheNightThatGoesOn: at two in the morning, tonight is the night that has begun.
func TestTheNightThatGoesOn(t *testing.T) {
	two := time.Date(2026, 11, 22, 2, 0, 0, 0, fake.Zone())
	c := fake.Family(func() time.Time { return two })
	vm := pages.NewTonight(fake.Live(c))
	if s := vm.State(); len(s.Froms) != 1 || s.Untils[0].Label != "This morning, by 10 am" || s.Untils[1].Label != "This evening, by 6 pm" {
		t.Errorf("at 2 am the choices are %+v and %+v", s.Froms, s.Untils)
	}
	vm.Next(vm.State().Draft)
	vm.Send()
	g, _ := c.World().Find(elm)
	x, _ := g.Sleepover(vm.State().To.Object)
	if x.Terms.From.String() != "2026-11-21" || x.Terms.To.String() != "2026-11-22" || x.Terms.Arrive.Set {
		t.Errorf("at 2 am: %+v", x.Terms)
	}
}

func TestTheFormSaysWhatToPutRight(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := pages.NewAsk(fake.Live(c))
	vm.Next(pages.Draft{Who: pages.ChildOther, Beds: "0", From: present.DateInput{Day: "1", Month: "11", Year: "2026"}, To: present.DateInput{}})
	s := vm.State()
	got := map[string]string{}
	for _, e := range s.Errors {
		got[e.Field] = e.Say
	}
	for field, want := range map[string]string{
		pages.FieldChild: "Type who needs a bed: a first letter or a nickname.", pages.FieldFrom: "Choose a date from today onwards.",
		pages.FieldTo: "Type the day they go home, for example 28 11 2026.", pages.FieldBeds: "Type a number of beds from 1 to 20.",
	} {
		if got[field] != want {
			t.Errorf("%s: %q, want %q", field, got[field], want)
		}
	}
	if s.Step != 1 || s.Heading != "There is something to put right" {
		t.Errorf("step %d, heading %q", s.Step, s.Heading)
	}
}

func TestWhatIsTypedIsNeverLost(t *testing.T) {
	c := fake.Family(fake.Evening)
	d := fake.Live(c)
	draft := pages.Draft{
		Who: pages.ChildOther, Child: "Kit", Beds: "1", Why: "0", From: present.DateInput{Day: "4", Month: "12", Year: "2026"},
		To: present.DateInput{Day: "6", Month: "12", Year: "2026"}, Note: "Can bring a rabbit",
	}
	pages.NewAsk(d).Typed(draft)
	vm := pages.NewAsk(d)
	if got := vm.State().Draft; got != draft {
		t.Errorf("after leaving the page: %+v", got)
	}
	vm.Next(draft)
	c.Fail(&kp1.Error{ECode: "E_DISK_FULL"})
	vm.Send()
	s := vm.State()
	if s.Done || s.Draft != draft || s.Problem.Safe != "What you typed is still here. Everything from before is safe." {
		t.Errorf("when the disk is full: %+v", s)
	}
	vm.Send()
	if !vm.State().Done {
		t.Error("not sent when there was room again")
	}
	if got := pages.NewAsk(d).State().Draft.Child; got == "Kit" {
		t.Error("what was sent still stands in a new form")
	}
}

func TestOnItIsAClaimBesideTheStates(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := pages.NewPage(fake.Live(c.As("Megan")), elm, c.Mia().ID)
	vm.Do(pages.MoveOnIt)
	if c.Mia().State != sleepover.Offered {
		t.Errorf("state %s, want offered as before", c.Mia().State)
	}
	s := page(c, "Ade")
	if !slices.ContainsFunc(s.Side, func(n pages.Note) bool { return n.Text == "Megan says: I’m on it." }) {
		t.Errorf("Ade's side: %+v", s.Side)
	}
	vm = pages.NewPage(fake.Live(c.As("Megan")), elm, c.Mia().ID)
	vm.Do(pages.MoveOffIt)
	if len(c.Mia().OnIt) != 0 {
		t.Error("the claim stays after it was taken back")
	}
}

func TestGuestsMakeNoMoves(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.Change(func(w *present.World) {
		for i := range w.Groups[0].State.Members {
			if m := &w.Groups[0].State.Members[i]; m.ID == fake.MID("Megan") {
				m.Rank = kp1.RankGuest
			}
		}
	})
	if s := page(c, "Megan"); len(s.Moves) != 0 {
		t.Errorf("a guest may %s", names(s))
	}
}

func TestLookingNotesTheMovesAsOpened(t *testing.T) {
	c := fake.Family(fake.Evening)
	id := c.By(elm, "Priya", sleepover.Offer{Ask: c.Mia().ID})
	g, _ := c.World().Find(elm)
	if g.Opened(id) {
		t.Fatal("opened before anybody looked")
	}
	pages.NewPage(fake.Live(c), elm, c.Mia().ID)
	if !g.Opened(id) {
		t.Error("not noted as opened")
	}
}
