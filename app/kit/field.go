package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Field is a label, a hint and a box to type in. With something to put right it has a bar at its left, the sentence that
// says how above the box, and what was typed stays.
type Field struct {
	widget.BaseWidget
	label, hint *Text
	problem     *Text
	sign        *Icon
	bar         box
	entry       *entry
	wheel       *wheel // nil over several lines, which scroll by themselves
	rim         box
	ring        ring
	focused     bool
	panel       bool    // on the dark panel
	most        float32 // widest the box gets, px at 100 %; 0: as wide as its place
	name        string
	quiet       bool // no label is drawn; it is still the name
}

// NewField makes a box of one line. hint may be empty. Fields that may stay empty say so in their label.
func NewField(label, hint string) *Field { return newField(label, hint, 1, false) }

// NewTextArea makes a box of several lines, which Tab leaves.
func NewTextArea(label, hint string, lines int) *Field {
	return newField(label, hint, max(2, lines), false)
}

// NewPassword makes a box whose letters are dots until ShowTyped.
func NewPassword(label, hint string) *Field { return newField(label, hint, 1, true) }

// NewTimeField makes a box for a time of day as people write it.
func NewTimeField(label, hint string) *Field { return newField(label, hint, 1, false).Narrow(170) }

func newField(label, hint string, lines int, secret bool) *Field {
	f := &Field{
		label: NewText(label, look.Bold, look.Ink), hint: NewText(hint, look.Small, look.Ink2),
		problem: NewText("", look.Bold, look.Danger), sign: NewIcon(assets.IconWarning, 22, look.Danger),
		bar: newBox(), rim: newBox(), ring: newRing(),
	}
	f.entry = newEntry(f, lines, secret)
	if lines == 1 {
		f.wheel = newWheel(f)
	}
	f.ExtendBaseWidget(f)
	return f
}

// Narrow keeps the box at most px wide at 100 %, and returns f.
func (f *Field) Narrow(px float32) *Field { f.most = px; return f }

// OnPanel puts it on the dark panel, and returns f.
func (f *Field) OnPanel() *Field { f.panel = true; return f }

// Unlabelled draws no label, which is still its name, and returns f.
func (f *Field) Unlabelled() *Field { f.quiet = true; return f }

// Text is what stands in the box.
func (f *Field) Text() string { return f.entry.Text }

// SetText changes what stands in the box, if it is something else. Never call it with an older text while somebody types.
func (f *Field) SetText(s string) {
	if f.entry.Text != s {
		f.entry.SetText(s)
	}
}

// SetHold shows quiet words in the empty box.
func (f *Field) SetHold(words string) { f.entry.SetPlaceHolder(words) }

// SetLabel changes label and hint.
func (f *Field) SetLabel(label, hint string) {
	if f.label.words == label && f.hint.words == hint {
		return
	}
	f.label.words, f.hint.words = label, hint
	f.Refresh()
}

// SetProblem shows a sentence that says how to put it right; empty takes it away.
func (f *Field) SetProblem(s string) {
	if f.problem.words != s {
		f.problem.words = s
		f.Refresh()
	}
}

// Problem is the sentence shown, if any.
func (f *Field) Problem() string { return f.problem.words }

// ShowTyped shows or hides the letters of a password.
func (f *Field) ShowTyped(on bool) {
	f.entry.Password = !on
	f.entry.Refresh()
}

// OnChanged has do hear every change.
func (f *Field) OnChanged(do func(string)) {
	f.entry.OnChanged = func(s string) {
		touched(f.entry)
		if do != nil {
			do(s)
		}
	}
}

// OnEnter has do called by Enter in a box of one line.
func (f *Field) OnEnter(do func()) { f.entry.onDone = do }

// OnSend has do called by Ctrl and Enter.
func (f *Field) OnSend(do func()) { f.entry.onSend = do }

// Focus puts the cursor in the box.
func (f *Field) Focus() { Focus(f.entry) }

