package people

import (
	"context"
	"slices"
	"strconv"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/group"
	"kith/store/kp1"
)

// RulesState is what the page shows of what holds in a group.
type RulesState struct {
	Back, Title string
	Devices     Rule   // SetDevices: RuleTold, RuleAsked
	Reach       Rule   // SetReach: present.ReachDirect, present.ReachMailbox; nothing changes before ReachIt
	Keep        Rule   // SetKeep: a number of days, 0 for good; nothing changes before KeepIt
	Seen        Rule   // SetSeen: RuleKept, RuleShown
	Waits       string // somebody else has to agree; empty
	Problem     present.Problem
}

// Rule is one thing that holds in a group.
type Rule struct {
	Label, Text string
	Options     []present.Option // none for who does not lead
	Holds       present.Line     // what holds now, for who does not lead
	Note        string
	Yes, No     string // what does what was chosen, in danger, and what does not; empty where nothing is to be said yet
}

// What can hold for new computers of members.
const (
	RuleTold  = "told"  // everybody is told
	RuleAsked = "asked" // another member has to let it in
)

// What can hold for what people have opened.
const (
	RuleKept  = "kept"  // nobody is told
	RuleShown = "shown" // who wrote it is told
)

// keepDays are the choices for how long a group keeps words, in days; 0 is for good.
var keepDays = []uint64{0, 365, 90, 30}

// Rules keeps that page.
type Rules struct {
	*present.Model[RulesState]
	group kp1.GID
	keep  *uint64 // days that were chosen, and not said yes to
	reach *uint8  // likewise how computers meet
	waits bool
	later bool // what was chosen waits until this computer has caught up
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
	s := RulesState{
		Back: present.Say("people.back"), Title: present.Say("people.rules.title", "Group", g.Title()), Problem: present.Explain(vm.err),
		Devices: devicesRule(g), Keep: vm.keepRule(g), Reach: vm.reachRule(g), Seen: seenRule(g),
	}
	switch {
	case vm.later:
		s.Waits = present.Say("people.later.text")
	case vm.waits:
		s.Waits = present.Say("people.second")
	}
	if g.Admin() {
		s.Devices.Holds, s.Keep.Holds, s.Reach.Holds, s.Seen.Holds = present.Line{}, present.Line{}, present.Line{}, present.Line{}
	} else {
		s.Devices.Options, s.Keep.Options, s.Reach.Options, s.Seen.Options = nil, nil, nil, nil
	}
	return s
}

func devicesRule(g present.Group) Rule {
	asked := g.State.Policy.DeviceAdd == group.DeviceAddConfirm
	return Rule{
		Label: present.Say("people.rules.devices"), Text: present.Say("people.rules.devices.text"), Note: present.Say("people.rules.devices.note"),
		Options: []present.Option{
			{Value: RuleTold, Label: present.Say("people.rules.told"), Hint: present.Say("people.rules.told.hint"), Chosen: !asked},
			{Value: RuleAsked, Label: present.Say("people.rules.asked"), Hint: present.Say("people.rules.asked.hint"), Chosen: asked},
		},
		Holds: present.Line{Icon: assets.IconComputer, Text: deviceRule(g.State.Policy.DeviceAdd)},
	}
}

func seenRule(g present.Group) Rule {
	shown := g.State.Policy.Seen == group.SeenShown
	return Rule{
		Label: present.Say("people.rules.seen"), Text: present.Say("people.rules.seen.text"), Note: present.Say("people.rules.seen.note"),
		Options: []present.Option{
			{Value: RuleKept, Label: seenWords(group.SeenKept), Chosen: !shown},
			{Value: RuleShown, Label: seenWords(group.SeenShown), Hint: present.Say("people.rules.seen.shown.hint"), Chosen: shown},
		},
		Holds: present.Line{Icon: assets.IconEye, Text: seenWords(g.State.Policy.Seen)},
	}
}

// seenWords says whether people are told what others have opened.
func seenWords(seen uint8) string {
	if seen == group.SeenShown {
		return present.Say("people.rules.seen.shown")
	}
	return present.Say("people.rules.seen.kept")
}

func (vm *Rules) keepRule(g present.Group) Rule {
	now := g.KeepDays()
	r := Rule{
		Label: present.Say("people.rules.keep"), Text: present.Say("people.rules.keep.text"), Note: present.Say("people.rules.keep.note"),
		Holds: present.Line{Icon: assets.IconWaiting, Text: kept(now)},
	}
	choices := keepDays
	if !slices.Contains(choices, now) {
		choices = append(slices.Clone(choices), now)
	}
	for _, days := range choices {
		chosen := vm.keep == nil && days == now || vm.keep != nil && days == *vm.keep
		r.Options = append(r.Options, present.Option{Value: strconv.FormatUint(days, 10), Label: kept(days), Chosen: chosen})
	}
	if g.Admin() && vm.keep != nil {
		r.Yes, r.No = present.Say("people.rules.keep.yes", "Rule", kept(*vm.keep)), present.Say("people.rules.keep.no")
	}
	return r
}

