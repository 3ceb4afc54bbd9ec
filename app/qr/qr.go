// Package qr draws QR codes and reads them from pictures: codes that one computer shows and another takes from a photo.
// It knows nothing of what a code says, and never touches the screen, the disk or a camera.
package qr

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif"  // pictures that people save
	_ "image/jpeg" // from a telephone
	_ "image/png"  // from a screen
	"io"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"rsc.io/qr"
)

// fault is an error with a code, for which app/present has the sentence.
type fault struct{ code, msg string }

func (f *fault) Error() string { return f.msg }

// Code is the stable name of the error.
func (f *fault) Code() string { return f.code }

// The refusals of this package.
var (
	// ErrPicture: the bytes are no picture that can be read, or one that is too large.
	ErrPicture = &fault{"E_PICTURE", "not a picture, or one that is too large"}
	// ErrNoCode: there is no QR code in the picture, or it is cut off or blurred.
	ErrNoCode = &fault{"E_NO_QR", "no QR code in the picture"}
	// ErrTooLong: the text does not fit a QR code.
	ErrTooLong = &fault{"E_TOO_BIG", "too long for a QR code"}
)

// Limits, in bytes and pixels.
const (
	MaxText    = 1 << 10  // of a code that is drawn; more is hard to photograph
	MaxFile    = 32 << 20 // of a picture
	MaxPixels  = 64 << 20 // of a picture, before it is decoded
	quietZone  = 4        // modules of white around a code
	wantPixels = 1_600    // a picture is looked at no larger than this first
)

// Draw returns the code for a text as black squares on white with the white border that readers need, as large as fits into
// size by size pixels: every square has the same number of whole pixels, at least one. It returns ErrTooLong.
func Draw(text string, size int) (image.Image, error) {
	if len(text) == 0 || len(text) > MaxText {
		return nil, ErrTooLong
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTooLong, err)
	}
	whole := code.Size + 2*quietZone
	scale := max(1, size/whole)
	out := image.NewPaletted(image.Rect(0, 0, whole*scale, whole*scale), color.Palette{color.White, color.Black})
	for y := range whole * scale {
		for x := range whole * scale {
			if code.Black(x/scale-quietZone, y/scale-quietZone) {
				out.SetColorIndex(x, y, 1)
			}
		}
	}
	return out, nil
}

// Read returns the text of the QR code in a picture: of a screen, or photographed from one. It returns ErrNoCode. A
// picture of 12 million pixels takes about a second.
func Read(m image.Image) (text string, err error) {
	defer func() {
		if r := recover(); r != nil { // the reader is a port that indexes where a strange picture leads it
			text, err = "", ErrNoCode
		}
	}()
	b := m.Bounds()
	if b.Empty() || b.Dx() > MaxPixels/b.Dy() {
		return "", ErrPicture
	}
	step := max(1, max(b.Dx(), b.Dy())/wantPixels)
	for _, s := range []int{step, 1} {
		if text, err = read(thin{m, s}); err == nil || s == 1 {
			break
		}
	}
	return text, err
}

func read(m image.Image) (string, error) {
	bits, err := gozxing.NewBinaryBitmapFromImage(m)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCode, err)
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	found, err := zxing.NewQRCodeReader().Decode(bits, hints)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCode, err)
	}
	return found.GetText(), nil
}

// thin is every so-manieth pixel of a picture.
type thin struct {
	image.Image
	step int
}

// Bounds is that of the smaller picture.
func (t thin) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	return image.Rect(0, 0, b.Dx()/t.step, b.Dy()/t.step)
}

// At is a pixel of the larger one.
func (t thin) At(x, y int) color.Color {
	b := t.Image.Bounds()
	return t.Image.At(b.Min.X+x*t.step, b.Min.Y+y*t.step)
}

// ReadPicture is Read for the bytes of a PNG, JPEG or GIF file. Its size is looked at before it is decoded. It returns
// ErrPicture and ErrNoCode, and passes on what r returns.
func ReadPicture(r io.ReadSeeker) (string, error) {
	n, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return "", err
	}
	if n > MaxFile {
		return "", ErrPicture
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	c, _, err := image.DecodeConfig(r)
	if err != nil {
		return "", notPicture(err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > MaxPixels/c.Height {
		return "", ErrPicture
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	m, _, err := image.Decode(r)
	if err != nil {
		return "", notPicture(err)
	}
	return Read(m)
}

func notPicture(err error) error { return errors.Join(ErrPicture, err) }
