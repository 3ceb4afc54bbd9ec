package people

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/people"
	"kith/app/screen"
	"kith/assets"
)

type person struct {
	vm  *people.Person
	nav screen.Nav
	s   people.PersonState

	head           *kit.Head
	face           *kit.Avatar
	name, as, home *kit.Text
	chip           *kit.StatusChip
	wordsHead      *kit.Text
	wordsText      *kit.Text
	words          *kit.Words
	wordsCard      *kit.Panel
	busy           *kit.IconLine
	tick           *kit.OptionButton
	computersHead  *kit.Text
	computers      *kit.Repeat[people.Computer]
	waiting        *kit.Repeat[people.Waiting]
	my, myTitle    *kit.Field
	save           *kit.Button
	saved          *kit.IconLine
	mine           *kit.Panel
	lead, remove   *kit.Button
	hide           *kit.Button
	hideText       *kit.Text
	hideCard       *kit.Panel
	part           *fyne.Container
	gone           *kit.Empty
	trouble        *screen.Trouble
	page           *kit.Page
	filled         bool
}

func newPerson(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	p := &person{vm: people.NewPerson(d, r.Group, r.Member), nav: nav, head: kit.NewHead("", ""), trouble: screen.NewTrouble()}
	p.face = kit.NewAvatar(kit.Face{}, 52)
	p.name, p.as, p.home = kit.Section(""), kit.Quiet(""), kit.Body("")
	p.chip = kit.NewStatusChip(kit.Chip{})
	p.wordsHead, p.wordsText = kit.Section(""), kit.Body("")
	p.words = kit.NewWords(3)
	p.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	p.tick = kit.NewOption(kit.Tick, "", false, func() { p.vm.SetChecked(!p.s.Ticked) })
	p.computersHead = kit.Section("")
	p.computers = kit.NewRepeat(8, func(c people.Computer) string { return c.Name }, func() (fyne.CanvasObject, func(people.Computer)) {
		var at people.Computer
		name, heard, fresh := kit.Strong(""), kit.DeliveryLine("", ""), kit.NewIconLine(assets.IconShield, 22, "", look.Small, look.Ink)
		old := kit.NewIconLine(assets.IconWarning, 22, "", look.Small, look.Ink)
		lost := kit.NewButton(kit.Second, "", "", func() { nav.Go(at.To) }).Small()
		return kit.Column(6, kit.Between(10, 120, kit.Column(2, name, heard), lost), fresh, old), func(c people.Computer) {
			at = c
			name.SetText(c.Name)
			heard.Set(c.Heard.Icon, c.Heard.Text)
			fresh.Set(assets.IconShield, c.New)
			old.Set(assets.IconWarning, c.Old)
			lost.SetText(c.Lost)
			lost.SetName(c.Title)
			lost.Hidden = c.Lost == ""
		}
	})
	p.waiting = kit.NewRepeat(14, func(w people.Waiting) string { return w.Device.String() }, p.waits)
	p.my, p.myTitle = kit.NewField("", ""), kit.NewField("", "")
	p.save = kit.NewButton(kit.Second, "", assets.IconTick, func() { p.vm.SaveName(p.my.Text(), p.myTitle.Text()) })
	p.saved = kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.OkInk)
	p.mine = kit.Card(kit.Column(14, p.my, p.myTitle, kit.Flow(14, p.save, p.saved)))
	p.hide = kit.NewButton(kit.Second, "", assets.IconEye, func() { p.vm.SetHidden(!p.s.Hidden) })
	p.hideText = kit.Hint("")
	p.hideCard = kit.Card(kit.Column(10, kit.Flow(0, p.hide), p.hideText))
	p.lead = kit.NewButton(kit.Second, "", "", func() { nav.Go(p.s.LeadTo) })
	p.remove = kit.NewButton(kit.Danger, "", assets.IconCross, func() { nav.Go(p.s.To) })
	p.gone = kit.NewEmpty(func() { nav.Go(p.s.Gone.Go) })
	p.wordsCard = kit.Card(kit.Column(12, p.wordsHead, p.wordsText, p.busy, p.words.Container, kit.Flow(0, p.tick)))
	p.part = kit.TwoColumn(24, 400,
		kit.Column(16,
			kit.Card(kit.Between(14, 200, kit.Beside(16, p.face, kit.Column(0, p.name, p.as, p.home)), p.chip)),
			p.wordsCard),
		kit.Column(16, kit.Card(kit.Column(10, p.computersHead, p.computers.Container)), p.mine, p.hideCard, kit.Flow(14, p.lead, p.remove)))
	p.page = kit.NewPage(p.head.Container, kit.Column(16, p.trouble, p.waiting.Container, p.part, p.gone))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

