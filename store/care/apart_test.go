package care_test

import (
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

// TestMovesApart makes two moves from the same base on two computers, joins them, and looks at what stands.
func TestMovesApart(t *testing.T) {
	offerBy := func(by string) func(p *person, id kp1.ID) care.Act {
		return func(p *person, id kp1.ID) care.Act { return sleepover.Choose{Ask: id, Offer: p.offer(id, by)} }
	}
	withdraw := func(_ *person, id kp1.ID) care.Act { return sleepover.Withdraw{Ask: id} }
	notNeeded := func(_ *person, id kp1.ID) care.Act { return sleepover.NotNeeded{Ask: id} }
	cannot := func(_ *person, id kp1.ID) care.Act { return sleepover.Cannot{Ask: id, Reason: "flu"} }
	change := func(days int) func(*person, kp1.ID) care.Act {
		return func(_ *person, id kp1.ID) care.Act { return sleepover.Change{Ask: id, Terms: later(days), Beds: 1} }
	}
	agree := func(_ *person, id kp1.ID) care.Act { return sleepover.Agree{Ask: id} }
	offer := func(_ *person, id kp1.ID) care.Act { return sleepover.Offer{Ask: id, Condition: "new"} }
	arrive := func(_ *person, id kp1.ID) care.Act { return sleepover.Arrived{Ask: id} }
	type move = func(*person, kp1.ID) care.Act
	const stands, overtaken = sleepover.Stands, sleepover.Overtaken
	for _, c := range []struct {
		name            string
		from            sleepover.State
		by1             string
		move1           move
		by2             string
		move2           move
		want            sleepover.State
		fate1, fate2    sleepover.Fate
		conflict        sleepover.ConflictKind // 0: none
		changed, chosen bool
	}{
		{"withdraw over not needed", sleepover.Offered, "ade", withdraw, "tom", notNeeded, sleepover.Withdrawn, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"withdraw over cannot", sleepover.Agreed, "ade", withdraw, "bev", cannot, sleepover.Withdrawn, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"withdraw over change", sleepover.Chosen, "ade", withdraw, "bev", change(1), sleepover.Withdrawn, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"withdraw over agree", sleepover.Chosen, "ade", withdraw, "bev", agree, sleepover.Withdrawn, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"withdraw over choose", sleepover.Offered, "ade", withdraw, "tom", offerBy("bev"), sleepover.Withdrawn, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"withdraw over offer", sleepover.Asked, "ade", withdraw, "bev", offer, sleepover.Withdrawn, stands, overtaken, 0, false, false},
		{"not needed over agree", sleepover.Chosen, "ade", notNeeded, "bev", agree, sleepover.NotNeededAnyMore, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"not needed over change", sleepover.Agreed, "ade", notNeeded, "bev", change(1), sleepover.NotNeededAnyMore, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"not needed over cannot", sleepover.Agreed, "ade", notNeeded, "bev", cannot, sleepover.NotNeededAnyMore, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"not needed over choose", sleepover.Offered, "ade", notNeeded, "tom", offerBy("bev"), sleepover.NotNeededAnyMore, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"not needed over offer", sleepover.Asked, "ade", notNeeded, "bev", offer, sleepover.NotNeededAnyMore, stands, overtaken, 0, false, false},
		{"cannot over agree in one household", sleepover.Chosen, "bev", cannot, "ben", agree, sleepover.Offered, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"cannot over change in one household", sleepover.Agreed, "bev", cannot, "ben", change(1), sleepover.Offered, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"cannot over choose", sleepover.Offered, "bev", cannot, "ade", offerBy("bev"), sleepover.Offered, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"cannot beside the asker's change: both hold", sleepover.Agreed, "bev", cannot, "ade", change(1), sleepover.Offered, stands, stands, 0, false, false},
		{"change over agree", sleepover.Chosen, "ade", change(1), "bev", agree, sleepover.Chosen, stands, overtaken, sleepover.CrossedMoves, false, true},
		{"change over choose", sleepover.Offered, "ade", change(1), "tom", offerBy("bev"), sleepover.Offered, stands, overtaken, sleepover.CrossedMoves, false, false},
		{"change beside offer: the offer is for the earlier terms", sleepover.Asked, "ade", change(1), "bev", offer, sleepover.Offered, stands, stands, 0, false, false},
		{"two changes", sleepover.Agreed, "ade", change(1), "bev", change(2), sleepover.Agreed, stands, stands, sleepover.TwoVersions, true, true},
		{"spare offer leaves the agreement as it is", sleepover.Chosen, "bev", agree, "guest-member", offer, sleepover.Agreed, stands, stands, 0, false, true},
		{"spare offer leaves the choice as it is", sleepover.Offered, "ade", offerBy("bev"), "guest-member", offer, sleepover.Chosen, stands, stands, 0, false, true},
		{"two offers are two offers", sleepover.Asked, "bev", offer, "sue", offer, sleepover.Offered, stands, stands, 0, false, false},
		{"two different choices", sleepover.Offered, "ade", offerBy("bev"), "tom", offerBy("sue"), sleepover.Offered, stands, stands, sleepover.TwoChoices, false, false},
		{"the same choice twice", sleepover.Offered, "ade", offerBy("bev"), "tom", offerBy("bev"), sleepover.Chosen, stands, stands, 0, false, true},
		{"the same agreement twice", sleepover.Chosen, "bev", agree, "ben", agree, sleepover.Agreed, stands, stands, 0, false, true},
		{"arrived is a fact: withdraw", sleepover.Agreed, "bev", arrive, "ade", withdraw, sleepover.ArrivedThere, stands, overtaken, sleepover.EndedBut, false, true},
		{"arrived is a fact: not needed", sleepover.Agreed, "bev", arrive, "ade", notNeeded, sleepover.ArrivedThere, stands, overtaken, sleepover.EndedBut, false, true},
		{"arrived is a fact: cannot", sleepover.Agreed, "bev", arrive, "ben", cannot, sleepover.ArrivedThere, stands, overtaken, sleepover.EndedBut, false, true},
		{"arrived beside change", sleepover.Agreed, "bev", arrive, "ade", change(1), sleepover.ArrivedThere, stands, stands, 0, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := cast(t)
			f.people["guest-member"] = &person{f, "guest-member", kp1.MID{7}, kp1.RankMember, care.View{}, map[kp1.ID]bool{}}
			id := f.to(c.from)
			one := f.as(c.by1).do(c.move1(f.as(c.by1), id))
			two := f.as(c.by2).do(c.move2(f.as(c.by2), id))
			f.meet()
			s := f.as("sue").sleepover(id)
			if s.State != c.want {
				t.Errorf("state = %v, want %v", s.State, c.want)
			}
			if got := fate(t, s, one).Fate; got != c.fate1 {
				t.Errorf("fate of the first = %d, want %d", got, c.fate1)
			}
			m := fate(t, s, two)
			if m.Fate != c.fate2 {
				t.Errorf("fate of the second = %d, want %d", m.Fate, c.fate2)
			}
			if m.Fate == overtaken && m.By != one {
				t.Errorf("the second is overtaken by %s, want the first", m.By.Short())
			}
			if s.Changed != c.changed || !s.Chosen.IsZero() != c.chosen {
				t.Errorf("changed = %v, chosen = %v, want %v, %v", s.Changed, !s.Chosen.IsZero(), c.changed, c.chosen)
			}
			switch {
			case c.conflict == 0 && len(s.Conflicts) > 0:
				t.Errorf("conflicts = %+v, want none", s.Conflicts)
			case c.conflict != 0 && (len(s.Conflicts) != 1 || s.Conflicts[0].Kind != c.conflict):
				t.Errorf("conflicts = %+v, want one of kind %v", s.Conflicts, c.conflict)
			case c.conflict != 0 && !slices.Contains(s.Conflicts[0].Moves, two):
				t.Errorf("the conflict does not name the second move")
			}
		})
	}
}

