package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Bubble is what one message says.
type Bubble struct {
	Key        string
	Own        bool
	Face       Face
	Name, Time string
	Text       string
	Only       Line   // who can read it, where those are not all; empty: none
	Quote      string // what it answers, shortened; empty: nothing
	Note       string // such as "Written 6 weeks ago, arrived today."
	Delivery   Line   // under one's own
	More       string // the link beside somebody else's; empty: none
}

// ChatBubble is one message: others at the left with a face, one's own at the right with who has it.
type ChatBubble struct {
	widget.BaseWidget
	s        Bubble
	face     *Avatar
	box      box
	name     *Text
	time     *Text
	only     *IconLine
	quote    *Text
	words    *Text
	note     *Text
	delivery *IconLine
	more     *Button
}

// NewChatBubble makes one; onMore is the link's.
func NewChatBubble(onMore func()) *ChatBubble {
	b := &ChatBubble{
		face: NewAvatar(Face{}, 40), box: newBox(), name: NewLine("", look.Bold, look.Ink), time: NewLine("", look.Small, look.Ink2),
		only:  NewIconLine("", 20, "", look.SmallBold, look.Ink),
		quote: NewText("", look.Small, look.Ink2), words: NewText("", look.Body, look.Ink), note: NewText("", look.Small, look.Ink2),
		delivery: NewIconLine("", 20, "", look.Small, look.PrimaryInk), more: NewButton(Link, "", "", onMore),
	}
	b.ExtendBaseWidget(b)
	return b
}

// Set shows a message.
func (b *ChatBubble) Set(s Bubble) {
	if b.s == s {
		return
	}
	b.s = s
	b.face.face = s.Face
	b.name.words, b.time.words, b.quote.words, b.words.words, b.note.words = s.Name, s.Time, s.Quote, s.Text, s.Note
	b.only.words.words, b.delivery.words.words = s.Only.Text, s.Delivery.Text
	b.more.words.words = s.More
	b.more.SetName(join(s.More, s.Name, s.Time))
	b.face.Hidden, b.more.Hidden = s.Own, s.Own || s.More == ""
	b.only.Hidden, b.delivery.Hidden = s.Only.Text == "", s.Delivery.Text == ""
	b.Refresh()
}

// AccessibilityLabel is who, when, for whom and what.
func (b *ChatBubble) AccessibilityLabel() string {
	return join(b.s.Name, b.s.Time, b.s.Only.Text, b.s.Text)
}

// AccessibilityRole is a text's.
func (b *ChatBubble) AccessibilityRole() fyne.AccessibleRole { return RoleText }

// CreateRenderer is Fyne's.
func (b *ChatBubble) CreateRenderer() fyne.WidgetRenderer { return draw(b) }

func (b *ChatBubble) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.face, b.box, b.name, b.time, b.only, b.quote, b.words, b.note, b.delivery, b.more}
}

const bubbleMost = 520 // px at 100 %

// inside is how wide the words may be in a place width wide, and how wide they then are.
func (b *ChatBubble) inside(width float32) float32 {
	room := min(look.Sp(bubbleMost), width-look.Px(28))
	if !b.s.Own {
		room = min(look.Sp(bubbleMost), width-look.Px(50)-look.Px(28))
		if !b.more.Hidden && look.Scale() < 150 {
			room = min(room, width-look.Px(50)-look.Px(28)-look.Px(10)-b.more.NaturalWidth())
		}
	}
	room = max(room, look.Px(80))
	want := max(b.name.NaturalWidth()+look.Px(10)+b.time.NaturalWidth(), b.words.NaturalWidth(), b.quote.NaturalWidth(), b.note.NaturalWidth())
	for _, l := range []*IconLine{b.only, b.delivery} {
		if !l.Hidden {
			want = max(want, l.NaturalWidth())
		}
	}
	return min(room, want)
}

func (b *ChatBubble) heights(in float32) (head, only, quote, words, note, delivery float32) {
	head = b.name.lineHigh()
	if !b.only.Hidden {
		only = b.only.HeightFor(in) + look.Px(4)
	}
	quote, words, note = b.quote.HeightFor(in), b.words.HeightFor(in), b.note.HeightFor(in)
	if !b.delivery.Hidden {
		delivery = b.delivery.HeightFor(in) + look.Px(4)
	}
	return head, only, quote, words, note, delivery
}

