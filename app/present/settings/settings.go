// Package settings turns a person's choices into what the Settings page says. It never touches Fyne, the disk or the
// network; the Core keeps what is chosen.
package settings

import (
	"context"
	"strconv"
	"time"

	"kith/app/present"
	"kith/assets"
)

// State is what the Settings page shows. Options take their Value in the intent named beside them.
type State struct {
	Title string

	LookHeading string
	TextLabel   string
	Text        []present.Option // SetText
	ThemeLabel  string
	Themes      []present.Option // SetTheme

	SafeHeading         string
	LockLabel, LockHint string
	LockAfter           []present.Option // SetLockAfter
	SeenLabel, SeenHint string
	Seen                []present.Option // SetSeen
	HideHeading         string
	HideText            string
	LockNow             string // LockNow

	Passphrase Passphrase

	KeepHeading string
	Keep        []Door // to what keeps this person's things, and takes them off

	MeetHeading string
	Meet        []Door // to the ways in which computers reach one another that are never on together

	NearbyHeading, NearbyText string
	Nearby                    []present.Option // SetNearby: "on", "off"
	NearbyState               present.Line

	AboutHeading string
	About        []string

	Problem present.Problem
}

// Door is one page behind this one.
type Door struct {
	Icon        assets.Icon
	Title, Text string
	To          present.Route
}

// Passphrase is the part of the page that changes the passphrase.
type Passphrase struct {
	Heading         string
	Old, New, Again string // labels
	Hint            string
	Show            string
	Button          string
	Busy, Done      string
	Errors          []present.FieldError // at FieldOld, FieldNew, FieldAgain
	Problem         present.Problem
	Changed         int // grows with every success, so that the screen can empty the fields
}

// Fields of the passphrase part.
const (
	FieldOld   = "old"
	FieldNew   = "new"
	FieldAgain = "again"
)

// TextSizes and LockMinutes are what can be chosen.
var (
	textSizes   = []int{100, 125, 150, 200}
	lockMinutes = []int{1, 2, 5, 10, 30}
)

const usualLock = 5 // minutes

// VM keeps the Settings page.
type VM struct {
	*present.Model[State]
	err     error
	busy    bool
	done    bool
	changed int
	errs    []present.FieldError
	pass    error
}

// New returns the Settings page's view model.
func New(d *present.Desk) *VM {
	vm := &VM{}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *VM) make(w present.World, now time.Time) State {
	l := vm.Desk().Core.Look()
	s := State{
		Title:         present.Say("settings.title"),
		LookHeading:   present.Say("settings.look"),
		TextLabel:     present.Say("settings.text"),
		Text:          TextOptions(l),
		ThemeLabel:    present.Say("settings.theme"),
		Themes:        ThemeOptions(l),
		SafeHeading:   present.Say("settings.safe"),
		LockLabel:     present.Say("settings.lock"),
		LockHint:      present.Say("settings.lock.hint"),
		LockAfter:     lockOptions(vm.Desk().Core.Setting(present.SettingLockAfter)),
		SeenLabel:     present.Say("settings.seen"),
		SeenHint:      present.Say("settings.seen.hint"),
		Seen:          seenOptions(vm.Desk().Core.Setting(present.SettingSeen)),
		HideHeading:   present.Say("settings.hide"),
		HideText:      present.Say("settings.hide.text"),
		LockNow:       present.Say("settings.lock.now"),
		Passphrase:    vm.passphrase(),
		KeepHeading:   present.Say("settings.keep"),
		Keep:          vm.keeps(now),
		MeetHeading:   present.Say("settings.meet"),
		Meet:          meets(),
		NearbyHeading: present.Say("settings.nearby"),
		NearbyText:    present.Say("settings.nearby.text"),
		Nearby: []present.Option{
			{Value: "off", Label: present.Say("settings.nearby.off"), Chosen: !w.Net.Nearby},
			{Value: "on", Label: present.Say("settings.nearby.on"), Chosen: w.Net.Nearby},
		},
		NearbyState:  present.Line{Icon: assets.IconComputer, Text: present.Say("settings.nearby.state.off")},
		AboutHeading: present.Say("settings.about"),
		About: []string{
			present.Say("settings.about.text"), present.Say("settings.about.review"), present.Say("settings.about.reader"),
		},
		Problem: present.Explain(vm.err),
	}
	if w.Net.Nearby {
		s.NearbyState = present.Line{Icon: assets.IconGoing, Text: present.Say("settings.nearby.state.on")}
	}
	return s
}

func to(page string) present.Route { return present.Route{Place: present.PlaceSettings, Page: page} }

func (vm *VM) keeps(now time.Time) []Door {
	return []Door{
		{assets.IconComputer, present.Say("settings.device"), present.Say("settings.device.door"), to(present.PageDevice)},
		{assets.IconSave, present.Say("settings.backup"), LastBackup(vm.Desk().Core, now).Text, to(present.PageBackup)},
		{assets.IconPage, present.Say("settings.sheet"), present.Say("settings.sheet.door"), to(present.PageSheet)},
		{assets.IconWarning, present.Say("settings.danger"), present.Say("settings.danger.door"), to(present.PageDanger)},
	}
}

func meets() []Door {
	return []Door{
		{assets.IconMessages, present.Say("mailboxes.link.all"), present.Say("mailboxes.door"), present.Route{Place: present.PlacePeople, Page: present.PageMailbox}},
		{assets.IconPause, present.Say("settings.stay"), present.Say("settings.stay.door"), to(present.PageStay)},
		{assets.IconCar, present.Say("settings.carry"), present.Say("settings.carry.door"), to(present.PageCarry)},
	}
}

