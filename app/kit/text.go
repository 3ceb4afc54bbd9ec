package kit

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Text is running words in one style and colour. It wraps at spaces to the width it is given, and is as high as that
// needs. A word longer than a line is broken.
type Text struct {
	widget.BaseWidget
	words  string
	style  look.Style
	tok    look.Token
	single bool // one line, cut with an ellipsis if it must be
	centre bool
	under  bool // underlined, for links
	right  bool

	lines  []*canvas.Text
	strike []*canvas.Rectangle
	at     wrapped         // what lines were made for
	counts map[wrapped]int // how many lines other widths would need
	sized  sizes           // what the words measure, since every frame asks again
}

// sizes are the measures of words that do not depend on the room there is.
type sizes struct {
	of      wrapped // width is 0
	word    float32 // the longest word
	natural float32 // the longest line, unwrapped
	line    float32 // the height of a line
}

type wrapped struct {
	words string
	width float32
	style look.Style
	scale int
}

// NewText makes words that wrap.
func NewText(words string, style look.Style, tok look.Token) *Text {
	t := &Text{words: words, style: style, tok: tok}
	t.ExtendBaseWidget(t)
	return t
}

// NewLine makes words that stay on one line; where there is no room they end in an ellipsis.
func NewLine(words string, style look.Style, tok look.Token) *Text {
	t := &Text{words: words, style: style, tok: tok, single: true}
	t.ExtendBaseWidget(t)
	return t
}

// Heading makes the one title of a page.
func Heading(words string) *Text { return NewText(words, look.Title, look.Ink) }

// Section makes the heading of a card or a list.
func Section(words string) *Text { return NewText(words, look.Section, look.Ink) }

// Body makes ordinary words.
func Body(words string) *Text { return NewText(words, look.Body, look.Ink) }

// Strong makes bold words.
func Strong(words string) *Text { return NewText(words, look.Bold, look.Ink) }

// Quiet makes a second line of text.
func Quiet(words string) *Text { return NewText(words, look.Body, look.Ink2) }

// Hint makes small quiet words.
func Hint(words string) *Text { return NewText(words, look.Small, look.Ink2) }

// PhoneNumber makes a telephone number, grouped as it was handed in, in Noto Sans Bold, 24 px. It never wraps.
func PhoneNumber(number string) *Text { return NewLine(number, look.Phone, look.Ink) }

// Words returns what it says.
func (t *Text) Words() string { return t.words }

// SetText changes what it says. Nothing is said by hiding: an empty text takes no room.
func (t *Text) SetText(words string) {
	if t.words == words {
		return
	}
	t.words = words
	t.Hidden = false
	t.Refresh()
}

// SetToken changes its colour.
func (t *Text) SetToken(tok look.Token) {
	if t.tok != tok {
		t.tok = tok
		t.Refresh()
	}
}

// SetStyle changes its style.
func (t *Text) SetStyle(s look.Style) {
	if t.style != s {
		t.style = s
		t.Refresh()
	}
}

// Centred puts every line in the middle and returns t.
func (t *Text) Centred() *Text { t.centre = true; return t }

// AtRight puts every line at the right edge and returns t.
func (t *Text) AtRight() *Text { t.right = true; return t }

// AccessibilityLabel is the words.
func (t *Text) AccessibilityLabel() string { return t.words }

// AccessibilityRole is a heading's or a text's.
func (t *Text) AccessibilityRole() fyne.AccessibleRole {
	switch t.style {
	case look.Title, look.Section, look.Greeting, look.Alarm:
		return RoleHeading
	}
	return RoleText
}

func (t *Text) size() float32 { return look.Sp(t.style.Size) }

// lineHigh is the height of a line: the font's own 1.3 times its size, or the design's if that is more.
func (t *Text) lineHigh() float32 { return t.sizes().line }

func (t *Text) sizes() sizes {
	key := wrapped{t.words, 0, t.style, look.Scale()}
	if t.sized.of == key && t.sized.line > 0 {
		return t.sized
	}
	z := sizes{of: key, line: max(look.Sp(t.style.Line), t.measure("Ag").Height)}
	for _, l := range strings.Split(t.words, "\n") {
		z.natural = max(z.natural, t.measure(l).Width)
	}
	for _, f := range strings.Fields(t.words) {
		z.word = max(z.word, t.measure(f).Width)
	}
	z.natural, z.word = ceil(z.natural), ceil(z.word)
	t.sized = z
	return z
}

func (t *Text) measure(s string) fyne.Size {
	if t.style.Phone {
		c := t.line(s)
		return c.MinSize()
	}
	return fyne.MeasureText(s, t.size(), fyne.TextStyle{Bold: t.style.Bold})
}

func (t *Text) line(s string) *canvas.Text {
	c := canvas.NewText(s, look.Color(t.tok))
	c.TextSize = t.size()
	c.TextStyle = fyne.TextStyle{Bold: t.style.Bold}
	if t.style.Phone {
		c.FontSource = theme.DefaultTextBoldFont()
	}
	return c
}

// wrap breaks the words into lines no wider than width.
func (t *Text) wrap(width float32) []string {
	if t.words == "" {
		return nil
	}
	if t.single {
		return []string{t.cut(strings.ReplaceAll(t.words, "\n", " "), width)}
	}
	var out []string
	for _, para := range strings.Split(t.words, "\n") {
		line := ""
		for _, w := range strings.Split(para, " ") {
			try := w
			if line != "" {
				try = line + " " + w
			}
			if t.measure(try).Width <= width {
				line = try
				continue
			}
			if line != "" {
				out = append(out, line)
			}
			for t.measure(w).Width > width && len(w) > 1 {
				n := t.breakAt(w, width)
				if n >= len(w) {
					break
				}
				out = append(out, w[:n])
				w = w[n:]
			}
			line = w
		}
		out = append(out, line)
	}
	return out
}

