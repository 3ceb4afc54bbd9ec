package message

import (
	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/message"
	"kith/app/screen"
	"kith/assets"
)

type start struct {
	vm      *message.Start
	nav     screen.Nav
	head    *kit.Head
	summary *kit.ErrorSummary
	trouble *screen.Trouble
	groupL  *kit.Text
	groups  *kit.Choice
	readers *readers
	about   *kit.Field
	text    *kit.Field
	seen    *kit.IconLine
	send    *kit.Button
	cancel  *kit.Button
	page    *kit.Page
	filled  bool
	left    bool
}

func newStart(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &start{vm: message.NewStart(d, r.Group), nav: nav, head: kit.NewHead("", ""), summary: kit.NewErrorSummary(), trouble: screen.NewTrouble()}
	s := p.vm.State()
	p.groupL = kit.Section(s.GroupLabel)
	p.groups = kit.NewChoice(kit.Radio, p.vm.Pick)
	p.readers = newReaders(p.vm.Who, p.vm.Tick)
	p.about = kit.NewField(s.About, s.AboutHint).Narrow(560)
	p.text = kit.NewTextArea(s.Text, "", 5)
	send := func() { p.vm.Send(message.Draft{About: p.about.Text(), Text: p.text.Text()}) }
	p.text.OnSend(send)
	p.seen = kit.NewIconLine(assets.IconEye, 24, "", look.Body, look.Ink)
	p.send = kit.NewButton(kit.Main, "", assets.IconGoing, send)
	p.cancel = kit.NewButton(kit.Second, "", assets.IconCross, nav.Back)
	p.page = kit.NewPage(p.head.Container, kit.Column(20, p.summary, p.trouble,
		kit.Column(10, p.groupL, p.groups.Container), p.about, kit.Most(720, p.text), p.readers.Container, p.seen))
	p.page.SetFoot(kit.NewFoot(p.cancel, "", p.send))
	return screen.New(p.page, p.vm.Subscribe(p.render)).WithFocus(p.about.Focus)
}

func (p *start) render(s message.StartState) {
	p.head.Set(s.Title, "")
	p.groups.Set(screen.Options(s.Groups))
	p.groupL.Hidden = len(s.Groups) == 0
	p.readers.set(s.Readers)
	if !p.filled {
		p.filled = true
		p.about.SetText(s.Draft.About)
		p.text.SetText(s.Draft.Text)
	}
	p.about.SetProblem(present.ErrorFor(s.Errors, message.FieldAbout))
	p.text.SetProblem(present.ErrorFor(s.Errors, message.FieldText))
	fresh := p.summary.Set(s.Heading, screen.Problems(s.Errors, map[string]func(){
		message.FieldAbout: p.about.Focus, message.FieldText: p.text.Focus, message.FieldReaders: p.readers.focus,
	}))
	p.seen.Set(s.Seen.Icon, s.Seen.Text)
	p.send.SetText(s.Send)
	p.send.SetEnabled(!s.Busy)
	p.cancel.SetText(s.Cancel)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
	if fresh {
		p.page.Top()
		p.summary.Focus()
	}
	if !s.Made.IsZero() && !p.left {
		p.left = true
		p.nav.Go(s.Made)
	}
}
