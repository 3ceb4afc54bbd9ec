package present

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"
)

// streams is a Core of which only Worlds is used.
type streams struct {
	Core
	worlds chan World
}

func (s streams) Worlds(ctx context.Context) iter.Seq[World] {
	return func(yield func(World) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case w := <-s.worlds:
				if !yield(w) {
					return
				}
			}
		}
	}
}

func TestServeFollowsTheWorldsAndTheMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		core := streams{worlds: make(chan World)}
		d := NewDesk(core, Options{})
		made := 0
		m := NewModel(d, func(w World, now time.Time) string { made++; return w.Name + now.Format(" 15:04") })
		var shown []string
		cancel := m.Subscribe(func(s string) { shown = append(shown, s) })
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- d.Serve(ctx) }()
		core.worlds <- World{Name: "Ade"}
		synctest.Wait()
		time.Sleep(time.Minute)
		synctest.Wait()
		start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(d.Zone())
		want := []string{" " + start.Format("15:04"), "Ade " + start.Format("15:04"), "Ade " + start.Add(time.Minute).Format("15:04")}
		if len(shown) != 3 || shown[0] != want[0] || shown[1] != want[1] || shown[2] != want[2] {
			t.Errorf("shown %q, want %q", shown, want)
		}
		cancel()
		before := made
		core.worlds <- World{Name: "Tom"}
		synctest.Wait()
		if made != before {
			t.Error("a state was made that nobody looks at")
		}
		if got := m.State(); got[:3] != "Tom" {
			t.Errorf("State after the last subscriber left = %q, want the newest", got)
		}
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve = %v", err)
		}
	})
}

func TestServeWaitsForWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(streams{worlds: make(chan World)}, Options{})
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { _ = d.Serve(ctx); close(done) }()
		ended := false
		d.Do(func(ctx context.Context) { <-ctx.Done(); time.Sleep(time.Second); ended = true })
		synctest.Wait()
		stop()
		<-done
		if !ended {
			t.Error("Serve came back before the work had ended")
		}
	})
}

func TestABurstIsDrawnOnce(t *testing.T) {
	var queue []func()
	d := NewDesk(nil, Options{Dispatch: func(f func()) { queue = append(queue, f) }})
	m := NewModel(d, func(w World, _ time.Time) string { return w.Name })
	var shown []string
	m.Subscribe(func(s string) { shown = append(shown, s) })
	for _, n := range []string{"a", "b", "c"} {
		d.Take(World{Name: n})
	}
	if len(queue) != 1 {
		t.Fatalf("%d drawings queued, want 1", len(queue))
	}
	queue[0]()
	d.Take(World{Name: "c"})
	if len(queue) != 1 {
		t.Error("the same state was drawn again")
	}
	if len(shown) != 2 || shown[1] != "c" {
		t.Errorf("shown %q, want the first and the newest", shown)
	}
	d.Take(World{Name: "d"})
	if len(queue) != 2 {
		t.Error("nothing is drawn after a drawing")
	}
}

func TestChangeRunsUnderTheLockAndDrawsAtOnce(t *testing.T) {
	d := NewDesk(nil, Options{})
	n := 0
	m := NewModel(d, func(World, time.Time) int { return n })
	last := -1
	cancel := m.Subscribe(func(v int) {
		last = v
		_ = m.State() // a drawing may look again
	})
	m.Change(func() { n = 7 })
	if last != 7 {
		t.Errorf("drawn %d, want 7", last)
	}
	cancel()
	m.Change(func() { n = 8 })
	if last != 7 || m.State() != 8 {
		t.Errorf("after leaving: drawn %d, state %d", last, m.State())
	}
}

func TestDraftsOutliveTheirPage(t *testing.T) {
	d := NewDesk(nil, Options{})
	d.KeepDraft("a", "half a sentence")
	if got := d.Draft("a"); got != "half a sentence" {
		t.Errorf("Draft = %v", got)
	}
	d.KeepDraft("a", nil)
	if got := d.Draft("a"); got != nil {
		t.Errorf("Draft after it was sent = %v", got)
	}
}
