package people

import (
	"context"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// BoxesState is what the page of a group's mailboxes shows.
type BoxesState struct {
	Group             kp1.GID
	Back, Title, Text string
	Groups            []present.Option // Pick; none when there is one group
	Meet              present.Line     // how the group meets, where that is through mailboxes alone
	Boxes             []Box
	None, NoneText    string // in the place of Boxes
	Try               string // Try; empty where there is nothing to try
	Trying            string
	NotYou            string // for who does not lead; then nothing can be added

	AddHeading, AddText string
	Code, At            BoxField
	Add, Adding, Added  string // Add
	Switch              *Switch
	Waits               string // somebody else has to agree
	Problem             present.Problem
}

// BoxField is a field to type in.
type BoxField struct{ Label, Hint, Error string }

// Box is one mailbox.
type Box struct {
	ID, Title string
	Chip      present.Chip
	Reached   string
	Lines     []present.Line // what happened, what is safe, what next
	Lost      string
	Repair    string // to RepairTo; empty while all is well
	RepairTo  present.Route
	Drop      string // Drop: asks first
	Ask       string // whether it is to be dropped
	Yes, No   string // DropIt
}

// Switch asks whether a support group should meet through its mailbox alone.
type Switch struct {
	Title, Text, Yes, No string // Yes goes to To; No is Stay
	To                   present.Route
}

// Boxes keeps that page.
type Boxes struct {
	*present.Model[BoxesState]
	group kp1.GID
	visit
	asked   string // the mailbox that somebody may want to drop
	adding  bool
	added   bool
	waits   bool
	noCode  bool
	noPlace bool
}

// NewBoxes returns the page of group g, or of the first one when g is zero.
func NewBoxes(d *present.Desk, g kp1.GID) *Boxes {
	vm := &Boxes{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Boxes) make(w present.World, now time.Time) BoxesState {
	s := BoxesState{Back: present.Say("people.back"), Problem: present.Explain(vm.err), Text: present.Say("mailboxes.text")}
	g, ok := w.Pick(vm.group)
	if !ok {
		s.Title = present.Say("mailboxes.link.all")
		s.None, s.NoneText = present.Say("people.empty.nogroup"), present.Say("people.empty.nogroup.text")
		return s
	}
	s.Group, s.Groups, s.Title, s.Meet = g.ID, w.GroupOptions(g.ID), present.Say("mailboxes.title", "Group", g.Title()), g.MeetLine()
	for _, b := range g.Boxes {
		s.Boxes = append(s.Boxes, vm.box(g, b, w.Net, now))
	}
	switch {
	case len(g.Boxes) > 0:
		s.Try = present.Say("mailboxes.try")
	case g.Direct:
		s.None, s.NoneText = present.Say("mailboxes.none"), present.Say("mailboxes.none.text")
	default: // it is said once
		s.None, s.NoneText, s.Meet = present.Say("mailboxes.none"), s.Meet.Text, present.Line{}
	}
	if vm.trying {
		s.Trying = present.Say("mailboxes.trying")
	}
	if vm.waits {
		s.Waits = present.Say("mailboxes.waits")
	}
	if !g.Admin() {
		s.NotYou = present.Say("mailboxes.notyou", "People", g.WhoLeads(now))
		return s
	}
	s.AddHeading, s.AddText, s.Add = present.Say("mailboxes.add"), present.Say("mailboxes.add.text"), present.Say("mailboxes.add.do")
	if len(g.Boxes) == 0 {
		s.AddText += " " + present.Say("mailboxes.add.own")
	}
	s.Code = BoxField{Label: present.Say("mailboxes.add.code"), Hint: present.Say("mailboxes.add.code.hint")}
	s.At = BoxField{Label: present.Say("mailboxes.add.at"), Hint: present.Say("mailboxes.add.at.hint")}
	if vm.noCode {
		s.Code.Error = present.Say("mailboxes.add.code.missing")
	}
	if vm.noPlace {
		s.At.Error = present.Say("mailboxes.add.at.missing")
	}
	if vm.adding {
		s.Adding = present.Say("mailboxes.add.busy")
	}
	if vm.added && !vm.waits {
		s.Added = present.Say("mailboxes.add.done")
	}
	if g.Kind == present.PeerGroup && g.Direct && len(g.Boxes) > 0 && !(g.Seen != nil && g.Seen(stays(g))) {
		s.Switch = &Switch{
			present.Say("mailboxes.switch"), present.Say("mailboxes.switch.text"), present.Say("mailboxes.switch.yes"), present.Say("mailboxes.switch.no"),
			present.Route{Place: present.PlacePeople, Page: present.PageRules, Group: g.ID},
		}
	}
	return s
}

// stays names the answer that a group goes on meeting directly.
func stays(g present.Group) kp1.ID { return kp1.Sum(append([]byte("meets directly "), g.ID[:]...)) }

func (vm *Boxes) box(g present.Group, b present.Mailbox, n present.Net, now time.Time) Box {
	said := b.Said(n, now)
	x := Box{ID: b.ID, Title: b.Title(), Chip: said.Chip, Reached: said.Reached, Lines: linesOf(said.Problem)}
	if b.Lost > 0 {
		x.Lost = present.Count("mailboxes.lost", b.Lost)
	}
	switch {
	case b.Here:
		x.Repair, x.RepairTo = present.Say("mailboxes.here.see"), present.Route{Place: present.PlaceSettings, Page: present.PageStay}
		return x // it is set up and taken away there
	case b.Health(n) == present.BoxAway:
		x.Repair, x.RepairTo = present.Say("mailboxes.repair"), present.Route{Place: present.PlacePeople, Page: present.PageRepair, Group: g.ID, Name: b.ID}
	}
	if !g.Admin() {
		return x
	}
	if vm.asked == b.ID {
		x.Ask, x.Yes, x.No = present.Say("mailboxes.drop.ask"), present.Say("mailboxes.drop.yes"), present.Say("mailboxes.drop.no")
	} else {
		x.Drop = present.Say("mailboxes.drop")
	}
	return x
}

// linesOf puts what happened, what is safe and what is next on lines of their own.
func linesOf(p present.Problem) (out []present.Line) {
	for _, l := range []present.Line{{Icon: assets.IconWarning, Text: p.What}, {Icon: assets.IconShield, Text: p.Safe}, {Icon: assets.IconForward, Text: p.Next}} {
		if l.Text != "" {
			out = append(out, l)
		}
	}
	return out
}

// Pick shows the mailboxes of another group.
func (vm *Boxes) Pick(id string) {
	all := vm.Desk().World().Groups
	vm.Change(func() {
		if i := slices.IndexFunc(all, func(g present.Group) bool { return g.ID.String() == id }); i >= 0 {
			vm.group, vm.asked, vm.err, vm.added, vm.waits = all[i].ID, "", nil, false, false
		}
	})
}

// Try looks into the mailboxes now.
func (vm *Boxes) Try() { vm.begin(vm.Desk(), vm.Change) }

// visit is a look into all mailboxes that somebody asked for, and the last thing that went wrong on the page.
type visit struct {
	trying bool
	err    error
}

// begin looks into the mailboxes, unless that is going on.
func (v *visit) begin(d *present.Desk, change func(func())) {
	going := false
	change(func() { going, v.trying, v.err = v.trying, true, nil })
	if going {
		return
	}
	d.Do(func(ctx context.Context) {
		err := d.Core.VisitMailboxes(ctx)
		change(func() { v.trying, v.err = false, err })
	})
}

// Add has the group use a mailbox: typed is a link, or eight words with or without their place; at is the place.
func (vm *Boxes) Add(typed, at string) {
	text, place := spoken(typed)
	if place == "" {
		place = strings.TrimSpace(at)
	}
	g, ok := vm.Desk().World().Pick(vm.group)
	going := !ok
	vm.Change(func() {
		vm.noCode, vm.noPlace = text == "", text != "" && place == "" && !strings.Contains(text, "#")
		if going = going || vm.adding || vm.noCode || vm.noPlace; !going {
			vm.adding, vm.added, vm.waits, vm.err = true, false, false, nil
		}
	})
	if going {
		return
	}
	if strings.Contains(text, "#") { // whatever a mail program has made of a link
		text, place = strings.Join(strings.Fields(text), ""), ""
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.PairMailbox(ctx, g.ID, text, place)
		vm.Change(func() { vm.adding, vm.added, vm.err = false, err == nil, err })
	})
}

// spoken takes "eight words at a place" apart.
func spoken(typed string) (text, at string) {
	f := strings.Fields(typed)
	if i := slices.IndexFunc(f, func(w string) bool { return strings.EqualFold(w, "at") }); i >= 0 {
		return strings.Join(f[:i], " "), strings.Join(f[i+1:], "")
	}
	return strings.Join(f, " "), ""
}

// Drop asks whether the group should stop using a mailbox.
func (vm *Boxes) Drop(id string) { vm.Change(func() { vm.asked = id }) }

// DropIt does so, or leaves it.
func (vm *Boxes) DropIt(yes bool) {
	id := ""
	g, ok := vm.Desk().World().Pick(vm.group)
	vm.Change(func() { id, vm.asked, vm.err = vm.asked, "", nil })
	if !yes || !ok || id == "" {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		d, err := vm.Desk().Core.DropMailbox(ctx, g.ID, id)
		vm.Change(func() { vm.err, vm.waits, vm.added = err, d.Waits || d.Later, false })
	})
}

// Stay leaves it as it is how the group meets; it is not asked again on this computer.
func (vm *Boxes) Stay() {
	g, ok := vm.Desk().World().Pick(vm.group)
	if ok {
		vm.Desk().Do(func(ctx context.Context) { vm.Desk().Core.Seen(ctx, g.ID, stays(g)) })
	}
}
