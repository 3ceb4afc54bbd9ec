package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// RailItem is one place of the rail: icon and word, and how many things wait there.
type RailItem struct {
	press
	glyph  assets.Icon
	words  string
	said   string // read out: "Messages, 4 new"
	count  int
	chosen bool
	tight  bool // 44 px high, where the window is low
	box    box
	ring   ring
	icon   *Icon
	label  *Text
	bubble *canvas.Circle
	number *canvas.Text
}

// NewRailItem makes one.
func NewRailItem(icon assets.Icon, words string, onPress func()) *RailItem {
	r := &RailItem{
		glyph: icon, words: words, box: newBox(), ring: newRing(), icon: NewIcon(icon, 24, look.RailInk),
		label: NewLine(words, look.Body, look.RailInk), bubble: canvas.NewCircle(nil), number: canvas.NewText("", nil),
	}
	r.onPress = onPress
	r.extend(r)
	return r
}

// Set changes the word, what is read out, the count (0: none) and whether this is the place.
func (r *RailItem) Set(words, said string, count int, chosen bool) {
	r.words, r.said, r.count, r.chosen = words, said, count, chosen
	r.Refresh()
}

// AccessibilityLabel is the word and what waits.
func (r *RailItem) AccessibilityLabel() string {
	if r.said != "" {
		return r.said
	}
	return r.words
}

// AccessibilityRole is a button's.
func (r *RailItem) AccessibilityRole() fyne.AccessibleRole { return RoleButton }

// CreateRenderer is Fyne's.
func (r *RailItem) CreateRenderer() fyne.WidgetRenderer { return draw(r) }

func (r *RailItem) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.box, r.icon, r.label, r.bubble, r.number, r.ring}
}

// bare says whether there is room for words only: from 150 %.
func bare() bool { return look.Scale() >= 150 }

func (r *RailItem) least() fyne.Size {
	high := look.Px(50)
	if r.tight || bare() {
		high = max(44, r.label.lineHigh()+look.Px(6))
	}
	return fyne.NewSize(look.Px(188), high)
}

// wide is the width of bare words with nothing cut, also when they are bold.
func (r *RailItem) wide() float32 {
	words := r.words
	if r.count > 0 {
		words += ", " + strconv.Itoa(r.count)
	}
	return NewLine(words, look.Bold, look.RailInk).NaturalWidth() + look.Px(18)
}

func (r *RailItem) arrange(size fyne.Size) {
	r.box.place(fyne.Position{}, size)
	r.ring.place(fyne.NewPos(1, 1), size.SubtractWidthHeight(2, 2))
	h := r.label.lineHigh()
	if bare() {
		put(r.label, look.Px(12), (size.Height-h)/2, size.Width-look.Px(16), h)
		return
	}
	side := look.Px(24)
	put(r.icon, look.Px(12), (size.Height-side)/2, side, side)
	right := look.Px(10)
	b := look.Px(24)
	if r.count > 0 {
		right = look.Px(12) + b + look.Px(4)
		put(r.bubble, size.Width-look.Px(12)-b, (size.Height-b)/2, b, b)
		m := r.number.MinSize()
		put(r.number, size.Width-look.Px(12)-b/2-m.Width/2, (size.Height-m.Height)/2, m.Width, m.Height)
	}
	put(r.label, look.Px(48), (size.Height-h)/2, max(0, size.Width-look.Px(48)-right), h)
}

