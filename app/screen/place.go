package screen

import (
	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/present"
)

// Place is the question where to put a file.
type Place struct {
	*fyne.Container
	Other *kit.Field // for a folder that is typed

	label  *kit.Text
	places *kit.Choice
	name   *kit.Text
}

// NewPlace makes one; set hears what is chosen.
func NewPlace(set func(string)) *Place {
	p := &Place{label: kit.Strong(""), places: kit.NewChoice(kit.Radio, set), Other: kit.NewField("", "").Narrow(420), name: kit.Quiet("")}
	p.Container = kit.Column(10, p.label, p.places.Container, p.Other, p.name)
	return p
}

// Set asks.
func (p *Place) Set(s present.PlaceState) {
	p.label.SetText(s.Label)
	p.places.Set(Options(s.Places))
	p.Other.SetLabel(s.Other, s.Hint)
	p.Other.SetProblem(s.Error)
	p.Other.Hidden = s.Other == ""
	p.name.SetText(s.Name)
}
