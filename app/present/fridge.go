package present

import (
	"cmp"
	"slices"
	"time"

	"kith/assets"
	"kith/assets/numbers"
	"kith/store/care/calendar"
	"kith/store/care/when"
)

// A FridgeItem is one thing to be printed for the fridge, as the calendar of the day has it: To is the day after its last.
type FridgeItem struct {
	From, To   when.Date
	AllDay     bool
	Start, End when.Clock
	Kind       calendar.Kind
	Night      bool   // somebody sleeps away from home
	Title      string // with names in it: the page shows their first letters
	Or         when.Clock
}

// FridgePage is a printed week or month in its final words. Nothing on it is an address or a health note.
type FridgePage struct {
	Title, Corner string
	Weekdays      []string    // heads of the columns of a month: "Mon"
	Days          []FridgeDay // seven of a week; whole weeks of a month
	Numbers       []FridgeNumber
	Foot          string
	More          string // heading of what did not fit into its day
	Made          time.Time
}

// FridgeDay is one day. Out says that it belongs to another month.
type FridgeDay struct {
	Name, Number, Long string // "Mon", "23", "Monday 23 November"
	Note               string // "Bank holiday: St Andrew’s Day"
	Entries            []FridgeEntry
	Nothing            string // what stands there when nothing is planned
	Out                bool
}

// FridgeEntry is one line of a day. Word names the picture for those who do not read yet.
type FridgeEntry struct {
	Icon assets.Icon
	Word string
	Time string
	Text string
}

// FridgeNumber is a number to ring: in a box at the foot of a week, or in a line of the card.
type FridgeNumber struct{ Name, Number, For string }

// FridgeOptions are what a page is made with, besides what it shows.
type FridgeOptions struct {
	Names   []string             // of people, for their first letters
	Notes   map[when.Date]string // bank holidays and school holidays
	Numbers []FridgeNumber       // at most three, for the foot of a week
	Made    time.Time            // when it is printed, on the clock of the home
}

// FridgeWeek makes the page of the week that has the day d, from Monday.
func FridgeWeek(d when.Date, items []FridgeItem, o FridgeOptions) FridgePage {
	first := monday(d)
	last := first.Plus(6)
	p := fridge(first, 7, items, o)
	from := PlainDate(first, last)
	if first.Month == last.Month {
		from = Say("fridge.day", "Day", first.Day)
	}
	p.Title = Say("fridge.fromto", "From", from, "To", PlainDate(last, last))
	p.Corner = Say("fridge.week")
	p.Numbers = o.Numbers
	return p
}

// FridgeMonth makes the page of one month, in whole weeks.
func FridgeMonth(year, month int, items []FridgeItem, o FridgeOptions) FridgePage {
	begin := when.Date{Year: year, Month: month, Day: 1}
	first := monday(begin)
	weeks := 4
	for first.Plus(7*weeks).Month == month {
		weeks++
	}
	p := fridge(first, 7*weeks, items, o)
	p.Title, p.Corner = MonthYear(year, month), Say("fridge.month")
	for i := range p.Days {
		d := first.Plus(i)
		if i < 7 {
			p.Weekdays = append(p.Weekdays, p.Days[i].Name)
		}
		if p.Days[i].Out = d.Month != month; p.Days[i].Out {
			p.Days[i].Number = ShortMonthDate(d)
		}
	}
	return p
}

func monday(d when.Date) when.Date { return d.Plus(-((int(d.Weekday()) + 6) % 7)) }

