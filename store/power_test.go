package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestF2FiftyOps: the power goes in the middle of each of fifty ops, with any part of what was written since the last sync on the
// disk. What was acknowledged is there, and the device's own chain has neither gap nor fork: the next op takes the next place.
func TestF2FiftyOps(t *testing.T) {
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	talk := h.talk(g, "picnic", "before")
	r := rand.New(rand.NewPCG(2, 50)) //nolint:gosec // chosen for the test
	acked := h.head(g, kp1.CompTeam).seq
	without, with := 0, 0
	for n := range 50 {
		var id kp1.ID
		tr := h.traced(func() { id = h.do(g, thread.Post{Thread: talk, Text: fmt.Sprint(n)}) })
		cuts := tr.cuts(r)
		for _, image := range [][]byte{cuts[0], cuts[r.IntN(len(cuts))], cuts[r.IntN(len(cuts))], cuts[len(cuts)-2], cuts[len(cuts)-1]} {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, fileName), image, 0o600); err != nil {
				t.Fatal(err)
			}
			l, err := Open(dir, h.rest, h.opt)
			if err != nil {
				t.Fatalf("op %d: Open = %v", n, err)
			}
			x := &home{t: t, Ledger: l, dir: dir, rest: h.rest, opt: h.opt}
			at, whole := x.head(g, kp1.CompTeam), l.HasOp(g, id)
			if want := acked; at.seq != want && (!whole || at.seq != want+1) {
				t.Errorf("op %d: %d ops are there, and %d were acknowledged", n, at.seq, acked)
			}
			if whole {
				with++
			} else {
				without++
			}
			x.wholeChain(g)
			if n%10 == 9 {
				next := x.do(g, thread.Post{Thread: talk, Text: "after the power came back"})
				if now := x.head(g, kp1.CompTeam); now.seq != at.seq+1 || now.id != next {
					t.Errorf("op %d: the next op has seq %d after %d", n, now.seq, at.seq)
				}
				x.clean()
			}
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		acked++
	}
	if without < 50 || with < 50 {
		t.Errorf("%d cuts before an op took effect and %d after: that shows little", without, with)
	}
}

// TestF2FirstStart: the power goes while a store is made for the first time. What of it is on the disk has not its name yet: it is
// no store, whatever it holds, and hinders no other.
func TestF2FirstStart(t *testing.T) {
	whole := quickHome(t, "Ada").image()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(2, 1)) //nolint:gosec // chosen for the test
	for n := range 24 {
		part := bytes.Clone(whole)
		if n%4 != 3 { // else whole, without its name
			part = unfinished(r, part, n%4)
		}
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, fileName+".new"), part, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, rest, Options{}); !errors.Is(err, ErrNoStore) {
			t.Fatalf("start %d: Open = %v, want %v", n, err, ErrNoStore)
		}
		l, err := Create(dir, rest, "Ada", Options{})
		if err != nil {
			t.Fatalf("start %d: Create = %v", n, err)
		}
		if rep, err := l.Check(context.Background()); err != nil || len(rep.Bad) > 0 {
			t.Errorf("start %d: Check = %+v, %v", n, rep.Bad, err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 1 || left[0].Name() != fileName {
			t.Errorf("start %d: %d files, %v, want the store alone", n, len(left), err)
		}
	}
}
