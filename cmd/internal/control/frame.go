package control

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Version is the number of this protocol. A holder answers a request of another version with ErrVersion.
const Version = 1

// Kinds of frames. The first byte after the length says which.
const (
	kindRequest byte = 1 // client: a Request as JSON
	kindOut     byte = 2 // holder: bytes for stdout
	kindErr     byte = 3 // holder: bytes for stderr
	kindExit    byte = 4 // holder: one byte, the exit code; the last frame
)

// Limits, each checked before memory is spent.
const (
	maxRequest = 256 << 10 // bytes of one request: a long message and its flags
	maxOutput  = 32 << 10  // bytes of output in one frame; longer output takes several
	maxArgs    = 256       // arguments of one request
	frameHead  = 5         // bytes: length as 4 bytes, big-endian, counting the kind and what follows; then the kind
)

// Errors of a frame that is not one of ours. The connection ends.
var (
	ErrFrame   = errors.New("control: not a frame of this protocol")
	ErrVersion = errors.New("control: another version of the protocol")
)

// A Request is one verb to run: what stood on the command line, and where it was typed.
type Request struct {
	V    int      `json:"v"`
	Verb string   `json:"verb"`
	Args []string `json:"args"`
	JSON bool     `json:"json"`
	Cwd  string   `json:"cwd"`            // the client's folder, for file names in Args
	Pass string   `json:"pass,omitempty"` // the passphrase as typed there, for the few verbs that ask for it again
}

// writeFrame sends one frame in one write, so that frames of several goroutines do not mix.
func writeFrame(w io.Writer, kind byte, body []byte) error {
	if len(body) > limitOf(kind) {
		return fmt.Errorf("kind %d, %d bytes: %w", kind, len(body), ErrFrame)
	}
	b := make([]byte, frameHead, frameHead+len(body))
	binary.BigEndian.PutUint32(b, uint32(1+len(body))) //nolint:gosec // at most 256 KiB, checked above
	b[4] = kind
	_, err := w.Write(append(b, body...))
	return err
}

// readFrame reads one frame. A kind it does not know, and a length over the kind's limit, is ErrFrame and costs no memory.
// A connection that ends between two frames gives io.EOF.
func readFrame(r io.Reader) (kind byte, body []byte, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(r, head[:1]); err != nil {
		return 0, nil, err
	}
	if _, err := io.ReadFull(r, head[1:]); err != nil {
		return 0, nil, cut(err)
	}
	kind = head[4]
	n := int64(binary.BigEndian.Uint32(head[:])) - 1
	if n < 0 || n > int64(limitOf(kind)) || (kind == kindExit && n != 1) {
		return 0, nil, fmt.Errorf("kind %d, %d bytes: %w", kind, n, ErrFrame)
	}
	body = make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return 0, nil, cut(err)
	}
	return kind, body, nil
}

// limitOf is the longest body of a kind; -1 for a kind that does not exist.
func limitOf(kind byte) int {
	switch kind {
	case kindRequest:
		return maxRequest
	case kindOut, kindErr:
		return maxOutput
	case kindExit:
		return 1
	}
	return -1
}

// cut makes the end of a connection inside a frame an error of its own.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// decodeRequest reads the JSON of a request and refuses what no client of ours sends.
func decodeRequest(body []byte) (Request, error) {
	d := json.NewDecoder(strings.NewReader(string(body)))
	d.DisallowUnknownFields()
	var r Request
	if err := d.Decode(&r); err != nil {
		var v struct {
			V int `json:"v"`
		}
		if json.Unmarshal(body, &v) == nil && v.V != Version && v.V != 0 {
			return Request{}, fmt.Errorf("version %d: %w", v.V, ErrVersion)
		}
		return Request{}, fmt.Errorf("request: %w", ErrFrame)
	}
	switch {
	case r.V != Version:
		return Request{}, fmt.Errorf("version %d: %w", r.V, ErrVersion)
	case d.More(), r.Verb == "", len(r.Args) > maxArgs, !utf8.Valid(body):
		return Request{}, fmt.Errorf("request: %w", ErrFrame)
	}
	return r, nil
}

// encodeRequest is the other side of decodeRequest.
func encodeRequest(r Request) ([]byte, error) {
	r.V = Version
	b, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	if len(b) > maxRequest || len(r.Args) > maxArgs {
		return nil, fmt.Errorf("request of %d bytes and %d arguments: %w", len(b), len(r.Args), ErrTooLong)
	}
	return b, nil
}

// outputs splits what a verb prints into frames of one kind.
type outputs struct {
	w    io.Writer
	kind byte
}

func (o outputs) Write(p []byte) (int, error) {
	for n := 0; n < len(p); {
		m := min(len(p)-n, maxOutput)
		if err := writeFrame(o.w, o.kind, p[n:n+m]); err != nil {
			return n, err
		}
		n += m
	}
	return len(p), nil
}
