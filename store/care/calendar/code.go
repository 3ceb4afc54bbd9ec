package calendar

import (
	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// The op types of this package.
const (
	typeAdd    = "calendar/add"
	typeEdit   = "calendar/edit"
	typeCancel = "calendar/cancel"
	typeRSVP   = "calendar/rsvp"

	// What is about one time of a series has types of its own: who does not know of series must not take it to be about all.
	typeEditOne   = "calendar/edit-one"
	typeCancelOne = "calendar/cancel-one"
	typeRSVPOne   = "calendar/rsvp-one"
)

// The rules of the calendar.
var (
	RuleNotAuthor = act.Named("E_RULE_NOT_AUTHOR", "who added the event, or an admin, alone may do this")
	RuleCancelled = act.Named("E_RULE_CANCELLED", "the event is cancelled")
	RuleAnswer    = act.Named("E_RULE_ANSWER", "no such answer")
	RuleRepeat    = act.Named("E_RULE_REPEAT", "nothing comes again like that")
	RuleTime      = act.Named("E_RULE_TIME", "the series has no such time")
)

// Type is the op's type.
func (Add) Type() string { return typeAdd }

// Type is the op's type.
func (a Edit) Type() string { return one(a.At, typeEdit, typeEditOne) }

// Type is the op's type.
func (a Cancel) Type() string { return one(a.At, typeCancel, typeCancelOne) }

// Type is the op's type.
func (a RSVP) Type() string { return one(a.At, typeRSVP, typeRSVPOne) }

// one chooses the type of an act by whether it is about one time of a series.
func one(at when.Key, all, one string) string {
	if at.IsZero() {
		return all
	}
	return one
}

// Refs is empty: an event begins with it.
func (Add) Refs() []kp1.ID { return nil }

// Refs lists the event and what its author had seen.
func (a Edit) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Event}) }

// Refs lists the event and what its author had seen.
func (a Cancel) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Event}) }

// Refs lists the event and what its author had seen.
func (a RSVP) Refs() []kp1.ID { return act.Refs(a.Base, []kp1.ID{a.Event}) }

func (c Content) valid() error {
	if err := act.Needed("title", c.Title, act.MaxTitle); err != nil {
		return err
	}
	if err := act.Line("place", c.Place, act.MaxTitle); err != nil {
		return err
	}
	if err := act.Lines("notes", c.Notes, act.MaxNotes); err != nil {
		return err
	}
	if c.When.Valid() != nil {
		return act.RuleDates
	}
	if c.Repeat == "" {
		return nil
	}
	_, err := c.series()
	return err
}

// series returns the series that c is, or RuleRepeat. Only the one form in which Kith writes a rule is one.
func (c Content) series() (*when.Series, error) {
	r, err := when.ParseRule(c.Repeat)
	if err != nil || r.String() != c.Repeat {
		return nil, RuleRepeat
	}
	s, err := when.NewSeries(c.When, r)
	if err != nil {
		return nil, RuleRepeat
	}
	return s, nil
}

func valid(event kp1.ID, at when.Key, base []kp1.ID) error {
	if event.IsZero() {
		return act.RuleUnknown
	}
	if !at.IsZero() && !at.Valid() {
		return act.RuleDates
	}
	if len(base) > act.MaxBase {
		return act.RuleTooMany
	}
	return nil
}

func validContent(c Content, k Kind, w act.Words) error {
	if k > Birthday {
		return act.RuleForm
	}
	if w != act.Here {
		return nil
	}
	return c.valid()
}

// Valid asks for a title and a time.
func (a Add) Valid() error { return validContent(a.Content, a.Kind, a.State) }

// Valid asks for a title and a time.
func (a Edit) Valid() error {
	if err := valid(a.Event, a.At, a.Base); err != nil {
		return err
	}
	if !a.At.IsZero() && a.Repeat != "" {
		return RuleRepeat // one time does not come again
	}
	return validContent(a.Content, a.Kind, a.State)
}

// Valid asks for the event.
func (a Cancel) Valid() error { return valid(a.Event, a.At, a.Base) }

// Valid asks for an answer.
func (a RSVP) Valid() error {
	if a.Answer > Maybe {
		return RuleAnswer
	}
	return valid(a.Event, a.At, a.Base)
}

// Bare returns the act without its words.
func (a Add) Bare(w act.Words) act.Act {
	a.Content, a.File, a.State = Content{}, FileName{}, w
	return a
}

// Bare returns the act without its words.
func (a Edit) Bare(w act.Words) act.Act {
	a.Content, a.State = Content{}, w
	return a
}

// body is what the ops carry in the open; absent keys are zero.
type body struct {
	Answer  uint8      `cbor:"a,omitempty"`
	Base    []kp1.Link `cbor:"b,omitempty"`
	Clock   uint16     `cbor:"c,omitempty"` // with Day: the time of a series that it is about
	Day     uint32     `cbor:"d,omitempty"`
	Event   *kp1.Link  `cbor:"e,omitempty"`
	Follows *kp1.Link  `cbor:"f,omitempty"` // the series that this one goes on with
	Kind    uint8      `cbor:"k,omitempty"`
	Changes uint32     `cbor:"s,omitempty"` // that a file counts besides
	Undo    bool       `cbor:"u,omitempty"` // an edit that restores
	Worded  bool       `cbor:"w,omitempty"`
}

