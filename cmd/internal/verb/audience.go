package verb

import (
	"slices"
	"strings"

	"kith/app/present"
	"kith/store/kp1"
)

// audience reads --audience: everyone, team, admins, or people by name or id with commas between. Nothing is everyone.
func (c *call) audience(g present.Group, who string) (present.Audience, error) {
	var a present.Audience
	switch who {
	case "", "everyone":
	case "team":
		a.Comp = kp1.CompTeam
	case "admins":
		a.Comp = kp1.CompAdmin
	default:
		var people []kp1.MID
		for _, one := range strings.Split(who, ",") {
			m, err := person(g, one)
			if err != nil {
				return a, err
			}
			people = append(people, m)
		}
		return g.Among(people...), nil
	}
	if !slices.Contains(g.Readers(a.Comp), g.Me) {
		return a, errAudience
	}
	return a, nil
}

var errAudience = &fault{"E_AUDIENCE", "not one who may read this"}

// person finds a member by name, or by the beginning of their id.
func person(g present.Group, who string) (kp1.MID, error) { return among(g, memberIDs(g), who) }

// among finds one of these people by name, or by the beginning of their id.
func among(g present.Group, people []kp1.MID, who string) (kp1.MID, error) {
	return called(who, people, kp1.MID.String, g.NameOf)
}

// named lists whom an audience names, this person among them; nil where it names nobody.
func named(g present.Group, a present.Audience) []string {
	if a.Only == nil {
		return nil
	}
	people := append(slices.Clone(a.Only), g.Me)
	slices.SortFunc(people, kp1.MID.Compare)
	return texts(slices.Compact(people))
}
