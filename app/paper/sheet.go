// Package paper draws what leaves Kith on paper: pages in A4 and A5, black on white, as PDF. It never touches the disk, the
// network or the clock, and prints nothing that it was not handed.
package paper

import (
	"bytes"
	"fmt"
	"image/png"

	"codeberg.org/go-pdf/fpdf"

	"kith/app/present"
	"kith/app/qr"
	"kith/assets"
)

// Sizes of a page, in millimetres.
const (
	margin = 20.0
	width  = 210 - 2*margin
	foot   = 297 - margin
)

const (
	regular = "R"
	bold    = "B"
)

// page is one document under way.
type page struct{ *fpdf.Fpdf }

func newPage(title string) page {
	p := page{fpdf.New("P", "mm", "A4", "")}
	p.SetMargins(margin, margin, margin)
	p.SetAutoPageBreak(true, margin)
	p.SetTitle(title, true)
	p.SetCreator("Kith", true)
	p.AddUTF8FontFromBytes("Atkinson", "", assets.FontRegular())
	p.AddUTF8FontFromBytes("Atkinson", "B", assets.FontBold())
	p.AddPage()
	return p
}

// write puts a paragraph down, of words so many points high.
func (p page) write(words, weight string, points float64) {
	if words == "" {
		return
	}
	style := ""
	if weight == bold {
		style = "B"
	}
	p.SetFont("Atkinson", style, points)
	p.MultiCell(width, points*0.5, words, "", "L", false)
}

func (p page) gap(mm float64) { p.Ln(mm) }

// boxes puts numbered words into a grid, as they are read out.
func (p page) boxes(words []string, columns int, points float64) {
	const high, between = 16.0, 4.0
	wide := (width - between*float64(columns-1)) / float64(columns)
	x, y := p.GetXY()
	if rows := (len(words) + columns - 1) / columns; y+float64(rows)*(high+between) > foot {
		p.AddPage()
		x, y = p.GetXY()
	}
	for i, w := range words {
		left, top := x+float64(i%columns)*(wide+between), y+float64(i/columns)*(high+between)
		p.SetLineWidth(0.4)
		p.RoundedRect(left, top, wide, high, 2, "1234", "D")
		p.SetFont("Atkinson", "", 9)
		p.Text(left+2.5, top+5, fmt.Sprint(i+1))
		p.SetFont("Atkinson", "B", points)
		p.Text(left+2.5, top+12.5, w)
	}
	rows := (len(words) + columns - 1) / columns
	p.SetXY(x, y+float64(rows)*(high+between))
}

func (p page) bytes() ([]byte, error) {
	var b bytes.Buffer
	if err := p.Output(&b); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return b.Bytes(), nil
}

// Invitation draws an invitation: the eight words and where they are good, the code, and the line to copy.
func Invitation(s present.InvitePaper) ([]byte, error) {
	p := newPage(s.Title)
	p.write(s.Title, bold, 26)
	p.gap(2)
	p.write(s.From, regular, 13)
	p.write(s.Until, regular, 13)
	p.gap(4)
	for i, step := range s.Steps {
		p.write(fmt.Sprintf("%d.  %s", i+1, step), regular, 13)
		p.gap(1)
	}
	if len(s.Words) > 0 {
		p.gap(4)
		p.write(s.WordsText, bold, 13)
		p.gap(2)
		p.boxes(s.Words, 4, 15)
		p.write(s.Place, bold, 17)
	}
	p.gap(5)
	p.write(s.CodeText, bold, 13)
	p.gap(2)
	code, err := Code(s.Link)
	if err != nil {
		return nil, err
	}
	p.RegisterImageOptionsReader("code", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(code))
	x, y := p.GetXY()
	p.ImageOptions("code", x, y, codeSide, codeSide, true, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
	p.gap(3)
	p.write(s.Link, regular, 10)
	p.gap(3)
	p.write(s.Keep, regular, 11)
	return p.bytes()
}

// The code of an invitation: its side on paper, and of its picture at most, in pixels.
const (
	codeSide   = 65.0 // mm
	codePixels = 1_200
)

// Code draws the square code of a text as a picture in PNG. It returns qr.ErrTooLong.
func Code(text string) ([]byte, error) {
	m, err := qr.Draw(text, codePixels)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = png.Encode(&b, m)
	return b.Bytes(), err
}

// Recovery draws the recovery sheet: the twelve words, the six of each group, and what to do with them.
func Recovery(s present.RecoverySheet) ([]byte, error) {
	p := newPage(s.Title)
	p.write(s.Title, bold, 26)
	p.gap(3)
	p.write(s.Text, regular, 13)
	p.gap(5)
	p.boxes(s.Words, 3, 17)
	p.gap(2)
	p.write(s.Keep, bold, 13)
	p.gap(6)
	p.write(s.DoHeading, bold, 17)
	p.gap(2)
	for i, step := range s.Do {
		p.SetFont("Atkinson", "B", 13)
		y := p.GetY()
		p.Text(margin, y+4.8, fmt.Sprintf("%d.", i+1))
		p.SetLeftMargin(margin + 8)
		p.SetXY(margin+8, y)
		p.SetFont("Atkinson", "", 13)
		p.MultiCell(width-8, 6.5, step, "", "L", false)
		p.SetLeftMargin(margin)
		p.gap(1.5)
	}
	for _, g := range s.Groups {
		if p.GetY() > foot-45 {
			p.AddPage()
		} else {
			p.gap(5)
		}
		p.write(g.Heading, bold, 15)
		p.gap(1)
		p.write(g.Text, regular, 12)
		p.gap(3)
		p.boxes(g.Words, 3, 14)
	}
	p.gap(2)
	p.write(s.Made, regular, 11)
	return p.bytes()
}
