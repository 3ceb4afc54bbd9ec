package sleepover

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// typePrefix begins the op types of this package.
const typePrefix = "sleepover/"

// Type is the op's type.
func (Ask) Type() string { return typePrefix + "ask" }

// Type is the op's type.
func (Offer) Type() string { return typePrefix + "offer" }

// Type is the op's type.
func (Choose) Type() string { return typePrefix + "choose" }

// Type is the op's type.
func (Agree) Type() string { return typePrefix + "agree" }

// Type is the op's type.
func (Change) Type() string { return typePrefix + "change" }

// Type is the op's type.
func (Cannot) Type() string { return typePrefix + "cannot" }

// Type is the op's type.
func (Withdraw) Type() string { return typePrefix + "withdraw" }

// Type is the op's type.
func (NotNeeded) Type() string { return typePrefix + "not-needed" }

// Type is the op's type.
func (Arrived) Type() string { return typePrefix + "arrived" }

// Type is the op's type.
func (Home) Type() string { return typePrefix + "home" }

// Type is the op's type.
func (Close) Type() string { return typePrefix + "close" }

// Type is the op's type.
func (OnIt) Type() string { return typePrefix + "on-it" }

// Refs lists what the move names and what its author had seen.
func (a Ask) Refs() []kp1.ID { return a.refs() }

// Refs lists what the move names and what its author had seen.
func (a Offer) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a Choose) Refs() []kp1.ID { return a.refs(a.Ask, a.Offer, a.Sheet) }

// Refs lists what the move names and what its author had seen.
func (a Agree) Refs() []kp1.ID { return a.refs(a.Ask, a.Choice, a.Sheet) }

// Refs lists what the move names and what its author had seen.
func (a Change) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a Cannot) Refs() []kp1.ID { return a.refs(a.Ask, a.Offer) }

// Refs lists what the move names and what its author had seen.
func (a Withdraw) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a NotNeeded) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a Arrived) Refs() []kp1.ID { return a.refs(a.Ask, a.Agreement) }

// Refs lists what the move names and what its author had seen.
func (a Home) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a Close) Refs() []kp1.ID { return a.refs(a.Ask) }

// Refs lists what the move names and what its author had seen.
func (a OnIt) Refs() []kp1.ID { return a.refs(a.Ask) }

func (s Seen) refs(ids ...kp1.ID) []kp1.ID { return act.Refs(s.Base, s.Home, ids) }

// Bare returns the move without its words.
func (a Ask) Bare(w act.Words) act.Act {
	a.Terms, a.State = Terms{}, w
	return a
}

// Bare returns the move without its words.
func (a Change) Bare(w act.Words) act.Act {
	a.Terms, a.State = Terms{}, w
	return a
}

// Bare returns the move without its words.
func (a Offer) Bare(w act.Words) act.Act {
	a.Condition, a.State = "", w
	return a
}

// Bare returns the move without its words.
func (a Cannot) Bare(w act.Words) act.Act {
	a.Reason, a.State = "", w
	return a
}
