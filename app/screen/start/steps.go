package start

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/start"
	"kith/app/screen"
	"kith/assets"
)

// newDoor is the page on which somebody who is in already goes to an invitation or to a new group.
func newDoor(nav screen.Nav) screen.Screen {
	s := start.Doors()
	head := kit.NewHead(s.Title, "")
	head.SetBack(s.Back, nav.Back)
	all := kit.Column(16)
	var first *kit.BigChoice
	for _, c := range s.Choices {
		b := kit.NewBigChoice(c.Line.Icon, c.Line.Text, c.Text, c.Main, func() { nav.Go(c.To) })
		if first == nil {
			first = b
		}
		all.Add(b)
	}
	return screen.New(kit.NewPage(head.Container, kit.Most(760, all))).WithFocus(func() { kit.Focus(first) })
}

// named is the step that asks for the name.
type named struct{ name *kit.Field }

func newName(next func()) *named {
	p := &named{name: kit.NewField("", "").Narrow(420)}
	p.name.OnEnter(next)
	return p
}

func (p *named) content() fyne.CanvasObject { return p.name }
func (p *named) read(d *start.Draft)        { d.Name = p.name.Text() }
func (p *named) fill(d start.Draft)         { p.name.SetText(d.Name) }
func (p *named) focus()                     { p.name.Focus() }
func (p *named) fields() map[string]func() {
	return map[string]func(){start.FieldName: p.name.Focus}
}

func (p *named) render(s start.State) {
	p.name.SetLabel(s.Name.Label, s.Name.Hint)
	p.name.SetProblem(s.Name.Error)
}

// phrase is the step that offers four words and takes the passphrase.
type phrase struct {
	heading, text *kit.Text
	words         *kit.Text
	other         *kit.Button
	pass, again   *kit.Field
	show          *kit.OptionButton
	warn          *kit.IconLine
	all           *fyne.Container
}

func newPassphrase(vm *start.VM, next func()) *phrase {
	p := &phrase{heading: kit.Section(""), text: kit.Quiet(""), words: kit.NewText("", look.Word, look.PrimaryInk)}
	p.pass, p.again = kit.NewPassword("", "").Narrow(460), kit.NewPassword("", "").Narrow(460)
	p.again.OnEnter(next)
	p.pass.OnEnter(func() { p.again.Focus() })
	p.other = kit.NewButton(kit.Second, "", assets.IconVersions, vm.Another)
	p.show = kit.NewOption(kit.Tick, "", false, func() {
		p.show.SetChosen(!p.show.Chosen())
		p.pass.ShowTyped(p.show.Chosen())
		p.again.ShowTyped(p.show.Chosen())
	})
	p.warn = kit.NewIconLine(assets.IconWarning, 24, "", look.Body, look.Ink)
	side := kit.Card(kit.Column(12, p.heading, p.text,
		kit.NewPanel(look.PrimarySoft, "", 0, 10, 14, 16, p.words), kit.Flow(0, p.other)))
	p.all = kit.TwoColumn(28, 436, kit.Column(18, p.pass, p.again, kit.Flow(0, p.show), p.warn), side)
	return p
}

func (p *phrase) content() fyne.CanvasObject { return p.all }
func (p *phrase) read(d *start.Draft)        { d.Passphrase, d.Again = p.pass.Text(), p.again.Text() }
func (p *phrase) focus()                     { p.pass.Focus() }

func (p *phrase) fill(d start.Draft) {
	p.pass.SetText(d.Passphrase)
	p.again.SetText(d.Again)
}

func (p *phrase) fields() map[string]func() {
	return map[string]func(){start.FieldPass: p.pass.Focus, start.FieldAgain: p.again.Focus}
}

func (p *phrase) render(s start.State) {
	x := s.Passphrase
	p.heading.SetText(x.SuggestHeading)
	p.text.SetText(x.SuggestText)
	p.words.SetText(x.Suggested)
	p.other.SetText(x.Other)
	p.pass.SetLabel(x.Field.Label, x.Field.Hint)
	p.pass.SetProblem(x.Field.Error)
	p.again.SetLabel(x.Again.Label, x.Again.Hint)
	p.again.SetProblem(x.Again.Error)
	p.show.SetText(x.Show, "")
	p.warn.Set(x.Warn.Icon, x.Warn.Text)
}

// sheet is the step that shows the twelve words, once.
type sheet struct {
	words   *kit.Words
	keep    *kit.IconLine
	tick    *kit.OptionButton
	problem *kit.IconLine
	all     *fyne.Container
}

