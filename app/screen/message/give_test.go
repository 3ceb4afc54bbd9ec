package message_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/uitest"
	"kith/store/care/file"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// drawn is a PNG file.
func drawn(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / w), uint8(255 * y / h), 140, 255}) //nolint:gosec // below 256
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestGiveAPicture: from the thread to the page, from the page to the thread, in wide and narrow windows, small and large words.
func TestGiveAPicture(t *testing.T) {
	const long = "Bartholomew-Alexander and the very long way home from school.png"
	dir := t.TempDir()
	path := filepath.Join(dir, long)
	if err := os.WriteFile(path, drawn(t, 2200, 500), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		name    string
		size    fyne.Size
		percent int
	}{{"give-100", uitest.Laptop, 100}, {"give-200", uitest.Low, 200}, {"give-small", uitest.Small, 150}} {
		t.Run(x.name, func(t *testing.T) {
			c := fake.Family(fake.Evening)
			c.SetBackups(present.FoundFile{Path: path, Size: 12_345})
			p, went := open(t, c, picnic(c), x.size, look.Light, x.percent)
			p.Press("Add a picture or paper")
			if went.Page != present.PageGive || went.Object != c.Picnic() {
				t.Fatalf("went to %+v", *went)
			}
			p, went = open(t, c, *went, x.size, look.Light, x.percent)
			p.Shot("message-" + x.name)
			p.AssertSound()
			p.Type("Or type where it is", filepath.Join(dir, "none.png"))
			p.Press("Use this one")
			if !p.Says("There is no file of that name.") {
				t.Errorf("a file that is none:\n%s", p.Text())
			}
			p.Press(long)
			if !p.Says("Its hidden details are taken out: where, when and with what it was taken.") || !p.Says("It is made small enough for a screen, so that it arrives sooner.") {
				t.Errorf("ready:\n%s", p.Text())
			}
			p.Shot("message-" + x.name + "-ready")
			p.AssertSound()
			p.Press("Send it in full size")
			if !p.Says("It keeps its size.") {
				t.Errorf("in full size:\n%s", p.Text())
			}
			p.Press("Send")
			if went.Page != present.PageOne {
				t.Fatalf("sent, and went to %+v", *went)
			}
			p, went = open(t, c, *went, x.size, look.Light, x.percent)
			big := make([]byte, 2_000_000)
			part := c.By(elm, "Sue", thread.File{Thread: c.Picnic(), File: file.File{Name: "list.pdf", Type: "application/pdf", Size: uint64(len(big)), Chunks: parts(len(big))}})
			c.PutFile(elm, part, big, len(big)/2)
			p.Shot("message-" + x.name + "-thread")
			p.AssertSound()
			p.Press("Save as, Ade, 9.02 pm")
			if went.Page != present.PageSave {
				t.Fatalf("went to %+v", *went)
			}
			p, _ = open(t, c, *went, x.size, look.Light, x.percent)
			p.Press("Save it")
			if !p.Says("It is saved") {
				t.Errorf("saved:\n%s", p.Text())
			}
			p.Shot("message-" + x.name + "-saved")
			p.AssertSound()
		})
	}
}

func parts(size int) (out []kp1.ID) {
	for i := range file.Chunks(uint64(size)) { //nolint:gosec // a length
		out = append(out, kp1.Sum([]byte{byte(i)})) //nolint:gosec // a few
	}
	return out
}
