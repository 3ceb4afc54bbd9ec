package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Day is one cell of a month.
type Day struct {
	Key    string // handed to onOpen: "2026-11-27"
	Number string // "27", or "1 Dec" for the first of another month
	Name   string // for tests and readers: "Friday 27 November, 2 things"
	Other  bool   // of another month
	Today  string // the tag; empty on other days
}

// Pill is one thing on one or more days.
type Pill struct {
	First, Last int // cells, 0 to 41
	Icon        assets.Icon
	Text, Tone  string
	Continues   bool // it began before First: it has no bar at its left
}

// Month is what a MonthView shows: six weeks of seven days, Monday first.
type Month struct {
	Weekdays []string // seven
	Short    []string // seven for where the whole ones have no room; may be empty
	Days     []Day    // forty-two
	Pills    []Pill   // in the order they are to be seen
	More     []string // what stands for 1, 2, 3 ... hidden pills of a day: "and 1 more"
	Cursor   int      // where the ring is when the month is first shown
}

// MonthView is a month on one page. It is one stop of the Tab key; arrows go from day to day, Enter and Space open one,
// Page Up and Page Down go to the month before and after.
type MonthView struct {
	widget.BaseWidget
	month   Month
	cells   []*DayCell
	heads   []*Text
	pills   []*EventPill
	cursor  int
	focused bool
	ring    ring
	onOpen  func(key string)
	onPage  func(by int) // by months
	plain   bool         // a small month to pick a day from: no pills
}

// NewMonthView makes an empty month; onPage may be nil.
func NewMonthView(onOpen func(key string), onPage func(by int)) *MonthView {
	m := &MonthView{onOpen: onOpen, onPage: onPage, ring: newRing()}
	m.ExtendBaseWidget(m)
	return m
}

// newPicker makes a small month, whose days are buttons and nothing else.
func newPicker(onOpen func(key string), onPage func(by int)) *MonthView {
	m := NewMonthView(onOpen, onPage)
	m.plain = true
	return m
}

// Set shows a month. The ring stays on its cell while the days are the same.
func (m *MonthView) Set(s Month) {
	if len(s.Days) != len(m.month.Days) || (len(s.Days) > 0 && s.Days[0].Key != m.month.Days[0].Key) {
		m.cursor = min(max(s.Cursor, 0), max(0, len(s.Days)-1))
	}
	m.month = s
	for len(m.cells) < len(s.Days) {
		m.cells = append(m.cells, newDayCell(m, len(m.cells)))
	}
	m.cells = m.cells[:len(s.Days)]
	for i, d := range s.Days {
		m.cells[i].day = d
	}
	for len(m.heads) < len(s.Weekdays) {
		m.heads = append(m.heads, NewLine("", look.SmallBold, look.Ink2))
	}
	m.heads = m.heads[:len(s.Weekdays)]
	for i, w := range s.Weekdays {
		m.heads[i].words = w
	}
	m.Refresh()
}

// Cursor is the key of the day that has the ring.
func (m *MonthView) Cursor() string {
	if m.cursor < len(m.month.Days) {
		return m.month.Days[m.cursor].Key
	}
	return ""
}

// Cells are the days, for tests.
func (m *MonthView) Cells() []*DayCell { return m.cells }

// TypedKey moves the ring, opens a day, or pages.
func (m *MonthView) TypedKey(ev *fyne.KeyEvent) {
	switch ev.Name {
	case fyne.KeyLeft:
		m.move(-1)
	case fyne.KeyRight:
		m.move(1)
	case fyne.KeyUp:
		m.move(-7)
	case fyne.KeyDown:
		m.move(7)
	case fyne.KeyHome:
		m.move(-(m.cursor % 7))
	case fyne.KeyEnd:
		m.move(6 - m.cursor%7)
	case fyne.KeyPageUp:
		m.page(-1)
	case fyne.KeyPageDown:
		m.page(1)
	case fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace:
		m.open(m.cursor)
	}
}

func (m *MonthView) move(by int) {
	if n := m.cursor + by; n >= 0 && n < len(m.cells) {
		m.cursor = n
		m.Refresh()
		reveal(m.cells[n])
	}
}

func (m *MonthView) page(by int) {
	if m.onPage != nil {
		m.onPage(by)
	}
}

