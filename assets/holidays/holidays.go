// Package holidays holds the bank holidays of the nations of the United Kingdom, with where and when they were taken from.
// They are part of the program: nothing is asked for over the network. It never touches a clock, the network or a file
// outside the program.
package holidays

import (
	_ "embed"
	"encoding/json"
	"slices"
	"sync"
)

//go:embed holidays.json
var file []byte

// A Nation has bank holidays of its own.
type Nation string

// The nations. England and Wales have the same.
const (
	EnglandAndWales Nation = "england-and-wales"
	Scotland        Nation = "scotland"
	NorthernIreland Nation = "northern-ireland"
)

// Nations lists them.
func Nations() []Nation { return []Nation{EnglandAndWales, Scotland, NorthernIreland} }

// A Day is one bank holiday. Substitute is set where the day itself is at a weekend, and this is the day off for it.
type Day struct {
	Nation     Nation `json:"nation"`
	Day        string `json:"day"` // "2026-12-28"
	Name       string `json:"name"`
	Substitute bool   `json:"substitute"`
}

// Book is what is known: the days, where they come from, when that page was last changed, when it was last looked at, and
// the day up to which they are known.
type Book struct {
	Source  string `json:"source"`
	Updated string `json:"updated"`
	Checked string `json:"checked"`
	Until   string `json:"until"`
	Days    []Day  `json:"days"`
}

// All returns everything that is known. The days are sorted by nation and day; the slice is the caller's own.
func All() Book {
	b := all()
	b.Days = slices.Clone(b.Days)
	return b
}

// Of returns the bank holidays of one nation from the day from to the day to, both included and both as "2026-12-28". ok
// is false when they are not known up to there: then there may be more.
func Of(n Nation, from, to string) (days []Day, ok bool) {
	b := all()
	for _, d := range b.Days {
		if d.Nation == n && d.Day >= from && d.Day <= to {
			days = append(days, d)
		}
	}
	return days, to <= b.Until && from >= first(b)
}

// first is the first day of the first year that is known.
func first(b Book) string { return b.Days[0].Day[:4] + "-01-01" }

var all = sync.OnceValue(func() Book {
	var b Book
	if err := json.Unmarshal(file, &b); err != nil {
		panic(err) // the file is part of the program, and the tests read it
	}
	return b
})