// Focused says whether the cursor is in the box.
func (f *Field) Focused() bool { return f.focused }

// Box is the part that takes the focus.
func (f *Field) Box() Control { return f.entry }

// SetName changes what tests and readers call it.
func (f *Field) SetName(s string) { f.name = s }

// AccessibilityLabel is the label.
func (f *Field) AccessibilityLabel() string {
	if f.name != "" {
		return f.name
	}
	return f.label.words
}

func (f *Field) focusChanged(on bool) {
	f.focused = on
	f.Refresh()
}

// CreateRenderer is Fyne's.
func (f *Field) CreateRenderer() fyne.WidgetRenderer { return draw(f) }

func (f *Field) parts() []fyne.CanvasObject {
	all := []fyne.CanvasObject{f.bar, f.label, f.hint, f.sign, f.problem, f.entry, f.rim, f.ring}
	if f.wheel != nil {
		all = append(all, f.wheel)
	}
	return all
}

func (f *Field) indent() float32 {
	if f.problem.words == "" {
		return 0
	}
	return look.Px(16)
}

func (f *Field) signRoom() float32 { return look.Px(22) + look.Px(8) }

func (f *Field) boxHigh() float32 { return max(look.Px(48), f.entry.MinSize().Height) }

func (f *Field) heads(width float32) (label, hint, problem float32) {
	in := width - f.indent()
	if !f.quiet {
		label = f.label.HeightFor(in)
	}
	hint = f.hint.HeightFor(in)
	if f.problem.words != "" {
		problem = f.problem.HeightFor(in-f.signRoom()) + look.Px(2)
	}
	return label, hint, problem
}

// HeightFor says how high it is at a width.
func (f *Field) HeightFor(width float32) float32 {
	l, h, p := f.heads(width)
	top := l + h + p
	if top > 0 {
		top += look.Px(6)
	}
	return top + f.boxHigh()
}

// NaturalWidth is the widest the box gets, or room for a sentence.
func (f *Field) NaturalWidth() float32 {
	if f.most > 0 {
		return max(look.Px(f.most), min(f.label.NaturalWidth(), look.Sp(320)))
	}
	return look.Sp(420)
}

func (f *Field) least() fyne.Size {
	w := max(f.label.least().Width, look.Px(64))
	return fyne.NewSize(w, f.HeightFor(max(w, f.Size().Width)))
}

func (f *Field) arrange(size fyne.Size) {
	x, in := f.indent(), size.Width-f.indent()
	l, h, p := f.heads(size.Width)
	f.bar.place(fyne.Position{}, fyne.NewSize(4, size.Height))
	put(f.label, x, 0, in, l)
	put(f.hint, x, l, in, h)
	y := l + h
	if p > 0 {
		s := look.Px(22)
		put(f.sign, x, y+(f.problem.lineHigh()-s)/2, s, s)
		put(f.problem, x+f.signRoom(), y, in-f.signRoom(), p)
	}
	y += p
	if y > 0 {
		y += look.Px(6)
	}
	w := in
	if f.most > 0 {
		w = min(in, look.Px(f.most))
	}
	high := max(f.boxHigh(), size.Height-y)
	put(f.entry, x, y, w, high)
	if f.wheel != nil {
		put(f.wheel, x, y, w, high)
	}
	f.rim.place(fyne.NewPos(x, y), fyne.NewSize(w, high))
	f.ring.place(fyne.NewPos(x, y), fyne.NewSize(w, high))
}

