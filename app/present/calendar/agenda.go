package calendar

import (
	"context"
	"time"

	"kith/app/present"
	"kith/assets"
	"kith/assets/words"
	"kith/store/care/act"
	"kith/store/care/calendar"
	"kith/store/care/when"
	"kith/store/kp1"
)

// State is what the Calendar page shows, as an agenda or as a month.
type State struct {
	Title                string // "November 2026"
	Before, Today, After string // buttons: Before, ShowToday, After; named for the months
	Views                []present.Option
	Add                  string
	AddTo                present.Route
	Conflicts            []Conflict
	Earlier              string // button: ShowEarlier; empty when the whole month shows
	Days                 []Day  // of the agenda: days with something, and today
	Month                Month
	Empty                present.Empty // nothing at all in this month
	Legend               []Kind
	LegendTitle          string
	Problem              present.Problem
}

// Views of the calendar.
const (
	ViewAgenda = "agenda"
	ViewMonth  = "month"
)

// Day is one day of the agenda.
type Day struct {
	Date    when.Date
	Head    string // "Sat 21"
	Near    string // "Today", "In 3 days"
	Today   bool
	Entries []Entry
	Nothing string // said when there are no entries
	To      present.Route
}

// Kind is one line of the legend.
type Kind struct {
	Line present.Line
	Tone string
}

// Conflict is one event of which there are two versions or more.
type Conflict struct {
	Group kp1.GID
	Event kp1.ID
	Title string
	Text  string
	Until string
	Sides []Side
}

// Side is one version.
type Side struct {
	Version kp1.ID
	Face    present.Face
	Title   string // what it says
	Text    string // who wrote it, and when
	Keep    string // button: Keep
}

// Month is the month's grid: six weeks of seven days, Monday first.
type Month struct {
	Weekdays []string
	Cells    []Cell // 42
	Bars     []Bar
}

// Cell is one day of the grid.
type Cell struct {
	Date   when.Date
	Label  string // "27", "1 Dec"
	Out    bool   // of another month
	Today  bool
	Tag    string // "Today"; empty
	More   int    // how many lanes the bars of this day take, for "and 2 more"
	Spoken string // what it says as a whole: the date and every title
	To     present.Route
}

// Bar is one pill of the grid. A night away, or several days, is one bar in each week it touches.
type Bar struct {
	Week, First, Last int // row 0 to 5, columns 0 to 6
	Lane              int // 0 is the uppermost
	Text              string
	Tile              present.Tile
	Begins, Ends      bool // the thing itself begins or ends here, not only the week
}

// MoreText says how many things of a cell are not shown when only shown lanes fit.
func MoreText(lanes, shown int) string {
	if lanes <= shown {
		return ""
	}
	return present.Count("calendar.more", lanes-shown)
}

// VM keeps the Calendar page.
type VM struct {
	*present.Model[State]
	view        string
	year, month int
	earlier     bool
	err         error
}

// New returns the Calendar page at this month, as an agenda or a month.
func New(d *present.Desk, view string) *VM {
	now := d.Now()
	vm := &VM{view: view, year: now.Year(), month: int(now.Month())}
	if vm.view == "" {
		vm.view = ViewMonth
	}
	vm.Model = present.NewModel(d, vm.make)
	return vm
}

func (vm *VM) make(w present.World, now time.Time) State {
	first := when.Date{Year: vm.year, Month: vm.month, Day: 1}
	next := monthAfter(first)
	today := when.DateOf(now)
	s := State{
		Title:  present.MonthYear(vm.year, vm.month),
		Before: present.Month(first.Plus(-1).Month), After: present.Month(next.Month), Today: present.Say("calendar.today"),
		Views: []present.Option{
			{Value: ViewAgenda, Label: present.Say("calendar.agenda"), Chosen: vm.view == ViewAgenda},
			{Value: ViewMonth, Label: present.Say("calendar.month"), Chosen: vm.view == ViewMonth},
		},
		Add: present.Say("calendar.add"), AddTo: present.Route{Place: present.PlaceCalendar, Page: present.PageNew},
		Problem: present.Explain(vm.err), LegendTitle: present.Say("calendar.legend"), Legend: legend(),
	}
	grid := first.Plus(-((int(first.Weekday()) + 6) % 7))
	all := Entries(w, grid, grid.Plus(42), vm.Desk().Zone(), now)
	s.Conflicts = conflicts(w, first, next, now)
	s.Month = monthOf(all, grid, first, next, today, now)
	vm.agenda(&s, all, first, next, today, now)
	switch {
	case len(w.Groups) == 0 && !w.Loading:
		s.Empty = present.Empty{
			Icon: assets.IconCalendar, Heading: present.Say("calendar.empty.nogroup"), Text: present.Say("calendar.empty.nogroup.text"),
			Button: present.Say("calendar.empty.nogroup.button"), Go: present.Route{Place: present.PlaceStart},
		}
		s.Add = ""
	case !touches(all, first, next):
		s.Empty = present.Empty{
			Icon: assets.IconCalendar, Heading: present.Say("calendar.empty", "Month", present.Month(vm.month)),
			Text: present.Say("calendar.empty.text"), Button: present.Say("calendar.add.long"), Go: s.AddTo,
		}
	}
	return s
}

