package app_test

import (
	"context"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"kith/app"
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/uitest"
	"kith/store/kp1"
)

// window is a whole window with the made-up families behind it; all happens on the test's goroutine.
type window struct {
	*uitest.Page
	core    *fake.Core
	shell   *app.Shell
	now     time.Time
	later   []func() // timers that have not run out
	notices []string
	closed  bool
}

func open(t *testing.T, core func(now func() time.Time) *fake.Core, size fyne.Size, c look.Colours, percent int, returns bool) *window {
	t.Helper()
	w := &window{now: fake.Evening()}
	now := func() time.Time { return w.now }
	w.core = core(now)
	if err := w.core.SetLook(present.Look{Text: percent, Theme: string(c)}); err != nil {
		t.Fatal(err)
	}
	a := test.NewTempApp(t)
	win := a.NewWindow("")
	w.Page = uitest.Of(t, a, win)
	w.shell = app.New(a, win, w.core, app.Options{
		Now: now, Zone: fake.Zone(), Dispatch: func(f func()) { f() }, Returns: returns,
		Go: func(f func()) { f(); w.sync() },
		After: func(_ time.Duration, f func()) func() bool {
			w.later = append(w.later, f)
			return func() bool { return true }
		},
		Notify: func(title, _ string) { w.notices = append(w.notices, title) },
		Close:  func() { w.closed = true },
	})
	win.Resize(size)
	win.Show()
	w.sync()
	t.Cleanup(func() { w.shell.Stop(); win.Close() })
	return w
}

func (w *window) sync() { w.shell.Desk().Take(w.core.World()) }

func (w *window) shift(times int) {
	for range times {
		w.Key(desktop.KeyShiftLeft)
	}
}

func TestRailLeadsEverywhere(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	for _, c := range []struct{ press, has string }{
		{"Calendar", "November 2026"},
		{"Sleepovers", "Sleepovers"},
		{"Messages, 3 new", "Messages"},
		{"People", "People in Elm Row"},
		{"Settings", "Size of words"},
		{"Help", "999"},
		{"Tonight", "A bed for tonight"},
		{"Today, 2 wait for you", "Good evening, Ade"},
	} {
		w.Press(c.press)
		if !w.Says(c.has) {
			t.Errorf("after %s the page has no %q:\n%s", c.press, c.has, w.Text())
		}
		w.Shot("shell-" + c.press)
	}
	if got := w.Win.Title(); got != "Kith" {
		t.Errorf("the window is called %q, and must say nothing but Kith", got)
	}
}

func TestHideNowIsTheFirstStop(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.Win.Canvas().Unfocus()
	if got := w.Tab(); got != "Hide now" {
		t.Errorf("the first stop of the Tab key is %q, want Hide now", got)
	}
}

func TestShiftThreeTimesTakesThePageAway(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.Press("Settings")
	w.Type("Your passphrase now", "river")
	w.shift(1)
	if !w.Has("Hide now") || w.Has("Locked") {
		t.Fatal("one press hides already")
	}
	if !w.Says("Twice more") {
		t.Error("one press of Shift shows nothing at Hide now")
	}
	w.shift(2)
	if !w.Has("Locked") || w.Has("Size of words") {
		t.Fatalf("after three presses inside a field the page is still there:\n%s", w.Text())
	}
	if got := w.core.World().LockedBy; got != present.LockedHide {
		t.Errorf("the home is locked because of %q, want %q", got, present.LockedHide)
	}
	if w.Win.MainMenu() != nil {
		t.Error("a locked window still has its menu")
	}
	w.Shot("shell-locked")
}

func TestShiftIsForgottenAfterAWhileAndByOtherKeys(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.shift(2)
	w.now = w.now.Add(2 * time.Second)
	w.shift(1)
	if w.Has("Locked") {
		t.Error("a third press two seconds later hides the window")
	}
	w.Key(fyne.KeyA)
	w.shift(2)
	if w.Has("Locked") {
		t.Error("Shift, a letter, Shift, Shift hides the window")
	}
	w.Key(fyne.KeyA)
	w.shift(1)
	for _, f := range w.later { // the timers run out
		f()
	}
	if w.Says("Twice more") {
		t.Error("the press of Shift is still shown after its time")
	}
}