// TestTwoChoicesSettled: both are shown, all three are to ring one another, and only a new choice settles it.
func TestTwoChoicesSettled(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Offered)
	ade, tom, bev, sue := f.as("ade"), f.as("tom"), f.as("bev"), f.as("sue")
	ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")})
	tom.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "sue")})
	f.meet()
	s := bev.sleepover(id)
	for _, p := range []*person{ade, bev, sue} {
		if !slices.Contains(s.Conflicts[0].People, p.id) {
			t.Errorf("%s is not told to ring", p.name)
		}
	}
	if got := bev.refused(sleepover.Agree{Ask: id}); got != "E_RULE_NOT_CHOSEN" {
		t.Errorf("Check(agree with two choices) = %q, want E_RULE_NOT_CHOSEN", got)
	}
	sue.do(sleepover.Cannot{Ask: id})
	f.meet()
	if s := ade.sleepover(id); s.State != sleepover.Offered || !s.Chosen.IsZero() {
		t.Errorf("after one of two chosen hosts cannot: %v chosen %v, want offered, none: nobody has chosen again", s.State, s.Chosen)
	}
	ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")})
	f.meet()
	s = bev.sleepover(id)
	if s.State != sleepover.Chosen || s.Host != bev.id || len(s.Conflicts) > 0 {
		t.Errorf("after a new choice: %v host bev %v conflicts %v, want chosen, bev, none", s.State, s.Host == bev.id, s.Conflicts)
	}
}

