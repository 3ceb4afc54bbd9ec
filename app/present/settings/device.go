package settings

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/when"
)

// Ways of the page on which two computers find one another, as the route to it names them.
const (
	DeviceOld    = ""       // the computer that is used already takes the code of a new one
	DeviceNew    = "new"    // the new one shows it
	DeviceBack   = "back"   // one that came back from a backup shows a code to a friend
	DeviceFriend = "friend" // the friend's computer takes it
)

// DeviceState is what the page shows on which two computers of one person find one another, on either of them; and the
// computer that comes back and a friend's, which carries its wish to the others.
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

	// A picture of the code, taken with a telephone.
	PictureHeading, PictureText string
	Pictures                    []present.Option // UsePicture; the newest that were found
	PicturePath, PictureHint    string           // label of the field for another one; empty when none is asked for
	PictureMissing              string
	PictureUse, PictureLook     string // UsePicture, Look

	// Both, by file.
	FileHeading, FileText string
	Place                 *present.PlaceState // where to save one; nil when there is nothing to save
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
	to      present.SaveTo
	way     string
	read    func(path string) (string, error)
	id      string // the link that is shown; empty before there is one
	files   []present.FoundFile
	photos  []present.FoundFile
	unnamed bool // no picture was named
	saved   string
	missing bool
	busy    bool
	err     error
}

// NewDevice returns the page. read gives the text of the code in a picture file; it may take a second.
func NewDevice(d *present.Desk, way string, read func(path string) (string, error)) *Device {
	vm := &Device{way: way, read: read}
	vm.to = present.NewSaveTo(d)
	vm.files = d.Core.Files(context.Background(), present.LinkSuffix)
	if !vm.shows() {
		vm.photos = d.NewestPictures(maxPhotos)
	}
	for _, l := range d.World().Links { // one that goes on is taken up again, and one that came back and is in
		over := slices.Contains([]string{present.LinkDone, present.LinkOver, present.LinkCarried}, l.Stage) && !cameBack(l)
		if l.New == vm.shows() && l.Back == vm.carries() && !over {
			vm.id = l.ID
		}
	}
	vm.Model = present.NewModel(d, vm.make)
	if vm.shows() && vm.id == "" {
		vm.Begin()
	}
	return vm
}

// cameBack says whether this computer came back from a backup and was let in.
func cameBack(l present.Link) bool { return l.New && l.Back && l.Stage == present.LinkDone }

// shows says whether this computer shows a code, and does not take one.
func (vm *Device) shows() bool { return vm.way == DeviceNew || vm.way == DeviceBack }

// carries says whether it is about a computer that came back.
func (vm *Device) carries() bool { return vm.way == DeviceBack || vm.way == DeviceFriend }

// maxPhotos is how many pictures are offered: the one that was just taken is among the newest.
const maxPhotos = 5

