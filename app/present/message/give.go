package message

import (
	"context"
	"image"
	"path/filepath"
	"strings"
	"time"

	"kith/app/picture"
	"kith/app/present"
	"kith/assets"
	"kith/store/care/act"
	"kith/store/care/thread"
	"kith/store/kp1"
)

// GiveState is what the page shows on which a picture or a paper is given to a thread: first which, then what was made of it.
type GiveState struct {
	Back, Title string
	Readers     present.Line // who can read it

	Heading, Text     string           // while none is chosen
	Files             []present.Option // Use
	Other             string           // button: Use of what a file dialog says
	Path, PathHint    string
	PathMissing       string
	PathUse, PathLook string // Use, Look

	Name    string // once one is chosen
	Picture image.Image
	Does    []present.Line // what was done to it, and what goes with it
	Full    string         // tick: SetFull; empty where it changes nothing
	FullOn  bool
	Words   BoxField
	Send    string // Send
	Another string // Again

	Busy, Cancel string // Cancel
	Done         bool   // it is in the thread, at To
	To           present.Route
	Problem      present.Problem
}

// BoxField is a field to type in.
type BoxField struct{ Label, Hint, Error string }

// newestFiles is how many files are offered: what was just saved is among the newest.
const newestFiles = 8

// previewSide is how many dots a picture has on its longer side where it only stands in the thread.
const previewSide = 480

// Give keeps that page.
type Give struct {
	*present.Model[GiveState]
	group kp1.GID
	id    kp1.ID
	read  func(path string) ([]byte, error)

	files   []present.FoundFile
	missing bool
	name    string
	raw     []byte // as it was read
	ready   Ready
	look    image.Image
	full    bool
	busy    string
	stop    context.CancelFunc
	turn    int // what was begun before a Cancel no longer counts
	long    bool
	done    bool
	err     error
}

// NewGive returns the page for thread id of group g. read gives what is in a file, and may take a second.
func NewGive(d *present.Desk, g kp1.GID, id kp1.ID, read func(path string) ([]byte, error)) *Give {
	vm := &Give{group: g, id: id, read: read, files: d.Newest("", newestFiles)}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *Give) entry() entry {
	e, _ := vm.Desk().Draft(entryKey(vm.id)).(entry)
	return e
}

// to is who can read what is given; some is false where nobody is ticked.
func (vm *Give) to(g present.Group) (to present.Audience, some bool) {
	t, ok := g.Threads().Get(vm.id)
	if !ok {
		return to, false
	}
	return vm.entry().chosen().to(g, circleOf(g, t))
}

func (vm *Give) make(w present.World, _ time.Time) GiveState {
	g, _ := w.Find(vm.group)
	s := GiveState{
		Back: present.Say("message.give.back"), Title: present.Say("message.give"), Problem: present.Explain(vm.err), Done: vm.done,
		To: present.Route{Place: present.PlaceMessages, Page: present.PageOne, Group: vm.group, Object: vm.id},
	}
	if to, some := vm.to(g); some {
		s.Readers = readersLine(g, to)
	} else {
		s.Readers = present.Line{Icon: assets.IconLock, Text: present.Say("audience.line.none")}
	}
	if vm.busy != "" {
		s.Busy, s.Cancel = vm.busy, present.Say("message.give.cancel")
	}
	if vm.ready.Data == nil {
		vm.ask(&s)
		return s
	}
	s.Picture = vm.look
	s.Name = present.Say("message.file.whole", "Name", vm.ready.File.Name, "Size", present.Size(uint64(len(vm.ready.Data))))
	switch {
	case !vm.ready.Picture:
		s.Does = []present.Line{{Icon: assets.IconPage, Text: present.Say("message.give.asis")}}
	case vm.ready.Smaller:
		s.Does = []present.Line{{Icon: assets.IconShield, Text: present.Say("message.give.clean")}, {Icon: assets.IconDone, Text: present.Say("message.give.smaller")}}
	default:
		s.Does = []present.Line{{Icon: assets.IconShield, Text: present.Say("message.give.clean")}, {Icon: assets.IconDone, Text: present.Say("message.give.fullsize")}}
	}
	if vm.ready.Picture && (vm.ready.Smaller || vm.full) {
		s.Full, s.FullOn = present.Say("message.give.full"), vm.full
	}
	s.Words = BoxField{Label: present.Say("message.give.words"), Hint: present.Say("message.give.words.hint")}
	if vm.long {
		s.Words.Error = present.Say("message.long")
	}
	s.Send, s.Another = present.Say("message.send"), present.Say("message.give.another")
	return s
}

