package present

import (
	"strconv"
	"time"

	"kith/assets/words"
	"kith/store/care/when"
)

// Time says a time of day: "4.30 pm", "9 am", "12 noon".
func Time(t time.Time) string { return Clock(t.Hour(), t.Minute()) }

// Clock says a time of day given as hour (0 to 23) and minute.
func Clock(hour, minute int) string {
	switch {
	case minute == 0 && hour == 12:
		return Say("time.noon")
	case minute == 0 && hour == 0:
		return Say("time.midnight")
	}
	on := onFace(hour, minute)
	if hour < 12 {
		return Say("time.am", "Time", on)
	}
	return Say("time.pm", "Time", on)
}

// Times says a stretch of one day: "11 am to 2 pm", "4.15 to 5.45 pm".
func Times(from, to time.Time) string {
	return Clocks(when.At(from.Hour(), from.Minute()), when.At(to.Hour(), to.Minute()))
}

// Clocks is Times for two times on the wall. Where both are of one half of the day, only the second says which.
func Clocks(from, to when.Clock) string {
	first := Clock(from.Hour, from.Minute)
	if from.Hour/12 == to.Hour/12 && !whole12(from) && !whole12(to) {
		first = onFace(from.Hour, from.Minute)
	}
	return Say("time.fromto", "From", first, "To", Clock(to.Hour, to.Minute))
}

// whole12 reports noon and midnight, which have words of their own.
func whole12(c when.Clock) bool { return c.Hour%12 == 0 && c.Minute == 0 }

// onFace says a time as the face of a clock has it: "4.30", "9".
func onFace(hour, minute int) string {
	on := strconv.Itoa((hour+11)%12 + 1)
	if minute != 0 {
		on = Say("time.minutes", "Hour", on, "Minute", two(minute))
	}
	return on
}

func two(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// Weekday says the day of the week: "Friday".
func Weekday(d when.Date) string { return weekday(d, "date.weekday.") }

// Month says the name of a month, 1 to 12: "November".
func Month(month int) string { return Say(words.Key("date.month." + strconv.Itoa(month))) }

// MonthYear says a month: "November 2026".
func MonthYear(year, month int) string { return Say("date.month", "Month", Month(month), "Year", year) }

// Date says a day: "Friday 27 November", with the year when it is not this one.
func Date(d, today when.Date) string {
	if d.Year != today.Year {
		return FullDate(d)
	}
	return Say("date.full", "Weekday", Weekday(d), "Day", d.Day, "Month", Month(d.Month))
}

// FullDate says a day with its year, as when it is said back: "Friday 27 November 2026".
func FullDate(d when.Date) string {
	return Say("date.fullyear", "Weekday", Weekday(d), "Day", d.Day, "Month", Month(d.Month), "Year", d.Year)
}

// PlainDate says a day without its weekday: "3 October", with the year when it is not this one.
func PlainDate(d, today when.Date) string {
	if d.Year != today.Year {
		return Say("date.plainyear", "Day", d.Day, "Month", Month(d.Month), "Year", d.Year)
	}
	return Say("date.plain", "Day", d.Day, "Month", Month(d.Month))
}

// ShortDate says a day for a narrow place: "Sat 21".
func ShortDate(d when.Date) string {
	return Say("date.short", "Weekday", weekday(d, "date.weekday.short."), "Day", d.Day)
}

// ShortMonthDate says a day of another month in a month's grid: "1 Dec".
func ShortMonthDate(d when.Date) string {
	return Say("date.shortmonth", "Day", d.Day, "Month", Say(words.Key("date.month.short."+strconv.Itoa(d.Month))))
}

// NearDate says a day as people do: "Today", "Tomorrow", "Yesterday", the weekday within a week, else the date.
func NearDate(d, today when.Date) string {
	switch n := today.Days(d); {
	case n == 0:
		return Say("date.today")
	case n == 1:
		return Say("date.tomorrow")
	case n == -1:
		return Say("date.yesterday")
	case n > -7 && n < 7:
		return Weekday(d)
	}
	return PlainDate(d, today)
}

// NearWithin is NearDate in the middle of a sentence: "tomorrow".
func NearWithin(d, today when.Date) string {
	switch today.Days(d) {
	case 0:
		return Say("date.today.within")
	case 1:
		return Say("date.tomorrow.within")
	case -1:
		return Say("date.yesterday.within")
	}
	return NearDate(d, today)
}

// Night says the night of d: "Tonight", "Tomorrow", "Friday 27 November".
func Night(d, today when.Date) string {
	switch today.Days(d) {
	case 0:
		return Say("date.tonight")
	case 1:
		return Say("date.tomorrow")
	}
	return Date(d, today)
}

// Distance says how far off a day is, as under a date in a list: "Today", "Tomorrow", "In 3 days", "2 days ago".
func Distance(d, today when.Date) string {
	switch n := today.Days(d); {
	case n == 0:
		return Say("date.today")
	case n == 1:
		return Say("date.tomorrow")
	case n == -1:
		return Say("date.yesterday")
	case n > 0:
		return Count("date.indays", n)
	default:
		return Count("date.daysago", -n)
	}
}

// Nights says a number of nights: "1 night".
func Nights(n int) string { return Count("date.nights", n) }

// Moment says when something happened: "9.10 pm" today, "Yesterday, 7.10 pm", "Thursday, 4 pm", "3 October, 9 am".
func Moment(t, now time.Time) string {
	t = t.In(now.Location())
	d, today := when.DateOf(t), when.DateOf(now)
	if d == today {
		return Time(t)
	}
	return Say("time.at", "Day", NearDate(d, today), "Time", Time(t))
}

// Within is Moment in the middle of a sentence: "yesterday, 7.10 pm".
func Within(t, now time.Time) string {
	t = t.In(now.Location())
	if when.DateOf(t) == when.DateOf(now) {
		return Time(t)
	}
	return DayWithin(t, now)
}

// DayWithin is DayMoment in the middle of a sentence: "today, 5.15 pm".
func DayWithin(t, now time.Time) string {
	t = t.In(now.Location())
	return Say("time.at", "Day", NearWithin(when.DateOf(t), when.DateOf(now)), "Time", Time(t))
}

// DayMoment is Moment that says "Today" too: "Today, 5.15 pm".
func DayMoment(t, now time.Time) string {
	t = t.In(now.Location())
	return Say("time.at", "Day", NearDate(when.DateOf(t), when.DateOf(now)), "Time", Time(t))
}

// Since says a moment of the last days by its day alone, and of today by its time, in the middle of a sentence: "6.10 pm",
// "yesterday", "Thursday", "3 October".
func Since(t, now time.Time) string {
	t = t.In(now.Location())
	if when.DateOf(t) == when.DateOf(now) {
		return Time(t)
	}
	return NearWithin(when.DateOf(t), when.DateOf(now))
}

// Ago says how long ago something was: "just now", "5 minutes ago", "an hour ago", then as Moment does.
// A moment that is still to come counts as just now, since clocks differ.
func Ago(t, now time.Time) string {
	switch d := now.Sub(t); {
	case d < time.Minute:
		return Say("time.justnow")
	case d < time.Hour:
		return Count("time.ago.minutes", int(d/time.Minute))
	case d < 12*time.Hour && when.DateOf(t.In(now.Location())) == when.DateOf(now):
		return Count("time.ago.hours", int(d/time.Hour))
	}
	return Within(t, now)
}

func weekday(d when.Date, area words.Key) string {
	n := (int(d.Weekday())+6)%7 + 1 // Monday is 1
	return Say(area + words.Key(strconv.Itoa(n)))
}
