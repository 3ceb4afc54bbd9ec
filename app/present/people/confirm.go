package people

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/kp1"
)

// ConfirmState is what the page shows on which somebody is removed or comes to lead, or this person leaves.
type ConfirmState struct {
	Back, Title, Text string
	Does, DoesNot     []string // what it does and what it does not do, under these headings
	DoesHeading       string
	DoesNotHeading    string
	Yes, No           string // Yes is the filled button; No goes back
	Danger            bool   // Yes takes something away
	Done              bool   // back to the list
	Problem           present.Problem
}

// Confirm keeps that page.
type Confirm struct {
	*present.Model[ConfirmState]
	group  kp1.GID
	member kp1.MID // zero: this person leaves
	lead   bool    // it is about who leads
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

// NewLead returns the page on which member m of group g comes to lead it, or no longer does.
func NewLead(d *present.Desk, g kp1.GID, m kp1.MID) *Confirm {
	vm := &Confirm{group: g, member: m, lead: true}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// NewLeave returns the page on which this person leaves group g.
func NewLeave(d *present.Desk, g kp1.GID) *Confirm { return NewRemove(d, g, kp1.MID{}) }

func (vm *Confirm) make(w present.World, _ time.Time) ConfirmState {
	g, _ := w.Find(vm.group)
	s := ConfirmState{Back: present.Say("people.back"), Done: vm.done, Danger: true, Problem: present.Explain(vm.err)}
	if vm.member.IsZero() {
		s.Title, s.Text = present.Say("people.leave.title", "Group", g.Title()), present.Say("people.leave.text")
		s.Yes, s.No = present.Say("people.leave.yes"), present.Say("people.leave.no")
		return s
	}
	name := g.NameOf(vm.member)
	m, _ := g.State.Member(vm.member)
	if vm.lead {
		title, text, yes := words.Key("people.lead.title"), words.Key("people.lead.text"), words.Key("people.lead.yes")
		if s.Danger = m.Rank >= kp1.RankAdmin; s.Danger {
			title, text, yes = "people.follow.title", "people.follow.text", "people.follow.yes"
		}
		s.Title, s.Text = present.Say(title, "Name", name, "Group", g.Title()), vm.second(g, present.Say(text, "Name", name))
		s.Yes, s.No = present.Say(yes, "Name", name), present.Say("people.lead.no")
		return s
	}
	s.Title = present.Say("people.remove.title", "Name", name, "Group", g.Title())
	s.DoesHeading, s.DoesNotHeading = present.Say("people.does"), present.Say("people.doesnot")
	s.Does = []string{present.Say("people.remove.does.new", "Name", name), present.Say("people.remove.does.keys", "Name", name), present.Say("people.remove.does.all")}
	s.DoesNot = []string{present.Say("people.remove.not.seen", "Name", name), present.Say("people.remove.not.written", "Name", name), present.Say("people.remove.not.told")}
	s.Yes, s.No = present.Say("people.remove.yes", "Name", name), present.Say("people.remove.no", "Name", name)
	if m.Rank >= kp1.RankAdmin {
		s.Text = vm.second(g, s.Text)
	}
	return s
}

// second says that somebody else has to agree, where that is so: besides this person and whom it is about, another leads.
func (vm *Confirm) second(g present.Group, text string) string {
	if me, _ := g.State.Member(g.Me); me.Rank >= kp1.RankSteward {
		return text // a steward needs nobody
	}
	for _, m := range g.State.Members {
		if m.Rank >= kp1.RankAdmin && m.ID != g.Me && m.ID != vm.member {
			return strings.TrimSpace(text + " " + present.Say("people.second"))
		}
	}
	return text
}

// Do does what the page asks.
func (vm *Confirm) Do() {
	going, danger := false, vm.State().Danger
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		var err error
		switch {
		case vm.member.IsZero():
			err = vm.Desk().Core.Leave(ctx, vm.group)
		case vm.lead:
			err = vm.Desk().Core.Lead(ctx, vm.group, vm.member, !danger)
		default:
			err = vm.Desk().Core.Remove(ctx, vm.group, vm.member)
		}
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
