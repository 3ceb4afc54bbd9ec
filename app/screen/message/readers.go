package message

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present/message"
	"kith/app/screen"
	"kith/assets"
)

// readers asks who may read what is written: everyone, or those who are ticked.
type readers struct {
	*fyne.Container
	heading, label *kit.Text
	kinds, people  *kit.Choice
	note           *kit.Text
	wrong          *kit.IconLine
}

func newReaders(pick, tick func(string)) *readers {
	r := &readers{
		heading: kit.Section(""), label: kit.Strong(""), note: kit.Hint(""),
		kinds: kit.NewChoiceColumn(kit.Radio, pick), people: kit.NewChoice(kit.Tick, tick),
		wrong: kit.NewIconLine(assets.IconWarning, 22, "", look.Bold, look.Danger),
	}
	r.Container = kit.Column(12, r.heading, kit.Most(640, r.kinds.Container), r.label, r.people.Container, r.wrong, r.note)
	return r
}

func (r *readers) set(s message.Chooser) {
	r.heading.SetText(s.Heading)
	r.kinds.Set(screen.Options(s.Kinds))
	r.label.SetText(s.Label)
	r.label.Hidden, r.people.Hidden, r.note.Hidden = s.Label == "", s.Label == "", s.Note == ""
	faces := make(map[string]kit.Face, len(s.Faces))
	for who, f := range s.Faces {
		faces[who] = kit.Face(f)
	}
	r.people.SetFaces(faces)
	r.people.Set(screen.Options(s.People))
	r.note.SetText(s.Note)
	r.wrong.Set(assets.IconWarning, s.Wrong)
	r.Refresh()
}

// focus goes to the first tick where one is missing, and to the chosen answer otherwise.
func (r *readers) focus() {
	if r.wrong.Visible() {
		r.people.Focus()
		return
	}
	r.kinds.Focus()
}
