// Package kit holds Kith's own widgets: big buttons, options, fields, cards, days and speech. It knows no domain and has
// no sentence of its own; every word is handed in. It never touches the disk, the network or the clock.
//
// All of it belongs to the screen's goroutine. Every widget that can be pressed or typed in is at least 44 px high, draws
// its own focus ring, answers to Enter and Space, and passes key-downs on to Listen, so that Shift three times is heard
// from inside any of them.
package kit

import (
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
)

// Roles, as fyne.Accessible and the tests know them, beside Fyne's own four.
const (
	RoleButton  = fyne.AccessibleRoleButton
	RoleLink    = fyne.AccessibleRoleLink
	RoleText    = fyne.AccessibleRoleText
	RoleField   = fyne.AccessibleRole("field")
	RoleOption  = fyne.AccessibleRole("option")
	RoleDay     = fyne.AccessibleRole("day")
	RoleHeading = fyne.AccessibleRole("heading")
)

// drawn is what a widget of the kit says of itself; renderer does the rest.
type drawn interface {
	fyne.CanvasObject
	parts() []fyne.CanvasObject // back to front
	arrange(size fyne.Size)     // puts every part in its place
	least() fyne.Size           // the smallest size that clips nothing
	paint()                     // takes colours, sizes and words afresh
}

type renderer struct{ d drawn }

func (r renderer) Layout(s fyne.Size)           { r.d.arrange(s) }
func (r renderer) MinSize() fyne.Size           { return r.d.least() }
func (r renderer) Objects() []fyne.CanvasObject { return plainParts(r.d) }
func (r renderer) Destroy()                     {}

func (r renderer) Refresh() {
	r.d.paint()
	r.d.arrange(r.d.Size())
	canvas.Refresh(r.d)
}

// plainParts is d's parts as painters know them: a painter asks for the very type canvas.Rectangle.
func plainParts(d drawn) []fyne.CanvasObject {
	parts := d.parts()
	for i, o := range parts {
		switch t := o.(type) {
		case box:
			parts[i] = t.Rectangle
		case ring:
			parts[i] = t.Rectangle
		}
	}
	return parts
}

// draw makes d's renderer with everything painted once.
func draw(d drawn) fyne.WidgetRenderer {
	d.paint()
	return renderer{d}
}

// Listener hears of every key-down and press inside one window.
type Listener struct {
	KeyDown func(*fyne.KeyEvent) // a key went down, also inside a field
	KeyUp   func(*fyne.KeyEvent)
	Touched func()                  // somebody is here
	Focused func(fyne.CanvasObject) // this got the focus
}

var listeners = struct {
	sync.Mutex
	on map[fyne.Canvas]Listener
}{on: map[fyne.Canvas]Listener{}}

// Listen has l hear of all that happens on c, until the returned func is called. One listener a canvas; a later one
// takes the place of an earlier.
func Listen(c fyne.Canvas, l Listener) (stop func()) {
	listeners.Lock()
	defer listeners.Unlock()
	listeners.on[c] = l
	return func() {
		listeners.Lock()
		defer listeners.Unlock()
		delete(listeners.on, c)
	}
}

func listener(o fyne.CanvasObject) Listener {
	c := canvasOf(o)
	if c == nil {
		return Listener{}
	}
	listeners.Lock()
	defer listeners.Unlock()
	return listeners.on[c]
}

// canvasOf finds the canvas that o is on. The driver knows it only once o has been painted, so before that it is looked
// for among the windows that are listened to.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	a := fyne.CurrentApp()
	if a == nil {
		return nil
	}
	if c := a.Driver().CanvasForObject(o); c != nil {
		return c
	}
	listeners.Lock()
	defer listeners.Unlock()
	for c := range listeners.on {
		if _, ok := offsetIn(c.Content(), o); ok {
			return c
		}
	}
	return nil
}

// Heard tells the listener of c of a key-down that no widget heard, since nothing has the focus.
func Heard(c fyne.Canvas, ev *fyne.KeyEvent) {
	listeners.Lock()
	l := listeners.on[c]
	listeners.Unlock()
	l.down(ev)
}

func heardDown(o fyne.CanvasObject, ev *fyne.KeyEvent) { listener(o).down(ev) }

func (l Listener) down(ev *fyne.KeyEvent) {
	if l.Touched != nil {
		l.Touched()
	}
	if l.KeyDown != nil {
		l.KeyDown(ev)
	}
}

func heardUp(o fyne.CanvasObject, ev *fyne.KeyEvent) {
	if l := listener(o); l.KeyUp != nil {
		l.KeyUp(ev)
	}
}

func touched(o fyne.CanvasObject) {
	if l := listener(o); l.Touched != nil {
		l.Touched()
	}
}

