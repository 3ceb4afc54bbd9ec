package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"kith/app/kit/look"
	"kith/assets"
)

// Option is one answer; the same shape as present.Option, so one converts to the other.
type Option struct {
	Value  string // what is handed to the choice's func
	Label  string
	Hint   string // smaller words under it; may be empty
	Chosen bool
}

// Mark is the sign before an answer.
type Mark int

// Radio is round: one answer of several. Tick is square: yes or no for each.
const (
	Radio Mark = 1
	Tick  Mark = 2
)

// OptionButton is one answer as a whole button: 48 px high, a 24 px mark before it.
type OptionButton struct {
	press
	mark   Mark
	label  *Text
	hint   *Text
	chosen bool
	face   *Avatar // nil: none
	box    box
	ring   ring
	circle *canvas.Circle
	dot    *canvas.Circle
	square box
	tick   *Icon
	rail   bool // on the dark panel
	step   func(by int)
}

// NewOption makes one answer. A Choice makes several that belong together.
func NewOption(mark Mark, label string, chosen bool, onPress func()) *OptionButton {
	o := &OptionButton{
		mark: mark, chosen: chosen, label: NewText(label, look.Body, look.Ink),
		hint: NewText("", look.Small, look.Ink2), box: newBox(), ring: newRing(),
		circle: canvas.NewCircle(nil), dot: canvas.NewCircle(nil), square: newBox(), tick: NewIcon(assets.IconTick, 18, look.OnPrimary),
	}
	o.onPress = onPress
	o.extend(o)
	return o
}

// OnPanel makes it stand on the dark panel without a box round it, and returns o.
func (o *OptionButton) OnPanel() *OptionButton { o.rail = true; return o }

// SetChosen changes whether it is chosen.
func (o *OptionButton) SetChosen(on bool) {
	if o.chosen != on {
		o.chosen = on
		o.Refresh()
	}
}

// Chosen says whether it is chosen.
func (o *OptionButton) Chosen() bool { return o.chosen }

// SetText changes label and hint.
func (o *OptionButton) SetText(label, hint string) {
	o.label.words, o.hint.words = label, hint
	o.Refresh()
}

// AccessibilityLabel is the label.
func (o *OptionButton) AccessibilityLabel() string {
	if o.name != "" {
		return o.name
	}
	return o.label.words
}

// AccessibilityRole is an option's.
func (o *OptionButton) AccessibilityRole() fyne.AccessibleRole { return RoleOption }

// TypedKey presses on Enter and Space; arrows go to the next answer of the same choice.
func (o *OptionButton) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyLeft, fyne.KeyUp:
		if o.step != nil {
			o.step(-1)
		}
	case fyne.KeyRight, fyne.KeyDown:
		if o.step != nil {
			o.step(1)
		}
	default:
		o.press.TypedKey(ev)
	}
}

// CreateRenderer is Fyne's.
func (o *OptionButton) CreateRenderer() fyne.WidgetRenderer { return draw(o) }

func (o *OptionButton) parts() []fyne.CanvasObject {
	out := []fyne.CanvasObject{o.box, o.circle, o.dot, o.square, o.tick}
	if o.face != nil {
		out = append(out, o.face)
	}
	return append(out, o.label, o.hint, o.ring)
}

// before is the room the mark and the face take, with the padding left of the words.
func (o *OptionButton) before() float32 {
	x := look.Px(12) + look.Px(24) + look.Px(12)
	if o.rail {
		x -= look.Px(12)
	}
	if o.face != nil {
		x += look.Px(40) + look.Px(12)
	}
	return x
}

// NaturalWidth is the width with all words on one line, bold or not, so that choosing moves nothing.
func (o *OptionButton) NaturalWidth() float32 {
	bold := fyne.MeasureText(o.label.words, look.Sp(look.Bold.Size), fyne.TextStyle{Bold: true}).Width
	return o.before() + ceil(max(bold, o.hint.NaturalWidth())) + 1 + look.Px(16)
}

// HeightFor says how high it is when its words wrap at a width.
func (o *OptionButton) HeightFor(width float32) float32 {
	in := width - o.before() - look.Px(16)
	h := o.label.HeightFor(in) + o.hint.HeightFor(in)
	high := look.Px(48)
	if o.face != nil {
		high = look.Px(64)
	}
	return max(high, h+look.Px(16))
}

