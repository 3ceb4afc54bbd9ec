package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
)

// Scroll shows one thing that may be higher than the room there is. The thing is as wide as the room, and as high as it
// needs at that width; what has the focus is scrolled into view.
type Scroll struct {
	widget.BaseWidget
	inner *container.Scroll
	body  *fitted
}

// NewScroll makes a scroll round content.
func NewScroll(content fyne.CanvasObject) *Scroll {
	b := &fitted{content: plain(content)}
	b.ExtendBaseWidget(b)
	s := &Scroll{body: b, inner: container.NewVScroll(b)}
	s.ExtendBaseWidget(s)
	return s
}

// SetContent changes what is shown and goes to its top.
func (s *Scroll) SetContent(content fyne.CanvasObject) {
	s.body.content = plain(content)
	s.inner.Offset = fyne.Position{}
	s.Refresh()
}

// Top goes to the top.
func (s *Scroll) Top() { s.inner.ScrollToTop() }

// Bottom goes to the end, as a thread of messages does when it opens.
func (s *Scroll) Bottom() {
	s.inner.Offset = fyne.NewPos(0, max(0, s.body.Size().Height-s.Size().Height))
	s.inner.Refresh()
}

// AtBottom says whether the end is in view.
func (s *Scroll) AtBottom() bool {
	return s.inner.Offset.Y >= s.body.Size().Height-s.Size().Height-8
}

// Offset says how far down it is scrolled.
func (s *Scroll) Offset() float32 { return s.inner.Offset.Y }

// Reveal scrolls as little as is needed to have all of o, and the ring round it, in view.
func (s *Scroll) Reveal(o fyne.CanvasObject) {
	at, ok := offsetIn(s.body, o)
	if !ok {
		return
	}
	top := at.Y - 8
	bottom := top + o.Size().Height + 16
	y := s.inner.Offset.Y
	switch {
	case top < y && top < look.Px(140): // near the top: all of it, with its heading
		y = 0
	case top < y:
		y = top
	case bottom > y+s.Size().Height:
		y = min(bottom-s.Size().Height, top)
	default:
		return
	}
	s.inner.Offset.Y = max(0, min(y, s.body.Size().Height-s.Size().Height))
	s.inner.Refresh()
}

// CreateRenderer is Fyne's.
func (s *Scroll) CreateRenderer() fyne.WidgetRenderer { return draw(s) }

func (s *Scroll) parts() []fyne.CanvasObject { return []fyne.CanvasObject{s.inner} }
func (s *Scroll) least() fyne.Size           { return fyne.NewSize(look.Px(120), look.Px(60)) }

func (s *Scroll) arrange(size fyne.Size) {
	s.body.width = size.Width
	s.inner.Resize(size)
	s.body.Resize(fyne.NewSize(size.Width, max(size.Height, s.body.least().Height)))
	s.body.arrange(s.body.Size())
	most := max(0, s.body.Size().Height-size.Height)
	if s.inner.Offset.Y > most {
		s.inner.Offset.Y = most
	}
	s.inner.Refresh()
}

func (s *Scroll) paint() {
	if s.body.content != nil {
		s.body.content.Refresh()
	}
}

// wheel lies over a box of one line and hears the mouse's wheel alone. Fyne's own box would keep the wheel for itself, and a
// page would stand still under a mouse that has come to rest on a box.
type wheel struct {
	widget.BaseWidget
	over fyne.CanvasObject
}

func newWheel(over fyne.CanvasObject) *wheel {
	w := &wheel{over: over}
	w.ExtendBaseWidget(w)
	return w
}

// Scrolled scrolls what holds the box.
func (w *wheel) Scrolled(ev *fyne.ScrollEvent) {
	if s := scrollOf(w.over); s != nil {
		s.inner.Scrolled(ev)
	}
}

// CreateRenderer is Fyne's.
func (w *wheel) CreateRenderer() fyne.WidgetRenderer { return renderer{w} }

func (w *wheel) parts() []fyne.CanvasObject { return nil }
func (w *wheel) least() fyne.Size           { return fyne.Size{} }
func (w *wheel) arrange(fyne.Size)          {}
func (w *wheel) paint()                     {}

// fitted is what a Scroll scrolls: it says its height for the width the Scroll has.
type fitted struct {
	widget.BaseWidget
	content fyne.CanvasObject
	width   float32
}

func (f *fitted) CreateRenderer() fyne.WidgetRenderer { return renderer{f} }

