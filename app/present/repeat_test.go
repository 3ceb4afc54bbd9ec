package present_test

import (
	"testing"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

func TestRepeat(t *testing.T) {
	for _, c := range []struct {
		first, rule, says string
		doubt             bool
	}{
		{"2026-11-27", "", "", false},
		{"2026-11-27", "FREQ=DAILY", "Every day", false},
		{"2026-11-27", "FREQ=DAILY;INTERVAL=3;COUNT=10", "Every 3 days, 10 times", false},
		{"2026-11-27", "FREQ=WEEKLY", "Every week on Friday", false},
		{"2026-11-27", "FREQ=WEEKLY;INTERVAL=2;UNTIL=20270703;BYDAY=MO,FR", "Every 2 weeks on Monday and Friday, until Saturday 3 July 2027", false},
		{"2026-11-27", "FREQ=MONTHLY", "Every month on day 27", false},
		{"2026-11-30", "FREQ=MONTHLY;BYMONTHDAY=-1", "Every month on its last day", false},
		{"2026-11-27", "FREQ=MONTHLY;INTERVAL=2;BYDAY=-1FR", "Every 2 months on the last Friday", false},
		{"2026-11-27", "FREQ=YEARLY", "Every year on 27 November", false},
		{"2026-11-30", "FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=-1", "Every year on the last day of November", false},
		{"2026-11-27", "FREQ=YEARLY;BYMONTH=11;BYDAY=4FR", "Every year on the fourth Friday in November", false},
		{"2028-02-29", "FREQ=YEARLY", "Every leap year on 29 February", false},
		{"2028-02-29", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-1", "Every year on the last day of February", false},
		{"2028-02-29", "FREQ=YEARLY;BYYEARDAY=60", "Every year on 29 February, or else 1 March", false},
		{"2026-11-27", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "By a rule from another calendar: FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", true},
	} {
		d, err := when.ParseDate(c.first)
		if err != nil {
			t.Fatal(err)
		}
		says, doubt := present.Repeat(calendar.Content{When: when.Span{AllDay: true, From: d, To: d.Plus(1)}, Repeat: c.rule})
		if says != c.says || (doubt != "") != c.doubt {
			t.Errorf("Repeat(%s, %q) = %q, %q; want %q", c.first, c.rule, says, doubt, c.says)
		}
	}
}

// TestEventTrouble: what was changed apart is said, each thing by itself; what was cancelled, by whom it was changed.
func TestEventTrouble(t *testing.T) {
	version := func(day int, place string) calendar.Version {
		return calendar.Version{Content: calendar.Content{Title: "Tea", Place: place, When: when.Span{
			From: when.Date{Year: 2026, Month: 11, Day: day}, To: when.Date{Year: 2026, Month: 11, Day: day}, Start: when.At(16, 0), End: when.At(17, 0), Zone: "Europe/London",
		}}}
	}
	g, now := present.Group{Me: kp1.MID{1}}, time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		e    calendar.Event
		want string
	}{
		{"nothing", calendar.Event{Versions: []calendar.Version{version(27, "Lake")}}, ""},
		{"time", calendar.Event{Versions: []calendar.Version{version(27, "Lake"), version(28, "Lake")}}, "The time is kept twice: Friday 27 November, 4 pm and Saturday 28 November, 4 pm. Choose one."},
		{"place", calendar.Event{Versions: []calendar.Version{version(27, "Lake"), version(27, "Lido")}}, "The place is kept twice: Lake and Lido. Choose one."},
		{"cancelled", calendar.Event{Cancelled: true, ChangedApart: []act.Meta{{Author: g.Me}, {Author: g.Me}}}, "Cancelled, but changed by you. Restore it?"},
		{"cancelled and left alone", calendar.Event{Cancelled: true}, ""},
	} {
		got := ""
		for _, s := range g.EventTrouble(c.e, now) {
			got += s
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
