package calendar

import (
	"fmt"

	"kith/store/care/act"
	"kith/store/care/page"
	"kith/store/kp1"
)

// Saved is where a checkpoint keeps the calendar.
type Saved struct {
	_      struct{} `cbor:",toarray"`
	All    page.Ref
	Homes  page.Ref
	Days   page.Ref
	Series page.Ref
}

// savedObject is one event in a checkpoint: its acts. What they come to is judged anew when its page is read.
type savedObject struct {
	_      struct{} `cbor:",toarray"`
	ID     [32]byte
	Events []act.Record
}

// Save puts what has changed on the shelf.
func (c Calendar) Save(put page.Shelf) (r Saved, err error) {
	if r.All, err = c.all.Save(put, encodeObjects); err != nil {
		return r, err
	}
	if r.Homes, err = c.homes.Save(put, encodeHomes); err != nil {
		return r, err
	}
	if r.Days, err = c.days.Save(put, page.EncodeMarks); err != nil {
		return r, err
	}
	r.Series, err = c.series.Save(put, page.EncodeMarks)
	return r, err
}

// Open reads what Save wrote. It reads no event: their pages are read when they are looked at.
func Open(src *page.Source, r Saved) (c Calendar, err error) {
	if c.all, err = page.Open(src, r.All, decodeObjects); err != nil {
		return Calendar{}, fmt.Errorf("calendar: %w", err)
	}
	if c.homes, err = page.Open(src, r.Homes, decodeHomes); err != nil {
		return Calendar{}, fmt.Errorf("homes: %w", err)
	}
	if c.days, err = page.Open(src, r.Days, page.DecodeMarks); err != nil {
		return Calendar{}, fmt.Errorf("days: %w", err)
	}
	if c.series, err = page.Open(src, r.Series, page.DecodeMarks); err != nil {
		return Calendar{}, fmt.Errorf("series: %w", err)
	}
	return c, nil
}

// savedHome is where one event lies, in a checkpoint.
type savedHome struct {
	_   struct{} `cbor:",toarray"`
	ID  [32]byte
	Day uint64
}

func encodeHomes(hs []home) ([]byte, error) {
	out := make([]savedHome, len(hs))
	for i, h := range hs {
		out[i] = savedHome{ID: h.id, Day: h.day}
	}
	return kp1.Marshal(out)
}

func decodeHomes(b []byte) ([]home, error) {
	var in []savedHome
	if err := kp1.UnmarshalClosed(b, &in); err != nil {
		return nil, err
	}
	out := make([]home, len(in))
	for i, h := range in {
		out[i] = home{h.ID, h.Day}
	}
	return out, nil
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

func decodeObjects(b []byte) ([]*object, error) {
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
			if id, ok := EventOf(e); !ok || id != kp1.ID(s.ID) {
				return nil, fmt.Errorf("event %s: act of another: %w", kp1.ID(s.ID).Short(), kp1.ErrForm)
			}
		}
		out[i] = newObject(s.ID, es)
	}
	return out, nil
}