func (m *MonthView) open(i int) {
	touched(m)
	if i < len(m.month.Days) && m.onOpen != nil {
		m.onOpen(m.month.Days[i].Key)
	}
}

// TypedRune hears a letter and does nothing with it.
func (m *MonthView) TypedRune(rune) {}

// KeyDown passes the key on to the window's listener.
func (m *MonthView) KeyDown(ev *fyne.KeyEvent) { heardDown(m, ev) }

// KeyUp passes the key on to the window's listener.
func (m *MonthView) KeyUp(ev *fyne.KeyEvent) { heardUp(m, ev) }

// FocusGained shows the ring on the cell that has it.
func (m *MonthView) FocusGained() {
	m.focused = true
	m.Refresh()
	focused(m)
}

// FocusLost takes the ring away.
func (m *MonthView) FocusLost() {
	m.focused = false
	m.Refresh()
}

// CreateRenderer is Fyne's.
func (m *MonthView) CreateRenderer() fyne.WidgetRenderer { return draw(m) }

func (m *MonthView) parts() []fyne.CanvasObject {
	var out []fyne.CanvasObject
	for _, h := range m.heads {
		out = append(out, h)
	}
	for _, c := range m.cells {
		out = append(out, c)
	}
	for _, p := range m.pills {
		out = append(out, p)
	}
	return append(out, m.ring)
}

const dayGap = 4

func pillHigh() float32 { return max(look.Px(26), look.Sp(16)*1.3+4) }

// numberHigh is the room a day's number takes at the top of its cell.
func numberHigh() float32 { return look.Sp(26) + 4 }

func (m *MonthView) headHigh() float32 {
	if len(m.heads) == 0 {
		return 0
	}
	return look.Sp(22) + look.Px(6)
}

func (m *MonthView) weeks() int { return (len(m.cells) + 6) / 7 }

func (m *MonthView) least() fyne.Size {
	cell := numberHigh() + pillHigh() + 6
	if m.plain {
		cell = max(44, look.Sp(26)+8)
	}
	w := float32(7)*max(44, look.Sp(44)) + 6*dayGap
	return fyne.NewSize(w, m.headHigh()+float32(m.weeks())*(cell+dayGap)-dayGap)
}

// HeightFor of a small month does not depend on its width; a large one takes the room it is given.
func (m *MonthView) HeightFor(float32) float32 { return m.least().Height }

func (m *MonthView) arrange(size fyne.Size) {
	if len(m.cells) == 0 {
		return
	}
	w := (size.Width - 6*dayGap) / 7
	top := m.headHigh()
	n := float32(m.weeks())
	h := (size.Height - top - (n-1)*dayGap) / n
	short := false
	for _, d := range m.month.Weekdays {
		short = short || m.heads[0].measure(d).Width > w-look.Px(10)
	}
	for i, t := range m.heads {
		t.words = m.month.Weekdays[i]
		if short && len(m.month.Short) == len(m.heads) {
			t.words = m.month.Short[i]
		}
		put(t, float32(i)*(w+dayGap)+look.Px(9), 0, w-look.Px(10), look.Sp(22))
	}
	for i, c := range m.cells {
		put(c, float32(i%7)*(w+dayGap), top+float32(i/7)*(h+dayGap), w, h)
	}
	if !m.plain {
		m.lay(w, h, top)
	}
	m.ring.Hidden = !m.focused || m.cursor >= len(m.cells)
	if !m.ring.Hidden {
		c := m.cells[m.cursor]
		m.ring.place(c.Position().AddXY(1, 1), c.Size().SubtractWidthHeight(2, 2))
	}
}

