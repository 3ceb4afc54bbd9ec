package care_test

import (
	"encoding/binary"
	"errors"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/when"
	"kith/store/kp1"
)

// family is people who each have a View of their own, and carry events to one another when the test says so.
type family struct {
	t       *testing.T
	people  map[string]*person
	n       uint64
	history []care.Event
}

type person struct {
	f    *family
	name string
	id   kp1.MID
	rank uint8
	view care.View
	has  map[kp1.ID]bool
}

func newFamily(t *testing.T, names ...string) *family {
	f := &family{t: t, people: map[string]*person{}}
	for _, name := range names {
		f.people[name] = &person{f, name, kp1.MID(kp1.Sum([]byte(name))), kp1.RankMember, care.View{}, map[kp1.ID]bool{}}
	}
	return f
}

func (f *family) as(name string) *person { return f.people[name] }

func (f *family) number() kp1.ID {
	f.n++
	return kp1.Sum(binary.BigEndian.AppendUint64([]byte(f.t.Name()), f.n))
}

// force makes an event of a as it stands, without asking any rule, through the same bytes that a peer would send.
func (p *person) force(a care.Act) care.Event {
	p.f.t.Helper()
	typ, body, payload, err := care.Encode(a)
	if err != nil {
		p.f.t.Fatalf("%s: Encode(%#v): %v", p.name, a, err)
	}
	back, err := care.Decode(typ, body, payload)
	if err != nil {
		p.f.t.Fatalf("%s: Decode(%s): %v", p.name, typ, err)
	}
	id := p.f.number()
	e := care.Event{Meta: care.Meta{ID: id, Author: p.id, Device: kp1.DID(p.id), Rank: p.rank, Time: 1_800_000_000 + p.f.n}, Act: back}
	p.f.history = append(p.f.history, e)
	p.take(e)
	return e
}

// do proposes a as the app does: Fill, Check, Encode. It fails the test when a rule refuses.
func (p *person) do(a care.Act) kp1.ID {
	p.f.t.Helper()
	a = care.Fill(p.view, p.id, a)
	if err := care.Check(p.view, p.id, p.rank, a); err != nil {
		p.f.t.Fatalf("%s: Check(%#v): %v", p.name, a, err)
	}
	return p.force(a).ID
}

// refused proposes a and returns the code of the rule that refuses it; "" when none does. Nothing is done.
func (p *person) refused(a care.Act) string {
	err := care.Check(p.view, p.id, p.rank, care.Fill(p.view, p.id, a))
	if err == nil {
		return ""
	}
	var rule *care.Rule
	if !errors.As(err, &rule) {
		p.f.t.Errorf("%s: Check(%#v) = %v, want a named rule", p.name, a, err)
		return "?"
	}
	return rule.Code()
}

func (p *person) take(es ...care.Event) {
	p.view = p.view.Apply(es...)
	for _, e := range es {
		p.has[e.ID] = true
	}
}

// meet gives these people everything that any of them has; all people when none are named.
func (f *family) meet(names ...string) {
	if len(names) == 0 {
		for name := range f.people {
			names = append(names, name)
		}
	}
	for _, e := range f.history {
		known := false
		for _, n := range names {
			known = known || f.as(n).has[e.ID]
		}
		for _, n := range names {
			if known && !f.as(n).has[e.ID] {
				f.as(n).take(e)
			}
		}
	}
}

func (p *person) sleepover(id kp1.ID) sleepover.Sleepover {
	p.f.t.Helper()
	s, ok := p.view.Sleepovers().Get(id)
	if !ok {
		p.f.t.Fatalf("%s: sleepover %s is not here", p.name, id.Short())
	}
	return s
}

func (p *person) state(id kp1.ID) string { return p.sleepover(id).State.String() }

func fate(t *testing.T, s sleepover.Sleepover, move kp1.ID) sleepover.Move {
	t.Helper()
	for _, m := range s.Moves {
		if m.ID == move {
			return m
		}
	}
	t.Fatalf("move %s is lost", move.Short())
	return sleepover.Move{}
}

func friday() when.Date { return when.Date{Year: 2026, Month: 11, Day: 27} }

func mia() sleepover.Ask {
	return sleepover.Ask{Terms: sleepover.Terms{Child: "M", From: friday(), To: friday().Plus(1)}, Beds: 1, Kind: sleepover.Planned}
}

func later(days int) sleepover.Terms {
	t := mia().Terms
	t.From, t.To = t.From.Plus(days), t.To.Plus(days)
	return t
}

// household makes the named people adults of one household.
func (f *family) household(names ...string) kp1.ID {
	f.t.Helper()
	first := f.as(names[0])
	home := first.do(people.Household{Name: "home of " + names[0], Beds: 2})
	for _, n := range names[1:] {
		first.do(people.Welcome{Household: home, Person: f.as(n).id})
		f.meet(names...)
		f.as(n).do(people.LiveHere{Household: home})
		f.meet(names...)
	}
	return home
}

func encode(t *testing.T, v care.View) string {
	t.Helper()
	b, err := v.Encode()
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	return string(b)
}

// words returns an event without its words, in the given state.
func words(e care.Event, w care.Words) care.Event {
	e.Act = act.Bare(e.Act, w)
	return e
}
