package table

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"kith/app/paper/line"
	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/when"
)

// Term is a stretch of school days or of holidays, from its first day to its last.
type Term struct {
	Name        string
	First, Last when.Date
}

// headings are what columns are called, in lower case.
var headings = [3][]string{
	{"name", "term", "title", "event", "description", "holiday", "summary", "subject", "what"},
	{"first day", "first", "start", "start date", "starts", "from", "begins", "opens", "date", "day", "dtstart"},
	{"last day", "last", "end", "end date", "ends", "to", "until", "closes", "finish", "dtend"},
}

// Terms reads term dates: a table with headings for the name, the first day and, where there is one, the last. Without
// headings the columns are taken in that order. It returns what Read does.
func Terms(r io.Reader) ([]Term, []present.FileNote, error) {
	rows, said, err := Read(r)
	if err != nil {
		return nil, nil, err
	}
	var notes present.FileNotes
	columns := [3]int{0, 1, 2}
	if _, ok := dateIn(rows[0], 1); !ok { // not a row of dates: headings
		found := [3]int{-1, -1, -1}
		for i, cell := range rows[0].Cells {
			for j, names := range headings {
				if found[j] < 0 && slices.Contains(names, strings.ToLower(strings.TrimSpace(cell))) {
					found[j] = i
				}
			}
		}
		if found[0] < 0 || found[1] < 0 {
			notes.Add(rows[0].Line, present.FileHeadingsOdd, "")
		} else {
			columns = found
		}
		rows = rows[1:]
	}
	var out []Term
	for _, row := range rows {
		t := Term{Name: cell(row, columns[0])}
		t.Name, _ = line.Clean(t.Name, false, act.MaxTitle)
		first, ok := dateIn(row, columns[1])
		if !ok || t.Name == "" {
			notes.Add(row.Line, present.FileRowOdd, strings.Join(row.Cells, " "))
			continue
		}
		t.First, t.Last = first, first
		if s := cell(row, columns[2]); s != "" {
			if t.Last, ok = Day(s); !ok {
				notes.Add(row.Line, present.FileBadDate, s)
				t.Last = first
			}
		}
		switch days := t.First.Days(t.Last); {
		case days < 0:
			notes.Add(row.Line, present.FileEndFirst, t.Name)
			t.Last = t.First
		case days >= when.MaxDays:
			notes.Add(row.Line, present.FileTooLong, t.Name)
			t.Last = t.First.Plus(when.MaxDays - 1)
		}
		out = append(out, t)
	}
	all := append(said, notes.Sorted()...)
	slices.SortStableFunc(all, func(a, b present.FileNote) int { return a.Line - b.Line })
	return out, all, nil
}

func cell(r Row, i int) string {
	if i < 0 || i >= len(r.Cells) {
		return ""
	}
	return r.Cells[i]
}

func dateIn(r Row, i int) (when.Date, bool) { return Day(cell(r, i)) }

var months = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// Day reads a day as schools write it: 2026-09-07, 7/9/2026, 07.09.26, "Monday 7th September 2026". The day stands before
// the month, as in Britain.
func Day(s string) (when.Date, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if d, err := when.ParseDate(s); err == nil {
		return d, true
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" /.-,", r) })
	if len(parts) == 4 { // the weekday first
		parts = parts[1:]
	}
	if len(parts) != 3 {
		return when.Date{}, false
	}
	for _, end := range []string{"st", "nd", "rd", "th"} {
		parts[0] = strings.TrimSuffix(parts[0], end)
	}
	day, err := strconv.Atoi(parts[0])
	year, err2 := strconv.Atoi(parts[2])
	month, err3 := strconv.Atoi(parts[1])
	if err3 != nil && len(parts[1]) >= 3 {
		month = slices.Index(months[:], parts[1][:3]) + 1
		err3 = nil
	}
	if err != nil || err2 != nil || err3 != nil || len(parts[2]) != 2 && len(parts[2]) != 4 {
		return when.Date{}, false
	}
	if len(parts[2]) == 2 {
		year += 2000
	}
	d := when.Date{Year: year, Month: month, Day: day}
	return d, d.Valid()
}
