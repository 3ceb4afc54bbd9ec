package wire

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// The frames of a visit as docs/spec has them, which another program has written.
func TestFrameVectors(t *testing.T) {
	b, err := os.ReadFile("../../docs/spec/vectors/mailbox.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []struct {
			Name, Kind string
			In         struct {
				Frame uint8
				Body  string
			}
			Expect struct{ Bytes string }
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range file.Vectors {
		if v.Kind != "frame" {
			continue
		}
		n++
		body, err := hex.DecodeString(v.In.Body)
		if err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		var wrote bytes.Buffer
		w := NewWriter(&wrote)
		if err := w.Write(Frame{Kind: Kind(v.In.Frame), Body: body}); err != nil {
			t.Errorf("%s: Write = %v", v.Name, err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(wrote.Bytes()); got != v.Expect.Bytes {
			t.Errorf("%s = %s, want %s", v.Name, got, v.Expect.Bytes)
		}
		f, err := read(wrote.Bytes(), Kind(v.In.Frame))
		if err != nil || f.Kind != Kind(v.In.Frame) || !bytes.Equal(f.Body, body) {
			t.Errorf("%s: Next = %+v, %v", v.Name, f, err)
		}
	}
	if n < 10 {
		t.Errorf("%d frames", n)
	}
}

// The answers to envelopes as docs/spec has them, which another program has written.
func TestStoredVectors(t *testing.T) {
	b, err := os.ReadFile("../../docs/spec/vectors/sync.json")
	if err != nil {
		t.Fatal(err)
	}
	type in struct {
		Protocol, N int
		Refused     [][2]int // place and reason
	}
	var file struct {
		Vectors []struct {
			Name, Kind string
			In         json.RawMessage
			Expect     struct{ Bytes string }
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range file.Vectors {
		if v.Kind != "stored" {
			continue
		}
		n++
		var x in
		if err := json.Unmarshal(v.In, &x); err != nil {
			t.Fatalf("%s: %v", v.Name, err)
		}
		var refused, read []Refusal
		for _, r := range x.Refused {
			refused = append(refused, Refusal{r[0], Why(r[1])})
			if x.Protocol == 1 {
				r[1] = 0
			}
			read = append(read, Refusal{r[0], Why(r[1])})
		}
		body := StoredBody(x.N, refused, x.Protocol == 2)
		if got := hex.EncodeToString(body); got != v.Expect.Bytes {
			t.Errorf("%s = %s, want %s", v.Name, got, v.Expect.Bytes)
		}
		if got, places, err := ReadStored(body, x.Protocol == 2); err != nil || got != x.N || !slices.Equal(places, read) {
			t.Errorf("%s: ReadStored = %d, %v, %v", v.Name, got, places, err)
		}
	}
	if n < 4 {
		t.Errorf("%d answers", n)
	}
}
