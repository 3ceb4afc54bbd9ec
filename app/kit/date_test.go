package kit_test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/uitest"
	"kith/assets"
)

var dateWords = kit.DateWords{
	Day: "Day", Month: "Month", Year: "Year", Choose: "Choose from the calendar", Close: "Close the calendar",
	Months:   []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	Weekdays: []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"},
	Names:    []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	Before:   "The month before", After: "The month after",
}

// november is November 2026 as the design draws it.
func november() kit.Month {
	m := kit.Month{Weekdays: dateWords.Names, More: []string{"and 1 more", "and 2 more", "and 3 more", "and 4 more"}}
	d := time.Date(2026, 10, 26, 12, 0, 0, 0, time.UTC)
	for i := range 42 {
		day := d.AddDate(0, 0, i)
		c := kit.Day{Key: day.Format(time.DateOnly), Number: strconv.Itoa(day.Day()), Other: day.Month() != time.November, Name: day.Format("Monday 2 January")}
		if i == 0 {
			c.Number = "26 Oct"
		}
		if day.Day() == 21 && !c.Other {
			c.Today = "Today"
			m.Cursor = i
		}
		m.Days = append(m.Days, c)
	}
	pill := func(first, last int, icon assets.Icon, tone, text string) {
		m.Pills = append(m.Pills, kit.Pill{First: first, Last: last, Icon: icon, Tone: tone, Text: text})
	}
	pill(2, 2, assets.IconPeople, "blue", "Hub lunch")
	pill(11, 12, assets.IconBed, "plum", "Mia at Sue’s")
	pill(18, 18, assets.IconPeople, "blue", "Row supper")
	pill(18, 18, assets.IconHeart, "ok", "Noor: Mum")
	pill(18, 18, assets.IconBook, "primary", "Parents’ eve")
	pill(25, 26, assets.IconBed, "plum", "Bev’s two here")
	pill(29, 29, assets.IconVersions, "amber", "Swim, 2 times")
	pill(29, 29, assets.IconBook, "primary", "Flu jab, Mia")
	pill(32, 36, assets.IconBed, "plum", "Mia, 2 offers")
	return m
}

// openMonth shows a month that fills the window.
func openMonth(t *testing.T, size fyne.Size, c look.Colours, onOpen func(string), onPage func(int)) (*uitest.Page, *kit.MonthView) {
	t.Helper()
	m := kit.NewMonthView(onOpen, onPage)
	p := uitest.Open(t, func() fyne.CanvasObject {
		m.Set(november())
		return m
	}, size, c, 100)
	return p, m
}

func TestMonthIsOneStopAndArrowsMoveInIt(t *testing.T) {
	opened, paged := "", 0
	p, m := openMonth(t, fyne.NewSize(1100, 570), look.Light, func(k string) { opened = k }, func(by int) { paged += by })
	p.Tab()
	if got := m.Cursor(); got != "2026-11-21" {
		t.Errorf("the ring begins on %s, want today", got)
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want string
	}{
		{fyne.KeyRight, "2026-11-22"},
		{fyne.KeyRight, "2026-11-23"},
		{fyne.KeyDown, "2026-11-30"},
		{fyne.KeyUp, "2026-11-23"},
		{fyne.KeyLeft, "2026-11-22"},
		{fyne.KeyHome, "2026-11-16"},
		{fyne.KeyEnd, "2026-11-22"},
	} {
		p.Key(c.key)
		if got := m.Cursor(); got != c.want {
			t.Errorf("%s goes to %s, want %s", c.key, got, c.want)
		}
	}
	p.Key(fyne.KeyReturn)
	if opened != "2026-11-22" {
		t.Errorf("Enter opened %q, want 2026-11-22", opened)
	}
	p.Key(fyne.KeyPageUp)
	p.Key(fyne.KeyPageDown)
	p.Key(fyne.KeyPageDown)
	if paged != 1 {
		t.Errorf("the page keys paged by %d in all, want 1", paged)
	}
	p.Press("Friday 6 November")
	if opened != "2026-11-06" {
		t.Errorf("a click opened %q, want 2026-11-06", opened)
	}
	// The same month again keeps the ring where it is.
	m.Set(november())
	if got := m.Cursor(); got != "2026-11-06" {
		t.Errorf("a newer state moved the ring to %s", got)
	}
	p.AssertTargets()
}

