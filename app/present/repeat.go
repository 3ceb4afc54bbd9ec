package present

import (
	"slices"
	"strconv"
	"time"

	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// EventAudience is whom an event and what is said of it are for: those it was made for, as far as they are in the group.
func (g Group) EventAudience(e calendar.Event) Audience {
	a := Audience{Comp: e.By.Comp}
	if e.By.For != nil {
		a.Only = g.Still(e.By)
	}
	return a
}

// EventTrouble says what somebody has to choose about an event, or about one time of a series: what two people changed
// apart from one another, and whether what was cancelled and changed at once is on after all. Nothing when all is clear.
func (g Group) EventTrouble(e calendar.Event, now time.Time) (out []string) {
	if e.Cancelled {
		if who := authors(e.ChangedApart); len(who) > 0 {
			out = append(out, Say("calendar.trouble.cancelled", "People", g.Names(who)))
		}
		return out
	}
	if len(e.Versions) < 2 || slices.ContainsFunc(e.Versions, func(v calendar.Version) bool { return v.Words != act.Here }) {
		return nil
	}
	today := when.DateOf(now)
	differ := func(say func(calendar.Version) string) (vs []string) {
		for _, v := range e.Versions {
			if s := say(v); !slices.Contains(vs, s) {
				vs = append(vs, s)
			}
		}
		return vs
	}
	if vs := differ(func(v calendar.Version) string { return spanText(v.Content, today) }); len(vs) > 1 {
		out = append(out, Say("calendar.trouble.time", "Times", People(vs...)))
	}
	if vs := differ(func(v calendar.Version) string { return v.Place }); len(vs) > 1 {
		out = append(out, Say("calendar.trouble.place", "Places", People(slices.DeleteFunc(vs, func(s string) bool { return s == "" })...)))
	}
	if vs := differ(func(v calendar.Version) string { return v.Title }); len(vs) > 1 {
		out = append(out, Say("calendar.trouble.title", "Titles", People(vs...)))
	}
	return out
}

// authors lists who did something, each once.
func authors(ms []act.Meta) (who []kp1.MID) {
	for _, m := range ms {
		if !slices.Contains(who, m.Author) {
			who = append(who, m.Author)
		}
	}
	return who
}

// spanText says when something begins, and how it comes again.
func spanText(c calendar.Content, today when.Date) string {
	s := Date(c.When.From, today)
	if !c.When.AllDay {
		s = Say("time.at", "Day", s, "Time", ClockText(c.When.Start))
	}
	if said, _ := Repeat(c); said != "" {
		s += " (" + said + ")"
	}
	return s
}

// Repeat says in words how an event comes again: "Every 2 weeks on Monday and Friday, until 3 July 2027". doubt is a
// sentence where other calendars may show it on other days. Both are empty for what happens once.
func Repeat(c calendar.Content) (says, doubt string) {
	if c.Repeat == "" {
		return "", ""
	}
	r, err := when.ParseRule(c.Repeat)
	if err != nil {
		return "", ""
	}
	s, err := when.NewSeries(c.When, r)
	if err != nil {
		return "", ""
	}
	if s.Doubt() != when.NoDoubt {
		doubt = Say("repeat.doubt")
	}
	if !r.Ours(c.When.From) {
		return Say("repeat.else", "Rule", r.String()), doubt
	}
	says = ourRepeat(r, c.When.From)
	switch {
	case r.Count > 0:
		says = Count("repeat.times", r.Count, "Repeat", says)
	case r.Until.Form != when.NoUntil:
		says = Say("repeat.until", "Repeat", says, "Date", FullDate(r.Until.Day))
	}
	return says, doubt
}

// ourRepeat says a rule that Kith makes, for what begins on first.
func ourRepeat(r when.Rule, first when.Date) string {
	nth := func(key words.Key, n when.NthDay, more ...any) string {
		which := words.Key("repeat.nth.last")
		if n.Nth > 0 {
			which = words.Key("repeat.nth." + strconv.Itoa(n.Nth))
		}
		return Count(key, r.Interval, append(more, "Which", Say(which), "Weekday", weekdayNamed(n.Weekday))...)
	}
	switch r.Freq {
	case when.Daily:
		return Count("repeat.daily", r.Interval)
	case when.Weekly:
		days := []string{Weekday(first)}
		if len(r.ByDay) > 0 {
			days = nil
		}
		for _, d := range r.ByDay {
			days = append(days, weekdayNamed(d.Weekday))
		}
		return Count("repeat.weekly", r.Interval, "Days", People(days...))
	case when.Monthly:
		day := first.Day
		switch {
		case len(r.ByDay) > 0:
			return nth("repeat.monthly.nth", r.ByDay[0])
		case len(r.ByMonthDay) > 0:
			day = r.ByMonthDay[0]
		}
		if day == -1 {
			return Count("repeat.monthly.last", r.Interval)
		}
		return Count("repeat.monthly", r.Interval, "Day", day)
	}
	if len(r.ByDay) > 0 {
		return nth("repeat.yearly.nth", r.ByDay[0], "Month", Month(r.ByMonth[0]))
	}
	if leap, ok := r.Leap(first); ok {
		return Count(words.Key("repeat.leap."+strconv.Itoa(int(leap))), r.Interval)
	}
	day := first
	if len(r.ByMonth) > 0 {
		day.Month = r.ByMonth[0]
	}
	if len(r.ByMonthDay) > 0 {
		if day.Day = r.ByMonthDay[0]; day.Day < 0 {
			return Count("repeat.yearly.last", r.Interval, "Month", Month(day.Month))
		}
	}
	return Count("repeat.yearly", r.Interval, "Date", PlainDate(day, day))
}

// weekdayNamed says a weekday: "Monday".
func weekdayNamed(d time.Weekday) string {
	return Say(words.Key("date.weekday." + strconv.Itoa((int(d)+6)%7+1)))
}
