// Package shell turns a World into what stands round every page: the rail and its counts, the main menu, Hide now, and
// whether the whole window belongs to the start, the lock or the pages. It never touches Fyne, the disk or the network.
package shell

import (
	"context"
	"slices"
	"time"

	"kith/app/present"
	"kith/app/present/message"
	"kith/app/present/people"
	"kith/app/present/today"
	"kith/assets"
	"kith/assets/words"
)

// Whole says to what the whole window belongs.
type Whole string

// What the whole window can belong to.
const (
	Loading Whole = "loading" // the store is being opened
	Start   Whole = "start"   // nobody lives here yet
	Locked  Whole = "locked"
	Open    Whole = "open"
)

// State is what the shell shows.
type State struct {
	Whole   Whole
	Title   string // of the window: never more than the program's name
	Places  []Place
	Tonight string // empty for people in no group that arranges sleepovers
	Who     string

	Hide, HideLine   string
	HideReturn       string // how a hidden window comes back
	HideOne, HideTwo string // said once Shift was pressed once, twice

	Loading, LoadingText string
	Back                 string
	Menu                 Menu
	Demo                 bool

	Notice, NoticeText string // a neutral word about what came; empty when nothing did
	NewCount           int    // how many new things there are that nobody has opened

	Look present.Look
}

// Place is one place of the rail.
type Place struct {
	Place  present.Place
	Icon   assets.Icon
	Label  string
	Said   string // with the count: "Messages, 4 new"
	Count  int
	Number int // of its shortcut: Ctrl and this
}

// Menu is the words of the main menu.
type Menu struct {
	Kith, GoTo, Calendar, View, Help string
	Lock, Hide, Close, News, Add     string
	Bigger, Smaller                  string
	Themes                           []present.Option
	SettingsLabel, HelpLabel         string
}

// VM keeps the shell.
type VM struct{ *present.Model[State] }

// New returns the shell's view model.
func New(d *present.Desk) *VM {
	vm := &VM{}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *VM) make(w present.World, now time.Time) State {
	s := State{
		Whole: Open, Title: present.Say("shell.title"),
		Hide: present.Say("shell.hide"), HideLine: present.Say("shell.hide.line"),
		HideReturn: present.Say("shell.hide.return"),
		HideOne:    present.Say("shell.hide.one"), HideTwo: present.Say("shell.hide.two"),
		Loading: present.Say("shell.loading"), LoadingText: present.Say("shell.loading.text"),
		Back: present.Say("shell.back"), Demo: w.Demo, Menu: menu(), Look: vm.Desk().Core.Look(),
	}
	switch {
	case w.Locked:
		s.Whole = Locked
		return s
	case w.Loading:
		s.Whole = Loading
		return s
	case !w.Started:
		s.Whole = Start
		return s
	}
	if w.Name != "" {
		s.Who = present.Say("shell.who", "Name", w.Name)
	}
	fresh := map[string]int{}
	for _, n := range w.News {
		if !n.Seen {
			fresh[n.Kind]++
			s.NewCount++
		}
	}
	if s.NewCount > 0 {
		s.Notice, s.NoticeText = present.Say("shell.notice"), present.Say("shell.notice.text")
	}
	sleeps := slices.ContainsFunc(w.Groups, present.Group.Sleeps)
	if sleeps {
		s.Tonight = present.Say("shell.tonight")
	}
	doors := 0 // what is to do about who belongs
	for _, g := range w.Groups {
		doors += len(g.Requests) + len(people.Pressing(g, now))
	}
	add := func(p present.Place, icon assets.Icon, label words.Key, count int, said words.Key) {
		x := Place{Place: p, Icon: icon, Label: present.Say(label), Count: count, Number: len(s.Places) + 1}
		x.Said = x.Label
		if count > 0 {
			x.Said = present.Count(said, count, "Place", x.Label)
		}
		s.Places = append(s.Places, x)
	}
	add(present.PlaceToday, assets.IconToday, "shell.today", len(today.Needs(w, now)), "shell.said.waiting")
	add(present.PlaceCalendar, assets.IconCalendar, "shell.calendar", fresh[present.NewsEvent], "shell.said.new")
	if sleeps {
		add(present.PlaceSleepovers, assets.IconBed, "shell.sleepovers", fresh[present.NewsSleepover], "shell.said.new")
	}
	add(present.PlaceMessages, assets.IconMessages, "shell.messages", message.Unread(w), "shell.said.new")
	add(present.PlacePeople, assets.IconPeople, "shell.people", doors, "shell.said.waiting")
	add(present.PlaceSettings, assets.IconSettings, "shell.settings", 0, "shell.said.new")
	add(present.PlaceHelp, assets.IconHelp, "shell.help", 0, "shell.said.new")
	return s
}

