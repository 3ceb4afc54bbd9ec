package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// danger is the page on which Kith is locked for good or emptied.
type danger struct {
	vm        *settings.Danger
	nav       screen.Nav
	head      *kit.Head
	panicHead *kit.Text
	panicText *kit.Text
	wipes     *kit.IconLine
	tick      *kit.OptionButton
	panic     *kit.Button
	wipeHead  *kit.Text
	wipeText  *kit.Text
	does      *kit.Repeat[present.Line]
	word      *kit.Field
	wipe      *kit.Button
	busy      *kit.IconLine
	trouble   *screen.Trouble
	page      *kit.Page
}

func newDanger(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &danger{vm: settings.NewDanger(d), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.panicHead, p.panicText, p.wipeHead, p.wipeText = kit.Section(""), kit.Body(""), kit.Section(""), kit.Body("")
	p.wipes = kit.NewIconLine(assets.IconWarning, 24, "", look.Bold, look.Danger)
	p.tick = kit.NewOption(kit.Tick, "", false, func() {
		p.tick.SetChosen(!p.tick.Chosen())
		p.vm.Tick(p.tick.Chosen())
		p.panic.SetEnabled(p.tick.Chosen())
	})
	p.panic = kit.NewButton(kit.Danger, "", assets.IconLock, p.vm.Panic)
	p.does = lines()
	p.word = kit.NewField("", "").Narrow(420)
	p.wipe = kit.NewButton(kit.DangerOn, "", assets.IconCross, func() { p.vm.Wipe(p.word.Text()) })
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble,
		kit.Card(kit.Column(12, p.panicHead, p.wipes, p.panicText, kit.Flow(0, p.tick), kit.Flow(0, p.panic))),
		kit.Card(kit.Column(12, p.wipeHead, p.wipeText, p.does.Container, p.word, kit.Flow(0, p.wipe), p.busy))))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

func (p *danger) render(s settings.DangerState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.panicHead.SetText(s.PanicHeading)
	p.panicText.SetText(s.PanicText)
	p.wipes.Set(s.PanicWipes.Icon, s.PanicWipes.Text)
	p.tick.SetText(s.PanicTick, "")
	p.tick.Hidden = s.PanicTick == ""
	p.panic.SetText(s.Panic)
	p.panic.SetEnabled(s.Busy == "" && (s.PanicTick == "" || p.tick.Chosen()))
	p.wipeHead.SetText(s.WipeHeading)
	p.wipeText.SetText(s.WipeText)
	p.does.Set(s.Does)
	p.word.SetLabel(s.WordLabel, s.WordHint)
	p.word.SetProblem(s.Wrong)
	p.wipe.SetText(s.Wipe)
	p.wipe.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
