package when

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func mustSeries(t testing.TB, first Span, r Rule) *Series {
	t.Helper()
	s, err := NewSeries(first, r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func wholeDay(d Date) Span { return Span{AllDay: true, From: d, To: d.Plus(1)} }

func visit(d Date, start, end Clock) Span {
	s := Span{From: d, To: d, Start: start, End: end, Zone: "Europe/London"}
	if end.Code() < start.Code() {
		s.To = d.Plus(1)
	}
	return s
}

func days(os []Occasion) (out []string) {
	for _, o := range os {
		out = append(out, o.Key.String())
	}
	return out
}

func TestDaysAreTheCalendars(t *testing.T) {
	d := time.Date(1895, 1, 1, 12, 0, 0, 0, time.UTC)
	for n := DateOf(d).Number(); n < 115_000; n++ {
		got := dateOfNumber(n)
		if want := DateOf(d); got != want || want.Number() != n || want.Weekday() != d.Weekday() {
			t.Fatalf("day %d = %v, weekday %v, want %v, %v", n, got, got.Weekday(), want, d.Weekday())
		}
		if y, w := d.ISOWeek(); weekYear(n, 0) != y || (n-weekOne(y, 0))/7+1 != w {
			t.Fatalf("%v is in week %d of %d, want %d of %d", got, (n-weekOne(y, 0))/7+1, weekYear(n, 0), w, y)
		}
		d = d.AddDate(0, 0, 1)
	}
}

// TestChangeNights: at all times around midnight and the change, for visits each night, a series has each wall time once,
// except the hour that the clocks leap over, which it leaves out; an hour that comes twice means the first.
func TestChangeNights(t *testing.T) {
	loc := london(t)
	for _, c := range clockChanges {
		for _, clock := range []Clock{At(0, 0), At(0, 30), At(0, 59), At(1, 0), At(1, 30), At(1, 59), At(2, 0), At(2, 30), At(12, 0), At(23, 30), At(23, 59)} {
			eve := c.day.Plus(-1)
			s := mustSeries(t, visit(eve, clock, clock), EveryDays(1).Times(3))
			got := s.After(eve, 9, loc)
			want := []string{eve.String(), c.day.String(), c.day.Plus(1).String()}
			left := c.forward && clock.Hour == 1
			if left {
				want = []string{eve.String(), c.day.Plus(1).String(), c.day.Plus(2).String()} // it counts for nothing
			}
			if !slices.Equal(days(got), want) {
				t.Errorf("each day at %v over %v = %v, want %v", clock, c.day, days(got), want)
				continue
			}
			for _, o := range got {
				at, _, err := o.Span.In(loc, time.LoadLocation)
				if err != nil || at.Moved || at.Hour() != clock.Hour || at.Minute() != clock.Minute || DateOf(at.Time) != o.Span.From || !at.Equal(o.Start) || o.Start.Location() != loc {
					t.Errorf("%v at %v = %v, %v", o.Key, clock, at, err)
				}
			}
			if !c.forward && clock.Hour == 1 {
				at, _, _ := got[1].Span.In(loc, time.LoadLocation)
				if at.UTC().Hour() != 0 {
					t.Errorf("%v on %v is %v, want the first of the two", clock, c.day, at.UTC())
				}
			}
			if _, ok := s.Find(Key{Day: c.day}, loc); ok == left {
				t.Errorf("Find(%v at %v) = %v", c.day, clock, ok)
			}
		}
	}
}

// TestNightsAndMedicine: a night is a date, and a stay of each weekend keeps its nights over the change. A medicine at
// fixed times of the day is at those, and what lies between two is an hour more or less.
func TestNightsAndMedicine(t *testing.T) {
	loc := london(t)
	for _, c := range clockChanges {
		friday := c.day.Plus(-9) // the changes are on Sundays: one weekend before
		stay := Span{From: friday, To: friday.Plus(2), Start: At(18, 0), End: At(17, 0), Zone: "Europe/London"}
		for _, o := range mustSeries(t, stay, EveryWeeks(1)).After(friday, 3, loc) {
			start, end, err := o.Span.In(loc, time.LoadLocation)
			if err != nil || len(Nights(o.Span.From, o.Span.To)) != 2 || start.Hour() != 18 || end.Hour() != 17 {
				t.Errorf("stay of %v = %v to %v, %v", o.Key, start, end, err)
			}
			want := 47 * time.Hour
			if o.Span.To == c.day {
				want = 48 * time.Hour
				if c.forward {
					want = 46 * time.Hour
				}
			}
			if got := end.Sub(start.Time); got != want {
				t.Errorf("stay of %v lasts %v, want %v", o.Key, got, want)
			}
		}
		nights := Span{AllDay: true, From: c.day.Plus(-1), To: c.day}
		if got := mustSeries(t, nights, EveryDays(1).Times(3)).After(c.day.Plus(-1), 9, loc); len(got) != 3 || got[1].Span.From != c.day {
			t.Errorf("nights over %v = %v", c.day, days(got))
		}
		rule, err := ParseRule("FREQ=DAILY;BYHOUR=0,8,16,23;BYMINUTE=30")
		if err != nil {
			t.Fatal(err)
		}
		doses := mustSeries(t, visit(c.day.Plus(-1), At(23, 30), At(23, 30)), rule).After(c.day.Plus(-1), 4, loc)
		if want := []string{c.day.Plus(-1).String() + "T23:30", c.day.String() + "T00:30", c.day.String() + "T08:30", c.day.String() + "T16:30"}; !slices.Equal(days(doses), want) {
			t.Fatalf("doses = %v, want %v", days(doses), want)
		}
		early, _, _ := doses[1].Span.In(loc, time.LoadLocation)
		late, _, _ := doses[2].Span.In(loc, time.LoadLocation)
		want := 9 * time.Hour
		if c.forward {
			want = 7 * time.Hour
		}
		if got := late.Sub(early.Time); got != want {
			t.Errorf("from half past midnight to half past eight on %v are %v, want %v", c.day, got, want)
		}
	}
}

func TestLeapDays(t *testing.T) {
	born := Date{2024, 2, 29}
	for _, c := range []struct {
		leap LeapDay
		want []string
	}{
		{OnlyThen, []string{"2024-02-29", "2028-02-29", "2032-02-29", "2036-02-29"}},
		{DayBefore, []string{"2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28"}},
		{DayAfter, []string{"2024-02-29", "2025-03-01", "2026-03-01", "2027-03-01"}},
	} {
		r := EveryYears(1, born, c.leap)
		s := mustSeries(t, wholeDay(born), r)
		if got := days(s.After(born, 4, nil)); !slices.Equal(got, c.want) || s.Doubt() != NoDoubt || !r.Ours(born) {
			t.Errorf("%s = %v, want %v; doubt %v", r, got, c.want, s.Doubt())
		}
		if l, ok := r.Leap(born); l != c.leap || !ok {
			t.Errorf("%s: Leap = %v, %v, want %v", r, l, ok, c.leap)
		}
		if _, ok := r.Leap(Date{2024, 2, 28}); ok {
			t.Errorf("%s says something of 29 February for the 28th", r)
		}
	}
	if r := EveryYears(1, Date{2026, 3, 1}, DayBefore); r.String() != "FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=1" {
		t.Errorf("1 March = %s", r)
	}
}

func TestRuleText(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"FREQ=DAILY", "FREQ=DAILY"},
		{"RRULE:freq=weekly;byday=th,mo,th;interval=2;", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH"},
		{"WKST=MO;FREQ=WEEKLY;INTERVAL=1", "FREQ=WEEKLY"},
		{"FREQ=WEEKLY;WKST=SU", "FREQ=WEEKLY;WKST=SU"},
		{"FREQ=MONTHLY;BYDAY=-1FR,+2MO,TU", "FREQ=MONTHLY;BYDAY=-1FR,TU,2MO"},
		{"FREQ=DAILY;UNTIL=20261127", "FREQ=DAILY;UNTIL=20261127"},
		{"FREQ=DAILY;UNTIL=20261127T160000Z", "FREQ=DAILY;UNTIL=20261127T160000Z"},
		{"FREQ=DAILY;UNTIL=20261127T160001", "FREQ=DAILY;UNTIL=20261127T160001"},
		{"FREQ=DAILY;X-KITH=a:b;SKIP=FORWARD", "FREQ=DAILY;X-KITH=a:b;SKIP=FORWARD"},
		{"FREQ=DAILY;INTERVAL=1000000;COUNT=1000000", "FREQ=DAILY;INTERVAL=1000000;COUNT=1000000"},
		{"FREQ=DAILY;INTERVAL=1000001", ""},
		{"FREQ=DAILY;COUNT=1000001", ""},
		{"FREQ=DAILY;COUNT=0", ""},
		{"FREQ=DAILY;INTERVAL=0", ""},
		{"FREQ=DAILY;INTERVAL=-1", ""},
		{"FREQ=DAILY;COUNT=2;COUNT=2", ""},
		{"COUNT=2", ""},
		{"", ""},
		{"FREQ=SOMETIMES", ""},
		{"FREQ=", ""},
		{"FREQ=DAILY;UNTIL=20260230", ""},
		{"FREQ=DAILY;UNTIL=18991231", ""},
		{"FREQ=DAILY;UNTIL=20261127T250000Z", ""},
		{"FREQ=DAILY;UNTIL=20261127T160000.5Z", ""},
		{"FREQ=DAILY;BYHOUR=23;BYMINUTE=59;BYSECOND=60", "FREQ=DAILY;BYHOUR=23;BYMINUTE=59;BYSECOND=60"},
		{"FREQ=DAILY;BYHOUR=24", ""},
		{"FREQ=DAILY;BYMINUTE=60", ""},
		{"FREQ=DAILY;BYSECOND=61", ""},
		{"FREQ=YEARLY;BYMONTH=12", "FREQ=YEARLY;BYMONTH=12"},
		{"FREQ=YEARLY;BYMONTH=13", ""},
		{"FREQ=YEARLY;BYMONTH=0", ""},
		{"FREQ=MONTHLY;BYMONTHDAY=31,-31", "FREQ=MONTHLY;BYMONTHDAY=-31,31"},
		{"FREQ=MONTHLY;BYMONTHDAY=32", ""},
		{"FREQ=MONTHLY;BYMONTHDAY=0", ""},
		{"FREQ=YEARLY;BYYEARDAY=366,-366;BYSETPOS=366", "FREQ=YEARLY;BYYEARDAY=-366,366;BYSETPOS=366"},
		{"FREQ=YEARLY;BYYEARDAY=367", ""},
		{"FREQ=YEARLY;BYSETPOS=367", ""},
		{"FREQ=YEARLY;BYWEEKNO=53", "FREQ=YEARLY;BYWEEKNO=53"},
		{"FREQ=YEARLY;BYWEEKNO=54", ""},
		{"FREQ=YEARLY;BYDAY=53MO", "FREQ=YEARLY;BYDAY=53MO"},
		{"FREQ=YEARLY;BYDAY=54MO", ""},
		{"FREQ=YEARLY;BYDAY=0MO", ""},
		{"FREQ=YEARLY;BYDAY=M", ""},
		{"FREQ=YEARLY;BYDAY=", ""},
		{"FREQ=YEARLY;BYDAY=MO TU", ""},
		{"FREQ=DAILY;X-KITH=a b", ""},
		{"FREQ=DAILY;X_KITH=a", ""},
		{"FREQ=DAILY;X-KITH", ""},
		{"FREQ=DAILY;X-KITH=" + strings.Repeat("a", MaxRule-len("FREQ=DAILY;X-KITH=")), "FREQ=DAILY;X-KITH=" + strings.Repeat("a", MaxRule-len("FREQ=DAILY;X-KITH="))},
		{"FREQ=DAILY;X-KITH=" + strings.Repeat("a", MaxRule-len("FREQ=DAILY;X-KITH=")+1), ""},
	} {
		r, err := ParseRule(c.in)
		if got := r.String(); got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrRule) {
			t.Errorf("ParseRule(%.60q) = %.60q, %v, want %.60q", c.in, got, err, c.want)
		}
	}
}

