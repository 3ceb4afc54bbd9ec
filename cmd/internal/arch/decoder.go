package arch

import (
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

// decoding are the names of functions that make sense of bytes from outside. Exported ones count by all of them, the
// others by the first two: what a person types or a disk holds is read by other names too.
var decoding = []string{"Decode", "Parse", "Unmarshal", "Read"}

// name is a function of a room: a method goes by its own name, whatever it is a method of.
type name struct{ dir, fn string }

// Unfuzzed reads the Go files below these rooms and returns the decoders that no fuzz target of theirs reaches, sorted.
// A function reaches another if it names it. That is generous: it finds the decoder nobody thought of, and does not
// prove that a target feeds one well.
func Unfuzzed(root fs.FS, rooms ...string) ([]string, error) {
	g := names{calls: map[name][]name{}}
	for _, room := range rooms {
		err := fs.WalkDir(root, room, func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case d.IsDir() && d.Name() == "testdata":
				return fs.SkipDir
			case path.Ext(p) != ".go":
				return nil
			}
			src, err := fs.ReadFile(root, p)
			if err != nil {
				return err
			}
			return g.file(p, src)
		})
		if err != nil {
			return nil, err
		}
	}
	reached := map[name]bool{}
	for len(g.targets) > 0 {
		n := g.targets[len(g.targets)-1]
		g.targets = g.targets[:len(g.targets)-1]
		if !reached[n] {
			reached[n] = true
			g.targets = append(g.targets, g.calls[n]...)
		}
	}
	var out []string
	for _, d := range g.decoders {
		if !reached[d] {
			out = append(out, fmt.Sprintf("%s: %s has no fuzz target", d.dir, d.fn))
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// names are the functions of some rooms.
type names struct {
	calls    map[name][]name
	decoders []name
	targets  []name
}

func (g *names) file(p string, src []byte) error {
	f, err := parser.ParseFile(token.NewFileSet(), p, src, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir, test := path.Dir(p), strings.HasSuffix(p, "_test.go")
	from := map[string]string{} // the folder of a package of ours, by the name it has here
	for _, spec := range f.Imports {
		to, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: import %s: %w", p, spec.Path.Value, err)
		}
		if ours, ok := strings.CutPrefix(to, module); ok {
			from[path.Base(ours)] = ours
			if spec.Name != nil {
				from[spec.Name.Name] = ours
			}
		}
	}
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		n := name{dir, fn.Name.Name}
		switch {
		case test && strings.HasPrefix(n.fn, "Fuzz"):
			g.targets = append(g.targets, n)
		case !test && decodes(fn):
			g.decoders = append(g.decoders, n)
		}
		ast.Inspect(fn.Body, func(x ast.Node) bool {
			switch x := x.(type) {
			case *ast.SelectorExpr:
				if pkg, ok := x.X.(*ast.Ident); ok && from[pkg.Name] != "" {
					g.calls[n] = append(g.calls[n], name{from[pkg.Name], x.Sel.Name})
				}
			case *ast.Ident:
				g.calls[n] = append(g.calls[n], name{dir, x.Name})
			}
			return true
		})
	}
	return nil
}

// decodes reports whether a function is a decoder: by its name, by taking bytes or text, and by refusing some.
func decodes(fn *ast.FuncDecl) bool {
	begins := decoding
	s := fn.Name.Name
	if !fn.Name.IsExported() {
		begins, s = begins[:2], strings.ToUpper(s[:1])+s[1:]
	}
	if s == "Read" || !slices.ContainsFunc(begins, func(b string) bool { return strings.HasPrefix(s, b) }) { // Read is an io.Reader's
		return false
	}
	refuses := fn.Type.Results != nil && slices.ContainsFunc(fn.Type.Results.List, func(r *ast.Field) bool {
		t, ok := r.Type.(*ast.Ident)
		return ok && t.Name == "error"
	})
	return refuses && slices.ContainsFunc(fn.Type.Params.List, func(p *ast.Field) bool {
		switch t := p.Type.(type) {
		case *ast.Ident:
			return t.Name == "string"
		case *ast.ArrayType:
			el, ok := t.Elt.(*ast.Ident)
			return ok && t.Len == nil && el.Name == "byte"
		}
		return false
	})
}
