// Package arch holds the floor plan of Kith: which packages there are, and whom each may import. Its test reads every Go
// file of the tree and fails when the tree and the plan differ. It never builds, runs or changes what it reads.
package arch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is our own name in import paths.
const module = "kith/"

// maxMain is how many lines the file with func main may have: main hands the world over and exits.
const maxMain = 100

// Imports and calls that would let the world into a pure room. The same ops must give the same View everywhere.
var (
	worldly = []string{"os", "net", "crypto/rand", "math/rand", "syscall", "io/ioutil", "testing", "unsafe", "runtime/debug", "go.etcd.io/bbolt", "github.com/libp2p", "golang.org/x/sys", "fyne.io"}
	clocks  = []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep", "Local"}
)

const (
	fyne    = "fyne.io"
	fyneApp = "fyne.io/fyne/v2/app"
)

// Check reads every Go file below root and returns what does not follow the plan, one sentence each, sorted.
func Check(root fs.FS, plan []Room) ([]string, error) {
	c := checker{plan: map[string]Room{}, documented: map[string]bool{}}
	for _, r := range plan {
		c.plan[r.Path] = r
	}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := d.Name(); d.IsDir() {
			if p != "." && (name == "testdata" || strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")) {
				return fs.SkipDir
			}
			return nil
		}
		if path.Ext(p) != ".go" {
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		return c.file(p, src)
	})
	if err != nil {
		return nil, err
	}
	for dir, ok := range c.documented {
		if !ok {
			c.say(dir, "has no package doc that says what it holds")
		}
	}
	slices.Sort(c.found)
	return slices.Compact(c.found), nil
}

type checker struct {
	plan       map[string]Room
	documented map[string]bool // by folder
	found      []string
}

func (c *checker) say(where, format string, args ...any) {
	c.found = append(c.found, where+" "+fmt.Sprintf(format, args...))
}

func (c *checker) file(p string, src []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir, test := path.Dir(p), strings.HasSuffix(p, "_test.go")
	room, planned := c.plan[dir]
	if !planned {
		c.say(dir, "is not in the floor plan")
		return nil
	}
	c.documented[dir] = c.documented[dir] || documents(f)
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", p, spec.Path.Value, err)
		}
		c.arrow(p, dir, room, to, test)
	}
	if room.Pure && !test {
		c.clock(p, f)
	}
	if dir == "cmd/kith" && !bytes.HasPrefix(src, []byte("//go:build cgo")) {
		c.say(p, "does not begin with //go:build cgo")
	}
	if lines := bytes.Count(src, []byte("\n")); f.Name.Name == "main" && hasMain(f) && lines >= maxMain {
		c.say(p, "has %d lines; a main has under %d", lines, maxMain)
	}
	return nil
}

// arrow looks at one import. Tests may reach for anything in their own third of the house, and only they for app/uitest.
func (c *checker) arrow(p, dir string, room Room, to string, test bool) {
	if to == fyneApp && dir != "cmd/kith" {
		c.say(p, "imports %s; only cmd/kith may", to)
	} else if under(to, fyne) && !room.Fyne {
		c.say(p, "imports %s; this room does not draw", to)
	}
	if room.Pure && !test && slices.ContainsFunc(worldly, func(w string) bool { return under(to, w) }) {
		c.say(p, "imports %s; this room is pure", to)
	}
	ours, ok := strings.CutPrefix(to, module)
	if !ok {
		return
	}
	if ours == "app/uitest" && !test && dir != ours {
		c.say(p, "imports %s outside a test", ours)
	}
	if test && (ours == dir || third(ours) == third(dir)) {
		return
	}
	if !slices.ContainsFunc(room.May, func(may string) bool { return matches(ours, may) }) {
		c.say(p, "imports %s; the arrow points the other way or nowhere", ours)
	}
}

// clock finds the calls that ask what time it is.
func (c *checker) clock(p string, f *ast.File) {
	name := ""
	for _, spec := range f.Imports {
		if spec.Path.Value == `"time"` {
			if name = "time"; spec.Name != nil {
				name = spec.Name.Name
			}
		}
	}
	if name == "." {
		c.say(p, "imports time without its name; this room is pure")
	}
	if name == "" {
		return
	}
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && x.Name == name && slices.Contains(clocks, sel.Sel.Name) {
			c.say(p, "uses time.%s; time is handed in", sel.Sel.Name)
		}
		return true
	})
}

// documents reports whether a file carries the package's doc: "Package x ..." or, for a command, any first sentence.
func documents(f *ast.File) bool {
	if f.Doc == nil {
		return false
	}
	text := strings.TrimSpace(f.Doc.Text())
	if f.Name.Name == "main" {
		return text != ""
	}
	return strings.HasPrefix(text, "Package "+strings.TrimSuffix(f.Name.Name, "_test")+" ")
}

func hasMain(f *ast.File) bool {
	return slices.ContainsFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && fn.Name.Name == "main"
	})
}

// under reports whether to is root or below it.
func under(to, root string) bool { return to == root || strings.HasPrefix(to, root+"/") }

// matches reports whether a folder is what a line of the plan names.
func matches(ours, may string) bool {
	if root, all := strings.CutSuffix(may, "/..."); all {
		return under(ours, root)
	}
	return ours == may
}

// third is the first part of a path: cmd, app, store, network or assets.
func third(p string) string {
	first, _, _ := strings.Cut(p, "/")
	return first
}
