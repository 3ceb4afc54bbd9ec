package keyring

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/tyler-smith/go-bip39/wordlists"
	"golang.org/x/text/unicode/norm"

	"kith/store/kp1"
)

// list is the English list of BIP39: 2,048 words, sorted, no two with the same first four letters.
var list = wordlists.English

// bitsPerWord is how much one word of the list says.
const bitsPerWord = 11

// Limits on text that is read as words.
const (
	maxWordsText = 4 << 10 // bytes
	maxWords     = 64
	maxSuggest   = 3
)

// WordError says which word is not in the list. Error never repeats what was typed, because it may be a secret and
// errors end up in logs.
type WordError struct {
	Position int      // 1 for the first word
	Typed    string   // as it was typed, in lower case
	Near     []string // at most three words of the list that look like it, the nearest first
}

// Error names the position alone.
func (e *WordError) Error() string { return fmt.Sprintf("word %d is not in the list", e.Position) }

// Code returns the stable code.
func (e *WordError) Code() string { return "E_WORD" }

// Complete returns the words of the list that begin with what was typed, at most `most` of them, for a field that helps
// while somebody types.
func Complete(typed string, most int) []string {
	typed = strings.ToLower(typed)
	i, _ := slices.BinarySearch(list, typed)
	var out []string
	for ; i < len(list) && len(out) < most && strings.HasPrefix(list[i], typed); i++ {
		out = append(out, list[i])
	}
	return out
}

// find returns the index of a word. Its first four letters are enough.
func find(word string) (int, bool) {
	i, exact := slices.BinarySearch(list, word)
	if exact {
		return i, true
	}
	return i, len(word) >= 4 && i < len(list) && strings.HasPrefix(list[i], word)
}

// read turns text into exactly want indices. Case, accents, numbering, commas and line breaks do not matter.
func read(text string, want int) ([]int, error) {
	if len(text) > maxWordsText {
		return nil, fmt.Errorf("text of %d bytes: %w", len(text), kp1.ErrTooBig)
	}
	words := strings.FieldsFunc(plainLetters(text), func(r rune) bool { return !unicode.IsLetter(r) })
	if len(words) > maxWords {
		return nil, fmt.Errorf("%d words, not %d: %w", len(words), want, ErrWordCount)
	}
	found := make([]int, 0, len(words))
	for n, w := range words {
		i, ok := find(w)
		if !ok {
			return nil, &WordError{Position: n + 1, Typed: w, Near: near(w)}
		}
		found = append(found, i)
	}
	if len(found) != want {
		return nil, fmt.Errorf("%d words, not %d: %w", len(found), want, ErrWordCount)
	}
	return found, nil
}

// plainLetters lowers the case and drops accents, full-width forms and invisible marks.
func plainLetters(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

// near returns the words at an edit distance of one or two.
func near(typed string) []string {
	if len(typed) > 16 {
		return nil
	}
	var by [3][]string
	for _, w := range list {
		if d := distance(typed, w); d <= 2 {
			by[d] = append(by[d], w)
		}
	}
	all := slices.Concat(by[:]...)
	return all[:min(len(all), maxSuggest)]
}

// distance is the number of letters to change, add or drop to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// indices cuts the first 11·len(dst) bits of raw into numbers, most significant bit first.
func indices(dst []int, raw []byte) {
	for i := range dst {
		dst[i] = 0
		for bit := i * bitsPerWord; bit < (i+1)*bitsPerWord; bit++ {
			dst[i] = dst[i]<<1 | int(raw[bit/8]>>(7-bit%8)&1)
		}
	}
}

// bits is the inverse of indices; unused bits at the end are zero.
func bits(words []int) []byte {
	raw := make([]byte, (len(words)*bitsPerWord+7)/8)
	for i, w := range words {
		for b := range bitsPerWord {
			bit := i*bitsPerWord + b
			raw[bit/8] |= byte(w>>(bitsPerWord-1-b)&1) << (7 - bit%8)
		}
	}
	return raw
}

// spell fills dst with the words of the first 11·len(dst) bits of raw.
func spell(dst []string, raw []byte) {
	idx := make([]int, len(dst))
	indices(idx, raw)
	for i, n := range idx {
		dst[i] = list[n]
	}
}
