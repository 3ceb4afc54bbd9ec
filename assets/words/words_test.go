package words

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestSayPutsTheNamedThingsIn(t *testing.T) {
	b := English()
	if got, want := b.Say("list.two", "First", "Bev, Sue", "Last", "Tom"), "Bev, Sue and Tom"; got != want {
		t.Errorf("Say(list.two) = %q, want %q", got, want)
	}
}

func TestCountChoosesThePluralForm(t *testing.T) {
	b := English()
	for n, want := range map[int]string{0: "0 nights", 1: "1 night", 2: "2 nights", 11: "11 nights"} {
		if got := b.Count("date.nights", n); got != want {
			t.Errorf("Count(date.nights, %d) = %q, want %q", n, got, want)
		}
	}
}

func TestAKeyWithoutASentenceShowsItself(t *testing.T) {
	if got, want := English().Say("no.such"), "[no.such]"; got != want {
		t.Errorf("Say(no.such) = %q, want %q", got, want)
	}
	if English().Has("no.such") || !English().Has("list.nobody") {
		t.Error("Has is wrong about no.such or list.nobody")
	}
}

func TestCountDoesNotWriteIntoTheCallersSlice(t *testing.T) {
	with := make([]any, 2, 8)
	with[0], with[1] = "First", "Bev"
	English().Count("list.more", 3, with...)
	if got := with[:4][2]; got != nil {
		t.Errorf("Count wrote %v behind the slice it was given", got)
	}
}

func TestReadRefusesABrokenFile(t *testing.T) {
	for name, from := range map[string]fstest.MapFS{
		"no folder": {},
		"not JSON":  {"en-GB/a.json": {Data: []byte("{")}},
	} {
		if _, err := read(from, "en-GB"); err == nil {
			t.Errorf("%s: read gave no error", name)
		} else if !strings.Contains(err.Error(), "words in") {
			t.Errorf("%s: the error does not name the file: %v", name, err)
		}
	}
}
