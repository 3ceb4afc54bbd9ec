package people

import (
	"context"
	"strconv"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care"
	"kith/store/care/people"
	"kith/store/kp1"
)

// HomeState is what the page shows on which a person says who lives with them, and their beds.
type HomeState struct {
	Back, Title string
	NameLabel   string
	NameHint    string
	Name        string // as it is now
	BedsLabel   string
	BedsHint    string
	BedsError   string
	Beds        string
	WithLabel   string
	WithHint    string
	With        []present.Option // people who may be ticked; Value is the member's id
	Seen        string
	Save        string // Save
	Leave       string // link: Part; empty when there is no home yet
	Done        bool
	Problem     present.Problem
}

// HomeVM keeps that page.
type HomeVM struct {
	*present.Model[HomeState]
	group kp1.GID
	typed *HomeDraft
	wrong string
	busy  bool
	done  bool
	err   error
}

// HomeDraft is what was typed. With holds the ids of the ticked people.
type HomeDraft struct {
	Name, Beds string
	With       []string
}

// NewHome returns the page of this person's household in group g.
func NewHome(d *present.Desk, g kp1.GID) *HomeVM {
	vm := &HomeVM{group: g}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *HomeVM) make(w present.World, now time.Time) HomeState {
	g, _ := w.Find(vm.group)
	home, have := g.MyHome()
	s := HomeState{
		Back: present.Say("people.back"), Title: present.Say("people.home.title"),
		NameLabel: present.Say("people.home.name"), NameHint: present.Say("people.home.name.hint"), Name: home.Name,
		BedsLabel: present.Say("people.home.beds"), BedsHint: present.Say("people.home.beds.hint"), BedsError: vm.wrong,
		WithLabel: present.Say("people.home.with"), WithHint: present.Say("people.home.with.hint"),
		Seen: present.Say("people.home.seen", "Group", g.Title()), Save: present.Say("people.home.save"),
		Done: vm.done, Problem: present.Explain(vm.err),
	}
	ticked := map[kp1.MID]bool{}
	for _, m := range append(append([]kp1.MID(nil), home.Adults...), home.Welcomed...) {
		ticked[m] = true
	}
	if have {
		s.Beds, s.Leave = strconv.Itoa(int(home.Beds)), present.Say("people.home.leave")
	}
	for _, m := range g.Members(now) {
		if m.Me || m.Rank == kp1.RankGuest {
			continue
		}
		o := present.Option{Value: m.ID.String(), Label: m.Name, Hint: m.Title, Chosen: ticked[m.ID]}
		if vm.typed != nil {
			o.Chosen = contains(vm.typed.With, o.Value)
		}
		s.With = append(s.With, o)
	}
	if vm.typed != nil {
		s.Name, s.Beds = vm.typed.Name, vm.typed.Beds
	}
	return s
}

func contains(all []string, one string) bool {
	for _, x := range all {
		if x == one {
			return true
		}
	}
	return false
}

// Save says who lives together and how many beds there are. It files one act for each thing that is new.
func (vm *HomeVM) Save(d HomeDraft) {
	beds, err := strconv.Atoi(strings.TrimSpace(d.Beds))
	wrong := ""
	if err != nil || beds < 0 || beds > people.MaxBeds {
		wrong = present.Say("people.home.beds.wrong")
	}
	going := false
	vm.Change(func() {
		going = vm.busy
		vm.typed, vm.wrong, vm.err = &d, wrong, nil
		vm.busy = vm.busy || wrong == ""
	})
	if wrong != "" || going {
		return
	}
	g, _ := vm.Desk().World().Find(vm.group)
	home, have := g.MyHome()
	name := strings.TrimSpace(d.Name)
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.save(ctx, g, home, have, name, uint(beds), d.With)
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}

func (vm *HomeVM) save(ctx context.Context, g present.Group, home people.Home, have bool, name string, beds uint, with []string) error {
	propose := func(a care.Act) (kp1.ID, error) { return vm.Desk().Core.Propose(ctx, vm.group, a) }
	id := home.ID
	var err error
	switch {
	case !have:
		if id, err = propose(people.Household{Name: name, Beds: beds}); err != nil {
			return err
		}
	case home.Name != name || home.Beds != beds:
		if _, err = propose(people.Furnish{Household: id, Name: name, Beds: beds}); err != nil {
			return err
		}
	}
	was := map[kp1.MID]bool{}
	for _, m := range append(append([]kp1.MID(nil), home.Adults...), home.Welcomed...) {
		was[m] = true
	}
	for _, m := range g.State.Members {
		ticked := contains(with, m.ID.String())
		switch {
		case m.ID == g.Me:
		case ticked && !was[m.ID]:
			_, err = propose(people.Welcome{Household: id, Person: m.ID})
		case !ticked && was[m.ID]:
			_, err = propose(people.Part{Household: id, Person: m.ID})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Part says that this person does not live there any more.
func (vm *HomeVM) Part() {
	g, _ := vm.Desk().World().Find(vm.group)
	home, have := g.MyHome()
	if !have {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.Propose(ctx, vm.group, people.Part{Household: home.ID, Person: g.Me})
		vm.Change(func() { vm.err, vm.done = err, err == nil })
	})
}
