package op

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"kith/store/kp1"
)

// chain returns n content ops of one chain, each after the one before.
func chain(t testing.TB, n int, body []byte) []Signed {
	t.Helper()
	out := make([]Signed, n)
	o := Op{V: 1, Type: "thread/post", Group: testGroup, Device: testDID, Body: body}
	for i := range out {
		o.Seq = uint64(i + 1)
		if i > 0 {
			o.Prev = out[i-1].ID
		}
		out[i] = mustSign(t, o)
	}
	return out
}

func TestT8OpsInOneEnvelope(t *testing.T) {
	k := testKeys.ContentKey(testEID, 0)
	many := chain(t, 65, []byte{0xa0})
	if e, err := SealOps(chance(1), testGroup, k, KindOps, 1, nil, many[:64]); err != nil {
		t.Errorf("64 ops = %v, want nil", err)
	} else if got, _, err := OpenOps(testGroup, e, []Key{k}); err != nil || len(got) != 64 || got[63].ID != many[63].ID {
		t.Errorf("OpenOps of 64 ops = %d, %v", len(got), err)
	}
	if _, err := SealOps(chance(1), testGroup, k, KindOps, 1, nil, many); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("65 ops = %v, want %v", err, kp1.ErrTooBig)
	}
	if _, err := SealOps(chance(1), testGroup, k, KindOps, 1, nil, nil); !errors.Is(err, kp1.ErrForm) {
		t.Errorf("no ops = %v, want %v", err, kp1.ErrForm)
	}
	// Auth ops that together are exactly 64 KiB encoded, and a byte more.
	a := testKeys.AuthKey(testEID)
	auth := func(size int) Signed {
		o := anAuth("auth/admit")
		o.Body = mapOf(1000)
		o.Body = mapOf(1000 + size - len(mustSign(t, o).Encode()))
		o.Nonce[0] = byte(size)
		return mustSign(t, o)
	}
	for total, want := range map[int]error{64 << 10: nil, 64<<10 + 1: kp1.ErrTooBig} {
		ops := []Signed{auth(24_001), auth(24_002), auth(total - 48_003)}
		e, err := SealOps(chance(1), testGroup, a, KindOps, 1, nil, ops)
		if !errors.Is(err, want) {
			t.Errorf("ops of %d bytes = %v, want %v", total, err, want)
		}
		if err == nil {
			if _, _, err := OpenOps(testGroup, e, []Key{a}); err != nil {
				t.Errorf("OpenOps of %d bytes = %v", total, err)
			}
		}
		// A writer that does not care is refused by the reader.
		data := kp1.AppendArray(nil, len(ops))
		for _, s := range ops {
			data = s.append(data)
		}
		if _, err := decodeBatch(data); !errors.Is(err, want) {
			t.Errorf("decodeBatch of %d bytes = %v, want %v", total, err, want)
		}
	}
	data := kp1.AppendArray(nil, 65)
	for _, s := range many {
		data = s.append(data)
	}
	if _, err := decodeBatch(data); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("decodeBatch of 65 ops = %v, want %v", err, kp1.ErrTooBig)
	}
}

