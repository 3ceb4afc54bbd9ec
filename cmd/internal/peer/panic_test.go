package peer_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"kith/app/present"
	"kith/cmd/internal/peer"
	"kith/store"
	"kith/store/keyring"
)

// keychain is a system keychain in memory.
type keychain struct {
	mu    sync.Mutex
	items map[string][]byte
}

func (k *keychain) Get(name string) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if b, ok := k.items[name]; ok {
		return bytes.Clone(b), nil
	}
	return nil, keyring.ErrNoItem
}

func (k *keychain) Set(name string, secret []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.items == nil {
		k.items = map[string][]byte{}
	}
	k.items[name] = bytes.Clone(secret)
	return nil
}

func (k *keychain) Delete(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.items[name]; !ok {
		return keyring.ErrNoItem
	}
	delete(k.items, name)
	return nil
}

func (k *keychain) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.items)
}

const pass = "plum kettle orbit sand"

// living is a person with a group, unlocked.
func living(t *testing.T, passphrase string) (*peer.Peer, string, *keychain) {
	t.Helper()
	k, home := &keychain{}, filepath.Join(t.TempDir(), "home")
	p := peer.New(home, peer.Options{Keychain: k})
	t.Cleanup(func() { _ = p.Close() })
	if _, err := p.Start(t.Context(), present.Start{Name: "Ada", Passphrase: passphrase, Keychain: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Found(t.Context(), present.Found{Kind: present.Family, Name: "Elm Row", MyName: "Ada"}); err != nil {
		t.Fatal(err)
	}
	return p, home, k
}

// TestT32PanicLeavesNothingOpen: no open database, no keychain item; the passphrase opens the home again and all is there.
func TestT32PanicLeavesNothingOpen(t *testing.T) {
	ctx := t.Context()
	p, home, k := living(t, pass)
	if k.count() == 0 {
		t.Fatal("the keychain holds nothing to begin with")
	}
	ledger, _ := p.Inside()
	wiped, err := p.Panic(ctx, false)
	if wiped || err != nil {
		t.Fatalf("Panic = %v, %v", wiped, err)
	}
	if k.count() != 0 {
		t.Errorf("the keychain holds %d items after a panic", k.count())
	}
	if w := p.World(); !w.Locked || len(w.Groups) != 0 || w.Name != "" {
		t.Errorf("after a panic the world shows %+v", w)
	}
	if _, err := ledger.Local("x"); err == nil {
		t.Error("the store can be read still")
	}
	// The file is let go: somebody else can hold it, which bbolt refuses while it is open.
	rest, err := keyring.Unlock(home, pass, keyring.Options{})
	if err != nil {
		t.Fatalf("the passphrase alone: %v", err)
	}
	l, err := store.Open(home, rest, store.Options{})
	if err != nil {
		t.Fatalf("the database is open still: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.Unlock(ctx, "another passphrase"); present.Code(err) != "E_PASSPHRASE" {
		t.Errorf("the wrong passphrase = %v", err)
	}
	if err := p.Unlock(ctx, pass); err != nil || len(p.World().Groups) != 1 {
		t.Errorf("Unlock after a panic = %v, %d groups", err, len(p.World().Groups))
	}
	if _, err := p.Panic(ctx, true); err != nil || !p.World().Started {
		t.Errorf("a panic that may wipe did so although there is a passphrase: %v", err)
	}
}

// TestT32PanicWithoutPassphrase locks, and takes nothing away that was not asked for.
func TestT32PanicWithoutPassphrase(t *testing.T) {
	ctx := t.Context()
	p, home, k := living(t, "")
	wiped, err := p.Panic(ctx, false)
	if wiped || present.Code(err) != "E_PANIC_WIPES" {
		t.Fatalf("Panic = %v, %v, want E_PANIC_WIPES", wiped, err)
	}
	if !p.World().Locked || k.count() != 1 {
		t.Errorf("locked %v, %d items", p.World().Locked, k.count())
	}
	if err := p.Unlock(ctx, ""); err != nil {
		t.Fatalf("what was kept does not open: %v", err)
	}
	if wiped, err := p.Panic(ctx, true); !wiped || err != nil {
		t.Fatalf("Panic that may wipe = %v, %v", wiped, err)
	}
	gone(t, p, home, k)
}

// TestWipe takes all of ours away and nothing else, also from a locked home; somebody can start there anew.
func TestWipe(t *testing.T) {
	ctx := t.Context()
	for _, locked := range []bool{false, true} {
		p, home, k := living(t, pass)
		for _, name := range []string{"store.damaged-1", "vault.of-damaged-1", "a letter.txt"} {
			if err := os.WriteFile(filepath.Join(home, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.SetLook(present.Look{Text: 150}); err != nil {
			t.Fatal(err)
		}
		if locked {
			if err := p.Lock(ctx, present.LockedAsked); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Wipe(ctx); err != nil {
			t.Fatal(err)
		}
		gone(t, p, home, k, "a letter.txt")
		if err := p.Unlock(ctx, pass); present.Code(err) != "E_NO_HOME" {
			t.Errorf("Unlock after a wipe = %v, want E_NO_HOME", err)
		}
		if err := p.Wipe(ctx); err != nil {
			t.Errorf("Wipe of nothing = %v", err)
		}
		if _, err := p.Start(ctx, present.Start{Name: "Bev", Passphrase: pass}); err != nil {
			t.Errorf("Start after a wipe = %v", err)
		}
	}
}

// gone fails unless nothing of ours is left in a home.
func gone(t *testing.T, p *peer.Peer, home string, k *keychain, others ...string) {
	t.Helper()
	if w := p.World(); w.Started || w.Locked || len(w.Groups) != 0 {
		t.Errorf("after a wipe the world shows %+v", w)
	}
	if k.count() != 0 {
		t.Errorf("the keychain holds %d items", k.count())
	}
	left, err := os.ReadDir(home)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range left {
		if !slices.Contains(others, f.Name()) {
			t.Errorf("%s is left", f.Name())
		}
	}
	if len(left) != len(others) {
		t.Errorf("%d files are left, want %v", len(left), others)
	}
}

// TestPanicWhileItServes: Serve outlives it, and goes on when the home is open again.
func TestPanicWhileItServes(t *testing.T) {
	ada := serve(t, "Ada")
	if _, err := ada.Panic(context.Background(), false); err != nil {
		t.Fatal(err)
	}
	if err := ada.Unlock(context.Background(), pass); err != nil {
		t.Fatal(err)
	}
	ada.until("that it serves again", func(present.World) bool { _, node := ada.Inside(); return node != nil })
}
