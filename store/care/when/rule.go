package when

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/store/kp1"
)

// ErrRule says that a text is no rule by which something repeats, or that the rule does not fit what repeats.
var ErrRule = &kp1.Error{ECode: "E_REPEAT", Msg: "no such repeat"}

// Limits of a rule.
const (
	MaxRule     = 1 << 10   // bytes of its text
	MaxInterval = 1_000_000 // of days, weeks and so on
	MaxCount    = 1_000_000 // times
)

// Freq is how often a rule may come again.
type Freq uint8

// The frequencies of calendar files. Kith makes none that is more often than daily.
const (
	Secondly Freq = 1
	Minutely Freq = 2
	Hourly   Freq = 3
	Daily    Freq = 4
	Weekly   Freq = 5
	Monthly  Freq = 6
	Yearly   Freq = 7
)

var freqNames = [...]string{"", "SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"}

// NthDay is a weekday, or one of them in a month or a year: Nth 1 is the first, -1 the last, 0 each.
type NthDay struct {
	Nth     int
	Weekday time.Weekday
}

// UntilForm is how the end of a rule is written.
type UntilForm uint8

// The forms of an end. Kith writes whole days.
const (
	NoUntil    UntilForm = 0
	UntilDay   UntilForm = 1 // to the end of that day
	UntilWall  UntilForm = 2 // to that time on the wall
	UntilWorld UntilForm = 3 // to that time in UTC
)

// Until is the last moment at which a rule may still come again.
type Until struct {
	Form   UntilForm
	Day    Date
	Second int // of the day; 0 for whole days
}

// Rule says when something comes again: what RFC 5545 calls an RRULE. Kith makes few of the many that are possible (see
// Daily and the constructors after it) and reads all. The zero value is no rule. Lists are sorted, nothing in them
// twice; a Rule is a value, and its lists must not be written to.
type Rule struct {
	Freq       Freq
	Interval   int // every so many days, weeks and so on: 1 or more
	Count      int // how often in all; 0 for without end
	Until      Until
	ByMonth    []int
	ByWeekNo   []int
	ByYearDay  []int
	ByMonthDay []int
	ByDay      []NthDay
	ByHour     []int
	ByMinute   []int
	BySecond   []int
	BySetPos   []int
	WeekStart  time.Weekday // Monday where nothing is written
	Other      string       // parts that Kith does not know, as they were written: kept, without effect
}

// EveryDays repeats each n days.
func EveryDays(n int) Rule { return Rule{Freq: Daily, Interval: n, WeekStart: time.Monday} }

// EveryWeeks repeats each n weeks on the days named, or on the weekday of the first when none is named.
func EveryWeeks(n int, days ...time.Weekday) Rule {
	r := Rule{Freq: Weekly, Interval: n, WeekStart: time.Monday}
	for _, d := range days {
		r.ByDay = append(r.ByDay, NthDay{Weekday: d})
	}
	return r.tidy()
}

// EveryMonths repeats each n months on one date. A month without it is left out; -1 is the last day of every month.
func EveryMonths(n, day int) Rule {
	return Rule{Freq: Monthly, Interval: n, ByMonthDay: []int{day}, WeekStart: time.Monday}
}

// EveryMonthsOn repeats each n months on one weekday of the month: the first to the fifth, or with -1 the last.
func EveryMonthsOn(n, nth int, day time.Weekday) Rule {
	return Rule{Freq: Monthly, Interval: n, ByDay: []NthDay{{nth, day}}, WeekStart: time.Monday}
}

// LeapDay is what becomes of a date of 29 February in a year that has none.
type LeapDay uint8

// What may become of 29 February. OnlyThen is what calendars do when nobody says otherwise.
const (
	OnlyThen  LeapDay = 1 // in leap years alone
	DayBefore LeapDay = 2 // 28 February in other years: the last day of February
	DayAfter  LeapDay = 3 // 1 March in other years: the sixtieth day of the year
)

// EveryYears repeats each n years on the date of first. What is said of 29 February counts for that date alone.
func EveryYears(n int, first Date, leap LeapDay) Rule {
	r := Rule{Freq: Yearly, Interval: n, ByMonth: []int{first.Month}, ByMonthDay: []int{first.Day}, WeekStart: time.Monday}
	if first.Month != 2 || first.Day != 29 {
		return r
	}
	switch leap {
	case DayBefore:
		r.ByMonthDay = []int{-1}
	case DayAfter:
		r.ByMonth, r.ByMonthDay, r.ByYearDay = nil, nil, []int{60}
	}
	return r
}

