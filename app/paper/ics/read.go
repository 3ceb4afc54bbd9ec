package ics

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/when"
)

// Read reads a calendar file. Times without a zone, and in zones that cannot be found, are taken to be in home. What could
// not be used as it stood is in the notes; addresses of people, reminders and attachments never come in. It returns
// line.ErrBig, line.ErrKind for a file with no calendar in it, or when.ErrZone when zones does not know home.
func Read(r io.Reader, home string, find when.Zones) (Calendar, []present.FileNote, error) {
	b, err := line.Load(r)
	if err != nil {
		return Calendar{}, nil, err
	}
	rd := &reader{lines: line.NewReader(b), uids: map[string][]int{}}
	if rd.zones, err = newZones(home, find, &rd.notes); err != nil {
		return Calendar{}, nil, err
	}
	rd.all()
	if !rd.begun {
		return Calendar{}, nil, line.ErrKind
	}
	rd.cal.Events = rd.settle()
	return rd.cal, rd.notes.Sorted(), nil
}

// reader is one file being read.
type reader struct {
	lines *line.Reader
	zones *zones
	notes present.FileNotes
	cal   Calendar
	begun bool
	void  bool // METHOD:CANCEL: what the file names is cancelled
	stack []part
	raws  []*raw
	raw   *raw // the VEVENT being read
	shape *shape
	name  string // TZID of the VTIMEZONE being read
	rules []line.Line
	uids  map[string][]int // places in the events, by UID
}

// part is a component that began.
type part struct {
	name string
	line int
	used bool
}

// raw is the lines of one VEVENT that have a place in an Event, before the zones are known: a file may name them last.
type raw struct {
	line                               int
	uid, title, place, notes, category string
	related                            string
	sequence                           int
	cancelled, allDay                  bool
	start, end, time                   dated
	onward                             bool // RANGE=THISANDFUTURE
	length, rule                       dated
	extra, except                      []dated
	seen                               map[string]bool
}

// dated is a value with a date in it, or none.
type dated struct {
	value, tzid string
	line        int
}

func (d dated) set() bool { return d.line > 0 }

func (rd *reader) all() {
	for {
		l, fault, ok := rd.lines.Next()
		switch {
		case !ok:
			for _, p := range rd.stack {
				rd.notes.Add(p.line, present.FileEnd, p.name)
			}
			for len(rd.stack) > 0 {
				rd.end()
			}
			return
		case fault == line.Long:
			rd.notes.Add(l.Number, present.FileLineLong, "")
		case fault == line.Odd:
			rd.notes.Add(l.Number, present.FileLineOdd, "")
		case l.Name == "BEGIN":
			rd.begin(strings.ToUpper(strings.TrimSpace(l.Value)), l.Number)
		case l.Name == "END":
			rd.close(strings.ToUpper(strings.TrimSpace(l.Value)), l.Number)
		default:
			rd.property(l)
		}
	}
}

func (rd *reader) begin(name string, at int) {
	p := part{name: name, line: at}
	top := rd.top()
	switch {
	case len(rd.stack) >= line.MaxDepth:
		rd.notes.Add(at, present.FileDeep, "")
	case name == "VCALENDAR" && top == "":
		rd.begun, p.used = true, true
	case name == "VEVENT" && (top == "" || top == "VCALENDAR"):
		rd.begun, p.used = true, true
		if len(rd.raws) >= MaxEvents {
			rd.notes.Add(at, present.FileMany, strconv.Itoa(MaxEvents))
			p.used = false
			break
		}
		rd.raw = &raw{line: at, seen: map[string]bool{}}
	case name == "VTIMEZONE" && (top == "" || top == "VCALENDAR"):
		p.used, rd.shape, rd.name = true, &shape{}, ""
	case (name == "STANDARD" || name == "DAYLIGHT") && top == "VTIMEZONE":
		p.used, rd.rules = true, nil
	case name == "VALARM":
		rd.notes.Add(at, present.FileAlarm, "")
	case !strings.HasPrefix(top, "-"): // once, not for each part of it
		rd.notes.Add(at, present.FilePart, name)
	}
	if len(rd.stack) < 4*line.MaxDepth { // enough to find the ends of what is passed over
		rd.stack = append(rd.stack, p)
	}
}

