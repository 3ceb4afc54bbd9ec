//go:build e2e

package story

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// TestWindowKeeps: a computer that stays on. One tick has it keep messages for the group, with no link to copy; the page of
// mailboxes says so. A picture is put into a thread by keyboard alone, stands there, and is saved as a file outside. Then the
// tick is taken away, after a question, and nothing is left in the home.
func TestWindowKeeps(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada := sit(t, bin, "Bartholomew-Alexander", 1366, 768, &shots)
	draws(t, filepath.Join(ada.files, "Documents", "picnic.png"))
	ada.start()
	ada.press("button", "Use it on my own for now")
	ada.begins("Open Kith")
	ada.press("button", "Settings*")
	ada.press("button", "The computer that stays on")
	ada.press("option", "This computer stays on: keep messages for*")
	ada.until("that it is on", func() bool { return ada.says("It is on.") })
	pause(time.Second) // the picture is of the next frame
	ada.shot("kept")
	ada.press("button", "Settings")
	ada.press("button", "Mailboxes")
	ada.until("that it is reached", func() bool { return ada.says("On this computer") && ada.says("All is well") })
	ada.shot("mailboxes")

	ada.press("button", "Messages*")
	ada.press("button", "Write to a group")
	ada.types("What is it about?", "Picnic")
	ada.types("Your message", "Sunday at eleven?")
	ada.press("button", "Send")
	ada.goes("Add a picture or paper")
	ada.goes("picnic.png")
	ada.until("what is sent", func() bool { return ada.says("Its hidden details are taken out") })
	pause(time.Second)
	ada.shot("picture")
	ada.goes("Send")
	ada.sees("button", "Save as*")
	pause(time.Second)
	ada.shot("thread")
	ada.goes("Save as*")
	ada.goes("Save it")
	ada.until("that it is saved", func() bool { return ada.says("It is saved") })
	if b, err := os.ReadFile(filepath.Join(ada.files, "Documents", "picnic (2).png")); err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) {
		t.Errorf("what was saved is %d bytes, %v", len(b), err)
	}

	ada.press("button", "Settings*")
	ada.press("button", "The computer that stays on")
	ada.press("option", "This computer stays on: keep messages for*")
	ada.shot("asks")
	ada.press("button", "Yes, stop keeping them")
	ada.until("that it is off", func() bool { return !ada.says("It is on.") && !ada.says("Taking it away") })
	if _, err := os.Stat(filepath.Join(ada.home, "kept")); !os.IsNotExist(err) {
		t.Errorf("what was kept is there still: %v", err)
	}
}

// goes walks by the Tab key alone to what is called label, and presses it with Enter.
func (d *desk) goes(label string) {
	d.t.Helper()
	d.sees("", label)
	for range 60 {
		if th, ok := d.find("", label); ok && th.Focused {
			d.keys("Return")
			pause(250 * time.Millisecond)
			return
		}
		d.keys("Tab")
	}
	d.shot("lost")
	d.t.Fatalf("%s never comes to %q by keyboard", d.name, label)
}

// draws makes a picture file.
func draws(t *testing.T, path string) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 2400, 1600))
	for y := range 1600 {
		for x := range 2400 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x / 10), uint8(y / 7), 140, 255}) //nolint:gosec // below 256
		}
	}
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
