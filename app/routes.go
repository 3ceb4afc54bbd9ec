package app

import (
	"kith/app/present"
	"kith/app/screen"
	"kith/app/screen/calendar"
	"kith/app/screen/people"
	"kith/app/screen/settings"
)

// page opens the page of a route. Any page can be opened from its route alone.
func (s *Shell) page(r present.Route) screen.Screen {
	nav := s.nav()
	switch r.Place {
	case present.PlaceCalendar:
		return calendar.Open(s.desk, nav, r)
	case present.PlacePeople:
		return people.Open(s.desk, nav, r)
	case present.PlaceSettings:
		return settings.New(s.desk, nav)
	}
	return s.helps("")
}

// start opens the way in.
func (s *Shell) start() screen.Screen { return s.helps("") }