func menu() Menu {
	return Menu{
		Kith: present.Say("shell.menu.kith"), GoTo: present.Say("shell.menu.goto"), Calendar: present.Say("shell.menu.calendar"),
		View: present.Say("shell.menu.view"), Help: present.Say("shell.menu.help"),
		Lock: present.Say("shell.menu.lock"), Hide: present.Say("shell.hide"), Close: present.Say("shell.close"),
		News: present.Say("shell.news"), Add: present.Say("shell.menu.add"),
		Bigger: present.Say("shell.menu.bigger"), Smaller: present.Say("shell.menu.smaller"),
		Themes: []present.Option{
			{Value: present.ThemeLight, Label: present.Say("shell.menu.light")},
			{Value: present.ThemeDark, Label: present.Say("shell.menu.dark")},
			{Value: present.ThemeStrong, Label: present.Say("shell.menu.strong")},
		},
		SettingsLabel: present.Say("shell.settings"), HelpLabel: present.Say("shell.help"),
	}
}

// Hide locks the home because somebody wants the window gone.
func (vm *VM) Hide() { vm.lock(present.LockedHide) }

// Return locks a home that stayed open without its window, since somebody wants to see it again.
func (vm *VM) Return() {
	d := vm.Desk()
	d.Do(func(ctx context.Context) {
		if err := d.Core.Lock(ctx, present.LockedAway); err != nil {
			vm.Again()
		}
		d.Core.KeepOpen(false)
	})
}

// Lock locks the home because somebody asked for it.
func (vm *VM) Lock() { vm.lock(present.LockedAsked) }

func (vm *VM) lock(why string) {
	d := vm.Desk()
	d.Do(func(ctx context.Context) {
		if err := d.Core.Lock(ctx, why); err != nil {
			vm.Again()
		}
	})
}

// Bigger takes the next size of words, Smaller the one before.
func (vm *VM) Bigger() { vm.resize(1) }

// Smaller takes the size of words before.
func (vm *VM) Smaller() { vm.resize(-1) }

var sizes = []int{100, 125, 150, 200}

func (vm *VM) resize(by int) {
	l := vm.Desk().Core.Look()
	at := max(0, slices.Index(sizes, l.Text))
	l.Text = sizes[min(max(at+by, 0), len(sizes)-1)]
	vm.setLook(l)
}

// SetTheme takes a set of colours.
func (vm *VM) SetTheme(theme string) {
	l := vm.Desk().Core.Look()
	l.Theme = theme
	vm.setLook(l)
}

func (vm *VM) setLook(l present.Look) {
	// A disk that cannot keep it is no reason to say so here: the window has it until it closes.
	_ = vm.Desk().Core.SetLook(l)
	vm.Again()
}

// DateWords is what a question for a day says, whatever the day is for.
type DateWords struct {
	Choose, Close, Before, After string
	Months                       []string // twelve
	Weekdays, Names              []string // seven, Monday first: for a narrow place, and whole
}

// Dates returns the words of a question for a day.
func Dates() DateWords {
	w := DateWords{
		Choose: present.Say("typed.choose"), Close: present.Say("typed.choose.close"),
		Before: present.Say("typed.choose.before"), After: present.Say("typed.choose.after"),
	}
	for m := 1; m <= 12; m++ {
		w.Months = append(w.Months, present.Month(m))
	}
	for n := 1; n <= 7; n++ {
		k := words.Key("date.weekday." + string(rune('0'+n)))
		w.Names = append(w.Names, present.Say(k))
		w.Weekdays = append(w.Weekdays, present.Say(words.Key("date.weekday.short."+string(rune('0'+n)))))
	}
	return w
}
