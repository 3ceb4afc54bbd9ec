package people

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// Group is what the group is called.
type Group struct {
	Known bool // somebody has said so
	Kind  Kind
	Name  string
	Words act.Words
	By    act.Meta
}

// Person is what one person is called.
type Person struct {
	ID    kp1.MID
	Name  string
	Title string
	Words act.Words
	At    act.Meta // of the newest Profile
}

// Home is one household. It is a value; its slices are shared and must not be written to.
type Home struct {
	ID         kp1.ID
	Known      bool // the Household act is here
	Name       string
	Words      act.Words
	Beds       uint
	By         act.Meta  // who started it
	Adults     []kp1.MID // sorted
	Welcomed   []kp1.MID // named by an adult, but have not said so themselves; sorted
	NotApplied []act.Void
	Heads      []kp1.ID
}

// Has reports whether m is an adult of the household.
func (h Home) Has(m kp1.MID) bool {
	for _, a := range h.Adults {
		if a == m {
			return true
		}
	}
	return false
}
