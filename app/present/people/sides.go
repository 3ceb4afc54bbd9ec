package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// SidesState is what the page shows when there are two versions of who belongs to a group, and no rule can say which is
// right.
type SidesState struct {
	Back, Title, Text string
	Sides             []Side
	Do                []string // what to do, one after another
	DoHeading         string
	Stand             string // button: this person has asked the others
	StandText         string
	Problem           present.Problem
	Empty             present.Empty // there is one version alone
}

// Side is one version: what happened on it, and who stands there.
type Side struct {
	Heading, Text string
	What          string
	People        []SidePerson
}

// SidePerson is somebody on one side.
type SidePerson struct {
	Member kp1.MID
	Face   present.Face
	Name   string
	Chip   present.Chip // whether their words were compared
}

// Sides keeps that page. Nothing can be chosen on it: people have to ring one another, and then say that they have.
type Sides struct {
	*present.Model[SidesState]
	group kp1.GID
	err   error
}

// NewSides returns the page of group g.
func NewSides(d *present.Desk, g kp1.GID) *Sides {
	vm := &Sides{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Sides) make(w present.World, now time.Time) SidesState {
	g, _ := w.Find(vm.group)
	s := SidesState{Back: present.Say("people.back"), Title: present.Say("people.sides.title"), Problem: present.Explain(vm.err)}
	if len(g.Splits) == 0 {
		s.Empty = present.Empty{Icon: assets.IconDone, Heading: present.Say("people.sides.empty"), Text: present.Say("people.sides.empty.text")}
		return s
	}
	split := g.Splits[0]
	s.Text = present.Say("people.sides.text", "Whose", present.Whose(g.NameOf(split.Member)))
	what := map[kp1.ID]string{}
	for _, m := range g.Matters {
		if m.Op == split.Second {
			what[split.Second] = Act(g, m.Act)
			for _, c := range m.Causes {
				what[c.Op] = Act(g, c)
			}
		}
	}
	s.Sides = []Side{
		{Heading: present.Say("people.sides.yours"), Text: present.Say("people.sides.yours.text"), What: what[split.First], People: side(g, append([]kp1.MID{g.Me}, split.Ours...), now)},
		{Heading: present.Say("people.sides.theirs"), Text: present.Say("people.sides.theirs.text"), What: what[split.Second], People: side(g, split.Theirs, now)},
	}
	s.DoHeading = present.Say("people.sides.do")
	s.Do = []string{present.Say("people.sides.do.ring"), present.Say("people.sides.do.wait"), present.Say("people.sides.do.new")}
	s.Stand, s.StandText = present.Say("people.sides.stand"), present.Say("people.sides.stand.text")
	return s
}

// StandBy says that this person has asked the others, and that the version stands that is here.
func (vm *Sides) StandBy() {
	g, _ := vm.Desk().World().Find(vm.group)
	if len(g.Splits) == 0 {
		return
	}
	d := g.Splits[0].Device
	vm.Change(func() { vm.err = nil })
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.StandBy(ctx, g.ID, d)
		vm.Change(func() { vm.err = err })
	})
}

func side(g present.Group, ms []kp1.MID, now time.Time) (out []SidePerson) {
	known := map[kp1.MID]present.Member{}
	for _, m := range g.Members(now) {
		known[m.ID] = m
	}
	seen := map[kp1.MID]bool{}
	for _, id := range ms {
		if seen[id] {
			continue
		}
		seen[id] = true
		p := SidePerson{Member: id, Face: g.FaceOf(id), Name: g.NameOf(id)}
		if m, ok := known[id]; ok {
			p.Chip = checked(m)
			if m.Me {
				p.Name = present.Say("people.you", "Name", m.Name)
			}
		} else {
			p.Chip = present.Chip{Icon: assets.IconWarning, Text: present.Say("people.sides.stranger"), Tone: present.ToneDanger}
		}
		out = append(out, p)
	}
	return out
}
