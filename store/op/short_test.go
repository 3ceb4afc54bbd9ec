package op

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"kith/store/kp1"
)

// TestShort: every kind of envelope comes back byte for byte, and the common ones are shorter.
func TestShort(t *testing.T) {
	for _, c := range []struct {
		kind  Kind
		boxes [][]byte
		saves int
	}{
		{KindOps, nil, 24},
		{KindPayload, nil, 29},
		{KindChunk, nil, 29},
		{KindRekey, someBoxes(8, lockboxBox), -1},
		{KindGrant, someBoxes(8, 512+boxExtra), -1},
		{KindPayload, someBoxes(8, 1400), -1},
		{KindDrop, nil, -1},
		{KindJoinRequest, nil, -1},
		{KindWelcome, nil, -1},
	} {
		e := sealKind(t, c.kind, c.boxes)
		short := e.Short()
		if got := len(e.Bytes) - len(short); got != c.saves {
			t.Errorf("kind %d with %d boxes saves %d bytes, want %d", c.kind, len(c.boxes), got, c.saves)
		}
		got, err := DecodeShort(short)
		if err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("DecodeShort(Short) of kind %d = %+v, %v, want %+v", c.kind, got, err, e)
		}
	}
}

func TestDecodeShortRefuses(t *testing.T) {
	e := sealKind(t, KindOps, nil)
	good := e.Short()
	week := 1 + len(e.EID) + len(e.Commit) + len(e.Salt)
	for name, b := range map[string][]byte{
		"nothing":           nil,
		"a cut":             good[:week],
		"a cut cipher":      good[:len(good)-1],
		"an unknown kind":   append([]byte{9}, good[1:]...),
		"a kind with boxes": append([]byte{byte(KindRekey)}, good[1:]...),
		"a long week":       append(append(bytes.Clone(good[:week]), 24, 1), good[week+1:]...),
		"what is not short": append([]byte{asItIs}, e.Bytes...),
		"other bytes":       {asItIs, 0xa0},
	} {
		if got, err := DecodeShort(b); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("DecodeShort of %s = %+v, %v, want ErrForm", name, got, err)
		}
	}
	for _, c := range []struct {
		size int
		want error
	}{{1 + kp1.MaxEnvelope, kp1.ErrForm}, {2 + kp1.MaxEnvelope, kp1.ErrTooBig}} {
		if _, err := DecodeShort(make([]byte, c.size)); !errors.Is(err, c.want) {
			t.Errorf("DecodeShort of %d bytes = %v, want %v", c.size, err, c.want)
		}
	}
}

func FuzzDecodeShort(f *testing.F) {
	for _, kind := range []Kind{KindOps, KindPayload, KindDrop} {
		e := Envelope{V: 1, Kind: kind, Week: 2950, Cipher: make([]byte, 256+tagSize)}
		if err := e.finish(); err != nil {
			f.Fatal(err)
		}
		f.Add(e.Short())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeShort(b)
		if err != nil {
			return
		}
		if again := e.Short(); !bytes.Equal(again, b) {
			t.Fatalf("DecodeShort(%x) is short as %x", b, again)
		}
		if got, err := DecodeEnvelope(e.Bytes); err != nil || got.ID != e.ID {
			t.Fatalf("DecodeShort(%x) made %x, which is %v, %v", b, e.Bytes, got.ID, err)
		}
	})
}
