package bundle

import (
	"bytes"
	"testing"
)

// FuzzRead: whatever a file holds, reading it ends, and only what its writer wrote is handed out.
func FuzzRead(f *testing.F) {
	ada := device(f, 1)
	data := []byte("what was written")
	good := sealed(f, data, ada)
	f.Add(good)
	f.Add(good[:len(good)-9])
	f.Add([]byte(magic))
	f.Add([]byte("kith bundle 2\n"))
	f.Add(append(bytes.Clone(good), good[len(magic):]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, _ := read(b, as(ada))
		for _, p := range got {
			if !bytes.Equal(p, data) {
				t.Fatalf("%q came out", p)
			}
		}
	})
}
