package present

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// TestEveryReasonHasItsSentence reads the constants of FileWhy from the source, so that none can be forgotten.
func TestEveryReasonHasItsSentence(t *testing.T) {
	f, err := parser.ParseFile(token.NewFileSet(), "file.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	ast.Inspect(f, func(node ast.Node) bool {
		v, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := v.Type.(*ast.Ident); !ok || id.Name != "FileWhy" {
			return true
		}
		n++
		why := FileWhy(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`))
		if s := (FileNote{Line: 3, Why: why, What: "X", Times: 2}).Text(); strings.Contains(s, "[") || !strings.HasSuffix(s, "This comes 2 times.") {
			t.Errorf("%s says %q", why, s)
		}
		return true
	})
	if n < 25 {
		t.Errorf("only %d reasons found in file.go", n)
	}
}

func TestFileNotes(t *testing.T) {
	var f FileNotes
	f.Add(9, FileUnknown, "X-ONE")
	f.Add(4, FileAlarm, "")
	f.Add(2, FileUnknown, "X-ONE")
	got := f.Sorted()
	want := []FileNote{{2, FileUnknown, "X-ONE", 2}, {4, FileAlarm, "", 1}}
	if len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("Sorted() = %v, want %v", got, want)
	}
	var many FileNotes
	for i := range maxFileNotes + 5 {
		many.Add(i+1, FileUnknown, strings.Repeat("y", i%60)+string(rune('A'+i/60)))
	}
	all := many.Sorted()
	if last := all[len(all)-1]; len(all) != maxFileNotes+1 || last.Why != FileNotesMany || last.Times != 5 || last.Line != maxFileNotes+1 {
		t.Errorf("%d notes, the last %v", len(all), last)
	}
}

func TestFileWhatFitsASentence(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb\x00c": "a b c", strings.Repeat("é", 60): strings.Repeat("é", 60), strings.Repeat("é", 61): strings.Repeat("é", 60) + "…",
		"\u202eevil\xff": "evil",
	} {
		if got := FileWhat(in); got != want {
			t.Errorf("FileWhat(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestInitials(t *testing.T) {
	names := []string{"Mia Jones", "Tom", "Siân", "O’Brien"}
	for in, want := range map[string]string{
		"Mia at Tom's": "M at T's", "MIA jones, tomorrow": "M J, tomorrow", "Siân’s tea": "S’s tea", "Family O’Brien": "Family O’B",
		"Nothing here": "Nothing here", "": "", "(Mia)": "(M)",
	} {
		if got := Initials(in, names); got != want {
			t.Errorf("Initials(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestLevels(t *testing.T) {
	for l := range Level(6) {
		if l.Valid() != (l >= 1 && l <= 4) || l.Valid() && strings.HasPrefix(l.Said(), "[") {
			t.Errorf("level %d: valid %v, said %q", l, l.Valid(), l.Said())
		}
	}
}

func TestIsAddress(t *testing.T) {
	for s, want := range map[string]bool{
		"12 High Street": true, "14a Beech Lane, Leeds": true, "ls6 1ab": true, "SW1A 1AA": true, "3 St. John’s Wood Road": true,
		"Town hall": false, "2 pm at the park": false, "B2 3pm": false, "Room 12": false, "KS2 tests": false, "5 children on the road": false, "7 The Crescent": true,
		"The long way home": false, "8 o’clock at Bev’s": false,
	} {
		if got := IsAddress(s); got != want {
			t.Errorf("IsAddress(%q) = %v, want %v", s, got, want)
		}
	}
}
