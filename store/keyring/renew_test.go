package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestT30Adopt: behind every sort of door the next key takes the place of the one before, and that one is gone.
func TestT30Adopt(t *testing.T) {
	for _, c := range []struct {
		name string
		o    Options
		pass string
	}{
		{"passphrase", Options{Passphrase: good}, good},
		{"keychain", Options{Keychain: &shelf{}}, ""},
		{"both", Options{Passphrase: good, Keychain: &shelf{}}, good},
		{"both, or the passphrase alone", Options{Passphrase: good, Keychain: &shelf{}, PassphraseAlone: true}, good},
	} {
		t.Run(c.name, func(t *testing.T) {
			home := t.TempDir()
			a, err := Create(home, c.o)
			if err != nil {
				t.Fatal(err)
			}
			was := newAtRest(a.dek, a.gen, a.rnd)
			if c.o.Keychain != nil {
				if err := KeepMark(home, [32]byte{7}, c.o); err != nil {
					t.Fatal(err)
				}
			}
			before, err := os.ReadFile(filepath.Join(home, vaultName))
			if err != nil {
				t.Fatal(err)
			}
			name := a.Name("x", []byte("y"))
			next, err := a.Next()
			if err != nil {
				t.Fatal(err)
			}
			if err := Adopt(home, a, next, c.o); err != nil {
				t.Fatal(err)
			}
			a.Become(next)
			if _, err := next.Seal(nil, nil, nil); !errors.Is(err, ErrLocked) {
				t.Errorf("the next key is of use twice: %v", err)
			}
			sealed, err := a.Seal([]byte("b"), []byte("k"), []byte("v"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := was.Open([]byte("b"), []byte("k"), sealed); !errors.Is(err, ErrSealed) {
				t.Errorf("the old key opens: %v", err)
			}
			now, err := Unlock(home, c.pass, c.o)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := now.Open([]byte("b"), []byte("k"), sealed); err != nil || string(v) != "v" || now.Generation() != 2 {
				t.Errorf("after Unlock: %q, %v, generation %d", v, err, now.Generation())
			}
			now.UseNames(a.Names())
			if !bytes.Equal(a.Name("x", []byte("y")), name) || !bytes.Equal(now.Name("x", []byte("y")), name) {
				t.Error("names changed")
			}
			if c.o.Keychain != nil {
				if n := len(c.o.Keychain.(*shelf).items); n != 2 {
					t.Errorf("%d items in the keychain, want the half and the mark", n)
				}
				if m, ok, err := LastMark(home, c.o); m != [32]byte{7} || !ok || err != nil {
					t.Errorf("the mark: %v, %v, %v", m, ok, err)
				}
				if err := os.WriteFile(filepath.Join(home, vaultName), before, 0o600); err != nil {
					t.Fatal(err)
				}
				if c.o.PassphraseAlone {
					return // that door needs no keychain
				}
				if _, err := Unlock(home, c.pass, c.o); !errors.Is(err, ErrKeychain) {
					t.Errorf("a copy of the old vault opens: %v", err)
				}
			}
		})
	}
}

func TestT30AdoptLater(t *testing.T) {
	home := t.TempDir()
	a, err := Create(home, Options{Passphrase: good})
	if err != nil {
		t.Fatal(err)
	}
	if err := ChangePassphrase(home, good, "another good one", Options{}); err != nil {
		t.Fatal(err)
	}
	next, err := a.Next()
	if err != nil {
		t.Fatal(err)
	}
	if err := Adopt(home, a, next, Options{}); !errors.Is(err, ErrLater) {
		t.Errorf("after a change of the passphrase: %v, want ErrLater", err)
	}
	if a, err = Unlock(home, "another good one", Options{}); err != nil || a.Generation() != 1 {
		t.Fatalf("%v, generation %d", err, a.Generation())
	}
	a.Forget()
	if _, err := a.Next(); !errors.Is(err, ErrLocked) {
		t.Errorf("after Forget: %v", err)
	}
	if err := Adopt(home, a, next, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("after Forget: %v", err)
	}
}
