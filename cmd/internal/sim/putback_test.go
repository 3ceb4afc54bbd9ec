package sim

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"kith/store/care/thread"
	"kith/store/kp1"
)

// TestT31PutBackWithItsKeychain: a computer whose disk was put back together with its keychain is heard out by the others
// before it writes anything of itself, whatever is due at its start: it is found out, and is not taken for a forger.
func TestT31PutBackWithItsKeychain(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w, err := New(dir, Plan{Seed: 31, People: 3, Delay: 20 * time.Millisecond})
		if err != nil {
			t.Fatal(err)
		}
		w.linger = 0 // chance is not what it rests on
		bev := w.all[1]
		ok := func(errs ...error) {
			t.Helper()
			if err := errors.Join(errs...); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range w.all {
			ok(p.wake())
		}
		if _, err := w.act(w.all[0], thread.New{Title: "before"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		for _, p := range w.all {
			ok(p.sleep())
		}
		time.Sleep(27 * 24 * time.Hour)
		for _, p := range w.all {
			ok(p.wake())
		}
		time.Sleep(10 * time.Minute)
		was := signed(bev, w.g)
		for _, p := range w.all {
			ok(p.sleep())
		}
		disk, err := os.ReadFile(filepath.Join(bev.home, "store"))
		ok(err)
		items := maps.Clone(bev.keys.items)
		time.Sleep(5 * 24 * time.Hour) // her own key is a month old when she starts, and she has been away for less than a week
		for _, p := range w.all {
			ok(p.wake())
		}
		time.Sleep(10 * time.Minute)
		if signed(bev, w.g) == was {
			t.Fatal("nothing was due at her start: the test shows nothing")
		}
		ok(bev.sleep(), os.WriteFile(filepath.Join(bev.home, "store"), disk, 0o600))
		bev.keys.items = items
		ok(bev.wake())
		time.Sleep(10 * time.Minute)
		if !bev.ledger().Old(w.g) {
			t.Error("she was not told that her disk is older than what she wrote")
		}
		d := bev.ledger().View().Group(w.g).Device
		for _, p := range w.all {
			if _, in := p.ledger().View().Group(w.g).State.Device(d); !in {
				t.Errorf("%s took her for a forger", p.Name)
			}
			ok(p.sleep())
		}
	})
}

// signed is how many acts about who belongs a person's computer has signed, by its own word.
func signed(p *Person, g kp1.GID) (n int) {
	me := p.ledger().View().Group(g).Device
	for _, r := range p.ledger().Membership(g) {
		if r.Device == me {
			n++
		}
	}
	return n
}
