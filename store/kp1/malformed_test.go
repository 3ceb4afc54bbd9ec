package kp1

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/text/unicode/norm"
)

// canonicalByDecoding is the definition of the canonical form: decode, look, encode again, compare. Check must agree
// with it on every input.
func canonicalByDecoding(b []byte) bool {
	var v any
	if decMode.Unmarshal(b, &v) != nil || !allowed(v, 0) {
		return false
	}
	again, err := encMode.Marshal(v)
	return err == nil && bytes.Equal(again, b)
}

func allowed(v any, depth int) bool {
	if depth > MaxDepth {
		return false
	}
	switch v := v.(type) {
	case uint64, []byte, bool:
		return true
	case string:
		return norm.NFC.IsNormalString(v)
	case cbor.Tag:
		content, ok := v.Content.([]byte)
		return ok && v.Number == 42 && len(content) == 37 && string(content[:5]) == "\x00"+cidPrefix
	case []any:
		for _, e := range v {
			if !allowed(e, depth+1) || depth+1 > MaxDepth {
				return false
			}
		}
		return depth+1 <= MaxDepth
	case map[any]any:
		for k, e := range v {
			if s, ok := k.(string); !ok || !norm.NFC.IsNormalString(s) || !allowed(e, depth+1) {
				return false
			}
		}
		return depth+1 <= MaxDepth
	}
	return false
}

// malformed are F12's shapes of bad bytes, each with the reason it is refused.
var malformed = []struct{ name, hex string }{
	{"empty", ""},
	{"uint in two bytes", "1817"},
	{"uint in three bytes", "1900ff"},
	{"uint in five bytes", "1a0000ffff"},
	{"uint in nine bytes", "1b00000000ffffffff"},
	{"length in two bytes", "5801 00"},
	{"array length in two bytes", "9801 00"},
	{"map length in two bytes", "b801 6161 00"},
	{"indefinite bytes", "5f 4100 ff"},
	{"indefinite text", "7f 6161 ff"},
	{"indefinite array", "9f 00 ff"},
	{"indefinite map", "bf 6161 00 ff"},
	{"break alone", "ff"},
	{"duplicate key", "a2 6161 00 6161 01"},
	{"keys by bytes but not by length", "a2 626161 00 6162 00"},
	{"keys not by bytes", "a2 6162 00 6161 00"},
	{"key is a number", "a1 01 00"},
	{"key is bytes", "a1 4161 00"},
	{"negative", "20"},
	{"half NaN", "f97e00"},
	{"half one", "f93c00"},
	{"float", "fa3f800000"},
	{"double NaN", "fb7ff8000000000000"},
	{"null", "f6"},
	{"undefined", "f7"},
	{"simple 32", "f820"},
	{"simple 0", "e0"},
	{"tag 0 over text", "c0 6161"},
	{"bignum", "c2 4101"},
	{"link to raw", "d82a 5825 00 01551220" + strings.Repeat("00", 32)},
	{"link version 0", "d82a 5823 00 1220" + strings.Repeat("00", 32)},
	{"link without the zero", "d82a 5824 01711220" + strings.Repeat("00", 32)},
	{"link cut short", "d82a 5825 00 01711220" + strings.Repeat("00", 31)},
	{"link tag in three bytes", "d9002a 5825 00 01711220" + strings.Repeat("00", 32)},
	{"link over text", "d82a 6161"},
	{"text not UTF-8", "61ff"},
	{"text with a surrogate", "63eda080"},
	{"text not NFC", "63 65cc81"},
	{"key not NFC", "a1 63 65cc81 00"},
	{"trailing byte", "0000"},
	{"bytes cut short", "4200"},
	{"array cut short", "8200"},
	{"map without its value", "a1 6161"},
	{"array of 2^64-1", "9bffffffffffffffff"},
	{"map of 2^64-1", "bbffffffffffffffff"},
	{"bytes of 2^64-1", "5bffffffffffffffff"},
	{"reserved length", "1c"},
	{"depth 9", strings.Repeat("81", 9) + "00"},
	{"depth 10,000", strings.Repeat("81", 10_000) + "00"},
	{"maps to depth 10,000", strings.Repeat("a16161", 10_000) + "00"},
	{"tags to depth 10,000", strings.Repeat("c6", 10_000) + "00"},
}

func TestF12MalformedIsRefused(t *testing.T) {
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			b := unhex(c.hex)
			err := Check(b)
			if !errors.Is(err, ErrForm) && !errors.Is(err, ErrTooBig) {
				t.Errorf("Check(%.40x) = %v, want a refusal", b, err)
			}
			if canonicalByDecoding(b) {
				t.Errorf("%.40x is canonical by decoding, so the case is wrong", b)
			}
			var v any
			if n := testing.AllocsPerRun(10, func() { _ = Unmarshal(b, &v) }); n > 64 {
				t.Errorf("Unmarshal(%.40x) made %v allocations, want at most 64", b, n)
			}
		})
	}
}

func FuzzCheck(f *testing.F) {
	for _, c := range malformed {
		if len(c.hex) < 200 {
			f.Add(unhex(c.hex))
		}
	}
	f.Add(unhex("a2616200626161f5"))
	f.Add(unhex("83820001d82a58250001711220" + strings.Repeat("11", 32) + "62c3a9"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := Check(b) == nil, canonicalByDecoding(b); got != want {
			t.Fatalf("Check(%x) says %v, decoding and encoding again says %v", b, got, want)
		}
	})
}