// top names the component that lines belong to now: nothing outside all, "-" within one that is passed over.
func (rd *reader) top() string {
	if len(rd.stack) == 0 {
		return ""
	}
	if p := rd.stack[len(rd.stack)-1]; p.used {
		return p.name
	}
	return "-"
}

// close ends the component of that name. Those that began within it and did not end, end with it.
func (rd *reader) close(name string, at int) {
	open := slices.ContainsFunc(rd.stack, func(p part) bool { return p.name == name })
	if !open {
		rd.notes.Add(at, present.FileEnd, name)
		return
	}
	for {
		p := rd.stack[len(rd.stack)-1]
		rd.end()
		if p.name == name {
			return
		}
		rd.notes.Add(p.line, present.FileEnd, p.name)
	}
}

// end takes the innermost component off.
func (rd *reader) end() {
	p := rd.stack[len(rd.stack)-1]
	rd.stack = rd.stack[:len(rd.stack)-1]
	if !p.used {
		return
	}
	switch p.name {
	case "VEVENT":
		if rd.raw != nil {
			rd.raw.seen = nil
			rd.raws = append(rd.raws, rd.raw)
		}
		rd.raw = nil
	case "VTIMEZONE":
		if rd.shape != nil && rd.name != "" && len(rd.zones.shape) < maxZones {
			rd.zones.shape[rd.name] = *rd.shape
		}
		rd.shape = nil
	case "STANDARD", "DAYLIGHT":
		if rd.shape != nil && len(rd.shape.changes) < maxZones {
			rd.shape.changes = append(rd.shape.changes, changeOf(rd.rules))
		}
	}
}

func (rd *reader) property(l line.Line) {
	switch rd.top() {
	case "VCALENDAR":
		switch l.Name {
		case "X-WR-CALNAME", "NAME":
			rd.cal.Name = rd.words(l, false, act.MaxTitle)
		case "METHOD":
			rd.void = strings.EqualFold(strings.TrimSpace(l.Value), "CANCEL")
		case "X-WR-TIMEZONE":
			rd.floating(l)
		case "VERSION":
			if v := strings.TrimSpace(l.Value); v != "2.0" {
				rd.notes.Add(l.Number, present.FileOtherVersion, v)
			}
		}
	case "VTIMEZONE":
		switch l.Name {
		case "TZID":
			rd.name = strings.TrimSpace(l.Value)
		case "X-LIC-LOCATION":
			rd.shape.name = strings.TrimSpace(l.Value)
		}
	case "STANDARD", "DAYLIGHT":
		if len(rd.rules) < 2*line.MaxParams {
			rd.rules = append(rd.rules, l)
		}
	case "VEVENT":
		rd.event(l)
	case "":
		rd.notes.Add(l.Number, present.FileLineOdd, "")
	}
}

// floating takes X-WR-TIMEZONE as the zone of times without one.
func (rd *reader) floating(l line.Line) {
	if z := rd.zones.search(strings.TrimSpace(l.Value)); z.why == "" {
		rd.zones.known[""] = z
	}
}

// silent are the properties of an event that are understood and tell Kith nothing.
var silent = map[string]bool{
	"DTSTAMP": true, "CREATED": true, "LAST-MODIFIED": true, "TRANSP": true, "CLASS": true, "PRIORITY": true,
	"X-MICROSOFT-CDO-BUSYSTATUS": true, "X-MICROSOFT-CDO-INTENDEDSTATUS": true, "X-MICROSOFT-CDO-IMPORTANCE": true,
	"X-MICROSOFT-CDO-APPT-SEQUENCE": true, "X-MICROSOFT-CDO-INSTTYPE": true, "X-MICROSOFT-DISALLOW-COUNTER": true,
	"X-MOZ-GENERATION": true, "X-MOZ-LASTACK": true, "X-APPLE-TRAVEL-ADVISORY-BEHAVIOR": true, "RECURRENCE-RANGE": true,
}

