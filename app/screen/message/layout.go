package message

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"kith/app/kit"
	"kith/app/kit/look"
)

// split is the list at the left, 326 px wide, and the thread beside it. Where it is narrow only one of the two shows: the
// thread once one is chosen.
type split struct {
	*fyne.Container
	chosen bool
}

func newSplit(list, thread fyne.CanvasObject) *split {
	s := &split{}
	s.Container = container.New(splitLayout{s}, list, thread)
	return s
}

type splitLayout struct{ *split }

// Layout is the container's.
func (s splitLayout) Layout(o []fyne.CanvasObject, size fyne.Size) {
	list, thread := o[0], o[1]
	w, gap := look.Px(326), look.Px(16)
	if kit.Narrow(size.Width) {
		show(list, !s.chosen)
		show(thread, s.chosen)
		for _, x := range o {
			x.Move(fyne.Position{})
			x.Resize(size)
		}
		return
	}
	show(list, true)
	show(thread, true)
	list.Move(fyne.Position{})
	list.Resize(fyne.NewSize(w, size.Height))
	thread.Move(fyne.NewPos(w+gap, 0))
	thread.Resize(fyne.NewSize(size.Width-w-gap, size.Height))
}

func show(o fyne.CanvasObject, on bool) {
	switch {
	case on && !o.Visible():
		o.Show()
	case !on && o.Visible():
		o.Hide()
	}
}

// MinSize is the container's.
func (splitLayout) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(look.Px(240), look.Px(200))
}

// post is a thread's head, its messages, and the entry: head and entry as high as they need, the messages between. Where
// that leaves the messages less than half, with large words in a low window, the head goes, and what stands round the
// entry is scrolled, its end in view. resized is called when the messages have got more or less room.
type post struct {
	entry   fyne.CanvasObject // what foot scrolls
	foot    *kit.Scroll
	size    fyne.Size
	resized func()
}

func newPost(top, middle, entry fyne.CanvasObject, resized func()) *fyne.Container {
	p := &post{entry: entry, foot: kit.NewScroll(entry), resized: resized}
	return container.New(p, top, middle, p.foot)
}

// Layout is the container's.
func (p *post) Layout(o []fyne.CanvasObject, size fyne.Size) {
	top, foot := kit.HeightFor(o[0], size.Width), kit.HeightFor(p.entry, size.Width)
	least := size.Height / 2
	if size.Height-top-foot < least {
		top = 0
	}
	cut := foot > size.Height-least
	if cut {
		foot = size.Height - least
	}
	show(o[0], top > 0)
	o[0].Move(fyne.Position{})
	o[0].Resize(fyne.NewSize(size.Width, top))
	o[1].Move(fyne.NewPos(0, top))
	room := fyne.NewSize(size.Width, max(0, size.Height-top-foot))
	o[1].Resize(room)
	p.foot.Move(fyne.NewPos(0, size.Height-foot))
	p.foot.Resize(fyne.NewSize(size.Width, foot))
	if room == p.size {
		return
	}
	p.size = room
	p.resized()
	if cut {
		p.foot.Bottom()
	}
}

// MinSize is the container's.
func (*post) MinSize([]fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(look.Px(240), look.Px(200))
}

// either shows the first of two, or the other when that is hidden, each as large as there is room.
type either struct{}

func newEither(a, b fyne.CanvasObject) *fyne.Container {
	return container.New(either{}, a, b)
}

// Layout is the container's.
func (either) Layout(o []fyne.CanvasObject, size fyne.Size) {
	for i, x := range o {
		x.Move(fyne.Position{})
		if i == 1 {
			x.Resize(fyne.NewSize(size.Width, kit.HeightFor(x, size.Width)))
			continue
		}
		x.Resize(size)
	}
}

// MinSize is the container's.
func (either) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(look.Px(240), look.Px(200)) }
