package present

import (
	"strconv"
	"strings"
	"unicode"

	"kith/assets/words"
)

// Say returns the sentence k of assets/words with the named things put in.
func Say(k words.Key, with ...any) string { return words.English().Say(k, with...) }

// Count is Say for a sentence that depends on a number.
func Count(k words.Key, n int, with ...any) string { return words.English().Count(k, n, with...) }

// People puts names in a row as they are said: "Bev, Sue and Tom". Nobody gives "Nobody".
func People(names ...string) string {
	switch len(names) {
	case 0:
		return Say("list.nobody")
	case 1:
		return names[0]
	}
	return Say("list.two", "First", strings.Join(names[:len(names)-1], ", "), "Last", names[len(names)-1])
}

// AnyOf puts names in a row of which one is enough: "Jan, Bev or Priya". No names are no words.
func AnyOf(names ...string) string {
	switch len(names) {
	case 0:
		return ""
	case 1:
		return names[0]
	}
	return Say("list.either", "First", strings.Join(names[:len(names)-1], ", "), "Last", names[len(names)-1])
}

// SomePeople is People for a narrow place: after most names it counts the rest, "Bev, Sue and 3 more".
func SomePeople(most int, names ...string) string {
	if len(names) <= most+1 {
		return People(names...)
	}
	return Count("list.more", len(names)-most, "First", strings.Join(names[:most], ", "))
}

// Initial returns the first letter of a name as a capital; "?" when there is none.
func Initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "?"
}

// Whose returns the owner's form of a name: "Bev’s", "Carlos’s".
func Whose(name string) string { return Say("name.whose", "Name", name) }

// Sentence returns text with its first letter as a capital.
func Sentence(text string) string {
	for i, r := range text {
		return string(unicode.ToUpper(r)) + text[i+len(string(r)):]
	}
	return text
}

// Size says how long something is, in the unit that people know.
func Size(bytes uint64) string {
	switch {
	case bytes >= 1_000_000_000:
		return Say("size.gb", "N", strings.TrimSuffix(strconv.FormatFloat(float64(bytes)/1_000_000_000, 'f', 1, 64), ".0"))
	case bytes >= 10_000_000:
		return Say("size.mb", "N", strconv.FormatUint((bytes+500_000)/1_000_000, 10))
	case bytes >= 1_000_000:
		return Say("size.mb", "N", strconv.FormatFloat(float64(bytes)/1_000_000, 'f', 1, 64))
	}
	return Say("size.kb", "N", strconv.FormatUint((bytes+999)/1_000, 10))
}
