package op

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"
	"testing/cryptotest"

	"pgregory.net/rapid"

	"kith/store/kp1"
)

// boxKeyOf returns the box key of a made-up device.
func boxKeyOf(t testing.TB, n byte) BoxKey {
	t.Helper()
	k, err := DeriveBoxKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestBoxesOpenForTheirDeviceAlone(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 1)
	var to []BoxTo
	for n := byte(1); n <= 3; n++ {
		plain, err := EncodeLockbox([]Slot{{Comp: n, Key: [32]byte{n}}})
		if err != nil {
			t.Fatal(err)
		}
		to = append(to, BoxTo{Device: kp1.DID{n}, Public: boxKeyOf(t, n).Public(), Plain: plain})
	}
	boxes, err := SealBoxes(kp1.LabelLockbox, testGroup, testEID, to)
	if err != nil || len(boxes) != 8 || checkBoxes(KindRekey, boxes) != nil {
		t.Fatalf("SealBoxes = %d boxes, %v, %v", len(boxes), err, checkBoxes(KindRekey, boxes))
	}
	for i, b := range boxes {
		if len(b) != 1400 {
			t.Errorf("box %d is %d bytes, want 1,400", i, len(b))
		}
	}
	for n := byte(1); n <= 3; n++ {
		k, d := boxKeyOf(t, n), kp1.DID{n}
		got, at, err := OpenBoxes(kp1.LabelLockbox, testGroup, testEID, d, k, boxes)
		if err != nil || !bytes.Equal(got, to[n-1].Plain) {
			t.Errorf("device %d: OpenBoxes = %x, %v", n, got, err)
		}
		if _, err := OpenBox(k, BoxInfo(kp1.LabelLockbox, testGroup, testEID, d), boxes[at]); err != nil {
			t.Errorf("device %d: box %d, which is said to be its own: %v", n, at, err)
		}
		for name, try := range map[string]func() ([]byte, int, error){
			"another label": func() ([]byte, int, error) { return OpenBoxes(kp1.LabelAudience, testGroup, testEID, d, k, boxes) },
			"another group": func() ([]byte, int, error) { return OpenBoxes(kp1.LabelLockbox, kp1.GID{3}, testEID, d, k, boxes) },
			"another epoch": func() ([]byte, int, error) { return OpenBoxes(kp1.LabelLockbox, testGroup, kp1.EID{3}, d, k, boxes) },
			"another device": func() ([]byte, int, error) {
				return OpenBoxes(kp1.LabelLockbox, testGroup, testEID, kp1.DID{99}, k, boxes)
			},
			"another key": func() ([]byte, int, error) {
				return OpenBoxes(kp1.LabelLockbox, testGroup, testEID, d, boxKeyOf(t, 99), boxes)
			},
			"no key": func() ([]byte, int, error) {
				return OpenBoxes(kp1.LabelLockbox, testGroup, testEID, d, BoxKey{}, boxes)
			},
		} {
			if _, _, err := try(); !errors.Is(err, ErrNoKey) {
				t.Errorf("device %d with %s = %v, want %v", n, name, err, ErrNoKey)
			}
		}
	}
}

func TestT5AnyBitOfABox(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 2)
	k := boxKeyOf(t, 1)
	info := BoxInfo(kp1.LabelLockbox, testGroup, testEID, kp1.DID{1})
	box, err := SealBox(k.Public(), info, emptyLockbox())
	if err != nil {
		t.Fatal(err)
	}
	hash := BoxesHash([][]byte{box})
	rapid.Check(t, func(t *rapid.T) {
		bad := slices.Clone(box)
		i := rapid.IntRange(0, 8*len(box)-1).Draw(t, "bit")
		bad[i/8] ^= 1 << (i % 8)
		if _, err := OpenBox(k, info, bad); !errors.Is(err, ErrNoKey) {
			t.Fatalf("OpenBox with bit %d changed = %v, want %v", i, err, ErrNoKey)
		}
		if BoxesHash([][]byte{bad}) == hash {
			t.Fatal("two lists of boxes have one hash")
		}
	})
}

