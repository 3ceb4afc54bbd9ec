package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"kith/store/keyring"
)

const backupPass = "Plum kettle  orbit sand"

// restoreWith is a restore into an empty home.
func restoreWith(t *testing.T, path string, o Restoring) (*home, error) {
	t.Helper()
	rest, err := testRest()
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: filepath.Join(t.TempDir(), "restored"), rest: rest, opt: Options{Now: testNow}}
	if err := os.Mkdir(h.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	o.Options, o.Peer = h.opt, testPeer
	if _, err := Restore(context.Background(), h.dir, rest, path, o); err != nil {
		if left, e := os.ReadDir(h.dir); e != nil || len(left) > 0 {
			t.Errorf("a restore that failed left %v, %v", left, e)
		}
		return nil, err
	}
	if h.Ledger, err = Open(h.dir, rest, h.opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h, nil
}

// TestT31BackupByPassphrase: a backup that a passphrase opens brings back the same person with the same twelve words, typed
// with other spaces too; no other passphrase opens it, and the words alone do not either.
func TestT31BackupByPassphrase(t *testing.T) {
	ctx := context.Background()
	g, homes := team(t, "Ada", "Bev")
	bev := homes[1]
	th := bev.talk(g, "before", "one")
	path := filepath.Join(t.TempDir(), "kith.backup")
	for _, weak := range []string{"a", "12345678", "aaaaaaaaaaaa", strings.Repeat("x", 2_000)} {
		if _, err := bev.Backup(ctx, path, Backing{Passphrase: weak}); err == nil {
			t.Errorf("a backup under %.20q was made", weak)
		}
	}
	if _, err := bev.Backup(ctx, path, Backing{Passphrase: backupPass}); err != nil {
		t.Fatal(err)
	}
	if by, err := ByPassphrase(path); err != nil || !by {
		t.Errorf("ByPassphrase = %v, %v", by, err)
	}
	if by, err := ByPassphrase(bev.backup()); err != nil || by {
		t.Errorf("ByPassphrase of one for the words = %v, %v", by, err)
	}
	for name, o := range map[string]Restoring{
		"another passphrase": {Passphrase: "plum kettle orbit sand"}, "no passphrase": {}, "the words": {Recovery: bev.Recovery()},
	} {
		_, err := restoreWith(t, path, o)
		wantErr(t, name, err, ErrBackupPassphrase)
	}
	again, err := restoreWith(t, path, Restoring{Passphrase: " Plum kettle\u00a0 orbit sand\n"})
	if err != nil {
		t.Fatal(err)
	}
	if again.Recovery() != bev.Recovery() || again.me(g) != bev.me(g) || again.deviceOf(g) == bev.deviceOf(g) {
		t.Error("what came back is not the same person on another device")
	}
	mustThread(t, again, g, th)
}

// TestBackupWordsBelongToPassphrase: the words lie in a backup where a passphrase opens it, and nowhere else.
func TestBackupWordsBelongToPassphrase(t *testing.T) {
	_, homes := team(t, "Ada")
	rs := homes[0].Recovery()
	plain := records(t, plainOf(t, homes[0].backup(), rs))
	withWords := record(t, backupHead, savedHead{V: 1, Name: "Ada", Words: rs[:]})
	short := record(t, backupHead, map[string]any{"v": uint64(1), "n": "Ada", "t": uint64(0), "rs": []byte("short")})
	rest := bytes.Join(plain[1:], nil)
	byPass := func(head []byte) []byte { return sealFor(t, 1, append(bytes.Clone(head), rest...)) }
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"words under the words", sealBackup(t, rs, append(bytes.Clone(withWords), rest...)), ErrBackupDamaged},
		{"no words under a passphrase", byPass(plain[0]), ErrBackupDamaged},
		{"half of the words", byPass(short), ErrBackupDamaged},
		{"as it should be", byPass(withWords), nil},
	} {
		path := filepath.Join(t.TempDir(), "kith.backup")
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := restoreWith(t, path, Restoring{Recovery: rs, Passphrase: backupPass})
		wantErr(t, c.name, err, c.want)
	}
}

// sealFor puts records into an age file that backupPass opens, for as much work as 2 to this power.
func sealFor(t testing.TB, work int, records []byte) []byte {
	t.Helper()
	tidy, err := keyring.TidyPassphrase(backupPass)
	if err != nil {
		t.Fatal(err)
	}
	to, err := age.NewScryptRecipient(tidy)
	if err != nil {
		t.Fatal(err)
	}
	to.SetWorkFactor(work)
	return ageFile(t, to, records)
}

// TestBackupWorkLimit: a file may ask for as much work as Kith asks for itself, and is refused before any is done when it
// asks for more, however it says so.
func TestBackupWorkLimit(t *testing.T) {
	if _, stretched, err := openBackup(bytes.NewReader(sealFor(t, backupWork, []byte("x"))), Restoring{Passphrase: backupPass}); err != nil || !stretched {
		t.Errorf("a file that asks for the most: %v, %v", stretched, err)
	}
	good := sealFor(t, 1, []byte("x"))
	line := func(what string) []byte {
		head, tail, _ := bytes.Cut(good, []byte("-> scrypt "))
		salt, after, _ := bytes.Cut(tail, []byte(" "))
		_, body, _ := bytes.Cut(after, []byte("\n"))
		return fmt.Appendf(nil, "%s-> scrypt %s%s\n%s", head, salt, what, body)
	}
	if !bytes.Equal(line(" 1"), good) {
		t.Fatal("the line was not taken apart")
	}
	for what, want := range map[string]error{
		fmt.Sprintf(" %d", backupWork+1): ErrBackupCostly, " 22": ErrBackupCostly, " 63": ErrBackupCostly,
		" 99999999999999999999999": ErrBackupCostly, " 0": ErrBackupDamaged, " -1": ErrBackupDamaged, " 1 2": ErrBackupDamaged,
		"": ErrBackupDamaged, " 017": ErrBackupDamaged, " +1": ErrBackupDamaged,
	} {
		_, _, err := openBackup(bytes.NewReader(line(what)), Restoring{Passphrase: backupPass})
		if !errors.Is(err, want) {
			t.Errorf("work factor %q: %v, want %v", what, err, want)
		}
	}
	two := bytes.Replace(good, []byte("-> scrypt "), []byte("-> scrypt AAAAAAAAAAAAAAAAAAAAAA 30\nAAAA\n-> scrypt "), 1)
	if _, _, err := openBackup(bytes.NewReader(two), Restoring{Passphrase: backupPass}); !errors.Is(err, ErrBackupCostly) {
		t.Errorf("two stanzas: %v", err)
	}
}

func FuzzBackupHeader(f *testing.F) {
	f.Add(sealFor(f, 1, []byte("x")))
	f.Add([]byte("age-encryption.org/v1\n-> scrypt AA 99\n---"))
	f.Add([]byte("age-encryption.org/v1\n---"))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, _, err := backupHeader(bytes.NewReader(b))
		if err != nil && !errors.Is(err, ErrNotBackup) && !errors.Is(err, ErrBackupDamaged) && !errors.Is(err, ErrBackupCostly) {
			t.Errorf("%q: %v", b, err)
		}
		if err != nil {
			return
		}
		if again, err := io.ReadAll(in); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%q is handed on as %q, %v", b, again, err)
		}
	})
}
