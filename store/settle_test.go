package store

import (
	"context"
	"errors"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/kp1"
)

// TestT15Keep: what somebody did who was being removed waits, and counts once another says so.
func TestT15Keep(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, cy, dot := homes[0], homes[1], homes[2], homes[3]
	d, err := cy.SetRole(ctx, g, dot.me(g), kp1.RankGuest) // nobody hears of it yet
	must(t, d, err, false)
	d, err = ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	p := must(t, d, err, true)
	meet(t, ada, bev, g)
	d, err = bev.Consent(ctx, g, p)
	out := must(t, d, err, false)
	meet(t, ada, bev, g)
	meet(t, cy, ada, g)
	told := ada.Told(g)
	if len(told.Shut) != 1 || told.Shut[0].Op != out || told.Shut[0].Member != cy.me(g) {
		t.Errorf("Told().Shut = %+v, want Cy's removal", told.Shut)
	}
	if len(told.Matters) == 0 || told.Matters[0].Kind != group.Waiting {
		t.Fatalf("Told().Matters = %+v, want what Cy did to wait", told.Matters)
	}
	if _, err := ada.Keep(ctx, g, p); !errors.Is(err, ErrNoMatter) {
		t.Errorf("Keep of what is no matter = %v, want ErrNoMatter", err)
	}
	d, err = ada.Keep(ctx, g, told.Matters[0].Op)
	must(t, d, err, false)
	if r, _ := ada.rankOf(g, dot.me(g)); r != kp1.RankGuest {
		t.Errorf("Dot has rank %d after it was let stand, want a guest's", r)
	}
	for _, m := range ada.Told(g).Matters { // what Cy did stands now, and can be put right by somebody who is in
		if m.Kind == group.Waiting && m.Op == told.Matters[0].Op {
			t.Errorf("it waits still: %+v", m)
		}
	}
}

// TestT26Late: what somebody wrote who was removed meanwhile is told of, by person, and shown when somebody says so.
func TestT26Late(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	mustThread(t, cy, g, cy.do(g, thread.New{Title: "known"}))
	levelAll(t, g, homes)
	late := cy.do(g, thread.New{Title: "from before"})
	d, err := ada.Remove(ctx, g, cy.me(g), ReasonUnsaid)
	must(t, d, err, false)
	if hidden, err := ada.Late(g); err != nil || len(hidden) != 0 {
		t.Errorf("Late = %+v, %v before anything came", hidden, err)
	}
	meet(t, cy, ada, g)
	hidden, err := ada.Late(g)
	if err != nil || len(hidden) != 1 || hidden[0].Member != cy.me(g) || len(hidden[0].Ops) != 1 || hidden[0].Ops[0] != late {
		t.Fatalf("Late = %+v, %v, want the one thing that Cy wrote", hidden, err)
	}
	d, err = ada.AdmitLate(ctx, g, hidden[0].Ops)
	must(t, d, err, false)
	meet(t, ada, bev, g)
	mustThread(t, ada, g, late)
	mustThread(t, bev, g, late)
	if hidden, err = ada.Late(g); err != nil || len(hidden) != 0 {
		t.Errorf("Late = %+v, %v after it was shown", hidden, err)
	}
}

// TestT18DoneBy: after a computer is out, people see what was done with it.
func TestT18DoneBy(t *testing.T) {
	ctx := context.Background()
	g, homes := threeAdmins(t)
	ada, bev, dot := homes[0], homes[1], homes[3]
	bev.do(g, thread.New{Title: "one"})
	d, err := bev.Remove(ctx, g, dot.me(g), ReasonUnsaid)
	out := must(t, d, err, false)
	tend(t, g, homes)
	device := bev.View().Group(g).Device
	d, err = ada.Revoke(ctx, g, device)
	if p := must(t, d, err, d.Proposed); d.Proposed {
		levelAll(t, g, homes)
		d, err = homes[2].Consent(ctx, g, p)
		must(t, d, err, false)
	}
	levelAll(t, g, []*home{ada, homes[2]})
	done, err := ada.DoneBy(g, device)
	if err != nil || done.Wrote == 0 || done.Last.IsZero() {
		t.Fatalf("DoneBy = %+v, %v, want what Bev wrote", done, err)
	}
	last := done.Acts[len(done.Acts)-1]
	if last.Op != out || last.Type != group.TypeRemove || last.Member != dot.me(g) {
		t.Errorf("the last act is %+v, want Dot's removal", last)
	}
	if told := ada.Told(g); len(told.Shut) != 2 || len(told.Shut[1].Devices) != 1 || told.Shut[1].Devices[0] != device {
		t.Errorf("Told().Shut = %+v, want Dot and the computer", told.Shut)
	}
	if del := ada.Delivery(g, ada.Told(g).Shut[0].Op); !del.Stored || del.Of == 0 {
		t.Errorf("nobody can tell who heard of a removal: %+v", del)
	}
}
