package sleepover

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// State is where a sleepover stands.
type State uint8

// The states of product.md. Unknown is for moves whose ask is not here: from before this person joined.
const (
	Unknown          State = 0
	Asked            State = 1
	Offered          State = 2
	Chosen           State = 3
	Agreed           State = 4
	ArrivedThere     State = 5
	HomeAgain        State = 6
	Closed           State = 7
	Withdrawn        State = 8
	NotNeededAnyMore State = 9
)

// String returns the state's stable name: "asked", "offered", ..., "not-needed"; "unknown" for Unknown.
func (s State) String() string {
	names := [...]string{"unknown", "asked", "offered", "chosen", "agreed", "arrived", "home", "closed", "withdrawn", "not-needed"}
	if int(s) < len(names) {
		return names[s]
	}
	return names[0]
}

// Over reports whether nothing more can happen.
func (s State) Over() bool { return s >= Closed }

// Fate is what became of a move.
type Fate uint8

// The fates. Overtaken: a safer move from the same base, or a later one, stands instead. Refused: a rule did not allow
// it. Waiting: something earlier is not here yet.
const (
	Stands    Fate = 1
	Overtaken Fate = 2
	Refused   Fate = 3
	Waiting   Fate = 4
)

// Move is one move in the history, whatever became of it.
type Move struct {
	act.Meta
	Act  act.Act // one of this package's acts
	Fate Fate
	Rule *act.Rule // why, when Refused or Waiting
	By   kp1.ID    // which move stands instead, when Overtaken and known
}

// Bid is one offer in the view.
type Bid struct {
	ID        kp1.ID
	By        act.Meta
	Condition string
	Words     act.Words
	TakenBack bool
	Back      act.Meta // who took it back, when TakenBack
	Reason    string   // why, if that was said
	Earlier   bool     // made before the terms were last changed
}

// Version is one version of the terms.
type Version struct {
	ID    kp1.ID // the ask or the change: what Choose and Agree call the sheet
	By    act.Meta
	Terms Terms
	Beds  uint
	Words act.Words
}

// Claim is one person's "I'm on it".
type Claim struct {
	By act.Meta
}

// ConflictKind says what is at odds.
type ConflictKind uint8

// The kinds of conflict. Each is shown to all it touches until a later move settles it.
const (
	TwoChoices   ConflictKind = 1 // two different offers were chosen apart from one another: back to offered, ring one another
	TwoVersions  ConflictKind = 2 // two changes were made apart from one another: one more change settles it
	CrossedMoves ConflictKind = 3 // a move was overtaken by a safer one that its author had not seen
	EndedBut     ConflictKind = 4 // withdrawn, not needed or taken back by one, while another said the child is there
)

// String returns the kind's stable name.
func (k ConflictKind) String() string {
	names := [...]string{"", "two-choices", "two-versions", "crossed", "ended-but-there"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// Conflict is moves that are at odds with one another. Moves are sorted by id, Stands is the one that stands, if any.
type Conflict struct {
	Kind   ConflictKind
	Moves  []kp1.ID
	Stands kp1.ID
	People []kp1.MID // who should ring one another: the authors, the asker and the hosts; sorted
}

// Sleepover is one ask and all that became of it. It is a value; its slices are shared and must not be written to.
type Sleepover struct {
	ID    kp1.ID
	Known bool     // the ask is here
	Asked act.Meta // who asked, and when
	Kind  Kind
	State State

	Terms Terms     // in force
	Beds  uint      // in force
	Words act.Words // of Terms
	Sheet kp1.ID    // the version in force, which Choose and Agree name

	Versions []Version // more than one when changes are at odds; the one in force first
	Offers   []Bid     // oldest first, those taken back too
	Chosen   kp1.ID    // the offer chosen, or none
	Choice   kp1.ID    // the choose move in force, or none
	Agreed   kp1.ID    // the newest agree move in force, or none
	Host     kp1.MID   // who made the chosen offer, or none

	Changed    bool // since it was agreed
	AskerToSay bool // the asker has yet to agree to the terms in force
	HostToSay  bool // the host has yet to agree to the terms in force

	OnIt      []Claim // oldest first
	Conflicts []Conflict
	Moves     []Move   // the whole history, oldest first by claimed time within what the graph allows
	Heads     []kp1.ID // what a next move names as its base
	Waiting   int      // moves that wait for something earlier
}

// Standing lists the offers not taken back.
func (s Sleepover) Standing() []Bid {
	var out []Bid
	for _, b := range s.Offers {
		if !b.TakenBack {
			out = append(out, b)
		}
	}
	return out
}