func TestWhatWasTypedIsThereAfterTheLock(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.Press("Calendar")
	w.Press("Add")
	w.Type("What is it?", "Swimming gala")
	w.shift(3)
	w.Type("Your passphrase", "wrong")
	w.Key(fyne.KeyReturn)
	if !w.Has("Locked") {
		t.Fatal("a wrong passphrase opened the window")
	}
	w.Type("Your passphrase", "river copper garden lamp")
	w.Press("Open")
	if !w.Has("Add to the calendar") {
		t.Fatalf("after unlocking the page is another one:\n%s", w.Text())
	}
	if got := w.FieldText("What is it?"); got != "Swimming gala" {
		t.Errorf("after unlocking the field holds %q, want what was typed", got)
	}
	if got := w.Focused(); got != "What is it?" {
		t.Errorf("after unlocking the keyboard is at %q, want the field that was being typed in", got)
	}
	w.Press("Hide now")
	w.Type("Your passphrase", "river copper garden lamp")
	w.Key(fyne.KeyReturn)
	if got := w.Focused(); got == "Hide now" {
		t.Error("after unlocking a second Enter would hide the window again")
	}
}

// TestHowToComeBackIsSaidBeforehand: a window that goes away must have said how it comes back, at every size of words.
func TestHowToComeBackIsSaidBeforehand(t *testing.T) {
	const words = "After hiding, start Kith again to come back."
	for _, l := range []struct {
		percent int
		size    fyne.Size
	}{{100, uitest.Laptop}, {100, uitest.Small}, {150, uitest.Laptop}, {200, uitest.Small}} {
		if w := open(t, fake.Family, l.size, look.Light, l.percent, true); !w.Says(words) {
			t.Errorf("at %d %% and %v the rail does not say %q:\n%s", l.percent, l.size, words, w.Text())
		}
	}
	if w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false); w.Says(words) {
		t.Error("a window that stays says how it comes back")
	}
}

// TestTheStripLeavesRoomForThePage: made-up families and news together take one line, at every size of words.
func TestTheStripLeavesRoomForThePage(t *testing.T) {
	for _, l := range []struct {
		percent int
		size    fyne.Size
		most    float32
	}{{100, uitest.Laptop, 60}, {100, uitest.Small, 60}, {200, uitest.Laptop, 90}, {200, uitest.Small, 90}} {
		w := open(t, fake.Family, l.size, look.Light, l.percent, false)
		w.core.Change(func(c *present.World) {
			c.Demo = true
			for n := range 11 {
				c.News = append(c.News, present.New{ID: kp1.ID{9, byte(n)}, Group: c.Groups[0].ID, Kind: present.NewsMember, At: w.now.Add(time.Minute)})
			}
		})
		w.sync()
		w.AssertSound()
		made, news := w.Find("All of this is made up. Nobody here is real."), w.Find("11 new things have come")
		if made.Pos.Y != news.Pos.Y || news.Size.Height > l.most {
			t.Errorf("at %d %% and %v made-up %v and news %v take more than one line of %v", l.percent, l.size, made, news, l.most)
		}
		w.Press("See what’s new")
		if !w.Has("What’s new") {
			t.Error("the notice leads nowhere")
		}
	}
}

func TestBackGoesWhereOneCameFrom(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.Press("People")
	w.Press("Open, Bev")
	if !w.Has("Bev’s six words") {
		t.Fatalf("no page of Bev:\n%s", w.Text())
	}
	w.shell.Go(present.Route{Place: present.PlaceSettings})
	w.shell.Back()
	if !w.Has("Bev’s six words") {
		t.Error("Back from Settings is not Bev's page")
	}
	w.Press("People")
	w.shell.Back()
	if !w.Has("Bev’s six words") {
		t.Error("Back from the list is not Bev's page")
	}
}

