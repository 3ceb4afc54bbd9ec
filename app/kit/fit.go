package kit

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit/look"
)

// Fitter is a thing whose height follows from its width, as words that wrap do.
type Fitter interface {
	HeightFor(width float32) float32
}

// fitLayout is a layout whose height follows from its width.
type fitLayout interface {
	heightFor(objects []fyne.CanvasObject, width float32) float32
}

// HeightFor says how high o is when it is width wide.
func HeightFor(o fyne.CanvasObject, width float32) float32 {
	switch t := o.(type) {
	case Fitter:
		return t.HeightFor(width)
	case *fyne.Container:
		if l, ok := t.Layout.(fitLayout); ok {
			return l.heightFor(t.Objects, width)
		}
	}
	return o.MinSize().Height
}

func put(o fyne.CanvasObject, x, y, w, h float32) {
	o.Move(fyne.NewPos(x, y))
	o.Resize(fyne.NewSize(w, h))
}

func shown(objects []fyne.CanvasObject) []fyne.CanvasObject {
	out := make([]fyne.CanvasObject, 0, len(objects))
	for _, o := range objects {
		if o.Visible() {
			out = append(out, o)
		}
	}
	return out
}

// fit is what the layouts below share: the width they were last laid out in, from which their least height follows.
type fit struct{ width float32 }

func (f *fit) least(l fitLayout, objects []fyne.CanvasObject, minWidth float32) fyne.Size {
	return fyne.NewSize(minWidth, l.heightFor(objects, max(f.width, minWidth)))
}

type column struct {
	fit
	gap float32
}

// Column puts things one under another, each as wide as the column, gap px apart at 100 %.
func Column(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&column{gap: gap}, plainAll(objects)...)
}

func (c *column) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range shown(objects) {
		oh := HeightFor(o, width)
		if h > 0 && oh > 0 {
			h += look.Px(c.gap)
		}
		h += oh
	}
	return h
}

func (c *column) natural(objects []fyne.CanvasObject) float32 { return widest(objects) }

// widest is the natural width of the widest thing.
func widest(objects []fyne.CanvasObject) float32 {
	var w float32
	for _, o := range shown(objects) {
		w = max(w, naturalWidth(o))
	}
	return w
}

func (c *column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	c.width = size.Width
	var y float32
	for _, o := range shown(objects) {
		h := HeightFor(o, size.Width)
		put(o, 0, y, size.Width, h)
		if h > 0 { // what has nothing to say takes no gap either
			y += h + look.Px(c.gap)
		}
	}
}

func (c *column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range shown(objects) {
		w = max(w, o.MinSize().Width)
	}
	return c.least(c, objects, w)
}

type flow struct {
	fit
	gap   float32
	right bool
	level bool // the bottoms are level, not the middles
}

// Flow puts things side by side at their own widths, and begins a new line when one is full, as words do.
func Flow(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: gap}, plainAll(objects)...)
}

// FlowRight is Flow with each line pushed to the right edge.
func FlowRight(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: gap, right: true}, plainAll(objects)...)
}

// flowLevel is Flow with the bottoms of a line level, for boxes with labels above them and a button beside them.
func flowLevel(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&flow{gap: gap, level: true}, plainAll(objects)...)
}

// Wide is a thing that would like to be wider than it must be: its MinSize allows wrapping, its natural width does not.
type Wide interface{ NaturalWidth() float32 }

// naturalWidth is the width o would have with room to spare.
func naturalWidth(o fyne.CanvasObject) float32 {
	switch t := o.(type) {
	case Wide:
		return t.NaturalWidth()
	case *fyne.Container:
		if l, ok := t.Layout.(interface {
			natural([]fyne.CanvasObject) float32
		}); ok {
			return l.natural(t.Objects)
		}
	}
	return o.MinSize().Width
}

func (f *flow) lines(objects []fyne.CanvasObject, width float32) [][]fyne.CanvasObject {
	var lines [][]fyne.CanvasObject
	var x float32
	for _, o := range shown(objects) {
		w := min(naturalWidth(o), width)
		if len(lines) == 0 || x+look.Px(f.gap)+w > width+0.5 {
			lines = append(lines, nil)
			x = w
		} else {
			x += look.Px(f.gap) + w
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], o)
	}
	return lines
}

func lineHeight(line []fyne.CanvasObject, width float32) float32 {
	var h float32
	for _, o := range line {
		h = max(h, HeightFor(o, min(naturalWidth(o), width)))
	}
	return h
}

func (f *flow) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	var h float32
	for i, line := range f.lines(objects, width) {
		if i > 0 {
			h += look.Px(f.gap)
		}
		h += lineHeight(line, width)
	}
	return h
}

