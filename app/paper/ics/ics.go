// Package ics reads and writes calendar files (.ics, RFC 5545). It reads what other programs really write, tells by line
// what it could not use, and never fails on one bad line. It writes few lines, all of them in the form that the strictest
// reader wants, at one of four levels of detail. It never touches disk, network, clock or chance.
//
// The reader is our own. The Go libraries there are refuse files with a mark at their beginning, lists of EXDATE or
// Windows names of zones, drop RDATE, mend no half-right VTIMEZONE, and know no limits; one of them panics on a public
// file. What they would have left to do is small beside that.
package ics

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"kith/app/paper/line"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
)

// Limits of what is read from one file. What is over them is passed over and noted.
const (
	MaxEvents = 20_000
	MaxDates  = 2_000 // EXDATE and RDATE of one event
	maxUID    = 255   // bytes
	maxZones  = 200   // VTIMEZONE
)

// Calendar is what one file says.
type Calendar struct {
	Name   string
	Events []Event // in the order of the file
}

// Event is one event: a single one, a whole series, or one time of a series that differs from the others.
type Event struct {
	UID       string // the same in each file that the event is in
	Sequence  int
	Kind      Kind
	Title     string
	Place     string
	Notes     string
	When      when.Span
	Repeat    when.Rule  // none for what happens once
	Extra     []when.Key // times besides those of the rule, sorted
	Except    []when.Key // times of the rule that do not happen, sorted
	Time      when.Key   // set: this is that time of the series with the same UID, as the series' own zone has it
	Follows   string     // the UID of the series that this one goes on with, "this and later" having been changed
	Cancelled bool
	Line      int // of the file that it was read from, where it begins
}

// Kind is what kind of thing an event is, in the one word that a file says. The zero value says nothing.
type Kind string

// The kinds. What has to do with health is an appointment and no more.
const (
	Sleepover  Kind = "Sleepover"
	Together   Kind = "Together"
	Meeting    Kind = "Meeting"
	School     Kind = "School"
	Health     Kind = "Appointment"
	FamilyTime Kind = "Family time"
	Away       Kind = "Away"
	Birthday   Kind = "Birthday"
)

var kinds = [...]Kind{"", Together, Meeting, School, Health, FamilyTime, Away, Birthday, Sleepover}

// KindOf returns the kind of an event of the group's calendar.
func KindOf(k calendar.Kind) Kind {
	if int(k) < len(kinds)-1 {
		return kinds[k]
	}
	return ""
}

// Calendar returns the kind as the group's calendar has it. A sleepover is none of its events.
func (k Kind) Calendar() calendar.Kind {
	if i := slices.Index(kinds[:], k); i > 0 && k != Sleepover {
		return calendar.Kind(i) //nolint:gosec // at most 7
	}
	return calendar.Plain
}

// kindNamed finds a kind by what a file calls it.
func kindNamed(s string) Kind {
	for _, k := range kinds[1:] {
		if strings.EqualFold(string(k), strings.TrimSpace(s)) {
			return k
		}
	}
	switch strings.ToUpper(strings.TrimSpace(s)) {
	case "EDUCATION":
		return School
	case "ANNIVERSARY":
		return Birthday
	}
	return ""
}

// UID returns the name that an event has in files: the same for the same id, and telling nothing of it.
func UID(id []byte) string {
	sum := sha256.Sum256(append([]byte("kith/ics/uid\x00"), id...))
	return hex.EncodeToString(sum[:16])
}

// ownUID reports whether s is a name that UID gives: other programs put addresses and computers into theirs.
func ownUID(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 16 && s == strings.ToLower(s)
}

// clean puts the words of an event into the form in which Kith keeps them.
func clean(e Event) Event {
	e.Title, _ = line.Clean(e.Title, false, act.MaxTitle)
	e.Place, _ = line.Clean(e.Place, false, act.MaxTitle)
	e.Notes, _ = line.Clean(e.Notes, true, act.MaxNotes)
	return e
}