func (o *OptionButton) least() fyne.Size {
	w := o.before() + max(o.label.least().Width, o.hint.least().Width) + look.Px(16)
	return fyne.NewSize(w, o.HeightFor(max(w, o.Size().Width)))
}

func (o *OptionButton) arrange(size fyne.Size) {
	o.box.place(fyne.Position{}, size)
	o.ring.place(fyne.Position{}, size)
	x := look.Px(12)
	if o.rail {
		x = 0
	}
	side := look.Px(24)
	y := (size.Height - side) / 2
	put(o.circle, x+1, y+1, side-2, side-2)
	d := side * 0.5
	put(o.dot, x+(side-d)/2, y+(side-d)/2, d, d)
	o.square.place(fyne.NewPos(x, y), fyne.NewSquareSize(side))
	t := look.Px(18)
	put(o.tick, x+(side-t)/2, y+(side-t)/2, t, t)
	if o.face != nil {
		f := look.Px(40)
		put(o.face, x+side+look.Px(12), (size.Height-f)/2, f, f)
	}
	in := size.Width - o.before() - look.Px(4)
	lh, hh := o.label.HeightFor(in), o.hint.HeightFor(in)
	top := (size.Height - lh - hh) / 2
	put(o.label, o.before(), top, in, lh)
	put(o.hint, o.before(), top+lh, in, hh)
}

func (o *OptionButton) paint() {
	fill, stroke, ink, width := look.Card, look.Edge, look.Ink, float32(2)
	mark, focus := look.Edge, look.Focus
	o.label.style = look.Body
	o.hint.tok = look.Ink2
	switch {
	case o.chosen:
		fill, stroke, ink, width, mark = look.PrimarySoft, look.Primary, look.PrimaryInk, 3, look.Primary
		o.label.style = look.Bold
		o.hint.tok = look.Ink
	case o.hovered:
		fill = look.PrimarySoft
		if look.IsStrong() {
			width = 4
		}
	}
	if look.IsStrong() && o.chosen { // the chosen thing is yellow with black words
		fill, ink, mark = look.Primary, look.OnPrimary, look.OnPrimary
		o.hint.tok = look.OnPrimary
	}
	hole := fill
	if o.rail {
		fill, stroke, ink, focus, mark, hole = "", "", look.PanelInk, look.FocusRail, look.PanelInk, ""
		o.label.style = look.Body
	}
	o.box.set(fill, stroke, width, 10)
	o.ring.set(o.focused, focus, 10)
	o.label.tok = ink
	o.label.paint()
	o.hint.paint()
	o.circle.Hidden, o.dot.Hidden = o.mark != Radio, o.mark != Radio || !o.chosen
	o.square.Hidden, o.tick.Hidden = o.mark != Tick, true
	o.circle.FillColor, o.circle.StrokeColor, o.circle.StrokeWidth = look.Color(hole), look.Color(mark), 2
	o.dot.FillColor = look.Color(mark)
	if o.mark == Tick {
		if o.chosen {
			on := look.OnPrimary
			if look.IsStrong() && !o.rail {
				on = look.Primary
			}
			if o.rail {
				on = look.Panel
			}
			o.square.set(mark, mark, 2, 6)
			o.tick.icon, o.tick.tok = assets.IconTick, on
			o.tick.paint()
			o.tick.Hidden = false
		} else {
			o.square.set(hole, mark, 2, 6)
		}
	}
	if o.face != nil {
		o.face.paint()
	}
}

// Choice is a question's answers: a wrapping row, or a column, of OptionButtons. Render a new list at any time; an
// answer keeps its widget, and so the focus, as long as its Value stays.
type Choice struct {
	*fyne.Container
	mark    Mark
	onPick  func(value string)
	options []Option
	buttons map[string]*OptionButton
	faces   map[string]Face
}

// NewChoice makes answers side by side. onPick hears the Value pressed; what is chosen is changed by Set alone.
func NewChoice(mark Mark, onPick func(value string)) *Choice {
	return &Choice{Container: Flow(10), mark: mark, onPick: onPick, buttons: map[string]*OptionButton{}}
}

// NewChoiceColumn makes answers one under another.
func NewChoiceColumn(mark Mark, onPick func(value string)) *Choice {
	return &Choice{Container: Column(10), mark: mark, onPick: onPick, buttons: map[string]*OptionButton{}}
}

// SetFaces gives answers a face before their label, by Value. Call it before Set.
func (c *Choice) SetFaces(faces map[string]Face) { c.faces = faces }