func TestWhatCannotRepeat(t *testing.T) {
	d := Date{2026, 11, 27}
	hourly, err := ParseRule("FREQ=HOURLY")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		first Span
		r     Rule
		want  error
	}{
		{"no rule", wholeDay(d), Rule{}, ErrRule},
		{"whole days each hour", wholeDay(d), hourly, ErrRule},
		{"each hour", visit(d, At(9, 0), At(9, 0)), hourly, nil},
		{"no days", Span{AllDay: true, From: d, To: d}, EveryDays(1), ErrDate},
		{"every 0 days", wholeDay(d), EveryDays(0), ErrRule},
		{"at the limit", wholeDay(d), EveryDays(MaxInterval), nil},
		{"over the limit", wholeDay(d), EveryDays(MaxInterval + 1), ErrRule},
		{"no frequency", wholeDay(d), Rule{Freq: Yearly + 1, Interval: 1}, ErrRule},
	} {
		if _, err := NewSeries(c.first, c.r); !errors.Is(err, c.want) {
			t.Errorf("NewSeries(%s) = %v, want %v", c.name, err, c.want)
		}
	}
}

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		rule string
		want Doubt
	}{
		{"FREQ=DAILY", NoDoubt},
		{"FREQ=WEEKLY;BYDAY=FR", NoDoubt},
		{"FREQ=MONTHLY;BYDAY=-1FR", NoDoubt},
		{"FREQ=WEEKLY;BYDAY=MO", DoubtStart},
		{"FREQ=YEARLY;BYWEEKNO=48", DoubtWeeks},
		{"FREQ=MONTHLY;BYDAY=FR;BYSETPOS=-1", DoubtPlaces},
		{"FREQ=DAILY;BYHOUR=16", DoubtOften},
		{"FREQ=HOURLY", DoubtOften},
		{"FREQ=YEARLY;BYMONTHDAY=27", DoubtYearlyDate},
		{"FREQ=DAILY;COUNT=3;UNTIL=20261130", DoubtEnd},
		{"FREQ=DAILY;SKIP=FORWARD", DoubtUnknown},
		{"FREQ=WEEKLY;BYDAY=1FR", DoubtUnknown},
		{"FREQ=WEEKLY;BYMONTHDAY=27", DoubtUnknown},
		{"FREQ=MONTHLY;BYWEEKNO=48", DoubtUnknown},
		{"FREQ=DAILY;BYYEARDAY=331", DoubtUnknown},
	} {
		r, err := ParseRule(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		d := Date{2026, 11, 27}
		if got := mustSeries(t, visit(d, At(16, 0), At(17, 0)), r).Doubt(); got != c.want {
			t.Errorf("%s: doubt %v, want %v", c.rule, got, c.want)
		}
		if r.Ours(d) && c.want != NoDoubt && c.want != DoubtStart {
			t.Errorf("%s: Kith makes it, and doubts it", c.rule)
		}
	}
	r, _ := ParseRule("FREQ=DAILY;UNTIL=20261130T000000Z")
	if got := mustSeries(t, wholeDay(Date{2026, 11, 27}), r).Doubt(); got != DoubtEnd {
		t.Errorf("whole days to a time: doubt %v", got)
	}
}

