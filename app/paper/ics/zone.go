package ics

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/when"
)

// zones finds the zone of the world that a file means by a name of its own.
type zones struct {
	find  when.Zones
	home  string
	notes *present.FileNotes
	shape map[string]shape // what the file's own VTIMEZONE say, by TZID
	known map[string]zone  // those that were found, by TZID
	locs  map[string]*time.Location
}

// zone is a zone of the world: its name and what it does.
type zone struct {
	name string
	loc  *time.Location
	why  present.FileWhy // how it was found, when that is to be told
}

func newZones(home string, find when.Zones, notes *present.FileNotes) (*zones, error) {
	z := &zones{find: find, home: home, notes: notes, shape: map[string]shape{}, known: map[string]zone{}, locs: map[string]*time.Location{}}
	loc, err := z.load(home)
	if err != nil {
		return nil, err
	}
	z.known[""] = zone{home, loc, ""}
	utc, err := z.load("UTC")
	if err != nil {
		return nil, err
	}
	z.known["UTC"] = zone{"UTC", utc, ""}
	return z, nil
}

// load asks for a zone by a name that could be one.
func (z *zones) load(name string) (*time.Location, error) {
	s := when.Span{From: when.Date{Year: 2000, Month: 1, Day: 1}, To: when.Date{Year: 2000, Month: 1, Day: 1}, Start: when.At(0, 0), End: when.At(0, 0), Zone: name}
	if err := s.Valid(); err != nil || strings.Contains(name, "..") {
		return nil, fmt.Errorf("zone %.70q: %w", name, when.ErrZone)
	}
	if loc, ok := z.locs[name]; ok {
		return loc, nil
	}
	loc, err := z.find(name)
	if err != nil {
		return nil, fmt.Errorf("zone %.70q: %w", name, when.ErrZone)
	}
	z.locs[name] = loc
	return loc, nil
}

// of returns the zone that the file calls tzid; a name that says nothing is the home zone. What it had to guess it notes.
func (z *zones) of(tzid string, at int) zone {
	found, ok := z.known[tzid]
	switch {
	case ok:
	case len(z.known) < maxZones:
		found = z.search(tzid)
		z.known[tzid] = found
	default: // no honest file has so many
		found = z.known[""]
		found.why = present.FileZone
	}
	if found.why != "" {
		z.notes.Add(at, found.why, tzid)
	}
	return found
}

func (z *zones) search(tzid string) zone {
	for _, name := range candidates(tzid) {
		if loc, err := z.load(name); err == nil {
			return zone{name, loc, ""}
		}
	}
	if s, ok := z.shape[tzid]; ok {
		if name, loc, ok := z.like(s); ok {
			return zone{name, loc, present.FileZoneLike}
		}
	}
	home := z.known[""]
	home.why = present.FileZone
	return home
}

// candidates are the names that a TZID may stand for, the best first.
func candidates(tzid string) (names []string) {
	t := strings.Trim(strings.TrimSpace(tzid), `"`)
	names = append(names, t)
	for i := range len(t) { // /mozilla.org/20050126_1/Europe/London
		if t[i] == '/' && len(names) < 8 {
			names = append(names, t[i+1:])
		}
	}
	if name, ok := windowsZone(t); ok {
		return append([]string{name}, names...)
	}
	if name, ok := fixed(t); ok {
		return append(names, name)
	}
	switch strings.ToUpper(t) {
	case "Z", "UTC", "ETC/UTC", "ZULU":
		return []string{"UTC"}
	case "BST", "GMT/BST", "GB-EIRE":
		return append(names, "Europe/London")
	}
	// "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", "Greenwich Mean Time : Dublin, London"
	if i := strings.LastIndexAny(t, "):"); i >= 0 && i < len(t)-1 {
		for city := range strings.SplitSeq(t[i+1:], ",") {
			city = strings.ReplaceAll(strings.TrimSpace(city), " ", "_")
			for _, w := range windows {
				if _, last, _ := cutLast(w.zone, "/"); city != "" && strings.EqualFold(last, city) {
					names = append(names, w.zone)
				}
			}
		}
	}
	for _, w := range windows { // a name in other letters: europe/london
		if strings.EqualFold(w.zone, t) {
			return append(names, w.zone)
		}
	}
	return names
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}

// windowsZone looks a Windows name up, whatever its capitals.
func windowsZone(s string) (string, bool) {
	for _, w := range windows {
		if strings.EqualFold(w.name, s) {
			return w.zone, true
		}
	}
	return "", false
}

// fixed reads "UTC+01:00", "GMT-0500" and "+0100" as the zone that is always so far from UTC, in whole hours.
func fixed(s string) (string, bool) {
	s = strings.ToUpper(s)
	s = strings.TrimPrefix(strings.TrimPrefix(s, "UTC"), "GMT")
	seconds, ok := offset(s)
	if !ok {
		return "", false
	}
	return etc(seconds)
}

// etc names the zone that is always so many seconds east of UTC. Its sign is the other way round, and it has only hours.
func etc(seconds int) (string, bool) {
	hours := seconds / 3600
	switch {
	case seconds%3600 != 0 || hours < -12 || hours > 14:
		return "", false
	case hours == 0:
		return "UTC", true
	case hours > 0:
		return "Etc/GMT-" + strconv.Itoa(hours), true
	}
	return "Etc/GMT+" + strconv.Itoa(-hours), true
}

