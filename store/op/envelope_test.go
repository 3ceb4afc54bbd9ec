package op

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"kith/store/kp1"
)

// form is an envelope as a generic map, to be spoiled.
func form(t *testing.T, e Envelope) map[string]any {
	t.Helper()
	m := map[string]any{}
	r := kp1.NewReader(e.Bytes)
	for range r.Map() {
		m[string(r.Text())] = raw(r.Skip())
	}
	if err := r.Done(); err != nil {
		t.Fatal(err)
	}
	return m
}

// someBoxes are boxes by size and order, though nobody can open them.
func someBoxes(n, size int) [][]byte {
	boxes := make([][]byte, n)
	for i := range boxes {
		boxes[i] = make([]byte, size)
		binary.BigEndian.PutUint16(boxes[i], uint16(i))
	}
	return boxes
}

func sealKind(t *testing.T, kind Kind, boxes [][]byte) Envelope {
	t.Helper()
	var e Envelope
	var err error
	switch kind {
	case KindOps:
		s := mustSign(t, aContent())
		e, err = SealOps(chance(1), testGroup, keyFor(s.Op), kind, 1, boxes, []Signed{s})
	case KindRekey, KindGrant:
		s := mustSign(t, anAuth(kind.maker()))
		e, err = SealOps(chance(1), testGroup, keyFor(s.Op), kind, 1, boxes, []Signed{s})
	case KindPayload:
		e, err = SealPayload(chance(1), testGroup, testEID, 0, 1, [32]byte{1}, boxes, []byte("x"))
	case KindChunk:
		e, err = SealChunk(chance(1), testGroup, testEID, 0, 1, [32]byte{1}, 1, []byte("x"))
	case KindDrop:
		e, err = SealDrop(chance(1), [32]byte{1}, kp1.IID{4}, 1, []byte("x"))
	default:
		e = Envelope{V: 1, Kind: kind, EID: kp1.EID{4}, Cipher: make([]byte, 256+boxExtra)}
		err = e.finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestT2EnvelopeRefuses(t *testing.T) {
	boxes8 := someBoxes(8, lockboxBox)
	backwards := slices.Clone(boxes8)
	slices.Reverse(backwards)
	twice := slices.Clone(boxes8)
	twice[1] = twice[0]
	for _, c := range []struct {
		name  string
		kind  Kind
		boxes [][]byte
		key   string
		value any
		want  error
	}{
		{"ops", KindOps, nil, "v", 1, nil},
		{"rekey", KindRekey, boxes8, "v", 1, nil},
		{"grant", KindGrant, someBoxes(8, 512+boxExtra), "v", 1, nil},
		{"payload", KindPayload, nil, "v", 1, nil},
		{"payload for an audience", KindPayload, boxes8, "v", 1, nil},
		{"chunk", KindChunk, nil, "v", 1, nil},
		{"drop", KindDrop, nil, "v", 1, nil},
		{"request", KindJoinRequest, nil, "v", 1, nil},
		{"welcome", KindWelcome, nil, "v", 1, nil},
		{"kind 0", KindOps, nil, "n", 0, kp1.ErrForm},
		{"kind 9", KindOps, nil, "n", 9, kp1.ErrForm},
		{"kind 257", KindOps, nil, "n", 257, kp1.ErrForm},
		{"version 0", KindOps, nil, "v", 0, kp1.ErrForm},
		{"version 2", KindOps, nil, "v", 2, ErrNewer},
		{"unknown key", KindOps, nil, "z", 1, kp1.ErrForm},
		{"unknown long key", KindOps, nil, "eid", 1, kp1.ErrForm},
		{"empty key", KindOps, nil, "", 1, kp1.ErrForm},
		{"no epoch", KindOps, nil, "e", nil, kp1.ErrForm},
		{"epoch of 15 bytes", KindOps, nil, "e", make([]byte, 15), kp1.ErrForm},
		{"no kind", KindOps, nil, "n", nil, kp1.ErrForm},
		{"no week", KindOps, nil, "w", nil, kp1.ErrForm},
		{"no salt", KindOps, nil, "s", nil, kp1.ErrForm},
		{"salt of 33 bytes", KindOps, nil, "s", make([]byte, 33), kp1.ErrForm},
		{"no commitment", KindOps, nil, "m", nil, kp1.ErrForm},
		{"no sealed data", KindOps, nil, "y", nil, kp1.ErrForm},
		{"sealed data of no bytes", KindOps, nil, "y", []byte{}, kp1.ErrForm},
		{"sealed data of no bucket", KindOps, nil, "y", make([]byte, 257+tagSize), kp1.ErrForm},
		{"ops with boxes", KindOps, nil, "l", boxes8, kp1.ErrForm},
		{"ops with an empty list of boxes", KindOps, nil, "l", [][]byte{}, kp1.ErrForm},
		{"ops with a token's hash", KindOps, nil, "dt", make([]byte, 32), kp1.ErrForm},
		{"payload without one", KindPayload, nil, "dt", nil, kp1.ErrForm},
		{"chunk with boxes", KindChunk, nil, "l", boxes8, kp1.ErrForm},
		{"payload with an empty list of boxes", KindPayload, nil, "l", [][]byte{}, kp1.ErrForm},
		{"payload with boxes of a wrong size", KindPayload, nil, "l", someBoxes(8, 1399), kp1.ErrForm},
		{"rekey without boxes", KindRekey, boxes8, "l", nil, kp1.ErrForm},
		{"rekey with 7 boxes", KindRekey, boxes8, "l", boxes8[:7], kp1.ErrForm},
		{"rekey with boxes backwards", KindRekey, boxes8, "l", backwards, kp1.ErrForm},
		{"rekey with one box twice", KindRekey, boxes8, "l", twice, kp1.ErrForm},
		{"grant with boxes of no bucket", KindGrant, someBoxes(8, 512+boxExtra), "l", someBoxes(8, 513+boxExtra), kp1.ErrForm},
		{"grant with small boxes", KindGrant, someBoxes(8, 512+boxExtra), "l", someBoxes(8, 16), kp1.ErrForm},
		{"request with a salt", KindJoinRequest, nil, "s", make([]byte, 32), kp1.ErrForm},
		{"request with a commitment", KindJoinRequest, nil, "m", make([]byte, 32), kp1.ErrForm},
		{"request smaller than a box", KindJoinRequest, nil, "y", make([]byte, 300), kp1.ErrForm},
		{"drop without a salt", KindDrop, nil, "s", nil, kp1.ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := form(t, sealKind(t, c.kind, c.boxes))
			if m[c.key] = c.value; c.value == nil {
				delete(m, c.key)
			}
			b, err := kp1.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			e, err := DecodeEnvelope(b)
			if !errors.Is(err, c.want) {
				t.Errorf("DecodeEnvelope = %v, want %v", err, c.want)
			}
			if err == nil && (!bytes.Equal(e.Bytes, b) || e.ID != kp1.Sum(b) || kp1.Check(b) != nil) {
				t.Errorf("DecodeEnvelope keeps other bytes or another id")
			}
		})
	}
}

func TestT2LaterEnvelopeIsNewer(t *testing.T) {
	m := form(t, sealKind(t, KindOps, nil))
	m["v"], m["zz"] = 2, []string{"new"}
	b, err := kp1.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeEnvelope(b); !errors.Is(err, ErrNewer) {
		t.Errorf("DecodeEnvelope of version 2 = %v, want %v", err, ErrNewer)
	}
	if _, err := DecodeEnvelope(b[:len(b)-1]); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("DecodeEnvelope of version 2, cut = %v, want %v", err, kp1.ErrForm)
	}
}

