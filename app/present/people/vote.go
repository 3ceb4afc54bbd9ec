package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// VoteState is what the page shows on which a group that nobody leads any more chooses somebody.
type VoteState struct {
	Back, Title, Text string
	Rows              []VoteRow
	Chosen            present.Line  // for whom this person is
	Empty             present.Empty // somebody leads the group (again)
	Busy              string
	Problem           present.Problem
}

// VoteRow is somebody who could lead.
type VoteRow struct {
	Member kp1.MID
	Face   present.Face
	Name   string
	Text   string // who is for them, and how many are missing
	Yes    string // Vote; empty when this person is for them already, or may not vote
}

// Vote keeps that page.
type Vote struct {
	*present.Model[VoteState]
	group kp1.GID
	busy  bool
	err   error
}

// NewVote returns the page of group g.
func NewVote(d *present.Desk, g kp1.GID) *Vote {
	vm := &Vote{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// Needed is how many votes elect: more than half.
func needed(g present.Group) int { return g.Voters/2 + 1 }

func (vm *Vote) make(w present.World, now time.Time) VoteState {
	g, ok := w.Find(vm.group)
	s := VoteState{Back: present.Say("people.back"), Title: present.Say("people.vote.title"), Problem: present.Explain(vm.err)}
	if !ok || !g.State.Headless {
		s.Empty = present.Empty{Icon: assets.IconDone, Heading: present.Say("people.vote.over"), Text: leaders(g, now)}
		return s
	}
	s.Text = present.Say("people.vote.text", "Need", needed(g), "Of", g.Voters)
	for _, m := range g.Members(now) {
		if m.Rank < kp1.RankMember {
			continue
		}
		r := VoteRow{Member: m.ID, Face: m.Face, Name: m.Name, Text: present.Say("people.vote.none")}
		if m.Me {
			r.Name = present.Say("people.you", "Name", m.Name)
		}
		mine := false
		for _, c := range g.Ballot {
			if c.Member != m.ID {
				continue
			}
			var by []string
			for _, b := range c.By {
				by = append(by, g.NameOrYou(b))
				mine = mine || b == g.Me
			}
			r.Text = present.Count("people.vote.for", max(0, needed(g)-len(c.By)), "People", present.People(by...))
		}
		switch {
		case mine:
			s.Chosen = present.Line{Icon: assets.IconDone, Text: present.Say("people.vote.mine", "Name", r.Name)}
		case g.MyRank() >= kp1.RankMember && !g.Waits:
			r.Yes = present.Say("people.vote.yes", "Name", m.Name)
			if m.Me {
				r.Yes = present.Say("people.vote.yes.you")
			}
		}
		s.Rows = append(s.Rows, r)
	}
	if vm.busy {
		s.Busy = present.Say("people.vote.busy")
	}
	return s
}

// leaders says who leads a group.
func leaders(g present.Group, now time.Time) string {
	var names []string
	for _, m := range g.Members(now) {
		if m.Rank >= kp1.RankAdmin {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return present.Count("people.vote.leads", len(names), "People", present.People(names...))
}

// For says whom this person wants to lead.
func (vm *Vote) For(m kp1.MID) {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Vote(ctx, vm.group, m)
		vm.Change(func() { vm.busy, vm.err = false, err })
	})
}
