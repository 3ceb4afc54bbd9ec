package store

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"kith/store/care/people"
	"kith/store/kp1"
)

// TestLogMoves: entries filed one by one or in a heap are all there in their order, also after a restart, wherever the
// tail stands; and the pages they end up in are full.
func TestLogMoves(t *testing.T) {
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	profile := func(n int) Draft { return Draft{Act: people.Profile{Name: fmt.Sprint("Ada ", n)}} }
	for n := range 5*tailMost + 3 {
		h.do(g, profile(n).Act)
	}
	for _, heap := range []int{tailMost - 2, 1, 2 * tailMost, 2} {
		var ds []Draft
		for n := range heap {
			ds = append(ds, profile(n))
		}
		if _, err := h.Propose(context.Background(), g, ds...); err != nil {
			t.Fatal(err)
		}
	}
	before := h.all(g)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		t.Fatal(err)
	}
	if got := h.all(g); !slices.EqualFunc(got, before, slices.Equal) || uint64(len(got)) != h.View().Group(g).Filed {
		t.Errorf("%d envelopes after a restart, want the same %d", len(got), len(before))
	}
	h.clean()
	if err := h.view(func(t tx) error {
		log, err := h.groups[g].openLog(t, false)
		if err != nil {
			return err
		}
		var numbers []uint64
		if err := log.each(0, func(n uint64, _ []byte) (bool, error) { numbers = append(numbers, n); return true, nil }); err != nil {
			return err
		}
		for i, n := range numbers {
			if n != uint64(i+1) { //nolint:gosec // a count
				return fmt.Errorf("entry %d stands at %d", n, i+1)
			}
		}
		s := log.pages.b.Stats()
		if s.LeafInuse*100 < s.LeafAlloc*85 {
			return fmt.Errorf("%d pages of the log hold %d bytes, want them full", s.LeafPageN, s.LeafInuse)
		}
		if tail := log.tail.b.Stats().KeyN; tail >= tailMost {
			return fmt.Errorf("%d entries in the tail, want fewer than %d", tail, tailMost)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// TestLogEmpties: a number stays taken wherever its entry lies, and nothing is found under it any more.
func TestLogEmpties(t *testing.T) {
	h := quickHome(t, "Ada")
	g := h.found("Ada")
	for range tailMost + 4 {
		h.do(g, people.Profile{Name: "Ada"})
	}
	x := h.groups[g]
	last := x.next - 1
	if err := h.change(func(t tx) error {
		b, err := x.batch(t, kp1.DID{})
		if err != nil {
			return err
		}
		for _, n := range []uint64{2, last} {
			if err := b.log.empty(n); err != nil {
				return err
			}
			if _, ok, err := b.log.get(n); ok || err != nil {
				return fmt.Errorf("entry %d is there still: %w", n, err)
			}
			if _, err := b.log.must(n); err == nil {
				return fmt.Errorf("entry %d is there when it must be", n)
			}
		}
		if got, err := b.log.last(); got != last || err != nil {
			return fmt.Errorf("last = %d, %w, want %d", got, err, last)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
