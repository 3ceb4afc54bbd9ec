package sleepover

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

var ada, bob = kp1.MID{1}, kp1.MID{2}

func id(s string) kp1.ID { return kp1.Sum([]byte(s)) }

func terms(from string, nights int) Terms {
	d, err := when.ParseDate(from)
	if err != nil {
		panic(err)
	}
	return Terms{Child: "M", From: d, To: d.Plus(nights)}
}

func ask(from string, nights int) Ask { return Ask{Terms: terms(from, nights), Beds: 1, Kind: Planned} }

func by(m kp1.MID, name string, a act.Act) act.Event {
	return act.Event{Meta: act.Meta{ID: id(name), Author: m, Rank: kp1.RankMember, Time: 1}, Act: a}
}

// everyMove is one of each, whole.
func everyMove() []act.Act {
	seen := Seen{Base: act.SortIDs([]kp1.ID{id("1"), id("2")}), Home: []kp1.ID{id("h")}}
	full := terms("2026-11-27", 2)
	full.Arrive, full.Leave, full.Collect, full.Note, full.Why = when.At(21, 30), when.At(0, 0), "Sue brings her", "two\nlines", Breather
	a, o, c, s, g := id("a"), id("o"), id("c"), id("s"), id("g")
	return []act.Act{
		Ask{Terms: full, Beds: 2, Kind: Tonight, Seen: seen},
		ask("2026-11-27", 1),
		Offer{Ask: a, Condition: "from 9.45", Seen: seen},
		Offer{Ask: a},
		Choose{a, o, s, seen},
		Agree{a, c, s, seen},
		Change{Ask: a, Terms: full, Beds: 1, Seen: seen},
		Cannot{Ask: a, Offer: o, Reason: "flu", Seen: seen},
		Cannot{Ask: a, Offer: o},
		Withdraw{a, seen},
		NotNeeded{a, seen},
		Arrived{a, g, seen},
		Home{a, seen},
		Close{a, seen},
		OnIt{a, false, seen},
		OnIt{a, true, Seen{}},
	}
}

func TestEveryMoveComesBack(t *testing.T) {
	types := map[string]bool{}
	for _, a := range everyMove() {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			t.Fatalf("Encode(%#v): %v", a, err)
		}
		types[typ] = true
		if len(typ) > kp1.MaxTypeName || len(body) > kp1.MaxContentBody {
			t.Errorf("%s: type of %d bytes, body of %d", typ, len(typ), len(body))
		}
		back, ok, err := Decode(typ, body, payload)
		if !ok || err != nil || !reflect.DeepEqual(back, a) {
			t.Errorf("Decode(%s) = %#v, %v, want %#v", typ, back, err, a)
		}
		if n := len(a.Refs()); n > kp1.MaxContentRefs {
			t.Errorf("%s: %d refs", typ, n)
		}
		if payload == nil {
			continue
		}
		bare, _, err := Decode(typ, body, nil)
		if err != nil || act.WordsOf(bare) != act.Away {
			t.Errorf("Decode(%s without words) = %v, %v, want words away", typ, bare, err)
		}
		if _, _, _, err := act.Encode(bare); !errors.Is(err, act.RuleWordless) {
			t.Errorf("Encode(%s without words) = %v, want RuleWordless", typ, err)
		}
	}
	if len(types) != 12 {
		t.Errorf("%d types of moves, want 12", len(types))
	}
}

// TestBodyHoldsNoWords: what a person typed, dates included, is in the payload alone.
func TestBodyHoldsNoWords(t *testing.T) {
	for _, a := range everyMove() {
		_, body, _, err := act.Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		date, _ := kp1.Marshal(terms("2026-11-27", 1).From.Code())
		for _, word := range []string{"M\x00", "Sue", "lines", "9.45", "flu", string(date)} {
			if strings.Contains(string(body), word) {
				t.Errorf("%s: %q stands in the body", a.Type(), word)
			}
		}
	}
}

