// Package when holds dates, nights and wall times as a family speaks of them: a night belongs to a date, and four
// o'clock is four o'clock whatever the clocks do. It never touches clock, disk, network or randomness; the zones of the
// world are handed in.
package when

import (
	"cmp"
	"fmt"
	"time"

	"kith/store/kp1"
)

// Errors of this package.
var (
	ErrDate = &kp1.Error{ECode: "E_DATE", Msg: "no such date or time"}
	ErrZone = &kp1.Error{ECode: "E_ZONE", Msg: "no such time zone"}
)

// Date is a calendar date without time or zone. The zero value means "none".
type Date struct{ Year, Month, Day int }

// MinYear and MaxYear bound the years that Kith speaks of.
const (
	MinYear = 1900
	MaxYear = 2200
)

// ParseDate reads "2026-11-27". It returns ErrDate for anything else.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	d := Date{t.Year(), int(t.Month()), t.Day()}
	if err != nil || !d.Valid() {
		return Date{}, fmt.Errorf("date %.40q: %w", s, ErrDate)
	}
	return d, nil
}

// DateOf returns the date on which t falls in its own location.
func DateOf(t time.Time) Date { return Date{t.Year(), int(t.Month()), t.Day()} }

// String returns "2026-11-27".
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// IsZero reports whether d is "none".
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether the calendar has such a day, between MinYear and MaxYear.
func (d Date) Valid() bool {
	return d.Year >= MinYear && d.Year <= MaxYear && d.Month >= 1 && d.Month <= 12 && d.Day >= 1 && d.Day <= monthLength(d.Year, d.Month)
}

// Plus returns the date n days later.
func (d Date) Plus(n int) Date { return dateOfNumber(d.Number() + n) }

// Compare orders dates.
func (d Date) Compare(o Date) int {
	return cmp.Or(cmp.Compare(d.Year, o.Year), cmp.Compare(d.Month, o.Month), cmp.Compare(d.Day, o.Day))
}

// Before reports whether d is earlier than o.
func (d Date) Before(o Date) bool { return d.Compare(o) < 0 }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday((weekdayOf(d.Number()) + 1) % 7) }

// Number returns the days since 1 January 1900; for a date before that it is negative.
func (d Date) Number() int { return dayNumber(d.Year, d.Month, d.Day) }

// Days returns how many days lie from d to o: the nights of a stay that arrives on d and leaves on o.
func (d Date) Days(o Date) int { return o.Number() - d.Number() }

// Code returns the date as one number, 20261127, for encoding. The zero date is 0.
func (d Date) Code() uint32 { return uint32(d.Year*10000 + d.Month*100 + d.Day) }

// DateFromCode reads what Code returns; 0 is the zero date. It returns ErrDate for a day the calendar does not have.
func DateFromCode(c uint32) (Date, error) {
	d := Date{int(c / 10000), int(c / 100 % 100), int(c % 100)}
	if c != 0 && !d.Valid() {
		return Date{}, fmt.Errorf("date %d: %w", c, ErrDate)
	}
	return d, nil
}

// Clock is a time of day on the wall. The zero value means "not said"; At makes one.
type Clock struct {
	Set          bool
	Hour, Minute int
}

// At returns the time of day.
func At(hour, minute int) Clock { return Clock{true, hour, minute} }

// ParseClock reads "16:05". It returns ErrDate for anything else.
func ParseClock(s string) (Clock, error) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return Clock{}, fmt.Errorf("time %.40q: %w", s, ErrDate)
	}
	return At(t.Hour(), t.Minute()), nil
}

// String returns "16:05", or nothing when not said.
func (c Clock) String() string {
	if !c.Set {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", c.Hour, c.Minute)
}

// Valid reports whether c is not said, or a time from 00:00 to 23:59.
func (c Clock) Valid() bool {
	if !c.Set {
		return c == Clock{}
	}
	return c.Hour >= 0 && c.Hour < 24 && c.Minute >= 0 && c.Minute < 60
}

// Code returns the clock as one number for encoding: 0 for not said, else minutes since midnight and one.
func (c Clock) Code() uint16 {
	if !c.Set {
		return 0
	}
	return uint16(c.Hour*60 + c.Minute + 1)
}

// ClockFromCode reads what Code returns.
func ClockFromCode(n uint16) (Clock, error) {
	if n == 0 {
		return Clock{}, nil
	}
	if n > 24*60 {
		return Clock{}, fmt.Errorf("time %d: %w", n, ErrDate)
	}
	return At(int(n-1)/60, int(n-1)%60), nil
}
