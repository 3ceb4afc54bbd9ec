// Package assets holds what Kith carries inside its own file: icons, fonts, the app icon and the welcome art, each
// under a typed name. It knows no widget and no sentence, and it never touches the disk, the network or the clock.
package assets

import (
	"embed"
	"fmt"
)

//go:embed icons/*.svg fonts/*.ttf fonts/OFL.txt art/*
var files embed.FS

// Icon names one drawing of the set: 24 by 24, one filled path in #000000, so that it can be coloured by replacing
// that one word.
type Icon string

// SVG returns the drawing. It panics on a name that is not in Icons, since such a name can only be a slip in our code.
func (i Icon) SVG() []byte { return must("icons/" + string(i) + ".svg") }

// FontRegular returns Atkinson Hyperlegible Next, regular, as TrueType. The caller must not change the bytes.
func FontRegular() []byte { return must("fonts/AtkinsonHyperlegibleNext-Regular.ttf") }

// FontBold returns Atkinson Hyperlegible Next, bold, as TrueType. The caller must not change the bytes.
func FontBold() []byte { return must("fonts/AtkinsonHyperlegibleNext-Bold.ttf") }

// FontLicence returns the SIL Open Font License that travels with the two fonts.
func FontLicence() string { return string(must("fonts/OFL.txt")) }

// AppIcon returns the icon of the window, PNG, 512 by 512: two interlinked shapes that say nothing of what Kith is for.
func AppIcon() []byte { return must("art/app-icon.png") }

// AppIconSVG returns the same icon as a drawing.
func AppIconSVG() []byte { return must("art/app-icon.svg") }

// WelcomeArt returns the four linked shapes of the welcome page, SVG, 360 by 196.
func WelcomeArt() []byte { return must("art/welcome-art.svg") }

func must(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		panic(fmt.Sprintf("assets: %v", err))
	}
	return b
}
