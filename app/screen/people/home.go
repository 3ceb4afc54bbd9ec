package people

import (
	"slices"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

type home struct {
	vm   *people.HomeVM
	nav  screen.Nav
	with []string // ticked
	all  []present.Option

	head       *kit.Head
	name, beds *kit.Field
	withLabel  *kit.Text
	withHint   *kit.Text
	ticks      *kit.Choice
	seen       *kit.IconLine
	save       *kit.Button
	part       *kit.Button
	trouble    *screen.Trouble
	page       *kit.Page
	filled     bool
	left       bool
}

func newHome(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &home{vm: people.NewHome(d, r.Group), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.name, p.beds = kit.NewField("", "").Narrow(420), kit.NewField("", "").Narrow(96)
	p.withLabel, p.withHint = kit.Strong(""), kit.Hint("")
	p.ticks = kit.NewChoice(kit.Tick, p.tick)
	p.seen = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.save = kit.NewButton(kit.Main, "", assets.IconTick, func() {
		p.vm.Save(people.HomeDraft{Name: p.name.Text(), Beds: p.beds.Text(), With: p.with})
	})
	p.part = kit.NewButton(kit.Link, "", "", p.vm.Part)
	p.page = kit.NewPage(p.head.Container, kit.Column(18, p.trouble, p.name, p.beds,
		kit.Column(8, p.withLabel, p.withHint, p.ticks.Container), p.seen, kit.Flow(14, p.save, p.part)))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(p.name.Focus)
}

func (p *home) tick(member string) {
	if i := slices.Index(p.with, member); i >= 0 {
		p.with = slices.Delete(p.with, i, i+1)
	} else {
		p.with = append(p.with, member)
	}
	p.showTicks()
}

func (p *home) showTicks() {
	options := make([]kit.Option, len(p.all))
	for i, o := range p.all {
		options[i] = kit.Option(o)
		options[i].Chosen = slices.Contains(p.with, o.Value)
	}
	p.ticks.Set(options)
}

func (p *home) render(s people.HomeState) {
	p.head.Set(s.Title, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.name.SetLabel(s.NameLabel, s.NameHint)
	p.beds.SetLabel(s.BedsLabel, s.BedsHint)
	wrong := s.BedsError != "" && p.beds.Problem() == ""
	p.beds.SetProblem(s.BedsError)
	p.withLabel.SetText(s.WithLabel)
	p.withHint.SetText(s.WithHint)
	p.all = s.With
	if !p.filled { // once: what somebody types and ticks is theirs
		p.filled = true
		p.name.SetText(s.Name)
		p.beds.SetText(s.Beds)
		for _, o := range s.With {
			if o.Chosen {
				p.with = append(p.with, o.Value)
			}
		}
	}
	p.showTicks()
	p.seen.Set(assets.IconEye, s.Seen)
	p.save.SetText(s.Save)
	p.part.SetText(s.Leave)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if wrong {
		p.beds.Focus()
	}
	if s.Done && !p.left {
		p.left = true
		p.nav.Back()
	}
}
