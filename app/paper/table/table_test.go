package table

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kith/app/paper/line"
	"kith/app/present"
)

func TestTerms(t *testing.T) {
	want := []string{"Autumn 2026-09-07 2026-10-23", "Half term 2026-10-26 2026-10-30"}
	for name, in := range map[string]string{
		"with headings":      "Term,First day,Last day\nAutumn,07/09/2026,23/10/2026\nHalf term,26/10/2026,30/10/2026\n",
		"other order":        "\ufeffStart Date;End Date;Notes;Event\r\n2026-09-07;2026-10-23;;Autumn\r\n2026-10-26;2026-10-30;x;Half term\r\n",
		"in words":           "Autumn\tMonday 7th September 2026\tFriday 23 October 2026\nHalf term\t26 Oct 2026\t30.10.26\n",
		"without headings":   "Autumn,7/9/26,23/10/26\nHalf term,26/10/26,30/10/26",
		"returns alone":      "Autumn,7/9/26,23/10/26\rHalf term,26/10/26,30/10/26\r",
		"quoted, empty rows": "\"Name\",\"From\",\"To\"\n,,\n\"Autumn\",\"7/9/2026\",\"23/10/2026\"\n\n\"Half term\",\"26/10/2026\",\"30/10/2026\"",
	} {
		got, notes, err := Terms(strings.NewReader(in))
		var said []string
		for _, x := range got {
			said = append(said, fmt.Sprint(x.Name, " ", x.First, " ", x.Last))
		}
		if err != nil || !slices.Equal(said, want) || len(notes) > 0 {
			t.Errorf("%s: %q, %v, %v, want %q", name, said, notes, err, want)
		}
	}
	for name, c := range map[string]struct {
		in    string
		terms int
		why   present.FileWhy
		line  int
	}{
		"no such day":     {"Term,From,To\nAutumn,31/9/2026,1/10/2026\nSpring,4/1/2027,12/2/2027", 1, present.FileRowOdd, 2},
		"no last day":     {"Autumn,7/9/2026,never", 1, present.FileBadDate, 1},
		"ends first":      {"Autumn,7/9/2026,6/9/2026", 1, present.FileEndFirst, 1},
		"two years":       {"Autumn,7/9/2026,6/9/2028", 1, present.FileTooLong, 1},
		"odd headings":    {"a,b,c\nAutumn,7/9/2026,23/10/2026", 1, present.FileHeadingsOdd, 1},
		"no name":         {"Term,From,To\n,7/9/2026,", 0, present.FileRowOdd, 2},
		"old letters":     {"T\xe9rm,7/9/2026,8/9/2026", 1, present.FileLetters, 1},
		"american months": {"Term,From\nAutumn,9/17/2026", 0, present.FileRowOdd, 2},
	} {
		got, notes, err := Terms(strings.NewReader(c.in))
		if err != nil || len(got) != c.terms || len(notes) != 1 || notes[0].Why != c.why || notes[0].Line != c.line {
			t.Errorf("%s: %v, %v, %v", name, got, notes, err)
		}
	}
	for _, in := range []string{"", "\n\n", ",,\n"} {
		if _, _, err := Terms(strings.NewReader(in)); !errors.Is(err, line.ErrKind) {
			t.Errorf("Terms(%q): %v, want ErrKind", in, err)
		}
	}
}

func TestLimits(t *testing.T) {
	for over := range 2 {
		for name, in := range map[string]string{
			"rows":  strings.Repeat("a,b\n", MaxRows+over),
			"cells": "a" + strings.Repeat(",a", MaxCells-1+over),
			"bytes": strings.Repeat("a", MaxCell+over),
		} {
			rows, notes, err := Read(strings.NewReader(in))
			if err != nil || len(rows) > MaxRows || len(rows[0].Cells) > MaxCells || len(rows[0].Cells[0]) > MaxCell || len(notes) != over {
				t.Errorf("%s, %d over the limit: %d rows, notes %v, %v", name, over, len(rows), notes, err)
			}
		}
	}
	if _, _, err := Read(bytes.NewReader(make([]byte, line.MaxFile+1))); !errors.Is(err, line.ErrBig) {
		t.Errorf("a file over the limit: %v", err)
	}
}

func TestNothingIsCalculated(t *testing.T) {
	for _, s := range []string{"=1+1", "+44 7700 900322", "-2", "@SUM(A1)", "'=1", "''@x", "＝1", "|x", "%x"} {
		b := Write([][]string{{"a", s}})
		if !strings.HasPrefix(string(b), "\ufeffa,'"+strings.TrimSpace(s)) {
			t.Errorf("%q is written %q", s, b)
		}
	}
	if b := Write([][]string{{"a;b", "c\nd", `e"f`, ";;"}}); string(b) != "\ufeff\"a;b\",\"c\nd\",\"e\"\"f\",\";;\"\r\n" {
		t.Errorf("signs between cells are written %q", b)
	}
	for _, s := range []string{"Tea", "7 pm", "O’Brien", "'tis", "a=b"} {
		if b := Write([][]string{{"a", s}}); string(b) != "\ufeffa,"+s+"\r\n" {
			t.Errorf("%q is written %q", s, b)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows [][]string
		for range rapid.IntRange(1, 5).Draw(t, "rows") {
			row := []string{"x"}
			for range rapid.IntRange(1, 4).Draw(t, "cells") {
				s, _ := line.Clean(rapid.OneOf(rapid.String(), rapid.StringMatching(`['=+@-]{0,3}[a-z,;"]{0,5}`)).Draw(t, "cell"), true, MaxCell-1)
				row = append(row, s)
			}
			rows = append(rows, row)
		}
		again, notes, err := Read(bytes.NewReader(Write(rows)))
		if err != nil || len(notes) > 0 || !slices.EqualFunc(again, rows, func(a Row, b []string) bool { return slices.Equal(a.Cells, b) }) {
			t.Fatalf("%q came back as %v, %v, %v", rows, again, notes, err)
		}
	})
}

func FuzzTerms(f *testing.F) {
	f.Add([]byte("Term,From,To\nAutumn,7/9/2026,23/10/2026"))
	f.Add([]byte("\xff\xfea\x00,\x00\"\x00"))
	f.Add([]byte("a;\"b\n'=c"))
	f.Fuzz(func(t *testing.T, b []byte) {
		terms, _, err := Terms(bytes.NewReader(b))
		for _, x := range terms {
			if err != nil || !x.First.Valid() || !x.Last.Valid() || x.Last.Before(x.First) || x.Name == "" {
				t.Fatalf("term %+v, %v", x, err)
			}
		}
		rows, _, err := Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out [][]string
		for _, r := range rows {
			out = append(out, append([]string{"x"}, r.Cells...))
		}
		again, _, err := Read(bytes.NewReader(Write(out)))
		if err != nil || len(again) != len(out) {
			t.Fatalf("%d rows came back as %d, %v", len(out), len(again), err)
		}
	})
}
