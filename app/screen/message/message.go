// Package message is the Messages place: the threads at the left, one of them beside, and the page that starts a new one.
// It never touches the disk, the network or the clock.
package message

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/message"
	"kith/app/screen"
	"kith/assets"
	"kith/store/kp1"
)

// Open opens the page of Messages that r names.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	if r.Page == present.PageNew {
		return newStart(d, nav, r)
	}
	if r.Page == present.PageRemove {
		return newTakeBack(message.NewTakeBack(d, r.Group, r.Object, r.Part), nav)
	}
	switch r.Page {
	case present.PageGive:
		return newGive(d, nav, r)
	case present.PageSave:
		return newKeep(d, nav, r)
	}
	return newPage(d, nav, r)
}

type page struct {
	vm  *message.VM
	nav screen.Nav
	s   message.State

	head  *kit.Head
	write *kit.Button
	rows  *kit.Repeat[message.Row]
	note  *kit.Text
	list  *kit.Panel
	empty *kit.Empty

	title, text    *kit.Text
	earlier, later *kit.Button
	bubbles        *kit.Repeat[message.Bubble]
	nothing        *kit.Empty
	scroll         *kit.Scroll
	answering      *kit.IconLine
	stop           *kit.Button
	readers        *kit.IconLine
	choose, chosen *kit.Button
	give           *kit.Button
	ask            *readers
	askScroll      *kit.Scroll
	shut           *kit.IconLine
	entry          *kit.Field
	line           *fyne.Container // entry and send
	wrong          *kit.IconLine
	send           *kit.Button
	trouble        *screen.Trouble
	thread         *kit.Panel
	pick           *kit.Empty
	split          *split

	shown   kp1.ID
	sent    int
	bottom  bool // the newest message was in view when the page was drawn last
	filling bool
	asking  bool
}

func newPage(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &page{nav: nav, bottom: true, trouble: screen.NewTrouble()}
	p.vm = message.New(d, r.Group, r.Object)
	p.write = kit.NewButton(kit.Main, "", assets.IconPencil, func() { nav.Go(p.s.WriteTo) })
	p.head = kit.NewHead("", "", p.write)
	p.rows = kit.NewRepeat(4, func(r message.Row) string { return r.ID.String() }, p.row)
	p.note = kit.Hint("")
	p.list = kit.NewPanel(look.Card, look.Line, 1, 14, 8, 6, kit.NewScroll(kit.Inset(0, 14, 0, 2, kit.Column(12, p.rows.Container, kit.Inset(6, 12, 6, 12, p.note)))))
	p.empty = kit.NewEmpty(func() { nav.Go(p.s.Empty.Go) }).Second()

	p.title, p.text = kit.Section(""), kit.Hint("")
	p.earlier = kit.NewButton(kit.Link, "", assets.IconBack, func() { p.bottom = false; p.vm.Earlier(); p.scroll.Top() })
	p.later = kit.NewButton(kit.Link, "", assets.IconForward, func() { p.vm.Later(); p.scroll.Top() })
	p.bubbles = kit.NewRepeat(10, func(b message.Bubble) string { return b.ID.String() }, p.bubble)
	p.nothing = kit.NewEmpty(nil)
	p.scroll = kit.NewScroll(kit.Inset(10, 18, 12, 18,
		kit.Column(10, kit.Flow(0, p.earlier), p.nothing, p.bubbles.Container, kit.Flow(0, p.later))))
	p.answering = kit.NewIconLine(assets.IconMessages, 22, "", look.Body, look.Ink)
	p.stop = kit.NewButton(kit.Link, "", "", func() { p.vm.Reply(kp1.ID{}) })
	p.entry = kit.NewTextArea("", "", 2).Unlabelled()
	p.entry.OnChanged(func(s string) {
		if !p.filling {
			p.vm.Typed(s)
		}
	})
	p.entry.OnSend(func() { p.vm.Send(p.entry.Text()) })
	p.wrong = kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	p.send = kit.NewButton(kit.Main, "", assets.IconGoing, func() { p.vm.Send(p.entry.Text()) })
	p.readers = kit.NewIconLine(assets.IconEye, 22, "", look.Small, look.Ink)
	p.choose = kit.NewButton(kit.Link, "", "", func() { p.vm.Choose(true) })
	p.give = kit.NewButton(kit.Link, "", assets.IconPlus, func() {
		if p.s.Thread != nil {
			nav.Go(p.s.Thread.GiveTo)
		}
	})
	p.chosen = kit.NewButton(kit.Main, "", assets.IconTick, func() { p.vm.Choose(false) })
	p.ask = newReaders(p.vm.Pick, p.vm.Tick)
	p.askScroll = kit.NewScroll(kit.Inset(14, 18, 14, 18, p.ask.Container))
	p.shut = kit.NewIconLine(assets.IconLock, 22, "", look.Body, look.Ink)
	p.line = kit.Between(12, 200, p.entry, p.send)
	foot := kit.Inset(10, 18, 12, 18, kit.Column(6, p.trouble, kit.Between(14, 120, p.answering, p.stop), p.wrong,
		kit.Between(14, 200, p.readers, kit.Flow(14, p.choose, p.give, p.chosen)), p.line, p.shut))
	top := kit.Inset(14, 18, 10, 18, kit.Column(0, p.title, p.text))
	p.thread = kit.NewPanel(look.Card, look.Line, 1, 14, 1, 1, newPost(top, container.NewStack(p.scroll, p.askScroll), foot, func() {
		if p.bottom {
			p.scroll.Bottom()
		}
	}))
	p.pick = kit.NewEmpty(nil)
	p.split = newSplit(p.list, kit.Stack(p.thread, kit.Column(0, p.pick)))
	pg := kit.NewFixedPage(p.head.Container, newEither(p.split.Container, kit.Column(0, p.empty)))
	leave := p.vm.Subscribe(p.render)
	return screen.New(pg, leave).WithFocus(func() {
		if !p.shown.IsZero() {
			p.entry.Focus()
		}
	})
}

