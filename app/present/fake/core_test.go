package fake

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"kith/app/present"
	"kith/store/care/sleepover"
	"kith/store/kp1"
)

func TestTheStoryStands(t *testing.T) {
	c := Family(Evening)
	w := c.World()
	if len(w.Groups) != 1 || w.Name != "Ade" {
		t.Fatalf("world of %q with %d groups", w.Name, len(w.Groups))
	}
	mia := c.Mia()
	if mia.State != sleepover.Offered || len(mia.Standing()) != 2 {
		t.Errorf("Mia: %s with %d offers, want offered with 2", mia.State, len(mia.Standing()))
	}
	if g := w.Groups[0]; !g.Kin(MID("Ade"), MID("Tom")) || g.NameOf(MID("Bev")) != "Bev" || g.Title() != ElmRow {
		t.Error("Ade and Tom do not live together, or names are missing")
	}
}

func TestProposeIsJudgedByTheRealRules(t *testing.T) {
	c := Family(Evening)
	mia := c.Mia()
	_, err := c.Propose(context.Background(), GID(ElmRow), sleepover.Home{Ask: mia.ID})
	if got := present.Code(err); got != "E_RULE_NOT_ARRIVED" {
		t.Errorf("home before arrived: %v (%s)", err, got)
	}
	_, err = c.Propose(context.Background(), kp1.GID{}, sleepover.Home{Ask: mia.ID})
	if got := present.Code(err); got != "E_NOT_FOUND" {
		t.Errorf("a group that is not there: %s", got)
	}
}

func TestWorldsYieldTheNewest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Evening)
		ctx, stop := context.WithCancel(t.Context())
		var names []string
		done := make(chan struct{})
		go func() {
			defer close(done)
			for w := range c.Worlds(ctx) {
				names = append(names, w.Name)
			}
		}()
		synctest.Wait()
		c.Change(func(w *present.World) { w.Name = "Ade" })
		synctest.Wait()
		stop()
		<-done
		if len(names) != 2 || names[1] != "Ade" {
			t.Errorf("worlds %q", names)
		}
	})
}

func TestFailFailsOnce(t *testing.T) {
	c := Family(Evening)
	boom := errors.New("boom")
	c.Fail(boom)
	if err := c.Lock(context.Background(), present.LockedAsked); !errors.Is(err, boom) {
		t.Errorf("Lock = %v", err)
	}
	if err := c.Lock(context.Background(), present.LockedAsked); err != nil || !c.World().Locked {
		t.Errorf("Lock again = %v", err)
	}
}

func TestDemoPutsTheHomeAsideAndBringsItBack(t *testing.T) {
	c := New(Evening)
	if err := c.Demo(context.Background()); err != nil || !c.World().Demo || len(c.World().Groups) == 0 {
		t.Fatalf("Demo = %v, %+v", err, c.World())
	}
	if err := c.LeaveDemo(context.Background()); err != nil || c.World().Demo || c.World().Started {
		t.Errorf("LeaveDemo = %v, %+v", err, c.World())
	}
}
