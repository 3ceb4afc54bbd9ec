package people

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// body and words are what the ops carry; absent keys are zero.
type body struct {
	Kind      uint8      `cbor:"k,omitempty"`
	Household *kp1.Link  `cbor:"h,omitempty"`
	Person    *[32]byte  `cbor:"m,omitempty"`
	Beds      uint       `cbor:"n,omitempty"`
	Base      []kp1.Link `cbor:"b,omitempty"`
	Worded    bool       `cbor:"w,omitempty"`
}

type words struct {
	Name  string `cbor:"x,omitempty"`
	Title string `cbor:"t,omitempty"`
}

// worded reports whether an act that may be without a name has one, here or not.
func worded(name string, w act.Words) bool { return name != "" || w != act.Here }

// named returns the payload of an act that may be without a name.
func named(name string) any {
	if name == "" {
		return nil
	}
	return words{Name: name}
}

// Parts puts the name into the payload.
func (a About) Parts() (any, any) {
	return body{Kind: uint8(a.Kind), Base: act.Links(a.Base), Worded: true}, words{Name: a.Name}
}

// Parts puts name and title into the payload.
func (a Profile) Parts() (any, any) {
	return body{Base: act.Links(a.Base), Worded: true}, words{a.Name, a.Title}
}

// Parts puts the name into the payload.
func (a Household) Parts() (any, any) {
	return body{Beds: a.Beds, Worded: worded(a.Name, a.State)}, named(a.Name)
}

// Parts puts the name into the payload.
func (a Furnish) Parts() (any, any) {
	return body{Household: act.Link(a.Household), Beds: a.Beds, Base: act.Links(a.Base), Worded: worded(a.Name, a.State)}, named(a.Name)
}

// Parts has no payload.
func (a Welcome) Parts() (any, any) { return personBody(a.Household, a.Person, a.Base), nil }

// Parts has no payload.
func (a LiveHere) Parts() (any, any) {
	return body{Household: act.Link(a.Household), Base: act.Links(a.Base)}, nil
}

// Parts has no payload.
func (a Part) Parts() (any, any) { return personBody(a.Household, a.Person, a.Base), nil }

func personBody(household kp1.ID, person kp1.MID, base []kp1.ID) body {
	m := [32]byte(person)
	return body{Household: act.Link(household), Person: &m, Base: act.Links(base)}
}

// Decode reads an act of this package; ok is false for a type that is not one.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	switch typ {
	case typeAbout, typeProfile, typeHousehold, typeFurnish, typeWelcome, typeLiveHere, typePart:
	default:
		return nil, false, nil
	}
	var b body
	var w words
	state, err := act.Read(bytes, payload, &b, &w, func() bool { return b.Worded })
	if err != nil {
		return nil, true, err
	}
	base, err := act.IDs(b.Base, MaxHeads)
	if err != nil {
		return nil, true, err
	}
	var person kp1.MID
	if b.Person != nil {
		person = *b.Person
	}
	household, here := act.ID(b.Household), act.Worded{State: state}
	switch typ {
	case typeAbout:
		a = About{Kind(b.Kind), w.Name, base, here}
	case typeProfile:
		a = Profile{w.Name, w.Title, base, here}
	case typeHousehold:
		a = Household{w.Name, b.Beds, here}
	case typeFurnish:
		a = Furnish{household, w.Name, b.Beds, base, here}
	case typeWelcome:
		a = Welcome{household, person, base}
	case typeLiveHere:
		a = LiveHere{household, base}
	case typePart:
		a = Part{household, person, base}
	}
	return a, true, a.Valid()
}
