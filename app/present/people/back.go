package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// BackState is what the page shows on which anybody makes a way back for somebody of the group who has lost every computer
// and has their twelve words.
type BackState struct {
	Back, Title, Text string
	Then              string
	Steps             []string // what happens, in order
	Make              string   // main button: Make
	Busy              string
	Made              *Made // the way back just made
	Problem           present.Problem
}

// Back keeps that page.
type Back struct {
	*present.Model[BackState]
	group  kp1.GID
	busy   bool
	made   *present.Invite
	copied bool
	err    error
}

// NewBack returns the page of ways back into group g.
func NewBack(d *present.Desk, g kp1.GID) *Back {
	vm := &Back{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Back) make(w present.World, now time.Time) BackState {
	g, _ := w.Find(vm.group)
	s := BackState{
		Back: present.Say("people.back"), Title: present.Say("people.wayback.title", "Group", g.Title()), Text: present.Say("people.wayback.text"),
		Then:  present.Say("people.wayback.then"),
		Steps: []string{present.Say("people.wayback.send"), present.Say("people.wayback.start"), present.Say("people.wayback.ring")},
		Make:  present.Say("people.wayback.make"), Problem: present.Explain(vm.err),
	}
	if vm.busy {
		s.Busy = present.Say("people.wayback.busy")
	}
	if vm.made == nil {
		return s
	}
	s.Made = &Made{
		Title: present.Say("people.wayback.done"), Text: present.Say("people.wayback.done.text", "Until", until(vm.made.Expires, now)),
		Link: vm.made.Link, Copy: present.Say("people.wayback.copy"),
		On: present.Line{Icon: assets.IconComputer, Text: present.Say("people.invite.done.on")},
	}
	if vm.made.Waits {
		s.Made.On = present.Line{}
	}
	if vm.copied {
		s.Made.Copied = present.Say("people.invite.copied")
	}
	return s
}

// Make makes a way back.
func (vm *Back) Make() {
	going := false
	vm.Change(func() { going, vm.busy, vm.copied, vm.err = vm.busy, true, false, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		made, err := vm.Desk().Core.Invite(ctx, vm.group, present.InviteAsk{Back: true})
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.made = &made
			}
		})
	})
}

// Copied notes that the way back was copied, so that the page says so.
func (vm *Back) Copied() { vm.Change(func() { vm.copied = true }) }