func (r *RailItem) paint() {
	fill, ink, stroke := look.Token(""), look.RailInk, look.Token("")
	bubble, number := look.RailInk, look.Rail
	r.label.style = look.Body
	switch {
	case r.chosen:
		fill, ink = look.RailSel, look.RailSelInk
		r.label.style = look.Bold
		bubble, number = look.RailSelInk, look.RailSel
	case r.hovered && look.IsStrong():
		stroke = look.RailInk
	case r.hovered:
		fill = look.RailHover
	}
	r.box.set(fill, stroke, 2, 10)
	r.ring.set(r.focused, look.FocusRail, 10)
	r.icon.Hidden = bare()
	r.icon.tok = ink
	r.icon.img.Hidden = bare()
	if !bare() {
		r.icon.paint()
	}
	r.label.words, r.label.tok = r.words, ink
	if bare() && r.count > 0 {
		r.label.words += ", " + strconv.Itoa(r.count)
	}
	r.label.paint()
	show := r.count > 0 && !bare()
	r.bubble.Hidden, r.number.Hidden = !show, !show
	r.bubble.FillColor = look.Color(bubble)
	r.number.Text, r.number.Color = strconv.Itoa(min(r.count, 99)), look.Color(number)
	r.number.TextSize, r.number.TextStyle = look.Px(16), fyne.TextStyle{Bold: true}
}

// TonightButton is the one warm thing on the rail.
type TonightButton struct {
	press
	words string
	here  bool
	box   box
	inner box
	ring  ring
	icon  *Icon
	label *Text
}

// NewTonightButton makes it.
func NewTonightButton(words string, onPress func()) *TonightButton {
	t := &TonightButton{
		words: words, box: newBox(), inner: newBox(), ring: newRing(),
		icon: NewIcon(assets.IconMoon, 24, look.OnTonight), label: NewLine(words, look.Bold, look.OnTonight),
	}
	t.onPress = onPress
	t.extend(t)
	return t
}

// Set changes the words and whether its own pages are shown.
func (t *TonightButton) Set(words string, here bool) {
	t.words, t.here = words, here
	t.Refresh()
}

// AccessibilityLabel is the words.
func (t *TonightButton) AccessibilityLabel() string { return t.words }

// AccessibilityRole is a button's.
func (t *TonightButton) AccessibilityRole() fyne.AccessibleRole { return RoleButton }

// CreateRenderer is Fyne's.
func (t *TonightButton) CreateRenderer() fyne.WidgetRenderer { return draw(t) }

func (t *TonightButton) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{t.box, t.inner, t.icon, t.label, t.ring}
}

func (t *TonightButton) least() fyne.Size {
	return fyne.NewSize(look.Px(188), max(look.Px(54), t.label.lineHigh()+look.Px(14)))
}

func (t *TonightButton) arrange(size fyne.Size) {
	t.box.place(fyne.Position{}, size)
	t.inner.place(fyne.NewPos(1, 1), size.SubtractWidthHeight(2, 2))
	t.ring.place(fyne.NewPos(1, 1), size.SubtractWidthHeight(2, 2))
	side := look.Px(24)
	put(t.icon, look.Px(13), (size.Height-side)/2, side, side)
	h := t.label.lineHigh()
	put(t.label, look.Px(48), (size.Height-h)/2, size.Width-look.Px(52), h)
}

func (t *TonightButton) paint() {
	fill := look.Tonight
	if t.hovered {
		fill = look.TonightInk
	}
	t.box.set(fill, "", 0, 12)
	t.inner.set("", look.RailInk, 3, 12)
	t.inner.Hidden = !t.here
	t.ring.set(t.focused, look.FocusRail, 12)
	t.icon.tok, t.label.tok = look.OnTonight, look.OnTonight
	t.icon.paint()
	t.label.words = t.words
	t.label.paint()
}

// HideButton hides the window at once. It stands at the foot of the rail and is first in the tab order.
type HideButton struct {
	press
	words, line *Text
	box         box
	ring        ring
	icon        *Icon
	pressed     []*canvas.Circle // how many of the three presses of Shift have been heard
	count       int
}

// NewHideButton makes it; line says the other way to do it.
func NewHideButton(words, line string, onPress func()) *HideButton {
	h := &HideButton{
		words: NewLine(words, look.Bold, look.RailInk), line: NewLine(line, look.Small, look.RailInk2),
		box: newBox(), ring: newRing(), icon: NewIcon(assets.IconHide, 24, look.RailInk),
	}
	for range 3 {
		h.pressed = append(h.pressed, canvas.NewCircle(nil))
	}
	h.onPress = onPress
	h.extend(h)
	return h
}

