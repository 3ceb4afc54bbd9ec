package store

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"kith/store/care/erase"
	"kith/store/care/thread"
	"kith/store/kp1"
	"kith/store/op"
)

// mended repairs a store and says what became of its one group.
func (h *home) mended() Repaired {
	h.t.Helper()
	out, err := h.Repair(context.Background())
	if err != nil || len(out) != 1 {
		h.t.Fatalf("Repair = %+v, %v, want one group", out, err)
	}
	return out[0]
}

// TestF4Repair: a damaged record of any sort is repaired. What was in it comes back from the others, and until then
// nothing is written that could stand in its place.
func TestF4Repair(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	ada.talk(g, "picnic", "at eleven", "by the gate")
	for range 6 {
		bev.talk(g, "shoes", "size four", "or five")
	}
	meet(t, ada, bev, g)
	bev.talk(g, "coats", "warm")
	meet(t, ada, bev, g)
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readStore(t, bev)
	want, err := ada.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, shelf := range []string{shelfLog, shelfTail, shelfIDs, shelfOps, shelfAuth, shelfKeys, shelfHeld, shelfFold} {
		t.Run(shelf, func(t *testing.T) {
			bev.t = t
			if err := os.WriteFile(filepath.Join(bev.dir, fileName), whole, 0o600); err != nil {
				t.Fatal(err)
			}
			spoil(t, bev, g, shelf)
			bev.open()
			defer func() { _ = bev.Close() }()
			r := bev.mended()
			if r.Group != g || r.Err != nil || r.Old || r.Kept == 0 || (r.Lost > 0) != (shelf == shelfLog || shelf == shelfTail) {
				t.Fatalf("repaired %+v, want something lost of the log and its tail alone", r)
			}
			bev.again()
			bev.clean()
			if v := bev.View(); len(v.Broken) > 0 || v.Group(g).Absent != r.Lost {
				t.Errorf("broken = %+v, absent = %d", v.Broken, v.Group(g).Absent)
			}
			if r.Lost > 0 {
				if _, err := bev.Propose(ctx, g, Draft{Act: thread.New{Title: "mine"}, Comp: kp1.CompTeam}); !errors.Is(err, ErrRepairing) {
					t.Errorf("Propose = %v, want ErrRepairing", err)
				}
			}
			meet(t, ada, bev, g)
			if bev.View().Group(g).Absent != 0 || bev.Old(g) {
				t.Fatalf("absent %d, old %v after meeting another", bev.View().Group(g).Absent, bev.Old(g))
			}
			bev.again()
			if got, err := bev.Fingerprint(g); got != want || err != nil {
				t.Errorf("shows %s, %v, want %s as the other does", got.Short(), err, want.Short())
			}
			bev.do(g, thread.New{Title: "again"}) // and the other never hears of it: the next case begins before it
			bev.clean()
		})
	}
}

// TestF4RepairNobodyHasIt: what only this computer had, and lost, never comes back, and it writes nothing in its place.
func TestF4RepairNobodyHasIt(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	last := bev.do(g, thread.New{Title: "never sent"})
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(bev.dir, fileName), func(t tx) error {
		b := t.Bucket([]byte(shelfGroups)).Bucket(bev.rest.Name("group", g[:])).Bucket([]byte(shelfTail))
		k, v := b.Cursor().Last()
		v = bytes.Clone(v)
		v[len(v)-1] ^= 1
		return b.Put(bytes.Clone(k), v)
	}, bev)
	bev.open()
	if r := bev.mended(); r.Lost == 0 || r.Old {
		t.Fatalf("repaired %+v, want something lost", r)
	}
	for range 2 {
		meet(t, ada, bev, g)
		_, err := bev.Propose(context.Background(), g, Draft{Act: thread.New{Title: "x"}, Comp: kp1.CompTeam})
		if !errors.Is(err, ErrRepairing) {
			t.Errorf("Propose = %v, want ErrRepairing", err)
		}
		if _, err := bev.Tend(context.Background(), g); err != nil {
			t.Errorf("Tend = %v", err)
		}
		bev.again()
	}
	if _, ok := bev.opHere(g, last); ok {
		t.Error("the op that was lost is here")
	}
}