// EveryYearsOn repeats each n years on one weekday of one month: the first to the fifth, or with -1 the last.
func EveryYearsOn(n, month, nth int, day time.Weekday) Rule {
	return Rule{Freq: Yearly, Interval: n, ByMonth: []int{month}, ByDay: []NthDay{{nth, day}}, WeekStart: time.Monday}
}

// Times returns the rule that ends after n times, the first included.
func (r Rule) Times(n int) Rule {
	r.Count, r.Until = n, Until{}
	return r
}

// To returns the rule that ends with the day d: what begins on d still happens.
func (r Rule) To(d Date) Rule {
	r.Count, r.Until = 0, Until{Form: UntilDay, Day: d}
	return r
}

// IsZero reports whether r is no rule.
func (r Rule) IsZero() bool { return r.Freq == 0 }

// Leap returns what the rule makes of 29 February when it repeats on that date each year; ok is false for all others.
func (r Rule) Leap(first Date) (l LeapDay, ok bool) {
	if r.Freq != Yearly || first.Month != 2 || first.Day != 29 || len(r.ByDay)+len(r.ByWeekNo)+len(r.BySetPos) > 0 {
		return 0, false
	}
	february := len(r.ByMonth) == 0 || slices.Equal(r.ByMonth, []int{2})
	switch {
	case slices.Equal(r.ByYearDay, []int{60}) && len(r.ByMonth)+len(r.ByMonthDay) == 0:
		return DayAfter, true
	case len(r.ByYearDay) > 0 || !february:
		return 0, false
	case slices.Equal(r.ByMonthDay, []int{-1}):
		return DayBefore, true
	case len(r.ByMonthDay) == 0 || slices.Equal(r.ByMonthDay, []int{29}):
		return OnlyThen, true
	}
	return 0, false
}

// tidy sorts the lists and drops what stands in them twice.
func (r Rule) tidy() Rule {
	for _, l := range []*[]int{&r.ByMonth, &r.ByWeekNo, &r.ByYearDay, &r.ByMonthDay, &r.ByHour, &r.ByMinute, &r.BySecond, &r.BySetPos} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
	}
	slices.SortFunc(r.ByDay, func(a, b NthDay) int {
		if a.Nth != b.Nth {
			return a.Nth - b.Nth
		}
		return fromMonday(a.Weekday) - fromMonday(b.Weekday)
	})
	r.ByDay = slices.Compact(r.ByDay)
	return r
}

// fromMonday numbers the weekdays from Monday, 0.
func fromMonday(w time.Weekday) int { return (int(w) + 6) % 7 }

var dayNames = [...]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// String returns the rule as calendar files write it, in one form: "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH".
func (r Rule) String() string {
	if r.IsZero() {
		return ""
	}
	var b strings.Builder
	b.WriteString("FREQ=" + freqNames[r.Freq])
	one := func(name string, n, without int) {
		if n != without {
			b.WriteString(";" + name + "=" + strconv.Itoa(n))
		}
	}
	list := func(name string, ns []int) {
		for i, n := range ns {
			b.WriteString(leader(i, name) + strconv.Itoa(n))
		}
	}
	one("INTERVAL", r.Interval, 1)
	one("COUNT", r.Count, 0)
	if r.Until.Form != NoUntil {
		b.WriteString(";UNTIL=" + r.Until.String())
	}
	list("BYMONTH", r.ByMonth)
	list("BYWEEKNO", r.ByWeekNo)
	list("BYYEARDAY", r.ByYearDay)
	list("BYMONTHDAY", r.ByMonthDay)
	for i, d := range r.ByDay {
		b.WriteString(leader(i, "BYDAY"))
		if d.Nth != 0 {
			b.WriteString(strconv.Itoa(d.Nth))
		}
		b.WriteString(dayNames[d.Weekday])
	}
	list("BYHOUR", r.ByHour)
	list("BYMINUTE", r.ByMinute)
	list("BYSECOND", r.BySecond)
	list("BYSETPOS", r.BySetPos)
	if r.WeekStart != time.Monday {
		b.WriteString(";WKST=" + dayNames[r.WeekStart])
	}
	if r.Other != "" {
		b.WriteString(";" + r.Other)
	}
	return b.String()
}

func leader(i int, name string) string {
	if i == 0 {
		return ";" + name + "="
	}
	return ","
}

// String returns "20261127", "20261127T160000" or "20261127T160000Z".
func (u Until) String() string {
	s := digits(u.Day.Year, 4) + digits(u.Day.Month, 2) + digits(u.Day.Day, 2)
	if u.Form == UntilDay {
		return s
	}
	s += "T" + digits(u.Second/3600, 2) + digits(u.Second/60%60, 2) + digits(u.Second%60, 2)
	if u.Form == UntilWorld {
		s += "Z"
	}
	return s
}

// digits writes n with at least so many digits.
func digits(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
