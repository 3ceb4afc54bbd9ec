// Package settings is the Settings page: how the window looks, when it locks, the passphrase, and computers nearby. It
// never touches the disk, the network or the clock.
package settings

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/assets"
)

type page struct {
	vm   *settings.VM
	head *kit.Head

	lookHead, textLabel, themeLabel *kit.Text
	text, themes                    *kit.Choice

	safeHead, lockLabel, lockHint, hideHead, hideText *kit.Text
	lockAfter                                         *kit.Choice
	seenLabel, seenHint                               *kit.Text
	seen                                              *kit.Choice
	lockNow                                           *kit.Button

	passHead          *kit.Text
	old, fresh, again *kit.Field
	show              *kit.OptionButton
	change            *kit.Button
	passSaid          *kit.IconLine
	passTrouble       *screen.Trouble
	changed           int

	keepHead *kit.Text
	meetHead *kit.Text
	keep     *kit.Repeat[settings.Door]
	meet     *kit.Repeat[settings.Door]

	nearHead, nearText *kit.Text
	near               *kit.Choice
	nearState          *kit.IconLine

	aboutHead *kit.Text
	about     *kit.Repeat[string]
	trouble   *screen.Trouble
	page      *kit.Page
}

// Open opens the page that r names.
func Open(d *present.Desk, nav screen.Nav, r present.Route) screen.Screen {
	switch r.Page {
	case present.PageBackup:
		return newBackup(d, nav)
	case present.PageCarry:
		return newCarry(d, nav, r.Group)
	case present.PageDevice:
		return newDevice(d, nav, r.Name)
	case present.PageSheet:
		return newSheet(d, nav)
	case present.PageStay:
		return newStay(d, nav, r)
	case present.PageDanger:
		return newDanger(d, nav)
	}
	return New(d, nav)
}

// New opens the Settings page.
func New(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &page{vm: settings.New(d), head: kit.NewHead("", ""), trouble: screen.NewTrouble(), passTrouble: screen.NewTrouble()}
	sect := func() *kit.Text { return kit.Section("") }
	p.lookHead, p.safeHead, p.passHead, p.nearHead, p.aboutHead = sect(), sect(), sect(), sect(), sect()
	p.textLabel, p.themeLabel, p.lockLabel, p.hideHead = kit.Strong(""), kit.Strong(""), kit.Strong(""), kit.Strong("")
	p.keepHead = sect()
	p.meetHead = sect()
	p.keep, p.meet = doors(nav), doors(nav)
	p.lockHint, p.hideText, p.nearText = kit.Hint(""), kit.Body(""), kit.Body("")
	p.text = kit.NewChoice(kit.Radio, p.vm.SetText)
	p.themes = kit.NewChoice(kit.Radio, p.vm.SetTheme)
	p.lockAfter = kit.NewChoice(kit.Radio, p.vm.SetLockAfter)
	p.seenLabel, p.seenHint = kit.Strong(""), kit.Hint("")
	p.seen = kit.NewChoice(kit.Radio, p.vm.SetSeen)
	p.lockNow = kit.NewButton(kit.Second, "", assets.IconLock, p.vm.LockNow)
	p.near = kit.NewChoice(kit.Radio, p.vm.SetNearby)
	p.nearState = kit.DeliveryLine("", "")

	p.old, p.fresh, p.again = kit.NewPassword("", ""), kit.NewPassword("", ""), kit.NewPassword("", "")
	p.show = kit.NewOption(kit.Tick, "", false, func() {
		on := !p.show.Chosen()
		p.show.SetChosen(on)
		for _, f := range []*kit.Field{p.old, p.fresh, p.again} {
			f.ShowTyped(on)
		}
	})
	change := func() { p.vm.ChangePassphrase(p.old.Text(), p.fresh.Text(), p.again.Text()) }
	p.again.OnEnter(change)
	p.change = kit.NewButton(kit.Second, "", assets.IconPencil, change)
	p.passSaid = kit.NewIconLine(assets.IconDone, 24, "", look.Body, look.Ink)
	p.about = kit.NewRepeat(8, func(s string) string { return s }, func() (fyne.CanvasObject, func(string)) {
		t := kit.Body("")
		return t, t.SetText
	})

	main := kit.Column(16,
		p.trouble,
		kit.Card(kit.Column(12, p.lookHead, kit.Lead(132, 8, kit.Inset(11, 0, 0, 0, p.textLabel), p.text.Container),
			kit.Lead(132, 8, kit.Inset(11, 0, 0, 0, p.themeLabel), p.themes.Container))),
		kit.Card(kit.Column(12, p.safeHead, kit.Column(0, p.lockLabel, p.lockHint), p.lockAfter.Container,
			kit.NewRule(), kit.Column(0, p.seenLabel, p.seenHint), p.seen.Container,
			kit.NewRule(), p.hideHead, p.hideText, kit.Flow(0, p.lockNow))),
		kit.Card(kit.Column(14, p.passHead, p.passTrouble, p.old, p.fresh, p.again, kit.Flow(0, p.show), kit.Flow(14, p.change), p.passSaid)))
	side := kit.Column(16,
		kit.Card(kit.Column(6, p.keepHead, p.keep.Container)),
		kit.Card(kit.Column(6, p.meetHead, p.meet.Container)),
		kit.Card(kit.Column(10, p.nearHead, p.nearText, p.near.Container, p.nearState)),
		kit.Card(kit.Column(10, p.aboutHead, p.about.Container)))
	p.page = kit.NewPage(p.head.Container, kit.TwoColumn(24, 372, main, side))
	return screen.New(p.page, p.vm.Subscribe(p.render))
}