// TestF12EnvelopeForms: what is not the one encoding of an envelope is refused, cheaply.
func TestF12EnvelopeForms(t *testing.T) {
	good := sealKind(t, KindPayload, nil).Bytes
	at := func(i int, with ...byte) []byte {
		return append(append(slices.Clone(good[:i]), with...), good[i+1:]...)
	}
	swapped := slices.Concat(good[:1], good[20:20+36], good[1:20], good[20+36:])
	bad := map[string][]byte{
		"empty": {}, "trailing": append(slices.Clone(good), 0), "cut": good[:len(good)-1], "only the head": good[:1],
		"map in two bytes": at(0, 0xb8, 0x08), "indefinite map": append(at(0, 0xbf), 0xff), "an array": at(0, 0x88),
		"key in two bytes": at(1, 0x78, 0x01), "length in three bytes": at(3, 0x59, 0, 16), "keys swapped": swapped,
		"null": {0xf6}, "float": {0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0}, "bomb": {0xbb, 255, 255, 255, 255, 255, 255, 255, 255},
		"nested": bytes.Repeat([]byte{0x81}, 10_000), "boxes bomb": {0xa1, 0x61, 'l', 0x9b, 0, 0, 0, 1, 0, 0, 0, 0},
		"same key twice": slices.Concat([]byte{0xa9}, good[1:20], good[1:20], good[20:]),
	}
	for name, b := range bad {
		if _, err := DecodeEnvelope(b); !errors.Is(err, kp1.ErrForm) && !errors.Is(err, kp1.ErrTooBig) {
			t.Errorf("DecodeEnvelope(%s) = %v, want a refusal", name, err)
		}
		if n := testing.AllocsPerRun(10, func() { _, _ = DecodeEnvelope(b) }); n > 64 {
			t.Errorf("DecodeEnvelope(%s) makes %v allocations, want at most 64", name, n)
		}
		if n := testing.AllocsPerRun(10, func() { _, _ = DecodeSigned(b) }); n > 64 {
			t.Errorf("DecodeSigned(%s) makes %v allocations, want at most 64", name, n)
		}
	}
}

