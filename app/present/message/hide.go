package message

import (
	"context"
	"slices"

	"kith/app/present"
	"kith/store/kp1"
)

// gap is what is hidden between two messages that are shown, by who wrote it, in the order of their first there.
type gap []hidden

type hidden struct {
	by    kp1.MID
	first kp1.ID
	n     int
}

func (p *gap) add(by kp1.MID, id kp1.ID) {
	i := slices.IndexFunc(*p, func(h hidden) bool { return h.by == by })
	if i < 0 {
		i, *p = len(*p), append(*p, hidden{by: by, first: id})
	}
	(*p)[i].n++
}

// lines says it: one line for each person, in the place of all that they wrote there.
func (p gap) lines(g present.Group) []Bubble {
	var all []Bubble
	for _, h := range p {
		name := g.NameOf(h.by)
		all = append(all, Bubble{
			ID: h.first, By: h.by, Name: name, Hidden: present.Count("message.hidden", h.n, "Name", name), Show: present.Say("message.hidden.show"),
		})
	}
	return all
}

// leftOut counts the threads that are not listed because of who wrote them.
func leftOut(w present.World) int {
	n := 0
	for _, g := range w.Groups {
		if len(g.Hides) == 0 {
			continue
		}
		for _, t := range g.Threads().All() {
			if g.LeftOut(t) && (t.Known || t.Len() > 0) {
				n++
			}
		}
	}
	return n
}

// Hide hides what somebody writes, on this computer only, and Show shows it again.
func (vm *VM) Hide(who kp1.MID) { vm.setHidden(who, true) }

// Show undoes Hide.
func (vm *VM) Show(who kp1.MID) { vm.setHidden(who, false) }

func (vm *VM) setHidden(who kp1.MID, yes bool) {
	var g kp1.GID
	vm.Change(func() {
		g = vm.group
		vm.keep(vm.id, vm.entry(vm.id).free()) // it may answer what goes out of sight
		vm.to, vm.err = 0, nil                 // pages begin elsewhere now
	})
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.SetHidden(ctx, g, who, yes)
		vm.Change(func() { vm.err = err })
	})
}
