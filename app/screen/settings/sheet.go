package settings

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/paper"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

// sheet is the page on which the recovery sheet is made once more.
type sheet struct {
	vm        *settings.Sheet
	nav       screen.Nav
	head      *kit.Head
	pass      *kit.Field
	show      *kit.OptionButton
	place     *screen.Place
	make      *kit.Button
	busy      *kit.IconLine
	done      *kit.Banner
	delete    *kit.Button
	wordsHead *kit.Text
	words     *kit.Words
	keep      *kit.IconLine
	wordsCard *kit.Panel
	trouble   *screen.Trouble
	page      *kit.Page
	tries     int
}

func newSheet(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &sheet{vm: settings.NewSheet(d, paper.Recovery), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.pass = kit.NewPassword("", "").Narrow(460)
	p.show = kit.NewOption(kit.Tick, "", false, func() {
		p.show.SetChosen(!p.show.Chosen())
		p.pass.ShowTyped(p.show.Chosen())
	})
	p.place = screen.NewPlace(p.vm.SetPlace)
	do := func() { p.vm.Make(p.pass.Text(), p.place.Other.Text()) }
	p.pass.OnEnter(do)
	p.place.Other.OnEnter(do)
	p.make = kit.NewButton(kit.Main, "", assets.IconPrint, do)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.delete = kit.NewButton(kit.Second, "", assets.IconCross, p.vm.Delete).Small()
	p.done = kit.NewBanner(look.ToneOk, assets.IconPrint, "", "", p.delete)
	p.wordsHead, p.words = kit.Section(""), kit.NewWords(4)
	p.keep = kit.NewIconLine(assets.IconShield, 24, "", look.Body, look.Ink)
	p.wordsCard = kit.Card(kit.Column(12, p.wordsHead, p.words.Container, p.keep))
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.done, p.wordsCard,
		kit.Card(kit.Column(16, p.pass, kit.Flow(0, p.show), p.place, kit.Flow(0, p.make), p.busy))))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(p.pass.Focus)
}

func (p *sheet) render(s settings.SheetState) {
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.pass.SetLabel(s.Label, s.Hint)
	p.pass.SetProblem(s.Missing)
	p.show.SetText(s.Show, "")
	p.place.Set(s.Place)
	p.make.SetText(s.Button)
	p.make.SetEnabled(s.Busy == "")
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.delete.SetText(s.Delete)
	p.delete.Hidden = s.Delete == ""
	p.done.Set(s.Done, s.DoneText)
	p.wordsHead.SetText(s.WordsHeading)
	p.words.Set(s.Words...)
	p.keep.Set(s.Keep.Icon, s.Keep.Text)
	p.wordsCard.Hidden = len(s.Words) == 0
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.Tries != p.tries {
		p.tries = s.Tries
		p.pass.SetText("")
		p.page.Top()
	}
}