func (p *page) row() (fyne.CanvasObject, func(message.Row)) {
	var row message.Row
	face, title, text, chip := kit.NewAvatar(kit.Face{}, 46), kit.Strong(""), kit.Hint(""), kit.NewStatusChip(kit.Chip{})
	press := kit.NewPressRow(kit.Beside(12, face, kit.Column(2, title, kit.Between(8, 90, text, chip))), func() { p.nav.Go(row.To) })
	return press, func(r message.Row) {
		row = r
		face.Set(kit.Face(r.Face))
		title.SetText(r.Title)
		text.SetText(r.Text)
		chip.Set(kit.Chip(r.New))
		said := r.Title + ", " + r.Text
		if r.New.Text != "" {
			said += ", " + r.New.Text
		}
		press.Set(said, r.Chosen)
	}
}

func (p *page) bubble() (fyne.CanvasObject, func(message.Bubble)) {
	var id kp1.ID
	since := kit.NewText("", look.SmallBold, look.BlueInk)
	var to, saveTo present.Route
	var by kp1.MID
	picture := newThumb(50)
	saveOwn := kit.NewButton(kit.Link, "", assets.IconSave, func() { p.nav.Go(saveTo) })
	save := kit.NewButton(kit.Link, "", assets.IconSave, func() { p.nav.Go(saveTo) })
	b := kit.NewChatBubble(func() { p.vm.Reply(id); p.entry.Focus() })
	change := kit.NewButton(kit.Link, "", "", func() { p.vm.Edit(id); p.entry.Focus() })
	withdraw := kit.NewButton(kit.Link, "", "", func() { p.nav.Go(to) })
	takeAway := kit.NewButton(kit.Link, "", "", func() { p.nav.Go(to) })
	hide := kit.NewButton(kit.Link, "", "", func() { p.vm.Hide(by) })
	gone, show := kit.Hint(""), kit.NewButton(kit.Link, "", "", func() { p.vm.Show(by) })
	own, others := kit.FlowRight(14, saveOwn, change, withdraw), kit.Inset(0, 0, 0, 50, kit.Flow(14, save, hide, takeAway))
	gap := kit.Between(14, 200, gone, show)
	return kit.Column(6, since, gap, b, picture.Container, own, others), func(s message.Bubble) {
		id, to, by = s.ID, s.EraseTo, s.By
		gap.Hidden, b.Hidden = s.Hidden == "", s.Hidden != ""
		gone.SetText(s.Hidden)
		show.SetText(s.Show)
		show.SetName(s.Show + ", " + s.Name)
		var f message.FilePart
		if s.File != nil {
			f = *s.File
		}
		saveTo = f.SaveTo
		picture.set(f.Picture, s.Mine)
		own.Hidden, others.Hidden = !s.Mine || s.Erase == "" && f.Save == "", s.Mine || s.Hide == "" && s.Erase == "" && f.Save == ""
		name(saveOwn, f.Save, s)
		name(save, f.Save, s)
		name(hide, s.Hide, s)
		name(change, s.Change, s)
		name(withdraw, s.Erase, s)
		name(takeAway, s.Erase, s)
		since.SetText(s.Since)
		since.Hidden = s.Since == ""
		x := kit.Bubble{
			Key: s.ID.String(), Own: s.Mine, Face: kit.Face(s.Face), Name: s.Name, Time: s.Time, Text: s.Text, Quote: s.Answers,
			Only: kit.Line(s.Only), Delivery: kit.Line(s.Has), More: s.Reply, Note: s.Edited + f.State,
		}
		if s.Quiet {
			x.Text, x.Note = "", s.Text
		}
		b.Set(x)
	}
}