func TestT8Boxes(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 3)
	pub := boxKeyOf(t, 1).Public()
	to := make([]BoxTo, 201)
	for i := range to {
		to[i] = BoxTo{Public: pub, Plain: emptyLockbox()}
	}
	for _, c := range []struct {
		label string
		n     int
		want  error
	}{
		{kp1.LabelLockbox, 200, nil},
		{kp1.LabelLockbox, 201, kp1.ErrTooBig},
		{kp1.LabelAudience, 64, nil},
		{kp1.LabelAudience, 65, kp1.ErrTooBig},
		{kp1.LabelLockbox, 0, kp1.ErrForm},
	} {
		if b, err := SealBoxes(c.label, testGroup, testEID, to[:c.n]); !errors.Is(err, c.want) || len(b)%8 != 0 {
			t.Errorf("SealBoxes(%s, %d) = %d boxes, %v, want %v", c.label, c.n, len(b), err, c.want)
		}
	}
	to[1].Plain = to[1].Plain[:263]
	if _, err := SealBoxes(kp1.LabelLockbox, testGroup, testEID, to[:2]); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("boxes of two sizes = %v, want %v", err, kp1.ErrForm)
	}
	for name, pub := range map[string][]byte{
		"nothing": nil, "short": pub[:1215], "long": append(slices.Clone(pub), 0),
		"not reduced": bytes.Repeat([]byte{0xff}, 1216),
	} {
		if err := CheckBoxPublicKey(pub); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("CheckBoxPublicKey(%s) = %v, want %v", name, err, kp1.ErrForm)
		}
		if _, err := SealBox(pub, nil, nil); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("SealBox to %s = %v, want %v", name, err, kp1.ErrForm)
		}
	}
	if _, err := ParseBoxKey(make([]byte, 31)); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("ParseBoxKey(31 bytes) = %v, want %v", err, kp1.ErrForm)
	}
}

func TestRendezvousRoundTrip(t *testing.T) {
	cryptotest.SetGlobalRandom(t, 4)
	k, iid, d := boxKeyOf(t, 1), kp1.IID{4}, kp1.DID{5}
	req, err := SealJoinRequest(testGroup, iid, 7, k.Public(), []byte("request"))
	if err != nil {
		t.Fatal(err)
	}
	wel, err := SealWelcome(testGroup, d, iid, 7, k.Public(), []byte("welcome"))
	if err != nil {
		t.Fatal(err)
	}
	req, err = DecodeEnvelope(req.Bytes)
	if err != nil || req.IID() != iid {
		t.Fatal(req.IID(), err)
	}
	if got, err := OpenJoinRequest(testGroup, req, k); err != nil || string(got) != "request" {
		t.Errorf("OpenJoinRequest = %q, %v", got, err)
	}
	if got, err := OpenWelcome(testGroup, d, wel, k); err != nil || string(got) != "welcome" {
		t.Errorf("OpenWelcome = %q, %v", got, err)
	}
	for name, err := range map[string]error{
		"request of another group": second(OpenJoinRequest(kp1.GID{9}, req, k)),
		"request to another key":   second(OpenJoinRequest(testGroup, req, boxKeyOf(t, 2))),
		"welcome to another":       second(OpenWelcome(testGroup, kp1.DID{6}, wel, k)),
		"welcome of another group": second(OpenWelcome(kp1.GID{9}, d, wel, k)),
	} {
		if !errors.Is(err, ErrNoKey) {
			t.Errorf("%s = %v, want %v", name, err, ErrNoKey)
		}
	}
	if _, err := OpenWelcome(testGroup, d, req, k); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("OpenWelcome(request) = %v, want %v", err, kp1.ErrForm)
	}
	if _, err := SealWelcome(testGroup, d, iid, 7, k.Public(), make([]byte, 320<<10)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("welcome of 320 KiB = %v, want %v", err, kp1.ErrTooBig)
	}
}

func second(_ []byte, err error) error { return err }

