package kit_test

import (
	"image"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"kith/app/kit"
	"kith/app/kit/look"
)

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

func TestTabLeavesABoxOfManyLines(t *testing.T) {
	area := kit.NewTextArea("Notes", "", 3)
	p := open(t, look.Light, 100, area, kit.NewButton(kit.Main, "Save", "", nil))
	p.Type("Notes", "Bring plates")
	if got := p.Tab(); got != "Save" {
		t.Errorf("Tab from inside the box goes to %q, want Save", got)
	}
	if got := area.Text(); got != "Bring plates" {
		t.Errorf("the box holds %q", got)
	}
	if area.Box().(fyne.Tabbable).AcceptsTab() {
		t.Error("the box takes the Tab key for itself")
	}
}

func TestCtrlEnterSends(t *testing.T) {
	sent := 0
	area := kit.NewTextArea("Write to the group", "", 2)
	area.OnSend(func() { sent++ })
	p := open(t, look.Light, 100, area)
	p.Type("Write to the group", "Hello")
	p.Key(fyne.KeyReturn)
	if sent != 0 || area.Text() != "Hello\n" {
		t.Errorf("Enter sent %d times and the box holds %q, want a new line", sent, area.Text())
	}
	area.Box().(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyReturn, Modifier: fyne.KeyModifierShortcutDefault})
	if sent != 1 {
		t.Errorf("Ctrl and Enter sent %d times, want once", sent)
	}
}

func TestEnterInOneLine(t *testing.T) {
	done := 0
	f := kit.NewPassword("Your passphrase", "The words you chose")
	f.OnEnter(func() { done++ })
	p := open(t, look.Light, 100, f)
	p.Type("Your passphrase", "four plain words here")
	p.Key(fyne.KeyReturn)
	if done != 1 {
		t.Errorf("Enter did it %d times, want once", done)
	}
	dots := p.Picture()
	f.ShowTyped(true)
	if same(dots, p.Picture()) {
		t.Error("ShowTyped changes nothing that can be seen")
	}
}

func TestProblemKeepsWhatWasTyped(t *testing.T) {
	f := kit.NewField("Name of the group", "Only its people see it")
	p := open(t, look.Light, 100, f)
	p.Type("Name of the group", "Elm Row")
	low := f.HeightFor(600)
	f.SetProblem("Make it shorter.")
	p.Win.Content().Refresh()
	if f.HeightFor(600) <= low {
		t.Error("the sentence that says what to put right has no room of its own")
	}
	if f.Text() != "Elm Row" {
		t.Errorf("the box holds %q after a problem, want what was typed", f.Text())
	}
	if !p.Has("Make it shorter.") {
		t.Errorf("the sentence is not on the page:\n%s", p.Text())
	}
	p.AssertSound()
	f.SetProblem("")
	if f.HeightFor(600) != low {
		t.Error("the room stays when the problem is gone")
	}
}

func TestErrorSummaryLeadsToItsFields(t *testing.T) {
	a, b := kit.NewField("Your name", ""), kit.NewField("Name of the group", "")
	sum := kit.NewErrorSummary()
	p := open(t, look.Light, 100, sum, a, b)
	if sum.Visible() {
		t.Error("a summary of nothing is shown")
	}
	problems := []kit.Problem{{Say: "Type your name.", Goto: a.Focus}, {Say: "Give the group a name.", Goto: b.Focus}}
	if !sum.Set("There is something to put right", problems) {
		t.Error("Set(two new problems) = false, want true: the focus is to go there")
	}
	if sum.Set("There is something to put right", problems) {
		t.Error("Set(the same problems) = true, want false: the focus stays")
	}
	p.Win.Content().Refresh()
	sum.Focus()
	if got := p.Focused(); got != "Type your name." {
		t.Errorf("the focus is on %q, want the first line", got)
	}
	p.Tab()
	p.Key(fyne.KeyReturn)
	if !b.Focused() {
		t.Error("the second line did not go to the second field")
	}
	p.AssertSound()
	sum.Set("", nil)
	if sum.Visible() {
		t.Error("the summary stays when nothing is to be put right")
	}
}

func TestCodeEntryPastes(t *testing.T) {
	c := kit.NewCodeEntry("Your invitation", "It is long", "Paste")
	p := open(t, look.Light, 100, c.Container)
	fyne.CurrentApp().Clipboard().SetContent("kith1:" + strings.Repeat("abcdefgh", 40))
	p.Press("Paste")
	if got := c.Field.Text(); !strings.HasPrefix(got, "kith1:abc") || len(got) != 326 {
		t.Errorf("Paste gave %d letters beginning %.12q", len(got), got)
	}
	p.AssertSound()
}

func TestUnlabelledFieldStillHasItsName(t *testing.T) {
	f := kit.NewTextArea("Write to the group", "", 2).Unlabelled()
	p := open(t, look.Light, 100, f)
	p.Type("Write to the group", "x")
	if f.Text() != "x" {
		t.Errorf("typed into %q, want x", f.Text())
	}
	for _, thing := range p.Things() {
		if thing.Role == kit.RoleText && thing.Label == "Write to the group" {
			t.Error("the label is drawn")
		}
	}
}

func TestTypingIsHeardAndNotOverwritten(t *testing.T) {
	var heard []string
	f := kit.NewField("Name", "")
	f.OnChanged(func(s string) { heard = append(heard, s) })
	p := open(t, look.Light, 100, f)
	p.Type("Name", "Sue")
	if got := strings.Join(heard, " "); got != "S Su Sue" {
		t.Errorf("OnChanged heard %q", got)
	}
	f.SetText("Sue")
	if len(heard) != 3 {
		t.Error("setting the text that stands there already is heard as a change")
	}
	test.Type(f.Box(), "!")
	if f.Text() != "Sue!" {
		t.Errorf("the cursor moved: the box holds %q", f.Text())
	}
}
