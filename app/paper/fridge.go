package paper

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"kith/app/present"
)

// Size is a size of paper.
type Size struct {
	wide, high float64 // millimetres
	margin     float64
	small      float64 // the smallest letters, in points; never under 12
}

// The sizes that Kith prints on, upright.
var (
	A4 = Size{210, 297, 14, 14}
	A5 = Size{148, 210, 10, 12}
)

// mm is the height of a line of letters so many points high, with the room above it.
func mm(points float64) float64 { return points * 0.3528 * 1.32 }

// leaf is a page for the fridge under way.
type leaf struct {
	*fpdf.Fpdf
	size  Size
	faces []face
}

// newLeaf begins a document. Its title is neutral: file lists show it.
func newLeaf(size Size, title string, page present.FridgePage) leaf {
	s := leaf{fpdf.NewCustom(&fpdf.InitType{UnitStr: "mm", Size: fpdf.SizeType{Wd: size.wide, Ht: size.high}}), size, faces()}
	s.SetMargins(size.margin, size.margin, size.margin)
	s.SetAutoPageBreak(false, 0)
	s.SetTitle(title, true)
	s.SetCreator("Kith", true)
	s.SetCatalogSort(true)
	s.SetCreationDate(page.Made)
	s.SetModificationDate(page.Made)
	for _, f := range s.faces {
		s.AddUTF8FontFromBytes(f.family, "", f.regular)
		s.AddUTF8FontFromBytes(f.family, "B", f.bold)
	}
	s.SetLineCapStyle("round")
	return s
}

func (s leaf) width() float64 { return s.size.wide - 2*s.size.margin }

// font chooses letters for words, and returns the words without those that no font has.
func (s leaf) font(words, weight string, points float64) string {
	best := s.faces[0]
	for _, f := range s.faces[1:] {
		if f.missing(words) < best.missing(words) {
			best = f
		}
	}
	style := ""
	if weight == bold {
		style = "B"
	}
	s.SetFont(best.family, style, points)
	return best.drawable(words)
}

// put writes one line with its top left corner at x, y.
func (s leaf) put(words, weight string, points, x, y float64) {
	words = s.font(words, weight, points)
	if words != "" {
		s.Text(x, y+points*0.3528*0.98, words)
	}
}

// long returns how wide words are.
func (s leaf) long(words, weight string, points float64) float64 {
	return s.GetStringWidth(s.font(words, weight, points))
}

// lines wraps words to a width. A word that is wider by itself is cut where it must.
func (s leaf) lines(words, weight string, points, wide float64) (out []string) {
	words = s.font(words, weight, points)
	now := ""
	for _, w := range strings.Fields(words) {
		if try := strings.TrimSpace(now + " " + w); s.GetStringWidth(try) <= wide {
			now = try
			continue
		}
		if now != "" {
			out = append(out, now)
		}
		for now = w; s.GetStringWidth(now) > wide; {
			n := len([]rune(now)) - 1
			for n > 1 && s.GetStringWidth(string([]rune(now)[:n])+"-") > wide {
				n--
			}
			out = append(out, string([]rune(now)[:n])+"-")
			now = string([]rune(now)[n:])
		}
	}
	if now != "" {
		out = append(out, now)
	}
	return out
}

// paragraph writes wrapped words and returns where the next may begin.
func (s leaf) paragraph(words, weight string, points, x, y, wide float64) float64 {
	for _, l := range s.lines(words, weight, points, wide) {
		s.put(l, weight, points, x, y)
		y += mm(points)
	}
	return y
}

// head writes the title and what stands right of it, and draws the thick line. It returns where the page goes on.
func (s leaf) head(p present.FridgePage, points float64) float64 {
	m := s.size.margin
	corner := s.long(p.Corner, regular, s.size.small)
	for points > 16 && s.long(p.Title, bold, points)+corner+4 > s.width() {
		points--
	}
	s.put(p.Title, bold, points, m, m)
	s.put(p.Corner, regular, s.size.small, m+s.width()-corner, m+(points-s.size.small)*0.3528)
	y := m + mm(points) + 1
	s.SetDrawColor(0, 0, 0)
	s.SetLineWidth(0.9)
	s.Line(m, y, m+s.width(), y)
	return y
}

// footLines is the room for the foot of a page.
func (s leaf) footHigh(p present.FridgePage) float64 {
	return mm(s.size.small)*float64(len(s.lines(p.Foot, regular, s.size.small, s.width()-8))) + 2
}

