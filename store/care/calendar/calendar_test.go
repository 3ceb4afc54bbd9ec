package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/care/when"
	"kith/store/kp1"
)

var ada, bob, cy = kp1.MID{1}, kp1.MID{2}, kp1.MID{3}

func id(s string) kp1.ID { return kp1.Sum([]byte(s)) }

func ids(names ...string) (out []kp1.ID) {
	for _, n := range names {
		out = append(out, id(n))
	}
	return act.SortIDs(out)
}

func by(m kp1.MID, name string, a act.Act) act.Event {
	return act.Event{Meta: act.Meta{ID: id(name), Author: m, Rank: kp1.RankMember, Time: 1}, Act: a}
}

func date(s string) when.Date {
	d, err := when.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func whole(title, from, to string) Add {
	return Add{Content: Content{Title: title, When: when.Span{AllDay: true, From: date(from), To: date(to)}}}
}

func timed(title, day string, start, end when.Clock, zone string) Add {
	return Add{Content: Content{Title: title, When: when.Span{From: date(day), To: date(day), Start: start, End: end, Zone: zone}}}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func titles(is []Instance) (out []string) {
	for _, i := range is {
		out = append(out, i.Event.Title)
	}
	return out
}

func TestAgenda(t *testing.T) {
	c := Calendar{}.Apply(
		by(ada, "1", whole("half-term", "2026-10-24", "2026-11-02")),
		by(ada, "2", timed("swimming", "2026-10-25", when.At(16, 30), when.At(17, 30), "Europe/London")),
		by(ada, "3", timed("breakfast", "2026-10-25", when.At(8, 0), when.At(9, 0), "Europe/London")),
		by(ada, "4", whole("birthday", "2026-10-25", "2026-10-26")),
		by(ada, "5", timed("ring aunt", "2026-10-24", when.At(20, 0), when.At(20, 30), "America/New_York")),
		by(ada, "6", whole("year away", "2026-01-01", "2027-01-02")),
	)
	london := zone(t, "Europe/London")
	for _, q := range []struct {
		name, from, to string
		loc            *time.Location
		want           []string
	}{
		{"a day", "2026-10-25", "2026-10-26", london, []string{"year away", "half-term", "birthday", "ring aunt", "breakfast", "swimming"}},
		{"the day before", "2026-10-24", "2026-10-25", london, []string{"year away", "half-term"}},
		{"seen from New York", "2026-10-24", "2026-10-25", zone(t, "America/New_York"), []string{"year away", "half-term", "ring aunt"}},
		{"after the last day", "2026-11-02", "2026-11-03", london, []string{"year away"}},
		{"beyond the year", "2027-01-02", "2027-03-01", london, nil},
		{"no day", "2026-10-25", "2026-10-25", london, nil},
	} {
		got := titles(c.Between(date(q.from), date(q.to), q.loc, time.LoadLocation))
		if !slices.Equal(got, q.want) {
			t.Errorf("Between(%s) = %q, want %q", q.name, got, q.want)
		}
	}
	days := Days(c.Between(date("2026-10-25"), date("2026-10-27"), london, time.LoadLocation), date("2026-10-25"), date("2026-10-27"))
	if len(days) != 2 || len(days[date("2026-10-25")]) != 6 || len(days[date("2026-10-26")]) != 2 {
		t.Errorf("Days = %d, %d, %d", len(days), len(days[date("2026-10-25")]), len(days[date("2026-10-26")]))
	}
}

// TestClockChange: a wall time stays on the wall; one that does not exist that day is moved and says so.
func TestClockChange(t *testing.T) {
	c := Calendar{}.Apply(
		by(ada, "1", timed("medicine", "2027-03-28", when.At(1, 30), when.At(1, 45), "Europe/London")),
		by(ada, "2", timed("tea", "2027-03-28", when.At(16, 0), when.At(17, 0), "Europe/London")),
		by(ada, "3", timed("tea", "2027-10-31", when.At(16, 0), when.At(17, 0), "Europe/London")),
		by(ada, "4", whole("day", "2027-10-31", "2027-11-01")),
	)
	london := zone(t, "Europe/London")
	spring := c.Between(date("2027-03-28"), date("2027-03-29"), london, time.LoadLocation)
	if len(spring) != 2 || !spring[0].Moved || spring[0].Start.Hour() != 2 || spring[1].Moved || spring[1].Start.Hour() != 16 {
		t.Errorf("spring = %+v", spring)
	}
	autumn := c.Between(date("2027-10-31"), date("2027-11-01"), london, time.LoadLocation)
	if len(autumn) != 2 || autumn[0].End.Sub(autumn[0].Start) != 25*time.Hour || autumn[0].To != date("2027-11-01") || autumn[1].Start.Hour() != 16 {
		t.Errorf("autumn = %+v", autumn)
	}
}

func TestEndsAtMidnightAndUnknownZone(t *testing.T) {
	late := Add{Content: Content{Title: "late", When: when.Span{From: date("2026-11-27"), To: date("2026-11-28"), Start: when.At(20, 0), End: when.At(0, 0), Zone: "Europe/London"}}}
	c := Calendar{}.Apply(by(ada, "1", late), by(ada, "2", timed("odd", "2026-11-28", when.At(9, 0), when.At(9, 0), "Mars/Base")))
	got := c.Between(date("2026-11-28"), date("2026-11-29"), time.UTC, time.LoadLocation)
	if len(got) != 1 || got[0].Event.Title != "odd" || !got[0].ZoneUnknown || got[0].Start.Hour() != 9 {
		t.Errorf("Between = %+v, want the odd one alone: what ends at midnight is of the day before", got)
	}
	if got := c.Between(date("2026-11-27"), date("2026-11-28"), time.UTC, time.LoadLocation); len(got) != 1 || got[0].To != date("2026-11-28") || got[0].Key != "2026-11-27" {
		t.Errorf("Between = %+v, want the late one", got)
	}
}

func TestEditsAndCancel(t *testing.T) {
	edit := func(title string, base ...string) Edit {
		return Edit{Event: id("e"), Content: whole(title, "2026-12-01", "2026-12-02").Content, Base: ids(base...)}
	}
	add := by(ada, "e", whole("one", "2026-11-27", "2026-11-28"))
	admin := by(bob, "b", edit("by an admin", "a"))
	admin.Rank = kp1.RankAdmin
	c := Calendar{}.Apply(add, by(ada, "a", edit("two", "e")), admin, by(cy, "c", edit("by another", "b")))
	e, _ := c.Get(id("e"))
	if e.Title != "by an admin" || !e.Edited() || len(e.Versions) != 1 || len(e.NotApplied) != 1 || e.NotApplied[0].Rule != RuleNotAuthor {
		t.Errorf("Get = %+v, want the admin's, and one not applied", e)
	}
	if got := c.Between(date("2026-11-27"), date("2026-11-28"), time.UTC, time.LoadLocation); len(got) != 0 {
		t.Errorf("still on the old day: %v", titles(got))
	}
	two := c.Apply(by(ada, "x", edit("x", "b")), by(ada, "y", edit("y", "b")))
	e, _ = two.Get(id("e"))
	if len(e.Versions) != 2 || len(e.Heads) != 2 || e.Versions[0].ID.Compare(e.Versions[1].ID) < 0 {
		t.Errorf("two edits apart = %+v, want both, the greater id first", e.Versions)
	}
	gone := two.Apply(by(ada, "z", Cancel{Event: id("e"), Base: ids("b")}))
	e, _ = gone.Get(id("e"))
	if !e.Cancelled || e.CancelledBy.ID != id("z") {
		t.Errorf("cancelled: %+v", e)
	}
	if got := gone.Between(date("2026-12-01"), date("2026-12-02"), time.UTC, time.LoadLocation); len(got) != 1 || !got[0].Event.Cancelled {
		t.Errorf("a cancelled event is gone from the agenda: %v", titles(got))
	}
	if err := gone.Check(by(ada, "", RSVP{Event: id("e"), Answer: Yes})); !errors.Is(err, RuleCancelled) {
		t.Errorf("Check(rsvp to a cancelled event) = %v, want RuleCancelled", err)
	}
}

func TestReplies(t *testing.T) {
	c := Calendar{}.Apply(by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28")))
	say := func(m kp1.MID, name string, a Answer) {
		t.Helper()
		r := c.Fill(m, RSVP{Event: id("e"), Answer: a})
		if err := c.Check(by(m, "", r)); err != nil {
			t.Fatal(err)
		}
		c = c.Apply(by(m, name, r))
	}
	say(bob, "1", Yes)
	say(cy, "2", Maybe)
	say(bob, "3", No)
	e, _ := c.Get(id("e"))
	if e.Answer(bob) != No || e.Answer(cy) != Maybe || e.Answer(ada) != None || len(e.RSVP) != 2 {
		t.Errorf("RSVP = %+v, want bob no, cy maybe", e.RSVP)
	}
	c = c.Apply(by(ada, "x", c.Fill(ada, Edit{Event: id("e"), Content: whole("picnic", "2026-12-27", "2026-12-28").Content})))
	say(cy, "4", Yes)
	say(bob, "5", None)
	e, _ = c.Get(id("e"))
	if len(e.RSVP) != 1 || e.Answer(cy) != Yes || e.RSVP[0].Before {
		t.Errorf("RSVP = %+v, want cy alone, after the change", e.RSVP)
	}
	say(bob, "6", Yes)
	c = c.Apply(by(ada, "y", c.Fill(ada, Edit{Event: id("e"), Content: whole("picnic", "2026-12-28", "2026-12-29").Content})))
	e, _ = c.Get(id("e"))
	for _, r := range e.RSVP {
		if !r.Before {
			t.Errorf("%v answered before the event moved, and it does not say so", r.Person)
		}
	}
}

func TestWordsGone(t *testing.T) {
	add := by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28"))
	bare := add
	bare.Act = act.Bare(add.Act, act.Taken)
	c := Calendar{}.Apply(add).Apply(bare)
	e, _ := c.Get(id("e"))
	if e.Words != act.Taken || e.Title != "" || !e.Known {
		t.Errorf("taken away: %+v", e)
	}
	if got := c.Between(date("2026-11-27"), date("2026-11-28"), time.UTC, time.LoadLocation); len(got) != 0 {
		t.Errorf("without its words it still has a day: %v", got)
	}
	rsvp := Calendar{}.Apply(by(bob, "r", RSVP{Event: id("e"), Answer: Yes}))
	if e, ok := rsvp.Get(id("e")); !ok || e.Known || len(e.NotApplied) != 1 || e.NotApplied[0].Rule != act.RuleWaits {
		t.Errorf("answer without its event: %+v", e)
	}
}

func TestCheck(t *testing.T) {
	c := Calendar{}.Apply(by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28")))
	long := func(n int) string { return strings.Repeat("a", n) }
	with := func(f func(*Add)) act.Act { a := whole("a", "2026-11-27", "2026-11-28"); f(&a); return a }
	for _, q := range []struct {
		name string
		a    act.Act
		want error
	}{
		{"title at the limit", with(func(a *Add) { a.Title = long(act.MaxTitle) }), nil},
		{"title over the limit", with(func(a *Add) { a.Title = long(act.MaxTitle + 1) }), act.RuleTooLong},
		{"no title", with(func(a *Add) { a.Title = "" }), act.RuleEmpty},
		{"notes at the limit", with(func(a *Add) { a.Notes = long(act.MaxNotes) }), nil},
		{"notes over the limit", with(func(a *Add) { a.Notes = long(act.MaxNotes + 1) }), act.RuleTooLong},
		{"place over the limit", with(func(a *Add) { a.Place = long(act.MaxTitle + 1) }), act.RuleTooLong},
		{"no time", with(func(a *Add) { a.When = when.Span{} }), act.RuleDates},
		{"last kind", with(func(a *Add) { a.Kind = Birthday }), nil},
		{"kind beyond", with(func(a *Add) { a.Kind = Birthday + 1 }), act.RuleForm},
		{"answer", RSVP{Event: id("e"), Answer: Maybe}, nil},
		{"answer beyond", RSVP{Event: id("e"), Answer: Maybe + 1}, RuleAnswer},
		{"answer to nothing", RSVP{Answer: Yes}, act.RuleUnknown},
		{"answer to what is not here", RSVP{Event: id("x"), Answer: Yes}, act.RuleUnknown},
		{"cancel by another", Cancel{Event: id("e")}, RuleNotAuthor},
		{"edit by another", Edit{Event: id("e"), Content: whole("a", "2026-11-27", "2026-11-28").Content}, RuleNotAuthor},
		{"base at the limit", RSVP{Event: id("e"), Answer: Yes, Base: make([]kp1.ID, act.MaxBase)}, nil},
		{"base over the limit", RSVP{Event: id("e"), Answer: Yes, Base: make([]kp1.ID, act.MaxBase+1)}, act.RuleTooMany},
	} {
		if err := c.Check(by(bob, "", q.a)); !errors.Is(err, q.want) {
			t.Errorf("Check(%s) = %v, want %v", q.name, err, q.want)
		}
	}
}

// TestWeekReadsLittle: a week out of ten years of events, 400 a year, reads the few pages in which they lie together.
func TestWeekReadsLittle(t *testing.T) {
	var es []act.Event
	for n := range 4_000 {
		d := date("2026-01-01").Plus(n * 3650 / 4_000)
		es = append(es, by(ada, fmt.Sprint(n), whole("day", d.String(), d.Plus(1).String())))
	}
	sections := map[kp1.ID][]byte{}
	saved, err := Calendar{}.Apply(es...).Save(func(name kp1.ID, bytes func() ([]byte, error)) error {
		b, err := bytes()
		sections[name] = b
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	reads := 0
	src := page.NewSource(func(name kp1.ID) ([]byte, error) { reads++; return sections[name], nil })
	c, err := Open(src, saved)
	if err != nil || reads != 3 {
		t.Fatalf("Open read %d sections, %v, want the three lists of pages", reads, err)
	}
	got := c.Between(date("2030-06-01"), date("2030-06-08"), time.UTC, time.LoadLocation)
	if len(got) < 7 || len(got) > 9 || src.Err() != nil {
		t.Errorf("Between = %d events, %v", len(got), src.Err())
	}
	if reads > 9 || len(sections) < 60 {
		t.Errorf("a week read %d of %d sections, want at most 9", reads, len(sections))
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range []act.Act{
		whole("a", "2026-11-27", "2026-11-28"), timed("b", "2026-11-27", when.At(1, 2), when.At(3, 4), "Europe/London"),
		Edit{Event: id("e"), Content: whole("a", "2026-11-27", "2026-11-28").Content, Base: ids("1", "2")},
		Cancel{Event: id("e")},
		RSVP{Event: id("e"), Answer: Yes},
		weekly(),
		Add{Content: weekly().Content, Follows: id("e")},
		Edit{Event: id("e"), At: when.Key{Day: date("2026-12-04"), At: when.At(16, 0)}, Content: whole("a", "2026-11-27", "2026-11-28").Content},
		Cancel{Event: id("e"), At: when.Key{Day: date("2026-12-04")}},
		RSVP{Event: id("e"), At: when.Key{Day: date("2026-12-04")}, Answer: Yes},
	} {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(typ, body, payload)
	}
	f.Fuzz(func(t *testing.T, typ string, body, payload []byte) {
		if len(payload) == 0 {
			payload = nil
		}
		a, ok, err := Decode(typ, body, payload)
		if !ok || err != nil {
			return
		}
		if err := a.Valid(); err != nil {
			t.Errorf("decoded but not valid: %v", err)
		}
		Calendar{}.Apply(by(ada, "e", a)).Between(date("2026-01-01"), date("2027-01-01"), time.UTC, time.LoadLocation)
	})
}

func FuzzOpenPage(f *testing.F) {
	_, err := Calendar{}.Apply(by(ada, "e", whole("a", "2026-11-27", "2026-11-28")), by(bob, "r", RSVP{Event: id("e"), Answer: Yes})).
		Save(func(_ kp1.ID, bytes func() ([]byte, error)) error {
			b, err := bytes()
			f.Add(b)
			return err
		})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if os, err := decodeObjects(b); err == nil {
			if _, err := encodeObjects(os); err != nil {
				t.Errorf("events read but not written: %v", err)
			}
		}
	})
}
