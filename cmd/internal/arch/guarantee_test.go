package arch

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9_]+)\(`)
	quoted   = regexp.MustCompile("`([^`]+)`")
	testName = regexp.MustCompile(`^(Test|Fuzz|Benchmark)[A-Z0-9]`)
	caseName = regexp.MustCompile(`^\| \*{0,2}([A-Z]+[0-9]+)`)
)

// testsOf returns the rooms in which each test of the tree lies.
func testsOf(root fs.FS) (map[string][]string, error) {
	out := map[string][]string{}
	err := fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if n := d.Name(); d.IsDir() && p != "." && (n == "testdata" || strings.HasPrefix(n, ".")) {
			return fs.SkipDir
		}
		if !strings.HasSuffix(p, "_test.go") {
			return nil
		}
		src, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		for _, m := range testFunc.FindAllSubmatch(src, -1) {
			out[string(m[1])] = append(out[string(m[1])], path.Dir(p))
		}
		return nil
	})
	return out, err
}

// misnamed returns the tests that a page names and that are not there. A room in front of a test, on the same line, says
// where it has to be.
func misnamed(page string, tests map[string][]string) (out []string) {
	rooms := map[string]bool{}
	for _, in := range tests {
		for _, r := range in {
			rooms[r] = true
		}
	}
	for k, line := range strings.Split(page, "\n") {
		room := ""
		for _, q := range quoted.FindAllStringSubmatch(line, -1) {
			switch n := q[1]; {
			case rooms[n]:
				room = n
			case !testName.MatchString(n):
			case len(tests[n]) == 0:
				out = append(out, fmt.Sprintf("line %d names %s, and there is no such test", k+1, n))
			case room != "" && !slices.Contains(tests[n], room):
				out = append(out, fmt.Sprintf("line %d names %s of %s, and it is in %v", k+1, n, room, tests[n]))
			}
		}
	}
	return out
}

// TestSpecNamesTestsThatExist holds every page of docs/spec to the tests it names.
func TestSpecNamesTestsThatExist(t *testing.T) {
	tests, err := testsOf(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(root, "docs", "spec", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, p := range pages {
		page, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range misnamed(string(page), tests) {
			t.Errorf("%s: %s", filepath.Base(p), m)
		}
	}
}

// TestEveryGuaranteeHasItsRow holds docs/spec/guarantees.md to its own list: a row for each, with a test or, in so many
// words, without one.
func TestEveryGuaranteeHasItsRow(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "spec", "guarantees.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for _, line := range strings.Split(string(page), "\n") {
		m := caseName.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		if rows[m[1]] != "" {
			t.Errorf("%s stands there twice", m[1])
		}
		rows[m[1]] = line
	}
	for _, c := range []struct {
		kind string
		from int
		to   int
		more []int
	}{
		{"G", 1, 6, nil},
		{"C", 1, 2, nil},
		{"A", 1, 20, nil},
		{"T", 1, 33, []int{36, 37, 38, 39, 40}},
		{"F", 2, 2, []int{3, 4, 6, 7, 8, 10, 14, 15, 16, 17, 18, 19}},
	} {
		want := c.more
		for n := c.from; n <= c.to; n++ {
			want = append(want, n)
		}
		for _, n := range want {
			id := fmt.Sprint(c.kind, n)
			line, ok := rows[id]
			if !ok {
				t.Errorf("no row for %s", id)
				continue
			}
			named := slices.ContainsFunc(quoted.FindAllStringSubmatch(line, -1), func(q []string) bool { return testName.MatchString(q[1]) })
			if !named && !strings.Contains(line, "no test") {
				t.Errorf("the row of %s names no test and does not say so", id)
			}
		}
	}
}

func TestMisnamedTestsAreFound(t *testing.T) {
	tests := map[string][]string{"TestA": {"store"}, "TestB": {"store", "store/group"}}
	for _, c := range []struct{ line, want string }{
		{"`TestA` and `TestB`", ""},
		{"`store`: `TestA`; `store/group`: `TestB`", ""},
		{"`Testify` and `Rekey` are no tests", ""},
		{"`TestC`", "line 1 names TestC, and there is no such test"},
		{"`store/group`: `TestB`, `TestA`", "line 1 names TestA of store/group, and it is in [store]"},
	} {
		if got := strings.Join(misnamed(c.line, tests), "; "); got != c.want {
			t.Errorf("misnamed(%q) = %q, want %q", c.line, got, c.want)
		}
	}
}
