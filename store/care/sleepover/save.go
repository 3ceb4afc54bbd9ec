package sleepover

import (
	"fmt"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Saved is where a checkpoint keeps the sleepovers.
type Saved struct {
	_      struct{} `cbor:",toarray"`
	All    page.Ref
	Open   page.Ref
	Needs  page.Ref
	Nights page.Ref
}

// savedObject is one sleepover in a checkpoint: its moves. What they come to is judged anew when its page is read.
type savedObject struct {
	_      struct{} `cbor:",toarray"`
	ID     [32]byte
	Events []act.Record
}

// Save puts what has changed on the shelf.
func (s Sleepovers) Save(put page.Shelf) (r Saved, err error) {
	if r.All, err = s.all.Save(put, encodeObjects); err != nil {
		return r, err
	}
	if r.Open, err = s.open.Save(put, page.EncodeMarks); err != nil {
		return r, err
	}
	if r.Needs, err = s.needs.Save(put, page.EncodeMarks); err != nil {
		return r, err
	}
	r.Nights, err = s.nights.Save(put, page.EncodeMarks)
	return r, err
}

// Open reads what Save wrote. It reads no sleepover: their pages are read when they are looked at, and judged with kin.
func Open(src *page.Source, r Saved, kin Kin) (s Sleepovers, err error) {
	decode := func(b []byte) ([]*object, error) { return decodeObjects(b, kin) }
	if s.all, err = page.Open(src, r.All, decode); err != nil {
		return Sleepovers{}, fmt.Errorf("sleepovers: %w", err)
	}
	if s.open, err = page.Open(src, r.Open, page.DecodeMarks); err != nil {
		return Sleepovers{}, fmt.Errorf("open sleepovers: %w", err)
	}
	if s.needs, err = page.Open(src, r.Needs, page.DecodeMarks); err != nil {
		return Sleepovers{}, fmt.Errorf("waiting sleepovers: %w", err)
	}
	if s.nights, err = page.Open(src, r.Nights, page.DecodeMarks); err != nil {
		return Sleepovers{}, fmt.Errorf("nights: %w", err)
	}
	return s, nil
}

func encodeObjects(os []*object) ([]byte, error) {
	out := make([]savedObject, len(os))
	for i, o := range os {
		rs, err := act.ToRecords(o.events)
		if err != nil {
			return nil, err
		}
		out[i] = savedObject{ID: o.id, Events: rs}
	}
	return kp1.Marshal(out)
}

func decodeObjects(b []byte, kin Kin) ([]*object, error) {
	var in []savedObject
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]*object, len(in))
	for i, s := range in {
		es, err := act.FromRecords(s.Events, decodeAct)
		if err != nil {
			return nil, err
		}
		for _, e := range es {
			if id, ok := AskOf(e); !ok || id != kp1.ID(s.ID) {
				return nil, fmt.Errorf("sleepover %s: move of another: %w", kp1.ID(s.ID).Short(), kp1.ErrForm)
			}
		}
		out[i] = newObject(s.ID, es, kin, nil)
	}
	return out, nil
}

func decodeAct(typ string, body, payload []byte) (act.Act, error) {
	a, ok, err := Decode(typ, body, payload)
	if !ok {
		return nil, kp1.ErrForm
	}
	return a, err
}
