package calendar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// weekly is swimming each Friday at four from 27 November 2026.
func weekly() Add {
	a := timed("swimming", "2026-11-27", when.At(16, 0), when.At(17, 0), "Europe/London")
	a.Place, a.Repeat = "pool", "FREQ=WEEKLY;BYDAY=FR"
	return a
}

func key(s string) when.Key {
	k, err := when.ParseKey(s)
	if err != nil {
		panic(err)
	}
	return k
}

// group is a calendar that people write into one after the other, each having seen all.
type group struct {
	t *testing.T
	c Calendar
	n int
}

func newGroup(t *testing.T, a Add) *group {
	t.Helper()
	return &group{t, Calendar{}.Apply(by(ada, "e", a)), 0}
}

// do fills, checks and applies, and returns the op's id.
func (g *group) do(m kp1.MID, a act.Act) kp1.ID {
	g.t.Helper()
	a = g.c.Fill(m, a)
	if err := g.c.Check(by(m, "", a)); err != nil {
		g.t.Fatalf("%T: %v", a, err)
	}
	g.n++
	ev := by(m, fmt.Sprint("act", g.n), a)
	g.c = g.c.Apply(ev)
	if v, _ := g.c.Get(id("e")); len(v.NotApplied) != 0 {
		g.t.Fatalf("%T not applied: %v", a, v.NotApplied[0].Rule)
	}
	return ev.ID
}

// edit returns an edit of one time as the calendar shows it, or of all, made by f.
func (g *group) edit(at string, f func(*Edit)) Edit {
	g.t.Helper()
	v, _ := g.c.Get(id("e"))
	ed := Edit{Event: id("e"), Content: v.Content, Kind: v.Kind}
	if at != "" {
		i, ok := g.c.Instance(id("e"), key(at), time.UTC, time.LoadLocation)
		if !ok {
			g.t.Fatalf("no time %s", at)
		}
		ed.At, ed.Content, ed.Kind = i.At, i.Event.Content, i.Event.Kind
	}
	f(&ed)
	return ed
}

// shown writes what happens on some days in words: the time it is, its title, its place, and whether it is off.
func (g *group) shown(from, to string) (out []string) {
	g.t.Helper()
	loc := zone(g.t, "Europe/London")
	for _, i := range g.c.Between(date(from), date(to), loc, time.LoadLocation) {
		s := i.Start.Format("01-02 15:04 ") + i.Event.Title + " " + i.Event.Place
		if i.Event.Cancelled {
			s += " off"
		}
		out = append(out, s)
	}
	return out
}

func (g *group) want(what, from, to string, want ...string) {
	g.t.Helper()
	if got := g.shown(from, to); !slices.Equal(got, want) {
		g.t.Errorf("%s:\n%q\nwant\n%q", what, got, want)
	}
}

