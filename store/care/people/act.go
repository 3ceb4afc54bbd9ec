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

// MaxHeads is how many earlier acts of one household an act names.
const MaxHeads = act.MaxBase

// The op types of this package.
const (
	typeAbout     = "people/about"
	typeProfile   = "people/profile"
	typeHousehold = "people/household"
	typeFurnish   = "people/furnish"
	typeWelcome   = "people/welcome"
	typeLiveHere  = "people/live-here"
	typePart      = "people/part"
)

// Type is the op's type.
func (About) Type() string { return typeAbout }

// Type is the op's type.
func (Profile) Type() string { return typeProfile }

// Type is the op's type.
func (Household) Type() string { return typeHousehold }

// Type is the op's type.
func (Furnish) Type() string { return typeFurnish }

// Type is the op's type.
func (Welcome) Type() string { return typeWelcome }

// Type is the op's type.
func (LiveHere) Type() string { return typeLiveHere }

// Type is the op's type.
func (Part) Type() string { return typePart }

// Refs lists the base.
func (a About) Refs() []kp1.ID { return act.Refs(a.Base) }

// Refs lists the base.
func (a Profile) Refs() []kp1.ID { return act.Refs(a.Base) }

// Refs is empty: a household begins with it.
func (a Household) Refs() []kp1.ID { return nil }

// Refs lists the household and the base.
func (a Furnish) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Household}) }

// Refs lists the household and the base.
func (a Welcome) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Household}) }

// Refs lists the household and the base.
func (a LiveHere) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Household}) }

// Refs lists the household and the base.
func (a Part) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Household}) }

// Valid asks for a kind and a name.
func (a About) Valid() error {
	if a.Kind.String() == "" {
		return act.RuleForm
	}
	if len(a.Base) > MaxHeads {
		return act.RuleTooMany
	}
	if a.State != act.Here {
		return nil
	}
	return act.Needed("name", a.Name, act.MaxName)
}

// Valid asks for a name.
func (a Profile) Valid() error {
	if len(a.Base) > MaxHeads {
		return act.RuleTooMany
	}
	if a.State != act.Here {
		return nil
	}
	if err := act.Needed("name", a.Name, act.MaxName); err != nil {
		return err
	}
	return act.Line("title", a.Title, act.MaxName)
}

// Valid allows MaxBeds beds.
func (a Household) Valid() error {
	if a.Beds > MaxBeds {
		return RuleBeds
	}
	return act.Line("name", a.Name, act.MaxName)
}

// Valid allows MaxBeds beds.
func (a Furnish) Valid() error {
	if a.Beds > MaxBeds {
		return RuleBeds
	}
	if err := valid(a.Household, a.Base); err != nil {
		return err
	}
	return act.Line("name", a.Name, act.MaxName)
}

// Valid asks for a person.
func (a Welcome) Valid() error { return validPerson(a.Household, a.Person, a.Base) }

// Valid asks for a household.
func (a LiveHere) Valid() error { return valid(a.Household, a.Base) }

// Valid asks for a person.
func (a Part) Valid() error { return validPerson(a.Household, a.Person, a.Base) }

func valid(household kp1.ID, base []kp1.ID) error {
	if household.IsZero() {
		return act.RuleUnknown
	}
	if len(base) > MaxHeads {
		return act.RuleTooMany
	}
	return nil
}

func validPerson(household kp1.ID, person kp1.MID, base []kp1.ID) error {
	if person.IsZero() {
		return act.RuleUnknown
	}
	return valid(household, base)
}

// Bare returns the act without its name.
func (a About) Bare(w act.Words) act.Act {
	a.Name, a.State = "", w
	return a
}

// Bare returns the act without name and title.
func (a Profile) Bare(w act.Words) act.Act {
	a.Name, a.Title, a.State = "", "", w
	return a
}

// Bare returns the act without its name.
func (a Household) Bare(w act.Words) act.Act {
	a.Name, a.State = "", w
	return a
}

// Bare returns the act without its name.
func (a Furnish) Bare(w act.Words) act.Act {
	a.Name, a.State = "", w
	return a
}
