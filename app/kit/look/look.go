// Package look holds how Kith looks: three sets of colours, one font, the sizes of words and the space round them, as
// one Fyne theme. It knows no widget of ours and no sentence, and it never touches the disk, the network or the clock.
package look

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"kith/assets"
)

// Colours names one of the three sets of colours. The names are stored in settings and never change.
type Colours string

// The three sets. Strong is not only other colours: widgets draw a border where the others draw a soft fill.
const (
	Light  Colours = "light"
	Dark   Colours = "dark"
	Strong Colours = "strong"
)

// AllColours lists the sets in the order a person is offered them.
func AllColours() []Colours { return []Colours{Light, Dark, Strong} }

// Scales lists the sizes of words a person is offered, in per cent.
func Scales() []int { return []int{100, 125, 150, 200} }

// Theme is one set of colours at one size of words. It is a value that never changes once made, so it may be shared.
type Theme struct {
	colours Colours
	percent int
	text    float32 // factor of words
	space   float32 // factor of paddings and icons: the square root of it
}

var _ fyne.Theme = (*Theme)(nil)

// New makes a theme. An unknown set of colours is taken as Light, a size outside 100 to 200 is brought inside.
func New(c Colours, percent int) *Theme {
	if c != Dark && c != Strong {
		c = Light
	}
	percent = min(max(percent, 100), 200)
	f := float64(percent) / 100
	return &Theme{colours: c, percent: percent, text: float32(f), space: float32(math.Sqrt(f))}
}

// Colours says which set this is.
func (t *Theme) Colours() Colours { return t.colours }

// Percent says the size of words, 100 to 200.
func (t *Theme) Percent() int { return t.percent }

// column is where a set of colours stands in the table of tokens.
func (t *Theme) column() int {
	switch t.colours {
	case Dark:
		return 1
	case Strong:
		return 2
	default:
		return 0
	}
}

// stock says which token stands behind each colour that Fyne's own widgets ask for.
var stock = map[fyne.ThemeColorName]Token{
	theme.ColorNameBackground:          Ground,
	theme.ColorNameForeground:          Ink,
	theme.ColorNamePrimary:             Primary,
	theme.ColorNameHyperlink:           Primary,
	theme.ColorNameForegroundOnPrimary: OnPrimary,
	theme.ColorNameButton:              Card,
	theme.ColorNameOverlayBackground:   Card,
	theme.ColorNameMenuBackground:      Card,
	theme.ColorNameHeaderBackground:    Sunk,
	theme.ColorNameInputBackground:     Sunk,
	theme.ColorNameInputBorder:         Edge,
	theme.ColorNameScrollBar:           Edge,
	theme.ColorNameSeparator:           Line,
	theme.ColorNameScrollBarBackground: Line,
	theme.ColorNamePlaceHolder:         Ink2,
	theme.ColorNameDisabled:            StoneInk,
	theme.ColorNameDisabledButton:      StoneSoft,
	theme.ColorNameError:               Danger,
	theme.ColorNameWarning:             Amber,
	theme.ColorNameSuccess:             Ok,
	theme.ColorNameForegroundOnError:   OnDanger,
	theme.ColorNameForegroundOnWarning: Card,
	theme.ColorNameForegroundOnSuccess: Card,
	theme.ColorNameSelection:           PrimarySoft,
	theme.ColorNameHover:               PrimarySoft,
	theme.ColorNamePressed:             PrimarySoft,
}

// Color returns a colour by token or by Fyne's own name. The variant is ours to choose, so the system's is not heard.
func (t *Theme) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	switch name {
	case theme.ColorNameShadow:
		return color.Transparent
	case theme.ColorNameFocus: // stock widgets fill with it; ours draw a ring in Focus itself
		c := t.of(Focus)
		c.A = 0x40
		return c
	case theme.ColorNameSelection, theme.ColorNameHover, theme.ColorNamePressed:
		if t.colours == Strong { // PrimarySoft is black here: what is chosen would not show
			return color.NRGBA{R: 0x55, G: 0x55, B: 0x55, A: 0xff}
		}
	}
	if tok, ok := stock[name]; ok {
		return t.of(tok)
	}
	if _, ok := colours[name]; ok {
		return t.of(name)
	}
	return t.of(Ink)
}

