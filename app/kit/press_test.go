package kit_test

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/uitest"
	"kith/assets"
)

// open shows things in a column on a page.
func open(t *testing.T, c look.Colours, percent int, things ...fyne.CanvasObject) *uitest.Page {
	t.Helper()
	return uitest.Open(t, func() fyne.CanvasObject { return kit.NewPage(nil, kit.Column(14, things...)) }, fyne.NewSize(900, 700), c, percent)
}

func TestEverythingPressableAnswersToEnterAndSpace(t *testing.T) {
	for _, c := range []struct {
		name  string
		label string
		make  func(press func()) fyne.CanvasObject
	}{
		{"main button", "Send", func(f func()) fyne.CanvasObject { return kit.NewButton(kit.Main, "Send", assets.IconTick, f) }},
		{"second button", "Print", func(f func()) fyne.CanvasObject { return kit.NewButton(kit.Second, "Print", "", f).Small() }},
		{"danger button", "End", func(f func()) fyne.CanvasObject { return kit.NewButton(kit.Danger, "End", "", f) }},
		{"link", "Read", func(f func()) fyne.CanvasObject { return kit.NewButton(kit.Link, "Read", "", f) }},
		{"tonight button", "Next", func(f func()) fyne.CanvasObject { return kit.NewButton(kit.Tonight, "Next", "", f) }},
		{"big choice", "I have an invitation", func(f func()) fyne.CanvasObject {
			return kit.NewBigChoice(assets.IconMessages, "I have an invitation", "Somebody sent it", true, f)
		}},
		{"option", "Large", func(f func()) fyne.CanvasObject { return kit.NewOption(kit.Radio, "Large", false, f) }},
		{"tick", "All day", func(f func()) fyne.CanvasObject { return kit.NewOption(kit.Tick, "All day", false, f) }},
		{"rail item", "Calendar", func(f func()) fyne.CanvasObject { return kit.NewRailItem(assets.IconCalendar, "Calendar", f) }},
		{"tonight on the rail", "Tonight", func(f func()) fyne.CanvasObject { return kit.NewTonightButton("Tonight", f) }},
		{"hide now", "Hide now", func(f func()) fyne.CanvasObject { return kit.NewHideButton("Hide now", "or Shift 3 times", f) }},
		{"row", "Picnic", func(f func()) fyne.CanvasObject {
			r := kit.NewPressRow(kit.Body("Picnic"), f)
			r.Set("Picnic", false)
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			pressed := 0
			p := open(t, look.Light, 100, c.make(func() { pressed++ }))
			p.AssertSound()
			if got := p.Tab(); got != c.label {
				t.Fatalf("Tab() = %q, want %q", got, c.label)
			}
			for i, key := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace} {
				p.Key(key)
				if pressed != i+1 {
					t.Errorf("%s pressed it %d times in all, want %d", key, pressed, i+1)
				}
			}
			p.Press(c.label)
			if pressed != 4 {
				t.Errorf("a click pressed it %d times in all, want 4", pressed)
			}
			p.Key(fyne.KeyA)
			if pressed != 4 {
				t.Errorf("the letter A pressed it")
			}
		})
	}
}

// TestFocusRingIsSeen paints each thing with and without the focus, in every set of colours.
func TestFocusRingIsSeen(t *testing.T) {
	for _, c := range look.AllColours() {
		b := kit.NewButton(kit.Second, "Print", "", nil)
		p := open(t, c, 100, b)
		before := p.Picture()
		p.Tab()
		after := p.Picture()
		want := look.Color(look.Focus)
		seen := 0
		for y := range after.Bounds().Dy() {
			for x := range after.Bounds().Dx() {
				r, g, bl, _ := after.At(x, y).RGBA()
				if uint8(r>>8) == want.R && uint8(g>>8) == want.G && uint8(bl>>8) == want.B && before.At(x, y) != after.At(x, y) {
					seen++
				}
			}
		}
		// A ring of 3 px round 80 by 48 has more than 700 px.
		if seen < 500 {
			t.Errorf("%s: the focus changes %d px to the colour of the ring, want at least 500", c, seen)
		}
	}
}

func TestButtonThatCannotBePressed(t *testing.T) {
	pressed := false
	b := kit.NewButton(kit.Main, "Send", "", func() { pressed = true })
	b.SetEnabled(false)
	p := open(t, look.Light, 100, b)
	p.Tab()
	p.Key(fyne.KeyReturn)
	b.Tapped(&fyne.PointEvent{})
	if pressed {
		t.Error("a button that is not available was pressed")
	}
	if p.Find("Send").Enabled {
		t.Error("Find(Send).Enabled = true, want false")
	}
}

