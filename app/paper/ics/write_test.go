package ics

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/calendar"
	"kith/store/care/when"
)

var sunday = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func full(t interface{ Fatalf(string, ...any) }, c Calendar) []byte {
	b, err := Write(c, Output{Level: present.LevelFull, Made: sunday}, time.LoadLocation)
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return b
}

// like says where two calendars differ, or nothing. A list of none and no list are the same.
func like(a, b Calendar) string {
	if a.Name != b.Name || len(a.Events) != len(b.Events) {
		return fmt.Sprintf("%q with %d events, %q with %d", a.Name, len(a.Events), b.Name, len(b.Events))
	}
	for i := range a.Events {
		if x, y := a.Events[i], b.Events[i]; !x.same(y) || !reflect.DeepEqual(x.Repeat.String(), y.Repeat.String()) {
			return fmt.Sprintf("event %d:\n%+v\n%+v", i, x, y)
		}
	}
	return ""
}

// told is what a file at the full level tells of c.
func told(c Calendar) Calendar {
	out := Calendar{Name: c.Name}
	for _, e := range c.Events {
		out.Events = append(out.Events, e.At(present.LevelFull, nil))
	}
	return out
}

var someZones = []string{"Europe/London", "America/New_York", "UTC", "Australia/Sydney", "Africa/Casablanca", "Asia/Kathmandu"}

func anyDay(t *rapid.T, name string) when.Date {
	return day("2024-01-01").Plus(rapid.IntRange(0, 3000).Draw(t, name))
}

func anyEvent(t *rapid.T, uid string) Event {
	words := func(name string, lines bool, max int) string {
		s, _ := line.Clean(rapid.StringN(0, 120, max).Draw(t, name), lines, max)
		return s
	}
	e := Event{
		UID: uid, Sequence: rapid.IntRange(0, 99).Draw(t, "sequence"), Kind: rapid.SampledFrom(kinds[:]).Draw(t, "kind"),
		Title: "T" + words("title", false, 150), Place: words("place", false, 150), Notes: words("notes", true, 300),
		Cancelled: rapid.Bool().Draw(t, "cancelled"),
	}
	e = clean(e)
	d := anyDay(t, "day")
	e.When = when.Span{AllDay: true, From: d, To: d.Plus(rapid.IntRange(1, 9).Draw(t, "days"))}
	if rapid.Bool().Draw(t, "timed") {
		long := rapid.IntRange(0, 3).Draw(t, "nights")
		e.When = when.Span{From: d, To: d.Plus(long), Zone: rapid.SampledFrom(someZones).Draw(t, "zone")}
		e.When.Start = when.At(rapid.IntRange(3, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		e.When.End = e.When.Start
		if long > 0 {
			e.When.End = when.At(rapid.IntRange(3, 23).Draw(t, "hour"), 0)
		}
	}
	if !rapid.Bool().Draw(t, "repeats") {
		return e
	}
	e.Repeat = rapid.SampledFrom([]when.Rule{
		when.EveryDays(2), when.EveryWeeks(1), when.EveryWeeks(2, time.Monday, time.Friday), when.EveryMonths(1, -1),
		when.EveryMonthsOn(1, 2, time.Tuesday), when.EveryYears(1, d, when.OnlyThen), when.EveryYearsOn(1, 3, -1, time.Sunday),
	}).Draw(t, "rule")
	switch rapid.IntRange(0, 2).Draw(t, "end") {
	case 1:
		e.Repeat = e.Repeat.Times(rapid.IntRange(1, 60).Draw(t, "times"))
	case 2:
		e.Repeat = e.Repeat.To(d.Plus(rapid.IntRange(0, 400).Draw(t, "until")))
	}
	for range rapid.IntRange(0, 4).Draw(t, "exceptions") {
		e.Except = merge(e.Except, []when.Key{{Day: d.Plus(rapid.IntRange(0, 90).Draw(t, "exception"))}})
	}
	for range rapid.IntRange(0, 2).Draw(t, "more") {
		e.Extra = merge(e.Extra, []when.Key{{Day: d.Plus(rapid.IntRange(0, 90).Draw(t, "one more"))}})
	}
	return e
}

// TestRoundTrip: what is exported and imported again is the same, whatever the events; and so is what comes in from a
// file that other programs could have written of it.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Calendar{Name: "Home"}
		for i := range rapid.IntRange(0, 4).Draw(t, "events") {
			e := anyEvent(t, fmt.Sprintf("uid-%d@example.org", i))
			c.Events = append(c.Events, e)
			if !e.Repeat.IsZero() && rapid.Bool().Draw(t, "one differs") {
				o := anyEvent(t, e.UID)
				o.Repeat, o.Except, o.Extra = when.Rule{}, nil, nil
				o.Time = when.Key{Day: e.When.From.Plus(rapid.IntRange(0, 60).Draw(t, "which"))}
				c.Events = append(c.Events, o)
			}
			if i > 0 {
				c.Events[len(c.Events)-1].Follows = c.Events[0].UID
			}
		}
		c = told(c)
		file := full(t, c)
		ways := map[string]string{
			"as it is": string(file), "with lf": strings.ReplaceAll(string(file), "\r\n", "\n"), "with cr": strings.ReplaceAll(string(file), "\r\n", "\r"),
			"with a mark": "\xef\xbb\xbf" + string(file), "for windows": strings.ReplaceAll(string(file), "TZID=Europe/London", "TZID=GMT Standard Time"),
			"by shape": strings.ReplaceAll(strings.ReplaceAll(string(file), "X-LIC-LOCATION:Europe/London\r\n", ""), "Europe/London", "Customised 1"),
		}
		for _, name := range []string{"as it is", rapid.SampledFrom(slices.Sorted(maps.Keys(ways))).Draw(t, "written")} {
			as := ways[name]
			again, notes, err := Read(strings.NewReader(as), home, time.LoadLocation)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if diff := like(c, again); diff != "" {
				t.Fatalf("%s: %s\n%s", name, diff, file)
			}
			for _, n := range notes {
				if n.Why != present.FileRuleElse && n.Why != present.FileZoneLike {
					t.Fatalf("%s: line %d: %s", name, n.Line, n.Text())
				}
			}
		}
		if other := full(t, c); !bytes.Equal(other, file) {
			t.Fatalf("two files of one calendar differ:\n%s\n%s", file, other)
		}
	})
}

