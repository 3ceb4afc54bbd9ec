package line

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestReader(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []Line
	}{
		"plain":            {"A:1\r\nB:2\r\n", []Line{{Number: 1, Name: "A", Value: "1"}, {Number: 2, Name: "B", Value: "2"}}},
		"line feeds":       {"A:1\nB:2", []Line{{Number: 1, Name: "A", Value: "1"}, {Number: 2, Name: "B", Value: "2"}}},
		"returns alone":    {"A:1\rB:2\r", []Line{{Number: 1, Name: "A", Value: "1"}, {Number: 2, Name: "B", Value: "2"}}},
		"text mode twice":  {"A:1\r\r\nB:2\r\r\n", []Line{{Number: 1, Name: "A", Value: "1"}, {Number: 2, Name: "B", Value: "2"}}},
		"empty lines":      {"\n\nA:1\n\nB:2", []Line{{Number: 3, Name: "A", Value: "1"}, {Number: 5, Name: "B", Value: "2"}}},
		"folded":           {"A:on\r\n e\r\n\tand\r\n  two\r\nB:2", []Line{{Number: 1, Name: "A", Value: "oneand two"}, {Number: 5, Name: "B", Value: "2"}}},
		"fold in a letter": {"A:Si\xc3\r\n \xa2n", []Line{{Number: 1, Name: "A", Value: "Siân"}}},
		"fold in a name":   {"SUM\n MARY:x", []Line{{Number: 1, Name: "SUMMARY", Value: "x"}}},
		"parameters": {`dtstart;TZID="a:b;c";value=DATE;X=:20`, []Line{{Number: 1, Name: "DTSTART", Value: "20", Params: []Param{
			{"TZID", "a:b;c"}, {"VALUE", "DATE"}, {"X", ""},
		}}}},
		"quote left open": {`A;X="b:20:1`, []Line{{Number: 1, Name: "A", Value: "20:1", Params: []Param{{"X", "b"}}}}},
		"caret":           {`A;X=a^nb^'c^^n:1`, []Line{{Number: 1, Name: "A", Value: "1", Params: []Param{{"X", "a\nb\"c^n"}}}}},
		"old parameters":  {"TEL;HOME;CELL:1", []Line{{Number: 1, Name: "TEL", Value: "1", Params: []Param{{"", "HOME"}, {"", "CELL"}}}}},
		"group":           {"item1.TEL:1", []Line{{Number: 1, Group: "item1", Name: "TEL", Value: "1"}}},
		"quoted-printable": {"N;ENCODING=QUOTED-PRINTABLE:a=\r\nb=3D=\r\n c\r\nB:2", []Line{
			{Number: 1, Name: "N", Value: "ab=3Dc", Params: []Param{{"ENCODING", "QUOTED-PRINTABLE"}}}, {Number: 4, Name: "B", Value: "2"},
		}},
	} {
		r := NewReader([]byte(c.in))
		var got []Line
		for {
			l, fault, ok := r.Next()
			if !ok {
				break
			}
			if fault != None {
				t.Errorf("%s: line %d has fault %d", name, l.Number, fault)
			}
			got = append(got, l)
		}
		if !slices.EqualFunc(got, c.want, func(a, b Line) bool {
			return a.Number == b.Number && a.Group == b.Group && a.Name == b.Name && a.Value == b.Value && slices.Equal(a.Params, b.Params)
		}) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestOddLinesAreTold(t *testing.T) {
	for _, in := range []string{"no colon", ":no name", "A B:1", "A;X=1", `A;X="`, "ü:1", strings.Repeat("A", 65) + ":1"} {
		r := NewReader([]byte("B:1\n" + in + "\nC:3"))
		if _, fault, ok := r.Next(); !ok || fault != None {
			t.Fatalf("%q: the line before it: %v, %v", in, fault, ok)
		}
		l, fault, ok := r.Next()
		if !ok || fault != Odd || l.Number != 2 {
			t.Errorf("%q: line %d, fault %d, %v", in, l.Number, fault, ok)
		}
		if l, fault, _ = r.Next(); fault != None || l.Name != "C" {
			t.Errorf("after %q: %q, fault %d", in, l.Name, fault)
		}
	}
}

func TestLimits(t *testing.T) {
	if _, err := Load(bytes.NewReader(make([]byte, MaxFile))); err != nil {
		t.Errorf("a file at the limit: %v", err)
	}
	if _, err := Load(bytes.NewReader(make([]byte, MaxFile+1))); !errors.Is(err, ErrBig) {
		t.Errorf("a file over the limit: %v, want ErrBig", err)
	}
	for _, folded := range []bool{false, true} {
		for over, want := range map[int]Fault{0: None, 1: Long} {
			s := "A:" + strings.Repeat("x", MaxLine-2+over)
			if folded {
				s = s[:MaxLine-9] + "\r\n " + s[MaxLine-9:]
			}
			r := NewReader([]byte(s + "\nB:2"))
			if l, fault, _ := r.Next(); fault != want || fault == None && len(l.Value) != MaxLine-2 {
				t.Errorf("a line %d over the limit, folded %v: fault %d, want %d", over, folded, fault, want)
			}
			if l, fault, ok := r.Next(); !ok || fault != None || l.Name != "B" {
				t.Errorf("after it: %q, fault %d", l.Name, fault)
			}
		}
	}
	l, _, _ := NewReader([]byte("A" + strings.Repeat(";P=1", MaxParams+1) + ":v")).Next()
	if len(l.Params) != MaxParams || l.Value != "v" {
		t.Errorf("%d parameters of a line with one more than %d, value %q", len(l.Params), MaxParams, l.Value)
	}
}

func TestLoad(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain":      {"A:é", "A:é"},
		"mark":       {"\xef\xbb\xbfA:é", "A:é"},
		"utf-16 le":  {"\xff\xfeA\x00:\x00\xe9\x00\x3d\xd8\x00\xde", "A:é😀"},
		"utf-16 be":  {"\xfe\xff\x00A\x00:\x00\xe9\xd8\x3d\xde\x00", "A:é😀"},
		"half a one": {"\xff\xfeA\x00\x3d\xd8", "A\uFFFD"},
		"empty":      {"", ""},
	} {
		got, err := Load(iotest.OneByteReader(strings.NewReader(c.in)))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: Load = %q, %v, want %q", name, got, err, c.want)
		}
	}
	if _, err := Load(iotest.ErrReader(errors.New("disk"))); err == nil {
		t.Error("an error of the disk is lost")
	}
}

