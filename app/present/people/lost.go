package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/group"
	"kith/store/kp1"
)

// LostState is what the page shows on which a computer is taken out, before and after.
type LostState struct {
	Back, Title, Text string

	DoesHeading, DoesNotHeading string
	Does, DoesNot               []string
	Yes, No                     string // Yes is the filled button; both empty once it is out

	Out     string       // it is out now, as a heading; empty before
	OutText string       // and what to do next
	Heard   present.Line // who has not heard of it yet

	DoneHeading, DoneText string
	Done                  []Deed
	Busy                  string
	Gone                  present.Empty // there is no such computer
	Problem               present.Problem
}

// Deed is one thing that a lost computer did.
type Deed struct {
	Key        string
	Text, When string
	Undo       string // button, to To; empty where nothing is to undo
	To         present.Route
}

// Lost keeps that page.
type Lost struct {
	*present.Model[LostState]
	group  kp1.GID
	member kp1.MID
	device kp1.DID
	done   *present.Done
	busy   bool
	waits  bool // another has to agree, or this computer has to catch up first
	err    error
}

// NewLost returns the page on which the computer that r names is taken out.
func NewLost(d *present.Desk, r present.Route) *Lost {
	vm := &Lost{group: r.Group, member: r.Member}
	vm.device, vm.err = kp1.ParseDID(r.Name)
	vm.Model = present.NewModel(d, vm.make)
	d.Do(func(ctx context.Context) {
		done, err := d.Core.DoneBy(ctx, vm.group, vm.device)
		vm.Change(func() {
			if vm.err = err; err == nil {
				vm.done = &done
			}
		})
	})
	return vm
}

func (vm *Lost) make(w present.World, now time.Time) LostState {
	s := LostState{Back: present.Say("people.back"), Problem: present.Explain(vm.err)}
	g, ok := w.Find(vm.group)
	if !ok {
		return vm.gone(s)
	}
	name, mine := g.NameOf(vm.member), vm.member == g.Me
	said := func(theirs, own words.Key) string {
		if mine {
			return present.Say(own)
		}
		return present.Say(theirs, "Name", name)
	}
	var out *present.Removal
	for i, r := range g.Removals {
		for _, d := range r.Devices {
			if d == vm.device {
				out = &g.Removals[i]
			}
		}
	}
	_, in := g.State.Device(vm.device)
	for _, d := range g.Devices {
		in = in || d.ID == vm.device
	}
	for _, d := range g.State.Waiting {
		in = in || d.ID == vm.device
	}
	s.Title = said("people.lost.title", "people.lost.title.you")
	switch {
	case out != nil:
		s.Out, s.OutText, s.Heard = present.Say("people.lost.out"), said("people.lost.next", "people.lost.next.you"), heard(g, *out)
	case vm.waits:
		s.Out, s.OutText = present.Say("people.lost.asked"), present.Say("people.second")
	case !in:
		return vm.gone(s)
	default:
		s.Text = said("people.lost.text", "people.lost.text.you")
		s.DoesHeading, s.DoesNotHeading = present.Say("people.does"), present.Say("people.doesnot")
		s.Does = []string{present.Say("people.lost.does.new"), present.Say("people.lost.does.ever")}
		s.DoesNot = []string{present.Say("people.lost.not.erase"), present.Say("people.lost.not.undo")}
		s.Yes, s.No = present.Say("people.lost.yes"), present.Say("people.lost.no")
	}
	vm.deeds(&s, g, now)
	if vm.busy {
		s.Busy = present.Say("people.lost.busy")
	}
	return s
}

func (vm *Lost) gone(s LostState) LostState {
	p := present.ExplainCode("E_NOT_FOUND")
	s.Title = present.Say("people.person.computers")
	s.Gone = present.Empty{Icon: assets.IconComputer, Heading: p.What, Text: p.Next, Button: s.Back, Go: present.Route{Place: present.PlacePeople}}
	return s
}

// deeds lists what the computer did, newest first: whoever found it may have done it.
func (vm *Lost) deeds(s *LostState, g present.Group, now time.Time) {
	if vm.done == nil {
		return
	}
	s.DoneHeading = present.Say("people.lost.done")
	for i := len(vm.done.Acts) - 1; i >= 0; i-- {
		a := vm.done.Acts[i]
		d := Deed{Key: a.Op.String(), Text: Act(g, a), When: moment(a.Time, now)}
		d.Undo, d.To = undo(g, a)
		s.Done = append(s.Done, d)
	}
	if vm.done.Wrote > 0 {
		s.DoneText = present.Count("people.lost.wrote", vm.done.Wrote, "When", present.DayWithin(vm.done.Last.In(now.Location()), now))
	} else {
		s.DoneText = present.Say("people.lost.wrote.none")
	}
	if len(s.Done) > 0 {
		s.DoneText += " " + present.Say("people.lost.done.text")
	}
}

// undo leads to where an act can be undone: the person it let in, or the computer it added.
func undo(g present.Group, a group.Act) (string, present.Route) {
	switch a.Type {
	case group.TypeAdmit, group.TypeSetRole:
		if g.In(a.Member) && a.Member != g.Me {
			return present.Say("people.lost.undo.person", "Name", g.NameOf(a.Member)),
				present.Route{Place: present.PlacePeople, Page: present.PageOne, Group: g.ID, Member: a.Member}
		}
	case group.TypeAddDevice, group.TypeConfirm:
		for _, d := range a.Devices {
			if _, in := g.State.Device(d); in && d != g.Here() {
				return present.Say("people.lost.undo.computer"), lostRoute(g, a.Member, d)
			}
		}
	}
	return "", present.Route{}
}

// heard says how many computers have not heard of a removal.
func heard(g present.Group, r present.Removal) present.Line {
	d := g.Has(r.Op)
	switch {
	case !d.Stored || d.Of == 0:
		return present.Line{Icon: assets.IconDone, Text: present.Say("people.heard.nobody")}
	case d.Devices >= d.Of:
		return present.Line{Icon: assets.IconDone, Text: present.Say("people.heard.all")}
	}
	var names []string
	for _, m := range d.HasNot {
		names = append(names, g.NameOf(m))
	}
	line := present.Line{Icon: assets.IconWaiting, Text: present.Count("people.heard", d.Of-d.Devices, "Of", d.Of)}
	if d.Of == 1 {
		line.Text = present.Say("people.heard.only")
	}
	if len(names) > 0 {
		line.Text += " " + present.Say("people.heard.who", "People", present.SomePeople(mostNames, names...))
	}
	return line
}

// mostNames is how many names a line about who has not heard says before it counts.
const mostNames = 6

// Do takes the computer out.
func (vm *Lost) Do() {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		d, err := vm.Desk().Core.Revoke(ctx, vm.group, vm.device)
		vm.Change(func() { vm.busy, vm.err, vm.waits = false, err, d.Waits || d.Later })
	})
}
