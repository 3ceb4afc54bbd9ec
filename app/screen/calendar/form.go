package calendar

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/calendar"
	"kith/app/screen"
	"kith/assets"
	"kith/store/care/when"
)

type form struct {
	vm    *calendar.Form
	nav   screen.Nav
	draft calendar.Draft // group, kind and all day; the rest stands in the fields

	head          *kit.Head
	summary       *kit.ErrorSummary
	title, place  *kit.Field
	notes         *kit.Field
	groupL, kindL *kit.Text
	groups, kinds *kit.Choice
	groupPart     *fyne.Container
	from, to      *kit.DateField
	allDay        *kit.OptionButton
	start, end    *kit.Field
	times         *fyne.Container
	seen          *kit.IconLine
	save, cancel  *kit.Button
	foot          *kit.Foot
	trouble       *screen.Trouble
	page          *kit.Page
	filled, made  bool
	filling       bool // the fields are being filled by us, not typed in
}

func newForm(vm *calendar.Form, nav screen.Nav) screen.Screen {
	p := &form{vm: vm, nav: nav, trouble: screen.NewTrouble(), head: kit.NewHead("", "")}
	s := vm.State()
	p.draft = s.Draft
	p.summary = kit.NewErrorSummary()
	typed := func(string) { p.typed() }
	p.title, p.place = kit.NewField(s.What, s.WhatHint), kit.NewField(s.PlaceLabel, s.PlaceHint)
	p.notes = kit.NewTextArea(s.NotesLabel, "", 3)
	p.start, p.end = kit.NewTimeField(s.StartLabel, s.StartHint), kit.NewTimeField(s.EndLabel, s.StartHint)
	for _, f := range []*kit.Field{p.title, p.place, p.notes, p.start, p.end} {
		f.OnChanged(typed)
	}
	words := screen.Dates(s.Day, s.Month, s.Year)
	dateTyped := func(string, string, string) { p.typed() }
	p.from = kit.NewDateField(s.DateLabel, s.DateHint, words, dateTyped)
	p.to = kit.NewDateField(s.ToLabel, "", words, dateTyped)
	today := kit.Date(when.DateOf(vm.Desk().Now()))
	p.from.SetToday(today)
	p.to.SetToday(today)
	p.groupL, p.kindL = kit.Strong(s.GroupLabel), kit.Strong(s.KindLabel)
	p.groups = kit.NewChoice(kit.Radio, func(v string) { p.draft.Group = v; p.typed() })
	p.kinds = kit.NewChoice(kit.Radio, func(v string) { p.draft.Kind = v; p.typed() })
	p.groupPart = kit.Column(8, p.groupL, p.groups.Container)
	p.allDay = kit.NewOption(kit.Tick, s.AllDay, s.Draft.AllDay, func() {
		p.draft.AllDay = !p.draft.AllDay
		p.typed()
	})
	p.times = kit.Grid(2, 20, 200, p.start, p.end)
	p.seen = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.save = kit.NewButton(kit.Main, "", assets.IconTick, func() { p.vm.Save(p.read()) })
	p.cancel = kit.NewButton(kit.Second, "", assets.IconCross, nav.Back)
	p.foot = kit.NewFoot(p.cancel, "", p.save)
	main := kit.Column(20, p.summary, p.trouble, p.title, p.groupPart, p.from, kit.Flow(0, p.allDay), p.times, p.to)
	side := kit.Column(20, kit.Column(8, p.kindL, p.kinds.Container), p.place, p.notes, p.seen)
	p.page = kit.NewPage(p.head.Container, kit.TwoColumn(36, 420, main, side))
	p.page.SetFoot(p.foot)
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(p.title.Focus)
}

// read takes what stands in the fields.
func (p *form) read() calendar.Draft {
	d := p.draft
	d.Title, d.Place, d.Notes, d.Start, d.End = p.title.Text(), p.place.Text(), p.notes.Text(), p.start.Text(), p.end.Text()
	d.From = present.DateInput{Day: p.from.Day.Text(), Month: p.from.Month.Text(), Year: p.from.Year.Text()}
	d.To = present.DateInput{Day: p.to.Day.Text(), Month: p.to.Month.Text(), Year: p.to.Year.Text()}
	return d
}

func (p *form) typed() {
	if !p.filling {
		p.vm.Typed(p.read())
	}
}

// fill puts what is there at first into the fields; after that they are the person's.
func (p *form) fill(d calendar.Draft) {
	p.filling = true
	defer func() { p.filling = false }()
	p.title.SetText(d.Title)
	p.place.SetText(d.Place)
	p.notes.SetText(d.Notes)
	p.start.SetText(d.Start)
	p.end.SetText(d.End)
	p.from.Set(d.From.Day, d.From.Month, d.From.Year)
	p.to.Set(d.To.Day, d.To.Month, d.To.Year)
}

func (p *form) render(s calendar.FormState) {
	if !p.filled {
		p.filled = true
		p.fill(s.Draft)
	}
	p.head.Set(s.Title, "")
	p.title.SetLabel(s.What, s.WhatHint)
	p.groups.Set(screen.Options(s.Groups))
	p.groupPart.Hidden = len(s.Groups) == 0
	p.kinds.Set(screen.Options(s.Kinds))
	p.allDay.SetChosen(s.Draft.AllDay)
	p.times.Hidden = s.Draft.AllDay
	p.from.SetSaid(s.SaidBack)
	p.seen.Set(s.Seen.Icon, s.Seen.Text)
	p.save.SetText(s.Save)
	p.save.SetEnabled(!s.Busy)
	p.cancel.SetText(s.Cancel)
	p.title.SetProblem(present.ErrorFor(s.Errors, calendar.FieldTitle))
	p.from.SetProblem(present.ErrorFor(s.Errors, calendar.FieldFrom))
	p.to.SetProblem(present.ErrorFor(s.Errors, calendar.FieldTo))
	p.start.SetProblem(present.ErrorFor(s.Errors, calendar.FieldStart))
	p.end.SetProblem(present.ErrorFor(s.Errors, calendar.FieldEnd))
	fresh := p.summary.Set(s.Heading, screen.Problems(s.Errors, map[string]func(){
		calendar.FieldTitle: p.title.Focus, calendar.FieldFrom: p.from.Focus, calendar.FieldTo: p.to.Focus,
		calendar.FieldStart: p.start.Focus, calendar.FieldEnd: p.end.Focus,
	}))
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if fresh {
		p.page.Top()
		p.summary.Focus()
	}
	if s.Done && !p.made {
		p.made = true
		p.nav.Go(s.Made)
	}
}