func (rd *reader) event(l line.Line) {
	e := rd.raw
	d := dated{l.Value, l.Get("TZID"), l.Number}
	switch l.Name {
	case "EXDATE":
		e.except = rd.list(e.except, d)
		return
	case "RDATE":
		e.extra = rd.list(e.extra, d)
		return
	case "ATTENDEE", "ORGANIZER", "CONTACT":
		rd.notes.Add(l.Number, present.FileAddresses, "")
		return
	case "ATTACH", "IMAGE":
		rd.notes.Add(l.Number, present.FilePicture, "")
		return
	case "CATEGORIES":
		if e.category == "" {
			e.category = string(rd.category(l))
		}
		return
	}
	if silent[l.Name] {
		return
	}
	if !rd.known(l.Name) {
		rd.notes.Add(l.Number, present.FileUnknown, l.Name)
		return
	}
	if e.seen[l.Name] {
		rd.notes.Add(l.Number, present.FileTwice, l.Name)
		return
	}
	e.seen[l.Name] = true
	switch l.Name {
	case "UID":
		e.uid = rd.words(l, false, maxUID)
	case "SUMMARY":
		e.title = rd.words(l, false, act.MaxTitle)
	case "LOCATION":
		e.place = rd.words(l, false, act.MaxTitle)
	case "DESCRIPTION":
		e.notes = rd.words(l, true, act.MaxNotes)
	case "RELATED-TO":
		e.related = rd.words(l, false, maxUID)
	case "SEQUENCE":
		if n, err := strconv.Atoi(strings.TrimSpace(l.Value)); err == nil {
			e.sequence = min(max(n, 0), 1<<31-1)
		}
	case "STATUS":
		e.cancelled = strings.EqualFold(strings.TrimSpace(l.Value), "CANCELLED")
	case "X-MICROSOFT-CDO-ALLDAYEVENT":
		e.allDay = strings.EqualFold(strings.TrimSpace(l.Value), "TRUE")
	case "DTSTART":
		e.start = d
	case "DTEND":
		e.end = d
	case "DURATION":
		e.length = d
	case "RECURRENCE-ID":
		e.time, e.onward = d, strings.EqualFold(l.Get("RANGE"), "THISANDFUTURE")
	case "RRULE":
		e.rule = d
	}
}

func (rd *reader) known(name string) bool {
	switch name {
	case "UID", "SUMMARY", "LOCATION", "DESCRIPTION", "RELATED-TO", "SEQUENCE", "STATUS", "X-MICROSOFT-CDO-ALLDAYEVENT",
		"DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE":
		return true
	}
	return false
}

// list adds the dates of one line to those of an event.
func (rd *reader) list(ds []dated, l dated) []dated {
	for v := range strings.SplitSeq(l.value, ",") {
		if strings.TrimSpace(v) == "" {
			continue
		}
		if len(ds) >= MaxDates {
			rd.notes.Add(l.line, present.FileMany, strconv.Itoa(MaxDates))
			return ds
		}
		ds = append(ds, dated{v, l.tzid, l.line})
	}
	return ds
}

func (rd *reader) category(l line.Line) Kind {
	for _, v := range line.Split(l.Value, ',') {
		if k := kindNamed(line.Unescape(v)); k != "" {
			return k
		}
		rd.notes.Add(l.Number, present.FileUnknown, l.Name)
	}
	return ""
}

// words returns a text value as Kith keeps it.
func (rd *reader) words(l line.Line, lines bool, max int) string {
	s, odd := line.Letters(l.Value)
	if odd {
		rd.notes.Add(l.Number, present.FileLetters, "")
	}
	s, cut := line.Clean(line.Unescape(s), lines, max)
	if cut {
		rd.notes.Add(l.Number, present.FileCut, l.Name)
	}
	return s
}