// foot writes the last lines of a page.
func (s leaf) foot(p present.FridgePage) {
	y := s.size.high - s.size.margin - s.footHigh(p) + 2
	s.icon("print", s.size.margin, y, 5.5)
	s.paragraph(p.Foot, regular, s.size.small, s.size.margin+8, y, s.width()-8)
}

func (s leaf) done() ([]byte, error) {
	var b bytes.Buffer
	if err := s.Output(&b); err != nil {
		return nil, fmt.Errorf("page: %w", err)
	}
	return b.Bytes(), nil
}

// Week draws a week for the fridge: black on white, a row a day. What does not fit goes on to another page; nothing is left
// out.
func Week(p present.FridgePage, size Size) ([]byte, error) {
	s := newLeaf(size, "Week", p)
	small := size.small
	m, left := size.margin, size.wide*0.155
	head := func() float64 {
		s.AddPage()
		s.foot(p)
		return s.head(p, small*2)
	}
	y := head()
	foot := size.high - m - s.footHigh(p)
	room := foot
	if len(p.Numbers) > 0 {
		room -= s.boxHigh() + 5
	}
	least := (room - y) / 7
	times := 0.0 // one column for all days
	for _, d := range p.Days {
		times = max(times, s.times(d))
	}
	for i, d := range p.Days {
		rows := s.dayRows(d, s.width()-left-4, times)
		high := 3 + mm(small)*float64(rows.count) + 1.2*float64(len(d.Entries))
		if name := mm(small*1.3) + mm(small) + 3; high < name {
			high = name
		}
		// later days share what is left, so that a full day takes from the empty ones
		high = max(high, min(least, (room-y)/float64(len(p.Days)-i)))
		if y+high > room+0.5 && i > 0 {
			y = head()
			room, least = foot, 0
		}
		s.day(d, rows, m, y, left)
		s.SetLineWidth(0.3)
		s.Line(m+left, y, m+left, y+high)
		y += high
		s.Line(m, y, m+s.width(), y)
	}
	if len(p.Numbers) > 0 {
		if y+5+s.boxHigh() > foot {
			y = head()
		}
		s.boxes(p.Numbers, y+4)
	}
	return s.done()
}

// dayRows is a day with its words wrapped.
type dayRows struct {
	note  []string
	texts [][]string
	times float64 // width of the column of times
	wide  float64 // of the words
	count int     // lines in all
}

const iconHigh = 5.2

// times is how wide the times of a day are.
func (s leaf) times(d present.FridgeDay) (wide float64) {
	for _, e := range d.Entries {
		wide = max(wide, s.long(e.Time, bold, s.size.small))
	}
	return wide
}

func (s leaf) dayRows(d present.FridgeDay, wide, times float64) (r dayRows) {
	small := s.size.small
	r.times = times
	r.wide = wide - iconHigh - 2 - r.times - 4
	r.note = s.lines(d.Note, regular, small, wide)
	r.count = len(r.note)
	for _, e := range d.Entries {
		t := s.lines(e.Text, regular, small, r.wide)
		r.texts = append(r.texts, t)
		r.count += max(1, len(t))
	}
	if r.count == 0 {
		r.count = 1
	}
	return r
}

// day writes the row of one day.
func (s leaf) day(d present.FridgeDay, r dayRows, x, y, left float64) {
	small := s.size.small
	s.put(d.Name, bold, small*1.3, x, y+2)
	s.put(d.Number, regular, small, x, y+2+mm(small*1.3))
	x, y = x+left+4, y+2.2
	for _, l := range r.note {
		s.put(l, regular, small, x, y)
		y += mm(small)
	}
	if len(d.Entries) == 0 && d.Note == "" {
		s.put(d.Nothing, regular, small, x, y)
	}
	for i, e := range d.Entries {
		s.icon(e.Icon, x, y-0.2, iconHigh)
		s.put(e.Time, bold, small, x+iconHigh+2, y)
		for _, l := range r.texts[i] {
			s.put(l, regular, small, x+iconHigh+2+r.times+4, y)
			y += mm(small)
		}
		if len(r.texts[i]) == 0 {
			y += mm(small)
		}
		y += 1.2
	}
}

func (s leaf) boxHigh() float64 { return mm(s.size.small) + mm(s.size.small*1.25) + 4 }

