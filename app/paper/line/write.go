package line

import (
	"strings"
	"unicode/utf8"
)

// maxOctets is how many bytes a physical line may have before its end.
const maxOctets = 75

// A Writer puts lines together. Its zero value is empty.
type Writer struct{ b strings.Builder }

// Raw writes a line whose value must stand as it is. A newline in it would begin another line, so none is written.
func (w *Writer) Raw(name, value string) {
	s := strings.NewReplacer("\r", "", "\n", "").Replace(name + ":" + value)
	for room := maxOctets; len(s) > room; room = maxOctets - 1 {
		at := room
		for at > 0 && !utf8.RuneStart(s[at]) {
			at--
		}
		if at == 0 { // not UTF-8: cut it anyhow
			at = room
		}
		w.b.WriteString(s[:at])
		w.b.WriteString("\r\n ")
		s = s[at:]
	}
	w.b.WriteString(s)
	w.b.WriteString("\r\n")
}

// Text writes a line whose value are words. Without words it writes nothing.
func (w *Writer) Text(name, words string) {
	if words != "" {
		w.Raw(name, Escape(words))
	}
}

// String returns what was written.
func (w *Writer) String() string { return w.b.String() }

// Quote returns the value of a parameter, in quotes where it needs them. A quote or a newline within it goes.
func Quote(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == '"' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	if strings.ContainsAny(s, ";:,") {
		return `"` + s + `"`
	}
	return s
}
