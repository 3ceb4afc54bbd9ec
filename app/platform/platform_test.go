package platform

import (
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"kith/app/qr"
)

func TestNotifierShowsWhatItIsTold(t *testing.T) {
	a := test.NewTempApp(t)
	test.AssertNotificationSent(t, fyne.NewNotification("Something new came.", "Open it when you have a moment."), func() {
		Notifier(a)("Something new came.", "Open it when you have a moment.")
	})
}

func TestOnlyWebPagesAreOpened(t *testing.T) {
	a := test.NewTempApp(t)
	for _, link := range []string{"file:///etc/passwd", "http://example.org/", "javascript:alert(1)", "https://", "::", "mailto:a@example.org"} {
		if err := OpenLink(a, link); err == nil {
			t.Errorf("OpenLink(%q) = nil, want it refused", link)
		}
	}
	if err := OpenLink(a, "https://example.org/help"); err != nil {
		t.Errorf("OpenLink(https) = %v, want nil", err)
	}
}

// TestReadCode: the code in a picture file, and a code of the error for each file that has none.
func TestReadCode(t *testing.T) {
	dir := t.TempDir()
	const text = "kith:device#abc"
	m, err := qr.Draw(text, 300)
	if err != nil {
		t.Fatal(err)
	}
	good := filepath.Join(dir, "code.png")
	f, err := os.Create(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, m), f.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadCode(good); err != nil || got != text {
		t.Errorf("ReadCode = %q, %v", got, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "letter.png"), []byte("no picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]error{"none.png": ErrNoFile, "letter.png": qr.ErrPicture, ".": qr.ErrPicture} {
		if got, err := ReadCode(filepath.Join(dir, name)); !errors.Is(err, want) || got != "" {
			t.Errorf("ReadCode(%s) = %q, %v, want %v", name, got, err, want)
		}
	}
}

// TestReadFile: up to the limit, and not a byte more; nothing that is no file.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "list.pdf")
	if err := os.WriteFile(path, []byte("12345678"), 0o600); err != nil {
		t.Fatal(err)
	}
	if b, err := ReadFile(path, 8); err != nil || string(b) != "12345678" {
		t.Errorf("ReadFile(at the limit) = %q, %v", b, err)
	}
	for name, c := range map[string]struct {
		path string
		most int64
		want error
	}{"over the limit": {path, 7, ErrLarge}, "a folder": {dir, 8, ErrNoFile}, "nothing": {path + "x", 8, ErrNoFile}} {
		if b, err := ReadFile(c.path, c.most); !errors.Is(err, c.want) || b != nil {
			t.Errorf("ReadFile(%s) = %q, %v, want %v", name, b, err, c.want)
		}
	}
}
