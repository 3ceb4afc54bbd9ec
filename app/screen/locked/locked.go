// Package locked is the page of a locked home: one field, and the numbers to ring. Nothing of the store is open while it
// shows, and it shows nothing of it. It never touches the disk, the network or the clock.
package locked

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/locked"
	"kith/app/present/settings"
	"kith/app/screen"
	"kith/app/screen/help"
	"kith/assets"
)

type page struct {
	vm *locked.VM

	title, text  *kit.Text
	pass         *kit.Field
	show         *kit.OptionButton
	open         *kit.Button
	busy         *kit.Text
	problem      *kit.Text
	forgot, shut *kit.Button
	quiet        *kit.Text
	forgotten    *fyne.Container
	forgotHead   *kit.Text
	forgotText   *kit.Repeat[string]
	back, begin  *kit.Button
	wiping       *wiping
	entry        *fyne.Container
	numbers      *help.Numbers
	watch        *kit.IconLine
	panel        *kit.Scroll
	side         *kit.Scroll
	tries        int
}

// New opens the locked page.
func New(d *present.Desk, nav screen.Nav) screen.Screen {
	p := &page{vm: locked.New(d)}
	p.title = kit.NewText("", look.Greeting, look.PanelInk)
	p.text = kit.NewText("", look.Body, look.PanelInk)
	p.pass = kit.NewPassword("", "").OnPanel()
	p.show = kit.NewOption(kit.Tick, "", false, func() {
		p.show.SetChosen(!p.show.Chosen())
		p.pass.ShowTyped(p.show.Chosen())
	}).OnPanel()
	unlock := func() { p.vm.Unlock(p.pass.Text()) }
	p.pass.OnEnter(unlock)
	p.open = kit.NewButton(kit.OnPanel, "", assets.IconForward, unlock).Spread()
	p.busy = kit.NewText("", look.Body, look.PanelInk)
	p.problem = kit.NewText("", look.Bold, look.Open)
	p.forgot = kit.NewButton(kit.LinkPanel, "", "", func() { p.vm.Forgotten(true); p.begins(p.back) })
	p.shut = kit.NewButton(kit.LinkPanel, "", "", nav.Close)
	p.quiet = kit.NewText("", look.Small, look.PanelInk2)
	p.forgotHead = kit.NewText("", look.Section, look.PanelInk)
	p.forgotText = sentences()
	p.back = kit.NewButton(kit.OnPanel, "", assets.IconBack, func() { p.vm.Forgotten(false); p.pass.Focus() })
	p.begin = kit.NewButton(kit.LinkPanel, "", "", func() { p.vm.Wiping(true); p.begins(p.wiping.keep) })
	p.forgotten = kit.Column(14, p.forgotHead, p.forgotText.Container, kit.Flow(20, p.back, p.begin))
	p.wiping = newWiping(d, func() { p.vm.Wiping(false); p.begins(p.back) })
	p.entry = kit.Column(14, p.pass, p.show, p.problem, p.open, p.busy, kit.Flow(20, p.forgot, p.shut))
	p.numbers = help.NewNumbers(kit.Heading(""))
	p.watch = kit.NewIconLine(assets.IconWarning, 24, "", look.Body, look.Ink)

	p.panel = kit.NewScroll(kit.Inset(52, 64, 36, 64, kit.Column(18,
		kit.Beside(14, kit.NewIcon(assets.IconLock, 44, look.PanelInk), p.title),
		p.text, kit.Gap(4), p.entry, p.forgotten, p.wiping.Container, kit.Gap(10), p.quiet)))
	p.side = kit.NewScroll(kit.Inset(32, 56, 28, 56, kit.Column(8, p.numbers, p.watch)))
	halves := container.New(&halves{}, canvas.NewRectangle(look.Color(look.Panel)), p.panel, p.side)
	return screen.New(halves, p.vm.Subscribe(p.render), p.wiping.follow(p.panel.Refresh)).WithFocus(p.pass.Focus)
}

// wiping is what takes everything off this computer without its passphrase.
type wiping struct {
	*fyne.Container
	vm         *settings.Danger
	head, text *kit.Text
	does       *kit.Repeat[string]
	word       *kit.Field
	wipe, keep *kit.Button
	said       *kit.Text // that it goes on, or what went wrong
}

