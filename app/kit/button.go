package kit

import (
	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/assets"
)

// ButtonKind is how a button looks and what that says.
type ButtonKind int

// The kinds. One Main a page; Danger is never beside it without a gap.
const (
	Main      ButtonKind = 1 // the one thing to do here
	Second    ButtonKind = 2 // something else that can be done
	Danger    ButtonKind = 3 // first step of something that hurts
	DangerOn  ButtonKind = 4 // filled: on the confirm page only
	Link      ButtonKind = 5 // bold, underlined words
	Tonight   ButtonKind = 6 // the main button of the tonight pages
	OnPanel   ButtonKind = 7 // filled apricot, for the dark panel of the lock and the welcome
	LinkPanel ButtonKind = 8 // a link on the dark panel
)

// Button is a big button: 48 px high, Enter and Space press it, its ring is 3 px wide.
type Button struct {
	press
	kind   ButtonKind
	words  *Text
	icon   *Icon
	glyph  assets.Icon
	after  bool // icon at the right: only for "next"
	small  bool // 44 px, for rows
	spread bool // words and icon in the middle of whatever width there is
	box    box
	ring   ring
}

// NewButton makes a button; icon may be empty.
func NewButton(kind ButtonKind, words string, icon assets.Icon, onPress func()) *Button {
	b := &Button{kind: kind, glyph: icon, box: newBox(), ring: newRing()}
	b.words = NewText(words, look.Bold, look.Ink)
	b.words.under = kind == Link || kind == LinkPanel
	b.icon = NewIcon(icon, 22, look.Ink)
	b.onPress = onPress
	b.extend(b)
	return b
}

// Small makes it 44 px high and narrower inside, for rows, and returns b.
func (b *Button) Small() *Button { b.small = true; return b }

// IconAfter puts the icon at the right, for "next", and returns b.
func (b *Button) IconAfter() *Button { b.after = true; return b }

// Spread centres words and icon, for a button as wide as its card, and returns b.
func (b *Button) Spread() *Button { b.spread = true; return b }

// SetText changes the words. Empty words hide the button.
func (b *Button) SetText(words string) {
	b.words.SetText(words)
	b.Hidden = words == ""
	b.Refresh()
}

// SetIcon changes the icon; empty takes it away.
func (b *Button) SetIcon(i assets.Icon) { b.glyph = i; b.Refresh() }

// IsMain says whether it is drawn as the one thing to do on its page.
func (b *Button) IsMain() bool { return b.kind == Main || b.kind == Tonight }

// SetKind changes how it looks.
func (b *Button) SetKind(k ButtonKind) {
	b.kind = k
	b.words.under = k == Link || k == LinkPanel
	b.Refresh()
}

// SetOnPress changes what it does.
func (b *Button) SetOnPress(f func()) { b.onPress = f }

// SetEnabled says whether it can be pressed. A sentence under it must say why not.
func (b *Button) SetEnabled(on bool) { b.off = !on; b.Refresh() }

// Text returns the words.
func (b *Button) Text() string { return b.words.words }

// AccessibilityLabel is the name given, or the words.
func (b *Button) AccessibilityLabel() string {
	if b.name != "" {
		return b.name
	}
	return b.words.words
}

// AccessibilityRole is a button's or a link's.
func (b *Button) AccessibilityRole() fyne.AccessibleRole {
	if b.kind == Link || b.kind == LinkPanel {
		return RoleLink
	}
	return RoleButton
}

// CreateRenderer is Fyne's.
func (b *Button) CreateRenderer() fyne.WidgetRenderer { return draw(b) }

func (b *Button) parts() []fyne.CanvasObject {
	return []fyne.CanvasObject{b.box, b.icon, b.words, b.ring}
}

func (b *Button) isLink() bool { return b.kind == Link || b.kind == LinkPanel }

