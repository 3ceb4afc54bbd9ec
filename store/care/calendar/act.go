// Package calendar holds what the group has arranged: one-off and all-day events, and who comes. It never touches
// clock, disk, network or randomness, and it knows nobody's name.
package calendar

import (
	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Kind chooses the picture beside an event.
type Kind uint8

// The kinds of event. Plain has no picture of its own.
const (
	Plain      Kind = 0
	Together   Kind = 1 // a picnic, an outing, a celebration
	Meeting    Kind = 2
	School     Kind = 3
	Health     Kind = 4
	FamilyTime Kind = 5
	Away       Kind = 6
	Birthday   Kind = 7
)

// Content is what an event says.
type Content struct {
	Title  string
	Place  string
	Notes  string
	When   when.Span // of a series the first time
	Repeat string    // the rule by which it comes again, as when.Rule writes it; none for what happens once
}

// FileName is what calendar files call an event. Of one that came from no file it is zero.
type FileName [16]byte

// Add puts an event in the calendar. Its op's id is the event's id. One that follows another goes on with that series
// from some time on, "this and later" having been changed.
type Add struct {
	Content
	Kind     Kind
	Follows  kp1.ID
	File     FileName // the file's name for it
	Sequence uint32   // how often it was changed before it came from a file, as that says
	act.Worded
}

// Edit says what an event is from now on: by its author or an admin. What is as its author had seen it is left as it is,
// and so merges with what others changed meanwhile. Base is the newest edits the author had seen. One that restores
// takes back the cancels named there too. With At it is about that one time of a series, which then has what it says of
// itself, and the rest from the series.
type Edit struct {
	Event kp1.ID
	At    when.Key
	Content
	Kind    Kind
	Base    []kp1.ID
	Restore bool
	// Sequence is how many changes besides this one the file counts that it came from.
	Sequence uint32
	act.Worded
}

// Cancel takes an event off, or with At one time of a series: by its author or an admin. It stays in the calendar, marked
// as cancelled, until an edit restores it.
type Cancel struct {
	Event kp1.ID
	At    when.Key
	Base  []kp1.ID
}

// Answer is what a person says to an event.
type Answer uint8

// The answers. None takes an answer back.
const (
	None  Answer = 0
	Yes   Answer = 1
	No    Answer = 2
	Maybe Answer = 3
)

// String returns "yes", "no", "maybe" or "none".
func (a Answer) String() string {
	names := [...]string{"none", "yes", "no", "maybe"}
	if int(a) < len(names) {
		return names[a]
	}
	return names[0]
}

// RSVP answers an event for its author, or with At one time of a series. Base is the author's own earlier answer and the
// versions they had seen.
type RSVP struct {
	Event  kp1.ID
	At     when.Key
	Answer Answer
	Base   []kp1.ID
}

// atOf returns the one time of a series that an act is about, or none.
func atOf(a act.Act) when.Key {
	switch a := a.(type) {
	case Edit:
		return a.At
	case Cancel:
		return a.At
	case RSVP:
		return a.At
	}
	return when.Key{}
}
