package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// entry is Fyne's own box to type in, with three things mended: Tab leaves it always, Ctrl and Enter can send, and
// key-downs are passed on, so that Shift three times is heard while somebody types.
type entry struct {
	widget.Entry
	field  *Field // whose it is; draws the ring
	onSend func() // Ctrl and Enter
	onDone func() // Enter in a box of one line
	held   bool   // the mouse is down on it
}

func newEntry(f *Field, lines int, secret bool) *entry {
	e := &entry{field: f}
	e.ExtendBaseWidget(e)
	if lines > 1 {
		e.MultiLine = true
		e.Wrapping = fyne.TextWrapWord
		e.SetMinRowsVisible(lines)
	}
	if secret {
		e.Password = true
		e.ActionItem = NewText("", f.label.style, f.label.tok) // none of Fyne's own, whose eye has no word
	}
	return e
}

// AcceptsTab is never: a box must not hold the keyboard fast.
func (e *entry) AcceptsTab() bool { return false }

// KeyDown passes the key on to the window's listener too.
func (e *entry) KeyDown(ev *fyne.KeyEvent) {
	e.Entry.KeyDown(ev)
	heardDown(e, ev)
}

// KeyUp passes the key on to the window's listener too.
func (e *entry) KeyUp(ev *fyne.KeyEvent) {
	e.Entry.KeyUp(ev)
	heardUp(e, ev)
}

// TypedKey sends on Enter where there is one line only.
func (e *entry) TypedKey(ev *fyne.KeyEvent) {
	reveal(e.field)
	if !e.MultiLine && (ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter) {
		if e.onDone != nil {
			e.onDone()
		}
		return
	}
	e.Entry.TypedKey(ev)
}

// TypedRune types a letter, in view.
func (e *entry) TypedRune(r rune) {
	reveal(e.field)
	e.Entry.TypedRune(r)
}

// TypedShortcut sends on Ctrl and Enter.
func (e *entry) TypedShortcut(s fyne.Shortcut) {
	reveal(e.field)
	if c, ok := s.(*desktop.CustomShortcut); ok && e.onSend != nil &&
		c.Modifier == fyne.KeyModifierShortcutDefault && (c.KeyName == fyne.KeyReturn || c.KeyName == fyne.KeyEnter) {
		e.onSend()
		return
	}
	e.Entry.TypedShortcut(s)
}

// FocusGained shows the ring and scrolls it into view.
func (e *entry) FocusGained() {
	e.Entry.FocusGained()
	e.field.focusChanged(true)
	if !e.held {
		focused(e.field)
	}
}

// MouseDown takes the focus. A box that is half out of view stays where it is until the mouse is let go: it would move
// away from under it, and Fyne would take the focus back.
func (e *entry) MouseDown(ev *desktop.MouseEvent) {
	e.held = true
	e.Entry.MouseDown(ev)
}

// MouseUp scrolls the box into view.
func (e *entry) MouseUp(ev *desktop.MouseEvent) {
	e.Entry.MouseUp(ev)
	if e.held {
		e.held = false
		focused(e.field)
	}
}

// FocusLost takes the ring away.
func (e *entry) FocusLost() {
	e.Entry.FocusLost()
	e.held = false
	e.field.focusChanged(false)
}

// AccessibilityLabel is the field's label.
func (e *entry) AccessibilityLabel() string { return e.field.AccessibilityLabel() }

// AccessibilityRole is a field's.
func (e *entry) AccessibilityRole() fyne.AccessibleRole { return RoleField }

// Typed is what stands in the box.
func (e *entry) Typed() string { return e.Text }
