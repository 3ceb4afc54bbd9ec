package message

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"kith/app/present"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// KeepState is what the page shows on which a file of a thread is saved outside of Kith.
type KeepState struct {
	Back, Title, Text string
	Place             present.PlaceState
	Button, Busy      string
	Done, DoneText    string // after it was saved
	Gone              string // it cannot be saved: it was taken back
	Problem           present.Problem
}

// namesMost is how many names are tried where one of them is taken.
const namesMost = 30

// Keep keeps that page.
type Keep struct {
	*present.Model[KeepState]
	group    kp1.GID
	id, part kp1.ID
	to       present.SaveTo
	busy     bool
	saved    string
	err      error
}

// NewKeep returns the page for the file of op part in thread id.
func NewKeep(d *present.Desk, g kp1.GID, id, part kp1.ID) *Keep {
	vm := &Keep{group: g, id: id, part: part, to: present.NewSaveTo(d)}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Keep) find(w present.World) (thread.Item, bool) {
	g, _ := w.Find(vm.group)
	t, _ := g.Threads().Get(vm.id)
	it, ok := t.Find(vm.part)
	return it, ok && it.IsFile && it.Words == act.Here
}

func (vm *Keep) make(w present.World, _ time.Time) KeepState {
	s := KeepState{Back: present.Say("message.give.back"), Title: present.Say("message.keep"), Problem: present.Explain(vm.err)}
	it, ok := vm.find(w)
	if !ok {
		s.Gone = present.Say("message.keep.gone")
		return s
	}
	s.Text, s.Place, s.Button = present.Say("message.keep.text"), vm.to.Question(it.File.Name), present.Say("message.keep.do")
	if vm.busy {
		s.Busy = present.Say("message.keep.busy")
	}
	if vm.saved != "" {
		s.Done, s.DoneText = present.Say("message.keep.done"), present.Say("message.keep.done.text", "File", vm.saved)
	}
	return s
}

// SetPlace says where it goes.
func (vm *Keep) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// Save puts it there; other is the folder that was typed, if any.
func (vm *Keep) Save(other string) {
	it, ok := vm.find(vm.Desk().World())
	if !ok {
		return
	}
	path, going := vm.to.Path(other, it.File.Name), false
	vm.Change(func() {
		going = vm.busy || path == ""
		vm.to.Missing, vm.err, vm.saved = path == "", nil, ""
		vm.busy = vm.busy || !going
	})
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := vm.Desk().Core.SaveFile(ctx, vm.group, vm.part, path)
		for n := 2; present.Code(err) == "E_FILE_EXISTS" && n <= namesMost; n++ { // what is there is left alone
			end := filepath.Ext(it.File.Name)
			path = vm.to.Path(other, fmt.Sprintf("%s (%d)%s", strings.TrimSuffix(it.File.Name, end), n, end))
			err = vm.Desk().Core.SaveFile(ctx, vm.group, vm.part, path)
		}
		vm.Change(func() {
			vm.busy, vm.err = false, err
			if err == nil {
				vm.saved = path
			}
		})
	})
}
