package kp1

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// unhex reads hex with blanks in it.
func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

func TestT2CanonicalIsAccepted(t *testing.T) {
	for _, s := range []string{
		"00", "17", "1818", "18ff", "190100", "1a00010000", "1b0000000100000000",
		"1bffffffffffffffff", "40", "4100", "60", "6161", "62c3a9", "80", "820001", "a0", "a16000", "a2616100616200",
		"a2616200626161f5", "f4", "f5", "d82a58250001711220" + strings.Repeat("11", 32), strings.Repeat("81", 8) + "00",
	} {
		b := unhex(s)
		if err := Check(b); err != nil {
			t.Errorf("Check(%s) = %v, want nil", s, err)
		}
		if !canonicalByDecoding(b) {
			t.Errorf("%s is not canonical by decoding", s)
		}
	}
}

// anyValue draws a value the canonical form has a place for, or nearly.
func anyValue(depth int) *rapid.Generator[any] {
	return rapid.Custom(func(t *rapid.T) any {
		top := 6
		if depth <= 0 {
			top = 4
		}
		switch rapid.IntRange(0, top).Draw(t, "kind") {
		case 0:
			return rapid.Uint64().Draw(t, "uint")
		case 1:
			return rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
		case 2:
			return rapid.StringN(0, 12, 40).Draw(t, "text")
		case 3:
			return rapid.Bool().Draw(t, "bool")
		case 4:
			return Link(Sum(rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "link")))
		case 5:
			return rapid.SliceOfN(anyValue(depth-1), 0, 5).Draw(t, "array")
		default:
			return rapid.MapOfN(rapid.StringN(0, 3, 12), anyValue(depth-1), 0, 6).Draw(t, "map")
		}
	})
}

func TestT2CheckEqualsDecodingAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := encMode.Marshal(anyValue(9).Draw(t, "value"))
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 3).Draw(t, "changes") {
			if len(b) == 0 {
				break
			}
			i := rapid.IntRange(0, len(b)-1).Draw(t, "at")
			switch rapid.IntRange(0, 2).Draw(t, "change") {
			case 0:
				b[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
			case 1:
				b = append(b[:i:i], b[i+1:]...)
			default:
				b = append(b[:i:i], append([]byte{rapid.Byte().Draw(t, "byte")}, b[i:]...)...)
			}
		}
		if got, want := Check(b) == nil, canonicalByDecoding(b); got != want {
			t.Fatalf("Check(%x) says %v (%v), decoding and encoding again says %v", b, got, Check(b), want)
		}
	})
}

func TestT8DepthAndEntries(t *testing.T) {
	for _, c := range []struct {
		name string
		v    any
		want error
	}{
		{"depth at limit", nest(MaxDepth), nil},
		{"depth beyond", nest(MaxDepth + 1), ErrTooBig},
		{"entries at limit", wide(MaxEntries), nil},
		{"entries beyond", wide(MaxEntries + 1), ErrTooBig},
		{"elements at limit", make([]bool, MaxElements), nil},
		{"elements beyond", make([]bool, MaxElements+1), ErrTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			b, err := encMode.Marshal(c.v)
			if err != nil {
				t.Fatal(err)
			}
			if err := Check(b); !errors.Is(err, c.want) {
				t.Errorf("Check = %v, want %v", err, c.want)
			}
		})
	}
}

func nest(n int) (v any) {
	for v = uint64(0); n > 0; n-- {
		v = []any{v}
	}
	return v
}

func wide(n int) map[string]uint64 {
	m := map[string]uint64{}
	for i := range n {
		m[string(rune('0'+i))] = 0
	}
	return m
}

// sheet has every kind of field a body uses.
type sheet struct {
	ID    GID       `cbor:"g"`
	Salt  [32]byte  `cbor:"s"`
	Words [2]string `cbor:"w"`
	Refs  []Link    `cbor:"k,omitempty"`
	Pairs []pair    `cbor:"p,omitempty"`
	Raw   []byte    `cbor:"r,omitempty"`
}

type pair struct {
	_ struct{} `cbor:",toarray"`
	E EID
	N uint64
}

func TestUnmarshalRoundTrip(t *testing.T) {
	in := sheet{
		ID: GID{1}, Salt: [32]byte{2}, Words: [2]string{"café", ""}, Refs: []Link{Link(Sum(nil))},
		Pairs: []pair{{E: EID{3}, N: 4}}, Raw: []byte("raw"),
	}
	b, err := Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	var out sheet
	if err := Unmarshal(b, &out); err != nil || !reflect.DeepEqual(in, out) {
		t.Errorf("Unmarshal(Marshal(%+v)) = %+v, %v", in, out, err)
	}
}

