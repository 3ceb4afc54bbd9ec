package act

import (
	"fmt"

	"kith/store/kp1"
)

// Record is an event as a checkpoint keeps it: the same bytes the op carried, and who did it.
type Record struct {
	_       struct{} `cbor:",toarray"`
	ID      [32]byte
	Author  [32]byte
	Device  [32]byte
	Rank    uint8
	Comp    uint8
	Time    uint64
	Seq     uint64
	Type    string
	Body    []byte
	Payload []byte
	Words   uint8
	For     [][32]byte // none, or the people for whom alone the words are
}

// Decoder turns the parts of an op into an act.
type Decoder func(typ string, body, payload []byte) (Act, error)

// ToRecord returns e for a checkpoint.
func ToRecord(e Event) (Record, error) {
	typ, body, payload, err := encode(e.Act)
	if err != nil {
		return Record{}, err
	}
	people := make([][32]byte, len(e.For))
	for i, m := range e.For {
		people[i] = m
	}
	return Record{
		ID: e.ID, Author: e.Author, Device: e.Device, Rank: e.Rank, Comp: e.Comp, Time: e.Time, Seq: e.Seq,
		Type: typ, Body: body, Payload: payload, Words: uint8(WordsOf(e.Act)), For: people,
	}, nil
}

// Event reads a record back.
func (r Record) Event(dec Decoder) (Event, error) {
	payload := r.Payload
	if len(payload) == 0 {
		payload = nil
	}
	a, err := dec(r.Type, r.Body, payload)
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", kp1.ID(r.ID).Short(), err)
	}
	w := Words(r.Words)
	if w > Others || (w == Here) != (WordsOf(a) == Here) {
		return Event{}, fmt.Errorf("event %s: state of its words: %w", kp1.ID(r.ID).Short(), kp1.ErrForm)
	}
	if w != Here {
		a = Bare(a, w)
	}
	if len(r.For) > kp1.MaxAudience {
		return Event{}, fmt.Errorf("event %s for %d people: %w", kp1.ID(r.ID).Short(), len(r.For), kp1.ErrTooBig)
	}
	var people []kp1.MID
	for _, m := range r.For {
		people = append(people, m)
	}
	return Event{Meta{r.ID, r.Author, r.Device, r.Rank, r.Comp, r.Time, r.Seq, people}, a}, nil
}
