package news_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/present/news"
	"kith/store/kp1"
)

func TestNewsSaysWhoDidWhatAndNoWords(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := news.New(fake.Live(c))
	var got []string
	for _, r := range vm.State().Rows {
		got = append(got, r.Title+" ["+r.Chip.Text+"] "+r.Text)
	}
	want := []string{
		"Priya wrote in Picnic on Sunday [New] Elm Row, 2 hours ago",
		"Priya wrote in Picnic on Sunday [New] Elm Row, 3 hours ago",
		"Sue offered a bed: Mia, Friday 27 November [] Elm Row, Thursday, 7.25 pm",
		"Bev offered a bed: Mia, Friday 27 November [] Elm Row, Thursday, 7.10 pm",
		"Bev added Picnic at the lake [] Elm Row, 13 November, 9 am",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	vm.SeenAll()
	if s := vm.State(); s.All != "" || s.Rows[0].Chip.Text != "" {
		t.Errorf("after all is seen: %q, %+v", s.All, s.Rows[0])
	}
	if s := news.New(fake.Live(fake.New(fake.Evening))).State(); s.Empty.Heading != "Nothing new yet" {
		t.Errorf("empty: %+v", s.Empty)
	}
}

// TestTheBarSaysWhichGroupIsDamaged: in plain words, with what to do, on every page.
func TestTheBarSaysWhichGroupIsDamaged(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := news.NewBar(fake.Live(c))
	c.Change(func(w *present.World) { w.Broken = []present.Broken{{Name: "Ash Lane"}} })
	want := present.Problem{
		What: "Ash Lane cannot be read on this computer.",
		Safe: "Your other groups work. The people in it still have what they were sent.",
		Next: "Ring the person who leads it. Ask them to remove you, then to invite you again.",
	}
	if got := vm.State().Trouble; got != want {
		t.Errorf("the bar says %+v, want %+v", got, want)
	}
	c.Change(func(w *present.World) { w.Broken, w.Trouble = nil, &kp1.Error{ECode: "E_DISK_FULL"} })
	if got := vm.State().Trouble.What; got != "This computer has no room left." {
		t.Errorf("a full disk: %q", got)
	}
}

// TestTheNoticeTellsNothing: no name, no group, no word of what it is about.
func TestTheNoticeTellsNothing(t *testing.T) {
	c := fake.Family(fake.Evening)
	vm := news.NewBar(fake.Live(c))
	if s := vm.State(); s.Notice != "" {
		t.Errorf("a notice of what was there before: %q", s.Notice)
	}
	c.Change(func(w *present.World) {
		w.News = append([]present.New{{ID: kp1.ID{9}, Group: fake.GID(fake.ElmRow), Kind: present.NewsSleepover, By: fake.MID("Sue"), At: fake.Evening().Add(time.Minute)}}, w.News...)
	})
	s := vm.State()
	if s.Notice != "1 new thing has come" || s.SeeTo.Place != present.PlaceNews {
		t.Errorf("notice: %+v", s)
	}
	for _, word := range []string{"Sue", "Elm Row", "sleepover", "Mia"} {
		if strings.Contains(s.Notice+s.Neutral, word) {
			t.Errorf("the notice says %q", word)
		}
	}
	vm.Hide()
	if s = vm.State(); s.Notice != "" {
		t.Errorf("after Not now: %q", s.Notice)
	}
}

func TestDemoIsSaidAndLeftInOnePress(t *testing.T) {
	c := fake.New(fake.Evening)
	vm := news.NewBar(fake.Live(c))
	if s := vm.State(); s.Demo != "" {
		t.Errorf("real people are called made up: %q", s.Demo)
	}
	if err := c.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := vm.State(); s.Demo != "All of this is made up. Nobody here is real." || s.Leave == "" {
		t.Errorf("demo: %+v", s)
	}
	vm.Leave()
	if s := vm.State(); s.Demo != "" || c.World().Demo {
		t.Errorf("after leaving: %+v", s)
	}
}