// TestHostCannot: back to offered while another offer stands, to asked when none is left.
func TestHostCannot(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Agreed)
	f.as("bev").do(sleepover.Cannot{Ask: id, Reason: "flu"})
	f.meet()
	s := f.as("ade").sleepover(id)
	if s.State != sleepover.Offered || len(s.Standing()) != 1 || !s.Chosen.IsZero() || !s.Agreed.IsZero() {
		t.Errorf("host cannot: %v with %d offers, chosen %v, agreed %v; want offered, 1, none, none", s.State, len(s.Standing()), s.Chosen, s.Agreed)
	}
	for _, o := range s.Offers {
		if o.TakenBack && (o.Reason != "flu" || o.Back.Author != f.as("bev").id) {
			t.Errorf("taken back by %s for %q, want bev for flu", o.Back.Author.Short(), o.Reason)
		}
	}
	f.as("sue").do(sleepover.Cannot{Ask: id})
	f.meet()
	if got := f.as("ade").state(id); got != "asked" {
		t.Errorf("no offer left: %s, want asked", got)
	}
	f.as("bev").do(sleepover.Offer{Ask: id})
	f.meet()
	if got := f.as("ade").state(id); got != "offered" {
		t.Errorf("offered anew: %s, want offered", got)
	}
}

// TestChangeIsAgreedAnewByBoth: the state stays, and it is agreed again once the side that did not change it says so.
func TestChangeIsAgreedAnewByBoth(t *testing.T) {
	for _, c := range []struct{ changes, agrees, wrong string }{{"ade", "bev", "tom"}, {"bev", "ade", "ben"}, {"tom", "ben", "ade"}, {"ben", "tom", "bev"}} {
		t.Run("by "+c.changes, func(t *testing.T) {
			f := cast(t)
			id := f.to(sleepover.Agreed)
			version := f.as(c.changes).do(sleepover.Change{Ask: id, Terms: later(1), Beds: 2})
			f.meet()
			s := f.as("sue").sleepover(id)
			askers := c.changes == "ade" || c.changes == "tom"
			if s.State != sleepover.Agreed || !s.Changed || s.Sheet != version || s.Terms != later(1) || s.Beds != 2 {
				t.Errorf("changed: %v changed %v beds %d, want agreed, true, 2, on the new version", s.State, s.Changed, s.Beds)
			}
			if s.AskerToSay != !askers || s.HostToSay != askers {
				t.Errorf("asker to say %v, host to say %v, want %v, %v", s.AskerToSay, s.HostToSay, !askers, askers)
			}
			if got := f.as(c.wrong).refused(sleepover.Agree{Ask: id}); got != "E_RULE_ALREADY_AGREED" {
				t.Errorf("Check(agree by the side that changed it) = %q, want E_RULE_ALREADY_AGREED", got)
			}
			old := sleepover.Agree{Ask: id, Sheet: id}
			if got := f.as(c.agrees).refused(old); got != "E_RULE_OLD_TERMS" {
				t.Errorf("Check(agree to the old terms) = %q, want E_RULE_OLD_TERMS", got)
			}
			f.as(c.agrees).do(sleepover.Agree{Ask: id})
			f.meet()
			s = f.as("sue").sleepover(id)
			if s.State != sleepover.Agreed || s.Changed || s.AskerToSay || s.HostToSay {
				t.Errorf("agreed anew: %v changed %v, want agreed, false", s.State, s.Changed)
			}
		})
	}
}

