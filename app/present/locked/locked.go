// Package locked turns a locked home into what its page says. Nothing of the store is open then, and the page shows
// nothing of it. It never touches Fyne, the disk or the network.
package locked

import (
	"context"
	"time"

	"kith/app/present"
	"kith/app/present/help"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/when"
)

// State is what the locked page shows.
type State struct {
	Title, Text   string
	Label, Hint   string // of the one field
	Show          string // tick: show what I type
	Open          string // the main button
	Forgotten     string // link: opens ForgottenText
	Close         string // link: closes Kith
	Quiet         string
	Busy          string // being opened; empty when not
	Problem       present.Problem
	Empty         string // what to put right at the field; empty when nothing
	ForgottenOpen bool
	ForgottenHead string
	ForgottenText []string
	Back          string
	Wipe          string // link, under ForgottenText: opens what takes everything off
	WipeOpen      bool   // its words are those of app/present/settings
	Keep          string // closes it
	Numbers       help.Numbers
	Watch         present.Line
	Tries         int // grows with every answer, so that the screen can empty the field and put the focus there
}

// VM keeps the locked page.
type VM struct {
	*present.Model[State]
	busy      bool
	empty     bool
	forgotten bool
	wipe      bool // what takes everything off is open
	tries     int
	err       error
}

// New returns the locked page's view model.
func New(d *present.Desk) *VM {
	vm := &VM{}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *VM) make(w present.World, now time.Time) State {
	s := State{
		Title:         present.Say("locked.title"),
		Text:          reason(w, now),
		Label:         present.Say("locked.label"),
		Hint:          present.Say("locked.hint"),
		Show:          present.Say("locked.show"),
		Open:          present.Say("locked.open"),
		Forgotten:     present.Say("locked.forgotten"),
		Close:         present.Say("locked.close"),
		Quiet:         present.Say("locked.quiet"),
		Problem:       present.Explain(vm.err),
		ForgottenOpen: vm.forgotten,
		ForgottenHead: present.Say("locked.forgotten.title"),
		ForgottenText: []string{present.Say("locked.forgotten.text"), present.Say("locked.forgotten.anew")},
		Back:          present.Say("locked.forgotten.back"),
		Wipe:          present.Say("settings.wipe"),
		WipeOpen:      vm.wipe,
		Keep:          present.Say("locked.keep"),
		Numbers:       help.List(now, true),
		Watch:         present.Line{Icon: assets.IconWarning, Text: present.Say("help.watch.locked")},
		Tries:         vm.tries,
	}
	if vm.busy {
		s.Busy = present.Say("locked.opening")
	}
	if vm.empty {
		s.Empty = present.Say("locked.empty")
	}
	return s
}

func reason(w present.World, now time.Time) string {
	if w.LockedAt.IsZero() {
		return present.Say("locked.safe")
	}
	at := present.Within(w.LockedAt, now)
	say := func(today, before words.Key) string {
		if when.DateOf(w.LockedAt.In(now.Location())) == when.DateOf(now) {
			return present.Say(today, "Time", at)
		}
		return present.Say(before, "Time", at)
	}
	switch w.LockedBy {
	case present.LockedIdle:
		return say("locked.idle", "locked.idle.before")
	case present.LockedHide:
		return say("locked.hidden", "locked.hidden.before")
	case present.LockedAway:
		return present.Say("locked.away")
	case present.LockedAsked:
		return say("locked.asked", "locked.asked.before")
	}
	return present.Say("locked.safe")
}

// Unlock opens the home with what was typed. While one try goes on, another is not begun.
func (vm *VM) Unlock(passphrase string) {
	going := false
	vm.Change(func() {
		going = vm.busy
		vm.err = nil
		vm.empty = passphrase == ""
		if !vm.empty {
			vm.busy = true
		}
	})
	if going || passphrase == "" {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.Unlock(ctx, passphrase)
		vm.Change(func() { vm.busy, vm.err, vm.tries = false, err, vm.tries+1 })
	})
}

// Forgotten shows or hides what to do about a forgotten passphrase.
func (vm *VM) Forgotten(open bool) { vm.Change(func() { vm.forgotten, vm.wipe = open, false }) }

// Wiping shows or hides what takes everything off this computer. It needs no passphrase: who has forgotten theirs can only
// begin anew.
func (vm *VM) Wiping(open bool) { vm.Change(func() { vm.forgotten, vm.wipe = !open, open }) }