func (f *flow) natural(objects []fyne.CanvasObject) float32 {
	var w float32
	for i, o := range shown(objects) {
		if i > 0 {
			w += look.Px(f.gap)
		}
		w += naturalWidth(o)
	}
	return w
}

func (f *flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	var y float32
	for _, line := range f.lines(objects, size.Width) {
		h := lineHeight(line, size.Width)
		var x float32
		if f.right {
			x = max(0, size.Width-f.natural(line))
		}
		for _, o := range line {
			w := min(naturalWidth(o), size.Width)
			oh := HeightFor(o, w)
			down := (h - oh) / 2
			if f.level {
				down = h - oh
			}
			put(o, x, y+down, w, oh)
			x += w + look.Px(f.gap)
		}
		y += h + look.Px(f.gap)
	}
}

func (f *flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range shown(objects) {
		w = max(w, o.MinSize().Width)
	}
	return f.least(f, objects, w)
}

type inset struct {
	fit
	top, right, bottom, left float32
}

// Inset leaves space round one thing, in px at 100 %.
func Inset(top, right, bottom, left float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&inset{top: top, right: right, bottom: bottom, left: left}, plain(o))
}

func (p *inset) across() float32 { return look.Px(p.left) + look.Px(p.right) }
func (p *inset) down() float32   { return look.Px(p.top) + look.Px(p.bottom) }

func (p *inset) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if !objects[0].Visible() {
		return 0
	}
	return HeightFor(objects[0], width-p.across()) + p.down()
}

func (p *inset) natural(objects []fyne.CanvasObject) float32 {
	return naturalWidth(objects[0]) + p.across()
}

func (p *inset) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	p.width = size.Width
	put(objects[0], look.Px(p.left), look.Px(p.top), size.Width-p.across(), size.Height-p.down())
}

func (p *inset) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return p.least(p, objects, objects[0].MinSize().Width+p.across())
}

type between struct {
	fit
	gap, room float32
}

// Between puts main on the left and side at its own width on the right, both centred in the line's height. Where that
// would leave main less than room px (at 100 %), or from 150 % on, side goes under main.
func Between(gap, room float32, main, side fyne.CanvasObject) *fyne.Container {
	return container.New(&between{gap: gap, room: room}, plain(main), plain(side))
}

// plan says whether both stand in one line, and how wide each is then.
func (b *between) plan(objects []fyne.CanvasObject, width float32) (oneLine bool, mainW, sideW float32) {
	if !objects[1].Visible() {
		return true, width, 0
	}
	sideW = min(naturalWidth(objects[1]), width)
	mainW = width - sideW - look.Px(b.gap)
	if mainW < naturalWidth(objects[0]) && (mainW < look.Sp(b.room) || look.Scale() >= 150) {
		return false, width, sideW
	}
	return true, mainW, sideW
}

func (b *between) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	one, mw, sw := b.plan(objects, width)
	mh := HeightFor(objects[0], mw)
	if sw == 0 {
		return mh
	}
	sh := HeightFor(objects[1], sw)
	if one {
		return max(mh, sh)
	}
	return mh + look.Px(10) + sh
}

func (b *between) natural(objects []fyne.CanvasObject) float32 {
	if !objects[1].Visible() {
		return naturalWidth(objects[0])
	}
	return naturalWidth(objects[0]) + look.Px(b.gap) + naturalWidth(objects[1])
}

func (b *between) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	b.width = size.Width
	one, mw, sw := b.plan(objects, size.Width)
	mh := HeightFor(objects[0], mw)
	if !one {
		put(objects[0], 0, 0, mw, mh)
		put(objects[1], 0, mh+look.Px(10), sw, HeightFor(objects[1], sw))
		return
	}
	put(objects[0], 0, max(0, (size.Height-mh)/2), mw, mh)
	if sw > 0 {
		sh := HeightFor(objects[1], sw)
		put(objects[1], size.Width-sw, max(0, (size.Height-sh)/2), sw, sh)
	}
}

func (b *between) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := objects[0].MinSize().Width
	if objects[1].Visible() {
		w = max(w, objects[1].MinSize().Width)
	}
	return b.least(b, objects, w)
}

type beside struct {
	fit
	gap float32
	top bool
}

// Beside puts a small fixed thing, such as an icon or an avatar, before one that takes the rest of the width. Both are
// centred in the line's height.
func Beside(gap float32, fixed, rest fyne.CanvasObject) *fyne.Container {
	return container.New(&beside{gap: gap}, plain(fixed), plain(rest))
}

