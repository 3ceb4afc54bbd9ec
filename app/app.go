// Package app is the shell of the window: one window, the rail, the main menu, the way from page to page and back, the
// loop from a newer World to the screen, the idle lock and Hide now. It opens pages and knows what none of them is about.
// It never touches the disk or the network.
package app

import (
	"context"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/present/shell"
	"kith/app/screen"
	"kith/app/screen/help"
	"kith/app/screen/locked"
	"kith/app/screen/news"
)

// Options say what the window is handed from outside. The zero value of each works.
type Options struct {
	Now      func() time.Time                               // nil means time.Now
	Zone     *time.Location                                 // where this person is; nil means time.Local
	Dispatch func(func())                                   // onto the screen's goroutine; nil means fyne.Do
	Go       func(func())                                   // for work that may take long; nil starts a goroutine that Serve waits for
	After    func(time.Duration, func()) (stop func() bool) // a timer; nil means time.AfterFunc
	Notify   func(title, text string)                       // tells the system that something came; nil tells nobody
	Close    func()                                         // ends the program; nil only closes the window
	Returns  bool                                           // a hidden window can be brought back, by starting the program again
	Boot     settings.Boot                                  // how the program is started with the computer; nil where it cannot
}

// Shell is the window of one home. All of it but Serve belongs to the screen's goroutine.
type Shell struct {
	app  fyne.App
	win  fyne.Window
	o    Options
	desk *present.Desk
	vm   *shell.VM

	s       shell.State
	whole   shell.Whole // to what the window belongs now; empty before the first State
	content *stage
	open    screen.Screen // whatever fills the window, or stands beside the rail
	trail   []present.Route
	kept    screen.Screen  // the page beside the rail, kept while the window is locked
	keptAt  fyne.Focusable // what had the focus on it
	atDoor  bool           // the way in is still being walked, though there may be a person already
	waits   screen.Screen  // the page of the way in that waits behind its Help

	rail    *rail
	bar     *news.Bar // above every page
	shift   shift
	listen  func()
	leave   func()
	touched time.Time
	applied present.Look
	then    present.Route // where to go once the window is open, from the way in
	told    int           // new things the system was told of
	menuFor menuKey
	resumed bool // the last place has been opened again, or there was none
	left    bool // the window was closed: a home that is open is to be locked before anybody sees it again
	out     bool // and is not back yet
}

