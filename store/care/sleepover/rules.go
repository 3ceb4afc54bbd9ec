package sleepover

import (
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// The rules of product.md's table of moves.
var (
	RuleOver        = act.Named("E_RULE_OVER", "the sleepover is over")
	RuleNotAsker    = act.Named("E_RULE_NOT_ASKER", "who asked, or an adult of that home, alone may do this")
	RuleNotHost     = act.Named("E_RULE_NOT_HOST", "the chosen host, or an adult of that home, alone may do this")
	RuleNotParty    = act.Named("E_RULE_NOT_ASKER_OR_HOST", "the asker's and the host's homes alone may do this")
	RuleNotOfferer  = act.Named("E_RULE_NOT_OFFERER", "who offered, or an adult of that home, alone may do this")
	RuleOwnAsk      = act.Named("E_RULE_OWN_ASK", "nobody offers to their own home's ask")
	RuleOffered     = act.Named("E_RULE_ALREADY_OFFERED", "this home has an offer standing")
	RuleSettled     = act.Named("E_RULE_SETTLED", "a home is agreed: no more offers")
	RuleNoOffer     = act.Named("E_RULE_NOT_OFFERED", "no offer stands")
	RuleTakenBack   = act.Named("E_RULE_TAKEN_BACK", "the offer was taken back")
	RuleChosen      = act.Named("E_RULE_ALREADY_CHOSEN", "an offer is chosen already")
	RuleNotChosen   = act.Named("E_RULE_NOT_CHOSEN", "no offer is chosen")
	RuleOldChoice   = act.Named("E_RULE_OLD_CHOICE", "the choice or agreement named is not the one in force")
	RuleOldTerms    = act.Named("E_RULE_OLD_TERMS", "the terms were changed since")
	RuleTwoVersions = act.Named("E_RULE_TWO_VERSIONS", "two changes are at odds: one more change settles it first")
	RuleAgreed      = act.Named("E_RULE_ALREADY_AGREED", "that side has agreed to these terms")
	RuleNotAgreed   = act.Named("E_RULE_NOT_AGREED", "not agreed yet")
	RuleArrived     = act.Named("E_RULE_ALREADY_ARRIVED", "the child is there already")
	RuleNotArrived  = act.Named("E_RULE_NOT_ARRIVED", "the child has not arrived yet")
	RuleHome        = act.Named("E_RULE_ALREADY_HOME", "the child is home already")
	RuleNotHome     = act.Named("E_RULE_NOT_HOME", "the child is not home yet")
)

// allows says whether move i may follow what s stands for: who may, first; then whether it is time for it.
func (b *board) allows(i int, s *standing) error {
	e := b.event(i)
	if e.Rank < kp1.RankMember {
		return act.RuleGuest
	}
	if _, ok := e.Act.(Ask); ok {
		return nil
	}
	if s.ask == none {
		return act.RuleUnknown
	}
	if err := b.who(i, s); err != nil {
		return err
	}
	if s.state.Over() {
		return RuleOver
	}
	switch a := e.Act.(type) {
	case Offer:
		return b.mayOffer(i, s)
	case Choose:
		return b.mayChoose(a, s)
	case Agree:
		return b.mayAgree(i, a, s)
	case Change:
		if s.state >= HomeAgain {
			return RuleHome
		}
	case Cannot:
		return b.mayTakeBack(a, s)
	case Withdraw, NotNeeded:
		return unless(s.state >= ArrivedThere, RuleArrived)
	case Arrived:
		return b.mayArrive(a, s)
	case Home:
		switch {
		case s.state < ArrivedThere:
			return RuleNotArrived
		case s.state > ArrivedThere:
			return RuleHome
		}
	case Close:
		return unless(s.state != HomeAgain, RuleNotHome)
	}
	return nil
}

func unless(bad bool, rule *act.Rule) error {
	if bad {
		return rule
	}
	return nil
}

// who says whether the author of move i is one who makes such moves.
func (b *board) who(i int, s *standing) error {
	asker := b.byAsker(i, s)
	host := s.offer != none && b.acts(i, b.event(s.offer).Author)
	switch a := b.event(i).Act.(type) {
	case Choose, Withdraw, NotNeeded, Home, Close:
		return unless(!asker, RuleNotAsker)
	case Offer, OnIt:
		return unless(asker, RuleOwnAsk)
	case Cannot:
		o, ok := b.g.Find(a.Offer)
		if !ok || !slices.Contains(s.offers, o) {
			return act.RuleUnknown
		}
		return unless(!b.acts(i, b.event(o).Author), RuleNotOfferer)
	case Change:
		return unless(!asker && !host, RuleNotParty)
	case Agree:
		// The first agreement is the host's alone; after a change it is for whoever did not make it.
		if s.choice == none || s.state.Over() {
			return nil
		}
		if asker && !s.once && s.asker {
			return RuleNotHost
		}
		return unless(!asker && !host, RuleNotHost)
	case Arrived:
		return unless(s.choice != none && !host, RuleNotHost)
	}
	return nil
}

func (b *board) mayOffer(i int, s *standing) error {
	if s.state > Chosen {
		return RuleSettled
	}
	for _, o := range s.offers {
		if _, gone := s.back[o]; !gone && b.acts(i, b.event(o).Author) {
			return RuleOffered
		}
	}
	return nil
}

func (b *board) mayChoose(a Choose, s *standing) error {
	switch {
	case s.state >= HomeAgain:
		return RuleHome
	case s.state == ArrivedThere:
		return RuleArrived
	case s.choice != none:
		return RuleChosen
	case s.state == Asked:
		return RuleNoOffer
	}
	o, ok := b.g.Find(a.Offer)
	if !ok || !slices.Contains(s.offers, o) {
		return act.RuleUnknown
	}
	if _, gone := s.back[o]; gone {
		return RuleTakenBack
	}
	return b.current(a.Sheet, s)
}

// current says whether id names the version of the terms in force.
func (b *board) current(id kp1.ID, s *standing) error {
	if len(s.versions) > 1 {
		return RuleTwoVersions
	}
	return unless(b.event(s.versions[0]).ID != id, RuleOldTerms)
}

func (b *board) mayAgree(i int, a Agree, s *standing) error {
	switch {
	case s.state >= HomeAgain:
		return RuleHome
	case s.choice == none:
		return RuleNotChosen
	case b.offerOf(b.choiceOf(i)) != s.offer:
		return RuleOldChoice
	}
	if err := b.current(a.Sheet, s); err != nil {
		return err
	}
	if b.byAsker(i, s) {
		return unless(s.asker, RuleAgreed)
	}
	return unless(s.host, RuleAgreed)
}

func (b *board) mayTakeBack(a Cannot, s *standing) error {
	o, _ := b.g.Find(a.Offer)
	if _, gone := s.back[o]; gone {
		return RuleTakenBack
	}
	return unless(s.state >= ArrivedThere && o == s.offer, RuleArrived)
}

func (b *board) mayArrive(a Arrived, s *standing) error {
	switch {
	case s.state >= HomeAgain:
		return RuleHome
	case s.state == ArrivedThere:
		return RuleArrived
	case s.state < Agreed:
		return RuleNotAgreed
	}
	g, ok := b.g.Find(a.Agreement)
	return unless(!ok || !slices.Contains(s.agrees, g), RuleOldChoice)
}
