package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Head is the top of a page: perhaps a way back, the title and a line under it, and what can be done at the right.
type Head struct {
	*fyne.Container
	Back    *Button
	Title   *Text
	Sub     *Text
	actions *fyne.Container
}

// NewHead makes a head. Back is hidden until it has words and a func.
func NewHead(title, sub string, actions ...fyne.CanvasObject) *Head {
	h := &Head{Back: NewButton(Second, "", assets.IconBack, nil).Small(), Title: Heading(title), Sub: Quiet(sub)}
	h.Back.Hide()
	h.actions = Flow(14, actions...)
	h.Container = Between(16, 300, Beside(14, h.Back, Column(0, h.Title, h.Sub)), h.actions)
	if len(actions) == 0 {
		h.actions.Hide()
	}
	return h
}

// Set changes title and the line under it.
func (h *Head) Set(title, sub string) {
	h.Title.SetText(title)
	h.Sub.SetText(sub)
	h.Container.Refresh()
}

// SetBack shows a way back with its words; empty words hide it.
func (h *Head) SetBack(words string, onPress func()) {
	h.Back.SetOnPress(onPress)
	h.Back.SetText(words)
}

// SetActions changes what can be done at the right.
func (h *Head) SetActions(actions ...fyne.CanvasObject) {
	h.actions.Objects = plainAll(actions)
	h.actions.Hidden = len(actions) == 0
	h.Container.Refresh()
}

// Page is one page: a head that stays, a body that scrolls, and perhaps a foot bar that stays. From 150 % the head
// scrolls with the body, since it would leave no room.
type Page struct {
	widget.BaseWidget
	head, body, foot fyne.CanvasObject
	scroll           *Scroll
	padX             float32
	fixed            bool // the body fills the room and does not scroll
	joined           bool // the head is inside the scroll now
}

// NewPage makes a page; head may be nil.
func NewPage(head, body fyne.CanvasObject) *Page {
	p := &Page{head: plain(head), body: plain(body), padX: 28}
	p.scroll = NewScroll(nil)
	p.join()
	p.ExtendBaseWidget(p)
	return p
}

// NewFixedPage makes a page whose body fills the room under the head and scrolls, if at all, in its own parts.
func NewFixedPage(head, body fyne.CanvasObject) *Page {
	p := &Page{head: plain(head), body: plain(body), padX: 28, fixed: true}
	p.ExtendBaseWidget(p)
	return p
}

// SetFoot puts a bar at the bottom of the window, always in view.
func (p *Page) SetFoot(foot fyne.CanvasObject) { p.foot = plain(foot); p.Refresh() }

// Pad changes the room left and right, px at 100 %, and returns p. Pages outside the shell have 48.
func (p *Page) Pad(x float32) *Page { p.padX = x; p.join(); return p }

// Top goes to the top of the page.
func (p *Page) Top() {
	if p.scroll != nil {
		p.scroll.Top()
	}
}

// join puts the body, and the head where it must, in the scroll.
func (p *Page) join() {
	if p.fixed {
		return
	}
	p.joined = p.head != nil && look.Scale() >= 150
	in := p.body
	if p.joined {
		in = Column(14, Inset(14, 0, 0, 0, p.head), p.body)
	}
	p.scroll.body.content = Inset(6, p.padX, 28, p.padX, in)
}

// CreateRenderer is Fyne's.
func (p *Page) CreateRenderer() fyne.WidgetRenderer { return draw(p) }

func (p *Page) parts() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	if p.head != nil && !p.joined {
		out = append(out, p.head)
	}
	if p.fixed {
		out = append(out, p.body)
	} else {
		out = append(out, p.scroll)
	}
	if p.foot != nil {
		out = append(out, p.foot)
	}
	return out
}

func (p *Page) least() fyne.Size { return fyne.NewSize(look.Px(240), look.Px(200)) }

func (p *Page) arrange(size fyne.Size) {
	var y float32
	x := look.Px(p.padX)
	if p.head != nil && !p.joined {
		h := max(HeightFor(p.head, size.Width-2*x), look.Px(52))
		y = look.Px(20)
		put(p.head, x, y, size.Width-2*x, h)
		y += h + look.Px(8)
	}
	bottom := size.Height
	if p.foot != nil && p.foot.Visible() {
		h := HeightFor(p.foot, size.Width)
		bottom -= h
		put(p.foot, 0, bottom, size.Width, h)
	}
	if p.fixed {
		put(p.body, x, y+look.Px(6), size.Width-2*x, max(0, bottom-y-look.Px(6)-look.Px(16)))
		return
	}
	put(p.scroll, 0, y, size.Width, max(0, bottom-y))
	p.scroll.arrange(p.scroll.Size())
}

func (p *Page) paint() {
	if !p.fixed && p.joined != (p.head != nil && look.Scale() >= 150) {
		p.join()
	}
	for _, o := range p.parts() {
		o.Refresh()
	}
}

// Foot is the bar at the bottom of a step page: what leads back at the left, what was chosen so far in words, and the
// main button at the right.
type Foot struct {
	widget.BaseWidget
	ground *canvas.Rectangle
	rule   *canvas.Rectangle
	Said   *Text
	row    *fyne.Container
	padX   float32
}

