package peer_test

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kith/app/present"
	"kith/cmd/internal/verb"
	"kith/store/care/thread"
)

// TestF4RepairFetches: what was damaged on one computer comes back from the other, and then it writes again.
func TestF4RepairFetches(t *testing.T) {
	ada, home := serve(t, "Ada"), filepath.Join(t.TempDir(), "sue")
	ctx := t.Context()
	sue := serveAt(t, "Sue", home)
	g := ada.elmRow(t)
	ada.letIn(t, g, sue, "Sue")
	sue.until("in the group", func(w present.World) bool { return len(w.Groups) == 1 && w.Groups[0].Name == "Elm Row" })
	said, err := sue.Propose(ctx, g, thread.New{Title: "shoes"})
	if err != nil {
		t.Fatal(err)
	}
	ada.until("it arrived", func(w present.World) bool { return w.Groups[0].Delivery(said).Devices == 1 })
	if err := sue.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	spoilLog(t, filepath.Join(home, "store"))
	if err := sue.Unlock(ctx, "plum kettle orbit sand"); err != nil {
		t.Fatal(err)
	}
	all, err := sue.Repair(ctx)
	if err != nil || len(all) != 1 || all[0].Group != g.String() || all[0].Lost == 0 || all[0].Old {
		t.Fatalf("Repair = %+v, %v, want one group with something lost", all, err)
	}
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for tries := 0; ; tries++ { // until the node has heard that the group is back
		_, _ = sue.Sync(ctx, verb.Syncing{For: 5 * time.Second})
		if _, err = sue.Propose(ctx, g, thread.New{Title: "again"}); err == nil {
			break
		}
		if present.Code(err) != "E_REPAIRING" || tries == 200 {
			t.Fatalf("Propose = %v", err)
		}
		<-again.C
	}
	if r, err := sue.Check(ctx); err != nil || len(r.Bad) > 0 {
		t.Errorf("Check = %+v, %v", r, err)
	}
	if n := sue.World().Groups[0].Care.Threads().Len(); n != 2 {
		t.Errorf("sue shows %d threads, want hers and the new one", n)
	}
}

// spoilLog flips a bit in the first entry of the only group's log: the other computer began the group.
func spoilLog(t *testing.T, path string) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Update(func(tx *bbolt.Tx) error {
		groups := tx.Bucket([]byte("groups"))
		name, _ := groups.Cursor().First()
		for _, shelf := range []string{"log", "tail"} {
			b := groups.Bucket(name).Bucket([]byte(shelf))
			k, v := b.Cursor().First()
			if k == nil {
				continue
			}
			v = bytes.Clone(v)
			v[len(v)/2] ^= 1
			return b.Put(bytes.Clone(k), v)
		}
		t.Fatal("no entries")
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