// TestNobodyComesBackToAPageThatIsOver: once a person is removed, Back leads neither to the question nor to the person.
func TestNobodyComesBackToAPageThatIsOver(t *testing.T) {
	w := open(t, func(now func() time.Time) *fake.Core { return fake.Family(now).As("Bev") }, uitest.Laptop, look.Light, 100, false)
	w.Press("Calendar")
	w.Press("People")
	w.Press("Open, Errol")
	w.Press("Remove Errol")
	w.Press("Remove Errol")
	if !w.Has("People in Elm Row") || w.Has("Open, Errol") {
		t.Fatalf("after removing the page is:\n%s", w.Text())
	}
	w.shell.Back()
	if !w.Says("November 2026") {
		t.Errorf("Back leads to:\n%s", w.Text())
	}
}

func TestSizeAndColoursChangeAtOnce(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.Press("Settings")
	w.Press("Largest")
	if got := look.Scale(); got != 200 {
		t.Errorf("after Largest words are at %d %%, want 200", got)
	}
	w.Press("Strong contrast")
	if !look.IsStrong() {
		t.Error("after Strong contrast the colours are others")
	}
	if got := w.core.Look(); got.Text != 200 || got.Theme != present.ThemeStrong {
		t.Errorf("the look is kept as %+v", got)
	}
	w.AssertUnclipped()
	w.Shot("shell-settings-strong-200")
}

func TestNoticeSaysNothingAndNeverWhileLocked(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	if len(w.notices) != 1 || w.notices[0] != "Something new came." {
		t.Errorf("notices %q, want one neutral one", w.notices)
	}
	w.shift(3)
	w.core.Change(func(w *present.World) { w.News = append(w.News, present.New{Kind: present.NewsEvent}) })
	w.sync()
	if len(w.notices) != 1 {
		t.Errorf("a notice while locked: %q", w.notices)
	}
}

func TestIdleLockShowsTheLock(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.core.Change(func(c *present.World) { c.Locked, c.LockedBy, c.LockedAt = true, present.LockedIdle, w.now })
	w.sync()
	if !w.Has("Locked") || w.Has("Today") {
		t.Errorf("the idle lock does not cover the window:\n%s", w.Text())
	}
}

func TestCloseAsks(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.shift(3)
	w.Press("Close Kith")
	if !w.closed {
		t.Error("Close Kith closes nothing")
	}
}

func TestWholeWindowIsSound(t *testing.T) {
	for _, l := range []struct {
		name    string
		colours look.Colours
		percent int
		size    fyne.Size
	}{{"light", look.Light, 100, uitest.Laptop}, {"low", look.Dark, 100, uitest.Low}, {"largest", look.Light, 200, uitest.Laptop}, {"small", look.Strong, 100, uitest.Small}} {
		t.Run(l.name, func(t *testing.T) {
			w := open(t, fake.Family, l.size, l.colours, l.percent, false)
			for _, place := range []present.Place{
				present.PlaceToday, present.PlaceTonight, present.PlaceCalendar, present.PlaceSleepovers, present.PlaceMessages,
				present.PlacePeople, present.PlaceSettings, present.PlaceHelp, present.PlaceNews, present.PlaceStart,
			} {
				w.shell.Go(present.Route{Place: place})
				w.AssertSound()
				w.Shot("shell-" + l.name + "-" + string(place))
			}
			w.shift(3)
			w.AssertSound()
			w.Shot("shell-" + l.name + "-locked")
		})
	}
}

func TestTheWayInIsWalkedToItsEnd(t *testing.T) {
	w := open(t, fake.New, uitest.Laptop, look.Light, 100, false)
	w.AssertSound()
	w.Shot("shell-door")
	if w.Has("Hide now") || w.Win.MainMenu() != nil {
		t.Error("the way in has a rail or a menu")
	}
	w.Press("Use it on my own for now")
	if !w.Says("What shall we call you?") {
		t.Fatalf("the first step asks something else:\n%s", w.Text())
	}
	label := w.Fields()[0]
	w.Type(label, "Ade")
	w.shell.Go(present.Route{Place: present.PlaceHelp})
	if !w.Says("999") {
		t.Fatalf("no Help from the way in:\n%s", w.Text())
	}
	w.AssertSound()
	w.Press("Back")
	if got := w.FieldText(label); got != "Ade" {
		t.Errorf("after Help the field holds %q, want what was typed", got)
	}
}

