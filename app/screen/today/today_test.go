package today_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/today"
	"kith/app/uitest"
)

// open shows the page beside where the rail stands, and tells where it asked to go.
func open(t *testing.T, c *fake.Core, size fyne.Size, colours look.Colours, percent int) (*uitest.Page, *present.Route) {
	t.Helper()
	var went present.Route
	p := uitest.Open(t, func() fyne.CanvasObject {
		s := today.New(fake.Live(c), screen.Nav{Go: func(r present.Route) { went = r }, Back: func() {}})
		t.Cleanup(s.Leave)
		return s.Content()
	}, size.SubtractWidthHeight(212, 0), colours, percent)
	return p, &went
}

func TestTodayLeadsToWhatNeedsThisPerson(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, went := open(t, c, uitest.Laptop, look.Light, 100)
	p.Press("Choose, Two homes can have Mia on Friday")
	if went.Page != present.PageOne || went.Object != c.Mia().ID {
		t.Errorf("Choose led to %+v", *went)
	}
	p.Press("Open, Picnic on Sunday")
	if went.Object != c.Picnic() {
		t.Errorf("Open led to %+v", *went)
	}
	p.Press("Wed 25*")
	if went.Page != present.PageDay || went.Day != "2026-11-25" {
		t.Errorf("the day led to %+v", *went)
	}
}

func TestTodayIsSound(t *testing.T) {
	for _, x := range []struct {
		name    string
		core    *fake.Core
		size    fyne.Size
		colours look.Colours
		percent int
	}{
		{"today-light", fake.Family(fake.Evening), uitest.Laptop, look.Light, 100},
		{"today-dark", fake.Family(fake.Evening), uitest.Laptop, look.Dark, 100},
		{"today-strong", fake.Family(fake.Evening), uitest.Laptop, look.Strong, 100},
		{"today-200", fake.Family(fake.Evening), uitest.Laptop, look.Light, 200},
		{"today-small", fake.Family(fake.Evening), uitest.Small, look.Light, 100},
		{"today-small-200", fake.Family(fake.Evening), uitest.Small, look.Light, 200},
		{"today-empty", fake.New(fake.Evening), uitest.Laptop, look.Light, 100},
	} {
		t.Run(x.name, func(t *testing.T) {
			p, _ := open(t, x.core, x.size, x.colours, x.percent)
			p.Shot(x.name)
			p.AssertSound()
		})
	}
}

func TestTodayFollowsTheWorldAndKeepsTheFocus(t *testing.T) {
	c := fake.Family(fake.Evening)
	p, _ := open(t, c, uitest.Laptop, look.Light, 100)
	p.Tab()
	at := p.Focused()
	c.Change(func(w *present.World) { w.Net.On = false })
	if !p.Says("This computer is not on the internet. You can go on working. We send it when it is back.") {
		t.Errorf("the page does not say that there is no internet:\n%s", p.Text())
	}
	if p.Focused() != at {
		t.Errorf("the focus went from %q to %q", at, p.Focused())
	}
}
