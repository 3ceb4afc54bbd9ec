package sleepover

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/sleepover"
	"kith/app/screen"
	"kith/assets"
	"kith/store/care/when"
)

// ask is the form for a bed, tonight or another day, in two steps: who and when, then check and send.
type ask struct {
	vm  *sleepover.Ask
	nav screen.Nav

	head     *kit.Head
	step     *kit.StepBar
	summary  *kit.ErrorSummary
	trouble  *screen.Trouble
	groupQ   *fyne.Container
	groups   *kit.Choice
	children *kit.Choice
	child    *kit.Field
	froms    *kit.Choice
	untils   *kit.Choice
	arrive   *kit.Field
	leave    *kit.Field
	from, to *kit.DateField
	beds     *kit.Field
	whys     *kit.Choice
	collect  *kit.Field
	note     *kit.Field
	first    *fyne.Container // step 1
	second   *fyne.Container // step 2
	facts    *kit.Pairs
	seen     *kit.IconLine
	warn     *kit.IconLine
	ring     *kit.RingPanel
	nothing  *kit.Panel
	busy     *kit.IconLine
	back     *kit.Button
	cancel   *kit.Button
	next     *kit.Button
	send     *kit.Button
	foot     *kit.Foot
	page     *kit.Page

	draft   sleepover.Draft // what the choices hold; the fields hold the rest
	shown   int             // the step that shows
	filled  bool
	filling bool
	left    bool
}

func newAsk(vm *sleepover.Ask, d *present.Desk, nav screen.Nav) screen.Screen {
	p := &ask{vm: vm, nav: nav, head: kit.NewHead("", ""), step: kit.NewStepBar("", 1, 2), summary: kit.NewErrorSummary(), trouble: screen.NewTrouble()}
	s := vm.State()
	p.draft = s.Draft
	p.head.SetActions(p.step)
	pick := func(set func(v string)) func(string) {
		return func(v string) { set(v); p.typed() }
	}
	p.groups = kit.NewChoice(kit.Radio, pick(func(v string) { p.draft.Group = v }))
	p.groupQ = screen.Question(s.GroupText, p.groups.Container)
	p.children = kit.NewChoice(kit.Radio, pick(func(v string) { p.draft.Who = v }))
	p.child = kit.NewField(s.ChildLabel, s.ChildHint).Narrow(420)
	p.froms = kit.NewChoice(kit.Radio, pick(func(v string) { p.draft.FromWhen = v }))
	p.untils = kit.NewChoice(kit.Radio, pick(func(v string) { p.draft.UntilWhen = v }))
	p.arrive, p.leave = kit.NewTimeField(s.ArriveLabel, s.TimeHint), kit.NewTimeField(s.LeaveLabel, s.TimeHint)
	dates := screen.Dates(s.Day, s.Month, s.Year)
	p.from = kit.NewDateField(s.FromLabel, s.DateHint, dates, func(string, string, string) { p.typed() })
	p.to = kit.NewDateField(s.UntilLabel, s.DateHint, dates, func(string, string, string) { p.typed() })
	today := kit.Date(when.DateOf(d.Now()))
	p.from.SetToday(today)
	p.to.SetToday(today)
	p.beds = kit.NewField(s.BedsLabel, "").Narrow(96)
	p.whys = kit.NewChoice(kit.Radio, pick(func(v string) { p.draft.Why = v }))
	p.collect = kit.NewField(s.CollectLabel, "").Narrow(560)
	p.note = kit.NewTextArea(s.NoteLabel, s.NoteHint, 2)
	for _, f := range []*kit.Field{p.child, p.arrive, p.leave, p.beds, p.collect, p.note} {
		f.OnChanged(func(string) { p.typed() })
	}
	why := kit.Column(8, screen.Question(s.WhyLabel, p.whys.Container), kit.Hint(s.WhyHint))
	who := kit.Column(10, kit.Section(s.ChildLabel), p.children.Container, p.child)
	if len(s.Children) == 0 { // the field has the question as its label
		who = kit.Column(10, p.child)
	}
	if s.Tonight {
		p.first = kit.Column(20, p.groupQ, who, screen.Question(s.FromLabel, p.froms.Container, p.arrive),
			screen.Question(s.UntilLabel, p.untils.Container), why)
	} else {
		p.first = kit.Column(20, p.groupQ, who, p.from, p.arrive, p.to, p.leave, p.beds, p.collect, why, p.note)
	}
	p.facts = kit.NewPairs(190)
	p.seen = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.warn = kit.NewIconLine(assets.IconVersions, 24, "", look.Body, look.Ink)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.second = kit.Column(16, kit.Card(p.facts.Container), p.seen, p.warn, p.busy)
	if s.Tonight {
		p.second = kit.Column(16, kit.Card(p.facts.Container), p.note, p.seen, p.busy)
	}
	p.ring = kit.NewRingPanel()
	p.nothing = kit.Card(kit.Column(4, kit.NewIconLine(s.Nothing.Icon, 24, s.Nothing.Heading, look.Bold, look.Ink), kit.Body(s.Nothing.Text)))
	side := kit.Column(16, p.ring, p.nothing)

	kind := kit.Main
	if s.Tonight {
		kind = kit.Tonight
	}
	p.back = kit.NewButton(kit.Second, "", assets.IconBack, vm.Back)
	p.cancel = kit.NewButton(kit.Second, "", assets.IconCross, func() { vm.Forget(); nav.Back() })
	p.next = kit.NewButton(kind, "", assets.IconForward, func() { p.vm.Next(p.read()) }).IconAfter()
	p.send = kit.NewButton(kind, "", assets.IconGoing, func() { p.vm.Typed(p.read()); p.vm.Send() })
	p.foot = kit.NewFoot(kit.Flow(14, p.back, p.cancel), "", kit.Flow(0, p.next, p.send))
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.summary, p.trouble,
		kit.TwoColumn(28, 372, kit.Column(0, p.first, p.second), side)))
	p.page.SetFoot(p.foot)
	return screen.New(p.page, vm.Subscribe(p.render)).WithFocus(p.focus)
}

