package screen

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"kith/app/kit/look"
	"kith/app/qr"
)

// Code is a QR code: a picture of words, for a camera. The same words stand beside it.
type Code struct {
	*fyne.Container
	picture *canvas.Image
	words   string
}

// NewCode makes one that shows nothing yet.
func NewCode() *Code {
	c := &Code{picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScalePixels}}
	c.Container = container.New(square{}, c.picture)
	c.Hide()
	return c
}

// Set shows the code of words; it shows nothing where they are none, or too many.
func (c *Code) Set(words string) {
	if words == c.words {
		return
	}
	c.words = words
	picture, err := qr.Draw(words, 2*codeSide)
	if c.Hidden = err != nil || words == ""; c.Hidden {
		return
	}
	c.picture.Image = picture
	c.picture.Refresh()
}

// square is room for the picture, at the left.
type square struct{}

const codeSide = 260 // px at 100 %

func (square) Layout(o []fyne.CanvasObject, _ fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSquareSize(look.Px(codeSide)))
}

func (square) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSquareSize(look.Px(codeSide)) }
