package kit

import (
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"kith/app/kit/look"
	"kith/assets"
)

// DateWords are the words of a DateField.
type DateWords struct {
	Day, Month, Year string
	Choose, Close    string   // the button that opens and closes the small month
	Months           []string // twelve
	Weekdays         []string // seven short ones, Monday first
	Names            []string // seven long ones, for tests and readers
	Before, After    string   // names of the two buttons that page: "The month before"
}

// DateField is a question for a day: three boxes, day, month and year, and a small month to choose from instead. What was
// typed is said back under it. A day is a civil date all through, never a moment.
type DateField struct {
	widget.BaseWidget
	words            DateWords
	label, hint      *Text
	said             *Text
	Day, Month, Year *Field
	choose           *Button
	problem          *Text
	bar              box
	boxes            *fyne.Container
	all              *fyne.Container
	mistake          *fyne.Container
	picker           *fyne.Container
	title            *Text
	before, after    *Button
	month            *MonthView
	today            Date
	shown            Date // the first of the month shown
	onChanged        func(day, month, year string)
}

// NewDateField makes one; hint is such as "For example, 27 11 2026". onChanged hears the three texts.
func NewDateField(label, hint string, w DateWords, onChanged func(day, month, year string)) *DateField {
	d := &DateField{
		words: w, label: Strong(label), hint: Hint(hint), said: NewText("", look.Body, look.PrimaryInk),
		problem: NewText("", look.Bold, look.Danger), bar: newBox(), onChanged: onChanged,
	}
	box := func(name string, wide float32) *Field {
		f := NewField(name, "").Narrow(wide)
		f.label.style = look.Small
		f.SetName(join(label, name))
		f.OnChanged(func(string) { d.changed() })
		return f
	}
	d.Day, d.Month, d.Year = box(w.Day, 72), box(w.Month, 128), box(w.Year, 96)
	d.choose = NewButton(Second, w.Choose, assets.IconCalendar, d.toggle)
	d.title = NewText("", look.Bold, look.Ink).Centred()
	d.before = NewButton(Second, "", assets.IconBack, func() { d.page(-1) }).Small()
	d.after = NewButton(Second, "", assets.IconForward, func() { d.page(1) }).Small().IconAfter()
	d.before.SetName(w.Before)
	d.after.SetName(w.After)
	d.month = newPicker(d.pick, d.page)
	d.picker = Column(0, Inset(6, 0, 0, 0, Most(520, NewPanel(look.Card, look.Edge, 2, 12, 12, 12,
		Column(10, d.title, Between(8, 0, Flow(0, d.before), d.after), d.month)))))
	d.picker.Hide()
	d.mistake = BesideTop(8, NewIcon(assets.IconWarning, 22, look.Danger), d.problem)
	d.mistake.Hide()
	d.boxes = flowLevel(12, narrowed{Field: d.Day, w: 72}.wrap(), narrowed{Field: d.Month, w: 128}.wrap(), narrowed{Field: d.Year, w: 96}.wrap(), d.choose)
	d.all = Column(6, d.label, d.hint, d.mistake, d.boxes, d.said, d.picker)
	d.ExtendBaseWidget(d)
	return d
}

// narrowed keeps a field as narrow as its box in a Flow.
type narrowed struct {
	*Field
	w float32
}

func (n narrowed) wrap() *fyne.Container {
	return container.New(&exact{w: n.w}, n.Field)
}

// exact gives one thing a width, px at 100 %, growing with the words.
type exact struct{ w float32 }

func (e *exact) heightFor(o []fyne.CanvasObject, _ float32) float32 {
	return HeightFor(o[0], look.Sp(e.w))
}
func (e *exact) natural([]fyne.CanvasObject) float32 { return look.Sp(e.w) }
func (e *exact) Layout(o []fyne.CanvasObject, size fyne.Size) {
	put(o[0], 0, 0, size.Width, size.Height)
}

func (e *exact) MinSize(o []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(look.Sp(e.w), HeightFor(o[0], look.Sp(e.w)))
}

// Set changes the three texts, where they differ.
func (d *DateField) Set(day, month, year string) {
	d.Day.SetText(day)
	d.Month.SetText(month)
	d.Year.SetText(year)
}

// SetToday says which day is today, which the small month marks and begins with.
func (d *DateField) SetToday(t Date) { d.today = t }

// SetSaid says the day back: "Friday 27 November 2026".
func (d *DateField) SetSaid(words string) { d.said.SetText(words); d.Refresh() }