// boxes draws up to three numbers side by side, each in a frame.
func (s leaf) boxes(ns []present.FridgeNumber, y float64) {
	ns = ns[:min(len(ns), 3)]
	const gap = 5.0
	wide := (s.width() - gap*float64(len(ns)-1)) / float64(len(ns))
	s.SetLineWidth(0.45)
	for i, n := range ns {
		x := s.size.margin + float64(i)*(wide+gap)
		s.RoundedRect(x, y, wide, s.boxHigh(), 2, "1234", "D")
		points := s.size.small * 1.25
		for points > 12 && s.long(n.Number, bold, points) > wide-6 {
			points -= 0.5
		}
		name := s.lines(n.Name, regular, s.size.small, wide-6)
		s.put(strings.Join(name[:min(1, len(name))], ""), regular, s.size.small, x+3, y+2)
		s.put(n.Number, bold, points, x+3, y+2+mm(s.size.small))
	}
}

// Month draws a month for the fridge on A4: a grid of days. What does not fit into a day stands on the next page, under
// its date.
func Month(p present.FridgePage) ([]byte, error) {
	const small = 12.0
	s := newLeaf(Size{210, 297, 10, small}, "Month", p)
	s.AddPage()
	s.foot(p)
	y := s.head(p, 26) + 1
	m := s.size.margin
	wide := s.width() / 7
	for i, w := range p.Weekdays {
		s.put(w, bold, 14, m+float64(i)*wide+1.2, y+0.5)
	}
	y += mm(14) + 1
	weeks := len(p.Days) / 7
	high := (s.size.high - m - s.footHigh(p) - 1 - y) / float64(weeks)
	var more []present.FridgeDay
	for i, d := range p.Days {
		x, top := m+float64(i%7)*wide, y+float64(i/7)*high
		if left := s.cell(d, x, top, wide, high); left.Long != "" {
			more = append(more, left)
		}
	}
	s.SetDrawColor(0, 0, 0)
	s.SetLineWidth(0.3)
	for i := range weeks + 1 {
		s.Line(m, y+float64(i)*high, m+s.width(), y+float64(i)*high)
	}
	for i := range 8 {
		s.Line(m+float64(i)*wide, y, m+float64(i)*wide, y+high*float64(weeks))
	}
	s.more(p, more)
	return s.done()
}

// inked is one line of a cell.
type inked struct{ words, weight string }

// block is an entry of a cell: its time, then what it is. A short one has one line of that.
func (s leaf) block(e present.FridgeEntry, wide float64, short bool) (b []inked) {
	for _, l := range s.lines(e.Time, bold, cellPoints, wide) {
		b = append(b, inked{l, bold})
	}
	ls := s.lines(e.Text, regular, cellPoints, wide)
	if short && len(ls) > 1 {
		first := []rune(strings.TrimSuffix(ls[0], "-"))
		for len(first) > 1 && s.long(string(first)+"…", regular, cellPoints) > wide {
			first = first[:len(first)-1]
		}
		ls = []string{strings.TrimSpace(string(first)) + "…"}
	}
	for _, l := range ls {
		b = append(b, inked{l, regular})
	}
	return b
}

const cellPoints = 12.0

// cell writes one day of a month. Where all of it does not fit it writes each thing short, says how many more there are,
// and returns the day, to stand in full on another page.
func (s leaf) cell(d present.FridgeDay, x, y, wide, high float64) present.FridgeDay {
	const pad = 1.2
	x, wide = x+pad, wide-2*pad
	weight := bold
	if d.Out {
		weight = regular
	}
	s.put(d.Number, weight, 14, x, y+1)
	at, end := y+1+mm(14), y+high-0.6
	left := present.FridgeDay{}
	var blocks [][]inked
	for _, short := range []bool{false, true} {
		blocks = nil
		if d.Note != "" {
			var b []inked
			for _, l := range s.lines(d.Note, regular, cellPoints, wide) {
				b = append(b, inked{l, regular})
			}
			blocks = append(blocks, b)
		}
		for _, e := range d.Entries {
			blocks = append(blocks, s.block(e, wide, short))
		}
		if short {
			left = d
		}
		if at+tall(blocks) <= end {
			break
		}
	}
	fits := len(blocks)
	for fits > 0 && at+tall(blocks[:fits]) > end {
		if fits == len(blocks) {
			end -= mm(cellPoints) // room for "and 2 more"
		}
		fits--
	}
	for _, b := range blocks[:fits] {
		for _, l := range b {
			s.put(l.words, l.weight, cellPoints, x, at)
			at += mm(cellPoints)
		}
		at += 0.8
	}
	if n := len(blocks) - fits; n > 0 {
		s.put(present.Count("fridge.andmore", n), regular, cellPoints, x, at)
	}
	return left
}