// BesideTop is Beside with both at the top.
func BesideTop(gap float32, fixed, rest fyne.CanvasObject) *fyne.Container {
	return container.New(&beside{gap: gap, top: true}, plain(fixed), plain(rest))
}

func (b *beside) fixed(objects []fyne.CanvasObject) float32 {
	if !objects[0].Visible() {
		return 0
	}
	return objects[0].MinSize().Width + look.Px(b.gap)
}

func (b *beside) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	f := b.fixed(objects)
	h := HeightFor(objects[1], width-f)
	if f > 0 {
		h = max(h, objects[0].MinSize().Height)
	}
	return h
}

func (b *beside) natural(objects []fyne.CanvasObject) float32 {
	return b.fixed(objects) + naturalWidth(objects[1])
}

func (b *beside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	b.width = size.Width
	f := b.fixed(objects)
	rh := HeightFor(objects[1], size.Width-f)
	y := float32(0)
	if !b.top {
		y = max(0, (size.Height-rh)/2)
	}
	put(objects[1], f, y, size.Width-f, rh)
	if f > 0 {
		m := objects[0].MinSize()
		y = 0
		if !b.top {
			y = max(0, (size.Height-m.Height)/2)
		}
		put(objects[0], 0, y, m.Width, m.Height)
	}
}

func (b *beside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return b.least(b, objects, b.fixed(objects)+objects[1].MinSize().Width)
}

type grid struct {
	fit
	gap, room float32 // room: the least width of a column
	most      int
}

// Grid puts things in up to most equal columns, fewer where a column would be narrower than room px at 100 %. Every
// thing of a row is as high as the highest.
func Grid(most int, gap, room float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(&grid{most: most, gap: gap, room: room}, plainAll(objects)...)
}

func (g *grid) columns(width float32) (n int, w float32) {
	gap := look.Px(g.gap)
	for n = g.most; n > 1; n-- {
		if w = (width - gap*float32(n-1)) / float32(n); w >= look.Sp(g.room) {
			return n, w
		}
	}
	return 1, width
}

func (g *grid) rows(objects []fyne.CanvasObject, width float32) (heights []float32, n int, w float32) {
	n, w = g.columns(width)
	for i, o := range shown(objects) {
		if i%n == 0 {
			heights = append(heights, 0)
		}
		r := &heights[len(heights)-1]
		*r = max(*r, HeightFor(o, w))
	}
	return heights, n, w
}

func (g *grid) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	hs, _, _ := g.rows(objects, width)
	var h float32
	for i, r := range hs {
		if i > 0 {
			h += look.Px(g.gap)
		}
		h += r
	}
	return h
}

func (g *grid) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	g.width = size.Width
	hs, n, w := g.rows(objects, size.Width)
	var y float32
	for i, o := range shown(objects) {
		c, r := i%n, i/n
		if c == 0 && r > 0 {
			y += hs[r-1] + look.Px(g.gap)
		}
		put(o, float32(c)*(w+look.Px(g.gap)), y, w, hs[r])
	}
}

func (g *grid) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var w float32
	for _, o := range shown(objects) {
		w = max(w, o.MinSize().Width)
	}
	return g.least(g, objects, w)
}

type twoColumn struct {
	fit
	gap, side float32
}

// TwoColumn puts side, side px wide at 100 %, to the right of main. Below 1100 px of window page, or from 150 %, side goes
// under main.
func TwoColumn(gap, side float32, main, aside fyne.CanvasObject) *fyne.Container {
	return container.New(&twoColumn{gap: gap, side: side}, plain(main), plain(aside))
}

// narrowPage is the width of a page's inside, without rail and padding, below which there is one column.
const narrowPage = 1100 - 212 - 2*28

// Narrow says whether a page this wide inside has room for one column only.
func Narrow(width float32) bool { return look.Scale() >= 150 || width < narrowPage }

func (t *twoColumn) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if !objects[1].Visible() {
		return HeightFor(objects[0], width)
	}
	if Narrow(width) {
		return HeightFor(objects[0], width) + look.Px(t.gap) + HeightFor(objects[1], width)
	}
	s := look.Px(t.side)
	return max(HeightFor(objects[0], width-s-look.Px(t.gap)), HeightFor(objects[1], s))
}

