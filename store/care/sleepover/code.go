package sleepover

import (
	"strings"

	"kith/store/care/act"
	"kith/store/care/when"
	"kith/store/kp1"
)

// The rules of a move's form.
var (
	RuleKind   = act.Named("E_RULE_KIND", "no such kind of ask")
	RuleBeds   = act.Named("E_RULE_BEDS", "no beds, or more than a home has")
	RuleNights = act.Named("E_RULE_NIGHTS", "no night, or more than fit in one sleepover")
)

func (s Seen) valid(ids ...kp1.ID) error {
	if len(s.Base) > act.MaxBase || len(s.Home) > MaxHome {
		return act.RuleTooMany
	}
	for _, id := range ids {
		if id.IsZero() {
			return act.RuleUnknown
		}
	}
	return nil
}

func (t Terms) valid(beds uint) error {
	if beds < 1 || beds > MaxBeds {
		return RuleBeds
	}
	switch {
	case !t.From.Valid() || !t.To.Valid() || !t.Arrive.Valid() || !t.Leave.Valid():
		return act.RuleDates
	case t.Nights() < 1 || t.Nights() > MaxNights:
		return RuleNights
	case t.Why > Other:
		return act.RuleForm
	}
	if err := act.Needed("child", t.Child, act.MaxName); err != nil {
		return err
	}
	if err := act.Lines("collect", t.Collect, act.MaxCondition); err != nil {
		return err
	}
	return act.Lines("note", t.Note, act.MaxNotes)
}

// Valid asks for a kind, beds, a child and nights.
func (a Ask) Valid() error {
	if a.Kind < Planned || a.Kind > Tonight {
		return RuleKind
	}
	if err := a.Seen.valid(); err != nil {
		return err
	}
	return validTerms(a.Terms, a.Beds, a.State)
}

// Valid asks for beds, a child and nights.
func (a Change) Valid() error {
	if err := a.Seen.valid(a.Ask); err != nil {
		return err
	}
	return validTerms(a.Terms, a.Beds, a.State)
}

func validTerms(t Terms, beds uint, w act.Words) error {
	if w == act.Here {
		return t.valid(beds)
	}
	if beds < 1 || beds > MaxBeds {
		return RuleBeds
	}
	return nil
}

// Valid bounds the condition.
func (a Offer) Valid() error {
	if err := a.Seen.valid(a.Ask); err != nil {
		return err
	}
	return act.Lines("condition", a.Condition, act.MaxCondition)
}

// Valid bounds the reason.
func (a Cannot) Valid() error {
	if err := a.Seen.valid(a.Ask, a.Offer); err != nil {
		return err
	}
	return act.Lines("reason", a.Reason, act.MaxCondition)
}

// Valid asks for all that the move names.
func (a Choose) Valid() error { return a.Seen.valid(a.Ask, a.Offer, a.Sheet) }

// Valid asks for all that the move names.
func (a Agree) Valid() error { return a.Seen.valid(a.Ask, a.Choice, a.Sheet) }

// Valid asks for the ask.
func (a Withdraw) Valid() error { return a.Seen.valid(a.Ask) }

// Valid asks for the ask.
func (a NotNeeded) Valid() error { return a.Seen.valid(a.Ask) }

// Valid asks for all that the move names.
func (a Arrived) Valid() error { return a.Seen.valid(a.Ask, a.Agreement) }

// Valid asks for the ask.
func (a Home) Valid() error { return a.Seen.valid(a.Ask) }

// Valid asks for the ask.
func (a Close) Valid() error { return a.Seen.valid(a.Ask) }

// Valid asks for the ask.
func (a OnIt) Valid() error { return a.Seen.valid(a.Ask) }

// body is what the ops carry in the open: structure, and no words; absent keys are zero.
type body struct {
	Ask    *kp1.Link  `cbor:"a,omitempty"`
	Base   []kp1.Link `cbor:"b,omitempty"`
	Choice *kp1.Link  `cbor:"c,omitempty"` // what Agree and Arrived rest on
	Home   []kp1.Link `cbor:"h,omitempty"`
	Kind   uint8      `cbor:"k,omitempty"`
	Beds   uint       `cbor:"n,omitempty"`
	Offer  *kp1.Link  `cbor:"o,omitempty"`
	Sheet  *kp1.Link  `cbor:"s,omitempty"`
	Worded bool       `cbor:"w,omitempty"`
	Off    bool       `cbor:"x,omitempty"`
}

// words is what a person typed.
type words struct {
	Arrive  uint16 `cbor:"a,omitempty"`
	Child   string `cbor:"c,omitempty"`
	From    uint32 `cbor:"f,omitempty"`
	Leave   uint16 `cbor:"l,omitempty"`
	Note    string `cbor:"n,omitempty"`
	Collect string `cbor:"o,omitempty"`
	To      uint32 `cbor:"t,omitempty"`
	Why     uint8  `cbor:"y,omitempty"`
	Text    string `cbor:"x,omitempty"` // a condition or a reason
}

