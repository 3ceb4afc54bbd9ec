package news_test

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"kith/app/kit"
	"kith/app/kit/look"
	"kith/app/present"
	"kith/app/present/fake"
	"kith/app/screen"
	"kith/app/screen/news"
	"kith/app/uitest"
	"kith/store/kp1"
)

func TestWhatsNewLeadsToTheThing(t *testing.T) {
	c := fake.Family(fake.Evening)
	var went present.Route
	for _, x := range []struct {
		name    string
		colours look.Colours
		percent int
		size    fyne.Size
	}{
		{"news-light", look.Light, 100, uitest.Laptop}, {"news-200", look.Light, 200, uitest.Small}, {"news-strong", look.Strong, 100, uitest.Laptop},
	} {
		t.Run(x.name, func(t *testing.T) {
			p := uitest.Open(t, func() fyne.CanvasObject {
				s := news.New(fake.Live(c), screen.Nav{Go: func(r present.Route) { went = r }})
				t.Cleanup(s.Leave)
				return s.Content()
			}, x.size.SubtractWidthHeight(212, 0), x.colours, x.percent)
			p.Shot(x.name)
			p.AssertSound()
			p.Press("Open, Sue offered a bed*")
			if went.Object != c.Mia().ID {
				t.Errorf("went to %+v", went)
			}
		})
	}
}

// TestTheBarTakesNoRoomWhenThereIsNothingToSay, and says that people are made up, and the notice, when there is.
func TestTheBarTakesNoRoomWhenThereIsNothingToSay(t *testing.T) {
	c := fake.New(fake.Evening)
	var bar *news.Bar
	var went present.Route
	p := uitest.Open(t, func() fyne.CanvasObject {
		all := kit.Column(0)
		bar = news.NewBar(fake.Live(c), screen.Nav{Go: func(r present.Route) { went = r }}, all.Refresh)
		t.Cleanup(bar.Leave)
		all.Add(bar.Container)
		return all
	}, uitest.Laptop, look.Light, 100)
	if bar.Visible() {
		t.Error("the bar shows with nothing to say")
	}
	if err := c.Demo(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Change(func(w *present.World) {
		w.News = append(w.News, present.New{ID: kp1.ID{7}, Group: w.Groups[0].ID, Kind: present.NewsMember, At: fake.Evening().Add(time.Minute)})
	})
	if !bar.Visible() || !p.Says("All of this is made up. Nobody here is real.") || !p.Says("1 new thing has come") {
		t.Errorf("demo and notice:\n%s", p.Text())
	}
	p.Shot("bar")
	p.AssertSound()
	p.Press("See what’s new")
	if went.Place != present.PlaceNews {
		t.Errorf("went to %+v", went)
	}
	p.Press("Not now")
	p.Press("Leave the made-up families")
	if bar.Visible() || c.World().Demo {
		t.Error("the bar stays after the made-up families were left")
	}
	c.Change(func(w *present.World) { w.Trouble = &kp1.Error{ECode: "E_DISK_FULL"} })
	if !bar.Visible() || !p.Says("This computer has no room left.") {
		t.Errorf("a full disk is not said:\n%s", p.Text())
	}
	c.Change(func(w *present.World) { w.Trouble, w.Broken = nil, []present.Broken{{Name: "Ash Lane"}} })
	if !p.Says("Ash Lane cannot be read on this computer.") {
		t.Errorf("a damaged group is not said:\n%s", p.Text())
	}
	p.AssertSound()
}
