package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit/look"
	"kith/assets"
)

// RowState is what one row of a card says: a face or a tile, a bold title, one quiet line, a chip and a button.
type RowState struct {
	Key      string
	Face     Face // drawn when it has a letter
	Icon     assets.Icon
	Tone     string
	Title    string
	Line     string
	Chip     Chip
	Button   string // a verb; empty: none
	Lead     bool   // the button is the main one of the page
	Name     string // of the button, for tests and readers: "Choose, Two homes can have Mia"
	Delivery Line   // under the line; zero: none
}

// Line is an icon and a sentence; the same shape as present.Line, so one converts to the other.
type Line struct {
	Icon assets.Icon
	Text string
}

// Row is one row of a card, 76 px high or more.
type Row struct {
	*fyne.Container
	avatar   *Avatar
	tile     *Tile
	title    *Text
	line     *Text
	delivery *IconLine
	chip     *StatusChip
	button   *Button
}

// NewRow makes a row; onPress is its button's.
func NewRow(onPress func()) *Row {
	r := &Row{
		avatar: NewAvatar(Face{}, 46), tile: NewTile("", look.ToneStone), title: Strong(""), line: Quiet(""),
		delivery: DeliveryLine("", ""), chip: NewStatusChip(Chip{}), button: NewButton(Second, "", "", onPress).Small(),
	}
	r.delivery.Hide()
	mark := container.New(stacked{}, r.avatar, r.tile)
	words := Column(0, r.title, r.line, r.delivery)
	r.Container = Inset(14, 0, 14, 0, Beside(16, mark, Between(14, 250, words, Flow(14, r.chip, r.button))))
	return r
}

// Set shows a state.
func (r *Row) Set(s RowState) {
	r.avatar.Hidden, r.tile.Hidden = s.Face.Letter == "", s.Face.Letter != "" || s.Icon == ""
	r.avatar.Set(s.Face)
	r.tile.Set(s.Icon, look.ToneOf(s.Tone))
	r.title.SetText(s.Title)
	r.line.SetText(s.Line)
	r.delivery.Set(s.Delivery.Icon, s.Delivery.Text)
	r.chip.Set(s.Chip)
	kind := Second
	if s.Lead {
		kind = Main
	}
	r.button.SetKind(kind)
	r.button.SetText(s.Button)
	r.button.SetName(s.Name)
	r.Container.Refresh()
}

// Button is the row's button.
func (r *Row) Button() *Button { return r.button }

// NewRows makes a card of rows that onPress hears by key.
func NewRows(onPress func(key string)) *Rows {
	rows := &Rows{}
	rows.Repeat = NewRepeat(0, func(s RowState) string { return s.Key }, func() (fyne.CanvasObject, func(RowState)) {
		var key string
		r := NewRow(func() { onPress(key) })
		return r.Container, func(s RowState) { key = s.Key; r.Set(s) }
	}).Ruled()
	rows.Panel = CardTight(rows.Repeat.Container)
	return rows
}

// Rows is a card of rows.
type Rows struct {
	*Panel
	Repeat *Repeat[RowState]
}

// Set shows rows in their order; none hide the card.
func (r *Rows) Set(states []RowState) {
	r.Repeat.Set(states)
	r.Panel.Hidden = len(states) == 0
	r.Panel.Refresh()
}

// stacked puts things on one another, all the same size.
type stacked struct{}

func (stacked) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		put(o, 0, 0, size.Width, size.Height)
	}
}

func (stacked) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var m fyne.Size
	for _, o := range shown(objects) {
		m = m.Max(o.MinSize())
	}
	return m
}

func (stacked) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range shown(objects) {
		h = max(h, HeightFor(o, width))
	}
	return h
}

func (stacked) natural(objects []fyne.CanvasObject) float32 { return widest(objects) }

// Stack puts things on one another, all the same size.
func Stack(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(stacked{}, plainAll(objects)...)
}

// PressRow is a whole row that can be pressed, for lists where the row opens the thing: content, with a soft fill when
// chosen or under the pointer.
type PressRow struct {
	press
	content fyne.CanvasObject
	chosen  bool
	label   string
	box     box
	ring    ring
}

// NewPressRow makes one round content, which should hold nothing that can be pressed itself.
func NewPressRow(content fyne.CanvasObject, onPress func()) *PressRow {
	p := &PressRow{content: Inset(10, 12, 10, 12, content), box: newBox(), ring: newRing()}
	p.onPress = onPress
	p.extend(p)
	return p
}

// Set says what it is called and whether it is the chosen one.
func (p *PressRow) Set(label string, chosen bool) {
	p.label, p.chosen = label, chosen
	p.Refresh()
}

// AccessibilityLabel is its label.
func (p *PressRow) AccessibilityLabel() string { return p.label }

// AccessibilityRole is a button's.
func (p *PressRow) AccessibilityRole() fyne.AccessibleRole { return RoleButton }

// HeightFor says how high it is at a width.
func (p *PressRow) HeightFor(width float32) float32 { return max(44, HeightFor(p.content, width)) }

// CreateRenderer is Fyne's.
func (p *PressRow) CreateRenderer() fyne.WidgetRenderer { return draw(p) }

func (p *PressRow) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{p.box, p.content, p.ring}
}

func (p *PressRow) least() fyne.Size {
	w := p.content.MinSize().Width
	return fyne.NewSize(w, p.HeightFor(max(w, p.Size().Width)))
}

func (p *PressRow) arrange(size fyne.Size) {
	p.box.place(fyne.Position{}, size)
	p.ring.place(fyne.NewPos(2, 2), size.SubtractWidthHeight(4, 4))
	put(p.content, 0, 0, size.Width, size.Height)
}

func (p *PressRow) paint() {
	p.box.set("", "", 0, 10)
	switch {
	case p.chosen:
		p.box.set(look.PrimarySoft, look.Primary, 2, 10)
	case p.hovered && look.IsStrong():
		p.box.set("", look.Ink, 2, 10)
	case p.hovered:
		p.box.set(look.PrimarySoft, "", 0, 10)
	}
	p.ring.set(p.focused, look.Focus, 8)
	p.content.Refresh()
}

// Empty is a place with nothing in it yet: what will be here, one sentence, one button.
type Empty struct {
	*Panel
	tile    *Tile
	heading *Text
	words   *Text
	button  *Button
}

// NewEmpty makes one; onPress is its button's.
func NewEmpty(onPress func()) *Empty {
	e := &Empty{tile: NewTile("", look.TonePrimary), heading: Section(""), words: Quiet(""), button: NewButton(Main, "", "", onPress)}
	e.Panel = Card(BesideTop(18, e.tile, Column(10, Column(2, e.heading, e.words), Flow(0, e.button))))
	return e
}

// Second makes its button the page's second, for a page that has its main button in its head, and returns e.
func (e *Empty) Second() *Empty { return e.SetMain(false) }

// SetMain says whether its button is the page's main one, and returns e.
func (e *Empty) SetMain(yes bool) *Empty {
	kind := Second
	if yes {
		kind = Main
	}
	e.button.SetKind(kind)
	return e
}

// Set changes what it says; no heading hides it, no button leaves the button out.
func (e *Empty) Set(icon assets.Icon, heading, words, button string) {
	e.tile.Set(icon, look.TonePrimary)
	e.heading.SetText(heading)
	e.words.SetText(words)
	e.button.SetText(button)
	e.Panel.Hidden = heading == ""
	e.Panel.Refresh()
}
