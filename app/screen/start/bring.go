package start

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/start"
	"kith/app/screen"
	"kith/assets"
)

// back is the page on which somebody says what they have to bring their things back from.
type back struct {
	choices *kit.Repeat[start.Choice]
	all     *fyne.Container
}

func newBack(vm *start.VM) *back {
	p := &back{}
	p.choices = kit.NewRepeat(16, func(c start.Choice) string { return c.Way }, func() (fyne.CanvasObject, func(start.Choice)) {
		way := ""
		all := kit.Column(0)
		var b *kit.BigChoice
		return all, func(c start.Choice) {
			if way = c.Way; b == nil {
				b = kit.NewBigChoice(c.Line.Icon, c.Line.Text, c.Text, c.Main, func() { vm.Choose(way) })
				all.Add(b)
			}
			b.Set(c.Line.Text, c.Text)
		}
	})
	p.all = kit.Most(760, p.choices.Container)
	return p
}

func (p *back) content() fyne.CanvasObject { return p.all }
func (p *back) read(*start.Draft)          {}
func (p *back) fill(start.Draft)           {}
func (p *back) fields() map[string]func()  { return nil }
func (p *back) render(s start.State)       { p.choices.Set(s.Return.Choices) }

func (p *back) focus() {
	for _, o := range p.choices.Objects {
		for _, x := range kit.Children(o) {
			if b, ok := x.(*kit.BigChoice); ok {
				kit.Focus(b)
				return
			}
		}
	}
}

// bring is the step that takes a backup and the twelve words.
type bring struct {
	label *kit.Text
	files *kit.Choice
	none  *kit.IconLine
	path  *kit.Field
	words *kit.Field
	note  *kit.IconLine
	all   *fyne.Container
}

func newBring(vm *start.VM, next func()) *bring {
	p := &bring{label: kit.Section(""), path: kit.NewField("", ""), words: kit.NewTextArea("", "", 3)}
	p.files = kit.NewChoiceColumn(kit.Radio, vm.SetFile)
	p.none = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.path.OnEnter(func() { p.words.Focus() })
	p.words.OnSend(next)
	p.note = kit.NewIconLine("", 24, "", look.Body, look.Ink)
	p.all = kit.TwoColumn(28, 480, kit.Column(18, p.words, p.note), kit.Card(kit.Column(12, p.label, p.none, p.files.Container, p.path)))
	return p
}

func (p *bring) content() fyne.CanvasObject { return p.all }
func (p *bring) read(d *start.Draft)        { d.Path, d.Recovery = p.path.Text(), p.words.Text() }
func (p *bring) focus()                     { p.words.Focus() }

func (p *bring) fill(d start.Draft) {
	p.path.SetText(d.Path)
	p.words.SetText(d.Recovery)
}

func (p *bring) fields() map[string]func() {
	return map[string]func(){start.FieldFile: p.path.Focus, start.FieldWords: p.words.Focus}
}

func (p *bring) render(s start.State) {
	x := s.Bring
	p.label.SetText(x.FilesLabel)
	p.files.Set(screen.Options(x.Files))
	p.files.Hidden = len(x.Files) == 0
	p.none.Set(x.None.Icon, x.None.Text)
	p.path.SetLabel(x.File.Label, x.File.Hint)
	p.path.SetProblem(x.File.Error)
	p.path.Hidden = x.File.Label == ""
	p.words.SetLabel(x.Words.Label, x.Words.Hint)
	p.words.SetProblem(x.Words.Error)
	p.note.Set(x.Note.Icon, x.Note.Text)
}

// paper is the step that takes the twelve words of somebody who has nothing else.
type paper struct {
	words *kit.Field
	notes *kit.Repeat[present.Line]
	all   *fyne.Container
}

func newPaper(next func()) *paper {
	p := &paper{words: kit.NewTextArea("", "", 3)}
	p.words.OnSend(next)
	p.notes = kit.NewRepeat(12, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		l := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return l, func(s present.Line) { l.Set(s.Icon, s.Text) }
	})
	p.all = kit.TwoColumn(28, 480, p.words, kit.Card(p.notes.Container))
	return p
}

func (p *paper) content() fyne.CanvasObject { return p.all }
func (p *paper) read(d *start.Draft)        { d.Recovery = p.words.Text() }
func (p *paper) fill(d start.Draft)         { p.words.SetText(d.Recovery) }
func (p *paper) focus()                     { p.words.Focus() }
func (p *paper) fields() map[string]func()  { return map[string]func(){start.FieldWords: p.words.Focus} }

func (p *paper) render(s start.State) {
	p.words.SetLabel(s.Paper.Words.Label, s.Paper.Words.Hint)
	p.words.SetProblem(s.Paper.Words.Error)
	p.notes.Set(s.Paper.Notes)
}

// brought is the step that says what came back.
type brought struct {
	groups *kit.Repeat[present.Line]
	next   *kit.IconLine
	open   *kit.Button
	all    *fyne.Container
}

func newBrought(leave func()) *brought {
	p := &brought{}
	p.groups = kit.NewRepeat(12, func(l present.Line) string { return l.Text }, func() (fyne.CanvasObject, func(present.Line)) {
		l := kit.NewIconLine("", 24, "", look.Body, look.Ink)
		return l, func(s present.Line) { l.Set(s.Icon, s.Text) }
	})
	p.next = kit.NewIconLine("", 24, "", look.Bold, look.Ink)
	p.open = kit.NewButton(kit.Main, "", assets.IconForward, leave).IconAfter()
	p.all = kit.Column(18, kit.Card(p.groups.Container), p.next, kit.Flow(0, p.open))
	return p
}

func (p *brought) content() fyne.CanvasObject { return p.all }
func (p *brought) read(*start.Draft)          {}
func (p *brought) fill(start.Draft)           {}
func (p *brought) fields() map[string]func()  { return nil }
func (p *brought) focus()                     { kit.Focus(p.open) }

func (p *brought) render(s start.State) {
	p.groups.Set(s.Brought.Groups)
	p.next.Set(s.Brought.Next.Icon, s.Brought.Next.Text)
	p.open.SetText(s.Brought.Open)
}
