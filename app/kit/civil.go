package kit

import (
	"fmt"
	"time"
)

// Date is a calendar day without time or zone; the same shape as the families' own date, so one converts to the other.
// The zero value means none.
type Date struct{ Year, Month, Day int }

// String is the day as "2026-11-27".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// valid says whether there is such a day.
func (d Date) valid() bool { return d.Year >= 1900 && d.Year <= 2200 && d.plus(0) == d }

// plus counts days on, in a calendar and not in hours.
func (d Date) plus(n int) Date {
	y, m, day := time.Date(d.Year, time.Month(d.Month), d.Day+n, 12, 0, 0, 0, time.UTC).Date()
	return Date{y, int(m), day}
}

// weekday is 0 for Monday.
func (d Date) weekday() int {
	return (int(time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, time.UTC).Weekday()) + 6) % 7
}

// readDate reads what String wrote.
func readDate(s string) (Date, bool) {
	var d Date
	n, err := fmt.Sscanf(s, "%4d-%2d-%2d", &d.Year, &d.Month, &d.Day)
	return d, err == nil && n == 3 && d.valid()
}
