package start

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present/start"
	"kith/app/screen"
	"kith/assets"
)

// welcome is the first page: a dark panel with the art at the left, the ways in at the right.
type welcome struct {
	all         *fyne.Container
	kith        *kit.Text
	promise     *kit.Text
	points      []*kit.IconLine
	hello, text *kit.Text
	choices     []*kit.BigChoice
	back, demo  *kit.Button
	busy        *kit.IconLine
	textL       *kit.Text
	themeL      *kit.Text
	sizes       *kit.Choice
	themes      *kit.Choice
	watch       *kit.IconLine
	trouble     *screen.Trouble
	right       *kit.Scroll
}

func newWelcome(vm *start.VM) *welcome {
	w := &welcome{trouble: screen.NewTrouble()}
	w.kith = kit.NewText("", look.Greeting, look.PanelInk)
	w.promise = kit.NewText("", look.Style{Size: 34, Line: 43, Bold: true}, look.PanelInk)
	s := vm.State().Welcome
	left := kit.Column(14)
	for range s.Points {
		line := kit.NewIconLine("", 26, "", look.Body, look.PanelInk)
		w.points = append(w.points, line)
		left.Add(line)
	}
	art := canvas.NewImageFromResource(fyne.NewStaticResource("art.svg", assets.WelcomeArt()))
	art.FillMode = canvas.ImageFillContain
	mark := canvas.NewImageFromResource(fyne.NewStaticResource("icon.png", assets.AppIcon()))
	mark.FillMode = canvas.ImageFillContain
	panel := kit.NewScroll(kit.Inset(44, 40, 30, 48, kit.Column(26,
		kit.Beside(14, fixed(mark, 52, 52), w.kith), w.promise, fixed(art, 352, 190), left)))

	w.hello, w.text = kit.NewText("", look.Greeting, look.Ink), kit.Quiet("")
	ways := kit.Column(16)
	for _, c := range s.Choices {
		way := c.Way
		b := kit.NewBigChoice(c.Line.Icon, c.Line.Text, c.Text, c.Main, func() { vm.Choose(way) })
		w.choices = append(w.choices, b)
		ways.Add(b)
	}
	w.back = kit.NewButton(kit.Link, "", "", vm.Return)
	w.demo = kit.NewButton(kit.Link, "", "", vm.Demo)
	w.busy = kit.NewIconLine(assets.IconWaiting, 24, "", look.Body, look.Ink)
	w.textL, w.themeL = kit.Strong(""), kit.Strong("")
	w.sizes, w.themes = kit.NewChoice(kit.Radio, vm.SetText), kit.NewChoice(kit.Radio, vm.SetTheme)
	w.watch = kit.NewIconLine(assets.IconWarning, 24, "", look.Body, look.Ink)
	middle := func(o fyne.CanvasObject) fyne.CanvasObject { return kit.Inset(11, 0, 0, 0, o) }
	w.right = kit.NewScroll(kit.Inset(36, 64, 28, 64, kit.Column(16,
		kit.Column(2, w.hello, w.text), w.trouble, ways, kit.Flow(24, w.back, w.demo), w.busy, kit.NewRule(),
		kit.Lead(150, 12, middle(w.textL), w.sizes.Container), kit.Lead(150, 12, middle(w.themeL), w.themes.Container),
		kit.Inset(10, 0, 0, 0, w.watch))))
	w.all = container.New(beside{}, canvas.NewRectangle(look.Color(look.Panel)), panel, w.right)
	return w
}

func (w *welcome) focus() {
	if len(w.choices) > 0 {
		kit.Focus(w.choices[0])
	}
}

func (w *welcome) render(s start.State) {
	x := s.Welcome
	w.kith.SetText(x.Kith)
	w.promise.SetText(x.Promise)
	for i, p := range x.Points {
		w.points[i].Set(p.Icon, p.Text)
	}
	w.hello.SetText(s.Title)
	w.text.SetText(s.Text)
	for i, c := range x.Choices {
		w.choices[i].Set(c.Line.Text, c.Text)
	}
	w.back.SetText(x.Back)
	w.back.SetEnabled(s.Busy == "")
	w.demo.SetText(x.Demo)
	w.demo.SetEnabled(s.Busy == "")
	w.busy.Set(assets.IconWaiting, s.Busy)
	w.textL.SetText(x.TextLabel)
	w.themeL.SetText(x.ThemeLabel)
	w.sizes.Set(screen.Options(x.Text))
	w.themes.Set(screen.Options(x.Themes))
	w.watch.Set(assets.IconWarning, s.Watch)
	w.trouble.Set(s.Problem)
	w.right.Refresh()
	w.all.Refresh()
}

// beside is the dark panel, 470 px wide, and the page at its right. Where it is narrow, or from 150 %, the panel drops
// out, for it says nothing that is needed.
type beside struct{}

// Layout is the container's.
func (beside) Layout(o []fyne.CanvasObject, size fyne.Size) {
	ground, panel, right := o[0].(*canvas.Rectangle), o[1], o[2]
	ground.FillColor = look.Color(look.Panel)
	w := look.Px(470)
	wide := look.Scale() < 150 && size.Width >= 1100
	if !wide {
		w = 0
	}
	if panel.Visible() != wide {
		if wide {
			panel.Show()
		} else {
			panel.Hide()
		}
	}
	ground.Hidden = !wide
	for _, x := range []fyne.CanvasObject{ground, panel} {
		x.Move(fyne.Position{})
		x.Resize(fyne.NewSize(w, size.Height))
	}
	right.Move(fyne.NewPos(w, 0))
	right.Resize(fyne.NewSize(size.Width-w, size.Height))
}

// MinSize is the container's.
func (beside) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(640, 480) }

// fixed gives o a size of its own, px at 100 %, at the left.
func fixed(o fyne.CanvasObject, w, h float32) *fyne.Container {
	return container.New(&size{w, h}, o)
}

type size struct{ w, h float32 }

// Layout is the container's.
func (s *size) Layout(o []fyne.CanvasObject, _ fyne.Size) {
	o[0].Move(fyne.Position{})
	o[0].Resize(s.MinSize(o))
}

// MinSize is the container's.
func (s *size) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(look.Px(s.w), look.Px(s.h))
}
