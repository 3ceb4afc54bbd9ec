package erase

import (
	"fmt"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Gone says how something was taken away, for all to read in its place.
type Gone struct {
	act.Meta        // who took it away
	By       bool   // by somebody who leads the group; false: by who said it
	Reason   Reason // of those who lead
	Note     string
	Words    act.Words // of the note
}

// entry is everything that took one thing away: several people may have at once.
type entry struct {
	target kp1.ID
	events []act.Event // by id
}

func (e *entry) PageKey() page.Key { return page.Key{ID: e.target} }

// All is everything that was taken away. It is an immutable value; the zero value is empty.
type All struct{ book page.Book[*entry] }

// Len is how many things were taken away.
func (a All) Len() int { return a.book.Len() }

// Get says how a thing was taken away. What those who lead did is shown before what its author did, and of two the one
// with the larger id: the same everywhere.
func (a All) Get(target kp1.ID) (Gone, bool) {
	e, ok := a.book.Get(page.Key{ID: target})
	if !ok {
		return Gone{}, false
	}
	var out Gone
	for i, ev := range e.events {
		r, by := ev.Act.(Redact)
		if i > 0 && out.By && !by {
			continue
		}
		out = Gone{Meta: ev.Meta, By: by, Reason: r.Reason, Note: r.Note, Words: r.State}
	}
	return out, true
}

// Apply returns All with more events in it; those that are not of this package are passed over. Whether each was allowed
// is the store's to judge, since it alone knows whose the op was.
func (a All) Apply(es ...act.Event) All {
	var ed *page.Editor[*entry]
	for _, ev := range es {
		x, ok := ev.Act.(Act)
		if !ok {
			continue
		}
		if ed == nil {
			ed = a.book.Edit()
		}
		target, _ := x.What()
		next := &entry{target: target}
		if have, ok := ed.Get(next.PageKey()); ok {
			next.events = have.events
		}
		var news bool
		if next.events, news = act.Insert(next.events, ev); news {
			ed.Put(next)
		}
	}
	if ed == nil {
		return a
	}
	return All{ed.Book()}
}

// Check says whether a may still be done: nil, or a rule.
func (a All) Check(x Act) error {
	if err := x.Valid(); err != nil {
		return err
	}
	target, _ := x.What()
	if _, gone := a.Get(target); gone {
		return fmt.Errorf("op %s: %w", target.Short(), RuleGone)
	}
	return nil
}

type saved struct {
	_      struct{} `cbor:",toarray"`
	Target [32]byte
	Events []act.Record
}

// Save writes the section of a checkpoint.
func (a All) Save(put page.Shelf) (page.Ref, error) { return a.book.Save(put, encode) }

func encode(es []*entry) ([]byte, error) {
	out := make([]saved, len(es))
	for i, e := range es {
		rs, err := act.ToRecords(e.events)
		if err != nil {
			return nil, err
		}
		out[i] = saved{Target: e.target, Events: rs}
	}
	return kp1.Marshal(out)
}

// Open reads what Save wrote.
func Open(src *page.Source, ref page.Ref) (All, error) {
	book, err := page.Open(src, ref, decode)
	if err != nil {
		return All{}, fmt.Errorf("erased: %w", err)
	}
	return All{book}, nil
}

func decode(b []byte) ([]*entry, error) {
	var in []saved
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]*entry, len(in))
	for i, s := range in {
		es, err := act.FromRecords(s.Events, decodeAct)
		if err != nil {
			return nil, err
		}
		out[i] = &entry{s.Target, es}
		for _, e := range es {
			if x, ok := e.Act.(Act); !ok || whatOf(x) != out[i].target {
				return nil, fmt.Errorf("erased %s: %w", out[i].target.Short(), kp1.ErrForm)
			}
		}
		if len(es) == 0 {
			return nil, fmt.Errorf("erased %s by nobody: %w", out[i].target.Short(), kp1.ErrForm)
		}
	}
	return out, nil
}

func whatOf(a Act) kp1.ID { id, _ := a.What(); return id }

func decodeAct(typ string, body, payload []byte) (act.Act, error) {
	a, ok, err := Decode(typ, body, payload)
	if !ok {
		return nil, kp1.ErrForm
	}
	return a, err
}