// Set changes the words.
func (h *HideButton) Set(words, line string) {
	h.words.words, h.line.words = words, line
	h.Refresh()
}

// SetCount shows how many presses of Shift have been heard, 0 to 3: it fills and says the line that was handed in.
func (h *HideButton) SetCount(n int, line string) {
	if h.count == n && h.line.words == line {
		return
	}
	h.count, h.line.words = n, line
	h.Refresh()
}

// Count says how many presses are shown.
func (h *HideButton) Count() int { return h.count }

// AccessibilityLabel is the words.
func (h *HideButton) AccessibilityLabel() string { return h.words.words }

// AccessibilityRole is a button's.
func (h *HideButton) AccessibilityRole() fyne.AccessibleRole { return RoleButton }

// CreateRenderer is Fyne's.
func (h *HideButton) CreateRenderer() fyne.WidgetRenderer { return draw(h) }

func (h *HideButton) parts() []fyne.CanvasObject {
	out := []fyne.CanvasObject{h.box, h.icon, h.words, h.line}
	for _, c := range h.pressed {
		out = append(out, c)
	}
	return append(out, h.ring)
}

func (h *HideButton) least() fyne.Size {
	if bare() {
		return fyne.NewSize(look.Px(188), max(44, h.words.lineHigh()+look.Px(18)))
	}
	return fyne.NewSize(look.Px(188), max(look.Px(64), h.words.lineHigh()+h.line.lineHigh()+look.Px(14)))
}

func (h *HideButton) arrange(size fyne.Size) {
	h.box.place(fyne.Position{}, size)
	h.ring.place(fyne.NewPos(1, 1), size.SubtractWidthHeight(2, 2))
	wh, lh := h.words.lineHigh(), h.line.lineHigh()
	d := look.Px(8)
	for i, c := range h.pressed {
		put(c, size.Width-look.Px(6)-float32(3-i)*(d+4), look.Px(16), d, d)
	}
	if bare() {
		w := h.words.NaturalWidth()
		put(h.words, (size.Width-w)/2, (size.Height-wh)/2, w, wh)
		return
	}
	side := look.Px(24)
	put(h.icon, look.Px(14), (size.Height-side)/2, side, side)
	y := (size.Height - wh - lh) / 2
	x := look.Px(52)
	put(h.words, x, y, size.Width-x-2, wh)
	put(h.line, x, y+wh, size.Width-x-2, lh)
}

func (h *HideButton) paint() {
	fill, ink, ink2, width := look.Token(""), look.RailInk, look.RailInk2, float32(2)
	if h.hovered {
		fill = look.RailHover
	}
	if h.count > 0 { // heard: the whole button says so
		fill, ink, ink2, width = look.RailSel, look.RailSelInk, look.RailSelInk, 3
	}
	h.box.set(fill, look.RailInk2, width, 10)
	h.ring.set(h.focused, look.FocusRail, 10)
	h.words.tok, h.line.tok, h.icon.tok = ink, ink2, ink
	h.icon.Hidden, h.line.Hidden = bare(), bare()
	h.icon.img.Hidden = bare()
	if !bare() {
		h.icon.paint()
	}
	h.words.paint()
	h.line.paint()
	for i, c := range h.pressed {
		c.Hidden = h.count == 0
		c.FillColor, c.StrokeColor, c.StrokeWidth = nil, look.Color(ink), 2
		if i < h.count {
			c.FillColor = look.Color(ink)
		}
	}
}

// Rail is the deep green column at the left: Tonight, the places, and Hide now at its foot. Hide now is first in the tab
// order, before the places, though it stands under them.
type Rail struct {
	widget.BaseWidget
	ground  *canvas.Rectangle
	edge    *canvas.Rectangle
	HideNow *HideButton
	Tonight *TonightButton
	items   []*RailItem
	list    *fyne.Container
	scroll  *Scroll
	back    *Text // how a hidden window comes back, under Hide now
	backIn  *Text // the same after the places, where words are big
	who     *Text
}

