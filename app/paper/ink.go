package paper

import (
	"strconv"
	"strings"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"

	"kith/assets"
)

// face is a pair of fonts and what letters they have.
type face struct {
	family        string
	regular, bold []byte
	has           *sfnt.Font
}

// faces are the fonts of a page: Atkinson, and Go's own for letters that it lacks (Greek, Cyrillic).
func faces() []face {
	all := []face{
		{family: "Atkinson", regular: assets.FontRegular(), bold: assets.FontBold()},
		{family: "Go", regular: goregular.TTF, bold: gobold.TTF},
	}
	for i := range all {
		f, err := sfnt.Parse(all[i].regular)
		if err != nil {
			panic("paper: " + err.Error()) // the fonts are part of the program, and the tests draw with them
		}
		all[i].has = f
	}
	return all
}

// missing counts the letters of s that f cannot draw.
func (f face) missing(s string) (n int) {
	var b sfnt.Buffer
	for _, r := range s {
		if g, err := f.has.GlyphIndex(&b, r); r > 0xffff || err != nil || g == 0 {
			n++
		}
	}
	return n
}

// drawable leaves out of s what f cannot draw: a box in its place would say nothing.
func (f face) drawable(s string) string {
	if f.missing(s) == 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if f.missing(string(r)) == 0 {
			b.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// icon draws an icon of 24 by 24 in black, size millimetres wide, its corner at x and y.
func (s leaf) icon(i assets.Icon, x, y, size float64) {
	scale := size / 24
	at := func(u, v float64) (float64, float64) { return x + u*scale, y + v*scale }
	s.SetFillColor(0, 0, 0)
	for _, d := range paths(i.SVG()) {
		var u, v float64
		for _, k := range strokes(d) {
			switch a := k.at; k.op {
			case 'M':
				s.MoveTo(at(a[0], a[1]))
			case 'L':
				s.LineTo(at(a[0], a[1]))
			case 'Q': // a curve with one handle, drawn as one with two
				x1, y1 := at(u+2*(a[0]-u)/3, v+2*(a[1]-v)/3)
				x2, y2 := at(a[2]+2*(a[0]-a[2])/3, a[3]+2*(a[1]-a[3])/3)
				x3, y3 := at(a[2], a[3])
				s.CurveBezierCubicTo(x1, y1, x2, y2, x3, y3)
			case 'Z':
				s.ClosePath()
				continue
			}
			u, v = k.at[len(k.at)-2], k.at[len(k.at)-1]
		}
		s.DrawPath("F")
	}
}

// stroke is one command of a path.
type stroke struct {
	op byte
	at []float64
}

// paths returns the drawings of an icon.
func paths(svg []byte) (ds []string) {
	rest := string(svg)
	for {
		_, after, ok := strings.Cut(rest, ` d="`)
		if !ok {
			return ds
		}
		var d string
		if d, rest, ok = strings.Cut(after, `"`); !ok {
			return ds
		}
		ds = append(ds, d)
	}
}

// numbersOf is how many numbers each command of our icons takes. They know no others; a test looks at each icon.
var numbersOf = map[byte]int{'M': 2, 'L': 2, 'Q': 4, 'Z': 0}

// strokes parts a path into its commands. It stops at what it does not know.
func strokes(d string) (out []stroke) {
	for d = strings.TrimSpace(d); d != ""; {
		op := d[0]
		n, known := numbersOf[op]
		if !known {
			return out
		}
		end := strings.IndexAny(d[1:], "MLQZ") + 1
		if end == 0 {
			end = len(d)
		}
		s := stroke{op: op}
		for _, f := range strings.FieldsFunc(d[1:end], func(r rune) bool { return r == ' ' || r == ',' }) {
			v, err := strconv.ParseFloat(f, 64)
			if err != nil {
				return out
			}
			s.at = append(s.at, v)
		}
		if len(s.at) != n {
			return out
		}
		out, d = append(out, s), strings.TrimSpace(d[end:])
	}
	return out
}