// TestLargestMoveFits: with everything at its limit a move still fits an op.
func TestLargestMoveFits(t *testing.T) {
	var seen Seen
	for n := range act.MaxBase {
		seen.Base = append(seen.Base, id(fmt.Sprint("b", n)))
	}
	for n := range MaxHome {
		seen.Home = append(seen.Home, id(fmt.Sprint("h", n)))
	}
	seen.Base, seen.Home = act.SortIDs(seen.Base), act.SortIDs(seen.Home)
	a := Agree{id("a"), id("c"), id("s"), seen}
	_, body, _, err := act.Encode(a)
	if err != nil || len(a.Refs()) > kp1.MaxContentRefs {
		t.Errorf("largest move: body of %d bytes, %d refs, %v", len(body), len(a.Refs()), err)
	}
	seen.Base = append(seen.Base, id("one more"))
	if err := (Agree{id("a"), id("c"), id("s"), seen}).Valid(); !errors.Is(err, act.RuleTooMany) {
		t.Errorf("base over the limit: %v, want RuleTooMany", err)
	}
	seen.Base, seen.Home = nil, append(seen.Home, id("one more"))
	if err := (OnIt{id("a"), false, seen}).Valid(); !errors.Is(err, act.RuleTooMany) {
		t.Errorf("home over the limit: %v, want RuleTooMany", err)
	}
}

func TestValid(t *testing.T) {
	long := func(n int) string { return strings.Repeat("a", n) }
	with := func(f func(*Ask)) act.Act { a := ask("2026-11-27", 1); f(&a); return a }
	for _, c := range []struct {
		name string
		a    act.Act
		want error
	}{
		{"plain", ask("2026-11-27", 1), nil},
		{"nights at the limit", ask("2026-11-27", MaxNights), nil},
		{"nights over the limit", ask("2026-11-27", MaxNights+1), RuleNights},
		{"no night", ask("2026-11-27", 0), RuleNights},
		{"backwards", ask("2026-11-27", -1), RuleNights},
		{"no dates", with(func(a *Ask) { a.From = when.Date{} }), act.RuleDates},
		{"no such day", with(func(a *Ask) { a.From.Month = 13 }), act.RuleDates},
		{"no such time", with(func(a *Ask) { a.Arrive = when.Clock{Set: true, Hour: 24} }), act.RuleDates},
		{"no beds", with(func(a *Ask) { a.Beds = 0 }), RuleBeds},
		{"beds at the limit", with(func(a *Ask) { a.Beds = MaxBeds }), nil},
		{"beds over the limit", with(func(a *Ask) { a.Beds = MaxBeds + 1 }), RuleBeds},
		{"no kind", with(func(a *Ask) { a.Kind = 0 }), RuleKind},
		{"kind beyond", with(func(a *Ask) { a.Kind = Tonight + 1 }), RuleKind},
		{"why beyond", with(func(a *Ask) { a.Why = Other + 1 }), act.RuleForm},
		{"no child", with(func(a *Ask) { a.Child = "" }), act.RuleEmpty},
		{"child at the limit", with(func(a *Ask) { a.Child = long(act.MaxName) }), nil},
		{"child over the limit", with(func(a *Ask) { a.Child = long(act.MaxName + 1) }), act.RuleTooLong},
		{"note at the limit", with(func(a *Ask) { a.Note = long(act.MaxNotes) }), nil},
		{"note over the limit", with(func(a *Ask) { a.Note = long(act.MaxNotes + 1) }), act.RuleTooLong},
		{"collect over the limit", with(func(a *Ask) { a.Collect = long(act.MaxCondition + 1) }), act.RuleTooLong},
		{"condition at the limit", Offer{Ask: id("a"), Condition: long(act.MaxCondition)}, nil},
		{"condition over the limit", Offer{Ask: id("a"), Condition: long(act.MaxCondition + 1)}, act.RuleTooLong},
		{"reason over the limit", Cannot{Ask: id("a"), Offer: id("o"), Reason: long(act.MaxCondition + 1)}, act.RuleTooLong},
		{"no ask", Offer{}, act.RuleUnknown},
		{"no offer", Choose{Ask: id("a"), Sheet: id("s")}, act.RuleUnknown},
		{"changed to no beds", Change{Ask: id("a"), Terms: terms("2026-11-27", 1)}, RuleBeds},
		{"bare ask with beds over the limit", Ask{Beds: MaxBeds + 1, Kind: Planned, Worded: act.Worded{State: act.Taken}}, RuleBeds},
	} {
		if err := c.a.Valid(); !errors.Is(err, c.want) {
			t.Errorf("Valid(%s) = %v, want %v", c.name, err, c.want)
		}
	}
}

