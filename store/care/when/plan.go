package when

import (
	"math/bits"
	"slices"
)

// tick is a time on the wall: seconds since the first of 1900, on clocks that never change. What a zone makes of it comes
// afterwards.
type tick = int64

// worldGap is further than any zone is from UTC, and than any leaps.
const worldGap tick = 26 * 60 * 60

// lastTick is the end of 31 December of MaxYear.
var lastTick = tick(dayNumber(MaxYear, 12, 31)+1)*daySeconds - 1

// maxSteps bounds how far one expansion looks: periods passed and instances found. It is fifteen years of every hour, and
// more than all years of every day.
const maxSteps = 1 << 17

// plan is a rule made ready for one first time. It is not changed once made.
type plan struct {
	r         Rule
	first     tick // when the span begins, which may be no instance of its own rule
	last      tick // nothing begins after it; of a rule with a count, as if no clock ever changed
	until     tick // of a rule that ends at a time in UTC, that time
	origin    int  // the number of the first period: a day, a week's first day, a month, a year, an hour ...
	weekStart int
	weekNos   []int
	months    uint16     // as bits; 0 for each
	weekdays  uint8      // as bits from Monday; those named without a number
	numbered  []NthDay   // those named with one
	monthDays [2]uint32  // from the beginning, and from the end
	yearDays  [2]yearBit // the same
	clocks    [3][]int   // hours, minutes and seconds that one period comes to
	allowed   [3]uint64  // as bits, where the period itself is shorter than a day: what it may begin on
}

type yearBit [6]uint64

func (y *yearBit) set(n int)      { y[n/64] |= 1 << (n % 64) }
func (y *yearBit) has(n int) bool { return y[n/64]>>(n%64)&1 == 1 }

// unit is how long a period shorter than a day lasts.
func (p *plan) unit() tick { return [...]tick{0, 1, 60, 3600}[p.r.Freq] }

// newPlan makes r ready. Of whole days the clocks in it are left aside.
func newPlan(r Rule, first tick, allDay bool) *plan {
	p := &plan{r: r, first: first, last: lastTick, weekStart: fromMonday(r.WeekStart)}
	if r.Freq == Yearly {
		p.weekNos = r.ByWeekNo // they mean nothing elsewhere
	}
	day := int(first / daySeconds)
	date := dateOfNumber(day)
	p.masks()
	p.setClocks(allDay)
	switch r.Freq {
	case Yearly:
		p.origin = date.Year
		if len(p.weekNos) > 0 {
			p.origin = weekYear(day, p.weekStart)
		}
	case Monthly:
		p.origin = date.Year*12 + date.Month - 1
	case Weekly:
		p.origin = day - floorMod(weekdayOf(day)-p.weekStart, 7)
	case Daily:
		p.origin = day
	default:
		p.origin = int(first / p.unit())
	}
	p.imply(date, day)
	p.setEnd()
	return p
}

func (p *plan) masks() {
	for _, m := range p.r.ByMonth {
		p.months |= 1 << m
	}
	for _, d := range p.r.ByDay {
		if d.Nth == 0 || p.r.Freq < Monthly || len(p.weekNos) > 0 { // a number means nothing there
			p.weekdays |= 1 << fromMonday(d.Weekday)
		} else {
			p.numbered = append(p.numbered, d)
		}
	}
	for _, d := range p.r.ByMonthDay {
		p.monthDays[side(d)] |= 1 << max(d, -d)
	}
	for _, d := range p.r.ByYearDay {
		p.yearDays[side(d)].set(max(d, -d))
	}
}

// side is 1 for what is counted from the end.
func side(n int) int {
	if n < 0 {
		return 1
	}
	return 0
}

