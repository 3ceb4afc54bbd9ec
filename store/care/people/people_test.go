package people

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kith/store/care/act"
	"kith/store/kp1"
)

var ada, bob, cy = kp1.MID{1}, kp1.MID{2}, kp1.MID{3}

func id(s string) kp1.ID { return kp1.Sum([]byte(s)) }

func by(m kp1.MID, rank uint8, name string, a act.Act) act.Event {
	return act.Event{Meta: act.Meta{ID: id(name), Author: m, Rank: rank, Time: 1}, Act: a}
}

func member(m kp1.MID, name string, a act.Act) act.Event { return by(m, kp1.RankMember, name, a) }

func ids(names ...string) (out []kp1.ID) {
	for _, n := range names {
		out = append(out, id(n))
	}
	return act.SortIDs(out)
}

func TestGroupIsNamedByAdmins(t *testing.T) {
	p, _ := People{}.Apply(
		by(ada, kp1.RankAdmin, "1", About{Kind: Constellation, Name: "Elm Row"}),
		by(ada, kp1.RankAdmin, "2", About{Kind: Constellation, Name: "Oak Row", Base: ids("1")}),
		by(bob, kp1.RankMember, "3", About{Kind: Constellation, Name: "Mine", Base: ids("2")}),
	)
	if g := p.Group(); !g.Known || g.Name != "Oak Row" || g.Kind != Constellation || g.By.Author != ada {
		t.Errorf("Group = %+v, want Oak Row by ada", g)
	}
	if v := p.NotApplied(); len(v) != 1 || v[0].Rule != act.RuleAdmin || v[0].ID != id("3") {
		t.Errorf("NotApplied = %+v, want the member's, by RuleAdmin", v)
	}
	if g := (People{}).Group(); g.Known {
		t.Errorf("nobody has named the group: %+v", g)
	}
}

func TestNewestProfileStands(t *testing.T) {
	one, two := member(ada, "1", Profile{Name: "Ada"}), member(ada, "2", Profile{Name: "Ade", Title: "Hub carer", Base: ids("1")})
	p, _ := People{}.Apply(two, one)
	if a, ok := p.Person(ada); !ok || a.Name != "Ade" || a.Title != "Hub carer" {
		t.Errorf("Person = %+v, want Ade", a)
	}
	apart := []act.Event{member(ada, "3", Profile{Name: "three", Base: ids("2")}), member(ada, "4", Profile{Name: "four", Base: ids("2")})}
	want := "three"
	if id("4").Compare(id("3")) > 0 {
		want = "four"
	}
	p, _ = p.Apply(apart...)
	if a, _ := p.Person(ada); a.Name != want {
		t.Errorf("of two apart: %q, want the greater id, %q", a.Name, want)
	}
	if _, ok := p.Person(bob); ok {
		t.Errorf("bob has a name, and has not said one")
	}
	gone := member(ada, "2", Profile{}.Bare(act.Taken))
	p, _ = People{}.Apply(one, two, gone)
	if a, ok := p.Person(ada); !ok || a.Words != act.Taken || a.Name != "" {
		t.Errorf("name taken away: %+v", a)
	}
}

