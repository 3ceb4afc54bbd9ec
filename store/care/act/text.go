package act

import (
	"fmt"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits of the words a person types, in bytes of UTF-8.
const (
	MaxTitle     = 200
	MaxName      = 100
	MaxCondition = 500
	MaxNotes     = 4 << 10
	MaxPost      = 16 << 10
)

// Line checks one line of words: within max bytes, UTF-8 in NFC, no control character.
func Line(what, s string, max int) error { return text(what, s, max, false) }

// Lines is Line that allows newlines.
func Lines(what, s string, max int) error { return text(what, s, max, true) }

// Needed is Line for words that may not be empty.
func Needed(what, s string, max int) error {
	if s == "" {
		return fmt.Errorf("%s: %w", what, RuleEmpty)
	}
	return Line(what, s, max)
}

func text(what, s string, max int, lines bool) error {
	if len(s) > max {
		return fmt.Errorf("%s of %d bytes, limit %d: %w", what, len(s), max, RuleTooLong)
	}
	if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) {
		return fmt.Errorf("%s: %w", what, RuleLetters)
	}
	for _, r := range s {
		if unicode.IsControl(r) && (r != '\n' || !lines) || turns(r) {
			return fmt.Errorf("%s: %w", what, RuleLetters)
		}
	}
	return nil
}

// turns reports the signs that turn or hide the direction of what follows: a name must not rewrite its neighbours.
func turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// Tidy returns words as Line wants them as far as that loses nothing: in NFC, with newlines for CR LF, and no space
// around them.
func Tidy(s string) string {
	out := make([]rune, 0, len(s))
	runes := []rune(norm.NFC.String(s))
	for i, r := range runes {
		if r == '\r' {
			if i+1 < len(runes) && runes[i+1] == '\n' {
				continue
			}
			r = '\n'
		}
		out = append(out, r)
	}
	for len(out) > 0 && unicode.IsSpace(out[0]) {
		out = out[1:]
	}
	for len(out) > 0 && unicode.IsSpace(out[len(out)-1]) {
		out = out[:len(out)-1]
	}
	return string(out)
}