// setClocks says which clocks a period comes to: those named, or else what the first shows.
func (p *plan) setClocks(allDay bool) {
	p.clocks = [3][]int{{0}, {0}, {0}}
	p.allowed = [3]uint64{^uint64(0), ^uint64(0), ^uint64(0)}
	if allDay {
		return
	}
	sec := int(p.first % daySeconds)
	shown := [3]int{sec / 3600, sec / 60 % 60, sec % 60}
	named := [3][]int{p.r.ByHour, p.r.ByMinute, p.r.BySecond}
	for i, freq := range [...]Freq{Hourly, Minutely, Secondly} {
		ns := slices.DeleteFunc(slices.Clone(named[i]), func(n int) bool { return n > 59 })
		switch {
		case p.r.Freq <= freq && len(named[i]) > 0: // the period is no longer than this: it limits
			p.allowed[i] = 0
			for _, n := range ns {
				p.allowed[i] |= 1 << n
			}
		case p.r.Freq <= freq:
		case len(named[i]) > 0:
			p.clocks[i] = ns
		default:
			p.clocks[i] = []int{shown[i]}
		}
	}
}

// imply fills in from the first what the rule does not say.
func (p *plan) imply(date Date, day int) {
	r := p.r
	if len(r.ByDay)+len(r.ByMonthDay)+len(r.ByYearDay) > 0 {
		if r.Freq == Yearly && len(r.ByMonthDay) > 0 && len(r.ByMonth)+len(r.ByYearDay)+len(p.weekNos) == 0 {
			p.months = 1 << date.Month
		}
		return
	}
	switch {
	case r.Freq == Weekly, len(p.weekNos) > 0:
		p.weekdays = 1 << weekdayOf(day)
	case r.Freq == Yearly && len(r.ByMonth) == 0:
		p.months = 1 << date.Month
		fallthrough
	case r.Freq == Yearly, r.Freq == Monthly:
		p.monthDays[0] = 1 << date.Day
	}
}

// setEnd finds out after which time nothing begins.
func (p *plan) setEnd() {
	u := p.r.Until
	at := tick(u.Day.Number())*daySeconds + tick(u.Second)
	switch u.Form {
	case UntilDay:
		p.last = min(p.last, at+daySeconds-1)
	case UntilWall:
		p.last = min(p.last, at)
	case UntilWorld:
		p.until = at
		p.last = min(p.last, at+worldGap)
	}
	if p.r.Count == 0 {
		return
	}
	n, end := 0, tick(-1)
	p.each(p.first, p.last, func(t tick) bool {
		n++
		end = t
		return n < p.r.Count
	})
	p.last = end
}

// each yields in order what begins from the one tick to the other, both included. It begins to look at the period in
// which from lies, not at the first.
func (p *plan) each(from, to tick, yield func(tick) bool) {
	from, to = max(from, p.first), min(to, p.last)
	if from > to {
		return
	}
	w := walk{p: p, from: from, to: to, yield: yield}
	if p.r.Freq < Daily {
		w.short()
		return
	}
	w.long()
}

// walk is one expansion.
type walk struct {
	p        *plan
	from, to tick
	yield    func(tick) bool
	steps    int
	bases    []tick // of the days, or the one shorter period, that are set together
	set      []int  // places in the set, where the rule names places
}

func (w *walk) on() bool { w.steps++; return w.steps <= maxSteps }

// long walks over days, weeks, months or years.
func (w *walk) long() {
	p := w.p
	every := p.r.Interval
	for k := p.period(int(w.from/daySeconds)) / every; w.on(); k++ {
		at := k * every
		w.bases = w.bases[:0]
		var begins int
		switch p.r.Freq {
		case Yearly:
			begins = w.year(p.origin + at)
		case Monthly:
			begins = w.month(p.origin + at)
		case Weekly:
			begins = w.week(p.origin + 7*at)
		default:
			begins = p.origin + at
			w.day(begins)
		}
		if tick(begins)*daySeconds > w.to || !w.emit() {
			return
		}
	}
}

// period counts the periods from the first to that of a day.
func (p *plan) period(day int) int {
	switch p.r.Freq {
	case Yearly:
		if len(p.weekNos) > 0 {
			return weekYear(day, p.weekStart) - p.origin
		}
		return dateOfNumber(day).Year - p.origin
	case Monthly:
		d := dateOfNumber(day)
		return d.Year*12 + d.Month - 1 - p.origin
	case Weekly:
		return (day - p.origin) / 7
	}
	return day - p.origin
}

