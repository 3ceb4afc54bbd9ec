package peer_test

import (
	"testing"

	"kith/app/present"
	"kith/store/care/thread"
)

// TestMembersFindOneAnother: two who were let in by a third learn from her where the other is, and go on without her.
func TestMembersFindOneAnother(t *testing.T) {
	ada, bev, cas := serve(t, "Ada"), serve(t, "Bev"), serve(t, "Cas")
	ctx := t.Context()
	g := ada.elmRow(t)
	for _, p := range []*one{bev, cas} {
		ada.letIn(t, g, p, "somebody")
		p.until("being in", func(w present.World) bool { return len(w.Groups) == 1 && w.Joins[0].Stage == present.JoinApproved })
	}
	bev.until("Cas", func(w present.World) bool { return w.Net.Peers == 2 })
	if err := ada.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	id, err := bev.Propose(ctx, g, thread.New{Title: "without Ada"})
	if err != nil {
		t.Fatal(err)
	}
	cas.until("what Bev wrote", func(w present.World) bool { _, ok := w.Groups[0].Threads().Get(id); return ok })
	bev.until("that Cas has it", func(w present.World) bool { d := w.Groups[0].Delivery(id); return d.Devices == 1 && d.Of == 2 })
}
