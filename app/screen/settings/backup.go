package settings

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// backup is the page on which a backup is saved.
type backup struct {
	vm        *settings.Backup
	nav       screen.Nav
	head      *kit.Head
	last      *kit.IconLine
	place     *screen.Place
	opensHead *kit.Text
	opens     *kit.Choice
	pass      *kit.Field
	again     *kit.Field
	save      *kit.Button
	busy      *kit.IconLine
	done      *kit.Banner
	holdsHead *kit.Text
	holds     *kit.Repeat[present.Line]
	trouble   *screen.Trouble
	page      *kit.Page
	shown     string // what was said of the last one saved
}

// lines are sentences, each with its icon.
func lines() *kit.Repeat[present.Line] {
	return kit.NewRepeat(10, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		line := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return line, func(l present.Line) { line.Set(l.Icon, l.Text) }
	})
}

func newBackup(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &backup{vm: settings.NewBackup(d), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.last = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.place = screen.NewPlace(p.vm.SetPlace)
	p.opensHead, p.opens = kit.Section(""), kit.NewChoiceColumn(kit.Radio, p.vm.SetOpens)
	p.pass, p.again = kit.NewPassword("", ""), kit.NewPassword("", "")
	save := func() { p.vm.Save(p.place.Other.Text(), p.pass.Text(), p.again.Text()) }
	p.place.Other.OnEnter(save)
	p.pass.OnEnter(func() { p.again.Focus() })
	p.again.OnEnter(save)
	p.save = kit.NewButton(kit.Main, "", assets.IconSave, save)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.done = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.holdsHead, p.holds = kit.Section(""), lines()
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.done, kit.TwoColumn(24, 400,
		kit.Card(kit.Column(16, p.last, p.place, kit.Column(12, p.opensHead, p.opens.Container, p.pass, p.again), kit.Flow(0, p.save), p.busy)),
		kit.Card(kit.Column(12, p.holdsHead, p.holds.Container)))))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *backup) render(s settings.BackupState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.last.Set(s.Last.Icon, s.Last.Text)
	p.place.Set(s.Place)
	p.opensHead.SetText(s.OpensLabel)
	p.opens.Set(screen.Options(s.Opens))
	for field, x := range map[*kit.Field]settings.PassField{p.pass: s.Pass, p.again: s.Again} {
		field.SetLabel(x.Label, x.Hint)
		field.SetProblem(x.Error)
		field.Hidden = x.Label == ""
	}
	if s.DoneText != p.shown && s.DoneText != "" { // it is not needed any more, and stays on no screen
		p.pass.SetText("")
		p.again.SetText("")
	}
	p.save.SetText(s.Button)
	p.save.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.done.Set(s.Done, s.DoneText)
	p.holdsHead.SetText(s.HoldsHeading)
	p.holds.Set(s.Holds)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.DoneText != p.shown || !s.Problem.None() {
		p.page.Top()
	}
	p.shown = s.DoneText
}
