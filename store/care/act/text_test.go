package act

import (
	"errors"
	"strings"
	"testing"
)

func TestText(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    string
		lines bool
		want  error
	}{
		{"plain", "Siân", false, nil},
		{"empty", "", false, nil},
		{"at the limit", strings.Repeat("a", 10), false, nil},
		{"over the limit", strings.Repeat("a", 11), false, RuleTooLong},
		{"bytes, not letters", strings.Repeat("é", 5), false, nil},
		{"bytes over the limit", strings.Repeat("é", 5) + "a", false, RuleTooLong},
		{"not NFC", "e\u0301", false, RuleLetters},
		{"not UTF-8", "\xff", false, RuleLetters},
		{"newline in a line", "a\nb", false, RuleLetters},
		{"newline in lines", "a\nb", true, nil},
		{"carriage return", "a\rb", true, RuleLetters},
		{"tab", "a\tb", true, RuleLetters},
		{"zero", "a\x00b", true, RuleLetters},
		{"delete", "a\x7fb", true, RuleLetters},
		{"C1 control", "a\u0085b", true, RuleLetters},
		{"turns direction", "a\u202eb", true, RuleLetters},
		{"isolates direction", "a\u2066b", true, RuleLetters},
		{"joined emoji", "\u2764\u200D\u2764", false, nil},
		{"emoji", "\U0001F600", false, nil},
	} {
		if err := text("word", c.in, 10, c.lines); !errors.Is(err, c.want) {
			t.Errorf("text(%s) = %v, want %v", c.name, err, c.want)
		}
	}
	if err := Needed("name", "", 10); !errors.Is(err, RuleEmpty) {
		t.Errorf("Needed(nothing) = %v, want RuleEmpty", err)
	}
}

func TestTidy(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"  a b \n", "a b"}, {"a\r\nb", "a\nb"}, {"a\rb", "a\nb"}, {"e\u0301", "é"}, {"", ""}, {" \n ", ""},
	} {
		if got := Tidy(c.in); got != c.want {
			t.Errorf("Tidy(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzTidy(f *testing.F) {
	f.Add("a\r\n e\u0301 ")
	f.Add("\xff\r")
	f.Fuzz(func(t *testing.T, s string) {
		once := Tidy(s)
		if Tidy(once) != once {
			t.Errorf("Tidy(%q) is not tidy", s)
		}
		if strings.ContainsRune(once, '\r') {
			t.Errorf("Tidy(%q) keeps a carriage return", s)
		}
	})
}
