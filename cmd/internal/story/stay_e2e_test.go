//go:build e2e

package story

import (
	"encoding/binary"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestWindowStays: the cross of the window asks once whether Kith shall go on. It does, without its window; started again
// it comes back locked, and nothing of the page is seen before the passphrase.
func TestWindowStays(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada := sit(t, bin, "Ada", 1366, 768, &shots)
	ada.start()
	ada.press("button", "Use it on my own for now")
	passphrase := ada.begins("Open Kith")
	ada.sees("button", "Today*")
	ada.crosses()
	ada.sees("button", "Close the window, and let Kith go on")
	pause(time.Second) // the picture is of the next frame
	ada.shot("asked")
	ada.press("button", "Close the window, and let Kith go on")
	ada.until("the page gone", func() bool { return ada.says("Your passphrase") && !ada.says("Today") })

	again := exec.Command(ada.bin, "--home", ada.home)
	again.Env = ada.env()
	if out, err := again.CombinedOutput(); err != nil {
		t.Fatalf("starting Kith again: %v %s", err, out)
	}
	ada.until("the reason", func() bool { return ada.says("Kith went on while its window was closed.") })
	pause(time.Second)
	ada.shot("came-back")
	ada.types("Your passphrase", passphrase)
	ada.keys("Return")
	ada.sees("button", "Today*")
	ada.crosses()
	ada.until("the page gone at once", func() bool { return ada.says("Your passphrase") && !ada.says("Today") })
}

// crosses presses the window's own cross: it tells the window what a window manager tells it then. There is none on a bare
// screen, so the message is put together here.
func (d *desk) crosses() {
	d.t.Helper()
	find := exec.Command("xdotool", "search", "--onlyvisible", "--name", "Kith")
	find.Env = d.env()
	out, err := find.Output()
	if err != nil {
		d.t.Fatalf("%s has no window: %v", d.name, err)
	}
	window, err := strconv.ParseUint(strings.Fields(string(out))[0], 10, 32)
	if err != nil {
		d.t.Fatal(err)
	}
	c, err := net.Dial("unix", "/tmp/.X11-unix/X"+strings.TrimPrefix(d.disp, ":"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	le := binary.LittleEndian
	ask := func(request []byte, answer int) []byte {
		b := make([]byte, answer)
		if _, err := c.Write(request); err != nil {
			d.t.Fatal(err)
		}
		if _, err := io.ReadFull(c, b); err != nil {
			d.t.Fatal(err)
		}
		return b
	}
	hello := ask([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 8)
	if _, err := io.CopyN(io.Discard, c, 4*int64(le.Uint16(hello[6:]))); err != nil || hello[0] != 1 {
		d.t.Fatalf("the screen says %v, %v", hello, err)
	}
	atom := func(name string) uint32 {
		padded := (len(name) + 3) / 4 * 4
		r := make([]byte, 8+padded)
		r[0] = 16
		le.PutUint16(r[2:], uint16(len(r)/4))
		le.PutUint16(r[4:], uint16(len(name)))
		copy(r[8:], name)
		return le.Uint32(ask(r, 32)[8:])
	}
	protocols, over := atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW")
	r := make([]byte, 44, 48)
	r[0] = 25 // send an event
	le.PutUint16(r[2:], 11)
	le.PutUint32(r[4:], uint32(window))
	r[12], r[13] = 33, 32 // a message, in numbers of 32 bits
	le.PutUint32(r[16:], uint32(window))
	le.PutUint32(r[20:], protocols)
	le.PutUint32(r[24:], over)
	ask(append(r, 43, 0, 1, 0), 32) // and a question, whose answer comes once the message has gone
	pause(300 * time.Millisecond)
}
