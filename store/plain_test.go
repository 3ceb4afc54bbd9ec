//go:build unix

package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"kith/store/keyring"
	"kith/store/link"
)

// inTime runs what must not wait for a pipe that nobody writes to, or read a device without end.
func inTime(t *testing.T, what string, do func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- do() }()
	select {
	case err := <-done:
		return err
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: waits for ever", what)
		return nil
	}
}

// TestF11FilesThatAreNone: pipes, devices, folders, links to them, and bytes that are nothing, in the place of each file
// that this program reads: each is refused at once, with its own code, and nothing of it is written to.
func TestF11FilesThatAreNone(t *testing.T) {
	h := quickHome(t, "Ada")
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := errors.Join(
		syscall.Mkfifo(at("pipe"), 0o600), os.Mkdir(at("folder"), 0o700), os.Symlink("/dev/zero", at("zeros")), os.Symlink("pipe", at("link")),
		os.Symlink("nowhere", at("dangling")), os.WriteFile(at("empty"), nil, 0o600),
		os.WriteFile(at("arrays"), bytes.Repeat([]byte{0x9b, 0xff}, 1<<19), 0o600), // a CBOR bomb: an array of 2^64 arrays
		os.WriteFile(at("maps"), append([]byte("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"), bytes.Repeat([]byte{0x61}, 1<<20)...), 0o600),
		os.WriteFile(at("text"), append([]byte("\x5b\x7f\xff\xff\xff\xff\xff\xff\xff"), make([]byte, 1<<20)...), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	names, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range names {
		name, path := e.Name(), at(e.Name())
		if err := inTime(t, "link file "+name, func() error {
			_, err := h.TakeLinkFile(context.Background(), path, nil, h.peer)
			return err
		}); !errors.Is(err, link.ErrFile) && !errors.Is(err, ErrNoFile) {
			t.Errorf("TakeLinkFile(%s) = %v", name, err)
		}
		home := t.TempDir()
		if err := inTime(t, "backup "+name, func() error {
			_, err := Restore(context.Background(), home, rest, path, Restoring{Options: Options{Now: testNow}, Peer: testPeer})
			return err
		}); !errors.Is(err, ErrNotBackup) && !errors.Is(err, ErrNoFile) {
			t.Errorf("Restore(%s) = %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(home, fileName)); err != nil {
			t.Fatal(err)
		}
		if err := inTime(t, "store "+name, func() error {
			_, err := Open(home, rest, Options{})
			return err
		}); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNoStore) {
			t.Errorf("Open(%s) = %v", name, err)
		}
		if err := os.Symlink(path, filepath.Join(home, "vault")); err != nil {
			t.Fatal(err)
		}
		if err := inTime(t, "vault "+name, func() error {
			_, err := keyring.Unlock(home, testPassphrase, keyring.Options{})
			return err
		}); !errors.Is(err, keyring.ErrVaultDamaged) && !errors.Is(err, keyring.ErrNoVault) {
			t.Errorf("Unlock(%s) = %v", name, err)
		}
		// What a renewal would have left.
		h.again()
		next := filepath.Join(h.dir, nextName)
		if err := os.Symlink(path, next); err != nil {
			t.Fatal(err)
		}
		if err := inTime(t, "next store "+name, func() error { h.again(); return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Lstat(next); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is left in the place of a new store: %v", name, err)
		}
	}
}

// TestLinksInAHome: a home that came from somebody else may hold links under the names of files that are made anew. They
// lose their names, and what they lead to stays what it is.
func TestLinksInAHome(t *testing.T) {
	h := newHome(t, "Ada")
	g := h.found("Ada")
	outside := filepath.Join(t.TempDir(), "precious")
	if err := os.WriteFile(outside, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"vault.new", nextName, fileName + ".new"} {
		if err := os.Symlink(outside, filepath.Join(h.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := h.renew(); err != nil {
		t.Fatal(err)
	}
	if err := keyring.ChangePassphrase(h.dir, testPassphrase, testPassphrase+" and more", keyring.Options{}); err != nil {
		t.Fatal(err)
	}
	h.talk(g, "picnic")
	h.clean()
	if b, err := os.ReadFile(outside); err != nil || string(b) != "precious" {
		t.Errorf("a file outside of the home holds %q, %v", b, err)
	}
}
