// Package erase holds how something said is taken back for good: by who said it, or by somebody who leads the group. It
// never touches clock, disk, network or randomness, and it knows nobody's name.
package erase

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// Reason is why somebody who leads the group took away what another had said.
type Reason uint8

// The reasons. Each has a sentence of its own; a note may say more.
const (
	Private   Reason = 1 // it says too much about somebody
	Unkind    Reason = 2
	Misplaced Reason = 3 // it does not belong in this group
	Asked     Reason = 4 // somebody asked for it
	Other     Reason = 5
)

// Reasons lists every reason, in the order in which a person chooses.
func Reasons() []Reason { return []Reason{Private, Unkind, Misplaced, Asked, Other} }

var reasonNames = map[Reason]string{Private: "private", Unkind: "unkind", Misplaced: "misplaced", Asked: "asked", Other: "other"}

// String returns the reason's stable name, or "".
func (r Reason) String() string { return reasonNames[r] }

// ParseReason reads what String returns.
func ParseReason(s string) (Reason, bool) {
	for r, name := range reasonNames {
		if name == s {
			return r, true
		}
	}
	return 0, false
}

// MaxNote is the size limit of a note in bytes.
const MaxNote = act.MaxCondition

// Was is what stays of an op that is taken away: its place in its chain with the signature over it, so that the chain
// can be followed without the op, and what the op was, without its words and without the key to them. The store fills it
// in from the op itself and compares it with the op wherever that is.
type Was struct {
	Device  kp1.DID
	Seq     uint64
	Prev    kp1.ID
	Auth    []kp1.ID
	Time    uint64
	Type    string
	Body    []byte
	Payload kp1.ID // of the words' envelope
	In      kp1.ID // the envelope in which it stood; zero when that is not known
	Len     uint64
	Token   [32]byte // makes a mailbox delete the words; zero when who took them away could not read them
	Sig     [64]byte
}

// Delete takes back what this person said, on whichever of their devices.
type Delete struct {
	Target kp1.ID
	Was
}

// Redact takes away what somebody said: by those who lead the group. Note may be empty.
type Redact struct {
	Target kp1.ID
	Reason Reason
	Note   string
	Was
	act.Worded

	noted bool
}

// Act is a Delete or a Redact.
type Act interface {
	act.Act
	// What returns the op that is taken away and what stays of it.
	What() (kp1.ID, Was)
	// With returns the act with what stays of the op filled in.
	With(Was) act.Act
}

// What returns the op that is taken away and what stays of it.
func (d Delete) What() (kp1.ID, Was) { return d.Target, d.Was }

// What returns the op that is taken away and what stays of it.
func (r Redact) What() (kp1.ID, Was) { return r.Target, r.Was }

// With returns the act with what stays of the op filled in.
func (d Delete) With(w Was) act.Act { d.Was = w; return d }

// With returns the act with what stays of the op filled in.
func (r Redact) With(w Was) act.Act { r.Was = w; return r }

// Type is "erase/delete".
func (Delete) Type() string { return "erase/delete" }

// Type is "erase/redact".
func (Redact) Type() string { return "erase/redact" }

// Refs is empty: a replica that never had the op must not wait for it.
func (Delete) Refs() []kp1.ID { return nil }

// Refs is empty: a replica that never had the op must not wait for it.
func (Redact) Refs() []kp1.ID { return nil }

// Valid says whether the act is well formed.
func (d Delete) Valid() error { return d.valid(d.Target) }

// Valid says whether the act is well formed.
func (r Redact) Valid() error {
	if r.Reason.String() == "" {
		return act.RuleForm
	}
	if err := r.valid(r.Target); err != nil || r.State != act.Here {
		return err
	}
	return act.Lines("note", r.Note, MaxNote)
}

func (w Was) valid(target kp1.ID) error {
	head := kp1.Head{Device: w.Device, Seq: w.Seq, Prev: w.Prev, Op: target}
	switch {
	case target.IsZero():
		return act.RuleUnknown
	case !head.Valid(), w.Payload.IsZero(), w.Type == "", len(w.Auth) == 0, len(w.Auth) > kp1.MaxAuthRefs:
		return act.RuleForm
	}
	return nil
}

// Bare returns the act without its note.
func (r Redact) Bare(w act.Words) act.Act {
	if r.noted || r.Note != "" {
		r.Note, r.State, r.noted = "", w, true
	}
	return r
}

// May says whether me, whose rank it is, may take away what owner said: nil, RuleNotYours or RuleAdmin. It is judged with
// the rank at the act's own past, so that it has one answer on every computer.
func May(a Act, me kp1.MID, rank uint8, owner kp1.MID) error {
	if _, redact := a.(Redact); redact {
		if rank < kp1.RankAdmin {
			return act.RuleAdmin
		}
		return nil
	}
	if me != owner {
		return act.RuleNotYours
	}
	return nil
}

// The rules of this package.
var (
	RuleGone  = act.Named("E_RULE_GONE", "it was taken away already")
	RuleStays = act.Named("E_RULE_STAYS", "an act without words stays")
)