func (s Seen) body(ask kp1.ID) body {
	return body{Ask: act.Link(ask), Base: act.Links(s.Base), Home: act.Links(s.Home)}
}

func (t Terms) words() words {
	return words{
		Arrive: t.Arrive.Code(), Child: t.Child, From: t.From.Code(), Leave: t.Leave.Code(), Note: t.Note,
		Collect: t.Collect, To: t.To.Code(), Why: uint8(t.Why),
	}
}

func (w words) terms() (t Terms, err error) {
	t = Terms{Child: w.Child, Note: w.Note, Collect: w.Collect, Why: Why(w.Why)}
	if t.From, err = when.DateFromCode(w.From); err != nil {
		return t, err
	}
	if t.To, err = when.DateFromCode(w.To); err != nil {
		return t, err
	}
	if t.Arrive, err = when.ClockFromCode(w.Arrive); err != nil {
		return t, err
	}
	t.Leave, err = when.ClockFromCode(w.Leave)
	return t, err
}

// Parts puts the terms into the payload.
func (a Ask) Parts() (any, any) {
	b := a.body(kp1.ID{})
	b.Beds, b.Kind, b.Worded = a.Beds, uint8(a.Kind), true
	return b, a.words()
}

// Parts puts the terms into the payload.
func (a Change) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Beds, b.Worded = a.Beds, true
	return b, a.words()
}

// Parts puts the condition into the payload.
func (a Offer) Parts() (any, any) {
	b := a.body(a.Ask)
	return b.spoken(a.Condition, a.State)
}

// Parts puts the reason into the payload.
func (a Cannot) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Offer = act.Link(a.Offer)
	return b.spoken(a.Reason, a.State)
}

func (b body) spoken(text string, w act.Words) (any, any) {
	b.Worded = text != "" || w != act.Here
	if text == "" {
		return b, nil
	}
	return b, words{Text: text}
}

// Parts has no payload.
func (a Choose) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Offer, b.Sheet = act.Link(a.Offer), act.Link(a.Sheet)
	return b, nil
}

// Parts has no payload.
func (a Agree) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Choice, b.Sheet = act.Link(a.Choice), act.Link(a.Sheet)
	return b, nil
}

// Parts has no payload.
func (a Arrived) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Choice = act.Link(a.Agreement)
	return b, nil
}

// Parts has no payload.
func (a Withdraw) Parts() (any, any) { return a.body(a.Ask), nil }

// Parts has no payload.
func (a NotNeeded) Parts() (any, any) { return a.body(a.Ask), nil }

// Parts has no payload.
func (a Home) Parts() (any, any) { return a.body(a.Ask), nil }

// Parts has no payload.
func (a Close) Parts() (any, any) { return a.body(a.Ask), nil }

// Parts has no payload.
func (a OnIt) Parts() (any, any) {
	b := a.body(a.Ask)
	b.Off = a.Off
	return b, nil
}

// Decode reads an act of this package; ok is false for a type that is not one.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	move, ok := strings.CutPrefix(typ, typePrefix)
	if !ok || !moves[move] {
		return nil, false, nil
	}
	var b body
	var w words
	state, err := act.Read(bytes, payload, &b, &w, func() bool { return b.Worded })
	if err != nil {
		return nil, true, err
	}
	var seen Seen
	if seen.Base, err = act.IDs(b.Base, act.MaxBase); err != nil {
		return nil, true, err
	}
	if seen.Home, err = act.IDs(b.Home, MaxHome); err != nil {
		return nil, true, err
	}
	terms, err := w.terms()
	if err != nil {
		return nil, true, err
	}
	a = decoded(move, b, w, terms, seen, act.Worded{State: state})
	return a, true, a.Valid()
}

var moves = map[string]bool{
	"ask": true, "offer": true, "choose": true, "agree": true, "change": true, "cannot": true,
	"withdraw": true, "not-needed": true, "arrived": true, "home": true, "close": true, "on-it": true,
}

func decoded(move string, b body, w words, terms Terms, seen Seen, here act.Worded) act.Act {
	ask, offer, sheet, choice := act.ID(b.Ask), act.ID(b.Offer), act.ID(b.Sheet), act.ID(b.Choice)
	switch move {
	case "ask":
		return Ask{terms, b.Beds, Kind(b.Kind), seen, here}
	case "offer":
		return Offer{ask, w.Text, seen, here}
	case "choose":
		return Choose{ask, offer, sheet, seen}
	case "agree":
		return Agree{ask, choice, sheet, seen}
	case "change":
		return Change{ask, terms, b.Beds, seen, here}
	case "cannot":
		return Cannot{ask, offer, w.Text, seen, here}
	case "withdraw":
		return Withdraw{ask, seen}
	case "not-needed":
		return NotNeeded{ask, seen}
	case "arrived":
		return Arrived{ask, choice, seen}
	case "home":
		return Home{ask, seen}
	case "close":
		return Close{ask, seen}
	}
	return OnIt{ask, b.Off, seen}
}
