package verb

import (
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

func calendarVerbs() []spec {
	return []spec{
		{"event add", "--title T --start S [--end E] [--zone Z] [--all-day] [--place P] [--notes N] [--group G]", "ctl.help.event-add", needOpen, runEventAdd},
		{"event edit", "EVENT [--title T] [--start S --end E] [--zone Z] [--all-day] [--place P] [--notes N] [--group G]", "ctl.help.event-edit", needOpen, runEventEdit},
		{"event cancel", "EVENT [--group G]", "ctl.help.event-cancel", needOpen, runEventCancel},
		{"agenda", "[--from DATE] [--to DATE] [--group G]", "ctl.help.agenda", needOpen, runAgenda},
		{"rsvp", "EVENT yes|no|maybe|none [--group G]", "ctl.help.rsvp", needOpen, runRSVP},
	}
}

// homeZone is whose wall clock a time means when neither --zone nor the system names one.
const homeZone = "Europe/London"

// agendaDays is how far agenda looks when nobody says --to.
const agendaDays = 28

// eventFlags are the flags that say what an event is.
type eventFlags struct {
	c                                    *call
	title, start, end, zone, place, note *string
	allDay                               *bool
}

func (c *call) eventFlags() eventFlags {
	return eventFlags{
		c: c, title: c.text("title"), start: c.text("start"), end: c.text("end"), zone: c.text("zone"),
		place: c.text("place"), note: c.text("notes"), allDay: c.flags.Bool("all-day", false, ""),
	}
}

// onto writes what was typed over what an event said before.
func (f eventFlags) onto(old calendar.Content) (calendar.Content, error) {
	out := old
	if f.c.given("title") {
		out.Title = *f.title
	}
	if f.c.given("place") {
		out.Place = *f.place
	}
	if f.c.given("notes") {
		out.Notes = *f.note
	}
	if !f.c.given("start") {
		if f.c.given("end") || f.c.given("zone") || f.c.given("all-day") {
			return out, f.c.misused("--start is needed to change when it is")
		}
		return out, nil
	}
	span, err := f.span()
	out.When = span
	return out, err
}

// span reads --start and --end: dates, or dates with a time. Of whole days --end is the last one.
func (f eventFlags) span() (when.Span, error) {
	from, start, err := f.moment("--start", *f.start)
	if err != nil {
		return when.Span{}, err
	}
	to, end := from, start
	if *f.end != "" {
		if to, end, err = f.moment("--end", *f.end); err != nil {
			return when.Span{}, err
		}
	}
	if *f.allDay || (!start.Set && !end.Set) {
		if start.Set || end.Set || *f.zone != "" {
			return when.Span{}, f.c.misused("whole days have no time and no zone")
		}
		return when.Span{AllDay: true, From: from, To: to.Plus(1)}, nil
	}
	if !start.Set || !end.Set {
		return when.Span{}, f.c.misused("--start and --end both have a time, like 2026-11-27T16:00, or neither")
	}
	zone := *f.zone
	if zone == "" {
		zone = f.c.zoneName()
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return when.Span{}, when.ErrZone
	}
	return when.Span{From: from, To: to, Start: start, End: end, Zone: zone}, nil
}

// moment reads "2026-11-27", "2026-11-27T16:00" or "2026-11-27 16:00".
func (f eventFlags) moment(what, s string) (when.Date, when.Clock, error) {
	day, clock, timed := strings.Cut(strings.Replace(s, " ", "T", 1), "T")
	d, err := when.ParseDate(day)
	var k when.Clock
	if err == nil && timed {
		k, err = when.ParseClock(clock)
	}
	if err != nil {
		return d, k, f.c.misused(what + " is like 2026-11-27 or 2026-11-27T16:00")
	}
	return d, k, nil
}

// zoneName is the zone a time is meant in: the one the system names, or home's.
func (c *call) zoneName() string {
	for _, name := range []string{c.zone().String(), c.host.Getenv("TZ")} {
		if name == "" || name == "Local" || name == "UTC" {
			continue
		}
		if _, err := time.LoadLocation(name); err == nil {
			return name
		}
	}
	return homeZone
}

type event struct {
	Event string `json:"event"`

	words string
}

func (e event) plain(*call) string { return e.words }

func runEventAdd(c *call) (result, error) {
	c.groupFlag()
	f := c.eventFlags()
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	if err := c.required("title", "start"); err != nil {
		return nil, err
	}
	content, err := f.onto(calendar.Content{})
	if err != nil {
		return nil, err
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	id, err := c.propose(g, calendar.Add{Content: content})
	if err != nil {
		return nil, err
	}
	return event{id.String(), present.Say("ctl.event.added", "ID", shortID(id))}, nil
}

func (c *call) event() (present.Group, calendar.Event, error) {
	return everywhere(c, begins(c.args[0]), events, func(e calendar.Event) string { return e.ID.String() })
}

func runEventEdit(c *call) (result, error) {
	c.groupFlag()
	f := c.eventFlags()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, e, err := c.event()
	if err != nil {
		return nil, err
	}
	content, err := f.onto(e.Content)
	if err != nil {
		return nil, err
	}
	if _, err := c.propose(g, calendar.Edit{Event: e.ID, Content: content, Kind: e.Kind}); err != nil {
		return nil, err
	}
	return event{e.ID.String(), present.Say("ctl.event.edited")}, nil
}

func runEventCancel(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	g, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if _, err := c.propose(g, calendar.Cancel{Event: e.ID}); err != nil {
		return nil, err
	}
	return event{e.ID.String(), present.Say("ctl.event.cancelled")}, nil
}

var answers = map[string]calendar.Answer{
	calendar.Yes.String(): calendar.Yes, calendar.No.String(): calendar.No,
	calendar.Maybe.String(): calendar.Maybe, calendar.None.String(): calendar.None,
}

func runRSVP(c *call) (result, error) {
	c.groupFlag()
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	a, ok := answers[c.args[1]]
	if !ok {
		return nil, c.misused("an answer is yes, no, maybe or none")
	}
	g, e, err := c.event()
	if err != nil {
		return nil, err
	}
	if _, err := c.propose(g, calendar.RSVP{Event: e.ID, Answer: a}); err != nil {
		return nil, err
	}
	return event{e.ID.String(), present.Say("ctl.event.answered")}, nil
}

type agendaList []agendaLine

// agendaLine is one instance. Of whole days start and end are dates, end being the last day; else both are moments.
type agendaLine struct {
	Event    string            `json:"event"`
	Instance string            `json:"instance"`
	Title    string            `json:"title"`
	Place    string            `json:"place"`
	Start    string            `json:"start"`
	End      string            `json:"end"`
	AllDay   bool              `json:"allDay"`
	State    string            `json:"state"`
	RSVP     map[string]string `json:"rsvp"`

	when    string
	id      kp1.ID
	answers []string // who comes and who does not, in words
}

// The states of an event in JSON.
const (
	eventOn        = "on"
	eventCancelled = "cancelled"
)

func (l agendaList) plain(*call) string {
	if len(l) == 0 {
		return present.Say("ctl.agenda.none")
	}
	var all []string
	for _, a := range l {
		line := fmt.Sprintf("%s  %s  %s", shortID(a.id), a.when, a.Title)
		if a.State == eventCancelled {
			line += " (" + present.Say("ctl.agenda.cancelled") + ")"
		}
		if a.Place != "" {
			line += "  " + a.Place
		}
		all = append(all, line)
		all = append(all, a.answers...)
	}
	return lines(all...)
}

func runAgenda(c *call) (result, error) {
	c.groupFlag()
	from, to := c.text("from"), c.text("to")
	if err := c.parse(0, 0); err != nil {
		return nil, err
	}
	first := c.today()
	var err error
	if *from != "" {
		if first, err = c.date("--from", *from); err != nil {
			return nil, err
		}
	}
	last := first.Plus(agendaDays)
	if *to != "" {
		if last, err = c.date("--to", *to); err != nil {
			return nil, err
		}
	}
	if last.Before(first) {
		return nil, c.misused("--to is not before --from")
	}
	g, err := c.inGroup()
	if err != nil {
		return nil, err
	}
	l := agendaList{}
	for _, i := range agenda(g, first, last.Plus(1), c.zone()) {
		l = append(l, c.agendaLine(g, i))
	}
	return l, nil
}

func (c *call) agendaLine(g present.Group, i calendar.Instance) agendaLine {
	a := agendaLine{
		Event: i.Event.ID.String(), Instance: i.Key, Title: i.Event.Title, Place: i.Event.Place, AllDay: i.AllDay,
		State: eventOn, RSVP: map[string]string{}, id: i.Event.ID,
	}
	if i.Event.Cancelled {
		a.State = eventCancelled
	}
	who := map[calendar.Answer][]string{}
	for _, r := range i.Event.RSVP {
		if r.Answer != calendar.None {
			a.RSVP[r.Person.String()] = r.Answer.String()
			who[r.Answer] = append(who[r.Answer], g.NameOf(r.Person))
		}
	}
	for _, s := range []struct {
		answer calendar.Answer
		said   words.Key
	}{{calendar.Yes, "ctl.agenda.yes"}, {calendar.Maybe, "ctl.agenda.maybe"}, {calendar.No, "ctl.agenda.no"}} {
		if people := who[s.answer]; len(people) > 0 {
			a.answers = append(a.answers, "  "+present.Say(s.said, "People", present.People(people...)))
		}
	}
	if i.AllDay {
		lastDay := i.To.Plus(-1)
		a.Start, a.End = i.From.String(), lastDay.String()
		a.when = present.Date(i.From, c.today())
		if lastDay != i.From {
			a.when += " – " + present.Date(lastDay, c.today())
		}
		return a
	}
	a.Start, a.End = i.Start.Format(time.RFC3339), i.End.Format(time.RFC3339)
	a.when = present.Date(i.From, c.today()) + ", " + present.Times(i.Start, i.End)
	return a
}
