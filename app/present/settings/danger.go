package settings

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
)

// DangerState is what the page shows on which Kith is locked for good or emptied, before somebody else gets at it.
type DangerState struct {
	Back, Title                string
	PanicHeading, PanicText    string
	PanicWipes                 present.Line // what makes it a wipe here; empty where it is none
	PanicTick                  string       // to be ticked first where it is a wipe; empty otherwise
	Panic                      string
	WipeHeading, WipeText      string
	Does                       []present.Line
	WordLabel, WordHint, Wrong string // what has to be typed before
	Wipe, Busy                 string
	Problem                    present.Problem
}

// Danger keeps the page.
type Danger struct {
	*present.Model[DangerState]
	wipes bool
	wrong bool
	tick  bool
	busy  bool
	err   error
}

// NewDanger returns the page. It looks at once whether a panic lock would be a wipe.
func NewDanger(d *present.Desk) *Danger {
	vm := &Danger{}
	vm.wipes, vm.err = d.Core.PanicWipes()
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Danger) make(present.World, time.Time) DangerState {
	s := DangerState{
		Back: present.Say("settings.title"), Title: present.Say("settings.danger"),
		PanicHeading: present.Say("settings.panic"), PanicText: present.Say("settings.panic.text"), Panic: present.Say("settings.panic.button"),
		WipeHeading: present.Say("settings.wipe"), WipeText: present.Say("settings.wipe.text"), Wipe: present.Say("settings.wipe.button"),
		Does: []present.Line{
			{Icon: assets.IconCross, Text: present.Say("settings.wipe.does.here")},
			{Icon: assets.IconPeople, Text: present.Say("settings.wipe.does.others")},
			{Icon: assets.IconSave, Text: present.Say("settings.wipe.does.back")},
		},
		WordLabel: present.Say("settings.wipe.word", "Word", present.Say("settings.wipe.theword")), WordHint: present.Say("settings.wipe.word.hint"),
		Problem: present.Explain(vm.err),
	}
	if vm.wipes {
		s.PanicText = present.Say("settings.panic.wipes.text")
		s.PanicWipes = present.Line{Icon: assets.IconWarning, Text: present.Say("settings.panic.wipes")}
		s.PanicTick = present.Say("settings.panic.tick")
		s.Panic = present.Say("settings.panic.wipes.button")
	}
	if vm.wrong {
		s.Wrong = present.Say("settings.wipe.wrong", "Word", present.Say("settings.wipe.theword"))
	}
	if vm.busy {
		s.Busy = present.Say("settings.wipe.busy")
	}
	return s
}

// Tick says that this person has read that a panic lock takes everything away here.
func (vm *Danger) Tick(yes bool) { vm.Change(func() { vm.tick = yes }) }

// Panic locks at once. Where that is a wipe it does nothing before Tick.
func (vm *Danger) Panic() {
	var wipe bool
	vm.Read(func() { wipe = vm.wipes && vm.tick })
	if vm.wipes && !wipe {
		return
	}
	vm.ask(func(ctx context.Context) error {
		_, err := vm.Desk().Core.Panic(ctx, wipe)
		return err
	})
}

// Wipe takes everything off this computer, once the word was typed.
func (vm *Danger) Wipe(typed string) {
	right := strings.EqualFold(strings.TrimSpace(typed), present.Say("settings.wipe.theword"))
	vm.Change(func() { vm.wrong = !right })
	if right {
		vm.ask(vm.Desk().Core.Wipe)
	}
}

func (vm *Danger) ask(f func(context.Context) error) {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := f(ctx)
		vm.Change(func() { vm.busy, vm.err = false, err })
	})
}
