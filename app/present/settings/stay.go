package settings

import (
	"context"
	"strconv"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// StayState is what the page shows of whether Kith goes on when its window is closed, starts
// with the computer, and keeps messages for the others.
type StayState struct {
	Back, Title, Text string
	CloseLabel        string
	Close             []present.Option // SetClose; none where somebody has just closed the window
	Means             []present.Line   // what it means for messages, and how to come back
	Go, Stop          string           // the two answers of who has just closed the window: Answer
	StartLabel        string
	Start             []present.Option // SetStart; none where this system does not say how
	StartMeans        present.Line

	BoxLabel, BoxText string
	Box               []present.Option // Keep; the groups that this computer can keep messages for
	BoxMeans          []present.Line
	BoxBusy           string
	BoxAsk, BoxLost   string // whether to stop, and what goes then
	BoxYes, BoxNo     string // KeepNoMore

	Problem present.Problem
}

// Boot is how a system starts a program with the computer. It is a file: that it is there is the choice.
type Boot interface {
	On() bool
	Set(on bool) error
}

const (
	stayOn  = "on"
	stayOff = "off"
)

// Stay keeps that page.
type Stay struct {
	*present.Model[StayState]
	boot   Boot
	closed bool    // the page shows because somebody has closed the window
	doing  kp1.GID // that is being set up or taken away
	begins bool
	asked  kp1.GID // that somebody may want to keep nothing for any more
	err    error
}

// NewStay returns the page; boot is nil where nothing can be started with the computer. closed has it ask once, in the
// place of closing the window.
func NewStay(d *present.Desk, boot Boot, closed bool) *Stay {
	vm := &Stay{boot: boot, closed: closed}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Stay) make(w present.World, now time.Time) StayState {
	stay := vm.Desk().Core.Look().Stay
	s := StayState{Back: present.Say("settings.title"), Title: present.Say("settings.stay"), Text: present.Say("settings.stay.text"), Problem: present.Explain(vm.err)}
	s.Means = []present.Line{
		{Icon: assets.IconGoing, Text: present.Say("settings.stay.means")},
		{Icon: assets.IconLock, Text: present.Say("settings.stay.lock")},
		{Icon: assets.IconComputer, Text: present.Say("settings.stay.back")},
	}
	if vm.closed {
		s.Title = present.Say("settings.stay.ask")
		s.Go, s.Stop = present.Say("settings.stay.go"), present.Say("settings.stay.stop")
		s.Text = present.Say("settings.stay.ask.text")
		return s
	}
	s.CloseLabel = present.Say("settings.stay.close")
	s.Close = []present.Option{
		{Value: stayOff, Label: present.Say("settings.stay.off"), Hint: present.Say("settings.stay.off.hint"), Chosen: stay == present.StayOff},
		{Value: stayOn, Label: present.Say("settings.stay.on"), Hint: present.Say("settings.stay.on.hint"), Chosen: stay == present.StayOn},
	}
	vm.box(&s, w, now)
	s.StartLabel = present.Say("settings.start")
	if vm.boot == nil {
		s.StartMeans = present.Line{Icon: assets.IconHelp, Text: present.Say("settings.start.none")}
		return s
	}
	on := vm.boot.On()
	s.Start = []present.Option{
		{Value: stayOff, Label: present.Say("settings.start.off"), Chosen: !on},
		{Value: stayOn, Label: present.Say("settings.start.on"), Chosen: on},
	}
	s.StartMeans = present.Line{Icon: assets.IconLock, Text: present.Say("settings.start.means")}
	return s
}

// box says which groups this computer keeps messages for, and what that takes.
func (vm *Stay) box(s *StayState, w present.World, now time.Time) {
	h := w.Hosted
	s.BoxLabel, s.BoxText = present.Say("settings.box"), present.Say("settings.box.text")
	for _, g := range w.Groups {
		if !g.Admin() && !h.Keeps(g.ID) {
			s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconPeople, Text: present.Say("settings.box.notyou", "Group", g.Title(), "People", g.WhoLeads(now))})
			continue
		}
		s.Box = append(s.Box, present.Option{Value: g.ID.String(), Label: present.Say("settings.box.tick", "Group", g.Title()), Chosen: h.Keeps(g.ID) || vm.doing == g.ID && vm.begins})
		if h.Waits[g.ID] {
			s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.box.waits", "Group", g.Title())})
		}
		if vm.asked == g.ID {
			s.BoxAsk, s.BoxLost = present.Say("settings.box.ask", "Group", g.Title()), present.Say("settings.box.ask.text")
			s.BoxYes, s.BoxNo = present.Say("settings.box.yes"), present.Say("settings.box.no")
		}
	}
	switch {
	case len(w.Groups) == 0:
		s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconHelp, Text: present.Say("settings.box.none")})
	case len(s.Box) > 0:
		s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconLock, Text: present.Say("settings.box.sealed")})
	}
	switch {
	case !vm.doing.IsZero() && vm.begins:
		s.BoxBusy = present.Say("settings.box.busy")
	case !vm.doing.IsZero():
		s.BoxBusy = present.Say("settings.box.ending")
	}
	if !h.On {
		return
	}
	switch {
	case h.Up:
		s.BoxMeans = append([]present.Line{{Icon: assets.IconGoing, Text: present.Say("settings.box.up")}}, s.BoxMeans...)
	case h.Trouble != "":
		s.BoxMeans = append([]present.Line{{Icon: assets.IconWarning, Text: present.ExplainCode(h.Trouble).Text()}}, s.BoxMeans...)
	default:
		s.BoxMeans = append([]present.Line{{Icon: assets.IconWaiting, Text: present.Say("settings.box.begins")}}, s.BoxMeans...)
	}
	s.BoxMeans = append(s.BoxMeans,
		present.Line{Icon: assets.IconFull, Text: present.Say("settings.box.room", "Size", present.Size(uint64(h.Bytes)), "Most", present.Size(uint64(h.Most)))}, //nolint:gosec // no length is negative
		present.Line{Icon: assets.IconEye, Text: present.Say("settings.box.reach", "Port", strconv.Itoa(h.Port))})
	switch vm.Desk().Core.Look().Stay {
	case present.StayOff:
		s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconWarning, Text: present.Say("settings.box.stops")})
	case present.StayAsk:
		s.BoxMeans = append(s.BoxMeans, present.Line{Icon: assets.IconWarning, Text: present.Say("settings.box.asks")})
	}
}