func newSheet(func()) *sheet {
	p := &sheet{words: kit.NewWords(4)}
	p.keep = kit.NewIconLine(assets.IconShield, 24, "", look.Body, look.Ink)
	p.tick = kit.NewOption(kit.Tick, "", false, func() { p.tick.SetChosen(!p.tick.Chosen()) })
	p.problem = kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	p.all = kit.Column(18, kit.Card(p.words.Container), p.keep, p.problem, kit.Flow(0, p.tick))
	return p
}

func (p *sheet) content() fyne.CanvasObject { return p.all }
func (p *sheet) read(d *start.Draft)        { d.Written = p.tick.Chosen() }
func (p *sheet) fill(d start.Draft)         { p.tick.SetChosen(d.Written) }
func (p *sheet) focus()                     { kit.Focus(p.tick) }
func (p *sheet) fields() map[string]func()  { return map[string]func(){start.FieldTick: p.focus} }

func (p *sheet) render(s start.State) {
	p.words.Set(s.Sheet.Words...)
	p.keep.Set(s.Sheet.Keep.Icon, s.Sheet.Keep.Text)
	p.tick.SetText(s.Sheet.Tick.Label, "")
	p.problem.Set(assets.IconWarning, s.Sheet.Tick.Error)
}

// code is the step that takes an invitation and says who will see what.
type code struct {
	code    *kit.Field
	name    *kit.Field
	heading *kit.Text
	who     *kit.Repeat[start.Sight]
	nothing *kit.IconLine
	all     *fyne.Container

	nav        screen.Nav
	photoH     *kit.Text
	photoText  *kit.Text
	photos     *kit.Choice
	path       *kit.Field
	use, other *kit.Button
	look       *kit.Button
	got        *kit.Banner
	photoBox   *kit.Panel
	taken      int
}

func newCode(vm *start.VM, nav screen.Nav, read func() start.Draft, next func()) *code {
	p := &code{nav: nav, code: kit.NewTextArea("", "", 3), name: kit.NewField("", "").Narrow(420), heading: kit.Section("")}
	p.code.OnSend(next)
	p.code.OnChanged(func(s string) {
		vm.Mended(start.FieldCode)
		vm.Typed(s)
	})
	p.name.OnEnter(next)
	p.who = kit.NewRepeat(8, func(s start.Sight) string { return s.Line.Text }, func() (fyne.CanvasObject, func(start.Sight)) {
		what, who := kit.NewIconLine("", 24, "", look.Body, look.Ink), kit.Strong("")
		return kit.Inset(6, 0, 6, 0, kit.Grid(2, 12, 200, what, who)), func(s start.Sight) {
			what.Set(s.Line.Icon, s.Line.Text)
			who.SetText(s.Who)
		}
	}).Ruled()
	p.nothing = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.photoH, p.photoText, p.path = kit.Section(""), kit.Body(""), kit.NewField("", "")
	use := func(path string) { vm.UsePicture(path, read()) }
	p.photos = kit.NewChoiceColumn(kit.Radio, use)
	p.path.OnEnter(func() { use(p.path.Text()) })
	p.use = kit.NewButton(kit.Second, "", assets.IconForward, func() { use(p.path.Text()) }).IconAfter()
	p.other = kit.NewButton(kit.Second, "", assets.IconPage, func() { nav.Pick(use) })
	p.look = kit.NewButton(kit.Second, "", assets.IconVersions, vm.LookForPictures)
	p.got = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.photoBox = kit.Card(kit.Column(12, p.photoH, p.photoText, p.photos.Container, kit.Flow(14, p.other, p.look), p.path, kit.Flow(0, p.use)))
	p.all = kit.TwoColumn(28, 560, kit.Column(18, p.got, p.code, p.name, p.photoBox),
		kit.Card(kit.Column(10, p.heading, p.who.Container, p.nothing)))
	return p
}

func (p *code) content() fyne.CanvasObject { return p.all }
func (p *code) read(d *start.Draft)        { d.Code, d.GroupName = p.code.Text(), p.name.Text() }
func (p *code) focus()                     { p.code.Focus() }

func (p *code) fill(d start.Draft) {
	p.code.SetText(d.Code)
	p.name.SetText(d.GroupName)
}

func (p *code) fields() map[string]func() {
	return map[string]func(){start.FieldCode: p.code.Focus, start.FieldMyName: p.name.Focus}
}

