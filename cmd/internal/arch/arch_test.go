package arch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

func TestTheTreeFollowsThePlan(t *testing.T) {
	found, err := Check(os.DirFS(root), Plan)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

// Every room that exists stands in docs/ARCHITECTURE.md too.
func TestTheMapNamesEveryRoom(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Plan {
		files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(r.Path), "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		if len(files) > 0 && !strings.Contains(string(page), "`"+r.Path+"`") {
			t.Errorf("docs/ARCHITECTURE.md does not name `%s`", r.Path)
		}
	}
}

func TestThePlanNamesEachRoomOnce(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Plan {
		if seen[r.Path] {
			t.Errorf("%s stands in the plan twice", r.Path)
		}
		seen[r.Path] = true
	}
}

// Each violation is planted in a small tree of its own, beside a clean room, and must be the only thing that is found.
func TestPlantedViolations(t *testing.T) {
	doc := func(name, imports, body string) string {
		s := "// Package " + name + " holds nothing. It never touches anything.\npackage " + name + "\n"
		if imports != "" {
			s += "import " + imports + "\n"
		}
		return s + body
	}
	use := func(pkg string) string { return `_ "` + pkg + `"` }
	cgo := "//go:build cgo\n\n// Kith opens the window.\npackage main\n"
	for _, c := range []struct {
		name, file, src, want string
	}{
		{"a clean tree", "store/op/op.go", doc("op", use("kith/store/kp1"), ""), ""},
		{"store reaches for app", "store/op/op.go", doc("op", use("kith/app/present"), ""), "store/op/op.go imports app/present"},
		{"store reaches for network", "store/ledger.go", doc("store", use("kith/network"), ""), "store/ledger.go imports network"},
		{"network reaches for store", "network/node.go", doc("network", use("kith/store/kp1"), ""), "network/node.go imports store/kp1"},
		{"network reaches for app", "network/node.go", doc("network", use("kith/app"), ""), "network/node.go imports app"},
		{"app reaches for the ledger", "app/shell.go", doc("app", use("kith/store"), ""), "app/shell.go imports store"},
		{"app reaches for the network", "app/shell.go", doc("app", use("kith/network"), ""), "app/shell.go imports network"},
		{"app reaches for cmd", "app/shell.go", doc("app", use("kith/cmd/internal/peer"), ""), "app/shell.go imports cmd/internal/peer"},
		{"a noun reaches for its neighbour", "store/care/thread/thread.go", doc("thread", use("kith/store/care/people"), ""), "imports store/care/people"},
		{"a pure neighbour reaches across", "store/group/log.go", doc("group", use("kith/store/op"), ""), "imports store/op"},
		{"the alphabet reaches for a word", "store/kp1/id.go", doc("kp1", use("kith/store/op"), ""), "imports store/op"},
		{"the kit knows the domain", "app/kit/button.go", doc("kit", use("kith/store/care"), ""), "imports store/care"},
		{"a test reaches across too", "network/node_test.go", doc("network", use("kith/store"), ""), "network/node_test.go imports store"},
		{"a test reaches inside its own third", "store/op/op_test.go", doc("op", use("kith/store/keyring"), ""), ""},
		{"the harness outside a test", "app/shell.go", doc("app", use("kith/app/uitest"), ""), "outside a test"},
		{"the harness inside a test", "app/shell_test.go", doc("app", use("kith/app/uitest"), ""), ""},
		{"an unplanned package", "store/util/util.go", doc("util", "", ""), "store/util is not in the floor plan"},
		{"an unplanned top", "pkg/pkg.go", doc("pkg", "", ""), "pkg is not in the floor plan"},
		{"no doc", "store/op/op.go", "package op\n", "store/op has no package doc"},
		{"a doc that does not name it", "store/op/op.go", "// op ops.\npackage op\n", "store/op has no package doc"},
		{"a pure room with a disk", "store/care/fold.go", doc("care", use("os"), ""), "imports os; this room is pure"},
		{"a pure room with a deeper disk", "store/care/fold.go", doc("care", use("os/exec"), ""), "imports os/exec; this room is pure"},
		{"a pure room with a network", "store/group/log.go", doc("group", use("net"), ""), "imports net; this room is pure"},
		{"a pure room with chance", "store/care/when/when.go", doc("when", use("crypto/rand"), ""), "imports crypto/rand; this room is pure"},
		{"a pure room with other chance", "network/reconcile/set.go", doc("reconcile", use("math/rand/v2"), ""), "imports math/rand/v2; this room is pure"},
		{"a pure room that draws", "store/care/fold.go", doc("care", use("fyne.io/fyne/v2"), ""), "this room"},
		{"a pure room with a clock", "store/care/fold.go", doc("care", `"time"`, "var T = time.Now()"), "uses time.Now"},
		{"a pure room with a renamed clock", "store/care/fold.go", doc("care", `t "time"`, "var N = t.Now"), "uses time.Now"},
		{"a pure room with a nameless clock", "store/care/fold.go", doc("care", `. "time"`, "var N = Now()"), "imports time without its name"},
		{"a pure room with the zone of this machine", "store/care/fold.go", doc("care", `"time"`, "var Z = time.Local"), "uses time.Local"},
		{"a pure room that knows dates", "store/care/fold.go", doc("care", `"time"`, "var D = time.Hour"), ""},
		{"a pure room's test with a disk", "store/care/fold_test.go", doc("care", use("os"), ""), ""},
		{"a room without Fyne that draws", "app/present/present.go", doc("present", use("fyne.io/fyne/v2/theme"), ""), "this room does not draw"},
		{"kithctl that draws", "cmd/kithctl/main.go", "// Kithctl.\npackage main\nimport _ \"fyne.io/fyne/v2\"\n", "this room does not draw"},
		{"fyne/v2/app outside cmd/kith", "app/shell.go", doc("app", use("fyne.io/fyne/v2/app"), ""), "only cmd/kith may"},
		{"fyne/v2/app in a test", "app/shell_test.go", doc("app", use("fyne.io/fyne/v2/app"), ""), "only cmd/kith may"},
		{"fyne/v2/app in cmd/kith", "cmd/kith/main.go", cgo + "import _ \"fyne.io/fyne/v2/app\"\n", ""},
		{"cmd/kith without its build line", "cmd/kith/main.go", "// Kith.\npackage main\n", "does not begin with //go:build cgo"},
		{"a main of 99 lines", "cmd/kithctl/main.go", "// Kithctl.\npackage main\nfunc main() {\n" + strings.Repeat("\n", 95) + "}\n", ""},
		{"a main of 100 lines", "cmd/kithctl/main.go", "// Kithctl.\npackage main\nfunc main() {\n" + strings.Repeat("\n", 96) + "}\n", "has 100 lines"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, "store/kp1/doc.go", doc("kp1", "", ""))
			plant(t, dir, "docs/notes.md", "not Go")
			plant(t, dir, "store/kp1/testdata/broken.go", "not Go either")
			plant(t, dir, c.file, c.src)
			if strings.HasSuffix(c.file, "_test.go") {
				plant(t, dir, filepath.Dir(c.file)+"/doc.go", c.src[:strings.Index(c.src, "import")])
			}
			found, err := Check(os.DirFS(dir), Plan)
			if err != nil {
				t.Fatal(err)
			}
			if c.want == "" {
				if len(found) > 0 {
					t.Errorf("Check found %q, want nothing", found)
				}
				return
			}
			if !slices.ContainsFunc(found, func(f string) bool { return strings.Contains(f, c.want) }) {
				t.Errorf("Check found %q, want something with %q", found, c.want)
			}
			for _, f := range found {
				if !strings.HasPrefix(f, c.file) && !strings.HasPrefix(f, filepath.ToSlash(filepath.Dir(c.file))+" ") {
					t.Errorf("Check found %q in a room that is clean", f)
				}
			}
		})
	}
}

func plant(t *testing.T, dir, name, src string) {
	t.Helper()
	p := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
}
