package erase

import (
	"kith/store/care/act"
	"kith/store/kp1"
)

// body is the op's body of both acts.
type body struct {
	Target  kp1.Link   `cbor:"t"`
	Device  kp1.DID    `cbor:"d"`
	Seq     uint64     `cbor:"s"`
	Prev    *kp1.Link  `cbor:"p,omitempty"`
	Auth    []kp1.Link `cbor:"a"`
	Time    uint64     `cbor:"u"`
	Type    string     `cbor:"y"`
	Body    []byte     `cbor:"b"`
	Payload kp1.Link   `cbor:"e"`
	Len     uint64     `cbor:"l"`
	In      *kp1.Link  `cbor:"w,omitempty"`
	Token   *[32]byte  `cbor:"k,omitempty"`
	Sig     [64]byte   `cbor:"g"`
	Reason  Reason     `cbor:"r,omitempty"`
	Noted   bool       `cbor:"n,omitempty"`
}

type words struct {
	Note string `cbor:"x"`
}

func (w Was) body(target kp1.ID) body {
	b := body{
		Target: target.Link(), Device: w.Device, Seq: w.Seq, Prev: act.Link(w.Prev), Auth: kp1.Links(w.Auth), Time: w.Time,
		Type: w.Type, Body: w.Body, Payload: w.Payload.Link(), Len: w.Len, In: act.Link(w.In), Sig: w.Sig,
	}
	if b.Body == nil {
		b.Body = []byte{}
	}
	if w.Token != ([32]byte{}) {
		b.Token = &w.Token
	}
	return b
}

// Parts returns body and payload.
func (d Delete) Parts() (any, any) { return d.body(d.Target), nil }

// Parts returns body and payload.
func (r Redact) Parts() (any, any) {
	b := r.body(r.Target)
	b.Reason, b.Noted = r.Reason, r.noted || r.Note != ""
	if !b.Noted {
		return b, nil
	}
	return b, words{r.Note}
}

// Decode reads the acts of this package; ok says whether typ is one of them.
func Decode(typ string, bytes, payload []byte) (a act.Act, ok bool, err error) {
	if typ != (Delete{}).Type() && typ != (Redact{}).Type() {
		return nil, false, nil
	}
	var b body
	var w words
	state, err := act.Read(bytes, payload, &b, &w, func() bool { return b.Noted })
	if err != nil {
		return nil, true, err
	}
	was := Was{
		Device: b.Device, Seq: b.Seq, Prev: act.ID(b.Prev), Auth: kp1.IDs(b.Auth), Time: b.Time, Type: b.Type, Body: b.Body,
		Payload: kp1.ID(b.Payload), In: act.ID(b.In), Len: b.Len, Sig: b.Sig,
	}
	if b.Token != nil {
		was.Token = *b.Token
	}
	if typ == (Redact{}).Type() {
		a = Redact{kp1.ID(b.Target), b.Reason, w.Note, was, act.Worded{State: state}, b.Noted}
	} else {
		if b.Reason != 0 || b.Noted {
			return nil, true, act.RuleForm
		}
		a = Delete{kp1.ID(b.Target), was}
	}
	return a, true, a.Valid()
}
