package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/store/kp1"
)

// ConfirmState is what the page shows on which somebody is removed, or this person leaves.
type ConfirmState struct {
	Back, Title, Text string
	Yes, No           string // Yes is the filled danger button; No goes back
	Done              bool   // back to the list
	Problem           present.Problem
}

// Confirm keeps that page.
type Confirm struct {
	*present.Model[ConfirmState]
	group  kp1.GID
	member kp1.MID // zero: this person leaves
	busy   bool
	done   bool
	err    error
}

// NewRemove returns the page on which member m is removed from group g.
func NewRemove(d *present.Desk, g kp1.GID, m kp1.MID) *Confirm {
	vm := &Confirm{group: g, member: m}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// NewLeave returns the page on which this person leaves group g.
func NewLeave(d *present.Desk, g kp1.GID) *Confirm { return NewRemove(d, g, kp1.MID{}) }

func (vm *Confirm) make(w present.World, _ time.Time) ConfirmState {
	g, _ := w.Find(vm.group)
	s := ConfirmState{Back: present.Say("people.back"), Done: vm.done, Problem: present.Explain(vm.err)}
	if vm.member.IsZero() {
		s.Title, s.Text = present.Say("people.leave.title", "Group", g.Title()), present.Say("people.leave.text")
		s.Yes, s.No = present.Say("people.leave.yes"), present.Say("people.leave.no")
		return s
	}
	name := g.NameOf(vm.member)
	s.Title, s.Text = present.Say("people.remove.title", "Name", name, "Group", g.Title()), present.Say("people.remove.text", "Name", name)
	s.Yes, s.No = present.Say("people.remove.yes", "Name", name), present.Say("people.remove.no", "Name", name)
	return s
}

// Do removes the person, or leaves.
func (vm *Confirm) Do() {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		var err error
		if vm.member.IsZero() {
			err = vm.Desk().Core.Leave(ctx, vm.group)
		} else {
			err = vm.Desk().Core.Remove(ctx, vm.group, vm.member)
		}
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
