package keeper

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"kith/network/mailbox"
	"kith/network/nettest"
)

// version1 is a file that the program wrote when its version was 1: what it holds is what TestUpgrade asks for.
func version1(t *testing.T) (home string, raw []byte) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "version1.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err == nil {
		raw, err = io.ReadAll(z)
	}
	home = t.TempDir()
	if err = errors.Join(err, os.WriteFile(filepath.Join(home, FileName), raw, 0o600)); err != nil {
		t.Fatal(err)
	}
	return home, raw
}

// A file of version 1 goes on as one of the present version, with all that it held, a half-made copy of an earlier try or not.
func TestUpgrade(t *testing.T) {
	home, _ := version1(t)
	want(t, "a half-made copy", os.WriteFile(filepath.Join(home, newName), []byte("half"), 0o600), nil)
	k := run(t, home, Options{})
	if got := k.Self().String(); got != "12D3KooWCsZCEnrvNKr9rqyvfaEQH7aSkjkz6W3Et6YXHSsQbCFR" {
		t.Errorf("the mailbox is %s now", got)
	}
	if _, err := os.Stat(filepath.Join(home, newName)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the copy: %v", err)
	}
	if c, err := k.Check(); err != nil || c != (mailbox.Checked{Envelopes: 46}) {
		t.Errorf("Check = %+v, %v", c, err)
	}
	first := append(letters("old", 40), nettest.Letter(4, "payload", 2969), nettest.Letter(2, "news", 2968))
	for box, envs := range map[byte][][]byte{1: first, 2: letters("later", 3), 9: {nettest.Letter(6, "drop", 2968)}} {
		got := collect(t, k.enter(box, member))
		for _, env := range envs {
			if !got[sha256.Sum256(env)] {
				t.Errorf("mailbox %d lacks one", box)
			}
		}
		if len(got) != len(envs) {
			t.Errorf("mailbox %d has %d, want %d", box, len(got), len(envs))
		}
	}
	b := k.enter(1, member)
	said := put(t, b, nettest.Letter(4, "taken back", 2967), nettest.Letter(1, "new", 2968), first[0])
	want(t, "Put of what was deleted", said[0], mailbox.ErrDeleted)
	want(t, "Put", errors.Join(said[1:]...), nil)
	want(t, "Delete", b.Delete(sha256.Sum256(first[40]), nettest.DeleteToken("payload")), nil)
	want(t, "Put in a new mailbox", put(t, k.enter(3, admin), letters("third", 1)...)[0], nil)
	k.end()
	k = run(t, home, Options{})
	if c, err := k.Check(); err != nil || c != (mailbox.Checked{Envelopes: 47}) {
		t.Errorf("Check after a second start = %+v, %v", c, err)
	}
}

// Where an upgrade cannot be made, for want of room or because the old file is damaged, that is said and the old file stays
// as it was.
func TestUpgradeThatFails(t *testing.T) {
	damaged := func(raw []byte) []byte { // an envelope is gone
		path := filepath.Join(t.TempDir(), FileName)
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.Update(func(t *bbolt.Tx) error {
			b := t.Bucket(bucketShelf)
			k, _ := b.Cursor().Seek([]byte{6})
			return b.Delete(k)
		}); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err = os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, c := range map[string]struct {
		spoil func([]byte) []byte
		most  int
		want  error
	}{
		"a full disk":   {bytes.Clone, 48 << 10, bolterrors.ErrMaxSizeReached},
		"a lost letter": {damaged, 0, ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			home, raw := version1(t)
			raw = c.spoil(raw)
			path := filepath.Join(home, FileName)
			want(t, "writing", os.WriteFile(path, raw, 0o600), nil)
			old, err := openBolt(path, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = upgraded(old, home, c.most)
			want(t, "upgraded", err, c.want)
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, raw) {
				t.Errorf("the old file was changed: %v", err)
			}
			if _, err := os.Stat(filepath.Join(home, newName)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the copy: %v", err)
			}
		})
	}
}
