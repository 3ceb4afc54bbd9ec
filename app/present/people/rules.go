package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/group"
	"kith/store/kp1"
)

// RulesState is what the page shows of what holds in a group.
type RulesState struct {
	Back, Title string
	Label, Text string
	Devices     []present.Option // SetDevices: RuleTold, RuleAsked; none for who does not lead
	Holds       present.Line     // what holds now, for who does not lead
	Waits       string           // somebody else has to agree; empty
	Note        string
	Problem     present.Problem
}

// What can hold for new computers of members.
const (
	RuleTold  = "told"  // everybody is told
	RuleAsked = "asked" // another member has to let it in
)

// Rules keeps that page.
type Rules struct {
	*present.Model[RulesState]
	group kp1.GID
	waits bool
	err   error
}

// NewRules returns the page of group g.
func NewRules(d *present.Desk, g kp1.GID) *Rules {
	vm := &Rules{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Rules) make(w present.World, _ time.Time) RulesState {
	g, _ := w.Find(vm.group)
	asked := g.State.Policy.DeviceAdd == group.DeviceAddConfirm
	s := RulesState{
		Back: present.Say("people.back"), Title: present.Say("people.rules.title", "Group", g.Title()), Label: present.Say("people.rules.devices"),
		Text: present.Say("people.rules.devices.text"), Note: present.Say("people.rules.devices.note"), Problem: present.Explain(vm.err),
	}
	if vm.waits {
		s.Waits = present.Say("people.second")
	}
	if !g.Admin() {
		s.Holds = present.Line{Icon: assets.IconComputer, Text: present.Say("people.rules.told")}
		if asked {
			s.Holds.Text = present.Say("people.rules.asked")
		}
		return s
	}
	s.Devices = []present.Option{
		{Value: RuleTold, Label: present.Say("people.rules.told"), Hint: present.Say("people.rules.told.hint"), Chosen: !asked},
		{Value: RuleAsked, Label: present.Say("people.rules.asked"), Hint: present.Say("people.rules.asked.hint"), Chosen: asked},
	}
	return s
}

// SetDevices says what holds for new computers.
func (vm *Rules) SetDevices(rule string) {
	set := group.DeviceAddNotify
	if rule == RuleAsked {
		set = group.DeviceAddConfirm
	}
	g, _ := vm.Desk().World().Find(vm.group)
	if g.State.Policy.DeviceAdd == set {
		return
	}
	vm.Change(func() { vm.err, vm.waits = nil, false })
	vm.Desk().Do(func(ctx context.Context) {
		d, err := vm.Desk().Core.SetPolicy(ctx, vm.group, group.PolicyFields{DeviceAdd: &set})
		vm.Change(func() { vm.err, vm.waits = err, d.Waits })
	})
}