// lay puts each pill in the first free lane of its week, as many lanes as a cell has room for; the others are counted in
// their days' cells.
func (m *MonthView) lay(w, h, top float32) {
	ph := pillHigh()
	lanes := max(1, int((h-numberHigh()-2+2)/(ph+2)))
	total := make([]int, len(m.cells)) // of each day
	for _, p := range m.month.Pills {
		for d := max(0, p.First); d <= min(p.Last, len(m.cells)-1); d++ {
			total[d]++
		}
	}
	taken := make([][]bool, len(m.cells))
	for i := range taken {
		taken[i] = make([]bool, lanes)
		if total[i] > lanes { // the last lane says how many more, unless it is the only one
			taken[i][lanes-1] = lanes > 1
		}
	}
	drawn := make([]int, len(m.cells))
	used := 0
	for _, p := range m.month.Pills {
		first, last := max(0, p.First), min(p.Last, len(m.cells)-1)
		for from := first; from <= last; {
			to := min(last, from/7*7+6)
			if lane := free(taken, from, to); lane >= 0 {
				if used == len(m.pills) {
					m.pills = append(m.pills, newEventPill())
				}
				e := m.pills[used]
				used++
				e.pill, e.head = p, from == p.First && !p.Continues
				e.paint()
				a, b := m.cells[from].Position(), m.cells[to].Position()
				put(e, a.X+5, a.Y+numberHigh()+float32(lane)*(ph+2), b.X-a.X+w-10, ph)
				for d := from; d <= to; d++ {
					taken[d][lane] = true
					drawn[d]++
				}
			}
			from = to + 1
		}
	}
	m.pills = m.pills[:used]
	for i, c := range m.cells {
		more := ""
		if hidden := total[i] - drawn[i]; hidden > 0 && len(m.month.More) > 0 {
			more = m.month.More[min(hidden, len(m.month.More))-1]
		}
		c.more.words = more
		c.more.paint()
		y := numberHigh() + float32(lanes-1)*(ph+2)
		if lanes == 1 { // no lane to spare: beside the number
			put(c.more, w/3, 4, w*2/3-8, c.more.lineHigh())
		} else {
			put(c.more, 9, y+(ph-c.more.lineHigh())/2, w-14, c.more.lineHigh())
		}
	}
}

func free(taken [][]bool, from, to int) int {
next:
	for lane := range taken[from] {
		for d := from; d <= to; d++ {
			if taken[d][lane] {
				continue next
			}
		}
		return lane
	}
	return -1
}

func (m *MonthView) paint() {
	for _, h := range m.heads {
		h.paint()
	}
	for _, c := range m.cells {
		c.plain = m.plain
		c.paint()
	}
	for _, p := range m.pills {
		p.paint()
	}
	m.ring.set(m.focused, look.Focus, 8)
}

// DayCell is one day of a month. The whole cell is the target.
type DayCell struct {
	widget.BaseWidget
	view    *MonthView
	at      int
	day     Day
	hovered bool
	plain   bool
	box     box
	number  *Text
	tag     *Text
	tagBox  *canvas.Rectangle
	more    *Text
}

func newDayCell(m *MonthView, at int) *DayCell {
	c := &DayCell{
		view: m, at: at, box: newBox(), number: NewLine("", look.Bold, look.Ink),
		tag: NewLine("", look.SmallBold, look.OnPrimary), tagBox: canvas.NewRectangle(nil), more: NewLine("", look.Small, look.Ink),
	}
	c.more.under = true
	c.ExtendBaseWidget(c)
	return c
}

// Tapped opens the day.
func (c *DayCell) Tapped(*fyne.PointEvent) {
	c.view.cursor = c.at
	Focus(c.view)
	c.view.open(c.at)
}

// MouseIn changes the fill.
func (c *DayCell) MouseIn(*desktop.MouseEvent) { c.hovered = true; c.Refresh() }

// MouseMoved tells the window that somebody is here.
func (c *DayCell) MouseMoved(*desktop.MouseEvent) { touched(c) }

// MouseOut changes the fill back.
func (c *DayCell) MouseOut() { c.hovered = false; c.Refresh() }

// Cursor is a hand.
func (c *DayCell) Cursor() desktop.Cursor { return desktop.PointerCursor }

// Focused says whether the ring is on this day.
func (c *DayCell) Focused() bool { return c.view.focused && c.view.cursor == c.at }

// AccessibilityLabel is the day's name.
func (c *DayCell) AccessibilityLabel() string { return c.day.Name }

// AccessibilityRole is a day's.
func (c *DayCell) AccessibilityRole() fyne.AccessibleRole { return RoleDay }

// CreateRenderer is Fyne's.
func (c *DayCell) CreateRenderer() fyne.WidgetRenderer { return draw(c) }

func (c *DayCell) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{c.box, c.number, c.tagBox, c.tag, c.more}
}

func (c *DayCell) least() fyne.Size { return fyne.NewSquareSize(44) }

