package sleepover

import "kith/store/kp1"

// choose: a choice gives way to a change its author had not seen, to the offer being taken back, and to another choice
// made apart from it. Only a new choice settles two.
func (b *board) choose(s *standing, set, mine, arrived []int) {
	var good []int
	for _, i := range pick[Choose](b, set) {
		if x := b.apart(i, mine); x != none && len(arrived) == 0 {
			s.overtake(i, x)
			continue
		}
		good = append(good, i)
	}
	last := b.newest(good)
	for _, i := range good {
		for _, j := range last {
			if b.g.Saw(j, i) && b.offerOf(i) != b.offerOf(j) {
				s.overtake(i, j)
			}
		}
	}
	if len(last) == 0 {
		return
	}
	for _, i := range last[1:] {
		if b.offerOf(i) != b.offerOf(last[0]) {
			s.rivals = last
		}
	}
	switch {
	case len(arrived) > 0:
		s.choice = b.choiceOf(arrived[0])
	case len(s.rivals) == 0:
		s.choice = last[0]
	}
	s.offer = b.offerOf(s.choice)
	if back, gone := s.back[s.offer]; gone && s.choice != none {
		for _, i := range last {
			if b.offerOf(i) == s.offer {
				s.overtake(i, back)
			}
		}
		s.choice, s.offer = none, none
	}
}

// settle finds the versions of the terms in force. A host's change counts while they are host, or once the asker has
// agreed to it.
func (b *board) settle(s *standing, set, mine, theirs []int) {
	live := append([]int{s.ask}, mine...)
	for _, i := range theirs {
		host := s.offer != none && b.bound[i] == b.event(s.offer).ID
		if host || b.agreedTo(s, set, i) {
			live = append(live, i)
			continue
		}
		by := i
		if o, ok := b.g.Find(b.bound[i]); ok {
			if back, gone := s.back[o]; gone {
				by = back
			}
		}
		s.overtake(i, by)
	}
	s.versions = b.newest(live)
	for _, i := range pick[Agree](b, set) {
		for _, x := range live {
			if b.g.Apart(i, x) {
				s.overtake(i, x)
			}
		}
	}
}

func (b *board) agreedTo(s *standing, set []int, change int) bool {
	for _, i := range pick[Agree](b, set) {
		if b.event(i).Act.(Agree).Sheet == b.event(change).ID && b.byAsker(i, s) {
			return true
		}
	}
	return false
}

// agree collects the word of either side on each version of the terms.
func (b *board) agree(s *standing, set []int) {
	if s.choice == none {
		for _, i := range pick[Agree](b, set) {
			s.overtake(i, b.against(s, i))
		}
		return
	}
	asker, host := map[kp1.ID]bool{}, map[kp1.ID]bool{}
	for _, i := range set {
		if _, over := s.over[i]; over || b.rules[i] != nil {
			continue
		}
		e := b.event(i)
		switch a := e.Act.(type) {
		case Choose:
			if b.offerOf(i) == s.offer {
				asker[a.Sheet] = true
			}
		case Change:
			if b.byAsker(i, s) {
				asker[e.ID] = true
			} else {
				host[e.ID] = true
			}
		case Agree:
			if b.offerOf(b.choiceOf(i)) != s.offer {
				s.overtake(i, s.choice)
				continue
			}
			s.agrees = append(s.agrees, i)
			if b.byAsker(i, s) {
				asker[a.Sheet] = true
			} else {
				host[a.Sheet] = true
			}
		}
	}
	for id := range asker {
		s.once = s.once || host[id]
	}
	if len(s.versions) == 1 {
		v := b.event(s.versions[0]).ID
		s.asker, s.host = asker[v], host[v]
	}
}

// against returns what overtook an agreement whose choice is not in force.
func (b *board) against(s *standing, i int) int {
	c := b.choiceOf(i)
	if x, ok := s.over[c]; ok {
		return x
	}
	for _, r := range s.rivals {
		if b.offerOf(r) != b.offerOf(c) {
			return r
		}
	}
	return i
}

// name gives the state its name.
func (b *board) name(s *standing, set, arrived []int) {
	switch {
	case len(pick[Close](b, set)) > 0:
		s.state = Closed
	case len(pick[Home](b, set)) > 0:
		s.state = HomeAgain
	case len(arrived) > 0:
		s.state = ArrivedThere
	case s.state.Over():
	case s.once:
		s.state = Agreed
	case s.choice != none:
		s.state = Chosen
	case len(s.offers) > len(s.back):
		s.state = Offered
	default:
		s.state = Asked
	}
}
