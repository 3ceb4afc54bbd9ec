// Package people holds what a group is called, what its people are called, and who lives together with how many beds to
// spare. It never touches clock, disk, network or randomness; who is a member at all is the business of store/group.
package people

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// Kind is the kind of a group.
type Kind uint8

// The kinds of group.
const (
	Constellation Kind = 1
	PeerGroup     Kind = 2
	Match         Kind = 3
	Siblings      Kind = 4
	Family        Kind = 5
)

// String returns the kind's stable name: "constellation", "peer", "match", "siblings", "family".
func (k Kind) String() string {
	names := [...]string{"", "constellation", "peer", "match", "siblings", "family"}
	if int(k) < len(names) {
		return names[k]
	}
	return ""
}

// ParseKind reads what Kind.String returns; anything else is 0 and false.
func ParseKind(s string) (Kind, bool) {
	for k := Constellation; k <= Family; k++ {
		if k.String() == s {
			return k, true
		}
	}
	return 0, false
}

// About says what the group is called. Admins only. Base is the newest earlier About.
type About struct {
	Kind Kind
	Name string
	Base []kp1.ID
	act.Worded
}

// Profile says what the author is called in this group. Base is their newest earlier Profile.
type Profile struct {
	Name  string
	Title string // "Hub carer", or nothing
	Base  []kp1.ID
	act.Worded
}

// MaxBeds is how many beds to spare one household may say it has.
const MaxBeds = 20

// Household starts a household, whose first adult is the author. Its op's id is the household's id.
type Household struct {
	Name string // may be empty: then it goes by its adults
	Beds uint
	act.Worded
}

// Furnish changes a household's name and beds: by one of its adults.
type Furnish struct {
	Household kp1.ID
	Name      string
	Beds      uint
	Base      []kp1.ID
	act.Worded
}

// Welcome names a person as an adult of the household: by one of its adults. It holds once that person says so too.
type Welcome struct {
	Household kp1.ID
	Person    kp1.MID
	Base      []kp1.ID
}

// LiveHere is the other half of Welcome: its author says that they live there.
type LiveHere struct {
	Household kp1.ID
	Base      []kp1.ID
}

// Part says that a person no longer lives there, or is not welcome yet: by that person or any adult of the household.
type Part struct {
	Household kp1.ID
	Person    kp1.MID
	Base      []kp1.ID
}