func TestButtonWithoutWordsTakesNoRoom(t *testing.T) {
	b := kit.NewButton(kit.Main, "Send", "", nil)
	open(t, look.Light, 100, b)
	b.SetText("")
	if b.Visible() {
		t.Error("a button without words is shown")
	}
	b.SetText("Send it")
	if !b.Visible() || b.AccessibilityLabel() != "Send it" {
		t.Errorf("button shows %v as %q, want shown as %q", b.Visible(), b.AccessibilityLabel(), "Send it")
	}
}

// TestShiftIsHeardFromInsideEverything is the ground of Hide now: key-downs reach the window wherever the focus is.
func TestShiftIsHeardFromInsideEverything(t *testing.T) {
	field, area, pass := kit.NewField("Name", ""), kit.NewTextArea("Notes", "", 3), kit.NewPassword("Passphrase", "")
	date := kit.NewDateField("Which day?", "", dateWords, nil)
	code := kit.NewCodeEntry("Your invitation", "", "Paste")
	month := kit.NewMonthView(nil, nil)
	month.Set(november())
	choice := kit.NewChoice(kit.Radio, nil)
	choice.Set([]kit.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}})
	seg := kit.NewSegments(nil)
	seg.Set([]kit.Option{{Value: "a", Label: "Agenda", Chosen: true}})
	row := kit.NewPressRow(kit.Body("Row"), nil)
	row.Set("Row", true)
	p := open(t, look.Light, 100, field, area, pass, date, code.Container, month, choice.Container, seg.Panel, row,
		kit.NewButton(kit.Main, "Send", "", nil), kit.NewBigChoice(assets.IconHelp, "Go", "", false, nil),
		kit.NewRailItem(assets.IconHelp, "Help", nil), kit.NewTonightButton("Tonight", nil), kit.NewHideButton("Hide now", "", nil))
	heard, touched := 0, 0
	defer kit.Listen(p.Win.Canvas(), kit.Listener{
		KeyDown: func(ev *fyne.KeyEvent) {
			if ev.Name == desktop.KeyShiftLeft {
				heard++
			}
		},
		Touched: func() { touched++ },
	})()
	c := p.Win.Canvas()
	stops := map[fyne.Focusable]bool{}
	for p.Tab(); c.Focused() != nil && !stops[c.Focused()]; p.Tab() {
		f := c.Focused()
		stops[f] = true
		before, was := heard, touched
		p.Key(desktop.KeyShiftLeft)
		if heard != before+1 {
			t.Errorf("Shift was heard %d times from inside %T %q, want once", heard-before, f, p.Focused())
		}
		if touched == was {
			t.Errorf("a key inside %T %q did not say that somebody is here", f, p.Focused())
		}
	}
	if len(stops) < 19 {
		t.Errorf("the Tab key stopped %d times, want every one of the 19 things", len(stops))
	}
}

func TestArrowsGoFromAnswerToAnswer(t *testing.T) {
	picked := ""
	c := kit.NewChoice(kit.Radio, func(v string) { picked = v })
	c.Set([]kit.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}, {Value: "maybe", Label: "Perhaps"}})
	p := open(t, look.Light, 100, c.Container)
	p.Tab()
	p.Key(fyne.KeyRight)
	if got := p.Focused(); got != "No" {
		t.Errorf("Right goes to %q, want No", got)
	}
	p.Key(fyne.KeyLeft)
	p.Key(fyne.KeyUp)
	if got := p.Focused(); got != "Perhaps" {
		t.Errorf("Up from the first goes to %q, want the last", got)
	}
	p.Key(fyne.KeySpace)
	if picked != "maybe" {
		t.Errorf("Space picked %q, want maybe", picked)
	}
	// A newer state keeps the widget, and so the focus.
	c.Set([]kit.Option{{Value: "yes", Label: "Yes"}, {Value: "maybe", Label: "Perhaps", Chosen: true}})
	if got := p.Focused(); got != "Perhaps" {
		t.Errorf("after a newer state the focus is on %q, want Perhaps", got)
	}
	if !c.Button("maybe").Chosen() || c.Button("yes").Chosen() {
		t.Error("what is chosen is not what the state says")
	}
}

func TestHideNowShowsHowManyPressesWereHeard(t *testing.T) {
	h := kit.NewHideButton("Hide now", "or Shift 3 times", nil)
	p := open(t, look.Light, 100, h)
	none := p.Picture()
	h.SetCount(1, "Twice more")
	one := p.Picture()
	h.SetCount(2, "Once more")
	two := p.Picture()
	if same(none, one) || same(one, two) {
		t.Error("a press of Shift changes nothing that can be seen")
	}
}
