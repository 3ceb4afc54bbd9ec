// Package picture makes of a picture file one that may leave this computer: its dots and nothing else, the right way up and
// as small as is wanted. It never touches the disk, the network or the clock, and keeps no word of what stood beside the dots.
package picture

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"
)

// The faults of this package; match them with errors.Is.
var (
	// ErrNot: the bytes are no picture of a kind that is known here.
	ErrNot = &fault{"E_NOT_PICTURE", "not a picture"}
	// ErrHEIC: the kind of picture that telephones make. Nothing here can read it.
	ErrHEIC = &fault{"E_PICTURE_HEIC", "picture of a kind that cannot be read"}
	// ErrKind: a picture of a kind that could not be made anew.
	ErrKind = &fault{"E_PICTURE_KIND", "picture of another kind"}
	// ErrLarge: the picture has more dots than there is memory for, or its file is larger than may be sent.
	ErrLarge = &fault{"E_PICTURE_LARGE", "picture is too large"}
	// ErrDamaged: the picture begins well and goes on wrong.
	ErrDamaged = &fault{"E_PICTURE_DAMAGED", "picture is damaged"}
)

type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the fault.
func (f *fault) Code() string { return f.code }

// Limits.
const (
	MaxFile = 25 << 20  // bytes of a picture's file
	MaxWork = 192 << 20 // bytes of memory that its dots may take, from the file to the new one
	Screen  = 2_048     // dots on the longer side, for who has no use for more
)

// Picture is a picture made anew.
type Picture struct {
	Data          []byte // a file
	Type          string // TypeJPEG or TypePNG
	Width, Height int
}

// The kinds of file that are made.
const (
	TypeJPEG = "image/jpeg"
	TypePNG  = "image/png"
)

// quality of the JPEG files that are made: high enough that nobody sees a difference.
const quality = 90

// Anew decodes a JPEG or PNG file, turns it the right way up, makes it no larger than most dots on its longer side, 0 for
// as large as it is, and encodes it again. Nothing of the file but its dots is in what it returns: no place, no time, no
// name of a camera, no smaller picture from before it was cut. Whether it fits is looked at before memory is spent.
func Anew(file []byte, most int) (Picture, error) {
	img, kind, err := decode(file, most, MaxWork)
	if err != nil {
		return Picture{}, err
	}
	out := Picture{Type: kind, Width: img.Bounds().Dx(), Height: img.Bounds().Dy()}
	var b bytes.Buffer
	if kind == TypeJPEG {
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&b, img)
	}
	out.Data = b.Bytes()
	return out, err
}

// Look decodes a picture to be shown, as Anew does, with at most work bytes of memory for its dots.
func Look(file []byte, most, work int) (image.Image, error) {
	img, _, err := decode(file, most, work)
	return img, err
}

func decode(file []byte, most, work int) (img image.Image, kind string, err error) {
	if len(file) > MaxFile {
		return nil, "", fmt.Errorf("%d bytes: %w", len(file), ErrLarge)
	}
	if kind, err = kindOf(file); err != nil {
		return nil, "", err
	}
	var h header
	if kind == TypeJPEG {
		h, err = readJPEG(file)
	} else {
		h, err = readPNG(file)
	}
	if err != nil {
		return nil, "", err
	}
	w, ht := fit(h.width, h.height, most)
	if !affordable(h, w, ht, work) {
		return nil, "", fmt.Errorf("%d by %d: %w", h.width, h.height, ErrLarge)
	}
	if kind == TypeJPEG {
		img, err = jpeg.Decode(bytes.NewReader(file))
	} else {
		img, err = png.Decode(bytes.NewReader(file))
	}
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if b := img.Bounds(); b.Dx() != h.width || b.Dy() != h.height {
		return nil, "", fmt.Errorf("two sizes in one file: %w", ErrDamaged)
	}
	return turn(scale(img, w, ht), h.turned), kind, nil
}

// header is what a file says before its dots.
type header struct {
	width, height int
	perDot        int   // bytes of memory that decoding takes for each dot
	turned        uint8 // 1 to 8, as cameras write it
}

// affordable says whether a picture and what is made of it fit the memory for it.
func affordable(h header, w, ht, room int) bool {
	if h.turned > 1 || w != h.width {
		if w > room/4/ht {
			return false
		}
		room -= 4 * w * ht
	}
	return h.width <= room/h.perDot/h.height
}

// fit is the size that a picture is made, with the same shape.
func fit(w, h, most int) (int, int) {
	switch {
	case most <= 0 || w <= most && h <= most:
		return w, h
	case w >= h:
		return most, max(1, h*most/w)
	}
	return max(1, w*most/h), most
}

func scale(img image.Image, w, h int) image.Image {
	if b := img.Bounds(); b.Dx() == w && b.Dy() == h {
		return img
	}
	out := blank(img, w, h)
	draw.CatmullRom.Scale(out, out.Bounds(), img, img.Bounds(), draw.Src, nil)
	return out
}

// blank is an empty picture for what was in img: grey stays grey, and what can be seen through stays so.
func blank(img image.Image, w, h int) draw.Image {
	at := image.Rect(0, 0, w, h)
	switch img.ColorModel() {
	case color.GrayModel, color.Gray16Model:
		return image.NewGray(at)
	case color.NRGBAModel, color.NRGBA64Model:
		return image.NewNRGBA(at)
	}
	if p, ok := img.ColorModel().(color.Palette); ok && !opaque(p) {
		return image.NewNRGBA(at)
	}
	return image.NewRGBA(at)
}

func opaque(p color.Palette) bool {
	for _, c := range p {
		if _, _, _, a := c.RGBA(); a != 0xffff {
			return false
		}
	}
	return true
}

// turn puts a picture the right way up. how is one of the eight ways in which cameras hold them.
func turn(img image.Image, how uint8) image.Image {
	if how <= 1 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	out := blank(img, w, h)
	if how >= 5 {
		out = blank(img, h, w)
	}
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch how {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			out.Set(tx, ty, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// Read is Anew for a file that is read. It passes on what r returns.
func Read(r io.Reader, most int) (Picture, error) {
	file, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return Picture{}, err
	}
	return Anew(file, most)
}

// IsPicture reports whether a file begins as a picture does, also one that Anew refuses for its kind: what is one must not
// leave as it is, with all that stands beside its dots.
func IsPicture(head []byte) bool {
	_, err := kindOf(head)
	return !errors.Is(err, ErrNot)
}