// Set shows options as they are.
func (c *Choice) Set(options []Option) {
	c.options = options
	c.Objects = c.Objects[:0]
	for _, o := range options {
		b := c.buttons[o.Value]
		if b == nil {
			v := o.Value
			b = NewOption(c.mark, o.Label, o.Chosen, func() {
				if c.onPick != nil {
					c.onPick(v)
				}
			})
			b.step = func(by int) { c.step(v, by) }
			c.buttons[v] = b
		}
		if f, ok := c.faces[o.Value]; ok {
			if b.face == nil {
				b.face = NewAvatar(f, 40)
			}
			b.face.face = f
		}
		b.label.words, b.hint.words, b.chosen = o.Label, o.Hint, o.Chosen
		b.Refresh()
		c.Objects = append(c.Objects, b)
	}
	c.Container.Refresh()
}

// Focus gives the chosen answer the focus, or the first.
func (c *Choice) Focus() {
	for _, o := range c.options {
		if o.Chosen {
			Focus(c.buttons[o.Value])
			return
		}
	}
	if len(c.options) > 0 {
		Focus(c.buttons[c.options[0].Value])
	}
}

// Button returns the widget of a value, or nil.
func (c *Choice) Button(value string) *OptionButton { return c.buttons[value] }

func (c *Choice) step(from string, by int) {
	for i, o := range c.options {
		if o.Value == from {
			n := len(c.options)
			Focus(c.buttons[c.options[(i+by+n)%n].Value])
			return
		}
	}
}

// BigChoice is one of a few ways to go on: 92 px high, icon, title, one line, an arrow.
type BigChoice struct {
	press
	icon, arrow *Icon
	title, line *Text
	lead        bool
	box         box
	ring        ring
}

// NewBigChoice makes one; lead is the filled one that most people want.
func NewBigChoice(icon assets.Icon, title, line string, lead bool, onPress func()) *BigChoice {
	b := &BigChoice{
		icon: NewIcon(icon, 28, look.Ink), arrow: NewIcon(assets.IconForward, 26, look.Ink),
		title: NewText(title, look.Section, look.Ink), line: NewText(line, look.Small, look.Ink2),
		lead: lead, box: newBox(), ring: newRing(),
	}
	b.onPress = onPress
	b.extend(b)
	return b
}

// Set changes title and line.
func (b *BigChoice) Set(title, line string) {
	b.title.words, b.line.words = title, line
	b.Refresh()
}

// AccessibilityLabel is the title.
func (b *BigChoice) AccessibilityLabel() string {
	if b.name != "" {
		return b.name
	}
	return b.title.words
}

// AccessibilityRole is a button's.
func (b *BigChoice) AccessibilityRole() fyne.AccessibleRole { return RoleButton }

// CreateRenderer is Fyne's.
func (b *BigChoice) CreateRenderer() fyne.WidgetRenderer { return draw(b) }

func (b *BigChoice) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.box, b.icon, b.title, b.line, b.arrow, b.ring}
}

func (b *BigChoice) sides() (left, right float32) {
	return look.Px(24) + look.Px(28) + look.Px(20), look.Px(24) + look.Px(26) + look.Px(12)
}

// HeightFor says how high it is at a width.
func (b *BigChoice) HeightFor(width float32) float32 {
	l, r := b.sides()
	return max(look.Px(90), b.title.HeightFor(width-l-r)+b.line.HeightFor(width-l-r)+look.Px(36))
}

func (b *BigChoice) least() fyne.Size {
	l, r := b.sides()
	w := l + r + max(b.title.least().Width, b.line.least().Width)
	return fyne.NewSize(w, b.HeightFor(max(w, b.Size().Width)))
}

func (b *BigChoice) arrange(size fyne.Size) {
	b.box.place(fyne.Position{}, size)
	b.ring.place(fyne.Position{}, size)
	l, r := b.sides()
	w := size.Width - l - r
	th, lh := b.title.HeightFor(w), b.line.HeightFor(w)
	y := (size.Height - th - lh) / 2
	put(b.title, l, y, w, th)
	put(b.line, l, y+th, w, lh)
	s := look.Px(28)
	put(b.icon, look.Px(24), (size.Height-s)/2, s, s)
	a := look.Px(26)
	put(b.arrow, size.Width-look.Px(24)-a, (size.Height-a)/2, a, a)
}