// TestAPersonAloneDoesNotEndTheWayIn: the recovery sheet comes after there is a person, and must not be skipped.
func TestAPersonAloneDoesNotEndTheWayIn(t *testing.T) {
	w := open(t, fake.New, uitest.Laptop, look.Light, 100, false)
	w.Press("Use it on my own for now")
	w.core.Change(func(c *present.World) { c.Started, c.Name = true, "Ade" })
	w.sync()
	if w.Has("Hide now") {
		t.Error("the way in ended as soon as there was a person")
	}
}

func TestDemoOpensFromTheDoorAndComesBack(t *testing.T) {
	w := open(t, fake.New, uitest.Laptop, look.Light, 100, false)
	w.core.Change(func(c *present.World) { c.Started, c.Demo, c.Name = true, true, "Ade" })
	w.sync()
	if !w.Has("Hide now") {
		t.Fatalf("the made-up families do not open:\n%s", w.Text())
	}
	w.core.Change(func(c *present.World) { *c = present.World{} })
	w.sync()
	if w.Has("Hide now") || !w.Has("I have an invitation") {
		t.Errorf("after the made-up families the window is not at the welcome page:\n%s", w.Text())
	}
}

// alone is somebody who has founded a group and is alone in it.
func alone(now func() time.Time) *fake.Core {
	c := fake.New(now)
	if _, err := c.Found(context.Background(), present.Found{Kind: present.Constellation, Name: "Elm Row", MyName: "Ade"}); err != nil {
		panic(err)
	}
	c.Change(func(w *present.World) { w.Started, w.Name = true, "Ade" })
	c.SetPassphrase("river copper garden lamp")
	return c
}

// TestEmptyPlacesHaveOneMainButton, and the keyboard has a place to begin on each.
func TestEmptyPlacesHaveOneMainButton(t *testing.T) {
	w := open(t, alone, uitest.Laptop, look.Light, 100, false)
	for _, place := range []present.Place{
		present.PlaceToday, present.PlaceCalendar, present.PlaceSleepovers, present.PlaceMessages, present.PlacePeople,
		present.PlaceSettings, present.PlaceHelp, present.PlaceNews, present.PlaceStart,
	} {
		w.shell.Go(present.Route{Place: place})
		w.AssertOneMain()
		bare := place == present.PlaceHelp || place == present.PlaceNews // nothing to press
		if w.Focused() == "Hide now" || !bare && w.Focused() == "" {
			t.Errorf("on %s the keyboard is at %q, want the page", place, w.Focused())
		}
		w.Shot("shell-alone-" + string(place))
	}
}

// TestUnlockingAnEmptyTodayLeavesTheKeyboardThere: Tab and Enter work at once.
func TestUnlockingAnEmptyTodayLeavesTheKeyboardThere(t *testing.T) {
	w := open(t, alone, uitest.Laptop, look.Light, 100, false)
	first := w.Focused()
	w.shift(3)
	w.Type("Your passphrase", "river copper garden lamp")
	w.Key(fyne.KeyReturn)
	if got := w.Focused(); w.Has("Locked") || got == "" || got != first {
		t.Errorf("after unlocking the keyboard is at %q, want %q", got, first)
	}
}

