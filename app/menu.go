package app

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"kith/app/present"
	"kith/app/present/shell"
)

// menuKey is what the main menu was made for; it is made again when that changes.
type menuKey struct {
	whole  shell.Whole
	places int
	first  string
}

// menu puts the main menu up: everything the rail has, with shortcuts, since a shortcut of the canvas is lost inside a
// field. A window that is not open has none.
func (s *Shell) menu() {
	key := menuKey{whole: s.whole, places: len(s.s.Places)}
	if len(s.s.Places) > 0 {
		key.first = s.s.Places[0].Label
	}
	if key == s.menuFor {
		return
	}
	s.menuFor = key
	if s.whole != shell.Open {
		s.win.SetMainMenu(nil)
		return
	}
	m := s.s.Menu
	item := func(label string, key fyne.KeyName, mod fyne.KeyModifier, do func()) *fyne.MenuItem {
		i := fyne.NewMenuItem(label, do)
		if key != "" {
			i.Shortcut = &desktop.CustomShortcut{KeyName: key, Modifier: mod}
		}
		return i
	}
	ctrl := fyne.KeyModifierShortcutDefault
	var places []*fyne.MenuItem
	keys := []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6, fyne.Key7, fyne.Key8, fyne.Key9}
	for i, p := range s.s.Places {
		r := present.Route{Place: p.Place}
		places = append(places, item(p.Label, keys[i], ctrl, func() { s.Go(r) }))
	}
	if s.s.Tonight != "" {
		places = append(places, item(s.s.Tonight, fyne.KeyT, ctrl, func() { s.Go(present.Route{Place: present.PlaceTonight}) }))
	}
	places = append(places, item(m.News, fyne.KeyN, ctrl, func() { s.Go(present.Route{Place: present.PlaceNews}) }),
		fyne.NewMenuItemSeparator(), item(s.s.Back, fyne.KeyLeft, fyne.KeyModifierAlt, s.Back))
	quit := item(m.Close, fyne.KeyQ, ctrl, s.close)
	quit.IsQuit = true
	view := []*fyne.MenuItem{
		item(m.Bigger, fyne.KeyEqual, ctrl, s.vm.Bigger), item(m.Smaller, fyne.KeyMinus, ctrl, s.vm.Smaller), fyne.NewMenuItemSeparator(),
	}
	for _, t := range m.Themes {
		view = append(view, item(t.Label, "", 0, func() { s.vm.SetTheme(t.Value) }))
	}
	s.win.SetMainMenu(fyne.NewMainMenu(
		fyne.NewMenu(m.Kith, item(m.Hide, "", 0, s.hideNow), item(m.Lock, fyne.KeyL, ctrl, s.vm.Lock),
			fyne.NewMenuItemSeparator(), item(m.SettingsLabel, fyne.KeyComma, ctrl, func() { s.Go(present.Route{Place: present.PlaceSettings}) }), quit),
		fyne.NewMenu(m.GoTo, places...),
		fyne.NewMenu(m.Calendar, item(m.Add, fyne.KeyE, ctrl, func() { s.Go(present.Route{Place: present.PlaceCalendar, Page: present.PageNew}) })),
		fyne.NewMenu(m.View, view...),
		fyne.NewMenu(m.Help, item(m.HelpLabel, fyne.KeyF1, 0, func() { s.Go(present.Route{Place: present.PlaceHelp}) })),
	))
}