func TestLockboxRoundTripAndRefusals(t *testing.T) {
	all := make([]Slot, 8)
	for i := range all {
		all[i] = Slot{Comp: uint8(i), Key: [32]byte{byte(i)}}
	}
	for n := 1; n <= 8; n++ {
		b, err := EncodeLockbox(all[:n])
		if err != nil || len(b) != 264 {
			t.Fatal(len(b), err)
		}
		if got, err := DecodeLockbox(b); err != nil || !slices.Equal(got, all[:n]) {
			t.Errorf("DecodeLockbox of %d slots = %v, %v", n, got, err)
		}
	}
	for name, s := range map[string][]Slot{
		"none": nil, "nine": append(slices.Clone(all), Slot{}), "comp 8": {{Comp: 8}},
		"descending": {{Comp: 1}, {Comp: 0}}, "twice": {{Comp: 1}, {Comp: 1}},
	} {
		if _, err := EncodeLockbox(s); err == nil {
			t.Errorf("EncodeLockbox(%s) = nil, want a refusal", name)
		}
	}
	good, err := EncodeLockbox(all[:2])
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func([]byte) []byte{
		"empty":                 func([]byte) []byte { return emptyLockbox() },
		"short":                 func(b []byte) []byte { return b[:263] },
		"long":                  func(b []byte) []byte { return append(b, 0) },
		"gap":                   func(b []byte) []byte { copy(b[66+33:], b[:33]); return b },
		"unused slot not zero":  func(b []byte) []byte { b[263] = 1; return b },
		"order":                 func(b []byte) []byte { b[0], b[33] = 1, 0; return b },
		"compartment 8":         func(b []byte) []byte { b[33] = 8; return b },
		"audience":              func([]byte) []byte { return EncodeAudience([32]byte{1}) },
		"audience among others": func(b []byte) []byte { b[33] = 0xfe; return b },
	} {
		if got, err := DecodeLockbox(change(slices.Clone(good))); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("DecodeLockbox(%s) = %v, %v, want %v", name, got, err, kp1.ErrForm)
		}
	}
	pk := [32]byte{7}
	if got, err := DecodeAudience(EncodeAudience(pk)); err != nil || got != pk {
		t.Errorf("DecodeAudience = %x, %v", got, err)
	}
	bad := EncodeAudience(pk)
	bad[33] = 0
	for name, b := range map[string][]byte{"lockbox": good, "short": bad[:263], "second slot used": bad} {
		if _, err := DecodeAudience(b); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("DecodeAudience(%s) = %v, want %v", name, err, kp1.ErrForm)
		}
	}
}

func TestGrantRoundTripAndRefusals(t *testing.T) {
	entries := func(n int) []Entry {
		out := make([]Entry, n)
		for i := range out {
			out[i] = Entry{Tag: TagContent + Tag(i%3), Ref: [16]byte{byte(i >> 8), byte(i)}, Key: [32]byte{byte(i)}}
		}
		return out
	}
	for n, want := range map[int]error{0: kp1.ErrForm, 1: nil, 1024: nil, 1025: kp1.ErrTooBig} {
		plains, err := EncodeGrants(entries(n))
		if !errors.Is(err, want) {
			t.Errorf("EncodeGrants(%d) = %v, want %v", n, err, want)
		}
		if err != nil {
			continue
		}
		sorted := slices.SortedFunc(slices.Values(entries(n)), Entry.Compare)
		if got, err := DecodeGrant(plains[0]); err != nil || !slices.Equal(got, sorted) {
			t.Errorf("DecodeGrant of %d = %d, %v", n, len(got), err)
		}
	}
	plains, err := EncodeGrants(entries(1), entries(100))
	if err != nil || len(plains[0]) != len(plains[1]) {
		t.Fatalf("boxes of one grant are %d and %d bytes, %v", len(plains[0]), len(plains[1]), err)
	}
	if got, err := DecodeGrant(plains[0]); err != nil || len(got) != 1 {
		t.Errorf("DecodeGrant of a padded one = %v, %v", got, err)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "of nothing": Pad(nil), "half an entry": Pad(make([]byte, 50)),
		"no bucket": make([]byte, 257),
	} {
		if _, err := DecodeGrant(b); !errors.Is(err, kp1.ErrForm) {
			t.Errorf("DecodeGrant(%s) = %v, want %v", name, err, kp1.ErrForm)
		}
	}
	for name, b := range map[string][]byte{"1,025 entries": Pad(make([]byte, 1025*49)), "2 MiB": make([]byte, 2<<20)} {
		if _, err := DecodeGrant(b); !errors.Is(err, kp1.ErrTooBig) {
			t.Errorf("DecodeGrant(%s) = %v, want %v", name, err, kp1.ErrTooBig)
		}
	}
}