// TestLevelsTellNoMore: at no level is there an address, and at each lower one less of the rest.
func TestLevelsTellNoMore(t *testing.T) {
	c := Calendar{Name: "Kinship carers Leeds", Events: []Event{
		{
			UID: "bev@hotmail.example", Kind: Sleepover, Title: "Mia at Tom Okafor’s", Place: "Big hall", Notes: "Pack rabbit\nCome to 14a Beech Lane\nand a coat",
			When: when.Span{From: day("2026-11-27"), Start: when.At(17, 0), To: day("2026-11-28"), End: when.At(12, 0), Zone: home},
		},
		{UID: UID([]byte("x")), Kind: Health, Title: "Dentist, LS6 1AB", Place: "12 High Street, Leeds", When: when.Span{AllDay: true, From: day("2026-12-01"), To: day("2026-12-02")}},
	}}
	never := []string{"Beech", "LS6", "High Street", "Health"}
	for l, hidden := range map[present.Level][]string{
		present.LevelBusy:     {"Mia", "Tom", "Okafor", "Big hall", "rabbit", "Dentist", "Sleepover", "Appointment", "Kinship", "hotmail"},
		present.LevelKinds:    {"Mia", "Tom", "Okafor", "Big hall", "rabbit", "Dentist", "Appointment", "Kinship", "hotmail"},
		present.LevelInitials: {"Mia", "Tom", "Okafor", "Big hall", "rabbit", "Appointment", "Kinship", "hotmail"},
		present.LevelFull:     nil,
	} {
		b, err := Write(c, Output{Level: l, Names: []string{"Mia", "Tom Okafor"}, Made: sunday}, time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		file := strings.ReplaceAll(string(b), "\r\n ", "")
		for _, h := range append(hidden, never...) {
			if strings.Contains(file, h) {
				t.Errorf("level %d tells %q:\n%s", l, h, file)
			}
		}
		again, _ := read(t, string(b))
		if len(again.Events) != 2 || again.Events[0].When != c.Events[0].When {
			t.Errorf("level %d: %v", l, again.Events)
		}
		for i, e := range c.Events {
			once := e.At(l, []string{"Mia", "Tom Okafor"})
			if twice := once.At(l, []string{"Mia", "Tom Okafor"}); !once.same(twice) {
				t.Errorf("level %d, event %d told again: %v, %v", l, i, once, twice)
			}
		}
	}
	if e := c.Events[0].At(present.LevelInitials, []string{"Mia", "Tom Okafor"}); e.Title != "M at T O’s" {
		t.Errorf("with first letters: %q", e.Title)
	}
	if e := c.Events[0].At(present.LevelKinds, nil); e.Title != "Sleepover" {
		t.Errorf("the kind: %q", e.Title)
	}
	if e := c.Events[0].At(present.LevelFull, nil); e.Notes != "Pack rabbit\nand a coat" || e.Place != "Big hall" {
		t.Errorf("in full: %+v", e)
	}
	if _, err := Write(c, Output{Level: 5}, time.LoadLocation); err == nil {
		t.Error("a fifth level is written")
	}
}

func TestWriterIsStrict(t *testing.T) {
	c := Calendar{Events: []Event{{UID: "1", Title: strings.Repeat("été, ", 40), When: when.Span{AllDay: true, From: day("2026-01-01"), To: day("2026-01-02")}}}}
	for _, p := range strings.Split(strings.TrimSuffix(string(full(t, c)), "\r\n"), "\r\n") {
		if len(p) > 75 || !utf8.ValidString(p) || strings.ContainsAny(p, "\r\n") {
			t.Errorf("physical line %q", p)
		}
	}
	for name, bad := range map[string]struct {
		e    Event
		want error
	}{
		"no zone":  {Event{UID: "1", When: when.Span{From: day("2026-01-01"), To: day("2026-01-01"), Start: when.At(1, 0), End: when.At(1, 0), Zone: "Mars"}}, when.ErrZone},
		"no day":   {Event{UID: "1"}, when.ErrDate},
		"no uid":   {Event{When: c.Events[0].When}, when.ErrDate},
		"bad rule": {Event{UID: "1", When: c.Events[0].When, Repeat: when.Rule{Freq: when.Hourly, Interval: 1}}, when.ErrRule},
		"bad key":  {Event{UID: "1", When: c.Events[0].When, Except: []when.Key{{}}}, when.ErrDate},
	} {
		if _, err := Write(Calendar{Events: []Event{bad.e}}, Output{Level: 4}, time.LoadLocation); !errors.Is(err, bad.want) {
			t.Errorf("%s: %v, want %v", name, err, bad.want)
		}
	}
}

// TestVTimezone: a zone is told in few lines, and those alone are enough to find one with the same clock changes.
func TestVTimezone(t *testing.T) {
	for _, name := range []string{"Europe/London", "Europe/Dublin", "America/New_York", "Australia/Sydney", "Asia/Kathmandu", "Africa/Casablanca", "Asia/Jerusalem", "Europe/Moscow"} {
		c := Calendar{Events: []Event{{UID: "1", Title: "x", Repeat: when.EveryWeeks(1), When: when.Span{
			From: day("2026-01-01"), To: day("2026-01-01"), Start: when.At(9, 0), End: when.At(10, 0), Zone: name,
		}}}}
		file := string(full(t, c))
		if n := strings.Count(file, "\r\n"); n > 250 {
			t.Errorf("%s: %d lines", name, n)
		}
		if name == "Africa/Casablanca" || name == "Asia/Jerusalem" {
			continue // no rule: their changes follow the moon, or a Friday
		}
		again, notes := read(t, strings.ReplaceAll(strings.ReplaceAll(file, "X-LIC-LOCATION:"+name+"\r\n", ""), name, "Here"))
		want, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := time.LoadLocation(again.Events[0].When.Zone)
		if err != nil || !slices.Equal(whys(notes), []present.FileWhy{present.FileZoneLike}) {
			t.Fatalf("%s: %v, %v", name, err, notes)
		}
		for d := day("2026-01-01"); d.Year < 2029; d = d.Plus(1) {
			if a, b := when.On(d, when.At(12, 0), want), when.On(d, when.At(12, 0), got); !a.Equal(b.Time) {
				t.Errorf("%s taken as %s: %s differs", name, got, d)
				break
			}
		}
	}
}

func TestKinds(t *testing.T) {
	for k := calendar.Plain; k <= calendar.Birthday; k++ {
		if got := KindOf(k).Calendar(); got != k {
			t.Errorf("kind %d comes back as %d", k, got)
		}
	}
	if KindOf(99) != "" || Sleepover.Calendar() != calendar.Plain || kindNamed("education") != School {
		t.Error("kinds that are not the calendar's own")
	}
	for _, k := range kinds[1:] {
		if s := k.title("Busy"); strings.HasPrefix(s, "[") || k == Health && s != "Busy" {
			t.Errorf("kind %s is called %q", k, s)
		}
	}
}

// FuzzRead: whatever comes in, nothing breaks, and what was taken can be written and read again as the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(event("DTSTART;TZID=GMT Standard Time:20260106T163000", "RRULE:FREQ=WEEKLY;UNTIL=20270101T000000Z", "EXDATE:20260113T163000Z")))
	f.Add([]byte(event("DTSTART;VALUE=DATE:20260106", "DURATION:P2D", "BEGIN:VALARM", "END:VALARM", "RDATE:20260203,20260204")))
	f.Add([]byte("BEGIN:VEVENT\nDTSTART:20260106T163000\nRRULE:FREQ=DAILY;BYHOUR=8,20;COUNT=9\nEND:VEVENT\nBEGIN:VEVENT\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260107T080000\nDTSTART:20260108T090000\nEND:VEVENT"))
	f.Add([]byte("BEGIN:VTIMEZONE\nTZID:X\nBEGIN:STANDARD\nDTSTART:19701025T020000\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nTZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE\n" + event("DTSTART;TZID=X:20271031T003000", "DURATION:PT2H")))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, notes, err := Read(bytes.NewReader(b), home, time.LoadLocation)
		if err != nil {
			return
		}
		for _, n := range notes {
			if n.Line < 1 || !utf8.ValidString(n.What) {
				t.Fatalf("note %+v", n)
			}
		}
		c = told(c)
		file := full(t, c)
		again, _, err := Read(bytes.NewReader(file), home, time.LoadLocation)
		if err != nil {
			t.Fatal(err)
		}
		if diff := like(c, again); diff != "" {
			t.Fatalf("%s\n%s", diff, file)
		}
	})
}
