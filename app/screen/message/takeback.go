package message

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present/message"
	"kith/app/screen"
	"kith/assets"
)

// takeBack asks once more before a message is withdrawn or taken away, and says what that reaches.
type takeBack struct {
	vm      *message.TakeBack
	nav     screen.Nav
	head    *kit.Head
	quote   *kit.Text
	lines   *kit.Repeat[string]
	ask     *kit.Text
	why     *kit.Choice
	missing *kit.IconLine
	note    *kit.Field
	yes, no *kit.Button
	trouble *screen.Trouble
	page    *kit.Page
	left    bool
}

func newTakeBack(vm *message.TakeBack, nav screen.Nav) screen.Screen {
	p := &takeBack{vm: vm, nav: nav, head: kit.NewHead("", ""), quote: kit.Hint(""), trouble: screen.NewTrouble()}
	s := vm.State()
	p.lines = kit.NewRepeat(10, func(s string) string { return s }, line)
	p.ask = kit.Section(s.Why)
	p.why = kit.NewChoice(kit.Radio, vm.Choose)
	p.missing = kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	p.note = kit.NewTextArea(s.Note, "", 2)
	p.yes = kit.NewButton(kit.DangerOn, "", assets.IconCross, func() { vm.Do(p.note.Text()) })
	p.no = kit.NewButton(kit.Second, "", assets.IconBack, nav.Back)
	p.ask.Hidden, p.why.Hidden, p.note.Hidden = s.Why == "", s.Why == "", s.Note == ""
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble,
		kit.Most(760, kit.Card(kit.Column(12, p.quote, p.lines.Container))), kit.Most(760, kit.Column(8, p.ask, p.why.Container, p.missing)),
		kit.Most(760, p.note), kit.Flow(20, p.no, p.yes)))
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(func() { kit.Focus(p.no) })
}

func line() (fyne.CanvasObject, func(string)) {
	t := kit.Body("")
	return t, t.SetText
}

func (p *takeBack) render(s message.TakeBackState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.quote.SetText(s.Quote)
	p.lines.Set(s.Lines)
	p.why.Set(screen.Options(s.Reasons))
	p.missing.Set(assets.IconWarning, s.WhyMissing)
	p.note.SetProblem(s.NoteWrong)
	p.yes.SetText(s.Yes)
	p.yes.SetEnabled(!s.Busy)
	p.no.SetText(s.No)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.Done && !p.left {
		p.left = true
		p.nav.Done(s.To)
	}
}