func TestKeys(t *testing.T) {
	for _, s := range []string{"2026-11-27", "2026-11-27T16:05", "2028-02-29T00:00"} {
		k, err := ParseKey(s)
		if err != nil || k.String() != s || !k.Valid() || k.IsZero() {
			t.Errorf("ParseKey(%q) = %v, %v", s, k, err)
		}
	}
	for _, s := range []string{"", "2026-11-31", "2026-11-27T", "2026-11-27T24:00", "2026-11-27T9:00", "2026-11-27 16:05"} {
		if k, err := ParseKey(s); !errors.Is(err, ErrDate) || !k.IsZero() {
			t.Errorf("ParseKey(%q) = %v, %v, want ErrDate", s, k, err)
		}
	}
	a, b, c := Key{Day: Date{2026, 11, 27}}, Key{Date{2026, 11, 27}, At(0, 0)}, Key{Day: Date{2026, 11, 28}}
	if !a.Before(b) || !b.Before(c) || c.Before(a) || a.Before(a) {
		t.Error("keys out of order")
	}
}

func TestTouching(t *testing.T) {
	loc := london(t)
	fri := Date{2026, 11, 27}
	evening := visit(fri, At(20, 0), At(0, 0)) // to midnight
	stay := Span{From: fri, To: fri.Plus(3), Start: At(18, 0), End: At(9, 0), Zone: "Europe/London"}
	for _, c := range []struct {
		name     string
		first    Span
		from, to Date
		want     int
	}{
		{"the day", evening, fri, fri.Plus(1), 1},
		{"ends at midnight", evening, fri.Plus(1), fri.Plus(2), 0},
		{"the last morning", stay, fri.Plus(3), fri.Plus(4), 1},
		{"the day after", stay, fri.Plus(4), fri.Plus(5), 0},
		{"two stays", stay, fri.Plus(3), fri.Plus(8), 2},
		{"before all", stay, fri.Plus(-9), fri, 0},
		{"nothing", stay, fri, fri, 0},
		{"whole days end before To", wholeDay(fri), fri.Plus(1), fri.Plus(2), 0},
	} {
		got := slices.Collect(mustSeries(t, c.first, EveryWeeks(1)).Between(c.from, c.to, loc))
		if len(got) != c.want {
			t.Errorf("%s: %v, want %d", c.name, days(got), c.want)
		}
	}
	twice, err := ParseRule("FREQ=DAILY;BYHOUR=8,23;BYSECOND=0,30")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Collect(mustSeries(t, visit(fri, At(8, 0), At(9, 30)), twice).Between(fri.Plus(1), fri.Plus(2), loc))
	if want := []string{"2026-11-27T23:00", "2026-11-28T08:00", "2026-11-28T23:00"}; !slices.Equal(days(got), want) {
		t.Fatalf("twice a day = %v, want %v", days(got), want)
	}
	if o := got[2].Span; o.To != fri.Plus(2) || o.End != At(0, 30) {
		t.Errorf("an hour and a half from eleven = %v", o)
	}
}

