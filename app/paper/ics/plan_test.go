package ics

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/app/present"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// plan is what taking in a file would do to the book.
func (b *book) plan(file string) ([]Deed, []Step, []string) {
	b.t.Helper()
	c, _, err := Read(strings.NewReader(file), home, time.LoadLocation)
	if err != nil {
		b.t.Fatalf("Read: %v", err)
	}
	var notes present.FileNotes
	deeds, steps := c.Plan(Into{b.c, ada, kp1.RankMember, []string{"Mia Jones", "Tom"}, time.LoadLocation}, &notes)
	var said []string
	for _, n := range notes.Sorted() {
		said = append(said, fmt.Sprint(n.Line, " ", n.Why, " ", n.What))
	}
	return deeds, steps, said
}

// take does the first n steps of taking in a file, or with a negative n all.
func (b *book) take(file string, n int) {
	b.t.Helper()
	_, steps, _ := b.plan(file)
	ids := map[kp1.ID]kp1.ID{}
	for i, s := range steps {
		if i == n {
			return
		}
		id := b.do(ada, s.On(ids))
		ids[s.As] = id
	}
}

// TestImportWhatWasExported: what one group exports and another imports is exported there as it was; taking it in again, at
// any level, does nothing.
func TestImportWhatWasExported(t *testing.T) {
	b, _ := family(t)
	file := b.file(present.LevelFull)
	other := &book{t: t}
	other.take(file, -1)
	if got := other.file(present.LevelFull); got != file {
		t.Errorf("exported\n%s\nimported and exported\n%s", file, got)
	}
	for l := present.LevelBusy; l <= present.LevelFull; l++ {
		for name, into := range map[string]*book{"the same": b, "the other": other} {
			deeds, steps, notes := into.plan(b.file(l))
			if len(steps) != 0 || len(notes) != 0 || len(deeds) == 0 {
				t.Errorf("level %d again into %s: %d steps, notes %q, first %+v", l, name, len(steps), notes, steps[:min(1, len(steps))])
			}
		}
	}
	for n := range 9 { // killed on the way, and taken up again
		half := &book{t: t}
		half.take(file, n)
		half.take(file, -1)
		if got := half.file(present.LevelFull); !sameButCounts(got, file) {
			t.Errorf("taken up after %d steps:\n%s", n, got)
		}
	}
}

// sameButCounts compares files but for how often something was changed.
func sameButCounts(a, b string) bool {
	counts := func(l string) bool { return strings.HasPrefix(l, "SEQUENCE") }
	return slices.Equal(slices.DeleteFunc(strings.Split(a, "\r\n"), counts), slices.DeleteFunc(strings.Split(b, "\r\n"), counts))
}

// TestImportChanged: a file that somebody changed changes what is there, and nothing twice; an old one takes nothing back.
func TestImportChanged(t *testing.T) {
	b, swim := family(t)
	old := b.file(present.LevelFull)
	in := strings.NewReplacer("LOCATION:Pool", "LOCATION:Baths", "EXDATE;TZID=Europe/London:20261204T160000\r\n", "", "SUMMARY:Hospital with Mia", "SUMMARY:Clinic", "SUMMARY:Picnic\r\nSTATUS:CANCELLED", "SUMMARY:Picnic").Replace(old)
	n := b.c.Len()
	b.take(in, -1)
	if b.c.Len() != n {
		t.Errorf("%d events, were %d", b.c.Len(), n)
	}
	v, _ := b.c.Get(swim)
	off, _ := v.Time(when.Key{Day: day("2026-12-04")})
	gala, _ := v.Time(when.Key{Day: day("2026-12-18")})
	moved, _ := v.Time(when.Key{Day: day("2026-12-11")})
	if v.Place != "Baths" || off.Cancelled || gala.Title != "Clinic" || gala.Place != "Ward nine" || !moved.Moved {
		t.Errorf("after the changed file: %q, off %v, %q at %q, moved %v", v.Place, off.Cancelled, gala.Title, gala.Place, moved.Moved)
	}
	if file := b.file(present.LevelFull); strings.Contains(file, "STATUS:CANCELLED") {
		t.Error("the picnic is off still")
	}
	_, steps, notes := b.plan(old)
	if len(steps) != 0 || len(notes) != 2 || !strings.Contains(notes[0], "older") {
		t.Errorf("an old file: %d steps, %q", len(steps), notes)
	}
}

