package network

import (
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"

	"kith/network/reconcile"
)

// TestHush: what a device says is gone is left out for that device in that group, for a day; and no more is kept in mind
// than there is room for.
func TestHush(t *testing.T) {
	now := time.Unix(1_795_000_000, 0)
	h := newHush(func() time.Time { return now })
	item := func(n int) reconcile.Item {
		return reconcile.Item{ID: reconcile.ID{byte(n), byte(n >> 8), byte(n >> 16)}}
	}
	a, b, g := peer.ID("a"), peer.ID("b"), GroupID{1}
	h.note(a, g, []reconcile.Item{item(1), item(2)})
	h.note(a, g, []reconcile.Item{item(2)})
	if n := len(h.items(a, g)); n != 2 || h.n != 2 {
		t.Errorf("%d items, %d counted, want 2", n, h.n)
	}
	if len(h.items(b, g)) != 0 || len(h.items(a, GroupID{2})) != 0 {
		t.Error("what one device said in one group is believed of others")
	}
	now = now.Add(hushTime)
	if n := len(h.items(a, g)); n != 0 || h.n != 0 {
		t.Errorf("%d items after a day, %d counted", n, h.n)
	}
	for i := range hushMost {
		h.note(b, g, []reconcile.Item{item(i)})
	}
	if n := len(h.items(b, g)); n != hushMost {
		t.Errorf("%d items, want %d", n, hushMost)
	}
	if h.note(b, g, []reconcile.Item{item(hushMost)}); h.n != 1 || len(h.items(b, g)) != 1 {
		t.Errorf("%d counted beyond the limit, want all forgotten but the last", h.n)
	}
}
