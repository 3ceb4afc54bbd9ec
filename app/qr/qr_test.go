package qr

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

const code = "kith:device#pWFoWCDL3bEYt2jhrBJ3sOf8E0okvdQY2w1EeVt1H1cH5jIcuWFrAGFygXgfL2lwNC8xOTIuMC4yLjEvdWRwLzQwMDEvcXVpYy12MWF2AWF4Gmr9ikTY5A0F"

func drawn(t testing.TB, text string, size int) image.Image {
	t.Helper()
	m, err := Draw(text, size)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDrawnCodesAreRead(t *testing.T) {
	for _, size := range []int{0, 200, 640} {
		for _, text := range []string{"x", code, strings.Repeat("kith ", 60)} {
			if got, err := Read(drawn(t, text, size)); err != nil || got != text {
				t.Errorf("%d letters drawn into %d: %q, %v", len(text), size, got, err)
			}
		}
	}
	if m := drawn(t, code, 640); m.Bounds().Dx() > 640 || m.Bounds().Dx() < 400 || m.At(0, 0) != (color.Palette{color.White})[0] {
		t.Errorf("drawn into 640: %v", m.Bounds())
	}
}

// photo is a code as a telephone takes it from a screen: turned, in a larger picture, with noise and uneven light.
func photo(m image.Image, turn float64, noise int) image.Image {
	const w, h = 1_200, 900
	rnd := rand.New(rand.NewPCG(1, 2))
	out := image.NewGray(image.Rect(0, 0, w, h))
	b := m.Bounds()
	sin, cos := math.Sincos(turn)
	scale := 560.0 / float64(b.Dx())
	for y := range h {
		for x := range w {
			dx, dy := float64(x-w/2), float64(y-h/2)
			sx := int((dx*cos+dy*sin)/scale) + b.Dx()/2
			sy := int((dy*cos-dx*sin)/scale) + b.Dy()/2
			v := 150
			if image.Pt(sx, sy).In(b) {
				g, _, _, _ := m.At(b.Min.X+sx, b.Min.Y+sy).RGBA()
				v = 40 + int(g>>8)*4/5
			}
			v += x*30/w + rnd.IntN(2*noise+1) - noise
			out.SetGray(x, y, color.Gray{Y: uint8(max(0, min(255, v)))})
		}
	}
	return out
}

func TestPhotosAreRead(t *testing.T) {
	m := drawn(t, code, 600)
	for _, turn := range []float64{0.1, -0.3, math.Pi} {
		var f bytes.Buffer
		if err := jpeg.Encode(&f, photo(m, turn, 12), &jpeg.Options{Quality: 70}); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadPicture(bytes.NewReader(f.Bytes())); err != nil || got != code {
			t.Errorf("turned by %.1f: %q, %v", turn, got, err)
		}
	}
}

func TestFilesThatAreNone(t *testing.T) {
	var whole, empty, animated bytes.Buffer
	if err := png.Encode(&whole, drawn(t, code, 300)); err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(&empty, image.NewGray(image.Rect(0, 0, 300, 300))); err != nil {
		t.Fatal(err)
	}
	if err := gif.Encode(&animated, drawn(t, code, 300), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := ReadPicture(bytes.NewReader(animated.Bytes())); err != nil || got != code {
		t.Errorf("a GIF: %q, %v", got, err)
	}
	bomb := bytes.Clone(whole.Bytes())
	copy(bomb[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65,536 by 65,536 by its head; the checksum is looked at later
	for what, c := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":      {nil, ErrPicture},
		"text":         {[]byte("kith:device#abc"), ErrPicture},
		"cut short":    {whole.Bytes()[:whole.Len()/2], ErrPicture},
		"no code":      {empty.Bytes(), ErrNoCode},
		"a bomb":       {bomb, ErrPicture},
		"too many":     {make([]byte, MaxFile+1), ErrPicture},
		"just as many": {make([]byte, MaxFile), ErrPicture},
	} {
		if got, err := ReadPicture(bytes.NewReader(c.b)); !errors.Is(err, c.want) {
			t.Errorf("%s: %q, %v, want %v", what, got, err, c.want)
		}
	}
	if _, err := Draw(strings.Repeat("x", MaxText), 100); err != nil {
		t.Errorf("%d letters: %v", MaxText, err)
	}
	for _, text := range []string{"", strings.Repeat("x", MaxText+1)} {
		if _, err := Draw(text, 100); !errors.Is(err, ErrTooLong) {
			t.Errorf("%d letters: %v", len(text), err)
		}
	}
	if _, err := Read(image.NewGray(image.Rect(0, 0, 0, 0))); !errors.Is(err, ErrPicture) {
		t.Errorf("an empty picture: %v", err)
	}
}

func FuzzReadPicture(f *testing.F) {
	var whole bytes.Buffer
	if err := png.Encode(&whole, drawn(f, "kith", 60)); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte("\x89PNG\r\n\x1a\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, _, err := image.DecodeConfig(bytes.NewReader(b)); err == nil && (c.Width > 400 || c.Height > 400) {
			return // decoding it is the standard library's affair, and slow
		}
		if text, err := ReadPicture(bytes.NewReader(b)); err != nil && text != "" {
			t.Fatalf("%q with %v", text, err)
		}
	})
}
