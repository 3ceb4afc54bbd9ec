package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// corners is a picture whose corners differ: red, green, blue and white, from the top left round.
func corners(w, h int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.NRGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.NRGBA{0, 255, 0, 255}
			case x >= w/2:
				c = color.NRGBA{0, 0, 255, 255}
			case y >= h/2:
				c = color.NRGBA{255, 255, 255, 255}
			}
			img.SetNRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif says how a camera was held, and where.
func exif(order binary.AppendByteOrder, how uint16) []byte {
	b := []byte("II*\x00")
	if order.String() == "BigEndian" {
		b = []byte("MM\x00*")
	}
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 0x010f) // the maker
	b = order.AppendUint16(b, 2)
	b = order.AppendUint32(b, 6)
	b = order.AppendUint32(b, 38)
	b = order.AppendUint16(b, 0x0112)
	b = order.AppendUint16(b, 3)
	b = order.AppendUint32(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, how), 0)
	return append(order.AppendUint32(b, 0), "SECRET of a camera"...)
}

// withSegment puts a segment behind the first two bytes of a JPEG file.
func withSegment(file []byte, mark byte, body []byte) []byte {
	seg := binary.BigEndian.AppendUint16([]byte{0xff, mark}, uint16(len(body)+2))
	return slices.Concat(file[:2], seg, body, file[2:])
}

// withChunk puts a chunk behind the first of a PNG file.
func withChunk(file []byte, name string, body []byte) []byte {
	c := append([]byte(name), body...)
	all := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	all = binary.BigEndian.AppendUint32(append(all, c...), crc32.ChecksumIEEE(c))
	return slices.Concat(file[:33], all, file[33:])
}

// TestTheRightWayUp: of all eight ways to hold a camera, the top left and the top right of what it saw come to be where
// they were.
func TestTheRightWayUp(t *testing.T) {
	stored := corners(64, 32)
	for how, want := range map[uint16][2]string{ // where the stored top left and top right are seen
		0: {"top left", "top right"},
		1: {"top left", "top right"}, 2: {"top right", "top left"}, 3: {"bottom right", "bottom left"}, 4: {"bottom left", "bottom right"},
		5: {"top left", "bottom left"}, 6: {"top right", "bottom right"}, 7: {"bottom right", "top right"}, 8: {"bottom left", "top left"},
		9: {"top left", "top right"},
	} {
		for name, file := range map[string][]byte{
			"JPEG, little end first": withSegment(asJPEG(t, stored), 0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, how)...)),
			"JPEG, big end first":    withSegment(asJPEG(t, stored), 0xe1, append([]byte("Exif\x00\x00"), exif(binary.BigEndian, how)...)),
			"PNG":                    withChunk(asPNG(t, stored), "eXIf", exif(binary.BigEndian, how)),
		} {
			p, err := Anew(file, 0)
			if err != nil {
				t.Fatalf("%s held as %d: %v", name, how, err)
			}
			img, _, err := image.Decode(bytes.NewReader(p.Data))
			if err != nil {
				t.Fatal(err)
			}
			w, h := 64, 32
			if how >= 5 && how <= 8 {
				w, h = 32, 64
			}
			if p.Width != w || p.Height != h || img.Bounds() != image.Rect(0, 0, w, h) {
				t.Errorf("%s held as %d: %d by %d, want %d by %d", name, how, p.Width, p.Height, w, h)
			}
			at := map[string]image.Point{"top left": {2, 2}, "top right": {w - 3, 2}, "bottom left": {2, h - 3}, "bottom right": {w - 3, h - 3}}
			for i, c := range []color.NRGBA{{255, 0, 0, 255}, {0, 255, 0, 255}} {
				if got := img.At(at[want[i]].X, at[want[i]].Y); !near(got, c) {
					t.Errorf("%s held as %d: %v at the %s, want %v", name, how, got, want[i], c)
				}
			}
		}
	}
}

