package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit/look"
	"kith/assets"
)

// Number is one telephone number in a list.
type Number struct {
	Name, Text string
	Number     string // grouped as it is said
	Note       string // such as that it could not be checked; empty: nothing
}

// Numbers is a list of telephone numbers: name and what it is at the left, the number at the right.
type Numbers struct {
	*fyne.Container
	icons bool
	rows  *Repeat[Number]
}

// NewNumbers makes one; icons puts a telephone before each.
func NewNumbers(icons bool) *Numbers {
	n := &Numbers{icons: icons}
	n.rows = NewRepeat(0, func(s Number) string { return s.Name + "\x00" + s.Number }, func() (fyne.CanvasObject, func(Number)) {
		name, text, number, note := Strong(""), Hint(""), PhoneNumber(""), NewText("", look.Small, look.AmberInk)
		note.tok = look.Ink2
		words := Column(0, name, text, note)
		left := fyne.CanvasObject(words)
		if icons {
			left = Beside(14, NewIcon(assets.IconPhone, 22, look.Ink), words)
		}
		return Inset(9, 0, 9, 0, Between(14, 170, left, number)), func(s Number) {
			name.SetText(s.Name)
			text.SetText(s.Text)
			number.SetText(s.Number)
			note.SetText(s.Note)
		}
	}).Ruled()
	n.Container = n.rows.Container
	return n
}

// Set shows numbers in their order.
func (n *Numbers) Set(numbers []Number) { n.rows.Set(numbers) }

// RingPanel is the warm panel of those who can be rung now, and words to read out to them.
type RingPanel struct {
	*Panel
	heading *Text
	numbers *Numbers
	readout *Text
	script  *Text
	out     *fyne.Container
}

// NewRingPanel makes one.
func NewRingPanel() *RingPanel {
	r := &RingPanel{heading: Section(""), numbers: NewNumbers(true), readout: Strong(""), script: Body("")}
	r.out = Column(6, r.readout, ReadOutBox(r.script))
	r.Panel = NewPanel(look.TonightSoft, look.Tonight, 2, 14, 16, 18, Column(8,
		Beside(12, NewIcon(assets.IconPhone, 28, look.Tonight), r.heading), r.numbers.Container, r.out))
	return r
}

// Set shows who can be rung; no script leaves the reading-out out.
func (r *RingPanel) Set(heading string, numbers []Number, readout, script string) {
	r.heading.SetText(heading)
	r.numbers.Set(numbers)
	r.readout.SetText(readout)
	r.script.SetText(script)
	r.out.Hidden = script == ""
	r.Panel.Refresh()
}

// AgendaRow is one thing on one day.
type AgendaRow struct {
	Key         string
	Time        string
	Icon        assets.Icon
	Tone        string
	Title, Line string
	Chip        Chip
	Name        string // for tests and readers; time and title if empty
}

// AgendaDay is one day of an agenda with what is on it.
type AgendaDay struct {
	Key           string
	Day, Distance string // "Sat 21", "Today"
	Today         bool
	Rows          []AgendaRow
}

// Agenda is days one under another, each with a card of what is on it. A row opens its thing.
type Agenda struct {
	*fyne.Container
	days *Repeat[AgendaDay]
}

// NewAgenda makes one; onOpen hears a row's key.
func NewAgenda(onOpen func(key string)) *Agenda {
	a := &Agenda{}
	a.days = NewRepeat(10, func(d AgendaDay) string { return d.Key }, func() (fyne.CanvasObject, func(AgendaDay)) {
		day, dist := NewLine("", look.Section, look.Ink), NewLine("", look.Body, look.Ink)
		block := NewPanel("", "", 0, 10, 8, 12, Column(0, day, dist))
		rows := NewRepeat(0, func(r AgendaRow) string { return r.Key }, func() (fyne.CanvasObject, func(AgendaRow)) {
			return newAgendaRow(onOpen)
		}).Ruled()
		card := NewPanel(look.Card, look.Line, 1, 14, 3, 4, rows.Container)
		return Lead(118, 16, block, card), func(d AgendaDay) {
			day.SetText(d.Day)
			dist.SetText(d.Distance)
			ink, fill := look.Ink, look.Token("")
			if d.Today {
				ink, fill = look.PrimaryInk, look.PrimarySoft
			}
			day.SetToken(ink)
			dist.SetToken(ink)
			block.SetColours(fill, "")
			rows.Set(d.Rows)
		}
	})
	a.Container = a.days.Container
	return a
}

