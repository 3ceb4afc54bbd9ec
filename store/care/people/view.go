package people

import (
	"cmp"
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// Group is what the group is called.
type Group struct {
	Known bool // somebody who may has said so
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
	Known      bool // the Household act is here and was allowed
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
func (h Home) Has(m kp1.MID) bool { return slices.Contains(h.Adults, m) }

// People is the names and households of one group. It is an immutable value; the zero value knows nobody.
type People struct {
	about    []act.Event
	profiles map[kp1.MID][]act.Event
	homes    map[kp1.ID]*home
	homeOf   map[kp1.ID]kp1.ID // act of a household -> household
}

// Group returns what the group is called.
func (p People) Group() (g Group) {
	gr := act.NewGraph(p.about, baseOf)
	latest := gr.Latest(func(i int) bool { return gr.Events[i].Rank >= kp1.RankAdmin })
	if len(latest) == 0 {
		return Group{}
	}
	e := gr.Events[latest[0]]
	a := e.Act.(About)
	return Group{true, a.Kind, a.Name, a.State, e.Meta}
}

// NotApplied lists names for the group from people who may not give it one.
func (p People) NotApplied() (out []act.Void) {
	for _, e := range p.about {
		if e.Rank < kp1.RankAdmin {
			out = append(out, act.Void{Meta: e.Meta, Type: e.Act.Type(), Rule: act.RuleAdmin})
		}
	}
	return out
}

func baseOf(e act.Event) []kp1.ID {
	switch a := e.Act.(type) {
	case About:
		return a.Base
	case Profile:
		return a.Base
	}
	return nil
}

// Person returns what a person is called; false when they have not said.
func (p People) Person(m kp1.MID) (Person, bool) {
	es := p.profiles[m]
	if len(es) == 0 {
		return Person{ID: m}, false
	}
	gr := act.NewGraph(es, baseOf)
	e := gr.Events[gr.Latest(func(int) bool { return true })[0]]
	a := e.Act.(Profile)
	return Person{m, a.Name, a.Title, a.State, e.Meta}, true
}

// All returns everyone who has said what they are called, sorted by name and then by id.
func (p People) All() []Person {
	out := make([]Person, 0, len(p.profiles))
	for m := range p.profiles {
		person, _ := p.Person(m)
		out = append(out, person)
	}
	slices.SortFunc(out, func(a, b Person) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.ID.Compare(b.ID)) })
	return out
}

// Households returns every household, sorted by name and then by id.
func (p People) Households() []Home {
	out := make([]Home, 0, len(p.homes))
	for _, h := range p.homes {
		out = append(out, h.view)
	}
	slices.SortFunc(out, func(a, b Home) int { return cmp.Or(cmp.Compare(a.Name, b.Name), a.ID.Compare(b.ID)) })
	return out
}

// Household returns one household.
func (p People) Household(id kp1.ID) (Home, bool) {
	h, ok := p.homes[id]
	if !ok {
		return Home{}, false
	}
	return h.view, true
}

// HomesOf returns the households of which m is an adult, sorted by id.
func (p People) HomesOf(m kp1.MID) (out []Home) {
	for _, h := range p.homes {
		if h.view.Has(m) {
			out = append(out, h.view)
		}
	}
	slices.SortFunc(out, func(a, b Home) int { return a.ID.Compare(b.ID) })
	return out
}

// Together reports whether two people are adults of one household.
func (p People) Together(a, b kp1.MID) bool {
	return slices.ContainsFunc(p.HomesOf(a), func(h Home) bool { return h.Has(b) })
}

// Seen returns the newest acts of m's own households, at most n: what m names to act for them.
func (p People) Seen(m kp1.MID, n int) (out []kp1.ID) {
	for _, h := range p.HomesOf(m) {
		out = append(out, h.Heads...)
	}
	out = act.SortIDs(out)
	return out[max(0, len(out)-n):]
}

// Kin returns with whom m lived, as somebody saw it who names these acts of households; sorted, m not among them. ok is
// false when something of that is not here: then the answer may change.
func (p People) Kin(m kp1.MID, seen []kp1.ID) (kin []kp1.MID, ok bool) {
	byHome := map[kp1.ID][]kp1.ID{}
	ok = true
	for _, id := range seen {
		h, here := p.homeOf[id]
		if !here {
			ok = false
			continue
		}
		byHome[h] = append(byHome[h], id)
	}
	for id, heads := range byHome {
		h := p.homes[id]
		past, whole := h.graph.PastOf(heads)
		ok = ok && whole
		if adults, _ := h.live(past); slices.Contains(adults, m) {
			kin = append(kin, adults...)
		}
	}
	return slices.DeleteFunc(sortMIDs(kin), func(k kp1.MID) bool { return k == m }), ok
}
