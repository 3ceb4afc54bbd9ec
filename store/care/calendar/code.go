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
)

// The rules of the calendar.
var (
	RuleNotAuthor = act.Named("E_RULE_NOT_AUTHOR", "who added the event, or an admin, alone may do this")
	RuleCancelled = act.Named("E_RULE_CANCELLED", "the event is cancelled")
	RuleAnswer    = act.Named("E_RULE_ANSWER", "no such answer")
)

// Type is the op's type.
func (Add) Type() string { return typeAdd }

// Type is the op's type.
func (Edit) Type() string { return typeEdit }

// Type is the op's type.
func (Cancel) Type() string { return typeCancel }

// Type is the op's type.
func (RSVP) Type() string { return typeRSVP }

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
	return nil
}

func valid(event kp1.ID, base []kp1.ID) error {
	if event.IsZero() {
		return act.RuleUnknown
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
	if err := valid(a.Event, a.Base); err != nil {
		return err
	}
	return validContent(a.Content, a.Kind, a.State)
}

// Valid asks for the event.
func (a Cancel) Valid() error { return valid(a.Event, a.Base) }

// Valid asks for an answer.
func (a RSVP) Valid() error {
	if a.Answer > Maybe {
		return RuleAnswer
	}
	return valid(a.Event, a.Base)
}

// Bare returns the act without its words.
func (a Add) Bare(w act.Words) act.Act {
	a.Content, a.State = Content{}, w
	return a
}

// Bare returns the act without its words.
func (a Edit) Bare(w act.Words) act.Act {
	a.Content, a.State = Content{}, w
	return a
}

// body is what the ops carry in the open; absent keys are zero.
type body struct {
	Answer uint8      `cbor:"a,omitempty"`
	Base   []kp1.Link `cbor:"b,omitempty"`
	Event  *kp1.Link  `cbor:"e,omitempty"`
	Kind   uint8      `cbor:"k,omitempty"`
	Undo   bool       `cbor:"u,omitempty"` // an edit that restores
	Worded bool       `cbor:"w,omitempty"`
}

// words is what a person typed: the times too.
type words struct {
	AllDay bool   `cbor:"d,omitempty"`
	End    uint16 `cbor:"e,omitempty"`
	From   uint32 `cbor:"f,omitempty"`
	Notes  string `cbor:"n,omitempty"`
	Place  string `cbor:"p,omitempty"`
	Start  uint16 `cbor:"s,omitempty"`
	To     uint32 `cbor:"t,omitempty"`
	Title  string `cbor:"x,omitempty"`
	Zone   string `cbor:"z,omitempty"`
}

func (c Content) words() words {
	w := c.When
	return words{w.AllDay, w.End.Code(), w.From.Code(), c.Notes, c.Place, w.Start.Code(), w.To.Code(), c.Title, w.Zone}
}

func (w words) content() (c Content, err error) {
	c = Content{Title: w.Title, Place: w.Place, Notes: w.Notes, When: when.Span{AllDay: w.AllDay, Zone: w.Zone}}
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
func (a Add) Parts() (any, any) { return body{Kind: uint8(a.Kind), Worded: true}, a.words() }

// Parts puts the content into the payload.
func (a Edit) Parts() (any, any) {
	return body{Base: act.Links(a.Base), Event: act.Link(a.Event), Kind: uint8(a.Kind), Undo: a.Restore, Worded: true}, a.words()
}

// Parts has no payload.
func (a Cancel) Parts() (any, any) {
	return body{Base: act.Links(a.Base), Event: act.Link(a.Event)}, nil
}

// Parts has no payload.
func (a RSVP) Parts() (any, any) {
	return body{Answer: uint8(a.Answer), Base: act.Links(a.Base), Event: act.Link(a.Event)}, nil
}

// Decode reads an act of this package; ok is false for a type that is not one.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	switch typ {
	case typeAdd, typeEdit, typeCancel, typeRSVP:
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
	event, here := act.ID(b.Event), act.Worded{State: state}
	switch typ {
	case typeAdd:
		a = Add{c, Kind(b.Kind), here}
	case typeEdit:
		a = Edit{event, c, Kind(b.Kind), base, b.Undo, here}
	case typeCancel:
		a = Cancel{event, base}
	case typeRSVP:
		a = RSVP{event, Answer(b.Answer), base}
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