// name gives a link its word, and says aloud which message it is about.
func name(b *kit.Button, word string, s message.Bubble) {
	b.SetText(word)
	b.SetName(word + ", " + s.Name + ", " + s.Time)
	b.Hidden = word == ""
}

func (p *page) render(s message.State) {
	p.s = s
	p.head.Set(s.Title, "")
	p.write.SetText(s.Write)
	p.rows.Set(s.Rows)
	p.note.SetText(s.Note)
	p.empty.Set(s.Empty.Icon, s.Empty.Heading, s.Empty.Text, s.Empty.Button)
	p.split.Hidden = s.Empty.Heading != ""
	p.pick.Set(s.Pick.Icon, s.Pick.Heading, s.Pick.Text, "")
	p.thread.Hidden = s.Thread == nil
	p.split.chosen = s.Thread != nil
	if s.Thread != nil {
		p.follow(*s.Thread)
	}
	p.list.Refresh()
	p.split.Refresh()
}

// follow shows one thread. A page that was at its end stays there when something comes.
func (p *page) follow(t message.Thread) {
	fresh := p.shown != t.ID
	atEnd := fresh || p.sent != t.Sent || p.bottom && p.scroll.AtBottom()
	if t.Gone != "" {
		p.title.SetText(t.Gone)
		p.text.SetText("")
		p.nothing.Set("", "", "", "")
		p.bubbles.Set(nil)
		p.foot(message.Thread{})
		p.thread.Refresh()
		return
	}
	p.title.SetText(t.Title)
	p.text.SetText(t.Text)
	p.earlier.SetText(t.Earlier)
	p.later.SetText(t.Later)
	p.bubbles.Set(t.Bubbles)
	p.nothing.Set(t.Nothing.Icon, t.Nothing.Heading, t.Nothing.Text, "")
	p.foot(t)
	if fresh || p.sent != t.Sent {
		p.filling = true
		p.entry.SetText(t.Draft)
		p.filling = false
	}
	p.shown, p.sent, p.bottom = t.ID, t.Sent, t.Later == ""
	p.thread.Refresh()
	if atEnd && p.bottom {
		p.scroll.Bottom()
	}
	p.vm.Looked()
}

// foot shows the entry with what stands round it, or why there is none; and who may read what is sent, where that is asked.
func (p *page) foot(t message.Thread) {
	p.answering.Set(assets.IconMessages, t.Answering)
	p.stop.SetText(t.Stop)
	p.readers.Set(t.Readers.Icon, t.Readers.Text)
	p.choose.SetText(t.Choose)
	p.chosen.SetText(t.Chosen)
	p.give.SetText(t.Give)
	p.choose.Hidden, p.chosen.Hidden, p.give.Hidden = t.Choose == "", t.Chosen == "", t.Give == ""
	asking := t.Chooser != nil
	p.line.Hidden = t.Box == "" || t.Shut != "" || asking
	p.entry.SetName(t.Box)
	p.entry.SetHold(t.Box)
	p.send.SetText(t.Send)
	p.shut.Set(assets.IconLock, t.Shut)
	p.wrong.Set(assets.IconWarning, t.Wrong)
	p.trouble.Set(t.Problem)
	p.scroll.Hidden, p.askScroll.Hidden = asking, !asking
	switch {
	case asking:
		p.ask.set(*t.Chooser)
		if !p.asking {
			p.askScroll.Top()
			p.ask.focus()
		}
	case p.asking:
		p.entry.Focus()
	}
	p.asking = asking
}
