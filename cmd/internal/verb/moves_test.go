package verb

import (
	"os"
	"slices"
	"strings"
	"testing"

	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (f *fake) must(t *testing.T, args ...string) ran {
	t.Helper()
	r := f.kithctl(t, args...)
	if r.exit != 0 || r.errs != "" {
		t.Fatalf("kithctl %q = %d %s", args, r.exit, r.errs)
	}
	return r
}

func parse(t *testing.T, s string) kp1.ID {
	t.Helper()
	id, err := kp1.ParseID(s)
	if err != nil {
		t.Fatalf("%q is not an id: %v", s, err)
	}
	return id
}

func mustDate(t *testing.T, s string) when.Date {
	t.Helper()
	d, err := when.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// show is what sleepover show prints, at least.
type show struct {
	Sleepover, State, Kind, Child, From, To, By, Chosen string
	Beds                                                uint
	Changed                                             bool
	Waits, OnIt                                         []string
	Offers                                              []struct{ Offer, By, Name, Condition string }
	Conflicts                                           []struct{ Kind string }
	Delivery                                            struct {
		Stored, Mailbox bool
		Devices, Of     int
		Seen            []string
	}
}

// Ade asks, Bev offers: from the ask to the close.
func TestSleepoverFromAskToClose(t *testing.T) {
	f := newFake()
	var a struct{ Sleepover string }
	f.must(t, "sleepover", "ask", "--child", "J", "--from", "2026-10-24", "--to", "2026-10-26", "--kind", "tonight", "--beds", "2", "--arrive", "18:30").into(t, &a)
	ask := parse(t, a.Sleepover)
	state := func(want string) show {
		t.Helper()
		var s show
		f.must(t, "sleepover", "show", a.Sleepover).into(t, &s)
		if s.State != want || s.Sleepover != a.Sleepover {
			t.Fatalf("state = %q, want %q", s.State, want)
		}
		return s
	}
	s := state("asked")
	if s.Kind != "tonight" || s.Child != "J" || s.From != "2026-10-24" || s.To != "2026-10-26" || s.Beds != 2 || s.By != ade.String() ||
		s.Chosen != "" || s.Offers == nil || s.Conflicts == nil || !s.Delivery.Stored || s.Delivery.Devices != 1 || s.Delivery.Of != 2 || s.Delivery.Seen == nil {
		t.Errorf("sleepover show = %+v", s)
	}
	one := f.does(bev, sleepover.Offer{Ask: ask, Condition: "after six"})
	f.does(cas, sleepover.Offer{Ask: ask, Condition: "the small room"})
	s = state("offered")
	if len(s.Offers) != 2 || s.Offers[0].By != bev.String() || s.Offers[0].Name != "Bev" {
		t.Errorf("offers = %+v", s.Offers)
	}
	// An id may be cut, and the letters that all ids share left out.
	short := strings.TrimPrefix(one.String(), idHead())[:12]
	f.must(t, "sleepover", "choose", strings.TrimPrefix(a.Sleepover, idHead())[:12], "--offer", short)
	if s := state("chosen"); s.Chosen != one.String() || len(s.Waits) != 1 || s.Waits[0] != "host" {
		t.Errorf("chosen = %+v", s)
	}
	agree := func() {
		t.Helper()
		for x := range f.World().Groups[0].Care.Sleepovers().All() {
			f.does(bev, sleepover.Agree{Ask: ask, Choice: x.Choice, Sheet: x.Sheet})
		}
	}
	agree()
	state("agreed")
	f.must(t, "sleepover", "change", a.Sleepover, "--to", "2026-10-27", "--collect", "Bev drives")
	if s := state("agreed"); !s.Changed || s.To != "2026-10-27" || s.Child != "J" || s.Beds != 2 || len(s.Waits) != 1 {
		t.Errorf("after a change = %+v", s)
	}
	agree()
	if s := state("agreed"); len(s.Waits) != 0 {
		t.Errorf("agreed anew, and still waits for %v", s.Waits)
	}
	var beds []struct {
		Household   string
		Beds, Taken uint
	}
	f.must(t, "beds", "--night", "2026-10-26").into(t, &beds)
	if len(beds) != 1 || beds[0].Taken != 2 || beds[0].Household != "" {
		t.Errorf("beds of a host without a household = %+v", beds)
	}
	for x := range f.World().Groups[0].Care.Sleepovers().All() {
		f.does(bev, sleepover.Arrived{Ask: ask, Agreement: x.Agreed})
	}
	state("arrived")
	f.must(t, "sleepover", "home", a.Sleepover)
	state("home")
	f.must(t, "sleepover", "close", a.Sleepover)
	state("closed")
	var all []show
	f.must(t, "sleepovers").into(t, &all)
	if len(all) != 1 || all[0].State != "closed" {
		t.Errorf("sleepovers = %+v", all)
	}
	if r := f.kithctl(t, "sleepover", "withdraw", a.Sleepover); r.exit != 3 || !strings.HasPrefix(r.errorInJSON.Code, "E_RULE_") {
		t.Errorf("withdraw of what is over = %d %s, want 3 and a rule", r.exit, r.errs)
	}
}

// Bev asks, Ade offers, takes it back, offers again, agrees, and says the child is there.
func TestSleepoverAsHost(t *testing.T) {
	f := newFake()
	ask := f.does(bev, sleepover.Ask{Terms: sleepover.Terms{Child: "K", From: mustDate(t, "2026-10-30"), To: mustDate(t, "2026-10-31")}, Beds: 1, Kind: sleepover.Planned})
	offered := func(args ...string) kp1.ID {
		t.Helper()
		var o struct{ Sleepover, Offer string }
		f.must(t, append([]string{"sleepover", "offer", ask.String()}, args...)...).into(t, &o)
		if o.Sleepover != ask.String() {
			t.Errorf("offer of %s answers for %s", ask, o.Sleepover)
		}
		return parse(t, o.Offer)
	}
	var s show
	f.must(t, "sleepover", "on-it", ask.String())
	if f.must(t, "sleepover", "show", ask.String()).into(t, &s); len(s.OnIt) != 1 || s.OnIt[0] != ade.String() || s.State != "asked" {
		t.Errorf("on it: %+v", s)
	}
	f.must(t, "sleepover", "on-it", ask.String(), "--off")
	if f.must(t, "sleepover", "show", ask.String()).into(t, &s); len(s.OnIt) != 0 {
		t.Errorf("on it no more: %+v", s)
	}
	offered()
	f.must(t, "sleepover", "cannot", ask.String(), "--reason", "flu")
	if r := f.kithctl(t, "sleepover", "cannot", ask.String()); r.exit != 4 || r.errorInJSON.Code != "E_NOT_FOUND" {
		t.Errorf("cannot without an offer = %d %s, want 4 E_NOT_FOUND", r.exit, r.errs)
	}
	second := offered("--condition", "after seven")
	f.does(bev, sleepover.Choose{Ask: ask, Offer: second, Sheet: ask})
	if r := f.kithctl(t, "sleepover", "choose", ask.String(), "--offer", second.String()); r.exit != 3 {
		t.Errorf("choosing for somebody else = %d %s, want 3", r.exit, r.errs)
	}
	f.must(t, "sleepover", "agree", ask.String())
	f.must(t, "sleepover", "arrived", ask.String())
	f.must(t, "sleepover", "show", ask.String()).into(t, &s)
	if s.State != "arrived" || s.Chosen != second.String() || len(s.Offers) != 1 || s.Offers[0].Condition != "after seven" {
		t.Errorf("sleepover show = %+v", s)
	}
	other := f.does(bev, sleepover.Ask{Terms: sleepover.Terms{Child: "L", From: mustDate(t, "2026-11-30"), To: mustDate(t, "2026-12-01")}, Beds: 1, Kind: sleepover.Short})
	f.does(bev, sleepover.NotNeeded{Ask: other})
	f.must(t, "sleepover", "show", other.String()).into(t, &s)
	if s.State != "not-needed" {
		t.Errorf("state = %q, want not-needed", s.State)
	}
}

func TestCalendar(t *testing.T) {
	f := newFake()
	type made struct{ Event string }
	add := func(args ...string) string {
		t.Helper()
		var m made
		f.must(t, append([]string{"event", "add"}, args...)...).into(t, &m)
		return m.Event
	}
	tea := add("--title", "Tea", "--start", "2026-10-25T15:00", "--end", "2026-10-25 16:30", "--place", "Oak House")
	trip := add("--title", "Trip", "--start", "2026-10-27", "--end", "2026-10-28", "--all-day")
	add("--title", "Far away", "--start", "2026-10-25T15:00", "--zone", "America/New_York")
	var l []struct {
		Event, Instance, Title, Start, End, State string
		AllDay                                    bool
		RSVP                                      map[string]string
	}
	agenda := func() {
		t.Helper()
		l = nil
		f.must(t, "agenda", "--from", "2026-10-25", "--to", "2026-10-28").into(t, &l)
	}
	f.must(t, "rsvp", tea, "yes")
	agenda()
	if len(l) != 3 {
		t.Fatalf("agenda = %+v, want three", l)
	}
	// The clocks went back that night: three o'clock is UTC's three.
	if l[0].Title != "Tea" || l[0].Start != "2026-10-25T15:00:00Z" || l[0].End != "2026-10-25T16:30:00Z" || l[0].AllDay || l[0].State != "on" || l[0].RSVP[ade.String()] != "yes" {
		t.Errorf("agenda[0] = %+v", l[0])
	}
	if l[1].Title != "Far away" || l[1].Start != "2026-10-25T19:00:00Z" {
		t.Errorf("agenda[1] = %+v", l[1])
	}
	if l[2].Event != trip || !l[2].AllDay || l[2].Start != "2026-10-27" || l[2].End != "2026-10-28" || l[2].RSVP == nil {
		t.Errorf("agenda[2] = %+v", l[2])
	}
	f.must(t, "event", "edit", tea, "--title", "Late tea", "--start", "2026-10-25T17:00", "--end", "2026-10-25T18:00")
	f.must(t, "event", "cancel", trip)
	agenda()
	if l[0].Title != "Late tea" || l[0].Start != "2026-10-25T17:00:00Z" || l[0].State != "on" {
		t.Errorf("after an edit: %+v", l[0])
	}
	if l[2].State != "cancelled" {
		t.Errorf("after a cancel: %+v", l[2])
	}
	for _, args := range []string{
		"event add --title Tea", "event add --start 2026-10-25", "event add --title Tea --start 2026-10-25T15:00 --all-day",
		"event add --title Tea --start 2026-10-25T15:00 --end 2026-10-25", "event add --title Tea --start 2026-10-25T25:00",
		"event add --title Tea --start 2026-10-25 --zone Europe/London", "event edit " + tea + " --end 2026-10-26",
	} {
		if r := f.kithctl(t, strings.Fields(args)...); r.exit != 2 || r.errorInJSON.Code != "E_USAGE" {
			t.Errorf("kithctl %s = %d %s, want 2 E_USAGE", args, r.exit, r.errs)
		}
	}
	if r := f.kithctl(t, "event", "add", "--title", "Tea", "--start", "2026-10-25T15:00", "--end", "2026-10-25T14:00"); r.exit != 3 && r.exit != 2 {
		t.Errorf("an event that ends before it starts = %d %s", r.exit, r.errs)
	}
}

func TestThreads(t *testing.T) {
	f := newFake()
	var th struct{ Thread string }
	f.must(t, "thread", "new", "--title", "Half term").into(t, &th)
	var one, two struct{ Post string }
	f.must(t, "post", "--thread", th.Thread, "Who has", "the tent?").into(t, &one)
	f.must(t, "post", "--thread", th.Thread[:20], "--reply", one.Post, "--", "--json is not a flag here").into(t, &two)
	var shown struct {
		Thread, Title string
		Posts         []struct{ Post, By, Name, At, Text, Reply, Words string }
	}
	f.must(t, "thread", "show", th.Thread).into(t, &shown)
	if shown.Title != "Half term" || len(shown.Posts) != 2 || shown.Posts[0].Text != "Who has the tent?" || shown.Posts[0].Name != "Ade" ||
		shown.Posts[1].Text != "--json is not a flag here" || shown.Posts[1].Reply != one.Post || shown.Posts[1].Words != "here" {
		t.Errorf("thread show = %+v", shown)
	}
	f.must(t, "thread", "show", th.Thread, "--last", "1").into(t, &shown)
	if len(shown.Posts) != 1 || shown.Posts[0].Post != two.Post {
		t.Errorf("thread show --last 1 = %+v", shown.Posts)
	}
	var l []struct {
		Thread, Title, Last string
		Posts               int
	}
	f.must(t, "threads").into(t, &l)
	if len(l) != 1 || l[0].Posts != 2 || l[0].Title != "Half term" || l[0].Last == "" {
		t.Errorf("threads = %+v", l)
	}
	if r := f.kithctl(t, "post", "--thread", th.Thread, "--reply", "zzzz", "x"); r.exit != 4 {
		t.Errorf("reply to nothing = %d %s, want 4", r.exit, r.errs)
	}
	if r := f.kithctl(t, "post", "--thread", th.Thread, " "); r.exit != 3 {
		t.Errorf("an empty post = %d %s, want 3", r.exit, r.errs)
	}
}

func TestHouseholds(t *testing.T) {
	f := newFake()
	var h struct{ Household string }
	f.must(t, "household", "add", "--name", "Oak House", "--beds", "2", "--with", bev.String()).into(t, &h)
	var l []struct {
		Household, Name  string
		Beds             uint
		Adults, Welcomed []string
	}
	show := func() {
		t.Helper()
		l = nil
		f.must(t, "household", "show").into(t, &l)
	}
	show()
	if len(l) != 1 || l[0].Household != h.Household || l[0].Name != "Oak House" || l[0].Beds != 2 || len(l[0].Adults) != 1 || len(l[0].Welcomed) != 1 {
		t.Errorf("household show = %+v", l)
	}
	f.must(t, "household", "change", h.Household, "--beds", "1")
	show()
	if l[0].Beds != 1 || l[0].Name != "Oak House" {
		t.Errorf("after a change of beds: %+v", l)
	}
	f.must(t, "household", "part", h.Household, bev.String())
	show()
	if len(l[0].Welcomed) != 0 {
		t.Errorf("after taking it back: %+v", l)
	}
	f.must(t, "household", "welcome", h.Household, bev.String())
	var beds []struct {
		Household   string
		Beds, Taken uint
	}
	f.must(t, "beds", "--night", "2026-10-24").into(t, &beds)
	if len(beds) != 1 || beds[0].Household != h.Household || beds[0].Beds != 1 || beds[0].Taken != 0 {
		t.Errorf("beds = %+v", beds)
	}
	if r := f.kithctl(t, "household", "add", "--with", "99"); r.exit != 4 {
		t.Errorf("household with a stranger = %d %s, want 4", r.exit, r.errs)
	}
	if r := f.kithctl(t, "household", "add", "--beds", "21"); r.exit != 3 {
		t.Errorf("household of too many beds = %d %s, want 3", r.exit, r.errs)
	}
}

// TestHide: one word hides what a member writes, in the list and in the thread, and one more shows it again.
func TestHide(t *testing.T) {
	f := newFake()
	var ours, theirs struct{ Thread string }
	f.must(t, "thread", "new", "--title", "Half term").into(t, &ours)
	theirs.Thread = f.does(bev, thread.New{Title: "Cheap things"}).String()
	th, err := kp1.ParseID(ours.Thread)
	if err != nil {
		t.Fatal(err)
	}
	f.does(bev, thread.Post{Thread: th, Text: "buy"})
	f.must(t, "post", "--thread", ours.Thread, "Who has the tent?")
	f.does(bev, thread.Post{Thread: th, Text: "buy"})
	for _, args := range []string{"hide 11", "hide", "hide 2202 2203"} {
		if r := f.kithctl(t, strings.Fields(args)...); r.exit != 2 || r.errorInJSON.Code != "E_USAGE" {
			t.Errorf("kithctl %s = %d %s, want 2 E_USAGE", args, r.exit, r.errs)
		}
	}
	var plain []string
	for _, c := range []struct{ args, want string }{
		{"hide 2202", `{"member":"` + bev.String() + `","hidden":true}`},
		{"hide --off 2202", `{"member":"` + bev.String() + `","hidden":false}`},
		{"hide 2202", `{"member":"` + bev.String() + `","hidden":true}`},
	} {
		if r := f.must(t, strings.Fields(c.args)...); r.out != c.want+"\n" {
			t.Errorf("kithctl %s = %s, want %s", c.args, r.out, c.want)
		}
		plain = append(plain, lastOf(f.asked))
	}
	if got := strings.Join(plain, "; "); got != "hide a001 2202 true; hide a001 2202 false; hide a001 2202 true" {
		t.Errorf("asked the peer %q", got)
	}
	if r := f.must(t, "members"); strings.Count(r.out, `"hidden":true`) != 1 {
		t.Errorf("members = %s", r.out)
	}
	var l []struct {
		Thread        string
		Posts, Hidden int
	}
	f.must(t, "threads").into(t, &l)
	if len(l) != 1 || l[0].Thread != ours.Thread || l[0].Posts != 1 || l[0].Hidden != 2 {
		t.Errorf("threads = %+v", l)
	}
	var shown struct {
		Title  string
		Posts  []struct{ Text string }
		Hidden []hiddenOf
	}
	f.must(t, "thread", "show", ours.Thread, "--last", "1").into(t, &shown)
	if len(shown.Posts) != 1 || shown.Posts[0].Text != "Who has the tent?" || !slices.Equal(shown.Hidden, []hiddenOf{{bev.String(), "Bev", 2}}) {
		t.Errorf("thread show = %+v", shown)
	}
	f.must(t, "thread", "show", theirs.Thread).into(t, &shown)
	if shown.Title != "" {
		t.Errorf("a hidden title: %q", shown.Title)
	}
}

// TestSeries: each Friday, with one time off, one moved, an answer to one, and from one on another place.
func TestSeries(t *testing.T) {
	f := newFake()
	var m struct{ Event, Follows string }
	f.must(t, "event", "add", "--title", "Swimming", "--start", "2026-11-27T16:00", "--end", "2026-11-27T17:00", "--repeat", "RRULE:BYDAY=FR;FREQ=WEEKLY").into(t, &m)
	swim := m.Event
	f.must(t, "event", "cancel", swim, "--at", "2026-12-04")
	f.must(t, "event", "edit", swim, "--at", "2026-12-11", "--start", "2026-12-12T10:00", "--end", "2026-12-12T11:00")
	f.must(t, "rsvp", swim, "yes")
	f.must(t, "rsvp", swim, "no", "--at", "2026-12-18")
	f.must(t, "event", "edit", swim, "--from", "2026-12-25", "--place", "Lake").into(t, &m)
	if m.Follows != swim || m.Event == swim {
		t.Errorf("from then on = %+v", m)
	}
	shown := func() (out []string) {
		var l []struct {
			Instance, Title, Place, Start, State, Repeat string
			RSVP                                         map[string]string
		}
		f.must(t, "agenda", "--from", "2026-11-20", "--to", "2027-01-02").into(t, &l)
		for _, i := range l {
			out = append(out, strings.Join([]string{i.Instance, i.Start[:16], i.Place, i.State, i.RSVP[ade.String()]}, " "))
		}
		return out
	}
	want := []string{
		"2026-11-27 2026-11-27T16:00  on yes", "2026-12-04 2026-12-04T16:00  cancelled yes", "2026-12-11 2026-12-12T10:00  on yes",
		"2026-12-18 2026-12-18T16:00  on no", "2026-12-25 2026-12-25T16:00 Lake on ", "2027-01-01 2027-01-01T16:00 Lake on ",
	}
	if got := shown(); !slices.Equal(got, want) {
		t.Errorf("agenda:\n%q\nwant\n%q", got, want)
	}
	f.must(t, "event", "restore", swim, "--at", "2026-12-04")
	f.must(t, "event", "cancel", m.Event, "--from", "2027-01-01")
	want[1], want = "2026-12-04 2026-12-04T16:00  on yes", want[:5]
	if got := shown(); !slices.Equal(got, want) {
		t.Errorf("agenda:\n%q\nwant\n%q", got, want)
	}
	var s struct {
		Says, Doubt string
		Next        []struct{ Instance string }
	}
	f.must(t, "event", "show", swim).into(t, &s)
	if s.Says != "Every week on Friday, until Thursday 24 December 2026" || s.Doubt != "" || len(s.Next) != 4 || s.Next[0].Instance != "2026-11-27" {
		t.Errorf("show = %+v", s)
	}
	for _, c := range []struct {
		args string
		exit int
		code string
	}{
		{"event cancel " + swim + " --at 2026-12-05", 3, "E_RULE_TIME"},
		{"event cancel " + swim + " --at soon", 2, "E_USAGE"},
		{"event edit " + swim + " --at 2026-12-18 --from 2026-12-18", 2, "E_USAGE"},
		{"event edit " + swim + " --repeat sometimes", 2, "E_REPEAT"},
		{"event edit " + swim + " --at 2026-12-18 --repeat daily", 3, "E_RULE_REPEAT"},
		{"event keep " + swim + " abc", 4, "E_NOT_FOUND"},
	} {
		if r := f.kithctl(t, strings.Fields(c.args)...); r.exit != c.exit || r.errorInJSON.Code != c.code {
			t.Errorf("kithctl %s = %d %s, want %d %s", c.args, r.exit, r.errs, c.exit, c.code)
		}
	}
}