func (t *Theme) of(tok Token) color.NRGBA { return rgb(colours[tok][t.column()]) }

func rgb(v uint32) color.NRGBA {
	return color.NRGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 0xff}
}

var (
	regular = sync.OnceValue(func() fyne.Resource {
		return fyne.NewStaticResource("kith-regular.ttf", assets.FontRegular())
	})
	bold = sync.OnceValue(func() fyne.Resource {
		return fyne.NewStaticResource("kith-bold.ttf", assets.FontBold())
	})
)

// Font gives Atkinson Hyperlegible Next, bold where asked. There are no italics; symbols fall back to Fyne's own.
func (t *Theme) Font(s fyne.TextStyle) fyne.Resource {
	switch {
	case s.Symbol:
		return theme.DefaultSymbolFont()
	case s.Monospace:
		return theme.DefaultTextMonospaceFont()
	case s.Bold:
		return bold()
	default:
		return regular()
	}
}

// Icon gives Fyne's own icons, for the few stock parts that ask for one.
func (t *Theme) Icon(n fyne.ThemeIconName) fyne.Resource { return theme.DefaultTheme().Icon(n) }

// Size gives the sizes of look.md 3, words times the chosen size, space times its square root.
func (t *Theme) Size(n fyne.ThemeSizeName) float32 {
	switch n {
	case theme.SizeNameText:
		return 18 * t.text
	case theme.SizeNameCaptionText:
		return 16 * t.text
	case theme.SizeNameSubHeadingText:
		return 21 * t.text
	case theme.SizeNameHeadingText:
		return 30 * t.text
	case theme.SizeNameLineSpacing:
		return 3
	case theme.SizeNameInnerPadding:
		return 12 * t.space
	case theme.SizeNamePadding:
		return 6 * t.space
	case theme.SizeNameInlineIcon:
		return 24 * t.space
	case theme.SizeNameInputBorder:
		return 2
	case theme.SizeNameInputRadius, theme.SizeNameSelectionRadius, theme.SizeNameMenuRadius:
		return 8
	case theme.SizeNameScrollBar:
		return 12
	case theme.SizeNameScrollBarSmall:
		return 10
	case theme.SizeNameScrollBarRadius:
		return 5
	case theme.SizeNameSeparatorThickness:
		return 1
	case theme.SizeNameButtonRadius, theme.SizeNamePopupRadius:
		return 10
	case theme.SizeNameCardRadius, theme.SizeNameDialogRadius:
		return 14
	default:
		return theme.DefaultTheme().Size(n)
	}
}

var plain = New(Light, 100)

// Now returns the theme in use. Before an app has one of ours it is Light at 100 per cent.
func Now() *Theme {
	if a := fyne.CurrentApp(); a != nil {
		if t, ok := a.Settings().Theme().(*Theme); ok {
			return t
		}
	}
	return plain
}

// Color returns a token's colour in the theme in use.
func Color(tok Token) color.NRGBA {
	if tok == "" {
		return color.NRGBA{}
	}
	return Now().of(tok)
}

// IsStrong says whether the strong contrast is in use: soft fills are black then, and things have borders instead.
func IsStrong() bool { return Now().colours == Strong }

// Px grows a padding, a gap or an icon with the size of words: the square root of it.
func Px(base float32) float32 { return base * Now().space }

// Sp grows the size of words.
func Sp(base float32) float32 { return base * Now().text }

// Scale says the size of words in use, in per cent.
func Scale() int { return Now().percent }

// Icon returns a drawing in the colour of tok, named for both, so that no cache mixes two colours up.
func Icon(i assets.Icon, tok Token) fyne.Resource {
	c := Color(tok)
	hex := fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B)
	return fyne.NewStaticResource(string(i)+"-"+hex[1:]+".svg", bytes.ReplaceAll(i.SVG(), []byte("#000000"), []byte(hex)))
}
