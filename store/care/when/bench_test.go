package when

import (
	"testing"
	"time"
)

// benchSeries are 500 of the kinds that families have, each beginning on a day of one year: school days, a weekly visit,
// every other weekend, a monthly meeting by date and by weekday, the last day, a birthday, medicine each day.
func benchSeries(b *testing.B) (out []*Series) {
	b.Helper()
	for n := range 500 {
		d := Date{2026, 1, 1}.Plus(n * 365 / 500)
		var r Rule
		switch n % 8 {
		case 0:
			r = EveryWeeks(1, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
		case 1:
			r = EveryWeeks(1, d.Weekday())
		case 2:
			r = EveryWeeks(2, time.Saturday, time.Sunday)
		case 3:
			r = EveryMonths(1, d.Day)
		case 4:
			r = EveryMonthsOn(1, 2, time.Tuesday)
		case 5:
			r = EveryMonths(1, -1)
		case 6:
			r = EveryYears(1, d, OnlyThen)
		default:
			r = EveryDays(1).Times(3_000)
		}
		out = append(out, mustSeries(b, visit(d, At(16, 0), At(17, 0)), r))
	}
	return out
}

// BenchmarkTenYears expands ten years of 500 series, zone and all.
func BenchmarkTenYears(b *testing.B) {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		b.Fatal(err)
	}
	all, n := benchSeries(b), 0
	b.ReportAllocs()
	for b.Loop() {
		n = 0
		for _, s := range all {
			for range s.Between(Date{2026, 1, 1}, Date{2036, 1, 1}, loc) {
				n++
			}
		}
	}
	b.ReportMetric(float64(n), "times")
}

// BenchmarkMonth asks the same 500 for one month, ten years on.
func BenchmarkMonth(b *testing.B) {
	loc, err := time.LoadLocation("Europe/London")
	if err != nil {
		b.Fatal(err)
	}
	all, n := benchSeries(b), 0
	b.ReportAllocs()
	for b.Loop() {
		n = 0
		for _, s := range all {
			for range s.Between(Date{2035, 11, 1}, Date{2035, 12, 1}, loc) {
				n++
			}
		}
	}
	b.ReportMetric(float64(n), "times")
}
