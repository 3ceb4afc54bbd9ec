package verb

import (
	"fmt"
	"strings"
	"time"

	"kith/app/present"
	"kith/assets/words"
	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

func calendarVerbs() []spec {
	const what = "[--title T] [--start S --end E] [--zone Z] [--all-day] [--place P] [--notes N]"
	return []spec{
		{"event add", "--title T --start S [--end E] [--zone Z] [--all-day] [--place P] [--notes N] [--repeat RULE] [--audience WHO] [--group G]", "ctl.help.event-add", needOpen, runEventAdd},
		{"event edit", "EVENT " + what + " [--repeat RULE|none] [--at TIME | --from TIME] [--group G]", "ctl.help.event-edit", needOpen, runEventEdit},
		{"event cancel", "EVENT [--at TIME | --from TIME] [--group G]", "ctl.help.event-cancel", needOpen, runEventCancel},
		{"event restore", "EVENT [--at TIME] [--group G]", "ctl.help.event-restore", needOpen, runEventRestore},
		{"event keep", "EVENT VERSION [--at TIME] [--group G]", "ctl.help.event-keep", needOpen, runEventKeep},
		{"event show", "EVENT [--at TIME] [--next N] [--group G]", "ctl.help.event-show", needOpen, runEventShow},
		{"agenda", "[--from DATE] [--to DATE] [--group G]", "ctl.help.agenda", needOpen, runAgenda},
		{"rsvp", "EVENT yes|no|maybe|none [--at TIME] [--group G]", "ctl.help.rsvp", needOpen, runRSVP},
	}
}

// homeZone is whose wall clock a time means when neither --zone nor the system names one.
const homeZone = "Europe/London"

// agendaDays is how far agenda looks when nobody says --to.
const agendaDays = 28

// eventFlags are the flags that say what an event is.
type eventFlags struct {
	c                                            *call
	title, start, end, zone, place, note, repeat *string
	allDay                                       *bool
}

func (c *call) eventFlags() eventFlags {
	return eventFlags{
		c: c, title: c.text("title"), start: c.text("start"), end: c.text("end"), zone: c.text("zone"),
		place: c.text("place"), note: c.text("notes"), repeat: c.text("repeat"), allDay: c.flags.Bool("all-day", false, ""),
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
	if f.c.given("repeat") {
		rule, err := repeatRule(*f.repeat)
		if err != nil {
			return out, err
		}
		out.Repeat = rule
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

// noRepeat says that an event happens once from now on.
const noRepeat = "none"

// repeatRule reads a rule, and returns it as Kith writes it. It is what calendar files have after RRULE:, or one word.
func repeatRule(s string) (string, error) {
	switch s {
	case "", noRepeat:
		return "", nil
	case "daily", "weekly", "monthly", "yearly":
		s = "FREQ=" + strings.ToUpper(s)
	}
	r, err := when.ParseRule(s)
	return r.String(), err
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
	Event   string   `json:"event"`
	Follows string   `json:"follows,omitempty"` // the series that this one goes on with
	For     []string `json:"for,omitempty"`     // the people who alone can read it

	words string
}

func (e event) plain(*call) string { return e.words }

func runEventAdd(c *call) (result, error) {
	c.groupFlag()
	f, audience := c.eventFlags(), c.text("audience")
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
	to, err := c.audience(g, *audience)
	if err != nil {
		return nil, err
	}
	id, err := c.peer.ProposeTo(c.ctx, g.ID, calendar.Add{Content: content}, to)
	if err != nil {
		return nil, err
	}
	return event{Event: id.String(), For: named(g, to), words: present.Say("ctl.event.added", "ID", shortID(id))}, nil
}

func (c *call) event() (present.Group, calendar.Event, error) {
	return everywhere(c, begins(c.args[0]), events, func(e calendar.Event) string { return e.ID.String() })
}

// eventAt finds an event and, where at is given, that one time of it, which then is the event.
func (c *call) eventAt(at string) (g present.Group, e calendar.Event, k when.Key, err error) {
	if g, e, err = c.event(); err != nil || at == "" {
		return g, e, k, err
	}
	if k, err = when.ParseKey(at); err != nil {
		return g, e, k, c.misused("a time of a series is like 2026-11-27, as agenda names it")
	}
	i, ok := g.Care.Calendar().Instance(e.ID, k, c.zone(), time.LoadLocation)
	if !ok {
		return g, e, k, calendar.RuleTime
	}
	return g, i.Event, k, nil
}

// oneEvent is eventAt of a call with so many words, the first of which names the event, and no other flag than --at.
func (c *call) oneEvent(words int) (present.Group, calendar.Event, when.Key, error) {
	c.groupFlag()
	at := c.text("at")
	if err := c.parse(words, words); err != nil {
		return present.Group{}, calendar.Event{}, when.Key{}, err
	}
	return c.eventAt(*at)
}

// onlyOne refuses --at and --from together.
func (c *call) onlyOne(at, from string) error {
	if at != "" && from != "" {
		return c.misused("--at is one time, --from that and all later ones")
	}
	return nil
}

// change files an act that changes an event, for whom the event is.
func (c *call) change(g present.Group, e calendar.Event, a care.Act) (kp1.ID, error) {
	return c.peer.ProposeTo(c.ctx, g.ID, a, g.EventAudience(e))
}

func runEventEdit(c *call) (result, error) {
	c.groupFlag()
	f, at, from := c.eventFlags(), c.text("at"), c.text("from")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if err := c.onlyOne(*at, *from); err != nil {
		return nil, err
	}
	g, e, k, err := c.eventAt(*at)
	if err != nil {
		return nil, err
	}
	if *from != "" {
		return c.editFrom(g, e, *from, f)
	}
	content, err := f.onto(e.Content)
	if err != nil {
		return nil, err
	}
	if _, err := c.change(g, e, calendar.Edit{Event: e.ID, At: k, Content: content, Kind: e.Kind}); err != nil {
		return nil, err
	}
	return event{Event: e.ID.String(), words: present.Say("ctl.event.edited")}, nil
}

// split parts a series where --from says. first is nil where nothing of it comes before: then all of it is meant.
func (c *call) split(g present.Group, e calendar.Event, from string) (first *calendar.Edit, then calendar.Add, err error) {
	k, err := when.ParseKey(from)
	if err != nil {
		return nil, then, c.misused("--from is a time of the series, like 2026-11-27")
	}
	if _, ok := g.Care.Calendar().Instance(e.ID, k, c.zone(), time.LoadLocation); !ok {
		return nil, then, calendar.RuleTime
	}
	edit, then, ok := g.Care.Calendar().Split(e.ID, k, time.LoadLocation)
	if !ok {
		return nil, then, nil
	}
	return &edit, then, nil
}

// editFrom changes this time of a series and all later ones: they are a series of their own from then on.
func (c *call) editFrom(g present.Group, e calendar.Event, from string, f eventFlags) (result, error) {
	first, then, err := c.split(g, e, from)
	if err != nil {
		return nil, err
	}
	content := e.Content
	if first != nil {
		content = then.Content
	}
	if content, err = f.onto(content); err != nil {
		return nil, err
	}
	if first == nil {
		_, err = c.change(g, e, calendar.Edit{Event: e.ID, Content: content, Kind: e.Kind})
		return event{Event: e.ID.String(), words: present.Say("ctl.event.edited")}, err
	}
	if then.Content = content; then.Valid() != nil || care.Check(g.Care, g.Me, g.MyRank(), then) != nil {
		return nil, calendar.RuleRepeat
	}
	if _, err := c.change(g, e, *first); err != nil { // who may not end the first series begins no second
		return nil, err
	}
	id, err := c.change(g, e, then)
	if err != nil {
		return nil, err
	}
	return event{Event: id.String(), Follows: e.ID.String(), words: present.Say("ctl.event.from", "ID", shortID(id))}, nil
}

func runEventCancel(c *call) (result, error) {
	c.groupFlag()
	at, from := c.text("at"), c.text("from")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if err := c.onlyOne(*at, *from); err != nil {
		return nil, err
	}
	g, e, k, err := c.eventAt(*at)
	if err != nil {
		return nil, err
	}
	var a care.Act = calendar.Cancel{Event: e.ID, At: k}
	if *from != "" {
		first, _, err := c.split(g, e, *from)
		if err != nil {
			return nil, err
		}
		if first != nil {
			a = *first
		}
	}
	if _, err := c.change(g, e, a); err != nil {
		return nil, err
	}
	return event{Event: e.ID.String(), words: present.Say("ctl.event.cancelled")}, nil
}

func runEventRestore(c *call) (result, error) {
	g, e, k, err := c.oneEvent(1)
	if err != nil {
		return nil, err
	}
	if !e.Cancelled {
		return event{Event: e.ID.String(), words: present.Say("ctl.event.on")}, nil
	}
	if _, err := c.change(g, e, calendar.Edit{Event: e.ID, At: k, Content: e.Content, Kind: e.Kind, Restore: true}); err != nil {
		return nil, err
	}
	return event{Event: e.ID.String(), words: present.Say("ctl.event.restored")}, nil
}

func runEventKeep(c *call) (result, error) {
	g, e, k, err := c.oneEvent(2)
	if err != nil {
		return nil, err
	}
	v, err := beginning(c.args[1], e.Versions, func(v calendar.Version) string { return v.ID.String() })
	if err != nil {
		return nil, err
	}
	if _, err := c.change(g, e, calendar.Edit{Event: e.ID, At: k, Content: v.Content, Kind: v.Kind}); err != nil {
		return nil, err
	}
	return event{Event: e.ID.String(), words: present.Say("ctl.event.kept")}, nil
}

var answers = map[string]calendar.Answer{
	calendar.Yes.String(): calendar.Yes, calendar.No.String(): calendar.No,
	calendar.Maybe.String(): calendar.Maybe, calendar.None.String(): calendar.None,
}

func runRSVP(c *call) (result, error) {
	c.groupFlag()
	at := c.text("at")
	if err := c.parse(2, 2); err != nil {
		return nil, err
	}
	a, ok := answers[c.args[1]]
	if !ok {
		return nil, c.misused("an answer is yes, no, maybe or none")
	}
	g, e, k, err := c.eventAt(*at)
	if err != nil {
		return nil, err
	}
	if _, err := c.propose(g, calendar.RSVP{Event: e.ID, At: k, Answer: a}); err != nil {
		return nil, err
	}
	return event{Event: e.ID.String(), words: present.Say("ctl.event.answered")}, nil
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
	Repeat   string            `json:"repeat,omitempty"`   // of a series: its rule
	Trouble  []string          `json:"trouble,omitempty"`  // what somebody has to choose
	Versions []string          `json:"versions,omitempty"` // what event keep can choose from

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
		if a.Repeat != "" {
			line = fmt.Sprintf("%s --at %s  %s  %s", shortID(a.id), a.Instance, a.when, a.Title)
		}
		if a.State == eventCancelled {
			line += " (" + present.Say("ctl.agenda.cancelled") + ")"
		}
		if a.Place != "" {
			line += "  " + a.Place
		}
		all = append(all, line)
		all = append(all, a.answers...)
		for _, t := range a.Trouble {
			all = append(all, "  "+t)
		}
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
	if !i.At.IsZero() {
		whole, _ := g.Event(i.Event.ID)
		a.Repeat = whole.Repeat
	}
	for _, v := range i.Event.Versions {
		if len(i.Event.Versions) > 1 {
			a.Versions = append(a.Versions, v.ID.String())
		}
	}
	a.Trouble = g.EventTrouble(i.Event, c.now().In(c.zone()))
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

// shown is one event with its next times.
type shown struct {
	Event    string       `json:"event"`
	Title    string       `json:"title"`
	Repeat   string       `json:"repeat,omitempty"`
	Says     string       `json:"says,omitempty"` // the repeat in words
	Doubt    string       `json:"doubt,omitempty"`
	Follows  string       `json:"follows,omitempty"`
	State    string       `json:"state"`
	Trouble  []string     `json:"trouble,omitempty"`
	Versions []string     `json:"versions,omitempty"`
	Next     []agendaLine `json:"next"`
	Loose    []looseTime  `json:"loose,omitempty"` // times that it does not have any more, and what was answered

	id   kp1.ID
	next agendaList
}

// looseTime is a time of which something was said, and which the series does not have any more.
type looseTime struct {
	Instance string            `json:"instance"`
	RSVP     map[string]string `json:"rsvp"`
}

func (s shown) plain(c *call) string {
	head := fmt.Sprintf("%s  %s", shortID(s.id), s.Title)
	if s.State == eventCancelled {
		head += " (" + present.Say("ctl.agenda.cancelled") + ")"
	}
	all := append([]string{head, s.Says, s.Doubt}, s.Trouble...)
	for _, v := range s.Versions {
		all = append(all, present.Say("ctl.event.version", "ID", shortID(s.id), "Version", cutID(v)))
	}
	if len(s.next) > 0 {
		all = append(all, s.next.plain(c))
	}
	return lines(all...)
}

// nextTimes is how many times event show lists when nobody says --next.
const nextTimes = 5

func runEventShow(c *call) (result, error) {
	c.groupFlag()
	at, n := c.text("at"), c.flags.Int("next", nextTimes, "")
	if err := c.parse(1, 1); err != nil {
		return nil, err
	}
	if *n < 0 || *n > when.MaxOccasions {
		return nil, c.misused("--next is a number of times")
	}
	g, e, k, err := c.eventAt(*at)
	if err != nil {
		return nil, err
	}
	s := shown{Event: e.ID.String(), Title: e.Title, Repeat: e.Repeat, State: eventOn, id: e.ID, Next: []agendaLine{}}
	if e.Cancelled {
		s.State = eventCancelled
	}
	if !e.Follows.IsZero() {
		s.Follows = e.Follows.String()
	}
	s.Trouble = g.EventTrouble(e, c.now().In(c.zone()))
	s.Says, s.Doubt = present.Repeat(e.Content)
	if len(e.Versions) > 1 {
		for _, v := range e.Versions {
			s.Versions = append(s.Versions, v.ID.String())
		}
	}
	care := g.Care.Calendar()
	if !k.IsZero() {
		i, _ := care.Instance(e.ID, k, c.zone(), time.LoadLocation)
		s.next = agendaList{c.agendaLine(g, i)}
	} else {
		for _, i := range care.Next(e.ID, c.today(), *n, c.zone(), time.LoadLocation) {
			s.next = append(s.next, c.agendaLine(g, i))
		}
		for _, t := range care.Loose(e.ID) {
			l := looseTime{t.Key.String(), map[string]string{}}
			for _, r := range t.RSVP {
				l.RSVP[r.Person.String()] = r.Answer.String()
			}
			s.Loose = append(s.Loose, l)
		}
	}
	s.Next = append(s.Next, s.next...)
	return s, nil
}