// reachRule is how the computers of a group meet. Either way something is given up: who sees whom, or meeting at once.
func (vm *Rules) reachRule(g present.Group) Rule {
	now, to := g.State.Policy.Reach, g.State.Policy.Reach
	if vm.reach != nil {
		to = *vm.reach
	}
	r := Rule{
		Label: present.Say("people.rules.reach"), Text: present.Say("people.rules.reach.text"),
		Options: []present.Option{
			{Value: present.ReachDirect, Label: reachWords(group.ReachDirect), Hint: present.Say("people.rules.direct.hint"), Chosen: to == group.ReachDirect},
			{Value: present.ReachMailbox, Label: reachWords(group.ReachMailbox), Hint: present.Say("people.rules.mailbox.hint"), Chosen: to == group.ReachMailbox},
		},
		Holds: present.Line{Icon: assets.IconComputer, Text: reachWords(now)},
	}
	switch {
	case len(g.State.Policy.Mailboxes) == 0 && g.Admin():
		r.Note = present.Say("people.rules.reach.none")
	case vm.reach != nil && to == group.ReachMailbox:
		r.Note = present.Say("people.rules.mailbox.note")
	case vm.reach != nil:
		r.Note = present.Say("people.rules.direct.note")
	}
	if g.Admin() && vm.reach != nil {
		r.Yes, r.No = present.Say("people.rules.reach.yes", "Rule", reachWords(to)), present.Say("people.rules.keep.no")
	}
	return r
}

// reachWords says how computers meet.
func reachWords(reach uint8) string {
	if reach == group.ReachMailbox {
		return present.Say("people.rules.mailbox")
	}
	return present.Say("people.rules.direct")
}

// deviceRule says what holds for new computers.
func deviceRule(set uint8) string {
	if set == group.DeviceAddConfirm {
		return present.Say("people.rules.asked")
	}
	return present.Say("people.rules.told")
}

// kept says for how long words are kept.
func kept(days uint64) string {
	switch days {
	case 0:
		return present.Say("people.rules.keep.good")
	case 365:
		return present.Say("people.rules.keep.year")
	}
	return present.Count("people.rules.keep.days", int(days)) //nolint:gosec // policy bounds it
}

// ruled says what a change of the rules would make of them; empty where there are no words for it.
func ruled(f group.PolicyFields) string {
	switch {
	case f.DeviceAdd != nil:
		return present.Say("people.rules.devices.new", "Rule", deviceRule(*f.DeviceAdd))
	case f.Seen != nil:
		return present.Say("people.rules.seen.new", "Rule", seenWords(*f.Seen))
	case f.Retention != nil:
		var then present.Group
		then.State.Policy.Retention = *f.Retention
		return present.Say("people.rules.keep.new", "Rule", kept(then.KeepDays()))
	case f.Reach != nil:
		return present.Say("people.rules.reach.new", "Rule", reachWords(*f.Reach))
	}
	return ""
}

// SetDevices says what holds for new computers.
func (vm *Rules) SetDevices(rule string) {
	set := group.DeviceAddNotify
	if rule == RuleAsked {
		set = group.DeviceAddConfirm
	}
	if g, _ := vm.Desk().World().Find(vm.group); g.State.Policy.DeviceAdd != set {
		vm.set(group.PolicyFields{DeviceAdd: &set})
	}
}

// SetSeen says whether people are told what others have opened.
func (vm *Rules) SetSeen(rule string) {
	set := group.SeenKept
	if rule == RuleShown {
		set = group.SeenShown
	}
	if g, _ := vm.Desk().World().Find(vm.group); g.State.Policy.Seen != set {
		vm.set(group.PolicyFields{Seen: &set})
	}
}

// SetKeep chooses for how many days words are kept. What is older cannot come back, so nothing changes before KeepIt.
func (vm *Rules) SetKeep(days string) {
	n, err := strconv.ParseUint(days, 10, 32)
	g, _ := vm.Desk().World().Find(vm.group)
	vm.Change(func() {
		if vm.keep = nil; err == nil && g.KeepDays() != n {
			vm.keep = &n
		}
	})
}

// KeepIt does what was chosen; without yes it is forgotten.
func (vm *Rules) KeepIt(yes bool) {
	var chosen *uint64
	vm.Change(func() { chosen, vm.keep = vm.keep, nil })
	if yes && chosen != nil {
		vm.set(present.KeepFor(*chosen))
	}
}

// SetReach chooses how the computers of the group meet. Nothing changes before ReachIt.
func (vm *Rules) SetReach(how string) {
	to := group.ReachDirect
	if how == present.ReachMailbox {
		to = group.ReachMailbox
	}
	g, _ := vm.Desk().World().Find(vm.group)
	vm.Change(func() {
		if vm.reach = nil; g.State.Policy.Reach != to {
			vm.reach = &to
		}
	})
}

// ReachIt does what was chosen; without yes it is forgotten.
func (vm *Rules) ReachIt(yes bool) {
	var chosen *uint8
	vm.Change(func() { chosen, vm.reach = vm.reach, nil })
	if yes && chosen != nil {
		vm.set(group.PolicyFields{Reach: chosen})
	}
}

func (vm *Rules) set(f group.PolicyFields) {
	vm.Change(func() { vm.err, vm.waits = nil, false })
	vm.Desk().Do(func(ctx context.Context) {
		d, err := vm.Desk().Core.SetPolicy(ctx, vm.group, f)
		vm.Change(func() { vm.err, vm.waits, vm.later = err, d.Waits, d.Later })
	})
}
