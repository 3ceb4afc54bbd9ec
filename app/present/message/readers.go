package message

import (
	"slices"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Whom a message can be for, as Chooser.Kinds has them.
const (
	ReadersAll  = "all"  // everyone it can be for
	ReadersTeam = "team" // only where something new begins
	ReadersSome = "some" // those who are ticked
)

// Chooser asks who may read what is about to be written.
type Chooser struct {
	Heading string
	Kinds   []present.Option
	Label   string // over People
	People  []present.Option
	Faces   map[string]present.Face // of People, by Value
	Note    string                  // what the others see of it; empty with everyone
	Wrong   string                  // nobody is ticked
}

// pick is who was chosen to read. What is ticked stays while another kind is tried.
type pick struct {
	kind string // empty: ReadersAll
	some []kp1.MID
}

// tick changes one person, as Chooser.People names them.
func (p pick) tick(value string) pick {
	m, err := kp1.ParseMID(value)
	if err != nil {
		return p
	}
	out := pick{p.kind, slices.Clone(p.some)}
	if i := slices.Index(out.some, m); i >= 0 {
		out.some = slices.Delete(out.some, i, i+1)
	} else {
		out.some = append(out.some, m)
	}
	return out
}

// circle is everyone a message can be for: those whom its thread is for, or all who read the space that it stands in.
type circle struct {
	comp  uint8
	named []kp1.MID // who can still be written to, this person among them; nil: the whole space
}

func circleOf(g present.Group, t thread.Thread) circle {
	return circle{comp: t.By.Comp, named: g.Still(t.By)}
}

// others lists whom somebody can tick.
func (c circle) others(g present.Group) []kp1.MID {
	in := c.named
	if in == nil {
		in = g.Readers(c.comp)
	}
	return slices.DeleteFunc(slices.Clone(in), func(m kp1.MID) bool { return m == g.Me })
}

// to is the audience of a pick; false when nobody is ticked who is in the circle.
func (p pick) to(g present.Group, c circle) (present.Audience, bool) {
	switch p.kind {
	case ReadersTeam:
		return present.Audience{Comp: kp1.CompTeam}, true
	case ReadersSome:
		in := c.others(g)
		some := slices.DeleteFunc(slices.Clone(p.some), func(m kp1.MID) bool { return !slices.Contains(in, m) })
		return g.Among(some...), len(some) > 0
	}
	return present.Audience{Comp: c.comp, Only: c.named}, true
}

// chooser asks for a pick. team offers the team beside everyone.
func (p pick) chooser(g present.Group, c circle, team bool, now time.Time) Chooser {
	s := Chooser{Heading: present.Say("audience.heading")}
	add := func(kind, label, hint string) {
		chosen := p.kind == kind || p.kind == "" && kind == ReadersAll
		s.Kinds = append(s.Kinds, present.Option{Value: kind, Label: label, Hint: hint, Chosen: chosen})
	}
	others := c.others(g)
	if c.named == nil {
		add(ReadersAll, present.Say("audience.all"), present.Count("audience.all.hint", len(g.Readers(c.comp)), "Group", g.Title()))
	} else {
		add(ReadersAll, present.Say("audience.all.named"), present.Say("audience.all.named.hint", "People", g.Names(c.named)))
	}
	if team && g.HasTeam() {
		add(ReadersTeam, present.Say("audience.team"), present.Count("audience.team.hint", len(g.Readers(kp1.CompTeam))))
	}
	if len(others) > 0 {
		add(ReadersSome, present.Say("audience.some"), present.Say("audience.some.hint"))
	}
	if p.kind != ReadersSome {
		return s
	}
	s.Label, s.Note, s.Faces = present.Say("audience.people"), present.Say("audience.note"), map[string]present.Face{}
	for _, m := range g.Members(now) {
		if slices.Contains(others, m.ID) {
			s.People = append(s.People, present.Option{Value: m.ID.String(), Label: m.Name, Hint: m.Title, Chosen: slices.Contains(p.some, m.ID)})
			s.Faces[m.ID.String()] = m.Face
		}
	}
	return s
}

// readersLine says who can read what goes to an audience.
func readersLine(g present.Group, a present.Audience) present.Line {
	switch {
	case a.Only != nil:
		return present.Line{Icon: assets.IconLock, Text: present.Say("audience.line.some", "People", g.Names(butMe(g, a.Only)))}
	case a.Comp == kp1.CompTeam:
		return present.Line{Icon: assets.IconEye, Text: present.Say("audience.line.team", "Group", g.Title())}
	case a.Comp == kp1.CompAdmin:
		return present.Line{Icon: assets.IconEye, Text: present.Say("audience.line.admin", "Group", g.Title())}
	}
	return present.Line{Icon: assets.IconEye, Text: present.Say("audience.line.all", "Group", g.Title())}
}

// butMe leaves this person out, where anybody else is named.
func butMe(g present.Group, people []kp1.MID) []kp1.MID {
	if rest := slices.DeleteFunc(slices.Clone(people), func(m kp1.MID) bool { return m == g.Me }); len(rest) > 0 {
		return rest
	}
	return people
}
