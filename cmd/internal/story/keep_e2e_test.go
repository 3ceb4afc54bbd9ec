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

// TestWindowKeeps: a computer that stays on, and files. One tick has Ada's computer keep messages for the group, with no
// link to copy. A picture from a telephone is refused in words; another, of several chunks, is put into a thread, and Bev
// saves it outside of Kith. Ada withdraws it: it goes from both windows, and what Bev saved stays. Then the tick is taken
// away, after a question, and nothing that was kept is left in the home.
func TestWindowKeeps(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada, bev := sit(t, bin, "Ada", 1366, 768, &shots), sit(t, bin, "Bev", 1366, 768, &shots)
	draws(t, filepath.Join(ada.files, "Documents", "picnic.png"))
	heic := append([]byte{0, 0, 0, 24}, []byte("ftypheic\x00\x00\x00\x00mif1heic")...)
	if err := os.WriteFile(filepath.Join(ada.files, "Documents", "garden.heic"), heic, 0o600); err != nil {
		t.Fatal(err)
	}
	ada.start()
	ada.press("button", "Start a group")
	ada.begins("Next: your group")
	ada.press("option", "A constellation*")
	ada.types("What is the group called?", "Elm Row")
	ada.press("option", "I have read this")
	ada.press("button", "Start the group")
	link := ada.invites()
	bev.start()
	bev.press("button", "I have an invitation")
	bev.begins("Next: your invitation")
	bev.types("Your invitation", link)
	bev.press("button", "Ask to be let in")
	ada.approves(bev.words())
	bev.press("button", "Open Elm Row")

	kept := filepath.Join(ada.home, "kept")
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("messages are kept before anybody chose it: %v", err)
	}
	ada.press("button", "Settings*")
	ada.press("button", "The computer that stays on")
	ada.press("option", "This computer stays on: keep messages for*")
	ada.until("that it is on", func() bool { return ada.says("It is on.") })
	pause(time.Second) // the picture is of the next frame
	ada.shot("kept")
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("nothing is kept: %v", err)
	}

	bev.writes("Picnic", "Sunday at eleven?", "Ada")
	ada.reads("Picnic", "Sunday at eleven?")
	ada.press("link", "Add a picture or paper")
	ada.press("option", "garden.heic*")
	ada.until("why it is refused", func() bool {
		return ada.says("called HEIC") && ada.says("Nothing was sent") && ada.says("choose to share or copy it as JPEG")
	})
	pause(time.Second)
	ada.shot("refused")
	ada.press("option", "picnic.png*")
	ada.until("what is sent", func() bool { return ada.says("Its hidden details are taken out") })
	pause(time.Second)
	ada.shot("picture")
	ada.press("button", "Send")
	ada.sees("link", "Save as*")

	bev.press("link", "Save as*")
	bev.press("button", "Save it")
	bev.until("that it is saved", func() bool { return bev.says("It is saved") })
	bev.shot("saved")
	saved := filepath.Join(bev.files, "Documents", "picnic.png")
	b, err := os.ReadFile(saved)
	if err != nil || !bytes.HasPrefix(b, []byte("\x89PNG")) || len(b) < 1<<20 {
		t.Errorf("what was saved is %d bytes, %v, want a picture of several chunks", len(b), err)
	}
	bev.press("button", "Messages*")
	bev.press("button", "Picnic*")
	bev.sees("link", "Save as*")

	ada.press("link", "Withdraw*")
	ada.until("what it reaches", func() bool { return ada.says("It does not reach a copy that somebody saved outside Kith.") })
	ada.shot("withdraw")
	ada.press("button", "Withdraw")
	gone := func(d *desk) func() bool {
		return func() bool {
			_, there := d.find("link", "Save as*")
			return !there && (d.says("You withdrew this") || d.says("Withdrawn by Ada"))
		}
	}
	ada.until("that it is gone", gone(ada))
	bev.until("that it is gone", gone(bev))
	bev.shot("withdrawn")
	if _, err := os.Stat(saved); err != nil {
		t.Errorf("what Bev saved outside: %v", err)
	}

	ada.press("button", "Settings*")
	ada.press("button", "The computer that stays on")
	ada.press("option", "This computer stays on: keep messages for*")
	ada.shot("asks")
	ada.press("button", "Yes, stop keeping them")
	ada.until("that it is off", func() bool { return !ada.says("It is on.") && !ada.says("Taking it away") })
	if _, err := os.Stat(kept); !os.IsNotExist(err) {
		t.Errorf("what was kept is there still: %v", err)
	}
}

// draws makes a picture file whose dots do not repeat, so that it fills several chunks.
func draws(t *testing.T, path string) {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 1200, 800))
	seed := uint32(1)
	for i := range img.Pix {
		seed = seed*1664525 + 1013904223
		img.Pix[i] = byte(seed >> 24)
	}
	for i := range 1200 * 800 {
		img.Pix[4*i+3] = 255
	}
	img.Set(0, 0, color.Black)
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