// offset reads "+0100", "-05:30" and "+010000".
func offset(s string) (seconds int, ok bool) {
	s = strings.ReplaceAll(strings.TrimSpace(s), ":", "")
	if len(s) != 5 && len(s) != 7 || s[0] != '+' && s[0] != '-' {
		return 0, false
	}
	for i, unit := range []int{3600, 60, 1}[:(len(s)-1)/2] {
		n, err := strconv.Atoi(s[1+2*i : 3+2*i])
		if err != nil || n > 59 || s[1+2*i] < '0' {
			return 0, false
		}
		seconds += n * unit
	}
	if s[0] == '-' {
		seconds = -seconds
	}
	return seconds, seconds >= -15*3600 && seconds <= 15*3600
}

// shape is what a VTIMEZONE says, as far as it helps to find the zone it means.
type shape struct {
	name    string // X-LIC-LOCATION: what another program thought it was
	changes []change
}

// change is one STANDARD or DAYLIGHT: from when on which offset holds. Without a month it holds all year.
type change struct {
	since       string // DTSTART, to compare
	to          int    // seconds
	month, nth  int    // nth 0: the day of the month is day
	day         int
	weekday     time.Weekday
	repeats, ok bool
}

// changeOf reads the lines of one STANDARD or DAYLIGHT.
func changeOf(lines []line.Line) (c change) {
	rule := ""
	for _, l := range lines {
		switch l.Name {
		case "DTSTART":
			if m, ok := moment(l.Value); ok {
				c.since, c.day = m.day.String(), m.day.Day
				if c.month == 0 {
					c.month = m.day.Month
				}
			}
		case "TZOFFSETTO":
			c.to, c.ok = offset(l.Value)
		case "RRULE":
			rule = l.Value
		}
	}
	if r, err := when.ParseRule(rule); err == nil && rule != "" {
		c.repeats = r.Until.Form == when.NoUntil || r.Until.Day.Year >= shapeYear
		if len(r.ByMonth) == 1 {
			c.month = r.ByMonth[0]
		}
		if len(r.ByDay) == 1 {
			c.nth, c.weekday = r.ByDay[0].Nth, r.ByDay[0].Weekday
		}
	}
	return c
}

// shapeYear is the year in which zones are compared: recent, and in the data of every program.
const shapeYear = 2024

// on returns the day of the year in which the change comes.
func (c change) on() when.Date {
	if c.nth == 0 {
		return when.Date{Year: shapeYear, Month: c.month, Day: max(1, min(c.day, 28))}
	}
	if c.nth > 0 {
		first := when.Date{Year: shapeYear, Month: c.month, Day: 1}
		return first.Plus((int(c.weekday)-int(first.Weekday())+7)%7 + 7*(c.nth-1))
	}
	last := when.Date{Year: shapeYear + c.month/12, Month: c.month%12 + 1, Day: 1}.Plus(-1)
	return last.Plus(-((int(last.Weekday()) - int(c.weekday) + 7) % 7) + 7*(c.nth+1))
}

// year returns the offsets on the first and the fifteenth of each month of shapeYear, in seconds.
func (s shape) year() (out [24]int, ok bool) {
	var now []change
	for _, c := range s.changes {
		if c.ok && c.month > 0 && c.repeats {
			now = append(now, c)
		}
	}
	if len(now) == 0 { // nothing repeats: the newest holds
		for _, c := range s.changes {
			if c.ok && (len(now) == 0 || c.since > now[0].since) {
				now = []change{c}
			}
		}
	}
	if len(now) == 0 {
		return out, false
	}
	slices.SortStableFunc(now, func(a, b change) int { return a.on().Compare(b.on()) })
	for i := range out {
		d := sampled(i)
		c := now[len(now)-1] // of the year before
		for _, n := range now {
			if !d.Before(n.on()) {
				c = n
			}
		}
		out[i] = c.to
	}
	return out, true
}

func sampled(i int) when.Date { return when.Date{Year: shapeYear, Month: i/2 + 1, Day: 1 + i%2*14} }

// like finds a zone of the world with the clock changes of s: home if it has them, else the one always at that offset,
// else one that many live in, else the first that Windows names.
func (z *zones) like(s shape) (string, *time.Location, bool) {
	want, ok := s.year()
	if !ok {
		return "", nil, false
	}
	names := []string{s.name, z.home, "Europe/London", "Europe/Paris", "America/New_York", "America/Chicago", "America/Los_Angeles"}
	if slices.Min(want[:]) == slices.Max(want[:]) {
		if name, ok := etc(want[0]); ok {
			names = append(names, name)
		}
	}
	for _, w := range windows {
		names = append(names, w.zone)
	}
	for _, name := range names {
		if loc, err := z.load(name); err == nil && follows(loc, want) {
			return name, loc, true
		}
	}
	return "", nil, false
}

func follows(loc *time.Location, want [24]int) bool {
	for i, w := range want {
		d := sampled(i)
		if _, got := time.Date(d.Year, time.Month(d.Month), d.Day, 12, 0, 0, 0, loc).Zone(); got != w {
			return false
		}
	}
	return true
}
