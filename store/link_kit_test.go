package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"kith/store/kp1"
	"kith/store/link"
)

// hear is a stream between who takes a code and who made it, in memory: what passes a knock with the right key.
func hear(from, to *home, key [32]byte) func([]byte) ([]byte, error) {
	return func(turn []byte) ([]byte, error) { return to.LinkHear(context.Background(), key, from.peer, turn) }
}

// talkOnce is one visit of old at fresh.
func talkOnce(old, fresh *home, id link.ID) error {
	for _, v := range old.LinkVisits() {
		if v.ID == id {
			return old.LinkTalk(context.Background(), id, old.peer, fresh.peer, testAddrs, hear(old, fresh, v.Key))
		}
	}
	return nil
}

// visit is talkOnce that has to succeed.
func visit(t testing.TB, old, fresh *home, id link.ID) {
	t.Helper()
	if err := talkOnce(old, fresh, id); err != nil {
		t.Fatal(err)
	}
}

// linkOf finds a link.
func (h *home) linkOf(id link.ID) Link {
	h.t.Helper()
	for _, x := range h.View().Links {
		if x.ID == id {
			return x
		}
	}
	h.t.Fatalf("%s: no link %s", h.Name(), id)
	return Link{}
}

// show makes a code and its text.
func (h *home) show() (Link, string) {
	h.t.Helper()
	x, err := h.ShowLink(context.Background(), h.peer, false)
	if err != nil {
		h.t.Fatal(err)
	}
	return x, h.textOf(x)
}

func (h *home) textOf(x Link) string {
	h.t.Helper()
	kind := link.Second
	if x.Back {
		kind = link.Back
	}
	text, err := link.Text{Kind: kind, Hash: x.Hash, Addrs: []string{testAddrs[0] + "/p2p/x"}, Expires: uint64(x.Until.Unix())}.Encode()
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}

// take takes a code.
func (h *home) take(text string, only ...kp1.GID) Link {
	h.t.Helper()
	x, err := h.TakeLink(context.Background(), LinkCode{Text: text, Only: only})
	if err != nil {
		h.t.Fatal(err)
	}
	return x
}

// same says that the words are the same.
func (h *home) same(id link.ID) {
	h.t.Helper()
	if _, err := h.SameWords(context.Background(), id, true); err != nil {
		h.t.Fatal(err)
	}
}

// second is a computer of the same person, linked with every group of old.
func second(t testing.TB, old *home, name string) *home {
	t.Helper()
	fresh := quickHome(t, name)
	_, text := fresh.show()
	id := old.take(text).ID
	linkThrough(t, old, fresh, id)
	return fresh
}

// linkThrough compares the words and lets the new computer in.
func linkThrough(t testing.TB, old, fresh *home, id link.ID) {
	t.Helper()
	visit(t, old, fresh, id)
	a, b := old.linkOf(id), fresh.linkOf(id)
	if len(a.Words) != 4 || !sameWords(a.Words, b.Words) {
		t.Fatalf("words %q and %q, want the same four", a.Words, b.Words)
	}
	old.same(id)
	fresh.same(id)
	visit(t, old, fresh, id)
	for _, g := range fresh.linkOf(id).Groups {
		if g.State == LinkComing {
			meet(t, old, fresh, g.ID)
		}
	}
	fresh.settle()
}

func sameWords(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// peerOf is a made-up PeerID.
func peerOf(name string) []byte {
	sum := sha256.Sum256([]byte(name))
	return append([]byte{0x12, 0x20}, sum[:]...)
}

func wantErr(t testing.TB, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
