package ics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

var ada, bob = kp1.MID{1}, kp1.MID{2}

// book is a group's calendar being written by people who have each seen all.
type book struct {
	t interface {
		Fatalf(string, ...any)
		Helper()
	}
	c calendar.Calendar
	n int
}

func (b *book) do(who kp1.MID, a act.Act, only ...kp1.MID) kp1.ID {
	b.t.Helper()
	e := act.Event{Meta: act.Meta{Author: who, Rank: kp1.RankMember, Time: 1, For: only}, Act: b.c.Fill(who, a)}
	if err := b.c.Check(e); err != nil {
		b.t.Fatalf("%+v: %v", a, err)
	}
	b.n++
	e.ID = kp1.Sum(fmt.Append(nil, who, b.n))
	b.c = b.c.Apply(e)
	return e.ID
}

// change edits one time of an event, or with no key all of it.
func (b *book) change(id kp1.ID, at string, f func(*calendar.Edit)) {
	b.t.Helper()
	v, _ := b.c.Get(id)
	e := calendar.Edit{Event: id, Content: v.Content, Kind: v.Kind}
	if at != "" {
		k, err := when.ParseKey(at)
		i, ok := b.c.Instance(id, k, time.UTC, time.LoadLocation)
		if err != nil || !ok {
			b.t.Fatalf("no time %s", at)
		}
		e.At, e.Content, e.Kind = k, i.Event.Content, i.Event.Kind
	}
	f(&e)
	b.do(ada, e)
}

// file is the book as a file at one level.
func (b *book) file(l present.Level) string {
	b.t.Helper()
	es, left := Of(b.c.All(), l == present.LevelFull, time.LoadLocation)
	if len(left) > 0 {
		b.t.Fatalf("left out: %q", left)
	}
	out, err := Write(Calendar{Events: es}, Output{Level: l, Names: []string{"Mia Jones", "Tom"}, Made: sunday}, time.LoadLocation)
	if err != nil {
		b.t.Fatalf("%v", err)
	}
	return string(out)
}

func at(from string, h, m int) when.Span {
	return when.Span{From: day(from), To: day(from), Start: when.At(h, m), End: when.At(h+1, m), Zone: "Europe/London"}
}

// family is a calendar with everything in it: a series with times off, moved and renamed, one that goes on with it, nights,
// something cancelled, something for few.
func family(t interface {
	Fatalf(string, ...any)
	Helper()
},
) (b *book, swim kp1.ID) {
	b = &book{t: t}
	swim = b.do(ada, calendar.Add{Content: calendar.Content{Title: "Mia swims with Tom", Place: "Pool", Notes: "Blue bag", When: at("2026-11-27", 16, 0), Repeat: "FREQ=WEEKLY"}, Kind: calendar.Together})
	b.do(ada, calendar.Cancel{Event: swim, At: when.Key{Day: day("2026-12-04")}})
	b.change(swim, "2026-12-11", func(e *calendar.Edit) { e.When = at("2026-12-12", 9, 30) })
	b.change(swim, "2026-12-18", func(e *calendar.Edit) {
		e.Title, e.Place, e.Notes = "Hospital with Mia", "Ward nine", "Take the inhaler"
	})
	first, then, ok := b.c.Split(swim, when.Key{Day: day("2027-01-08")}, time.LoadLocation)
	if !ok {
		t.Fatalf("no time to part at")
	}
	b.do(ada, first)
	then.Place = "Lake"
	b.do(ada, then)
	b.do(ada, calendar.Add{Content: calendar.Content{Title: "Mia at Bev’s", When: when.Span{AllDay: true, From: day("2026-12-24"), To: day("2026-12-27")}}})
	off := b.do(ada, calendar.Add{Content: calendar.Content{Title: "Picnic", When: at("2026-12-06", 12, 0)}})
	b.do(ada, calendar.Cancel{Event: off})
	b.do(ada, calendar.Add{Content: calendar.Content{Title: "Surprise for Tom", Place: "Shed", When: at("2026-12-05", 12, 0)}}, ada, bob)
	return b, swim
}

