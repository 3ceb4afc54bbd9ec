package store

import (
	"context"
	"testing"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// T18: a second computer is linked: it reads all its person may, both write, and nobody has to invite anybody.
func TestT18LinkASecondComputer(t *testing.T) {
	g, homes := team(t, "Ade", "Bev")
	ade, bev := homes[0], homes[1]
	bev.talk(g, "Before", "read me")
	few := ade.do(g, thread.New{Title: "For two"})
	meet(t, ade, bev, g)
	laptop := second(t, bev, "Laptop")
	mine := bev.View().Group(g)
	on := laptop.View().Group(g)
	if !on.In || on.Me != mine.Me || on.Device == mine.Device || len(laptop.linkOf(laptop.View().Links[0].ID).Groups) != 1 {
		t.Fatalf("the laptop is %+v", on)
	}
	if l := laptop.View().Links[0]; l.Stage != LinkDone || l.Name != "Bev" || l.Groups[0].State != LinkIn {
		t.Errorf("the laptop's link ended as %+v", l)
	}
	if l := bev.View().Links[0]; l.Stage != LinkDone {
		t.Errorf("Bev's link ended as %+v", l)
	}
	if laptop.Recovery() != bev.Recovery() {
		t.Error("the laptop has other words than its person")
	}
	meet(t, ade, bev, g)
	meet(t, ade, laptop, g)
	level(t, g, ade, bev, laptop)
	laptop.do(g, thread.Post{Thread: few, Text: "from the laptop"})
	bev.do(g, thread.Post{Thread: few, Text: "from the old one"})
	for range 2 {
		meet(t, bev, laptop, g)
		meet(t, ade, laptop, g)
		meet(t, ade, bev, g)
	}
	level(t, g, ade, bev, laptop)
	for _, h := range []*home{ade, bev, laptop} {
		h.clean()
	}
	// It is the person: what the old computer could do alone, the new one can.
	if _, err := laptop.Revoke(context.Background(), g, mine.Device); err != nil {
		t.Fatal(err)
	}
	laptop.do(g, thread.Post{Thread: few, Text: "not for the old one"})
	meet(t, ade, laptop, g)
	ade.do(g, thread.Post{Thread: few, Text: "nor this"})
	meet(t, ade, laptop, g)
	level(t, g, ade, laptop)
	if got := bev.give(g, ade.all(g)...); got.Refused > 0 {
		t.Errorf("the lost computer refuses %d", got.Refused)
	}
	if bev.says("not for the old one") || bev.says("nor this") {
		t.Error("the lost computer reads what was written after it was taken out")
	}
	_, ok := laptop.View().Group(g).State.Device(mine.Device)
	if ok {
		t.Error("the lost computer is in")
	}
}

// says reports whether a post is shown anywhere.
func (h *home) says(text string) bool {
	for _, g := range h.View().Groups {
		for _, th := range g.Care.Threads().All() {
			for _, p := range th.Newest(100) {
				if p.Text == text {
					return true
				}
			}
		}
	}
	return false
}

// What is for a few named people comes to the second computer too.
func TestT18LinkBringsWhatIsForFew(t *testing.T) {
	g, homes := team(t, "Ade", "Bev", "Cas")
	ade, bev := homes[0], homes[1]
	th := ade.talk(g, "Night")
	meet(t, ade, bev, g)
	adeID := ade.View().Group(g).Me
	if _, err := bev.Propose(context.Background(), g, Draft{Act: thread.Post{Thread: th, Text: "only for Ade"}, For: []kp1.MID{adeID}}); err != nil {
		t.Fatal(err)
	}
	laptop := second(t, bev, "Laptop")
	if !laptop.says("only for Ade") {
		t.Error("the second computer does not read what its person wrote for one")
	}
}