// focus is on what is to be done next: the main button where all is filled in, else the first question.
func (p *ask) focus() {
	switch {
	case p.vm.State().Said != "" && p.next.Visible():
		kit.Focus(p.next)
	case p.child.Visible():
		p.child.Focus()
	default:
		p.children.Focus()
	}
}

func (p *ask) read() sleepover.Draft {
	d := p.draft
	d.Child, d.Arrive, d.Leave, d.Beds = p.child.Text(), p.arrive.Text(), p.leave.Text(), p.beds.Text()
	d.Collect, d.Note = p.collect.Text(), p.note.Text()
	d.From = present.DateInput{Day: p.from.Day.Text(), Month: p.from.Month.Text(), Year: p.from.Year.Text()}
	d.To = present.DateInput{Day: p.to.Day.Text(), Month: p.to.Month.Text(), Year: p.to.Year.Text()}
	return d
}

func (p *ask) typed() {
	if !p.filling {
		p.vm.Typed(p.read())
	}
}

func (p *ask) fill(d sleepover.Draft) {
	p.filling = true
	defer func() { p.filling = false }()
	p.child.SetText(d.Child)
	p.arrive.SetText(d.Arrive)
	p.leave.SetText(d.Leave)
	p.beds.SetText(d.Beds)
	p.collect.SetText(d.Collect)
	p.note.SetText(d.Note)
	p.from.Set(d.From.Day, d.From.Month, d.From.Year)
	p.to.Set(d.To.Day, d.To.Month, d.To.Year)
}

func (p *ask) render(s sleepover.AskState) {
	if !p.filled {
		p.filled = true
		p.fill(s.Draft)
	}
	turned := s.Step != p.shown
	p.shown = s.Step
	p.head.Set(s.Title, "")
	p.step.Set(s.StepText, s.Step, 2)
	p.groups.Set(screen.Options(s.Groups))
	p.groupQ.Hidden = len(s.Groups) == 0
	p.children.Set(screen.Options(s.Children))
	p.child.SetLabel(s.ChildLabel, s.ChildHint)
	p.child.Hidden = !s.Typing
	p.froms.Set(screen.Options(s.Froms))
	p.untils.Set(screen.Options(s.Untils))
	p.arrive.Hidden = s.Tonight && !s.Other
	p.whys.Set(screen.Options(s.Whys))
	p.note.SetLabel(s.NoteLabel, s.NoteHint)
	p.first.Hidden, p.second.Hidden = s.Step != 1, s.Step == 1
	var pairs []kit.Pair
	for _, f := range s.Facts {
		pairs = append(pairs, kit.Pair{Name: f.Label, Value: f.Text})
	}
	p.facts.Set(pairs)
	p.seen.Set(s.Seen.Icon, s.Seen.Text)
	p.warn.Set(assets.IconVersions, s.Warn)
	p.ring.Hidden = s.Ring == nil
	if s.Ring != nil {
		p.ring.Set(s.Ring.Heading, numbers(s.Ring), s.Ring.Script, s.Ring.Words)
	}
	p.nothing.Hidden = s.Step != 1
	fresh := p.problems(s)
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.foot.Said.SetText(s.Said)
	if s.Step == 2 {
		p.foot.Said.SetText(s.Foot)
	}
	p.back.SetText(s.Back)
	p.cancel.SetText(s.Cancel)
	p.next.SetText("")
	p.send.SetText("")
	if s.Step == 1 {
		p.next.SetText(s.Next)
	} else {
		p.send.SetText(s.Next)
		p.send.SetEnabled(s.Busy == "")
	}
	p.foot.Refresh()
	p.page.Refresh()
	if fresh {
		p.page.Top()
		p.summary.Focus()
	}
	if turned && s.Step == 2 {
		p.page.Top()
		kit.Focus(p.send)
	}
	if s.Done && !p.left {
		p.left = true
		p.nav.Go(s.To)
	}
}

// problems says at the fields what to put right, and reports whether that is news.
func (p *ask) problems(s sleepover.AskState) (fresh bool) {
	say := func(field string) string { return present.ErrorFor(s.Errors, field) }
	p.child.SetProblem(say(sleepover.FieldChild))
	p.from.SetProblem(say(sleepover.FieldFrom))
	p.to.SetProblem(say(sleepover.FieldTo))
	p.arrive.SetProblem(say(sleepover.FieldArrive))
	p.leave.SetProblem(say(sleepover.FieldLeave))
	p.beds.SetProblem(say(sleepover.FieldBeds))
	p.collect.SetProblem(say(sleepover.FieldCollect))
	p.note.SetProblem(say(sleepover.FieldNote))
	fresh = p.summary.Set(s.Heading, screen.Problems(s.Errors, map[string]func(){
		sleepover.FieldChild: p.child.Focus, sleepover.FieldFrom: p.from.Focus, sleepover.FieldTo: p.to.Focus,
		sleepover.FieldArrive: p.arrive.Focus, sleepover.FieldLeave: p.leave.Focus, sleepover.FieldBeds: p.beds.Focus,
		sleepover.FieldCollect: p.collect.Focus, sleepover.FieldNote: p.note.Focus,
	}))
	p.trouble.Set(s.Problem)
	return fresh
}
