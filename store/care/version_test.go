package care_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kith/store/care"
)

// pins say what each version of a checkpoint stands for: the types of acts, the layout of everything that is read and
// written, and the rules. The newest is this program's.
var pins = map[uint64]string{4: "88dd61a9dda55329", 5: "a93a851fa965c207", 6: "322243371d905e3b", 7: "c348649d3ac338c2", 8: "1ece742904d067a9"}

// TestVersionIsRaised: a program that learns a type, a key or a rule without raising Version would believe a checkpoint in
// which that was kept unread, and go on hiding it.
func TestVersionIsRaised(t *testing.T) {
	got := layout(t, sources(t))
	want, pinned := pins[care.Version]
	switch {
	case !pinned:
		t.Errorf("Version is %d, and nothing says what that stands for. Add to pins: %d: %q", care.Version, care.Version, got)
	case got != want:
		t.Errorf("The types of acts, a layout or a rule are not what they were in version %d: %s, want %s. Raise care.Version "+
			"to %d, so that what an earlier program kept unread is shown, and add to pins: %d: %q",
			care.Version, got, want, care.Version+1, care.Version+1, got)
	}
	for v := range pins {
		if v > care.Version {
			t.Errorf("pins speaks of version %d, and this is %d", v, care.Version)
		}
	}
}

// TestVersionPinSees: what asks for another version changes the pin, and a comment does not.
func TestVersionPinSees(t *testing.T) {
	all := sources(t)
	was := layout(t, all)
	for _, c := range []struct {
		name, file, from, to string
		same                 bool
	}{
		{"a comment", "thread/act.go", "// Type is the op's type.", "// Type is another sentence.", true},
		{"a type", "thread/act.go", "func (New) Type()", "func (Poll) Type() string { return \"thread/poll\" }\nfunc (New) Type()", false},
		{"a type under another name", "people/act.go", `"people/welcome"`, `"people/greet"`, false},
		{"a key in a body", "calendar/code.go", "Answer  uint8      `cbor:\"a,omitempty\"`", "Answer  uint8      `cbor:\"q,omitempty\"`", false},
		{"a field in a checkpoint", "checkpoint.go", "V          uint64          `cbor:\"v\"`", "V          uint64          `cbor:\"v\"`\nW uint64 `cbor:\"w\"`", false},
		{"a rule", "sleepover/code.go", `"E_RULE_BEDS"`, `"E_RULE_BED"`, false},
	} {
		changed := map[string]string{}
		for f, src := range all {
			changed[f] = src
		}
		if !strings.Contains(all[c.file], c.from) {
			t.Fatalf("%s: %s does not say %q any more", c.name, c.file, c.from)
		}
		changed[c.file] = strings.Replace(all[c.file], c.from, c.to, 1)
		if now := layout(t, changed); (now == was) != c.same {
			t.Errorf("%s: the pin changes: %v, want %v", c.name, now != was, !c.same)
		}
	}
}

// sources are the files of this room, without tests.
func sources(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := filepath.WalkDir(".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		out[filepath.ToSlash(path)] = string(b)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// layout is a hash of what asks for a version: every struct that is encoded, every text that names a type or a rule.
func layout(t *testing.T, files map[string]string) string {
	t.Helper()
	fset := token.NewFileSet()
	var lines []string
	for path, src := range files {
		f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		note := func(name string, n ast.Node) {
			var b bytes.Buffer
			if err := printer.Fprint(&b, fset, n); err != nil {
				t.Fatal(err)
			}
			lines = append(lines, f.Name.Name+"."+name+" "+strings.Join(strings.Fields(b.String()), " "))
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.TypeSpec:
				if s, ok := n.Type.(*ast.StructType); ok && encoded(s) {
					note(n.Name.Name, bare(s))
				}
			case *ast.FuncDecl:
				if n.Name.Name == "Type" && n.Recv != nil {
					note("Type", n.Recv.List[0].Type)
					note("Type", n.Body)
				}
			case *ast.ValueSpec:
				for _, name := range n.Names {
					if strings.HasPrefix(name.Name, "type") || strings.HasPrefix(name.Name, "Rule") {
						note(name.Name, n)
					}
				}
			}
			return true
		})
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:8])
}

// encoded says whether a struct stands in ops or in a checkpoint.
func encoded(s *ast.StructType) bool {
	return slices.ContainsFunc(s.Fields.List, func(f *ast.Field) bool { return f.Tag != nil && strings.Contains(f.Tag.Value, "cbor:") })
}

// bare is a struct without its comments.
func bare(s *ast.StructType) *ast.StructType {
	out := &ast.StructType{Fields: &ast.FieldList{}}
	for _, f := range s.Fields.List {
		out.Fields.List = append(out.Fields.List, &ast.Field{Names: f.Names, Type: f.Type, Tag: f.Tag})
	}
	return out
}