// NewFoot makes one.
func NewFoot(left fyne.CanvasObject, said string, right fyne.CanvasObject) *Foot {
	f := &Foot{ground: canvas.NewRectangle(nil), rule: canvas.NewRectangle(nil), Said: Quiet(said).AtRight(), padX: 28}
	f.row = Between(20, 120, Between(14, 100, Flow(0, left), f.Said), right)
	f.ExtendBaseWidget(f)
	return f
}

// Pad changes the room left and right, and returns f.
func (f *Foot) Pad(x float32) *Foot { f.padX = x; return f }

// HeightFor says how high it is at a width: 76 px or more. With big words the buttons alone stand in it, for the page
// above it says the rest and needs the room.
func (f *Foot) HeightFor(width float32) float32 {
	f.Said.Hidden = look.Scale() >= 150
	return max(look.Px(76), HeightFor(f.row, width-2*look.Px(f.padX))+look.Px(24))
}

// CreateRenderer is Fyne's.
func (f *Foot) CreateRenderer() fyne.WidgetRenderer { return draw(f) }

func (f *Foot) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{f.ground, f.rule, f.row}
}

func (f *Foot) least() fyne.Size {
	return fyne.NewSize(look.Px(200), f.HeightFor(max(look.Px(200), f.Size().Width)))
}

func (f *Foot) arrange(size fyne.Size) {
	f.Said.Hidden = look.Scale() >= 150
	f.ground.Resize(size)
	put(f.rule, 0, 0, size.Width, 1)
	x := look.Px(f.padX)
	h := HeightFor(f.row, size.Width-2*x)
	put(f.row, x, (size.Height-h)/2, size.Width-2*x, h)
}

func (f *Foot) paint() {
	f.ground.FillColor, f.rule.FillColor = look.Color(look.Card), look.Color(look.Line)
	f.row.Refresh()
}

// StepBar says which step of how many this is, in words above a bar of that many pieces.
type StepBar struct {
	widget.BaseWidget
	words  *Text
	at, of int
	pieces []*canvas.Rectangle
}

// NewStepBar makes one.
func NewStepBar(words string, at, of int) *StepBar {
	s := &StepBar{words: NewText(words, look.Small, look.Ink2), at: at, of: of}
	s.ExtendBaseWidget(s)
	return s
}

// Set changes words and step; no steps hide it.
func (s *StepBar) Set(words string, at, of int) {
	s.words.words, s.at, s.of = words, at, of
	s.Hidden = of == 0
	s.Refresh()
}

// HeightFor says how high it is at a width.
func (s *StepBar) HeightFor(width float32) float32 {
	return s.words.HeightFor(width) + look.Px(12)
}

// NaturalWidth is room for the words and the bar.
func (s *StepBar) NaturalWidth() float32 { return max(look.Px(330), s.words.NaturalWidth()) }

// CreateRenderer is Fyne's.
func (s *StepBar) CreateRenderer() fyne.WidgetRenderer { return draw(s) }

func (s *StepBar) parts() []fyne.CanvasObject {
	out := []fyne.CanvasObject{s.words}
	for _, p := range s.pieces {
		out = append(out, p)
	}
	return out
}

func (s *StepBar) least() fyne.Size {
	w := max(look.Px(120), s.words.least().Width)
	return fyne.NewSize(w, s.HeightFor(max(w, s.Size().Width)))
}

func (s *StepBar) arrange(size fyne.Size) {
	h := s.words.HeightFor(size.Width)
	put(s.words, 0, 0, size.Width, h)
	if s.of == 0 {
		return
	}
	gap := float32(6)
	w := (size.Width - gap*float32(s.of-1)) / float32(s.of)
	for i, p := range s.pieces {
		put(p, float32(i)*(w+gap), h+look.Px(5), w, 6)
	}
}

func (s *StepBar) paint() {
	s.words.paint()
	for len(s.pieces) < s.of {
		s.pieces = append(s.pieces, canvas.NewRectangle(nil))
	}
	s.pieces = s.pieces[:s.of]
	for i, p := range s.pieces {
		p.CornerRadius = 3
		p.FillColor = look.Color(look.Line)
		if i < s.at {
			p.FillColor = look.Color(look.Primary)
		} else if look.IsStrong() {
			p.FillColor, p.StrokeColor, p.StrokeWidth = nil, look.Color(look.Line), 1
		}
	}
}

// ConfirmPage asks once more before something that cannot be taken back: what will happen, and two buttons.
type ConfirmPage struct {
	*Page
	Head  *Head
	Lines *fyne.Container
	Yes   *Button
	No    *Button
}

// NewConfirmPage makes one. Yes is filled in danger where it hurts, and it is never the first to have the focus.
func NewConfirmPage(hurts bool, onYes, onNo func()) *ConfirmPage {
	kind := Main
	if hurts {
		kind = DangerOn
	}
	c := &ConfirmPage{Head: NewHead("", ""), Lines: Column(10), Yes: NewButton(kind, "", "", onYes), No: NewButton(Second, "", "", onNo)}
	c.Page = NewPage(c.Head.Container, Column(18, Card(c.Lines), Flow(14, c.No, c.Yes)))
	return c
}

// Set changes title, sentences and the two buttons.
func (c *ConfirmPage) Set(title string, lines []string, yes, no string) {
	c.Head.Set(title, "")
	c.Lines.Objects = c.Lines.Objects[:0]
	for _, l := range lines {
		c.Lines.Objects = append(c.Lines.Objects, Body(l))
	}
	c.Yes.SetText(yes)
	c.No.SetText(no)
	c.Page.Refresh()
}