// about returns what an act's body says of what it is about.
func about(event kp1.ID, at when.Key, base []kp1.ID) body {
	return body{Base: act.Links(base), Clock: at.At.Code(), Day: at.Day.Code(), Event: act.Link(event)}
}

// at returns the time of a series that an act is about, or none.
func (b body) at() (k when.Key, err error) {
	if k.Day, err = when.DateFromCode(b.Day); err != nil {
		return k, err
	}
	k.At, err = when.ClockFromCode(b.Clock)
	return k, err
}

// words is what a person typed: the times too.
type words struct {
	AllDay bool   `cbor:"d,omitempty"`
	End    uint16 `cbor:"e,omitempty"`
	From   uint32 `cbor:"f,omitempty"`
	Name   []byte `cbor:"i,omitempty"` // of an Add: what files call it, 16 bytes
	Notes  string `cbor:"n,omitempty"`
	Place  string `cbor:"p,omitempty"`
	Repeat string `cbor:"r,omitempty"`
	Start  uint16 `cbor:"s,omitempty"`
	To     uint32 `cbor:"t,omitempty"`
	Title  string `cbor:"x,omitempty"`
	Zone   string `cbor:"z,omitempty"`
}

func (c Content) words() words {
	w := c.When
	return words{w.AllDay, w.End.Code(), w.From.Code(), nil, c.Notes, c.Place, c.Repeat, w.Start.Code(), w.To.Code(), c.Title, w.Zone}
}

func (w words) content() (c Content, err error) {
	c = Content{Title: w.Title, Place: w.Place, Notes: w.Notes, Repeat: w.Repeat, When: when.Span{AllDay: w.AllDay, Zone: w.Zone}}
	if c.When.From, err = when.DateFromCode(w.From); err != nil {
		return c, err
	}
	if c.When.To, err = when.DateFromCode(w.To); err != nil {
		return c, err
	}
	if c.When.Start, err = when.ClockFromCode(w.Start); err != nil {
		return c, err
	}
	c.When.End, err = when.ClockFromCode(w.End)
	return c, err
}

// Parts puts the content into the payload.
func (a Add) Parts() (any, any) {
	w := a.words()
	if a.File != (FileName{}) {
		w.Name = a.File[:]
	}
	return body{Changes: a.Sequence, Follows: act.Link(a.Follows), Kind: uint8(a.Kind), Worded: true}, w
}

// Parts puts the content into the payload. Which time of a series it is about stays when the words are gone.
func (a Edit) Parts() (any, any) {
	b := about(a.Event, a.At, a.Base)
	b.Changes, b.Kind, b.Undo, b.Worded = a.Sequence, uint8(a.Kind), a.Restore, true
	return b, a.words()
}

// Parts has no payload.
func (a Cancel) Parts() (any, any) { return about(a.Event, a.At, a.Base), nil }

// Parts has no payload.
func (a RSVP) Parts() (any, any) {
	b := about(a.Event, a.At, a.Base)
	b.Answer = uint8(a.Answer)
	return b, nil
}

// Decode reads an act of this package; ok is false for a type that is not one.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	switch typ {
	case typeAdd, typeEdit, typeCancel, typeRSVP, typeEditOne, typeCancelOne, typeRSVPOne:
	default:
		return nil, false, nil
	}
	var b body
	var w words
	state, err := act.Read(bytes, payload, &b, &w, func() bool { return b.Worded })
	if err != nil {
		return nil, true, err
	}
	base, err := act.IDs(b.Base, act.MaxBase)
	if err != nil {
		return nil, true, err
	}
	c, err := w.content()
	if err != nil {
		return nil, true, err
	}
	at, err := b.at()
	if err != nil {
		return nil, true, err
	}
	event, here := act.ID(b.Event), act.Worded{State: state}
	switch typ {
	case typeAdd:
		var name FileName
		if n := copy(name[:], w.Name); len(w.Name) > 0 && (n != len(name) || n != len(w.Name)) {
			return nil, true, act.RuleForm
		}
		a = Add{Content: c, Kind: Kind(b.Kind), Follows: act.ID(b.Follows), File: name, Sequence: b.Changes, Worded: here}
	case typeEdit, typeEditOne:
		a = Edit{Event: event, At: at, Content: c, Kind: Kind(b.Kind), Base: base, Restore: b.Undo, Sequence: b.Changes, Worded: here}
	case typeCancel, typeCancelOne:
		a = Cancel{Event: event, At: at, Base: base}
	case typeRSVP, typeRSVPOne:
		a = RSVP{Event: event, At: at, Answer: Answer(b.Answer), Base: base}
	}
	if a.Type() != typ { // about all and about one, or neither
		return nil, true, act.RuleForm
	}
	return a, true, a.Valid()
}

func decodeAct(typ string, body, payload []byte) (act.Act, error) {
	a, ok, err := Decode(typ, body, payload)
	if !ok {
		return nil, kp1.ErrForm
	}
	return a, err
}