func (c *DayCell) arrange(size fyne.Size) {
	c.box.place(fyne.Position{}, size)
	h := c.number.lineHigh()
	if c.plain {
		w := c.number.NaturalWidth()
		put(c.number, (size.Width-w)/2, (size.Height-h)/2, w, h)
		return
	}
	put(c.number, look.Px(9), 4, size.Width-look.Px(12), h)
	if c.day.Today != "" {
		w := c.tag.NaturalWidth()
		th := c.tag.lineHigh()
		put(c.tagBox, size.Width-w-17, 4, w+13, th)
		put(c.tag, size.Width-w-11, 4, w, th)
	}
}

func (c *DayCell) paint() {
	fill, stroke, width := look.Card, look.Line, float32(1)
	c.number.words, c.number.style, c.number.tok = c.day.Number, look.Bold, look.Ink
	if c.day.Other {
		fill = look.Sunk
		c.number.style, c.number.tok = look.Body, look.Ink2
	}
	if c.day.Today != "" {
		stroke, width = look.Primary, 3
	}
	if c.hovered {
		fill = look.PrimarySoft
		if look.IsStrong() {
			width = 3
		}
	}
	c.box.set(fill, stroke, width, 8)
	c.number.paint()
	showTag := c.day.Today != "" && !c.plain
	c.tag.Hidden, c.tagBox.Hidden = !showTag, !showTag
	c.tag.words = c.day.Today
	c.tag.paint()
	c.tagBox.FillColor, c.tagBox.CornerRadius = look.Color(look.Primary), 5
	c.more.Hidden = c.plain
	c.more.paint()
}

// EventPill is one event on a month: a bar in the full colour, icon and words in the soft one.
type EventPill struct {
	widget.BaseWidget
	pill  Pill
	head  bool // the first day is in this piece
	soft  box
	bar   *canvas.Rectangle
	icon  *Icon
	words *Text
}

func newEventPill() *EventPill {
	e := &EventPill{soft: newBox(), bar: canvas.NewRectangle(nil), icon: NewIcon("", 17, look.Ink), words: NewLine("", look.Small, look.Ink)}
	e.ExtendBaseWidget(e)
	return e
}

// NewEventPill makes a pill outside a month, as in a list of days.
func NewEventPill(p Pill) *EventPill {
	e := newEventPill()
	e.pill, e.head = p, true
	return e
}

// Set changes what it says; no words hide it.
func (e *EventPill) Set(p Pill) {
	e.pill, e.head = p, true
	e.Hidden = p.Text == ""
	e.Refresh()
}

// CreateRenderer is Fyne's.
func (e *EventPill) CreateRenderer() fyne.WidgetRenderer { return draw(e) }

func (e *EventPill) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{e.soft, e.bar, e.icon, e.words}
}

func (e *EventPill) least() fyne.Size { return fyne.NewSize(look.Px(60), pillHigh()) }

// NaturalWidth has all its words.
func (e *EventPill) NaturalWidth() float32 { return e.words.NaturalWidth() + look.Px(42) }

func (e *EventPill) arrange(size fyne.Size) {
	e.soft.place(fyne.Position{}, size)
	put(e.bar, 0, 0, 4, size.Height)
	x := look.Px(9)
	side := look.Px(17)
	if e.pill.Icon != "" && size.Width > look.Px(70) {
		put(e.icon, x, (size.Height-side)/2, side, side)
		x += side + look.Px(5)
	} else {
		put(e.icon, 0, 0, 0, 0)
	}
	h := e.words.lineHigh()
	put(e.words, x, (size.Height-h)/2, max(0, size.Width-x-look.Px(4)), h)
}

func (e *EventPill) paint() {
	t := look.ToneOf(e.pill.Tone)
	stroke := look.Token("")
	if look.IsStrong() {
		stroke = t.Full
	}
	e.soft.set(t.Soft, stroke, 1, 6)
	e.bar.FillColor, e.bar.Hidden = look.Color(t.Full), !e.head
	e.bar.TopLeftCornerRadius, e.bar.BottomLeftCornerRadius = 4, 4
	e.icon.icon, e.icon.tok = e.pill.Icon, t.Inked
	e.icon.paint()
	e.words.words, e.words.tok = e.pill.Text, t.Inked
	e.words.paint()
}
