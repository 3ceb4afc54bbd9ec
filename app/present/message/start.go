package message

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// Fields of the form that starts a thread.
const (
	FieldAbout   = "about"
	FieldText    = "text"
	FieldReaders = "readers"
)

// Draft is what has been typed into that form.
type Draft struct{ Group, About, Text string }

// StartState is what the form shows.
type StartState struct {
	Title            string
	GroupLabel       string
	Groups           []present.Option // none where there is no choice
	Readers          Chooser
	About, AboutHint string
	Text             string
	Draft            Draft
	Seen             present.Line
	Heading          string // over the errors
	Errors           []present.FieldError
	Send, Cancel     string
	Busy             bool
	Made             present.Route // the thread, once it is there
	Problem          present.Problem
}

// Start keeps the form that starts a thread.
type Start struct {
	*present.Model[StartState]
	group kp1.GID
	pick  pick
	draft Draft
	errs  []present.FieldError
	busy  bool
	begun kp1.ID // the thread is filed; its first message is not yet
	made  kp1.ID
	err   error
}

// NewStart returns the form, with group g chosen, or the first one.
func NewStart(d *present.Desk, g kp1.GID) *Start {
	vm := &Start{}
	if x, ok := d.World().Pick(g); ok {
		vm.group = x.ID
	}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Start) make(w present.World, now time.Time) StartState {
	g, _ := w.Find(vm.group)
	to, some := vm.pick.to(g, circle{})
	s := StartState{
		Title: present.Say("message.start.title"), GroupLabel: present.Say("message.start.group"),
		About: present.Say("message.start.about"), AboutHint: present.Say("message.start.about.hint"),
		Text: present.Say("message.start.text"), Draft: vm.draft, Errors: vm.errs, Busy: vm.busy,
		Seen: readersLine(g, to), Readers: vm.pick.chooser(g, circle{}, true, now),
		Send: present.Say("message.start.send"), Cancel: present.Say("message.start.cancel"), Problem: present.Explain(vm.err),
	}
	if !some {
		s.Seen = present.Line{Icon: assets.IconLock, Text: present.Say("audience.line.none")}
	}
	s.Groups = w.GroupOptions(vm.group)
	s.Readers.Wrong = present.ErrorFor(vm.errs, FieldReaders)
	if len(vm.errs) > 0 {
		s.Heading = present.Say("start.problem")
	}
	if !vm.made.IsZero() {
		s.Made = present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: vm.group, Object: vm.made}
	}
	return s
}

// Pick chooses the group.
func (vm *Start) Pick(group string) {
	g, err := kp1.ParseGID(group)
	vm.Change(func() {
		if err == nil && vm.begun.IsZero() && g != vm.group {
			vm.group, vm.pick = g, pick{}
		}
	})
}

// Who chooses one of the Readers' Kinds, and Tick one of their People.
func (vm *Start) Who(kind string) { vm.repick(func(p pick) pick { return pick{kind, p.some} }) }

// Tick ticks one person, or no longer.
func (vm *Start) Tick(who string) { vm.repick(func(p pick) pick { return p.tick(who) }) }

func (vm *Start) repick(f func(pick) pick) {
	vm.Change(func() {
		vm.pick, vm.begun = f(vm.pick), kp1.ID{} // who reads the message reads what it is about
	})
}

// Send files the thread and its first message, or says at the fields what to put right.
func (vm *Start) Send(d Draft) {
	about, text := act.Tidy(d.About), act.Tidy(d.Text)
	var errs []present.FieldError
	wrong := func(field, say string) { errs = append(errs, present.FieldError{Field: field, Say: say}) }
	switch {
	case about == "":
		wrong(FieldAbout, present.Say("message.start.about.missing"))
	case len(about) > act.MaxTitle:
		wrong(FieldAbout, present.Say("message.start.about.long"))
	}
	switch {
	case text == "":
		wrong(FieldText, present.Say("message.start.text.missing"))
	case len(text) > act.MaxPost:
		wrong(FieldText, present.Say("message.long"))
	}
	going := false
	w := vm.Desk().World()
	var g kp1.GID
	var begun kp1.ID
	var to present.Audience
	vm.Change(func() {
		in, _ := w.Find(vm.group)
		var some bool
		if to, some = vm.pick.to(in, circle{}); !some {
			wrong(FieldReaders, present.Say("audience.nobody"))
		}
		going = vm.busy
		vm.draft, vm.errs, vm.err = d, errs, nil
		vm.busy = vm.busy || len(errs) == 0
		g, begun = vm.group, vm.begun
	})
	if going || len(errs) > 0 {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		id, err := begun, error(nil)
		if id.IsZero() { // not filed twice when only the message is tried again
			id, err = vm.Desk().Core.ProposeTo(ctx, g, thread.New{Title: about}, to)
		}
		if err == nil {
			vm.Change(func() { vm.begun = id })
			_, err = vm.Desk().Core.ProposeTo(ctx, g, thread.Post{Thread: id, Text: text}, to)
		}
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.made = id
			}
		})
	})
}
