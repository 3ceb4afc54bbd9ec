// Package start is the way in: welcome, name, passphrase, recovery sheet, then an invitation, a new group, or nobody else
// for now. It has the whole window to itself. It never touches the disk, the network or the clock.
package start

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/platform"
	"kith/app/present"
	"kith/app/present/start"
	"kith/app/screen"
	"kith/assets"
)

// New opens the way in at the welcome page. It follows the start by itself; the shell turns to the page that done is given,
// zero for Today, once there is a person.
func New(d *present.Desk, nav screen.Nav, done func(present.Route)) screen.Screen {
	return newPage(start.New(d).WithPictures(platform.ReadCode), nav, done)
}

// Open opens the way in for somebody who is in already: to an invitation, a new group, or a request on its way.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	done := func(present.Route) { nav.Go(present.Route{Place: present.PlaceToday}) }
	switch r.Page {
	case present.PageFound:
		return newPage(start.Inside(d, start.Found, ""), nav, done)
	case present.PageWaiting:
		return newPage(start.Inside(d, start.Wait, r.Name), nav, done)
	case present.PageJoin:
		return newPage(start.Inside(d, start.Code, "").WithPictures(platform.ReadCode), nav, done)
	}
	return newDoor(nav)
}

type page struct {
	vm   *start.VM
	nav  screen.Nav
	done func(present.Route)
	s    start.State

	stack   *fyne.Container // the welcome page, or the step page
	welcome *welcome
	steps   *kit.Page
	head    *fyne.Container
	back    *kit.Button
	bar     *kit.StepBar
	title   *kit.Text
	text    *kit.Text
	summary *kit.ErrorSummary
	trouble *screen.Trouble
	busy    *kit.IconLine
	watch   *kit.IconLine
	body    *fyne.Container
	next    *kit.Button // goes on
	act     *kit.Button // does something: asks, or founds
	foot    *kit.Foot
	parts   map[start.Page]part
	shown   start.Page
	taken   int // invitations that came from a picture
	ended   bool
}

// part is the middle of one step.
type part interface {
	content() fyne.CanvasObject
	read(d *start.Draft)       // takes what stands in the fields
	fill(d start.Draft)        // puts what was typed before into the fields, when the step opens
	render(s start.State)      // takes words, problems and choices
	fields() map[string]func() // where each problem leads
	focus()
}

func newPage(vm *start.VM, nav screen.Nav, done func(present.Route)) screen.Screen {
	p := &page{vm: vm, nav: nav, done: done, summary: kit.NewErrorSummary(), trouble: screen.NewTrouble()}
	p.welcome = newWelcome(vm)
	p.back = kit.NewButton(kit.Second, "", assets.IconBack, func() {
		if s := p.s; s.Step == 0 && s.Page != start.Return {
			nav.Back()
			return
		}
		p.vm.Back(p.read())
	}).Small()
	p.bar = kit.NewStepBar("", 0, 0)
	p.title, p.text = kit.Heading(""), kit.Quiet("")
	p.head = kit.Column(12, kit.Beside(18, p.back, p.bar), kit.Column(2, p.title, p.text))
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.watch = kit.NewIconLine(assets.IconWarning, 24, "", look.Small, look.Ink2)
	p.body = kit.Column(0)
	p.next = kit.NewButton(kit.Main, "", assets.IconForward, func() { p.vm.Next(p.read()) }).IconAfter()
	p.act = kit.NewButton(kit.Main, "", assets.IconTick, func() { p.vm.Next(p.read()) })
	p.foot = kit.NewFoot(kit.Flow(0, p.next, p.act), "", kit.Column(0)).Pad(48)
	p.steps = kit.NewPage(p.head, kit.Column(18, p.summary, p.trouble, p.body, p.busy, p.watch)).Pad(48)
	p.steps.SetFoot(p.foot)
	p.parts = map[start.Page]part{
		start.Name: newName(p.goOn), start.Passphrase: newPassphrase(vm, p.goOn), start.Sheet: newSheet(p.goOn),
		start.Code: newCode(vm, nav, p.read, p.goOn), start.Found: newFound(vm, p.goOn), start.Wait: newWait(vm, p.leave),
		start.Return: newBack(vm), start.Bring: newBring(vm, p.goOn), start.Brought: newBrought(p.leave),
		start.Paper: newPaper(p.goOn),
	}
	p.stack = kit.Stack(p.welcome.all, p.steps)
	leave := vm.Subscribe(p.render)
	return screen.New(p.stack, leave).WithFocus(p.focus)
}

func (p *page) goOn() { p.vm.Next(p.read()) }

// leave goes into Kith while a request waits.
func (p *page) leave() { p.vm.Leave() }

func (p *page) read() start.Draft {
	d := p.s.Draft
	if x := p.parts[p.s.Page]; x != nil {
		x.read(&d)
	}
	return d
}

func (p *page) focus() {
	if p.s.Page == start.Welcome {
		p.welcome.focus()
		return
	}
	if x := p.parts[p.s.Page]; x != nil {
		x.focus()
	}
}

func (p *page) render(s start.State) {
	p.s = s
	if s.Page == start.Done {
		if !p.ended {
			p.ended = true
			p.done(s.Then)
		}
		return
	}
	welcome := s.Page == start.Welcome
	p.welcome.all.Hidden, p.steps.Hidden = !welcome, welcome
	if welcome {
		p.welcome.render(s)
		p.stack.Refresh()
		p.turn(s.Page)
		return
	}
	x := p.parts[s.Page]
	p.back.SetText(s.Back)
	p.bar.Set(s.StepText, s.Step, s.Steps)
	p.bar.Hidden = s.Step == 0
	p.title.SetText(s.Title)
	p.text.SetText(s.Text)
	p.text.Hidden = s.Text == ""
	p.busy.Set(assets.IconWaiting, s.Busy)
	p.watch.Set(assets.IconWarning, s.Watch)
	p.next.SetText(s.Next)
	p.act.SetText("")
	if s.Page == start.Code || s.Page == start.Found {
		p.next.SetText("")
		p.act.SetText(s.Next)
	}
	p.next.SetEnabled(s.Busy == "")
	p.act.SetEnabled(s.Busy == "")
	p.foot.Said.SetText(s.Foot)
	p.foot.Hidden = s.Next == ""
	p.trouble.Set(s.Problem)
	fresh := p.summary.Set(s.Heading, screen.Problems(s.Errors, x.fields()))
	if p.shown != s.Page {
		x.fill(s.Draft)
		p.body.Objects = []fyne.CanvasObject{x.content()}
	}
	x.render(s)
	p.body.Refresh()
	p.foot.Refresh()
	p.steps.Refresh()
	p.stack.Refresh()
	if fresh || !s.Problem.None() || s.Code.Taken != p.taken {
		p.taken = s.Code.Taken
		p.steps.Top()
	}
	if fresh {
		p.summary.Focus()
	}
	p.turn(s.Page)
}

// turn puts the focus where a newly shown page begins.
func (p *page) turn(to start.Page) {
	if p.shown == to {
		return
	}
	opened := p.shown != ""
	p.shown = to
	if opened {
		p.focus()
		kit.Begin(p.stack, true)
	}
}