func (b *BigChoice) paint() {
	fill, stroke, ink, ink2, width := look.Card, look.Edge, look.Ink, look.Ink2, float32(2)
	if b.lead {
		fill, stroke, ink, ink2 = look.Primary, "", look.OnPrimary, look.OnPrimary
	}
	if b.hovered {
		if b.lead {
			fill = look.PrimaryInk
		} else {
			fill = look.PrimarySoft
		}
		if look.IsStrong() {
			stroke, width = look.Ink, 4
		}
	}
	b.box.set(fill, stroke, width, 14)
	b.ring.set(b.focused, look.Focus, 14)
	for _, t := range []*Text{b.title, b.line} {
		t.tok = ink
	}
	b.line.tok = ink2
	b.title.paint()
	b.line.paint()
	b.icon.tok, b.arrow.tok = ink, ink
	b.icon.paint()
	b.arrow.paint()
}

// Segments is a few ways to look at the same thing, joined in one border; the chosen one is filled and has a tick.
type Segments struct {
	*Panel
	row    *fyne.Container
	onPick func(value string)
	items  map[string]*segment
}

// NewSegments makes one; onPick hears the Value pressed.
func NewSegments(onPick func(value string)) *Segments {
	s := &Segments{row: Flow(0), onPick: onPick, items: map[string]*segment{}}
	s.Panel = NewPanel(look.Card, look.Primary, 2, 10, 0, 0, s.row)
	return s
}

// Set shows options as they are.
func (s *Segments) Set(options []Option) {
	s.row.Objects = s.row.Objects[:0]
	for _, o := range options {
		b := s.items[o.Value]
		if b == nil {
			v := o.Value
			b = newSegment(func() {
				if s.onPick != nil {
					s.onPick(v)
				}
			})
			s.items[v] = b
		}
		b.words.words, b.chosen = o.Label, o.Chosen
		s.row.Objects = append(s.row.Objects, b)
	}
	s.Panel.Refresh()
}

// Focus gives the segment of value the focus.
func (s *Segments) Focus(value string) {
	if b := s.items[value]; b != nil {
		Focus(b)
	}
}

type segment struct {
	press
	words  *Text
	tick   *Icon
	chosen bool
	box    box
	ring   ring
}

func newSegment(onPress func()) *segment {
	s := &segment{words: NewLine("", look.Body, look.Primary), tick: NewIcon(assets.IconTick, 22, look.OnPrimary), box: newBox(), ring: newRing()}
	s.onPress = onPress
	s.extend(s)
	return s
}

// AccessibilityLabel is the words.
func (s *segment) AccessibilityLabel() string { return s.words.words }

// AccessibilityRole is an option's.
func (s *segment) AccessibilityRole() fyne.AccessibleRole { return RoleOption }

func (s *segment) CreateRenderer() fyne.WidgetRenderer { return draw(s) }

func (s *segment) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{s.box, s.tick, s.words, s.ring}
}

func (s *segment) least() fyne.Size {
	w := s.words.NaturalWidth() + look.Px(32)
	if s.chosen {
		w += look.Px(28)
	}
	return fyne.NewSize(w, look.Px(48))
}

func (s *segment) arrange(size fyne.Size) {
	s.box.place(fyne.NewPos(3, 3), size.SubtractWidthHeight(6, 6))
	s.ring.place(fyne.NewPos(2, 2), size.SubtractWidthHeight(4, 4))
	x := look.Px(16)
	t := look.Px(22)
	put(s.tick, x-look.Px(2), (size.Height-t)/2, t, t)
	if s.chosen {
		x += look.Px(28)
	}
	h := s.words.lineHigh()
	put(s.words, x, (size.Height-h)/2, s.words.NaturalWidth(), h)
}

func (s *segment) paint() {
	s.words.style, s.words.tok = look.Body, look.Primary
	s.box.set("", "", 0, 7)
	s.tick.Hidden = !s.chosen
	switch {
	case s.chosen:
		s.box.set(look.Primary, "", 0, 7)
		s.words.style, s.words.tok = look.Bold, look.OnPrimary
		s.tick.icon, s.tick.tok = assets.IconTick, look.OnPrimary
		s.tick.paint()
		s.tick.Hidden = false
	case s.hovered && look.IsStrong():
		s.box.set("", look.Ink, 2, 7)
	case s.hovered:
		s.box.set(look.PrimarySoft, "", 0, 7)
	}
	s.words.paint()
	s.ring.set(s.focused, look.Focus, 8)
}