func (w *walk) add(day int) { w.bases = append(w.bases, tick(day)*daySeconds) }

func (w *walk) day(n int) {
	if w.p.fits(n, true) {
		w.add(n)
	}
}

func (w *walk) week(start int) int {
	for n := start; n < start+7; n++ {
		if w.p.weekdays>>weekdayOf(n)&1 == 1 && w.p.fits(n, false) {
			w.add(n)
		}
	}
	return start
}

// month gathers the days of one month, numbered from the year 0.
func (w *walk) month(number int) int {
	y, m := number/12, number%12+1
	w.inMonth(y, m)
	return dayNumber(y, m, 1)
}

func (w *walk) inMonth(y, m int) {
	p := w.p
	if p.months != 0 && p.months>>m&1 == 0 {
		return
	}
	first, length := dayNumber(y, m, 1), monthLength(y, m)
	if p.weekdays == 0 && len(p.numbered) == 0 && len(p.r.ByYearDay) == 0 && p.monthDays[1] == 0 {
		for d := p.monthDays[0] >> 1; d != 0; d &= d - 1 { // the commonest of all: so many dates of the month
			if n := lowest(d); n < length {
				w.add(first + n)
			}
		}
		return
	}
	for n := first; n < first+length; n++ {
		if p.inWeek(n, first, length) && p.fits(n, false) {
			w.add(n)
		}
	}
}

// year gathers the days of one year, or with week numbers of the year that its weeks make.
func (w *walk) year(y int) int {
	p := w.p
	if len(p.weekNos) > 0 {
		return w.weeks(y)
	}
	first, length := dayNumber(y, 1, 1), yearLength(y)
	switch {
	case len(p.r.ByYearDay) > 0:
		w.yearDays(first, length)
	case p.months != 0 || p.monthDays != [2]uint32{}:
		for m := 1; m <= 12; m++ {
			w.inMonth(y, m)
		}
	default:
		for n := first; n < first+length; n++ {
			if p.inWeek(n, first, length) {
				w.add(n)
			}
		}
	}
	return first
}

// yearDays gathers the numbered days of the year of length days from first.
func (w *walk) yearDays(first, length int) {
	p := w.p
	w.set = w.set[:0]
	for _, d := range p.r.ByYearDay {
		if d < 0 {
			d += length + 1
		}
		if d >= 1 && d <= length {
			w.set = append(w.set, first+d-1)
		}
	}
	slices.Sort(w.set)
	for _, n := range slices.Compact(w.set) {
		from, in := first, length // numbers before weekdays count in the year, or in the month where months are named
		if p.months != 0 && len(p.numbered) > 0 {
			d := dateOfNumber(n)
			from, in = n-d.Day+1, monthLength(d.Year, d.Month)
		}
		if p.inWeek(n, from, in) && p.fits(n, false) {
			w.add(n)
		}
	}
}

func (w *walk) weeks(y int) int {
	start, end := weekOne(y, w.p.weekStart), weekOne(y+1, w.p.weekStart)
	count := (end - start) / 7
	for week := 1; week <= count; week++ {
		if !slices.Contains(w.p.weekNos, week) && !slices.Contains(w.p.weekNos, week-count-1) {
			continue
		}
		for n := start + 7*(week-1); n < start+7*week; n++ {
			if w.p.inWeek(n, n, 1) && w.p.fits(n, false) {
				w.add(n)
			}
		}
	}
	return start
}

// inWeek reports whether a day is of a weekday that is named, counted within the length days from first.
func (p *plan) inWeek(n, first, length int) bool {
	if p.weekdays == 0 && len(p.numbered) == 0 {
		return true
	}
	wd := weekdayOf(n)
	if p.weekdays>>wd&1 == 1 {
		return true
	}
	for _, d := range p.numbered {
		if fromMonday(d.Weekday) == wd && (d.Nth == (n-first)/7+1 || d.Nth == -((first+length-1-n)/7+1)) {
			return true
		}
	}
	return false
}

