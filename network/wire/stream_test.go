package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"testing"
)

func every() []Kind {
	var all []Kind
	for k := range shapes {
		all = append(all, k)
	}
	return all
}

func read(b []byte, allow ...Kind) (Frame, error) {
	r := NewReader(bytes.NewReader(b))
	r.Allow(allow...)
	return r.Next()
}

func TestFrameLimits(t *testing.T) { // F11: at the limit and beyond it
	for k, s := range shapes {
		for _, n := range []int{s.min - 1, s.min, s.max, s.max + 1} {
			if n < 0 {
				continue
			}
			var b bytes.Buffer
			w := NewWriter(&b)
			err := w.Write(Frame{Kind: k, Body: make([]byte, n)})
			if ok := n >= s.min && n <= s.max; ok != (err == nil) {
				t.Errorf("Write(kind %d, %d bytes) = %v, want accepted %v", k, n, err, ok)
			}
			raw := binary.AppendUvarint(nil, uint64(s.size(n)))
			raw = append(raw, byte(k))
			raw = append(raw, make([]byte, s.size(n)-1)...)
			f, err := read(raw, k)
			if ok := n >= s.min && n <= s.max; ok != (err == nil) || ok && len(f.Body) != n {
				t.Errorf("Next(kind %d, %d bytes) = %d bytes, %v, want accepted %v", k, n, len(f.Body), err, ok)
			}
			if err == nil {
				w.Flush()
				if !bytes.Equal(b.Bytes(), raw) {
					t.Errorf("Write(kind %d, %d bytes) wrote other bytes than Next reads", k, n)
				}
			}
		}
	}
}

func TestFrameLengthsRefusedBeforeMemory(t *testing.T) { // F11
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"zero":               {[]byte{0}, ErrMalformed},
		"not shortest":       {[]byte{0x82, 0x00, 1, 1}, ErrMalformed},
		"max+1":              {binary.AppendUvarint(nil, maxFrame+1), ErrTooLong},
		"2^31":               {binary.AppendUvarint(nil, 1<<31), ErrTooLong},
		"2^63":               {binary.AppendUvarint(nil, 1<<63), ErrTooLong},
		"2^64-1":             {binary.AppendUvarint(nil, math.MaxUint64), ErrTooLong},
		"varint of 12 bytes": {bytes.Repeat([]byte{0xff}, 12), ErrTooLong},
		"unknown kind":       {[]byte{1, 250}, ErrUnexpected},
		"kind not allowed":   {append(binary.AppendUvarint(nil, maxFrame), byte(Put)), ErrUnexpected},
		"long for its kind":  {append(binary.AppendUvarint(nil, maxFrame), byte(Busy)), ErrTooLong},
		"one byte, no kind":  {[]byte{1}, io.ErrUnexpectedEOF},
		"ends in the length": {[]byte{0x82}, io.ErrUnexpectedEOF},
		"ends mid-frame":     {[]byte{33, byte(Nonce), 1, 2, 3}, io.ErrUnexpectedEOF},
		"ends before lane":   {[]byte{2, byte(Served)}, io.ErrUnexpectedEOF},
		"nothing":            {nil, io.EOF},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			n := testing.AllocsPerRun(20, func() { _, err = read(c.b, Nonce, Busy, Served) })
			if !errors.Is(err, c.want) {
				t.Errorf("Next(%x) = %v, want %v", c.b, err, c.want)
			}
			if n > 64 {
				t.Errorf("Next(%x) allocated %v times, want at most 64", c.b, n)
			}
		})
	}
	frame := append(binary.AppendUvarint(nil, maxFrame), byte(Push))
	if got := bytesOf(func() { read(frame, Nonce) }); got > bufferSize+16<<10 {
		t.Errorf("a refused frame took %d bytes, want no more than the reader's own buffer", got)
	}
}

// bytesOf is the bytes f allocates.
func bytesOf(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestReaderCountsAndKeeps(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	for i := range 3 {
		if err := w.Write(Frame{Kind: Push, Lane: uint8(i), Body: bytes.Repeat([]byte{byte(i)}, 5)}); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	if got := uint64(b.Len()); w.Bytes() != got {
		t.Errorf("Writer.Bytes = %d, want %d", w.Bytes(), got)
	}
	r := NewReader(&b)
	r.Allow(Push)
	var got []Frame
	for {
		f, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f)
	}
	for i, f := range got {
		if f.Lane != uint8(i) || !bytes.Equal(f.Body, bytes.Repeat([]byte{byte(i)}, 5)) {
			t.Errorf("frame %d = lane %d, %x", i, f.Lane, f.Body)
		}
	}
	if len(got) != 3 || r.Bytes() != w.Bytes() {
		t.Errorf("read %d frames and %d bytes, want 3 and %d", len(got), r.Bytes(), w.Bytes())
	}
}

func FuzzNext(f *testing.F) {
	for k, s := range shapes {
		var b bytes.Buffer
		w := NewWriter(&b)
		w.Write(Frame{Kind: k, Body: make([]byte, s.min)})
		w.Flush()
		f.Add(b.Bytes())
	}
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	all := every()
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		r.Allow(all...)
		var out bytes.Buffer
		w := NewWriter(&out)
		for {
			fr, err := r.Next()
			if err != nil {
				break
			}
			if err := w.Write(fr); err != nil {
				t.Fatalf("Write refuses what Next gave: %v", err)
			}
		}
		w.Flush()
		if !bytes.HasPrefix(b, out.Bytes()) || uint64(out.Len()) != r.Bytes() {
			t.Fatalf("read %x, wrote %x", b, out.Bytes())
		}
	})
}
