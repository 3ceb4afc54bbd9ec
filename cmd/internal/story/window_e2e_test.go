//go:build e2e

package story

import (
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestWindowStory is the story of scripts/sleepover as two people live it: two real windows, mouse and keyboard only.
// Ada starts a constellation, Bev joins by a pasted invitation and six words, Ada asks for a bed, Bev offers, Ada
// chooses, Bev agrees, and they write to one another. Both restart, and everything is there.
func TestWindowStory(t *testing.T) {
	bin := buildWindow(t)
	var shots atomic.Int32
	ada, bev := sit(t, bin, "Ada", 1366, 768, &shots), sit(t, bin, "Bev", 1366, 768, &shots)
	ada.start()
	ada.sees("button", "Start a group")
	ada.shot("welcome")
	ada.press("button", "Start a group")
	passphrase := ada.begins("Next: your group")
	ada.press("option", "A constellation*")
	ada.types("What is the group called?", "Elm Row")
	ada.press("option", "I have read this")
	ada.shot("group")
	ada.press("button", "Start the group")
	link := ada.invites()

	bev.start()
	bev.press("button", "I have an invitation")
	bev.begins("Next: your invitation")
	bev.types("Your invitation", link)
	bev.shot("invitation")
	bev.press("button", "Ask to be let in")
	bev.sees("heading", "Your six words")
	bev.shot("six-words")

	ada.approves(bev.words())
	bev.press("button", "Open Elm Row")
	bev.sees("button", "Today*")
	bev.shot("today")

	ada.asks()
	bev.offers()
	ada.chooses()
	bev.agrees()
	ada.until("agreed", func() bool { return ada.says("Agreed") })
	ada.shot("agreed")

	ada.writes("Picnic", "Sunday at eleven?", "Bev")
	bev.reads("Picnic", "Sunday at eleven?")

	ada.hides(passphrase)
	ada.leave()
	ada.start()
	ada.sees("field", "Your passphrase")
	ada.shot("locked")
	ada.types("Your passphrase", passphrase)
	ada.keys("Return")
	ada.press("button", "Sleepovers*")
	ada.until("the sleepover is still there", func() bool { return ada.says("Mia") && ada.says("Agreed") })
	ada.shot("back")
}

// says reports whether any words in the window hold these.
func (d *desk) says(words string) bool {
	for _, th := range d.things() {
		if strings.Contains(th.Label, words) {
			return true
		}
	}
	return false
}

// begins goes through name, passphrase and recovery sheet, and returns the passphrase.
func (d *desk) begins(next string) string {
	d.t.Helper()
	d.types("Your first name or a nickname", d.name)
	d.press("button", "Next: your passphrase")
	const passphrase = "plum kettle orbit sand"
	d.types("Your passphrase", passphrase)
	d.types("Type it once more", passphrase)
	d.shot("passphrase")
	d.press("button", "Next: your recovery sheet")
	d.sees("heading", "Write these 12 words on paper")
	d.twelve = d.numbered()
	d.shot("recovery")
	d.press("option", "I have written all 12 words down")
	d.press("button", next)
	return passphrase
}

// invites makes an invitation in the window and reads it off the screen, as one who copies it does.
func (d *desk) invites() string {
	d.t.Helper()
	d.press("button", "People*")
	d.press("button", "Invite someone")
	d.types("Who is it for?", "Bev")
	d.shot("invite")
	d.press("button", "Make the invitation")
	d.sees("button", "Copy the invitation")
	d.shot("invitation-made")
	var link string
	d.until("the invitation's text", func() bool {
		for _, th := range d.things() {
			if i := strings.Index(th.Label, "kith:join#"); i >= 0 {
				link = strings.Join(strings.Fields(th.Label[i:]), "")
			}
		}
		return link != ""
	})
	return link
}

// words are the six words on the screen, in order.
func (d *desk) words() []string {
	d.t.Helper()
	var words []string
	d.until("six words", func() bool {
		words = d.numbered()
		return len(words) == 6
	})
	return words
}

// numbered are the words that stand in numbered boxes, in order.
func (d *desk) numbered() (words []string) {
	for _, th := range d.things() {
		if n, word, ok := strings.Cut(th.Label, ", "); ok && n == strconv.Itoa(len(words)+1) {
			words = append(words, word)
		}
	}
	return words
}

// approves compares the words and lets the person in.
func (d *desk) approves(words []string) {
	d.t.Helper()
	d.press("button", "People*")
	d.press("button", "Check words")
	if got := d.words(); strings.Join(got, " ") != strings.Join(words, " ") {
		d.t.Fatalf("%s sees %v, and hears %v", d.name, got, words)
	}
	d.press("option", "By voice*")
	d.shot("approve")
	d.press("button", "Let Bev in")
}

// asks asks for a bed.
func (d *desk) asks() {
	d.t.Helper()
	d.press("button", "Sleepovers*")
	d.press("button", "Ask for a sleepover")
	d.types("Who needs a bed?", "Mia")
	friday := time.Now().AddDate(0, 0, 6)
	d.date("Which day do they come?", friday)
	d.date("Which day do they go home?", friday.AddDate(0, 0, 1))
	d.shot("ask")
	d.press("button", "Next: check and send")
	d.shot("ask-check")
	d.press("button", "Ask now")
	d.until("who has it", func() bool { return d.says("Bev has it") })
	d.shot("asked")
}

// date fills the three boxes of a date, going from box to box with the keyboard.
func (d *desk) date(label string, day time.Time) {
	d.t.Helper()
	d.types(label+", Day", strconv.Itoa(day.Day()))
	d.keys("Tab")
	d.x("type", strconv.Itoa(int(day.Month())))
	d.keys("Tab")
	d.x("type", strconv.Itoa(day.Year()))
	pause(200 * time.Millisecond)
}

// offers offers a bed for it.
func (d *desk) offers() {
	d.t.Helper()
	d.press("button", "Sleepovers*")
	d.press("button", "Open*")
	d.press("button", "Offer a bed")
	d.types("Is there anything to say? If you like", "We are making pizza.")
	d.shot("offer")
	d.press("button", "Offer a bed")
	d.until("the offer is out", func() bool { return d.says("You have offered") })
}

// chooses takes it.
func (d *desk) chooses() {
	d.t.Helper()
	d.press("button", "Choose Bev")
	d.shot("choose")
	d.press("button", "Choose Bev")
	d.until("the choice is out", func() bool { return d.says("Bev to say yes") })
	d.shot("chosen")
}

// agrees says yes.
func (d *desk) agrees() {
	d.t.Helper()
	d.press("button", "Yes, Mia can come")
	d.until("agreed", func() bool { return d.says("Agreed. Mia stays with you*") || d.says("Agreed. Mia stays with you") })
	d.shot("agreed")
}

// writes starts a thread, and waits until the reader's computer has said that it has it.
func (d *desk) writes(about, text, reader string) {
	d.t.Helper()
	d.press("button", "Messages*")
	d.press("button", "Write to a group")
	d.types("What is it about?", about)
	d.types("Your message", text)
	d.shot("write")
	d.press("button", "Send")
	d.until("who has it", func() bool { return d.says(text) && d.says(reader+" has it") })
	d.shot("written")
}

// reads finds it.
func (d *desk) reads(about, text string) {
	d.t.Helper()
	d.press("button", "Messages*")
	d.press("button", about+"*")
	d.until("the message", func() bool { return d.says(text) })
	d.shot("read")
}

// hides presses Shift three times from inside a field: the window goes at once. Starting Kith again brings it back, and
// it asks for the passphrase.
func (d *desk) hides(passphrase string) {
	d.t.Helper()
	d.press("field", "Write to*")
	d.keys("shift", "shift", "shift")
	again := exec.Command(d.bin, "--home", d.home)
	again.Env = d.env()
	if out, err := again.CombinedOutput(); err != nil {
		d.t.Fatalf("starting Kith again: %v %s", err, out)
	}
	d.sees("field", "Your passphrase")
	if d.says("Picnic") || d.says("Elm Row") {
		d.t.Errorf("%s's window shows what it should hide", d.name)
	}
	d.shot("hidden-and-back")
	d.types("Your passphrase", passphrase)
	d.keys("Return")
	d.sees("button", "Today*")
}
