package op

import (
	"bytes"
	"errors"
	"testing"

	"kith/store/kp1"
)

func TestT1Audience(t *testing.T) {
	type in struct {
		Body, Key, GID, DID, Op hexBytes
		People                  []hexBytes
	}
	for _, v := range vectors[in, struct{ Mark, Body, Handed hexBytes }](t, "audience.json") {
		switch v.Kind {
		case "body":
			var people []kp1.MID
			for _, p := range v.In.People {
				people = append(people, kp1.MID(p))
			}
			mark := AudienceMark(v.In.Key.key(), kp1.GID(v.In.GID), kp1.DID(v.In.DID), people)
			same(t, v.Name+": mark", mark[:], v.Expect.Mark)
			body, err := ForPeople(v.In.Body, people, mark)
			if err != nil {
				t.Errorf("%s: ForPeople = %v", v.Name, err)
			}
			same(t, v.Name+": body", body, v.Expect.Body)
			o := Op{Group: kp1.GID(v.In.GID), Device: kp1.DID(v.In.DID), Body: body, Payload: &PayloadRef{}}
			if got, err := o.Audience(); err != nil || len(got) != len(people) || !o.Marked(v.In.Key.key()) {
				t.Errorf("%s: Audience = %d people, %v, marked %v", v.Name, len(got), err, o.Marked(v.In.Key.key()))
			}
		case "handed":
			name := HandedName(kp1.ID(v.In.Op), kp1.DID(v.In.DID))
			same(t, v.Name, name[:], v.Expect.Handed)
		default:
			t.Errorf("vector of kind %q", v.Kind)
		}
	}
}

func crowd(n int) []kp1.MID {
	out := make([]kp1.MID, n)
	for i := range out {
		out[i] = kp1.MID{byte(i + 1)}
	}
	return out
}

func TestT8AudienceLimit(t *testing.T) {
	empty := kp1.AppendMap(nil, 0)
	for _, c := range []struct {
		name   string
		people []kp1.MID
		want   error
	}{
		{"nobody", nil, kp1.ErrForm},
		{"one", crowd(1), nil},
		{"32, the limit", crowd(kp1.MaxAudience), nil},
		{"33", crowd(kp1.MaxAudience + 1), kp1.ErrTooBig},
		{"one twice", []kp1.MID{{1}, {1}}, kp1.ErrForm},
		{"out of order", []kp1.MID{{2}, {1}}, kp1.ErrForm},
	} {
		if _, err := ForPeople(empty, c.people, [MarkSize]byte{}); !errors.Is(err, c.want) {
			t.Errorf("ForPeople(%s) = %v, want %v", c.name, err, c.want)
		}
	}
	body, err := ForPeople(empty, crowd(2), [MarkSize]byte{})
	if err != nil {
		t.Fatal(err)
	}
	between := kp1.AppendUint(kp1.AppendText(kp1.AppendMap(nil, 1), "an"), 1)
	for name, b := range map[string][]byte{"people already": body, "a key between": between, "no map": {0x01}, "nothing": nil} {
		if _, err := ForPeople(b, crowd(2), [MarkSize]byte{}); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("ForPeople(body with %s) = %v, want %v", name, err, kp1.ErrForm)
		}
	}
}

// TestMarkHolds: every part of what a mark ties together breaks it, and so does leaving it out.
func TestMarkHolds(t *testing.T) {
	pk, g, d, people := [32]byte{1}, kp1.GID{2}, kp1.DID{3}, crowd(3)
	body := func(people []kp1.MID, mark [MarkSize]byte) []byte {
		b, err := ForPeople(kp1.AppendMap(nil, 0), people, mark)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	mark := AudienceMark(pk, g, d, people)
	good := Op{Group: g, Device: d, Body: body(people, mark), Payload: &PayloadRef{}}
	if !good.Marked(pk) {
		t.Fatal("Marked = false for its own key")
	}
	for name, c := range map[string]struct {
		op Op
		pk [32]byte
	}{
		"another key":    {good, [32]byte{9}},
		"another group":  {Op{Group: kp1.GID{9}, Device: d, Body: good.Body, Payload: &PayloadRef{}}, pk},
		"another author": {Op{Group: g, Device: kp1.DID{9}, Body: good.Body, Payload: &PayloadRef{}}, pk},
		"one more named": {Op{Group: g, Device: d, Body: body(crowd(4), mark), Payload: &PayloadRef{}}, pk},
		"one fewer":      {Op{Group: g, Device: d, Body: body(crowd(2), mark), Payload: &PayloadRef{}}, pk},
		"no mark":        {Op{Group: g, Device: d, Body: audienceBody(3), Payload: &PayloadRef{}}, pk},
		"no audience":    {Op{Group: g, Device: d, Body: good.Body, Payload: &PayloadRef{Key: &pk}}, pk},
	} {
		if c.op.Marked(c.pk) {
			t.Errorf("Marked(%s) = true", name)
		}
	}
}

// TestOpenAudience: a device gets what its boxes hold, be it more than one key, and nothing else.
func TestOpenAudience(t *testing.T) {
	mine, err := NewBoxKey()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewBoxKey()
	if err != nil {
		t.Fatal(err)
	}
	d := kp1.DID{1}
	junk := append([]byte{9}, make([]byte, LockboxSize-1)...)
	boxes, err := SealBoxes(kp1.LabelAudience, testGroup, testEID, []BoxTo{
		{d, mine.Public(), EncodeAudience([32]byte{1})},
		{d, mine.Public(), EncodeAudience([32]byte{2})},
		{d, mine.Public(), junk},
		{kp1.DID{2}, mine.Public(), EncodeAudience([32]byte{3})}, // for this key, but another device
		{kp1.DID{3}, other.Public(), EncodeAudience([32]byte{4})},
	})
	if err != nil {
		t.Fatal(err)
	}
	e := Envelope{EID: testEID, Boxes: boxes}
	keys := OpenAudience(testGroup, e, d, mine)
	var got []byte
	for _, k := range keys {
		got = append(got, k[0])
	}
	if !bytes.Equal(got, []byte{1, 2}) && !bytes.Equal(got, []byte{2, 1}) {
		t.Errorf("OpenAudience = keys %v, want 1 and 2", got)
	}
	if keys := OpenAudience(kp1.GID{9}, e, d, mine); len(keys) != 0 {
		t.Errorf("OpenAudience in another group = %d keys, want none", len(keys))
	}
}

func FuzzForPeople(f *testing.F) {
	f.Add(kp1.AppendMap(nil, 0), 1)
	f.Add(audienceBody(2), 2)
	f.Add(kp1.AppendUint(kp1.AppendText(kp1.AppendMap(nil, 1), "zz"), 1), 32)
	f.Fuzz(func(t *testing.T, body []byte, n int) {
		people := crowd(max(0, min(n, kp1.MaxAudience+1)))
		out, err := ForPeople(body, people, [MarkSize]byte{1})
		if err != nil {
			return
		}
		o := Op{Body: out, Payload: &PayloadRef{}}
		if got, err := o.Audience(); kp1.Check(out) != nil || err != nil || len(got) != len(people) {
			t.Fatalf("ForPeople(%x) = %x: %d people, %v, canonical: %v", body, out, len(got), err, kp1.Check(out))
		}
	})
}
