package holidays

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEveryDayHolds(t *testing.T) {
	b := All()
	for what, s := range map[string]string{"updated": b.Updated, "checked": b.Checked, "until": b.Until} {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if !strings.Contains(b.Source, "gov.uk") {
		t.Errorf("source %q", b.Source)
	}
	years := map[string]int{}
	for i, d := range b.Days {
		day, err := time.Parse(time.DateOnly, d.Day)
		if err != nil || d.Name == "" || !slices.Contains(Nations(), d.Nation) || d.Day > b.Until {
			t.Errorf("day %d: %+v, %v", i, d, err)
		}
		if w := day.Weekday(); w == time.Saturday || w == time.Sunday {
			t.Errorf("%s of %s is on a %s: nobody has that off as a bank holiday", d.Name, d.Nation, w)
		}
		if i > 0 && b.Days[i-1].Nation == d.Nation && b.Days[i-1].Day >= d.Day {
			t.Errorf("%s stands before %s", b.Days[i-1].Day, d.Day)
		}
		years[string(d.Nation)+d.Day[:4]]++
	}
	for _, n := range Nations() {
		for _, y := range []string{"2025", "2026", "2027", "2028"} {
			if got := years[string(n)+y]; got < 8 || got > 10 {
				t.Errorf("%s has %d in %s", n, got, y)
			}
		}
	}
}

func TestOf(t *testing.T) {
	got, ok := Of(Scotland, "2026-11-01", "2026-12-31")
	want := []Day{{Scotland, "2026-11-30", "St Andrew’s Day", false}, {Scotland, "2026-12-25", "Christmas Day", false}, {Scotland, "2026-12-28", "Boxing Day", true}}
	if !ok || !slices.Equal(got, want) {
		t.Errorf("Of = %v, %v, want %v", got, ok, want)
	}
	for _, c := range [][2]string{{"2028-12-01", "2029-01-02"}, {"2024-12-31", "2025-01-02"}} {
		if _, ok := Of(Scotland, c[0], c[1]); ok {
			t.Errorf("%v is taken for known", c)
		}
	}
	all := All()
	all.Days[0].Name = "mine"
	if All().Days[0].Name == "mine" {
		t.Error("All gives its own slice away")
	}
}

// TestMovableDays works out the days that a rule gives: Good Friday from the tables of Easter, and the Mondays.
func TestMovableDays(t *testing.T) {
	monday := func(year int, m time.Month, last bool) string {
		day := time.Date(year, m, 1, 0, 0, 0, 0, time.UTC)
		if last {
			day = day.AddDate(0, 1, -7)
		}
		for day.Weekday() != time.Monday {
			day = day.AddDate(0, 0, 1)
		}
		return day.Format(time.DateOnly)
	}
	for year, friday := range map[int]string{2025: "2025-04-18", 2026: "2026-04-03", 2027: "2027-03-26", 2028: "2028-04-14"} {
		for _, n := range Nations() {
			for _, day := range []string{friday, monday(year, time.May, false), monday(year, time.May, true), monday(year, time.August, n != Scotland)} {
				if got, ok := Of(n, day, day); !ok || len(got) != 1 {
					t.Errorf("%s has %v on %s, want a holiday", n, got, day)
				}
			}
		}
	}
}

// TestAgainstThePage reads a copy of the public page, where KITH_BANK_HOLIDAYS names one.
func TestAgainstThePage(t *testing.T) {
	copied := os.Getenv("KITH_BANK_HOLIDAYS")
	if copied == "" {
		return
	}
	raw, err := os.ReadFile(copied) //nolint:gosec // named by who runs the test
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Divisions map[string]map[string]any `json:"divisions"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatal(err)
	}
	for slug, years := range page.Divisions {
		n := Nation(strings.TrimSuffix(strings.TrimPrefix(slug, "common.nations."), "_slug"))
		var want, got []string
		for _, days := range years {
			list, _ := days.([]any)
			for _, d := range list {
				day, err := time.Parse("02/01/2006", d.(map[string]any)["date"].(string))
				if err != nil {
					t.Fatal(err)
				}
				if day.Year() >= 2025 && day.Year() <= 2028 {
					want = append(want, day.Format(time.DateOnly))
				}
			}
		}
		slices.Sort(want)
		for _, d := range All().Days {
			if d.Nation == n {
				got = append(got, d.Day)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", n, got, want)
		}
	}
}