// TestLimits: what is hostile or endless comes to an end, having looked at no more than it may.
func TestLimits(t *testing.T) {
	d := Date{1900, 1, 1}
	all := func(s string) *plan {
		r, err := ParseRule(s)
		if err != nil {
			t.Fatal(err)
		}
		return mustSeries(t, visit(d, At(0, 0), At(0, 0)), r).plan
	}
	const every = "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"
	for _, s := range []string{
		"FREQ=SECONDLY", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY;INTERVAL=60;BYSECOND=30", "FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1",
		"FREQ=DAILY", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2", "FREQ=DAILY;BYSECOND=60",
		"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + every + ";BYMINUTE=" + every + ";BYSECOND=" + every,
		"FREQ=YEARLY;BYDAY=MO;BYHOUR=" + every + ";BYMINUTE=" + every + ";BYSECOND=" + every + ";BYSETPOS=-1",
		"FREQ=SECONDLY;COUNT=1000000", "FREQ=HOURLY;BYHOUR=5;INTERVAL=24;COUNT=3", "FREQ=YEARLY;INTERVAL=1000000",
	} {
		p := all(s)
		w := walk{p: p, from: p.first, to: p.last, yield: func(tick) bool { return true }}
		if p.r.Freq < Daily {
			w.short()
		} else {
			w.long()
		}
		if w.steps > maxSteps+1 {
			t.Errorf("%s: %d steps", s, w.steps)
		}
	}
	loc := london(t)
	n := 0
	for range mustSeries(t, visit(d, At(0, 0), At(0, 0)), Rule{Freq: Hourly, Interval: 1}).Between(d, d.Plus(MaxOccasions), loc) {
		n++
	}
	if n != MaxOccasions {
		t.Errorf("%d occasions at once, want %d", n, MaxOccasions)
	}
	never := mustSeries(t, visit(Date{2026, 3, 29}, At(1, 30), At(2, 0)), EveryYearsOn(1, 3, -1, time.Sunday).Times(5))
	if got := never.After(Date{2026, 1, 1}, 9, loc); len(got) != 0 {
		t.Errorf("always in the hour that is left out: %v", days(got))
	}
}