func (p *code) render(s start.State) {
	x := s.Code
	p.code.SetLabel(x.Field.Label, x.Field.Hint)
	p.code.SetProblem(x.Field.Error)
	p.name.SetLabel(x.Name.Label, x.Name.Hint)
	p.name.SetProblem(x.Name.Error)
	p.heading.SetText(x.WhoHeading)
	p.who.Set(x.Who)
	p.nothing.Set(x.Nothing.Icon, x.Nothing.Text)
	p.picture(x.Picture, s.Busy == "")
	if x.Taken != p.taken {
		p.taken = x.Taken
		p.code.SetText(s.Draft.Code)
	}
}

func (p *code) picture(x start.PicturePart, idle bool) {
	p.photoBox.Hidden = x.Heading == ""
	p.photoH.SetText(x.Heading)
	p.photoText.SetText(x.Text)
	p.photos.Set(screen.Options(x.Pictures))
	p.photos.Hidden = len(x.Pictures) == 0
	p.path.SetLabel(x.Path.Label, x.Path.Hint)
	p.path.SetProblem(x.Path.Error)
	p.use.SetText(x.Use)
	p.use.SetEnabled(idle)
	p.other.SetText(x.Other)
	p.other.Hidden = p.nav.Pick == nil
	p.look.SetText(x.Look)
	p.got.Set(x.Taken, x.TakenText)
}

// found is the step that takes a new group.
type found struct {
	kindL       *kit.Text
	kinds       *kit.Choice
	kind        string
	options     []present.Option
	group, name *kit.Field
	reachH      *kit.Text
	reach       *kit.Text
	ways        *kit.Choice
	tick        *kit.OptionButton
	problem     *kit.IconLine
	lead        *kit.IconLine
	all         *fyne.Container
}

func newFound(vm *start.VM, next func()) *found {
	p := &found{kindL: kit.Section(""), group: kit.NewField("", "").Narrow(420), name: kit.NewField("", "").Narrow(420), reachH: kit.Section(""), reach: kit.Body("")}
	p.kinds = kit.NewChoiceColumn(kit.Radio, func(v string) { p.kind = v; p.showKinds(); vm.SetKind(v) })
	p.ways = kit.NewChoiceColumn(kit.Radio, vm.SetReach)
	p.group.OnEnter(func() { p.name.Focus() })
	p.name.OnEnter(next)
	p.tick = kit.NewOption(kit.Tick, "", false, func() { p.tick.SetChosen(!p.tick.Chosen()) })
	p.problem = kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	p.lead = kit.NewIconLine(assets.IconPeople, 24, "", look.Body, look.Ink)
	p.all = kit.TwoColumn(28, 480, kit.Column(18, p.group, p.name, kit.Column(10, p.kindL, p.kinds.Container)),
		kit.Column(16, kit.Card(kit.Column(12, p.reachH, p.ways.Container, p.reach, p.problem, kit.Flow(0, p.tick))), kit.Card(p.lead)))
	return p
}

func (p *found) content() fyne.CanvasObject { return p.all }
func (p *found) focus()                     { p.group.Focus() }

func (p *found) read(d *start.Draft) {
	d.Kind, d.Group, d.GroupName, d.ReadReach = p.kind, p.group.Text(), p.name.Text(), p.tick.Chosen()
}

func (p *found) fill(d start.Draft) {
	p.kind = d.Kind
	p.group.SetText(d.Group)
	p.name.SetText(d.GroupName)
	p.tick.SetChosen(d.ReadReach)
}

func (p *found) fields() map[string]func() {
	return map[string]func(){start.FieldGroup: p.group.Focus, start.FieldMyName: p.name.Focus, start.FieldReach: func() { kit.Focus(p.tick) }}
}

func (p *found) render(s start.State) {
	x := s.Found
	p.kindL.SetText(x.KindLabel)
	p.options = x.Kinds
	p.showKinds()
	p.group.SetLabel(x.Group.Label, x.Group.Hint)
	p.group.SetProblem(x.Group.Error)
	p.name.SetLabel(x.Name.Label, x.Name.Hint)
	p.name.SetProblem(x.Name.Error)
	p.reachH.SetText(x.ReachHeading)
	p.reach.SetText(x.ReachText)
	p.ways.Set(screen.Options(x.Ways))
	p.ways.Hidden = len(x.Ways) == 0
	p.tick.SetText(x.Reach.Label, "")
	p.tick.Hidden = x.Reach.Label == ""
	p.problem.Set(assets.IconWarning, x.Reach.Error)
	p.lead.Set(x.Lead.Icon, x.Lead.Text)
}

