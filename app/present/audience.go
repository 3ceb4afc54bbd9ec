package present

import (
	"slices"

	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// An Audience is who may read the words of something new. The zero Audience is everyone who may read what it belongs to,
// or everyone in the group where it begins something.
type Audience struct {
	Comp uint8     // one of the spaces kp1.CompAll, CompTeam and CompAdmin. What belongs to something stands where that does
	Only []kp1.MID // these people alone, and who writes; nil: everyone who reads the space. An empty list is E_AUDIENCE
}

// Readers lists who is in the group and reads one of its spaces, by id.
func (g Group) Readers(comp uint8) []kp1.MID {
	var out []kp1.MID
	for _, m := range g.State.Members {
		if reads(m.Rank, comp) {
			out = append(out, m.ID)
		}
	}
	return out
}

func reads(rank, comp uint8) bool { return slices.Contains(group.Compartments(rank), comp) }

// HasTeam reports whether the team is fewer than everyone: this person is in it, and there are guests.
func (g Group) HasTeam() bool {
	return reads(g.MyRank(), kp1.CompTeam) && len(g.Readers(kp1.CompTeam)) < len(g.State.Members)
}

// Among is the audience of these people alone. Where all of them are in the team, guests do not even learn that something
// was said.
func (g Group) Among(people ...kp1.MID) Audience {
	team := g.Readers(kp1.CompTeam)
	a := Audience{Comp: kp1.CompTeam, Only: people}
	for _, m := range append(slices.Clone(people), g.Me) {
		if !slices.Contains(team, m) {
			a.Comp = kp1.CompAll
		}
	}
	return a
}

// Still lists whom of those that something names can be written to about it now: by the id they have today, without who
// has left or may not read it any more. This person is in it if they are named. Nil where it names nobody.
func (g Group) Still(m act.Meta) []kp1.MID {
	if m.For == nil {
		return nil
	}
	in := g.Readers(m.Comp)
	out := []kp1.MID{}
	for _, id := range m.For {
		if now := g.Now(id); slices.Contains(in, now) && !slices.Contains(out, now) {
			out = append(out, now)
		}
	}
	return out
}

// Reply is the audience of a post in t: of one that answers another who could read that one, of one that answers none, the
// zero Item, whom the thread is for.
func (g Group) Reply(t thread.Thread, to thread.Item) Audience {
	if to.For != nil {
		return Audience{Comp: to.Comp, Only: g.Still(to.Meta)}
	}
	return Audience{Comp: t.By.Comp, Only: g.Still(t.By)}
}

// OnlyFor says for whom alone the words of something are: "Only for Sue and you". Empty where they are for everyone.
func (g Group) OnlyFor(m act.Meta) string {
	if m.For == nil {
		return ""
	}
	return Say("audience.only", "People", g.addressed(m))
}

// addressed names those whom something is for, its author left out and this person last.
func (g Group) addressed(m act.Meta) string {
	author := g.Now(m.Author)
	var people []kp1.MID
	for _, id := range m.For {
		if now := g.Now(id); now != author {
			people = append(people, now)
		}
	}
	if len(people) == 0 {
		people = []kp1.MID{author} // a note of their own
	}
	return g.Names(people)
}

// Names names people, by name, with "you" for this person at the end.
func (g Group) Names(people []kp1.MID) string {
	var all []string
	me := false
	for _, m := range people {
		if g.Now(m) == g.Me {
			me = true
			continue
		}
		all = append(all, g.NameOf(m))
	}
	slices.Sort(all)
	if me {
		all = append(all, Say("name.you.too"))
	}
	return People(all...)
}
