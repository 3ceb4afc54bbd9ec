package message

import (
	"image"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"kith/app/kit/look"
)

// thumb is a picture made small, at the left under a message, or at the right under one's own.
type thumb struct {
	*fyne.Container
	picture *canvas.Image
	right   bool
	indent  float32 // px at 100 %, where it stands at the left
}

const (
	thumbWide = 320 // px at 100 %
	thumbHigh = 240
)

func newThumb(indent float32) *thumb {
	t := &thumb{indent: indent, picture: &canvas.Image{FillMode: canvas.ImageFillContain, ScaleMode: canvas.ImageScaleSmooth}}
	t.Container = container.New(thumbLayout{t}, t.picture)
	t.Hidden = true
	return t
}

// set shows a picture; nil shows none.
func (t *thumb) set(p image.Image, right bool) {
	t.right = right
	if t.Hidden = p == nil; t.picture.Image != p {
		t.picture.Image = p
		t.picture.Refresh()
	}
}

// size is how large the picture stands where there is room for so much.
func (t *thumb) size(room float32) fyne.Size {
	if t.picture.Image == nil {
		return fyne.Size{}
	}
	b := t.picture.Image.Bounds()
	w, h := float32(b.Dx()), float32(b.Dy())
	by := min(look.Px(thumbWide)/w, look.Px(thumbHigh)/h, room/w)
	return fyne.NewSize(w*by, h*by)
}

type thumbLayout struct{ *thumb }

// Layout is the container's.
func (l thumbLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	x := look.Px(l.indent)
	s := l.size(size.Width - x)
	if l.right {
		x = size.Width - s.Width
	}
	o[0].Move(fyne.NewPos(x, 0))
	o[0].Resize(s)
}

// MinSize is the container's.
func (l thumbLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(look.Px(48), l.size(look.Px(thumbWide)).Height)
}