func monthAfter(first when.Date) when.Date {
	if first.Month == 12 {
		return when.Date{Year: first.Year + 1, Month: 1, Day: 1}
	}
	return when.Date{Year: first.Year, Month: first.Month + 1, Day: 1}
}

func touches(all []Entry, from, to when.Date) bool {
	for _, e := range all {
		if e.From.Before(to) && from.Before(e.To) {
			return true
		}
	}
	return false
}

func (vm *VM) agenda(s *State, all []Entry, first, next, today when.Date, now time.Time) {
	from := first
	if !vm.earlier && !today.Before(first) && today.Before(next) {
		from = today
		if touches(all, first, today) {
			s.Earlier = present.Say("calendar.earlier")
		}
	}
	for d := from; d.Before(next); d = d.Plus(1) {
		on := On(all, d)
		if len(on) == 0 && d != today {
			continue
		}
		s.Days = append(s.Days, dayOf(on, d, today))
	}
}

func dayOf(on []Entry, d, today when.Date) Day {
	day := Day{
		Date: d, Head: present.ShortDate(d), Near: present.Distance(d, today), Today: d == today, Entries: on,
		To: present.Route{Place: present.PlaceCalendar, Page: present.PageDay, Day: d.String()},
	}
	if len(on) == 0 {
		day.Nothing = present.Say("calendar.day.nothing")
	}
	for i, e := range on {
		if e.From.Before(d) { // it goes on: the time of its start is not of today
			on[i].Time = present.Say("calendar.untilday", "Date", present.NearWithin(e.To.Plus(-1), today))
			if e.To.Plus(-1) == d {
				on[i].Time = present.Say("calendar.until", "Time", present.NearWithin(d, today))
			}
		}
	}
	return day
}

func monthOf(all []Entry, grid, first, next, today when.Date, now time.Time) Month {
	m := Month{}
	for i := range 7 {
		m.Weekdays = append(m.Weekdays, present.Weekday(grid.Plus(i)))
	}
	lanes := make([]int, 42)
	m.Bars = bars(all, grid, lanes)
	for i := range 42 {
		d := grid.Plus(i)
		c := Cell{
			Date: d, Out: d.Before(first) || !d.Before(next), Today: d == today, More: lanes[i],
			Label: present.Say("date.daynumber", "Day", d.Day),
			To:    present.Route{Place: present.PlaceCalendar, Page: present.PageDay, Day: d.String()},
		}
		if d.Day == 1 || i == 0 {
			c.Label = present.ShortMonthDate(d)
		}
		c.Spoken = present.Say("calendar.cell.none", "Date", present.Date(d, today))
		if on := On(all, d); len(on) > 0 {
			titles := make([]string, len(on))
			for j, e := range on {
				titles[j] = e.Short
			}
			c.Spoken = present.Count("calendar.cell", len(on), "Date", present.Date(d, today), "Titles", present.People(titles...))
		}
		if c.Today {
			c.Tag = present.Say("date.today")
			c.Spoken = present.Say("calendar.cell.today", "Date", c.Spoken)
		}
		m.Cells = append(m.Cells, c)
	}
	return m
}

// bars lays the entries into lanes, week by week: an entry of several days keeps one lane within a week, and nothing
// overlaps. lanes receives how many lanes each day needs.
func bars(all []Entry, grid when.Date, lanes []int) []Bar {
	var out []Bar
	for week := range 6 {
		monday := grid.Plus(7 * week)
		var taken [][7]bool
		for _, e := range all {
			from, to := max(0, monday.Days(e.From)), min(6, monday.Days(e.To)-1)
			if from > to || to < 0 || from > 6 {
				continue
			}
			lane := 0
			for ; lane < len(taken); lane++ {
				free := true
				for c := from; c <= to; c++ {
					free = free && !taken[lane][c]
				}
				if free {
					break
				}
			}
			if lane == len(taken) {
				taken = append(taken, [7]bool{})
			}
			for c := from; c <= to; c++ {
				taken[lane][c] = true
				lanes[7*week+c] = max(lanes[7*week+c], lane+1)
			}
			out = append(out, Bar{
				Week: week, First: from, Last: to, Lane: lane, Text: e.Short, Tile: e.Tile,
				Begins: !e.From.Before(monday), Ends: !monday.Plus(7).Before(e.To),
			})
		}
	}
	return out
}

