package help_test

import (
	"testing"
	"time"

	"kith/app/present/fake"
	"kith/app/present/help"
)

func TestNumbersSayWhenTheyWereChecked(t *testing.T) {
	n := help.List(fake.Evening(), false)
	if n.Rows[0].Number != "999" || n.Old {
		t.Errorf("first: %+v, old %v", n.Rows[0], n.Old)
	}
	unsure := 0
	for _, r := range n.Rows {
		switch {
		case r.Unsure && r.Checked != "We could not check this number":
			t.Errorf("%s: %q", r.Name, r.Checked)
		case !r.Unsure && r.Checked != "Checked on 21 November 2026":
			t.Errorf("%s: %q", r.Name, r.Checked)
		}
		if r.Unsure {
			unsure++
		}
		if r.Name == "Kinship advice line" && !r.Unsure {
			t.Error("a number that nobody could check says that it was")
		}
	}
	if unsure == 0 || n.Checked.Text != "6 of these numbers could not be checked. The last check was on 21 November 2026." {
		t.Errorf("%d unsure: %q", unsure, n.Checked.Text)
	}
}

func TestOldNumbersAreSaidToBeOld(t *testing.T) {
	for at, old := range map[time.Time]bool{
		time.Date(2027, 5, 21, 12, 0, 0, 0, time.UTC): false, time.Date(2027, 5, 22, 12, 0, 0, 0, time.UTC): true,
	} {
		n := help.List(at, true)
		if n.Old != old || old && n.Checked.Text != "Please check these numbers. They were last checked on 21 November 2026." {
			t.Errorf("at %s: old %v, %q", at.Format(time.DateOnly), n.Old, n.Checked.Text)
		}
	}
}

func TestHelpNamesWhoCanHelp(t *testing.T) {
	s := help.New(fake.Live(fake.Family(fake.Evening))).State()
	if len(s.Leads) != 1 || s.Leads[0] != "Bev and Joanne can help. They lead Elm Row." && s.Leads[0] != "Joanne and Bev can help. They lead Elm Row." {
		t.Errorf("leads: %q", s.Leads)
	}
	if len(s.How) != 7 || s.How[2].Title != "Hide now" || s.Watch.Text != "Nobody watches over Kith. In an emergency, ring 999." {
		t.Errorf("how: %+v", s.How)
	}
	if s = help.New(fake.Live(fake.New(fake.Evening))).State(); len(s.Leads) != 0 || len(s.Numbers.Rows) == 0 {
		t.Error("without a home the numbers are missing")
	}
}