func TestLetters(t *testing.T) {
	for in, want := range map[string]string{"Siân": "Siân", "Si\xe2n": "Siân", "\x80 5": "€ 5", "\x81": "\uFFFD"} {
		if got, odd := Letters(in); got != want || odd == utf8.ValidString(in) {
			t.Errorf("Letters(%q) = %q, %v, want %q", in, got, odd, want)
		}
	}
}

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		`a\, b\; c\\ d\ne\N`: "a, b; c\\ d\ne\n", `C:\new`: "C:\new", `a\`: `a\`, `a\q`: `a\q`, `12\:30`: "12:30",
	} {
		if got := Unescape(in); got != want {
			t.Errorf("Unescape(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Split(`a\;b;c;`, ';'); !slices.Equal(got, []string{`a\;b`, "c", ""}) {
		t.Errorf("Split = %q", got)
	}
	for in, want := range map[string]string{
		" a\tb ": "a b", "e\u0301": "é", "a\x00b": "ab", "\u202eabc\u2066": "abc", "abcdefghij": "abcdefgh", "1234567é": "1234567", "a\r\nb": "a b",
	} {
		if got, _ := Clean(in, false, 8); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
	if got, cut := Clean("a\r\nb\n", true, 8); got != "a\nb" || cut {
		t.Errorf("Clean of lines = %q, %v", got, cut)
	}
}

// TestWriterRoundTrip: whatever words are written come back, on physical lines of at most 75 bytes that are UTF-8.
func TestWriterRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words, _ := Clean(rapid.String().Draw(t, "words"), true, 4096)
		again, cut := Clean(words, true, 4096)
		if again != words || cut {
			t.Fatalf("Clean(%q) = %q", words, again)
		}
		if words == "" {
			return
		}
		var w Writer
		w.Text("NOTE;X="+Quote(rapid.StringMatching(`[ -~é]{0,90}`).Draw(t, "parameter")), words)
		out := w.String()
		for _, p := range strings.Split(strings.TrimSuffix(out, "\r\n"), "\r\n") {
			if len(p) > maxOctets || !utf8.ValidString(p) || strings.ContainsAny(p, "\r\n") {
				t.Fatalf("physical line %q of %d bytes", p, len(p))
			}
		}
		l, fault, ok := NewReader([]byte(out)).Next()
		if !ok || fault != None || Unescape(l.Value) != words {
			t.Fatalf("%q came back as %q, fault %d", words, Unescape(l.Value), fault)
		}
	})
}

func FuzzLine(f *testing.F) {
	for _, s := range []string{"A:1\r\n b\rB;X=\"y\":2\n", "N;ENCODING=QUOTED-PRINTABLE:a=\n=\n\n", "\xff\xfeA\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		b, err := Load(bytes.NewReader(b))
		if err != nil {
			return
		}
		last := 0
		for r := NewReader(b); ; {
			l, fault, ok := r.Next()
			if !ok {
				return
			}
			if l.Number <= last || len(l.Params) > MaxParams || len(l.Value) > MaxLine || fault == None && l.Name == "" {
				t.Fatalf("line %d after %d: %q with %d parameters", l.Number, last, l.Name, len(l.Params))
			}
			last = l.Number
			s, _ := Letters(l.Value)
			once, _ := Clean(Unescape(s), true, 100)
			if again, cut := Clean(once, true, 100); again != once || cut {
				t.Fatalf("Clean(%q) = %q", once, again)
			}
		}
	})
}
