package keyring

import (
	"errors"
	"testing"
)

// TestT32Panic: afterwards the keychain holds nothing, and the passphrase opens the store still. Where it would not, the
// half stays.
func TestT32Panic(t *testing.T) {
	for _, c := range []struct {
		name       string
		passphrase string
		keychain   bool
		alone      bool
		want       error
		left       int
	}{
		{"passphrase and keychain, each a door", good, true, true, nil, 0},
		{"passphrase alone", good, false, false, nil, 0},
		{"keychain alone", "", true, false, ErrOnlyDoor, 1},
		{"both halves needed", good, true, false, ErrOnlyDoor, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, k := t.TempDir(), &shelf{}
			o := Options{Passphrase: c.passphrase, PassphraseAlone: c.alone}
			if c.keychain {
				o.Keychain = k
			}
			rest, err := Create(home, o)
			if err != nil {
				t.Fatal(err)
			}
			if err := Panic(home, Options{Keychain: k}); !errors.Is(err, c.want) {
				t.Errorf("Panic = %v, want %v", err, c.want)
			}
			if len(k.items) != c.left {
				t.Errorf("the keychain holds %d items, want %d", len(k.items), c.left)
			}
			again, err := Unlock(home, c.passphrase, o)
			if err != nil {
				t.Fatalf("Unlock after Panic = %v", err)
			}
			sameKey(t, rest, again)
			if err := Panic(home, Options{Keychain: k}); !errors.Is(err, c.want) {
				t.Errorf("Panic once more = %v, want %v", err, c.want)
			}
		})
	}
	if err := Panic(t.TempDir(), Options{}); !errors.Is(err, ErrNoVault) {
		t.Errorf("Panic where nobody has started = %v, want ErrNoVault", err)
	}
}

// TestPanicSaysWhatIsKept: a keychain that cannot be asked, or that keeps what it was told to forget, is told of.
func TestPanicSaysWhatIsKept(t *testing.T) {
	home, k := t.TempDir(), &shelf{}
	if _, err := Create(home, Options{Passphrase: good, Keychain: k, PassphraseAlone: true}); err != nil {
		t.Fatal(err)
	}
	if err := Panic(home, Options{}); !errors.Is(err, ErrKeychainKept) {
		t.Errorf("Panic with the keychain turned off = %v, want ErrKeychainKept", err)
	}
	for name, bad := range map[string]Keychain{
		"refuses": &stubborn{shelf: k, err: errors.New("locked")}, "keeps": &stubborn{shelf: k},
	} {
		if err := Panic(home, Options{Keychain: bad}); !errors.Is(err, ErrKeychainKept) {
			t.Errorf("Panic where the keychain %s = %v, want ErrKeychainKept", name, err)
		}
	}
	k.onGet = errors.New("no answer")
	if err := Panic(home, Options{Keychain: k}); !errors.Is(err, ErrKeychainKept) {
		t.Errorf("Panic that cannot be looked at = %v, want ErrKeychainKept", err)
	}
	k.mend()
	if err := Panic(home, Options{Keychain: k}); err != nil || len(k.items) != 0 {
		t.Errorf("Panic at last = %v, %d items", err, len(k.items))
	}
}

// stubborn deletes nothing.
type stubborn struct {
	*shelf
	err error
}

func (s *stubborn) Delete(string) error { return s.err }
