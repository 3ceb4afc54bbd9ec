// Package sleepover holds asks for a bed and what becomes of them: offers, the choice, the agreement, there and home
// again. It never touches clock, disk, network or randomness, and it knows nobody's name.
package sleepover

import (
	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// Kind says how soon a bed is needed. Planned is planned; Short and Tonight count as unplanned.
type Kind uint8

// The kinds of an ask.
const (
	Planned Kind = 1
	Short   Kind = 2
	Tonight Kind = 3
)

// Why is the one word of why a bed is needed. The story is for the phone.
type Why uint8

// The reasons. Unsaid is one of them.
const (
	Unsaid      Why = 0
	NotWell     Why = 1
	Emergency   Why = 2
	Breather    Why = 3
	Celebration Why = 4
	Other       Why = 5
)

// The limits of an ask.
const (
	MaxNights = 60
	MaxBeds   = 20
	MaxHome   = 8 // household acts that one move names
)

// Terms are what is asked for, in words that the group may read. A change replaces them as a whole.
type Terms struct {
	Child    string     // as the group sees the child: initials or a nickname; several with commas
	From, To when.Date  // the day of arriving and the day of going home; at least one night between
	Arrive   when.Clock // may be not said
	Leave    when.Clock // may be not said
	Collect  string     // who brings and who collects
	Note     string     // anything else that the whole group may read
	Why      Why
}

// Nights returns how many nights the terms are for; 0 when the words are not here.
func (t Terms) Nights() int { return t.From.Days(t.To) }

// Seen is what the author of a move had seen. care.Fill writes it; screens leave it empty.
type Seen struct {
	Base []kp1.ID // the newest moves of this sleepover, at most act.MaxBase
	Home []kp1.ID // the newest acts of the author's own households, at most MaxHome: whom they may act for
}

func (s Seen) seen() Seen { return s }

// homeOf returns the acts of households that a move names.
func homeOf(a act.Act) []kp1.ID {
	if s, ok := a.(interface{ seen() Seen }); ok {
		return s.seen().Home
	}
	return nil
}

// Ask asks for a bed. Its op's id is the sleepover's id.
type Ask struct {
	Terms
	Beds uint
	Kind Kind
	Seen
	act.Worded
}

// Offer offers a bed, with a condition or none.
type Offer struct {
	Ask       kp1.ID
	Condition string
	Seen
	act.Worded
}

// Choose takes one offer. Sheet is the version of the terms that it is for: the ask or the change that set them.
type Choose struct {
	Ask, Offer, Sheet kp1.ID
	Seen
}

// Agree says yes to a choice on one version of the terms. The host does so at first; after a change, whoever did not
// make it.
type Agree struct {
	Ask, Choice, Sheet kp1.ID
	Seen
}

// Change sets new terms, from the asker or the host. Who changes them has agreed to them; the other side agrees anew.
type Change struct {
	Ask kp1.ID
	Terms
	Beds uint
	Seen
	act.Worded
}

// Cannot takes an offer back, whatever has become of it. Why may be said.
type Cannot struct {
	Ask, Offer kp1.ID
	Reason     string
	Seen
	act.Worded
}

// Withdraw ends an ask that should not have been, NotNeeded one that is no longer needed.
type (
	Withdraw struct {
		Ask kp1.ID
		Seen
	}
	NotNeeded struct {
		Ask kp1.ID
		Seen
	}
)

// Arrived says that the child is at the host's. Agreement is the Agree that it rests on.
type Arrived struct {
	Ask, Agreement kp1.ID
	Seen
}

// Home says that the child is home again, Close that there is nothing left to do.
type (
	Home struct {
		Ask kp1.ID
		Seen
	}
	Close struct {
		Ask kp1.ID
		Seen
	}
)

// OnIt claims "I'm on it" beside the states; it is no offer. Off takes the claim back.
type OnIt struct {
	Ask kp1.ID
	Off bool
	Seen
}