func TestT8EnvelopeLimits(t *testing.T) {
	if e := sealKind(t, KindRekey, someBoxes(200, lockboxBox)); len(e.Bytes) > kp1.MaxEnvelope {
		t.Errorf("rekey for 200 devices is %d bytes", len(e.Bytes))
	}
	s := mustSign(t, anAuth("auth/rekey"))
	k := keyFor(s.Op)
	if _, err := SealOps(chance(1), testGroup, k, KindRekey, 1, someBoxes(208, lockboxBox), []Signed{s}); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("208 boxes = %v, want %v", err, kp1.ErrTooBig)
	}
	m := form(t, sealKind(t, KindRekey, someBoxes(200, lockboxBox)))
	m["l"] = someBoxes(201, lockboxBox)
	if b, err := kp1.Marshal(m); err != nil {
		t.Fatal(err)
	} else if _, err := DecodeEnvelope(b); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("DecodeEnvelope with 201 boxes = %v, want %v", err, kp1.ErrTooBig)
	}
	for n, want := range map[int]error{64: nil, 72: kp1.ErrTooBig} {
		if _, err := SealPayload(chance(1), testGroup, testEID, 0, 1, [32]byte{}, someBoxes(n, lockboxBox), nil); !errors.Is(err, want) {
			t.Errorf("audience of %d boxes = %v, want %v", n, err, want)
		}
	}
	for n, want := range map[int]error{kp1.MaxPayload: nil, kp1.MaxPayload + 1: kp1.ErrTooBig} {
		e, err := SealPayload(chance(1), testGroup, testEID, 0, 1, [32]byte{}, nil, make([]byte, n))
		if !errors.Is(err, want) {
			t.Errorf("payload of %d bytes = %v, want %v", n, err, want)
		}
		if err == nil {
			if got, err := OpenPayload(testGroup, e, 0, [32]byte{}); err != nil || len(got) != n {
				t.Errorf("OpenPayload = %d bytes, %v, want %d", len(got), err, n)
			}
		}
		if _, err := SealDrop(chance(1), [32]byte{}, kp1.IID{}, 1, make([]byte, n)); !errors.Is(err, want) {
			t.Errorf("drop of %d bytes = %v, want %v", n, err, want)
		}
	}
	for i, want := range map[int]error{0: kp1.ErrTooBig, 1: nil, kp1.MaxChunks: nil, kp1.MaxChunks + 1: kp1.ErrTooBig} {
		if _, err := SealChunk(chance(1), testGroup, testEID, 0, 1, [32]byte{}, i, nil); !errors.Is(err, want) {
			t.Errorf("chunk %d = %v, want %v", i, err, want)
		}
	}
	if _, err := SealPayload(chance(1), testGroup, testEID, 3, 1, [32]byte{}, nil, nil); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("payload in compartment 3 = %v, want %v", err, kp1.ErrForm)
	}
}

