// Package uitest is the harness in which pages are tried without a screen: it opens one in Fyne's test window, finds
// things by what they are called, presses, types and tabs, and checks what holds for every page: all can be reached by
// keyboard, nothing to press is smaller than 44 px, no word is cut off. It is imported by tests only.
package uitest

import (
	"fmt"
	"image"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"kith/app/kit"
	"kith/app/kit/look"
)

// Sizes of window that pages are tried in.
var (
	Laptop = fyne.NewSize(1366, 732) // a maximised window on a 1366 by 768 laptop, without its menu bar
	Low    = fyne.NewSize(1366, 654) // the same with the system's own bars
	Small  = fyne.NewSize(1024, 700)
)

// Page is an open page.
type Page struct {
	t   testing.TB
	App fyne.App
	Win fyne.Window
}

// Open shows content in a window of a size, with a set of colours and a size of words. It ends with the test.
func Open(t testing.TB, content func() fyne.CanvasObject, size fyne.Size, c look.Colours, percent int) *Page {
	t.Helper()
	a := test.NewTempApp(t)
	a.Settings().SetTheme(look.New(c, percent))
	w := a.NewWindow("Kith")
	w.SetPadded(false)
	w.SetContent(content())
	w.Resize(size)
	t.Cleanup(w.Close)
	return &Page{t: t, App: a, Win: w}
}

// SetLook changes colours and size of words, as Settings does.
func (p *Page) SetLook(c look.Colours, percent int) {
	p.App.Settings().SetTheme(look.New(c, percent))
	p.Win.Content().Refresh()
}

// Things lists all that has a label, in the order of the Tab key.
func (p *Page) Things() []kit.Thing { return kit.Things(p.Win.Canvas()) }

// Find returns the thing called label. A label that ends in an asterisk is taken as its beginning. Of several, what can
// be pressed or typed in comes first. It ends the test where there is none.
func (p *Page) Find(label string) kit.Thing {
	p.t.Helper()
	t, ok := p.find(label)
	if !ok {
		p.t.Fatalf("Find(%q): not on the page; it has:\n%s", label, p.Text())
	}
	return t
}

// Has says whether there is a thing called label, by the rule of Find.
func (p *Page) Has(label string) bool {
	_, ok := p.find(label)
	return ok
}

func (p *Page) find(label string) (kit.Thing, bool) {
	var best kit.Thing // words that cannot be pressed
	found := false
	head, cut := strings.CutSuffix(label, "*")
	for _, t := range p.Things() {
		if t.Label != label && (!cut || !strings.HasPrefix(t.Label, head)) {
			continue
		}
		if pressable(t.Object) {
			return t, true
		}
		if !found {
			best, found = t, true
		}
	}
	return best, found
}

func pressable(o fyne.CanvasObject) bool {
	if _, ok := o.(fyne.Tappable); ok {
		return true
	}
	_, ok := o.(fyne.Focusable)
	return ok
}

// Text is all labels of the page, one a line, for a failure to print.
func (p *Page) Text() string {
	var b strings.Builder
	for _, t := range p.Things() {
		fmt.Fprintf(&b, "  %-8s %q at %.0f,%.0f %.0fx%.0f\n", t.Role, t.Label, t.Pos.X, t.Pos.Y, t.Size.Width, t.Size.Height)
	}
	return b.String()
}

// Press clicks what is called label, in its middle.
func (p *Page) Press(label string) {
	p.t.Helper()
	t := p.Find(label)
	tap, ok := t.Object.(fyne.Tappable)
	if !ok {
		p.t.Fatalf("Press(%q): it is a %s and cannot be pressed", label, t.Role)
	}
	if !t.Enabled {
		p.t.Fatalf("Press(%q): it cannot be pressed now", label)
	}
	tap.Tapped(&fyne.PointEvent{AbsolutePosition: t.Pos.AddXY(t.Size.Width/2, t.Size.Height/2)})
}

// Type puts the cursor in the field called label and types text there.
func (p *Page) Type(label, text string) {
	p.t.Helper()
	t := p.Find(label)
	f, ok := t.Object.(fyne.Focusable)
	if !ok || t.Role != kit.RoleField {
		p.t.Fatalf("Type(%q): it is a %s", label, t.Role)
	}
	p.Win.Canvas().Focus(f)
	test.Type(f, text)
}

