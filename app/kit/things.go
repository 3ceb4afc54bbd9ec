package kit

import "fyne.io/fyne/v2"

// Thing is something on a canvas that has a label: what tests find, what the window stories click, what a reader reads.
type Thing struct {
	Label   string
	Role    fyne.AccessibleRole
	Pos     fyne.Position // in the canvas
	Size    fyne.Size
	Object  fyne.CanvasObject
	Focused bool
	Enabled bool
	InView  bool // its middle is not scrolled away
}

// Things lists all of a canvas that has a label, in the order of the Tab key; where something lies over the page, that
// alone.
func Things(c fyne.Canvas) []Thing {
	root := c.Content()
	if o := c.Overlays().Top(); o != nil {
		root = o
	}
	t := things{canvas: c, drv: fyne.CurrentApp().Driver()}
	t.walk(root, view{size: c.Size().AddWidthHeight(0, 1e6)})
	return t.found
}

type view struct {
	pos  fyne.Position
	size fyne.Size
}

// shows says whether a point is inside.
func (v view) shows(p fyne.Position) bool {
	return p.X >= v.pos.X && p.Y >= v.pos.Y && p.X <= v.pos.X+v.size.Width && p.Y <= v.pos.Y+v.size.Height
}

type things struct {
	canvas fyne.Canvas
	drv    fyne.Driver
	found  []Thing
}

func (t *things) walk(o fyne.CanvasObject, in view) {
	if o == nil || !o.Visible() {
		return
	}
	if a, ok := o.(fyne.Accessible); ok && a.AccessibilityLabel() != "" && a.AccessibilityRole() != fyne.AccessibleRoleContainer {
		t.found = append(t.found, t.thing(o, a, in))
	}
	if s, ok := o.(*Scroll); ok {
		in = view{t.drv.AbsolutePositionForObject(s), s.Size()}
	}
	for _, c := range Children(o) {
		t.walk(c, in)
	}
}

func (t *things) thing(o fyne.CanvasObject, a fyne.Accessible, in view) Thing {
	x := Thing{Label: a.AccessibilityLabel(), Role: a.AccessibilityRole(), Pos: t.drv.AbsolutePositionForObject(o), Size: o.Size(), Object: o, Enabled: true}
	x.InView = in.shows(x.Pos.AddXY(x.Size.Width/2, x.Size.Height/2))
	if f, ok := o.(fyne.Focusable); ok {
		x.Focused = t.canvas.Focused() == f
	}
	switch d := o.(type) {
	case *DayCell:
		x.Focused = d.Focused()
	case interface{ Disabled() bool }:
		x.Enabled = !d.Disabled()
	}
	return x
}
