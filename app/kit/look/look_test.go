package look

import (
	"image/color"
	"math"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"kith/assets"
)

// contrast is WCAG 2's formula: 1 for equal colours, 21 for black on white.
func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

func luminance(c color.NRGBA) float64 {
	f := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	return 0.2126*f(c.R) + 0.7152*f(c.G) + 0.0722*f(c.B)
}

func TestContrastFormula(t *testing.T) {
	if got := contrast(rgb(0x000000), rgb(0xffffff)); math.Abs(got-21) > 0.001 {
		t.Errorf("contrast(black, white) = %.3f, want 21", got)
	}
	if got := contrast(rgb(0x767676), rgb(0xffffff)); math.Abs(got-4.54) > 0.01 {
		t.Errorf("contrast(#767676, white) = %.3f, want 4.54", got)
	}
}

func TestEveryPairCanBeRead(t *testing.T) {
	for i, c := range AllColours() {
		th := New(c, 100)
		for _, p := range pairs {
			got := contrast(th.of(p.mark), th.of(p.on))
			if got < p.needs {
				t.Errorf("%s: %s on %s = %.2f, want at least %.1f (%s)", c, p.mark, p.on, got, p.needs, p.where)
			}
			if math.Abs(got-p.said[i]) > 0.06 {
				t.Errorf("%s: %s on %s = %.2f, the design says %.1f (%s)", c, p.mark, p.on, got, p.said[i], p.where)
			}
		}
	}
	if len(pairs) < 46+4 {
		t.Errorf("the table holds %d pairs, want the 46 of the design and the 4 of the panel", len(pairs))
	}
}

func TestAvatarLettersCanBeRead(t *testing.T) {
	for _, c := range Avatars {
		if got := contrast(rgb(c), rgb(0xffffff)); got < 4.5 {
			t.Errorf("white on avatar #%06x = %.2f, want at least 4.5", c, got)
		}
	}
}

func TestStockWidgetsGetReadableColours(t *testing.T) {
	for _, c := range AllColours() {
		th := New(c, 100)
		for _, p := range []struct {
			mark, on fyne.ThemeColorName
			needs    float64
		}{
			{theme.ColorNameForeground, theme.ColorNameBackground, 4.5},
			{theme.ColorNameForeground, theme.ColorNameInputBackground, 4.5},
			{theme.ColorNameForeground, theme.ColorNameMenuBackground, 4.5},
			{theme.ColorNameForeground, theme.ColorNameSelection, 4.5},
			{theme.ColorNamePlaceHolder, theme.ColorNameInputBackground, 4.5},
			{theme.ColorNameForegroundOnPrimary, theme.ColorNamePrimary, 4.5},
			{theme.ColorNameDisabled, theme.ColorNameDisabledButton, 4.5},
			{theme.ColorNameInputBorder, theme.ColorNameInputBackground, 3},
			{theme.ColorNameScrollBar, theme.ColorNameBackground, 3},
		} {
			mark, on := th.Color(p.mark, 0).(color.NRGBA), th.Color(p.on, 0).(color.NRGBA)
			if got := contrast(mark, on); got < p.needs {
				t.Errorf("%s: stock %s on %s = %.2f, want at least %.1f", c, p.mark, p.on, got, p.needs)
			}
		}
	}
}

func TestEveryTokenHasThreeColours(t *testing.T) {
	for _, p := range pairs {
		for _, tok := range []Token{p.mark, p.on} {
			if _, ok := colours[tok]; !ok {
				t.Errorf("token %s has no colours", tok)
			}
		}
	}
}

func TestSizesGrowWithTheWords(t *testing.T) {
	for _, p := range Scales() {
		th := New(Light, p)
		if got, want := th.Size(theme.SizeNameText), 18*float32(p)/100; got != want {
			t.Errorf("Size(text) at %d %% = %v, want %v", p, got, want)
		}
		if got, want := th.Size(theme.SizeNameInnerPadding), 12*float32(math.Sqrt(float64(p)/100)); got != want {
			t.Errorf("Size(inner padding) at %d %% = %v, want %v", p, got, want)
		}
	}
	if got := New(Light, 400).Percent(); got != 200 {
		t.Errorf("New(Light, 400).Percent() = %d, want 200", got)
	}
	if got := New("purple", 10); got.Colours() != Light || got.Percent() != 100 {
		t.Errorf("New(purple, 10) = %s at %d, want light at 100", got.Colours(), got.Percent())
	}
}

func TestIconTakesTheColourInUse(t *testing.T) {
	a := test.NewTempApp(t)
	a.Settings().SetTheme(New(Light, 100))
	light := Icon(assets.IconMoon, Tonight)
	a.Settings().SetTheme(New(Dark, 100))
	dark := Icon(assets.IconMoon, Tonight)
	if light.Name() == dark.Name() {
		t.Errorf("Icon keeps the name %q in two colours: caches would mix them up", light.Name())
	}
	if got, want := light.Name(), "moon-a6420c.svg"; got != want {
		t.Errorf("Icon(moon, Tonight).Name() = %q, want %q", got, want)
	}
	if IsStrong() {
		t.Error("IsStrong() = true with dark colours")
	}
	a.Settings().SetTheme(New(Strong, 100))
	if !IsStrong() {
		t.Error("IsStrong() = false with strong contrast")
	}
}

func TestFontsAreOurs(t *testing.T) {
	th := New(Light, 100)
	if got := th.Font(fyne.TextStyle{}).Name(); got != "kith-regular.ttf" {
		t.Errorf("Font(regular) = %q", got)
	}
	if got := th.Font(fyne.TextStyle{Bold: true}).Name(); got != "kith-bold.ttf" {
		t.Errorf("Font(bold) = %q", got)
	}
	if got := th.Font(fyne.TextStyle{Italic: true}).Name(); got != "kith-regular.ttf" {
		t.Errorf("Font(italic) = %q: the look has no italics", got)
	}
}