// Key presses one key where the focus is, as the keyboard does: first down, then typed, then up.
func (p *Page) Key(k fyne.KeyName) {
	ev := &fyne.KeyEvent{Name: k}
	f := p.Win.Canvas().Focused()
	if d, ok := f.(desktop.Keyable); ok {
		d.KeyDown(ev)
	} else if f == nil { // as the window's own canvas does
		kit.Heard(p.Win.Canvas(), ev)
	}
	if f != nil {
		f.TypedKey(ev)
	}
	if d, ok := f.(desktop.Keyable); ok {
		d.KeyUp(ev)
	}
}

// Tab goes to the next thing that takes the focus and returns its label.
func (p *Page) Tab() string {
	p.Win.Canvas().FocusNext()
	return p.Focused()
}

// Focused is the label of what has the focus, or nothing.
func (p *Page) Focused() string {
	if a, ok := p.Win.Canvas().Focused().(fyne.Accessible); ok {
		return a.AccessibilityLabel()
	}
	if m, ok := p.Win.Canvas().Focused().(*kit.MonthView); ok {
		return m.Cursor()
	}
	return ""
}

// AssertReachable fails the test where something that can be pressed cannot be reached by the Tab key, and where going
// round does not come back to the start.
func (p *Page) AssertReachable() {
	p.t.Helper()
	c := p.Win.Canvas()
	c.Unfocus()
	reached := map[fyne.Focusable]bool{}
	c.FocusNext()
	first := c.Focused()
	for n := 0; c.Focused() != nil && !reached[c.Focused()] && n < 500; n++ {
		reached[c.Focused()] = true
		c.FocusNext()
	}
	if first != nil && c.Focused() != first {
		p.t.Errorf("the Tab key does not come back to the start")
	}
	for _, t := range p.Things() {
		if _, day := t.Object.(*kit.DayCell); day { // reached by arrows inside its month
			continue
		}
		if _, tap := t.Object.(fyne.Tappable); !tap || !t.Enabled {
			continue
		}
		f, ok := t.Object.(fyne.Focusable)
		if !ok || !reached[f] {
			p.t.Errorf("%s %q cannot be reached by the Tab key", t.Role, t.Label)
		}
	}
	c.Unfocus()
}

// AssertTargets fails the test where something that can be pressed is less than 44 px high or wide.
func (p *Page) AssertTargets() {
	p.t.Helper()
	kit.Walk(p.Win.Content(), func(o fyne.CanvasObject) bool {
		_, tap := o.(fyne.Tappable)
		_, foc := o.(fyne.Focusable)
		if s := o.Size(); (tap || foc) && (s.Width < 43.9 || s.Height < 43.9) {
			p.t.Errorf("%q (%T) is %.0f x %.0f px, want at least 44 x 44", labelOf(o), o, s.Width, s.Height)
		}
		return true
	})
}

// labelOf is what o is called, for a failure to print.
func labelOf(o fyne.CanvasObject) string {
	if a, ok := o.(fyne.Accessible); ok {
		return a.AccessibilityLabel()
	}
	return ""
}

// AssertUnclipped fails the test where words need more room than they have, or reach beyond the window's sides. Words of
// a month's cells may be cut: the day's page has them whole.
func (p *Page) AssertUnclipped() {
	p.t.Helper()
	width := p.Win.Canvas().Size().Width
	drv := fyne.CurrentApp().Driver()
	kit.Walk(p.Win.Content(), func(o fyne.CanvasObject) bool {
		switch o.(type) {
		case *kit.EventPill, *kit.DayCell:
			return false
		}
		t, ok := o.(*kit.Text)
		if !ok || t.Words() == "" {
			return true
		}
		pos, size := drv.AbsolutePositionForObject(o), o.Size()
		if need := t.HeightFor(size.Width); need > size.Height+1 {
			p.t.Errorf("%q needs %.0f px of height and has %.0f", t.Words(), need, size.Height)
		}
		if t.Cut() {
			p.t.Errorf("%q is cut short at %.0f px", t.Words(), size.Width)
		}
		if pos.X < -1 || pos.X+size.Width > width+1 {
			p.t.Errorf("%q stands from %.0f to %.0f, and the window is %.0f wide", t.Words(), pos.X, pos.X+size.Width, width)
		}
		return true
	})
}