// TestT8EnvelopeBytes: the largest bucket of a request that fits 320 KiB, and the next.
func TestT8EnvelopeBytes(t *testing.T) {
	seal := func(n int) error {
		e := Envelope{V: 1, Kind: KindWelcome, EID: kp1.EID{4}, Cipher: make([]byte, n+boxExtra)}
		return e.finish()
	}
	if err := seal(262_144); err != nil {
		t.Errorf("envelope with a bucket of 262,144 = %v, want nil", err)
	}
	if err := seal(327_680); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("envelope with a bucket of 327,680 = %v, want %v", err, kp1.ErrTooBig)
	}
	// The reader's limit is on the whole, to the byte, before it looks inside.
	for n, want := range map[int]error{kp1.MaxEnvelope: kp1.ErrForm, kp1.MaxEnvelope + 1: kp1.ErrTooBig} {
		b := kp1.AppendBytes([]byte{0xa1, 0x61, 'y'}, make([]byte, n-8))
		if _, err := DecodeEnvelope(b); len(b) != n || !errors.Is(err, want) {
			t.Errorf("DecodeEnvelope of %d bytes = %v, want %v", len(b), err, want)
		}
	}
	e := sealKind(t, KindOps, nil)
	for n, want := range map[int]error{maxBatch: nil, 98_304: kp1.ErrTooBig} {
		e.Cipher = make([]byte, n+tagSize)
		if err := e.finish(); !errors.Is(err, want) {
			t.Errorf("ops sealed in %d bytes = %v, want %v", n, err, want)
		}
	}
}

func TestWeek(t *testing.T) {
	for ms, want := range map[int64]uint64{-1: 0, 0: 0, 604_799_999: 0, 604_800_000: 1, 1_795_000_000_000: 2967} {
		if got := Week(ms); got != want {
			t.Errorf("Week(%d) = %d, want %d", ms, got, want)
		}
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add(sealOpsSeed())
	for _, kind := range []Kind{KindPayload, KindDrop, KindWelcome} {
		e := Envelope{V: 1, Kind: kind, Cipher: make([]byte, 256+tagSize)}
		if kind.isBox() {
			e.Cipher = make([]byte, 256+boxExtra)
		}
		if err := e.finish(); err != nil {
			f.Fatal(err)
		}
		f.Add(e.Bytes)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := DecodeEnvelope(b)
		if err != nil {
			return
		}
		again := e
		if err := again.finish(); err != nil || !bytes.Equal(again.Bytes, b) || kp1.Check(b) != nil {
			t.Fatalf("DecodeEnvelope(%x) encodes as %x, %v", b, again.Bytes, err)
		}
	})
}

func sealOpsSeed() []byte {
	e := Envelope{V: 1, Kind: KindRekey, EID: testEID, Boxes: someBoxes(8, lockboxBox), Cipher: make([]byte, 256+tagSize)}
	if err := e.finish(); err != nil {
		panic(err)
	}
	return e.Bytes
}