// TestOneTime: of a series one time is off, another is moved, a third has another place; the rest follows the series.
func TestOneTime(t *testing.T) {
	g := newGroup(t, weekly())
	g.do(ada, Cancel{Event: id("e"), At: key("2026-12-04")})
	g.do(ada, g.edit("2026-12-11", func(d *Edit) { d.When.From, d.When.To = date("2026-12-13"), date("2026-12-13") }))
	g.do(ada, g.edit("2026-12-18", func(d *Edit) { d.Place = "lake" }))
	g.want("each Friday", "2026-11-01", "2026-12-26", "11-27 16:00 swimming pool", "12-04 16:00 swimming pool off", "12-13 16:00 swimming pool",
		"12-18 16:00 swimming lake", "12-25 16:00 swimming pool")
	g.want("the day it was moved from", "2026-12-11", "2026-12-12")
	g.want("the day it was moved to", "2026-12-13", "2026-12-14", "12-13 16:00 swimming pool")
	g.do(ada, g.edit("", func(d *Edit) {
		d.Title, d.Place, d.When.Start, d.When.End = "diving", "tower", when.At(15, 0), when.At(16, 0)
	}))
	g.want("the series changed", "2026-11-01", "2026-12-26", "11-27 15:00 diving tower", "12-04 15:00 diving tower off", "12-13 16:00 diving tower",
		"12-18 15:00 diving lake", "12-25 15:00 diving tower")
	g.do(ada, g.edit("2026-12-04", func(d *Edit) { d.Restore = true }))
	g.want("restored", "2026-12-04", "2026-12-05", "12-04 15:00 diving tower")
	if err := g.c.Check(by(ada, "", Cancel{Event: id("e"), At: key("2026-12-05")})); !errors.Is(err, RuleTime) {
		t.Errorf("a time that is none: %v, want RuleTime", err)
	}
	if err := g.c.Check(by(bob, "", Cancel{Event: id("e"), At: key("2026-12-11")})); !errors.Is(err, RuleNotAuthor) {
		t.Errorf("by another: %v, want RuleNotAuthor", err)
	}
	g.do(ada, Cancel{Event: id("e")})
	g.want("all off", "2026-12-20", "2027-01-02", "12-25 15:00 diving tower off", "01-01 15:00 diving tower off")
	if err := g.c.Check(by(bob, "", RSVP{Event: id("e"), At: key("2026-12-25"), Answer: Yes})); !errors.Is(err, RuleCancelled) {
		t.Errorf("an answer to what is off: %v, want RuleCancelled", err)
	}
}

// TestRepliesToTimes: an answer to one time stands before that to the series, and taking it back lets that show again.
func TestRepliesToTimes(t *testing.T) {
	g := newGroup(t, weekly())
	at := func(k string) Event {
		i, _ := g.c.Instance(id("e"), key(k), time.UTC, time.LoadLocation)
		return i.Event
	}
	g.do(bob, RSVP{Event: id("e"), Answer: Yes})
	g.do(bob, RSVP{Event: id("e"), At: key("2026-12-04"), Answer: No})
	g.do(cy, RSVP{Event: id("e"), At: key("2026-12-04"), Answer: Maybe})
	if e := at("2026-12-04"); e.Answer(bob) != No || e.Answer(cy) != Maybe || len(e.RSVP) != 2 {
		t.Errorf("4 December = %+v", e.RSVP)
	}
	if e := at("2026-12-11"); e.Answer(bob) != Yes || e.Answer(cy) != None {
		t.Errorf("11 December = %+v", e.RSVP)
	}
	g.do(bob, RSVP{Event: id("e"), At: key("2026-12-04"), Answer: None})
	if e := at("2026-12-04"); e.Answer(bob) != Yes {
		t.Errorf("taken back = %+v, want what they said of all", e.RSVP)
	}
	g.do(ada, g.edit("", func(d *Edit) { // Thursdays from now on
		d.When.From, d.When.To, d.Repeat = date("2026-11-26"), date("2026-11-26"), "FREQ=WEEKLY;BYDAY=TH"
	}))
	loose := g.c.Loose(id("e"))
	if len(loose) != 1 || len(loose[0].RSVP) != 1 || loose[0].RSVP[0].Person != cy || !loose[0].RSVP[0].Before {
		t.Errorf("answers to Fridays that are none now = %+v", loose)
	}
}