// Keep has this computer keep messages for a group, or asks whether it is to stop.
func (vm *Stay) Keep(group string) {
	g, err := kp1.ParseGID(group)
	if err != nil {
		return
	}
	if vm.Desk().World().Hosted.Keeps(g) {
		vm.Change(func() { vm.asked, vm.err = g, nil })
		return
	}
	vm.keepFor(g, true)
}

// KeepNoMore stops what Keep has asked about, or leaves it.
func (vm *Stay) KeepNoMore(yes bool) {
	var g kp1.GID
	vm.Change(func() { g, vm.asked, vm.err = vm.asked, kp1.GID{}, nil })
	if yes && !g.IsZero() {
		vm.keepFor(g, false)
	}
}

func (vm *Stay) keepFor(g kp1.GID, yes bool) {
	going := false
	vm.Change(func() {
		if going = !vm.doing.IsZero(); !going {
			vm.doing, vm.begins, vm.asked, vm.err = g, yes, kp1.GID{}, nil
		}
	})
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.KeepFor(ctx, g, yes)
		vm.Change(func() { vm.doing, vm.err = kp1.GID{}, err })
	})
}

// SetClose says what closing the window does: "on" leaves Kith running, "off" stops it.
func (vm *Stay) SetClose(value string) {
	_ = vm.keep(value == stayOn) // the page says what went wrong
}

// Answer is SetClose of who has just closed the window. It reports whether it could be kept.
func (vm *Stay) Answer(goOn bool) bool { return vm.keep(goOn) == nil }

func (vm *Stay) keep(goOn bool) error {
	l := vm.Desk().Core.Look()
	if l.Stay = present.StayOff; goOn {
		l.Stay = present.StayOn
	}
	err := vm.Desk().Core.SetLook(l)
	vm.Change(func() { vm.err = err })
	return err
}

// SetStart has Kith start with the computer, "on", or takes that back, "off".
func (vm *Stay) SetStart(value string) {
	if vm.boot == nil {
		return
	}
	err := vm.boot.Set(value == stayOn)
	vm.Change(func() { vm.err = err })
}