// TestPagesOpenAtTheirTop: with the largest words a page opens with its title in view, and what is typed comes into view.
func TestPagesOpenAtTheirTop(t *testing.T) {
	for _, size := range []fyne.Size{uitest.Laptop, uitest.Small} {
		w := open(t, fake.Family, size, look.Light, 200, false)
		g := w.core.World().Groups[0]
		for _, r := range []present.Route{
			{Place: present.PlaceToday},
			{Place: present.PlaceTonight},
			{Place: present.PlaceCalendar},
			{Place: present.PlaceCalendar, Page: present.PageNew},
			{Place: present.PlaceSleepovers},
			{Place: present.PlaceSleepovers, Page: present.PageNew},
			{Place: present.PlaceSleepovers, Page: present.PageOne, Group: g.ID, Object: w.core.Mia().ID},
			{Place: present.PlaceMessages, Page: present.PageNew},
			{Place: present.PlacePeople},
			{Place: present.PlacePeople, Page: present.PageInvite, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageBack, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageHome, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageLeave, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: fake.MID("Bev")},
			{Place: present.PlacePeople, Page: present.PageRemove, Group: g.ID, Member: fake.MID("Bev")},
			{Place: present.PlacePeople, Page: present.PageRole, Group: g.ID, Member: fake.MID("Tom")},
			{Place: present.PlacePeople, Page: present.PageLost, Group: g.ID, Member: fake.MID("Priya"), Name: kp1.DID(fake.MID("Priya")).String()},
			{Place: present.PlacePeople, Page: present.PageReview, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageVote, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageSides, Group: g.ID},
			{Place: present.PlacePeople, Page: present.PageRules, Group: g.ID},
			{Place: present.PlaceSettings, Page: present.PageBackup},
			{Place: present.PlaceSettings, Page: present.PageCarry},
			{Place: present.PlaceSettings, Page: present.PageSheet},
			{Place: present.PlaceSettings, Page: present.PageDevice},
			{Place: present.PlaceSettings, Page: present.PageDanger},
			{Place: present.PlaceStart, Page: present.PageJoin},
			{Place: present.PlaceStart, Page: present.PageFound},
			{Place: present.PlaceSettings},
			{Place: present.PlaceHelp},
			{Place: present.PlaceNews},
		} {
			w.shell.Go(r)
			top := size.Height
			for _, x := range w.Things() {
				if x.Role == kit.RoleHeading {
					top = min(top, x.Pos.Y)
				}
			}
			if top < 0 || top > size.Height/2 {
				t.Errorf("%v at %v: the title stands at %.0f", r, size, top)
			}
		}
	}
}

// TestTheWindowOpensWhereItWasLeft: size and place are kept, and nothing that says whose or what.
func TestTheWindowOpensWhereItWasLeft(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, false)
	w.shell.Go(present.Route{Place: present.PlacePeople})
	w.Press("Open, Bev")
	w.shift(3)
	w.shell.Keep()
	got := w.core.Look()
	if want := (present.Look{Text: 100, Theme: "light", Width: 1366, Height: 732, Place: 5}); got != want {
		t.Fatalf("kept %+v, want %+v", got, want)
	}
	for place, has := range map[int]string{0: "Good evening, Ade", 5: "People in Elm Row", 99: "Good evening, Ade"} {
		a := test.NewTempApp(t)
		win := a.NewWindow("")
		c := fake.Family(fake.Evening)
		if err := c.SetLook(present.Look{Place: place}); err != nil {
			t.Fatal(err)
		}
		s := app.New(a, win, c, app.Options{Now: fake.Evening, Zone: fake.Zone(), Dispatch: func(f func()) { f() }, Go: func(f func()) { f() }})
		win.Resize(uitest.Laptop)
		s.Desk().Take(c.World())
		if p := uitest.Of(t, a, win); !p.Says(has) {
			t.Errorf("place %d opens a page without %q:\n%s", place, has, p.Text())
		}
		s.Stop()
		win.Close()
	}
}

