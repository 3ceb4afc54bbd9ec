package start

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kith/app/present"
	"kith/app/present/settings"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/people"
	"kith/store/kp1"
)

// VM keeps the way in.
type VM struct {
	*present.Model[State]
	page    Page
	way     string
	inside  bool // entered from inside: a person is there already
	draft   Draft
	suggest string
	sheet   []string // the recovery words; forgotten when the page is left
	join    string   // the request shown on Wait
	busy    words.Key
	err     error
	errs    []present.FieldError
	founded kp1.GID
	files   []present.FoundFile // backups on this computer
	brought present.Restored
	then    present.Route

	reads   func(path string) (string, error) // the code in a picture; nil: none can be read
	photos  []present.FoundFile
	unnamed bool // no picture was named
	taken   int
	got     bool // what stands in the box came from a picture
}

// New returns the way in from the welcome page.
func New(d *present.Desk) *VM {
	vm := &VM{page: Welcome, suggest: d.Core.Suggest()}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// Inside returns the way in for somebody who has Kith already: to an invitation (Code), a new group (Found) or the
// request named join (Wait).
func Inside(d *present.Desk, page Page, join string) *VM {
	vm := &VM{page: page, inside: true, join: join}
	if page == Found {
		vm.way = WayGroup
	} else {
		vm.way = WayInvited
	}
	vm.draft.GroupName = d.World().Name
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

// steps lists the counted pages of a way.
func steps(way string) []Page {
	switch way {
	case WayInvited:
		return []Page{Name, Passphrase, Sheet, Code, Wait}
	case WayGroup:
		return []Page{Name, Passphrase, Sheet, Found}
	case WayDevice:
		return []Page{Name, Passphrase}
	case WayBack:
		return []Page{Bring, Passphrase, Brought}
	case WayPaper:
		return []Page{Paper, Name, Passphrase, Code, Wait}
	}
	return []Page{Name, Passphrase, Sheet}
}

var stepNames = map[Page]words.Key{
	Name: "start.name.step", Passphrase: "start.pass.step", Sheet: "start.sheet.step",
	Bring: "start.bring.step", Paper: "start.paper.step", Brought: "start.brought.step", Code: "start.code.step", Found: "start.found.step", Wait: "start.wait.step",
}

func (vm *VM) make(w present.World, now time.Time) State {
	s := State{
		Page: vm.page, Draft: vm.draft, Errors: vm.errs, Problem: present.Explain(vm.err),
		Then: vm.then, Help: present.Say("start.help"), Watch: present.Say("start.watch"),
	}
	if len(vm.errs) > 0 {
		s.Heading = present.Say("start.problem")
	}
	if vm.busy != "" {
		s.Busy = present.Say(vm.busy)
	}
	if !vm.inside {
		all := steps(vm.way)
		for i, p := range all {
			if p == vm.page {
				s.Step, s.Steps = i+1, len(all)
				s.StepText = present.Say("start.step", "Step", i+1, "Steps", len(all), "Name", present.Say(stepNames[p]))
			}
		}
	}
	if _, ok := vm.before(); ok || vm.inside {
		s.Back = present.Say("start.back")
	}
	switch vm.page {
	case Welcome:
		vm.welcome(&s)
	case Name:
		vm.name(&s)
	case Passphrase:
		vm.passphrase(&s)
	case Sheet:
		vm.recovery(&s)
	case Code:
		vm.code(&s)
	case Found:
		vm.found(&s)
	case Wait:
		vm.wait(&s, w, now)
	case Return:
		vm.back(&s)
	case Bring:
		vm.bring(&s, now)
	case Paper:
		vm.paper(&s)
	case Brought:
		vm.came(&s, w)
	}
	return s
}

func (vm *VM) field(label, hint words.Key, field string) Field {
	f := Field{Label: present.Say(label), Error: present.ErrorFor(vm.errs, field)}
	if hint != "" {
		f.Hint = present.Say(hint)
	}
	return f
}

func (vm *VM) welcome(s *State) {
	look := vm.Desk().Core.Look()
	s.Title, s.Text = present.Say("start.hello"), present.Say("start.hello.text")
	s.Welcome = WelcomePage{
		Kith: present.Say("start.kith"), Promise: present.Say("start.promise"),
		Points: []present.Line{
			{Icon: assets.IconLock, Text: present.Say("start.point.private")},
			{Icon: assets.IconComputer, Text: present.Say("start.point.offline")},
			{Icon: assets.IconHeart, Text: present.Say("start.point.free")},
		},
		Choices: []Choice{
			{Way: WayInvited, Main: true, Line: present.Line{Icon: assets.IconMessages, Text: present.Say("start.invited")}, Text: present.Say("start.invited.text")},
			{Way: WayGroup, Line: present.Line{Icon: assets.IconPeople, Text: present.Say("start.group")}, Text: present.Say("start.group.text")},
			{Way: WayOwn, Line: present.Line{Icon: assets.IconCalendar, Text: present.Say("start.own")}, Text: present.Say("start.own.text")},
		},
		Back:      present.Say("start.return"),
		Demo:      present.Say("start.demo"),
		TextLabel: present.Say("settings.text"), ThemeLabel: present.Say("settings.theme"),
		Text: settings.TextOptions(look), Themes: settings.ThemeOptions(look),
	}
}

func (vm *VM) name(s *State) {
	s.Title, s.Text, s.Next = present.Say("start.name.title"), present.Say("start.name.text"), present.Say("start.name.next")
	s.Name = vm.field("start.name.label", "start.name.hint", FieldName)
}

func (vm *VM) passphrase(s *State) {
	s.Title, s.Text, s.Next = present.Say("start.pass.title"), present.Say("start.pass.text"), present.Say("start.pass.next")
	switch vm.way {
	case WayBack:
		s.Next = present.Say("start.bring.next")
	case WayDevice:
		s.Next = present.Say("start.device.next")
	case WayPaper:
		s.Next = present.Say("start.sheet.next.code")
	}
	s.Passphrase = PassphrasePage{
		SuggestHeading: present.Say("start.pass.suggest"), SuggestText: present.Say("start.pass.suggest.text"),
		Suggested: vm.suggest, Other: present.Say("start.pass.other"), Use: present.Say("start.pass.use"),
		Field: vm.field("start.pass.label", "start.pass.hint", FieldPass),
		Again: vm.field("start.pass.again", "start.pass.again.hint", FieldAgain),
		Show:  present.Say("locked.show"),
		Warn:  present.Line{Icon: assets.IconWarning, Text: present.Say("start.pass.warn")},
	}
}

func (vm *VM) recovery(s *State) {
	s.Title, s.Text = present.Say("start.sheet.title"), present.Say("start.sheet.text")
	switch vm.way {
	case WayInvited:
		s.Next = present.Say("start.sheet.next.code")
	case WayGroup:
		s.Next = present.Say("start.sheet.next.group")
	default:
		s.Next = present.Say("start.sheet.next.own")
	}
	s.Sheet = SheetPage{
		Words: vm.sheet,
		Keep:  present.Line{Icon: assets.IconShield, Text: present.Say("start.sheet.keep")},
		Tick:  vm.field("start.sheet.tick", "", FieldTick),
	}
}

func (vm *VM) code(s *State) {
	s.Title, s.Next, s.Foot = present.Say("start.code.title"), present.Say("start.code.ask"), present.Say("start.code.nothing")
	sight := func(icon assets.Icon, what, who words.Key) Sight {
		return Sight{Line: present.Line{Icon: icon, Text: present.Say(what)}, Who: present.Say(who)}
	}
	s.Code = CodePage{
		Field:      vm.field("start.code.label", "start.code.hint", FieldCode),
		Name:       vm.field("start.code.name", "start.code.name.hint", FieldMyName),
		WhoHeading: present.Say("start.code.who"),
		Who: []Sight{
			sight(assets.IconMessages, "start.code.who.write", "start.code.see.everyone"),
			sight(assets.IconPeople, "start.code.who.name", "start.code.see.everyone"),
			sight(assets.IconHome, "start.code.who.home", "start.code.see.nobody"),
			sight(assets.IconComputer, "start.code.who.address", "start.code.see.computers"),
			sight(assets.IconPage, "start.code.who.before", "start.code.see.invite"),
		},
		Nothing: present.Line{Icon: assets.IconEye, Text: present.Say("start.code.nothing")},
		Picture: vm.picture(), Taken: vm.taken,
	}
}

// WithPictures lets an invitation be read from a picture file. read may take a second.
func (vm *VM) WithPictures(read func(path string) (string, error)) *VM {
	vm.reads = read
	if vm.page == Code {
		vm.LookForPictures()
	}
	return vm
}

// maxPhotos is how many pictures are offered: the one that was just taken is among the newest.
const maxPhotos = 5

// LookForPictures looks for the newest pictures.
func (vm *VM) LookForPictures() {
	if vm.reads == nil {
		return
	}
	found := vm.Desk().NewestPictures(maxPhotos)
	vm.Change(func() { vm.photos = found })
}

// picture offers the newest pictures, and a field for another.
func (vm *VM) picture() PicturePart {
	if vm.reads == nil {
		return PicturePart{}
	}
	p := PicturePart{
		Heading: present.Say("start.code.picture"), Text: present.Say("start.code.picture.text"), Other: present.Say("message.give.other"),
		Path: Field{Label: present.Say("settings.picture.path"), Hint: present.Say("settings.picture.path.hint")},
		Use:  present.Say("settings.picture.use"), Look: present.Say("settings.picture.look"),
	}
	for _, f := range vm.photos {
		p.Pictures = append(p.Pictures, present.Option{Value: f.Path, Label: filepath.Base(f.Path), Hint: filepath.Dir(f.Path)})
	}
	if vm.unnamed {
		p.Path.Error = present.Say("settings.picture.missing")
	}
	if vm.got {
		p.Taken, p.TakenText = present.Say("start.code.picture.done"), present.Say("start.code.picture.done.text")
	}
	return p
}

// UsePicture puts the invitation that is in a picture into the box. Nobody is asked to be let in by that.
func (vm *VM) UsePicture(path string, d Draft) {
	path = strings.TrimSpace(path)
	vm.Change(func() { vm.unnamed, vm.got = path == "", false })
	if path == "" || vm.reads == nil {
		return
	}
	text := ""
	vm.work("start.code.picture.busy", func(context.Context) (err error) {
		text, err = vm.reads(path)
		return err
	}, func() {
		vm.draft, vm.errs = d, nil
		vm.draft.Code, vm.got = strings.TrimSpace(text), true
		vm.taken++
	})
}

func (vm *VM) found(s *State) {
	s.Title, s.Next, s.Foot = present.Say("start.found.title"), present.Say("start.found.next"), present.Say("start.found.nothing")
	s.Found = FoundPage{
		KindLabel: present.Say("start.found.kind"),
		Group:     vm.field("start.found.name", "start.found.name.hint", FieldGroup),
		Name:      vm.field("start.found.myname", "start.code.name.hint", FieldMyName),
		Lead:      present.Line{Icon: assets.IconPeople, Text: present.Say("start.found.lead")},

		ReachHeading: present.Say("start.found.reach"), ReachText: present.Say("start.found.reach.text"),
		Reach: vm.field("start.found.reach.tick", "", FieldReach),
	}
	if vm.kind() == present.PeerGroup {
		to := reachOf(vm.kind(), vm.draft.Reach)
		s.Found.Ways = []present.Option{
			{Value: present.ReachMailbox, Label: present.Say("people.rules.mailbox"), Hint: present.Say("start.found.mailbox.hint"), Chosen: to == present.ReachMailbox},
			{Value: present.ReachDirect, Label: present.Say("people.rules.direct"), Hint: present.Say("start.found.direct.hint"), Chosen: to == present.ReachDirect},
		}
		if to == present.ReachMailbox {
			s.Found.ReachText, s.Found.Reach = present.Say("start.found.mailbox.text"), Field{}
		}
	}
	for _, k := range []struct {
		kind        people.Kind
		label, hint words.Key
	}{
		{people.Constellation, "start.found.kind.constellation", "start.found.kind.constellation.text"},
		{people.PeerGroup, "start.found.kind.peer", "start.found.kind.peer.text"},
		{people.Match, "start.found.kind.match", "start.found.kind.match.text"},
		{people.Siblings, "start.found.kind.siblings", "start.found.kind.siblings.text"},
		{people.Family, "start.found.kind.family", "start.found.kind.family.text"},
	} {
		s.Found.Kinds = append(s.Found.Kinds, present.Option{
			Value: k.kind.String(), Label: present.Say(k.label), Hint: present.Say(k.hint), Chosen: k.kind.String() == vm.kind(),
		})
	}
}

// reachOf is how the computers of a group meet that is founded: as was chosen, and else as is usual. In a support group
// people may be strangers, and do not see where the others are.
func reachOf(kind, chosen string) string {
	switch {
	case kind != present.PeerGroup:
		return present.ReachDirect
	case chosen == "":
		return present.UsualReach(kind)
	}
	return chosen
}

// SetKind says what kind of group it will be, as soon as somebody picks it: what else is asked depends on it.
func (vm *VM) SetKind(kind string) {
	vm.Change(func() { vm.draft.Kind, vm.errs = kind, nil })
}

// SetReach says how its computers will meet.
func (vm *VM) SetReach(reach string) {
	vm.Change(func() { vm.draft.Reach, vm.errs = reach, nil })
}

// kind returns the kind of group in the draft; a constellation when none is chosen yet.
func (vm *VM) kind() string {
	if vm.draft.Kind == "" {
		return present.Constellation
	}
	return vm.draft.Kind
}

func (vm *VM) wait(s *State, w present.World, now time.Time) {
	j, ok := vm.request(w)
	if !ok {
		s.Title = present.Say("start.wait.title.looking")
		return
	}
	p := WaitPage{Join: j.ID, Close: present.Say("start.wait.close"), WordsHeading: present.Say("start.wait.words")}
	if !j.At.IsZero() {
		p.Asked = present.Say("start.wait.asked", "When", present.Ago(j.At, now))
	}
	// with chooses between a sentence that names the inviter and one that does not.
	with := func(named, anyone words.Key) string {
		if j.Waiting == "" {
			return present.Say(anyone, "When", present.Within(j.Left, now))
		}
		return present.Say(named, "Name", j.Waiting, "When", present.Within(j.Left, now))
	}
	going := true
	switch j.Stage {
	case present.JoinSent:
		s.Title = present.Say("start.wait.title.sent")
		s.Text = with("start.wait.text.sent", "start.wait.text.sent.anyone")
		p.Icon = present.Line{Icon: assets.IconGoing, Text: s.Text}
	case present.JoinWaiting:
		s.Title, s.Text = present.Say("start.wait.title.waiting"), present.Say("start.wait.text.waiting")
		p.Icon = present.Line{Icon: assets.IconWaiting, Text: s.Text}
	case present.JoinApproved:
		going = false
		s.Title = present.Say("start.wait.title.approved")
		s.Text = with("start.wait.text.approved", "start.wait.text.approved.anyone")
		p.Icon = present.Line{Icon: assets.IconDone, Text: s.Text}
		p.Theirs = with("start.wait.inviter", "start.wait.inviter.anyone")
		p.TheirsText = with("start.wait.inviter.text", "start.wait.inviter.text.anyone")
		p.TheirWords = j.Inviter[:]
		p.Open = present.Say("start.wait.open.unnamed")
		if j.Group != "" {
			p.Open = present.Say("start.wait.open", "Group", j.Group)
		}
		p.OpenGroup = present.Route{Place: present.PlaceToday}
		p.Close = ""
	case present.JoinRefused:
		going = false
		s.Title = present.Say("start.wait.title.refused")
		s.Text, p.Over = ended(j.Err)
		p.Icon = present.Line{Icon: assets.IconWarning, Text: s.Text}
	case present.JoinCancelled:
		going = false
		s.Title, s.Text = present.Say("start.wait.title.cancelled"), present.Say("start.wait.text.cancelled")
		p.Icon = present.Line{Icon: assets.IconCross, Text: s.Text}
	case present.JoinExpired:
		going = false
		s.Title = present.Say("start.wait.title.expired")
		s.Text, p.Over = ended(j.Err)
		p.Icon = present.Line{Icon: assets.IconWarning, Text: s.Text}
	default:
		s.Title = present.Say("start.wait.title.looking")
		s.Text = with("start.wait.text.looking", "start.wait.text.looking.anyone")
		p.Icon = present.Line{Icon: assets.IconAsleep, Text: s.Text}
	}
	if going || j.Stage == present.JoinApproved {
		p.Stages = stages(j, now)
	}
	if going {
		p.Cancel, p.Meanwhile = present.Say("start.wait.cancel"), present.Say("start.wait.meanwhile")
	}
	if going || j.Stage == present.JoinApproved {
		p.WordsText = with("start.wait.words.text", "start.wait.words.text.anyone")
		p.Words = j.Words[:]
	} else {
		p.Again, p.Close = present.Say("start.wait.again"), ""
	}
	s.Wait = p
}

// ended says why a request came to nothing: what happened, and, on lines of their own, what is safe and what to do next.
func ended(err error) (what string, rest []present.Line) {
	p := present.Explain(err)
	for _, l := range []present.Line{{Icon: assets.IconShield, Text: p.Safe}, {Icon: assets.IconForward, Text: p.Next}} {
		if l.Text != "" {
			rest = append(rest, l)
		}
	}
	return p.What, rest
}

// stages says how far a request has come.
func stages(j present.Join, now time.Time) []Stage {
	at := slices.Index([]string{present.JoinLooking, present.JoinSent, present.JoinWaiting, present.JoinApproved}, j.Stage) // done before it
	all := []Stage{{Text: present.Say("start.stage.asked")}, {Text: present.Say("start.stage.leave")}, {Text: present.Say("start.stage.yes.anyone")}, {Text: present.Say("start.stage.in")}}
	if !j.Left.IsZero() {
		all[1].Text = present.Say("start.stage.left", "When", present.Within(j.Left, now))
	}
	if j.Waiting != "" {
		all[2].Text = present.Say("start.stage.yes", "Name", j.Waiting)
	}
	for i := range all {
		all[i].Done, all[i].Now = i <= at, i == at+1
	}
	if all[2].Now { // nobody has said so yet
		all[2].Text = present.Say("start.stage.waits.anyone")
		if j.Waiting != "" {
			all[2].Text = present.Say("start.stage.waits", "Name", j.Waiting)
		}
	}
	if j.Stage == present.JoinWaiting { // there is a yes, and what belongs to it is still to come
		all[2].Text = present.Say("start.stage.said")
	}
	return all
}

// request finds the request that the page is about: the one named, or the newest.
func (vm *VM) request(w present.World) (present.Join, bool) {
	for i := len(w.Joins) - 1; i >= 0; i-- {
		if vm.join == "" || w.Joins[i].ID == vm.join {
			return w.Joins[i], true
		}
	}
	return present.Join{}, false
}

// before returns the page that Back leads to.
func (vm *VM) before() (Page, bool) {
	if vm.inside {
		return "", false
	}
	switch vm.page {
	case Name:
		if vm.way == WayPaper {
			return Paper, true
		}
		return Welcome, true
	case Passphrase:
		if vm.way == WayBack {
			return Bring, true
		}
		return Name, true
	case Return:
		return Welcome, true
	case Bring, Paper:
		return Return, true
	case Code, Found: // the person is made; the sheet was shown once
		return "", false
	}
	return "", false
}

// Choose begins one of the ways of the welcome page.
func (vm *VM) Choose(way string) {
	vm.Change(func() {
		vm.way, vm.page, vm.errs, vm.err = way, Name, nil, nil
		switch way {
		case WayBack:
			vm.page = Bring
		case WayPaper:
			vm.page = Paper
		}
	})
}

// SetText and SetTheme choose how it looks, at once.
func (vm *VM) SetText(value string) { vm.look(settings.WithText(vm.Desk().Core.Look(), value)) }

// SetTheme chooses the colours.
func (vm *VM) SetTheme(theme string) {
	l := vm.Desk().Core.Look()
	l.Theme = theme
	vm.look(l)
}

func (vm *VM) look(l present.Look) {
	err := vm.Desk().Core.SetLook(l)
	vm.Change(func() { vm.err = err })
}

// Demo opens the made-up constellation.
func (vm *VM) Demo() {
	vm.work("start.demo.opening", func(ctx context.Context) error { return vm.Desk().Core.Demo(ctx) }, func() { vm.page = Done })
}

// Another draws four other words.
func (vm *VM) Another() {
	fresh := vm.Desk().Core.Suggest()
	vm.Change(func() { vm.suggest = fresh })
}

// Mended takes away what was wrong with a field, and what the last try said: what stands in the field is another now.
func (vm *VM) Mended(field string) {
	wrong := false
	of := func(e present.FieldError) bool { return e.Field == field }
	vm.Read(func() { wrong = vm.err != nil || slices.ContainsFunc(vm.errs, of) })
	if wrong {
		vm.Change(func() { vm.err, vm.errs = nil, slices.DeleteFunc(slices.Clone(vm.errs), of) })
	}
}

// Typed hears what stands in the box of the invitation: what came from a picture may be another now.
func (vm *VM) Typed(code string) {
	other := false
	vm.Read(func() { other = vm.got && code != vm.draft.Code })
	if other {
		vm.Change(func() { vm.got = false })
	}
}

// Back goes one page back and keeps what was typed, in d.
func (vm *VM) Back(d Draft) {
	vm.Change(func() {
		vm.draft, vm.errs, vm.err = d, nil, nil
		if p, ok := vm.before(); ok {
			vm.page = p
		}
	})
}

// Next goes on with what was typed, or says at the fields what to put right.
func (vm *VM) Next(d Draft) {
	var page Page
	var busy bool
	vm.Change(func() { vm.draft, vm.errs, vm.err, page, busy = d, nil, nil, vm.page, vm.busy != "" })
	if busy {
		return
	}
	switch page {
	case Name:
		if vm.right(present.FieldError{Field: FieldName, Say: nameProblem(d.Name)}) {
			vm.Change(func() { vm.page = Passphrase })
		}
	case Passphrase:
		vm.begin(d)
	case Sheet:
		vm.written(d)
	case Bring:
		vm.take(d)
	case Paper:
		vm.read(d)
	case Code:
		vm.ask(d)
	case Found:
		vm.start(d)
	}
}

// right notes what is to be put right and reports whether there is nothing.
func (vm *VM) right(errs ...present.FieldError) bool {
	var left []present.FieldError
	for _, e := range errs {
		if e.Say != "" {
			left = append(left, e)
		}
	}
	vm.Change(func() { vm.errs = left })
	return len(left) == 0
}

func (vm *VM) begin(d Draft) {
	differ := ""
	if passProblem(d.Passphrase) == "" && d.Passphrase != d.Again {
		differ = present.Say("start.pass.differ")
	}
	if !vm.right(present.FieldError{Field: FieldPass, Say: passProblem(d.Passphrase)}, present.FieldError{Field: FieldAgain, Say: differ}) {
		return
	}
	if vm.way == WayBack {
		vm.restore(d)
		return
	}
	ask := present.Start{Name: strings.TrimSpace(d.Name), Passphrase: d.Passphrase, Keychain: true}
	if vm.way == WayPaper {
		ask.Words = strings.Join(strings.Fields(d.Recovery), " ")
	}
	var sheet [12]string
	vm.work("start.pass.busy", func(ctx context.Context) (err error) {
		sheet, err = vm.Desk().Core.Start(ctx, ask)
		if err != nil && ask.Words != "" {
			vm.Change(func() { vm.page = Paper })
		}
		return err
	}, func() {
		vm.sheet, vm.page = sheet[:], Sheet
		switch vm.way {
		case WayDevice: // the twelve words are those of the other computer, and come from it
			vm.sheet, vm.page = nil, Done
			vm.then = present.Route{Place: present.PlaceSettings, Page: present.PageDevice, Name: "new"}
		case WayPaper: // they are on paper already
			vm.sheet, vm.page, vm.draft.Recovery, vm.draft.GroupName = nil, Code, "", ask.Name
		}
		vm.draft.Passphrase, vm.draft.Again = "", ""
	})
}

func (vm *VM) written(d Draft) {
	tick := ""
	if !d.Written {
		tick = present.Say("start.sheet.missing")
	}
	if !vm.right(present.FieldError{Field: FieldTick, Say: tick}) {
		return
	}
	forget := func(next Page) {
		vm.Change(func() {
			vm.sheet, vm.page = nil, next
			if vm.draft.GroupName == "" {
				vm.draft.GroupName = strings.TrimSpace(d.Name)
			}
		})
	}
	switch {
	case vm.way == WayInvited:
		forget(Code)
		vm.LookForPictures()
	case vm.way == WayGroup:
		forget(Found)
	default:
		vm.create(present.Found{Kind: present.Family, Name: present.Say("start.own.name"), MyName: strings.TrimSpace(d.Name), Reach: "direct"})
	}
}

func (vm *VM) ask(d Draft) {
	code := ""
	if strings.TrimSpace(d.Code) == "" {
		code = present.Say("start.code.missing")
	}
	if !vm.right(present.FieldError{Field: FieldCode, Say: code}, present.FieldError{Field: FieldMyName, Say: nameProblem(d.GroupName)}) {
		return
	}
	var j present.Join
	vm.work("start.code.busy", func(ctx context.Context) (err error) {
		j, err = vm.Desk().Core.Join(ctx, invitation(d.Code), strings.TrimSpace(d.GroupName))
		return err
	}, func() { vm.join, vm.page = j.ID, Wait })
}

// invitation is what was typed or pasted, as Join takes it: a link that a mail program has cut into lines is put together
// again, and words keep their spaces.
func invitation(typed string) string {
	between := " "
	if strings.Contains(typed, "#") {
		between = ""
	}
	return strings.Join(strings.Fields(typed), between)
}

func (vm *VM) start(d Draft) {
	group, reach := "", ""
	if strings.TrimSpace(d.Group) == "" {
		group = present.Say("start.found.name.missing")
	}
	if d.Kind == "" {
		d.Kind = present.Constellation
	}
	by := reachOf(d.Kind, d.Reach)
	if by == present.ReachDirect && !d.ReadReach {
		reach = present.Say("start.found.reach.missing")
	}
	if !vm.right(
		present.FieldError{Field: FieldGroup, Say: group},
		present.FieldError{Field: FieldMyName, Say: nameProblem(d.GroupName)},
		present.FieldError{Field: FieldReach, Say: reach},
	) {
		return
	}
	f := present.Found{Kind: d.Kind, Name: strings.TrimSpace(d.Group), MyName: strings.TrimSpace(d.GroupName), Reach: by}
	switch f.Kind {
	case present.Constellation:
		f.Title = present.Say("start.found.title.hub")
	case present.PeerGroup:
		f.Title = present.Say("start.found.title.lead")
	}
	vm.create(f)
}

func (vm *VM) create(f present.Found) {
	var g kp1.GID
	vm.work("start.found.busy", func(ctx context.Context) (err error) {
		g, err = vm.Desk().Core.Found(ctx, f)
		return err
	}, func() {
		vm.founded, vm.sheet, vm.page = g, nil, Done
		if f.Reach == present.ReachMailbox { // nobody can join before there is one
			vm.then = present.Route{Place: present.PlacePeople, Page: present.PageMailbox, Group: g}
		}
	})
}

// Cancel stops the request of the Wait page.
func (vm *VM) Cancel() {
	var id string
	w := vm.Desk().World()
	vm.Read(func() {
		if j, ok := vm.request(w); ok {
			id = j.ID
		}
	})
	vm.work("", func(ctx context.Context) error { return vm.Desk().Core.CancelJoin(ctx, id) }, func() {})
}

// Again goes back to the invitation after a request has ended, and forgets that request: it needs nobody any more.
func (vm *VM) Again() {
	w, over := vm.Desk().World(), ""
	vm.Change(func() {
		if j, ok := vm.request(w); ok {
			over = j.ID
		}
		vm.page, vm.join, vm.draft.Code, vm.err, vm.errs = Code, "", "", nil, nil
	})
	if over != "" {
		vm.Desk().Do(func(ctx context.Context) { _ = vm.Desk().Core.CancelJoin(ctx, over) }) // if not, it stays in the list
	}
}

// Leave is done with the way in; the screen then shows Today.
func (vm *VM) Leave() { vm.Change(func() { vm.page, vm.sheet = Done, nil }) }

// work asks the Core for something away from the screen, says busy meanwhile, and then goes on with done or says what
// went wrong. done runs under the model's lock.
func (vm *VM) work(busy words.Key, ask func(context.Context) error, done func()) {
	vm.Change(func() { vm.busy, vm.err = busy, nil })
	vm.Desk().Do(func(ctx context.Context) {
		err := ask(ctx)
		vm.Change(func() {
			vm.busy, vm.err = "", err
			if err == nil {
				done()
			}
		})
	})
}
