package when

// Days are counted from 1 January 1900, a Monday, in the calendar we use today carried back and forward for ever.
// Everything that expands a repeat reckons in these numbers, and makes dates of them at the end.

// daySeconds is how long a day on the wall lasts: every day, whatever the clocks do.
const daySeconds = 24 * 60 * 60

// dayNumber returns the number of a day. A year is taken to begin in March, so that the leap day is its last.
func dayNumber(year, month, day int) int {
	if month <= 2 {
		year--
		month += 12
	}
	ages := floorDiv(year, 400)
	inAge := year - ages*400
	inYear := (153*(month-3)+2)/5 + day - 1
	return ages*146_097 + inAge*365 + inAge/4 - inAge/100 + inYear - 693_901
}

// dateOfNumber returns the day with that number.
func dateOfNumber(n int) Date {
	n += 693_901
	ages := floorDiv(n, 146_097)
	inAge := n - ages*146_097
	year := (inAge - inAge/1_460 + inAge/36_524 - inAge/146_096) / 365
	inYear := inAge - (365*year + year/4 - year/100)
	month := (5*inYear + 2) / 153
	d := Date{ages*400 + year, month + 3, inYear - (153*month+2)/5 + 1}
	if d.Month > 12 {
		d.Year, d.Month = d.Year+1, d.Month-12
	}
	return d
}

// weekdayOf returns the weekday of a day by number, Monday being 0.
func weekdayOf(n int) int { return floorMod(n, 7) }

func leapYear(y int) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func yearLength(y int) int {
	if leapYear(y) {
		return 366
	}
	return 365
}

func monthLength(y, m int) int {
	switch {
	case m == 2 && leapYear(y):
		return 29
	case m == 2:
		return 28
	case m == 4 || m == 6 || m == 9 || m == 11:
		return 30
	}
	return 31
}

// weekOne returns the first day of week 1 of a year whose weeks begin on start (Monday being 0): the first week of which
// at least four days lie in the year.
func weekOne(year, start int) int {
	first := dayNumber(year, 1, 1)
	in := floorMod(weekdayOf(first)-start, 7)
	if in > 3 {
		return first + 7 - in
	}
	return first - in
}

// weekYear returns the year to which the week with day n belongs.
func weekYear(n, start int) int {
	y := dateOfNumber(n).Year
	switch {
	case n < weekOne(y, start):
		return y - 1
	case n >= weekOne(y+1, start):
		return y + 1
	}
	return y
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int) int { return a - floorDiv(a, b)*b }
