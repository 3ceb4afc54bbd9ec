package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Panel is a rounded sheet with something on it: the ground of cards, banners and bars.
type Panel struct {
	widget.BaseWidget
	content      fyne.CanvasObject
	fill, stroke look.Token
	width        float32
	radius       float32
	strong       float32 // border in strong contrast, where soft fills turn black
	pad          [4]float32
	box          box
}

// NewPanel makes a sheet: its fill, its border and the width of it, its radius, and px of padding at 100 % (top and
// bottom, left and right).
func NewPanel(fill, stroke look.Token, width, radius, padY, padX float32, content fyne.CanvasObject) *Panel {
	p := &Panel{
		content: plain(content), fill: fill, stroke: stroke, width: width, radius: radius, strong: 2,
		pad: [4]float32{padY, padX, padY, padX}, box: newBox(),
	}
	p.ExtendBaseWidget(p)
	return p
}

// Card is a white sheet with a hairline round it. No card in a card.
func Card(content fyne.CanvasObject) *Panel {
	return NewPanel(look.Card, look.Line, 1, 14, 18, 20, content)
}

// CardTight is a card without padding of its own, for lists whose rows bring theirs.
func CardTight(content fyne.CanvasObject) *Panel {
	return NewPanel(look.Card, look.Line, 1, 14, 4, 18, content)
}

// QuoteBox is the sunk sheet for words somebody wrote.
func QuoteBox(content fyne.CanvasObject) *Panel {
	p := NewPanel(look.Sunk, "", 0, 8, 12, 14, content)
	return p
}

// ReadOutBox is a field-like sheet for words to be read out.
func ReadOutBox(content fyne.CanvasObject) *Panel {
	return NewPanel(look.Sunk, look.Edge, 2, 8, 12, 16, content)
}

// SetColours changes fill and border.
func (p *Panel) SetColours(fill, stroke look.Token) {
	if p.fill != fill || p.stroke != stroke {
		p.fill, p.stroke = fill, stroke
		p.Refresh()
	}
}

// SetContent changes what is on it.
func (p *Panel) SetContent(o fyne.CanvasObject) { p.content = plain(o); p.Refresh() }

func (p *Panel) space() (top, right, bottom, left float32) {
	return look.Px(p.pad[0]), look.Px(p.pad[1]), look.Px(p.pad[2]), look.Px(p.pad[3])
}

// HeightFor says how high it is at a width.
func (p *Panel) HeightFor(width float32) float32 {
	t, r, b, l := p.space()
	return HeightFor(p.content, width-l-r) + t + b
}

// NaturalWidth is the width with room to spare.
func (p *Panel) NaturalWidth() float32 {
	_, r, _, l := p.space()
	return naturalWidth(p.content) + l + r
}

// CreateRenderer is Fyne's.
func (p *Panel) CreateRenderer() fyne.WidgetRenderer { return draw(p) }

func (p *Panel) parts() []fyne.CanvasObject { return []fyne.CanvasObject{p.box, p.content} }

func (p *Panel) least() fyne.Size {
	_, r, _, l := p.space()
	w := p.content.MinSize().Width + l + r
	return fyne.NewSize(w, p.HeightFor(max(w, p.Size().Width)))
}

func (p *Panel) arrange(size fyne.Size) {
	t, r, b, l := p.space()
	p.box.place(fyne.Position{}, size)
	put(p.content, l, t, size.Width-l-r, size.Height-t-b)
}

func (p *Panel) paint() {
	stroke, width := p.stroke, p.width
	if look.IsStrong() && p.strong > width && p.fill != "" {
		width = p.strong
		if stroke == "" {
			stroke = look.Edge
		}
	}
	p.box.set(p.fill, stroke, width, p.radius)
	p.content.Refresh()
}

// Rule is a hairline between things.
type Rule struct {
	widget.BaseWidget
	line *canvas.Rectangle
	tok  look.Token
}