func TestWorldEnd(t *testing.T) {
	loc := london(t)
	d := Date{2026, 10, 24}
	for _, c := range []struct {
		until string
		want  int
	}{
		{"20261026T002959Z", 2}, // half past midnight was half past eleven the evening before, and then no longer
		{"20261026T003000Z", 3},
		{"20261024T233000Z", 2},
		{"20261024T232959Z", 1},
	} {
		r, err := ParseRule("FREQ=DAILY;UNTIL=" + c.until)
		if err != nil {
			t.Fatal(err)
		}
		if got := mustSeries(t, visit(d, At(0, 30), At(1, 0)), r).After(d, 9, loc); len(got) != c.want {
			t.Errorf("to %s: %v, want %d", c.until, days(got), c.want)
		}
	}
}

// aRule draws one that Kith makes for first.
func aRule(rt *rapid.T, first Date) Rule {
	n := rapid.IntRange(1, 4).Draw(rt, "interval")
	wd := first.Weekday()
	nth := (first.Day-1)/7 + 1
	if monthLength(first.Year, first.Month)-first.Day < 7 && rapid.Bool().Draw(rt, "last") {
		nth = -1
	}
	var r Rule
	switch rapid.IntRange(0, 5).Draw(rt, "kind") {
	case 0:
		r = EveryDays(n)
	case 1:
		more := rapid.SliceOfN(rapid.IntRange(0, 6), 0, 3).Draw(rt, "days")
		named := []time.Weekday{wd}
		for _, m := range more {
			named = append(named, time.Weekday(m))
		}
		r = EveryWeeks(n, named...)
	case 2:
		r = EveryMonths(n, first.Day)
	case 3:
		r = EveryMonthsOn(n, nth, wd)
	case 4:
		r = EveryYears(n, first, LeapDay(rapid.IntRange(1, 3).Draw(rt, "leap")))
	default:
		r = EveryYearsOn(n, first.Month, nth, wd)
	}
	switch rapid.IntRange(0, 2).Draw(rt, "end") {
	case 0:
		return r.Times(rapid.IntRange(1, 30).Draw(rt, "count"))
	case 1:
		return r.To(first.Plus(rapid.IntRange(0, 2_000).Draw(rt, "until")))
	}
	return r
}

