package peer_test

import (
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"kith/app/present"
	"kith/store/group"
	"kith/store/kp1"
)

// TestSignedOnceLevel: what is asked for long after anybody was heard waits, unsigned. It is signed by itself once a
// comparison over the network has ended with nothing lacking on either side. All the while the pages know whose
// computer is connected and whose is not.
func TestSignedOnceLevel(t *testing.T) {
	var hours atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(hours.Load()) * time.Hour) }
	ada := serveBy(t, present.Start{Name: "Ada"}, filepath.Join(t.TempDir(), "Ada"), now)
	sue := serveBy(t, present.Start{Name: "Sue"}, filepath.Join(t.TempDir(), "Sue"), now)
	ctx := t.Context()
	g := ada.elmRow(t)
	ada.letIn(t, g, sue, "Sue")
	reached := func(w present.World) bool {
		x := w.Groups[0]
		return w.Net.Peers == 1 && slices.ContainsFunc(x.Devices, func(q present.Device) bool { return q.Member != x.Me && q.Connected })
	}
	ada.until("Sue's computer", reached)
	if err := sue.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	ada.until("that it is off", func(w present.World) bool { return w.Net.Peers == 0 && !reached(w) })
	hours.Store(2)
	id := ada.write(t, g, "while Sue is away")
	if d := ada.World().Groups[0].Has(id); len(d.HasNot) != 1 || len(d.Reached) != 0 {
		t.Errorf("of what Sue's computer, which is off, has not: %+v", d)
	}
	keep := []group.Retention{{Comp: kp1.CompTeam, Days: 30}}
	deed, err := ada.SetPolicy(ctx, g, group.PolicyFields{Retention: &keep})
	if err != nil || !deed.Later {
		t.Fatalf("SetPolicy = %+v, %v, want that it waits", deed, err)
	}
	holds := func(w present.World) bool { return len(w.Groups[0].State.Policy.Retention) == 1 }
	if w := ada.World(); holds(w) || len(w.Groups[0].Asks) != 1 || !w.Groups[0].Asks[0].Later {
		t.Fatalf("it holds %v, asks %+v", holds(w), w.Groups[0].Asks)
	}
	if err := sue.Unlock(ctx, testPassphrase); err != nil {
		t.Fatal(err)
	}
	ada.until("that it is signed", func(w present.World) bool { return holds(w) && len(w.Groups[0].Asks) == 0 })
	sue.until("that it holds", func(w present.World) bool { return len(w.Groups) == 1 && holds(w) })
	ada.until("that Sue's computer has it", func(w present.World) bool { return reached(w) && w.Groups[0].Has(id).Devices == 1 })
}