// fits reports whether a day passes what the rule says of months and dates, and with weekdays of those too.
func (p *plan) fits(n int, weekdays bool) bool {
	if weekdays && p.weekdays != 0 && p.weekdays>>weekdayOf(n)&1 == 0 {
		return false
	}
	if p.months == 0 && p.monthDays == [2]uint32{} && len(p.r.ByYearDay) == 0 {
		return true
	}
	d := dateOfNumber(n)
	if p.months != 0 && p.months>>d.Month&1 == 0 {
		return false
	}
	if p.monthDays != [2]uint32{} && p.monthDays[0]>>d.Day&1 == 0 && p.monthDays[1]>>(monthLength(d.Year, d.Month)-d.Day+1)&1 == 0 {
		return false
	}
	if len(p.r.ByYearDay) == 0 {
		return true
	}
	in := n - dayNumber(d.Year, 1, 1)
	return p.yearDays[0].has(in+1) || p.yearDays[1].has(yearLength(d.Year)-in)
}

// short walks over hours, minutes or seconds, leaping over days, hours and minutes in which nothing can be.
func (w *walk) short() {
	p := w.p
	unit, every, origin := p.unit(), tick(p.r.Interval), tick(p.origin)
	align := func(at tick) tick { // the first period at or after a tick
		periods := max(0, (at+unit-1)/unit-origin)
		return origin + (periods+every-1)/every*every
	}
	day, fits := -1, false
	for u := align(w.from - unit + 1); w.on() && u*unit <= w.to; {
		at := u * unit
		if n := int(at / daySeconds); n != day {
			day, fits = n, p.fits(n, true)
		}
		sec := at % daySeconds
		switch {
		case !fits:
			u = align(tick(day+1) * daySeconds)
			continue
		case p.allowed[0]>>(sec/3600)&1 == 0:
			u = align(at - at%3600 + 3600)
			continue
		case p.r.Freq <= Minutely && p.allowed[1]>>(sec/60%60)&1 == 0:
			u = align(at - at%60 + 60)
			continue
		case p.r.Freq > Secondly || p.allowed[2]>>(sec%60)&1 == 1:
			w.bases = append(w.bases[:0], at)
			if !w.emit() {
				return
			}
		}
		u += every
	}
}

// emit yields what one period comes to, and reports whether more is wanted.
func (w *walk) emit() bool {
	if len(w.bases) == 0 {
		return true
	}
	c := &w.p.clocks
	times := len(c[0]) * len(c[1]) * len(c[2])
	if len(w.p.r.BySetPos) > 0 {
		return w.emitSet(times)
	}
	for _, base := range w.bases {
		if base+daySeconds <= w.from {
			continue
		}
		for i := range times {
			if !w.give(base + w.p.clock(i)) {
				return false
			}
		}
	}
	return true
}

// emitSet yields those of a period that stand at the places the rule names.
func (w *walk) emitSet(times int) bool {
	n := len(w.bases) * times
	w.set = w.set[:0]
	for _, at := range w.p.r.BySetPos {
		if at < 0 {
			at += n + 1
		}
		if at >= 1 && at <= n {
			w.set = append(w.set, at-1)
		}
	}
	slices.Sort(w.set)
	for i, at := range w.set {
		if (i == 0 || w.set[i-1] != at) && !w.give(w.bases[at/times]+w.p.clock(at%times)) {
			return false
		}
	}
	return true
}

// clock returns the i-th time of a day, or of a shorter period, after its beginning.
func (p *plan) clock(i int) tick {
	c := &p.clocks
	s, i := c[2][i%len(c[2])], i/len(c[2])
	m, h := c[1][i%len(c[1])], c[0][i/len(c[1])]
	return tick(h*3600 + m*60 + s)
}

func (w *walk) give(t tick) bool {
	switch {
	case t < w.from:
		return true
	case t > w.to || !w.on():
		return false
	}
	return w.yield(t)
}

// lowest returns the place of the lowest bit.
func lowest(b uint32) int { return bits.TrailingZeros32(b) }