func focused(o fyne.CanvasObject) {
	reveal(o)
	if l := listener(o); l.Focused != nil {
		l.Focused(o)
	}
}

// Control is a widget that can have the focus.
type Control interface {
	fyne.Widget
	fyne.Focusable
}

// Focus gives o the focus, if it is on a canvas.
func Focus(o Control) {
	if c := canvasOf(o); c != nil {
		c.Focus(o)
	}
}

// Unfocus takes the keyboard from whatever has it in the window of o, so that Enter presses nothing.
func Unfocus(o fyne.CanvasObject) {
	if c := canvasOf(o); c != nil {
		c.Unfocus()
	}
}

// press is what everything that can be pressed has in common.
type press struct {
	widget.BaseWidget
	self    Control
	name    string // what it is called, for tests and readers; its words if empty
	hovered bool
	focused bool
	off     bool
	onPress func()
}

func (p *press) extend(self Control) {
	p.self = self
	p.ExtendBaseWidget(self)
}

func (p *press) fire() {
	touched(p.self)
	if p.onPress != nil && !p.off {
		p.onPress()
	}
}

// Tapped takes the focus and presses.
func (p *press) Tapped(*fyne.PointEvent) {
	if p.off {
		return
	}
	Focus(p.self)
	p.fire()
}

// Press does what a click does, without the pointer.
func (p *press) Press() { p.fire() }

// TypedKey presses on Enter and Space.
func (p *press) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		p.fire()
	}
}

// TypedRune hears a letter and does nothing with it.
func (p *press) TypedRune(rune) {}

// KeyDown passes the key on to the window's listener.
func (p *press) KeyDown(ev *fyne.KeyEvent) { heardDown(p.self, ev) }

// KeyUp passes the key on to the window's listener.
func (p *press) KeyUp(ev *fyne.KeyEvent) { heardUp(p.self, ev) }

// FocusGained shows the ring and scrolls it into view.
func (p *press) FocusGained() {
	p.focused = true
	p.self.Refresh()
	focused(p.self)
}

// FocusLost takes the ring away.
func (p *press) FocusLost() {
	p.focused = false
	p.self.Refresh()
}

// Focused says whether the ring is shown.
func (p *press) Focused() bool { return p.focused }

// Disabled says whether it cannot be pressed now.
func (p *press) Disabled() bool { return p.off }

// MouseIn changes the fill; nothing moves or grows.
func (p *press) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.self.Refresh() }

// MouseMoved tells the window that somebody is here.
func (p *press) MouseMoved(*desktop.MouseEvent) { touched(p.self) }

// MouseOut changes the fill back.
func (p *press) MouseOut() { p.hovered = false; p.self.Refresh() }

// Cursor is a hand.
func (p *press) Cursor() desktop.Cursor { return desktop.PointerCursor }

// SetName changes what tests and readers call it; empty means its words.
func (p *press) SetName(name string) { p.name = name }

// box is one rounded rectangle whose border lies inside its bounds.
type box struct{ *canvas.Rectangle }

func newBox() box { return box{canvas.NewRectangle(nil)} }

// set colours it; an empty token leaves that part out.
func (b box) set(fill, stroke look.Token, width, radius float32) {
	b.FillColor, b.StrokeColor, b.StrokeWidth, b.CornerRadius = nil, nil, 0, radius
	if fill != "" {
		b.FillColor = look.Color(fill)
	}
	if stroke != "" && width > 0 {
		b.StrokeColor, b.StrokeWidth = look.Color(stroke), width
		b.CornerRadius = max(0, radius-width/2)
	}
}

// place puts it at pos with its outer size, the border included.
func (b box) place(pos fyne.Position, size fyne.Size) {
	h := b.StrokeWidth / 2
	b.Move(pos.AddXY(h, h))
	b.Resize(fyne.NewSize(max(0, size.Width-2*h), max(0, size.Height-2*h)))
}

// ring is the focus ring: 3 px, 2 px outside the thing.
type ring struct{ *canvas.Rectangle }

func newRing() ring {
	r := ring{canvas.NewRectangle(nil)}
	r.Hide()
	return r
}

const ringOut = 2 + 1.5 // from the thing to the middle of the ring

func (r ring) set(on bool, tok look.Token, radius float32) {
	r.Hidden = !on
	r.FillColor, r.StrokeColor, r.StrokeWidth, r.CornerRadius = nil, look.Color(tok), 3, radius+ringOut
}

func (r ring) place(pos fyne.Position, size fyne.Size) {
	r.Move(pos.SubtractXY(ringOut, ringOut))
	r.Resize(size.AddWidthHeight(2*ringOut, 2*ringOut))
}
