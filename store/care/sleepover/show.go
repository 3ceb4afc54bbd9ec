package sleepover

import (
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// seenOf returns what a move names of its own sleepover.
func seenOf(e act.Event) []kp1.ID {
	homes := homeOf(e.Act)
	return slices.DeleteFunc(e.Act.Refs(), func(id kp1.ID) bool { return slices.Contains(homes, id) })
}

// show makes the view of a judged sleepover.
func (b *board) show(id kp1.ID) *Sleepover {
	s := b.stand(b.g.All())
	v := &Sleepover{ID: id, Heads: b.g.Heads(), State: s.state}
	b.showMoves(v, s)
	if s.ask == none {
		return v
	}
	v.Known, v.Asked, v.Kind = true, b.event(s.ask).Meta, b.event(s.ask).Act.(Ask).Kind
	for _, i := range s.versions {
		v.Versions = append(v.Versions, b.version(i))
	}
	first := v.Versions[0]
	v.Terms, v.Beds, v.Words, v.Sheet = first.Terms, first.Beds, first.Words, first.ID
	b.showOffers(v, s)
	if s.choice != none {
		v.Choice, v.Chosen, v.Host = b.event(s.choice).ID, b.event(s.offer).ID, b.event(s.offer).Author
	}
	if agrees := b.newest(s.agrees); len(agrees) > 0 {
		v.Agreed = b.event(agrees[0]).ID
	}
	running := s.choice != none && s.state <= ArrivedThere
	v.AskerToSay, v.HostToSay = running && !s.asker, running && !s.host
	v.Changed = running && s.state >= Agreed && !(s.asker && s.host)
	v.OnIt = b.claims()
	v.Conflicts = b.conflicts(s)
	return v
}

func (b *board) version(i int) Version {
	e := b.event(i)
	switch a := e.Act.(type) {
	case Ask:
		return Version{e.ID, e.Meta, a.Terms, a.Beds, a.State}
	case Change:
		return Version{e.ID, e.Meta, a.Terms, a.Beds, a.State}
	}
	return Version{}
}

func (b *board) showMoves(v *Sleepover, s *standing) {
	for i, e := range b.g.Events {
		m := Move{Meta: e.Meta, Act: e.Act, Fate: Stands}
		by, over := s.over[i]
		switch rule, _ := b.rules[i].(*act.Rule); {
		case rule == act.RuleWaits:
			m.Fate, m.Rule = Waiting, rule
			v.Waiting++
		case rule != nil:
			m.Fate, m.Rule = Refused, rule
		case over:
			m.Fate = Overtaken
			if by != i {
				m.By = b.event(by).ID
			}
		}
		v.Moves = append(v.Moves, m)
	}
}

func (b *board) showOffers(v *Sleepover, s *standing) {
	for _, i := range s.offers {
		e := b.event(i)
		o := e.Act.(Offer)
		bid := Bid{ID: e.ID, By: e.Meta, Condition: o.Condition, Words: o.State}
		bid.Earlier = s.versions[0] != s.ask && !b.g.Saw(i, s.versions[0])
		if j, gone := s.back[i]; gone {
			bid.TakenBack, bid.Back, bid.Reason = true, b.event(j).Meta, b.event(j).Act.(Cannot).Reason
		}
		v.Offers = append(v.Offers, bid)
	}
}

// claims returns who is on it: each person's newest word.
func (b *board) claims() (out []Claim) {
	byPerson := map[kp1.MID][]int{}
	for _, i := range pick[OnIt](b, b.g.All()) {
		byPerson[b.event(i).Author] = append(byPerson[b.event(i).Author], i)
	}
	for _, is := range byPerson {
		i := b.newest(is)[0]
		if !b.event(i).Act.(OnIt).Off {
			out = append(out, Claim{b.event(i).Meta})
		}
	}
	slices.SortFunc(out, func(x, y Claim) int { return act.Older(x.By, y.By) })
	return out
}

// conflicts lists what is at odds and not yet settled by a later move that had seen all of it.
func (b *board) conflicts(s *standing) (out []Conflict) {
	if len(s.rivals) > 0 && s.state < ArrivedThere {
		out = append(out, b.conflict(s, TwoChoices, none, s.rivals...))
	}
	if len(s.versions) > 1 && s.state < HomeAgain {
		out = append(out, b.conflict(s, TwoVersions, none, s.versions...))
	}
	for i := range b.g.Events {
		by, over := s.over[i]
		if !over || by == i || b.rules[i] != nil || !b.g.Apart(i, by) || b.settled(i, by) {
			continue
		}
		kind := CrossedMoves
		switch b.event(i).Act.(type) {
		case Choose:
			if slices.Contains(s.rivals, i) {
				continue
			}
		case Offer, OnIt:
			continue // nobody counts on it: the state says why
		}
		if _, there := b.event(by).Act.(Arrived); there {
			kind = EndedBut
		}
		out = append(out, b.conflict(s, kind, by, i, by))
	}
	return out
}

// settled reports whether an allowed move has seen both.
func (b *board) settled(i, j int) bool {
	for k := range b.g.Events {
		if b.rules[k] == nil && b.g.Saw(k, i) && b.g.Saw(k, j) {
			return true
		}
	}
	return false
}

func (b *board) conflict(s *standing, kind ConflictKind, stands int, moves ...int) Conflict {
	c := Conflict{Kind: kind, People: []kp1.MID{b.event(s.ask).Author}}
	if stands != none {
		c.Stands = b.event(stands).ID
	}
	if s.offer != none {
		c.People = append(c.People, b.event(s.offer).Author)
	}
	for _, i := range moves {
		c.Moves = append(c.Moves, b.event(i).ID)
		c.People = append(c.People, b.event(i).Author)
		if _, ok := b.event(i).Act.(Choose); ok {
			if o := b.offerOf(i); o != none {
				c.People = append(c.People, b.event(o).Author)
			}
		}
	}
	c.Moves = act.SortIDs(c.Moves)
	slices.SortFunc(c.People, kp1.MID.Compare)
	c.People = slices.Compact(c.People)
	return c
}
