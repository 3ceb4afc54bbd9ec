package erase

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"kith/store/care/act"
	"kith/store/kp1"
)

func was() Was {
	return Was{
		Device: kp1.DID{1}, Seq: 2, Prev: kp1.ID{3}, Auth: []kp1.ID{{4}}, Time: 5, Type: "thread/post", Body: []byte{0xa0},
		Payload: kp1.ID{6}, In: kp1.ID{10}, Len: 7, Token: [32]byte{8}, Sig: [64]byte{9},
	}
}

func TestT30Acts(t *testing.T) {
	for _, a := range []act.Act{
		Delete{kp1.ID{2}, was()},
		Redact{Target: kp1.ID{2}, Reason: Unkind, Was: was()},
		Redact{Target: kp1.ID{2}, Reason: Other, Note: "not here", Was: was()}.With(was()),
	} {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			t.Fatal(err)
		}
		got, ok, err := Decode(typ, body, payload)
		if !ok || err != nil {
			t.Fatalf("Decode: %v, %v", ok, err)
		}
		if again, b2, p2, err := act.Encode(got); err != nil || again != typ || string(b2) != string(body) || string(p2) != string(payload) {
			t.Errorf("%s: not the same again: %v", typ, err)
		}
		target, w := got.(Act).What()
		if target != (kp1.ID{2}) || !reflect.DeepEqual(w, was()) || len(got.Refs()) != 0 {
			t.Errorf("%s: %v %+v, refs %d", typ, target, w, len(got.Refs()))
		}
	}
}

func TestT8Limits(t *testing.T) {
	good := Redact{Target: kp1.ID{2}, Reason: Other, Note: strings.Repeat("a", MaxNote), Was: was()}
	for _, c := range []struct {
		name string
		mend func(*Redact)
		want error
	}{
		{"note at the limit", func(*Redact) {}, nil},
		{"note over the limit", func(r *Redact) { r.Note += "a" }, act.RuleTooLong},
		{"no reason", func(r *Redact) { r.Reason = 0 }, act.RuleForm},
		{"reason of no list", func(r *Redact) { r.Reason = Other + 1 }, act.RuleForm},
		{"no target", func(r *Redact) { r.Target = kp1.ID{} }, act.RuleUnknown},
		{"first of its chain with one before it", func(r *Redact) { r.Seq = 1 }, act.RuleForm},
		{"no one before it", func(r *Redact) { r.Prev = kp1.ID{} }, act.RuleForm},
		{"no words' envelope", func(r *Redact) { r.Payload = kp1.ID{} }, act.RuleForm},
		{"auth heads at the limit", func(r *Redact) { r.Auth = make([]kp1.ID, kp1.MaxAuthRefs) }, nil},
		{"auth heads over the limit", func(r *Redact) { r.Auth = make([]kp1.ID, kp1.MaxAuthRefs+1) }, act.RuleForm},
	} {
		r := good
		if c.mend(&r); !errors.Is(r.Valid(), c.want) {
			t.Errorf("%s: %v, want %v", c.name, r.Valid(), c.want)
		}
	}
	for _, r := range Reasons() {
		if again, ok := ParseReason(r.String()); !ok || again != r {
			t.Errorf("reason %d is called %q", r, r)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, a := range []act.Act{Delete{kp1.ID{2}, was()}, Redact{Target: kp1.ID{2}, Reason: Other, Note: "n", Was: was()}} {
		typ, body, payload, err := act.Encode(a)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(typ, body, payload)
		f.Add(typ, body, []byte(nil))
	}
	f.Fuzz(func(t *testing.T, typ string, body, payload []byte) {
		if len(payload) == 0 {
			payload = nil
		}
		a, ok, err := Decode(typ, body, payload)
		if !ok || err != nil {
			return
		}
		if err := a.Valid(); err != nil {
			t.Errorf("decoded but not valid: %v", err)
		}
	})
}

func FuzzOpenPage(f *testing.F) {
	e := act.Event{Meta: act.Meta{ID: kp1.ID{1}}, Act: Delete{kp1.ID{2}, was()}}
	_, err := All{}.Apply(e).Save(func(_ kp1.ID, bytes func() ([]byte, error)) error {
		b, err := bytes()
		f.Add(b)
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if es, err := decode(b); err == nil {
			if _, err := encode(es); err != nil {
				t.Errorf("read but not written: %v", err)
			}
		}
	})
}
