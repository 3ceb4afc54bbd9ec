package present

import (
	"regexp"
	"slices"
	"strings"
)

var (
	// postcode is one of the United Kingdom. The letters that its second half never has keep "2 pm" out.
	postcode = regexp.MustCompile(`(?i)\b[a-z]{1,2}[0-9][a-z0-9]? ?[0-9][abd-hjlnp-uw-z]{2}\b`)
	street   = regexp.MustCompile(`(?i)\b[0-9]{1,4}[a-z]?,? +((?:[\p{L}'’.-]+ +){1,3})(?:road|rd|street|st|lane|avenue|ave|close|drive|way|terrace|crescent|gardens|grove|court|place|row|mews|park|square|walk|hill|rise)\b`)
)

// IsAddress reports whether words read like the address of a house: a postcode, or a number and a street. It is a net
// under what is printed and written to files, where no address belongs, and no more: one written in another way passes.
func IsAddress(s string) bool {
	if postcode.MatchString(s) {
		return true
	}
	for _, m := range street.FindAllStringSubmatch(s, -1) {
		if !slices.ContainsFunc(strings.Fields(strings.ToLower(m[1])), func(w string) bool { return betweenWords[w] }) {
			return true
		}
	}
	return false
}

// betweenWords stand after a number and before "park" or "road" in sentences, and in no name of a street.
var betweenWords = map[string]bool{
	"am": true, "pm": true, "a.m.": true, "p.m.": true, "o’clock": true, "o'clock": true, "at": true, "in": true, "on": true,
	"to": true, "from": true, "by": true, "for": true, "and": true, "is": true, "are": true, "a": true, "go": true,
}
