package present

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"kith/store/care/when"
)

// A DateInput is a date as it was typed into the three boxes. Nothing of it is judged while it is typed.
type DateInput struct{ Day, Month, Year string }

// InputOf returns the boxes filled with d; empty for no date.
func InputOf(d when.Date) DateInput {
	if d.IsZero() {
		return DateInput{}
	}
	return DateInput{strconv.Itoa(d.Day), strconv.Itoa(d.Month), strconv.Itoa(d.Year)}
}

// Empty reports whether nothing was typed.
func (in DateInput) Empty() bool { return strings.TrimSpace(in.Day+in.Month+in.Year) == "" }

// ReadDate reads what was typed: the month as a number or a name, the year as four digits, two, or none, which means the
// next such day from today on. It returns the date, or a sentence that says what to put right.
func ReadDate(in DateInput, today when.Date) (when.Date, string) {
	if in.Empty() {
		return when.Date{}, Say("typed.date.missing")
	}
	day, err := strconv.Atoi(strings.TrimRight(strings.ToLower(strings.TrimSpace(in.Day)), "sthnrd"))
	if err != nil {
		return when.Date{}, Say("typed.date.day")
	}
	month, ok := readMonth(in.Month)
	if !ok {
		return when.Date{}, Say("typed.date.month")
	}
	year, ok := readYear(in.Year, today)
	if !ok {
		return when.Date{}, Say("typed.date.year")
	}
	d := when.Date{Year: year, Month: month, Day: day}
	if strings.TrimSpace(in.Year) == "" && d.Before(today) {
		d.Year++
	}
	if !d.Valid() {
		if day >= 1 && day <= 31 && month >= 1 && month <= 12 {
			return when.Date{}, Say("typed.date.nosuch", "Month", Month(month), "Days", daysIn(d.Year, month))
		}
		return when.Date{}, Say("typed.date.day")
	}
	return d, ""
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 12, 0, 0, 0, time.UTC).Day()
}

func readMonth(s string) (int, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil {
		return n, n >= 1 && n <= 12
	}
	if len(s) < 3 {
		return 0, false
	}
	for n := 1; n <= 12; n++ {
		if strings.HasPrefix(strings.ToLower(Month(n)), strings.TrimSuffix(s, ".")) {
			return n, true
		}
	}
	return 0, false
}

func readYear(s string, today when.Date) (int, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return today.Year, true
	}
	n, err := strconv.Atoi(s)
	switch {
	case err != nil || n < 0:
		return 0, false
	case len(s) <= 2:
		n += today.Year / 100 * 100
	}
	return n, n >= when.MinYear && n <= when.MaxYear
}

// ReadClock reads a time as people type it: "4.30 pm", "4:30pm", "16.30", "9 am", "9", "noon". A bare hour from 1 to 6
// means the afternoon, since families do not meet at three in the night. It returns the time, or a sentence that says
// what to put right. Nothing typed is the unsaid time.
func ReadClock(s string) (when.Clock, string) {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	switch s {
	case "":
		return when.Clock{}, ""
	case "noon", "12noon", "midday":
		return when.At(12, 0), ""
	case "midnight", "12midnight":
		return when.At(0, 0), ""
	}
	half := ""
	for _, end := range []string{"am", "pm", "a.m.", "p.m."} {
		if rest, ok := strings.CutSuffix(s, end); ok {
			s, half = rest, strings.ReplaceAll(end, ".", "")
		}
	}
	h, m, two := strings.Cut(strings.NewReplacer(":", ".", ",", ".").Replace(s), ".")
	if !digits(h, 1, 2) || two && !digits(m, 2, 2) {
		return when.Clock{}, Say("typed.time.form")
	}
	hour, _ := strconv.Atoi(h)
	minute, _ := strconv.Atoi("0" + m)
	switch {
	case half != "" && (hour < 1 || hour > 12):
		return when.Clock{}, Say("typed.time.form")
	case half == "pm" && hour < 12:
		hour += 12
	case half == "am" && hour == 12:
		hour = 0
	case half == "" && len(h) == 1 && hour >= 1 && hour <= 6:
		hour += 12
	}
	c := when.At(hour, minute)
	if !c.Valid() {
		return when.Clock{}, Say("typed.time.form")
	}
	return c, ""
}

func digits(s string, least, most int) bool {
	if len(s) < least || len(s) > most {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

// ClockText returns a time as it stands in its field: "4.30 pm", or nothing when it was not said.
func ClockText(c when.Clock) string {
	if !c.Set {
		return ""
	}
	return Clock(c.Hour, c.Minute)
}
