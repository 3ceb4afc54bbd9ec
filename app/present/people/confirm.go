package people

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/kp1"
)

// ConfirmState is what the page shows on which somebody is removed or gets another role, or this person leaves.
type ConfirmState struct {
	Back, Title, Text string
	Does, DoesNot     []string // what it does and what it does not do, under these headings
	DoesHeading       string
	DoesNotHeading    string
	Yes, No           string // Yes is the filled button, empty where it cannot be done; No goes back
	Danger            bool   // Yes takes something away
	Done              bool   // back to the list
	Problem           present.Problem
}

// Confirm keeps that page.
type Confirm struct {
	*present.Model[ConfirmState]
	group  kp1.GID
	member kp1.MID // zero: this person leaves
	role   bool    // they get another role
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

// NewRole returns the page on which member m of group g gets another role: a guest becomes a member, a member helps to
// lead, and who leads no longer does.
func NewRole(d *present.Desk, g kp1.GID, m kp1.MID) *Confirm {
	vm := &Confirm{group: g, member: m, role: true}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// NewLeave returns the page on which this person leaves group g.
func NewLeave(d *present.Desk, g kp1.GID) *Confirm { return NewRemove(d, g, kp1.MID{}) }

func (vm *Confirm) make(w present.World, _ time.Time) ConfirmState {
	g, _ := w.Find(vm.group)
	s := ConfirmState{Back: present.Say("people.back"), Done: vm.done, Danger: true, Problem: present.Explain(vm.err)}
	if vm.member.IsZero() {
		return leaving(s, g)
	}
	name := g.NameOf(vm.member)
	m, _ := g.State.Member(vm.member)
	if vm.role {
		title, text, yes := words.Key("people.lead.title"), words.Key("people.lead.text"), words.Key("people.lead.yes")
		switch m.Rank {
		case kp1.RankAdmin:
			title, text, yes = "people.follow.title", "people.follow.text", "people.follow.yes"
		case kp1.RankGuest:
			title, text, yes = "people.join.title", "people.join.text", "people.join.yes"
		}
		s.Danger = m.Rank >= kp1.RankAdmin
		s.Title, s.Text = present.Say(title, "Name", name, "Group", g.Title()), present.Say(text, "Name", name)
		if m.Rank > kp1.RankGuest {
			s.Text = vm.second(g, s.Text)
		}
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

// leaving is what the page says on which this person leaves. Who alone leads others has to hand that on first; who is
// alone ends the group.
func leaving(s ConfirmState, g present.Group) ConfirmState {
	switch {
	case g.Alone():
		s.Title, s.Text = present.Say("people.end.title", "Group", g.Title()), present.Say("people.end.text")
		if len(g.Devices) > 1 {
			s.Text += " " + present.Say("people.end.other")
		}
		s.Yes, s.No = present.Say("people.end.yes"), present.Say("people.end.no")
	case g.OnlyLeader():
		s.Title = present.Say("people.leave.only.title", "Group", g.Title())
		s.Text, s.No = present.Say("people.leave.only")+" "+present.Say("people.leave.only.next"), s.Back
	default:
		s.Title, s.Text = present.Say("people.leave.title", "Group", g.Title()), present.Say("people.leave.text")
		s.Yes, s.No = present.Say("people.leave.yes"), present.Say("people.leave.no")
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

// next is the role that a member gets on the page.
func next(g present.Group, m kp1.MID) uint8 {
	if now, _ := g.State.Member(m); now.Rank == kp1.RankMember {
		return kp1.RankAdmin
	}
	return kp1.RankMember
}

// Do does what the page asks.
func (vm *Confirm) Do() {
	going := false
	g, _ := vm.Desk().World().Find(vm.group)
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		var err error
		switch {
		case vm.member.IsZero() && g.Alone():
			err = vm.Desk().Core.End(ctx, vm.group)
		case vm.member.IsZero():
			err = vm.Desk().Core.Leave(ctx, vm.group)
		case vm.role:
			_, err = vm.Desk().Core.SetRank(ctx, vm.group, vm.member, next(g, vm.member))
		default:
			err = vm.Desk().Core.Remove(ctx, vm.group, vm.member)
		}
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