func fridge(first when.Date, days int, items []FridgeItem, o FridgeOptions) FridgePage {
	made := when.DateOf(o.Made)
	p := FridgePage{
		Foot: Say("fridge.foot", "Date", Date(made, made), "Time", Time(o.Made)), More: Say("fridge.more"), Made: o.Made,
	}
	for i := range days {
		d := first.Plus(i)
		day := FridgeDay{Name: weekday(d, "date.weekday.short."), Number: Say("fridge.day", "Day", d.Day), Long: Date(d, d), Note: o.Notes[d], Nothing: Say("fridge.nothing")}
		var on []FridgeItem
		for _, it := range items {
			if !d.Before(it.From) && d.Before(it.To) {
				on = append(on, it)
			}
		}
		slices.SortStableFunc(on, func(a, b FridgeItem) int { return cmp.Compare(a.on(d), b.on(d)) })
		for _, it := range on {
			day.Entries = append(day.Entries, it.entry(d, o.Names))
		}
		p.Days = append(p.Days, day)
	}
	return p
}

// on is where the item stands among those of the day d: whole days first, then by time.
func (it FridgeItem) on(d when.Date) uint16 {
	switch {
	case it.AllDay || it.From != d && it.To != d.Plus(1):
		return 0
	case it.From != d:
		return it.End.Code()
	}
	return it.Start.Code()
}

// entry says the item as it stands on the day d: from when on its first day, until when on its last.
func (it FridgeItem) entry(d when.Date, names []string) FridgeEntry {
	e := FridgeEntry{Text: Initials(it.Title, names)}
	if IsAddress(e.Text) || it.Kind == calendar.Health {
		e.Text = "" // the page hangs where visitors pass
	}
	e.Icon, e.Word = it.picture()
	if e.Text == "" {
		e.Text = e.Word
	}
	switch first, last := it.From == d, it.To == d.Plus(1); {
	case it.AllDay:
		e.Time = Say("fridge.allday")
	case !first && last:
		e.Time = Say("fridge.until", "Time", clock(it.End))
	case !first:
		e.Time = Say("fridge.allday")
	case !last:
		e.Time = Say("fridge.from", "Time", clock(it.Start))
	case it.Or.Set:
		e.Time = Say("fridge.or", "Time", onFace(it.Start.Hour, it.Start.Minute), "Other", clock(it.Or))
	default:
		e.Time = clock(it.Start)
	}
	return e
}

func clock(c when.Clock) string { return Clock(c.Hour, c.Minute) }

// picture returns the icon of an item and the word for it.
func (it FridgeItem) picture() (assets.Icon, string) {
	if it.Night {
		return assets.IconBed, Say("file.kind.sleepover")
	}
	switch it.Kind {
	case calendar.Together:
		return assets.IconPeople, Say("file.kind.together")
	case calendar.Meeting:
		return assets.IconPeople, Say("file.kind.meeting")
	case calendar.School:
		return assets.IconBook, Say("file.kind.school")
	case calendar.Health:
		return assets.IconWaiting, Say("fridge.appointment")
	case calendar.FamilyTime:
		return assets.IconHeart, Say("file.kind.family-time")
	case calendar.Away:
		return assets.IconCar, Say("file.kind.away")
	case calendar.Birthday:
		return assets.IconToday, Say("file.kind.birthday")
	}
	return assets.IconWaiting, Say("fridge.planned")
}

// NumberCard makes the card of numbers to ring: those of the family first, then those that help anybody.
func NumberCard(own []FridgeNumber, made time.Time) FridgePage {
	p := FridgePage{Title: Say("fridge.numbers.title"), Made: made}
	oldest := ""
	for i, n := range numbers.All() {
		if i == 1 {
			p.Numbers = append(p.Numbers, own...)
		}
		say := n.For
		if n.Hours != "" && i > 0 {
			say = Say("fridge.numbers.hours", "For", n.For, "Hours", n.Hours)
		}
		p.Numbers = append(p.Numbers, FridgeNumber{n.Name, n.Number, say})
		if n.Checked != "" && (oldest == "" || n.Checked < oldest) {
			oldest = n.Checked
		}
	}
	p.Corner = Say("fridge.numbers.corner")
	p.Foot = Say("fridge.numbers.foot", "Date", FullDate(when.DateOf(made)))
	if d, err := when.ParseDate(oldest); err == nil {
		p.Foot += " " + Say("fridge.numbers.checked", "Date", PlainDate(d, when.Date{}))
	}
	return p
}
