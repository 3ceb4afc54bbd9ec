package people

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"kith/store/care/act"
	"kith/store/kp1"
)

// Len returns the number of events.
func (p People) Len() int {
	n := len(p.about) + len(p.homeOf)
	for _, es := range p.profiles {
		n += len(es)
	}
	return n
}

// Encode returns every event, in canonical form: one section of a checkpoint.
func (p People) Encode() ([]byte, error) {
	all := slices.Clone(p.about)
	for _, es := range p.profiles {
		all = append(all, es...)
	}
	for _, h := range p.homes {
		all = append(all, h.events...)
	}
	act.SortEvents(all)
	rs, err := act.ToRecords(all)
	if err != nil {
		return nil, err
	}
	return kp1.Marshal(rs)
}

// Open reads what Encode wrote.
func Open(b []byte) (People, error) {
	var rs []act.Record
	if err := kp1.UnmarshalClosed(b, &rs); err != nil {
		return People{}, fmt.Errorf("people: %w", err)
	}
	es, err := act.FromRecords(rs, decodeAct)
	if err != nil {
		return People{}, fmt.Errorf("people: %w", err)
	}
	p, _ := People{}.Apply(es...)
	if again, err := p.Encode(); err != nil || !bytes.Equal(b, again) {
		return People{}, fmt.Errorf("people: %w", errors.Join(kp1.ErrForm, err))
	}
	return p, nil
}

func decodeAct(typ string, body, payload []byte) (act.Act, error) {
	a, ok, err := Decode(typ, body, payload)
	if !ok {
		return nil, kp1.ErrForm
	}
	return a, err
}
