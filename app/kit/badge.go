package kit

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Chip is what a status chip says; the same shape as present.Chip, so one converts to the other.
type Chip struct {
	Icon       assets.Icon
	Text, Tone string
}

// StatusChip is a word with an icon in a soft shape with round ends. It is no button.
type StatusChip struct {
	widget.BaseWidget
	chip  Chip
	box   box
	icon  *Icon
	words *Text
}

// NewStatusChip makes a chip; the zero Chip shows nothing.
func NewStatusChip(c Chip) *StatusChip {
	s := &StatusChip{box: newBox(), icon: NewIcon("", 18, look.Ink), words: NewLine("", look.SmallBold, look.Ink)}
	s.ExtendBaseWidget(s)
	s.Set(c)
	return s
}

// Set changes what it says; the zero Chip hides it.
func (s *StatusChip) Set(c Chip) {
	s.chip = c
	s.Hidden = c.Text == ""
	s.Refresh()
}

// AccessibilityLabel is the word.
func (s *StatusChip) AccessibilityLabel() string { return s.chip.Text }

// AccessibilityRole is a text's.
func (s *StatusChip) AccessibilityRole() fyne.AccessibleRole { return RoleText }

// CreateRenderer is Fyne's.
func (s *StatusChip) CreateRenderer() fyne.WidgetRenderer { return draw(s) }

func (s *StatusChip) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{s.box, s.icon, s.words}
}

func (s *StatusChip) iconRoom() float32 {
	if s.chip.Icon == "" {
		return 0
	}
	return look.Px(18) + look.Px(7)
}

func (s *StatusChip) least() fyne.Size {
	m := s.words.least()
	return fyne.NewSize(m.Width+s.iconRoom()+look.Px(22), max(look.Px(30), m.Height+look.Px(8)))
}

func (s *StatusChip) arrange(size fyne.Size) {
	h := s.least().Height
	y := (size.Height - h) / 2
	s.box.place(fyne.NewPos(0, y), fyne.NewSize(size.Width, h))
	x := look.Px(10)
	side := look.Px(18)
	put(s.icon, x, (size.Height-side)/2, side, side)
	wh := s.words.lineHigh()
	put(s.words, x+s.iconRoom(), (size.Height-wh)/2, size.Width-x-s.iconRoom()-look.Px(10), wh)
}

func (s *StatusChip) paint() {
	t := look.ToneOf(s.chip.Tone)
	s.icon.icon, s.icon.tok = s.chip.Icon, t.Inked
	s.icon.paint()
	s.words.words, s.words.tok = s.chip.Text, t.Inked
	s.words.paint()
	stroke := look.Token("")
	if look.IsStrong() {
		stroke = t.Full
	}
	s.box.set(t.Soft, stroke, 2, s.least().Height/2)
}

// Face stands for a person: a letter, a shape (0 circle, 1 rounded square, 2 hexagon) and one of nine fills. The same
// shape as present.Face, so one converts to the other.
type Face struct {
	Letter string
	Shape  int
	Fill   int
}

// Avatar draws a Face.
type Avatar struct {
	widget.BaseWidget
	face   Face
	side   float32
	disc   *canvas.Circle
	square box
	hex    *canvas.Image
	letter *canvas.Text
}

// NewAvatar makes one side px square at 100 %; 44 in rows, 40 in messages, 52 on a person's page.
func NewAvatar(f Face, side float32) *Avatar {
	a := &Avatar{
		face: f, side: side, disc: canvas.NewCircle(nil), square: newBox(),
		hex: &canvas.Image{FillMode: canvas.ImageFillContain}, letter: canvas.NewText("", color.White),
	}
	a.ExtendBaseWidget(a)
	return a
}

// Set changes whose it is.
func (a *Avatar) Set(f Face) {
	if a.face != f {
		a.face = f
		a.Refresh()
	}
}

// CreateRenderer is Fyne's.
func (a *Avatar) CreateRenderer() fyne.WidgetRenderer { return draw(a) }

func (a *Avatar) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{a.disc, a.square, a.hex, a.letter}
}

func (a *Avatar) least() fyne.Size { return fyne.NewSquareSize(look.Px(a.side)) }

func (a *Avatar) arrange(size fyne.Size) {
	side := min(size.Width, size.Height)
	x, y := (size.Width-side)/2, (size.Height-side)/2
	h := a.disc.StrokeWidth / 2
	put(a.disc, x+h, y+h, side-2*h, side-2*h)
	a.square.place(fyne.NewPos(x, y), fyne.NewSquareSize(side))
	put(a.hex, x-side*0.02, y-side*0.02, side*1.04, side*1.04)
	m := a.letter.MinSize()
	put(a.letter, (size.Width-m.Width)/2, (size.Height-m.Height)/2, m.Width, m.Height)
}

func (a *Avatar) paint() {
	n := len(look.Avatars)
	fill := look.Avatars[((a.face.Fill%n)+n)%n]
	c := color.NRGBA{R: uint8(fill >> 16), G: uint8(fill >> 8), B: uint8(fill), A: 0xff}
	a.disc.Hidden, a.square.Hidden, a.hex.Hidden = a.face.Shape != 0, a.face.Shape != 1, a.face.Shape != 2
	a.disc.FillColor, a.disc.StrokeWidth = c, 0
	a.square.FillColor, a.square.CornerRadius, a.square.StrokeWidth = c, look.Px(a.side)*0.22, 0
	edge := ""
	if look.IsStrong() {
		a.disc.StrokeColor, a.disc.StrokeWidth = color.White, 2
		a.square.StrokeColor, a.square.StrokeWidth = color.White, 2
		edge = "w"
	}
	if h := hexagon(fill, edge); a.hex.Resource == nil || a.hex.Resource.Name() != h.Name() {
		a.hex.Resource = h
		a.hex.Refresh()
	}
	a.letter.Text, a.letter.Color = a.face.Letter, color.White
	a.letter.TextSize, a.letter.TextStyle = look.Px(a.side)*0.41, fyne.TextStyle{Bold: true}
}

// Tile is the soft square with an icon at the head of a row.
type Tile struct {
	widget.BaseWidget
	glyph assets.Icon
	tone  look.Tone
	side  float32
	box   box
	icon  *Icon
}

// NewTile makes a tile 46 px square.
func NewTile(icon assets.Icon, tone look.Tone) *Tile {
	t := &Tile{glyph: icon, tone: tone, side: 46, box: newBox(), icon: NewIcon(icon, 26, tone.Inked)}
	t.ExtendBaseWidget(t)
	return t
}

// Set changes icon and tone.
func (t *Tile) Set(icon assets.Icon, tone look.Tone) {
	t.glyph, t.tone = icon, tone
	t.Refresh()
}

// CreateRenderer is Fyne's.
func (t *Tile) CreateRenderer() fyne.WidgetRenderer { return draw(t) }
func (t *Tile) parts() []fyne.CanvasObject          { return []fyne.CanvasObject{t.box, t.icon} }
func (t *Tile) least() fyne.Size                    { return fyne.NewSquareSize(look.Px(t.side)) }

func (t *Tile) arrange(size fyne.Size) {
	t.box.place(fyne.Position{}, size)
	side := look.Px(26)
	put(t.icon, (size.Width-side)/2, (size.Height-side)/2, side, side)
}

func (t *Tile) paint() {
	stroke := look.Token("")
	if look.IsStrong() {
		stroke = t.tone.Full
	}
	t.box.set(t.tone.Soft, stroke, 2, 12)
	t.icon.icon, t.icon.tok = t.glyph, t.tone.Inked
	t.icon.paint()
}