// TestASecondComputerOpensItsPage: who begins on a second computer comes to the page with the code, and Back leads to Today.
func TestASecondComputerOpensItsPage(t *testing.T) {
	w := open(t, fake.New, uitest.Laptop, look.Light, 100, true)
	w.Press("Bring my things back*")
	w.Press("This is a second computer of mine*")
	w.Type("Your first name or a nickname*", "Ade")
	w.Press("Next: your passphrase")
	w.Type("Your passphrase*", "river copper garden lamp")
	w.Type("Type it once more*", "river copper garden lamp")
	w.Press("Next: your other computer")
	w.sync()
	if !w.Says("Type these eight words there") || !w.Has("8, garden") {
		t.Fatalf("after the passphrase:\n%s", w.Text())
	}
	w.shell.Back()
	if !w.Says("Needs you") {
		t.Errorf("Back leads to:\n%s", w.Text())
	}

	w.core.SetLink(w.core.World().Links[0].ID, func(l *present.Link) {
		l.Stage, l.Groups = present.LinkWaits, []present.LinkGroup{{Name: "Elm Row", State: present.LinkGroupWaits}}
	})
	w.sync()
	w.Press("See, Elm Row: this computer is not in yet")
	if !w.Says("Somebody else must let this computer in. Ring them, and read out your six words. Your other computer shows them under People, beside your name.") {
		t.Errorf("where it waits:\n%s", w.Text())
	}
	w.Press("Open Kith")
	if !w.Says("Needs you, 1 thing") {
		t.Errorf("Open leads to:\n%s", w.Text())
	}
	w.shell.Go(present.Route{Place: present.PlacePeople})
	if !w.Says("This computer is not in yet") || w.Says("No group yet") {
		t.Errorf("the people, while it waits:\n%s", w.Text())
	}
}

// TestClosingTheWindow: it is asked once, in the window; who lets Kith go on finds it locked when it comes back, and
// nothing of a page shows before that.
func TestClosingTheWindow(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, true)
	w.shell.Cross()
	if w.closed || !w.Has("Shall Kith go on without its window?") {
		t.Fatalf("nobody was asked:\n%s", w.Text())
	}
	w.Press("Close the window, and let Kith go on")
	if w.closed || w.core.Look().Stay != present.StayOn || w.core.World().Locked {
		t.Fatalf("closed %v, %+v", w.closed, w.core.Look())
	}
	w.sync()
	if w.Has("Today") {
		t.Errorf("a page shows behind a window that is closed:\n%s", w.Text())
	}
	w.shell.Raise()
	if !w.core.World().Locked || w.core.World().LockedBy != present.LockedAway || !w.Has("Your passphrase") {
		t.Errorf("brought back without a lock:\n%s", w.Text())
	}
	if err := w.core.Unlock(t.Context(), "river copper garden lamp"); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if !w.Has("Today*") {
		t.Errorf("unlocked, and no page:\n%s", w.Text())
	}
	w.shell.Cross()
	if w.closed || w.Has("Shall Kith go on without its window?") {
		t.Error("asked a second time")
	}
}

// TestClosedWindowOpenedByOthers: what a command locked and opened again behind a closed window is locked before it shows, and
// locks itself from then on.
func TestClosedWindowOpenedByOthers(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, true)
	w.shell.Cross()
	w.Press("Close the window, and let Kith go on")
	if err := w.core.Lock(t.Context(), present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if err := w.core.Unlock(t.Context(), "river copper garden lamp"); err != nil {
		t.Fatal(err)
	}
	w.sync()
	if w.Has("Today*") {
		t.Errorf("a page shows behind a window that is closed:\n%s", w.Text())
	}
	w.shell.Raise()
	w.sync()
	if !w.core.World().Locked || !w.Has("Your passphrase") {
		t.Errorf("brought back without a lock:\n%s", w.Text())
	}
	if err := w.core.Unlock(t.Context(), "river copper garden lamp"); err != nil {
		t.Fatal(err)
	}
	if w.sync(); !w.Has("Today*") {
		t.Errorf("unlocked, and no page:\n%s", w.Text())
	}
}

// TestClosingTheWindowStops who has said so, and who presses twice.
func TestClosingTheWindowStops(t *testing.T) {
	w := open(t, fake.Family, uitest.Laptop, look.Light, 100, true)
	w.shell.Cross()
	w.shell.Cross()
	if !w.closed || w.core.Look().Stay != present.StayAsk {
		t.Errorf("a second press: closed %v, %+v", w.closed, w.core.Look())
	}
	w.closed = false
	w.Press("Stop Kith")
	if !w.closed || w.core.Look().Stay != present.StayOff {
		t.Errorf("Stop Kith: closed %v, %+v", w.closed, w.core.Look())
	}
}
