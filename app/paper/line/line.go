// Package line reads and writes the lines that calendar files and address book files are made of: NAME;PARAM=x:value,
// folded, in whatever letters and with whatever ends of line the program used that wrote them. It knows no meaning of any
// name. It never touches disk, network, clock or chance.
package line

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kith/store/kp1"
)

// Limits. A file over MaxFile is refused; a line over MaxLine, and a parameter after MaxParams, are passed over.
const (
	MaxFile   = 16 << 20  // bytes
	MaxLine   = 256 << 10 // bytes, unfolded
	MaxParams = 32
	MaxDepth  = 8 // components within components
)

// Errors a person may meet.
var (
	ErrBig  = &kp1.Error{ECode: "E_PAPER_BIG", Msg: "file is over 16 MiB"}
	ErrKind = &kp1.Error{ECode: "E_PAPER_KIND", Msg: "file is not of that kind"}
)

// Load reads a whole file and returns it in UTF-8 where a mark at its beginning says that it is in UTF-16, and otherwise
// as it is, without the mark. It returns ErrBig past MaxFile.
func Load(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("file: %w", err)
	case len(b) > MaxFile:
		return nil, ErrBig
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return b[3:], nil
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return wide(b[2:], 0, 1), nil
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return wide(b[2:], 1, 0), nil
	}
	return b, nil
}

