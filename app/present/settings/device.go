package settings

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
)

// DeviceState is what the page shows on which two computers of one person find one another, on either of them.
type DeviceState struct {
	Back, Title, Text string

	// The computer that is used already: where to put what the other one shows.
	Code     string // label of the field; empty when it is not asked for
	CodeHint string
	Missing  string
	Use      string // the main button

	// The new one: what it shows.
	SpokenHeading, SpokenText string
	Spoken                    []string
	CodeHeading, CodeText     string
	Show                      string // the code, to copy and as a picture
	Copy                      string

	// Both, by file.
	FileHeading, FileText string
	Place                 *PlaceState // where to save one; nil when there is nothing to save
	Save                  string
	Saved                 string
	Files                 []present.Option // UseFile; those that were found
	FilesLabel            string
	Find                  string // Look: look for files again

	// To compare.
	WordsHeading, WordsText string
	Words                   []string
	Yes, No                 string
	Warn                    string // said in red: somebody else came too

	Line    present.Line // what is going on
	Groups  []present.Line
	Done    string // it has ended well
	Open    string // button: into Kith; empty
	Again   string // button: begin anew; empty while it goes on
	Cancel  string
	Busy    string
	Problem present.Problem
}

// Device keeps that page.
type Device struct {
	*present.Model[DeviceState]
	place
	fresh   bool   // this is the new computer
	id      string // the link that is shown; empty before there is one
	files   []present.FoundFile
	saved   string
	missing bool
	busy    bool
	err     error
}

// NewDevice returns the page: fresh on the computer that is new.
func NewDevice(d *present.Desk, fresh bool) *Device {
	vm := &Device{fresh: fresh}
	vm.look(d)
	vm.files = d.Core.Files(context.Background(), present.LinkSuffix)
	for _, l := range d.World().Links { // one that goes on is taken up again
		if l.New == fresh && !l.Back && l.Stage != present.LinkDone && l.Stage != present.LinkOver {
			vm.id = l.ID
		}
	}
	vm.Model = present.NewModel(d, vm.make)
	if fresh && vm.id == "" {
		vm.Begin()
	}
	return vm
}

// Begin shows a code on the new computer.
func (vm *Device) Begin() {
	if !vm.fresh {
		vm.Change(func() { vm.id, vm.err, vm.saved, vm.missing = "", nil, "", false })
		return
	}
	vm.ask(func(ctx context.Context) error {
		l, err := vm.Desk().Core.ShowLink(ctx, false)
		vm.Change(func() {
			if err == nil {
				vm.id, vm.saved = l.ID, ""
			}
		})
		return err
	})
}

func (vm *Device) find(w present.World) (present.Link, bool) {
	for _, l := range w.Links {
		if vm.id != "" && l.ID == vm.id {
			return l, true
		}
	}
	return present.Link{}, false
}

func linkName(now time.Time) string {
	return "kith-link-" + now.Format("2006-01-02-1504") + present.LinkSuffix
}

func (vm *Device) make(w present.World, now time.Time) DeviceState {
	s := DeviceState{Back: present.Say("settings.title"), Title: present.Say("settings.device"), Problem: present.Explain(vm.err)}
	if vm.fresh {
		s.Back, s.Title = present.Say("shell.today"), present.Say("settings.device.new")
	}
	if vm.busy {
		s.Busy = present.Say("settings.device.busy")
	}
	l, ok := vm.find(w)
	switch {
	case !ok:
		vm.empty(&s)
		return s
	case l.Stage == present.LinkShown && l.New:
		vm.shown(&s, l, now)
	case l.Stage == present.LinkShown:
		s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.device.looking")}
	case l.Stage == present.LinkCompare:
		vm.compare(&s, l)
	case l.Stage == present.LinkWaiting:
		vm.waiting(&s, l, now)
	default:
		vm.ended(&s, l)
	}
	if s.Done == "" && s.Again == "" {
		s.Cancel = present.Say("settings.device.cancel")
	}
	return s
}

