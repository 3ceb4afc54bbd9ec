package arch

import (
	"os"
	"slices"
	"testing"
)

// hostile are the rooms that read bytes of others.
var hostile = []string{"store", "network", "cmd/internal/control"}

func TestEveryDecoderIsFuzzed(t *testing.T) {
	found, err := Unfuzzed(os.DirFS(root), hostile...)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		t.Error(f)
	}
}

func TestUnfuzzedDecodersAreFound(t *testing.T) {
	const decoder = "package op\nfunc DecodeX(b []byte) error { return nil }\n"
	for _, c := range []struct {
		name, src, test, want string
	}{
		{"no target at all", decoder, "package op\n", "store/op: DecodeX has no fuzz target"},
		{"a test is no target", decoder, "package op\nfunc TestX() { DecodeX(nil) }\n", "store/op: DecodeX has no fuzz target"},
		{"a target for something else", decoder, "package op\nfunc FuzzY() { y() }\nfunc TestX() { DecodeX(nil) }\n", "store/op: DecodeX has no fuzz target"},
		{"a method", "package op\ntype t int\nfunc (t) ReadX(s string) error { return nil }\n", "package op\n", "store/op: ReadX has no fuzz target"},
		{"one that nobody outside calls", "package op\nfunc parseX(s string) error { return nil }\n", "package op\n", "store/op: parseX has no fuzz target"},
		{"a target", decoder, "package op\nfunc FuzzX() { DecodeX(nil) }\n", ""},
		{"a target by way of another function", decoder + "func open() { DecodeX(nil) }\n", "package op\nfunc FuzzX() { open() }\n", ""},
		{"the name of a constant", "package op\nfunc ParseX(s string) (int, bool) { return 0, false }\n", "package op\n", ""},
		{"what takes no bytes", "package op\nfunc ReadX(n int) {}\n", "package op\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, "store/op/op.go", c.src)
			plant(t, dir, "store/op/op_test.go", c.test)
			found, err := Unfuzzed(os.DirFS(dir), "store")
			if err != nil {
				t.Fatal(err)
			}
			if want := slices.DeleteFunc([]string{c.want}, func(s string) bool { return s == "" }); !slices.Equal(found, want) {
				t.Errorf("Unfuzzed found %q, want %q", found, want)
			}
		})
	}
	t.Run("a target in the room beside it", func(t *testing.T) {
		dir := t.TempDir()
		plant(t, dir, "store/op/op.go", decoder)
		plant(t, dir, "store/invite/link.go", "package invite\nimport \"kith/store/op\"\nfunc open() { op.DecodeX(nil) }\n")
		plant(t, dir, "store/invite/link_test.go", "package invite\nfunc FuzzLink() { open() }\n")
		if found, err := Unfuzzed(os.DirFS(dir), "store"); err != nil || len(found) > 0 {
			t.Errorf("Unfuzzed found %q, %v, want nothing", found, err)
		}
	})
}
