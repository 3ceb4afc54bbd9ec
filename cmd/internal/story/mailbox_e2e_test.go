//go:build e2e

package story

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestWindowMailbox: a support group that meets through its mailbox alone, in two windows that are never on together. Ada
// adds the mailbox by its link, makes an invitation to be said on the phone, and goes. Bev types the words and the place,
// leaves her request, and goes. Ada lets her in. Bev finds the group. The mailbox is a process of its own.
func TestWindowMailbox(t *testing.T) {
	bin := buildWindow(t)
	pair := keeps(t)
	var shots atomic.Int32
	ada, bev := sit(t, bin, "Ada", 1366, 768, &shots), sit(t, bin, "Bev", 1366, 768, &shots)
	ada.start()
	ada.press("button", "Start a group")
	passphrase := ada.begins("Next: your group")
	ada.types("What is the group called?", "Tuesday Group")
	ada.press("option", "A support group*")
	ada.sees("option", "Only through the mailbox*")
	pause(time.Second) // the picture is of the next frame
	ada.shot("support-group")
	ada.press("button", "Start the group")

	ada.until("what a group needs that meets through a mailbox", func() bool { return ada.says("and has none yet") })
	ada.shot("no-mailbox")
	ada.types("The link, or the eight words", pair)
	ada.press("button", "Add this mailbox")
	ada.until("that it is reached", func() bool { return ada.says("All is well") })
	ada.shot("mailbox")

	ada.press("button", "People*")
	ada.press("button", "Invite someone")
	ada.types("Who is it for?", "Bev")
	ada.press("option", "I say it on the phone, too*")
	ada.press("button", "Make the invitation")
	ada.until("that it waits in the mailbox", func() bool { return ada.says("It waits in the mailbox") && len(ada.numbered()) == 8 })
	ada.shot("words")
	said := strings.Join(ada.numbered(), " ") + " at " + ada.place()
	ada.leave()

	bev.start()
	bev.press("button", "I have an invitation")
	bev.begins("Next: your invitation")
	bev.types("Your invitation", said)
	bev.press("button", "Ask to be let in")
	bev.until("that the request has left", func() bool { return bev.says("Your request left") })
	words := bev.words()
	bev.shot("left")
	bev.leave()

	ada.start()
	ada.types("Your passphrase", passphrase)
	ada.keys("Return")
	ada.approves(words)
	ada.until("that Bev is in", func() bool { return ada.says("2 people.") })
	ada.shot("through-the-mailbox")
	ada.press("link", "Mailboxes of this group")
	ada.press("button", "Try it now")
	ada.until("that all is left there", func() bool { return !ada.says("Looking into the mailboxes.") && ada.says("All is well") })
	ada.leave()

	bev.start()
	bev.types("Your passphrase", passphrase)
	bev.keys("Return")
	bev.press("button", "People*")
	bev.until("the group", func() bool {
		return bev.says("People in Tuesday Group") && bev.says("Only who looks after one sees where you are")
	})
	bev.shot("in")
}

// place is the place that is said after the words.
func (d *desk) place() string {
	d.t.Helper()
	for _, th := range d.things() {
		if strings.HasPrefix(th.Label, "127.0.0.1:") {
			return th.Label
		}
	}
	d.t.Fatalf("%s sees no place that is said with the words", d.name)
	return ""
}

// keeps starts a mailbox that runs until the test ends, and returns the link of one pairing.
func keeps(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "km")
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(dir, "kith-mailbox")
	build := exec.Command("go", "build", "-o", bin, "kith/cmd/kith-mailbox")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the mailbox: %v\n%s", err, out)
	}
	c := exec.Command(bin, "--home", filepath.Join(dir, "home"), "--json", "serve", "--listen", "/ip4/127.0.0.1/tcp/"+freePort(t))
	c.Env = append(os.Environ(), "XDG_RUNTIME_DIR="+dir)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(os.Interrupt)
		end := time.AfterFunc(20*time.Second, func() { _ = c.Process.Kill() })
		_ = c.Wait()
		end.Stop()
		_ = os.RemoveAll(dir)
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	var first struct{ Pair string }
	if err != nil || json.Unmarshal(line, &first) != nil || first.Pair == "" {
		t.Fatalf("the mailbox says %q, %v", line, err)
	}
	return first.Pair
}
