package sleepover_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/sleepover"
	"kith/app/uitest"
	care "kith/store/care/sleepover"
)

var elm = fake.GID(fake.ElmRow)

func open(t *testing.T, c *fake.Core, r present.Route, size fyne.Size, colours look.Colours, percent int) (*uitest.Page, *present.Route) {
	t.Helper()
	var went present.Route
	p := uitest.Open(t, func() fyne.CanvasObject {
		s := sleepover.Open(fake.Live(c), screen.Nav{Go: func(r present.Route) { went = r }, Back: func() {}}, r)
		t.Cleanup(s.Leave)
		return s.Content()
	}, size.SubtractWidthHeight(212, 0), colours, percent)
	return p, &went
}

var (
	tonight = present.Route{Place: present.PlaceTonight}
	list    = present.Route{Place: present.PlaceSleepovers}
	fresh   = present.Route{Place: present.PlaceSleepovers, Page: present.PageNew}
)

func one(c *fake.Core) present.Route {
	return present.Route{Place: present.PlaceSleepovers, Page: present.PageOne, Group: elm, Object: c.Mia().ID}
}

func TestABedForTonightInThreePresses(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, tonight, uitest.Laptop, look.Light, 100)
	p.Press("Next: check and send")
	p.Press("Ask now")
	if went.Page != present.PageOne {
		t.Fatalf("after Ask now: %+v\n%s", *went, p.Text())
	}
	g, _ := c.World().Find(elm)
	if s, _ := g.Sleepover(went.Object); s.Kind != care.Tonight || s.Terms.Child != "Mia" {
		t.Errorf("filed: %+v", s.Terms)
	}
	p, _ = open(t, c, *went, uitest.Laptop, look.Light, 100)
	if !p.Says("999") || !p.Says("Nobody else has your ask yet.") {
		t.Errorf("the sent page:\n%s", p.Text())
	}
	p.Shot("tonight-sent")
	p.AssertSound()
}

// TestAMoveBeforeOnesEyesIsNoNews: what comes while the page is open must not be counted as new.
func TestAMoveBeforeOnesEyesIsNoNews(t *testing.T) {
	c := fake.Family(fake.Evening)
	live := fake.Live(c)
	uitest.Open(t, func() fyne.CanvasObject {
		s := sleepover.Open(live, screen.Nav{Go: func(present.Route) {}, Back: func() {}}, one(c))
		t.Cleanup(s.Leave)
		return s.Content()
	}, uitest.Laptop, look.Light, 100)
	offer := c.By(elm, "Priya", care.Offer{Ask: c.Mia().ID})
	live.Take(c.World())
	if g, _ := c.World().Find(elm); !g.Opened(offer) {
		t.Error("an offer that came while the page is open still counts as new")
	}
}

func TestSomeoneElseOpensTheField(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, tonight, uitest.Laptop, look.Light, 100)
	p.Press("Someone else")
	p.Type("Who needs a bed?*", "Kit")
	p.Press("Another time")
	p.Type("At what time?*", "half past")
	p.Press("Next: check and send")
	if !p.Says("There is something to put right") || !p.Says("Type a time like 4.30 pm or 9 am.") || p.FieldText("At what time?*") != "half past" {
		t.Errorf("page:\n%s", p.Text())
	}
	p.Shot("tonight-error")
	p.AssertSound()
}

func TestAskForAnotherDay(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, fresh, uitest.Laptop, look.Light, 100)
	p.Type("Which day do they come?, Day", "4")
	p.Type("Which day do they come?, Month", "dec")
	p.Type("Which day do they go home?, Day", "6")
	p.Type("Which day do they go home?, Month", "12")
	p.Press("Next: check and send")
	if !p.Says("Friday 4 December 2026. 2 nights. Home on Sunday.") {
		t.Errorf("step 2:\n%s", p.Text())
	}
	p.Shot("ask-check")
	p.AssertSound()
	p.Press("Back")
	if got := p.FieldText("Which day do they come?, Month"); got != "dec" {
		t.Errorf("going back lost the month: %q", got)
	}
	p.Press("Next: check and send")
	p.Press("Ask now")
	if went.Page != present.PageOne {
		t.Errorf("went to %+v\n%s", *went, p.Text())
	}
}