// breakAt says how many bytes of a too long word fit, at least one letter.
func (t *Text) breakAt(w string, width float32) int {
	last := 0
	for i := range w {
		if i > 0 && t.measure(w[:i]).Width > width {
			break
		}
		if i > 0 {
			last = i
		}
	}
	if last == 0 {
		for i := range w {
			if i > 0 {
				return i
			}
		}
		return len(w)
	}
	return last
}

func (t *Text) cut(s string, width float32) string {
	if width <= 0 || t.measure(s).Width <= width+0.5 {
		return s
	}
	r := []rune(s)
	for n := len(r) - 1; n > 0; n-- {
		if c := strings.TrimRight(string(r[:n]), " ,.") + "…"; t.measure(c).Width <= width {
			return c
		}
	}
	return "…"
}

// relay makes the lines for a width, unless they stand already.
func (t *Text) relay(width float32) {
	want := wrapped{t.words, width, t.style, look.Scale()}
	if t.at == want {
		return
	}
	t.at = want
	lines := t.wrap(width)
	t.lines = t.lines[:0]
	t.strike = t.strike[:0]
	for _, s := range lines {
		t.lines = append(t.lines, t.line(s))
		if t.under {
			t.strike = append(t.strike, canvas.NewRectangle(look.Color(t.tok)))
		}
	}
}

// HeightFor says how high the words are at a width.
func (t *Text) HeightFor(width float32) float32 {
	if t.words == "" {
		return 0
	}
	key := wrapped{t.words, width, t.style, look.Scale()}
	n, ok := t.counts[key]
	if !ok {
		if len(t.counts) > 8 || t.counts == nil {
			t.counts = map[wrapped]int{}
		}
		n = len(t.wrap(width))
		t.counts[key] = n
	}
	return float32(n) * t.lineHigh()
}

// NaturalWidth is the width of the longest line, unwrapped.
func (t *Text) NaturalWidth() float32 { return t.sizes().natural }

func ceil(v float32) float32 {
	if n := float32(int(v)); n < v {
		return n + 1
	}
	return v
}

// CreateRenderer is Fyne's.
func (t *Text) CreateRenderer() fyne.WidgetRenderer { return draw(t) }

func (t *Text) parts() []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, len(t.lines)+len(t.strike))
	for _, l := range t.lines {
		out = append(out, l)
	}
	for _, l := range t.strike {
		out = append(out, l)
	}
	return out
}

func (t *Text) arrange(size fyne.Size) {
	t.relay(size.Width)
	lh := t.lineHigh()
	for i, l := range t.lines {
		m := l.MinSize()
		x := float32(0)
		switch {
		case t.centre:
			x = max(0, (size.Width-m.Width)/2)
		case t.right:
			x = max(0, size.Width-m.Width)
		}
		put(l, x, float32(i)*lh+(lh-m.Height)/2, m.Width, m.Height)
		if t.under {
			put(t.strike[i], x, float32(i)*lh+(lh+m.Height)/2-look.Sp(2.5), m.Width, 1.5)
		}
	}
}

func (t *Text) least() fyne.Size {
	if t.words == "" {
		return fyne.Size{}
	}
	if t.single {
		return fyne.NewSize(t.NaturalWidth(), t.lineHigh())
	}
	w := min(t.sizes().word, look.Sp(160)) // a longer word is broken rather than let widen the page
	return fyne.NewSize(w, t.HeightFor(max(w, t.BaseWidget.Size().Width)))
}

func (t *Text) paint() {
	t.at, t.counts = wrapped{}, nil
	t.relay(t.BaseWidget.Size().Width)
	for _, l := range t.lines {
		l.Color = look.Color(t.tok)
	}
	for _, l := range t.strike {
		l.FillColor = look.Color(t.tok)
	}
	t.arrange(t.BaseWidget.Size())
}

// Icon is one drawing in one colour.
type Icon struct {
	widget.BaseWidget
	icon assets.Icon
	tok  look.Token
	side float32
	img  *canvas.Image
}

// NewIcon makes a drawing side px square at 100 %. An icon never stands without its word.
func NewIcon(i assets.Icon, side float32, tok look.Token) *Icon {
	c := &Icon{icon: i, side: side, tok: tok, img: &canvas.Image{FillMode: canvas.ImageFillContain}}
	c.ExtendBaseWidget(c)
	return c
}

// Set changes drawing and colour. No drawing takes no room.
func (c *Icon) Set(i assets.Icon, tok look.Token) {
	if c.icon == i && c.tok == tok {
		return
	}
	c.icon, c.tok = i, tok
	c.Hidden = i == ""
	c.Refresh()
}

// CreateRenderer is Fyne's.
func (c *Icon) CreateRenderer() fyne.WidgetRenderer { return draw(c) }

func (c *Icon) parts() []fyne.CanvasObject { return []fyne.CanvasObject{c.img} }
func (c *Icon) arrange(s fyne.Size)        { c.img.Resize(s) }

func (c *Icon) least() fyne.Size {
	if c.icon == "" {
		return fyne.Size{}
	}
	return fyne.NewSquareSize(look.Px(c.side))
}

func (c *Icon) paint() {
	c.Hidden = c.icon == ""
	if c.icon == "" {
		return
	}
	if r := look.Icon(c.icon, c.tok); c.img.Resource == nil || c.img.Resource.Name() != r.Name() {
		c.img.Resource = r
		c.img.Refresh()
	}
}

// Cut says whether words of one line had to be shortened.
func (t *Text) Cut() bool { return t.single && len(t.lines) == 1 && t.lines[0].Text != t.words }