// room is the padding at each side, the gap to the icon, and the least height.
func (b *Button) room() (pad, gap, high float32) {
	switch {
	case b.isLink():
		return look.Px(4), look.Px(9), max(44, look.Px(44))
	case b.small:
		return look.Px(14), look.Px(9), max(44, look.Px(44))
	default:
		return look.Px(18), look.Px(10), look.Px(48)
	}
}

// bare says whether words stand alone: without an icon, and from 150 %, where two buttons must fit beside each other.
func (b *Button) bare() bool { return b.glyph == "" || bare() }

func (b *Button) iconRoom() float32 {
	if b.bare() {
		return 0
	}
	_, gap, _ := b.room()
	return look.Px(22) + gap
}

// NaturalWidth is the width with all words on one line.
func (b *Button) NaturalWidth() float32 {
	pad, _, _ := b.room()
	return max(44, b.words.NaturalWidth()+b.iconRoom()+2*pad)
}

// HeightFor says how high it is when its words wrap at a width.
func (b *Button) HeightFor(width float32) float32 {
	pad, _, high := b.room()
	return max(high, b.words.HeightFor(width-2*pad-b.iconRoom())+look.Px(12))
}

func (b *Button) least() fyne.Size {
	pad, _, _ := b.room()
	w := max(44, b.words.least().Width+b.iconRoom()+2*pad)
	return fyne.NewSize(w, b.HeightFor(max(w, b.Size().Width)))
}

func (b *Button) arrange(size fyne.Size) {
	pad, gap, _ := b.room()
	b.box.place(fyne.Position{}, size)
	b.ring.place(fyne.Position{}, size)
	inside := size.Width - 2*pad - b.iconRoom()
	w := min(b.words.NaturalWidth(), inside)
	h := b.words.HeightFor(w)
	x := pad
	if b.spread {
		x = (size.Width - w - b.iconRoom()) / 2
	}
	y := (size.Height - h) / 2
	side := look.Px(22)
	if b.bare() {
		put(b.words, x, y, w, h)
		return
	}
	if b.after {
		put(b.words, x, y, w, h)
		put(b.icon, x+w+gap, (size.Height-side)/2, side, side)
		return
	}
	put(b.icon, x, (size.Height-side)/2, side, side)
	put(b.words, x+side+gap, y, w, h)
}

func (b *Button) paint() {
	var fill, stroke, ink look.Token
	width := float32(2)
	focus := look.Focus
	over := b.hovered && !b.off
	switch b.kind {
	case Main:
		fill, ink = look.Primary, look.OnPrimary
		if over {
			fill = look.PrimaryInk
		}
	case Tonight:
		fill, ink = look.Tonight, look.OnTonight
		if over {
			fill = look.TonightInk
		}
	case DangerOn:
		fill, ink = look.Danger, look.OnDanger
		if over {
			fill = look.DangerInk
		}
	case Danger:
		fill, stroke, ink = look.Card, look.Danger, look.Danger
		if over {
			fill, ink = look.DangerSoft, look.DangerInk
		}
	case Link:
		ink = look.Primary
		if over {
			ink = look.PrimaryInk
		}
	case LinkPanel:
		ink, focus = look.PanelInk, look.FocusRail
	case OnPanel:
		fill, ink, focus = look.Open, look.OnOpen, look.FocusRail
	default:
		fill, stroke, ink = look.Card, look.Primary, look.Primary
		if over {
			fill = look.PrimarySoft
		}
	}
	if over && look.IsStrong() { // a second border instead of a fill
		width = 4
		if stroke == "" && !b.isLink() {
			stroke = look.Ink
		}
	}
	if b.off {
		ink = look.StoneInk
		if !b.isLink() {
			fill, stroke = look.StoneSoft, look.Edge
		}
	}
	b.box.set(fill, stroke, width, 10)
	b.words.tok = ink
	b.words.paint()
	b.icon.icon, b.icon.tok = b.glyph, ink
	b.icon.Hidden, b.icon.img.Hidden = b.bare(), b.bare()
	b.icon.paint()
	b.ring.set(b.focused, focus, 10)
}