// NewRail makes a rail of items; tonight may be hidden.
func NewRail(hide *HideButton, tonight *TonightButton, items []*RailItem) *Rail {
	r := &Rail{
		ground: canvas.NewRectangle(nil), edge: canvas.NewRectangle(nil), HideNow: hide, Tonight: tonight, items: items,
		back: NewText("", look.Small, look.RailInk2), backIn: NewText("", look.Small, look.RailInk2), who: NewLine("", look.Small, look.RailInk2),
	}
	objects := []fyne.CanvasObject{tonight, Gap(4)}
	for _, i := range items {
		objects = append(objects, i)
	}
	r.list = Column(4, objects...)
	r.scroll = NewScroll(Inset(6, 12, 6, 12, Column(10, r.list, Inset(0, 8, 0, 12, r.backIn))))
	r.ExtendBaseWidget(r)
	return r
}

// SetWho says who this is, at the very foot.
func (r *Rail) SetWho(words string) { r.who.SetText(words); r.Refresh() }

// SetReturn says how a hidden window comes back.
func (r *Rail) SetReturn(words string) {
	r.back.SetText(words)
	r.backIn.SetText(words)
	r.Refresh()
}

// Width is how wide the rail is at the size of words in use.
func (r *Rail) Width() float32 {
	if !bare() {
		return look.Px(212)
	}
	w := look.Px(212) * 0.92
	for _, i := range r.items { // a place is never cut short
		if i.Visible() {
			w = max(w, i.wide()+2*look.Px(12))
		}
	}
	return w
}

// CreateRenderer is Fyne's.
func (r *Rail) CreateRenderer() fyne.WidgetRenderer { return draw(r) }

// parts has Hide now before the places, which makes it the first stop of the Tab key.
func (r *Rail) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.ground, r.edge, r.HideNow, r.scroll, r.back, r.who}
}

func (r *Rail) least() fyne.Size { return fyne.NewSize(r.Width(), look.Px(200)) }

func (r *Rail) arrange(size fyne.Size) {
	r.ground.Resize(size)
	put(r.edge, size.Width-1, 0, 1, size.Height)
	x := look.Px(12)
	bottom := size.Height - look.Px(10)
	if r.who.words != "" && !bare() {
		h := r.who.lineHigh()
		put(r.who, look.Px(24), bottom-h, size.Width-look.Px(30), h)
		bottom -= h + look.Px(8)
	} else {
		put(r.who, 0, bottom, 0, 0)
	}
	r.back.Hidden, r.backIn.Hidden = bare() || r.back.words == "", !bare() || r.back.words == ""
	if !r.back.Hidden {
		w := size.Width - look.Px(24) - look.Px(12)
		h := r.back.HeightFor(w)
		put(r.back, look.Px(24), bottom-h, w, h)
		bottom -= h + look.Px(6)
	}
	h := r.HideNow.least().Height
	put(r.HideNow, x, bottom-h, size.Width-2*x, h)
	bottom -= h + look.Px(6)
	top := look.Px(8)
	for _, i := range r.items {
		i.tight = false
	}
	if HeightFor(r.list, size.Width-2*x)+look.Px(12) > bottom-top {
		for _, i := range r.items {
			i.tight = true
		}
	}
	put(r.scroll, 0, top, size.Width, max(0, bottom-top))
	r.scroll.arrange(r.scroll.Size())
}

func (r *Rail) paint() {
	r.ground.FillColor = look.Color(look.Rail)
	r.edge.FillColor = look.Color(look.RailLine)
	r.edge.Hidden = !look.IsStrong()
	r.who.Hidden = bare()
	r.who.tok = look.RailInk2
	r.who.paint()
	r.back.paint()
	r.backIn.paint()
	r.HideNow.Refresh()
	r.scroll.Refresh()
}
