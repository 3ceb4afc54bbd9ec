package care_test

import (
	"reflect"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestMayName: what has words may be for a few, but not what everybody knows the group and its people by.
func TestMayName(t *testing.T) {
	for _, c := range []struct {
		a    care.Act
		want bool
	}{
		{people.About{Name: "Elm Row"}, false},
		{people.Profile{Name: "Ada"}, false},
		{people.Household{Name: "home"}, false},
		{people.Furnish{Household: kp1.ID{1}, Name: "home"}, false},
		{people.LiveHere{Household: kp1.ID{1}}, false},
		{thread.New{Title: "a"}, true},
		{thread.Post{Thread: kp1.ID{1}, Text: "a"}, true},
		{picnic(), true},
		{calendar.RSVP{Event: kp1.ID{1}}, false},
		{mia(), true},
		{sleepover.Withdraw{Ask: kp1.ID{1}}, false},
	} {
		if got := care.MayName(c.a); got != c.want {
			t.Errorf("MayName(%s) = %v, want %v", c.a.Type(), got, c.want)
		}
	}
}

// TestForOthers: who is not named sees that something is there, from whom and for whom, and never words; and a
// checkpoint keeps all of that.
func TestForOthers(t *testing.T) {
	few := []kp1.MID{{1}, {2}}
	meta := func(id byte) care.Meta {
		return care.Meta{ID: kp1.ID{id}, Author: kp1.MID{1}, Rank: kp1.RankMember, For: few}
	}
	talk := care.Event{Meta: meta(1), Act: thread.New{Title: "secret"}}
	post := care.Event{Meta: meta(2), Act: thread.Post{Thread: kp1.ID{1}, Text: "secret"}}
	day := care.Event{Meta: meta(3), Act: picnic()}
	ask := care.Event{Meta: meta(4), Act: mia()}
	var told, others []care.Event
	for _, e := range []care.Event{talk, post, day, ask} {
		told = append(told, e)
		e.Act = care.ForOthers(e.Act)
		others = append(others, e)
	}
	look := func(v care.View) (words []care.Words, people [][]kp1.MID) {
		th, _ := v.Threads().Get(kp1.ID{1})
		it, _ := th.Last()
		ev, _ := v.Calendar().Get(kp1.ID{3})
		s, _ := v.Sleepovers().Get(kp1.ID{4})
		return []care.Words{th.Words, it.Words, ev.Words, s.Words}, [][]kp1.MID{th.By.For, it.For, ev.By.For, s.Asked.For}
	}
	for name, c := range map[string]struct {
		v    care.View
		want care.Words
	}{
		"for others":         {care.View{}.Apply(others...), care.Others},
		"here, then others":  {care.View{}.Apply(told...).Apply(others...), care.Here},
		"others, then here":  {care.View{}.Apply(others...).Apply(told...), care.Here},
		"away, then others":  {care.View{}.Apply(away(told)...).Apply(others...), care.Others},
		"others, then away":  {care.View{}.Apply(others...).Apply(away(told)...), care.Others},
		"others, then taken": {care.View{}.Apply(others...).Apply(taken(told)...), care.Taken},
	} {
		back, err := care.DecodeView([]byte(encode(t, c.v)))
		if err != nil {
			t.Fatalf("%s: DecodeView = %v", name, err)
		}
		for when, v := range map[string]care.View{"now": c.v, "from a checkpoint": back} {
			words, people := look(v)
			if slices.ContainsFunc(words, func(w care.Words) bool { return w != c.want }) {
				t.Errorf("%s, %s: words of thread, post, event and ask = %v, want %v", name, when, words, c.want)
			}
			for i, p := range people {
				if !reflect.DeepEqual(p, few) {
					t.Errorf("%s, %s: thing %d is for %v, want the two named", name, when, i, p)
				}
			}
		}
	}
	if err := care.Check(care.View{}, kp1.MID{1}, kp1.RankMember, care.ForOthers(thread.New{Title: "a"})); err != act.RuleWordless {
		t.Errorf("Check(an act without its words) = %v, want %v", err, act.RuleWordless)
	}
}

func away(es []care.Event) []care.Event  { return wordless(es, care.Away) }
func taken(es []care.Event) []care.Event { return wordless(es, care.Taken) }

func wordless(es []care.Event, w care.Words) []care.Event {
	out := slices.Clone(es)
	for i := range out {
		out[i] = words(out[i], w)
	}
	return out
}
