package keyring

import (
	"errors"
	"testing"
)

func TestMark(t *testing.T) {
	home, k := t.TempDir(), &shelf{}
	o := Options{Passphrase: good, Keychain: k, PassphraseAlone: true}
	if _, err := Create(home, o); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := LastMark(home, o); ok || err != nil {
		t.Errorf("LastMark of none = %v, %v", ok, err)
	}
	want := [32]byte{1, 2, 3}
	for _, m := range [][32]byte{{9}, want} {
		if err := KeepMark(home, m, o); err != nil {
			t.Fatal(err)
		}
	}
	last := func() {
		t.Helper()
		if m, ok, err := LastMark(home, o); m != want || !ok || err != nil {
			t.Errorf("LastMark = %x, %v, %v, want %x", m, ok, err, want)
		}
	}
	last()
	if err := ChangePassphrase(home, good, "another good one", o); err != nil {
		t.Fatal(err)
	}
	last()
	if len(k.items) != 2 {
		t.Errorf("%d items after a change, want the half and the mark", len(k.items))
	}
	if m, ok, err := LastMark(home, Options{}); ok || err != nil {
		t.Errorf("LastMark with the keychain turned off = %x, %v, %v", m, ok, err)
	}
	k.onGet = errors.New("locked")
	if _, ok, err := LastMark(home, o); ok || !errors.Is(err, ErrKeychain) {
		t.Errorf("LastMark of a silent keychain = %v, %v, want ErrKeychain", ok, err)
	}
	if err := KeepMark(home, want, o); !errors.Is(err, ErrKeychain) {
		t.Errorf("KeepMark in a silent keychain = %v, want ErrKeychain", err)
	}
	k.mend()
	if err := Panic(home, o); err != nil || len(k.items) != 0 {
		t.Errorf("Panic = %v, %d items left", err, len(k.items))
	}
	if err := KeepMark(home, want, o); err != nil {
		t.Fatal(err)
	}
	if err := Wipe(home, o); err != nil || len(k.items) != 0 {
		t.Errorf("Wipe = %v, %d items left", err, len(k.items))
	}
}

func TestMarkOfAPassphraseAlone(t *testing.T) {
	home, k := t.TempDir(), &shelf{}
	if _, err := Create(home, Options{Passphrase: good}); err != nil {
		t.Fatal(err)
	}
	o := Options{Keychain: k}
	if err := KeepMark(home, [32]byte{1}, o); err != nil || len(k.items) != 0 {
		t.Errorf("KeepMark = %v, %d items: a keychain that was not chosen is left alone", err, len(k.items))
	}
	if _, ok, err := LastMark(home, o); ok || err != nil {
		t.Errorf("LastMark = %v, %v", ok, err)
	}
}