// doors lists the pages behind this one.
func doors(nav screen.Nav) *kit.Repeat[settings.Door] {
	return kit.NewRepeat(0, func(d settings.Door) string { return d.To.Page }, func() (fyne.CanvasObject, func(settings.Door)) {
		var door settings.Door
		icon, title, text := kit.NewIcon("", 26, look.Primary), kit.Strong(""), kit.Quiet("")
		row := kit.NewPressRow(kit.Between(10, 60, kit.Beside(14, icon, kit.Column(0, title, text)), kit.NewIcon(assets.IconForward, 22, look.Primary)), func() { nav.Go(door.To) })
		return row, func(d settings.Door) {
			door = d
			icon.Set(d.Icon, look.Primary)
			title.SetText(d.Title)
			text.SetText(d.Text)
			row.Set(d.Title, false)
		}
	}).Ruled()
}

func (p *page) render(s settings.State) {
	p.head.Set(s.Title, "")
	p.lookHead.SetText(s.LookHeading)
	p.textLabel.SetText(s.TextLabel)
	p.themeLabel.SetText(s.ThemeLabel)
	p.text.Set(screen.Options(s.Text))
	p.themes.Set(screen.Options(s.Themes))
	p.safeHead.SetText(s.SafeHeading)
	p.lockLabel.SetText(s.LockLabel)
	p.lockHint.SetText(s.LockHint)
	p.lockAfter.Set(screen.Options(s.LockAfter))
	p.seenLabel.SetText(s.SeenLabel)
	p.seenHint.SetText(s.SeenHint)
	p.seen.Set(screen.Options(s.Seen))
	p.hideHead.SetText(s.HideHeading)
	p.hideText.SetText(s.HideText)
	p.lockNow.SetText(s.LockNow)
	p.passphrase(s.Passphrase)
	p.keepHead.SetText(s.KeepHeading)
	p.keep.Set(s.Keep)
	p.meetHead.SetText(s.MeetHeading)
	p.meet.Set(s.Meet)
	p.nearHead.SetText(s.NearbyHeading)
	p.nearText.SetText(s.NearbyText)
	p.near.Set(screen.Options(s.Nearby))
	p.nearState.Set(s.NearbyState.Icon, s.NearbyState.Text)
	p.aboutHead.SetText(s.AboutHeading)
	p.about.Set(s.About)
	p.trouble.Set(s.Problem)
	p.page.Refresh()
}

func (p *page) passphrase(s settings.Passphrase) {
	p.passHead.SetText(s.Heading)
	p.old.SetLabel(s.Old, "")
	p.fresh.SetLabel(s.New, s.Hint)
	p.again.SetLabel(s.Again, "")
	p.show.SetText(s.Show, "")
	p.change.SetText(s.Button)
	p.change.SetEnabled(s.Busy == "")
	p.old.SetProblem(present.ErrorFor(s.Errors, settings.FieldOld))
	p.fresh.SetProblem(present.ErrorFor(s.Errors, settings.FieldNew))
	p.again.SetProblem(present.ErrorFor(s.Errors, settings.FieldAgain))
	p.passTrouble.Set(s.Problem)
	switch {
	case s.Busy != "":
		p.passSaid.Set(assets.IconWaiting, s.Busy)
	default:
		p.passSaid.Set(assets.IconDone, s.Done)
	}
	if s.Changed != p.changed {
		p.changed = s.Changed
		for _, f := range []*kit.Field{p.old, p.fresh, p.again} {
			f.SetText("")
		}
	}
}
