// Package screen holds what all pages of the window have in common: how a page is opened and left, how it asks to go
// elsewhere, and how the words of app/present become widgets of app/kit. It knows no noun, and it never touches the
// disk, the network or the clock.
package screen

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/present/shell"
	"kith/assets"
)

// Nav is how a page asks to go elsewhere. All of it belongs to the screen's goroutine.
type Nav struct {
	Go    func(present.Route)     // to another page
	Done  func(present.Route)     // to another page, from one that is over: nobody comes back to it or to what led there
	Back  func()                  // to where somebody came from; to the place's first page if from nowhere
	Close func()                  // ends the program
	Away  func()                  // takes the window off the screen, and lets the program go on
	Pick  func(func(path string)) // lets somebody look for a file, in a window of its own; nil where none can be shown
	Boot  settings.Boot           // how the program is started with the computer; nil where it cannot
	Copy  func(string)            // puts words where Paste finds them
	Wide  bool                    // the page has room for two columns, or a month
}

// Screen is one open page.
type Screen interface {
	Content() fyne.CanvasObject
	Leave() // ends what the page follows; the shell calls it once
}

// Focuser is a Screen that has something to focus when it opens.
type Focuser interface{ Focus() }

// Page is a Screen made of a widget.
type Page struct {
	content fyne.CanvasObject
	leave   []func()
	focus   func()
	begun   bool // it has been opened once
}

// New makes a Page; leave are called once, when it is left.
func New(content fyne.CanvasObject, leave ...func()) *Page {
	return &Page{content: content, leave: leave}
}

// WithFocus has f called when the page has been opened, and returns p.
func (p *Page) WithFocus(f func()) *Page { p.focus = f; return p }

// Content is what the page shows.
func (p *Page) Content() fyne.CanvasObject { return p.content }

// Leave ends what the page follows.
func (p *Page) Leave() {
	for _, f := range p.leave {
		f()
	}
	p.leave = nil
}

// Focus puts the focus where the page begins. The first time the page opens at its top.
func (p *Page) Focus() {
	if p.focus != nil {
		p.focus()
	}
	kit.Begin(p.content, !p.begun)
	p.begun = true
}

// Options turns answers into the kit's.
func Options(in []present.Option) []kit.Option {
	out := make([]kit.Option, len(in))
	for i, o := range in {
		out[i] = kit.Option(o)
	}
	return out
}

// Problems turns what is to be put right into lines that go to their fields.
func Problems(errs []present.FieldError, to map[string]func()) []kit.Problem {
	out := make([]kit.Problem, len(errs))
	for i, e := range errs {
		out[i] = kit.Problem{Say: e.Say, Goto: to[e.Field]}
	}
	return out
}

// Trouble is the red banner of something that did not work: what happened, what is safe, what next.
type Trouble struct{ *kit.Banner }

// NewTrouble makes one, hidden until Set has something to say.
func NewTrouble() *Trouble {
	t := &Trouble{kit.NewBanner(look.ToneDanger, assets.IconWarning, "", "")}
	t.Hide()
	return t
}

// Set says p; nothing to say hides it.
func (t *Trouble) Set(p present.Problem) {
	rest := p.Safe
	if p.Next != "" {
		if rest != "" {
			rest += " "
		}
		rest += p.Next
	}
	t.Banner.Set(p.What, rest)
}

// Dates are the words of a question for a day, with the labels of its three boxes.
func Dates(day, month, year string) kit.DateWords {
	w := shell.Dates()
	return kit.DateWords{
		Day: day, Month: month, Year: year, Choose: w.Choose, Close: w.Close,
		Months: w.Months, Weekdays: w.Weekdays, Names: w.Names, Before: w.Before, After: w.After,
	}
}

// Question is a heading over the answers to it.
func Question(words string, answers ...fyne.CanvasObject) *fyne.Container {
	return kit.Column(10, append([]fyne.CanvasObject{kit.Section(words)}, answers...)...)
}