func TestChooseAsksOnceMore(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, one(c), uitest.Laptop, look.Light, 100)
	p.Press("Choose Bev")
	if went.Page != present.PageChoose {
		t.Fatalf("Choose led to %+v", *went)
	}
	p, went = open(t, c, *went, uitest.Laptop, look.Light, 100)
	if !p.Has("Choose Bev for Mia?") {
		t.Errorf("confirm:\n%s", p.Text())
	}
	p.Shot("sleepover-choose")
	p.AssertSound()
	p.Press("Choose Bev")
	if c.Mia().Host != fake.MID("Bev") || went.Page != present.PageOne {
		t.Errorf("host %v, went to %+v", c.Mia().Host, *went)
	}
}

func TestTheHostSaysYesAndThere(t *testing.T) {
	c := fake.Family(fake.Evening)
	c.By(elm, "Ade", care.Choose{Ask: c.Mia().ID, Offer: c.Mia().Standing()[0].ID})
	c.As("Bev")
	p, _ := open(t, c, one(c), uitest.Laptop, look.Light, 100)
	p.Press("Yes, Mia can come")
	if c.Mia().State != care.Agreed {
		t.Fatalf("state %s", c.Mia().State)
	}
	p.Press("Mia is here")
	if c.Mia().State != care.ArrivedThere || !p.Says("There now") {
		t.Errorf("state %s; page:\n%s", c.Mia().State, p.Text())
	}
}

func TestOfferABed(t *testing.T) {
	c := fake.Family(fake.Evening).As("Megan")
	p, went := open(t, c, one(c), uitest.Laptop, look.Light, 100)
	p.Press("Offer a bed")
	p, went = open(t, c, *went, uitest.Laptop, look.Light, 100)
	p.Type("Is there anything to say?*", "She can share with our youngest")
	p.Shot("sleepover-offer")
	p.AssertSound()
	p.Press("Offer a bed")
	if len(c.Mia().Standing()) != 3 || went.Page != present.PageOne {
		t.Errorf("%d offers, went to %+v", len(c.Mia().Standing()), *went)
	}
}

func TestNotNeededIsAskedAboutAndSaid(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, one(c), uitest.Laptop, look.Light, 100)
	p.Press("Not needed now")
	p, _ = open(t, c, *went, uitest.Laptop, look.Light, 100)
	p.Press("Not needed now")
	if c.World().Groups[0].Name == "" || len(func() []care.Sleepover { g, _ := c.World().Find(elm); return g.OpenSleepovers() }()) != 0 {
		t.Error("the ask is still open")
	}
}

func TestSleepoversAreSound(t *testing.T) {
	sent := func() (*fake.Core, present.Route) {
		c := fake.Family(fake.Evening)
		return c, one(c)
	}
	_, mia := sent()
	for _, x := range []struct {
		name    string
		core    *fake.Core
		route   present.Route
		size    fyne.Size
		colours look.Colours
		percent int
	}{
		{"sleepover-light", fake.Family(fake.Evening), mia, uitest.Laptop, look.Light, 100},
		{"sleepover-dark", fake.Family(fake.Evening), mia, uitest.Laptop, look.Dark, 100},
		{"sleepover-strong", fake.Family(fake.Evening), mia, uitest.Laptop, look.Strong, 100},
		{"sleepover-200", fake.Family(fake.Evening), mia, uitest.Laptop, look.Light, 200},
		{"sleepover-small", fake.Family(fake.Evening), mia, uitest.Small, look.Light, 100},
		{"sleepover-megan", fake.Family(fake.Evening).As("Megan"), mia, uitest.Laptop, look.Light, 100},
		{"tonight-light", fake.Family(fake.Evening), tonight, uitest.Laptop, look.Light, 100},
		{"tonight-strong", fake.Family(fake.Evening), tonight, uitest.Laptop, look.Strong, 100},
		{"tonight-200", fake.Family(fake.Evening), tonight, uitest.Laptop, look.Light, 200},
		{"tonight-small", fake.Family(fake.Evening), tonight, uitest.Small, look.Light, 100},
		{"ask-light", fake.Family(fake.Evening), fresh, uitest.Laptop, look.Light, 100},
		{"ask-200", fake.Family(fake.Evening), fresh, uitest.Small, look.Light, 200},
		{"sleepovers-light", fake.Family(fake.Evening), list, uitest.Laptop, look.Light, 100},
		{"sleepovers-200", fake.Family(fake.Evening), list, uitest.Small, look.Light, 200},
		{"sleepovers-empty", fake.New(fake.Evening), list, uitest.Laptop, look.Light, 100},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, _ := open(t, x.core, x.route, x.size, x.colours, x.percent)
			p.Shot(x.name)
			p.AssertSound()
		})
	}
}
