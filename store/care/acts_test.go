package care_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"kith/store/care"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/file"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/care/when"
	"kith/store/kp1"
)

func ids(ns ...byte) (out []kp1.ID) {
	for _, n := range ns {
		out = append(out, kp1.ID{31: n})
	}
	return out
}

// TestEveryActComesBack: encoded and decoded, every act is the same, names in Refs whatever it speaks of, and keeps its
// structure when its words are gone.
func TestEveryActComesBack(t *testing.T) {
	one, base := kp1.ID{31: 9}, ids(1, 2)
	seen := sleepover.Seen{Base: base, Home: ids(3)}
	day := when.Span{AllDay: true, From: friday(), To: friday().Plus(2)}
	tea := when.Span{From: friday(), To: friday(), Start: when.At(16, 0), End: when.At(17, 5), Zone: "Europe/London"}
	for _, c := range []struct {
		act    care.Act
		refs   []kp1.ID
		worded bool
	}{
		{people.About{Kind: people.Match, Name: "Elm", Base: base}, ids(1, 2), true},
		{people.Profile{Name: "Siân", Title: "Hub carer", Base: base}, ids(1, 2), true},
		{people.Household{Name: "Elm", Beds: 2}, nil, true},
		{people.Household{Beds: 2}, nil, false},
		{people.Furnish{Household: one, Name: "Oak", Beds: 3, Base: base}, ids(1, 2, 9), true},
		{people.Furnish{Household: one, Base: base}, ids(1, 2, 9), false},
		{people.Welcome{Household: one, Person: kp1.MID{4}, Base: base}, ids(1, 2, 9), false},
		{people.LiveHere{Household: one, Base: base}, ids(1, 2, 9), false},
		{people.Part{Household: one, Person: kp1.MID{4}, Base: base}, ids(1, 2, 9), false},
		{calendar.Add{Content: calendar.Content{Title: "Tea", Place: "Lake", Notes: "a\nb", When: tea}, Kind: calendar.Together}, nil, true},
		{calendar.Edit{Event: one, Content: calendar.Content{Title: "Tea", When: day}, Kind: calendar.School, Base: base}, ids(1, 2, 9), true},
		{calendar.Edit{Event: one, Content: calendar.Content{Title: "Tea", When: day}, Base: base, Restore: true}, ids(1, 2, 9), true},
		{calendar.Cancel{Event: one, Base: base}, ids(1, 2, 9), false},
		{calendar.RSVP{Event: one, Answer: calendar.Maybe, Base: base}, ids(1, 2, 9), false},
		{sleepover.Ask{Terms: mia().Terms, Beds: 1, Kind: sleepover.Short, Seen: seen}, ids(1, 2, 3), true},
		{sleepover.Change{Ask: one, Terms: mia().Terms, Beds: 1, Seen: seen}, ids(1, 2, 3, 9), true},
		{sleepover.Agree{Ask: one, Choice: kp1.ID{31: 5}, Sheet: kp1.ID{31: 6}, Seen: seen}, ids(1, 2, 3, 5, 6, 9), false},
		{thread.New{Title: "Talk"}, nil, true},
		{thread.Post{Thread: one, Text: "a\nb", ReplyTo: kp1.ID{31: 2}, Base: base, After: thread.Place{Second: 7, Turn: 8}}, ids(1, 2, 9), true},
		{thread.File{Thread: one, File: paper(kp1.MaxPayload + 1), ReplyTo: kp1.ID{31: 2}, Base: base, After: thread.Place{Second: 7, Turn: 8}}, ids(1, 2, 9), true},
	} {
		typ, body, payload, err := care.Encode(c.act)
		if err != nil {
			t.Errorf("Encode(%#v): %v", c.act, err)
			continue
		}
		back, err := care.Decode(typ, body, payload)
		if err != nil || !reflect.DeepEqual(back, c.act) {
			t.Errorf("Decode(%s) = %#v, %v, want %#v", typ, back, err, c.act)
		}
		if got := c.act.Refs(); !slices.Equal(got, c.refs) {
			t.Errorf("%s: Refs = %v, want %v", typ, got, c.refs)
		}
		if (payload != nil) != c.worded {
			t.Errorf("%s: payload of %d bytes, want one: %v", typ, len(payload), c.worded)
		}
		if !c.worded {
			if _, err := care.Decode(typ, body, []byte{0xa0}); err == nil {
				t.Errorf("%s: words that its body does not promise were taken", typ)
			}
			continue
		}
		bare, err := care.Decode(typ, body, nil)
		if err != nil || act.WordsOf(bare) != care.Away || !slices.Equal(bare.Refs(), c.refs) {
			t.Errorf("Decode(%s without words) = %#v, %v", typ, bare, err)
			continue
		}
		b, _ := bare.Parts()
		if again, err := kp1.Marshal(b); err != nil || !bytes.Equal(again, body) {
			t.Errorf("%s without words has another body: %x, want %x", typ, again, body)
		}
	}
}

// TestAgreedToOneOfTwoChoices: a host who said yes before hearing of the other choice is told by what it was overtaken.
func TestAgreedToOneOfTwoChoices(t *testing.T) {
	f := cast(t)
	id := f.to(sleepover.Offered)
	ade, tom, bev := f.as("ade"), f.as("tom"), f.as("bev")
	ade.do(sleepover.Choose{Ask: id, Offer: ade.offer(id, "bev")})
	f.meet("ade", "bev")
	yes := bev.do(sleepover.Agree{Ask: id})
	rival := tom.do(sleepover.Choose{Ask: id, Offer: tom.offer(id, "sue")})
	f.meet()
	s := f.as("sue").sleepover(id)
	if m := fate(t, s, yes); s.State != sleepover.Offered || m.Fate != sleepover.Overtaken || m.By != rival {
		t.Errorf("%v, fate %d by %s, want offered, overtaken by the other choice", s.State, m.Fate, m.By.Short())
	}
	kinds := map[sleepover.ConflictKind]bool{}
	for _, c := range s.Conflicts {
		kinds[c.Kind] = true
	}
	if !kinds[sleepover.TwoChoices] || !kinds[sleepover.CrossedMoves] {
		t.Errorf("conflicts = %+v, want the two choices and the yes that crossed them", s.Conflicts)
	}
}

// paper is what is said of a file of so many bytes.
func paper(size uint64) file.File {
	f := file.File{Name: "timetable.pdf", Type: "application/pdf", Size: size}
	for i := range file.Chunks(size) {
		f.Chunks = append(f.Chunks, kp1.Sum([]byte{byte(i)}))
	}
	return f
}
