package picture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image/color"
	"image/png"
)

// kindOf looks at the first bytes of a file.
func kindOf(b []byte) (string, error) {
	begins := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case begins("\xff\xd8\xff"):
		return TypeJPEG, nil
	case begins("\x89PNG\r\n\x1a\n"):
		return TypePNG, nil
	case begins("GIF8"), begins("BM"), begins("II*\x00"), begins("MM\x00*"), begins("RIFF") && len(b) >= 12 && string(b[8:12]) == "WEBP",
		begins("\x00\x00\x00\x0cJXL "), begins("\xff\x0a"), begins("8BPS"), begins("\x00\x00\x00\x0cjP  "), begins("\xff\x4f\xff\x51"),
		begins("II+\x00"), begins("MM\x00+"), begins("IIU\x00"), begins("IIRO"), begins("IIRS"), begins("MMOR"), begins("FUJIFILMCCD-RAW"), begins("FOVb"), begins("\x00MRM"):
		return "", ErrKind
	case len(b) >= 12 && string(b[4:8]) == "ftyp":
		return "", boxKind(b)
	}
	return "", ErrNot
}

// boxKind looks at the brands of a file of boxes: telephones' pictures are such, and films are too.
func boxKind(b []byte) error {
	size, at := int(binary.BigEndian.Uint32(b)), 8
	switch size {
	case 0: // it goes on to the end of the file
		size = len(b)
	case 1: // its length follows, in eight bytes, and is never needed
		size, at = len(b), 16
	}
	for end := min(size, len(b), 256); at+4 <= end; at += 4 {
		switch string(b[at : at+4]) {
		case "heic", "heix", "heim", "heis", "hevc", "hevx", "hevm", "hevs", "mif1", "mif2", "msf1", "heif", "miaf", "MiHE", "MiHB":
			return ErrHEIC
		case "avif", "avis", "avio", "avci", "avcs", "crx ", "jxl ", "jp2 ", "jpx ":
			return ErrKind
		}
	}
	return ErrNot
}

func damaged(what string) error { return fmt.Errorf("%s: %w", what, ErrDamaged) }

// readJPEG reads what stands before the dots of a JPEG file.
func readJPEG(b []byte) (h header, err error) {
	h.turned = 1
	for at := 2; at+4 <= len(b); {
		if b[at] != 0xff {
			return h, damaged("marker")
		}
		mark := b[at+1]
		if mark == 0xff { // filling
			at++
			continue
		}
		size := int(binary.BigEndian.Uint16(b[at+2:]))
		if size < 2 || at+2+size > len(b) {
			return h, damaged("segment")
		}
		body := b[at+4 : at+2+size]
		at += 2 + size
		switch {
		case mark == 0xe1:
			if exif, ok := bytes.CutPrefix(body, []byte("Exif\x00\x00")); ok && h.turned == 1 {
				h.turned = turnedIn(exif)
			}
		case mark >= 0xc0 && mark <= 0xc2:
			if len(body) < 6 {
				return h, damaged("frame")
			}
			h.height, h.width = int(binary.BigEndian.Uint16(body[1:])), int(binary.BigEndian.Uint16(body[3:]))
			parts := int(body[5])
			if h.width == 0 || h.height == 0 || parts == 0 || parts > 4 {
				return h, damaged("frame")
			}
			h.perDot = parts
			if mark == 0xc2 { // every number of it is kept until the end
				h.perDot += 4 * parts
			}
			return h, nil
		case mark >= 0xc3 && mark <= 0xcf && mark != 0xc4 && mark != 0xc8 && mark != 0xcc:
			return h, fmt.Errorf("frame %x: %w", mark, ErrKind) // nothing here decodes those
		case mark == 0xda || mark == 0xd9:
			return h, damaged("no frame")
		}
	}
	return h, damaged("no frame")
}

// readPNG reads what stands before the dots of a PNG file.
func readPNG(b []byte) (h header, err error) {
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return h, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	h = header{width: c.Width, height: c.Height, perDot: 4, turned: 1}
	switch c.ColorModel {
	case color.GrayModel:
		h.perDot = 1
	case color.Gray16Model:
		h.perDot = 2
	case color.RGBA64Model, color.NRGBA64Model:
		h.perDot = 8
	}
	if _, ok := c.ColorModel.(color.Palette); ok {
		h.perDot = 1
	}
	if h.width <= 0 || h.height <= 0 {
		return h, damaged("size")
	}
	const interlaced = 28 // the place of that byte; the decoder has found it to be 0 or 1
	if len(b) > interlaced && b[interlaced] == 1 {
		h.perDot *= 2
	}
	for at := 8; at+12 <= len(b); {
		size := int(binary.BigEndian.Uint32(b[at:]))
		name := string(b[at+4 : at+8])
		if size > len(b)-at-12 {
			break
		}
		if name == "eXIf" {
			h.turned = turnedIn(b[at+8 : at+8+size])
			break
		}
		at += 12 + size
	}
	return h, nil
}

// turnedIn reads from Exif data how the camera was held: 1 to 8, and 1 where it does not say.
func turnedIn(b []byte) uint8 {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte("II*\x00")):
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM\x00*")):
		order = binary.BigEndian
	default:
		return 1
	}
	if len(b) < 8 {
		return 1
	}
	first := uint64(order.Uint32(b[4:]))
	if first+2 > uint64(len(b)) {
		return 1
	}
	entries := b[first+2:]
	for range order.Uint16(b[first:]) {
		if len(entries) < 12 {
			return 1
		}
		const orientation, short = 0x0112, 3
		if order.Uint16(entries) == orientation && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == 1 {
			if v := order.Uint16(entries[8:]); v >= 1 && v <= 8 {
				return uint8(v) //nolint:gosec // 1 to 8
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}