// Set shows days in their order.
func (a *Agenda) Set(days []AgendaDay) { a.days.Set(days) }

func newAgendaRow(onOpen func(string)) (fyne.CanvasObject, func(AgendaRow)) {
	var key string
	at := NewText("", look.Body, look.Ink)
	tile := NewTile("", look.ToneStone)
	tile.side = 40
	title, line, chip := Strong(""), Hint(""), NewStatusChip(Chip{})
	words := Beside(14, tile, Between(12, 200, Column(0, title, line), chip))
	p := NewPressRow(Lead(144, 8, Inset(7, 0, 0, 0, at), words), func() { onOpen(key) })
	return p, func(r AgendaRow) {
		key = r.Key
		at.SetText(r.Time)
		tile.Set(r.Icon, look.ToneOf(r.Tone))
		tile.Hidden = r.Icon == ""
		title.SetText(r.Title)
		line.SetText(r.Line)
		chip.Set(r.Chip)
		name := r.Name
		if name == "" {
			name = join(r.Time, r.Title)
		}
		p.Set(name, false)
	}
}

// Cell is one cell of a table row: words, perhaps with an icon or as a chip.
type Cell struct {
	Icon assets.Icon
	Text string
	Bold bool
	Chip Chip
}

// TableRow is one row of a table of people.
type TableRow struct {
	Key    string
	Face   Face
	Cells  []Cell
	Button string
	Name   string // of the button, for tests and readers
}

// Table is a card of rows with a head; every cell has words. Where it is narrow, a row's cells wrap under its first.
type Table struct {
	*Panel
	head   *fyne.Container
	rows   *Repeat[TableRow]
	widths []float32
}

// NewTable makes one. widths are of the columns, px at 100 %; the last takes what is left. onPress hears a row's button.
func NewTable(widths []float32, onPress func(key string)) *Table {
	t := &Table{widths: widths, head: container.New(&cells{widths: widths, head: true})}
	t.rows = NewRepeat(0, func(r TableRow) string { return r.Key }, func() (fyne.CanvasObject, func(TableRow)) {
		var key string
		face := NewAvatar(Face{}, 44)
		line := container.New(&cells{widths: widths})
		button := NewButton(Second, "", "", func() { onPress(key) }).Small()
		row := Inset(7, 0, 7, 0, Beside(14, face, Between(10, 200, line, button)))
		return row, func(r TableRow) {
			key = r.Key
			face.Set(r.Face)
			line.Objects = line.Objects[:0]
			for _, c := range r.Cells {
				line.Objects = append(line.Objects, cellOf(c))
			}
			line.Refresh()
			button.SetText(r.Button)
			button.SetName(r.Name)
		}
	}).Ruled()
	t.Panel = NewPanel(look.Card, look.Line, 1, 14, 6, 16, Column(0, container.New(&headOf{cells: cells{widths: widths}}, Inset(8, 84, 8, 58, t.head), NewRule()), t.rows.Container))
	return t
}

func cellOf(c Cell) fyne.CanvasObject {
	switch {
	case c.Chip.Text != "":
		return Flow(0, NewStatusChip(c.Chip))
	case c.Icon != "":
		return NewIconLine(c.Icon, 22, c.Text, look.Body, look.Ink)
	case c.Bold:
		return Strong(c.Text)
	default:
		return Body(c.Text)
	}
}

// Set shows head and rows.
func (t *Table) Set(heads []string, rows []TableRow) {
	t.head.Objects = t.head.Objects[:0]
	for _, h := range heads {
		t.head.Objects = append(t.head.Objects, NewText(h, look.SmallBold, look.Ink2))
	}
	t.rows.Set(rows)
	t.Panel.Refresh()
}

// headOf is the head of a table over its rule. Where the columns do not fit it takes no room, for its words would stand
// over nothing.
type headOf struct {
	fit
	cells cells
}

