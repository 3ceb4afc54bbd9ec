package network

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/wire"
)

// chest keeps envelopes, for bundles.
type chest struct {
	envs  map[EnvelopeID][]byte
	order []EnvelopeID
	full  int // envelopes that it takes; 0: any number
	fail  error
}

func (c *chest) put(envs ...[]byte) *chest {
	if c.envs == nil {
		c.envs = map[EnvelopeID][]byte{}
	}
	for _, e := range envs {
		c.envs[idOf(e)], c.order = e, append(c.order, idOf(e))
	}
	return c
}

func (c *chest) Get(_ context.Context, _ GroupID, ids []EnvelopeID) (out [][]byte, err error) {
	for _, id := range ids {
		out = append(out, c.envs[id])
	}
	return out, c.fail
}

func (c *chest) Accept(_ GroupID, _ peer.ID, envs [][]byte) File {
	return func(context.Context) (f Filed, err error) {
		for _, e := range envs {
			if _, here := c.envs[idOf(e)]; !here {
				if c.full > 0 && len(c.order) >= c.full {
					continue
				}
				c.put(e)
				f.New = append(f.New, idOf(e))
			}
			f.Held = append(f.Held, idOf(e))
		}
		return f, c.fail
	}
}

func letters(n, size int) (all [][]byte) {
	for i := range n {
		all = append(all, bytes.Repeat([]byte{byte(i), byte(i >> 8)}, size/2))
	}
	return all
}

func packed(t testing.TB, c *chest, rest ...EnvelopeID) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := Pack(t.Context(), &b, c, GroupID{1}, Load{append(slices.Clone(c.order), EnvelopeID{9}), rest, [][16]byte{{5}, {6}}}, func(sum [32]byte) []byte {
		return slices.Concat(sum[:], make([]byte, 64))
	})
	if err != nil || n != len(c.order) {
		t.Fatalf("Pack = %d, %v, want %d", n, err, len(c.order))
	}
	return b.Bytes()
}

// TestBundleThereAndBack: envelopes arrive in their order, the writer's word is over what it said, and a second reading
// changes nothing.
func TestBundleThereAndBack(t *testing.T) {
	from := (&chest{}).put(letters(1_500, 600)...)
	rest := make([]EnvelopeID, 1_200)
	for i := range rest {
		rest[i] = EnvelopeID{7, byte(i), byte(i >> 8)}
	}
	b := packed(t, from, rest...)
	to := &chest{}
	c, err := Unpack(t.Context(), bytes.NewReader(b), to, GroupID{1})
	if err != nil || c.Envelopes != 1_500 || c.New != 1_500 || c.Refused != 0 || !slices.Equal(to.order, from.order) {
		t.Fatalf("Unpack = %d, %d new, %d refused, %v", c.Envelopes, c.New, c.Refused, err)
	}
	if !c.Whole || !slices.Equal(c.Echo, [][16]byte{{5}, {6}}) {
		t.Errorf("whole %v, the echo is of %x", c.Whole, c.Echo)
	}
	if !bytes.Equal(c.Word[:32], c.Sum[:]) || len(c.Has) != 2_700 || c.Has[0] != from.order[0] || c.Has[2_699] != rest[1_199] {
		t.Errorf("the word is over %x, read %x; it speaks of %d", c.Word[:32], c.Sum, len(c.Has))
	}
	if c, err = Unpack(t.Context(), bytes.NewReader(b), to, GroupID{1}); err != nil || c.New != 0 || c.Envelopes != 1_500 {
		t.Errorf("once more: %d new of %d, %v", c.New, c.Envelopes, err)
	}
	small := &chest{full: 10}
	if c, err = Unpack(t.Context(), bytes.NewReader(b), small, GroupID{1}); err != nil || c.New != 10 || c.Refused != 1_490 {
		t.Errorf("of what has room for 10: %d new, %d refused, %v", c.New, c.Refused, err)
	}
}

