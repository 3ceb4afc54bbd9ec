package verb

import (
	"bytes"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestPictureVerb: a copy without what stood beside the dots, in a home that nobody has started.
func TestPictureVerb(t *testing.T) {
	dir := t.TempDir()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 20)), nil); err != nil {
		t.Fatal(err)
	}
	j := b.Bytes()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	in := write("in.jpg", slices.Concat(j[:2], []byte("\xff\xfe\x00\x08SECRET"), j[2:]))
	out := filepath.Join(dir, "out.jpg")
	f := newFake()
	var got pictureMade
	f.kithctl(t, "picture", in, out, "--screen").into(t, &got)
	if got.File != out || got.Type != "image/jpeg" || got.Width != 40 || got.Height != 20 {
		t.Errorf("picture = %+v", got)
	}
	copied, err := os.ReadFile(out)
	if err != nil || len(copied) != got.Bytes || bytes.Contains(copied, []byte("SECRET")) {
		t.Errorf("the copy: %d bytes of %d, %v", len(copied), got.Bytes, err)
	}
	for name, x := range map[string]struct {
		args []string
		exit int
		code string
	}{
		"over a file":      {[]string{in, out}, 3, "E_FILE_EXISTS"},
		"no file":          {[]string{filepath.Join(dir, "none"), out + "2"}, 4, "E_NO_FILE"},
		"a folder":         {[]string{dir, out + "2"}, 4, "E_NO_FILE"},
		"words":            {[]string{write("words", []byte("dear all")), out + "2"}, 6, "E_NOT_PICTURE"},
		"a telephone's":    {[]string{write("x.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")), out + "2"}, 3, "E_PICTURE_HEIC"},
		"cut short":        {[]string{write("cut.jpg", j[:len(j)-20]), out + "2"}, 6, "E_PICTURE_DAMAGED"},
		"into no folder":   {[]string{in, filepath.Join(out, "x")}, 1, "E_DISK"},
		"one word of two":  {[]string{in}, 2, "E_USAGE"},
		"a word too many ": {[]string{in, out, out}, 2, "E_USAGE"},
	} {
		if r := f.kithctl(t, append([]string{"picture"}, x.args...)...); r.exit != x.exit || r.errorInJSON.Code != x.code {
			t.Errorf("%s: exit %d, %s, want %d, %s", name, r.exit, r.errorInJSON.Code, x.exit, x.code)
		}
	}
	if _, err := os.Lstat(out + "2"); err == nil {
		t.Error("a file was made all the same")
	}
}
