package nettest

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
)

// chunks are a file of so many chunks.
func chunks(n int) (all [][]byte) {
	for i := range n {
		all = append(all, Envelope("chunk", i, 5, 7, 60_000))
	}
	return all
}

// TestFileFromTwo: the chunks of a file come from both computers that have them at once, none of them twice, after what was
// written with them; also to a newcomer, who has nothing.
func TestFileFromTwo(t *testing.T) {
	for _, known := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			w, _ := NewMemory(t, 3, 20*time.Millisecond)
			defer w.Close()
			all := chunks(60)
			w.Write(0, "words", 40)
			for i := range 2 {
				w.Devices[i].Shelf.Add(w.Group, all...)
			}
			w.Devices[2].Shelf.Expect(all...)
			if known { // all but the chunks
				w.Write(1, "words", 40)
				w.Write(2, "words", 40)
			}
			w.Up(0, 1)
			w.Await(time.Minute, "the first two level", func() bool { return w.Devices[0].Shelf.Same(w.Group, w.Devices[1].Shelf) })
			was := []int{w.Devices[0].Node.Stats().Sent, w.Devices[1].Node.Stats().Sent}
			w.Up(2)
			w.Await(time.Minute, "all level", func() bool { return w.Level(100) })
			a, b := w.Devices[0].Node.Stats().Sent-was[0], w.Devices[1].Node.Stats().Sent-was[1]
			want := 60
			if !known {
				want = 100
			}
			if a+b != want || a < 10 || b < 10 {
				t.Errorf("known %v: %d from one and %d from the other, want %d together and some from each", known, a, b, want)
			}
		})
	}
}

// TestFileGoesOn: where one of the two is cut off in the middle, the other brings the rest and nothing that has come; where
// both are, it goes on when one is back.
func TestFileGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, air := NewMemory(t, 3, 200*time.Millisecond)
		defer w.Close()
		all := chunks(80)
		for i := range 2 {
			w.Devices[i].Shelf.Add(w.Group, all...)
		}
		to := w.Devices[2].Shelf
		to.Expect(all...)
		w.Up()
		w.Await(time.Minute, "a part", func() bool { return to.Len(w.Group) >= 10 })
		one := w.Devices[0].ID
		air.Cut(func(a, b peer.ID) bool { return a == one || b == one })
		w.Await(time.Minute, "more", func() bool { return to.Len(w.Group) >= 40 })
		air.Cut(func(_, b peer.ID) bool { return true })
		time.Sleep(5 * time.Minute)
		had := to.Len(w.Group)
		if had == 80 {
			t.Fatal("all of it came before it was cut off")
		}
		air.Cut(nil)
		for _, d := range w.Devices {
			d.Node.Wake()
		}
		w.Await(10*time.Minute, "all", func() bool { return to.Len(w.Group) == 80 })
		if twice := w.Devices[0].Node.Stats().Sent + w.Devices[1].Node.Stats().Sent - 80; twice > 16 {
			t.Errorf("%d chunks were sent twice", twice)
		}
	})
}

// TestFileSharesCommits: the chunks of a file come a window at a time, and few commits hold them.
func TestFileSharesCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := NewMemory(t, 2, time.Millisecond)
		defer w.Close()
		all := chunks(200)
		w.Devices[0].Shelf.Add(w.Group, all...)
		to := w.Devices[1].Shelf
		to.Expect(all...)
		to.Slow(2 * time.Millisecond)
		w.Up()
		w.Await(time.Minute, "all of it", func() bool { return to.Len(w.Group) == len(all) })
		if to.Accepts > 20 { // a batch is 18 of them, but for what is on its way when the one before is done
			t.Errorf("%d commits for %d chunks of 60 kB, want at most 20", to.Accepts, len(all))
		}
		t.Logf("%d commits", to.Accepts)
	})
}