func TestUnmarshalKnowsSizes(t *testing.T) {
	good := map[string]any{"g": make([]byte, 32), "s": make([]byte, 32), "w": []string{"", ""}}
	for _, c := range []struct {
		name string
		key  string
		v    any
		want error
	}{
		{"as it is", "g", make([]byte, 32), nil},
		{"gid of 31 bytes", "g", make([]byte, 31), ErrForm},
		{"gid of 33 bytes", "g", make([]byte, 33), ErrForm},
		{"salt of no bytes", "s", []byte{}, ErrForm},
		{"salt as a list of numbers", "s", make([]uint16, 32), ErrForm},
		{"three words", "w", []string{"", "", ""}, ErrForm},
		{"one word", "w", []string{""}, ErrForm},
		{"bytes as numbers", "r", []uint16{1}, ErrForm},
		{"bytes as text", "r", "a", ErrForm},
		{"pair of three", "p", []any{[]any{make([]byte, 16), 1, 1}}, ErrForm},
		{"pair with a short id", "p", []any{[]any{make([]byte, 15), 1}}, ErrForm},
		{"pairs as a map", "p", map[string]int{}, ErrForm},
		{"a link that is bytes", "k", []any{make([]byte, 32)}, ErrForm},
		{"an unknown key", "x", []any{map[string]any{"y": []byte("z")}, true}, nil},
		{"a key that differs by case only", "G", 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := map[string]any{}
			for k, v := range good {
				m[k] = v
			}
			m[c.key] = c.v
			b, err := Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if err := Unmarshal(b, new(sheet)); !errors.Is(err, c.want) {
				t.Errorf("Unmarshal(%v) = %v, want %v", m, err, c.want)
			}
		})
	}
}

func TestUnmarshalClosed(t *testing.T) {
	b, err := Marshal(map[string]any{"g": make([]byte, 32), "x": 1})
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		G GID `cbor:"g"`
	}
	if err := Unmarshal(b, &v); err != nil {
		t.Errorf("Unmarshal = %v, want nil", err)
	}
	if err := UnmarshalClosed(b, &v); !errors.Is(err, ErrForm) {
		t.Errorf("UnmarshalClosed = %v, want %v", err, ErrForm)
	}
}

func TestMarshalRefuses(t *testing.T) {
	for name, v := range map[string]any{
		"negative": -1, "float": 1.5, "null": nil, "decomposed text": "e\u0301",
		"invalid text": "\xff", "channel": make(chan int), "number as key": map[int]int{1: 1},
	} {
		if b, err := Marshal(v); !errors.Is(err, ErrForm) {
			t.Errorf("Marshal(%s) = %x, %v, want %v", name, b, err, ErrForm)
		}
	}
	if b, err := Marshal([]string(nil)); err != nil || !bytes.Equal(b, []byte{0x80}) {
		t.Errorf("Marshal(nil slice) = %x, %v, want 80", b, err)
	}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{"plain": "plain", "e\u0301": "é", "\xffe\u0301": "\ufffdé"} {
		if got := Normal(in); got != want {
			t.Errorf("Normal(%q) = %q, want %q", in, got, want)
		}
		if _, err := Marshal(Normal(in)); err != nil {
			t.Errorf("Marshal(Normal(%q)) = %v", in, err)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	in, err := Marshal(sheet{Words: [2]string{"Hôtel", "plain"}, Refs: make([]Link, 8), Raw: make([]byte, 500)})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if Check(in) != nil {
			b.Fatal("refused")
		}
	}
}

func BenchmarkUnmarshal(b *testing.B) {
	in, err := Marshal(sheet{Words: [2]string{"Hôtel", "plain"}, Refs: make([]Link, 8), Raw: make([]byte, 500)})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		var v sheet
		if Unmarshal(in, &v) != nil {
			b.Fatal("refused")
		}
	}
}

func TestT1CanonicalVectors(t *testing.T) {
	raw, err := os.ReadFile("../../docs/spec/vectors/cbor.json")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Vectors []struct {
			Name   string
			In     struct{ CBOR string }
			Expect struct{ Canonical bool }
		}
	}
	if err := json.Unmarshal(raw, &all); err != nil || len(all.Vectors) == 0 {
		t.Fatalf("%d vectors, %v", len(all.Vectors), err)
	}
	for _, v := range all.Vectors {
		if got := Check(unhex(v.In.CBOR)) == nil; got != v.Expect.Canonical {
			t.Errorf("%s: canonical %v, want %v", v.Name, got, v.Expect.Canonical)
		}
	}
}

// TestUnmarshalVersion: a closed map of this version and of nothing else, at its limit and one over it.
func TestUnmarshalVersion(t *testing.T) {
	type two struct {
		V    uint64 `cbor:"v"`
		Name string `cbor:"nm"`
		More []byte `cbor:"m,omitempty"`
	}
	good := two{V: 2, Name: "Ada"}
	b, err := Marshal(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		v     any
		limit int
		want  error
	}{
		{"as it is", good, len(b), nil},
		{"one over its limit", good, len(b) - 1, ErrTooBig},
		{"a later version", map[string]any{"v": 3, "what": "ever"}, len(b) * 2, ErrNewer},
		{"an earlier one", two{V: 1, Name: "Ada"}, len(b), ErrForm},
		{"no version", map[string]any{"nm": "Ada"}, len(b), ErrForm},
		{"a field missing", map[string]any{"v": 2}, len(b), ErrForm},
		{"a field that is none", map[string]any{"v": 2, "nm": "Ada", "x": 1}, len(b) * 2, ErrForm},
		{"an empty field that would be left out", map[string]any{"v": 2, "nm": "Ada", "m": []byte{}}, len(b) * 2, ErrForm},
	} {
		in, err := Marshal(c.v)
		if err != nil {
			t.Fatal(err)
		}
		var got two
		err = UnmarshalVersion(in, c.limit, 2, &got)
		if !errors.Is(err, c.want) || err == nil && got.Name != good.Name {
			t.Errorf("%s: %+v, %v; want %v", c.name, got, err, c.want)
		}
	}
}