// AssertOneMain fails the test where more than one button says that it is the one thing to do here. It is for pages that
// do not ask: answers of equal standing are all main.
func (p *Page) AssertOneMain() {
	p.t.Helper()
	var mains []string
	kit.Walk(p.Win.Content(), func(o fyne.CanvasObject) bool {
		if b, ok := o.(*kit.Button); ok && b.IsMain() {
			mains = append(mains, b.AccessibilityLabel())
		}
		return true
	})
	if len(mains) > 1 {
		p.t.Errorf("%d main buttons on one page: %q", len(mains), mains)
	}
}

// AssertSound is all three.
func (p *Page) AssertSound() {
	p.t.Helper()
	p.AssertReachable()
	p.AssertTargets()
	p.AssertUnclipped()
}

// Picture is the page as it is painted now.
func (p *Page) Picture() image.Image { return p.Win.Canvas().Capture() }

// Shot writes the page to the folder that KITH_SHOTS names, as name.png, and does nothing where it names none.
func (p *Page) Shot(name string) {
	p.t.Helper()
	dir := os.Getenv("KITH_SHOTS")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, name+".png"))
	if err != nil {
		p.t.Fatalf("shot %s: %v", name, err)
	}
	defer f.Close()
	if err := png.Encode(f, p.Picture()); err != nil {
		p.t.Fatalf("shot %s: %v", name, err)
	}
}

// AssertLike compares the page with testdata/name.png and fails where more than one pixel in a thousand differs clearly.
// With KITH_GOLDEN=write it writes the picture instead, for a person to look at.
func (p *Page) AssertLike(name string) {
	p.t.Helper()
	path := filepath.Join("testdata", name+".png")
	got := p.Picture()
	if os.Getenv("KITH_GOLDEN") == "write" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			p.t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			p.t.Fatal(err)
		}
		defer f.Close()
		if err := png.Encode(f, got); err != nil {
			p.t.Fatal(err)
		}
		return
	}
	f, err := os.Open(path)
	if err != nil {
		p.t.Fatalf("picture %s: %v (KITH_GOLDEN=write makes it)", name, err)
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		p.t.Fatalf("picture %s: %v", name, err)
	}
	if share := difference(got, want); share > 0.001 {
		p.t.Errorf("picture %s differs in %.2f %% of its pixels", name, share*100)
	}
}

func difference(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 1
	}
	n := 0
	r := a.Bounds()
	o := b.Bounds().Min.Sub(r.Min)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			r1, g1, b1, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x+o.X, y+o.Y).RGBA()
			if apart(r1, r2)+apart(g1, g2)+apart(b1, b2) > 0.1 {
				n++
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

func apart(a, b uint32) float64 { return math.Abs(float64(a)-float64(b)) / 0xffff }

// Of takes a window that the test has opened itself.
func Of(t testing.TB, a fyne.App, w fyne.Window) *Page { return &Page{t: t, App: a, Win: w} }

// Says whether words stand anywhere on the page, also inside a button or a row.
func (p *Page) Says(words string) bool {
	said := false
	kit.Walk(p.Win.Content(), func(o fyne.CanvasObject) bool {
		if t, ok := o.(*kit.Text); ok && t.Words() == words {
			said = true
		}
		return !said
	})
	return said
}

// FieldText is what stands in the field called label.
func (p *Page) FieldText(label string) string {
	p.t.Helper()
	t := p.Find(label)
	f, ok := t.Object.(interface{ Typed() string })
	if !ok {
		p.t.Fatalf("FieldText(%q): it is a %s", label, t.Role)
	}
	return f.Typed()
}

// Replace types text into the field called label in place of what stands there.
func (p *Page) Replace(label, text string) {
	p.t.Helper()
	f, ok := p.Find(label).Object.(fyne.Focusable)
	if !ok {
		p.t.Fatalf("Replace(%q): no field", label)
	}
	p.Win.Canvas().Focus(f)
	if s, ok := f.(fyne.Shortcutable); ok {
		s.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	test.Type(f, text)
}

// Fields lists what every field of the page is called.
func (p *Page) Fields() []string {
	var out []string
	for _, t := range p.Things() {
		if t.Role == kit.RoleField {
			out = append(out, t.Label)
		}
	}
	return out
}
