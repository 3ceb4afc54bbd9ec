package ics

import (
	"strconv"
	"strings"
	"time"

	"kith/store/care/when"
)

// stamp is a date, or a date and a time, as a file has it.
type stamp struct {
	day    when.Date
	at     when.Clock // not set for a whole day
	second int
	utc    bool
}

// moment reads "20261127", "20261127T163000" and "20261127T163000Z", and the same with hyphens and colons as some
// programs write it. 24:00 is the midnight after.
func moment(s string) (m stamp, ok bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	date, clock, timed := strings.Cut(s, "T")
	if !timed && len(s) > 10 && s[10] == ' ' {
		date, clock, timed = s[:10], s[11:], true
	}
	if len(date) == 10 && date[4] == '-' && date[7] == '-' {
		date = date[:4] + date[5:7] + date[8:]
	}
	n, ok := digits(date, 8)
	if !ok {
		return stamp{}, false
	}
	m.day = when.Date{Year: n / 10000, Month: n / 100 % 100, Day: n % 100}
	if !m.day.Valid() {
		return stamp{}, false
	}
	if !timed {
		return m, true
	}
	clock, m.utc = strings.CutSuffix(clock, "Z")
	clock = strings.ReplaceAll(clock, ":", "")
	if len(clock) == 4 {
		clock += "00"
	}
	if n, ok = digits(clock, 6); !ok {
		return stamp{}, false
	}
	h, min := n/10000, n/100%100
	if m.second = n % 100; h == 24 && min == 0 && m.second == 0 {
		m.day, h = m.day.Plus(1), 0
	}
	m.at = when.At(h, min)
	return m, m.day.Valid() && m.at.Valid() && m.second <= 60
}

func digits(s string, n int) (int, bool) {
	if len(s) != n {
		return 0, false
	}
	for i := range n {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	v, err := strconv.Atoi(s)
	return v, err == nil
}

// length is a DURATION: days as the calendar has them, and hours as they pass.
type length struct {
	days  int
	exact time.Duration
}

// longest is one day more than any event may last: what is longer need not be reckoned with.
const longest = when.MaxDays + 1

// duration reads "P1DT2H30M", "PT45M" and "P2W". One that goes backwards is not read.
func duration(s string) (l length, ok bool) {
	s = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(s)), "+")
	s, ok = strings.CutPrefix(s, "P")
	if !ok || s == "" {
		return length{}, false
	}
	units := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	clock := false
	for s != "" {
		if s[0] == 'T' {
			clock, s = true, s[1:]
			continue
		}
		i := strings.IndexAny(s, "WDHMS")
		if i < 1 || i > 8 {
			return length{}, false
		}
		n, ok := digits(s[:i], i)
		if !ok {
			return length{}, false
		}
		switch unit := s[i]; {
		case unit == 'W' && !clock:
			l.days = min(l.days+7*n, longest)
		case unit == 'D' && !clock:
			l.days = min(l.days+n, longest)
		case clock && units[unit] > 0:
			l.exact = min(l.exact+time.Duration(min(n, 1<<20))*units[unit], longest*24*time.Hour)
		default:
			return length{}, false
		}
		s = s[i+1:]
	}
	return l, true
}

// in returns the wall time in to of what a file says in from. exact is false when the walls of to show that time twice
// and mean the other one.
func (m stamp) in(from, to zone) (d when.Date, c when.Clock, exact bool) {
	if from.name == to.name {
		return m.day, m.at, true
	}
	t := when.On(m.day, m.at, from.loc).Time
	return wall(t, to)
}

// wall returns what the walls of z show at t.
func wall(t time.Time, z zone) (d when.Date, c when.Clock, exact bool) {
	t = t.In(z.loc)
	d, c = when.DateOf(t), when.At(t.Hour(), t.Minute())
	return d, c, when.On(d, c, z.loc).Sub(t).Abs() < time.Minute
}