// empty is the page of the computer that is used already, before it has a code; and of the new one, before it shows one.
func (vm *Device) empty(s *DeviceState) {
	if vm.fresh {
		s.Text, s.Again = present.Say("settings.device.new.text"), present.Say("settings.device.again")
		return
	}
	s.Text = present.Say("settings.device.text")
	s.Code, s.CodeHint, s.Use = present.Say("settings.device.code"), present.Say("settings.device.code.hint"), present.Say("settings.device.use")
	if vm.missing {
		s.Missing = present.Say("settings.device.missing")
	}
	vm.found(s)
}

// found offers the files of the other computer that lie here.
func (vm *Device) found(s *DeviceState) {
	s.FileHeading = present.Say("settings.device.file")
	s.FileText = present.Say("settings.device.file.none")
	for _, f := range vm.files {
		s.Files = append(s.Files, present.Option{Value: f.Path, Label: filepath.Base(f.Path), Hint: filepath.Dir(f.Path)})
	}
	s.Find = present.Say("settings.device.file.find")
	if len(s.Files) > 0 {
		s.FileText, s.FilesLabel = "", present.Say("settings.device.file.which")
	}
}

// saving offers to save a file for the other computer.
func (vm *Device) saving(s *DeviceState, text words.Key, now time.Time) {
	p := vm.state(linkName(now))
	s.FileHeading, s.FileText, s.Place, s.Save = present.Say("settings.device.file"), present.Say(text), &p, present.Say("settings.device.file.save")
	if vm.saved != "" {
		s.Saved = present.Say("settings.device.file.saved", "File", vm.saved)
	}
}

func (vm *Device) shown(s *DeviceState, l present.Link, now time.Time) {
	s.Text = present.Say("settings.device.new.text")
	s.SpokenHeading, s.SpokenText, s.Spoken = present.Say("settings.device.spoken"), present.Say("settings.device.spoken.text"), l.Spoken
	if l.Code != "" {
		s.CodeHeading, s.CodeText, s.Show = present.Say("settings.device.show"), present.Say("settings.device.show.text"), l.Code
		s.Copy = present.Say("settings.device.copy")
	}
	vm.saving(s, "settings.device.file.new", now)
	if l.ByFile {
		vm.found(s)
		s.FileText = present.Say("settings.device.file.answer")
	}
	s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.device.shown", "Time", present.Moment(l.Until.In(now.Location()), now))}
}

func (vm *Device) compare(s *DeviceState, l present.Link) {
	s.WordsHeading, s.WordsText, s.Words = present.Say("settings.device.same"), present.Say("settings.device.same.text"), l.Words
	if l.Name != "" {
		s.WordsText = present.Say("settings.device.same.named", "Name", l.Name)
	}
	if l.Others {
		s.Warn = present.Say("settings.device.others")
	}
	s.Yes, s.No = present.Say("settings.device.yes"), present.Say("settings.device.no")
}

func (vm *Device) waiting(s *DeviceState, l present.Link, now time.Time) {
	s.Words, s.WordsHeading = l.Words, present.Say("settings.device.words")
	s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.device.other")}
	if l.ByFile {
		s.Line = present.Line{}
		vm.saving(s, "settings.device.file.back", now)
	}
}

// ended is the page once both have said yes, and after that.
func (vm *Device) ended(s *DeviceState, l present.Link) {
	for _, g := range l.Groups {
		s.Groups = append(s.Groups, linkGroup(g, vm.fresh))
	}
	switch l.Stage {
	case present.LinkWriting:
		s.Line = present.Line{Icon: assets.IconGoing, Text: present.Say("settings.device.writing")}
	case present.LinkWaits:
		s.Done, s.Line = present.Say("settings.device.done"), present.Line{Icon: assets.IconPhone, Text: present.Say("settings.device.waits")}
	case present.LinkDone:
		s.Done = present.Say("settings.device.done")
		if !vm.fresh && l.ByFile {
			s.Line = present.Line{Icon: assets.IconForward, Text: present.Say("settings.device.carry")}
		}
	default:
		s.Problem, s.Again = present.Explain(l.Err), present.Say("settings.device.again")
	}
	if s.Done != "" && vm.fresh {
		s.Open = present.Say("start.brought.open")
	}
}