// wide makes UTF-8 of UTF-16; low and high say which byte of each pair is which.
func wide(b []byte, low, high int) []byte {
	out := make([]byte, 0, len(b)/2+len(b)/8)
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(b[i+low]) | rune(b[i+high])<<8
		if utf16.IsSurrogate(r) && i+3 < len(b) {
			if both := utf16.DecodeRune(r, rune(b[i+2+low])|rune(b[i+2+high])<<8); both != utf8.RuneError {
				r = both
				i += 2
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// A Line is one line of a file, unfolded. Value is as it stands there: still escaped, and in the letters of the file.
type Line struct {
	Number int    // of the first of its physical lines, from 1
	Group  string // what stands before a dot: "item1" of item1.TEL
	Name   string // in capitals
	Params []Param
	Value  string
}

// A Param is one parameter of a line. Name is in capitals; a value without a name, as old files have, has the name "".
type Param struct{ Name, Value string }

// Get returns the first value of a parameter, or nothing.
func (l Line) Get(name string) string {
	for _, p := range l.Params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// Fault is what is wrong with a line that could not be read.
type Fault uint8

// The faults.
const (
	None Fault = 0
	Odd  Fault = 1 // no name, or no value
	Long Fault = 2 // over MaxLine
)

// A Reader yields the lines of one file.
type Reader struct {
	b      []byte
	at     int // of the next physical line
	number int // of the next physical line
	cr, lf int // the next of each at or after at; len(b) for none
	folded []byte
}

// NewReader reads the lines of b, which must not change meanwhile.
func NewReader(b []byte) *Reader { return &Reader{b: b, number: 1, cr: -1, lf: -1} }

// Next returns the next line that is not empty. With a fault, Number alone of the line holds. ok is false at the end.
func (r *Reader) Next() (l Line, fault Fault, ok bool) {
	for r.at < len(r.b) {
		number := r.number
		raw, long := r.unfold(r.physical())
		switch {
		case long:
			return Line{Number: number}, Long, true
		case len(bytes.TrimSpace(raw)) == 0:
			continue
		}
		if l, ok = parse(string(raw)); !ok {
			return Line{Number: number}, Odd, true
		}
		l.Number = number
		return l, None, true
	}
	return Line{}, None, false
}

// physical takes one line off: up to CR LF, LF, CR, or CR CR LF, which a text mode that was set twice leaves behind.
func (r *Reader) physical() []byte {
	r.cr, r.lf = r.next(r.cr, '\r'), r.next(r.lf, '\n')
	raw, end := r.b[r.at:min(r.cr, r.lf)], min(r.cr, r.lf)+1
	if r.cr < r.lf {
		if bytes.HasPrefix(r.b[end:], []byte("\r\n")) {
			end++
		}
		if end < len(r.b) && r.b[end] == '\n' {
			end++
		}
	}
	r.at = min(end, len(r.b))
	r.number++
	return raw
}

// next returns where c comes next. Each is looked for once, so that a file with one kind of end costs one reading.
func (r *Reader) next(known int, c byte) int {
	if known >= r.at {
		return known
	}
	if i := bytes.IndexByte(r.b[r.at:], c); i >= 0 {
		return r.at + i
	}
	return len(r.b)
}

// unfold adds the lines that go on with this one: those that begin with a space, and after a quoted-printable line that
// ends in an equals sign whatever comes. Bytes are put together before letters are made of them, since a fold may cut one.
func (r *Reader) unfold(raw []byte) (whole []byte, long bool) {
	whole, long = raw, len(raw) > MaxLine
	last, owned := raw, false
	for r.at < len(r.b) {
		on := r.b[r.at] == ' ' || r.b[r.at] == '\t'
		soft := bytes.HasSuffix(last, []byte("=")) && quotedPrintable(whole)
		if !on && !soft {
			break
		}
		if soft && !long {
			whole = whole[:len(whole)-1]
		}
		if !owned {
			whole, owned = append(r.folded[:0], whole...), true
		}
		last = r.physical()
		if on && len(last) > 0 {
			last = last[1:]
		}
		if long = long || len(whole)+len(last) > MaxLine; !long {
			whole = append(whole, last...)
		}
		r.folded = whole
	}
	return whole, long
}

// quotedPrintable reports whether the parameters of a raw line name that encoding.
func quotedPrintable(raw []byte) bool {
	const word = "QUOTED-PRINTABLE"
	head := raw[:min(len(raw), 512)]
	colon := bytes.IndexByte(head, ':')
	return colon > len(word) && bytes.Contains(bytes.ToUpper(head[:colon]), []byte(word))
}

// parse parts a line into its name, parameters and value.
func parse(s string) (l Line, ok bool) {
	i := strings.IndexAny(s, ";:")
	if i <= 0 {
		return Line{}, false
	}
	name := strings.TrimSpace(s[:i])
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		l.Group, name = name[:dot], name[dot+1:]
	}
	if !token(name) {
		return Line{}, false
	}
	l.Name = strings.ToUpper(name)
	for s = s[i:]; strings.HasPrefix(s, ";"); {
		var p Param
		if p, s, ok = param(s[1:]); !ok {
			return Line{}, false
		}
		if len(l.Params) < MaxParams && p != (Param{}) {
			l.Params = append(l.Params, p)
		}
	}
	if !strings.HasPrefix(s, ":") {
		return Line{}, false
	}
	l.Value = s[1:]
	return l, true
}

// param takes one parameter off: a name, an equals sign, a value that may stand in quotes. What follows it begins with a
// semicolon or a colon.
func param(s string) (p Param, rest string, ok bool) {
	i := strings.IndexAny(s, "=;:")
	if i < 0 {
		return Param{}, "", false
	}
	if s[i] != '=' {
		return Param{"", strings.TrimSpace(s[:i])}, s[i:], true
	}
	p.Name = strings.ToUpper(strings.TrimSpace(s[:i]))
	s = s[i+1:]
	quoted := false
	for i = 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			p.Value = uncaret(strings.ReplaceAll(s[:i], `"`, ""))
			return p, s[i:], true
		}
	}
	if i = strings.IndexAny(s, ";:"); quoted && i >= 0 { // a quote that nobody closed
		p.Value = uncaret(strings.ReplaceAll(s[:i], `"`, ""))
		return p, s[i:], true
	}
	return Param{}, "", false
}

// uncaret undoes what RFC 6868 puts into parameters for newlines and quotes.
func uncaret(s string) string {
	if !strings.Contains(s, "^") {
		return s
	}
	return strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^").Replace(s)
}

// token reports whether s may be a name: letters, digits, hyphens, and underlines for programs that use them.
func token(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// Letters returns a value in UTF-8. Bytes that are not are taken for Windows-1252, as old programs in the West write;
// odd reports that.
func Letters(s string) (text string, odd bool) {
	if utf8.ValidString(s) {
		return s, false
	}
	out, err := charmap.Windows1252.NewDecoder().String(s)
	if err != nil {
		return strings.ToValidUTF8(s, "\uFFFD"), true
	}
	return out, true
}
