//go:build e2e

package story

import (
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestWindowWalk goes where the story does not: a home is changed, every page is seen in strong contrast and a month in
// the largest words, an invitation has run out, somebody is removed, somebody leaves, and the window comes back as it
// was left.
func TestWindowWalk(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada, bev := sit(t, bin, "Ada", 1366, 768, &shots), sit(t, bin, "Bev", 1366, 768, &shots)
	ada.start()
	ada.press("button", "Start a group")
	passphrase := ada.begins("Next: your group")
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
	bev.sees("button", "Today*")

	ada.furnishes()
	bev.press("button", "People*")
	bev.until("the home", func() bool { return bev.says("3 beds to spare") })
	bev.shot("home-of-ada")
	bev.runsOut(ada.expired(t))

	ada.press("button", "Settings*")
	ada.press("option", "Strong contrast")
	for _, place := range []string{"Today*", "Tonight", "Calendar*", "Sleepovers*", "Messages*", "People*", "Help*", "Settings*"} {
		ada.press("button", place)
		ada.shot("strong-" + strings.ToLower(strings.TrimSuffix(place, "*")))
	}
	ada.press("option", "Largest")
	ada.shot("largest-settings")
	for _, place := range []string{"Today*", "Tonight", "Sleepovers*", "Messages*", "People*", "Help*", "Calendar*"} {
		ada.press("button", place)
		ada.shot("largest-" + strings.ToLower(strings.TrimSuffix(place, "*")))
	}
	ada.press("option", "Month")
	ada.shot("largest-month")
	ada.press("button", "Settings*")
	ada.press("option", "Usual")
	ada.press("option", "Light")

	ada.press("button", "People*")
	ada.press("button", "Open, Bev")
	ada.shot("bev")
	ada.press("button", "Remove Bev")
	ada.shot("remove")
	ada.press("button", "Remove Bev")
	ada.until("Bev gone", func() bool { return ada.says("1 person*") || !ada.says("Open, Bev") })
	ada.shot("removed")
	bev.press("button", "People*")
	bev.shot("removed")
	bev.press("button", "Open, Bev*")
	bev.press("button", "Leave the group")
	bev.shot("leave")
	bev.press("button", "Leave the group")
	bev.until("that the group is gone", func() bool { return !bev.says("Elm Row") })
	bev.shot("left")
	bev.press("button", "Today*")
	bev.sees("heading", "You are on your own here for now")
	bev.shot("left-today")

	ada.x("search", "--onlyvisible", "--name", "Kith", "windowsize", "1100", "720")
	pause(time.Second)
	ada.press("button", "People*")
	ada.leave()
	ada.start()
	ada.types("Your passphrase", passphrase)
	ada.keys("Return")
	ada.sees("heading", "People in Elm Row")
	pause(time.Second)
	ada.shot("back-at-people")
}

// furnishes says what home this is, and changes it.
func (d *desk) furnishes() {
	d.t.Helper()
	d.press("button", "People*")
	d.press("button", "Add my home")
	d.shot("home")
	d.types("What is your home called? If you like", "The Elms")
	d.types("How many beds can you spare?", "99")
	d.press("button", "Save my home")
	d.shot("home-wrong")
	d.types("How many beds can you spare?", "")
	d.keys("ctrl+a")
	d.x("type", "2")
	d.press("button", "Save my home")
	d.press("button", "Change my home")
	d.types("How many beds can you spare?", "")
	d.keys("ctrl+a")
	d.x("type", "3")
	d.press("button", "Save my home")
	d.until("the change", func() bool { return d.says("3 beds to spare") })
	d.shot("home-changed")
}

// expired is an invitation of this person's group that runs out at once. The window has no such; kithctl has.
func (d *desk) expired(t *testing.T) string {
	t.Helper()
	ctl := filepath.Join(t.TempDir(), "kithctl")
	if out, err := exec.Command("go", "build", "-o", ctl, "kith/cmd/kithctl").CombinedOutput(); err != nil {
		t.Fatalf("building kithctl: %v\n%s", err, out)
	}
	c := exec.Command(ctl, "--home", d.home, "invite", "--expires", "1s")
	c.Env = d.env()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("invite: %v %s", err, out)
	}
	link, _, _ := strings.Cut(string(out), "\n")
	pause(2 * time.Second)
	return link
}

// runsOut pastes an invitation that has run out, and is told so until the text is another.
func (d *desk) runsOut(link string) {
	d.t.Helper()
	d.press("button", "People*")
	d.press("button", "Join or start a group")
	d.press("button", "I have an invitation")
	d.types("Your invitation", link)
	d.press("button", "Ask to be let in")
	d.until("that it has run out", func() bool { return d.says("This invitation has run out.") })
	d.shot("run-out")
	d.types("Your invitation", "x")
	d.until("that it is said no longer", func() bool { return !d.says("This invitation has run out.") })
}
