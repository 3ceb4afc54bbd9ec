package start

import (
	"kith/app/present"
	"kith/assets"
)

// DoorState is the page on which somebody who is in already chooses between an invitation and a new group.
type DoorState struct {
	Title   string
	Back    string
	Choices []Door
}

// Door is one of them.
type Door struct {
	Line present.Line
	Text string
	Main bool
	To   present.Route
}

// Doors returns that page. It is the same for everybody.
func Doors() DoorState {
	return DoorState{
		Title: present.Say("people.another"), Back: present.Say("start.back"),
		Choices: []Door{
			{
				Line: present.Line{Icon: assets.IconMessages, Text: present.Say("start.invited")}, Text: present.Say("start.invited.text"),
				Main: true, To: present.Route{Place: present.PlaceStart, Page: present.PageJoin},
			},
			{
				Line: present.Line{Icon: assets.IconPeople, Text: present.Say("start.group")}, Text: present.Say("start.group.text"),
				To: present.Route{Place: present.PlaceStart, Page: present.PageFound},
			},
		},
	}
}
