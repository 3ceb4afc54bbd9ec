//go:build e2e

package story

import (
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// TestWindowBelong is who belongs, as people live it with mouse and keyboard: a second computer is linked and let in by
// somebody else; what a removed person wrote comes too late and is settled; people see who has not heard; a computer is
// lost; and all of it comes back out of a backup and twelve words.
func TestWindowBelong(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada, bev := sit(t, bin, "Ada", 1366, 768, &shots), sit(t, bin, "Bev", 1366, 768, &shots)
	two := sit(t, bin, "Ada", 1366, 768, &shots) // her second computer
	ada.start()
	ada.press("button", "Start a group")
	passphrase := ada.begins("Next: your group")
	twelve := ada.twelve
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

	two.start()
	two.links(ada)
	bev.letsIn("Ada")
	two.press("button", "Today*")
	two.press("button", "People*")
	two.until("the group on the second computer", func() bool { return two.says("Elm Row") && two.says("2 computers") })
	two.shot("people")

	// Bev writes something that only the second computer hears of; then she is removed.
	ada.leave()
	bev.press("button", "Messages*")
	bev.press("button", "Write to a group")
	bev.types("What is it about?", "Picnic")
	bev.types("Your message", "Who brings the tea?")
	bev.press("button", "Send")
	bev.until("who has it", func() bool { return bev.says("On 1 of 2 computers.") })
	bev.leave()
	two.leave()
	ada.start()
	ada.types("Your passphrase", passphrase)
	ada.keys("Return")
	ada.press("button", "People*")
	ada.press("button", "Open, Bev")
	ada.shot("person")
	ada.press("button", "Remove Bev")
	ada.shot("remove")
	ada.press("button", "Remove Bev")
	ada.until("who has not heard", func() bool { return ada.says("Bev was removed") && ada.says("has not heard of it yet") })
	ada.shot("not-heard")

	two.start()
	two.types("Your passphrase", passphrase)
	two.keys("Return")
	ada.until("what came too late", func() bool { return ada.says("2 things came too late") })
	ada.shot("late")
	ada.press("button", "Look at it*")
	ada.sees("button", "Show them to everyone*") // what it is about, and what it says
	ada.shot("review")
	ada.press("button", "Show them to everyone*")
	ada.sees("heading", "Nothing to settle")
	ada.press("button", "Messages*")
	ada.until("what Bev wrote", func() bool { return ada.says("Picnic") })

	ada.loses()
	ada.restores(sit(t, bin, "Ada", 1366, 768, &shots), passphrase, twelve)
}

// links makes d a second computer of the person at the other one.
func (d *desk) links(other *desk) {
	d.t.Helper()
	d.press("link", "Bring my things back*")
	d.shot("return")
	d.press("button", "This is a second computer of mine*")
	d.types("Your first name or a nickname", d.name)
	d.press("button", "Next: your passphrase")
	const passphrase = "plum kettle orbit sand"
	d.types("Your passphrase", passphrase)
	d.types("Type it once more", passphrase)
	d.press("button", "Next: your other computer")
	var code string
	d.until("the code", func() bool {
		for _, th := range d.things() {
			if i := strings.Index(th.Label, "kith:device#"); i >= 0 {
				code = strings.Join(strings.Fields(th.Label[i:]), "")
			}
		}
		return code != ""
	})
	d.shot("code")
	other.press("button", "Settings*")
	other.press("button", "Add another computer")
	other.types("The code, or its eight words", code)
	other.shot("code")
	other.press("button", "Go on")
	other.sees("button", "Yes, they are the same")
	d.sees("button", "Yes, they are the same")
	if a, b := d.listed(4), other.listed(4); a != b {
		d.t.Fatalf("the two computers show %q and %q", a, b)
	}
	d.shot("same")
	d.press("button", "Yes, they are the same")
	other.press("button", "Yes, they are the same")
	other.until("that it is done", func() bool { return other.says("Your two computers know each other") })
	other.shot("linked")
	d.until("that it waits", func() bool { return d.says("Your two computers know each other") })
	d.shot("linked")
}

// listed are the first numbered words on the screen.
func (d *desk) listed(n int) string {
	d.t.Helper()
	var words []string
	d.until("the words", func() bool {
		words = d.numbered()
		return len(words) >= n
	})
	return strings.Join(words[:n], " ")
}

// letsIn confirms a computer of somebody, once the six words were read out.
func (d *desk) letsIn(name string) {
	d.t.Helper()
	d.press("button", "People*")
	d.until("the computer that waits", func() bool { return d.says(name + " has a computer that waits") })
	d.shot("computer-waits")
	d.press("button", "Check words*")
	d.sees("button", "Let this computer in")
	d.press("option", "By voice*")
	d.shot("let-in")
	d.press("button", "Let this computer in")
	d.until("that it is in", func() bool { return !d.says("has a computer that waits") })
}

// loses takes the other computer out.
func (d *desk) loses() {
	d.t.Helper()
	d.press("button", "People*")
	d.press("button", "Open, Ada*")
	d.press("button", "It is lost*")
	d.sees("button", "Take it out")
	d.shot("lost")
	d.press("button", "Take it out")
	d.until("that it is out", func() bool { return d.says("That computer is out") })
	d.shot("lost-out")
}

// restores saves a backup and the recovery sheet, and brings the backup back at another desk.
func (d *desk) restores(other *desk, passphrase string, twelve []string) {
	d.t.Helper()
	d.press("button", "Settings*")
	d.press("button", "Save a backup")
	d.shot("backup")
	d.press("button", "Save the backup")
	d.until("the backup", func() bool { return d.says("The backup is saved") })
	d.shot("backup-saved")
	d.press("button", "Settings*")
	d.press("button", "Print your recovery sheet")
	d.types("Your passphrase", passphrase)
	d.press("button", "Make the page")
	d.until("the page", func() bool { return d.says("The page is ready to print") })
	d.shot("sheet")
	if pdf, err := filepath.Glob(filepath.Join(d.files, "Documents", "kith-page-*.pdf")); err != nil || len(pdf) != 1 {
		d.t.Errorf("the pages are %v, %v", pdf, err)
	}
	d.press("button", "Delete the file")
	d.until("that it is gone", func() bool { return d.says("The file is deleted.") })

	other.files = d.files // the stick goes from one to the other
	other.start()
	other.press("link", "Bring my things back*")
	other.press("button", "I have a backup file*")
	other.types("Your 12 words*", strings.Join(twelve, " "))
	other.shot("bring")
	other.press("button", "Next: your passphrase")
	other.types("Your passphrase", passphrase)
	other.types("Type it once more", passphrase)
	other.press("button", "Bring my things back")
	other.until("what came back", func() bool { return other.says("Welcome back, Ada") })
	other.shot("brought")
	other.press("button", "Open Kith")
	other.press("button", "Messages*")
	other.until("what Bev wrote", func() bool { return other.says("Picnic") })
	other.press("button", "People*")
	other.until("that it waits", func() bool { return other.says("This computer waits to be let in") })
	other.shot("waits")
}