// TestChangeBeforeAgreement: the host agrees to the terms in force, not to those chosen on.
func TestChangeBeforeAgreement(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Chosen)
	f.as("bev").do(sleepover.Change{Ask: id, Terms: later(2), Beds: 1})
	f.meet()
	if s := f.as("ade").sleepover(id); s.State != sleepover.Chosen || s.Changed || !s.AskerToSay || s.HostToSay {
		t.Errorf("host changed: %v changed %v asker to say %v, want chosen, false, true", s.State, s.Changed, s.AskerToSay)
	}
	f.as("tom").do(sleepover.Agree{Ask: id})
	f.meet()
	if s := f.as("ade").sleepover(id); s.State != sleepover.Agreed || s.Changed {
		t.Errorf("asker agreed to the host's change: %v changed %v, want agreed, false", s.State, s.Changed)
	}
}

// TestTwoChangesAreSettledByOneMore: nobody agrees while two versions are at odds.
func TestTwoChangesAreSettledByOneMore(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Agreed)
	f.as("ade").do(sleepover.Change{Ask: id, Terms: later(1), Beds: 1})
	f.as("bev").do(sleepover.Change{Ask: id, Terms: later(2), Beds: 1})
	f.meet()
	s := f.as("ade").sleepover(id)
	if len(s.Versions) != 2 {
		t.Fatalf("versions = %d, want 2: neither is lost", len(s.Versions))
	}
	for _, who := range []string{"ade", "bev"} {
		if got := f.as(who).refused(sleepover.Agree{Ask: id}); got != "E_RULE_TWO_VERSIONS" {
			t.Errorf("Check(agree by %s) = %q, want E_RULE_TWO_VERSIONS", who, got)
		}
	}
	f.as("ade").do(sleepover.Change{Ask: id, Terms: later(2), Beds: 1})
	f.meet()
	f.as("bev").do(sleepover.Agree{Ask: id})
	f.meet()
	s = f.as("ade").sleepover(id)
	if s.State != sleepover.Agreed || s.Changed || len(s.Versions) != 1 || len(s.Conflicts) > 0 || s.Terms != later(2) {
		t.Errorf("settled: %v changed %v versions %d conflicts %v", s.State, s.Changed, len(s.Versions), s.Conflicts)
	}
}

// TestHostsChangeLapses: what a host changed alone goes with them; what the asker agreed to stays.
func TestHostsChangeLapses(t *testing.T) {
	for _, agreed := range []bool{false, true} {
		f := cast(t)
		id := f.to(sleepover.Agreed)
		f.as("bev").do(sleepover.Change{Ask: id, Terms: later(3), Beds: 1})
		f.meet()
		want := mia().Terms
		if agreed {
			f.as("ade").do(sleepover.Agree{Ask: id})
			f.meet()
			want = later(3)
		}
		f.as("bev").do(sleepover.Cannot{Ask: id})
		f.meet()
		if s := f.as("sue").sleepover(id); s.Terms != want || s.State != sleepover.Offered {
			t.Errorf("asker agreed %v: terms %+v in %v, want %+v in offered", agreed, s.Terms, s.State, want)
		}
	}
}

// TestOnIt: a claim stands beside the states, and its author takes it back.
func TestOnIt(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Asked)
	f.as("sue").do(sleepover.OnIt{Ask: id})
	f.as("bev").do(sleepover.OnIt{Ask: id})
	f.meet()
	if s := f.as("ade").sleepover(id); s.State != sleepover.Asked || len(s.OnIt) != 2 {
		t.Errorf("claimed: %v with %d claims, want asked with 2", s.State, len(s.OnIt))
	}
	f.as("sue").do(sleepover.OnIt{Ask: id, Off: true})
	f.meet()
	if s := f.as("ade").sleepover(id); len(s.OnIt) != 1 || s.OnIt[0].By.Author != f.as("bev").id {
		t.Errorf("claims = %+v, want bev's alone", s.OnIt)
	}
}

// TestMoveThatWaitsHoldsNobodyUp: a move that names something that never comes waits alone.
func TestMoveThatWaitsHoldsNobodyUp(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Offered)
	f.as("sue").force(sleepover.OnIt{Ask: id, Seen: sleepover.Seen{Base: []kp1.ID{kp1.Sum([]byte("never"))}}})
	f.meet()
	ade := f.as("ade")
	ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")})
	f.meet()
	if s := f.as("bev").sleepover(id); s.State != sleepover.Chosen || s.Waiting != 1 {
		t.Errorf("%v with %d waiting, want chosen with 1", s.State, s.Waiting)
	}
}
