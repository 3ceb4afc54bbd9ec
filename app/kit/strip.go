package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// Strip is a message of one line above every page: icon, words, and links for what can be done about it. It has long
// words and short ones, for where there is little room, and is read out by the long ones.
type Strip struct {
	widget.BaseWidget
	tone        look.Tone
	box         box
	icon        *Icon
	words       *Text
	links       []*StripLink
	long, short string
	brief       bool // the short words show
}

// StripLink is a link on a Strip.
type StripLink struct {
	*Button
	long, short string
}

// NewStripLink makes a link without words, which does not show.
func NewStripLink(onPress func()) *StripLink {
	l := &StripLink{Button: NewButton(Link, "", "", onPress)}
	l.Hide()
	return l
}

// Set changes its long and its short words. No words hide it.
func (l *StripLink) Set(long, short string) {
	l.long, l.short = long, short
	l.SetName(long)
	l.SetText(long)
}

// NewStrip makes a strip in a tone. It has no words yet, and does not show.
func NewStrip(tone look.Tone, icon assets.Icon, links ...*StripLink) *Strip {
	s := &Strip{
		tone: tone, box: newBox(), icon: NewIcon(icon, 24, tone.Full), words: NewLine("", look.Body, look.Ink), links: links,
	}
	s.Hidden = true
	s.ExtendBaseWidget(s)
	return s
}

// Set changes its long and its short words. No words hide it.
func (s *Strip) Set(long, short string) {
	s.long, s.short = long, short
	s.Hidden = long == ""
	s.say(s.brief)
}

// say puts the long words up, or the short ones.
func (s *Strip) say(brief bool) {
	s.brief = brief
	s.swap()
	s.Refresh()
}

// natural is the width with the long words, or the short ones, on one line.
func (s *Strip) natural(brief bool) float32 {
	was := s.brief
	if was != brief {
		s.brief = brief
		s.swap()
		defer func() { s.brief = was; s.swap() }()
	}
	return s.NaturalWidth()
}

// swap changes the words without drawing them.
func (s *Strip) swap() {
	s.words.words = s.long
	if s.brief {
		s.words.words = s.short
	}
	for _, l := range s.links {
		l.words.words = l.long
		if s.brief {
			l.words.words = l.short
		}
	}
}

// AccessibilityLabel is the long words.
func (s *Strip) AccessibilityLabel() string { return s.long }

// AccessibilityRole is a text's.
func (s *Strip) AccessibilityRole() fyne.AccessibleRole { return RoleText }

// pad is the room at either end.
func (s *Strip) pad() float32 {
	if s.brief {
		return look.Px(10)
	}
	return look.Px(14)
}

// left is where the words begin: after the icon, which goes with the long words.
func (s *Strip) left() float32 {
	if s.brief {
		return s.pad()
	}
	return s.pad() + look.Px(24) + look.Px(12)
}

// NaturalWidth is the width with all words on one line.
func (s *Strip) NaturalWidth() float32 {
	w := s.left() + s.pad() + s.words.NaturalWidth()
	for _, l := range s.links {
		if l.Visible() {
			w += look.Px(12) + l.NaturalWidth()
		}
	}
	return w
}

// CreateRenderer is Fyne's.
func (s *Strip) CreateRenderer() fyne.WidgetRenderer { return draw(s) }

func (s *Strip) parts() []fyne.CanvasObject {
	out := []fyne.CanvasObject{s.box, s.icon, s.words}
	for _, l := range s.links {
		out = append(out, l.Button)
	}
	return out
}

func (s *Strip) least() fyne.Size {
	h := s.words.lineHigh() + look.Px(10)
	for _, l := range s.links {
		h = max(h, l.HeightFor(l.NaturalWidth())+4)
	}
	return fyne.NewSize(look.Px(100), h)
}

func (s *Strip) arrange(size fyne.Size) {
	s.box.place(fyne.Position{}, size)
	side, gap, pad := look.Px(24), look.Px(12), s.pad()
	put(s.icon, pad, (size.Height-side)/2, side, side)
	x := size.Width - pad
	for i := len(s.links) - 1; i >= 0; i-- {
		l := s.links[i]
		if !l.Visible() {
			continue
		}
		w := l.NaturalWidth()
		h := l.HeightFor(w)
		x -= w
		put(l.Button, x, (size.Height-h)/2, w, h)
		x -= gap
	}
	left := s.left()
	put(s.words, left, (size.Height-s.words.lineHigh())/2, max(0, x-left), s.words.lineHigh())
}

func (s *Strip) paint() {
	s.box.set(s.tone.Soft, s.tone.Full, 2, 12)
	s.icon.tok = s.tone.Full
	s.icon.Hidden, s.icon.img.Hidden = s.brief, s.brief
	s.icon.paint()
	s.words.paint()
	for _, l := range s.links {
		l.Refresh()
	}
}

// Strips puts strips into one line where they fit, with their short words if need be, and else one under another: what
// stands above every page must leave room for the page.
func Strips(gap float32, all ...*Strip) *fyne.Container {
	l := &strips{gap: gap, all: all}
	objects := make([]fyne.CanvasObject, len(all))
	for i, s := range all {
		objects[i] = s
	}
	return container.New(l, objects...)
}

type strips struct {
	fit
	gap float32
	all []*Strip
}

// plan says whether all stand in one line, and which of them with their short words.
func (l *strips) plan(width float32) (oneLine bool, shown []*Strip, brief []bool) {
	for _, s := range l.all {
		if s.Visible() {
			shown = append(shown, s)
		}
	}
	brief = make([]bool, len(shown))
	for long := len(shown); long >= 0; long-- { // the first ones keep their long words the longest
		need := look.Px(l.gap) * float32(len(shown)-1)
		for i, s := range shown {
			brief[i] = i >= long
			need += s.natural(brief[i])
		}
		if need <= width {
			return true, shown, brief
		}
	}
	for i, s := range shown {
		brief[i] = s.natural(false) > width
	}
	return len(shown) < 2, shown, brief
}

func (l *strips) heightFor(_ []fyne.CanvasObject, width float32) float32 {
	one, shown, _ := l.plan(width)
	var all, most float32
	for i, s := range shown {
		h := s.least().Height
		if i > 0 {
			all += look.Px(l.gap)
		}
		all += h
		most = max(most, h)
	}
	if one {
		return most
	}
	return all
}

func (l *strips) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	one, shown, brief := l.plan(size.Width)
	var x, y, need float32
	for i, s := range shown {
		if s.brief != brief[i] {
			s.say(brief[i])
		}
		need += s.NaturalWidth()
	}
	spare := size.Width - need - look.Px(l.gap)*float32(len(shown)-1)
	for _, s := range shown {
		h := s.least().Height
		if !one {
			put(s, 0, y, size.Width, h)
			y += h + look.Px(l.gap)
			continue
		}
		w := s.NaturalWidth() + spare/float32(len(shown))
		put(s, x, 0, w, h)
		x += w + look.Px(l.gap)
	}
}

func (l *strips) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.least(l, objects, look.Px(100))
}
