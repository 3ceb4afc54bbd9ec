package sleepover

import (
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// Kin says with whom a person lived, as somebody saw it who names these acts of households. ok is false when something
// of that is not here yet.
type Kin func(m kp1.MID, seen []kp1.ID) (kin []kp1.MID, ok bool)

// board is one sleepover being judged. A move is allowed or not by what its own author had seen, and by nothing else;
// what the allowed moves come to is then worked out from the whole set. Neither depends on the order of arrival.
type board struct {
	g     *act.Graph
	kin   [][]kp1.MID // for whom else the author of move i may act
	rules []error     // why move i is not applied; nil when it is allowed
	bound []kp1.ID    // a change by a host: the offer that made them host
	needs bool        // some move waits for an act of a household
}

const none = -1

// standing is what a set of allowed moves comes to. Numbers are places in the graph, none when there is no such move.
type standing struct {
	ask      int
	state    State
	offers   []int
	back     map[int]int // offer -> the cannot that takes it back
	versions []int       // the one in force first
	rivals   []int       // choices of different offers, apart from one another
	choice   int
	offer    int   // the one chosen
	agrees   []int // in force for the choice, on whatever version
	asker    bool  // has given their word on the version in force
	host     bool  // likewise
	once     bool  // both have agreed on some version
	over     map[int]int
}

// overtake notes that move by stands instead of move i; by is i itself when no one move does. The first word counts.
func (s *standing) overtake(i, by int) {
	if _, done := s.over[i]; !done {
		s.over[i] = by
	}
}

func (b *board) event(i int) act.Event { return b.g.Events[i] }

// acts reports whether the author of move i acts for m.
func (b *board) acts(i int, m kp1.MID) bool {
	return b.event(i).Author == m || slices.Contains(b.kin[i], m)
}

func (b *board) byAsker(i int, s *standing) bool { return b.acts(i, b.event(s.ask).Author) }

// pick returns the allowed moves of set whose act is a T.
func pick[T act.Act](b *board, set []int) (out []int) {
	for _, i := range set {
		if _, ok := b.event(i).Act.(T); ok && b.rules[i] == nil {
			out = append(out, i)
		}
	}
	return out
}

// newest returns those of is that no other of them has seen, the greatest id first.
func (b *board) newest(is []int) []int {
	in := make(map[int]bool, len(is))
	for _, i := range is {
		in[i] = true
	}
	return b.g.Latest(func(i int) bool { return in[i] })
}

// apart returns the first of is that stands apart from i, or none.
func (b *board) apart(i int, is []int) int {
	for _, j := range is {
		if b.g.Apart(i, j) {
			return j
		}
	}
	return none
}

// judge decides about every move. kin may be nil: then nobody acts for anybody. O(moves² x offers and changes).
func judge(g *act.Graph, kin Kin) *board {
	n := g.Len()
	b := &board{g: g, kin: make([][]kp1.MID, n), rules: make([]error, n), bound: make([]kp1.ID, n)}
	for i := range n {
		past := g.Past(i)
		b.meet(i, past, kin)
		if !g.Whole(i) {
			b.rules[i] = act.RuleWaits
			continue
		}
		s := b.stand(past)
		b.rules[i] = b.allows(i, s)
		if s.offer != none {
			b.bound[i] = b.event(s.offer).ID
		}
	}
	return b
}

// meet finds for whom else the author of move i may act: with whom they lived, as seen from all that the sleepover knew
// of households by then. What is not here of that counts for nothing until it comes.
func (b *board) meet(i int, past []int, kin Kin) {
	var seen []kp1.ID
	for _, j := range append(past, i) {
		seen = append(seen, homeOf(b.event(j).Act)...)
	}
	if len(seen) == 0 || kin == nil {
		return
	}
	var ok bool
	b.kin[i], ok = kin(b.event(i).Author, act.SortIDs(seen))
	b.needs = b.needs || !ok
}

// stand works out what the allowed moves of set come to. set is closed: it holds the past of each of its moves. The
// steps go from the safer move to the less safe, so that each finds settled what overtakes it.
func (b *board) stand(set []int) *standing {
	s := &standing{ask: none, choice: none, offer: none, back: map[int]int{}, over: map[int]int{}}
	if asks := pick[Ask](b, set); len(asks) > 0 {
		s.ask = asks[0]
	} else {
		return s
	}
	arrived := pick[Arrived](b, set)
	b.endings(s, set, arrived)
	b.offersOf(s, set, arrived)
	mine, theirs := b.changes(s, set)
	b.choose(s, set, mine, arrived)
	b.settle(s, set, mine, theirs)
	b.agree(s, set)
	b.name(s, set, arrived)
	return s
}

// endings: an arrival is a fact and outlasts an ending made apart from it; a withdrawal outlasts all else.
func (b *board) endings(s *standing, set, arrived []int) {
	withdrawn, notNeeded := b.newest(pick[Withdraw](b, set)), b.newest(pick[NotNeeded](b, set))
	ends := append(slices.Clone(withdrawn), notNeeded...)
	if len(ends) == 0 {
		return
	}
	if len(arrived) > 0 {
		for _, i := range ends {
			s.overtake(i, arrived[0])
		}
		return
	}
	s.state = Withdrawn
	if len(withdrawn) == 0 {
		s.state = NotNeededAnyMore
	}
	for _, i := range set {
		if b.rules[i] == nil && b.g.Apart(i, ends[0]) && !(len(withdrawn) > 1 && slices.Contains(withdrawn, i)) {
			s.overtake(i, ends[0])
		}
	}
}

// offersOf: an offer stands until it is taken back. Where the child is already, it is not.
func (b *board) offersOf(s *standing, set, arrived []int) {
	s.offers = pick[Offer](b, set)
	for _, i := range pick[Cannot](b, set) {
		o, ok := b.g.Find(b.event(i).Act.(Cannot).Offer)
		if !ok {
			continue
		}
		if len(arrived) > 0 && b.offerOf(b.choiceOf(arrived[0])) == o {
			s.overtake(i, arrived[0])
			continue
		}
		if _, done := s.back[o]; !done {
			s.back[o] = i
		}
	}
}

// choiceOf returns the choice on which an arrival or an agreement rests.
func (b *board) choiceOf(i int) int {
	var id kp1.ID
	switch a := b.event(i).Act.(type) {
	case Arrived:
		j, ok := b.g.Find(a.Agreement)
		if !ok {
			return none
		}
		return b.choiceOf(j)
	case Agree:
		id = a.Choice
	}
	j, ok := b.g.Find(id)
	if _, is := b.eventAct(j, ok).(Choose); !is {
		return none
	}
	return j
}

func (b *board) eventAct(i int, ok bool) act.Act {
	if !ok {
		return nil
	}
	return b.event(i).Act
}

// offerOf returns the offer that a choice takes.
func (b *board) offerOf(choice int) int {
	if choice == none {
		return none
	}
	o, ok := b.g.Find(b.event(choice).Act.(Choose).Offer)
	if _, is := b.eventAct(o, ok).(Offer); !is {
		return none
	}
	return o
}

// changes parts the changes into the asker's and the host's.
func (b *board) changes(s *standing, set []int) (mine, theirs []int) {
	for _, i := range pick[Change](b, set) {
		if b.byAsker(i, s) {
			mine = append(mine, i)
		} else {
			theirs = append(theirs, i)
		}
	}
	return mine, theirs
}

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
