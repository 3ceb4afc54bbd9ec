package people

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/assets"
)

// points is a heading and sentences under it, each with the same icon: what something does, or does not do.
type points struct {
	*fyne.Container
	heading *kit.Text
	lines   *kit.Repeat[string]
}

func newPoints(icon assets.Icon, tok look.Token) *points {
	p := &points{heading: kit.Section("")}
	p.lines = kit.NewRepeat(8, func(s string) string { return s }, func() (fyne.CanvasObject, func(string)) {
		l := kit.NewIconLine(icon, 24, "", look.Body, tok)
		return l, func(s string) { l.Set(icon, s) }
	})
	p.Container = kit.Column(10, p.heading, p.lines.Container)
	return p
}

func (p *points) set(heading string, lines []string) {
	p.heading.SetText(heading)
	p.lines.Set(lines)
	p.Hidden = len(lines) == 0
}