// New puts the shell of core into w. Call Serve once the window is shown.
func New(a fyne.App, w fyne.Window, core present.Core, o Options) *Shell {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Dispatch == nil {
		o.Dispatch = fyne.Do
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	s := &Shell{app: a, win: w, o: o, content: newStage()}
	s.apply(core.Look()) // before any word is measured: Fyne keeps the first font it was asked for
	s.desk = present.NewDesk(looking{Core: core, looked: s.looked}, present.Options{Now: o.Now, Zone: o.Zone, Dispatch: o.Dispatch, Go: o.Go})
	s.vm = shell.New(s.desk)
	s.rail = newRail(s)
	s.bar = news.NewBar(s.desk, s.nav(), s.content.Container.Refresh)
	w.SetPadded(false)
	w.SetContent(s.content.Container)
	w.SetCloseIntercept(s.Cross)
	s.watchKeys()
	s.leave = s.vm.Subscribe(s.render)
	return s
}

// Serve follows the World until ctx ends, and waits for what the pages still ask of the peer.
func (s *Shell) Serve(ctx context.Context) error { return s.desk.Serve(ctx) }

// Desk is where the pages' view models sit.
func (s *Shell) Desk() *present.Desk { return s.desk }

// Raise shows a hidden window and gives it the keyboard, as when the program is started again. A home that stayed open
// without its window is locked first.
func (s *Shell) Raise() {
	s.out = false
	if s.left {
		s.vm.Return()
		s.left = s.s.Whole == shell.Open // until it is locked
	}
	s.win.Show()
	s.win.RequestFocus()
	if f, ok := s.open.(screen.Focuser); ok && s.whole == shell.Locked {
		f.Focus()
	}
}

// Stop ends what the shell listens to, before the window goes. Serve must end by its own context.
func (s *Shell) Stop() {
	s.shift.stop()
	s.leave()
	s.listen()
	s.bar.Leave()
	for _, p := range []screen.Screen{s.open, s.kept, s.waits} {
		if p != nil {
			p.Leave()
		}
	}
	s.open, s.kept, s.waits = nil, nil, nil
}

// Cross is what the window's own cross does: as was chosen, and asked once where nobody has chosen. A second press does
// not ask again.
func (s *Shell) Cross() {
	stay, at := s.desk.Core.Look().Stay, s.here()
	switch {
	case !s.o.Returns || s.s.Demo || s.whole != shell.Open && s.whole != shell.Locked || stay == present.StayOff:
		s.close()
	case stay == present.StayOn:
		s.away()
	case s.whole == shell.Open && at.Page != present.PageStay:
		s.Go(present.Route{Place: present.PlaceSettings, Page: present.PageStay, Name: "close"})
	default:
		s.close()
	}
}

// away takes the window off the screen, and lets the program go on. Behind it the page is gone, as when it is hidden.
func (s *Shell) away() {
	s.Keep()
	s.left, s.out = true, true
	if s.whole == shell.Open {
		s.turn(shell.Locked)
		s.content.Refresh()
		s.desk.Core.KeepOpen(true)
	}
	s.win.Hide()
}

func (s *Shell) close() {
	if s.o.Close != nil {
		s.o.Close()
		return
	}
	s.win.Close()
}

// render shows a newer State: what the window belongs to, the counts of the rail, the strip above the page.
func (s *Shell) render(st shell.State) {
	s.s = st
	s.win.SetTitle(st.Title)
	s.apply(st.Look)
	if st.Whole != shell.Open && !s.out { // what was locked meanwhile may be opened meanwhile too, by a command
		s.left = false
	}
	if st.Whole != s.whole && !s.walking(st) && !s.left {
		s.turn(st.Whole)
	}
	s.rail.render(st, s.here())
	s.menu()
	s.notify(st)
	s.content.Refresh()
}

// walking says whether the way in goes on: there is a person now, but the recovery sheet, say, is still to be read.
func (s *Shell) walking(st shell.State) bool {
	return s.whole == shell.Start && s.atDoor && !st.Demo && (st.Whole == shell.Open || st.Whole == shell.Loading)
}

// turn gives the whole window to something else.
func (s *Shell) turn(to shell.Whole) {
	was := s.whole
	s.whole = to
	s.shift.clear()
	if was == shell.Open { // the page beside the rail waits, with what was typed in it
		s.kept, s.open = s.open, nil
		s.keptAt = s.win.Canvas().Focused()
		if to != shell.Locked {
			s.forget()
		}
	}
	for _, p := range []screen.Screen{s.open, s.waits} {
		if p != nil {
			p.Leave()
		}
	}
	s.open, s.waits, s.atDoor = nil, nil, false
	switch to {
	case shell.Loading:
		s.open = screen.New(loading(s.s))
	case shell.Locked:
		s.open = locked.New(s.desk, s.nav())
	case shell.Start:
		s.resumed = true
		s.forget()
		s.open = s.door()
	case shell.Open:
		s.open = s.kept
		s.kept = nil
		if s.open == nil {
			s.trail = []present.Route{{Place: s.resume()}}
			if !s.then.IsZero() {
				s.trail = append(s.trail, s.then)
			}
			s.then = present.Route{}
			s.open = s.page(s.here())
		}
	}
	s.menu()
	s.win.SetContent(s.content.Container) // a menu that goes leaves its room empty until the content is set anew
	s.fill()
	if to == shell.Open {
		s.refocus()
	}
}

// resume is the place that the window opens at: the first time, where it was when it was last left.
func (s *Shell) resume() present.Place {
	was := s.desk.Core.Look().LastPlace()
	if s.resumed || !slices.ContainsFunc(s.s.Places, func(p shell.Place) bool { return p.Place == was }) {
		was = present.PlaceToday
	}
	s.resumed = true
	return was
}

// Keep notes how large the window is and which place is open, for the next start. Of that place it keeps nothing more:
// the file can be read by whoever has the computer.
func (s *Shell) Keep() {
	if s.whole == shell.Start { // nobody lives here: a look around leaves nothing behind
		return
	}
	l := s.desk.Core.Look()
	was := l
	if size := s.win.Canvas().Size(); size.Width >= 1 && size.Height >= 1 {
		l.Width, l.Height = int(size.Width), int(size.Height)
	}
	at := s.trail // a locked window still has the way to the page that waits
	if n := len(at); n > 0 {
		l.Place = present.PlaceNumber(at[n-1].Place)
	}
	if l != was {
		_ = s.desk.Core.SetLook(l) // a disk that cannot keep it is no reason to hold up whoever closes the window
	}
}

// refocus gives the keyboard back to what had it before the window was locked; never to Hide now, where a second Enter
// after the passphrase would hide the window again.
func (s *Shell) refocus() {
	at := s.keptAt
	s.keptAt = nil
	if o, ok := at.(fyne.CanvasObject); ok && o.Visible() && at != fyne.Focusable(s.rail.hide) {
		s.win.Canvas().Focus(at)
	}
}

// forget lets the kept page go, and the way back.
func (s *Shell) forget() {
	if s.kept != nil {
		s.kept.Leave()
		s.kept = nil
	}
	s.trail, s.keptAt = nil, nil
}

// fill puts the open page into the window and the focus where it begins.
func (s *Shell) fill() {
	s.win.Canvas().Unfocus()
	if s.whole == shell.Open {
		s.content.set(s.rail.Rail, s.bar.Container, s.open.Content())
	} else {
		s.content.set(nil, nil, s.open.Content())
	}
	if f, ok := s.open.(screen.Focuser); ok {
		f.Focus()
	}
}

// here is the route of the page that shows.
func (s *Shell) here() present.Route {
	if s.whole != shell.Open || len(s.trail) == 0 {
		return present.Route{}
	}
	return s.trail[len(s.trail)-1]
}

const mostBack = 50 // pages remembered for going back

// Go opens the page that r names, if the window is open. From the way in it opens Help alone, over the page that waits.
func (s *Shell) Go(r present.Route) {
	if s.whole == shell.Start && r.Place == present.PlaceHelp && s.waits == nil {
		s.waits, s.open = s.open, help.New(s.desk, s.nav(), s.s.Back)
		s.fill()
		return
	}
	if s.whole != shell.Open || r.IsZero() {
		return
	}
	if r == s.here() && r.Page == "" { // the same place again: nothing typed there is lost
		return
	}
	s.trail = append(s.trail, r)
	if len(s.trail) > mostBack {
		s.trail = s.trail[len(s.trail)-mostBack:]
	}
	s.show(r)
}

// Done goes to r from a page that is over. The way back leaves out that page and the others of its place.
func (s *Shell) Done(r present.Route) {
	at := s.here().Place
	s.trail = slices.DeleteFunc(s.trail, func(x present.Route) bool { return x.Place == at })
	if n := len(s.trail); n > 0 && s.trail[n-1] == r { // Go leaves the page that shows as it is, and another one shows
		s.trail = s.trail[:n-1]
	}
	s.Go(r)
}

// Back goes to the page somebody came from, or to the first page of the place.
func (s *Shell) Back() {
	if s.waits != nil { // from Help to the way in
		s.open.Leave()
		s.open, s.waits = s.waits, nil
		s.fill()
		return
	}
	if s.whole != shell.Open {
		return
	}
	at := s.here()
	if len(s.trail) > 1 {
		s.trail = s.trail[:len(s.trail)-1]
	} else if at.Page == "" {
		return
	} else {
		s.trail = []present.Route{{Place: at.Place, Group: at.Group}}
	}
	s.show(s.here())
}

func (s *Shell) show(r present.Route) {
	if s.open != nil {
		s.open.Leave()
	}
	s.open = s.page(r)
	s.fill()
	s.rail.render(s.s, r)
	s.menu()
}

func (s *Shell) nav() screen.Nav {
	return screen.Nav{Go: s.Go, Done: s.Done, Back: s.Back, Close: s.close, Away: s.away, Pick: s.pickFile, Boot: s.o.Boot, Copy: s.app.Clipboard().SetContent, Wide: s.win.Canvas().Size().Width >= 1100}
}

// pickFile shows the window in which a file is looked for. Nothing is picked where that is closed.
func (s *Shell) pickFile(picked func(path string)) {
	d := dialog.NewFileOpen(func(f fyne.URIReadCloser, err error) {
		if err != nil || f == nil {
			return
		}
		path := f.URI().Path()
		_ = f.Close() // it is read by who asked
		picked(path)
	}, s.win)
	d.Resize(s.win.Canvas().Size())
	d.Show()
}

// apply takes colours and size of words.
func (s *Shell) apply(l present.Look) {
	if l.Text == 0 {
		l.Text = 100
	}
	l = present.Look{Text: l.Text, Theme: l.Theme} // the rest says nothing of how it is drawn
	if l == s.applied {
		return
	}
	s.applied = l
	s.app.Settings().SetTheme(look.New(look.Colours(l.Theme), l.Text))
	s.content.Refresh()
	if s.whole != "" { // a menu bar of another height moves the page only when it is put up anew
		s.menuFor = menuKey{}
		s.menu()
	}
}

// looked hears from whatever page that the look was changed.
func (s *Shell) looked(l present.Look) { s.o.Dispatch(func() { s.apply(l) }) }

// looking tells the shell when a page has changed the look, so that the window changes at once.
type looking struct {
	present.Core
	looked func(present.Look)
}

// SetLook keeps the look and shows it, also where the disk cannot keep it.
func (l looking) SetLook(k present.Look) error {
	err := l.Core.SetLook(k)
	l.looked(k)
	return err
}

// notify tells the system once about each newer thing, in words that say nothing, and never while locked.
func (s *Shell) notify(st shell.State) {
	if st.Whole != shell.Open {
		return
	}
	if st.NewCount > s.told && s.o.Notify != nil {
		s.o.Notify(st.Notice, st.NoticeText)
	}
	s.told = st.NewCount
}

// onceEvery keeps Touched from being called for each pixel the pointer moves.
const onceEvery = time.Second

// touch says that somebody is here.
func (s *Shell) touch() {
	if now := s.o.Now(); now.Sub(s.touched) >= onceEvery || now.Before(s.touched) {
		s.touched = now
		s.desk.Core.Touched()
	}
}
