package settings

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/present/settings"
	"kith/app/screen"
)

// place is the question where to put a file.
type place struct {
	*fyne.Container
	label  *kit.Text
	places *kit.Choice
	other  *kit.Field
	name   *kit.Text
}

func newPlace(set func(string)) *place {
	p := &place{label: kit.Strong(""), places: kit.NewChoice(kit.Radio, set), other: kit.NewField("", "").Narrow(420), name: kit.Quiet("")}
	p.Container = kit.Column(10, p.label, p.places.Container, p.other, p.name)
	return p
}

func (p *place) set(s settings.PlaceState) {
	p.label.SetText(s.Label)
	p.places.Set(screen.Options(s.Places))
	p.other.SetLabel(s.Other, s.Hint)
	p.other.SetProblem(s.Error)
	p.other.Hidden = s.Other == ""
	p.name.SetText(s.Name)
}