// shows hides or shows words and rule, and says which.
func (h *headOf) shows(objects []fyne.CanvasObject, width float32) bool {
	roomy := h.cells.roomy(width - look.Px(84) - look.Px(58))
	for _, o := range objects {
		if o.Visible() != roomy {
			if roomy {
				o.Show()
			} else {
				o.Hide()
			}
		}
	}
	return roomy
}

func (h *headOf) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if !h.shows(objects, width) {
		return 0
	}
	return HeightFor(objects[0], width) + HeightFor(objects[1], width)
}

func (h *headOf) natural([]fyne.CanvasObject) float32 { return 0 }

func (h *headOf) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	h.width = size.Width
	if !h.shows(objects, size.Width) {
		return
	}
	top := HeightFor(objects[0], size.Width)
	put(objects[0], 0, 0, size.Width, top)
	put(objects[1], 0, top, size.Width, size.Height-top)
}

func (h *headOf) MinSize(objects []fyne.CanvasObject) fyne.Size { return h.least(h, objects, 0) }

// cells lays columns out by fixed widths; where they do not fit, each cell has a line of its own, and a head is hidden.
type cells struct {
	fit
	widths []float32
	head   bool
}

func (c *cells) roomy(width float32) bool {
	var sum float32
	for _, w := range c.widths {
		sum += look.Sp(w)
	}
	return sum <= width+1
}

func (c *cells) wide(i int, width float32) float32 {
	if i < len(c.widths)-1 {
		return look.Sp(c.widths[i])
	}
	for _, w := range c.widths[:len(c.widths)-1] {
		width -= look.Sp(w)
	}
	return width
}

func (c *cells) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	if c.roomy(width) {
		for i, o := range objects {
			h = max(h, HeightFor(o, c.wide(i, width)-look.Px(8)))
		}
		return h
	}
	if c.head {
		return 0
	}
	for i, line := range c.lines(objects, width) {
		if i > 0 {
			h += look.Px(4)
		}
		h += lineHeight(line, width)
	}
	return h
}

// lines puts the first cell on a line of its own and lets the others follow one another, as words do.
func (c *cells) lines(objects []fyne.CanvasObject, width float32) [][]fyne.CanvasObject {
	if len(objects) == 0 {
		return nil
	}
	return append([][]fyne.CanvasObject{objects[:1]}, (&flow{gap: 20}).lines(objects[1:], width)...)
}

func (c *cells) natural(objects []fyne.CanvasObject) float32 {
	var sum float32
	for _, w := range c.widths {
		sum += look.Sp(w)
	}
	return sum
}

func (c *cells) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.width = size.Width
	if !c.roomy(size.Width) {
		if c.head { // words without room would be cut
			for _, o := range objects {
				o.Hide()
			}
			return
		}
		var y float32
		for _, line := range c.lines(objects, size.Width) {
			h := lineHeight(line, size.Width)
			var x float32
			for _, o := range line {
				w := min(naturalWidth(o), size.Width)
				oh := HeightFor(o, w)
				put(o, x, y+(h-oh)/2, w, oh)
				x += w + look.Px(20)
			}
			y += h + look.Px(4)
		}
		return
	}
	var x float32
	for i, o := range objects {
		if c.head {
			o.Show()
		}
		w := c.wide(i, size.Width)
		h := HeightFor(o, w-look.Px(8))
		put(o, x, (size.Height-h)/2, w-look.Px(8), h)
		x += w
	}
}

func (c *cells) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range objects {
		w = max(w, o.MinSize().Width)
	}
	return c.least(c, objects, w)
}

// Pair is a name and what it is: "Asleep by", "8.30 pm".
type Pair struct{ Name, Value string }

// Pairs is names at the left and what they are at the right.
type Pairs struct {
	*fyne.Container
	rows *Repeat[Pair]
}

// NewPairs makes one; width is of the names, px at 100 %.
func NewPairs(width float32) *Pairs {
	p := &Pairs{}
	p.rows = NewRepeat(8, func(s Pair) string { return s.Name }, func() (fyne.CanvasObject, func(Pair)) {
		n, v := Quiet(""), Body("")
		return Lead(width, 8, n, v), func(s Pair) {
			n.SetText(s.Name)
			v.SetText(s.Value)
		}
	})
	p.Container = p.rows.Container
	return p
}

// Set shows pairs in their order.
func (p *Pairs) Set(pairs []Pair) { p.rows.Set(pairs) }
