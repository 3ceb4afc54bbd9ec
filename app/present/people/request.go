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
	Known       present.Line // they are, or were, in the group: what that means here
	Words       []string
	Warn        string // somebody else also tried; said in red
	HowLabel    string
	How         []present.Option // SetHow: present.VerifiedVoice, present.VerifiedPerson
	Error       string           // at How
	See         string
	Logged      string
	Once        string           // link: Before; empty where nobody could be meant
	FormerLabel string           // once it was pressed
	Former      []present.Option // SetFormer
	FormerText  string
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
	before  bool    // somebody said that they were here before
	former  kp1.MID // as whom
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
	vm.known(&s, g, r)
	if vm.busy {
		s.Busy = present.Say("people.approve.busy", "Name", r.Name)
	}
	return s
}

// known says what is different for somebody whom the group knows already, or may know.
func (vm *RequestVM) known(s *RequestState, g present.Group, r present.Request) {
	name := g.NameOf(r.Member)
	switch {
	case r.Back:
		s.Title = present.Say("people.approve.back.title", "Name", name)
		s.Known = present.Line{Icon: assets.IconComputer, Text: present.Say("people.approve.back", "Name", name)}
		s.Ring = present.Say("people.approve.back.step", "Name", name)
		s.See = present.Say("people.approve.back.see", "Name", name)
		s.Yes = present.Say("people.approve.back.yes", "Name", name)
	case r.In:
		s.Known = present.Line{Icon: assets.IconWarning, Text: present.Say("people.approve.in", "Name", name)}
		s.Yes, s.See = "", ""
	case r.Known:
		s.Known = present.Line{Icon: assets.IconShield, Text: present.Say("people.approve.known", "Name", name)}
	default:
		vm.formers(s, g)
	}
}

// formers offers whom somebody new may have been before they lost everything.
func (vm *RequestVM) formers(s *RequestState, g present.Group) {
	var all []present.Member
	for _, m := range g.Members(time.Time{}) {
		if !m.Me {
			all = append(all, m)
		}
	}
	all = append(all, g.Gone()...)
	if len(all) == 0 {
		return
	}
	if !vm.before {
		s.Once = present.Say("people.approve.once")
		return
	}
	s.FormerLabel = present.Say("people.approve.former")
	s.Former = []present.Option{{Value: formerNobody, Label: present.Say("people.approve.former.nobody"), Chosen: vm.former.IsZero()}}
	for _, m := range all {
		o := present.Option{Value: m.ID.String(), Label: m.Name, Chosen: m.ID == vm.former}
		s.Former = append(s.Former, o)
		if !o.Chosen {
			continue
		}
		switch {
		case !g.In(m.ID):
			s.FormerText = present.Say("people.approve.former.gone", "Name", m.Name)
		case m.Rank >= kp1.RankAdmin:
			s.FormerText = present.Say("people.approve.former.leads", "Name", m.Name)
		default:
			s.FormerText = present.Say("people.approve.former.text", "Name", m.Name)
		}
	}
}

const formerNobody = "nobody"

// Before says that this person was here before, under other words.
func (vm *RequestVM) Before() { vm.Change(func() { vm.before = true }) }

// SetFormer says who they were: a member's id, or nobody.
func (vm *RequestVM) SetFormer(who string) {
	m, err := kp1.ParseMID(who)
	vm.Change(func() {
		if vm.former = m; err != nil {
			vm.former = kp1.MID{}
		}
	})
}

// SetHow notes how the words were compared.
func (vm *RequestVM) SetHow(how string) { vm.Change(func() { vm.how, vm.wrong = how, "" }) }

// Approve lets the person in, once it is said how the words were compared. There is no way round that.
func (vm *RequestVM) Approve() {
	how, former, going := "", kp1.MID{}, false
	vm.Change(func() {
		how, former, going, vm.err = vm.how, vm.former, vm.busy, nil
		if how == "" {
			vm.wrong = present.Say("people.approve.missing")
		} else {
			vm.busy = true
		}
	})
	if how == "" || going {
		return
	}
	vm.answer(func(ctx context.Context) error {
		_, err := vm.Desk().Core.Approve(ctx, vm.group, vm.request, present.Approval{Verified: how, Formerly: former})
		return err
	})
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