// SetProblem says how to put the day right; empty takes it away.
func (d *DateField) SetProblem(words string) {
	if d.problem.words == words {
		return
	}
	d.problem.SetText(words)
	d.mistake.Hidden = words == ""
	d.Refresh()
}

// Focus puts the cursor in the first box.
func (d *DateField) Focus() { d.Day.Focus() }

// AccessibilityLabel is the label.
func (d *DateField) AccessibilityLabel() string { return d.label.words }

// Picker is the small month, for tests.
func (d *DateField) Picker() *MonthView { return d.month }

func (d *DateField) changed() {
	if d.onChanged != nil {
		d.onChanged(d.Day.Text(), d.Month.Text(), d.Year.Text())
	}
}

// typed is the day in the boxes, if they hold numbers that make one.
func (d *DateField) typed() (Date, bool) {
	day, e1 := strconv.Atoi(d.Day.Text())
	month, e2 := strconv.Atoi(d.Month.Text())
	year, e3 := strconv.Atoi(d.Year.Text())
	t := Date{Year: year, Month: month, Day: day}
	return t, e1 == nil && e2 == nil && e3 == nil && t.valid()
}

func (d *DateField) toggle() {
	if d.picker.Visible() {
		d.close()
		return
	}
	at, ok := d.typed()
	if !ok {
		at = d.today
	}
	d.showMonth(at)
	d.picker.Show()
	d.choose.SetText(d.words.Close)
	d.relay()
	Focus(d.month)
}

func (d *DateField) close() {
	d.picker.Hide()
	d.choose.SetText(d.words.Choose)
	d.relay()
	Focus(d.choose)
}

// relay has the page laid out again, since the field has grown or shrunk.
func (d *DateField) relay() {
	d.Refresh()
	relayout(d)
}

func (d *DateField) pick(key string) {
	t, ok := readDate(key)
	if !ok {
		return
	}
	d.Set(strconv.Itoa(t.Day), strconv.Itoa(t.Month), strconv.Itoa(t.Year))
	d.changed()
	d.close()
}

// page goes to another month. From 31 January it goes to February and not to March, since only the month is counted.
func (d *DateField) page(by int) {
	n := d.shown.Year*12 + d.shown.Month - 1 + by
	t := Date{Year: n / 12, Month: n%12 + 1, Day: 1}
	if t.valid() {
		d.showMonth(t)
	}
}

func (d *DateField) showMonth(at Date) {
	d.shown = Date{Year: at.Year, Month: at.Month, Day: 1}
	name := func(by int) string { return d.words.Months[((d.shown.Month-1+by)%12+12)%12] }
	d.title.SetText(name(0) + " " + strconv.Itoa(d.shown.Year))
	d.before.SetText(name(-1))
	d.after.SetText(name(1))
	first := d.shown.weekday()
	m := Month{Weekdays: d.words.Weekdays, Cursor: first + at.Day - 1}
	for i := range 42 {
		day := d.shown.plus(i - first)
		c := Day{
			Key: day.String(), Number: strconv.Itoa(day.Day), Other: day.Month != d.shown.Month,
			Name: d.words.Names[i%7] + " " + strconv.Itoa(day.Day) + " " + d.words.Months[day.Month-1],
		}
		if day == d.today {
			c.Today = c.Number
		}
		m.Days = append(m.Days, c)
	}
	d.month.Set(m)
}

// HeightFor says how high it is at a width.
func (d *DateField) HeightFor(width float32) float32 { return HeightFor(d.all, width-d.indent()) }

func (d *DateField) indent() float32 {
	if d.problem.words == "" {
		return 0
	}
	return look.Px(16)
}

// CreateRenderer is Fyne's.
func (d *DateField) CreateRenderer() fyne.WidgetRenderer { return draw(d) }

func (d *DateField) parts() []fyne.CanvasObject { return []fyne.CanvasObject{d.bar, d.all} }

func (d *DateField) least() fyne.Size {
	w := d.all.MinSize().Width + d.indent()
	return fyne.NewSize(w, d.HeightFor(max(w, d.Size().Width)))
}

func (d *DateField) arrange(size fyne.Size) {
	d.bar.place(fyne.Position{}, fyne.NewSize(4, size.Height))
	put(d.all, d.indent(), 0, size.Width-d.indent(), size.Height)
}

func (d *DateField) paint() {
	d.bar.Hidden = d.problem.words == ""
	d.bar.set(look.Danger, "", 0, 0)
	d.all.Refresh()
}