// NewRule makes a hairline as wide as its place.
func NewRule() *Rule {
	r := &Rule{line: canvas.NewRectangle(nil), tok: look.Line}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer is Fyne's.
func (r *Rule) CreateRenderer() fyne.WidgetRenderer { return draw(r) }
func (r *Rule) parts() []fyne.CanvasObject          { return []fyne.CanvasObject{r.line} }
func (r *Rule) least() fyne.Size                    { return fyne.NewSize(1, 1) }
func (r *Rule) arrange(s fyne.Size)                 { r.line.Resize(s) }
func (r *Rule) paint()                              { r.line.FillColor = look.Color(r.tok) }

// Gap is empty room, px high and wide at 100 %.
func Gap(px float32) fyne.CanvasObject { return Inset(px, px, 0, 0, NewText("", look.Body, look.Ink)) }

// Banner is a message that stays until it is dealt with: icon, heading, one sentence, buttons.
type Banner struct {
	widget.BaseWidget
	tone    look.Tone
	panel   *Panel
	icon    *Icon
	heading *Text
	words   *Text
	buttons *fyne.Container
	all     *fyne.Container
}

// NewBanner makes a banner in a tone.
func NewBanner(tone look.Tone, icon assets.Icon, heading, words string, buttons ...fyne.CanvasObject) *Banner {
	b := &Banner{
		tone: tone, icon: NewIcon(icon, 30, tone.Full),
		heading: NewText(heading, look.Section, look.Ink), words: NewText(words, look.Body, look.Ink),
	}
	b.buttons = Flow(14, buttons...)
	if len(buttons) == 0 {
		b.buttons.Hide()
	}
	b.all = BesideTop(16, b.icon, Between(16, 300, Column(2, b.heading, b.words), b.buttons))
	b.panel = NewPanel(tone.Soft, tone.Full, 2, 14, 16, 20, b.all)
	b.ExtendBaseWidget(b)
	return b
}

// Set changes what it says; no heading and no words hide it.
func (b *Banner) Set(heading, words string) {
	b.heading.SetText(heading)
	b.words.SetText(words)
	b.Hidden = heading == "" && words == ""
	b.Refresh()
}

// SetTone changes its colours and icon.
func (b *Banner) SetTone(tone look.Tone, icon assets.Icon) {
	b.tone = tone
	b.icon.Set(icon, tone.Full)
	b.panel.SetColours(tone.Soft, tone.Full)
}

// SetButtons changes what can be done about it.
func (b *Banner) SetButtons(buttons ...fyne.CanvasObject) {
	b.buttons.Objects = plainAll(buttons)
	b.buttons.Hidden = len(buttons) == 0
	b.Refresh()
}

// AccessibilityLabel is heading and sentence.
func (b *Banner) AccessibilityLabel() string { return join(b.heading.words, b.words.words) }

// AccessibilityRole is a text's.
func (b *Banner) AccessibilityRole() fyne.AccessibleRole { return RoleText }

// HeightFor says how high it is at a width.
func (b *Banner) HeightFor(width float32) float32 { return b.panel.HeightFor(width) }

// CreateRenderer is Fyne's.
func (b *Banner) CreateRenderer() fyne.WidgetRenderer { return draw(b) }
func (b *Banner) parts() []fyne.CanvasObject          { return []fyne.CanvasObject{b.panel} }
func (b *Banner) least() fyne.Size                    { return b.panel.MinSize() }
func (b *Banner) arrange(s fyne.Size)                 { b.panel.Resize(s) }
func (b *Banner) paint()                              { b.panel.Refresh() }

// join puts a title and what follows it together as one would read them out.
func join(parts ...string) string {
	out := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if out != "" {
			out += ", "
		}
		out += p
	}
	return out
}

// IconLine is an icon and a sentence, such as the line that says who has what was sent.
type IconLine struct {
	widget.BaseWidget
	icon  *Icon
	words *Text
}

// NewIconLine makes an icon px square and words that wrap beside it.
func NewIconLine(icon assets.Icon, px float32, words string, style look.Style, tok look.Token) *IconLine {
	l := &IconLine{icon: NewIcon(icon, px, tok), words: NewText(words, style, tok)}
	l.ExtendBaseWidget(l)
	return l
}

// DeliveryLine says under a thing who has it: names and no percentage.
func DeliveryLine(icon assets.Icon, words string) *IconLine {
	return NewIconLine(icon, 22, words, look.Small, look.Ink2)
}

// Set changes icon and words; no words hide it.
func (l *IconLine) Set(icon assets.Icon, words string) {
	l.icon.icon, l.words.words = icon, words
	l.Hidden = words == ""
	l.Refresh()
}

// Words returns what it says.
func (l *IconLine) Words() string { return l.words.words }

// room is what the icon takes before the words.
func (l *IconLine) room() float32 {
	if l.icon.icon == "" {
		return 0
	}
	return look.Px(l.icon.side) + look.Px(12)
}

// HeightFor says how high it is at a width.
func (l *IconLine) HeightFor(width float32) float32 {
	h := l.words.HeightFor(width - l.room())
	if h == 0 {
		return 0
	}
	return max(h, look.Px(l.icon.side))
}

// NaturalWidth is the width with room to spare.
func (l *IconLine) NaturalWidth() float32 { return l.room() + l.words.NaturalWidth() }

// CreateRenderer is Fyne's.
func (l *IconLine) CreateRenderer() fyne.WidgetRenderer { return draw(l) }
func (l *IconLine) parts() []fyne.CanvasObject          { return []fyne.CanvasObject{l.icon, l.words} }

func (l *IconLine) least() fyne.Size {
	w := l.room() + l.words.least().Width
	return fyne.NewSize(w, l.HeightFor(max(w, l.Size().Width)))
}

// arrange keeps the icon level with the first line.
func (l *IconLine) arrange(size fyne.Size) {
	side, line := look.Px(l.icon.side), l.words.lineHigh()
	h := l.words.HeightFor(size.Width - l.room())
	y := max(0, (side-line)/2)
	put(l.icon, 0, y+(line-side)/2, side, side)
	put(l.words, l.room(), y, size.Width-l.room(), h)
}

func (l *IconLine) paint() {
	l.icon.paint()
	l.words.paint()
}