func linkGroup(g present.LinkGroup, fresh bool) present.Line {
	name := g.Name
	if name == "" {
		name = present.Say("group.unnamed")
	}
	say := func(icon assets.Icon, k words.Key) present.Line {
		return present.Line{Icon: icon, Text: present.Say(k, "Group", name)}
	}
	switch g.State {
	case present.LinkGroupWaits:
		if fresh {
			return say(assets.IconWaiting, "start.brought.waits")
		}
		return say(assets.IconWaiting, "settings.device.group.waits")
	case present.LinkGroupComing:
		return say(assets.IconGoing, "settings.device.group.coming")
	case present.LinkGroupIn:
		return say(assets.IconDone, "settings.device.group.in")
	case present.LinkGroupOut:
		l := say(assets.IconWarning, "settings.device.group.out")
		if p := present.Explain(g.Err); !p.None() {
			l.Text += " " + p.What
		}
		return l
	}
	return say(assets.IconWaiting, "settings.device.group.asked")
}

// Use takes the code or the eight words that the new computer shows.
func (vm *Device) Use(code string) {
	code = strings.TrimSpace(code)
	vm.Change(func() { vm.missing = code == "" })
	if code == "" {
		return
	}
	vm.take(func(ctx context.Context) (present.Link, error) { return vm.Desk().Core.TakeLink(ctx, code, nil) })
}

// UseFile takes the file of the other computer.
func (vm *Device) UseFile(path string) {
	vm.take(func(ctx context.Context) (present.Link, error) { return vm.Desk().Core.TakeLinkFile(ctx, path, nil) })
}

func (vm *Device) take(f func(context.Context) (present.Link, error)) {
	vm.ask(func(ctx context.Context) error {
		l, err := f(ctx)
		if err == nil {
			vm.Change(func() { vm.id = l.ID })
		}
		return err
	})
}

// SetPlace says where the file goes.
func (vm *Device) SetPlace(path string) { vm.Change(func() { vm.chosen, vm.wrong = path, false }) }

// Save writes the file for the other computer; other is the folder that was typed, if any.
func (vm *Device) Save(other string) {
	var path, id string
	vm.Change(func() {
		path, id = vm.path(other, linkName(vm.Desk().Now())), vm.id
		vm.wrong = path == ""
	})
	if path == "" {
		return
	}
	vm.ask(func(ctx context.Context) error {
		err := vm.Desk().Core.LinkFile(ctx, id, path)
		if err == nil {
			vm.Change(func() { vm.saved, vm.files = path, nil })
		}
		return err
	})
}

// Look looks for files of the other computer again.
func (vm *Device) Look() {
	found := vm.Desk().Core.Files(context.Background(), present.LinkSuffix)
	vm.Change(func() { vm.files = found })
}

// Same says whether the words are the same.
func (vm *Device) Same(yes bool) {
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.SameWords(ctx, vm.link(), yes) })
}

// Cancel ends it.
func (vm *Device) Cancel() {
	id := vm.link()
	vm.Change(func() { vm.id, vm.saved = "", "" })
	vm.ask(func(ctx context.Context) error { return vm.Desk().Core.CancelLink(ctx, id) })
}

func (vm *Device) link() (id string) {
	vm.Read(func() { id = vm.id })
	return id
}

func (vm *Device) ask(f func(context.Context) error) {
	going := false
	vm.Change(func() { going, vm.busy, vm.err = vm.busy, true, nil })
	if going {
		return
	}
	vm.Desk().Do(func(ctx context.Context) {
		err := f(ctx)
		vm.Change(func() { vm.busy, vm.err = false, err })
	})
}
