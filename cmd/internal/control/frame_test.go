package control

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
)

func frame(kind byte, length uint32, body []byte) []byte {
	b := make([]byte, 4, 5+len(body))
	binary.BigEndian.PutUint32(b, length)
	return append(append(b, kind), body...)
}

func TestFrameLimits(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want error
	}{
		{"a request at its limit", frame(kindRequest, maxRequest+1, make([]byte, maxRequest)), nil},
		{"a request over its limit", frame(kindRequest, maxRequest+2, make([]byte, maxRequest+1)), ErrFrame},
		{"output at its limit", frame(kindOut, maxOutput+1, make([]byte, maxOutput)), nil},
		{"output over its limit", frame(kindOut, maxOutput+2, make([]byte, maxOutput+1)), ErrFrame},
		{"length 0: not even a kind", frame(kindOut, 0, nil), ErrFrame},
		{"length 2^32-1", frame(kindErr, 1<<32-1, nil), ErrFrame},
		{"an exit of two bytes", frame(kindExit, 3, []byte{0, 0}), ErrFrame},
		{"an exit of none", frame(kindExit, 1, nil), ErrFrame},
		{"an unknown kind", frame(9, 1, nil), ErrFrame},
		{"cut in the head", frame(kindOut, 4, nil)[:3], io.ErrUnexpectedEOF},
		{"cut in the body", frame(kindOut, 4, []byte{1}), io.ErrUnexpectedEOF},
		{"nothing at all", nil, io.EOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := readFrame(bytes.NewReader(c.in))
			if !errors.Is(err, c.want) {
				t.Errorf("readFrame(%d bytes) = %v, want %v", len(c.in), err, c.want)
			}
		})
	}
}

// A length over the limit must be refused before memory is spent on it.
func TestFrameRefusedBeforeMemory(t *testing.T) {
	in := frame(kindOut, 1<<31, nil)
	allocs := testing.AllocsPerRun(50, func() {
		if _, _, err := readFrame(bytes.NewReader(in)); !errors.Is(err, ErrFrame) {
			t.Fatalf("readFrame = %v, want %v", err, ErrFrame)
		}
	})
	if allocs > 10 {
		t.Errorf("readFrame of a huge length: %v allocations, want a handful", allocs)
	}
}

func TestDecodeRequest(t *testing.T) {
	args := make([]string, maxArgs)
	full, err := encodeRequest(Request{Verb: "post", Args: args})
	if err != nil {
		t.Fatalf("encodeRequest with %d arguments = %v", maxArgs, err)
	}
	if _, err := encodeRequest(Request{Verb: "post", Args: append(args, "")}); !errors.Is(err, ErrTooLong) {
		t.Errorf("encodeRequest with %d arguments = %v, want %v", maxArgs+1, err, ErrTooLong)
	}
	if _, err := encodeRequest(Request{Verb: strings.Repeat("x", maxRequest)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("encodeRequest of a long verb = %v, want %v", err, ErrTooLong)
	}
	over, _ := json.Marshal(Request{V: Version, Verb: "post", Args: append(args, "")})
	for _, c := range []struct {
		name, in string
		want     error
	}{
		{"as many arguments as allowed", string(full), nil},
		{"one more", string(over), ErrFrame},
		{"another version", `{"v":2,"verb":"id","new":true}`, ErrVersion},
		{"no version", `{"verb":"id"}`, ErrVersion},
		{"no verb", `{"v":1,"args":[]}`, ErrFrame},
		{"a field we do not know", `{"v":1,"verb":"id","root":true}`, ErrFrame},
		{"two values", `{"v":1,"verb":"id"}{}`, ErrFrame},
		{"not UTF-8", "{\"v\":1,\"verb\":\"\xff\"}", ErrFrame},
		{"not JSON", "hello", ErrFrame},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decodeRequest([]byte(c.in)); !errors.Is(err, c.want) {
				t.Errorf("decodeRequest = %v, want %v", err, c.want)
			}
		})
	}
}

func FuzzFrame(f *testing.F) {
	ok, _ := encodeRequest(Request{Verb: "sleepover", Args: []string{"ask", "--child", "J"}, JSON: true, Cwd: "/home/j"})
	f.Add(frame(kindRequest, uint32(len(ok)+1), ok))
	f.Add(frame(kindOut, 3, []byte("hi")))
	f.Add(frame(kindExit, 2, []byte{5}))
	f.Add(frame(kindErr, 1<<31, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, body, err := readFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := writeFrame(&again, kind, body); err != nil {
			t.Fatalf("writeFrame of a frame that was read = %v", err)
		}
		if !bytes.Equal(again.Bytes(), b[:again.Len()]) {
			t.Fatalf("frame %x is written as %x", b, again.Bytes())
		}
		if kind != kindRequest {
			return
		}
		r, err := decodeRequest(body)
		if err != nil {
			return
		}
		if _, err := encodeRequest(r); err != nil && !errors.Is(err, ErrTooLong) {
			t.Fatalf("encodeRequest of a request that was read = %v", err)
		}
	})
}
