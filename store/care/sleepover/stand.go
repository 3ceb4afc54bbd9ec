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
	needs bool        // some move is judged without an act of a household
	final map[kp1.ID]verdict
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

// verdict is what is decided about one move, for good: everything it builds on was here.
type verdict struct {
	rule  error
	kin   []kp1.MID
	bound kp1.ID
}

// judge decides about every move, but those that known decides. kin may be nil: then nobody acts for anybody. For each
// move to be decided it takes O(moves).
func judge(g *act.Graph, kin Kin, known map[kp1.ID]verdict) *board {
	n := g.Len()
	b := &board{g: g, kin: make([][]kp1.MID, n), rules: make([]error, n), bound: make([]kp1.ID, n), final: make(map[kp1.ID]verdict, n)}
	for i := range n {
		id := b.event(i).ID
		v, done := known[id]
		if done {
			b.kin[i], b.rules[i], b.bound[i] = v.kin, v.rule, v.bound
			b.final[id] = v
			continue
		}
		past := g.Past(i)
		met := b.meet(i, past, kin)
		if !g.Whole(i) {
			b.rules[i] = act.RuleWaits
			continue
		}
		s := b.stand(past)
		b.rules[i] = b.allows(i, s)
		if s.offer != none {
			b.bound[i] = b.event(s.offer).ID
		}
		if met { // and so was every move in its past, whose households are among those it met
			b.final[id] = verdict{b.rules[i], b.kin[i], b.bound[i]}
		}
	}
	return b
}

// meet finds for whom else the author of move i may act: with whom they lived, as seen from all that the sleepover knew
// of households by then. What is not here of that counts for nothing until it comes, and then meet says false.
func (b *board) meet(i int, past []int, kin Kin) bool {
	var seen []kp1.ID
	for _, j := range append(past, i) {
		seen = append(seen, homeOf(b.event(j).Act)...)
	}
	if len(seen) == 0 || kin == nil {
		return true
	}
	var ok bool
	b.kin[i], ok = kin(b.event(i).Author, act.SortIDs(seen))
	b.needs = b.needs || !ok
	return ok
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