// showKinds marks the kind that is chosen here and not sent yet.
func (p *found) showKinds() {
	options := screen.Options(p.options)
	for i := range options {
		if p.kind == "" && options[i].Chosen {
			p.kind = options[i].Value
		}
		options[i].Chosen = options[i].Value == p.kind
	}
	p.kinds.Set(options)
}

// wait is the step that shows a request on its way, with the six words.
type wait struct {
	words, theirs   *kit.Words
	wordsH, theirsH *kit.Text
	wordsT, theirsT *kit.Text
	wordsCard       *kit.Panel
	theirsCard      *kit.Panel
	asked, closing  *kit.IconLine
	stages          *kit.StageBar
	over            *kit.Repeat[present.Line]
	open, meanwhile *kit.Button
	cancel, again   *kit.Button
	all             *fyne.Container
}

func newWait(vm *start.VM, leave func()) *wait {
	p := &wait{words: kit.NewWords(3), theirs: kit.NewWords(3), wordsH: kit.Section(""), theirsH: kit.Section(""), wordsT: kit.Body(""), theirsT: kit.Body("")}
	p.wordsCard = kit.Card(kit.Column(10, p.wordsH, p.wordsT, p.words.Container))
	p.theirsCard = kit.Card(kit.Column(10, p.theirsH, p.theirsT, p.theirs.Container))
	p.asked = kit.NewIconLine(assets.IconWaiting, 22, "", look.Body, look.Ink2)
	p.closing = kit.NewIconLine(assets.IconComputer, 22, "", look.Body, look.Ink2)
	p.open = kit.NewButton(kit.Main, "", assets.IconForward, leave).IconAfter()
	p.meanwhile = kit.NewButton(kit.Main, "", assets.IconForward, leave).IconAfter()
	p.cancel = kit.NewButton(kit.Danger, "", assets.IconCross, vm.Cancel)
	p.again = kit.NewButton(kit.Main, "", assets.IconInvite, vm.Again)
	p.stages = kit.NewStageBar()
	p.over = kit.NewRepeat(10, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		l := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return l, func(s present.Line) { l.Set(s.Icon, s.Text) }
	})
	p.all = kit.Column(18, p.stages.Container, kit.TwoColumn(28, 500,
		kit.Column(16, p.over.Container, p.asked, p.closing, kit.Flow(20, p.open, p.meanwhile, p.again, p.cancel)),
		kit.Column(16, p.theirsCard, p.wordsCard)))
	return p
}

func (p *wait) content() fyne.CanvasObject { return p.all }
func (p *wait) read(*start.Draft)          {}
func (p *wait) fill(start.Draft)           {}
func (p *wait) fields() map[string]func()  { return nil }

func (p *wait) focus() {
	for _, b := range []*kit.Button{p.open, p.meanwhile, p.again} {
		if b.Visible() {
			kit.Focus(b)
			return
		}
	}
}

func (p *wait) render(s start.State) {
	x := s.Wait
	boxes := make([]kit.Stage, len(x.Stages))
	for i, st := range x.Stages {
		state := kit.StageLater
		switch {
		case st.Done:
			state = kit.StageDone
		case st.Now:
			state = kit.StageNow
		}
		boxes[i] = kit.Stage{Words: st.Text, State: state}
	}
	p.stages.Set(boxes)
	p.stages.Container.Hidden = len(boxes) == 0
	p.over.Set(x.Over)
	p.over.Container.Hidden = len(x.Over) == 0
	p.wordsH.SetText(x.WordsHeading)
	p.wordsT.SetText(x.WordsText)
	p.words.Set(x.Words...)
	p.wordsCard.Hidden = len(x.Words) == 0
	p.theirsH.SetText(x.Theirs)
	p.theirsT.SetText(x.TheirsText)
	p.theirs.Set(x.TheirWords...)
	p.theirsCard.Hidden = len(x.TheirWords) == 0
	p.asked.Set(assets.IconWaiting, x.Asked)
	p.closing.Set(assets.IconComputer, x.Close)
	p.open.SetText(x.Open)
	p.meanwhile.SetText(x.Meanwhile)
	p.cancel.SetText(x.Cancel)
	p.again.SetText(x.Again)
}
