package people

import (
	"context"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/people"
	"kith/store/kp1"
)

// PersonState is what the page of one person shows.
type PersonState struct {
	Back     string
	Face     present.Face
	Name, As string
	Chip     present.Chip

	WordsHeading, WordsText string
	Words                   []string // empty while they are worked out; then WordsBusy says so
	WordsBusy               string
	Tick                    string // SetChecked; empty for this person's own page
	Ticked                  bool

	ComputersHeading string
	Computers        []Computer

	Home string // "Lives at: The Elms"; empty when not said

	Mine   *Mine  // this person's own page: what the group calls them
	Lead   string // button, to LeadTo; empty when this person may not
	LeadTo present.Route
	Remove string // danger button, to To; empty when this person may not
	To     present.Route
	Gone   present.Empty // the person is not in the group (any more)

	Problem present.Problem
}

// Computer is one computer of a person.
type Computer struct {
	Name  string
	Heard present.Line
	New   string // said beside it; empty
}

// Mine is the small form on this person's own page.
type Mine struct {
	Name, Title       string // as they are now
	Label, TitleLabel string
	TitleHint         string
	Save, Saved       string // button; what is said after
	Error             string // at the name
}

// Person keeps the page of one person.
type Person struct {
	*present.Model[PersonState]
	group  kp1.GID
	member kp1.MID
	words  *[6]string
	saved  bool
	wrong  string
	err    error
}

// NewPerson returns the page of member m of group g. It works out the six words, which takes a moment.
func NewPerson(d *present.Desk, g kp1.GID, m kp1.MID) *Person {
	vm := &Person{group: g, member: m}
	vm.Model = present.NewModel(d, vm.make)
	d.Do(func(ctx context.Context) {
		words, err := d.Core.Words(ctx, g, m)
		vm.Change(func() {
			if vm.err = err; err == nil {
				vm.words = &words
			}
		})
	})
	return vm
}

func (vm *Person) make(w present.World, now time.Time) PersonState {
	s := PersonState{Back: present.Say("people.back"), Problem: present.Explain(vm.err)}
	g, ok := w.Find(vm.group)
	var m present.Member
	for _, x := range g.Members(now) {
		if x.ID == vm.member {
			m = x
		}
	}
	if !ok || m.ID != vm.member || m.Name == "" {
		p := present.ExplainCode("E_NOT_FOUND")
		s.Gone = present.Empty{Icon: assets.IconPeople, Heading: p.What, Text: p.Next, Button: s.Back, Go: present.Route{Place: present.PlacePeople}}
		return s
	}
	s.Face, s.Name, s.As, s.Chip = m.Face, m.Name, m.Title, checked(m)
	s.WordsHeading = present.Say("people.person.words", "Name", m.Name)
	s.WordsText = present.Say("people.person.words.text", "Name", m.Name)
	if m.Me {
		s.Name = present.Say("people.you", "Name", m.Name)
		s.WordsHeading, s.WordsText = present.Say("people.person.words.you"), present.Say("people.person.words.text.you")
	} else {
		s.Tick, s.Ticked = present.Say("people.person.tick"), m.Checked
	}
	switch {
	case vm.words != nil:
		s.Words = vm.words[:]
	case vm.err == nil:
		s.WordsBusy = present.Say("people.person.words.busy")
	}
	s.ComputersHeading = present.Say("people.person.computers")
	for i, d := range m.Devices {
		c := Computer{Name: present.Say("people.person.computer", "N", i+1), Heard: present.LastHeard(d, now)}
		if d.Here {
			c.Name = present.Say("people.person.computer.here")
		}
		if d.New {
			c.New = present.Say("people.person.computer.new")
		}
		s.Computers = append(s.Computers, c)
	}
	if h, ok := g.HomeOf(m.ID); ok {
		s.Home = present.Say("people.person.home") + " " + g.HomeName(h)
	}
	if m.Me {
		p := g.Person(m.ID)
		s.Mine = &Mine{
			Name: p.Name, Title: p.Title, Error: vm.wrong,
			Label: present.Say("people.person.name"), TitleLabel: present.Say("people.person.name.title"),
			TitleHint: present.Say("people.person.name.title.hint"), Save: present.Say("people.person.name.save"),
		}
		if vm.saved {
			s.Mine.Saved = present.Say("people.person.name.saved")
		}
		s.Remove = present.Say("people.person.leave")
		s.To = present.Route{Place: present.PlacePeople, Page: present.PageLeave, Group: g.ID}
	} else if g.Admin() && m.Rank < kp1.RankSteward {
		switch m.Rank {
		case kp1.RankAdmin:
			s.Lead = present.Say("people.person.follow", "Name", m.Name)
		case kp1.RankMember:
			s.Lead = present.Say("people.person.lead", "Name", m.Name)
		}
		s.LeadTo = present.Route{Place: present.PlacePeople, Page: present.PageLead, Group: g.ID, Member: m.ID}
		s.Remove = present.Say("people.person.remove", "Name", m.Name)
		s.To = present.Route{Place: present.PlacePeople, Page: present.PageRemove, Group: g.ID, Member: m.ID}
	}
	return s
}

// SetChecked notes whether the six words were compared.
func (vm *Person) SetChecked(yes bool) {
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.SetChecked(ctx, vm.group, vm.member, yes)
		vm.Change(func() { vm.err = err })
	})
}

// SaveName changes what the group calls this person.
func (vm *Person) SaveName(name, title string) {
	name, title = strings.TrimSpace(name), strings.TrimSpace(title)
	wrong := ""
	if name == "" {
		wrong = present.Say("start.name.missing")
	}
	vm.Change(func() { vm.wrong, vm.saved, vm.err = wrong, false, nil })
	if wrong != "" {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, people.Profile{Name: name, Title: title})
		vm.Change(func() { vm.err, vm.saved = err, err == nil })
	})
}
