// Package numbers holds the telephone numbers that help in a crisis, with the day each was checked. They are part of the
// program, so they show with no internet, with no home and while everything is locked. It never touches a clock, the
// network or a file outside the program.
package numbers

import (
	_ "embed"
	"encoding/json"
	"sync"
)

//go:embed numbers.json
var file []byte

// A Number is one line that can be rung. Number is grouped as people say it.
type Number struct {
	Name    string `json:"name"`
	Number  string `json:"number"`
	For     string `json:"for"`     // who it is for, or when
	Hours   string `json:"hours"`   // empty: not known
	Free    bool   `json:"free"`    // free to ring
	Checked string `json:"checked"` // the day a public source confirmed it, "2026-11-21"; empty: nobody could check it
}

// KeepMonths is how long a check holds. Older numbers are still shown, with a word of warning.
const KeepMonths = 6

// All returns every number, the most urgent first. The slice is the caller's own.
func All() []Number {
	return append([]Number(nil), all()...)
}

var all = sync.OnceValue(func() []Number {
	var ns []Number
	if err := json.Unmarshal(file, &ns); err != nil {
		panic(err) // the file is part of the program, and the tests read it
	}
	return ns
})