func TestBetween(t *testing.T) {
	s := Sleepovers{}.Apply(nil, by(ada, "1", ask("2027-03-27", 1)), by(ada, "2", ask("2027-03-26", 3)), by(ada, "3", ask("2027-04-20", 60)),
		by(ada, "4", ask("2027-03-28", 1)), by(ada, "w", Withdraw{Ask: id("4")}))
	for _, c := range []struct {
		name, from string
		days       int
		want       []string
	}{
		{"the night the clocks change", "2027-03-27", 1, []string{"2", "1"}},
		{"the night after", "2027-03-28", 1, []string{"2", "4"}},
		{"the day they go home is no night", "2027-03-29", 1, nil},
		{"far into a long one", "2027-06-18", 1, []string{"3"}},
		{"after it", "2027-06-19", 1, nil},
		{"all", "2027-01-01", 365, []string{"2", "1", "4", "3"}},
		{"no night", "2027-03-27", 0, nil},
	} {
		from := terms(c.from, 1).From
		var got, want []kp1.ID
		for _, v := range s.Between(from, from.Plus(c.days)) {
			got = append(got, v.ID)
		}
		for _, w := range c.want {
			want = append(want, id(w))
		}
		if !slices.Equal(got, want) {
			t.Errorf("Between(%s) = %d sleepovers, want %v", c.name, len(got), c.want)
		}
	}
	if got := len(s.Open()); got != 3 || s.Len() != 4 {
		t.Errorf("%d open of %d, want 3 of 4", got, s.Len())
	}
}

// TestMovesBeforeTheirAsk: gaps are shown as such, and filled in place.
func TestMovesBeforeTheirAsk(t *testing.T) {
	s := Sleepovers{}.Apply(nil, by(bob, "o", Offer{Ask: id("a")}))
	if v, ok := s.Get(id("a")); !ok || v.Known || v.State != Unknown || v.Waiting != 1 || v.State.String() != "unknown" {
		t.Errorf("offer without its ask = %+v", v)
	}
	s = s.Apply(nil, by(ada, "a", ask("2026-11-27", 1)))
	if v, _ := s.Get(id("a")); v.State != Offered || v.Waiting != 0 {
		t.Errorf("with its ask: %v, %d waiting, want offered, 0", v.State, v.Waiting)
	}
}

func TestWordsGone(t *testing.T) {
	a := by(ada, "a", ask("2026-11-27", 1))
	o := by(bob, "o", Offer{Ask: id("a"), Condition: "late"})
	bare := func(e act.Event, w act.Words) act.Event { e.Act = act.Bare(e.Act, w); return e }
	s := Sleepovers{}.Apply(nil, bare(a, act.Away), bare(o, act.Away))
	v, _ := s.Get(id("a"))
	if v.State != Offered || v.Words != act.Away || v.Terms != (Terms{}) || v.Offers[0].Words != act.Away || v.Beds != 1 {
		t.Errorf("words not here yet = %+v", v)
	}
	if got := s.Between(a.Act.(Ask).From, a.Act.(Ask).To); len(got) != 0 {
		t.Errorf("without its words it has nights")
	}
	s = s.Apply(nil, a, o)
	if got := s.Between(a.Act.(Ask).From, a.Act.(Ask).To); len(got) != 1 || got[0].Offers[0].Condition != "late" {
		t.Errorf("with its words it has no nights")
	}
	s = s.Apply(nil, bare(a, act.Taken), bare(o, act.Taken))
	v, _ = s.Get(id("a"))
	if v.Words != act.Taken || v.Terms != (Terms{}) || v.Offers[0].Words != act.Taken || v.Offers[0].Condition != "" || v.State != Offered {
		t.Errorf("words taken away = %+v", v)
	}
	if got := s.Between(a.Act.(Ask).From, a.Act.(Ask).To); len(got) != 0 {
		t.Errorf("taken away, it still has nights")
	}
}

