package people

import (
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// The rules of households.
var (
	RuleBeds       = act.Named("E_RULE_BEDS", "more beds than a home has")
	RuleNotOfHome  = act.Named("E_RULE_NOT_OF_HOME", "adults of the household alone may do this")
	RuleNotWelcome = act.Named("E_RULE_NOT_WELCOMED", "an adult of the household names a person first")
	RuleLivesHere  = act.Named("E_RULE_LIVES_HERE", "that person lives there already")
)

// home is one household: its events, and what they come to.
type home struct {
	events []act.Event // sorted by id
	graph  *act.Graph
	rules  []error // why event i of the graph is not applied; nil when it is
	view   Home
}

func seenOfHome(e act.Event) []kp1.ID { return e.Act.Refs() }

// judge works out a household anew from its events. O(events²).
func judge(id kp1.ID, events []act.Event) *home {
	h := &home{events: events, graph: act.NewGraph(events, seenOfHome)}
	h.rules = make([]error, len(events))
	for i, e := range h.graph.Events {
		if !h.graph.Whole(i) {
			h.rules[i] = act.RuleWaits
			continue
		}
		h.rules[i] = h.allows(e, h.graph.Past(i))
	}
	h.view = h.show(id)
	return h
}

// live returns who, at this past, is an adult of the household and who is welcome to be. Of a Part and a LiveHere apart
// from one another the Part stands: nobody acts for a home on a doubtful word.
func (h *home) live(past []int) (adults, welcomed []kp1.MID) {
	holds := func(i int, m kp1.MID) bool {
		return !slices.ContainsFunc(past, func(j int) bool {
			p, ok := h.graph.Events[j].Act.(Part)
			return ok && p.Person == m && h.rules[j] == nil && !h.graph.Saw(i, j)
		})
	}
	for _, i := range past {
		e := h.graph.Events[i]
		if h.rules[i] != nil {
			continue
		}
		switch a := e.Act.(type) {
		case Household, LiveHere:
			if holds(i, e.Author) {
				adults = append(adults, e.Author)
			}
		case Welcome:
			if holds(i, a.Person) {
				welcomed = append(welcomed, a.Person)
			}
		}
	}
	adults = sortMIDs(adults)
	welcomed = slices.DeleteFunc(sortMIDs(welcomed), func(m kp1.MID) bool { return slices.Contains(adults, m) })
	return adults, welcomed
}

func sortMIDs(ms []kp1.MID) []kp1.MID {
	slices.SortFunc(ms, kp1.MID.Compare)
	return slices.Compact(ms)
}

// allows says whether e may follow what its author had seen.
func (h *home) allows(e act.Event, past []int) error {
	if e.Rank < kp1.RankMember {
		return act.RuleGuest
	}
	adults, welcomed := h.live(past)
	adult := slices.Contains(adults, e.Author)
	switch a := e.Act.(type) {
	case Household:
		return nil
	case Furnish:
		if !adult {
			return RuleNotOfHome
		}
	case Welcome:
		if !adult {
			return RuleNotOfHome
		}
		if slices.Contains(adults, a.Person) {
			return RuleLivesHere
		}
	case LiveHere:
		if adult {
			return RuleLivesHere
		}
		if !slices.Contains(welcomed, e.Author) {
			return RuleNotWelcome
		}
	case Part:
		if !adult && e.Author != a.Person {
			return RuleNotOfHome
		}
	}
	return nil
}

func (h *home) show(id kp1.ID) Home {
	v := Home{ID: id, Heads: h.graph.Heads()}
	v.Adults, v.Welcomed = h.live(h.graph.All())
	latest := h.graph.Latest(func(i int) bool {
		switch h.graph.Events[i].Act.(type) {
		case Household, Furnish:
			return h.rules[i] == nil
		}
		return false
	})
	if len(latest) > 0 {
		switch a := h.graph.Events[latest[0]].Act.(type) {
		case Household:
			v.Name, v.Beds, v.Words = a.Name, a.Beds, a.State
		case Furnish:
			v.Name, v.Beds, v.Words = a.Name, a.Beds, a.State
		}
	}
	for i, e := range h.graph.Events {
		if _, ok := e.Act.(Household); ok && h.rules[i] == nil {
			v.Known, v.By = true, e.Meta
		}
		if rule, ok := h.rules[i].(*act.Rule); ok {
			v.NotApplied = append(v.NotApplied, act.Void{Meta: e.Meta, Type: e.Act.Type(), Rule: rule})
		}
	}
	return v
}
