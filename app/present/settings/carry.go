package settings

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/store/kp1"
)

// CarryState is what the page shows on which things go by memory stick.
type CarryState struct {
	Back, Title, Text string

	OutHeading, OutText string
	GroupLabel          string
	Groups              []present.Option // SetGroup; empty where there is nothing to choose
	Place               present.PlaceState
	Save                string // Save
	Saved               present.Line
	Shut                present.Line // who can open it

	InHeading, InText string
	Files             []present.Option // SetFile
	None              present.Line     // nothing was found
	Path              PassField        // for a file that was not found; without a label where one is chosen
	Read              string           // Read
	Brought           []present.Line

	Busy    string
	Problem present.Problem
}

const otherFile = "other"

// Carry keeps the page.
type Carry struct {
	*present.Model[CarryState]
	to      present.SaveTo
	group   kp1.GID
	files   []present.FoundFile
	file    string
	nowhere bool // no file was typed
	busy    bool
	saved   string
	brought *present.Brought
	err     error
}

// NewCarry returns the page; g is the group it was opened from, or zero.
func NewCarry(d *present.Desk, g kp1.GID) *Carry {
	vm := &Carry{group: g}
	vm.to = present.NewSaveTo(d)
	vm.find(d)
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// find looks for files of others, and chooses the newest.
func (vm *Carry) find(d *present.Desk) {
	vm.files = d.Core.Files(context.Background(), present.BundleSuffix)
	vm.file = otherFile
	if len(vm.files) > 0 {
		vm.file = vm.files[0].Path
	}
}

func carryName(now time.Time) string {
	return "kith-" + now.Format("2006-01-02-1504") + present.BundleSuffix
}

// chosenGroup is the group whose things are carried: the one that was chosen, or the first.
func (vm *Carry) chosenGroup(w present.World) kp1.GID {
	if _, ok := w.Find(vm.group); ok || len(w.Groups) == 0 {
		return vm.group
	}
	return w.Groups[0].ID
}

func (vm *Carry) make(w present.World, now time.Time) CarryState {
	s := CarryState{
		Back: present.Say("settings.title"), Title: present.Say("settings.carry"), Text: present.Say("settings.carry.text"),
		OutHeading: present.Say("settings.carry.out"), OutText: present.Say("settings.carry.out.text"),
		Place: vm.to.Question(carryName(now)), Save: present.Say("settings.carry.save"),
		Shut:      present.Line{Icon: assets.IconLock, Text: present.Say("settings.carry.shut")},
		InHeading: present.Say("settings.carry.in"), InText: present.Say("settings.carry.in.text"),
		Read: present.Say("settings.carry.read"), Problem: present.Explain(vm.err),
	}
	if now := vm.chosenGroup(w); len(w.Groups) > 1 {
		s.GroupLabel = present.Say("settings.carry.group")
		for _, g := range w.Groups {
			s.Groups = append(s.Groups, present.Option{Value: g.ID.String(), Label: g.Name, Chosen: g.ID == now})
		}
	}
	if vm.saved != "" {
		s.Saved = present.Line{Icon: assets.IconDone, Text: present.Say("settings.carry.saved", "File", vm.saved)}
	}
	for _, f := range vm.files {
		s.Files = append(s.Files, present.Option{
			Value: f.Path, Label: present.DayMoment(f.At.In(now.Location()), now), Hint: filepath.Base(f.Path), Chosen: vm.file == f.Path,
		})
	}
	if len(s.Files) > 0 {
		s.Files = append(s.Files, present.Option{Value: otherFile, Label: present.Say("settings.carry.other"), Chosen: vm.file == otherFile})
	} else {
		s.None = present.Line{Icon: assets.IconHelp, Text: present.Say("settings.carry.none")}
	}
	if vm.file == otherFile {
		s.Path = PassField{Label: present.Say("settings.carry.path"), Hint: present.Say("settings.carry.path.hint")}
		if vm.nowhere {
			s.Path.Error = present.Say("settings.carry.path.missing")
		}
	}
	if vm.busy {
		s.Busy = present.Say("settings.carry.busy")
	}
	if vm.brought != nil {
		s.Brought = saidOf(*vm.brought)
	}
	return s
}

// saidOf says what came out of a file.
func saidOf(b present.Brought) []present.Line {
	var all []present.Line
	say := func(icon assets.Icon, text string) { all = append(all, present.Line{Icon: icon, Text: text}) }
	if b.Welcome {
		say(assets.IconDone, present.Say("settings.carry.welcome"))
	}
	if b.New > 0 {
		say(assets.IconDone, present.Count("settings.carry.new", b.New))
	}
	if b.Requests > 0 {
		say(assets.IconInvite, present.Count("settings.carry.requests", b.Requests))
	}
	if b.Answer {
		say(assets.IconForward, present.Say("settings.carry.answer"))
	}
	if b.Refused > 0 {
		say(assets.IconWarning, present.Count("settings.carry.refused", b.Refused))
	}
	if len(all) == 0 {
		say(assets.IconDone, present.Say("settings.carry.nothing"))
	}
	return all
}

// SetGroup says whose things are carried.
func (vm *Carry) SetGroup(id string) {
	all := vm.Desk().World().Groups
	vm.Change(func() {
		if i := slices.IndexFunc(all, func(g present.Group) bool { return g.ID.String() == id }); i >= 0 {
			vm.group = all[i].ID
		}
	})
}

// SetPlace says where the file goes.
func (vm *Carry) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// SetFile chooses a file that was found, or another one.
func (vm *Carry) SetFile(path string) { vm.Change(func() { vm.file, vm.nowhere = path, false }) }

// begin says whether something may begin now.
func (vm *Carry) begin() bool {
	going := false
	vm.Change(func() {
		if going = vm.busy; !going {
			vm.busy, vm.err, vm.saved, vm.brought = true, nil, "", nil
		}
	})
	return !going
}

// Save makes the file; other is the folder that was typed, if any.
func (vm *Carry) Save(other string) {
	path := vm.to.Path(other, carryName(vm.Desk().Now()))
	if path == "" {
		vm.Change(func() { vm.to.Missing = true })
		return
	}
	if !vm.begin() {
		return
	}
	g := vm.chosenGroup(vm.Desk().World())
	vm.Desk().Do(func(ctx context.Context) {
		_, err := vm.Desk().Core.BundleOut(ctx, path, g, false)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.saved = path
			}
		})
	})
}

// Read takes in the file that was chosen, or the one that was typed.
func (vm *Carry) Read(typed string) {
	path := vm.file
	if path == otherFile {
		path = strings.TrimSpace(typed)
	}
	if path == "" {
		vm.Change(func() { vm.nowhere = true })
		return
	}
	if !vm.begin() {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		b, err := vm.Desk().Core.BundleIn(ctx, path)
		vm.Change(func() {
			if vm.busy, vm.err = false, err; err == nil {
				vm.brought = &b
			}
		})
	})
}