// happens says by looking at one day alone whether a rule that Kith makes gives it; it is the slow, plain way.
func happens(r Rule, first, d Date) bool {
	months := (d.Year-first.Year)*12 + d.Month - first.Month
	last := monthLength(d.Year, d.Month)
	named := func() bool {
		for _, n := range r.ByDay {
			if n.Weekday == d.Weekday() && (n.Nth == 0 || n.Nth == (d.Day-1)/7+1 || n.Nth == -1 && last-d.Day < 7) {
				return true
			}
		}
		return len(r.ByDay) == 0
	}
	dated := func() bool {
		return len(r.ByMonthDay) == 0 || d.Day == r.ByMonthDay[0] || r.ByMonthDay[0] == -1 && d.Day == last
	}
	switch r.Freq {
	case Daily:
		return first.Days(d)%r.Interval == 0
	case Weekly:
		monday := func(d Date) Date { return d.Plus(-fromMonday(d.Weekday())) }
		return named() && monday(first).Days(monday(d))/7%r.Interval == 0
	case Monthly:
		return named() && dated() && months%r.Interval == 0
	}
	if len(r.ByYearDay) > 0 {
		return (Date{d.Year, 1, 1}).Days(d) == 59 && (d.Year-first.Year)%r.Interval == 0
	}
	return named() && dated() && d.Month == r.ByMonth[0] && (d.Year-first.Year)%r.Interval == 0
}

// TestExpansion: each rule that Kith makes gives the days that a look at every day finds; a look at some days alone
// gives the same as those of all; a series parted in two comes to the same; and its text reads back.
func TestExpansion(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		first := Date{2024, 1, 1}.Plus(rapid.IntRange(0, 1_800).Draw(rt, "first"))
		r := aRule(rt, first)
		if back, err := ParseRule(r.String()); err != nil || back.String() != r.String() || !r.Ours(first) {
			rt.Fatalf("%s reads back as %s, %v; ours %v", r, back, err, r.Ours(first))
		}
		end := first.Plus(3_000)
		var want []string
		for d := first; d.Before(end) && (r.Count == 0 || len(want) < r.Count) && (r.Until.Form == NoUntil || !r.Until.Day.Before(d)); d = d.Plus(1) {
			if happens(r, first, d) {
				want = append(want, d.String())
			}
		}
		s := mustSeries(t, wholeDay(first), r)
		all := slices.Collect(s.Between(first, end, nil))
		if len(all) > 0 && !all[0].Start.IsZero() {
			rt.Errorf("whole days begin at %v", all[0].Start)
		}
		if !slices.Equal(days(all), want) {
			rt.Fatalf("%s from %v = %v, want %v", r, first, days(all), want)
		}
		from := first.Plus(rapid.IntRange(0, 2_900).Draw(rt, "from"))
		to := from.Plus(rapid.IntRange(0, 100).Draw(rt, "days"))
		var some []string
		for _, o := range all {
			if !o.Span.From.Before(from) && o.Span.From.Before(to) {
				some = append(some, o.Key.String())
			}
		}
		if got := days(slices.Collect(s.Between(from, to, nil))); !slices.Equal(got, some) {
			rt.Fatalf("%s from %v to %v = %v, want %v", r, from, to, got, some)
		}
		if last, ok := s.Ends(); ok && len(want) > 0 && last.String() < want[len(want)-1] {
			rt.Errorf("Ends = %v, before the last of %v", last, want)
		}
		if len(all) < 2 {
			return
		}
		at := rapid.IntRange(1, len(all)-1).Draw(rt, "split")
		before, after, ok := s.Split(all[at].Key, nil)
		if !ok {
			rt.Fatalf("%s cannot be parted at %v", r, all[at].Key)
		}
		one := days(slices.Collect(mustSeries(t, wholeDay(first), before).Between(first, end, nil)))
		two := days(slices.Collect(mustSeries(t, all[at].Span, after).Between(first, end, nil)))
		if !slices.Equal(one, want[:at]) || !slices.Equal(two, want[at:]) {
			rt.Errorf("%s parted at %v = %v and %v, want %v", r, all[at].Key, one, two, want)
		}
	})
}