// HeightFor says how high it is at a width.
func (b *ChatBubble) HeightFor(width float32) float32 {
	h, o, q, w, n, d := b.heights(b.inside(width))
	total := h + o + q + w + n + d + look.Px(20)
	if !b.s.Own && !b.more.Hidden && look.Scale() >= 150 {
		total += b.more.HeightFor(width)
	}
	return max(total, look.Px(40))
}

func (b *ChatBubble) least() fyne.Size {
	w := look.Px(200)
	return fyne.NewSize(w, b.HeightFor(max(w, b.Size().Width)))
}

func (b *ChatBubble) arrange(size fyne.Size) {
	in := b.inside(size.Width)
	h, o, q, w, n, d := b.heights(in)
	pad := look.Px(14)
	high := h + o + q + w + n + d + look.Px(20)
	x := size.Width - in - 2*pad
	if !b.s.Own {
		x = look.Px(50)
	}
	put(b.face, 0, 0, look.Px(40), look.Px(40))
	b.box.place(fyne.NewPos(x, 0), fyne.NewSize(in+2*pad, high))
	y := look.Px(9)
	nw := min(b.name.NaturalWidth(), in)
	put(b.name, x+pad, y, nw, h)
	put(b.time, x+pad+nw+look.Px(10), y+(h-b.time.lineHigh())/2+1, max(0, in-nw-look.Px(10)), b.time.lineHigh())
	y += h
	if o > 0 {
		put(b.only, x+pad, y, in, o-look.Px(4))
	}
	y += o
	put(b.quote, x+pad, y, in, q)
	y += q
	put(b.words, x+pad, y, in, w)
	y += w
	put(b.note, x+pad, y, in, n)
	y += n
	if d > 0 {
		put(b.delivery, x+pad, y+look.Px(4), in, d-look.Px(4))
	}
	if look.Scale() >= 150 {
		put(b.more, x, high, b.more.NaturalWidth(), b.more.HeightFor(in))
	} else {
		put(b.more, x+in+2*pad+look.Px(6), 0, b.more.NaturalWidth(), max(44, look.Px(44)))
	}
}

func (b *ChatBubble) paint() {
	fill, stroke := look.Sunk, look.Line
	if b.s.Own {
		fill, stroke = look.PrimarySoft, look.Primary
	}
	width := float32(1)
	if look.IsStrong() {
		width = 2
	}
	b.box.set(fill, stroke, width, 12)
	b.face.Refresh()
	for _, t := range []*Text{b.name, b.time, b.quote, b.words, b.note} {
		t.paint()
	}
	b.only.icon.icon, b.delivery.icon.icon = b.s.Only.Icon, b.s.Delivery.Icon
	b.only.paint()
	b.delivery.paint()
	b.more.Refresh()
}

// WordBox is one of six words to be read out or compared: its number above it.
type WordBox struct {
	widget.BaseWidget
	box    box
	number *Text
	word   *Text
}

// NewWordBox makes one.
func NewWordBox(number int, word string) *WordBox {
	w := &WordBox{box: newBox(), number: NewLine(strconv.Itoa(number), look.Small, look.PrimaryInk), word: NewLine(word, look.Word, look.PrimaryInk)}
	w.ExtendBaseWidget(w)
	return w
}

// SetWord changes the word.
func (w *WordBox) SetWord(s string) { w.word.words = s; w.Refresh() }

// AccessibilityLabel is number and word.
func (w *WordBox) AccessibilityLabel() string { return join(w.number.words, w.word.words) }

// AccessibilityRole is a text's.
func (w *WordBox) AccessibilityRole() fyne.AccessibleRole { return RoleText }

// CreateRenderer is Fyne's.
func (w *WordBox) CreateRenderer() fyne.WidgetRenderer { return draw(w) }

func (w *WordBox) parts() []fyne.CanvasObject { return []fyne.CanvasObject{w.box, w.number, w.word} }

func (w *WordBox) least() fyne.Size {
	return fyne.NewSize(w.word.NaturalWidth()+look.Px(28), max(look.Px(66), w.number.lineHigh()+w.word.lineHigh()+look.Px(12)))
}

func (w *WordBox) arrange(size fyne.Size) {
	w.box.place(fyne.Position{}, size)
	nh, wh := w.number.lineHigh(), w.word.lineHigh()
	x := look.Px(14)
	y := (size.Height - nh - wh) / 2
	put(w.number, x, y, size.Width-2*x, nh)
	put(w.word, x, y+nh, size.Width-x-4, wh)
}

func (w *WordBox) paint() {
	stroke := look.Token("")
	if look.IsStrong() {
		stroke = look.Edge
	}
	w.box.set(look.PrimarySoft, stroke, 2, 10)
	w.number.paint()
	w.word.paint()
}