// ask asks which file.
func (vm *Give) ask(s *GiveState) {
	s.Heading, s.Text = present.Say("message.give.which"), present.Say("message.give.text")
	for _, f := range vm.files {
		s.Files = append(s.Files, present.Option{Value: f.Path, Label: filepath.Base(f.Path), Hint: present.Say("message.give.file", "Size", present.Size(uint64(max(0, f.Size))), "Folder", filepath.Base(filepath.Dir(f.Path)))})
	}
	s.Other = present.Say("message.give.other")
	s.Path, s.PathHint = present.Say("message.give.path"), present.Say("settings.picture.path.hint")
	if vm.missing {
		s.PathMissing = present.Say("message.give.missing")
	}
	s.PathUse, s.PathLook = present.Say("message.give.use"), present.Say("message.give.look")
}

// Look looks for files again.
func (vm *Give) Look() {
	found := vm.Desk().Newest("", newestFiles)
	vm.Change(func() { vm.files = found })
}

// Use reads a file and makes of it what would leave this computer. Nothing has left it then.
func (vm *Give) Use(path string) {
	path = strings.TrimSpace(path)
	vm.Change(func() { vm.missing = path == "" })
	if path == "" {
		return
	}
	vm.begin(present.Say("message.give.reading"), func(ctx context.Context) func() {
		raw, err := vm.read(path)
		return vm.prepared(filepath.Base(path), raw, false, err)
	})
}

// SetFull leaves the picture as large as it is, or makes it smaller again.
func (vm *Give) SetFull(full bool) {
	var name string
	var raw []byte
	vm.Read(func() { name, raw = vm.name, vm.raw })
	vm.begin(present.Say("message.give.reading"), func(context.Context) func() { return vm.prepared(name, raw, full, nil) })
}

// prepared makes of a file what would leave, and returns what that changes.
func (vm *Give) prepared(name string, raw []byte, full bool, err error) func() {
	var r Ready
	if err == nil {
		r, err = Prepare(name, raw, full)
	}
	if err != nil {
		return func() { vm.err = err }
	}
	var look image.Image
	if r.Picture {
		look, _ = picture.Look(r.Data, previewSide, picture.MaxWork) // it was made here; without it the name stands alone
	}
	return func() { vm.name, vm.raw, vm.ready, vm.look, vm.full = name, raw, r, look, full }
}

// Again goes back to the question which file.
func (vm *Give) Again() {
	vm.Change(func() { vm.raw, vm.ready, vm.look, vm.full, vm.long, vm.err = nil, Ready{}, nil, false, false, nil })
}

// Send gives it to the thread, after words where there are some.
func (vm *Give) Send(words string) {
	g, _ := vm.Desk().World().Find(vm.group)
	words = act.Tidy(words)
	to, some := vm.to(g)
	var r Ready
	vm.Change(func() {
		r, vm.long = vm.ready, len(words) > act.MaxPost
	})
	if r.Data == nil || !some || len(words) > act.MaxPost {
		return
	}
	f := thread.File{Thread: vm.id, File: r.File, ReplyTo: vm.entry().reply}
	vm.begin(present.Say("message.give.sending"), func(ctx context.Context) func() {
		_, _, err := vm.Desk().Core.GiveFile(ctx, g.ID, f, r.Data, words, to)
		if err == nil {
			vm.Desk().KeepDraft(entryKey(vm.id), vm.entry().sent(""))
		}
		return func() { vm.err, vm.done = err, err == nil }
	})
}

// begin does one thing at a time. What do returns is done when it was not cancelled meanwhile.
func (vm *Give) begin(busy string, do func(ctx context.Context) func()) {
	turn := 0
	var end context.Context
	vm.Change(func() {
		if vm.busy != "" {
			return
		}
		vm.turn++
		turn = vm.turn
		vm.busy, vm.err = busy, nil
		end, vm.stop = context.WithCancel(context.Background())
	})
	if turn == 0 {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(end, stop)()
		then := do(ctx)
		vm.Change(func() {
			if vm.turn == turn {
				vm.busy = ""
				vm.stop()
				then()
			}
		})
	})
}

// Cancel ends what goes on. Nothing is sent.
func (vm *Give) Cancel() {
	vm.Change(func() {
		if vm.busy != "" {
			vm.stop()
			vm.turn++
			vm.busy = ""
		}
	})
}
