package present

import (
	"kith/store/kp1"
)

// NameOf returns what member m is called in the group: their own words, or "Someone new" while those have not come.
func (g Group) NameOf(m kp1.MID) string {
	if p := g.Care.Person(m); p.Name != "" {
		return p.Name
	}
	return Say("name.unknown")
}

// Title returns what the group is called.
func (g Group) Title() string {
	if g.Name != "" {
		return g.Name
	}
	return Say("group.unnamed")
}
