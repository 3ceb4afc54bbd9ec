package calendar

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// change returns an edit by m of what c shows of event e, made by f.
func change(c Calendar, e kp1.ID, f func(*Edit)) Edit {
	v, _ := c.Get(e)
	ed := Edit{Event: e, Content: v.Content, Kind: v.Kind}
	f(&ed)
	return ed
}

// TestChangesMerge: what two people change apart from one another of different things goes together.
func TestChangesMerge(t *testing.T) {
	e := id("e")
	base := Calendar{}.Apply(by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28")))
	apart := func(fs ...func(*Edit)) Event {
		c := base
		for n, f := range fs {
			c = c.Apply(by(ada, fmt.Sprint("change", n), base.Fill(ada, change(base, e, f))))
		}
		v, _ := c.Get(e)
		return v
	}
	later := func(d *Edit) { d.When.From, d.When.To = date("2026-11-28"), date("2026-11-29") }
	latest := func(d *Edit) { d.When.From, d.When.To = date("2026-11-29"), date("2026-11-30") }
	lake := func(d *Edit) { d.Place = "lake" }
	park := func(d *Edit) { d.Place = "park" }
	notes := func(s string) func(*Edit) { return func(d *Edit) { d.Notes = s } }
	if v := apart(later, lake, notes("cake"), func(d *Edit) { d.Kind = Together }); len(v.Versions) != 1 || v.When.From != date("2026-11-28") ||
		v.Place != "lake" || v.Notes != "cake" || v.Kind != Together || v.Title != "picnic" || len(v.Heads) != 4 || !reflect.DeepEqual(v.Versions[0].Content, v.Content) {
		t.Errorf("four things apart = %+v", v)
	}
	if v := apart(notes("a"), notes("b"), notes("c")); len(v.Versions) != 1 || v.Versions[0].ID != v.Heads[2] || v.Notes == "" {
		t.Errorf("notes apart = %+v, want those of the greatest id alone", v.Versions)
	}
	if v := apart(lake, lake); len(v.Versions) != 1 || v.Place != "lake" {
		t.Errorf("the same place twice = %+v, want nothing to choose", v.Versions)
	}
	v := apart(later, latest, lake)
	if len(v.Versions) != 2 || v.Versions[0].When == v.Versions[1].When || v.Versions[0].Place != "lake" || v.Versions[1].Place != "lake" ||
		!reflect.DeepEqual(v.Versions[0].Content, v.Content) {
		t.Errorf("two times and a place = %+v, want two versions, both with the place", v.Versions)
	}
	if v := apart(later, park, lake, latest); len(v.Versions) != 4 {
		t.Errorf("two times and two places = %d versions, want one for each change", len(v.Versions))
	}
	c := base.Apply(by(ada, "1", base.Fill(ada, change(base, e, later))), by(ada, "2", base.Fill(ada, change(base, e, latest))))
	c = c.Apply(by(ada, "3", c.Fill(ada, change(c, e, func(*Edit) {})))) // to keep what is in force is a choice too
	if v, _ := c.Get(e); len(v.Versions) != 1 {
		t.Errorf("chosen = %+v, want one version", v.Versions)
	}
	c = base.Apply(by(ada, "1", base.Fill(ada, change(base, e, lake))), by(ada, "2", base.Fill(ada, change(base, e, park))))
	c = c.Apply(by(ada, "3", c.Fill(ada, change(c, e, notes("cake"))))) // of the place this says nothing
	if v, _ := c.Get(e); len(v.Versions) != 2 || v.Notes != "cake" {
		t.Errorf("notes on two places = %+v, want still two", v.Versions)
	}
}

// TestCancelledButChanged: an edit made apart from a cancel is shown beside it, and whoever may edit can restore the event.
func TestCancelledButChanged(t *testing.T) {
	e := id("e")
	base := Calendar{}.Apply(by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28")))
	before := by(ada, "before", base.Fill(ada, change(base, e, func(d *Edit) { d.Notes = "cake" })))
	base = base.Apply(before)
	cancel := by(ada, "c", base.Fill(ada, Cancel{Event: e}))
	edit := by(ada, "x", base.Fill(ada, change(base, e, func(d *Edit) { d.Place = "lake" })))
	c := base.Apply(cancel, edit, by(bob, "r", base.Fill(bob, RSVP{Event: e, Answer: Yes})))
	v, _ := c.Get(e)
	if !v.Cancelled || len(v.ChangedApart) != 1 || v.ChangedApart[0].ID != id("x") || v.Place != "lake" || v.Answer(bob) != Yes {
		t.Errorf("cancelled, but changed = %+v", v)
	}
	restore := change(c, e, func(d *Edit) { d.Restore = true })
	if err := c.Check(by(bob, "", restore)); !errors.Is(err, RuleNotAuthor) {
		t.Errorf("restored by another: %v, want RuleNotAuthor", err)
	}
	again := restore
	again.Restore = false
	if err := c.Check(by(ada, "", again)); !errors.Is(err, RuleCancelled) {
		t.Errorf("edited without restoring: %v, want RuleCancelled", err)
	}
	if err := c.Check(by(ada, "", restore)); err != nil {
		t.Fatal(err)
	}
	filled, _ := c.Fill(ada, restore).(Edit)
	if !slices.Contains(filled.Base, id("c")) || !slices.IsSortedFunc(filled.Base, kp1.ID.Compare) {
		t.Errorf("base of the restore = %v", filled.Base)
	}
	back := c.Apply(by(ada, "u", filled))
	v, _ = back.Get(e)
	if v.Cancelled || len(v.ChangedApart) != 0 || v.Answer(bob) != Yes || v.Place != "lake" || v.Notes != "cake" {
		t.Errorf("restored = %+v", v)
	}
	if err := back.Check(by(bob, "", RSVP{Event: e, Answer: No})); err != nil {
		t.Errorf("answer to a restored event: %v", err)
	}
	back = back.Apply(by(bob, "r2", back.Fill(bob, RSVP{Event: e, Answer: No})), by(ada, "c2", Cancel{Event: e, Base: ids("x")}))
	v, _ = back.Get(e)
	if !v.Cancelled || v.CancelledBy.ID != id("c2") || v.Answer(bob) != No || len(v.NotApplied) != 0 || len(v.ChangedApart) != 1 || v.ChangedApart[0].ID != id("u") {
		t.Errorf("cancelled apart from the restore = %+v, want cancelled, and the restore shown as a change apart from it", v)
	}
	if _, body, payload, err := act.Encode(filled); err != nil {
		t.Error(err)
	} else if got, err := decodeAct(typeEdit, body, payload); err != nil || !reflect.DeepEqual(got, act.Act(filled)) {
		t.Errorf("reads back as %+v, %v", got, err)
	}
}

// copyOf is one person's calendar in TestMerge: which acts they have, by number.
type copyOf struct {
	c   Calendar
	has map[int]bool
}

// story is a history of one event, with what the test knows of each act: what its author had, and which thing it changed.
type story struct {
	events []act.Event
	saw    []map[int]bool
	made   []field // of the edits; fields for what changes nothing
	value  []string
}

// maximal lists the changes of f that no other change of f has seen.
func (s *story) maximal(f field) (out []int) {
	for i, m := range s.made {
		if m != f {
			continue
		}
		seen := false
		for j, m := range s.made {
			seen = seen || m == f && s.saw[j][i]
		}
		if !seen {
			out = append(out, i)
		}
	}
	return out
}

func value(v Content, k Kind, f field) string {
	return [...]string{v.Title, v.When.From.String(), v.Place, v.Notes, fmt.Sprint(k)}[f]
}

// TestMerge: people who edit, answer and hear of one another at random. In any order and with doubles the calendar is the
// same; a change that nobody else's stands against is there; of two that do, both are offered where a choice is asked
// for; and everyone's last answer is there.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		e, people := id("e"), []kp1.MID{ada, bob, cy}
		s := &story{events: []act.Event{by(ada, "e", whole("picnic", "2026-11-27", "2026-11-28"))}, saw: []map[int]bool{{}}, made: []field{fields}, value: []string{""}}
		copies := make([]copyOf, len(people))
		for i := range copies {
			copies[i] = copyOf{Calendar{}.Apply(s.events[0]), map[int]bool{0: true}}
		}
		answers := map[kp1.MID]Answer{}
		for n := range 4 + r.IntN(20) {
			who := r.IntN(len(people))
			me := &copies[who]
			if r.IntN(3) == 0 {
				for k := range copies[r.IntN(len(copies))].has {
					me.c, me.has[k] = me.c.Apply(s.events[k]), true
				}
				continue
			}
			f, said := fields, ""
			var a act.Act = RSVP{Event: e, Answer: Answer(1 + r.IntN(3))}
			if r.IntN(3) > 0 {
				f = field(r.IntN(int(fieldKind)))
				ed := change(me.c, e, func(d *Edit) {
					text := fmt.Sprint("said ", n)
					day := date("2027-01-01").Plus(n)
					set(d, text, day, f)
				})
				said, a = value(ed.Content, ed.Kind, f), ed
			} else {
				answers[people[who]] = a.(RSVP).Answer //nolint:forcetypeassert // made above
			}
			ev := by(people[who], fmt.Sprint("act", n), me.c.Fill(people[who], a))
			ev.Rank = kp1.RankAdmin
			saw := map[int]bool{}
			for k := range me.has {
				saw[k] = true
			}
			s.events, s.saw, s.made, s.value = append(s.events, ev), append(s.saw, saw), append(s.made, f), append(s.value, said)
			me.c, me.has[len(s.events)-1] = me.c.Apply(ev), true
		}
		got, _ := Calendar{}.Apply(slices.Clone(s.events)...).Get(e)
		s.check(rt, got)
		for m, want := range answers {
			if a := got.Answer(m); a != want {
				rt.Errorf("%v answered %v, and it is %v", m, want, a)
			}
		}
		order := append(slices.Clone(s.events), s.events[r.IntN(len(s.events))])
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		c := Calendar{}
		for _, ev := range order {
			c = c.Apply(ev)
		}
		if again, _ := c.Get(e); !reflect.DeepEqual(again, got) {
			rt.Errorf("in another order:\n%+v\nwant\n%+v", again, got)
		}
	})
}

