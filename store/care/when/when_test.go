package when

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func london(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// clockChanges are the UK's, from 2026 to 2028: forward at 1 in the night, back at 2.
var clockChanges = []struct {
	day     Date
	forward bool
}{
	{Date{2026, 3, 29}, true},
	{Date{2026, 10, 25}, false},
	{Date{2027, 3, 28}, true},
	{Date{2027, 10, 31}, false},
	{Date{2028, 3, 26}, true},
	{Date{2028, 10, 29}, false},
}

func TestClockChangeNights(t *testing.T) {
	loc := london(t)
	for _, c := range clockChanges {
		t.Run(c.day.String(), func(t *testing.T) {
			eve := c.day.Plus(-1)
			if got := Nights(eve, c.day); len(got) != 1 || got[0] != eve {
				t.Errorf("Nights(%v, %v) = %v, want the one night of %v", eve, c.day, got, eve)
			}
			if got := len(Nights(eve, c.day.Plus(1))); got != 2 {
				t.Errorf("two nights over the change = %d", got)
			}
			want := 12 * time.Hour // 8 pm to 7 am is 11 h by the wall
			if c.forward {
				want = 10 * time.Hour
			}
			bed, up := On(eve, At(20, 0), loc), On(c.day, At(7, 0), loc)
			if got := up.Sub(bed.Time); got != want {
				t.Errorf("8 pm to 7 am = %v, want %v", got, want)
			}
			if up.Hour() != 7 || up.Moved || bed.Hour() != 20 || bed.Moved {
				t.Errorf("wall times %v and %v, want 20:00 and 07:00", bed, up)
			}
			half := On(c.day, At(1, 30), loc)
			switch {
			case c.forward && (half.Hour() != 2 || half.Minute() != 30 || !half.Moved):
				t.Errorf("01:30 does not exist: %v moved %v, want 02:30 moved", half.Time, half.Moved)
			case !c.forward && (half.Hour() != 1 || half.Moved || !half.Equal(time.Date(c.day.Year, time.Month(c.day.Month), c.day.Day, 0, 30, 0, 0, time.UTC))):
				t.Errorf("01:30 comes twice: %v moved %v, want the first, 00:30 UTC", half.UTC(), half.Moved)
			}
			day := Midnight(c.day.Plus(1), loc).Sub(Midnight(c.day, loc))
			if c.forward && day != 23*time.Hour || !c.forward && day != 25*time.Hour {
				t.Errorf("the day lasts %v", day)
			}
			s := Span{AllDay: true, From: c.day, To: c.day.Plus(1)}
			from, to, err := s.In(loc, time.LoadLocation)
			if err != nil || DateOf(from.Time) != c.day || DateOf(to.Time) != c.day.Plus(1) {
				t.Errorf("whole day = %v to %v, %v", from, to, err)
			}
		})
	}
}

// TestMidnightJumped: in some zones the clocks jump over midnight; the day then begins at the jump.
func TestMidnightJumped(t *testing.T) {
	loc, err := time.LoadLocation("America/Santiago")
	if err != nil {
		t.Fatal(err)
	}
	d := Date{2026, 9, 6}
	if got := Midnight(d, loc); DateOf(got) != d || got.Hour() != 1 {
		t.Errorf("Midnight = %v, want 01:00 on %v", got, d)
	}
}

func TestOnShowsTheWallTime(t *testing.T) {
	loc := london(t)
	rapid.Check(t, func(rt *rapid.T) {
		d := Date{2026, 1, 1}.Plus(rapid.IntRange(0, 1095).Draw(rt, "day"))
		c := At(rapid.IntRange(0, 23).Draw(rt, "hour"), rapid.IntRange(0, 59).Draw(rt, "minute"))
		got := On(d, c, loc)
		if !got.Moved && (DateOf(got.Time) != d || got.Hour() != c.Hour || got.Minute() != c.Minute) {
			rt.Errorf("On(%v, %v) = %v", d, c, got)
		}
		if got.Moved && c.Hour != 1 {
			rt.Errorf("On(%v, %v) moved to %v: only the hour after 1 is ever left out", d, c, got)
		}
	})
}

func TestDates(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{
		{"2026-11-27", true},
		{"2028-02-29", true},
		{"2027-02-29", false},
		{"2026-13-01", false},
		{"2026-1-1", false},
		{"", false},
		{"1900-01-01", true},
		{"1899-12-31", false},
		{"2200-12-31", true},
		{"2201-01-01", false},
		{"2026-11-27 ", false},
	} {
		d, err := ParseDate(c.in)
		if (err == nil) != c.ok || c.ok && d.String() != c.in || !c.ok && !errors.Is(err, ErrDate) {
			t.Errorf("ParseDate(%q) = %v, %v, want ok %v", c.in, d, err, c.ok)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		d := Date{MinYear, 1, 1}.Plus(rapid.IntRange(0, 100_000).Draw(rt, "n"))
		n := rapid.IntRange(-400, 400).Draw(rt, "plus")
		if got := d.Days(d.Plus(n)); got != n {
			rt.Errorf("%v.Days(%v plus %d) = %d", d, d, n, got)
		}
		if back, err := DateFromCode(d.Code()); err != nil || back != d {
			rt.Errorf("DateFromCode(%d) = %v, %v, want %v", d.Code(), back, err, d)
		}
		if d.Before(d.Plus(n)) != (n > 0) || d.Weekday() != d.Plus(7).Weekday() {
			rt.Errorf("%v: order or weekday wrong", d)
		}
	})
	for _, c := range []uint32{20270229, 20261301, 1, 20261100, 4294967295, 22010101} {
		if d, err := DateFromCode(c); !errors.Is(err, ErrDate) {
			t.Errorf("DateFromCode(%d) = %v, %v, want ErrDate", c, d, err)
		}
	}
}

func TestClocks(t *testing.T) {
	for _, c := range []struct {
		in string
		ok bool
	}{{"00:00", true}, {"23:59", true}, {"24:00", false}, {"9:00", false}, {"", false}, {"12:60", false}} {
		got, err := ParseClock(c.in)
		if (err == nil) != c.ok || c.ok && got.String() != c.in {
			t.Errorf("ParseClock(%q) = %v, %v, want ok %v", c.in, got, err, c.ok)
		}
	}
	for n := range uint16(24*60 + 1) {
		c, err := ClockFromCode(n)
		if err != nil || c.Code() != n || !c.Valid() {
			t.Fatalf("ClockFromCode(%d) = %v, %v", n, c, err)
		}
	}
	if _, err := ClockFromCode(24*60 + 1); !errors.Is(err, ErrDate) {
		t.Errorf("ClockFromCode(1441) = %v, want ErrDate", err)
	}
	for _, c := range []Clock{{Set: true, Hour: 24}, {Set: true, Minute: 60}, {Hour: 1}, {Set: true, Hour: -1}} {
		if c.Valid() {
			t.Errorf("%+v is valid", c)
		}
	}
}

func TestSpans(t *testing.T) {
	d := Date{2026, 11, 27}
	timed := Span{From: d, To: d, Start: At(16, 0), End: At(17, 0), Zone: "Europe/London"}
	whole := Span{AllDay: true, From: d, To: d.Plus(1)}
	with := func(s Span, f func(*Span)) Span { f(&s); return s }
	for _, c := range []struct {
		name string
		s    Span
		want error
	}{
		{"timed", timed, nil},
		{"whole day", whole, nil},
		{"ends when it starts", with(timed, func(s *Span) { s.End = s.Start }), nil},
		{"ends before it starts", with(timed, func(s *Span) { s.End = At(15, 0) }), ErrDate},
		{"over midnight", with(timed, func(s *Span) { s.To, s.End = d.Plus(1), At(1, 0) }), nil},
		{"limit of days", with(whole, func(s *Span) { s.To = d.Plus(MaxDays) }), nil},
		{"limit of days and one", with(whole, func(s *Span) { s.To = d.Plus(MaxDays + 1) }), ErrDate},
		{"whole day of no day", with(whole, func(s *Span) { s.To = d }), ErrDate},
		{"whole day with a time", with(whole, func(s *Span) { s.Start = At(1, 0) }), ErrDate},
		{"whole day with a zone", with(whole, func(s *Span) { s.Zone = "Europe/London" }), ErrDate},
		{"backwards", with(whole, func(s *Span) { s.To = d.Plus(-1) }), ErrDate},
		{"no date", Span{AllDay: true}, ErrDate},
		{"no end", with(timed, func(s *Span) { s.End = Clock{} }), ErrDate},
		{"no zone", with(timed, func(s *Span) { s.Zone = "" }), ErrZone},
		{"zone that is a path", with(timed, func(s *Span) { s.Zone = "../../etc/passwd" }), ErrZone},
		{"zone from the root", with(timed, func(s *Span) { s.Zone = "/etc/localtime" }), ErrZone},
		{"this computer's zone", with(timed, func(s *Span) { s.Zone = "Local" }), ErrZone},
		{"zone at the limit", with(timed, func(s *Span) { s.Zone = string(make64('a')) }), nil},
		{"zone over the limit", with(timed, func(s *Span) { s.Zone = string(make64('a')) + "a" }), ErrZone},
	} {
		if err := c.s.Valid(); !errors.Is(err, c.want) {
			t.Errorf("Valid(%s) = %v, want %v", c.name, err, c.want)
		}
	}
	if _, _, err := with(timed, func(s *Span) { s.Zone = "Nowhere/At_All" }).In(time.UTC, time.LoadLocation); !errors.Is(err, ErrZone) {
		t.Errorf("In with an unknown zone = %v, want ErrZone", err)
	}
	start, end, err := timed.In(time.UTC, time.LoadLocation)
	if err != nil || start.Hour() != 16 || end.Sub(start.Time) != time.Hour {
		t.Errorf("In(UTC) = %v, %v, %v", start, end, err)
	}
}

func make64(c byte) []byte {
	b := make([]byte, MaxZone)
	for i := range b {
		b[i] = c
	}
	return b
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-11-27", "16:05", "", "99999-99-99", "2026-02-30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := ParseDate(s); err == nil && d.String() != s {
			t.Errorf("ParseDate(%q) = %v", s, d)
		}
		if c, err := ParseClock(s); err == nil && c.String() != s {
			t.Errorf("ParseClock(%q) = %v", s, c)
		}
	})
}