// Words is numbered words in a grid: six in three columns for comparing, twelve in four for the sheet.
type Words struct {
	*fyne.Container
	boxes []*WordBox
}

// NewWords makes a grid of up to most columns.
func NewWords(most int) *Words { return &Words{Container: Grid(most, 10, 140)} }

// Set shows words in their order.
func (w *Words) Set(words ...string) {
	for len(w.boxes) < len(words) {
		w.boxes = append(w.boxes, NewWordBox(len(w.boxes)+1, ""))
	}
	w.boxes = w.boxes[:len(words)]
	w.Objects = w.Objects[:0]
	for i, s := range words {
		w.boxes[i].SetWord(s)
		w.Objects = append(w.Objects, w.boxes[i])
	}
	w.Container.Refresh()
}

// StageState is where one stage stands.
type StageState int

// The states of a stage, told by shape as well as colour.
const (
	StageLater StageState = 0 // an empty ring
	StageNow   StageState = 1 // an arrow, filled, bold
	StageDone  StageState = 2 // a tick
)

// Stage is one box of a StageBar.
type Stage struct {
	Words string
	State StageState
}

// StageBar shows how far a thing has come.
type StageBar struct {
	*fyne.Container
	boxes []*stageBox
}

// NewStageBar makes one.
func NewStageBar() *StageBar { return &StageBar{Container: Grid(5, 8, 168)} }

// Set shows stages in their order.
func (s *StageBar) Set(stages []Stage) {
	for len(s.boxes) < len(stages) {
		s.boxes = append(s.boxes, newStageBox())
	}
	s.boxes = s.boxes[:len(stages)]
	s.Objects = s.Objects[:0]
	for i, st := range stages {
		b := s.boxes[i]
		b.stage = st
		b.Refresh()
		s.Objects = append(s.Objects, b)
	}
	s.Container.Refresh()
}

type stageBox struct {
	widget.BaseWidget
	stage Stage
	box   box
	ring  *canvas.Circle
	icon  *Icon
	words *Text
}

func newStageBox() *stageBox {
	b := &stageBox{box: newBox(), ring: canvas.NewCircle(nil), icon: NewIcon(assets.IconDone, 24, look.Ok), words: NewText("", look.Body, look.Ink2)}
	b.ExtendBaseWidget(b)
	return b
}

// AccessibilityLabel is the words.
func (b *stageBox) AccessibilityLabel() string { return b.stage.Words }

// AccessibilityRole is a text's.
func (b *stageBox) AccessibilityRole() fyne.AccessibleRole { return RoleText }

func (b *stageBox) CreateRenderer() fyne.WidgetRenderer { return draw(b) }

func (b *stageBox) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.box, b.ring, b.icon, b.words}
}

// HeightFor says how high it is at a width.
func (b *stageBox) HeightFor(width float32) float32 {
	return max(look.Px(46), b.words.HeightFor(width-look.Px(56))+look.Px(14))
}

func (b *stageBox) least() fyne.Size {
	w := b.words.least().Width + look.Px(56)
	return fyne.NewSize(w, b.HeightFor(max(w, b.Size().Width)))
}

func (b *stageBox) arrange(size fyne.Size) {
	b.box.place(fyne.Position{}, size)
	side := look.Px(24)
	put(b.icon, look.Px(12), (size.Height-side)/2, side, side)
	r := look.Px(20)
	put(b.ring, look.Px(14), (size.Height-r)/2, r, r)
	w := size.Width - look.Px(50)
	h := b.words.HeightFor(w)
	put(b.words, look.Px(46), (size.Height-h)/2, w, h)
}

func (b *stageBox) paint() {
	b.words.words, b.words.style = b.stage.Words, look.Body
	b.ring.Hidden = b.stage.State != StageLater
	b.ring.StrokeColor, b.ring.StrokeWidth = look.Color(look.Edge), 2
	b.icon.icon = ""
	switch b.stage.State {
	case StageDone:
		b.box.set(look.OkSoft, look.Ok, 1, 10)
		b.icon.icon, b.icon.tok, b.words.tok = assets.IconDone, look.OkInk, look.OkInk
	case StageNow:
		b.box.set(look.Primary, "", 0, 10)
		b.icon.icon, b.icon.tok, b.words.tok = assets.IconGoing, look.OnPrimary, look.OnPrimary
		b.words.style = look.Bold
	default:
		b.box.set(look.Card, look.Line, 1, 10)
		b.words.tok = look.Ink2
	}
	b.icon.paint()
	b.words.paint()
}