func near(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	d := func(x, y uint32) bool { return max(x, y)-min(x, y) < 0x2000 }
	return d(ar, br) && d(ag, bg) && d(ab, bb)
}

// TestNothingBesideTheDots: wherever words can stand in a picture's file, none of them comes out again.
func TestNothingBesideTheDots(t *testing.T) {
	j, p := asJPEG(t, corners(40, 30)), asPNG(t, corners(40, 30))
	secret := []byte("SECRET place and time")
	for name, file := range map[string][]byte{
		"Exif":            withSegment(j, 0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 6)...)),
		"XMP":             withSegment(j, 0xe1, append([]byte("http://ns.adobe.com/xap/1.0/\x00"), secret...)),
		"a colour table":  withSegment(j, 0xe2, append([]byte("ICC_PROFILE\x00\x01\x01"), secret...)),
		"Photoshop's":     withSegment(j, 0xed, secret),
		"a comment":       withSegment(j, 0xfe, secret),
		"after the end":   slices.Concat(j, secret),
		"words in a PNG":  withChunk(p, "tEXt", append([]byte("Comment\x00"), secret...)),
		"its time":        withChunk(p, "tIME", append([]byte{7, 234, 11, 22, 9, 0, 0}, secret...)),
		"its Exif":        withChunk(p, "eXIf", exif(binary.BigEndian, 1)),
		"after a PNG":     slices.Concat(p, secret),
		"before its dots": withChunk(p, "zTXt", secret),
	} {
		if !bytes.Contains(file, []byte("SECRET")) {
			t.Fatalf("%s: nothing to find", name)
		}
		got, err := Anew(file, 0)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if bytes.Contains(got.Data, []byte("SECRET")) || bytes.Contains(got.Data, []byte("Exif")) || bytes.Contains(got.Data, []byte("eXIf")) || bytes.Contains(got.Data, []byte("tEXt")) {
			t.Errorf("%s came out again", name)
		}
	}
}

func TestScaled(t *testing.T) {
	for name, x := range map[string]struct{ w, h, most, wantW, wantH int }{
		"as it is": {300, 200, 0, 300, 200}, "small enough": {300, 200, 300, 300, 200}, "wide": {300, 200, 150, 150, 100},
		"tall": {200, 300, 150, 100, 150}, "a line": {300, 1, 100, 100, 1}, "a thread": {1, 300, 100, 1, 100},
	} {
		for kind, file := range map[string][]byte{TypeJPEG: asJPEG(t, corners(x.w, x.h)), TypePNG: asPNG(t, corners(x.w, x.h))} {
			p, err := Read(bytes.NewReader(file), x.most)
			if err != nil || p.Width != x.wantW || p.Height != x.wantH || p.Type != kind {
				t.Errorf("%s, %s: %d by %d, %s, %v, want %d by %d", name, kind, p.Width, p.Height, p.Type, err, x.wantW, x.wantH)
			}
			if c, _, err := image.DecodeConfig(bytes.NewReader(p.Data)); err != nil || c.Width != x.wantW || c.Height != x.wantH {
				t.Errorf("%s, %s: the file says %d by %d, %v", name, kind, c.Width, c.Height, err)
			}
		}
	}
	// What can be seen through stays so, and grey stays grey.
	glass := corners(64, 64)
	glass.SetNRGBA(1, 1, color.NRGBA{})
	for x := range 32 {
		for y := range 32 {
			glass.SetNRGBA(x, y, color.NRGBA{})
		}
	}
	p, err := Anew(asPNG(t, glass), 32)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(p.Data))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, a := img.At(4, 4).RGBA(); a != 0 {
		t.Error("what could be seen through cannot any more")
	}
	if p, err = Anew(asPNG(t, image.NewGray(image.Rect(0, 0, 64, 64))), 32); err != nil {
		t.Fatal(err)
	}
	if c, err := png.DecodeConfig(bytes.NewReader(p.Data)); err != nil || c.ColorModel != color.GrayModel {
		t.Errorf("grey is not grey any more: %v", err)
	}
}

