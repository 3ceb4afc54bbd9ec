package care_test

import (
	"flag"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/erase"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

// shufflesPerCase is how often each drawn history is shuffled. With rapid's 100 cases that makes 1,000 a type.
const shufflesPerCase = 10

// TestShuffle is *the* property: the same events, in any order, twice, in batches, with gaps filled later, in a view
// opened from a checkpoint half way, give the same View, byte for byte.
func TestShuffle(t *testing.T) {
	for _, c := range []struct {
		name string
		acts []string
	}{
		{"people", []string{"about", "profile", "household", "furnish", "welcome", "live", "part"}},
		{"calendar", []string{"add", "edit", "cancel", "rsvp", "rsvp"}},
		{"series", []string{"series", "again", "editone", "editone", "cancelone", "rsvpone", "rsvpone", "edit", "cancel", "rsvp"}},
		{"sleepover", []string{"ask", "offer", "offer", "choose", "agree", "agree", "change", "cannot", "withdraw", "needed", "arrived", "home", "close", "onit"}},
		{"thread", []string{"new", "post", "post", "file", "reply"}},
		{"erase", []string{"post", "post", "reply", "reword", "reword", "reword", "delete", "redact"}},
		{"everything", []string{"about", "household", "welcome", "live", "part", "add", "rsvp", "ask", "offer", "choose", "agree", "change", "cannot", "arrived", "new", "post", "reword", "delete"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			done := 0
			rapid.Check(t, func(rt *rapid.T) {
				r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
				events := history(t, r, c.acts, 8+r.IntN(24))
				want := encode(t, care.View{}.Apply(events...))
				for range shufflesPerCase {
					if got := encode(t, shuffled(t, r, events)); got != want {
						rt.Fatalf("%d events in another order give another view", len(events))
					}
					done++
				}
			})
			if n := flag.Lookup("rapid.checks"); !testing.Short() && n != nil && n.Value.String() == n.DefValue && done < 1000 {
				t.Errorf("%d shuffles, want at least 1,000", done)
			}
		})
	}
}

// shuffled applies events in a random order and in random batches, some of them twice, some first without their words,
// and now and then goes on from a checkpoint.
func shuffled(t *testing.T, r *rand.Rand, events []care.Event) (v care.View) {
	t.Helper()
	order := append([]care.Event(nil), events...)
	for _, e := range events {
		switch r.IntN(6) {
		case 0:
			order = append(order, e)
		case 1:
			if _, payload := e.Act.Parts(); payload != nil {
				order = append(order, words(e, care.Away))
			}
		}
	}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for len(order) > 0 {
		n := 1 + r.IntN(len(order))
		v, order = v.Apply(order[:n]...), order[n:]
		if r.IntN(8) == 0 {
			opened, err := care.DecodeView([]byte(encode(t, v)))
			if err != nil {
				t.Fatalf("DecodeView: %v", err)
			}
			v = opened
		}
	}
	if err := v.Err(); err != nil {
		t.Fatalf("Err: %v", err)
	}
	return v
}

// history makes n acts of four people who meet only now and then. Half of them do what a rule would refuse.
func history(t *testing.T, r *rand.Rand, kinds []string, n int) []care.Event {
	f := newFamily(t, "ada", "bob", "cy", "dot")
	f.n = r.Uint64() >> 20
	f.as("ada").rank, f.as("dot").rank = kp1.RankAdmin, uint8(r.IntN(3))
	names := []string{"ada", "bob", "cy", "dot"}
	f.as("ada").force(people.Household{Beds: 1})
	f.as("ada").force(mia())
	f.as("ada").force(picnic())
	f.as("ada").force(thread.New{Title: "hello"})
	f.meet()
	for len(f.history) < n+4 {
		p := f.as(names[r.IntN(4)])
		if r.IntN(3) == 0 {
			f.meet(p.name, names[r.IntN(4)])
		}
		a := care.Fill(p.view, p.id, draw(f, r, kinds[r.IntN(len(kinds))]))
		if err := care.Check(p.view, p.id, p.rank, a); err != nil && (a.Valid() != nil || r.IntN(2) == 0) {
			n--
			continue
		}
		p.force(a)
	}
	for i, e := range f.history {
		if care.MayName(e.Act) && r.IntN(8) == 0 { // for few people, of whom the reader may be one
			f.history[i].For = []kp1.MID{e.Author}
			if r.IntN(2) == 0 {
				f.history[i].Act = care.ForOthers(e.Act)
			}
		}
		if _, payload := e.Act.Parts(); payload != nil && r.IntN(10) == 0 {
			f.history[i].Act = care.Erased(e.Act)
		}
	}
	metas := map[kp1.ID]care.Meta{}
	for i, e := range f.history { // what stays of an event is that event
		if m, twice := metas[e.ID]; twice {
			f.history[i].Meta = m
		}
		metas[e.ID] = f.history[i].Meta
	}
	return f.history
}

// some returns the id of an event with an act of type T.
func some[T care.Act](f *family, r *rand.Rand) kp1.ID {
	var ids []kp1.ID
	for _, e := range f.history {
		if _, ok := e.Act.(T); ok {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 || r.IntN(20) == 0 {
		return kp1.Sum([]byte{byte(r.IntN(3))}) // names what is not here
	}
	return ids[r.IntN(len(ids))]
}

func picnic() calendar.Add {
	return calendar.Add{Content: calendar.Content{Title: "Picnic", When: when.Span{AllDay: true, From: friday(), To: friday().Plus(1)}}}
}

// fridays is a picnic each week.
func fridays() calendar.Add {
	a := picnic()
	a.Repeat = "FREQ=WEEKLY;COUNT=20"
	return a
}

// friday7 names one of the first times of fridays.
func friday7(n int) when.Key { return when.Key{Day: friday().Plus(7 * n)} }

func draw(f *family, r *rand.Rand, kind string) care.Act {
	everyone := []string{"ada", "bob", "cy", "dot"}
	someone := f.as(everyone[r.IntN(4)]).id
	ask, home, event, talk := some[sleepover.Ask](f, r), some[people.Household](f, r), some[calendar.Add](f, r), some[thread.New](f, r)
	days := r.IntN(3)
	switch kind {
	case "about":
		return people.About{Kind: people.Constellation, Name: string(rune('a' + r.IntN(26)))}
	case "profile":
		return people.Profile{Name: string(rune('a' + r.IntN(26))), Title: "carer"}
	case "household":
		return people.Household{Name: "home", Beds: uint(r.IntN(4))}
	case "furnish":
		return people.Furnish{Household: home, Beds: uint(r.IntN(4))}
	case "welcome":
		return people.Welcome{Household: home, Person: someone}
	case "live":
		return people.LiveHere{Household: home}
	case "part":
		return people.Part{Household: home, Person: someone}
	case "add":
		a := picnic()
		a.When.From, a.When.To = a.When.From.Plus(days*20), a.When.To.Plus(days*40)
		return a
	case "edit":
		a := picnic()
		return calendar.Edit{Event: event, Content: calendar.Content{Title: "Lake", When: when.Span{From: a.When.From.Plus(days), To: a.When.From.Plus(days + 1), Start: when.At(9, 0), End: when.At(8, days), Zone: "Europe/London"}}, Restore: r.IntN(4) == 0}
	case "cancel":
		return calendar.Cancel{Event: event}
	case "rsvp":
		return calendar.RSVP{Event: event, Answer: calendar.Answer(r.IntN(4))}
	case "series":
		return fridays()
	case "again":
		return calendar.Edit{Event: event, Content: fridays().Content, Restore: r.IntN(4) == 0}
	case "editone":
		a := picnic()
		a.Place = string(rune('a' + r.IntN(4)))
		return calendar.Edit{Event: event, At: friday7(days), Content: a.Content, Restore: r.IntN(4) == 0}
	case "cancelone":
		return calendar.Cancel{Event: event, At: friday7(days)}
	case "rsvpone":
		return calendar.RSVP{Event: event, At: friday7(days), Answer: calendar.Answer(r.IntN(4))}
	case "ask":
		return mia()
	case "offer":
		return sleepover.Offer{Ask: ask, Condition: []string{"", "late"}[r.IntN(2)]}
	case "choose":
		return sleepover.Choose{Ask: ask, Offer: some[sleepover.Offer](f, r)}
	case "agree":
		return sleepover.Agree{Ask: ask}
	case "change":
		return sleepover.Change{Ask: ask, Terms: later(days), Beds: uint(1 + r.IntN(2))}
	case "cannot":
		return sleepover.Cannot{Ask: ask, Offer: some[sleepover.Offer](f, r)}
	case "withdraw":
		return sleepover.Withdraw{Ask: ask}
	case "needed":
		return sleepover.NotNeeded{Ask: ask}
	case "arrived":
		return sleepover.Arrived{Ask: ask}
	case "home":
		return sleepover.Home{Ask: ask}
	case "close":
		return sleepover.Close{Ask: ask}
	case "onit":
		return sleepover.OnIt{Ask: ask, Off: r.IntN(2) == 0}
	case "new":
		return thread.New{Title: "talk"}
	case "reply":
		return thread.Post{Thread: talk, Text: "yes", ReplyTo: some[thread.Post](f, r)}
	case "file":
		return thread.File{Thread: talk, File: paper(uint64(1 + r.IntN(3*kp1.MaxPayload))), ReplyTo: some[thread.File](f, r)}
	case "reword":
		p, _ := someEvent[thread.Post](f, r)
		return thread.Edit{Thread: talk, Post: p.ID, Text: string(rune('a' + r.IntN(26)))}
	case "delete":
		return takeAway(f, r, erase.Delete{})
	case "redact":
		return takeAway(f, r, erase.Redact{Reason: erase.Unkind, Note: []string{"", "why"}[r.IntN(2)]})
	}
	return thread.Post{Thread: talk, Text: "hi"}
}

// takeAway erases some post, as the store would: it files what stays of it beside the act.
func takeAway(f *family, r *rand.Rand, a erase.Act) care.Act {
	e, ok := someEvent[thread.Post](f, r)
	if !ok {
		return picnic()
	}
	f.history = append(f.history, care.Event{Meta: e.Meta, Act: care.Erased(e.Act)})
	return erased(f.t, a, e)
}

// erased completes an act with what stays of an event.
func erased(t *testing.T, a erase.Act, e care.Event) care.Act {
	typ, body, _, err := care.Encode(e.Act)
	if err != nil {
		t.Fatal(err)
	}
	was := erase.Was{Device: e.Device, Seq: 1, Auth: []kp1.ID{{1}}, Time: e.Time, Type: typ, Body: body, Payload: e.ID}
	if _, redact := a.(erase.Redact); redact {
		return erase.Redact{Target: e.ID, Reason: a.(erase.Redact).Reason, Note: a.(erase.Redact).Note, Was: was}
	}
	return erase.Delete{Target: e.ID, Was: was}
}

// someEvent is an event with an act of type T whose words are here.
func someEvent[T care.Act](f *family, r *rand.Rand) (care.Event, bool) {
	var all []care.Event
	for _, e := range f.history {
		if _, ok := e.Act.(T); ok && act.WordsOf(e.Act) == care.Here {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return care.Event{}, false
	}
	return all[r.IntN(len(all))], true
}