// TestTimeApart: two who move one time apart from one another, and one who cancels it meanwhile, leave something to choose.
func TestTimeApart(t *testing.T) {
	g := newGroup(t, weekly())
	move := func(day string) Edit {
		return g.edit("2026-12-11", func(d *Edit) { d.When.From, d.When.To = date(day), date(day) })
	}
	one, two, place := g.c.Fill(ada, move("2026-12-12")), g.c.Fill(ada, move("2026-12-13")), g.c.Fill(ada, g.edit("2026-12-11", func(d *Edit) { d.Place = "lake" }))
	off := g.c.Fill(ada, Cancel{Event: id("e"), At: key("2026-12-11")})
	c := g.c.Apply(by(ada, "1", one), by(ada, "2", two), by(ada, "3", place))
	i, _ := c.Instance(id("e"), key("2026-12-11"), time.UTC, time.LoadLocation)
	if len(i.Event.Versions) != 2 || i.Event.Place != "lake" || i.Event.Versions[1].Place != "lake" || i.Event.Versions[0].When == i.Event.Versions[1].When {
		t.Errorf("two times and a place = %+v", i.Event.Versions)
	}
	if v, _ := c.Get(id("e")); len(v.Versions) != 1 || v.Place != "pool" {
		t.Errorf("the series = %+v, want as it was", v)
	}
	c = c.Apply(by(ada, "4", off))
	i, _ = c.Instance(id("e"), key("2026-12-11"), time.UTC, time.LoadLocation)
	if !i.Event.Cancelled || len(i.Event.ChangedApart) != 3 {
		t.Errorf("off, but changed = %v, %d changes", i.Event.Cancelled, len(i.Event.ChangedApart))
	}
	if v, _ := c.Get(id("e")); v.Cancelled {
		t.Error("the series is off, and one time of it was cancelled")
	}
}

// TestSplit: this and later is another series that follows the first.
func TestSplit(t *testing.T) {
	g := newGroup(t, weekly())
	if _, _, ok := g.c.Split(id("e"), key("2026-11-27"), time.LoadLocation); ok {
		t.Error("parted before the first time")
	}
	first, then, ok := g.c.Split(id("e"), key("2026-12-11"), time.LoadLocation)
	if !ok || then.Follows != id("e") {
		t.Fatalf("Split = %+v, %+v, %v", first, then, ok)
	}
	then.Place = "lake"
	g.do(ada, first)
	g.c = g.c.Apply(by(ada, "then", then))
	g.want("parted", "2026-11-20", "2026-12-20", "11-27 16:00 swimming pool", "12-04 16:00 swimming pool", "12-11 16:00 swimming lake", "12-18 16:00 swimming lake")
	if last, goesOn := g.c.Ends(id("e")); goesOn || last.Before(date("2026-12-05")) || date("2027-01-05").Before(last) {
		t.Errorf("the first ends %v, %v", last, goesOn)
	}
	if _, goesOn := g.c.Ends(id("then")); !goesOn {
		t.Error("the second does not go on")
	}
	next := g.c.Next(id("then"), date("2027-01-01"), 3, time.UTC, time.LoadLocation)
	if len(next) != 3 || next[0].Key != "2027-01-01" || next[2].Key != "2027-01-15" {
		t.Errorf("Next = %+v", next)
	}
}

func TestRepeatRules(t *testing.T) {
	with := func(f func(*Add)) Add { a := weekly(); f(&a); return a }
	for _, q := range []struct {
		name string
		a    act.Act
		want error
	}{
		{"weekly", weekly(), nil},
		{"no rule", with(func(a *Add) { a.Repeat = "now and then" }), RuleRepeat},
		{"another form of the same", with(func(a *Add) { a.Repeat = "FREQ=WEEKLY;INTERVAL=1;BYDAY=FR" }), RuleRepeat},
		{"days each hour", with(func(a *Add) { a.When, a.Repeat = whole("a", "2026-11-27", "2026-11-28").When, "FREQ=HOURLY" }), RuleRepeat},
		{"never", with(func(a *Add) { a.Repeat = "FREQ=WEEKLY;UNTIL=20261101;BYDAY=FR" }), RuleRepeat},
		{"one time that repeats", Edit{Event: id("e"), At: key("2026-12-04"), Content: weekly().Content}, RuleRepeat},
		{"no such day", Cancel{Event: id("e"), At: when.Key{Day: when.Date{Year: 2026, Month: 2, Day: 30}}}, act.RuleDates},
		{"a time of day without a day", Cancel{Event: id("e"), At: when.Key{At: when.At(1, 0)}}, act.RuleDates},
	} {
		c := Calendar{}.Apply(by(ada, "e", weekly()))
		if err := c.Check(by(ada, "", q.a)); !errors.Is(err, q.want) {
			t.Errorf("Check(%s) = %v, want %v", q.name, err, q.want)
		}
	}
}

