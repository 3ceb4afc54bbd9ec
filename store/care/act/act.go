// Package act holds what every act of a family has in common, whichever noun it belongs to: who did it, whether its
// words are here, the checks on words, and the rules that refuse it. It never touches clock, disk, network or randomness.
package act

import (
	"cmp"
	"slices"

	"kith/store/kp1"
)

// Meta is what the store knows of an event beside the act itself. Nothing in it comes from the act's own bytes.
type Meta struct {
	ID     kp1.ID  // of the op
	Author kp1.MID // who did it
	Device kp1.DID // on which computer
	Rank   uint8   // the author's rank at the op's own past
	Comp   uint8   // who may read it
	Time   uint64  // unix seconds, as the author's computer claims: to be read, never to decide
	Seq    uint64  // the op's place among those of its device for these readers, from 1

	// For are the people who alone may read the words, ascending, the author among them; nil when all may who read Comp.
	// That something was said, and to whom, everyone sees.
	For []kp1.MID
}

// Act is one thing a person does. The nouns' structs implement it, by value.
type Act interface {
	// Type is the op's type, such as "sleepover/offer".
	Type() string
	// Refs lists the ops that the act speaks of, sorted, none twice, at most kp1.MaxContentRefs. They become the op's k.
	Refs() []kp1.ID
	// Parts returns what goes into the op's body, and what goes into its payload (nil when the act has no words).
	Parts() (body, payload any)
	// Valid says whether the act is well formed in itself: a *Rule, or nil.
	Valid() error
}

// Spoken is an act that may carry words.
type Spoken interface {
	Act
	// Words says whether they are here.
	Words() Words
	// Bare returns the act without its words, in the given state.
	Bare(Words) Act
}

// WordsOf says whether the words of a are here; an act that carries none says Here.
func WordsOf(a Act) Words {
	if s, ok := a.(Spoken); ok {
		return s.Words()
	}
	return Here
}

// Bare returns a without its words, in the given state; an act that carries none stays as it is.
func Bare(a Act, w Words) Act {
	if s, ok := a.(Spoken); ok {
		return s.Bare(w)
	}
	return a
}

// Event is an act that somebody did.
type Event struct {
	Meta
	Act Act
}

// Words says whether the words a person typed are here. They travel apart from the act and can be erased (protocol 5.9).
type Words uint8

// The four states of words. Of two copies of one event, taken away wins over here, here over for others, and that over
// not yet here.
const (
	Here   Words = 0 // also for an act without words
	Away   Words = 1 // not here yet
	Taken  Words = 2 // taken away, for good
	Others Words = 3 // for other people alone: they will never be here
)

// joinRank orders the states for Better.
var joinRank = [4]int{Away: 0, Others: 1, Here: 2, Taken: 3}

// Worded is embedded in every act that may carry words. Its zero value means that they are here.
type Worded struct{ State Words }

// Words returns the state of the words.
func (w Worded) Words() Words { return w.State }

// Better reports whether a copy of an event whose words are in the second state replaces one in the first.
func Better(have, got Words) bool { return joinRank[got] > joinRank[have] }

// Void is an event that a rule refuses but that is here all the same: kept, shown as not applied.
type Void struct {
	Meta
	Type string
	Rule *Rule
}

// SortIDs returns ids sorted and without repeats, in a slice of its own.
func SortIDs(ids []kp1.ID) []kp1.ID {
	out := slices.Clone(ids)
	slices.SortFunc(out, kp1.ID.Compare)
	return slices.Compact(out)
}

// Refs joins lists and single ids into what Act.Refs promises. Zero ids are left out.
func Refs(lists ...[]kp1.ID) []kp1.ID {
	out := slices.Concat(lists...)
	slices.SortFunc(out, kp1.ID.Compare)
	out = slices.Compact(out)
	if len(out) > 0 && out[0].IsZero() {
		out = out[1:]
	}
	return out
}

// SortEvents sorts events by id, in place.
func SortEvents(es []Event) {
	slices.SortFunc(es, func(a, b Event) int { return a.ID.Compare(b.ID) })
}

// Older orders events for reading: by claimed time, then by id.
func Older(a, b Meta) int { return older(&a, &b) }

func older(a, b *Meta) int { return cmp.Or(cmp.Compare(a.Time, b.Time), a.ID.Compare(b.ID)) }
