package settings

import (
	"time"

	"kith/app/present"
	"kith/assets"
)

// StayState is what the page shows of whether Kith goes on when its window is closed, and starts with the computer.
type StayState struct {
	Back, Title, Text string
	CloseLabel        string
	Close             []present.Option // SetClose; none where somebody has just closed the window
	Means             []present.Line   // what it means for messages, and how to come back
	Go, Stop          string           // the two answers of who has just closed the window: Answer
	StartLabel        string
	Start             []present.Option // SetStart; none where this system does not say how
	StartMeans        present.Line
	Problem           present.Problem
}

// Boot is how a system starts a program with the computer. It is a file: that it is there is the choice.
type Boot interface {
	On() bool
	Set(on bool) error
}

const (
	stayOn  = "on"
	stayOff = "off"
)

// Stay keeps that page.
type Stay struct {
	*present.Model[StayState]
	boot   Boot
	closed bool // the page shows because somebody has closed the window
	err    error
}

// NewStay returns the page; boot is nil where nothing can be started with the computer. closed has it ask once, in the
// place of closing the window.
func NewStay(d *present.Desk, boot Boot, closed bool) *Stay {
	vm := &Stay{boot: boot, closed: closed}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Stay) make(present.World, time.Time) StayState {
	stay := vm.Desk().Core.Look().Stay
	s := StayState{Back: present.Say("settings.title"), Title: present.Say("settings.stay"), Text: present.Say("settings.stay.text"), Problem: present.Explain(vm.err)}
	s.Means = []present.Line{
		{Icon: assets.IconGoing, Text: present.Say("settings.stay.means")},
		{Icon: assets.IconLock, Text: present.Say("settings.stay.lock")},
		{Icon: assets.IconComputer, Text: present.Say("settings.stay.back")},
	}
	if vm.closed {
		s.Title = present.Say("settings.stay.ask")
		s.Go, s.Stop = present.Say("settings.stay.go"), present.Say("settings.stay.stop")
		s.Text = present.Say("settings.stay.ask.text")
		return s
	}
	s.CloseLabel = present.Say("settings.stay.close")
	s.Close = []present.Option{
		{Value: stayOff, Label: present.Say("settings.stay.off"), Hint: present.Say("settings.stay.off.hint"), Chosen: stay == present.StayOff},
		{Value: stayOn, Label: present.Say("settings.stay.on"), Hint: present.Say("settings.stay.on.hint"), Chosen: stay == present.StayOn},
	}
	s.StartLabel = present.Say("settings.start")
	if vm.boot == nil {
		s.StartMeans = present.Line{Icon: assets.IconHelp, Text: present.Say("settings.start.none")}
		return s
	}
	on := vm.boot.On()
	s.Start = []present.Option{
		{Value: stayOff, Label: present.Say("settings.start.off"), Chosen: !on},
		{Value: stayOn, Label: present.Say("settings.start.on"), Chosen: on},
	}
	s.StartMeans = present.Line{Icon: assets.IconLock, Text: present.Say("settings.start.means")}
	return s
}

// SetClose says what closing the window does: "on" leaves Kith running, "off" stops it.
func (vm *Stay) SetClose(value string) {
	_ = vm.keep(value == stayOn) // the page says what went wrong
}

// Answer is SetClose of who has just closed the window. It reports whether it could be kept.
func (vm *Stay) Answer(goOn bool) bool { return vm.keep(goOn) == nil }

func (vm *Stay) keep(goOn bool) error {
	l := vm.Desk().Core.Look()
	if l.Stay = present.StayOff; goOn {
		l.Stay = present.StayOn
	}
	err := vm.Desk().Core.SetLook(l)
	vm.Change(func() { vm.err = err })
	return err
}

// SetStart has Kith start with the computer, "on", or takes that back, "off".
func (vm *Stay) SetStart(value string) {
	if vm.boot == nil {
		return
	}
	err := vm.boot.Set(value == stayOn)
	vm.Change(func() { vm.err = err })
}