func TestSplitRefuses(t *testing.T) {
	d := Date{2026, 11, 27}
	s := mustSeries(t, wholeDay(d), EveryWeeks(1).Times(3))
	for _, k := range []Key{{Day: d}, {Day: d.Plus(1)}, {Day: d.Plus(21)}, {}, {Date{2026, 12, 4}, At(9, 0)}} {
		if _, _, ok := s.Split(k, nil); ok {
			t.Errorf("Split(%v) is possible", k)
		}
	}
}

// TestCountOverGap: a series with a number of times that loses one to the clocks has one more at its end, and parts so.
func TestCountOverGap(t *testing.T) {
	loc := london(t)
	s := mustSeries(t, visit(Date{2027, 3, 26}, At(1, 15), At(1, 45)), EveryDays(1).Times(5))
	got := s.After(Date{2027, 1, 1}, 9, loc)
	if want := []string{"2027-03-26", "2027-03-27", "2027-03-29", "2027-03-30", "2027-03-31"}; !slices.Equal(days(got), want) {
		t.Fatalf("five nights = %v, want %v", days(got), want)
	}
	if _, ok := s.Ends(); ok {
		t.Error("says when it ends, which the zone decides")
	}
	_, after, ok := s.Split(got[2].Key, loc)
	if !ok || after.Count != 3 {
		t.Errorf("after the change %d of five are left, %v, want 3", after.Count, ok)
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{
		"FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,TH;INTERVAL=2;COUNT=9", "FREQ=YEARLY;BYWEEKNO=-1,53;BYSETPOS=-2;WKST=SU",
		"FREQ=MINUTELY;BYHOUR=1;BYSECOND=0,60;UNTIL=20300101T000000Z", "FREQ=MONTHLY;BYDAY=-1FR;X-A=b",
	} {
		f.Add(s, uint16(400))
	}
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, in string, day uint16) {
		r, err := ParseRule(in)
		if err != nil {
			return
		}
		s := r.String()
		back, err := ParseRule(s)
		if err != nil || back.String() != s {
			t.Fatalf("%q reads back as %q, %v", s, back, err)
		}
		d := Date{2020, 1, 1}.Plus(int(day))
		series, err := NewSeries(visit(d, At(1, 30), At(3, 0)), r)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		last, n := Key{}, 0
		for o := range series.Between(d, d.Plus(40), loc) {
			if !last.IsZero() && !last.Before(o.Key) {
				t.Fatalf("%q: %v after %v", s, o.Key, last)
			}
			if got, ok := series.Find(o.Key, loc); !ok || got.Key != o.Key || o.Span.Valid() != nil {
				t.Fatalf("%q: Find(%v) = %v, %v", s, o.Key, got, ok)
			}
			last = o.Key
			if n++; n > 50 {
				break
			}
		}
		series.Doubt()
		series.Begins()
	})
}

func FuzzParseKey(f *testing.F) {
	for _, s := range []string{"2026-11-27", "2026-11-27T16:05", "2026-11-27T24:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParseKey(s); err == nil && (k.String() != s || !k.Valid()) {
			t.Errorf("ParseKey(%q) = %v", s, k)
		}
	})
}