// TestTwoSided: a person lives in a household when one of its adults and the person both say so.
func TestTwoSided(t *testing.T) {
	start := member(ada, "h", Household{Name: "Elm", Beds: 2})
	welcome := member(ada, "w", Welcome{id("h"), bob, ids("h")})
	yes := member(bob, "y", LiveHere{id("h"), ids("w")})
	for _, c := range []struct {
		name     string
		events   []act.Event
		adults   []kp1.MID
		welcomed []kp1.MID
		rules    []*act.Rule
	}{
		{"started", []act.Event{start}, []kp1.MID{ada}, nil, nil},
		{"named", []act.Event{start, welcome}, []kp1.MID{ada}, []kp1.MID{bob}, nil},
		{"both", []act.Event{start, welcome, yes}, []kp1.MID{ada, bob}, nil, nil},
		{"unasked", []act.Event{start, member(cy, "x", LiveHere{id("h"), ids("h")})}, []kp1.MID{ada}, nil, []*act.Rule{RuleNotWelcome}},
		{"named by a stranger", []act.Event{start, member(cy, "x", Welcome{id("h"), cy, ids("h")})}, []kp1.MID{ada}, nil, []*act.Rule{RuleNotOfHome}},
		{"by a guest", []act.Event{by(ada, kp1.RankGuest, "h", Household{})}, nil, nil, []*act.Rule{act.RuleGuest}},
		{"moved out", []act.Event{start, welcome, yes, member(bob, "p", Part{id("h"), bob, ids("y")})}, []kp1.MID{ada}, nil, nil},
		{"put out", []act.Event{start, welcome, yes, member(ada, "p", Part{id("h"), bob, ids("y")})}, []kp1.MID{ada}, nil, nil},
		{"put out by a stranger", []act.Event{start, welcome, yes, member(cy, "p", Part{id("h"), bob, ids("y")})}, []kp1.MID{ada, bob}, nil, []*act.Rule{RuleNotOfHome}},
		{"parted and said yes apart: the parting stands", []act.Event{start, welcome, yes, member(ada, "p", Part{id("h"), bob, ids("w")})}, []kp1.MID{ada}, nil, nil},
		{"back again", []act.Event{
			start, welcome, yes, member(bob, "p", Part{id("h"), bob, ids("y")}),
			member(ada, "w2", Welcome{id("h"), bob, ids("p")}), member(bob, "y2", LiveHere{id("h"), ids("w2")}),
		}, []kp1.MID{ada, bob}, nil, nil},
		{"waits", []act.Event{start, yes}, []kp1.MID{ada}, nil, []*act.Rule{act.RuleWaits}},
		{"furnished by a stranger", []act.Event{start, member(cy, "f", Furnish{Household: id("h"), Beds: 9, Base: ids("h")})}, []kp1.MID{ada}, nil, []*act.Rule{RuleNotOfHome}},
		{"named twice", []act.Event{start, member(ada, "w", Welcome{id("h"), ada, ids("h")})}, []kp1.MID{ada}, nil, []*act.Rule{RuleLivesHere}},
	} {
		p, changed := People{}.Apply(c.events...)
		h, ok := p.Household(id("h"))
		if !changed || !ok || !slices.Equal(h.Adults, c.adults) || !slices.Equal(h.Welcomed, c.welcomed) {
			t.Errorf("%s: adults %v welcomed %v, want %v, %v", c.name, h.Adults, h.Welcomed, c.adults, c.welcomed)
		}
		var rules []*act.Rule
		for _, v := range h.NotApplied {
			rules = append(rules, v.Rule)
		}
		if !slices.Equal(rules, c.rules) {
			t.Errorf("%s: not applied by %v, want %v", c.name, rules, c.rules)
		}
		slices.Reverse(c.events)
		q, _ := People{}.Apply(c.events...)
		a, err := p.Encode()
		b, err2 := q.Encode()
		if err != nil || err2 != nil || !slices.Equal(a, b) {
			t.Errorf("%s: another order, other bytes: %v, %v", c.name, err, err2)
		}
	}
}

func TestFurnish(t *testing.T) {
	p, _ := People{}.Apply(member(ada, "h", Household{Name: "Elm", Beds: 2}),
		member(ada, "f", Furnish{Household: id("h"), Name: "Oak", Beds: 3, Base: ids("h")}))
	if h, _ := p.Household(id("h")); h.Name != "Oak" || h.Beds != 3 || h.By.ID != id("h") {
		t.Errorf("Household = %+v, want Oak with 3 beds", h)
	}
	p, _ = p.Apply(member(bob, "a", Household{Name: "Ash"}))
	if hs := p.Households(); len(hs) != 2 || hs[0].Name != "Ash" || hs[1].Name != "Oak" {
		t.Errorf("Households = %+v, want Ash, Oak", hs)
	}
}

func TestKin(t *testing.T) {
	p, _ := People{}.Apply(member(ada, "h", Household{}), member(ada, "w", Welcome{id("h"), bob, ids("h")}),
		member(bob, "y", LiveHere{id("h"), ids("w")}), member(bob, "p", Part{id("h"), bob, ids("y")}))
	for _, c := range []struct {
		name string
		m    kp1.MID
		seen []kp1.ID
		want []kp1.MID
		ok   bool
	}{
		{"before", ada, ids("w"), nil, true},
		{"together", ada, ids("y"), []kp1.MID{bob}, true},
		{"the other way", bob, ids("y"), []kp1.MID{ada}, true},
		{"after", bob, ids("p"), nil, true},
		{"the newer word counts", bob, ids("y", "p"), nil, true},
		{"a stranger", cy, ids("y"), nil, true},
		{"not here", bob, ids("nothing"), nil, false},
		{"nothing named", bob, nil, nil, true},
	} {
		if got, ok := p.Kin(c.m, c.seen); !slices.Equal(got, c.want) || ok != c.ok {
			t.Errorf("Kin(%s) = %v, %v, want %v, %v", c.name, got, ok, c.want, c.ok)
		}
	}
	if p.Together(ada, bob) {
		t.Errorf("Together after the parting")
	}
}