func TestMonthCountsWhatItCannotShow(t *testing.T) {
	words := func(p *uitest.Page) map[string]bool {
		all := map[string]bool{}
		kit.Walk(p.Win.Content(), func(o fyne.CanvasObject) bool {
			if w, ok := o.(*kit.Text); ok {
				all[w.Words()] = true
			}
			return true
		})
		return all
	}
	p, _ := openMonth(t, fyne.NewSize(1100, 570), look.Light, nil, nil)
	if w := words(p); !w["and 2 more"] || !w["Row supper"] || w["Noor: Mum"] {
		t.Error("with 88 px a day of three things shows one and “and 2 more”")
	}
	p, _ = openMonth(t, fyne.NewSize(1100, 800), look.Light, nil, nil)
	if w := words(p); w["and 2 more"] || !w["Noor: Mum"] || !w["Parents’ eve"] {
		t.Error("with room for three a day of three things shows all")
	}
	p.Shot("kit-month-tall")
}

func TestMonthLooks(t *testing.T) {
	for _, c := range look.AllColours() {
		p, _ := openMonth(t, fyne.NewSize(1098, 574), c, nil, nil)
		p.Tab()
		p.Shot("kit-month-" + string(c))
	}
}

// TestNoClockMovesADay is the proof against the fault of the stock calendar, which gave the day before across a change of
// the clocks: in London, with October shown, a tap on 28 must give 28.
func TestNoClockMovesADay(t *testing.T) {
	for _, zone := range []string{"Europe/London", "America/New_York", "Pacific/Apia"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		old := time.Local
		time.Local = loc
		got := ""
		d := kit.NewDateField("Which day?", "For example, 27 11 2026", dateWords, func(day, month, year string) { got = year + "-" + month + "-" + day })
		d.SetToday(kit.Date{Year: 2026, Month: 10, Day: 1})
		p := open(t, look.Light, 100, d)
		p.Press("Choose from the calendar")
		p.Press("Wednesday 28 October")
		time.Local = old
		if got != "2026-10-28" {
			t.Errorf("%s: a tap on 28 October gave %s", zone, got)
		}
	}
}

// TestMonthAfterJanuaryIsFebruary is the other fault: on 31 January the stock calendar went on to March.
func TestMonthAfterJanuaryIsFebruary(t *testing.T) {
	d := kit.NewDateField("Which day?", "", dateWords, nil)
	d.SetToday(kit.Date{Year: 2027, Month: 1, Day: 31})
	p := open(t, look.Light, 100, d)
	p.Press("Choose from the calendar")
	for _, want := range []string{"February 2027", "March 2027", "April 2027"} {
		p.Press("The month after")
		if !p.Has(want) {
			t.Errorf("the next month is not %s", want)
		}
	}
	for range 4 {
		p.Press("The month before")
	}
	if !p.Has("December 2026") {
		t.Errorf("four months back from April 2027 is not December 2026:\n%s", p.Text())
	}
}

func TestDateFieldByKeyboardAlone(t *testing.T) {
	said := ""
	d := kit.NewDateField("Which day?", "For example, 27 11 2026", dateWords, func(day, month, year string) { said = fmt.Sprintf("%s/%s/%s", day, month, year) })
	d.SetToday(kit.Date{Year: 2026, Month: 11, Day: 21})
	p := open(t, look.Light, 100, d, kit.NewButton(kit.Main, "Save", "", nil))
	if said != "" {
		t.Errorf("said %q before anything was typed", said)
	}
	p.Type("Which day?, Day", "27")
	p.Type("Which day?, Month", "november")
	p.Type("Which day?, Year", "2026")
	if said != "27/november/2026" {
		t.Errorf("heard %q, want what was typed, unjudged", said)
	}
	d.SetSaid("Friday 27 November 2026")
	if !p.Has("Friday 27 November 2026") {
		t.Error("the day is not said back")
	}
	p.AssertSound()
	p.Press("Choose from the calendar")
	if got := d.Picker().Cursor(); got != "2026-11-21" {
		t.Errorf("the small month begins on %s, want today since a name is no number", got)
	}
	p.AssertTargets()
	p.AssertUnclipped()
	p.Shot("kit-date")
	p.Key(fyne.KeyDown)
	p.Key(fyne.KeyReturn)
	if said != "28/11/2026" {
		t.Errorf("a week on from today gave %q, want 28/11/2026", said)
	}
	if got := p.Focused(); got != "Choose from the calendar" {
		t.Errorf("after choosing the focus is on %q, want the button", got)
	}
	d.SetProblem("Choose a date from today onwards.")
	if d.Day.Text() != "28" {
		t.Error("a problem took away what was typed")
	}
}