// TestImportNotYours: what somebody else added stays as it is, and the line of the file is named.
func TestImportNotYours(t *testing.T) {
	b := &book{t: t}
	b.do(bob, calendar.Add{Content: calendar.Content{Title: "Tea", When: at("2026-12-06", 15, 0)}})
	_, steps, notes := b.plan(strings.Replace(b.file(present.LevelFull), "SUMMARY:Tea", "SUMMARY:Coffee", 1))
	if len(steps) != 0 || len(notes) != 1 || !strings.HasSuffix(notes[0], "not-yours Coffee") || strings.HasPrefix(notes[0], "0 ") {
		t.Errorf("%d steps, notes %q", len(steps), notes)
	}
}

// TestImportForeign: files as other programs write them, and what is in the calendar then.
func TestImportForeign(t *testing.T) {
	for _, c := range []struct{ name, first, second, want, notes string }{
		{"the title changed, and nobody counted", event("UID:a@b", "DTSTART:20261201T100000"), event("UID:a@b", "DTSTART:20261201T110000"), "Tea 2026-12-01 11:00", ""},
		{"called off", event("UID:a@b", "DTSTART:20261201T100000"), event("UID:a@b", "DTSTART:20261201T100000", "STATUS:CANCELLED"), "Tea 2026-12-01 10:00 off", ""},
		{"more dates", event("DTSTART;VALUE=DATE:20261201", "RDATE;VALUE=DATE:20261205,20261209"), "", "Tea 2026-12-01, Tea 2026-12-05, Tea 2026-12-09", ""},
		{"a time that is in no series", event("DTSTART:20261201T100000", "RECURRENCE-ID:20261202T100000"), "", "Tea 2026-12-01 10:00", ""},
		{"one time alone, later", event("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;COUNT=2"), event("DTSTART:20261202T120000", "RECURRENCE-ID:20261202T100000"), "Tea 2026-12-01 10:00, Tea 2026-12-02 12:00", ""},
		{"a rule that never comes", event("DTSTART:20261201T100000", "RRULE:FREQ=DAILY;UNTIL=20200101"), "", "Tea 2026-12-01 10:00", "3 rule FREQ=DAILY;UNTIL=20200101"},
		{"an address", event("DTSTART:20261201T100000", "LOCATION:12 High Street\\, Leeds LS6 1AB"), "", "Tea 2026-12-01 10:00", "3 address "},
	} {
		b := &book{t: t}
		_, _, notes := b.plan(c.first)
		b.take(c.first, -1)
		if c.second != "" {
			b.take(c.second, -1)
		}
		var got []string
		for _, i := range b.c.Between(day("2026-01-01"), day("2027-01-01"), time.UTC, time.LoadLocation) {
			s := i.Event.Title + i.Start.Format(" 2006-01-02")
			if !i.AllDay {
				s += i.Start.Format(" 15:04")
			}
			if i.Event.Cancelled {
				s += " off"
			}
			got = append(got, s)
		}
		if g := strings.Join(got, ", "); g != c.want || strings.Join(notes, ", ") != c.notes {
			t.Errorf("%s: %s with %q, want %s with %q", c.name, g, notes, c.want, c.notes)
		}
		if c.second == "" {
			c.second = c.first
		}
		if _, steps, _ := b.plan(c.second); len(steps) != 0 {
			t.Errorf("%s: taken in again does %+v", c.name, steps[0])
		}
	}
}

// TestImportAnything: whatever the reader accepts is, imported, exported and imported, what it was after the first time.
func TestImportAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c Calendar
		for i := range rapid.IntRange(1, 4).Draw(t, "events") {
			e := anyEvent(t, fmt.Sprintf("uid-%d@example.org", i))
			c.Events = append(c.Events, e)
			if !e.Repeat.IsZero() && rapid.Bool().Draw(t, "one differs") {
				o := anyEvent(t, e.UID)
				o.Repeat, o.Except, o.Extra = when.Rule{}, nil, nil
				o.Time = when.Key{Day: e.When.From.Plus(rapid.IntRange(0, 60).Draw(t, "which"))}
				c.Events = append(c.Events, o)
			}
			if i > 0 && rapid.Bool().Draw(t, "follows") {
				c.Events[len(c.Events)-1].Follows = c.Events[0].UID
			}
		}
		first, second := &book{t: t}, &book{t: t}
		given := string(full(t, c))
		first.take(given, -1)
		if _, steps, _ := first.plan(given); len(steps) != 0 {
			t.Fatalf("again: %+v", steps[0].Act)
		}
		file := first.file(present.LevelFull)
		if _, steps, _ := first.plan(file); len(steps) != 0 {
			t.Fatalf("its own file: %+v", steps[0].Act)
		}
		second.take(file, -1)
		if got := second.file(present.LevelFull); got != file {
			t.Fatalf("%s\nthen\n%s", file, got)
		}
	})
}
