package care_test

import (
	"testing"

	"kith/store/care"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

// cast is Ade, who asks and lives with Tom; Bev, who lives with Ben; Sue; Guy, a guest.
func cast(t *testing.T) *family {
	f := newFamily(t, "ade", "tom", "bev", "ben", "sue", "guy")
	f.as("guy").rank = kp1.RankGuest
	f.household("ade", "tom")
	f.household("bev", "ben")
	f.meet()
	return f
}

// to brings a sleepover of Ade's to a state, with Bev as the host and Sue's offer spare.
func (f *family) to(state sleepover.State) kp1.ID {
	f.t.Helper()
	ade, bev, sue := f.as("ade"), f.as("bev"), f.as("sue")
	id := ade.do(mia())
	f.meet()
	steps := []func(){
		func() { bev.do(sleepover.Offer{Ask: id, Condition: "from 9.45"}); sue.do(sleepover.Offer{Ask: id}) },
		func() { ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")}) },
		func() { bev.do(sleepover.Agree{Ask: id}) },
		func() { bev.do(sleepover.Arrived{Ask: id}) },
		func() { ade.do(sleepover.Home{Ask: id}) },
		func() { ade.do(sleepover.Close{Ask: id}) },
	}
	switch state {
	case sleepover.Withdrawn:
		ade.do(sleepover.Withdraw{Ask: id})
		steps = nil
	case sleepover.NotNeededAnyMore:
		ade.do(sleepover.NotNeeded{Ask: id})
		steps = nil
	default:
		steps = steps[:state-sleepover.Asked]
	}
	for _, step := range steps {
		step()
		f.meet()
	}
	f.meet()
	for _, p := range f.people {
		if got := p.sleepover(id).State; got != state {
			f.t.Fatalf("%s sees %v, want %v", p.name, got, state)
		}
	}
	return id
}

func (p *person) offer(ask kp1.ID, by string) kp1.ID {
	p.f.t.Helper()
	for _, o := range p.sleepover(ask).Offers {
		if o.By.Author == p.f.as(by).id {
			return o.ID
		}
	}
	p.f.t.Fatalf("%s made no offer", by)
	return kp1.ID{}
}

// TestTableOfMoves walks product.md's table: every move, by every sort of person, in every state.
func TestTableOfMoves(t *testing.T) {
	const (
		asker, mate, host, hostMate, spare, guest = "ade", "tom", "bev", "ben", "sue", "guy"

		notAsker, notHost, notOfferer, notParty = "E_RULE_NOT_ASKER", "E_RULE_NOT_HOST", "E_RULE_NOT_OFFERER", "E_RULE_NOT_ASKER_OR_HOST"
		own, over, isGuest                      = "E_RULE_OWN_ASK", "E_RULE_OVER", "E_RULE_GUEST"
		arrived, home, notArrived, notHome      = "E_RULE_ALREADY_ARRIVED", "E_RULE_ALREADY_HOME", "E_RULE_NOT_ARRIVED", "E_RULE_NOT_HOME"
		offered, settled, agreed, notAgreed     = "E_RULE_ALREADY_OFFERED", "E_RULE_SETTLED", "E_RULE_ALREADY_AGREED", "E_RULE_NOT_AGREED"
		noOffer, chosen, notChosen              = "E_RULE_NOT_OFFERED", "E_RULE_ALREADY_CHOSEN", "E_RULE_NOT_CHOSEN"
		ok                                      = ""
	)
	change := func(id kp1.ID) care.Act { return sleepover.Change{Ask: id, Terms: later(1), Beds: 1} }
	type row struct {
		name string
		act  func(p *person, id kp1.ID) care.Act
		by   string
		want [9]string // in asked, offered, chosen, agreed, arrived, home, closed, withdrawn, not-needed
	}
	plain := func(f func(id kp1.ID) care.Act) func(*person, kp1.ID) care.Act {
		return func(_ *person, id kp1.ID) care.Act { return f(id) }
	}
	offer := plain(func(id kp1.ID) care.Act { return sleepover.Offer{Ask: id} })
	choose := func(p *person, id kp1.ID) care.Act {
		c := sleepover.Choose{Ask: id, Offer: id}
		if s := p.sleepover(id); len(s.Offers) > 0 {
			c.Offer = p.offer(id, host)
		}
		return c
	}
	agree := plain(func(id kp1.ID) care.Act { return sleepover.Agree{Ask: id} })
	cannot := func(p *person, id kp1.ID) care.Act {
		return sleepover.Cannot{Ask: id, Offer: p.offer(id, host)}
	}
	withdraw := plain(func(id kp1.ID) care.Act { return sleepover.Withdraw{Ask: id} })
	notNeeded := plain(func(id kp1.ID) care.Act { return sleepover.NotNeeded{Ask: id} })
	arrive := plain(func(id kp1.ID) care.Act { return sleepover.Arrived{Ask: id} })
	goHome := plain(func(id kp1.ID) care.Act { return sleepover.Home{Ask: id} })
	closing := plain(func(id kp1.ID) care.Act { return sleepover.Close{Ask: id} })
	onIt := plain(func(id kp1.ID) care.Act { return sleepover.OnIt{Ask: id} })
	all := func(code string) (out [9]string) {
		for i := range out {
			out[i] = code
		}
		return out
	}
	rows := []row{
		{"offer by the asker", offer, asker, all(own)},
		{"offer by the asker's household", offer, mate, all(own)},
		{"offer by a guest", offer, guest, all(isGuest)},
		{"offer by another member", offer, spare, [9]string{ok, offered, offered, settled, settled, settled, over, over, over}},
		{"offer by the offering household", offer, hostMate, [9]string{ok, offered, offered, settled, settled, settled, over, over, over}},
		{"choose by the asker", choose, asker, [9]string{noOffer, ok, chosen, chosen, arrived, home, over, over, over}},
		{"choose by the asker's household", choose, mate, [9]string{noOffer, ok, chosen, chosen, arrived, home, over, over, over}},
		{"choose by the host", choose, host, all(notAsker)},
		{"choose by another member", choose, spare, all(notAsker)},
		{"choose by a guest", choose, guest, all(isGuest)},
		{"agree by the host", agree, host, [9]string{notChosen, notChosen, ok, agreed, agreed, home, over, over, over}},
		{"agree by the host's household", agree, hostMate, [9]string{notChosen, notChosen, ok, agreed, agreed, home, over, over, over}},
		{"agree by the asker", agree, asker, [9]string{notChosen, notChosen, notHost, agreed, agreed, home, over, over, over}},
		{"agree by a spare offer", agree, spare, [9]string{notChosen, notChosen, notHost, notHost, notHost, notHost, over, over, over}},
		{"agree by a guest", agree, guest, all(isGuest)},
		{"change by the asker", plain(change), asker, [9]string{ok, ok, ok, ok, ok, home, over, over, over}},
		{"change by the asker's household", plain(change), mate, [9]string{ok, ok, ok, ok, ok, home, over, over, over}},
		{"change by the host", plain(change), host, [9]string{notParty, notParty, ok, ok, ok, home, over, notParty, notParty}},
		{"change by the host's household", plain(change), hostMate, [9]string{notParty, notParty, ok, ok, ok, home, over, notParty, notParty}},
		{"change by a spare offer", plain(change), spare, all(notParty)},
		{"change by a guest", plain(change), guest, all(isGuest)},
		{"cannot by the host", cannot, host, [9]string{"-", ok, ok, ok, arrived, arrived, over, "-", "-"}},
		{"cannot by the host's household", cannot, hostMate, [9]string{"-", ok, ok, ok, arrived, arrived, over, "-", "-"}},
		{"cannot by the asker", cannot, asker, [9]string{"-", notOfferer, notOfferer, notOfferer, notOfferer, notOfferer, notOfferer, "-", "-"}},
		{"cannot of another's offer", cannot, spare, [9]string{"-", notOfferer, notOfferer, notOfferer, notOfferer, notOfferer, notOfferer, "-", "-"}},
		{"cannot by a guest", cannot, guest, [9]string{"-", isGuest, isGuest, isGuest, isGuest, isGuest, isGuest, "-", "-"}},
		{"withdraw by the asker", withdraw, asker, [9]string{ok, ok, ok, ok, arrived, arrived, over, over, over}},
		{"withdraw by the asker's household", withdraw, mate, [9]string{ok, ok, ok, ok, arrived, arrived, over, over, over}},
		{"withdraw by the host", withdraw, host, all(notAsker)},
		{"withdraw by a guest", withdraw, guest, all(isGuest)},
		{"not needed by the asker", notNeeded, asker, [9]string{ok, ok, ok, ok, arrived, arrived, over, over, over}},
		{"not needed by the asker's household", notNeeded, mate, [9]string{ok, ok, ok, ok, arrived, arrived, over, over, over}},
		{"not needed by the host", notNeeded, host, all(notAsker)},
		{"not needed by a guest", notNeeded, guest, all(isGuest)},
		{"arrived by the host", arrive, host, [9]string{notAgreed, notAgreed, notAgreed, ok, arrived, home, over, over, over}},
		{"arrived by the host's household", arrive, hostMate, [9]string{notAgreed, notAgreed, notAgreed, ok, arrived, home, over, over, over}},
		{"arrived by the asker", arrive, asker, [9]string{notAgreed, notAgreed, notHost, notHost, notHost, notHost, notHost, over, over}},
		{"arrived by a guest", arrive, guest, all(isGuest)},
		{"home by the asker", goHome, asker, [9]string{notArrived, notArrived, notArrived, notArrived, ok, home, over, over, over}},
		{"home by the asker's household", goHome, mate, [9]string{notArrived, notArrived, notArrived, notArrived, ok, home, over, over, over}},
		{"home by the host", goHome, host, all(notAsker)},
		{"home by a guest", goHome, guest, all(isGuest)},
		{"close by the asker", closing, asker, [9]string{notHome, notHome, notHome, notHome, notHome, ok, over, over, over}},
		{"close by the asker's household", closing, mate, [9]string{notHome, notHome, notHome, notHome, notHome, ok, over, over, over}},
		{"close by the host", closing, host, all(notAsker)},
		{"close by a guest", closing, guest, all(isGuest)},
		{"on it by a member", onIt, spare, [9]string{ok, ok, ok, ok, ok, ok, over, over, over}},
		{"on it by the asker", onIt, asker, all(own)},
		{"on it by a guest", onIt, guest, all(isGuest)},
	}
	for state := sleepover.Asked; state <= sleepover.NotNeededAnyMore; state++ {
		f := cast(t)
		id := f.to(state)
		for _, r := range rows {
			want := r.want[state-sleepover.Asked]
			if want == "-" { // there is no offer to take back
				continue
			}
			p := f.as(r.by)
			if got := p.refused(r.act(p, id)); got != want {
				t.Errorf("%s in %s: Check = %q, want %q", r.name, state, got, want)
			}
		}
	}
	t.Run("ask by a guest", func(t *testing.T) {
		f := cast(t)
		if got := f.as("guy").refused(mia()); got != isGuest {
			t.Errorf("Check = %q, want %q", got, isGuest)
		}
	})
	t.Run("move on an ask that is not here", func(t *testing.T) {
		f := cast(t)
		if got := f.as("sue").refused(sleepover.Offer{Ask: kp1.Sum([]byte("nothing"))}); got != "E_RULE_NO_SUCH_THING" {
			t.Errorf("Check = %q, want E_RULE_NO_SUCH_THING", got)
		}
	})
}

// TestRefusedMoveFromPeer: what a rule refuses is kept and shown with its rule when a peer sends it all the same.
func TestRefusedMoveFromPeer(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Chosen)
	for _, c := range []struct {
		by   string
		act  care.Act
		want string
	}{
		{"sue", sleepover.Choose{Offer: f.as("sue").offer(id, "sue")}, "E_RULE_NOT_ASKER"},
		{"sue", sleepover.Agree{}, "E_RULE_NOT_HOST"},
		{"guy", sleepover.Withdraw{}, "E_RULE_GUEST"},
		{"bev", sleepover.Withdraw{}, "E_RULE_NOT_ASKER"},
		{"tom", sleepover.Offer{}, "E_RULE_OWN_ASK"},
	} {
		before := f.as("ade").sleepover(id)
		e := f.as(c.by).force(care.Fill(f.as(c.by).view, f.as(c.by).id, setAsk(c.act, id)))
		f.meet()
		after := f.as("ade").sleepover(id)
		if after.State != before.State || after.Chosen != before.Chosen || len(after.Standing()) != len(before.Standing()) {
			t.Errorf("%s by %s: state %v, want it as it was, %v", e.Act.Type(), c.by, after.State, before.State)
		}
		m := fate(t, after, e.ID)
		if m.Fate != sleepover.Refused || m.Rule == nil || m.Rule.Code() != c.want {
			t.Errorf("%s by %s: fate %d by rule %v, want refused by %s", e.Act.Type(), c.by, m.Fate, m.Rule, c.want)
		}
	}
}

func setAsk(a care.Act, id kp1.ID) care.Act {
	switch a := a.(type) {
	case sleepover.Choose:
		a.Ask = id
		return a
	case sleepover.Agree:
		a.Ask = id
		return a
	case sleepover.Withdraw:
		a.Ask = id
		return a
	case sleepover.Offer:
		a.Ask = id
		return a
	}
	return a
}

// TestPartedAdultActsNoMore: who no longer lives there makes no moves for the household, not even by naming old acts.
func TestPartedAdultActsNoMore(t *testing.T) {
	f := newFamily(t, "ade", "tom", "sue")
	home := f.household("ade", "tom")
	f.meet()
	old := f.as("tom").view.People().Seen(f.as("tom").id, sleepover.MaxHome)
	f.as("ade").do(people.Part{Household: home, Person: f.as("tom").id})
	f.meet()
	id := f.as("ade").do(mia())
	f.meet()
	if got := f.as("tom").refused(sleepover.Withdraw{Ask: id}); got != "E_RULE_NOT_ASKER" {
		t.Errorf("Check(withdraw by who moved out) = %q, want E_RULE_NOT_ASKER", got)
	}
	heads := f.as("tom").sleepover(id).Heads
	e := f.as("tom").force(sleepover.Withdraw{Ask: id, Seen: sleepover.Seen{Base: heads, Home: old}})
	f.meet()
	if m := fate(t, f.as("ade").sleepover(id), e.ID); m.Fate != sleepover.Refused {
		t.Errorf("withdraw naming acts from before the parting: fate %d, want refused", m.Fate)
	}
	// He may offer now like anyone else.
	f.as("tom").do(sleepover.Offer{Ask: id})
}