// waits is a computer that waits for another member's word.
func (p *person) waits() (fyne.CanvasObject, func(people.Waiting)) {
	var w people.Waiting
	title, text, label, words := kit.Section(""), kit.Body(""), kit.Strong(""), kit.NewWords(3)
	how := kit.NewChoiceColumn(kit.Radio, p.vm.SetHow)
	wrong := kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger)
	yes := kit.NewButton(kit.Second, "", assets.IconTick, func() { p.vm.Confirm(w.Device) })
	no := kit.NewButton(kit.Danger, "", assets.IconCross, func() { p.nav.Go(w.To) })
	return kit.Card(kit.Column(10, title, text, words.Container, label, wrong, how.Container, kit.Flow(14, yes, no))), func(s people.Waiting) {
		w = s
		title.SetText(s.Title)
		text.SetText(s.Text)
		words.Set(p.s.Words...)
		label.SetText(s.HowLabel)
		label.Hidden = s.HowLabel == ""
		how.Set(screen.Options(s.How))
		how.Hidden = len(s.How) == 0
		wrong.Set(assets.IconWarning, p.s.WaitingError)
		yes.SetText(s.Yes)
		no.SetText(s.Lost)
	}
}

func (p *person) render(s people.PersonState) {
	p.s = s
	p.head.Set(s.Name, "")
	p.head.SetBack(s.Back, p.nav.Back)
	p.face.Set(kit.Face(s.Face))
	p.name.SetText(s.Name)
	p.as.SetText(s.As)
	p.home.SetText(s.Home)
	p.chip.Set(kit.Chip(s.Chip))
	p.wordsHead.SetText(s.WordsHeading)
	p.wordsText.SetText(s.WordsText)
	p.words.Set(s.Words...)
	p.busy.Set(assets.IconWaiting, s.WordsBusy)
	p.tick.SetText(s.Tick, "")
	p.tick.SetChosen(s.Ticked)
	p.tick.Hidden = s.Tick == ""
	p.computersHead.SetText(s.ComputersHeading)
	p.computers.Set(s.Computers)
	p.waiting.Set(s.Waiting)
	p.waiting.Hidden = len(s.Waiting) == 0
	p.wordsCard.Hidden = len(s.Waiting) > 0 // they stand there
	p.mine.Hidden = s.Mine == nil
	if m := s.Mine; m != nil {
		p.my.SetLabel(m.Label, "")
		p.myTitle.SetLabel(m.TitleLabel, m.TitleHint)
		if !p.filled { // once: what somebody types is theirs
			p.my.SetText(m.Name)
			p.myTitle.SetText(m.Title)
			p.filled = true
		}
		p.my.SetProblem(m.Error)
		p.save.SetText(m.Save)
		p.saved.Set(assets.IconDone, m.Saved)
	}
	p.hide.SetText(s.Hide)
	p.hideText.SetText(s.HideText)
	p.hideCard.Hidden = s.Hide == ""
	p.lead.SetText(s.Lead)
	p.lead.Hidden = s.Lead == ""
	p.remove.SetText(s.Remove)
	away := s.Gone.Heading != ""
	p.gone.Set(s.Gone.Icon, s.Gone.Heading, s.Gone.Text, s.Gone.Button)
	p.part.Hidden = away
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}
