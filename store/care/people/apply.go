package people

import (
	"fmt"
	"maps"

	"kith/store/care/act"
	"kith/store/kp1"
)

// Fill completes an act of this package with what me has seen. It leaves alone what is there already.
func (p People) Fill(me kp1.MID, a act.Act) act.Act {
	heads := func(base []kp1.ID, id kp1.ID) []kp1.ID {
		if h, ok := p.homes[id]; ok && base == nil {
			return h.view.Heads
		}
		return base
	}
	switch a := a.(type) {
	case About:
		if a.Base == nil {
			a.Base = act.NewGraph(p.about, baseOf).Heads()
		}
		return a
	case Profile:
		if a.Base == nil {
			a.Base = act.NewGraph(p.profiles[me], baseOf).Heads()
		}
		return a
	case Furnish:
		a.Base = heads(a.Base, a.Household)
		return a
	case Welcome:
		a.Base = heads(a.Base, a.Household)
		return a
	case LiveHere:
		a.Base = heads(a.Base, a.Household)
		return a
	case Part:
		a.Base = heads(a.Base, a.Household)
		return a
	}
	return a
}

// Check says whether e may be done now: nil, or a rule.
func (p People) Check(e act.Event) error {
	if err := e.Act.Valid(); err != nil {
		return err
	}
	switch e.Act.(type) {
	case About:
		if e.Rank < kp1.RankAdmin {
			return act.RuleAdmin
		}
		return nil
	case Profile:
		return nil
	case Household:
		return (&home{graph: act.NewGraph(nil, seenOfHome)}).allows(e, nil)
	}
	h, ok := p.homes[householdOf(e)]
	if !ok || !h.view.Known {
		return fmt.Errorf("household: %w", act.RuleUnknown)
	}
	return h.allows(e, h.graph.All())
}

// householdOf returns the household of an act about one.
func householdOf(e act.Event) kp1.ID {
	switch a := e.Act.(type) {
	case Household:
		return e.ID
	case Furnish:
		return a.Household
	case Welcome:
		return a.Household
	case LiveHere:
		return a.Household
	case Part:
		return a.Household
	}
	return kp1.ID{}
}

// Apply adds events in any order; those of other packages and those known already change nothing. It reports whether
// any household changed. The cost of a batch is that of the people and the objects it touches, whole.
func (p People) Apply(es ...act.Event) (People, bool) {
	var about []act.Event
	profiles, homes := map[kp1.MID][]act.Event{}, map[kp1.ID][]act.Event{}
	for _, e := range es {
		switch e.Act.(type) {
		case About:
			about = append(about, e)
		case Profile:
			profiles[e.Author] = append(profiles[e.Author], e)
		case Household, Furnish, Welcome, LiveHere, Part:
			homes[householdOf(e)] = append(homes[householdOf(e)], e)
		}
	}
	p.about, _ = act.Insert(p.about, about...)
	if len(profiles) > 0 {
		p.profiles = cloned(p.profiles)
	}
	for m, more := range profiles {
		p.profiles[m], _ = act.Insert(p.profiles[m], more...)
	}
	return p.withHomes(homes)
}

func (p People) withHomes(more map[kp1.ID][]act.Event) (People, bool) {
	changed := false
	for id, more := range more {
		var have []act.Event
		if h := p.homes[id]; h != nil {
			have = h.events
		}
		now, grew := act.Insert(have, more...)
		if !grew {
			continue
		}
		if !changed {
			changed, p.homes, p.homeOf = true, cloned(p.homes), cloned(p.homeOf)
		}
		p.homes[id] = judge(id, now)
		for _, e := range now {
			p.homeOf[e.ID] = id
		}
	}
	return p, changed
}

func cloned[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}
