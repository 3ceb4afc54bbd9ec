package store

import (
	"errors"
	"testing"
	"time"

	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// TestEnd: a group that nobody else is in can be ended, and nothing of it is left; while somebody else is in it can not.
func TestEnd(t *testing.T) {
	ctx := t.Context()
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	if _, err := ada.Leave(ctx, g); !errors.Is(err, group.ErrLastAdmin) {
		t.Errorf("Leave(the only one who leads) = %v, want ErrLastAdmin", err)
	}
	if err := ada.End(ctx, g); !errors.Is(err, ErrNotAlone) {
		t.Errorf("End(with Bev in) = %v, want ErrNotAlone", err)
	}
	if _, err := bev.Leave(ctx, g); err != nil {
		t.Fatal(err)
	}
	levelAll(t, g, homes)
	if _, err := ada.Leave(ctx, g); !errors.Is(err, ErrAlone) {
		t.Errorf("Leave(alone) = %v, want ErrAlone", err)
	}
	if _, err := ada.Invite(ctx, g, invite.Terms{Rank: kp1.RankMember, For: time.Hour}, nil, "Oak"); err != nil {
		t.Fatal(err)
	}
	if err := ada.End(ctx, g); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and after the store was opened again
		if v := ada.View(); len(v.Groups) != 0 || ada.BoxesOpen() {
			t.Errorf("after End: %d groups, boxes open: %v", len(v.Groups), ada.BoxesOpen())
		}
		if ada.Erased().IsZero() {
			t.Error("the file is not to be written anew")
		}
		if r, err := ada.Check(ctx); err != nil || len(r.Bad) != 0 {
			t.Errorf("Check = %+v, %v", r.Bad, err)
		}
		ada.again()
	}
	if err := ada.End(ctx, g); !errors.Is(err, ErrNoGroup) {
		t.Errorf("End(again) = %v, want ErrNoGroup", err)
	}
}