// TestF4RepairLiedAbout: a member who says that they took away what another has lost, and could not have, does not make
// that computer write on without it: it would sign twice in one place, and be out for it.
func TestF4RepairLiedAbout(t *testing.T) {
	g, homes := team(t, "Ada", "Bev", "Cy")
	ada, bev, cy := homes[0], homes[1], homes[2]
	before := bev.idsOf(g)
	sent := bev.do(g, thread.New{Title: "sent and lost"})
	levelAll(t, g, homes)
	var token [32]byte // whoever reads the words can prove it
	if err := cy.view(func(t tx) error {
		f, err := cy.groups[g].folder(t)
		if err != nil {
			return err
		}
		s, err := cy.groups[g].fetch(f.ops, &f.log, sent)
		token = op.DeleteToken(*s.Payload.Key, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	var lost []kp1.ID
	for _, id := range bev.idsOf(g) {
		if !slices.Contains(before, id) {
			lost = append(lost, id)
		}
	}
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(bev.dir, fileName), func(t tx) error {
		b := t.Bucket([]byte(shelfGroups)).Bucket(bev.rest.Name("group", g[:])).Bucket([]byte(shelfTail))
		k, v := b.Cursor().Last()
		v = bytes.Clone(v)
		v[len(v)-1] ^= 1
		return b.Put(bytes.Clone(k), v)
	}, bev)
	bev.open()
	if r := bev.mended(); r.Lost == 0 || r.Old {
		t.Fatalf("repaired %+v, want something lost", r)
	}
	at := cy.head(g, kp1.CompTeam)
	for i, id := range lost {
		x := cy.next(g, at.seq+uint64(2*i)+1, at.id, thread.New{Title: "never sent"})
		was := erase.Was{
			Device: x.Device, Seq: x.Seq, Prev: x.Prev, Auth: x.Auth, Time: x.Time, Type: x.Type, Body: x.Body, Payload: id, Len: 1, Sig: x.Sig, In: id, Token: token,
		}
		act := cy.next(g, x.Seq+1, x.ID, erase.Delete{Target: x.ID}.With(was))
		at.id = act.ID
		if res := bev.from(cy, g, cy.forge(g, kp1.CompTeam, act)); len(res.New) != 1 {
			t.Fatalf("the act is not taken in: %+v", res)
		}
	}
	if _, err := bev.Propose(context.Background(), g, Draft{Act: thread.New{Title: "x"}, Comp: kp1.CompTeam}); !errors.Is(err, ErrRepairing) {
		t.Errorf("Propose = %v, want ErrRepairing", err)
	}
	meet(t, ada, bev, g)
	bev.do(g, thread.New{Title: "in its own place"})
	levelAll(t, g, homes)
	if len(ada.groups[g].forks) > 0 {
		t.Error("Bev's computer has signed twice in one place")
	}
}

// opHere says whether an op is in the index.
func (h *home) opHere(g kp1.GID, id kp1.ID) (w where, ok bool) {
	h.t.Helper()
	if err := h.view(func(t tx) error {
		s, err := h.groups[g].index(t, opTiers, false)
		if err == nil {
			w, ok, err = lookOp(s, id)
		}
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return w, ok
}

// TestF4RepairUnnamed: where the index is damaged as well nobody can say what is lost, and this computer writes no more.
func TestF4RepairUnnamed(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	bev := homes[1]
	id := bev.do(g, thread.New{Title: "gone"})
	w, _ := bev.opHere(g, id)
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	edit(t, filepath.Join(bev.dir, fileName), func(t tx) error {
		own := t.Bucket([]byte(shelfGroups)).Bucket(bev.rest.Name("group", g[:]))
		if err := errors.Join(own.Bucket([]byte(shelfTail)).Delete(be64(w.entry)), own.Bucket([]byte(shelfLog)).Delete(be64(w.entry))); err != nil {
			return err
		}
		ids := own.Bucket([]byte(shelfIDs))
		s := shelf{b: ids, name: []byte(shelfGroups + "/" + string(bev.rest.Name("group", g[:])) + "/" + shelfIDs), in: t}
		return s.each(nil, func(k, plain []byte) (bool, error) {
			if number(plain) == w.entry {
				return false, ids.Delete(bytes.Clone(k))
			}
			return true, nil
		})
	}, bev)
	bev.open()
	if r := bev.mended(); !r.Old {
		t.Fatalf("repaired %+v, want an old copy", r)
	}
	bev.again()
	bev.refuses(g)
}

// TestF4RepairCut: a repair that did not end is begun again, and nothing is missing.
func TestF4RepairCut(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	bev := homes[1]
	bev.talk(g, "shoes", "size four")
	want, err := bev.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	_ = bev.Close()
	spoil(t, bev, g, shelfAuth)
	bev.open()
	name := bev.rest.Name("group", g[:])
	for cut := range 3 {
		var s salvage
		if err := bev.change(func(t tx) (err error) { s, err = bev.beginRepair(t, g, name); return err }); err != nil {
			t.Fatal(err)
		}
		h := bev.newHouse(s.self)
		if err := bev.change(func(t tx) error { return h.refile(t, s, s.numbers[:cut*len(s.numbers)/3]) }); err != nil {
			t.Fatal(err)
		}
		bev.again() // the power went
		if v := bev.View(); len(v.Broken) != 1 || v.Broken[0].Group != g {
			t.Fatalf("broken = %+v, want the half repaired group", v.Broken)
		}
	}
	if r := bev.mended(); r.Lost != 0 || r.Old || r.Err != nil {
		t.Fatalf("repaired %+v", r)
	}
	if got, err := bev.Fingerprint(g); got != want || err != nil {
		t.Errorf("shows %s, %v, want %s", got.Short(), err, want.Short())
	}
	bev.clean()
	bev.do(g, thread.New{Title: "again"})
}

// TestF4RepairFlips: wherever a store is damaged, it is repaired and comes to show what the others do, or says that it
// cannot be.
func TestF4RepairFlips(t *testing.T) {
	g, homes := team(t, "Ada", "Bev")
	ada, bev := homes[0], homes[1]
	for range 3 {
		bev.talk(g, "shoes", "size four", "or five")
	}
	meet(t, ada, bev, g)
	want, err := ada.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readStore(t, bev)
	m, err := newestMeta(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	used := int(m.pages * m.pageSize) //nolint:gosec // small
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 4))
	repaired, not := 0, 0
	for n := range 60 {
		bad := bytes.Clone(whole)
		at := rnd.IntN(used)
		if n%2 == 0 {
			bad[at] ^= 1 << rnd.IntN(8)
		} else {
			clear(bad[at : at+min(64, used-at)])
		}
		if err := os.WriteFile(filepath.Join(bev.dir, fileName), bad, 0o600); err != nil {
			t.Fatal(err)
		}
		l, err := Open(bev.dir, bev.rest, bev.opt)
		if err != nil {
			not++
			continue
		}
		bev.Ledger = l
		out, err := bev.Repair(context.Background())
		if err != nil || len(out) > 0 && out[0].Err != nil {
			not++
			_ = bev.Close()
			continue
		}
		if len(out) > 0 {
			repaired++
		}
		if bev.Ledger.View().Group(g).ID == g {
			meet(t, ada, bev, g)
		}
		if got, err := bev.Fingerprint(g); got != want || err != nil {
			t.Errorf("byte %d: shows %s, %v, want %s; repaired %+v", at, got.Short(), err, want.Short(), out)
		}
		if r, err := bev.Check(context.Background()); err != nil || len(r.Bad) > 0 {
			t.Errorf("byte %d: Check = %+v, %v; repaired %+v", at, r, err, out)
		}
		_ = bev.Close()
	}
	t.Logf("%d repaired, %d beyond repair", repaired, not)
}

// TestF4RepairErased: a repair brings nothing back that was taken away, and what was put aside goes with the next renewal
// of the file.
func TestF4RepairErased(t *testing.T) {
	ada, bev := quickHome(t, "Ada"), newHome(t, "Bev") // a vault of her own
	g := ada.found("Ada")
	joinVia(t, ada, bev, g, asMember)
	talk := ada.talk(g, "picnic", "before")
	meet(t, ada, bev, g)
	post := bev.do(g, thread.Post{Thread: talk, Text: "a secret slip"})
	bev.do(g, thread.Post{Thread: talk, Text: "after it"})
	meet(t, ada, bev, g)
	me := bev.View().Group(g).Me
	bev.do(g, erase.Delete{Target: post})
	meet(t, ada, bev, g)
	want, err := ada.Fingerprint(g)
	if err != nil {
		t.Fatal(err)
	}
	if err := bev.Close(); err != nil {
		t.Fatal(err)
	}
	spoil(t, bev, g, shelfOps)
	bev.open()
	if r := bev.mended(); r.Lost != 0 || r.Old || r.Err != nil {
		t.Fatalf("repaired %+v", r)
	}
	for range 2 {
		bev.wantGone(g, talk, post, me)
		if got, err := bev.Fingerprint(g); got != want || err != nil {
			t.Errorf("shows %s, %v, want %s", got.Short(), err, want.Short())
		}
		if err := bev.renew(); err != nil {
			t.Fatal(err)
		}
		if bev.db.Load().View(func(t *bbolt.Tx) error {
			if t.Bucket([]byte(shelfAside)) != nil {
				return ErrDamaged
			}
			return nil
		}) != nil {
			t.Error("what was put aside is there after the file was written anew")
		}
		bev.do(g, thread.Post{Thread: talk, Text: "again"})
		meet(t, ada, bev, g)
		if want, err = ada.Fingerprint(g); err != nil {
			t.Fatal(err)
		}
	}
}