func (f *Field) paint() {
	ink, ink2, focus := look.Ink, look.Ink2, look.Focus
	if f.panel {
		ink, ink2, focus = look.PanelInk, look.PanelInk2, look.FocusRail
	}
	f.label.tok, f.hint.tok = ink, ink2
	f.problem.tok, f.sign.tok = look.Danger, look.Danger
	if f.panel {
		f.problem.tok, f.sign.tok = look.Open, look.Open
	}
	wrong := f.problem.words != ""
	f.bar.Hidden, f.sign.Hidden, f.problem.Hidden, f.rim.Hidden = !wrong, !wrong, !wrong, !wrong
	f.label.Hidden = f.quiet
	f.bar.set(f.problem.tok, "", 0, 0)
	f.rim.set("", look.Danger, 3, 8)
	f.ring.set(f.focused, focus, 8)
	for _, t := range []*Text{f.label, f.hint, f.problem} {
		t.paint()
	}
	if wrong {
		f.sign.icon = assets.IconWarning
		f.sign.paint()
	}
	f.entry.Refresh()
}

// Problem is one thing to put right: the sentence, and how to get to its field.
type Problem struct {
	Say  string
	Goto func()
}

// ErrorSummary stands at the top of a page that was sent with something to put right: each line is a button that goes to
// its field.
type ErrorSummary struct {
	widget.BaseWidget
	lines []*Button
	panel *Panel
}

// NewErrorSummary makes one, hidden until Set has something to say.
func NewErrorSummary() *ErrorSummary {
	e := &ErrorSummary{}
	e.panel = NewPanel(look.DangerSoft, look.Danger, 2, 14, 16, 20, Column(0))
	e.Hidden = true
	e.ExtendBaseWidget(e)
	return e
}

// Set shows the problems in order under a heading; none hide it. It says whether they differ from those shown, so that the caller may
// move the focus to it once.
func (e *ErrorSummary) Set(heading string, problems []Problem) (fresh bool) {
	fresh = len(problems) != len(e.lines)
	for i := 0; !fresh && i < len(problems); i++ {
		fresh = e.lines[i].Text() != problems[i].Say
	}
	if !fresh {
		for i, p := range problems {
			e.lines[i].SetOnPress(p.Goto)
		}
		return false
	}
	e.lines = nil
	objects := []fyne.CanvasObject{NewText(heading, look.Section, look.DangerInk)}
	for _, p := range problems {
		b := NewButton(Link, p.Say, "", p.Goto)
		e.lines = append(e.lines, b)
		objects = append(objects, b)
	}
	e.panel.SetContent(BesideTop(16, NewIcon(assets.IconWarning, 30, look.Danger), Column(5, objects...)))
	e.Hidden = len(problems) == 0
	e.Refresh()
	return len(problems) > 0
}

// Focus moves the focus to the first line.
func (e *ErrorSummary) Focus() {
	if len(e.lines) > 0 {
		Focus(e.lines[0])
	}
}

// HeightFor says how high it is at a width.
func (e *ErrorSummary) HeightFor(width float32) float32 { return e.panel.HeightFor(width) }

// CreateRenderer is Fyne's.
func (e *ErrorSummary) CreateRenderer() fyne.WidgetRenderer { return draw(e) }
func (e *ErrorSummary) parts() []fyne.CanvasObject          { return []fyne.CanvasObject{e.panel} }
func (e *ErrorSummary) least() fyne.Size                    { return e.panel.MinSize() }
func (e *ErrorSummary) arrange(s fyne.Size)                 { e.panel.Resize(s) }
func (e *ErrorSummary) paint()                              { e.panel.Refresh() }

// CodeEntry is a box for a long code that is pasted, with a button that does it.
type CodeEntry struct {
	*fyne.Container
	Field *Field
	Paste *Button
}

// NewCodeEntry makes one. paste names the button, which takes what the clipboard holds.
func NewCodeEntry(label, hint, paste string) *CodeEntry {
	c := &CodeEntry{Field: NewTextArea(label, hint, 3)}
	c.Field.entry.Wrapping = fyne.TextWrapBreak
	c.Paste = NewButton(Second, paste, assets.IconPage, func() {
		c.Field.SetText(fyne.CurrentApp().Clipboard().Content())
		c.Field.Focus()
	})
	c.Container = Column(12, c.Field, Flow(12, c.Paste))
	return c
}
