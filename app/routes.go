package app

import (
	"kith/app/present"
	"kith/app/screen"
	"kith/app/screen/calendar"
	"kith/app/screen/help"
	"kith/app/screen/message"
	"kith/app/screen/news"
	"kith/app/screen/people"
	"kith/app/screen/settings"
	"kith/app/screen/sleepover"
	"kith/app/screen/start"
	"kith/app/screen/today"
)

// page opens the page of a route. Any page can be opened from its route alone; an unknown place is Today.
func (s *Shell) page(r present.Route) screen.Screen {
	nav := s.nav()
	switch r.Place {
	case present.PlaceCalendar:
		return calendar.Open(s.desk, nav, r)
	case present.PlaceSleepovers, present.PlaceTonight:
		return sleepover.Open(s.desk, nav, r)
	case present.PlaceMessages:
		return message.Open(s.desk, nav, r)
	case present.PlacePeople:
		return people.Open(s.desk, nav, r)
	case present.PlaceSettings:
		return settings.Open(s.desk, nav, r)
	case present.PlaceHelp:
		return help.New(s.desk, nav, "")
	case present.PlaceNews:
		return news.New(s.desk, nav)
	case present.PlaceStart:
		return start.Open(s.desk, nav, r)
	}
	return today.New(s.desk, nav)
}

// door opens the way in, which has the whole window until it says that it is done.
func (s *Shell) door() screen.Screen {
	s.atDoor = true
	return start.New(s.desk, s.nav(), s.inside)
}

// inside is what the way in says when it has nothing more to show, and where to go then.
func (s *Shell) inside(then present.Route) {
	s.atDoor, s.then = false, then
	s.render(s.vm.State())
}
