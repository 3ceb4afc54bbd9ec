package sleepover

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present/sleepover"
	"kith/app/screen"
	"kith/assets"
)

// confirm asks once more before a choice or an end, and is the page on which a bed is offered.
type confirm struct {
	vm      *sleepover.Confirm
	nav     screen.Nav
	head    *kit.Head
	text    *kit.Text
	facts   *kit.Pairs
	field   *kit.Field
	warn    *kit.IconLine
	busy    *kit.IconLine
	yes, no *kit.Button
	trouble *screen.Trouble
	page    *kit.Page
	left    bool
}

func newConfirm(vm *sleepover.Confirm, nav screen.Nav) screen.Screen {
	p := &confirm{vm: vm, nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	s := vm.State()
	p.text = kit.Body("")
	p.facts = kit.NewPairs(120)
	p.field = kit.NewTextArea(s.Label, s.Hint, 3)
	p.field.Hidden = s.Label == ""
	p.warn = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	kind, icon := kit.Main, assets.IconTick
	if s.Danger {
		kind, icon = kit.DangerOn, assets.IconCross
	}
	p.yes = kit.NewButton(kind, "", icon, func() { vm.Do(p.field.Text()) })
	p.no = kit.NewButton(kit.Second, "", assets.IconBack, nav.Back)
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble,
		kit.Most(760, kit.Card(kit.Column(12, p.facts.Container, p.text, p.warn))), kit.Most(760, p.field), kit.Flow(20, p.no, p.yes), p.busy))
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(func() {
		if p.field.Visible() {
			p.field.Focus()
			return
		}
		kit.Focus(p.no)
	})
}

func (p *confirm) render(s sleepover.ConfirmState) {
	p.head.Set(s.Title, "")
	if s.Gone != "" {
		p.head.Set(s.Gone, "")
		p.yes.SetText("")
		p.no.SetText(s.Back)
		p.page.Refresh()
		return
	}
	var pairs []kit.Pair
	for _, f := range s.Facts {
		pairs = append(pairs, kit.Pair{Name: f.Label, Value: f.Text})
	}
	p.facts.Set(pairs)
	p.text.SetText(s.Text)
	p.warn.Set(assets.IconEye, s.Warn)
	if s.Danger {
		p.warn.Set(assets.IconPhone, s.Warn)
	}
	p.field.SetProblem(s.Error)
	p.yes.SetText(s.Yes)
	p.yes.SetEnabled(s.Busy == "")
	p.no.SetText(s.No)
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if s.Done && !p.left {
		p.left = true
		p.nav.Go(s.To)
	}
}