// TestBundleCutOrForeign: what came whole before the damage is filed, and the rest is refused.
func TestBundleCutOrForeign(t *testing.T) {
	from := (&chest{}).put(letters(3, 600)...)
	b := packed(t, from)
	frame := func(f wire.Frame) []byte {
		var out bytes.Buffer
		w := wire.NewWriter(&out)
		if err := errors.Join(w.Write(f), w.Flush()); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	word := frame(wire.Frame{Kind: wire.Word, Body: make([]byte, 96)})
	echo := frame(wire.Frame{Kind: wire.Echo, Body: make([]byte, 16)})
	disk := errors.New("pulled out")
	for name, x := range map[string]struct {
		r    io.Reader
		n    int
		want error
	}{
		"cut in the second envelope": {bytes.NewReader(b[:900]), 1, ErrBundle},
		"a stick pulled out":         {io.MultiReader(bytes.NewReader(b[:900]), &faulty{coded{disk}}), 1, disk},
		"a frame of the network":     {bytes.NewReader(append(frame(wire.Frame{Kind: wire.Done, Body: []byte{0}}), b...)), 0, ErrBundle},
		"another lane":               {bytes.NewReader(frame(wire.Frame{Kind: wire.Env, Lane: 1, Body: []byte{1}})), 0, ErrBundle},
		"an envelope after the word": {bytes.NewReader(slices.Concat(b, b)), 3, ErrBundle},
		"two words":                  {bytes.NewReader(slices.Concat(word, word)), 0, ErrBundle},
		"an echo twice":              {bytes.NewReader(slices.Concat(echo, echo)), 0, ErrBundle},
		"half an echo":               {bytes.NewReader(frame(wire.Frame{Kind: wire.Echo, Body: make([]byte, 17)})), 0, ErrBundle},
		"ids that are none":          {bytes.NewReader(frame(wire.Frame{Kind: wire.Offer, Body: make([]byte, 33)})), 0, ErrBundle},
		"no word":                    {bytes.NewReader(b[:len(b)-len(word)]), 3, nil},
		"nothing":                    {bytes.NewReader(nil), 0, nil},
	} {
		to := &chest{}
		c, err := Unpack(t.Context(), x.r, to, GroupID{1})
		if !errors.Is(err, x.want) || c.New != x.n || len(to.order) != x.n {
			t.Errorf("%s: %d new, %v, want %d, %v", name, c.New, err, x.n, x.want)
		}
	}
	full := &chest{fail: errors.New("disk full")}
	if _, err := Unpack(t.Context(), bytes.NewReader(b), full, GroupID{1}); !errors.Is(err, full.fail) {
		t.Errorf("a full disk: %v", err)
	}
	if _, err := Pack(t.Context(), io.Discard, full, GroupID{1}, Load{Send: []EnvelopeID{{1}}}, nil); !errors.Is(err, full.fail) {
		t.Errorf("a disk that cannot be read: %v", err)
	}
}

// coded is an error that has its name from below.
type coded struct{ error }

func (c coded) Code() string  { return "E_DISK" }
func (c coded) Unwrap() error { return c.error }

type faulty struct{ err error }

func (f *faulty) Read([]byte) (int, error) { return 0, f.err }

// TestT8BundleLetters: 128 envelopes and 4 MiB are read out of an invite's part, and no more.
func TestT8BundleLetters(t *testing.T) {
	for _, x := range []struct {
		n, size int
		ok      bool
	}{{lettersMost, 100, true}, {lettersMost + 1, 100, false}, {16, lettersSize / 16, true}, {17, lettersSize / 16, false}} {
		var b bytes.Buffer
		if err := PackLetters(&b, letters(x.n, x.size)); err != nil {
			t.Fatal(err)
		}
		got, err := UnpackLetters(&b)
		if x.ok != (err == nil && len(got) == x.n) || !x.ok && !errors.Is(err, ErrBundle) {
			t.Errorf("%d envelopes of %d bytes: %d, %v", x.n, x.size, len(got), err)
		}
	}
}

// TestT8BundleWords: a word is noted for as many ids as are kept in mind, and no more.
func TestT8BundleWords(t *testing.T) {
	var b bytes.Buffer
	w := wire.NewWriter(&b)
	body := make([]byte, wire.MaxIDs*32)
	for range hasMost/wire.MaxIDs + 2 {
		if err := w.Write(wire.Frame{Kind: wire.Offer, Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if c, err := Unpack(t.Context(), &b, &chest{}, GroupID{}); err != nil || len(c.Has) != hasMost || c.Whole {
		t.Errorf("%d ids, %v, want %d", len(c.Has), err, hasMost)
	}
}

// FuzzUnpack: reading ends, and files nothing but what stands in the frames.
func FuzzUnpack(f *testing.F) {
	f.Add(packed(f, (&chest{}).put(letters(3, 60)...), EnvelopeID{4}))
	f.Add([]byte{3, byte(wire.Env), 0, 1})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, b []byte) {
		to := &chest{}
		c, _ := Unpack(t.Context(), bytes.NewReader(b), to, GroupID{})
		if c.New > len(to.order) || c.New > c.Envelopes {
			t.Fatalf("%+v of %d", c, len(to.order))
		}
		for _, e := range to.envs {
			if !bytes.Contains(b, e) {
				t.Fatalf("%x was never there", e)
			}
		}
		if got, err := UnpackLetters(bytes.NewReader(b)); err == nil && len(got) > lettersMost {
			t.Fatal("too many letters")
		}
	})
}
