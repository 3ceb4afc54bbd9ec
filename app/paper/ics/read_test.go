package ics

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones everywhere

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/when"
)

const home = "Europe/London"

func read(t *testing.T, s string) (Calendar, []present.FileNote) {
	t.Helper()
	c, notes, err := Read(strings.NewReader(s), home, time.LoadLocation)
	if err != nil {
		t.Fatalf("Read: %v", err)
	}
	return c, notes
}

// event wraps the lines of one event that has all it needs but what they say.
func event(lines ...string) string {
	s := "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\n"
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.HasPrefix(l, "SUMMARY") }) {
		s += "SUMMARY:Tea\n"
	}
	return s + strings.Join(lines, "\n") + "\nEND:VEVENT\nEND:VCALENDAR\n"
}

func day(s string) when.Date {
	d, err := when.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// span writes a span short: "2026-11-27 16:30 2026-11-27 17:30 Europe/London".
func span(s when.Span) string {
	return strings.Join(strings.Fields(fmt.Sprint(s.From, s.Start, " ", s.To, s.End, " ", s.Zone)), " ")
}

func TestReadWhen(t *testing.T) {
	for name, c := range map[string]struct {
		lines []string
		want  string
		notes []present.FileWhy
	}{
		"a zone of the world":    {[]string{"DTSTART;TZID=Europe/Paris:20261127T163000", "DTEND;TZID=Europe/Paris:20261127T173000"}, "2026-11-27 16:30 2026-11-27 17:30 Europe/Paris", nil},
		"utc":                    {[]string{"DTSTART:20261127T163000Z", "DTEND:20261127T173000Z"}, "2026-11-27 16:30 2026-11-27 17:30 UTC", nil},
		"no zone is home":        {[]string{"DTSTART:20261127T1630", "DTEND:20261127T1730"}, "2026-11-27 16:30 2026-11-27 17:30 Europe/London", nil},
		"two zones":              {[]string{"DTSTART;TZID=Europe/London:20261127T163000", "DTEND;TZID=Europe/Paris:20261127T183000"}, "2026-11-27 16:30 2026-11-27 17:30 Europe/London", nil},
		"windows":                {[]string{"DTSTART;TZID=gmt standard time:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", nil},
		"windows, as shown":      {[]string{`DTSTART;TZID="(UTC+00:00) Dublin, Edinburgh, Lisbon, London":20261127T163000`}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", nil},
		"an old prefix":          {[]string{"DTSTART;TZID=/mozilla.org/20050126_1/Europe/London:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", nil},
		"hours from utc":         {[]string{"DTSTART;TZID=GMT+0200:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Etc/GMT-2", nil},
		"other capitals":         {[]string{"DTSTART;TZID=europe/london:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", nil},
		"a zone nobody knows":    {[]string{"DTSTART;TZID=Mars:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileZone}},
		"a path is no zone":      {[]string{"DTSTART;TZID=../../etc/passwd:20261127T163000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileZone}},
		"whole days":             {[]string{"DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20261129"}, "2026-11-27 2026-11-29", nil},
		"one whole day":          {[]string{"DTSTART:20261127"}, "2026-11-27 2026-11-28", nil},
		"ends on its own day":    {[]string{"DTSTART;VALUE=DATE:20261127", "DTEND;VALUE=DATE:20261127"}, "2026-11-27 2026-11-28", nil},
		"days by length":         {[]string{"DTSTART;VALUE=DATE:20261127", "DURATION:P1W"}, "2026-11-27 2026-12-04", nil},
		"outlook's whole day":    {[]string{"DTSTART:20261127T000000", "DTEND:20261128T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"}, "2026-11-27 2026-11-28", nil},
		"hours by length":        {[]string{"DTSTART:20261127T163000", "DURATION:PT1H30M"}, "2026-11-27 16:30 2026-11-27 18:00 Europe/London", nil},
		"a day over the change":  {[]string{"DTSTART:20270327T200000", "DURATION:P1D"}, "2027-03-27 20:00 2027-03-28 20:00 Europe/London", nil},
		"24 h over the change":   {[]string{"DTSTART:20270327T200000", "DURATION:PT24H"}, "2027-03-27 20:00 2027-03-28 21:00 Europe/London", nil},
		"ends in the hour twice": {[]string{"DTSTART:20271031T003000", "DURATION:PT2H"}, "2027-10-30 23:30 2027-10-31 01:30 UTC", nil},
		"ends before it begins":  {[]string{"DTSTART:20261127T163000", "DTEND:20261127T153000"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileEndFirst}},
		"midnight by 24":         {[]string{"DTSTART:20261127T200000", "DTEND:20261127T240000"}, "2026-11-27 20:00 2026-11-28 00:00 Europe/London", nil},
		"hyphens":                {[]string{"DTSTART:2026-11-27T16:30:00", "DTEND:2026-11-27T17:30:00"}, "2026-11-27 16:30 2026-11-27 17:30 Europe/London", nil},
		"seconds":                {[]string{"DTSTART:20261127T163015"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileSeconds}},
		"longer than a year":     {[]string{"DTSTART;VALUE=DATE:20260101", "DTEND;VALUE=DATE:20280101"}, "2026-01-01 2027-01-02", []present.FileWhy{present.FileTooLong}},
		"a length without end":   {[]string{"DTSTART;VALUE=DATE:20260101", "DURATION:P99999999D"}, "2026-01-01 2027-01-02", []present.FileWhy{present.FileTooLong}},
		"hours without end":      {[]string{"DTSTART:20260101T000000", "DURATION:PT99999999H"}, "2026-01-01 00:00 2027-01-02 00:00 Europe/London", []present.FileWhy{present.FileTooLong}},
		"an end that is none":    {[]string{"DTSTART:20261127T163000", "DTEND:soon"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileBadDate}},
		"a length that is none":  {[]string{"DTSTART:20261127T163000", "DURATION:-PT5M"}, "2026-11-27 16:30 2026-11-27 16:30 Europe/London", []present.FileWhy{present.FileBadDate}},
	} {
		got, notes := read(t, event(c.lines...))
		if len(got.Events) != 1 || span(got.Events[0].When) != c.want {
			t.Errorf("%s: got %v, want %s", name, got.Events, c.want)
			continue
		}
		if why := whys(notes); !slices.Equal(why, c.notes) {
			t.Errorf("%s: notes %v, want %v", name, why, c.notes)
		}
	}
}

func whys(notes []present.FileNote) (out []present.FileWhy) {
	for _, n := range notes {
		out = append(out, n.Why)
	}
	return out
}

func TestReadRepeats(t *testing.T) {
	const start = "DTSTART;TZID=Europe/London:20260106T163000"
	for name, c := range map[string]struct {
		lines         []string
		rule          string
		except, extra []string
		notes         []present.FileWhy
	}{
		"until in utc":         {[]string{start, "RRULE:FREQ=WEEKLY;UNTIL=20260707T153000Z"}, "FREQ=WEEKLY;UNTIL=20260707", nil, nil, nil},
		"until just before":    {[]string{start, "RRULE:FREQ=WEEKLY;UNTIL=20260707T152900Z"}, "FREQ=WEEKLY;UNTIL=20260706", nil, nil, nil},
		"until on the wall":    {[]string{start, "RRULE:FREQ=WEEKLY;UNTIL=20260707T163000"}, "FREQ=WEEKLY;UNTIL=20260707", nil, nil, nil},
		"until a day":          {[]string{start, "RRULE:FREQ=WEEKLY;UNTIL=20260707"}, "FREQ=WEEKLY;UNTIL=20260707", nil, nil, nil},
		"whole days in utc":    {[]string{"DTSTART;VALUE=DATE:20260106", "RRULE:FREQ=DAILY;UNTIL=20260108T235959Z"}, "FREQ=DAILY;UNTIL=20260108", nil, nil, nil},
		"a list of exceptions": {[]string{start, "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Europe/London:20260120T163000,20260113T163000", "EXDATE:20260707T153000Z"}, "FREQ=WEEKLY", []string{"2026-01-13", "2026-01-20", "2026-07-07"}, nil, nil},
		"exceptions by day":    {[]string{start, "RRULE:FREQ=WEEKLY", "EXDATE;VALUE=DATE:20260113"}, "FREQ=WEEKLY", []string{"2026-01-13"}, nil, nil},
		"more times":           {[]string{start, "RRULE:FREQ=WEEKLY", "RDATE;TZID=Europe/London:20260108T163000,20260109T100000", "EXDATE;TZID=Europe/London:20260109T100000"}, "FREQ=WEEKLY", []string{"2026-01-09T10:00"}, []string{"2026-01-08", "2026-01-09T10:00"}, nil},
		"a period":             {[]string{start, "RDATE;VALUE=PERIOD:20260108T163000Z/PT1H"}, "", nil, []string{"2026-01-08"}, nil},
		"several times a day":  {[]string{start, "RRULE:FREQ=DAILY;BYHOUR=8,16", "EXDATE;TZID=Europe/London:20260107T083000"}, "FREQ=DAILY;BYHOUR=8,16", []string{"2026-01-07T08:30"}, nil, []present.FileWhy{present.FileRuleElse}},
		"readers disagree":     {[]string{start, "RRULE:FREQ=YEARLY;BYWEEKNO=20"}, "FREQ=YEARLY;BYWEEKNO=20", nil, nil, []present.FileWhy{present.FileRuleElse}},
		"no rule":              {[]string{start, "RRULE:every week"}, "", nil, nil, []present.FileWhy{present.FileRule}},
		"whole days by hour":   {[]string{"DTSTART;VALUE=DATE:20260106", "RRULE:FREQ=HOURLY"}, "", nil, nil, []present.FileWhy{present.FileRule}},
		"a bad exception":      {[]string{start, "RRULE:FREQ=WEEKLY", "EXDATE:never,20260113T163000"}, "FREQ=WEEKLY", []string{"2026-01-13"}, nil, []present.FileWhy{present.FileBadDate}},
	} {
		got, notes := read(t, event(c.lines...))
		if len(got.Events) != 1 {
			t.Errorf("%s: %d events", name, len(got.Events))
			continue
		}
		e := got.Events[0]
		if e.Repeat.String() != c.rule || !slices.Equal(said(e.Except), c.except) || !slices.Equal(said(e.Extra), c.extra) {
			t.Errorf("%s:\n got %s, not %v, also %v\nwant %s, not %v, also %v", name, e.Repeat, said(e.Except), said(e.Extra), c.rule, c.except, c.extra)
		}
		if why := whys(notes); !slices.Equal(why, c.notes) {
			t.Errorf("%s: notes %v, want %v", name, why, c.notes)
		}
	}
}

func said(ks []when.Key) (out []string) {
	for _, k := range ks {
		out = append(out, k.String())
	}
	return out
}

// files reads several events at once and says each in a line.
func files(t *testing.T, events ...string) ([]string, []present.FileWhy) {
	c, notes := read(t, "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n"+strings.Join(events, "\nEND:VEVENT\nBEGIN:VEVENT\n")+"\nEND:VEVENT\nEND:VCALENDAR")
	names := map[string]string{}
	var out []string
	for _, e := range c.Events {
		if names[e.UID] = e.UID; len(e.UID) == 32 {
			names[e.UID] = "new"
		}
		s := fmt.Sprintf("%s %s %s %s", names[e.UID], e.Title, e.When.From, e.When.Start)
		if !e.Time.IsZero() {
			s += " for " + e.Time.String()
		}
		if !e.Repeat.IsZero() {
			s += " " + e.Repeat.String()
		}
		for _, k := range e.Except {
			s += " not " + k.String()
		}
		if e.Follows != "" {
			s += " after " + e.Follows
		}
		if e.Cancelled {
			s += " cancelled"
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out, whys(notes)
}

func TestReadChangedTimes(t *testing.T) {
	const swim = "UID:swim\nSUMMARY:Swim\nDTSTART;TZID=Europe/London:20260106T163000\nRRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU\nEXDATE;TZID=Europe/London:20260217T163000"
	for name, c := range map[string]struct {
		events []string
		want   []string
		notes  []present.FileWhy
	}{
		"one time": {
			[]string{"UID:swim\nSUMMARY:Swim late\nRECURRENCE-ID:20260113T163000Z\nDTSTART;TZID=Europe/London:20260113T180000", swim},
			[]string{"swim Swim late 2026-01-13 18:00 for 2026-01-13", "swim Swim 2026-01-06 16:30 FREQ=WEEKLY;COUNT=10;BYDAY=TU not 2026-02-17"},
			nil,
		},
		"one time is off": {
			[]string{swim, "UID:swim\nRECURRENCE-ID;TZID=Europe/London:20260113T163000\nSTATUS:CANCELLED"},
			[]string{"swim Swim 2026-01-06 16:30 FREQ=WEEKLY;COUNT=10;BYDAY=TU not 2026-02-17", "swim Swim 2026-01-13 16:30 for 2026-01-13 cancelled"},
			nil,
		},
		"one time of nothing": {
			[]string{"UID:swim\nSUMMARY:Swim\nRECURRENCE-ID:20260113T163000Z\nDTSTART:20260113T180000Z"},
			[]string{"swim Swim 2026-01-13 18:00 for 2026-01-13"},
			nil,
		},
		"this and later, a day on": {
			[]string{
				swim, "UID:swim\nSUMMARY:Swim later\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260203T163000\nDTSTART;TZID=Europe/London:20260204T170000",
				"UID:swim\nSUMMARY:Swim gala\nRECURRENCE-ID;TZID=Europe/London:20260224T163000\nDTSTART;TZID=Europe/London:20260225T090000",
			},
			[]string{
				"swim Swim 2026-01-06 16:30 FREQ=WEEKLY;UNTIL=20260202;BYDAY=TU",
				"new Swim later 2026-02-04 17:00 FREQ=WEEKLY;COUNT=6;BYDAY=WE not 2026-02-18 after swim",
				"new Swim gala 2026-02-25 09:00 for 2026-02-25",
			},
			nil,
		},
		"all of it, from the first on": {
			[]string{swim, "UID:swim\nSUMMARY:Swim later\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260106T163000\nDTSTART;TZID=Europe/London:20260106T170000"},
			[]string{"swim Swim later 2026-01-06 17:00 FREQ=WEEKLY;COUNT=10;BYDAY=TU not 2026-02-17"},
			nil,
		},
		"twice this and later": {
			[]string{
				swim, "UID:swim\nSUMMARY:B\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260303T163000\nDTSTART;TZID=Europe/London:20260303T180000",
				"UID:swim\nSUMMARY:A\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260203T163000\nDTSTART;TZID=Europe/London:20260203T170000",
			},
			[]string{
				"swim Swim 2026-01-06 16:30 FREQ=WEEKLY;UNTIL=20260202;BYDAY=TU",
				"new B 2026-03-03 18:00 FREQ=WEEKLY;COUNT=2;BYDAY=TU after new",
				"new A 2026-02-03 17:00 FREQ=WEEKLY;UNTIL=20260302;BYDAY=TU not 2026-02-17 after swim",
			},
			nil,
		},
		"later ones are off": {
			[]string{swim, "UID:swim\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/London:20260203T163000\nSTATUS:CANCELLED"},
			[]string{"swim Swim 2026-01-06 16:30 FREQ=WEEKLY;UNTIL=20260202;BYDAY=TU"},
			nil,
		},
		"the newer of two": {
			[]string{"UID:a\nSEQUENCE:2\nSUMMARY:New\nDTSTART:20260101", "UID:a\nSEQUENCE:1\nSUMMARY:Old\nDTSTART:20260101"},
			[]string{"a New 2026-01-01"},
			[]present.FileWhy{present.FileTwice},
		},
		"one name for two": {
			[]string{"UID:a\nSUMMARY:One\nDTSTART:20260101", "UID:a\nSUMMARY:Two\nDTSTART:20260102"},
			[]string{"a One 2026-01-01", "new Two 2026-01-02"},
			[]present.FileWhy{present.FileTwice},
		},
		"no name": {
			[]string{"SUMMARY:One\nDTSTART:20260101"}, []string{"new One 2026-01-01"}, []present.FileWhy{present.FileNoUID},
		},
	} {
		got, notes := files(t, c.events...)
		for i := range got {
			if strings.Contains(got[i], " after ") {
				before, uid, _ := cutLast(got[i], " after ")
				if len(uid) == 32 {
					got[i] = before + " after new"
				}
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s:\n got %s\nwant %s", name, strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
		}
		if !slices.Equal(notes, c.notes) {
			t.Errorf("%s: notes %v, want %v", name, notes, c.notes)
		}
	}
}

// TestReadTroubles: what is wrong with a file is told by line, and the rest of it is read.
func TestReadTroubles(t *testing.T) {
	const good = "BEGIN:VEVENT\nUID:1\nSUMMARY:Tea\nDTSTART:20260101\nEND:VEVENT\n"
	for name, c := range map[string]struct {
		in     string
		events int
		notes  []string
	}{
		"no wrapper":          {good, 1, nil},
		"two calendars":       {"BEGIN:VCALENDAR\n" + good + "END:VCALENDAR\nBEGIN:VCALENDAR\n" + strings.Replace(good, "UID:1", "UID:2", 1) + "END:VCALENDAR\n", 2, nil},
		"an alarm":            {event("DTSTART:20260101", "BEGIN:VALARM", "TRIGGER:-PT5M", "END:VALARM", "LOCATION:Hall"), 1, []string{"7 alarm"}},
		"who is invited":      {event("DTSTART:20260101", "ORGANIZER:mailto:a@b", "ATTENDEE;CN=Bo:mailto:b@b", "ATTENDEE:mailto:c@b"), 1, []string{"7 people"}},
		"an attachment":       {event("DTSTART:20260101", "ATTACH;ENCODING=BASE64;VALUE=BINARY:AAAA"), 1, []string{"7 picture"}},
		"nothing we know":     {event("DTSTART:20260101", "X-COLOUR:red", "X-COLOUR:blue"), 1, []string{"7 unknown X-COLOUR"}},
		"a task":              {good + "BEGIN:VTODO\nSUMMARY:x\nBEGIN:VALARM\nEND:VALARM\nEND:VTODO\n", 1, []string{"6 part VTODO", "8 alarm"}},
		"never ended":         {strings.TrimSuffix(event("DTSTART:20260101"), "END:VEVENT\nEND:VCALENDAR\n"), 1, []string{"1 end VCALENDAR", "3 end VEVENT"}},
		"ended too often":     {good + "END:VEVENT\n", 1, []string{"6 end VEVENT"}},
		"ends crosswise":      {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nSUMMARY:Tea\nDTSTART:20260101\nEND:VCALENDAR\n", 1, []string{"2 end VEVENT"}},
		"a line of nothing":   {event("DTSTART:20260101", "what is this"), 1, []string{"7 line"}},
		"text after the end":  {good + "thanks\nX:1\n", 1, []string{"6 line"}},
		"no day":              {event("LOCATION:Hall"), 0, []string{"3 no-date Tea"}},
		"the 31st of June":    {event("DTSTART:20260631"), 0, []string{"6 bad-date 20260631"}},
		"a far year":          {event("DTSTART:99990101"), 0, []string{"6 bad-date 99990101"}},
		"no title":            {"BEGIN:VEVENT\nUID:1\nDTSTART:20260101\nEND:VEVENT", 1, []string{"1 no-title"}},
		"old letters":         {event("DTSTART:20260101", "SUMMARY:Si\xe2n"), 1, []string{"6 letters"}},
		"too many letters":    {event("DTSTART:20260101", "SUMMARY:"+strings.Repeat("x", 201)), 1, []string{"6 cut SUMMARY"}},
		"an older version":    {"BEGIN:VCALENDAR\nVERSION:1.0\n" + good + "END:VCALENDAR\n", 1, []string{"2 version 1.0"}},
		"said twice":          {event("DTSTART:20260101", "DTSTART:20260102"), 1, []string{"7 twice DTSTART"}},
		"an event in another": {event("DTSTART:20260101", "BEGIN:VEVENT", "DTSTART:20270101", "END:VEVENT"), 1, []string{"7 part VEVENT"}},
	} {
		got, notes := read(t, c.in)
		var out []string
		for _, n := range notes {
			out = append(out, strings.TrimSpace(fmt.Sprintf("%d %s %s", n.Line, n.Why, n.What)))
		}
		if len(got.Events) != c.events || !slices.Equal(out, c.notes) {
			t.Errorf("%s: %d events, notes %q, want %d and %q", name, len(got.Events), out, c.events, c.notes)
		}
		for _, n := range notes {
			if s := n.Text(); strings.Contains(s, "[") || strings.Contains(s, "<no value>") {
				t.Errorf("%s: %s says %q", name, n.Why, s)
			}
		}
	}
	for _, in := range []string{"", "hello\nworld", "%PDF-1.7", "BEGIN:VCARD\nEND:VCARD", "\xff\xfe"} {
		if _, _, err := Read(strings.NewReader(in), home, time.LoadLocation); !errors.Is(err, line.ErrKind) {
			t.Errorf("Read(%q): %v, want ErrKind", in, err)
		}
	}
	if _, _, err := Read(strings.NewReader(good), "Mars", time.LoadLocation); !errors.Is(err, when.ErrZone) {
		t.Errorf("home on Mars: %v, want ErrZone", err)
	}
}

// TestReadZonesByShape: where a name says nothing, the file's own VTIMEZONE tells which zone is meant.
func TestReadZonesByShape(t *testing.T) {
	uk := "BEGIN:STANDARD\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n" +
		"BEGIN:DAYLIGHT\nDTSTART:16010101T010000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\n"
	old := strings.ReplaceAll(strings.ReplaceAll(uk, "16010101", "19960331"), "BYMONTH=3", "BYMONTH=3;UNTIL=19970101T000000Z")
	for name, c := range map[string]struct{ shape, want string }{
		"london":       {uk, "Europe/London"},
		"new york":     {strings.NewReplacer("TO:+0000", "TO:-0500", "TO:+0100", "TO:-0400", "-1SU;BYMONTH=10", "1SU;BYMONTH=11", "-1SU;BYMONTH=3", "2SU;BYMONTH=3").Replace(uk), "America/New_York"},
		"always +0300": {"BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:+0300\nEND:STANDARD\n", "Etc/GMT-3"},
		"always +0545": {"BEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETTO:+0545\nEND:STANDARD\n", "Asia/Kathmandu"},
		"by another":   {"X-LIC-LOCATION:Europe/Lisbon\n" + uk, "Europe/Lisbon"},
		"in the past":  {old, "UTC"}, // winter time alone still goes on
		"nothing":      {"", home},
	} {
		in := "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:Tea\nDTSTART;TZID=Customised:20261127T163000\nEND:VEVENT\n" +
			"BEGIN:VTIMEZONE\nTZID:Customised\n" + c.shape + "END:VTIMEZONE\nEND:VCALENDAR\n"
		got, notes := read(t, in)
		want := present.FileZoneLike
		if name == "nothing" {
			want = present.FileZone
		}
		if z := got.Events[0].When.Zone; z != c.want || !slices.Equal(whys(notes), []present.FileWhy{want}) {
			t.Errorf("%s: %s, notes %v, want %s", name, z, notes, c.want)
		}
	}
}

func TestWindowsZones(t *testing.T) {
	if len(windows) < 130 {
		t.Fatalf("only %d names", len(windows))
	}
	seen := map[string]bool{}
	for _, w := range windows {
		if _, err := time.LoadLocation(w.zone); err != nil || seen[w.name] {
			t.Errorf("%s: %s: %v, twice: %v", w.name, w.zone, err, seen[w.name])
		}
		seen[w.name] = true
		if got, ok := windowsZone(strings.ToUpper(w.name)); !ok || got != w.zone {
			t.Errorf("windowsZone(%s) = %s, %v", w.name, got, ok)
		}
	}
}

func TestReadLimits(t *testing.T) {
	for over, why := range map[int][]present.FileWhy{0: nil, 1: {present.FileMany}} {
		var b strings.Builder
		b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\n")
		for i := range MaxEvents + over {
			fmt.Fprintf(&b, "BEGIN:VEVENT\nUID:%d\nSUMMARY:x\nDTSTART:20260101\nEND:VEVENT\n", i)
		}
		b.WriteString("END:VCALENDAR\n")
		c, notes := read(t, b.String())
		if len(c.Events) != MaxEvents || !slices.Equal(whys(notes), why) {
			t.Errorf("%d events over the limit: %d read, notes %v", over, len(c.Events), notes)
		}
		for _, name := range []string{"EXDATE", "RDATE"} {
			var days []string
			for i := range MaxDates + over {
				days = append(days, strings.ReplaceAll(day("2026-01-02").Plus(i).String(), "-", ""))
			}
			c, notes := read(t, event("DTSTART:20260101", "RRULE:FREQ=DAILY", name+":"+strings.Join(days, ",")))
			if e := c.Events[0]; len(e.Except)+len(e.Extra) != MaxDates || !slices.Equal(whys(notes), why) {
				t.Errorf("%d %s over the limit: %d and %d, notes %v", over, name, len(e.Except), len(e.Extra), notes)
			}
		}
		deep := strings.Repeat("BEGIN:X\n", line.MaxDepth-2+over) + strings.Repeat("END:X\n", line.MaxDepth-2+over)
		_, notes = read(t, event("DTSTART:20260101", strings.TrimSpace(deep), "LOCATION:Hall"))
		if got := slices.Contains(whys(notes), present.FileDeep); got != (over == 1) {
			t.Errorf("%d parts over the limit: notes %v", over, notes)
		}
	}
	in := event("DTSTART:20260101", "DESCRIPTION:"+strings.Repeat("x", line.MaxLine-len("DESCRIPTION:")), "LOCATION:"+strings.Repeat("x", line.MaxLine))
	if c, notes := read(t, in); !slices.Equal(whys(notes), []present.FileWhy{present.FileCut, present.FileLineLong}) || len(c.Events[0].Notes) != 4096 {
		t.Errorf("long lines: %d bytes of notes, notes %v", len(c.Events[0].Notes), notes)
	}
}
