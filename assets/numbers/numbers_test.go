package numbers

import (
	"regexp"
	"testing"
	"time"
)

func TestEveryNumberCanBeRungAndSaysWhenItWasChecked(t *testing.T) {
	form := regexp.MustCompile(`^[0-9]+( [0-9]+)*$`)
	seen := map[string]bool{}
	for _, n := range All() {
		if n.Name == "" || n.For == "" || !form.MatchString(n.Number) {
			t.Errorf("number %+v: name, purpose and digits are needed", n)
		}
		if seen[n.Number] {
			t.Errorf("%s stands there twice", n.Number)
		}
		seen[n.Number] = true
		if n.Checked == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, n.Checked); err != nil {
			t.Errorf("%s checked on %q: not a date", n.Name, n.Checked)
		}
	}
	// The list of the domain page, section 3.6.
	for _, want := range []string{"999", "0800 1111", "0808 800 5000", "116 123", "0808 2000 247", "0808 801 0366", "0800 040 7675", "0300 123 7015", "111"} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
	}
	if All()[0].Number != "999" {
		t.Errorf("first number is %s, want 999", All()[0].Number)
	}
}

func TestAllGivesEachCallerItsOwn(t *testing.T) {
	All()[0].Number = "0"
	if All()[0].Number != "999" {
		t.Error("a caller changed the numbers of another")
	}
}
