package people

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

// repair is the page that finds out, question by question, why a mailbox is not reached.
type repair struct {
	nav      screen.Nav
	s        people.RepairState
	head     *kit.Head
	done     *kit.Banner
	said     *kit.Repeat[present.Line]
	question *kit.Text
	hint     *kit.Text
	answers  *kit.Choice
	ask      *kit.Panel
	advice   *kit.Repeat[present.Line]
	box      *kit.Panel
	add      *kit.Button
	try      *kit.Button
	begin    *kit.Button
	trying   *kit.IconLine
	trouble  *screen.Trouble
	page     *kit.Page
}

func newRepair(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	vm := people.NewRepair(d, r.Group, r.Name)
	p := &repair{nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.done = kit.NewBanner(look.ToneOk, assets.IconDone, "", "")
	p.said, p.advice = textLines(), textLines()
	p.question, p.hint = kit.Section(""), kit.Quiet("")
	p.answers = kit.NewChoice(kit.Radio, vm.Answer)
	p.ask = kit.Card(kit.Column(12, p.question, p.hint, p.answers.Container))
	p.box = kit.Card(p.advice.Container)
	p.add = kit.NewButton(kit.Main, "", assets.IconPlus, func() { nav.Go(p.s.AddTo) })
	p.try = kit.NewButton(kit.Second, "", assets.IconVersions, vm.Try)
	p.begin = kit.NewButton(kit.Link, "", "", vm.Begin)
	p.trying = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.page = kit.NewPage(p.head.Container, kit.Most(760, kit.Column(16, p.trouble, p.done, p.said.Container, p.ask, p.box,
		kit.Flow(14, p.add, p.try, p.begin), p.trying)))
	return screen.New(p.page, vm.Subscribe(p.render))
}

func (p *repair) render(s people.RepairState) {
	next := s.Question != p.s.Question && p.s.Title != ""
	p.s = s
	p.head.Set(s.Title, s.Text)
	p.head.SetBack(s.Back, p.nav.Back)
	p.done.Set(s.Done, s.DoneText)
	p.said.Set(s.Said)
	p.said.Container.Hidden = len(s.Said) == 0
	p.question.SetText(s.Question)
	p.hint.SetText(s.Hint)
	p.hint.Hidden = s.Hint == ""
	p.answers.Set(screen.Options(s.Answers))
	p.ask.Hidden = s.Question == ""
	p.advice.Set(s.Advice)
	p.box.Hidden = len(s.Advice) == 0
	p.add.SetText(s.Add)
	p.try.SetText(s.Try)
	p.begin.SetText(s.Begin)
	for b, words := range map[*kit.Button]string{p.add: s.Add, p.try: s.Try, p.begin: s.Begin} {
		b.Hidden = words == ""
	}
	p.try.SetEnabled(s.Trying == "")
	p.trying.Set(assets.IconWaiting, s.Trying)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if next {
		kit.Unfocus(p.page)
		if s.Add != "" {
			kit.Focus(p.add)
		}
		p.page.Top()
	}
}