func TestOpsThatMayNotStandTogether(t *testing.T) {
	content, auth := testKeys.ContentKey(testEID, 0), testKeys.AuthKey(testEID)
	c := chain(t, 3, []byte{0xa0})
	other := aContent()
	foreign := aContent()
	foreign.Group, foreign.Comp, foreign.Deps, foreign.Auth = kp1.GID{9}, 0, nil, nil
	dep := aContent()
	dep.Comp, dep.Deps = 0, []kp1.ID{c[2].ID}
	rekey, grant, ack := mustSign(t, anAuth("auth/rekey")), mustSign(t, anAuth("auth/grant")), mustSign(t, anAuth("auth/ack"))
	after := anAuth("auth/remove")
	after.Auth = []kp1.ID{rekey.ID}
	boxes := someBoxes(8, lockboxBox)
	for _, x := range []struct {
		name  string
		kind  Kind
		key   Key
		boxes [][]byte
		ops   []Signed
		want  error
	}{
		{"a chain", KindOps, content, nil, c, nil},
		{"a chain backwards", KindOps, content, nil, []Signed{c[1], c[0]}, kp1.ErrForm},
		{"a dep after the op", KindOps, content, nil, []Signed{mustSign(t, dep), c[2]}, kp1.ErrForm},
		{"an auth head after the op", KindOps, auth, nil, []Signed{mustSign(t, after), rekey}, kp1.ErrForm},
		{"two compartments", KindOps, content, nil, []Signed{c[0], mustSign(t, other)}, ErrForeign},
		{"auth and content", KindOps, auth, nil, []Signed{ack, c[0]}, ErrForeign},
		{"auth ops under a content key", KindOps, content, nil, []Signed{ack}, ErrForeign},
		{"content under the auth key", KindOps, auth, nil, c[:1], ErrForeign},
		{"another group's", KindOps, content, nil, []Signed{mustSign(t, foreign)}, ErrForeign},
		{"rekey", KindRekey, auth, boxes, []Signed{ack, rekey}, nil},
		{"rekey in kind 1", KindOps, auth, nil, []Signed{rekey}, nil},
		{"kind 2 without a rekey", KindRekey, auth, boxes, []Signed{ack}, kp1.ErrForm},
		{"kind 2 with a grant", KindRekey, auth, boxes, []Signed{grant}, kp1.ErrForm},
		{"kind 2 without boxes", KindRekey, auth, nil, []Signed{rekey}, kp1.ErrForm},
		{"kind 2 under a content key", KindRekey, content, boxes, c[:1], kp1.ErrForm},
		{"grant", KindGrant, auth, someBoxes(8, 256+boxExtra), []Signed{ack, grant}, nil},
		{"kind 3 without a grant", KindGrant, auth, someBoxes(8, 256+boxExtra), []Signed{rekey}, kp1.ErrForm},
		{"kind 4", KindPayload, content, nil, c, kp1.ErrForm},
	} {
		t.Run(x.name, func(t *testing.T) {
			if _, err := SealOps(chance(1), testGroup, x.key, x.kind, 1, x.boxes, x.ops); !errors.Is(err, x.want) {
				t.Errorf("SealOps = %v, want %v", err, x.want)
			}
			// The same sealed by a writer that does not care.
			data, err := encodeBatch(x.ops)
			if err != nil {
				t.Fatal(err)
			}
			e := Envelope{V: 1, Kind: x.kind, EID: testEID, Boxes: x.boxes}
			s := sealing{label: kp1.LabelOp, group: testGroup, chain: x.key.Chain}
			if s.seal(chance(1), &e, x.key.Key, x.key.Hedge, data) != nil {
				return // the envelope itself says no
			}
			if x.want != nil && x.kind.maker() != "" && x.key.Chain != kp1.ChainAuth {
				x.want = ErrNoKey // a reader does not even try
			}
			if _, _, err := OpenOps(testGroup, e, []Key{x.key}); !errors.Is(err, x.want) {
				t.Errorf("OpenOps = %v, want %v", err, x.want)
			}
		})
	}
}

func TestOpenOpsTellsWhichKey(t *testing.T) {
	s := chain(t, 1, []byte{0xa0})
	old := EpochKeys([32]byte{9}).ContentKey(kp1.EID{1}, 0)
	k := testKeys.ContentKey(testEID, 0)
	e, err := SealOps(chance(1), testGroup, k, KindOps, 1, nil, s)
	if err != nil {
		t.Fatal(err)
	}
	if _, got, err := OpenOps(testGroup, e, []Key{old, testKeys.AuthKey(testEID), k}); err != nil || got != k {
		t.Errorf("OpenOps used %x, %v, want %x", got.EID, err, k.EID)
	}
	if _, _, err := OpenOps(testGroup, e, []Key{old}); !errors.Is(err, ErrNoKey) {
		t.Errorf("OpenOps without the key = %v, want %v", err, ErrNoKey)
	}
	e.Cipher = slices.Clone(e.Cipher)
	e.Cipher[0] ^= 1
	if _, _, err := OpenOps(testGroup, e, []Key{k}); !errors.Is(err, ErrTampered) {
		t.Errorf("OpenOps of changed bytes = %v, want %v", err, ErrTampered)
	}
}

func FuzzDecodeOps(f *testing.F) {
	for _, ops := range [][]Signed{chain(f, 2, []byte{0xa0}), {mustSign(f, aContent())}} {
		b, err := encodeBatch(ops)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		ops, err := decodeBatch(b)
		if err != nil {
			return
		}
		if again, err := encodeBatch(ops); err != nil || !bytes.Equal(again, b) {
			t.Fatalf("decodeBatch(%x) encodes as %x, %v", b, again, err)
		}
	})
}