// TestManyMoves: a thousand moves on one ask, each on top of the one before, are judged and none is lost.
func TestManyMoves(t *testing.T) {
	es, last := []act.Event{by(ada, "a", ask("2026-11-27", 1))}, id("a")
	for n := range 1000 {
		e := by(bob, fmt.Sprint(n), OnIt{Ask: id("a"), Off: n%2 == 0, Seen: Seen{Base: []kp1.ID{last}}})
		es, last = append(es, e), e.ID
	}
	v, _ := Sleepovers{}.Apply(nil, es...).Get(id("a"))
	if len(v.Moves) != 1001 || v.State != Asked || len(v.OnIt) != 1 || len(v.Heads) != 1 {
		t.Errorf("%d moves in %v, %d claims, %d heads; want 1,001 in asked, 1, 1", len(v.Moves), v.State, len(v.OnIt), len(v.Heads))
	}
	for i, m := range v.Moves[1:] {
		if m.ID != id(fmt.Sprint(i)) || m.Fate != Stands {
			t.Fatalf("move %d of the history is %s with fate %d, want them in the order they were made", i, m.ID.Short(), m.Fate)
		}
	}
}

// story is one sleepover from the ask to the end, as events that name one another.
func story() []act.Event {
	at := func(names ...string) Seen {
		var base []kp1.ID
		for _, n := range names {
			base = append(base, id(n))
		}
		return Seen{Base: act.SortIDs(base)}
	}
	a := id("a")
	return []act.Event{
		by(ada, "a", ask("2026-11-27", 1)),
		by(bob, "o", Offer{Ask: a, Condition: "late", Seen: at("a")}),
		by(ada, "c", Choose{a, id("o"), a, at("o")}),
		by(bob, "g", Agree{a, id("c"), a, at("c")}),
		by(ada, "x", Change{Ask: a, Terms: terms("2026-11-28", 2), Beds: 2, Seen: at("g")}),
		by(bob, "g2", Agree{a, id("c"), id("x"), at("x")}),
		by(bob, "v", Arrived{a, id("g2"), at("g2")}),
		by(ada, "h", Home{a, at("v")}),
		by(ada, "z", Close{a, at("h")}),
	}
}

// TestStory walks it move by move, and looks at all that a screen shows.
func TestStory(t *testing.T) {
	type want struct {
		state       State
		chosen      string
		changed     bool
		asker, host bool // to say
		agreed      string
		sheet       string
	}
	wants := []want{
		{Asked, "", false, false, false, "", "a"},
		{Offered, "", false, false, false, "", "a"},
		{Chosen, "o", false, false, true, "", "a"},
		{Agreed, "o", false, false, false, "g", "a"},
		{Agreed, "o", true, false, true, "g", "x"},
		{Agreed, "o", false, false, false, "g2", "x"},
		{ArrivedThere, "o", false, false, false, "g2", "x"},
		{HomeAgain, "o", false, false, false, "g2", "x"},
		{Closed, "o", false, false, false, "g2", "x"},
	}
	name := func(s string) kp1.ID {
		if s == "" {
			return kp1.ID{}
		}
		return id(s)
	}
	var s Sleepovers
	for i, e := range story() {
		s = s.Apply(nil, e)
		v, _ := s.Get(id("a"))
		w := wants[i]
		if v.State != w.state || v.Chosen != name(w.chosen) || v.Agreed != name(w.agreed) || v.Sheet != name(w.sheet) {
			t.Errorf("after %s: %v, chosen %v, agreed %v, sheet %v; want %+v", e.Act.Type(), v.State, v.Chosen.Short(), v.Agreed.Short(), v.Sheet.Short(), w)
		}
		if v.Changed != w.changed || v.AskerToSay != w.asker || v.HostToSay != w.host {
			t.Errorf("after %s: changed %v, to say: asker %v, host %v; want %+v", e.Act.Type(), v.Changed, v.AskerToSay, v.HostToSay, w)
		}
		if len(v.Moves) != i+1 || len(v.Conflicts) > 0 || len(v.Heads) != 1 || v.Heads[0] != e.ID {
			t.Errorf("after %s: %d moves, conflicts %v, heads %v", e.Act.Type(), len(v.Moves), v.Conflicts, v.Heads)
		}
		if i >= 2 && v.Host != bob {
			t.Errorf("after %s: host %v, want bob", e.Act.Type(), v.Host.Short())
		}
		if i >= 4 && (v.Beds != 2 || v.Terms.Nights() != 2 || !v.Offers[0].Earlier || len(v.Versions) != 1) {
			t.Errorf("after %s: %d beds, %d nights, offer earlier %v", e.Act.Type(), v.Beds, v.Terms.Nights(), v.Offers[0].Earlier)
		}
		if got := len(s.Open()) == 1; got == v.State.Over() {
			t.Errorf("after %s: open %v in %v", e.Act.Type(), got, v.State)
		}
	}
}

