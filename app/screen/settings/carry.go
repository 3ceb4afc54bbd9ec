package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
	"kith/store/kp1"
)

// carry is the page on which things go by memory stick.
type carry struct {
	vm   *settings.Carry
	nav  screen.Nav
	head *kit.Head

	outHead, outText *kit.Text
	groupLabel       *kit.Text
	groups           *kit.Choice
	place            *screen.Place
	save             *kit.Button
	saved, shut      *kit.IconLine

	inHead, inText *kit.Text
	files          *kit.Choice
	none           *kit.IconLine
	path           *kit.Field
	read           *kit.Button
	brought        *kit.Repeat[present.Line]

	busy    *kit.IconLine
	trouble *screen.Trouble
	page    *kit.Page
}

func newCarry(d *present.Desk, nav screen.Nav, g kp1.GID) screen.Screen {
	p := &carry{vm: settings.NewCarry(d, g), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	line := func() *kit.IconLine { return kit.NewIconLine("", 24, "", look.Body, look.Ink) }
	p.outHead, p.outText, p.groupLabel = kit.Section(""), kit.Body(""), kit.Strong("")
	p.groups = kit.NewChoiceColumn(kit.Radio, p.vm.SetGroup)
	p.place = screen.NewPlace(p.vm.SetPlace)
	save := func() { p.vm.Save(p.place.Other.Text()) }
	p.place.Other.OnEnter(save)
	p.save = kit.NewButton(kit.Main, "", assets.IconSave, save)
	p.saved, p.shut = line(), line()
	p.inHead, p.inText = kit.Section(""), kit.Body("")
	p.files = kit.NewChoiceColumn(kit.Radio, p.vm.SetFile)
	p.none, p.path, p.brought = line(), kit.NewField("", ""), lines()
	read := func() { p.vm.Read(p.path.Text()) }
	p.path.OnEnter(read)
	p.read = kit.NewButton(kit.Main, "", assets.IconPage, read)
	p.busy = line()
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.busy, kit.TwoColumn(24, 440,
		kit.Card(kit.Column(14, p.outHead, p.outText, p.groupLabel, p.groups.Container, p.place, kit.Flow(0, p.save), p.saved, p.shut)),
		kit.Card(kit.Column(14, p.inHead, p.inText, p.none, p.files.Container, p.path, kit.Flow(0, p.read), p.brought.Container)))))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *carry) render(s settings.CarryState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.outHead.SetText(s.OutHeading)
	p.outText.SetText(s.OutText)
	p.groupLabel.SetText(s.GroupLabel)
	p.groups.Set(screen.Options(s.Groups))
	p.groupLabel.Hidden, p.groups.Hidden = len(s.Groups) == 0, len(s.Groups) == 0
	p.place.Set(s.Place)
	p.save.SetText(s.Save)
	p.saved.Set(s.Saved.Icon, s.Saved.Text)
	p.shut.Set(s.Shut.Icon, s.Shut.Text)
	p.inHead.SetText(s.InHeading)
	p.inText.SetText(s.InText)
	p.none.Set(s.None.Icon, s.None.Text)
	p.files.Set(screen.Options(s.Files))
	p.files.Hidden = len(s.Files) == 0
	p.path.SetLabel(s.Path.Label, s.Path.Hint)
	p.path.SetProblem(s.Path.Error)
	p.path.Hidden = s.Path.Label == ""
	p.read.SetText(s.Read)
	p.brought.Set(s.Brought)
	p.save.SetEnabled(s.Busy == "")
	p.read.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if !s.Problem.None() {
		p.page.Top()
	}
}
