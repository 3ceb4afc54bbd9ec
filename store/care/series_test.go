package care_test

import (
	"testing"

	"kith/store/care"
	"kith/store/care/calendar"
	"kith/store/care/when"
)

// TestUntilOfSeries: the words of a series that goes on do not grow old; of one that ends, or is cancelled, they do.
func TestUntilOfSeries(t *testing.T) {
	f := newFamily(t, "ada")
	ada := f.as("ada")
	endless := fridays()
	endless.Repeat = "FREQ=WEEKLY"
	until := func(e care.Event) (string, bool) {
		at, ever := ada.view.Until(e)
		return at.Format("2006-01"), ever
	}
	goesOn := ada.force(endless)
	if _, ever := until(goesOn); !ever {
		t.Error("a series that goes on grows old")
	}
	ends := fridays()
	ends.Repeat = "FREQ=WEEKLY;UNTIL=" + untilText(friday().Plus(400))
	if at, ever := until(ada.force(ends)); ever || at != friday().Plus(405).String()[:7] {
		t.Errorf("a series that ends: %s, %v", at, ever)
	}
	ada.force(care.Fill(ada.view, ada.id, calendar.Cancel{Event: goesOn.ID}))
	if _, ever := until(goesOn); ever {
		t.Error("a series that is off goes on")
	}
}

func untilText(d when.Date) string { return d.String()[:4] + d.String()[5:7] + d.String()[8:] }
