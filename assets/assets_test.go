package assets

import (
	"bytes"
	"image/png"
	"io/fs"
	"strings"
	"testing"
)

func TestEveryIconFileHasAName(t *testing.T) {
	named := map[string]bool{}
	for _, i := range Icons() {
		named["icons/"+string(i)+".svg"] = true
	}
	found, err := fs.Glob(files, "icons/*.svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found {
		if !named[f] {
			t.Errorf("%s has no typed name", f)
		}
	}
	if len(found) != len(Icons()) {
		t.Errorf("Icons() names %d drawings, want the %d in the folder", len(Icons()), len(found))
	}
}

func TestIconsCanBeColouredByOneWord(t *testing.T) {
	for _, i := range Icons() {
		s := string(i.SVG())
		if strings.Count(s, `fill="#000000"`) == 0 {
			t.Errorf("icon %s has no black fill to replace", i)
		}
		if strings.Contains(s, "stroke=") {
			t.Errorf("icon %s has a stroke: Fyne neither colours nor scales it", i)
		}
	}
}

func TestFontsTravelWithTheirLicence(t *testing.T) {
	for name, b := range map[string][]byte{"regular": FontRegular(), "bold": FontBold()} {
		if !bytes.HasPrefix(b, []byte{0, 1, 0, 0}) {
			t.Errorf("font %s does not begin as a TrueType file", name)
		}
	}
	if l := FontLicence(); !strings.Contains(l, "SIL OPEN FONT LICENSE Version 1.1") {
		t.Errorf("FontLicence() is not the Open Font License")
	}
}

func TestAppIconIs512Square(t *testing.T) {
	c, err := png.DecodeConfig(bytes.NewReader(AppIcon()))
	if err != nil {
		t.Fatal(err)
	}
	if c.Width != 512 || c.Height != 512 {
		t.Errorf("app icon is %d x %d, want 512 x 512", c.Width, c.Height)
	}
	for name, b := range map[string][]byte{"icon": AppIconSVG(), "art": WelcomeArt()} {
		if !bytes.Contains(b, []byte("<svg")) {
			t.Errorf("%s is not an SVG", name)
		}
	}
}

func TestUnknownIconPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Icon(\"nothing\").SVG() gave bytes, want a panic")
		}
	}()
	Icon("nothing").SVG()
}
