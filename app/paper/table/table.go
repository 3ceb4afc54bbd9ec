// Package table reads and writes tables as text (.csv): school term dates in, lists out. What it writes no spreadsheet
// takes for a formula. It never touches disk, network, clock or chance.
package table

import (
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"

	"kith/app/paper/line"
	"kith/app/present"
)

// Limits of what is read. What is over them is passed over and noted.
const (
	MaxRows  = 20_000
	MaxCells = 64      // of one row
	MaxCell  = 4 << 10 // bytes
)

// Row is one row and the line that it begins on.
type Row struct {
	Line  int
	Cells []string
}

// Read reads a table with commas, semicolons or tabs between its cells, in UTF-8, UTF-16 or the letters of old Windows.
// The sign that keeps spreadsheets from calculating goes. It returns line.ErrBig, or line.ErrKind for a file without rows.
func Read(r io.Reader) ([]Row, []present.FileNote, error) {
	b, err := line.Load(r)
	if err != nil {
		return nil, nil, err
	}
	text, odd := line.Letters(string(b))
	var notes present.FileNotes
	if odd {
		notes.Add(1, present.FileLetters, "")
	}
	if !strings.Contains(text, "\n") { // the end of line that old computers wrote
		text = strings.ReplaceAll(text, "\r", "\n")
	}
	first, _, _ := strings.Cut(text, "\n")
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.LazyQuotes, c.FieldsPerRecord, c.ReuseRecord = separator(first), true, -1, true
	var rows []Row
	for {
		cells, err := c.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var wrong *csv.ParseError
		if errors.As(err, &wrong) {
			notes.Add(wrong.Line, present.FileRowOdd, "")
			continue
		}
		if err != nil {
			return nil, nil, line.ErrKind
		}
		at, _ := c.FieldPos(0)
		if len(rows) >= MaxRows {
			notes.Add(at, present.FileMany, strconv.Itoa(MaxRows))
			break
		}
		if row := tidy(cells, at, &notes); len(row.Cells) > 0 {
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		return nil, nil, line.ErrKind
	}
	return rows, notes.Sorted(), nil
}

// tidy makes words of cells, and nothing of a row without any.
func tidy(cells []string, at int, notes *present.FileNotes) Row {
	if len(cells) > MaxCells {
		notes.Add(at, present.FileMany, strconv.Itoa(MaxCells))
		cells = cells[:MaxCells]
	}
	row, empty := Row{Line: at}, true
	for _, s := range cells {
		s, cut := line.Clean(s, true, MaxCell)
		if cut {
			notes.Add(at, present.FileCut, s)
		}
		s = unguarded(s)
		row.Cells = append(row.Cells, s)
		empty = empty && s == ""
	}
	if empty {
		return Row{}
	}
	return row
}

// separator is the sign of which the first row has most, outside quotes.
func separator(first string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range first {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}

// Write returns the table as a file that every spreadsheet opens: with a mark that it is UTF-8, CR LF at the ends of
// lines, and an apostrophe before what would else be calculated.
func Write(rows [][]string) []byte {
	var b strings.Builder
	b.WriteString("\ufeff")
	for _, cells := range rows {
		for i, s := range cells {
			if i > 0 {
				b.WriteByte(',')
			}
			s, _ = line.Clean(s, true, MaxCell-1)
			b.WriteString(quoted(guarded(s)))
		}
		b.WriteString("\r\n")
	}
	return []byte(b.String())
}

// quoted puts a cell in quotes that any reader could part or cut, whatever it takes for the sign between cells.
func quoted(s string) string {
	if !strings.ContainsAny(s, ",;\t\"\n") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

// formula reports whether a spreadsheet would calculate s, with apostrophes before it or not: what begins with a sign,
// in the wide form too that is typed in the East.
func formula(s string) bool {
	s = strings.TrimLeft(s, "'")
	for _, sign := range []string{"=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "\uff1d", "\uff0b", "\uff0d", "\uff20"} {
		if strings.HasPrefix(s, sign) {
			return true
		}
	}
	return false
}

func guarded(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

// unguarded undoes guarded.
func unguarded(s string) string {
	if strings.HasPrefix(s, "'") && formula(s) {
		return s[1:]
	}
	return s
}
