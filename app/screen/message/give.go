package message

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/platform"
	"kith/app/present"
	"kith/app/present/message"
	"kith/app/screen"
	"kith/assets"
	"kith/store/care/file"
)

// give is the page on which a picture or a paper is given to a thread.
type give struct {
	vm   *message.Give
	nav  screen.Nav
	head *kit.Head

	readers       *kit.IconLine
	heading, text *kit.Text
	files         *kit.Choice
	path          *kit.Field
	other, use    *kit.Button
	look          *kit.Button
	askBox        *kit.Panel

	name    *kit.Text
	picture *thumb
	does    *kit.Repeat[present.Line]
	full    *kit.OptionButton
	words   *kit.Field
	send    *kit.Button
	another *kit.Button
	box     *kit.Panel

	busy    *kit.IconLine
	cancel  *kit.Button
	trouble *screen.Trouble
	page    *kit.Page
	shown   string
	left    bool
}

func readFile(path string) ([]byte, error) { return platform.ReadFile(path, file.Max) }

func newGive(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := message.NewGive(d, r.Group, r.Object, readFile)
	p := &give{vm: vm, nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.readers = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.heading, p.text = kit.Section(""), kit.Body("")
	p.files = kit.NewChoiceColumn(kit.Radio, vm.Use)
	p.path = kit.NewField("", "")
	use := func() { vm.Use(p.path.Text()) }
	p.path.OnEnter(use)
	p.use = kit.NewButton(kit.Second, "", assets.IconForward, use).IconAfter()
	p.other = kit.NewButton(kit.Second, "", assets.IconPage, func() { nav.Pick(vm.Use) })
	p.look = kit.NewButton(kit.Second, "", assets.IconVersions, vm.Look)
	p.askBox = kit.Card(kit.Column(14, p.heading, p.text, p.files.Container, kit.Flow(14, p.other, p.look), p.path, kit.Flow(0, p.use)))

	p.name, p.picture = kit.Section(""), newThumb(0)
	p.does = kit.NewRepeat(8, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		l := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return l, func(s present.Line) { l.Set(s.Icon, s.Text) }
	})
	p.full = kit.NewOption(kit.Tick, "", false, func() { vm.SetFull(!p.full.Chosen()) })
	p.words = kit.NewTextArea("", "", 2)
	send := func() { vm.Send(p.words.Text()) }
	p.words.OnSend(send)
	p.send = kit.NewButton(kit.Main, "", assets.IconGoing, send)
	p.another = kit.NewButton(kit.Second, "", assets.IconBack, vm.Again)
	p.box = kit.Card(kit.Column(14, p.name, p.picture.Container, p.does.Container, kit.Flow(0, p.full), p.words, kit.Flow(14, p.another, p.send)))

	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.cancel = kit.NewButton(kit.Second, "", assets.IconCross, vm.Cancel)
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(16, p.trouble, p.readers, p.busy, kit.Flow(0, p.cancel), p.askBox, p.box)))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *give) render(s message.GiveState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.readers.Set(s.Readers.Icon, s.Readers.Text)
	idle := s.Busy == ""
	p.heading.SetText(s.Heading)
	p.text.SetText(s.Text)
	p.files.Set(screen.Options(s.Files))
	p.files.Hidden = len(s.Files) == 0
	p.other.SetText(s.Other)
	p.other.Hidden = s.Other == "" || p.nav.Pick == nil
	p.path.SetLabel(s.Path, s.PathHint)
	p.path.SetProblem(s.PathMissing)
	p.use.SetText(s.PathUse)
	p.use.SetEnabled(idle)
	p.look.SetText(s.PathLook)
	p.askBox.Hidden = s.Heading == ""

	p.name.SetText(s.Name)
	p.picture.set(s.Picture, false)
	p.does.Set(s.Does)
	p.full.SetText(s.Full, "")
	p.full.SetChosen(s.FullOn)
	p.full.Hidden = s.Full == ""
	p.words.SetLabel(s.Words.Label, s.Words.Hint)
	p.words.SetProblem(s.Words.Error)
	p.send.SetText(s.Send)
	p.send.SetEnabled(idle)
	p.another.SetText(s.Another)
	p.box.Hidden = s.Name == ""

	p.busy.Set(assets.IconWaiting, s.Busy)
	p.cancel.SetText(s.Cancel)
	p.cancel.Hidden = s.Cancel == ""
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if at := s.Heading + s.Name; at != p.shown || !s.Problem.None() {
		if at != p.shown && p.shown != "" {
			kit.Unfocus(p.page) // Enter twice must not send what nobody has looked at
		}
		p.shown = at
		p.page.Top()
	}
	if s.Done && !p.left {
		p.left = true
		p.nav.Done(s.To)
	}
}

// keep is the page on which a file of a thread is saved outside of Kith.
type keep struct {
	nav     screen.Nav
	head    *kit.Head
	text    *kit.IconLine
	place   *screen.Place
	save    *kit.Button
	busy    *kit.IconLine
	done    *kit.Banner
	box     *kit.Panel
	gone    *kit.Text
	trouble *screen.Trouble
	page    *kit.Page
	shown   string
}

func newKeep(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := message.NewKeep(d, r.Group, r.Object, r.Part)
	p := &keep{nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble(), gone: kit.Body("")}
	p.text = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.place = screen.NewPlace(vm.SetPlace)
	save := func() { vm.Save(p.place.Other.Text()) }
	p.place.Other.OnEnter(save)
	p.save = kit.NewButton(kit.Main, "", assets.IconSave, save)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.done = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.box = kit.Card(kit.Column(16, p.text, p.place, kit.Flow(0, p.save), p.busy))
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(16, p.trouble, p.done, p.gone, p.box)))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *keep) render(s message.KeepState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.text.Set(assets.IconWarning, s.Text)
	p.place.Set(s.Place)
	p.save.SetText(s.Button)
	p.save.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.done.Set(s.Done, s.DoneText)
	p.gone.SetText(s.Gone)
	p.gone.Hidden = s.Gone == ""
	p.box.Hidden = s.Gone != ""
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.DoneText != p.shown || !s.Problem.None() {
		p.shown = s.DoneText
		p.page.Top()
	}
}