// TestSeriesMerge: people who change, cancel, restore and answer a series and its times, and hear of one another at random. In
// any order, with doubles and in pieces, the calendar is the same, and everyone's last answer to each time and to all is there.
// -rapid.checks=20000 is the long form.
func TestSeriesMerge(t *testing.T) {
	times := []when.Key{{}, key("2026-11-27"), key("2026-12-04"), key("2026-12-11")}
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 2))
		e, people := id("e"), []kp1.MID{ada, bob, cy}
		events := []act.Event{by(ada, "e", weekly())}
		copies := make([]copyOf, len(people))
		for i := range copies {
			copies[i] = copyOf{Calendar{}.Apply(events[0]), map[int]bool{0: true}}
		}
		type to struct {
			m kp1.MID
			k when.Key
		}
		last := map[to]Answer{}
		for n := range 6 + r.IntN(24) {
			who := r.IntN(len(people))
			me, m, k := &copies[who], people[who], times[r.IntN(len(times))]
			if r.IntN(3) == 0 {
				for i := range copies[r.IntN(len(copies))].has {
					me.c, me.has[i] = me.c.Apply(events[i]), true
				}
				continue
			}
			var a act.Act = RSVP{Event: e, At: k, Answer: Answer(1 + r.IntN(3))}
			v, _ := me.c.Get(e)
			said := v.Content
			if !k.IsZero() {
				said = v.on(k).Content
			}
			switch r.IntN(6) {
			case 0:
				said.Place = fmt.Sprint("place ", n)
				a = Edit{Event: e, At: k, Content: said, Restore: r.IntN(2) == 0}
			case 1:
				said.When.Start, said.When.End = when.At(n%20, 0), when.At(n%20+1, 0)
				a = Edit{Event: e, At: k, Content: said, Restore: r.IntN(2) == 0}
			case 2:
				a = Cancel{Event: e, At: k}
			}
			a = me.c.Fill(m, a)
			ev := by(m, fmt.Sprint("act", n), a)
			if ev.Rank = kp1.RankAdmin; me.c.Check(ev) != nil {
				continue
			}
			if x, ok := a.(RSVP); ok {
				last[to{m, k}] = x.Answer
			}
			events = append(events, ev)
			me.c, me.has[len(events)-1] = me.c.Apply(ev), true
		}
		got, _ := Calendar{}.Apply(slices.Clone(events)...).Get(e)
		if len(got.NotApplied) != 0 {
			rt.Errorf("what its author was allowed did not apply: %v", got.NotApplied[0].Rule)
		}
		for who, want := range last {
			rs := got.RSVP
			if !who.k.IsZero() {
				o, _ := got.Time(who.k)
				rs = o.RSVP
			}
			if i := slices.IndexFunc(rs, func(x Reply) bool { return x.Person == who.m }); i < 0 || rs[i].Answer != want {
				rt.Errorf("%v answered %v to %v, and it is %v", who.m, want, who.k, rs)
			}
		}
		for range 3 {
			order := append(slices.Clone(events), events[r.IntN(len(events))])
			r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			c := Calendar{}
			for len(order) > 0 {
				n := 1 + r.IntN(len(order))
				c, order = c.Apply(order[:n]...), order[n:]
			}
			if again, _ := c.Get(e); !reflect.DeepEqual(again, got) {
				rt.Fatalf("in another order:\n%+v\nwant\n%+v", again, got)
			}
			days := func(c Calendar) []Instance {
				return c.Between(date("2026-11-01"), date("2027-01-01"), time.UTC, time.LoadLocation)
			}
			if !reflect.DeepEqual(days(c), days(Calendar{}.Apply(events...))) {
				rt.Fatal("in another order other days")
			}
		}
	})
}
