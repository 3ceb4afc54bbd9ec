// Package thread holds what the group says to one another: threads of posts, kept in pages so that a long one costs no
// more than a short one. It never touches clock, disk, network or randomness, and it knows nobody's name.
package thread

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// New starts a thread. Its op's id is the thread's id.
type New struct {
	Title string
	act.Worded
}

// Post adds words to a thread. Screens fill Thread, Text and perhaps ReplyTo; care.Fill writes the rest.
type Post struct {
	Thread  kp1.ID
	Text    string
	ReplyTo kp1.ID
	Base    []kp1.ID // the newest posts the author had seen, at most MaxBase
	After   Place    // the last place among Base and ReplyTo: this post stands after it
	act.Worded
}

// MaxBase is how many earlier posts one post names.
const MaxBase = 4

// Place is where a post stands in its thread: by the second, then by the turn within that second, then by id. A post's
// place follows from the post alone. It is the claimed time of the op, unless that is not after Post.After: then it is
// the turn after that. So causes stand before what they caused, and all else by claimed time.
type Place struct{ Second, Turn uint64 }

// Limits of a place: the year 36,812, and the turns within one second. Beyond them posts stand by id.
const (
	MaxSecond = 1<<40 - 1
	MaxTurn   = 1<<24 - 1
)

// Before reports whether p stands before o.
func (p Place) Before(o Place) bool {
	return p.Second < o.Second || p.Second == o.Second && p.Turn < o.Turn
}

// place returns where a post claimed at time, after what it had seen, stands.
func place(time uint64, after Place) Place {
	if time = min(time, MaxSecond); time > after.Second {
		return Place{Second: time}
	}
	return Place{after.Second, min(after.Turn+1, MaxTurn)}
}

// Type is the op's type.
func (New) Type() string { return "thread/new" }

// Refs is empty: a thread speaks of nothing earlier.
func (New) Refs() []kp1.ID { return nil }

// Type is the op's type.
func (Post) Type() string { return "thread/post" }

// Refs lists the thread, the post answered and the posts seen.
func (p Post) Refs() []kp1.ID { return act.Refs(p.Base, []kp1.ID{p.Thread, p.ReplyTo}) }

// Valid asks for a title within act.MaxTitle bytes.
func (n New) Valid() error {
	if n.State != act.Here {
		return nil
	}
	return act.Needed("title", n.Title, act.MaxTitle)
}

// Valid asks for words within act.MaxPost bytes, a thread, and a base that a thread can have.
func (p Post) Valid() error {
	switch {
	case p.Thread.IsZero():
		return act.RuleUnknown
	case len(p.Base) > MaxBase:
		return act.RuleTooMany
	case p.After.Second > MaxSecond || p.After.Turn > MaxTurn:
		return act.RuleForm
	case p.State != act.Here:
		return nil
	case p.Text == "":
		return act.RuleEmpty
	}
	return act.Lines("post", p.Text, act.MaxPost)
}

// Bare returns the thread without its title.
func (n New) Bare(w act.Words) act.Act { return New{Worded: act.Worded{State: w}} }

// Bare returns the post without its text.
func (p Post) Bare(w act.Words) act.Act {
	p.Text, p.State = "", w
	return p
}

// body and words are what the ops carry; absent keys are zero.
type body struct {
	Thread *kp1.Link  `cbor:"t,omitempty"`
	Reply  *kp1.Link  `cbor:"r,omitempty"`
	Base   []kp1.Link `cbor:"b,omitempty"`
	Second uint64     `cbor:"s,omitempty"`
	Turn   uint64     `cbor:"n,omitempty"`
	Post   *kp1.Link  `cbor:"p,omitempty"` // of an edit
}

type words struct {
	Text string `cbor:"x"`
}

// Parts puts the title into the payload.
func (n New) Parts() (any, any) { return body{}, words{n.Title} }

// Parts puts the text into the payload and all else into the body.
func (p Post) Parts() (any, any) {
	return body{act.Link(p.Thread), act.Link(p.ReplyTo), act.Links(p.Base), p.After.Second, p.After.Turn, nil}, words{p.Text}
}

// Parts returns body and payload.
func (e Edit) Parts() (any, any) {
	return body{act.Link(e.Thread), nil, act.Links(e.Base), e.At.Second, e.At.Turn, act.Link(e.Post)}, words{e.Text}
}

// Decode reads an act of this package; ok is false for a type that is not one.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	switch typ {
	case New{}.Type(), Post{}.Type(), Edit{}.Type():
	case File{}.Type():
		if a, err = decodeFile(bytes, payload); err != nil {
			return nil, true, err
		}
		return a, true, nil
	default:
		return nil, false, nil
	}
	var b body
	var w words
	state, err := act.Read(bytes, payload, &b, &w, func() bool { return true })
	if err != nil {
		return nil, true, err
	}
	base, err := act.IDs(b.Base, MaxBase)
	if err != nil {
		return nil, true, err
	}
	switch at, worded := (Place{b.Second, b.Turn}), (act.Worded{State: state}); typ {
	case New{}.Type():
		a = New{w.Text, worded}
	case Edit{}.Type():
		a = Edit{act.ID(b.Thread), act.ID(b.Post), at, w.Text, base, worded}
	default:
		a = Post{act.ID(b.Thread), w.Text, act.ID(b.Reply), base, at, worded}
	}
	return a, true, a.Valid()
}