func (vm *VM) passphrase() Passphrase {
	p := Passphrase{
		Heading: present.Say("settings.passphrase"),
		Old:     present.Say("settings.passphrase.old"),
		New:     present.Say("settings.passphrase.new"),
		Again:   present.Say("settings.passphrase.again"),
		Hint:    present.Say("settings.passphrase.new.hint"),
		Show:    present.Say("locked.show"),
		Button:  present.Say("settings.passphrase.button"),
		Errors:  vm.errs,
		Problem: present.Explain(vm.pass),
		Changed: vm.changed,
	}
	if vm.busy {
		p.Busy = present.Say("settings.passphrase.busy")
	}
	if vm.done {
		p.Done = present.Say("settings.passphrase.done")
	}
	return p
}

// TextOptions returns the four sizes of words, also for the welcome page.
func TextOptions(l present.Look) []present.Option {
	size := l.Text
	if size == 0 {
		size = 100
	}
	labels := map[int]string{
		100: present.Say("settings.text.100"), 125: present.Say("settings.text.125"),
		150: present.Say("settings.text.150"), 200: present.Say("settings.text.200"),
	}
	var all []present.Option
	for _, n := range textSizes {
		all = append(all, present.Option{Value: strconv.Itoa(n), Label: labels[n], Chosen: n == size})
	}
	return all
}

// ThemeOptions returns the three sets of colours, also for the welcome page.
func ThemeOptions(l present.Look) []present.Option {
	theme := l.Theme
	if theme == "" {
		theme = present.ThemeLight
	}
	return []present.Option{
		{Value: present.ThemeLight, Label: present.Say("settings.theme.light"), Chosen: theme == present.ThemeLight},
		{Value: present.ThemeDark, Label: present.Say("settings.theme.dark"), Chosen: theme == present.ThemeDark},
		{Value: present.ThemeStrong, Label: present.Say("settings.theme.strong"), Chosen: theme == present.ThemeStrong},
	}
}

func lockOptions(setting string) []present.Option {
	now, err := strconv.Atoi(setting)
	if err != nil {
		now = usualLock
	}
	var all []present.Option
	for _, n := range lockMinutes {
		all = append(all, present.Option{
			Value: strconv.Itoa(n), Label: present.Count("settings.lock.minutes", n), Chosen: n == now,
		})
	}
	return all
}

// WithText returns look l with the size of words that value names; an unknown one changes nothing.
func WithText(l present.Look, value string) present.Look {
	for _, n := range textSizes {
		if strconv.Itoa(n) == value {
			l.Text = n
		}
	}
	return l
}

// SetText chooses the size of words.
func (vm *VM) SetText(value string) { vm.setLook(WithText(vm.Desk().Core.Look(), value)) }

// SetTheme chooses the colours.
func (vm *VM) SetTheme(theme string) {
	l := vm.Desk().Core.Look()
	l.Theme = theme
	vm.setLook(l)
}

func (vm *VM) setLook(l present.Look) {
	err := vm.Desk().Core.SetLook(l)
	vm.Change(func() { vm.err = err })
}

// SetLockAfter chooses after how many minutes Kith locks by itself.
func (vm *VM) SetLockAfter(minutes string) {
	vm.ask(func(ctx context.Context) error {
		return vm.Desk().Core.SetSetting(ctx, present.SettingLockAfter, minutes)
	})
}

// SetSeen keeps back what this person opens ("back"), or leaves it to each group ("").
func (vm *VM) SetSeen(value string) {
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.SetSetting(ctx, present.SettingSeen, value) })
}

func seenOptions(now string) []present.Option {
	return []present.Option{
		{Value: "", Label: present.Say("settings.seen.group"), Chosen: now != present.SeenBack},
		{Value: present.SeenBack, Label: present.Say("settings.seen.back"), Chosen: now == present.SeenBack},
	}
}

// SetNearby turns looking for computers in the same house "on" or "off".
func (vm *VM) SetNearby(value string) {
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.Nearby(ctx, value == "on") })
}

// LockNow locks the home.
func (vm *VM) LockNow() {
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.Lock(ctx, present.LockedAsked) })
}

// ChangePassphrase changes the passphrase, or says at the fields what to put right.
func (vm *VM) ChangePassphrase(old, fresh, again string) {
	var errs []present.FieldError
	if old == "" {
		errs = append(errs, present.FieldError{Field: FieldOld, Say: present.Say("settings.passphrase.missing")})
	}
	if fresh == "" {
		errs = append(errs, present.FieldError{Field: FieldNew, Say: present.Say("trouble.weak-passphrase.next")})
	} else if fresh != again {
		errs = append(errs, present.FieldError{Field: FieldAgain, Say: present.Say("settings.passphrase.differ")})
	}
	going := false
	vm.Change(func() {
		going = vm.busy
		vm.errs, vm.pass, vm.done = errs, nil, false
		vm.busy = vm.busy || len(errs) == 0
	})
	if going || len(errs) > 0 {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.ChangePassphrase(ctx, old, fresh)
		vm.Change(func() {
			vm.busy, vm.pass, vm.done = false, err, err == nil
			if err == nil {
				vm.changed++
			}
		})
	})
}

func (vm *VM) ask(f func(ctx context.Context) error) {
	vm.Desk().Do(func(ctx context.Context) {
		err := f(ctx)
		vm.Change(func() { vm.err = err })
	})
}