// tall is how high blocks stand.
func tall(blocks [][]inked) (high float64) {
	for _, b := range blocks {
		high += mm(cellPoints)*float64(len(b)) + 0.8
	}
	return max(0, high-0.8)
}

// more writes what did not fit into its day.
func (s leaf) more(p present.FridgePage, days []present.FridgeDay) {
	const small = 12.0
	m := s.size.margin
	end := s.size.high - m - s.footHigh(p)
	y := end + 1
	for _, d := range days {
		r := s.dayRows(d, s.width()-4, s.times(d))
		if high := mm(15) + mm(small)*float64(r.count) + 1.2*float64(len(d.Entries)) + 4; y+high > end {
			s.AddPage()
			s.foot(p)
			y = s.head(present.FridgePage{Title: p.More, Corner: p.Title}, 20) + 3
		}
		s.put(d.Long, bold, 15, m, y)
		y += mm(15)
		s.day(present.FridgeDay{Note: d.Note, Entries: d.Entries}, r, m-4, y-2, 4)
		y += mm(small)*float64(r.count) + 1.2*float64(len(d.Entries)) + 4
	}
}

// Pictures draws a week for children on A4: a big picture and one or two words for each thing, and no times to read.
func Pictures(p present.FridgePage) ([]byte, error) {
	const name, word, picture, across = 22.0, 14.0, 15.0, 4
	s := newLeaf(Size{210, 297, 14, 13}, "Week in pictures", p)
	m, left := s.size.margin, 34.0
	head := func() float64 {
		s.AddPage()
		s.foot(p)
		return s.head(p, 28)
	}
	y := head()
	foot := s.size.high - m - s.footHigh(p)
	wide := (s.width() - left) / across
	least := (foot - y) / 7
	for i, d := range p.Days {
		rows := max(1, (len(d.Entries)+across-1)/across)
		high := max(float64(rows)*(picture+mm(word)*2+3), min(least, (foot-y)/float64(len(p.Days)-i)))
		if y+high > foot+0.5 && i > 0 {
			y, least = head(), 0
		}
		s.put(d.Name, bold, name, m, y+3)
		s.put(d.Number, regular, name, m, y+3+mm(name))
		for j, e := range d.Entries {
			x, top := m+left+float64(j%across)*wide, y+2+float64(j/across)*(picture+mm(word)*2+3)
			s.icon(e.Icon, x+(wide-picture)/2, top, picture)
			for k, l := range s.lines(e.Word, bold, word, wide-2) {
				if k < 2 {
					s.put(l, bold, word, x+(wide-s.long(l, bold, word))/2, top+picture+0.5+float64(k)*mm(word))
				}
			}
		}
		y += high
		s.SetLineWidth(0.3)
		s.Line(m, y, m+s.width(), y)
	}
	return s.done()
}

// Numbers draws the card of numbers to ring, on one page of A4 as long as there are few enough.
func Numbers(p present.FridgePage) ([]byte, error) {
	s := newLeaf(A4, "Numbers", p)
	m := s.size.margin
	var y, foot float64
	for i, n := range p.Numbers {
		const name, number, what = 15.0, 21.0, 13.0
		right := s.long(n.Number, bold, number)
		said := s.lines(n.For, regular, what, s.width()-4)
		names := s.lines(n.Name, bold, name, s.width()-right-8)
		high := 3 + max(mm(number), mm(name)*float64(len(names))) + mm(what)*float64(len(said)) + 2
		if i == 0 || y+high > foot {
			s.AddPage()
			s.foot(p)
			y, foot = s.head(p, 28), s.size.high-m-s.footHigh(p)
		}
		for k, l := range names {
			s.put(l, bold, name, m, y+4+float64(k)*mm(name))
		}
		s.put(n.Number, bold, number, m+s.width()-right, y+2)
		top := y + 3 + max(mm(number), mm(name)*float64(len(names)))
		for k, l := range said {
			s.put(l, regular, what, m, top+float64(k)*mm(what)-1)
		}
		y += high
		s.SetLineWidth(0.3)
		s.Line(m, y, m+s.width(), y)
	}
	return s.done()
}