func TestBlobRoundTripAndLimits(t *testing.T) {
	for _, c := range []struct {
		name   string
		size   uint64
		chunks int
		want   error
	}{
		{"one byte", 1, 1, nil},
		{"one chunk", kp1.MaxPayload, 1, nil},
		{"a byte more", kp1.MaxPayload + 1, 2, nil},
		{"all", 256 * kp1.MaxPayload, 256, nil},
		{"more than all", 256*kp1.MaxPayload + 1, 257, kp1.ErrTooBig},
		{"nothing", 0, 0, kp1.ErrForm},
		{"too few", kp1.MaxPayload + 1, 1, kp1.ErrForm},
		{"too many", 5, 2, kp1.ErrForm},
		{"a size that wraps round", math.MaxUint64, 1, kp1.ErrTooBig},
	} {
		b := Blob{Size: c.size, Chunks: make([]kp1.ID, c.chunks)}
		if _, err := b.Encode(); !errors.Is(err, c.want) {
			t.Errorf("%s: Encode = %v, want %v", c.name, err, c.want)
		}
		raw, err := kp1.Marshal(blobForm{V: 1, Size: c.size, Chunks: kp1.Links(b.Chunks)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeBlob(raw); !errors.Is(err, c.want) || err == nil && (got.Size != c.size || len(got.Chunks) != c.chunks) {
			t.Errorf("%s: DecodeBlob = %+v, %v, want %v", c.name, got.Size, err, c.want)
		}
	}
	if raw, err := kp1.Marshal(blobForm{V: 2, Size: 1, Chunks: make([]kp1.Link, 1)}); err != nil {
		t.Fatal(err)
	} else if _, err := DecodeBlob(raw); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("DecodeBlob of version 2 = %v, want %v", err, kp1.ErrForm)
	}
}

func FuzzDecodeLockbox(f *testing.F) {
	if b, err := EncodeLockbox([]Slot{{Comp: 0}, {Comp: 1}}); err == nil {
		f.Add(b)
	}
	f.Add(EncodeAudience([32]byte{1}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := DecodeLockbox(b); err == nil {
			if again, err := EncodeLockbox(s); err != nil || !bytes.Equal(again, b) {
				t.Fatalf("DecodeLockbox(%x) encodes as %x, %v", b, again, err)
			}
		}
		if pk, err := DecodeAudience(b); err == nil && !bytes.Equal(EncodeAudience(pk), b) {
			t.Fatalf("DecodeAudience(%x) = %x", b, pk)
		}
	})
}

func FuzzDecodeGrant(f *testing.F) {
	if b, err := EncodeGrants([]Entry{{Tag: TagAuth}}); err == nil {
		f.Add(b[0])
	}
	f.Add(Pad(make([]byte, 98)))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := DecodeGrant(b)
		if err != nil {
			return
		}
		if len(entries) == 0 || len(entries)*entrySize > len(b) {
			t.Fatalf("DecodeGrant of %d bytes = %d entries", len(b), len(entries))
		}
		if _, err := EncodeGrants(entries); err != nil {
			t.Fatalf("EncodeGrants of what was decoded = %v", err)
		}
	})
}

func FuzzDecodeBlob(f *testing.F) {
	if b, err := (Blob{Size: kp1.MaxPayload + 1, Chunks: make([]kp1.ID, 2)}).Encode(); err == nil {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		blob, err := DecodeBlob(b)
		if err != nil {
			return
		}
		if again, err := blob.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("DecodeBlob(%x) encodes as %x, %v", b, again, err)
		}
	})
}