// set changes one thing that an event says.
func set(d *Edit, text string, day when.Date, f field) {
	switch f {
	case fieldTitle:
		d.Title = text
	case fieldTime:
		d.When.From, d.When.To = day, day.Plus(1)
	case fieldPlace:
		d.Place = text
	case fieldNotes:
		d.Notes = text
	}
}

func (s *story) check(rt *rapid.T, got Event) {
	open := map[int]bool{}
	for f := fieldTitle; f <= fieldNotes; f++ {
		most := s.maximal(f)
		var values, offered []string
		for _, i := range most {
			values = append(values, s.value[i])
			if len(most) > 1 && f != fieldNotes {
				open[i] = true
			}
		}
		for _, v := range got.Versions {
			offered = append(offered, value(v.Content, v.Kind, f))
		}
		if len(values) == 0 {
			continue
		}
		if now := value(got.Content, got.Kind, f); !slices.Contains(values, now) {
			rt.Errorf("thing %d is %q, want one of %q", f, now, values)
		}
		for _, v := range values {
			if f != fieldNotes && !slices.Contains(offered, v) {
				rt.Errorf("thing %d: %q is not offered: %q", f, v, offered)
			}
		}
	}
	if len(got.Versions) != max(1, len(open)) {
		rt.Errorf("%d versions, want %d", len(got.Versions), max(1, len(open)))
	}
}
