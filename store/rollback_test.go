package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kith/store/care/thread"
	"kith/store/group"
	"kith/store/invite"
	"kith/store/kp1"
)

// image is the bytes of a home's store, closed while they are read.
func (h *home) image() []byte {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(h.dir, fileName))
	if err != nil {
		h.t.Fatal(err)
	}
	h.open()
	return b
}

func (h *home) open() {
	h.t.Helper()
	var err error
	if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
		h.t.Fatal(err)
	}
}

// putBack closes the store and puts an older one in its place.
func (h *home) putBack(image []byte) {
	h.t.Helper()
	if err := h.Close(); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.dir, fileName), image, 0o600); err != nil {
		h.t.Fatal(err)
	}
	h.open()
}

func (h *home) marked() [32]byte {
	h.t.Helper()
	m, _, err := h.Mark()
	if err != nil {
		h.t.Fatal(err)
	}
	return m
}

func (h *home) believe(m [32]byte) bool {
	h.t.Helper()
	old, err := h.Believe(m)
	if err != nil {
		h.t.Fatal(err)
	}
	return old
}

// refuses fails unless nothing of one's own can be written, of whatever sort.
func (h *home) refuses(g kp1.GID) {
	h.t.Helper()
	ctx := context.Background()
	if _, err := h.Propose(ctx, g, Draft{Act: thread.New{Title: "again"}, Comp: kp1.CompTeam}); !errors.Is(err, ErrOldCopy) {
		h.t.Errorf("%s proposed: %v, want ErrOldCopy", h.Name(), err)
	}
	if _, err := h.Leave(ctx, g); !errors.Is(err, ErrOldCopy) {
		h.t.Errorf("%s left: %v, want ErrOldCopy", h.Name(), err)
	}
	if !h.Old(g) {
		h.t.Errorf("%s does not say that it is old", h.Name())
	}
}

// TestT31RolledBackStoreWritesNothing: an image put back is known by the mark that was given out, reads on, and never
// writes under its old device again. Nobody finds two ops in one place.
func TestT31RolledBackStoreWritesNothing(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev := homes[0], homes[1]
	th := bev.talk(g, "kept", "one")
	bev.marked()
	image := bev.image()
	if bev.believe(bev.marked()) {
		t.Error("a store is old by its own mark")
	}
	bev.do(g, thread.New{Title: "written later"})
	levelAll(t, g, homes)
	later := bev.marked()

	bev.putBack(image)
	if !bev.believe(later) {
		t.Fatal("an older store was believed")
	}
	mustThread(t, bev, g, th)
	bev.refuses(g)
	bev.again()
	bev.refuses(g)
	if bev.believe(bev.marked()) { // its own new mark makes it no younger
		t.Error("old by its own mark")
	}
	bev.refuses(g)
	levelAll(t, g, homes)
	bev.refuses(g)
	bev.clean()
	for _, h := range homes {
		if n := h.evidence(g); n != 0 {
			t.Errorf("%s holds %d forks and evidence", h.Name(), n)
		}
	}

	// Let in anew, the person writes as another device.
	was := bev.deviceOf(g)
	d, err := ada.Remove(ctx, g, bev.me(g), ReasonUnsaid)
	must(t, d, err, false)
	j, pub := ask(t, ada, bev, g, invite.Terms{Rank: kp1.RankMember, History: group.HistoryAll})
	answer(t, ada, bev, g, j, pub)
	post(t, ada, bev, j, pub)
	tend(t, g, homes)
	bev.settle()
	tend(t, g, homes)
	if bev.deviceOf(g) == was || bev.Old(g) {
		t.Fatal("still the old device")
	}
	id := bev.do(g, thread.New{Title: "here again"})
	levelAll(t, g, homes)
	mustThread(t, ada, g, id)
}

// TestT31NewerStoreIsBelieved: what was written after the last mark, and a crash before the mark was kept, is no rollback.
func TestT31NewerStoreIsBelieved(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	bev := homes[1]
	first := bev.marked()
	for range 3 {
		bev.do(g, thread.New{Title: "more"})
		bev.marked() // given out, and lost on its way
	}
	bev.do(g, thread.New{Title: "and more"})
	bev.again()
	if bev.believe(first) {
		t.Error("a store ahead of the mark was taken for an old one")
	}
	bev.do(g, thread.New{Title: "goes on"})
	if _, fresh, err := bev.Mark(); err != nil || !fresh {
		t.Errorf("Mark after writing = fresh %v, %v", fresh, err)
	}
	if _, fresh, err := bev.Mark(); err != nil || fresh {
		t.Errorf("Mark once more = fresh %v, %v", fresh, err)
	}
}

// TestT31RolledBackWithItsKeychain: without a mark to compare, the first op of its own that comes from somebody else says it.
func TestT31RolledBackWithItsKeychain(t *testing.T) {
	for _, c := range []struct {
		name  string
		write func(h *home, g kp1.GID)
	}{
		{"a message", func(h *home, g kp1.GID) { h.do(g, thread.New{Title: "later"}) }},
		{"an act about who belongs", func(h *home, g kp1.GID) {
			d, err := h.SetRole(context.Background(), g, h.other(g), kp1.RankGuest)
			must(h.t.(*testing.T), d, err, false)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, homes := team(t, "Ada", "Bev", "Cy")
			ada := homes[0]
			ada.t = t
			image := ada.image()
			c.write(ada, g)
			levelAll(t, g, homes)
			ada.putBack(image)
			if ada.Old(g) {
				t.Fatal("old before anybody said so")
			}
			levelAll(t, g, homes)
			ada.refuses(g)
			ada.again()
			ada.refuses(g)
			ada.clean()
			for _, h := range homes {
				if n := h.evidence(g); n != 0 {
					t.Errorf("%s holds %d forks and evidence", h.Name(), n)
				}
			}
		})
	}
}

// other is a member who is not h.
func (h *home) other(g kp1.GID) kp1.MID {
	for _, m := range h.View().Group(g).State.Members {
		if m.ID != h.me(g) {
			return m.ID
		}
	}
	return kp1.MID{}
}

// TestMarksAreBounded: the oldest of as many marks as are remembered is known, the one before it is not.
func TestMarksAreBounded(t *testing.T) {
	g, homes := team(t, "Ada")
	ada := homes[0]
	var all [][32]byte
	for range maxMarks + 1 {
		ada.do(g, thread.New{Title: "one more"})
		all = append(all, ada.marked())
	}
	ada.do(g, thread.New{Title: "the last"})
	if ada.believe(all[1]) {
		t.Errorf("mark %d from the end was forgotten", maxMarks)
	}
	if !ada.believe(all[0]) {
		t.Error("more marks are remembered than there should be")
	}
}
