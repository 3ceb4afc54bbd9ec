package when

// Doubt is why a repeat may show differently in another calendar: what its readers are known to disagree about.
type Doubt uint8

// The doubts. A rule that Kith makes has none.
const (
	NoDoubt         Doubt = 0
	DoubtStart      Doubt = 1 // its first time is not one that the rule gives
	DoubtWeeks      Doubt = 2 // weeks of the year by number
	DoubtPlaces     Doubt = 3 // places within a set, such as the last working day of a month
	DoubtOften      Doubt = 4 // several times a day
	DoubtYearlyDate Doubt = 5 // a date in each year without its month
	DoubtEnd        Doubt = 6 // an end by number and by date at once, or with a time where days are meant
	DoubtUnknown    Doubt = 7 // parts that Kith does not know, or that mean nothing there
)

// String names the doubt in a word, for logs and tests.
func (d Doubt) String() string {
	names := [...]string{"none", "start", "weeks", "places", "often", "yearly date", "end", "unknown"}
	if int(d) < len(names) {
		return names[d]
	}
	return names[len(names)-1]
}

// Doubt returns the first reason for which the repeat may show differently elsewhere, or NoDoubt.
func (s *Series) Doubt() Doubt {
	r := s.plan.r
	switch {
	case r.Other != "" || r.idle():
		return DoubtUnknown
	case s.plan.r.Freq < Daily || len(r.ByHour)+len(r.ByMinute)+len(r.BySecond) > 0:
		return DoubtOften
	case len(r.ByWeekNo) > 0:
		return DoubtWeeks
	case len(r.BySetPos) > 0:
		return DoubtPlaces
	case r.Freq == Yearly && len(r.ByMonthDay) > 0 && len(r.ByMonth) == 0:
		return DoubtYearlyDate
	case r.Count > 0 && r.Until.Form != NoUntil, s.span.AllDay && r.Until.Form > UntilDay:
		return DoubtEnd
	}
	if _, ok := s.Find(Key{Day: s.span.From}, nil); !ok {
		return DoubtStart
	}
	return NoDoubt
}

// idle reports whether a part of the rule means nothing at its frequency.
func (r Rule) idle() bool {
	numbered := false
	for _, d := range r.ByDay {
		numbered = numbered || d.Nth != 0
	}
	switch {
	case r.Freq < Monthly && numbered, numbered && len(r.ByWeekNo) > 0:
		return true
	case r.Freq != Yearly && len(r.ByWeekNo) > 0:
		return true
	case r.Freq == Weekly && len(r.ByMonthDay) > 0:
		return true
	}
	return (r.Freq == Daily || r.Freq == Weekly || r.Freq == Monthly) && len(r.ByYearDay) > 0
}

// Ours reports whether the rule is one that Kith makes for a span that begins on first: daily; weekly on days that are
// named; monthly by one date, one weekday, or the last of either; yearly by one date or weekday of one month.
func (r Rule) Ours(first Date) bool {
	others := len(r.ByWeekNo) + len(r.ByHour) + len(r.ByMinute) + len(r.BySecond) + len(r.BySetPos) + len(r.Other)
	if others > 0 || r.Count > 0 && r.Until.Form != NoUntil || len(r.ByMonth) > 1 || len(r.ByMonthDay) > 1 {
		return false
	}
	dates, months, days, plain := len(r.ByMonthDay), len(r.ByMonth), len(r.ByDay), true
	for _, d := range r.ByDay {
		plain = plain && d.Nth == 0
	}
	if len(r.ByYearDay) > 0 {
		l, ok := r.Leap(first)
		return ok && l == DayAfter
	}
	switch r.Freq {
	case Daily:
		return dates+months+days == 0
	case Weekly:
		return dates+months == 0 && plain && (r.WeekStart == 1 || r.Interval == 1 || days < 2)
	case Monthly:
		return months == 0 && (days == 0 && dateOurs(r.ByMonthDay) || dates == 0 && nthOurs(r.ByDay))
	case Yearly:
		return days == 0 && dates <= months && dateOurs(r.ByMonthDay) || dates == 0 && months == 1 && nthOurs(r.ByDay)
	}
	return false
}

// dateOurs allows a date from the beginning of the month, its last day, or the date of the first.
func dateOurs(ds []int) bool { return len(ds) == 0 || ds[0] >= -1 }

// nthOurs allows one weekday, the first to the fifth of it, or the last.
func nthOurs(ds []NthDay) bool {
	return len(ds) == 1 && ds[0].Nth != 0 && ds[0].Nth >= -1 && ds[0].Nth <= 5
}