// TestStoryWithoutOneMove: any one move missing, everything after it waits, nothing is lost, and nothing crashes.
func TestStoryWithoutOneMove(t *testing.T) {
	all := story()
	whole, _ := Sleepovers{}.Apply(nil, all...).Get(id("a"))
	for i, gap := range all {
		rest := slices.Delete(slices.Clone(all), i, i+1)
		s := Sleepovers{}.Apply(nil, rest...)
		v, _ := s.Get(id("a"))
		if v.Waiting != len(all)-1-i || len(v.Moves) != len(all)-1 {
			t.Errorf("without %s: %d of %d moves wait, want %d", gap.Act.Type(), v.Waiting, len(v.Moves), len(all)-1-i)
		}
		v, _ = s.Apply(nil, gap).Get(id("a"))
		if !reflect.DeepEqual(v, whole) {
			t.Errorf("%s came last, and the view differs", gap.Act.Type())
		}
	}
}

func TestStateNames(t *testing.T) {
	want := []string{"unknown", "asked", "offered", "chosen", "agreed", "arrived", "home", "closed", "withdrawn", "not-needed"}
	for s, name := range want {
		if got := State(s).String(); got != name {
			t.Errorf("State(%d) = %q, want %q", s, got, name)
		}
		if got := State(s).Over(); got != (s >= 7) {
			t.Errorf("%s over = %v", name, got)
		}
	}
	if got := State(99).String(); got != "unknown" {
		t.Errorf("State(99) = %q, want unknown", got)
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range everyMove() {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(typ, body, payload)
		f.Add(typ, body, []byte(nil))
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
		if n := len(a.Refs()); n > kp1.MaxContentRefs {
			t.Errorf("%d refs", n)
		}
		e := by(bob, "x", a)
		s := Sleepovers{}.Apply(nil, by(ada, "a", ask("2026-11-27", 1)), e)
		if id, _ := AskOf(e); s.all.Len() == 0 || func() bool { _, ok := s.Get(id); return !ok }() {
			t.Errorf("move is lost")
		}
	})
}

func FuzzOpenPage(f *testing.F) {
	_, err := Sleepovers{}.Apply(nil, by(ada, "a", ask("2026-11-27", 1)), by(bob, "o", Offer{Ask: id("a")})).
		Save(func(_ kp1.ID, bytes func() ([]byte, error)) error {
			b, err := bytes()
			f.Add(b)
			return err
		})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if os, err := decodeObjects(b, nil); err == nil {
			if _, err := encodeObjects(os); err != nil {
				t.Errorf("sleepovers read but not written: %v", err)
			}
		}
	})
}

// BenchmarkOneMore adds one move to a sleepover of a thousand.
func BenchmarkOneMore(b *testing.B) {
	es, last := []act.Event{by(ada, "a", ask("2026-11-27", 1))}, id("a")
	for n := range 1000 {
		e := by(bob, fmt.Sprint(n), OnIt{Ask: id("a"), Seen: Seen{Base: []kp1.ID{last}}})
		es, last = append(es, e), e.ID
	}
	s := Sleepovers{}.Apply(nil, es...)
	more := by(bob, "more", OnIt{Ask: id("a"), Seen: Seen{Base: []kp1.ID{last}}})
	b.ResetTimer()
	for range b.N {
		s.Apply(nil, more)
	}
}

func BenchmarkJudge(b *testing.B) {
	es := []act.Event{
		by(ada, "a", ask("2026-11-27", 1)), by(bob, "o", Offer{Ask: id("a")}), by(ada, "c", Choose{id("a"), id("o"), id("a"), Seen{}}),
		by(bob, "g", Agree{id("a"), id("c"), id("a"), Seen{}}), by(bob, "v", Arrived{id("a"), id("g"), Seen{}}),
	}
	for range b.N {
		Sleepovers{}.Apply(nil, es...)
	}
}