func TestCheck(t *testing.T) {
	p, _ := People{}.Apply(member(ada, "h", Household{}), member(ada, "w", Welcome{id("h"), bob, ids("h")}))
	long := func(n int) string { return strings.Repeat("a", n) }
	for _, c := range []struct {
		name string
		e    act.Event
		want error
	}{
		{"name at the limit", member(ada, "", Profile{Name: long(act.MaxName)}), nil},
		{"name over the limit", member(ada, "", Profile{Name: long(act.MaxName + 1)}), act.RuleTooLong},
		{"title over the limit", member(ada, "", Profile{Name: "a", Title: long(act.MaxName + 1)}), act.RuleTooLong},
		{"no name", member(ada, "", Profile{}), act.RuleEmpty},
		{"guest's name", by(cy, kp1.RankGuest, "", Profile{Name: "Cy"}), nil},
		{"about by a member", member(ada, "", About{Kind: Family, Name: "a"}), act.RuleAdmin},
		{"about by a steward", by(ada, kp1.RankSteward, "", About{Kind: Family, Name: "a"}), nil},
		{"about of no kind", by(ada, kp1.RankAdmin, "", About{Name: "a"}), act.RuleForm},
		{"base at the limit", member(ada, "", Profile{Name: "a", Base: make([]kp1.ID, MaxHeads)}), nil},
		{"base over the limit", member(ada, "", Profile{Name: "a", Base: make([]kp1.ID, MaxHeads+1)}), act.RuleTooMany},
		{"household", member(cy, "", Household{}), nil},
		{"household by a guest", by(cy, kp1.RankGuest, "", Household{}), act.RuleGuest},
		{"beds at the limit", member(ada, "", Household{Beds: MaxBeds}), nil},
		{"beds over the limit", member(ada, "", Household{Beds: MaxBeds + 1}), RuleBeds},
		{"furnish", member(ada, "", Furnish{Household: id("h"), Beds: MaxBeds}), nil},
		{"furnish over the limit", member(ada, "", Furnish{Household: id("h"), Beds: MaxBeds + 1}), RuleBeds},
		{"furnish what is not here", member(ada, "", Furnish{Household: id("x")}), act.RuleUnknown},
		{"furnish by another", member(bob, "", Furnish{Household: id("h")}), RuleNotOfHome},
		{"live here", member(bob, "", LiveHere{Household: id("h")}), nil},
		{"live here, not named", member(cy, "", LiveHere{Household: id("h")}), RuleNotWelcome},
		{"live here already", member(ada, "", LiveHere{Household: id("h")}), RuleLivesHere},
		{"welcome nobody", member(ada, "", Welcome{Household: id("h")}), act.RuleUnknown},
		{"part oneself", member(bob, "", Part{Household: id("h"), Person: bob}), nil},
		{"part another", member(bob, "", Part{Household: id("h"), Person: ada}), RuleNotOfHome},
	} {
		if err := p.Check(c.e); !errors.Is(err, c.want) {
			t.Errorf("Check(%s) = %v, want %v", c.name, err, c.want)
		}
	}
}

func TestKinds(t *testing.T) {
	for k := Constellation; k <= Family; k++ {
		if got, ok := ParseKind(k.String()); !ok || got != k {
			t.Errorf("ParseKind(%q) = %v, %v, want %v", k, got, ok, k)
		}
	}
	for _, s := range []string{"", "team", "Peer"} {
		if got, ok := ParseKind(s); ok {
			t.Errorf("ParseKind(%q) = %v, want none", s, got)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	p, _ := People{}.Apply(member(ada, "1", Profile{Name: "Ada"}), member(bob, "2", Profile{Name: "Bob"}))
	good, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if q, err := Open(good); err != nil || fmt.Sprint(q.All()) != fmt.Sprint(p.All()) || q.Len() != 2 {
		t.Errorf("Open(Encode) = %v, %v", q.All(), err)
	}
	for n := range good {
		bad := slices.Clone(good)
		bad[n] ^= 0x40
		if q, err := Open(bad); err == nil {
			again, _ := q.Encode()
			if !slices.Equal(again, bad) {
				t.Errorf("bit in byte %d: opened, but not what was there", n)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range []act.Act{
		About{Kind: Match, Name: "a"},
		Profile{Name: "a", Title: "b", Base: ids("1")},
		Household{Beds: 1},
		Furnish{Household: id("h"), Name: "n"},
		Welcome{id("h"), bob, nil},
		LiveHere{id("h"), ids("1")},
		Part{id("h"), bob, nil},
	} {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(typ, body, payload)
	}
	f.Fuzz(func(t *testing.T, typ string, body, payload []byte) {
		if len(payload) == 0 {
			payload = nil
		}
		a, ok, err := Decode(typ, body, payload)
		if !ok || err != nil {
			return
		}
		if err := a.Valid(); err != nil {
			t.Errorf("decoded but not valid: %v", err)
		}
		People{}.Apply(member(ada, "x", a))
	})
}

func FuzzOpen(f *testing.F) {
	p, _ := People{}.Apply(member(ada, "1", Profile{Name: "Ada"}), member(ada, "h", Household{Beds: 2}), member(ada, "w", Welcome{id("h"), bob, ids("h")}))
	b, _ := p.Encode()
	f.Add(b)
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Open(b)
		if err != nil {
			return
		}
		if again, err := p.Encode(); err != nil || !slices.Equal(again, b) {
			t.Errorf("opened, but written differently: %v", err)
		}
	})
}
