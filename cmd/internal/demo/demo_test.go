package demo

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kith/app/present"
	"kith/cmd/internal/peer"
)

var _ present.Core = (*Core)(nil)

func TestLookAroundAndLeave(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	c := New(peer.New(filepath.Join(t.TempDir(), "home"), peer.Options{}))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	worlds := make(chan present.World, 256)
	go func() {
		for w := range c.Worlds(ctx) {
			worlds <- w
		}
		close(worlds)
	}()
	see := func(what string, ok func(present.World) bool) {
		t.Helper()
		for w := range worlds {
			if ok(w) {
				return
			}
		}
		t.Fatalf("never: %s", what)
	}
	see("an empty home", func(w present.World) bool { return !w.Started && !w.Demo })
	if err := c.Demo(ctx); err != nil {
		t.Fatal(err)
	}
	see("two homes can have Mia", func(w present.World) bool {
		if !w.Demo || len(w.Groups) != 1 || len(w.Groups[0].State.Members) != len(cast) {
			return false
		}
		for _, s := range w.Groups[0].Sleepovers() {
			if len(s.Offers) == 2 {
				return true
			}
		}
		return false
	})
	if err := c.LeaveDemo(ctx); err != nil {
		t.Fatal(err)
	}
	see("the empty home again", func(w present.World) bool { return !w.Started && !w.Demo })
	left, err := os.ReadDir(scratch)
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// Who locks while the made-up families are still on their way finds nothing of them later: not in the window, not on the
// disk.
func TestLeftWhileLoading(t *testing.T) {
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	c := New(peer.New(filepath.Join(t.TempDir(), "home"), peer.Options{}))
	ended := make(chan error, 1)
	go func() { ended <- c.Demo(t.Context()) }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for w := range c.Worlds(ctx) {
		if w.Loading {
			break
		}
	}
	if err := c.Lock(ctx, present.LockedAsked); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Demo that was left = %v, want nil", err)
	}
	for w := range c.Worlds(ctx) {
		if w.Demo || w.Loading {
			t.Errorf("after it was left: demo %v, loading %v", w.Demo, w.Loading)
		}
		break
	}
	if left, err := os.ReadDir(scratch); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
