package people

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// RequestState is what the page shows on which somebody is let in.
type RequestState struct {
	Back, Title string
	Ring, Ask   string // the two steps, in sentences
	Asked       string
	Words       []string
	Warn        string // somebody else also tried; said in red
	HowLabel    string
	How         []present.Option // SetHow: present.VerifiedVoice, present.VerifiedPerson
	Error       string           // at How
	See         string
	Logged      string
	Yes, No     string // Approve, Decline
	Busy        string
	Gone        present.Empty // the request is not here any more
	Done        bool          // answered: back to the list
	Problem     present.Problem
}

// RequestVM keeps the page of one request.
type RequestVM struct {
	*present.Model[RequestState]
	group   kp1.GID
	request string
	how     string
	wrong   string
	busy    bool
	done    bool
	err     error
}

// NewRequest returns the page of a request to join group g.
func NewRequest(d *present.Desk, g kp1.GID, request string) *RequestVM {
	vm := &RequestVM{group: g, request: request}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *RequestVM) make(w present.World, now time.Time) RequestState {
	s := RequestState{Back: present.Say("people.back"), Done: vm.done, Problem: present.Explain(vm.err)}
	g, _ := w.Find(vm.group)
	var r present.Request
	for _, x := range g.Requests {
		if x.ID == vm.request {
			r = x
		}
	}
	if r.ID == "" {
		s.Gone = present.Empty{
			Icon: assets.IconInvite, Heading: present.Say("people.approve.gone"), Text: present.Say("people.approve.gone.text"),
			Button: s.Back, Go: present.Route{Place: present.PlacePeople, Group: vm.group},
		}
		return s
	}
	s.Title = present.Say("people.approve.title", "Name", r.Name)
	s.Ring, s.Ask = present.Say("people.approve.step", "Name", r.Name), present.Say("people.approve.ask", "Name", r.Name)
	if !r.At.IsZero() {
		s.Asked = present.Say("people.approve.asked", "Name", r.Name, "When", present.Ago(r.At, now))
	}
	s.Words = r.Words[:]
	if r.Others > 0 {
		s.Warn = present.Count("people.request.others", r.Others)
	}
	s.HowLabel = present.Say("people.approve.how")
	s.How = []present.Option{
		{Value: present.VerifiedVoice, Label: present.Say("people.approve.voice"), Chosen: vm.how == present.VerifiedVoice},
		{Value: present.VerifiedPerson, Label: present.Say("people.approve.person"), Chosen: vm.how == present.VerifiedPerson},
	}
	s.Error = vm.wrong
	s.See, s.Logged = present.Say("people.approve.see", "Name", r.Name), present.Say("people.approve.logged")
	if r.Before {
		s.See = present.Say("people.approve.see.before", "Name", r.Name)
	}
	s.Yes, s.No = present.Say("people.approve.yes", "Name", r.Name), present.Say("people.approve.no")
	if vm.busy {
		s.Busy = present.Say("people.approve.busy", "Name", r.Name)
	}
	return s
}

// SetHow notes how the words were compared.
func (vm *RequestVM) SetHow(how string) { vm.Change(func() { vm.how, vm.wrong = how, "" }) }

// Approve lets the person in, once it is said how the words were compared. There is no way round that.
func (vm *RequestVM) Approve() {
	how, going := "", false
	vm.Change(func() {
		how, going, vm.err = vm.how, vm.busy, nil
		if how == "" {
			vm.wrong = present.Say("people.approve.missing")
		} else {
			vm.busy = true
		}
	})
	if how == "" || going {
		return
	}
	vm.answer(func(ctx context.Context) error { return vm.Desk().Core.Approve(ctx, vm.group, vm.request, how) })
}

// Decline says no.
func (vm *RequestVM) Decline() {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.answer(func(ctx context.Context) error { return vm.Desk().Core.Decline(ctx, vm.group, vm.request) })
}

func (vm *RequestVM) answer(f func(context.Context) error) {
	vm.Desk().Do(func(ctx context.Context) {
		err := f(ctx)
		vm.Change(func() { vm.busy, vm.err, vm.done = false, err, err == nil })
	})
}