func newWiping(d *present.Desk, onKeep func()) *wiping {
	w := &wiping{vm: settings.NewDanger(d)}
	w.head, w.text = kit.NewText("", look.Section, look.PanelInk), kit.NewText("", look.Body, look.PanelInk)
	w.does = sentences()
	w.word = kit.NewField("", "").OnPanel()
	w.wipe = kit.NewButton(kit.OnPanel, "", assets.IconCross, func() { w.vm.Wipe(w.word.Text()) })
	w.keep = kit.NewButton(kit.LinkPanel, "", "", onKeep)
	w.said = kit.NewText("", look.Bold, look.Open)
	w.Container = kit.Column(14, w.head, w.text, w.does.Container, w.word, w.said, kit.Flow(20, w.wipe, w.keep))
	return w
}

func (w *wiping) follow(changed func()) (leave func()) {
	return w.vm.Subscribe(func(s settings.DangerState) {
		w.head.SetText(s.WipeHeading)
		w.text.SetText(s.WipeText)
		does := make([]string, len(s.Does))
		for i, l := range s.Does {
			does[i] = l.Text
		}
		w.does.Set(does)
		w.word.SetLabel(s.WordLabel, s.WordHint)
		w.word.SetProblem(s.Wrong)
		w.wipe.SetText(s.Wipe)
		w.wipe.SetEnabled(s.Busy == "")
		if w.said.SetText(s.Problem.Text()); s.Busy != "" {
			w.said.SetText(s.Busy)
		}
		changed()
	})
}

// sentences is a column of them, on the dark panel.
func sentences() *kit.Repeat[string] {
	return kit.NewRepeat(10, func(s string) string { return s }, func() (fyne.CanvasObject, func(string)) {
		t := kit.NewText("", look.Body, look.PanelInk)
		return t, t.SetText
	})
}

// begins shows a part of the panel from its top. The focus goes to what changes nothing, whether or not it is in view.
func (p *page) begins(harmless *kit.Button) {
	kit.Focus(harmless)
	p.panel.Top()
}

func (p *page) render(s locked.State) {
	p.title.SetText(s.Title)
	p.text.SetText(s.Text)
	p.pass.SetLabel(s.Label, s.Hint)
	p.pass.SetProblem(s.Empty)
	p.show.SetText(s.Show, "")
	p.open.SetText(s.Open)
	p.open.SetEnabled(s.Busy == "")
	p.busy.SetText(s.Busy)
	p.problem.SetText(s.Problem.Text())
	p.forgot.SetText(s.Forgotten)
	p.shut.SetText(s.Close)
	p.quiet.SetText(s.Quiet)
	p.forgotHead.SetText(s.ForgottenHead)
	p.forgotText.Set(s.ForgottenText)
	p.back.SetText(s.Back)
	p.begin.SetText(s.Wipe)
	p.wiping.keep.SetText(s.Keep)
	p.entry.Hidden, p.forgotten.Hidden, p.wiping.Hidden = s.ForgottenOpen || s.WipeOpen, !s.ForgottenOpen, !s.WipeOpen
	p.numbers.Set(s.Numbers)
	p.watch.Set(s.Watch.Icon, s.Watch.Text)
	if s.Tries != p.tries { // an answer came: begin again in an empty field
		p.tries = s.Tries
		p.pass.SetText("")
		p.pass.Focus()
	}
	p.panel.Refresh()
	p.side.Refresh()
}

// halves is the dark panel at the left, 560 px wide, and the numbers at the right. Where it is narrow, or from 150 %, the
// numbers go under the panel's field, for they must not be lost.
type halves struct{}

func (halves) Layout(o []fyne.CanvasObject, size fyne.Size) {
	ground, panel, side := o[0].(*canvas.Rectangle), o[1], o[2]
	ground.FillColor = look.Color(look.Panel)
	w, h := look.Px(560), size.Height
	if w > size.Width*0.58 {
		w = size.Width * 0.5
	}
	if size.Width < 900 {
		w, h = size.Width, size.Height*0.6
	}
	for _, x := range []fyne.CanvasObject{ground, panel} {
		x.Move(fyne.Position{})
		x.Resize(fyne.NewSize(w, h))
	}
	if size.Width < 900 {
		side.Move(fyne.NewPos(0, h))
		side.Resize(fyne.NewSize(size.Width, size.Height-h))
		return
	}
	side.Move(fyne.NewPos(w, 0))
	side.Resize(fyne.NewSize(size.Width-w, size.Height))
}

func (halves) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(480, 360) }
