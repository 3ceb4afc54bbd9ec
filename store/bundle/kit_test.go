package bundle

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"kith/store/kp1"
	"kith/store/op"
)

// steady gives the same bytes for ever.
type steady byte

func (s steady) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s)
	}
	return len(b), nil
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

var elm = kp1.GID{1}

// who is a device with its key.
type who struct {
	id  kp1.DID
	key op.BoxKey
}

func device(t testing.TB, n byte) who {
	t.Helper()
	return who{kp1.DID{n}, must[op.BoxKey](t)(op.DeriveBoxKey(bytes.Repeat([]byte{n}, 32)))}
}

func (w who) to() Device { return Device{w.id, w.key.Public()} }

// sealed is a bundle with one parcel for these.
func sealed(t testing.TB, data []byte, to ...who) []byte {
	t.Helper()
	var b bytes.Buffer
	w := must[*Writer](t)(NewWriter(&b, steady(7)))
	var all []Device
	for _, d := range to {
		all = append(all, d.to())
	}
	p := must[*Parcel](t)(w.ForDevices(elm, all))
	must[int](t)(p.Write(data))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// read opens the parcels of a bundle one after the other and returns what is in those that open.
func read(b []byte, open func(*Opening) bool) (all [][]byte, err error) {
	r, err := NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	for {
		o, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		if !open(o) {
			continue
		}
		data, err := io.ReadAll(o)
		if err != nil {
			return all, err
		}
		all = append(all, data)
	}
}

// as opens as a device.
func as(w who) func(*Opening) bool {
	return func(o *Opening) bool { return o.ByDevice(elm, w.id, w.key) }
}
