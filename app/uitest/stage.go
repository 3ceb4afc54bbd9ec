package uitest

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
)

// Stage is one page of the window with the made-up families behind it. All that the page asks of the Core happens at
// once, on the test's own goroutine.
type Stage struct {
	*Page
	Core   *fake.Core
	Desk   *present.Desk
	Screen screen.Screen

	Went   []present.Route // where the page asked to go
	Backs  int             // how often it asked to go back
	Copied string          // what it put on the clipboard
	Closed bool            // it asked to end the program
}

// Desk makes a Desk on which everything happens at once. sync makes it follow the Core's newest World; it is called by
// itself after each call.
func Desk(core *fake.Core, now func() time.Time) (d *present.Desk, sync func()) {
	d = present.NewDesk(core, present.Options{Now: now, Zone: fake.Zone(), Go: func(f func()) {
		f()
		d.Take(core.World())
	}})
	d.Take(core.World())
	return d, func() { d.Take(core.World()) }
}

// OpenScreen opens a page in a window of its own, at the evening of the story.
func OpenScreen(t testing.TB, core *fake.Core, build func(*present.Desk, screen.Nav) screen.Screen, size fyne.Size, c look.Colours, percent int) *Stage {
	t.Helper()
	s := &Stage{Core: core}
	s.Desk, _ = Desk(core, fake.Evening)
	nav := screen.Nav{
		Go: func(r present.Route) { s.Went = append(s.Went, r) }, Done: func(r present.Route) { s.Went = append(s.Went, r) }, Back: func() { s.Backs++ },
		Close: func() { s.Closed = true }, Copy: func(words string) { s.Copied = words }, Wide: size.Width >= 1100,
	}
	s.Page = Open(t, func() fyne.CanvasObject {
		s.Screen = build(s.Desk, nav)
		return s.Screen.Content()
	}, size, c, percent)
	t.Cleanup(s.Screen.Leave)
	return s
}

// Sync shows what has changed in the Core.
func (s *Stage) Sync() { s.Desk.Take(s.Core.World()) }

// Last is where the page last asked to go.
func (s *Stage) Last() present.Route {
	if len(s.Went) == 0 {
		return present.Route{}
	}
	return s.Went[len(s.Went)-1]
}

// A Look is one way in which a page may be drawn.
type Look struct {
	Name    string
	Colours look.Colours
	Percent int
	Size    fyne.Size
}

// Looks are the ways in which every page must be sound.
var Looks = []Look{
	{"light", look.Light, 100, fyne.NewSize(1366-212, 732)},
	{"dark", look.Dark, 100, fyne.NewSize(1366-212, 732)},
	{"strong", look.Strong, 125, fyne.NewSize(1366-237, 732)},
	{"largest", look.Light, 200, fyne.NewSize(1366-276, 712)},
	{"small", look.Light, 100, fyne.NewSize(1024-212, 664)},
}
