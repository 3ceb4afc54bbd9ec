package when

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// ParseRule reads a rule as calendar files write it, with or without "RRULE:" before it: any that RFC 5545 allows.
// Parts that it does not know are kept in Other. It returns ErrRule for anything else.
func ParseRule(s string) (Rule, error) {
	r, err := parseRule(s)
	if err != nil {
		return Rule{}, fmt.Errorf("%w: %w", ErrRule, err)
	}
	return r, nil
}

func parseRule(s string) (Rule, error) {
	if len(s) > MaxRule {
		return Rule{}, fmt.Errorf("%d bytes, limit %d", len(s), MaxRule)
	}
	p := parser{r: Rule{Interval: 1, WeekStart: time.Monday}, met: map[string]bool{}}
	if len(s) > 6 && strings.EqualFold(s[:6], "RRULE:") {
		s = s[6:]
	}
	for part := range strings.SplitSeq(s, ";") {
		if part == "" {
			continue // some programs end a rule with a semicolon
		}
		if err := p.part(part); err != nil {
			return Rule{}, err
		}
	}
	if p.r.Freq == 0 {
		return Rule{}, fmt.Errorf("%.40q does not say how often", s)
	}
	p.r.Other = strings.Join(p.other, ";")
	r := p.r.tidy()
	if n := len(r.String()); n > MaxRule {
		return Rule{}, fmt.Errorf("%d bytes when written out, limit %d", n, MaxRule)
	}
	return r, nil
}

// parser gathers the parts of one rule.
type parser struct {
	r     Rule
	met   map[string]bool
	other []string
}

func (p *parser) part(part string) (err error) {
	name, value, ok := strings.Cut(part, "=")
	name = strings.ToUpper(name)
	if !ok || p.met[name] || !token(name) {
		return fmt.Errorf("part %.40q", part)
	}
	p.met[name] = true
	upper := strings.ToUpper(value)
	switch name {
	case "FREQ":
		at := slices.Index(freqNames[1:], upper)
		if at < 0 {
			return fmt.Errorf("%.40q is not how often", value)
		}
		p.r.Freq = Freq(at + 1) //nolint:gosec // at most 7
	case "INTERVAL":
		p.r.Interval, err = number(value, 1, MaxInterval)
	case "COUNT":
		p.r.Count, err = number(value, 1, MaxCount)
	case "UNTIL":
		p.r.Until, err = parseUntil(upper)
	case "BYDAY":
		p.r.ByDay, err = nthDays(upper)
	case "WKST":
		p.r.WeekStart, err = weekday(upper)
	default:
		if b, known := p.lists()[name]; known {
			*b.to, err = numbers(value, b.least, b.most)
			return err
		}
		if !plainText(value) {
			return fmt.Errorf("part %.40q", part)
		}
		p.other = append(p.other, name+"="+value)
	}
	return err
}

// bounds are a list of numbers and what may stand in it. What may count from the end has no 0.
type bounds struct {
	to          *[]int
	least, most int
}

func (p *parser) lists() map[string]bounds {
	return map[string]bounds{
		"BYMONTH":    {&p.r.ByMonth, 1, 12},
		"BYWEEKNO":   {&p.r.ByWeekNo, -53, 53},
		"BYYEARDAY":  {&p.r.ByYearDay, -366, 366},
		"BYMONTHDAY": {&p.r.ByMonthDay, -31, 31},
		"BYHOUR":     {&p.r.ByHour, 0, 23},
		"BYMINUTE":   {&p.r.ByMinute, 0, 59},
		"BYSECOND":   {&p.r.BySecond, 0, 60}, // 60 is a leap second, which no wall clock shows
		"BYSETPOS":   {&p.r.BySetPos, -366, 366},
	}
}

func numbers(s string, least, most int) (out []int, err error) {
	for item := range strings.SplitSeq(s, ",") {
		n, err := number(item, least, most)
		if err != nil || n == 0 && least < 0 {
			return nil, fmt.Errorf("%.40q in a list from %d to %d", item, least, most)
		}
		out = append(out, n)
	}
	return out, nil
}

// number reads a whole number, with a sign or without one. Atoi would take more forms of nothing.
func number(s string, least, most int) (int, error) {
	if len(s) == 0 || len(s) > 8 {
		return 0, fmt.Errorf("number %.40q", s)
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("number %.40q, not from %d to %d", s, least, most)
	}
	return n, nil
}

func nthDays(s string) (out []NthDay, err error) {
	for item := range strings.SplitSeq(s, ",") {
		if len(item) < 2 {
			return nil, fmt.Errorf("day %.40q", item)
		}
		d := NthDay{}
		if d.Weekday, err = weekday(item[len(item)-2:]); err != nil {
			return nil, err
		}
		if nth := item[:len(item)-2]; nth != "" {
			if d.Nth, err = number(nth, -53, 53); err != nil || d.Nth == 0 {
				return nil, fmt.Errorf("day %.40q", item)
			}
		}
		out = append(out, d)
	}
	return out, nil
}

func weekday(s string) (time.Weekday, error) {
	at := slices.Index(dayNames[:], s)
	if at < 0 {
		return 0, fmt.Errorf("weekday %.40q", s)
	}
	return time.Weekday(at), nil
}

// parseUntil reads "20261127", "20261127T160000" and "20261127T160000Z".
func parseUntil(s string) (Until, error) {
	for form, layout := range map[UntilForm]string{UntilDay: "20060102", UntilWall: "20060102T150405", UntilWorld: "20060102T150405Z"} {
		if t, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			d := DateOf(t)
			if !d.Valid() {
				break
			}
			return Until{form, d, t.Hour()*3600 + t.Minute()*60 + t.Second()}, nil
		}
	}
	return Until{}, fmt.Errorf("end %.40q", s)
}

// token reports whether s may be the name of a part: letters, digits and hyphens.
func token(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}

// plainText reports whether s may be kept as the value of a part that is not known.
func plainText(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