func (t *twoColumn) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	t.width = size.Width
	if !objects[1].Visible() {
		put(objects[0], 0, 0, size.Width, HeightFor(objects[0], size.Width))
		return
	}
	if Narrow(size.Width) {
		h := HeightFor(objects[0], size.Width)
		put(objects[0], 0, 0, size.Width, h)
		put(objects[1], 0, h+look.Px(t.gap), size.Width, HeightFor(objects[1], size.Width))
		return
	}
	s := look.Px(t.side)
	m := size.Width - s - look.Px(t.gap)
	put(objects[0], 0, 0, m, HeightFor(objects[0], m))
	put(objects[1], size.Width-s, 0, s, HeightFor(objects[1], s))
}

func (t *twoColumn) MinSize(objects []fyne.CanvasObject) fyne.Size {
	w := objects[0].MinSize().Width
	if objects[1].Visible() {
		w = max(w, objects[1].MinSize().Width)
	}
	return t.least(t, objects, w)
}

type lead struct {
	fit
	first, gap float32
}

// Lead puts first, width px wide at 100 %, before rest, both at the top. From 150 % rest goes under first.
func Lead(width, gap float32, first, rest fyne.CanvasObject) *fyne.Container {
	return container.New(&lead{first: width, gap: gap}, plain(first), plain(rest))
}

func (l *lead) under() bool { return look.Scale() >= 150 }

func (l *lead) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if l.under() {
		return HeightFor(objects[0], width) + look.Px(4) + HeightFor(objects[1], width)
	}
	f := look.Sp(l.first)
	return max(HeightFor(objects[0], f), HeightFor(objects[1], width-f-look.Px(l.gap)))
}

func (l *lead) natural(objects []fyne.CanvasObject) float32 {
	if l.under() {
		return max(naturalWidth(objects[0]), naturalWidth(objects[1]))
	}
	return look.Sp(l.first) + look.Px(l.gap) + naturalWidth(objects[1])
}

func (l *lead) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	l.width = size.Width
	if l.under() {
		h := HeightFor(objects[0], size.Width)
		put(objects[0], 0, 0, size.Width, h)
		put(objects[1], 0, h+look.Px(4), size.Width, HeightFor(objects[1], size.Width))
		return
	}
	f := look.Sp(l.first)
	w := size.Width - f - look.Px(l.gap)
	put(objects[0], 0, 0, f, HeightFor(objects[0], f))
	put(objects[1], f+look.Px(l.gap), 0, w, HeightFor(objects[1], w))
}

func (l *lead) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return l.least(l, objects, max(objects[0].MinSize().Width, objects[1].MinSize().Width))
}

type most struct {
	fit
	most float32
}

// Most keeps one thing at most width px wide at 100 %, at the left: running words of more than 68 letters a line tire.
func Most(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(&most{most: width}, plain(o))
}

func (m *most) wide(width float32) float32 { return min(width, look.Sp(m.most)) }

func (m *most) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	if !objects[0].Visible() {
		return 0
	}
	return HeightFor(objects[0], m.wide(width))
}

func (m *most) natural(objects []fyne.CanvasObject) float32 { return m.wide(naturalWidth(objects[0])) }

func (m *most) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	m.width = size.Width
	put(objects[0], 0, 0, m.wide(size.Width), size.Height)
}

func (m *most) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return m.least(m, objects, objects[0].MinSize().Width)
}

type fill struct {
	fit
	gap float32
}

// Fill puts three things one under another and gives the middle one all the height the others leave, at least its own.
func Fill(gap float32, top, middle, bottom fyne.CanvasObject) *fyne.Container {
	return container.New(&fill{gap: gap}, plain(top), plain(middle), plain(bottom))
}

// ends is the height of the top and the bottom with their gaps.
func (f *fill) ends(objects []fyne.CanvasObject, width float32) (top, bottom float32) {
	if objects[0].Visible() {
		top = HeightFor(objects[0], width) + look.Px(f.gap)
	}
	if objects[2].Visible() {
		bottom = HeightFor(objects[2], width) + look.Px(f.gap)
	}
	return top, bottom
}

func (f *fill) heightFor(objects []fyne.CanvasObject, width float32) float32 {
	top, bottom := f.ends(objects, width)
	return top + HeightFor(objects[1], width) + bottom
}

func (f *fill) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	f.width = size.Width
	top, bottom := f.ends(objects, size.Width)
	if top > 0 {
		put(objects[0], 0, 0, size.Width, top-look.Px(f.gap))
	}
	put(objects[1], 0, top, size.Width, max(HeightFor(objects[1], size.Width), size.Height-top-bottom))
	if bottom > 0 {
		h := bottom - look.Px(f.gap)
		put(objects[2], 0, max(size.Height, f.heightFor(objects, size.Width))-h, size.Width, h)
	}
}

func (f *fill) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return f.least(f, objects, widest(objects[1:2]))
}