// Begin shows a code on the new computer.
func (vm *Device) Begin() {
	if !vm.shows() {
		over, w := "", vm.Desk().World()
		vm.Read(func() {
			if l, ok := vm.find(w); ok && vm.strange(l) { // nothing more is to come of it
				over = l.ID
			}
		})
		if over != "" {
			vm.Desk().Do(func(ctx context.Context) { _ = vm.Desk().Core.CancelLink(ctx, over) }) // if not, it runs out
		}
		vm.Change(func() { vm.id, vm.err, vm.saved, vm.missing, vm.unnamed = "", nil, "", false, false })
		return
	}
	vm.ask(func(ctx context.Context) error {
		l, err := vm.Desk().Core.ShowLink(ctx, vm.carries())
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
	switch vm.way {
	case DeviceNew:
		s.Back, s.Title = present.Say("shell.today"), present.Say("settings.device.new")
	case DeviceBack:
		s.Back, s.Title = present.Say("people.back"), present.Say("settings.back")
	case DeviceFriend:
		s.Back, s.Title = present.Say("people.back"), present.Say("settings.friend")
	}
	if vm.busy {
		s.Busy = present.Say("settings.device.busy")
	}
	l, ok := vm.find(w)
	switch {
	case !ok:
		vm.empty(&s)
		return s
	case vm.strange(l):
		s.Problem, s.Again = present.ExplainCode("E_LINK_KIND"), present.Say("settings.device.again")
	case l.Stage == present.LinkShown && l.New && l.Back, cameBack(l):
		vm.backShown(&s, w, l, now)
	case l.Stage == present.LinkShown && l.New:
		vm.shown(&s, l, now)
	case l.Stage == present.LinkShown:
		s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.device.looking")}
	case l.Stage == present.LinkCompare:
		vm.compare(&s, l)
	case l.Stage == present.LinkWaiting:
		vm.waiting(&s, l, now)
	default:
		vm.ended(&s, l, now)
	}
	if s.Done == "" && s.Again == "" {
		s.Cancel = present.Say("settings.device.cancel")
	}
	return s
}

// empty is the page of the computer that is used already, before it has a code; and of the new one, before it shows one.
func (vm *Device) empty(s *DeviceState) {
	switch vm.way {
	case DeviceNew:
		s.Text, s.Again = present.Say("settings.device.new.text"), present.Say("settings.device.again")
		return
	case DeviceBack:
		s.Text, s.Again = present.Say("settings.back.text"), present.Say("settings.device.again")
		return
	}
	s.Text = present.Say("settings.device.text")
	if vm.way == DeviceFriend {
		s.Text = present.Say("settings.friend.text")
	}
	vm.picture(s)
	s.Code, s.CodeHint, s.Use = present.Say("settings.device.code"), present.Say("settings.device.code.hint"), present.Say("settings.device.use")
	if vm.missing {
		s.Missing = present.Say("settings.device.missing")
	}
	if vm.way == DeviceOld {
		vm.found(s)
	}
}

// strange says whether the code that was taken is not of the kind that this page is for: a friend would let a stranger's
// computer in as a second one of their own.
func (vm *Device) strange(l present.Link) bool {
	return vm.way == DeviceFriend && !l.Back && l.Stage != present.LinkShown && l.Stage != present.LinkOver
}

// picture offers the newest pictures, and a field for another.
func (vm *Device) picture(s *DeviceState) {
	s.PictureHeading, s.PictureText = present.Say("settings.picture"), present.Say("settings.picture.text")
	for _, f := range vm.photos {
		s.Pictures = append(s.Pictures, present.Option{Value: f.Path, Label: filepath.Base(f.Path), Hint: filepath.Dir(f.Path)})
	}
	s.PicturePath, s.PictureHint, s.PictureUse = present.Say("settings.picture.path"), present.Say("settings.picture.path.hint"), present.Say("settings.picture.use")
	s.PictureLook = present.Say("settings.picture.look")
	if vm.unnamed {
		s.PictureMissing = present.Say("settings.picture.missing")
	}
}

// backShown is the page of a computer that came back: its code, and where it still waits.
func (vm *Device) backShown(s *DeviceState, w present.World, l present.Link, now time.Time) {
	s.Text = present.Say("settings.back.text")
	for _, g := range w.Groups {
		if g.Waits {
			s.Groups = append(s.Groups, present.Line{Icon: assets.IconWaiting, Text: present.Say("start.brought.waits", "Group", g.Title())})
		}
	}
	if len(s.Groups) == 0 {
		s.Done, s.Open = present.Say("settings.back.done"), present.Say("start.brought.open")
		return
	}
	s.SpokenHeading, s.SpokenText, s.Spoken = present.Say("settings.back.spoken"), present.Say("settings.device.spoken.text"), l.Spoken
	if l.Code != "" {
		s.CodeHeading, s.CodeText, s.Show = present.Say("settings.back.show"), present.Say("settings.back.show.text"), l.Code
		s.Copy = present.Say("settings.device.copy")
	}
	s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.back.shown", "Time", until(l.Until.In(now.Location()), now))}
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
	p := vm.to.Question(linkName(now))
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
	s.Line = present.Line{Icon: assets.IconWaiting, Text: present.Say("settings.device.shown", "Time", present.Within(l.Until.In(now.Location()), now))}
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
func (vm *Device) ended(s *DeviceState, l present.Link, now time.Time) {
	for _, g := range l.Groups {
		s.Groups = append(s.Groups, linkGroup(g, vm.way == DeviceNew))
	}
	switch l.Stage {
	case present.LinkWriting:
		s.Line = present.Line{Icon: assets.IconGoing, Text: present.Say("settings.device.writing")}
	case present.LinkWaits:
		waits := words.Key("settings.device.waits")
		if l.New {
			waits = "settings.device.waits.new"
		}
		s.Done, s.Line = present.Say("settings.device.done"), present.Line{Icon: assets.IconPhone, Text: present.Say(waits)}
	case present.LinkDone:
		s.Done = present.Say("settings.device.done")
	case present.LinkCarried:
		s.Groups = nil
		s.Done, s.Line = present.Say("settings.friend.done"), present.Line{Icon: assets.IconPhone, Text: present.Say("settings.friend.ring")}
	default:
		s.Problem, s.Again = present.Explain(l.Err), present.Say("settings.device.again")
	}
	if l.ByFile {
		vm.filed(s, l, now)
	}
	if s.Done != "" && vm.way == DeviceNew {
		s.Open = present.Say("start.brought.open")
	}
}

// filed is that page where the two computers have only their files: another answer can be written as long as the link is
// kept, for the first may be lost, and one that was written later says who was let in since.
func (vm *Device) filed(s *DeviceState, l present.Link, now time.Time) {
	waits := l.Stage == present.LinkWaits
	switch {
	case vm.way == DeviceNew && (waits || l.Stage == present.LinkWriting):
		vm.found(s)
		s.FileText = present.Say("settings.device.file.newer")
	case vm.way != DeviceNew && (waits || l.Stage == present.LinkDone):
		s.Line = present.Line{Icon: assets.IconForward, Text: present.Say("settings.device.carry")}
		s.Words, s.WordsHeading = l.Words, present.Say("settings.device.words")
		vm.saving(s, "settings.device.file.again", now)
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

// until is a day and a time, in the middle of a sentence.
func until(t, now time.Time) string {
	return present.Say("time.at", "Day", present.Date(when.DateOf(t), when.DateOf(now)), "Time", present.Time(t))
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

// UsePicture takes the code in a picture.
func (vm *Device) UsePicture(path string) {
	path = strings.TrimSpace(path)
	vm.Change(func() { vm.unnamed = path == "" })
	if path == "" {
		return
	}
	vm.take(func(ctx context.Context) (present.Link, error) {
		code, err := vm.read(path)
		if err != nil {
			return present.Link{}, err
		}
		return vm.Desk().Core.TakeLink(ctx, code, nil)
	})
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
func (vm *Device) SetPlace(path string) { vm.Change(func() { vm.to.Pick(path) }) }

// Save writes the file for the other computer; other is the folder that was typed, if any.
func (vm *Device) Save(other string) {
	var path, id string
	vm.Change(func() {
		path, id = vm.to.Path(other, linkName(vm.Desk().Now())), vm.id
		vm.to.Missing = path == ""
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
	found, pictures := vm.Desk().Core.Files(context.Background(), present.LinkSuffix), vm.Desk().NewestPictures(maxPhotos)
	vm.Change(func() { vm.files, vm.photos = found, pictures })
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