func (f *fitted) parts() []fyne.CanvasObject {
	if f.content == nil {
		return nil
	}
	return []fyne.CanvasObject{f.content}
}

func (f *fitted) least() fyne.Size {
	if f.content == nil || f.width == 0 {
		return fyne.Size{}
	}
	return fyne.NewSize(0, HeightFor(f.content, f.width))
}

func (f *fitted) arrange(size fyne.Size) {
	if f.content != nil {
		put(f.content, 0, 0, size.Width, max(HeightFor(f.content, size.Width), size.Height))
	}
}

func (f *fitted) paint() {}

// Children says what o is made of, one step down, back to front. Stock widgets of Fyne have none.
func Children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch t := o.(type) {
	case *fyne.Container:
		return t.Objects
	case drawn:
		return plainParts(t)
	case *container.Scroll:
		return []fyne.CanvasObject{t.Content}
	case *container.ThemeOverride:
		return []fyne.CanvasObject{t.Content}
	}
	return nil
}

// Walk visits o and everything visible in it, back to front and in tab order, until visit says to stop going deeper.
func Walk(o fyne.CanvasObject, visit func(fyne.CanvasObject) (deeper bool)) {
	if o == nil || !o.Visible() || !visit(o) {
		return
	}
	for _, c := range Children(o) {
		Walk(c, visit)
	}
}

// offsetIn says where o stands in root, whether it has been painted or not; false where it does not stand there.
func offsetIn(root, o fyne.CanvasObject) (fyne.Position, bool) {
	if root == nil {
		return fyne.Position{}, false
	}
	if root == o {
		return fyne.Position{}, true
	}
	for _, c := range Children(root) {
		if at, ok := offsetIn(c, o); ok {
			return at.Add(c.Position()), true
		}
	}
	return fyne.Position{}, false
}

// reveal scrolls o into view in whatever Scroll holds it.
func reveal(o fyne.CanvasObject) {
	if s := scrollOf(o); s != nil {
		s.Reveal(o)
	}
}

// scrollOf is the innermost Scroll that holds o on its canvas; nil where there is none.
func scrollOf(o fyne.CanvasObject) *Scroll {
	c := canvasOf(o)
	if c == nil {
		return nil
	}
	for _, root := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		if s := holder(root, o, nil); s != nil {
			return s
		}
	}
	return nil
}

// Begin puts the keyboard where a page that has just been opened, or has come back, begins. A fresh one opens at its top,
// whatever its first field would scroll it to: typing brings that into view. A button out of view is no beginning, since
// Enter would press it unseen; where nothing else has the focus, the first thing in view gets it.
func Begin(o fyne.CanvasObject, fresh bool) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	if fresh {
		Walk(o, func(in fyne.CanvasObject) bool {
			if p, ok := in.(*Page); ok {
				p.Top()
			}
			return true
		})
	}
	at, _ := c.Focused().(fyne.CanvasObject)
	if _, types := at.(*entry); at != nil && (types || inView(o, at)) {
		return
	}
	c.Unfocus()
	Walk(o, func(in fyne.CanvasObject) bool {
		f, ok := in.(Control)
		if d, can := in.(interface{ Disabled() bool }); can && d.Disabled() {
			ok = false
		}
		if ok && c.Focused() == nil && inView(o, in) {
			c.Focus(f)
		}
		return c.Focused() == nil
	})
}

// inView says whether all of o stands in view, as its Scroll in root is scrolled now. What has no size yet counts.
func inView(root, o fyne.CanvasObject) bool {
	s := holder(root, o, nil)
	if s == nil || s.Size().Height == 0 {
		return true
	}
	at, _ := offsetIn(s.body, o)
	return at.Y >= s.Offset()-1 && at.Y+o.Size().Height <= s.Offset()+s.Size().Height+1
}

// holder finds the innermost Scroll that holds o.
func holder(at, o fyne.CanvasObject, in *Scroll) *Scroll {
	if at == nil {
		return nil
	}
	if at == o {
		return in
	}
	if s, ok := at.(*Scroll); ok {
		in = s
	}
	for _, c := range Children(at) {
		if s := holder(c, o, in); s != nil {
			return s
		}
	}
	return nil
}

// relayout lays the page out again that holds o, after o has changed its height by itself.
func relayout(o fyne.CanvasObject) {
	c := canvasOf(o)
	if c == nil {
		return
	}
	if s := holder(c.Content(), o, nil); s != nil {
		s.Refresh()
	}
}
