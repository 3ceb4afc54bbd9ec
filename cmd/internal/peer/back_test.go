package peer_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/kp1"
)

// TestT18WayBackOverTheNetwork: who leads alone has lost the one computer there was. A member makes a way back, a new
// computer with nothing but the twelve words asks on it, and its person leads again.
func TestT18WayBackOverTheNetwork(t *testing.T) {
	ada, sue := serve(t, "Ada"), serve(t, "Sue")
	ctx := t.Context()
	g := ada.elmRow(t)
	ada.letIn(t, g, sue, "Sue")
	me := ada.World().Groups[0].Me
	before := sue.write(t, g, "before")
	words, err := ada.Recovery(ctx, testPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	if err := ada.Lock(ctx, present.LockedAsked); err != nil { // for ever
		t.Fatal(err)
	}
	if _, err := sue.Invite(ctx, g, present.InviteAsk{Rank: kp1.RankMember, History: "all"}); present.Code(err) != "E_NOT_ALLOWED" {
		t.Errorf("a member's invite = %v, want E_NOT_ALLOWED", err)
	}
	way, err := sue.Invite(ctx, g, present.InviteAsk{Back: true})
	if err != nil {
		t.Fatal(err)
	}
	again := serveBy(t, present.Start{Name: "Ada", Words: strings.Join(words[:], " ")}, filepath.Join(t.TempDir(), "anew"), time.Now)
	if _, err := again.Join(ctx, way.Link, "Ada"); err != nil {
		t.Fatal(err)
	}
	w := sue.until("the request", func(w present.World) bool { return len(w.Groups[0].Requests) == 1 })
	if r := w.Groups[0].Requests[0]; !r.Back || r.Member != me {
		t.Fatalf("request = %+v, want that of Ada, who is in", r)
	}
	if _, err := sue.Approve(ctx, g, w.Groups[0].Requests[0].ID, present.Approval{Verified: present.VerifiedVoice}); err != nil {
		t.Fatal(err)
	}
	again.until("being back", func(w present.World) bool { return len(w.Groups) == 1 && w.Groups[0].Me == me })
	again.reads(before)
	if m, _ := again.World().Groups[0].State.Member(me); m.Rank != kp1.RankAdmin {
		t.Errorf("back with rank %d", m.Rank)
	}
}
