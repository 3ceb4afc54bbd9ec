// Package care holds what families who care for children for one another agree: its nouns put together to one View. It
// never touches clock, disk, network or randomness: events in, View out, and the same events give the same View.
package care

import (
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/erase"
	"kith/store/care/page"
	"kith/store/care/people"
	"kith/store/care/sleepover"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// The types that every noun shares, under the names by which the rest of Kith knows them.
type (
	Meta  = act.Meta
	Act   = act.Act
	Event = act.Event
	Rule  = act.Rule
	Words = act.Words
	Void  = act.Void
)

// The states of words.
const (
	Here   = act.Here
	Away   = act.Away
	Taken  = act.Taken
	Others = act.Others
)

// ErrUnknownType says that an op's type is none of ours: it is from a newer version, to be kept and not shown.
var ErrUnknownType = &kp1.Error{ECode: "E_UNKNOWN_TYPE", Msg: "type of act not known to this version"}

// Encode returns the op's type, its body (structure, at most kp1.MaxContentBody bytes) and its payload (the words, to be
// sealed apart; nil when there are none). It returns a *Rule, perhaps wrapped, for an act that is not well formed.
func Encode(a Act) (typ string, body, payload []byte, err error) { return act.Encode(a) }

// Decode reads an act. payload is nil when the op has none, and also when it is not here yet or erased; the act then
// says Away. For one erased, call Erased on it. It returns ErrUnknownType, or an error wrapping kp1.ErrForm,
// kp1.ErrTooBig or a rule of form.
func Decode(typ string, body, payload []byte) (Act, error) {
	for _, decode := range decoders {
		if a, ok, err := decode(typ, body, payload); ok {
			if err != nil {
				return nil, err
			}
			return a, nil
		}
	}
	return nil, ErrUnknownType
}

var decoders = []func(string, []byte, []byte) (act.Act, bool, error){
	people.Decode, calendar.Decode, sleepover.Decode, thread.Decode, erase.Decode,
}

// Erased returns the act with its words taken away for good. Apply an event again with it to erase them from a View.
func Erased(a Act) Act {
	if _, payload := a.Parts(); payload == nil {
		return a
	}
	return act.Bare(a, Taken)
}

// ForOthers returns the act without its words, which are for other people alone. Nothing that will come makes them be
// here: screens say "for other people", never "not here yet".
func ForOthers(a Act) Act { return act.Bare(a, Others) }

// MayName reports whether an act may be for named people alone. It must have words: all else of it is read by everyone
// in its compartment. And it must not be one by which everybody knows the group and its people, since the newest of
// those is the one that is shown.
func MayName(a Act) bool {
	switch a.(type) {
	case people.About, people.Profile, people.Household, people.Furnish:
		return false
	}
	_, words := a.Parts()
	return words != nil
}

// Rules lists the code of every rule, sorted: each needs a sentence in assets/words.
func Rules() []string { return act.Codes() }

// View is all that a group has agreed and said, as one person sees it. It is an immutable value: Apply gives another
// that shares what has not changed. The zero value is empty. It may be read by many goroutines at once.
type View struct {
	people     people.People
	calendar   calendar.Calendar
	sleepovers sleepover.Sleepovers
	threads    thread.Threads
	erased     erase.All
	src        *page.Source
}

// People returns names and households.
func (v View) People() people.People { return v.people }

// Calendar returns the events.
func (v View) Calendar() calendar.Calendar { return v.calendar }

// Sleepovers returns the asks for a bed.
func (v View) Sleepovers() sleepover.Sleepovers { return v.sleepovers }

// Threads returns what was said.
func (v View) Threads() thread.Threads { return v.threads }

// Gone says how an op was taken away for good, if it was.
func (v View) Gone(id kp1.ID) (erase.Gone, bool) { return v.erased.Get(id) }

// Apply returns the View with more events in it. The same set of events gives the same View, whatever the order, the
// duplicates and the gaps. An event that a rule refuses is kept and shown as not applied. The cost is that of the
// objects touched: of a post, O(log posts); of a batch of posts, their number times that; of any other act, the history
// of its own sleepover, event or household. An act of a household also judges anew the sleepovers that waited for one.
func (v View) Apply(es ...Event) View {
	var homes bool
	v.people, homes = v.people.Apply(es...)
	v.calendar = v.calendar.Apply(es...)
	v.sleepovers = v.sleepovers.Apply(v.people.Kin, es...)
	if homes {
		v.sleepovers = v.sleepovers.Again(v.people.Kin)
	}
	v.threads = v.threads.Apply(es...)
	if gone := v.erased.Apply(es...); gone != v.erased {
		v.erased = gone
		v.threads = v.threads.Strike(remains(es)...)
	}
	return v
}

// remains are the posts that events take away, as they say that these were.
func remains(es []Event) (out []Event) {
	for _, e := range es {
		x, ok := e.Act.(erase.Act)
		if !ok {
			continue
		}
		target, was := x.What()
		if a, known, err := thread.Decode(was.Type, was.Body, nil); known && err == nil {
			out = append(out, Event{Meta: Meta{ID: target, Time: was.Time}, Act: a})
		}
	}
	return out
}

// Fill completes an act that me is about to do with what me has seen in v: the newest acts it builds on, the version of
// the terms, the choice or offer that is meant when there is only one. What is set already it leaves alone. Propose is
// Fill, Check, Encode.
func Fill(v View, me kp1.MID, a Act) Act {
	switch a := a.(type) {
	case thread.Post:
		if t, ok := v.threads.Get(a.Thread); ok {
			return t.Fill(a)
		}
		return a
	case thread.File:
		if t, ok := v.threads.Get(a.Thread); ok {
			return t.FillFile(a)
		}
		return a
	case thread.Edit:
		return v.threads.FillEdit(me, a)
	case erase.Act:
		return a
	}
	a = v.people.Fill(me, a)
	a = v.calendar.Fill(me, a)
	if _, ok := sleepover.AskOf(Event{Act: a}); !ok {
		return a
	}
	home := v.people.Seen(me, sleepover.MaxHome)
	kin, _ := v.people.Kin(me, home)
	return v.sleepovers.Fill(me, kin, home, a)
}

// Check says whether me, whose rank it is, may do a now: nil, or an error that holds a *Rule (errors.As). Call Fill first.
func Check(v View, me kp1.MID, rank uint8, a Act) error {
	e := Event{Meta: Meta{Author: me, Rank: rank}, Act: a}
	if _, ok := sleepover.AskOf(e); ok {
		return v.sleepovers.Check(v.people.Kin, e)
	}
	if act.WordsOf(a) != Here {
		return act.RuleWordless
	}
	if _, ok := calendar.EventOf(e); ok {
		return v.calendar.Check(e)
	}
	switch a := a.(type) {
	case thread.New, thread.Post, thread.File:
		return v.threads.Check(a)
	case thread.Edit:
		return v.threads.CheckEdit(me, a)
	case erase.Act:
		return v.erased.Check(a)
	}
	return v.people.Check(e)
}