func TestKindsThatAreRefused(t *testing.T) {
	j, p := asJPEG(t, corners(40, 30)), asPNG(t, corners(40, 30))
	for name, x := range map[string]struct {
		file []byte
		want error
		is   bool // it must not leave as it is
	}{
		"nothing":                      {nil, ErrNot, false},
		"words":                        {[]byte("dear all, this is no picture"), ErrNot, false},
		"a telephone's":                {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), ErrHEIC, true},
		"a telephone's, other words":   {[]byte("\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic"), ErrHEIC, true},
		"AVIF":                         {[]byte("\x00\x00\x00\x18ftypavif\x00\x00\x00\x00avifmiaf"), ErrKind, true},
		"a film":                       {[]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2"), ErrNot, false},
		"a box of the wrong length":    {[]byte("\xff\xff\xff\xffftypxxxx\x00"), ErrNot, false},
		"a telephone's, to the end":    {[]byte("\x00\x00\x00\x00ftypheic\x00\x00\x00\x00mif1heic"), ErrHEIC, true},
		"a telephone's, of a long box": {[]byte("\x00\x00\x00\x01ftyp\x00\x00\x00\x00\x00\x00\x00\x20heic\x00\x00\x00\x00mif1heic"), ErrHEIC, true},
		"a telephone's, of a series":   {[]byte("\x00\x00\x00\x18ftyphevm\x00\x00\x00\x00hevmxxxx"), ErrHEIC, true},
		"a camera's own":               {[]byte("\x00\x00\x00\x18ftypcrx \x00\x00\x00\x01crx isom"), ErrKind, true},
		"a camera's own, as TIFF":      {[]byte("IIU\x00\x08\x00\x00\x00"), ErrKind, true},
		"another camera's own":         {[]byte("FUJIFILMCCD-RAW 0201"), ErrKind, true},
		"a large TIFF":                 {[]byte("II+\x00\x08\x00\x00\x00"), ErrKind, true},
		"JPEG 2000":                    {[]byte("\x00\x00\x00\x0cjP  \r\n\x87\n"), ErrKind, true},
		"GIF":                          {[]byte("GIF89a\x01\x00\x01\x00"), ErrKind, true},
		"TIFF":                         {[]byte("II*\x00\x08\x00\x00\x00"), ErrKind, true},
		"WebP":                         {[]byte("RIFF\x10\x00\x00\x00WEBPVP8 "), ErrKind, true},
		"a sound":                      {[]byte("RIFF\x10\x00\x00\x00WAVEfmt "), ErrNot, false},
		"a JPEG cut short":             {j[:len(j)/2], ErrDamaged, true},
		"a JPEG's first bytes":         {j[:3], ErrDamaged, true},
		"a JPEG whose segments lie":    {[]byte("\xff\xd8\xff\xe0\xff\xff"), ErrDamaged, true},
		"a JPEG that begins its dots":  {[]byte("\xff\xd8\xff\xda\x00\x03\x00\x00"), ErrDamaged, true},
		"a JPEG of an odd kind":        {[]byte("\xff\xd8\xff\xc3\x00\x08\x08\x00\x01\x00\x01\x01"), ErrKind, true},
		"a PNG cut short":              {p[:len(p)/2], ErrDamaged, true},
		"a PNG's first bytes":          {p[:8], ErrDamaged, true},
		"a file larger than can go":    {append(bytes.Clone(j), make([]byte, MaxFile)...), ErrLarge, true},
		"a JPEG of nothing":            {[]byte("\xff\xd8\xff\xc0\x00\x08\x08\x00\x00\x00\x00\x01"), ErrDamaged, true},
		"a JPEG with two sizes in it ": {withSegment(j, 0xc0, []byte{8, 0, 9, 0, 9, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1}), ErrDamaged, true},
	} {
		if _, err := Anew(x.file, 0); !errors.Is(err, x.want) {
			t.Errorf("%s: %v, want %v", name, err, x.want)
		}
		if got := IsPicture(x.file); got != x.is {
			t.Errorf("IsPicture of %s = %v, want %v", name, got, x.is)
		}
	}
	if _, err := Anew(append(bytes.Clone(j), make([]byte, MaxFile-len(j))...), 0); err != nil {
		t.Errorf("a file as large as can go: %v", err)
	}
}

