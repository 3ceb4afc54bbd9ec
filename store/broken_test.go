package store

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"kith/store/care/thread"
	"kith/store/keyring"
	"kith/store/kp1"
)

// spoil flips a bit in the middle record of one shelf of a group of a closed store.
func spoil(t *testing.T, h *home, g kp1.GID, shelf string) {
	t.Helper()
	edit(t, filepath.Join(h.dir, fileName), func(t tx) error {
		own := t.Bucket([]byte(shelfGroups)).Bucket(h.rest.Name("group", g[:]))
		b := own.Bucket([]byte(shelf))
		for _, tier := range []string{shelf + "1", shelf + "2"} { // of an index whose newest tier was emptied just now
			if k, _ := b.Cursor().First(); k == nil {
				b = own.Bucket([]byte(tier))
			}
		}
		n, keys := 0, [][]byte{}
		_ = b.ForEach(func(k, v []byte) error { n++; keys = append(keys, bytes.Clone(k)); return nil })
		k := keys[n/2]
		v := bytes.Clone(b.Get(k))
		v[len(v)/2] ^= 1
		return b.Put(k, v)
	}, h)
}

// TestF4OthersStayUsable: damage to one group leaves every other as it was, and is told by the group's own name.
func TestF4OthersStayUsable(t *testing.T) {
	for _, c := range []struct {
		shelf string
		named bool // the group can still be told by name
	}{{shelfSelf, false}, {shelfAuth, true}, {shelfKeys, true}} {
		t.Run(c.shelf, func(t *testing.T) {
			h := quickHome(t, "Ada")
			bad, good := h.found("Ada"), h.found("Ada")
			h.talk(bad, "lost", "one")
			h.talk(good, "kept", "two")
			want, err := h.Fingerprint(good)
			if err != nil {
				t.Fatal(err)
			}
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			spoil(t, h, bad, c.shelf)
			if h.Ledger, err = Open(h.dir, h.rest, h.opt); err != nil {
				t.Fatalf("Open = %v, want the other group", err)
			}
			v := h.View()
			if len(v.Groups) != 1 || v.Groups[0].ID != good {
				t.Fatalf("groups = %+v, want the good one alone", v.Groups)
			}
			if got, err := h.Fingerprint(good); err != nil || got != want {
				t.Errorf("the good one shows %s, %v, want %s", got.Short(), err, want.Short())
			}
			h.do(good, thread.New{Title: "more"})
			b := v.Broken
			if len(b) != 1 || !errors.Is(b[0].Err, ErrDamaged) || (b[0].Group == bad) != c.named || (b[0].Name == "Elm Row") != c.named {
				t.Errorf("broken = %+v, want one, named %v", b, c.named)
			}
			if _, err := h.Propose(context.Background(), bad, Draft{Act: thread.New{Title: "x"}, Comp: kp1.CompTeam}); !errors.Is(err, ErrNoGroup) {
				t.Errorf("Propose into the broken one = %v", err)
			}
			r, err := h.Check(context.Background())
			if err != nil || len(r.Bad) < 2 || r.Ops == 0 {
				t.Errorf("Check = %+v, %v, want the group and its record, and the ops of the other", r, err)
			}
			named := false
			for _, f := range r.Bad {
				named = named || strings.HasPrefix(f.Where, c.shelf+" record")
				if f.Group == good {
					t.Errorf("Check finds %s bad in the good group: %v", f.Where, f.Err)
				}
			}
			if !named {
				t.Errorf("Check names no record of %s: %+v", c.shelf, r.Bad)
			}
		})
	}
}

// TestF4WrongKeyIsNotDamage: a store that is being locked calls no group broken.
func TestF4WrongKeyIsNotDamage(t *testing.T) {
	h := crashHome(t, "Ada")
	h.found("Ada")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	h.rest.Forget()
	if l, err := Open(h.dir, h.rest, h.opt); !errors.Is(err, keyring.ErrLocked) {
		t.Errorf("Open = %v, %v, want ErrLocked", l, err)
	}
}

// TestF4JoinAnew: whoever is taken out and invited again gets the broken group back from the others, and what was
// damaged is kept.
func TestF4JoinAnew(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	ada.talk(g, "picnic", "at eleven")
	other := bev.found("Bev")
	meet(t, ada, bev, g)
	me := bev.View().Group(g).Me
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, bev, g, shelfAuth)
	var err error
	if bev.Ledger, err = Open(bev.dir, bev.rest, bev.opt); err != nil {
		t.Fatal(err)
	}
	if _, err := ada.Remove(context.Background(), g, me, ReasonUnsaid); err != nil {
		t.Fatal(err)
	}
	joinVia(t, ada, bev, g, asMember)
	for range 2 {
		bev.again()
		v := bev.View()
		if len(v.Broken) != 0 || len(v.Groups) != 2 {
			t.Fatalf("groups = %d, broken = %+v, want two and none", len(v.Groups), v.Broken)
		}
	}
	want, _ := ada.Fingerprint(g)
	if got, err := bev.Fingerprint(g); err != nil || got != want {
		t.Errorf("shows %s, %v, want %s as the others do", got.Short(), err, want.Short())
	}
	bev.do(other, thread.New{Title: "mine"})
	bev.clean()
	if err := bev.view(func(t tx) error {
		aside, err := t.top(shelfAside, false)
		if err == nil && (aside.b == nil || aside.b.Bucket(bev.rest.Name("group", g[:])) == nil) {
			err = errors.New("what was damaged is gone")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}
