package op

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"kith/store/kp1"
)

func TestT8OpLimits(t *testing.T) {
	content := func(change func(*Op)) Op { o := aContent(); change(&o); return o }
	auth := func(change func(*Op)) Op { o := anAuth("auth/ack"); change(&o); return o }
	bodyForSize := func(o Op, size int) Op {
		o.Body = mapOf(400)
		b, err := o.encode()
		if err != nil {
			t.Fatal(err)
		}
		o.Body = mapOf(400 + size - len(b))
		return o
	}
	full := content(func(o *Op) { o.Auth, o.Deps, o.Body = someIDs(16), someIDs(32), mapOf(2048) })
	long := strings.Repeat("a", 32)
	for _, c := range []struct {
		name string
		op   Op
		want error
	}{
		{"type at limit", content(func(o *Op) { o.Type = long }), nil},
		{"type beyond", content(func(o *Op) { o.Type = long + "a" }), kp1.ErrForm},
		{"auth heads at limit", content(func(o *Op) { o.Auth = someIDs(16) }), nil},
		{"auth heads beyond", content(func(o *Op) { o.Auth = someIDs(17) }), kp1.ErrTooBig},
		{"deps at limit", content(func(o *Op) { o.Deps = someIDs(32) }), nil},
		{"deps beyond", content(func(o *Op) { o.Deps = someIDs(33) }), kp1.ErrTooBig},
		{"content seq at limit", content(func(o *Op) { o.Seq = 1_000_000 }), nil},
		{"content seq beyond", content(func(o *Op) { o.Seq = 1_000_001 }), kp1.ErrTooBig},
		{"auth seq at limit", auth(func(o *Op) { o.Seq, o.Prev = 4096, kp1.ID{1} }), nil},
		{"auth seq beyond", auth(func(o *Op) { o.Seq, o.Prev = 4097, kp1.ID{1} }), kp1.ErrTooBig},
		{"body at limit", content(func(o *Op) { o.Body = mapOf(2048) }), nil},
		{"body beyond", content(func(o *Op) { o.Body = mapOf(2049) }), kp1.ErrTooBig},
		{"payload at limit", content(func(o *Op) { o.Payload.Len = 196_604 }), nil},
		{"payload beyond", content(func(o *Op) { o.Payload.Len = 196_605 }), kp1.ErrTooBig},
		{"audience at limit", named(audienceBody(32)), nil},
		{"audience beyond", named(audienceBody(33)), kp1.ErrTooBig},
		{"everything at its limit", full, nil},
		{"auth op at limit", bodyForSize(anAuth("auth/admit"), 24<<10), nil},
		{"auth op beyond", bodyForSize(anAuth("auth/admit"), 24<<10+1), kp1.ErrTooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := Sign(c.op, testKey); !errors.Is(err, c.want) {
				t.Errorf("Sign = %v, want %v", err, c.want)
			}
			// The reader refuses the same, whatever a writer does.
			b, err := encodeAnyway(c.op)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := decodeOp(b); !errors.Is(err, c.want) {
				t.Errorf("decodeOp = %v, want %v", err, c.want)
			}
		})
	}
}

// encodeAnyway encodes an op without asking whether it is valid.
func encodeAnyway(o Op) ([]byte, error) {
	m := map[string]any{
		"v": o.V, "t": o.Type, "g": o.Group, "d": o.Device, "c": o.Comp, "s": o.Seq, "ts": o.Time,
		"a": kp1.Links(o.Auth), "n": o.Nonce, "b": o.Body,
	}
	if o.Seq > 1 {
		m["p"] = o.Prev.Link()
	}
	if len(o.Deps) > 0 {
		m["k"] = kp1.Links(o.Deps)
	}
	if o.Payload != nil {
		m["pe"], m["pl"] = o.Payload.ID.Link(), o.Payload.Len
		if o.Payload.Key != nil {
			m["pk"] = o.Payload.Key[:]
		}
	}
	return kp1.Marshal(m)
}

// TestT2Memory feeds the decoders 64 KiB that promise much.
func TestT2Memory(t *testing.T) {
	zeros := make([]byte, 64<<10)
	hostile := map[string][]byte{
		"array of numbers":    append(kp1.AppendArray(nil, 65_000), zeros[:65_000]...),
		"list of ops":         append(kp1.AppendArray(nil, 64), bytes.Repeat([]byte{0x80}, 65_000)...),
		"op of zeros":         kp1.AppendBytes([]byte{0x82}, zeros[:65_000]),
		"envelope with boxes": append([]byte("\xa8\x61e\x50aaaaaaaaaaaaaaaa\x61l"), append(kp1.AppendArray(nil, 200), zeros...)...),
		"map with a long key": append([]byte("\xa8\x79\xff\xf0"), zeros[:65_530]...),
		"deep":                bytes.Repeat([]byte{0x81}, 64<<10),
		"padded length":       append([]byte{0, 0, 255, 0}, zeros[:65_532]...),
	}
	for name, b := range hostile {
		for decoder, decode := range map[string]func(){
			"DecodeSigned":   func() { _, _ = DecodeSigned(b) },
			"decodeOp":       func() { _, _ = decodeOp(b) },
			"decodeBatch":    func() { _, _ = decodeBatch(b) },
			"DecodeEnvelope": func() { _, _ = DecodeEnvelope(b) },
			"DecodeGrant":    func() { _, _ = DecodeGrant(b) },
			"DecodeBlob":     func() { _, _ = DecodeBlob(b) },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			decode()
			runtime.ReadMemStats(&after)
			if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
				t.Errorf("%s(%s) allocates %d bytes, want at most 1 MiB", decoder, name, n)
			}
		}
	}
}

// TestT8ContentOpBytes: with the limits of v 1, a content op of version 1 cannot reach 6 KiB; one of a later version,
// with keys of its own, can.
func TestT8ContentOpBytes(t *testing.T) {
	m := opMap(t, aContent())
	m["v"] = 2
	size := func(n int) []byte {
		m["zz"] = make([]byte, n)
		b, err := kp1.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	room := 6<<10 - len(size(3000))
	if _, err := decodeOp(size(3000 + room)); err != nil {
		t.Errorf("op of 6 KiB = %v, want nil", err)
	}
	if _, err := decodeOp(size(3001 + room)); !errors.Is(err, kp1.ErrTooBig) {
		t.Errorf("op of 6 KiB and a byte = %v, want %v", err, kp1.ErrTooBig)
	}
}
