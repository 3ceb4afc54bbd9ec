package present

import (
	"context"
	"slices"
	"time"

	"kith/store/kp1"
)

// A Link is a second computer of the same person on its way in, as one of the two computers sees it. Both have one with
// the same ID: the new computer shows a code, the other one takes it, both show the same four words, the person says so
// on both, and only then anything is written.
//
// The way by file, for two computers that never reach one another, has the same stages: LinkFile writes what the new
// computer asks, TakeLinkFile reads it on the other one, which shows the same eight words; after SameWords LinkFile
// writes the answer there, and TakeLinkFile on the new computer reads that. Both then show eight other words, those of
// the answer, and SameWords on the new computer is the last step.
//
// With Back set it is not a second computer but one that came back from a backup or from the twelve words: it shows a
// code to a friend in the group, whose computer carries its wish to be let in. There are no words to compare here: the
// friend rings, and confirms it with the six words (Confirm).
type Link struct {
	ID     string
	New    bool     // this computer is the new one, or the one that comes back: it shows Code and Spoken
	Back   bool     // it comes back; see above
	ByFile bool     // the other side is a file
	Code   string   // New: the text to copy, with this computer's address; fits a QR code. Empty once it is taken
	Spoken []string // New, or ByFile: the eight words to type, or to compare for a file
	Stage  string   // one of the Link stages
	Words  []string // to compare on both screens: four, or eight for a file; empty before LinkCompare
	Mine   bool     // this side has said that they are the same, and waits for the other
	Others bool     // New: another computer that knows the code came too. Say so in red: make a new code
	Name   string   // New: how the other computer's person is called, as it says. Not to be believed before the words are compared
	Groups []LinkGroup
	At     time.Time
	Until  time.Time // when the code runs out, by this computer's clock
	Err    error     // why it ended, with a code; nil while it goes on and when it ended well
}

// Arriving is the group that this computer, new, is on its way into by a code that both computers have agreed on: its name
// may be empty, and it is false where there is none.
func (w World) Arriving() (group string, ok bool) {
	for _, l := range w.Links {
		if !l.New || l.Back || !slices.Contains([]string{LinkWaiting, LinkWriting, LinkWaits}, l.Stage) {
			continue
		}
		for _, g := range l.Groups {
			if g.State != LinkGroupIn && g.State != LinkGroupOut {
				return g.Name, true
			}
		}
	}
	return "", false
}

// A LinkGroup is one group that a Link is about.
type LinkGroup struct {
	ID    kp1.GID
	Name  string // as the other computer says, or as this one knows
	State string // one of the LinkGroup states
	Err   error  // why this one was left out
}

// States of a LinkGroup.
const (
	LinkGroupAsked  = "asked"  // nothing is written yet
	LinkGroupWaits  = "waits"  // the new computer is named, and waits for another member's word
	LinkGroupComing = "coming" // it is in; what was written before is being fetched
	LinkGroupIn     = "in"
	LinkGroupOut    = "out" // left out; Err says why
)

// Stages of a Link, in order; the last three are ends.
const (
	LinkShown   = "shown"   // New: the code is there to be taken; else: the new computer is being looked for
	LinkCompare = "compare" // both show the words: is it the same on both?
	LinkWaiting = "waiting" // this side has said yes, and waits for the other side or its file
	LinkWriting = "writing" // both said yes: the groups are coming, one after another
	LinkWaits   = "waits"   // some group waits for another member's word; the rest is done
	LinkDone    = "done"
	LinkOver    = "over"    // ended without success; Err says why
	LinkCarried = "carried" // Back, on the friend's side: the wish is in the group, to be confirmed
)

// Linker is the part of Core with which one person's computers find one another.
type Linker interface {
	// ShowLink makes this computer the new one and returns the Link with its code; an open one is returned as it is. back
	// makes it one that comes back (see Link). E_LINK_NOTHING: it has nothing to come back to.
	ShowLink(ctx context.Context, back bool) (Link, error)
	// TakeLink takes a code: the text, or the eight words while both computers are near and have Nearby on. groups are those to be linked;
	// nil means all. It returns before the other computer is reached. E_LINK_CODE, E_WORD, E_LINK_OLD.
	TakeLink(ctx context.Context, code string, groups []kp1.GID) (Link, error)
	// LinkFile writes the file of a Link: on the new computer what it asks, on the other one the answer, once SameWords
	// was said. E_FILE_EXISTS, E_LINK_WORDS.
	LinkFile(ctx context.Context, id, path string) error
	// TakeLinkFile reads a file that LinkFile wrote on the other computer. E_NO_FILE, E_LINK_FILE, E_LINK_OLD.
	TakeLinkFile(ctx context.Context, path string, groups []kp1.GID) (Link, error)
	// SameWords says whether the words are the same on both screens. No ends the Link for good and nothing is written.
	SameWords(ctx context.Context, id string, same bool) error
	// CancelLink forgets a Link. What it has written stays: a computer that is in is taken out by revoking it.
	CancelLink(ctx context.Context, id string) error
}