// TestT8PictureMemory: dots are counted before they are decoded, at the limit and one line beyond it.
func TestT8PictureMemory(t *testing.T) {
	sof := func(mark byte, w, h, parts int) []byte {
		b := []byte{0xff, 0xd8, 0xff, mark, 0, byte(8 + 3*parts), 8}
		b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, uint16(h)), uint16(w))
		return append(append(b, byte(parts)), make([]byte, 3*parts)...)
	}
	for name, x := range map[string]struct {
		mark              byte
		w, h, parts, most int
		ok                bool
	}{
		"a usual one":                {0xc0, 8_192, 8_192, 3, 0, true},
		"one line more":              {0xc0, 8_192, 8_193, 3, 0, false},
		"in pieces, of 12 million":   {0xc2, 4_096, 3_072, 3, 0, true},
		"in pieces, of 24 million":   {0xc2, 6_000, 4_000, 3, 0, false},
		"made smaller, fits":         {0xc0, 8_000, 8_000, 3, 1_024, true},
		"made smaller, with no room": {0xc0, 8_192, 8_192, 3, 1_024, false},
	} {
		h, err := readJPEG(sof(x.mark, x.w, x.h, x.parts))
		if err != nil {
			t.Fatal(err)
		}
		w, ht := fit(x.w, x.h, x.most)
		if got := affordable(h, w, ht, MaxWork); got != x.ok {
			t.Errorf("%s: affordable = %v, want %v", name, got, x.ok)
		}
		_, err = Anew(sof(x.mark, x.w, x.h, x.parts), x.most)
		if errors.Is(err, ErrLarge) == x.ok {
			t.Errorf("%s: %v, refused as too large: want %v", name, err, !x.ok)
		}
	}
	// A PNG of four thousand million dots is a few bytes.
	bomb := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(bomb[16:], 65_535)
	binary.BigEndian.PutUint32(bomb[20:], 65_535)
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	if _, err := Anew(bomb, 0); !errors.Is(err, ErrLarge) {
		t.Errorf("a bomb: %v, want ErrLarge", err)
	}
}

// FuzzAnew: whatever a file holds, what comes out is a picture of the size that is said, made of dots alone.
func FuzzAnew(f *testing.F) {
	f.Add(asJPEG(f, corners(20, 10)), 5)
	f.Add(asPNG(f, corners(20, 10)), 0)
	f.Add(withSegment(asJPEG(f, corners(9, 9)), 0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 6)...)), 4)
	f.Add(withChunk(asPNG(f, corners(9, 9)), "eXIf", exif(binary.BigEndian, 8)), 1)
	f.Add([]byte("\x00\x00\x00\x18ftypheic"), 0)
	f.Fuzz(func(t *testing.T, b []byte, most int) {
		if h, err := readJPEG(b); err == nil && h.width*h.height > 1<<20 {
			return // right, and slow
		}
		if c, err := png.DecodeConfig(bytes.NewReader(b)); err == nil && c.Width*c.Height > 1<<20 {
			return
		}
		p, err := Anew(b, most)
		if err != nil {
			return
		}
		c, _, err := image.DecodeConfig(bytes.NewReader(p.Data))
		if err != nil || c.Width != p.Width || c.Height != p.Height || most > 0 && max(c.Width, c.Height) > most {
			t.Fatalf("%d by %d, at most %d, came out as %d by %d, %v", p.Width, p.Height, most, c.Width, c.Height, err)
		}
	})
}