func legend() []Kind {
	line := func(icon assets.Icon, k words.Key, tone string) Kind {
		return Kind{present.Line{Icon: icon, Text: present.Say(k)}, tone}
	}
	return []Kind{
		line(assets.IconBed, "calendar.kind.sleepover", present.TonePlum),
		line(assets.IconHeart, "calendar.kind.familytime", present.ToneOK),
		line(assets.IconPeople, "calendar.kind.group", present.ToneBlue),
		line(assets.IconBook, "calendar.kind.schoolhealth", present.TonePrimary),
		line(assets.IconCup, "calendar.kind.other", present.ToneStone),
		line(assets.IconVersions, "calendar.versions.chip", present.ToneAmber),
	}
}

// conflicts lists the events of the month that have more than one version.
func conflicts(w present.World, from, to when.Date, now time.Time) []Conflict {
	var out []Conflict
	for _, g := range w.Groups {
		for _, i := range g.Happens(from, to, now.Location()) {
			if c, ok := ConflictOf(g, i.Event, now); ok {
				out = append(out, c)
			}
		}
	}
	return out
}

// ConflictOf returns the versions of an event to choose from; false when there is one version.
func ConflictOf(g present.Group, ev calendar.Event, now time.Time) (Conflict, bool) {
	if len(ev.Versions) < 2 || ev.Cancelled {
		return Conflict{}, false
	}
	c := Conflict{Group: g.ID, Event: ev.ID, Title: present.Say("calendar.versions", "Title", titleOf(ev)), Until: present.Say("calendar.versions.until")}
	var who []string
	for _, v := range ev.Versions {
		who = append(who, g.NameOrYou(v.By.Author))
		side := Side{
			Version: v.ID, Face: g.FaceOf(v.By.Author), Title: sideTitle(v, now),
			Text: present.Say("calendar.versions.by", "Name", g.NameOf(v.By.Author), "When", moment(v.By, now)),
			Keep: present.Say("calendar.versions.keep", "What", keepWhat(ev, v, now)),
		}
		if v.By.Author == g.Me {
			side.Text = present.Say("calendar.versions.by.you", "When", moment(v.By, now))
		}
		c.Sides = append(c.Sides, side)
	}
	c.Text = present.Say("calendar.versions.text", "People", present.People(who...))
	return c, true
}

func sideTitle(v calendar.Version, now time.Time) string {
	if v.Words != act.Here {
		return present.Say("calendar.away")
	}
	t := WhenText(v.When, now)
	if v.Place != "" {
		t += ", " + v.Place
	}
	return t
}

// keepWhat names a version by what is different in it: its time, its day, or its title.
func keepWhat(ev calendar.Event, v calendar.Version, now time.Time) string {
	one := ev.Versions[0].When
	for _, o := range ev.Versions {
		if o.ID != v.ID {
			one = o.When
			break
		}
	}
	switch {
	case v.When.From != one.From || v.When.AllDay:
		return present.Date(v.When.From, when.DateOf(now))
	case v.When.Start != one.Start:
		return present.ClockText(v.When.Start)
	}
	return v.Title
}

func ago(m act.Meta, now time.Time) string { return present.Ago(time.Unix(int64(m.Time), 0), now) }

func moment(m act.Meta, now time.Time) string {
	return present.Within(time.Unix(int64(m.Time), 0), now)
}

// Show chooses how the month is drawn.
func (vm *VM) Show(view string) { vm.Change(func() { vm.view = view }) }

// Before goes one month back, After one on, ShowToday to this month.
func (vm *VM) Before() { vm.turn(-1) }

// After goes one month on.
func (vm *VM) After() { vm.turn(1) }

func (vm *VM) turn(by int) {
	vm.Change(func() {
		n := vm.year*12 + vm.month - 1 + by
		vm.year, vm.month, vm.earlier = n/12, n%12+1, false
	})
}

// ShowToday goes to this month.
func (vm *VM) ShowToday() {
	now := vm.Desk().Now()
	vm.Change(func() { vm.year, vm.month, vm.earlier = now.Year(), int(now.Month()), false })
}

// ShowEarlier shows the days of this month that are over, too.
func (vm *VM) ShowEarlier() { vm.Change(func() { vm.earlier = true }) }

// Keep settles an event of two versions on one of them.
func (vm *VM) Keep(g kp1.GID, event, version kp1.ID) {
	vm.Desk().Do(func(ctx context.Context) {
		err := keep(ctx, vm.Desk(), g, event, version)
		vm.Change(func() { vm.err = err })
	})
}

// keep files the version once more, as an edit on top of all of them.
func keep(ctx context.Context, d *present.Desk, gid kp1.GID, event, version kp1.ID) error {
	g, _ := d.World().Find(gid)
	ev, ok := g.Event(event)
	if ok {
		for _, v := range ev.Versions {
			if v.ID == version {
				_, err := d.Core.ProposeTo(ctx, gid, calendar.Edit{Event: event, Content: v.Content, Kind: v.Kind}, g.EventAudience(ev))
				return err
			}
		}
	}
	return errGone
}

// errGone says that what the page speaks of is not there any more.
var errGone = &kp1.Error{ECode: "E_NOT_FOUND", Msg: "event or version is gone"}