// TestExport: what other programs find is the series with its rule, without the times that are off, with those that differ.
func TestExport(t *testing.T) {
	b, swim := family(t)
	file := b.file(present.LevelFull)
	for _, want := range []string{
		"RRULE:FREQ=WEEKLY;UNTIL=20270107T235959Z\r\n", "EXDATE;TZID=Europe/London:20261204T160000\r\n",
		"DTSTART;TZID=Europe/London:20261212T093000\r\n", "RECURRENCE-ID;TZID=Europe/London:20261211T160000\r\n",
		"SUMMARY:Hospital with Mia\r\n", "DTSTART;VALUE=DATE:20261224\r\n", "DTEND;VALUE=DATE:20261227\r\n", "STATUS:CANCELLED\r\n",
		"UID:" + UID(swim[:]) + "\r\n", "RELATED-TO:" + UID(swim[:]) + "\r\n", "SEQUENCE:4\r\n", "SUMMARY:Surprise for Tom\r\n",
	} {
		if !strings.Contains(file, want) {
			t.Errorf("%q is not in\n%s", want, file)
		}
	}
	if n := strings.Count(file, "BEGIN:VEVENT"); n != 7 {
		t.Errorf("%d events, want 7", n)
	}
	before := file
	b.do(bob, calendar.RSVP{Event: swim, Answer: calendar.Yes})
	if b.file(present.LevelFull) != before {
		t.Error("an answer changed the file")
	}
	b.change(swim, "2026-12-11", func(e *calendar.Edit) { e.Place = "Lido" })
	if !strings.Contains(b.file(present.LevelFull), "SEQUENCE:5\r\n") {
		t.Error("a change was not counted")
	}
}

// TestExportTellsNoMore: below the full level no file has a place, a note, what is for few, or a name; one that tells busy
// times alone has no title either, nor of a changed time of a series.
func TestExportTellsNoMore(t *testing.T) {
	b, _ := family(t)
	never := []string{"Pool", "Lake", "Ward", "inhaler", "Blue", "Surprise", "Shed", "Mia", "Tom", "X-WR-CALNAME", "\r\nLOCATION", "\r\nDESCRIPTION"}
	for l, more := range map[present.Level][]string{
		present.LevelBusy: {"swims", "Hospital", "Picnic", "Bev", "Together", "CATEGORIES"}, present.LevelKinds: {"swims", "Hospital", "Picnic", "Bev"}, present.LevelInitials: nil,
	} {
		file := b.file(l)
		for _, s := range append(slices.Clone(never), more...) {
			if strings.Contains(file, s) {
				t.Errorf("level %d tells %q:\n%s", l, s, file)
			}
		}
		if n := strings.Count(file, "BEGIN:VEVENT"); n != 7 {
			t.Errorf("level %d: %d events, want 7", l, n)
		}
	}
	if !strings.Contains(b.file(present.LevelInitials), "SUMMARY:M swims with T\r\n") {
		t.Error("no first letters")
	}
}

// TestExportUnknownZone: an event in a zone that this computer does not know is told of, and keeps nothing else back.
func TestExportUnknownZone(t *testing.T) {
	b, _ := family(t)
	s := at("2026-12-05", 12, 0)
	s.Zone = "Mars/Base"
	b.do(ada, calendar.Add{Content: calendar.Content{Title: "Far", When: s}})
	es, left := Of(b.c.All(), true, time.LoadLocation)
	if len(es) != 7 || !slices.Equal(left, []string{"Far"}) {
		t.Errorf("%d events, left %q", len(es), left)
	}
	if _, err := Write(Calendar{Events: es}, Output{Level: 4, Made: sunday}, time.LoadLocation); err != nil {
		t.Error(err)
	}
}
