package present

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kith/store/care"
	"kith/store/kp1"
)

func TestExplainSaysWhatIsSafeAndWhatNext(t *testing.T) {
	for _, code := range Codes() {
		p := ExplainCode(code)
		for part, s := range map[string]string{"what": p.What, "safe": p.Safe, "next": p.Next} {
			if s == "" || strings.HasPrefix(s, "[") || !strings.HasSuffix(s, ".") {
				t.Errorf("ExplainCode(%s) %s = %q, want a sentence", code, part, s)
			}
		}
		if code != "E_UNKNOWN" && p == ExplainCode("E_UNKNOWN") {
			t.Errorf("ExplainCode(%s) says no more than E_UNKNOWN", code)
		}
	}
}

func TestEveryRuleIsExplained(t *testing.T) {
	if len(care.Rules()) < 20 {
		t.Fatalf("only %d rules: %v", len(care.Rules()), care.Rules())
	}
	for _, code := range care.Rules() {
		if !slices.Contains(Codes(), code) {
			t.Errorf("%s has no sentence of its own", code)
		}
	}
}

// TestEveryCodeInTheProgramIsExplained reads the source: a code that a person may meet is never left unexplained.
func TestEveryCodeInTheProgramIsExplained(t *testing.T) {
	form := regexp.MustCompile(`^E_[A-Z0-9]+(_[A-Z0-9]+)*$`)
	known := Codes()
	seen := 0
	for _, root := range []string{"../../store", "../../network", "../../cmd", "../picture", "../paper"} {
		err := filepath.WalkDir(root, func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
				return err
			}
			f, err := parser.ParseFile(token.NewFileSet(), p, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				l, ok := n.(*ast.BasicLit)
				if !ok || l.Kind != token.STRING {
					return true
				}
				if code, err := strconv.Unquote(l.Value); err == nil && form.MatchString(code) {
					seen++
					if !slices.Contains(known, code) {
						t.Errorf("%s: %s has no sentence in assets/words", p, code)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if seen < 50 {
		t.Errorf("only %d codes seen: is the tree where it was?", seen)
	}
}

func TestExplainFindsTheCodeOfAWrappedError(t *testing.T) {
	full := &kp1.Error{ECode: "E_DISK_FULL", Msg: "disk is full"}
	for name, err := range map[string]error{
		"bare": full, "wrapped": fmt.Errorf("op 3fa1: %w", full), "joined": errors.Join(errors.New("x"), full),
	} {
		if got, want := Explain(err).What, "This computer has no room left."; got != want {
			t.Errorf("Explain(%s).What = %q, want %q", name, got, want)
		}
	}
	if got := Explain(errors.New("boom")); got != ExplainCode("E_UNKNOWN") || got.None() {
		t.Errorf("Explain(plain error) = %+v", got)
	}
	if !Explain(nil).None() || Code(nil) != "" {
		t.Error("Explain(nil) says something")
	}
	if got := ExplainCode("E_RULE_OF_TOMORROW"); got != ExplainCode("E_RULE") {
		t.Errorf("an unknown rule is explained as %+v", got)
	}
	if got, want := Explain(full).Text(), "This computer has no room left. What you typed is still here. Everything from before is safe. Delete something big, then press the button again."; got != want {
		t.Errorf("Text = %q, want %q", got, want)
	}
}
